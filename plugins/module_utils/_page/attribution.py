# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which answers of a page can be taken for one another, computed from its templates when it is asked for. No input or output.

Replies carry no mark of their question. Two things can go wrong with what is late: it may be read as the answer to a later question
(that answer is the beginning of what is late, or all of it), or stand before it (what is late is the beginning of that answer).
"""

from __future__ import annotations

import functools
import itertools
import operator
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import (
    HEX_DIGITS, Blanks, Checksum, Decimal, Digest, FixedBits, FixedSize, Signed, Text, Values, Word,
)
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import Element, Part, Payload, Rows, Template, TemplateError

Unit = t.Tuple[int, bool]
"""The bytes that may stand in a place (bit n for byte n), and whether it is any number of such places."""
Shape = t.Tuple[Unit, ...]
"""Everything that one template can say."""

ANY = (1 << 256) - 1
DIGITS = sum(1 << byte for byte in b"0123456789")
NUMBERS = sum(1 << byte for byte in b" +-.0123456789eE")
HEX = sum(1 << byte for byte in HEX_DIGITS)
BLANKS = sum(1 << byte for byte in b" \t")
PRINTABLE = sum(1 << byte for byte in range(256) if 32 <= byte != 127 or byte == 9)
MOST_SHAPES = 64  # of one template, where words in it have many texts


class Asked(t.NamedTuple):
    """A message, and what is known of its fields."""

    what: str
    message: Message
    known: Values


def answers(message: Message, known: Values) -> dict[str, list[Shape]]:
    """What may come behind a request: its reply, refusal and busy answer, and its echo."""
    kinds = {"reply": message.replies, "refused": message.refused, "locked": message.locked, "busy": message.busy,
             "echo": [message.send] if message.send is not None else []}
    return {kind: [shape for template in templates for shape in shapes(template, known)] for kind, templates in kinds.items() if templates}


def anything(message: Message | None) -> bool:
    """True where an answer may be whatever there is; message is None where nothing is known of it."""
    return message is None or message.answered and (message.loose or any(template.free and not template.names for template in message.replies))


def confusable(question: Message, asked: Values, other: Message | None, known: Values) -> bool:
    """True where something that answers the other message could be taken for an answer to the question, or stand before it.

    That a password was wrong is so whichever question it answers.
    """
    if other is None or anything(other) or question.loose or question.open_ended:
        return True
    wanted = [shape for kind, found in answers(question, asked).items() if kind not in ("echo", "locked") for shape in found]
    return any(begins(one, two) or begins(two, one) for one in wanted for two in _anything_said(other, known))


def mistakable(question: Message, asked: Values, other: Message | None, known: Values) -> bool:
    """True where something that answers the other message could be taken for the reply to the question."""
    if other is None or anything(other):
        return True
    return any(begins(one, two) for one in answers(question, asked).get("reply", []) for two in _anything_said(other, known))


def _anything_said(message: Message, known: Values) -> list[Shape]:
    return [shape for found in answers(message, known).values() for shape in found]


def echoes(question: Message, asked: Values) -> bool:
    """True where the reply to a question may be the bytes of the question, or the beginning of them, so that what repeats it seems to answer."""
    said = answers(question, asked)
    return any(begins(reply, echo) for reply in said.get("reply", []) for echo in said.get("echo", []))


def begins(first: Shape, second: Shape) -> bool:
    """True where something that the first can say is the beginning of what the second can say, or all of it."""
    pending, seen = [(0, 0)], set()
    while pending:
        state = pending.pop()
        if state in seen:
            continue
        seen.add(state)
        here, there = state
        if here == len(first):
            return True
        if first[here][1]:
            pending.append((here + 1, there))
        if there == len(second):
            continue
        if second[there][1]:
            pending.append((here, there + 1))
        if first[here][0] & second[there][0]:
            pending.append((here + (not first[here][1]), there + (not second[there][1])))
    return False


def shapes(template: Template, known: Values) -> list[Shape]:
    """Everything that a template can say while these values are known."""
    choices = [_choices(part, known, template.ignore_case) for part in _with_rows(template.parts)]
    found = itertools.islice(itertools.product(*choices), MOST_SHAPES)
    return [tuple(unit for units in chosen for unit in units) for chosen in found]


def _with_rows(parts: t.Iterable[Part]) -> t.Iterator[Element | Rows]:
    """The literals and fields, those of a payload in its place; rows as they are."""
    for part in parts:
        if isinstance(part, Payload):
            yield from _with_rows(part.parts)
        else:
            yield part


def _row_shapes(part: Rows, known: Values) -> list[Shape]:
    return [*(shape for form in part.forms for shape in shapes(form, known)), _literal(part.between, False)]


def _choices(part: Element | Rows, known: Values, ignore_case: bool) -> list[Shape]:
    if isinstance(part, bytes):
        return [_literal(part, ignore_case)]
    if isinstance(part, Rows):
        said = functools.reduce(operator.or_, (unit[0] for shape in _row_shapes(part, known) for unit in shape), 0)
        first = ((said, False),) if part.count else ()
        return [(*first, (said, True), *end) for end in (shapes(part.until, known) if part.until is not None else [()])]
    codec = part.codec
    if isinstance(codec, Checksum):
        return [((HEX if codec.in_hex else ANY, False),) * codec.size]
    if isinstance(codec, Signed):  # whose text is not told by its value: 5, +5.00 and 5.0E+00 are the same
        return [((NUMBERS, False), (NUMBERS, True)), *(_literal(word, False) for word in part.no_value)]
    if part.name in known:
        try:
            return [_literal(part.render(known), True)]
        except TemplateError:
            return [((0, False),)]
    if isinstance(codec, Digest):
        return [(), ((HEX, False),) * codec.length]
    if isinstance(codec, Word):
        return [_literal(text, ignore_case) for text in codec.texts.values()]
    if isinstance(codec, Blanks):
        return [((BLANKS, True),)]
    if isinstance(codec, Decimal):
        return [((DIGITS, False), (DIGITS, True)), *(_literal(word, False) for word in part.no_value)]
    if isinstance(codec, FixedSize):
        return [((_bytes_of(part.fixed, codec), False),) * codec.size]
    return [((PRINTABLE if isinstance(codec, Text) and codec.printable else ANY, True),)]


@functools.lru_cache(maxsize=1024)
def _bytes_of(fixed: FixedBits | None, codec: FixedSize) -> int:
    """The bytes that may stand in a place of a field of known length."""
    if fixed is None and codec.characters is None:
        return ANY
    said = range(256) if codec.characters is None else set(codec.characters)
    return sum(1 << byte for byte in said if fixed is None or codec.size > 1 or fixed.are_in(codec.decode(bytes([byte]))))


@functools.lru_cache(maxsize=1024)
def _literal(data: bytes, ignore_case: bool) -> Shape:
    return tuple((sum(1 << same for same in {byte, *_cases(byte)}) if ignore_case else 1 << byte, False) for byte in data)


def _cases(byte: int) -> bytes:
    one = bytes([byte])
    return one.lower() + one.upper()


def questions(profile: Profile) -> list[Asked]:
    """What can be asked of a device at any time without changing anything; the one that tells most surely who answers comes first."""
    found: list[Asked] = []
    if profile.identify is not None and profile.identify.send is not None:
        found.append(Asked("identify", profile.identify, dict(profile.expected or {})))
    found += [Asked(f"info.{name}", message, {}) for name, message in profile.info.items() if message.send is not None]
    if profile.relays is not None and profile.relays.read is not None:
        read, relays = profile.relays.read, profile.relays
        addressed = read.request.names & {"relay", "index", "bit", "bank"}
        numbers = relays.numbers if addressed else relays.numbers[:1]
        found += [Asked("relays.read", read, {name: relays.fields(number)[name] for name in read.request.names if name in relays.fields(number)})
                  for number in (numbers[0], numbers[-1])[:len(numbers)]]
    found += [Asked(name, channels.read, {"channel": channels.numbers[0]} if "channel" in channels.read.request.names else {})
              for name, channels in (("inputs", profile.inputs), ("analogue", profile.analogue)) if channels is not None]
    found += [Asked(setting.get.where, setting.get, setting.question()) for setting in sorted(profile.examples(), key=lambda setting: bool(setting.needs))
              if setting.get is not None]
    return [question for question in found if question.message.answered]


def barrier(profile: Profile, lost: t.Iterable[tuple[Message | None, Values]], unit: Values) -> Asked | None:
    """A question whose reply cannot be taken for an answer to any of what is lost, or None."""
    known = list(lost)
    for question in questions(profile):
        asked = {**unit, **question.known}
        if not any(mistakable(question.message, asked, message, values) for message, values in known):
            return Asked(question.what, question.message, asked)
    return None


def can_be_confused(profile: Profile) -> bool:
    """True unless every answer carries a mark of its question, or the device answers nothing."""
    if "{transaction:" in ((profile.page.get("frame") or {}).get("reply") or ""):
        return False
    relays = profile.relays
    return relays is None or relays.read is not None or relays.on is not None and relays.on.acknowledged


def usual_latest(message: Message | None, timeout: float) -> float:
    """Seconds within which an answer comes, if it comes at all, where neither page nor task says so."""
    slow = message.timeout or 0.0 if message is not None else 0.0
    return 2 * max(timeout, slow) + 1

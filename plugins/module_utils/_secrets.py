# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets taken out of all that is shown, however they are spelled there; words that stand there anyway stay. No input or output."""

from __future__ import annotations

import base64
import bisect
import functools
import html
import re
import typing as t
from collections.abc import Mapping

from ansible_collections.bytewire.devices.plugins.module_utils._errors import KINDS, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import brief

MASK = "********"
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"  # what Ansible shows for a secret among the arguments
SHORTEST = 4  # characters of a secret that is looked for in other spellings, too
SHORTEST_CUT = 6  # characters of a secret of which parts are looked for everywhere
SHORTEST_HALF = 3
MOST_PIECES = 4
LONGEST = 1024  # characters of a secret: the time that it takes to look for one grows with their square

WORDS = frozenset((
    *KINDS, "on", "off", "unknown", "pulsed", "toggled", "active", "inactive", "nothing", "done", "true", "false", "yes", "no", "none", "pong",
    "options", "profile", "lock", "resolve", "connect", "login", "identify", "read", "write", "verify", "fleet", "gateway",
    "spool", "greeting", "tls", "sender", "recipients", "data", "start", "state", "ask", "relay", "input", "device", "board", "server", "mail",
))
"""What results are made of in any case: a secret that is one of these words cannot be taken out of them, and is no secret."""

FREE = frozenset((
    "command", "commands", "data", "unless", "expect", "refuse", "pattern", "prefix", "terminator", "reply_until", "subject", "body", "html", "attachments",
    "headers",
))
"""Options in the user's own words, in which nothing has to stay readable."""

_BREAK = re.compile(r"[ \t]*[\x00-\x1f\x7f-\x9f]+[ \t]*")
_BETWEEN_DIGITS = re.compile(r"\\x|0x|[\t\r\n :,.;_%'\"-]")
_ESCAPE = re.compile(r"%[0-9a-f]{2}|=[0-9a-f]{2}|\\x[0-9a-f]{2}|\\u00[0-9a-f]{2}|\\[0-3][0-7]{2}|\\[\\\"'/]|&(?:#[0-9]{1,3}|#x[0-9a-f]{1,2}|[a-z]{2,4});",
                     re.IGNORECASE)
_BLANK = re.compile(r"[\t\r\n ]")
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")

_PLAIN = re.compile(r"(?:[^\W\d_]+[-_. ]?)*[0-9.]*\Z")
"""Names, numbers and addresses; what somebody made up to be secret looks otherwise, and is one where it is given as a name, too."""

_BLANKS = ("\t", "\r", "\n", " ")
_CONTROLS = (" ", *(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))))
_SEPARATORS = ("\\x", "0x", *_BLANKS, *":,.;_%'\"-")

Span = t.Tuple[int, int]
Stays = t.Callable[[str], bool]


def _small(text: str) -> str:
    """In small letters, as long as it was."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)


def _meaning(escape: str) -> str:
    """The character that an escape stands for; one that is none stays."""
    if escape[0] == "&":
        return _small(html.unescape(escape))
    if escape[0] in "%=" or escape[1] in "xu":
        return chr(int(escape[-2:], 16)).lower()
    return chr(int(escape[1:], 8)).lower() if escape[1:].isdigit() else escape[1:]


def _read(text: str) -> str:
    """A text as who takes its escapes for such reads it."""
    return _ESCAPE.sub(lambda match: _meaning(match.group()), text)


def _never(dummy: str) -> bool:
    return False


def _spans_behind(text: str, pattern: t.Pattern[str], needles: t.Sequence[str], stays: Stays = _never,
                  meaning: t.Callable[[str], str] = lambda dummy: "") -> list[Span]:
    """Where in the text the needles show once what the pattern finds is rewritten to one character, or none."""
    found = _spans(pattern.sub(lambda match: meaning(match.group()), text), needles, stays)
    return _originals(found, text, pattern, meaning) if found else []


def _originals(spans: t.Iterable[Span], text: str, pattern: t.Pattern[str], meaning: t.Callable[[str], str]) -> list[Span]:
    """Spans of a rewritten text as those of the text. here and there: where each piece begins in the one and in the other; ends: of what was rewritten."""
    here, there, ends = [], [], []
    place = end = 0
    for match in pattern.finditer(text):
        for width, start, stop in ((match.start() - end, end, 0), (len(meaning(match.group())), match.start(), match.end())):
            if width:
                here.append(place)
                there.append(start)
                ends.append(stop)
            place += width
        end = match.end()

    def original(position: int) -> Span:
        number = bisect.bisect_right(here, position) - 1
        start = there[number] + (0 if ends[number] else position - here[number])
        return start, ends[number] or start + 1

    for known, last in ((here, place), (there, end), (ends, 0)):
        known.append(last)
    return [(original(first)[0], original(behind - 1)[1]) for first, behind in spans]


def _without(text: str, *removed: str) -> str:
    """What re.sub would do, in a tenth of the time."""
    for one in removed:
        text = text.replace(one, "")
    return text


def _spans(text: str, needles: t.Iterable[str], stays: Stays = _never) -> list[Span]:
    return [(place, place + len(needle)) for needle in needles if needle in text and not stays(needle) for place in _places(text, needle)]


def _one_of(needles: t.Iterable[str], text: str) -> bool:
    return any(needle in text for needle in needles)


def _places(text: str, needle: str) -> t.Iterator[int]:
    place = text.find(needle)
    while place >= 0:
        yield place
        place = text.find(needle, place + 1)


class _Secret:
    """One secret, and what betrays it: words (in small letters; read: where they hold escapes), their bytes in hex, and whatever of them base64 shows."""

    def __init__(self, secret: str) -> None:
        self.secret, self.short = secret, len(secret) < SHORTEST
        self.forms = [secret] if self.short else sorted(_forms(secret))
        cut = [part for form in self.forms for part in _parts(form)] if len(secret) >= SHORTEST_CUT else []
        self.words = [*self.forms, *cut]
        read = {_read(_small(word)) for word in self.words} if _ESCAPE.search(secret) else set()
        self.read = sorted(word for word in read if len(word) >= SHORTEST)
        self.base64 = [core for word in self.words for core in _cores(_encoded(word)) if word in self.forms or len(core) > SHORTEST]
        self.halves = [(form[:place], form[place:]) for form in self.forms for place in range(SHORTEST_HALF, len(form) - SHORTEST_HALF + 1)]

    def halves_in(self, text: str) -> list[str]:
        """The halves of it that stand apart from each other in a text."""
        rest = _small(text)
        for form in self.forms:
            rest = rest.replace(_small(form), "\n")
        digits = _without(rest, *_SEPARATORS)
        pieces = [piece for form in self.forms if len(form) > 2 * SHORTEST_HALF for piece in _pieces(form, rest, _small) or _pieces(form, digits, _hex)]
        return pieces + [half for halves in self.halves
                         if all(_small(half) in rest for half in halves) or all(_hex(half) in digits for half in halves) for half in halves]

    def spans(self, text: str, halves: t.Sequence[str], stays: Stays) -> list[Span]:
        """Where in a text it shows."""
        if self.short:
            return _spans(text, self.words, stays)
        small, words = _small(text), [_small(word) for word in (*self.words, *halves)]
        found = _spans(small, words, stays)
        bare = [_without(word, " ", "\t") for word in words]
        if not small.isprintable() and _one_of(bare, _without(small, *_CONTROLS)):
            found += _spans_behind(small, _BREAK, [*words, *bare], stays)
        if any(sign in small for sign in "%=\\&") and _ESCAPE.search(small):
            found += _spans_behind(small, _ESCAPE, [*words, *self.read], stays, _meaning)
        digits = [_encoded(word).hex() for word in (*self.words, *halves)]
        if _one_of(digits, _without(small, *_SEPARATORS)):
            found += _spans_behind(small, _BETWEEN_DIGITS, digits)
        letters = text.replace("-", "+").replace("_", "/")
        if _one_of(self.base64, _without(letters, *_BLANKS)):
            found += [_widened(text, span) for span in _spans_behind(letters, _BLANK, self.base64)]
        return found

    def ends(self, text: str) -> list[Span]:
        """The beginning of it at the end of a text, which may be cut short, and what lacks its first characters at the beginning."""
        text = text if self.short else _small(text)
        secret, bare, found = self.secret if self.short else _small(self.secret), text.rstrip("\r\n\0 "), []
        for length in range(2, len(secret)):
            if text.endswith(secret[:length]) or length >= len(secret) - 2 and bare.endswith(secret[:length]):
                found.append((len(bare) - length if bare.endswith(secret[:length]) else len(text) - length, len(text)))
            if length >= len(secret) - 2 and text.startswith(secret[-length:]):
                found.append((0, length))
        return found


_secret = functools.lru_cache(maxsize=1024)(_Secret)


def _forms(secret: str) -> set[str]:
    """The secret, and what stands for it where a blank is a plus, or each byte a character."""
    data = *(one.encode("utf-8", "surrogateescape") for one in (secret, secret.upper(), secret.lower())), secret.encode("latin-1", "replace")
    return {secret, secret.replace(" ", "+"), *(one.decode("latin-1") for one in data if one.decode("latin-1").lower() != secret.lower())}


def _parts(secret: str) -> list[str]:
    """What is left of an echo that lacks a byte or two, or is a half."""
    length = max(min(len(secret) - 2, SHORTEST_CUT), -(-len(secret) // 2))
    return [secret[start:start + length] for start in range(len(secret) - length + 1)]


def _pieces(form: str, text: str, spelled: t.Callable[[str], str]) -> list[str]:
    """The parts of a secret that stand one behind another in a text, with something else between them; none unless they are all of it."""
    pieces: list[str] = []
    start = place = 0
    while start < len(form):
        end = start + SHORTEST_HALF
        found = text.find(spelled(form[start:end]), place) if end <= len(form) else -1
        if found < 0 or len(pieces) == MOST_PIECES:
            return []
        while end < len(form) and (longer := text.find(spelled(form[start:end + 1]), place)) >= 0:
            found, end = longer, end + 1
        end = min(end, max(len(form) - SHORTEST_HALF, start + SHORTEST_HALF)) if end < len(form) else end
        pieces.append(form[start:end])
        start, place = end, found + len(spelled(form[start:end]))
    return pieces


def _hex(text: str) -> str:
    return _encoded(text).hex()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape") if any(character > "\xff" for character in text) else text.encode("latin-1")


def _cores(data: bytes) -> t.Iterator[str]:
    """What base64 makes of these bytes alone, wherever in others they stand."""
    for before, first in enumerate((0, 2, 3)):
        yield base64.b64encode(bytes(before) + data).decode("ascii")[first:(before + len(data)) * 8 // 6]


def _widened(text: str, span: Span) -> Span:
    """The whole of the base64 that a part of was found: a letter of it is six bits, and holds some of the next byte."""
    start, end = span
    while start > 0 and text[start - 1] in _BASE64:
        start -= 1
    while end < len(text) and text[end] in _BASE64:
        end += 1
    return start, end


class Secrets:
    """Those of one task. public: the words that the task shows in any case; asked for when one of them may be meant."""

    def __init__(self, secrets: t.Iterable[object], public: t.Callable[[], t.Iterable[str]] = tuple) -> None:
        texts = {str(secret)[:LONGEST] for secret in secrets if secret is not None and secret != ""}
        self.secrets = [_secret(text) for text in sorted(texts)]
        self._public, self._known = public, ""

    def text(self, text: str, cut: bool = False) -> str:
        """A text without them, whatever words they are. cut: it may begin or end within an echo of one."""
        return self._masked(text, [(secret, secret.halves_in(text)) for secret in self.secrets], _never, cut)

    def shown(self, value: t.Any) -> t.Any:
        """A result, or any part of one, without them. What is public stays, and so do keys."""
        everything = "\n".join(_leaves(value)) if self.secrets else ""
        halved = [(secret, secret.halves_in(everything)) for secret in self.secrets]
        if not any(halves or secret.spans(everything, (), self._is_public) for secret, halves in halved):
            return value
        return self._rebuilt(value, lambda text: self._masked(text, halved, self._is_public))

    def arguments(self, arguments: t.Any, spec: t.Mapping[str, t.Any]) -> t.Any:
        """The arguments of a task as its result shows them."""
        if not isinstance(arguments, Mapping):
            return self.shown(arguments)
        known = {**{alias: option for option in spec.values() for alias in option.get("aliases", ())}, **spec}
        return {name: self._argument(str(name), value, known.get(name)) for name, value in arguments.items()}

    def _argument(self, name: str, value: t.Any, option: t.Mapping[str, t.Any] | None) -> t.Any:
        if option is None or option.get("no_log"):
            return value if value is None or value == "" else HIDDEN
        if "options" in option and isinstance(value, Mapping):
            return self.arguments(value, option["options"])
        return self.shown_of(name, value)

    def shown_of(self, name: str, value: t.Any) -> t.Any:
        """What an option of this name says, without them."""
        return self._rebuilt(value, self.text) if name in FREE else self.shown(value)

    def _is_public(self, words: str) -> bool:
        if not self._known:
            self._known = "\n".join((*WORDS, *self._public())).lower()
        return words.lower() in self._known and _PLAIN.match(words) is not None

    def _rebuilt(self, value: t.Any, masked: t.Callable[[str], str]) -> t.Any:
        if isinstance(value, str):
            return masked(value)
        if isinstance(value, Mapping):
            return {key: self._rebuilt(one, masked) for key, one in value.items()}
        if _are_bytes(value):
            text = bytes(value).decode("latin-1")
            return value if masked(text) == text else list(masked(text).encode("latin-1"))
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self._rebuilt(one, masked) for one in value]
        return masked(str(value)) if _is_number(value) and masked(str(value)) == MASK else value

    @staticmethod
    def _masked(text: str, halved: t.Iterable[tuple[_Secret, t.Sequence[str]]], stays: Stays, cut: bool = False) -> str:
        pieces: list[str] = []
        end = 0
        spans = [span for secret, halves in halved for span in [*secret.spans(text, halves, stays), *(secret.ends(text) if cut else ())]]
        for start, stop in sorted(spans):
            if start > end or not pieces:
                pieces += [text[end:start], MASK]
            end = max(end, stop)
        return "".join([*pieces, text[end:]]) if pieces else text


def _leaves(value: t.Any) -> t.Iterator[str]:
    """All that a result says, as texts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif _are_bytes(value):
        yield bytes(value).decode("latin-1")
    elif isinstance(value, (list, tuple, set, frozenset)):
        for one in value:
            yield from _leaves(one)
    elif _is_number(value):
        yield str(value)


def _are_bytes(value: t.Any) -> bool:
    if not isinstance(value, (list, tuple)) or len(value) < SHORTEST:
        return False
    return all(isinstance(one, int) and not isinstance(one, bool) and 0 <= one <= 255 for one in value)


def _is_number(value: t.Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and len(str(value)) >= SHORTEST


def secrets_of(arguments: t.Any, spec: t.Mapping[str, t.Any]) -> t.Iterator[object]:
    """What stands there under the name of an option that is a secret."""
    for name, option in spec.items() if isinstance(arguments, Mapping) else ():
        if option.get("no_log"):
            yield arguments.get(name)
        elif "options" in option:
            yield from secrets_of(arguments.get(name), option["options"])


def public_words(arguments: t.Any, spec: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """The names of options, and what they say: closed lists, and whatever the user named, but nothing in the user's own words."""
    yield from spec
    for name, option in spec.items():
        yield from map(str, option.get("choices", ()))
        value = arguments.get(name) if isinstance(arguments, Mapping) and not option.get("no_log") and name not in FREE else None
        if name == "model":
            yield from _names(value)
        elif "options" in option:
            yield from public_words(value, option["options"])
        else:
            yield from _texts(value)


def _names(page: t.Any) -> t.Iterator[str]:
    """What a page calls things: its keys at every depth, and what it is called itself."""
    if isinstance(page, str):
        yield page
    elif isinstance(page, Mapping):
        yield from map(str, page)
        yield from (str(page.get(name)) for name in ("name", "title", "extends"))
        for one in page.values():
            if not isinstance(one, str):
                yield from _names(one)
    elif isinstance(page, (list, tuple)):
        for one in page:
            if not isinstance(one, str):
                yield from _names(one)


def _texts(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, Mapping):
        yield from map(str, value)
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)
    elif value is not None:
        yield str(value)


def secrets(arguments: t.Any, spec: t.Mapping[str, t.Any]) -> Secrets:
    """Those among the arguments of a task."""
    return Secrets(secrets_of(arguments, spec), lambda: public_words(arguments, spec))


def as_written(name: str, value: object, secret: bool = False) -> None:
    """What YAML made of a text without quotes (no becomes False, 010 becomes 8) is not what was written, and is refused."""
    if isinstance(value, bool):
        raise invalid(f"{name} is {'true or false' if secret else value}: YAML reads on, off, yes and no without quotes so; write it in quotes.")
    if isinstance(value, (int, float)):
        ini = " An INI inventory takes one pair of quotes away: \"'...'\"." if secret else ""
        raise invalid(f"{name} is {'a number' if secret else f'the number {brief(value)}'}; write it in quotes, for YAML may have changed it.{ini}")
    if isinstance(value, (dict, list)):
        raise invalid(f"{name} is {'a list or a dictionary' if secret else brief(value)}; expected text.")
    if secret and isinstance(value, str) and len(value) > LONGEST:
        raise invalid(f"{name} has {len(value)} characters; at most {LONGEST} are possible.")


def refuse_numbers(arguments: t.Any, spec: t.Mapping[str, t.Any], where: str = "", called: t.Callable[[str], str] = str) -> None:
    """The error for a secret, or the name that goes with it, that is a number or a boolean; called says what to call an option."""
    for name, option in spec.items() if isinstance(arguments, Mapping) else ():
        if option.get("no_log") or name == "username":
            as_written(f"{where}{called(name)}", arguments.get(name), bool(option.get("no_log")))
        elif "options" in option:
            refuse_numbers(arguments.get(name), option["options"], f"{where}{name}.")

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a lost answer of a device can be taken for, and what a task does then, as the page has it. For people; no input or output."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.attribution import barrier, confusable, questions, usual_latest
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile

LOST, ASKED = 1, 2
"""Transactions, which differ from one exchange to the next."""


class Said(t.NamedTuple):
    """A message of the page, the values in it, and the relay or setting that it is about, None for neither."""

    what: str
    message: Message
    known: Values
    about: int | str | None = None


class Remedy(t.NamedTuple):
    """What makes the line known again: one of these questions, and where none will do, so many seconds of waiting.

    Where there is neither, nothing that comes late can be taken for the next answer.
    """

    asks: t.Sequence[str]
    wait: float

    @property
    def words(self) -> str:
        """'asks identify', 'waits 7 s', 'asks again'."""
        asks = [f"asks {' or '.join(self.asks)}"] if self.asks else []
        return ", or ".join([*asks, f"waits {self.wait:g} s"] if self.wait else asks) or "asks again"


class LostAnswers(t.NamedTuple):
    """The facts of a page.

    questions: what is asked to see how the device is. confused: the messages whose answers can be taken for the answer to that, or stand before it.
    everything: whether these are all that there are. command, reading: what is done after a lost answer, None where nothing is read back, or read.
    unread: what cannot be read back; again: what is done before the next of that, None where none of it is answered.
    """

    questions: t.Sequence[str]
    confused: t.Sequence[str]
    everything: bool
    command: Remedy | None
    reading: Remedy | None
    unread: t.Sequence[str]
    again: Remedy | None


def lost_answers(profile: Profile, timeout: float) -> LostAnswers:
    """What the page says of lost answers, for tasks with this timeout."""
    commands, verifying = list(_commands(profile)), list(_verifying(profile))
    back = {reading.about: reading for reading in verifying}
    read_back = [(command, back[command.about]) for command in commands if command.about in back]
    unread = [command for command in commands if command.about not in back]
    again = _remedy(profile, [(command, command) for command in unread if command.message.answered], timeout)
    readings = verifying or _questions(profile)
    others = [*commands, *readings, *_questions(profile), *_free(profile)]
    confused = _confused(profile, readings, others)
    everything = len(confused) == len({_relative(reading, other) for reading in readings for other in others})
    unread_names = _distinct(command.what.split(".")[command.what.startswith("settings.")] for command in unread)
    if not commands and (profile.command is not None or not readings):
        unread_names, again = ["command"], Remedy([], max(_latest(profile, None, timeout), usual_latest(None, timeout)))
    return LostAnswers(_distinct(_shortened(reading.what) for reading in readings), confused, everything, _remedy(profile, read_back, timeout),
                       _remedy(profile, [(reading, reading) for reading in readings], timeout), unread_names, again)


def _commands(profile: Profile) -> t.Iterator[Said]:
    """What switches and sets: of relays the first and the last, of values the ends."""
    if profile.relays is not None:
        for number in _ends(profile.relays.numbers):
            yield from (Said(f"relays.{name}", message, profile.relays.fields(number), number)
                        for name, command in profile.relays.messages.items() if name != "read" for message in (command, *command.then))
    for setting in profile.examples():
        if setting.set is not None:
            yield from (Said(setting.set.where, message, setting.fields(code), setting.name)
                        for code in _ends(setting.samples()) for message in (setting.set, *setting.set.then))


def _verifying(profile: Profile) -> t.Iterator[Said]:
    """What reads back what was switched and set."""
    if profile.relays is not None and profile.relays.read is not None:
        for number in _ends(profile.relays.numbers):
            yield Said("relays.read", profile.relays.read, profile.relays.fields(number), number)
    for setting in profile.examples():
        if setting.get is not None:
            yield Said(setting.get.where, setting.get, setting.question(), setting.name)


def _questions(profile: Profile) -> list[Said]:
    return [Said(asked.what, asked.message, {} if asked.message is profile.identify else asked.known) for asked in questions(profile)
            if not asked.what.startswith(("relays.", "settings."))]


def _free(profile: Profile) -> list[Said]:
    """Messages of which neither a relay nor a setting is known."""
    free = {f"session.{name}": message for name, message in profile.session.items()}
    if profile.command is not None:
        free["command"] = profile.command
    return [Said(what, message, {}) for what, message in free.items()]


def _confused(profile: Profile, readings: t.Iterable[Said], others: t.Sequence[Said]) -> list[str]:
    found: dict[str, None] = {}
    for reading in readings:
        for other in others:
            name = _relative(reading, other)
            if name not in found and _confuses(profile, other, reading):
                found[name] = None
    return list(found)


def _confuses(profile: Profile, lost: Said, following: Said) -> bool:
    return confusable(following.message, _known(profile, following, ASKED), lost.message, _known(profile, lost, LOST))


def _known(profile: Profile, said: Said, transaction: int) -> Values:
    return {**said.known, **profile.unit_values(None), "transaction": transaction}


def _remedy(profile: Profile, pairs: t.Sequence[tuple[Said, Said]], timeout: float) -> Remedy | None:
    """What is done where the first of each pair was lost, before the second counts."""
    asks, wait = [], 0.0
    for lost, following in pairs:
        if _confuses(profile, lost, following):
            question = barrier(profile, [(lost.message, _known(profile, lost, LOST))], {**profile.unit_values(None), "transaction": ASKED})
            if question is None:
                wait = max(wait, _latest(profile, lost.message, timeout))
            else:
                another = "another relay" if question.what.startswith("relays") else "another one"
                asks.append(f"{question.what} of {another}" if question.what == lost.what else question.what)
    return Remedy(_distinct(asks), wait) if pairs else None


def _latest(profile: Profile, message: Message | None, timeout: float) -> float:
    found = (message or profile).latest
    return found if found is not None else usual_latest(message, timeout)


def _relative(reading: Said, other: Said) -> str:
    """A message by its name, settings by whether they are the one that is asked for."""
    if not other.what.startswith("settings."):
        return other.what
    return f"{'' if other.about == reading.about else 'another '}{other.what.split('.')[2]}"


def _shortened(what: str) -> str:
    """What is asked, of any setting."""
    return "get" if what.startswith("settings.") else what


def _ends(values: t.Sequence[t.Any]) -> list[t.Any]:
    return _distinct((values[0], values[-1]))


def _distinct(values: t.Iterable[t.Any]) -> list[t.Any]:
    return list(dict.fromkeys(values))

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The habits of fake devices. T is the time within which an answer is awaited; a habit is told it, and is late by a multiple of it."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile
from ansible_collections.bytewire.devices.tests.liars.fake import Connection, Fake, Seen

IN_USE = b"Port already in use\r\n"
GARBAGE = b"\xfe\xed\xfa\xce\xfe\xed\xfa"


class Honest:
    """Does what it is told, and says so."""

    only_writes = False
    """Whether it is about commands alone, so that tasks that only ask meet an honest device."""
    flips = True
    """Whether somebody at the device undoes the first task before the second; a device that reads old states could not tell."""
    lag = 0.0
    """Seconds for which it reads an old state."""
    without: tuple[str, ...] = ()
    """What it is not told: where an answer ends with silence alone, what comes behind the silence is no matter of evidence."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout

    def missing(self, profile: Profile) -> str:
        """Why a device of this page cannot have the habit."""
        return ""

    def connected(self, fake: Fake, connection: Connection) -> None:
        pass

    def take(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        if fake.strikes(seen):
            self.strike(fake, seen, connection)
        else:
            fake.in_turn(0, fake.honest, seen, connection)

    def strike(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        fake.honest(seen, connection)

    def end(self, fake: Fake, seen: Seen, connection: Connection, does: bool) -> None:
        if does:
            fake.do(seen)
        fake.say(connection, fake.answer(seen), seen)


class Late(Honest):
    """Answers a command after so many T, and does it then, or never. In order: questions wait until it has; or they are answered meanwhile."""

    def __init__(self, timeout: float, times: float, does: bool, in_order: bool) -> None:
        super().__init__(timeout)
        self.seconds, self.does, self.in_order = timeout * times, does, in_order

    def strike(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        (fake.in_turn if self.in_order else fake.later)(self.seconds, self.end, fake, seen, connection, self.does)

    def take(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        if self.in_order or fake.strikes(seen):
            super().take(fake, seen, connection)
        else:
            fake.honest(seen, connection)


class FirstLate(Honest):
    """The answer to the first question alone is late, and says how it was when it was asked."""

    def __init__(self, timeout: float, times: float) -> None:
        super().__init__(timeout)
        self.seconds, self.late = timeout * times, False

    def take(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        first = not self.late and seen.what != "identify" and (not seen.writes or seen.what in ("command", "raw"))
        if not first:
            fake.honest(seen, connection)
            return
        self.late = True
        fake.do(seen)
        fake.later(self.seconds, fake.say, connection, fake.answer(seen), seen)


class Echo(Honest):
    """Says commands back, after some seconds; does them and answers, or not."""

    only_writes = True

    def __init__(self, timeout: float, seconds: float, does: bool) -> None:
        super().__init__(timeout)
        self.seconds, self.does = seconds, does

    def strike(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        if self.does:
            fake.say(connection, seen.data, seen)
            fake.honest(seen, connection)
        else:
            fake.later(self.seconds, fake.say, connection, seen.data, seen)


class Lag(Honest):
    """Does at once what it is told, and reads as it was so many seconds ago."""

    only_writes = True
    flips = False

    def __init__(self, timeout: float, seconds: float) -> None:
        super().__init__(timeout)
        self.lag = seconds

    def take(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        fake.do(seen)
        fake.say(connection, fake.answer(seen, at=fake.time() - self.lag), seen)


class Lie(Honest):
    """Acknowledges, and does nothing."""

    only_writes = True

    def strike(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        fake.say(connection, fake.answer(seen), seen)


class RefuseAndDo(Honest):
    """Refuses, and does it all the same. What a command in the user's own words did cannot be read back: there the refusal is the device's word."""

    only_writes = True
    without = ("command", "send")

    def missing(self, profile: Profile) -> str:
        refused = any(message.refused for what, message in profile.requests() if Seen(0, 0, 0.0, what, message, {}, b"").writes)
        return "" if refused else "the page knows no refusal"

    def strike(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        fake.do(seen)
        fake.say(connection, fake.refusal(seen), seen)


class OtherUnit(Honest):
    """Answers as another unit, and does nothing."""

    def missing(self, profile: Profile) -> str:
        return "" if profile.unit else "the page has no units"

    def strike(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        fake.say(connection, fake.answer(seen, values={name: int(number) + 1 for name, number in fake.board.unit.items()}), seen)


class OtherRelay(Honest):
    """Answers as if it had been told, or asked, about the relay behind, and does nothing."""

    def missing(self, profile: Profile) -> str:
        replies = [reply for message in profile.relays.messages.values() for reply in message.replies] if profile.relays else []
        if profile.relays and len(profile.relays.numbers) == 1:
            return "there is no other relay"
        named = any(reply.names & {"relay", "index", "bit"} for reply in replies)
        return "" if named else "no answer of the page names a relay"

    def take(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        relays = fake.profile.relays
        number = relays.number_of(seen.values) if relays and seen.what.startswith("relays.") else None
        named = seen.message is not None and any(reply.names & {"relay", "index", "bit"} for reply in seen.message.replies)
        if relays is None or number is None or not named:
            fake.honest(seen, connection)
            return
        others = [other for other in relays.numbers if other != number]
        fields = {**seen.values, **relays.fields(others[0])}
        fake.say(connection, fake.answer(Seen(seen.number, seen.task, seen.time, seen.what, seen.message, fields, b"")), seen)


class Twice(Honest):
    """Answers everything twice."""

    def take(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        fake.do(seen)
        answer = fake.answer(seen)
        fake.say(connection, answer, seen)
        fake.later(0.005, fake.say, connection, answer, seen)


class Claims(Honest):
    """Acknowledges and does nothing; some seconds later it reports unasked that it did."""

    only_writes = True

    def __init__(self, timeout: float, seconds: float) -> None:
        super().__init__(timeout)
        self.seconds = seconds

    def missing(self, profile: Profile) -> str:
        asked = profile.relays is not None and profile.relays.read or any(setting.get for setting in profile.settings.values())
        return "" if asked else "the page has no question that tells a state"

    def strike(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        fake.say(connection, fake.answer(seen), seen)
        meant = fake.meant(seen)
        if meant is not None:
            key, value = meant
            fake.later(self.seconds, fake.say, connection, fake.reading({key: value}, key))


class Silent(Honest):
    """Says nothing to the first so many commands, and does them or not; honest from then on."""

    def __init__(self, timeout: float, does: bool, often: int = 1) -> None:
        super().__init__(timeout)
        self.does, self.left = does, often

    def strike(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        if self.left <= 0:
            fake.honest(seen, connection)
            return
        self.left -= 1
        if self.does:
            fake.do(seen)
        self.instead(connection)

    def instead(self, connection: Connection) -> None:
        """What it does instead of an answer."""


class Leaves(Silent):
    """Closes or resets the connection at the first commands instead of an answer."""

    def __init__(self, timeout: float, resets: bool, does: bool, often: int = 1) -> None:
        super().__init__(timeout, does, often)
        self.resets = resets

    def instead(self, connection: Connection) -> None:
        if self.resets:
            connection.reset()
        else:
            connection.transport.close()


class Gone(Honest):
    """Does the first command, acknowledges it and leaves; to who connects later it says that it is in use, or nothing, and leaves again."""

    only_writes = True

    def __init__(self, timeout: float, words: bytes) -> None:
        super().__init__(timeout)
        self.words, self.gone = words, False

    def connected(self, fake: Fake, connection: Connection) -> None:
        if self.gone:
            fake.later(0.03 if self.words else 0, self._leave, fake, connection)

    def _leave(self, fake: Fake, connection: Connection) -> None:
        if self.words:
            fake.say(connection, self.words)
            connection.transport.close()
        else:
            connection.reset()

    def take(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        if self.gone:
            return
        fake.honest(seen, connection)
        if seen.writes:
            self.gone = True
            fake.later(0.02, connection.reset)


class OldAnswer(Honest):
    """Says an old answer to whoever connects: that things are as somebody wants them. Commands are acknowledged and not done."""

    def __init__(self, timeout: float, seconds: float) -> None:
        super().__init__(timeout)
        self.seconds = seconds

    def connected(self, fake: Fake, connection: Connection) -> None:
        key = fake.about
        if key is not None:
            other = not fake.truth.now[key] if key[0] == "relay" else other_code(fake, key[1])
            fake.later(self.seconds, fake.say, connection, fake.reading({key: other}, key))

    def strike(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        self.end(fake, seen, connection, not fake.switching)


class SilentForGood(Honest):
    """Says nothing any more from the first command on; does it or not."""

    def __init__(self, timeout: float, does: bool) -> None:
        super().__init__(timeout)
        self.does, self.silent = does, False

    def take(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        self.silent = self.silent or fake.strikes(seen)
        if not self.silent:
            fake.honest(seen, connection)
        elif self.does:
            fake.do(seen)


class Garbage(Honest):
    """Answers bytes that mean nothing."""

    def strike(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        if seen.what == "identify":
            fake.honest(seen, connection)
        else:
            fake.say(connection, GARBAGE, seen)


class OneBehind(Honest):
    """Keeps each answer until the next request comes, or for twice T; does nothing."""

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout)
        self.kept: list[tuple[Seen, bytes, Connection]] = []

    def take(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        self._let_go(fake, None)
        self.kept = [(seen, fake.answer(seen), connection)]
        fake.later(2 * self.timeout, self._let_go, fake, seen)

    def _let_go(self, fake: Fake, only: Seen | None) -> None:
        if only is not None and [one[0] for one in self.kept] != [only]:
            return
        kept, self.kept = self.kept, []
        for seen, held, connection in kept:
            fake.say(connection, held, seen)


class HoldsBack(Honest):
    """Keeps its first acknowledgement until the next request comes, then says it before or behind the answer; that command is not done."""

    def __init__(self, timeout: float, last: bool) -> None:
        super().__init__(timeout)
        self.last = last
        self.held: list[tuple[Seen, bytes, Connection]] = []
        self.once = False

    def take(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        if fake.strikes(seen) and not self.once:
            self.once = True
            self.held = [(seen, fake.answer(seen), connection)]
            return
        held, self.held = self.held, []
        if self.last:
            fake.honest(seen, connection)
        for other, answer, its in held:
            fake.say(its, answer, other)
        if not self.last:
            fake.honest(seen, connection)


class Replays(Honest):
    """Says its last answer again to whoever connects next, shortly after; the first command alone is lost without a word."""

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout)
        self.last, self.lost = b"", False

    def connected(self, fake: Fake, connection: Connection) -> None:
        if self.last:
            fake.later(0.02, fake.say, connection, self.last)

    def take(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        if fake.strikes(seen) and not self.lost:
            self.lost = True
            return
        fake.honest(seen, connection)
        self.last = fake.answer(seen)


class Halves(Honest):
    """The second half of an acknowledgement comes much later than the first; the command is not done."""

    only_writes = True
    without = ("send",)

    def strike(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        answer = fake.answer(seen)
        middle = len(answer) // 2
        fake.say(connection, answer[:middle], seen)
        fake.later(1.5 * self.timeout, fake.say, connection, answer[middle:], seen)


class EverySecond(Honest):
    """Hears only every second request."""

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout)
        self.count = 0

    def take(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        self.count += 1
        if self.count % 2 == 0:
            fake.honest(seen, connection)


def relay_of(profile: Profile) -> int:
    """The relay that the tasks are about: not the first one, where there are others."""
    assert profile.relays is not None
    return profile.relays.numbers[min(1, len(profile.relays.numbers) - 1)]


def other_code(fake: Fake, name: str) -> t.Any:
    return next(code for code in fake.profile.settings[name].samples() if code != fake.truth.now["setting", name])


_late = functools.partial
HABITS: dict[str, t.Callable[[float], Honest]] = {
    "none": Honest,
    "late in order, does": _late(Late, times=1.4, does=True, in_order=True),
    "late in order, never": _late(Late, times=1.4, does=False, in_order=True),
    "very late in order, does": _late(Late, times=2.8, does=True, in_order=True),
    "very late in order, never": _late(Late, times=2.8, does=False, in_order=True),
    "late meanwhile, does": _late(Late, times=1.4, does=True, in_order=False),
    "late meanwhile, never": _late(Late, times=1.4, does=False, in_order=False),
    "very late meanwhile, does": _late(Late, times=2.8, does=True, in_order=False),
    "very late meanwhile, never": _late(Late, times=2.8, does=False, in_order=False),
    "first answer late": _late(FirstLate, times=1.4),
    "first answer very late": _late(FirstLate, times=2.8),
    "echo": _late(Echo, seconds=0, does=True),
    "echo, never": _late(Echo, seconds=0, does=False),
    "late echo, never": _late(Echo, seconds=0.12, does=False),
    "lag": _late(Lag, seconds=0.15),
    "long lag": _late(Lag, seconds=0.9),
    "lie": Lie,
    "refuses and does": RefuseAndDo,
    "other unit": OtherUnit,
    "other relay": OtherRelay,
    "twice": Twice,
    "claims 3 ms later": _late(Claims, seconds=0.003),
    "claims 60 ms later": _late(Claims, seconds=0.06),
    "closes, does": _late(Leaves, resets=False, does=True),
    "closes, never": _late(Leaves, resets=False, does=False, often=9),
    "resets, does": _late(Leaves, resets=True, does=True),
    "resets, never": _late(Leaves, resets=True, does=False, often=9),
    "in use later": _late(Gone, words=IN_USE),
    "gone later": _late(Gone, words=b""),
    "old answer on connecting": _late(OldAnswer, seconds=0),
    "old answer 30 ms later": _late(OldAnswer, seconds=0.03),
    "silent once, does": _late(Silent, often=1, does=True),
    "silent once, never": _late(Silent, often=1, does=False),
    "silent for good, does": _late(SilentForGood, does=True),
    "silent for good, never": _late(SilentForGood, does=False),
    "garbage": Garbage,
    "one behind": OneBehind,
    "holds back": _late(HoldsBack, last=False),
    "holds back to the last": _late(HoldsBack, last=True),
    "replays": Replays,
    "halves": Halves,
    "every second": EverySecond,
}
OWN = ("holds back", "holds back to the last", "replays", "halves", "every second")
"""Habits that were made up for this test."""

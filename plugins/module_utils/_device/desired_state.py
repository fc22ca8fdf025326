# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bringing parts of a device into absolute states: send what differs, look again, and never lose what is known."""

from __future__ import annotations

import functools
import math
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._device.device import SETTLE, Device
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Value, Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import sleep

UNSEEN = ("unreachable", "timeout", "closed", "busy", "bad_reply")  # the kinds of errors of a reading that say nothing of the state
MOVES = 0.5  # seconds for which what was refused is watched
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5  # seconds between readings of what has not settled

Part = t.TypeVar("Part")
State = t.TypeVar("State", bound=Value)


def pauses() -> t.Iterator[float]:
    """Seconds between one reading and the next of what has not settled."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)


class DesiredState(t.Generic[Part, State]):
    """Brings some parts (relays, settings) of one device into desired states, during one task.

    was, now: {part: state, None where it is not known}; commanded: parts that a command was sent for.
    acknowledged: {part: what it was told, in words} of those that the device said it would do. lost: {part: error} of those whose acknowledgement did not come.
    last_command: when the last one was sent. refused: those of them that the device refused, and what they were before;
    moved: those of these that were seen to move. disbelieved: what a task before told otherwise, which may not read so yet.
    meanwhile: what a command leaves until the next one, in words for the task after this one, should this one not come to its end.
    Subclasses know how to read, to command, and to say it in words.
    """

    def __init__(self, device: Device, parts: t.Iterable[Part], verify: bool) -> None:
        self.device = device
        self.readable = self.can_be_read() and not device.broadcast
        self.verify = verify and self.readable
        self.commanded: set[Part] = set()
        self.acknowledged: dict[Part, str] = {}
        self.lost: dict[Part, BytewireError] = {}
        self.refused: dict[Part, State | None] = {}
        self.moved: set[Part] = set()
        self.disbelieved: set[Part] = set()
        self.last_command = 0.0
        self.meanwhile = ""
        self.was: dict[Part, State | None] = dict.fromkeys(parts)
        self.now = dict(self.was)

    async def begin(self) -> None:
        """See how things are, before anything is sent."""
        await self.read("read")
        for part, now in self.now.items():
            told = self.device.told_otherwise(part, now, functools.partial(self.same, part))
            if told is not None and not self.on_its_way(part, t.cast(State, told)):
                self.now[part] = None
                self.disbelieved.add(part)
            self.device.believe(part, now, functools.partial(self.same, part))
        self.was = dict(self.now)

    def can_be_read(self) -> bool:
        """True where the device tells the state of one of these parts at least."""
        raise NotImplementedError

    def reads(self, part: Part) -> bool:
        """True where this part can be read back."""
        return True

    async def read(self, stage: str) -> None:
        """Read the parts into now."""
        raise NotImplementedError

    async def command(self, part: Part, state: State) -> None:
        """Send what brings one part into a state."""
        raise NotImplementedError

    def in_words(self, part: Part, state: State | None) -> str:
        """'relay 2 (backup_disk) is on'."""
        raise NotImplementedError

    def differing(self, wanted: t.Mapping[Part, State]) -> list[Part]:
        """The parts whose state is not (or not known to be) as wanted."""
        return [part for part in wanted if not self.is_so(part, wanted[part])]

    def same(self, part: Part, one: Value | None, other: Value | None) -> bool:
        """True where two states of a part count as one; this is where states are compared."""
        return one == other

    def is_so(self, part: Part, state: State | None) -> bool:
        """True where a part is known to be in a state."""
        return self.now[part] is not None and self.same(part, self.now[part], state)

    def to_command(self, wanted: t.Mapping[Part, State]) -> list[Part]:
        """The parts that must be told: those that differ and are not on their way already."""
        return [part for part in self.differing(wanted) if not self.on_its_way(part, wanted[part])]

    def on_its_way(self, part: Part, state: State) -> bool:
        """True where a part reads as what it is while it becomes so."""
        return False

    def settle_of(self, parts: t.Iterable[Part]) -> float:
        """Seconds within which these parts read as they were told to be."""
        return self.device.settle_of(None)

    async def ensure(self, wanted: t.Mapping[Part, State]) -> None:
        """Absolute states: what differs is sent, and may be sent again after reading again."""
        try:
            await self._ensure(wanted)
        except BytewireError as error:
            raise self._told(error, wanted)
        finally:
            self._note_lost_acknowledgements(wanted)
            self._note_told(wanted)

    def _note_told(self, wanted: t.Mapping[Part, State]) -> None:
        """For the tasks that follow: what was commanded and not seen."""
        for part in self.commanded if self.can_be_read() else ():
            if part in wanted and self.is_so(part, wanted[part]):
                self.device.saw(part, wanted[part])
            elif part in wanted:
                self.device.outstanding.told[self.device.named(part)] = (wanted[part], self.last_command + max(self.settle_of([part]), SETTLE))

    async def sure(self) -> None:
        """Where a reading is all that there is, nothing more may come behind it."""
        try:
            if self.readable:
                await self.device.surely(self._read_anew)
        except BytewireError:
            self.was, self.now = dict.fromkeys(self.was), dict.fromkeys(self.now)
            raise

    async def _read_anew(self) -> None:
        """Where the connection was given up, and with it what was read on it."""
        if self.device.dialogue is None:
            await self.read("read")
            self.was.update({part: now for part, now in self.now.items() if part not in self.commanded})

    async def _ensure(self, wanted: t.Mapping[Part, State]) -> None:
        if not self.differing(wanted):
            await self.sure()
        if self.verify and not self.to_command(wanted):
            await self._settle(wanted, until=self.to_command)  # what is on its way arrives, or falls back
        differing = self.differing(wanted)
        pending = self.to_command(wanted)
        told = bool(pending)
        while pending:
            try:
                for part in pending:
                    await self.command(part, wanted[part])
                if self.verify:
                    await self.read("verify")
                else:
                    await self.device.stands()
                break
            except BytewireError as error:
                if error.kind == "bad_reply":
                    self.was.update(dict.fromkeys(pending))
                if error.sent:
                    unheard = (part for part in pending if part in self.commanded and part not in self.acknowledged)
                    self.lost.update(dict.fromkeys(unheard, error))
                if not await self.device.may_retry(error):
                    raise await self._error_after_reading(error)
                await self.device.drop()
                await self.read("read")
                self._note_moved()
                pending = self.to_command(wanted)
        if self.verify and differing:
            if told:
                await self._settle(wanted)
                await self._refuse_surplus(wanted)
            for part in filter(self.reads, self.differing(wanted)):
                raise self.unverified(part, wanted[part])

    def forget(self, parts: t.Iterable[Part]) -> None:
        """What these read is not believed any more, so that they are told again."""
        for part in parts:
            self.now[part] = None
            self.acknowledged.pop(part, None)

    def accepted_unseen(self) -> list[Part]:
        """The parts whose command was acknowledged, and that have not been read since."""
        return [part for part in self.acknowledged if self.now[part] is None]

    def _told(self, error: BytewireError, wanted: t.Mapping[Part, State]) -> BytewireError:
        """The error with what the device acknowledged before; where that is all that was to be done, it is only not seen to have happened."""
        told = ", ".join(self.acknowledged[part] for part in self.accepted_unseen())
        if not told or error.kind == "unverified":
            return error
        if error.kind in UNSEEN and not set(self.differing(wanted)) - set(self.acknowledged):
            return BytewireError("unverified", "verify", f"{self.device.title} was told to {told}, and acknowledged it, but could not be asked whether it is "
                                 f"so: {error.msg}")
        error.msg += f" Acknowledged before that: {told}."
        return error

    async def _settle(self, wanted: t.Mapping[Part, State], until: t.Callable[[t.Mapping[Part, State]], t.Sequence[Part]] | None = None) -> None:
        """A reading that differs is asked again for a while, or until there is something to be told."""
        deadline = time.monotonic() + self.settle_of(wanted)
        pause = pauses()
        while any(map(self.reads, self.differing(wanted))) and time.monotonic() < deadline and not (until is not None and until(wanted)):
            await sleep(min(next(pause), deadline - time.monotonic()))
            before = dict(self.now)
            try:
                await self.read("verify")
            except BytewireError as error:
                self.now = before
                part = next(filter(self.reads, self.differing(wanted)))
                verdict = self.unverified(part, wanted[part])
                verdict.msg += f" Asked again it did not answer: {error.msg}"
                if error.kind == "bad_reply":  # one answer too many, or a wrong one: that reading may have been such a one, too
                    self.now = dict.fromkeys(before)
                raise verdict

    async def _refuse_surplus(self, wanted: t.Mapping[Part, State]) -> None:
        """One answer too many behind the last reading: that one may have answered something else."""
        if not self.commanded or not await self.device.in_doubt():
            return
        self.now.update(dict.fromkeys(self.now))  # until it is read anew, should that be possible
        await self.device.start_anew()
        self.was = {part: None if part in self.commanded else now for part, now in self.was.items()}
        await self.read("verify")
        await self._settle(wanted)
        if await self.device.in_doubt():
            self.now.update(dict.fromkeys(self.now))
            raise self.device.unbelievable("verify")

    async def send_command(self, part: Part, state: Value, message: Message, fields: Values, what: str, once: bool = False, seconds: float = 0.0) -> None:
        """Send a command for a part; an unsent one has changed nothing, and a refused one nothing unless reading shows it.

        seconds: how long it takes besides what a part takes to settle.
        """
        commanded, now = set(self.commanded), dict(self.now)
        self.acknowledged.pop(part, None)
        self.commanded.add(part)
        self.now[part] = None
        self.last_command = time.monotonic()
        self.device.announce(part, what + self.meanwhile, state, seconds + max(self.settle_of([part]), SETTLE))
        try:
            answer = await self.device.exchange(message, fields, "write", once or not self.verify)
        except BytewireError as error:
            if not error.sent:
                self.commanded, self.now = commanded, now
            elif error.kind == "busy" and part not in commanded:
                self.refused[part] = now[part]
            raise
        if answer.kind == "refused":
            if part not in commanded:
                self.refused[part] = now[part]
            if not self.readable:
                self.commanded, self.now = commanded, now
            raise await self.device.refused(answer, "write", what)
        self.refused.pop(part, None)
        if message.acknowledged and not answer.may_be_echo and not self.device.broadcast:
            self.acknowledged[part] = what
            self.lost.pop(part, None)

    def unverified(self, part: Part, state: State) -> BytewireError:
        """The error for a part that accepted a state and is seen in another."""
        raise NotImplementedError

    def _note_lost_acknowledgements(self, wanted: t.Mapping[Part, State]) -> None:
        """Warn of all that reads as it was told to be, though the device did not say that it would do it."""
        done = {part: error for part, error in self.lost.items() if part in wanted and self.is_so(part, wanted[part])}
        if not done:
            return
        error = next(iter(done.values()))
        hint = self.device.profile.unacknowledged if error.kind == "timeout" else ""
        which = f" ({', '.join(self.in_words(part, self.now[part]) for part in done)})" if len(self.now) > 1 else ""
        self.device.warnings.append(f"{self.device.title} did what it was told, as reading shows, but did not acknowledge it as expected{which}: "
                                    f"{hint or error.fact}")
        self.lost = {part: error for part, error in self.lost.items() if part not in done}

    def _note_moved(self) -> None:
        """Of what was refused, what reads otherwise than before, or does not tell."""
        self.moved |= {part for part, was in self.refused.items() if not self.is_so(part, was)}

    async def _see_what_moved(self, over: float) -> None:
        """What was refused and is done all the same may read as it was before for a moment; and once it would be over, reading does not tell."""
        deadline, pause = time.monotonic() + min(self.settle_of(self.refused), MOVES), pauses()
        await self.read("read")
        if time.monotonic() > over:
            self.moved |= set(self.refused)
        before = {part: self.now[part] if was is None else was for part, was in self.refused.items()}
        while any(self.same(part, self.now[part], state) for part, state in before.items()) and time.monotonic() < deadline:
            await sleep(next(pause))
            last = dict(self.now)
            try:
                await self.read("read")
            except BytewireError:
                self.now = last
                break
        self._note_moved()

    async def _error_after_reading(self, error: BytewireError, over: float = math.inf) -> BytewireError:
        """The error to raise: a device that still talks after it is asked what the others do; the rest stays unknown. over: when a pulse has ended."""
        hint = self.device.profile.unacknowledged
        mute_on_writing = error.kind == "timeout" and error.sent and hint
        if not self.readable or not (mute_on_writing or error.kind in ("refused", "locked", "busy")):
            return error
        try:
            await self._see_what_moved(over)
            if await self.device.in_doubt():
                raise self.device.unbelievable("verify")
        except BytewireError:
            self.now.update(dict.fromkeys(self.commanded))
            self.moved |= set(self.refused)  # for all that is known: what is read later may have been put back
            return error
        self.commanded -= set(self.refused) - self.moved
        if not mute_on_writing:
            return error
        seen = ", ".join(self.in_words(part, self.now[part]) for part in self.now if part in self.commanded)
        return BytewireError("unverified", "write", f"{self.device.title} answers questions but did not acknowledge a command; reading says that {seen}. "
                             f"{hint}")

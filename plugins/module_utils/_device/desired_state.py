# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bringing parts of a device into absolute states: send what differs, look again, and never lose what is known."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message

Part = t.TypeVar("Part")
State = t.TypeVar("State")


class DesiredState(t.Generic[Part, State]):
    """Brings some parts (relays, settings) of one device into desired states, during one task.

    was, now: {part: state, None where it is not known}; commanded: parts that a command was sent for and not refused.
    Subclasses know how to read, to command, and to say it in words.
    """

    def __init__(self, device: Device, parts: t.Iterable[Part], verify: bool) -> None:
        self.device = device
        self.readable = self.can_be_read() and not device.broadcast
        self.verify = verify and self.readable
        self.commanded: set[Part] = set()
        self.warnings: list[str] = []
        self.was: dict[Part, State | None] = dict.fromkeys(parts)
        self.now = dict(self.was)

    async def begin(self) -> None:
        """See how things are, before anything is sent."""
        await self.read("read")
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
        return [part for part in wanted if self.now[part] is None or self.now[part] != wanted[part]]

    async def ensure(self, wanted: t.Mapping[Part, State]) -> None:
        """Absolute states: what differs is sent, and may be sent again after reading again."""
        pending = self.differing(wanted)
        checked = wanted if pending else {}
        while pending:
            try:
                for part in pending:
                    await self.command(part, wanted[part])
                if self.verify:
                    await self.read("verify")
                break
            except BytewireError as error:
                if not await self.device.may_retry(error):
                    raise await self._error_after_reading(error)
                await self.device.drop()
                await self.read("read")
                pending = self.differing(wanted)
                self._note_lost_acknowledgement(error, pending)
        if self.verify:
            for part in filter(self.reads, self.differing(checked)):
                raise self.unverified(part, wanted[part])

    async def send_command(self, part: Part, message: Message, fields: Values, what: str) -> None:
        """Send a command for a part; a refused or unsent one has changed nothing."""
        commanded, now = set(self.commanded), dict(self.now)
        self.commanded.add(part)
        self.now[part] = None
        try:
            answer = await self.device.exchange(message, fields, "write")
        except BytewireError as error:
            if not error.sent:
                self.commanded, self.now = commanded, now
            raise
        if answer.kind == "refused":
            self.commanded, self.now = commanded, now
            raise await self.device.refused(answer, "write", what)

    def unverified(self, part: Part, state: State) -> BytewireError:
        """The error for a part that accepted a state and is seen in another."""
        raise NotImplementedError

    def _note_lost_acknowledgement(self, error: BytewireError, pending: t.Sequence[Part]) -> None:
        if error.sent and not pending:
            hint = self.device.profile.unacknowledged if error.kind == "timeout" else ""
            self.warnings.append(f"{self.device.title} did what it was told, as reading shows, but did not acknowledge it as expected: {hint or error.msg}")

    async def _error_after_reading(self, error: BytewireError) -> BytewireError:
        """The error to raise: a device that still talks after it is asked what the others do; the rest stays unknown."""
        hint = self.device.profile.unacknowledged
        mute_on_writing = error.kind == "timeout" and error.sent and hint
        if not self.readable or not (mute_on_writing or error.kind in ("refused", "locked")):
            return error
        try:
            await self.read("read")
        except BytewireError:
            self.now.update(dict.fromkeys(self.commanded))
            return error
        if not mute_on_writing:
            return error
        seen = ", ".join(self.in_words(part, self.now[part]) for part in self.now if part in self.commanded)
        return BytewireError("unverified", "write", f"{self.device.title} answers questions but did not acknowledge a command; reading says that {seen}. "
                             f"{hint}")

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bringing parts of a device into absolute states: send what differs, look again, and never lose what is known."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError


class States:
    """The states of some parts (relays, settings) of one device during one task.

    was, now: {part: state, None where it is not known}; told: parts that a command was sent for and not refused.
    Subclasses know how to look, to tell, and to say it in words.
    """

    def __init__(self, device, parts, verify):
        self.device = device
        self.readable = self.can_be_read() and not device.broadcast
        self.verify = verify and self.readable
        self.told, self.warnings = set(), []
        self.was = dict.fromkeys(parts)
        self.now = dict(self.was)

    async def begin(self):
        """See how things are, before anything is sent."""
        await self.look("read")
        self.was = dict(self.now)
        return self

    def can_be_read(self):
        raise NotImplementedError

    def reads(self, part):
        """True where this part can be read back."""
        return True

    async def look(self, stage):
        """Read the parts into now."""
        raise NotImplementedError

    async def tell(self, part, state):
        """Send what brings one part into a state."""
        raise NotImplementedError

    def in_words(self, part, state):
        """'relay 2 (backup_disk) is on'."""
        raise NotImplementedError

    def differing(self, wanted):
        """The parts whose state is not (or not known to be) as wanted."""
        return [part for part in wanted if self.now[part] is None or self.now[part] != wanted[part]]

    async def make_so(self, wanted):
        """Absolute states: what differs is sent, and may be sent again after looking again."""
        pending = self.differing(wanted)
        checked = wanted if pending else {}
        while pending:
            try:
                for part in pending:
                    await self.tell(part, wanted[part])
                if self.verify:
                    await self.look("verify")
                break
            except BytewireError as error:
                if not await self.device.may_retry(error):
                    raise await self._seen_again(error)
                await self.device.drop()
                await self.look("read")
                pending = self.differing(wanted)
                self._note_lost_acknowledgement(error, pending)
        if self.verify:
            for part in filter(self.reads, self.differing(checked)):
                raise self.unverified(part, wanted[part])

    async def say(self, part, message, fields, what):
        """Send a command for a part; a refused or unsent one has changed nothing."""
        told, now = set(self.told), dict(self.now)
        self.told.add(part)
        self.now[part] = None
        try:
            answer = await self.device.exchange(message, fields, "write")
        except BytewireError as error:
            if not error.sent:
                self.told, self.now = told, now
            raise
        if answer.kind == "refused":
            self.told, self.now = told, now
            raise await self.device.refused(answer, "write", what)

    def unverified(self, part, state):
        """The error for a part that accepted a state and is seen in another."""
        raise NotImplementedError

    def _note_lost_acknowledgement(self, error, pending):
        if error.sent and not pending:
            hint = self.device.profile.unacknowledged if error.kind == "timeout" else ""
            self.warnings.append("%s did what it was told, as reading shows, but did not acknowledge it as expected: %s"
                                 % (self.device.title, hint or error.msg))

    async def _seen_again(self, error):
        """The error to raise: a device that still talks after it is asked what the others do; the rest stays unknown."""
        hint = self.device.profile.unacknowledged
        mute_on_writing = error.kind == "timeout" and error.sent and hint
        if not self.readable or not (mute_on_writing or error.kind in ("refused", "locked")):
            return error
        try:
            await self.look("read")
        except BytewireError:
            self.now.update(dict.fromkeys(self.told))
            return error
        if not mute_on_writing:
            return error
        seen = ", ".join(self.in_words(part, self.now[part]) for part in self.now if part in self.told)
        return BytewireError("unverified", "write", "%s answers questions but did not acknowledge a command; reading says that %s. %s"
                             % (self.device.title, seen, hint))

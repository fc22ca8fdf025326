# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client's side of the sessions that pages name; their messages are in _page/sessions.py."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Answer, Message
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile

NO_PASSWORD = 0xFF
NEARLY_LOCKED = 2  # seconds
UNLOCKED = 30  # seconds after the last command
MARGIN = 10  # seconds before it locks itself that it is asked again


class Connected(t.Protocol):
    """What a session needs of its device."""

    title: str
    profile: Profile

    async def exchange(self, message: Message, values: Values, stage: str) -> Answer:
        """Send once and read one answer."""


class Behaviour(t.Protocol):
    """What a session does around the commands that change something."""

    async def prepare(self) -> None:
        """Before a command: what it takes for the device to carry it out."""

    async def explain(self, what: str) -> BytewireError | None:
        """The error for a refused command where the session knows better than the reply, or None."""


class DevantechPassword:
    """The client's side of the password session of one connection."""

    def __init__(self, device: Connected, password: str | None) -> None:
        self.device, self.password = device, password or ""
        self._unlocked_until = 0.0

    async def prepare(self) -> None:
        """Make sure that switching commands will be heard; without a password given, find out by trying."""
        if not self.password or time.monotonic() < self._unlocked_until:
            return
        left = await self._seconds_left()
        if left != NO_PASSWORD and left <= NEARLY_LOCKED:
            await self._log_in()
            left = UNLOCKED
        self._unlocked_until = time.monotonic() + min(left, UNLOCKED) - MARGIN

    async def _log_in(self) -> None:
        answer = await self.device.exchange(self.device.profile.session["login"], {"password": self.password}, "login")
        if answer.kind == "refused":
            raise self._locked("refused the password. Check bytewire_password")

    async def explain(self, what: str) -> BytewireError | None:
        """The error for a switching command that was answered with 01: refused and locked look the same."""
        if await self._seconds_left() == 0:
            self._unlocked_until = 0.0
            if self.password:
                return self._locked(f"locked itself again before {what}", retry=True)
            return self._locked(f"is locked: it wants a password to {what}, and none was given. Set bytewire_password")
        return None

    async def _seconds_left(self) -> int:
        return int((await self.device.exchange(self.device.profile.session["unlock_time"], {}, "login")).values["left"])

    def _locked(self, words: str, retry: bool = False) -> BytewireError:
        return BytewireError("locked", "login", f"{self.device.title} {words}.", retry=retry)


BEHAVIOURS: dict[str, t.Callable[[Connected, str | None], Behaviour]] = {"devantech_password": DevantechPassword}

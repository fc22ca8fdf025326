# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Named behaviour that the notation cannot say: sessions that a page asks for with C(session: name).

devantech_password: an ETH board with a TCP password answers switching commands with 01 until 79 and the password were
sent on this connection, and locks again 30 s after the last command (vendor manual, eth008b page 6). 79 has no
terminator: the password is the rest of its TCP segment. 7A answers 00 (locked), the seconds left, or FF (no password).
"""

from __future__ import annotations

import time

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError

SESSIONS = {
    "devantech_password": {
        "unlock_time": {"send": "7A", "reply": "{left:u8}"},
        "login": {"send": "79 {password:any}", "reply": "01", "refused": "02"},
        "logout": {"send": "7B", "reply": "00"},
    },
}
NO_PASSWORD = 0xFF
NEARLY_LOCKED = 2  # seconds
UNLOCKED = 30  # seconds after the last command
MARGIN = 10  # seconds before it locks itself that it is asked again


class DevantechPassword:
    """The client's side of the password session of one connection."""

    def __init__(self, device, password):
        self.device, self.password = device, password
        self._open_until = 0.0

    async def prepare(self):
        """Make sure that switching commands will be heard; without a password given, find out by trying."""
        if not self.password or time.monotonic() < self._open_until:
            return
        left = await self._left()
        if left != NO_PASSWORD and left <= NEARLY_LOCKED:
            await self._log_in()
            left = UNLOCKED
        self._open_until = time.monotonic() + min(left, UNLOCKED) - MARGIN

    async def _log_in(self):
        answer = await self.device.exchange(self.device.profile.session["login"], {"password": self.password}, "login")
        if answer.kind == "refused":
            raise self._locked("refused the password. Check bytewire_password")

    async def explain(self, what):
        """The error for a switching command that was answered with 01: refused and locked look the same."""
        if await self._left() == 0:
            self._open_until = 0.0
            if self.password:
                return self._locked("locked itself again before %s" % what, retry=True)
            return self._locked("is locked: it wants a password to %s, and none was given. Set bytewire_password" % what)
        return None

    async def _left(self):
        return (await self.device.exchange(self.device.profile.session["unlock_time"], {}, "login")).values["left"]

    def _locked(self, words, retry=False):
        return BytewireError("locked", "login", "%s %s." % (self.device.title, words), retry=retry)


BEHAVIOURS = {"devantech_password": DevantechPassword}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The messages of the sessions that a page asks for with C(session: name), which the notation of pages cannot say.

devantech_password: an ETH board with a TCP password answers switching commands with 01 until 79 and the password were
sent on this connection, and locks again 30 s after the last command (vendor manual, eth008b page 6). 79 has no
terminator: the password is the rest of its TCP segment. 7A answers 00 (locked), the seconds left, or FF (no password).
"""

from __future__ import annotations


from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import MessageSpec

SESSIONS: dict[str, dict[str, MessageSpec]] = {
    "devantech_password": {
        "unlock_time": {"send": "7A", "reply": "{left:u8}"},
        "login": {"send": "79 {password:any}", "reply": "01", "refused": "02"},
        "logout": {"send": "7B", "reply": "00"},
    },
}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server answers by itself: each refusal in words."""

from __future__ import annotations

DENIED = "ERROR not allowed"
BAD_PACKET = "ERROR bad packet"
UNKNOWN = "ERROR unknown command"
ARGUMENTS = "ERROR wrong arguments"
TOO_MANY_CONNECTIONS = "ERROR too many connections"
TOO_FAST = "ERROR too many requests"
CERTIFICATE_WANTED = "ERROR certificate wanted"
SECRET_WANTED = "ERROR secret wanted"
WRONG_SECRET = "ERROR wrong secret"
BUSY = "ERROR busy"
TIMEOUT = "ERROR timeout"
TOO_LONG = "ERROR answer too long"
NOT_STARTED = "ERROR not started"
STATUS = "ERROR status"  # and its number


class Refusal(Exception):
    """A command that is not carried out: the answer, the words for the log, and whether the connection is closed."""

    def __init__(self, answer: str, why: str, close: bool = False) -> None:
        super().__init__(why)
        self.answer, self.close = answer, close

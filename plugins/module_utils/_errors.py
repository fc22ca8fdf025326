# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong, in one exception: a kind for programs, a stage, and words for people."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._escapes import escaped
from ansible_collections.bytewire.devices.plugins.module_utils._task import Result

KINDS = (
    "invalid",      # asked for something that cannot be: nothing was sent
    "unreachable",  # no connection
    "timeout",      # no answer in time
    "closed",       # the other side closed the connection
    "refused",      # understood and declined
    "locked",       # a password is needed, or was wrong
    "busy",         # in use by somebody else
    "bad_reply",    # an answer that is none of the known ones
    "unverified",   # accepted, or sent, but not seen to have happened
)


class BytewireError(Exception):
    """A failure with its kind, the stage it happened in, and details that join the result.

    msg: what a device said may be part of it, so that whatever it is made of, it holds no control characters.
    retry: the same question may be asked again on a new connection.
    sent: a command had left, or begun to leave, when it happened.
    fact: the message as it was made, without what is added to it.
    outcome: whether what was asked for happened (nothing, done, unknown), where more is known than whether something may have changed.
    """

    def __init__(self, kind: str, stage: str, msg: str, retry: bool = False, outcome: str | None = None, **details: object) -> None:
        self.msg = msg
        super().__init__(self.msg)
        if kind not in KINDS:
            raise ValueError(f"unknown kind of error: {kind!r}")
        self.kind, self.stage, self.fact = kind, stage, self.msg
        self.retry, self.sent, self.outcome = retry, False, outcome
        self.details = details

    @property
    def msg(self) -> str:
        """The words for people."""
        return self._msg

    @msg.setter
    def msg(self, words: str) -> None:
        self._msg = escaped(words)

    def __str__(self) -> str:
        return self.msg

    def result(self) -> Result:
        """The failed result of a task."""
        failure: Result = {"changed": False, "failed": True, "msg": self.msg, **self.details}
        failure["error"] = {"kind": self.kind, "stage": self.stage, "outcome": self.outcome or ("unknown" if failure["changed"] else "nothing")}
        return failure


def invalid(msg: str, stage: str = "options") -> BytewireError:
    """The error for what was asked wrongly, found before anything was sent."""
    return BytewireError("invalid", stage, msg)

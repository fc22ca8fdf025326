# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Regular expressions of tasks: some take for ever on some replies, and are ended."""

from __future__ import annotations

import re
import signal
import threading
import types
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import brief

LONGEST_SEARCH = 1.0  # seconds of computing
REPETITIONS = frozenset("*+{")
"""A pattern without one of these does not take long."""

T = t.TypeVar("T")


class _OutOfTime(Exception):
    """The seconds are over."""


class Pattern:
    """A pattern as an option gives it; name is that of the option."""

    def __init__(self, name: str, text: str, flags: int = 0) -> None:
        self.name, self.text = name, text
        self._repeats = not REPETITIONS.isdisjoint(text)
        try:
            self._compiled = within(LONGEST_SEARCH, lambda: re.compile(text, flags))
        except (re.error, OverflowError, RecursionError, _OutOfTime) as error:
            raise invalid(f"{name} is {brief(text)}, which is not a regular expression: {str(error) or 'reading it takes too long'}.")

    def is_in(self, device: Device, reply: str, stage: str, outcome: str | None = None) -> bool:
        """Whether it is found in a reply; a BytewireError with this outcome where that takes too long."""
        try:
            found = within(LONGEST_SEARCH, lambda: self._compiled.search(reply)) if self._repeats else self._compiled.search(reply)
            return found is not None
        except _OutOfTime:
            raise BytewireError("bad_reply", stage, f"{device.title} answered, and to look for {self.name}, {brief(self.text)}, in the {len(reply)} characters "
                                f"of its reply takes more than {LONGEST_SEARCH:g} s: whether it is there is not known. Write the pattern without repetitions "
                                "that can take the same text in several ways, such as (a+)+ or .*.*.", outcome=outcome) from None


def within(seconds: float, compute: t.Callable[[], T]) -> T:
    """What a function gives; _OutOfTime where it computes for longer. Outside the main thread, where Python handles no signals, it is not ended.

    SIGVTALRM, since SIGALRM is Ansible's, for the timeout of a task.
    """
    if threading.current_thread() is not threading.main_thread():
        return compute()
    before = signal.signal(signal.SIGVTALRM, _end)
    timer = signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        try:
            return compute()
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL if before is None else before)
        signal.setitimer(signal.ITIMER_VIRTUAL, *timer)


def _end(number: int, frame: types.FrameType | None) -> None:
    raise _OutOfTime

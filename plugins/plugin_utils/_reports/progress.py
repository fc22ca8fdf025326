# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a fleet is, on the terminal of the controller."""

from __future__ import annotations

import sys
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.terminal import is_for_people

TERMINAL = sys.stdout.isatty()  # seen where the plugin is imported; a worker's own standard output is nowhere
FIRST_AFTER = 2.0  # seconds without a word


class Progress:
    """Called with a Fleet now and then; says something every half second on a terminal, every ten seconds elsewhere."""

    def __init__(self, display: t.Any, clock: t.Callable[[], float] = time.monotonic, terminal: bool = TERMINAL) -> None:
        self.display, self.clock, self.terminal = display, clock, terminal
        self.every = 0.5 if terminal else 10.0
        self.next = clock() + (FIRST_AFTER if terminal else self.every)
        self.spoken = False

    def __call__(self, fleet: t.Any) -> None:
        now = self.clock()
        if now < self.next or not is_for_people():
            return
        self.next = now + self.every
        self.spoken = True
        if self.terminal:
            self.display.display(f"\r{in_words(fleet, now)}\x1b[K", newline=False, screen_only=True)
        else:
            self.display.display(in_words(fleet, now))

    def end(self) -> None:
        """Leave the terminal's line as it was."""
        if self.spoken and self.terminal:
            self.display.display("\r\x1b[K", newline=False, screen_only=True)


def in_words(fleet: t.Any, now: float) -> str:
    """120 of 1000 done, 100 changed, 3 failed, 61 a second, 14 s left"""
    done, seconds = len(fleet.results), max(now - fleet.started, 0.001)
    words = f"{done} of {fleet.total} done, {fleet.changed} changed, {fleet.failed} failed"
    if not done:
        return words
    rate = done / seconds
    return f"{words}, {rate:.{0 if rate >= 2 else 2}f} a second, {lasting((fleet.total - done) / rate)} left"


def lasting(seconds: float) -> str:
    """90 s, 15 min, 1 h 51 min, 20 h"""
    if seconds < 120:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{minutes} min"] if minutes else [])])

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting in tests."""

from __future__ import annotations

import time


def until(so, seconds, what, pause=0.01):
    """Wait until something is so; what is said where it is not within so many seconds, a text or a function that makes one."""
    deadline = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(pause)

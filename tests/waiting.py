# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting in tests."""

from __future__ import annotations

import asyncio
import contextlib
import time


def until(so, seconds, what, pause=0.01):
    """Wait until something is so; what is said where it is not within so many seconds, a text or a function that makes one."""
    deadline = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(pause)


@contextlib.asynccontextmanager
async def within(seconds):
    """What is waited for takes no longer; asyncio.timeout() is there from Python 3.11 on."""
    late = f"not within {seconds} s"
    timer = asyncio.get_running_loop().call_later(seconds, asyncio.current_task().cancel, late)
    try:
        yield
    except asyncio.CancelledError as error:
        if error.args != (late,):
            raise
        raise asyncio.TimeoutError(late) from error
    finally:
        timer.cancel()

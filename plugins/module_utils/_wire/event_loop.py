# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one coroutine to its end. Signals that raise (Ansible's timeout, Ctrl-C) end it cleanly: nothing stays open."""

from __future__ import annotations

import asyncio
import signal
import threading
import types
import typing as t

SIGNALS = (signal.SIGINT, signal.SIGALRM)
SECOND_ALARM = 1.0  # seconds in which what runs has to let go after an alarm

T = t.TypeVar("T")


def run(coroutine: t.Coroutine[t.Any, t.Any, T]) -> T:
    """What a coroutine gives, on an event loop of its own."""
    with _Signals() as signals:
        return asyncio.run(_followed(coroutine, signals))


async def _followed(coroutine: t.Coroutine[t.Any, t.Any, T], signals: _Signals) -> T:
    signals.task = asyncio.current_task()
    return await coroutine


class _Signals:
    """A signal cancels the task, and its own handler is called when that has ended.

    A handler that raised in the middle of the event loop, or in one of its callbacks, would break it or be swallowed by it. A second signal calls the
    handler at once: what runs is stuck.
    """

    def __init__(self) -> None:
        self.task: asyncio.Task[t.Any] | None = None
        self._handlers: dict[int, t.Callable[[int, types.FrameType | None], t.Any]] = {}
        self._came: int | None = None

    def __enter__(self) -> _Signals:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                handler = signal.getsignal(number)
                if callable(handler):
                    self._handlers[number] = handler
                    signal.signal(number, self._handle)
        return self

    def _handle(self, number: int, frame: types.FrameType | None) -> None:
        if self.task is None or self._came is not None:
            self._handlers[number](number, frame)
            return
        self._came = number
        self.task.get_loop().call_soon_threadsafe(self.task.cancel)
        if number == signal.SIGALRM:
            signal.setitimer(signal.ITIMER_REAL, SECOND_ALARM)

    def __exit__(self, *error: object) -> None:
        if self._came == signal.SIGALRM:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self._came is not None:
            self._handlers[self._came](self._came, None)

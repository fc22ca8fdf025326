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
STUCK = 1.0  # seconds in which what runs has to let go after a signal

T = t.TypeVar("T")
Handler = t.Union[t.Callable[[int, t.Optional[types.FrameType]], t.Any], int, signal.Handlers, None]


def run(coroutine: t.Coroutine[t.Any, t.Any, T]) -> T:
    """What a coroutine gives, on an event loop of its own."""
    with _Signals() as signals:
        return asyncio.run(_followed(coroutine, signals))


async def _followed(coroutine: t.Coroutine[t.Any, t.Any, T], signals: _Signals) -> T:
    signals.follow(asyncio.current_task())
    return await coroutine


class _Stuck(KeyboardInterrupt):
    """Of what is raised in the middle of it, asyncio lets this kind alone out of its event loop."""


class _Signals:
    """The first signal cancels the task, and its own handler is called when the event loop is closed.

    A handler that raised in the middle of the event loop, or in one of its callbacks, would break it or be swallowed by it. What does not let go,
    such as a computation without end, is interrupted again and again.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[t.Any] | None = None
        self._handlers: dict[int, Handler] = {}
        self._came: int | None = None
        self._alarm = 0.0  # seconds that were left of an alarm of somebody else's

    def __enter__(self) -> _Signals:
        if threading.current_thread() is threading.main_thread():
            try:
                for number in SIGNALS:
                    self._handlers[number] = signal.getsignal(number)
                    if self._handlers[number] not in (signal.SIG_IGN, None):
                        signal.signal(number, self._handle)
            except BaseException:
                self._restore()
                raise
        return self

    def follow(self, task: asyncio.Task[t.Any] | None) -> None:
        """This is what a signal cancels; one may have come before."""
        self._task = task
        if task is not None and self._came is not None:
            task.cancel()

    def _handle(self, number: int, frame: types.FrameType | None) -> None:
        if self._came is not None:
            raise _Stuck
        self._came = number
        self._alarm = signal.setitimer(signal.ITIMER_REAL, STUCK, STUCK)[0]
        if self._task is not None and not self._task.done():
            self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    def __exit__(self, *error: object) -> None:
        self._restore()
        handler = None if self._came is None else self._handlers[self._came]
        if self._came is not None and callable(handler):
            handler(self._came, None)
        elif self._came is not None:
            signal.raise_signal(self._came)

    def _restore(self) -> None:
        if self._came is not None:
            signal.setitimer(signal.ITIMER_REAL, self._alarm)
        for number, handler in self._handlers.items():
            if handler not in (signal.SIG_IGN, None):
                signal.signal(number, handler)

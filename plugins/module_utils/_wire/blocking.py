# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blocking waits, for a task with one device: to start an event loop would take 1 ms of each process that Ansible forks."""

from __future__ import annotations

import contextlib
import select
import socket
import time
import typing as t

READING, WRITING = 1, 2  # as in selectors
PYTHONS_OWN = (Exception, KeyboardInterrupt, SystemExit, GeneratorExit)
"""What is raised by code, or to end a program; what else is raised ends a wait from outside, as Ansible's timeout of a task does."""

T = t.TypeVar("T")


class Blocked(BlockingIOError):
    """An operation that has to wait for the socket, and for which event."""

    def __init__(self, event: int) -> None:
        super().__init__()
        self.event = event


class BlockingWaits:
    """Each method is a coroutine that never yields; asyncio_waits.py has the same for many devices at once.

    cut_short: makes the error of a wait that was ended from outside, so that what was done can be told. Every later wait ends with it too.
    """

    def __init__(self, cut_short: t.Callable[[BaseException], Exception] | None = None) -> None:
        self.cut_short = cut_short
        self.ended: Exception | None = None

    def go_on(self) -> None:
        """Wait again, though it was ended from outside: what was begun has to be put right."""
        self.ended = None

    @contextlib.contextmanager
    def _wait(self) -> t.Iterator[None]:
        if self.ended is not None:
            raise self.ended
        try:
            yield
        except PYTHONS_OWN:
            raise
        except BaseException as error:
            if self.cut_short is None:
                raise
            self.ended = self.cut_short(error)
            raise self.ended from error

    async def sleep(self, seconds: float) -> None:
        """Nothing for some seconds."""
        with self._wait():
            time.sleep(max(seconds, 0))

    async def attempt(self, sock: socket.socket, event: int, operation: t.Callable[[], T], deadline: float) -> T:
        """What an operation on a socket gives that does not block; socket.timeout at the deadline.

        Where it would have to wait it raises BlockingIOError, and is done again when the socket is ready for the event.
        """
        with self._wait():
            while True:
                try:
                    return operation()
                except BlockingIOError as blocked:
                    event = getattr(blocked, "event", event)
                poll = select.poll()
                poll.register(sock, select.POLLIN if event == READING else select.POLLOUT)
                if not poll.poll(max(deadline - time.monotonic(), 0) * 1000):
                    raise socket.timeout("timed out")

    async def call(self, function: t.Callable[..., T], *arguments: object) -> T:
        """What a function gives that blocks by itself."""
        with self._wait():
            return function(*arguments)

    async def close(self, close: t.Callable[[], None]) -> None:
        """Call what closes and blocks, in any case."""
        close()

    def reader(self) -> Reader:
        """What reads from a socket."""
        return Reader(self)


class Reader:
    """Reads from one socket, where an operation that has to wait always waits for bytes to come."""

    def __init__(self, waits: BlockingWaits) -> None:
        self.waits = waits

    async def read(self, sock: socket.socket, operation: t.Callable[[], bytes], deadline: float) -> bytes:
        """What the operation gives, as BlockingWaits.attempt()."""
        return await self.waits.attempt(sock, READING, operation, deadline)

    def close(self) -> None:
        """Before the socket is closed."""

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same waits as blocking.py has, for one of many asyncio tasks. Every wait has an end.

A limit, once set, ends every wait of its asyncio task, also those that begin behind it.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import socket
import threading
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._wire.blocking import READING, BlockingWaits, Reader

FOREVER = float("inf")
THREADS = 1024  # functions that block at the same time
THREAD_RETRY = 0.02  # seconds until one that found no thread looks again

_EXPIRED: t.Any = object()

T = t.TypeVar("T")


class Limit(t.NamedTuple):
    """When the waits of a task end, on the monotonic clock, and what makes the error that they end with."""

    at: float
    error: t.Callable[[], Exception]


_limit: contextvars.ContextVar[Limit | None] = contextvars.ContextVar("limit", default=None)
_calls: set[_Call[t.Any]] = set()


def limit(at: float, error: t.Callable[[], Exception]) -> None:
    """End the waits of the running task at this time of the monotonic clock."""
    _limit.set(Limit(at, functools.lru_cache(maxsize=None)(error)))  # one error: what was sent when it came stays noted in it


async def within(future: asyncio.Future[T], deadline: float) -> T:
    """The outcome of a future; socket.timeout at the deadline, and the limit's own error where that comes before."""
    ends, error = deadline, _timed_out
    limited = _limit.get()
    if limited is not None and limited.at < deadline:
        ends, error = limited
    if ends == FOREVER:
        return await future
    timer = future.get_loop().call_at(ends, _expire, future)
    try:
        outcome = await future
    finally:
        timer.cancel()
    if outcome is _EXPIRED:
        raise error()
    return outcome


async def finished(coroutine: t.Coroutine[t.Any, t.Any, T], seconds: float) -> T:
    """The result of a coroutine; asyncio.TimeoutError where it takes longer.

    asyncio.wait_for() may lose a cancellation before Python 3.12, and asyncio.timeout() is there from 3.11 on.
    """
    task = asyncio.ensure_future(coroutine)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise asyncio.TimeoutError
        return task.result()
    finally:
        task.cancel()


def _timed_out() -> Exception:
    return socket.timeout("timed out")


def _expire(future: asyncio.Future[t.Any]) -> None:
    """A future that kept the error would keep all that waited for it, and be kept by that, until the garbage collector finds them."""
    if not future.done():
        future.set_result(_EXPIRED)


def _refuse_behind_the_limit() -> None:
    limited = _limit.get()
    if limited is not None and limited.at <= time.monotonic():
        raise limited.error()


async def _ready(descriptor: int, event: int, deadline: float) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    add, remove = (loop.add_reader, loop.remove_reader) if event == READING else (loop.add_writer, loop.remove_writer)
    add(descriptor, _done, ready)
    try:
        await within(ready, deadline)
    finally:
        remove(descriptor)


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class AsyncioReader(Reader):
    """Stays registered with the event loop from one read to the next: a fleet reads much and briefly."""

    def __init__(self, waits: BlockingWaits) -> None:
        super().__init__(waits)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._descriptor = -1
        self._future: asyncio.Future[bytes] | None = None
        self._operation: t.Callable[[], bytes] = bytes

    async def read(self, sock: socket.socket, operation: t.Callable[[], bytes], deadline: float) -> bytes:
        _refuse_behind_the_limit()
        try:
            return operation()
        except BlockingIOError:
            pass
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._descriptor = loop, sock.fileno()
            loop.add_reader(self._descriptor, self._readable)
        self._operation, self._future = operation, loop.create_future()
        return await within(self._future, deadline)

    def _readable(self) -> None:
        future = self._future
        if future is None or future.done():
            self.close()  # nobody waits for it: it would be told without end
            return
        try:
            future.set_result(self._operation())
        except BlockingIOError:
            pass
        except Exception as error:
            future.set_exception(error)

    def close(self) -> None:
        """The event loop forgets the socket, and this forgets whose it is."""
        loop, self._loop, self._future, self._operation = self._loop, None, None, bytes
        if loop is not None:
            loop.remove_reader(self._descriptor)


class _Call(t.Generic[T]):
    """A call in a thread, and the future of what it gives."""

    def __init__(self, loop: asyncio.AbstractEventLoop, function: t.Callable[..., T], arguments: tuple[object, ...]) -> None:
        self._loop, self.function, self.arguments = loop, function, arguments
        self.future: asyncio.Future[T] = loop.create_future()
        self._lock = threading.Lock()
        self._abandoned = False
        self._value: T | None = None

    def begun(self) -> bool:
        """True where there is a thread for it, False where others must end first."""
        if len(_calls) >= THREADS:
            return False
        _calls.add(self)
        try:
            threading.Thread(target=self._serve, daemon=True).start()
        except RuntimeError:  # this system allows no more
            _calls.discard(self)
            if not _calls:
                raise
            return False
        return True

    def _serve(self) -> None:
        value: T | None = None
        try:
            value = self.function(*self.arguments)
            outcome = functools.partial(self.future.set_result, value)
        except BaseException as error:
            outcome = functools.partial(self.future.set_exception, error)
        _calls.discard(self)
        with self._lock:
            if not self._abandoned:
                self._value = value
                self._loop.call_soon_threadsafe(self._deliver, outcome)
                return
        _close(value)

    def abandon(self) -> None:
        """Nobody waits any more: what was opened is closed, now or when it comes."""
        with self._lock:
            self._abandoned = True
        _close(self._value)

    def _deliver(self, outcome: t.Callable[[], None]) -> None:
        if not self.future.done():
            outcome()


def _close(value: object) -> None:
    close = getattr(value, "close", None)
    if close is not None:
        close()


class AsyncioWaits(BlockingWaits):
    """Other tasks go on meanwhile."""

    async def sleep(self, seconds: float) -> None:
        nothing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            await within(nothing, time.monotonic() + seconds)
        except socket.timeout:
            pass

    async def attempt(self, sock: socket.socket, event: int, operation: t.Callable[[], T], deadline: float) -> T:
        """Behind a limit it is not begun."""
        _refuse_behind_the_limit()
        while True:
            try:
                return operation()
            except BlockingIOError as blocked:
                event = getattr(blocked, "event", event)
            await _ready(sock.fileno(), event, deadline)

    async def call(self, function: t.Callable[..., T], *arguments: object) -> T:
        """In a thread, which keeps nothing from ending; what it opens when nobody waits any more is closed. Behind a limit it is not begun."""
        _refuse_behind_the_limit()
        return await self._in_thread(function, *arguments)

    async def close(self, close: t.Callable[[], None]) -> None:
        await self._in_thread(close)

    async def _in_thread(self, function: t.Callable[..., T], *arguments: object) -> T:
        call = _Call(asyncio.get_running_loop(), function, arguments)
        while not call.begun():
            await self.sleep(THREAD_RETRY)
        try:
            return await within(call.future, FOREVER)
        except BaseException:
            call.abandon()
            raise

    def reader(self) -> Reader:
        return AsyncioReader(self)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How device code waits: for a time, a socket, or a function that blocks. It blocks for a single device, and uses asyncio in a fleet."""

from __future__ import annotations

import contextvars
import socket
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._wire.blocking import BlockingWaits, Reader

T = t.TypeVar("T")

_own: contextvars.ContextVar[BlockingWaits | None] = contextvars.ContextVar("own", default=None)
_asyncio_waits: BlockingWaits | None = None


def run_blocking(coroutine: t.Coroutine[t.Any, t.Any, T], cut_short: t.Callable[[BaseException], Exception] | None = None) -> T:
    """What a coroutine gives whose waits block; cut_short makes the error of one that was ended from outside."""
    return contextvars.copy_context().run(_finish, coroutine, BlockingWaits(cut_short))


def _finish(coroutine: t.Coroutine[t.Any, t.Any, T], waits: BlockingWaits) -> T:
    _own.set(waits)
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError("it waits for an event loop, and there is none")


def sleep(seconds: float) -> t.Awaitable[None]:
    """Nothing for some seconds."""
    return _waits().sleep(seconds)


def attempt(sock: socket.socket, event: int, operation: t.Callable[[], T], deadline: float) -> t.Awaitable[T]:
    """What an operation on a socket gives that does not block; see BlockingWaits.attempt()."""
    return _waits().attempt(sock, event, operation, deadline)


def call(function: t.Callable[..., T], *arguments: object) -> t.Awaitable[T]:
    """What a function gives that blocks by itself."""
    return _waits().call(function, *arguments)


def close_blocking(close: t.Callable[[], None]) -> t.Awaitable[None]:
    """Call what closes and blocks, also when there is no time left for anything else."""
    return _waits().close(close)


def go_on() -> None:
    """Wait again, though the task was ended from outside; see BlockingWaits.go_on()."""
    _waits().go_on()


def reader() -> Reader:
    """What reads from a socket."""
    return _waits().reader()


def _waits() -> BlockingWaits:
    return _own.get() or _asyncio_waits or _import_asyncio()


def _import_asyncio() -> BlockingWaits:
    """Importing asyncio takes some 15 ms, and a task with one device does without."""
    global _asyncio_waits
    from ansible_collections.bytewire.devices.plugins.module_utils._wire.asyncio_waits import AsyncioWaits

    _asyncio_waits = AsyncioWaits()
    return _asyncio_waits

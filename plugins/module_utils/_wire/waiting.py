# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every wait of what talks to a device: for a time, for a socket, for a function that blocks. Alone it blocks, beside others an asyncio task waits."""

from __future__ import annotations

import contextvars
import socket
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._wire.alone import Reader, Waits

T = t.TypeVar("T")

_ALONE = Waits()
_alone: contextvars.ContextVar[bool] = contextvars.ContextVar("alone", default=False)
_tasks: Waits | None = None


def run_alone(coroutine: t.Coroutine[t.Any, t.Any, T]) -> T:
    """What a coroutine gives whose waits block."""
    return contextvars.copy_context().run(_finish, coroutine)


def _finish(coroutine: t.Coroutine[t.Any, t.Any, T]) -> T:
    _alone.set(True)
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
    """What an operation on a socket gives that does not block; see Waits.attempt()."""
    return _waits().attempt(sock, event, operation, deadline)


def call(function: t.Callable[..., T], *arguments: object) -> t.Awaitable[T]:
    """What a function gives that blocks by itself."""
    return _waits().call(function, *arguments)


def reader() -> Reader:
    """What reads from a socket."""
    return _waits().reader()


def _waits() -> Waits:
    return _ALONE if _alone.get() else _tasks or _import_tasks()


def _import_tasks() -> Waits:
    """asyncio costs some 15 ms, and a task for one device does without."""
    global _tasks
    from ansible_collections.bytewire.devices.plugins.module_utils._wire.tasks import TaskWaits

    _tasks = TaskWaits()
    return _tasks

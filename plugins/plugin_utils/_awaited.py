# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs what talks to a device on an asyncio loop: its waits are awaited there, and whoever else lives on the loop goes on."""

from __future__ import annotations

import asyncio
import contextlib
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.bytewire.devices.plugins.module_utils._wire.wait import READING, Call, Sleep, Socket

_THREADS = ThreadPoolExecutor(64, thread_name_prefix="bytewire")


async def awaited(coroutine: t.Coroutine[t.Any, t.Any, t.Any]) -> t.Any:
    """The result of a coroutine of waits. Cancelled, it ends the wait, lets the coroutine clean up, and raises CancelledError."""
    step, given = coroutine.send, None
    while True:
        try:
            wait = step(given)
        except StopIteration as done:
            return done.value
        try:
            step, given = coroutine.send, await _outcome(wait)
        except BaseException as error:  # the coroutine cleans up, and lets through what is not its own
            step, given = coroutine.throw, error


async def _outcome(wait: t.Any) -> t.Any:
    if isinstance(wait, Sleep):
        return await asyncio.sleep(wait.seconds)
    if isinstance(wait, Socket):
        return await _attempted(wait)
    return await _called(wait)


async def _attempted(wait: Socket) -> t.Any:
    """What came of an operation on a socket, tried again whenever the socket is ready for it; TimeoutError at the deadline."""
    wait.socket.settimeout(0)
    while True:
        try:
            return wait.attempt()
        except BlockingIOError as blocked:
            event = getattr(blocked, "event", wait.event)
        await _ready(wait.socket.fileno(), event, wait.deadline - time.monotonic())


async def _ready(descriptor: int, event: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    add, remove = (loop.add_reader, loop.remove_reader) if event == READING else (loop.add_writer, loop.remove_writer)
    ready = loop.create_future()
    add(descriptor, lambda: ready.done() or ready.set_result(None))
    late = loop.call_later(max(seconds, 0), lambda: ready.done() or ready.set_exception(TimeoutError("timed out")))
    try:
        await ready  # not wait_for(): before Python 3.12 it may lose a cancellation
    finally:
        late.cancel()
        remove(descriptor)


async def _called(call: Call) -> t.Any:
    """What a function gave that blocks in a thread. Where nobody waits for it any more, what it opened is closed."""
    future = asyncio.get_running_loop().run_in_executor(_THREADS, call.block)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        future.add_done_callback(_closed)
        raise


def _closed(future: asyncio.Future[t.Any]) -> None:
    if not future.cancelled() and future.exception() is None:
        with contextlib.suppress(AttributeError, OSError):
            future.result().close()

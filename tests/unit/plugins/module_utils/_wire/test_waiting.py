# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One coroutine for one device: every wait blocks, errors reach it, and it cleans up."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._wire.blocking import READING, WRITING, Blocked
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import attempt, call, reader, run_blocking, sleep


def test_the_result_of_each_kind_of_wait(pair):
    near, far = pair

    async def talk():
        await attempt(near, WRITING, lambda: near.send(b"question"), time.monotonic() + 60)
        threading.Timer(0.05, far.send, [b"answer"]).start()
        await sleep(0.01)
        await sleep(-1)
        return await reader().read(near, lambda: near.recv(99), time.monotonic() + 60), await call(max, 3, 7)

    assert run_blocking(talk()) == (b"answer", 7)
    assert far.recv(99) == b"question"


@pytest.mark.parametrize("seconds", [0.05, 0, -1])
def test_a_socket_that_stays_silent_ends_at_its_deadline(pair, seconds):
    async def hear():
        with pytest.raises(socket.timeout):
            await attempt(pair[0], READING, lambda: pair[0].recv(1), time.monotonic() + seconds)
        return "went on"

    started = time.monotonic()
    assert run_blocking(hear()) == "went on"
    assert seconds - 0.01 < time.monotonic() - started < 30


def test_an_operation_may_wait_for_the_other_direction(pair):
    asked = []

    def operation():
        asked.append(True)
        if len(asked) == 1:
            raise Blocked(WRITING)
        return "done"

    async def talk():
        return await attempt(pair[0], READING, operation, time.monotonic() + 60)

    assert run_blocking(talk()) == "done" and len(asked) == 2


def test_an_error_reaches_the_coroutine_where_it_waits():
    cleaned = []

    async def fail():
        try:
            await call(int, "x")
        finally:
            await sleep(0)
            cleaned.append(True)

    with pytest.raises(ValueError, match="invalid literal"):
        run_blocking(fail())
    assert cleaned == [True]


def test_a_signal_that_raises_interrupts_a_wait_and_the_coroutine_cleans_up(pair, ctrl_c):
    cleaned = []

    async def interrupted():
        try:
            await attempt(pair[0], READING, lambda: pair[0].recv(1), time.monotonic() + 60)
        except Exception:
            cleaned.append("swallowed")
        finally:
            cleaned.append("cleaned")

    ctrl_c(0.05)
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_blocking(interrupted())
    assert cleaned == ["cleaned"] and time.monotonic() - started < 30


def test_what_waits_for_an_event_loop_is_not_left_hanging():
    cleaned = []

    async def odd():
        try:
            await asyncio.sleep(0)
        finally:
            cleaned.append(True)

    with pytest.raises(RuntimeError, match="there is none"):
        run_blocking(odd())
    assert cleaned == [True]


def test_alone_within_a_thread_of_a_task_and_beside_others_again():
    """As the look at a serial server that does not open its port."""
    counted = threading.Event()

    async def naps():
        for dummy in range(3000):
            if counted.is_set():
                return threading.current_thread()
            await sleep(0.01)

    async def tasks():
        async def count():
            for dummy in range(5):
                await sleep(0.001)
            counted.set()
        return await asyncio.gather(call(lambda: run_blocking(naps())), count())

    assert asyncio.run(tasks())[0] not in (None, threading.main_thread())


def test_one_device_takes_no_event_loop():
    """asyncio, TLS and pyserial are not imported for a task that does without: each costs time at the start of every play."""
    code = ("import sys; from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay\n"
            "used = {'asyncio', 'ssl', 'serial'} & set(sys.modules)\n"
            "assert not used, used")
    subprocess.run([sys.executable, "-c", code], env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)), check=True)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind of wait of an asyncio task, among many others, ended from outside at any moment, and nothing left behind."""

from __future__ import annotations

import asyncio
import functools
import gc
import os
import socket
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._wire import asyncio_waits
from ansible_collections.bytewire.devices.plugins.module_utils._wire.asyncio_waits import finished, limit
from ansible_collections.bytewire.devices.plugins.module_utils._wire.blocking import READING, WRITING
from ansible_collections.bytewire.devices.plugins.module_utils._wire.event_loop import run
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import attempt, call, reader, sleep
from ansible_collections.bytewire.devices.tests.waiting import until


class Over(Exception):
    """What the limits of the tests raise."""


def receive(sock, seconds=60.0):
    return attempt(sock, READING, lambda: sock.recv(99), time.monotonic() + seconds)


def together(*coroutines):
    """[(number, outcome)] of coroutines that run at once, in the order in which they ended; an error is an outcome."""
    ended = []

    async def one(number, coroutine):
        try:
            ended.append((number, await coroutine))
        except Exception as error:
            ended.append((number, error))

    async def all_of_them():
        await asyncio.wait_for(asyncio.gather(*(one(number, coroutine) for number, coroutine in enumerate(coroutines))), 100)

    run(all_of_them())
    return ended


def limited(coroutine, seconds=0.02):
    async def within():
        limit(time.monotonic() + seconds, lambda: Over("over"))
        return await coroutine

    return within()


def test_sleepers_wake_in_their_order():
    async def sleeper(seconds):
        due = time.monotonic() + seconds
        await sleep(seconds)
        assert time.monotonic() > due - 0.005
        return due

    seconds = [0.9, 0.1, 0.5, 0.3, 0.7, 0.1]
    ended = together(*map(sleeper, seconds))
    assert [outcome for dummy, outcome in ended] == sorted(outcome for dummy, outcome in ended) and ended[0][0] == 1 and ended[-1][0] == 0


def test_a_socket_is_waited_for_and_others_go_on(pair):
    near, far = pair

    async def hear():
        return await receive(near), await receive(near)

    async def speak():
        far.send(b"one")
        await sleep(0.03)
        far.send(b"two")
        return "spoken"

    assert together(hear(), speak()) == [(1, "spoken"), (0, (b"one", b"two"))]


def test_what_does_not_fit_into_the_socket_leaves_when_there_is_room(pair):
    near, far = pair
    data = bytes(range(256)) * 8192

    async def speak():
        left = data
        while left:
            left = left[await attempt(near, WRITING, functools.partial(near.send, left), time.monotonic() + 60):]

    async def hear():
        heard = b""
        while len(heard) < len(data):
            heard += await attempt(far, READING, lambda: far.recv(65536), time.monotonic() + 60)
        return heard

    assert dict(together(speak(), hear())) == {0: None, 1: data}


def test_a_silent_socket_ends_at_its_deadline(pair):
    async def hear():
        with pytest.raises(socket.timeout):
            await receive(pair[0], 0.05)
        return "went on"

    started = time.monotonic()
    assert run(hear()) == "went on" and 0.045 < time.monotonic() - started < 30


def test_waits_that_end_at_their_deadline_leave_nothing_to_the_garbage_collector(pair):
    async def wait():
        reading = reader()
        await sleep(0.01)
        for operation in (receive(pair[0], 0.01), reading.read(pair[0], lambda: pair[0].recv(99), time.monotonic() + 0.01)):
            with pytest.raises(socket.timeout):
                await operation
        reading.close()

    async def left():
        await wait()
        gc.collect()
        await wait()
        return gc.collect()

    assert run(left()) == 0


def test_bytes_that_came_before_the_deadline_count_however_late_the_loop_is(pair):
    async def hear():
        return await receive(pair[0], 1)

    async def hold_everybody_up():
        await sleep(0)
        pair[1].send(b"in time")
        time.sleep(1.1)

    assert dict(together(hear(), hold_everybody_up())) == {0: b"in time", 1: None}


def test_blocking_functions_run_in_threads_at_once():
    all_there = threading.Barrier(20, timeout=60)

    def slow(number):
        all_there.wait()
        return number * number

    found = dict(together(*(call(slow, number) for number in range(20)), call(int, "x")))
    assert isinstance(found.pop(20), ValueError) and found == {number: number * number for number in range(20)}


def test_no_more_threads_than_allowed(monkeypatch):
    monkeypatch.setattr(asyncio_waits, "THREADS", 3)
    at_once, most, three = [0], [0], threading.Barrier(3, timeout=60)

    def slow():
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        three.wait()
        time.sleep(0.02)
        at_once[0] -= 1

    assert len(together(*(call(slow) for dummy in range(12)))) == 12 and most[0] == 3


def test_where_the_system_allows_no_more_threads_the_others_end_first(monkeypatch):
    class Thread(threading.Thread):
        def start(self):
            if len(asyncio_waits._calls) > 2:
                raise RuntimeError("can't start new thread")
            super().start()

    monkeypatch.setattr(asyncio_waits.threading, "Thread", Thread)
    assert dict(together(*(call(time.sleep, 0.01) for dummy in range(9)))) == dict.fromkeys(range(9))

    def start(thread):
        raise RuntimeError("none at all")

    monkeypatch.setattr(Thread, "start", start)
    assert str(together(call(abs, 1))[0][1]) == "none at all" and not asyncio_waits._calls


def test_many_calls_at_once():
    assert dict(together(*(call(abs, -number) for number in range(3000)))) == {number: number for number in range(3000)}


def waits(near, over):
    return {"socket": lambda: receive(near), "sleep": lambda: sleep(60), "thread": lambda: call(over.wait, 60)}


@pytest.mark.parametrize("kind", ["socket", "sleep", "thread"])
def test_a_limit_ends_this_wait_and_every_later_one(pair, kind):
    cleaned, over = [], threading.Event()

    async def wait():
        try:
            await waits(pair[0], over)[kind]()
        finally:
            await waits(pair[0], over)[kind]()
            cleaned.append("never")

    started = time.monotonic()
    ended = dict(together(limited(wait()), sleep(0.1)))
    over.set()
    assert str(ended[0]) == "over" and cleaned == [] and time.monotonic() - started < 30


def test_a_limit_ends_every_wait_with_the_same_error():
    """What is noted in it, such as that a command had left, stays noted when closing has to wait too."""
    async def twice():
        errors = []
        for dummy in range(2):
            try:
                await sleep(60)
            except Over as error:
                errors.append(error)
        return errors

    errors = together(limited(twice()))[0][1]
    assert len(errors) == 2 and errors[0] is errors[1]


def test_what_takes_too_long_is_cancelled_and_a_cancellation_is_not_lost():
    cancelled = []

    async def nap(seconds):
        try:
            await asyncio.sleep(seconds)
            return "rested"
        except asyncio.CancelledError:
            cancelled.append(seconds)
            raise

    async def naps():
        assert await finished(nap(0), 0) == await finished(nap(0.01), 60) == "rested"
        with pytest.raises(asyncio.TimeoutError):
            await finished(nap(60), 0.01)
        task = asyncio.ensure_future(finished(nap(0.01), 60))
        await asyncio.sleep(0)
        time.sleep(0.02)  # it ends, and is cancelled in the same turn of the event loop
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)

    run(naps())
    assert cancelled[0] == 60


def test_a_limit_is_for_one_task_alone():
    async def others():
        await asyncio.gather(asyncio.ensure_future(limited(sleep(60))), return_exceptions=True)
        await sleep(0.03)
        return "went on"

    assert run(others()) == "went on"


def test_an_answer_that_came_before_the_limit_is_heard_and_nothing_is_sent_behind_it(pair):
    near, far = pair
    heard = []

    async def talk():
        heard.append(await receive(near))
        await attempt(near, WRITING, lambda: near.send(b"next"), time.monotonic() + 60)

    async def hold_everybody_up():
        await sleep(0)
        far.send(b"answer")
        time.sleep(1.1)

    assert isinstance(dict(together(limited(talk(), 1), hold_everybody_up()))[0], Over) and heard == [b"answer"]
    with pytest.raises(BlockingIOError):
        far.recv(99)


def test_one_that_may_still_return_its_result():
    async def salvage():
        try:
            await sleep(60)
        except Over:
            return "what is known so far"

    assert together(limited(salvage())) == [(0, "what is known so far")]


class Opened:
    closed = False

    def close(self):
        self.closed = True


def test_what_a_thread_opens_for_nobody_is_closed():
    links, may_come = [Opened(), Opened(), Opened()], [threading.Event(), threading.Event(), threading.Event()]

    def connect(number):
        may_come[number].wait(60)
        return links[number]

    async def give_up(number):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(call(connect, number), 0.02)

    async def outlive():
        await give_up(0)
        may_come[0].set()
        await asyncio.wait_for(closed(0), 30)

    async def closed(number):
        while not links[number].closed:
            await sleep(0.01)

    run(outlive())
    run(give_up(1))
    may_come[1].set()  # this one comes when the loop is gone
    until(lambda: links[1].closed, 30, "it stays open")

    async def cancelled_when_it_has_come():
        task = asyncio.ensure_future(call(connect, 2))
        await asyncio.sleep(0)
        may_come[2].set()
        time.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(cancelled_when_it_has_come())
    until(lambda: links[2].closed, 30, "it stays open")


def test_a_call_that_ended_before_it_began_is_not_made(monkeypatch):
    monkeypatch.setattr(asyncio_waits, "THREADS", 1)
    made, over = [], threading.Event()

    def slow(number):
        over.wait(60)
        made.append(number)

    async def never_begun():
        try:
            await limited(call(slow, 1))
        finally:
            over.set()

    assert isinstance(dict(together(call(slow, 0), never_begun()))[1], Over)
    time.sleep(0.2)
    assert made == [0]


def test_nothing_is_left_open_and_nothing_registered(pair):
    before = set(os.listdir("/proc/self/fd"))

    async def registered():
        loop = asyncio.get_running_loop()
        own = len(loop._selector.get_map())
        outcomes = await asyncio.gather(receive(pair[0], 0.02), call(abs, 1), receive(pair[1], 0.02), return_exceptions=True)
        return len(loop._selector.get_map()) - own, [type(outcome) for outcome in outcomes]

    assert run(registered()) == (0, [socket.timeout, int, socket.timeout])
    assert set(os.listdir("/proc/self/fd")) <= before


def test_five_thousand_at_once():
    async def wait(number):
        await sleep(0.05 + number % 7 / 100)
        await (call(abs, number) if number % 100 == 0 else sleep(0.01))
        return number

    started = time.monotonic()
    ended = together(*map(wait, range(5000)))
    assert sorted(outcome for dummy, outcome in ended) == list(range(5000)) and time.monotonic() - started < 60


def test_timers_of_waits_that_ended_are_forgotten(pair):
    near, far = pair
    most = []

    async def chatter():
        for dummy in range(1000):
            far.send(b"x")
            await asyncio.sleep(0)
            await receive(near, 3600)
            most.append(len(asyncio.get_running_loop()._scheduled))

    run(chatter())
    assert len(most) == 1000 and max(most) <= 200

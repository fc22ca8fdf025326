# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many coroutines in one thread: every kind of wait, ended from outside at any moment, and nothing left behind."""

from __future__ import annotations

import functools
import os
import socket
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._wire import loop as _loop
from ansible_collections.bytewire.devices.plugins.module_utils._wire.loop import Loop
from ansible_collections.bytewire.devices.plugins.module_utils._wire.wait import READING, WRITING, Call, Sleep, Socket


class Doom(Exception):
    """What the tests end coroutines with."""


@pytest.fixture
def pair():
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def receive(sock, seconds=5.0):
    return Socket(sock, READING, lambda: sock.recv(99), time.monotonic() + seconds)


def run(*coroutines, threads=64, meanwhile=lambda loop, tasks: None, seconds=10):
    """The tasks in the order in which they ended."""
    ended = []
    with Loop(ended.append, threads) as loop:
        tasks = [loop.add(number, coroutine) for number, coroutine in enumerate(coroutines)]
        limit = time.monotonic() + seconds
        while loop.running:
            assert time.monotonic() < limit, "the loop does not end"
            loop.step(time.monotonic() + 0.02)
            meanwhile(loop, tasks)
    return ended


def outcomes(ended):
    return {task.name: task.result if task.error is None else task.error for task in ended}


def test_results_and_errors_are_told_apart():
    async def well():
        return "well"

    async def badly():
        await Sleep(0)
        raise ValueError("a defect")

    ended = run(well(), badly())
    assert [(task.name, task.result, str(task.error)) for task in ended] == [(0, "well", "None"), (1, None, "a defect")]


def test_timers_ring_in_their_order():
    async def sleeper(seconds):
        await Sleep(seconds)
        return seconds

    seconds = [0.09, 0.01, 0.05, 0.03, 0.07, 0.01]
    started = time.monotonic()
    ended = run(*map(sleeper, seconds))
    assert [task.result for task in ended] == sorted(seconds)
    assert [task.name for task in ended][:2] == [1, 5]  # those of one time in the order in which they came
    assert 0.085 < time.monotonic() - started < 0.5


def test_a_socket_is_waited_for_and_others_go_on(pair):
    near, far = pair

    async def hear():
        return await receive(near), await receive(near)

    async def speak():
        far.send(b"one")
        await Sleep(0.03)
        far.send(b"two")
        return "spoken"

    ended = run(hear(), speak())
    assert [task.name for task in ended] == [1, 0] and outcomes(ended) == {0: (b"one", b"two"), 1: "spoken"}


def test_what_does_not_fit_into_the_socket_leaves_when_there_is_room(pair):
    near, far = pair
    data = bytes(range(256)) * 8192

    async def speak():
        left = data
        while left:
            left = left[await Socket(near, WRITING, functools.partial(near.send, left), time.monotonic() + 5):]

    async def hear():
        heard = b""
        while len(heard) < len(data):
            heard += await Socket(far, READING, lambda: far.recv(65536), time.monotonic() + 5)
        return heard

    assert outcomes(run(speak(), hear())) == {0: None, 1: data}


def test_a_silent_socket_ends_at_its_deadline(pair):
    async def hear():
        with pytest.raises(socket.timeout):
            await receive(pair[0], 0.05)
        return "went on"

    started = time.monotonic()
    assert outcomes(run(hear())) == {0: "went on"} and 0.045 < time.monotonic() - started < 0.5


def test_bytes_that_came_before_the_deadline_count_however_late_the_loop_is(pair):
    async def hear():
        return await receive(pair[0], 0.05)

    async def hold_everybody_up():
        await Sleep(0.01)
        pair[1].send(b"in time")
        time.sleep(0.1)

    assert outcomes(run(hear(), hold_everybody_up())) == {0: b"in time", 1: None}


def test_blocking_functions_run_in_threads_at_once():
    names = set()

    def slow(number):
        time.sleep(0.1)
        names.add(threading.current_thread().name)
        return number * number

    async def call(number):
        return await Call(slow, number)

    async def fail():
        await Call(int, "x")

    started = time.monotonic()
    ended = run(*map(call, range(20)), fail())
    assert time.monotonic() - started < 1.0 and len(names) == 20
    found = outcomes(ended)
    assert isinstance(found.pop(20), ValueError) and found == {number: number * number for number in range(20)}


def test_no_more_threads_than_allowed():
    at_once, most = [0], [0]

    def slow():
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.02)
        at_once[0] -= 1

    async def call():
        await Call(slow)

    assert len(run(*(call() for dummy in range(12)), threads=3)) == 12 and most[0] <= 3


def test_many_calls_at_once_do_not_fill_the_bell():
    async def call(number):
        return await Call(abs, -number)

    assert outcomes(run(*map(call, range(3000)), threads=8)) == {number: number for number in range(3000)}


def waits(near):
    return {"socket": lambda: receive(near), "sleep": lambda: Sleep(5), "call": lambda: Call(time.sleep, 0.3)}


@pytest.mark.parametrize("kind", ["socket", "sleep", "call"])
def test_ended_from_outside_whatever_it_waits_for(pair, kind):
    cleaned = []

    async def wait():
        try:
            await waits(pair[0])[kind]()
        finally:
            await Sleep(5)  # is not waited for any more: it is told again
            cleaned.append("never")

    started = time.monotonic()
    ended = run(wait(), meanwhile=lambda loop, tasks: loop.throw(tasks[0], Doom("over")))
    assert str(ended[0].error) == "over" and cleaned == [] and time.monotonic() - started < 0.25


def test_one_that_is_about_to_go_on_hears_of_its_end_at_the_next_wait(pair):
    """Its answer had come: what the device did is not lost, and the next question is not asked."""
    near, far = pair
    heard = []

    async def hear():
        heard.append(await receive(near))
        await receive(near)

    ended = []
    with Loop(ended.append) as loop:
        task = loop.add("one", hear())
        far.send(b"answer")
        loop._try(task)
        loop.throw(task, Doom("over"))
        loop.step(time.monotonic())
    assert heard == [b"answer"] and isinstance(ended[0].error, Doom)


def test_one_that_may_still_return_its_result():
    async def salvage():
        try:
            await Sleep(5)
        except Doom:
            return "what is known so far"

    ended = run(salvage(), meanwhile=lambda loop, tasks: loop.throw(tasks[0], Doom()))
    assert ended[0].result == "what is known so far" and ended[0].error is None


def test_one_that_does_not_want_to_end_is_abandoned():
    laps = []

    async def stubborn():
        while True:
            try:
                await Sleep(5)
            except Exception:
                laps.append(True)

    ended = run(stubborn(), meanwhile=lambda loop, tasks: loop.throw(tasks[0], Doom("over")))
    assert str(ended[0].error) == "over" and len(laps) <= _loop.PATIENCE + 1


def test_what_interrupts_everything_goes_through_and_the_others_clean_up(pair):
    cleaned = []

    async def wait():
        try:
            await receive(pair[0])
        finally:
            cleaned.append("cleaned")

    async def interrupted():
        await Sleep(0.01)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(wait(), interrupted())
    assert cleaned == ["cleaned"]


def test_a_link_that_came_too_late_is_closed():
    class Link:
        closed = False

        def close(self):
            self.closed = True

    links = [Link(), Link()]
    begun = threading.Event()

    def connect(link, seconds):
        begun.set()
        time.sleep(seconds)
        return link

    async def call(link, seconds):
        return await Call(connect, link, seconds)

    def meanwhile(loop, tasks):
        if begun.is_set():
            loop.throw(tasks[0], Doom())

    async def outlive():
        await Sleep(0.2)

    run(call(links[0], 0.1), outlive(), meanwhile=meanwhile)
    assert links[0].closed
    begun.clear()
    run(call(links[1], 0.1), meanwhile=meanwhile)  # this one comes when the loop is gone
    time.sleep(0.3)
    assert links[1].closed


def test_a_call_whose_task_ended_before_it_began_is_not_made():
    made = []

    async def call(number):
        await Call(lambda: (time.sleep(0.1), made.append(number)))

    run(call(0), call(1), threads=1, meanwhile=lambda loop, tasks: loop.throw(tasks[1], Doom()))
    time.sleep(0.2)
    assert made == [0]


def test_nothing_is_left_open_and_nothing_registered(pair):
    before = set(os.listdir("/proc/self/fd"))

    async def hear():
        return await receive(pair[0], 0.02)

    async def call():
        await Call(abs, 1)

    ended = []
    with Loop(ended.append) as loop:
        for coroutine in (hear(), call(), hear()):
            loop.add("x", coroutine)
            while loop.running:
                loop.step(time.monotonic() + 0.1)
        assert [key.data for key in loop._selector.get_map().values()] == [None]  # the bell alone
    assert set(os.listdir("/proc/self/fd")) == before
    assert [type(task.error) for task in ended] == [socket.timeout, type(None), socket.timeout]


def test_a_socket_that_cannot_be_waited_for_is_the_task_s_own_trouble(pair):
    async def twice():
        await receive(pair[0])

    ended = run(twice(), twice(), meanwhile=lambda loop, tasks: loop.throw(tasks[0], Doom()))
    assert {task.name: type(task.error) for task in ended} == {1: KeyError, 0: Doom}


def test_five_thousand_at_once():
    async def wait(number):
        await Sleep(0.05 + number % 7 / 100)
        await Call(abs, number) if number % 100 == 0 else await Sleep(0.01)
        return number

    started = time.monotonic()
    ended = run(*map(wait, range(5000)))
    assert sorted(task.result for task in ended) == list(range(5000)) and time.monotonic() - started < 5


def test_timers_of_waits_that_ended_are_forgotten(pair):
    near, far = pair
    most = []

    async def chatter(loop):
        for dummy in range(1000):
            wait = receive(near, 3600)
            pending.append(True)
            await wait
            most.append(len(loop._timers))

    pending = []
    with Loop(lambda task: None) as loop:
        loop.add("one", chatter(loop))
        while loop.running:
            far.send(b"x")
            loop.step(time.monotonic() + 1)
    assert len(most) == 1000 and max(most) <= 4 + 64 + 1

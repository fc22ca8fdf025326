# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One coroutine alone: errors reach it, signals that raise end it whatever it does, it cleans up, and nothing stays open."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._wire import event_loop
from ansible_collections.bytewire.devices.plugins.module_utils._wire.event_loop import run
from ansible_collections.bytewire.devices.plugins.module_utils._wire.link import TcpLink
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import call, sleep


class TimedOut(BaseException):
    """As Ansible's keyword timeout raises it."""


@pytest.fixture
def alarm():
    """Ends what runs after so many seconds, as Ansible's keyword timeout does."""
    def on_alarm(number, frame):
        raise TimedOut
    before = signal.signal(signal.SIGALRM, on_alarm)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert signal.getsignal(signal.SIGALRM) is on_alarm
    signal.signal(signal.SIGALRM, before)


def test_the_result_or_the_error():
    async def well():
        await sleep(0.01)
        return "well"

    async def badly():
        try:
            await call(int, "x")
        finally:
            await sleep(0)
            cleaned.append(True)

    cleaned = []
    assert run(well()) == "well"
    with pytest.raises(ValueError, match="invalid literal"):
        run(badly())
    assert cleaned == [True]


def test_what_interrupts_everything_lets_the_coroutine_clean_up(ctrl_c):
    cleaned = []

    async def interrupted():
        try:
            ctrl_c(0)
            await sleep(60)
        except Exception:
            cleaned.append("swallowed")
        finally:
            cleaned.append("cleaned")

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run(interrupted())
    assert cleaned == ["cleaned"] and signal.getsignal(signal.SIGINT) is before


def test_an_alarm_ends_what_does_not_let_go_and_others_do_not_begin(alarm):
    begun = []

    async def stuck(number):
        begun.append(number)
        time.sleep(60)

    async def all_of_them():
        await asyncio.gather(*map(stuck, range(5)))

    started = time.monotonic()
    alarm(0.05)
    with pytest.raises(TimedOut):
        run(all_of_them())
    assert 1 < time.monotonic() - started < 30 and begun == [0]


def test_what_swallows_its_cancellation_is_interrupted_again(alarm):
    async def stubborn():
        while True:
            try:
                await sleep(0.01)
            except asyncio.CancelledError:
                time.sleep(0.2)

    started = time.monotonic()
    alarm(0.05)
    with pytest.raises(TimedOut):
        run(stubborn())
    assert time.monotonic() - started < 30


def test_an_alarm_before_it_has_begun(alarm, monkeypatch):
    begun = []

    async def work():
        begun.append(True)
        await sleep(60)
        begun.append("never")

    new_event_loop = asyncio.new_event_loop

    def late():
        alarm(0.001)
        time.sleep(0.01)
        return new_event_loop()

    monkeypatch.setattr(asyncio.events, "new_event_loop", late)
    monkeypatch.setattr(asyncio, "new_event_loop", late)
    started = time.monotonic()
    with pytest.raises(TimedOut):
        run(work())
    assert time.monotonic() - started < 30 and "never" not in begun


def test_ctrl_c_leaves_an_alarm_that_is_set(alarm, ctrl_c):
    alarm(1000)
    ctrl_c(0.05)
    with pytest.raises(KeyboardInterrupt):
        run(sleep_alone())
    assert 900 < signal.getitimer(signal.ITIMER_REAL)[0] <= 1000


async def sleep_alone():
    await sleep(60)


def test_an_alarm_that_comes_with_the_result_still_counts(alarm):
    async def quick():
        alarm(0.001)
        time.sleep(0.01)
        return "done"

    with pytest.raises(TimedOut):
        run(quick())


def test_a_thread_has_no_signals_and_runs_all_the_same():
    async def answer():
        await sleep(0)
        return "answer"

    heard = []
    thread = threading.Thread(target=lambda: heard.append(run(answer())))
    thread.start()
    thread.join()
    assert heard == ["answer"]


def test_random_alarms_end_a_crowd_at_once_and_leave_nothing_open(alarm, monkeypatch):
    """Sockets, timers and threads of 60 at a time, struck 300 times at any moment; none has to be struck twice."""
    monkeypatch.setattr(event_loop, "STUCK", 60.0)
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    accepted = []
    threading.Thread(target=accept, args=(listener, accepted), daemon=True).start()
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    moments = random.Random(seed)

    async def one():
        while True:
            link = TcpLink(socket.AF_INET, listener.getsockname())
            try:
                await link.open(60)
                await link.send(b"?", time.monotonic() + 60)
                await link.receive(time.monotonic() + 0.001)
                await call(abs, 1)
            finally:
                link.close()

    async def crowd():
        await asyncio.gather(*(one() for dummy in range(60)))

    before, late = descriptors(), 0.0
    for dummy in range(300):
        seconds = moments.uniform(0.0005, 0.03)
        started = time.monotonic()
        with pytest.raises(TimedOut):
            alarm(seconds)
            run(crowd())
        late = max(late, time.monotonic() - started - seconds)
        while accepted:
            accepted.pop().close()
    assert late < 30, late
    listener.close()
    until = time.monotonic() + 30
    while descriptors() - before and time.monotonic() < until:  # threads that end in their own time
        while accepted:
            accepted.pop().close()
        time.sleep(0.01)
    assert not {os.readlink(f"/proc/self/fd/{number}") for number in descriptors() - before}


def accept(listener, accepted):
    while True:
        try:
            accepted.append(listener.accept()[0])
        except OSError:
            return


def descriptors():
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            os.readlink(f"/proc/self/fd/{number}")
            found.add(number)
        except OSError:
            pass
    return found

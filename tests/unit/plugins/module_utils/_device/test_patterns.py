# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Patterns of tasks, the time that they may take, and the signal that ends them."""

from __future__ import annotations

import signal
import threading
import time
import types

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._device.patterns import Pattern, within
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._wire import event_loop

DEVICE = types.SimpleNamespace(title="field")


@pytest.fixture
def somebody_s():
    """A handler and a timer of somebody else's."""
    came = []
    before = signal.signal(signal.SIGVTALRM, lambda number, frame: came.append(number))
    signal.setitimer(signal.ITIMER_VIRTUAL, 500, 7)
    yield came
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("pattern, reply", [("^(a+)+$", "a" * 40 + "!"), ("(x|xx)+y", "x" * 60), ("x*x*x*y", "x" * 20000)])
def test_what_takes_too_long_is_ended(pattern, reply):
    began = time.monotonic()
    with pytest.raises(BytewireError, match="field answered, and to look for expect, .* takes more than 1 s") as ended:
        Pattern("expect", pattern).is_in(DEVICE, reply, "write")
    assert ended.value.kind == "bad_reply" and time.monotonic() - began < 60


def test_timer_and_handler_of_somebody_else_are_as_before(somebody_s):
    handler = signal.getsignal(signal.SIGVTALRM)
    assert Pattern("expect", "b+").is_in(DEVICE, "abc", "write")
    with pytest.raises(BytewireError):
        Pattern("expect", "^(a+)+$").is_in(DEVICE, "a" * 40 + "!", "write")
    left, interval = signal.getitimer(signal.ITIMER_VIRTUAL)
    assert signal.getsignal(signal.SIGVTALRM) is handler and 490 < left <= 501 and interval == 7 and not somebody_s


def test_without_somebody_else_nothing_stays():
    assert not Pattern("expect", "b+").is_in(DEVICE, "ac", "write")
    assert signal.getsignal(signal.SIGVTALRM) == signal.SIG_DFL and signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_on_the_event_loop_of_a_fleet():
    async def search():
        return Pattern("expect", "^(a+)+$").is_in(DEVICE, "a" * 40 + "!", "write")
    with pytest.raises(BytewireError, match="takes more than 1 s"):
        event_loop.run(search())


def test_in_another_thread_it_is_not_ended():
    found = []
    thread = threading.Thread(target=lambda: found.append(within(0.01, lambda: sum(range(3_000_000)))))
    thread.start()
    thread.join()
    assert found == [sum(range(3_000_000))]


def test_waiting_is_not_computing():
    assert within(0.05, lambda: time.sleep(0.3)) is None

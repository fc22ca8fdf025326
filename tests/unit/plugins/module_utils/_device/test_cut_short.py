# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task that Ansible's own timeout ends: what was sent is told, and a load is put back. Bytes are literals of the fact sheets."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, relay

ON, OFF = b"\x20\x01\x00", b"\x21\x01\x00"


class Ended(BaseException):
    """Ansible raises such a one from its alarm."""


@pytest.fixture
def end_it():
    """Ends what the test does, as the keyword timeout of a task does."""
    def strike(number, frame):
        raise Ended("Timed out after 1 second(s).")

    before = signal.signal(signal.SIGALRM, strike)
    yield lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGALRM)
    signal.signal(signal.SIGALRM, before)


class Eth008:
    """Its relay 1 is on; the first time that it is asked for that once it has been told something, it takes so long, and the task is ended."""

    def __init__(self, end_it, slow=0.0):
        self.end_it, self.slow, self.told = end_it, slow, []

    def __call__(self, line, data):
        if data == b"\x24":
            on = self.told[-1:] in ([], [ON])
            line.say(bytes([on]), self.slow if len(self.told) == 1 else 0.0)
            if len(self.told) == 1:
                self.end_it()
        elif data in (ON, OFF):
            self.told.append(data)
            line.say(b"\x00")
        else:
            line.say(b"\x13\x02\x1c")


def test_a_load_is_put_back_where_a_task_is_ended_during_a_cycle(line, perform_task, end_it):
    board = Eth008(threading.Timer(1, end_it).start)
    result = perform_task(relay, line(board).options(model="eth008", relay=1, state="cycled", duration=60.0, timeout=30))
    assert board.told == [OFF, ON] and result["failed"] and result["changed"] and result["relays"]["1"]["state"] == "on", result
    assert result["msg"] == ("The task was ended before it was done: Timed out after 1 second(s). Relay 1 was power-cycled and is on; not all went as it "
                             "should.")
    assert result["error"] == {"kind": "timeout", "stage": "task", "outcome": "unknown"}


def test_a_load_is_put_back_where_a_task_is_ended_before_it_was_seen_to_be_off(line, perform_task, end_it):
    board = Eth008(end_it, slow=1.0)
    result = perform_task(relay, line(board).options(model="eth008", relay=1, state="cycled", duration=60.0, timeout=30))
    assert board.told == [OFF, ON] and result["failed"] and result["changed"] and result["relays"]["1"]["state"] == "on", result


def test_what_a_task_told_before_it_was_ended_is_a_change(line, perform_task, end_it):
    board = Eth008(end_it, slow=30.0)
    result = perform_task(relay, line(board).options(model="eth008", relay=1, state="off", timeout=60))
    assert board.told == [OFF] and result["failed"] and result["changed"] and result["relays"]["1"]["state"] == "unknown", result


def test_a_command_whose_reply_the_end_of_the_task_cut_off_may_be_done(line, perform_task, end_it):
    unit = line(lambda line, data: end_it())
    result = perform_task(command, unit.options(model="esc_cr", command="LOAD 3", timeout=60))
    assert result["failed"] and result["changed"] and result["error"]["outcome"] == "unknown" and unit.received == [b"\x1bLOAD 3\r"], result


def test_a_task_that_was_ended_before_it_told_anything_changed_nothing(line, perform_task, end_it):
    silent = line(lambda line, data: end_it())
    began = time.monotonic()
    result = perform_task(relay, silent.options(model="eth008", relay=1, state="off", timeout=60))
    assert result["failed"] and not result["changed"] and time.monotonic() - began < 30, result

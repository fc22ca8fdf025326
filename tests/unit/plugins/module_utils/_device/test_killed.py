# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task is killed at each stage of an exchange; the next one is right, and says what the last may have left. Bytes are literals of the fact sheets."""

from __future__ import annotations

import os
import re
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, device_info, ping, relay, send, settings
from ansible_collections.bytewire.devices.plugins.module_utils._device.lock import DeviceLock
from ansible_collections.bytewire.devices.plugins.module_utils._device.outstanding import Outstanding
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import run_blocking
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.killed import Child
from ansible_collections.bytewire.devices.tests.servers import Line
from ansible_collections.bytewire.devices.tests.waiting import until

WHO, READ, LEFT, LOGIN, ON, OFF, PULSE = b"\x10", b"\x24", b"\x7a", b"\x79secret", b"\x20\x01\x00", b"\x21\x01\x00", b"\x20\x01\x64"
UNFINISHED = r"a task that did not come to its end \(process {}, \d{{4}}-\d\d-\d\d \d\d:\d\d\) may have told it to {}\. Look whether all is as it should be\."


class Eth008(Line):
    """It kills a task when it connects (request is b""), or at a request for the so many-th time, before it does what that asks, or behind its answer.

    late: seconds that the answer to that request takes, if it comes at all. password: it wants one.
    """

    def __init__(self, request=None, time_of=1, obeys=True, late=None, behind=False, password=False):
        self.request, self.left, self.obeys, self.late, self.behind, self.password = request, time_of, obeys, late, behind, password
        self.on, self.orders, self.child, self.killed = False, [], None, threading.Event()
        super().__init__(Eth008.hear)

    def serve(self, client):
        if self.request == b"":
            self.kill()
        super().serve(client)

    def kill(self):
        if not self.killed.is_set():
            self.child.kill()
            self.killed.set()

    def hear(self, data):
        if data == self.request:
            self.left -= 1
        if data == self.request and not self.left:
            if self.behind:
                self.answer(data)
                threading.Timer(0.15, self.kill).start()
                return
            self.kill()
            if self.late is not None:
                threading.Timer(self.late, self.answer, (data,)).start()
            elif self.obeys:
                self.answer(data)
            return
        self.answer(data)

    def answer(self, data):
        if data[:1] in (b"\x20", b"\x21"):
            self.orders.append(data)
            self.on = data[:1] == b"\x20"
        self.say({WHO: b"\x13\x02\x1c", READ: bytes([self.on]), LEFT: b"\x00" if self.password else b"\xff", b"\x77": b"\x00\x04\xa3\x00\x00\x01",
                  b"\x78": b"\x7b", LOGIN: b"\x01"}.get(data, b"\x00"))

    def task(self, **given):
        return self.options(**dict({"model": "eth008", "relay": 1, "latest": 1.0}, **given))

    def kills(self, **given):
        """Let a task run into it."""
        self.child = Child(("relay", self.task(**given)))
        assert self.child.results() is None and self.killed.wait(5)


def unfinished(board, words):
    return re.compile(r"127\.0\.0\.1:\d+: " + UNFINISHED.format(board.child.process.pid, re.escape(words)) + "$")


def lock_of(board):
    return DeviceLock(f"127.0.0.1:{board.port}", "this test")


def test_one_that_waits_for_the_lock_leaves_nothing(closed, perform_task):
    board, lock = closed(Eth008()), None
    lock = lock_of(board)
    run_blocking(lock.acquire(0))
    board.child = Child(("relay", board.task(state="on", lock_timeout=60, latest=60)))
    board.child.opens(os.path.basename(lock.path))
    board.child.kill()
    assert board.child.results() is None
    lock.release()
    began = time.monotonic()
    result = perform_task(relay, board.task(state="off", latest=60, timeout=20))
    assert not result["changed"] and "warnings" not in result and time.monotonic() - began < 30 and board.orders == []


def test_one_that_has_the_lock_and_is_not_connected_leaves_nothing(closed, perform_task):
    board = closed(Eth008())
    task = board.task(model={"extends": "eth008", "title": "Slow to take a connection", "reconnect": 3}, state="on")
    perform_task(relay, dict(task, state="off"))
    board.child = Child(("relay", task))
    path = lock_of(board).path

    def held():
        with open(path, encoding="utf-8") as file:
            return file.read().startswith(f"process {board.child.process.pid} ")

    until(held, 20, "it does not take the lock")
    board.child.kill()
    assert board.child.results() is None
    result = perform_task(relay, board.task(state="on"))
    assert result["changed"] and board.on and "warnings" not in result and len(board.orders) == 1, result


@pytest.mark.parametrize("board", [{"request": b""}, {"request": WHO, "late": 0.3}, {"request": LOGIN, "late": 0.3, "password": True},
                                   {"request": LOGIN, "behind": True, "password": True}, {"request": READ, "late": 0.3}],
                         ids=["connected", "asked who it is", "logging in", "logged in", "asked how it is"])
def test_one_that_told_nothing_leaves_nothing(closed, perform_task, board):
    """What it asked is answered to the next, 0.3 s after it has died. Between two requests there are 0.4 s at least."""
    board = closed(Eth008(**board))
    task = board.task(state="on", model={"extends": "eth008", "title": "At leisure", "pause": 0.4}, **{"password": "secret"} if board.password else {})
    board.kills(**task)
    assert board.orders == []
    result = perform_task(relay, task)
    assert not result.get("failed") and board.orders == [ON] and result["relays"]["1"]["state"] == "on" and result["changed"], result
    told = ["switch relay 1 on"] if board.behind else []  # what waits for its pause may have left
    assert [words for words in ("switch relay 1 on",) if words in str(result.get("warnings"))] == told, result


@pytest.mark.parametrize("late, obeys", [(None, True), (None, False), (0.4, True)], ids=["obeyed", "lost", "obeyed 0.4 s later"])
@pytest.mark.parametrize("state", ["on", "off"])
def test_what_was_told_and_not_acknowledged(closed, perform_task, late, obeys, state):
    board = closed(Eth008(request=ON, late=late, obeys=obeys))
    board.kills(state="on")
    result = perform_task(relay, board.task(state=state))
    time.sleep(0.5)
    assert not result.get("failed") and board.on is (state == "on") and result["relays"]["1"]["state"] == state, result
    assert unfinished(board, "switch relay 1 on").match(result["warnings"][0]), result
    assert "warnings" not in perform_task(relay, board.task(state=state))


def test_what_was_acknowledged_and_not_verified(closed, perform_task):
    board = closed(Eth008(request=READ, time_of=2, late=0.3))
    board.kills(state="on")
    result = perform_task(device_info, board.options(model="eth008", latest=1.0))
    assert result["relays"]["1"]["state"] == "on" and unfinished(board, "switch relay 1 on").match(result["warnings"][0]), result


@pytest.mark.parametrize("capability, given", [(ping, {}), (device_info, {}), (relay, {"relay": 1, "state": "off"})])
def test_a_load_that_was_to_come_back(closed, perform_task, capability, given):
    """Between off and on of a cycle; whichever task comes next says so."""
    board = closed(Eth008(request=READ, time_of=2, behind=True))
    board.on = True
    board.kills(state="cycled", duration=20.0)
    assert not board.on
    result = perform_task(capability, board.options(model="eth008", latest=0.5, **given))
    assert unfinished(board, "switch relay 1 off for 20 s (it may still be off)").match(result["warnings"][0]), result


def test_a_load_that_was_told_to_come_back_is_not_said_to_be_off(closed, perform_task):
    board = closed(Eth008(request=ON, late=0.1))
    board.on = True
    board.kills(state="cycled", duration=0.1)
    result = perform_task(device_info, board.options(model="eth008", latest=0.5))
    assert unfinished(board, "switch relay 1 on").match(result["warnings"][0]) and board.on, result


def test_a_pulse_timed_by_a_task_that_is_killed_leaves_its_load_on(line, perform_task):
    """An ETH-RLY16 times none."""
    seen, child = {"on": False}, []

    def hears(line, data):
        for byte in data:
            if byte in (0x65, 0x6f):
                seen["on"] = byte == 0x65
            elif byte == 0x5b:
                line.say(bytes([seen["on"]]))
                if seen["on"] and child[0].process.poll() is None:
                    threading.Timer(0.6, child[0].kill).start()
            elif byte == 0x5a:
                line.say(b"\x11\x02")

    board = line(hears)
    task = board.options(model="eth_rly16", relay="pump", relays={"pump": 1}, latest=0.3)
    child.append(Child(("relay", dict(task, state="pulsed", duration=30.0))))
    assert child[0].results() is None and seen["on"]
    result = perform_task(relay, dict(task, state="off"))
    assert result["changed"] and not seen["on"], result
    assert "may have told it to switch relay 1 (pump) on for 30 s (it may still be on). Look" in result["warnings"][0]


@pytest.mark.parametrize("moment", [{"request": PULSE}, {"request": READ, "time_of": 2}], ids=["not acknowledged", "acknowledged"])
def test_a_pulse_of_the_board_is_not_taken_for_a_state(closed, perform_task, moment):
    """It reads on, for as long as the pulse lasts; on is what the next task wants, for good."""
    board = closed(Eth008(**moment))
    board.kills(state="pulsed", duration=10.0)
    result = perform_task(relay, board.task(state="on"))
    assert result["changed"] and board.orders == [PULSE, ON] and unfinished(board, "pulse relay 1").match(result["warnings"][0]), result


def test_a_pulse_on_a_gateway_that_ssh_begins_again(closed, perform_task):
    """Killed between the beginning and the result of its invocation: the second one does not pulse, and the task after it tells of the first."""
    board, name = closed(Eth008(request=PULSE)), "0123456789abcdef0123456789abcdef"
    task = ("relay", board.task(state="pulsed", duration=10.0))
    board.child = Child(task, invocation=name)
    assert board.child.results() is None
    again, = Child(task, invocation=name).results()
    assert (again["error"]["kind"], again["error"]["outcome"], again["changed"]) == ("unverified", "unknown", True) and board.orders == [PULSE]
    assert unfinished(board, "pulse relay 1").match(perform_task(ping, board.options(model="eth008", latest=0.3))["warnings"][0])


def test_what_does_not_read_as_it_was_told_yet_is_told_again(closed, perform_task):
    """The task dies behind an acknowledgement; the board, which settles within 20 s, still reads as it was before."""
    board = closed(Eth008(request=READ, time_of=2, late=None))
    board.on = True
    board.kills(state="off", settle=20)
    board.on, board.orders[:] = True, []
    result = perform_task(relay, board.task(state="on", latest=0.2))
    assert board.orders == [ON] and result["changed"], result


def test_a_command_and_bytes_that_were_sent(line, perform_task):
    """Nothing of them stands in the file of the lock. The reply that comes late is not that to the next."""
    child, heard = [], []

    def hears(line, data):
        heard.append(data)
        if len(heard) == 1:
            child[0].kill()
            line.say(b"OLD\0", 0.4)
        else:
            line.say(b"NEW\0")

    unit = line(hears)
    task = unit.options(model="esc_cr", command="LOAD 7", latest=0.8)
    child.append(Child(("command", task)))
    assert child[0].results() is None
    with open(lock_of(unit).path, encoding="utf-8") as file:
        assert "LOAD" not in file.read()
    result = perform_task(command, task)
    assert result["reply"] == "NEW" and heard == [b"\x1bLOAD 7\r"] * 2, result
    assert "may have told it to carry out a command of the task's own. Look whether" in result["warnings"][0]


def test_bytes_that_left_in_part(line, perform_task):
    """8 MiB, of which the device takes the first."""
    child, first = [], threading.Event()

    def hears(line, data):
        if not first.is_set():
            first.set()
            child[0].kill()
            child[0].process.wait(5)
        elif data.endswith(b"B"):
            line.say(b"ok")

    unit = line(hears)
    task = unit.options(latest=0.3, length=2)
    child.append(Child(("send", dict(task, data="41" * (8 << 20), timeout=2.0))))
    assert child[0].results() is None
    result = perform_task(send, dict(task, data="42"))
    assert result["reply_bytes"] == list(b"ok") and "a command of the task's own" in result["warnings"][0], result
    assert 0 < sum(map(len, unit.received)) < 8 << 20


def test_two_that_died_one_after_the_other_are_both_told_of(line, perform_task):
    """A switcher, told to show input 4, then 2."""
    child, shown = [], {"input": b"1"}

    def hears(line, data):
        if data == b"#VID? 1\r":
            line.say(b"~01@VID " + shown["input"] + b">1\r\n")
        elif data[:4] == b"#AV ":
            if len(child) < 3:
                child[-1].kill()
            else:
                line.say(b"~01@AV " + data[4:5] + b">1\r\n")
            shown["input"] = data[4:5]

    switcher = line(hears)
    task = switcher.options(model="kramer_p3000", latest=0.3)
    for number in (4, 2):
        child.append(Child(("settings", dict(task, settings={"input": number}))))
        assert child[-1].results() is None
    child.append(None)
    result = perform_task(settings, dict(task, settings={"input": 4}))
    assert result["changed"] and result["settings"]["input"]["state"] == 4 and shown["input"] == b"4", result
    assert len(result["warnings"]) == 2
    for one, number, warning in zip(child, (4, 2), result["warnings"]):
        assert re.search(UNFINISHED.format(one.process.pid, f"set input to {number}"), warning), warning


@pytest.mark.parametrize("told", [{"None 1": (False, 30.0)}, {}])
def test_a_record_that_was_cut_off_anywhere_is_no_evidence(told):
    """As by a process that is killed while it writes: what stands there then is not read as anything else, and anything may be answered."""
    profile, before, lock = load(resolve("eth008")), Outstanding(), DeviceLock("127.0.0.1:9763", "b")
    before.ahead = {part: (state, time.monotonic() + seconds) for part, (state, seconds) in told.items()}
    before.telling = {"None 1": "switch relay 1 off"}
    run_blocking(lock.acquire(0, 7.0))
    lock.note(before.records(profile, ended=False))
    with open(lock.path, encoding="utf-8") as file:
        whole = file.read()
    for length in range(1, len(whole) + 1):
        found = Outstanding()
        found.recall(whole[:length] + "x" * 40, profile, 7.0, 7.0)
        assert found.entries[0].anything
    lock.release()


def test_a_record_that_is_written_over_a_longer_one_ends_where_it_ends(tmp_path):
    lock = DeviceLock("127.0.0.1:9764", "b", str(tmp_path))
    run_blocking(lock.acquire(0))
    lock.note("a longer line\n")
    lock.note("short\n")
    with open(lock.path, encoding="utf-8") as file:
        assert file.read().splitlines()[2:] == ["short"]
    lock.release()


@pytest.mark.parametrize("interrupted", [KeyboardInterrupt, ZeroDivisionError])
def test_a_task_that_is_interrupted_is_told_of_as_well(closed, perform_task, monkeypatch, interrupted):
    board = closed(Eth008())
    board.child = type("Here", (), {"process": type("Process", (), {"pid": os.getpid()})})

    def interrupt(seconds):
        raise interrupted

    board.on = True
    monkeypatch.setattr(relay, "sleep", interrupt)
    with pytest.raises(interrupted):
        perform_task(relay, board.task(state="cycled", duration=20.0))
    result = perform_task(ping, board.options(model="eth008"))
    assert unfinished(board, "switch relay 1 off for 20 s (it may still be off)").match(result["warnings"][0]), result
    assert "warnings" not in perform_task(ping, board.options(model="eth008"))

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one task commanded, lost or left behind is not evidence for the next. Bytes are literals of the fact sheets."""

from __future__ import annotations

import json
import os
import socket
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info, relay, settings
from ansible_collections.bytewire.devices.plugins.module_utils._device.lock import DeviceLock
from ansible_collections.bytewire.devices.plugins.module_utils._device.outstanding import Outstanding, _boot
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import run_blocking
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.servers import Lagging, Line

RLY16 = {"model": "eth_rly16", "relay": 1, "settle": None}


def test_what_a_task_commanded_unseen_is_commanded_by_the_next(closed, perform_task):
    """The board reads as it was 1 s ago: on, though it was switched off a moment ago."""
    board = closed(Lagging(1, state=1))
    assert perform_task(relay, board.options(**RLY16, state="off", verify=False))["changed"]
    result = perform_task(relay, board.options(**RLY16, state="on"))
    assert not result.get("failed") and result["changed"] and [told for dummy, told in board.told] == [1, 0, 1], result


def test_what_a_task_did_not_see_come_true_is_commanded_by_the_next(closed, perform_task):
    board = closed(Lagging(1, state=1))
    lost = perform_task(relay, board.options(**dict(RLY16, settle=0), state="off"))
    assert lost["error"]["kind"] == "unverified"
    result = perform_task(relay, board.options(**RLY16, state="on"))
    assert not result.get("failed") and result["changed"] and [told for dummy, told in board.told] == [1, 0, 1], result


def test_what_a_task_commanded_unseen_is_told_when_it_reads_true(closed, perform_task):
    board = closed(Lagging(1, state=1))
    perform_task(relay, board.options(**RLY16, state="off", verify=False))
    result = perform_task(device_info, board.options(model="eth_rly16"))
    assert result["relays"]["1"]["state"] == "off", result


def test_what_a_dead_task_sent_may_be_answered_for_as_long_as_it_wrote():
    """It had a page by which an answer takes 9 s; the task that comes next waits for 1 s."""
    profile, outstanding = load(resolve("lg")), Outstanding()
    outstanding.recall("process 12 (tv1)\n9\n", profile, 1.0, 1.0)
    entry, now = outstanding.entries[0], time.monotonic()
    assert entry.anything and entry.until - now == pytest.approx(9, abs=0.5) and entry.doubted - now == pytest.approx(9, abs=0.5)


NOTED = {"boot": _boot(), "page": "", "closed": None, "told": {}}


@pytest.mark.parametrize("left", [
    "[" * 60000,
    *(json.dumps({**NOTED, "entries": entries}) for entries in (
        [{"since": 10 ** 400, "until": 1, "doubted": 1}],
        [{"since": 0, "until": float("inf"), "doubted": 1}],
        [{"since": 0, "until": 1e9, "doubted": float("nan")}],
        [{"since": 0, "until": 1e9, "doubted": 1e9, "known": [1]}],
        [{"since": 0, "until": 1e9, "doubted": 1e9}] * 13,
    )),
    json.dumps({**NOTED, "entries": [], "closed": 10 ** 400}),
    json.dumps({**NOTED, "entries": [], "told": {"1": ["on", 10 ** 400]}}),
], ids=["nested", "huge", "infinite", "no number", "no values", "too many", "closed", "told"])
def test_a_lock_file_that_no_task_wrote_is_that_of_one_that_died(left):
    profile, outstanding = load(resolve("lg")), Outstanding()
    closed, now = outstanding.recall(left, profile, 2.0, 1.0), time.monotonic()
    assert [(entry.anything, entry.until - now) for entry in outstanding.entries] == [(True, pytest.approx(2, abs=0.5))]
    assert closed == pytest.approx(now, abs=0.5) and outstanding.told == {}


def test_who_takes_a_lock_writes_for_how_long_it_may_be_answered():
    lock = DeviceLock("127.0.0.1:9761", "tv1")
    run_blocking(lock.acquire(0, 9.0))
    with open(lock.path, encoding="utf-8") as file:
        name, seconds = file.read().splitlines()
    lock.release()
    assert name.startswith("process ") and name.endswith(" (tv1)") and seconds == "9"


def test_a_reading_that_was_kept_is_no_identity_and_no_reading(line, perform_task):
    """A line behind an ETH8020 kept a reading for nobody; relay 2 is on. Answers take 20 ms."""
    said = {b"\x10": b"\x15\x02\x1c", b"\x24": b"\x02\x00\x00", b"\x21\x02\x00": b"\x00", b"\x7a": b"\xff"}

    def hears(line, data):
        if data == b"\x21\x02\x00":
            said[b"\x24"] = b"\x00\x00\x00"
        if data == b"\x10" and held:
            line.say(held.pop())
        line.say(said[data], 0.02)

    held = [b"\x02\x00\x00"]
    board = line(hears)
    task = board.options(model="eth8020", relay=2, state="off")
    assert perform_task(relay, task)["failed"]
    result = perform_task(relay, task)
    assert result.get("failed") or result["changed"] and said[b"\x24"] == b"\x00\x00\x00", result


def test_what_was_told_outlives_a_task_that_is_killed():
    """The first task commanded and did not see it; the second took the lock and died."""
    profile, told, killed, last = load(resolve("eth008")), Outstanding(), DeviceLock("127.0.0.1:9762", "b"), DeviceLock("127.0.0.1:9762", "c")
    told.told = {"None 1": (False, time.monotonic() + 30)}
    run_blocking(killed.acquire(0, 7.0))
    killed.release(told.records(profile))
    run_blocking(killed.acquire(0, 7.0))
    os.close(killed.handle)
    run_blocking(last.acquire(0, 7.0))
    last.release()
    found = Outstanding()
    found.recall(last.left, profile, 7.0, 7.0)
    assert found.told_state("None 1") is False and found.entries[0].anything


def test_what_a_task_saw_is_not_doubted_by_the_next(closed, perform_task):
    """Nothing was verified, and then it reads as it was told: somebody may switch it back, and it is believed."""
    board = closed(Lagging(0, state=1))
    perform_task(relay, board.options(**RLY16, state="off", verify=False))
    assert not perform_task(relay, board.options(**RLY16, state="off"))["changed"]
    board.told.append((time.monotonic(), 1))
    assert not perform_task(relay, board.options(**RLY16, state="on"))["changed"]


def test_what_was_told_otherwise_and_seen_since_is_not_doubted(closed, perform_task):
    """Off was not verified, on was; then somebody switches it off, and off is what the third task wants."""
    board = closed(Lagging(1, state=1))
    perform_task(relay, board.options(**RLY16, state="off", verify=False))
    assert perform_task(relay, board.options(**RLY16, state="on"))["relays"]["1"]["state"] == "on"
    board.told.append((time.monotonic() - 1, 0))
    assert not perform_task(relay, board.options(**RLY16, state="off"))["changed"]


def test_what_was_told_under_another_page_is_not_forgotten(closed, perform_task):
    board = closed(Lagging(1, state=1))
    perform_task(relay, board.options(**RLY16, state="off", verify=False))
    result = perform_task(relay, board.options(**dict(RLY16, model={"extends": "eth_rly16", "title": "Mine"}), state="on"))
    assert result["changed"] and [told for dummy, told in board.told] == [1, 0, 1], result


def test_what_was_told_to_all_units_is_not_believed_of_one(line, perform_task):
    """A display reads as it was 1 s ago; unit 0 is every display on the line, and nobody answers it."""
    inputs = [(float("-inf"), "90")]

    def hears(line, data):
        if data[:2] == b"xb" and data[6:8] != b"ff":
            inputs.append((time.monotonic(), data[6:8].decode()))
        if data == b"xb 01 ff\r":
            seen = [code for since, code in inputs if since <= time.monotonic() - 1]
            line.say(f"b 01 OK{seen[-1]}x".encode())
        elif data[:8] == b"xb 01 90":
            line.say(b"b 01 OK90x")
        elif data == b"ka 01 ff\r":
            line.say(b"a 01 OK01x")

    display = line(hears)
    perform_task(settings, display.options(model="lg", unit=0, settings={"input": "hdmi2"}))
    result = perform_task(settings, display.options(model="lg", unit=1, settings={"input": "hdmi1"}))
    assert inputs[-1][1] == "90" and (result["changed"] or result.get("failed")), result


def test_a_pulse_of_what_was_told_before_and_not_seen_is_the_boards_word_alone(line, perform_task):
    """The board acknowledges a pulse and does nothing; it reads on, as it was told 0.3 s before."""
    said = {b"\x10": b"\x13\x02\x1c", b"\x24": b"\x00", b"\x20\x01\x00": b"\x00", b"\x20\x01\x05": b"\x00"}

    def hears(line, data):
        line.say(said[data])
        if data == b"\x20\x01\x05":
            said[b"\x24"] = b"\x01"

    board = line(hears)
    assert perform_task(relay, board.options(model="eth008", relay=1, state="on", settle=0))["error"]["kind"] == "unverified"
    result = perform_task(relay, board.options(model="eth008", relay=1, state="pulsed", duration=0.5))
    assert "what the load was before is not known: that it happened is the board's word alone." in result["warnings"][0], result


def test_what_could_not_be_sent_for_waiting_was_not_sent(line, perform_task):
    """A reading was lost; while a pulse waits for its answer, the board leaves, and is mute from then on."""
    left, said = threading.Event(), {b"\x10": b"\x13\x02\x1c", b"\x24": b"\x00", b"\x78": b"\x7b", b"\x7a": b"\xff"}

    def hears(line, data):
        if data in said and not left.is_set():
            line.say(said[data])
        if data == b"\x24" and not said.get(b"\x20\x01\x0a"):
            threading.Timer(0.3, leave, (line,)).start()

    def leave(line):
        if not left.is_set():
            left.set()
            line.client.shutdown(socket.SHUT_RDWR)

    board = line(lambda line, data: line.say(said[data]) if data in said and data != b"\x24" else None)
    assert perform_task(relay, board.options(model="eth008", relay=1, state="on", retries=0))["error"]["kind"] == "timeout"
    board.hears = hears
    result = perform_task(relay, board.options(model="eth008", relay=1, state="pulsed", duration=1, retries=0, latest=2))
    assert result["failed"] and not result["changed"] and result["error"]["outcome"] == "nothing", result
    assert not any(data[:1] == b"\x20" for data in board.received)


class Pulsing(Line):
    """An ETH008 whose relay 2 reads as it was so many seconds ago, and that loses acknowledgements of pulses, or not."""

    def __init__(self, lag=0.0, loses=False):
        self.lag, self.loses, self.orders, self.was = lag, loses, [], [(float("-inf"), 0)]
        super().__init__(Pulsing.hear)

    @property
    def on(self):
        return self.at(time.monotonic())

    def at(self, now):
        return [state for since, state in self.was if since <= now][-1]

    def hear(self, data):
        now = time.monotonic()
        if data == b"\x24":
            self.say(bytes([2 * self.at(now - self.lag)]))
        elif data[:1] in (b"\x20", b"\x21"):
            on, seconds = data[:1] == b"\x20", data[2] / 10
            self.orders.append(data)
            self.was = [entry for entry in self.was if entry[0] <= now] + [(now, on)] + ([(now + seconds, not on)] if seconds else [])
            if not seconds or not self.loses:
                self.say(b"\x00")
        else:
            self.say(b"\x13\x02\x1c" if data == b"\x10" else {b"\x77": b"\x00\x04\xa3\x00\x00\x01", b"\x78": b"\x7b", b"\x7a": b"\xff"}[data])


ETH008 = {"model": "eth008", "relay": 2, "settle": 2.0}


def test_what_is_on_for_the_time_of_a_pulse_is_told_to_stay_on(closed, perform_task):
    board = closed(Pulsing())
    perform_task(relay, board.options(**ETH008, state="pulsed", duration=1.5))
    assert perform_task(device_info, board.options(model="eth008"))["relays"]["2"]["state"] == "on"
    result = perform_task(relay, board.options(**ETH008, state="on"))
    assert result["changed"] and board.orders == [b"\x20\x02\x0f", b"\x20\x02\x00"], result
    time.sleep(1.6)
    assert board.on


@pytest.mark.parametrize("board, verify", [({"lag": 1.0}, False), ({"lag": 1.0, "loses": True}, True)], ids=["not verified", "acknowledgement lost"])
def test_a_pulse_that_does_not_read_so_yet_is_ended_where_off_is_wanted(closed, perform_task, board, verify):
    board = closed(Pulsing(**board))
    perform_task(relay, board.options(**ETH008, state="pulsed", duration=20, verify=verify, latest=0.2))
    result = perform_task(relay, board.options(**ETH008, state="off", latest=0.2))
    assert not board.on and result["changed"] and not result.get("failed"), result


def test_what_still_reads_as_in_a_pulse_is_told_to_be_on(closed, perform_task):
    """The pulse is seen late, when it is over."""
    board = closed(Pulsing(lag=0.8))
    assert not perform_task(relay, board.options(**ETH008, state="pulsed", duration=0.5)).get("failed") and not board.on
    result = perform_task(relay, board.options(**ETH008, state="on"))
    assert board.on and result["changed"] and not result.get("failed"), result


def test_behind_a_pulse_that_is_over_a_reading_is_believed(closed, perform_task):
    board = closed(Pulsing())
    for dummy in range(2):
        result = perform_task(relay, board.options(**ETH008, state="pulsed", duration=0.3))
        assert result["relays"]["2"]["was"] == "off" and "warnings" not in result
        time.sleep(0.7)
    assert not perform_task(relay, board.options(**ETH008, state="off"))["changed"]

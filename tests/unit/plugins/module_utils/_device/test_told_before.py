# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one task commanded, lost or left behind is not evidence for the next. Bytes are literals of the fact sheets."""

from __future__ import annotations

import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info, relay
from ansible_collections.bytewire.devices.plugins.module_utils._device.lock import DeviceLock
from ansible_collections.bytewire.devices.plugins.module_utils._device.outstanding import Outstanding
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import run_blocking
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.servers import Lagging

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

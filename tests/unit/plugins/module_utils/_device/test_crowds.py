# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two and ten processes at once: one exchange sequence at a time at a device, nothing lost or doubled, and no wait without an end."""

from __future__ import annotations

import json
import os
import re
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay
from ansible_collections.bytewire.devices.tests.killed import Child, options_of
from ansible_collections.bytewire.devices.tests.servers import Server
from ansible_collections.bytewire.devices.tests.waiting import until

CROWDS = pytest.mark.parametrize("processes", [2, 10])


class Crowded(Server):
    """An ETH008 that takes any number of connections, a thread for each; at_once: how many were open at the same time. orders: (when, bytes) in their order.

    Behind ESC it takes text up to CR and says it back, with NUL: so that each reply tells to what it is one.
    """

    def __init__(self):
        self.guard, self.open, self.at_once, self.orders, self.said, self.until = threading.RLock(), 0, 0, [], [], {}
        super().__init__()

    def _accept(self, connections):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with self.guard:
            self.open += 1
            self.at_once = max(self.at_once, self.open)
        try:
            with client:
                for data in iter(lambda: client.recv(4096), b""):
                    time.sleep(0.001)
                    client.sendall(self.answer(data))
        except OSError:
            pass
        finally:
            with self.guard:
                self.open -= 1

    def on(self, number):
        state, ends, then = self.until.get(number, (False, float("inf"), False))
        return state if time.monotonic() < ends else then

    def answer(self, data):
        with self.guard:
            if data[:1] == b"\x1b":
                self.said.append(data[1:-1])
                return data[1:-1] + b"\0"
            if data == b"\x10":
                return b"\x13\x02\x1c"
            if data == b"\x24":
                return bytes([sum(self.on(number) << number - 1 for number in range(1, 9))])
            if data == b"\x7a":
                return b"\xff"
            state, seconds = data[:1] == b"\x20", data[2] / 10
            self.orders.append((time.monotonic(), data))
            self.until[data[1]] = (state, time.monotonic() + seconds if seconds else float("inf"), not state)
            return b"\x00"

    def task(self, **given):
        return {"host": "127.0.0.1", "port": self.port, "model": "eth008", "timeout": 3.0, "lock_timeout": 60, **given}


@pytest.fixture
def board(closed):
    return closed(Crowded())


def alone(board):
    """Two connections are never open at once, but for the moment in which the device does not know yet that the one before is closed."""
    return board.at_once <= 2


@CROWDS
def test_relays_that_are_switched_on_and_off(board, processes):
    """Each process has a relay that it shares with every other one: what was so before and is so now follows from the order of the commands."""
    tasks = [("relay", board.task(relay=number, state=state)) for number in (1, 2) for state in ("on", "off") * 2]
    results = [result for child in [Child(*tasks) for dummy in range(processes)] for result in child.results()]
    assert len(results) == 8 * processes and not any(result.get("failed") or "warnings" in result for result in results), results
    for number in (1, 2):
        orders = [data[0] == 0x20 for dummy, data in board.orders if data[1] == number]
        assert orders == [place % 2 == 0 for place in range(len(orders))], orders  # none that was needless, so none that was believed wrongly
        changes = [result for result in results if str(number) in result["relays"] and result["changed"]]
        assert len(changes) == len(orders)
        for result in results:
            was, state = (result["relays"].get(str(number), {}).get(key) for key in ("was", "state"))
            assert result["changed"] is (was != state) or was is None
    assert alone(board)


@CROWDS
def test_pulses(board, processes):
    """Each that is acknowledged happened once: none is sent twice, and none while another lasts is missed."""
    results = [child.results()[0] for child in [Child(("relay", board.task(relay=1, state="pulsed", duration=0.5))) for dummy in range(processes)]]
    assert not any(result.get("failed") for result in results), results
    assert [data for dummy, data in board.orders] == [b"\x20\x01\x05"] * processes and alone(board)


@CROWDS
def test_cycles_are_not_cut_into(board, processes):
    results = [child.results()[0] for child in [Child(("relay", board.task(relay=1, state="cycled", duration=0.2))) for dummy in range(processes)]]
    assert not any(result.get("failed") for result in results), results
    orders = [data[0] == 0x20 for dummy, data in board.orders]
    assert orders[-2 * processes + 1:] == [True, *[False, True] * (processes - 1)] and board.on(1), orders
    assert sum(orders) == processes and alone(board)


@CROWDS
def test_each_reply_goes_to_who_asked(board, processes):
    tasks = [[("command", board.task(model="esc_cr", command=f"SAY {process} {number}")) for number in range(5)] for process in range(processes)]
    replies = [[result["reply"] for result in child.results()] for child in [Child(*own) for own in tasks]]
    assert replies == [[f"SAY {process} {number}" for number in range(5)] for process in range(processes)]
    assert sorted(board.said) == sorted(f"SAY {process} {number}".encode() for process in range(processes) for number in range(5)) and alone(board)


def test_who_waits_too_long_is_told_for_whom(board, perform_task):
    """And leaves no descriptor open."""
    board.until[1] = (True, float("inf"), False)
    holder = Child(("relay", board.task(relay=1, state="cycled", duration=600.0, label="holder")))
    until(lambda: board.orders, 20, "nothing was switched")
    others = [Child(("relay", board.task(relay=2, state="on", lock_timeout=0.3, label=f"other{number}"))) for number in range(9)]
    before, began = sorted(os.listdir("/proc/self/fd")), time.monotonic()
    mine = perform_task(relay, board.task(relay=2, state="on", lock_timeout=0.3))
    assert 0.3 <= time.monotonic() - began < 60 and sorted(os.listdir("/proc/self/fd")) == before
    for result in [mine, *[child.results()[0] for child in others]]:
        assert (result["error"], result["changed"]) == ({"kind": "busy", "stage": "lock", "outcome": "nothing"}, False)
        assert re.search(rf"127\.0\.0\.1:{board.port}\)? is in use by process {holder.process.pid} \(holder \(127\.0\.0\.1:{board.port}\)\); "
                         r"waited 0\.3 s for it\. Try again, or raise lock_timeout\.", result["msg"]), result
    holder.kill()
    assert holder.results() is None and [data for dummy, data in board.orders] == [b"\x21\x01\x00"]


@CROWDS
def test_fleets_with_devices_in_common_and_one_journal(closed, processes, tmp_path):
    """Each has three of the five boards, and all of them write to one journal, into which somebody who died has written the half of a line."""
    boards, journal = [closed(Crowded()) for dummy in range(5)], tmp_path / "journal"
    journal.write_bytes(b'{"host": "of one that d')
    fleets = []
    for process in range(processes):
        own = [boards[(process + place) % 5] for place in range(3)]
        given = [options_of("relay", board.task(relay=process % 8 + 1, state="pulsed", duration=0.3)) for board in own]
        hosts = [{"name": f"f{process}h{place}", "options": dict(options, model=0, label=f"f{process}h{place}")} for place, options in enumerate(given)]
        fleets.append(("fleet", {"module": "relay", "options": {"options": {}, "pages": [given[0]["model"]]}, "hosts": hosts, "journal": str(journal)}))
    results = [child.results()[0] for child in [Child(one) for one in fleets]]
    assert not any(result.get("failed") for result in results), results
    lines = journal.read_text().splitlines()
    assert lines[0] == '{"host": "of one that d' and "" not in lines
    told = sorted((entry["host"], entry["event"]) for entry in map(json.loads, lines[1:]))
    assert told == sorted((f"f{process}h{place}", event) for process in range(processes) for place in range(3) for event in ("begin", "end"))
    assert sum(len(board.orders) for board in boards) == 3 * processes and all(map(alone, boards))


def test_ten_that_are_killed_at_once_leave_the_device_free(board, perform_task):
    board.until.update({number: (True, float("inf"), False) for number in range(1, 8)})
    crowd = [Child(("relay", board.task(relay=number % 7 + 1, state="cycled", duration=600.0, timeout=0.5))) for number in range(10)]
    until(lambda: board.orders, 20, "nothing was switched")
    for child in crowd:
        child.kill()
    assert [child.results() for child in crowd] == [None] * 10
    result = perform_task(relay, board.task(relay=8, state="on", lock_timeout=1, timeout=0.5))
    assert not result.get("failed") and board.on(8) and len(board.orders) == 2, result
    warning, = result["warnings"]
    assert f"may have told it to switch relay {board.orders[0][1][1]} off for 600 s (it may still be off)." in warning

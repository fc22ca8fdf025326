# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices that refuse a command, or say that they are busy, and do it all the same. Bytes are literals of the fact sheets."""

from __future__ import annotations

import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, relay, settings

BOARD = {"notation": "hex", "port": 2000, "busy": "15", "relays": {
    "numbers": "1-8", "read": {"send": "5B", "reply": "4B {relays:bits8}"},
    "on": {"send": "51 {relay:u8}", "reply": "06"}, "off": {"send": "52 {relay:u8}", "reply": "06"}}}


class OnceBusy:
    """Relay 2 of a board that says to each command that it is busy, and does the first all the same."""

    def __init__(self, state):
        self.state, self.told = state, []

    def __call__(self, line, data):
        if data == b"\x5b":
            line.say(bytes([0x4B, self.state]))
            return
        if not self.told:
            self.state = 2 if data[0] == 0x51 else 0
        self.told.append(data)
        line.say(b"\x15")


@pytest.mark.parametrize("busy", ["15", {"reply": "15", "every": 0.05, "for": 0.2}])
@pytest.mark.parametrize("state, first, last, left", [("cycled", b"\x52\x02", b"\x51\x02", "off"), ("pulsed", b"\x51\x02", b"\x52\x02", "on")])
def test_what_was_switched_by_a_busy_board_is_switched_back(line, perform_task, busy, state, first, last, left):
    board = OnceBusy(2 if state == "cycled" else 0)
    result = perform_task(relay, line(board).options(model=dict(BOARD, busy=busy), relay=2, state=state, duration=0.1, retries=1))
    assert result["error"]["kind"] == "busy" and result["error"]["outcome"] == "unknown" and result["changed"], result
    assert board.told[0] == first and board.told[-1] == last
    assert f"relay 2 is {left.upper()}" in result["msg"] and "may still be so" not in result["msg"], result


def test_what_a_busy_board_did_is_changed(line, perform_task):
    result = perform_task(relay, line(OnceBusy(0)).options(model=BOARD, relay=2, state="on"))
    assert not result.get("failed") and result["changed"] and result["relays"]["2"]["was"] == "off", result


def test_a_display_that_says_wait_and_does_it_is_changed(line, perform_task):
    power = [b"a 01 OK00x"]

    def hears(line, data):
        if data == b"ka 01 01\r":
            power[:] = [b"a 01 OK01x"]
            line.say(b"a 01 NG03x")
        elif data == b"ka 01 ff\r":
            line.say(power[0])

    result = perform_task(settings, line(hears).options(model="lg", settings={"power": "on"}))
    assert not result.get("failed") and result["changed"] and result["settings"]["power"] == {"state": "on", "was": "off"}, result


def test_a_command_in_your_own_words_is_sent_once_to_a_busy_device(line, perform_task):
    """An Extron switcher answers 3! with E22, and may have switched."""
    sent = []

    def hears(line, data):
        sent.append(data)
        line.say(b"E22\r\n" if data == b"3!" else b"1\r\n")

    page = {"extends": "extron", "login": None, "transport": "tcp"}
    result = perform_task(command, line(hears).options(model=page, command="3!"))
    assert result["error"]["kind"] == "busy" and result["error"]["outcome"] == "unknown" and result["changed"], result
    assert sent == [b"3!"]


RTU_ON = bytes.fromhex("01 05 00 00 FF 00 8C 3A")
READS_ON = bytes.fromhex("01 01 01 01 90 48")
READS_OFF = bytes.fromhex("01 01 01 00 51 88")


def test_a_modbus_board_that_takes_longer_is_waited_for(line, perform_task):
    """Exception 5 says that the command was taken and takes long; the relay switches with the third reading behind it."""
    reads = []

    def hears(line, data):
        if data == RTU_ON:
            reads.append(data)
            line.say(bytes.fromhex("01 85 05 82 93"))
        else:
            line.say(READS_ON if len(reads) > 3 else READS_OFF)
            reads.extend([data] if reads else [])

    board = line(hears)
    result = perform_task(relay, board.options(model="waveshare_rtu", relay=1, state="on", settle=None))
    assert not result.get("failed") and result["changed"] and result["relays"]["1"]["state"] == "on", result
    assert board.received.count(RTU_ON) == 1


def test_a_modbus_board_that_is_busy_is_busy(line, perform_task):
    def hears(line, data):
        line.say(bytes.fromhex("01 85 06 C2 92") if data == RTU_ON else READS_OFF)

    result = perform_task(relay, line(hears).options(model="waveshare_rtu", relay=1, state="on", retries=0))
    assert result["error"]["kind"] == "busy" and result["relays"]["1"]["state"] == "off" and not result["changed"], result


PROJECTOR = {"notation": "text", "port": 4005, "settings": {"power": {
    "values": {"off": 0, "on": 1, "warming": 2}, "transient": {"warming": "on"},
    "set": {"send": "PWR {value:d1}\r", "reply": "PWR OK\r"}, "get": {"send": "PWR ?\r", "reply": "PWR {value:d1}\r"}}}}


def test_what_falls_back_while_it_was_on_its_way_is_commanded(line, perform_task):
    """Somebody else switched the projector on; it goes off again while it warms up."""
    reads = [b"PWR 0\r", b"PWR 2\r", b"PWR 2\r"]

    def hears(line, data):
        if data == b"PWR 1\r":
            reads[:] = [b"PWR 1\r"]
            line.say(b"PWR OK\r")
        else:
            line.say(reads.pop() if len(reads) > 1 else reads[0])

    projector = line(hears)
    result = perform_task(settings, projector.options(model=PROJECTOR, settings={"power": "on"}, settle=2))
    assert not result.get("failed") and result["changed"] and result["settings"]["power"]["state"] == "on", result
    assert projector.received.count(b"PWR 1\r") == 1


class Contrary:
    """An ETH008 that refuses to switch relay 2, does it all the same, and reads as it was 0.2 s ago."""

    def __init__(self, state):
        self.states = [(float("-inf"), state)]

    def __call__(self, line, data):
        now = time.monotonic()
        if data == b"\x24":
            line.say(bytes([[state for since, state in self.states if since <= now - 0.2][-1]]))
        elif data in (b"\x10", b"\x7a"):
            line.say({b"\x10": b"\x13\x02\x1c", b"\x7a": b"\xff"}[data])
        else:
            self.states.append((now, 2 if data[0] == 0x20 else 0))
            line.say(b"\x01")


@pytest.mark.parametrize("state, was, reads", [("on", 0, "on"), ("off", 2, "off"), ("pulsed", 0, "on"), ("cycled", 2, "off"), ("cycled", 0, "on")])
def test_what_is_refused_and_done_may_not_read_so_at_once(line, perform_task, state, was, reads):
    duration = 0.5 if state in ("pulsed", "cycled") else None
    board = line(Contrary(was))
    result = perform_task(relay, board.options(model="eth008", relay=2, state=state, duration=duration, settle=2))
    assert result["error"] == {"kind": "refused", "stage": "write", "outcome": "unknown"} and result["changed"], result
    assert result["relays"]["2"]["state"] == reads, result


def test_what_was_refused_and_could_not_be_read_may_be_done(line, perform_task):
    """The board answers no question between the two orders of a cycle; it refuses both and does them."""
    orders = []

    def hears(line, data):
        if data[:1] in (b"\x20", b"\x21"):
            orders.append(data)
            line.say(b"\x01")
        elif data != b"\x24":
            line.say({b"\x10": b"\x13\x02\x1c", b"\x7a": b"\xff"}[data])
        elif len(orders) != 1:
            line.say(b"\x02")

    result = perform_task(relay, line(hears).options(model="eth008", relay=2, state="cycled", duration=0.2, retries=0, latest=0.2))
    assert orders == [b"\x21\x02\x00", b"\x20\x02\x00"] and result["changed"] and result["error"]["outcome"] == "unknown", result


@pytest.mark.parametrize("late, changed", [(0.3, True), (0, False)])
def test_a_refused_pulse_that_would_be_over_before_it_is_read_may_have_been(line, perform_task, late, changed):
    """The board times the pulse of 0.2 s itself, and answers the first question behind it after it, or at once."""
    orders = []

    def hears(line, data):
        if data[:1] == b"\x20":
            orders.append(data)
            line.say(b"\x01")
            return
        if orders:
            time.sleep(late)
        line.say({b"\x10": b"\x13\x02\x1c", b"\x7a": b"\xff", b"\x24": b"\x00"}[data])

    result = perform_task(relay, line(hears).options(model="eth008", relay=2, state="pulsed", duration=0.2, settle=0.2))
    assert orders == [b"\x20\x02\x02"] and result["error"]["kind"] == "refused", result
    assert (result["changed"], result["error"]["outcome"]) == ((True, "unknown") if changed else (False, "nothing")), result
    assert result["relays"]["2"]["state"] == "off", result

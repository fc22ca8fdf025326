# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices whose answers must not be believed: no task says what was not so. Bytes are literals of the fact sheets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, device_info, ping, relay, send, settings
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.servers import Lagging, Line, answering, reset

RTU_ON = bytes.fromhex("01 01 01 01 90 48")
RTU_OFF = bytes.fromhex("01 01 01 00 51 88")


LG = {b"\r": b"", b"ka 01 ff\r": b"a 01 OK00x", b"xb 01 ff\r": b"b 01 NG00x"}


@pytest.mark.parametrize("lateness", [0.7, 1.1, 1.6])
@pytest.mark.parametrize("in_order", [True, False])
def test_a_late_acknowledgement_is_no_answer_to_the_question_behind_it(line, perform_task, lateness, in_order):
    """A1: an LG display on a line acknowledges ka 01 01 late, and never does it."""
    free = [0.0]

    def hears(line, data):
        took = lateness if data == b"ka 01 01\r" else 0.0
        now = time.monotonic()
        start = max(now, free[0]) if in_order else now
        free[0] = start + took
        said = b"a 01 OK01x" if data == b"ka 01 01\r" else LG.get(data, b"")
        if said:
            line.say(said, free[0] - now if in_order else took)

    result = perform_task(settings, line(hears).options(model="lg", settings={"power": "on"}, latest=1.8))
    assert result.get("failed"), result
    assert result["settings"]["power"]["state"] in ("off", "unknown") and result["changed"]


def test_a_display_that_is_deaf_while_it_comes_up_is_asked_again(line, perform_task):
    """It acknowledges power on, and answers nothing for longer than timeout and retries allow, but within the time of settling of its page."""
    told = []

    def hears(line, data):
        if data == b"ka 01 01\r":
            told.append(time.monotonic())
            line.say(b"a 01 OK01x")
        elif data == b"ka 01 ff\r" and not told:
            line.say(b"a 01 OK00x")
        elif data == b"ka 01 ff\r" and time.monotonic() - told[0] > 1.0:
            line.say(b"a 01 OK01x")

    page = {"extends": "lg", "settings": {"power": {"set": {"latest": 0.5, "settle": 2.5}}}}
    task = line(hears).options(model=page, settings={"power": "on"}, settle=None, latest=0.3, retries=1, timeout=0.3)
    result = perform_task(settings, task)
    assert not result.get("failed") and result["changed"] and result["settings"]["power"] == {"state": "on", "was": "off"}, result


@pytest.mark.parametrize("lateness", [0.05, 0.12, 0.4, 1.0])
def test_an_echo_that_comes_late_is_no_reading(line, perform_task, lateness):
    """A2: a KMTronic board that echoes FF 02 01 and never switches."""
    def hears(line, data):
        if data == b"\xff\x02\x01":
            line.say(data, lateness)
        elif data[2:] == b"\x03":
            line.say(data[:2] + b"\x00")

    result = perform_task(relay, line(hears).options(model="kmtronic", relay=2, state="on", timeout=0.6))
    assert result.get("failed") and result["error"]["kind"] in ("unverified", "bad_reply"), result
    assert result["relays"]["2"]["state"] != "on" and result["changed"]


def test_the_answer_to_the_question_before_is_not_that_to_this_one(line, perform_task):
    """A3: the first answer of a Modbus RTU line takes longer than the timeout and says on; then it is switched off."""
    asked = []

    def hears(line, data):
        if data[1] == 1:
            asked.append(data)
            line.say(RTU_ON, 0.7) if len(asked) == 1 else line.say(RTU_OFF, 0.1)
        elif data[1] == 5:
            line.history.append(data)

    result = perform_task(relay, line(hears).options(model="waveshare_rtu", relay=1, state="on", timeout=0.4))
    assert result["relays"]["1"]["state"] != "on" and (result["changed"] or result.get("failed")), result


def test_what_one_task_lost_is_not_the_answer_of_the_next(line, perform_task):
    """A3, with until: the late answer comes while the next task asks."""
    asked = []

    def hears(line, data):
        asked.append(data)
        line.say(RTU_ON, 0.9) if len(asked) == 1 else line.say(RTU_OFF, 0.3)

    rtu = line(hears)
    assert perform_task(relay, rtu.options(model="waveshare_rtu", relay=1, state="on", retries=0))["error"]["kind"] == "timeout"
    result = perform_task(relay, rtu.options(model="waveshare_rtu", relay=1, state="off", retries=0))
    assert not result.get("failed") and result["relays"]["1"]["state"] == "off", result


def leave(client, how):
    """Turn a connection away shortly after it was used."""
    time.sleep(0.03)
    if how == "in use":
        client.sendall(b"Port already in use\r\n")
    if how == "reset":
        reset(client)


@pytest.mark.parametrize("how", ["reset", "closed", "in use"])
def test_a_command_that_is_not_answered_fails_where_its_connection_does_not_stand(closed, perform_task, how):
    """A4: a serial server takes the first command, and turns every later connection away."""
    class Board(Line):
        def serve(self, client):
            if not self.received:
                self.received.append(client.recv(4096))
                client.recv(4096)
                return
            client.recv(4096)
            leave(client, how)

    board = closed(Board(None))
    result = perform_task(relay, board.options(model="lc_tech", relay=1, state="pulsed", duration=0.5))
    assert result.get("failed") and result["error"]["kind"] in ("closed", "busy") and result["changed"], result
    assert "may still be so" in result["msg"] or "may still be on" in result["msg"]
    assert board.received == [bytes.fromhex("A0 01 01 A2")]


CLOSING = {"notation": "hex", "port": 4003, "closes": True, "relays": {
    "numbers": "1-4", "on": {"send": "A0 {relay:u8} 01"}, "off": {"send": "A0 {relay:u8} 00"}}}


@pytest.mark.parametrize("how, kind", [("reset", "closed"), ("in use", "busy"), ("closed", None)])
def test_a_device_that_closes_by_itself_has_taken_a_command_only_where_it_closes_in_order(closed, perform_task, how, kind):
    """Its page says that it closes behind each command; a reset, or words that the port is in use, are no such closing."""
    class Board(Line):
        def serve(self, client):
            self.received.append(client.recv(4096))
            leave(client, how)

    board = closed(Board(None))
    result = perform_task(relay, board.options(model=CLOSING, relay=1, state="on", retries=0))
    assert result["changed"] and result.get("error", {}).get("kind") == kind, result
    assert board.received == [b"\xa0\x01\x01"]


def test_a_late_reply_is_not_that_to_the_next_command(line, perform_task):
    """A5: LOAD 3 takes longer than the timeout; the next task sends STATUS."""
    unit = line(answering({b"\x1bLOAD 3\r": b"LOADED 3\0", b"\x1bSTATUS\r": b"ERR JAM\0"}, {b"\x1bLOAD 3\r": 0.7}))
    lost = perform_task(command, unit.options(command="LOAD 3"))
    assert lost["error"] == {"kind": "unverified", "stage": "write", "outcome": "unknown"} and lost["changed"]
    result = perform_task(command, unit.options(command="STATUS", refuse="^ERR"))
    assert result["error"]["kind"] == "refused" and "ERR JAM" in result["msg"], result


def test_what_was_held_back_before_the_connection_meets_no_expectation(line, perform_task):
    """A6."""
    unit = line(lambda line, data: None, b"READY\0")
    assert perform_task(command, unit.options(command="STATUS", expect="READY"))["error"]["kind"] == "unverified"
    raw = line(lambda line, data: None, b"\x06")
    assert perform_task(send, raw.options(data="05", expect="06"))["failed"]


def test_the_echo_of_a_coil_that_is_written_is_not_its_answer(line, perform_task):
    """A7: a half-duplex adapter repeats the request, and the board is deaf to writes."""
    def hears(line, data):
        line.say(data)
        if data[1] == 1:
            line.say(RTU_OFF)

    page = {"extends": "waveshare_rtu", "echo": ""}
    result = perform_task(relay, line(hears).options(model=page, relay=1, state="on", verify=False, retries=0))
    assert result.get("failed"), result


def test_a_board_that_reads_as_it_was_is_asked_again(closed, perform_task):
    """A8: on."""
    board = closed(Lagging(0.8))
    result = perform_task(relay, board.options(model="eth_rly16", relay=1, state="on", settle=4))
    assert result["changed"] and not result.get("failed") and not result.get("warnings") and result["relays"]["1"]["state"] == "on", result


@pytest.mark.parametrize("settle", [0.1, 4])
@pytest.mark.parametrize("state", ["pulsed", "cycled"])
def test_what_was_switched_for_a_while_is_always_switched_back(closed, perform_task, state, settle):
    """A8: the load of a pulse goes off again and that of a cycle on, whatever reading says."""
    board = closed(Lagging(0.8, int(state == "cycled")))
    perform_task(relay, board.options(model="eth_rly16", relay=1, state=state, duration=0.2, settle=settle))
    assert [told for dummy, told in board.told][-1] == int(state == "cycled") and len(board.told) >= 3


def test_what_is_refused_and_done_all_the_same_is_changed(line, perform_task):
    """A14."""
    coils = [0]

    def hears(line, data):
        if data == b"\x10":
            line.say(b"\x13\x02\x1c")
        elif data == b"\x24":
            line.say(bytes(coils))
        elif data == b"\x20\x01\x00":
            coils[0] = 1
            line.say(b"\x01")
        elif data == b"\x7a":
            line.say(b"\xff")

    result = perform_task(relay, line(hears).options(model="eth008", relay=1, state="on", retries=0))
    assert result["error"]["kind"] == "refused" and result["changed"] and result["relays"]["1"]["state"] == "on", result


@pytest.mark.parametrize("answer", [b"\x0f", b"\x00"])
def test_a_printer_in_another_emulation_tells_no_status(line, perform_task, answer):
    """A15."""
    printer = line(lambda line, data: line.say(answer))
    assert perform_task(device_info, printer.options(model="escpos", retries=0))["error"]["kind"] == "bad_reply"


def test_a_display_that_accepts_connections_and_is_mute_is_not_well(line, perform_task):
    """A17."""
    assert perform_task(ping, line(lambda line, data: None).options(model="lg", retries=0))["error"]["kind"] == "timeout"
    web = line(lambda line, data: line.say(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    assert perform_task(ping, web.options(model="proxr", retries=0))["failed"]
    heard = perform_task(ping, line(answering(LG)).options(model="lg", retries=0))
    assert heard["heard"] and "answered settings.power.get" in heard["msg"]
    assert perform_task(ping, line(lambda line, data: None).options(model="esc_cr"))["heard"] is False


def test_a_state_that_comes_unasked_behind_an_acknowledgement_is_no_reading(line, perform_task):
    """A18: the early byte says on, the true one off."""
    def hears(line, data):
        if data == b"\x10":
            line.say(b"\x13\x02\x1c")
        elif data == b"\x24":
            line.say(b"\x00", 0.004)
        elif data == b"\x20\x01\x00":
            line.say(b"\x00")
            time.sleep(0.003)
            line.say(b"\x01")

    result = perform_task(relay, line(hears).options(model="eth008", relay=1, state="on", retries=0))
    assert result.get("failed") and result["relays"]["1"]["state"] != "on", result


KILLED = """
import json, sys
from ansible_collections.bytewire.devices.plugins.module_utils._capability import settings
from ansible_collections.bytewire.devices.plugins.module_utils._run import perform
perform(settings.run, json.loads(sys.argv[1]))
"""


def test_what_a_killed_task_lost_is_not_the_answer_of_the_next(line, perform_task):
    heard = threading.Event()

    def hears(line, data):
        if data == b"ka 01 01\r":
            heard.set()
            line.say(b"a 01 OK01x", 0.8)
        elif LG.get(data):
            line.say(LG[data])

    display = line(hears)
    task = display.options(model="lg", settings={"power": "on"}, latest=1.2, retries=0)
    arg_spec = pytest.importorskip("ansible.module_utils.common.arg_spec")
    options = dict(arg_spec.ArgumentSpecValidator(**settings.SPEC).validate(task).validated_parameters, model=resolve("lg"))
    process = subprocess.Popen([sys.executable, "-c", KILLED, json.dumps(options)], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert heard.wait(10)
    process.send_signal(signal.SIGKILL)
    process.wait(5)
    result = perform_task(settings, task)
    assert result["settings"]["power"]["state"] != "on", result

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One answer more than was asked for: it is not known which of them is the true one. Bytes are literals of the fact sheets."""

from __future__ import annotations

import time

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, device_info, relay, settings
from ansible_collections.bytewire.devices.tests.servers import answering

RTU_READ = bytes.fromhex("01 01 00 00 00 08 3D CC")
RTU_OFF = bytes.fromhex("01 05 00 00 00 00 CD CA")
RTU_FLASH = bytes.fromhex("01 05 02 00 00 05 0C 71")
READS_ON = bytes.fromhex("01 01 01 01 90 48")
READS_OFF = bytes.fromhex("01 01 01 00 51 88")


class Rtu:
    """A Modbus board of eight relays, the first of which is on; so many of its first readings come with an old one before them."""

    def __init__(self, old):
        self.old, self.reads = old, READS_ON

    def __call__(self, line, data):
        if data == RTU_READ:
            if self.old:
                self.old -= 1
                line.say(READS_OFF)
                time.sleep(0.005)
            line.say(self.reads)
        elif data in (RTU_OFF, RTU_FLASH):
            self.reads = READS_OFF if data == RTU_OFF else self.reads
            line.say(data)


def test_an_old_reading_before_the_true_one_is_not_the_state(line, perform_task):
    """The load is on; the line holds back that it was off, and says so when it is asked."""
    board = Rtu(1)
    result = perform_task(relay, line(board).options(model="waveshare_rtu", relay=1, state="off"))
    assert board.reads == READS_OFF and result["changed"] and result["relays"]["1"]["state"] == "off", result


def test_check_mode_predicts_from_the_true_reading(line, perform_task):
    board = Rtu(1)
    result = perform_task(relay, line(board).options(model="waveshare_rtu", relay=1, state="off"), check=True)
    assert board.reads == READS_ON and not result.get("failed") and result["changed"] and result["relays"]["1"]["was"] == "on", result


def test_what_a_load_was_before_a_pulse_is_the_true_reading(line, perform_task):
    result = perform_task(relay, line(Rtu(1)).options(model="waveshare_rtu", relay=1, state="pulsed", duration=0.5))
    assert not result.get("failed") and result["relays"]["1"]["was"] == "on" and "the load was on before" in result["warnings"][0], result


def test_where_there_is_one_too_many_again_nothing_is_known(line, perform_task):
    result = perform_task(relay, line(Rtu(99)).options(model="waveshare_rtu", relay=1, state="off"))
    assert result["error"]["kind"] == "bad_reply", result
    assert "sends one answer more than it was asked for, also on a new connection: none of them can be believed." in result["msg"]
    assert result["relays"]["1"]["state"] == "unknown"


def test_one_too_many_may_come_much_later_the_second_time(line, perform_task):
    """An ETH008 whose relay 1 is off says first that it is on; the true answer comes at once behind that, and on a new connection 0.06 s later."""
    readings = []

    def hears(line, data):
        if data == b"\x24":
            readings.append(data)
            line.say(b"\x01")
            line.say(b"\x00", 0.06 if len(readings) > 1 else 0.0)
        else:
            line.say(b"\x13\x02\x1c")

    result = perform_task(relay, line(hears).options(model="eth008", relay=1, state="on"))
    assert result["failed"] and result["error"]["kind"] == "bad_reply" and result["relays"]["1"]["state"] == "unknown", result


def test_behind_a_refusal_there_may_be_one_too_many_as_well(line, perform_task):
    """It says so behind its refusal, too, where the reading tells what was done all the same."""
    heard = []

    def hears(line, data):
        heard.append(data)
        if data == b"\x24" and b"\x20\x01\x00" in heard:
            line.say(b"\x01")
            line.say(b"\x00")
        else:
            line.say({b"\x24": b"\x00", b"\x20\x01\x00": b"\x01", b"\x7a": b"\xff"}.get(data, b"\x13\x02\x1c"), 0.01)

    result = perform_task(relay, line(hears).options(model="eth008", relay=1, state="on"))
    assert result["failed"] and result["changed"] and result["relays"]["1"]["state"] == "unknown", result


ETH008 = {b"\x10": b"\x13\x02\x1c", b"\x24": b"\x05", b"\x78": b"\x7b", b"\x77": b"\x00\x04\xa3\x00\x00\x01", b"\x7a": b"\xff"}


def test_a_stray_byte_does_not_shift_what_a_board_tells(line, perform_task):
    """An ETH008 answers within 20 ms; one byte more comes before the first of its answers about the voltage."""
    stray = [b"\x82"]

    def hears(line, data):
        if data == b"\x78" and stray:
            line.say(stray.pop())
        line.say(ETH008[data], 0.02)

    result = perform_task(device_info, line(hears).options(model="eth008"))
    assert not result.get("failed") and not stray, result
    assert result["information"] == {"supply_voltage": 12.3, "mac": "0004a3000001"}
    assert [number for number, found in result["relays"].items() if found["state"] == "on"] == ["1", "3"]


def test_a_stray_byte_is_not_explained_by_what_a_task_before_lost(line, perform_task):
    """A pulse of the task before was answered wrongly: the end of a shifted answer could be its refusal, which is still to come."""
    stray = []

    def hears(line, data):
        if data == b"\x78" and stray:
            line.say(stray.pop())
        line.say(ETH008.get(data, b"\x82"), 0.05)

    board = line(hears)
    assert perform_task(relay, board.options(model="eth008", relay=2, state="pulsed", duration=0.3, retries=0))["failed"]
    stray.append(b"\x82")
    result = perform_task(device_info, board.options(model="eth008"))
    assert result.get("failed") or result["information"] == {"supply_voltage": 12.3, "mac": "0004a3000001"}, result


LG = {b"\r": b"", b"ka 01 ff\r": b"a 01 OK00x", b"xb 01 ff\r": b"b 01 NG00x"}


def acknowledging_twice(order, acknowledgement, again, answers, slow):
    """What hears an order, acknowledges it twice and does nothing; from then on it takes so many seconds to answer questions."""
    def hears(line, data):
        if data == order:
            line.say(acknowledgement)
            line.say(acknowledgement, again)
        elif answers.get(data):
            line.say(answers[data], slow if order in line.received else 0.0)
    return hears


def test_an_acknowledgement_that_comes_twice_is_no_reading(line, perform_task):
    """An LG display acknowledges power on twice, does nothing, and is slower to answer the question behind it."""
    display = line(acknowledging_twice(b"ka 01 01\r", b"a 01 OK01x", 0.07, LG, 0.15))
    result = perform_task(settings, display.options(model="lg", settings={"power": "on"}))
    assert result.get("failed") and result["settings"]["power"]["state"] != "on" and result["changed"], result


def test_a_byte_acknowledged_twice_is_no_reading(line, perform_task):
    """A ProXR acknowledges on with 55 twice and does nothing; 55 read as a map means that relay 3 is on."""
    board = line(acknowledging_twice(b"\xfe\x6e\x01", b"\x55", 0.01, {b"\xfe\x7c\x01": b"\x00", b"\xfe\x21": b"\x55"}, 0.1))
    result = perform_task(relay, board.options(model="proxr", relay=3, state="on"))
    assert result.get("failed") and result["relays"]["3"]["state"] != "on" and result["changed"], result


def progress(line, data, late=0.03):
    """A field unit that says LOADING, and then that it has loaded, before it answers STATUS."""
    if data == b"\x1bLOAD 3\r":
        line.say(b"LOADING\0")
        line.say(b"LOADED 3\0", late)
    elif data == b"\x1bSTATUS\r":
        line.say(b"ERR JAM\0", 0.06)


def test_a_second_answer_to_a_command_is_not_that_to_the_next(line, perform_task):
    result = perform_task(command, line(progress).options(model="esc_cr", commands=[{"command": "LOAD 3"}, {"command": "STATUS"}], refuse="^ERR"))
    assert result["error"]["kind"] == "bad_reply" and result["changed"], result
    assert "('LOADED 3') behind it" in result["msg"] and "it is not known which of them is the answer" in result["msg"]
    assert result["replies"] in ([], [{"command": "LOAD 3", "reply": "LOADING"}])


def test_a_second_answer_to_the_command_of_a_task_before_makes_no_other_needless(line, perform_task):
    """The second answer to LOAD is what `unless` looks for in the answer to STATUS."""
    unit = line(lambda line, data: progress(line, data, 0.065))
    perform_task(command, unit.options(model="esc_cr", command="LOAD 3"))
    result = perform_task(command, unit.options(model="esc_cr", command="WAKE", unless={"command": "STATUS", "reply": "LOADED"}))
    assert result.get("failed") or result["changed"], result


def test_what_a_device_reports_unasked_before_its_answer_is_not_the_answer(line, perform_task):
    """A Kramer switcher acknowledges AV 3>1 and stays at 0; it reports 3 right before the true answer, in one packet."""
    told = []

    def hears(line, data):
        if data == b"#AV 3>1\r":
            told.append(data)
            line.say(b"~01@AV 3>1\r\n")
        elif data == b"#VID? 1\r":
            line.say(b"~01@VID 3>1\r\n" * len(told) + b"~01@VID 0>1\r\n")

    result = perform_task(settings, line(hears).options(model="kramer_p3000", settings={"input": 3}, retries=0))
    assert result.get("failed") and result["settings"]["input"]["state"] != 3 and result["changed"], result


def test_a_shorter_latest_believes_no_late_answer(line, perform_task):
    """A Modbus line on which the first answer comes after 0.9 s and says on; then it is switched off. The task waits for it no longer than 0.1 s."""
    asked = []

    def hears(line, data):
        if data == RTU_READ:
            asked.append(data)
            line.say(READS_ON, 0.9) if len(asked) == 1 else line.say(READS_OFF, 0.3)

    result = perform_task(relay, line(hears).options(model="waveshare_rtu", relay=1, state="on", latest=0.1))
    assert result.get("failed") or result["changed"] and result["relays"]["1"]["state"] != "on", result


def test_where_nothing_is_lost_a_shorter_latest_asks_no_more(line, perform_task):
    display = line(answering({**LG, b"ka 01 ff\r": b"a 01 OK01x"}))
    assert not perform_task(settings, display.options(model="lg", settings={"power": "on"}, latest=0.1))["changed"]
    assert display.received == [b"\r", b"ka 01 ff\r"]

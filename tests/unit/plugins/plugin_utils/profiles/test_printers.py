# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of printers, both ways, against bytes as they stand in their makers' manuals."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation, bytewise, profile_of

ZEBRA_WELL = (b"\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n"
              b"\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n"
              b"\x021234,0\x03\r\n")
ZEBRA_ILL = (b"\x02030,1,1,0591,003,1,0,1,000,0,0,1\x03\r\n"
             b"\x02001,0,1,1,1,2,6,1,00000017,1,004\x03\r\n"
             b"\x021234,1\x03\r\n")
PJL_WELL = b"@PJL INFO STATUS\r\nCODE=10001\r\nDISPLAY=\"00 READY\"\r\nONLINE=TRUE\r\n\f"
PJL_OPEN = b"@PJL INFO STATUS\r\nCODE=40021\r\nDISPLAY=\"12 PRINTER OPEN\"\r\nONLINE=FALSE\r\n\f"


@pytest.mark.parametrize("model", ["escpos", "zebra", "pjl"])
def test_a_page_is_for_port_9100_and_for_reading_alone(model):
    profile = profile_of(model)
    assert profile.port == 9100
    assert (profile.relays, profile.settings, profile.command) == (None, {}, None)


# ESC/POS

ESCPOS = {"printer": b"\x10\x04\x01", "offline_cause": b"\x10\x04\x02", "error": b"\x10\x04\x03", "paper": b"\x10\x04\x04"}


@pytest.mark.parametrize("name", sorted(ESCPOS))
@pytest.mark.parametrize("status", [0x12, 0x1a, 0x36, 0x72, 0x7e])
def test_each_escpos_status_is_one_byte(name, status):
    board = Conversation("escpos", **{name: status})
    message = board.profile.info[name]
    assert message.send.render({}) == ESCPOS[name]
    assert bytewise(message, bytes([status])).values == {name: status}
    assert board.say(ESCPOS[name]) == bytes([status])


@pytest.mark.parametrize("name", sorted(ESCPOS))
@pytest.mark.parametrize("reply", [b"\x0f", b"\x00", b"\x10", b"\x02", b"\x13", b"\x92", b"\xff"])
def test_a_byte_whose_fixed_bits_differ_is_no_escpos_status(name, reply):
    assert profile_of("escpos").info[name].read(reply, {}).kind == "wrong"
    with pytest.raises(ValueError, match=f"initial.{name} is {reply[0]}; expected a number with the bits 0xx1xx10"):
        Conversation("escpos", **{name: reply[0]})


@pytest.mark.parametrize("reply", [b"\x0f", b"\x00"])
def test_a_printer_in_another_emulation_is_a_bad_reply(scripted, perform_task, reply):
    printer = scripted([(b"\x10\x04\x01", reply)])
    result = perform_task(device_info, printer.options(model="escpos", timeout=0.5, retries=0))
    assert result["failed"] and result["error"]["kind"] == "bad_reply" and "information" not in result, result


def test_escpos_requests_split_and_joined():
    board = Conversation("escpos", paper=0x7e)
    assert list(board.stream.feed(b"\x10\x04")) == []
    assert board.say(b"\x04\x10\x04\x01") == b"\x7e\x12"
    assert board.say(b"\x10\x04\x05") == b""


@pytest.mark.parametrize("statuses, expected", [
    (b"\x12\x12\x12\x12", ([], [], [], [])),
    (b"\x16\x12\x12\x12", (["drawer pin 3 is high"], [], [], [])),
    (b"\x1a\x36\x12\x12", (["offline"], ["cover open", "stopped for want of paper"], [], [])),
    (b"\x1a\x5a\x1a\x12", (["offline"], ["paper is fed by the button", "error"], ["cutter error"], [])),
    (b"\x1a\x52\x72\x1e", (["offline"], ["error"], ["unrecoverable error", "error that clears by itself"], ["paper low"])),
    (b"\x1a\x32\x12\x7e", (["offline"], ["stopped for want of paper"], [], ["paper low", "paper out"])),
])
def test_escpos_in_words(scripted, perform_task, statuses, expected):
    printer = scripted([(ESCPOS[name], statuses[number:number + 1]) for number, name in enumerate(ESCPOS)])
    result = perform_task(device_info, printer.options(model="escpos", timeout=0.5))
    assert result["information"] == dict(zip(ESCPOS, expected)) and not result["changed"]
    assert printer.received == [b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"]


# Zebra

def test_zebra_host_status_both_ways():
    board = Conversation("zebra")
    status = board.profile.info["status"]
    assert status.send.render({}) == b"~HS"
    well = bytewise(status, ZEBRA_WELL).values
    assert well.pop("label_length") == 1245 and set(well.values()) == {0}
    ill = bytewise(status, ZEBRA_ILL).values
    assert ill == {"paper_out": 1, "paused": 1, "label_length": 591, "formats_waiting": 3, "buffer_full": 1, "diagnostic_mode": 0,
                   "partial_format": 1, "memory_lost": 0, "too_cold": 0, "too_hot": 1, "head_open": 1, "ribbon_out": 1,
                   "thermal_transfer": 1, "label_waiting": 1, "labels_left": 17}
    assert bytewise(status, Conversation("zebra", **ill).say(b"~HS")).values == ill


def test_zebra_identification_both_ways():
    board = Conversation("zebra")
    assert board.profile.identify.send.render({}) == b"~HI"
    reply = b"\x02ZD420-203dpi,V84.20.11Z,8,8176KB\x03\r\n"
    assert bytewise(board.profile.identify, reply).values == {
        "model": "ZD420-203dpi", "firmware": "V84.20.11Z", "dots_per_mm": "8", "memory": "8176KB"}
    assert board.say(b"~HI") == reply


@pytest.mark.parametrize("reply", [b"~HS", b"\x15", ZEBRA_WELL[1:], ZEBRA_WELL.replace(b",0,0,1245", b",7x,0,1245"), ZEBRA_WELL.replace(b"\x03\r\n", b"\r\n")])
def test_what_is_no_host_status(reply):
    assert profile_of("zebra").info["status"].read(reply, {}).kind == "wrong"


def test_a_zebra_that_stays_silent_on_a_fault(emulated, perform_task):
    printer = emulated("zebra", faults=[{"fault": "silent", "on": ["status"]}])
    result = perform_task(device_info, printer.options(retries=0))
    assert {"kind": "timeout", "stage": "read"}.items() <= result["error"].items() and "did not answer info.status (7E 48 53)" in result["msg"]
    assert "a printer stays silent" in printer.board.profile.page["facts"]


# PJL

@pytest.mark.parametrize("reply, expected", [
    (PJL_WELL, {"code": 10001, "display": "00 READY", "online": "TRUE"}),
    (PJL_OPEN, {"code": 40021, "display": "12 PRINTER OPEN", "online": "FALSE"}),
    (PJL_WELL.replace(b'"', b""), {"code": 10001, "display": "00 READY", "online": "TRUE"}),
    (PJL_WELL.replace(b"\f", b"CODE2=0\r\nDISPLAY2=\"\"\r\n\f"), {"code": 10001, "display": "00 READY", "online": "TRUE"}),
    (b"@PJL USTATUS DEVICE\r\nCODE=40021\r\nONLINE=FALSE\r\n\f" + PJL_WELL, {"code": 10001, "display": "00 READY", "online": "TRUE"}),
])
def test_pjl_status(reply, expected):
    status = profile_of("pjl").info["status"]
    assert status.send.render({}) == b"\x1b%-12345X@PJL INFO STATUS\r\n\x1b%-12345X"
    assert bytewise(status, reply).values == expected


@pytest.mark.parametrize("display", [b"", b"OK"])
def test_pjl_with_little_on_its_panel(display):
    answer = bytewise(profile_of("pjl").info["status"], PJL_WELL.replace(b"00 READY", display))
    assert answer.values == {"code": 10001, "display": display.decode(), "online": "TRUE"}


def test_pjl_from_its_emulator():
    board = Conversation("pjl", display="00 READY")
    assert board.say(b"\x1b%-12345X@PJL INFO STATUS\r\n\x1b%-12345X") == PJL_WELL
    assert board.say(b"\x1b%-12345X@PJL INFO ID\r\n\x1b%-12345X") == b"@PJL INFO ID\r\n\"Emulated Printer\"\r\n\f"


@pytest.mark.parametrize("reply", [b"@PJL INFO ID\r\n\"LASERJET 4\"\r\n\f", b"@PJL INFO ID\r\nLASERJET 4\r\n\f"])
def test_pjl_identity(reply):
    assert bytewise(profile_of("pjl").identify, reply).values == {"model": "LASERJET 4"}


@pytest.mark.parametrize("reply", [b"\f", b"@PJL INFO STATUS\r\nONLINE=TRUE\r\n\f", b"@PJL INFO ID\r\n", b"@PJL INFO STATUS\r\nCODE=READY\r\n"])
def test_what_is_no_pjl_status(reply):
    assert profile_of("pjl").info["status"].read(reply, {}).kind == "wrong"


# the module, against the literal bytes and against each page's own emulator

def test_the_bytes_of_asking_a_zebra(scripted, perform_task):
    printer = scripted([(b"~HI", b"\x02ZD420-203dpi,V84.20.11Z,8,8176KB\x03\r\n"), (b"~HS", ZEBRA_ILL)])
    result = perform_task(device_info, printer.options(model="zebra", timeout=0.5))
    assert result["identity"]["model"] == "ZD420-203dpi"
    assert (result["information"]["paper_out"], result["information"]["paused"], result["information"]["buffer_full"]) == (1, 1, 1)
    assert printer.received == [b"~HI~HS"] and "1234" not in str(result)


def test_the_bytes_of_asking_for_pjl(scripted, perform_task):
    printer = scripted([(b"\x1b%-12345X@PJL INFO ID\r\n\x1b%-12345X", b"@PJL INFO ID\r\n\"LASERJET 4\"\r\n\f"),
                        (b"\x1b%-12345X@PJL INFO STATUS\r\n\x1b%-12345X", PJL_OPEN)])
    result = perform_task(device_info, printer.options(model="pjl", timeout=0.5))
    assert result.pop("ms") > 0
    assert result == {"changed": False, "model": "pjl", "identity": {"model": "LASERJET 4"},
                      "information": {"code": 40021, "display": "12 PRINTER OPEN", "online": "FALSE"}}


@pytest.mark.parametrize("model, initial, identity, expected", [
    ("escpos", {"paper": 0x7e, "printer": 0x1a}, {}, {"printer": ["offline"], "paper": ["paper low", "paper out"], "error": []}),
    ("zebra", {"paper_out": 1, "labels_left": 17}, {"model": "ZD420-203dpi"}, {"paper_out": 1, "paused": 0, "labels_left": 17}),
    ("pjl", {"code": 41213, "display": "LOAD TRAY 1"}, {"model": "Emulated Printer"}, {"code": 41213, "display": "LOAD TRAY 1", "online": "TRUE"}),
])
def test_a_printer_against_its_own_emulator(emulated, perform_task, model, initial, identity, expected):
    printer = emulated(model, initial=initial)
    result = perform_task(device_info, printer.options())
    assert identity.items() <= result["identity"].items() and expected.items() <= result["information"].items()

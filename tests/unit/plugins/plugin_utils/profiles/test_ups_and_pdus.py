# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of UPS that are asked directly, and of more PDUs, both ways, against the guides, captures and drivers that the fact sheets name."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation, bear, bytewise, profile_of

# What apcupsd 3.14.14 of Debian (driver test) said; the fact sheet of apcupsd.
SMART = (
    b"\x00\x18APC      : 001,058,1260\n\x00'DATE     : 2026-11-30 07:22:28 +0000  \n\x00\x0eHOSTNAME : vm\n\x00(VERSION  : 3.14.14 (31 May 2016) debian\n"
    b"\x00\x11UPSNAME  : su700\n\x00\x1fCABLE    : Custom Cable Simple\n\x00\x1bDRIVER   : TEST UPS Driver\n\x00\x17UPSMODE  : Stand Alone\n"
    b"\x00'STARTTIME: 2026-11-30 07:22:23 +0000  \n\x00\x17MODEL    : Test Driver\n\x00\x1aSTATUS   : ONLINE NOBATT \n\x00\x17LINEV    : 229.5 Volts\n"
    b"\x00\x18LOADPCT  : 40.5 Percent\n\x00\x17LOADAPNT : 0.0 Percent\n\x00\x19BCHARGE  : 100.0 Percent\n\x00\x1aTIMELEFT : 1200.0 Minutes\n"
    b"\x00\x16MBATTCHG : 10 Percent\n\x00\x15MINTIMEL : 5 Minutes\n\x00\x15MAXTIME  : 0 Seconds\n\x00\x17MAXLINEV : 230.0 Volts\n"
    b"\x00\x17MINLINEV : 225.0 Volts\n\x00\x17OUTPUTV  : 228.5 Volts\n\x00\x13SENSE    : Unknown\n\x00\x17DWAKE    : 120 Seconds\n"
    b"\x00\x17DSHUTD   : 120 Seconds\n\x00\x15DLOWBATT : 2 Minutes\n\x00\x17LOTRANS  : 190.0 Volts\n\x00\x17HITRANS  : 240.0 Volts\n"
    b"\x00\x18RETPCT   : 15.0 Percent\n\x00\x12ITEMP    : 32.4 C\n\x00\x12ALARMDEL : Always\n\x00\x16BATTV    : 12.5 Volts\n\x00\x13LINEFREQ : 50.0 Hz\n"
    b"\x00\x15OUTCURNT : 0.00 Amps\n\x00\rNUMXFERS : 0\n\x00\x15TONBATT  : 0 Seconds\n\x00\x15CUMONBATT: 0 Seconds\n\x00\x0fXOFFBATT : N/A\n"
    b"\x00\x0eSELFTEST : OK\n\x00\x0fSTESTI   : 336\n\x00\x16STATFLAG : 0x00000008\n\x00\x10DIPSW    : 0x00\n\x00\x10REG1     : 0x00\n\x00\x10REG2     : 0x00\n"
    b"\x00\x10REG3     : 0x00\n\x00\x16MANDATE  : 2001-09-21\n\x00\x15SERIALNO : NO-123456\n\x00\x16BATTDATE : 2001-09-21\n\x00\x15NOMOUTV  : 230 Volts\n"
    b"\x00\x13NOMINV   : 0 Volts\n\x00\x16NOMBATTV : 12.0 Volts\n\x00\x13NOMPOWER : 0 Watts\n\x00\x10NOMAPNT  : 0 VA\n\x00\x18HUMIDITY : 50.1 Percent\n"
    b"\x00\x12AMBTEMP  : 22.5 C\n\x00\rEXTBATTS : 0\n\x00\rBADBATTS : 0\n\x00\x13FIRMWARE : Rev 1.0\n\x00'END APC  : 2026-11-30 07:22:28 +0000  \n\x00\x00")
ALL_OF_IT = {"apcupsd_version": "3.14.14 (31 May 2016) debian", "name": "su700", "model": "Test Driver", "status": "ONLINE NOBATT ", "input_voltage": 229.5,
             "load": 40.5, "battery_charge": 100, "runtime": 72000, "output_voltage": 228.5, "temperature": 32.4, "battery_voltage": 12.5, "frequency": 50}


def without(*keys):
    """The answer without some of its lines."""
    lines = SMART.split(b"\n")
    return b"\n".join(line for line in lines if line[2:].split(b" ")[0].decode() not in keys)


@pytest.mark.parametrize("missing, not_told", [
    ((), ()), (("LINEFREQ", "DATE"), ("frequency", "temperature")), (("ITEMP", "LINEFREQ"), ("frequency", "temperature")),
    (("OUTPUTV", "ITEMP", "LINEFREQ", "FIRMWARE"), ("frequency", "temperature", "output_voltage")),
    (("LINEV", "LOADPCT", "MODEL"), ("frequency", "temperature", "output_voltage", "battery_voltage", "input_voltage", "load", "name", "model")),
    (("LINEV", "LOADPCT", "BCHARGE", "TIMELEFT", "BATTV"), set(ALL_OF_IT).difference(("apcupsd_version", "status"))),
])
def test_what_apcupsd_tells_of_a_ups_that_has_more_or_less(missing, not_told):
    message = profile_of("apcupsd").info["status"]
    assert message.send.render({}) == b"\x00\x06status"
    assert bytewise(message, without(*missing)).values == {name: value for name, value in ALL_OF_IT.items() if name not in not_told}
    assert len(without(*missing)) + 1000 > len(SMART) == 1404


def test_what_apcupsd_refuses():
    message = profile_of("apcupsd").info["status"]
    answer = bytewise(message, b"\x00\x11Invalid command\n\x00\x00\x00")
    assert (answer.kind, answer.values["words"]) == ("refused", "Invalid command")
    assert Conversation("apcupsd").say(b"\x00\x06Status") == b"" and profile_of("apcupsd").unknown == b"\x00\x11Invalid command\n\x00\x00\x00"
    bear("apcupsd", [SMART[:500], b"\x00\x06", b"\xff" * 40, b"\x00\x00", without("STATUS")])


def test_apcupsd_in_the_units_of_the_vocabulary(emulated, perform_task):
    board = emulated("apcupsd", initial={"runtime": 738, "status": "ONBATT LOWBATT "})
    found = perform_task(device_info, board.options())
    assert {"runtime": 738, "status": "ONBATT LOWBATT", "battery_charge": 97.5, "model": "Smart-UPS 700"}.items() <= found["information"].items()
    assert {"runtime": "s", "battery_charge": "%", "battery_voltage": "V", "frequency": "Hz"}.items() <= found["measured_in"].items()
    assert board.journal.sent() == ["00 06 73 74 61 74 75 73"]


# The fact sheet of Megatec: page, question, answer, what is told
QUESTIONS = [
    ("megatec", "status", b"Q1\r", b"(226.0 195.0 226.0 014 49.0 27.5 30.0 00001000\r",
     {"input_voltage": 226, "fault_voltage": 195, "output_voltage": 226, "load": 14, "frequency": 49, "battery_voltage": 27.5, "temperature": 30,
      "status": 16}),
    ("megatec", "status", b"Q1\r", b"(000.0 140.0 230.0 035 50.0 2.27 ---.- 11000001\r",
     {"input_voltage": 0, "fault_voltage": 140, "output_voltage": 230, "load": 35, "frequency": 50, "battery_voltage": 2.27, "temperature": "---.-",
      "status": 0x83}),
    ("megatec_ratings", "ratings", b"F\r", b"#220.0 000 024.0 50.0\r",
     {"rated_voltage": 220, "rated_current": 0, "rated_battery_voltage": 24, "rated_frequency": 50}),
    ("megatec_ratings", "description", b"I\r", b"#-------------   ------     VT12046Q  \r", {"description": "-------------   ------     VT12046Q  "}),
    ("voltronic_qs", "status", b"QS\r", b"#226.0 195.0 226.0 014 49.0 27.5 30.0 00001000\r",
     {"input_voltage": 226, "fault_voltage": 195, "output_voltage": 226, "load": 14, "frequency": 49, "battery_voltage": 27.5, "temperature": 30,
      "status": 16}),
]


@pytest.mark.parametrize("model, name, request_bytes, reply, told", QUESTIONS)
def test_what_a_ups_of_megatec_tells(model, name, request_bytes, reply, told):
    message = profile_of(model).info[name]
    assert message.send.render({}) == request_bytes and bytewise(message, reply).values == told
    refused = message.read(request_bytes, {}, request_bytes)
    assert (refused.kind, refused.end) == ("refused", len(request_bytes))
    assert set(bytewise(message, Conversation(model, **told).say(request_bytes)).values) == set(told)


def test_the_emulated_ups_of_megatec_says_the_very_bytes_of_the_capture():
    assert Conversation("megatec").say(b"Q1\r") == QUESTIONS[0][3] and Conversation("voltronic_qs").say(b"QS\r") == QUESTIONS[4][3]
    assert Conversation("megatec_ratings").say(b"I\r") == QUESTIONS[3][3]
    bear("megatec_ratings", [b"(226.0 195", b"Q1\rF", b"\r\r\r", b"(---.- ---.- ---.- --- --.- ---- --.- 00001000\r", b"\xff\x00#"])


@pytest.mark.parametrize("bits, words", [(0, []), (0x10, ["line-interactive"]), (0x83, ["utility failed", "battery low", "beeper on"])])
def test_the_bits_of_q1_are_words(emulated, perform_task, bits, words):
    board = emulated("megatec", initial={"status": bits, "temperature": "---.-"})
    found = perform_task(device_info, board.options())["information"]
    assert found["status"] == words and found["temperature"] is None and found["load"] == 14


def test_what_a_ups_of_megatec_repeats_it_does_not_tell(emulated, perform_task):
    board = emulated("megatec_ratings", faults=[{"fault": "refuse", "on": ["info.ratings"]}])
    found = perform_task(device_info, board.options())["information"]
    assert (found["rated_voltage"], found["input_voltage"], found["description"]) == ("unknown", 226, "-------------   ------     VT12046Q")


# The fact sheet of PI30
QPIGS = b"(000.0 00.0 230.0 49.9 0161 0119 003 460 57.50 012 100 0069 0014 103.8 57.45 00000 00110110 00 00 00856 010\x24\x8c\r"


def test_what_an_inverter_of_voltronic_tells():
    profile = profile_of("voltronic")
    message = profile.info["readings"]
    assert message.send.render({}) == b"QPIGS\xb7\xa9\r"
    told = {"input_voltage": 0, "input_frequency": 0, "output_voltage": 230, "frequency": 49.9, "apparent_power": 161, "power_drawn": 119, "load": 3,
            "bus_voltage": 460, "battery_voltage": 57.5, "charging_current": 12, "battery_charge": 100, "temperature": 69, "pv_current": 14,
            "pv_voltage": 103.8, "charger_voltage": 57.45, "discharging_current": 0}
    assert bytewise(message, QPIGS).values == told
    spoilt = QPIGS.replace(b"0161", b"0162")
    assert message.read(spoilt, {}).kind == "wrong"
    assert message.read(b"(NAK\x73\x73\r", {}).kind == "refused"
    assert bytewise(message, Conversation("voltronic", **told).say(b"QPIGS\xb7\xa9\r")).values == told
    assert profile.identify.send.render({}) == b"QPI\xbe\xac\r" and bytewise(profile.identify, b"(PI30\x9a\x0b\r").values == {"protocol": 30}
    bear("voltronic", [QPIGS[:20], b"QPIGS\xb7\xa9", b"\r(NAKss\r", b"QMOD\x49\xc1\r", b"(\x00\r"])


def test_the_state_of_an_inverter_of_voltronic():
    setting = profile_of("voltronic").settings["status"]
    assert setting.get.send.render({}) == b"QMOD\x49\xc1\r"
    assert setting.answer(bytewise(setting.get, b"(S\xe5\xd9\r").values) == "standby"
    assert Conversation("voltronic", settings={"status": "standby"}).say(b"QMOD\x49\xc1\r") == b"(S\xe5\xd9\r"


# The fact sheet of UPS-Link: what is told, letter, answer, value
LETTERS = [
    ("status", b"Q", b"08\r\n", 8), ("battery_charge", b"f", b"100.0\r\n", 100), ("runtime", b"j", b"0327:\r\n", 19620),
    ("load", b"P", b"023.4\r\n", 23.4), ("input_voltage", b"L", b"229.5\r\n", 229.5), ("output_voltage", b"O", b"230.1\r\n", 230.1),
    ("battery_voltage", b"B", b"27.33\r\n", 27.33), ("temperature", b"C", b"029.5\r\n", 29.5), ("frequency", b"F", b"50.00\r\n", 50),
]


@pytest.mark.parametrize("name, letter, reply, value", LETTERS)
def test_what_a_smart_ups_tells(name, letter, reply, value):
    message = profile_of("apc_smart").info[name]
    assert message.send.render({}) == letter and bytewise(message, reply).values == {name: value}
    assert bytewise(message, b"NA\r\n").kind == "refused"
    for unasked in b"!$%+?=*#|&":
        ahead = message.read(bytes([unasked]) + reply, {})
        assert (ahead.kind, ahead.values) == ("reply", {name: value}) and ahead.end == len(reply) + 1
        within = message.read(reply[:2] + bytes([unasked]) + reply[2:], {})
        assert within.kind == "wrong", unasked
    board = Conversation("apc_smart")
    assert bytewise(message, board.say(b"Y" + letter)[4:]).values == {name: value}


def test_a_smart_ups_is_addressed_first():
    profile = profile_of("apc_smart")
    assert profile.login[0].send.render({}) == b"Y" and bytewise(profile.login[0], b"SM\r\n").kind == "reply"
    assert bytewise(profile.login[0], b"NA\r\n").kind == "refused"
    board = Conversation("apc_smart")
    assert board.say(b"YQfj") == b"SM\r\n08\r\n100.0\r\n0327:\r\n"
    bear("apc_smart", [b"!!!", b"YYQ", b"\x01\x0e", b"08\r", b"ZZKK@000", b"0327:\r\n"])


def test_the_status_of_a_smart_ups_on_battery(emulated, perform_task):
    board = emulated("apc_smart", initial={"status": 0x50, "runtime": 240})
    found = perform_task(device_info, board.options())["information"]
    assert found["status"] == ["on battery", "battery low"] and found["runtime"] == 240

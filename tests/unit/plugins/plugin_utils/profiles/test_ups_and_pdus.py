# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of UPS that are asked directly, and of more PDUs, both ways, against the guides, captures and drivers that the fact sheets name."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info, relay
from ansible_collections.bytewire.devices.tests.servers import Server
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
             "load": 40.5, "battery_charge": 100, "runtime": 72000, "output_voltage": 228.5, "temperature": 32.4, "battery_voltage": 12.5, "frequency": 50,
             "self_test": "OK", "serial_number": "NO-123456", "battery_date": "2001-09-21", "firmware": "Rev 1.0"}


LINES = {"apcupsd_version": b"VERSION", "name": b"UPSNAME", "model": b"MODEL", "status": b"STATUS", "input_voltage": b"LINEV", "load": b"LOADPCT",
         "battery_charge": b"BCHARGE", "runtime": b"TIMELEFT", "output_voltage": b"OUTPUTV", "temperature": b"ITEMP", "battery_voltage": b"BATTV",
         "frequency": b"LINEFREQ", "self_test": b"SELFTEST", "serial_number": b"SERIALNO", "battery_date": b"BATTDATE", "firmware": b"FIRMWARE"}


def without(*names):
    """The answer without the lines of some readings."""
    return b"\n".join(line for line in SMART.split(b"\n") if line[2:].split(b" ")[0] not in [LINES[name] for name in names])


@pytest.mark.parametrize("missing", [(), *((name,) for name in LINES), ("output_voltage", "temperature", "frequency"), tuple(sorted({*LINES} - {"status"}))])
def test_what_apcupsd_tells_of_a_ups_that_has_more_or_less(missing):
    message = profile_of("apcupsd").info["status"]
    assert message.send.render({}) == b"\x00\x06status" and len(SMART) == 1404
    answer = bytewise(message, SMART) if not missing else message.read(without(*missing), {})
    assert answer.kind == "reply" and answer.values == {name: value for name, value in ALL_OF_IT.items() if name not in missing}


def test_a_number_that_apcupsd_does_not_know():
    said = SMART.replace(b"\x00\x17LINEV    : 229.5 Volts\n", b"\x00\x0fLINEV    : N/A\n")
    assert set(ALL_OF_IT) - set(profile_of("apcupsd").info["status"].read(said, {}).values) == {"input_voltage"}


def test_what_apcupsd_refuses():
    message = profile_of("apcupsd").info["status"]
    answer = bytewise(message, b"\x00\x11Invalid command\n\x00\x00\x00")
    assert (answer.kind, answer.values["words"]) == ("refused", "Invalid command")
    assert Conversation("apcupsd").say(b"\x00\x06Status") == b"" and profile_of("apcupsd").unknown == b"\x00\x11Invalid command\n\x00\x00\x00"
    bear("apcupsd", [SMART[:500], b"\x00\x06", b"\xff" * 40, b"\x00\x00", without("status")])


def test_apcupsd_in_the_units_of_the_vocabulary(emulated, perform_task):
    board = emulated("apcupsd", initial={"runtime": 738, "status": "ONBATT LOWBATT "})
    found = perform_task(device_info, board.options())
    assert {"runtime": 738, "status": "ONBATT LOWBATT", "battery_charge": 97.5, "model": "Smart-UPS 700"}.items() <= found["information"].items()
    assert {"runtime": "s", "battery_charge": "%", "battery_voltage": "V", "frequency": "Hz"}.items() <= found["measured_in"].items()
    assert board.journal.sent() == ["00 06 73 74 61 74 75 73"]
    lost = emulated("apcupsd", initial={"status": "COMMLOST ", **dict.fromkeys(("runtime", "load", "input_voltage"))})
    found = perform_task(device_info, lost.options())["information"]
    assert (found["status"], found["runtime"], found["load"], found["input_voltage"], found["frequency"]) == ("COMMLOST", *["unknown"] * 3, 50)


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


@pytest.mark.parametrize("bits, words", [(0, []), (0x10, []), (0x83, ["utility failed", "battery low", "beeper on"])])
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
    shorter, longer = (QPIGS[:91] + b"\x0e\xe2\r", QPIGS[:-3] + b" 0 00 0000\x8c\xc2\r")
    assert bytewise(message, shorter).values == bytewise(message, longer).values == told
    spoilt = QPIGS.replace(b"0161", b"0162")
    assert message.read(spoilt, {}).kind == "wrong"
    assert message.read(b"(NAK\x73\x73\r", {}).kind == "refused"
    assert bytewise(message, Conversation("voltronic", **told).say(b"QPIGS\xb7\xa9\r")).values == told
    assert profile.identify.send.render({}) == b"QPI\xbe\xac\r" and bytewise(profile.identify, b"(PI30\x9a\x0b\r").values == {"protocol": 30}
    bear("voltronic", [QPIGS[:20], b"QPIGS\xb7\xa9", b"\r(NAKss\r", b"QMOD\x49\xc1\r", b"(\x00\r"])


@pytest.mark.parametrize("name, request_bytes, reply, value", [
    ("serial_number", b"QID\xd6\xea\r", b"(9293333010501\xbb\x07\r", "9293333010501"),
    ("firmware", b"QVFW\x62\x99\r", b"(VERFW:00072.70\x53\xa7\r", "00072.70"),
])
def test_what_an_inverter_of_voltronic_is(name, request_bytes, reply, value):
    message = profile_of("voltronic").info[name]
    assert message.send.render({}) == request_bytes and bytewise(message, reply).values == {name: value}
    assert Conversation("voltronic").say(request_bytes) == reply and message.read(b"(NAK\x73\x73\r", {}).kind == "refused"


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


def logged_in(model, **initial):
    board = Conversation(model, **initial)
    board.stream.login.clear()
    return board


def row(model, name, number, request_bytes, reply, start=logged_in):
    """A command to an outlet, and what it is answered, at either end."""
    message = profile_of(model).relays.messages[name]
    fields = profile_of(model).relays.fields(number)
    assert message.send.render(fields) == request_bytes
    assert bytewise(message, reply, fields).kind == "reply"
    board = start(model, relays=[] if name == "on" else [number])
    assert board.say(request_bytes) == reply
    assert board.on() == ([number] if (name == "on") is not bool(message.then) else [])


def told(model, number, request_bytes, reply, sent=b""):
    """({outlet: whether it is on}, {outlet: its name}) of what a PDU answers."""
    relays = profile_of(model).relays
    fields = relays.fields(number)
    assert relays.read.send.render(fields) == request_bytes
    answer = bytewise(relays.read, reply, fields, sent)
    assert answer.kind == "reply"
    return relays.decode(number, answer.values), relays.told_names(number, answer.values)


# The fact sheet of NETIO / Koukaam KSHELL
@pytest.mark.parametrize("name, number, request_bytes", [("on", 1, b"port 1 1\r\n"), ("off", 1, b"port 1 0\r\n"), ("on", 4, b"port 4 1\r\n")])
def test_switching_a_socket_of_netio(name, number, request_bytes):
    row("netio", name, number, request_bytes, b"250 OK\r\n")
    message = profile_of("netio").relays.messages[name]
    for refusal, code, words in ((b"501 INVALID PARAMETR\r\n", 1, "INVALID PARAMETR"), (b"500 INVALID VALUE\r\n", 0, "INVALID VALUE"),
                                 (b"502 UNKNOWN COMMAND\r\n", 2, "UNKNOWN COMMAND"), (b"505 FORBIDDEN\r\n", 5, "FORBIDDEN")):
        answer = bytewise(message, refusal)
        assert (answer.kind, answer.values) == ("refused", {"code": code, "words": words})


def test_the_sockets_of_netio_are_told_from_the_left():
    on, dummy = told("netio", 1, b"port list\r\n", b"250 0101\r\n")
    assert on == {1: False, 2: True, 3: False, 4: True}
    board = logged_in("netio", relays=[2, 4])
    assert board.say(b"port list\r\n") == b"250 0101\r\n" and board.say(b"port 9 1\r\n") == b"501 INVALID PARAMETER\r\n"
    assert bytewise(profile_of("netio").info["firmware"], b"250 V 2.3\r\n").values == {"firmware": "V 2.3"}
    bear("netio", [b"port list", b"\r\n\r\n", b"250 01", b"port 1 i\r\n", b"\xff\xfe", b"130 CONNECTION TIMEOUT\r\n"])


def test_logging_in_to_netio():
    banner, login = profile_of("netio").login
    assert bytewise(banner, b"100 HELLO E675DDA5\r\n").kind == bytewise(banner, b"100 HELLO E675DDA5 - KSHELL V1.2\r\n").kind == "reply"
    assert login.send.render({"username": "admin", "password": "admin"}) == b"login admin admin\r\n"
    assert bytewise(login, b"250 OK\r\n").kind == "reply" and bytewise(login, b"503 INVALID LOGIN\r\n").kind == "refused"
    logout = profile_of("netio").logout
    assert logout.send.render({}) == b"quit\r\n" and bytewise(logout, b"110 BYE\r\n").kind == "reply"


@pytest.mark.parametrize("banner", [b"100 HELLO E675DDA5\r\n", b"100 HELLO E675DDA5 - KSHELL V1.2\r\n"])
def test_the_digest_of_netio(banner):
    profile = profile_of("netio_clogin")
    hello, login = profile.login
    caught = bytewise(hello, banner).values
    assert caught["random"] == "E675DDA5"
    who = {**caught, "username": "admin", "password": "admin"}
    digest = profile.digest.made(login.send, who)
    assert login.send.render({**who, "digest": digest}) == b"clogin admin d05f6e5547ea392e43473caf2d6763f7\r\n"


@pytest.mark.parametrize("model", ["netio", "netio_clogin"])
def test_a_socket_of_netio_is_switched_once(emulated, perform_task, model):
    board = emulated(model, password="secret")
    task = board.options(username="admin", password="secret", relay=3, state="on")
    first, second = perform_task(relay, task), perform_task(relay, task)
    assert first["changed"] and not second["changed"] and second["relays"]["3"]["state"] == "on", (first, second)
    assert board.journal.sent()[-1] == b"quit\r\n".hex(" ").upper()
    assert perform_task(relay, dict(task, password="wrong"))["error"]["kind"] == "locked"


# The fact sheet of ATEN eco PDU
@pytest.mark.parametrize("model, name, request_bytes", [
    ("aten_pe", "on", b"sw o01 on imme\r\n"), ("aten_pe", "off", b"sw o01 off imme\r\n"),
    ("aten_pe4104g", "on", b"sw o01 imme on\r\n"), ("aten_pe4104g", "off", b"sw o01 imme off\r\n"),
])
def test_switching_an_outlet_of_aten(model, name, request_bytes):
    row(model, name, 1, request_bytes, b"Outlet<01> command is setting\r\n\r\n>")
    message = profile_of(model).relays.messages[name]
    for words in (b"Invalid command or exceed max command length", b"Not Support"):
        assert bytewise(message, words + b"\r\n\r\n>", {"relay": 1}).kind == "refused"
    assert message.read(b"Outlet<02> command is setting\r\n\r\n>", {"relay": 1}).kind == "wrong"


def test_an_outlet_of_aten_is_told_with_and_without_the_echo():
    asked = b"read status o01 simple\r\n"
    for said in (b"on\r\n\r\n>", asked + b"on\r\n\r\n>"):
        answer = profile_of("aten_pe").relays.read.read(said, {"relay": 1}, asked)
        assert (answer.kind, answer.values["state"], answer.end) == ("reply", "on", len(said))
    assert told("aten_pe", 12 - 4, b"read status o08 simple\r\n", b"off\r\n\r\n>")[0] == {8: False}
    assert bytewise(profile_of("aten_pe").relays.read, b"pending\r\n\r\n>", {"relay": 1}).kind == "busy"
    assert logged_in("aten_pe", relays=[8], echo=False).say(b"read status o08 simple\r\n") == b"on\r\n\r\n>"
    bear("aten_pe", [b"\xff\xfb\x01", b"read status", b"o01 simple\r\n", b"pop\r\n\r\n>", b">>>>\r\n"])


def test_logging_in_to_aten():
    profile = profile_of("aten_pe")
    banner, name, password = profile.login
    assert bytewise(banner, b"\r\nLogin: ").kind == "reply" and name.send.render({"username": "teladmin"}) == b"teladmin\r\n"
    assert bytewise(name, b"teladmin\r\nPassword: ").kind == "reply" and password.send.render({"password": "telpwd"}) == b"telpwd\r\n"
    assert bytewise(password, b"******\r\nLogged in successfully\r\n\r\n>").kind == "reply"
    assert bytewise(password, b"******\r\nIncorrect user name or password!").kind == "locked"
    assert profile.logout.send.render({}) == b"quit\r\n"


# The fact sheet of CyberPower: the answers are captures of a PDU41002 (over a serial line, with the echo, and over SSH, without)
OUTLET = b"\r\n    Web: Server\r\n    Outlet Name : Web: Server\r\n    Status :      On\r\n\r\nCyberPower > "
SYSTEM = (b"    Name : CyberPower\r\n    Location : Server Room\r\n    Contact : Administrator\r\n    Model : PDU41002\r\n    Hardware Version : 1.2\r\n"
          b"    Firmware Version : 1.3.4\r\n    MAC Address : 00-0C-15-42-29-41\r\n\r\nCyberPower > ")
DEVICE = (b"\r\n    Load\r\n    -----------------------------------------------\r\n    Device Load : 0.00 A/ 0 W/ 0 VA\r\n    Power Factor : ----\r\n"
          b"    Peak Load : 0.00A\t(at 08/08/2025 19:05:15) \r\n    Energy : 0.0kWh\t(from 08/08/2025 19:05:15) \r\n\r\n    Utility\r\n"
          b"    -----------------------------------------------\r\n    Voltage : 121.7V\r\n    Frequency : 60.0Hz\r\n\r\nCyberPower > ")


@pytest.mark.parametrize("echo", [b"", b"oltsta index 1 show\r\n"])
def test_an_outlet_of_cyberpower(echo):
    relays = profile_of("cyberpower").relays
    asked = b"oltsta index 1 show\r"
    assert relays.read.send.render({"relay": 1}) == asked
    answer = relays.read.read(echo + OUTLET, {"relay": 1}, asked)
    assert answer.kind == "reply" and answer.end == len(echo + OUTLET)
    assert relays.decode(1, answer.values) == {1: True} and relays.told_names(1, answer.values) == {1: "Web: Server"}


@pytest.mark.parametrize("name, request_bytes", [("off", b"oltctrl index 2 act off\r"), ("on", b"oltctrl index 2 act on\r")])
def test_switching_an_outlet_of_cyberpower_is_not_acknowledged(name, request_bytes):
    row("cyberpower", name, 2, request_bytes, b"CyberPower > ", start=lambda model, **initial: logged_in(model, echo=False, **initial))
    message = profile_of("cyberpower").relays.messages[name]
    for said in (request_bytes + b"\nCyberPower > ", b"\r\nCyberPower > ", request_bytes + b"\r\n\r\nCyberPower > "):
        answer = message.read(said, {"relay": 2}, request_bytes)
        assert (answer.kind, answer.end) == ("reply", len(said)), said
    index = request_bytes + b"\n\r\nIndex number must be 1 to 8\r\n\r\n\r\nCyberPower > "
    wrong = b"\n\r                                 ^\r\nError : Parameter Error\r\nUsage: oltctrl\r\nCyberPower > "
    for refusal, words in ((index, "must be 1 to 8"), (wrong, "Parameter Error")):
        answer = message.read(refusal, {"relay": 2}, request_bytes)
        assert (answer.kind, answer.values["words"], answer.end) == ("refused", words, len(refusal))


def test_what_cyberpower_tells_of_itself():
    profile = profile_of("cyberpower")
    assert profile.identify.send.render({}) == b"sys show\r"
    assert bytewise(profile.identify, SYSTEM).values == {"name": "CyberPower", "model": "PDU41002", "firmware": "1.3.4"}
    assert profile.info["device"].send.render({}) == b"devsta show\r"
    values = bytewise(profile.info["device"], DEVICE).values
    assert values == {"current": 0, "power_drawn": 0, "apparent_power": 0, "voltage": 121.7, "frequency": 60}
    bear("cyberpower", [OUTLET[:30], b"\n\r\n\r", b"CyberPower ", b"> ", b"oltctrl index all act off\r", SYSTEM[:70]])


@pytest.mark.parametrize("prompts", [(b"\r\n\r\nLogin Name : ", b"\r\nLogin Password : "), (b"Login Name:", b"Login Password:")])
def test_logging_in_to_cyberpower(prompts):
    profile = profile_of("cyberpower")
    banner, name, password = profile.login
    assert banner.read(prompts[0], {}).kind == "reply" and name.send.render({"username": "cyber"}) == b"cyber\r"
    assert name.read(b"cyber" + prompts[1], {}).kind == "reply" and password.send.render({"password": "cyber"}) == b"cyber\r"
    wait = b"\r\nPlease wait for authentication....\r\n"
    greeting = wait + b"CyberPowerSystems Inc., Command Shell v1.0\r\n\n\rWelcome Administrator!\r\n+---+\r\nCyberPower > "
    assert bytewise(password, greeting).kind == "reply"
    assert bytewise(password, wait + b"." * 37 + b"\r\n\r\nLogin Failed").kind == "locked"
    assert profile.logout.send.render({}) == b"exit\r"


class Taken(Server):
    """A PDU whose only session is taken: it lets in who comes, and closes right behind the login, or behind the first question."""

    def __init__(self, asked):
        self.asked = asked
        super().__init__()

    def serve(self, client):
        for said in (b"\r\n\r\nLogin Name : ", b"\r\nLogin Password : ", b"\r\nPlease wait for authentication....\r\nCyberPower > "):
            client.sendall(said)
            if not said.endswith(b"> ") or self.asked:
                client.recv(100)
        client.close()


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("task, more", [(device_info, {}), (relay, {"relay": 1, "state": "on"})])
def test_who_finds_the_session_of_cyberpower_taken_is_told_so(closed, perform_task, asked, task, more):
    server = closed(Taken(asked))
    options = {"host": "127.0.0.1", "port": server.port, "model": "cyberpower", "transport": "tcp", "username": "cyber", "password": "cyber", "retries": 0}
    result = perform_task(task, dict(options, **more))
    assert result["error"]["kind"] == "busy" and result["error"]["outcome"] == "nothing" and not result["changed"], result
    assert "closed the connection right behind the login: it serves one session at a time, and that one is taken." in result["msg"], result


# The fact sheet of Raritan PX2/PX3
@pytest.mark.parametrize("prompt", [b"# ", b"[My PDU] # ", b"> "])
@pytest.mark.parametrize("reply, on, names", [
    (b"Outlet 8: 8 (no name)\r\nPower state: On\r\n\r\n", True, {}), (b"Outlet 8 - Test:\r\nPower state: Off\r\n\r\n", False, {8: "Test"}),
    (b"Outlet 8 - rack # 3 - web: a:\r\nPower state: On\r\n\r\n", True, {8: "rack # 3 - web: a"}),
])
def test_an_outlet_of_raritan(prompt, reply, on, names):
    asked = b"show outlets 8\r\n"
    assert told("raritan_px", 8, asked, reply + prompt) == ({8: on}, names)
    message = profile_of("raritan_px").relays.read
    echoed = message.read(asked + reply + prompt, {"relay": 8}, asked)
    assert echoed.kind == "reply" and echoed.end == len(asked + reply + prompt)
    assert message.read(reply.replace(b"8", b"7", 1) + prompt, {"relay": 8}).kind == "wrong"


@pytest.mark.parametrize("name, request_bytes, question", [
    ("on", b"power outlets 3 on\r\n", b"Do you wish to turn outlet 3 on? [y/n] "),
    ("off", b"power outlets 3 off\r\n", b"Do you wish to turn outlet 3 off? [y/n] "),
])
def test_raritan_asks_back(name, request_bytes, question):
    row("raritan_px", name, 3, request_bytes, question)
    step = profile_of("raritan_px").relays.messages[name].then[0]
    assert step.send.render({}) == b"y\r\n"
    for said in (b"y\r\n# ", b"y\r\n[My PDU] # ", b"\r\n> "):
        answer = step.read(said, {}, b"y\r\n")
        assert (answer.kind, answer.end) == ("reply", len(said))
    bear("raritan_px", [request_bytes, b"y", b"\r", b"\nn\r\n", b"Outlet 3: ", b"# # > "], {"relay": 3})


def test_logging_in_to_raritan(emulated, perform_task):
    profile = profile_of("raritan_px")
    banner, name, password = profile.login
    assert bytewise(banner, b"\r\nUsername: ").kind == "reply" and bytewise(name, b"admin\r\nPassword: ").kind == "reply"
    assert bytewise(password, b"\r\nWelcome to the CLI!\r\n\r\n[My PDU] # ").kind == "reply"
    assert password.read(b"\r\nWelcome to the CLI!\r\n\r\n> ", {}).kind == "reply" and password.read(b"\r\nUsername: ", {}).kind == "locked"
    assert profile.logout.send.render({}) == b"exit\r\n"
    board = emulated("raritan_px", initial={"names": {3: "rack # 3"}}, password="secret")
    task = board.options(username="admin", password="secret", relay=3, state="on")
    first, second = perform_task(relay, task), perform_task(relay, task)
    assert first["changed"] and not second["changed"] and second["relays"]["3"]["state"] == "on", (first, second)
    heard = [bytes.fromhex(entry["bytes"]) for entry in board.journal.entries if entry["event"] == "in" and entry["what"] not in (None, "login")]
    assert heard[:4] == [b"show outlets 3\r\n", b"power outlets 3 on\r\n", b"y\r\n", b"show outlets 3\r\n"]


# The fact sheet of Server Technology Sentry; the head of the table is that of a driver's documentation
TABLE = (b"\r\n   Outlet   Outlet                     Outlet      Control\r\n   ID       Name                       Status      State\r\n\r\n"
         b"   .A1      TowerA_Outlet1             On          On\r\n\r\n   Command successful\r\n\r\nSwitched CDU: ")


@pytest.mark.parametrize("table, on, name", [
    (TABLE, True, "TowerA_Outlet1"), (TABLE.replace(b"CDU", b"PDU"), True, "TowerA_Outlet1"),
    (TABLE.replace(b"On          On\r\n", b"Off         Off\r\n"), False, "TowerA_Outlet1"),
    (b"   .A1       rack: On web   On         Idle On\r\n\r\n  Command successful\r\n\r\nSwitched CDU: ", True, "rack: On web"),
])
def test_a_row_of_sentry(table, on, name):
    asked = b"status .A1\r\n"
    assert told("servertech", 1, asked, table) == ({1: on}, {1: name})
    echoed = profile_of("servertech").relays.read.read(asked + table, {"relay": 1}, asked)
    assert echoed.kind == "reply" and echoed.end == len(asked + table)
    assert profile_of("servertech").relays.read.read(table, {"relay": 2}, asked).kind != "reply"


@pytest.mark.parametrize("name, request_bytes", [("on", b"on .A1\r\n"), ("off", b"off .A1\r\n")])
def test_switching_an_outlet_of_sentry(name, request_bytes):
    message = profile_of("servertech").relays.messages[name]
    assert message.send.render({"relay": 1}) == request_bytes
    assert bytewise(message, TABLE, {"relay": 1}).kind == "reply" and message.read(TABLE, {"relay": 2}).kind != "reply"
    board = logged_in("servertech", relays=[] if name == "on" else [1])
    assert bytewise(message, board.say(request_bytes), {"relay": 1}).kind == "reply" and board.on() == ([1] if name == "on" else [])
    bear("servertech", [TABLE[:90], b"More (Y/es N/o):", b"on .A", b"9\r\n", b"\r\n\r\n", b"Switched CDU: "])


def test_logging_in_to_sentry():
    profile = profile_of("servertech")
    banner, name, password = profile.login
    assert bytewise(banner, b"\r\nSentry Switched CDU Version 6.0g\r\n\r\nUsername: ").kind == "reply" and bytewise(name, b"admn\r\nPassword: ").kind == "reply"
    for prompt in (b"Switched CDU: ", b"Switched PDU: "):
        assert bytewise(password, b"\r\n\r\nLocation: \r\n\r\n" + prompt).kind == "reply"
    assert bytewise(password, b"\r\n\r\nUsername: ").kind == "locked" and profile.logout.send.render({}) == b"exit\r\n"


# The fact sheet of Black Box PSE508
def test_a_socket_of_black_box():
    relays = profile_of("black_box_pse508").relays
    assert relays.on.send.render({"unit": 1, "relay": 4}) == b"P14=1\r" and relays.off.send.render({"unit": 1, "relay": 4}) == b"P14=0\r"
    assert relays.read is None and not relays.on.answered
    board = Conversation("black_box_pse508", relays=[1])
    assert board.say(b"P14=1\rP11=0\rP24=0\r") == b"" and board.on() == [4]
    bear("black_box_pse508", [b"P10=0\r", b"P19=1\r", b"\r\r", b"P1", b"4=t\r"])


# The fact sheet of Modbus TCP: the PowerPDU 4PS
def test_the_outlets_of_netio_by_modbus():
    known = {"transaction": 1, "unit": 1}
    profile = profile_of("netio_modbus")
    assert profile.relays.read.send.render(known) == bytes.fromhex("0001 0000 0006 01 01 0065 0004")
    answer = bytewise(profile.relays.read, bytes.fromhex("0001 0000 0004 01 01 01 05"), known)
    assert profile.relays.decode(1, answer.values) == {1: True, 2: False, 3: True, 4: False}
    assert bytewise(profile.relays.read, bytes.fromhex("0001 0000 0003 01 81 02"), known).kind == "refused" and profile.relays.on is None
    assert Conversation("netio_modbus", relays=[1, 3]).say(bytes.fromhex("0001 0000 0006 01 01 0065 0004")) == bytes.fromhex("0001 0000 0004 01 01 01 05")
    voltage = profile.info["voltage"]
    assert voltage.send.render(known) == bytes.fromhex("0001 0000 0006 01 04 0002 0001")
    assert bytewise(voltage, bytes.fromhex("0001 0000 0005 01 04 02 08FE"), known).values["voltage"] == 230.2
    currents = profile.info["currents"]
    assert currents.send.render(known) == bytes.fromhex("0001 0000 0006 01 04 0065 0004")
    answer = bytewise(currents, bytes.fromhex("0001 0000 000B 01 04 08 00FA 0000 04B0 0001"), known)
    assert [answer.values[f"current_{number}"] for number in (1, 2, 3, 4)] == [0.25, 0, 1.2, 0.001]
    bear("netio_modbus", [bytes.fromhex("0001 0000 0006 01 05 0065 FF00"), bytes.fromhex("0001 0000 0005 01 04"), b"\xff" * 9])


class Interrupting(Server):
    """A Smart-UPS that says by itself that mains have failed: ahead of so many answers, within them, or behind them."""

    ANSWERS = {b"Y": b"SM\r\n", **{letter: reply for dummy, letter, reply, dummy in LETTERS}}

    def __init__(self, place, times):
        self.place, self.times, self.heard = place, times, b""
        super().__init__()

    def serve(self, client):
        while letter := client.recv(1):
            self.heard += letter
            answer = self.ANSWERS[letter]
            if letter == b"f" and self.times:
                self.times -= 1
                place = len(answer) if self.place is None else self.place
                answer = answer[:place] + b"!" + answer[place:]
            client.sendall(answer)


@pytest.mark.parametrize("place, times", [(0, 9), (None, 9), (2, 1), (4, 1), (6, 1)])
def test_what_a_smart_ups_says_by_itself_spoils_no_reading(closed, perform_task, place, times):
    server = closed(Interrupting(place, times))
    result = perform_task(device_info, {"host": "127.0.0.1", "port": server.port, "model": "apc_smart", "timeout": 0.5})
    assert result["information"]["battery_charge"] == 100 and result["information"]["runtime"] == 19620, result
    assert place in (0, None) or server.heard.count(b"f") > 1

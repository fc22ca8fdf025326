# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Further pages of PDUs, and of plugs, lamps and KVM switches, both ways, against manuals, captures and drivers that the fact sheets name."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, device_info, relay, settings
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import Template
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import (
    Conversation, answers, bear, both_ways, bytewise, profile_of, reads, switches, tells,
)

SECRET = {"password": "secret"}
ATTENTION = b"\x18\x18\x02\x18\x18\x02\x18\x18"
KASA = "D0F281F88BFF9AF7D5EF94B6C5A0D48BF99CF091E8B7C4B0D1A5C0E2D8A381"
KASA_DONE = bytes.fromhex(f"0000002D{KASA}E496E4BBD8B7D3B694AE9EE39EE3")


def logged_in(model, **initial):
    board = Conversation(model, **initial)
    board.stream.login.clear()
    return board


# page, on or off, outlet, what is sent, what answers
SWITCHED = [
    # GUDE Expert Power Control: the console's port command and its acknowledgement
    ("gude", "on", 1, b"port 1 state set 1\r", b"OK.\r\n"),
    ("gude", "off", 8, b"port 8 state set 0\r", b"OK.\r\n"),
    # Synaccess netBooter: short codes and return codes
    ("synaccess", "on", 2, b"$A3 2 1\r", b"$A0\r"),
    ("synaccess", "off", 8, b"$A3 8 0\r", b"$A0\r"),
    ("synaccess_5", "on", 5, b"$A3 5 1\r", b"$A0\r"),
    ("synaccess_2", "off", 1, b"$A3 1 0\r", b"$A0\r"),
    # WTI NPS and RPS-10
    ("wti_nps", "on", 3, b"/ON 3,Y\r\n", b"NPS> "),
    ("wti_nps", "off", 3, b"/OFF 3,Y\r\n", b"NPS> "),
    ("wti_vmr", "on", 8, b"/ON 8,Y\r\n", b"VMR> "),
    ("wti_rps10", "on", 0, ATTENTION + b"01\r", b"Plug 0 On\r\nComplete"),
    ("wti_rps10", "off", 9, ATTENTION + b"90\r", b"Plug 9 Off\r\nComplete"),
    # Baytech with its confirmation switched off
    ("baytech_unconfirmed", "on", 3, b"on 3\r\n", b"\r\nRPC-3>"),
    ("baytech_unconfirmed", "off", 8, b"off 8\r\n", b"\r\nRPC-3>"),
    # Cyclades and Avocent PM
    ("cyclades", "on", 3, b"on 3\n", b"3: Outlet turned on.\r\npm>"),
    ("cyclades", "off", 8, b"off 8\n", b"8: Outlet turned off.\r\npm>"),
    ("cyclades_10", "on", 10, b"on 10\n", b"10: Outlet turned on.\r\npm>"),
    ("cyclades_20", "off", 20, b"off 20\n", b"20: Outlet turned off.\r\npm>"),
    # small ones: ICE Box, Appro
    ("icebox", "on", 3, b"ph 3\r\n", b"OK\r\n"),
    ("icebox", "off", 10, b"pl 10\r\n", b"OK\r\n"),
    ("appro_swpdu", "on", 3, b"on 3\r\n", b"swpdu> "),
    ("appro_swpdu", "off", 48, b"off 48\r\n", b"swpdu> "),
    # Kasa, old protocol: enciphered constants
    ("kasa_plug", "on", 1, bytes.fromhex(f"0000002A{KASA}F286E793F6D4EEDFA2DFA2"), KASA_DONE),
    ("kasa_plug", "off", 1, bytes.fromhex(f"0000002A{KASA}F286E793F6D4EEDEA3DEA3"), KASA_DONE),
]
# the same where the password stands in each command: Dataprobe iBoot of the first series, iBootBar
WITH_PASSWORD = [
    ("iboot", "on", 1, b"\x1bsecret\x1bn\r", b"ON"),
    ("iboot", "off", 1, b"\x1bsecret\x1bf\r", b"OFF"),
    ("ibootbar", "on", 1, b"\x1bsecret1ON\r", b"1 ON\n\r"),
    ("ibootbar", "off", 8, b"\x1bsecret8OFF\r", b"8 OFF\n\r"),
    ("ibootbar_ipal", "on", 1, b"\x1bsecret\x1b1D", b"00000000"),
    ("ibootbar_ipal", "off", 3, b"\x1bsecret\x1b3E", b"00000000"),
]
# page, outlet, which are on, what asks, what answers, the outlets that it tells of
READ = [
    ("gude", 1, [1, 3, 8], b"port all state 1 show\r", b"P1=ON,P2=OFF,P3=ON,P4=OFF,P5=OFF,P6=OFF,P7=OFF,P8=ON\r\n", range(1, 9)),
    ("synaccess", 1, [1, 8], b"$A5\r", b"$A0,10000001,0.15,31\r\n", range(1, 9)),
    ("synaccess_5", 2, [1], b"$A5\r", b"$A0,00001,0.15,31\r\n", range(1, 6)),
    ("synaccess_2", 1, [2], b"$A5\r", b"$A0,10,0.15,31\r\n", range(1, 3)),
    ("wti_rps10", 3, [3], ATTENTION + b"3?\r", b"Plug 3 On\r\nComplete", [3]),
    ("wti_rps10", 0, [3], ATTENTION + b"0?\r", b"Plug 0 Off\r\nComplete", [0]),
    ("icebox", 1, [1, 10], b"ps *\r\n", b"N1:1 N2:0 N3:0 N4:0 N5:0 N6:0 N7:0 N8:0 N9:0 N10:1\r\n", range(1, 11)),
    ("appro_swpdu", 3, [3], b"status 3\r\n", b"port3 on\r\nswpdu> ", [3]),
]
READ_WITH_PASSWORD = [
    ("iboot", 1, [1], b"\x1bsecret\x1bq\r", b"ON", [1]),
    ("iboot", 1, [], b"\x1bsecret\x1bq\r", b"OFF", [1]),
    ("ibootbar", 5, [5], b"\x1bsecret5?\r", b"5 ON\n\r", [5]),
    ("ibootbar", 2, [5], b"\x1bsecret2?\r", b"2 OFF\n\r", [2]),
    ("ibootbar_ipal", 1, [1, 3], b"\x1bsecret\x1bO", b"10100000", range(1, 9)),
]
NPS = (b"\r\nPLUG STATUS\r\n PLUG | NAME             | PASSWORD    | STATUS | BOOT DELAY | DEFAULT |\r\n------+------------------+-------------+"
       b"--------+------------+---------+\r\n   1  | router           | (defined)   |   ON   |  0.5 Secs  |   ON    |\r\n"
       b"   2  | (undefined)      | (undefined) |  OFF*  |  0.5 Secs  |   ON    |\r\n"
       b"   3  | On/off           | (undefined) |  OFF   |  0.5 Secs  |   ON    |\r\n"
       b"------+------------------+-------------+--------+------------+---------+\r\nNPS> ")
DS_RPC = (b"\r\nDS-RPC Power Control\r\n\r\nTrue RMS Current:   0.2 Amps Maximum Detected:   0.2 Amps\r\nInternal Temperature:  33.5 C\r\n\r\n"
          b"Circuit Breaker: On\r\n 1)...Tester 1 : On\r\n 2)...rack: web : Off\r\n 3)...Outlet  3 : Off\r\n 4)...Outlet  4 : Off\r\n 5)...Outlet  5 : Off\r\n"
          b" 6)...Outlet  6 : On\r\n 7)...Outlet  7 : Off\r\n 8)...Outlet  8 : On Locked\r\n")
PM8 = (b" Outlet  Name  Status  Interval (s)  Users\r\n"
       b" 1       router          Unlocked ON        0.50          admin\r\n 2                       Unlocked OFF       0.50          admin\r\n"
       b" 3                       Locked ON          0.50          admin\r\n 4                       Unlocked OFF       0.50          admin\r\n"
       b" 5                       Unlocked OFF       0.50          admin\r\n 6                       Unlocked OFF       0.50          admin\r\n"
       b" 7                       Unlocked OFF       0.50          admin\r\n 8                       Unlocked ON        0.50          admin\r\n")


@pytest.mark.parametrize("model, name, number, request_bytes, reply", SWITCHED)
def test_an_outlet_is_switched(model, name, number, request_bytes, reply):
    switches(model, name, number, request_bytes, reply, logged_in)


@pytest.mark.parametrize("model, name, number, request_bytes, reply", WITH_PASSWORD)
def test_an_outlet_is_switched_with_the_password_in_the_command(model, name, number, request_bytes, reply):
    switches(model, name, number, request_bytes, reply, logged_in, SECRET)


@pytest.mark.parametrize("model, number, on, request_bytes, reply, reported", READ)
def test_outlets_are_read(model, number, on, request_bytes, reply, reported):
    reads(model, number, on, request_bytes, reply, reported, logged_in)


@pytest.mark.parametrize("model, number, on, request_bytes, reply, reported", READ_WITH_PASSWORD)
def test_outlets_are_read_with_the_password_in_the_question(model, number, on, request_bytes, reply, reported):
    reads(model, number, on, request_bytes, reply, reported, logged_in, SECRET)


@pytest.mark.parametrize("model, number, data, on, name", (
    ("wti_nps", 1, b"/S\r\n" + NPS, True, "router"), ("wti_nps", 2, NPS, False, "(undefined)"), ("wti_nps", 3, NPS, False, "On/off"),
    ("wti_nps", 4, NPS, None, None), ("baytech", 8, DS_RPC, True, "Outlet  8"),
    ("baytech", 1, DS_RPC, True, "Tester 1"), ("baytech", 2, DS_RPC, False, "rack: web"), ("baytech", 6, b"status\r\n" + DS_RPC, True, "Outlet  6"),
    ("cyclades", 1, b"status 1-8\r\n" + PM8, True, None), ("cyclades", 2, PM8, False, None), ("cyclades", 3, PM8, True, None), ("cyclades", 8, PM8, True, None),
))
def test_tables_as_manuals_and_drivers_have_them(model, number, data, on, name):
    relays = profile_of(model).relays
    fields = relays.fields(number)
    answer = relays.read.read(data, fields, relays.read.send.render(fields))
    assert answer.kind == "reply" and relays.decode(number, answer.values)[number] is on
    assert relays.told_names(number, answer.values).get(number) == name


@pytest.mark.parametrize("name, to_do", (("on", b"on 3\r\n"), ("off", b"off 3\r\n")))
def test_baytech_asks_before_it_switches(name, to_do):
    message = profile_of("baytech").relays.messages[name]
    word = name.title().encode()
    asked = b"Turn " + word + b" Outlet 3 (Y/N)?"
    assert message.send.render({"relay": 3}) == to_do and message.read(to_do + b"\r\n" + asked, {"relay": 3}, to_do).kind == "reply"
    assert message.then[0].send.render({}) == b"Y\r\n" and bytewise(message.then[0], b"y\r\n" + DS_RPC + b"\r\nDS-RPC>").kind == "reply"
    board = logged_in("baytech", relays=[] if name == "on" else [3])
    assert board.say(to_do) == asked and board.on() == ([] if name == "on" else [3])
    assert board.say(b"Y\r\n") == b"\r\nRPC-3>" and board.on() == ([3] if name == "on" else [])


# page, what is said in the login's order: what is waited for, what is sent
LOGINS = [
    ("synaccess", [(b"\r\nSynaccess Inc. Telnet Session V6.1.\n\r>", None), (b"login\r\nUser ID:", b"login\r"), (b" admin\r\nPassword:", b"admin\r"),
                   (b"******\r\n>", b"secret\r")]),
    ("wti_nps", [(b"\r\nEnter Password: ", None), (b"\r\nNPS> ", b"secret\r\n")]),
    ("wti_vmr", [(b"\r\nlogin: ", None), (b"Password: ", b"admin\r\n"), (b"\r\nMPC> ", b"secret\r\n")]),
    ("cyclades", [(b"\r\n\r\nUsername: ", None), (b"admin\r\nPassword: ", b"admin\n"), (b"\r\npm>", b"secret\n")]),
    ("baytech", [(b"\r\nDS-RPC>", b"\r\n")]),
    ("icebox", [(b"V3.0 B70\r\n", None), (b"OK\r\n", b"auth secret\r\n")]),
    ("appro_swpdu", [(b"\r\nswpdu> ", b"\r\n")]),
]


@pytest.mark.parametrize("model, steps", LOGINS)
def test_logging_in(model, steps):
    messages = profile_of(model).login
    assert len(messages) == len(steps)
    for message, (said, sent) in zip(messages, steps):
        assert bytewise(message, said).kind == "reply"
        assert (message.send.render({"username": "admin", **SECRET}) if message.send is not None else None) == sent


@pytest.mark.parametrize("model, said", (("wti_nps", b"\r\nEnter Password: "), ("wti_vmr", b"\r\nlogin: "), ("cyclades", b"\r\nUsername: ")))
def test_a_wrong_password_is_asked_for_again(model, said):
    assert bytewise(profile_of(model).login[-1], said).kind == "locked"


@pytest.mark.parametrize("model, farewell", (
    ("gude", b"quit\r"), ("synaccess", b"logout\r"), ("wti_nps", b"/X\r\n"), ("wti_vmr", b"/X\r\n"), ("baytech", b"exit\r\n"), ("icebox", b"q\r\n"),
))
def test_the_farewell(model, farewell):
    assert profile_of(model).logout.send.render({}) == farewell


@pytest.mark.parametrize("model, name, request_bytes, data, told", (
    ("synaccess", "measured", b"$A5\r", b"$A5\r\r\n$A0,10000001,1.25,0.50,31\r\n", {"current": 1.25, "second_current": 0.5, "temperature": 31}),
    ("synaccess", "measured", b"$A5\r", b"00000001,0.15,XX\r\n", {"current": 0.15, "temperature": "XX"}),
    ("synaccess_5", "measured", b"$A5\r", b"$A0,00001,0.15,XX\r\n", {"current": 0.15, "temperature": "XX"}),
    ("baytech_ds", "current", b"current\r\n", b"current\r\nTrue RMS Current: 0.2 Amps Maximum Detected: 0.2 Amps\r\n\r\nDS-RPC>", {"current": 0.2}),
    ("baytech_ds", "temperature", b"temp\r\n", b"temp\r\nInternal Temperature:  25.5 C\r\n\r\nDS-RPC>", {"temperature": 25.5}),
    ("cyclades", "temperature", b"temperature\n", b"temperature\r\nIPDU #1: Temperature: 25.0\r\npm>", {"temperature": 25.0}),
))
def test_what_is_measured(model, name, request_bytes, data, told):
    message = profile_of(model).info[name]
    assert message.send.render({}) == request_bytes
    answer = message.read(data, {}, request_bytes)
    assert answer.kind == "reply" and {key: value for key, value in answer.values.items() if key not in device_info.UNTOLD} == told


@pytest.mark.parametrize("model, name, data, kind", (
    ("gude", "on", b">port 1 state set 1\r\nERR. Parameter 1 out of range\r\n", "refused"), ("gude", "on", b"ERR. no\n", "refused"),
    ("gude", "on", b"OK.\n", "reply"),
    ("synaccess", "on", b"\r\n$AF\r\n>", "refused"), ("synaccess", "on", b"$A0,00000001,0.15,XX\r\n", "wrong"), ("synaccess", "on", b">\n\r$A0\n\r>", "reply"),
    ("iboot", "on", b"BUSY", "busy"), ("iboot", "on", b"OFF", "wrong"), ("iboot", "read", b"CYCLE", "wrong"),
    ("ibootbar", "read", b"1 CYCLE\n\r", "busy"), ("ibootbar", "read", b"1 OFF CYCLE\n\r", "reply"), ("ibootbar", "read", b"2 ON\n\r", "wrong"),
    ("ibootbar", "read", b"1 On\n\r", "reply"), ("cyclades", "on", b"on 1\r\nOutlet turned on.\r\npm>", "reply"),
    ("cyclades", "on", b"2: Outlet turned on.\r\npm>", "wrong"), ("wti_rps10", "on", b"\r\nPlug 0 On\r\n\r\nComplete\r\n", "reply"),
    ("wti_rps10", "on", b"Plug 1 On\r\nComplete", "wrong"),
    ("synaccess_5", "read", b"\r\n$A0,00001,0.15,XX\r\n\r\n\r\n>", "reply"), ("synaccess_5", "read", b"$A0,0001,0.15,XX\r\n", "wrong"),
    ("appro_swpdu", "read", b"port1:   node 1    off\r\nswpdu> ", "reply"), ("kasa_plug", "on", bytes.fromhex("0000002D D0F281F8 00"), "wrong"),
))
def test_what_else_is_said(model, name, data, kind):
    relays = profile_of(model).relays
    message = relays.read if name == "read" else relays.messages[name]
    fields = {**relays.fields(relays.numbers[0]), **SECRET}
    assert message.read(data, fields, message.send.render(fields)).kind == kind


def test_unlike_commands_an_unknown_line_is_refused_by_gude():
    board = Conversation("gude")
    assert board.say(b"port 9 state set 1\r") == b"ERR. wrong parameter\r\n" and board.on() == []
    assert board.say(b"prot 1 state set 1\r") in (b"ERR. unknown command\r\n", b"")


# TESmart: requests count from 1, answers from 0. Yeelight: the exchange's number must come back.
@pytest.mark.parametrize("value, to_set, set_reply", (
    (3, "AA BB 03 01 03 EE", "AA BB 03 11 02 EE"), (1, "AA BB 03 01 01 EE", "AA BB 03 11 00 EE"), (16, "AA BB 03 01 10 EE", "AA BB 03 11 0F EE"),
))
def test_an_input_of_tesmart(value, to_set, set_reply):
    both_ways("tesmart", "input", value, to_set, set_reply, "AA BB 03 10 00 EE", set_reply)


@pytest.mark.parametrize("data, value", (("AA BB 03 11 07 16", 8), ("AA BB 03 11 00 1C", 1)))
def test_the_last_byte_of_tesmart_as_it_was_seen(data, value):
    assert tells("tesmart", "input", data) == value


YEELIGHT = [
    ("power", "on", b'{"id":7,"method":"set_power","params":["on","smooth",500]}\r\n', b'{"id":7,"method":"get_prop","params":["power"]}\r\n',
     b'{"id":7,"result":["on"]}\r\n'),
    ("power", "off", b'{"id":7,"method":"set_power","params":["off","smooth",500]}\r\n', b'{"id":7,"method":"get_prop","params":["power"]}\r\n',
     b'{"id":7,"result":["off"]}\r\n'),
    ("brightness", 100, b'{"id":7,"method":"set_bright","params":[100,"smooth",500]}\r\n', b'{"id":7,"method":"get_prop","params":["bright"]}\r\n',
     b'{"id":7,"result":["100"]}\r\n'),
    ("colour_temperature", 4000, b'{"id":7,"method":"set_ct_abx","params":[4000,"smooth",500]}\r\n', b'{"id":7,"method":"get_prop","params":["ct"]}\r\n',
     b'{"id":7,"result":["4000"]}\r\n'),
]
SEVENTH = {"transaction": 7}


@pytest.mark.parametrize("name, value, to_set, to_ask, told", YEELIGHT)
def test_a_setting_of_yeelight(name, value, to_set, to_ask, told):
    done = b'{"id":7,"result":["ok"]}\r\n'
    setting = profile_of("yeelight").settings[name]
    fields = {**SEVENTH, **setting.fields(setting.code(value))}
    assert setting.set.send.render(fields) == to_set and setting.get.send.render(SEVENTH) == to_ask
    assert bytewise(setting.set, done, fields).kind == "reply"
    assert setting.value(setting.answer(bytewise(setting.get, told, SEVENTH).values)) == value
    lamp = Conversation("yeelight")
    assert lamp.say(to_set) == done and lamp.say(to_ask) == told


@pytest.mark.parametrize("data, kind", (
    (b'{"id":7, "result":["ok"]}\r\n', "reply"), (b'{"method":"props","params":{"power":"on"}}\r\n{"id":7,"result":["ok"]}\r\n', "reply"),
    (b'{"id":8,"result":["ok"]}\r\n', "wrong"), (b'{"id":7,"error":{"code":-1,"message":"unsupported method"}}\r\n', "refused"),
    (b'{"id":7, "error":{"code":-1, "message":"client quota exceeded"}}\r\n', "busy"),
    (b'{"id":7,"error":{"code":-1,"message":"method not supported"}}\r\n', "refused"),
))
def test_what_yeelight_says(data, kind):
    assert bytewise_or_wrong(profile_of("yeelight").settings["power"].set, data) == kind


def bytewise_or_wrong(message, data):
    known = {**SEVENTH, "value": "on"}
    return message.read(data, known).kind if b'"id":8' in data else bytewise(message, data, known).kind


ALL = ["gude", "synaccess", "synaccess_5", "synaccess_2", "wti_nps", "wti_vmr", "wti_rps10", "baytech", "baytech_ds", "baytech_unconfirmed", "cyclades",
       "cyclades_10", "cyclades_20", "iboot", "ibootbar", "ibootbar_ipal", "icebox", "appro_swpdu", "tesmart", "yeelight", "kasa_plug"]
HOSTILE = [b"", b"\0\xff\xfe\x1b\r\n", b"> " * 40, b"P1=ON,P", b"$A0,1111111111,9e99,XX\r\n", b"N1:1 N1:0 N99:1\r\n", b"Plug ", b"\x1b\x1b\x1b\r", b"\x1b9ON\r",
           b"{" * 90, b'{"id":', b"\xaa\xbb\x03\x11\xff\xee", b"Circuit Breaker\r\n 1)...: On\r\n", b"1 ON CYCLE\n\r",
           b"Users\r\n 99 Unlocked ON \r\n", bytes(range(256))]


@pytest.mark.parametrize("model", ALL)
def test_bytes_of_any_kind(model):
    bear(model, HOSTILE)


# The device of the command article is likely an iBootBar: ESC, a text, CR, to port 9100.

def test_what_the_article_sends_is_a_command_of_an_ibootbar_without_a_password():
    board = Conversation("ibootbar")
    article = b"\x1b" + b"1ON" + b"\x0d"
    assert board.profile.port == 9100 and board.say(article) == b"1 ON\n\r" and board.on() == [1]
    assert board.profile.command.send.render({"command": "1ON"}) == article and board.say(b"\x1b1?\r").strip() == b"1 ON"


def test_a_password_before_the_outlet():
    sent = Template("\\e{password:text}{relay:d1}ON\\r", "text")
    for password in ("", "7", "9ON", "ON secret"):
        data = sent.render({"password": password, "relay": 3})
        match = sent.match(data)
        assert (match.status, match.end, match.values) == ("complete", len(data), {"password": password, "relay": 3})
        assert all(sent.match(data[:length]).status == "more" for length in range(len(data)))
    assert sent.match(b"\x1bON\r3ON\r").status == "wrong" and sent.match(b"\x1bON\r", final=True).status == "wrong"
    assert sent.match(b"\x1bsecret").status == "more"


def test_tasks_with_an_ibootbar(emulated, perform_task):
    board = emulated("ibootbar", initial={"relays": [2]}, password="secret")
    options = board.options(password="secret")
    result = perform_task(relay, dict(options, relay=2, state="cycled", duration=0.1))
    assert result["changed"] and result["relays"]["2"]["state"] == "on", result
    heard = [entry["bytes"] for entry in board.journal.entries if entry["event"] == "in"]
    asked = "1B ******** 32 3F 0D"
    assert heard == [asked, "1B ******** 32 4F 46 46 0D", asked, "1B ******** 32 4F 4E 0D", asked]
    found = perform_task(command, dict(options, command="secret1?"))
    assert found["reply"] == "1 OFF", found
    assert "secret" not in str(result)


@pytest.mark.parametrize("model, number, others", (
    ("gude", 3, {}), ("synaccess", 2, {"username": "admin"}), ("wti_nps", 3, {}), ("wti_rps10", 0, {}), ("baytech", 3, {}),
    ("cyclades", 8, {"username": "admin"}),
    ("iboot", 1, {}), ("icebox", 10, {}), ("appro_swpdu", 48, {}),
))
def test_an_outlet_is_cycled_with_proof(emulated, perform_task, model, number, others):
    password = "secret" if profile_of(model).login or model == "iboot" else None
    board = emulated(model, initial={"relays": [number]}, password=password)
    options = board.options(**others, **({"password": password} if password else {}))
    result = perform_task(relay, dict(options, relay=number, state="cycled", duration=0.1))
    assert result["changed"] and result["relays"][str(number)]["state"] == "on", result
    asked = [entry["what"] for entry in board.journal.entries if entry["event"] == "in" and str(entry["what"]).startswith("relays.")]
    assert [what for what in asked if not what.endswith("then")] == ["relays.read", "relays.off", "relays.read", "relays.on", "relays.read"]


def test_a_plug_that_cannot_be_read_is_switched_each_time(emulated, perform_task):
    board = emulated("kasa_plug")
    for dummy in range(2):
        result = perform_task(relay, board.options(relay=1, state="on"))
        assert result["changed"] and result["relays"]["1"]["state"] == "unknown", result


def test_busy_is_waited_for(emulated, perform_task):
    board = emulated("iboot", initial={"busy": 0.5}, password="secret")
    result = perform_task(relay, board.options(password="secret", relay=1, state="on"))
    assert result["changed"] and result["relays"]["1"]["state"] == "on", result


def test_what_is_told_of_outlets(emulated, perform_task):
    board = emulated("synaccess", initial={"relays": [1], "temperature": 31}, password="secret")
    found = perform_task(device_info, board.options(username="admin", password="secret"))
    assert found["relays"]["1"]["state"] == "on" and found["information"]["temperature"] == 31, found
    nps = emulated("wti_nps", initial={"relays": [2], "names": {2: "router"}}, password="secret")
    assert perform_task(device_info, nps.options(password="secret"))["relays"]["2"] == {"name": "router", "state": "on"}


def test_a_lamp_and_a_switch(emulated, perform_task):
    lamp = emulated("yeelight")
    result = perform_task(settings, lamp.options(settings={"power": "on", "brightness": 40}))
    assert {name: told["state"] for name, told in result["settings"].items()} == {"power": "on", "brightness": 40}, result
    assert answers("tesmart", "input", "AA BB 03 11 00 EE") == ("reply", None)

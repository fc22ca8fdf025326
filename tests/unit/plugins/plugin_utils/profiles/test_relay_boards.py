# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of relay boards of many makers, both ways, against bytes as they stand in documents and public code."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info, relay
from ansible_collections.bytewire.devices.plugins.module_utils._page.attribution import confusable
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.servers import Server
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import (
    Conversation, bear, bytewise, profile_of, reads, switches)

MODELS = ("kincony_kc868", "waveshare_modbus", "waveshare_rtu", "numato", "kmtronic", "kmtronic_4", "kmtronic_8", "kmtronic_rs485", "usr_r16",
          "lc_tech", "sainsmart_8", "sainsmart_16")
LOGIN = {"numato": [b"admin\r\n", b"s3cret\r\n"], "usr_r16": [b"admin\r\n"]}
PASSWORDS = {"numato": "s3cret"}
KNOWN = {"transaction": 1, "unit": 1}

# page, message, relay, request, reply
SWITCHING = [
    ("kincony_kc868", "on", 1, b"RELAY-SET-255,1,1", b"RELAY-SET-255,1,1,OK"),
    ("kincony_kc868", "off", 8, b"RELAY-SET-255,8,0", b"RELAY-SET-255,8,0,OK"),
    ("waveshare_modbus", "on", 1, b"\x00\x01\x00\x00\x00\x06\x01\x05\x00\x00\xff\x00", b"\x00\x01\x00\x00\x00\x06\x01\x05\x00\x00\xff\x00"),
    ("waveshare_modbus", "off", 8, b"\x00\x01\x00\x00\x00\x06\x01\x05\x00\x07\x00\x00", b"\x00\x01\x00\x00\x00\x06\x01\x05\x00\x07\x00\x00"),
    ("waveshare_rtu", "on", 1, b"\x01\x05\x00\x00\xff\x00\x8c\x3a", b"\x01\x05\x00\x00\xff\x00\x8c\x3a"),
    ("waveshare_rtu", "off", 1, b"\x01\x05\x00\x00\x00\x00\xcd\xca", b"\x01\x05\x00\x00\x00\x00\xcd\xca"),
    ("waveshare_rtu", "on", 8, b"\x01\x05\x00\x07\xff\x00\x3d\xfb", b"\x01\x05\x00\x07\xff\x00\x3d\xfb"),
    ("numato", "on", 1, b"relay on 0\r\n", b">"),
    ("numato", "off", 8, b"relay off 7\r\n", b">"),
    ("kmtronic", "on", 1, b"\xff\x01\x01", b""),
    ("kmtronic", "off", 2, b"\xff\x02\x00", b""),
    ("kmtronic_4", "on", 4, b"\xff\x04\x01", b""),
    ("kmtronic_4", "off", 1, b"\xff\x01\x00", b""),
    ("kmtronic_8", "on", 1, b"\xff\x01\x01", b""),
    ("kmtronic_8", "off", 8, b"\xff\x08\x00", b""),
    ("kmtronic_rs485", "on", 8, b"\xff\x08\x01", b""),
    ("usr_r16", "on", 1, b"\x55\xaa\x00\x03\x00\x02\x01\x06", b"\xaa\x55\x00\x04\x00\x82\x01\x01\x88"),
    ("usr_r16", "off", 8, b"\x55\xaa\x00\x03\x00\x01\x08\x0c", b"\xaa\x55\x00\x04\x00\x81\x08\x00\x8d"),
    ("usr_r16", "off", 16, b"\x55\xaa\x00\x03\x00\x01\x10\x14", b"\xaa\x55\x00\x04\x00\x81\x10\x00\x95"),
    ("lc_tech", "on", 1, b"\xa0\x01\x01\xa2", b""),
    ("lc_tech", "off", 1, b"\xa0\x01\x00\xa1", b""),
    ("sainsmart_8", "on", 1, b"\xfd\x02\x20\x01\x01\x5d", b""),
    ("sainsmart_8", "off", 8, b"\xfd\x02\x20\x08\x00\x5d", b""),
    ("sainsmart_16", "on", 1, b"\x58\x01\x12\x00\x00\x00\x01\x6c", bytes(8)),
    ("sainsmart_16", "off", 16, b"\x58\x01\x11\x00\x00\x00\x10\x7a", bytes(8)),
]

# page, relay, relays that are on, request, reply, relays that the reply speaks of
READING = [
    ("kincony_kc868", 2, [2], b"RELAY-READ-255,2", b"RELAY-READ-255,2,1,OK", [2]),
    ("kincony_kc868", 3, [2], b"RELAY-READ-255,3", b"RELAY-READ-255,3,0,OK", [3]),
    ("waveshare_modbus", 1, [1, 3], b"\x00\x01\x00\x00\x00\x06\x01\x01\x00\x00\x00\x08", b"\x00\x01\x00\x00\x00\x04\x01\x01\x01\x05", range(1, 9)),
    ("waveshare_rtu", 1, [1, 3], b"\x01\x01\x00\x00\x00\x08\x3d\xcc", b"\x01\x01\x01\x05\x91\x8b", range(1, 9)),
    ("numato", 1, [1], b"relay read 0\r\n", b"on\r\n>", [1]),
    ("numato", 8, [1], b"relay read 7\r\n", b"off\r\n>", [8]),
    ("kmtronic", 1, [1], b"\xff\x01\x03", b"\xff\x01\x01", [1]),
    ("kmtronic", 2, [1], b"\xff\x02\x03", b"\xff\x02\x00", [2]),
    ("kmtronic_4", 2, [1, 4], b"\xff\x09\x00", b"\x01\x00\x00\x01", range(1, 5)),
    ("kmtronic_8", 2, [1, 7], b"\xff\x09\x00", b"\x01\x00\x00\x00\x00\x00\x01\x00", range(1, 9)),
    ("kmtronic_rs485", 2, [2, 8], b"\xff\xa1\x00", b"\x00\x01\x00\x00\x00\x00\x00\x01", range(1, 9)),
    ("usr_r16", 7, [1, 16], b"\x55\xaa\x00\x02\x00\x0a\x0c", b"\xaa\x55\x00\x04\x00\x8a\x01\x80\x0f", range(1, 17)),
    ("sainsmart_16", 7, [1, 16], b"\x58\x01\x10\x00\x00\x00\x00\x69", b"\x00\x00\x00\x00\x00\x80\x01\x81", range(1, 17)),
]

# page, a request for a relay that there is not, what the board answers
STRANGERS = [
    ("kincony_kc868", b"RELAY-SET-255,9,1", b"RELAY-SET-255,9,1,ERROR"),
    ("kincony_kc868", b"RELAY-SET-255,0,0", b"RELAY-SET-255,0,0,ERROR"),
    ("kincony_kc868", b"RELAY-READ-255,33", b"RELAY-READ-255,33,ERROR"),
    ("waveshare_modbus", b"\x00\x01\x00\x00\x00\x06\x01\x05\x00\x08\xff\x00", b"\x00\x01\x00\x00\x00\x03\x01\x85\x02"),
    ("numato", b"relay on 8\r\n", b""),
    ("kmtronic", b"\xff\x03\x01", b""),
    ("kmtronic_4", b"\xff\x02\x03", b""),
    ("kmtronic_4", b"\xff\x05\x01", b""),
    ("kmtronic_8", b"\xff\x09\x01", b""),
    ("kmtronic_rs485", b"\xff\x09\x00", b""),  # relay 1 of the second board off
    ("kmtronic_rs485", b"\xff\xa2\x00", b""),
    ("usr_r16", b"\x55\xaa\x00\x03\x00\x02\x11\x16", b""),
    ("usr_r16", b"\x55\xaa\x00\x03\x00\x02\x00\x05", b""),
    ("lc_tech", b"\xa0\x05\x01\xa6", b""),
    ("sainsmart_16", b"\x58\x01\x12\x00\x00\x00\x11\x7c", b""),
]


def conversation(model, **initial):
    board = Conversation(model, password=PASSWORDS.get(model), **initial)
    for line in LOGIN.get(model, ()):
        board.say(line)
    return board


@pytest.mark.parametrize("model, name, number, request_bytes, reply", SWITCHING)
def test_switching(model, name, number, request_bytes, reply):
    switches(model, name, number, request_bytes, reply, start=conversation, known=KNOWN)


@pytest.mark.parametrize("model, number, on, request_bytes, reply, reported", READING)
def test_reading(model, number, on, request_bytes, reply, reported):
    reads(model, number, on, request_bytes, reply, reported, start=conversation, known=KNOWN)


@pytest.mark.parametrize("model, port", [
    ("kincony_kc868", 4196), ("waveshare_modbus", 502), ("waveshare_rtu", 4196), ("numato", 23), ("kmtronic", None), ("kmtronic_8", None), ("usr_r16", 8899),
    ("lc_tech", 8080), ("sainsmart_8", 30000), ("sainsmart_16", 3000), ("proxr", 2101), ("proxr_api", 2101), ("proxr_all_banks", 2101),
    ("devantech_ds", 17123), ("devantech_ds_ascii", 17123), ("eth_rly16", 17494), ("eth_rly02", 17494),
])
def test_port(model, port):
    assert profile_of(model).port == port


@pytest.mark.parametrize("model, request_bytes, answer", STRANGERS)
def test_relays_that_do_not_exist(model, request_bytes, answer):
    board = conversation(model, relays=[2])
    assert board.say(request_bytes) == answer
    assert board.on() == [2]


@pytest.mark.parametrize("model", ["lc_tech", "sainsmart_8"])
def test_boards_that_cannot_be_read_back_say_so(model, emulated, perform_task):
    assert profile_of(model).relays.read is None
    board = emulated(model)
    for dummy in range(2):
        result = perform_task(relay, board.options(relay=1, state="on"))
        assert result["changed"] and "cannot be read back" in result["warnings"][0]
    assert board.board.coil(1)


# KinCony

KINCONY_ON = {"relay": 1}


@pytest.mark.parametrize("unasked", [b"RELAY-KEY-255,3,1,OK", b"RELAY-ALARM-2,OK", b"\0", b"RELAY-KEY-255,3,1,OK\0RELAY-KEY-255,3,0,OK\0"])
def test_what_a_kincony_sends_unasked_is_skipped(unasked):
    on = profile_of("kincony_kc868").relays.on
    assert bytewise(on, unasked + b"RELAY-SET-255,1,1,OK", KINCONY_ON).kind == "reply"
    assert on.read(unasked, KINCONY_ON).kind == "more"


def test_a_kincony_that_presses_keys_in_between_does_not_disturb_a_task(scripted, perform_task):
    board = scripted([(b"RELAY-READ-255,1", b"RELAY-KEY-255,3,1,OK\0RELAY-READ-255,1,0,OK\0"), (b"RELAY-SET-255,1,1", b"RELAY-SET-255,1,1,OK\0"),
                      (b"RELAY-READ-255,1", b"RELAY-READ-255,1,1,OKRELAY-ALARM-2,OK")])
    result = perform_task(relay, board.options(model="kincony_kc868", relay=1, state="on", retries=0))
    assert result["changed"] and result["relays"]["1"]["state"] == "on"


@pytest.mark.parametrize("reply, kind", [
    (b"RELAY-SET-255,1,1,ERROR", "refused"),
    (b"RELAY-SET-255,1,0,OK", "wrong"),
    (b"RELAY-SET-255,2,1,OK", "wrong"),
    (b"RELAY-READ-255,1,1,OK", "wrong"),
    (b"RELAY-SET-255,1,1,O", "more"),
])
def test_what_a_kincony_may_answer(reply, kind):
    assert profile_of("kincony_kc868").relays.on.read(reply, KINCONY_ON).kind == kind


def test_a_kincony_with_32_relays():
    board = Conversation({"extends": "kincony_kc868", "relays": {"numbers": "1-32"}})
    assert board.say(b"RELAY-SET-255,32,1") == b"RELAY-SET-255,32,1,OK" and board.on() == [32]


# Waveshare

@pytest.mark.parametrize("model, code, refusal", [
    ("waveshare_modbus", 2, b"\x00\x01\x00\x00\x00\x03\x01\x85\x02"), ("waveshare_rtu", 2, b"\x01\x85\x02\xc3\x51"),
])
def test_modbus_exceptions(model, code, refusal):
    profile = profile_of(model)
    answer = bytewise(profile.relays.on, refusal, {"index": 0, **KNOWN})
    assert (answer.kind, answer.values["code"]) == ("refused", code)
    assert profile.codes == {"1": "illegal function", "2": "illegal data address", "3": "illegal data value", "4": "device failure",
                             "10": "no path to the unit", "11": "the unit does not answer"}


def test_a_modbus_exception_in_words(scripted, perform_task):
    board = scripted([(b"\x01\x01\x00\x00\x00\x08\x3d\xcc", b"\x01\x81\x02\xc1\x91")])
    result = perform_task(relay, board.options(model="waveshare_rtu", relay=1, state="on", retries=0))
    assert result["failed"] and result["error"]["kind"] == "refused" and "illegal data address" in result["msg"]


@pytest.mark.parametrize("model, reply", [
    ("waveshare_modbus", b"\x00\x02\x00\x00\x00\x06\x01\x05\x00\x00\xff\x00"),  # another exchange's
    ("waveshare_modbus", b"\x00\x01\x00\x00\x00\x06\x02\x05\x00\x00\xff\x00"),  # another unit's
    ("waveshare_modbus", b"\x00\x01\x00\x00\x00\x06\x01\x05\x00\x01\xff\x00"),  # another coil
    ("waveshare_modbus", b"\x00\x01\x00\x00\x00\x06\x01\x05\x00\x00\x00\x00"),
    ("waveshare_rtu", b"\x01\x05\x00\x00\xff\x00\x3a\x8c"),
    ("waveshare_rtu", b"\x02\x05\x00\x00\xff\x00\x8c\x09"),
])
def test_replies_of_others_are_wrong(model, reply):
    assert profile_of(model).relays.on.read(reply, {"index": 0, **KNOWN}).kind == "wrong"


@pytest.mark.parametrize("model, request_bytes", [
    ("waveshare_modbus", b"\x00\x01\x00\x00\x00\x06\x02\x05\x00\x00\xff\x00"),
    ("waveshare_rtu", b"\x02\x05\x00\x00\xff\x00\x8c\x09"),
    ("waveshare_rtu", b"\x01\x05\x00\x00\xff\x00\x8c\x3b"),
])
def test_another_unit_or_a_wrong_checksum_is_not_answered(model, request_bytes):
    board = Conversation(model)
    assert board.say(request_bytes) == b"" and board.on() == []


@pytest.mark.parametrize("model, name, seconds, request_bytes", [
    ("waveshare_modbus", "pulse", 0.7, b"\x00\x01\x00\x00\x00\x06\x01\x05\x02\x00\x00\x07"),
    ("waveshare_modbus", "pulse_off", 0.7, b"\x00\x01\x00\x00\x00\x06\x01\x05\x04\x00\x00\x07"),
    ("waveshare_modbus", "pulse", 3276.7, b"\x00\x01\x00\x00\x00\x06\x01\x05\x02\x00\x7f\xff"),
    ("waveshare_rtu", "pulse", 0.7, b"\x01\x05\x02\x00\x00\x07\x8d\xb0"),
    ("waveshare_rtu", "pulse_off", 0.7, b"\x01\x05\x04\x00\x00\x07\x8d\x38"),
])
def test_a_waveshare_flashes(model, name, seconds, request_bytes):
    now = [100.0]
    board = Conversation(model, clock=lambda: now[0])
    relays = board.profile.relays
    message, values = relays.messages[name], {"index": 0, "seconds": seconds, **KNOWN}
    assert message.send.render(values) == request_bytes
    assert bytewise(message, request_bytes, values, request_bytes).kind == "reply"
    assert relays.pulse_limits(message) == (0.1, 3276.7)
    assert board.say(request_bytes) == request_bytes
    assert board.on() == ([1] if name == "pulse" else [])
    now[0] += seconds + 0.01
    assert board.on() == ([] if name == "pulse" else [1])


def test_a_waveshare_with_16_relays_as_its_page_says():
    page = {"extends": "waveshare_modbus", "relays": {"numbers": "1-16", "read": {"send": "01 0000 0010", "reply": "01 02 {relays:bits16}"}}}
    board = Conversation(page, relays=[1, 16])
    assert board.say(b"\x00\x01\x00\x00\x00\x06\x01\x01\x00\x00\x00\x10") == b"\x00\x01\x00\x00\x00\x05\x01\x01\x02\x01\x80"


def test_the_unit_is_an_option():
    profile = profile_of("waveshare_rtu")
    assert profile.unit_values(None) == {"unit": 1} and profile.unit_values(2) == {"unit": 2}
    assert profile.relays.on.send.render({"index": 0, "unit": 2}) == b"\x02\x05\x00\x00\xff\x00\x8c\x09"


# Numato

@pytest.mark.parametrize("line_end", [b"\r\n", b"\n\r"])
@pytest.mark.parametrize("echo", [b"relay read 0\r\n", b"relay read 0\n\r", b"\r\n", b""])
def test_a_numato_may_echo_and_end_its_lines_either_way(line_end, echo):
    read = profile_of("numato").relays.read
    for state, on in ((b"on", True), (b"off", False)):
        answer = bytewise(read, echo + state + line_end + b">", {"index": 0}, b"relay read 0\r\n")
        assert profile_of("numato").relays.decode(1, answer.values) == {1: on}


@pytest.mark.parametrize("reply, kind", [
    (b"relay on 0\r\n>", "reply"), (b"relay on 0\r\n\n\r>", "reply"), (b"relay on 0\r\n", "more"), (b"what?\r\n>", "wrong"),
])
def test_what_a_numato_may_answer(reply, kind):
    assert profile_of("numato").relays.on.read(reply, {"index": 0}, b"relay on 0\r\n").kind == kind


def test_the_login_of_a_numato():
    banner, name, password = profile_of("numato").login
    assert (name.when, password.when) == (b"User Name: ", b"Password: ")
    assert banner.send is None and bytewise(banner, b"\r\nNumato\r\n\r\nUser Name: ").kind == "reply"
    assert name.send.render({"username": "admin"}) == b"admin\r\n"
    assert bytewise(name, b"admin\r\nPassword: ").kind == "reply"
    assert password.send.render({"password": "s3cret"}) == b"s3cret\r\n"
    assert bytewise(password, b"\r\nLogged in successfully\r\n>").kind == "reply"
    assert bytewise(password, b"\r\nUser Name: ").kind == "refused"
    board = Conversation("numato", password="s3cret")
    assert board.board.reply("banner", banner, {}) == b"User Name: "
    assert board.say(b"admin\r\n") == b"Password: "
    assert board.say(b"s3cret\r\n") == b">"
    assert board.say(b"relay on 0\r\n") == b">" and board.on() == [1]


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("answer", [b"Access denied", b"\r\nAccess denied", b"Bad user: access denied", b"admin\r\nBad user: access denied"])
def test_the_words_of_a_numato_that_refuses_a_login(step, answer):
    assert bytewise(profile_of("numato").login[step], answer).kind == "refused"


@pytest.mark.parametrize("steps", [
    [(b"admin\r\n", b"admin\r\nBad user: access denied\r\n"), (b"", None)],
    [(b"admin\r\n", b"Bad user: access denied\r\n\r\nUser Name: ")],
    [(b"admin\r\n", b"admin\r\nPassword: "), (b"s3cret\r\n", b"\r\nAccess denied\r\n"), (b"", None)],
    [(b"admin\r\n", b"admin\r\nPassword: "), (b"s3cret\r\n", b"\r\nAccess denied\r\n\r\nUser Name: ")],
])
def test_a_numato_that_refuses_a_login_is_locked(steps, scripted, perform_task):
    board = scripted([(b"", b"\r\nUser Name: "), *steps])
    result = perform_task(relay, board.options(model="numato", relay=1, state="on", username="admin", password="s3cret"))
    assert result["error"]["kind"] == "locked" and "refused the login" in result["msg"] and not result["changed"]
    assert len(board.received) == 1


def test_a_numato_that_wants_a_login_and_is_given_none_is_locked(scripted, perform_task):
    board = scripted([(b"", b"\r\nUser Name: ")])
    result = perform_task(relay, board.options(model="numato", relay=1, state="on"))
    assert result["error"]["kind"] == "locked" and "wants a username to log in" in result["msg"]
    assert board.received == [b""]


@pytest.mark.parametrize("login", [{}, {"username": "admin", "password": "s3cret"}])
def test_a_numato_without_a_login_is_not_told_one(login, scripted, perform_task):
    board = scripted([(b"", b"\r\nLogged in successfully\r\n>"), (b"relay read 0\r\n", b"relay read 0\r\noff\n\r>"),
                      (b"relay on 0\r\n", b"relay on 0\r\n>"), (b"relay read 0\r\n", b"relay read 0\r\non\n\r>")])
    result = perform_task(relay, board.options(model="numato", relay=1, state="on", retries=0, **login))
    assert result["changed"] and result["relays"]["1"]["state"] == "on"
    assert board.received == [b"relay read 0\r\nrelay on 0\r\nrelay read 0\r\n"]


def test_an_emulated_numato_without_a_password_wants_no_login(emulated, on_twice_and_off):
    board = emulated("numato")
    on_twice_and_off(board, 3)
    assert "login" not in [entry.get("what") for entry in board.journal.entries]


def test_a_numato_counts_on_with_letters():
    relays = profile_of({"extends": "numato", "relays": {"numbers": "1-16"}}).relays
    assert relays.on.send.render(relays.fields(10)) == b"relay on 9\r\n"
    assert relays.on.send.render(relays.fields(11)) == b"relay on A\r\n"
    assert relays.read.send.render(relays.fields(16)) == b"relay read F\r\n"
    with pytest.raises(ProfileError, match="relay 17: index does not fit"):
        resolve({"extends": "numato", "relays": {"numbers": "1-32"}})


def test_the_transport_of_a_numato_is_telnet():
    assert profile_of("numato").transport == "telnet"


# USR-R16

def test_the_login_of_a_usr_r16():
    login, = profile_of("usr_r16").login
    assert login.send.render({"password": "admin"}) == b"admin\r\n"
    assert bytewise(login, b"OK").kind == "reply" and bytewise(login, b"NO").kind == "refused"
    board = Conversation("usr_r16")
    assert board.say(b"\x55\xaa\x00\x02\x00\x0a\x0c") == b""  # the login comes first
    board = Conversation("usr_r16")
    assert board.say(b"admin\r\n\x55\xaa\x00\x03\x00\x02\x01\x06") == b"OK\xaa\x55\x00\x04\x00\x82\x01\x01\x88" and board.on() == [1]


def test_a_reply_of_a_usr_r16_that_was_seen():
    off = profile_of("usr_r16").relays.off
    assert bytewise(off, b"\xaa\x55\x00\x04\x00\x81\x08\x00\x8d", {"relay": 8}).kind == "reply"
    assert off.read(b"\xaa\x55\x00\x04\x00\x81\x08\x00\x89", {"relay": 8}).kind == "wrong"
    assert profile_of("usr_r16").relays.on.read(b"\xaa\x55\x00\x04\x00\x81\x08\x00\x8d", {"relay": 8}).kind == "wrong"


@pytest.mark.parametrize("name, reply, kind", [
    ("off", b"\xaa\x55\x00\x04\x00\x81\x07\x00\x8c", "wrong"),  # another relay's
    ("off", b"\xaa\x55\x00\x04\x00\x81\x08\x01\x8e", "reply"),  # what it is is read
    ("on", b"\xaa\x55\x00\x04\x00\x82\x08\x01\x8f", "reply"),
    ("on", b"\xaa\x55\x00\x04\x00\x82\x01\x01\x88", "wrong"),
])
def test_a_usr_r16_tells_which_relay_it_switched(name, reply, kind):
    assert profile_of("usr_r16").relays.messages[name].read(reply, {"relay": 8}).kind == kind


@pytest.mark.parametrize("password, kind", [("admin", None), ("wrong", "locked")])
def test_a_wrong_password_of_a_usr_r16(password, kind, emulated, perform_task):
    board = emulated("usr_r16", password="admin")
    result = perform_task(relay, board.options(relay=1, state="on", password=password))
    assert result.get("error", {}).get("kind") == kind and board.board.coil(1) is (kind is None)


# KMTronic

class Echoing(Server):
    """A board that repeats commands after 20 ms, as over a serial line, and whose relays do not move but with state."""

    def __init__(self):
        self.received, self.state = [], 0
        super().__init__()

    def serve(self, client):
        buffer = b""
        for chunk in iter(lambda: client.recv(64), b""):
            buffer += chunk
            while len(buffer) >= 3:
                request_bytes, buffer = buffer[:3], buffer[3:]
                self.received.append(request_bytes)
                time.sleep(0.02)
                client.sendall(request_bytes[:2] + bytes([self.state]) if request_bytes[2] == 3 else request_bytes)


def test_the_echo_of_a_command_is_not_taken_for_the_state_of_a_relay(closed, perform_task):
    echoing = closed(Echoing())
    task = {"host": "127.0.0.1", "port": echoing.port, "model": "kmtronic", "relay": 2, "state": "on", "settle": 0}
    result = perform_task(relay, task)
    assert result.get("error") == {"kind": "unverified", "stage": "verify", "outcome": "unknown"}, result
    assert echoing.received[:2] == [b"\xff\x02\x03", b"\xff\x02\x01"] and echoing.received[-1] == b"\xff\x02\x03"
    echoing.state = 1
    assert not perform_task(relay, task)["changed"]


@pytest.mark.parametrize("data, kind", [
    (b"\xff\x02\x03\xff\x02\x01", "reply"), (b"\xff\x02\x03", "more"), (b"\xff\x02\x01", "reply"), (b"\xff\x01\x01", "wrong"), (b"\xff\x02\x02", "wrong"),
])
def test_a_kmtronic_may_echo_what_it_is_asked(data, kind):
    answer = profile_of("kmtronic").relays.read.read(data, {"relay": 2}, b"\xff\x02\x03")
    assert answer.kind == kind and answer.values.get("state") == (1 if kind == "reply" else None)


@pytest.mark.parametrize("data, kind", [
    (b"\x01\x00\x00\x01", "reply"), (b"\xff\x09\x00\x01\x00\x00\x01", "reply"), (b"\xff\x09\x00", "more"), (b"\x01\x00\x00\x02", "wrong"),
    (b"\xff\x04\x01\x01\x00\x00\x01", "wrong"),  # the echo of a command
])
def test_the_bytes_of_a_kmtronic_of_four_relays(data, kind):
    assert profile_of("kmtronic_4").relays.read.read(data, {}, b"\xff\x09\x00").kind == kind


@pytest.mark.parametrize("model, echo_reads_as_a_state", [("kmtronic", True), ("kmtronic_4", False), ("kmtronic_8", False), ("kmtronic_rs485", False)])
def test_the_echo_of_a_command_of_a_kmtronic(model, echo_reads_as_a_state):
    relays = profile_of(model).relays
    assert confusable(relays.read, {"relay": 2}, relays.on, {"relay": 2}) is echo_reads_as_a_state


def test_the_second_board_of_a_line_as_its_page_says():
    relays = profile_of({"extends": "kmtronic_rs485", "relays": {"numbers": "9-16", "read": {"send": "FF A2 00"}}}).relays
    told = relays.decode(9, bytewise(relays.read, b"\x01\x00\x00\x00\x00\x00\x00\x01").values)
    assert [number for number, on in told.items() if on] == [9, 16]
    assert relays.on.send.render(relays.fields(9)) == b"\xff\x09\x01"


def test_an_emulated_kmtronic_that_echoes_everything(emulated, on_twice_and_off):
    on_twice_and_off(emulated("kmtronic", initial={"echo": True}), 2)


def test_a_kmtronic_with_one_relay_as_its_page_says():
    assert profile_of({"extends": "kmtronic", "relays": {"numbers": "1"}}).relays.numbers == [1]


# SainSmart

def test_any_header_of_a_sainsmart_16_is_taken_but_not_a_wrong_sum():
    relays = profile_of("sainsmart_16").relays
    assert relays.decode(1, bytewise(relays.read, b"\x28\x01\x10\x00\x00\x00\x05\x3e").values)[3] is True
    assert relays.read.read(b"\x28\x01\x10\x00\x00\x00\x05\x3f", {}).kind == "wrong"


# all of them

def login(model):
    return {"username": "admin", "password": "s3cret"} if model in LOGIN else {}


@pytest.mark.parametrize("model", MODELS)
def test_on_twice_and_off_against_the_page_s_own_emulator(model, emulated, on_twice_and_off):
    on_twice_and_off(emulated(model, password=PASSWORDS.get(model)), 2, **login(model))


@pytest.mark.parametrize("model", MODELS)
def test_device_info_of_every_relay(model, emulated, perform_task):
    board = emulated(model, initial={"relays": [2]}, password=PASSWORDS.get(model))
    result = perform_task(device_info, board.options(**login(model)))
    readable = board.board.profile.relays.read is not None
    assert sorted(map(int, result["relays"])) == board.board.profile.relays.numbers
    assert {entry["state"] for number, entry in result["relays"].items() if number != "2"} == {"off" if readable else "unknown"}
    assert result["relays"]["2"]["state"] == ("on" if readable else "unknown")


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=100, deadline=None)
@given(chunks=st.lists(st.binary(max_size=14) | st.sampled_from([row[3] for row in SWITCHING] + LOGIN["numato"]), max_size=7))
def test_random_bytes_raise_nothing_and_none_are_lost(model, chunks):
    bear(model, chunks)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Devantech dS pages and those of the ETH-RLY boards, both ways, against literal bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.module_utils._capability import ping, relay
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import (
    Conversation, bear, bytewise, profile_of, reads, switches)

MODELS = ("devantech_ds", "devantech_ds_ascii", "eth_rly16", "eth_rly02")
IDENTITY = b"\x23\x04\x0c\x04\x0c\x78\x00\xfa"
STATUS = b"Module Type: dS378\r\nSystem Firmware Version: 4.12\r\n"

# page, message, relay, request, reply
SWITCHING = [
    ("devantech_ds", "on", 1, b"\x31\x01\x01\x00\x00\x00\x00", b"\x00"),
    ("devantech_ds", "off", 32, b"\x31\x20\x00\x00\x00\x00\x00", b"\x00"),
    ("devantech_ds_ascii", "on", 1, b"SR 1 on\r\n", b"Ok\r\n"),
    ("devantech_ds_ascii", "off", 32, b"SR 32 off\r\n", b"Ok\r\n"),
    ("eth_rly16", "on", 1, b"\x65", b""),
    ("eth_rly16", "on", 8, b"\x6c", b""),
    ("eth_rly16", "off", 1, b"\x6f", b""),
    ("eth_rly16", "off", 8, b"\x76", b""),
    ("eth_rly02", "on", 2, b"\x66", b""),
    ("eth_rly02", "off", 2, b"\x70", b""),
]

# page, relay, relays that are on, request, reply, relays that the reply speaks of
READING = [
    ("devantech_ds", 5, [1], b"\x33\x05", b"\x00\x00\x00\x00\x01", range(1, 33)),
    ("devantech_ds", 5, [5, 9, 32], b"\x33\x05", b"\x01\x80\x00\x01\x10", range(1, 33)),
    ("devantech_ds_ascii", 7, [7], b"GR 7\r\n", b"Active\r\n", [7]),
    ("devantech_ds_ascii", 32, [7], b"GR 32\r\n", b"InActive\r\n", [32]),
    ("eth_rly16", 3, [1, 8], b"\x5b", b"\x81", range(1, 9)),
    ("eth_rly02", 1, [2], b"\x5b", b"\x02", range(1, 3)),
]


@pytest.mark.parametrize("model, name, number, request_bytes, reply", SWITCHING)
def test_switching(model, name, number, request_bytes, reply):
    switches(model, name, number, request_bytes, reply)


@pytest.mark.parametrize("model, number, on, request_bytes, reply, reported", READING)
def test_reading(model, number, on, request_bytes, reply, reported):
    reads(model, number, on, request_bytes, reply, reported)


@pytest.mark.parametrize("model, request_bytes, refusal", [
    ("devantech_ds", b"\x31\x21\x01\x00\x00\x00\x00", b"\x01"),
    ("devantech_ds", b"\x31\x00\x01\x00\x00\x00\x00", b"\x01"),
    ("devantech_ds_ascii", b"SR 33 on\r\n", b"Unknown relay number\r\n"),
    ("devantech_ds_ascii", b"GR 0\r\n", b"Unknown relay number\r\n"),
])
def test_relays_that_do_not_exist_are_refused(model, request_bytes, refusal):
    board = Conversation(model)
    assert board.say(request_bytes) == refusal and board.on() == []
    assert bytewise(board.profile.relays.on, refusal).kind == "refused"


@pytest.mark.parametrize("words", [b"Unknown Action\r\n", b"UNKNOWN COMMAND\r\n", b"unknown relay number\r\n"])
def test_what_ascii_says_no_with(words):
    assert bytewise(profile_of("devantech_ds_ascii").relays.on, words).kind == "refused"


@pytest.mark.parametrize("reply, on", [(b"Inactive\r\n", False), (b"INACTIVE\r\n", False), (b"active\r\n", True)])
def test_the_case_of_an_ascii_reply_does_not_matter(reply, on):
    relays = profile_of("devantech_ds_ascii").relays
    assert relays.decode(4, bytewise(relays.read, reply).values) == {4: on}


def test_any_other_byte_than_00_is_a_refusal_with_its_code():
    answer = profile_of("devantech_ds").relays.on.read(b"\x02", {})
    assert (answer.kind, answer.values) == ("refused", {"code": 2})


@pytest.mark.parametrize("model, seconds, request_bytes, reply", [
    ("devantech_ds", 0.1, b"\x31\x03\x01\x00\x00\x00\x64", b"\x00"),
    ("devantech_ds", 0.5, b"\x31\x03\x01\x00\x00\x01\xf4", b"\x00"),
    ("devantech_ds", 86400, b"\x31\x03\x01\x05\x26\x5c\x00", b"\x00"),
    ("devantech_ds_ascii", 0.1, b"SR 3 on 100\r\n", b"Ok\r\n"),
    ("devantech_ds_ascii", 86400, b"SR 3 on 86400000\r\n", b"Ok\r\n"),
])
def test_pulses(model, seconds, request_bytes, reply):
    now = [100.0]
    board = Conversation(model, clock=lambda: now[0])
    relays = board.profile.relays
    assert relays.pulse.send.render({"relay": 3, "seconds": seconds}) == request_bytes
    assert relays.pulse_off is None
    assert relays.pulse_limits(relays.pulse)[0] == 0.1
    assert board.say(request_bytes) == reply and board.on() == [3]
    now[0] += seconds + 0.01
    assert board.on() == []


@pytest.mark.parametrize("model", ["devantech_ds", "devantech_ds_ascii"])
def test_a_pulse_that_is_too_short_is_refused_before_sending(model, emulated, perform_task):
    board = emulated(model)
    result = perform_task(relay, board.options(relay=1, state="pulsed", duration=0.05))
    assert result["failed"] and result["error"]["kind"] == "invalid" and "0.1" in result["msg"]
    assert board.journal.writes() == []


def test_identity_of_a_ds():
    identify = profile_of("devantech_ds").identify
    assert identify.send.render({}) == b"\x30"
    assert bytewise(identify, IDENTITY).values == {
        "id": 35, "system_major": 4, "system_minor": 12, "application_major": 4, "application_minor": 12, "supply_voltage": 12.0, "temperature": 25.0}
    assert identify.read(b"\x22\x04\x0c\x04\x0c\x78\xff\xce", {}).values["temperature"] == -5.0
    assert Conversation("devantech_ds").say(b"\x30") == IDENTITY
    assert profile_of("devantech_ds").expected is None


def test_identity_of_a_ds_that_speaks_ascii():
    identify = profile_of("devantech_ds_ascii").identify
    assert identify.send.render({}) == b"ST\r\n"
    assert identify.read(STATUS, {}).kind == "more"
    assert identify.read(STATUS, {}, final=True).values == {"module": "dS378", "details": "System Firmware Version: 4.12\r\n"}
    assert Conversation("devantech_ds_ascii").say(b"ST\r\n") == STATUS


@pytest.mark.parametrize("model, question, answer", [
    ("devantech_ds", b"\x33\x01", b"Unknown Command\r\n"),
    ("devantech_ds_ascii", b"GR 1\r\n", b"\x01"),
])
def test_a_ds_that_was_left_in_the_other_mode_is_not_understood(model, question, answer, scripted, perform_task):
    board = scripted([(question, answer)])
    result = perform_task(relay, board.options(model=model, relay=1, state="on", retries=0))
    assert result["failed"] and result["error"]["kind"] == "bad_reply" and not result["changed"]
    assert board.received == [question]


@pytest.mark.parametrize("model, number", [("eth_rly16", b"\x11"), ("eth_rly02", b"\x10")])
def test_identity_of_an_rly(model, number):
    profile = profile_of(model)
    assert profile.identify.send.render({}) == b"\x5a"
    assert bytewise(profile.identify, number).values == {"id": number[0]}
    assert profile.expected is None and profile.page["auto"] == {"id": number[0]}
    assert Conversation(model).say(b"\x5a") == number


@pytest.mark.parametrize("reply", [b"\x11", b"\x11\x02"])
def test_an_rly_may_tell_its_version_behind_its_identity(reply, scripted, perform_task):
    board = scripted([(b"\x5a", reply)])
    result = perform_task(ping, board.options(model="eth_rly16"))
    assert result["identity"] == {"id": 17}


def test_the_rest_of_an_rly():
    board = Conversation("eth_rly16", supply_voltage=12.1)
    assert board.profile.info["supply_voltage"].send.render({}) == b"\x5d" and board.say(b"\x5d") == b"\x79"
    assert board.profile.info["mac"].send.render({}) == b"\x77" and board.say(b"\x77") == b"\x00\x04\xa3\x00\x00\x02"
    assert board.profile.relays.write.send.render({"relays": 0x81}) == b"\x5c\x81"
    assert board.say(b"\x5c\x81") == b"" and board.on() == [1, 8]


@pytest.mark.parametrize("model, request_bytes", [
    ("eth_rly16", b"\x6d"), ("eth_rly16", b"\x78"), ("eth_rly02", b"\x67"), ("eth_rly02", b"\x71"), ("eth_rly02", b"\x6c"),
])
def test_bytes_of_relays_that_an_rly_does_not_have(model, request_bytes):
    board = Conversation(model, relays=[1])
    assert board.say(request_bytes) == b"" and board.on() == [1]


def test_an_rly_that_did_not_switch_is_found_out_by_reading(scripted, perform_task):
    board = scripted([(b"\x5b", b"\x00"), (b"\x65\x5b", b"\x00")])
    result = perform_task(relay, board.options(model="eth_rly16", relay=1, state="on", retries=0, settle=0))
    assert result["failed"] and {"kind": "unverified", "stage": "verify"}.items() <= result["error"].items()
    assert board.received == [b"\x5b\x65\x5b"]


@pytest.mark.parametrize("model", MODELS)
def test_on_twice_and_off_against_the_page_s_own_emulator(model, emulated, on_twice_and_off):
    on_twice_and_off(emulated(model), 2)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=100, deadline=None)
@given(chunks=st.lists(st.binary(max_size=12) | st.sampled_from([row[3] for row in SWITCHING]), max_size=6))
def test_random_bytes_raise_nothing_and_none_are_lost(model, chunks):
    bear(model, chunks)

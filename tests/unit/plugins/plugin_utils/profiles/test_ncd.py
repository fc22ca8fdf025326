# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The NCD pages, both ways, against bytes as they stand in the maker's manual and code."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info, relay
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import (
    Conversation, bear, bytewise, profile_of, reads, switches)

ALL_BANKS = {"extends": "proxr", "relays": {"numbers": "1-256"}}

# page, message, relay, request, reply
SWITCHING = [
    ("proxr", "on", 1, b"\xfe\x6c\x01", b"\x55"),
    ("proxr", "off", 1, b"\xfe\x64\x01", b"\x55"),
    ("proxr", "on", 8, b"\xfe\x73\x01", b"\x55"),
    ("proxr", "on", 9, b"\xfe\x6c\x02", b"\x55"),
    ("proxr", "off", 16, b"\xfe\x6b\x02", b"\x55"),
    ("proxr_api", "on", 1, b"\xaa\x03\xfe\x6c\x01\x18", b"\xaa\x01\x55\x00"),
    ("proxr_api", "off", 1, b"\xaa\x03\xfe\x64\x01\x10", b"\xaa\x01\x55\x00"),
    ("proxr_api", "on", 9, b"\xaa\x03\xfe\x6c\x02\x19", b"\xaa\x01\x55\x00"),
    ("proxr_all_banks", "on", 1, b"\xfe\x6c\x00", b"\x55"),
    ("proxr_all_banks", "off", 8, b"\xfe\x6b\x00", b"\x55"),
]

# page, relay, relays that are on, request, reply, relays that the reply speaks of
READING = [
    ("proxr", 1, [1, 8, 9], b"\xfe\x7c\x01", b"\x81", range(1, 9)),
    ("proxr", 9, [1, 9, 16], b"\xfe\x7c\x02", b"\x81", range(9, 17)),
    ("proxr", 16, [2], b"\xfe\x7c\x02", b"\x00", range(9, 17)),
    ("proxr_api", 1, [], b"\xaa\x03\xfe\x7c\x01\x28", b"\xaa\x01\x00\xab", range(1, 9)),
    ("proxr_api", 8, [2], b"\xaa\x03\xfe\x7c\x01\x28", b"\xaa\x01\x02\xad", range(1, 9)),
]


@pytest.mark.parametrize("model, name, number, request_bytes, reply", SWITCHING)
def test_switching(model, name, number, request_bytes, reply):
    switches(model, name, number, request_bytes, reply)


@pytest.mark.parametrize("model, number, on, request_bytes, reply, reported", READING)
def test_reading_a_bank(model, number, on, request_bytes, reply, reported):
    reads(model, number, on, request_bytes, reply, reported)


@pytest.mark.parametrize("reply, kind", [
    (b"\x56", "wrong"), (b"\x00", "wrong"), (b"\x55", "reply"), (b"", "more"),
])
def test_55_alone_acknowledges(reply, kind):
    assert profile_of("proxr").relays.on.read(reply, {}).kind == kind


@pytest.mark.parametrize("reply", [b"\xaa\x01\x55\x01", b"\xaa\x01\x56\x01", b"\xaa\x02\x55\x00\x01", b"\x55"])
def test_a_wrong_checksum_content_or_frame_is_wrong(reply):
    assert profile_of("proxr_api").relays.on.read(reply, {}).kind == "wrong"


@pytest.mark.parametrize("model", ["proxr", "proxr_api", "proxr_all_banks"])
def test_the_board_listens_again_a_second_after_a_connection(model):
    assert profile_of(model).reconnect == 1.0


def test_32_banks():
    board = Conversation(ALL_BANKS, relays=[255])
    relays = board.profile.relays
    assert relays.on.send.render(relays.fields(256)) == b"\xfe\x73\x20"
    assert relays.off.send.render(relays.fields(256)) == b"\xfe\x6b\x20"
    assert relays.read.send.render(relays.fields(249)) == b"\xfe\x7c\x20"
    assert board.say(b"\xfe\x73\x20") == b"\x55" and board.on() == [255, 256]
    assert board.say(b"\xfe\x7c\x20") == b"\xc0"
    assert relays.decode(256, {"relays": 0xC0}) == {**dict.fromkeys(range(249, 255), False), 255: True, 256: True}
    framed = profile_of(dict(ALL_BANKS, extends="proxr_api")).relays
    assert framed.on.send.render(framed.fields(256)) == b"\xaa\x03\xfe\x73\x20\x3e"


@pytest.mark.parametrize("request_bytes", [
    b"\xfe\x7c\x00",  # bank 0: how many bytes tell it differs between documents
    b"\xfe\x6c\x03",  # no such bank
    b"\xfe\x7c\x03",
    b"\xfe\x81\x01",  # 129 and 130
    b"\xfe\x82\x01",
])
def test_what_no_board_answers_is_not_answered(request_bytes):
    board = Conversation("proxr", relays=[3])
    assert board.say(request_bytes) == b""
    assert board.on() == [3]


@pytest.mark.parametrize("model", ["proxr", "proxr_api"])
def test_no_request_names_bank_0_or_129_or_130(model):
    relays = profile_of({"extends": model, "relays": {"numbers": "1-256"}}).relays
    for message in relays.messages.values():
        for number in relays.numbers:
            payload = message.send.render(relays.fields(number))[-4:-1] if model == "proxr_api" else message.send.render(relays.fields(number))
            assert payload[0] == 0xFE and payload[1] not in (129, 130) and 1 <= payload[2] <= 32


@pytest.mark.parametrize("numbers, number, on", [
    ("9-16", 9, b"\xfe\x6c\x02"), ("3-8", 3, b"\xfe\x6e\x01"), ("17-24", 24, b"\xfe\x73\x03"), ("5", 5, b"\xfe\x70\x01"),
])
def test_relays_that_are_left_out_do_not_move_the_others(numbers, number, on):
    relays = profile_of({"extends": "proxr", "relays": {"numbers": numbers}}).relays
    assert relays.on.send.render(relays.fields(number)) == on
    assert relays.number_of(relays.on.send.match(on).values) == number
    states = relays.decode(number, {"relays": 1 << (number - 1) % 8})
    assert [other for other, state in states.items() if state] == [number] and set(states) <= set(relays.numbers)


def test_banks_beyond_the_last_are_for_those_who_say_so():
    relays = profile_of({"extends": "proxr", "relays": {"numbers": "1-272", "last": 272}}).relays
    assert relays.on.send.render(relays.fields(272)) == b"\xfe\x73\x22"


def test_all_banks_is_another_page_and_cannot_be_read():
    profile = profile_of("proxr_all_banks")
    assert profile.relays.read is None and profile.relays.numbers == list(range(1, 9))
    board = Conversation("proxr_all_banks")
    assert board.say(b"\xfe\x6c\x01") == b"" and board.on() == []


def test_frames_that_nobody_asked_for_are_skipped():
    on = profile_of("proxr_api").relays.on
    event = b"\xaa\x06\xab\x01\x02\x03\x04\x05\x6a"
    assert bytewise(on, event + b"\xaa\x01\x55\x00").kind == "reply"
    assert bytewise(on, event + event + b"\xaa\x01\x55\x00").kind == "reply"
    assert on.read(event, {}).kind == "more"
    assert on.read(event[:-1] + b"\x6b", {}).kind == "wrong"


def test_an_event_before_a_reply_does_not_disturb_a_task(scripted, perform_task):
    event = b"\xaa\x06\xab\x01\x02\x03\x04\x05\x6a"
    board = scripted([(b"\xaa\x03\xfe\x7c\x01\x28", event + b"\xaa\x01\x00\xab"), (b"\xaa\x03\xfe\x6c\x01\x18", b"\xaa\x01\x55\x00" + event),
                      (b"\xaa\x03\xfe\x7c\x01\x28", b"\xaa\x01\x01\xac")])
    result = perform_task(relay, board.options(model="proxr_api", relay=1, state="on"))
    assert result["changed"] and result["relays"]["1"]["state"] == "on"


@pytest.mark.parametrize("model, request_bytes, reply", [
    ("proxr", b"\xfe\x21", b"\x55"), ("proxr_api", b"\xaa\x02\xfe\x21\xcb", b"\xaa\x01\x55\x00"),
])
def test_the_two_way_test(model, request_bytes, reply):
    board = Conversation(model)
    mode = board.profile.info["mode"]
    assert mode.send.render({}) == request_bytes
    assert bytewise(mode, reply).values["mode"] == 85
    assert board.say(request_bytes) == reply


def test_device_info_tells_the_mode(emulated, perform_task):
    result = perform_task(device_info, emulated("proxr", initial={"mode": 86, "relays": [9]}).options())
    assert result["information"] == {"mode": 86}
    assert [number for number, entry in result["relays"].items() if entry["state"] == "on"] == ["9"]


def test_a_board_that_answers_but_does_not_acknowledge_has_its_reporting_mode_off(scripted, perform_task):
    quiet = [(b"\xfe\x7c\x01", b"\x00"), (b"\xfe\x6c\x01", b"")]
    board = scripted(quiet, [(b"\xfe\x7c\x01", b"\x01")])
    result = perform_task(relay, board.options(model="proxr", relay=1, state="on", timeout=0.3, retries=0))
    assert {"kind": "unverified", "stage": "write"}.items() <= result["error"].items() and result["changed"]
    assert "relay 1 is on. Its reporting mode is probably off; bytewire.devices.send with data FE 1B" in result["msg"]


@pytest.mark.parametrize("model", ["proxr", "proxr_api", "proxr_all_banks"])
def test_on_twice_and_off_against_the_page_s_own_emulator(model, emulated, on_twice_and_off):
    on_twice_and_off(emulated(model), 8)


@pytest.mark.parametrize("model", ["proxr", "proxr_api", "proxr_all_banks"])
@settings(max_examples=100, deadline=None)
@given(chunks=st.lists(st.binary(max_size=12) | st.sampled_from([row[3] for row in SWITCHING]), max_size=6))
def test_random_bytes_raise_nothing_and_none_are_lost(model, chunks):
    bear(model, chunks)

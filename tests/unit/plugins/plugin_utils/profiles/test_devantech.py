# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Devantech pages, both ways, against bytes as they stand in the vendor's documents and code."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.session import open_session
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.stream import Stream
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import models
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import KINDS, profile_of

# model: identity, bytes of a map, highest relay, its read-back, a relay that does not exist
MODELS = {
    "eth002": (18, 1, 2, b"\x02", 3),
    "eth008": (19, 1, 8, b"\x80", 9),
    "eth484": (20, 2, 16, b"\x00\x80", 5),
    "eth8020": (21, 3, 20, b"\x00\x00\x08", 21),
    "wifi484": (22, 2, 16, b"\x00\x80", 8),
    "eth0621": (23, 3, 17, b"\x00\x00\x01", 3),
    "wifi8020": (24, 3, 20, b"\x00\x00\x08", 21),
    "wifi002": (26, 1, 2, b"\x02", 3),
    "wifi008": (28, 1, 8, b"\x80", 9),
    "eth044": (29, 2, 4, b"\x08\x00", 5),
    "eth1610": (52, 2, 10, b"\x00\x02", 11),
    "eth24v008": (54, 1, 8, b"\x80", 9),
}


def answer(board, data):
    """What an emulated board answers to one segment."""
    session, replies = open_session(board), []
    for request in Stream(board.profile).feed(data):
        if request.what is None:
            continue
        if not request.fits or not session.allows(request.what.startswith("relays.") and request.what != "relays.read"):
            replies.append(board.refusal(request.message, request.values))
            continue
        board.act(request.what, request.values)
        replies.append(board.reply(request.what, request.message, request.values))
    return b"".join(reply or b"" for reply in replies)


def test_every_devantech_model_is_there():
    assert [model for model in models() if model.startswith(("eth", "wifi")) and not model.startswith("eth_rly")] == sorted(MODELS)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_identity(model):
    profile = profile_of(model)
    number = MODELS[model][0]
    assert profile.identify.send.render({}) == b"\x10"
    values = profile.identify.read(bytes([number, 2, 28]), {}).values
    assert values == {"id": number, "hardware": 2, "firmware": 28}
    assert profile.is_what_it_says(values)
    assert profile.relative({"id": 18}) == "eth002"
    assert answer(Board(profile), b"\x10") == bytes([number, 2, 28])


@pytest.mark.parametrize("model", sorted(MODELS))
def test_switching_the_highest_relay(model):
    dummy, width, highest, readback, dummy = MODELS[model]
    profile = profile_of(model)
    relays = profile.relays
    assert relays.on.send.render(relays.fields(highest)) == bytes([0x20, highest, 0])
    assert relays.off.send.render(relays.fields(highest)) == bytes([0x21, highest, 0])
    assert relays.read.send.render({}) == b"\x24"
    assert relays.on.read(b"\x00", {}).kind == "reply"
    assert relays.on.read(b"\x01", {}).kind == "refused"
    assert relays.on.read(b"\x02", {}).kind == "wrong"

    board = Board(profile)
    assert answer(board, bytes([0x20, highest, 0])) == b"\x00"
    assert answer(board, b"\x24") == readback
    states = relays.decode(highest, relays.read.read(readback, {}).values)
    assert [number for number, on in states.items() if on] == [highest] and sorted(states) == relays.numbers
    assert relays.write.send.render({"relays": 0}) == b"\x23" + bytes(width)
    assert answer(board, b"\x23" + bytes(width)) == b"\x00"
    assert answer(board, b"\x24") == bytes(width)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_relays_that_do_not_exist_are_refused(model):
    missing = MODELS[model][4]
    profile = profile_of(model)
    assert missing not in profile.relays.numbers
    assert answer(Board(profile), bytes([0x20, missing, 0])) == b"\x01"
    assert answer(Board(profile), b"\x20\x00\x00") == b"\x01"


def test_pulses():
    relays = profile_of("eth008").relays
    assert relays.pulse.send.render({"relay": 4, "seconds": 20.0}) == b"\x20\x04\xc8"
    assert relays.pulse_off.send.render({"relay": 1, "seconds": 0.1}) == b"\x21\x01\x01"
    assert relays.pulse_limits(relays.pulse) == (0.1, 25.5)


def test_a_pulse_reverts_to_the_opposite():
    now = [100.0]
    board = Board(profile_of("eth008"), clock=lambda: now[0])
    assert answer(board, b"\x20\x04\x0a\x21\x05\x0a") == b"\x00\x00"
    assert answer(board, b"\x24") == b"\x08"
    now[0] += 1.1
    assert answer(board, b"\x24") == b"\x10"


@pytest.mark.parametrize("model, initial, data, active", [
    ("eth8020", [1, 8], b"\x00\x00\x00\x81", [1, 8]),
    ("eth484", [2], b"\x00\x02", [2]),
    ("eth0621", [6], b"\x00\x00\x00\x20", [6]),
    ("eth24v008", [3], b"\x04", [3]),
])
def test_inputs(model, initial, data, active):
    profile = profile_of(model)
    assert profile.inputs.read.send.render({}) == b"\x25"
    assert answer(Board(profile, {"inputs": initial}), b"\x25") == data
    bits = profile.inputs.read.read(data, {}).values["inputs"]
    assert [number for number in profile.inputs.numbers if bits >> number - 1 & 1] == active


@pytest.mark.parametrize("model", ["eth008", "eth1610"])
def test_models_without_inputs_are_not_asked_for_them(model):
    assert profile_of(model).inputs is None
    assert answer(Board(profile_of(model)), b"\x25") == b""


def test_relays_that_are_left_out_do_not_move_the_others():
    relays = profile_of({"extends": "eth484", "relays": {"numbers": "3-4, 9-16"}}).relays
    assert [number for number, on in relays.decode(3, {"relays": 0b1000_0000_0000_0001}).items() if on] == [16]
    assert [number for number, on in relays.decode(3, {"relays": 0b100}).items() if on] == [3]
    assert relays.on.send.render(relays.fields(3)) == b"\x20\x03\x00"


def test_analogue_values_volts_and_mac():
    profile = profile_of("eth8020")
    board = Board(profile, {"analogue": {8: 1023}, "supply_voltage": 11.9, "mac": "0004a3abcdef"})
    assert profile.analogue.read.send.render({"channel": 8}) == b"\x32\x08"
    assert answer(board, b"\x32\x08") == b"\x03\xff"
    assert profile.analogue.read.read(b"\x03\xff", {}).values == {"value": 1023}
    assert answer(board, b"\x78") == b"\x77"
    assert profile.info["supply_voltage"].read(b"\x77", {}).values == {"supply_voltage": 11.9}
    assert answer(board, b"\x77") == b"\x00\x04\xa3\xab\xcd\xef"


def test_the_motor_of_an_eth0621():
    profile = profile_of("eth0621")
    assert profile.info["motor"].send.render({}) == b"\x11"
    assert answer(Board(profile, {"motor_disabled": 1}), b"\x11") == b"\x01"


def test_requests_split_and_joined():
    stream = Stream(profile_of("eth008"))
    assert [request.what for request in stream.feed(b"\x20\x02")] == []
    assert [request.what for request in stream.feed(b"\x00\x24\x10")] == ["relays.on", "relays.read", "identify"]
    assert [request.what for request in stream.feed(b"\xee\xee")] == [None]
    assert [request.what for request in stream.feed(b"\x24")] == ["relays.read"]


def test_the_password_is_the_rest_of_its_segment():
    stream = Stream(profile_of("eth008"))
    request, = stream.feed(b"\x79secret\x24")
    assert request.what == "session.login" and request.values == {"password": "secret$"}


@pytest.mark.parametrize("model", sorted(MODELS))
@settings(max_examples=200, deadline=None)
@given(chunks=st.lists(st.binary(max_size=12), max_size=6))
def test_random_bytes_raise_nothing_and_none_are_lost(model, chunks):
    profile = profile_of(model)
    stream, board = Stream(profile), Board(profile)
    session, taken = open_session(board), b""
    for chunk in chunks:
        for request in stream.feed(chunk):
            taken += request.data
            if request.what is not None and request.fits and session.allows(False):
                board.act(request.what, request.values)
                board.reply(request.what, request.message, request.values)
        for dummy, message in stream.requests:
            assert message.read(chunk, {}).kind in KINDS
    assert taken + stream.buffer == b"".join(chunks)
    assert sorted(board.all_coils()) == profile.relays.numbers

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of LG displays, both ways, against bytes as they stand in the maker's manuals."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation, bytewise, profile_of

# setting, value, request that sets it, request that asks for it, reply to both
TABLE = [
    ("power", "on", b"ka 01 01\r", b"ka 01 ff\r", b"a 01 OK01x"),
    ("input", "tv1", b"xb 01 00\r", b"xb 01 ff\r", b"b 01 OK00x"),
    ("input", "analogue", b"xb 01 10\r", b"xb 01 ff\r", b"b 01 OK10x"),
    ("input", "video1", b"xb 01 20\r", b"xb 01 ff\r", b"b 01 OK20x"),
    ("input", "video2", b"xb 01 21\r", b"xb 01 ff\r", b"b 01 OK21x"),
    ("input", "component1", b"xb 01 40\r", b"xb 01 ff\r", b"b 01 OK40x"),
    ("input", "vga1", b"xb 01 60\r", b"xb 01 ff\r", b"b 01 OK60x"),
    ("input", "dvi1", b"xb 01 70\r", b"xb 01 ff\r", b"b 01 OK70x"),
    ("input", "dvi_dtv", b"xb 01 80\r", b"xb 01 ff\r", b"b 01 OK80x"),
    ("input", "hdmi1", b"xb 01 90\r", b"xb 01 ff\r", b"b 01 OK90x"),
    ("input", "hdmi1_pc", b"xb 01 a0\r", b"xb 01 ff\r", b"b 01 OKa0x"),
    ("input", "hdmi2", b"xb 01 91\r", b"xb 01 ff\r", b"b 01 OK91x"),
    ("input", "hdmi2_pc", b"xb 01 a1\r", b"xb 01 ff\r", b"b 01 OKa1x"),
    ("input", "dp1", b"xb 01 c0\r", b"xb 01 ff\r", b"b 01 OKc0x"),
    ("input", "dp1_pc", b"xb 01 d0\r", b"xb 01 ff\r", b"b 01 OKd0x"),
    ("aspect", "16:9", b"kc 01 02\r", b"kc 01 ff\r", b"c 01 OK02x"),
    ("picture_mute", "off", b"kd 01 00\r", b"kd 01 ff\r", b"d 01 OK00x"),
    ("picture_mute", "on", b"kd 01 01\r", b"kd 01 ff\r", b"d 01 OK01x"),
    ("picture_mute", "video", b"kd 01 10\r", b"kd 01 ff\r", b"d 01 OK10x"),
    ("mute", "on", b"ke 01 00\r", b"ke 01 ff\r", b"e 01 OK00x"),
    ("mute", "off", b"ke 01 01\r", b"ke 01 ff\r", b"e 01 OK01x"),
    ("volume", 0, b"kf 01 00\r", b"kf 01 ff\r", b"f 01 OK00x"),
    ("volume", 12, b"kf 01 0c\r", b"kf 01 ff\r", b"f 01 OK0cx"),
    ("volume", 100, b"kf 01 64\r", b"kf 01 ff\r", b"f 01 OK64x"),
    ("contrast", 100, b"kg 01 64\r", b"kg 01 ff\r", b"g 01 OK64x"),
    ("brightness", 50, b"kh 01 32\r", b"kh 01 ff\r", b"h 01 OK32x"),
    ("colour", 1, b"ki 01 01\r", b"ki 01 ff\r", b"i 01 OK01x"),
    ("tint", 10, b"kj 01 0a\r", b"kj 01 ff\r", b"j 01 OK0ax"),
    ("sharpness", 16, b"kk 01 10\r", b"kk 01 ff\r", b"k 01 OK10x"),
    ("osd", "off", b"kl 01 00\r", b"kl 01 ff\r", b"l 01 OK00x"),
    ("remote_lock", "on", b"km 01 01\r", b"km 01 ff\r", b"m 01 OK01x"),
    ("treble", 2, b"kr 01 02\r", b"kr 01 ff\r", b"r 01 OK02x"),
    ("bass", 3, b"ks 01 03\r", b"ks 01 ff\r", b"s 01 OK03x"),
    ("balance", 49, b"kt 01 31\r", b"kt 01 ff\r", b"t 01 OK31x"),
    ("colour_temperature", 99, b"xu 01 63\r", b"xu 01 ff\r", b"u 01 OK63x"),
    ("backlight", 71, b"mg 01 47\r", b"mg 01 ff\r", b"g 01 OK47x"),
]
FIRST = {"set_id": 1}


def display(**initial):
    return Conversation("lg", settings={"power": "on", **initial})


def test_the_table_is_whole():
    assert {row[0] for row in TABLE} == set(profile_of("lg").settings)


@pytest.mark.parametrize("name, value, to_set, to_ask, reply", TABLE)
def test_a_setting_both_ways(name, value, to_set, to_ask, reply):
    board = display()
    setting = board.profile.settings[name]
    fields = {**setting.fields(setting.code(value)), **FIRST}
    assert setting.set.send.render(fields) == to_set
    assert setting.get.send.render(FIRST) == to_ask
    assert bytewise(setting.set, reply, fields, to_set).kind == "reply"
    assert setting.value(setting.code_of(bytewise(setting.get, reply, FIRST, to_ask).values)) == value
    assert board.say(to_set) == reply and board.say(to_ask) == reply
    assert board.board.settings[name] == setting.code(value)


@pytest.mark.parametrize("reply", [b"b 01 OKa0x", b"b 01 OKA0x", b"B 01 okA0X"])
def test_upper_and_lower_case_are_the_same(reply):
    get = profile_of("lg").settings["input"].get
    assert bytewise(get, reply, FIRST).values["value"] == 0xA0


@pytest.mark.parametrize("request_bytes, reply", [(b"KA 01 FF\r", b"a 01 OK01x"), (b"XB 01 A0\r", b"b 01 OKa0x"), (b"xb 01 A0\r", b"b 01 OKa0x")])
def test_an_emulated_display_hears_either_case(request_bytes, reply):
    assert display().say(request_bytes) == reply


def test_an_echo_comes_before_the_reply():
    power = profile_of("lg").settings["power"]
    known = {**power.fields(1), **FIRST}
    assert bytewise(power.set, b"ka 01 01\r\na 01 OK01x", known, b"ka 01 01\r").kind == "reply"
    assert bytewise(power.get, b"ka 01 ff\r\na 01 OK00x", FIRST, b"ka 01 ff\r").values["value"] == 0
    assert power.set.read(b"kf 01 01\r\na 01 OK01x", known, b"ka 01 01\r").kind == "wrong"


@pytest.mark.parametrize("reply, kind, code", [
    (b"f 01 NG01x", "refused", 1),
    (b"f 01 NG02x", "refused", 2),
    (b"F 01 NG0Ax", "refused", 10),
    (b"f 01 NG03x", "busy", None),
])
def test_refusals(reply, kind, code):
    volume = profile_of("lg").settings["volume"]
    for message, known in ((volume.set, {**volume.fields(12), **FIRST}), (volume.get, FIRST)):
        answer = bytewise(message, reply, known)
        assert (answer.kind, answer.values.get("code")) == (kind, code)


@pytest.mark.parametrize("reply", [b"f 02 OK0cx", b"f 01 OK0dx", b"g 01 OK0cx", b"f 01 OK0c\r", b"f 01 OKx", b"f 01 0c OKx", b"\xff\xfd\x18"])
def test_what_is_no_answer_to_volume_12(reply):
    volume = profile_of("lg").settings["volume"]
    assert volume.set.read(reply, {**volume.fields(12), **FIRST}, b"kf 01 0c\r").kind == "wrong"


@pytest.mark.parametrize("request_bytes, reply", [
    (b"kf 01 65\r", b"f 01 NG01x"),
    (b"kf 01 fe\r", b"f 01 NG01x"),
    (b"kf 01 ff\r", b"f 01 OK0ax"),
    (b"xb 01 93\r", b"b 01 NG01x"),
    (b"kf 02 0c\r", b""),
    (b"kf 1 0c\r", b""),
    (b"zz 01 00\r", b""),
    (b"\r", b""),
    (b"ka 01\r", b""),
    (b"ka 01 01", b""),
])
def test_values_that_are_out_of_range_and_units_that_are_others(request_bytes, reply):
    board = display(volume=10)
    assert board.say(request_bytes) == reply
    assert board.board.settings["volume"] == 10 and board.board.settings["input"] == 0x90


def test_in_standby_it_answers_power_alone():
    board = display(power="off")
    assert board.say(b"kf 01 ff\r") == b"" and board.say(b"kf 01 0c\r") == b"" and board.say(b"ka 01 ff\r") == b"a 01 OK00x"
    assert board.board.settings["volume"] == 10
    assert board.say(b"ka 01 01\rkf 01 ff\r") == b"a 01 OK01xf 01 OK0ax"


def test_power_takes_its_time_and_the_rest_does_not():
    display_settings = profile_of("lg").settings
    assert (display_settings["power"].set.latest, display_settings["power"].set.settle, display_settings["power"].set.timeout) == (9, 15, None)
    assert {(one.set.latest, one.set.settle) for name, one in display_settings.items() if name != "power"} == {(None, None)}


@pytest.mark.parametrize("unit, data", [(1, b"ka 01 ff\r"), (10, b"ka 0a ff\r"), (99, b"ka 63 ff\r"), (0, b"ka 00 ff\r")])
def test_the_set_id_is_hex(unit, data):
    profile = profile_of("lg")
    assert profile.settings["power"].get.send.render(profile.unit_values(unit)) == data
    assert profile.is_broadcast(unit) == (unit == 0)


@pytest.mark.parametrize("unit", [-1, 100, 255])
def test_there_are_99_of_them(unit):
    with pytest.raises(ProfileError, match="lg takes 1 to 99"):
        profile_of("lg").unit_values(unit)


def test_requests_split_and_joined():
    board = display()
    assert board.say(b"\rkf 01 0c\rke 01 00\r") == b"f 01 OK0cxe 01 OK00x"
    assert [request.what for request in board.stream.feed(b"kf 0")] == []
    assert [request.what for request in board.stream.feed(b"1 0d\rk")] == ["settings.volume.set"]
    assert [request.what for request in board.stream.feed(b"a 01 ff\r")] == ["settings.power.get"]


def test_a_half_command_of_somebody_else_ends_with_our_carriage_return():
    board = display()
    assert board.say(b"kf 01 \rkf 01 0c\r") == b"f 01 OK0cx"


def test_the_table_of_another_model_year():
    page = {"extends": "lg", "settings": {"input": {"values": {"hdmi3": 0x92, "dvi1": None, "dvi_pc": None}}, "tint": None}}
    profile = profile_of(page)
    source = profile.settings["input"]
    assert source.set.send.render({**source.fields(source.code("hdmi3")), **FIRST}) == b"xb 01 92\r"
    assert source.value(0x92) == "hdmi3" and source.value(0x70) == 0x70
    assert "tint" not in profile.settings and "colour" in profile.settings
    with pytest.raises(ProfileError, match="'dvi_pc'; expected one of tv1, .*hdmi3, or the number of a code"):
        source.code("dvi_pc")
    assert profile_of("lg").settings["input"].code("dvi_pc") == 0x70


def test_a_bare_code_stands_for_a_name():
    source = profile_of("lg").settings["input"]
    assert source.code(0x90) == source.code("144") == source.code("hdmi1") == 0x90
    assert source.code(0x92) == 0x92 and source.value(0x92) == 0x92
    for code in (256, -1, "0x90", 1.5, "hdmi"):
        with pytest.raises(ProfileError):
            source.code(code)


@pytest.mark.parametrize("written, request_bytes", [(243, b"kc 01 01\r"), (969, b"kc 01 02\r"), ("243", b"kc 01 f3\r"), (3, b"kc 01 03\r")])
def test_what_yaml_makes_of_4_3_and_16_9_without_quotes(written, request_bytes):
    aspect = profile_of("lg").settings["aspect"]
    assert aspect.set.send.render({**aspect.fields(aspect.code(written)), **FIRST}) == request_bytes


@pytest.mark.parametrize("written", ["1_5", "007", "\uff11\uff12", " 7 ", "+3", "7\r", "7\n", "", "9" * 5000, 7.0])
def test_a_number_is_read_as_people_write_it(written):
    volume = profile_of("lg").settings["volume"]
    assert volume.code("7") == volume.code(7) == 7
    with pytest.raises(ProfileError, match="expected a whole number from 0 to 100"):
        volume.code(written)


@given(volume=st.integers(0, 100), unit=st.integers(1, 99))
@settings(max_examples=100, deadline=None)
def test_what_is_rendered_is_read_back(volume, unit):
    board = Conversation("lg", settings={"power": "on"})
    board.board.unit = {"set_id": unit}
    setting = board.profile.settings["volume"]
    sent = setting.set.send.render({**setting.fields(volume), "set_id": unit})
    assert setting.set.send.match(sent).values == {"value": volume, "set_id": unit}
    assert setting.get.read(board.say(sent), {"set_id": unit}, sent).values == {"value": volume, "set_id": unit}

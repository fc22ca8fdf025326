# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of NEC displays, both ways, against bytes as they stand in the maker's manual and in independent drivers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation, bear, bytewise, profile_of

POWER = b"\x010A0A06\x0201D6\x03\x74\r"
VOLUME = b"\x010A0C06\x020062\x03\x01\r"

# setting, value, request that sets it, reply, request that asks for it, reply
TABLE = [
    ("power", "on", b"\x010A0A0C\x02C203D60001\x03\x73\r", b"\x0100AB0E\x0200C203D60001\x03\x76\r", POWER, b"\x0100AB12\x020200D60000040001\x03\x74\r"),
    ("power", "off", b"\x010A0A0C\x02C203D60004\x03\x76\r", b"\x0100AB0E\x0200C203D60004\x03\x73\r", POWER, b"\x0100AB12\x020200D60000040004\x03\x71\r"),
    ("input", "hdmi1", b"\x010A0E0A\x0200600011\x03\x72\r", b"\x0100AF12\x020000600000640011\x03\x01\r", b"\x010A0C06\x020060\x03\x03\r",
     b"\x0100AD12\x020000600000640011\x03\x03\r"),
    ("volume", 30, b"\x010A0E0A\x020062001E\x03\x04\r", b"\x0100AF12\x02000062000064001E\x03\x77\r", VOLUME, b"\x0100AD12\x02000062000064001E\x03\x75\r"),
    ("mute", "on", b"\x010A0E0A\x02008D0001\x03\x09\r", b"\x0100AF12\x0200008D0000640001\x03\x7a\r", b"\x010A0C06\x02008D\x03\x79\r",
     b"\x0100AD12\x0200008D0000640001\x03\x78\r"),
]
FIRST = {"monitor": 1}
NULL = b"\x0100AB04\x02BE\x03\x01\r"


def display(**initial):
    return Conversation("nec_display", settings={"power": "on", **initial})


def test_the_checks_of_the_table_are_the_exclusive_or():
    for row in TABLE:
        for message in (row[2], row[3], row[4], row[5]):
            check = 0
            for byte in message[1:-2]:
                check ^= byte
            assert message[-2] == check, message


@pytest.mark.parametrize("name, value, to_set, set_reply, to_ask, get_reply", TABLE)
def test_a_setting_both_ways(name, value, to_set, set_reply, to_ask, get_reply):
    board = display()
    setting = board.profile.settings[name]
    fields = {**setting.fields(setting.code(value)), **FIRST}
    assert setting.set.send.render(fields) == to_set
    assert setting.get.send.render(FIRST) == to_ask
    assert bytewise(setting.set, set_reply, fields, to_set).kind == "reply"
    assert setting.value(setting.code_of(bytewise(setting.get, get_reply, FIRST, to_ask).values)) == value
    assert board.say(to_set) == set_reply
    if value != "off":
        assert board.say(to_ask) == get_reply


@pytest.mark.parametrize("name, reply, value", [
    ("volume", b"\x0100AD12\x020000620000640019\x03\x09\r", 25),  # as drivers know it, asked with * : 0062 0064 0019
    ("mute", b"\x0100AD12\x0200008D0000000002\x03\x79\r", "off"),
    ("input", b"\x0100AD12\x020000600000880011\x03\x01\r", "hdmi1"),  # type 00, maximum 88
    ("input", b"\x0100AD12\x020000600100880011\x03\x00\r", "hdmi1"),
    ("mute", b"\x0100AD12\x0200008D0000000000\x03\x7b\r", "off"),
    ("temperature", b"\x0100AD12\x02000279000064003F\x03\x7c\r", 31.5),
    ("power", b"\x0100AB12\x020200D60000040002\x03\x77\r", "standby"),
])
def test_what_a_display_may_tell(name, reply, value):
    setting = profile_of("nec_display").settings[name]
    assert setting.value(setting.code_of(bytewise(setting.get, reply, FIRST).values)) == value


@pytest.mark.parametrize("reply, kind, code", [
    (NULL, "busy", None),
    (b"\x0100AF12\x020100620000640019\x03\x0a\r", "refused", 1),
    (b"\x0100AF12\x020000620000640019\x03\x0c\r", "wrong", None),  # a wrong check
    (b"\x0100BF12\x020000620000640019\x03\x08\r", "wrong", None),  # of monitor 2
])
def test_what_may_be_answered_to_a_volume(reply, kind, code):
    setting = profile_of("nec_display").settings["volume"]
    answer = setting.set.read(reply, {**setting.fields(25), **FIRST})
    assert (answer.kind, answer.values.get("code")) == (kind, code)


def test_the_id_of_a_monitor_is_a_character():
    get = profile_of("nec_display").settings["power"].get
    assert get.send.render({"monitor": 2}) == b"\x010B0A06\x0201D6\x03\x77\r"
    assert get.send.render({"monitor": 100})[2] == 0xA4
    with pytest.raises(ProfileError, match="takes 1 to 100"):
        profile_of("nec_display").unit_values(101)


@pytest.mark.parametrize("value", ["standby", "suspend", 2])
def test_states_that_save_power_cannot_be_set(value):
    with pytest.raises(ProfileError, match="expected one of on, off"):
        profile_of("nec_display").settings["power"].code(value)


def test_one_in_standby_answers_power_alone():
    board = Conversation("nec_display", settings={"power": "off"})
    assert board.say(POWER) == b"\x0100AB12\x020200D60000040004\x03\x71\r" and board.say(VOLUME) == b""


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=12) | st.sampled_from([row[2] for row in TABLE] + [NULL, POWER, VOLUME]), max_size=4))
def test_bytes_of_any_kind(chunks):
    bear("nec_display", chunks, {"monitor": 1})

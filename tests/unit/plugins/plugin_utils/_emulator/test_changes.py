# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Emulated devices that are changed from outside while they run."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve


def board(model="eth484", **initial):
    return Board(load(resolve(model)), initial)


def test_what_is_named_becomes_so_and_the_rest_stays():
    one = board(relays=[1, 9], inputs=[3], supply_voltage=11.5)
    assert one.change({"inputs": [2]})
    assert one.inputs == {2} and one.coil(1) and one.coil(9) and one.values["supply_voltage"] == 11.5
    assert one.change({"relays": [9], "analogue": {1: 512}})
    assert not one.coil(1) and one.coil(9) and one.inputs == {2} and one.analogue == {1: 512}


def test_it_is_told_whether_anything_became_different():
    one = board(inputs=[3])
    assert not one.change({"inputs": ["3"], "relays": []})
    assert one.change({"inputs": []}) and not one.change({"inputs": []})


def test_checking_changes_nothing():
    one = board(inputs=[3])
    assert one.change({"inputs": [1], "relays": [2], "supply_voltage": 9}, check=True)
    assert one.inputs == {3} and not one.coil(2) and one.values["supply_voltage"] == 12.0


def test_what_is_wrong_changes_nothing():
    one = board(inputs=[3])
    with pytest.raises(ValueError, match="analogue: this model has no 77"):
        one.change({"relays": [2], "inputs": [1], "analogue": {77: 1}})
    assert one.inputs == {3} and not one.coil(2)


def test_settings_and_replies():
    display = board("lg", settings={"power": "off"})
    assert display.change({"settings": {"power": "on"}}) and display.settings["power"] == 1
    unit = board("esc_cr", replies={"STATUS": "READY"})
    assert unit.change({"replies": {"LEVEL": "7"}}) and unit.replies == {"STATUS": "READY", "LEVEL": "7"}


# One answer that tells more than one question asks for.

def test_relays_inputs_and_a_channel_in_one_answer():
    both = {"send": "24", "reply": "{relays:bits8} {inputs:bits8} {value:u16} {volts:u8}"}
    page = {"notation": "hex", "identify": both, "inputs": {"numbers": "1-4", "read": both}, "analogue": {"numbers": "1", "read": both},
            "info": {"volts": both},
            "relays": {"numbers": "1-8", "read": both, "on": {"send": "20 {relay:u8}", "reply": "00"}, "off": {"send": "21 {relay:u8}", "reply": "00"}}}
    one = Board(load(resolve(page)), {"relays": [1, 8], "inputs": [3], "analogue": {1: 513}, "volts": 12})
    for what in ("identify", "relays.read", "inputs", "analogue", "info.volts"):
        assert one.reply(what, dict(one.profile.requests())[what], {}) == b"\x81\x04\x02\x01\x0c"


def test_two_settings_in_one_answer():
    page = {"notation": "text", "setting": {"set": {"send": "{c}{value:d}\r", "reply": "ok\r"}, "get": {"send": "?\r", "reply": "{power:d} {volume:d}\r"}},
            "settings": {"power": {"c": "p", "values": {"off": 0, "on": 1}}, "volume": {"c": "v", "range": "0-100"}}}
    one = Board(load(resolve(page)), {"settings": {"power": "on", "volume": 42}})
    assert {one.reply(f"settings.{name}.get", setting.get, {}) for name, setting in one.profile.settings.items()} == {b"1 42\r"}


# What it is given.

@pytest.mark.parametrize("written", ["0004a3123456", "00:04:A3:12:34:56", "00-04-a3-12-34-56", "0004.a312.3456"])
def test_a_mac_as_people_write_it(written):
    one = board("eth008", mac=written)
    mac = one.profile.info["mac"]
    assert one.reply("info.mac", mac, {}) == b"\x00\x04\xa3\x12\x34\x56"
    assert one.change({"mac": "00:04:a3:12:34:57"}) and one.reply("info.mac", mac, {})[-1:] == b"\x57"


@pytest.mark.parametrize("model, initial, words", [
    ("eth008", {"mac": "00:04:a3:12:34"}, "initial.mac is '00:04:a3:12:34'; expected six bytes such as 00:04:a3:12:34:56, in quotation marks"),
    ("eth008", {"mac": 400123456}, "initial.mac is 400123456; expected six bytes"),
    ("eth008", {"mac": "00:04-a3:12-34:56"}, "initial.mac is '00:04-a3:12-34:56'; expected six bytes"),
    ("eth008", {"supply_voltage": "twelve"}, "initial.supply_voltage does not fit its field: 'twelve', limits 0 to 25.5"),
    ("eth008", {"supply_voltage": 30}, "initial.supply_voltage does not fit its field: 30, limits 0 to 25.5"),
    ("eth008", {"supply_voltage": 12.04}, "initial.supply_voltage 12.04 is not a multiple of 0.1"),
    ("eth008", {"firmware": 256}, "initial.firmware does not fit its field: 256, limits 0 to 255"),
    ("eth8020", {"analogue": {8: 70000}}, "initial.analogue.8: value does not fit its field: 70000, limits 0 to 65535"),
    ("eth8020", {"analogue": {"first": 1}}, "initial.analogue: 'first' is not a number"),
    ("eth8020", {"analogue": [1]}, "initial.analogue is [1]; expected keys and values"),
    ("eth008", {"relays": 2}, "initial.relays is 2; expected a list of numbers"),
    ("eth008", {"relays": ["disk"]}, "initial.relays: 'disk' is not a number"),
    ("eth008", {"reconnect": "soon"}, "initial.reconnect is 'soon'; expected seconds, 0 or more"),
    ("lg", {"settings": ["power"]}, "initial.settings is ['power']; expected keys and values"),
    ("esc_cr", {"replies": "OK"}, "initial.replies is 'OK'; expected keys and values"),
    ("esc_cr", {"replies": {"STATUS": "\u20ac"}}, "initial.replies.STATUS: reply does not fit its field"),
])
def test_what_it_could_not_say_is_refused_before_it_is_asked(model, initial, words):
    with pytest.raises(ValueError) as caught:
        board(model, **initial)
    assert words in str(caught.value)


@pytest.mark.parametrize("codes, refusal", [
    ({0: "not understood", 5: "out of range"}, b"ERR0\r"), ({0: "done", 1: "unknown"}, b"ERR1\r"), ({12: "two digits", 7: "late"}, b"ERR7\r"), ({}, b"ERR1\r"),
])
def test_it_refuses_with_a_number_that_the_page_has_words_for(codes, refusal):
    power = {"values": {"off": 0, "on": 1}, "set": {"send": "P{value:d1}\r", "reply": "OK\r", "refused": "ERR{code:d1}\r"}}
    profile = load({"notation": "text", "codes": codes, "settings": {"power": power}})
    assert Board(profile, {}).refusal(profile.settings["power"].set, {}) == refusal

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._page.message import _SHAPES
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile, ProfileError, load, merged, normalised
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import MessageSpec, Page

PAGE = {
    "notation": "hex",
    "port": 2101,
    "frame": {"send": "AA {length:u8} {payload} {:sum8}", "reply": "AA {length:u8} {payload} {:sum8}"},
    "ignore": ["AB {:any}"],
    "relays": {
        "numbers": "1-16",
        "read": {"send": "FE 7C {bank:u8}", "reply": "{relays:bits8}"},
        "on": {"send": "FE {bit+108:u8} {bank:u8}", "reply": "55"},
        "off": {"send": "FE {bit+100:u8} {bank:u8}", "reply": "55"},
    },
}


def with_relays(**changes):
    return dict(PAGE, relays=dict(PAGE["relays"], **changes))


def test_a_page_with_banks_and_frames():
    profile = Profile(PAGE)
    profile.check()
    relays = profile.relays
    assert relays.fields(9) == {"relay": 9, "index": 8, "bank": 2, "bit": 0}
    assert relays.on.send.render(relays.fields(9)) == b"\xaa\x03\xfe\x6c\x02\x19"
    assert relays.covered(9) == [9, 10, 11, 12, 13, 14, 15, 16]
    assert relays.decode(9, {"relays": 0b10}) == {9: False, 10: True, **dict.fromkeys(range(11, 17), False)}


def test_frames_that_nobody_asked_for_are_skipped():
    on = Profile(PAGE).relays.on
    unasked = b"\xaa\x03\xab\x01\x02\x5b"
    answer = on.read(unasked + b"\xaa\x01\x55\x00", {})
    assert (answer.kind, answer.end) == ("reply", 10)
    assert on.read(unasked, {}).kind == "more"
    assert on.read(unasked + b"\xaa\x01\x56\x01", {}).kind == "wrong"


def test_an_echo_is_skipped_unless_it_is_the_reply():
    page = {"notation": "text", "echo": "\\r\\n", "relays": {
        "numbers": 1, "read": {"send": "r\\r", "reply": "{state:u8}"},
        "on": {"send": "ka 01 01\\r", "reply": "a 01 OK01x"}, "off": {"send": "ka 01 00\\r", "reply": "ka 01 00\\rOK"}}}
    relays = Profile(page).relays
    assert relays.on.read(b"ka 01 01\r\r\na 01 OK01x", {}, b"ka 01 01\r").kind == "reply"
    assert relays.off.read(b"ka 01 00\rOK", {}, b"ka 01 00\r").kind == "reply"


def test_a_page_survives_json():
    assert load(json.loads(json.dumps(normalised(PAGE)))).relays.numbers == load(PAGE).relays.numbers


@pytest.mark.parametrize("changes, first", [({}, 3), ({"first": 1}, 1), ({"first": None}, 3)])
def test_a_page_of_its_own_counts_from_its_lowest_relay(changes, first):
    relays = load(merged(with_relays(numbers="3-8"), {"relays": changes})).relays
    assert relays.fields(3)["index"] == 3 - first and relays.decode(3, {"relays": 0b101})[5] is (first == 3)


def test_what_a_setting_needs_may_have_lost_its_quotes():
    message = {"send": "{c}{value:d2}", "reply": "{value:d2}"}
    page = {"notation": "text", "setting": {"set": message, "get": {"send": "{c}?", "reply": "{value:d2}"}}, "settings": {
        "power": {"c": "P", "values": {"off": 0, "on": 1}}, "volume": {"c": "V", "range": "0-9", "needs": {"power": True}}}}
    profile = load(normalised(page))
    profile.check()
    assert profile.settings["volume"].needs == {"power": "on"}


WORDS_FOR_NUMBERS = {"notation": "text", "relays": {
    "numbers": "1-4", "on": {"send": "ON {relay:d}\\r", "reply": ["{relay:text} OK\\r", "{relay:d} OK\\r"]},
    "off": {"send": "OFF {relay:d}\\r", "reply": "\\r"}}}


def test_a_number_that_a_reply_has_in_words_is_wrong_and_raises_nothing():
    on = load(WORDS_FOR_NUMBERS).relays.on
    assert on.read(b"1 OK\r", {"relay": 1}).kind == "reply" and on.read(b"2 OK\r", {"relay": 1}).kind == "wrong"


def test_booleans_that_were_on_and_off_are_mapped_back():
    relays = {"numbers": "1-8", True: {"send": "01", "reply": "00"}, False: {"send": "02", "reply": "00"}}
    assert Profile({"notation": "hex", "relays": relays}).relays.off.send.render({}) == b"\x02"


@pytest.mark.parametrize("page, words", [
    ({"notation": "hex", "colour": "red"}, "'colour' is not a key of a page; expected one of"),
    ({"port": 80}, "notation is None; expected hex or text"),
    ({"notation": "hex", "port": 70000}, "port is 70000"),
    (with_relays(numbers="eight"), "relays.numbers is 'eight'; expected for example 1-8"),
    (with_relays(toggle={"send": "00"}), "'toggle' is not a key of relays"),
    (with_relays(on={"send": "FE {bit+108:u8} {bank:u8}", "answer": "55"}), "'answer' is not a key of relays.on"),
    (with_relays(on={"send": "FE {bit+108:u7}", "reply": "55"}), "relays.on.send: 'u7' in .* is not a type"),
    (with_relays(on={"send": 24, "reply": "55"}), "relays.on.send: 24 is a number"),
    (with_relays(read={"send": "FE 7C", "reply": "{text:text}"}, frame=None), "'frame' is not a key of relays"),
    ({"notation": "text", "info": {"name": {"send": "?", "reply": "{name:text}"}}}, "info.name.reply has no end of its own; add idle"),
    ({"notation": "hex", "inputs": {"numbers": "1-16", "read": {"send": "25", "reply": "{inputs:bits8}"}}}, "a map of 8 bits does not tell input 16"),
    ({"notation": "hex", "inputs": {"numbers": "1-8", "read": {"send": "25", "reply": "{foo:u8}"}}}, "inputs.read needs send, and in reply the field inputs"),
    ({"notation": "hex", "analogue": {"numbers": "1", "read": {"send": "32 {channel:u8}", "reply": "{foo:u8}"}}}, "in reply the field value"),
    (with_relays(numbers=4), "relays.numbers is 4, the number of one relay; expected 1-4 if there are so many"),
    ({"notation": "hex", "session": "magic"}, "session is 'magic'; expected one of devantech_password"),
    ({"notation": "hex", "is": {"id": 1}}, "there is no identify message"),
    ({"notation": "hex", "relays": {"numbers": "1-8", "read": {"send": "24", "reply": "{relays:bits8}"}}}, 'needs the messages "on" and "off"'),
    (with_relays(read={"send": "24", "reply": "{relays:bits8}"}), "a map of 8 bits does not tell relay 16"),
    (with_relays(read={"send": "24", "reply": "{on:u8}"}), "needs the field relays .a map. or state"),
    (with_relays(read={"send": "24", "reply": "{state:u8}"}), "addresses no relay, but its reply tells the state of one"),
    (with_relays(read={"reply": "{relays:bits16}"}), "relays.read needs send"),
    (with_relays(pulse={"send": "30 {bit:u8}", "reply": "55"}), "relays.pulse.send needs the field seconds"),
    (with_relays(values={"on": 1}), "relays.values is .*; expected the codes of off and on"),
    (with_relays(on={"send": ["01", "02"], "reply": "55"}), "relays.on.send is a list"),
    ({"notation": "hex", "unit": "x"}, "unit is 'x'; expected keys and values"),
    ({"notation": "hex", "codes": ["x"]}, "codes is ..x..; expected keys and values"),
    ({"notation": "hex", "info": ["x"]}, "info is ..x..; expected keys and values"),
    ({"notation": "hex", "frame": "AA {payload}"}, "frame is 'AA {payload}'; expected keys and values"),
    ({"notation": "hex", "idle": "fast"}, "idle is 'fast'; expected a number"),
    ({"notation": "hex", "pause": -1}, "pause is -1; expected seconds, 0 or more"),
    ({"notation": "hex", "port": True}, "port is True; expected a whole number"),
])
def test_a_wrong_page_is_refused_with_the_key(page, words):
    with pytest.raises(ProfileError, match=words):
        Profile(page)


@pytest.mark.parametrize("relays, words", [
    ({"on": {"send": "20 {relay:u8}"}, "off": {"send": "20 {relay:u8}"}}, "cannot be told apart"),
    ({"on": {"send": "20 {bit:u8}"}, "off": {"send": "21 {bit:u8}"}, "numbers": "1-16"}, "reads as relays.on for relay 1"),
    ({"on": {"send": "20 01 00"}, "off": {"send": "21 01 00"}}, "relays.on.send does not say which relay; add a field"),
    ({"on": {"send": "20 {relay:d1}"}, "off": {"send": "21 {relay:d1}"}, "numbers": "1-16"}, "relays.on.send: relay 10: relay does not fit"),
])
def test_the_self_check_finds_ambiguous_pages(relays, words):
    with pytest.raises(ProfileError, match=words):
        Profile({"notation": "hex", "relays": dict({"numbers": "1-8"}, **relays)}).check()


@pytest.mark.parametrize("key, shape", list(_SHAPES.items()))
def test_the_loader_checks_what_the_types_of_a_page_promise(key, shape):
    promised = {**MessageSpec.__annotations__, **Page.__annotations__}[key]
    kind = getattr(promised, "__origin__", promised)
    assert shape == (int, float) if kind is float else issubclass(kind, shape)

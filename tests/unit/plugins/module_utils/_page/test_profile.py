# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._page.message import SHAPES
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile, ProfileError, load, merged, normalised
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import MessageSpec, Page, RowsSpec

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


MODBUS = {"notation": "hex", "echo": "", "unit": {"name": "unit"}, "ignore": ["00"], "relays": {
    "numbers": "1-2", "read": {"send": "{unit:u8} 01 {index:u8}", "reply": "{unit:u8} 01 01 {state:u8}"},
    "on": {"send": "{unit:u8} 05 {index:u8} FF", "reply": "{unit:u8} 05 {index:u8} FF", "refused": "{unit:u8} 85 {code:u8}"},
    "off": {"send": "{unit:u8} 05 {index:u8} 00", "reply": "{unit:u8} 05 {index:u8} 00"}}}
ASKED = b"\x01\x05\x01\xff"
SWITCHED = {"unit": 1, "index": 1}


@pytest.mark.parametrize("data, kind, end", [
    (b"\x01\x05", "more", 0),
    (ASKED, "more", 4),
    (ASKED + ASKED[:3], "more", 4),
    (ASKED + ASKED, "reply", 8),
    (ASKED + ASKED + ASKED, "reply", 8),
    (ASKED + b"\x01\x85\x04", "refused", 7),
    (ASKED + b"\x01\x05\x00\xff", "wrong", 4),
    (b"\x00" + ASKED, "more", 5),
    (b"\x00" + ASKED + ASKED, "reply", 9),
    (ASKED + b"\x00" + ASKED, "reply", 9),
    (b"\x00" + ASKED + b"\x00" + ASKED, "reply", 10),
    (b"\x01\x85\x04", "refused", 3),
])
def test_the_echo_comes_first_where_the_reply_has_the_same_bytes(data, kind, end):
    answer = Profile(MODBUS).relays.on.read(data, SWITCHED, ASKED)
    assert (answer.kind, answer.end, answer.may_be_echo) == (kind, end, False)


def test_an_echo_that_nothing_follows_is_no_reply():
    on = Profile(MODBUS).relays.on
    assert on.read(ASKED, SWITCHED, ASKED, final=True).kind == "wrong"
    assert on.read(ASKED, SWITCHED).kind == "reply"


@pytest.mark.parametrize("data, kind, end, may_be_echo", [
    (b"\x01\x05", "more", 0, False),
    (ASKED, "reply", 4, True),
    (ASKED + ASKED[:3], "more", 0, False),
    (ASKED + ASKED, "reply", 8, False),
    (ASKED + ASKED + ASKED, "reply", 8, False),
    (ASKED + b"\x01\x85\x04", "refused", 7, False),
    (ASKED + b"\x77", "reply", 4, True),
    (b"\x00" + ASKED, "reply", 5, True),
    (ASKED + b"\x00" + ASKED, "reply", 9, False),
    (b"\x01\x85\x04", "refused", 3, False),
    (b"\x01\x05\x00\xff", "wrong", 0, False),
])
def test_an_echo_that_may_come_or_not(data, kind, end, may_be_echo):
    on = Profile(dict(MODBUS, echo="optional")).relays.on
    answer = on.read(data, SWITCHED, ASKED)
    assert (on.echo, on.echo_optional) == (b"", True)
    assert (answer.kind, answer.end, answer.may_be_echo) == (kind, end, may_be_echo)


@pytest.mark.parametrize("data, kind, end, may_be_echo, state", [
    (b"\x01\x01\x01", "more", 0, False, None),
    (b"\x01\x01\x01\x00", "reply", 4, False, 0),
    (b"\x01\x01\x01\x01", "reply", 4, True, 1),
    (b"\x01\x01\x01\x01\x01", "more", 0, False, None),
    (b"\x01\x01\x01\x01\x01\x01\x00", "reply", 7, False, 0),
])
def test_a_reply_that_begins_like_its_request(data, kind, end, may_be_echo, state):
    read = Profile(dict(MODBUS, echo="optional", ignore=[])).relays.read
    answer = read.read(data, SWITCHED, b"\x01\x01\x01")
    assert (answer.kind, answer.end, answer.may_be_echo, answer.values.get("state")) == (kind, end, may_be_echo, state)


def test_a_short_reply_may_be_the_beginning_of_the_echo():
    info = Profile({"notation": "hex", "echo": "optional", "info": {"mode": {"send": "FE 21", "reply": "{mode:u8}"}}}).info["mode"]
    for data, end, may_be_echo in ((b"\xfe", 1, True), (b"\x55", 1, False), (b"\xfe\x21\x55", 3, False), (b"\xfe\x21", 1, True)):
        answer = info.read(data, {}, b"\xfe\x21")
        assert (answer.kind, answer.end, answer.may_be_echo) == ("reply", end, may_be_echo)


def test_an_optional_echo_of_free_text():
    page = {"notation": "text", "echo": "optional", "command": {"send": "{command:text}\\r", "reply": "{reply:text}\\r"}}
    command = Profile(page).command
    for data, values, may_be_echo in ((b"ON\rOK\r", {"reply": "OK"}, False), (b"OK\r", {"reply": "OK"}, False), (b"ON\r", {"reply": "ON"}, True)):
        answer = command.read(data, {}, b"ON\r")
        assert (answer.kind, answer.values, answer.may_be_echo) == ("reply", values, may_be_echo)


TIMES = {"notation": "hex", "latest": 3, "settle": 1.5, "reconnect": 1.0, "closes": True, "busy": {"reply": "0B", "every": 0.5, "for": 20}, "info": {
    "own": {"send": "01", "reply": "01", "latest": 9, "settle": 0, "timeout": 100, "busy": ["0C", "0D"]},
    "none": {"send": "02", "reply": "02"}}}


def test_times_of_a_page_and_of_a_message():
    profile = Profile(TIMES)
    own, none = profile.info["own"], profile.info["none"]
    assert (profile.latest, profile.settle, profile.reconnect, profile.closes) == (3, 1.5, 1.0, True)
    assert (own.latest, own.settle, own.timeout) == (9, 0, 100) and (none.latest, none.settle, none.timeout) == (3, 1.5, None)
    assert (own.busy_every, own.busy_for, len(own.busy)) == (0, 0, 2) and (none.busy_every, none.busy_for) == (0.5, 20)
    assert own.read(b"\x0d", {}).kind == none.read(b"\x0b", {}).kind == "busy"


def test_times_that_nobody_gave():
    profile = Profile(PAGE)
    on = profile.relays.on
    assert (profile.latest, profile.settle, profile.reconnect, profile.closes) == (None, None, 0, False)
    assert (on.latest, on.settle, on.timeout, on.busy, on.busy_every, on.busy_for, on.echo_optional) == (None, None, None, [], 0, 0, False)


def test_the_session_of_a_page_has_its_times_too():
    profile = Profile({"notation": "hex", "session": "devantech_password", "latest": 3, "settle": 2})
    assert {(message.latest, message.settle) for message in profile.session.values()} == {(3, 2)}


def status(bits, reply="{status:u8}", **others):
    return {"notation": "hex", "info": {"status": {"send": "05", "reply": reply, "fixed": {"status": bits}}}, **others}


@pytest.mark.parametrize("reply, bits, data, kind", [
    ("{status:u8}", "0xx1xx10", b"\x12", "reply"),
    ("{status:u8}", "0xx1xx10", b"\x7e", "reply"),
    ("{status:u8}", "0xx1xx10", b"\x0f", "wrong"),
    ("{status:u8}", "0xx1xx10", b"\x00", "wrong"),
    ("{status:u8}", "0xx1xx10", b"\x92", "wrong"),
    ("{status:u8}", "0xx1xx10", b"\x13", "wrong"),
    ("{status:u8}", "xxxxxxxx", b"\x13", "reply"),
    ("{status:u16}", "1xxxxxxxxxxxxxx0", b"\x80\x00", "reply"),
    ("{status:u16}", "1xxxxxxxxxxxxxx0", b"\x00\x80", "wrong"),
    ("{status:u16le}", "1xxxxxxxxxxxxxx0", b"\x00\x80", "reply"),
    ("{status:x2}", "0xxxxxx1", b"7F", "reply"),
    ("{status:x2}", "0xxxxxx1", b"80", "wrong"),
])
def test_fixed_bits_both_ways(reply, bits, data, kind):
    profile = Profile(status(bits, reply))
    profile.check()
    answer = profile.info["status"].read(data, {})
    assert answer.kind == kind
    template = profile.info["status"].replies[0]
    if kind == "reply":
        assert template.render(answer.values).lower() == data.lower()
    else:
        with pytest.raises(ValueError, match=f"status is .*; expected a number with the bits {bits}"):
            template.render({"status": 0x80 if data == b"80" else int.from_bytes(data, "big")})


def test_values_of_the_emulator_have_the_fixed_bits():
    Profile(status("0xx1xx10", emulator={"status": 0x12})).check()
    with pytest.raises(ProfileError, match="emulator.status is 15; expected a number with the bits 0xx1xx10"):
        Profile(status("0xx1xx10", emulator={"status": 0x0f})).check()


def projector(**changes):
    power = {"values": {"off": 0, "on": 1, "cooling": 2, "warming": 3}, "transient": {"warming": "on", "cooling": "off"},
             "set": {"send": "P{value:d1}", "reply": "p{value:d1}"}, "get": {"send": "P?", "reply": "p{value:d1}"}}
    return {"notation": "text", "settings": {"power": dict(power, **changes)}}


def test_states_on_the_way_are_read_and_not_set():
    profile = Profile(projector())
    profile.check()
    power = profile.settings["power"]
    assert power.transient == {3: 1, 2: 0} and power.samples() == [0, 1] and power.readable() == [0, 1, 2, 3]
    assert power.value(power.code_of(power.get.read(b"p3", {}).values)) == "warming"
    assert power.expected() == "one of off, on, or the number of a code"
    for value in ("warming", 3, "3"):
        with pytest.raises(ProfileError, match=f"power is {value!r}, which can be read and not set: it is on the way to on; expected one of off, on"):
            power.code(value)
    assert power.code("on") == 1 and not profile.fits("settings.power.set", {"value": 2}) and profile.fits("settings.power.set", {"value": 1})


def test_states_on_the_way_in_texts():
    words = {"off": "OFF", "on": "ON", "warming": "WARM"}
    message = {"send": "P={value:word}\\r", "reply": "{value:word}\\r"}
    profile = Profile(projector(values=words, transient={"warming": True}, set=message, get=dict(message, send="P?\\r")))
    profile.check()
    power = profile.settings["power"]
    assert power.transient == {"warming": "on"} and power.samples() == ["off", "on"]
    assert power.code_of(power.get.read(b"WARM\r", {}).values) == "warming"


def lamp(**changes):
    """A projector that is told words and tells numbers, two of which mean off."""
    power = {"values": {"off": {"set": "OFF", "get": [0, 4]}, "on": {"set": "ON", "get": 1}, "warming": {"get": 2}}, "transient": {"warming": "on"},
             "set": {"send": "PWR {value:word}\\r", "reply": ":"}, "get": {"send": "PWR?\\r", "reply": "PWR={value:x2}\\r:"}}
    return {"notation": "text", "settings": {"power": dict(power, **changes)}}


def test_what_is_set_is_not_what_is_read():
    profile = Profile(lamp())
    profile.check()
    power = profile.settings["power"]
    assert power.set.send.render(power.fields(power.code("off"))) == b"PWR OFF\r"
    read = {data: power.code_of(power.get.read(data, {}).values) for data in (b"PWR=00\r:", b"PWR=04\r:", b"PWR=01\r:", b"PWR=02\r:", b"PWR=09\r:")}
    assert read == {b"PWR=00\r:": "off", b"PWR=04\r:": "off", b"PWR=01\r:": "on", b"PWR=02\r:": "warming", b"PWR=09\r:": 9}
    assert power.get.replies[0].render(power.fields("warming", "get")) == b"PWR=02\r:"
    assert power.samples() == ["off", "on"] and power.transient == {"warming": "on"}
    for value in (1, "1", 4, "dim"):
        with pytest.raises(ProfileError, match=f"power is {value!r}; expected one of off, on$"):
            power.code(value)


def test_several_texts_are_read_for_one_name():
    values = {"off": {"set": 0, "get": "OFF"}, "on": {"set": 1, "get": ["ON", "ON AIR"]}}
    page = lamp(values=values, transient=None, set={"send": "P{value:d}\\r", "reply": ":"}, get={"send": "P?\\r", "reply": "P={value:word}\\r"})
    profile = Profile(page)
    profile.check()
    power = profile.settings["power"]
    assert power.set.send.render(power.fields("on")) == b"P1\r"
    assert [power.code_of(power.get.read(data, {}).values) for data in (b"P=ON\r", b"P=ON AIR\r", b"P=OFF\r")] == ["on", "on", "off"]


@pytest.mark.parametrize("values, expected", (
    ({"off": {"set": 0, "get": [1, 3]}, "on": {"set": 1, "get": 3}}, "settings.power.values: 3 is read for off and for on"),
    ({"off": {"set": 0, "get": "OFF"}, "on": {"set": "ON", "get": "ON"}}, "settings.power.values has numbers and texts; expected a number for each name"),
    ({"off": {"set": 0, "gte": 0}}, "'gte' is not a key of settings.power.values.off"),
    ({"off": {"set": 0}}, "settings.power.values.off has no get; expected what is read while it is off"),
    ({"off": {"set": [0, 1], "get": 0}}, r"values.off is .*; expected what is set and what may be read, for example {set: \"ON\", get: \[1, 3\]}"),
    ({"off": {}}, "expected what is set and what may be read"),
    ({"off": {"set": True, "get": 0}}, "expected what is set and what may be read"),
))
def test_sides_that_are_wrong(values, expected):
    with pytest.raises(ProfileError, match=expected):
        Profile(lamp(values=values, transient=None))


def test_what_can_be_read_alone_is_not_set():
    power = Profile(lamp(transient=None)).settings["power"]
    with pytest.raises(ProfileError, match="power is 'warming', which can be read and not set; expected one of off, on"):
        power.code("warming")


def test_the_self_check_reads_states_on_the_way():
    with pytest.raises(ProfileError, match="settings.power.get.reply: value warming: value does not fit its field: 30"):
        Profile(projector(values={"off": 0, "on": 1, "warming": 30}, transient={"warming": "on"})).check()
    Profile(projector(values={"off": 0, "on": 1, "warming": 30}, transient={"warming": "on"},
                      get={"send": "P?", "reply": "p{value:d2}"})).check()


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
    ({"notation": "hex", "relays": {"numbers": "1-8", "on": {"send": "24", "reply": "06"}}}, 'needs the messages "on" and "off", or read alone'),
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
    ({"notation": "hex", "pause": -1}, "pause is -1; expected 0 to 60 seconds"),
    ({"notation": "hex", "port": True}, "port is True; expected a whole number"),
    ({"notation": "hex", "latest": "late"}, "latest is 'late'; expected a number"),
    ({"notation": "hex", "settle": -1}, "settle is -1; expected 0 to 3600 seconds"),
    ({"notation": "hex", "settle": float("nan")}, "settle is nan; expected 0 to 3600 seconds"),
    ({"notation": "hex", "reconnect": True}, "reconnect is True; expected a number"),
    ({"notation": "hex", "closes": 1}, "closes is 1; expected true or false"),
    ({"notation": "hex", "closes": "yes"}, "closes is 'yes'; expected true or false"),
    ({"notation": "hex", "timeout": 3}, "'timeout' is not a key of a page"),
    ({"notation": "hex", "echo": "maybe", "info": {"x": {"send": "01", "reply": "01"}}}, "'maybe' is not hex pairs"),
    (with_relays(on={"send": "FE", "reply": "55", "timeout": 0}), "relays.on.timeout is 0; expected 0.001 to 3600 seconds"),
    (with_relays(on={"send": "FE", "reply": "55", "timeout": "long"}), "relays.on.timeout is 'long'; expected a number"),
    (with_relays(on={"send": "FE", "reply": "55", "latest": True}), "relays.on.latest is True; expected a number"),
    (with_relays(on={"send": "FE", "reply": "55", "busy": {"reply": "0B", "each": 2}}), "'each' is not a key of relays.on.busy; expected one of every, for"),
    (with_relays(on={"send": "FE", "reply": "55", "busy": {"reply": "0B", "every": 2}}), "relays.on.busy has no for; expected for example"),
    (with_relays(on={"send": "FE", "reply": "55", "busy": {"reply": "0B", "every": 0, "for": 2}}), "relays.on.busy.every is 0; expected 0.001 to 3600 seconds"),
    (with_relays(on={"send": "FE", "reply": "55", "busy": {"reply": "0B", "every": 1, "for": "2"}}), "relays.on.busy.for is '2'; expected a number"),
    (with_relays(on={"send": "FE", "reply": "55", "busy": {"reply": "0B", "every": 3, "for": 2}}), "relays.on.busy.every is 3; expected no more than for"),
    (with_relays(on={"send": "FE", "reply": "55", "busy": {"reply": 11, "every": 1, "for": 2}}), "relays.on.busy: 11 is a number"),
    (status(72), "info.status.fixed.status is 72; write it in quotes .YAML turned it into a number"),
    (status("0xx1xx1"), "info.status.fixed.status is '0xx1xx1'; expected 8 bits, as the reply has them"),
    (status("0xx1 x10"), "info.status.fixed.status is '0xx1 x10'; expected 0, 1 or x for each bit"),
    (status(["0"]), "info.status.fixed.status is .'0'.; expected 0, 1 or x for each bit"),
    (status("0xx1xx10", "{state:u8}"), "info.status.fixed: no reply has the field status, or not every one"),
    (status("0xx1xx10", "{status:bytes1}"), "info.status.fixed: status is not a whole number in the reply; expected for example .status:u8."),
    (status("0xx1xx10", "{status:i8}"), "info.status.fixed.status: status is not a number of so many bits in the reply"),
    (status("0xx1xx10", "{status+1:u8}"), "info.status.fixed.status: status is not a number of so many bits in the reply"),
    (status("0xx1xx10", "{status:d3}"), "info.status.fixed.status: status is not a number of so many bits in the reply"),
    (projector(transient={"heating": "on"}), "'heating' is not a key of settings.power.transient; expected one of cooling, off, on, warming"),
    (projector(transient={"warming": "hot"}), "settings.power.transient.warming is 'hot'; expected the state that it leads to, one of off, on, cooling"),
    (projector(transient={"warming": "warming"}), "settings.power.transient.warming is 'warming'; expected the state that it leads to"),
    (projector(transient={"warming": "cooling", "cooling": "off"}), "settings.power.transient.warming is 'cooling'; expected the state that it leads to"),
    (projector(transient=["warming"]), "settings.power.transient is .'warming'.; expected keys and values"),
    (projector(values={"off": 0, "on": 1, "warming": 1}, transient={"warming": "on"}), "settings.power.transient: on has the code of a state on the way"),
    (projector(values=None, range="0-3"), "'warming' is not a key of settings.power.transient"),
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


@pytest.mark.parametrize("key, shape", list(SHAPES.items()))
def test_the_loader_checks_what_the_types_of_a_page_promise(key, shape):
    promised = {**MessageSpec.__annotations__, **RowsSpec.__annotations__, **Page.__annotations__}[key]
    kind = getattr(promised, "__origin__", promised)
    assert shape == kind.__name__ if isinstance(shape, str) else issubclass(kind, shape)

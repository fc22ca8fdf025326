# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decimal numbers with a sign, a fraction, an exponent, as instruments write them; ranges in steps; what is the same; what has no value."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.module_utils._page.attribution import begins, shapes
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import COMPLETE, MORE, WRONG, Template, TemplateError
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation

SUPPLY = {
    "notation": "text", "port": 5025, "no_value": ["---.-", "NA", "9.91E+37"],
    "settings": {
        "volts": {"range": {"from": 0, "to": 30.5, "step": 0.01}, "measured_in": "V", "set": {"send": "VOLT {value:f2}\\n", "reply": "OK\\n"},
                  "get": {"send": "VOLT?\\n", "reply": "{value:f}\\n"}},
        "amperes": {"range": {"from": 0, "to": 3}, "tolerance": 0.05, "set": {"send": "CURR {value:f3}\\n", "reply": "OK\\n"},
                    "get": {"send": "CURR?\\n", "reply": "{value:f} A\\n"}},
        "gain": {"range": {"from": -80, "to": 18, "step": 0.5}, "set": {"send": "GAIN {value:f1}\\n", "reply": "OK\\n"},
                 "get": {"send": "GAIN?\\n", "reply": "GAIN {value:f}\\n"}},
        "balance": {"range": {"from": -7, "to": 7, "step": 1}, "set": {"send": "BAL {value:s}\\n", "reply": "OK\\n"},
                    "get": {"send": "BAL?\\n", "reply": "BAL {value:s}\\n"}},
        "half_degrees": {"range": {"from": 0, "to": 100}, "set": {"send": "T {value*2:X4}\\n", "reply": "OK\\n"},
                         "get": {"send": "T?\\n", "reply": "{value*2:X4}\\n"}},
    },
    "info": {"all": {"send": "MEAS?\\n", "reply": "{voltage:f},{current:f},{power:f}\\n", "measured_in": {"voltage": "V", "current": "A"}}},
    "emulator": {"voltage": 5.0114, "current": "NA", "power": 0},
}

# what a device says, the type, what it is
SAID = [
    (b"5.000", "f", 5.0), (b"+5.00000000E+00", "f", 5.0), (b"4.9998", "f", 4.9998), (b"-1.5e-3", "f", -0.0015), (b".5", "f", 0.5), (b"5.", "f", 5.0),
    (b"  12.25", "f", 12.25), (b"-0.000", "f", 0.0), (b"0161", "f", 161.0), (b"12", "f2", 12.0), (b"+51.200", "f2", 51.2), (b"1E3", "f", 1000.0),
    (b"-5", "s", -5), (b"+5", "s", 5), (b"   -12", "s", -12), (b"007", "s", 7),
]


@pytest.mark.parametrize("text, kind, value", SAID)
def test_what_instruments_say(text, kind, value):
    template = Template(f"V {{value:{kind}}}\\r", "text")
    assert all(template.match((b"V " + text)[:end]).status == MORE for end in range(len(text) + 3))
    read = template.match(b"V " + text + b"\r")
    assert (read.status, read.values) == (COMPLETE, {"value": value})
    assert type(read.values["value"]) is type(value)


@pytest.mark.parametrize("reply, data, values", [
    ("{v:f},{a:f},{w:f}\\n", b"5.0114,0.0000,0.000\n", {"v": 5.0114, "a": 0.0, "w": 0.0}),  # Rigol DP800, MEAS:ALL?
    ("CH1:{most_v:f}V/{most_a:f}A,{v:f},{a:f}\\n", b"CH1:30V/3A,5.000,0.100\n", {"most_v": 30.0, "most_a": 3.0, "v": 5.0, "a": 0.1}),  # APPL? CH1
    ("{v:f}, {a:f}\\n", b"+5.050, +1.100\n", {"v": 5.05, "a": 1.1}),  # GW Instek PSW, APPL?
    ("{v:f} V\\n", b"12.00 V\n", {"v": 12.0}),  # EA-PS
    ("{a:f}A\\r\\n", b"0.123A\r\n", {"a": 0.123}),  # Aim-TTi
    ("V {v:f}\\r\\n", b"V 10.00\r\n", {"v": 10.0}),  # Aim-TTi EL302P
    ("({in_v:f} {in_hz:f} {v:f} {hz:f} {va:d4}{:crc16x}\\r", None, {"in_v": 230.0, "in_hz": 49.9, "v": 230.0, "hz": 50.0, "va": 161}),  # Voltronic, QPIGS
])
def test_numbers_in_their_lines(reply, data, values):
    template = Template(reply, "text")
    data = data or template.render(values)
    for end in range(len(data)):
        assert template.match(data[:end]).status == MORE, data[:end]
    assert template.match(data).values == values


@pytest.mark.parametrize("kind, value, text", [
    ("f", 3.3, b"3.3"), ("f", 12, b"12"), ("f", 1e-5, b"0.00001"), ("f", -0.5, b"-0.5"), ("f", -1e-12, b"0"), ("f2", 12, b"12.00"), ("f3", 11.9998, b"12.000"),
    ("f1", -80, b"-80.0"), ("f2", -0.001, b"0.00"), ("s", -7, b"-7"), ("s", 0, b"0"), ("f", 1e15, b"1000000000000000")])
def test_what_is_sent(kind, value, text):
    assert Template(f"{{value:{kind}}}\\r", "text").render({"value": value}) == text + b"\r"


@pytest.mark.parametrize("kind, value", [("s", 1.5), ("f", float("nan")), ("f", float("inf")), ("f2", 1e16), ("s", "5"), ("f", None)])
def test_what_is_no_such_number_is_not_sent(kind, value):
    with pytest.raises(TemplateError, match="value does not fit its field"):
        Template(f"{{value:{kind}}}\\r", "text").render({"value": value})


@pytest.mark.parametrize("kind, text", [("f", b"-"), ("f", b"."), ("f", b"5E"), ("f", b"5E+"), ("f", b"x"), ("f", b"--5"), ("f", b"1.2.3"), ("f", b"1e99"),
                                        ("f", b""), ("s", b"5.0"), ("s", b"+"), ("f", b"0" * 60)])
def test_what_is_no_number_is_wrong(kind, text):
    assert Template(f"{{value:{kind}}}\\r", "text").match(text + b"\r").status == WRONG


@pytest.mark.parametrize("template, words", [
    ("{value:f}0", "a digit may follow 'value'"), ("{value:f}e", "'e' may follow 'value'"), ("{value:f}.", "'.' may follow 'value'"),
    ("{value:f}{other:d2}", "a digit may follow 'value', a decimal number of any length: put a literal between them"),
    ("{relay:f}\\r", "'{relay:f}' is not a whole number"), ("{value:f}{other:f}", "both have a variable length")])
def test_what_could_go_on_is_refused(template, words):
    with pytest.raises(TemplateError, match=words.replace("{", r"\{").replace(".' m", r"\.' m")):
        Template(template, "text")


@given(st.floats(-1e6, 1e6, allow_nan=False), st.sampled_from(["f", "f0", "f1", "f3", "f9"]), st.sampled_from(["\\r", ",", " V\\r", "V"]))
def test_a_number_both_ways(value, kind, behind):
    template = Template(f"{{value:{kind}}}{behind}", "text")
    decimals = int(kind[1:] or 10)
    data = template.render({"value": value})
    read = template.match(data)
    assert read.status == COMPLETE and read.end == len(data)
    assert read.values["value"] == pytest.approx(value, abs=0.5 * 10.0 ** -decimals + 1e-9)
    assert template.render(read.values) == data


@given(st.binary(max_size=12))
def test_bytes_of_any_kind_are_more_wrong_or_a_number(data):
    for kind in ("f", "s"):
        match = Template(f"{{value:{kind}}};", "text").match(data)
        assert match.status in (MORE, WRONG) or data[:match.end].endswith(b";")


def test_a_scaled_number_keeps_its_fraction():
    template = Template("{value*1000:f} mV", "text")
    assert template.render({"value": 0.0125}) == b"12.5 mV" and template.match(b"12.5 mV").values == {"value": 0.0125}


def test_the_text_of_a_number_is_not_told_by_its_value():
    reply, other = Template("{value:f}\\n", "text"), Template("+5.00E+00\\n", "text")
    assert begins(shapes(other, {})[0], shapes(reply, {"value": 5})[0])


# IEEE 754

@pytest.mark.parametrize("kind, data, value", [
    ("float32", b"\x43\x66\x19\x9a", 230.1), ("float32sw", b"\x19\x9a\x43\x66", 230.1), ("float32le", b"\x9a\x19\x66\x43", 230.1),
    ("float32", b"\0\0\0\0", 0.0),
    ("float32", b"\xbf\x80\x00\x00", -1.0), ("float32", b"\x7f\xc0\x00\x00", "nan"), ("float32", b"\x7f\x80\x00\x00", "inf")])
def test_numbers_of_registers(kind, data, value):
    template = Template(f"04 {{volts:{kind}}}")
    assert template.render({"volts": value}) == b"\x04" + data and template.match(b"\x04" + data).values == {"volts": value}
    assert template.match(b"\x04" + data[:3]).status == MORE


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_number_of_a_register_both_ways(value):
    for kind in ("float32", "float32le", "float32sw"):
        template = Template(f"{{value:{kind}}}")
        assert template.match(template.render({"value": value})).values["value"] == pytest.approx(value, rel=1e-6, abs=1e-44)


def test_a_register_that_is_no_number_has_no_value():
    page = {"notation": "hex", "info": {"volts": {"send": "04 0000 0002", "reply": "04 04 {volts:float32}", "no_value": ["nan"]}}}
    message = Profile(page).info["volts"]
    assert message.told(message.read(b"\x04\x04\x7f\xc0\x00\x00", {}).values["volts"]) is None
    with pytest.raises(TemplateError, match="volts does not fit its field"):
        Template("{volts:float32}").render({"volts": 1e39})


# settings

def supply(**changes):
    page = copy.deepcopy(SUPPLY)
    for name, keys in changes.items():
        page["settings"][name].update(keys)
    return page


def test_the_page_checks_itself():
    Profile(SUPPLY).check()


@pytest.mark.parametrize("name, given_value, code", [
    ("volts", 12, 12.0), ("volts", "3.3", 3.3), ("volts", 30.5, 30.5), ("volts", 0, 0.0), ("amperes", 0.125, 0.125), ("gain", -30.5, -30.5),
    ("gain", "-80", -80.0), ("balance", -7, -7), ("balance", "3", 3), ("half_degrees", 21.5, 21.5)])
def test_a_number_in_a_task(name, given_value, code):
    found = Profile(SUPPLY).settings[name].code(given_value)
    assert found == code and type(found) is type(code)


@pytest.mark.parametrize("name, given_value, words", [
    ("volts", 30.51, "volts is 30.51; expected a number from 0 to 30.5 in steps of 0.01"), ("volts", 3.333, "in steps of 0.01"),
    ("volts", -1, "from 0 to 30.5"), ("volts", "much", "expected a number"), ("volts", True, "expected a number"), ("volts", float("nan"), "expected a number"),
    ("amperes", 0.0005, "from 0 to 3 in steps of 0.001"), ("gain", 0.25, "from -80 to 18 in steps of 0.5"), ("balance", 1.5, "a whole number from -7 to 7"),
    ("half_degrees", 0.25, "from 0 to 100 in steps of 0.5")])
def test_a_number_that_cannot_be_set(name, given_value, words):
    with pytest.raises(ProfileError, match=words):
        Profile(SUPPLY).settings[name].code(given_value)


@pytest.mark.parametrize("name, one, other, same", [
    ("volts", 12.0, 11.9998, True), ("volts", 12.0, 12.004, True), ("volts", 12.0, 11.99, False), ("volts", 12.0, 12.006, False),
    ("amperes", 1.0, 1.05, True), ("amperes", 1.0, 1.06, False), ("balance", 3, 3, True), ("balance", 3, 4, False), ("volts", 12.0, None, False)])
def test_what_is_the_same(name, one, other, same):
    setting = Profile(SUPPLY).settings[name]
    assert setting.same(one, other) is setting.same(other, one) is same


@pytest.mark.parametrize("keys, words", [
    ({"range": {"from": 0}}, "settings.volts.range has no to"), ({"range": {"from": 5, "to": 1}}, "range.to is 1; expected no less than from, which is 5"),
    ({"range": {"from": 0, "to": 30, "step": 0.001}}, "range.step is 0.001; expected 0.01 at least"), ({"range": {"from": "a", "to": 30}}, "range.from is 'a'"),
    ({"range": {"from": 0, "to": 30, "steps": 1}}, "'steps' is not a key of settings.volts.range"), ({"range": {"from": 0, "to": 30, "step": 0}}, "step"),
    ({"range": "0-30.5"}, "settings.volts.range is '0-30.5'; expected the smallest and the largest number, for example 0-100 or {from"),
    ({"tolerance": -1}, "settings.volts.tolerance is -1"), ({"tolerance": "much"}, "settings.volts.tolerance is 'much'"),
    ({"measured_in": 5}, "settings.volts.measured_in is 5; expected a unit in quotes"),
    ({"range": None, "values": {"low": 1}, "tolerance": 1}, "settings.volts.tolerance is for numbers"),
    ({"set": {"send": "VOLT {value:f1}\\n", "reply": "OK\\n"}}, "range.step is 0.01; expected 0.1 at least"),
])
def test_a_wrong_page(keys, words):
    page = supply(volts=keys)
    page["settings"]["volts"] = {key: value for key, value in page["settings"]["volts"].items() if value is not None}
    with pytest.raises(ProfileError) as refused:
        Profile(page)
    assert words in str(refused.value)


@pytest.mark.parametrize("message, words", [
    ({"no_value": [1]}, "info.all.no_value is 1; expected what stands in the place of a number, in quotes"), ({"no_value": " "}, "info.all.no_value is ' '"),
    ({"measured_in": {"volts": "V"}}, "info.all.measured_in.volts: no reply has this field; expected one of current, power, voltage"),
    ({"measured_in": {"voltage": 1}}, "info.all.measured_in.voltage is 1; expected a unit"),
    ({"measured_in": "V"}, "info.all.measured_in is 'V'; expected keys"),
    ({"reply": "{voltage:u8}{current:u8}\\n", "measured_in": {}, "no_value": "NA"}, "info.all.no_value: no reply has a decimal number of any length"),
])
def test_a_wrong_message(message, words):
    page = copy.deepcopy(SUPPLY)
    page["info"]["all"].update(message)
    with pytest.raises(ProfileError) as refused:
        Profile(page)
    assert words in str(refused.value)


# no value

@pytest.mark.parametrize("data, values", [
    (b"5.0,NA,0\n", {"voltage": 5.0, "current": "NA", "power": 0.0}), (b"---.-,NA,  NA\n", {"voltage": "---.-", "current": "NA", "power": "NA"}),
    (b"-5,9.91E+37,0\n", {"voltage": -5.0, "current": "9.91E+37", "power": 0.0})])
def test_a_word_where_there_is_no_number(data, values):
    message = Profile(SUPPLY).info["all"]
    for end in range(len(data)):
        assert message.read(data[:end], {}).kind == "more"
    assert message.read(data, {}).values == values
    assert [message.told(value) for value in values.values()] == [None if isinstance(value, str) else value for value in values.values()]


@pytest.mark.parametrize("data", [b"---,1,1\n", b"N,1,1\n", b"NAN,1,1\n", b"-,1,1\n"])
def test_what_is_neither_word_nor_number(data):
    assert Profile(SUPPLY).info["all"].read(data, {}).kind == "wrong"


def test_the_emulator_says_it_too():
    board = Conversation(SUPPLY)
    assert board.say(b"MEAS?\n") == b"5.0114,NA,0\n"
    board.board.change({"voltage": "---.-"})
    assert board.say(b"MEAS?\n") == b"---.-,NA,0\n"


# the emulator's rounding

def test_an_emulated_supply_reads_a_little_less_than_it_was_set():
    board = Conversation(SUPPLY, rounding=0.0002)
    assert board.say(b"VOLT 12.00\n") == b"OK\n" and board.say(b"VOLT?\n") == b"11.9998\n"
    assert board.say(b"BAL 3\n") == b"OK\n" and board.say(b"BAL?\n") == b"BAL 3\n"
    with pytest.raises(ValueError, match="initial.rounding is -1; expected a number, 0 or more"):
        Conversation(SUPPLY, rounding=-1)

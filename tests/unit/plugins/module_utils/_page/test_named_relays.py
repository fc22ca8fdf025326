# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Relays that have names on the wire, that are one bit of a mask, that can only be read; and the lines of tables that tell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info, relay
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import Template, TemplateError
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation

SWITCHES = {
    "notation": "text", "port": 23,
    "relays": {"names": {1: "A", 2: "B", 8: "H"}, "read": {"send": "SET{relay:word}?\\r\\n", "reply": "{state:d}\\n\\r"},
               "on": {"send": "SET{relay:word}=1\\r\\n", "reply": "1\\n\\r"}, "off": {"send": "SET{relay:word}=0\\r\\n", "reply": "1\\n\\r"}},
}
MASKS = {"notation": "hex", "relays": {
    "numbers": "1-8", "on": {"send": "04 11 {index:bit8} 00 00", "reply": "06"}, "off": {"send": "04 12 {index:bit8} 00 00", "reply": "06"}}}
TELLS = {"notation": "text", "port": 23, "relays": {
    "numbers": "1-12", "values": {"off": "Off", "on": "On"},
    "read": {"send": "olStatus {relay:d}\\r\\n", "reply": "{:blanks}{relay:d}: {name:text<}: {state:word}{:blanks}\\r\\n"}}}


def test_a_relay_is_called_by_its_letter_on_the_wire_and_in_a_task(emulated, perform_task):
    board = Conversation(SWITCHES)
    assert board.profile.relays.numbers == [1, 2, 8] and board.say(b"SETH=1\r\n") == b"1\n\r" and board.on() == [8]
    result = perform_task(relay, emulated(SWITCHES).options(relay=["B", 8], state="on"))
    assert result["relays"]["2"]["name"] == "B" and result["relays"]["8"]["state"] == "on", result
    failed = perform_task(relay, emulated(SWITCHES).options(relay="C", state="on"))
    assert "there is no relay called 'C'" in failed["msg"] and "1-2, 8 (A, B, H)" in failed["msg"]


def test_a_relay_is_one_bit_of_a_mask():
    board = Conversation(MASKS)
    assert board.say(bytes.fromhex("04 11 20 00 00")) == b"\x06" and board.on() == [6]
    assert board.say(bytes.fromhex("04 11 21 00 00")) == b"" and board.on() == [6]


@pytest.mark.parametrize("kind, number, data", [("bit8", 7, "80"), ("bit16", 8, "00 01"), ("bit16be", 8, "01 00"), ("bit24", 0, "01 00 00")])
def test_one_bit(kind, number, data):
    template = Template(f"{{index:{kind}}}")
    assert template.render({"index": number}) == bytes.fromhex(data) and template.match(bytes.fromhex(data)).values == {"index": number}


@pytest.mark.parametrize("line, name, state", [
    (b" 1: Outlet 1: On \r\n", "Outlet 1", "on"), (b"1: Outlet 1: Off\r\n", "Outlet 1", "off"), (b"\t 1: rack: web: On\r\n", "rack: web", "on"),
    (b" 1: On: Off: On\r\n", "On: Off", "on"), (b" 1: : Off\r\n", "", "off"),
])
def test_the_state_stands_behind_a_name_of_any_kind(line, name, state):
    template = load(TELLS).relays.read.replies[0]
    for length in range(len(line)):
        assert template.match(line[:length]).status == "more", line[:length]
    assert template.match(line, {"relay": 1}).values == {"relay": 1, "name": name, "state": state}
    assert template.match(line, {"relay": 2}).status == "wrong"


@given(st.text("ab: ", min_size=0, max_size=12), st.sampled_from(["on", "off"]), st.binary(max_size=8))
def test_names_of_any_kind_come_back(name, state, behind):
    template = load(TELLS).relays.read.replies[0]
    said = {"relay": 12, "name": name, "state": state}
    data = template.render(said)
    match = template.match(data + behind)
    assert match.values == said and match.end == len(data)


def test_what_can_only_be_read_is_told_with_its_names(emulated, perform_task):
    board = emulated(TELLS, initial={"relays": [2], "names": {2: "rack: web"}})
    relays = perform_task(device_info, board.options(relays={"lamp": 1}))["relays"]
    assert relays["2"] == {"name": "rack: web", "state": "on"} and relays["1"]["name"] == "lamp" and relays["3"]["name"] == "Outlet 3"
    assert "can be read, not switched" in perform_task(relay, board.options(relay=2, state="on"))["msg"]


def test_a_value_that_is_refused_is_unknown(emulated, perform_task):
    page = {"notation": "text", "port": 23, "info": {
        "volts": {"send": "V\\r", "reply": "{voltage:d}\\r", "refused": "?\\r"}, "load": {"send": "L\\r", "reply": "{load:d}\\r"}}}
    found = perform_task(device_info, emulated(page, initial={"load": 7}, faults=[{"fault": "refuse", "on": ["info.volts"]}]).options())
    assert found["information"] == {"voltage": "unknown", "load": 7}


def test_rows_carry_names_too(emulated, perform_task):
    read = {"send": "olStatus all\\r\\n", "reply": "E000: Success\\r\\n", "rows": {
        "each": "{:blanks}{relay:d}: {name:text<}: {state:word}{:blanks}\\r\\n", "until": "\\r\\napc>"}}
    page = {**TELLS, "relays": {"numbers": "1-3", "values": {"off": "Off", "on": "On"}, "read": read}}
    assert Conversation(page).say(b"olStatus all\r\n") == (b"E000: Success\r\n 1: Outlet 1: Off \r\n 2: Outlet 2: Off \r\n 3: Outlet 3: Off \r\n\r\napc>")
    found = perform_task(device_info, emulated(page, initial={"relays": [3], "names": {3: "a: b"}}).options())
    relays = found.get("relays") or found
    assert relays["3"] == {"name": "a: b", "state": "on"} and relays["1"] == {"name": "Outlet 1", "state": "off"}


@pytest.mark.parametrize("names", [{1: "A", 2: "A"}, {1: 2}, {"a": "A"}, {1: ""}])
def test_wrong_names(names):
    with pytest.raises(ProfileError, match="relays.names is .*; expected a text of its own for each number, for example {1: A1, 2: A2}"):
        load({**SWITCHES, "relays": {**SWITCHES["relays"], "names": names}})


def test_names_that_are_missing():
    with pytest.raises(ProfileError, match="relays.names has none for 3; expected a text for each of numbers"):
        load({**SWITCHES, "relays": {**SWITCHES["relays"], "numbers": "1-3"}})


@pytest.mark.parametrize("template, words", [("{name:text<}", "needs a literal behind it"), ("{a:blanks}1", "blanks say nothing; expected {:blanks}"),
                                             ("{a:text<}{b:word}", "needs a literal behind it")])
def test_wrong_fields(template, words):
    with pytest.raises(TemplateError, match=words):
        Template(template, "text", {"on": "On"})

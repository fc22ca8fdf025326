# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of which there are several, and answers in rows."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info
from ansible_collections.bytewire.devices.plugins.module_utils._page.attribution import begins, shapes
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile, ProfileError, merged, normalised
from ansible_collections.bytewire.devices.plugins.module_utils._page.setting import flattened, nested
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import COMPLETE, MORE, WRONG, Template
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board

ROWS = {"each": "{output-1:d} {value:d}\\n", "until": "\\n"}


def matrix(**changes):
    route = {"index": {"name": "output", "numbers": "1-4"}, "range": "0-9", "set": {"send": "R{output:d1}{value:d1}", "reply": "OK"},
             "get": {"send": "R?", "reply": "ROUTES\\n", "rows": ROWS}, **changes}
    return {"notation": "text", "settings": {"route": {key: value for key, value in route.items() if value is not None}}}


def zones():
    """A receiver with zones that are words, in which the volume needs the power of its own zone."""
    index = {"name": "zone", "values": {"main": "ZM", "two": "Z2"}}
    return {"notation": "text", "setting": {"index": index}, "settings": {
        "power": {"values": {"off": "OFF", "on": "ON"}, "set": {"send": "{zone:word}P{power:word}\\r", "reply": "OK\\r"},
                  "get": {"send": "{zone:word}P?\\r", "reply": "{zone:word}P{power:word}\\r"}},
        "volume": {"range": "0-98", "needs": {"power": "on"}, "set": {"send": "{zone:word}V{value:d2}\\r", "reply": "OK\\r"},
                   "get": {"send": "{zone:word}V?\\r", "reply": "{zone:word}V{value:d2}\\r"}},
    }}


def test_rows_end_where_their_end_stands():
    profile = Profile(matrix())
    profile.check()
    get = profile.settings["route.1"].get
    data = b"ROUTES\n0 3\n3 1\n\n"
    assert all(get.read(data[:end], {}).kind == "more" for end in range(len(data)))
    assert get.read(data + b"more", {}).end == len(data)
    assert get.read(data, {}).values == {"rows": [{"output": 1, "value": 3}, {"output": 4, "value": 1}]}
    assert get.read(b"ROUTES\n\n", {}).values == {"rows": []}
    assert get.read(b"ROUTES\n0 3\nx", {}).kind == "wrong"


def test_members_of_an_index_share_messages_and_differ_in_one_field():
    profile = Profile(matrix())
    assert list(profile.settings) == ["route.1", "route.2", "route.3", "route.4"]
    second = profile.settings["route.2"]
    assert second.set is profile.settings["route.3"].set and second.set.send.render(second.fields(7)) == b"R27"
    assert [what for what, dummy in profile.requests()] == ["settings.route.get", "settings.route.set"]
    values = {"rows": [{"output": 2, "value": 5}]}
    assert second.answer(values) == 5 and profile.settings["route.1"].answer(values) is None


def test_rows_that_do_not_say_which_they_are_of_come_in_order():
    profile = Profile(matrix(get={"send": "R?", "reply": "", "rows": {"each": "{value:d2} ", "count": 4}}))
    profile.check()
    answer = profile.settings["route.1"].get.read(b"01 02 05 09 ", {})
    assert answer.end == 12 and [setting.answer(answer.values) for setting in profile.settings.values()] == [1, 2, 5, 9]
    assert profile.settings["route.1"].get.read(b"01 02 05 ", {}).kind == "more"


def test_rows_with_something_between_them():
    profile = Profile(matrix(get={"send": "R?", "reply": "", "rows": {"each": "x{value:d}AVx{output:d}", "between": ",", "until": "\\r\\n"}}))
    profile.check()
    get, data = profile.settings["route.1"].get, b"x3AVx1,x12AVx2\r\n"
    assert all(get.read(data[:end], {}).kind == "more" for end in range(len(data)))
    assert get.read(data, {}).values["rows"] == [{"value": 3, "output": 1}, {"value": 12, "output": 2}]
    assert get.replies[0].render(get.read(data, {}).values) == data
    assert get.read(b"x3AVx1x12AVx2\r\n", {}).kind == get.read(b"x3AVx1,\r\n", {}).kind == "wrong"
    assert begins(shapes(get.replies[0], {})[0], shapes(Template("x3AVx1,x12AVx2\\r\\n", "text"), {})[0])


def test_an_index_of_words():
    profile = Profile(zones())
    profile.check()
    volume = profile.settings["volume.two"]
    assert volume.set.send.render(volume.fields(40)) == b"Z2V40\r" and volume.get.send.render(volume.question()) == b"Z2V?\r"
    assert volume.needs == {"power.two": "on"} and profile.settings["volume.main"].needs == {"power.main": "on"}
    assert volume.get.read(b"Z2V40\r", volume.question()).kind == "reply"
    assert volume.get.read(b"ZMV40\r", volume.question()).kind == "wrong"


def test_the_emulator_keeps_each_zone():
    board = Board(Profile(zones()), {"settings": {"power": {"main": "on"}, "volume.two": 7}})
    requests = dict(board.profile.requests())

    def asked(data):
        what, message = next((what, message) for what, message in requests.items() if message.request.match(data, final=True).end == len(data))
        values = message.request.match(data, final=True).values
        if not board.hears(what, values):
            return None
        board.act(what, values)
        return board.reply(what, message, values)

    assert asked(b"ZMV33\r") == b"OK\r" and asked(b"ZMV?\r") == b"ZMV33\r"
    assert asked(b"Z2V33\r") is None and board.settings["volume.two"] == 7
    assert asked(b"Z2PON\r") == b"OK\r" and asked(b"Z2V?\r") == b"Z2V07\r"


def test_relays_that_are_told_in_rows():
    page = {"notation": "text", "relays": {"numbers": "1-3", "values": {"off": "OFF", "on": "ON"}, "on": {"send": "ON{relay:d1}"},
                                           "off": {"send": "OFF{relay:d1}"},
                                           "read": {"send": "S", "reply": "", "rows": {"each": "{relay:d}: {state:word}\\r\\n", "until": "> "}}}}
    profile = Profile(page)
    profile.check()
    answer = profile.relays.read.read(b"3: ON\r\n1: OFF\r\n> ", {})
    assert profile.relays.covered(1) == [1, 2, 3] and profile.relays.decode(1, answer.values) == {1: False, 2: None, 3: True}
    assert Board(profile, {"relays": [2]}).reply("relays.read", profile.relays.read, {}) == b"1: OFF\r\n2: ON\r\n3: OFF\r\n> "


def test_one_byte_a_relay():
    page = {"notation": "hex", "relays": {"numbers": "1-3", "on": {"send": "01 {relay:u8}"}, "off": {"send": "00 {relay:u8}"},
                                          "read": {"send": "FF", "reply": "AA", "rows": {"each": "{state:u8}", "count": 3}}}}
    profile = Profile(page)
    profile.check()
    assert profile.relays.decode(2, profile.relays.read.read(b"\xaa\x01\x00\x01", {}).values) == {1: True, 2: False, 3: True}


def test_which_answers_can_be_confused_knows_rows():
    rows = Profile(matrix()).settings["route.1"].get.replies[0]
    said = shapes(rows, {})
    assert begins(said[0], shapes(Template("ROUTES\\n0 1\\n1 1\\n\\n", "text"), {})[0])
    assert begins(said[0], shapes(Template("ROUTES\\n\\n", "text"), {})[0])
    assert not begins(said[0], shapes(Template("ROUTES\\nOK\\n", "text"), {})[0])


@pytest.mark.parametrize("changes, expected", (
    ({"index": {"name": "output"}}, "settings.route.index needs numbers, for example 1-16, or values"),
    ({"index": {"name": "Output", "numbers": "1-4"}}, "settings.route.index.name is 'Output'; expected the field that says which one, a name of its own"),
    ({"index": {"name": "value", "numbers": "1-4"}}, "settings.route.index.name is 'value'"),
    ({"index": {"name": "output", "numbers": "4-1"}}, "settings.route.index.numbers is '4-1'; expected for example 1-16"),
    ({"index": {"name": "output", "values": {"a": "A", "b": "A"}}}, "settings.route.index.values is .*; expected a text of its own for each name"),
    ({"index": None}, "settings.route.get.rows tell of several; settings.route needs index"),
    ({"set": {"send": "R{value:d1}"}}, "settings.route.set.send needs the field output"),
    ({"get": {"send": "R?", "reply": "", "rows": {"each": "{value:d1}"}}}, "settings.route.get.rows needs each, and until or count"),
    ({"get": {"send": "R?", "reply": "", "rows": {"each": "{value:d}", "until": "x"}}}, "settings.route.get.rows: the row .* has no end of its own"),
    ({"get": {"send": "R?", "reply": "", "rows": {"each": "{value:d1}", "between": "{x:d1}", "count": 4}}}, "rows: between takes bytes alone, no fields"),
    ({"get": {"send": "R?", "reply": "", "rows": {"each": "{value:d1}", "count": 0}}}, "settings.route.get.rows.count is 0; expected"),
))
def test_what_is_wrong_with_an_index_or_with_rows(changes, expected):
    with pytest.raises(ProfileError, match=expected):
        Profile(matrix(**changes))


def test_too_many_members():
    page = matrix(index={"name": "output", "numbers": "1-1000"})
    page["settings"]["level"] = dict(page["settings"]["route"], get=None)
    with pytest.raises(ProfileError, match="settings has 2000 settings, with all that their indexes have; expected 1024 at most"):
        Profile(page)


def test_settings_flat_and_nested():
    settings = Profile(matrix()).settings
    assert flattened({"route": {1: 3, "2": 4}, "power": "on", "volume": {"state": 1, "was": 2}}) == {
        "route.1": 3, "route.2": 4, "power": "on", "volume": {"state": 1, "was": 2}}
    assert nested({"route.1": 3, "route.2": 4}, settings) == {"route": {"1": 3, "2": 4}}


LINES = {"notation": "text", "port": 2001, "emulator": {"load": 3, "firmware": "1.2"}, "info": {"device": {
    "send": "S?\\n", "reply": "BEGIN\\n", "flags": {"status": {0: "hot", 2: "loud"}}, "no_value": "NA",
    "rows": {"each": ["load: {load:d}\\n", "temperature: {temperature:f} C\\n", "firmware: {firmware:text}\\n", "status: {status:d}\\n", "{:text}\\n"],
             "until": "END\\n"}}}}


@pytest.mark.parametrize("said, told", (
    (b"load: 3\nfirmware: 1.2\n", {"load": 3, "firmware": "1.2"}),
    (b"firmware: 1.2 \nnonsense: x\ntemperature: 21.5 C\nload: NA\n", {"load": "NA", "firmware": "1.2 ", "temperature": 21.5}),
    (b"", {}), (b"load: x\n\n\n", {}),
))
def test_rows_of_several_forms_are_readings(said, told):
    message = Profile(normalised(LINES)).info["device"]
    data = b"BEGIN\n" + said + b"END\n"
    for length in range(len(data)):
        assert message.read(data[:length], {}).kind == "more", data[:length]
    answer = message.read(data + b"BEGIN\n", {})
    assert (answer.kind, answer.end, answer.values) == ("reply", len(data), told)


def test_readings_of_rows_are_unknown_where_no_row_tells_them(emulated, perform_task):
    board = emulated(LINES)
    assert perform_task(device_info, board.options())["information"] == {"load": 3, "firmware": "1.2", "temperature": "unknown", "status": "unknown"}
    board = emulated(LINES, initial={"temperature": 21.5, "status": 5, "load": None})
    assert perform_task(device_info, board.options())["information"] == {"load": "unknown", "firmware": "1.2", "temperature": 21.5, "status": ["hot", "loud"]}


@pytest.mark.parametrize("rows, expected", (
    ({"each": []}, "info.device.rows needs each, and until or count"), ({"each": ["load: {load:d}"]}, "info.device.rows: the row .* has no end of its own"),
))
def test_what_is_wrong_with_rows_of_several_forms(rows, expected):
    page = merged(normalised(LINES), {"info": {"device": {"flags": None, "rows": rows}}})
    with pytest.raises(ProfileError, match=expected):
        Profile(page)


def test_rows_of_several_forms_are_for_information():
    with pytest.raises(ProfileError, match="settings.route.get.rows.each is a list, whose rows are readings; expected one template, outside info"):
        Profile(matrix(get={"send": "R?", "reply": "", "rows": {"each": ["{output:d}={value:d}\\n"], "until": "x"}}))


def test_rows_are_not_without_end():
    get = Profile(matrix()).settings["route.1"].get
    assert get.replies[0].match(b"ROUTES\n" + b"1 1\n" * 5000).status == WRONG
    assert get.replies[0].match(b"ROUTES\n" + b"1 1\n" * 4000).status == MORE
    assert get.replies[0].match(b"ROUTES\n" + b"1 1\n" * 4000 + b"\n").status == COMPLETE

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.bytewire.devices.plugins.filter.profile_exchanges import profile_exchanges
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import models

SHED = {
    "notation": "hex", "port": 2000,
    "relays": {"numbers": "1-8", "read": {"send": "5B", "reply": "{relays:bits8}"},
               "on": {"send": "51 {relay:u8}", "reply": "06", "refused": "15"}, "off": {"send": "52 {relay:u8}", "reply": "06"}},
}
LAMP = {
    "notation": "text", "port": 2001, "resync": "\r",
    "settings": {"power": {"values": {"off": 0, "on": 1}, "set": {"send": "P{value:d1}\r", "reply": "OK\r"},
                           "get": {"send": "P?\r", "reply": "P{value:d1}\r"}},
                 "level": {"range": "0-100", "needs": {"power": "on"}, "set": {"send": "L{value:d}\r", "reply": "OK\r"},
                           "get": {"send": "L?\r", "reply": "L{value:d}\r"}},
                 "scene": {"values": {"day": 1, "night": 2}, "set": {"send": "S{value:d1}\r", "reply": "OK\r"}}},
    "command": {"send": "#{command:text}\r", "reply": "={reply:text}\r"},
    "emulator": {"replies": {"HELLO": "THERE"}},
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "bytewire_profiles").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def page(folder, name, text):
    path = folder / "bytewire_profiles" / (name + ".yml")
    path.write_text(text)
    return str(path)


def test_table_of_bytes():
    assert profile_exchanges(SHED)["table"] == [
        "WHAT                                      HEX",
        "relay 1 on                       request  51 01",
        "                                 reply    06",
        "                                 refusal  15",
        "relay 8 on                       request  51 08",
        "                                 reply    06",
        "                                 refusal  15",
        "read relays 1 to 8 (1 and 8 on)  request  5B",
        "                                 reply    81",
        "relay 1 off                      request  52 01",
        "                                 reply    06",
        "relay 8 off                      request  52 08",
        "                                 reply    06",
    ]


def test_table_of_text():
    lines = profile_exchanges(LAMP)["table"]
    assert lines[:4] == [
        "WHAT                         HEX                   TEXT",
        "on connecting       request  0D                    \\r",
        "set power to off    request  50 30 0D              P0\\r",
        "                    reply    4F 4B 0D              OK\\r",
    ]
    assert "set level to 100    request  4C 31 30 30 0D        L100\\r" in lines
    assert lines[-2:] == [
        "command HELLO       request  23 48 45 4C 4C 4F 0D  #HELLO\\r",
        "                    reply    3D 54 48 45 52 45 0D  =THERE\\r",
    ]


def test_what_is_long_stays_in_the_columns():
    """Of a message so many bytes a line; titles are narrow where that spares lines."""
    settings = {"colour_temperature": {"range": "0-99999", "set": {"send": "SET COLOUR {value:d}\r", "reply": "OK\r"}}}
    lines = profile_exchanges({"notation": "text", "port": 1, "settings": settings, "identify": {"send": "?" + "x" * 65, "reply": "{id:d}\\r"},
                               "emulator": {"id": 7}})["table"]
    assert lines[:10] == [
        "WHAT                             HEX                               TEXT",
        "who it is               request  3F 78 78 78 78 78 78 78 78 78 78  ?xxxxxxxxxx",
        *["                                 78 78 78 78 78 78 78 78 78 78 78  xxxxxxxxxxx"] * 4,
        "                                 78 78 78 78 78 78 78 78 78        xxxxxxxxx",
        "                                 ... (66 bytes)",
        "                        reply    37 0D                             7\\r",
        "set colour_temperature  request  53 45 54 20 43 4F 4C 4F 55 52 20  SET COLOUR"]
    assert lines[10:12] == [
        "to 0                             30 0D                             0\\r",
        "                        reply    4F 4B 0D                          OK\\r"]
    assert max(map(len, lines)) <= 79


def results(trial, **others):
    steps = trial["relay_steps"] + trial["setting_steps"]
    return [{"item": step, "changed": bool(step["changed"]), **others.get(step["label"].replace(" ", "_").replace(",", ""), {})} for step in steps]


@pytest.mark.parametrize("model", [SHED, LAMP, "eth008", "lc_tech"])
def test_the_verdict_comes_first(model):
    trial = profile_exchanges(model)
    told = profile_exchanges(model, (), [*results(trial), {"skipped": True}, {"changed": True}])
    assert told["wrong"] == [] and told["lines"][0] == f"{trial['name']}: the page is in order."
    assert told["lines"][1].startswith("Tried on the page's own emulator: ") and trial["table"][0] in told["lines"][2:6]
    assert told["lines"][-1].endswith("itself can tell.") and max(map(len, told["lines"])) <= 79


def test_what_is_wrong_is_told():
    trial = profile_exchanges(SHED)
    assert [step["label"] for step in trial["relay_steps"]] == [
        "relays on, in check mode", "relays on", "relays on once more", "relays off", "relays off once more"]
    given = results(trial, relays_on_in_check_mode={"changed": True}, relays_on={"changed": False}, relays_on_once_more={"changed": True},
                    relays_off={"error": {"kind": "timeout"}, "msg": "it did not answer\x1b[2J."})
    told = profile_exchanges(SHED, (), [*given, {"failed": True, "msg": "no"}])
    assert told["wrong"] == [
        "relays on, in check mode: something was sent that changes.", "relays on: changed is false, which it should not be.",
        "relays on once more: changed is true, which it should not be.", "relays off: it did not answer\\e[2J.", "command and device_info: no"]
    assert told["lines"][:2] == [f"{trial['name']}: a task did not do what it should.", f"- {told['wrong'][0]}"]


def test_steps_of_settings():
    steps = profile_exchanges(LAMP)["setting_steps"]
    assert [(step["label"], step["check"], step["changed"]) for step in steps] == [
        ("settings power, level, in check mode", True, False), ("settings scene, in check mode", True, False),
        ("settings power, level", False, True), ("settings power, level once more", False, False),
        ("settings scene", False, None), ("settings scene once more", False, True)]


def test_what_is_not_answered_says_so():
    assert any("(none is awaited)" in line for line in profile_exchanges("lc_tech")["table"])


def test_settings_are_grouped_so_that_none_stands_in_the_way_of_another():
    groups = profile_exchanges(LAMP)["settings"]
    assert groups == [{"settings": {"power": "on", "level": 100}, "read": True, "changes": True},
                      {"settings": {"scene": "night"}, "read": False, "changes": False}]


def test_settings_that_need_different_things_are_not_set_together():
    settings = dict(LAMP["settings"], dark={"values": {"no": 0, "yes": 1}, "needs": {"power": "off"}, "set": {"send": "D{value:d1}\r", "reply": "OK\r"},
                                            "get": {"send": "D?\r", "reply": "D{value:d1}\r"}})
    assert [group["settings"] for group in profile_exchanges(dict(LAMP, settings=settings))["settings"]] == [
        {"power": "off", "dark": "yes"}, {"power": "on", "level": 100}, {"scene": "night"}]


@pytest.mark.parametrize("model, said", [
    ("eth008", "8 relays on and off"), ("esc_cr", "own emulator: a command, device_info"), ("lc_tech", "cannot be read (there is no relays.read)"),
    (LAMP, "scene cannot be read (there is no get)"), ("eth008", "Not shown: that these are the device's bytes")])
def test_summary(model, said):
    assert said in " ".join(profile_exchanges(model)["summary"])


@pytest.mark.parametrize("model, said", [
    (SHED, ["Late answers that could be taken for that to relays.read: those to relays.on, relays.off, relays.read (all there are).",
            "After a lost answer to a command or a reading a task waits 7 s before it believes one that could be the lost one.",
            "Such seconds count from when the question was sent. They are 2 x timeout + 1, since the page does not say latest."]),
    (dict(SHED, latest=2), ["Late answers that could be taken for that to relays.read: those to relays.on, relays.off, relays.read (all there are).",
                            "After a lost answer to a command or a reading a task waits 2 s before it believes one that could be the lost one.",
                            "Such seconds count from when the question was sent."]),
    ("waveshare_modbus", ["No late answer can be taken for that to relays.read.",
                          "After a lost answer to a command or a reading the next one counts."]),
    ("eth_rly16", ["Late answers that could be taken for that to relays.read: those to relays.on, relays.off, relays.write, relays.read, identify, "
                   "info.supply_voltage, info.mac (all there are).",
                   "After a lost answer to a command or a reading a task asks info.mac before it believes one that could be the lost one."]),
    ("numato", ["Late answers that could be taken for that to relays.read: those to relays.read.",
                "After a lost answer to a command the next one counts.",
                "After a lost answer to a reading a task waits 7 s before it believes one that could be the lost one.",
                "Such seconds count from when the question was sent. They are 2 x timeout + 1, since the page does not say latest."]),
    ("esc_cr", ["After a lost answer to what cannot be read back (command) a task fails with unverified, and the next one waits 7 s first.",
                "Such seconds count from when the question was sent. They are 2 x timeout + 1, since the page does not say latest."]),
    ("lc_tech", []),
])
def test_what_is_said_of_lost_answers(model, said):
    lines = [line for line in profile_exchanges(model)["summary"] if not line.startswith(("Tried on", "Its relays", "A command reports", "Not shown"))]
    assert lines == said


@pytest.mark.parametrize("model, username, password, transport", [
    ("numato", "USERNAME", "PASSWORD", "telnet"), ("usr_r16", "", "PASSWORD", "tcp"), ("eth008", "", "", "tcp"),
    (dict(SHED, transport="serial"), "", "", "tcp")])
def test_what_an_emulated_device_is_spoken_to_with(model, username, password, transport):
    trial = profile_exchanges(model)
    assert (trial["username"], trial["password"], trial["transport"]) == (username, password, transport)


@pytest.mark.parametrize("model", models())
def test_every_page_of_the_collection_can_be_tried(model):
    trial = profile_exchanges(model)
    assert trial["error"] == "" and trial["page"]["name"] == model
    assert len(trial["table"]) > 1 or model == "raw"


def test_a_page_is_found_beside_an_inventory_and_by_its_path(folder, monkeypatch):
    path = page(folder, "mine", "extends: eth002\n")
    (folder / "hosts.yml").write_text("")
    (folder / "elsewhere").mkdir()
    assert profile_exchanges("bytewire_profiles/mine.yml")["error"] == ""
    monkeypatch.chdir(folder / "elsewhere")
    assert "there is no profile 'mine'" in profile_exchanges("mine")["error"]
    assert profile_exchanges("mine", [str(folder / "hosts.yml")])["name"] == "mine"
    assert profile_exchanges("mine", ["10.0.0.5,", str(folder)])["name"] == "mine"
    assert profile_exchanges(path)["name"] == "mine"


@pytest.mark.parametrize("text, said", [
    ("notation: hex\nrelay: {}\n", "mine.yml: 'relay' is not a key of a page (did you mean relays?); expected one of"),
    ("extends: eth002\nrelays: {read: {send: 24, reply: '{relays:bits8}'}}\n",
     "mine.yml: relays.read.send: 24 is a number, not a template; write it in quotes"),
    ("extends: eth002\nemulator: {relays: [9]}\n", "mine.yml: emulator: initial.relays: this model has no 9"),
])
def test_a_wrong_page_is_named_with_its_key_and_nothing_else_is_told(folder, text, said):
    page(folder, "mine", text)
    trial = profile_exchanges("mine")
    assert said in trial["error"] and list(trial) == ["error"]


@pytest.mark.parametrize("model, said", [
    ("auto", "stands for many"), ("pages/mine.yml", "expected bytewire_profiles/<name>.yml"), ("bytewire_profiles/none.yml", "there is no file"),
    (7, "model is 7")])
def test_what_is_no_page_is_refused(folder, model, said):
    assert said in profile_exchanges(model)["error"]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.filter.status_table import status_table
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.terminal import COLUMNS

LOST = {"kind": "unreachable", "stage": "connect"}


def relays(states):
    return {str(number): {"name": None, "state": state} for number, state in enumerate(states, 1)}


def test_one_line_a_device():
    devices = {
        "board10": {"model": "eth002", "relays": relays(["unknown", None])},
        "board2": {"model": "eth8020", "relays": relays(["on"] + ["off"] * 18 + ["on"]), "inputs": {"1": "active", "2": "inactive"},
                   "information": {"volts": 12.0}, "analogue": {"1": 0}},
        "tv1": {"model": "lg", "settings": {"aspect": "16:9", "volume": 0, "power": "on", "input": "hdmi1"}},
        "tv2": {"model": "lg", "settings": {"aspect": "unknown", "volume": "unknown", "power": "off", "input": "unknown"}},
        "ups": {"model": "ups", "settings": {"beeper": "on", "load": 12.5, "battery_charge": 97}, "information": {"status": "online", "volts": 230.1}},
        "printer": {"model": "zebra", "information": {}},
        "shed": {"failed": True, "error": LOST, "msg": "shed (10.0.0.9:17494) cannot be reached."},
        "barn": {"failed": True, "error": LOST, "msg": "barn (10.0.0.8:17494) cannot be reached."},
        "attic": {"failed": True, "msg": "'x' is undefined"},
        "garage": {"failed": True, "error": {"kind": "bad_reply"}, "msg": "garage (10.0.0.7:17494): a reply that is none: \x1b[2J; " + "and so on, " * 5},
        "cellar": {},
    }
    assert status_table(devices) == [
        "HOST     MODEL    STATE",
        "attic    -        failed",
        "barn     -        unreachable",
        "board2   eth8020  ●○○○ ○○○○ ○○○○ ○○○○ ○○○●   inputs ●○",
        "board10  eth002   ??",
        "cellar   -        not attempted",
        "garage   -        bad reply",
        "printer  zebra",
        "shed     -        unreachable",
        "tv1      lg       power on, input hdmi1, volume 0, aspect 16:9",
        "tv2      lg       power off, 3 unknown",
        "ups      ups      status online, battery 97, load 12.5, volts 230.1, beeper on",
        "",
        "● on   ○ off   ? unknown",
        "",
        "COULD NOT BE READ (5)",
        "barn (10.0.0.8:17494), shed (10.0.0.9:17494): cannot be reached.",
        "attic: 'x' is undefined",
        "cellar: It was not attempted.",
        "garage (10.0.0.7:17494): a reply that is none: \\e[2J; and so on, and so on, and",
        "  so on, and so on, and so on,",
    ]


def test_a_supply_and_a_scale():
    units = {"voltage": "V", "current": "A", "power_drawn": "W", "voltage_setpoint": "V"}
    supply = {"model": "rigol_dp800", "relays": relays(["on", "on", "off"]), "measured_in": units, "settings": {
        "voltage_setpoint": {"1": 12, "2": 5, "3": 0}, "voltage": {"1": 12.0, "2": 5.01, "3": "unknown"}, "current": {"1": 0.5, "2": 0, "3": 0}}}
    mute = {"model": "rigol_dp800", "measured_in": units, "settings": {"voltage": {"1": "unknown", "2": None}, "current": {"1": 0.5, "2": 0}}}
    single = {"model": "psw", "relays": relays(["on"]), "measured_in": units, "settings": {
        "voltage_setpoint": 5, "voltage": 4.99, "power_drawn": 1.5, "current": 0.3}}
    scale = {"model": "mt_sics", "information": {"at_rest": "S", "weight": 100.0, "weight_unit": "g", "price_unit": "EUR"}}
    assert status_table({"bench": supply, "mute": mute, "rack": single, "scale": scale})[1:5] == [
        "bench  rigol_dp800  ●●○   12 / 5.01 / ? V, 0.5 / 0 / 0 A, 3 more",
        "mute   rigol_dp800  0.5 / 0 A, 1 unknown",
        "rack   psw          ●   4.99 V, 0.3 A, 1.5 W, voltage_setpoint 5 V",
        "scale  mt_sics      weight 100 g, at_rest S, price_unit EUR",
    ]
    assert status_table({"meter": {"model": "x", "measured_in": units, "settings": {"voltage": 230.5}}})[1] == "meter  x      voltage 230.5 V"


def test_numbers_with_what_they_are_measured_in():
    result = {"model": "ups", "settings": {"low_battery": 20}, "information": {"voltage": 230.1, "temperature": None, "load": 12}, "analogue": {"1": 4.5},
              "measured_in": {"voltage": "V", "temperature": "°C", "low_battery": "%", "analogue": "mA"}}
    told = status_table({"ups": result}, detail=True)
    assert told[1] == "ups   ups    load 12, voltage 230.1 V, low_battery 20 %, 1 unknown"
    assert [row.split()[1:] for row in told[4:]] == [
        ["analogue", "1", "4.5", "mA"], ["setting", "low_battery", "20", "%"], ["reading", "voltage", "230.1", "V"], ["reading", "temperature", "unknown"],
        ["reading", "load", "12"]]


@pytest.mark.parametrize("information, told", (
    ({"name": "su700", "status": "OL CHRG", "load": 40.5, "battery_charge": 100.0, "runtime": 72000, "input_voltage": 229.5},
     "status OL CHRG, battery 100 %, runtime 20 h, load 40.5 %, 2 more"),
    ({"status": ["on battery", "battery low"], "battery_charge": 4.0, "runtime": 95, "load": 23.0}, "status on battery + battery low, battery 4 %, 2 more"),
    ({"status": [], "battery_charge": "unknown", "runtime": 1230.0, "load": None}, "status none, runtime 20 min, 2 unknown"),
))
def test_a_ups_as_people_read_it(information, told):
    units = {"load": "%", "battery_charge": "%", "runtime": "s", "input_voltage": "V"}
    assert status_table({"ups": {"model": "apcupsd", "information": information, "measured_in": units}})[1] == f"ups   apcupsd  {told}"


def test_what_is_long_stays_in_the_columns():
    lines = status_table({
        "proxr": {"model": "proxr", "relays": relays(["off"] * 256)},
        "tv": {"model": "lg", "settings": {f"setting{number}": "x" * 9 for number in range(20)}},
        "panel": {"model": "pjl", "information": {"display": "word " * 40}}})
    assert max(map(len, lines)) <= COLUMNS
    assert lines[2] == "proxr  proxr  ○○○○ ○○○○ ○○○○ ○○○○ ○○○○ ○○○○ ○○○○ ○○○○ ○○○○ ○○○○ ○○○○ ○○○○"
    assert sum(text.count("○") for text in lines[2:-2]) == 256 and lines[3].startswith(" " * 14 + "○")
    assert lines[1].endswith(" word w…") and lines[-3].endswith("setting1 xxxxxxxxx, 18 more")


def test_detail():
    devices = {"garage": {"model": "eth008", "relays": {"2": {"name": "disk", "state": "on"}}, "information": {"volts": 12.0}, "identity": {"id": 19}},
               "tv": {"model": "lg", "settings": {"power": "off", "volume": "unknown"}}}
    assert status_table(devices, True)[5:] == [
        "",
        "HOST    WHAT      NAME    STATE",
        "garage  relay 2   disk    on",
        "garage  reading   volts   12",
        "garage  identity  id      19",
        "tv      setting   power   off",
        "tv      setting   volume  unknown",
    ]


def test_no_devices():
    assert status_table({}) == ["HOST  MODEL  STATE"]


@pytest.mark.parametrize("devices, words", [
    ([], "expected a dictionary of host and result, not list"), ({"garage": "on"}, "status_table: garage is 'on'; expected keys and values"),
    ({"garage": {"model": "eth008", "settings": ["on"]}}, "garage: settings is .*; expected keys and values"),
    ({"garage": {"model": "eth008", "inputs": ["on"]}}, "garage: inputs is .*; expected keys and values"),
    ({"garage": {"model": "eth008", "relays": {"1": "on"}}}, "garage: relay 1 is 'on'; expected keys and values")])
def test_what_no_task_returns_is_refused(devices, words):
    with pytest.raises(AnsibleFilterError, match=words):
        status_table(devices)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which requests a fault strikes, and names that are none."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.faults import Faults, refuse_unknown_requests, spelled
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve


@pytest.mark.parametrize("written, meant", [
    ([{"fault": "lie", "on": [False, True, "read"]}], [{"fault": "lie", "on": ["off", "on", "read"]}]),
    ([{"fault": "lie", True: ["off"]}], [{"fault": "lie", "on": ["off"]}]),
    ([{"fault": "lie", True: [False], "times": 1}], [{"fault": "lie", "on": ["off"], "times": 1}]),
    ([{"fault": "lie", "on": False}], [{"fault": "lie", "on": "off"}]),
    ([{"fault": "lie", "on": "on,off"}], [{"fault": "lie", "on": "on,off"}]),
    ([{"fault": "lie", "on": None}, {"fault": "full"}], [{"fault": "lie", "on": None}, {"fault": "full"}]),
    ("lie", "lie"),
    (None, None),
])
def test_what_yaml_made_booleans(written, meant):
    assert spelled(written) == meant


@pytest.mark.parametrize("model, names", [
    ("eth008", ["on", "off", "relays.read", "identify", "session.login", "supply_voltage"]),
    ("lg", ["set", "power.get", "settings.volume.set"]),
    ("esc_cr", ["command"]),
    ("numato", ["login", "on"]),
])
def test_names_that_strike(model, names):
    profile = load(resolve(model))
    refuse_unknown_requests([{"fault": "silent", "on": names}, {"fault": "full", "on": None}, {"fault": "lie"}], profile)
    for name in names:
        requests = ["login", *(what for what, dummy in profile.requests())]
        assert any(Faults([{"fault": "silent", "on": [name]}]).strike(what) for what in requests)


@pytest.mark.parametrize("model, name", [
    ("eth008", "offf"), ("eth008", "ident"), ("eth008", "relays"), ("eth008", ""), ("eth008", "False"), ("esc_cr", "on"), ("lg", "on"), ("lg", "colours.set"),
])
def test_names_that_never_would(model, name):
    with pytest.raises(ValueError, match=f"faults.on: {model} has no request {name}; it has "):
        refuse_unknown_requests([{"fault": "lie", "on": [name]}], load(resolve(model)))


def test_the_names_that_there_are_are_listed():
    with pytest.raises(ValueError, match="esc_cr has no request on, off; it has command$"):
        refuse_unknown_requests([{"fault": "lie", "on": ["on", "command", "off"]}], load(resolve("esc_cr")))

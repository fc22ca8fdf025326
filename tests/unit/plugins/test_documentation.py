# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of the modules against what they take."""

from __future__ import annotations

import glob
import importlib
import os
import re

import pytest
import yaml

from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action import CONNECTION, PREFIX
from ansible_collections.bytewire.devices.tests.tools.schemas import documentation

PLUGINS = os.path.abspath(os.path.join(os.path.dirname(__file__), os.pardir, os.pardir, os.pardir, "plugins"))
PACKAGE = "ansible_collections.bytewire.devices.plugins"
DEVICE_MODULES = ("relay", "device_info", "ping", "settings", "command", "send")


def names(folder):
    return sorted(os.path.basename(path)[:-3] for path in glob.glob(os.path.join(PLUGINS, folder, "*.py")))


def test_every_action_has_a_module_and_every_module_an_action():
    assert names("action") == names("modules")


@pytest.mark.parametrize("module", names("action"))
def test_the_options_are_those_of_the_action(module):
    spec = importlib.import_module(f"{PACKAGE}.action.{module}").ActionModule.SPEC["argument_spec"]
    assert_same(documentation(module)[1], spec, module)


def assert_same(documented, spec, where):
    assert sorted(documented) == sorted(spec), where
    for name, option in spec.items():
        described = documented[name]
        for key, fallback in (("type", "str"), ("default", None), ("required", False), ("choices", None), ("elements", None)):
            assert described.get(key, fallback) == option.get(key, fallback), (where, name, key)
        assert sorted(described.get("aliases", [])) == sorted(option.get("aliases", [])), (where, name)
        assert described["description"], (where, name)
        if "options" in option:
            assert_same(described["suboptions"], option["options"], f"{where}.{name}")


@pytest.mark.parametrize("module", DEVICE_MODULES)
def test_every_option_names_its_inventory_variable(module):
    for name, option in documentation(module)[1].items():
        text = option["description"] if isinstance(option["description"], str) else " ".join(option["description"])
        assert f"C(bytewire_{name})" in text, f"{module}: the description of '{name}' does not name bytewire_{name}"


@pytest.mark.parametrize("module", (*DEVICE_MODULES, "emulator"))
def test_every_variable_that_is_read_is_named(module):
    action = importlib.import_module(f"{PACKAGE}.action.{module}").ActionModule
    read = {option: [PREFIX + option] for option in action.INVENTORY or action.SPEC["argument_spec"]}
    for option, variable in CONNECTION.items():
        read[option].append(variable)
    for option, variables in read.items():
        assert re.findall(r"C\(((?:bytewire|ansible)_\w+)\)", inventory(module, option))[:len(variables)] == variables, (module, option)


def inventory(module, option):
    """What the description of an option says from the word inventory on."""
    return " ".join(documentation(module)[1][option]["description"]).partition("Inventory variable ")[2]


def test_the_action_group_holds_every_device_module():
    with open(os.path.join(PLUGINS, os.pardir, "meta", "runtime.yml"), encoding="utf-8") as file:
        assert sorted(yaml.safe_load(file)["action_groups"]["device"]) == sorted(DEVICE_MODULES)


def test_a_fleet_runs_every_device_module_and_is_none_itself():
    """Its options are others: defaults of the group would be refused by it."""
    assert sorted(documentation("fleet")[1]["module"]["choices"]) == sorted(DEVICE_MODULES)
    assert "fleet" not in DEVICE_MODULES


@pytest.mark.parametrize("module", names("modules"))
def test_what_a_failure_returns_names_its_outcome(module):
    error = yaml.safe_load(importlib.import_module(f"{PACKAGE}.modules.{module}").RETURN)["error"]
    text = " ".join([error["description"]] if isinstance(error["description"], str) else error["description"])
    assert all(word in text for word in ("C(kind)", "C(stage)", "C(outcome)", "V(nothing)")), text
    assert module == "fleet" or error["sample"]["outcome"] in ("nothing", "done", "unknown")

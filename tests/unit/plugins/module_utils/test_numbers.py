# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers as people write them, and the bounds of every option that is one."""

from __future__ import annotations

import importlib

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._device.options import DEVICE
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import Number, as_number, as_whole, brief, refuse_wrong_numbers, seconds, whole

MODULES = ("relay", "settings", "command", "send", "device_info", "ping", "fleet", "mail")
NO_NUMBERS = [True, False, None, "", "1_0", "\uff11", "\u0661", "01", "007", "+1", "1e3", "0x10", "0b1", "1:30", "nan", "inf", ".inf", "1.2.3", "-", ".", "one",
              b"1", [1], {"a": 1}, "9" * 400, "- 1", "1 0", "1\u00a0"]


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_no_numbers(value):
    assert as_number(value) is None and as_whole(value) is None
    assert "in plain digits such as 10" in str(whole(0, 100).problem(value)) and "in plain digits" in str(seconds(0.5, 60).problem(value))


@pytest.mark.parametrize("value, number", [(5, 5), (2.5, 2.5), ("5", 5), ("2.5", 2.5), (".5", 0.5), ("2.", 2), ("0", 0),
                                           ("-3", -3), (" 7\n", 7), ("0.001", 0.001)])
def test_numbers(value, number):
    assert as_number(value) == number


@pytest.mark.parametrize("value, words", [(float("nan"), "nan"), (float("inf"), "inf"), (-float("inf"), "-inf"), ("9" * 18, f"'{'9' * 18}'"), (-1, "-1"),
                                          (10 ** 400, "a number of 401 digits"), (101, "101"), (1.0e99, "1e+99")])
def test_numbers_out_of_bounds(value, words):
    assert whole(0, 100).problem(value) == f"is {words}; expected 0 to 100"


def test_whole_numbers_and_units():
    assert whole(0, 100).problem(3.0) is whole(0, 100).problem("3.0") is whole(0, 100).problem(100) is None
    assert whole(0, 100).problem(1.5) == "is 1.5; expected a whole number, 0 to 100"
    assert seconds(0.001, 3600).problem(0) == "is 0; expected 0.001 to 3600 seconds"
    assert whole(1, 16777216, " bytes").problem(0) == "is 0; expected 1 to 16777216 bytes"
    assert seconds(0.001, 3600) == "float" and whole(0, 1) == "int"


def test_a_long_value_is_cut_short():
    assert brief("x" * 1000) == f"'{'x' * 59} ..." and len(brief(10 ** 5000)) < 40


def test_options_within_options_are_named():
    spec = {"mail": {"type": "dict", "options": {"port": {"type": whole(1, 65535)}}},
            "faults": {"type": "list", "elements": "dict", "options": {"times": {"type": whole(0, 9)}}}}
    refuse_wrong_numbers(spec, {"mail": {"port": 25}, "faults": [{"times": 0}], "other": True})
    refuse_wrong_numbers(spec, {"mail": None, "faults": "no list"})
    with pytest.raises(BytewireError, match="emulator: mail.port is True; expected 1 to 65535, in plain digits"):
        refuse_wrong_numbers(spec, {"mail": {"port": True}}, "emulator: ")
    with pytest.raises(BytewireError, match=r"faults\[2\].times is -1; expected 0 to 9"):
        refuse_wrong_numbers(spec, {"faults": [{}, {"times": -1}]})


def numbers(spec, where=""):
    """(name, type) of every option that is a number."""
    for name, option in spec.items():
        for kind in (option.get("type"), option.get("elements")):
            if kind in ("int", "float"):
                yield where + name, kind
        yield from numbers(option.get("options", {}), f"{where}{name}.")


def specs():
    yield "device", DEVICE
    for module in MODULES:
        if module == "fleet":
            pytest.importorskip("ansible")
        yield module, importlib.import_module(f"ansible_collections.bytewire.devices.plugins.module_utils._capability.{module}").SPEC["argument_spec"]
    yield "emulator", importlib.import_module("ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.control").SPEC["argument_spec"]
    for source, name in (("listen", "SPEC"), ("watch", "SPEC"), ("watch", "BOARD")):
        path = f"ansible_collections.bytewire.devices.extensions.eda.plugins.event_source.{source}"
        yield source, getattr(importlib.import_module(path), name)


def test_every_option_that_is_a_number_has_bounds():
    found = [(where, *one) for where, spec in specs() for one in numbers(spec)]
    assert len(found) > 80 and [one for one in found if not isinstance(one[2], Number)] == []

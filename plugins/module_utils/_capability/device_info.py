# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything a device tells about itself; nothing is changed."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._board import read_coils
from ansible_collections.bytewire.devices.plugins.module_utils._device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._options import device_spec
from ansible_collections.bytewire.devices.plugins.module_utils._relay_map import CONTACTS, NORMALLY_OPEN, RelayMap

SPEC = {
    "argument_spec": device_spec({
        "contact": {"type": "str", "choices": list(CONTACTS), "default": NORMALLY_OPEN},
        "relays": {"type": "dict"},
    }),
}


def run(options, mode):
    """Identity, relays, inputs, analogue values and the rest, as far as the model has them."""
    with Device(options, mode.trace) as device:
        identity = device.who()
        result = {"changed": False, "model": device.profile.name, "identity": identity}
        result["information"] = _information(device)
        if device.profile.relays is not None:
            result["relays"] = _relays(device, options)
        if device.profile.inputs is not None:
            result["inputs"] = _inputs(device)
        if device.profile.analogue is not None:
            result["analogue"] = _analogue(device)
        if mode.trace:
            result["trace"] = device.trace
        return result


def _information(device):
    found = {}
    for message in device.profile.info.values():
        found.update(device.ask(message, {}, "read"))
    return found


def _relays(device, options):
    relays = device.profile.relays
    names = RelayMap(options["relays"], options["contact"], device.title, device.profile.name, relays.numbers)
    coils = read_coils(device, relays.numbers)
    return {str(relay.number): relay.described(coils[relay.number]) for relay in names.all()}


def _inputs(device):
    channels = device.profile.inputs
    bits = device.ask(channels.read, {}, "read")["inputs"]
    return {str(number): "active" if bits >> number - channels.numbers[0] & 1 else "inactive" for number in channels.numbers}


def _analogue(device):
    channels = device.profile.analogue
    return {str(number): device.ask(channels.read, {"channel": number}, "read")["value"] for number in channels.numbers}

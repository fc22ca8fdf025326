# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything a device tells about itself; nothing is changed."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._device.relay_states import read_coils
from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import device_spec
from ansible_collections.bytewire.devices.plugins.module_utils._device.relay_map import CONTACTS, NORMALLY_OPEN, RelayMap
from ansible_collections.bytewire.devices.plugins.module_utils._device.settings import Readings, in_order

SPEC = {
    "argument_spec": device_spec({
        "contact": {"type": "str", "choices": list(CONTACTS), "default": NORMALLY_OPEN},
        "relays": {"type": "dict"},
    }),
}


async def run(options, mode):
    """Identity, relays, inputs, analogue values and the rest, as far as the model has them."""
    async with Device(options, mode.trace) as device:
        if device.profile is not None and device.broadcast:
            raise invalid("%s: unit %s speaks to all at once, and nobody answers: ask one unit." % (device.title, options["unit"]))
        identity = await device.who()
        result = {"changed": False, "model": device.profile.name, "identity": identity}
        result["information"] = await _information(device)
        if device.profile.relays is not None:
            result["relays"] = await _relays(device, options)
        if device.profile.settings:
            result["settings"] = await _settings(device)
        if device.profile.inputs is not None:
            result["inputs"] = await _inputs(device)
        if device.profile.analogue is not None:
            result["analogue"] = await _analogue(device)
        if mode.trace:
            result["trace"] = device.trace
        return result


async def _information(device):
    found = {}
    for message in device.profile.info.values():
        values = await device.ask(message, {}, "read")
        for field, bits in message.flags.items():
            values[field] = list(dict.fromkeys(words for bit, words in sorted(bits.items()) if values[field] >> bit & 1))
        found.update(values)
    return found


async def _settings(device):
    """The settings that can be read; what the device declines to tell, or would not tell in this state, is unknown."""
    settings, readings, now = device.profile.settings, Readings(device), {}
    for name in in_order(settings):
        if settings[name].get is not None:
            try:
                now[name] = await readings.ask(name, now, "read")
            except BytewireError as error:
                if error.kind != "refused":
                    raise
                now[name] = None
    return {name: readings.value(name, code) for name, code in now.items()}


async def _relays(device, options):
    relays = device.profile.relays
    names = RelayMap(options["relays"], options["contact"], device.title, device.profile.name, relays.numbers)
    coils = await read_coils(device, relays.numbers)
    return {str(relay.number): relay.described(coils[relay.number]) for relay in names.all()}


async def _inputs(device):
    channels = device.profile.inputs
    bits = (await device.ask(channels.read, {}, "read"))["inputs"]
    return {str(number): "active" if bits >> number - channels.numbers[0] & 1 else "inactive" for number in channels.numbers}


async def _analogue(device):
    channels = device.profile.analogue
    return {str(number): (await device.ask(channels.read, {"channel": number}, "read"))["value"] for number in channels.numbers}

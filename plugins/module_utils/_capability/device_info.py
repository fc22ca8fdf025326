# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything a device tells about itself; nothing is changed."""

from __future__ import annotations

import time

from ansible_collections.bytewire.devices.plugins.module_utils._device.device import PULSED, Device
from ansible_collections.bytewire.devices.plugins.module_utils._device.journal import journaled
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import Spec, device_spec
from ansible_collections.bytewire.devices.plugins.module_utils._device.relay_map import CONTACTS, NORMALLY_OPEN, RelayMap
from ansible_collections.bytewire.devices.plugins.module_utils._device.relay_states import read_coils
from ansible_collections.bytewire.devices.plugins.module_utils._device.setting_states import Readings, in_order
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Value, Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.parts import Channels, Relays
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile
from ansible_collections.bytewire.devices.plugins.module_utils._page.setting import nested
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import ROWS, rows_of
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode, Options, Result
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import sleep

AGAIN = 0.2  # seconds until what was commanded and not seen is read again
UNTOLD = ("relays", "prompt", "rest")  # of an answer of info: what is told elsewhere, and what stands around a reading

SPEC: Spec = {
    "argument_spec": device_spec({
        "contact": {"type": "str", "choices": list(CONTACTS), "default": NORMALLY_OPEN},
        "relays": {"type": "dict"},
    }),
}


@journaled("device_info", SPEC)
async def run(options: Options, mode: Mode) -> Result:
    """Identity, relays, inputs, analogue values and the rest, as far as the model has them."""
    started = time.monotonic()
    async with Device(options, mode.trace) as device:
        if device.known and device.broadcast:
            raise invalid(f"{device.title}: unit {options['unit']} speaks to all at once, and nobody answers: ask one unit.")
        result: Result = {"changed": False, **await device.surely(lambda: _all(device, options))}
        waited = sum(step["ms"] for step in device.steps if step["step"] == "lock")  # for other tasks
        result["ms"] = round(max((time.monotonic() - started) * 1000 - waited, 0), 1)
        return device.completed(result)


async def _all(device: Device, options: Options) -> Result:
    """All that the device tells."""
    identity = await device.identify()
    result: Result = {"model": device.profile.name, "identity": identity, "information": await _information(device)}
    if device.profile.relays is not None:
        result["relays"] = await _relays(device, device.profile.relays, options)
    if device.profile.settings:
        result["settings"] = await _settings(device)
    if device.profile.inputs is not None:
        result["inputs"] = await _inputs(device, device.profile.inputs)
    if device.profile.analogue is not None:
        result["analogue"] = await _analogue(device, device.profile.analogue)
    units = _units(device.profile)
    if units:
        result["measured_in"] = units
    return result


def _units(profile: Profile) -> dict[str, str]:
    """What the page says the values are measured in, by the name of the reading or setting."""
    units = {name: unit for message in profile.info.values() for name, unit in message.measured_in.items()}
    units.update({setting.title: setting.measured_in for setting in profile.settings.values() if setting.measured_in})
    if profile.analogue is not None and profile.analogue.measured_in:
        units["analogue"] = profile.analogue.measured_in
    return units


async def _information(device: Device) -> dict[str, object]:
    """What else it tells; what it declines to tell, as a projector in standby does, is unknown."""
    found: dict[str, object] = {}
    for name, message in device.profile.info.items():
        try:
            values = await device.ask(message, {}, "read")
        except BytewireError as error:
            if error.kind != "refused":
                raise
            names = [name] if message.is_table else {field for template in message.replies for field in template.names}
            found.update({field: found.get(field, "unknown") for field in names})
            continue
        rows = rows_of(values)
        found.update({key: message.told(value) for key, value in values.items() if key != ROWS})
        found.update({field: "unknown" for template in message.replies for field in sorted(template.optional) if field not in values})
        if message.is_table:
            found[name] = [{key: message.told(value) for key, value in row.items()} for row in rows]
        for field, bits in message.flags.items():
            if field not in values or found[field] is None:
                continue
            number = int(values[field])
            found[field] = list(dict.fromkeys(words for bit, words in sorted(bits.items()) if number >> bit & 1))
    return {name: value for name, value in found.items() if name not in UNTOLD}


async def _settings(device: Device) -> dict[str, Value | dict[str, Value]]:
    """The settings that can be read; what the device declines to tell, or would not tell in this state, is unknown. A row that is not there is no output."""
    settings, readings = device.profile.settings, Readings(device)
    now: dict[str, Value | None] = {}
    heard: dict[tuple[object, ...], Values] = {}
    for name in in_order(settings):
        if settings[name].get is not None:
            try:
                now[name] = await readings.ask(name, now, "read", heard)
                same = settings[name].same
                while device.told_otherwise(name, now[name], same) is not None:
                    await sleep(AGAIN)
                    now[name] = await readings.ask(name, now, "read")
                device.believe(name, now[name], same)
            except BytewireError as error:
                if error.kind != "refused":
                    raise
                now[name] = None
    there = {name: code for name, code in now.items() if code is not None or not settings[name].in_table}
    return nested({name: readings.value(name, code) for name, code in there.items()}, settings)


async def _relays(device: Device, relays: Relays, options: Options) -> dict[str, dict[str, str | None]]:
    names = RelayMap(options["relays"], options["contact"], device.title, device.profile.name, relays.numbers, relays.names)
    told: dict[int, str] = {}
    coils = await read_coils(device, relays.numbers, names=told)
    while any(device.told_otherwise(number, coil) not in (None, PULSED) for number, coil in coils.items()):
        await sleep(AGAIN)
        coils = await read_coils(device, relays.numbers)
    for number, coil in coils.items():
        device.believe(number, coil)
    return {str(relay.number): {**relay.described(coils[relay.number]), "name": relay.name or told.get(relay.number)} for relay in names.all()}


async def _inputs(device: Device, channels: Channels) -> dict[str, str]:
    bits = int((await device.ask(channels.read, {}, "read"))["inputs"])
    return {str(number): "active" if bits >> number - channels.numbers[0] & 1 else "inactive" for number in channels.numbers}


async def _analogue(device: Device, channels: Channels) -> dict[str, Value | None]:
    return {str(number): channels.read.told((await device.ask(channels.read, {"channel": number}, "read"))["value"]) for number in channels.numbers}

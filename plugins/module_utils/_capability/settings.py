# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings settings to the wanted values: ask the device, send only what differs, ask again."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._device.journal import JOURNAL, journaled
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import Spec, device_spec
from ansible_collections.bytewire.devices.plugins.module_utils._device.setting_states import SettingStates, codes
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Value
from ansible_collections.bytewire.devices.plugins.module_utils._page.setting import nested
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import Code
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode, Options, Result

SPEC: Spec = {
    "argument_spec": device_spec({
        "settings": {"type": "dict", "required": True},
        "verify": {"type": "bool", "default": True},
    }, JOURNAL),
}


@journaled("settings", SPEC)
async def run(options: Options, mode: Mode) -> Result:
    """The result of the task; BytewireError where a setting could not be made so."""
    async with Device(options, mode.trace) as device:
        if not device.known:
            await device.open()
        wanted = codes(device, options["settings"])
        states = SettingStates(device, wanted, options["verify"])
        await states.begin()
        try:
            changed = await (_predict(states, wanted) if mode.check else _execute(states, wanted))
        except BytewireError as error:
            error.details.update(settings=nested(_described(states), device.profile.settings), changed=bool(states.commanded))
            raise
        return _report(device, states, mode, changed)


async def _predict(states: SettingStates, wanted: t.Mapping[str, Code]) -> bool:
    """Nothing is sent but what logging in takes; now becomes what it would be."""
    await states.sure()
    pending = states.to_command(wanted)
    if pending:
        await states.device.ready_to_write()
    states.now.update({name: wanted[name] for name in states.differing(wanted)})
    return bool(pending)


async def _execute(states: SettingStates, wanted: t.Mapping[str, Code]) -> bool:
    await states.ensure(wanted)
    return bool(states.commanded)


def _described(states: SettingStates) -> dict[str, dict[str, Value]]:
    value = states.readings.value
    return {name: {"state": value(name, states.now[name]), "was": value(name, states.was[name])} for name in states.wanted}


def _report(device: Device, states: SettingStates, mode: Mode, changed: bool) -> Result:
    result: Result = {"changed": changed, "model": device.profile.name, "settings": nested(_described(states), device.profile.settings)}
    if mode.diff:
        result["diff"] = _diff(device, _described(states))
    device.warnings += _unread(device, states, changed)
    return device.completed(result)


def _unread(device: Device, states: SettingStates, changed: bool) -> list[str]:
    unread = [name for name in states.wanted if device.broadcast or not states.reads(name)]
    if not changed or not unread:
        return []
    after = " after a broadcast" if device.broadcast else ""
    return [f"{device.title}: {', '.join(unread)} cannot be read back{after}: whether it was set is not known."]


def _diff(device: Device, settings: t.Mapping[str, t.Mapping[str, Value]]) -> dict[str, str]:
    def text(key: str) -> str:
        return "".join(f"{name}: {setting[key]}\n" for name, setting in settings.items())
    return {"before_header": device.title, "after_header": device.title, "before": text("was"), "after": text("state")}

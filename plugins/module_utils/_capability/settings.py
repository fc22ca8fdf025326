# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make settings so: ask the device, send only what differs, ask again."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import device_spec
from ansible_collections.bytewire.devices.plugins.module_utils._device.settings import Adjusting, codes

SPEC = {
    "argument_spec": device_spec({
        "settings": {"type": "dict", "required": True},
        "verify": {"type": "bool", "default": True},
    }),
}


async def run(options, mode):
    """The result of the task; BytewireError where a setting could not be made so."""
    async with Device(options, mode.trace) as device:
        if device.profile is None:
            await device.open()
        wanted = codes(device, options["settings"])
        adjusting = await Adjusting(device, wanted, options["verify"]).begin()
        try:
            changed = await (_predict(adjusting, wanted) if mode.check else _execute(adjusting, wanted))
        except BytewireError as error:
            error.details.update(settings=_described(adjusting), changed=bool(adjusting.told))
            raise
        return _report(device, adjusting, mode, changed)


async def _predict(adjusting, wanted):
    """Nothing is sent but what logging in takes; now becomes what it would be."""
    differing = adjusting.differing(wanted)
    if differing:
        await adjusting.device.ready_to_write()
    adjusting.now.update(wanted)
    return bool(differing)


async def _execute(adjusting, wanted):
    await adjusting.make_so(wanted)
    return bool(adjusting.told)


def _described(adjusting):
    value = adjusting.readings.value
    return {name: {"state": value(name, adjusting.now[name]), "was": value(name, adjusting.was[name])} for name in adjusting.wanted}


def _report(device, adjusting, mode, changed):
    result = {"changed": changed, "model": device.profile.name, "settings": _described(adjusting)}
    if mode.diff:
        result["diff"] = _diff(device, result["settings"])
    if mode.trace:
        result["trace"] = device.trace
    warnings = adjusting.warnings + _unread(device, adjusting, changed)
    if warnings:
        result["warnings"] = warnings
    return result


def _unread(device, adjusting, changed):
    unread = [name for name in adjusting.wanted if device.broadcast or not adjusting.reads(name)]
    if not changed or not unread:
        return []
    return ["%s: %s cannot be read back%s: whether it was set is not known."
            % (device.title, ", ".join(unread), " after a broadcast" if device.broadcast else "")]


def _diff(device, settings):
    def text(key):
        return "".join("%s: %s\n" % (name, setting[key]) for name, setting in settings.items())
    return {"before_header": device.title, "after_header": device.title, "before": text("was"), "after": text("state")}

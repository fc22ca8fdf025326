# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resolve, connect, identify: at which step it fails, and how long each took. Nothing is changed."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device, listed
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import device_spec

SPEC = {"argument_spec": device_spec()}


async def run(options, mode):
    """The steps with their milliseconds; a failure carries the steps that were taken."""
    async with Device(options, mode.trace) as device:
        try:
            identity = await device.who()
        except BytewireError as error:
            error.details["steps"] = device.steps
            raise
        result = {"changed": False, "ping": "pong", "msg": _in_words(device, identity), "model": device.profile.name,
                  "address": device.address, "identity": identity, "steps": device.steps}
        if mode.trace:
            result["trace"] = device.trace
        return result


def _in_words(device, identity):
    """What nc -vv would say, and who answered."""
    took = {step["step"]: "%g ms" % step["ms"] for step in device.steps if step["ok"]}
    said = ["resolved to %s in %s" % (device.address, took["resolve"])] if "resolve" in took else []
    said.append("connected in %s" % took["connect"])
    if identity:
        said.append("identified as %s (%s)" % (device.profile.name, listed(identity)))
    else:
        said.append("not identified: model %s cannot be asked who it is" % device.profile.name)
    return "%s: %s." % (device.title, ", ".join(said))

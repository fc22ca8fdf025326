# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resolve, connect, identify: at which step it fails, and how long each took. Nothing is changed."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._options import device_spec

SPEC = {"argument_spec": device_spec()}


def run(options, mode):
    """The steps with their milliseconds; a failure carries the steps that were taken."""
    with Device(options, mode.trace) as device:
        try:
            identity = device.who()
        except BytewireError as error:
            error.details["steps"] = device.steps
            raise
        result = {"changed": False, "ping": "pong", "model": device.profile.name, "address": device.address,
                  "identity": identity, "steps": device.steps}
        if mode.trace:
            result["trace"] = device.trace
        return result

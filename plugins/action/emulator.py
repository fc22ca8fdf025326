# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action import DeviceAction, page
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator import control
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.faults import spelled


class ActionModule(DeviceAction):
    module = "emulator"
    SPEC = control.SPEC
    capability = control.run
    INVENTORY = ("model", "host", "port", "password", "unit")

    def bind(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        bound = super().bind(arguments, task_vars)
        return {**bound, "faults": spelled(bound["faults"])} if "faults" in bound else bound

    def complete(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        if self._is_delegated():
            raise invalid("emulator: runs on the controller alone; take delegate_to away.")
        name = {"name": control.name_of(options)}
        return name if options["model"] is None or options["state"] != "started" else {**name, "model": page(options["model"], task_vars)}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid
from ansible_collections.bytewire.devices.plugins.plugin_utils._action import DeviceAction
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator import control


class ActionModule(DeviceAction):
    module = "emulator"
    SPEC = control.SPEC
    capability = control.run
    INVENTORY = ("model", "host", "port", "password", "unit")

    def complete(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        if self._is_delegated():
            raise invalid("emulator: runs on the controller alone; take delegate_to away.")
        journal = {"journal": os.path.abspath(options["journal"])} if options["journal"] else {}
        return journal if options["model"] is None else {**journal, **super().complete(options, task_vars)}

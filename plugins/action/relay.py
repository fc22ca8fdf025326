# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay
from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action import DeviceAction


class ActionModule(DeviceAction):
    module = "relay"
    SPEC = relay.SPEC
    capability = relay.run

    @classmethod
    def adapted(cls, arguments: dict[str, t.Any], bound: dict[str, t.Any]) -> dict[str, t.Any]:
        """The duration of the inventory is for those states that last."""
        if "duration" not in arguments and bound.get("state") not in relay.TIMED:
            bound.pop("duration", None)
        return bound

    def complete(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        completed = super().complete(options, task_vars)
        timeout = self._task.timeout
        if timeout and options["state"] in relay.TIMED and options["duration"] >= timeout and not _timed_by_the_board(options["state"], completed["model"]):
            raise invalid(f"relay: the task's timeout of {timeout} s would end it within the duration of {options['duration']:g} s, and leave the load "
                          "as it was switched first. Nothing was sent.")
        return completed


def _timed_by_the_board(state: str, model: dict[str, t.Any]) -> bool:
    return state == "pulsed" and all("pulse" in page.get("relays", {}) for page in model.get("candidates", [model]))

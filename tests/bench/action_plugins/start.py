# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a fleet starts from: one task that resolves the address and the bytewire variables of every host, and does nothing with them."""

from __future__ import annotations

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        resolved = 0
        for host in task_vars["ansible_play_batch"]:
            variables = task_vars["hostvars"][host]
            names = [name for name in variables if name.startswith("bytewire_") or name == "ansible_host"]
            resolved += len([variables[name] for name in names])
        return {"changed": False, "resolved": resolved}

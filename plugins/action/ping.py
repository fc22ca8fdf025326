# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._capability import ping
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action import DeviceAction


class ActionModule(DeviceAction):
    module = "ping"
    SPEC = ping.SPEC
    capability = ping.run

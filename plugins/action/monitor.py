# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._capability import mail
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import Number, whole
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action import CapabilityAction
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor import run

OF_A_MAIL = ("host", "port", "encryption", "validate_certs", "ca_path", "username", "password", "allow_plaintext_login", "sender", "to", "cc", "bcc", "timeout")


class ActionModule(CapabilityAction):
    module = "monitor"
    SPEC = {"argument_spec": {
        "results": {"type": "raw"},
        "hosts": {"type": "list", "elements": "str", "default": []},
        "directory": {"type": "path", "required": True},
        "limits": {"type": "dict", "default": {}},
        "host_limits": {"type": "dict", "default": {}},
        "remind": {"type": Number("float", 0, 87600, " hours"), "default": 0.0},
        "journal": {"type": "path"},
        "mail": {"type": "dict", "options": {**{name: mail.SPEC["argument_spec"][name] for name in OF_A_MAIL}, "subject_prefix": {"type": "str"}}},
        "templates": {"type": "path"},
        "metrics": {"type": "path"},
        "page": {"type": "path"},
        "most_lines": {"type": whole(100, 10_000_000), "default": 10_000},
        "most_bytes": {"type": whole(100_000, 1_000_000_000), "default": 10_000_000},
    }}
    capability = run.run

    def bind(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        return {name: value for name, value in arguments.items() if name != "mail" or value}

    def _is_delegated(self) -> bool:
        return False

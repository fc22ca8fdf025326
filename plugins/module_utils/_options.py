# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every device module shares; documented in the fragment C(device)."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid

DEVICE = {
    "host": {"type": "str"},
    "port": {"type": "int"},
    "model": {"type": "raw", "default": "auto"},
    "label": {"type": "str"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "unit": {"type": "int"},
    "connect_timeout": {"type": "float", "default": 5.0},
    "timeout": {"type": "float", "default": 3.0},
    "lock_timeout": {"type": "float", "default": 120.0},
    "retries": {"type": "int", "default": 1},
    "trace": {"type": "bool", "default": False},
}

BOUNDS = {
    "port": (1, 65535, ""),
    "connect_timeout": (0.001, 3600, " seconds"),
    "timeout": (0.001, 3600, " seconds"),
    "lock_timeout": (0, 86400, " seconds"),
    "retries": (0, 100, ""),
}


def device_spec(*others):
    """The argument spec of a device module: the shared options and its own."""
    spec = dict(DEVICE)
    for other in others:
        spec.update(other)
    return spec


def refuse_out_of_bounds(options):
    """The error for a number among the shared options that cannot be."""
    for name, (lowest, highest, what) in BOUNDS.items():
        value = options.get(name)
        if value is not None and not lowest <= value <= highest:
            raise invalid("%s is %s; expected %s to %s%s." % (name, value, lowest, highest, what))

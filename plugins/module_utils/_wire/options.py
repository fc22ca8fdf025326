# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of single transports: how a serial line is set up, and whom TLS trusts."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._numbers import Number, whole

WIRE: dict[str, dict[str, t.Any]] = {
    "serial_port": {"type": "str"},
    "baud_rate": {"type": whole(50, 12000000), "default": 9600},
    "data_bits": {"type": whole(5, 8), "choices": [5, 6, 7, 8], "default": 8},
    "parity": {"type": "str", "choices": ["none", "even", "odd", "mark", "space"], "default": "none"},
    "stop_bits": {"type": Number("float", 1, 2), "choices": [1.0, 1.5, 2.0], "default": 1.0},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "tls_server_name": {"type": "str"},
}
"""Their part of the argument spec of every device module."""


class WireOptions(t.TypedDict):
    """These options, each with a value or its default."""

    serial_port: str | None
    baud_rate: int
    data_bits: int
    parity: str
    stop_bits: float
    validate_certs: bool
    ca_path: str | None
    client_cert: str | None
    client_key: str | None
    tls_server_name: str | None


def wire_options(options: t.Mapping[str, object]) -> WireOptions:
    """Those among all options of a task; what is not given has its default."""
    return t.cast(WireOptions, {name: spec.get("default") if options.get(name) is None else options[name] for name, spec in WIRE.items()})

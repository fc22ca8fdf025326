# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every device module shares; documented in the fragment C(device)."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid

TRANSPORTS = ("tcp", "tls", "telnet", "serial", "rfc2217")

DEVICE = {
    "host": {"type": "str"},
    "port": {"type": "int"},
    "model": {"type": "raw", "default": "auto"},
    "label": {"type": "str"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "unit": {"type": "int"},
    "transport": {"type": "str", "choices": list(TRANSPORTS)},
    "serial_port": {"type": "str"},
    "baud_rate": {"type": "int", "default": 9600},
    "data_bits": {"type": "int", "choices": [5, 6, 7, 8], "default": 8},
    "parity": {"type": "str", "choices": ["none", "even", "odd", "mark", "space"], "default": "none"},
    "stop_bits": {"type": "float", "choices": [1.0, 1.5, 2.0], "default": 1.0},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "tls_server_name": {"type": "str"},
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
    "baud_rate": (50, 12000000, ""),
}

# What is meant for one transport, and is refused where nobody has said which.
TELLING = {"serial_port": "serial", "ca_path": "tls", "client_cert": "tls", "client_key": "tls", "tls_server_name": "tls"}


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


def refuse_contradictions(options, transport):
    """The error for options that do not go together; transport is the task's, or else the profile's."""
    if transport == "serial" and not options.get("serial_port"):
        raise invalid("transport is serial, but no serial_port is set (bytewire_serial_port): expected the path of a port, "
                      "for example /dev/ttyUSB0, on the machine that talks to the device.")
    if options.get("client_key") and not options.get("client_cert"):
        raise invalid("client_key is set without client_cert: set both, or client_cert alone to a file that holds the key as well.")
    for name, meant in TELLING.items():
        if options.get(name) and meant != transport and not options.get("transport"):
            raise invalid("%s is set, but the model's transport is %s: set transport (bytewire_transport) to %s, or to %s if that is meant."
                          % (name, transport, meant, transport))


def value_of(options, name):
    """The value of an option, its default where it is not given."""
    value = options.get(name)
    return DEVICE[name].get("default") if value is None else value


def task_first(arguments, bound, alternatives):
    """Options of which only one can be: what the task says goes before what the inventory says of the others."""
    if any(name in arguments for name in alternatives):
        return {name: value for name, value in bound.items() if name in arguments or name not in alternatives}
    return bound

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every device module shares; documented in the fragment C(device)."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import PORT, refuse_wrong_numbers, seconds, whole
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import TRANSPORTS
from ansible_collections.bytewire.devices.plugins.module_utils._task import Options
from ansible_collections.bytewire.devices.plugins.module_utils._wire.options import WIRE, WireOptions

Spec = t.Dict[str, t.Any]
"""A part of an argument spec, as Ansible takes it."""

DEVICE: Spec = {
    "host": {"type": "str"},
    "port": {"type": PORT},
    "model": {"type": "raw", "default": "auto"},
    "label": {"type": "str"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "unit": {"type": whole(0, 65535)},
    "transport": {"type": "str", "choices": list(TRANSPORTS)},
    **WIRE,
    "connect_timeout": {"type": seconds(0.001, 3600), "default": 5.0},
    "timeout": {"type": seconds(0.001, 3600), "default": 3.0},
    "lock_timeout": {"type": seconds(0, 86400), "default": 120.0},
    "retries": {"type": whole(0, 100), "default": 1},
    "settle": {"type": seconds(0, 3600)},
    "latest": {"type": seconds(0.001, 3600)},
    "trace": {"type": "bool", "default": False},
}


class Turn(t.Protocol):
    """When a device may switch, of several that are to do so one after the other. Who runs them gives it to each as an option."""

    async def begin(self) -> bool:
        """Wait for the turn, if this device does not have it; True where that took time."""

    def end(self) -> None:
        """Pass it on, if this device has it."""


class Entry(t.Protocol):
    """The lines of the task in a journal. Who keeps it gives it to the device as an option."""

    device: str

    def begin(self, words: str) -> None:
        """Note, before the first command leaves, what it tells the device."""


class DeviceOptions(WireOptions, total=False):
    """The options that every device module shares, as a task has them once they are validated."""

    host: str | None
    port: int | None
    model: object  # a page, or {candidates: pages} where it is to be found out
    label: str | None
    username: str | None
    password: str | None
    unit: int | None
    transport: str | None
    connect_timeout: float
    timeout: float
    lock_timeout: float
    retries: int
    settle: float | None
    latest: float | None
    trace: bool
    turn: Turn
    journal: Entry


# What is meant for one transport, and is refused where nobody has said which.
_OF_ONE_TRANSPORT = {"serial_port": "serial", "ca_path": "tls", "client_cert": "tls", "client_key": "tls", "tls_server_name": "tls"}


def device_options(options: t.Mapping[str, t.Any]) -> DeviceOptions:
    """The shared ones among all options of a task; BytewireError for a number that cannot be."""
    refuse_wrong_numbers(DEVICE, options)
    return t.cast(DeviceOptions, options)


def device_spec(*others: Spec) -> Spec:
    """The argument spec of a device module: the shared options and its own."""
    spec = dict(DEVICE)
    for other in others:
        spec.update(other)
    return spec


def refuse_contradictions(options: t.Mapping[str, t.Any], transport: str) -> None:
    """The error for options that do not go together; transport is the task's, or else the profile's."""
    if transport == "serial" and not options.get("serial_port"):
        raise invalid("transport is serial, but no serial_port is set (bytewire_serial_port): expected the path of a port, "
                      "for example /dev/ttyUSB0, on the machine that talks to the device.")
    if options.get("client_key") and not options.get("client_cert"):
        raise invalid("client_key is set without client_cert: set both, or client_cert alone to a file that holds the key as well.")
    for name, meant in _OF_ONE_TRANSPORT.items():
        if options.get(name) and meant != transport and not options.get("transport"):
            raise invalid(f"{name} is set, but the model's transport is {transport}: set transport (bytewire_transport) to {meant}, or to {transport} if that "
                          "is meant.")


def task_first(arguments: t.Container[str], bound: Options, alternatives: t.Collection[str]) -> Options:
    """Options of which only one can be: what the task says goes before what the inventory says of the others."""
    if any(name in arguments for name in alternatives):
        return {name: value for name, value in bound.items() if name in arguments or name not in alternatives}
    return bound

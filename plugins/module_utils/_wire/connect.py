# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a host and the name of a transport to a link. TLS and pyserial are imported by those who use them."""

from __future__ import annotations

import encodings.idna  # noqa: F401, pylint: disable=unused-import; resolving a name imports it: here once for a play, not in each worker
import socket
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._wire.address import Address, looked_up
from ansible_collections.bytewire.devices.plugins.module_utils._wire.link import Link, LinkError, TcpLink, TelnetLink
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import call


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a host and port; LinkError where the name is not known."""
    try:
        return _numeric(host, port) or await call(looked_up, host, port)
    except (socket.gaierror, UnicodeError) as error:
        raise LinkError("resolve", f"the name '{host}' cannot be resolved ({getattr(error, 'strerror', None) or error})")


def _numeric(host: str, port: int) -> list[Address]:
    """The address of a host that is given by address, without asking anybody; none of a name."""
    try:
        socket.inet_pton(socket.AF_INET, host)
        return [(socket.AF_INET, (host, port))]
    except (OSError, ValueError):  # another family, or another way of writing it
        pass
    try:
        return looked_up(host, port, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, UnicodeError):
        return []


async def connect(transport: str, address: Address | None, seconds: float, options: t.Mapping[str, object]) -> Link:
    """A link to one address of resolve(), within so many seconds; address is None for a serial port."""
    if address is None:
        from ansible_collections.bytewire.devices.plugins.module_utils._wire.serial import SerialLink

        return await call(SerialLink, options)
    if transport == "rfc2217":
        from ansible_collections.bytewire.devices.plugins.module_utils._wire.serial import Rfc2217Link

        return await call(Rfc2217Link, *address, seconds, options)
    link = _made(transport, address, options)
    await link.open(seconds)
    return link


def _made(transport: str, address: Address, options: t.Mapping[str, object]) -> TcpLink:
    if transport == "tls":
        from ansible_collections.bytewire.devices.plugins.module_utils._wire.tls import TlsLink

        return TlsLink(*address, options)
    return TelnetLink(*address) if transport == "telnet" else TcpLink(*address)

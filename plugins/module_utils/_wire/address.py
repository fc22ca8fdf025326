# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of the network as people write them, as the socket module has them, and as messages show them."""

from __future__ import annotations

import re
import socket
import typing as t

SocketAddress = t.Tuple[t.Any, ...]
"""An address as the socket module has it for a family."""

Address = t.Tuple[int, SocketAddress]
"""The family, and the address as the socket module has it for that family."""

V4_MAPPED = "::ffff:"
LINK_LOCAL = ("fe8", "fe9", "fea", "feb")  # each link has the same ones: other zones are other devices
_WITH_MORE = re.compile(r".*//|\[[^\]]*\]:|[^:]*:[0-9]*\Z")


def bare(host: str) -> str:
    """A host without the brackets in which an IPv6 address may stand."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def has_more(host: str) -> bool:
    """True where a host has a port with it, or is a URL."""
    return _WITH_MORE.match(host) is not None


def endpoint(host: str, port: int | str) -> str:
    """A host and a port as one text: board:23, [::1]:23."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def numeric(address: Address) -> str:
    """The one text for an address, without its port: with its zone where it is of a link, and of a mapped IPv4 address that address."""
    host: str = address[1][0]
    if address[0] == socket.AF_INET6 and host.startswith(LINK_LOCAL):
        host = socket.getnameinfo(address[1], socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0]
    return host[len(V4_MAPPED):] if host.startswith(V4_MAPPED) else host


def looked_up(host: str, port: int, family: int = 0, flags: int = 0) -> list[Address]:
    """The addresses of a host and port, each once; OSError or UnicodeError where there are none."""
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys((int(each[0]), each[4]) for each in found))


def to_listen_on(host: str, port: int) -> Address:
    """The address for a host to listen on; a zone gets lost where a socket is given the text alone."""
    return looked_up(host, port, socket.AF_INET6 if ":" in host else socket.AF_INET, socket.AI_PASSIVE)[0]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much a client may have: the limits, who counts as one client, and how many requests it has left."""

from __future__ import annotations

import ipaddress
import typing as t

LIMITS: dict[str, tuple[float, float, float]] = {  # name: (unless given, lowest, highest)
    "connections": (256, 1, 10000),
    "connections_per_address": (16, 1, 10000),
    "rate": (20, 0.01, 1000000),
    "burst": (40, 1, 1000000),
    "packet_bytes": (256, 16, 4096),
    "idle_seconds": (10, 0.1, 3600),
    "programs": (8, 1, 1000),
    "programs_per_address": (4, 1, 1000),
    "wait_seconds": (5, 0, 3600),
}

Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Peer = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Network]


class Limits(t.NamedTuple):
    """Of all clients together, or of one address where the name says so; rate and burst are of each peer."""

    connections: int
    connections_per_address: int
    rate: float
    burst: int
    packet_bytes: int
    idle_seconds: float
    programs: int
    programs_per_address: int
    wait_seconds: float


def peer_of(address: Address) -> Peer:
    """Who is behind an address: itself, for IPv6 its /64, of which one host has all."""
    if isinstance(address, ipaddress.IPv6Address):
        return ipaddress.IPv6Network((int(address) >> 64 << 64, 64))
    return address


def plain(text: str) -> Address:
    """The address of a client, an IPv4 one also where it came over an IPv6 socket."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


class Rates:
    """Tokens of each peer: it has a burst of them, and gets so many a second back."""

    def __init__(self) -> None:
        self.tokens: dict[Peer, tuple[float, float]] = {}

    def spend(self, peer: Peer, limits: Limits, now: float) -> bool:
        """Whether the peer had one more."""
        left = self._left(peer, limits, now)
        self.tokens[peer] = (max(left - 1, 0) if left >= 1 else left, now)
        return left >= 1

    def prune(self, limits: Limits, now: float) -> None:
        """Forget who has them all."""
        self.tokens = {peer: kept for peer, kept in self.tokens.items() if self._left(peer, limits, now) < limits.burst}

    def _left(self, peer: Peer, limits: Limits, now: float) -> float:
        left, since = self.tokens.get(peer, (limits.burst, now))
        return min(limits.burst, left + (now - since) * limits.rate)

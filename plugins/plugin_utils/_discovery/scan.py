# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Searches for boards by UDP broadcast, for a bounded time and with a bounded number of answers."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import ipaddress
import select
import socket
import struct
import sys
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery.datagrams import (
    LONGEST, NCD_PORTS, NCD_SECONDS, PORT, REQUESTS, Announcement, read, text,
)

EVERYBODY = "255.255.255.255"
BUFFER = 1 << 20  # bytes of the kernel's that hold a burst of answers
LINUX = sys.platform == "linux"
IP_PKTINFO = 8  # Linux
_GET_FLAGS, _GET_ADDRESS = 0x8913, 0x8915  # Linux
_UP, _BROADCAST = 0x1, 0x2
_NO_SUCH_INTERFACE = 0

Listeners = dict[socket.socket, t.Callable[[str, bytes], None]]
"""What takes the datagrams of each socket: (address that one came from, its bytes)."""


class Target(t.NamedTuple):
    """Where a request goes: an address, and the interface that it leaves by, where one is meant."""

    address: str
    interface: str = ""
    interface_index: int = _NO_SUCH_INTERFACE


class Scan:
    """One search. After run(): boards and ncd, both by the address that they were heard from, and warnings."""

    def __init__(self, targets: t.Sequence[Target], rounds: int, wait: float, most: int, ncd: bool = False,
                 networks: t.Sequence[str] = (), port: int = PORT) -> None:
        self.targets, self.rounds, self.wait, self.most, self.with_ncd, self.port = targets, rounds, wait, most, ncd, port
        self.networks = [_network(network) for network in networks]
        self.only = {target.interface_index for target in targets} if all(target.interface_index for target in targets) else set()
        self.boards: dict[str, Announcement] = {}
        self.ncd: dict[str, str] = {}
        self.warnings: list[str] = []
        self._macs: dict[str, str] = {}

    def run(self) -> None:
        """Ask several times and listen after each; those who announce themselves unasked are given the time they need."""
        began = time.monotonic()
        with contextlib.ExitStack() as open_sockets:
            asking = open_sockets.enter_context(_bound(self.port))
            heard: Listeners = {asking: self._board}
            for port in NCD_PORTS if self.with_ncd else ():
                heard[open_sockets.enter_context(_bound(port))] = self._ncd
            for number in range(self.rounds):
                self._ask(asking)
                self._listen(heard, time.monotonic() + self.wait)
            if self.with_ncd:
                self._listen(heard, began + NCD_SECONDS)

    def _ask(self, asking: socket.socket) -> None:
        unreached = []
        for target in self.targets:
            about = [(socket.IPPROTO_IP, IP_PKTINFO, struct.pack("=i8x", target.interface_index))] if target.interface_index else []
            try:
                for request in REQUESTS:
                    asking.sendmsg([request], about, 0, (target.address, self.port))
            except OSError as error:
                unreached.append(f"{target.interface or target.address} ({error.strerror})")
        if len(unreached) == len(self.targets):
            raise BytewireError("unreachable", "ask", f"Nobody could be asked: {', '.join(unreached)}. Check interfaces and broadcast_addresses.")
        for words in unreached:
            self._warn(f"{words} could not be asked who is there.")

    def _listen(self, heard: Listeners, until: float) -> None:
        while True:
            left = until - time.monotonic()
            ready = select.select(list(heard), [], [], max(left, 0))[0] if left > 0 else []
            if not ready:
                return
            for one in ready:
                self._take(one, heard[one])

    def _take(self, one: socket.socket, keep: t.Callable[[str, bytes], None]) -> None:
        try:
            data, about, flags, sender = one.recvmsg(LONGEST, socket.CMSG_SPACE(12) if LINUX else 0)
        except OSError:
            return
        if flags & socket.MSG_TRUNC or self.only and _came_by(about) not in self.only:
            return
        if not self.networks or any(ipaddress.ip_address(sender[0]) in network for network in self.networks):
            keep(sender[0], data)

    def _board(self, address: str, data: bytes) -> None:
        """The first that an address says of itself counts, and the first address that a MAC is heard from."""
        announced = read(data)
        if announced is None:
            return
        known = self.boards.get(address)
        if known is not None:
            if known.mac != announced.mac:
                self._warn(f"{address} announces more than one board: {known.mac} is taken, {announced.mac} is not.")
            return
        other = self._macs.get(announced.mac)
        if other is not None:
            self._warn(f"{announced.mac} is announced from {other} and from {address}; the first is taken.")
        elif self._has_room():
            self.boards[address], self._macs[announced.mac] = announced, address

    def _ncd(self, address: str, data: bytes) -> None:
        if address not in self.ncd and self._has_room():
            self.ncd[address] = text(data)

    def _has_room(self) -> bool:
        if len(self.boards) + len(self.ncd) < self.most:
            return True
        self._warn(f"More than {self.most} devices answered; the others are left out (maximum).")
        return False

    def _warn(self, words: str) -> None:
        if words not in self.warnings and len(self.warnings) < 10:
            self.warnings.append(words)


def targets(interfaces: t.Sequence[str], addresses: t.Sequence[str]) -> list[Target]:
    """Where to ask: these interfaces and addresses; where none is given every interface that is up and can broadcast."""
    if interfaces and not LINUX:
        raise invalid("interfaces can be chosen on Linux alone; here, give broadcast_addresses.")
    here = _interfaces() if LINUX else {}
    unknown = [name for name in interfaces if name not in here]
    if unknown:
        raise invalid(f"there is no interface {', '.join(unknown)} that is up and has an IPv4 address; there are {', '.join(sorted(here)) or 'none'}.")
    for address in addresses:
        _refuse_no_address(address)
    chosen = [Target(EVERYBODY, name, here[name][0]) for name in interfaces] + [Target(address) for address in addresses]
    broadcasting = [Target(EVERYBODY, name, index) for name, (index, flags) in here.items() if flags & _BROADCAST]
    return chosen or broadcasting or [Target(EVERYBODY)]


def _interfaces() -> dict[str, tuple[int, int]]:
    """{name: (index, flags)} of the interfaces that are up and have an IPv4 address."""
    found = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for index, name in socket.if_nameindex():
            asked = struct.pack("256s", name.encode()[:15])
            with contextlib.suppress(OSError):
                flags = struct.unpack_from("=H", fcntl.ioctl(any_socket, _GET_FLAGS, asked), 16)[0]
                fcntl.ioctl(any_socket, _GET_ADDRESS, asked)
                if flags & _UP:
                    found[name] = index, flags
    return found


def _bound(port: int) -> socket.socket:
    """A socket on a port of every address, shared with others who ask at the same time."""
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        for level, option, value in ((socket.SOL_SOCKET, socket.SO_REUSEADDR, 1), (socket.SOL_SOCKET, socket.SO_BROADCAST, 1),
                                     (socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)):
            one.setsockopt(level, option, value)
        if LINUX:
            one.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        one.setblocking(False)
        one.bind(("", port))
    except OSError as error:
        one.close()
        why = "another program holds it, and shares it with nobody: end that program" if error.errno == errno.EADDRINUSE else error.strerror
        raise BytewireError("busy", "listen", f"Answers cannot be heard: UDP port {port} cannot be used ({why}).") from error
    return one


def _came_by(about: t.Iterable[tuple[int, int, bytes]]) -> int:
    """The index of the interface that a datagram came by."""
    for level, kind, data in about:
        if level == socket.IPPROTO_IP and kind == IP_PKTINFO and len(data) >= 4:
            return int.from_bytes(data[:4], sys.byteorder, signed=True)
    return _NO_SUCH_INTERFACE


def _refuse_no_address(address: str) -> None:
    try:
        ipaddress.IPv4Address(address)
    except ValueError as error:
        raise invalid(f"broadcast_addresses: '{address}' is not an IPv4 address.") from error


def _network(network: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(network)
    except ValueError as error:
        raise invalid(f"networks: '{network}' is not an IPv4 network such as 192.168.0.0/24 ({error}).") from error

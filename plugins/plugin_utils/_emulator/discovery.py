# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of emulated boards to those who ask by broadcast who is out there."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.template import shown
from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery.datagrams import PORT, QUESTION
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.server import Server

EVERYBODY = "255.255.255.255"
NAME_WIDTH = 15
MAKER = "0004a3"

Announcer = tuple[Server, asyncio.DatagramTransport]
"""A board, and what sends from its own address."""


class Responder:
    """Announces boards, each from its own address, to everybody, as the boards do. On loopback everybody is this machine.

    Of a board's initial values it takes host_name, mac, and announces (harmony, mla). A board without a mac gets one made of its address.
    """

    def __init__(self, servers: t.Iterable[Server], port: int = PORT) -> None:
        self.servers, self.port = list(servers), port
        self._transports: list[asyncio.DatagramTransport] = []
        for server in self.servers:
            _refuse_unannounced(server)
            _give_mac(server.board, server.host)

    async def start(self) -> None:
        everyone: list[Announcer] = []
        for server in self.servers:
            alone: list[Announcer] = []
            alone.append((server, await self._open(server.host, alone)))
            everyone += alone
        await self._open("", everyone)

    async def _open(self, host: str, announcers: list[Announcer]) -> asyncio.DatagramTransport:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            sock.bind((host, self.port))
        except OSError:
            sock.close()
            raise
        transport = (await asyncio.get_running_loop().create_datagram_endpoint(lambda: Listener(announcers, self.port), sock=sock))[0]
        self._transports.append(transport)
        return transport

    def close(self) -> None:
        for transport in self._transports:
            transport.close()


class Listener(asyncio.DatagramProtocol):
    """Hears a request, and lets the boards that it reached answer."""

    def __init__(self, announcers: list[Announcer], port: int) -> None:
        self.announcers, self.port = announcers, port

    def datagram_received(self, data: bytes, addr: tuple[t.Any, ...]) -> None:
        if not data.startswith(QUESTION):
            return
        for server, transport in self.announcers:
            reply = announcement(server.board, server.host, server.port)
            server.journal.note(server.name, 0, "announced", peer=f"{addr[0]}:{addr[1]}", bytes=shown(reply))
            transport.sendto(reply, (EVERYBODY, self.port))


def announcement(board: Board, host: str, port: int) -> bytes:
    """The datagram that a board answers with."""
    name = str(board.values.get("host_name") or board.profile.name.upper()).encode("ascii", "replace").ljust(NAME_WIDTH)
    mac = bytes.fromhex(board.values["mac"])
    if board.values.get("announces") == "mla":
        return name + b"\r\n" + mac.hex("-").upper().encode("ascii") + b"\r\n"
    fields = ((2, mac), (3, b"ETHERNET"), (4, name), (5, ipaddress.IPv4Address(host).packed), (0x40, bytes([board.values["id"]])),
              (0x41, port.to_bytes(2, "big")))
    return b"".join(bytes([kind]) + value + b"\r\n" for kind, value in fields)


def _refuse_unannounced(server: Server) -> None:
    try:
        ipaddress.IPv4Address(server.host)
    except ValueError as error:
        raise ValueError(f"discovery: {server.host} is not an IPv4 address") from error
    if not isinstance(server.board.values.get("id"), int):
        raise ValueError(f"discovery: {server.board.profile.name} does not announce itself; expected a model with a module id")


def _give_mac(board: Board, host: str) -> None:
    """Boards of one page would all have the page's; each has its own."""
    if board.values.get("mac") in (None, (board.profile.page.get("emulator") or {}).get("mac")):
        board.values["mac"] = MAKER + ipaddress.IPv4Address(host).packed[1:].hex()

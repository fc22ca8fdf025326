# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The datagrams by which boards are found: what is asked, and what an answer says. No input or output.

Anybody can send such a datagram. What is not whole, or not of a known form, says nothing.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

PORT = 30303
QUESTION = b"Discovery: Who is out there?"
REQUESTS = (QUESTION, QUESTION + b"\x00\n")
"""With and without a terminator: the vendor's own programs differ."""

NCD_PORTS = (13000, 55555)
NCD_SECONDS = 6.0
"""Some announce themselves every five seconds."""

LONGEST = 1472
"""Bytes of a datagram that fits an Ethernet frame."""

LONGEST_TEXT = 63

MAC, HOST_NAME, ADDRESS, MODULE, TCP_PORT = 0x02, 0x04, 0x05, 0x40, 0x41
LENGTHS = {MAC: 6, ADDRESS: 4, 0x06: 16, 0x07: 16, 0x08: 16, 0x09: 16, MODULE: 1, TCP_PORT: 2}
"""Fields of a fixed length, IPv6 addresses among them; any byte may stand in them. All others are text."""

END = b"\r\n"
_MAC_TEXT = re.compile(rb"(?:[0-9A-Fa-f]{2}([-:]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}")
_MAC_WRITTEN = re.compile(r"[0-9a-f]{2}([-:]?)(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z._-]+")
RESERVED = ("all", "ungrouped", "localhost")
"""Names that mean something to Ansible, whoever bears them."""

_GIVEN = re.compile(r"ncd-.*|(?:.*_)?[0-9a-f]{2}(?:-[0-9a-f]{2}){5}", re.IGNORECASE)


class Announcement(t.NamedTuple):
    """What a board says of itself; None or an empty text where it says nothing. port is taken to be that of TCP, which no document says."""

    form: str
    mac: str
    host_name: str = ""
    module_id: int | None = None
    port: int | None = None
    address: str | None = None


def read(data: bytes) -> Announcement | None:
    """The announcement in a datagram, None where it holds none: a request, a part of one, or anything else."""
    if len(data) > LONGEST or data.startswith(b"Discovery:"):
        return None
    return _harmony(data) if data[:1] == bytes([MAC]) else _mla(data)


def _harmony(data: bytes) -> Announcement | None:
    """Type, value and CR LF for each field. A fixed length counts: CR and LF may be part of the value."""
    fields: dict[int, bytes] = {}
    place = 0
    while place < len(data):
        kind = data[place]
        end = place + 1 + LENGTHS[kind] if kind in LENGTHS else data.find(END, place + 1)
        if end == -1 or data[end:end + len(END)] != END:
            return None
        fields.setdefault(kind, data[place + 1:end])
        place = end + len(END)
    if MODULE not in fields:
        return None
    address = fields.get(ADDRESS)
    return Announcement("harmony", fields[MAC].hex(":"), text(fields.get(HOST_NAME, b"")), fields[MODULE][0],
                        int.from_bytes(fields.get(TCP_PORT, b""), "big") or None, str(ipaddress.IPv4Address(address)) if address else None)


def _mla(data: bytes) -> Announcement | None:
    """A line with the host name, filled up with blanks, and a line with the MAC; what follows is not known."""
    lines = data.split(END)
    if len(lines) < 3 or not _MAC_TEXT.fullmatch(lines[1]) or not lines[0].isascii() or not lines[0].decode("ascii").isprintable():
        return None
    return Announcement("mla", bytes.fromhex(re.sub(rb"[-:]", b"", lines[1]).decode("ascii")).hex(":"), text(lines[0]))


def mac_of(written: object) -> str | None:
    """A MAC as people write it, 00:04:a3:12:34:56, 00-04-A3-12-34-56, 0004.a312.3456 or 0004a3123456, in the first of these forms; None where it is none."""
    if not isinstance(written, str) or not _MAC_WRITTEN.fullmatch(written.strip()):
        return None
    return bytes.fromhex(re.sub("[-:.]", "", written)).hex(":")


def text(data: bytes) -> str:
    """Text that somebody sent: bounded, printable, without what fills it up."""
    shown = "".join(character if " " <= character <= "~" else "?" for character in data.strip(b" \x00").decode("latin-1"))
    return shown[:LONGEST_TEXT].rstrip()


def name_of(announced: str) -> str:
    """A host's name that patterns, files and group variables can bear, made of an announced one; empty where nothing is left of it.

    Neither an address, nor a name that means something to Ansible, nor one that another device may be given.
    """
    name = _NOT_IN_NAMES.sub("_", announced).strip("._-")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "" if name.lower() in RESERVED or is_given(name) else name
    return ""


def is_given(name: str) -> bool:
    """True for a name of the kind that hosts are given here; a board that announces one means another."""
    return _GIVEN.fullmatch(name) is not None

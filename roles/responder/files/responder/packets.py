# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client sends: ESC, printable characters, CR."""

from __future__ import annotations


ESC, CR, NUL = b"\x1b", b"\r", b"\0"
PRINTABLE = bytes(range(0x20, 0x7f))


class BadPacket(Exception):
    """Not ESC, printable characters, CR."""


class Packets:
    """Bytes as they come, packets as they leave."""

    def __init__(self) -> None:
        self.buffer = bytearray()

    def feed(self, data: bytes) -> None:
        self.buffer += data

    def next(self, longest: int) -> str | None:
        """The text of the next packet, None where it is not complete; BadPacket where it is none."""
        if not self.buffer:
            return None
        if self.buffer[:1] != ESC:
            raise BadPacket("it does not begin with ESC")
        end = self.buffer.find(CR, 0, longest)
        text = bytes(self.buffer[1:end if end >= 0 else longest])
        if text.translate(None, PRINTABLE):
            raise BadPacket("it holds something else than printable ASCII characters")
        if end < 0:
            if len(self.buffer) >= longest:
                raise BadPacket(f"it is longer than {longest} bytes")
            return None
        if not text:
            raise BadPacket("it is empty")
        del self.buffer[:end + 1]
        return text.decode("ascii")

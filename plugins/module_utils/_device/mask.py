# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes for people, with the password of the device masked. No input or output."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.template import shown

MASK = b"********"
QUOTED = 40  # bytes

Bytes = t.Union[bytes, bytearray]


class Mask:
    """Knows the one secret that must not be shown."""

    def __init__(self, secret: str | None) -> None:
        self.secret = (secret or "").encode("latin-1", "replace")

    def masked(self, data: Bytes) -> bytes:
        """The bytes without the secret, also where its echo was cut short."""
        data = bytes(data)
        if not self.secret:
            return data
        data = data.replace(self.secret, MASK)
        for length in range(min(len(self.secret), len(data)), 1, -1):
            if data.endswith(self.secret[:length]):
                return data[:-length] + MASK
        return data

    def shown(self, data: Bytes) -> str:
        """As hex."""
        return shown(self.masked(data))

    def quoted(self, data: Bytes) -> str:
        """The beginning as hex, and as text where it is one."""
        data = self.masked(data)
        text = shown(data[:QUOTED]) + (" ..." if len(data) > QUOTED else "")
        words = data[:QUOTED].rstrip(b"\0")
        if words.strip() and all(32 <= byte < 127 or byte in b"\r\n\t" for byte in words):
            text += f" ({words.decode('ascii')!r})"
        return text

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes for people, with the password of the device, and digests of it, masked. No input or output."""

from __future__ import annotations

import collections
import re
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.template import shown
from ansible_collections.bytewire.devices.plugins.module_utils._secrets import MASK, Secrets

QUOTED = 40  # bytes
MOST_DIGESTS = 8

Bytes = t.Union[bytes, bytearray]


class Mask:
    """Knows the one secret that must not be shown, and the last digests that were made of it."""

    def __init__(self, secret: str | None) -> None:
        self.secrets = Secrets([secret])
        self._digests: collections.deque[str] = collections.deque(maxlen=MOST_DIGESTS)

    def add(self, digest: str) -> None:
        """Mask this from now on: who knows what a digest was made of can try passwords on it."""
        if digest and digest not in self._digests:
            self._digests.append(digest)

    def masked(self, data: Bytes, cut: bool = True) -> bytes:
        """The bytes without the secret, however it is spelled; cut: also where an echo of it was cut short."""
        text = self.secrets.text(bytes(data).decode("latin-1"), cut)
        for digest in self._digests:
            text = re.sub(re.escape(digest), MASK, text, flags=re.IGNORECASE)
        return text.encode("latin-1")

    def shown(self, data: Bytes) -> str:
        """As hex."""
        return f" {MASK} ".join(shown(part) for part in self.masked(data).split(MASK.encode("ascii"))).strip()

    def quoted(self, data: Bytes) -> str:
        """The beginning as hex, and as text where it is one."""
        data = self.masked(data)
        text = shown(data[:QUOTED]) + (" ..." if len(data) > QUOTED else "")
        words = data[:QUOTED].rstrip(b"\0")
        if words.strip() and all(32 <= byte < 127 or byte in b"\r\n\t" for byte in words):
            text += f" ({words.decode('ascii')!r})"
        return text

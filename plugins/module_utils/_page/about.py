# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a page says of its device to people: which it is, and what its bytes rest on. docs/vocabulary.md has the words."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._numbers import brief
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError, listed
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import Page
from ansible_collections.bytewire.devices.plugins.module_utils._spelling import meant

CATEGORIES = ("relay board", "display", "projector", "switcher", "amplifier", "audio processor", "camera", "PDU", "UPS", "power supply", "instrument",
              "printer", "other")
VERIFIED = ("vendor document", "two implementations", "one implementation", "hardware", "real server", "emulator only")
LONGEST = 300
"""Characters of one text."""


def refuse_wrong_words(page: Page) -> None:
    """ProfileError where a page says of its device what nobody could look for."""
    if "category" in page:
        _known("category", page["category"], CATEGORIES)
    for key in ("make", "known_as", "verified", "traps"):
        value: t.Any = page.get(key, [])
        if not isinstance(value, list) and not (key == "make" and isinstance(value, str)):
            raise ProfileError(f"{key} is {brief(value)}; expected {'a text or ' if key == 'make' else ''}a list of texts")
        for text in listed(value):
            if not isinstance(text, str) or not 0 < len(text) <= LONGEST or "\n" in text:
                raise ProfileError(f"{key} has {brief(text)}; expected texts of one line, of {LONGEST} characters at most, in quotes where they are a number")
    for word in page.get("verified", []):
        _known("verified", word, VERIFIED)


def _known(key: str, word: str, words: t.Sequence[str]) -> None:
    if word not in words:
        raise ProfileError(f"{key} has {brief(word)}{meant(str(word), words)}; expected {', '.join(words[:-1])} or {words[-1]}")

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How large a page, or what is given like one, can be. It is looked at before anything is made of it. No input or output."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._numbers import LARGEST, brief
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError

LARGEST_FILE = 64 * 1024  # bytes
MOST_VALUES = 10000
DEEPEST = 16
LONGEST_TEXT = 8192  # characters
PER_VALUE = 100  # characters of a text that count as one value


def weight(text: str) -> int:
    """As how many values a text counts."""
    return 1 + len(text) // PER_VALUE


def refuse_too_large(content: object) -> None:
    """ProfileError where values nest too deep or are too many, a text is too long, or a number has no end."""
    values, left = 0, [("", content, 1)]
    while left:
        where, value, depth = left.pop()
        values += weight(value) if isinstance(value, str) else 1
        if values > MOST_VALUES:
            raise ProfileError(f"it has more than {MOST_VALUES} values; expected fewer")
        if isinstance(value, (dict, list)):
            if depth > DEEPEST:
                raise ProfileError(f"{where} is nested too deep; expected {DEEPEST} levels at most")
            left += [(f"{where}.{brief_key(key)}" if where else brief_key(key), part, depth + 1) for key, part in _parts(value)]
        elif isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise ProfileError(f"{where} has {len(value)} characters; expected {LONGEST_TEXT} at most")
        elif isinstance(value, (int, float)) and not abs(value) <= LARGEST:
            raise ProfileError(f"{where} is {brief(value)}; expected a finite number of 18 digits at most")


def brief_key(key: object) -> str:
    return str(key) if isinstance(key, str) and len(key) <= 40 else brief(key)


def _parts(value: dict[object, object] | list[object]) -> t.Iterable[tuple[object, object]]:
    return value.items() if isinstance(value, dict) else enumerate(value)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers and names as people list them."""

from __future__ import annotations

import re
import typing as t


HIGHEST, MOST = 65535, 1024
"""The highest number of a relay or channel, and how many a page has at most."""


def number_ranges(text: object) -> list[int]:
    """'1-4, 9-16' as a sorted list; ValueError where it is not one, where a number is too large, or where there are too many."""
    numbers: set[int] = set()
    for part in str(text).split(","):
        found = re.fullmatch(r"\s*([0-9]{1,5})(?:\s*-\s*([0-9]{1,5}))?\s*", part)
        if not found:
            raise ValueError(text)
        first, last = int(found.group(1)), int(found.group(2) or found.group(1))
        if last < first or last > HIGHEST or last - first >= MOST:
            raise ValueError(text)
        numbers.update(range(first, last + 1))
        if len(numbers) > MOST:
            raise ValueError(text)
    return sorted(numbers)


MOST_NAMED = 5


def a_few(names: t.Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def in_words(numbers: t.Iterable[int]) -> str:
    """[1, 2, 3, 9] as '1-3, 9'."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that are nearly what somebody wrote. No input or output."""

from __future__ import annotations

import difflib
import typing as t


def alike(word: str, known: t.Iterable[str]) -> list[str]:
    """The known names that are most like a word, at most three."""
    named = {name.lower(): name for name in known}
    return [named[name] for name in difflib.get_close_matches(word.lower(), named, 3)]


def meant(word: str, known: t.Iterable[str]) -> str:
    """' (did you mean …?)', or nothing."""
    names = alike(word, known)
    return f" (did you mean {' or '.join(names)}?)" if names else ""

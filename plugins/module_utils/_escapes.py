# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Control characters shown instead of sent: what a device or a server says cannot move a cursor, forge a line or turn a text around. No input or output."""

from __future__ import annotations

import re
import typing as t

ESCAPES = {"\r": "\\r", "\n": "\\n", "\t": "\\t", "\0": "\\0", "\x1b": "\\e"}
"""What has a letter of its own; docs/notation.md writes bytes so, too."""

_NOT_IN_JSON = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"  # what Ansible's JSON shows as it is
_CONTROLS = re.compile(f"[\0-\x1f{_NOT_IN_JSON}]")
_LEFT_BY_JSON = re.compile(f"[{_NOT_IN_JSON}]")


def escaped(text: str) -> str:
    """The text with C0, DEL, C1, controls of direction, separators of lines and halves of surrogates as escapes; of what is escaped nothing changes."""
    return _CONTROLS.sub(_escape, text)


def _escape(found: t.Match[str]) -> str:
    character, digit_follows = found.group(), found.string[found.end():found.end() + 1].isdigit()
    if character in ESCAPES and not (character == "\0" and digit_follows):
        return ESCAPES[character]
    return f"\\x{ord(character):02x}" if character <= "\xff" else f"\\u{ord(character):04x}"


def safe_in_json(value: t.Any) -> t.Any:
    """Plain data whose texts stay as they are but for what JSON would not escape."""
    if isinstance(value, str):
        return _LEFT_BY_JSON.sub(_escape, value)
    if isinstance(value, dict):
        return {safe_in_json(key): safe_in_json(inner) for key, inner in value.items()}
    return [safe_in_json(inner) for inner in value] if isinstance(value, (list, tuple)) else value

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values to bytes in hex, by a format of Python's struct. No input or output."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pack
short_description: Values as bytes in hex, by a struct format
version_added: 1.1.0
author:
  - The bytewire.devices developers (@bytewire)
description:
  - Turns values into bytes as Python's C(struct) does, and shows them in hex, as M(bytewire.devices.send) takes them.
  - Numbers are big-endian without padding, unless the format begins with C(<), C(>), C(=), C(!) or C(@), which mean what they mean to C(struct).
positional: format
options:
  _input:
    description:
      - The values, one for each field of O(format).
      - "A number for C(b B h H i I l L q Q) (1, 2, 4, 4 and 8 bytes, capitals without sign) and C(e f d); a boolean for C(?)."
      - >-
        A text for C(Ns) (N bytes, filled up with zeros) and C(c) (one byte), of characters up to U+00FF, each of them one byte.
        C(x) is a byte 00 without a value.
    type: list
    elements: raw
    required: true
  format:
    description:
      - The format, for example V(BBB) or V(<H4s).
    type: str
    required: true
seealso:
  - plugin: bytewire.devices.unpack
    plugin_type: filter
  - module: bytewire.devices.send
"""

EXAMPLES = r"""
- name: Switch relay 1 of bank 1 of a ProXR board on
  bytewire.devices.send:
    host: 192.168.0.200
    port: 2101
    model: raw
    data: "{{ [254, 108, 1] | bytewire.devices.pack('BBB') }}"
    expect: "55"
"""

RETURN = r"""
_value:
  description: The bytes in hex.
  type: str
  sample: FE 6C 01
"""

import re
import struct
import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.module_utils._page.template import shown

ORDERS = "<>=!@"
MOST = 16 * 1024 * 1024
_FIELD = re.compile(r"\s*(\d*)([xcbB?hHiIlLqQnNefdspP])")


def pack(values: t.Any, format: str) -> str:
    """The filter."""
    layout, kinds = fields("pack", format)
    order = layout.format[0]
    if not isinstance(values, (list, tuple)):
        raise AnsibleFilterError(f"pack: expected a list of values, not {values!r}.")
    if len(values) != len(kinds):
        raise AnsibleFilterError(f"pack: the format '{format}' has {_count(len(kinds), 'value')}, and {len(values)} were given.")
    return shown(layout.pack(*(_packable(number, order, kind, value) for number, (kind, value) in enumerate(zip(kinds, values), 1))))


def fields(who: str, format: t.Any) -> tuple[struct.Struct, list[str]]:
    """The compiled format and, for each value, its field; AnsibleFilterError where the format is wrong."""
    if not isinstance(format, str):
        raise AnsibleFilterError(f"{who}: the format is {format!r}; expected text, for example 'BBB'.")
    order, letters = (format[0], format[1:]) if format[:1] and format[0] in ORDERS else (">", format)
    try:
        layout = struct.Struct(order + letters)
    except (struct.error, UnicodeEncodeError) as error:
        raise AnsibleFilterError(f"{who}: '{format}' is not a format ({error}); expected for example 'BBB', 'H4s' or '<I'.") from error
    if layout.size > MOST:
        raise AnsibleFilterError(f"{who}: the format '{format}' has {layout.size} bytes; at most {MOST} are allowed.")
    kinds: list[str] = []
    for number, kind in _FIELD.findall(letters):
        if kind in "sp":
            kinds.append(f"{number}{kind}")
        elif kind != "x":
            kinds += [kind] * int(number or 1)
    return layout, kinds


def _packable(number: int, order: str, kind: str, value: t.Any) -> t.Any:
    """A value as struct takes it; AnsibleFilterError where it would be refused, cut short or converted."""
    try:
        if kind[-1] in "spc":
            return _text(kind, value)
        if isinstance(value, bool) is not (kind == "?") or not isinstance(value, (int, float)):
            raise ValueError(f"expected a {'boolean' if kind == '?' else 'number'}")
        struct.pack(order + kind, value)
        return value
    except (ValueError, OverflowError, struct.error) as error:
        raise AnsibleFilterError(f"pack: value {number} is {value!r}, which does not fit '{kind}': {error}.") from error


def _text(kind: str, value: t.Any) -> bytes:
    if not isinstance(value, str):
        raise ValueError("expected text")
    data = value.encode("latin-1")
    size = 1 if kind in ("s", "p", "c") else int(kind[:-1])
    room = max(0, min(size - 1, 255)) if kind[-1] == "p" else size
    if len(data) > room or kind == "c" and not data:
        raise ValueError(f"it has {_count(len(data), 'byte')}, and the field {room}")
    return data


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"pack": pack}

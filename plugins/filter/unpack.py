# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes in hex to values, by a format of Python's struct. No input or output."""

from __future__ import annotations

DOCUMENTATION = r"""
name: unpack
short_description: Bytes in hex as values, by a struct format
version_added: 1.1.0
author:
  - The bytewire.devices developers (@bytewire)
description:
  - Turns bytes into values as Python's C(struct) does; the reverse of P(bytewire.devices.pack#filter).
  - Numbers are big-endian without padding, unless the format begins with C(<), C(>), C(=), C(!) or C(@), which mean what they mean to C(struct).
positional: format
options:
  _input:
    description:
      - The bytes, in hex with or without spaces between the pairs, or as a list of numbers from 0 to 255. As many as the format has.
    type: raw
    required: true
  format:
    description:
      - The format, for example V(BBB) or V(<H4s); P(bytewire.devices.pack#filter) tells its fields.
      - C(Ns) and C(c) become text of which each character, U+0000 to U+00FF, is one byte. C(x) is passed over.
    type: str
    required: true
seealso:
  - plugin: bytewire.devices.pack
    plugin_type: filter
  - module: bytewire.devices.send
"""

EXAMPLES = r"""
- name: Ask a board who it is
  bytewire.devices.send:
    host: 192.168.0.200
    port: 17494
    model: raw
    data: "10"
    length: 3
  register: identity

- name: Show its number, hardware and firmware
  ansible.builtin.debug:
    msg: "{{ identity.reply | bytewire.devices.unpack('BBB') }}"
"""

RETURN = r"""
_value:
  description: The values, one for each field.
  type: list
  elements: raw
  sample: [19, 2, 28]
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.filter.pack import fields
from ansible_collections.bytewire.devices.plugins.module_utils._device.free_message import as_bytes
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import shown
from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import without_templates


@without_templates
def unpack(data: t.Any, format: str) -> list[t.Any]:
    """The filter."""
    layout = fields("unpack", format)[0]
    try:
        given = as_bytes("the input", data)
    except BytewireError as error:
        raise AnsibleFilterError(f"unpack: {error.msg}") from error
    if len(given) != layout.size:
        raise AnsibleFilterError(f"unpack: the format '{format}' has {layout.size} bytes, and {len(given)} were given ({shown(given[:40])}).")
    return [value.decode("latin-1") if isinstance(value, bytes) else value for value in layout.unpack(given)]


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"unpack": unpack}

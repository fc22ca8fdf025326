#!/usr/bin/python
# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: show
short_description: Print lines as they are
version_added: 2.0.0
description:
  - Prints a text or a table on the terminal of the controller, line by line, where M(ansible.builtin.debug) prints JSON or YAML.
  - A control character is printed as an escape (C(\r), C(\t), C(\e), C(\x07)); nothing else is changed, and no line is wrapped.
  - Where the standard output callback writes for programs (C(json), C(jsonl), C(null)), nothing is printed, and the lines are RV(msg) of the result.
  - With C(no_log) nothing is printed.
author:
  - The bytewire.devices developers (@bytewire)
extends_documentation_fragment:
  - bytewire.devices._attributes
attributes:
  action:
    details:
      - It has no other part; under C(delegate_to) it prints on the controller all the same.
  check_mode:
    support: full
    details:
      - Prints in check mode, too.
  diff_mode:
    support: N/A
    details:
      - Changes nothing.
  async:
    support: none
options:
  text:
    description:
      - A text of one or more lines, or a list of lines.
    type: raw
    required: true
  good:
    description:
      - A regular expression. A line in which it is found has the colour that Ansible has for what is well (C(COLOR_OK)), where the terminal has colours.
    type: str
  bad:
    description:
      - As O(good), in the colour for errors (C(COLOR_ERROR)); it goes before O(good).
    type: str
seealso:
  - plugin: bytewire.devices.status_table
    plugin_type: filter
  - plugin: bytewire.devices.result_table
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read the board
  bytewire.devices.device_info:
  register: board

- name: Show its relays
  bytewire.devices.show:
    text: "{{ {inventory_hostname: board} | bytewire.devices.relay_table }}"
"""

RETURN = r"""
msg:
  description: The lines, where they are not printed; on failure what is wrong.
  returned: where the standard output callback writes for programs, or on failure
  type: raw
  sample:
    - HOST    MODEL   RELAY  NAME         STATE
    - garage  eth008  2      backup_disk  off
error:
  description: "What kind of failure and where, C(kind) and C(stage); C(outcome) is V(nothing), since nothing was printed."
  type: dict
  returned: failure
  sample: {"kind": "invalid", "stage": "options", "outcome": "nothing"}
"""

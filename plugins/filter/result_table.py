# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task brought on many hosts, as a table for a person. No input or output."""

from __future__ import annotations

DOCUMENTATION = r"""
name: result_table
short_description: Results of many hosts, as a table
version_added: 1.1.0
author:
  - The bytewire.devices developers (@bytewire)
description:
  - Turns results of a task into the lines of a table with one line for each host; below it stands which hosts failed, and why.
  - Playbooks C(bytewire.devices.command) and C(bytewire.devices.displays) show their results with it.
positional: columns, failed
options:
  _input:
    description:
      - For each inventory name the result, or an empty dictionary if there is none.
    type: dict
    required: true
  columns:
    description:
      - "For each column its head, and where in a result its cell is, with points between the keys: C({VOLUME: settings.volume}). A number
        is the place in a list, from 0 on: C(replies.0.command) (from 2.0.0 on)."
      - Of a host without it there is C(-) in the table. Every cell is made one line, with control characters shown (C(\r), C(\n), C(\e), C(\x07)).
    type: dict
    required: true
  failed:
    description:
      - The head of the list of hosts that failed.
    type: str
    default: FAILED
seealso:
  - plugin: bytewire.devices.relay_table
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read the display
  bytewire.devices.device_info:
  register: display

- name: Show whether it is on, and how loud
  bytewire.devices.show:
    text: "{{ {inventory_hostname: display} | bytewire.devices.result_table({'POWER': 'settings.power', 'VOLUME': 'settings.volume'}) }}"
"""

RETURN = r"""
_value:
  description: The lines of the table.
  type: list
  elements: str
  sample:
    - HOST  POWER  VOLUME
    - tv1   on     12
    - tv2   off    unknown
"""

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import without_templates
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.terminal import with_failures
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line, natural, result_of

HEAD = "HOST"


@without_templates
def result_table(results: t.Any, columns: t.Any, failed: str = "FAILED") -> list[str]:
    """The filter."""
    for what, value in (("host and result", results), ("head and place", columns)):
        if not isinstance(value, Mapping):
            raise AnsibleFilterError(f"result_table: expected a dictionary of {what}, not {type(value).__name__}.")
    rows: list[tuple[str, ...]] = [(HEAD, *map(line, columns))]
    failures = []
    for host in sorted(results, key=lambda name: natural(line(name))):
        result = result_of(f"result_table: {line(host)}", results[host])
        if result and not result.get("failed"):
            rows.append((line(host), *(_cell(result, place) for place in columns.values())))
        else:
            failures.append((line(host), line(result.get("msg"))))
    return with_failures(rows, failed, failures)


def _cell(result: t.Any, place: str) -> str:
    for key in str(place).split("."):
        if isinstance(result, list) and key.isdigit():
            result = result[int(key)] if int(key) < len(result) else None
        else:
            result = result.get(key) if isinstance(result, Mapping) else None
    return "-" if result is None or result == "" else line(result)


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"result_table": result_table}

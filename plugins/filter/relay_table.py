# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What many boards told about their relays, as a table for a person. No input or output."""

from __future__ import annotations

DOCUMENTATION = r"""
name: relay_table
short_description: All relays of all boards, as a table
version_added: 1.0.0
author:
  - The bytewire.devices developers (@bytewire)
description:
  - Turns results of M(bytewire.devices.device_info) into the lines of a table; below it stands which boards could not be read, and why.
options:
  _input:
    description:
      - For each inventory name the result of M(bytewire.devices.device_info), or an empty dictionary if there is none.
    type: dict
    required: true
seealso:
  - plugin: bytewire.devices.status_table
    plugin_type: filter
  - plugin: bytewire.devices.report
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
_value:
  description: The lines of the table.
  type: list
  elements: str
  sample:
    - HOST    MODEL   RELAY  NAME         STATE
    - garage  eth008  2      backup_disk  off
"""

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import without_templates
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.terminal import with_failures
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line, natural, understood

HEAD = ("HOST", "MODEL", "RELAY", "NAME", "STATE")


@without_templates
def relay_table(boards: t.Any) -> list[str]:
    """The filter."""
    if not isinstance(boards, Mapping):
        raise AnsibleFilterError(f"relay_table: expected a dictionary of host and result, not {type(boards).__name__}.")
    rows: list[tuple[str, ...]] = [HEAD]
    unread = []
    for host in sorted(boards, key=lambda name: natural(line(name))):
        result = understood(f"relay_table: {line(host)}", boards[host])
        if "model" in result and not result.get("failed"):
            rows += _relays(line(host), result)
        else:
            unread.append((line(host), line(result.get("msg"))))
    return with_failures(rows, "COULD NOT BE READ", unread)


def _relays(host: str, result: t.Mapping[str, t.Any]) -> list[tuple[str, ...]]:
    model, relays = line(result["model"]), result.get("relays") or {}
    if not relays:
        return [(host, model, "-", "-", "-")]
    told = ((number, understood(f"relay_table: {host}: relay {line(number)}", relay)) for number, relay in relays.items())
    return [(host, model, line(number), line(relay.get("name")) or "-", line(relay.get("state"))) for number, relay in told]


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"relay_table": relay_table}

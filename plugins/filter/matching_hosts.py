# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts that a pattern means."""

from __future__ import annotations

DOCUMENTATION = r"""
name: matching_hosts
short_description: The hosts of an inventory that a pattern means
version_added: 2.0.0
author:
  - The bytewire.devices developers (@bytewire)
description:
  - Does for a pattern what C(hosts) of a play does, before that play. The playbooks of this collection see so whether there is a host at all.
positional: pattern, within
options:
  _input:
    description:
      - The groups of the inventory and their hosts, the variable C(groups).
    type: dict
    required: true
  pattern:
    description:
      - The pattern, such as V(boards:!garage).
    type: raw
    required: true
  within:
    description:
      - The hosts that count, such as C(ansible_play_hosts_all) of a play of all hosts, which knows C(--limit).
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse a target without a host
  ansible.builtin.assert:
    that: groups | bytewire.devices.matching_hosts(target, ansible_play_hosts_all) | length > 0
"""

RETURN = r"""
_value:
  description: The names of the hosts, in the order of the inventory.
  type: list
  elements: str
  sample: [attic, cellar]
"""

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleError, AnsibleFilterError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader


def matching_hosts(groups: t.Any, pattern: t.Any, within: t.Any) -> list[str]:
    """The filter."""
    if not isinstance(groups, Mapping):
        raise AnsibleFilterError(f"matching_hosts: expected a dictionary of groups and their hosts, not {type(groups).__name__}.")
    manager = InventoryManager(DataLoader(), parse=False)
    for group, hosts in groups.items():
        manager.add_group(str(group))
        for host in hosts:
            manager.add_host(str(host), group=str(group))
    try:
        found = [host.name for host in manager.get_hosts(pattern=pattern)]
    except AnsibleError:
        return []
    counting = set(within)
    return [name for name in found if name in counting]


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"matching_hosts": matching_hosts}

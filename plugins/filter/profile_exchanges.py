# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A profile's exchanges as a table, and what playbook check_profile tries with it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: profile_exchanges
short_description: The bytes of each exchange of a profile, and how to try it
version_added: 1.1.0
author:
  - The bytewire.devices developers (@bytewire)
description:
  - Finds and checks a profile, and tells what is exchanged with a device of it, and what can be tried with its own emulator.
  - Playbook C(bytewire.devices.check_profile) does that with the modules of the collection.
positional: sources, results
options:
  _input:
    description:
      - Name of a profile, path of a page C(bytewire_profiles/<name>.yml), or a profile as a dictionary.
    type: raw
    required: true
  sources:
    description:
      - Inventories, as in C(ansible_inventory_sources). Pages are searched in C(bytewire_profiles) beside them and in the current directory.
    type: list
    elements: str
    default: []
  results:
    description:
      - What the tasks of a trial returned, those of the steps with their C(item).
    type: list
    elements: dict
    version_added: 2.0.0
"""

EXAMPLES = r"""
- name: Show what an ETH008 is told, and what it answers
  ansible.builtin.debug:
    msg: "{{ ('eth008' | bytewire.devices.profile_exchanges).table }}"
"""

RETURN = r"""
_value:
  description:
    - Where the profile is wrong, C(error) alone, which names the file, the key and what was expected.
    - Otherwise C(error) is empty, C(table) is the table, C(page) the resolved profile, C(summary) the lines that tell what a trial shows,
      which late answers could be taken for one another, and what a task does after a lost one; and what the trial needs, which is
      C(name), C(transport), C(username), C(password), C(relays), C(relays_read), C(settings), C(command), C(answered) and C(writes), and from 2.0.0 on
      C(relay_steps) and C(setting_steps).
    - With O(results) also C(wrong), what they should not be, and C(lines), all of this for a terminal of 80 columns, the verdict first.
  type: dict
  sample:
    error: ""
    table:
      - WHAT                 HEX
      - relay 1 on  request  20 01 00
    summary:
      - After a lost answer to a command or a reading a task asks identify before it believes one that could be the lost one.
"""

import typing as t

from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import without_templates
from ansible_collections.bytewire.devices.plugins.plugin_utils._checking.trial import prepared, told


@without_templates
def profile_exchanges(model: t.Any, sources: t.Any = (), results: t.Any = None) -> dict[str, t.Any]:
    """The filter."""
    trial = prepared(model, [str(source) for source in sources or ()])
    return trial if results is None or trial["error"] else {**trial, **told(trial, results)}


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"profile_exchanges": profile_exchanges}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts that do not answer are cycled through their outlets."""

from __future__ import annotations

DOCUMENTATION = r"""
name: watchdog
short_description: Decide which hosts that do not answer are cycled through their outlets
version_added: 2.0.0
author:
  - The bytewire.devices developers (@bytewire)
description:
  - Takes what was known of each host, and what a check and a look at the outlets have shown, and gives what is to be cycled, what is to be told, and
    what is known then. Role C(bytewire.devices.watchdog) does the rest.
  - It is asked several times in a run, first without O(checks), for what they are, then without O(outlets), for whom to ask for them, then without O(cycled).
positional: hosts, checks, outlets, cycled
options:
  _input:
    description: What was known behind the run before, RV(_value).state; empty for the first.
    type: dict
    required: true
  hosts:
    description: Of each host a list of its name, its C(bytewire_outlet) and its C(bytewire_check).
    type: list
    elements: list
    required: true
  checks:
    description: What module M(bytewire.devices.fleet) returned for the checks.
    type: dict
  outlets:
    description: What M(bytewire.devices.fleet) returned for C(device_info) of the devices that have the outlets.
    type: dict
  cycled:
    description: What M(bytewire.devices.fleet) returned for the cycles, so that what became of them is told.
    type: dict
  rounds:
    description: How many checks running must fail.
    type: int
    default: 3
  cycles:
    description: How many times a host is cycled at most until it answers again.
    type: int
    default: 2
  rest:
    description: Seconds after a cycle in which a host is not asked for anything.
    type: float
    default: 600
  at_once:
    description: How many hosts may be due in one run; if more are, none is cycled.
    type: int
    default: 1
  devices:
    description: The names of the hosts of the inventory, among which each device must be.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Show what would be asked
  ansible.builtin.debug:
    msg: "{{ {} | bytewire.devices.watchdog([['nas', {'device': 'pdu', 'relay': 3}, 'tcp/22']]) }}"
"""

RETURN = r"""
_value:
  description:
    - C(checks), the hosts as M(bytewire.devices.fleet) takes them for C(ping); C(ask), the devices whose outlets are to be read; C(cycle), those whose
      outlets are to be cycled, as M(bytewire.devices.fleet) takes them; C(told), what there is to tell, each with C(host), C(kind), C(words) and C(device);
      C(state), what is known now; and C(problem), what is wrong with the hosts' variables, in words.
  type: dict
  sample:
    checks: [{name: nas, options: {model: raw, port: 22, transport: tcp}}]
    ask: []
    cycle: []
    told: []
    state: {nas: {cycles: [], failed: 0, told: ""}}
    problem: ""
"""

import time
import typing as t

from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import without_templates
from ansible_collections.bytewire.devices.plugins.plugin_utils._watchdog import Decision, Rules, watched


@without_templates
def watchdog(state: t.Any, hosts: t.Any, checks: t.Any = None, outlets: t.Any = None, cycled: t.Any = None, rounds: int = 3, cycles: int = 2, rest: float = 600,
             at_once: int = 1, devices: t.Any = None) -> dict[str, t.Any]:
    """The filter."""
    found = [watched(str(name), outlet, check, devices) for name, outlet, check in hosts]
    watches = [watch for watch in found if not isinstance(watch, str)]
    decision = Decision(watches if checks is not None else [], state, (checks or {}).get("hosts", {}), None if outlets is None else outlets.get("hosts", {}),
                        Rules(int(rounds), int(cycles), float(rest), int(at_once)), time.time())
    if cycled is not None:
        decision.tell_cycles(cycled.get("hosts", {}))
    return {"checks": [watch.asked() for watch in watches], "ask": decision.ask, "cycle": decision.cycles(), "told": decision.told,
            "state": {**state, **decision.state}, "problem": " ".join(each for each in found if isinstance(each, str))}


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"watchdog": watchdog}

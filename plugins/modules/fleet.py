#!/usr/bin/python
# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet
short_description: Run one device task for many devices at once
version_added: 1.1.0
description:
  - Does what one of the modules for devices does, for hundreds or thousands of hosts of the inventory at once, in one task.
  - Each device has its own address, model, relays and password from its own inventory variables, as with the module itself.
  - It runs on the controller, or with C(delegate_to) on a gateway, where it needs nothing but Python. One connection to the gateway
    then serves all devices behind it.
author:
  - The bytewire.devices developers (@bytewire)
extends_documentation_fragment:
  - bytewire.devices._attributes
attributes:
  check_mode:
    support: full
    details:
      - As the module that it runs.
  diff_mode:
    support: full
    details:
      - As the module that it runs; one part for each device.
options:
  module:
    description: What to do with each device, by the name of the module.
    type: str
    required: true
    choices: [relay, settings, command, send, device_info, ping]
  options:
    description:
      - The options of that module for all devices. They go before its C(module_defaults), and these before the inventory, as with the module itself.
        An option that it does not have is refused.
      - They and the C(module_defaults) are templated once, not for each host. A template that would mean something else on another host is refused, as far as
        a look at twenty of the hosts shows it; put what differs into inventory variables C(bytewire_<option>) or into O(hosts).
        A lookup among them is made again for each of these. A variable that the other host does not have counts as the same there.
      - The variables C(bytewire_<option>) of each device are those that other hosts see of it too, which means inventory, facts, C(set_fact) and extra vars.
        Where the play, the task, a role or a file of theirs sets one that would be heeded by the module itself, nothing is done and the task fails;
        put it into the inventory or into O(options). Templates in the inventory do not see variables of the play either.
    type: dict
    default: {}
  hosts:
    description:
      - The hosts of the inventory, by name, or as C(name) with C(options) of its own, which go before all others.
      - Unless given, the hosts of the play (of the batch, with C(serial)).
      - A template in the C(options) of a host is rendered for the task's own host as well, and is refused where it would differ on that host.
      - A task that is for every host of its play needs C(run_once) and the strategy C(linear), and is refused where it would run once
        for each of them. With C(serial) such a task runs once for each batch, and is refused where it names hosts of another batch.
        That two hosts of a play name the same devices outside of the play is not noticed.
    type: list
    elements: raw
  concurrency:
    description:
      - How many devices are spoken to at a time, 1 to 10000. Each takes one file descriptor for its connection and one for its lock;
        the limit of the process is raised as far as the system allows it.
    type: int
    default: 256
  stagger:
    description:
      - Least seconds between two commands that change something, 0 to 3600; against inrush current when many loads are switched on.
        They count from the answer to one command (or from when it was sent, if the device gives none) to the next command, in the whole fleet.
      - The starts of two devices are as far apart. Where a device is done sooner than that, the seconds count from its end.
      - The device that asked first goes first, also with its later commands, and no further device is started while one waits. So what has
        begun is finished first, and a load that is C(cycled) is switched on again before the loads of further devices are switched.
      - The end of a C(pulsed) load switches nothing on. It waits for nobody, and comes after C(duration) whatever others do.
      - The times in O(journal) are those at which devices were done, read back included; they may be a little closer together.
    type: float
    default: 0.0
  order:
    description: The order in which devices are started.
    type: str
    default: inventory
    choices: [inventory, reverse, random]
  max_fail_percentage:
    description:
      - When more than this percentage of the hosts has failed, no further ones are started, and the task fails. Up to it the task succeeds,
        and RV(failed_hosts) names those that failed.
      - V(100) never fails the task. A failed task shows all of its result on the terminal, which is much for thousands of hosts.
      - Unless given, all hosts are attempted, and the task fails if one of them did.
    type: float
  deadline:
    description:
      - Seconds for the whole fleet, 0.001 to 604800. What is not finished then is given up, and told.
      - Where the task has C(timeout), a fleet ends two seconds before it (at half of it, where that is later), so that it can tell what was done.
        On a gateway it ends earlier by two seconds more, and by the time that the ways there and back take, which is measured first.
    type: float
  journal:
    description:
      - >-
        A file, on the machine where the fleet runs, to which each device that is attempted adds its lines as it begins and ends; after an interruption
        nothing else tells what was done. O(bytewire.devices.relay#module:journal) says what stands in it. It goes before C(bytewire_journal) of the hosts.
      - Before version 2.0.0 it had one line for each host, with its C(result).
    type: path
  trace:
    description: Return every exchange of every device. Verbosity C(-vvv) does the same.
    type: bool
    default: false
notes:
  - Hosts of one address and port, such as the relays of a board, take turns in their order.
  - Per-host templates do not work in O(options), and neither do C(bytewire_<option>) variables of the play; see there.
  - It is not in the action group C(bytewire.devices.device), since its options are others. C(module_defaults) of the module that it runs, and of that
    group, complete O(options) from version 2.0.0 on.
  - While it runs for longer than two seconds it shows how far it is on the controller's terminal, or one line every ten seconds where that
    is none; on a gateway it is silent.
  - An interruption (Ctrl-C) ends it on the controller at once. On a gateway it runs to its end, or to O(deadline),
    also when the connection breaks. When ssh tries again (C(ansible_ssh_retries)) it is not begun again; the task has the result of the first,
    or each host fails with kind V(unverified).
  - >-
    C(until) would do all hosts again, with what must happen once. Give a second task those of RV(failed_hosts) whose C(error.outcome) in RV(hosts) is
    V(nothing).
seealso:
  - module: bytewire.devices.relay
  - module: bytewire.devices.settings
"""

EXAMPLES = r"""
- name: All boards off, in one task
  bytewire.devices.fleet:
    module: relay
    options:
      relay: 2
      state: "off"
  run_once: true

- name: Every site's devices from its gateway, in a play over the gateways
  bytewire.devices.fleet:
    module: settings
    options:
      settings: {power: "off"}
    hosts: "{{ groups['tvs_' ~ inventory_hostname] }}"
    journal: /var/tmp/tvs.journal
  delegate_to: "{{ inventory_hostname }}"

- name: On again, a tenth of a second apart
  bytewire.devices.fleet:
    module: relay
    options:
      relay: 2
      state: "on"
    stagger: 0.1
    hosts: "{{ groups['all'] }}"
  run_once: true
"""

RETURN = r"""
hosts:
  description: What the module's own task would have returned, by host.
  type: dict
  returned: once hosts are known
  sample: {"garage": {"changed": true, "model": "eth008", "relays": {"2": {"name": null, "state": "off", "was": "on"}}}}
summary:
  description: >-
    How many C(hosts), C(ok), C(changed), C(failed) and C(not_attempted) (these are among the failed), C(kinds) of failure with their numbers,
    and C(seconds). What was not attempted counts as V(unreachable).
  type: dict
  returned: once hosts are known
  sample: {"hosts": 300, "ok": 298, "changed": 120, "failed": 2, "not_attempted": 0, "kinds": {"timeout": 2}, "seconds": 1.4}
failed_hosts:
  description: The names of the hosts that failed.
  type: list
  elements: str
  returned: once hosts are known
  sample: [tv017, tv203]
error:
  description: >-
    What kind of failure the first host had that was attempted: C(kind), and C(stage), which is V(fleet), V(options) or V(gateway). The C(outcome),
    V(nothing), V(done) or V(unknown), is in the C(error) of each host.
  type: dict
  returned: failure
  sample: {"kind": "timeout", "stage": "fleet"}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, device_info, fleet, ping, relay, send, settings
from ansible_collections.bytewire.devices.plugins.module_utils._module import run_module

CAPABILITIES = (command, device_info, ping, relay, send, settings)
"""The fleet imports one of them by its name; named here, all of them come along to a gateway."""


class FleetModule(AnsibleModule):
    """Each device's own password stands in its options; no_log of the module is overruled by that of the task."""

    def _log_invocation(self) -> None:
        count = len(self.params["hosts"] or ())
        self.log(f"Invoked with module={self.params['module']} for {count} hosts")


def main() -> None:
    module = FleetModule(supports_check_mode=True, **fleet.SPEC)
    names = [host["name"] for host in module.params["hosts"] or ()]
    run_module(module, fleet.run, lambda error: fleet.not_run(names, error, 0.0), invocation={})


if __name__ == "__main__":
    main()

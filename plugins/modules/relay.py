#!/usr/bin/python
# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: relay
short_description: Switch relays of a board, and know that they switched
version_added: 1.0.0
description:
  - Reads the board, sends only what differs, and reads again.
  - An acknowledgement means that the board accepted a command. That the relay switched is known by reading its coil.
  - A board that cannot be read back is switched every time, with state V(unknown) and a warning.
author:
  - The bytewire.devices developers (@bytewire)
extends_documentation_fragment:
  - bytewire.devices._attributes
  - bytewire.devices._attributes.conduct
  - bytewire.devices.device
  - bytewire.devices.device.journal
attributes:
  check_mode:
    support: full
    details:
      - Reads, and logs in where a change would need it; sends nothing that switches.
  diff_mode:
    support: full
    details:
      - One line for each relay.
options:
  relay:
    description:
      - One relay or several, by number or by a name from O(relays), or V(all).
      - Inventory variable C(bytewire_relay), which lets an inventory host stand for one relay of a board.
    type: list
    elements: str
    required: true
  state:
    description:
      - What the load of the relay shall be. With O(contact=normally_closed) the load is on while the coil is off.
      - V(on) and V(off) are sent only where the board reads differently.
      - >-
        V(pulsed) switches the load on for O(duration) and off again. The board times it where it can, and it is sent at most once:
        when its acknowledgement is lost the task fails with kind V(unverified). Otherwise it is timed by this task, under the lock.
      - V(cycled) switches off, sees that it is off, waits O(duration), and switches on. It is timed by this task, under the lock.
      - Where a pulse or cycle that this task times fails on the way, the load is switched back if that can be done; the message says which.
        A task that is killed in between leaves the load as it was switched first, of which the next task at that device warns; on a gateway it goes on when
        the connection breaks. One whose C(timeout) would end it in between is refused.
      - Inventory variable C(bytewire_state).
    type: str
    choices: ["on", "off", pulsed, cycled]
    required: true
  duration:
    description:
      - Seconds of a pulse, or between off and on of a cycle; 0.001 to 86400.
      - Devantech boards time pulses of 0.1 to 25.5 seconds in steps of 0.1.
      - Inventory variable C(bytewire_duration), for V(pulsed) and V(cycled) alone.
    type: float
  contact:
    description:
      - The contact that the load is wired to, for relays of which O(relays) does not say it.
      - Inventory variable C(bytewire_contact).
    type: str
    choices: [normally_open, normally_closed]
    default: normally_open
  relays:
    description:
      - "Names of relays: a number, or a dictionary of C(number) and C(contact). What it says of a contact goes before O(contact)."
      - Inventory variable C(bytewire_relays).
    type: dict
  verify:
    description:
      - Read the board again after switching. Without it the state after a change is V(unknown).
      - Inventory variable C(bytewire_verify).
    type: bool
    default: true
seealso:
  - module: bytewire.devices.device_info
"""

EXAMPLES = r"""
- name: Switch the backup disk off
  bytewire.devices.relay:
    relay: 2
    state: "off"

- name: Switch on by name, with inventory variable bytewire_relays {backup_disk 2, amplifier 3}
  bytewire.devices.relay:
    relay: [backup_disk, amplifier]
    state: "on"

- name: Open the garage door (a push of 0.5 seconds on its button)
  bytewire.devices.relay:
    relay: 4
    state: pulsed
    duration: 0.5

- name: Power-cycle a machine that is wired to the normally closed contact of relay 1
  bytewire.devices.relay:
    host: 192.168.0.200
    model: eth008
    relay: 1
    contact: normally_closed
    state: cycled
    duration: 10
"""

RETURN = r"""
model:
  description: The model of the board.
  type: str
  returned: success
  sample: eth008
relays:
  description:
    - The relays asked for, by number. In a failure as far as they are known, so that it tells which were switched.
  type: dict
  returned: once the board was read
  sample: {"2": {"name": "backup_disk", "state": "off", "was": "on"}}
  contains:
    name:
      description: Name from O(relays), or null.
      type: str
    state:
      description: What the load is now, V(on), V(off) or V(unknown); in check mode what it would be.
      type: str
    was:
      description: What the load was before.
      type: str
    pulsed:
      description:
        - With O(state=pulsed), its C(seconds), and what was sent and seen. C(told) lists what the load was told and did not refuse, V(on), V(off),
          or V(pulsed) where the board times it itself; C(seen) what it was read in; both in their order, without repetitions.
      type: dict
      version_added: 2.0.0
      sample: {"seconds": 20, "told": ["pulsed"], "seen": ["off", "on"]}
    cycled:
      description: The same with O(state=cycled).
      type: dict
      version_added: 2.0.0
      sample: {"seconds": 10, "told": ["off", "on"], "seen": ["on", "off", "on"]}
    coil:
      description: What the coil is, where the load is wired to the normally closed contact.
      type: str
error:
  description: >-
    What kind of failure and where, C(kind) and C(stage), and whether what was asked for happened, C(outcome), which is V(nothing), V(done) or V(unknown).
  type: dict
  returned: failure
  sample: {"kind": "unverified", "stage": "verify", "outcome": "unknown"}
trace:
  description: "Every exchange: C(stage), bytes C(sent) and C(received) in hex with secrets masked, C(ms)."
  type: list
  elements: dict
  returned: with O(trace) or C(-vvv)
"""

from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay
from ansible_collections.bytewire.devices.plugins.module_utils._module import Module, run_module


def main() -> None:
    module = Module(supports_check_mode=True, **relay.SPEC)
    run_module(module, relay.run)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: device_info
short_description: Read everything a device tells about itself
version_added: 1.0.0
description:
  - "Reads identity, firmware, supply volts, MAC, relays, inputs and analogue values, as far as the model has them."
author:
  - The bytewire.devices developers (@bytewire)
extends_documentation_fragment:
  - bytewire.devices._attributes
  - bytewire.devices._attributes.info
  - bytewire.devices._attributes.conduct
  - bytewire.devices.device
options:
  contact:
    description:
      - The contact that the loads are wired to, for relays of which O(relays) does not say it.
      - Inventory variable C(bytewire_contact).
    type: str
    choices: [normally_open, normally_closed]
    default: normally_open
  relays:
    description:
      - "Names of relays: a number, or a dictionary of C(number) and C(contact)."
      - Inventory variable C(bytewire_relays).
    type: dict
seealso:
  - module: bytewire.devices.relay
  - module: bytewire.devices.ping
"""

EXAMPLES = r"""
- name: Read a board
  bytewire.devices.device_info:
  register: board

- name: Show its relays
  ansible.builtin.debug:
    var: board.relays
"""

RETURN = r"""
model:
  description: The model of the device.
  type: str
  returned: success
  sample: eth008
identity:
  description: Who the device says it is, where the model can be asked.
  type: dict
  returned: success
  sample: {"id": 19, "hardware": 2, "firmware": 28}
information:
  description:
    - What else the model tells; on Devantech boards C(supply_voltage) (V, steps of 0.1) and C(mac) (12 hex digits).
    - What a device says has no value, such as C(NA), is V(none).
    - Of a printer, what is wrong with it, in words, as far as its bits have a meaning in the profile.
  type: dict
  returned: success
  sample: {"supply_voltage": 12.1, "mac": "0004a3123456"}
relays:
  description: Every relay by number, with C(name), C(state) of the load and, on the normally closed contact, C(coil).
  type: dict
  returned: for models with relays
  sample: {"2": {"name": "backup_disk", "state": "off"}}
settings:
  description: Every setting that can be read, by name; V(unknown) where the device declines, or would not answer in this state.
  type: dict
  version_added: 1.1.0
  returned: for models with settings
  sample: {"power": "on", "volume": 12, "tint": "unknown"}
inputs:
  description: Every digital input by number, V(active) or V(inactive).
  type: dict
  returned: for models with inputs
  sample: {"1": "active", "2": "inactive"}
analogue:
  description: Every analogue channel by number, as the converter's number; 0 to 1023 for 0 to 5 V on an eth8020.
  type: dict
  returned: for models with analogue channels
  sample: {"1": 512}
measured_in:
  description: "What the numbers are measured in, by the name of the reading or setting; C(analogue) is that of the channels."
  type: dict
  version_added: 1.1.0
  returned: where the model's page says so
  sample: {"voltage": "V"}
ms:
  description: Milliseconds from connecting to the last answer, without those for which other tasks were waited for.
  type: float
  version_added: 2.0.0
  returned: success
  sample: 12.4
error:
  description: "What kind of failure and where, C(kind) and C(stage); C(outcome) is V(nothing), since this changes nothing."
  type: dict
  returned: failure
  sample: {"kind": "timeout", "stage": "read", "outcome": "nothing"}
trace:
  description: "Every exchange: C(stage), bytes C(sent) and C(received) in hex with secrets masked, C(ms)."
  type: list
  elements: dict
  returned: with O(trace) or C(-vvv)
"""

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info
from ansible_collections.bytewire.devices.plugins.module_utils._module import Module, run_module


def main() -> None:
    module = Module(supports_check_mode=True, **device_info.SPEC)
    run_module(module, device_info.run)


if __name__ == "__main__":
    main()

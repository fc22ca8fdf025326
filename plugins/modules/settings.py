#!/usr/bin/python
# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: settings
short_description: Make settings of a device so
version_added: 1.1.0
description:
  - Brings named settings of a device (power, input, volume, ...) to values. The device is asked first, only what differs is sent, and the
    device is asked again.
  - Which settings there are, and which values they take, says the profile; C(docs/devices.md) lists them.
  - A display in standby answers nothing but questions about its power. Its other settings are then C(unknown); they can be set
    in the same task that switches it on.
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
      - Asks, and logs in where a change would need it; sets nothing.
  diff_mode:
    support: full
    details:
      - One line for each setting.
options:
  settings:
    description:
      - "The settings and their values, for example C({power: on, input: hdmi1, volume: 12})."
      - >-
        A value is one of the names in the profile, or a whole number in the range of the profile. The number of a code may stand in the place
        of its name, for models whose table differs. True and false mean V(on) and V(off), since YAML reads them so.
      - >-
        Of what a device has several of (the routes of a matrix, the zones of a receiver) each is named with its value, C(route: {1: 3, 2: 3}),
        or C(route.1=3 route.2=3) on a command line; those that are not named are left alone.
      - An unknown setting or value is refused before anything is sent, with those that there are.
      - Settings are asked and set in the order of the profile.
      - Inventory variable C(bytewire_settings).
    type: dict
    required: true
  verify:
    description:
      - Ask again after setting. Where the device then tells another value the task fails, with the kind V(unverified).
      - Inventory variable C(bytewire_verify).
    type: bool
    default: true
notes:
  - Settings that cannot be read back are set every time; their state is V(unknown), and a warning says so.
  - To a unit that is a broadcast (set ID 0 of a display) everything is sent once, no reply is awaited, and nothing is verified.
seealso:
  - module: bytewire.devices.device_info
  - module: bytewire.devices.relay
"""

EXAMPLES = r"""
- name: Displays on, and not too loud
  bytewire.devices.settings:
    model: lg
    settings:
      power: "on"
      volume: 12

- name: The same value by its code, where the model's table has another
  bytewire.devices.settings:
    model: lg
    unit: 1
    settings:
      power: "on"
      input: 0x90

- name: Outputs 1 and 2 of a router show input 3
  bytewire.devices.settings:
    model: videohub
    port: 9990
    settings:
      route:
        1: 3
        2: 3
"""

RETURN = r"""
model:
  description: The model of the device.
  type: str
  returned: success
  sample: lg
settings:
  description:
    - "Each setting of the task: C(state), and what it C(was) before. What is not known is V(unknown)."
    - In check mode C(state) is what it would be.
    - "Of what a device has several of there is a dictionary of them: C(route: {\"1\": {state: 3, was: 1}})."
  type: dict
  returned: always, once the device was asked
  sample: {"power": {"state": "on", "was": "off"}, "volume": {"state": 12, "was": "unknown"}}
error:
  description: >-
    What kind of failure and where, C(kind) and C(stage), and whether what was asked for happened, C(outcome), which is V(nothing), V(done) or V(unknown).
  type: dict
  returned: failure
  sample: {"kind": "busy", "stage": "login", "outcome": "nothing"}
trace:
  description: "Every exchange: C(stage), bytes C(sent) and C(received) in hex with secrets masked, C(ms)."
  type: list
  elements: dict
  returned: with O(trace) or C(-vvv)
"""

from ansible_collections.bytewire.devices.plugins.module_utils._capability import settings
from ansible_collections.bytewire.devices.plugins.module_utils._module import Module, run_module


def main() -> None:
    module = Module(supports_check_mode=True, **settings.SPEC)
    run_module(module, settings.run)


if __name__ == "__main__":
    main()

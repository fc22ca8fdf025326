#!/usr/bin/python
# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ping
short_description: Say how far a device can be reached, and who it is
version_added: 1.0.0
description:
  - "Resolves the name, connects, and identifies the device; says at which step it failed, in words, and how long each step took."
author:
  - The bytewire.devices developers (@bytewire)
extends_documentation_fragment:
  - bytewire.devices._attributes
  - bytewire.devices._attributes.info
  - bytewire.devices._attributes.conduct
  - bytewire.devices.device
seealso:
  - module: bytewire.devices.device_info
"""

EXAMPLES = r"""
- name: Is the board there, and is it what the inventory says?
  bytewire.devices.ping:

- name: Find out what is at an address
  bytewire.devices.ping:
    host: 192.168.0.200
    model: auto
"""

RETURN = r"""
ping:
  description: V(pong).
  type: str
  returned: success
  sample: pong
msg:
  description: The steps in words.
  type: str
  version_added: 1.1.0
  returned: always
  sample: "garage (192.168.0.200:17494): resolved to 192.168.0.200:17494 in 0.1 ms, connected in 0.4 ms, identified as eth008 (id 19)."
model:
  description: The model of the device.
  type: str
  returned: success
  sample: eth008
address:
  description: The resolved address and port that answered.
  type: str
  returned: success
  sample: 192.168.0.200:17494
identity:
  description: Who the device says it is, where the model can be asked.
  type: dict
  returned: success
  sample: {"id": 19, "hardware": 2, "firmware": 28}
heard:
  description:
    - Whether the device has answered anything. A device that cannot be asked who it is is asked something else that changes nothing, where its
      model has such a question.
  type: bool
  returned: success
  version_added: 2.0.0
steps:
  description: "The steps taken: C(step) (V(resolve), V(lock), V(connect), V(identify), V(ask)), C(ms), and whether it was C(ok)."
  type: list
  elements: dict
  returned: always, once something was tried
  sample: [{"step": "connect", "ms": 0.4, "ok": true}]
error:
  description: "What kind of failure and where, C(kind) and C(stage); C(outcome) is V(nothing), since this changes nothing."
  type: dict
  returned: failure
  sample: {"kind": "unreachable", "stage": "connect", "outcome": "nothing"}
trace:
  description: "Every exchange: C(stage), bytes C(sent) and C(received) in hex with secrets masked, C(ms)."
  type: list
  elements: dict
  returned: with O(trace) or C(-vvv)
"""

from ansible_collections.bytewire.devices.plugins.module_utils._capability import ping
from ansible_collections.bytewire.devices.plugins.module_utils._module import Module, run_module


def main() -> None:
    module = Module(supports_check_mode=True, **ping.SPEC)
    run_module(module, ping.run)


if __name__ == "__main__":
    main()

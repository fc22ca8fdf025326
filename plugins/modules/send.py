#!/usr/bin/python
# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: send
short_description: Send bytes to a device, and read the bytes that answer them
version_added: 1.1.0
description:
  - Sends exactly the bytes given, in one write, and reads those that come back. Nothing is added and nothing is converted.
  - >-
    The bytes are sent at most once. Where the reply is lost after they left, the task fails with kind V(unverified): whether anything
    was done is not known. Connecting, and the query of O(unless), are tried again as O(retries) says.
  - For devices that a profile describes, M(bytewire.devices.relay) and M(bytewire.devices.settings) know what the bytes mean and read back.
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
      - Only the query of O(unless) is sent. Without O(unless) a change is predicted, and nothing is sent.
  diff_mode:
    support: none
options:
  model:
    description:
      - Name of the profile, or a profile itself as a dictionary. V(raw) assumes nothing, and needs O(port).
      - Of another profile the port, the login, the echo and unsolicited input are used. What frames its messages is not added to O(data).
      - Inventory variable C(bytewire_model).
    type: raw
    default: raw
  data:
    description:
      - The bytes to send, as a text in O(encoding), or as a list of numbers from 0 to 255.
      - Hex that consists of digits alone must be in quotes; of C(data=24) without quotes YAML makes a number, and a number is refused.
      - Inventory variable C(bytewire_data).
    type: raw
    required: true
  encoding:
    description:
      - What texts mean in O(data), O(expect) and O(unless).
      - V(hex) is pairs of digits, with or without spaces between the pairs.
      - >-
        V(text) is one byte for each character up to U+00FF, with the escapes C(\r), C(\n), C(\t), C(\0), C(\e) (C(ESC)), C(\a), C(\\) and
        C(\xNN).
      - Inventory variable C(bytewire_encoding).
    type: str
    choices: [hex, base64, text]
    default: hex
  expect:
    description:
      - The only reply that is right, written like O(data). Another one is refused with kind V(bad_reply) at its first wrong byte.
      - Only one of O(expect), O(length) and O(pattern) can be given; what the task gives goes before what the inventory gives.
      - >-
        With none of them the reply is what comes until there are O(idle) seconds of silence, and that may be nothing. A device that closes the
        connection ends its reply too, unless nothing came or the connection was reset; then the task fails with kind V(unverified).
      - Inventory variable C(bytewire_expect).
    type: raw
  length:
    description:
      - How many bytes the reply has, 1 to 16777216.
      - Inventory variable C(bytewire_length).
    type: int
  pattern:
    description:
      - >-
        Regular expression that is searched in the reply once O(idle) seconds of silence have ended it. Each byte is the character of the
        same number, U+0000 to U+00FF, and a dot matches each of them. Where it is not found the task fails with kind V(bad_reply).
      - A pattern that computes for more than a second, as C((a+)+) can, is ended, and the task fails with kind V(bad_reply).
      - Words that YAML reads as a boolean, such as C(no), and numbers are refused unless they are in quotes.
      - Inventory variable C(bytewire_pattern).
    type: raw
  idle:
    description:
      - Seconds of silence that end a reply for which neither O(expect) nor O(length) is given, 0.001 to 3600 and less than O(timeout).
      - Unless given, 0.5, or half of O(timeout) where that is less.
      - Inventory variable C(bytewire_idle).
    type: float
  longest:
    description:
      - Bytes of a reply at most, for which neither O(expect) nor O(length) is given, 1 to 16777216. A longer one is refused with kind V(bad_reply).
      - Inventory variable C(bytewire_longest).
    type: int
    default: 65536
  unless:
    description:
      - A query that is sent first, also in check mode. Where its reply is the one given here, O(data) is not sent and nothing is changed.
      - Inventory variable C(bytewire_unless).
    type: dict
    suboptions:
      data:
        description:
          - The query, written like O(data). It must change nothing, for it may be sent again.
        type: raw
        required: true
      reply:
        description:
          - The bytes that make sending needless, written like O(data). As many bytes are awaited.
          - Exactly one of O(unless.reply) and O(unless.pattern) is needed.
        type: raw
      pattern:
        description:
          - Regular expression that is searched in the reply, as in O(pattern).
        type: raw
seealso:
  - module: bytewire.devices.command
  - plugin: bytewire.devices.pack
    plugin_type: filter
  - plugin: bytewire.devices.unpack
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Ask a board who it is
  bytewire.devices.send:
    host: 192.168.0.200
    port: 17494
    model: raw
    data: "10"
    length: 3
  register: identity

- name: Show model, hardware and firmware as numbers
  ansible.builtin.debug:
    msg: "{{ identity.reply | bytewire.devices.unpack('BBB') }}"

- name: Switch relay 2 on unless it is, and the other seven are off
  bytewire.devices.send:
    host: 192.168.0.200
    port: 17494
    model: raw
    data: 20 02 00
    expect: "00"
    unless:
      data: "24"
      reply: "02"

- name: The same bytes as numbers, with whatever comes back
  bytewire.devices.send:
    host: 192.168.0.200
    port: 17494
    model: raw
    data: [32, 2, 0]
"""

RETURN = r"""
model:
  description: The profile that was used.
  type: str
  returned: success
  sample: raw
sent:
  description: The bytes that were sent, in hex; null where O(unless) or check mode kept them back.
  type: str
  returned: success
  sample: 20 02 00
reply:
  description:
    - The reply in hex, that to the query of O(unless) where O(data) was not needed; null where nothing was asked.
    - Where it holds the password, asterisks take its place, also in RV(reply_bytes).
  type: str
  returned: success
  sample: "00"
reply_bytes:
  description: The reply as numbers.
  type: list
  elements: int
  returned: success
  sample: [0]
error:
  description: >-
    What kind of failure and where, C(kind) and C(stage), and whether what was asked for happened, C(outcome), which is V(nothing), V(done) or V(unknown).
  type: dict
  returned: failure
  sample: {"kind": "unverified", "stage": "write", "outcome": "unknown"}
trace:
  description: "Every exchange: C(stage), bytes C(sent) and C(received) in hex with secrets masked, C(ms)."
  type: list
  elements: dict
  returned: with O(trace) or C(-vvv)
"""

from ansible_collections.bytewire.devices.plugins.module_utils._capability import send
from ansible_collections.bytewire.devices.plugins.module_utils._module import Module, run_module


def main() -> None:
    module = Module(supports_check_mode=True, **send.SPEC)
    run_module(module, send.run)


if __name__ == "__main__":
    main()

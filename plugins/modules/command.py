#!/usr/bin/python
# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: command
short_description: Send commands in text to a device, and read the reply to each
version_added: 1.1.0
description:
  - Sends C(ESC), the command and C(CR), and reads a reply that ends with C(NUL), unless the model or the task says otherwise.
  - >-
    A command is sent at most once. Where its reply is lost after it left, the task fails with kind V(unverified): whether it was done is
    not known. Connecting, and the query of O(unless), are tried again as O(retries) says.
  - Several commands go over one connection, in order, each when the one before it was answered. After a failure no more are sent.
  - >-
    What would end a command early, and so begin a second one, is refused before anything is sent: the terminator, C(NUL), C(ESC) and
    every other control character but the tab. Bytes 80 to FF are the characters U+0080 to U+00FF, in commands and in replies.
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
      - Name of the profile, or a profile itself as a dictionary. Its key C(command) says how a command and its reply are framed.
      - V(esc_cr) is C(ESC), command, C(CR), a reply up to C(NUL), and port 9100. A profile without C(command) is spoken to in the same way.
      - Inventory variable C(bytewire_model).
    type: raw
    default: esc_cr
  command:
    description:
      - >-
        One command, without what frames it. Words that YAML reads as a boolean, such as C(off), and numbers are refused unless they are in quotes.
      - Inventory variable C(bytewire_command).
      - Exactly one of O(command) and O(commands) is needed; what the task gives goes before what the inventory gives.
    type: raw
  commands:
    description:
      - Several commands, each with the patterns of its own reply.
      - Inventory variable C(bytewire_commands).
    type: list
    elements: dict
    suboptions:
      command:
        description:
          - The command, as in O(command).
        type: raw
        required: true
      expect:
        description:
          - As O(expect), for this command; O(expect) unless given.
        type: raw
      refuse:
        description:
          - As O(refuse), for this command; O(refuse) unless given.
        type: raw
  prefix:
    description:
      - Text before each command. Escapes are C(\r), C(\n), C(\t), C(\0), C(\e) (C(ESC)), C(\a), C(\\) and C(\xNN); an empty text is allowed.
      - >-
        The model's own unless given, or else C(\e). A real control character, as YAML makes it of an escape in double quotes, means the same.
      - >-
        It takes the place of that text alone; the refusals of the model, and what else stands in its messages, stay. Where the model has more than
        text in that place, such as a unit or a checksum, or wraps its messages in a frame, it is refused. That holds for O(terminator) and
        O(reply_until) too.
      - Inventory variable C(bytewire_prefix).
    type: raw
  terminator:
    description:
      - Text behind each command, with the escapes of O(prefix). The model's own unless given, or else C(\r).
      - In the form C(key=value) it must be in quotes, C(terminator='\r'), for Ansible takes white space away from a bare value.
      - Inventory variable C(bytewire_terminator).
    type: raw
  reply_until:
    description:
      - Text that ends a reply, with the escapes of O(prefix). The model's own unless given, or else C(\0).
      - >-
        With an empty text the reply ends after O(idle) seconds of silence, or when the device closes the connection behind it. A connection that
        is reset ends no reply: it is lost.
      - Inventory variable C(bytewire_reply_until).
    type: raw
  idle:
    description:
      - Seconds of silence that end a reply, 0.001 to 3600 and less than O(timeout), also a reply of which the end has not come. The first
        byte is awaited for O(timeout).
      - Unless given, only O(reply_until) ends a reply. Where that is empty, the seconds of the model do, or else 0.5, or half of O(timeout) where
        that is less.
      - Inventory variable C(bytewire_idle).
    type: float
  longest:
    description:
      - Bytes of a reply at most, what ends it included, 1 to 16777216. A longer one is refused with kind V(bad_reply).
      - Inventory variable C(bytewire_longest).
    type: int
    default: 65536
  answered:
    description:
      - V(false) for commands that are never answered. Nothing is awaited then, and RV(reply) is null.
      - Inventory variable C(bytewire_answered).
    type: bool
    default: true
  expect:
    description:
      - Regular expression that is searched in each reply. Where it is not found the task fails with kind V(bad_reply).
      - A pattern that computes for more than a second, as C((a+)+) can, is ended, and the task fails with kind V(bad_reply). This holds for O(refuse) and
        O(unless.reply) too.
      - As with O(command), words that YAML reads as a boolean, and numbers, are refused unless they are in quotes; so in all other texts here.
      - Inventory variable C(bytewire_expect).
    type: raw
  refuse:
    description:
      - Regular expression that is searched in each reply before O(expect). Where it is found the task fails with kind V(refused).
      - Inventory variable C(bytewire_refuse).
    type: raw
  unless:
    description:
      - A query that is sent first, also in check mode. Where its reply matches, the commands are not sent and nothing is changed.
      - Inventory variable C(bytewire_unless).
    type: dict
    suboptions:
      command:
        description:
          - The query, as in O(command). It must change nothing, for it may be sent again.
        type: raw
        required: true
      reply:
        description:
          - Regular expression that is searched in the reply to the query.
        type: raw
        required: true
seealso:
  - module: bytewire.devices.send
"""

EXAMPLES = r"""
- name: Ask a field unit on port 9100 for its state
  bytewire.devices.command:
    host: 192.168.0.200
    model: esc_cr
    command: STATUS
    expect: ^READY
  register: unit

- name: Show the reply
  ansible.builtin.debug:
    msg: "{{ unit.reply }}"

- name: Wake the unit up unless it is ready
  bytewire.devices.command:
    host: 192.168.0.200
    model: esc_cr
    command: WAKE
    unless:
      command: STATUS
      reply: ^READY

- name: Several commands over one connection, each with its own expectation
  bytewire.devices.command:
    host: 192.168.0.200
    model: esc_cr
    commands:
      - command: LOAD 3
        expect: ^OK
      - command: STATUS
        expect: READY
    refuse: ^(ERR|NAK)

- name: A device that takes lines, and ends its replies with silence alone
  bytewire.devices.command:
    host: 192.168.0.200
    model: esc_cr
    command: STATUS
    prefix: '\e'
    terminator: '\r'
    reply_until: ''
    idle: 0.2
"""

RETURN = r"""
model:
  description: The profile that was used.
  type: str
  returned: success
  sample: esc_cr
reply:
  description:
    - The reply to the last command, or to the query of O(unless) where no command was sent, without the text that ends it and without
      white space and C(NUL) around it.
    - Null where nothing was asked or nothing is answered.
  type: str
  returned: success
  sample: READY
replies:
  description: Each command that was sent and answered, in order; in a failure those up to there.
  type: list
  elements: dict
  returned: once a connection was tried
  sample: [{"command": "STATUS", "reply": "READY"}]
  contains:
    command:
      description: The command.
      type: str
    reply:
      description: Its reply, or null where none is awaited.
      type: str
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

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command
from ansible_collections.bytewire.devices.plugins.module_utils._module import Module, run_module


def main() -> None:
    module = Module(supports_check_mode=True, **command.SPEC)
    run_module(module, command.run)


if __name__ == "__main__":
    main()

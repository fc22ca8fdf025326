#!/usr/bin/python
# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: monitor
short_description: Tell what changed at devices since the last time
version_added: 2.0.0
description:
  - Compares what devices told, as M(bytewire.devices.fleet) or M(bytewire.devices.device_info) returned it, with what they told the last time, and
    tells the changes, each of them once, in one mail for all.
  - >-
    A change is a device that cannot be read any more, or can again; a relay or a setting that reads otherwise; what the device says of itself (C(status),
    C(error), a digital input); and a reading that crosses a limit. Other numbers are no changes. What is C(unknown), and a power that is C(warming) or
    C(cooling), is none yet.
  - A host that is seen for the first time is no change, unless it cannot be read. What became of hosts that were not asked stays as it was.
  - Keeps state and history in O(directory), and writes metrics for Prometheus and a page for a browser.
  - Reads no device. Playbook C(bytewire.devices.monitor) does both.
author:
  - The bytewire.devices developers (@bytewire)
extends_documentation_fragment:
  - bytewire.devices._attributes
attributes:
  action:
    details:
      - It has no other part; under C(delegate_to) it runs on the controller all the same.
  check_mode:
    support: full
    details:
      - Compares and returns what it would tell. Nothing is written or mailed.
  diff_mode:
    support: none
  async:
    support: none
options:
  results:
    description:
      - What a task of M(bytewire.devices.fleet) with C(device_info), or one of M(bytewire.devices.device_info), returned, as it was registered, with C(loop)
        or without, or a list of such results.
      - Without it the other options are looked at, so that what is wrong in them is told before anything is read.
    type: raw
  hosts:
    description:
      - The hosts that should have been read. That one of them has no result is no change.
    type: list
    elements: str
    default: []
  directory:
    description:
      - A folder for C(state.json), C(history.jsonl) (a change a line), C(readings.jsonl) (a run a line), C(index.html) and C(spool), the mails that could
        not be delivered yet. It is made for its owner alone.
      - One run at a time uses it; another waits for up to 60 seconds, and then fails with kind C(busy).
    type: path
    required: true
  limits:
    description:
      - For names of readings what they are at C(least) and at C(most), or null for none.
    type: dict
    default: {}
  host_limits:
    description:
      - For names of hosts limits that go before O(limits).
    type: dict
    default: {}
  remind:
    description:
      - Hours after which it is told again that a device is still gone, or a reading over its limit. V(0) is never.
    type: float
    default: 0
  journal:
    description:
      - The journal of the tasks that switch, see option C(journal) of M(bytewire.devices.relay). What one of its lines explains is not mailed; what none
        explains is told as done by somebody else.
    type: path
  mail:
    description:
      - How to send the mail, with options of M(bytewire.devices.mail). Without it, or if it is empty, changes are returned, and count as told.
    type: dict
    suboptions:
      host:
        description: As there.
        type: str
        required: true
      port:
        description: As there.
        type: int
      encryption:
        description: As there.
        type: str
        choices: [none, starttls, tls]
        default: starttls
      validate_certs:
        description: As there.
        type: bool
        default: true
      ca_path:
        description: As there.
        type: path
      username:
        description: As there.
        type: str
      password:
        description: As there.
        type: str
      allow_plaintext_login:
        description: As there.
        type: bool
        default: false
      sender:
        description: As there.
        type: str
        required: true
        aliases: [from]
      to:
        description: As there.
        type: list
        elements: str
        default: []
      cc:
        description: As there.
        type: list
        elements: str
        default: []
      bcc:
        description: As there.
        type: list
        elements: str
        default: []
      timeout:
        description: As there.
        type: float
        default: 60
      subject_prefix:
        description: What to put before the subject.
        type: str
  templates:
    description:
      - A folder with templates that are used in place of C(report.txt.j2) and C(mail.html.j2) of role C(bytewire.devices.notify).
    type: path
  metrics:
    description:
      - A file with the ending C(.prom), in the text format of Prometheus, for the collector of text files of node_exporter.
    type: path
  page:
    description:
      - The page for a browser. Unless given, C(index.html) in O(directory).
    type: path
  most_lines:
    description:
      - How many lines the history has at most, and so the readings, 100 to 10000000. The newest stay.
    type: int
    default: 10000
  most_bytes:
    description:
      - How many bytes each of the two has at most, 100000 to 1000000000.
    type: int
    default: 10000000
seealso:
  - module: bytewire.devices.device_info
  - module: bytewire.devices.fleet
  - module: bytewire.devices.mail
"""

EXAMPLES = r"""
- name: Read all boards
  bytewire.devices.fleet:
    module: device_info
    hosts: "{{ groups.boards }}"
  register: boards
  failed_when: false

- name: Tell what changed
  bytewire.devices.monitor:
    results: "{{ boards }}"
    hosts: "{{ groups.boards }}"
    directory: ~/.local/state/bytewire/monitor
    limits:
      battery_charge: {least: 20}
    mail:
      host: mail.example.org
      from: monitor@example.org
      to: [ann@example.org]
"""

RETURN = r"""
changes:
  description:
    - What this run told, or would tell, and what the journal explains. Of each C(host), C(kind) (C(gone), C(back), C(switched), C(status), C(limit),
      C(within)), C(name), C(was), C(is), C(words), C(detail), C(by), C(time), and whether it is a reminder, C(again).
  type: list
  elements: dict
  returned: success
  sample: [{"host": "garage", "kind": "switched", "name": "relay 2", "was": "off", "is": "on", "words": "relay 2 was switched on"}]
subject:
  description: The subject of the mail, or an empty text.
  type: str
  returned: success
  sample: "2 changes: tv017 does not answer, tv020 is back (gone for 12 min)"
text:
  description: What changed, as lines for people.
  type: list
  elements: str
  returned: with O(results)
numbers:
  description: How many C(devices) were to be read, were C(read), C(failed), and how many C(changes) this run found.
  type: dict
  returned: with O(results)
  sample: {"devices": 304, "read": 299, "failed": 5, "changes": 2}
message_id:
  description: The C(Message-ID) of the mail.
  type: str
  returned: where one was sent
delivered:
  description: Who the server took it for.
  type: list
  elements: str
  returned: where one was sent
sent_from_spool:
  description: The mails of earlier runs that were delivered.
  type: list
  elements: str
  returned: with O(mail)
left_in_spool:
  description: How many mails a later run has to deliver.
  type: int
  returned: with O(mail)
error:
  description: >-
    What kind of failure and where, C(kind) and C(stage); C(outcome) is V(nothing) where nobody was told anything, and V(unknown) where a mail went to some.
    What could not be told the next run tells.
  type: dict
  returned: failure
  sample: {"kind": "busy", "stage": "lock", "outcome": "nothing"}
"""

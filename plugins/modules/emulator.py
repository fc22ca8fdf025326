#!/usr/bin/python
# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: emulator
short_description: Emulate devices and a mail server, to try playbooks against
version_added: 1.0.0
description:
  - Starts or stops one process on the controller, which answers on one address or many as the devices of a profile would.
  - What it says follows from the profile that the other modules use. It shows whether a playbook is right, not whether a profile is.
  - It listens on addresses of loopback alone, unless O(expose) says otherwise.
author:
  - The bytewire.devices developers (@bytewire)
extends_documentation_fragment:
  - bytewire.devices._attributes
attributes:
  check_mode:
    support: full
    details:
      - Tells whether a process would be started or stopped.
  diff_mode:
    support: none
options:
  state:
    description:
      - V(started) makes sure that the process of this O(name) runs as the options say. If it runs with others it is started anew, and forgets
        the states of its devices. Hosts of an inventory that ask for the same process, as relays of one board do, share it.
      - V(stopped) makes sure that it does not run. The profile is not read for that.
      - V(changed) makes the devices of the running process what O(change) says.
      - V(called) makes them connect to O(call.port) and send a message.
    type: str
    choices: [started, stopped, changed, called]
    default: started
  name:
    description:
      - What the process is called, here and in C(~/.ansible/bytewire/emulator), where its state file and its log are.
      - Unless given, the model, O(host) and O(port), joined by C(-). V(stopped) needs the same ones again.
    type: str
  model:
    description:
      - Name of the profile to emulate, or a profile as a dictionary. It cannot be V(auto).
      - Inventory variable C(bytewire_model).
      - Either this or O(mail) must be given, or both.
    type: raw
  host:
    description:
      - The address to listen on, of loopback.
      - Inventory variable C(bytewire_host), then C(ansible_host).
    type: str
    default: 127.0.0.1
  port:
    description:
      - The port to listen on, 1 to 65535. The profile's own unless given.
      - Inventory variable C(bytewire_port), then C(ansible_port).
    type: int
  hosts:
    description:
      - Names of hosts of the inventory whose devices are emulated by one process, each at the address and port, as the model, and with the password
        and the unit that its own variables say.
      - Unless given, all hosts of the play, whatever C(serial) says, where the task has C(run_once=true), and else the task's own host alone.
      - What the task itself says is for all of them, and templates in it are rendered once. Hosts that are relays of one board, with one address, are one
        device. Unless O(name) is given, the process is called after the first host; V(stopped) needs the same hosts, or the name.
    type: list
    elements: str
    version_added: 2.0.0
  count:
    description:
      - How many devices to emulate, on as many addresses in a row, O(host) the first. Each has a state of its own. 1 to 65536. Not with O(hosts).
    type: int
    default: 1
  expose:
    description:
      - Allow addresses that other machines can reach.
    type: bool
    default: false
  password:
    description:
      - The password that the devices want, where the profile has one.
      - Inventory variable C(bytewire_password).
    type: str
  unit:
    description:
      - The number of the unit that answers, 0 to 65535, for profiles that have units. The profile's default unless given.
      - Inventory variable C(bytewire_unit).
    type: int
    version_added: 1.1.0
  tls:
    description:
      - Speak TLS, as devices with the transport V(tls) do.
    type: dict
    version_added: 1.1.0
    suboptions:
      certificate:
        description: The certificate, with those between it and its authority, as a PEM file.
        type: path
        required: true
      key:
        description: The certificate's key, as a PEM file without a password.
        type: path
        required: true
      ca_path:
        description: Demand a certificate of the client, issued by one of the authorities in this PEM file.
        type: path
  latency:
    description:
      - Seconds until a request is served, 0 to 3600.
    type: float
    default: 0.0
  lifetime:
    description:
      - Seconds after which the process ends by itself, 0.001 to 31536000, so that nothing is left behind where nobody can stop it. Unless given, it lives on.
    type: float
  initial:
    description:
      - The state that each device begins with. C(relays) lists the numbers of the coils that are on, C(inputs) those of active inputs,
        C(analogue) is a dictionary of number and value, C(mac) six bytes such as V('00:04:a3:12:34:56'), C(settings) one of setting and value,
        C(replies) one of command and answer (others are answered V(OK)). With C(echo) each request is repeated before its reply. Other keys are
        values of the profile's replies, such as C(supply_voltage). What a reply could not tell is refused.
      - Three keys are seconds, unless a reply of the profile has a field of that name. C(transition) is how long a setting that was set reads as on the
        way, where the profile names such states (C(transient)); C(busy) how long, from the first request on, the device answers the profile's C(busy)
        and does nothing; C(reconnect) how long after the end of a connection new ones are turned away.
      - C(rounding) is by how much less a setting reads than it was set, where its numbers need not be whole.
    type: dict
  change:
    description:
      - With O(state=changed), what becomes different on each device of the process, as an input does that somebody closes. The keys are those of
        O(initial); what they do not name stays. C(inputs) set to V([2]) makes input 2 active and the others inactive.
    type: dict
    version_added: 1.1.0
  call:
    description:
      - With O(state=called), what each device of the process says, from its own address, to whoever listens there.
    type: dict
    version_added: 1.1.0
    suboptions:
      host:
        description: The address to call, of loopback unless O(expose) says otherwise.
        type: str
        default: 127.0.0.1
      port:
        description: The port to call, 1 to 65535.
        type: int
        required: true
      message:
        description: Which request of the profile to send. V(info.) may be left out.
        type: str
        default: command
      fields:
        description: The values in it by name, such as the text of C(command).
        type: dict
      timeout:
        description: Seconds, 0.001 to 3600, to wait for the connection, and for the reply if the profile has one.
        type: float
        default: 3.0
  discovery:
    description:
      - Answer those who ask by broadcast who is out there, as Devantech boards do (UDP port 30303); inventory plugin
        P(bytewire.devices.discover#inventory) finds the board then. On loopback it needs C(interfaces=[lo]).
      - Of O(initial) it takes C(host_name), C(mac) and C(announces), V(harmony) or V(mla), the older form of the answer.
    type: bool
    default: false
    version_added: 1.1.0
  journal:
    description:
      - A file to which every connection, every request, every reply, every change of a relay and every call is added, one JSON object a line.
        Passwords are masked.
    type: path
  faults:
    description:
      - What shall go wrong. The first that fits a request strikes.
    type: list
    elements: dict
    suboptions:
      fault:
        description:
          - What goes wrong.
          - V(silent) does nothing and answers nothing.
          - V(drop_reply) does it and answers nothing.
          - V(slow) does it and answers late, after O(faults[].seconds).
          - V(close_before_reply) does it and closes without an answer.
          - V(close_after_reply) does it, answers and closes.
          - V(garbage) does nothing and answers bytes that are no reply.
          - V(partial_reply) does it and answers all but the last byte.
          - V(refuse) does nothing and answers the refusal.
          - V(wrong_reply) does it and answers a byte that is no acknowledgement.
          - V(lie) does nothing and acknowledges.
          - V(early_close) acts 50 ms later, and not at all if the connection is closed by then.
          - V(full) accepts connections and stays mute, as with all of its connections taken.
        type: str
        required: true
        choices:
          - close_after_reply
          - close_before_reply
          - drop_reply
          - early_close
          - full
          - garbage
          - lie
          - partial_reply
          - refuse
          - silent
          - slow
          - wrong_reply
      "on":
        description:
          - The requests that it strikes, by their names in the profile, such as V(relays.read) or in short V(read), V(on), V(off), V(pulse),
            V(identify). A name that fits no request of the profile is refused. V(on) and V(off) may stand without quotes, here and as the key.
          - Unless given, V(drop_reply), V(refuse), V(wrong_reply), V(lie) and V(early_close) strike what switches, the others every request
            but identification and login.
        type: list
        elements: str
      times:
        description:
          - How many requests it strikes on each device, 0 to 1000000. Unless given, all.
        type: int
      seconds:
        description:
          - How late a V(slow) answer is, 0 to 3600.
        type: float
        default: 5.0
  mail:
    description:
      - A mail server that keeps what it gets and sends nothing on. It needs the Python package C(aiosmtpd).
    type: dict
    suboptions:
      host:
        description:
          - The address to listen on, of loopback.
        type: str
        default: 127.0.0.1
      port:
        description:
          - The port to listen on, 1 to 65535.
        type: int
        required: true
      directory:
        description:
          - Where each message becomes a file, C(000001.eml) and so on. It is made if it is missing.
        type: path
        required: true
      tls:
        description:
          - V(starttls) wants C(STARTTLS) before anything else, V(tls) speaks TLS from the first byte.
        type: str
        choices: [none, starttls, tls]
        default: none
      certificate:
        description:
          - The server's certificate, a PEM file. Needed unless O(mail.tls=none).
        type: path
      key:
        description:
          - Its key, where the file O(mail.certificate) does not contain it.
        type: path
      username:
        description:
          - Take messages only after a login as this user.
        type: str
      password:
        description:
          - The password of O(mail.username).
        type: str
      refuse:
        description:
          - Recipients to refuse.
        type: list
        elements: str
        default: []
notes:
  - Runs on the controller alone, and is refused with C(delegate_to).
  - Needs the C(/proc) file system of Linux.
  - Relative paths begin at the current directory of Ansible.
  - A process goes on when the playbook ends. Stop it in an C(always) section.
seealso:
  - module: bytewire.devices.relay
  - module: bytewire.devices.mail
"""

EXAMPLES = r"""
- name: Emulate a relay board whose relay 2 is on, and write down what it hears
  bytewire.devices.emulator:
    model: eth008
    host: 127.0.0.8
    initial: {relays: [2]}
    journal: /tmp/eth008.journal

- name: Emulate 300 of them that acknowledge the first two commands and do nothing
  bytewire.devices.emulator:
    name: many
    model: eth008
    host: 127.1.0.1
    count: 300
    faults: [{fault: lie, times: 2}]

- name: Emulate the devices of all hosts of the play
  bytewire.devices.emulator:
    name: rehearsal
  run_once: true

- name: Emulate a display that is busy for the first 5 seconds, and turns away who connects anew within one
  bytewire.devices.emulator:
    name: slow
    model: lg
    port: 20023
    initial: {busy: 5, reconnect: 1}

- name: Close the contact at input 3 of a board that runs, as a door would
  bytewire.devices.emulator:
    name: garage
    state: changed
    change: {inputs: [3]}

- name: Let a field unit call
  bytewire.devices.emulator:
    name: unit
    state: called
    call: {port: 9101, fields: {command: BUFFER FULL}}

- name: Emulate a mail server
  bytewire.devices.emulator:
    name: mail
    mail:
      port: 2525
      directory: /tmp/mails

- name: Stop it
  bytewire.devices.emulator:
    name: mail
    state: stopped
"""

RETURN = r"""
name:
  description: What the process is called.
  type: str
  returned: always
  sample: eth008-127.0.0.8
pid:
  description: The process, or null if it does not run.
  type: int
  returned: always
  sample: 4711
addresses:
  description: The address and port of each device.
  type: list
  elements: str
  returned: with O(state=started)
  sample: ["127.0.0.8:17494"]
journal:
  description: The journal, or null.
  type: str
  returned: with O(state=started)
  sample: /tmp/eth008.journal
calls:
  description: Each call, and the fields of its reply, null if none came.
  type: list
  version_added: 1.1.0
  elements: dict
  returned: with O(state=called)
  sample: [{"device": "127.0.0.8:9100", "reply": {"reply": "OK"}}]
mail:
  description: Where the mail server listens and keeps messages.
  type: dict
  returned: with O(state=started) and O(mail)
  sample: {"host": "127.0.0.1", "port": 2525, "directory": "/tmp/mails"}
error:
  description: >-
    What kind of failure and where, C(kind) and C(stage), and whether what was asked for happened, C(outcome), which is V(nothing), V(done) or V(unknown).
  type: dict
  returned: failure
  sample: {"kind": "unreachable", "stage": "start", "outcome": "nothing"}
"""

#!/usr/bin/python
# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mail
short_description: Send one mail message, and keep it if it cannot be sent
version_added: 1.0.0
description:
  - Hands one message, as text, HTML or both, to a mail server (SMTP).
  - Encryption is what O(encryption) says and never less. A server that cannot do it gets neither the message nor the password.
  - A recipient that the server refuses fails the task and is listed; the other recipients get the message all the same, once.
  - Addresses with letters beyond ASCII before the C(@) need a server that offers SMTPUTF8. With another server such recipients count as
    refused for good. The others get the message, in whose headers these addresses are text that cannot be answered to.
  - With O(spool), a message that could not be delivered is kept, and sent by the next run with the same spool.
  - The message is sent by the controller, without a connection to the host; with C(delegate_to), by that host. Where the connection to it breaks
    and ssh tries again (C(ansible_ssh_retries)), the message is sent once all the same.
  - >-
    C(until) sends a message anew. C(until: result is succeeded or result.error.outcome != 'nothing') does so only where nobody got it; with O(spool) leave
    C(until) out, since what is kept would be sent besides.
author:
  - The bytewire.devices developers (@bytewire)
extends_documentation_fragment:
  - bytewire.devices._attributes
attributes:
  check_mode:
    support: full
    details:
      - The message is built and returned as RV(message). No connection is made and nothing is written to the spool.
  diff_mode:
    support: none
  async:
    support: none
options:
  host:
    description:
      - The mail server, as a name or an address. This is not the host of the inventory. The addresses of a name are tried in turn.
      - An IPv6 address, with or without brackets; a link-local one with its zone, as in V(fe80::1%eth0).
      - With TLS the server's certificate must be for this name or address.
    type: str
    required: true
  port:
    description:
      - The server's TCP port.
      - If not given, it follows from O(encryption), V(587) for V(starttls), V(465) for V(tls) and V(25) for V(none).
    type: int
  encryption:
    description:
      - V(starttls) begins in clear text and goes on with TLS before anything is told. If the server does not offer it, the task fails.
      - V(tls) speaks TLS from the first byte.
      - V(none) sends everything in clear text, and is for a server on this machine or in a network that is trusted.
      - There is no fallback from one to another. TLS is version 1.2 or later.
    type: str
    choices: [none, starttls, tls]
    default: starttls
  validate_certs:
    description:
      - Whether the server's certificate must be valid, for O(host), and signed by a known authority.
      - If V(false), anybody on the way can read the message and the password.
    type: bool
    default: true
  ca_path:
    description:
      - A file of PEM certificates, or a directory prepared by C(openssl rehash), of the authorities to trust instead of the system's.
    type: path
  username:
    description:
      - Log in as this user, by the method C(PLAIN) or C(LOGIN).
    type: str
  password:
    description:
      - The password of O(username). It is kept neither in the spool nor in any result, however the server spells it.
      - Text. A number or a boolean is refused, for YAML makes 83 of C(0123) and true of C(on) without quotes.
    type: str
  allow_plaintext_login:
    description:
      - Allow O(username) and O(password) with O(encryption=none), readable for everybody on the way.
    type: bool
    default: false
  sender:
    description:
      - Who sends, as V(user@example.org) or V(A Name <user@example.org>). Errors are returned to this address.
    type: str
    required: true
    aliases: [from]
  to:
    description:
      - Recipients, written like O(sender).
      - Write a YAML list where a name contains a comma, since a plain string is split at its commas.
      - At least one recipient is needed in O(to), O(cc) and O(bcc) together. Who is named more than once gets the message once.
    type: list
    elements: str
    default: []
  cc:
    description:
      - Further recipients, visible to all.
    type: list
    elements: str
    default: []
  bcc:
    description:
      - Further recipients, whom no header names.
    type: list
    elements: str
    default: []
  subject:
    description:
      - The subject, one line. A line break or another control character, here, in an address or in a header, is refused.
    type: str
    required: true
  body:
    description:
      - The message as plain text. Without O(body) and O(html) the text is empty.
    type: str
  html:
    description:
      - The message as HTML. With O(body), mail programs show whichever they prefer.
    type: str
  attachments:
    description:
      - What to attach. A string is the path of a file on the machine that sends, of 64 MiB at most.
      - A dictionary has either C(path) or C(content) (text, sent as UTF-8), and may have C(name), the file name to show (needed with
        C(content)), and C(type), the media type, such as V(text/csv), otherwise guessed from the name.
    type: list
    elements: raw
    default: []
  headers:
    description:
      - Further headers. A list as value makes the header appear several times.
      - Headers that have an option, and those that describe the parts, cannot be given.
      - Unless given here, C(Auto-Submitted) is V(auto-generated), so that no absence note is sent back.
    type: dict
    default: {}
  timeout:
    description:
      - Seconds for the whole delivery, 0.001 to 3600, from connecting to the server's last word.
      - Each message of the spool has as many seconds. A run waits at most as long for another run that uses the same spool.
      - The time the operating system takes to look up a name is not bounded by this.
    type: float
    default: 60
  spool:
    description:
      - A directory, on the machine that sends, for messages that could not be delivered. It is made, with mode 0700, if it is missing;
        it must belong to the user who sends and be writable by nobody else, otherwise nothing is sent.
      - If nothing can be kept there (a full or a read-only disk), the message is sent all the same, with a warning.
      - A message is written there before it is sent and removed when the server has taken it. If delivery fails the task fails, and the
        message stays, as an C(.eml) file with its envelope in the first lines.
      - Each run sends what waits there first, oldest first, with its own O(host) and login, and then its own message. Two runs at once
        take turns.
      - Recipients refused for good (SMTP 5xx) are not tried again. Their copy is moved to C(rejected) in the spool. Recipients refused for
        now (4xx) wait alone, those who got the message do not get it again.
      - If the answer to a complete message never came, or the process died at that moment, the message is sent once more, with the same
        C(Message-ID), and might arrive twice. If that happens again it is moved to C(unconfirmed) in the spool.
      - To send a moved message again, move it back.
      - Without O(spool) a message that could not be delivered is not kept.
    type: path
  trace:
    description:
      - Return every command and answer in RV(trace), without passwords. So does verbosity 3.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Say that the disk is off
  bytewire.devices.mail:
    host: mail.example.org
    username: garage
    password: "{{ vault_mail_password }}"
    from: Garage <garage@example.org>
    to: ann@example.org
    subject: External WD USB disk is powered off
    body: Relay 2 of the board in the garage is off, and was read back.
    spool: ~/.ansible/bytewire/mail

- name: Send a report as text, HTML and CSV through a server with a certificate of our own authority
  bytewire.devices.mail:
    host: mail.lab.example.org
    encryption: tls
    ca_path: /etc/ssl/lab-ca.pem
    sender: reports@lab.example.org
    to:
      - '"Weiß, Jörg" <joerg@lab.example.org>'
    bcc:
      - archive@lab.example.org
    subject: 304 televisions
    body: 303 are off, 1 did not answer.
    html: <p>303 are off, <b>1 did not answer</b>.</p>
    attachments:
      - name: televisions.csv
        content: "{{ lookup('ansible.builtin.template', 'televisions.csv.j2') }}"
      - /var/log/televisions.log
    headers:
      Reply-To: operators@lab.example.org

- name: Send through the mail server of this machine
  bytewire.devices.mail:
    host: localhost
    encryption: none
    sender: root
    to: root
    subject: Relay board restarted
"""

RETURN = r"""
message_id:
  description: The C(Message-ID) of the message.
  returned: when the options are valid
  type: str
  sample: <176377161234.4711.8237498723@example.org>
delivered:
  description:
    - The recipients for whom the server took the message, as plain addresses, whether from O(to), O(cc) or O(bcc).
    - Empty in check mode.
  returned: when the options are valid
  type: list
  elements: str
  sample: [ann@example.org]
refused:
  description: The recipients whom the server refused, each with what it answered.
  returned: when the options are valid
  type: dict
  sample: {"bob@example.org": "550 5.1.1 User unknown"}
spooled:
  description: The file in the spool that a later run sends, or null.
  returned: when the options are valid
  type: str
  sample: /home/ann/.ansible/bytewire/mail/01763771612345678901-9f1c2d3e.eml
sent_from_spool:
  description: The files of earlier runs that this run delivered.
  returned: when the options are valid
  type: list
  elements: str
  sample: []
left_in_spool:
  description: How many messages, this one included, a later run has to send.
  returned: when the options are valid
  type: int
  sample: 0
set_aside:
  description: The files that this run moved to C(rejected) or C(unconfirmed) in the spool, where no later run sends them.
  returned: when the options are valid
  type: list
  elements: str
  sample: []
message:
  description: The message as it would be sent, at most its first 64 KiB, with line feeds as line ends.
  returned: in check mode
  type: str
trace:
  description: What was said, with the stage, the command sent, the answer received and the time this took in milliseconds.
  returned: with O(trace) or verbosity 3
  type: list
  elements: dict
  sample: [{"stage": "sender", "sent": "MAIL FROM:<a@example.org>", "received": "250 OK", "ms": 1}]
error:
  description:
    - The C(kind) of the failure, the C(stage) in which it happened, and the C(outcome), V(nothing) where nobody got the message, and else V(unknown).
    - Stages are C(options), C(attachments), C(resolve), C(connect), C(greeting), C(tls), C(login), C(sender), C(recipients), C(data)
      and C(spool).
    - C(unverified) means that the whole message was handed over, but the server's answer did not come.
  returned: on failure
  type: dict
  sample: {"kind": "refused", "stage": "recipients", "outcome": "nothing"}
"""


from ansible_collections.bytewire.devices.plugins.module_utils._capability import mail
from ansible_collections.bytewire.devices.plugins.module_utils._module import Module, run_module


def main() -> None:
    module = Module(supports_check_mode=True, **mail.SPEC)
    run_module(module, mail.run)


if __name__ == "__main__":
    main()

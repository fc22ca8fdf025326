# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A template that a device or the network says stays text, wherever it goes and whichever ansible-core runs."""

from __future__ import annotations

import email
import email.policy
import json
import os

import pytest

from ansible_collections.bytewire.devices.tests.ports import free_port
from ansible_collections.bytewire.devices.tests.real.hostile import PAGE, refuses, tasks
from ansible_collections.bytewire.devices.tests.real.test_discover import VOICES, background, quiet  # noqa: F401, pylint: disable=unused-import
from ansible_collections.bytewire.devices.tests.servers import Line

MARK = f"/tmp/bytewire-{os.getpid()}"  # a whole path, since what runs would run in the folder of its playbook
TEMPLATE = f"{{{{ lookup('pipe', 'touch {MARK}') }}}}"
PLAIN = {"bytewire_model": PAGE, "bytewire_timeout": 0.6, "bytewire_retries": 0, "bytewire_settle": 0, "bytewire_latest": 0.1}

# A result, and what filters make of it, kept as facts and used once more.
USES = [
    {"bytewire.devices.command": {"command": "STATUS"}, "register": "answer"},
    {"bytewire.devices.device_info": {}, "register": "board"},
    {"bytewire.devices.send": {"data": "1B 53 54 41 54 55 53 0D"}, "register": "raw"},
    {"bytewire.devices.command": {"command": "STATUS", "refuse": "pipe"}, "register": "failure", "ignore_errors": True},
    {"ansible.builtin.set_fact": {
        "said": "{{ answer.reply }}", "inside": {"said": ["{{ answer.reply }}"]}, "joined": "of {{ inventory_hostname }}: {{ answer.reply }}",
        "whole": "{{ answer }}", "called": "{{ board.identity.name }}", "why": "{{ failure.msg }}",
        "table": "{{ {inventory_hostname: board} | bytewire.devices.relay_table }}",
        "answers": "{{ {inventory_hostname: answer} | bytewire.devices.result_table({'REPLY': 'reply'}) }}",
        "told": "{{ [dict(answer, host=inventory_hostname), dict(failure, host='x')] | bytewire.devices.report }}",
        "octets": "{{ raw.reply | bytewire.devices.unpack('" + str(len(TEMPLATE)) + "sx') }}"}},
    {"ansible.builtin.set_fact": {
        "of_others": ["{{ {'x': hostvars.board.board} | bytewire.devices.relay_table }}",
                      "{{ [dict(hostvars.board.failure, host='x')] | bytewire.devices.report }}",
                      "{{ {'x': hostvars.board.answer} | bytewire.devices.result_table({'REPLY': 'reply'}) }}",
                      "{{ hostvars.board.raw.reply | bytewire.devices.unpack('" + str(len(TEMPLATE)) + "sx') }}"]}},
    {"ansible.builtin.debug": {"msg": "{{ of_others }}"}},
    {"ansible.builtin.set_fact": {"again": "{{ said }}", "table_again": "{{ table }}", "told_again": "{{ told.text }}"}},
    {"ansible.builtin.debug": {"msg": ["{{ said }}", "{{ inside }}", "{{ joined }}", "{{ whole.reply }}", "{{ called }}", "{{ why }}", "{{ table }}",
                                       "{{ answers }}", "{{ told }}", "{{ octets }}", "{{ again }}", "{{ table_again }}", "{{ told_again }}",
                                       "{{ hostvars[inventory_hostname].said }}", "{{ lookup('vars', 'joined') }}"]}},
]


@pytest.fixture
def device(ansible, closed):
    line = closed(Line(refuses(TEMPLATE.encode())))
    return {"ansible_host": "127.0.0.1", "bytewire_port": line.port}


@pytest.fixture
def executed():
    """Fails the test where the template was executed."""
    yield
    found = os.path.exists(MARK)
    if found:
        os.remove(MARK)
    assert not found


def text_of(done):
    assert "AnsibleUnsafe" not in done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.usefixtures("executed")
def test_in_replies_and_in_what_is_made_of_them(ansible, device):
    ansible.hosts({"board": device}, **PLAIN)
    done = ansible.play(USES)
    assert done.returncode == 0 and text_of(done).count(TEMPLATE) >= 13, done.stdout
    text_of(ansible.play(list(tasks()), "-v"))


@pytest.mark.usefixtures("executed")
def test_in_playbooks_roles_and_mails(ansible, device, emulator):
    pytest.importorskip("aiosmtpd")
    sink = {"port": free_port(), "directory": str(ansible.folder / "mails")}
    emulator("sink", mail=sink)
    ansible.hosts({"board": device}, **PLAIN, notify_mail_host="127.0.0.1", notify_mail_port=sink["port"], notify_mail_encryption="none",
                  notify_mail_from="relays@example.org", notify_mail_to="you@example.org", notify_when="always")

    def play(name, **variables):
        return text_of(ansible.run("ansible-playbook", f"bytewire.devices.{name}", "-e", json.dumps(variables), "-v"))

    assert TEMPLATE in play("command", command="STATUS") and TEMPLATE in play("command", command="STATUS", refuse="pipe")
    assert TEMPLATE in play("status")
    assert TEMPLATE in play("displays", power="7")
    play("switch", relay=1, state="on")
    play("fleet", module="relay", options="relay=1,state=on")
    play("fleet", module="command", options="command=STATUS")
    mail = {"bytewire.devices.mail": {"host": "127.0.0.1", "port": sink["port"], "encryption": "none", "sender": "a@example.org", "to": ["b@example.org"],
                                      "subject": "{{ answer.reply }}", "body": "It said {{ answer.reply }}"}}
    text_of(ansible.play([USES[0], mail]))
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in sorted((ansible.folder / "mails").glob("*.eml"))]
    assert [TEMPLATE in " ".join(mail.get_body(["plain"]).get_content().split()) for mail in mails] == [True] * 4 and mails[3]["subject"] == TEMPLATE


@pytest.mark.usefixtures("executed")
def test_in_a_page_that_is_checked(ansible):
    (ansible.folder / "bytewire_profiles").mkdir()
    page = {key: value for key, value in PAGE.items() if key != "refused"}
    read = {"send": "\\x7b\\x7b r {relay:d1} \\x7d\\x7d\\r", "reply": "{state:word}\\0"}
    pages = {"named": {**page, "name": TEMPLATE}, "sends": {**page, "name": "sends", "relays": {**page["relays"], "read": read}}}
    for name, given in pages.items():
        (ansible.folder / "bytewire_profiles" / f"{name}.yml").write_text(json.dumps(given))
        done = ansible.run("ansible-playbook", "bytewire.devices.check_profile", "-e", f"profile={name}")
        assert done.returncode == 0 and "templating" not in text_of(done) and ("{{ r 1 }}" in done.stdout or name == "named"), done.stdout


DISCOVERED = [
    {"ansible.builtin.set_fact": {"known": "{{ bytewire_host_name }}", "all_of_it": "{{ vars.bytewire_host_name }}", "copy_of_copied": "{{ copied }}",
                                  "of_group": "{{ group_names }}"}},
    {"ansible.builtin.debug": {"msg": ["{{ known }}", "{{ all_of_it }}", "{{ copy_of_copied }}", "{{ of_group }}", "{{ inventory_hostname }}",
                                       "{{ hostvars[inventory_hostname].copied }}", "{{ groups }}", "{{ bytewire_host_name }}"]}},
    {"bytewire.devices.relay": {"relay": 1, "state": "on"}, "ignore_errors": True},
    {"bytewire.devices.fleet": {"module": "ping"}, "run_once": True, "ignore_errors": True},
]


@pytest.mark.usefixtures("quiet", "executed")
def test_in_what_a_board_announces(ansible, background):  # noqa: F811
    """As the name of a board, in variables made of it, and in the names of groups."""
    name = TEMPLATE.encode()
    said = bytes.fromhex("02 0004a3666666 0d0a 04".replace(" ", "")) + name + bytes.fromhex("0d0a 40 13 0d0a 41 0001 0d0a".replace(" ", ""))
    background(VOICES, said=json.dumps([["127.0.0.1", said.hex()]]))
    (ansible.folder / "discover.yml").write_text(json.dumps({
        "plugin": "bytewire.devices.discover", "interfaces": ["lo"], "strict": True, "compose": {"copied": "'named ' ~ bytewire_host_name"},
        "keyed_groups": [{"key": "bytewire_host_name", "prefix": "named"}]}))
    ansible.environment["ANSIBLE_INVENTORY"] = str(ansible.folder / "discover.yml")
    done = ansible.play(DISCOVERED, "-e", json.dumps({"bytewire_timeout": 0.3, "bytewire_retries": 0}))
    assert done.stdout.count(TEMPLATE) >= 5 and f"named {TEMPLATE}" in done.stdout, done.stdout + done.stderr
    text_of(done)
    text_of(ansible.run("ansible-inventory", "--list"))

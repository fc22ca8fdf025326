# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbook fleet: devices behind gateways and in front of them, from the inventory alone, with one report."""

from __future__ import annotations

import email
import email.policy
import json
import sys

import pytest

from ansible_collections.bytewire.devices.tests.guides import blocks, text_of

PORT = 17494


@pytest.fixture
def sites(ansible, emulator, sshd):
    """Three boards reached from here, three from each of two gateways, and two whose gateway is not there."""
    boards = emulator(host="127.9.4.1", port=PORT, count=9)
    gateway = dict(sshd, ansible_python_interpreter=sys.executable, bytewire_model="{{ omit }}")
    dead = {"ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_connection": "ssh"}
    device = [{"ansible_host": f"127.9.4.{number}"} for number in range(1, 10)]
    inventory = {
        "here": {"hosts": {f"here{number}": device[number] for number in range(3)}},
        "site_12": {"hosts": {"site-12": gateway, **{f"tv{number}": device[number] for number in range(3, 6)}}, "vars": {"bytewire_gateway": "site-12"}},
        "site_13": {"hosts": {f"tv{number}": device[number] for number in range(6, 9)}, "vars": {"bytewire_gateway": "{{ 'site-' ~ 13 }}"}},
        "lost": {"hosts": {"lost1": {}, "lost2": {}}, "vars": {"bytewire_gateway": "site-99"}},
        "gateways": {"hosts": {"site-13": gateway, "site-99": dead}},
    }
    ansible.inventory.write_text(json.dumps({"all": {"children": inventory, "vars": {"bytewire_model": "eth008", "bytewire_relays": {"disk": 2}}}}))
    return boards


def run(ansible, *flags):
    return ansible.run("ansible-playbook", "bytewire.devices.fleet", "-e", "target=all", "-e", "module=relay", "-e", "options=relay=disk,state=on",
                       *flags)


def switched(boards):
    return sorted(entry["board"] for entry in boards.journal() if entry["event"] == "in" and entry["bytes"] == "20 02 00")


def addresses(*numbers):
    return [f"127.9.4.{number}:{PORT}" for number in numbers]


def test_each_device_from_where_it_is_reached(ansible, sites):
    done = run(ansible, "-e", "target=all:!lost")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All 9 devices are done, 9 were changed" in done.stdout and "from its place. Devices: 9]" in done.stdout
    for where in ("[here0]", "[tv3 -> site-12(127.0.0.1)]", "[tv6 -> site-13(127.0.0.1)]"):
        assert "changed: " + where in done.stdout
    assert switched(sites) == addresses(*range(1, 10))
    assert "All 9 devices are done, nothing was changed" in run(ansible, "-e", "target=all:!lost").stdout


def test_a_gateway_that_is_not_there(ansible, sites):
    done = run(ansible, "--limit", "lost,tv4,here1,site-12")
    assert done.returncode == 2
    assert "2 of 4 devices failed, 2 were changed" in done.stdout
    assert "\n  lost1, lost2\n" in done.stdout and "The gateway site-99 failed to run fleet" in done.stdout
    assert switched(sites) == addresses(2, 5)


def test_check_mode_switches_nothing(ansible, sites):
    done = run(ansible, "--check", "--limit", "here:site_12")
    assert done.returncode == 0 and "Check: All 6 devices are done, 6 would be changed" in done.stdout, done.stdout
    assert switched(sites) == []


@pytest.mark.parametrize("given, words", [
    ("options={\"relay\": 2}", "'2}' is part of no variable"), ("options={\"relay\":2", "Say what to do: -e module=relay"),
    ("options=2", "Say what to do: -e module=relay"), ("module=relays", "module is 'relays', and may be relay, settings,")])
def test_what_is_no_task_is_refused(ansible, sites, given, words):
    done = run(ansible, "-e", given)
    assert done.returncode == 2 and words in done.stdout, done.stdout
    assert switched(sites) == []


def test_a_wrong_option_is_told_of_every_device(ansible, sites):
    done = run(ansible, "-e", "fleet_concurrency=0", "--limit", "here:site_12")
    assert done.returncode == 2 and "6 of 6 devices were not attempted" in done.stdout and "concurrency is '0'" in done.stdout
    assert switched(sites) == []


def test_nobody(ansible, sites):
    done = run(ansible, "-e", "target=gateways")
    assert done.returncode == 2 and "No host matches target 'gateways'. The inventory has the groups " in done.stdout


def test_the_mail_of_many(ansible, emulator, free_port):
    """Text, HTML, and all devices as an attachment, as a mail program reads them."""
    mails, port = ansible.folder / "mails", free_port("127.9.4.1")
    emulator(host="127.9.5.1", port=PORT, count=101, mail={"host": "127.9.4.1", "port": port, "directory": str(mails)})
    hosts = {f"tv{number}": {"ansible_host": f"127.9.5.{number}"} for number in range(1, 103)}
    ansible.hosts(hosts, bytewire_model="eth008", bytewire_relays={"disk": 2}, notify_mail_host="127.9.4.1", notify_mail_port=port,
                  notify_mail_encryption="none", notify_mail_from="relays@example.org", notify_mail_to="ann@example.org")
    done = run(ansible)
    assert done.returncode == 2 and "1 of 102 devices failed, 101 were changed" in done.stdout, done.stdout
    mail, = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in mails.glob("*.eml")]
    assert mail["subject"] == "1 of 102 devices failed, 101 were changed"
    text, page = (mail.get_body([kind]).get_content() for kind in ("plain", "html"))
    for part in (text, page):
        assert "Cannot be reached (1)" in part and "tv100 and 1 more" in part
    attached, = mail.iter_attachments()
    assert attached.get_filename() == "devices.csv" and attached.get_content_type() == "text/csv"
    rows = attached.get_content().splitlines()
    assert len(rows) == 103 and rows[101] == '"tv101","changed","relay 2 (disk): on, was off","","","eth008","","on","off"'
    assert rows[102].startswith('"tv102","failed","","unreachable",')


@pytest.fixture
def guide(ansible):
    """The plays of docs/scale.md, as files."""
    plays = [block for block in blocks(text_of("docs", "scale.md"), "yaml") if block.startswith("- name: ")]
    paths = [ansible.folder / (f"guide{number}.yml") for number in range(len(plays))]
    for path, play in zip(paths, plays):
        path.write_text(play)
    return paths


def test_the_guide_on_one_machine(ansible, emulator, guide):
    displays = emulator(model="lg", host="127.9.8.1", count=3, initial={"settings": {"power": "on"}})
    hosts = {f"tv{number}": {"ansible_host": f"127.9.8.{number}"} for number in range(1, 5)}
    ansible.inventory.write_text(json.dumps({"tvs": {"hosts": hosts, "vars": {"bytewire_model": "lg", "bytewire_port": displays.port}}}))
    done = ansible.run("ansible-playbook", guide[0])
    assert done.returncode == 2 and "1 of 4 devices failed, 3 were changed" in done.stdout and "power: off, was on (3)" in done.stdout, done.stdout


def test_the_guide_on_gateways(ansible, emulator, sshd, guide):
    boards = emulator(host="127.9.4.1", port=PORT, count=2, initial={"relays": [2]})
    gateway = dict(sshd, ansible_python_interpreter=sys.executable)
    ansible.inventory.write_text(json.dumps({
        "gateways": {"hosts": {"site-12": gateway, "site-13": gateway}},
        "site_12_tvs": {"hosts": {"tv1": {"ansible_host": "127.9.4.1"}}, "vars": {"bytewire_model": "eth008"}},
        "site_13_tvs": {"hosts": {"tv2": {"ansible_host": "127.9.4.2"}}, "vars": {"bytewire_model": "eth008"}}}))
    done = ansible.run("ansible-playbook", guide[1])
    assert done.returncode == 0 and "changed: [site-13]" in done.stdout.replace(" -> site-13(127.0.0.1)", ""), done.stdout
    assert sorted(entry["board"] for entry in boards.journal() if entry["event"] == "in" and entry["bytes"] == "21 02 00") == addresses(1, 2)

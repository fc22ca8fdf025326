# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator in inventories and plays as people write them."""

from __future__ import annotations

import json
import re

import pytest

PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - bytewire.devices.emulator:
        faults: [{fault: lie, on: [off]}]
    - bytewire.devices.relay: {relay: 2, state: on}
    - bytewire.devices.relay: {relay: 2, state: off}
      register: lied
      failed_when: lied.error.kind != "unverified"
"""


def test_hosts_that_are_relays_of_one_board(ansible, free_port):
    ansible.hosts({name: {} for name in ("disk", "amplifier", "lamp")}, ansible_host="127.0.0.1", bytewire_model="eth008", bytewire_port=free_port())
    for arguments in ("lifetime=60", "state=stopped"):
        done = ansible.run("ansible", "all", "-m", "bytewire.devices.emulator", "-a", arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        assert sorted(re.findall(r"^\w+ \| (\w+)", done.stdout, re.MULTILINE)) == ["CHANGED", "SUCCESS", "SUCCESS"]


def test_on_and_off_without_quotes_in_faults(ansible, free_port):
    ansible.hosts({"garage": {"ansible_host": "127.0.0.1", "bytewire_model": "eth008", "bytewire_port": free_port()}})
    (ansible.folder / "play.yml").write_text(PLAY)
    try:
        done = ansible.run("ansible-playbook", "play.yml")
    finally:
        ansible.run("ansible", "all", "-m", "bytewire.devices.emulator", "-a", "state=stopped")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_page_that_is_broken_meanwhile_can_be_stopped(ansible, free_port):
    page = ansible.folder / "bytewire_profiles" / "mine.yml"
    page.parent.mkdir()
    page.write_text("extends: eth008\n")
    arguments = {"model": "mine", "port": free_port(), "lifetime": 60}
    assert ansible.task("localhost", "emulator", arguments)[1]["changed"]
    page.write_text("extends: nothing\n")
    code, result, printed = ansible.task("localhost", "emulator", dict(arguments, state="stopped"))
    assert code == 0 and result["changed"], printed


@pytest.fixture
def rehearsal(ansible, free_port):
    """An inventory of two displays, and a board that two hosts share."""
    lg, eth = free_port(), free_port()
    ansible.hosts({"tv1": {"ansible_host": "127.0.0.61"}, "tv2": {"ansible_host": "127.0.0.62", "bytewire_unit": 2},
                   "lamp": {"ansible_host": "127.0.0.63", **board(eth)}, "fan": {"ansible_host": "127.0.0.63", **board(eth)}},
                  bytewire_model="lg", bytewire_port=lg)
    yield [f"127.0.0.61:{lg}", f"127.0.0.62:{lg}", f"127.0.0.63:{eth}"]
    ansible.run("ansible", "localhost", "-m", "bytewire.devices.emulator", "-a", "name=rehearsal state=stopped")


def board(port):
    return {"bytewire_model": "eth008", "bytewire_port": port, "bytewire_password": "s3cret"}


@pytest.mark.parametrize("keywords", [{}, {"serial": 1}])
def test_one_process_for_all_hosts_of_a_play(ansible, rehearsal, keywords):
    (ansible.folder / "play.yml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, **keywords, "tasks": [
        {"bytewire.devices.emulator": {"name": "rehearsal", "lifetime": 120}, "run_once": True, "register": "started"},
        {"ansible.builtin.assert": {"that": [f"started.addresses == {rehearsal}"]}},
        {"bytewire.devices.settings": {"settings": {"power": "on"}}, "when": "inventory_hostname is match('tv')"},
        {"bytewire.devices.relay": {"relay": 2, "state": "on"}, "when": "inventory_hostname == 'fan'"},
        {"bytewire.devices.emulator": {"name": "rehearsal", "lifetime": 120}, "run_once": True, "register": "again"},
        {"ansible.builtin.assert": {"that": ["again is not changed", "again.pid == started.pid"]}}]}]))
    done = ansible.run("ansible-playbook", "play.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_process_for_hosts_of_the_inventory_by_name(ansible, rehearsal):
    code, result, printed = ansible.task("localhost", "emulator", {"hosts": "{{ groups.all }}", "lifetime": 120})
    assert code == 0 and result["addresses"] == rehearsal and result["name"] == f"lg-{rehearsal[0].replace(':', '-')}", printed
    code, result, printed = ansible.task("localhost", "emulator", {"hosts": ["tv1", "tv2"], "state": "stopped"})
    assert code == 0 and result["changed"], printed


@pytest.mark.parametrize("variables, arguments, words", [
    ({"tv2": {"ansible_host": None}}, {}, "emulator: tv2: tv2 is not an address of loopback"),
    ({"tv2": {"bytewire_unit": 777}}, {}, "emulator: tv2: unit 777: lg takes 1 to 99."),
    ({"tv2": {"bytewire_model": None}}, {}, "emulator: tv2 has no model (bytewire_model)."),
    ({"tv2": {"bytewire_port": 99999}}, {}, "emulator: tv2: port (bytewire_port) is 99999; expected 1 to 65535"),
    ({"fan": {"bytewire_password": "0ther"}}, {}, "as lamp is, with another password; one device is emulated at an address."),
    ({}, {"hosts": ["tv1", "tv3"]}, "emulator: hosts: tv3 is not in the inventory."),
    ({}, {"hosts": []}, "emulator: hosts names no host."),
    ({}, {"count": 2}, "emulator: count is for one address, and each host of the inventory has its own; leave it out."),
    ({}, {"initial": {"relays": [2]}}, "emulator: tv1: initial.values: this model has no relays."),
])
def test_hosts_that_cannot_be_emulated_together(ansible, rehearsal, variables, arguments, words):
    inventory = json.loads(ansible.inventory.read_text())
    for name, changed in variables.items():
        host = inventory["all"]["hosts"][name]
        host.update(changed)
        for variable in [variable for variable, value in host.items() if value is None]:
            del host[variable]
    if words.startswith("emulator: tv2 has no model"):
        del inventory["all"]["vars"]["bytewire_model"]
        inventory["all"]["hosts"]["tv1"]["bytewire_model"] = "lg"
    ansible.inventory.write_text(json.dumps(inventory))
    code, result, printed = ansible.task("localhost", "emulator", {"hosts": "{{ groups.all }}", "lifetime": 60, **arguments})
    assert code != 0 and words in result["msg"], printed

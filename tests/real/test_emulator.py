# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator in inventories and plays as people write them."""

from __future__ import annotations

import re

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

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the documentation, run as they stand against emulated boards; only the address of the board is another."""

from __future__ import annotations

import importlib
import os
import re
import shlex

import pytest
import yaml

from ansible_collections.bytewire.devices.plugins.plugin_utils._profiles import resolve

CHECKOUT = os.path.abspath(os.path.join(os.path.dirname(__file__), os.pardir, os.pardir))
BOARD = "192.168.0.200"


def blocks(path, language):
    with open(os.path.join(CHECKOUT, path), encoding="utf-8") as file:
        return re.findall(r"^```%s\n(.*?)^```" % language, file.read(), re.DOTALL | re.MULTILINE)


def commands(path):
    """The lines of the shell examples, continued lines joined, comments gone."""
    for block in blocks(path, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip() and not line.startswith("#"):
                yield line


@pytest.mark.parametrize("module", ["relay", "device_info", "ping"])
def test_the_examples_of_a_module(ansible, emulator, module):
    documented = importlib.import_module("ansible_collections.bytewire.devices.plugins.modules." + module)
    board = emulator(port=resolve("eth008")["port"], host="127.0.0.41")
    text = documented.EXAMPLES.replace(BOARD, "127.0.0.41").replace("duration: 10", "duration: 0.2")
    ansible.hosts({"garage": {"ansible_host": "127.0.0.41", "bytewire_model": "eth008", "bytewire_relays": {"backup_disk": 2, "amplifier": 3}}})
    done = ansible.play(yaml.safe_load(text))
    assert done.returncode == 0, done.stdout + done.stderr
    assert board.journal()


def test_the_readme(ansible, emulator):
    emulator(port=resolve("eth008")["port"], host="127.0.0.42", initial={"relays": [2]})
    inventory, playbook = blocks("README.md", "yaml")[:2]
    (ansible.folder / "inventory.yml").write_text(inventory.replace(BOARD, "127.0.0.42"))
    (ansible.folder / "nightly.yml").write_text(playbook)
    run = [shlex.split(line, comments=True) for line in commands("README.md") if line.startswith(("ansible boards", "ansible-playbook"))]
    assert len(run) == 5
    outputs = []
    for command in run + [["ansible-playbook", "-i", "inventory.yml", "nightly.yml"]]:
        # Nobody listens at the example's mail server; the report is shown instead.
        command = [word for word in command if not word.startswith("notify_mail_")]
        command = [word for number, word in enumerate(command) if word != "-e" or "=" in "".join(command[number + 1:number + 2])]
        done = ansible.run(*command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        outputs.append(done.stdout)
    assert "-relay 2 (backup_disk): on\n+relay 2 (backup_disk): off" in outputs[0] and '"changed": true' in outputs[1]
    assert '"volts"' in outputs[2] and "External WD USB disk is powered off" in outputs[3] and "backup_disk" in outputs[4]


def test_the_guide_to_the_notation(ansible, emulator):
    page = blocks("docs/notation.md", "yaml")[0]
    (ansible.folder / "bytewire_profiles").mkdir()
    (ansible.folder / "bytewire_profiles" / "shed.yml").write_text(page)
    board = emulator(model=yaml.safe_load(page))
    ansible.hosts({"shed": {"ansible_host": "127.0.0.1", "bytewire_port": board.port}})
    for changed in (True, False):
        command = [word if word != "inventory.yml" else str(ansible.inventory) for word in shlex.split(next(commands("docs/notation.md")))]
        done = ansible.run(*command)
        assert done.returncode == 0 and ('"changed": %s' % str(changed).lower()) in done.stdout, done.stdout + done.stderr
    assert board.writes() == ["51 02"]


def test_the_guide_to_the_emulator(ansible):
    journal = str(ansible.folder / "board.log")
    for line in commands("docs/emulator.md"):
        command = shlex.split(line.replace("/tmp/board.log", journal))
        done = ansible.run(*command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        if command[0] == "tail":
            assert '"what": "relays.read", "bytes": "24"' in done.stdout and '"event": "close"' in done.stdout

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guides that are followed from their first block to their last: files are written, commands run, and what is shown behind them is what they say.

Only the addresses are others, and the mail server. A `…` in what is shown stands for anything."""

from __future__ import annotations

import re
import shlex
import textwrap

import pytest

from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.guides import text_of

BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
FAILURE = re.compile("did not answer|was lost|stayed mute|closed the connection|is locked")
UNENDED = {"notation": "text", "port": 9100, "command": {"send": "{command:text}\r\n", "reply": "{reply:text}\r\n"}}
ETH008 = {"model": "eth008"}
# What is emulated at the addresses of each guide.
DEVICES = {
    "start": {"127.0.0.2": None},
    "ad-hoc": {"192.168.0.200": ETH008, "192.168.0.31": {"model": "lg", "port": 4001}, "10.0.0.5": {"model": "esc_cr"}},
    "inventory": {},
    "your-playbook": {"192.168.0.200": {"model": "eth008", "initial": {"relays": [3, 4]}},
                      "192.168.0.202": {"model": "eth008", "faults": [{"fault": "refuse", "on": ["on"]}]}},
    "troubleshooting": {
        "192.168.0.200": ETH008, "192.168.0.201": ETH008, "192.168.0.203": {"model": "proxr"},
        "192.168.0.202": {"model": "eth008", "faults": [{"fault": "full"}]},
        "192.168.0.204": {"model": "eth008", "initial": {"reconnect": 10}}, "192.168.0.205": {"model": "eth008", "password": "secret"},
        "192.168.0.31": {"model": "lg", "port": 4001, "unit": 2},
        "10.0.0.5": {"model": UNENDED, "port": 9100, "initial": {"replies": {"STATUS": "READY 7"}}}},
    "from-scripts": {"192.168.0.200": {"model": "eth008", "initial": {"relays": [2]}}, "10.0.0.5": {"model": "esc_cr"}, "10.0.0.6": {"model": "esc_cr"}},
}


class Reader:
    """Does what a guide says, at addresses of its own."""

    def __init__(self, ansible, addresses, also):
        self.ansible, self.addresses, self.also = ansible, addresses, also
        del ansible.environment["ANSIBLE_INVENTORY"]

    def ours(self, text):
        for theirs, ours in self.addresses.items():
            text = re.sub(rf"(?<![\d.]){re.escape(theirs)}(?!\d)", ours, text)
        return text.replace(*self.also)

    def theirs(self, text):
        for theirs, ours in self.addresses.items():
            text = re.sub(rf"{re.escape(ours)}(?!\d)", theirs, text)
        return text

    def write(self, block):
        name = re.match(r"# (\S+)\n", block).group(1)
        path = self.ansible.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(self.ours(block))

    def run(self, block, fails):
        """What the commands of a block print; the last one fails if that is what the guide shows."""
        lines = [line for line in block.splitlines() if not line.startswith("ansible-galaxy ")]
        printed = ""
        for number, line in enumerate(lines, 1):
            done = self.ansible.run(*shlex.split(self.ours(line), comments=True))
            assert (done.returncode != 0) == (fails and number == len(lines)), (line, done.stdout, done.stderr)
            printed += done.stdout + done.stderr
        return printed

    def read(self, guide):
        """All that the commands printed."""
        blocks = [(language, textwrap.dedent(block)) for dummy, language, block in BLOCK.findall(text_of("docs", guide + ".md"))]
        outputs = []
        for (language, block), following in zip(blocks, blocks[1:] + [("", "")]):
            shown = following[1] if following[0] == "text" else ""
            if language == "sh":
                outputs.append(self.theirs(self.run(block, FAILURE.search(shown) is not None)))
            elif language == "text":
                assert shows(outputs[-1], block), (block, outputs[-1])
            else:
                self.write(block)
        return outputs


def shows(printed, block):
    """Whether these lines were printed in this order, whatever is between them and wherever they are wrapped."""
    printed = " ".join(printed.replace("\\\\", "\\").split())

    def pattern(line):
        return re.escape(" ".join(line.split())).replace("…", ".*?")

    return re.search(pattern(block), printed) or re.search(".*?".join(map(pattern, block.splitlines())), printed)


@pytest.fixture
def follow(ansible, emulator, free_port):
    def run(guide):
        addresses = {theirs: f"127.44.{sorted(DEVICES).index(guide)}.{number}" for number, theirs in enumerate(DEVICES[guide], 1)}
        for number, (theirs, device) in enumerate(DEVICES[guide].items()):
            if device:
                port = device.get("port") or resolve(device["model"])["port"]
                emulator(f"{guide}-{number}", **dict(device, port=port, host=addresses[theirs]))
        port = free_port()
        mails = ansible.folder / "mails"
        if guide == "from-scripts":
            emulator("mail", mail={"port": port, "directory": str(mails)})
        server = f"notify_mail_host: 127.0.0.1\n    notify_mail_encryption: none\n    notify_mail_port: {port}"
        return Reader(ansible, addresses, ("notify_mail_host: mail.example.org", server)).read(guide)

    return run


def test_start(ansible, follow):
    outputs = follow("start")
    assert '"changed": true' in outputs[-1] and not list((ansible.folder / "home" / ".ansible" / "bytewire" / "emulator").glob("*.json"))


def test_ad_hoc(follow):
    looked, switched, other, alone = follow("ad-hoc")
    assert looked.count("| SUCCESS") == 4 and switched.count("| CHANGED") == 4 and other.count("| CHANGED") == 3
    assert "192.168.0.200 | CHANGED" in alone


def test_the_inventory(follow):
    follow("inventory")


def test_a_playbook_of_your_own(ansible, follow):
    """With the inventory of its guide."""
    inventory = next(block for dummy, language, block in BLOCK.findall(text_of("docs/inventory.md")) if language == "yaml")
    boards = re.sub("^tvs:.*", "", inventory, flags=re.DOTALL | re.MULTILINE)
    for number, theirs in enumerate(DEVICES["your-playbook"], 1):
        boards = boards.replace(theirs, f"127.44.{sorted(DEVICES).index('your-playbook')}.{number}")
    (ansible.folder / "inventory.yml").write_text(boards)
    outputs, = follow("your-playbook")
    assert "garage: camera on" in outputs and "refused, unknown: " in outputs


def test_troubleshooting(follow):
    follow("troubleshooting")


def test_from_scripts(ansible, follow):
    follow("from-scripts")
    mails = sorted(path.read_text() for path in (ansible.folder / "mails").glob("*.eml"))
    assert len(mails) == 2

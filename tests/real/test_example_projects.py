# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The projects in examples/: each is copied into an empty folder, and its README followed line by line, against what it emulates itself.

Addresses are others, so that two such tests do not meet; a range of televisions is shorter; entries of the schedule are in a folder of the test's.
"""

from __future__ import annotations

import os
import random
import re
import shlex
import shutil

import pytest

from ansible_collections.bytewire.devices.tests.guides import CHECKOUT, blocks, text_of

COMMANDS = re.compile(r"^.*<<'(\w+)'\n(?:.*\n)*?\1$|^.+$", re.MULTILINE)


class Project:
    """A copy of one example. printed: what each command of its README said, by the command; of one that is there twice, by the command and a number."""

    def __init__(self, ansible, inside, name):
        self.ansible, self.inside, self.name, self.folder = ansible, inside, name, ansible.folder / name
        self.printed = {}
        installed = ansible.folder / "home" / ".ansible" / "collections" / "ansible_collections" / "bytewire"
        installed.mkdir(parents=True)
        (installed / "devices").symlink_to(CHECKOUT)
        ansible.environment = {name: value for name, value in ansible.environment.items() if not name.startswith("ANSIBLE_")}
        self.schedule = f" -e schedule_directory={ansible.folder}/entries -e schedule_log_directory={ansible.folder}/log"

    def copy(self, **shorter):
        """By the README's first lines; then give the copy addresses of its own."""
        copy, enter = blocks(text_of("examples", self.name, "README.md"), "sh")[0].splitlines()
        assert enter == f"cd {self.name}"
        self.sh(copy, self.ansible.folder)
        net = f"127.{random.SystemRandom().randrange(64, 250)}."
        for path in self.folder.rglob("*.yml"):
            text = path.read_text().replace("127.20.", net)
            for long, short in shorter.items() if path.name == "inventory.yml" else ():
                text = text.replace(long, short)
            path.write_text(text)

    def sh(self, command, folder=None, status=0):
        done = self.ansible.run(*self.inside, "sh", "-ec", f"cd {shlex.quote(str(folder or self.folder))}\n{command}")
        assert done.returncode == status, (command, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def follow(self):
        """The rest of the README, in its order."""
        for block in blocks(text_of("examples", self.name, "README.md"), "sh")[1:]:
            for command in COMMANDS.finditer(block):
                said = command.group()
                scheduled = re.search(r"ansible-playbook (schedule\.yml|bytewire\.devices\.schedule)$", said)
                printed = self.sh(said + self.schedule * bool(scheduled))
                number = sum(other.partition(" #")[0] == said for other in self.printed)
                self.printed[f"{said} #{number + 1}" if number else said] = printed

    def run(self, playbook, number=1):
        return self.printed[f"ansible-playbook {playbook}" + (f" #{number}" if number > 1 else "")]

    def subjects(self):
        return next(printed for command, printed in self.printed.items() if command.startswith("grep ")).replace("\r", "").splitlines()

    def is_in_order(self, secret):
        """The output is short, the secret is in the vault alone, and no device is left."""
        for command, printed in self.printed.items():
            assert not re.search(r"^(ok|skipping): \[|Traceback|DEPRECATION|could not be loaded", printed, re.MULTILINE), (command, printed)
        vault = self.folder / "group_vars" / "all" / "vault.yml"
        assert vault.read_text().startswith("$ANSIBLE_VAULT;")
        assert (self.ansible.folder / "home" / f".vault-password-{self.name}").stat().st_mode & 0o077 == 0
        kept = [path for path in self.ansible.folder.rglob("*") if path.is_file() and path.name != "README.md"]
        assert [path for path in kept if secret in path.read_bytes()] == []
        assert not self.emulated()

    def emulated(self):
        return list((self.ansible.folder / "home" / ".ansible" / "bytewire" / "emulator").glob("*.json"))


def changed(printed, host):
    return int(re.search(rf"^{host} +: ok=\d+ +changed=(\d+)", printed, re.MULTILINE).group(1))


@pytest.fixture
def project(ansible, inside, request):
    """The example that the test is named after."""
    if os.geteuid() != 0:
        pytest.skip("needs root, for a mount namespace that keeps the schedule from this machine's crontabs")
    if shutil.which("crontab") is None:
        pytest.skip("cron is not installed (Debian: cron)")
    made = Project(ansible, inside, request.node.name.rpartition("_")[2])
    yield made
    if made.emulated():
        made.sh("ansible-playbook emulate.yml -e state=stopped")


def test_the_project_board(project):
    project.copy()
    project.follow()
    check, first, second = project.run("disk_off.yml --check --diff"), project.run("disk_off.yml"), project.run("disk_off.yml", 2)
    assert "-relay 2 (backup_disk): on\n+relay 2 (backup_disk): off" in check and "The backup disk would be powered off" in check
    assert [changed(printed, "garage") for printed in (check, first, second)] == [1, 1, 0] and len(second.splitlines()) < 16
    assert project.subjects() == ["Subject: The backup disk is powered off"] * 2
    assert re.search(r"^board-disk-off +\S+ 22:30 +- +- +cron +30 22 \* \* \* +disk_off.yml$", project.run("bytewire.devices.schedule"), re.MULTILINE)
    project.is_in_order(b"password of the board")

    assert changed(project.sh("ansible-playbook schedule.yml" + project.schedule), "localhost") == 0
    entry = next(line for line in project.sh("crontab -l").splitlines() if line.startswith("30 22 * * * "))
    project.sh("ansible-playbook emulate.yml")
    project.sh(entry.split(None, 5)[5].replace("\\%", "%"))
    assert len(list((project.folder / "mails").glob("*.eml"))) == 3


def test_the_project_televisions(project):
    project.copy()
    assert "hosts (300)" in project.sh("ansible tvs -i televisions/inventory.yml --list-hosts", project.ansible.folder)
    shutil.rmtree(project.folder)
    project.copy(**{"tv[013:180]": "tv[013:014]", "tv[181:300]": "tv[181:185]"})
    project.follow()
    assert "19 devices: 19 answer. Nothing changed." in project.run("monitor.yml")
    assert "Mailed to you@example.org: 5 devices were switched (by somebody else)" in project.run("monitor.yml", 2)
    first, second = project.run("evening.yml"), project.run("evening.yml", 2)
    assert "All 19 devices are done, 19 were changed" in first and "No mail is sent" in second and "nothing was changed" in second
    assert len(re.findall(r"^tv0\d\d +on +hdmi1 +12$", project.run("lobby.yml"), re.MULTILINE)) == 12
    assert project.subjects() == [
        "Subject: All 19 devices are done, 19 were changed", "Subject: 5 devices were switched (by somebody else)"]
    listed = project.run("bytewire.devices.schedule")
    assert re.findall(r"^televisions-(\w+) .* (\w+\.yml)$", listed, re.MULTILINE) == [(name, name + ".yml") for name in ("evening", "monitor", "morning")]
    project.is_in_order(b"password of the mail server")


def test_the_project_lab(project):
    project.copy()
    project.follow()
    assert [changed(project.run("bench.yml", number), "bench") for number in (1, 2)] == [2, 0]
    status = project.run("bytewire.devices.status -e target=pdus:supplies")
    assert re.search(r"^rack +netio +●●○●$", status, re.MULTILINE) and re.search(r"^bench +rigol_dp800 +●●○ ", status, re.MULTILINE)
    assert "1 of 2 watched hosts answer" in project.run("watchdog.yml -e watchdog_rounds=1 -e watchdog_duration=1")
    assert project.subjects() == [
        "Subject: Relay 2 (dut2) of rack was power-cycled (1 s)", "Subject: dut1 is cycled through outlet dut1 of rack (cycle 1 of at most 2)"]
    assert re.search(r"^lab-watchdog .* \* \* \* \* \* +watchdog.yml$", project.run("bytewire.devices.schedule"), re.MULTILINE)
    project.is_in_order(b"password-of-the-pdu")

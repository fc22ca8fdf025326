# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide to the journal, followed: who switched what, a cycle that was killed, jq's answers, a file that logrotate has moved."""

from __future__ import annotations

import getpass
import json
import os
import re
import shutil
import signal
import subprocess

import pytest

from ansible_collections.bytewire.devices.tests.guides import blocks, text_of
from ansible_collections.bytewire.devices.tests.waiting import until

GUIDE = text_of("docs", "journal.md")


@pytest.fixture
def garage(ansible, emulator):
    """The board of the guide, and its variable for all hosts."""
    board = emulator()
    (ansible.folder / "group_vars").mkdir()
    (ansible.folder / "group_vars" / "all.yml").write_text(blocks(GUIDE, "yaml")[0])
    ansible.hosts({"garage": {"ansible_host": "127.0.0.1", "bytewire_port": board.port, "bytewire_model": "eth008"}})
    return board


@pytest.fixture
def journal(ansible):
    return ansible.folder / "home" / "bytewire.journal"


def lines(journal):
    return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []


def shell(ansible, command):
    done = ansible.run("sh", "-c", command)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def test_the_guide_to_the_journal(ansible, garage, journal):
    shell(ansible, blocks(GUIDE, "sh")[0])
    shown = [json.loads(text) for text in re.split(r"\n(?=\{)", blocks(GUIDE, "json")[0])]
    for real, told in zip(lines(journal), shown):
        volatile = ("time", "id", "user", "machine", "device", "ms")
        assert sorted(real) == sorted(told)
        assert {name: value for name, value in real.items() if name not in volatile} == {name: value for name, value in told.items() if name not in volatile}
    assert len(lines(journal)) == 2 and garage.writes() == ["20 02 00"]


def test_a_cycle_that_was_killed_is_seen(ansible, garage, journal):
    shell(ansible, blocks(GUIDE, "sh")[0])
    with subprocess.Popen(["ansible", "garage", "-m", "bytewire.devices.relay", "-a", "relay=2 state=cycled duration=60"], cwd=ansible.folder,
                          env=ansible.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          start_new_session=True) as cycle:
        until(lambda: len(garage.writes()) == 2, 60, "the relay to be switched off")
        os.killpg(cycle.pid, signal.SIGKILL)
    begin = lines(journal)[-1]
    assert (begin["event"], begin["host"], begin["asked"]["state"]) == ("begin", "garage", "cycled")
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    history, unfinished = blocks(GUIDE, "sh")[1].splitlines()
    when, *rest = json.loads(shell(ansible, history))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", when) and rest == [getpass.getuser(), {"2": "off"}, {"2": "on"}, "changed"]
    assert json.loads(shell(ansible, unfinished)) == ["garage", begin["does"]]


@pytest.mark.skipif(shutil.which("logrotate") is None, reason="logrotate is not installed")
def test_logrotate_moves_it(ansible, garage, journal):
    shell(ansible, blocks(GUIDE, "sh")[0])
    entry = blocks(GUIDE, "text")[0].replace("/home/anna/bytewire.journal", str(journal)).replace("    su anna anna\n", "")
    (ansible.folder / "bytewire").write_text(entry)
    (ansible.folder / "bytewire").chmod(0o644)
    shell(ansible, "logrotate --force --state home/state bytewire")
    assert not journal.exists() and len(list(journal.parent.glob("bytewire.journal.1*"))) == 1
    shell(ansible, "ansible garage -m bytewire.devices.relay -a 'relay=2 state=off'")
    assert [line["event"] for line in lines(journal)] == ["begin", "end"]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who told which device what, and what came of it: a line before the first command leaves, and one at the end."""

from __future__ import annotations

import getpass
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, relay, send, settings
from ansible_collections.bytewire.devices.plugins.module_utils._device.journal import Entry


@pytest.fixture
def journal(tmp_path):
    """Where tasks add their lines, and what stands there."""
    class File:
        path = tmp_path / "journal"

        def lines(self):
            return [json.loads(line) for line in self.path.read_text().splitlines()]

        def last(self):
            return self.lines()[-1]
    return File()


def test_who_told_which_device_what(perform_task, emulated, journal):
    board = emulated("eth008")
    options = board.options(relay="2", state="on", label="garage", journal=str(journal.path))
    began = time.time()
    perform_task(relay, options)
    begin, end = journal.lines()
    for line in (begin, end):
        assert (line["user"], line["machine"], line["host"], line["module"]) == (getpass.getuser(), socket.gethostname(), "garage", "relay")
        assert line["device"] == f"127.0.0.1:{board.port}" and line["asked"] == {"relay": ["2"], "state": "on"}
        assert began - 1 < line["time"] < time.time() + 1 and line["id"] == begin["id"]
    assert (begin["event"], begin["does"]) == ("begin", "switch relay 2 on")
    assert (end["event"], end["was"], end["is"], end["outcome"]) == ("end", {"2": "off"}, {"2": "on"}, "changed") and 0 < end["ms"] < 60000
    assert journal.path.stat().st_mode & 0o777 == 0o600


def test_what_sends_nothing_has_its_last_line_alone(perform_task, emulated, journal):
    board = emulated("eth008", initial={"relays": [2]})
    options = board.options(relay="2", state="on", journal=str(journal.path))
    perform_task(relay, options)
    perform_task(relay, {**options, "state": "off"}, check=True)
    assert [(line["event"], line["outcome"], line.get("check_mode")) for line in journal.lines()] == [("end", "unchanged", None), ("end", "changed", True)]
    assert board.journal.writes() == []


def test_settings_commands_and_bytes(perform_task, emulated, journal):
    matrix, unit = emulated("lightware_lw2"), emulated("esc_cr", initial={"replies": {"LOAD": "READY 7"}})
    perform_task(settings, matrix.options(model="lightware_lw2", settings={"route": {1: 3, 2: 3}}, journal=str(journal.path)))
    last = journal.last()
    assert last["is"] == {"route.1": 3, "route.2": 3} and set(last["was"]) == {"route.1", "route.2"} and last["asked"]["settings"] == {
        "route": {"1": 3, "2": 3}}
    perform_task(command, unit.options(model="esc_cr", command="LOAD", journal=str(journal.path)))
    assert journal.last()["reply"] == "READY 7" and journal.last()["asked"] == {"command": "LOAD"}
    perform_task(send, unit.options(model="raw", data="1B 4C 4F 41 44 0D", idle=0.05, journal=str(journal.path)))
    assert journal.last()["asked"]["data"] == "1B 4C 4F 41 44 0D" and journal.last()["outcome"] == "changed"


def test_a_failure_is_told_with_its_outcome(perform_task, emulated, journal):
    board = emulated("eth008", faults=[{"fault": "refuse", "on": ["on"]}])
    result = perform_task(relay, board.options(relay="2", state="on", journal=str(journal.path)))
    end = journal.last()
    assert result["error"]["kind"] == "refused" and end["outcome"] == "failed" and end["error"] == result["error"] and end["msg"] == result["msg"]


def test_passwords_are_masked(perform_task, emulated, journal):
    board = emulated("eth008", password="wolf-29x")
    perform_task(relay, board.options(relay="2", state="on", password="wolf-29x", label="wolf-29x", journal=str(journal.path)))
    perform_task(relay, board.options(relay="2", state="on", password="wrong-77y", journal=str(journal.path)))
    text = journal.path.read_text()
    assert len(text.splitlines()) == 3
    for secret in ("wolf-29x", "wrong-77y", "776F6C662D323978", "77 6F 6C 66"):
        assert secret not in text


def test_a_line_that_was_cut_off_spoils_no_other(perform_task, emulated, journal):
    board = emulated("eth008")
    journal.path.write_text('{"host": "half')
    journal.path.chmod(0o644)
    perform_task(relay, board.options(relay="1", state="on", journal=str(journal.path)))
    lines = journal.path.read_text().splitlines()
    assert lines[0] == '{"host": "half' and [json.loads(line)["event"] for line in lines[1:]] == ["begin", "end"]
    assert journal.path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("name, words", (("none/journal", "No such file or directory"), ("folder", "Is a directory"), ("link", "it is a symbolic link")))
def test_one_that_cannot_be_written_is_refused_first(perform_task, emulated, tmp_path, name, words):
    board = emulated("eth008")
    (tmp_path / "folder").mkdir()
    (tmp_path / "precious").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    result = perform_task(relay, board.options(relay="1", state="on", journal=str(tmp_path / name)))
    assert result["error"]["kind"] == "invalid" and result["msg"] == f"The journal {tmp_path / name} cannot be written ({words}). Nothing was sent."
    assert board.journal.entries == [] and (tmp_path / "precious").read_text() == ""


def test_one_that_cannot_be_written_any_more_is_told(perform_task, emulated):
    board = emulated("eth008")
    result = perform_task(relay, board.options(relay="1", state="on", journal="/dev/full"))
    assert result["relays"]["1"]["state"] == "on" and board.journal.writes() == ["20 01 00"]
    assert result["warnings"] == ["The journal /dev/full lacks a line of this task: it could not be written (No space left on device)."]


def test_a_rotated_file_is_left_alone(perform_task, emulated, journal):
    board = emulated("eth008")
    perform_task(relay, board.options(relay="1", state="on", journal=str(journal.path)))
    os.rename(journal.path, f"{journal.path}.1")
    perform_task(relay, board.options(relay="1", state="off", journal=str(journal.path)))
    assert [line["event"] for line in journal.lines()] == ["begin", "end"]


ONE = """
import sys
from ansible_collections.bytewire.devices.plugins.module_utils._device.journal import Entry
for dummy in range(20):
    entry = Entry(sys.argv[1], "relay", {"label": sys.argv[2], "relay": "x" * 3000}, {"relay": {}}, False)
    entry.begin("switch it")
    entry.end({"changed": True})
"""


def test_many_processes_write_whole_lines(journal):
    others = [subprocess.Popen([sys.executable, "-c", ONE, str(journal.path), f"host{number}"]) for number in range(8)]
    assert [other.wait() for other in others] == [0] * 8
    lines = journal.lines()
    assert len(lines) == 8 * 20 * 2
    ids = [line["id"] for line in lines]
    assert all(ids.count(each) == 2 for each in set(ids)) and len({line["host"] for line in lines}) == 8


KILLED = """
import sys
from ansible_collections.bytewire.devices.plugins.module_utils._device.journal import Entry
entry = Entry(sys.argv[1], "relay", {"label": "garage", "state": "pulsed"}, {"state": {}}, False)
entry.begin("switch relay 2 on for 60 s")
print("begun", flush=True)
sys.stdin.read()
"""


def test_a_killed_task_is_seen(journal):
    other = subprocess.Popen([sys.executable, "-c", KILLED, str(journal.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"begun\n"
    other.send_signal(signal.SIGKILL)
    other.communicate()
    assert [(line["event"], line["does"]) for line in journal.lines()] == [("begin", "switch relay 2 on for 60 s")]


def test_for_whom_sudo_does_it(monkeypatch, tmp_path):
    monkeypatch.setenv("SUDO_USER", "anna")
    entry = Entry(str(tmp_path / "journal"), "relay", {}, {}, False)
    assert entry.about["user"] == f"{getpass.getuser()} for anna"

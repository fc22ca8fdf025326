# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What began once is not begun again."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils import _invocation

NAME = "0123456789abcdef0123456789abcdef"
DONE = {"changed": True, "msg": "pulsed"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    handler = signal.getsignal(signal.SIGHUP)
    yield tmp_path / ".ansible" / "bytewire" / "invocations"
    signal.signal(signal.SIGHUP, handler)


class Task:
    def __init__(self):
        self.runs = 0

    def __call__(self):
        self.runs += 1
        return dict(DONE)


@pytest.fixture
def task():
    return Task()


def test_the_second_gets_the_result_of_the_first(folder, task):
    first, second = _invocation.once(NAME, task), _invocation.once(NAME, task)
    assert first == DONE and task.runs == 1
    assert second.pop("warnings") == ["The connection to the gateway broke, and ssh began this task a second time. "
                                      "It was done once; this is the result of the first."]
    assert second == DONE
    assert (folder / NAME).stat().st_mode & 0o777 == 0o600 and folder.stat().st_mode & 0o777 == 0o700


def test_another_invocation_is_another(folder, task):
    _invocation.once(NAME, task)
    _invocation.once(NAME[::-1], task)
    assert task.runs == 2 and len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("name", [None, "", "../../authorized_keys", NAME.upper(), NAME + "0"])
def test_without_a_name_it_runs_and_notes_nothing(folder, task, name):
    assert _invocation.once(name, task) == DONE and _invocation.once(name, task) == DONE
    assert task.runs == 2 and not folder.exists()


SLOW = """
import sys, time
from ansible_collections.bytewire.devices.plugins.module_utils._invocation import once
def run():
    print("began", flush=True)
    time.sleep(float(sys.argv[2]))
    return {"changed": True, "msg": "slow"}
once(sys.argv[1], run)
"""


def slow(seconds):
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    started = subprocess.Popen([sys.executable, "-c", SLOW, NAME, str(seconds)], stdout=subprocess.PIPE, env=environment)
    assert started.stdout.readline() == b"began\n"
    return started


def test_the_second_waits_for_the_first_whose_terminal_is_gone(folder, task):
    with slow(0.7) as process:
        process.send_signal(signal.SIGHUP)
        assert _invocation.once(NAME, task)["msg"] == "slow"
        assert process.wait(5) == 0
    assert task.runs == 0 and (folder / NAME).exists()


@pytest.mark.parametrize("left", [b"\0", b"\0{\"chan"])
def test_what_was_killed_is_not_begun_again(folder, task, left):
    with slow(30) as process:
        process.kill()
    assert (folder / NAME).read_bytes() == b"\0"
    (folder / NAME).write_bytes(left)
    result = _invocation.once(NAME, task)
    assert task.runs == 0
    assert (result["failed"], result["changed"], result["error"]) == (True, True, {"kind": "unverified", "stage": "gateway", "outcome": "unknown"})
    assert "the process that did it is gone without a result. It is not begun again" in result["msg"]


def test_old_results_go_those_under_way_stay(folder, task):
    _invocation.once(NAME[::-1], task)
    long_ago = time.time() - 2 * 3600
    os.utime(folder / NAME[::-1], (long_ago, long_ago))
    with slow(0.7) as process:
        os.utime(folder / NAME, (long_ago, long_ago))
        _invocation.once("f" * 32, task)
        assert sorted(os.listdir(folder)) == [NAME, "f" * 32]
        assert process.wait(5) == 0


def in_the_way(folder):
    folder.parent.mkdir(parents=True)
    folder.write_text("in the way")


def open_to_all(folder):
    folder.mkdir(parents=True)
    folder.chmod(0o777)


@pytest.mark.parametrize("spoil, why", [(in_the_way, "Not a directory"), (open_to_all, "its folder must belong to the user who runs this")])
def test_what_cannot_be_noted_is_not_begun(folder, task, spoil, why):
    spoil(folder)
    result = _invocation.once(NAME, task)
    assert task.runs == 0
    assert (result["failed"], result["changed"], result["error"]) == (True, False, {"kind": "invalid", "stage": "gateway", "outcome": "nothing"}), result
    assert f"~/.ansible/bytewire/invocations of the gateway cannot be used ({why}" in result["msg"] and "nothing was sent" in result["msg"]


def test_on_a_full_disk_it_is_not_begun_again(folder, task, monkeypatch):
    class Full(io.FileIO):
        def write(self, dummy):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_invocation.io, "FileIO", Full)
    assert _invocation.once(NAME, task) == DONE
    assert _invocation.once(NAME, task)["error"]["kind"] == "unverified" and task.runs == 1

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator's process: how it starts, what is said where it cannot, and that it is found again."""

from __future__ import annotations

import errno
import os
import signal
import socket
import ssl
import threading
import time

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bytewire.devices.plugins.module_utils._run import perform
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator import control, files
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve


def emulator(check=False, asker=None, **arguments):
    """The result of the module's task, the page resolved."""
    arguments.setdefault("name", "board")
    validation = ArgumentSpecValidator(**control.SPEC).validate(arguments)
    assert not validation.error_messages, validation.error_messages
    options = validation.validated_parameters
    return perform(control.run, dict(options, asker=asker, model=options["model"] and resolve(options["model"])), check=check)


@pytest.fixture(autouse=True)
def nothing_is_left(own_home):
    yield
    for name in files.running():
        emulator(name=name, state="stopped")


@pytest.fixture
def folder():
    return files.folder()


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def why_not(**arguments):
    """Why a process could not start."""
    result = emulator(**arguments)
    assert result.get("failed") and {"kind": "unreachable", "stage": "start"}.items() <= result["error"].items(), result
    assert result["msg"].startswith("emulator: could not start 'board': ") and not result["msg"].endswith("..")
    return result["msg"]


# Why it cannot start.

def test_a_missing_package_is_named(free_port, tmp_path, monkeypatch):
    (tmp_path / "aiosmtpd.py").write_text("raise ImportError('not here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert "pip install aiosmtpd" in why_not(mail={"port": free_port(), "directory": str(tmp_path)})


def test_a_mail_port_in_use_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1 port {port}: Address already in use" in why_not(mail={"port": port, "directory": str(tmp_path)})


def test_a_port_that_something_else_has_is_told_in_words():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert why_not(model="eth008", port=port) == (
            f"emulator: could not start 'board': 127.0.0.1:{port} is taken (address already in use): something else on this machine listens there. Stop it, or "
            "give another port.")


def test_a_port_that_another_emulator_has_is_told_with_its_name(free_port):
    port = free_port()
    assert emulator(name="first", model="eth008", port=port)["changed"]
    assert why_not(model="eth008", port=port).endswith(
        f"127.0.0.1:{port} is taken (address already in use): something else on this machine listens there. Stop it, or give another port. It is the emulator "
        "'first', which ends with name=first state=stopped.")


def test_an_address_that_this_machine_has_not(free_port):
    port = free_port()
    assert why_not(model="eth008", port=port, host="192.0.2.77", expose=True).endswith(f"192.0.2.77:{port} is not an address of this machine.")
    assert "Errno" not in why_not(model="eth008", port=port, host="no-such-host.invalid", expose=True)


def test_a_missing_certificate_is_named(free_port, tmp_path):
    missing = str(tmp_path / "none.pem")
    mail = {"port": free_port(), "directory": str(tmp_path), "tls": "tls", "certificate": missing}
    assert missing in why_not(mail=mail)
    assert missing in why_not(model="eth008", port=free_port(), tls={"certificate": missing, "key": missing})


@pytest.mark.parametrize("asked, told", [
    ({"model": "eth008", "port": 99999}, "port is 99999; expected 1 to 65535"),
    ({"mail": {"port": -1, "directory": "/dev/null/mails"}}, "mail.port is -1; expected 1 to 65535"),
    ({"state": "called", "call": {"port": 70000}}, "call.port is 70000; expected 1 to 65535"),
])
def test_a_port_that_is_none(asked, told):
    result = emulator(**asked)
    assert result["failed"] and result["error"]["kind"] == "invalid" and told in result["msg"]


def test_the_last_line_of_the_log_where_it_cannot_even_say_why(free_port, monkeypatch):
    monkeypatch.setattr(control, "COLLECTIONS", "")
    monkeypatch.setattr(control.sys, "executable", "/bin/sh")  # reads Python as shell
    assert "it ended with status " in why_not(model="eth008", port=free_port()) and "launch.py: " in why_not(model="eth008", port=free_port())


def test_one_that_is_not_ready_in_time(free_port, monkeypatch):
    monkeypatch.setattr(control, "START_SECONDS", 0.01)
    assert "not ready within 0.01 s" in why_not(model="eth008", port=free_port())


# Its files.

def test_a_full_disk_leaves_no_process_behind(free_port, folder, monkeypatch):
    def full(*paths):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    port = free_port()
    monkeypatch.setattr(files.os, "replace", full)
    result = emulator(model="eth008", port=port)
    assert result["failed"] and result["error"]["stage"] == "state" and f"{folder} (No space left on device)" in result["msg"]
    assert not listens(port)


def test_a_home_that_cannot_be_written_to_is_named(free_port, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    result = emulator(model="eth008", port=free_port())
    assert result["failed"] and result["error"]["stage"] == "state"
    assert f"{tmp_path}/file/.ansible/bytewire/emulator (Not a directory)" in result["msg"] and "set HOME" in result["msg"]
    stopped = emulator(state="stopped")
    assert not stopped.get("failed") and not stopped["changed"]


@pytest.mark.parametrize("state", ["", "{}", "[]", "null", '{"pid": 1, "born": null}'])
def test_a_state_file_that_says_nothing_is_none(free_port, folder, state):
    os.makedirs(folder)
    with open(os.path.join(folder, "board.json"), "w", encoding="utf-8") as file:
        file.write(state)
    assert emulator(model="eth008", port=free_port())["changed"]
    assert emulator(state="stopped")["changed"] and os.listdir(folder) == []


def test_a_process_that_ended_by_itself_is_started_anew(free_port):
    asked = {"model": "eth008", "port": free_port()}
    pid = emulator(**asked)["pid"]
    os.kill(pid, signal.SIGKILL)
    while files.born(pid) is not None:
        time.sleep(0.01)
    assert emulator(**asked)["changed"]


# Several tasks at once.

def at_once(number, **arguments):
    together, results = threading.Barrier(number), []

    def task():
        together.wait(10)
        results.append(emulator(**arguments))

    tasks = [threading.Thread(target=task) for dummy in range(number)]
    for each in tasks:
        each.start()
    for each in tasks:
        each.join(30)
    assert len(results) == number
    return results


def test_hosts_of_one_board_share_its_process(free_port, folder):
    port = free_port()
    started = at_once(3, model="eth008", port=port)
    assert not [result for result in started if result.get("failed")], started
    assert sorted(result["changed"] for result in started) == [False, False, True] and len({result["pid"] for result in started}) == 1
    stopped = at_once(3, state="stopped")
    assert sorted(result["changed"] for result in stopped) == [False, False, True] and not listens(port) and os.listdir(folder) == []


def asker(host, task="0a"):
    return {"task": task, "host": host}


def test_hosts_of_one_line_are_refused_from_the_second_on(free_port):
    port = free_port()
    first = emulator(asker=asker("tv1"), model="lg", port=port, unit=1)
    for host, unit in (("tv2", 2), ("tv3", 3)):
        refused = emulator(asker=asker(host), model="lg", port=port, unit=unit)
        assert refused["msg"] == (f"emulator: {host} is at 127.0.0.1:{port} as tv1 is, with another unit; one device is emulated at an address. "
                                  "Give each host a port (bytewire_port) or an address (bytewire_host) of its own.")
        assert refused["error"]["kind"] == "invalid"
    assert "with another model, unit;" in emulator(asker=asker("tv2"), model="eth008", port=port, unit=None)["msg"]
    assert "with another password or other option;" in emulator(asker=asker("tv2"), model="lg", port=port, unit=1, latency=0.1)["msg"]
    again = emulator(asker=asker("tv1", "0b"), model="lg", port=port, unit=1)
    assert (again["pid"], again["changed"]) == (first["pid"], False)
    assert "as tv1 is" in emulator(asker=asker("tv2", "0b"), model="lg", port=port, unit=2)["msg"]


def test_the_next_task_and_the_same_host_may_start_another(free_port):
    port = free_port()
    for host, task, unit in (("tv1", "0a", 1), ("tv1", "0a", 2), ("tv2", "0b", 3)):
        assert emulator(asker=asker(host, task), model="lg", port=port, unit=unit)["changed"]


def test_one_name_for_hosts_at_addresses_of_their_own(free_port):
    assert emulator(asker=asker("tv1"), model="lg", port=free_port())["changed"]
    refused = emulator(asker=asker("tv2"), model="lg", port=free_port())
    assert "tv2 starts 'board', which this task has started for tv1. Say run_once: true" in refused["msg"]


def test_looking_writes_nothing(free_port, tmp_path):
    assert emulator(check=True, model="eth008", port=free_port())["changed"]
    assert not emulator(check=True, state="stopped")["changed"] and not (tmp_path / "home").exists()


# Paths.

def test_relative_paths_begin_at_the_current_directory(free_port, tmp_path, certificate, monkeypatch):
    monkeypatch.chdir(tmp_path)
    port, mail_port = free_port(), free_port()
    result = emulator(
        model="eth008", port=port, journal="board.journal", tls={"certificate": "server.pem", "key": "server.pem"},
        mail={"port": mail_port, "directory": str(tmp_path / "mails"), "tls": "tls", "certificate": "server.pem", "key": "server.pem"})
    assert result.get("changed") and result["journal"] == str(tmp_path / "board.journal"), result
    for each in (port, mail_port):
        with socket.create_connection(("127.0.0.1", each), 5) as plain, ssl._create_unverified_context().wrap_socket(plain) as link:
            assert link.version()


def test_a_relative_directory_for_mails(free_port, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert emulator(check=True, mail={"port": free_port(), "directory": "mails"})["mail"]["directory"] == str(tmp_path / "mails")


# What it is asked for.

def test_a_fault_that_would_never_strike(free_port):
    result = emulator(model="esc_cr", port=free_port(), faults=[{"fault": "lie", "on": ["command", "offf"]}])
    assert result["failed"] and result["msg"] == "emulator: faults.on: esc_cr has no request offf; it has command."


def test_keys_that_yaml_made_booleans(free_port):
    asked = {"model": "esc_cr", "port": free_port(), "initial": {"replies": {True: "READY", "STATUS": "7"}}}
    assert emulator(**asked)["changed"] and not emulator(**asked)["changed"]

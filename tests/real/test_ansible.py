# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible as a user runs it, against one emulated board: ad hoc, many hosts that are one board, and what must not be seen."""

from __future__ import annotations

import os
import subprocess
import threading
import time

SECRET = "Xq7-secret-of-the-board"
MAIL_SECRET = "Zw9-secret-of-the-mail"


def test_check_diff_and_twice(ansible, emulator):
    board = emulator(initial={"relays": [2]})
    ansible.hosts({"garage": {"ansible_host": "127.0.0.1", "bytewire_port": board.port, "bytewire_model": "eth008"}})
    task = ("garage", "relay", {"relay": 2, "state": "off"})
    code, result, printed = ansible.task(*task, "--check", "--diff")
    assert code == 0 and result["changed"] and "-relay 2: on\n+relay 2: off" in printed
    assert {entry["what"] for entry in board.journal() if entry["event"] == "in"} == {"identify", "relays.read"}
    code, result, printed = ansible.task(*task)
    assert result["changed"] and [entry["bytes"] for entry in board.journal() if entry["event"] == "in"][-2:] == ["21 02 00", "24"]
    code, result, printed = ansible.task(*task)
    assert code == 0 and not result["changed"] and board.writes() == ["21 02 00"]


def test_a_task_that_would_be_ended_with_the_load_off_is_refused(ansible, emulator):
    board = emulator(initial={"relays": [2]})
    ansible.hosts({"garage": {"ansible_host": "127.0.0.1", "bytewire_port": board.port, "bytewire_model": "eth008"}})
    done = ansible.play([{"bytewire.devices.relay": {"relay": 2, "state": "cycled", "duration": 3}, "timeout": 3}])
    assert done.returncode == 2 and "the task's timeout of 3 s would end it within the duration of 3 s" in done.stdout + done.stderr
    assert board.writes() == []
    done = ansible.play([{"bytewire.devices.relay": {"relay": 4, "state": "pulsed", "duration": 20}, "timeout": 3}])
    assert done.returncode == 0 and board.writes() == ["20 04 C8"]


def test_eight_hosts_that_are_relays_of_one_board(ansible, emulator):
    """Two playbooks of eight forks each, the board named in two ways: one connection at a time, each relay switched once."""
    board = emulator(initial={"relays": [2, 4, 6, 8]}, latency=0.005)
    hosts = {f"relay{number}": {"bytewire_relay": number, "bytewire_state": "on" if number % 2 else "off",
                                "ansible_host": "localhost" if number % 3 else "127.0.0.1"} for number in range(1, 9)}
    ansible.hosts(hosts, bytewire_port=board.port, bytewire_model="eth008")
    done = []
    playbooks = [threading.Thread(target=lambda: done.append(ansible.play([{"bytewire.devices.relay": None}], "--forks", "8"))) for dummy in range(2)]
    for playbook in playbooks:
        playbook.start()
    for playbook in playbooks:
        playbook.join()
    assert [one.returncode for one in done] == [0, 0], "".join(one.stdout + one.stderr for one in done)
    opened = [entry["connections"] for entry in board.journal() if entry["event"] == "open"]
    assert len(opened) == 16 and max(opened) == 1
    assert sorted(board.writes()) == ["20 01 00", "20 03 00", "20 05 00", "20 07 00", "21 02 00", "21 04 00", "21 06 00", "21 08 00"]
    result = ansible.task("relay1", "device_info", {})[1]
    assert [result["relays"][str(number)]["state"] for number in range(1, 9)] == ["on", "off"] * 4


def test_the_device_s_own_variables(ansible, emulator):
    """Templates, precedence of the task over the inventory, module_defaults in between, and default(omit)."""
    board = emulator("one", host="127.0.0.21")
    ansible.hosts({"garage": {"ansible_host": "{{ address }}", "bytewire_duration": 5, "address": "127.0.0.21", "bytewire_port": f"{{{{ {board.port} | int "
                              f"}}}}",
                              "bytewire_model": "{{ wanted_model | default('eth002') }}", "bytewire_label": "{{ nothing | default(omit) }}"}})
    wrong = ansible.task("garage", "ping", {"retries": 0})
    assert f"garage (127.0.0.21:{board.port}) is not the eth002" in wrong[1]["msg"]
    assert ansible.task("garage", "ping", {"model": "eth008"})[0] == 0
    assert ansible.task("garage", "ping", {}, "-e", "wanted_model=eth008")[0] == 0
    assert ansible.task("garage", "relay", {"relay": 1, "state": "on", "model": "eth008"})[0] == 0
    assert ansible.task("garage", "relay", {"relay": 1, "state": "on", "model": "eth008", "duration": 5})[1]["error"]["kind"] == "invalid"
    assert ansible.task("garage", "relay", {"relay": 1, "state": "pulsed", "model": "eth008"})[0] == 0
    assert board.writes() == ["20 01 00", "20 01 32"]
    playbook = ansible.folder / "defaults.yml"
    playbook.write_text("""
- hosts: all
  gather_facts: false
  module_defaults:
    group/bytewire.devices.device:
      model: eth008
  tasks:
    - bytewire.devices.ping:
""")
    done = ansible.run("ansible-playbook", playbook)
    assert done.returncode == 0, done.stdout


def test_a_profile_of_the_user(ansible, emulator):
    folder = ansible.folder / "bytewire_profiles"
    folder.mkdir()
    (folder / "attic.yml").write_text('extends: eth008\nrelays: {numbers: "1-4"}\n')
    (folder / "broken.yml").write_text('extends: eth008\nrelays: {numbers: "one"}\n')
    board = emulator()
    ansible.hosts({"attic": {"ansible_host": "127.0.0.1", "bytewire_port": board.port, "bytewire_model": "attic"}})
    assert ansible.task("attic", "relay", {"relay": 4, "state": "on"})[1]["model"] == "attic"
    assert "no relay 5 on model attic, which has 1-4" in ansible.task("attic", "relay", {"relay": 5, "state": "on"})[1]["msg"]
    message = ansible.task("attic", "relay", {"relay": 5, "state": "on", "model": "broken"})[1]["msg"]
    assert "bytewire_profiles/broken.yml: relays.numbers is 'one'; expected" in message
    assert "there is no profile 'attik'" in ansible.task("attic", "ping", {"model": "attik"})[1]["msg"]


class ProcessList(threading.Thread):
    """Everything that stands in command lines and environments while something runs."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen, self.samples, self.stopped = set(), 0, False
        self.start()

    def run(self):
        while not self.stopped:
            for pid in filter(str.isdigit, os.listdir("/proc")):
                for name in ("cmdline", "environ"):
                    try:
                        with open(f"/proc/{pid}/{name}", "rb") as file:
                            self.seen.add(file.read())
                    except OSError:
                        continue  # the process is gone
            self.samples += 1
            time.sleep(0.01)


def test_no_password_is_seen_anywhere(ansible, free_port):
    port, mail_port = free_port(), free_port()
    journal = ansible.folder / "board.journal"
    ansible.hosts({"garage": {"ansible_host": "127.0.0.1", "bytewire_port": port, "bytewire_model": "eth008", "bytewire_password": "{{ secret }}",
                              "secret": SECRET, "mail_secret": MAIL_SECRET}})
    mail = {"host": "127.0.0.1", "port": mail_port, "username": "me", "password": "{{ mail_secret }}", "sender": "a@example.com", "to": ["b@example.com"],
            "subject": "x", "body": "y"}
    tasks = [
        {"bytewire.devices.emulator": {"journal": str(journal), "name": "secretive"}},
        {"bytewire.devices.relay": {"relay": 1, "state": "on", "trace": True}},
        {"bytewire.devices.relay": {"relay": 1, "state": "off"}, "check_mode": True, "diff": True},
        {"bytewire.devices.relay": {"relay": 2, "state": "on", "password": "{{ secret }}-wrong"}, "ignore_errors": True},
        {"bytewire.devices.relay": {"relay": 12, "state": "on"}, "ignore_errors": True},
        {"bytewire.devices.relay": {"relay": 2, "state": "sideways"}, "ignore_errors": True},
        {"bytewire.devices.device_info": {}},
        {"bytewire.devices.ping": {"port": 1, "retries": 0}, "ignore_errors": True},
        {"bytewire.devices.mail": mail, "ignore_errors": True},
        {"bytewire.devices.emulator": {"state": "stopped", "name": "secretive"}},
    ]
    processes = ProcessList()
    done = ansible.play(tasks, "-vvvvv")
    processes.stopped = True
    processes.join(120)
    printed = done.stdout + done.stderr
    assert done.returncode == 0, printed
    assert "79 ********" in printed and "refused the password" in printed
    everything = printed + journal.read_text() + "".join(sample.decode("latin-1") for sample in processes.seen)
    for secret in (SECRET, MAIL_SECRET):
        for spelling in (secret, secret.encode().hex(), secret.encode().hex(" "), secret.encode().hex(" ").upper()):
            assert spelling not in everything
    assert processes.samples > 20


def emulators_of(folder):
    """Command lines of running emulators that were started with this test's collections."""
    listed = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if "launch.py" in line and str(folder) in line]


def test_the_emulator_starts_and_stops_idempotently(ansible, emulator):
    options = {"name": "twice", "model": "eth008", "count": 3, "host": "127.0.0.31", "password": "hunter2"}
    board = emulator(**options)
    options.update(port=board.port, journal=str(board.path))
    again = ansible.task("localhost", "emulator", options)[1]
    assert not again["changed"] and again["addresses"] == [f"127.0.0.{number}:{board.port}" for number in (31, 32, 33)]
    checked = ansible.task("localhost", "emulator", dict(options, password="other"), "--check")[1]
    assert checked["changed"] and not ansible.task("localhost", "emulator", options)[1]["changed"]
    other = ansible.task("localhost", "emulator", dict(options, password="other"))[1]
    assert other["changed"] and other["pid"] != again["pid"] and len(emulators_of(ansible.folder)) == 1
    taken = ansible.task("localhost", "emulator", dict(options, name="late"))[1]
    assert {"kind": "unreachable", "stage": "start"}.items() <= taken["error"].items() and "address already in use" in taken["msg"]
    assert ansible.task("localhost", "emulator", {"name": "twice", "state": "stopped"})[1]["changed"]
    assert not ansible.task("localhost", "emulator", {"name": "twice", "state": "stopped"})[1]["changed"]
    assert emulators_of(ansible.folder) == []


def test_the_emulator_stays_on_loopback(ansible, free_port):
    for host in ("192.0.2.1", "0.0.0.0", "relay.example"):
        refused = ansible.task("localhost", "emulator", {"model": "eth008", "host": host, "port": free_port()})[1]
        assert refused["error"]["kind"] == "invalid" and "is not an address of loopback" in refused["msg"]

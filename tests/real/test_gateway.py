# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""delegate_to over real OpenSSH: the same result as in the controller, from a process on the gateway."""

from __future__ import annotations

import glob
import json
import os
import re
import shutil
import subprocess
import threading
import time

import pytest
from ansible.release import __version__ as core_version

OLDEST = "python3.8" if tuple(map(int, core_version.split(".")[:2])) < (2, 20) else "python3.9"


@pytest.fixture
def gateway(sshd):
    """A host behind real OpenSSH, with the oldest Python that this ansible-core runs modules on."""
    versions = os.path.join(os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv"), "versions")
    candidates = [shutil.which(OLDEST)] + glob.glob(os.path.join(versions, "*", "bin", OLDEST))
    for candidate in filter(None, candidates):
        found = subprocess.run([candidate, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return dict(sshd, ansible_python_interpreter=found.stdout.strip())
    pytest.skip(f"{OLDEST}, the oldest Python that ansible-core {core_version} runs modules on, is not installed")


def task(name, module, arguments, **keywords):
    return dict({"name": name, "bytewire.devices." + module: arguments, "register": "outcome"}, **keywords)


def show(folder, name, what="outcome"):
    return {"ansible.builtin.copy": {"dest": str(folder / name), "content": f"{{{{ {what} | to_json }}}}", "mode": "0600"}, "delegate_to": "localhost",
            "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}}


def comparable(result):
    """A result without what may differ from one run to the next."""
    for key in ("invocation", "ansible_facts", "deprecations", "ms"):
        result.pop(key, None)
    for entry in result.get("trace", []) + result.get("steps", []):
        entry.pop("ms")
    if "msg" in result:
        result["msg"] = re.sub(r"[\d.]+ ms", "N ms", result["msg"])
    return result


class Watcher(threading.Thread):
    """Notes the command line of every process that has a connection to a port."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.seen, self.stopped = port, set(), False
        self.start()

    def run(self):
        while not self.stopped:
            inodes = {line.split()[9] for line in open("/proc/net/tcp", encoding="ascii").readlines()[1:]
                      if line.split()[2].endswith(f":{self.port:04X}") and line.split()[9] != "0"}
            for pid in filter(str.isdigit, os.listdir("/proc")) if inodes else ():
                self._look_at(pid, inodes)
            time.sleep(0.02)

    def _look_at(self, pid, inodes):
        try:
            links = {os.readlink(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd")}
            if links & {f"socket:[{inode}]" for inode in inodes}:
                self.seen.add(os.readlink(f"/proc/{pid}/exe"))
        except OSError:
            return  # the process is gone


CASES = [
    ("relay", {"relay": "backup_disk", "state": "on"}),
    ("relay", {"relay": "backup_disk", "state": "on", "trace": True}),
    ("relay", {"relay": 9, "state": "on"}),
    ("relay", {"relay": 2, "state": "off", "password": "guess"}),
    ("relay", {"relay": 2, "state": "sideways"}),
    ("relay", {"relay": 2, "state": "on", "model": "eth8020"}),
    ("relay", {"relay": 2, "state": "on", "model": "auto"}),
    ("relay", {"relay": 2, "state": "on", "model": "eht008"}),
    ("relay", {"relay": 2, "state": "on", "port": 1, "retries": 0}),
    ("device_info", {}),
    ("ping", {}),
    ("relay", {"relay": 4, "state": "pulsed", "duration": 20}),
]


ADDRESSES = {"here": "127.0.0.11", "there": "127.0.0.12"}


def alike(text, address, port):
    """Results with what differs between two boards taken out."""
    return [comparable(result) for result in json.loads(text.replace(address, "ADDRESS").replace(f":{port}", ":PORT"))]


def test_equal_results(ansible, emulator, gateway, tmp_path):
    """Each case against two equal boards: one asked from the controller, one from the gateway."""
    boards = {place: emulator(place, host=address, password="hunter2") for place, address in ADDRESSES.items()}
    ansible.hosts({"garage": {"ansible_host": "{{ address }}", "bytewire_model": "eth008", "bytewire_relays": {"backup_disk": 2},
                              "bytewire_password": "{{ 'hunter2' }}"}, "gateway": gateway})
    for place, board in boards.items():
        keywords = {"delegate_to": "gateway"} if place == "there" else {}
        names = [f"case_{number}" for number in range(len(CASES))]
        tasks = [task(name, *case, **dict(keywords, ignore_errors=True, register=name)) for name, case in zip(names, CASES)]
        tasks.append(show(tmp_path, place + ".json", f"[{', '.join(names)}]"))
        done = ansible.play(tasks, "--diff", "--limit", "garage", "-e", f"address={ADDRESSES[place]} bytewire_port={board.port}")
        assert done.returncode == 0, done.stdout + done.stderr
    here, there = (alike((tmp_path / (place + ".json")).read_text(), ADDRESSES[place], boards[place].port) for place in boards)
    assert "hunter2" not in str(here) + str(there) and "guess" not in str(here) + str(there)
    for case, one, other in zip(CASES, here, there):
        assert one == other, case
    assert boards["here"].writes() == boards["there"].writes() == ["20 02 00", "20 04 C8"]


def test_the_address_is_never_that_of_the_gateway(ansible, emulator, gateway):
    """To the variables of a device without ansible_host, Ansible's connection adds the gateway's."""
    board = emulator(host="127.0.0.13")
    ansible.hosts({"127.0.0.13": {"bytewire_port": board.port, "bytewire_model": "eth008"}, "gateway": gateway})
    done = ansible.play([task("on", "relay", {"relay": 2, "state": "on"}, delegate_to="gateway")], "--limit", "127.0.0.13")
    assert done.returncode == 0, done.stdout + done.stderr
    assert board.writes() == ["20 02 00"]


def test_the_process_on_the_gateway_talks_to_the_device(ansible, emulator, gateway):
    board = emulator(latency=0.2)
    ansible.hosts({"garage": {"ansible_host": "127.0.0.1", "bytewire_port": board.port, "bytewire_model": "eth008"}, "gateway": gateway})
    watcher = Watcher(board.port)
    done = ansible.play([task("on", "relay", {"relay": 2, "state": "on"}, delegate_to="gateway")], "--limit", "garage")
    assert done.returncode == 0, done.stdout + done.stderr
    assert watcher.seen == {os.path.realpath(gateway["ansible_python_interpreter"])}
    watcher.seen.clear()
    done = ansible.play([task("off", "relay", {"relay": 2, "state": "off"})], "--limit", "garage")
    watcher.stopped = True
    watcher.join(120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert watcher.seen and os.path.realpath(gateway["ansible_python_interpreter"]) not in watcher.seen
    assert board.writes() == ["20 02 00", "21 02 00"]


def test_a_dead_gateway_is_a_failure_that_rescue_sees(ansible, free_port, gateway, tmp_path):
    ansible.hosts({"garage": {"ansible_host": "127.0.0.1", "bytewire_model": "eth008"}, "gateway": dict(gateway, ansible_port=free_port())})
    done = ansible.play([{
        "block": [task("on", "relay", {"relay": 2, "state": "on"}, delegate_to="gateway")],
        "rescue": [show(tmp_path, "dead.json")],
    }], "--limit", "garage")
    assert done.returncode == 0 and "rescued=1" in done.stdout and "unreachable=0" in done.stdout, done.stdout + done.stderr
    result = comparable(json.loads((tmp_path / "dead.json").read_text()))
    assert result["failed"] and {"kind": "unreachable", "stage": "gateway"}.items() <= result["error"].items() and not result.get("unreachable")
    assert "The gateway gateway failed to run relay" in result["msg"]


def test_a_gateway_without_a_usable_python(ansible, gateway, tmp_path):
    ansible.hosts({"garage": {"ansible_host": "127.0.0.1", "bytewire_model": "eth008"},
                   "gateway": dict(gateway, ansible_python_interpreter="/no/such/python")})
    done = ansible.play([task("on", "relay", {"relay": 2, "state": "on"}, delegate_to="gateway", ignore_errors=True), show(tmp_path, "no.json")],
                        "--limit", "garage")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {"kind": "unreachable", "stage": "gateway"}.items() <= comparable(json.loads((tmp_path / "no.json").read_text()))["error"].items()


@pytest.mark.parametrize("delegate", ["localhost", "127.0.0.1", "{{ 'localhost' }}"])
def test_delegated_to_the_controller_it_runs_in_the_controller(ansible, emulator, delegate):
    board = emulator()
    ansible.hosts({"garage": {"ansible_host": "127.0.0.1", "bytewire_port": board.port, "bytewire_model": "eth008"}})
    done = ansible.play([task("on", "relay", {"relay": 2, "state": "on"}, delegate_to=delegate)])
    assert done.returncode == 0 and board.writes() == ["20 02 00"], done.stdout + done.stderr

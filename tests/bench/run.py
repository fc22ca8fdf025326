# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""relay per host over many emulated boards, beside its floor and its peer, in one run.

    python tests/bench/run.py [--boards 1000] [--rounds 3] [--forks 5]

Every figure is of one ansible-playbook process: wall and CPU seconds from start to end, and the memory of its largest process.
The emulator is a process of its own; its CPU is printed apart.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import platform
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKOUT = os.path.dirname(os.path.dirname(HERE))
FIRST = ipaddress.ip_address("127.1.0.1")

TASKS = {
    "ansible.builtin.assert": {"ansible.builtin.assert": {"that": "ansible_host != ''", "quiet": True}},
    "bare in-process action": {"bare": {"state": "{{ state }}"}},
    "bytewire.devices.relay": {"bytewire.devices.relay": {"relay": 2, "state": "{{ state }}"}},
}


def free_port():
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind((str(FIRST), port))
                return port
            except OSError:
                continue


def environment(folder):
    root = os.path.join(folder, "collections", "ansible_collections", "bytewire")
    os.makedirs(root)
    os.symlink(CHECKOUT, os.path.join(root, "devices"))
    return dict(os.environ, HOME=folder, ANSIBLE_COLLECTIONS_PATH=os.path.join(folder, "collections"), ANSIBLE_LOCALHOST_WARNING="False",
                ANSIBLE_INVENTORY_UNPARSED_WARNING="False", ANSIBLE_ACTION_PLUGINS=os.path.join(HERE, "action_plugins"),
                ANSIBLE_DISPLAY_OK_HOSTS="False", PATH=os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"])


def emulator(folder, variables, **options):
    done = subprocess.run(["ansible", "localhost", "-m", "bytewire.devices.emulator", "-a", json.dumps(dict(options, name="bench"))],
                          env=variables, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return json.loads(done.stdout[done.stdout.index("{"):])["pid"]


def cpu_of(pid):
    with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def play(folder, variables, task, state, forks):
    """(wall seconds, CPU seconds, MiB of the largest process, changed hosts)."""
    path = os.path.join(folder, "play.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump([{"hosts": "all", "gather_facts": False, "vars": {"state": state}, "tasks": [task]}], file)
    with open(os.path.join(folder, "output"), "w+", encoding="utf-8") as output:
        started = time.monotonic()
        process = subprocess.Popen(["ansible-playbook", "-i", os.path.join(folder, "inventory.json"), "--forks", str(forks), path],
                                   env=variables, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        dummy, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        output.seek(0)
        text = output.read()
    if status:
        sys.exit(text[-3000:])
    changed = sum("changed=1" in line for line in text.splitlines())
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, changed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--boards", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--forks", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        variables, port = environment(folder), free_port()
        hosts = {"board%05d" % number: {"ansible_host": str(FIRST + number)} for number in range(chosen.boards)}
        with open(os.path.join(folder, "inventory.json"), "w", encoding="utf-8") as file:
            json.dump({"all": {"hosts": hosts, "vars": {"bytewire_port": port, "bytewire_model": "eth008"}}}, file)
        pid = emulator(folder, variables, model="eth008", host=str(FIRST), count=chosen.boards, port=port)
        try:
            report(chosen, variables, measure(chosen, folder, variables, pid))
        finally:
            emulator(folder, variables, state="stopped")


def measure(chosen, folder, variables, pid):
    """{name: [(wall, CPU, MiB, emulator's CPU), ...]}, the tasks in turn in every round; each switch really switches every board."""
    figures = {name: [] for name in TASKS}
    state = "off"
    for dummy in range(chosen.rounds):
        for name, task in TASKS.items():
            switches = name != "ansible.builtin.assert"
            state = {"on": "off", "off": "on"}[state] if switches else state
            before = cpu_of(pid)
            wall, cpu, memory, changed = play(folder, variables, task, state, chosen.forks)
            if changed != (chosen.boards if switches else 0):
                sys.exit("%s changed %d of %d boards" % (name, changed, chosen.boards))
            figures[name].append((wall, cpu, memory, cpu_of(pid) - before))
    return figures


def report(chosen, variables, figures):
    print("%d boards, %d rounds, %d forks; %s, Python %s, %d CPUs" % (
        chosen.boards, chosen.rounds, chosen.forks,
        subprocess.run(["ansible", "--version"], env=variables, capture_output=True, text=True, check=True).stdout.splitlines()[0],
        platform.python_version(), os.cpu_count()))
    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in figures.items()}
    relay = medians["bytewire.devices.relay"]
    print("%-24s %8s %8s %8s %12s %22s" % ("one play, per host", "wall s", "CPU s", "MiB", "emulator s", "relay is (by wall)"))
    for name, (wall, cpu, memory, emulated) in medians.items():
        print("%-24s %8.2f %8.2f %8.0f %12.2f %20.2f x" % (name, wall, cpu, memory, emulated, relay[0] / wall))


if __name__ == "__main__":
    main()

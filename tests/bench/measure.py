# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One measured run of anything, and the emulated boards to run it against."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import json
import os
import platform
import random
import socket
import subprocess
import sys
import time
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKOUT = os.path.dirname(os.path.dirname(HERE))
FIRST = ipaddress.ip_address("127.1.0.1")

Figures = namedtuple("Figures", "wall cpu memory emulator output")
"""Wall and CPU seconds and the MiB of the largest process of one run; the CPU seconds of the emulators meanwhile; what was printed."""


class Bench:
    """A folder with Ansible's environment in it."""

    def __init__(self, folder):
        self.folder = folder
        root = os.path.join(folder, "collections", "ansible_collections", "bytewire")
        os.makedirs(root)
        os.symlink(CHECKOUT, os.path.join(root, "devices"))
        self.environment = dict(
            os.environ, HOME=folder, ANSIBLE_COLLECTIONS_PATH=os.path.join(folder, "collections"), ANSIBLE_LOCALHOST_WARNING="False",
            ANSIBLE_INVENTORY_UNPARSED_WARNING="False", ANSIBLE_ACTION_PLUGINS=os.path.join(HERE, "action_plugins"),
            ANSIBLE_DISPLAY_OK_HOSTS="False", PATH=os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"])
        self.pids = []

    @contextlib.contextmanager
    def boards(self, count, first=FIRST, model="eth008", **options):
        """So many emulated devices on addresses in a row; yields their addresses and port."""
        name, port = f"bench-{len(self.pids)}", options.pop("port", None) or free_port(first)
        done = self._emulator(dict(options, name=name, model=model, host=str(first), count=count, port=port))
        self.pids.append(done["pid"])
        try:
            yield [str(first + number) for number in range(count)], port
        finally:
            self.pids.remove(done["pid"])
            self._emulator({"name": name, "state": "stopped"})

    def _emulator(self, options):
        done = subprocess.run(["ansible", "localhost", "-m", "bytewire.devices.emulator", "-a", json.dumps(options)],
                              env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        return json.loads(done.stdout[done.stdout.index("{"):])

    def change(self, name, **values):
        """Make the boards of one of these processes what somebody at them would."""
        self._emulator({"name": name, "state": "changed", "change": values})

    def about(self):
        """What was measured with, and on which machine."""
        core = self.run("ansible", "--version").output.splitlines()[0]
        return {"date": datetime.date.today().isoformat(), "core": core, "python": platform.python_version(), "cpus": os.cpu_count(),
                "cpu": cpu_name(), "commit": commit()}

    def inventory(self, addresses, **variables):
        hosts = {f"board{number:05d}": {"ansible_host": address} for number, address in enumerate(addresses)}
        self.write("inventory.json", json.dumps({"all": {"hosts": hosts, "vars": variables}}))
        self.write("addresses", "\n".join(addresses))

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def play(self, task, *flags, fails=False):
        """Figures of ansible-playbook with this one task."""
        self.write("play.json", json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
        return self.run("ansible-playbook", "-i", "inventory.json", "play.json", *flags, fails=fails)

    def run(self, *command, fails=False):
        """Figures of a command; one that fails ends the benchmark, unless it shall."""
        before = sum(map(cpu_of, self.pids))
        with open(os.path.join(self.folder, "output"), "w+", encoding="utf-8") as output:
            started = time.monotonic()
            process = subprocess.Popen(command, env=self.environment, cwd=self.folder, stdout=output, stderr=subprocess.STDOUT)
            dummy, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - started
            output.seek(0)
            text = output.read()
        if bool(status) != fails:
            shown = " ".join(command)
            sys.exit(f"{shown}\n{text[-3000:]}")
        return Figures(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, sum(map(cpu_of, self.pids)) - before, text)


def free_port(host):
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind((str(host), port))
                return port
            except OSError:
                continue


def cpu_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_name():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((text.partition(":")[2].strip() for text in file if text.startswith("model name")), "unknown")


def commit():
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)
    return done.stdout.strip()

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbook monitor over emulated boards: what is mailed, once, also where runs are killed; the metrics as promtool reads them."""

from __future__ import annotations

import email
import email.policy
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest

PORT = 17494


class Site:
    """Boards garage, shed and hut, and one more that can go, with a mail server, a journal and a folder for monitoring."""

    def __init__(self, ansible, emulator, free_port):
        self.ansible, self.emulator = ansible, emulator
        self.directory, self.mails, self.metrics = ansible.folder / "monitor", ansible.folder / "mails", ansible.folder / "devices.prom"
        port = free_port("127.9.12.1")
        emulator(host="127.9.12.1", port=PORT, count=3, mail={"host": "127.9.12.1", "port": port, "directory": str(self.mails)})
        self.hosts = {name: {"ansible_host": f"127.9.12.{number}"} for number, name in enumerate(("garage", "shed", "hut", "attic"), 1)}
        self.variables = {
            "bytewire_model": "eth008", "bytewire_relays": {"disk": 2}, "bytewire_journal": str(ansible.folder / "journal"), "bytewire_retries": 0,
            "bytewire_connect_timeout": 2, "monitor_directory": str(self.directory), "monitor_metrics": str(self.metrics), "notify_mail_host": "127.9.12.1",
            "notify_mail_port": port, "notify_mail_encryption": "none", "notify_mail_from": "monitor@example.org", "notify_mail_to": ["ann@example.org"]}
        ansible.hosts(self.hosts, **self.variables)
        self.attic = None

    def start_attic(self):
        self.attic = self.emulator(name="attic", host="127.9.12.4", port=PORT)

    def monitor(self, *flags):
        done = self.ansible.run("ansible-playbook", "bytewire.devices.monitor", *flags)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def subjects(self):
        return [message["subject"] for message in self.messages()]

    def messages(self):
        """By their Message-ID, since one that was handed over when a run was killed may come twice."""
        messages = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in sorted(self.mails.glob("*.eml"))]
        return list({message["message-id"]: message for message in messages}.values())

    def history(self):
        return [json.loads(line) for line in (self.directory / "history.jsonl").read_text().splitlines()]


@pytest.fixture
def site(ansible, emulator, free_port):
    return Site(ansible, emulator, free_port)


def behind_our_back(address, command):
    with socket.create_connection((address, PORT), 10) as board:
        board.sendall(bytes.fromhex(command))
        assert board.recv(1) == b"\0"


def test_each_change_is_mailed_once(site, ansible):
    """One goes, one returns, one is switched by somebody else and one by us, and one crosses a limit; then nothing does."""
    site.start_attic()
    assert "4 devices: 4 answer. Nothing changed." in site.monitor() and site.subjects() == []
    site.attic.stop()
    behind_our_back("127.9.12.2", "20 02 00")
    assert ansible.task("hut", "relay", {"relay": "disk", "state": "on"})[0] == 0
    ansible.hosts({**site.hosts, "garage": {**site.hosts["garage"], "bytewire_limits": {"supply_voltage": {"least": 12.5}}}}, **site.variables)
    told = site.monitor("--check")
    assert "3 changes:" in told and "relay 2 (disk) was switched on (by somebody else)" in told and site.subjects() == []
    site.monitor()
    subject = "3 changes: attic does not answer; garage: supply_voltage is 12 V, below 12.5; shed: relay 2 (disk) was switched on (by somebody else)"
    assert site.subjects() == [subject]
    assert "Nothing changed" in site.monitor()
    site.start_attic()
    site.monitor()
    assert [words.partition(" (gone for")[0] for words in site.subjects()] == [subject, "attic is back"]
    words = [(entry["host"], entry["kind"], bool(entry.get("by"))) for entry in site.history()]
    assert words == [("garage", "limit", False), ("shed", "switched", False), ("hut", "switched", True), ("attic", "gone", False), ("attic", "back", False)]
    page = (site.directory / "index.html").read_text()
    assert "All 4 devices answer, 1 over a limit" in page and "<svg" in page and "(by somebody else)" in page
    assert 'bytewire_relay_on{host="shed",relay="2",name="disk"} 1\n' in site.metrics.read_text()
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    done = subprocess.run(["promtool", "check", "metrics"], input=site.metrics.read_text(), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_runs_that_are_killed(site):
    """At random moments, and right after the state, the history or the spool changed: what changed is told once all the same."""
    site.start_attic()
    began = time.monotonic()
    site.monitor()
    seconds, moments = time.monotonic() - began, []
    for number in range(8):
        behind_our_back("127.9.12.2", f"{'20' if number % 2 == 0 else '21'} 02 00")
        before = len(site.messages())
        with subprocess.Popen(["ansible-playbook", "bytewire.devices.monitor"], cwd=site.ansible.folder, env=site.ansible.environment, start_new_session=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            moments.append(_wait(site, run, number, seconds))
            os.killpg(run.pid, signal.SIGKILL)
        site.monitor()
        state = "on" if number % 2 == 0 else "off"
        assert site.subjects()[before:] == [f"shed: relay 2 (disk) was switched {state} (by somebody else)"], (number, moments)
    assert [entry["is"] for entry in site.history()] == ["on", "off"] * 4, moments


def _wait(site, run, number, seconds):
    """Until the moment at which a run is killed: for each other time a random one, else once one of the files is another."""
    if number % 2:
        moment = random.uniform(seconds * 0.5, seconds)
        time.sleep(moment)
        return moment
    watched = [site.directory / name for name in ("state.json", "history.jsonl", "index.html", "spool")][number // 2]
    before = watched.stat().st_mtime_ns if watched.exists() else 0
    until = time.monotonic() + 60
    while run.poll() is None and time.monotonic() < until and (watched.stat().st_mtime_ns if watched.exists() else 0) == before:
        time.sleep(0.0005)
    return watched.name


@pytest.mark.parametrize("given, words", [
    ({"monitor_limits": {"load": {"max": 3}}}, "limits: load is {'max': 3}; expected least, most or both"),
    ({"monitor_metrics": "/tmp/devices.txt"}, "node_exporter reads files whose names end in .prom"),
    ({"monitor_remind": -1}, "remind is -1; expected 0 to 87600 hours"), ({"notify_mail_to": "ann at home"}, "'ann at home' is not an address")])
def test_what_is_wrong_is_told_before_anything_is_read(site, given, words):
    done = site.ansible.run("ansible-playbook", "bytewire.devices.monitor", "-e", json.dumps(given))
    assert done.returncode == 2 and words in done.stdout + done.stderr, done.stdout
    assert "Run the fleet" not in done.stdout and not site.directory.exists()


def test_a_mail_server_that_is_down(site, free_port):
    site.start_attic()
    site.monitor()
    site.attic.stop()
    done = site.ansible.run("ansible-playbook", "bytewire.devices.monitor", "-e", f"notify_mail_port={free_port()}")
    assert done.returncode == 2 and "attic does not answer." in done.stdout and "no connection" in done.stdout, done.stdout
    assert "Nothing changed" in site.monitor() and site.subjects() == ["attic does not answer"]


def test_without_a_recipient(site):
    told = site.monitor("-e", '{"notify_mail_to": []}')
    assert "attic does not answer (the first time it was asked)." in told and site.subjects() == []
    assert "4 devices: 3 answer, 1 not. Nothing changed." in site.monitor("-e", '{"notify_mail_to": []}')


def test_through_gateways(ansible, emulator, sshd):
    emulator(host="127.9.13.1", port=PORT, count=2)
    gateway = dict(sshd, ansible_python_interpreter=sys.executable, bytewire_model="{{ omit }}")
    dead = {"ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_connection": "ssh"}
    boards = {"here": {"ansible_host": "127.9.13.1"}, "there": {"ansible_host": "127.9.13.2", "bytewire_gateway": "site-12"},
              "lost": {"ansible_host": "127.9.13.2", "bytewire_gateway": "site-99"}}
    ansible.inventory.write_text(json.dumps({"all": {"hosts": {**boards, "site-12": gateway, "site-99": dead}, "vars": {
        "bytewire_model": "eth008", "monitor_directory": str(ansible.folder / "monitor")}}}))
    done = ansible.run("ansible-playbook", "bytewire.devices.monitor", "-e", "json_file=read.json")
    assert done.returncode == 0 and "lost cannot be read (the first time it was asked)." in done.stdout, done.stdout
    assert "The gateway site-99 failed to run fleet" in " ".join(done.stdout.split())
    read = json.loads((ansible.folder / "read.json").read_text())
    assert read["there"]["relays"]["2"]["state"] == "off" and read["there"]["ms"] > 0 and read["lost"]["failed"]
    behind_our_back("127.9.13.2", "20 02 00")
    assert "there: relay 2 was switched on." in ansible.run("ansible-playbook", "bytewire.devices.monitor").stdout

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks over a bad network, with default options: what is done is done once, and told as it is."""

from __future__ import annotations

import json
import os
import re
import sys

import pytest

from ansible_collections.bytewire.devices.tests import network
from ansible_collections.bytewire.devices.tests.guides import CHECKOUT

BOARDS = 12
HOSTS = {
    **{f"board{number:02}": {"ansible_host": f"198.18.1.{number}", "bytewire_model": "eth008"} for number in range(1, BOARDS + 1)},
    "tv": {"ansible_host": "198.18.2.1", "bytewire_model": "lg"},
    "field": {"ansible_host": "198.18.3.1", "bytewire_model": "esc_cr"},
    "six": {"ansible_host": "2001:2:0:12::1", "bytewire_model": "eth008", "bytewire_port": 20006},
    "link": {"ansible_host": "fe80::1%right", "bytewire_model": "eth008", "bytewire_port": 20007},
}
FLEET = {"hosts": [name for name in HOSTS if name.startswith("board")]}
MAIL = {"host": "198.18.4.1", "port": 20025, "encryption": "none", "from": "a@example.org", "to": "b@example.org", "subject": "done"}
TASKS = {
    "ping": ("board01", "ping", {}),
    "info": ("board01", "device_info", {}),
    "on": ("board01", "relay", {"relay": 2, "state": "on"}),
    "again": ("board01", "relay", {"relay": 2, "state": "on"}),
    "push": ("board01", "relay", {"relay": 3, "state": "pulsed", "duration": 0.5}),
    "bytes": ("board02", "send", {"data": "20 01 00", "expect": "00", "model": "raw", "port": 17494}),
    "picture": ("tv", "settings", {"settings": {"power": "on", "volume": 12}}),
    "words": ("field", "command", {"command": "STATUS", "expect": "^READY"}),
    "six": ("six", "relay", {"relay": 1, "state": "pulsed", "duration": 0.5}),
    "all_on": ("localhost", "fleet", {"module": "relay", "options": {"relay": 5, "state": "on"}, **FLEET}),
    "all_push": ("localhost", "fleet", {"module": "relay", "options": {"relay": 6, "state": "pulsed", "duration": 0.5}, **FLEET}),
    "mail": ("localhost", "mail", dict(MAIL, body="long\n" * 2000)),
}


@pytest.fixture
def bad(ansible, tmp_path):
    """Plays in a network of its own with emulated devices; see Plays."""
    why = network.unusable()
    if why:
        pytest.skip(why)
    return Plays(ansible, tmp_path)


class Plays:
    """run(): the results of tasks, each {name: (host, module, options)}, over a network with these conditions; a task may have others, from there on."""

    def __init__(self, ansible, folder):
        self.ansible, self.folder, self.path = ansible, folder, folder / "conditions.json"
        ansible.hosts(dict(HOSTS, localhost={"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}))

    def run(self, tasks, **conditions):
        self.path.write_text("{}")
        steps = [*map(self._emulator, self._emulators()), self._becomes(conditions), *(step for task in tasks.items() for step in self._step(*task)),
                 self._kept(tasks)]
        book = self.folder / "play.yml"
        book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": steps}]))
        done = network.in_a_network(self.path, ["ansible-playbook", book], cwd=self.folder, env=self.ansible.environment, stdin=-3, capture_output=True,
                                    text=True, timeout=300)
        self.printed = done.stdout + done.stderr
        assert done.returncode == 0, self.printed
        return json.loads((self.folder / "results.json").read_text())

    def _emulators(self):
        yield {"name": "boards", "model": "eth008", "host": "198.19.1.1", "port": 17494, "count": BOARDS,
               "mail": {"host": "198.19.4.1", "port": 20025, "directory": str(self.folder / "mails")}}
        yield {"name": "tv", "model": "lg", "host": "198.19.2.1", "initial": {"settings": {"power": "off", "volume": 5}}}
        yield {"name": "field", "model": "esc_cr", "host": "198.19.3.1", "initial": {"replies": {"STATUS": "READY"}}}
        yield {"name": "six", "model": "eth008", "host": "2001:2:0:13::1", "port": 20006}
        yield {"name": "link", "model": "eth008", "host": "fe80::1%left", "port": 20007}

    def _emulator(self, options):
        return {"bytewire.devices.emulator": {"expose": True, "journal": str(self.folder / options["name"]), **options}}

    def _becomes(self, conditions):
        return {"ansible.builtin.copy": {"dest": str(self.path), "content": json.dumps(conditions) + "\n"}}

    def _step(self, name, task):
        host, module, options, *conditions = task
        if conditions:
            yield self._becomes(*conditions)
        bound = {} if host == "localhost" else {**{key.replace("bytewire_", "").replace("ansible_", ""): value for key, value in HOSTS[host].items()}}
        yield {"bytewire.devices." + module: {**bound, **options}, "register": f"result_of_{name}", "failed_when": False}

    def _kept(self, tasks):
        results = ", ".join(f"'{name}': result_of_{name}" for name in tasks)
        return {"ansible.builtin.copy": {"dest": str(self.folder / "results.json"), "content": f"{{{{ {{{results}}} | to_json }}}}"}}

    def heard(self, emulator, pattern):
        """{address of a device: how many requests it heard whose bytes are like the pattern}."""
        found = {}
        for line in (self.folder / emulator).read_text().splitlines():
            entry = json.loads(line)
            if entry["event"] == "in" and re.fullmatch(pattern, entry["bytes"]):
                found[entry["board"]] = found.get(entry["board"], 0) + 1
        return found

    def mails(self):
        return len(os.listdir(self.folder / "mails"))


ALL = [f"198.19.1.{number}:17494" for number in range(1, BOARDS + 1)]


def everything_is_done_once(plays, results):
    failed = {name: result["msg"] for name, result in results.items() if "error" in result or result.get("failed_hosts")}
    assert not failed, (failed, plays.printed)
    assert [results[name]["changed"] for name in ("on", "again", "push", "bytes", "picture", "mail")] == [True, False, True, True, True, True]
    assert results["all_on"]["summary"]["changed"] == results["all_push"]["summary"]["changed"] == BOARDS
    assert plays.heard("boards", "20 03 05") == {ALL[0]: 1}
    assert plays.heard("boards", "20 06 05") == dict.fromkeys(ALL, 1)
    assert plays.heard("six", "20 01 05") == {"[2001:2:0:13::1]:20006": 1}
    assert plays.mails() == 1


def test_late_with_losses_out_of_order_and_twice(bad):
    everything_is_done_once(bad, bad.run(TASKS, delay=0.15, jitter=0.01, loss=0.05, twice=0.02))


QUICK = {"timeout": 1, "connect_timeout": 1, "latest": 2}


def test_a_connection_that_ends_in_silence(bad):
    """Wherever that happens, a pulse is sent once, what is said of it is so, and the next task is right."""
    tasks = {}
    for number, packets in enumerate((1, 5, 8, 9, 10, 11), 1):
        name = f"board{number:02}"
        tasks[f"push{number}"] = (name, "relay", {"relay": 3, "state": "pulsed", "duration": 0.5, **QUICK}, {"packets": packets})
        tasks[f"on{number}"] = (name, "relay", {"relay": 4, "state": "on"}, {})
    results, pulses = bad.run(tasks), bad.heard("boards", "20 03 05")
    for number in range(1, 7):
        push, heard = results[f"push{number}"], pulses.get(f"198.19.1.{number}:17494", 0)
        outcome = push["error"]["outcome"] if "error" in push else "done"
        assert (outcome, heard) in [("nothing", 0), ("unknown", 0), ("unknown", 1), ("done", 1)], (number, push)
        assert push["changed"] == (outcome != "nothing"), push
        assert results[f"on{number}"]["changed"] and "error" not in results[f"on{number}"], results[f"on{number}"]
    kinds = [results[f"push{number}"].get("error", {}).get("kind") for number in range(1, 7)]
    assert kinds[0] == "unreachable" and "unverified" in kinds, kinds


def test_a_router_that_forgets_a_silent_connection(bad):
    """What was switched off for some seconds comes back, though the connection it was switched off on is gone."""
    results = bad.run({
        "on": ("board01", "relay", {"relay": 2, "state": "on"}),
        "cycle": ("board01", "relay", {"relay": 2, "state": "cycled", "duration": 9}, {"idle": 8}),
        "info": ("board01", "device_info", {}),
    })
    assert "error" not in results["cycle"], results["cycle"]
    assert results["info"]["relays"]["2"]["state"] == "on"


def test_long_packets_are_lost_without_a_word(bad):
    results = bad.run({
        "push": ("board01", "relay", {"relay": 3, "state": "pulsed", "duration": 0.5}),
        "mail": ("localhost", "mail", dict(MAIL, body="long\n" * 2000, timeout=3)),
    }, longest=600)
    assert "error" not in results["push"]
    assert results["mail"]["error"]["kind"] == "unverified" and bad.mails() == 0, results["mail"]
    assert "whether it was delivered is not known" in results["mail"]["msg"]


def test_a_link_local_address_and_its_zone(bad):
    results = bad.run({"push": ("link", "relay", {"relay": 3, "state": "pulsed", "duration": 0.5}), "ping": ("link", "ping", {})})
    assert "error" not in results["push"] and bad.heard("link", "20 03 05") == {"[fe80::1%left]:20007": 1}, results
    assert results["ping"]["address"] == "[fe80::1%right]:20007"


LISTENING = """
import socket, sys
sys.path.insert(0, sys.argv[1])
from server import listener
from configuration import addresses_of
from ansible_collections.bytewire.devices.extensions.eda.plugins.event_source.listen import _bound
from ansible_collections.bytewire.devices.plugins.module_utils._wire.address import numeric
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.mail_sink import _listener
address, = addresses_of(["fe80:0::1%left", "fe80::1%left"])
for port, made in enumerate((lambda port: listener((address, port)), lambda port: _bound(address, port), lambda port: _listener(address, port)), 20100):
    with made(port) as sock:
        sock.setblocking(True)
        with socket.create_connection(("fe80::1%right", port), 5) as client:
            peer, own = sock.accept()[1], client.getsockname()
            print(numeric((sock.family, peer)), peer[1] == own[1])
"""


def test_whoever_listens_may_do_so_on_a_link_local_address(bad):
    """The responder, the event source listen and the emulated mail server."""
    bad.path.write_text("{}")
    responder = os.path.join(CHECKOUT, "roles", "responder", "files", "responder")
    done = network.in_a_network(bad.path, [sys.executable, "-c", LISTENING, responder], capture_output=True, text=True, timeout=60,
                                env={**os.environ, "PYTHONPATH": str(bad.folder / "collections")})
    assert done.stdout.splitlines() == ["fe80::2%left True"] * 3, done

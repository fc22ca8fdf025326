# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The watchdog: a server that hangs is cycled through its outlet, and told; one that stays dead no more often than allowed; an unread outlet never."""

from __future__ import annotations

import json
import socket
import threading

import pytest


class Server:
    """Greets as an SSH server does, or, once it hangs, accepts connections as its kernel does and says nothing."""

    def __init__(self, address):
        self.listening = socket.create_server((address, 0))
        self.port, self.hangs, self.connections = self.listening.getsockname()[1], False, []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                connection, dummy = self.listening.accept()
            except OSError:
                return
            self.connections.append(connection)
            if not self.hangs:
                connection.sendall(b"SSH-2.0-server\r\n")

    def close(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join(10)
        for connection in self.connections:
            connection.close()


class Site:
    def __init__(self, ansible, pdu, servers):
        self.ansible, self.pdu, self.servers = ansible, pdu, servers

    def run(self, *flags, **variables):
        given = {"watchdog_rounds": 1, "watchdog_duration": 0.2, "watchdog_timeout": 0.5, "watchdog_rest": 0, **variables}
        return self.ansible.run("ansible-playbook", "bytewire.devices.watchdog", "-e", json.dumps(given), *flags)

    def output(self, *flags, status=0, **variables):
        """What it says, without the breaks of its lines."""
        done = self.run(*flags, **variables)
        assert done.returncode == status, done.stdout + done.stderr
        return " ".join(done.stdout.split())


@pytest.fixture
def site(ansible, emulator, closed):
    pdu = emulator("pdu", model="eth008", initial={"relays": [3, 4]})
    servers = {name: closed(Server("127.0.0.1")) for name in ("nas", "web")}
    ansible.hosts({
        "pdu": {"ansible_host": "127.0.0.1", "bytewire_port": pdu.port, "bytewire_model": "eth008", "bytewire_relays": {"nas": 3, "web": 4},
                "bytewire_retries": 0, "bytewire_timeout": 1},
        **{name: {"ansible_host": "127.0.0.1", "bytewire_check": f"tcp/{server.port}/SSH-", "bytewire_outlet": {"device": "pdu", "relay": name}}
           for name, server in servers.items()}})
    return Site(ansible, pdu, servers)


def test_a_device_that_is_no_host_is_told_at_each_run(site):
    said = site.output("-e", json.dumps({"bytewire_outlet": {"device": "pdo", "relay": "nas"}}), status=2)
    assert "nas: device of bytewire_outlet is pdo, and no host of the inventory is called so." in said and site.pdu.writes() == []
    assert not site.servers["nas"].connections


CYCLE = ["21 03 00", "20 03 00"]


def test_one_that_hangs_is_cycled_and_told_once(site):
    site.servers["nas"].hangs = True
    said = site.output(watchdog_rounds=2)
    assert "1 of 2 watched hosts answer." in said and "is cycled" not in said and site.pdu.writes() == []
    said = site.output(watchdog_rounds=2)
    assert "nas is cycled through outlet nas of pdu (cycle 1 of at most 2)" in said and "It was off for a while, and is on again." in said
    site.servers["nas"].hangs = False
    assert "nas answers tcp/" in site.output()
    said = site.output()
    assert "2 of 2 watched hosts answer." in said and "answers tcp/" not in said and site.pdu.writes() == CYCLE


def test_one_that_stays_dead_is_cycled_twice_and_no_more(site):
    site.servers["web"].hangs = True
    said = [site.output() for dummy in range(4)]
    assert site.pdu.writes() == ["21 04 00", "20 04 00"] * 2
    assert ["is left alone now" in each for each in said] == [False, False, True, False]


def test_an_outlet_that_cannot_be_read_is_left_alone(site):
    site.servers["nas"].hangs = True
    site.pdu.stop()
    assert "It is left alone, since it is not known whether its outlet nas of pdu is on." in site.output()
    assert "It is left alone" not in site.output()


def test_one_whose_outlet_is_off_stays_off(site):
    site.ansible.task("pdu", "relay", {"relay": "nas", "state": "off"})
    site.servers["nas"].hangs = True
    assert "Its outlet nas of pdu is off, and is left so." in site.output() and site.pdu.writes() == ["21 03 00"]


def test_two_at_once_are_left_alone(site):
    for server in site.servers.values():
        server.hangs = True
    assert "2 hosts are due at once, more than 1" in site.output() and site.pdu.writes() == []
    assert "web is cycled" in site.output(watchdog_at_once=2) and site.pdu.writes() == ["21 03 00", "21 04 00", "20 03 00", "20 04 00"]


def test_check_mode_cycles_nothing_and_keeps_nothing(site):
    site.servers["nas"].hangs = True
    said = site.output("--check")
    assert "nas is cycled through outlet nas of pdu" in said and site.pdu.writes() == []
    assert not (site.ansible.folder / "home" / ".local").exists()


def test_what_cannot_be_watched_is_refused(site):
    site.ansible.hosts({"nas": {"ansible_host": "127.0.0.1", "bytewire_check": "icmp", "bytewire_outlet": {"device": "pdu", "relay": 3}}})
    assert "nas: bytewire_check is icmp; expected tcp/PORT" in site.output(status=2)


def test_a_killed_run_is_told_by_the_next(site):
    """As if it had been killed behind the note of a cycle and before its mail."""
    site.output()
    state = site.ansible.folder / "home" / ".local" / "state" / "bytewire" / "watchdog" / "state.json"
    known = json.loads(state.read_text())
    state.write_text(json.dumps({**known, "untold": [{"host": "nas", "kind": "cycled", "device": "pdu", "words": "is cycled through outlet nas of pdu."}]}))
    assert "nas is cycled through outlet nas of pdu" in site.output() and "is cycled" not in site.output()

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PDUs of four makes in one task: an outlet of each is cycled and seen to be off and on; one whose only session is taken is waited for."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from ansible_collections.bytewire.devices.tests.real.test_fleet import fleet, outcome

HOST = "127.0.0.1"
PASSWORD = "of-the-rack"
# name, model, user name, whether it is said farewell to
PDUS = [("apc", "apc_cli", "apc", True), ("cyberpower", "cyberpower", "cyber", True), ("gude", "gude", None, True), ("wti", "wti_rps10", None, False)]
OUTLET = 2
CYCLED = ["relays.read", "relays.off", "relays.read", "relays.on", "relays.read"]
SECONDS = 30


@pytest.fixture
def rack(ansible, emulator):
    """{name: emulated PDU} of an inventory with all of them; outlets 2 and 3 are on."""
    pdus, hosts = {}, {}
    for name, model, username, dummy in PDUS:
        login = {"username": username, "password": PASSWORD} if username else {}
        pdus[name] = emulator(name, model=model, initial={"relays": [OUTLET, 3]}, **({"password": PASSWORD} if login else {}))
        hosts[name] = {"ansible_host": HOST, "bytewire_model": model, "bytewire_port": pdus[name].port,
                       **{f"bytewire_{option}": value for option, value in login.items()}}
    ansible.hosts(hosts)
    return pdus


def requests(pdu):
    return [entry["what"] for entry in pdu.journal() if entry["event"] == "in" and entry["what"] != "login"]


def test_an_outlet_of_each_of_four_is_cycled_in_one_task(ansible, rack):
    cycle = fleet("relay", {"relay": OUTLET, "state": "cycled", "duration": 0.2}, run_once=True)
    result, printed = outcome(ansible, [cycle])
    assert sorted(result["hosts"]) == sorted(rack) and result["changed"] and PASSWORD not in printed
    for name, dummy, dummy2, farewell in PDUS:
        done = result["hosts"][name]["relays"][str(OUTLET)]
        assert (done["state"], done["was"], done["cycled"]["seen"]) == ("on", "on", ["on", "off", "on"]), (name, done)
        assert requests(rack[name]) == CYCLED + (["logout"] if farewell else []), name
    read, dummy = outcome(ansible, [fleet("device_info", {}, run_once=True)])
    on = {name: [number for number, relay in sorted(host["relays"].items()) if relay["state"] == "on"] for name, host in read["hosts"].items()}
    assert on == dict.fromkeys(rack, ["2", "3"])


class Session:
    """Somebody who is logged in to an APC, and leaves when told."""

    def __init__(self, port):
        self.connection = socket.create_connection((HOST, port), SECONDS)
        self.hear(b"User Name : ")
        self.say("apc", b"Password  : ")
        self.say(PASSWORD, b"apc>")

    def hear(self, end):
        heard = b""
        while not heard.endswith(end):
            chunk = self.connection.recv(4096)
            assert chunk, heard
            heard += chunk
        return heard

    def say(self, text, end):
        self.connection.sendall(text.encode() + b"\r\n")
        return self.hear(end)

    def close(self):
        self.connection.sendall(b"exit\r\n")
        self.connection.close()


def test_a_pdu_whose_session_is_taken_is_waited_for_and_left_free(ansible, rack, closed):
    other = Session(rack["apc"].port)
    options = {"relay": OUTLET, "state": "off", "timeout": 1, "retries": 0}
    code, result, printed = ansible.task("apc", "relay", options)
    assert code != 0 and result["error"]["kind"] == "busy", printed
    assert "relays.off" not in requests(rack["apc"])
    leaves = threading.Timer(4, other.close)
    leaves.start()
    began = time.monotonic()
    waits = {"bytewire.devices.relay": options, "register": "outcome", "until": "outcome is not failed", "retries": 20, "delay": 1}
    done = ansible.play([waits], "--limit", "apc")
    leaves.join()
    assert done.returncode == 0 and time.monotonic() - began > 3, done.stdout + done.stderr
    assert requests(rack["apc"])[-4:] == ["relays.read", "relays.off", "relays.read", "logout"]
    again = closed(Session(rack["apc"].port))
    assert b" 2: Outlet 2: Off" in again.say(f"olStatus {OUTLET}", b"apc>")

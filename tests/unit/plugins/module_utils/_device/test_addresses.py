# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPv6 addresses, names with several addresses, and the lock of the one that is talked to."""

from __future__ import annotations

import os
import socket
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info, ping, relay
from ansible_collections.bytewire.devices.plugins.module_utils._wire.address import endpoint, numeric
from ansible_collections.bytewire.devices.tests.servers import BlackHole

LOCKS = os.path.join("~", ".ansible", "bytewire", "locks")


def locks():
    """{file of a lock: what was left in it}."""
    folder = os.path.expanduser(LOCKS)
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            found[name] = file.read()
    return found


@pytest.mark.parametrize("address, spellings", [
    ("::1", ["::1", "[::1]", "0:0:0:0:0:0:0:1", "0::0001", "::1%1", "[::1%1]", "board.example"]),
    ("127.0.0.1", ["127.0.0.1", "::ffff:127.0.0.1", "[::ffff:7f00:1]", "127.1", "board.example"]),
])
def test_one_lock_for_each_spelling_of_an_address(emulated, perform_task, named, address, spellings):
    board = emulated("eth008", host=address)
    named("board.example", address)
    assert {perform_task(ping, board.options(host=host))["address"] for host in spellings} == {endpoint(address, board.port)}
    assert len(locks()) == 1
    named("board.example", address)
    refused = perform_task(ping, board.options(host=spellings[1], port=1, retries=0, label="garage"))
    assert refused["msg"].startswith(f"garage ({endpoint(spellings[1].strip('[]'), 1)}) cannot be reached: "), refused


def test_a_title_has_brackets(perform_task):
    for host in ("::1", "[::1]"):
        result = perform_task(ping, {"host": host, "port": 1, "model": "eth008", "retries": 0, "label": host})
        assert result["msg"].startswith("[::1]:1 cannot be reached: connection refused: the address answers, but"), result


def test_one_address_in_two_zones_is_two_places():
    index = socket.if_nametoindex("lo")
    assert numeric((socket.AF_INET6, ("fe80::1", 1, 0, index))) == "fe80::1%lo"
    assert numeric((socket.AF_INET6, ("fe80::1", 1, 0, 9999))) == "fe80::1%9999"
    assert numeric((socket.AF_INET6, ("2001:db8::1", 1, 0, 0))) == "2001:db8::1"


@pytest.mark.parametrize("host", ["[::1]:17494", "127.0.0.1:17494", "board:17494", "tcp://board", "tcp://[fe80::1%eth0]:17494"])
def test_a_host_with_more_than_an_address(perform_task, host):
    result = perform_task(ping, {"host": host, "model": "eth008"})
    assert result["error"]["kind"] == "invalid"
    assert f"host (bytewire_host, or ansible_host) is {host}; expected a name or an address alone: the port goes into port (bytewire_port)" in result["msg"]


def test_the_first_of_several_addresses_refuses(emulated, perform_task, named):
    board = emulated("eth008")
    named("board.example", "127.0.0.8", "127.0.0.1")
    assert perform_task(relay, board.options(host="board.example", relay="1", state="on"))["changed"]
    result = perform_task(ping, board.options(host="board.example"))
    assert result["address"] == f"127.0.0.1:{board.port}"
    assert [(step["step"], step["ok"]) for step in result["steps"]] == [("resolve", True), ("connect", False), ("connect", True), ("identify", True)]


def test_the_first_of_several_addresses_drops_packets(emulated, perform_task, named, closed):
    """Each gets its share of the time, so that the last one has as much as the first."""
    board = emulated("eth008")
    closed(BlackHole("127.0.0.8", board.port))
    named("board.example", "127.0.0.8", "127.0.0.1")
    started = time.monotonic()
    result = perform_task(relay, board.options(host="board.example", relay="1", state="on", connect_timeout=4, retries=0))
    assert result["changed"], result
    assert 2 <= time.monotonic() - started < 30


def test_what_each_of_several_addresses_said(perform_task, named, closed, free_port):
    hole = closed(BlackHole("127.0.0.8"))
    named("board.example", "127.0.0.8", "127.0.0.9")
    result = perform_task(ping, {"host": "board.example", "port": hole.port, "model": "eth008", "retries": 0, "connect_timeout": 0.5})
    assert result["msg"] == (
        f"board.example:{hole.port} cannot be reached: at 127.0.0.8 no answer to the connection request within 0.25 s: the device is off, the address is "
        "wrong, or a firewall drops packets; at 127.0.0.9 connection refused: the address answers, but nothing listens on this port. "
        f"{hole.port} is not the usual port of such a device, 17494.")
    assert (result["error"]["kind"], result["error"]["stage"]) == ("unreachable", "connect")


def test_the_address_of_a_name_is_told(perform_task, named, free_port):
    named("board.example", "127.0.0.8")
    port = free_port()
    result = perform_task(ping, {"host": "board.example", "port": port, "model": "eth008", "retries": 0})
    assert result["msg"].startswith(f"board.example:{port} cannot be reached: at 127.0.0.8 connection refused: the address answers, ")


def test_what_is_outstanding_is_noted_for_the_address_that_was_connected(line, perform_task, named):
    """A task that knows the device by its address has to know of it too, and nobody else."""
    mute = line(lambda line, data: None)
    named("board.example", "127.0.0.8", "127.0.0.1")
    page = {"notation": "hex", "port": 1, "info": {"status": {"send": "01", "reply": "{state:u8}"}}}
    result = perform_task(device_info, mute.options(host="board.example", model=page, retries=0))
    assert result["error"]["kind"] == "timeout", result
    left = locks()
    assert left[f"127.0.0.8_{mute.port}.lock"] == "" and '"entries": [{' in left[f"127.0.0.1_{mute.port}.lock"]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datagrams that announce boards: golden ones, broken ones, and a search on loopback."""

from __future__ import annotations

import itertools
import random
import re
import socket
import threading
import time
import types

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery import scan as _scan
from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery.datagrams import REQUESTS, Announcement, name_of, read, text
from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery.scan import Scan, Target, targets
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.discovery import Responder, announcement
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.ports import free_port
from ansible_collections.bytewire.devices.tests.servers import LoopThread
from ansible_collections.bytewire.devices.tests.waiting import until

ETH008 = (b"\x02\x00\x04\xa3\x12\x34\x56\r\n" b"\x03ETHERNET\r\n" b"\x04GARAGE         \r\n" b"\x05\xc0\xa8\x00\xc8\r\n" b"\x40\x13\r\n"
          b"\x41\x44\x56\r\n")
WITH_CR_LF = (b"\x02\x00\x04\x0d\x0a\x0d\x0a\r\n" b"\x03ETHERNET\r\n" b"\x04ETH8020        \r\n" b"\x05\x0a\x0d\x0a\x01\r\n" b"\x40\x0d\r\n"
              b"\x41\x0d\x0a\r\n")
MLA = b"ETH484         \r\n00-04-A3-AB-CD-EF\r\n"
PLACE_OF_MODULE = ETH008.index(b"\x40\x13\r\n") + 4
MLA_WHOLE = MLA.index(b"EF\r\n") + 4


# reading

@pytest.mark.parametrize("data, announced", [
    (ETH008, Announcement("harmony", "00:04:a3:12:34:56", "GARAGE", 19, 17494, "192.168.0.200")),
    (WITH_CR_LF, Announcement("harmony", "00:04:0d:0a:0d:0a", "ETH8020", 13, 3338, "10.13.10.1")),
    (MLA, Announcement("mla", "00:04:a3:ab:cd:ef", "ETH484")),
    (MLA + b"Static IP, DHCP off\r\n", Announcement("mla", "00:04:a3:ab:cd:ef", "ETH484")),
    (b"DOOR           \r\n00-04-A3-AB-CD-EF\r\n", Announcement("mla", "00:04:a3:ab:cd:ef", "DOOR")),
    (ETH008[:PLACE_OF_MODULE], Announcement("harmony", "00:04:a3:12:34:56", "GARAGE", 19, None, "192.168.0.200")),
    (b"\x02\x00\x04\xa3\x12\x34\x56\r\n\x06" + b"\x20\x01\x0d\x0a" * 4 + b"\r\n\x40\x34\r\n", Announcement("harmony", "00:04:a3:12:34:56", "", 52)),
    (b"\x02\x00\x04\xa3\x12\x34\x56\r\n\x0aunknown\r\n\x40\x34\r\n\x41\x00\x00\r\n", Announcement("harmony", "00:04:a3:12:34:56", "", 52)),
])
def test_an_announcement_is_read_by_the_length_of_its_fields(data, announced):
    assert read(data) == announced


@pytest.mark.parametrize("request_sent", [b"Discovery: Who is out there?", b"Discovery: Who is out there?\x00\n"])
def test_the_request_is_sent_in_both_forms_and_is_no_answer(request_sent):
    assert request_sent in REQUESTS and len(REQUESTS) == 2
    assert read(request_sent) is None


@pytest.mark.parametrize("data", [
    b"", b"\x02", b"D", b"\r\n", b"ETH008\r\n", b"ETH008\r\nno MAC\r\n", b"ETH008\r\n00-04-A3-AB-CD-EF", b"ETH008\r\n00-04:A3-AB-CD-EF\r\n",
    b"ETH\x1b[2J\r\n00-04-A3-AB-CD-EF\r\n", b"ETH\xff\r\n00-04-A3-AB-CD-EF\r\n", b"\x40\x13\r\n" + ETH008[9:], ETH008[:9] + b"\x40\x13\x13\r\n",
    ETH008[:9] + b"\x04no end", ETH008 + b"\x00", ETH008[:9] * 10, ETH008 + b"\x03" + b"x" * 1500 + b"\r\n",
])
def test_what_is_no_announcement_says_nothing(data):
    assert read(data) is None


def test_of_a_part_of_an_announcement_nothing_is_made_up():
    for end in range(len(ETH008)):
        assert read(ETH008[:end]) in ((None,) if end != PLACE_OF_MODULE else (read(ETH008)._replace(port=None),)), end
    for end in range(len(MLA)):
        assert read(MLA[:end]) is None, end


mutations = st.lists(st.tuples(st.integers(0, 80), st.integers(0, 3), st.binary(max_size=4)), max_size=4)


def mutated(data, changes):
    for place, length, new in changes:
        data = data[:place] + new + data[place + length:]
    return data


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=1600) | st.builds(mutated, st.sampled_from([ETH008, WITH_CR_LF, MLA]), mutations))
def test_whatever_comes_is_no_announcement_or_a_sound_one(data):
    said = read(data)
    if said is not None:
        assert said.form in ("harmony", "mla")
        assert re.fullmatch("[0-9a-f]{2}(:[0-9a-f]{2}){5}", said.mac)
        assert len(said.host_name) <= 63 and said.host_name.isascii() and (said.host_name.isprintable() or not said.host_name)
        assert said.port is None or 1 <= said.port <= 65535
        assert said.module_id is None or 0 <= said.module_id <= 255
        assert said.address is None or socket.inet_aton(said.address)
        assert re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._-]{0,62}|", name_of(said.host_name))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=1600))
def test_random_bytes_are_no_announcement(data):
    assert read(data) is None


@pytest.mark.parametrize("announced, name", [
    ("GARAGE", "GARAGE"), ("shed.example-1_2", "shed.example-1_2"), ("{{ 6 * 7 }}", "6_7"), ("a b", "a_b"), ("web[1:9]", "web_1_9"), ("x:22", "x_22"),
    ("../../etc", "etc"), ("-rf", "rf"), ("~boards", "boards"), ("!all", ""), ("localhost", ""), ("LOCALHOST", ""), ("all", ""), ("ungrouped", ""),
    ("127.0.0.1", ""), ("10.0.0.5", ""), ("", ""), ("???", ""), ("00-04-a3-12-34-56", ""), ("GARAGE_00-04-A3-12-34-56", ""), ("ncd-10.0.0.9", ""),
])
def test_the_name_of_a_host_is_made_of_what_is_announced(announced, name):
    assert name_of(announced) == name


def test_text_is_bounded_and_printable():
    assert text(b"\x00 A\x1b[31m\r\n\xff \x00") == "A?[31m???"
    assert text(b"x" * 2000) == "x" * 63


# the emulated side

def emulated(model, host, port=17494, **initial):
    return types.SimpleNamespace(board=Board(load(resolve(model)), initial), host=host, port=port, name=f"{host}:{port}",
                                 journal=types.SimpleNamespace(note=lambda *dummy, **more: None))


def test_an_emulated_board_announces_itself_as_a_board_does():
    board = emulated("eth008", "192.168.0.200", host_name="GARAGE", mac="0004a3123456")
    assert announcement(board.board, board.host, board.port) == ETH008
    board = emulated("eth484", "192.168.0.201", announces="mla", mac="0004a3abcdef")
    assert announcement(board.board, board.host, board.port) == MLA


@pytest.mark.parametrize("model, host, words", [("lg", "127.0.0.1", "lg does not announce itself"), ("eth008", "::1", "::1 is not an IPv4 address")])
def test_what_does_not_announce_itself_is_not_emulated_so(model, host, words):
    with pytest.raises(ValueError, match="discovery: " + words):
        Responder([emulated(model, host)])


class Responding(LoopThread):
    """Emulated boards that answer on loopback, in a thread."""

    def __init__(self, servers, port):
        super().__init__()
        self.responder = Responder(servers, port)
        self.run(self.responder.start())

    def close(self):
        self.end(self.responder.close)


@pytest.fixture
def responding(closed):
    return lambda servers, port: closed(Responding(servers, port))


@pytest.fixture
def loopback():
    if not _scan.LINUX:
        pytest.skip("interfaces can be chosen on Linux alone")
    return targets(["lo"], [])


def udp_port():
    return free_port("", socket.SOCK_DGRAM)


# searching

def test_boards_on_loopback_are_found_by_broadcast(responding, loopback):
    port = udp_port()
    responding([emulated("eth008", "127.0.0.61", 17494), emulated("wifi8020", "127.0.0.62", 4001, host_name="shed"),
                emulated("eth484", "127.0.0.63", announces="mla")], port)
    scan = Scan(loopback, 2, 0.4, 10, port=port)
    scan.run()
    assert scan.boards == {
        "127.0.0.61": Announcement("harmony", "00:04:a3:00:00:3d", "ETH008", 19, 17494, "127.0.0.61"),
        "127.0.0.62": Announcement("harmony", "00:04:a3:00:00:3e", "shed", 24, 4001, "127.0.0.62"),
        "127.0.0.63": Announcement("mla", "00:04:a3:00:00:3f", "ETH484"),
    }
    assert scan.warnings == []


def test_a_single_board_is_asked_at_its_address(responding):
    port = udp_port()
    responding([emulated("eth008", "127.0.0.64"), emulated("eth008", "127.0.0.65")], port)
    scan = Scan([Target("127.0.0.65")], 2, 0.4, 10, port=port)
    scan.run()
    assert list(scan.boards) == ["127.0.0.65"]


def test_answers_from_other_networks_or_interfaces_do_not_count(responding, loopback):
    port = udp_port()
    responding([emulated("eth008", "127.0.0.66"), emulated("eth008", "127.0.1.66")], port)
    scan = Scan(loopback, 2, 0.4, 10, networks=["127.0.1.0/24"], port=port)
    scan.run()
    assert list(scan.boards) == ["127.0.1.66"]
    scan = Scan(loopback, 2, 0.4, 10, port=port)
    scan.only = {9999}
    scan.run()
    assert scan.boards == {}


class Shouting:
    """Sends datagrams from addresses of loopback until it is closed."""

    def __init__(self, port, said, pause=0.0005):
        self.port, self.said, self.pause, self.sent = port, said, pause, 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._shout, daemon=True)
        self.thread.start()

    def _shout(self):
        for address, data in self.said:
            if self.ended.is_set():
                return
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as voice:
                voice.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                voice.bind((address, 0))
                voice.sendto(data, ("127.255.255.255", self.port))
            self.sent += 1
            time.sleep(self.pause)

    def close(self):
        self.ended.set()
        self.thread.join(5)


def fake(number):
    return b"\x02\x02\x00\x00" + number.to_bytes(3, "big") + b"\r\n\x04X\r\n\x40\x13\r\n"


def test_hostile_datagrams_change_nothing(responding, loopback):
    port = udp_port()
    responding([emulated("eth008", "127.0.0.67")], port)
    rng = random.Random(5)

    def noise():
        while True:
            whole = rng.choice([ETH008, WITH_CR_LF, MLA])
            cut = rng.choice([end for end in range(len(whole)) if end != PLACE_OF_MODULE])
            yield f"127.9.9.{rng.randrange(1, 255)}", rng.choice([whole[:cut], rng.randbytes(rng.randrange(1400)), b"\x02" * 4000, REQUESTS[0]])

    shouting = Shouting(port, noise())
    try:
        scan = Scan(loopback, 2, 1, 10, port=port)
        scan.run()
    finally:
        shouting.close()
    assert shouting.sent > 100
    assert scan.boards == {"127.0.0.67": Announcement("harmony", "00:04:a3:00:00:43", "ETH008", 19, 17494, "127.0.0.67")}
    assert scan.warnings == []


def test_a_flood_of_boards_ends_at_the_maximum_and_in_time(loopback):
    port = udp_port()
    shouting = Shouting(port, ((f"127.7.{number // 200}.{number % 200 + 1}", fake(number)) for number in itertools.cycle(range(40000))), 0)
    try:
        began = time.monotonic()
        scan = Scan(loopback, 2, 0.3, 20, port=port)
        scan.run()
        took = time.monotonic() - began
    finally:
        shouting.close()
    assert len(scan.boards) == 20 and took < 30
    assert scan.warnings == ["More than 20 devices answered; the others are left out (maximum)."]


def listened_on(port):
    """Whether a socket of UDP has this port."""
    with open("/proc/net/udp", encoding="ascii") as file:
        return any(line.split()[1].endswith(f":{port:04X}") for line in file.readlines()[1:])


def test_one_address_is_one_board_and_one_mac_is_one_address(loopback):
    port = udp_port()
    said = [("127.8.0.1", fake(1)), ("127.8.0.1", fake(2)), ("127.8.0.2", fake(1)), ("127.8.0.1", fake(1)), ("127.8.0.3", fake(3))]
    scan = Scan(loopback, 1, 3, 20, port=port)
    searching = threading.Thread(target=scan.run)
    searching.start()
    until(lambda: listened_on(port), 30, "nobody listens")
    Shouting(port, said, 0.02).thread.join(30)
    searching.join(30)
    assert {address: board.mac for address, board in scan.boards.items()} == {"127.8.0.1": "02:00:00:00:00:01", "127.8.0.3": "02:00:00:00:00:03"}
    assert scan.warnings == ["127.8.0.1 announces more than one board: 02:00:00:00:00:01 is taken, 02:00:00:00:00:02 is not.",
                             "02:00:00:00:00:01 is announced from 127.8.0.1 and from 127.8.0.2; the first is taken."]


def test_who_announces_itself_to_an_ncd_port_is_heard(loopback, monkeypatch):
    ports = [udp_port(), udp_port()]
    monkeypatch.setattr(_scan, "NCD_PORTS", ports)
    monkeypatch.setattr(_scan, "NCD_SECONDS", 2.0)
    scan = Scan(loopback, 1, 0.1, 20, ncd=True, port=udp_port())
    searching = threading.Thread(target=scan.run)
    searching.start()
    until(lambda: all(map(listened_on, ports)), 30, "nobody listens")
    for number, port in enumerate(ports, 1):
        Shouting(port, [(f"127.6.0.{number}", b"relay\x1b[2J {{ x }}\x00")]).thread.join(30)
    searching.join(30)
    assert scan.ncd == {"127.6.0.1": "relay?[2J {{ x }}", "127.6.0.2": "relay?[2J {{ x }}"}
    assert scan.boards == {}


# words for people

def test_a_port_that_another_program_keeps_for_itself_is_named():
    port = udp_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("", port))
        with pytest.raises(BytewireError, match=f"UDP port {port} cannot be used .another program holds it"):
            Scan([Target("127.255.255.255")], 1, 0.05, 1, port=port).run()


@pytest.mark.parametrize("interfaces, addresses, words", [
    (["nosuch0"], [], "there is no interface nosuch0 that is up and has an IPv4 address; there are .*lo"),
    ([], ["10.0.0.256"], "broadcast_addresses: '10.0.0.256' is not an IPv4 address"),
    ([], ["fe80::1"], "is not an IPv4 address"),
])
def test_a_place_that_is_none_is_named(loopback, interfaces, addresses, words):
    with pytest.raises(BytewireError, match=words):
        targets(interfaces, addresses)


def test_a_network_that_is_none_is_named():
    with pytest.raises(BytewireError, match="networks: '192.168.0.1/24' is not an IPv4 network such as"):
        Scan([Target("127.255.255.255")], 1, 0.05, 1, networks=["192.168.0.1/24"])


def test_where_nobody_can_be_asked_it_says_so(loopback):
    gone = Target("255.255.255.255", "gone0", 9999)
    with pytest.raises(BytewireError, match=r"Nobody could be asked: gone0 \(No such device\). Check interfaces and broadcast_addresses"):
        Scan([gone], 1, 0.05, 1, port=udp_port()).run()
    scan = Scan([gone, *loopback], 2, 0.05, 1, port=udp_port())
    scan.run()
    assert scan.warnings == ["gone0 (No such device) could not be asked who is there."]

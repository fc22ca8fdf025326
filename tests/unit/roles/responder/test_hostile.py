# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server of role responder against many packets that are wrong and many clients that mean harm."""

from __future__ import annotations

import contextlib
import os
import random
import re
import threading
import time

import pytest

PACKETS = 100000
AT_ONCE = 200
GROWTH = 2048  # KiB that 90,000 packets may add to what 10,000 left

COMMANDS = [
    {"name": "STATUS", "run": ["/bin/true"]},
    {"name": "UNIT", "run": ["/bin/true", "--unit={unit}", "{lines}"],
     "arguments": [{"name": "unit", "pattern": "(ssh|cron)"}, {"name": "lines", "pattern": "[0-9]{1,3}"}]},
]
# What may run, said again without the code under test.
MAY_RUN = re.compile(r"/bin/true|/bin/true --unit=(ssh|cron) [0-9]{1,3}")
RUNS = re.compile(r"STATUS|UNIT (ssh|cron) [0-9]{1,3}")
KNOWN = ("STATUS", "UNIT")

NAMES = ["STATUS", "UNIT", "status", "STATUS;id", "UNIT\t", "/bin/true", "/bin/sh", "AUTH", "", " ", "STATUS ", "*", "{unit}", "__class__", "%s%n"]
WORDS = ["ssh", "cron", "1", "999", "1000", "-1", "ssh;id", "$(id)", "`id`", "../ssh", "..", "ssh\n", "ssh\0", "{lines}", "|", "&&", "\u0661", "--help", ""]


def text_of(source):
    """A command that is nearly right, and now and then is."""
    words = [source.choice(NAMES)] + [source.choice(WORDS) for dummy in range(source.choice((0, 1, 2, 2, 3)))]
    text = " ".join(words)
    for dummy in range(source.choice((0, 0, 0, 0, 1, 2))):
        place = source.randrange(len(text) + 1)
        text = text[:place] + source.choice(("", chr(source.randrange(256)))) + text[place + source.choice((0, 1)):]
    return text


def packet_of(source):
    """(bytes, the answer) of one packet; where the bytes are none, the connection ends after the answer."""
    kind = source.random()
    if kind < 0.97:
        data = text_of(source).encode("latin-1", "replace")
        # A control character would mostly end the connection: left in one of ten.
        if source.random() < 0.9:
            data = bytes(byte for byte in data if 0x20 <= byte < 0x7f) or b"?"
        data = b"\x1b" + data.replace(b"\r", b"") + b"\r"
    elif kind < 0.98:
        data = b"\x1b" + b"A" * source.randrange(255, 600) + b"\r"
    else:
        data = source.getrandbits(8 * 40).to_bytes(40, "big").replace(b"\r", b"") + b"\r"
    well_formed = re.fullmatch(rb"\x1b([\x20-\x7e]{1,254})\r", data)
    if not well_formed:
        return data, b"ERROR bad packet"
    text = well_formed.group(1).decode()
    if RUNS.fullmatch(text):
        return data, b"OK"
    return data, b"ERROR wrong arguments" if text.split(" ")[0] in KNOWN else b"ERROR unknown command"


def test_a_hundred_thousand_packets(served):
    """Each gets the answer that it must get, no program runs that may not, and memory does not grow."""
    seed = int(os.environ.get("RESPONDER_SEED") or random.SystemRandom().getrandbits(32))
    print(f"RESPONDER_SEED={seed}")
    source, sent, runs, memory = random.Random(seed), 0, 0, {}
    server = served(COMMANDS, limits={"rate": 1000000, "burst": 1000000})
    client = server.client()
    while sent < PACKETS:
        batch = []
        while len(batch) < AT_ONCE and not (batch and batch[-1][1] == b"ERROR bad packet"):
            batch.append(packet_of(source))
        with contextlib.suppress(ConnectionError):
            client.send(b"".join(data for data, dummy in batch))
        for data, answer in batch:
            assert client.answer() == answer, (seed, data)
            runs += answer == b"OK"
        if batch[-1][1] == b"ERROR bad packet":
            assert client.answer() is None
            client.socket.close()
            client = server.client()
        if sent // 10000 != (sent + len(batch)) // 10000:
            memory[(sent + len(batch)) // 10000] = server.memory()
        sent += len(batch)
    client.socket.close()
    started = server.programs()
    print(f"{sent} packets, {runs} programs; resident KiB after each 10,000 packets: {list(memory.values())}")
    assert len(started) == runs > 500
    assert all(event == "subprocess.Popen" and MAY_RUN.fullmatch(" ".join(words)) for event, words in started)
    assert max(memory.values()) - memory[1] < GROWTH


class Crowd:
    """Clients that mean harm: silent ones, half packets, slow writers, and some that ask for much and do not read it."""

    def __init__(self, server, count):
        self.server, self.over = server, threading.Event()
        self.clients = [server.client(f"127.0.{1 + number % 2}.{2 + number // 2 % 20}") for number in range(count)]
        for client in self.clients:
            client.socket.setblocking(False)
        self.thread = threading.Thread(target=self._harm)
        self.thread.start()

    def _harm(self):
        for number, client in enumerate(self.clients):
            with contextlib.suppress(OSError):
                client.send((b"\x1bMUCH\r" if number % 60 == 0 else b"", b"\x1bSTATUS", b"\x1b")[number % 3])
        while not self.over.wait(0.1):
            for client in self.clients[2::3]:
                with contextlib.suppress(OSError):
                    client.send(b"A")

    def open(self):
        """How many have not been closed."""
        return sum(not self._closed(client.socket) for client in self.clients)

    def _closed(self, sock):
        try:
            while sock.recv(65536):
                pass
            return True
        except BlockingIOError:
            return False
        except OSError:
            return True

    def stop(self):
        self.over.set()
        self.thread.join(10)
        for client in self.clients:
            client.socket.close()


@pytest.mark.parametrize("connections, stay", [(600, 500), (256, 256)])
def test_five_hundred_at_once(served, connections, stay):
    """Honest clients are served within a second, whether all the others fit in or the silent ones have to make room."""
    server = served(COMMANDS + [{"name": "MUCH", "run": ["/usr/bin/head", "-c", "3000000", "/dev/zero"], "answer_bytes": 3000000}],
                    limits={"connections": connections, "idle_seconds": 60, "rate": 1000, "burst": 1000})
    alone = max(times_of(server, 10))
    crowd = Crowd(server, 500)
    try:
        taken, left = sorted(times_of(server, 30)), crowd.open()
        print(f"slowest honest client: {taken[-1]:.3f} s, half of them at most {taken[15]:.3f} s, alone {alone:.3f} s; {left} others open; "
              f"{server.memory()} KiB resident")
        # A machine that is busy with something else makes both slow, and any one client at times; the silent ones leave after 60 s.
        assert taken[15] < 1 + alone and taken[-1] < 30 and stay - 30 <= left <= stay
    finally:
        crowd.stop()


def times_of(server, count):
    """Seconds that so many honest clients took, one after the other, each from connecting to its answer."""
    taken = []
    for dummy in range(count):
        started = time.monotonic()
        with server.client() as honest:
            assert honest.ask("STATUS") == b"OK"
        taken.append(time.monotonic() - started)
    return taken

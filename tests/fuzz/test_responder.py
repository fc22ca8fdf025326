# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The responder against clients that speak another protocol, or none, and configurations that nobody meant."""

from __future__ import annotations

import asyncio
import importlib
import ipaddress
import json
import re
import socket
import sys
import tempfile

from ansible_collections.bytewire.devices.tests.fuzz.fuzzing import CORPUS, ROOT, changed, spoiled

sys.path.insert(0, str(ROOT / "roles" / "responder" / "files" / "responder"))
configuration, connections, server, checks = map(importlib.import_module, ("configuration", "connections", "server", "checks"))
sys.path.pop(0)

LONGEST = 32
WELL_FORMED = re.compile(rb"\x1b([\x20-\x7e]{1,%d})\r" % (LONGEST - 2))
BEGUN = re.compile(rb"\x1b[\x20-\x7e]{0,%d}" % (LONGEST - 2))
CONFIGURATION = {"networks": ["192.0.2.0/24"], "limits": {"packet_bytes": LONGEST, "rate": 1000000, "burst": 1000000}, "commands": [
    {"name": "ECHO", "run": ["/bin/echo", "{word}", "-n"], "arguments": [{"name": "word", "pattern": "[a-z-]+"}]}, {"name": "UP", "run": ["/bin/uptime"]}]}
END = b"--packet--"


class Programs:
    """In the place of programs."""

    async def run(self, peer, command, words, limits):
        assert words == ["/bin/uptime"] or words[::2] == ["/bin/echo", "-n"] and re.fullmatch("[a-z][a-z-]*", words[1]), words
        return " ".join(words).encode(), 0


def answers(data):
    """What is to be answered, each up to its NUL."""
    expected = []
    while True:
        packet = WELL_FORMED.match(data)
        if packet is None:
            return expected + ([b"ERROR bad packet"] if data else [])
        data = data[packet.end():]
        words = packet.group(1).split(b" ")
        fits = {b"UP": len(words) == 1, b"ECHO": len(words) == 2 and bool(re.fullmatch(b"[a-z][a-z-]*", words[-1]))}.get(words[0])
        good = b"/bin/uptime" if words[0] == b"UP" else b"/bin/echo %s -n" % words[-1]
        expected.append(b"ERROR unknown command" if fits is None else good if fits else b"ERROR wrong arguments")


async def spoken(packets):
    """What a client hears who says these packets, and then no more."""
    with tempfile.NamedTemporaryFile("w") as file:
        json.dump(CONFIGURATION, file)
        file.flush()
        owner = server.Server(asyncio.get_running_loop(), file.name)
    owner.programs = Programs()
    theirs, ours = socket.socketpair()
    ours.setblocking(False)
    connection = connections.Connection(owner, ours, ipaddress.ip_address("192.0.2.1"))
    owner.connections.add(connection)
    owner.of_peer[connection.peer] += 1
    reader, writer = await asyncio.open_connection(sock=theirs)
    try:
        for packet in packets:
            writer.write(packet)
            await asyncio.sleep(0)
        writer.write_eof()
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionError:
        return None
    finally:
        writer.close()
        await asyncio.sleep(0)
        connection.transport.abort()
        await asyncio.sleep(0)
        assert len(connection.packets.buffer) < 512 * 1024 and not owner.connections and not owner.waiting and not owner.of_peer


def any_client(data):
    """Each packet is answered in its turn, up to the first that is none."""
    packets = data.split(END)
    heard = asyncio.run(spoken(packets))
    if heard is not None:
        assert heard == b"".join(answer + b"\0" for answer in answers(b"".join(packets)))


def any_configuration(data):
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            configuration.summary(configuration.read(file.name))
        except checks.WrongConfiguration as error:
            assert str(error).endswith(".")


def test_responder_clients(fuzz, monkeypatch):
    monkeypatch.setattr(connections, "log", lambda *words: None)
    fuzz(any_client, spoiled(END, b"\x1b", b"\r", b"\x1bUP\r", b"\x1bECHO a\r", b"ECHO -n", b"ECHO {word}",
                             b"GET / HTTP/1.1\r\n", b"\x16\x03\x01", longest=600))


def test_responder_configurations(fuzz):
    fuzz(any_configuration, changed("/", "/bin/sh", "{word}", "/\x00", "0.0.0.0/0", "AUTH", "(", "(a+)+$", "/dev/null"))


def test_responder_configurations_as_text(fuzz):
    fuzz(any_configuration, spoiled(b"{", b"[", b"[" * 100000, b"1e999", b"NaN", b"\\u0000", b"\\ud800", b"9" * 5000), CORPUS / "responder_configurations")

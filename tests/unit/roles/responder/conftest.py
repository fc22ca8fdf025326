# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import types

import pytest

from ansible_collections.bytewire.devices.tests.ports import free_port
from ansible_collections.bytewire.devices.tests.waiting import until

PROGRAM = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4, "roles", "responder", "files", "responder"))

# Writes each attempt to start a program to the file that is its first argument, then runs the server.
WATCHED = """
import json, runpy, sys
log = open(sys.argv[1], "a")
def watch(event, args):
    if event.partition(".")[2] in ("Popen", "system", "exec", "fork", "forkpty", "posix_spawn", "spawn"):
        log.write(json.dumps([event, [str(word) for word in args[1]] if event == "subprocess.Popen" else repr(args)]) + "\\n")
        log.flush()
sys.addaudithook(watch)
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(name="responder", scope="session")
def responder_fixture():
    """Those of the server's modules that need no sockets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(PROGRAM)
        return types.SimpleNamespace(**{name: importlib.import_module(name) for name in ("checks", "commands", "configuration", "limits", "packets")})


class Client:
    """A connection to the server, from an address of loopback."""

    def __init__(self, port, source="127.0.0.1", wrap=None):
        self.socket = socket.create_connection(("127.0.0.1", port), 10, (source, 0))
        if wrap:
            self.socket = wrap(self.socket)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *dummy):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """The next answer without its NUL; None where the connection ends."""
        while b"\0" not in self.received:
            chunk = self.socket.recv(65536)
            if not chunk:
                assert self.received == b""
                return None
            self.received += chunk
        answer, dummy, self.received = self.received.partition(b"\0")
        return answer

    def ask(self, text):
        self.send(b"\x1b" + text.encode("latin-1") + b"\r")
        return self.answer()


class Served:
    """The server in a process of its own; log() is what it wrote, programs() what it started."""

    def __init__(self, folder, python, commands, **configuration):
        self.folder, self.port = folder, free_port()
        self.path = folder / "configuration.json"
        self.configure(commands, **configuration)
        (folder / "watched.py").write_text(WATCHED)
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen([python, "-I", "-B", str(folder / "watched.py"), str(folder / "started"), PROGRAM, str(self.path)],
                                            stderr=log, stdin=subprocess.DEVNULL)
        self.until("started:")

    def configure(self, commands, **configuration):
        given = dict({"port": self.port, "listen": ["127.0.0.1"], "networks": ["127.0.0.0/8"], "commands": commands}, **configuration)
        self.path.write_text(json.dumps(given))

    def log(self):
        return (self.folder / "log").read_text()

    def until_it_runs(self, nap):
        """NAP, sleeping so many seconds."""
        until(lambda: ["subprocess.Popen", ["/bin/sleep", nap.split()[1]]] in self.programs(), 30, self.log)

    def until(self, words, times=1):
        deadline = time.monotonic() + 30
        while self.log().count(words) < times:
            assert self.process.poll() is None and time.monotonic() < deadline, self.log()
            time.sleep(0.01)

    def reload(self):
        taken = self.log().count("configuration")
        self.process.send_signal(signal.SIGHUP)
        self.until("configuration", taken + 1)

    def programs(self):
        return [json.loads(line) for line in (self.folder / "started").read_text().splitlines()]

    def client(self, source="127.0.0.1", wrap=None):
        return Client(self.port, source, wrap)

    def memory(self):
        """Resident KiB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def stop(self):
        self.process.terminate()
        try:
            assert self.process.wait(20) == 0, self.log()
        finally:
            self.process.kill()
            self.process.wait()
        assert "Traceback" not in self.log(), self.log()


@pytest.fixture(scope="session")
def start_server(tmp_path_factory):
    """A function that starts the server with these commands; its caller must stop it."""
    return lambda commands, python=sys.executable, **configuration: Served(tmp_path_factory.mktemp("server"), python, commands, **configuration)


@pytest.fixture
def served(start_server, closed):
    """Start the server with these commands; it must end well and must never have written a traceback."""
    return lambda *arguments, **configuration: closed(start_server(*arguments, **configuration), "stop")

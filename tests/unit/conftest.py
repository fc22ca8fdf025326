# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio
import inspect
import os
import signal
import socket
import threading

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.module_utils._run import perform
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.mail_sink import MailSink
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.server import Server
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.ports import free_port
from ansible_collections.bytewire.devices.tests.servers import Line, LoopThread, Server as LiteralServer


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """A test that is a coroutine is run by RUN of its module, or on an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    getattr(pyfuncitem.module, "RUN", asyncio.run)(pyfuncitem.obj(**arguments))
    return True


@pytest.fixture
def ctrl_c():
    """Interrupts the test after so many seconds, also where the tests run in the background of a shell, which lets them ignore that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda seconds: threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)).start()
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """Locks and state files go to a home of the test's own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def perform_task():
    """Run a capability as a task would: arguments validated by its spec, the result as a dictionary."""
    arg_spec = pytest.importorskip("ansible.module_utils.common.arg_spec")

    def run(capability, arguments, **mode):
        validation = arg_spec.ArgumentSpecValidator(**capability.SPEC).validate(arguments)
        assert not validation.error_messages, validation.error_messages
        options = validation.validated_parameters
        return perform(capability.run, dict(options, model=resolve(options["model"])), **mode)
    return run


@pytest.fixture
def authority(tmp_path):
    """A certificate authority; its certificate lies in ca.pem."""
    made = pytest.importorskip("trustme", reason="trustme, which makes certificates for tests, is not installed").CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return made


@pytest.fixture
def certificate(authority, tmp_path):
    """The path of a key and its certificate for 127.0.0.1."""
    path = str(tmp_path / "server.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(path)
    return path


@pytest.fixture
def kept(tmp_path):
    """The folder of what mail sinks keep."""
    return tmp_path / "kept"


@pytest.fixture
def sink(kept, closed):
    """Start mail sinks: the port of each."""
    return lambda port=None, **given: closed(MailSink("127.0.0.1", port or free_port(), str(kept), **given), "stop").start()


@pytest.fixture
def named(monkeypatch):
    """Give a name these addresses, in this order; where it is looked up anew, the last ones it was given."""
    names, asked = {}, socket.getaddrinfo

    def looked_up(host, port, *others, **more):
        return [found for address in names.get(host, [host]) for found in asked(address, port, *others, **more)]

    monkeypatch.setattr("socket.getaddrinfo", looked_up)
    return lambda name, *addresses: names.update({name: addresses})


@pytest.fixture
def line(closed):
    return lambda *arguments: closed(Line(*arguments))


class MemoryJournal:
    """What an emulated board saw."""

    def __init__(self):
        self.entries = []

    def note(self, board, connection, event, **details):
        self.entries.append(dict(details, board=board, connection=connection, event=event))

    def sent(self, event="in"):
        return [entry["bytes"] for entry in self.entries if entry["event"] == event]

    def writes(self):
        """The bytes of every request but reads, identification and the session's own."""
        reads = ("identify", "relays.read", "inputs", "analogue", "session.unlock_time", "session.login")
        return [entry["bytes"] for entry in self.entries if entry["event"] == "in" and entry["what"] not in reads
                and not str(entry["what"]).startswith("info.")]


class EmulatedBoard(LoopThread):
    """A board on loopback in a thread of the test."""

    def __init__(self, model, host="127.0.0.1", initial=None, password=None, latency=0.0, faults=()):
        super().__init__()
        self.host, self.port, self.model = host, free_port(host), model
        self.timeout = 1 if faults else 20  # silence is an answer only of those that have faults
        self.journal = MemoryJournal()
        self.board = Board(load(resolve(model)), initial, password)
        self.server = Server(self.board, host, self.port, self.journal, latency, faults)
        self.run(self.server.start())

    def close(self):
        self.end(self.server.close)

    def options(self, **others):
        return dict({"host": self.host, "port": self.port, "model": self.model, "timeout": self.timeout}, **others)


@pytest.fixture
def emulated(closed):
    return lambda model, **settings: closed(EmulatedBoard(model, **settings))


@pytest.fixture
def on_twice_and_off(perform_task):
    """Switch a relay of an emulated board: in check mode, which sends nothing; on; on once more, which changes nothing where it can be read; off."""
    def play(board, number, **login):
        task = board.options(relay=[str(number)], state="on", latest=1, **login)
        assert perform_task(relay, task, check=True)["changed"] and not board.board.coil(number)
        assert login or board.journal.writes() == []
        assert perform_task(relay, task)["changed"] and board.board.coil(number)
        assert perform_task(relay, task)["changed"] is (board.board.profile.relays.read is None)
        assert perform_task(relay, dict(task, state="off"))["changed"] and not board.board.coil(number)
    return play


class Script(LiteralServer):
    """A server that plays literal bytes: [(what it waits for, what it then sends), ...]; one script for each connection.

    b"" waits for nothing; None instead of an answer closes. What was received is kept in received.
    """

    def __init__(self, *scripts):
        self.scripts = list(scripts)
        self.received = []
        super().__init__(len(scripts))

    def options(self, **others):
        return dict({"host": "127.0.0.1", "port": self.port}, **others)

    def serve(self, client):
        script, expected = self.scripts[len(self.received)], 0
        self.received.append(b"")
        for (awaited, answer), following in zip(script, [*script[1:], (b"-", b"")]):
            expected += len(awaited)
            while len(self.received[-1]) < expected:
                chunk = client.recv(4096)
                if not chunk:
                    return
                self.received[-1] += chunk
            if answer is None:
                return
            closes_at_once = awaited and following == (b"", None)  # in one packet: nothing may be sent in between
            client.sendall(answer, socket.MSG_MORE if closes_at_once else 0)
        for chunk in iter(lambda: client.recv(4096), b""):
            self.received[-1] += chunk


@pytest.fixture
def scripted(closed):
    return lambda *scripts: closed(Script(*scripts))


@pytest.fixture
def untouched(scripted):
    """A server that nobody is expected to connect to; received stays empty."""
    return scripted([(b"", b"")])

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server: where it listens, whom it lets in, which connections it has, how it reloads and ends."""

from __future__ import annotations

import asyncio
import collections
import resource
import signal
import socket
import time
import typing as t

from answers import TOO_MANY_CONNECTIONS, DENIED, TOO_FAST, Refusal
from checks import WrongConfiguration
from commands import missing
from configuration import Configuration, read, summary
from connections import LINGER, Connection
from journal import ERROR, NOTICE, WARNING, log
from limits import Address, Limits, Peer, Rates, peer_of, plain
from programs import GRACE, Programs

LINGERING = 64  # connections at most that linger; others are closed at once
STOPPING = 5.0  # seconds for running programs when the server stops
ACCEPTED_AT_ONCE = 32
PRUNE = 30.0  # seconds between clearings of the table of rates
DESCRIPTORS = 64  # for listeners, logs and libraries

Where = t.Tuple[str, int]  # an address and its port


class Server:
    """Listeners, the connections they accepted, and the configuration that holds for all of them from now on."""

    def __init__(self, loop: asyncio.AbstractEventLoop, path: str) -> None:
        self.loop, self.path = loop, path
        self.configuration = read(path)
        self.listeners: dict[Where, socket.socket] = {}
        self.connections: set[Connection] = set()
        self.closing: set[Connection] = set()
        self.waiting: t.OrderedDict[Connection, None] = collections.OrderedDict()
        self.of_peer: t.Counter[Peer] = collections.Counter()
        self.rates, self.programs = Rates(), Programs(loop)
        self.stopped: asyncio.Future[None] = loop.create_future()

    # listening

    def start(self) -> None:
        self._listen(self.configuration)
        self._log_missing()
        self.loop.add_signal_handler(signal.SIGHUP, self.reload)
        self.loop.add_signal_handler(signal.SIGCHLD, self.programs.reap)
        for number in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(number, self.stop)
        self._prune()

    def _listen(self, configuration: Configuration) -> None:
        """Listen where the configuration says, and nowhere else; where one of its addresses cannot be had, where it was listened before."""
        need_descriptors(configuration.limits)
        for sock in list(self.listeners.values()):
            self._accept(sock)  # who is connected already is not dropped with a listener
        before, wanted = set(self.listeners), set(configuration.listen)
        ports = {port for dummy, port in wanted - before}
        try:
            # 0.0.0.0 and an address that it holds cannot both be had, not even for a moment.
            self._close(where for where in before - wanted if where[1] in ports)
            self._open(wanted)
        except WrongConfiguration:
            self._close(set(self.listeners) - before)
            self._open(before)
            raise
        self._close(before - wanted)

    def _open(self, wanted: set[Where]) -> None:
        for where in wanted - set(self.listeners):
            self.listeners[where] = sock = listener(where)
            self.loop.add_reader(sock.fileno(), self._accept, sock)

    def _close(self, unwanted: t.Iterable[Where]) -> None:
        for where in set(unwanted) & set(self.listeners):
            sock = self.listeners.pop(where)
            self.loop.remove_reader(sock.fileno())
            sock.close()

    def reload(self) -> None:
        """Take the configuration anew; one that is wrong is not taken. Connections stay, and obey the new one from their next command on."""
        try:
            configuration = read(self.path)
            self._listen(configuration)
        except WrongConfiguration as error:
            log(ERROR, f"the new configuration is not taken, the old one stays: {self.path}: {error}")
            return
        self.configuration = configuration
        log(NOTICE, f"configuration taken: {summary(configuration)}; {len(self.connections)} connections stay")
        self._log_missing()

    def _log_missing(self) -> None:
        for words in missing(self.configuration.commands):
            log(ERROR, words)

    def _prune(self) -> None:
        self.rates.prune(self.configuration.limits, time.monotonic())
        self.loop.call_later(PRUNE, self._prune)

    def _accept(self, listening: socket.socket) -> None:
        for dummy in range(ACCEPTED_AT_ONCE):
            try:
                sock, address = listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionError:
                continue
            except OSError as error:
                log(ERROR, f"no connection can be accepted: {error}")
                self.loop.remove_reader(listening.fileno())
                self.loop.call_later(1, self._accept_again, listening)
                return
            self._connected(sock, plain(address[0]))

    def _accept_again(self, listening: socket.socket) -> None:
        if listening.fileno() >= 0:
            self.loop.add_reader(listening.fileno(), self._accept, listening)

    def _connected(self, sock: socket.socket, address: Address) -> None:
        """A client is connected: it is admitted, or hears why not."""
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it for sockets that name their protocol alone
        try:
            self._admit(peer_of(address), address)
        except Refusal as refusal:
            log(WARNING, f"{address}: refused: {refusal}")
            if self.configuration.tls is None and len(self.closing) < LINGERING:
                Connection(self, sock, address, refusal.answer)
            else:
                sock.close()
            return
        connection = Connection(self, sock, address)
        self.connections.add(connection)
        self.of_peer[connection.peer] += 1
        self.awaits(connection)

    def _admit(self, peer: Peer, address: Address) -> None:
        """Refusal where there can be no further connection, or none from there."""
        limits = self.configuration.limits
        if not self.allowed(address):
            raise Refusal(DENIED, "its network is not allowed")
        if self.of_peer[peer] >= limits.connections_per_address:
            raise Refusal(TOO_MANY_CONNECTIONS, f"it has {limits.connections_per_address} connections")
        if not self.rates.spend(peer, limits, time.monotonic()):
            raise Refusal(TOO_FAST, "too many requests")
        if len(self.connections) >= limits.connections and not self._make_room():
            raise Refusal(TOO_MANY_CONNECTIONS, f"all {limits.connections} connections are at work")

    def allowed(self, address: Address) -> bool:
        return any(address in network for network in self.configuration.networks)

    def _make_room(self) -> bool:
        """The one that has been silent for longest goes, so that many silent ones keep nobody out. Whether there was one."""
        if not self.waiting:
            return False
        longest = next(iter(self.waiting))
        log(NOTICE, f"{longest.address}: closed, for all connections are taken and it was silent for longest")
        longest.refuse(TOO_MANY_CONNECTIONS)
        return True

    # what connections report

    def awaits(self, connection: Connection) -> None:
        self.waiting[connection] = None
        self.waiting.move_to_end(connection)

    def works(self, connection: Connection) -> None:
        self.waiting.pop(connection, None)

    def closes(self, connection: Connection) -> bool:
        """It counts no more; whether it may linger."""
        self._uncount(connection)
        lingers = len(self.closing) < LINGERING
        self.closing.add(connection)
        return lingers

    def forget(self, connection: Connection) -> None:
        self._uncount(connection)
        self.closing.discard(connection)

    def _uncount(self, connection: Connection) -> None:
        self.waiting.pop(connection, None)
        if connection in self.connections:
            self.connections.discard(connection)
            self.of_peer[connection.peer] -= 1
            if not self.of_peer[connection.peer]:
                del self.of_peer[connection.peer]

    # the end

    def stop(self) -> None:
        """No new connections; running programs may end and be answered."""
        if self.stopped.done():
            return
        self._close(self.listeners)
        self.stopped.set_result(None)

    async def run(self) -> None:
        await self.stopped
        await self._until_idle(STOPPING)
        self.programs.stop()
        await self._until_idle(GRACE + LINGER)
        log(NOTICE, "stopped")

    async def _until_idle(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.programs.running and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.05)


def listener(where: Where) -> socket.socket:
    """A listening socket; IPv4 and IPv6 are kept apart, so that 0.0.0.0 and :: can both be listened on."""
    address, port = where
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        with_zone = socket.getaddrinfo(address, port, family, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)[0][4]
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(with_zone)
        sock.listen(1024)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise WrongConfiguration(f"it cannot listen on {address} port {port}: {error.strerror}.")
    return sock


def need_descriptors(limits: Limits) -> None:
    """Raise the limit of open files to what so many connections and programs take."""
    needed = limits.connections + LINGERING * 2 + limits.programs * 4 + DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise WrongConfiguration(f"limits: so many connections and programs need {needed} open files, and the system allows {hard} (LimitNOFILE).")
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))

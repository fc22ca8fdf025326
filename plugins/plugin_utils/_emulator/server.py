# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One emulated board on a socket, and the connections to it."""

from __future__ import annotations

import asyncio
import ssl
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._device.mask import Mask
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import SECRETS, TemplateError
from ansible_collections.bytewire.devices.plugins.module_utils._wire.address import endpoint
from ansible_collections.bytewire.devices.plugins.module_utils._wire.telnet import ECHO, SUPPRESS_GO_AHEAD, WILL, Telnet
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import GOES_ON, Board, writes
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.faults import Faults
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.journal import Journal
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.session import open_session
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.stream import Request, Stream, Unknown

IDLE_GAP = 0.02  # seconds of silence that end a request without an end of its own
PATIENCE = 0.5  # seconds that a request is waited for which may still become one with an end of its own
EARLY_CLOSE = 0.05  # seconds


class Server:
    """One board on one address."""

    def __init__(self, board: Board, host: str, port: int, journal: Journal, latency: float = 0.0,
                 faults: t.Iterable[dict[str, t.Any]] = (), tls: ssl.SSLContext | None = None) -> None:
        self.board, self.host, self.port, self.journal, self.latency = board, host, port, journal, latency
        self.faults, self.tls, self.mask = Faults(faults), tls, Mask(board.password)
        self.name = endpoint(host, port)
        self.open: list[Connection] = []
        self.accepted = 0
        self.closed: float | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), self.host, self.port, backlog=128, ssl=self.tls)

    def change(self, values: dict[str, t.Any], check: bool = False) -> bool:
        """Change the board's state from outside, as somebody at its inputs would; True if it became different."""
        before, inputs = self.board.all_coils(), self.board.inputs
        changed = self.board.change(values, check)
        for relay, on in self.board.all_coils().items():
            if on != before[relay]:
                self.journal.note(self.name, 0, "relay", relay=relay, state="on" if on else "off")
        for number in sorted(inputs ^ self.board.inputs):
            self.journal.note(self.name, 0, "input", input=number, state="active" if number in self.board.inputs else "inactive")
        return changed

    def served(self) -> int:
        """The connections that are being answered."""
        return sum(not connection.mute for connection in self.open)

    def recovers(self) -> bool:
        """True where the last connection was closed too short a time ago for another."""
        return self.closed is not None and self.board.clock() - self.closed < self.board.seconds["reconnect"]

    def close(self) -> None:
        self._server.close()
        for connection in list(self.open):
            connection.transport.abort()


class Requests(asyncio.Protocol):
    """What one client sends, cut into requests; each goes to take()."""

    transport: asyncio.Transport

    def __init__(self, board: Board) -> None:
        self.board = board
        self.stream = Stream(board.profile, board.password)
        self.session = open_session(board)
        self.loop = asyncio.get_running_loop()
        self.silence: asyncio.TimerHandle | None = None
        self.telnet = Telnet() if board.profile.transport == "telnet" else None
        self.number = 0

    def take(self, request: Request | Unknown) -> None:
        """Answer a request, or bytes that are none."""
        raise NotImplementedError

    def connection_lost(self, exc: Exception | None) -> None:
        if self.silence:
            self.silence.cancel()

    def data_received(self, data: bytes) -> None:
        if self.telnet:
            data, negotiated = self.telnet.received(data)
            self.transport.write(negotiated)
        if self.silence:
            self.silence.cancel()
            self.silence = None
        for request in self.stream.feed(data):
            self.take(request)
        self._wait(IDLE_GAP, short=True)

    def eof_received(self) -> None:
        """Nothing more will come."""
        for request in self.stream.silence():
            self.take(request)

    def _wait(self, seconds: float, short: bool) -> None:
        if self.stream.buffer and not self.board.profile.resync:
            self.silence = self.loop.call_later(seconds, self._on_silence, short)

    def _on_silence(self, short: bool) -> None:
        for request in self.stream.silence(short):
            self.take(request)
        if short:
            self._wait(PATIENCE, short=False)


class Connection(Requests):
    """One client of one board."""

    def __init__(self, server: Server) -> None:
        super().__init__(server.board)
        self.server = server
        self.mute = self.turned_away = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = t.cast(asyncio.Transport, transport)
        limit = self.board.profile.connections
        self.turned_away = self.server.recovers()
        self.mute = self.turned_away or self.server.faults.full or limit is not None and limit != 0 and self.server.served() >= limit
        self.server.open.append(self)
        self.server.accepted += 1
        self.number = self.server.accepted
        peer = transport.get_extra_info("peername") or ("?", 0)
        self._note("open", peer=endpoint(*peer[:2]), connections=len(self.server.open), mute=self.mute)
        if self.turned_away:
            self.transport.abort()
        if self.telnet and not self.mute:
            self.transport.write(self.telnet.proposed(WILL, ECHO) + self.telnet.proposed(WILL, SUPPRESS_GO_AHEAD))
        login = self.board.profile.login
        if login and login[0].send is None and not self.mute:
            self._send(self.board.reply("banner", login[0], self.session.challenge))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.stream.buffer:
            self._note("in", what=None, bytes=self.server.mask.shown(self.stream.buffer))
        self.server.open.remove(self)
        if not self.turned_away:
            self.server.closed = self.board.clock()
        self._note("close")

    def data_received(self, data: bytes) -> None:
        if self.mute:
            self._note("in", what=None, bytes=self.server.mask.shown(data))
            return
        super().data_received(data)

    def take(self, request: Request | Unknown) -> None:
        if self.server.journal:
            self._note("in", what=request.what, bytes=self._shown(request))
        if self.server.latency:
            self.loop.call_later(self.server.latency, self._serve, request)
        else:
            self._serve(request)

    def _serve(self, request: Request | Unknown) -> None:
        if isinstance(request, Unknown):
            self._send(self.board.profile.unknown)
            if self.board.profile.closes and self.board.profile.unknown:
                self.transport.close()
            return
        if not self.board.hears(request.what, request.values):
            return
        fault = self.server.faults.strike(request.what)
        name = fault["fault"] if fault else None
        if name == "silent":
            return
        if name == "early_close":
            self.loop.call_later(EARLY_CLOSE, self._answer, request, None, {})
            return
        self._answer(request, name, fault or {})

    def _answer(self, request: Request, fault: str | None, details: dict[str, t.Any]) -> None:
        if self.transport.is_closing():
            return
        reply = self._reply(request, fault)
        if self.board.is_broadcast(request.values):
            return
        if self.board.echo:
            reply = request.data + (request.message.echo or b"") + (reply or b"")
        if fault in ("drop_reply", "close_before_reply"):
            reply = None
        elif fault == "garbage":
            reply = b"\xfe\xed\xfa\xce\xfe"
        elif fault == "wrong_reply":
            reply = b"\x7f"
        elif fault == "partial_reply":
            reply = (reply or b"")[:-1]
        if fault == "slow":
            self.loop.call_later(details.get("seconds", 5), self._finish, request, reply)
        else:
            self._finish(request, reply)
        if fault in ("close_before_reply", "close_after_reply"):
            self.transport.close()

    def _finish(self, request: Request, reply: bytes | None) -> None:
        self._send(reply)
        if (self.board.profile.closes or request.what == "logout") and request.what != "login" and not request.what.startswith("session."):
            self.transport.close()

    def _reply(self, request: Request, fault: str | None) -> bytes | None:
        what, message, values = request.what, request.message, request.values
        if fault == "garbage":
            return None
        self.server.mask.add(str(values.get("digest", "")))
        if not self.session.knows(message, values):
            return self.board.denial(message, values)
        if self.board.is_busy(message):
            return self.board.busy_reply(message, values)
        if not self.session.allows(writes(what), values.get("password")) or not request.fits or fault == "refuse" or _is_refused_there(request):
            return self._refusal(request)
        if what == "login":
            self.stream.login.remove(message)
            return self.board.reply("login", message, {**self.session.challenge, **values})
        if what.startswith("session."):
            known = self.session.values(what, values)
            return self.board.refusal(message, values) if known is None else self.board.reply(what, message, known)
        if fault != "lie":
            for relay, on in self.board.act(what, values).items():
                self._note("relay", relay=relay, state="on" if on else "off")
        try:
            return self.board.reply(what, message, values)
        except TemplateError:
            return None  # what a reply cannot tell is not answered

    def _refusal(self, request: Request) -> bytes | None:
        """What refuses a request; where a command has nothing of the kind, it is told where it is asked how it went."""
        refusal = self.board.refusal(request.message, request.values)
        if request.course is not None:
            request.course.refused = refusal is None
        return refusal

    def _send(self, data: bytes | None) -> None:
        if data and not self.transport.is_closing():
            self._note("out", bytes=self.server.mask.shown(data))
            self.transport.write(self.telnet.sent(data) if self.telnet else data)

    def _note(self, event: str, **details: t.Any) -> None:
        self.server.journal.note(self.server.name, self.number, event, **details)

    def _shown(self, request: Request | Unknown) -> str:
        if isinstance(request, Request) and request.message.request.names.intersection(SECRETS):
            return request.message.show(request.values)
        return self.server.mask.shown(request.data)


def _is_refused_there(request: Request) -> bool:
    """True for the exchange that tells that its command was refused."""
    return request.course is not None and request.course.refused and request.what.endswith(GOES_ON) and bool(request.message.refused)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One client's connection: packets in, answers out, until one side ends it."""

from __future__ import annotations

import asyncio
import hmac
import socket
import ssl
import time
import typing as t

from answers import BAD_PACKET, DENIED, SECRET_WANTED, NOT_STARTED, TIMEOUT, TOO_FAST, CERTIFICATE_WANTED, WRONG_SECRET, Refusal
from commands import SECRET_COMMAND, Command, program_of
from configuration import Configuration, digest
from journal import INFO, NOTICE, WARNING, log
from limits import Address, Rates, peer_of
from packets import NUL, BadPacket, Packets
from programs import Programs

LINGER = 0.5  # seconds in which a client that is sent away may still read why

OPENING, AWAITING, WORKING, WRITING, CLOSING, CLOSED = range(6)


class Owner(t.Protocol):
    """What a connection asks of the server, and tells it."""

    loop: asyncio.AbstractEventLoop
    configuration: Configuration
    rates: Rates
    programs: Programs

    def allowed(self, address: Address) -> bool:
        """Whether its network is."""

    def awaits(self, connection: Connection) -> None:
        """It waits for its client."""

    def works(self, connection: Connection) -> None:
        """It carries out a command."""

    def closes(self, connection: Connection) -> bool:
        """It counts no more; whether it may linger."""

    def forget(self, connection: Connection) -> None:
        """It is closed."""


class Connection(asyncio.Protocol):
    """One client: a packet, its answer, the next packet. Nothing is read while an answer is being made or has not left."""

    transport: asyncio.Transport  # once it is connected

    def __init__(self, server: Owner, sock: socket.socket, address: Address, refusal: str | None = None) -> None:
        self.server, self.sock, self.address, self.refusal = server, sock, address, refusal
        self.peer = peer_of(address)
        self.packets = Packets()
        self.state, self.connected, self.ended, self.full = OPENING, False, False, False
        self.timer: asyncio.TimerHandle | None = None
        self.accepted_secret: bytes | None = None  # its digest, once the client knew it
        self.tls = None if refusal else server.configuration.tls
        self.opening = server.loop.create_task(self._open())

    async def _open(self) -> None:
        handshake = None if self.tls is None else self.server.configuration.limits.idle_seconds
        try:
            await self.server.loop.connect_accepted_socket(lambda: self, self.sock, ssl=self.tls, ssl_handshake_timeout=handshake)
        except (OSError, asyncio.TimeoutError) as error:
            reason = getattr(error, "reason", None) or error or "it took too long"
            log(WARNING, f"{self.address}: no TLS: {reason}")
        finally:
            if not self.connected:
                self.sock.close()
                self._closed()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.connected = t.cast(asyncio.Transport, transport), True  # a Protocol gets no other
        if self.state != OPENING:
            self.transport.abort()
            return
        self.transport.set_write_buffer_limits(high=0)
        if self.tls is not None and self.tls.verify_mode == ssl.CERT_OPTIONAL and not transport.get_extra_info("peercert"):
            log(WARNING, f"{self.address}: refused: it has no certificate")
            self.refusal = CERTIFICATE_WANTED
        if self.refusal:
            self.refuse(self.refusal)
        else:
            self._await_packet()

    def data_received(self, data: bytes) -> None:
        if self.state in (AWAITING, WORKING, WRITING):
            self.packets.feed(data)
            self._next()

    def eof_received(self) -> bool:
        """The client sends no more; it may still want its answer. With TLS there is no half of a connection."""
        self.ended = True
        if self.state == CLOSING:
            self.transport.close()
        else:
            self.server.loop.call_soon(self._next)
        return self.tls is None

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False
        if self.state == WRITING:
            self._await_packet()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed()

    def _closed(self) -> None:
        self._stop_timer()
        self.state = CLOSED
        self.server.forget(self)

    def _start_timer(self, seconds: float, what: t.Callable[[], None]) -> None:
        """In place of the one that runs, if any."""
        self._stop_timer()
        self.timer = self.server.loop.call_later(seconds, what)

    def _stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _await_packet(self) -> None:
        """A whole packet must come within the idle time: bytes that trickle do not prolong it."""
        self.state = AWAITING
        self._start_timer(self.server.configuration.limits.idle_seconds, self._idle)
        self.server.awaits(self)
        self.transport.resume_reading()
        self.server.loop.call_soon(self._next)

    def _idle(self) -> None:
        if self.state == WRITING:
            log(NOTICE, f"{self.address}: closed, for it does not read its answer")
            self.transport.abort()
        else:
            missing = "end of a packet" if self.packets.buffer else "packet"
            log(INFO, f"{self.address}: closed, for no {missing} came")
            self.refuse(TIMEOUT)

    def _next(self) -> None:
        if self.state != AWAITING:
            return
        try:
            text = self.packets.next(self.server.configuration.limits.packet_bytes)
            if text is None and self.ended and self.packets.buffer:
                raise BadPacket("it has no end")
        except BadPacket as error:
            # Not searched for a next packet: it may be another protocol, whose sender somebody made to say ESC ... CR.
            log(WARNING, f"{self.address}: bad packet: {error}")
            self.refuse(BAD_PACKET)
            return
        if text is not None:
            self._work(text)
        elif self.ended:
            self.transport.close()

    def _work(self, text: str) -> None:
        self.state = WORKING
        self._stop_timer()
        self.server.works(self)
        self.transport.pause_reading()
        try:
            found = self._admitted(text)
        except Refusal as refusal:
            self._refused(refusal)
        else:
            if found is None:
                self._answer(b"OK")
            else:
                self.server.loop.create_task(self._run(*found))

    def _admitted(self, text: str) -> tuple[Command, list[str]] | None:
        """(command, words) to run, None for a secret that is right; Refusal for everything else."""
        configuration = self.server.configuration
        if not self.server.allowed(self.address):
            raise Refusal(DENIED, "its network is not allowed any more", close=True)
        if not self.server.rates.spend(self.peer, configuration.limits, time.monotonic()):
            raise Refusal(TOO_FAST, "too many requests", close=True)
        name, dummy, secret = text.partition(" ")
        if configuration.secret is not None:
            if name == SECRET_COMMAND:
                if not hmac.compare_digest(digest(secret), configuration.secret):
                    raise Refusal(WRONG_SECRET, "wrong secret", close=True)
                self.accepted_secret = configuration.secret
                return None
            if self.accepted_secret != configuration.secret:
                raise Refusal(SECRET_WANTED, "a command without the secret", close=True)
        return program_of(configuration.commands, text)

    async def _run(self, command: Command, words: list[str]) -> None:
        started = time.monotonic()
        try:
            answer, status = await self.server.programs.run(self.peer, command, words, self.server.configuration.limits)
            log(WARNING if status else INFO, f"{self.address}: {command.name}: status {status}, {len(answer)} bytes in {time.monotonic() - started:.2f} s")
            self._answer(answer)
        except Refusal as refusal:
            self._refused(refusal, f"{command.name}: ")
        except Exception as error:  # whatever it is, the client must not wait for ever
            self._refused(Refusal(NOT_STARTED, f"failed: {error!r}", close=True), f"{command.name}: ")

    def _refused(self, refusal: Refusal, about: str = "") -> None:
        log(WARNING, f"{self.address}: {about}{refusal}")
        if refusal.close:
            self.refuse(refusal.answer)
        else:
            self._answer(refusal.answer.encode())

    def _answer(self, data: bytes) -> None:
        if self.state != WORKING or self.transport.is_closing():
            return
        self.transport.write(data + NUL)
        if self.full:
            self.state = WRITING
            self._start_timer(self.server.configuration.limits.idle_seconds, self._idle)
            self.server.awaits(self)
        else:
            self._await_packet()

    def refuse(self, answer: str) -> None:
        """Say why, and close: not before it could be read, for closing with unread input would take the answer back."""
        if self.state in (CLOSING, CLOSED):
            return
        self.state = CLOSING
        lingers = self.server.closes(self)
        if not self.connected:
            self.opening.cancel()
            return
        self.transport.write(answer.encode() + NUL)
        if not lingers or self.ended:
            self._close()
            return
        self._start_timer(LINGER, self._close)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.transport.resume_reading()

    def _close(self) -> None:
        """The connection ends when all has left, but soon."""
        self._start_timer(LINGER, self.transport.abort)
        self.transport.close()

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One client's connection: packets in, answers out, until one side ends it."""

from __future__ import annotations

import asyncio
import hmac
import ssl
import time

from answers import BAD_PACKET, DENIED, LOCKED, NOT_STARTED, TIMEOUT, TOO_FAST, UNCERTIFIED, WRONG_SECRET, Refusal
from commands import SECRET_COMMAND, program_of
from configuration import digest
from journal import INFO, NOTICE, WARNING, log
from limits import peer_of
from packets import NUL, BadPacket, Packets

LINGER = 0.5  # seconds in which a client that is sent away may still read why

OPENING, AWAITING, WORKING, WRITING, GOING, GONE = range(6)


class Connection(asyncio.Protocol):
    """One client: a packet, its answer, the next packet. Nothing is read while an answer is being made or has not left."""

    def __init__(self, server, sock, address, refusal=None):
        self.server, self.sock, self.address, self.refusal = server, sock, address, refusal
        self.peer = peer_of(address)
        self.packets = Packets()
        self.state, self.ended, self.full = OPENING, False, False
        self.transport = self.timer = self.proved = None
        self.tls = None if refusal else server.configuration.tls
        self.opening = server.loop.create_task(self._open())

    async def _open(self):
        options = {} if self.tls is None else {"ssl": self.tls, "ssl_handshake_timeout": self.server.configuration.limits.idle_seconds}
        try:
            await self.server.loop.connect_accepted_socket(lambda: self, self.sock, **options)
        except (OSError, asyncio.TimeoutError) as error:
            log(WARNING, "%s: no TLS: %s" % (self.address, getattr(error, "reason", None) or error or "it took too long"))
        finally:
            if self.transport is None:
                self.sock.close()
                self._gone()

    def connection_made(self, transport):
        self.transport = transport
        if self.state != OPENING:
            transport.abort()
            return
        transport.set_write_buffer_limits(high=0)
        if self.tls is not None and self.tls.verify_mode == ssl.CERT_OPTIONAL and not transport.get_extra_info("peercert"):
            log(WARNING, "%s: refused: it has no certificate" % self.address)
            self.refusal = UNCERTIFIED
        if self.refusal:
            self.leave(self.refusal)
        else:
            self._await_packet()

    def data_received(self, data):
        if self.state in (AWAITING, WORKING, WRITING):
            self.packets.feed(data)
            self._next()

    def eof_received(self):
        """The client sends no more; it may still want its answer. With TLS there is no half of a connection."""
        self.ended = True
        if self.state == GOING:
            self.transport.close()
        else:
            self.server.loop.call_soon(self._next)
        return self.tls is None

    def pause_writing(self):
        self.full = True

    def resume_writing(self):
        self.full = False
        if self.state == WRITING:
            self._await_packet()

    def connection_lost(self, exc):
        self._gone()

    def _gone(self):
        self._set_timer(None)
        self.state = GONE
        self.server.forget(self)

    def _set_timer(self, seconds, what=None):
        if self.timer is not None:
            self.timer.cancel()
        self.timer = None if seconds is None else self.server.loop.call_later(seconds, what)

    def _await_packet(self):
        """A whole packet must come within the idle time: bytes that trickle do not prolong it."""
        self.state = AWAITING
        self._set_timer(self.server.configuration.limits.idle_seconds, self._idle)
        self.server.awaits(self)
        self.transport.resume_reading()
        self.server.loop.call_soon(self._next)

    def _idle(self):
        if self.state == WRITING:
            log(NOTICE, "%s: closed, for it does not read its answer" % self.address)
            self.transport.abort()
        else:
            log(INFO, "%s: closed, for no %s came" % (self.address, "end of a packet" if self.packets.buffer else "packet"))
            self.leave(TIMEOUT)

    def _next(self):
        if self.state != AWAITING:
            return
        try:
            text = self.packets.next(self.server.configuration.limits.packet_bytes)
            if text is None and self.ended and self.packets.buffer:
                raise BadPacket("it has no end")
        except BadPacket as error:
            # Not searched for a next packet: it may be another protocol, whose sender somebody made to say ESC ... CR.
            log(WARNING, "%s: bad packet: %s" % (self.address, error))
            self.leave(BAD_PACKET)
            return
        if text is not None:
            self._work(text)
        elif self.ended:
            self.transport.close()

    def _work(self, text):
        self.state = WORKING
        self._set_timer(None)
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

    def _admitted(self, text):
        """(command, words) to run, None for a secret that is right; Refusal for everything else."""
        configuration = self.server.configuration
        if not self.server.allowed(self.address):
            raise Refusal(DENIED, "its network is not allowed any more", leave=True)
        if not self.server.rates.spend(self.peer, configuration.limits, time.monotonic()):
            raise Refusal(TOO_FAST, "too many requests", leave=True)
        name, dummy, secret = text.partition(" ")
        if configuration.secret is not None:
            if name == SECRET_COMMAND:
                if not hmac.compare_digest(digest(secret), configuration.secret):
                    raise Refusal(WRONG_SECRET, "wrong secret", leave=True)
                self.proved = configuration.secret
                return None
            if self.proved != configuration.secret:
                raise Refusal(LOCKED, "a command without the secret", leave=True)
        return program_of(configuration.commands, text)

    async def _run(self, command, words):
        started = time.monotonic()
        try:
            answer, status = await self.server.programs.run(self.peer, command, words, self.server.configuration.limits)
            log(WARNING if status else INFO, "%s: %s: status %s, %d bytes in %.2f s"
                % (self.address, command.name, status, len(answer), time.monotonic() - started))
            self._answer(answer)
        except Refusal as refusal:
            self._refused(refusal, command.name + ": ")
        except Exception as error:  # whatever it is, the client must not wait for ever
            self._refused(Refusal(NOT_STARTED, "failed: %r" % error, leave=True), command.name + ": ")

    def _refused(self, refusal, about=""):
        log(WARNING, "%s: %s%s" % (self.address, about, refusal))
        if refusal.leave:
            self.leave(refusal.answer)
        else:
            self._answer(refusal.answer.encode())

    def _answer(self, data):
        if self.state != WORKING or self.transport.is_closing():
            return
        self.transport.write(data + NUL)
        if self.full:
            self.state = WRITING
            self._set_timer(self.server.configuration.limits.idle_seconds, self._idle)
            self.server.awaits(self)
        else:
            self._await_packet()

    def leave(self, answer):
        """Say why, and go: not before it could be read, for closing with unread input would take the answer back."""
        if self.state in (GOING, GONE):
            return
        self.state = GOING
        stays = self.server.goes(self)
        if self.transport is None:
            self.opening.cancel()
            return
        self.transport.write(answer.encode() + NUL)
        if not stays or self.ended:
            self._close()
            return
        self._set_timer(LINGER, self._close)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.transport.resume_reading()

    def _close(self):
        """The connection ends when all has left, but soon."""
        self._set_timer(LINGER, self.transport.abort)
        self.transport.close()

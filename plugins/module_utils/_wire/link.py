# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes with deadlines over TCP, TLS, Telnet, RFC 2217 or a serial port. Nothing here knows what the bytes mean.

Resolving a name imports encodings.idna; done here, a play pays for it once instead of each worker. TLS and pyserial
are imported by those who use them.
"""

from __future__ import annotations

import encodings.idna  # noqa: F401, pylint: disable=unused-import
import errno
import functools
import os
import socket
import time

from ansible_collections.bytewire.devices.plugins.module_utils._wire.telnet import Telnet
from ansible_collections.bytewire.devices.plugins.module_utils._wire.wait import READING, WRITING, Call, Socket

IN_USE = (b"Port already in use", b"Port's device already in use")  # what a serial server says to a second client before it closes


class LinkError(Exception):
    """No link, in words; step is resolve, connect or tls, kind as of a BytewireError, retry whether trying again may help."""

    def __init__(self, step, words, kind="unreachable", retry=True):
        super().__init__(words)
        self.step, self.kind, self.retry = step, kind, retry


class Blocked(BlockingIOError):
    """An operation that has to wait for the socket, and for which event."""

    def __init__(self, event):
        super().__init__()
        self.event = event


async def resolve(host, port):
    """[(family, address)] of a host and port; LinkError where the name is not known."""
    try:
        found = _numeric(host, port) or await Call(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (socket.gaierror, UnicodeError) as error:
        raise LinkError("resolve", "the name '%s' cannot be resolved (%s)" % (host, getattr(error, "strerror", None) or error))
    addresses = []
    for family, dummy, dummy, dummy, address in found:
        if (family, address) not in addresses:
            addresses.append((family, address))
    return addresses


def _numeric(host, port):
    """The address of a host that is given by address, without asking anybody; None for a name."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, UnicodeError):
        return None


async def connect(transport, address, seconds, options):
    """A link to one (family, address) of resolve(), within so many seconds; address is None for a serial port."""
    if transport == "serial":
        from ansible_collections.bytewire.devices.plugins.module_utils._wire.serial import SerialLink

        return await Call(SerialLink, options)
    if transport == "rfc2217":
        from ansible_collections.bytewire.devices.plugins.module_utils._wire.serial import Rfc2217Link

        return await Call(Rfc2217Link, *address, seconds, options)
    if transport == "tls":
        from ansible_collections.bytewire.devices.plugins.module_utils._wire.tls import TlsLink

        link = TlsLink(*address, options)
    else:
        link = (TelnetLink if transport == "telnet" else TcpLink)(*address)
    await link.open(seconds)
    return link


class TcpLink:
    """A TCP connection; every call has a deadline on the monotonic clock."""

    slow_to_close = False
    reason = ""
    """Why the connection is gone, in words, where the other side did not just close it."""

    def __init__(self, family, address):
        self.address = address
        try:
            self.socket = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            raise LinkError("connect", _why(error, 0))
        self._connecting = False

    async def open(self, seconds):
        """Connect, or a LinkError."""
        try:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await Socket(self.socket, WRITING, self._connect, time.monotonic() + seconds)
        except BaseException as error:
            self.socket.close()
            if isinstance(error, OSError):
                raise LinkError("connect", _why(error, seconds))
            raise

    async def send(self, data, deadline):
        """One write for one message; OSError where the connection is gone, socket.timeout where it does not drain."""
        while data:
            data = data[await Socket(self.socket, WRITING, functools.partial(self._send, data), deadline):]

    async def receive(self, deadline):
        """What has come, b"" where the connection is gone, None where nothing came before the deadline."""
        try:
            return await Socket(self.socket, READING, self._receive, deadline)
        except socket.timeout:
            return None
        except OSError as error:
            return self._broken(error)

    def pending(self):
        """What has come already, without waiting; b"" where the connection is gone, None where there is nothing."""
        self.socket.settimeout(0)
        try:
            return self._receive()
        except BlockingIOError:
            return None
        except OSError as error:
            return self._broken(error)

    def _connect(self):
        """Done again when the socket is ready, it tells how the first attempt went."""
        if self._connecting:
            number = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if number:
                raise OSError(number, os.strerror(number))
            return
        self._connecting = True
        self.socket.connect(self.address)

    def _send(self, data):
        return self.socket.send(data)

    def _receive(self):
        return self.socket.recv(65536)

    def _broken(self, error):
        """b"" for a connection that was reset, or is lost in another way."""
        self._ended(error)
        self.reason = self.reason or error.strerror or "%s" % error
        return b""

    def _ended(self, error):
        """Set reason where more is known than what the system says."""

    def close(self):
        self.socket.close()


class TelnetLink(TcpLink):
    """Telnet on a TCP connection: its negotiation is answered, and is nothing that came."""

    def __init__(self, family, address):
        super().__init__(family, address)
        self.telnet = Telnet()
        self.answers = b""

    async def send(self, data, deadline):
        answers, self.answers = self.answers, b""
        await super().send(answers + self.telnet.sent(data), deadline)

    async def receive(self, deadline):
        while True:
            data = self._payload(await super().receive(deadline))
            if self.answers and data != b"":
                try:
                    await self.send(b"", deadline)
                except OSError:  # what it said before it left is still to be read
                    if data is None:
                        continue
            if data is not None or time.monotonic() >= deadline:
                return data

    def pending(self):
        return self._payload(super().pending())

    def _payload(self, data):
        """What is not negotiation; the answers to that are kept for the next bytes that leave."""
        if not data:
            return data
        payload, answers = self.telnet.received(data)
        self.answers += answers
        return payload or None


_REASONS = {
    errno.ECONNREFUSED: "connection refused: the address answers, but nothing listens on this port",
    errno.EHOSTUNREACH: "no route to it: nobody answers at this address (off, or a wrong address), or a router turns the packets away",
    errno.ENETUNREACH: "no route: this machine knows no way to the network of this address",
    errno.EACCES: "not allowed: this machine's own firewall or policy forbids the connection",
    errno.EPERM: "not allowed: this machine's own firewall or policy forbids the connection",
}


def _why(error, seconds):
    if isinstance(error, socket.timeout):
        return "no answer to the connection request within %g s: the device is off, the address is wrong, or a firewall drops packets" % seconds
    return _REASONS.get(error.errno) or "%s" % (error.strerror or error)

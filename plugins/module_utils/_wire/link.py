# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A link: bytes with deadlines over TCP, plain or with Telnet on top. Nothing here knows what the bytes mean."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import socket
import time

from ansible_collections.bytewire.devices.plugins.module_utils._wire.address import SocketAddress
from ansible_collections.bytewire.devices.plugins.module_utils._wire.blocking import WRITING
from ansible_collections.bytewire.devices.plugins.module_utils._wire.telnet import Telnet
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import attempt, reader

IN_USE = (b"Port already in use", b"Port's device already in use")  # what a serial server says to a second client before it closes


class LinkError(Exception):
    """No link, in words; step is resolve, connect or tls, kind as of a BytewireError, retry whether trying again may help.

    fact: the words without what they usually mean, which is wrong of a device that was there a moment ago.
    elsewhere: the device may be there, on another port.
    """

    def __init__(self, step: str, words: str, kind: str = "unreachable", retry: bool = True, meaning: str = "", elsewhere: bool = False) -> None:
        super().__init__(f"{words}: {meaning}" if meaning else words)
        self.step, self.fact, self.kind, self.retry, self.elsewhere = step, words, kind, retry, elsewhere


class Link:
    """What carries bytes to a device and back; every call has a deadline on the monotonic clock."""

    slow_to_close = False
    """True where close() blocks."""
    reason = ""
    """Why the connection is gone, in words, where the other side did not just close it."""

    @property
    def taken(self) -> bytes:
        """What came and was taken for no data, though it may be some."""
        return b""

    async def send(self, data: bytes, deadline: float) -> None:
        """One write for one message; OSError where the connection is gone, socket.timeout where it does not drain."""
        raise NotImplementedError

    async def receive(self, deadline: float) -> bytes | None:
        """What has come, b"" where the connection is gone, None where nothing came before the deadline."""
        raise NotImplementedError

    def pending(self) -> bytes | None:
        """What has come already, without waiting; b"" where the connection is gone, None where there is nothing."""
        raise NotImplementedError

    def confirm(self) -> None:
        """Have this system confirm at once what has come: a device may hold its next bytes back until then."""

    def close(self) -> None:
        """Give the connection up."""
        raise NotImplementedError


class TcpLink(Link):
    """A TCP connection."""

    def __init__(self, family: int, address: SocketAddress) -> None:
        self.address = address
        try:
            self.socket = socket.socket(family, socket.SOCK_STREAM)
            self.socket.setblocking(False)
        except OSError as error:
            raise _no_link(error, 0)
        self._connecting = False
        self._reader = reader()

    async def open(self, seconds: float) -> None:
        """Connect, or a LinkError."""
        try:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await attempt(self.socket, WRITING, self._connect, time.monotonic() + seconds)
        except BaseException as error:
            self.socket.close()
            if isinstance(error, OSError):
                raise _no_link(error, seconds)
            raise

    async def send(self, data: bytes, deadline: float) -> None:
        while data:
            data = data[await attempt(self.socket, WRITING, functools.partial(self._send, data), deadline):]

    async def receive(self, deadline: float) -> bytes | None:
        try:
            return await self._read(deadline)
        except socket.timeout:
            return None
        except OSError as error:
            return self._broken(error)

    def pending(self) -> bytes | None:
        try:
            return self._receive()
        except BlockingIOError:
            return None
        except OSError as error:
            return self._broken(error)

    async def _read(self, deadline: float) -> bytes:
        return await self._reader.read(self.socket, self._receive, deadline)

    def _connect(self) -> None:
        """Done again when the socket is ready, it tells how the first attempt went."""
        if self._connecting:
            number = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if number:
                raise OSError(number, os.strerror(number))
            return
        self._connecting = True
        self.socket.connect(self.address)

    def _send(self, data: bytes) -> int:
        return self.socket.send(data)

    def _receive(self) -> bytes:
        return self.socket.recv(65536)

    def _broken(self, error: OSError) -> bytes:
        """b"" for a connection that was reset, or is lost in another way."""
        self._ended(error)
        self.reason = self.reason or error.strerror or f"{error}"
        return b""

    def _ended(self, error: OSError) -> None:
        """Set reason where more is known than what the system says."""

    def confirm(self) -> None:
        if hasattr(socket, "TCP_QUICKACK"):
            with contextlib.suppress(OSError):
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def close(self) -> None:
        self._reader.close()
        self.socket.close()


class TelnetLink(TcpLink):
    """Telnet on a TCP connection: its negotiation is answered, and is nothing that came."""

    def __init__(self, family: int, address: SocketAddress) -> None:
        super().__init__(family, address)
        self.telnet = Telnet()
        self.answers = b""

    async def send(self, data: bytes, deadline: float) -> None:
        answers, self.answers = self.answers, b""
        await super().send(answers + self.telnet.sent(data), deadline)

    async def receive(self, deadline: float) -> bytes | None:
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

    def pending(self) -> bytes | None:
        return self._payload(super().pending())

    @property
    def taken(self) -> bytes:
        return self.telnet.doubtful()

    def _payload(self, data: bytes | None) -> bytes | None:
        """What is not negotiation; the answers to that are kept for the next bytes that leave."""
        if not data:
            return data
        payload, answers = self.telnet.received(data)
        self.answers += answers
        return payload or None


_REASONS = {
    errno.ECONNREFUSED: ("connection refused", "the address answers, but nothing listens on this port"),
    errno.EHOSTUNREACH: ("no route to it", "nobody answers at this address (off, or a wrong address), or a router turns the packets away"),
    errno.ENETUNREACH: ("no route", "this machine knows no way to the network of this address"),
    errno.EACCES: ("not allowed", "this machine's own firewall or policy forbids the connection"),
    errno.EPERM: ("not allowed", "this machine's own firewall or policy forbids the connection"),
}


def _no_link(error: OSError, seconds: float) -> LinkError:
    if isinstance(error, socket.timeout):
        fact, meaning = f"no answer to the connection request within {seconds:g} s", "the device is off, the address is wrong, or a firewall drops packets"
    else:
        fact, meaning = _REASONS.get(error.errno or 0) or (error.strerror or f"{error}", "")
    return LinkError("connect", fact, meaning=meaning, elsewhere=isinstance(error, socket.timeout) or error.errno == errno.ECONNREFUSED)

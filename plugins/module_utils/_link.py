# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes with deadlines over TCP. Nothing here knows what the bytes mean.

Resolving a name imports encodings.idna; done here, a play pays for it once instead of each worker.
"""

from __future__ import annotations

import encodings.idna  # noqa: F401, pylint: disable=unused-import
import socket
import time


class LinkError(Exception):
    """No link, in words; step is resolve or connect."""

    def __init__(self, step, words):
        super().__init__(words)
        self.step = step


def resolve(host, port):
    """[(family, address)] of a host and port; LinkError where the name is not known."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise LinkError("resolve", "the name '%s' cannot be resolved (%s)" % (host, getattr(error, "strerror", None) or error))
    addresses = []
    for family, dummy, dummy, dummy, address in found:
        if (family, address) not in addresses:
            addresses.append((family, address))
    return addresses


class TcpLink:
    """A TCP connection; every call has a deadline on the monotonic clock."""

    def __init__(self, family, address, seconds):
        try:
            self.socket = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            raise LinkError("connect", _why(error, seconds))
        try:
            self.socket.settimeout(seconds)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.connect(address)
        except OSError as error:
            self.socket.close()
            raise LinkError("connect", _why(error, seconds))

    def send(self, data, deadline):
        """One write for one message; OSError where the connection is gone, socket.timeout where it does not drain."""
        self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
        self.socket.sendall(data)

    def receive(self, deadline):
        """What has come, b"" where the connection is gone, None where nothing came before the deadline."""
        self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            return self.socket.recv(65536)
        except socket.timeout:
            return None
        except OSError:
            return b""

    def pending(self):
        """What has come already, without waiting; b"" where the connection is gone, None where there is nothing."""
        self.socket.settimeout(0)
        try:
            return self.socket.recv(65536)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def close(self):
        self.socket.close()


def _why(error, seconds):
    if isinstance(error, socket.timeout):
        return "no answer to the connection request within %g s: the device is off, the address is wrong, or a firewall drops packets" % seconds
    if isinstance(error, ConnectionRefusedError):
        return "connection refused: the address answers, but nothing listens on this port"
    return "%s" % (error.strerror or error)

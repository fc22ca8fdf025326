# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links through pyserial: a serial port of this machine, or one behind a server that speaks RFC 2217."""

from __future__ import annotations

import errno
import importlib
import socket
import sys
import termios
import time

from ansible_collections.bytewire.devices.plugins.module_utils._wire.link import IN_USE, LinkError, TelnetLink
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import value_of
from ansible_collections.bytewire.devices.plugins.module_utils._wire.wait import Call, finish

TICK = 0.02  # seconds that pyserial waits at a time: to change that on an open port would set up the line again
LOOK = 0.5  # seconds to look why a server does not open its port
TROUBLE = (OSError, ValueError, NotImplementedError, termios.error)


class SerialLink:
    """A serial port of this machine, used by nobody else meanwhile."""

    slow_to_close = True
    reason = ""

    def __init__(self, options):
        serial = _pyserial()
        self.too_late = serial.SerialTimeoutException
        name = value_of(options, "serial_port")
        try:
            self.port = serial.serial_for_url(name, exclusive=True, **_line(options))
        except TROUBLE as error:
            raise _not_opened(name, error)

    async def send(self, data, deadline):
        """As TcpLink.send()."""
        await Call(self._send, data, deadline)

    async def receive(self, deadline):
        """As TcpLink.receive()."""
        return await Call(self._receive, deadline)

    def _send(self, data, deadline):
        self.port.write_timeout = max(deadline - time.monotonic(), 0.001)
        try:
            self.port.write(data)
        except self.too_late:
            raise socket.timeout("the serial port takes no bytes")

    def _receive(self, deadline):
        while True:
            data = self._take()
            if data is not None or time.monotonic() >= deadline:
                return data

    def _take(self):
        try:
            first = self.port.read(1)
            return first + self.port.read(self.port.in_waiting) if first else None
        except TROUBLE as error:
            return self._broken(error)

    def pending(self):
        """As TcpLink.pending()."""
        try:
            waiting = self.port.in_waiting
            return self.port.read(waiting) if waiting else None
        except TROUBLE as error:
            return self._broken(error)

    def _broken(self, error):
        """A serial port does not end: one that is gone, or whose server is, ends no reply."""
        self.reason = "%s" % error
        return b""

    def close(self):
        try:
            self.port.close()
        except TROUBLE:
            pass


class Rfc2217Link(SerialLink):
    """A serial port behind a server that sets up its line as asked."""

    def __init__(self, family, address, seconds, options):
        serial = _pyserial()
        host = "[%s]" % address[0] if ":" in address[0] else address[0]
        # It negotiates twice, what is spoken and then the line. Control lines that the port does not have are not answered for.
        where = "rfc2217://%s:%d?timeout=%g&ign_set_control" % (host, address[1], seconds / 2)
        try:
            self.port = serial.serial_for_url(where, **_line(options))
        except TROUBLE as error:
            raise _why_not(family, address, error)

    def _send(self, data, deadline):
        self.port.write(data)


def _pyserial():
    try:
        serial = importlib.import_module("serial")
    except ImportError:
        raise _missing("")
    if not hasattr(serial, "serial_for_url"):
        raise _missing(" (the package 'serial' that is installed there is another one, remove it)")
    return serial


def _missing(beside):
    return LinkError("connect", "the Python package pyserial is missing on %s for %s%s; install it there, with 'pip install pyserial' or as the "
                     "system's package python3-serial or python3-pyserial" % (socket.gethostname(), sys.executable, beside), kind="invalid", retry=False)


def _line(options):
    return {
        "baudrate": value_of(options, "baud_rate"),
        "bytesize": value_of(options, "data_bits"),
        "parity": value_of(options, "parity")[0].upper(),
        "stopbits": value_of(options, "stop_bits"),
        "timeout": TICK,
    }


def _not_opened(name, error):
    number = getattr(error, "errno", None)
    here = "the serial port %s on %s" % (name, socket.gethostname())
    if number == errno.ENOENT:
        return LinkError("connect", "there is no serial port %s on %s; check serial_port, and that the adapter is plugged in" % (name, socket.gethostname()))
    if number in (errno.EACCES, errno.EPERM):
        return LinkError("connect", "%s may not be opened by this user; on most systems members of the group that owns it may (dialout, uucp)" % here,
                         retry=False)
    if number == errno.EBUSY or "exclusively lock" in str(error):
        return LinkError("connect", "%s is in use by another program" % here, kind="busy")
    if isinstance(error, (ValueError, NotImplementedError)):
        return LinkError("connect", "%s cannot be set up like this (%s); check baud_rate, data_bits, parity, stop_bits" % (here, error),
                         kind="invalid", retry=False)
    return LinkError("connect", "%s cannot be used (%s)" % (here, error))


def _why_not(family, address, error):
    """pyserial does not tell a server that is in use from one that does not speak RFC 2217: look at what it says."""
    try:
        heard = finish(_heard(TelnetLink(family, address)))
    except LinkError as refused:
        return refused
    if heard.startswith(IN_USE):
        said = heard.decode("ascii", "replace").strip()
        return LinkError("connect", "the port of the serial server is in use by somebody else (it says '%s')" % said, kind="busy")
    return LinkError("connect", "it answers, but not as a serial server with RFC 2217 (%s); check the port and transport, and the line's settings" % error)


async def _heard(link):
    """What a server says of itself to whoever connects."""
    await link.open(LOOK)
    heard, deadline = b"", time.monotonic() + LOOK
    try:
        more = await link.receive(deadline)
        while more and time.monotonic() < deadline:
            heard += more
            more = await link.receive(deadline)
    finally:
        link.close()
    return heard

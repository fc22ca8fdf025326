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
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._wire.address import SocketAddress, endpoint, numeric
from ansible_collections.bytewire.devices.plugins.module_utils._wire.link import IN_USE, Link, LinkError, TelnetLink
from ansible_collections.bytewire.devices.plugins.module_utils._wire.options import wire_options
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import call, run_blocking

READ_SECONDS = 0.02  # seconds that pyserial waits at a time: to change that on an open port would set up the line again
BANNER_SECONDS = 0.5  # seconds to look why a server does not open its port
SERIAL_ERRORS = (OSError, ValueError, NotImplementedError, termios.error)


class SerialLink(Link):
    """A serial port of this machine, used by nobody else meanwhile."""

    slow_to_close = True
    port: t.Any

    def __init__(self, options: t.Mapping[str, object]) -> None:
        serial = _pyserial()
        self.too_late = serial.SerialTimeoutException
        name = wire_options(options)["serial_port"] or ""
        try:
            self.port = serial.serial_for_url(name, exclusive=True, **_line(options))
        except SERIAL_ERRORS as error:
            raise _not_opened(name, error)

    async def send(self, data: bytes, deadline: float) -> None:
        await call(self._send, data, deadline)

    async def receive(self, deadline: float) -> bytes | None:
        return await call(self._receive, deadline)

    def _send(self, data: bytes, deadline: float) -> None:
        self.port.write_timeout = max(deadline - time.monotonic(), 0.001)
        try:
            self.port.write(data)
        except self.too_late:
            raise socket.timeout("the serial port takes no bytes")

    def _receive(self, deadline: float) -> bytes | None:
        while True:
            data = self._take()
            if data is not None or time.monotonic() >= deadline:
                return data

    def _take(self) -> bytes | None:
        try:
            first: bytes = self.port.read(1)
            return first + bytes(self.port.read(self.port.in_waiting)) if first else None
        except SERIAL_ERRORS as error:
            return self._broken(error)

    def pending(self) -> bytes | None:
        try:
            waiting = self.port.in_waiting
            return bytes(self.port.read(waiting)) if waiting else None
        except SERIAL_ERRORS as error:
            return self._broken(error)

    def _broken(self, error: Exception) -> bytes:
        """A serial port does not end: one that is gone, or whose server is, ends no reply."""
        self.reason = f"{error}"
        return b""

    def close(self) -> None:
        try:
            self.port.close()
        except SERIAL_ERRORS:
            pass


class Rfc2217Link(SerialLink):
    """A serial port behind a server that sets up its line as asked."""

    def __init__(self, family: int, address: SocketAddress, seconds: float, options: t.Mapping[str, object]) -> None:
        serial = _pyserial()
        # It negotiates twice, what is spoken and then the line. Control lines that the port does not have are not answered for.
        where = f"rfc2217://{endpoint(numeric((family, address)), address[1])}?timeout={seconds / 2:g}&ign_set_control"
        try:
            self.port = serial.serial_for_url(where, **_line(options))
        except SERIAL_ERRORS as error:
            raise _why_not(family, address, error)

    def _send(self, data: bytes, deadline: float) -> None:
        self.port.write(data)


def _pyserial() -> t.Any:
    try:
        serial = importlib.import_module("serial")
    except ImportError:
        raise _missing("")
    if not hasattr(serial, "serial_for_url"):
        raise _missing(" (the package 'serial' that is installed there is another one, remove it)")
    return serial


def _missing(beside: str) -> LinkError:
    return LinkError("connect", f"the Python package pyserial is missing on {socket.gethostname()} for {sys.executable}{beside}; install it there, with 'pip "
                     "install pyserial' or as the "
                     "system's package python3-serial or python3-pyserial", kind="invalid", retry=False)


def _line(options: t.Mapping[str, object]) -> dict[str, int | float | str]:
    given = wire_options(options)
    return {"baudrate": given["baud_rate"], "bytesize": given["data_bits"], "parity": given["parity"][0].upper(), "stopbits": given["stop_bits"],
            "timeout": READ_SECONDS}


def _not_opened(name: str, error: Exception) -> LinkError:
    number = getattr(error, "errno", None)
    here = f"the serial port {name} on {socket.gethostname()}"
    if number == errno.ENOENT:
        return LinkError("connect", f"there is no serial port {name} on {socket.gethostname()}; check serial_port, and that the adapter is plugged in")
    if number in (errno.EACCES, errno.EPERM):
        return LinkError("connect", f"{here} may not be opened by this user; on most systems members of the group that owns it may (dialout, uucp)",
                         retry=False)
    if number == errno.EBUSY or "exclusively lock" in str(error):
        return LinkError("connect", f"{here} is in use by another program", kind="busy")
    if isinstance(error, (ValueError, NotImplementedError)):
        return LinkError("connect", f"{here} cannot be set up like this ({error}); check baud_rate, data_bits, parity, stop_bits",
                         kind="invalid", retry=False)
    return LinkError("connect", f"{here} cannot be used ({error})")


def _why_not(family: int, address: SocketAddress, error: Exception) -> LinkError:
    """pyserial does not tell a server that is in use from one that does not speak RFC 2217: look at what it says."""
    try:
        heard = run_blocking(_heard(family, address))
    except LinkError as refused:
        return refused
    if heard.startswith(IN_USE):
        said = heard.decode("ascii", "replace").strip()
        return LinkError("connect", f"the port of the serial server is in use by somebody else (it says '{said}')", kind="busy")
    return LinkError("connect", f"it answers, but not as a serial server with RFC 2217 ({error}); check the port and transport, and the line's settings")


async def _heard(family: int, address: SocketAddress) -> bytes:
    """What a server says of itself to whoever connects."""
    link = TelnetLink(family, address)
    await link.open(BANNER_SECONDS)
    heard, deadline = b"", time.monotonic() + BANNER_SECONDS
    try:
        more = await link.receive(deadline)
        while more and time.monotonic() < deadline:
            heard += more
            more = await link.receive(deadline)
    finally:
        link.close()
    return heard

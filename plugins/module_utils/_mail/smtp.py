# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""smtplib on a connected socket: one deadline for all that is said, and replies of bounded length."""

from __future__ import annotations

import re
import select
import smtplib
import socket
import ssl
import time
import typing as t

_REPLY_LIMIT = 65536


class OutOfTime(Exception):
    """The deadline has passed. (Neither this nor BadAnswer is an OSError: smtplib would call it a closed connection.)"""


class BadAnswer(Exception):
    """What the server sent is against the rules."""


CONNECTION_ERRORS = (OutOfTime, BadAnswer, OSError, smtplib.SMTPException)
"""All that can go wrong below the meaning of the answers."""


class Deadline:
    """A moment by which everything must have happened."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then; OutOfTime where there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return left


class Reply:
    """What a server answered."""

    def __init__(self, code: int, text: str) -> None:
        self.code, self.text = code, text

    @property
    def good(self) -> bool:
        return 200 <= self.code <= 299

    @property
    def refusal(self) -> bool:
        return 400 <= self.code <= 599

    @property
    def permanent(self) -> bool:
        return 500 <= self.code <= 599

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


class _Lines:
    """The lines of a socket, within a deadline and a bound (all that smtplib asks of a file)."""

    def __init__(self, receive: t.Callable[[], bytes]) -> None:
        self._receive = receive
        self._allowance = 0
        self.pending = b""

    def new_reply(self) -> None:
        self._allowance = _REPLY_LIMIT

    def readline(self, limit: int) -> bytes:
        while b"\n" not in self.pending[:limit] and len(self.pending) < limit:
            chunk = self._receive()
            if not chunk:
                return b""
            self.pending += chunk
        end = self.pending.find(b"\n", 0, limit) + 1 or limit
        line, self.pending = self.pending[:end], self.pending[end:]
        self._allowance -= len(line)
        if self._allowance < 0:
            raise BadAnswer(f"an answer longer than {_REPLY_LIMIT} bytes")
        return line

    def close(self) -> None:
        self.pending = b""


class Exchange(t.TypedDict):
    """One command and its answer, as the result's trace lists them."""

    stage: str
    sent: str
    received: str
    ms: int


class Connection(smtplib.SMTP):
    """smtplib on a connected socket, with one deadline for everything said, and a record of it.

    readable: makes text of the server fit for people. stage, hidden: for the record, where in the session we are, and whether a secret is being sent.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline, readable: t.Callable[[str | bytes], str], exchanges: list[Exchange]) -> None:
        super().__init__(local_hostname=_own_name(sock))
        self.sock, self.deadline = sock, deadline
        self._readable, self._exchanges = readable, exchanges
        self._sent, self._since = "", time.monotonic()
        self.stage, self.hidden = "greeting", False

    def _bounded_socket(self) -> socket.socket:
        """The socket, with a timeout of what the deadline has left."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        self.sock.settimeout(self.deadline.left())
        return self.sock

    def _receive(self) -> bytes:
        sock = self._bounded_socket()
        try:
            return sock.recv(8192)
        except socket.timeout as error:
            raise OutOfTime from error

    def is_silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        poll = select.poll()
        poll.register(self._bounded_socket(), select.POLLIN)
        return not poll.poll(min(seconds, self.deadline.left()) * 1000)

    def send(self, s: t.Any) -> None:
        """Text, or anything that holds bytes, as smtplib hands it over."""
        data = memoryview(s.encode("utf-8") if isinstance(s, str) else s)
        self._sent, self._since = s if isinstance(s, str) else f"({len(data)} bytes of message)", time.monotonic()
        for start in range(0, len(data), 16384):
            rest = data[start:start + 16384]
            while rest:
                rest = rest[self._bounded_socket().send(rest):]

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            self.file = _Lines(self._receive)
        self.file.new_reply()
        code, text = super().getreply()
        self._exchanges.append({
            "stage": self.stage,
            "sent": "********" if self.hidden else self._readable(self._sent),
            "received": self._readable(b"%d %s" % (code, text)),
            "ms": int((time.monotonic() - self._since) * 1000),
        })
        self._sent = ""
        return code, text

    def ask(self, command: str) -> Reply:
        return self.reply(*self.docmd(command))

    def read_reply(self) -> Reply:
        return self.reply(*self.getreply())

    def reply(self, code: int, text: bytes) -> Reply:
        return Reply(code, self._readable(text))

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """From here on TLS, whatever was said before is forgotten. A failure leaves no socket to go on with."""
        if self.file is not None and self.file.pending:
            raise BadAnswer("unprotected bytes after its agreement to start TLS")
        plain = self._bounded_socket()
        self.sock, self.file = None, None
        self.esmtp_features = {}
        try:
            self.sock = context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise


def _own_name(sock: socket.socket) -> str:
    """How we introduce ourselves, without asking DNS."""
    name = socket.gethostname()
    if re.match(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z", name):
        return name
    address: str = sock.getsockname()[0].split("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"

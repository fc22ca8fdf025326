# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said to a mail server and heard from it, within one deadline. smtplib, without what cannot be bounded in it."""

from __future__ import annotations

import re
import smtplib
import socket
import time

_REPLY_LIMIT = 65536


class OutOfTime(Exception):
    """The deadline has passed. (Neither this nor BadAnswer is an OSError: smtplib would call it a closed connection.)"""


class BadAnswer(Exception):
    """What the server sent is against the rules."""


TROUBLE = (OutOfTime, BadAnswer, OSError, smtplib.SMTPException)
"""All that can go wrong below the meaning of the answers."""


class Deadline:
    """A moment by which everything must have happened."""

    def __init__(self, seconds):
        self._end = time.monotonic() + seconds

    def left(self):
        left = self._end - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return left


class Reply:
    """What a server answered."""

    def __init__(self, code, text):
        self.code, self.text = code, text

    good = property(lambda self: 200 <= self.code <= 299)
    refusal = property(lambda self: 400 <= self.code <= 599)
    permanent = property(lambda self: 500 <= self.code <= 599)

    def __str__(self):
        return ("%s %s" % (self.code, self.text)).strip()


class _Lines:
    """The lines of a socket, within a deadline and a bound (all that smtplib asks of a file)."""

    def __init__(self, conversation):
        self._conversation = conversation
        self._allowance = 0
        self.pending = b""

    def new_reply(self):
        self._allowance = _REPLY_LIMIT

    def readline(self, limit):
        while b"\n" not in self.pending[:limit] and len(self.pending) < limit:
            chunk = self._conversation.receive()
            if not chunk:
                return b""
            self.pending += chunk
        end = self.pending.find(b"\n", 0, limit) + 1 or limit
        line, self.pending = self.pending[:end], self.pending[end:]
        self._allowance -= len(line)
        if self._allowance < 0:
            raise BadAnswer("an answer longer than %d bytes" % _REPLY_LIMIT)
        return line

    def close(self):
        self.pending = b""


class Conversation(smtplib.SMTP):
    """smtplib on a connected socket, with one deadline for everything said, and a record of it."""

    def __init__(self, sock, deadline, server, exchanges):
        super().__init__(local_hostname=_own_name(sock))
        self.sock, self.deadline = sock, deadline
        self._server, self._exchanges = server, exchanges
        self._sent, self._since = "", time.monotonic()
        self.stage, self.hidden = "greeting", False

    def receive(self):
        self.sock.settimeout(self.deadline.left())
        try:
            return self.sock.recv(8192)
        except socket.timeout as error:
            raise OutOfTime from error

    def send(self, s):
        data = s.encode("utf-8") if isinstance(s, str) else s
        self._sent, self._since = s if isinstance(s, str) else "(%d bytes of message)" % len(s), time.monotonic()
        for start in range(0, len(data), 16384):
            rest = memoryview(data)[start:start + 16384]
            while rest:
                self.sock.settimeout(self.deadline.left())
                rest = rest[self.sock.send(rest):]

    def getreply(self):
        if self.file is None:
            self.file = _Lines(self)
        self.file.new_reply()
        code, text = super().getreply()
        self._exchanges.append({
            "stage": self.stage,
            "sent": "********" if self.hidden else self._server.readable(self._sent),
            "received": self._server.readable(b"%d %s" % (code, text)),
            "ms": int((time.monotonic() - self._since) * 1000),
        })
        self._sent = ""
        return code, text

    def ask(self, command):
        return self.reply(*self.docmd(command))

    def reply(self, code, text):
        return Reply(code, self._server.readable(text))

    def secure(self, context, host):
        """From here on TLS, whatever was said before is forgotten. A failure leaves no socket to go on with."""
        if self.file is not None and self.file.pending:
            raise BadAnswer("unprotected bytes after its agreement to start TLS")
        self.sock.settimeout(self.deadline.left())
        plain, self.sock, self.file = self.sock, None, None
        self.esmtp_features = {}
        try:
            self.sock = context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise


def _own_name(sock):
    """How we introduce ourselves, without asking DNS."""
    name = socket.gethostname()
    if re.match(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z", name):
        return name
    address = sock.getsockname()[0].split("%")[0]
    return "[IPv6:%s]" % address if ":" in address else "[%s]" % address

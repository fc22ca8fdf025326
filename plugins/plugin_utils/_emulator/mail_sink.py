# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mail server that keeps what it gets: every message becomes a file, nothing is sent on. For trying and testing."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import os
import socket
import threading
import warnings

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.plugin_utils._tls_server import server_context

try:
    from aiosmtpd.smtp import SMTP, AuthResult
except ImportError:
    SMTP = None

STAGE = "mail_sink"
_REFUSAL = "550 5.1.1 <%s>: recipient refused by this mail sink"


class MailSink:
    """Listens on one address, in a thread of its own.

    tls: none, starttls (and nothing but STARTTLS is then accepted) or tls, the last two with certificate and key (PEM files).
    username, password: if given, nothing is taken without this login.
    refuse: recipients to refuse, or a dictionary of recipient and the reply to give it, such as '451 4.3.0 later'.
    """

    def __init__(self, host, port, directory, tls="none", certificate=None, key=None, username=None, password=None, refuse=()):
        if SMTP is None:
            raise invalid("The mail sink needs the Python package aiosmtpd, which is missing here: pip install aiosmtpd.", STAGE)
        if tls not in ("none", "starttls", "tls"):
            raise invalid("The mail sink knows tls none, starttls and tls, not %r." % (tls,), STAGE)
        if tls != "none" and not certificate:
            raise invalid("The mail sink needs a certificate for tls %s." % tls, STAGE)
        self.host, self.port, self._tls = host, port, tls
        self._context = None if tls == "none" else _server_context(certificate, key)
        self._handler = _Keep(directory, refuse)
        self._login = None if username is None else (username.encode(), (password or "").encode())
        self._loop = self._thread = self._server = None

    def start(self):
        """Begin to listen; returns the port."""
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
        listener = _listener(self.host, self.port)
        self.port = listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda loop, context: None)
        implicit = self._context if self._tls == "tls" else None
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail sink", daemon=True)
        self._thread.start()
        serving = self._loop.create_server(self._protocol, sock=listener, ssl=implicit)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)
        return self.port

    def stop(self):
        """Stop listening and end every conversation; may be called twice."""
        if self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._thread = None

    async def _end(self):
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _protocol(self):
        return SMTP(
            self._handler, hostname="mail-sink.invalid", ident="bytewire mail sink", enable_SMTPUTF8=True, loop=self._loop,
            tls_context=self._context if self._tls == "starttls" else None, require_starttls=self._tls == "starttls",
            auth_required=self._login is not None, auth_require_tls=self._tls == "starttls",
            authenticator=self._authenticate if self._login else None)

    def _authenticate(self, server, session, envelope, mechanism, given):
        right = hmac.compare_digest(given.login, self._login[0]) & hmac.compare_digest(given.password, self._login[1])
        return AuthResult(success=bool(right), handled=False)


class _Keep:
    """What aiosmtpd asks at each step."""

    def __init__(self, directory, refuse):
        self._directory = directory
        os.makedirs(directory, exist_ok=True)
        replies = refuse if isinstance(refuse, dict) else {address: _REFUSAL % address for address in refuse}
        self._replies = {address.lower(): reply for address, reply in replies.items()}
        self._count = _last_number(directory)

    async def handle_RCPT(self, server, session, envelope, address, options):
        reply = self._replies.get(address.lower())
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self._count += 1
        name = os.path.join(self._directory, "%06d.eml" % self._count)
        head = "X-MailFrom: %s\r\nX-RcptTo: %s\r\n" % (envelope.mail_from, ", ".join(envelope.rcpt_tos))
        with open(name + ".part", "wb") as stream:
            stream.write(head.encode("utf-8", "surrogateescape") + envelope.original_content)
        os.rename(name + ".part", name)
        return "250 OK, kept as %s" % os.path.basename(name)


def _last_number(directory):
    numbers = [name[:-len(".eml")] for name in os.listdir(directory) if name.endswith(".eml")]
    return max([int(number) for number in numbers if number.isdigit()] or [0])


def _server_context(certificate, key):
    try:
        return server_context(certificate, key)
    except (OSError, ValueError) as error:
        raise invalid("The mail sink cannot use certificate %s: %s." % (certificate, error), STAGE) from None


def _listener(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.ExitStack() as undo:
        listener = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(100)
        except OSError as error:
            raise BytewireError("busy", STAGE, "The mail sink cannot listen on %s port %s: %s." % (host, port, error.strerror)) from None
        undo.pop_all()
    return listener

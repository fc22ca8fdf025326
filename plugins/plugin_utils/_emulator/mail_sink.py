# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mail server that keeps what it gets: every message becomes a file, nothing is sent on. For trying and testing."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hmac
import logging
import os
import socket
import ssl
import threading
import typing as t
import warnings

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._wire.address import to_listen_on
from ansible_collections.bytewire.devices.plugins.plugin_utils._tls_server import server_context

HAS_AIOSMTPD = True
try:
    from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
except ImportError:
    HAS_AIOSMTPD = False

STAGE = "mail_sink"


class _Running(t.NamedTuple):
    loop: asyncio.AbstractEventLoop
    thread: threading.Thread
    server: asyncio.Server


class MailSink:
    """Listens on one address, in a thread of its own.

    tls: none, starttls (and nothing but STARTTLS is then accepted) or tls, the last two with certificate and key (PEM files).
    username, password: if given, nothing is taken without this login.
    refuse: recipients to refuse, or a dictionary of recipient and the reply to give it, such as '451 4.3.0 later'.
    """

    def __init__(self, host: str, port: int, directory: str, tls: str = "none", certificate: str | None = None, key: str | None = None,
                 username: str | None = None, password: str | None = None, refuse: t.Iterable[str] | dict[str, str] = ()) -> None:
        if not HAS_AIOSMTPD:
            raise invalid("The mail sink needs the Python package aiosmtpd, which is missing here: pip install aiosmtpd.", STAGE)
        if tls not in ("none", "starttls", "tls"):
            raise invalid(f"The mail sink knows tls none, starttls and tls, not {tls!r}.", STAGE)
        if tls != "none" and not certificate:
            raise invalid(f"The mail sink needs a certificate for tls {tls}.", STAGE)
        self.host, self.port, self._tls = host, port, tls
        self._context = _server_context(certificate, key) if certificate and tls != "none" else None
        self._handler = _Handler(directory, refuse)
        self._login = None if username is None else LoginPassword(username.encode(), (password or "").encode())
        self._running: _Running | None = None

    def start(self) -> int:
        """Begin to listen; returns the port."""
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
        listener = _listener(self.host, self.port)
        self.port = listener.getsockname()[1]
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda loop, context: None)
        implicit = self._context if self._tls == "tls" else None
        thread = threading.Thread(target=loop.run_forever, name="mail sink", daemon=True)
        thread.start()
        serving = loop.create_server(lambda: self._protocol(loop), sock=listener, ssl=implicit)
        self._running = _Running(loop, thread, asyncio.run_coroutine_threadsafe(serving, loop).result(10))
        return self.port

    def stop(self) -> None:
        """Stop listening and end every conversation; may be called twice."""
        if self._running is None:
            return
        loop, thread, server = self._running
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
        self._running = None

    def _protocol(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        return SMTP(
            self._handler, hostname="mail-sink.invalid", ident="bytewire mail sink", enable_SMTPUTF8=True, loop=loop,
            tls_context=self._context if self._tls == "starttls" else None, require_starttls=self._tls == "starttls",
            auth_required=self._login is not None, auth_require_tls=self._tls == "starttls",
            authenticator=functools.partial(_authenticated, self._login) if self._login else None)


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _authenticated(right: LoginPassword, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword) -> AuthResult:
    same = hmac.compare_digest(given.login, right.login) & hmac.compare_digest(given.password, right.password)
    return AuthResult(success=bool(same), handled=False)


class _Handler:
    """What aiosmtpd asks at each step."""

    def __init__(self, directory: str, refuse: t.Iterable[str] | dict[str, str]) -> None:
        self._directory = directory
        os.makedirs(directory, exist_ok=True)
        replies = refuse if isinstance(refuse, dict) else {
            address: f"550 5.1.1 <{address}>: recipient refused by this mail sink" for address in refuse}
        self._replies = {address.lower(): reply for address, reply in replies.items()}
        self._count = _last_number(directory)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        reply = self._replies.get(address.lower())
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self._count += 1
        name = os.path.join(self._directory, f"{self._count:06d}.eml")
        head = f"X-MailFrom: {envelope.mail_from}\r\nX-RcptTo: {', '.join(envelope.rcpt_tos)}\r\n"
        with open(f"{name}.part", "wb") as stream:
            stream.write(head.encode("utf-8", "surrogateescape") + (envelope.original_content or b""))
        os.rename(f"{name}.part", name)
        return f"250 OK, kept as {os.path.basename(name)}"


def _last_number(directory: str) -> int:
    numbers = [name[:-len(".eml")] for name in os.listdir(directory) if name.endswith(".eml")]
    return max([int(number) for number in numbers if number.isdigit()] or [0])


def _server_context(certificate: str, key: str | None) -> ssl.SSLContext:
    try:
        return server_context(certificate, key)
    except (OSError, ValueError) as error:
        raise invalid(f"The mail sink cannot use certificate {certificate}: {error}.", STAGE) from None


def _listener(host: str, port: int) -> socket.socket:
    with contextlib.ExitStack() as undo:
        try:
            family, address = to_listen_on(host, port)
            listener = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(100)
        except OSError as error:
            raise BytewireError("busy", STAGE, f"The mail sink cannot listen on {host} port {port}: {error.strerror}.") from None
        undo.pop_all()
    return listener

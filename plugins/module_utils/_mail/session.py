# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session with a mail server, up to the point where it takes messages: secure, introduce, log in. Never with less protection than asked for."""

from __future__ import annotations

import contextlib
import ssl
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._mail.server import (
    DEFAULT_PORTS, Login, Server, base64_of, begins_with_tls, connected, translated,
)
from ansible_collections.bytewire.devices.plugins.module_utils._mail.smtp import CONNECTION_ERRORS, Connection, Deadline, Exchange, Reply

_LOGIN_NEEDED = (530, 534, 535, 538)
_CLOSING = 421
PATIENCE = 3.0  # seconds of silence behind which a server is asked whether it waits for TLS; three times as long on a port that is not usual for that


class Session:
    """One connection to a server. Whatever fails raises a BytewireError; the session is then of no more use."""

    def __init__(self, server: Server, exchanges: list[Exchange]) -> None:
        """Connect."""
        self._server = server
        deadline = Deadline(server.timeout)
        self.connection = Connection(connected(server, deadline), deadline, server.readable, exchanges)

    def open(self) -> None:
        """Get to where the server takes messages."""
        tls = self._server.tls
        if tls is not None and tls.implicit:
            with self.stage("tls"):
                self.connection.secure(tls.context, self._server.name_in_certificate)
        self._greet()
        if tls is not None and not tls.implicit:
            self._start_tls(tls.context)
        if self._server.login is not None:
            self._log_in(self._server.login)

    def restart(self, seconds: float) -> None:
        """A new deadline for what comes next."""
        self.connection.deadline = Deadline(seconds)

    @contextlib.contextmanager
    def stage(self, stage: str) -> t.Iterator[None]:
        """What fails in here failed in this stage."""
        self.connection.stage = stage
        try:
            yield
        except CONNECTION_ERRORS as error:
            raise translated(self._server, stage, error) from error

    def ask(self, stage: str, command: str) -> Reply:
        """The answer to a command: it is done, the message is awaited, or it is refused."""
        with self.stage(stage):
            answer = self.connection.ask(command)
        self.check(stage, answer)
        if not (answer.good or answer.refusal or answer.code == 354):
            raise self._server.failure("bad_reply", stage, f"it answered '{answer}' to '{command}'")
        return answer

    def check(self, stage: str, answer: Reply) -> None:
        """Some refusals mean the session, not this message."""
        if answer.code == _CLOSING:
            raise self._server.failure("closed", stage, f"it ended the session ({answer})", "Try again later.")
        if answer.code == 530 and "STARTTLS" in answer.text.upper():
            raise self._server.failure("refused", stage, f"it wants TLS first ({answer})", "Use encryption starttls.")
        if answer.code in _LOGIN_NEEDED:
            raise self._server.failure("locked", stage, f"it wants a login first ({answer})", "Give username and password.")

    def _greet(self) -> None:
        with self.stage("greeting"):
            self._refuse_tls_port()
            greeting = self.connection.read_reply()
        if not greeting.good:
            kind = "busy" if 400 <= greeting.code <= 499 else "refused" if greeting.permanent else "bad_reply"
            raise self._server.failure(kind, "greeting", f"it declined to talk ({greeting})", "Try again later, or check host and port.")
        self._introduce()

    def _refuse_tls_port(self) -> None:
        """A server that awaits TLS says nothing before: that is found out, not waited for until there is no time left."""
        server = self._server
        patience = min(PATIENCE if server.port == DEFAULT_PORTS["tls"] else 3 * PATIENCE, server.timeout / 4)
        if (server.tls is None or not server.tls.implicit) and self.connection.is_silent(patience) and begins_with_tls(server, patience):
            raise server.failure("timeout", "greeting", f"it says nothing, and waits for TLS from the first byte, as is usual on port {DEFAULT_PORTS['tls']}",
                                 "Set encryption to tls; nothing was sent.")

    def _introduce(self) -> None:
        with self.stage("greeting"):
            answer = self.connection.reply(*self.connection.ehlo())
            if not answer.good and self._server.tls is None:
                answer = self.connection.reply(*self.connection.helo())
        if not answer.good:
            raise self._server.failure("refused", "greeting", f"it did not accept our introduction ({answer})")

    def _start_tls(self, context: ssl.SSLContext) -> None:
        if not self.connection.has_extn("starttls"):
            raise self._server.failure("refused", "tls", "it does not offer STARTTLS, so nothing was sent",
                                       "Check host and port; encryption tls is for servers that speak TLS from the first byte.")
        with self.stage("tls"):
            answer = self.connection.ask("STARTTLS")
            if answer.code != 220:
                raise self._server.failure("refused", "tls", f"it declined to start TLS ({answer}), so nothing was sent",
                                           "Try again later.")
            self.connection.secure(context, self._server.name_in_certificate)
        self._introduce()

    def _log_in(self, login: Login) -> None:
        offered = self.connection.esmtp_features.get("auth", "").upper().split()
        steps = {
            "PLAIN": [f"AUTH PLAIN {login.plain_token()}"],
            "LOGIN": ["AUTH LOGIN", base64_of(login.username), base64_of(login.password)],
        }
        known = [method for method in steps if method in offered]
        if not known:
            raise self._server.failure("refused", "login", "it offers no login by user name and password",
                                       "Leave username and password out, or use another port or encryption.")
        self.connection.hidden = True
        with self.stage("login"):
            answer = self._authenticate(*steps[known[0]])
        self.connection.hidden = False
        if not answer.good:
            raise self._login_failure(login, answer)

    def _authenticate(self, first: str, *further: str) -> Reply:
        """Say one step after the other, as long as the server asks for more."""
        answer = self.connection.ask(first)
        for step in further:
            if answer.code != 334:
                break
            answer = self.connection.ask(step)
        return answer

    def _login_failure(self, login: Login, answer: Reply) -> BytewireError:
        if answer.permanent:
            return self._server.failure("locked", "login", f"it did not accept the login of {login.username!r} ({answer})",
                                        "Check username and password.")
        kind = "refused" if answer.refusal else "bad_reply"
        return self._server.failure(kind, "login", f"it could not log in {login.username!r} ({answer})", "Try again later.")

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages to a mail server and no further: one transaction for each, and what became of it."""

from __future__ import annotations

import contextlib
import re
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._mail.message import Message, without_utf8_addresses
from ansible_collections.bytewire.devices.plugins.module_utils._mail.server import Server
from ansible_collections.bytewire.devices.plugins.module_utils._mail.session import Session
from ansible_collections.bytewire.devices.plugins.module_utils._mail.smtp import CONNECTION_ERRORS, Exchange, Reply


class _NoUtf8:
    """What stands for the answer of a server without SMTPUTF8 to an address that it could not even be told."""

    permanent = True

    def __str__(self) -> str:
        return "the server takes no UTF-8 addresses"


Refusal = t.Union[Reply, _NoUtf8]


class Outcome:
    """What became of one message, recipient by recipient.

    error: why not all of them have it, or None. unconfirmed: handed over whole, but the server's answer never came.
    reached: a session with the server was possible. lost: the connection broke on this message.
    """

    def __init__(self, message: Message) -> None:
        self.message = message
        self.delivered: list[str] = []
        self.refused: dict[str, Refusal] = {}
        self.error: BytewireError | None = None
        self.unconfirmed, self.reached, self.lost = False, True, False

    @property
    def rejected(self) -> list[str]:
        """Those the server will never take."""
        return [address for address, reply in self.refused.items() if reply.permanent]

    @property
    def waiting(self) -> list[str]:
        """Those that may get it later."""
        gone = self.delivered + self.rejected
        return [address for address in self.message.recipients if address not in gone]

    def reasons(self) -> dict[str, str]:
        return {address: str(reply) for address, reply in self.refused.items()}

    def unreached(self, error: BytewireError) -> Outcome:
        self.error, self.reached = error, False
        return self


class Client:
    """Delivers messages to one server, over one session as long as it lasts."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.exchanges: list[Exchange] = []
        self._session: Session | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def deliver(self, message: Message, handing_over: t.Callable[[], None] = lambda: None) -> Outcome:
        """Deliver one message; handing_over() is called just before the server may have taken responsibility."""
        outcome = Outcome(message)
        try:
            session = self._ready_session()
        except BytewireError as error:
            self._drop()
            return outcome.unreached(error)
        try:
            outcome.error = _Transaction(self.server, session, outcome).run(handing_over)
        except BytewireError as error:
            outcome.error, outcome.lost = _lost(outcome, error), True
            self._drop()
        if outcome.error is not None:
            self._reset()
        return outcome

    def close(self) -> None:
        if self._session is not None:
            self._session.restart(min(2.0, self.server.timeout))
            with contextlib.suppress(*CONNECTION_ERRORS):
                self._session.connection.docmd("QUIT")
            self._drop()

    def _drop(self) -> None:
        if self._session is not None:
            with contextlib.suppress(OSError):
                self._session.connection.close()
            self._session = None

    def _reset(self) -> None:
        if self._session is not None:
            try:
                self._session.connection.docmd("RSET")
            except CONNECTION_ERRORS:
                self._drop()

    def _ready_session(self) -> Session:
        """A session that can take the next message."""
        if self._session is None:
            self._session = Session(self.server, self.exchanges)
            self._session.open()
        else:
            self._session.restart(self.server.timeout)
        return self._session


class _Transaction:
    """One mail transaction: the message of an outcome is offered, and its recipients in the outcome are marked delivered or refused."""

    def __init__(self, server: Server, session: Session, outcome: Outcome) -> None:
        self._server, self._session, self._outcome = server, session, outcome
        self._utf8 = session.connection.has_extn("smtputf8")

    def run(self, handing_over: t.Callable[[], None]) -> BytewireError | None:
        """The error, or None when every recipient was accepted; BytewireError where the session is of no more use."""
        message = self._outcome.message
        if not (self._utf8 or message.sender.isascii()):
            return self._refused("sender", message.recipients, _NoUtf8())
        content, recipients = self._adapted()
        if not recipients:
            return self._recipients_refused()
        answer = self._session.ask("sender", f"MAIL FROM:<{message.sender}>{self._parameters(content)}")
        if not answer.good:
            return self._refused("sender", recipients, answer)
        accepted = self._accepted(recipients)
        if accepted:
            answer = self._session.ask("data", "DATA")
            if answer.code != 354:
                return self._refused("data", accepted, answer)
            answer = self._hand_over(content, handing_over)
            if not answer.good:
                return self._refused("data", accepted, answer)
            self._outcome.delivered = accepted
        return self._recipients_refused() if self._outcome.refused else None

    def _adapted(self) -> tuple[bytes, list[str]]:
        """What of the message this server can be told: (content, recipients). The other recipients count as refused."""
        content, recipients = re.sub(br"\r\n|\r|\n", b"\r\n", self._outcome.message.content), self._outcome.message.recipients
        if self._utf8:
            return content, recipients
        self._outcome.refused.update((address, _NoUtf8()) for address in recipients if not address.isascii())
        return without_utf8_addresses(content), [address for address in recipients if address.isascii()]

    def _parameters(self, content: bytes) -> str:
        """What MAIL FROM adds: the size, and UTF-8 in headers or addresses where there is some."""
        message = self._outcome.message
        size = f" SIZE={len(content)}" if self._session.connection.has_extn("size") else ""
        head = content.partition(b"\r\n\r\n")[0]
        if not self._utf8 or head.isascii() and "".join([message.sender] + message.recipients).isascii():
            return size
        return size + " BODY=8BITMIME SMTPUTF8"

    def _accepted(self, recipients: list[str]) -> list[str]:
        accepted = []
        for address in recipients:
            answer = self._session.ask("recipients", f"RCPT TO:<{address}>")
            if answer.good:
                accepted.append(address)
            else:
                self._outcome.refused[address] = answer
        return accepted

    def _hand_over(self, content: bytes, handing_over: t.Callable[[], None]) -> Reply:
        content = re.sub(br"(?m)^\.", b"..", content)
        connection = self._session.connection
        with self._session.stage("data"):
            connection.send(content if content.endswith(b"\r\n") else content + b"\r\n")
            handing_over()
            self._outcome.unconfirmed = True
            connection.send(b".\r\n")
            answer = connection.read_reply()
        self._outcome.unconfirmed = not (answer.good or answer.refusal)
        if self._outcome.unconfirmed:
            raise self._server.failure("bad_reply", "data", f"it answered '{answer}' to the message")
        self._session.check("data", answer)
        return answer

    def _refused(self, stage: str, recipients: list[str], answer: Refusal) -> BytewireError:
        """The message was refused as a whole: so it was for each of these recipients."""
        self._outcome.refused.update((address, answer) for address in recipients)
        what = f"the sender {self._outcome.message.sender}" if stage == "sender" else "the message"
        return self._server.failure("refused", stage, f"it refused {what} ({answer})", _advice([answer]))

    def _recipients_refused(self) -> BytewireError:
        refused, everybody = self._outcome.refused, self._outcome.message.recipients
        listed = "; ".join(f"{address} ({answer})" for address, answer in refused.items())
        delivered = ", ".join(self._outcome.delivered)
        got = f"Delivered to: {delivered}" if delivered else "Nobody got the message"
        return self._server.failure("refused", "recipients", f"it refused {len(refused)} of {len(everybody)} recipients: {listed}. {got}",
                                    _advice(refused.values()))


def _lost(outcome: Outcome, error: BytewireError) -> BytewireError:
    if not outcome.unconfirmed:
        return error
    msg = f"{error.msg} The whole message had been handed over: whether it was delivered is not known."
    return BytewireError("unverified", "data", msg)


def _advice(answers: t.Iterable[Refusal]) -> str:
    if any(answer.permanent for answer in answers):
        return "Correct the addresses or ask whoever runs the server."
    return "This may pass: try again later."

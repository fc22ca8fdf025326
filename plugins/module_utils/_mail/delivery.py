# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Letters to a mail server and no further: secure, log in, hand over. Never with less protection than asked for."""

from __future__ import annotations

import contextlib
import re

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._mail.message import without_utf8_addresses
from ansible_collections.bytewire.devices.plugins.module_utils._mail.server import base64_of, connected, translated
from ansible_collections.bytewire.devices.plugins.module_utils._mail.smtp import TROUBLE, Conversation, Deadline

_LOGIN_NEEDED = (530, 534, 535, 538)
_CLOSING = 421


class _NoUtf8:
    """What stands for the answer of a server without SMTPUTF8 to an address that it could not even be told."""

    permanent = True

    def __str__(self):
        return "the server takes no UTF-8 addresses"


class Outcome:
    """What became of one letter, recipient by recipient.

    error: why not all of them have it, or None. unconfirmed: handed over whole, but the server's answer never came.
    reached: a session with the server was possible. lost: the connection broke on this letter.
    """

    def __init__(self, letter):
        self.letter = letter
        self.delivered, self.refused = [], {}
        self.error = None
        self.unconfirmed, self.reached, self.lost = False, True, False

    @property
    def rejected(self):
        """Those the server will never take."""
        return [address for address, reply in self.refused.items() if reply.permanent]

    @property
    def waiting(self):
        """Those that may get it later."""
        gone = self.delivered + self.rejected
        return [address for address in self.letter.recipients if address not in gone]

    def reasons(self):
        return {address: str(reply) for address, reply in self.refused.items()}

    def unreached(self, error):
        self.error, self.reached = error, False
        return self


class Courier:
    """Brings letters to one server, over one connection as long as it lasts."""

    def __init__(self, server):
        self.server = server
        self.exchanges = []
        self._talk = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def deliver(self, letter, handing_over=lambda: None):
        """Deliver one letter; handing_over() is called just before the server may have taken responsibility."""
        outcome = Outcome(letter)
        try:
            self._get_ready()
        except BytewireError as error:
            self._drop()
            return outcome.unreached(error)
        try:
            outcome.error = self._transact(outcome, handing_over)
        except BytewireError as error:
            outcome.error, outcome.lost = self._lost(outcome, error), True
            self._drop()
        if outcome.error is not None:
            self._reset()
        return outcome

    def close(self):
        if self._talk is not None:
            self._talk.deadline = Deadline(min(2.0, self.server.timeout))
            with contextlib.suppress(*TROUBLE):
                self._talk.docmd("QUIT")
            self._drop()

    def _drop(self):
        if self._talk is not None:
            with contextlib.suppress(OSError):
                self._talk.close()
            self._talk = None

    def _reset(self):
        if self._talk is not None:
            try:
                self._talk.docmd("RSET")
            except TROUBLE:
                self._drop()

    @contextlib.contextmanager
    def _stage(self, stage):
        """What fails in here failed in this stage."""
        self._talk.stage = stage
        try:
            yield
        except TROUBLE as error:
            raise translated(self.server, stage, error) from error

    def _get_ready(self):
        """A session that can take the next letter."""
        deadline = Deadline(self.server.timeout)
        if self._talk is not None:
            self._talk.deadline = deadline
            return
        sock = connected(self.server, deadline)
        self._talk = Conversation(sock, deadline, self.server, self.exchanges)
        if self.server.encryption == "tls":
            with self._stage("tls"):
                self._talk.secure(self.server.context, self.server.host)
        self._greet()
        if self.server.encryption == "starttls":
            self._start_tls()
        if self.server.username is not None:
            self._log_in()

    def _greet(self):
        with self._stage("greeting"):
            greeting = self._talk.reply(*self._talk.getreply())
        if not greeting.good:
            kind = "busy" if 400 <= greeting.code <= 499 else "refused" if greeting.permanent else "bad_reply"
            raise self.server.failure(kind, "greeting", "it declined to talk (%s)" % greeting, "Try again later, or check host and port.")
        self._introduce()

    def _introduce(self):
        with self._stage("greeting"):
            answer = self._talk.reply(*self._talk.ehlo())
            if not answer.good and self.server.encryption == "none":
                answer = self._talk.reply(*self._talk.helo())
        if not answer.good:
            raise self.server.failure("refused", "greeting", "it did not accept our introduction (%s)" % answer)

    def _start_tls(self):
        if not self._talk.has_extn("starttls"):
            raise self.server.failure("refused", "tls", "it does not offer STARTTLS, so nothing was sent",
                                      "Check host and port; encryption tls is for servers that speak TLS from the first byte.")
        with self._stage("tls"):
            answer = self._talk.ask("STARTTLS")
            if answer.code != 220:
                raise self.server.failure("refused", "tls", "it declined to start TLS (%s), so nothing was sent" % answer,
                                          "Try again later.")
            self._talk.secure(self.server.context, self.server.host)
        self._introduce()

    def _log_in(self):
        offered = self._talk.esmtp_features.get("auth", "").upper().split()
        steps = {
            "PLAIN": ["AUTH PLAIN " + self.server.plain_token()],
            "LOGIN": ["AUTH LOGIN", base64_of(self.server.username), base64_of(self.server.password)],
        }
        known = [method for method in steps if method in offered]
        if not known:
            raise self.server.failure("refused", "login", "it offers no login by user name and password",
                                      "Leave username and password out, or use another port or encryption.")
        self._talk.hidden = True
        with self._stage("login"):
            answer = self._walk(steps[known[0]])
        self._talk.hidden = False
        if not answer.good:
            raise self._login_failure(answer)

    def _walk(self, steps):
        """Say one step after the other, as long as the server asks for more."""
        for step in steps:
            answer = self._talk.ask(step)
            if answer.code != 334:
                break
        return answer

    def _login_failure(self, answer):
        if answer.permanent:
            return self.server.failure("locked", "login", "it did not accept the login of %r (%s)" % (self.server.username, answer),
                                       "Check username and password.")
        kind = "refused" if answer.refusal else "bad_reply"
        return self.server.failure(kind, "login", "it could not log in %r (%s)" % (self.server.username, answer), "Try again later.")

    def _transact(self, outcome, handing_over):
        """One mail transaction; returns the error, or None when every recipient was accepted."""
        letter = outcome.letter
        if not (self._utf8() or letter.sender.isascii()):
            return self._refused("sender", outcome, letter.recipients, _NoUtf8())
        content, recipients = self._sayable(outcome)
        if not recipients:
            return self._recipients_refused(outcome)
        answer = self._ask("sender", "MAIL FROM:<%s>%s" % (letter.sender, self._parameters(letter, content)))
        if not answer.good:
            return self._refused("sender", outcome, recipients, answer)
        accepted = []
        for address in recipients:
            answer = self._ask("recipients", "RCPT TO:<%s>" % address)
            if answer.good:
                accepted.append(address)
            else:
                outcome.refused[address] = answer
        if accepted:
            answer = self._ask("data", "DATA")
            if answer.code != 354:
                return self._refused("data", outcome, accepted, answer)
            answer = self._hand_over(outcome, content, handing_over)
            if not answer.good:
                return self._refused("data", outcome, accepted, answer)
            outcome.delivered = accepted
        return self._recipients_refused(outcome) if outcome.refused else None

    def _utf8(self):
        return self._talk.has_extn("smtputf8")

    def _sayable(self, outcome):
        """What of the letter this server can be told: (content, recipients). The other recipients count as refused."""
        content, recipients = re.sub(br"\r\n|\r|\n", b"\r\n", outcome.letter.content), outcome.letter.recipients
        if self._utf8():
            return content, recipients
        outcome.refused.update((address, _NoUtf8()) for address in recipients if not address.isascii())
        return without_utf8_addresses(content), [address for address in recipients if address.isascii()]

    def _ask(self, stage, command):
        with self._stage(stage):
            answer = self._talk.ask(command)
        self._check_session(stage, answer)
        if not (answer.good or answer.refusal or answer.code == 354):
            raise self.server.failure("bad_reply", stage, "it answered %r to %r" % (str(answer), command))
        return answer

    def _check_session(self, stage, answer):
        """Some refusals mean the session, not this letter."""
        if answer.code == _CLOSING:
            raise self.server.failure("closed", stage, "it ended the session (%s)" % answer, "Try again later.")
        if answer.code == 530 and "STARTTLS" in answer.text.upper():
            raise self.server.failure("refused", stage, "it wants TLS first (%s)" % answer, "Use encryption starttls.")
        if answer.code in _LOGIN_NEEDED:
            raise self.server.failure("locked", stage, "it wants a login first (%s)" % answer, "Give username and password.")

    def _parameters(self, letter, content):
        """What MAIL FROM adds: the size, and UTF-8 in headers or addresses where there is some."""
        size = " SIZE=%d" % len(content) if self._talk.has_extn("size") else ""
        head = content.partition(b"\r\n\r\n")[0]
        if not self._utf8() or head.isascii() and "".join([letter.sender] + letter.recipients).isascii():
            return size
        return size + " BODY=8BITMIME SMTPUTF8"

    def _hand_over(self, outcome, content, handing_over):
        content = re.sub(br"(?m)^\.", b"..", content)
        with self._stage("data"):
            self._talk.send(content if content.endswith(b"\r\n") else content + b"\r\n")
            handing_over()
            outcome.unconfirmed = True
            self._talk.send(b".\r\n")
            answer = self._talk.reply(*self._talk.getreply())
        outcome.unconfirmed = not (answer.good or answer.refusal)
        if outcome.unconfirmed:
            raise self.server.failure("bad_reply", "data", "it answered %r to the message" % str(answer))
        self._check_session("data", answer)
        return answer

    def _refused(self, stage, outcome, recipients, answer):
        """The letter was refused as a whole: so it was for each of these recipients."""
        outcome.refused.update((address, answer) for address in recipients)
        what = "the sender %s" % outcome.letter.sender if stage == "sender" else "the message"
        return self.server.failure("refused", stage, "it refused %s (%s)" % (what, answer), _advice([answer]))

    def _recipients_refused(self, outcome):
        listed = "; ".join("%s (%s)" % item for item in outcome.refused.items())
        got = " Delivered to: %s." % ", ".join(outcome.delivered) if outcome.delivered else " Nobody got the message."
        what = "it refused %d of %d recipients: %s" % (len(outcome.refused), len(outcome.letter.recipients), listed)
        return self.server.failure("refused", "recipients", what + "." + got[:-1], _advice(outcome.refused.values()))

    def _lost(self, outcome, error):
        if not outcome.unconfirmed:
            return error
        msg = "%s The whole message had been handed over: whether it was delivered is not known." % error.msg
        return BytewireError("unverified", "data", msg)


def _advice(answers):
    if any(answer.permanent for answer in answers):
        return "Correct the addresses or ask whoever runs the server."
    return "This may pass: try again later."

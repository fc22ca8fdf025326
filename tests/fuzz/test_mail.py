# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mail server that says anything: each message has an outcome, in words, and was handed over once at most."""

from __future__ import annotations

import os
import unittest.mock

from ansible_collections.bytewire.devices.plugins.module_utils._errors import KINDS
from ansible_collections.bytewire.devices.plugins.module_utils._mail import session
from ansible_collections.bytewire.devices.plugins.module_utils._mail.delivery import Client
from ansible_collections.bytewire.devices.plugins.module_utils._mail.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._mail.server import Server, Tls
from ansible_collections.bytewire.devices.tests.fuzz.fuzzing import spoiled

END = b"--packet--"
READABLE = open(os.devnull, "rb")
TEXT = "Schl\u00fcssel"  # on one line with nothing else
RECIPIENTS = ["ann@example.org", "b\u00f6b@example.org"]


class Said:
    """A socket whose other side says these bytes, packet by packet, and then closes."""

    def __init__(self, data):
        self.packets, self.sent = data.split(END), bytearray()

    def recv(self, size):
        packet = self.packets.pop(0) if self.packets else b""
        if len(packet) > size:
            self.packets.insert(0, packet[size:])
        return packet[:size]

    def send(self, data):
        self.sent += data
        return len(data)

    def settimeout(self, seconds):
        assert seconds > 0

    def fileno(self):
        return READABLE.fileno()

    def getsockname(self):
        return "192.0.2.1", 40000

    def close(self):
        self.packets.clear()

    def wrap_socket(self, plain, server_hostname):
        """As a context of TLS: what follows is said within TLS."""
        return plain


def any_answers(data):
    """The first byte chooses TLS and login."""
    kind, said = (data[:1] or b"\0")[0] % 4, Said(data[1:])
    login = {"username": "ann", "password": "secret \u20ac"} if kind > 1 else {"username": None, "password": None}
    server = Server("mail.example.org", port=None, encryption="none", validate_certs=True, ca_path=None, allow_plaintext_login=True, timeout=5, **login)
    server.tls = Tls(said, implicit=kind == 3) if kind % 2 else None
    message = Message("sender@example.org", RECIPIENTS, f"Subject: {TEXT}\r\n\r\n.{TEXT}\r\n".encode())
    with unittest.mock.patch.object(session, "connected", lambda *dummy: said), Client(server) as client:
        outcomes = [client.deliver(message), client.deliver(message)]
    for outcome in outcomes:
        assert outcome.error is None or outcome.error.kind in KINDS and len(outcome.error.msg) < 3000
        assert set(outcome.delivered).isdisjoint(outcome.refused) and (outcome.error is not None or outcome.delivered)
        assert not (outcome.unconfirmed and outcome.delivered)
    for exchange in client.exchanges:
        assert len(exchange["received"]) <= 400 and "secret" not in exchange["sent"]
    assert said.sent.count(f"..{TEXT}".encode()) <= len(outcomes)


def test_mail(fuzz):
    fuzz(any_answers, spoiled(END, b"220 ", b"250-AUTH PLAIN LOGIN\r\n", b"250-STARTTLS\r\n", b"250 SMTPUTF8\r\n",
                              b"334 ", b"354 ", b"421 ", b"550 ", b"530 STARTTLS"))

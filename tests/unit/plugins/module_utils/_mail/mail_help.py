# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the mail tests share: options as a task would give them, and a mail server that misbehaves on request."""

from __future__ import annotations

import email
import email.policy
import os
import socket
import time

try:
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
except ImportError:
    ArgumentSpecValidator = None

from ansible_collections.bytewire.devices.plugins.module_utils._capability import mail
from ansible_collections.bytewire.devices.plugins.module_utils._run import perform
from ansible_collections.bytewire.devices.tests.servers import Server, reset

SENDER, ANN, BOB, CAT = "sender@example.org", "ann@example.org", "bob@example.org", "cat@example.org"


def options(**given):
    """The options of a task, validated by Ansible where it is installed (it is not for the oldest Pythons of a gateway)."""
    given = dict(dict(host="127.0.0.1", sender=SENDER, to=[ANN], subject="Report", encryption="none", timeout=5), **given)
    given = {name: value for name, value in given.items() if value is not None}
    if ArgumentSpecValidator is None:
        return dict({name: spec.get("default") for name, spec in mail.SPEC["argument_spec"].items()}, **given)
    result = ArgumentSpecValidator(**mail.SPEC).validate(given)
    assert not result.error_messages, result.error_messages
    return result.validated_parameters


def send(check=False, trace=False, **given):
    """The result of a task with these options."""
    return perform(mail.run, options(**given), check=check, trace=trace)


def received(directory):
    """The messages a MailSink has kept, in order of arrival."""
    messages = []
    for name in sorted(os.listdir(str(directory))):
        with open(os.path.join(str(directory), name), "rb") as stream:
            messages.append(email.message_from_bytes(stream.read(), policy=email.policy.default))
    return messages


def subjects(directory):
    return [message["subject"] for message in received(directory)]


def kind_and_stage(result):
    return result["error"]["kind"], result["error"]["stage"]


class Peer:
    """The server's end of one connection; wire collects what arrived."""

    def __init__(self, sock, wire):
        self.sock, self.wire, self._pending = sock, wire, b""

    def say(self, data):
        self.sock.sendall(data)

    def until(self, mark):
        """What arrives up to and with this mark, or what there was when the other side closed."""
        while mark not in self._pending:
            chunk = self.sock.recv(65536)
            if not chunk:
                return self._pending
            self.wire += chunk
            self._pending += chunk
        data, _mark, self._pending = self._pending.partition(mark)
        return data + mark

    def line(self):
        return self.until(b"\r\n")

    def drain(self):
        """Everything until the other side closes."""
        while True:
            chunk = self.sock.recv(65536)
            if not chunk:
                return
            self.wire += chunk

    def reset(self):
        """Close with a TCP reset."""
        reset(self.sock)


class ScriptedServer(Server):
    """Plays one script a connection, the last one for all further ones. A script is a function of a Peer."""

    def __init__(self, *scripts):
        self._scripts = scripts
        self.wire, self.connections = bytearray(), 0
        super().__init__()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def serve(self, client):
        script = self._scripts[min(self.connections, len(self._scripts) - 1)]
        self.connections += 1
        script(Peer(client, self.wire))


def send_to(*scripts, **given):
    """(The result of a task whose mail server plays these scripts, the server); server.took is how many seconds the task took."""
    with ScriptedServer(*scripts) as server:
        began = time.monotonic()
        result = send(**dict({"port": server.port}, **given))
        server.took = time.monotonic() - began
    return result, server


def smtp(**replies):
    """A script that speaks SMTP; a reply by verb (lower case), or 'message' for the one after the final dot.

    A reply is text, a list of texts (one for each time, the last repeated), or a function of the Peer that does as it likes.
    """
    lists = {verb: list(reply) if isinstance(reply, list) else [reply] for verb, reply in replies.items()}
    known = {"greeting": "220 here", "ehlo": "250 here", "data": "354 go on", "quit": "221 bye"}

    def answer(peer, verb):
        queue = lists.get(verb, [known.get(verb, "250 fine")])
        reply = queue.pop(0) if len(queue) > 1 else queue[0]
        if callable(reply):
            reply(peer)
            return False
        peer.say(reply.encode() + b"\r\n")
        return True

    def script(peer):
        if not answer(peer, "greeting"):
            return
        while True:
            line = peer.line()
            verb = line.split()[0].lower().decode("latin-1") if line.split() else "quit"
            if not answer(peer, verb) or verb == "quit":
                return
            if verb == "data" and replies.get("data", "354").startswith("354"):
                peer.until(b"\r\n.\r\n")
                if not answer(peer, "message"):
                    return

    return script

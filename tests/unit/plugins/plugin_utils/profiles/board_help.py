# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection to an emulated board without a socket, and replies that come byte by byte."""

from __future__ import annotations

import itertools

from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.stream import Stream
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve

KINDS = ("reply", "refused", "locked", "busy", "more", "wrong")


def profile_of(model):
    return load(resolve(model))


class Conversation:
    """Say bytes to an emulated board, and get what it answers before an idle gap is over."""

    def __init__(self, model, clock=None, password=None, **initial):
        self.profile = profile_of(model)
        self.board = Board(self.profile, initial, password, **({"clock": clock} if clock else {}))
        self.stream = Stream(self.profile, password)
        self.received = b""

    def say(self, data):
        replies = [self._answer(request) for request in itertools.chain(self.stream.feed(data), self.stream.silence())]
        return b"".join(reply or b"" for reply in replies)

    def on(self):
        """The numbers of the relays that are on."""
        return [number for number, on in self.board.all_coils().items() if on]

    def _answer(self, request):
        self.received += request.data
        if request.what is None or not self.board.hears(request.what, request.values):
            return b""
        if not request.fits:
            return self.board.refusal(request.message, request.values)
        if request.what == "login":
            self.stream.login.remove(request.message)
        self.board.act(request.what, request.values)
        return self.board.reply(request.what, request.message, request.values)


def bytewise(message, data, known=None, sent=b""):
    """The Answer to a reply that comes byte by byte; nothing is taken for it before it is whole."""
    for length in range(len(data)):
        assert message.read(data[:length], known or {}, sent).kind == "more", data[:length]
    answer = message.read(data, known or {}, sent)
    assert answer.end == len(data)
    return answer


def switches(model, name, number, request_bytes, reply, start=Conversation, known=None):
    """Switching a relay is these bytes at either end, and moves that relay alone."""
    board = start(model, relays=[] if name == "on" else [number])
    message = board.profile.relays.messages[name]
    values = {**board.profile.relays.fields(number), **(known or {})}
    assert message.send.render(values) == request_bytes
    assert message.answered == bool(reply)
    assert not reply or bytewise(message, reply, *((values, request_bytes) if known else ())).kind == "reply"
    assert board.say(request_bytes) == reply
    assert board.on() == ([number] if name == "on" else [])


def reads(model, number, on, request_bytes, reply, reported, start=Conversation, known=None):
    """Asking for a relay is these bytes at either end, and they say of these relays whether they are on."""
    board = start(model, relays=on)
    relays = board.profile.relays
    values = {**relays.fields(number), **(known or {})}
    assert relays.read.send.render(values) == request_bytes
    assert board.say(request_bytes) == reply
    answer = bytewise(relays.read, reply, *((values, request_bytes) if known else ()))
    assert relays.decode(number, answer.values) == {other: other in on for other in reported}


def bear(model, chunks, known=None):
    """Bytes of any kind, at either end: nothing is raised, nothing is lost, no relay is invented, no setting gets a value that it has not."""
    board = Conversation(model)
    whole = b"".join(chunks)
    for chunk in chunks:
        board.say(chunk)
    for message in [request for dummy, request in board.stream.requests] + board.profile.login:
        for data in (*chunks, whole):
            for values in ({}, known or {"transaction": 1, "unit": 1, "relay": 1, "index": 0}):
                for final in (False, True):
                    assert message.read(data, values, data[:3], final).kind in KINDS
    assert board.received + board.stream.buffer == whole
    assert sorted(board.board.all_coils()) == (board.profile.relays.numbers if board.profile.relays else [])
    assert all(setting.has(board.board.settings[name]) for name, setting in board.profile.settings.items())

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

KINDS = ("reply", "refused", "busy", "more", "wrong")


class Conversation:
    """Say bytes to an emulated board, and get what it answers before an idle gap is over."""

    def __init__(self, model, clock=None, **initial):
        self.profile = load(resolve(model))
        self.board = Board(self.profile, initial, **({"clock": clock} if clock else {}))
        self.stream = Stream(self.profile)
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


def bear(model, chunks):
    """Bytes of any kind, at either end: nothing is raised, nothing is lost, no relay is invented."""
    board = Conversation(model)
    for chunk in chunks:
        board.say(chunk)
        for message in [request for dummy, request in board.stream.requests] + board.profile.login:
            for known in ({}, {"transaction": 1, "unit": 1, "relay": 1, "index": 0}):
                for final in (False, True):
                    assert message.read(chunk, known, chunk[:3], final).kind in KINDS
    assert board.received + board.stream.buffer == b"".join(chunks)
    assert sorted(board.board.all_coils()) == board.profile.relays.numbers

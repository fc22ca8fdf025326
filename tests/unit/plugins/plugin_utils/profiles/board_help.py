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


def octets(data):
    """The bytes of a row: bytes, or a text of hexadecimal pairs."""
    return bytes.fromhex(data) if isinstance(data, str) else data


def asked(profile, setting, unit=None):
    """What is known when a setting is asked for, in the first transaction; the digest of a password stands in no golden row."""
    return {**profile.unit_values(unit), "transaction": 1, "digest": "", **setting.question()}


def both_ways(model, name, value, to_set, set_reply, to_ask, told, unit=None):
    """Setting and asking for it are these bytes at either end; a set that nothing answers has the reply b''. Upper and lower case are the same."""
    to_set, set_reply, to_ask, told = map(octets, (to_set, set_reply, to_ask, told))
    profile = profile_of(model)
    setting = profile.settings[name]
    own = asked(profile, setting, unit)
    fields = {**own, **setting.fields(setting.code(value))}
    assert setting.set.send.render(fields) == to_set and setting.get.send.render(own) == to_ask
    known = {key: each for key, each in fields.items() if key != "digest"}
    assert setting.set.answered == bool(set_reply)
    assert not set_reply or bytewise(setting.set, set_reply, known).kind == "reply"
    assert tells(model, name, told, unit) == value
    start = {"power": "off" if (name, value) == ("power", "on") else "on"} if "power" in profile.settings else {}
    device = Conversation(model, settings=start)
    device.stream.login.clear()
    device.board.unit = profile.unit_values(unit)
    assert device.say(to_set).lower() == set_reply.lower() and device.say(to_ask).lower() == told.lower()


def tells(model, name, data, unit=None):
    """What a device that answers these bytes says that a setting is."""
    profile = profile_of(model)
    setting = profile.settings[name]
    known = {key: each for key, each in asked(profile, setting, unit).items() if key != "digest"}
    return setting.value(setting.answer(bytewise(setting.get, octets(data), known).values))


def answers(model, name, data, unit=None):
    """(what these bytes are when a device answers them to a set of this setting, the code that they tell)"""
    profile = profile_of(model)
    setting = profile.settings[name]
    answer = bytewise(setting.set, octets(data), {**profile.unit_values(unit), **setting.fields(setting.samples()[0])})
    return answer.kind, answer.values.get("code")

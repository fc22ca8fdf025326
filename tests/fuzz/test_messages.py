# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes of a device, against every message of the collection's pages and against templates that nobody wrote."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import COMPLETE, Checksum
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import Template
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import models, resolve
from ansible_collections.bytewire.devices.tests.fuzz.fuzzing import spoiled
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import KINDS, Conversation

PROFILES = [load(resolve(model)) for model in models()]
KNOWN = ({}, {"transaction": 1, "unit": 1, "relay": 1, "index": 0, "value": 1})
FIELDS = (b"{x:u8}", b"{x:d}", b"{x:text}", b"{length:u8}", b"{payload}", b"{:sum8}", b"{:crc16@1}", b"{x*10-3:i16le}", b"{x:word}", b"{x:tbits4r}",
          b"\\x41", b"hex", b"text")


def any_message(data):
    """The first byte chooses a page; the others come from its device, and to its emulator."""
    profile, data = PROFILES[(data[:1] or b"\0")[0] % len(PROFILES)], data[1:]
    for message in profile.messages():
        for known in KNOWN:
            for final in (False, True):
                answer = message.read(data, known, data[:3], final)
                assert answer.kind in KINDS and 0 <= answer.end <= len(data), message.where
                if answer.kind != "more" and not (final or message.open_ended):
                    again = message.read(data[:answer.end], known, data[:3], True)
                    assert (again.kind, again.end) == (answer.kind, answer.end), message.where
    device = Conversation(profile.page)
    device.say(data)
    assert device.received + device.stream.buffer == data


def any_template(data):
    """Notation, template, frame, a line each; the rest is matched, and what it says is rendered again."""
    notation, text, frame, *rest = (data + b"\n\n\n").decode("latin-1").split("\n", 3)
    try:
        template = Template(text, notation, {"off": "OFF", "on": "ON"}, {"insert": "41"}, len(frame) % 2 == 1, frame or None)
    except ValueError:
        return
    wire = rest[0].encode("latin-1")
    for final in (False, True):
        match = template.match(wire, final=final)
        assert 0 <= match.end <= len(wire)
    named = [field for field in template.fields if field.name or isinstance(field.codec, Checksum)]
    if match.status == COMPLETE and named == template.fields:
        again = template.match(template.render(match.values), final=True)
        assert (again.status, again.values) == (COMPLETE, match.values)


def test_messages(fuzz):
    fuzz(any_message, spoiled(b"\x1b", b"OK", b"\x00\x01\x00\x00\x00\x06", b"\xfe", b"\xaa\x01", longest=8192))


def test_templates(fuzz):
    fuzz(any_template, spoiled(*FIELDS))

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Telnet of a side that keeps no rule: in whatever pieces it comes it means the same, and nothing grows."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._wire.telnet import MOST_ANSWERS, Telnet
from ansible_collections.bytewire.devices.tests.fuzz.fuzzing import spoiled


def any_pieces(data):
    whole = Telnet()
    payload, answers = whole.received(data)
    assert len(payload) <= len(data) and len(answers) <= 3 * min(len(data), MOST_ANSWERS * 512)
    for sizes in ([1], [2], [3], list(data[:8]) or [1]):
        telnet, start, got = Telnet(), 0, [b"", b""]
        while start < len(data):
            size = sizes[start % len(sizes)] or 1
            for number, part in enumerate(telnet.received(data[start:start + size])):
                got[number] += part
            assert len(telnet._held) <= 2 and len(telnet._unknown) <= 3
            start += size
        assert (*got, telnet.doubtful()) == (payload, answers, whole.doubtful())


def test_telnet(fuzz):
    commands = [bytes((0xFF, word, option)) for word in (0xFB, 0xFC, 0xFD, 0xFE) for option in (0, 1, 3, 24, 255)]
    fuzz(any_pieces, spoiled(*commands, b"\xff\xff", b"\xff\xfa", b"\xff\xf0", b"\xff", b"\r", b"\xff\x11", longest=500))

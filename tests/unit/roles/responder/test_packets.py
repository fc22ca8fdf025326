# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What role responder makes of bytes, and how it counts what a client asks for; without sockets."""

from __future__ import annotations

import ipaddress
import re

import pytest

hypothesis = pytest.importorskip("hypothesis")
strategies = hypothesis.strategies

LONGEST = 32
WELL_FORMED = re.compile(rb"\x1b([\x20-\x7e]{1,%d})\r" % (LONGEST - 2))


def read(responder, chunks):
    """(texts, whether they ended with a bad packet)."""
    packets, texts = responder.packets.Packets(), []
    try:
        for chunk in chunks:
            packets.feed(chunk)
            while True:
                text = packets.next(LONGEST)
                if text is None:
                    break
                texts.append(text)
    except responder.packets.BadPacket:
        return texts, True
    assert len(packets.buffer) < LONGEST
    return texts, False


def expected(data):
    """The packets at the head of the data, by a regular expression, and whether what follows can not become one."""
    texts = []
    while True:
        match = WELL_FORMED.match(data)
        if match is None:
            break
        texts.append(match.group(1).decode())
        data = data[match.end():]
    return texts, not re.fullmatch(rb"(\x1b[\x20-\x7e]{0,%d})?" % (LONGEST - 2), data)


PIECES = [b"\x1b", b"\r", b"\0", b"\n", b"A", b"STATUS", b" ", b"\x1bSTATUS\r", b"\x1bECHO a\r", b"A" * 31, b"\xff"]
near = strategies.lists(strategies.sampled_from(PIECES), max_size=12)


@hypothesis.given(strategies.one_of(near.map(b"".join), strategies.binary(max_size=100)), strategies.lists(strategies.integers(0, 100), max_size=5))
@hypothesis.settings(deadline=None)
def test_packets_do_not_depend_on_how_they_come(responder, data, cuts):
    cuts = sorted(min(cut, len(data)) for cut in cuts)
    chunks = [data[start:end] for start, end in zip([0] + cuts, cuts + [len(data)])]
    assert read(responder, chunks) == read(responder, [data]) == expected(data)


def test_peers(responder):
    def peer(text):
        return responder.limits.peer_of(responder.limits.plain(text))

    assert peer("192.0.2.1") == peer("::ffff:192.0.2.1") == ipaddress.ip_address("192.0.2.1") != peer("192.0.2.2")
    assert peer("2001:db8::1") == peer("2001:db8::ffff") != peer("2001:db8:0:1::1")
    assert peer("fe80::1%eth0") == peer("fe80::1")


def test_rates(responder):
    limits = responder.limits.Limits(**dict({name: default for name, (default, dummy, dummy) in responder.limits.LIMITS.items()}, rate=2, burst=3))
    rates = responder.limits.Rates()
    assert [rates.spend("a", limits, 100.0) for dummy in range(5)] == [True, True, True, False, False]
    assert rates.spend("b", limits, 100.0)
    assert [rates.spend("a", limits, now) for now in (100.4, 100.6, 100.7, 101.2)] == [False, True, False, True]
    rates.prune(limits, 100.2)
    assert set(rates.tokens) == {"a", "b"}
    rates.prune(limits, 110.0)
    assert rates.tokens == {}

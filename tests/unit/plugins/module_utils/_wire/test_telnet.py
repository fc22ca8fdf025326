# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Telnet against literal bytes of RFC 854, 856, 857 and 858, and against itself."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._wire.telnet import BINARY, DO, ECHO, SUPPRESS_GO_AHEAD, WILL, Telnet

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

BOTH_BINARY = b"\xff\xfb\x00\xff\xfd\x00"
ARGUMENTS = ("received", "payload", "answers")


@pytest.mark.parametrize(ARGUMENTS, [
    (b"ready\r\n", b"ready\r\n", b""),
    (b"\xff\xfb\x00", b"", b"\xff\xfd\x00"),                            # WILL BINARY: DO
    (b"\xff\xfd\x00", b"", b"\xff\xfb\x00"),                            # DO BINARY: WILL
    (b"\xff\xfb\x01", b"", b"\xff\xfd\x01"),                            # WILL ECHO: DO
    (b"\xff\xfd\x01", b"", b"\xff\xfc\x01"),                            # DO ECHO: WONT
    (b"\xff\xfb\x03", b"", b"\xff\xfd\x03"),                            # WILL SUPPRESS-GO-AHEAD: DO
    (b"\xff\xfd\x03", b"", b"\xff\xfb\x03"),                            # DO SUPPRESS-GO-AHEAD: WILL
    (b"\xff\xfd\x18\xff\xfb\x22", b"", b"\xff\xfc\x18\xff\xfe\x22"),    # DO TERMINAL-TYPE: WONT; WILL LINEMODE: DONT
    (b"\xff\xfb\x2c", b"", b"\xff\xfe\x2c"),                            # WILL COM-PORT: DONT
    (b"\xff\xfd\xff", b"", b"\xff\xfc\xff"),                            # DO EXTENDED-OPTIONS-LIST: WONT
    (b"\xff\xfc\x01\xff\xfe\x03", b"", b""),                            # WONT, DONT: so it is already
    (b"User Name: \xff\xfb\x01Password: ", b"User Name: Password: ", b"\xff\xfd\x01"),
    (b"\xff\xff", b"\xff", b""),
    (b"\xff\xf1a\xff\xf9b\xff\xf6c", b"abc", b""),                      # NOP, GO AHEAD, ARE YOU THERE
    (b"a\xff\xfa\x18\x01\xff\xf0b", b"ab", b""),                        # SB TERMINAL-TYPE SEND SE
    (b"a\xff\xfa\x18\xff\xff\x00\xff\xf0b", b"ab", b""),                # a doubled FF inside
    (b"a\xff\xfa\x18\x01\xff\xfb\x00b", b"ab", b"\xff\xfd\x00"),        # an SE that never comes
    (b"a\rb\r\nc\r\0d\0\r\r\0\0", b"a\rb\r\nc\rd\0\r\r\0", b""),
    (BOTH_BINARY + b"\r\0\r\n\0", b"\r\0\r\n\0", b"\xff\xfd\x00\xff\xfb\x00"),
    (b"\r\xff\xff\0", b"\r\xff\0", b""),
    (b"\r\xff\xf1\0a", b"\ra", b""),
])
def test_what_comes_whole_and_byte_by_byte(received, payload, answers):
    assert Telnet().received(received) == (payload, answers)
    telnet = Telnet()
    pieces = [telnet.received(received[index:index + 1]) for index in range(len(received))]
    assert b"".join(piece[0] for piece in pieces) == payload
    assert b"".join(piece[1] for piece in pieces) == answers


def test_what_is_sent():
    assert Telnet().sent(b"ka 01 ff\r") == b"ka 01 ff\r"
    assert Telnet().sent(b"\x00\xff\xf0\xff\xff\r\n") == b"\x00\xff\xff\xf0\xff\xff\xff\xff\r\n"


def test_changes_are_answered_and_repetitions_are_not():
    telnet = Telnet()
    assert telnet.received(b"\xff\xfb\x01") == (b"", b"\xff\xfd\x01")
    assert telnet.received(b"\xff\xfb\x01\xff\xfb\x01") == (b"", b"")
    assert telnet.received(b"\xff\xfc\x01\xff\xfc\x01") == (b"", b"\xff\xfe\x01")
    assert telnet.received(b"\xff\xfb\x01") == (b"", b"\xff\xfd\x01")
    assert telnet.received(b"\xff\xfd\x18\xff\xfd\x18\xff\xfd\x18") == (b"", b"\xff\xfc\x18")


def test_binary_transmission_ends_when_it_is_withdrawn():
    telnet = Telnet()
    assert telnet.received(b"\xff\xfb\x00\r\0") == (b"\r\0", b"\xff\xfd\x00")
    assert telnet.received(b"\xff\xfc\x00\r\0") == (b"\r", b"\xff\xfe\x00")


def test_a_proposal_and_its_answers():
    telnet = Telnet()
    assert telnet.proposed(WILL, BINARY) + telnet.proposed(DO, BINARY) + telnet.proposed(WILL, ECHO) == b"\xff\xfb\x00\xff\xfd\x00\xff\xfb\x01"
    assert telnet.received(b"\xff\xfd\x00\xff\xfb\x00\xff\xfe\x01") == (b"", b"")
    assert telnet.received(b"\r\0") == (b"\r\0", b"")
    assert telnet.received(b"\xff\xfe\x00") == (b"", b"\xff\xfc\x00")


def talk(one, other, said):
    """Hand what one side said to the other and its answers back, until both are silent; how often that went on."""
    for rounds in range(2000):
        if not said:
            return rounds
        one, other, said = other, one, other.received(said)[1]
    raise AssertionError("they never fall silent")


def test_two_sides_fall_silent():
    for word in (0xFB, 0xFC, 0xFD, 0xFE):
        for option in range(256):
            assert talk(Telnet(), Telnet(), bytes((0xFF, word, option))) <= 4, (word, option)


def test_a_side_that_hears_its_own_echo_falls_silent():
    telnet = Telnet()
    assert talk(telnet, telnet, b"\xff\xfb\x00\xff\xfd\x00\xff\xfb\x01\xff\xfd\x01\xff\xfd\x18") < 10


@hypothesis.given(st.lists(st.tuples(st.sampled_from([0xFB, 0xFC, 0xFD, 0xFE]), st.integers(0, 5)), max_size=60))
def test_no_conversation_goes_on_for_ever(commands):
    said = b"".join(bytes((0xFF, word, option)) for word, option in commands)
    assert talk(Telnet(), Telnet(), said) <= 100


def test_who_answers_every_answer_is_left_alone():
    """WILL and WONT by turns: the loop that RFC 1143 describes."""
    telnet = Telnet()
    answers = [telnet.received(b"\xff\xfb\x00\xff\xfc\x00")[1] for dummy in range(20)]
    assert answers == [b"\xff\xfd\x00\xff\xfe\x00"] * 5 + [b""] * 15
    assert telnet.received(b"\r\0") == (b"\r", b"")


def cut(data, places):
    edges = [0] + sorted(place % (len(data) + 1) for place in places) + [len(data)]
    return [data[start:end] for start, end in zip(edges, edges[1:])]


def carried(sender, receiver, payload, places):
    pieces = [receiver.received(piece) for piece in cut(sender.sent(payload), places)]
    assert not any(answers for dummy, answers in pieces)
    return b"".join(piece for piece, dummy in pieces)


PAYLOADS = st.binary(max_size=200) | st.lists(st.sampled_from([b"\xff", b"\r", b"\0", b"\n", b"\xf0", b"\xfa", b"a"]), max_size=60).map(b"".join)


@hypothesis.given(PAYLOADS, st.lists(st.integers(0, 10000), max_size=20))
def test_any_payload_in_any_packets_survives_binary_transmission(payload, places):
    receiver = Telnet()
    receiver.received(BOTH_BINARY)
    assert carried(Telnet(), receiver, payload, places) == payload


@hypothesis.given(PAYLOADS, st.lists(st.integers(0, 10000), max_size=20))
def test_without_binary_transmission_only_the_nul_behind_a_cr_is_lost(payload, places):
    assert carried(Telnet(), Telnet(), payload, places) == payload.replace(b"\r\0", b"\r")


@hypothesis.given(st.binary(max_size=300), st.lists(st.integers(0, 10000), max_size=20))
def test_any_bytes_mean_the_same_in_any_packets(data, places):
    whole, telnet = Telnet().received(data), Telnet()
    pieces = [telnet.received(piece) for piece in cut(data, places)]
    assert (b"".join(piece[0] for piece in pieces), b"".join(piece[1] for piece in pieces)) == whole


def test_the_emulator_and_the_client_agree_on_binary_transmission():
    server, client = Telnet(), Telnet()
    opening = server.proposed(WILL, SUPPRESS_GO_AHEAD) + server.proposed(WILL, BINARY) + server.proposed(DO, BINARY)
    payload, answers = client.received(opening + server.sent(b"\xff\r\0"))
    assert (payload, answers) == (b"\xff\r\0", b"\xff\xfd\x03\xff\xfd\x00\xff\xfb\x00")
    assert server.received(answers + client.sent(b"\r\0\xff")) == (b"\r\0\xff", b"")

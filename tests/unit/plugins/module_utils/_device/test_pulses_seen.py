# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pulses that were not seen to happen, or lasted too long. Bytes are literals of the fact sheets."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay, relay_words
from ansible_collections.bytewire.devices.tests.servers import Lagging, answering

ETH008 = {b"\x10": b"\x13\x02\x1c", b"\x24": b"\x00", b"\x7a": b"\xff", b"\x20\x01\x05": b"\x00"}


def test_a_pulse_that_reading_contradicts_did_not_happen(line, perform_task):
    """The board acknowledges a pulse of 0.5 s, and reads off all the while."""
    result = perform_task(relay, line(answering(ETH008)).options(model="eth008", relay=1, state="pulsed", duration=0.5, settle=1))
    assert result["error"]["kind"] == "unverified" and "relay 1 was told to pulse and the board accepted, but its coil reads off" in result["msg"], result
    assert "over before" not in str(result) and result["changed"]


def test_a_pulse_of_what_was_on_before_is_the_boards_word_alone(line, perform_task):
    board = line(answering({**ETH008, b"\x24": b"\x01"}))
    result = perform_task(relay, board.options(model="eth008", relay=1, state="pulsed", duration=0.5))
    assert not result.get("failed") and result["changed"], result
    assert "the load was on before: that it happened is the board's word alone. It is expected to be off afterwards." in result["warnings"][0]
    assert relay_words.said(relay_words.success(result["relays"]["1"])) == (
        "was told to pulse (0.5 s; it was on before, and is expected to be off afterwards)")


def test_a_pulse_that_lasted_too_long_says_how_long(closed, perform_task):
    """The task times it; the board reads on after 1.2 s only, and the load is switched off then."""
    board = closed(Lagging(1.2))
    result = perform_task(relay, board.options(model="eth_rly16", relay=1, state="pulsed", duration=0.2, settle=4))
    began, ended = [since for since, dummy in board.told][1:]
    assert not result.get("failed") and [state for dummy, state in board.told] == [0, 1, 0], result
    assert f"relay 1 was on for {ended - began:.1f} s instead of 0.2 s: until then it was not seen to be on." in result["warnings"][0]

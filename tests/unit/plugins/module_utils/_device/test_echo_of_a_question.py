# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What says back the very bytes of a question: a line that repeats what it is sent is no board. Bytes are literals of the fact sheets."""

from __future__ import annotations

import socket

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import ping, relay
from ansible_collections.bytewire.devices.tests.servers import Line

RLY16 = {0x5A: b"\x11\x02", 0x5B: b"\x5b", 0x5D: b"\x78", 0x77: b"\x00\x04\xa3\x00\x00\x02"}
RTU_OFF = bytes.fromhex("01 01 01 00 51 88")
S16_READ = bytes.fromhex("58 01 10 00 00 00 00 69")


def repeated(line, data):
    line.say(data)


@pytest.mark.parametrize("model", ["eth_rly16", "sainsmart_16"])
def test_a_loop_is_not_well(line, perform_task, model):
    result = perform_task(ping, line(repeated).options(model=model, retries=0))
    assert result["error"]["kind"] == "bad_reply" and "repeats what it is sent" in result["msg"], result


@pytest.mark.parametrize("model", ["eth_rly16", "sainsmart_16"])
@pytest.mark.parametrize("number, state", [(1, "on"), (1, "off"), (3, "on"), (3, "off")])
def test_a_loop_has_no_relays(line, perform_task, model, number, state):
    """Bits of the question read as relays: 5B says that 1, 2, 4, 5 and 7 are on."""
    loop = line(repeated)
    result = perform_task(relay, loop.options(model=model, relay=number, state=state, retries=0))
    assert result["error"]["kind"] == "bad_reply" and "Is there a device behind it?" in result["msg"], result
    assert not result["changed"] and result["error"]["outcome"] == "nothing"
    assert loop.received[0] in (b"\x5b", S16_READ)


class Rly16(Line):
    """An ETH-RLY16 on which relays 1, 2, 4, 5 and 7 are on; repeats: a half-duplex adapter says each request once more."""

    def __init__(self, repeats):
        self.repeats = repeats
        super().__init__(Rly16.hear)

    def hear(self, data):
        if self.repeats:
            self.say(data)
        self.say(RLY16[data[0]], 0.01 if self.repeats else 0.0)


def test_a_board_whose_state_is_the_byte_of_the_question_is_believed(closed, perform_task):
    """It tells its MAC address besides, which no echo of a question can be."""
    board = closed(Rly16(False))
    result = perform_task(relay, board.options(model="eth_rly16", relay=4, state="on", retries=0))
    assert not result.get("failed") and not result["changed"] and result["relays"]["4"]["state"] == "on", result
    assert board.received == [b"\x5b", b"\x77"]


@pytest.mark.parametrize("state", ["on", "off"])
def test_a_line_that_repeats_before_the_board_answers_is_not_believed(closed, perform_task, state):
    board = closed(Rly16(True))
    result = perform_task(relay, board.options(model="eth_rly16", relay=3, state=state, retries=0))
    assert result["error"]["kind"] == "bad_reply" and not result["changed"], result


def test_a_reply_that_may_be_the_echo_alone_acknowledges_nothing(line, perform_task):
    """A Modbus board whose line may repeat requests: the echo of a coil that is written looks like its reply, and then the line closes."""
    def hears(line, data):
        line.say(data)
        if data[1] == 1:
            line.say(RTU_OFF)
        else:
            line.client.shutdown(socket.SHUT_RDWR)

    page = {"extends": "waveshare_rtu", "echo": "optional"}
    result = perform_task(relay, line(hears).options(model=page, relay=1, state="on", verify=False, retries=0))
    assert result["error"] == {"kind": "closed", "stage": "write", "outcome": "unknown"} and result["changed"], result

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A board that answers questions and acknowledges nothing is told apart from one that is silent."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay

MUTE = {"fault": "drop_reply"}


@pytest.fixture
def switch(perform_task):
    def run(board, **others):
        return perform_task(relay, dict(board.options(relay="2", state="on"), **others))
    return run


def test_reporting_mode_off_is_seen_through_reading(emulated, switch):
    board = emulated("proxr", faults=[MUTE])
    result = switch(board)
    assert result["changed"] and result["relays"]["2"]["state"] == "on"
    assert "as reading shows, but did not acknowledge it as expected" in result["warnings"][0] and "FE 1B" in result["warnings"][0]
    assert board.journal.writes() == ["FE 6D 01"]


def test_reporting_mode_off_without_a_retry(emulated, switch):
    result = switch(emulated("proxr", faults=[MUTE]), retries=0)
    assert result["error"]["kind"] == "unverified" and "reading says that relay 2 is on" in result["msg"] and "FE 1B" in result["msg"]
    assert result["changed"] and result["relays"]["2"] == {"name": None, "state": "on", "was": "off"}


def test_silence_is_silence(emulated, switch):
    result = switch(emulated("proxr", faults=[dict(MUTE, on=["on", "read"])]), retries=0)
    assert result["error"]["kind"] == "timeout" and "FE 1B" not in result["msg"]


def test_a_broadcast_switches_and_knows_nothing(emulated, switch):
    page = {"notation": "hex", "unit": {"minimum": 1, "maximum": 9, "broadcast": 0}, "relays": {
        "numbers": "1-8", "read": {"send": "{unit:u8} 03", "reply": "{relays:bits8}"},
        "on": {"send": "{unit:u8} 01 {relay:u8}", "reply": "06"}, "off": {"send": "{unit:u8} 02 {relay:u8}", "reply": "06"}}}
    board = emulated(page)
    result = switch(board, unit=0, timeout=0.4)
    assert result["changed"] and result["relays"]["2"] == {"name": None, "state": "unknown", "was": "unknown"}
    assert "a broadcast cannot be read back" in result["warnings"][0] and board.journal.sent() == ["00 01 02"]
    assert not switch(board)["changed"]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands that further exchanges belong to: a question that they ask, and a question how they went. Bytes are literals of the fact sheets."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, relay, settings
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation

VERDICT = {"send": "SYST:ERR?\\n", "reply": '0,"No error"\\n', "refused": '-{code:d},"{words:text}"\\n'}
SUPPLY = {
    "notation": "text", "port": 5025, "then": VERDICT, "emulator": {"code": 222, "words": "Data out of range"},
    "settings": {"voltage": {"range": "0-30", "set": {"send": "VOLT {value:d}\\n"}, "get": {"send": "VOLT?\\n", "reply": "{value:d}\\n"}}},
    "relays": {"numbers": 1, "values": {"off": "0", "on": "1"}, "read": {"send": "OUTP?\\n", "reply": "{state:word}\\n"},
               "on": {"send": "OUTP ON\\n"}, "off": {"send": "OUTP OFF\\n"}},
    "command": {"send": "{command:text}\\n", "reply": "{reply:text}\\n"},
}
PDU = {
    "notation": "text", "port": 23, "echo": "\\r\\n",
    "relays": {
        "numbers": "1-20", "values": {"off": "Off", "on": "On"},
        "read": {"send": "show outlets {relay:d}\\r\\n", "reply": "Outlet {relay:d}: {:text}\\r\\nPower state: {state:word}\\r\\n# "},
        "on": {"send": "power outlets {relay:d} on\\r\\n", "reply": "Do you wish to turn outlet {relay:d} on? [y/n] ",
               "then": {"send": "y\\r\\n", "reply": "# "}},
        "off": {"send": "power outlets {relay:d} off\\r\\n", "reply": "Do you wish to turn outlet {relay:d} off? [y/n] ",
                "then": [{"send": "y\\r\\n", "reply": "# "}]},
    },
    "emulator": {"echo": True},
}


class Supply:
    """A supply that takes 0 to 30 V and keeps one error. late: seconds that its first verdict takes."""

    def __init__(self, voltage=5, late=0.0):
        self.voltage, self.error, self.heard, self.late = voltage, b'0,"No error"\n', [], late

    def __call__(self, line, data):
        for request in data.splitlines():
            self.heard.append(request)
            if request == b"SYST:ERR?":
                line.say(self.error, self.late)
                self.error, self.late = b'0,"No error"\n', 0.0
            elif request == b"VOLT?":
                line.say(b"%d\n" % self.voltage)
            elif int(request[5:]) <= 20:
                self.voltage = int(request[5:])
            else:
                self.error = b'-222,"Data out of range"\n'


def test_a_verdict_says_that_it_was_done(line, perform_task):
    supply = Supply()
    result = perform_task(settings, line(supply).options(model=SUPPLY, settings={"voltage": 12}))
    assert result["changed"] and result["settings"]["voltage"] == {"state": 12, "was": 5}, result
    assert supply.heard == [b"VOLT?", b"VOLT 12", b"SYST:ERR?", b"VOLT?"]


def test_a_verdict_says_that_it_was_refused_in_the_words_of_the_device(line, perform_task):
    result = perform_task(settings, line(Supply()).options(model=SUPPLY, settings={"voltage": 25}, settle=0))
    assert result["error"]["kind"] == "refused" and not result["changed"] and "(code 222: Data out of range)" in result["msg"], result


def test_a_lost_verdict_is_not_taken_for_the_next_one(line, perform_task):
    """The first verdict, which refuses, comes when the second command has been sent."""
    supply = Supply(late=0.8)
    at = line(supply)
    first = perform_task(settings, at.options(model=SUPPLY, settings={"voltage": 25}, timeout=0.3, settle=0, retries=0, verify=False))
    second = perform_task(settings, at.options(model=SUPPLY, settings={"voltage": 12}, timeout=5, settle=0))
    assert first["error"]["kind"] == "timeout" and first["changed"], first
    assert second["settings"]["voltage"]["state"] == 12 and "222" not in str(second), second


def test_the_answer_to_the_question_in_a_command(emulated, perform_task):
    board = emulated(PDU, initial={"relays": [7]})
    result = perform_task(relay, board.options(relay=7, state="cycled", duration=0.05))
    assert result["changed"] and result["relays"]["7"]["state"] == "on" and board.board.coil(7), result
    said = [bytes.fromhex(entry).decode("ascii") for entry in board.journal.sent()]
    assert [text for text in said if not text.startswith("show")] == ["power outlets 7 off\r\n", "y\r\n", "power outlets 7 on\r\n", "y\r\n"]


@pytest.mark.parametrize("answered", [True, False])
def test_a_command_of_the_task_is_asked_how_it_went(line, perform_task, answered):
    def hears(line, data):
        for request in data.splitlines():
            line.say(b'-113,"Undefined header"\n' if request == b"SYST:ERR?" else b"42\n" if answered else b"")

    result = perform_task(command, line(hears).options(model=SUPPLY, command="FOO", answered=answered))
    assert result["error"]["kind"] == "refused" and "(code 113: Undefined header)" in result["msg"], result


def test_an_emulated_supply_keeps_the_verdict_of_the_last_command():
    supply = Conversation(SUPPLY)
    assert supply.say(b"SYST:ERR?\n") == b'0,"No error"\n'
    assert supply.say(b"VOLT 99\nVOLT?\nSYST:ERR?\nSYST:ERR?\n") == b'0\n-222,"Data out of range"\n0,"No error"\n'
    assert supply.say(b"VOLT 99\nVOLT 12\nSYST:ERR?\nVOLT?\n") == b'0,"No error"\n12\n'


def test_an_emulated_pdu_does_it_when_its_question_is_answered():
    pdu = Conversation({**PDU, "emulator": {}})
    assert pdu.say(b"power outlets 3 on\r\n") == b"Do you wish to turn outlet 3 on? [y/n] " and pdu.on() == []
    assert pdu.say(b"y\r\n") == b"# " and pdu.on() == [3]
    assert pdu.say(b"power outlets 3 off\r\nshow outlets 3\r\ny\r\n").endswith(b"Power state: On\r\n# ") and pdu.on() == [3]


@pytest.mark.parametrize("part, words", [
    ({"then": "y"}, "relays.on.then.0 is 'y'; expected keys and values"),
    ({"then": {"send": "59"}}, r"relays.on.then.0 needs send and reply, for example \{send:"),
    ({"then": {"send": "59", "reply": "06", "then": []}}, "relays.on.then.0.then: only what switches or sets, and a command, goes on"),
    ({"then": {"send": "59 {value:u8}", "reply": "06"}}, "relays.on.then.0.send: relay 1: no value for 'value'"),
    ({"then": {"sends": "59"}}, "'sends' is not a key of relays.on.then.0"),
])
def test_what_goes_on_wrongly_is_refused(part, words):
    page = {"notation": "hex", "relays": {"numbers": 1, "on": {"send": "51", **part}, "off": {"send": "52"}}}
    with pytest.raises(ProfileError, match=words):
        load(page).check()


def test_a_question_has_nothing_behind_it():
    page = {"notation": "hex", "info": {"volts": {"send": "51", "reply": "{volts:u8}", "then": [VERDICT]}}}
    with pytest.raises(ProfileError, match="info.volts.then: only what switches or sets, and a command, goes on; expected no then here"):
        load(page)


@pytest.mark.parametrize("none", [[], False, None])
def test_a_message_without_the_verdict_of_the_page(none):
    relays = {**SUPPLY["relays"], "on": {"send": "OUTP ON\\n", "then": none}}
    profile = load({**SUPPLY, "relays": relays})
    assert not profile.relays.on.then and not profile.relays.on.acknowledged and profile.relays.off.acknowledged

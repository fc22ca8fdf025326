# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of power distribution units, both ways, against the guides, captures and drivers that the fact sheets name."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, device_info, relay
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation, bytewise, profile_of

DONE = b"E000: Success\r\n\r\napc>"
# outlet, what it is asked, what it tells, its name, whether it is on
ROWS = [
    (1, b"olStatus 1\r\n", b"E000: Success\r\n 1: Switch 2108B: On\r\n\r\napc>", "Switch 2108B", True),
    (5, b"olStatus 5\r\n", b"E000: Success\r\n 5: Switches 135/137: On \r\n\r\napc>", "Switches 135/137", True),
    (2, b"olStatus 2\r\n", b"E000: Success\r\n 2: Outlet 2: Off* \r\n\r\napc>", "Outlet 2", False),
    (3, b"olStatus 3\r\n", b"E000: Success\r\n 3: rack: web: Off\r\n\r\napc>", "rack: web", False),
    (12, b"olStatus 12\r\n", b"E000: Success\r\n12: On: On\r\n\r\napc>", "On", True),
    (16, b"olStatus 16\r\n", b"E000: Success\r\n    16: Intel NUC: On\r\n\r\napc>", "Intel NUC", True),
]


def logged_in(model, **initial):
    board = Conversation(model, **initial)
    board.stream.login.clear()
    return board


@pytest.mark.parametrize("number, request_bytes, reply, name, on", ROWS)
def test_rows_of_apc_with_and_without_the_echo(number, request_bytes, reply, name, on):
    relays = profile_of("apc_cli_24").relays
    fields = relays.fields(number)
    assert relays.read.send.render(fields) == request_bytes
    for said in (reply, request_bytes + reply):
        answer = relays.read.read(said, fields, request_bytes)
        assert answer.kind == "reply" and answer.end == len(said)
        assert relays.decode(number, answer.values) == {number: on} and relays.told_names(number, answer.values) == {number: name}
    assert relays.read.read(reply, relays.fields(number + 1), b"").kind == "wrong"


@pytest.mark.parametrize("name, request_bytes", [("on", b"olOn 3\r\n"), ("off", b"olOff 3\r\n")])
def test_switching_an_outlet_of_apc(name, request_bytes):
    message = profile_of("apc_cli").relays.messages[name]
    assert message.send.render({"relay": 3}) == request_bytes
    assert bytewise(message, DONE).kind == "reply" and message.read(request_bytes + DONE, {}, request_bytes).kind == "reply"
    refused = message.read(b"E102: Parameter Error\r\nUsage: olOn -- turn outlets on\r\n\r\napc>", {})
    assert refused.kind == "refused" and refused.values["words"] == "Parameter Error"
    board = logged_in("apc_cli", relays=[] if name == "on" else [3])
    assert board.say(request_bytes) == DONE and board.on() == ([3] if name == "on" else [])


@pytest.mark.parametrize("model, last", [("apc_cli", 8), ("apc_cli_16", 16), ("apc_cli_24", 24)])
def test_the_last_outlet(model, last):
    board = logged_in(model)
    assert board.say(b"olOn %d\r\n" % last) == DONE and board.on() == [last]
    assert board.say(b"olOn %d\r\n" % (last + 1)) == b"E102: Parameter Error\r\n\r\napc>" and board.on() == [last]


def test_logging_in_to_apc():
    banner, name, password = profile_of("apc_cli").login
    assert bytewise(banner, b"\r\nUser Name : ").kind == "reply"
    assert name.send.render({"username": "apc"}) == b"apc\r\n" and bytewise(name, b"apc\r\nPassword  : ").kind == "reply"
    greeting = b"***\r\n\r\n\r\nSchneider Electric   Network Management Card AOS   v6.5.0\r\nStat : P+ N+ A+\r\n\r\napc>"
    assert password.send.render({"password": "secret"}) == b"secret\r\n" and bytewise(password, greeting).kind == "reply"
    assert bytewise(password, b"******\r\n\r\nUser Name : ").kind == "locked"
    assert profile_of("apc_cli").logout.send.render({}) == b"exit\r\n"


def test_what_apc_tells_of_itself():
    profile = profile_of("apc_cli")
    about = b"E000: Success\r\nHardware Factory\r\n----------------\r\nModel Number: \t\tAP8941\r\nSerial Number: \t\t5A1234E01234\r\n\r\napc>"
    assert bytewise(profile.identify, about).values == {"model": "AP8941", "serial_number": "5A1234E01234"}
    assert bytewise(profile.info["power"], b"E000: Success\r\n0.5 kW\r\n\r\napc>").values == {"power_drawn": "0.5 kW"}
    phases = bytewise(profile.info["phases"], b"E000: Success\r\n1: 4.2 A\r\n2: 0.0 A\r\n\r\napc>").values["rows"]
    assert phases == [{"phase": 1, "current": 4.2}, {"phase": 2, "current": 0.0}]
    assert profile.info["phases"].read(b"E102: Parameter Error\r\n\r\napc>", {}).kind == "refused"


def test_an_outlet_is_cycled_with_proof(emulated, perform_task):
    board = emulated("apc_cli", initial={"relays": [2], "names": {2: "rack: web"}}, password="secret")
    options = board.options(username="apc", password="secret")
    result = perform_task(relay, dict(options, relay=2, state="cycled", duration=0.1))
    assert result["changed"] and result["relays"]["2"]["state"] == "on", result
    heard = [bytes.fromhex(entry["bytes"]) for entry in board.journal.entries if entry["event"] == "in" and entry["what"] not in (None, "login")]
    assert heard == [b"olStatus 2\r\n", b"olOff 2\r\n", b"olStatus 2\r\n", b"olOn 2\r\n", b"olStatus 2\r\n", b"exit\r\n"]
    found = perform_task(device_info, options)
    assert found["relays"]["2"] == {"name": "rack: web", "state": "on"} and found["information"]["power_drawn"] == "0.5 kW", found
    assert perform_task(command, dict(options, command="olStatus 2"))["reply"] == "2: rack: web: On"


def test_what_apc_refuses_is_told_in_its_words(emulated, perform_task):
    board = emulated("apc_cli", password="secret", faults=[{"fault": "refuse"}])
    result = perform_task(relay, board.options(username="apc", password="secret", relay=1, state="on"))
    assert result["error"]["kind"] == "refused" and "(Parameter Error)" in result["msg"], result
    wrong = perform_task(relay, board.options(username="apc", password="wrong", relay=1, state="on"))
    assert wrong["error"]["kind"] == "locked", wrong

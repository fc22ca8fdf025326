# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Emulated devices that are on the way, busy, not listening again yet, that close, and that repeat what they hear."""

from __future__ import annotations

import socket
import time

import pytest

from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation

PROJECTOR = {
    "notation": "text", "port": 2001, "busy": {"reply": "WAIT\\r", "every": 0.1, "for": 2},
    "setting": {"set": {"send": "{c}{value:d1}\\r", "reply": "ok\\r"}, "get": {"send": "{c}?\\r", "reply": "{value:d1}\\r"}},
    "settings": {
        "power": {"c": "P", "values": {"off": 0, "on": 1, "cooling": 2, "warming": 3}, "transient": {"warming": "on", "cooling": "off"}},
        "input": {"c": "I", "values": {"hdmi": 0, "vga": 1}, "needs": {"power": "on"}},
    },
}
BOARD = {"notation": "hex", "port": 2000, "relays": {
    "numbers": 1, "read": {"send": "5B", "reply": "{relays:bits8}"}, "on": {"send": "51", "reply": "06"}, "off": {"send": "52", "reply": "06"}}}


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self):
        return self.now


def test_a_setting_reads_as_on_the_way_and_then_as_what_it_was_set_to():
    clock = Clock()
    device = Conversation(PROJECTOR, clock, transition=5)
    assert device.say(b"P?\rP1\rP?\rI?\r") == b"0\rok\r3\r"
    clock.now = 4.9
    assert device.say(b"P1\rP?\r") == b"ok\r3\r"
    clock.now = 5
    assert device.say(b"P?\rI?\rP1\rP?\r") == b"1\r0\rok\r1\r"
    assert device.say(b"P0\rP?\r") == b"ok\r2\r"
    assert device.say(b"P1\rP?\r") == b"ok\r3\r"


def test_without_a_transition_it_is_so_at_once():
    device = Conversation(PROJECTOR)
    assert device.say(b"P1\rP?\r") == b"ok\r1\r"


@pytest.mark.parametrize("state", ["warming", 3])
def test_a_device_that_stays_on_the_way(state):
    device = Conversation(PROJECTOR, settings={"power": state})
    assert device.say(b"P?\r") == b"3\r"


def test_a_state_on_the_way_cannot_be_set():
    device = Conversation(PROJECTOR)
    assert device.say(b"P3\rP?\r") == b"0\r"


def test_a_change_from_outside_ends_the_way():
    device = Conversation(PROJECTOR, Clock(), transition=5)
    device.say(b"P1\r")
    assert device.board.change({"settings": {"power": "off"}}) and device.say(b"P?\r") == b"0\r"


@pytest.mark.parametrize("name", ["transition", "reconnect", "busy"])
@pytest.mark.parametrize("value", [-1, float("inf"), float("nan")])
def test_seconds_that_are_none(name, value):
    with pytest.raises(ValueError, match=f"initial.{name} is {value}; expected seconds, 0 or more"):
        Conversation(PROJECTOR, **{name: value})


def test_a_value_of_a_reply_comes_before_seconds_of_the_same_name():
    page = {"notation": "hex", "info": {"status": {"send": "05", "reply": "{busy:u8}"}}, "emulator": {"busy": 7}}
    assert Conversation(page).say(b"\x05") == b"\x07"


def answer(device, data, length):
    with socket.create_connection((device.host, device.port), timeout=5) as line:
        line.sendall(data)
        return received(line, length)


def received(line, length):
    data = b""
    while len(data) < length:
        chunk = line.recv(length - len(data))
        if not chunk:
            break
        data += chunk
    return data


def test_a_busy_device_does_nothing_and_says_so_for_a_while(emulated):
    device = emulated(PROJECTOR, initial={"busy": 0.3})
    assert answer(device, b"P1\r", 5) == b"WAIT\r" and device.board.settings["power"] == 0
    time.sleep(0.35)
    assert answer(device, b"P1\r", 3) == b"ok\r" and device.board.settings["power"] == 1


def test_what_has_no_busy_answer_is_done(emulated):
    device = emulated(BOARD, initial={"busy": 60})
    assert answer(device, b"\x51", 1) == b"\x06" and device.board.coil(1)


def test_connections_that_come_too_soon_are_turned_away(emulated):
    device = emulated(BOARD, initial={"reconnect": 0.4})
    assert answer(device, b"\x51", 1) == b"\x06"
    time.sleep(0.1)
    with pytest.raises(ConnectionError):
        while True:
            assert answer(device, b"\x52", 1) == b""
            time.sleep(0.01)
    time.sleep(0.4)
    assert answer(device, b"\x5b", 1) == b"\x01"


def test_a_device_that_closes_behind_each_answer(emulated):
    device = emulated(dict(BOARD, closes=True))
    with socket.create_connection((device.host, device.port), timeout=5) as line:
        line.sendall(b"\x51")
        assert received(line, 10) == b"\x06"
    assert answer(device, b"\x5b", 1) == b"\x01"


def test_it_closes_behind_what_it_does_not_know(emulated):
    device = emulated("panasonic_ntcontrol")
    with socket.create_connection((device.host, device.port), timeout=5) as line:
        line.sendall(b"00QXX\r")
        assert received(line, 100) == b"NTCONTROL 0\rERR1\r"


def test_a_login_is_no_answer_that_it_closes_behind(emulated):
    device = emulated(dict(BOARD, closes=True, login=[{"send": "0A", "reply": "0B"}]))
    with socket.create_connection((device.host, device.port), timeout=5) as line:
        line.sendall(b"\x0a")
        assert received(line, 1) == b"\x0b"
        line.sendall(b"\x51")
        assert received(line, 10) == b"\x06"


@pytest.mark.parametrize("echo, repeated", [("optional", b"\x51"), ("", b"\x51"), ("0D", b"\x51\x0d")])
def test_requests_are_repeated_before_the_reply(emulated, echo, repeated):
    device = emulated(dict(BOARD, echo=echo), initial={"echo": True})
    assert answer(device, b"\x51", len(repeated) + 1) == repeated + b"\x06"

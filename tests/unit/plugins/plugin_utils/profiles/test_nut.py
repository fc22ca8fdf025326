# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of UPS behind a NUT server, both ways, against what upsd 2.8.0 of Debian said."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info, relay, settings
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation, bytewise, profile_of

UPS = {"ups": "su700"}
# what is told, the question, the answer, and its value
READINGS = [
    ("battery_charge", b"GET VAR su700 battery.charge\n", b'VAR su700 battery.charge "97.5"\n', 97.5),
    ("runtime", b"GET VAR su700 battery.runtime\n", b'VAR su700 battery.runtime "1234"\n', 1234),
    ("battery_voltage", b"GET VAR su700 battery.voltage\n", b'VAR su700 battery.voltage "13.70"\n', 13.7),
    ("load", b"GET VAR su700 ups.load\n", b'VAR su700 ups.load "23"\n', 23),
    ("status", b"GET VAR su700 ups.status\n", b'VAR su700 ups.status "OL CHRG"\n', "OL CHRG"),
    ("input_voltage", b"GET VAR su700 input.voltage\n", b'VAR su700 input.voltage "229.5"\n', 229.5),
    ("frequency", b"GET VAR su700 input.frequency\n", b'VAR su700 input.frequency "50.0"\n', 50),
    ("model", b"GET VAR su700 device.model\n", b'VAR su700 device.model "Smart \\"A\\" 700"\n', 'Smart \\"A\\" 700'),
]
VARIABLES = (b'BEGIN LIST VAR su700\nVAR su700 battery.charge "97.5"\nVAR su700 driver.parameter.port "su700.dev"\nVAR su700 ups.status "OL CHRG"\n'
             b"END LIST VAR su700\n")


@pytest.mark.parametrize("name, request_bytes, reply, value", READINGS)
def test_what_a_ups_tells(name, request_bytes, reply, value):
    message = profile_of("nut").info[name]
    assert message.send.render(UPS) == request_bytes
    assert bytewise(message, reply, UPS).values[name] == value
    for refusal in (b"ERR VAR-NOT-SUPPORTED\n", b"ERR DRIVER-NOT-CONNECTED\n", b"ERR DATA-STALE\n"):
        assert bytewise(message, refusal, UPS).kind == "refused"
    assert message.read(reply, {"ups": "office"}).kind == "wrong"


def test_who_serves_which_ups_and_all_that_it_has():
    profile = profile_of("nut")
    greeting = b'BEGIN LIST UPS\nUPS su700 "Development box"\nUPS office "Second \\"one\\""\nEND LIST UPS\n'
    assert profile.login[0].send.render({}) == b"LIST UPS\n" and bytewise(profile.login[0], greeting).values["ups"] == "su700"
    version = b"Network UPS Tools upsd 2.8.0 - http://www.networkupstools.org/\n"
    assert profile.identify.send.render({}) == b"VER\n" and bytewise(profile.identify, version).values == {"version": "2.8.0"}
    variables = bytewise(profile.info["variables"], VARIABLES, UPS).values["rows"]
    assert variables == [{"name": "battery.charge", "value": "97.5"}, {"name": "driver.parameter.port", "value": "su700.dev"},
                         {"name": "ups.status", "value": "OL CHRG"}]


def test_another_ups_of_the_same_server(emulated, perform_task):
    login = [{"send": "GET UPSDESC office\\n", "reply": 'UPSDESC {ups:text} "{:text<}"\\n', "refused": "ERR {words:text}\\n"}]
    board = emulated({"extends": "nut", "login": login}, initial={"ups": "office"})
    assert perform_task(device_info, board.options())["information"]["battery_charge"] == 97.5
    assert board.journal.sent()[:2] == [b"GET UPSDESC office\n".hex(" ").upper(), b"VER\n".hex(" ").upper()]


@pytest.mark.parametrize("name, value, request_bytes, question, reply", [
    ("low_battery", 30, b'SET VAR su700 battery.charge.low "30"\n', b"GET VAR su700 battery.charge.low\n", b'VAR su700 battery.charge.low "30"\n'),
    ("beeper", "off", b"INSTCMD su700 beeper.disable\n", b"GET VAR su700 ups.beeper.status\n", b'VAR su700 ups.beeper.status "disabled"\n'),
])
def test_what_can_be_set(name, value, request_bytes, question, reply):
    setting = profile_of("nut_admin").settings[name]
    assert setting.set.send.render({**UPS, **setting.fields(setting.code(value))}) == request_bytes and setting.get.send.render(UPS) == question
    assert setting.answer(bytewise(setting.get, reply, UPS).values) == value
    assert bytewise(setting.set, b"OK\n", UPS).kind == "reply" and bytewise(setting.set, b"ERR CMD-NOT-SUPPORTED\n", UPS).kind == "refused"
    assert bytewise(setting.set, b"ERR ACCESS-DENIED\n", UPS).kind == "locked"
    board = Conversation("nut_admin")
    board.stream.login.clear()
    assert board.say(request_bytes) == b"OK\n" and board.say(question) == reply


def test_logging_in():
    dummy, name, password = profile_of("nut_admin").login
    assert name.send.render({"username": "admin"}) == b"USERNAME admin\n" and password.send.render({"password": "secret"}) == b"PASSWORD secret\n"
    assert bytewise(name, b"OK\n").kind == bytewise(password, b"OK\n").kind == "reply"


def test_outlets(emulated, perform_task):
    relays = profile_of("nut_outlets").relays
    assert relays.on.send.render({**UPS, "relay": 1}) == b"INSTCMD su700 outlet.1.load.on\n"
    assert relays.off.send.render({**UPS, "relay": 2}) == b"INSTCMD su700 outlet.2.load.off\n"
    assert relays.read.send.render({**UPS, "relay": 1}) == b"GET VAR su700 outlet.1.status\n"
    assert relays.decode(1, bytewise(relays.read, b'VAR su700 outlet.1.status "on"\n', UPS).values) == {1: True}
    board = emulated("nut_outlets", initial={"relays": [1]}, password="secret")
    result = perform_task(relay, board.options(username="admin", password="secret", relay=1, state="cycled", duration=0.05))
    assert result["changed"] and result["relays"]["1"]["state"] == "on", result


def test_what_is_set_is_set_once(emulated, perform_task):
    board = emulated("nut_admin", password="secret")
    task = board.options(username="admin", password="secret", settings={"low_battery": 30, "beeper": "muted"})
    first, second = perform_task(settings, task), perform_task(settings, task)
    assert first["changed"] and not second["changed"] and second["settings"]["beeper"] == {"state": "muted", "was": "muted"}, (first, second)

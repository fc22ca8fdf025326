# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""device_info against emulated devices and against literal bytes: settings, and bits in words."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info


@pytest.fixture
def look(perform_task):
    def run(device, **others):
        return perform_task(device_info, dict({"host": "127.0.0.1", "port": device.port, "model": "lg", "timeout": 0.5}, **others))
    return run


def test_the_settings_of_a_display(emulated, look):
    board = emulated("lg", initial={"settings": {"power": "on", "input": "hdmi2_pc", "mute": "on", "volume": 33, "picture_mute": "video"}})
    result = look(board)
    assert result["settings"] == {
        "power": "on", "input": "hdmi2_pc", "aspect": "16:9", "picture_mute": "video", "mute": "on", "volume": 33, "contrast": 50,
        "brightness": 50, "colour": 50, "tint": 50, "sharpness": 50, "osd": "on", "remote_lock": "off", "treble": 50, "bass": 50,
        "balance": 50, "colour_temperature": 50, "backlight": 70}
    assert not result["changed"] and "relays" not in result
    assert all(request == "0D" or request.endswith("20 66 66 0D") for request in board.journal.sent())


def test_in_standby_a_display_is_asked_for_power_alone(emulated, look):
    board = emulated("lg")
    states = look(board)["settings"]
    assert states.pop("power") == "off" and set(states.values()) == {"unknown"} and len(states) == 17
    assert board.journal.sent() == ["0D", "6B 61 20 30 31 20 66 66 0D"]


def test_what_a_model_does_not_have_is_unknown(scripted, look):
    page = {"extends": "lg", "settings": {name: None for name in (
        "input", "aspect", "picture_mute", "contrast", "brightness", "colour", "tint", "osd", "remote_lock", "treble", "bass", "balance",
        "colour_temperature", "backlight")}}
    display = scripted([(b"\r", b""), (b"ka 01 ff\r", b"a 01 OK01x"), (b"ke 01 ff\r", b"e 01 OK01x"), (b"kf 01 ff\r", b"f 01 NG02x"),
                        (b"kk 01 ff\r", b"k 01 OK1ex")])
    assert look(display, model=page)["settings"] == {"power": "on", "mute": "off", "volume": "unknown", "sharpness": 30}


def test_a_code_that_has_no_name_is_states_as_its_number(scripted, look):
    page = {"notation": "text", "settings": {"source": {"values": {"pc": 1}, "set": {"send": "S{value:d}\r", "reply": "OK\r"},
                                                        "get": {"send": "S?\r", "reply": "S{value:d}\r"}}}}
    assert look(scripted([(b"S?\r", b"S7\r")]), model=page)["settings"] == {"source": 7}


def test_a_setting_that_others_need_is_asked_first_wherever_it_stands(scripted, look):
    page = {"notation": "text", "setting": {"needs": {"power": "on"}, "set": {"send": "{c}{value:d}\r", "reply": "OK\r"},
                                            "get": {"send": "{c}?\r", "reply": "{value:d}\r"}},
            "settings": {"volume": {"c": "V", "range": "0-9"}, "power": {"c": "P", "values": {"off": 0, "on": 1}, "needs": None}}}
    device = scripted([(b"P?\r", b"0\r")])
    assert look(device, model=page)["settings"] == {"power": "off", "volume": "unknown"}
    assert device.received == [b"P?\r"]


def test_a_write_only_setting_is_not_states(scripted, look):
    page = {"notation": "text", "settings": {
        "lamp": {"values": {"off": 0, "on": 1}, "set": {"send": "L{value:d}\r", "reply": "OK\r"}},
        "level": {"range": "0-9", "set": {"send": "E{value:d}\r", "reply": "OK\r"}, "get": {"send": "E?\r", "reply": "{value:d}\r"}}}}
    assert look(scripted([(b"E?\r", b"4\r")]), model=page)["settings"] == {"level": 4}


METER = {
    "notation": "text", "no_value": ["---.-"], "settings": {
        "voltage_setpoint": {"range": {"from": 0, "to": 30}, "measured_in": "V", "get": {"send": "VOLT?\r", "reply": "{value:f}\r"}}},
    "info": {"all": {"send": "MEAS?\r", "reply": "{voltage:f},{current:f}\r", "measured_in": {"voltage": "V", "current": "A"}}},
    "analogue": {"numbers": "1-2", "measured_in": "mA", "read": {"send": "AI{channel:d}\r", "reply": "{value:f} mA\r"}}}


def test_numbers_with_what_they_are_measured_in(scripted, look):
    meter = scripted([(b"MEAS?\r", b"+5.0114E+00,---.-\r"), (b"VOLT?\r", b"---.-\r"), (b"AI1\r", b"  4.02 mA\r"), (b"AI2\r", b"---.- mA\r")])
    result = look(meter, model=METER)
    assert result["information"] == {"voltage": 5.0114, "current": None} and result["settings"] == {"voltage_setpoint": "unknown"}
    assert result["analogue"] == {"1": 4.02, "2": None}
    assert result["measured_in"] == {"voltage": "V", "current": "A", "voltage_setpoint": "V", "analogue": "mA"}


def test_a_display_that_falls_silent_is_a_failure_and_not_unknown(emulated, look):
    board = emulated("lg", initial={"settings": {"power": "on"}}, faults=[{"fault": "silent", "on": ["volume.get"]}])
    result = look(board, retries=0)
    assert {"kind": "timeout", "stage": "read"}.items() <= result["error"].items() and "settings.volume.get (6B 66 20 30 31 20 66 66 0D)" in result["msg"]


def test_states_and_prompts_around_a_reading_are_no_information(scripted, look):
    reply = "$A0,{relays:tbits2r},{current:f} A{rest:text}\r{prompt:any}>"
    read = {"send": "$A5\r", "reply": reply, "refused": "$AF\r"}
    page = {"notation": "text", "relays": {"numbers": "1-2", "read": read}, "info": {"measured": read}}
    result = look(scripted([(b"$A5\r", b"$A0,01,0.15 Amps\rPDU>")] * 2), model=page)
    assert result["information"] == {"current": 0.15} and result["relays"]["1"]["state"] == "on"
    refusing = look(scripted([(b"$A5\r", b"$AF\r")]), model={"notation": "text", "info": {"measured": read}})
    assert refusing["information"] == {"current": "unknown"}


@pytest.mark.parametrize("status, words", [(b"\x00", []), (b"\x01", ["open"]), (b"\x06", ["jam"]), (b"\x87", ["open", "jam"]), (b"\xf8", ["top"])])
def test_bits_in_words_each_said_once(scripted, look, status, words):
    page = {"notation": "hex", "info": {"state": {"send": "05", "reply": "{state:u8}", "flags": {
        "state": {0: "open", 1: "jam", 2: "jam", 3: "top", 6: "top"}}}}}
    assert look(scripted([(b"\x05", status)]), model=page)["information"] == {"state": words}


def test_how_long_it_took(scripted, look):
    page = {"notation": "text", "settings": {"level": {"range": "0-9", "set": {"send": "L{value:d}\r", "reply": "OK\r"},
                                                       "get": {"send": "L?\r", "reply": "{value:d}\r"}}}}
    assert 0 < look(scripted([(b"L?\r", b"4\r")]), model=page)["ms"] < 60_000


def test_the_wait_for_another_task_is_not_counted(scripted, look, monkeypatch):
    page = {"notation": "text", "info": {"level": {"send": "L?\r", "reply": "{level:d}\r"}}}
    steps = [{"step": "lock", "ms": 1e9, "ok": True}]
    real = device_info.Device.surely

    async def surely(device, read):
        device.steps.extend(steps)
        return await real(device, read)

    monkeypatch.setattr(device_info.Device, "surely", surely)
    assert look(scripted([(b"L?\r", b"4\r")]), model=page)["ms"] == 0

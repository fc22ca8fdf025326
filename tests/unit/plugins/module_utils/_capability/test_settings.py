# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""settings against emulated displays and against literal bytes."""

from __future__ import annotations

import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import settings
from ansible_collections.bytewire.devices.plugins.module_utils._device import dialogue
from ansible_collections.bytewire.devices.tests.servers import Server

CR = "0D"
ASK_POWER, POWER_ON, POWER_OFF = "6B 61 20 30 31 20 66 66 0D", "6B 61 20 30 31 20 30 31 0D", "6B 61 20 30 31 20 30 30 0D"
ASK_VOLUME, VOLUME_12 = "6B 66 20 30 31 20 66 66 0D", "6B 66 20 30 31 20 30 63 0D"
ASK_MUTE, MUTE_ON = "6B 65 20 30 31 20 66 66 0D", "6B 65 20 30 31 20 30 30 0D"
ON = {"settings": {"power": "on", "volume": 10}}

LAMP = {"notation": "text", "settings": {"lamp": {"values": {"off": 0, "on": 1}, "set": {"send": "L{value:d}\r", "reply": "OK\r", "refused": "NO\r"}}}}
WORDS = {"notation": "text", "settings": {
    "source": {"values": {"pc": "RGB1", "vga": "RGB1", "video": "VID"}, "set": {"send": "S {value:word}\r", "reply": "OK\r"},
               "get": {"send": "S?\r", "reply": "S {value:word}\r"}},
    "serial": {"range": "0-9999", "get": {"send": "N?\r", "reply": "{serial:d}\r"}}}}


SUPPLY = {"notation": "text", "settings": {
    "voltage_setpoint": {"range": {"from": 0, "to": 30, "step": 0.01}, "set": {"send": "VOLT {value:f2}\r", "reply": "OK\r"},
                         "get": {"send": "VOLT?\r", "reply": "{value:f}\r", "no_value": ["---.-"]}},
    "current_limit": {"range": {"from": 0, "to": 3}, "tolerance": 0.05, "set": {"send": "CURR {value:f3}\r", "reply": "OK\r"},
                      "get": {"send": "CURR?\r", "reply": "{value:f}\r"}}}}


@pytest.fixture
def adjust(perform_task):
    def run(device, wanted, options=(), **mode):
        arguments = {"host": "127.0.0.1", "port": device.port, "model": getattr(device, "model", "lg"), "timeout": 20, "settings": wanted}
        return perform_task(settings, dict(arguments, **dict(options)), **mode)
    return run


def states(result):
    return {name: entry["state"] for name, entry in result["settings"].items()}


# what is sent

def test_the_bytes_of_a_task(scripted, adjust):
    display = scripted([(b"\r", b""), (b"ka 01 ff\r", b"a 01 OK01x"), (b"kf 01 ff\r", b"f 01 OK0ax"), (b"kf 01 0c\r", b"f 01 OK0cx"),
                        (b"ka 01 ff\r", b"a 01 OK01x"), (b"kf 01 ff\r", b"f 01 OK0cx")])
    result = adjust(display, {"volume": 12})
    assert result == {"changed": True, "model": "lg", "settings": {"volume": {"state": 12, "was": 10}}}
    assert display.received == [b"\rka 01 ff\rkf 01 ff\rkf 01 0c\rka 01 ff\rkf 01 ff\r"]


def test_the_second_run_changes_nothing(emulated, adjust):
    board = emulated("lg", initial=ON)
    wanted = {"power": "on", "mute": "on", "volume": 12, "input": "hdmi2"}
    first = adjust(board, wanted)
    assert first["changed"] and states(first) == wanted
    assert first["settings"]["mute"] == {"state": "on", "was": "off"} and first["settings"]["power"] == {"state": "on", "was": "on"}
    sets = [data for data in board.journal.sent() if data != CR and not data.endswith("66 66 0D")]
    assert sets == ["78 62 20 30 31 20 39 31 0D", MUTE_ON, VOLUME_12]
    count = len(board.journal.sent())
    second = adjust(board, wanted)
    assert not second["changed"] and states(second) == wanted
    assert all(data == CR or data.endswith("66 66 0D") for data in board.journal.sent()[count:])


def test_check_mode_and_diff(emulated, adjust):
    board = emulated("lg", initial=ON)
    result = adjust(board, {"volume": 12, "mute": "on"}, {"label": "lobby"}, check=True, diff=True)
    assert result["changed"] and result["settings"] == {"mute": {"state": "on", "was": "off"}, "volume": {"state": 12, "was": 10}}
    assert result["diff"]["before"] == "mute: off\nvolume: 10\n" and result["diff"]["after"] == "mute: on\nvolume: 12\n"
    assert result["diff"]["before_header"] == result["diff"]["after_header"] == f"lobby (127.0.0.1:{board.port})"
    assert board.journal.sent() == [CR, ASK_POWER, ASK_MUTE, ASK_VOLUME]
    assert not adjust(board, {"volume": 10}, check=True)["changed"]


def test_the_trace(emulated, adjust):
    result = adjust(emulated("lg", initial=ON), {"volume": 12}, trace=True)
    assert [(entry["stage"], entry["sent"]) for entry in result["trace"]][-4:] == [
        ("read", ASK_VOLUME), ("write", VOLUME_12), ("verify", ASK_POWER), ("verify", ASK_VOLUME)]


@pytest.mark.parametrize("value, state", [(True, "on"), (False, "off"), ("on", "on"), ("off", "off")])
def test_true_and_false_are_on_and_off(emulated, adjust, value, state):
    assert states(adjust(emulated("lg", initial=ON), {"power": value})) == {"power": state}


def test_a_number_may_be_text(emulated, adjust):
    board = emulated("lg", initial=ON)
    assert states(adjust(board, {"volume": "12"})) == {"volume": 12} and VOLUME_12 in board.journal.sent()


def test_a_number_that_reads_a_little_otherwise_is_set_once(emulated, adjust):
    board = emulated(SUPPLY, initial={"rounding": 0.0002})
    board.model = SUPPLY
    wanted = {"voltage_setpoint": 12, "current_limit": 0.125}
    first = adjust(board, wanted, diff=True)
    assert first["changed"] and first["settings"]["voltage_setpoint"] == {"state": 11.9998, "was": 0.0}
    sets = [bytes.fromhex(data) for data in board.journal.sent() if not data.endswith("3F 0D")]
    assert sets == [b"VOLT 12.00\r", b"CURR 0.125\r"]
    again = adjust(board, wanted, diff=True)
    assert not again["changed"] and states(again) == {"voltage_setpoint": 11.9998, "current_limit": 0.1248}
    foreseen = adjust(board, {"voltage_setpoint": "12.0"}, check=True, diff=True)
    assert not foreseen["changed"] and foreseen["diff"]["before"] == foreseen["diff"]["after"] == "voltage_setpoint: 11.9998\n"
    assert len([data for data in board.journal.sent() if not data.endswith("3F 0D")]) == 2
    other = adjust(board, {"voltage_setpoint": 12.01})
    assert other["changed"] and states(other) == {"voltage_setpoint": 12.0098}


def test_a_number_off_by_more_is_told_again_and_unverified(emulated, adjust):
    board = emulated(SUPPLY, initial={"rounding": 0.02})
    board.model = SUPPLY
    result = adjust(board, {"voltage_setpoint": 12}, {"settle": 0})
    assert result["error"]["kind"] == "unverified" and "voltage_setpoint was set to 12.0 and the device accepted, but it reads 11.98." in result["msg"]
    assert not adjust(board, {"current_limit": 0.01})["changed"]  # 0 is within 0.05


def test_a_number_whose_acknowledgement_was_lost_is_not_set_again(emulated, adjust):
    board = emulated(SUPPLY, initial={"rounding": 0.0002}, faults=[{"fault": "drop_reply", "on": ["voltage_setpoint.set"], "times": 1}])
    board.model = SUPPLY
    result = adjust(board, {"voltage_setpoint": 12}, {"timeout": 0.3, "latest": 0.4})
    assert result["changed"] and states(result) == {"voltage_setpoint": 11.9998} and "did what it was told, as reading shows" in result["warnings"][0]
    assert [data for data in board.journal.sent() if not data.endswith("3F 0D")] == ["56 4F 4C 54 20 31 32 2E 30 30 0D"]
    assert not adjust(board, {"voltage_setpoint": 12})["changed"]


def test_a_number_that_was_told_before_and_reads_a_little_otherwise_is_believed(emulated, adjust):
    board = emulated(SUPPLY, initial={"rounding": 0.0002})
    board.model = SUPPLY
    assert adjust(board, {"voltage_setpoint": 12}, {"verify": False})["changed"]
    count = len(board.journal.sent())
    assert not adjust(board, {"voltage_setpoint": 12})["changed"]
    assert [bytes.fromhex(data) for data in board.journal.sent()[count:]] == [b"VOLT?\r"]


def test_a_word_for_no_value_is_unknown_and_set(scripted, adjust):
    supply = scripted([(b"VOLT?\r", b"---.-\r"), (b"VOLT 12.00\r", b"OK\r"), (b"VOLT?\r", b"+1.20000000E+01\r")])
    supply.model = SUPPLY
    assert adjust(supply, {"voltage_setpoint": 12})["settings"] == {"voltage_setpoint": {"state": 12.0, "was": "unknown"}}


def test_the_code_of_another_model(scripted, adjust):
    display = scripted([(b"\r", b""), (b"ka 01 ff\r", b"a 01 OK01x"), (b"xb 01 ff\r", b"b 01 OK90x"), (b"xb 01 92\r", b"b 01 OK92x"),
                        (b"ka 01 ff\r", b"a 01 OK01x"), (b"xb 01 ff\r", b"b 01 OK92x")])
    assert adjust(display, {"input": 0x92})["settings"] == {"input": {"state": 0x92, "was": "hdmi1"}}


def test_the_table_of_another_model(emulated, adjust):
    board = emulated({"extends": "lg", "settings": {"input": {"values": {"hdmi3": 0x92}}}}, initial=ON)
    assert states(adjust(board, {"input": "hdmi3"})) == {"input": "hdmi3"}
    assert "78 62 20 30 31 20 39 32 0D" in board.journal.sent()


def test_two_names_of_one_word(emulated, adjust):
    board = emulated(WORDS)
    assert states(adjust(board, {"source": "video"})) == {"source": "video"}
    assert adjust(board, {"source": "vga"})["settings"]["source"] == {"state": "pc", "was": "video"}
    assert not adjust(board, {"source": "pc"})["changed"]
    assert [data for data in board.journal.sent() if data != "53 3F 0D"] == ["53 20 56 49 44 0D", "53 20 52 47 42 31 0D"]


# what cannot be

@pytest.mark.parametrize("model, wanted, words", [
    ("lg", {}, "no setting was named; model lg has power, input, aspect"),
    ("lg", {"loudness": 3}, "there is no setting 'loudness' on model lg, which has power, input"),
    ("lg", {"volume": 101}, "volume is 101; expected a whole number from 0 to 100"),
    ("lg", {"volume": -1}, "volume is -1; expected a whole number from 0 to 100"),
    ("lg", {"volume": "loud"}, "volume is 'loud'; expected a whole number from 0 to 100"),
    ("lg", {"volume": None}, "volume is None"),
    ("lg", {"power": "standby"}, "power is 'standby'; expected one of off, on, or the number of a code"),
    ("lg", {"input": 256}, "input is 256; expected one of tv1"),
    ("lg", {"power": "off", "volume": 12}, "volume can only be set while power is on, and the task wants power to be off"),
    ("eth008", {"power": "on"}, "model eth008 has no settings"),
    (WORDS, {"serial": 5}, "'serial' of model inline can be read, not set"),
    (WORDS, {"source": 1}, "source is 1; expected one of pc, vga, video."),
])
def test_what_cannot_be_is_refused_before_anything_is_sent(perform_task, model, wanted, words):
    result = perform_task(settings, {"host": "127.0.0.1", "port": 9, "model": model, "settings": wanted})
    assert {"kind": "invalid", "stage": "options"}.items() <= result["error"].items() and words in result["msg"] and not result["changed"]


@pytest.mark.parametrize("unit, words", [(100, "lg takes 1 to 99"), (-1, "unit is -1; expected 0 to 65535")])
def test_a_set_id_that_cannot_be(emulated, adjust, unit, words):
    board = emulated("lg")
    result = adjust(board, {"power": "on"}, {"unit": unit})
    assert result["error"]["kind"] == "invalid" and words in result["msg"]
    assert set(board.journal.sent()) <= {CR}


# standby

def test_standby_says_what_is_missing(emulated, adjust):
    board = emulated("lg")
    result = adjust(board, {"volume": 12})
    assert {"kind": "refused", "stage": "read"}.items() <= result["error"].items() and not result["changed"]
    assert "volume can only be read and set while power is on, and it is off" in result["msg"] and "set power too" in result["msg"]
    assert board.journal.sent() == [CR, ASK_POWER]


def test_out_of_standby_in_one_task(emulated, adjust):
    board = emulated("lg", initial={"settings": {"volume": 10, "mute": "on"}})
    result = adjust(board, {"volume": 12, "mute": "on", "power": "on"})
    assert result["settings"] == {"power": {"state": "on", "was": "off"}, "mute": {"state": "on", "was": "on"}, "volume": {"state": 12, "was": 10}}
    assert board.journal.sent() == [CR, ASK_POWER, POWER_ON, ASK_MUTE, ASK_VOLUME, VOLUME_12, ASK_POWER, ASK_MUTE, ASK_VOLUME]


def test_out_of_standby_in_check_mode(emulated, adjust):
    board = emulated("lg")
    result = adjust(board, {"volume": 12, "power": "on"}, check=True)
    assert result["changed"] and result["settings"]["volume"] == {"state": 12, "was": "unknown"}
    assert board.journal.sent() == [CR, ASK_POWER]


def test_into_standby(emulated, adjust):
    board = emulated("lg", initial=ON)
    assert adjust(board, {"power": "off"})["settings"] == {"power": {"state": "off", "was": "on"}}
    assert board.journal.sent() == [CR, ASK_POWER, POWER_OFF, ASK_POWER]


def test_what_others_need_is_set_first_wherever_it_stands(scripted, adjust):
    page = {"notation": "text", "setting": {"needs": {"power": "on"}, "set": {"send": "{c}{value:d}\r", "reply": "OK\r"},
                                            "get": {"send": "{c}?\r", "reply": "{value:d}\r"}},
            "settings": {"volume": {"c": "V", "range": "0-9"}, "power": {"c": "P", "values": {"off": 0, "on": 1}, "needs": None}}}
    device = scripted([(b"P?\r", b"0\r"), (b"P1\r", b"OK\r"), (b"V?\r", b"3\r"), (b"V5\r", b"OK\r"), (b"P?\r", b"1\r"), (b"V?\r", b"5\r")])
    result = adjust(device, {"volume": 5, "power": "on"}, {"model": page})
    assert result["settings"] == {"power": {"state": "on", "was": "off"}, "volume": {"state": 5, "was": 3}}


# what cannot be read back

def test_a_write_only_setting_is_set_every_time(emulated, adjust):
    board = emulated(LAMP)
    for dummy in range(2):
        result = adjust(board, {"lamp": "on"})
        assert result["changed"] and result["settings"] == {"lamp": {"state": "unknown", "was": "unknown"}}
        assert "lamp cannot be read back: whether it was set is not known" in result["warnings"][0]
    assert board.journal.sent() == ["4C 31 0D", "4C 31 0D"] and board.board.settings == {"lamp": 1}


def test_a_write_only_setting_in_check_mode(emulated, adjust):
    board = emulated(LAMP)
    result = adjust(board, {"lamp": "on"}, check=True)
    assert result["changed"] and states(result) == {"lamp": "on"} and board.journal.sent() == []


def test_a_lost_acknowledgement_of_a_write_only_setting(emulated, adjust):
    board = emulated(LAMP, faults=[{"fault": "drop_reply"}])
    result = adjust(board, {"lamp": "on"}, {"retries": 0, "timeout": 0.4})
    assert result["error"]["kind"] == "timeout" and result["changed"] and states(result) == {"lamp": "unknown"}


def test_verify_off_leaves_the_state_unknown(emulated, adjust):
    board = emulated("lg", initial=ON)
    result = adjust(board, {"volume": 12}, {"verify": False})
    assert result["changed"] and result["settings"] == {"volume": {"state": "unknown", "was": 10}}
    assert board.journal.sent() == [CR, ASK_POWER, ASK_VOLUME, VOLUME_12]


def test_a_broadcast_is_sent_once_and_awaits_nothing(emulated, adjust):
    board = emulated("lg")
    started = time.monotonic()
    result = adjust(board, {"power": "on", "volume": 12}, {"unit": 0, "timeout": 60})
    assert time.monotonic() - started < 30
    assert result["changed"] and states(result) == {"power": "unknown", "volume": "unknown"}
    assert "power, volume cannot be read back after a broadcast" in result["warnings"][0]
    assert board.journal.sent() == [CR, "6B 61 20 30 30 20 30 31 0D", "6B 66 20 30 30 20 30 63 0D"] and board.journal.sent("out") == []
    assert (board.board.settings["power"], board.board.settings["volume"]) == (1, 12)


def test_displays_that_do_answer_a_broadcast_disturb_nothing(scripted, adjust):
    line = scripted([(b"\r", b""), (b"ka 00 01\r", b"a 01 OK01xa 02 OK01x"), (b"kf 00 0c\r", b"f 01 OK0cxf 02 NG02x")])
    result = adjust(line, {"power": "on", "volume": 12}, {"unit": 0})
    assert result["changed"] and line.received == [b"\rka 00 01\rkf 00 0c\r"]


def test_a_broadcast_in_check_mode(emulated, adjust):
    board = emulated("lg")
    assert adjust(board, {"power": "on"}, {"unit": 0}, check=True)["changed"]
    assert set(board.journal.sent()) <= {CR} and board.board.settings["power"] == 0


# what goes wrong

def test_a_lost_acknowledgement_is_read_again_and_not_sent_twice(emulated, adjust):
    board = emulated("lg", initial=ON, faults=[{"fault": "drop_reply", "on": ["volume.set"], "times": 1}])
    result = adjust(board, {"volume": 12}, {"timeout": 2})
    assert result["changed"] and result["settings"] == {"volume": {"state": 12, "was": 10}}
    assert board.journal.sent() == [CR, ASK_POWER, ASK_VOLUME, VOLUME_12, CR, ASK_POWER, ASK_VOLUME, ASK_POWER, ASK_VOLUME, ASK_VOLUME]


def test_a_lost_command_is_sent_again(emulated, adjust):
    board = emulated("lg", initial=ON, faults=[{"fault": "silent", "on": ["volume.set"], "times": 1}])
    assert adjust(board, {"volume": 12}, {"timeout": 2})["settings"] == {"volume": {"state": 12, "was": 10}}
    assert board.journal.sent().count(VOLUME_12) == 2


def test_a_lost_acknowledgement_without_a_retry_leaves_it_unknown(emulated, adjust):
    board = emulated("lg", initial=ON, faults=[{"fault": "drop_reply", "on": ["volume.set"]}])
    result = adjust(board, {"volume": 12}, {"retries": 0, "timeout": 1})
    assert {"kind": "timeout", "stage": "write"}.items() <= result["error"].items() and result["changed"]
    assert result["settings"] == {"volume": {"state": "unknown", "was": 10}}


def test_a_display_that_accepts_and_does_nothing(scripted, adjust):
    display = scripted([(b"\r", b""), (b"ka 01 ff\r", b"a 01 OK01x"), (b"kf 01 ff\r", b"f 01 OK0ax"), (b"kf 01 0c\r", b"f 01 OK0cx"),
                        (b"ka 01 ff\r", b"a 01 OK01x"), (b"kf 01 ff\r", b"f 01 OK0ax")])
    result = adjust(display, {"volume": 12}, {"timeout": 1})
    assert {"kind": "unverified", "stage": "verify"}.items() <= result["error"].items()
    assert "volume was set to 12 and the device accepted, but it reads 10" in result["msg"]
    assert result["changed"] and result["settings"] == {"volume": {"state": 10, "was": 10}}


def test_an_emulated_device_that_lies(emulated, adjust):
    page = {"notation": "text", "settings": {"level": {"range": "0-9", "set": {"send": "L{value:d}\r", "reply": "OK\r"},
                                                       "get": {"send": "L?\r", "reply": "{value:d}\r"}}}}
    result = adjust(emulated(page, faults=[{"fault": "lie"}]), {"level": 5})
    assert result["error"]["kind"] == "unverified" and states(result) == {"level": 0}


@pytest.mark.parametrize("code, words", [(1, "(illegal code)"), (2, "(not supported)"), (9, "(code 9)")])
def test_ng_in_words(scripted, adjust, code, words):
    display = scripted([(b"\r", b""), (b"ka 01 ff\r", b"a 01 OK01x"), (b"kf 01 ff\r", b"f 01 OK0ax"), (b"kf 01 0c\r", b"f 01 NG%02xx" % code),
                        (b"ka 01 ff\r", b"a 01 OK01x"), (b"kf 01 ff\r", b"f 01 OK0ax")])
    result = adjust(display, {"volume": 12}, {"label": "lobby", "settle": 0})
    assert {"kind": "refused", "stage": "write"}.items() <= result["error"].items() and not result["changed"]
    assert result["msg"] == f"lobby (127.0.0.1:{display.port}) refused to set volume to 12 {words}."
    assert result["settings"] == {"volume": {"state": 10, "was": 10}}


def test_a_question_that_is_refused(scripted, adjust):
    display = scripted([(b"\r", b""), (b"ka 01 ff\r", b"a 01 OK01x"), (b"kj 01 ff\r", b"j 01 NG02x")])
    result = adjust(display, {"tint": 12})
    assert {"kind": "refused", "stage": "read"}.items() <= result["error"].items() and "refused to tell its tint (not supported)" in result["msg"]


def test_a_display_that_says_wait_is_asked_again(scripted, adjust):
    display = scripted([(b"\r", b""), (b"ka 01 ff\r", b"a 01 NG03x")], [(b"\r", b""), (b"ka 01 ff\r", b"a 01 OK01x")])
    assert not adjust(display, {"power": "on"})["changed"]
    assert display.received == [b"\rka 01 ff\r", b"\rka 01 ff\r"]


def test_a_display_that_goes_on_saying_wait(scripted, adjust):
    display = scripted([(b"\r", b""), (b"ka 01 ff\r", b"a 01 NG03x")])
    result = adjust(display, {"power": "on"}, {"retries": 0})
    assert {"kind": "busy", "stage": "read"}.items() <= result["error"].items() and "a 01 NG03x" in result["msg"]


def test_of_two_settings_the_second_is_refused(emulated, adjust):
    board = emulated("lg", initial=ON, faults=[{"fault": "refuse", "on": ["volume.set"]}])
    result = adjust(board, {"mute": "on", "volume": 12, "backlight": 20})
    assert result["error"]["kind"] == "refused" and "refused to set volume to 12 (illegal code)" in result["msg"]
    assert result["changed"] and result["settings"] == {
        "mute": {"state": "on", "was": "off"}, "volume": {"state": 10, "was": 10}, "backlight": {"state": 70, "was": 70}}


def test_of_two_settings_the_second_stays_silent(emulated, adjust):
    board = emulated("lg", initial=ON, faults=[{"fault": "silent", "on": ["volume.set"]}])
    result = adjust(board, {"mute": "on", "volume": 12}, {"retries": 0, "timeout": 1})
    assert result["error"]["kind"] == "timeout" and result["changed"]
    assert result["settings"]["mute"]["was"] == "off" and result["settings"]["volume"] == {"state": "unknown", "was": 10}


def test_somebody_else_is_on_the_serial_port(scripted, adjust):
    server = scripted([(b"", b"Port already in use\r\n")])
    result = adjust(server, {"power": "on"}, {"retries": 0})
    assert result["error"]["kind"] == "busy" and "in use by somebody else" in result["msg"] and not result["changed"]


# what else is on the line

def test_a_display_that_repeats_its_commands(emulated, adjust):
    board = emulated("lg", initial=dict(ON, echo=True))
    assert states(adjust(board, {"volume": 12}, {"retries": 0})) == {"volume": 12}
    assert board.journal.sent("out")[0] == "6B 61 20 30 31 20 66 66 0D 0A 61 20 30 31 20 4F 4B 30 31 78"


@pytest.mark.parametrize("tail", [b"\r\n", b"\n", b"\r"])
def test_line_ends_behind_a_reply(scripted, adjust, tail):
    display = scripted([(b"\r", tail), (b"ka 01 ff\r", b"ka 01 ff\r\na 01 OK01x" + tail), (b"kf 01 ff\r", b"kf 01 ff\r\nf 01 OK0Ax" + tail),
                        (b"kf 01 0c\r", b"kf 01 0c\r\nf 01 OK0Cx" + tail), (b"ka 01 ff\r", b"ka 01 ff\r\na 01 OK01x" + tail),
                        (b"kf 01 ff\r", b"kf 01 ff\r\nf 01 OK0Cx" + tail)])
    assert adjust(display, {"volume": 12}, {"retries": 0})["settings"] == {"volume": {"state": 12, "was": 10}}


@pytest.mark.parametrize("reply", [b"a 02 OK01x", b"f 01 OK01x", b"a 01 OKx", b"\xff\xff\xff"])
def test_an_answer_that_is_none(scripted, adjust, reply):
    display = scripted([(b"\r", b""), (b"ka 01 ff\r", reply)])
    result = adjust(display, {"power": "on"}, {"retries": 0})
    assert {"kind": "bad_reply", "stage": "read"}.items() <= result["error"].items() and not result["changed"]


class HalfSaid(Server):
    """A line on which somebody left 'ka 01 01' without its end: our carriage return ends it, and 50 ms later comes its answer."""

    def __init__(self):
        self.received = b""
        super().__init__(1)

    def serve(self, client):
        self._hear(client, b"\r")
        time.sleep(0.05)
        client.sendall(b"a 01 OK01x")
        self._hear(client, b"\rka 01 ff\r")
        client.sendall(b"a 01 OK00x")
        client.recv(64)

    def _hear(self, client, awaited):
        while len(self.received) < len(awaited):
            self.received += client.recv(64)


def test_the_answer_to_a_half_command_of_somebody_else_is_not_taken_for_ours(closed, adjust, monkeypatch):
    monkeypatch.setattr(dialogue, "QUIET", 2.0)
    half_said = closed(HalfSaid())
    result = adjust(half_said, {"power": "off"}, {"retries": 0})
    assert not result["changed"] and result["settings"] == {"power": {"state": "off", "was": "off"}}
    assert half_said.received == b"\rka 01 ff\r"

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of Extron and Kramer switchers, both ways, against bytes as they stand in their makers' guides."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command
from ansible_collections.bytewire.devices.plugins.module_utils._capability import settings as settings_capability
from ansible_collections.bytewire.devices.tests.servers import Server
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation, bear, bytewise, profile_of

OUTPUT = {"extron": {}, "kramer_p3000": {"output": 1}}

# page, setting, value, request that sets it, reply, request that asks for it, reply
TABLE = [
    ("extron", "input", 3, b"3!", b"In3 All\r\n", b"!", b"3\r\n"),
    ("extron", "input", 16, b"16!", b"In16 All\r\n", b"!", b"16\r\n"),
    ("extron", "picture_mute", "on", b"1B", b"Vmt1\r\n", b"B", b"1\r\n"),
    ("extron", "picture_mute", "sync", b"2B", b"Vmt2\r\n", b"B", b"2\r\n"),
    ("extron", "mute", "on", b"1Z", b"Amt1\r\n", b"Z", b"1\r\n"),
    ("extron", "mute", "off", b"0Z", b"Amt0\r\n", b"Z", b"0\r\n"),
    ("extron", "front_panel_lock", "on", b"1X", b"Exe1\r\n", b"X", b"1\r\n"),
    ("kramer_p3000", "route", 2, b"#ROUTE 1,1,2\r", b"~01@ROUTE 1,1,2\r\n", b"#ROUTE? 1,1\r", b"~01@ROUTE 1,1,2\r\n"),
    ("kramer_p3000", "input", 4, b"#AV 4>1\r", b"~01@AV 4>1\r\n", b"#VID? 1\r", b"~01@VID 4>1\r\n"),
    ("kramer_p3000", "mute", "on", b"#MUTE 1,1\r", b"~01@MUTE 1,1\r\n", b"#MUTE? 1\r", b"~01@MUTE 1,1\r\n"),
    ("kramer_p3000", "mute", "off", b"#MUTE 1,0\r", b"~01@MUTE 1,0\r\n", b"#MUTE? 1\r", b"~01@MUTE 1,0\r\n"),
]

# page, setting, value, what a device may answer to setting it, kind of answer, code
ANSWERS = [
    ("extron", "input", 3, b"In3\r\n", "reply", None),
    ("extron", "input", 3, b"In03 All\r\n", "reply", None),
    ("extron", "input", 3, b"In2 All\r\nVmt0\r\nIn3 All\r\n", "reply", None),
    ("extron", "input", 3, b"E01\r\n", "refused", 1),
    ("extron", "input", 3, b"E13\r\n", "refused", 13),
    ("extron", "input", 3, b"E22\r\n", "busy", None),
    ("extron", "mute", "on", b"Amt1\r\n", "reply", None),
    ("extron", "mute", "on", b"E10\r\n", "refused", 10),
    ("kramer_p3000", "route", 2, b"~01@ROUTE 1,1,2 OK\r\n", "reply", None),
    ("kramer_p3000", "route", 2, b"~07@ROUTE 1,1,2\r\n", "reply", None),
    ("kramer_p3000", "route", 2, b"~01@ROUTE 1,2,4\r\n~01@ROUTE 1,1,2\r\n", "reply", None),
    ("kramer_p3000", "route", 2, b"~01@MUTE 1,0\r\n~01@ROUTE 1,1,2\r\n", "reply", None),
    ("kramer_p3000", "route", 2, b"~01@ERR 002\r\n", "refused", 2),
    ("kramer_p3000", "route", 2, b"~01@ERR002\r\n", "refused", 2),
    ("kramer_p3000", "route", 2, b"~01@ROUTE ERR 003\r\n", "refused", 3),
    ("kramer_p3000", "route", 2, b"~01@ROUTE ERR003\r\n", "refused", 3),
    ("kramer_p3000", "input", 4, b"~01@AV 4>1 OK\r\n", "reply", None),
    ("kramer_p3000", "input", 4, b"~01@AV ERR 004\r\n", "refused", 4),
    ("kramer_p3000", "route", 2, b"~ROUTE 1,1,2\r\n", "reply", None),
    ("kramer_p3000", "route", 2, b"~6@ROUTE 1,1,2 OK\r\n", "reply", None),
    ("kramer_p3000", "route", 2, b"~01@VID 2>1\r\n", "reply", None),
    ("kramer_p3000", "route", 2, b"~01@VID 2>1 OK\r\n", "reply", None),
    ("kramer_p3000", "route", 2, b"~VID 2>1 OK\r\n", "reply", None),
    ("kramer_p3000", "route", 2, b"~01@VID 3>1\r\n~01@VID 2>4\r\n~01@VID 2>1\r\n", "reply", None),
    ("kramer_p3000", "route", 2, b"~VID 2>4\r\n~MUTE 1,0\r\n~ROUTE 1,1,2 OK\r\n", "reply", None),
    ("kramer_p3000", "input", 4, b"~AV 4>1 OK\r\n", "reply", None),
    ("kramer_p3000", "input", 4, b"~6@AV 4>1 OK\r\n", "reply", None),
    ("kramer_p3000", "input", 4, b"~01@AVERR002\r\n", "refused", 2),
    ("kramer_p3000", "input", 4, b"~01@AVERR 002\r\n", "refused", 2),
    ("kramer_p3000", "input", 4, b"~AVERR002\r\n", "refused", 2),
    ("kramer_p3000", "input", 4, b"~6@AV ERR 003\r\n", "refused", 3),
    ("kramer_p3000", "input", 4, b"~ERR 002\r\n", "refused", 2),
    ("kramer_p3000", "input", 4, b"~ERR002\r\n", "refused", 2),
    ("kramer_p3000", "mute", "on", b"~MUTE 1,1 OK\r\n", "reply", None),
]

# page, request, answer of an emulated device whose input is 1
STRANGERS = [
    ("extron", b"17!", b"E01\r\n"),
    ("extron", b"2Z", b"E01\r\n"),
    ("extron", b"9999999999999!", b"OK\r\n"),
    ("kramer_p3000", b"#ROUTE 1,1,65\r", b"~01@ROUTE ERR 001\r\n"),
    ("kramer_p3000", b"#ROUTE 1,2,3\r", b""),
    ("kramer_p3000", b"#MUTE 1,2\r", b"~01@MUTE ERR 001\r\n"),
    ("kramer_p3000", b"ROUTE 1,1,2\r", b""),
]


@pytest.mark.parametrize("model, name, value, to_set, set_reply, to_ask, get_reply", TABLE)
def test_a_setting_both_ways(model, name, value, to_set, set_reply, to_ask, get_reply):
    board = Conversation(model)
    setting = board.profile.settings[name]
    fields = {**setting.fields(setting.code(value)), **OUTPUT[model]}
    assert setting.set.send.render(fields) == to_set
    assert setting.get.send.render(OUTPUT[model]) == to_ask
    assert bytewise(setting.set, set_reply, fields, to_set).kind == "reply"
    assert setting.value(setting.code_of(bytewise(setting.get, get_reply, OUTPUT[model], to_ask).values)) == value
    assert board.say(to_set) == set_reply and board.say(to_ask) == get_reply


@pytest.mark.parametrize("model, name, value, reply, kind, code", ANSWERS)
def test_what_may_be_answered(model, name, value, reply, kind, code):
    setting = profile_of(model).settings[name]
    answer = bytewise(setting.set, reply, {**setting.fields(setting.code(value)), **OUTPUT[model]})
    assert (answer.kind, answer.values.get("code")) == (kind, code)


@pytest.mark.parametrize("model, request_bytes, answer", STRANGERS)
def test_what_is_out_of_range_or_for_another_output(model, request_bytes, answer):
    board = Conversation(model)
    before = dict(board.board.settings)
    assert board.say(request_bytes) == answer
    assert board.board.settings == before


@pytest.mark.parametrize("model, name, reply", [
    ("extron", "input", b"OK\r\n"),
    ("extron", "mute", b"1\r\n"),
    ("kramer_p3000", "route", b"ROUTE 1,1,2\r\n"),
    ("kramer_p3000", "route", b"~01@VMUTE 1,1\r\n"),
    ("kramer_p3000", "mute", b"~01@VMUTE 1,1\r\n"),
    ("kramer_p3000", "input", b"~01@1>1\r\n"),
])
def test_what_is_no_answer(model, name, reply):
    setting = profile_of(model).settings[name]
    assert setting.set.read(reply, {**setting.fields(1), **OUTPUT[model]}).kind == "wrong"


@pytest.mark.parametrize("reply", [b"3\r\n", b"03\r\n", b"In3 All\r\n", b"In3\r\n"])
def test_an_extron_may_tag_what_it_is_asked(reply):
    assert bytewise(profile_of("extron").settings["input"].get, reply).values == {"value": 3}


@pytest.mark.parametrize("name, reply, value", [
    ("route", b"~ROUTE 1,1,2\r\n", 2),
    ("route", b"~6@ROUTE 1,1,2\r\n", 2),
    ("route", b"~01@VID 2>1\r\n", 2),
    ("route", b"~01@VID 3>4\r\n~VID 2>1\r\n", 2),
    ("input", b"~VID 4>1\r\n", 4),
    ("input", b"~6@VID 4>1\r\n", 4),
    ("mute", b"~MUTE 1,1\r\n", 1),
])
def test_a_kramer_may_leave_its_address_out(name, reply, value):
    setting = profile_of("kramer_p3000").settings[name]
    assert setting.code_of(bytewise(setting.get, reply, OUTPUT["kramer_p3000"]).values) == value


def test_a_kramer_that_knows_vid_alone_as_its_page_says():
    board = Conversation({"extends": "kramer_p3000", "settings": {"input": {"c": "VID"}}})
    setting = board.profile.settings["input"]
    assert setting.set.send.render({**setting.fields(4), "output": 2}) == b"#VID 4>2\r"
    assert bytewise(setting.set, b"~6@VID 4>2 OK\r\n", {**setting.fields(4), "output": 2}).kind == "reply"
    assert board.say(b"#VID 4>1\r") == b"~01@VID 4>1\r\n" and board.say(b"#VID? 1\r") == b"~01@VID 4>1\r\n"


@pytest.mark.parametrize("answer, code", [
    (b"~01@AVERR002\r\n", "command not available"), (b"~01@AV ERR 002\r\n", "command not available"), (b"~01@AV ERR002\r\n", "command not available"),
    (b"~AVERR003\r\n", "value out of range"), (b"~ERR 001\r\n", "syntax error"), (b"~6@ERR001\r\n", "syntax error"),
])
def test_a_free_command_that_a_kramer_refuses(scripted, perform_task, answer, code):
    result = perform_task(command, scripted([(b"#AV 2>1\r", answer)]).options(model="kramer_p3000", command="AV 2>1", retries=0))
    assert result["error"]["kind"] == "refused" and code in result["msg"] and not result["changed"]


@pytest.mark.parametrize("answer, reply", [
    (b"~01@NAME KITCHEN\r\n", "NAME KITCHEN"), (b"~6@NAME KITCHEN\r\n", "NAME KITCHEN"), (b"~NAME KITCHEN\r\n", "NAME KITCHEN"),
    (b"~01@NAME ERRATIC\r\n", "NAME ERRATIC"),
])
def test_a_free_command_that_a_kramer_answers(scripted, perform_task, answer, reply):
    result = perform_task(command, scripted([(b"#NAME?\r", answer)]).options(model="kramer_p3000", command="NAME?", retries=0))
    assert result["reply"] == reply


def test_the_output_of_a_kramer_is_the_unit():
    profile = profile_of("kramer_p3000")
    route = profile.settings["route"]
    assert route.set.send.render({**route.fields(12), **profile.unit_values(3)}) == b"#ROUTE 1,3,12\r"
    assert profile.settings["input"].get.send.render(profile.unit_values(3)) == b"#VID? 3\r"


# the banner and the password of an Extron

@pytest.fixture
def adjust(perform_task):
    def run(board, **others):
        return perform_task(settings_capability, dict({"host": "127.0.0.1", "port": board.port, "model": "extron", "timeout": 1}, **others))
    return run


TELNET = b"\xff\xfb\x01\xff\xfb\x03"  # IAC WILL ECHO, IAC WILL SUPPRESS GO AHEAD
ACCEPTED = b"\xff\xfd\x01\xff\xfd\x03"  # IAC DO ...
BANNER = b"(c) Copyright 2013, Extron Electronics, IN1608, V1.01, 60-1081-01\r\nMon, 23 Nov 2026 09:15:00\r\n"


class Prompting(Server):
    """An Extron that asks for its password some time behind the banner."""

    def __init__(self, seconds):
        self.seconds, self.received = seconds, b""
        super().__init__()

    def serve(self, client):
        client.sendall(BANNER)
        time.sleep(self.seconds)
        client.sendall(b"\r\nPassword:")
        answers = {b"s3cret\r": b"\r\nLogin User\r\n", b"s3cret\rZ": b"1\r\n"}
        for chunk in iter(lambda: client.recv(64), b""):
            self.received += chunk
            client.sendall(answers.get(self.received, b""))


def test_a_banner_alone_and_negotiation_in_the_middle(scripted, adjust):
    device = scripted([(b"", TELNET + BANNER), (ACCEPTED + b"!", b"1\r\n"), (b"3!", b"In3 All\r\n"), (b"!", b"3\r\n")])
    result = adjust(device, settings={"input": 3}, retries=0)
    assert result["settings"] == {"input": {"state": 3, "was": 1}}
    assert device.received == [ACCEPTED + b"!3!!"]


def test_a_password_is_asked_for_and_given(scripted, adjust):
    device = scripted([(b"", BANNER + b"\r\nPassword:"), (b"s3cret\r", b"\r\nLogin User\r\n"), (b"Z", b"1\r\n")])
    result = adjust(device, settings={"mute": "on"}, password="s3cret", retries=0, trace=True)
    assert not result["changed"] and result["settings"] == {"mute": {"state": "on", "was": "on"}}
    assert device.received == [b"s3cret\rZ"]


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_a_password_that_is_asked_for_behind_the_banner_is_given(closed, adjust, seconds):
    device = closed(Prompting(seconds))
    result = adjust(device, settings={"mute": "on"}, password="s3cret", retries=0)
    assert not result["changed"] and result["settings"] == {"mute": {"state": "on", "was": "on"}}
    assert device.received == b"s3cret\rZ"


def test_a_page_may_wait_less_for_a_password_that_is_not_set(scripted, perform_task):
    page = {"extends": "extron", "login": [{"reply": "{:any}", "idle": 0.3}]}
    taken = []
    for dummy in range(3):  # one of them is not held up by other programs
        device = scripted([(b"", BANNER), (b"Z", b"1\r\n")])
        began = time.monotonic()
        result = perform_task(settings_capability, device.options(model=page, settings={"mute": "on"}, retries=0))
        taken.append(time.monotonic() - began)
        assert result["settings"] == {"mute": {"state": "on", "was": "on"}}
    assert min(taken) < 0.75


@pytest.mark.parametrize("password, words", [(None, "wants a password to log in, and none was given. Set bytewire_password"), ("wrong", "refused the login")])
def test_a_password_that_is_missing_or_wrong(emulated, adjust, password, words):
    board = emulated("extron", password="s3cret")
    result = adjust(board, settings={"mute": "on"}, password=password)
    assert result["error"]["kind"] == "locked" and words in result["msg"]
    assert board.board.settings["mute"] == 0


def test_the_password_is_in_no_trace(emulated, perform_task):
    board = emulated("extron", password="s3cret")
    result = perform_task(settings_capability, board.options(settings={"input": 2}, password="s3cret"), trace=True)
    assert result["changed"] and b"s3cret".hex(" ").upper() not in str(result) + str(board.journal.entries)


def test_a_password_that_nobody_asks_for_is_not_sent(emulated, adjust):
    board = emulated("extron")
    assert adjust(board, settings={"input": 2}, password="s3cret")["changed"]
    assert board.journal.sent() == ["21", "32 21", "21"]


@pytest.mark.parametrize("code, words", [(1, "(invalid input number)"), (14, "(not available in this configuration)"), (17, "(code 17)")])
def test_the_errors_of_an_extron_in_words(scripted, adjust, code, words):
    device = scripted([(b"", BANNER), (b"!", b"1\r\n"), (b"3!", b"E%02d\r\n" % code), (b"!", b"1\r\n")])
    result = adjust(device, settings={"input": 3})
    assert {"kind": "refused", "stage": "write"}.items() <= result["error"].items() and not result["changed"]
    assert f"refused to set input to 3 {words}." in result["msg"]
    assert result["settings"] == {"input": {"state": 1, "was": 1}}


def test_the_front_panel_of_an_extron_does_not_disturb_a_task(scripted, adjust):
    device = scripted([(b"", BANNER), (b"!", b"1\r\nVmt1\r\n"), (b"3!", b"In2 All\r\nIn3 All\r\n"), (b"!", b"3\r\n")])
    assert adjust(device, settings={"input": 3}, retries=0)["settings"]["input"]["state"] == 3


@pytest.mark.parametrize("code, words", [(2, "(command not available)"), (3, "(value out of range)"), (9, "(code 9)")])
def test_the_errors_of_a_kramer_in_words(scripted, adjust, code, words):
    device = scripted([(b"#ROUTE? 1,2\r", b"~01@ROUTE 1,2,1\r\n"), (b"#ROUTE 1,2,3\r", b"~01@ROUTE ERR %03d\r\n" % code),
                       (b"#ROUTE? 1,2\r", b"~01@ROUTE 1,2,1\r\n")])
    result = adjust(device, model="kramer_p3000", settings={"route": 3}, unit=2)
    assert f"refused to set route to 3 {words}." in result["msg"] and not result["changed"]


@pytest.mark.parametrize("model, words, sent, reply", [
    ("extron", "W3CV|", "57 33 43 56 7C", "Vrb3"),
    ("extron", "3!", "33 21", "In3 All"),
    ("extron", "Q", "51", "1.00"),
    ("kramer_p3000", "MODEL?", "23 4D 4F 44 45 4C 3F 0D", "MODEL VS-88"),
    ("kramer_p3000", "ROUTE 1,1,2", "23 52 4F 55 54 45 20 31 2C 31 2C 32 0D", "ROUTE 1,1,2"),
])
def test_the_module_command(emulated, perform_task, model, words, sent, reply):
    board = emulated(model)
    result = perform_task(command, board.options(command=words))
    assert result["reply"] == reply and board.journal.sent() == [sent]


@pytest.mark.parametrize("model", ["lg", "extron", "kramer_p3000", "escpos", "zebra", "pjl"])
@settings(max_examples=200, deadline=None)
@given(chunks=st.lists(st.binary(max_size=24) | st.sampled_from(
    [b"kf 01 0c\r", b"ka 01", b"a 01 OK01x", b"3!", b"In3 All\r\n", b"E10\r\n", b"#ROUTE 1,1,2\r", b"~01@ROUTE 1,", b"\x10\x04\x01", b"~HS", b"\x02",
     b"\x1b%-12345X@PJL", b"@PJL INFO STATUS\r\n", b"CODE=1", b"\xff" * 8, b"9" * 30]), max_size=6))
def test_random_bytes_raise_nothing_and_none_are_lost(model, chunks):
    bear(model, chunks, known={"set_id": 1, "output": 1, "value": 12})

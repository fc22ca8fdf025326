# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets in every spelling that may be shown, and what must stay readable though a secret is a word of it."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, mail, relay
from ansible_collections.bytewire.devices.plugins.module_utils._device.mask import Mask
from ansible_collections.bytewire.devices.plugins.module_utils._errors import KINDS, BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._secrets import HIDDEN, Secrets, refuse_numbers, secrets
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator import control

INI = " An INI inventory takes one pair of quotes away: \"'...'\"."
SECRET = "Tr0ub4dor & 3"
SPELLINGS = [
    "Tr0ub4dor & 3", "TR0UB4DOR & 3", "tr0ub4dor & 3",
    "54723075623464 6f72202620 33", "5472307562 34646F7220262033", "54 72 30 75 62 34 64 6F 72 20 26 20 33", "54:72:30:75:62:34:64:6f:72:20:26:20:33",
    "0x54, 0x72, 0x30, 0x75, 0x62, 0x34, 0x64, 0x6f, 0x72, 0x20, 0x26, 0x20, 0x33", r"\x54\x72\x30\x75\x62\x34\x64\x6f\x72\x20\x26\x20\x33",
    "VHIwdWI0ZG9yICYgMw==", "eFRyMHViNGRvciAmIDM=", "eHhUcjB1YjRkb3IgJiAz", "AG1lAFRyMHViNGRvciAmIDM=", "VHIwdWI0\r\nZG9yICYgMw==",
    "Tr0ub4dor%20%26%203", "Tr0ub4dor+%26+3", "%54%72%30%75%62%34%64%6F%72%20%26%20%33", "Tr0ub4dor &amp; 3", "Tr0ub4dor=20&=203",
    "Tr0ub4dor \\u0026 3", "\\124r0ub4dor & 3", "&#84;r0ub4dor & 3",
    "Tr0ub4dor & ", "Tr0ub4dor &", "r0ub4dor & 3", "0ub4dor & 3", "r0ub4dor & ", "72 30 75 62 34 64 6F 72 20 26 20 33",
    "Tr0ub4\r\ndor & 3", "Tr0ub4\r\n  dor & 3", "Tr0ub\x004dor & 3", "Tr0ub4 (first half), dor & 3 (second)", "T\nr\n0\nu\nb\n4\nd\no\nr\n \n&\n \n3",
]
LEFT = ("r0ub", "ub4d", "dor & 3", "72307562", "72 30 75", "72:30:75", "0x72, 0x30", r"\x72\x30", "HIwdW", "RyMHV", "cjB1Y", "%72%30")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_secret_is_masked_in_every_spelling(spelling):
    for text in (spelling, f"ERR {spelling} is wrong", f"<{spelling}>"):
        for shown in (Secrets([SECRET]).text(text), Secrets([SECRET]).shown({"msg": [text]})["msg"][0]):
            assert "********" in shown and not any(left.lower() in shown.lower() for left in LEFT), shown
    masked = Mask(SECRET).masked(spelling.encode("latin-1")).decode("latin-1")
    assert not any(left.lower() in masked.lower() for left in LEFT), masked


def test_what_stands_around_it_stays():
    assert Secrets([SECRET]).text("ERR Tr0ub4dor & 3: 54723075623464 6f72202620 33 is wrong") == "ERR ********: ******** is wrong"
    assert Mask(SECRET).shown(b"\x79Tr0ub4dor & 3\r") == "79 ******** 0D"
    assert Mask(SECRET).quoted(b"PASS Tr0ub4dor & 3\r").endswith(r"('PASS ********\r')")


@pytest.mark.parametrize("result", [
    {"serial": "xTr0ub4", "mac": "dor & 3x"},
    {"trace": [{"received": "00 54 72 30 75 62"}, {"received": "34 64 6F 72 20 26 20 33 00"}]},
    {"replies": [{"reply": "Tr0"}, {"reply": "ub4dor & 3"}]},
    {"reply_bytes": list(b"PASS Tr0ub4dor & 3")},
    {"information": {"a": "xTr0ub", "b": "4dor", "c": " & 3x"}},
    {"information": {"a": "xTr0ub4dor", "b": " & 3x"}},
    {"trace": [{"received": "57 54 72 30 75 62 2C 34 64 6F 72 2C 20 26 20 33 0D"}]},
    {"reply": "Tr0ub\n> 4dor\n>  & 3"},
])
def test_a_secret_that_is_split_over_fields_and_reads_is_masked(result):
    shown = str(Secrets([SECRET]).shown(result))
    assert "********" in shown or "42, 42, 42, 42" in shown
    assert not any(left in shown for left in (*LEFT, "Tr0", "54 72 30", "34 64 6F", "116, 114, 48", "84, 114"))


@pytest.mark.parametrize("data, shown", [
    (b"PASS hunt", "50 41 53 53 20 ********"), (b"PASS hunte\r\n", "50 41 53 53 20 ********"), (b"nter2\0", "******** 00"),
    (b"READY", "52 45 41 44 59"),
])
def test_an_echo_that_is_cut_short(data, shown):
    assert Mask("hunter2").shown(data) == shown


@pytest.mark.parametrize("secret, text, shown", [
    ("7", "port 17", "port 1********"), ("on", "Connection: on, 6f6e", "C********necti********: ********, 6f6e"), ("door", "floor 2", "floor 2"),
    ("schlüssel", "Schl\u00fcssel, schl\u00c3\u00bcssel, schl%C3%BCssel, 73 63 68 6C FC 73 73 65 6C", "********, ********, ********, ********"),
    ("пароль", "пароль, \u00d0\u00bf\u00d0\u00b0\u00d1\u0080\u00d0\u00be\u00d0\u00bb\u00d1\u008c, 0L/QsNGA0L7Qu9GM", "********, ********, ********"),
])
def test_short_ones_and_those_of_other_letters(secret, text, shown):
    assert Secrets([secret]).text(text) == shown


def options(password, **others):
    return {"host": "192.168.0.200", "label": "garage", "model": {"name": "extron", "settings": {"input": {"hdmi1": 1}}}, "port": 17494, "state": "on",
            "relay": ["pump"], "relays": {"pump": 2}, "username": "admin", "password": password, **others}


RESULT = {
    "changed": True, "model": "extron", "relays": {"2": {"name": "pump", "state": "on", "was": "unknown"}}, "address": "192.168.0.200:17494",
    "settings": {"input": {"state": "hdmi1", "was": None}}, "msg": "garage (192.168.0.200:17494): relay 2 (pump) is on instead of off, for admin.",
    "error": {"kind": "unverified", "stage": "verify", "outcome": "unknown"}, "steps": [{"step": "connect", "ms": 17494, "ok": True}],
}


@pytest.mark.parametrize("password", [
    "on", "off", "unknown", "extron", "admin", "garage", "192.168.0.200", "17494", "pump", "hdmi1", "relay", "password", "true", "True", "1", "e", *KINDS,
])
def test_words_of_results_stay_readable_though_one_is_the_password(password):
    hidden = secrets(options(password), relay.SPEC["argument_spec"])
    assert hidden.shown(RESULT) == RESULT
    arguments = hidden.arguments(options(password), relay.SPEC["argument_spec"])
    assert arguments == options(HIDDEN)


def test_a_word_that_is_the_password_is_masked_in_the_user_s_own_words_and_in_what_the_device_says():
    spec = command.SPEC["argument_spec"]
    given = options("extron", command="PASS extron", commands=[{"command": "PASS extron"}], expect=None)
    shown = secrets(given, spec).arguments(given, spec)
    assert (shown["command"], shown["commands"], shown["expect"]) == ("PASS ********", [{"command": "PASS ********"}], None)
    assert Mask("extron").quoted(b"PASS extron") == "50 41 53 53 20 2A 2A 2A 2A 2A 2A 2A 2A ('PASS ********')"
    assert Secrets(["extron"], lambda: ["extron"]).shown("said 65 78 74 72 6F 6E") == "said ********"


def test_a_number_that_is_the_password():
    assert Secrets(["4711"]).shown({"pin": 4711, "ms": 47.11, "on": True, "other": 14711}) == {"pin": "********", "ms": 47.11, "on": True, "other": 14711}


def test_arguments():
    given = {"password": "", "pasword": "hunter2", "from": "a@example.com", "host": "mail", "body": "see hunter2"}
    assert Secrets(["hunter2"]).arguments(given, mail.SPEC["argument_spec"]) == {
        "password": "", "pasword": HIDDEN, "from": "a@example.com", "host": "mail", "body": "see ********"}
    given = {"mail": {"password": "on", "tls": "none"}, "password": "off", "state": "started"}
    spec = control.SPEC["argument_spec"]
    assert secrets(given, spec).arguments(given, spec) == {"mail": {"password": HIDDEN, "tls": "none"}, "password": HIDDEN, "state": "started"}


@pytest.mark.parametrize("arguments, words", [
    ({"password": 83}, "password is a number; write it in quotes, for YAML may have changed it." + INI),
    ({"password": 70.0}, "password is a number; write it in quotes, for YAML may have changed it." + INI),
    ({"password": True}, "password is true or false: YAML reads on, off, yes and no without quotes so; write it in quotes."),
    ({"password": ["4711"]}, "password is a list or a dictionary; expected text."),
    ({"mail": {"password": 4711}}, "mail.password is a number; write it in quotes, for YAML may have changed it." + INI),
    ({"mail": {"username": 4711}}, "mail.username is the number 4711; write it in quotes, for YAML may have changed it."),
])
def test_a_secret_that_is_no_text_is_refused(arguments, words):
    with pytest.raises(BytewireError) as caught:
        refuse_numbers(arguments, control.SPEC["argument_spec"])
    assert caught.value.msg == words and caught.value.kind == "invalid"


@pytest.mark.parametrize("arguments", [{}, {"password": None, "mail": None}, {"password": "0123", "mail": {"password": "007e1"}}, {"mail": "text"}])
def test_a_secret_that_is_text_is_taken(arguments):
    refuse_numbers(arguments, control.SPEC["argument_spec"])


def test_a_secret_that_stands_in_a_wrong_option_is_masked():
    hidden = secrets(options("Tr0ub4dor & 3", state="Tr0ub4dor & 3"), relay.SPEC["argument_spec"])
    assert hidden.shown("value of state must be one of: on, off, got: Tr0ub4dor & 3") == "value of state must be one of: on, off, got: ********"


def test_letters_beyond_ascii_are_found_in_capitals_though_each_byte_is_shown_as_a_character():
    echo = "PÄSSWÖRD-ZÜRICH".encode("utf-8")
    assert Mask("pässwörd-Zürich").masked(b"NO " + echo) == b"NO ********"


def test_pieces_that_are_not_all_of_it_or_come_in_another_order_stay():
    for text in ("Tr0ub, 4dor", "4dor, Tr0ub, & 3?"):
        assert Secrets([SECRET]).text(text).count("*") == 0


def test_a_secret_that_is_too_long_is_refused_and_its_beginning_masked_at_once():
    secret = "Ab3$" * 20000
    with pytest.raises(BytewireError, match="password has 80000 characters; at most 1024 are possible"):
        refuse_numbers({"password": secret}, relay.SPEC["argument_spec"])
    assert Secrets([secret]).text(secret[:600]) == "********"


@pytest.mark.parametrize("secret, echo", [
    ('x=41"y=42"z=43', "x=41&quot;y=42&quot;z=43"), ('x=41"y=42"z=43', "x=41%22y=42%22z=43"), ('x=41"y=42"z=43', "x=3D41=22y=3D42=22z=3D43"),
    ('Z{41}%41"hunter2', "Z{41}%41&quot;hunter2"), ('Z{41}%41"hunter2', 'Z{41}%41\\"hunter2'), ("50%ofA&amp;B'qu", "50%ofA&amp;B%27qu"),
])
def test_a_secret_that_holds_an_escape_itself(secret, echo):
    assert Secrets([secret]).text(f"<{echo}>") == "<********>"

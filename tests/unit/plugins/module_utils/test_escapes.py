# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Control characters are shown wherever a text for people is made."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._escapes import escaped
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import Template
from ansible_collections.bytewire.devices.plugins.module_utils._run import perform


@pytest.mark.parametrize("text, shown", [
    ("OK\r\nPLAY RECAP\x85", r"OK\r\nPLAY RECAP\x85"), ("\x1b]0;x\x07", r"\e]0;x\x07"), ("a\0b\t\x7f\x9b", r"a\0b\t\x7f\x9b"), ("\x001", r"\x001"),
    ("\u202a\u202e\u2066\u2069\u200e\u200f\u061c", r"\u202a\u202e\u2066\u2069\u200e\u200f\u061c"), ("\u2028\u2029\ud800", r"\u2028\u2029\ud800"),
    ("\xa0é\xad\u200d漢\U0001f600 \\e", "\xa0é\xad\u200d漢\U0001f600 \\e"), (r"\e\r", r"\e\r"),
])
def test_what_is_shown(text, shown):
    assert escaped(text) == shown and escaped(shown) == shown


def test_every_character_that_is_shown():
    found = {code for code in range(0x110000) if escaped(chr(code)) != chr(code)}
    assert found == {*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)}


def test_the_escapes_are_those_of_the_notation():
    every_byte = "".join(map(chr, range(256)))
    shown = escaped(every_byte.replace("\\", "\\\\").replace("{", r"\x7b").replace("}", r"\x7d"))
    assert Template(shown, "text").render({}) == bytes(range(256))


def test_an_error_is_escaped_whatever_is_added_to_it():
    error = BytewireError("refused", "write", "it said \x1b[2J", replies=["\x1b[2J"])
    error.msg += " and \x9b"
    assert (str(error), error.fact, error.args[0]) == (r"it said \e[2J and \x9b", r"it said \e[2J", r"it said \e[2J")


@pytest.mark.parametrize("failed", [False, True])
def test_values_stay_as_they_came_but_for_what_ansible_prints_unasked(failed):
    came = "\x1b\r\n\x9b\x7f\u202eÜ"
    given = {"changed": True, "failed": failed, "msg": came, "warnings": [came], "replies": [{"reply": came}], "reply_bytes": [0x9B], came: None}
    result = perform(lambda options, mode: given, {})
    assert result["msg"] == r"\e\r\n\x9b\x7f\u202eÜ" and result["warnings"] == [result["msg"]] and result["reply_bytes"] == [0x9B]
    kept = "\x1b\r\n\\x9b\\x7f\\u202eÜ" if failed else came
    assert result["replies"] == [{"reply": kept}] and kept in result

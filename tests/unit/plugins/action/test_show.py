# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What show prints, and where it prints nothing."""

from __future__ import annotations

import types

import pytest
from ansible import constants

from ansible_collections.bytewire.devices.plugins.action.show import ActionModule
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError


@pytest.fixture
def show(monkeypatch):
    """(the result, the lines that were printed with their colours)."""
    def run(text, callback="default", no_log=False, **options):
        monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", callback)
        action, printed = object.__new__(ActionModule), []
        action._task = types.SimpleNamespace(no_log=no_log)
        action._display = types.SimpleNamespace(display=lambda line, color=None: printed.append((line, color)))
        return action._here({"good": None, "bad": None, **options, "text": text}), printed

    return run


@pytest.mark.parametrize("text, lines", [
    ("one\n\n  two\n", ["one", "", "  two"]), ("", [""]), (["a\nb", 7, "c\x1b[2J\u202e", "HOST  ●○?"], ["a\\nb", "7", "c\\e[2J\\u202e", "HOST  ●○?"])])
def test_lines_are_printed_as_they_are(show, text, lines):
    assert show(text) == ({"changed": False}, [(line, None) for line in lines])


def test_colours_are_ansible_s(show):
    dummy, printed = show(["fine", "not fine", "other"], good="fine", bad="^not")
    assert printed == [("fine", constants.COLOR_OK), ("not fine", constants.COLOR_ERROR), ("other", None)]


@pytest.mark.parametrize("callback, prints", [
    ("json", False), ("ansible.posix.json", False), ("ansible.posix.jsonl", False), ("community.general.null", False), ("default", True),
    ("ansible.builtin.default", True), ("community.general.yaml", True), ("awx_display", True), ("json.tree", True)])
def test_what_is_for_programs_stays_whole(show, callback, prints):
    result, printed = show("one", callback)
    assert (result, printed) == (({"changed": False}, [("one", None)]) if prints else ({"changed": False, "msg": ["one"]}, []))


def test_a_wrong_pattern_is_told(show):
    with pytest.raises(BytewireError, match="show: good is no regular expression: "):
        show("one", good="(")


def test_what_is_not_for_a_log_is_not_printed(show):
    assert show("one", no_log=True)[1] == []

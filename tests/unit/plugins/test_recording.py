# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What make recording makes of a terminal's output."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

from ansible_collections.bytewire.devices.tests.tools import recording

INK, RED = recording.INK, recording.COLORS["31"]


def test_a_terminal_s_lines():
    assert recording.lines_of("one\r\n\x1b[0;31mred\x1b[0m \x1b[Kink\n\n" + "x" * 81) == [
        [("one", INK)], [("red", RED), (" ink", INK)], [], [("x" * 80, INK)], [("x", INK)]]
    assert recording.lines_of("x" * 80 + "\r\ny") == [[("x" * 80, INK)], [("y", INK)]]


def test_each_run_has_its_place():
    drawn = ElementTree.fromstring(recording.drawn([[("  a  b & c", INK), (" <d>", RED)]], "Title"))
    texts = [(text.get("x"), text.get("textLength"), text.get("fill"), text.text) for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == [("32.8", "67.2", INK, "a\u00a0\u00a0b\u00a0&\u00a0c"), ("108.4", "25.2", RED, "<d>")]


def test_a_command_sees_a_terminal_of_80_columns():
    said = recording.recorded((sys.executable, "-c", "import os, sys; print(sys.stdout.isatty(), os.get_terminal_size().columns)"))
    assert said == "True 80\r\n"


def test_the_recording_is_there():
    drawn = recording.PATH.read_text(encoding="utf-8")
    assert "Subject:\u00a0External\u00a0WD\u00a0USB\u00a0disk\u00a0is\u00a0not\u00a0powered\u00a0off" in drawn

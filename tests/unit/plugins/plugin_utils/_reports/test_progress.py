# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet says of itself while it runs."""

from __future__ import annotations

import types

from ansible import constants

from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.progress import Progress, in_words


class Screen:
    def __init__(self):
        self.said = []

    def display(self, text, newline=True, screen_only=False):
        self.said.append((text, newline, screen_only))


def fleet(done, changed=0, failed=0, total=1000, started=100.0):
    return types.SimpleNamespace(results=[None] * done, changed=changed, failed=failed, total=total, started=started)


def run(terminal, times, end=True):
    """Called at these times."""
    screen, now = Screen(), [100.0]
    progress = Progress(screen, lambda: now[0], terminal)
    for now[0] in times:
        progress(fleet(100))
    if end:
        progress.end()
    return screen.said


def test_words():
    assert in_words(fleet(120, 100, 3), 102.0) == "120 of 1000 done, 100 changed, 3 failed, 60 a second, 15 s left"
    assert in_words(fleet(3), 120.0) == "3 of 1000 done, 0 changed, 0 failed, 0.15 a second, 1 h 51 min left"
    assert in_words(fleet(0), 102.0) == "0 of 1000 done, 0 changed, 0 failed"


def test_a_short_run_says_nothing():
    assert run(True, [100.5, 101.0, 101.99]) == []
    assert run(False, [101.0, 109.9]) == []


def test_on_a_terminal_one_line_is_written_over_and_then_cleaned():
    said = run(True, [100.5, 102.1, 102.2, 102.3, 102.7])
    assert len(said) == 3 and all(newline is False and screen_only for dummy, newline, screen_only in said)
    assert said[0][0].startswith("\r100 of 1000 done") and said[0][0].endswith("\x1b[K") and said[-1][0] == "\r\x1b[K"


def test_elsewhere_a_line_every_ten_seconds():
    said = run(False, [100.0 + step / 4 for step in range(25 * 4)])
    assert len(said) == 2 and said[0] == ("100 of 1000 done, 0 changed, 0 failed, 10 a second, 90 s left", True, False)


def test_nothing_is_said_where_a_program_reads(monkeypatch):
    """A fleet of more than ten seconds wrote its line into the JSON."""
    monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", "ansible.posix.json")
    assert run(False, [100.0, 111.0, 122.0]) == run(True, [100.0, 103.0]) == []

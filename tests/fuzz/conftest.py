# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each test fuzzes for MINUTES, which the environment says, and tells how many inputs it tried."""

from __future__ import annotations

import os

import pytest

from ansible_collections.bytewire.devices.tests.fuzz.fuzzing import Fuzzer

MINUTES = float(os.environ.get("MINUTES", "0.05"))


@pytest.fixture
def fuzz(request, record_property):
    """Try check(input) with what corpus/<name of the test> and these folders hold, and with what inputs(seeds) makes of it."""
    def run(check, inputs, *folders):
        fuzzer = Fuzzer(request.node.name[len("test_"):], check, inputs, *folders)
        try:
            fuzzer.run(60 * MINUTES)
        finally:
            record_property("tried", f"{fuzzer.tried} inputs, {fuzzer.reached.lines} lines of code, {len(fuzzer.seeds)} kept")
    return run


def pytest_terminal_summary(terminalreporter):
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, words in getattr(report, "user_properties", ()) if getattr(report, "when", "") == "call" else ():
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2][len('test_'):]}: {words}")

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a scheduled run that failed, for a person. No input or output."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.bytewire.devices.plugins.module_utils._escapes import escaped
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.parts import Part, facts
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line

WHY = {
    124: "It was not done in its time, and was ended.",
    127: "It could not be started.",
    137: "It was killed, or the machine went down; what it did is not known.",
    143: "It was told to end.",
}
"""What a status means that the runner gives, as shells do."""


def parts(run: Mapping[str, t.Any]) -> Part:
    """run is what the program that runs entries of a schedule wrote of the last run."""
    status, seconds = run["status"], run.get("seconds")
    rows = [("Why", WHY.get(status, "")), ("Host", line(run["host"])), ("Started", line(run["started"])), ("Ended", line(run["ended"])),
            ("Took", "" if seconds is None else f"{line(seconds)} s"), ("Exit status", line(status)), ("Command", line(run["command"])),
            ("All output", line(run["log"]))]
    return {"headline": f"Scheduled run {line(run['name'])} on {line(run['host'])} failed with exit status {line(status)}", "check": False,
            "badge": {"kind": "bad", "text": "Failed"}, "cut": False, "figures": [], "facts": facts(rows), "sections": [], "hosts": [],
            "numbers": {"total": 1, "ok": 0, "changed": 0, "failed": 1, "not_attempted": 0, "alarms": 0},
            "output": [escaped(str(words)) for words in run["lines"]]}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who of us made a device what it is now: the lines of a journal (docs/journal.md) that tell it."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.files import Lines
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.parts import RELAY
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line

MOST_BYTES = 10_000_000  # that are read, from the end

By = t.Callable[[str, str, t.Any, float], str]
"""(host, name, value, since) -> 'anna@ops1', or nothing where no line since then tells that it was made so."""


def read(path: str) -> By:
    """What the end of a journal tells. Only the last that made something of a thing counts."""
    last: dict[tuple[str, str], tuple[float, str, str]] = {}
    for entry in Lines(path, 0, 0).last(MOST_BYTES):
        made, when = entry.get("is"), entry.get("time")
        if entry.get("event") != "end" or entry.get("outcome") == "unchanged" or entry.get("check_mode") or not isinstance(made, dict) \
                or not isinstance(when, (int, float)):
            continue
        who = line(f"{entry.get('user')}@{entry.get('machine')}")
        last.update({(line(entry.get("host")), line(name)): (when, line(value), who) for name, value in made.items()})

    def by(host: str, name: str, value: t.Any, since: float) -> str:
        when, made, who = last.get((host, name[len(RELAY):] if name.startswith(RELAY) else name), (0.0, "", ""))
        return who if when >= since and made == line(value) else ""

    return by

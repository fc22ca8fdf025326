# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each device told, as what can be compared with the last time. No input or output."""

from __future__ import annotations

import math
import re
import typing as t
from collections.abc import Mapping

from ansible_collections.bytewire.devices.plugins.module_utils._capability.fleet_scheduler import NOT_ATTEMPTED
from ansible_collections.bytewire.devices.plugins.module_utils._page.setting import flattened
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.fleet import GATEWAY
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.parts import RELAY
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line, readable, understood

ON_THE_WAY = ("warming", "cooling")
"""States of power between two others: they are no change."""
STATUS = re.compile(r"(.*_)?(status|errors?|warnings?|alarms?)")
"""Texts that a device says of itself, which nobody switched."""
SILENT = ("unreachable", "timeout", "closed")
"""Kinds of failures at which a device does not answer; at others it answers, and cannot be read all the same."""
LONGEST = 200

Value = t.Union[str, int, float]


class Reading:
    """What was read of one host, or why it was not.

    values: what is switched or said, by name; unknown: what the device did not tell. numbers: all that are one, with settings; measured: those that are no
    setting. attempted: whether the device was asked at all, or would have been by a gateway that is not there. silent: it did not answer.
    """

    def __init__(self, host: str, result: t.Any) -> None:
        result = understood(f"monitor: {host}", result)
        error = result.get("error") or {}
        self.host, self.ok = host, not result.get("failed") and "model" in result
        stage, self.kind = error.get("stage"), "" if self.ok else line(error.get("kind")) or "failed"
        self.attempted = self.ok or bool(result) and stage != NOT_ATTEMPTED and not (stage == GATEWAY and self.kind == "invalid")
        self.silent = self.kind in SILENT and stage != GATEWAY
        self.error = "" if self.ok else readable(line(result.get("msg"))) or "No reason was given."
        self.model = line(result.get("model")) if self.ok else ""
        self.ms = result.get("ms") if self.ok and _is_number(result.get("ms")) else None
        self.values: dict[str, Value] = {}
        self.unknown: list[str] = []
        self.said: set[str] = set()
        self.numbers: dict[str, float] = {}
        self.measured: list[str] = []
        self.labels: dict[str, str] = {}
        self.units: dict[str, str] = {}
        if self.ok:
            self._read(result)

    def _read(self, result: Mapping[str, t.Any]) -> None:
        for number, relay in _items(result.get("relays")):
            state, label = (relay.get("state"), relay.get("name")) if isinstance(relay, Mapping) else (relay, None)
            self._value(f"{RELAY}{line(number)}", state)
            if label:
                self.labels[f"{RELAY}{line(number)}"] = line(label)
        for name, value in flattened(dict(_items(result.get("settings")))).items():
            self._value(line(name), value)
            self._number(line(name), value)
        for number, value in _items(result.get("inputs")):
            self._value(f"input {line(number)}", value, said=True)
        for part, before in (("information", ""), ("analogue", "analogue ")):
            for name, value in _items(result.get(part)):
                self._told(before + line(name), value)
        self._measured_in(dict(_items(result.get("measured_in"))))

    def _told(self, name: str, value: t.Any) -> None:
        """A reading: a number, or a text that is said of the device."""
        if self._number(name, value):
            self.measured.append(name)
        elif STATUS.fullmatch(name) and not (isinstance(value, list) and any(isinstance(each, Mapping) for each in value)):
            self._value(name, ", ".join(map(line, value)) or "none" if isinstance(value, list) else value, said=True)

    def _value(self, name: str, value: t.Any, said: bool = False) -> None:
        if value is None or value == "" or value == "unknown" or value in ON_THE_WAY or isinstance(value, (list, Mapping)):
            self.unknown.append(name)
            return
        self.values[name] = value if _is_number(value) else line(value, LONGEST)
        if said:
            self.said.add(name)

    def _number(self, name: str, value: t.Any) -> bool:
        if _is_number(value):
            self.numbers[name] = value
        return _is_number(value)

    def _measured_in(self, units: Mapping[str, t.Any]) -> None:
        for name in self.numbers:
            unit = units.get(name, units.get(name.split(".")[0].split(" ")[0]))
            if unit:
                self.units[name] = line(unit)


def _items(value: t.Any) -> t.Iterable[tuple[t.Any, t.Any]]:
    return value.items() if isinstance(value, Mapping) else ()


def _is_number(value: t.Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def readings(fleets: t.Iterable[Mapping[str, t.Any]], hosts: t.Iterable[str]) -> list[Reading]:
    """Of all that were read, and of all that should have been; a host that two fleets tell of is told by the last."""
    fleets = list(fleets)
    found: dict[str, t.Any] = {line(host): result for fleet in fleets for host, result in _items(fleet.get("hosts"))}
    whole = next((fleet for fleet in fleets if not isinstance(fleet.get("hosts"), Mapping)), {})
    missing = {**whole, "failed": True, "error": {**dict(_items(whole.get("error"))), "stage": NOT_ATTEMPTED}}
    return [Reading(host, found.get(host, missing)) for host in dict.fromkeys([*map(line, hosts), *found])]

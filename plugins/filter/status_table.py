# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What many devices told about themselves, one line each, for a person at a terminal. No input or output."""

from __future__ import annotations

DOCUMENTATION = r"""
name: status_table
short_description: What devices are at, one line each
version_added: 2.0.0
author:
  - The bytewire.devices developers (@bytewire)
description:
  - Turns results of M(bytewire.devices.device_info) into the lines of a table of 80 columns, one line for each device. Of a long row of relays there are
    more lines.
  - Relays and inputs are a row of marks, in groups of four from the lowest number on; a legend stands below. Settings are told with their names, power,
    input, volume, battery, runtime and load of a UPS, and what a scale or a supply measures first, as many as there is room for.
  - Of a device that could not be read there is one word; which could not, and why, stands below, those with the same reason together.
  - Playbook C(bytewire.devices.status) shows it.
positional: detail
options:
  _input:
    description:
      - For each inventory name the result of M(bytewire.devices.device_info), or an empty dictionary if there is none.
    type: dict
    required: true
  detail:
    description:
      - Below the lines also every relay with its name and state, and every setting, input, channel and other reading, each in a line.
    type: bool
    default: false
seealso:
  - plugin: bytewire.devices.relay_table
    plugin_type: filter
  - module: bytewire.devices.show
"""

EXAMPLES = r"""
- name: Read the board
  bytewire.devices.device_info:
  register: board

- name: Show what it is at
  bytewire.devices.show:
    text: "{{ {inventory_hostname: board} | bytewire.devices.status_table }}"
"""

RETURN = r"""
_value:
  description: The lines of the table.
  type: list
  elements: str
  sample:
    - HOST    MODEL   STATE
    - garage  eth008  ○●○○ ○○○○
    - shed    -       unreachable
    - tv1     lg      power on, input hdmi1, volume 12
"""

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.module_utils._page.setting import flattened
from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import without_templates
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.parts import MARKS
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.progress import lasting
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.terminal import COLUMNS, with_failures
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line, natural, result_of, understood

HEAD = ("HOST", "MODEL", "STATE")
FAILED = "COULD NOT BE READ"
FIRST = ("power", "status", "input", "volume", "battery_charge", "runtime", "load", "input_voltage", "weight", "voltage", "current", "power_drawn")
MEASURED = ("voltage", "current", "power_drawn")
"""What is told of all outputs of a supply together, and without a name where volts and amperes stand side by side."""
SHORT = {"battery_charge": "battery", "input_voltage": "input"}
"""What a line of all has in the place of a name."""
SECONDS = "s"
UNIT = "_unit"
"""The end of the name of a reading that tells what the one before it is measured in."""
PARTS = {"inputs": "input", "analogue": "analogue", "settings": "setting", "information": "reading", "identity": "identity"}
"""What a result has besides relays, and what a thing of it is called."""
SAME = {"active": "on", "inactive": "off"}
"""What inputs are, and relays call otherwise."""
GROUP = 4
BETWEEN = "   "
LEGEND = BETWEEN.join(f"{mark} {state}" for state, mark in MARKS.items())
LEAST = 24  # columns for a state beside long names

Result = Mapping[str, t.Any]
Row = tuple[str, ...]


@without_templates
def status_table(devices: t.Any, detail: bool = False) -> list[str]:
    """The filter."""
    if not isinstance(devices, Mapping):
        raise AnsibleFilterError(f"status_table: expected a dictionary of host and result, not {type(devices).__name__}.")
    told = [(line(host), _result(f"status_table: {line(host)}", devices[host])) for host in sorted(devices, key=lambda name: natural(line(name)))]
    read = [(host, result) for host, result in told if _is_read(result)]
    failures = [(host, line(result.get("msg"))) for host, result in told if not _is_read(result)]
    lines = _rows(told) + _legend(read) + (_details(read) if detail else [])
    return lines + with_failures([("",)], FAILED, failures)[1:]


def _result(where: str, given: t.Any) -> Result:
    """A result whose parts are what they should be; otherwise AnsibleFilterError."""
    result = understood(where, given)
    for part in (*PARTS, "relays", "measured_in"):
        result_of(f"{where}: {part}", result.get(part) or {})
    for number, relay in (result.get("relays") or {}).items():
        understood(f"{where}: relay {line(number)}", relay)
    return result


def _is_read(result: Result) -> bool:
    return "model" in result and not result.get("failed")


def _rows(told: list[tuple[str, Result]]) -> list[str]:
    heads = [HEAD[:2], *((host, line(result["model"]) if _is_read(result) else "-") for host, result in told)]
    widths = [max(len(row[column]) for row in heads) for column in range(2)]
    room = max(COLUMNS - sum(widths) - 4, LEAST)
    states = [[HEAD[2]], *(_state(result, room) if _is_read(result) else [_short(result)] for dummy, result in told)]
    lines = []
    for (host, model), (first, *others) in zip(heads, states):
        lines.append(f"{host:<{widths[0]}}  {model:<{widths[1]}}  {first}".rstrip())
        lines += [" " * (sum(widths) + 4) + other for other in others]
    return lines


def _short(result: Result) -> str:
    """A word for why a device could not be read."""
    kind = line((result.get("error") or {}).get("kind"))
    return kind.replace("_", " ") if kind else "failed" if result.get("msg") else "not attempted"


def _state(result: Result, room: int) -> list[str]:
    """What a device is at: in one line of so many columns, or in one for each kind of thing."""
    lines = _marks([relay.get("state") for relay in (result.get("relays") or {}).values()], room)
    inputs = _marks(list((result.get("inputs") or {}).values()), room - len("inputs "))
    lines += [f"inputs {marks}" for marks in inputs]
    settings = _fitting(_settings(result), room)
    lines += [settings] if settings else []
    together = BETWEEN.join(lines)
    return [together] if len(together) <= room else lines


def _marks(states: list[t.Any], room: int) -> list[str]:
    """A mark for each state, in groups, in lines of so many columns."""
    marks = [MARKS.get(SAME.get(str(state), str(state)), MARKS["unknown"]) for state in states]
    groups = ["".join(marks[start:start + GROUP]) for start in range(0, len(marks), GROUP)]
    fit = max((room + 1) // (GROUP + 1), 1)
    fit -= fit % 2 if fit > 1 else 0
    return [" ".join(groups[start:start + fit]) for start in range(0, len(groups), fit)]


def _settings(result: Result) -> list[str]:
    """Each with its value, what matters most first, and how many are unknown; other readings of a board are its supply and the like."""
    settings = result.get("settings") or {}
    together = {name: values for name, values in settings.items() if name in MEASURED and isinstance(values, Mapping)}
    every = {**({} if result.get("relays") else result.get("information") or {}), **flattened({**settings, **dict.fromkeys(together, "")})}
    own = {name[:-len(UNIT)]: unit for name, unit in every.items() if name.endswith(UNIT) and name[:-len(UNIT)] in every}
    units = {**(result.get("measured_in") or {}), **own}
    pairs = [(line(name), _all_of(together[name], units.get(name)) if name in together else _with_unit(value, _unit(units, name)))
             for name, value in every.items() if not _is_table(value) and not (name.endswith(UNIT) and name[:-len(UNIT)] in own)]
    known = sorted((pair for pair in pairs if pair[1] != "unknown"), key=lambda pair: FIRST.index(pair[0]) if pair[0] in FIRST else len(FIRST))
    unknown = len(pairs) - len(known)
    bare = MEASURED if {"voltage", "current"} <= set(every) & set(units) else ()
    return [value if name in bare else f"{SHORT.get(name, name)} {value}" for name, value in known] + ([f"{unknown} unknown"] if unknown else [])


def _all_of(values: t.Mapping[str, t.Any], unit: t.Any) -> str:
    """'12 / 5.01 / ? V', of the outputs in their order."""
    texts = ["?" if value in (None, "unknown") else _with_unit(value, None) for value in values.values()]
    return f"{' / '.join(texts)}{f' {line(unit)}' if unit else ''}" if set(texts) != {"?"} else "unknown"


def _is_table(value: t.Any) -> bool:
    """True for what a device tells in rows, such as the names of its outputs."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _each(told: Mapping[str, t.Any], units: Mapping[str, t.Any]) -> t.Iterator[tuple[str, str]]:
    """(name, value) of all that is told, a line for each row."""
    for name, value in flattened(told).items():
        if _is_table(value):
            yield from ((f"{line(name)} {number}", ", ".join(f"{line(key)} {line(each)}" for key, each in row.items())) for number, row in enumerate(value, 1))
        else:
            yield line(name), _with_unit(value, _unit(units, name))


def _unit(units: Mapping[str, t.Any], name: str) -> t.Any:
    """What a reading or a setting is measured in, be it one of several."""
    return units.get(name, units.get(name.split(".")[0]))


def _with_unit(value: t.Any, unit: t.Any) -> str:
    """'12.1 V', '20 min'; what has no value is not known."""
    if value is None:
        return "unknown"
    if isinstance(value, list):
        return " + ".join(map(line, value)) or "none"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if unit == SECONDS and isinstance(value, (int, float)):
        return lasting(value)
    return f"{line(value)} {line(unit)}" if unit and value != "unknown" else line(value)


def _fitting(parts: list[str], room: int) -> str:
    """As many as there is room for in a line, and how many more there are."""
    for count in range(len(parts), 0, -1):
        more = f", {len(parts) - count} more" if count < len(parts) else ""
        text = ", ".join(parts[:count]) + more
        if len(text) <= room:
            return text
    return f"{parts[0][:room - 1].rstrip()}…" if parts else ""


def _legend(read: list[tuple[str, Result]]) -> list[str]:
    return ["", LEGEND] if any(result.get("relays") or result.get("inputs") for dummy, result in read) else []


def _details(read: list[tuple[str, Result]]) -> list[str]:
    """All that each device told, one thing a line."""
    rows: list[Row] = [("HOST", "WHAT", "NAME", "STATE")]
    for host, result in read:
        for number, relay in (result.get("relays") or {}).items():
            rows.append((host, f"relay {line(number)}", line(relay.get("name")) or "-", line(relay.get("state"))))
        for part, kind in PARTS.items():
            units = result.get("measured_in") or {}
            units = {name: units["analogue"] for name in result.get(part) or {} if "analogue" in units} if part == "analogue" else units
            rows += [(host, kind, name, value) for name, value in _each(result.get(part) or {}, units)]
    return ["", *with_failures(rows, FAILED, [])]


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"status_table": status_table}

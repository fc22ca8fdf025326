# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What single tasks returned, as they were registered, with a loop or without: told as what one fleet returned. No input or output."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import a_few
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.fleet import is_fleet
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line

EXPECTED = ("what tasks for devices or module bytewire.devices.fleet returned, as registered, with a loop or without; or outcomes of role "
            "bytewire.devices.switch (bytewire_outcome)")


def as_fleets(given: t.Any) -> t.Any:
    """What a report is made of, where each result of a single task is that of a host of one fleet."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        return given
    results: list[t.Any] = []
    hosts: dict[str, t.Any] = {}
    for result in [given] if isinstance(given, Mapping) else given:
        for number, one in _items(result):
            if number is None and not _is_of_one_device(one):
                results.append(one)
            else:
                name = _name(one, number)
                hosts[name if name not in hosts else f"{name}, item {number or len(hosts) + 1}"] = one
    if isinstance(given, Mapping) and results == [given] and not is_fleet(given) and "host" not in given:
        raise AnsibleFilterError(f"report: expected {EXPECTED}; not a dictionary with {a_few(sorted(map(line, given))) or 'nothing'}.")
    return [*results, {"hosts": hosts}] if hosts else results


def _items(result: t.Any) -> Iterable[tuple[int | None, t.Any]]:
    """(number, result) of each time that a looped task ran and was not skipped; a fleet, and what is no looped task, has no number."""
    each = result.get("results") if isinstance(result, Mapping) and not _is_whole(result) else None
    if not isinstance(each, Iterable):
        return [(None, result)]
    return [(None if _is_whole(one) else number, one) for number, one in enumerate(each, 1) if not one.get("skipped")]


def _is_whole(result: t.Any) -> bool:
    """Whether it is what module fleet returned, or the outcome of a host."""
    return isinstance(result, Mapping) and ("host" in result or isinstance(result.get("hosts"), Mapping) or "module" in _arguments(result))


def _is_of_one_device(result: t.Any) -> bool:
    return isinstance(result, Mapping) and not _is_whole(result) and ("model" in result or bool({"label", "host"} & set(_arguments(result))))


def _arguments(result: Mapping[str, t.Any]) -> Mapping[str, t.Any]:
    invocation = result.get("invocation")
    arguments = invocation.get("module_args") if isinstance(invocation, Mapping) else None
    return arguments if isinstance(arguments, Mapping) else {}


def _name(result: t.Any, number: int | None) -> str:
    """What the task called its device, where that was kept: before ansible-core 2.19 only a loop keeps what a task was given."""
    name = line(_arguments(result).get("label") or _arguments(result).get("host"))
    if not name and not result.get("failed") and "model" not in result:
        raise AnsibleFilterError(f"report: expected {EXPECTED}; item {number} is none of these.")
    return name or (f"item {number}" if number else "The device")

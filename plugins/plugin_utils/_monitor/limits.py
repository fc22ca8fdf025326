# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits of readings: what a person wrote, checked; and what is over one. No input or output."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import as_number, brief

SIDES = ("least", "most")
EXAMPLE = "such as {battery_charge: {least: 20}, load: {most: 90}}"

Limit = t.Dict[str, float]
Limits = t.Dict[str, Limit]


def checked(given: t.Any, where: str) -> Limits:
    """Limits as a person wrote them; an error says what of them is none. A reading that has none (null) loses the one that it had."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise invalid(f"{where} is {brief(given)}; expected readings with what they are at least and at most, {EXAMPLE}.")
    return {str(name): _limit(limit, f"{where}: {name}") for name, limit in given.items()}


def _limit(given: t.Any, where: str) -> Limit:
    if given is None:
        return {}
    if not isinstance(given, Mapping) or set(given) - set(SIDES) or not any(given.get(side) is not None for side in SIDES):
        raise invalid(f"{where} is {brief(given)}; expected least, most or both, {EXAMPLE}.")
    limit = {}
    for side in SIDES:
        if given.get(side) is not None:
            number = as_number(given[side])
            if number is None:
                raise invalid(f"{where}: {side} is {brief(given[side])}; expected a number.")
            limit[side] = number
    if limit.get("least", limit.get("most", 0)) > limit.get("most", limit.get("least", 0)):
        raise invalid(f"{where}: least is {limit['least']:g}, and most is {limit['most']:g}: nothing is within.")
    return limit


def of_hosts(common: t.Any, own: t.Any) -> t.Callable[[str], Limits]:
    """The limits of each host: its own over those of all."""
    shared = checked(common, "limits")
    if own is not None and not isinstance(own, Mapping):
        raise invalid(f"host_limits is {brief(own)}; expected limits by the name of the host.")
    each = {str(host): checked(limits, f"host_limits: {host} (bytewire_limits)") for host, limits in (own or {}).items() if limits}
    return lambda host: {**shared, **each[host]} if host in each else shared


def over(value: float, limit: Limit) -> str:
    """'below 20', 'above 90', or nothing."""
    if value < limit.get("least", value):
        return f"below {limit['least']:g}"
    return f"above {limit['most']:g}" if value > limit.get("most", value) else ""

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page for a browser: states, what changed, and plots. No input or output but the templates."""

from __future__ import annotations

import time
import typing as t
from pathlib import Path

import jinja2
from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.changes import Change, Host, span
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.limits import Limits
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.plots import Run, plots
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.parts import MARKS, RELAY
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import natural

TEMPLATE = Path(__file__).parents[3] / "roles" / "monitor" / "templates"
NAME = "monitor.html.j2"
MOST_CHANGES = 200
MOST_SETTINGS = 8  # of a host that its row shows
FIRST = ("power", "status", "input", "volume", "battery_charge", "load")


def html(hosts: t.Mapping[str, Host], history: t.Sequence[Change], runs: t.Sequence[Run], limits: t.Callable[[str], Limits], now: float) -> str:
    ordered = sorted(hosts, key=lambda host: (bool(hosts[host]["up"]), not hosts[host]["over"], natural(host)))
    gone = sum(not hosts[host]["up"] for host in hosts)
    over = sum(bool(hosts[host]["up"] and hosts[host]["over"]) for host in hosts)
    page = {"date": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now)), "gone": gone, "over": over, "total": len(hosts),
            "headline": _headline(len(hosts), gone, over), "hosts": [_row(host, hosts[host], now) for host in ordered],
            "changes": [_change(change) for change in reversed(history[-MOST_CHANGES:])], "plots": plots(runs, hosts, limits),
            "legend": "   ".join(f"{mark} {state}" for state, mark in MARKS.items())}
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATE), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
                                     lstrip_blocks=True, keep_trailing_newline=True)
    try:
        return environment.get_template(NAME).render(page=page)
    except jinja2.TemplateError as error:
        raise AnsibleFilterError(f"monitor: template {NAME}: {error}") from error


def _headline(total: int, gone: int, over: int) -> str:
    if not total:
        return "No device was read yet"
    told = [f"{gone} of {total} do not answer" if gone else f"All {total} devices answer" if total > 1 else "The device answers"]
    return ", ".join(told + ([f"{over} over a limit"] if over else []))


def _row(host: str, known: Host, now: float) -> dict[str, t.Any]:
    up = bool(known["up"])
    return {"host": host, "up": up, "model": known.get("model", ""), "since": span(now - known["since"]), "why": "" if up else known["error"]["msg"],
            "over": [f"{name} is {one['words']}" for name, one in known["over"].items()] if up else [], "relays": _relays(known),
            "states": _states(known), "ms": known.get("ms") if up else None}


def _relays(known: Host) -> list[dict[str, str]]:
    """A mark for each relay, and its words."""
    names = sorted((name for name in {*known["values"], *known.get("unknown", ())} if name.startswith(RELAY)), key=natural)
    states = [(name, "unknown" if _is_unknown(name, known) else known["values"][name]) for name in names]
    return [{"mark": MARKS.get(state, MARKS["unknown"]), "words": f"{name[len(RELAY):]}{_label(name, known)}: {state}"} for name, state in states]


def _states(known: Host) -> str:
    """Settings and readings, what matters most first, and how many are not known."""
    every = {name: value for name, value in {**known["values"], **known["numbers"]}.items() if not name.startswith(RELAY)}
    unknown = {name for name in {*every, *known.get("unknown", ())} if not name.startswith(RELAY) and _is_unknown(name, known)}
    order = sorted(every.keys() - unknown, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), list(every).index(name)))
    units, more = known.get("units", {}), len(order) - MOST_SETTINGS
    told = [f"{name} {every[name]}{f' {units[name]}' if name in units else ''}" for name in order[:MOST_SETTINGS]]
    return ", ".join(told + ([f"{more} more"] if more > 0 else []) + ([f"{len(unknown)} unknown"] if unknown else []))


def _is_unknown(name: str, known: Host) -> bool:
    return not known["up"] or name in known.get("unknown", ())


def _label(name: str, known: Host) -> str:
    return f" ({known['labels'][name]})" if name in known.get("labels", {}) else ""


def _change(change: Change) -> dict[str, t.Any]:
    return {"date": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(change["time"])), "host": change["host"], "words": change["words"],
            "kind": change["kind"], "detail": change.get("detail", "")}

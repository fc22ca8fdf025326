# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small plots of what was measured: where each point, line and number of a drawing is. The template draws them. No input or output."""

from __future__ import annotations

import math
import statistics
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.changes import Host
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.limits import Limits

Run = t.Dict[str, t.Any]
Plot = t.Dict[str, t.Any]
Points = t.List[t.Tuple[float, t.Optional[float]]]
"""Times and values; None where there was none."""

MOST_POINTS = 240
MOST_PLOTS = 48
LEFT, RIGHT, TOP, BOTTOM = 46, 8, 8, 20  # room for the numbers of the axes


def plot(title: str, unit: str, points: Points, lines: t.Mapping[str, float], width: int = 300, height: int = 110) -> Plot:
    """The drawing of a row of values over time; lines are limits, by what they are called."""
    points = _thinned(points)
    values = _known(points)
    lowest, highest, step = _axis(min([*values, *lines.values()]), max([*values, *lines.values()]))
    first, last = points[0][0], max(points[-1][0], points[0][0] + 1)

    def across(when: float) -> float:
        return round(LEFT + (when - first) / (last - first) * (width - LEFT - RIGHT), 1)

    def down(value: float) -> float:
        return round(TOP + (highest - value) / (highest - lowest) * (height - TOP - BOTTOM), 1)

    ticks = [{"y": down(lowest + step * number), "text": _number(lowest + step * number, step)} for number in range(round((highest - lowest) / step) + 1)]
    return {"title": title, "unit": unit, "width": width, "height": height, "left": LEFT, "right": width - RIGHT, "bottom": height - BOTTOM, "ticks": ticks,
            "pieces": [[(across(when), down(value)) for when, value in piece] for piece in _pieces(points)],
            "limits": [{"y": down(value), "text": name} for name, value in lines.items()],
            "last": f"{_number(values[-1], step / 10)}{f' {unit}' if unit else ''}", "began": _clock(first, last), "ended": _clock(last, last)}


def _thinned(points: Points) -> Points:
    """At most so many: the middle of each few that follow each other."""
    size = math.ceil(len(points) / MOST_POINTS)
    groups = [points[start:start + size] for start in range(0, len(points), size)]
    return [(group[len(group) // 2][0], _median(_known(group))) for group in groups]


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None


def _axis(lowest: float, highest: float) -> tuple[float, float, float]:
    """(lowest, highest, step) of an axis with two to four steps of 1, 2 or 5. It begins at zero where that is not far."""
    if 0 < lowest <= highest * 0.7 or lowest == highest > 0:
        lowest = 0
    room = highest - lowest or abs(highest) or 1
    tens = 10.0 ** math.floor(math.log10(room / 2))
    step = next(tens * factor for factor in (1, 2, 5, 10) if room / (tens * factor) <= 3)
    lowest = math.floor(lowest / step) * step
    return lowest, max(math.ceil(highest / step) * step, lowest + step), step


def _pieces(points: Points) -> t.Iterator[list[tuple[float, float]]]:
    """The parts between which nothing could be read."""
    piece: list[tuple[float, float]] = []
    for when, value in points:
        if value is not None:
            piece.append((when, value))
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece


def _number(value: float, step: float) -> str:
    """A number with as many digits as its neighbours on the axis need."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value:.{min(digits, 6)}f}" if abs(value) < 1e6 else f"{value:.2g}"


def _clock(when: float, last: float) -> str:
    return time.strftime("%H:%M" if last - when < 12 * 3600 else "%m-%d %H:%M", time.localtime(when))


def plots(runs: t.Sequence[Run], hosts: t.Mapping[str, Host], limits: t.Callable[[str], Limits]) -> dict[str, t.Any]:
    """all: the response time of all; times: that of each host, the slowest first; readings: what else was measured, what is over a limit first."""
    runs = [run for run in runs if isinstance(run.get("ms"), dict) and isinstance(run.get("values"), dict) and isinstance(run.get("time"), (int, float))]
    if len(runs) < 2:
        return {"all": None, "times": [], "readings": [], "more": 0}
    middle: Points = [(run["time"], _median(list(run["ms"].values()))) for run in runs]
    rows_of = ((host, _row(runs, "ms", host)) for host in hosts)
    times = sorted(((host, row) for host, row in rows_of if _has(row)), key=lambda pair: -(_median(_known(pair[1])) or 0))
    named = [(host, name) for host, known in hosts.items() for name in known.get("measured", ())]
    named.sort(key=lambda pair: (pair[1] not in hosts[pair[0]]["over"], pair[1] not in limits(pair[0])))
    rows = [(host, name, _row(runs, "values", host, name)) for host, name in named[:MOST_PLOTS]]
    return {"all": plot("Response time, median of all devices", "ms", middle, {}, 1030, 170) if _has(middle) else None,
            "times": [plot(host, "ms", row, {}) for host, row in times[:MOST_PLOTS]],
            "readings": [plot(f"{host}: {name}", hosts[host]["units"].get(name, ""), row, limits(host).get(name, {})) for host, name, row in rows if _has(row)],
            "more": max(0, len(times) - MOST_PLOTS) + max(0, len(named) - MOST_PLOTS)}


def _row(runs: t.Sequence[Run], *keys: str) -> Points:
    return [(run["time"], _value(run, keys)) for run in runs]


def _value(run: t.Any, keys: t.Sequence[str]) -> float | None:
    for key in keys:
        run = run.get(key) if isinstance(run, dict) else None
    return run if isinstance(run, (int, float)) else None


def _has(points: Points) -> bool:
    return len(_known(points)) > 1


def _known(points: Points) -> list[float]:
    return [value for dummy, value in points if value is not None]

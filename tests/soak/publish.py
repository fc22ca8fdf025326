# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes docs/soak.md and docs/soak.svg from what run.py --save kept: publish.py FOLDER."""

from __future__ import annotations

import json
import math
import os
import sys
import textwrap
import typing as t

from ansible_collections.bytewire.devices.tests.bench.measure import CHECKOUT
from ansible_collections.bytewire.devices.tests.soak.flat import FLOORS, Sample, growths
from ansible_collections.bytewire.devices.tests.soak.run import PARTS

DOCS = os.path.join(CHECKOUT, "docs")
PANELS = {
    "memory": "memory, MiB", "descriptors": "open descriptors", "threads": "threads", "files": "files in its home", "bytes": "bytes in these files",
    "operations": "operations a second", "failed": "failures a second, meant to be", "emulator_memory": "memory of emulators or callers, MiB",
    "emulator_descriptors": "open descriptors of emulators or callers",
}
RATES = ("operations", "failed")
POINTS = 120
LEFT, WIDE, HIGH, GAP = 64, 240, 70, 44

Soaked = t.NamedTuple("Soaked", [("about", t.Dict[str, t.Any]), ("samples", t.List[Sample])])


def read(folder: str, name: str) -> Soaked:
    with open(os.path.join(folder, f"{name}.json"), encoding="utf-8") as file:
        about = json.load(file)
    with open(os.path.join(folder, f"{name}.jsonl"), encoding="utf-8") as file:
        return Soaked(about, list(map(json.loads, file)))


def chart(parts: t.Mapping[str, Soaked]) -> str:
    """One column for each part, and the same kind of panel beside the other."""
    column = LEFT + WIDE + 20
    wide, high = column * len(parts) + 10, (HIGH + GAP) * len(PANELS) + 60
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" font-family="sans-serif" font-size="11">',
             "<title>What the processes had in use, by minutes since the start</title>", '<rect width="100%" height="100%" fill="white"/>']
    for number, (name, part) in enumerate(parts.items()):
        left = column * number + LEFT
        lines.append(f'<text x="{left}" y="18" font-size="13" font-weight="bold">{PARTS[name].TITLE}</text>')
        for row, (what, title) in enumerate(PANELS.items()):
            if what in part.samples[0]:
                lines += _panel(part.samples, what, title, left, 48 + row * (HIGH + GAP))
    lines.append(f'<text x="{LEFT}" y="{high - 8}">Line: mean, band: lowest to highest of each {POINTS}th part of the time.</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def _panel(samples: t.Sequence[Sample], what: str, title: str, left: int, top: int) -> list[str]:
    last = samples[-1]["seconds"]
    points = _points(samples, what)
    highest = _round_up(max(high for dummy, dummy, dummy, high in points))

    def at(seconds: float, value: float) -> str:
        return f"{left + seconds / last * WIDE:.1f},{top + HIGH - value / highest * HIGH:.1f}"
    band = [at(seconds, high) for seconds, dummy, dummy, high in points] + [at(seconds, low) for seconds, low, dummy, dummy in reversed(points)]
    made = [f'<text x="{left}" y="{top - 6}">{title}</text>']
    for part in (0, 0.5, 1):
        level = top + HIGH - part * HIGH
        made.append(f'<path d="M{left} {level}H{left + WIDE}" stroke="#ddd"/>')
        made.append(f'<text x="{left - 6}" y="{level + 4}" text-anchor="end">{highest * part:,.6g}</text>')
        made.append(f'<text x="{left + WIDE * part}" y="{top + HIGH + 14}" text-anchor="middle">{last / 60 * part:.3g}{" min" if part == 1 else ""}</text>')
    made.append(f'<polygon points="{" ".join(band)}" fill="#bee3f8"/>')
    made.append(f'<polyline points="{" ".join(at(seconds, mean) for seconds, dummy, mean, dummy in points)}" fill="none" stroke="#2b6cb0"/>')
    return made


def _points(samples: t.Sequence[Sample], what: str) -> list[tuple[float, float, float, float]]:
    """(seconds, lowest, mean, highest) of each part of the time; of what is counted, how much came a second."""
    pieces: dict[int, list[Sample]] = {}
    for sample in samples:
        pieces.setdefault(int(sample["seconds"] * POINTS / (samples[-1]["seconds"] + 1)), []).append(sample)
    found, before = [], samples[0]
    for piece in pieces.values():
        if what in RATES:
            rate = (piece[-1][what] - before[what]) / max(piece[-1]["seconds"] - before["seconds"], 1)
            values = [rate]
        else:
            values = [sample[what] for sample in piece]
        before = piece[-1]
        found.append((piece[0]["seconds"], min(values), sum(values) / len(values), max(values)))
    return found


def _round_up(value: float) -> float:
    """The next 1, 2, 4, 6, 8 or 10 of its size."""
    size = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * size for step in (1, 2, 4, 6, 8, 10) if step * size >= value)


def page(parts: t.Mapping[str, Soaked]) -> str:
    """docs/soak.md."""
    about = next(iter(parts.values())).about
    sections = "\n".join(_section(name, part) for name, part in parts.items())
    return f"""<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Written by tests/soak/publish.py from one run of tests/soak/run.py. -->
# Soak: does anything grow?

Measured on {about['date']} with {about['core']} and Python {about['python']} on {about['cpus']} CPUs ({about['cpu']}), with other work
on the machine: the rates are no benchmark. `make soak` runs it again, an hour of all parts at once unless `MINUTES` says otherwise, and ends with an error
where something grows, or a device failed that was not meant to. Each part is one process that is sampled every {about['every']:g} s from outside; the devices,
and those who call, are in processes of their own.

The second half is cut into {FLOORS} parts, and a line fitted through the lowest value of each: what is held for a moment is no growth, what is never given back
is. *Rise* is that of the line over the second half. The memory of `watch` is that of the most polls that ran at once: where the machine stands still for a
while, the polls that became due meanwhile run together. Memory may rise by 1 MiB or 2 %: a single object left behind by each operation would be more.

{sections}
![What the processes had in use, by minutes since the start](soak.svg)

## The lock folder

`~/.ansible/bytewire/locks` gets a file for each address that was ever talked to, and keeps it: a file that is removed while somebody waits for it would let two
tasks in at once. It is empty unless a task holds it, or left word of what a device may still answer. So the folder is as large as the number of addresses,
not of tasks: {_files(parts)}.
"""


def _files(parts: t.Mapping[str, Soaked]) -> str:
    return " and ".join(f"{parts[name].samples[-1]['files']:,} files with {parts[name].samples[-1]['bytes']:,} bytes after `{PARTS[name].TITLE}`"
                        for name in ("tasks", "watch"))


def _section(name: str, part: Soaked) -> str:
    last, counters = part.samples[-1], PARTS[name].COUNTERS
    counts = ", ".join(f"{counter.replace('_', ' ')} {last[counter]:,}" for counter in counters if last[counter] or counter == "unexpected")
    course = (f"In {last['seconds'] / 60:.0f} minutes: {counts}. Peak memory {last['peak']:.1f} MiB; {last['cpu']:.0f} s of "
              f"CPU, which is {last['cpu'] / last['operations'] * 1000:.2f} ms an operation, and {last['emulator_cpu']:.0f} s of the emulators or callers.")
    rows = "\n".join(f"| {PANELS[growth.what]} | {growth.mean:,.1f} | {growth.rise:+.2f} | {growth.allowed:.2f} | {'yes' if growth.flat else 'NO'} |"
                     for growth in growths(part.samples))
    return f"""## {PARTS[name].TITLE[0].upper()}{PARTS[name].TITLE[1:]}

{textwrap.fill(PARTS[name].about(part.about), 155)}

{textwrap.fill(course, 155)}

| second half | mean | rise | allowed | flat |
| --- | ---: | ---: | ---: | --- |
{rows}
"""


def main() -> None:
    parts = {name: read(sys.argv[1], name) for name in PARTS}
    for name, text in (("soak.md", page(parts)), ("soak.svg", chart(parts))):
        with open(os.path.join(DOCS, name), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()

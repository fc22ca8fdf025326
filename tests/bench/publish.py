# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes docs/performance.md and docs/performance.svg from what run.py --save kept: publish.py FILE."""

from __future__ import annotations

import itertools
import json
import math
import os
import sys
from html import escape

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir, "docs")
BAR, LEFT, WIDE = 22, 190, 520
TITLE = "Wall seconds of one ansible-playbook (blue: this collection)"


def page(about, rows, measures, notes):
    """docs/performance.md; rows and measures are the lines of its tables."""
    machine = f"{about['core']} and Python {about['python']} on {about['cpus']} CPUs ({about['cpu']})"
    return f"""<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Written by tests/bench/publish.py from one run of tests/bench/run.py. -->
# Performance

Measured on {about['date']} with {machine}, at commit {about['commit']}, medians of {about['rounds']} rounds. Devices are emulated on the
same machine and share its CPUs. `make bench` measures again; `tests/bench/run.py` says what exactly.

Wall and CPU seconds are of one whole `ansible-playbook` from start to end, and the memory is that of its largest process. *Above start* is
beyond the same inventory and play with one task that resolves each host's variables and does nothing with them.

| | wall s | CPU s | MiB | emulators' CPU s |
| --- | ---: | ---: | ---: | ---: |
{rows}

![Wall seconds of each](performance.svg)

## Against the goals

| | measured | goal |
| --- | ---: | ---: |
{measures}

{notes}"""


def row_line(row):
    return f"| {row['what']} | {row['wall']:.2f} | {row['cpu']:.2f} | {row['memory']:.0f} | {row['emulator']:.2f} |"


def measure_line(made):
    goal = "" if made["goal"] is None else f"at most {made['goal']:g} {made['unit']}"
    return f"| {made['what']} | {made['value']:.2f} {made['unit']} | {goal} |"


def chart(rows):
    """A panel for each group of rows that can be compared, with an axis of its own."""
    parts, top = [f'<text x="10" y="22" font-size="15" font-weight="bold">{TITLE}</text>'], 40
    for name, group in itertools.groupby(rows, compared):
        group = list(group)
        parts += panel(name, group, top)
        top += BAR * len(group) + 70
    size = f'width="{LEFT + WIDE + 80}" height="{top}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">', f"<title>{TITLE}</title>",
                      '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>"]) + "\n"


def compared(row):
    """What a row has in common with those beside it."""
    return row["what"].partition(", ")[2] or "1000 boards, a task for each"


def panel(name, group, top):
    step, most = scale(max(row["wall"] for row in group))
    foot = top + 20 + BAR * len(group)
    yield f'<text x="{LEFT}" y="{top + 12}" font-weight="bold">{escape(name)}</text>'
    for tick in range(round(most / step) + 1):
        x = LEFT + WIDE * tick * step / most
        yield f'<line x1="{x:.1f}" y1="{top + 20}" x2="{x:.1f}" y2="{foot}" stroke="#e2e8f0"/>'
        yield f'<text x="{x:.1f}" y="{foot + 14}" text-anchor="middle" fill="#4a5568">{tick * step:g}{" s" if tick * step == most else ""}</text>'
    for number, row in enumerate(group):
        y, wide = top + 20 + number * BAR, max(row["wall"] / most * WIDE, 1)
        colour = "#2b6cb0" if "fleet" in row["what"] or "relay" in row["what"] else "#a0aec0"
        yield f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(row["what"].partition(", ")[0])}</text>'
        yield f'<rect x="{LEFT}" y="{y + 3}" width="{wide:.1f}" height="{BAR - 6}" fill="{colour}"/>'
        yield f'<text x="{LEFT + wide + 6:.1f}" y="{y + 15}">{row["wall"]:.2f} s</text>'


def scale(longest):
    """The step of an axis, and its end: some three to five steps of 1, 2 or 5."""
    step = 10.0 ** math.floor(math.log10(longest))
    step = next(step * part for part in (0.2, 0.5, 1, 2) if longest / (step * part) <= 5)
    return step, step * math.ceil(longest / step)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        found = json.load(file)
    notes = os.path.join(DOCS, os.pardir, "tests", "bench", "notes.md")
    with open(notes, encoding="utf-8") as file:
        remarks = file.read()
    rows, measures = "\n".join(map(row_line, found["rows"])), "\n".join(map(measure_line, found["measures"]))
    with open(os.path.join(DOCS, "performance.md"), "w", encoding="utf-8") as file:
        file.write(page(found["about"], rows, measures, remarks))
    with open(os.path.join(DOCS, "performance.svg"), "w", encoding="utf-8") as file:
        file.write(chart(found["rows"]))


if __name__ == "__main__":
    main()

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes docs/performance.md and docs/performance.svg from what run.py --save kept: publish.py FILE."""

from __future__ import annotations

import json
import os
import sys

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir, "docs")
BAR, LEFT, WIDE = 22, 330, 420


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
    longest = max(row["wall"] for row in rows)
    height = BAR * len(rows) + 30
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDE + 80}" height="{height}" font-family="sans-serif" font-size="12">',
             "<title>Wall seconds of one ansible-playbook</title>", '<rect width="100%" height="100%" fill="white"/>']
    for number, row in enumerate(rows):
        top = 10 + number * BAR
        wide = max(row["wall"] / longest * WIDE, 1)
        colour = "#2b6cb0" if "fleet" in row["what"] or "relay" in row["what"] else "#a0aec0"
        what = row["what"].replace("&", "&amp;")
        parts.append(f'<text x="{LEFT - 8}" y="{top + 14}" text-anchor="end">{what}</text>')
        parts.append(f'<rect x="{LEFT}" y="{top + 2}" width="{wide:.1f}" height="{BAR - 6}" fill="{colour}"/>')
        parts.append(f'<text x="{LEFT + wide + 6:.1f}" y="{top + 14}">{row["wall"]:.2f} s</text>')
    return "\n".join(parts + ["</svg>"]) + "\n"


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

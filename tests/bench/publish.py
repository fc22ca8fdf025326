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

PAGE = """<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Written by tests/bench/publish.py from one run of tests/bench/run.py. -->
# Performance

Measured on {date} with {core} and Python {python} on {cpus} CPUs ({cpu}), at commit {commit}, medians of {rounds} rounds. Devices are emulated on the
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


def chart(rows):
    longest = max(row["wall"] for row in rows)
    height = BAR * len(rows) + 30
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">' % (LEFT + WIDE + 80, height),
             "<title>Wall seconds of one ansible-playbook</title>", '<rect width="100%" height="100%" fill="white"/>']
    for number, row in enumerate(rows):
        top = 10 + number * BAR
        wide = max(row["wall"] / longest * WIDE, 1)
        colour = "#2b6cb0" if "fleet" in row["what"] or "relay" in row["what"] else "#a0aec0"
        parts.append('<text x="%d" y="%d" text-anchor="end">%s</text>' % (LEFT - 8, top + 14, row["what"].replace("&", "&amp;")))
        parts.append('<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>' % (LEFT, top + 2, wide, BAR - 6, colour))
        parts.append('<text x="%.1f" y="%d">%.2f s</text>' % (LEFT + wide + 6, top + 14, row["wall"]))
    return "\n".join(parts + ["</svg>"]) + "\n"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        found = json.load(file)
    notes = os.path.join(DOCS, os.pardir, "tests", "bench", "notes.md")
    with open(notes, encoding="utf-8") as file:
        said = file.read()
    rows = "\n".join("| %(what)s | %(wall).2f | %(cpu).2f | %(memory).0f | %(emulator).2f |" % row for row in found["rows"])
    measures = "\n".join("| %s | %.2f %s | %s |" % (made["what"], made["value"], made["unit"], "" if made["goal"] is None else
                                                    "at most %g %s" % (made["goal"], made["unit"])) for made in found["measures"])
    with open(os.path.join(DOCS, "performance.md"), "w", encoding="utf-8") as file:
        file.write(PAGE.format(rows=rows, measures=measures, notes=said, **found["about"]))
    with open(os.path.join(DOCS, "performance.svg"), "w", encoding="utf-8") as file:
        file.write(chart(found["rows"]))


if __name__ == "__main__":
    main()

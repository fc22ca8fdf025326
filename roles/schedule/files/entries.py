# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entries of the schedule below a folder, with what became of the last run of each, as JSON and as a table."""

from __future__ import annotations

import json
import os
import sys
import typing as t

COLUMNS = ("NAME", "RUNNER", "TIMES", "PLAYBOOK", "LAST RUN", "STATUS")


Entry = t.Dict[str, t.Any]


def entries(root: str) -> t.Iterator[Entry]:
    """name, runner, times and playbook of each entry, and when its last run started and ended, and its status."""
    for name in sorted(os.listdir(root)) if os.path.isdir(root) else ():
        entry = read(os.path.join(root, name, "entry.json"))
        if entry:
            last = read(os.path.join(root, name, "last.json")) or {}
            yield dict({key: entry[key] for key in ("name", "runner", "times", "playbook")},
                       started=last.get("started"), ended=last.get("ended"), status=last.get("status"))


def read(path: str) -> Entry | None:
    """What a file says; None where there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            content: Entry = json.load(file)
            return content
    except (FileNotFoundError, NotADirectoryError):
        return None


def table(found: t.Sequence[Entry]) -> list[str]:
    rows = [COLUMNS] + [(entry["name"], entry["runner"], "; ".join(entry["times"]), entry["playbook"], entry["started"] or "-",
                         "-" if entry["status"] is None else str(entry["status"])) for entry in found]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def main(root: str) -> None:
    found = list(entries(root))
    print(json.dumps({"entries": found, "table": table(found)}))


if __name__ == "__main__":
    main(sys.argv[1])

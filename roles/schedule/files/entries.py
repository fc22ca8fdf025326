# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entries of the schedule below a folder, with what became of the last run of each, as JSON and as a table."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
import typing as t

KEYS = ("name", "runner", "times", "playbook")
LARGEST = 1024 * 1024  # characters
COLUMNS = ("NAME", "RUNNER", "TIMES", "PLAYBOOK", "LAST RUN", "STATUS")


Entry = t.Dict[str, t.Any]


def entries(root: str) -> t.Iterator[Entry]:
    """name, runner, times and playbook of each entry, and when its last run started and ended, and its status."""
    for name in sorted(os.listdir(root)) if os.path.isdir(root) else ():
        entry = read(os.path.join(root, name, "entry.json"))
        if all(key in entry for key in KEYS):
            last = read(os.path.join(root, name, "last.json"))
            yield dict({key: entry[key] for key in KEYS},
                       started=last.get("started"), ended=last.get("ended"), status=last.get("status"))


def read(path: str) -> Entry:
    """What a file says; nothing where there is none. One that cannot be read is told on standard error, and keeps no other from being shown."""
    try:
        with open(path, encoding="utf-8", opener=regular) as file:
            content: Entry = json.loads(file.read(LARGEST))
        if isinstance(content, dict):
            return content
        raise ValueError("it holds no keys")
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError, RecursionError) as problem:
        print(f"{path} cannot be read: {problem}", file=sys.stderr)
    return {}


def regular(path: str, flags: int) -> int:
    """A file, open; an OSError for a pipe or a device, which would be waited for."""
    handle = os.open(path, flags | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return handle


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

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entries of the schedule below a folder, with the next run of each and what became of the last, as JSON and as a table: entries.py FOLDER.

Beside the entries lies cron_times.py, which the role put there.
"""

from __future__ import annotations

import datetime
import errno
import fcntl
import json
import os
import re
import stat
import subprocess
import sys
import typing as t

KEYS = ("name", "runner", "times", "playbook")
LARGEST = 1024 * 1024  # characters
COLUMNS = ("NAME", "NEXT RUN", "LAST RUN", "RESULT", "RUNNER", "TIMES", "PLAYBOOK")

Entry = t.Dict[str, t.Any]


def entries(root: str) -> t.Iterator[Entry]:
    """name, runner, times and playbook of each entry, when it runs next, and of its last run when it started and ended, its status, and that in words."""
    for name in sorted(os.listdir(root)) if os.path.isdir(root) else ():
        entry = read(os.path.join(root, name, "entry.json"))
        if all(key in entry for key in KEYS):
            last = read(os.path.join(root, name, "last.json"))
            yield dict({key: entry[key] for key in KEYS},
                       next=next_run(entry), started=last.get("started"), ended=last.get("ended"), status=last.get("status"),
                       result=result(last, os.path.join(root, ".lock-" + name)))


def next_run(entry: Entry) -> str | None:
    """By the clock of this host; None where there is none, or only the next start of the system."""
    if entry["runner"] == "cron":
        from cron_times import following
        now = datetime.datetime.now()
        comes = [time for time in (following(expression, now) for expression in entry["times"]) if time]
        return min(comes).isoformat(sep=" ", timespec="minutes") if comes else None
    command = ["systemctl", "--user" if os.getuid() else "--system", "show", "--property=NextElapseUSecRealtime",
               f"bytewire-schedule-{entry['name']}.timer"]
    try:
        said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    except OSError:
        return None
    found = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", said)
    return found and found.group()


def result(last: Entry, lock: str) -> str:
    """What became of a run, in words."""
    if "status" in last:
        return f"failed ({last['status']})" if last["status"] else "ok"
    return "-" if "started" not in last else "running" if is_locked(lock) else "killed"


def is_locked(path: str) -> bool:
    try:
        with open(path, encoding="utf-8", opener=regular) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False


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
    """Lines; the times to the minute."""
    if not found:
        return ["There are no entries."]
    rows = [COLUMNS] + [(entry["name"], entry["next"] or "-", (entry["started"] or "-")[:16], entry["result"], entry["runner"], "; ".join(entry["times"]),
                         entry["playbook"]) for entry in found]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def main(root: str) -> None:
    sys.dont_write_bytecode = True  # beside the entries nothing is left
    sys.path.insert(0, root)
    found = list(entries(root))
    print(json.dumps({"entries": found, "table": table(found)}))


if __name__ == "__main__":
    main(sys.argv[1])

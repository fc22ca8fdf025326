# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a schedule needs to know of this host and of the user who runs this, as JSON: host.py FOLDER FILE..., files as seen from the folder."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import shutil
import sys
import typing as t


CRON = ("cron", "crond", "fcron", "busybox")  # as /proc calls them


def cron_runs(processes: str = "/proc") -> bool | None:
    """Whether a process of that name is seen; None where this user is not shown the processes of root."""
    try:
        with open(f"{processes}/1/comm", encoding="utf-8"):
            pass
    except OSError:
        return None
    for number in filter(str.isdigit, os.listdir(processes)):
        with contextlib.suppress(OSError), open(f"{processes}/{number}/comm", encoding="utf-8", errors="replace") as file:
            if file.read().strip() in CRON:
                return True
    return False


def survey(folder: str, files: t.Sequence[str]) -> dict[str, str | bool | list[str] | None]:
    uid, home = os.getuid(), os.path.expanduser("~")
    root = uid == 0
    runtime = f"/run/user/{uid}"
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin"
    return {
        "scope": "system" if root else "user",
        "home": home,
        "runtime": runtime,
        "config": "/etc" if root else f"{home}/.config",
        "logs": "/var/log" if root else f"{home}/.local/state",
        "units": "/etc/systemd/system" if root else f"{home}/.config/systemd/user",
        "systemd": os.path.isdir("/run/systemd/system") and (root or os.path.exists(f"{runtime}/systemd/private")),
        "lingers": root or os.path.exists(f"/var/lib/systemd/linger/{getpass.getuser()}"),
        "crontab": shutil.which("crontab", path=path) is not None,
        "cron": cron_runs(),
        "analyze": shutil.which("systemd-analyze", path=path) is not None,
        "missing": [file for file in files if not os.path.exists(os.path.join(folder, os.path.expanduser(file)))],
    }


if __name__ == "__main__":
    print(json.dumps(survey(sys.argv[1], sys.argv[2:])))

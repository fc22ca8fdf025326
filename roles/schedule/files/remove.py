# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes what the role made of an entry of the schedule, but for what stays: remove.py STAYS [--check]. STAYS is JSON, as of Stays.

A line tells each thing that is removed, or would be without --check.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import typing as t

PROGRAMS = ("cron_times.py", "escapes.py", "run.py")


class Stays(t.TypedDict):
    """Where an entry is, and what of it stays: that many lines of the crontab, the units, the entry. scope: of systemctl, or nothing where no systemd runs."""

    name: str
    root: str
    units: str
    scope: str
    cron: int
    timer: bool
    entry: bool


class Removal:
    """What is done, or in check mode told alone."""

    def __init__(self, check: bool) -> None:
        self.check = check

    def __call__(self, words: str, act: t.Callable[..., object], *arguments: object) -> None:
        print(words)
        if not self.check:
            act(*arguments)

    def crontab(self, name: str, number: int) -> None:
        """The lines of an entry behind the first ones, each with the comment by which the role knows it."""
        listed = run("crontab", "-l", may_fail=True)
        if listed.returncode and "no crontab for" not in listed.stderr:
            sys.exit(f"crontab -l: {listed.stderr.strip()}")
        left, count = listed.stdout, 0
        for line in re.finditer(rf"(?m)^#Ansible: bytewire schedule {name}: ([0-9]+)\n.*\n?", listed.stdout):
            if int(line.group(1)) > number:
                left, count = left.replace(line.group(), "", 1), count + 1
        if count:
            self(f"{count} {'line' if count == 1 else 'lines'} of the crontab", write_crontab, left)

    def units(self, path: str, scope: str) -> None:
        """The timer last: as long as it is there, something is left to do."""
        there = [path + kind for kind in (".service", ".timer") if os.path.exists(path + kind)]
        if there and scope:
            self(os.path.basename(path) + ".timer is stopped", stop, f"--{scope}", os.path.basename(path) + ".timer")
        for file in there:
            self(file, os.unlink, file)
        if there and scope and not self.check:
            run("systemctl", f"--{scope}", "daemon-reload")

    def entry(self, root: str, name: str) -> None:
        """Its folder, and its lock unless a run holds it; with the last one what they shared."""
        there = sorted(os.listdir(root)) if os.path.isdir(root) else []
        if name in there:
            self(os.path.join(root, name), shutil.rmtree, os.path.join(root, name))
        last = not any(os.path.isdir(os.path.join(root, other)) for other in there if other != name)
        for other in there:
            path = os.path.join(root, other)
            if other == ".lock-" + name or last and (other in PROGRAMS or other.startswith(".lock-")):
                with held(path) as mine:
                    if mine:
                        self(path, os.unlink, path)
        if last and not self.check:
            with contextlib.suppress(OSError):
                os.rmdir(root)
                if os.path.basename(os.path.dirname(root)) == "bytewire":
                    os.rmdir(os.path.dirname(root))


@contextlib.contextmanager
def held(path: str) -> t.Iterator[bool]:
    """Whether this process holds the lock of a file, then as long as it is needed."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
        except BlockingIOError:
            yield False


def write_crontab(text: str) -> None:
    if text:
        run("crontab", "-", given=text)
    else:
        run("crontab", "-r")


def stop(scope: str, timer: str) -> None:
    """Also forgets when the timer began its last run, or a new one of its name would make up for all since."""
    run("systemctl", scope, "stop", timer)
    run("systemctl", scope, "disable", timer)
    if "state" in run("systemctl", scope, "show", "--property=CanClean", timer).stdout:
        run("systemctl", scope, "clean", "--what=state", timer)


def run(*command: str, given: str = "", may_fail: bool = False) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, input=given, capture_output=True, text=True, env=dict(os.environ, LC_ALL="C"), check=False)
    if done.returncode and not may_fail:
        sys.exit(f"{' '.join(command)} failed with exit status {done.returncode}: {done.stderr.strip()}")
    return done


def main(stays: Stays, check: bool) -> None:
    removal = Removal(check)
    if shutil.which("crontab"):
        removal.crontab(stays["name"], stays["cron"])
    if not stays["timer"]:
        removal.units(f"{stays['units']}/bytewire-schedule-{stays['name']}", stays["scope"])
    if not stays["entry"]:
        removal.entry(stays["root"], stays["name"])


if __name__ == "__main__":
    try:
        main(json.loads(sys.argv[1]), "--check" in sys.argv)
    except OSError as problem:
        sys.exit(str(problem))

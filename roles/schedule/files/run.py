# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one entry of a schedule: run.py FOLDER. One run at a time, bounded in time; its output kept; a failure told by mail."""

from __future__ import annotations

import collections
import datetime
import fcntl
import json
import logging.handlers
import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time

LINES, LONGEST = 40, 500  # of the output, for the mail
GRACE = 15  # seconds for a run to end that was told to
MAIL_LIMIT = 300
STILL_RUNNING, TIMED_OUT, NOT_STARTED, ENDED = 75, 124, 127, 128 + signal.SIGTERM


class Told(Exception):
    """This process was told to end."""


class Output:
    """Lines for the journal or for a log file that rotates; the last ones stay here for the mail."""

    def __init__(self, log):
        self.last = collections.deque(maxlen=LINES)
        if log:
            os.makedirs(os.path.dirname(log["path"]), mode=0o750, exist_ok=True)
        self.file = log and logging.handlers.RotatingFileHandler(log["path"], maxBytes=log["size"], backupCount=log["keep"], encoding="utf-8",
                                                                 errors="replace")

    def write(self, line):
        self.last.append(line[:LONGEST])
        if self.file:
            self.file.emit(logging.makeLogRecord({"msg": line}))
        else:
            print(line, flush=True)

    def mark(self, text):
        self.write("=== %s %s" % (now(), text))

    def follow(self, stream):
        for line in iter(lambda: stream.readline(65536), b""):
            self.write(line.decode("utf-8", "replace").rstrip("\r\n"))


def now():
    return datetime.datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")


def run(command, entry, lock, output, limit):
    """The exit status. The process holds the lock too, so that it stands as long as the run, whatever becomes of this one."""
    environment = dict(os.environ, **{name: str(value) for name, value in entry["environment"].items()})
    try:
        child = subprocess.Popen(command, cwd=entry["directory"], env=environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=(lock,), start_new_session=True)
    except OSError as problem:
        output.write("It could not be started: %s" % problem)
        return NOT_STARTED
    reader = threading.Thread(target=output.follow, args=(child.stdout,), daemon=True)
    reader.start()
    try:
        status = child.wait(limit or None)
    except subprocess.TimeoutExpired:
        output.mark("not done after %s s, ended" % limit)
        status = end(child, TIMED_OUT)
    except Told:
        output.mark("told to end")
        status = end(child, ENDED)
    reader.join(GRACE)
    return status if status >= 0 else 128 - status


def end(child, status):
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
            child.wait(GRACE)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
    return status


def keep(folder, last):
    path = os.path.join(folder, "last.json")
    with open(path + ".new", "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        json.dump(last, file)
    os.replace(path + ".new", path)


def one_run(folder, entry, lock):
    output = Output(entry["log"])
    shown = " ".join(map(shlex.quote, ["ansible-playbook"] + entry["command"][4:]))
    last = {"name": entry["name"], "host": socket.gethostname(), "command": shown, "started": now(), "log": where(entry)}
    output.mark("%s: %s" % (entry["name"], shown))
    output.last.clear()
    clock = time.monotonic()
    last["status"] = status = run(entry["command"], entry, lock, output, entry["time_limit"])
    last.update(ended=now(), seconds=round(time.monotonic() - clock), lines=list(output.last))
    output.mark("%s: exit status %d after %d s" % (entry["name"], status, last["seconds"]))
    try:
        keep(folder, last)
    except FileNotFoundError:
        output.mark("%s: the entry was removed meanwhile" % entry["name"])
        return status
    if status and entry["mail"] and run(entry["mail"], entry, lock, output, MAIL_LIMIT):
        output.mark("%s: the mail about it could not be sent" % entry["name"])
    return status


def where(entry):
    return entry["log"]["path"] if entry["log"] else "journalctl %s bytewire-%s" % ("--user-unit" if os.getuid() else "--unit", entry["name"])


def told(number, frame):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Told


def main(folder):
    with open(os.path.join(folder, "entry.json"), encoding="utf-8") as file:
        entry = json.load(file)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        Output(entry["log"] and dict(entry["log"], size=0)).mark("%s: not started, the run before still goes on" % entry["name"])
        return STILL_RUNNING
    time.sleep(random.uniform(0, entry["random_delay"]))
    signal.signal(signal.SIGTERM, told)
    return one_run(folder, entry, lock)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

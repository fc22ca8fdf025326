# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one entry of a schedule: run.py FOLDER. One run at a time, bounded in time; its output kept; a failure told by mail."""

from __future__ import annotations

import collections
import contextlib
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
import tempfile
import threading
import time

LINES, LONGEST = 40, 500  # of the output, for the mail
GRACE = 15  # seconds for a run to end that was told to
MAIL_LIMIT = 300
MEMORY = "/dev/shm"  # for what a full disk does not take
STILL_RUNNING, TIMED_OUT, NOT_STARTED, ENDED = 75, 124, 127, 128 + signal.SIGTERM


class Told(Exception):
    """This process was told to end."""


class LogFile(logging.handlers.RotatingFileHandler):
    """A log file that rotates, and raises an OSError where it cannot be written."""

    def __init__(self, path, size, keep):
        os.makedirs(os.path.dirname(path), mode=0o750, exist_ok=True)
        super().__init__(path, maxBytes=size, backupCount=keep, encoding="utf-8", errors="replace")

    def handleError(self, record):
        raise sys.exc_info()[1]


class Output:
    """Lines for the journal or for a log file, as long as that can be written; the last ones stay here for the mail."""

    def __init__(self, log):
        self.last = collections.deque(maxlen=LINES)
        self.file = self.problem = None
        self.lock = threading.RLock()
        if log:
            try:
                self.file = LogFile(**log)
            except OSError as problem:
                self.give_up(problem)

    def write(self, line):
        with self.lock:
            self.last.append(line[:LONGEST])
            if self.file:
                try:
                    self.file.emit(logging.makeLogRecord({"msg": line}))
                    return
                except OSError as problem:
                    self.give_up(problem)
            print(line, flush=True)

    def give_up(self, problem):
        if self.file:
            with contextlib.suppress(OSError):
                self.file.close()
        self.file, self.problem = None, problem
        print("=== %s the log file cannot be written, the output is here: %s" % (now(), problem), flush=True)

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
    return path


def one_run(folder, entry, lock):
    output = Output(entry["log"])
    shown = " ".join(map(shlex.quote, ["ansible-playbook"] + entry["command"][4:]))
    last = {"name": entry["name"], "host": socket.gethostname(), "command": shown, "started": now()}
    output.mark("%s: %s" % (entry["name"], shown))
    output.last.clear()
    clock = time.monotonic()
    last["status"] = status = run(entry["command"], entry, lock, output, entry["time_limit"])
    last.update(ended=now(), seconds=round(time.monotonic() - clock), lines=list(output.last), log=where(entry, output))
    output.mark("%s: exit status %d after %d s" % (entry["name"], status, last["seconds"]))
    try:
        kept = keep(folder, last)
    except OSError as problem:
        if not os.path.isdir(folder):
            output.mark("%s: the entry was removed meanwhile" % entry["name"])
            return status
        output.mark("%s: what became of it could not be kept: %s" % (entry["name"], problem))
        kept = None
    if status and entry["mail"] and not mailed(entry, last, kept, lock, output):
        output.mark("%s: the mail about it could not be sent" % entry["name"])
    return status


def mailed(entry, last, kept, lock, output):
    """Whether the mail was sent. Where nothing could be kept, Ansible gets a temporary folder as well, since it needs one itself."""
    if kept:
        return run(entry["mail"] + ["-e", json.dumps({"schedule_last": kept})], entry, lock, output, MAIL_LIMIT) == 0
    try:
        with tempfile.TemporaryDirectory(prefix="bytewire-schedule-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
            environment = dict(entry["environment"], ANSIBLE_LOCAL_TEMP=folder, ANSIBLE_REMOTE_TEMP=folder)
            return mailed(dict(entry, environment=environment), last, keep(folder, last), lock, output)
    except OSError as problem:
        output.write(str(problem))
        return False


def where(entry, output):
    if not entry["log"]:
        return "journalctl %s bytewire-schedule-%s" % ("--user-unit" if os.getuid() else "--unit", entry["name"])
    return entry["log"]["path"] + (", as far as it could be written: %s" % output.problem if output.problem else "")


def take_lock(folder, name):
    """The lock of an entry, or None. Its file is never removed: an entry that is removed and made anew has two folders, and one lock."""
    lock = os.open(os.path.join(os.path.dirname(os.path.abspath(folder)), ".lock-" + name), os.O_RDONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock
    except BlockingIOError:
        return None


def told(number, frame):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Told


def main(folder):
    with open(os.path.join(folder, "entry.json"), encoding="utf-8") as file:
        entry = json.load(file)
    sys.stdout.reconfigure(errors="backslashreplace")
    lock = take_lock(folder, entry["name"])
    if lock is None:
        Output(entry["log"] and dict(entry["log"], size=0)).mark("%s: not started, the run before still goes on" % entry["name"])
        return STILL_RUNNING
    time.sleep(random.uniform(0, entry["random_delay"]))
    signal.signal(signal.SIGTERM, told)
    return one_run(folder, entry, lock)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

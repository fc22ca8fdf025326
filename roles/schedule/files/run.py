# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one entry of a schedule: run.py FOLDER. One run at a time, bounded in time; its output kept; a failure told by mail."""

from __future__ import annotations

import collections
import contextlib
import datetime
import fcntl
import io
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
import typing as t

sys.dont_write_bytecode = True  # beside the entries nothing is left
from escapes import escaped

LINES, LONGEST = 2000, 500  # of the output, for the mail
GRACE = 15  # seconds for a run to end that was asked to
MAIL_LIMIT = 300
LARGEST = 1024 * 1024  # characters of an entry
MEMORY_FOLDER = "/dev/shm"  # for what a full disk does not take
STILL_RUNNING, TIMED_OUT, NOT_STARTED, KILLED, ENDED = 75, 124, 127, 128 + signal.SIGKILL, 128 + signal.SIGTERM
LAST, UNFINISHED = "last.json", "killed.json"  # what became of the last run, and of one that was killed
REPORTED, WORD = "BYTEWIRE_REPORTED", "reported"  # where role notify leaves word that it mailed a failure
TASKS_FAILED = (2, 4)  # what ansible-playbook ends with where tasks failed or hosts were unreachable, and all else went as it should
NOT_READ = (1, 4)  # where a vault, or the inventory, cannot be read


class LogSettings(t.TypedDict):
    """Where the log file of an entry is, at how many bytes it rotates, and how many older ones are kept."""

    path: str
    size: int
    keep: int


class Entry(t.TypedDict):
    """What of an entry of the schedule is needed here, as the role wrote it. command, mail: with their arguments. random_delay, time_limit: seconds."""

    name: str
    command: list[str]
    mail: list[str]
    directory: str
    environment: dict[str, t.Any]
    random_delay: int
    time_limit: int
    log: LogSettings | None


class Run(t.TypedDict, total=False):
    """What became of a run, for last.json and the mail."""

    name: str
    host: str
    command: str
    started: str
    ended: str
    seconds: int
    status: int
    lines: list[str]
    log: str


class Terminated(Exception):
    """This process got SIGTERM."""


class LogFile(logging.handlers.RotatingFileHandler):
    """A log file that rotates, and raises an OSError where it cannot be written."""

    def __init__(self, path: str, size: int, keep: int) -> None:
        os.makedirs(os.path.dirname(path), mode=0o750, exist_ok=True)
        super().__init__(path, maxBytes=size, backupCount=keep, encoding="utf-8", errors="replace")

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            raise error


class Output:
    """Lines for the journal or for a log file, control characters shown, as long as that can be written; the last ones stay here for the mail."""

    def __init__(self, log: LogSettings | None) -> None:
        self.last: collections.deque[str] = collections.deque(maxlen=LINES)
        self.file: LogFile | None = None
        self.problem: OSError | None = None
        self.lock = threading.RLock()
        if log:
            try:
                self.file = LogFile(**log)
            except OSError as problem:
                self.give_up(problem)

    def write(self, line: str) -> None:
        with self.lock:
            line = escaped(line)
            self.last.append(line[:LONGEST])
            if self.file:
                try:
                    self.file.emit(logging.makeLogRecord({"msg": line}))
                    return
                except OSError as problem:
                    self.give_up(problem)
            print(line, flush=True)

    def give_up(self, problem: OSError) -> None:
        if self.file:
            with contextlib.suppress(OSError):
                self.file.close()
        self.file, self.problem = None, problem
        print(f"=== {now()} the log file cannot be written, the output is here: {problem}", flush=True)

    def mark(self, text: str) -> None:
        self.write(f"=== {now()} {text}")

    def tell(self, text: str) -> None:
        """Also where cron takes it into a mail of its own, and systemd into the journal."""
        self.mark(text)
        if self.file:
            print(escaped(text), flush=True)

    def follow(self, stream: t.IO[bytes]) -> None:
        for line in iter(lambda: stream.readline(65536), b""):
            self.write(line.decode("utf-8", "replace").rstrip("\r\n"))


def now() -> str:
    return datetime.datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")


def run(command: list[str], entry: Entry, lock: int, output: Output, limit: float) -> int:
    """The exit status. The process holds the lock too, so that it stands as long as the run, whatever becomes of this one."""
    environment = dict(os.environ, **{name: str(value) for name, value in entry["environment"].items()})
    try:
        child = subprocess.Popen(command, cwd=entry["directory"], env=environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=(lock,), start_new_session=True)
    except OSError as problem:
        output.write(f"It could not be started: {problem}")
        return NOT_STARTED
    reader = threading.Thread(target=output.follow, args=(child.stdout,), daemon=True)
    reader.start()
    try:
        status = child.wait(limit or None)
    except subprocess.TimeoutExpired:
        output.mark(f"not done after {limit} s, ended")
        status = end(child, TIMED_OUT)
    except Terminated:
        output.mark("told to end")
        status = end(child, ENDED)
    reader.join(GRACE)
    return status if status >= 0 else 128 - status


def run_playbook(folder: str, entry: Entry, lock: int, output: Output) -> tuple[int, bool]:
    """The exit status, and whether the playbook mailed by itself what failed: then there is a word that was not there before."""
    word = os.path.join(os.path.abspath(folder), WORD)
    remove(word)
    stale = os.path.exists(word)
    status = run(entry["command"], among(entry, {REPORTED: word}), lock, output, entry["time_limit"])
    told = status in TASKS_FAILED and not stale and os.path.exists(word)
    remove(word)
    return status, told


def remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def among(entry: Entry, variables: dict[str, str]) -> Entry:
    """The entry with further environment variables."""
    other = entry.copy()
    other["environment"] = dict(entry["environment"], **variables)
    return other


def end(child: subprocess.Popen[bytes], status: int) -> int:
    """End what a run started, and hand its status back."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
            child.wait(GRACE)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
    return status


def keep(folder: str, last: Run, name: str = LAST) -> str:
    path = os.path.join(folder, name)
    with open(path + ".new", "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        json.dump(last, file)
    os.replace(path + ".new", path)
    return path


def unfinished(folder: str) -> Run | None:
    """The run before, where it was killed together with this program's like, which could tell nobody; or None."""
    try:
        with open(os.path.join(folder, LAST), encoding="utf-8") as file:
            before: Run = json.load(file)
        return None if "status" in before else before
    except (OSError, ValueError):
        return None


def told_of(before: Run, folder: str, entry: Entry, lock: int, output: Output) -> bool:
    """Whether the mail about a run that was killed was sent."""
    before.update({"ended": "not known", "status": KILLED, "lines": [], "log": where(entry, output)})
    try:
        return mailed(entry, before, keep(folder, before, UNFINISHED), lock, output)
    except OSError as problem:
        output.write(str(problem))
        return False


def one_run(folder: str, entry: Entry, lock: int) -> int:
    output = Output(entry["log"])
    shown = " ".join(map(shlex.quote, ["ansible-playbook"] + entry["command"][4:]))
    name = entry["name"]
    last: Run = {"name": name, "host": socket.gethostname(), "command": shown, "started": now()}
    before = unfinished(folder)
    if before:
        output.mark(f"{name}: the run before, begun {before['started']}, was killed, or the machine went down: what it did is not known")
    with contextlib.suppress(OSError):
        keep(folder, last)
    output.mark(f"{name}: {shown}")
    output.last.clear()
    began = time.monotonic()
    status, told = run_playbook(folder, entry, lock, output)
    last.update({"status": status, "ended": now(), "seconds": round(time.monotonic() - began), "lines": list(output.last), "log": where(entry, output)})
    output.mark(f"{name}: exit status {status} after {last['seconds']} s")
    kept = None
    try:
        kept = keep(folder, last)
    except OSError as problem:
        if not os.path.isdir(folder):
            output.mark(f"{name}: the entry was removed meanwhile")
            return status
        output.mark(f"{name}: what became of it could not be kept: {problem}")
    if before and entry["mail"] and not told_of(before, folder, entry, lock, output):
        output.tell(f"{name}: the mail about the run that was killed could not be sent")
    if status and told:
        output.mark(f"{name}: the playbook has mailed what failed")
    elif status and entry["mail"] and not mailed(entry, last, kept, lock, output):
        output.tell(f"{name}: exit status {status}; the mail about it could not be sent; all output: {last['log']}")
    return status


def mailed(entry: Entry, last: Run, kept: str | None, lock: int, output: Output) -> bool:
    """Whether the mail was sent. Where nothing could be kept, Ansible gets a temporary folder as well, since it needs one itself."""
    if kept:
        about = ["-e", json.dumps({"schedule_last": kept})]
        status = run(entry["mail"] + about, entry, lock, output, MAIL_LIMIT)
        if status in NOT_READ:
            output.mark(f"{entry['name']}: the mail is tried once more, without a vault")
            status = run(without_vaults(entry) + about, among(entry, NO_VAULT), lock, output, MAIL_LIMIT)
        return status == 0
    try:
        with tempfile.TemporaryDirectory(prefix="bytewire-schedule-", dir=MEMORY_FOLDER if os.access(MEMORY_FOLDER, os.W_OK) else None) as folder:
            there = among(entry, {"ANSIBLE_LOCAL_TEMP": folder, "ANSIBLE_REMOTE_TEMP": folder})
            return mailed(there, last, keep(folder, last), lock, output)
    except OSError as problem:
        output.write(str(problem))
        return False


NO_PASSWORD = os.path.abspath(__file__)
NO_VAULT = {"ANSIBLE_VARS_ENABLED": "", "ANSIBLE_VAULT_PASSWORD_FILE": NO_PASSWORD, "ANSIBLE_VAULT_IDENTITY_LIST": "none@" + NO_PASSWORD}
"""Ansible reads no file of variables by itself, and takes for a password what opens no vault, in place of a file that may be gone."""


def without_vaults(entry: Entry) -> list[str]:
    """The command that mails, with those variables of all hosts that are in plain files, and without passwords of vaults."""
    command = entry["mail"][:5]
    for name, value in zip(entry["mail"][5::2], entry["mail"][6::2]):
        command += [] if name == "--vault-id" else [name, value]
    inventories = [value for name, value in zip(command[5::2], command[6::2]) if name == "-i"] or ["ansible.cfg"]
    for inventory in inventories:
        place = os.path.join(entry["directory"], os.path.expanduser(inventory))
        folder = place if os.path.isdir(place) else os.path.dirname(place)
        for path in plain_files(os.path.join(folder, "group_vars")):
            command[5:5] = ["-e", "@" + path]
    return command


def plain_files(folder: str) -> list[str]:
    """The files of variables of group all that are no vaults, the last one first."""
    found = [os.path.join(folder, name) for name in ("all", "all.yml", "all.yaml", "all.json")]
    found += [os.path.join(there, name) for there, dummy, names in os.walk(found[0]) for name in sorted(names)]
    return [path for path in reversed(found) if os.path.isfile(path) and is_plain(path)]


def is_plain(path: str) -> bool:
    """Whether Ansible would read it, as text that is not encrypted."""
    name = os.path.basename(path)
    if name.startswith(".") or name.endswith("~") or os.path.splitext(name)[1] not in ("", ".yml", ".yaml", ".json"):
        return False
    try:
        with open(path, "rb") as file:
            return not file.read(14).startswith(b"$ANSIBLE_VAULT")
    except OSError:
        return False


def where(entry: Entry, output: Output) -> str:
    """Where all output is, for people."""
    if not entry["log"]:
        unit = "--user-unit" if os.getuid() else "--unit"
        return f"journalctl {unit} bytewire-schedule-{entry['name']}"
    return entry["log"]["path"] + (f", as far as it could be written: {output.problem}" if output.problem else "")


def take_lock(folder: str, name: str) -> int | None:
    """The lock of an entry, or None. Its file is removed by whoever holds it: an entry removed and made anew has two folders, and one lock."""
    path = lock_of(folder, name)
    while True:
        lock = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NONBLOCK, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.exists(path) and os.path.samestat(os.fstat(lock), os.stat(path)):
                return lock
        except BlockingIOError:
            return None
        except FileNotFoundError:
            pass
        os.close(lock)


def lock_of(folder: str, name: str) -> str:
    return os.path.join(os.path.dirname(os.path.abspath(folder)), ".lock-" + name)


def forget(path: str) -> None:
    """Remove the lock of an entry that was removed while it ran, and the schedule's folder where this was the last one."""
    with contextlib.suppress(OSError):
        os.unlink(path)
        os.rmdir(os.path.dirname(path))


def terminate(number: int, frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


def entry_of(path: str) -> Entry:
    """What the role wrote; a line that says why, and an end, where it cannot be read."""
    try:
        with open(path, encoding="utf-8", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            entry: Entry = json.loads(file.read(LARGEST))
        return entry
    except (OSError, ValueError, RecursionError) as problem:
        sys.exit(f"{path} cannot be read: {problem}. Make the entry anew with the role.")


def main(folder: str) -> int:
    entry = entry_of(os.path.join(folder, "entry.json"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    lock = take_lock(folder, entry["name"])
    if lock is None:
        log = entry["log"].copy() if entry["log"] else None
        if log:
            log["size"] = 0  # this process must not rotate the file that the other one writes
        Output(log).mark(f"{entry['name']}: not started, the run before still goes on")
        return STILL_RUNNING
    time.sleep(random.uniform(0, entry["random_delay"]))
    signal.signal(signal.SIGTERM, terminate)
    status = one_run(folder, entry, lock)
    if not os.path.isdir(folder):
        forget(lock_of(folder, entry["name"]))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the emulator's processes: of each its state, which names the process, its lock, its log and its socket."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._files import open_own, read_regular

LARGEST = 64 * 1024  # bytes of a state file
FOLDER = os.path.join("~", ".ansible", "bytewire", "emulator")


def folder() -> str:
    return os.path.expanduser(FOLDER)


def running() -> list[str]:
    """The names of all processes that run."""
    with usable():
        names = sorted(file[:-5] for file in os.listdir(folder()) if file.endswith(".json")) if os.path.isdir(folder()) else []
    return [name for name in names if read(name)]


def read(name: str) -> dict[str, t.Any] | None:
    """The state of the running process of this name, or None."""
    with usable():
        try:
            found = json.loads(read_regular(path(name, "json"), LARGEST))
            state = {**{key: found[key] for key in ("pid", "born", "salt", "fingerprint")}, "asked": dict(found.get("asked") or {})}
        except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError, RecursionError):
            return None
    return state if state["born"] is not None and state["born"] == born(state["pid"]) else None


def write(name: str, state: dict[str, t.Any]) -> None:
    fresh = path(name, "json.new")
    with usable():
        with open(fresh, "w", encoding="utf-8", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
            json.dump(state, file)
        os.replace(fresh, path(name, "json"))


def clear(name: str) -> None:
    """Remove every file of a process that has ended, its lock last."""
    with usable():
        for kind in ("json", "json.new", "log", "sock", "lock"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path(name, kind))


@contextlib.contextmanager
def alone(name: str) -> t.Iterator[None]:
    """One task at a time starts or stops the process of a name; the next one finds what that has done."""
    handle = _locked(name)
    try:
        yield
    finally:
        os.close(handle)


def _locked(name: str) -> int:
    """The locked lock file. One that has been removed while it was waited for is nobody's lock any more."""
    with usable():
        while True:
            handle = open_own(path(name, "lock"))
            fcntl.flock(handle, fcntl.LOCK_EX)
            if os.fstat(handle).st_nlink:
                return handle
            os.close(handle)


@contextlib.contextmanager
def usable() -> t.Iterator[None]:
    """Around everything that is done with the files of a process."""
    try:
        yield
    except OSError as error:
        raise BytewireError("invalid", "state", f"emulator: its files cannot be kept in {folder()} ({error.strerror}). "
                            "Make sure that this folder can be written to and that its disk is not full, or set HOME to another.") from error


def path(name: str, kind: str) -> str:
    return os.path.join(folder(), f"{name}.{kind}")


def born(pid: int) -> str | None:
    """When a process started, in the kernel's own words; None where it is gone (or a zombie)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]

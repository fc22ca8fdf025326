# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What monitoring knows between two runs, in a folder of its own: one run at a time, and whole after a crash."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._files import open_own, read_regular
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.changes import Change, Host
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.files import replace

LARGEST = 256 * 1024 * 1024
WAIT = 60.0  # seconds for another run
NAME, LOCK = "state.json", ".lock"
OF_A_HOST = ("up", "since", "checked", "values", "numbers", "over")
OF_A_CHANGE = ("id", "host", "words", "told", "logged")


class State:
    """hosts: what is known of each. changes: what is not told, or not in the history, yet. telling: the mail that is on its way into the spool."""

    def __init__(self, directory: str) -> None:
        self.path = os.path.join(directory, NAME)
        self.hosts: dict[str, Host] = {}
        self.changes: list[Change] = []
        self.telling: dict[str, t.Any] | None = None
        self.warnings: list[str] = []

    def load(self) -> None:
        """What the last run left. A file that is none of ours is set aside: then monitoring begins anew."""
        try:
            content = read_regular(self.path, LARGEST)
        except FileNotFoundError:
            return
        except OSError as error:
            raise invalid(f"monitor: {self.path} cannot be read: {error.strerror}.", "state") from None
        try:
            self._take(json.loads(content))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.warnings.append(f"{self.path} cannot be understood, and is now {self.path}.broken: monitoring begins anew.")

    def _take(self, given: t.Any) -> None:
        """Take it over; an error where it is not what save() writes."""
        hosts, changes, telling = given["hosts"], given["changes"], given["telling"]
        whole = (all(set(OF_A_HOST) <= set(host) and isinstance(host["values"], dict) and isinstance(host["numbers"], dict) and isinstance(host["over"], dict)
                     for host in hosts.values())
                 and all(set(OF_A_CHANGE) <= set(change) for change in changes) and (not telling or {"identity", "ids"} <= set(telling)))
        if not whole:
            raise ValueError("something is missing")
        self.hosts, self.changes, self.telling = hosts, changes, telling

    def set_aside(self) -> None:
        """Leave what cannot be understood to a person."""
        if self.warnings:
            with contextlib.suppress(FileNotFoundError):
                os.rename(self.path, f"{self.path}.broken")

    def save(self) -> None:
        """On disk when this returns. What is told, and in the history, is done with."""
        self.changes = [change for change in self.changes if not (change["told"] and change["logged"])]
        content = json.dumps({"hosts": self.hosts, "changes": self.changes, "telling": self.telling}, ensure_ascii=False, separators=(",", ":"))
        try:
            replace(self.path, content.encode("utf-8", "replace"), 0o600)
        except OSError as error:
            raise invalid(f"monitor: {self.path} cannot be written: {error.strerror}. What changed is told when it can.", "state") from None

    def mark(self, ids: t.Container[str], **marks: bool) -> None:
        for change in self.changes:
            if change["id"] in ids:
                change.update(marks)


@contextlib.contextmanager
def locked(directory: str) -> t.Iterator[None]:
    """While no other run with this folder goes on; it is made for its owner alone."""
    path = os.path.join(directory, LOCK)
    try:
        handle = open_own(path)
    except OSError as error:
        raise invalid(f"monitor: directory {directory} cannot be used: {error.strerror}.", "state") from None
    try:
        _lock(handle, directory, time.monotonic() + WAIT)
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()}, since {time.strftime('%Y-%m-%d %H:%M:%S')}".encode(), 0)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, directory: str, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError:
            if time.monotonic() >= until:
                who = os.pread(handle, 200, 0).decode("ascii", "replace")
                raise BytewireError("busy", "lock", f"monitor: another run with directory {directory} ({who}) did not end within {WAIT:g} s. "
                                    "Nothing was compared.") from None
            time.sleep(0.05)

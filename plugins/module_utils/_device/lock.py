# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One exchange sequence per device at a time: a lock file per resolved address, shared by everything this user runs.

flock, not lockf: a lockf lock lets a second handle of the same process through. The files are never removed: a removed
file would let two holders lock two different inodes of one name.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import random
import re
import time

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._files import open_own
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import sleep

LONGEST_LEFT = 64 * 1024  # bytes
FOLDER = os.path.join("~", ".ansible", "bytewire", "locks")
PROCESS = "process "  # what begins the name of a holder
_NOT_IN_A_NAME = re.compile(r"[^0-9A-Za-z.-]")  # compiled before Ansible forks its workers


class DeviceLock:
    """The lock of one address; title names the device in errors, and to whoever waits for it.

    left: what the holder before it left in the file. Of one that died these are its name, for how many seconds what it sent may be answered, and a line that
    it noted, or that was left to it.
    """

    def __init__(self, address: str, title: str, folder: str = FOLDER) -> None:
        self.path = os.path.join(os.path.expanduser(folder), _NOT_IN_A_NAME.sub("_", address) + ".lock")
        self.address, self.title = address, title
        self.handle: int | None = None
        self.size = 0
        self.left = self._holder = ""

    async def acquire(self, seconds: float, latest: float = 0.0) -> bool:
        """Wait at most this long; True where it had to wait. A BytewireError of kind busy names who holds the lock.

        latest: seconds for which what is sent under it may be answered.
        """
        handle = self._open()
        deadline = time.monotonic() + seconds
        waited = False
        try:
            while not _try(handle):
                waited = True
                if time.monotonic() >= deadline:
                    raise BytewireError("busy", "lock", f"{self.title} is in use by {_holder_in(handle)}; waited {seconds:g} s for it. Try again, or raise "
                                        "lock_timeout.")
                await sleep(random.uniform(0.002, 0.02))
        except BaseException:
            os.close(handle)
            raise
        self.handle = handle
        with contextlib.suppress(OSError):
            self.size = os.fstat(handle).st_size
            self.left = os.pread(handle, LONGEST_LEFT, 0).decode("utf-8", "replace")
        self._holder = f"{PROCESS}{os.getpid()} ({self.title})\n{latest:g}\n"
        self.note(parted(self.left)[2])
        return waited

    def note(self, line: str) -> None:
        """Keep a line for the next holder, should this one die."""
        self._write(self._holder + line)

    def release(self, left: str = "") -> None:
        """Let others have it, if it is held, with a line for the next holder."""
        if self.handle is not None:
            try:
                self._write(left)
            finally:
                os.close(self.handle)
                self.handle = None

    def _write(self, text: str) -> None:
        """On a full disk the lock is held all the same. Its holder is not named, and seems to have died, for a hole is left, which takes no room."""
        data = text.encode("utf-8")
        if self.handle is not None:
            with contextlib.suppress(OSError):
                if data and not self.size:
                    os.ftruncate(self.handle, 1)
                    self.size = 1
                if data:
                    self.size = max(self.size, os.pwrite(self.handle, data, 0))
                if self.size != len(data):
                    os.ftruncate(self.handle, len(data))
                    self.size = len(data)

    def _open(self) -> int:
        try:
            return open_own(self.path)
        except OSError as error:
            raise BytewireError("invalid", "lock", f"The lock file {self.path} of {self.title} cannot be used ({error.strerror}). Check who owns it and its "
                                "folders; nothing was sent.")


def parted(left: str) -> tuple[bool, str, str]:
    """(whether the holder that left this died, for how many seconds it may be answered, the line that it noted)."""
    if not left.startswith(PROCESS):
        return False, "", left
    seconds, line = (left.split("\n") + ["", ""])[1:3]
    return True, seconds, line


def _holder_in(handle: int) -> str:
    """Who holds the lock of this file, in words."""
    found = os.pread(handle, 300, 0).decode("utf-8", "replace").partition("\n")[0].strip()
    return found if found.startswith(PROCESS) else "another task"


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR):
            raise
        return False

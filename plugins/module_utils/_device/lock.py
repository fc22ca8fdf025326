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
_NOT_IN_A_NAME = re.compile(r"[^0-9A-Za-z.-]")  # compiled before Ansible forks its workers


class DeviceLock:
    """The lock of one address; title names the device in errors, and to whoever waits for it.

    left: what the holder before it left in the file. Of one that died these are its name, for how many seconds what it sent may be answered, and what was
    left to it.
    """

    def __init__(self, address: str, title: str, folder: str = FOLDER) -> None:
        self.path = os.path.join(os.path.expanduser(folder), _NOT_IN_A_NAME.sub("_", address) + ".lock")
        self.address, self.title = address, title
        self.handle: int | None = None
        self.left = ""

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
                    holder = os.pread(handle, 300, 0).decode("utf-8", "replace").partition("\n")[0].strip() or "another task"
                    raise BytewireError("busy", "lock", f"{self.title} is in use by {holder}; waited {seconds:g} s for it. Try again, or raise lock_timeout.")
                await sleep(random.uniform(0.002, 0.02))
        except BaseException:
            os.close(handle)
            raise
        self.handle = handle
        with contextlib.suppress(OSError):
            self.left = os.pread(handle, LONGEST_LEFT, 0).decode("utf-8", "replace")
        with contextlib.suppress(OSError):  # a full disk: the lock is held, only its holder is not named
            noted = self.left[self.left.find("{"):] if "{" in self.left else ""
            os.pwrite(handle, f"process {os.getpid()} ({self.title})\n{latest:g}\n{noted}".encode("utf-8"), 0)
        return waited

    def release(self, left: str = "") -> None:
        """Let others have it, if it is held, with a line for the next holder."""
        if self.handle is not None:
            data = left.encode("utf-8")
            try:
                with contextlib.suppress(OSError):  # a full disk: what stands there says that this holder died, of which nothing is known
                    if data:
                        os.pwrite(self.handle, data, 0)
                    os.ftruncate(self.handle, len(data))
            finally:
                os.close(self.handle)
                self.handle = None

    def _open(self) -> int:
        try:
            return open_own(self.path)
        except OSError as error:
            raise BytewireError("invalid", "lock", f"The lock file {self.path} of {self.title} cannot be used ({error.strerror}). Check who owns it and its "
                                "folders; nothing was sent.")


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR):
            raise
        return False

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files and folders that others could have put there: what blocks, has no end, or can be changed by others is refused."""

from __future__ import annotations

import errno
import os
import stat


def read_regular(path: str, most: int) -> bytes:
    """What a file holds; an OSError also where it is no regular file, or has more bytes. It never blocks."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        refuse_irregular(os.fstat(handle))
        with open(handle, "rb", closefd=False) as file:
            content = file.read(most + 1)
    finally:
        os.close(handle)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most} bytes")
    return content


def refuse_unreadable(path: str) -> None:
    """An OSError where a file or folder cannot be read without end or waiting, for libraries that open it themselves."""
    found = os.stat(path)
    if not stat.S_ISDIR(found.st_mode):
        refuse_irregular(found)


def refuse_irregular(found: os.stat_result) -> None:
    """An OSError for a pipe, a device or a folder where a file is expected."""
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")


def open_own(path: str) -> int:
    """A handle of a file to lock and write, made with its folder if it is missing; an OSError also where others could have put it there."""
    folder = os.path.dirname(path)
    try:
        found = os.stat(folder)
    except FileNotFoundError:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        found = os.stat(folder)
    if not is_private(found):
        raise PermissionError(errno.EPERM, f"its folder must belong to the user who runs this and be writable by nobody else: chmod 700 {folder}")
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        refuse_irregular(os.fstat(handle))
    except OSError:
        os.close(handle)
        raise
    return handle


def is_private(found: os.stat_result) -> bool:
    """Whether it belongs to the user who runs this, and nobody else may write to it."""
    return found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o022


def sync_folder(path: str) -> None:
    """What was renamed, made or removed in this folder is on disk when this returns."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def ends_in_the_middle(handle: int) -> bool:
    """Whether the last line of a file was cut off, as by a disk that was full."""
    found = os.fstat(handle)
    return stat.S_ISREG(found.st_mode) and found.st_size > 0 and os.pread(handle, 1, found.st_size - 1) != b"\n"

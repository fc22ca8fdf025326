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
    with open(handle, "rb") as file:
        refuse_irregular(os.fstat(handle))
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most} bytes")
    return content


def refuse_irregular(found: os.stat_result) -> None:
    """An OSError for a pipe, a device or a folder where a file is expected."""
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")


def is_private(found: os.stat_result) -> bool:
    """Whether it belongs to the user who runs this, and nobody else may write to it."""
    return found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o022

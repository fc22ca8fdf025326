# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What began on this machine is not begun again: ssh repeats what it sent when its session breaks, the pulse and the mail with it.

The controller names each invocation in the environment. Its file in FOLDER is locked while it runs, and holds its result once it is over.
What cannot be noted there is not begun: who comes again, and the controller that looks, would take it for what never happened.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import re
import signal
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._files import open_own
from ansible_collections.bytewire.devices.plugins.module_utils._task import Result

NAME = "BYTEWIRE_INVOCATION"
FOLDER = "~/.ansible/bytewire/invocations"
KEPT = 3600  # seconds
_NAMES = re.compile("[0-9a-f]{32}")
_BEGAN = b"\0"
_REPEATED = "The connection to the gateway broke, and ssh began this task a second time. It was done once; this is the result of the first."
_LOST = ("This task began on the gateway, the connection broke, and the process that did it is gone without a result. "
         "It is not begun again: look at the device or the mailbox before you repeat it.")


def once(name: str | None, run: t.Callable[[], Result], lost: t.Callable[[BytewireError], Result] = BytewireError.result) -> Result:
    """The result of run, or of who began it under this name before and may still be at it; that of lost where nobody is left to give it."""
    if not name or not _NAMES.fullmatch(name):
        return run()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # what is under way is brought to its end, so that the one who begins again can tell it
    try:
        file, before = _begin(name)
    except OSError as error:
        return lost(BytewireError("invalid", "gateway", f"{FOLDER} of the gateway cannot be used ({error.strerror}), and without it ssh could make this "
                                  "happen twice. Check who owns it and its folders; nothing was sent."))
    with file:
        if before:
            return _of_before(before, lost)
        result = run()
        with contextlib.suppress(OSError):  # a full disk: to who begins again nothing more is known
            file.write(json.dumps(result).encode("utf-8"))
    return result


def _begin(name: str) -> tuple[io.FileIO, bytes]:
    """The file of this name, locked, and what who began before noted in it; nothing for the first, who is noted now."""
    file = io.FileIO(_opened(name), "r+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = file.read()
        if not before:
            file.seek(file.truncate(len(_BEGAN)))  # not written: on a full disk there is room for a hole
    except OSError:
        file.close()
        raise
    return file, before


def _of_before(noted: bytes, lost: t.Callable[[BytewireError], Result]) -> Result:
    try:
        result: Result = json.loads(noted[len(_BEGAN):])
    except ValueError:
        return lost(BytewireError("unverified", "gateway", _LOST, changed=True))
    result["warnings"] = [*result.get("warnings", ()), _REPEATED]
    return result


def _opened(name: str) -> int:
    """The file of this name; those that nobody will ask for again go."""
    folder = os.path.expanduser(FOLDER)
    handle = open_own(os.path.join(folder, name))
    with os.scandir(folder) as found:
        for entry in found:
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_mtime < time.time() - KEPT:
                    _remove_unless_locked(entry.path)
    return handle


def _remove_unless_locked(path: str) -> None:
    with open(path, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command and fail when a process that it started outlives it: no_leftovers.py COMMAND [ARGUMENT...]

Linux hands orphans to the nearest "child subreaper". This process becomes one, so whatever the command starts,
daemons with a session of their own included, ends up as a child of this process and of no other.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import typing as t

PR_SET_CHILD_SUBREAPER = 36
GRACE = 5  # seconds in which a process that is just about to end may do so


def leftovers() -> list[int]:
    """The process ids of children that still run; those that have ended are collected on the way."""
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(os.getpid())], stdout=subprocess.PIPE, check=False)
    return [int(pid) for pid in children.stdout.split() if ended(int(pid)) is False]


def ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:  # the `ps` above, already collected
        return True


def main(command: list[str]) -> t.NoReturn:
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit(f"cannot become a child subreaper: {os.strerror(ctypes.get_errno())}")
    status = subprocess.run(command, check=False).returncode
    limit = time.monotonic() + GRACE
    while leftovers() and time.monotonic() < limit:
        time.sleep(0.2)
    left = leftovers()
    if left:
        print("These processes were left behind; they are ended now:", file=sys.stderr, flush=True)
        subprocess.run(["ps", "-o", "pid,lstart,args", "-p", ",".join(map(str, left))], stdout=sys.stderr, check=False)
        while left:  # the children of a process that ends come here in turn
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.2)
            left = leftovers()
        status = status or 1
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main(sys.argv[1:])

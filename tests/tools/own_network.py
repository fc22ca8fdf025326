# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command on a network of its own, which has loopback and nothing else: own_network.py COMMAND [ARGUMENT...]

Nobody else takes its ports, answers what it broadcasts, or hears it. Where the machine allows no such network (another
system than Linux; a user who is not root and may make no namespace), the command runs on the one that all share, and that is said.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
import typing as t

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP = 0x8914, 0x8916, 0x1


def enter() -> None:
    """Go to a new network, and raise its loopback; OSError where that is not allowed.

    Beside 127.0.0.1 it has another address: programs that ask for names of the families that a machine has (AI_ADDRCONFIG) take the first alone for none.
    """
    ids = {"uid_map": os.getuid(), "gid_map": os.getgid()}
    anybody = os.geteuid() != 0
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET | (CLONE_NEWUSER if anybody else 0)) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if anybody:
        for name, text in [("setgroups", "deny"), *((name, f"{number} {number} 1") for name, number in ids.items())]:
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    import fcntl
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", IFF_UP))
        fcntl.ioctl(any_socket, SIOCSIFADDR, struct.pack("16sHH4s16x", b"lo:1", socket.AF_INET, 0, socket.inet_aton("127.0.0.2")))


def allowed() -> bool:
    """Whether enter() works, tried by a process of its own: what it does cannot be undone."""
    child = os.fork()
    if child == 0:
        try:
            enter()
        except (OSError, AttributeError):
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def main(command: list[str]) -> t.NoReturn:
    if sys.platform == "linux" and allowed():
        enter()
    else:
        print("No network of its own can be made here: let nothing else run that takes ports of 127.0.0.0/8 or answers discovery.", file=sys.stderr)
    sys.stderr.flush()
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])

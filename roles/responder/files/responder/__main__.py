# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The device's own side: takes ESC, a command and CR, runs the program that a list maps it to, answers text and NUL.

Installed by role bytewire.devices.responder, which describes its configuration. Python 3.8, the standard library alone.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import pwd
import socket
import sys
import typing as t

from checks import WrongConfiguration
from commands import missing
from configuration import read, summary
from journal import NOTICE, log
from server import Server


def notify(words: str) -> None:
    """Tell systemd, where it started us."""
    path = os.environ.get("NOTIFY_SOCKET")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
            sock.sendto(words.encode(), "\0" + path[1:] if path.startswith("@") else path)


def becoming(user: str) -> t.Callable[[], None]:
    """A function that takes on the user's rights, so that what is checked is what the service may read and run."""
    def become() -> None:
        try:
            entry = pwd.getpwnam(user)
            os.initgroups(user, entry.pw_gid)
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
        except (KeyError, PermissionError):
            raise WrongConfiguration(f"the checker cannot become the user {user}: there is none, or only root could.")
    return become


def check(path: str, user: str | None, with_secret: bool) -> None:
    """Say that a configuration is right; WrongConfiguration where it is not. For the user who is to run the service all programs must be there."""
    configuration = read(path, become=becoming(user) if user else None, with_secret=with_secret)
    gone = missing(configuration.commands) if user else []
    if gone:
        raise WrongConfiguration(" ".join(gone))
    print(f"The configuration is right: {summary(configuration)}.")


async def serve(path: str) -> None:
    server = Server(asyncio.get_running_loop(), path)
    server.start()
    log(NOTICE, f"started: {summary(server.configuration)}")
    notify("READY=1")
    await server.run()
    notify("STOPPING=1")


def main() -> None:
    parser = argparse.ArgumentParser(description="Answer commands in text from a list of what is allowed.")
    parser.add_argument("--check", action="store_true", help="say whether the configuration is right, and end")
    parser.add_argument("--as", dest="user", metavar="USER", help="check with the rights of this user, and that each program is there")
    parser.add_argument("--without-secret", action="store_true", help="check before the secret is in its file")
    parser.add_argument("configuration", help="a file in JSON")
    given = parser.parse_args()
    try:
        if given.check:
            check(given.configuration, given.user, not given.without_secret)
        else:
            asyncio.run(serve(given.configuration))
    except WrongConfiguration as error:
        sys.exit(f"{given.configuration}: {error}")


if __name__ == "__main__":
    main()

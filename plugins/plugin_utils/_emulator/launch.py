# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator's process: its configuration comes on standard input, one line of JSON says how starting went.

Run as a script with the folder that holds ansible_collections. The package is bound to that folder by hand: a regular
package of that name elsewhere on the path would hide it.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
import traceback
import types
import typing as t


def bind_collections(root: str) -> None:
    package = types.ModuleType("ansible_collections")
    package.__path__ = [os.path.join(root, "ansible_collections")]
    sys.modules["ansible_collections"] = package


async def run(config: dict[str, t.Any]) -> None:
    from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.serve import serve

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(config, lambda: say({"pid": os.getpid()}), stop)


def say(line: dict[str, t.Any]) -> None:
    """Tell whoever started us, once, and let go of the pipe."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def main() -> int:
    os.umask(0o077)
    try:
        bind_collections(sys.argv[1])
        config = json.load(sys.stdin)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        asyncio.run(run(config))
    except Exception as error:  # whatever it is, nobody else could tell it to whoever started us
        say({"error": str(error) or repr(error)})
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

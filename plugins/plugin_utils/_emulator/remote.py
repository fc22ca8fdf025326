# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of emulated devices while they run: a line of JSON on a socket file, and a line in return."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import typing as t

from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.caller import call
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.server import Server

LONGEST = 1024 * 1024  # bytes


class Remote:
    """The emulator's end of the socket file: {change, check} or {call} for all of its devices."""

    def __init__(self, path: str, servers: list[Server]) -> None:
        self.path, self.servers = path, servers
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        with _short(self.path) as path:
            listener.bind(path)
        self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=LONGEST)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = json.loads(await reader.readline())
            writer.write(json.dumps(await self._done(asked)).encode() + b"\n")
            await writer.drain()
        except (OSError, ValueError):
            pass  # whoever asked has gone, or is not the module
        finally:
            writer.close()

    async def _done(self, asked: dict[str, t.Any]) -> dict[str, t.Any]:
        try:
            if "call" in asked:
                return {"calls": await asyncio.gather(*[call(server, asked["call"]) for server in self.servers])}
            for server in {id(server.board.profile): server for server in self.servers}.values():
                server.board.change(asked["change"], check=True)  # all or none
            changed = [server.change(asked["change"], asked["check"]) for server in self.servers]
            return {"changed": any(changed)}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            return {"error": str(error)}


def ask(path: str, request: dict[str, t.Any], seconds: float) -> dict[str, t.Any]:
    """What the emulator answers; OSError where nobody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(seconds)
        with _short(path) as short:
            link.connect(short)
        link.sendall(json.dumps(request).encode() + b"\n")
        with link.makefile("rb") as answers:
            line = answers.readline()
    return json.loads(line) if line else {"error": "it closed without an answer"}


@contextlib.contextmanager
def _short(path: str) -> t.Iterator[str]:
    """Another name of a socket file, whose own may be longer than the 107 bytes that an address has room for."""
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{os.path.basename(path)}"
    finally:
        os.close(folder)

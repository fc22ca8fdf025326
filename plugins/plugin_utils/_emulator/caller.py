# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulated device that calls: it connects, sends one message of its profile, and reads the reply."""

from __future__ import annotations

import asyncio
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import shown
from ansible_collections.bytewire.devices.plugins.module_utils._wire.address import endpoint
from ansible_collections.bytewire.devices.plugins.module_utils._wire.asyncio_waits import finished
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.server import Server


async def call(server: Server, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Who called, and the reply's fields: null where none came. The call comes from the device's own address."""
    message = _message(server, options["message"])
    data = message.request.render({**server.board.unit, **(options.get("fields") or {})})
    where, seconds = endpoint(options["host"], options["port"]), options["timeout"]
    try:
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection(options["host"], options["port"], local_addr=(server.host, 0)), seconds)
    except (OSError, asyncio.TimeoutError) as error:  # two things before Python 3.11
        why = getattr(error, "strerror", None) or str(error) or f"no answer within {seconds:g} s"
        raise OSError(f"{server.host} could not call {where}: {why}") from error
    server.journal.note(server.name, 0, "call", to=where, bytes=message.show({**server.board.unit, **(options.get("fields") or {})}))
    try:
        writer.write(data)
        reply = await _reply(reader, message, data, seconds) if message.answered else None
        server.journal.note(server.name, 0, "answer", to=where, fields=reply)
        return {"device": server.name, "reply": reply}
    finally:
        writer.close()


def _message(server: Server, name: str) -> Message:
    messages = dict(server.board.profile.requests())
    found = messages.get(name) or messages.get(f"info.{name}")
    if found is None:
        raise ValueError(f"there is no message '{name}'; {server.board.profile.name} has {', '.join(messages) or 'none'}")
    return found


async def _reply(reader: asyncio.StreamReader, message: Message, sent: bytes, seconds: float) -> dict[str, t.Any] | None:
    received = b""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    try:
        while chunk := await finished(reader.read(4096), until - loop.time()):
            received += chunk
            answer = message.read(received, {}, sent)
            if answer.kind in ("reply", "refused"):
                return answer.values
    except (asyncio.TimeoutError, ConnectionError):
        pass
    if received:
        raise ValueError(f"the answer {shown(received)} is none that the profile knows")
    return None

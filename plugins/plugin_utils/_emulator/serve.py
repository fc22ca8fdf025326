# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Emulates the boards of a configuration, with all that goes with them: remote control, discovery, mail."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import ssl
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.module_utils._wire.address import endpoint
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.discovery import Responder
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.journal import Journal
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.remote import Remote
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.server import Server
from ansible_collections.bytewire.devices.plugins.plugin_utils._tls_server import server_context


async def serve(config: dict[str, t.Any], ready: t.Callable[[], None], stop: asyncio.Event) -> None:
    """Emulate the boards of a configuration until stop is set; ready is called once every address listens."""
    journal = Journal(config.get("journal"), {part.get("password") for part in (*config["boards"], config.get("mail") or {})})
    sink = _mail_sink(config["mail"]) if config.get("mail") else None
    tls = _tls(config["tls"]) if config.get("tls") else None
    servers: list[Server] = []
    responder = None
    remote = Remote(config["remote"], servers) if config.get("remote") else None
    try:
        for each in config["boards"]:
            board = Board(load(config["pages"][each["page"]]), config.get("initial"), each.get("password"), unit=each.get("unit"))
            server = Server(board, each["host"], each["port"], journal, config.get("latency") or 0.0, config.get("faults") or (), tls)
            with _told(endpoint(each["host"], each["port"])):
                await server.start()
            servers.append(server)
        if config.get("discovery"):
            responder = Responder(servers)
            with _told(f"discovery: UDP port {responder.port}"):
                await responder.start()
        if sink:
            await asyncio.get_running_loop().run_in_executor(None, sink.start)
        if remote:
            await remote.start()
        ready()
        if config.get("lifetime"):
            asyncio.get_running_loop().call_later(config["lifetime"], stop.set)
        await stop.wait()
    finally:
        if remote:
            remote.close()
        if responder:
            responder.close()
        for server in servers:
            server.close()
        if sink:
            await asyncio.get_running_loop().run_in_executor(None, sink.stop)
        journal.close()


@contextlib.contextmanager
def _told(where: str) -> t.Iterator[None]:
    """Why nothing can listen there, in words."""
    try:
        yield
    except OSError as error:
        number = error.errno or (errno.EADDRNOTAVAIL if "could not bind on any address" in str(error) else 0)  # asyncio since Python 3.12
        raise ValueError(f"{where}{_WORDS.get(number) or f': {os.strerror(number) if number > 0 else error.strerror or error}'}") from error


_WORDS = {
    errno.EADDRINUSE: " is taken (address already in use): something else on this machine listens there. Stop it, or give another port",
    errno.EADDRNOTAVAIL: " is not an address of this machine",
}


def _tls(files: dict[str, t.Any]) -> ssl.SSLContext:
    try:
        return server_context(**files)
    except (OSError, ValueError) as error:
        raise ValueError(f"tls: {', '.join(path for path in files.values() if path)} cannot be used ({error})") from error


def _mail_sink(options: dict[str, t.Any]) -> t.Any:
    from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.mail_sink import MailSink

    os.makedirs(options["directory"], mode=0o700, exist_ok=True)
    return MailSink(**options)

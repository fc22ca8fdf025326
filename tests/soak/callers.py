# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients that connect without end, and behave in every way: for what listens, the event source listen and the responder."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import socket
import struct
import time
import typing as t

from ansible_collections.bytewire.devices.tests.bench.measure import FIRST, Bench, free_port

PAUSE = 0.005  # seconds between two clients
WELL = (b"\x1bSTATUS\r", b"\x1bFAILS\r", b"\x1bSTATUS\r\x1bSTATUS\r", b"\x1bSLEEPS\r")
BADLY = (b"", b"\x1bSTAT", b"GET / HTTP/1.0\r\n\r\n", b"\x1b\r", b"\x1b{{ 7 * 7 }}\r", b"\x1b" + b"x" * 5000 + b"\r", bytes(range(256)),
         b"\x1bUNKNOWN\r", b"\x00")


@contextlib.contextmanager
def calling(bench: Bench) -> t.Iterator[int]:
    """Somebody calls this port from many addresses."""
    port = free_port("127.0.0.1")
    process = multiprocessing.get_context("fork").Process(target=_call, args=(port,), daemon=True)
    process.start()
    bench.pids.append(process.pid)
    try:
        yield port
    finally:
        bench.pids.remove(process.pid)
        process.terminate()
        process.join()


def _call(port: int) -> None:
    kept: list[socket.socket] = []
    for number in itertools.count():
        time.sleep(PAUSE)
        data = WELL[number % len(WELL)] if number % 4 else BADLY[number // 4 % len(BADLY)]
        with contextlib.suppress(OSError):  # turned away, or not listening yet
            client = socket.create_connection(("127.0.0.1", port), 1, (str(FIRST + number % 3000), 0))
            client.settimeout(0.05)
            client.sendall(data)
            if number % 50 == 0:
                kept.append(client)  # it says no more: the other side must end it
                kept[:-5] = []
                continue
            with contextlib.suppress(socket.timeout):
                client.recv(4096)
            if number % 7 == 0:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()

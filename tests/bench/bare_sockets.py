# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The floor of a fleet: bare asyncio sockets that do the same exchanges with every board, so many at a time. Prints the seconds it took.

HOSTS-FILE PORT CONCURRENCY REQUEST:LENGTH ..., where REQUEST is hex and LENGTH the bytes of its reply.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time


async def board(host, port, exchanges, turn):
    async with turn:
        reader, writer = await asyncio.open_connection(host, port)
        for request, length in exchanges:
            writer.write(request)
            await reader.readexactly(length)
        writer.close()


async def main(hosts, port, concurrency, exchanges):
    turn = asyncio.Semaphore(concurrency)
    await asyncio.gather(*(board(host, port, exchanges, turn) for host in hosts))


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with open(sys.argv[1], encoding="utf-8") as file:
        addresses = file.read().split()
    pairs = [(bytes.fromhex(request), int(length)) for request, length in (word.split(":") for word in sys.argv[4:])]
    started = time.monotonic()
    asyncio.run(main(addresses, int(sys.argv[2]), int(sys.argv[3]), pairs))
    print(round(time.monotonic() - started, 3))

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What serves on loopback in a thread of the test: servers of literal bytes, and event loops."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import struct
import threading
import time

from ansible_collections.bytewire.devices.tests.ports import free_port


class Server:
    """Serves one connection after the other, so many of them or any number; what goes wrong in one ends it alone."""

    def __init__(self, connections=None):
        self.listener = socket.create_server(("127.0.0.1", free_port()))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, args=(connections,), daemon=True)
        self.thread.start()

    def _accept(self, connections):
        with contextlib.suppress(OSError):
            for dummy in itertools.count() if connections is None else range(connections):
                with self.listener.accept()[0] as client, contextlib.suppress(OSError):
                    client.settimeout(30)
                    self.serve(client)

    def serve(self, client):
        raise NotImplementedError

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(40)
        assert not self.thread.is_alive()


def reset(client):
    """Close a connection with a TCP reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


class BlackHole:
    """An address and port that answers no connection request: its queue is full."""

    def __init__(self, host="127.0.0.1", port=0):
        self.listener = socket.create_server((host, port), backlog=0)
        self.port = self.listener.getsockname()[1]
        self.fillers = [socket.socket() for dummy in range(4)]
        for filler in self.fillers:
            filler.setblocking(False)
            filler.connect_ex(self.listener.getsockname())
        time.sleep(0.1)

    def close(self):
        for each in [self.listener, *self.fillers]:
            each.close()


class Resetting(Server):
    """Reads one request, answers, and resets the connection."""

    def __init__(self, answer):
        self.answer = answer
        super().__init__(1)

    def serve(self, client):
        client.recv(4096)
        client.sendall(self.answer)
        time.sleep(0.05)
        reset(client)


class Line(Server):
    """A serial line behind a TCP server: it outlives connections, and what it says goes to whoever is connected then, or is kept.

    hears(line, data): called with the bytes of each packet; it answers with say(), at once or in so many seconds.
    """

    def __init__(self, hears, kept=b""):
        self.hears, self.kept, self.client = hears, kept, None
        self.received, self.history, self.timers = [], [], []
        self.lock = threading.RLock()
        super().__init__()

    def options(self, **others):
        return dict({"host": "127.0.0.1", "port": self.port, "timeout": 0.4, "settle": 0.3}, **others)

    def say(self, data, seconds=0.0):
        if seconds:
            timer = threading.Timer(seconds, self.say, (data,))
            self.timers.append(timer)
            timer.start()
            return
        with self.lock:
            try:
                self.client.sendall(data)
            except (OSError, AttributeError):
                self.kept += data

    def serve(self, client):
        with self.lock:
            self.client, kept, self.kept = client, self.kept, b""
        if kept:
            self.say(kept)
        try:
            for data in iter(lambda: client.recv(4096), b""):
                self.received.append(data)
                self.hears(self, data)
        finally:
            with self.lock:
                self.client = None

    def close(self):
        for timer in self.timers:
            timer.cancel()
        super().close()


def answering(answers, after=None):
    """What hears these requests and says the answers; after: {request: seconds}."""
    def hears(line, data):
        if data in answers:
            line.say(answers[data], (after or {}).get(data, 0.0))
    return hears


class Lagging(Line):
    """An ETH-RLY16 whose relay 1 reads as it was so many seconds ago; told: when it was told what."""

    TOLD = {0x5A: b"\x11\x02", 0x5D: b"\x78", 0x77: b"\x00\x04\xa3\x00\x00\x02"}

    def __init__(self, lag, state=0):
        self.lag, self.told = lag, [(float("-inf"), state)]
        super().__init__(Lagging.hear)

    def hear(self, data):
        for byte in data:
            if byte == 0x5B:
                seen = time.monotonic() - self.lag
                self.say(bytes([state for since, state in self.told if since <= seen][-1:]))
            elif byte in (0x65, 0x6F):
                self.told.append((time.monotonic(), int(byte == 0x65)))
            elif byte in self.TOLD:
                self.say(self.TOLD[byte])


class LoopThread:
    """An event loop in a thread of the test."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def run(self, coroutine, seconds=30):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(seconds)

    def end(self, last):
        """End the loop soon after this function was called on it."""
        self.loop.call_soon_threadsafe(last)
        self.loop.call_soon_threadsafe(self.loop.call_later, 0.01, self.loop.stop)
        self.thread.join(30)
        assert not self.thread.is_alive()
        self.loop.close()

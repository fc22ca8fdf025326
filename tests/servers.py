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
                    client.settimeout(5)
                    self.serve(client)

    def serve(self, client):
        raise NotImplementedError

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(6)
        assert not self.thread.is_alive()


def reset(client):
    """Close a connection with a TCP reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


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


class LoopThread:
    """An event loop in a thread of the test."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def run(self, coroutine, seconds=5):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(seconds)

    def end(self, last):
        """End the loop soon after this function was called on it."""
        self.loop.call_soon_threadsafe(last)
        self.loop.call_soon_threadsafe(self.loop.call_later, 0.01, self.loop.stop)
        self.thread.join(5)
        assert not self.thread.is_alive()
        self.loop.close()

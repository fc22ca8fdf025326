# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An event source as a rulebook runs it: the file by itself, a queue, and in the end a cancellation."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import runpy

import pytest

from ansible_collections.bytewire.devices.tests.waiting import within

SOURCES = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4, "extensions", "eda", "plugins", "event_source"))


class Events(list):
    """A queue that keeps what is put into it, which must be plain data."""

    async def put(self, event):
        assert json.loads(json.dumps(event)) == event
        self.append(event)

    async def until(self, number, seconds=5):
        """The events, once there are so many."""
        async with within(seconds):
            while len(self) < number:
                await asyncio.sleep(0.005)
        return self

    def values_of(self, *keys):
        """What the events say under these keys."""
        return [tuple(event.get(key) for key in keys) for event in self]


def descriptors():
    """The descriptors that the running loop waits for."""
    return set(asyncio.get_running_loop()._selector.get_map())


class Source:
    """One source; module holds what its file defines."""

    def __init__(self, name):
        self.name = name
        self.module = runpy.run_path(os.path.join(SOURCES, name + ".py"))

    @contextlib.asynccontextmanager
    async def running(self, **arguments):
        """The queue of the source while it runs; afterwards nothing of it is left on the loop."""
        before, watched, events = asyncio.all_tasks(), descriptors(), Events()
        task = asyncio.ensure_future(self.module["main"](events, arguments))
        try:
            yield events
            if task.done():
                task.result()
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        assert task.cancelled()
        assert asyncio.all_tasks() <= before
        if self.name == "watch":  # the other one's callers live on this loop too
            assert descriptors() == watched

    async def run(self, **arguments):
        """A source that ends by itself."""
        async with within(5):
            await self.module["main"](Events(), arguments)


@pytest.fixture
def port(free_port):
    return free_port()


@pytest.fixture(scope="session")
def sources():
    """The sources, read once."""
    return {name: Source(name) for name in ("watch", "listen")}


@pytest.fixture
def watch(sources):
    return sources["watch"]


@pytest.fixture
def listen(sources):
    return sources["listen"]

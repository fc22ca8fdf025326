# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is soaked with the event source listen: callers of every kind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import runpy
import typing as t

from ansible_collections.bytewire.devices.tests.bench.measure import CHECKOUT, Bench
from ansible_collections.bytewire.devices.tests.soak.callers import calling

TITLE = "listen"
SOURCE = os.path.join(CHECKOUT, "extensions", "eda", "plugins", "event_source", "listen.py")
COUNTERS = ("operations", "unexpected")


def about(given: dict[str, t.Any]) -> str:
    """What this part does, in words."""
    return ("Callers from 3,000 addresses come one after the other: three of four say a message and read the answer, the fourth says nothing, a part of a "
            "message, a web request, too much, or rubbish; some reset the connection, and some stay and never say more. An operation is a message.")


@contextlib.contextmanager
def boards(bench: Bench, count: int) -> t.Iterator[int]:
    """The port that is called."""
    with calling(bench) as port:
        yield port


@contextlib.contextmanager
def meanwhile(bench: Bench, made: int, whole: float) -> t.Iterator[t.Callable[[float], None]]:
    """Nothing else happens."""
    yield lambda seconds: None


def load(counts: t.Any, made: int, interval: float) -> None:
    """Listen without end."""
    class Events:
        async def put(self, event: dict[str, t.Any]) -> None:
            counts[0] += 1

    logging.basicConfig(filename=os.devnull)
    source = runpy.run_path(SOURCE)
    asyncio.run(source["main"](Events(), {"port": made, "answer": {"reply": "READY"}, "idle_timeout": 2, "rate": 1000}))

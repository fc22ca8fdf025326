# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is soaked with the event source watch: thousands of boards, of which some are made anew, some close or answer rubbish, and some come and go."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import runpy
import typing as t

from ansible_collections.bytewire.devices.tests.bench.measure import CHECKOUT, FIRST, Bench, free_port

TITLE = "watch"
SOURCE = os.path.join(CHECKOUT, "extensions", "eda", "plugins", "event_source", "watch.py")
ANEW, CLOSING, RUBBISH, COMING, ABSENT = 400, 50, 50, 100, 20
CHANGES, TURNS = 12, 60  # how often most boards change in one run, and how often those that come and go do either
COUNTERS = ("operations", "failed", "changed", "lost", "returned", "unexpected")

Boards = t.Dict[str, t.Dict[str, t.Any]]


def about(given: dict[str, t.Any]) -> str:
    """What this part does, in words."""
    return (f"One event source watches {given['boards']:,} boards every {given['interval']:g} s. {ANEW} of them (eth_rly16) are connected for each poll, "
            f"{CLOSING} close the connection after each answer, {RUBBISH} answer rubbish, and {COMING} come and go, {TURNS // 2} times each; the others "
            f"(eth008) keep their connections, and a relay of each of them changes {CHANGES - 1} times. {ABSENT} more are not there. An operation is one poll "
            "of one board.")


@contextlib.contextmanager
def boards(bench: Bench, count: int) -> t.Iterator[Boards]:
    """The options of so many emulated boards, and of some that are not there."""
    made: Boards = {}
    kinds = [("kept", "eth008", max(count - ANEW - CLOSING - RUBBISH - COMING, 1), {}), ("anew", "eth_rly16", ANEW, {}),
             ("closing", "eth008", CLOSING, {"faults": [{"fault": "close_after_reply", "on": ["relays.read"]}]}),
             ("rubbish", "eth008", RUBBISH, {"faults": [{"fault": "garbage", "on": ["relays.read"]}]})]
    first = FIRST
    with contextlib.ExitStack() as stack:
        for kind, model, number, others in kinds:
            addresses, port = stack.enter_context(bench.boards(number, first, model, **others))
            made.update({f"{kind}{place}": {"host": address, "port": port, "model": model} for place, address in enumerate(addresses)})
            first += number
        for kind, number in (("coming", COMING), ("absent", ABSENT)):
            port = free_port(first)
            made.update({f"{kind}{place}": {"host": str(first + place), "port": port, "model": "eth008"} for place in range(number)})
            first += number
        yield made


@contextlib.contextmanager
def meanwhile(bench: Bench, made: Boards, whole: float) -> t.Iterator[t.Callable[[float], None]]:
    """What happens to the boards after so many seconds of the whole: a relay changes on most of them, and some come and go."""
    first, port = ipaddress.ip_address(made["coming0"]["host"]), made["coming0"]["port"]
    changes, turns = 0, -1
    with contextlib.ExitStack() as stack:
        def step(seconds: float) -> None:
            nonlocal changes, turns
            if seconds * TURNS // whole > turns:
                turns = int(seconds * TURNS // whole)
                stack.close()
                if turns % 2 == 0:
                    stack.enter_context(bench.boards(COMING, first, port=port))
            if seconds * CHANGES // whole > changes:
                changes = int(seconds * CHANGES // whole)
                bench.change("bench-0", relays=[1] if changes % 2 else [])
        yield step


def load(counts: t.Any, made: Boards, interval: float) -> None:
    """Watch without end."""
    source = runpy.run_path(SOURCE)
    polled = source["Board"]._poll

    async def poll(board: t.Any) -> t.Any:
        counts[COUNTERS.index("operations")] += 1
        try:
            return await polled(board)
        except Exception:
            counts[COUNTERS.index("failed")] += 1
            raise

    source["Board"]._poll = poll
    asyncio.run(source["main"](_Events(counts), {"boards": made, "interval": interval}))


class _Events:
    """A queue that counts what is put into it."""

    def __init__(self, counts: t.Any) -> None:
        self.counts = counts

    async def put(self, event: dict[str, t.Any]) -> None:
        self.counts[COUNTERS.index(event["type"])] += 1
        if event["type"] == "lost" and event["board"].startswith(("kept", "anew", "closing")):
            self.counts[COUNTERS.index("unexpected")] += 1
            os.write(2, f"{event['board']}: {event['reason']}\n".encode())

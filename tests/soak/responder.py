# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is soaked with the responder: callers of every kind, for whom it runs programs."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import runpy
import sys
import typing as t

from ansible_collections.bytewire.devices.tests.bench.measure import CHECKOUT, Bench
from ansible_collections.bytewire.devices.tests.soak.callers import calling
from ansible_collections.bytewire.devices.tests.soak.listen import meanwhile

__all__ = ["COUNTERS", "TITLE", "about", "boards", "load", "meanwhile"]

TITLE = "the responder"
PROGRAM = os.path.join(CHECKOUT, "roles", "responder", "files", "responder")
COUNTERS = ("operations", "unexpected")


def about(given: dict[str, t.Any]) -> str:
    """What this part does, in words."""
    return "The same callers; for each command that it knows it runs a program. An operation is a program that ran."


@contextlib.contextmanager
def boards(bench: Bench, count: int) -> t.Iterator[int]:
    """The port that is called."""
    with calling(bench) as port:
        yield port


def load(counts: t.Any, made: int, interval: float) -> None:
    """Serve without end."""
    commands = [{"name": "STATUS", "run": ["/bin/echo", "READY"]}, {"name": "FAILS", "run": ["/bin/false"]},
                {"name": "SLEEPS", "run": ["/bin/sleep", "5"], "seconds": 0.1}]
    given = {"port": made, "listen": ["127.0.0.1"], "networks": ["127.0.0.0/8"], "commands": commands, "limits": {"idle_seconds": 2, "rate": 1000}}
    with open("configuration.json", "w", encoding="utf-8") as file:
        json.dump(given, file)
    sys.stderr = open(os.devnull, "w", encoding="utf-8")
    sys.path.insert(0, PROGRAM)
    programs: t.Any = importlib.import_module("programs")
    ran = programs.Programs.run

    async def run(*arguments: t.Any) -> t.Any:
        counts[0] += 1
        return await ran(*arguments)
    programs.Programs.run = run
    sys.argv = [PROGRAM, "configuration.json"]
    runpy.run_path(os.path.join(PROGRAM, "__main__.py"), run_name="__main__")

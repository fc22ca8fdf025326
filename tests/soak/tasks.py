# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is soaked with single tasks: relay and settings, one after the other in one process, now and then a fleet, and boards that fail in every way."""

from __future__ import annotations

import contextlib
import itertools
import os
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.bytewire.devices.plugins.module_utils._capability import fleet, relay, settings
from ansible_collections.bytewire.devices.plugins.module_utils._errors import KINDS
from ansible_collections.bytewire.devices.plugins.module_utils._run import perform
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.bench.measure import FIRST, Bench, free_port

TITLE = "relay and settings"
GOOD = 64  # boards of each kind that do as they are told
FAILURE_EVERY, FLEET_EVERY, TRACE_EVERY = 100, 1000, 50  # operations
RELAY_FAULTS = ("silent", "drop_reply", "close_before_reply", "close_after_reply", "garbage", "partial_reply", "refuse", "wrong_reply", "lie",
                "early_close", "full")
SETTING_FAULTS = ("silent", "drop_reply", "close_before_reply", "garbage", "refuse")
IMPATIENT = {"timeout": 0.05, "connect_timeout": 0.2, "settle": 0.05, "latest": 0.05, "lock_timeout": 0.02}
QUICK = {
    "name": "quick", "notation": "text", "port": 9000, "identify": {"send": "ID?\r", "reply": "ID {id:d}\r"}, "is": {"id": 7},
    "setting": {
        "set": {"send": "{c} {value:d}\r", "reply": "{c} {value:d}\r", "refused": "{c} ERR{code:d}\r"},
        "get": {"send": "{c}?\r", "reply": "{c} {value:d}\r", "refused": "{c} ERR{code:d}\r"},
    },
    "settings": {"route": {"c": "ROUTE", "range": "0-64"}, "mute": {"c": "MUTE", "values": {"off": 0, "on": 1}}},
    "emulator": {"settings": {"route": 1}},
}
"""A device with settings that says who it is: of one that does not, it takes a tenth of a second to be sure that nothing more comes."""
COUNTERS = ("operations", "fleets", "failed", "unexpected", *KINDS)

Boards = t.Dict[str, t.List[t.Dict[str, t.Any]]]


def about(given: dict[str, t.Any]) -> str:
    """What this part does, in words."""
    return (f"One process runs `relay` and `settings` one after the other, over TCP: switching, asking (check mode) and pulsing on {GOOD} boards of eth008, of "
            f"which some have to be recognised, and {GOOD} devices with settings. Each {FAILURE_EVERY}th task goes to one that fails: it is silent, loses the "
            "answer, closes, answers rubbish, refuses, lies, does not listen, or has no such name. "
            f"Each {FLEET_EVERY}th is followed by a `fleet` of {GOOD}.")


@contextlib.contextmanager
def boards(bench: Bench, count: int) -> t.Iterator[Boards]:
    """The options of the boards (there are always as many): some of three kinds that do as they are told, and those that fail."""
    made: Boards = {"failing": []}
    first = FIRST
    with contextlib.ExitStack() as stack:
        for kind, model in (("relay", "eth008"), ("settings", QUICK), ("slow", "kramer_p3000")):
            addresses, port = stack.enter_context(bench.boards(GOOD, first, model))
            made[kind] = [{"host": address, "port": port, "model": model} for address in addresses]
            first += 256
        for kind, model, faults in (("relay", "eth008", RELAY_FAULTS), ("settings", QUICK, SETTING_FAULTS)):
            for fault in faults:
                addresses, port = stack.enter_context(bench.boards(1, first, model, faults=[{"fault": fault}]))
                made["failing"] += [{"host": address, "port": port, "model": model, "kind": kind} for address in addresses]
                first += 1
        made["failing"].append({"host": str(first), "port": free_port(first), "model": "eth008", "kind": "relay"})
        made["failing"].append({"host": "no-such-board.invalid", "port": 1, "model": "eth008", "kind": "relay"})
        yield made


@contextlib.contextmanager
def meanwhile(bench: Bench, made: Boards, whole: float) -> t.Iterator[t.Callable[[float], None]]:
    """Nothing is done to the boards."""
    yield lambda seconds: None


def load(counts: t.Any, made: Boards, dummy: float) -> None:
    """Work without end."""
    good, failing = itertools.cycle(_good_tasks(made)), itertools.cycle(_failing_tasks(made))
    fleets = itertools.cycle(_fleets(made))
    for number in itertools.count(1):
        _count(counts, _done(*next(good), trace=number % TRACE_EVERY == 0), expected=False)
        if number % FAILURE_EVERY == 0:
            _count(counts, _done(*next(failing), trace=False), expected=True)
        if number % FLEET_EVERY == 0:
            for result in perform(fleet.run, next(fleets))["hosts"].values():
                _count(counts, result, expected=False)
            counts[COUNTERS.index("fleets")] += 1


def _done(capability: t.Any, options: dict[str, t.Any], check: bool, trace: bool) -> dict[str, t.Any]:
    return perform(capability.run, dict(options), check=check, diff=trace, trace=trace)


def _count(counts: t.Any, result: dict[str, t.Any], expected: bool) -> None:
    counts[COUNTERS.index("operations")] += 1
    if result.get("failed"):
        counts[COUNTERS.index("failed")] += 1
        counts[COUNTERS.index(result["error"]["kind"])] += 1
        if not expected:
            counts[COUNTERS.index("unexpected")] += 1
            os.write(2, f"{result['msg']}\n".encode())


def _options(capability: t.Any, board: dict[str, t.Any], **task: t.Any) -> dict[str, t.Any]:
    """As a task has them: validated, with the page of its model."""
    validation = ArgumentSpecValidator(**capability.SPEC).validate({**{name: value for name, value in board.items() if name != "kind"}, **task})
    if validation.error_messages:
        raise ValueError(f"{board}: {validation.error_messages}")
    return {**validation.validated_parameters, "model": resolve(board["model"])}


def _good_tasks(made: Boards) -> list[tuple[t.Any, dict[str, t.Any], bool]]:
    """(capability, options, check mode): every relay board and every switcher, on, asked, off and asked; some boards have to be recognised."""
    tasks = []
    for state, route in (("on", 2), ("off", 3)):
        for number, (board, switcher) in enumerate(zip(made["relay"], made["settings"])):
            board = {**board, "model": "auto" if number % 16 == 0 else board["model"]}
            for check in (False, True):
                tasks.append((relay, _options(relay, board, relay=["2", "7"], state=state), check))
                tasks.append((settings, _options(settings, switcher, settings={"route": route, "mute": state}), check))
    pulses = [(relay, _options(relay, board, relay=["1"], state="pulsed", duration=0.1), False) for board in made["relay"][::16]]
    return tasks + pulses


def _failing_tasks(made: Boards) -> list[tuple[t.Any, dict[str, t.Any], bool]]:
    tasks = []
    for number, state in enumerate(("on", "off", "on")):
        for board in made["failing"]:
            capability, task = (relay, {"relay": ["3"], "state": state}) if board["kind"] == "relay" else (settings, {"settings": {"route": number + 5}})
            tasks.append((capability, _options(capability, board, **IMPATIENT, retries=number % 2, **task), False))
    return tasks


def _fleets(made: Boards) -> list[dict[str, t.Any]]:
    """fleet over all that do as they are told."""
    tasks: list[tuple[str, t.Any, dict[str, t.Any]]] = []
    for state, route in (("on", 4), ("off", 5)):
        tasks += [("relay", relay, {"relay": ["5"], "state": state}), ("slow", settings, {"settings": {"route": route}})]
    found = []
    for kind, capability, task in tasks:
        module = {"module": capability.__name__.rpartition(".")[2]}
        hosts = [{"name": board["host"], "options": {**_options(capability, board, **task), "model": 0}} for board in made[kind]]
        shared = {"options": {}, "pages": [resolve(made[kind][0]["model"])]}
        found.append({**ArgumentSpecValidator(**fleet.SPEC).validate(module).validated_parameters, "options": shared, "hosts": hosts})
    return found

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet: who is next, when it stops, and what is told of each host."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability.fleet_scheduler import Fleet, Job, Turn, Turns, without_title
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode
from ansible_collections.bytewire.devices.plugins.module_utils._wire import event_loop
from ansible_collections.bytewire.devices.plugins.module_utils._wire.asyncio_waits import limit
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import call, sleep

REAL = Mode(False, False, False)


class Work:
    """A capability of the tests: how many did it at once, when, and in which order."""

    def __init__(self, seconds=0.01):
        self.seconds, self.begun, self.times = seconds, [], []
        self.now = self.most = 0

    async def __call__(self, options, mode):
        self.begun.append(options["name"])
        self.times.append(time.monotonic())
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await sleep(options.get("seconds", self.seconds))
            if "error" in options:
                raise options["error"]
            return {"changed": options.get("changed", True)}
        finally:
            self.now -= 1


def job(name, place=None, refused=None, **options):
    return Job(name, dict(options, name=name), place, refused)


def run(work, jobs, concurrency=256, **others):
    fleet = Fleet(work, REAL, jobs, lambda name, result: result, concurrency, **others)
    return fleet, event_loop.run(fleet.run(lambda fleet: None))


def names(count):
    return [f"h{number}" for number in range(count)]


def failing(kind="timeout", **details):
    return BytewireError(kind, "read", "no answer", **details)


def test_no_more_at_a_time_than_allowed():
    work = Work()
    fleet, results = run(work, [job(name) for name in names(30)], concurrency=4)
    assert work.most == 4 and work.begun == names(30) and set(results) == set(names(30)) and fleet.changed == 30


def test_starts_are_a_while_apart():
    work = Work(seconds=2)
    run(work, [job(name) for name in names(6)], stagger=0.05)
    gaps = [later - earlier for earlier, later in zip(work.times, work.times[1:])]
    assert min(gaps) >= 0.05 and max(gaps) < 2 and work.most >= 3


def test_where_a_device_is_done_at_once_the_time_counts_from_its_end():
    ended = []

    async def work(options, mode):
        begun.append(time.monotonic())
        await sleep(0.03)
        ended.append(time.monotonic())
        return {"changed": True}

    begun = []
    run(work, [job(name) for name in names(5)], stagger=0.05)
    assert min(later - earlier for earlier, later in zip(ended, begun[1:])) >= 0.05


def test_commands_take_turns_however_long_each_takes():
    spans = []

    async def work(options, mode):
        await sleep(options["before"])  # slow to connect: these would all switch at once
        await options["turn"].begin()
        begun = time.monotonic()
        await sleep(options["takes"])
        spans.append((begun, time.monotonic()))
        options["turn"].end()
        return {"changed": True}

    run(work, [job(f"h{number}", before=0.3 - number * 0.05, takes=0.01 if number else 0.12) for number in range(5)], stagger=0.05)
    spans.sort()
    assert len(spans) == 5 and min(later[0] - earlier[1] for earlier, later in zip(spans, spans[1:])) >= 0.05


def test_without_stagger_nobody_takes_turns():
    seen = []

    async def work(options, mode):
        seen.append("turn" in options)
        return {}

    run(work, [job("a")])
    run(work, [job("a")], stagger=0.01)
    assert seen == [False, True]


def in_turn(turns, asking, seconds=0.0, giving_up=()):
    """({name: when its turn came}, [how each ended]) of devices that ask after so many seconds each, and take so long; some give up after 0.5 s."""
    came = {}

    async def device(name, after):
        if name in giving_up:
            limit(time.monotonic() + 0.5, failing)
        turn = Turn(turns)
        await sleep(after)
        await turn.begin()
        came[name] = time.monotonic()
        await sleep(seconds)
        turn.end()

    async def devices():
        return await asyncio.gather(*(device(name, after) for name, after in asking.items()), return_exceptions=True)

    return came, event_loop.run(devices())


def test_turns_come_in_the_order_in_which_they_were_asked_for():
    came, over = in_turn(Turns(0.5), {f"h{number}": 0.4 - number * 0.1 for number in range(5)}, seconds=0.02)
    assert list(came) == ["h4", "h3", "h2", "h1", "h0"] and over == [None] * 5
    times = list(came.values())
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    assert min(gaps) >= 0.52 and max(gaps) < 1.04, gaps


def test_who_gives_up_holds_nobody_up():
    """The first has its turn, the next two give up while they wait, the last comes in their place."""
    came, over = in_turn(Turns(1), {"a": 0, "b": 0.1, "c": 0.2, "d": 0.3}, giving_up="bc")
    assert list(came) == ["a", "d"] and 1 <= came["d"] - came["a"] < 2
    assert [error and error.msg for error in over] == [None, "no answer", "no answer", None]


def test_who_has_begun_goes_before_who_has_not():
    turns, order = Turns(0.2), []

    async def device(name, after, pause):
        turn = Turn(turns)
        for seconds in (after, pause):
            await sleep(seconds)
            await turn.begin()
            order.append(name)
            turn.end()

    async def devices():
        await asyncio.gather(*(device(name, number * 0.01, 0.05) for number, name in enumerate("abcd")))

    event_loop.run(devices())
    assert order == list("aabbccdd")


def test_a_turn_that_one_has_is_not_waited_for_and_only_its_own_can_be_ended():
    turns = Turns(3600)
    mine, other = Turn(turns), Turn(turns)

    async def work():
        waited = [await mine.begin(), await mine.begin()]
        other.end()
        return waited + [turns.holder is mine]

    assert event_loop.run(work()) == [False, False, True]


class Cycle:
    """A capability of the tests that switches its load off for a while and on again, as relay does."""

    def __init__(self, seconds, before=0.0):
        self.seconds, self.before = seconds, before
        self.begun, self.times, self.off, self.first, self.before_me = [], [], [], 0, []

    async def __call__(self, options, mode):
        self.begun.append((time.monotonic(), options["name"]))
        await sleep(self.before)
        gone = await self._switch(options["turn"])
        self.first += 1
        await sleep(self.seconds)
        others = self.first
        self.off.append(await self._switch(options["turn"]) - gone)
        self.before_me.append(self.first - others)
        return {"changed": True}

    async def _switch(self, turn):
        await turn.begin()
        self.times.append(time.monotonic())
        turn.end()
        return self.times[-1]


@pytest.mark.parametrize("before", [0.0, 0.15])
def test_a_load_is_switched_back_before_others_are_begun(before):
    cycle = Cycle(0.2, before)
    run(cycle, [job(name) for name in names(40)], stagger=0.02)
    gaps = [later - earlier for earlier, later in zip(cycle.times, cycle.times[1:])]
    assert len(cycle.off) == 40 and min(cycle.off) >= 0.2 and max(cycle.off) < 30, sorted(cycle.off)
    assert set(cycle.before_me) == {0}
    assert min(gaps) >= 0.02 and [name for dummy, name in cycle.begun] == names(40)


def test_nobody_is_started_while_somebody_waits_for_his_turn():
    waiting = []

    async def work(options, mode):
        waiting.append(len(options["turn"].turns.waiting))
        for dummy in range(3):
            await options["turn"].begin()
            order.append(options["name"])
            options["turn"].end()
        return {"changed": True}

    order = []
    run(work, [job(name) for name in names(4)], stagger=0.02)
    assert waiting == [0] * 4 and order == [name for name in names(4) for dummy in range(3)]


@pytest.mark.parametrize("name, words, left", [
    ("tv8", "tv8 (10.0.0.8:23): model x cannot be read back.", "model x cannot be read back."),
    ("tv8", "tv8 (10.0.0.8:23) did it: tv8 (10.0.0.8:23) closed the connection.", "did it: it closed the connection."),
    ("tv8", "tv8 (/dev/ttyS0): tv8 is well.", "tv8 is well."),
    ("tv8", "tv80 (10.0.0.80:23): model x.", "tv80 (10.0.0.80:23): model x."),
    ("10.0.0.8", "10.0.0.8:23: model x (10.0.0.8:23).", "model x (it)."),
    ("10.0.0.8", "10.0.0.8:23 did it.", "did it."),
    ("fe80::8", "[fe80::8]:23 did it.", "did it."),
    ("a", "a: a banana.", "a banana."),
    ("a", "It is warm: really.", "It is warm: really."),
    ("a", "a (", "a ("),
    ("a", "a (b)", "a (b)"),
])
def test_what_is_said_without_whose_it_is(name, words, left):
    assert without_title(name, words) == left


def test_hosts_of_one_place_take_turns_and_keep_nobody_else_waiting():
    work = Work(seconds=0.02)
    at_once = {"most": 0, "now": 0}

    async def one_board(options, mode):
        if options["board"]:
            at_once["now"] += 1
            at_once["most"] = max(at_once["most"], at_once["now"])
        result = await work(options, mode)
        at_once["now"] -= bool(options["board"])
        return result

    jobs = [job(f"r{number:02d}", place="board", board=True) for number in range(10)] + [job(name, board=False) for name in names(4)]
    run(one_board, jobs, concurrency=3)
    assert at_once["most"] == 1
    assert [name for name in work.begun if name.startswith("r")] == [f"r{number:02d}" for number in range(10)]
    assert set(work.begun[:7]) >= set(names(4)), "the board's own relays took the room of others"


def test_one_place_with_thousands_of_hosts():
    started = time.process_time()
    dummy, results = run(Work(seconds=0), [job(name, place="line") for name in names(3000)])
    assert len(results) == 3000 and time.process_time() - started < 5


def test_a_host_that_fails_or_is_defective_is_told_and_the_others_go_on():
    fleet, results = run(Work(), [job("late", error=failing()), job("odd", error=ZeroDivisionError("oops")), job("well")])
    assert results["late"] == {"changed": False, "failed": True, "msg": "no answer", "error": {"kind": "timeout", "stage": "read", "outcome": "nothing"}}
    assert {"kind": "invalid", "stage": "defect"}.items() <= results["odd"]["error"].items() and "ZeroDivisionError('oops')" in results["odd"]["msg"]
    assert "Traceback" in results["odd"]["exception"] and results["well"] == {"changed": True} and (fleet.changed, fleet.failed) == (1, 2)


def test_a_place_is_free_again_after_a_failure():
    results = run(Work(), [job("a", place="x", error=failing()), job("b", place="x", error=ValueError()), job("c", place="x")])[1]
    assert results["c"] == {"changed": True}


def test_what_is_refused_is_not_begun():
    work = Work()
    results = run(work, [job("a"), job("b", refused=invalid("b: no such relay").result())])[1]
    assert work.begun == ["a"] and results["b"]["msg"] == "b: no such relay"


def test_too_many_failures_stop_it():
    jobs = [job(name, seconds=0.02, error=failing()) for name in names(100)]
    work = Work()
    fleet, results = run(work, jobs, concurrency=5, tolerated=10)
    assert len(work.begun) <= 15 and len(results) == 100
    left = results["h99"]
    assert {"kind": "unreachable", "stage": "fleet"}.items() <= left["error"].items() and left["failed"] and not left["changed"]
    assert left["msg"] == "h99 was not attempted: more than 10 % of the hosts had failed."


def test_as_many_failures_as_are_tolerated_do_not_stop_it():
    jobs = [job(name, error=failing()) for name in names(10)] + [job(f"w{number}") for number in range(90)]
    work = Work()
    run(work, jobs, concurrency=5, tolerated=10)
    assert len(work.begun) == 100


def test_the_deadline_ends_who_is_at_it_and_leaves_out_who_is_not():
    work = Work(seconds=60)
    started = time.monotonic()
    results = run(work, [job("done", seconds=0.01)] + [job(name) for name in names(5)], concurrency=3, deadline=1)[1]
    assert time.monotonic() - started < 30 and work.now == 0
    assert results["done"] == {"changed": True}
    assert {"kind": "timeout", "stage": "deadline"}.items() <= results["h0"]["error"].items()
    assert results["h0"]["msg"] == "h0 was not finished: the deadline of 1 s for the whole fleet came before."
    assert results["h4"]["msg"] == "h4 was not attempted: the deadline of 1 s for the whole fleet came before."


def test_the_deadline_does_not_wait_for_a_function_that_blocks():
    over = threading.Event()

    async def stuck(options, mode):
        await call(over.wait, 60)

    started = time.monotonic()
    results = run(stuck, [job(name) for name in names(3)], deadline=0.1)[1]
    over.set()
    assert time.monotonic() - started < 30 and {result["error"]["stage"] for result in results.values()} == {"deadline"}


def test_somebody_watches_while_nothing_happens():
    seen = []
    fleet = Fleet(Work(seconds=2), REAL, [job("slow")], lambda name, result: result, 1)
    event_loop.run(fleet.run(lambda fleet: seen.append(len(fleet.results))))
    assert 3 <= len(seen) <= 12 and seen[-1] == 1


def test_what_is_wrong_with_keeping_a_result_ends_the_whole_and_every_device_cleans_up():
    work = Work(seconds=60)

    def settle(name, result):
        raise OSError("the journal is gone")

    fleet = Fleet(work, REAL, [job("quick", seconds=0.01)] + [job(name) for name in names(5)], settle, 10)
    with pytest.raises(OSError, match="the journal is gone"):
        event_loop.run(fleet.run(lambda fleet: None))
    assert work.begun == ["quick"] + names(5) and work.now == 0


def test_an_error_of_keeping_a_result_is_not_lost_among_others_that_end_with_it():
    kept = []

    def settle(name, result):
        kept.append(name)
        if name == "a":
            raise OSError("the journal is gone")
        return result

    fleet = Fleet(Work(seconds=0.05), REAL, [job("a"), job("b")], settle, 10, stagger=0.0001)
    with pytest.raises(OSError, match="the journal is gone"):
        event_loop.run(fleet.run(lambda fleet: time.sleep(0.06)))
    assert "a" in kept


def test_one_that_fails_at_once_stops_those_that_were_to_begin_with_it():
    begun = []

    async def refuse(options, mode):
        begun.append(options["name"])
        if options["name"] == "a":
            raise invalid("a: no such relay")
        await sleep(0)
        return {"changed": True}

    fleet, results = run(refuse, [job("a")] + [job(name) for name in names(9)], tolerated=0)
    assert begun == ["a"] and results["h8"]["msg"] == "h8 was not attempted: more than 0 % of the hosts had failed."


def test_where_the_whole_is_ended_nobody_else_begins(ctrl_c):
    begun, ended = [], []

    async def work(options, mode):
        begun.append(options["name"])
        if len(begun) == 5:
            ctrl_c(0.1)
        try:
            await sleep(60)
        finally:
            ended.append(options["name"])

    with pytest.raises(KeyboardInterrupt):
        run(work, [job(name) for name in names(20)], concurrency=5)
    assert begun == names(5) and sorted(ended) == names(5)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet: who is next, when it stops, and what is told of each host."""

from __future__ import annotations

import time

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._fleet import Fleet, Job, Turns
from ansible_collections.bytewire.devices.plugins.module_utils._run import Mode
from ansible_collections.bytewire.devices.plugins.module_utils._wait import Call, Sleep

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
            await Sleep(options.get("seconds", self.seconds))
            if "error" in options:
                raise options["error"]
            return {"changed": options.get("changed", True)}
        finally:
            self.now -= 1


def job(name, place=None, refused=None, **options):
    return Job(name, dict(options, name=name), place, refused)


def run(work, jobs, concurrency=256, **others):
    fleet = Fleet(work, REAL, jobs, lambda name, result: result, concurrency, **others)
    return fleet, fleet.run(lambda fleet: None)


def names(count):
    return ["h%d" % number for number in range(count)]


def failing(kind="timeout", **details):
    return BytewireError(kind, "read", "no answer", **details)


def test_no_more_at_a_time_than_allowed():
    work = Work()
    fleet, results = run(work, [job(name) for name in names(30)], concurrency=4)
    assert work.most == 4 and work.begun == names(30) and set(results) == set(names(30)) and fleet.changed == 30


def test_starts_are_a_while_apart():
    work = Work(seconds=0.2)
    run(work, [job(name) for name in names(6)], stagger=0.05)
    gaps = [later - earlier for earlier, later in zip(work.times, work.times[1:])]
    assert min(gaps) >= 0.05 and max(gaps) < 0.3 and work.most >= 3


def test_where_a_device_is_done_at_once_the_time_counts_from_its_end():
    ended = []

    async def work(options, mode):
        begun.append(time.monotonic())
        await Sleep(0.03)
        ended.append(time.monotonic())
        return {"changed": True}

    begun = []
    run(work, [job(name) for name in names(5)], stagger=0.05)
    assert min(later - earlier for earlier, later in zip(ended, begun[1:])) >= 0.05


def test_commands_take_turns_however_long_each_takes():
    spans = []

    async def work(options, mode):
        await Sleep(options["before"])  # slow to connect: these would all switch at once
        await options["turns"].begin()
        begun = time.monotonic()
        await Sleep(options["takes"])
        spans.append((begun, time.monotonic()))
        options["turns"].end()
        return {"changed": True}

    run(work, [job("h%d" % number, before=0.3 - number * 0.05, takes=0.01 if number else 0.12) for number in range(5)], stagger=0.05)
    spans.sort()
    assert len(spans) == 5 and min(later[0] - earlier[1] for earlier, later in zip(spans, spans[1:])) >= 0.05


def test_without_stagger_nobody_takes_turns():
    seen = []

    async def work(options, mode):
        seen.append("turns" in options)
        return {}

    run(work, [job("a")])
    assert seen == [False] and Turns(1).seconds == 1


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

    jobs = [job("r%02d" % number, place="board", board=True) for number in range(10)] + [job(name, board=False) for name in names(4)]
    run(one_board, jobs, concurrency=3)
    assert at_once["most"] == 1
    assert [name for name in work.begun if name.startswith("r")] == ["r%02d" % number for number in range(10)]
    assert set(work.begun[:7]) >= set(names(4)), "the board's own relays took the room of others"


def test_one_place_with_thousands_of_hosts():
    started = time.monotonic()
    dummy, results = run(Work(seconds=0), [job(name, place="line") for name in names(3000)])
    assert len(results) == 3000 and time.monotonic() - started < 5


def test_a_host_that_fails_or_is_defective_is_told_and_the_others_go_on():
    fleet, results = run(Work(), [job("late", error=failing()), job("odd", error=ZeroDivisionError("oops")), job("well")])
    assert results["late"] == {"changed": False, "failed": True, "msg": "no answer", "error": {"kind": "timeout", "stage": "read"}}
    assert results["odd"]["error"] == {"kind": "invalid", "stage": "defect"} and "ZeroDivisionError('oops')" in results["odd"]["msg"]
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
    assert left["error"] == {"kind": "unreachable", "stage": "fleet"} and left["failed"] and not left["changed"]
    assert left["msg"] == "h99 was not attempted: more than 10 % of the hosts had failed."


def test_as_many_failures_as_are_tolerated_do_not_stop_it():
    jobs = [job(name, error=failing()) for name in names(10)] + [job("w%d" % number) for number in range(90)]
    work = Work()
    run(work, jobs, concurrency=5, tolerated=10)
    assert len(work.begun) == 100


def test_the_deadline_ends_who_is_at_it_and_leaves_out_who_is_not():
    work = Work(seconds=30)
    started = time.monotonic()
    results = run(work, [job("done", seconds=0.01)] + [job(name) for name in names(5)], concurrency=3, deadline=0.2)[1]
    assert time.monotonic() - started < 1 and work.now == 0
    assert results["done"] == {"changed": True}
    assert results["h0"]["error"] == {"kind": "timeout", "stage": "deadline"}
    assert results["h0"]["msg"] == "h0 was not finished: the deadline of 0.2 s for the whole fleet came before."
    assert results["h4"]["msg"] == "h4 was not attempted: the deadline of 0.2 s for the whole fleet came before."


def test_the_deadline_does_not_wait_for_a_function_that_blocks():
    async def stuck(options, mode):
        await Call(time.sleep, 2)

    started = time.monotonic()
    results = run(stuck, [job(name) for name in names(3)], deadline=0.1)[1]
    assert time.monotonic() - started < 1 and {result["error"]["stage"] for result in results.values()} == {"deadline"}


def test_somebody_watches_while_nothing_happens():
    seen = []
    fleet = Fleet(Work(seconds=0.6), REAL, [job("slow")], lambda name, result: result, 1)
    fleet.run(lambda fleet: seen.append(len(fleet.results)))
    assert 3 <= len(seen) <= 6 and seen[-1] == 1

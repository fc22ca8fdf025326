# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells fake devices of every page what to do, each with a habit, and counts what the results say that was not so.

    python tests/liars/run.py [--part ci] [--page eth008] [--habit lie] [--plan on] [--wire line] [--settle 0.2 --latest 0.2] [--write docs/reliability.md]

Ends with status 1 where anything that was said was not so, or an honest device was not believed.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import multiprocessing
import os
import re
import sys
import tempfile
import time
import traceback
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._capability.fleet import allow_open_files, capability_of
from ansible_collections.bytewire.devices.plugins.module_utils._capability.fleet_scheduler import Fleet, Job
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile, load
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode
from ansible_collections.bytewire.devices.plugins.module_utils._wire import event_loop
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import models, resolve
from ansible_collections.bytewire.devices.tests.liars.fake import WIRES, Fake
from ansible_collections.bytewire.devices.tests.liars.habits import HABITS, OWN
from ansible_collections.bytewire.devices.tests.liars.tasks import Plan, Times, options_of, plans
from ansible_collections.bytewire.devices.tests.liars.verdict import FAILED, FALSE, OK, UNKNOWN, Done, judge

LONGEST = 60  # seconds that a task may take
BETWEEN = 0.03  # seconds between two tasks
AT_ONCE = 128  # combinations in each process
LATE = 0.005  # seconds by which the machine may make a device late beyond its habit
SECOND_TRY = 10 ** 6  # added to the number of a combination: it has addresses of its own, since locks remember what was not answered
NOT_BELIEVED = "an honest device was not believed"
LINES_OF_A_TRACE = 60
BEGIN, END = "<!-- liars: begin -->\n", "<!-- liars: end -->\n"
MODE = Mode(False, False, False)

LONGEST_TIMEOUT = 3  # seconds


class Combination(t.NamedTuple):
    """A device of a page with a habit on a wire, and what it is told."""

    number: int
    page: str
    habit: str
    plan: str
    wire: str

    def __str__(self) -> str:
        return f"{self.page}, {self.plan}, {self.wire}, {self.habit}"

    @property
    def host(self) -> str:
        """An address that no other combination has: each place has a lock of its own."""
        return f"127.{1 + self.number // 62500}.{1 + self.number // 250 % 250}.{1 + self.number % 250}"


def combinations(arguments: argparse.Namespace) -> tuple[list[Combination], dict[str, str]]:
    """All that are asked for, and for each page or habit that is left out the reason."""
    found: list[Combination] = []
    left_out: dict[str, str] = {}
    for page in models():
        profile = load(resolve(page))
        known = plans(profile)
        if not known:
            left_out[page] = "there is nothing to tell it"
        for habit, made in HABITS.items():
            missing = made(1.0).missing(profile)
            if missing:
                left_out[f"{page}, {habit}"] = missing
                continue
            one = made(1.0)
            names = [name for name, plan in known.items() if (plan.switching or not one.only_writes) and name not in one.without]
            found += [Combination(0, page, habit, name, wire) for wire in WIRES for name in names]
    if arguments.part == "ci":
        found = _part(found)
    wanted = {name: getattr(arguments, name) for name in ("page", "habit", "plan", "wire")}
    found = [one for one in found if all(not values or getattr(one, name) in values for name, values in wanted.items())]
    return [one._replace(number=number) for number, one in enumerate(found)], left_out


def _part(found: list[Combination]) -> list[Combination]:
    """For each page and habit one of its combinations: which, moves on from pair to pair, so that each plan and wire has its turn."""
    pairs: dict[tuple[str, str], list[Combination]] = collections.defaultdict(list)
    for one in found:
        pairs[one.page, one.habit].append(one)
    return [several[number % len(several)] for number, several in enumerate(pairs.values())]


class Report(t.TypedDict):
    """What became of one combination."""

    combination: Combination
    words: list[str]
    why: list[str]
    trace: str
    kinds: list[str]
    seconds: float
    late: float
    again: list[str]


def _hurried(page: t.Any) -> t.Any:
    """A page without timeouts of its own that are longer than a few seconds: a projector takes a hundred to come on."""
    if isinstance(page, dict):
        return {key: _hurried(value) for key, value in page.items() if key != "timeout" or value <= LONGEST_TIMEOUT}
    return [_hurried(part) for part in page] if isinstance(page, list) else page


async def carry_out(one: Combination, times: Times) -> Report:
    """Both tasks with one fake device, and the verdict on each."""
    profile = load(_hurried(resolve(one.page)))
    timeout = times.timeout + _longest_idle(profile.page)
    times = times._replace(timeout=timeout, latest=times.latest * timeout / times.timeout)
    plan = plans(profile)[one.plan]
    habit = HABITS[one.habit](times.timeout)
    began = time.monotonic()
    fake = Fake(profile, habit, one.wire, one.host, plan.on, plan.settings, plan.switching, plan.about)
    await fake.start()
    try:
        done = [await _task(fake, plan, number, profile, times, habit.flips) for number in range(2)]
        while fake.ends >= fake.time():
            await asyncio.sleep(fake.ends - fake.time() + 0.01)
    finally:
        fake.stop()
    verdicts = [judge(fake, task, plan.about) for task in done]
    words, why = [verdict.word for verdict in verdicts], [f"task {number + 1}: {words}" for number, verdict in enumerate(verdicts) for words in verdict.why]
    needless = one.habit == "none" and FAILED in words
    kinds = [task.result.get("error", {}).get("kind", "") for task in done]
    return {"combination": one, "words": words, "why": why, "kinds": kinds, "trace": _trace(fake, done) if why or needless else "",
            "seconds": time.monotonic() - began, "late": fake.late, "again": []}


def _longest_idle(page: t.Any) -> float:
    """Seconds of silence that an answer of the page ends with: an answer takes that long."""
    if isinstance(page, dict):
        return max([float(page["idle"]) if isinstance(page.get("idle"), (int, float)) else 0.0] + [_longest_idle(part) for part in page.values()])
    return max([_longest_idle(part) for part in page], default=0.0) if isinstance(page, list) else 0.0


async def _task(fake: Fake, plan: Plan, number: int, profile: Profile, times: Times, flips: bool) -> Done:
    task = plan.tasks[number]
    if number:
        await asyncio.sleep(BETWEEN)
        if plan.about is not None and flips:
            fake.outside(plan.about, plan.undone)
    fake.task = number
    fake.note(f"TASK {number + 1}: {task.module} {task.options}")
    began = fake.time()
    result = await _result(task.module, options_of(task, profile, fake.host, times))
    fake.note(f"RESULT {number + 1}: {json.dumps(result, default=str)}")
    return Done(number, task.kind, task.options, began, fake.time(), result)


async def _result(module: str, options: dict[str, t.Any]) -> dict[str, t.Any]:
    try:
        return await asyncio.wait_for(capability_of(module).run(options, MODE), LONGEST)
    except BytewireError as error:
        return error.result()
    except asyncio.TimeoutError:
        return {"failed": True, "changed": True, "msg": "it hung", "error": {"kind": "hung", "stage": "defect"}}
    except Exception:
        return {"failed": True, "changed": True, "msg": traceback.format_exc(), "error": {"kind": "defect", "stage": "defect"}}


def _trace(fake: Fake, done: t.Sequence[Done]) -> str:
    lines = [f"{seconds * 1000:8.1f} ms {words}" for seconds, words in fake.log]
    return "\n".join(lines[:LINES_OF_A_TRACE] + ["..."] * (len(lines) > LINES_OF_A_TRACE) + lines[LINES_OF_A_TRACE:][-20:])


def run_share(share: tuple[list[Combination], Times, int]) -> list[Report]:
    """One fleet in one process. Where something is wrong, and the machine made the device late, it is tried again by itself, and that verdict counts."""
    found, times, at_once = share
    with tempfile.TemporaryDirectory(prefix="liars") as home:
        os.environ["HOME"] = home
        allow_open_files(8 * at_once)
        reports = {report["combination"].number: report for report in _fleet(found, times, at_once)}
        late = [report["combination"] for report in reports.values() if report["trace"] and report["late"] > LATE]
        for report in _fleet([one._replace(number=one.number + SECOND_TRY) for one in late], times, 1):
            number = report["combination"].number - SECOND_TRY
            reports[number] = {**report, "again": reports[number]["why"] or [NOT_BELIEVED]}
    return list(reports.values())


def _fleet(found: t.Sequence[Combination], times: Times, at_once: int) -> list[Report]:
    reports: list[Report] = []

    async def capability(options: dict[str, t.Any], mode: Mode) -> dict[str, t.Any]:
        reports.append(await carry_out(options["combination"], times))
        return {}

    def settle(name: str, result: dict[str, t.Any]) -> dict[str, t.Any]:
        if result.get("failed"):
            raise RuntimeError(f"{name}: {result.get('exception') or result.get('msg')}")
        return result

    jobs = [Job(str(one), {"combination": one}, None, None) for one in found]
    event_loop.run(Fleet(capability, MODE, jobs, settle, at_once).run(lambda fleet: None))
    return reports


def run_all(found: list[Combination], times: Times, processes: int, at_once: int) -> list[Report]:
    shares = [(found[number::processes], times, at_once) for number in range(processes)]
    if processes == 1:
        return run_share(shares[0])
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        return [report for reports in pool.map(run_share, shares) for report in reports]


def table(reports: t.Sequence[Report], rows: str, columns: t.Sequence[str] = (OK, FAILED, UNKNOWN, FALSE)) -> str:
    """Tasks by page or habit, as a table in Markdown."""
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    combined: collections.Counter[str] = collections.Counter()
    for report in reports:
        for name in (getattr(report["combination"], rows), "all"):
            counts[name].update(report["words"])
            combined[name] += 1
    names = [name for name in (list(HABITS) if rows == "habit" else sorted(counts)) if name in counts and name != "all"] + ["all"]
    lines = [f"| {rows} | combinations | {' | '.join(columns)} |", f"|---|{'---|' * (len(columns) + 1)}"]
    lines += [f"| {name} | {combined[name]} | {' | '.join(str(counts[name][column]) for column in columns)} |" for name in names]
    return "\n".join(lines)


def grid(reports: t.Sequence[Report]) -> str:
    """Pages by habits: ok, failed, unknown and false tasks of each, in one cell."""
    cells: dict[tuple[str, str], collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for report in reports:
        cells[report["combination"].page, report["combination"].habit].update(report["words"])
    pages = sorted({page for page, dummy in cells})
    habits = [name for name in HABITS if any(habit == name for dummy, habit in cells)]
    lines = ["| habit | " + " | ".join(pages) + " |", "|---|" + "---|" * len(pages)]
    for habit in habits:
        lines.append(f"| {habit} | " + " | ".join(_cell(cells.get((page, habit))) for page in pages) + " |")
    return "\n".join(lines)


def _cell(counts: collections.Counter[str] | None) -> str:
    if not counts:
        return "–"
    words = f"{counts[OK]}/{counts[FAILED]}/{counts[UNKNOWN]}"
    return f"**{words}/{counts[FALSE]}**" if counts[FALSE] else words


def described(reports: t.Sequence[Report], times: Times) -> str:
    """What stands in docs/reliability.md."""
    false = sum(FALSE in report["words"] for report in reports)
    own = ", ".join(f"*{name}*" for name in OWN)
    return (f"{len(reports)} combinations of a page, what it is told, a habit and a wire, two tasks each (timeout {times.timeout:g} s, settle "
            f"{times.settle:g} s, latest {times.latest:g} s): **{false}** in which something was said that was not so.\n"
            f"Habits in no document but here: {own}.\n\n{table(reports, 'habit')}\n\n{table(reports, 'page')}\n\n"
            "Each cell: tasks that were ok, that failed, and whose state was told as unknown; false ones stand fourth.\n\n"
            f"{grid(reports)}\n")


def write(path: str, text: str) -> None:
    """Put a text between the markers of a file."""
    with open(path, encoding="utf-8") as file:
        whole = file.read()
    written = re.sub(f"(?s){re.escape(BEGIN)}.*{re.escape(END)}", lambda dummy: BEGIN + text + END, whole)
    with open(path, "w", encoding="utf-8") as file:
        file.write(written)


def arguments_of(words: t.Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--part", choices=("all", "ci"), default="all")
    for name in ("page", "habit", "plan", "wire"):
        parser.add_argument(f"--{name}", action="append")
    for name, value in Times()._asdict().items():
        parser.add_argument(f"--{name}", type=float, default=value)
    parser.add_argument("--jobs", type=int, default=max(1, min(2, os.cpu_count() or 1)))
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("--traces", type=int, default=20, help="how many false combinations are shown in full")
    parser.add_argument("--save", help="a file for all reports as JSON, and one more for all traces")
    parser.add_argument("--write", help="the document that the table is written into, between its markers")
    return parser.parse_args(words)


def main() -> int:
    arguments = arguments_of()
    times = Times(arguments.timeout, arguments.settle, arguments.latest)
    found, left_out = combinations(arguments)
    began = time.monotonic()
    reports = sorted(run_all(found, times, arguments.jobs, arguments.at_once), key=lambda report: report["combination"].number)
    wrong = [report for report in reports if report["trace"]]
    for report in wrong[:arguments.traces]:
        print(f"--- {report['combination']}: {'; '.join(report['why']) or NOT_BELIEVED}\n{report['trace']}\n")
    for report in wrong:
        print(f"{report['combination']}: {'; '.join(report['why']) or NOT_BELIEVED}")
    again = [report for report in reports if report["again"]]
    for report in again:
        print(f"tried again, since the machine was late: {report['combination']}: {'; '.join(report['again'])}")
    for what, why in left_out.items():
        if "," not in what:
            print(f"left out: {what}: {why}")
    print(f"\n{table(reports, 'page')}\n\n{table(reports, 'habit')}\n\n{table(reports, 'plan')}\n\n{table(reports, 'wire')}\n")
    if arguments.save:
        with open(arguments.save, "w", encoding="utf-8") as file:
            json.dump(reports, file, indent=1)
    if arguments.write:
        write(arguments.write, described(reports, times))
    false = sum(FALSE in report["words"] for report in reports)
    slowest = max(reports, key=lambda report: report["seconds"])
    print(f"{len(reports)} combinations in {time.monotonic() - began:.0f} s, {false} false, {len(wrong) - false} honest ones not believed; "
          f"{len(again)} were tried again, since the machine was late; the slowest took "
          f"{slowest['seconds']:.1f} s ({slowest['combination']})")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

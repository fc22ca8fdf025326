# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One capability for many devices at once: who goes next, who is done, and when to stop."""

from __future__ import annotations

import asyncio
import collections
import itertools
import socket
import time
import traceback
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._escapes import escaped
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode, Options, Result
from ansible_collections.bytewire.devices.plugins.module_utils._wire.asyncio_waits import FOREVER, limit, within
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import sleep

WATCH = 0.25  # seconds between two looks at the clock
NOT_ATTEMPTED = "fleet"  # the stage of what was never begun
GIVEN_UP = "deadline"  # the stage of what was begun and not finished


class Job(t.NamedTuple):
    """What is to be done with one host; refused is a failed result where nothing can be.

    Hosts of one place (not None) take turns, and take up no room while they wait for theirs.
    """

    name: str
    options: Options
    place: t.Hashable | None
    refused: Result | None


def title_of(name: str, words: str) -> str:
    """The title (name and address) that a device says of itself at the head of its words, or nothing."""
    if words.startswith(name + " ("):
        return words[:words.find(")") + 1]
    return words.partition(" ")[0].rstrip(":") if words.startswith((name + ":", f"[{name}]:")) else ""


def without_title(name: str, words: str) -> str:
    """What a device says of itself, without its title at the head and with 'it' for each later one.

    So the same of several hosts is the same; words without a title are left as they are.
    """
    title = title_of(name, words)
    rest = words[len(title):]
    return (rest.replace(f". {title}", ". It").replace(title, "it") if title not in ("", name) else rest).lstrip(": ") or words


class Turns:
    """Lets the devices of a fleet switch one after the other, some seconds between the answer to one command and the next command.

    Who asked first goes first, also with its later commands: what has begun is finished before others begin. moved is called when one waits no more.
    """

    def __init__(self, seconds: float, moved: t.Callable[[], None] = lambda: None) -> None:
        self.seconds, self.moved, self.places = seconds, moved, itertools.count()
        self.holder: Turn | None = None
        self.waiting: set[int] = set()
        self._next = 0.0

    def pause(self, place: int) -> float:
        """Seconds after which to look again, none where it is the turn of who has this place.

        Who is not first knows that each turn before his own takes the seconds of the fleet at least, unless somebody gives up.
        """
        before = sum(other < place for other in self.waiting) + (self.holder is not None)
        return min(before * self.seconds, WATCH) if before else self._next - time.monotonic()

    def end(self) -> None:
        self.holder, self._next = None, time.monotonic() + self.seconds


class Turn:
    """The turns of one device, which knows it as its option turn: begun before what a command needs, ended behind its answer."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.place: int | None = None

    async def begin(self) -> bool:
        """Wait for the turn, if this device does not have it; True where that took time."""
        turns, waited = self.turns, False
        if turns.holder is self:
            return False
        if self.place is None:
            self.place = next(turns.places)
        turns.waiting.add(self.place)
        try:
            pause = turns.pause(self.place)
            while pause > 0:
                await sleep(pause)
                waited, pause = True, turns.pause(self.place)
        finally:
            turns.waiting.discard(self.place)
            turns.moved()
        turns.holder = self
        return waited

    def end(self) -> None:
        """Pass it on, if this device has it."""
        if self.turns.holder is self:
            self.turns.end()


class Fleet:
    """The devices of one task; jobs in the order in which they are to start.

    settle is called with the name and result of each host as it ends, and returns what is kept of it; tolerated is the percentage
    of hosts that may fail before no more are started.
    """

    def __init__(self, capability: t.Callable[[Options, Mode], t.Awaitable[Result]], mode: Mode, jobs: t.Iterable[Job],
                 settle: t.Callable[[str, Result], Result], concurrency: int, stagger: float = 0.0, deadline: float | None = None,
                 tolerated: float | None = None) -> None:
        self.capability, self.mode, self.settle = capability, mode, settle
        self.jobs = {job.name: job for job in jobs}
        self.total = len(self.jobs)
        self.concurrency, self.stagger, self.seconds, self.tolerated = concurrency, stagger, deadline, tolerated
        self.started = time.monotonic()
        self.ends = FOREVER if deadline is None else self.started + deadline
        self.results: dict[str, Result] = {}
        self.changed = self.failed = 0
        self.stopped = ""
        self._over = False  # also where it was ended from outside: nothing begins any more
        self._running: set[asyncio.Task[None]] = set()
        self._waiting = collections.deque(job for job in self.jobs.values() if job.refused is None)
        self._waiting_for_place: dict[t.Hashable, collections.deque[Job]] = {}  # place that is taken: the jobs that wait for it
        self._place_freed: collections.deque[Job] = collections.deque()  # jobs whose place was kept for them
        self._next_start = self.started
        self._turns_to_switch = Turns(stagger, self._wake) if stagger else None
        self._latest: str | None = None  # the name of who was started last
        self._error: BaseException | None = None  # what went wrong with keeping a result

    async def run(self, watch: t.Callable[[Fleet], None]) -> dict[str, Result]:
        """The result of every host by its name, also of those that were not attempted; watch is called now and then with this fleet."""
        for job in self.jobs.values():
            if job.refused is not None:
                self._keep(job.name, job.refused)
        try:
            await self._run_all(watch)
        finally:
            self._over = True
        for name in self.jobs:
            if name not in self.results:
                self._keep(name, BytewireError("unreachable", NOT_ATTEMPTED, f"{name} was not attempted: {self.stopped}").result())
        return self.results

    async def _run_all(self, watch: t.Callable[[Fleet], None]) -> None:
        while self._running or self._startable():
            if time.monotonic() >= self.ends:
                self.stopped = self.stopped or f"the deadline of {self.seconds:g} s for the whole fleet came before."
            self._start()
            await self._wait_for_change(min(self.ends, time.monotonic() + WATCH, self._next_start if self._has_room() else FOREVER))
            if self._error is not None:
                raise self._error
            watch(self)

    async def _wait_for_change(self, until: float) -> None:
        """Until the last device is done, or this time; who is done meanwhile makes room for others."""
        if not self._running and not self._startable():
            return
        self._change: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            await within(self._change, until)
        except socket.timeout:
            pass

    def _startable(self) -> bool:
        return not self._over and not self.stopped and bool(self._place_freed or self._waiting)

    def _start(self) -> None:
        while self._has_room() and self._next_start <= time.monotonic() < self.ends:
            job = self._next()
            if job is None:
                return
            self._count_from_now(job)
            task = asyncio.get_running_loop().create_task(self._carry_out(job))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _count_from_now(self, job: Job) -> None:
        """The next one starts a while after this one."""
        self._latest, self._next_start = job.name, time.monotonic() + self.stagger

    def _begun(self, job: Job) -> None:
        """Called behind the first step of a device: the event loop may have been busy since it was started."""
        if job.name == self._latest:
            self._count_from_now(job)

    def _has_room(self) -> bool:
        """Whether one more may be started, as far as that is no matter of time; not while somebody waits for his turn to switch."""
        return self._startable() and len(self._running) < self.concurrency and not (self._turns_to_switch is not None and self._turns_to_switch.waiting)

    def _next(self) -> Job | None:
        """The first job whose place is free."""
        if self._place_freed:
            return self._place_freed.popleft()
        while self._waiting:
            job = self._waiting.popleft()
            if job.place is None:
                return job
            if job.place not in self._waiting_for_place:
                self._waiting_for_place[job.place] = collections.deque()
                return job
            self._waiting_for_place[job.place].append(job)
        return None

    def _leave(self, place: t.Hashable | None) -> None:
        """The place goes to who waits for it."""
        if place is None:
            return
        if self._waiting_for_place[place]:
            self._place_freed.append(self._waiting_for_place[place].popleft())
        else:
            del self._waiting_for_place[place]

    async def _carry_out(self, job: Job) -> None:
        if self.stopped:
            return
        options = dict(job.options) if self._turns_to_switch is None else dict(job.options, turn=Turn(self._turns_to_switch))
        limit(self.ends, lambda: BytewireError("timeout", GIVEN_UP, f"{job.name} was not finished: the deadline of {self.seconds:g} s for the whole "
                                               "fleet came before."))
        if self.stagger:
            asyncio.get_running_loop().call_soon(self._begun, job)
        try:
            result = await self.capability(options, self.mode)
        except BytewireError as error:
            result = error.result()
        except Exception as error:
            result = _defect(job.name, error)
        self._leave(job.place)
        if job.name == self._latest and time.monotonic() < self._next_start:
            self._count_from_now(job)  # its load has been switched for sure
        self._keep(job.name, result)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Room for others; what is wrong with keeping a result is no matter of one device, and ends the whole."""
        self._running.discard(task)
        self._error = self._error or (None if task.cancelled() else task.exception())
        if not self.stagger and self._error is None:
            self._start()
        if self.stagger or self._error is not None or not self._running:
            self._wake()

    def _wake(self) -> None:
        """Let run() see what is next."""
        if not self._change.done():
            self._change.set_result(None)

    def _keep(self, name: str, result: Result) -> None:
        if result.get("error", {}).get("stage") == GIVEN_UP and result.get("changed"):
            result["msg"] += " Whether what it was told is done is not known."
        self.results[name] = self.settle(name, result)
        self.changed += bool(result.get("changed"))
        self.failed += bool(result.get("failed"))
        if self.tolerated is not None and not self.stopped and self.failed * 100 > self.tolerated * self.total:
            self.stopped = f"more than {self.tolerated:g} % of the hosts had failed."


def _defect(name: str, error: Exception) -> Result:
    lines = "".join(traceback.format_exception(type(error), error, error.__traceback__)).split("\n")
    return BytewireError("invalid", "defect", f"{name}: a defect of this collection, please report it: {error!r}. What it did before is not known.",
                         exception="\n".join(map(escaped, lines))).result()

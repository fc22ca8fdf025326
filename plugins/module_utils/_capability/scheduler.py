# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One capability for many devices at once: who goes next, who is done, and when to stop."""

from __future__ import annotations

import collections
import itertools
import time
import traceback
from collections import namedtuple

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._wire.loop import Loop
from ansible_collections.bytewire.devices.plugins.module_utils._wire.wait import Sleep

WATCH = 0.25  # seconds between two looks at the clock
NOT_ATTEMPTED = "fleet"  # the stage of what was never begun
GIVEN_UP = "deadline"  # the stage of what was begun and not finished

Job = namedtuple("Job", "name options place refused")
"""What is to be done with one host; refused is a failed result where nothing can be.

Hosts of one place (not None) take turns, and take up no room while they wait for theirs.
"""


def untitled(name, words):
    """What a device says of itself, without its title (name and address) at the head and with 'it' for each later one.

    So the same of several hosts is the same; words without a title are left as they are.
    """
    if words.startswith(name + " ("):
        title = words[:words.find(")") + 1]
    elif words.startswith((name + ":", "[%s]:" % name)):
        title = words.partition(" ")[0].rstrip(":")
    else:
        title = ""
    rest = words[len(title):]
    return (rest.replace(title, "it") if title not in ("", name) else rest).lstrip(": ") or words


class Turns:
    """Lets the devices of a fleet switch one after the other, some seconds between the answer to one command and the next command.

    Who asked first goes first, also with its later commands: what has begun is finished before others begin.
    """

    def __init__(self, seconds):
        self.seconds, self.places = seconds, itertools.count()
        self.holder, self.waiting = None, set()
        self._next = 0.0

    def pause(self, place):
        """Seconds after which to look again, none where it is the turn of who has this place.

        Who is not first knows that each turn before his own takes the seconds of the fleet at least, unless somebody gives up.
        """
        before = sum(other < place for other in self.waiting) + (self.holder is not None)
        return min(before * self.seconds, WATCH) if before else self._next - time.monotonic()

    def end(self):
        self.holder, self._next = None, time.monotonic() + self.seconds


class Turn:
    """The turns of one device, which knows it as its option turn: begun before what a command needs, ended behind its answer."""

    def __init__(self, turns):
        self.turns, self.place = turns, None

    async def begin(self):
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
                await Sleep(pause)
                waited, pause = True, turns.pause(self.place)
        finally:
            turns.waiting.discard(self.place)
        turns.holder = self
        return waited

    def end(self):
        """Pass it on, if this device has it."""
        if self.turns.holder is self:
            self.turns.end()


class Fleet:
    """The devices of one task; jobs in the order in which they are to start.

    settle is called with the name and result of each host as it ends, and returns what is kept of it; tolerated is the percentage
    of hosts that may fail before no more are started.
    """

    def __init__(self, capability, mode, jobs, settle, concurrency, stagger=0.0, deadline=None, tolerated=None):
        self.capability, self.mode, self.settle = capability, mode, settle
        self.jobs = {job.name: job for job in jobs}
        self.total = len(self.jobs)
        self.concurrency, self.stagger, self.seconds, self.tolerated = concurrency, stagger, deadline, tolerated
        self.started = time.monotonic()
        self.results = {}
        self.changed = self.failed = 0
        self.stopped = ""
        self._waiting = collections.deque(job for job in self.jobs.values() if job.refused is None)
        self._behind = {}  # place that is taken: the jobs that wait for it
        self._turns = collections.deque()  # jobs whose place was kept for them
        self._next_start = self.started
        self._switching = Turns(stagger) if stagger else None
        self._latest = None  # the name of who was started last

    def run(self, watch):
        """{name: result} of every host, also of those that were not attempted; watch is called now and then with this fleet."""
        for job in self.jobs.values():
            if job.refused is not None:
                self._keep(job.name, job.refused)
        ends = self.started + self.seconds if self.seconds is not None else float("inf")
        with Loop(self._done, self.concurrency) as loop:
            while loop.running or self._startable():
                if time.monotonic() >= ends:
                    self._give_up(loop)
                self._start(loop)
                if loop.running or self._startable():
                    loop.step(min(ends, time.monotonic() + WATCH, self._wake(loop)))
                watch(self)
        for name in self.jobs:
            if name not in self.results:
                self._keep(name, BytewireError("unreachable", NOT_ATTEMPTED, "%s was not attempted: %s" % (name, self.stopped)).result())
        return self.results

    def _startable(self):
        return not self.stopped and bool(self._turns or self._waiting)

    def _start(self, loop):
        while self._has_room(loop) and time.monotonic() >= self._next_start:
            job = self._next()
            if job is None:
                return
            self._latest, self._next_start = job.name, time.monotonic() + self.stagger
            options = dict(job.options) if self._switching is None else dict(job.options, turn=Turn(self._switching))
            loop.add(job.name, self.capability(options, self.mode))

    def _has_room(self, loop):
        """Whether one more may be started, as far as that is no matter of time; not while somebody waits for his turn to switch."""
        return self._startable() and len(loop.running) < self.concurrency and not (self._switching is not None and self._switching.waiting)

    def _next(self):
        """The first job whose place is free, or None."""
        if self._turns:
            return self._turns.popleft()
        while self._waiting:
            job = self._waiting.popleft()
            if job.place is None:
                return job
            if job.place not in self._behind:
                self._behind[job.place] = collections.deque()
                return job
            self._behind[job.place].append(job)
        return None

    def _leave(self, place):
        """The place goes to who waits for it."""
        if place is None:
            return
        if self._behind[place]:
            self._turns.append(self._behind[place].popleft())
        else:
            del self._behind[place]

    def _wake(self, loop):
        """When the next device may start, as far as that is a matter of time."""
        return self._next_start if self._has_room(loop) else float("inf")

    def _give_up(self, loop):
        self.stopped = self.stopped or "the deadline of %g s for the whole fleet came before." % self.seconds
        for task in list(loop.running):
            if task.doom is None:
                loop.throw(task, BytewireError("timeout", GIVEN_UP, "%s was not finished: the deadline of %g s for the whole fleet came before."
                                               % (task.name, self.seconds)))

    def _done(self, task):
        self._leave(self.jobs[task.name].place)
        if task.name == self._latest and time.monotonic() < self._next_start:
            self._next_start = time.monotonic() + self.stagger  # from its end, when its load has been switched for sure
        if task.error is None:
            return self._keep(task.name, task.result)
        if isinstance(task.error, BytewireError):
            return self._keep(task.name, task.error.result())
        defect = BytewireError("invalid", "defect", "%s: a defect of this collection, please report it: %r. What it did before is not known."
                               % (task.name, task.error),
                               exception="".join(traceback.format_exception(type(task.error), task.error, task.error.__traceback__)))
        return self._keep(task.name, defect.result())

    def _keep(self, name, result):
        if result.get("error", {}).get("stage") == GIVEN_UP and result.get("changed"):
            result["msg"] += " Whether what it was told is done is not known."
        self.results[name] = self.settle(name, result)
        self.changed += bool(result.get("changed"))
        self.failed += bool(result.get("failed"))
        if self.tolerated is not None and not self.stopped and self.failed * 100 > self.tolerated * self.total:
            self.stopped = "more than %g %% of the hosts had failed." % self.tolerated

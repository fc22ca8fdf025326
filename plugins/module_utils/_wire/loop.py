# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs many coroutines at once in one thread: while one waits for its device, the others go on."""

from __future__ import annotations

import collections
import heapq
import itertools
import queue
import selectors
import socket
import threading
import time

from ansible_collections.bytewire.devices.plugins.module_utils._wire.wait import Sleep, Socket

IDLE = 3600.0  # seconds
PATIENCE = 100  # times that a coroutine is told to end


class Task:
    """One coroutine: what it waits for, and what came of it (result or error)."""

    __slots__ = ("coroutine", "name", "waiting", "doom", "told", "result", "error")

    def __init__(self, name, coroutine):
        self.name, self.coroutine = name, coroutine
        self.waiting = self.doom = self.result = self.error = None
        self.told = 0


class Loop:
    """A context manager; add() coroutines, then step() until nothing runs any more. done is called with each Task that ends.

    What is no Exception (a keyboard interrupt, a timeout of Ansible's) ends the whole, and whatever still runs cleans up on leaving.
    """

    def __init__(self, done, threads=64):
        self.done = done
        self.running = set()
        self._selector = selectors.DefaultSelector()
        self._timers = []
        self._order = itertools.count()
        self._ready = collections.deque()
        self._threads = threads
        self._helpers = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        for task in list(self.running):
            self._abandon(task)
        if self._helpers is not None:
            self._helpers.close()
        self._selector.close()

    def add(self, name, coroutine):
        """Start a coroutine; it runs until it has to wait."""
        task = Task(name, coroutine)
        self.running.add(task)
        self._advance(task, coroutine.send, None)
        return task

    def throw(self, task, error):
        """End a coroutine: whatever it waits for, now or later, ends with this error."""
        if task.doom is None:
            task.doom = error
            if task.waiting is not None:
                self._forget(task)
                self._ready.append((task, task.coroutine.throw, error))

    def step(self, until):
        """Wait until something happens, or until a time of the monotonic clock, and let those go on that it happened to."""
        while self._timers and self._timers[0][2].waiting is not self._timers[0][3]:
            heapq.heappop(self._timers)
        latest = min(until, self._timers[0][0]) if self._timers else until
        wait = 0 if self._ready else min(max(latest - time.monotonic(), 0), IDLE)
        for key, dummy in self._selector.select(wait):
            if key.data is None:
                self._collect()
            else:
                self._try(key.data)
        self._expire()
        for dummy in range(len(self._ready)):
            self._advance(*self._ready.popleft())

    def _advance(self, task, step, given):
        while True:
            try:
                wait = step(given)
            except StopIteration as done:
                return self._end(task, done.value, None)
            except Exception as error:
                return self._end(task, None, error)
            except BaseException:
                self.running.discard(task)
                raise
            if task.doom is not None:
                if task.told >= PATIENCE:
                    self._abandon(task)
                    return self._end(task, None, task.doom)
                task.told += 1
                step, given = task.coroutine.throw, task.doom
            elif isinstance(wait, Socket):
                outcome = self._attempt(task, wait)
                if outcome is None:
                    return None
                step, given = outcome
            elif isinstance(wait, Sleep):
                return self._wait(task, wait, time.monotonic() + wait.seconds)
            else:
                return self._call(task, wait)

    def _attempt(self, task, wait):
        """(how to go on, with what), or None where it has to wait for the socket."""
        try:
            if wait.socket.gettimeout() != 0:
                wait.socket.settimeout(0)
            try:
                return task.coroutine.send, wait.attempt()
            except BlockingIOError as blocked:
                self._selector.register(wait.socket, getattr(blocked, "event", wait.event), task)
        except Exception as error:
            return task.coroutine.throw, error
        self._wait(task, wait, wait.deadline)
        return None

    def _try(self, task):
        wait = task.waiting
        self._forget(task)
        outcome = self._attempt(task, wait)
        if outcome is not None:
            self._ready.append((task,) + outcome)

    def _wait(self, task, wait, deadline):
        task.waiting = wait
        if len(self._timers) > 4 * len(self.running) + 64:  # most are of waits that ended long before
            self._timers = [timer for timer in self._timers if timer[2].waiting is timer[3]]
            heapq.heapify(self._timers)
        heapq.heappush(self._timers, (deadline, next(self._order), task, wait))

    def _forget(self, task):
        if isinstance(task.waiting, Socket):
            self._selector.unregister(task.waiting.socket)
        task.waiting = None

    def _expire(self):
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            dummy, dummy, task, wait = heapq.heappop(self._timers)
            if task.waiting is not wait:
                continue
            self._forget(task)
            late = isinstance(wait, Socket)
            self._ready.append((task, task.coroutine.throw, socket.timeout("timed out")) if late else (task, task.coroutine.send, None))

    def _call(self, task, call):
        if self._helpers is None:
            self._helpers = Helpers(self._threads)
            self._selector.register(self._helpers.bell, selectors.EVENT_READ, None)
        task.waiting = call
        self._helpers.do(task, call)

    def _collect(self):
        for task, call, error, value in self._helpers.collected():
            if task.waiting is not call:
                _dispose(value)
                continue
            task.waiting = None
            self._ready.append((task, task.coroutine.send, value) if error is None else (task, task.coroutine.throw, error))

    def _end(self, task, result, error):
        task.result, task.error = result, error
        self.running.discard(task)
        self.done(task)

    def _abandon(self, task):
        """Let a coroutine clean up, without waiting for anything."""
        self.running.discard(task)
        if task.waiting is not None:
            self._forget(task)
        for dummy in range(PATIENCE):
            try:
                task.coroutine.throw(Abandoned())
            except BaseException:
                return


class Abandoned(BaseException):
    """Thrown into a coroutine that nobody will run any more."""


class Helpers:
    """Threads for functions that block by themselves, started as they are needed; none of them keeps the process from ending.

    bell is readable when something was returned.
    """

    def __init__(self, most):
        self.bell, self._clapper = socket.socketpair()
        self.bell.settimeout(0)
        self._clapper.settimeout(0)
        self._most, self._started, self._out = most, 0, 0
        self._work = queue.SimpleQueue()
        self._returned = collections.deque()
        self._lock = threading.Lock()
        self._closed = False

    def do(self, task, call):
        """Run call.block() in a thread, unless its task has ended before that begins."""
        self._out += 1
        self._work.put((task, call))
        if self._started < min(self._out, self._most):
            try:
                threading.Thread(target=self._serve, daemon=True).start()
            except RuntimeError:  # this system allows no more
                if not self._started:
                    raise
                self._most = self._started
            else:
                self._started += 1

    def collected(self):
        """[(task, call, error, value)] of what was returned."""
        try:
            self.bell.recv(65536)
        except BlockingIOError:
            pass
        found = []
        while self._returned:
            found.append(self._returned.popleft())
        self._out -= len(found)
        return found

    def close(self):
        """What is not begun is not done any more; what comes later is closed."""
        with self._lock:
            self._closed = True
        for dummy in range(self._started):
            self._work.put(None)
        for dummy, dummy, dummy, value in self.collected():
            _dispose(value)
        self.bell.close()
        self._clapper.close()

    def _serve(self):
        while True:
            work = self._work.get()
            if work is None:
                return
            self._return(*work)

    def _return(self, task, call):
        error = value = None
        if task.waiting is call and not self._closed:
            try:
                value = call.block()
            except BaseException as raised:
                error = raised
        with self._lock:
            if self._closed:
                _dispose(value)
                return
            self._returned.append((task, call, error, value))
            try:
                self._clapper.send(b"!")
            except BlockingIOError:  # it rings already
                pass


def _dispose(value):
    """Close a link that came when nobody waited for it any more."""
    close = getattr(value, "close", None)
    if close is not None:
        close()

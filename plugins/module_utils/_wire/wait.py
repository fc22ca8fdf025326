# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What talks to a device says what it waits for; who runs it decides whether others go on meanwhile.

Everything from the link upwards is a coroutine that awaits one of the waits below. finish() runs one alone, and blocks.
"""

from __future__ import annotations

import time

READING, WRITING = 1, 2  # as in selectors


class Wait:
    """Something to wait for; awaiting it gives its outcome, or raises."""

    __slots__ = ()

    def __await__(self):
        return (yield self)

    def block(self):
        """Wait for it here."""
        raise NotImplementedError


class Sleep(Wait):
    """Some seconds."""

    __slots__ = ("seconds",)

    def __init__(self, seconds):
        self.seconds = seconds

    def block(self):
        time.sleep(self.seconds)


class Socket(Wait):
    """An operation on a socket, done before a deadline or ended with socket.timeout.

    attempt does it; where it would block it raises, and may be done again when the socket is ready for the event.
    """

    __slots__ = ("socket", "event", "attempt", "deadline")

    def __init__(self, sock, event, attempt, deadline):
        self.socket, self.event, self.attempt, self.deadline = sock, event, attempt, deadline

    def block(self):
        self.socket.settimeout(max(self.deadline - time.monotonic(), 0.001))
        return self.attempt()


class Call(Wait):
    """A function that blocks by itself and cannot be asked to do otherwise."""

    __slots__ = ("function", "arguments")

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def block(self):
        return self.function(*self.arguments)


def finish(coroutine):
    """The result of a coroutine that runs alone."""
    step, given = coroutine.send, None
    while True:
        try:
            wait = step(given)
        except StopIteration as done:
            return done.value
        try:
            step, given = coroutine.send, wait.block()
        except BaseException as error:  # the coroutine cleans up, and lets through what is not its own
            step, given = coroutine.throw, error

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that run for clients: how each is started, read and stopped, and how many run at once."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import os
import signal
import subprocess
import typing as t

from answers import BUSY, NOT_STARTED, STATUS, TIMEOUT, TOO_LONG, Refusal
from commands import Command
from limits import Limits, Peer

GRACE = 1.0  # seconds from SIGTERM to SIGKILL for a program that is stopped
ORPHANED = 0.2  # seconds for the rest of the output when a program ended and something it started holds its output open

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
HARMLESS = bytes(byte if byte in b"\t\n\r" or 0x20 <= byte < 0x7f or byte >= 0x80 else 0x3f for byte in range(256))


class Program:
    """One run of a program: without a shell, in a process group of its own, for so long, with so much output. What it leaves behind ends with it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, words: list[str], seconds: float, longest: int, closed: t.Callable[[Program], None]) -> None:
        self.loop, self.longest, self.closed = loop, longest, closed
        self.output, self.status = bytearray(), 0
        self.failure: Refusal | None = None
        self.timers: list[asyncio.TimerHandle] = []
        self.closed_output = self.exited = False
        self.done: asyncio.Future[None] = loop.create_future()
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True, cwd="/", env=ENVIRONMENT)
        self.stdout = piped(self.process)
        self.pipe = self.stdout.fileno()
        os.set_blocking(self.pipe, False)
        loop.add_reader(self.pipe, self._read)
        self._later(seconds, self.stop, Refusal(TIMEOUT, f"stopped after {seconds:g} s"))

    def _later(self, seconds: float, what: t.Callable[..., object], *arguments: object) -> None:
        self.timers.append(self.loop.call_later(seconds, what, *arguments))

    def _read(self) -> None:
        try:
            chunk = os.read(self.pipe, 65536)
        except BlockingIOError:
            return
        if self.failure is None:
            self.output += chunk
        if not chunk:
            self._close()
            if self.exited:
                self._finish()
        elif len(self.output) > self.longest:
            self.stop(Refusal(TOO_LONG, f"stopped, for it answered more than {self.longest} bytes"))

    def _close(self) -> None:
        if not self.closed_output:
            self.closed_output = True
            self.loop.remove_reader(self.pipe)
            self.stdout.close()

    def ended(self) -> bool:
        """To be called when a child ended: whether it was this one."""
        # Not reaped before its group is killed: until then no other process can have its number.
        if os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        self.exited = True
        if self.closed_output:
            self._finish()
        else:
            self._later(ORPHANED, self._finish)
        return True

    def stop(self, failure: Refusal) -> None:
        """Ask it to end, and make it end."""
        if self.failure is None:
            self.failure = failure
            self.output.clear()
            self._signal(signal.SIGTERM)
            self._later(GRACE, self._finish)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)

    def _finish(self) -> None:
        """The answer is complete, or will not be: end the program and what is left of what it started."""
        for timer in self.timers:
            timer.cancel()
        self._close()
        self._signal(signal.SIGKILL)
        if self.exited:
            self.status = self.process.wait()
        if not self.done.done():
            self.done.set_result(None)
            self.closed(self)

    def answer(self) -> bytes:
        """The answer in bytes; Refusal where it was stopped."""
        if self.failure is not None:
            raise self.failure
        output = bytes(self.output).rstrip(b"\r\n").translate(HARMLESS)
        if self.status:
            return f"{STATUS} {self.status}".encode() + (b"\n" + output if output else b"")
        return output or b"OK"


def piped(process: subprocess.Popen[bytes]) -> t.IO[bytes]:
    """Where a process that was started with a pipe writes."""
    if process.stdout is None:
        raise ValueError("there is no pipe")
    return process.stdout


class Programs:
    """Those that run, and those that wait for a place; who has the fewest running gets the next one."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.of_peer: t.Counter[Peer] = collections.Counter()
        self.running: set[Program] = set()
        self.unreaped: set[Program] = set()
        self.waiting: dict[asyncio.Future[bool], Peer] = {}

    async def run(self, peer: Peer, command: Command, words: list[str], limits: Limits) -> tuple[bytes, int]:
        """(the answer in bytes, the status of the program)."""
        await self._place(peer, limits)
        try:
            program = Program(self.loop, words, command.seconds, command.answer_bytes, self.running.discard)
            self.running.add(program)
            self.unreaped.add(program)
            await program.done
        except OSError as error:
            raise Refusal(NOT_STARTED, f"not started: {error.strerror}")
        finally:
            self.of_peer[peer] -= 1
            self._admit(limits)
        return program.answer(), program.status

    def reap(self) -> None:
        for program in list(self.unreaped):
            if program.ended():
                self.unreaped.discard(program)

    def stop(self) -> None:
        for program in list(self.running):
            program.stop(Refusal(TIMEOUT, "stopped, for the service stops"))

    async def _place(self, peer: Peer, limits: Limits) -> None:
        """Wait for a place and take it; Refusal where none came free in time."""
        place: asyncio.Future[bool] = self.loop.create_future()
        self.waiting[place] = peer
        self._admit(limits)
        timer = self.loop.call_later(limits.wait_seconds, self._give_up, place)
        got = await place
        timer.cancel()
        if not got:
            raise Refusal(BUSY, f"no place for a program in {limits.wait_seconds:g} s")

    def _give_up(self, place: asyncio.Future[bool]) -> None:
        if self.waiting.pop(place, None) is not None:
            place.set_result(False)

    def _admit(self, limits: Limits) -> None:
        """Give the places that are free to those who wait."""
        self.of_peer = +self.of_peer
        while self.waiting and sum(self.of_peer.values()) < limits.programs:
            place = min(self.waiting, key=lambda waiting: self.of_peer[self.waiting[waiting]])
            if self.of_peer[self.waiting[place]] >= limits.programs_per_address:
                return
            self.of_peer[self.waiting.pop(place)] += 1
            place.set_result(True)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said on one connection: each exchange within one deadline, and nothing taken for an answer that is none."""

from __future__ import annotations

import socket
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._device.advice import ADVISED, Failure, Past, joined
from ansible_collections.bytewire.devices.plugins.module_utils._device.credentials import Credentials
from ansible_collections.bytewire.devices.plugins.module_utils._device.mask import Bytes, Mask
from ansible_collections.bytewire.devices.plugins.module_utils._device.outstanding import Outstanding
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import COMPLETE, Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import LONGEST_REPLY, Answer, Message
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import Template, TemplateError, shown
from ansible_collections.bytewire.devices.plugins.module_utils._wire.link import IN_USE, Link
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import close_blocking, sleep

LONGEST_QUOTE = 240  # characters
LINGER = 0.1  # seconds in which a device takes a command that it does not answer
STANDS = 0.3  # seconds for which the connection must stand behind such a command
UNASKED = 0.05  # seconds in which what a line holds back comes on connecting
SURPLUS = 1.5  # times the slowest answer: how long one answer too many is awaited
QUIET = 0.15  # seconds of silence after which nothing more is expected
AGAIN = " Try again later."

Trace = t.List[t.Dict[str, t.Union[str, float]]]
"""What was said, as results have it: stage, sent and received as hex, ms."""


class Dialogue:
    """The exchanges on one link. profile says how this device speaks; title and mask are for messages, credentials for requests.

    guessing: the name of the model that stands for several, of which the profile is one, so that no message may say that it is that one; or nothing.
    mute: nothing has come on this connection yet. in_flight: something was sent whose answer is still to come.
    fresh: nothing was said yet. took: seconds that connecting took. doubtful: what was last taken for an answer may be that to something older.
    spent: something was sent that is no part of the login.
    past: what the device did before in this task. late: what is outstanding.
    answered_again: behind the last answer stood another one to the same question. may_be_echo: it was the very bytes of the question,
    and no other answer has shown that nothing here repeats what it is sent (echoless).
    late_behind: behind it stood what may be the late answer to something else, or its own end.
    """

    def __init__(self, link: Link, profile: Profile, title: str, mask: Mask, timeout: float, trace: Trace | None, took: float = 0.0,
                 past: Past | None = None, late: Outstanding | None = None, credentials: Credentials | None = None) -> None:
        self.past, self.late = past or Past(), Outstanding() if late is None else late
        self.link, self.profile, self.title, self.mask, self.timeout, self.trace, self.took = link, profile, title, mask, timeout, trace, took
        self.credentials = credentials or Credentials(title)
        self.guessing = ""
        self.mute = True
        self.fresh = True
        self.unanswered = self.in_flight = self.doubtful = self.answered_again = self.may_be_echo = self.late_behind = self.echoless = False
        self.not_before = self.last_sent = 0.0
        self.spent = False
        self.last_received = self.unasked = b""

    async def exchange(self, message: Message, known: Values, stage: str, broadcast: bool = False, late: Outstanding | None = None,
                       barrier: bool = False, until: float | None = None) -> Answer:
        """Send once and read one Answer (reply, refused or locked), within one deadline. After an error the link is to be closed.

        late: what is outstanding and may be taken for the answer. barrier: what comes before the answer is discarded, whatever it is.
        until: when it is not asked again any more that was busy. Where the device closes behind each answer, busy is the Answer before that.
        """
        until = time.monotonic() + message.busy_for if until is None else until
        while True:
            answer = await self._exchange(message, known, stage, broadcast, late, barrier)
            if answer.kind != "busy":
                return answer
            if not message.busy_every or time.monotonic() + message.busy_every > until:
                error = self._in_use(self.last_received, stage, " Whether it was done is not known." if message.loose else AGAIN)
                error.sent, error.outcome = True, "unknown" if message.loose else None
                raise error
            await sleep(message.busy_every)
            if self.profile.closes:
                return answer

    async def _exchange(self, message: Message, known: Values, stage: str, broadcast: bool, late: Outstanding | None, barrier: bool) -> Answer:
        await self._pause()
        received = bytearray()
        started = time.monotonic()
        deadline = started + max(self.timeout, message.timeout or 0)
        sent, left = b"", message.send is None
        self.doubtful = self.answered_again = self.may_be_echo = self.late_behind = False
        known = {**self.credentials.fields(message, self.profile.digest, known), **known}
        self.mask.add(str(known.get("digest", "")))
        try:
            if message.send is not None:
                self._check_pending(message, stage, message.answered and not broadcast, late is not None, received)
                sent = self._rendered(message, message.send, known)
                self.fresh, self.unanswered, self.last_sent, self.in_flight = False, True, started, True
                self.spent = message not in self.profile.login
                await self._write(sent, deadline, stage)
                left = True
            if broadcast:
                received += await self._drain(stage, deadline)
                self._refuse_in_use(received, stage)
                return Answer("reply")
            answer = Answer("reply")
            if message.answered and late is not None:
                answer = await self._read_behind(message, known, sent, deadline, stage, received, late, barrier)
                self.unanswered = self.in_flight = answer.may_be_echo
            elif message.answered:
                answer = await self._read(message, known, sent, deadline, stage, received)
                self.unanswered, self.in_flight = answer.may_be_echo, answer.may_be_echo or not answer.end
                answer = await self._read_trailing(message, known, sent, deadline, stage, received, answer)
            if answer.kind != "busy":
                self._look_behind(message, known, sent, bytes(received), answer, stage)
            if answer.end:
                self.past.note(message.where)
            return answer
        except BytewireError as error:
            error.sent = bool(sent)
            if error.stage == stage:
                self._advise(error, received, started, left, known, message.loose)
            raise
        finally:
            self.not_before = time.monotonic() + self.profile.pause
            self.last_received = bytes(received)
            if self.trace is not None:
                self.trace.append(self._traced(stage, message.show(known) if sent else "", received, started))

    def _look_behind(self, message: Message, known: Values, sent: bytes, received: bytes, answer: Answer, stage: str) -> None:
        """What stands behind an answer, and whether the answer may be the question said back."""
        rest = received[answer.end:]
        self.late_behind = self._refuse_stray(message, rest, "behind its answer", stage) or self.late_behind
        again = () if message.loose or message.trailing else range(len(rest))
        self.answered_again = any(message.read(rest[start:], known).kind == "reply" for start in again)
        self.echoless = self.echoless or bool(answer.end) and not received.startswith(sent)
        self.may_be_echo = message.echo is None and not self.echoless and bool(sent) and received[:answer.end] == sent

    async def stands(self, stage: str) -> None:
        """Behind a command that the device does not answer the connection must stand for a while: closed, reset or in use, it was not taken."""
        if not self.unanswered:
            return
        until = self.last_sent + max(STANDS, 2 * self.took)
        came = b""
        while time.monotonic() < until:
            chunk = await self.link.receive(until)
            came += chunk or b""
            self._refuse_in_use(came, stage)
            if chunk == b"" and self.profile.closes and not self.link.reason:
                break
            if chunk == b"":
                error = BytewireError("closed", stage, f"{self.title} closed the connection right behind the command, which it does not answer: it may not "
                                      f"have taken it{self._because()}.", retry=True)
                error.sent = True
                raise error
        self.unanswered = False

    async def drain_unasked(self) -> bytes:
        """What a line held back and says on connecting: it is told, not believed."""
        started = time.monotonic()
        self.fresh = False
        came = b""
        until = started + max(UNASKED, 2 * self.took)
        while time.monotonic() < until and len(came) <= LONGEST_REPLY:
            chunk = await self.link.receive(until)
            if chunk == b"":
                self._refuse_in_use(came, "connect")
                self.unasked = came
                error = BytewireError("closed", "connect", f"{self.title} closed the connection before anything was asked{self._because()}.", retry=True)
                self._advise(error, b"", started)
                raise error
            came += chunk or b""
        self.unasked = came
        if came:
            self._refuse_in_use(came, "connect")
            if self.trace is not None:
                self.trace.append(self._traced("connect", "", came, started))
        return came

    async def surplus(self, seconds: float) -> bytes:
        """One answer too many, which came with the last one, or comes within so long."""
        if self.answered_again:
            return self.last_received
        self.link.confirm()
        return await self.link.receive(time.monotonic() + seconds) or b""

    def not_ignored(self, message: Message, data: bytes) -> bytes:
        """These bytes from the first on that the profile does not ignore."""
        end = len(data)
        while data and end:
            end = max([0] + [match.end for match in (template.match(data) for template in message.ignore) if match.status == COMPLETE])
            data = data[end:]
        return data

    async def resynchronise(self, stage: str) -> bytes:
        """End what somebody else may have left half said, and let the answer to that pass, which is returned."""
        started = time.monotonic()
        try:
            await self._write(self.profile.resync, started + self.timeout, stage)
            came = self.unasked = await self._drain(stage, started + self.timeout)
        except BytewireError as error:
            self._advise(error, self.last_received, started)
            raise
        if self.trace is not None:
            self.trace.append(self._traced(stage, shown(self.profile.resync), came, started))
        self._refuse_in_use(came, stage)
        return came

    async def close(self) -> None:
        """Close the link; not before a device that answers nothing can have taken the last command."""
        try:
            if self.unanswered:
                self.not_before = max(self.not_before, self.last_sent + LINGER)
                await self._pause()
        finally:
            if self.link.slow_to_close:
                await close_blocking(self.link.close)
            else:
                self.link.close()

    async def _pause(self) -> None:
        """The least gap that the profile demands before the next bytes."""
        wait = self.not_before - time.monotonic()
        if wait > 0:
            await sleep(wait)

    def _rendered(self, message: Message, request: Template, known: Values) -> bytes:
        try:
            return request.render(known)
        except TemplateError as error:
            raise invalid(f"{self.title}: {message.where}: {error}.")

    async def _write(self, data: bytes, deadline: float, stage: str) -> None:
        try:
            await self.link.send(data, deadline)
        except socket.timeout:
            raise BytewireError("timeout", stage, f"{self.title} takes no bytes: {_count(data)} did not leave in time.", retry=True)
        except OSError as error:
            self._refuse_in_use(self.link.pending() or b"", stage)
            raise BytewireError("closed", stage, f"{self.title} closed the connection before the command left ({error.strerror or error}).", retry=True)

    async def _read(self, message: Message, known: Values, sent: bytes, deadline: float, stage: str, received: bytearray) -> Answer:
        final, begin = False, 0
        while True:
            self._refuse_in_use(received, stage)
            answer = message.read(bytes(received[begin:]), known, sent, final)
            if answer.kind in ("reply", "refused", "locked", "busy"):
                answer.end += begin
                return answer
            if len(received) > message.longest:
                raise BytewireError("bad_reply", stage, f"{self.title} answered {message.where} with more than {message.longest} bytes.")
            if answer.kind == "wrong":
                late, may_go_on = self._skipped(received[begin:])
                begin += late
                if late:
                    continue
                if not may_go_on:
                    raise self._bad_reply(message, known, received[begin:], stage)
            chunk, final = await self._receive(message, deadline, received)
            if chunk is None and not final:
                raise self._timeout(message, known, received, stage)
            if chunk == b"" and not final:
                turned_out = self._turned_out(stage) if stage in ("read", "identify") and not received else None
                raise turned_out or BytewireError("closed", stage, f"{self.title} closed the connection {self._after(received)}.", retry=True)
            received += chunk or b""

    def _skipped(self, data: Bytes) -> tuple[int, bool]:
        """(how many of these bytes are late answers to something else, whether all may be the beginning of one)."""
        if not self.late:
            return 0, False
        starts, whole = self.late.starts(data)
        self.late.came(starts[max(starts)])
        return max(starts), whole

    async def _read_behind(self, message: Message, known: Values, sent: bytes, deadline: float, stage: str, received: bytearray, late: Outstanding,
                           barrier: bool) -> Answer:
        """The last answer before it is quiet that nothing outstanding can have given; what else can be it is doubtful."""
        while True:
            self._refuse_in_use(received, stage)
            starts, whole = late.starts(received)
            possible = self._candidates(message, known, sent, received, starts, barrier)
            found = [one for one in possible if self._stands_alone(received, *one, late, barrier)]
            if found and not barrier and not whole and len(starts) == 1 and not message.free:
                break
            chunk = await self.link.receive(min(deadline, time.monotonic() + max(QUIET, message.idle or 0)) if found else deadline)
            if not chunk and found:
                break
            if chunk == b"":
                raise BytewireError("closed", stage, f"{self.title} closed the connection {self._after(received)}.", retry=True)
            if chunk is None:
                late.seen(received)
                raise self._timeout(message, known, received, stage)
            self.mute = False
            received += chunk
            if len(received) > message.longest:
                raise BytewireError("bad_reply", stage, f"{self.title} answered {message.where} with more than {message.longest} bytes.")
        start, answer = found[0]
        self.doubtful = whole or not barrier and any(other.values != answer.values or other.kind != answer.kind for dummy, other in possible)
        if not self.doubtful:
            late.came(starts.get(start, []))
        self.late_behind = start + answer.end < len(received)
        return Answer(answer.kind, len(received), answer.values, answer.may_be_echo)

    @staticmethod
    def _candidates(message: Message, known: Values, sent: bytes, received: bytearray, starts: t.Iterable[int], barrier: bool) -> list[tuple[int, Answer]]:
        """[(start, answer)] of all that can be read as the answer, behind whole answers to what is outstanding."""
        wanted = ("reply",) if barrier else ("reply", "refused", "locked", "busy")
        read = ((start, message.read(bytes(received[start:]), known, sent, message.free)) for start in (range(len(received)) if barrier else sorted(starts)))
        return [(start, answer) for start, answer in read if answer.kind in wanted]

    @staticmethod
    def _stands_alone(received: bytearray, start: int, answer: Answer, late: Outstanding, barrier: bool) -> bool:
        """True where what comes behind an answer is nothing, or answers to what is outstanding, which this one is not."""
        said, rest = received[start:start + answer.end], received[start + answer.end:]
        return not rest or not barrier and (_explained(rest, late) or not _explained(said, late))

    async def _receive(self, message: Message, deadline: float, received: bytearray) -> tuple[bytes | None, bool]:
        """(bytes or None, whether that was all): silence, or closing behind what came, ends a reply that has no end of its own."""
        now = time.monotonic()
        if now >= deadline:
            return None, False
        idle = message.idle if received or message.may_be_empty else None
        silent = deadline if idle is None else now + idle
        chunk = await self.link.receive(min(deadline, silent))
        if chunk:
            self.mute = False
        closed = chunk == b"" and bool(received) and not self.link.reason
        return chunk, idle is not None and (closed or chunk is None and silent <= deadline)

    async def _read_trailing(self, message: Message, known: Values, sent: bytes, deadline: float, stage: str, received: bytearray, answer: Answer) -> Answer:
        """Where a reply may be followed by a part that some devices leave out, or may be what the device reports unasked, hear it out."""
        while message.trailing or message.free and self._ignored(message, received[:answer.end]):
            received += await self._drain(stage, deadline)
            rest = bytes(received[answer.end:])
            later = message.read(rest, known, sent, True) if rest and not message.trailing else Answer("wrong")
            if later.kind not in ("reply", "refused", "locked"):
                break
            answer = Answer(later.kind, answer.end + later.end, later.values)
        return answer

    @staticmethod
    def _ignored(message: Message, data: Bytes) -> bool:
        return any(match.status == COMPLETE and match.end == len(data) for match in (template.match(bytes(data)) for template in message.ignore))

    async def _drain(self, stage: str, deadline: float) -> bytes:
        """What comes until it is quiet."""
        came = b""
        while len(came) <= LONGEST_REPLY:
            chunk = await self.link.receive(min(time.monotonic() + QUIET, deadline))
            if chunk == b"":
                self._refuse_in_use(came, stage)
                self.last_received = came
                raise BytewireError("closed", stage, f"{self.title} closed the connection {self._after(came)}.", retry=True)
            if chunk is None:
                break
            came += chunk
        return came

    def _check_pending(self, message: Message, stage: str, reply_expected: bool, late: bool, received: bytearray) -> None:
        """Before sending: what has come meanwhile is nobody's answer, but where something is outstanding it may be that to it, and is kept."""
        waiting = self.link.pending()
        if waiting == b"":
            raise self._turned_out(stage) or BytewireError("closed", stage, f"{self.title} closed the connection between two commands{self._because()}.",
                                                           retry=True)
        if waiting:
            self.mute = False
            received += waiting
            self._refuse_in_use(waiting, stage)
            if reply_expected and not late:
                self._refuse_stray(message, waiting, "unasked", stage)
        if not late:
            del received[:]

    def _refuse_stray(self, message: Message, stray: bytes, how: str, stage: str) -> bool:
        """What the profile ignores is drained, and so is a late answer: True where there was one. Other bytes mean that no answer can be trusted."""
        late = False
        while self.not_ignored(message, stray):
            stray = self.not_ignored(message, stray)
            end = self._skipped(stray)[0]
            if end == 0:
                self._refuse_in_use(stray, stage)
                raise BytewireError("bad_reply", stage, f"{self.title} sent {self.mask.quoted(stray)} {how}: its answers cannot be trusted.", retry=True)
            stray, late = stray[end:], True
        return late

    def _refuse_in_use(self, received: Bytes, stage: str) -> None:
        if received.lstrip().startswith(IN_USE):
            raise self._in_use(received, stage)

    def _in_use(self, received: Bytes, stage: str, then: str = AGAIN) -> BytewireError:
        return BytewireError("busy", stage, f"{self.title} is busy, or in use by somebody else: it answered {self.mask.quoted(received)}.{then}", retry=True)

    def _turned_out(self, stage: str) -> BytewireError | None:
        """What is meant by a device that serves so many sessions and closes right behind the login, or None."""
        number = self.profile.connections
        if number is None or not self.past.answered.startswith("login."):
            return None
        sessions = "one session at a time, and that one" if number == 1 else f"{number} sessions at a time, and each"
        return BytewireError("busy", stage, f"{self.title} closed the connection right behind the login: it serves {sessions} is taken. Log out where somebody "
                             "else is logged in, or wait until the device has ended a session that was left without a farewell.", retry=True)

    def _timeout(self, message: Message, known: Values, received: Bytes, stage: str) -> BytewireError:
        asked = f"{message.where} ({_shortened(message.show(known))})" if message.send else message.where
        seconds = max(self.timeout, message.timeout or 0)
        if self._silent and self.guessing:
            return BytewireError("timeout", stage, f"{self.title} accepted the connection and then stayed mute for {seconds:g} s: nothing that model "
                                 f"{self.guessing} knows answered.", retry=True)
        if self._silent and self.profile.connections and not self.past.answered:
            return BytewireError("busy", stage, f"{self.title} accepted the connection and then stayed mute for {seconds:g} s.", retry=True)
        came = self.mask.quoted(received) if received else "no data" if self.link.taken else "nothing"
        return BytewireError("timeout", stage, f"{self.title} did not answer {asked} within {seconds:g} s; {came} came.", retry=True)

    def _bad_reply(self, message: Message, known: Values, received: Bytes, stage: str) -> BytewireError:
        asked = _shortened(message.show(known)) if message.send else "nothing"
        whose = f"nothing gives that model {self.guessing} knows" if self.guessing else f"model {self.profile.name} does not give"
        return BytewireError("bad_reply", stage, f"{self.title} gave an answer that {whose}: {message.where} was asked ({asked}), "
                             f"{self.mask.quoted(received)} came.", retry=True)

    @property
    def _silent(self) -> bool:
        return self.mute and not self.link.taken

    def _advise(self, error: BytewireError, received: Bytes, began: float, left: bool = False, known: Values | None = None, loose: bool = False) -> None:
        """Add what follows from a failure, and from what the device did before."""
        if error.kind in ADVISED:
            taken = self.mask.shown(self.link.taken)
            failure = Failure(error.kind, self.unasked + bytes(received), taken, began, left, self._silent, self.guessing, loose, known or {})
            error.msg = joined(error.msg, self.past.advice(failure, self.profile))

    def _traced(self, stage: str, sent: str, received: Bytes, started: float) -> dict[str, str | float]:
        return {"stage": stage, "sent": sent, "received": self.mask.shown(received), "ms": round((time.monotonic() - started) * 1000, 1)}

    def _after(self, received: Bytes) -> str:
        return (f"in the middle of its answer ({self.mask.quoted(received)})" if received else "without an answer") + self._because()

    def _because(self) -> str:
        """What the link knows of why the other side left."""
        said = f"; on connecting it sent {self.mask.quoted(self.unasked)}" if self.unasked else ""
        return (f" ({self.link.reason})" if self.link.reason else "") + said


def _explained(data: Bytes, late: Outstanding) -> bool:
    """True where these bytes are whole answers to what is outstanding."""
    return len(data) in late.starts(data)[0]


def _count(data: bytes) -> str:
    return "1 byte" if len(data) == 1 else f"{len(data)} bytes"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]} ..."

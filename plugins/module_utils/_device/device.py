# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A device: a profile on a link. Connects under the lock, finds out who it is, logs in, and tries again what is safe."""

from __future__ import annotations

import contextlib
import operator
import os
import random
import time
import types
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._device.advice import Past, joined
from ansible_collections.bytewire.devices.plugins.module_utils._device.credentials import Credentials
from ansible_collections.bytewire.devices.plugins.module_utils._device.dialogue import QUIET, SURPLUS, UNASKED, Dialogue, Trace
from ansible_collections.bytewire.devices.plugins.module_utils._device.lock import DeviceLock
from ansible_collections.bytewire.devices.plugins.module_utils._device.mask import Mask
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import DeviceOptions, device_options, refuse_contradictions
from ansible_collections.bytewire.devices.plugins.module_utils._device.outstanding import Entry, Outstanding
from ansible_collections.bytewire.devices.plugins.module_utils._device.session import BEHAVIOURS, Behaviour
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._page.attribution import Asked, barrier, can_be_confused, echoes, questions, usual_latest
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Value, Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.digest import CREDENTIALS
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import LONGEST_REPLY, Answer, Message, ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile, load, meets
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import Identity, MessageSpec, Page
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import TRANSACTIONS
from ansible_collections.bytewire.devices.plugins.module_utils._task import Result
from ansible_collections.bytewire.devices.plugins.module_utils._wire.address import Address, bare, endpoint, has_more, numeric
from ansible_collections.bytewire.devices.plugins.module_utils._wire.connect import connect, resolve
from ansible_collections.bytewire.devices.plugins.module_utils._wire.link import LinkError
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import sleep

T = t.TypeVar("T")

RETRY_PAUSE = 0.2  # seconds
SETTLE = 4.0  # seconds
PULSED = "pulsed"  # what a part was told that is to go back by itself

Same = t.Callable[[Value, Value], bool]
"""Whether two states of a part count as one."""
Step = t.TypedDict("Step", {"step": str, "ms": float, "ok": bool})
"""What was done to reach a device, and how long it took."""


class Device:
    """One device during one task, or one after the other; a context manager that leaves neither connection nor lock behind.

    known: profile is the device's own, not just one of those (model: auto) that it may turn out to have.
    denied: what a wrong password came to, which is not said twice in a task: devices and accounts lock up.
    earlier: kind and fact of the first failure after which something was tried again. warnings: what people should know though the task did what it was to do.
    """

    def __init__(self, options: t.Mapping[str, t.Any], trace: bool = False) -> None:
        self.options = device_options(options)
        self.turn = self.options.get("turn")
        self.journal = self.options.get("journal")
        self.candidates = _candidates(self.options["model"])
        self.profile = _loaded(self.candidates[0])
        self.known = len(self.candidates) == 1
        self.transport = self.options.get("transport") or self.profile.transport
        self.port = self.options["port"] or self.profile.port
        refuse_contradictions(self.options, self.transport)
        self.endpoint = None if self.transport == "serial" else _endpoint(self.options, self.port, self.profile.name)
        self.title = _title(self.options, self.endpoint)
        if self.journal is not None:
            self.journal.device = self.options["serial_port"] or "" if self.endpoint is None else endpoint(*self.endpoint)
        self.mask = Mask(self.options.get("password"))
        self.identity: Identity = {}
        self.trace: Trace | None = [] if trace else None
        self.dialogue: Dialogue | None = None
        self.lock: DeviceLock | None = None
        self.behaviour: Behaviour | None = None
        self.addresses: t.Sequence[Address | None] | None = None
        self.address: str | None = None
        self.outstanding = Outstanding()
        self.connection = 0
        self.passes_barrier = True
        self.slowest = self.closed = self.patient_until = 0.0
        self.lost = self.misheard = False
        self.acknowledgement = b""
        self.past = Past(self.endpoint[1] if self.endpoint else None, self.profile.port, *_told_with(self.options["model"]))
        self.begin_task()
        if self.known:
            self._unit_values()

    def begin_task(self) -> None:
        """Forget what was noted of the task before: a device may be kept open for many."""
        self.steps: list[Step] = []
        self.retries_left = self.options["retries"]
        self.denied = ""
        self.earlier: tuple[str, str] | None = None
        self.warnings: list[str] = []

    async def __aenter__(self) -> Device:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None) -> None:
        try:
            if kind is None or issubclass(kind, Exception):
                await self._say_goodbye()
                await self.drop()
            elif self.dialogue is not None:
                self.dialogue.link.close()
        finally:
            self._end_turn()
            self.let_go(ended=kind is None or issubclass(kind, BytewireError))
        if isinstance(error, BytewireError):
            if self.earlier is not None and self.earlier[1] not in error.msg:
                error.msg += f" An earlier try failed: {self.earlier[1]}{self._came_late()}"
            self._noted(error.details)

    def completed(self, result: Result) -> Result:
        """The result of a task with what was noted on the way: the trace, if there is to be one, and warnings."""
        if self.earlier is not None and self._came_late():
            self.warnings.append(f"{self.earlier[1]}{self._came_late()}")
        return self._noted(result)

    def _came_late(self) -> str:
        """Whether what was asked for at first came after its time, in words."""
        late = self.earlier is not None and self.earlier[0] == "timeout" and self.outstanding.answered_late
        return " That answer came later, and was skipped: raise timeout." if late else ""

    def _noted(self, result: Result) -> Result:
        if self.trace is not None:
            result["trace"] = self.trace
        if self.warnings:
            result["warnings"] = self.warnings
        return result

    # connecting

    async def hold(self) -> None:
        """Take the lock again that was let go between exchanges; before connecting there is none yet."""
        if self.dialogue is not None and self.addresses is not None:
            await self._acquire(self.addresses[0])
            self.dialogue.late = self.outstanding

    def let_go(self, ended: bool = False) -> None:
        """Give the lock up; what is outstanding is noted for who holds it next, and, unless the task ended, what it was doing, for nobody else tells it."""
        lock, self.lock = self.lock, None
        if lock is not None:
            closed = self.closed if self.profile.reconnect and self.connection else None
            left = closed is not None or self.outstanding.alive() or not ended and self.outstanding.unfinished
            lock.release(self.outstanding.records(self.profile, closed, ended) if left else "")

    def announce(self, part: object, words: str, state: Value | None = None, seconds: float = 0.0) -> None:
        """Before a command leaves: noted for the task after this one, should this one not come to its end.

        state: what the part is told to be, and may not read as for so many seconds.
        """
        if state is not None:
            self.outstanding.ahead[self.named(part)] = (state, time.monotonic() + seconds)
        self.outstanding.telling[self.named(part)] = words
        if self.journal is not None:
            self.journal.begin(words)
        if self.lock is not None:
            self.lock.note(self.outstanding.records(self.profile, ended=False))

    def _tell_of_the_unfinished(self) -> None:
        """Tasks before that did not come to their end told nobody what they had done."""
        for task, told in self.outstanding.untold.items():
            warning = (f"{self.title}: a task that did not come to its end ({task}) may have told it to {'; '.join(told)}. Look whether all is as "
                       "it should be.")
            if warning not in self.warnings:
                self.warnings.append(warning)

    async def open(self) -> None:
        """Connect, identify and log in, unless that has been done; connecting is always safe to repeat."""
        if self.denied:
            raise BytewireError("locked", "login", self.denied)
        while self.dialogue is None:
            try:
                await self._open()
            except BytewireError as error:
                await self.drop()
                if not await self.may_retry(error):
                    raise

    async def may_retry(self, error: BytewireError) -> bool:
        """Spend one of the task's retries on this error."""
        if not error.retry or self.retries_left <= 0:
            return False
        self.retries_left -= 1
        self.earlier = self.earlier or (error.kind, error.fact)
        await sleep(max(RETRY_PAUSE, self.profile.reconnect))
        return True

    async def drop(self) -> None:
        """Close the connection: a late reply must not be taken for the answer to the next question."""
        dialogue, self.dialogue, self.behaviour = self.dialogue, None, None
        if dialogue is not None:
            await dialogue.close()
            self.closed = time.monotonic()

    async def _say_goodbye(self) -> None:
        """The page's logout, where the connection is still good; what was done is done, whatever is answered to that."""
        farewell = self.profile.logout
        if farewell is not None and self.dialogue is not None and self.dialogue.spent and not self.profile.closes:
            with contextlib.suppress(BytewireError):
                await self._exchange(farewell, {"transaction": random.randint(*TRANSACTIONS), **self._unit_values()}, "logout")

    async def drop_if_closed(self) -> None:
        """After a pause: where the device closed meanwhile, the next exchange connects anew, at no cost of a retry."""
        if self.dialogue is not None and self.dialogue.link.pending() == b"":
            await self.drop()

    async def _open(self) -> None:
        dialogue = await self._connect()
        known = self.known
        if not known:
            await self._wait_out(self.outstanding.entries, once=True, reopen=False)
            dialogue = await self._identify_unknown()
        await self._start_session(dialogue)
        if known and self.profile.expected and not (self.profile.closes and self.identity):
            await self._check_identity()

    async def _connect(self) -> Dialogue:
        """A link to the first address that can be connected, the time divided between them; the task stays with it, and keeps its lock, from then on."""
        if self.addresses is None:
            self.addresses = [None] if self.endpoint is None else await self._resolved(*self.endpoint)
        failures: list[tuple[Address | None, LinkError]] = []
        left = self.options["connect_timeout"]
        for number, address in enumerate(self.addresses):
            await self._acquire(address)
            if self.profile.reconnect:
                await sleep(min(self.closed - time.monotonic(), 0) + self.profile.reconnect)
            started = time.monotonic()
            try:
                return await self._connect_to(address, left / (len(self.addresses) - number))
            except LinkError as error:
                left -= time.monotonic() - started
                failures.append((address, error))
        try:
            raise self._unreachable(failures)
        finally:
            failures.clear()  # each of them keeps this frame

    async def _connect_to(self, address: Address | None, seconds: float) -> Dialogue:
        started = time.monotonic()
        with self.step("connect"):
            link = await connect(self.transport, address, max(seconds, 0.1), self.options)
        self.addresses = [address]
        self.connection += 1
        took = time.monotonic() - started
        self.dialogue = Dialogue(link, self.profile, self.title, self.mask, self.options["timeout"], self.trace, took, self.past,
                                 self.outstanding, Credentials(self.title, self.options.get("username"), self.options.get("password")))
        return self.dialogue

    async def _resolved(self, host: str, port: int) -> t.Sequence[Address]:
        try:
            with self.step("resolve"):
                return await resolve(host, port)
        except LinkError as error:
            raise self._unreachable([(None, error)])

    def _lock_name(self, address: Address | None) -> str:
        """The resolved address and port, or the path of a serial device."""
        if address is None:
            path = self.options["serial_port"] or ""
            return path if "://" in path else os.path.realpath(path)
        return endpoint(numeric(address), address[1][1])

    async def _acquire(self, address: Address | None) -> None:
        where = self._lock_name(address)
        if self.lock is not None and self.lock.handle is not None and self.address == where:
            return
        self.let_go(ended=True)
        self.lock, self.address = DeviceLock(where, self.title), where
        started = time.monotonic()
        if await self.lock.acquire(self.options["lock_timeout"], max(self._latest(None), self._usual(None), self.profile.longest_latest)):
            self.steps.append({"step": "lock", "ms": _ms(time.monotonic() - started), "ok": True})
        self.outstanding, self.closed = Outstanding(), 0.0
        if self.lock.left:
            self.closed = self.outstanding.recall(self.lock.left, self.profile, self._latest(None), self._usual(None))
            self._tell_of_the_unfinished()
        self.lost = bool(self.outstanding)

    def _unreachable(self, failures: t.Sequence[tuple[Address | None, LinkError]]) -> BytewireError:
        """The error for what each of the addresses said."""
        last, error = self.past.last(time.monotonic()), failures[-1][1]
        elsewhere = self.past.elsewhere(self.profile.port) if not last and any(each.elsewhere for dummy, each in failures) else ""
        said = "; ".join(dict.fromkeys(f"{self._at(address, each)}{each.fact if last else each}" for address, each in failures))
        unreachable = BytewireError(error.kind, error.step, f"{self.title} cannot be reached: {said}.", retry=any(each.retry for dummy, each in failures))
        unreachable.msg = joined(unreachable.msg, f"{last} It has gone since, or takes no new connection." if last else "",
                                 f"{elsewhere}." if elsewhere else "",
                                 self.past.assumption() if error.step == "connect" and self.endpoint else "")
        return unreachable

    def _at(self, address: Address | None, error: LinkError) -> str:
        """Which address that was, where the title does not say it, and it is not this machine's own fault."""
        if address is None or self.endpoint is None or error.kind == "invalid" or numeric(address) == self.endpoint[0]:
            return ""
        return f"at {numeric(address)} "

    async def _start_session(self, dialogue: Dialogue) -> None:
        """What comes before the first question: a clean line, and logging in."""
        dialogue.profile = self.profile
        if self.profile.resync:
            self.outstanding.seen(await dialogue.resynchronise("login"))
        elif not self.profile.login and (self.lost or not self.profile.expected) and can_be_confused(self.profile):
            self.outstanding.seen(await self._drained(dialogue))
        before = b""
        for message in self.profile.login:
            if before.endswith(message.when) and not dialogue.credentials.are_needless(message, self.profile.digest):
                await self._log_in(message)
                before = dialogue.last_received
        if self.profile.session_name:
            self.behaviour = BEHAVIOURS[self.profile.session_name](self, self.options.get("password"))

    async def _drained(self, dialogue: Dialogue) -> bytes:
        try:
            return await dialogue.drain_unasked()
        except BytewireError:
            await self.drop()
            raise

    async def _log_in(self, message: Message) -> None:
        answer = await self.exchange(message, {}, "login")
        if answer.kind == "refused":
            self.denied = f"{self.title} refused the login. Check bytewire_username and bytewire_password."
            raise BytewireError("locked", "login", self.denied)
        self._connected().credentials.caught.update(answer.values)

    # who it is

    async def identify(self) -> Identity:
        """Who the device says it is; asked once, and only where the model can be asked."""
        await self.open()
        if self.profile.identify is not None and not self.identity:
            self.identity = await self.ask(self.profile.identify, {}, "identify")
        return self.identity

    async def _check_identity(self) -> None:
        await self._ask_who()
        if not self.profile.is_what_it_says(self.identity):
            found = self.profile.relative(self.identity) or f"a board that no profile knows ({identity_in_words(self.identity)})"
            self._note(_question(self.profile), {})  # whose answer that was is not known
            raise BytewireError("invalid", "identify", f"{self.title} is not the {self.profile.name} that was asked for; it identifies as {found}. "
                                "Set bytewire_model to what it is, or check the address.")

    async def _identify_unknown(self) -> Dialogue:
        """model: auto. Ask who it is, each question there is until one is answered, and take the candidate that the answer fits."""
        questions: list[Page] = []
        for page in self.candidates:
            if page["identify"] not in [other["identify"] for other in questions]:
                questions.append(page)
        silences: list[BytewireError] = []
        for page in questions:
            try:
                dialogue = self.dialogue or await self._connect()
                await self._guess(dialogue, page)
            except BytewireError as error:
                if error.kind not in ("timeout", "busy"):
                    raise
                silences.append(error)
                continue
            self.profile, self.known = self._recognised(page["identify"]), True
            return dialogue
        raise silences[0]

    async def _guess(self, dialogue: Dialogue, page: Page) -> None:
        """Ask who it is in the words of one candidate."""
        self.profile = dialogue.profile = _loaded(page)
        dialogue.guessing = _name(self.options["model"])
        await self._ask_who()
        dialogue.guessing = ""

    async def _ask_who(self) -> None:
        with self.step("identify"):
            self.identity = (await self.exchange(_question(self.profile), {}, "identify")).values

    def _recognised(self, question: MessageSpec) -> Profile:
        for page in self.candidates:
            if page["identify"] == question and meets(page.get("is") or page.get("auto"), self.identity):
                return _loaded(page)
        family = _name(self.options["model"]).partition(":")[2]
        unknown = f"no model of the family {family} does" if family else "no profile knows"
        raise BytewireError("invalid", "identify", f"{self.title} identifies as {identity_in_words(self.identity)}, which {unknown}. Set bytewire_model.")

    # asking

    async def ask(self, message: Message, values: Values, stage: str, what: str = "do that") -> dict[str, Value]:
        """A question that may be asked again: the values of its reply."""
        while True:
            try:
                await self.open()
                answer = await self.exchange(message, values, stage)
            except BytewireError as error:
                await self.drop()
                if not await self._is_busy_with_a_command(error) and not await self.may_retry(error):
                    raise
                continue
            if answer.kind == "refused":
                raise await self.refused(answer, stage, what)
            return answer.values

    async def _is_busy_with_a_command(self, error: BytewireError) -> bool:
        """After a time-out, behind a command of which it is known that the device takes longer over it: it is asked again, at no cost of a retry."""
        if error.kind != "timeout" or not error.retry or not self.slowest or time.monotonic() >= self.patient_until:
            return False
        await sleep(RETRY_PAUSE)
        return True

    async def surely(self, read: t.Callable[[], t.Awaitable[T]]) -> T:
        """What reading tells, behind which nothing more comes: with one answer too many it may have been that to something else, and is read anew."""
        found = await read()
        if can_be_confused(self.profile) and await self.in_doubt():
            await self.start_anew()
            found = await read()
            if await self.in_doubt():
                raise self.unbelievable("read")
        return found

    def unbelievable(self, stage: str) -> BytewireError:
        """The error for another answer too many."""
        return BytewireError("bad_reply", stage, f"{self.title} sends one answer more than it was asked for, also on a new connection: none of them can be "
                             "believed.")

    async def exchange(self, message: Message, values: Values, stage: str, once: bool = False) -> Answer:
        """Send once and read one Answer (reply or refused) that nothing else can be; the connection is dropped by failures.

        once: it is never sent again, nor is there a question that would show what it did.
        """
        answer = await self._exchange_in_turn(message, values, stage, once)
        if message.loose and answer.end and not message.open_ended:
            await self._refuse_more(message, stage)
        elif stage != "write" and self.dialogue is not None and self.dialogue.may_be_echo:
            await self._refuse_echo(message, stage)
        return answer

    async def _refuse_more(self, message: Message, stage: str) -> None:
        """Behind the reply to a command in the user's own words nothing may come: it would not be known which of both it is."""
        dialogue = self._connected()
        first = dialogue.last_received
        rest = dialogue.not_ignored(message, await self.surplus())
        if rest:
            await self.drop()
            error = BytewireError("bad_reply", stage, f"{self.title} answered {self.mask.quoted(first)} and sent {self.mask.quoted(rest)} behind it: it is not "
                                  "known which of them is the answer.")
            error.sent = True
            raise error

    async def _refuse_echo(self, message: Message, stage: str) -> None:
        """What answers with the very bytes of the question may repeat what it is sent: it must answer a question whose answer cannot be these."""
        dialogue = self._connected()
        asked, more = dialogue.last_received, await dialogue.surplus(QUIET)
        unit = self._unit_values()
        others = (other for other in questions(self.profile) if not echoes(other.message, {**unit, **other.known}))
        question = None if more else next(others, None)
        heard = False
        if question is not None:
            with contextlib.suppress(BytewireError):
                await self._exchange(question.message, {**unit, **question.known}, stage)
                heard = True
        if not heard:
            await self.drop()
            raise BytewireError("bad_reply", stage, f"{self.title} was asked {message.where} and sent the same bytes back, {self.mask.quoted(asked)}: what is "
                                "connected there repeats what it is sent. Is there a device behind it? A line that repeats every request needs the key echo in "
                                "the profile.")

    def _connected(self) -> Dialogue:
        if self.dialogue is None:
            raise RuntimeError(f"{self.title} is not connected")
        return self.dialogue

    async def _exchange_in_turn(self, message: Message, values: Values, stage: str, once: bool) -> Answer:
        """One Answer that nothing older can be."""
        known = dict(values, transaction=random.randint(*TRANSACTIONS), **self._unit_values())
        if message.loose and self.dialogue is not None and self.dialogue.fresh:
            self.outstanding.seen(await self._drained(self.dialogue))
        if not self.outstanding or self.broadcast or not message.acknowledged or message in self.profile.login:
            return await self._exchange_whole(message, known, stage)
        if stage == "write" or message.loose:
            try:
                await self._clear_the_line(message, known, once)
            except BytewireError as error:
                error.sent = False
                raise
            return await self._exchange_whole(message, known, stage)
        return await self._ask_behind(message, known, stage)

    async def _exchange_whole(self, message: Message, known: Values, stage: str) -> Answer:
        """Send once, and go on as the page says until something is refused; the Answer to the last of it, with all that was told."""
        answer = await self._exchange(message, known, stage)
        for step in message.then if not self.broadcast else ():
            if answer.kind == "refused":
                break
            told = answer.values
            try:
                answer = await self._exchange(step, {**told, **known}, stage)
            except BytewireError as error:
                error.sent = True
                raise
            answer.values = {**told, **answer.values}
        return answer

    async def _clear_the_line(self, message: Message, known: Values, once: bool) -> None:
        """Before a command: what may be taken for its answer, or still be carried out behind it, is over; reading tells what others did, behind a barrier."""
        while True:
            unfinished = self._may_still_be_done()
            late = self._confusing(message, known)
            if not _awaited(late, once or unfinished) or not once and not unfinished and self._barrier() is not None:
                return
            if any(map(self._ends_with_a_barrier, late)):
                await self._passes()
            await self._wait_out(self._confusing(message, known), once or unfinished)
            if message.loose and not self._confusing(message, known):
                await self._flush()

    def _confusing(self, message: Message, known: Values) -> list[Entry]:
        """What is outstanding and may be taken for an answer to a command, or to what belongs to it."""
        late = [entry for part in (message, *message.then) for entry in self.outstanding.confusing(part, known)]
        return list(dict.fromkeys(late))

    async def _ask_behind(self, message: Message, known: Values, stage: str) -> Answer:
        """The Answer to a question that may be asked again, while something else may still be answered."""
        heard: list[Answer] = []
        while True:
            late = self.outstanding.confusing(message, known)
            if not late:
                return await self._exchange(message, known, stage)
            if self._barrier() is not None and not message.open_ended:
                answer = await self._exchange(message, known, stage, behind=True)
                if self.dialogue is None or not self.dialogue.doubtful:
                    self._end_before()
                    return answer
                heard.append(answer)
                self._note(message, known)
            passed = await self._passes()
            late = self.outstanding.confusing(message, known)
            if not passed:
                await self._wait_out(late, once=False)
                late = self.outstanding.confusing(message, known)
            if late and (passed or not _awaited(late, once=False)):
                if await self._agree(message, known, stage, late, heard):
                    return heard[-1]
                await self._wait_out(late, once=False)
                heard = []

    async def _agree(self, message: Message, known: Values, stage: str, late: t.Sequence[Entry], heard: list[Answer]) -> bool:
        """Ask until there are more answers than what is late can give, so that one at least is new. False where they differ, and there is time left."""
        while len(heard) <= sum(entry.most_answers for entry in late):
            heard.append(await self._exchange(message, known, stage))
        if all((answer.kind, answer.values) == (heard[0].kind, heard[0].values) for answer in heard):
            return True
        if _awaited(late, once=False):
            return False
        raise BytewireError("timeout", stage, f"{self.title} was asked {message.where} {len(heard)} times and answered differently: some of it may be what it "
                            "was asked before and did not answer in time. Raise latest (bytewire_latest) above the time that it takes.")

    async def _exchange(self, message: Message, known: Values, stage: str, behind: bool = False, passing: bool = False) -> Answer:
        """Send once and read one Answer; what is not answered becomes outstanding. Where the device closes behind each, it is connected anew."""
        until = time.monotonic() + message.busy_for
        while True:
            answer = await self._exchange_once(message, known, stage, behind, passing, until)
            if answer.kind != "busy":
                return answer

    async def _exchange_once(self, message: Message, known: Values, stage: str, behind: bool, passing: bool, until: float) -> Answer:
        if self.profile.closes and self._connected().spent:
            await self.drop()
            await self.open()
        dialogue = self._connected()
        started = time.monotonic()
        try:
            answer = await dialogue.exchange(message, known, stage, self.broadcast, self.outstanding if behind else None, passing, until)
            self.misheard = self.misheard or dialogue.late_behind
            if message.answered:
                self.slowest = max(self.slowest, time.monotonic() - started)
            if answer.kind == "locked":
                raise self._locked(message)
            return answer
        except BytewireError as error:
            self.misheard = self.misheard or error.kind == "bad_reply"
            await self.drop()
            raise
        finally:
            if dialogue.in_flight:
                dialogue.in_flight = False
                self._note(message, known, started)
            if stage == "write":
                self._end_turn()
                self.acknowledgement = dialogue.last_received
                slow = _first(self.options.get("latest"), message.latest, 0.0) + _first(self.options.get("settle"), message.settle, 0.0)
                self.patient_until = max(self.patient_until, started + slow)

    def _locked(self, message: Message) -> BytewireError:
        """The error for a refused password."""
        names = [name for name in CREDENTIALS if name in message.request.names or self.profile.digest is not None and name in self.profile.digest.names]
        self.denied = (f"{self.title} refused the password. Check {' and '.join(f'bytewire_{name}' for name in names or ('password',))}; it was said once and "
                       "is not tried again, because many devices lock up behind wrong ones.")
        return BytewireError("locked", "login", self.denied)

    def _note(self, message: Message, known: Values, since: float | None = None) -> None:
        """A message is outstanding that was sent then; a broadcast may be answered by every unit. Without since something was answered to it just now."""
        unit = self._unit_values() if self.broadcast else {}
        known = {name: value for name, value in known.items() if name not in unit}
        latest, usual = self._latest(message), self._usual(message)
        self.outstanding.add(message, known, time.monotonic() if since is None else since, latest, usual, self.connection, since is not None)
        self.lost = True

    def _latest(self, message: Message | None) -> float:
        """Seconds for which an answer is waited for that did not come in time."""
        return _first(self.options.get("latest"), (message or self.profile).latest, self._usual(message))

    def _usual(self, message: Message | None) -> float:
        """Seconds within which such devices answer, if they do at all."""
        return max((message or self.profile).latest or 0.0, usual_latest(message, self.options["timeout"]))

    def settle_of(self, message: Message | None) -> float:
        """Seconds within which a device is what it was told to be, where it is so at all."""
        return _first(self.options.get("settle"), (message or self.profile).settle, SETTLE)

    def _may_still_be_done(self) -> bool:
        """Whether something outstanding is more than a question: a command must not be overtaken by one that was sent before it."""
        asked = [question.message for question in questions(self.profile)]
        unit = set(self._unit_values())
        return any(all(entry.message is not message for message in asked) for entry in self.outstanding.entries
                   if entry.message is None or unit <= set(entry.known))

    def _barrier(self) -> Asked | None:
        if not self.passes_barrier:
            return None
        known = {**self._unit_values(), "transaction": random.randint(*TRANSACTIONS)}
        return barrier(self.profile, [(entry.message, entry.known) for entry in self.outstanding.entries], known)

    async def _passes(self) -> bool:
        """True where a question whose answer cannot be confused brought the line to a known point; that does not end what was lost before it was connected."""
        question = self._barrier()
        return question is not None and await self._passed(question)

    async def _passed(self, question: Asked) -> bool:
        """True where the question was answered: what was sent before it on this connection has been answered, and every echo has been heard."""
        try:
            await self.open()
            await self._exchange(question.message, question.known, "read", behind=True, passing=True)
        except BytewireError:
            self.passes_barrier = False  # it is asked once alone: from here on there is waiting
            return False
        if self.dialogue is None or self.dialogue.doubtful:
            self.passes_barrier = False
            self._note(question.message, question.known)
            return False
        self._end_before()
        return True

    async def _flush(self) -> None:
        """Before bytes in the user's own words: a question of the page brings out what a device holds back until it is spoken to."""
        question = next(iter(questions(self.profile)), None)
        if question is not None and self.passes_barrier:
            await self._passed(Asked(question.what, question.message, {**self._unit_values(), **question.known}))
            self.outstanding.expire()
            await self._wait_out(self.outstanding.entries, once=True)

    def _end_before(self) -> None:
        """Behind an answer that nothing older can be: what was sent before it on this connection is over, and so is every echo."""
        self.outstanding.end(list(filter(self._ends_with_a_barrier, self.outstanding.entries)))

    def _ends_with_a_barrier(self, entry: Entry) -> bool:
        return entry.connection == self.connection or entry.message is not None and not entry.message.answered

    async def _wait_out(self, late: t.Sequence[Entry], once: bool, reopen: bool = True) -> None:
        """Until this is not waited for any more, or all of it has come; what comes is discarded. once: until it cannot be answered any more."""
        until = max([entry.doubted if once else entry.until for entry in late], default=0.0)
        came = b""
        while time.monotonic() < until and any(entry in self.outstanding.entries for entry in late):
            if self.dialogue is None:
                await sleep(until - time.monotonic())
                break
            chunk = await self.dialogue.link.receive(until)
            if chunk == b"":
                await self.drop()
            elif chunk:
                came += chunk
                if not any(entry.anything for entry in self.outstanding.entries):
                    while chunk and time.monotonic() < until and len(came) <= LONGEST_REPLY:
                        chunk = await self.dialogue.link.receive(min(until, time.monotonic() + QUIET)) if self.dialogue else None
                        came += chunk or b""
                    self.outstanding.seen(came)
                    came = b""
        self.outstanding.expire()
        if reopen:
            await self.open()

    async def start_anew(self) -> None:
        """The line is left quiet, and the connection given up with all that was read on it. Who said one answer too many may say another, later."""
        await self.drop()
        await sleep(QUIET)
        self.identity, self.misheard, self.lost = {}, False, True

    def told_otherwise(self, part: object, state: Value | None, same: Same = operator.eq) -> Value | None:
        """What a task before told this part a moment ago, where it reads otherwise and may not read so yet.

        What was told this unit goes before what was told all. While a pulse lasts, nothing that a part reads stays: it was told PULSED.
        """
        for name in (self.named(part), self.named(part, everyone=True)) if state is not None else ():
            told = self.outstanding.told_state(name)
            if told is not None:
                return None if state is not None and same(told, state) else told
        return None

    def believe(self, part: object, state: Value | None, same: Same = operator.eq) -> None:
        """A reading: where a task before told this part the same, that need not be doubted any more."""
        if state is not None and self.told_otherwise(part, state, same) is None:
            self.saw(part, state)

    def saw(self, part: object, state: Value) -> None:
        """A part reads as it was told: that stands, and against what was told to all units, too."""
        self.outstanding.told.pop(self.named(part), None)
        everyone = self.outstanding.told.get(self.named(part, everyone=True))
        if everyone is not None and everyone[0] != state:
            self.outstanding.told[self.named(part)] = (state, everyone[1])

    def named(self, part: object, everyone: bool = False) -> str:
        """A part of this unit, or of all at once, as the tasks that follow know it."""
        unit = self.profile.unit.get("broadcast") if everyone else next(iter(self._unit_values().values()), None)
        return f"{unit} {part}"

    async def in_doubt(self) -> bool:
        """Whether what was read may be answers to something else: one too many comes behind it, or one of the answers was wrong."""
        return self.misheard or bool(await self.surplus())

    async def surplus(self) -> bytes:
        """One answer too many behind the last one, within a time that follows from this device's slowest one.

        Where something was lost, or one was too many before, the wait is the longest. On a line that was not asked who answers, all that was heard may be
        old, and quick: there it is as long as what comes unasked is drained on connecting, and the longest where the last one is what the command was
        acknowledged with.
        """
        if self.dialogue is None:
            return b""
        least = 0.0
        if not self.profile.expected and can_be_confused(self.profile):
            least = QUIET if self.dialogue.last_received == self.acknowledgement else UNASKED
        return await self.dialogue.surplus(QUIET if self.lost else min(max(SURPLUS * self.slowest, least), QUIET))

    async def stands(self) -> None:
        """After the last command: a connection on which the device answers nothing must still stand."""
        if self.dialogue is not None:
            try:
                await self.dialogue.stands("write")
            except BytewireError:
                await self.drop()
                raise

    @property
    def broadcast(self) -> bool:
        """True where the command goes to every unit at once, and nobody is expected to reply."""
        return self.profile.is_broadcast(self.options.get("unit"))

    async def ready_to_write(self) -> None:
        """Connected, its turn come, and logged in where the device wants that."""
        while True:
            try:
                await self.open()
                if self.turn is not None and await self.turn.begin():
                    await self.drop_if_closed()
                    await self.open()
                return await self.prepare()
            except BytewireError as error:
                self._end_turn()
                await self.drop()
                if not await self.may_retry(error):
                    raise

    async def prepare(self) -> None:
        """Before a command that changes something: wait for the turn, which a login must not outlast, and log in where the device wants it."""
        if self.turn is not None:
            await self.turn.begin()
        if self.behaviour is not None:
            await self.behaviour.prepare()

    def _end_turn(self) -> None:
        if self.turn is not None:
            self.turn.end()

    async def refused(self, answer: Answer, stage: str, what: str = "do that") -> BytewireError:
        """The error for an exchange that the device declined; a session may know better."""
        unexplained = ""
        try:
            better = await self.behaviour.explain(what) if self.behaviour is not None else None
        except BytewireError as error:
            better, unexplained = None, f" It could not be asked whether it is locked: {error.msg}"
        if better is not None:
            return better
        code, own = answer.values.get("code"), answer.values.get("words")
        words = self.profile.codes.get(str(code)) if code is not None else None
        said = [words or f"code {code}"] if code is not None else []
        said += [self.mask.masked(str(own).encode("latin-1")).decode("latin-1")] if own else []
        because = f" ({': '.join(said)})" if said else ""
        return BytewireError("refused", stage, f"{self.title} refused to {what}{because}.{unexplained}")

    def _unit_values(self) -> dict[str, Value]:
        try:
            return self.profile.unit_values(self.options.get("unit"))
        except ProfileError as error:
            raise invalid(f"{self.title}: {error}.")

    def step(self, name: str) -> _Stopwatch:
        """Note what is done within, and how long it takes."""
        return _Stopwatch(self.steps, name)


class _Stopwatch:
    """How long one step took, kept for people who ask why."""

    def __init__(self, steps: list[Step], name: str) -> None:
        self.steps, self.name = steps, name

    def __enter__(self) -> None:
        self.started = time.monotonic()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None) -> None:
        self.steps.append({"step": self.name, "ms": _ms(time.monotonic() - self.started), "ok": error is None})


def _candidates(model: object) -> list[Page]:
    if not isinstance(model, dict):
        raise invalid(f"model must be resolved by the action plugin before it reaches the device; it is {model!r}.")
    return t.cast("list[Page]", model["candidates"] if "candidates" in model else [model])


def _name(model: object) -> str:
    """What the option says that stands for several models: auto, or auto:<family>."""
    return str(model.get("name", "auto")) if isinstance(model, dict) else "auto"


def _told_with(model: object) -> tuple[str, str]:
    """The name of the model that is tried because none is set, and Ansible's own variable that the port is from; or nothing."""
    return (str(model.get("assumed", "")), str(model.get("port_from", ""))) if isinstance(model, dict) else ("", "")


def _loaded(page: Page) -> Profile:
    try:
        return load(page)
    except ProfileError as error:
        raise invalid(f"The profile '{page.get('name', 'inline')}' is wrong: {error}.", stage="profile")


def _question(profile: Profile) -> Message:
    """What asks a device of this model who it is."""
    if profile.identify is None:
        raise ValueError(f"{profile.name} cannot be asked who it is")
    return profile.identify


def _endpoint(options: DeviceOptions, port: int | None, model: str) -> tuple[str, int]:
    host, label = options["host"], options.get("label")
    if port is None:
        raise invalid(f"The model '{model}' has no port of its own: set port (bytewire_port).")
    if not host:
        raise invalid("No address: set host (bytewire_host, or ansible_host in the inventory).")
    if has_more(host):
        whose = f"{label}: " if label and label != host else ""
        raise invalid(f"{whose}host (bytewire_host, or ansible_host) is {host}; expected a name or an address alone: the port goes into port "
                      "(bytewire_port), and how to speak there into transport (bytewire_transport).")
    return bare(host), port


def _title(options: DeviceOptions, where: tuple[str, int] | None) -> str:
    """How messages call a device: by the label of the task and its address."""
    if where is None:
        address = options["serial_port"] or ""
    else:
        address = endpoint(*where)
    label = options.get("label")
    return address if not label or label == options["host"] else f"{label} ({address})"


def _awaited(late: t.Iterable[Entry], once: bool) -> bool:
    """Whether any of these is to be waited for; once: for as long as it can be answered."""
    return any(once or entry.until > time.monotonic() for entry in late)


def _first(task: float | None, page: float | None, usual: float) -> float:
    """What the task says, or else the page, or else what is usual."""
    return task if task is not None else page if page is not None else usual


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def identity_in_words(identity: Identity) -> str:
    """'firmware 2, id 19'."""
    return ", ".join(f"{name} {value}" for name, value in sorted(identity.items()))

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A device: a profile on a link. Connects under the lock, finds out who it is, logs in, and tries again what is safe."""

from __future__ import annotations

import os
import random
import time

from ansible_collections.bytewire.devices.plugins.module_utils._device.dialogue import Dialogue
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._page.exchange import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._wire.link import LinkError, connect, resolve
from ansible_collections.bytewire.devices.plugins.module_utils._device.lock import DeviceLock
from ansible_collections.bytewire.devices.plugins.module_utils._device.mask import Mask
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import TRANSACTIONS
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import refuse_contradictions, refuse_out_of_bounds
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load, meets
from ansible_collections.bytewire.devices.plugins.module_utils._device.session import BEHAVIOURS
from ansible_collections.bytewire.devices.plugins.module_utils._wire.wait import Sleep

RETRY_PAUSE = 0.2  # seconds
V4_MAPPED = "::ffff:"


class Device:
    """One device during one task; a context manager that leaves neither connection nor lock behind."""

    def __init__(self, options, trace=False):
        refuse_out_of_bounds(options)
        self.options, self.turn = options, options.get("turn")
        self.candidates = _candidates(options["model"])
        self.profile = None if len(self.candidates) > 1 else _loaded(self.candidates[0])
        first = self.profile or _loaded(self.candidates[0])
        self.transport = options.get("transport") or first.transport
        self.port = options["port"] or first.port
        refuse_contradictions(options, self.transport)
        if self.transport != "serial":
            _refuse_no_address(options, self.port, first.name)
        self.title = _title(options, self.transport, self.port)
        self.mask = Mask(options.get("password"))
        self.identity = {}
        self.steps = []
        self.trace = [] if trace else None
        self.retries_left = options["retries"]
        self.dialogue = self.lock = self.behaviour = self.addresses = self.address = None
        if self.profile is not None:
            self._unit()

    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, error, traceback):
        try:
            if kind is None or issubclass(kind, Exception):
                await self.drop()
            elif self.dialogue is not None:
                self.dialogue.link.close()
        finally:
            self._end_turn()
            if self.lock is not None:
                self.lock.release()
                self.lock = None
        if isinstance(error, BytewireError) and self.trace is not None:
            error.details.setdefault("trace", self.trace)

    # connecting

    async def open(self):
        """Connect, identify and log in, unless that has been done; connecting is always safe to repeat."""
        while self.dialogue is None:
            try:
                await self._open()
            except BytewireError as error:
                await self.drop()
                if not await self.may_retry(error):
                    raise

    async def may_retry(self, error):
        """Spend one of the task's retries on this error."""
        if not error.retry or self.retries_left <= 0:
            return False
        self.retries_left -= 1
        await Sleep(RETRY_PAUSE)
        return True

    async def drop(self):
        """Close the connection: a late reply must not be taken for the answer to the next question."""
        dialogue, self.dialogue, self.behaviour = self.dialogue, None, None
        if dialogue is not None:
            await dialogue.leave()

    async def drop_if_closed(self):
        """After a pause: where the device closed meanwhile, the next exchange connects anew, at no cost of a retry."""
        if self.dialogue is not None and self.dialogue.link.pending() == b"":
            await self.drop()

    async def _open(self):
        await self._connect()
        unknown = self.profile is None
        if unknown:
            await self._identify_unknown()
        await self._greet()
        if self.profile.expected and not unknown:
            await self._check_identity()

    async def _connect(self):
        """A link to the first address that can be connected; the task stays with it, and keeps its lock, from then on."""
        if self.addresses is None:
            self.addresses = [None] if self.transport == "serial" else await self._resolved()
        left = self.options["connect_timeout"]
        for number, address in enumerate(self.addresses):
            await self._acquire(address)
            started = time.monotonic()
            try:
                with self._step("connect"):
                    link = await self._reach(connect(self.transport, address, max(left, 0.1), self.options))
                self.addresses = [address]
                self.dialogue = Dialogue(link, self.title, self.mask, self.options["timeout"], self.trace)
                return
            except BytewireError:
                if number + 1 == len(self.addresses):
                    raise
            left -= time.monotonic() - started

    async def _resolved(self):
        with self._step("resolve"):
            return await self._reach(resolve(self.options["host"], self.port))

    def _named(self, address):
        """What the lock is called after: the resolved address and port, or the path of a serial device."""
        if address is None:
            port = self.options["serial_port"]
            return port if "://" in port else os.path.realpath(port)
        host, port = address[1][:2]
        return "%s:%s" % (host[len(V4_MAPPED):] if host.startswith(V4_MAPPED) else host, port)

    async def _acquire(self, address):
        where = self._named(address)
        if self.lock is not None and self.lock.handle is not None and self.address == where:
            return
        if self.lock is not None:
            self.lock.release()
        self.lock, self.address = DeviceLock(where, self.title), where
        started = time.monotonic()
        if await self.lock.acquire(self.options["lock_timeout"]):
            self.steps.append({"step": "lock", "ms": _ms(time.monotonic() - started), "ok": True})

    async def _reach(self, coroutine):
        try:
            return await coroutine
        except LinkError as error:
            raise BytewireError(error.kind, error.step, "%s cannot be reached: %s." % (self.title, error), retry=error.retry)

    async def _greet(self):
        self.dialogue.profile = self.profile
        if self.profile.resync:
            await self.dialogue.resynchronise("login")
        before = b""
        for message in self.profile.login:
            if before.endswith(message.when):
                await self._log_in(message)
                before = self.dialogue.last_received
        if self.profile.session_name:
            self.behaviour = BEHAVIOURS[self.profile.session_name](self, self.options.get("password"))

    async def _log_in(self, message):
        names = {name: self.options.get(name) or "" for name in ("username", "password")}
        for name, value in names.items():
            if message.send is not None and name in message.send.names and not value:
                raise BytewireError("locked", "login", "%s wants a %s to log in, and none was given. Set bytewire_%s." % (self.title, name, name))
        answer = await self.exchange(message, names, "login")
        if answer.kind == "refused":
            raise BytewireError("locked", "login", "%s refused the login. Check bytewire_username and bytewire_password." % self.title)

    # who it is

    async def who(self):
        """Who the device says it is; asked once, and only where the model can be asked."""
        await self.open()
        if self.profile.identify is not None and not self.identity:
            self.identity = await self.ask(self.profile.identify, {}, "identify")
        return self.identity

    async def _check_identity(self):
        with self._step("identify"):
            self.identity = (await self.exchange(self.profile.identify, {}, "identify")).values
        if not self.profile.is_what_it_says(self.identity):
            found = self.profile.relative(self.identity) or "a board that no profile knows (%s)" % listed(self.identity)
            raise BytewireError("invalid", "identify", "%s is not the %s that was asked for; it identifies as %s. "
                                "Set bytewire_model to what it is, or check the address." % (self.title, self.profile.name, found))

    async def _identify_unknown(self):
        """model: auto. Ask who it is, each question there is until one is answered, and take the candidate that the answer fits."""
        questions = []
        for page in self.candidates:
            if page["identify"] not in [other["identify"] for other in questions]:
                questions.append(page)
        silence = None
        for page in questions:
            try:
                self.identity = await self._asked_who(page)
            except BytewireError as error:
                if error.kind not in ("timeout", "busy"):
                    raise
                silence = silence or error
                continue
            self.profile = self._recognised(page["identify"])
            return
        raise silence

    async def _asked_who(self, page):
        if self.dialogue is None:
            await self._connect()
        self.profile = _loaded(page)
        self.dialogue.guessing = True
        try:
            with self._step("identify"):
                identity = (await self.exchange(self.profile.identify, {}, "identify")).values
            self.dialogue.guessing = False
            return identity
        finally:
            self.profile = None

    def _recognised(self, question):
        for page in self.candidates:
            if page["identify"] == question and meets(page.get("is") or page.get("auto"), self.identity):
                return _loaded(page)
        raise BytewireError("invalid", "identify", "%s identifies as %s, which no profile knows. Set bytewire_model."
                            % (self.title, listed(self.identity)))

    # asking

    async def ask(self, message, values, stage, what="do that"):
        """A question that may be asked again: the values of its reply."""
        while True:
            try:
                await self.open()
                answer = await self.exchange(message, values, stage)
            except BytewireError as error:
                await self.drop()
                if not await self.may_retry(error):
                    raise
                continue
            if answer.kind == "refused":
                raise await self.refused(answer, stage, what)
            return answer.values

    async def exchange(self, message, values, stage):
        """Send once and read one Answer (reply or refused), within one deadline; the connection is dropped by failures."""
        known = dict(values, transaction=random.randint(*TRANSACTIONS), **self._unit())
        self.dialogue.profile = self.profile
        try:
            return await self.dialogue.exchange(message, known, stage, self.broadcast)
        except BytewireError:
            await self.drop()
            raise
        finally:
            if stage == "write":
                self._end_turn()

    @property
    def broadcast(self):
        """True where the command goes to every unit at once, and nobody is expected to reply."""
        return self.profile.is_broadcast(self.options.get("unit"))

    async def ready_to_write(self):
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

    async def prepare(self):
        """Before a command that changes something: wait for the turn, which a login must not outlast, and log in where the device wants it."""
        if self.turn is not None:
            await self.turn.begin()
        if self.behaviour is not None:
            await self.behaviour.prepare()

    def _end_turn(self):
        if self.turn is not None:
            self.turn.end()

    async def refused(self, answer, stage, what="do that"):
        """The error for an exchange that the device declined; a session may know better."""
        unexplained = ""
        try:
            better = await self.behaviour.explain(what) if self.behaviour is not None else None
        except BytewireError as error:
            better, unexplained = None, " It could not be asked whether it is locked: %s" % error.msg
        if better is not None:
            return better
        code = answer.values.get("code")
        words = self.profile.codes.get(str(code)) if code is not None else None
        because = " (%s)" % words if words else " (code %s)" % code if code is not None else ""
        return BytewireError("refused", stage, "%s refused to %s%s.%s" % (self.title, what, because, unexplained))

    def _unit(self):
        try:
            return self.profile.unit_values(self.options.get("unit"))
        except ProfileError as error:
            raise invalid("%s: %s." % (self.title, error))

    def _step(self, name):
        return _Step(self.steps, name)


class _Step:
    """How long one step took, kept for people who ask why."""

    def __init__(self, steps, name):
        self.steps, self.name = steps, name

    def __enter__(self):
        self.started = time.monotonic()

    def __exit__(self, kind, error, traceback):
        self.steps.append({"step": self.name, "ms": _ms(time.monotonic() - self.started), "ok": error is None})


def _candidates(model):
    if not isinstance(model, dict):
        raise invalid("model must be resolved by the action plugin before it reaches the device; it is %r." % (model,))
    return model["candidates"] if "candidates" in model else [model]


def _loaded(page):
    try:
        return load(page)
    except ProfileError as error:
        raise invalid("The profile '%s' is wrong: %s." % (page.get("name", "inline"), error), stage="profile")


def _refuse_no_address(options, port, model):
    if port is None:
        raise invalid("The model '%s' has no port of its own: set port (bytewire_port)." % model)
    if not options["host"]:
        raise invalid("No address: set host (bytewire_host, or ansible_host in the inventory).")


def _title(options, transport, port):
    label, host = options.get("label"), options["host"]
    address = options["serial_port"] if transport == "serial" else "[%s]:%s" % (host, port) if ":" in host else "%s:%s" % (host, port)
    return address if not label or label == host else "%s (%s)" % (label, address)


def _ms(seconds):
    return round(seconds * 1000, 1)


def listed(identity):
    """An identity in words."""
    return ", ".join("%s %s" % pair for pair in sorted(identity.items()))

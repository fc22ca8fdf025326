# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A device: a profile on a link. Connects under the lock, asks, and turns what goes wrong into words."""

from __future__ import annotations

import random
import socket
import time

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._link import LinkError, TcpLink, resolve
from ansible_collections.bytewire.devices.plugins.module_utils._lock import DeviceLock
from ansible_collections.bytewire.devices.plugins.module_utils._message import COMPLETE, TemplateError, shown
from ansible_collections.bytewire.devices.plugins.module_utils._options import refuse_out_of_bounds
from ansible_collections.bytewire.devices.plugins.module_utils._profile import Answer, ProfileError, load, meets
from ansible_collections.bytewire.devices.plugins.module_utils._session import BEHAVIOURS

MASK = b"********"
RETRY_PAUSE = 0.2  # seconds
V4_MAPPED = "::ffff:"
IN_USE = b"Port already in use"  # what a serial server says to a second client before it closes


class Device:
    """One device during one task; a context manager that leaves neither connection nor lock behind."""

    def __init__(self, options, trace=False):
        refuse_out_of_bounds(options)
        self.options = options
        self.candidates = _candidates(options["model"])
        self.profile = None if len(self.candidates) > 1 else _loaded(self.candidates[0])
        first = self.profile or _loaded(self.candidates[0])
        self.port = options["port"] or first.port
        if self.port is None:
            raise invalid("The model '%s' has no port of its own: set port (bytewire_port)." % first.name)
        if not options["host"]:
            raise invalid("No address: set host (bytewire_host, or ansible_host in the inventory).")
        self.title = _title(options.get("label"), options["host"], self.port)
        self.secret = (options.get("password") or "").encode("latin-1", "replace")
        self.identity = {}
        self.steps = []
        self.trace = [] if trace else None
        self.retries_left = options["retries"]
        self.link = self.lock = self.behaviour = self.addresses = self.address = None
        self.heard, self.not_before = False, 0.0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.drop()
        if self.lock is not None:
            self.lock.release()
            self.lock = None
        if isinstance(error, BytewireError) and self.trace is not None:
            error.details.setdefault("trace", self.trace)

    # connecting

    def open(self):
        """Connect, identify and log in, unless that has been done; connecting is always safe to repeat."""
        while self.link is None:
            try:
                self._open()
            except BytewireError as error:
                self.drop()
                if not self.may_retry(error):
                    raise

    def may_retry(self, error):
        """Spend one of the task's retries on this error."""
        if not error.retry or self.retries_left <= 0:
            return False
        self.retries_left -= 1
        time.sleep(RETRY_PAUSE)
        return True

    def drop(self):
        """Close the connection: a late reply must not be taken for the answer to the next question."""
        if self.link is not None:
            self._pause()
            self.link.close()
        self.link, self.behaviour = None, None
        self.heard = False

    def drop_if_closed(self):
        """After a pause: where the device closed meanwhile, the next exchange connects anew, at no cost of a retry."""
        if self.link is not None and self.link.pending() == b"":
            self.drop()

    def _open(self):
        if self.addresses is None:
            with self._step("resolve"):
                self.addresses = self._reach(resolve, self.options["host"], self.port)
        self.link = self._connect()
        unknown = self.profile is None
        if unknown:
            self._identify_unknown()
        self._greet()
        if self.profile.expected and not unknown:
            self._check_identity()

    def _connect(self):
        """A link to the first address that can be connected; the task stays with it, and keeps its lock, from then on."""
        left = self.options["connect_timeout"]
        for number, (family, address) in enumerate(self.addresses):
            self._acquire(address)
            started = time.monotonic()
            try:
                with self._step("connect"):
                    link = self._reach(TcpLink, family, address, max(left, 0.1))
                self.addresses = [(family, address)]
                return link
            except BytewireError:
                if number + 1 == len(self.addresses):
                    raise
            left -= time.monotonic() - started

    def _acquire(self, address):
        where = "%s:%s" % (address[0][len(V4_MAPPED):] if address[0].startswith(V4_MAPPED) else address[0], address[1])
        if self.lock is not None and self.address == where:
            return
        if self.lock is not None:
            self.lock.release()
        self.lock, self.address = DeviceLock(where, self.title), where
        started = time.monotonic()
        if self.lock.acquire(self.options["lock_timeout"]):
            self.steps.append({"step": "lock", "ms": _ms(time.monotonic() - started), "ok": True})

    def _reach(self, function, *arguments):
        try:
            return function(*arguments)
        except LinkError as error:
            raise BytewireError("unreachable", error.step, "%s cannot be reached: %s." % (self.title, error), retry=True)

    def _greet(self):
        if self.profile.resync:
            self._write(self.profile.resync, time.monotonic() + self.options["timeout"], "login")
            if self.trace is not None:
                self.trace.append({"stage": "login", "sent": shown(self.profile.resync), "received": "", "ms": 0.0})
        names = {"username": self.options.get("username") or "", "password": self.options.get("password") or ""}
        for message in self.profile.login:
            answer = self.exchange(message, names, "login")
            if answer.kind == "refused":
                raise BytewireError("locked", "login", "%s refused the login. Check bytewire_username and bytewire_password." % self.title)
        if self.profile.session_name:
            self.behaviour = BEHAVIOURS[self.profile.session_name](self, self.options.get("password"))

    def _check_identity(self):
        with self._step("identify"):
            self.identity = self.exchange(self.profile.identify, {}, "identify").values
        if not self.profile.is_what_it_says(self.identity):
            found = self.profile.relative(self.identity) or "a board that no profile knows (%s)" % _listed(self.identity)
            raise BytewireError("invalid", "identify", "%s is not the %s that was asked for; it identifies as %s. "
                                "Set bytewire_model to what it is, or check the address." % (self.title, self.profile.name, found))

    def _identify_unknown(self):
        """model: auto. Ask who it is, and take the candidate whose 'is' the answer meets."""
        asking = _loaded(self.candidates[0])
        self.profile = asking
        try:
            with self._step("identify"):
                self.identity = self.exchange(asking.identify, {}, "identify").values
        finally:
            self.profile = None
        for page in self.candidates:
            if meets(page.get("is"), self.identity):
                self.profile = _loaded(page)
                return
        raise BytewireError("invalid", "identify", "%s identifies as %s, which no profile knows. Set bytewire_model."
                            % (self.title, _listed(self.identity)))

    # asking

    def who(self):
        """Who the device says it is; asked once, and only where the model can be asked."""
        self.open()
        if self.profile.identify is not None and not self.identity:
            self.identity = self.ask(self.profile.identify, {}, "identify")
        return self.identity

    def ask(self, message, values, stage):
        """A question that may be asked again: the values of its reply."""
        while True:
            try:
                self.open()
                answer = self.exchange(message, values, stage)
            except BytewireError as error:
                self.drop()
                if not self.may_retry(error):
                    raise
                continue
            if answer.kind == "refused":
                raise self.refused(answer, stage)
            return answer.values

    def exchange(self, message, values, stage):
        """Send once and read one Answer (reply or refused), within one deadline; the connection is dropped by failures."""
        known = dict(values, transaction=random.randrange(1, 0xFFFF), **self._unit())
        if message.send is not None:
            self._settle(message, stage)
        self._pause()
        started = time.monotonic()
        deadline = started + self.options["timeout"]
        sent, received = b"", bytearray()
        try:
            if message.send is not None:
                sent = self._rendered(message, known)
                self._write(sent, deadline, stage)
            answer = self._read(message, known, sent, deadline, stage, received) if message.answered else Answer("reply")
            self._refuse_stray(message, bytes(received[answer.end:]), "behind its answer", stage)
            return answer
        except BytewireError as error:
            error.sent = bool(sent)
            self.drop()
            raise
        finally:
            self.not_before = time.monotonic() + self.profile.pause
            if self.trace is not None:
                self.trace.append({"stage": stage, "sent": message.send.show(known) if sent else "",
                                   "received": shown(self._hidden(received)), "ms": _ms(time.monotonic() - started)})

    def refused(self, answer, stage, what="do that"):
        """The error for an exchange that the device declined; a session may know better."""
        unexplained = ""
        try:
            better = self.behaviour.explain(what) if self.behaviour is not None else None
        except BytewireError as error:
            better, unexplained = None, " It could not be asked whether it is locked: %s" % error.msg
        if better is not None:
            return better
        code = answer.values.get("code")
        words = self.profile.codes.get(str(code)) if code is not None else None
        because = " (%s)" % words if words else " (code %s)" % code if code is not None else ""
        return BytewireError("refused", stage, "%s refused to %s%s.%s" % (self.title, what, because, unexplained))

    def prepare(self):
        """Before a command that changes something: log in where the device wants it."""
        if self.behaviour is not None:
            self.behaviour.prepare()

    def _unit(self):
        try:
            return self.profile.unit_values(self.options.get("unit"))
        except ProfileError as error:
            raise invalid("%s: %s." % (self.title, error))

    def _rendered(self, message, known):
        try:
            return message.send.render(known)
        except TemplateError as error:
            raise invalid("%s: %s: %s." % (self.title, message.where, error))

    def _write(self, data, deadline, stage):
        try:
            self.link.send(data, deadline)
        except socket.timeout:
            raise BytewireError("timeout", stage, "%s takes no bytes: %s did not leave in time." % (self.title, _count(data)), retry=True)
        except OSError as error:
            raise BytewireError("closed", stage, "%s closed the connection before the command left (%s)."
                                % (self.title, error.strerror or error), retry=True)

    def _read(self, message, known, sent, deadline, stage, received):
        final = False
        while True:
            answer = message.read(bytes(received), known, sent, final)
            if answer.kind in ("reply", "refused"):
                return answer
            if answer.kind == "busy" or received.startswith(IN_USE):
                raise BytewireError("busy", stage, "%s is in use by somebody else: it answered %s. Try again later."
                                    % (self.title, self._quoted(received)), retry=True)
            if answer.kind == "wrong" or len(received) > message.longest:
                raise self._bad_reply(message, known, received, stage)
            chunk, final = self._more(message, deadline, received)
            if chunk is None and not final:
                raise self._timeout(message, known, received, stage)
            if chunk == b"" and not final:
                raise BytewireError("closed", stage, "%s closed the connection %s." % (self.title, self._after(received)), retry=True)
            received += chunk or b""

    def _more(self, message, deadline, received):
        """(bytes or None, whether that was all): silence and closing end a reply that has no end of its own."""
        now = time.monotonic()
        if now >= deadline:
            return None, False
        open_ended = message.idle is not None and bool(received)
        silent = now + message.idle if open_ended else deadline
        chunk = self.link.receive(min(deadline, silent))
        if chunk:
            self.heard = True
        return chunk, open_ended and (chunk == b"" or chunk is None and silent <= deadline)

    def _timeout(self, message, known, received, stage):
        asked = "%s (%s)" % (message.where, message.send.show(known)) if message.send else message.where
        if not self.heard and self.profile.connections:
            return BytewireError("busy", stage, "%s accepted the connection and then stayed mute for %g s. Model %s serves %d connections; "
                                 "one more is accepted and never answered. Close other programs that are connected to it, "
                                 "or power-cycle it if there are none." % (
                                     self.title, self.options["timeout"], self.profile.name, self.profile.connections), retry=True)
        return BytewireError("timeout", stage, "%s did not answer %s within %g s; %s came. Is it the right model, and is it not busy?"
                             % (self.title, asked, self.options["timeout"], _count(received)), retry=True)

    def _bad_reply(self, message, known, received, stage):
        asked = message.send.show(known) if message.send else "nothing"
        return BytewireError("bad_reply", stage, "%s gave an answer that model %s does not give: %s was asked (%s), %s came. "
                             "Is it the right model?" % (self.title, self.profile.name, message.where, asked, self._quoted(received)), retry=True)

    def _settle(self, message, stage):
        """Before sending: what has come meanwhile is nobody's answer."""
        waiting = self.link.pending()
        if waiting == b"":
            self.drop()
            raise BytewireError("closed", stage, "%s closed the connection between two commands." % self.title, retry=True)
        if waiting:
            self.heard = True
            self._refuse_stray(message, waiting, "unasked", stage)

    def _refuse_stray(self, message, stray, how, stage):
        """What the profile ignores is drained. Other bytes mean that no answer on this connection can be trusted."""
        while stray:
            end = max([0] + [match.end for match in (template.match(stray) for template in message.ignore) if match.status == COMPLETE])
            if end == 0:
                self.drop()
                kind = "busy" if stray.startswith(IN_USE) else "bad_reply"
                raise BytewireError(kind, stage, "%s sent %s %s: its answers cannot be trusted. Is it the right model?"
                                    % (self.title, self._quoted(stray), how), retry=True)
            stray = stray[end:]

    def _pause(self):
        wait = self.not_before - time.monotonic()
        if wait > 0:
            time.sleep(wait)

    def _hidden(self, data):
        """Bytes for people: an echoed password is masked, also one that was cut short."""
        data = bytes(data)
        if not self.secret:
            return data
        data = data.replace(self.secret, MASK)
        for length in range(min(len(self.secret), len(data)), 1, -1):
            if data.endswith(self.secret[:length]):
                return data[:-length] + MASK
        return data

    def _quoted(self, data):
        data = self._hidden(data)
        text = shown(data[:40]) + (" ..." if len(data) > 40 else "")
        if data.strip() and all(32 <= byte < 127 or byte in b"\r\n\t" for byte in data[:40]):
            text += " (%r)" % data[:40].decode("ascii")
        return text

    def _after(self, received):
        return "in the middle of its answer (%s)" % self._quoted(received) if received else "without an answer"

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


def _title(label, host, port):
    address = "[%s]:%s" % (host, port) if ":" in host else "%s:%s" % (host, port)
    return address if not label or label == host else "%s (%s)" % (label, address)


def _ms(seconds):
    return round(seconds * 1000, 1)


def _count(data):
    return "1 byte" if len(data) == 1 else "%d bytes" % len(data)


def _listed(identity):
    return ", ".join("%s %s" % pair for pair in sorted(identity.items()))

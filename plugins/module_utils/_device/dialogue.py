# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said on one connection: each exchange within one deadline, and nothing taken for an answer that is none."""

from __future__ import annotations

import socket
import time

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._page.exchange import LONGEST_REPLY, Answer
from ansible_collections.bytewire.devices.plugins.module_utils._wire.link import IN_USE
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import COMPLETE, TemplateError, shown
from ansible_collections.bytewire.devices.plugins.module_utils._wire.wait import Call, Sleep

LONGEST_QUOTE = 240  # characters
LINGER = 0.1  # seconds in which a device takes a command that it does not answer
QUIET = 0.15  # seconds of silence after which nothing more is expected


class Dialogue:
    """The exchanges on one link. profile says how this device speaks; title and mask are for messages.

    guessing: the profile is one of those that it may turn out to be, and no message may say that it is that one.
    """

    def __init__(self, link, title, mask, timeout, trace):
        self.link, self.title, self.mask, self.timeout, self.trace = link, title, mask, timeout, trace
        self.profile = None
        self.heard = self.guessing = False
        self.unanswered = False
        self.not_before = self.last_sent = 0.0
        self.last_received = b""

    async def exchange(self, message, known, stage, broadcast=False):
        """Send once and read one Answer (reply or refused), within one deadline. After an error the link is to be closed."""
        await self._pause()
        if message.send is not None:
            self._settle(message, stage, awaited=message.answered and not broadcast)
        started = time.monotonic()
        deadline = started + self.timeout
        sent, received = b"", bytearray()
        try:
            if message.send is not None:
                sent = self._rendered(message, known)
                self.unanswered, self.last_sent = True, started
                await self._write(sent, deadline, stage)
            if broadcast:
                received += await self._drain(stage, deadline)
                self._refuse_in_use(received, stage)
                return Answer("reply")
            answer = Answer("reply")
            if message.answered:
                answer = await self._read(message, known, sent, deadline, stage, received)
                self.unanswered = False
                answer = await self._outlast(message, known, sent, deadline, stage, received, answer)
            self._refuse_stray(message, bytes(received[answer.end:]), "behind its answer", stage)
            return answer
        except BytewireError as error:
            error.sent = bool(sent)
            raise
        finally:
            self.not_before = time.monotonic() + self.profile.pause
            self.last_received = bytes(received)
            if self.trace is not None:
                self._note(stage, message.send.show(known) if sent else "", received, started)

    async def resynchronise(self, stage):
        """End what somebody else may have left half said, and let the answer to that pass."""
        started = time.monotonic()
        await self._write(self.profile.resync, started + self.timeout, stage)
        heard = await self._drain(stage, started + self.timeout)
        if self.trace is not None:
            self._note(stage, shown(self.profile.resync), heard, started)
        self._refuse_in_use(heard, stage)

    async def leave(self):
        """Close the link; not before a device that answers nothing can have taken the last command."""
        try:
            if self.unanswered:
                self.not_before = max(self.not_before, self.last_sent + LINGER)
                await self._pause()
        finally:
            if self.link.slow_to_close:
                await Call(self.link.close)
            else:
                self.link.close()

    async def _pause(self):
        """The least gap that the profile demands before the next bytes."""
        wait = self.not_before - time.monotonic()
        if wait > 0:
            await Sleep(wait)

    def _rendered(self, message, known):
        try:
            return message.send.render(known)
        except TemplateError as error:
            raise invalid("%s: %s: %s." % (self.title, message.where, error))

    async def _write(self, data, deadline, stage):
        try:
            await self.link.send(data, deadline)
        except socket.timeout:
            raise BytewireError("timeout", stage, "%s takes no bytes: %s did not leave in time." % (self.title, _count(data)), retry=True)
        except OSError as error:
            self._refuse_in_use(self.link.pending() or b"", stage)
            raise BytewireError("closed", stage, "%s closed the connection before the command left (%s)."
                                % (self.title, error.strerror or error), retry=True)

    async def _read(self, message, known, sent, deadline, stage, received):
        final = False
        while True:
            self._refuse_in_use(received, stage)
            answer = message.read(bytes(received), known, sent, final)
            if answer.kind in ("reply", "refused"):
                return answer
            if answer.kind == "busy":
                raise self._in_use(received, stage)
            if len(received) > message.longest:
                raise BytewireError("bad_reply", stage, "%s answered %s with more than %d bytes." % (self.title, message.where, message.longest))
            if answer.kind == "wrong":
                raise self._bad_reply(message, known, received, stage)
            chunk, final = await self._more(message, deadline, received)
            if chunk is None and not final:
                raise self._timeout(message, known, received, stage)
            if chunk == b"" and not final:
                raise BytewireError("closed", stage, "%s closed the connection %s." % (self.title, self._after(received)), retry=True)
            received += chunk or b""

    async def _more(self, message, deadline, received):
        """(bytes or None, whether that was all): silence, or closing behind what came, ends a reply that has no end of its own."""
        now = time.monotonic()
        if now >= deadline:
            return None, False
        open_ended = message.idle is not None and (bool(received) or message.may_be_empty)
        silent = now + message.idle if open_ended else deadline
        chunk = await self.link.receive(min(deadline, silent))
        if chunk:
            self.heard = True
        closed = chunk == b"" and bool(received) and not self.link.reason
        return chunk, open_ended and (closed or chunk is None and silent <= deadline)

    async def _outlast(self, message, known, sent, deadline, stage, received, answer):
        """Where a reply may be followed by a part that some devices leave out, or may be what the device reports unasked, hear it out."""
        while message.trailing or message.free and self._ignored(message, received[:answer.end]):
            received += await self._drain(stage, deadline)
            rest = bytes(received[answer.end:])
            later = message.read(rest, known, sent, True) if rest and not message.trailing else Answer("wrong")
            if later.kind not in ("reply", "refused"):
                break
            answer = Answer(later.kind, answer.end + later.end, later.values)
        return answer

    @staticmethod
    def _ignored(message, data):
        return any(match.status == COMPLETE and match.end == len(data) for match in (template.match(bytes(data)) for template in message.ignore))

    async def _drain(self, stage, deadline):
        """What comes until it is quiet."""
        heard = b""
        while len(heard) <= LONGEST_REPLY:
            chunk = await self.link.receive(min(time.monotonic() + QUIET, deadline))
            if chunk == b"":
                self._refuse_in_use(heard, stage)
                raise BytewireError("closed", stage, "%s closed the connection %s." % (self.title, self._after(heard)), retry=True)
            if chunk is None:
                break
            heard += chunk
        return heard

    def _settle(self, message, stage, awaited):
        """Before sending: what has come meanwhile is nobody's answer."""
        waiting = self.link.pending()
        if waiting == b"":
            raise BytewireError("closed", stage, "%s closed the connection between two commands%s." % (self.title, self._because()), retry=True)
        if waiting:
            self.heard = True
            if not awaited:
                return self._refuse_in_use(waiting, stage)
            self._refuse_stray(message, waiting, "unasked", stage)
        return None

    def _refuse_stray(self, message, stray, how, stage):
        """What the profile ignores is drained. Other bytes mean that no answer on this connection can be trusted."""
        while stray:
            end = max([0] + [match.end for match in (template.match(stray) for template in message.ignore) if match.status == COMPLETE])
            if end == 0:
                self._refuse_in_use(stray, stage)
                raise BytewireError("bad_reply", stage, "%s sent %s %s: its answers cannot be trusted. Is it the right model?"
                                    % (self.title, self.mask.quoted(stray), how), retry=True)
            stray = stray[end:]

    def _refuse_in_use(self, received, stage):
        if received.lstrip().startswith(IN_USE):
            raise self._in_use(received, stage)

    def _in_use(self, received, stage):
        return BytewireError("busy", stage, "%s is busy, or in use by somebody else: it answered %s. Try again later."
                             % (self.title, self.mask.quoted(received)), retry=True)

    def _timeout(self, message, known, received, stage):
        asked = "%s (%s)" % (message.where, _shortened(message.send.show(known))) if message.send else message.where
        if not self.heard and self.guessing:
            return BytewireError("timeout", stage, "%s accepted the connection and then stayed mute for %g s: nothing that model auto knows "
                                 "answered. Set bytewire_model to what it is. A board that model auto knows stays mute where all of its "
                                 "connections are taken." % (self.title, self.timeout), retry=True)
        if not self.heard and self.profile.connections:
            return BytewireError("busy", stage, "%s accepted the connection and then stayed mute for %g s. Model %s serves %d connections; "
                                 "one more is accepted and never answered. Close other programs that are connected to it, "
                                 "or power-cycle it if there are none." % (
                                     self.title, self.timeout, self.profile.name, self.profile.connections), retry=True)
        return BytewireError("timeout", stage, "%s did not answer %s within %g s; %s came. %s"
                             % (self.title, asked, self.timeout, self.mask.quoted(received) if received else "nothing", self._advice(known)), retry=True)

    def _advice(self, known):
        unit = self.profile.unit.get("name", "unit")
        if not self.heard and unit in known:
            return "Is %s its %s (bytewire_unit), and the line set up as the device wants it?" % (known[unit], unit)
        return "Is it the right model, and is it not busy?"

    def _bad_reply(self, message, known, received, stage):
        asked = _shortened(message.send.show(known)) if message.send else "nothing"
        whose, advice = "model %s does not give" % self.profile.name, "Is it the right model?"
        if self.guessing:
            whose, advice = "nothing gives that model auto knows", "Set bytewire_model to what it is."
        return BytewireError("bad_reply", stage, "%s gave an answer that %s: %s was asked (%s), %s came. %s"
                             % (self.title, whose, message.where, asked, self.mask.quoted(received), advice), retry=True)

    def _note(self, stage, sent, received, started):
        self.trace.append({"stage": stage, "sent": sent, "received": self.mask.shown(received),
                           "ms": round((time.monotonic() - started) * 1000, 1)})

    def _after(self, received):
        return ("in the middle of its answer (%s)" % self.mask.quoted(received) if received else "without an answer") + self._because()

    def _because(self):
        """What the link knows of why the other side left."""
        return " (%s)" % self.link.reason if self.link.reason else ""


def _count(data):
    return "1 byte" if len(data) == 1 else "%d bytes" % len(data)


def _shortened(text):
    return text if len(text) <= LONGEST_QUOTE else "%s ..." % text[:LONGEST_QUOTE]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes that arrive at a device, cut into requests. No input or output."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import COMPLETE, MORE
from ansible_collections.bytewire.devices.plugins.module_utils._page.digest import has_digest
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import Template, flat
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import GOES_ON, writes


class Course:
    """A command that further exchanges belong to: what is still to come, and whether it will be refused there.

    A command that is not answered is done at once, and what comes behind it asks how it went. One that is answered is done with the last exchange.
    """

    def __init__(self, what: str, message: Message, values: dict[str, t.Any], refused: bool) -> None:
        self.what, self.values, self.refused = what, values, refused
        self.at_once = not message.answered
        self.left = list(message.then)

    def request(self, step: Message, values: dict[str, t.Any], data: bytes) -> Request:
        """What goes on with these bytes: the command itself, where it is done now."""
        self.values = {**self.values, **values}
        self.left = self.left[1:] if self.left[:1] == [step] else []
        done = self.at_once or bool(self.left)
        refused, self.refused = self.refused and bool(step.refused), self.refused and not step.refused
        return Request(self.what + GOES_ON if done else self.what, step, self.values, data, not refused, self)


class Request(t.NamedTuple):
    """A request that was understood, or understood but out of range (fits is False). course: where it is one of several that belong together."""

    what: str
    message: Message
    values: dict[str, t.Any]
    data: bytes
    fits: bool = True
    course: Course | None = None


class Unknown(t.NamedTuple):
    """Bytes that are no request."""

    data: bytes
    what: None = None


class Stream:
    """The requests of one connection, whole or in pieces. The rest of a segment ends a session's request; silence ends what has no end of its own."""

    def __init__(self, profile: Profile, password: str | None = None) -> None:
        self.profile = profile
        self.requests = profile.requests()
        self.login = [message for message in profile.login if message.send is not None
                      and (password or not message.when and not (profile.digest and has_digest(message.send)))]
        own = [(what, message, False) for what, message in self.requests]
        heard = [(what, message, True) for what, message in profile.heard]
        asking = [(what + GOES_ON, message.then[0], False) for what, message in self.requests if message.then and not message.answered]
        self._known = sorted(own + asking + heard, key=lambda known: known[0] == "command" and not known[2])
        self._end = _common_end([message.request for dummy, message in self.requests]) if profile.page["notation"] == "text" else b""
        self.course: Course | None = None
        self.buffer = b""

    def feed(self, data: bytes) -> t.Iterator[Request | Unknown]:
        self.buffer += data
        return self._cut(False)

    def silence(self, short: bool = False) -> t.Iterator[Request | Unknown]:
        """What silence ends; a short one ends nothing that may become a request with an end of its own."""
        return self._cut(True, short)

    def _cut(self, silent: bool, short: bool = False) -> t.Iterator[Request | Unknown]:
        while self.buffer:
            request = self._next(silent, short)
            if request is None:
                return
            self.buffer = self.buffer[len(request.data):]
            yield self._begun(request)

    def _begun(self, request: Request | Unknown) -> Request | Unknown:
        """A request as it counts: where others belong to it, they come next. Asking how it went can wait, answering its question cannot."""
        if isinstance(request, Request) and request.course is not None:
            return request
        command = isinstance(request, Request) and writes(request.what)
        if command or self.course is not None and not self.course.at_once:
            self.course = None
        if not isinstance(request, Request) or not command or not request.message.then or not request.fits and request.message.refused:
            return request
        self.course = Course(request.what, request.message, request.values, not request.fits)
        if self.course.at_once:
            return request._replace(course=self.course)
        return request._replace(what=request.what + GOES_ON, fits=True, course=self.course)

    def _next(self, silent: bool, short: bool) -> Request | Unknown | None:
        """What stands at the start of the buffer; None where more has to come."""
        request, waiting = self._matched(False)
        if not waiting:
            return request or self._unknown()
        if not silent or short and not all(message.request.open_ended for message in waiting):
            return None
        return self._matched(True)[0]

    def _matched(self, final: bool) -> tuple[Request | None, list[Message]]:
        """(what the buffer begins with, what it may still become). What the page hears besides has to wait for that; of its requests the longest counts."""
        best: Request | None = None
        own: Request | None = None
        waiting: list[Message] = []
        course = self.course
        for step in course.left[:1] if course is not None else ():
            match = step.request.match(self.buffer, final=final)
            if match.status == COMPLETE and course is not None:
                return course.request(step, match.values, self.buffer[:match.end]), []
            waiting += [step] if match.status == MORE else []
        for what, message, heard in [("login", self.login[0], False)] if self.login else self._known:
            if own is not None and heard or what == "command" and (best or own) is not None and not heard:
                break
            ends_with_segment = what.startswith("session.") and message.request.open_ended
            match = message.request.match(self.buffer, final=final or ends_with_segment)
            if match.status == MORE:
                waiting.append(message)
            elif match.status == COMPLETE:
                data = self.buffer[:match.end]
                if what.endswith(GOES_ON) and course is not None and course.at_once:
                    return course.request(message, match.values, data), []
                request = Request(what, message, match.values, data, self.profile.fits(what, match.values, heard))
                if request.fits and not heard:
                    if match.end == len(self.buffer):
                        return request, []
                    own = request if own is None or len(data) > len(own.data) else own
                    continue
                does = not what.startswith("hears.")
                if best is None or request.fits and (does and not best.fits or len(request.data) > len(best.data)):
                    best = request
        return own or best, waiting

    def _unknown(self) -> Unknown:
        resync = self.profile.resync
        if resync and self.buffer.startswith(resync):
            return Unknown(resync)
        if self._end and self._end in self.buffer:
            return Unknown(self.buffer[:self.buffer.index(self._end) + len(self._end)])
        end = self.buffer.find(b"\r") + 1 if self.profile.page["notation"] == "text" else 0
        return Unknown(self.buffer[:end] if end else self.buffer)


def _common_end(templates: t.Iterable[Template]) -> bytes:
    """The bytes that all of these end with."""
    lasts = [list(flat(template.parts))[-1] for template in templates if template.parts]
    reversed_ends = [last[::-1] if isinstance(last, bytes) else b"" for last in lasts]
    shortest = min(reversed_ends, key=len, default=b"")
    length = next((length for length in range(len(shortest), 0, -1) if all(end.startswith(shortest[:length]) for end in reversed_ends)), 0)
    return shortest[:length][::-1]

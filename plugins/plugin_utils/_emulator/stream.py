# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes that arrive at a device, cut into requests. No input or output."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import COMPLETE, MORE
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile


class Request(t.NamedTuple):
    """A request that was understood, or understood but out of range (fits is False)."""

    what: str
    message: Message
    values: dict[str, t.Any]
    data: bytes
    fits: bool = True


class Unknown(t.NamedTuple):
    """Bytes that are no request."""

    data: bytes
    what: None = None


class Stream:
    """The requests of one connection, whole or in pieces. The rest of a segment ends a session's request; silence ends what has no end of its own."""

    def __init__(self, profile: Profile, password: str | None = None) -> None:
        self.profile = profile
        self.requests = profile.requests()
        self.login = [message for message in profile.login if message.send is not None and (password or not message.when)]
        own = [(what, message, False) for what, message in self.requests]
        heard = [(what, message, True) for what, message in profile.heard]
        self._known = sorted(own + heard, key=lambda known: known[0] == "command" and not known[2])
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
            yield request

    def _next(self, silent: bool, short: bool) -> Request | Unknown | None:
        """What stands at the start of the buffer; None where more has to come."""
        request, waiting = self._matched(False)
        if not waiting:
            return request or self._unknown()
        if not silent or short and not all(message.request.open_ended for message in waiting):
            return None
        return self._matched(True)[0]

    def _matched(self, final: bool) -> tuple[Request | None, list[Message]]:
        """(what the buffer begins with, what it may still become). What the page hears besides has to wait for that; its requests do not."""
        best: Request | None = None
        waiting = []
        for what, message, heard in [("login", self.login[0], False)] if self.login else self._known:
            if what == "command" and best is not None and not heard:
                break
            ends_with_segment = what.startswith("session.") and message.request.open_ended
            match = message.request.match(self.buffer, final=final or ends_with_segment)
            if match.status == MORE:
                waiting.append(message)
            elif match.status == COMPLETE:
                request = Request(what, message, match.values, self.buffer[:match.end], self.profile.fits(what, match.values, heard))
                if request.fits and not heard:
                    return request, []
                if best is None or request.fits and (not best.fits or len(request.data) > len(best.data)):
                    best = request
        return best, waiting

    def _unknown(self) -> Unknown:
        resync = self.profile.resync
        if resync and self.buffer.startswith(resync):
            return Unknown(resync)
        end = self.buffer.find(b"\r") + 1 if self.profile.page["notation"] == "text" else 0
        return Unknown(self.buffer[:end] if end else self.buffer)

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
    """The requests of one connection. The rest of a segment ends a session's request; silence ends other open ones."""

    def __init__(self, profile: Profile, password: str | None = None) -> None:
        self.profile = profile
        self.requests = profile.requests()
        self.login = [message for message in profile.login if message.send is not None and (password or not message.when)]
        self.buffer = b""

    def feed(self, data: bytes) -> t.Iterator[Request | Unknown]:
        self.buffer += data
        return self._cut(False)

    def silence(self) -> t.Iterator[Request | Unknown]:
        """What an idle gap ends."""
        return self._cut(True)

    def _cut(self, final: bool) -> t.Iterator[Request | Unknown]:
        while self.buffer:
            request = self._next(final)
            if request is None:
                return
            self.buffer = self.buffer[len(request.data):]
            yield request

    def _next(self, final: bool) -> Request | Unknown | None:
        out_of_range, waiting = None, False
        for what, message in [("login", self.login[0])] if self.login else self.requests:
            ends_with_segment = what.startswith("session.") and message.request.open_ended
            if what == "command" and out_of_range:
                break
            match = message.request.match(self.buffer, final=final or ends_with_segment)
            waiting = waiting or match.status == MORE
            if match.status == COMPLETE:
                request = Request(what, message, match.values, self.buffer[:match.end], self.profile.fits(what, match.values))
                if request.fits:
                    return request
                out_of_range = out_of_range or request
        if out_of_range is not None or waiting and not final:
            return out_of_range
        return self._unknown()

    def _unknown(self) -> Unknown:
        resync = self.profile.resync
        if resync and self.buffer.startswith(resync):
            return Unknown(resync)
        end = self.buffer.find(b"\r") + 1 if self.profile.page["notation"] == "text" else 0
        return Unknown(self.buffer[:end] if end else self.buffer)

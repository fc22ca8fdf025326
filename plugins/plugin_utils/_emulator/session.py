# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The device's side of the named sessions: what one connection may do."""

from __future__ import annotations

import math
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.digest import has_digest
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board

UNLOCKED_SECONDS = 30.0
NO_PASSWORD = 0xFF


class OpenSession:
    """Every command is allowed that says the right user name, password and digest, where it says any."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.challenge = board.challenge()
        self._proven = False

    def knows(self, message: Message, values: dict[str, t.Any]) -> bool:
        """Whether what a request says of who asks is right."""
        wanted = {"username": self.board.values.get("username"), "password": self.board.password, "digest": self._digest(message)}
        right = all(values.get(name, "") == said for name, said in wanted.items() if said is not None and (name in values or name == "digest"))
        self._proven = self._proven or right and bool(values.get("digest"))
        return right

    def _digest(self, message: Message) -> str | None:
        """What has to stand in a request, or None where it has no such field, or nobody knows the password."""
        digest, password = self.board.profile.digest, self.board.password
        if digest is None or not password or message.send is None or not has_digest(message.send):
            return None
        if digest.once and self._proven:
            return ""
        return digest.made(message.send, {**self.board.values, **self.challenge, "password": password})

    def allows(self, writing: bool, password: object = None) -> bool:
        """Whether a request is done; password is one that stands in it."""
        return True

    def values(self, what: str, values: dict[str, t.Any]) -> dict[str, t.Any] | None:
        """What the reply to a session's own request says; None refuses."""
        return values


class DevantechPassword(OpenSession):
    """Changing commands need the password, per connection, and again after 30 s without a command."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._until = 0.0

    def knows(self, message: Message, values: dict[str, t.Any]) -> bool:
        return True

    def allows(self, writing: bool, password: object = None) -> bool:
        if not self.board.password or password == self.board.password:
            return True
        unlocked = self.board.clock() < self._until
        if unlocked:
            self._extend()
        return unlocked or not writing

    def values(self, what: str, values: dict[str, t.Any]) -> dict[str, t.Any] | None:
        if what == "session.login":
            if self.board.password and values["password"].encode("latin-1") != self.board.password.encode("latin-1", "replace"):
                return None
            self._extend()
        elif what == "session.logout":
            self._until = 0.0
        elif what == "session.unlock_time":
            return {**values, "left": self._left()}
        return values

    def _left(self) -> int:
        if not self.board.password:
            return NO_PASSWORD
        left = max(0, math.ceil(self._until - self.board.clock()))
        if left:
            self._extend()
        return left

    def _extend(self) -> None:
        self._until = self.board.clock() + UNLOCKED_SECONDS


SESSIONS: dict[str | None, type[OpenSession]] = {"devantech_password": DevantechPassword}


def open_session(board: Board) -> OpenSession:
    """The session of a new connection."""
    return SESSIONS.get(board.profile.session_name, OpenSession)(board)

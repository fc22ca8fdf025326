# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the requests of one connection say of who asks. No input or output."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Value, Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.digest import CREDENTIALS, DigestLogin, has_digest
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import TemplateError


class Credentials:
    """User name and password of the task, what the login caught, and the digest made of them.

    caught: fields of what the device said in the login of this connection. proven: a digest that is said once was said.
    """

    def __init__(self, title: str, username: str | None = None, password: str | None = None) -> None:
        self.title = title
        self.given = {name: value for name, value in (("username", username), ("password", password)) if value}
        self.caught: dict[str, Value] = {}
        self.proven = False

    def fields(self, message: Message, digest: DigestLogin | None, known: Values) -> dict[str, Value]:
        """The fields of a request that say who asks, unless they are known; the error for one that was not given."""
        if message.send is None:
            return {}
        names = message.send.names.difference(known)
        self._refuse_missing(names)
        found: dict[str, Value] = {name: value for name, value in {**self.caught, **self.given}.items() if name in names}
        if digest is not None and "digest" in names:
            found["digest"] = self._digest(message, digest)
        return found

    def are_needless(self, message: Message, digest: DigestLogin | None) -> bool:
        """True for a step of the login that is a digest, where the device told nothing to make it of."""
        return digest is not None and message.send is not None and has_digest(message.send) and not self._is_wanted(digest)

    def _is_wanted(self, digest: DigestLogin) -> bool:
        return all(name in self.caught for name in digest.challenge)

    def _digest(self, message: Message, digest: DigestLogin) -> str:
        """Empty where the device wants none, or was told it."""
        if self.proven or not self._is_wanted(digest):
            return ""
        self._refuse_missing(digest.names)
        self.proven = digest.once
        try:
            return digest.made(message.request, {**self.caught, **self.given})
        except TemplateError as error:
            raise invalid(f"{self.title}: {error}.", stage="login")

    def _refuse_missing(self, names: t.Collection[str]) -> None:
        for name in CREDENTIALS:
            if name in names and name not in self.given:
                raise BytewireError("locked", "login", f"{self.title} wants a {name} to log in, and none was given. Set bytewire_{name}.")

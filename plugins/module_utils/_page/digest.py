# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What requests say of who asks: user name, password, what the login caught, and the digest that a page makes of these. No input or output."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._numbers import brief
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Digest, Text, Value, Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message, ProfileError, literal_of, only
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import DigestSpec, Page, keys_of
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import Template, TemplateError

CREDENTIALS = ("username", "password")
_NAME = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class DigestLogin:
    """The page's key digest: the text that {digest:md5hex} is made of, and whether it is said once on a connection.

    challenge: the fields that the login must have caught; without them the device wants no digest.
    """

    def __init__(self, spec: object, page: Page, login: t.Sequence[Message]) -> None:
        if isinstance(spec, str):
            spec = {"of": spec}
        only("digest", spec, keys_of(DigestSpec))
        known = t.cast(DigestSpec, spec)
        text = known.get("of")
        if not isinstance(text, str):
            raise ProfileError(f"digest.of is {brief(text)}; expected the text that it is made of, for example \"{{random}}{{password}}\"")
        self.once = known.get("once", False)
        if not isinstance(self.once, bool):
            raise ProfileError(f"digest.once is {brief(self.once)}; expected true or false")
        plain = t.cast(Page, {"notation": page["notation"]})
        self._pieces = [piece if number % 2 else literal_of("digest.of", plain, piece) for number, piece in enumerate(_NAME.split(text))]
        self.names = {piece for piece in self._pieces if isinstance(piece, str)}
        if "password" not in self.names:
            raise ProfileError(f"digest.of is {brief(text)}, without the password; expected for example \"{{random}}{{password}}\"")
        self.challenge = sorted(self.names.difference(CREDENTIALS))
        caught = {field.name: field for message in login for reply in message.replies for field in reply.fields}
        for name in self.challenge:
            if name not in caught:
                raise ProfileError(f"digest.of: no reply of login has the field {name}")
            if not isinstance(caught[name].codec, Text):
                raise ProfileError(f"digest.of: {name} is no text in the reply of login; expected for example {{{name}:text}}")

    def made(self, request: Template, values: Values) -> str:
        """What the request says for these values; empty where there was no challenge."""
        if any(name not in values for name in self.challenge):
            return ""
        try:
            data = b"".join(piece if isinstance(piece, bytes) else str(values[piece]).encode("latin-1") for piece in self._pieces)
        except UnicodeEncodeError:
            raise TemplateError("the user name or the password has a character above U+00FF, of which no digest can be made")
        return next(field.codec.of(data) for field in request.fields if isinstance(field.codec, Digest))


def digest_of(page: Page, messages: t.Sequence[Message], login: t.Sequence[Message]) -> DigestLogin | None:
    """What the page says of its digest, or None; ProfileError where key and field do not go together."""
    spec = page.get("digest")
    with_field = [message for message in messages if message.send is not None and has_digest(message.send)]
    if spec is None and with_field:
        raise ProfileError(f"{with_field[0].where}.send has the field digest; expected the key digest in the page, for example "
                           "digest: \"{random}{password}\"")
    if spec is None:
        return None
    made = DigestLogin(spec, page, login)
    if not with_field:
        raise ProfileError("digest: no message sends it; expected the field {digest:md5hex} or {digest:sha256hex} in a frame or in login")
    if "username" in made.names and "username" not in (page.get("emulator") or {}):
        raise ProfileError("emulator.username is missing; expected the user name that the emulated device knows, because digest.of has it")
    return made


def has_digest(template: Template) -> bool:
    """True where a request is proven with a digest."""
    return any(isinstance(field.codec, Digest) for field in template.fields)


def samples(login: t.Sequence[Message]) -> dict[str, Value]:
    """Something for every field of a request that no task gives."""
    caught = [field for message in login for reply in message.replies for field in reply.fields if field.name]
    return {**{field.name: field.sample() for field in caught}, **{name: name for name in CREDENTIALS}, "digest": ""}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent in the user's own words: bytes as people write them, a message made of options, and sending it at most once."""

from __future__ import annotations

import base64
import binascii
import re

from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._device.mask import Bytes
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import Spec
from ansible_collections.bytewire.devices.plugins.module_utils._device.patterns import Pattern
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import brief, refuse_wrong_numbers, seconds, whole
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Answer, Message, ProfileError, literal_of
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import MessageSpec, Page
from ansible_collections.bytewire.devices.plugins.module_utils._secrets import as_written
from ansible_collections.bytewire.devices.plugins.module_utils._task import Options

IDLE = 0.5  # seconds
LONGEST_IDLE = 3600  # seconds
LONGEST = 64 * 1024  # bytes of a reply unless told otherwise
MOST = 16 * 1024 * 1024  # bytes of a reply at most
ENCODINGS = ("hex", "base64", "text")

READING: Spec = {
    "idle": {"type": seconds(0.001, LONGEST_IDLE)},
    "longest": {"type": whole(1, MOST, " bytes"), "default": LONGEST},
}
"""The options that say how a reply is read; part of the argument specs."""


class FreeMessage(Message):
    """A message that the task words: a reply that does not fit is explained by the task's options, not by the model.

    may_be_empty: silence from the beginning is a reply too. expected: the only reply that is right, in words.
    """

    loose = True

    def __init__(self, device: Device, stage: str, spec: MessageSpec, page: Page, may_be_empty: bool = False, expected: str | None = None) -> None:
        super().__init__("what the task sends", spec, page, commands=True)
        self.device, self.stage, self.may_be_empty, self.expected = device, stage, may_be_empty, expected

    def read(self, data: Bytes, known: Values, sent: bytes = b"", final: bool = False) -> Answer:
        if not data and final and self.may_be_empty:
            return Answer("reply", 0, {"reply": ""})
        answer = super().read(data, known, sent, final)
        if answer.end > self.longest or answer.kind == "more" and len(data) > self.longest:
            raise self._bad_reply(sent, f"answered with more than {self.longest} bytes. If that is right, raise longest")
        if answer.kind == "wrong" and self.expected:
            raise self._bad_reply(sent, f"answered {self.device.mask.quoted(data)}; expected was {self.expected}")
        if answer.kind == "reply" and answer.end < len(data) and not self.ignore:
            first, rest = self.device.mask.quoted(data[:answer.end]), self.device.mask.quoted(data[answer.end:])
            raise self._bad_reply(sent, f"answered {first} and sent {rest} behind it: it is not known which of them is the answer")
        return answer

    def show(self, values: Values) -> str:
        """The request as hex; a password in the user's own words is masked too."""
        return self.request.show(values, self.device.mask.shown)

    def _bad_reply(self, sent: bytes, words: str) -> BytewireError:
        return BytewireError("bad_reply", self.stage, f"{self.device.title} {words}. It was asked {self.device.mask.quoted(sent)}.")


async def deliver(device: Device, message: Message, values: Values, first: bool = True) -> Answer:
    """The Answer to what is sent at most once. Until the first has left, connecting and logging in may be tried again."""
    while True:
        await _get_ready(device, first)
        device.past.once = True
        device.announce("", "carry out a command of the task's own")
        try:
            return await device.exchange(message, values, "write", once=True)
        except BytewireError as error:
            if error.sent or not first or not await device.may_retry(error):
                raise


async def _get_ready(device: Device, first: bool) -> None:
    try:
        if first:
            await device.ready_to_write()
        else:
            await device.prepare()
    except BytewireError as error:
        error.sent = False  # the bytes of a login are not yet what is to be delivered
        raise


def reply_lost(error: BytewireError) -> bool:
    """True where something left and its reply did not come: whether it was done is not known."""
    return error.sent and error.kind in ("timeout", "closed")


def unverified(device: Device, what: str, error: BytewireError) -> BytewireError:
    """The error for what left and was not answered."""
    return BytewireError("unverified", "write", f"{device.title}: {what} was sent once, and its reply was lost ({error.msg}) It is not sent again: look "
                         "whether it was done.")


def refuse_wrong_reading(options: Options) -> None:
    """The error for idle or longest out of bounds."""
    refuse_wrong_numbers(READING, options)
    idle, timeout = options["idle"], options["timeout"]
    if idle is not None and idle >= timeout:
        raise invalid(f"idle is {idle:g} and timeout {timeout:g}; the silence that ends a reply must be shorter than the time for the whole reply.")


def idle_of(options: Options) -> float:
    """Seconds of silence that end a reply without an end of its own."""
    idle: float | None = options["idle"]
    timeout: float = options["timeout"]
    return min(IDLE, timeout / 2) if idle is None else idle


def masked_reply(device: Device, reply: bytes) -> bytes:
    """The bytes of a reply as a result may hold them. One that merely ends as the password begins is no echo of it, and stays as it is."""
    return device.mask.masked(reply) if device.mask.masked(reply, cut=False) != reply else reply


def as_text(name: str, value: object) -> str:
    """A text of the task; what YAML made of it without quotes (no becomes False, 010 becomes 8) is not what was written, and is refused."""
    as_written(name, value)
    if value is None:
        raise invalid(f"{name} is None; expected text.")
    return str(value)


def pattern(name: str, value: object, flags: int = 0) -> Pattern | None:
    """The regular expression of an option, or None where there is none; a BytewireError says what is wrong with it."""
    return None if value is None else Pattern(name, as_text(name, value), flags)


def literal(data: bytes, notation: str) -> str:
    """Bytes as a template writes them."""
    return data.hex(" ") if notation == "hex" else "".join(f"\\x{byte:02x}" for byte in data)


def text_bytes(name: str, text: str) -> bytes:
    """The bytes of a text with the escapes of the notation; a brace stands for itself."""
    try:
        pieces = [piece.encode("ascii") if piece in ("{", "}") else literal_of(name, {"notation": "text"}, piece)
                  for piece in re.split(r"([{}])", text)]
    except ProfileError as error:
        raise invalid(f"{error}.")
    return b"".join(pieces)


def as_bytes(name: str, value: object, encoding: str = "hex") -> bytes:
    """The bytes of a list of numbers, or of a text in one of ENCODINGS."""
    if isinstance(value, (list, tuple)):
        return bytes(_byte(f"{name}[{number}]", item) for number, item in enumerate(value))
    if not isinstance(value, str):
        raise invalid(f"{name} is {value!r}, which YAML did not read as text; write it in quotes, for example \"24\", or as a list of numbers.")
    return {"hex": _from_hex, "base64": _from_base64, "text": text_bytes}[encoding](name, value)


def _byte(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 255:
        raise invalid(f"{name} is {brief(value)}; expected a number from 0 to 255.")
    return value


def _from_hex(name: str, text: str) -> bytes:
    for found in re.finditer(r"\S+", text):
        digits, where = found.group(), f"{name} is '{text}': '{found.group()}' at character {found.start() + 1}"
        if re.search(r"[^0-9A-Fa-f]", digits):
            raise invalid(f"{where} is not hex; expected pairs of 0-9 and A-F, for example FE 6C 01.")
        if len(digits) % 2:
            raise invalid(f"{where} has an odd number of digits; each byte has two.")
    return bytes.fromhex("".join(text.split()))


def _from_base64(name: str, text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()).encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise invalid(f"{name} is '{text}', which is not base64 ({error}).")

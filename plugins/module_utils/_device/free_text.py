# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent in the user's own words: bytes as people write them, a message made of options, and sending it at most once."""

from __future__ import annotations

import base64
import binascii
import re

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._page.exchange import Answer, Message, ProfileError, literal_of

IDLE = 0.5  # seconds
LONGEST_IDLE = 3600  # seconds
LONGEST = 64 * 1024  # bytes of a reply unless told otherwise
MOST = 16 * 1024 * 1024  # bytes of a reply at most
ENCODINGS = ("hex", "base64", "text")

READING = {
    "idle": {"type": "float"},
    "longest": {"type": "int", "default": LONGEST},
}
"""The options that say how a reply is read; part of the argument specs."""


class FreeMessage(Message):
    """A message that the task words: a reply that does not fit is explained by the task's options, not by the model.

    may_be_empty: silence from the beginning is a reply too. expected: the only reply that is right, in words.
    """

    loose = True

    def __init__(self, device, stage, spec, page, may_be_empty=False, expected=None):
        super().__init__("what the task sends", spec, page)
        self.device, self.stage, self.may_be_empty, self.expected = device, stage, may_be_empty, expected
        self.send.show = self._masked

    def read(self, data, known, sent=b"", final=False):
        if not data and final and self.may_be_empty:
            return Answer("reply", 0, {"reply": ""})
        answer = super().read(data, known, sent, final)
        if answer.end > self.longest or answer.kind == "more" and len(data) > self.longest:
            raise self._bad(sent, "answered with more than %d bytes. If that is right, raise longest" % self.longest)
        if answer.kind == "wrong" and self.expected:
            raise self._bad(sent, "answered %s; expected was %s" % (self.device.mask.quoted(data), self.expected))
        if answer.kind == "reply" and answer.end < len(data) and not self.ignore:
            raise self._bad(sent, "answered %s and sent %s behind it: it is not known which of them is the answer"
                            % (self.device.mask.quoted(data[:answer.end]), self.device.mask.quoted(data[answer.end:])))
        return answer

    def _masked(self, known):
        """The request as hex; a password in the user's own words is masked too."""
        return self.device.mask.shown(self.send.render(known))

    def _bad(self, sent, words):
        return BytewireError("bad_reply", self.stage, "%s %s. It was asked %s." % (self.device.title, words, self.device.mask.quoted(sent)))


async def deliver(device, message, values, first=True):
    """The Answer to what is sent at most once. Until the first has left, connecting and logging in may be tried again."""
    while True:
        await _get_ready(device, first)
        try:
            return await device.exchange(message, values, "write")
        except BytewireError as error:
            if error.sent or not first or not await device.may_retry(error):
                raise


async def _get_ready(device, first):
    try:
        if first:
            await device.ready_to_write()
        else:
            await device.prepare()
    except BytewireError as error:
        error.sent = False  # the bytes of a login are not yet what is to be delivered
        raise


def lost(error):
    """True where something left and its reply did not come: whether it was done is not known."""
    return error.sent and error.kind in ("timeout", "closed")


def unverified(device, what, error):
    """The error for what left and was not answered."""
    return BytewireError("unverified", "write", "%s: %s was sent once, and its reply was lost (%s) It is not sent again: look whether it was done."
                         % (device.title, what, error.msg))


def refuse_wrong_reading(options):
    """The error for idle or longest out of bounds."""
    idle, longest, timeout = options["idle"], options["longest"], options["timeout"]
    if idle is not None and not 0.001 <= idle <= LONGEST_IDLE:
        raise invalid("idle is %g; expected 0.001 to %d seconds." % (idle, LONGEST_IDLE))
    if idle is not None and idle >= timeout:
        raise invalid("idle is %g and timeout %g; the silence that ends a reply must be shorter than the time for the whole reply."
                      % (idle, timeout))
    if not 1 <= longest <= MOST:
        raise invalid("longest is %d; expected 1 to %d bytes." % (longest, MOST))


def idle_of(options):
    """Seconds of silence that end a reply without an end of its own."""
    return min(IDLE, options["timeout"] / 2) if options["idle"] is None else options["idle"]


def told(device, reply):
    """The bytes of a reply as a result may hold them. One that merely ends as the password begins is no echo of it, and stays as it is."""
    return device.mask.hidden(reply) if device.mask.secret in reply else reply


def written(name, value):
    """A text of the task; what YAML made of it without quotes (no becomes False, 010 becomes 8) is not what was written."""
    if isinstance(value, bool):
        raise invalid("%s is %s: YAML reads on, off, yes and no without quotes so; write it in quotes." % (name, value))
    if isinstance(value, (int, float)):
        raise invalid("%s is the number %s; write it in quotes, for YAML may have changed it." % (name, value))
    if isinstance(value, (dict, list)) or value is None:
        raise invalid("%s is %r; expected text." % (name, value))
    return str(value)


def pattern(name, value, flags=0):
    """A compiled regular expression, or None where there is none."""
    if value is None:
        return None
    text = written(name, value)
    try:
        return re.compile(text, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise invalid("%s is '%s', which is not a regular expression: %s." % (name, text, error))


def literal(data, notation):
    """Bytes as a template writes them."""
    return data.hex(" ") if notation == "hex" else "".join("\\x%02x" % byte for byte in data)


def text_bytes(name, text):
    """The bytes of a text with the escapes of the notation; a brace stands for itself."""
    try:
        pieces = [piece.encode("ascii") if piece in ("{", "}") else literal_of(name, {"notation": "text"}, piece)
                  for piece in re.split(r"([{}])", text)]
    except ProfileError as error:
        raise invalid("%s." % error)
    return b"".join(pieces)


def as_bytes(name, value, encoding="hex"):
    """The bytes of a list of numbers, or of a text in one of ENCODINGS."""
    if isinstance(value, (list, tuple)):
        return bytes(_byte("%s[%d]" % (name, number), item) for number, item in enumerate(value))
    if not isinstance(value, str):
        raise invalid("%s is %r, which YAML did not read as text; write it in quotes, for example \"24\", or as a list of numbers." % (name, value))
    return {"hex": _from_hex, "base64": _from_base64, "text": text_bytes}[encoding](name, value)


def _byte(name, value):
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 255:
        raise invalid("%s is %r; expected a number from 0 to 255." % (name, value))
    return value


def _from_hex(name, text):
    for found in re.finditer(r"\S+", text):
        digits, where = found.group(), "%s is '%s': '%s' at character %d" % (name, text, found.group(), found.start() + 1)
        if re.search(r"[^0-9A-Fa-f]", digits):
            raise invalid("%s is not hex; expected pairs of 0-9 and A-F, for example FE 6C 01." % where)
        if len(digits) % 2:
            raise invalid("%s has an odd number of digits; each byte has two." % where)
    return bytes.fromhex("".join(text.split()))


def _from_base64(name, text):
    try:
        return base64.b64decode("".join(text.split()).encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise invalid("%s is '%s', which is not base64 (%s)." % (name, text, error))

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two-way message notation: one template renders bytes from values and matches bytes to values. No input or output.

A template is literal bytes (hex pairs, or text with escapes) and fields C({name[*k][+-o]:type}); on the wire stands
value * k + o. docs/notation.md lists the types.
"""

from __future__ import annotations

import re

from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import COMPLETE, MORE, WRONG, Checksum, codec_for

SECRETS = ("password",)
KINDS_OF_YAML = {int: "a number", float: "a number", bool: "true or false", list: "a list", dict: "keys and values"}
COUNTED = ("relay", "index", "bank", "bit", "channel", "length")
TRANSACTIONS = 1, 0xFFFE  # what is drawn for an exchange

_TOKEN = re.compile(r"\{([^{}]*)\}")
_FIELD = re.compile(r"(?P<name>[a-z_][a-z0-9_]*)?(?:\*(?P<factor>[1-9]\d*))?(?P<offset>[+-]\d+)?(?::(?P<type>\w+(?:@\d+)?))?")
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|0[0-9]+|.)", re.DOTALL)
_ESCAPES = {"r": "\r", "n": "\n", "t": "\t", "0": "\0", "a": "\a", "e": "\x1b", "\\": "\\"}


class TemplateError(ValueError):
    """A template that cannot be compiled, or a value that does not fit its field."""


class Match:
    """The outcome of matching: status, end (bytes taken) and values by field name."""

    __slots__ = ("status", "end", "values")

    def __init__(self, status, end=0, values=None):
        self.status, self.end, self.values = status, end, values if values is not None else {}


class Field:
    """A typed place in a template."""

    def __init__(self, text, words, ignore_case):
        parsed = _FIELD.fullmatch(text)
        if not parsed or not parsed["type"]:
            raise TemplateError("'{%s}' is not a field; expected {name:type}, for example {relay:u8}" % text)
        self.name = parsed["name"] or ""
        self.factor = int(parsed["factor"] or 1)
        self.offset = int(parsed["offset"] or 0)
        self.codec = codec_for(parsed["type"], words, ignore_case)
        if self.codec is None:
            raise TemplateError("'%s' in '{%s}' is not a type; expected one of u8, d, x2, bits8, word, text, any, sum8, ..."
                                % (parsed["type"], text))
        self.scaled = self.factor != 1 or self.offset != 0
        if self.scaled and self.codec.limits is None:
            raise TemplateError("'{%s}': only numbers can be multiplied or shifted" % text)
        self._refuse_too_small(text)

    def _refuse_too_small(self, text):
        limits = self.limits()
        if self.name == "length" and limits is None:
            raise TemplateError("'{%s}' is not a number of bytes; expected for example {length:u8}" % text)
        if self.name == "transaction" and (limits is None or not limits[0] <= TRANSACTIONS[0] <= TRANSACTIONS[1] <= limits[1]):
            raise TemplateError("'{%s}' does not take every number from %d to %d; expected for example {transaction:u16}" % ((text,) + TRANSACTIONS))

    def limits(self):
        """The smallest and largest value that fits, or None where the type has no numbers."""
        if self.codec.limits is None:
            return None
        return tuple(self.from_wire(limit) for limit in self.codec.limits)

    def to_wire(self, value):
        if not self.scaled:
            return value
        wire = value * self.factor + self.offset
        if abs(wire - round(wire)) > 1e-6:
            raise TemplateError("%s %s is not a multiple of %s" % (self.name, value, 1 / self.factor))
        return round(wire)

    def from_wire(self, wire):
        if not self.scaled:
            return wire
        if self.factor == 1:
            return wire - self.offset
        value = (wire - self.offset) / self.factor
        return int(value) if self.name in COUNTED and value.is_integer() else value

    def render(self, values):
        if not self.name:
            return self.codec.blank()
        if self.name not in values:
            raise TemplateError("no value for '%s'" % self.name)
        value = values[self.name]
        try:
            return self.codec.render(self.to_wire(value))
        except TemplateError:
            raise
        except (ValueError, TypeError, OverflowError, KeyError):
            raise TemplateError("%s does not fit its field%s" % (self.name, self._says_limits(value)))

    def _says_limits(self, value):
        if self.name in SECRETS:
            return ""
        limits = self.limits()
        return ": %r%s" % (value, ", limits %g to %g" % limits if limits else "")

    def match(self, data, position, end, final, until, known):
        """(status, end, value); a known value is compared after decoding, so that 0a and 0A are the same."""
        wanted = known.get(self.name) if self.name else None
        if wanted is not None and not self.codec.numeric:
            try:
                literal = self.codec.render(wanted)
            except (ValueError, TypeError, KeyError):
                return WRONG, position, None
            return match_literal(literal, data, position, end, self.codec.ignore_case) + (wanted,)
        status, stop, wire = self.codec.match(data, position, end, final, until)
        if status != COMPLETE:
            return status, stop, None
        value = self.from_wire(wire)
        if wanted is not None and value != wanted:
            return WRONG, position, None
        return COMPLETE, stop, value

    def tells(self, value):
        """True where this very value can be read from the field."""
        try:
            data = self.render({self.name: value})
        except TemplateError:
            return False
        return self.match(data, 0, len(data), True, b"", {})[2] == value


class Payload:
    """The part of a frame whose length the frame states."""

    def __init__(self, parts):
        self.parts = parts


class Template:
    """A compiled template; start to end one message on the wire."""

    def __init__(self, text, notation="hex", words=None, inserts=None, ignore_case=False, frame=None):
        self.text = text
        self.ignore_case = ignore_case
        compiler = _Compiler(notation, words, inserts or {}, ignore_case)
        self.parts = compiler.compile(text)
        _refuse_parts_of_frames(self.parts)
        if frame is not None:
            self.parts = compiler.wrap(frame, self.parts)
        self.fields = [part for part in _flat(self.parts) if isinstance(part, Field)]
        self.names = frozenset(field.name for field in self.fields if field.name)
        _refuse_ambiguous(self.parts)

    def render(self, values):
        """The bytes of this message for these values; TemplateError names the value that is missing or does not fit."""
        return b"".join(piece for piece, dummy in self._pieces(self.parts, values, bytearray()))

    def show(self, values):
        """The rendered bytes as hex text, secrets masked."""
        pieces = self._pieces(self.parts, values, bytearray())
        return " ".join("********" if secret else shown(piece) for piece, secret in pieces if piece)

    def match(self, data, known=None, final=False):
        """Match from the start of data: complete (end, values), more needed, or wrong.

        known values are compared, not read; final says that nothing more will come.
        """
        values = {}
        status, end = _match_parts(self.parts, data, 0, len(data), final, known or {}, values, self.ignore_case)
        return Match(status, end, values if status == COMPLETE else None)

    def problem(self, known):
        """What keeps this message from saying what is known of it, or None."""
        try:
            for field in self.fields:
                if field.name in known:
                    field.render(known)
        except TemplateError as error:
            return str(error)
        return None

    @property
    def free(self):
        """True where the message may be almost anything."""
        return any(field.codec.size is None and not field.codec.numeric and not field.codec.self_ending for field in self.fields)

    @property
    def open_ended(self):
        """True where only silence ends this message."""
        last = self.parts[-1] if self.parts else b""
        return isinstance(last, Field) and last.codec.size is None and not last.codec.self_ending

    def _pieces(self, parts, values, done):
        for position, part in enumerate(parts):
            if isinstance(part, bytes):
                piece, secret = part, False
            elif isinstance(part, Payload):
                yield from self._pieces(part.parts, values, done)
                continue
            elif isinstance(part.codec, Checksum):
                piece, secret = part.codec.compute(done), False
            else:
                known = dict(values, length=self._payload_length(parts, values)) if part.name == "length" else values
                piece, secret = part.render(known), part.name in SECRETS
            done += piece
            yield piece, secret

    def _payload_length(self, parts, values):
        payload = next(part for part in parts if isinstance(part, Payload))
        return sum(len(piece) for piece, dummy in self._pieces(payload.parts, values, bytearray()))


class _Compiler:
    def __init__(self, notation, words, inserts, ignore_case):
        if notation not in ("hex", "text"):
            raise TemplateError("notation is %r; expected hex or text" % (notation,))
        self.literal = _hex_literal if notation == "hex" else _text_literal
        self.words, self.inserts, self.ignore_case = words, inserts, ignore_case

    def compile(self, text):
        if not isinstance(text, str):
            raise TemplateError("%r is %s, not a template; write it in quotes (YAML turned it into something else)"
                                % (text, KINDS_OF_YAML.get(type(text), type(text).__name__)))
        text = _TOKEN.sub(self._insert, text)
        parts = []
        for number, piece in enumerate(_TOKEN.split(text)):
            part = self._placeholder(piece) if number % 2 else self.literal(piece)
            if isinstance(part, bytes) and parts and isinstance(parts[-1], bytes):
                parts[-1] += part
            elif part != b"":
                parts.append(part)
        return parts

    def wrap(self, frame, parts):
        """The parts of a frame with the message's own parts in the place of {payload}."""
        wrapped = self.compile(frame)
        places = [number for number, part in enumerate(wrapped) if part is Payload]
        if len(places) != 1:
            raise TemplateError("the frame '%s' needs {payload} exactly once" % frame)
        place = places[0]
        lengths = [number for number, part in enumerate(wrapped) if isinstance(part, Field) and part.name == "length"]
        if lengths and lengths[-1] > place:
            raise TemplateError("the frame '%s' has {length} behind {payload}; expected before it" % frame)
        wrapped[place:place + 1] = [Payload(parts)] if lengths else parts
        joined = []
        for part in wrapped:
            if isinstance(part, bytes) and joined and isinstance(joined[-1], bytes):
                joined[-1] += part
            else:
                joined.append(part)
        return joined

    def _insert(self, found):
        inside = found.group(1)
        if inside in self.inserts:
            insert = self.inserts[inside]
            if not isinstance(insert, str):
                raise TemplateError("'%s' is %r; write it in quotes" % (inside, insert))
            return insert
        return found.group(0)

    def _placeholder(self, text):
        return Payload if text == "payload" else Field(text, self.words, self.ignore_case)


def _hex_literal(text):
    digits = "".join(text.split())
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise TemplateError("'%s' is not hex pairs and fields, for example 20 {relay:u8} 00" % text.strip())


def _text_literal(text):
    if "{" in text or "}" in text:
        raise TemplateError("'%s': a brace that is not a field is written \\x7b or \\x7d" % text)
    try:
        return _ESCAPE.sub(_unescape, text).encode("latin-1")
    except UnicodeEncodeError:
        raise TemplateError("'%s' holds a character above U+00FF; write its bytes as \\xNN" % text)


def _unescape(found):
    code = found.group(1)
    if code[0] == "0" and len(code) > 1:
        raise TemplateError("'\\%s' is not an escape, bytes are not written in octal; expected \\xNN, and \\x00 for a NUL before a digit" % code)
    if len(code) == 3:
        return chr(int(code[1:], 16))
    if code not in _ESCAPES:
        raise TemplateError("'\\%s' is not an escape; expected \\r \\n \\t \\0 \\e \\\\ or \\xNN" % code)
    return _ESCAPES[code]


def _refuse_parts_of_frames(parts):
    for part in parts:
        if part is Payload or isinstance(part, Field) and part.name == "length":
            raise TemplateError("{%s} stands in a frame alone, as in \"AA {length:u8} {payload}\"" % ("payload" if part is Payload else "length"))


def _refuse_ambiguous(parts):
    flat = list(_flat(parts))
    for first, second in zip(flat, flat[1:]):
        if not isinstance(first, Field) or first.codec.size is not None or first.codec.self_ending:
            continue
        if isinstance(second, Field) and second.codec.size is None:
            raise TemplateError("'%s' and '%s' both have a variable length: put a literal between them" % (first.name, second.name))
        if first.codec.digits and (isinstance(second, Field) or second[:1].isdigit()):
            raise TemplateError("a digit may follow '%s', a decimal number of any length: give it a width (d2)" % first.name)
        if isinstance(second, Field) and not any(isinstance(part, Payload) for part in parts):
            raise TemplateError("'%s' has no end: put a literal behind it" % first.name)


def _flat(parts):
    for part in parts:
        if isinstance(part, Payload):
            yield from part.parts
        else:
            yield part


def match_literal(literal, data, position, end, ignore_case=False):
    """(status, end) of literal bytes at this position."""
    here = bytes(data[position:min(end, position + len(literal))])
    same = here.lower() == literal[:len(here)].lower() if ignore_case else here == literal[:len(here)]
    if not same:
        return WRONG, position
    return (COMPLETE, position + len(literal)) if len(here) == len(literal) else (MORE, position)


def _match_parts(parts, data, position, end, final, known, values, ignore_case):
    for number, part in enumerate(parts):
        if isinstance(part, bytes):
            status, position = match_literal(part, data, position, end, ignore_case)
        elif isinstance(part, Payload):
            status, position = _match_payload(part, data, position, end, final, known, values, ignore_case)
        elif isinstance(part.codec, Checksum):
            status, position = part.codec.check(data, position, end)
        else:
            until = parts[number + 1] if number + 1 < len(parts) else b""
            until = until if isinstance(until, bytes) else b""
            status, position, value = part.match(data, position, end, final, until, known)
            if status == COMPLETE and part.name:
                if values.setdefault(part.name, value) != value:
                    return WRONG, position
        if status != COMPLETE:
            return (WRONG if final else status), position
    return COMPLETE, position


def _match_payload(part, data, position, end, final, known, values, ignore_case):
    length = values["length"]
    if length < 0 or length % 1:
        return WRONG, position
    stop = position + length
    whole = end >= stop
    status, reached = _match_parts(part.parts, data, position, min(end, stop), whole, known, values, ignore_case)
    if status == COMPLETE and not whole:
        return MORE, position
    if status == COMPLETE and reached != stop:
        return WRONG, position
    return status, reached


def shown(data):
    """Bytes as people read them: '20 02 00'."""
    return bytes(data).hex(" ").upper()

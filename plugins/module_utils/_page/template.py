# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two-way message notation: one template renders bytes from values and matches bytes to values. No input or output.

A template is literal bytes (hex pairs, or text with escapes) and fields C({name[*k][+-o]:type}); on the wire stands
value * k + o, or with C(/k) value / k + o. docs/notation.md lists the types.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._escapes import ESCAPES
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import (
    COMPLETE, MORE, TYPES, WRONG, Blanks, Checksum, Data, Digest, FixedBits, LastText, Matched, Named, Status, Value, Values, Word, codec_for,
)
from ansible_collections.bytewire.devices.plugins.module_utils._spelling import meant

SECRETS = ("password", "digest")
KINDS_OF_YAML = {int: "a number", float: "a number", bool: "true or false", list: "a list", dict: "keys and values"}
ADDRESSES = ("relay", "index", "bank", "bit")
COUNTED = (*ADDRESSES, "channel", "length")
LONGEST_INSERT, LONGEST_FILLED = 1024, 16384  # characters
ROWS = "rows"
MOST_ROWS = 4096
TRANSACTIONS = 1, 0xFFFE  # what is drawn for an exchange

_TOKEN = re.compile(r"\{([^{}]*)\}")
BEFORE_TYPE = r"(?P<name>[a-z_][a-z0-9_]*)?(?:\*(?P<factor>[1-9][0-9]{0,8})|/(?P<divisor>[1-9][0-9]{0,8}))?(?P<offset>[+-][0-9]{1,9})?"
"""What a field has before its type."""
_FIELD = re.compile(rf"{BEFORE_TYPE}(?::(?P<type>[A-Za-z0-9_]+(?:@[0-9]+|<)?))?")
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|0[0-9]+|.)", re.DOTALL)
_ESCAPES = {**{shown[1]: character for character, shown in ESCAPES.items()}, "a": "\a", "\\": "\\"}


class TemplateError(ValueError):
    """A template that cannot be compiled, or a value that does not fit its field."""


class Match:
    """The outcome of matching: status, end (bytes taken) and values by field name."""

    __slots__ = ("status", "end", "values")

    def __init__(self, status: Status, end: int = 0, values: dict[str, Value] | None = None) -> None:
        self.status: Status = status
        self.end, self.values = end, values if values is not None else {}


class Field:
    """A typed place in a template; fixed are the bits that its number always has."""

    fixed: FixedBits | None = None
    no_value: tuple[bytes, ...] = ()
    """What stands here where a decimal number has no value; it is read as text."""
    until = b""
    """The literal that ends a text, where fields of a known length stand before it."""

    def __init__(self, text: str, words: t.Mapping[str, str] | None, ignore_case: bool) -> None:
        parsed = _FIELD.fullmatch(text)
        if not parsed or not parsed["type"]:
            raise TemplateError(f"'{{{text}}}' is not a field; expected {{name:type}}, for example {{relay:u8}}")
        self.text = text
        self.name = parsed["name"] or ""
        self.factor, self.divisor = int(parsed["factor"] or 1), int(parsed["divisor"] or 1)
        self.offset = int(parsed["offset"] or 0)
        kind = parsed["type"]
        codec = Named(words, ignore_case) if (self.name, kind) == ("relay", "word") else codec_for(kind, words, ignore_case)
        if codec is None:
            raise TemplateError(f"'{kind}' in '{{{text}}}' is not a type{meant(kind, TYPES)}; expected one of {', '.join(TYPES)}, some with other numbers")
        self.codec = codec
        if isinstance(codec, Digest) and self.name != "digest":
            raise TemplateError(f"'{{{text}}}': a digest is called so; expected {{digest:{kind}}}")
        self.scaled = self.factor != self.divisor or self.offset != 0
        if isinstance(codec, Blanks) and self.name:
            raise TemplateError(f"'{{{text}}}': blanks say nothing; expected {{:blanks}}")
        if self.scaled and self.codec.limits is None:
            raise TemplateError(f"'{{{text}}}': only numbers can be multiplied or shifted")
        self._refuse_too_small(text)

    def _refuse_too_small(self, text: str) -> None:
        limits = self.limits()
        if self.name == "length" and limits is None:
            raise TemplateError(f"'{{{text}}}' is not a number of bytes; expected for example {{length:u8}}")
        if self.name in COUNTED and self.codec.fractional:
            raise TemplateError(f"'{{{text}}}' is not a whole number; expected for example {{{self.name}:d}}")
        first, last = TRANSACTIONS
        if self.name == "transaction" and (limits is None or not limits[0] <= first <= last <= limits[1]):
            raise TemplateError(f"'{{{text}}}' does not take every number from {first} to {last}; expected for example {{transaction:u16}}")

    def limits(self) -> tuple[float, float] | None:
        """The smallest and largest value that fits, or None where the type has no numbers."""
        if self.codec.limits is None:
            return None
        lowest, highest = self.codec.limits
        return self.from_wire(lowest), self.from_wire(highest)

    @property
    def step(self) -> float:
        """By how much two values of a number differ that can both be sent; 0 where any can."""
        if not self.codec.fractional:
            return float(self.divisor) / self.factor
        return 0.0 if self.codec.decimals is None else float(f"1e-{self.codec.decimals}") * self.divisor / self.factor

    def to_wire(self, value: Value) -> Value:
        """What stands on the wire for a value; TemplateError where that is between two numbers."""
        if not self.scaled:
            return value
        if isinstance(value, str):
            raise TypeError(value)
        wire = value * self.factor + self.offset if self.divisor == 1 else value / self.divisor + self.offset
        if self.codec.fractional:
            return wire
        if abs(wire - round(wire)) > 1e-6:
            raise TemplateError(f"{self.name} {value} is not a multiple of {self.step:g}")
        return round(wire)

    @t.overload
    def from_wire(self, wire: int) -> float:
        ...

    @t.overload
    def from_wire(self, wire: Value) -> Value:
        ...

    def from_wire(self, wire: Value) -> Value:
        """The value of what stands on the wire."""
        if not self.scaled or isinstance(wire, str):
            return wire
        if self.divisor > 1:
            value = round(float(wire - self.offset) * self.divisor, 6)
            return int(value) if value.is_integer() else value
        if self.factor == 1:
            return wire - self.offset
        value = (wire - self.offset) / self.factor
        return int(value) if self.name in COUNTED and value.is_integer() else value

    def render(self, values: Values) -> bytes:
        """The bytes of this field; TemplateError where its value is missing or does not fit."""
        if not self.name:
            return self.codec.blank()
        if self.name not in values:
            raise TemplateError(f"no value for '{self.name}'")
        value = values[self.name]
        if self.no_value and isinstance(value, str) and value.encode("latin-1", "replace") in self.no_value:
            return value.encode("latin-1")
        if self.fixed is not None and not self.fixed.are_in(value):
            raise TemplateError(f"{self.name} is {value!r}; expected a number with the bits {self.fixed.text}")
        try:
            return self.codec.render(self.to_wire(value))
        except TemplateError:
            raise
        except (ValueError, TypeError, OverflowError, KeyError):
            raise TemplateError(f"{self.name} does not fit its field{self._value_and_limits(value)}")

    def _value_and_limits(self, value: Value) -> str:
        if self.name in SECRETS:
            return ""
        limits = self.limits()
        if limits is None:
            return f": {value!r}"
        signed = self._signed() if isinstance(value, (int, float)) and value < limits[0] else ""
        return f": {value!r}, limits {limits[0]:.10g} to {limits[1]:.10g}{signed}"

    def _signed(self) -> str:
        """Which type has a sign, where this one has none."""
        kind = self.text.rpartition(":")[2]
        return f"; the type {'i' + kind[1:] if kind[0] == 'u' else 's'} takes numbers below 0" if re.fullmatch("u[0-9]+(le)?|d[0-9]*", kind) else ""

    def match(self, data: Data, position: int, end: int, final: bool, until: bytes, known: Values) -> Matched:
        """(status, end, value); a known value is compared after decoding, so that 0a and 0A are the same."""
        wanted = known.get(self.name) if self.name else None
        if wanted is not None and not self.codec.numeric:
            try:
                literal = self.codec.render(wanted)
            except (ValueError, TypeError, KeyError):
                return WRONG, position, None
            status, stop = match_literal(literal, data, position, end, self.codec.ignore_case)
            return status, stop, wanted if status == COMPLETE else None
        status, stop, wire = self.codec.match(data, position, end, final, until)
        if self.no_value and status != MORE and (wire is None or bytes(data[position:stop]).strip() in self.no_value):
            return self._match_no_value(data, position, end, final, wanted)
        if wire is None:
            return status, stop, None
        if self.fixed is not None and not self.fixed.are_in(wire):
            return WRONG, position, None
        value = self.from_wire(wire)
        if wanted is not None and value != wanted:
            return WRONG, position, None
        return COMPLETE, stop, value

    def _match_no_value(self, data: Data, position: int, end: int, final: bool, wanted: Value | None) -> Matched:
        """(status, end, word) of one of the words that stand for no value, behind any blanks."""
        while position < end and data[position] == 0x20:
            position += 1
        found = [(match_literal(word, data, position, end), word) for word in sorted(self.no_value, key=len, reverse=True)]
        if not final and any(status == MORE for (status, dummy), word in found):
            return MORE, position, None
        for (status, stop), word in found:
            if status == COMPLETE:
                text = word.decode("latin-1")
                return (COMPLETE, stop, text) if wanted in (None, text) else (WRONG, position, None)
        return WRONG, position, None

    @property
    def form(self) -> tuple[str, ...]:
        """What it is: fields of one form say the same."""
        texts = [f"{name}={text!r}" for name, text in self.codec.texts.items()] if isinstance(self.codec, Word) else []
        return (self.text, self.fixed.text if self.fixed is not None else "", *texts)

    def sample(self) -> Value:
        """Some value that the field can say."""
        if self.codec.limits is not None:
            return self.from_wire(max(self.codec.limits[0], 1))
        if isinstance(self.codec, Word):
            return next(iter(self.codec.texts))
        if isinstance(self.codec, Digest):
            return ""
        return "00" * self.codec.size if self.codec.size is not None else "?"

    def can_say(self, value: Value) -> bool:
        """True where this very value can be read from the field."""
        try:
            data = self.render({self.name: value})
        except TemplateError:
            return False
        return self.match(data, 0, len(data), True, b"", {})[2] == value


class Payload:
    """The part of a frame whose length the frame states."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts


class Rows:
    """The part of a reply that repeats: so many rows, or (count is 0) all until the one that ends them. Their values are the list ROWS.

    forms: what a row may be. Where they are readings, each stands for one row that may be there, and what they say are values of the reply.
    """

    def __init__(self, forms: t.Sequence[Template], until: Template | None, count: int, between: bytes = b"", readings: bool = False) -> None:
        for each in forms:
            continues = each.fields[-1].codec.continues if each.open_ended else b""
            if each.open_ended and not (continues and between and between[:1] not in continues):
                raise TemplateError(f"the row '{each.text}' has no end of its own")
        if until is not None and until.open_ended:
            raise TemplateError(f"'{until.text}', which ends the rows, has no end of its own")
        self.forms, self.until, self.count, self.between, self.readings = forms, until, count, between, readings
        self.each = forms[0]

    @property
    def parts(self) -> list[Part]:
        """One row of each form, and the end."""
        return [*(part for form in self.forms for part in form.parts), *(self.until.parts if self.until is not None else ())]

    def said(self, values: Values) -> list[tuple[Template, Values]]:
        """The form and the values of each row that says these values."""
        if not self.readings:
            return [(self.each, {**values, **row}) for row in rows_of(values)]
        return [(form, values) for form in self.forms if form.names and form.names <= values.keys()]

    def ends(self, number: int, data: Data, position: int, end: int, final: bool) -> tuple[Status, int]:
        """(status, end) of what ends the rows, behind so many of them."""
        if self.until is None:
            return (COMPLETE if number == self.count else WRONG), position
        return _match_parts(self.until.parts, data, position, end, final, {}, {}, self.until.ignore_case)


Element = t.Union[bytes, Field]
Part = t.Union[bytes, Field, Payload, Rows]


class Template:
    """A compiled template; start to end one message on the wire."""

    def __init__(self, text: str, notation: str = "hex", words: t.Mapping[str, str] | None = None,
                 inserts: t.Mapping[str, object] | None = None, ignore_case: bool = False, frame: str | None = None, rows: Rows | None = None,
                 named: t.Mapping[str, t.Mapping[str, str]] | None = None) -> None:
        self.text = text
        self.ignore_case = ignore_case
        compiler = _Compiler(notation, words, inserts or {}, ignore_case, named or {})
        elements: list[Part] = [*_without_parts_of_frames(compiler.compile(text)), *([rows] if rows is not None else [])]
        self.parts: t.Sequence[Part] = elements if frame is None else compiler.wrap(frame, elements)
        self.fields = [part for part in flat(self.parts) if isinstance(part, Field)]
        self.names = frozenset(field.name for field in self.fields if field.name)
        for field, width, until in _before_widths(self.parts):
            field.codec.before, field.until = width, until
        self.optional = frozenset(name for part in elements if isinstance(part, Rows) and part.readings for form in part.forms for name in form.names)
        _refuse_ambiguous(self.parts)

    def render(self, values: Values) -> bytes:
        """The bytes of this message for these values; TemplateError names the value that is missing or does not fit."""
        return b"".join(piece for piece, dummy in self._pieces(self.parts, values, bytearray()))

    def show(self, values: Values, clear: t.Callable[[bytes], str] | None = None) -> str:
        """The rendered bytes as hex text, secrets masked; clear shows the other pieces."""
        pieces = self._pieces(self.parts, values, bytearray())
        return " ".join("********" if secret else (clear or shown)(piece) for piece, secret in pieces if piece)

    def match(self, data: Data, known: Values | None = None, final: bool = False) -> Match:
        """Match from the start of data: complete (end, values), more needed, or wrong.

        known values are compared, not read; final says that nothing more will come.
        """
        values: dict[str, Value] = {}
        status, end = _match_parts(self.parts, data, 0, len(data), final, known or {}, values, self.ignore_case)
        return Match(status, end, values if status == COMPLETE else None)

    def problem(self, known: Values) -> str | None:
        """What keeps this message from saying what is known of it, or None."""
        try:
            for field in self.fields:
                if field.name in known:
                    field.render(known)
        except TemplateError as error:
            return str(error)
        return None

    @property
    def form(self) -> tuple[object, ...]:
        """What it is: templates of one form say the same."""
        return tuple(part.form if isinstance(part, Field) else part for part in flat(self.parts))

    @property
    def free(self) -> bool:
        """True where the message may be almost anything."""
        return any(field.codec.size is None and not field.codec.numeric and not field.codec.self_ending for field in self.fields)

    @property
    def open_ended(self) -> bool:
        """True where only silence ends this message."""
        last = list(flat(self.parts))[-1] if self.parts else b""
        return isinstance(last, Field) and last.codec.size is None and not last.codec.self_ending

    def _pieces(self, parts: t.Sequence[Part], values: Values, done: bytearray) -> t.Iterator[tuple[bytes, bool]]:
        """(bytes, whether they are a secret) of each part; done is the message so far, which grows."""
        for position, part in enumerate(parts):
            if isinstance(part, bytes):
                piece, secret = part, False
            elif isinstance(part, Payload):
                yield from self._pieces(part.parts, values, done)
                continue
            elif isinstance(part, Rows):
                for number, (form, row) in enumerate(part.said(values)):
                    yield from self._pieces([part.between] if number else (), values, done)
                    yield from self._pieces(form.parts, row, done)
                yield from self._pieces(part.until.parts if part.until is not None else (), values, done)
                continue
            elif isinstance(part.codec, Checksum):
                piece, secret = part.codec.compute(done), False
            else:
                known = {**values, "length": self._payload_length(parts, values)} if part.name == "length" else values
                piece, secret = part.render(known), part.name in SECRETS
            done += piece
            yield piece, secret

    def _payload_length(self, parts: t.Sequence[Part], values: Values) -> int:
        payload = next(part for part in parts if isinstance(part, Payload))
        return sum(len(piece) for piece, dummy in self._pieces(payload.parts, values, bytearray()))


class _Compiler:
    def __init__(self, notation: str, words: t.Mapping[str, str] | None, inserts: t.Mapping[str, object], ignore_case: bool,
                 named: t.Mapping[str, t.Mapping[str, str]]) -> None:
        if notation not in ("hex", "text"):
            raise TemplateError(f"notation is {notation!r}; expected hex or text")
        self.literal = _hex_literal if notation == "hex" else _text_literal
        self.words, self.inserts, self.ignore_case, self.named = words, inserts, ignore_case, named

    def compile(self, text: object) -> list[Part]:
        """The parts of a template; {payload} is an empty Payload."""
        if not isinstance(text, str):
            raise TemplateError(f"{text!r} is {KINDS_OF_YAML.get(type(text), type(text).__name__)}, not a template; write it in quotes (YAML turned it into "
                                "something else)")
        text = _TOKEN.sub(self._insert, text)
        if self.inserts and len(text) > LONGEST_FILLED:
            raise TemplateError(f"with what it inserts it has {len(text)} characters; expected {LONGEST_FILLED} at most")
        return _joined(self._placeholder(piece) if number % 2 else self.literal(piece) for number, piece in enumerate(_TOKEN.split(text)))

    def wrap(self, frame: str, elements: list[Part]) -> list[Part]:
        """The parts of a frame with the message's own elements in the place of {payload}."""
        wrapped = self.compile(frame)
        places = [number for number, part in enumerate(wrapped) if isinstance(part, Payload)]
        if len(places) != 1:
            raise TemplateError(f"the frame '{frame}' needs {{payload}} exactly once")
        place = places[0]
        lengths = [number for number, part in enumerate(wrapped) if isinstance(part, Field) and part.name == "length"]
        if lengths and lengths[-1] > place:
            raise TemplateError(f"the frame '{frame}' has {{length}} behind {{payload}}; expected before it")
        wrapped[place:place + 1] = [Payload(elements)] if lengths else elements
        return _joined(wrapped)

    def _insert(self, found: t.Match[str]) -> str:
        inside = found.group(1)
        if inside in self.inserts:
            insert = self.inserts[inside]
            if not isinstance(insert, str):
                raise TemplateError(f"'{inside}' is {insert!r}; write it in quotes")
            if len(insert) > LONGEST_INSERT:
                raise TemplateError(f"'{inside}' has {len(insert)} characters; expected {LONGEST_INSERT} at most")
            return insert
        return found.group(0)

    def _placeholder(self, text: str) -> Part:
        return Payload([]) if text == "payload" else Field(text, self.named.get(text.split(":")[0], self.words), self.ignore_case)


def _joined(parts: t.Iterable[Part]) -> list[Part]:
    """The parts, of which no two literals stand side by side and none is empty."""
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, bytes) and joined and isinstance(joined[-1], bytes):
            joined[-1] += part
        elif part != b"":
            joined.append(part)
    return joined


def _hex_literal(text: str) -> bytes:
    digits = "".join(text.split())
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise TemplateError(f"'{text.strip()}' is not hex pairs and fields, for example 20 {{relay:u8}} 00")


def _text_literal(text: str) -> bytes:
    if "{" in text or "}" in text:
        raise TemplateError(f"'{text}': a brace that is not a field is written \\x7b or \\x7d")
    try:
        return _ESCAPE.sub(_unescape, text).encode("latin-1")
    except UnicodeEncodeError:
        raise TemplateError(f"'{text}' holds a character above U+00FF; write its bytes as \\xNN")


def _unescape(found: t.Match[str]) -> str:
    code: str = found.group(1)
    if code[0] == "0" and len(code) > 1:
        raise TemplateError(f"'\\{code}' is not an escape, bytes are not written in octal; expected \\xNN, and \\x00 for a NUL before a digit")
    if len(code) == 3:
        return chr(int(code[1:], 16))
    if code not in _ESCAPES:
        raise TemplateError(f"'\\{code}' is not an escape; expected \\r \\n \\t \\0 \\e \\\\ or \\xNN")
    return _ESCAPES[code]


def _without_parts_of_frames(parts: t.Iterable[Part]) -> list[Element]:
    """The parts, none of which may be of a frame; TemplateError where one is."""
    elements: list[Element] = []
    for part in parts:
        if isinstance(part, Payload) or isinstance(part, Field) and part.name == "length":
            name = "payload" if isinstance(part, Payload) else "length"
            raise TemplateError(f"{{{name}}} stands in a frame alone, as in \"AA {{length:u8}} {{payload}}\"")
        elements.append(t.cast(Element, part))
    return elements


def _refuse_ambiguous(parts: t.Sequence[Part]) -> None:
    elements = list(flat(parts))
    for first, second in zip(elements, [*elements[1:], None]):
        if isinstance(first, Field) and isinstance(first.codec, LastText) and not isinstance(second, bytes):
            raise TemplateError(f"'{{{first.text}}}' needs a literal behind it, up to the last place of which it goes")
    for first, second in zip(elements, elements[1:]):
        if not isinstance(first, Field) or first.codec.size is not None or first.codec.self_ending:
            continue
        if isinstance(second, Field) and second.codec.size is None:
            raise TemplateError(f"'{first.name}' and '{second.name}' both have a variable length: put a literal between them")
        if first.codec.continues and (isinstance(second, Field) or second[:1] in first.codec.continues):
            what = "a digit" if isinstance(second, Field) or second[:1].isdigit() else f"'{second[:1].decode('ascii')}'"
            remedy = "put a literal between them" if first.codec.fractional else "give it a width (d2)"
            raise TemplateError(f"{what} may follow '{first.name}', a decimal number of any length: {remedy}")
        if isinstance(second, Field) and not first.until and not any(isinstance(part, Payload) for part in parts):
            raise TemplateError(f"'{first.name}' has no end: put a literal behind it")


def _before_widths(parts: t.Sequence[Part]) -> t.Iterator[tuple[Field, int, bytes]]:
    """(a text, the bytes of the fields behind it, the literal behind those) of each text that ends so many bytes before a literal."""
    for place, first in enumerate(parts):
        if not isinstance(first, Field) or first.codec.before is None:
            continue
        width = 0
        for behind in parts[place + 1:]:
            if isinstance(behind, bytes) and width:
                yield first, width, behind
            if not isinstance(behind, Field) or behind.codec.size is None:
                break
            width += behind.codec.size


def flat(parts: t.Iterable[Part]) -> t.Iterator[Element]:
    """The literals and fields of a template, those of a payload in its place, and of rows one."""
    for part in parts:
        if isinstance(part, (Payload, Rows)):
            yield from flat(part.parts)
        else:
            yield part


def match_literal(literal: bytes, data: Data, position: int, end: int, ignore_case: bool = False) -> tuple[Status, int]:
    """(status, end) of literal bytes at this position."""
    here = bytes(data[position:min(end, position + len(literal))])
    same = here.lower() == literal[:len(here)].lower() if ignore_case else here == literal[:len(here)]
    if not same:
        return WRONG, position
    return (COMPLETE, position + len(literal)) if len(here) == len(literal) else (MORE, position)


def _match_parts(parts: t.Sequence[Part], data: Data, position: int, end: int, final: bool, known: Values, values: dict[str, Value],
                 ignore_case: bool) -> tuple[Status, int]:
    """(status, end) of these parts; what their fields say joins values."""
    status: Status
    for number, part in enumerate(parts):
        if isinstance(part, bytes):
            status, position = match_literal(part, data, position, end, ignore_case)
        elif isinstance(part, Payload):
            status, position = _match_payload(part, data, position, end, final, known, values, ignore_case)
        elif isinstance(part, Rows):
            status, position = _match_rows(part, data, position, end, final, known, values)
        elif isinstance(part.codec, Checksum):
            status, position = part.codec.check(data, position, end)
        else:
            behind = parts[number + 1] if number + 1 < len(parts) else b""
            until = behind if isinstance(behind, bytes) else part.until
            status, position, value = part.match(data, position, end, final, until, known)
            if value is not None and part.name:
                if values.setdefault(part.name, value) != value:
                    return WRONG, position
        if status != COMPLETE:
            return (WRONG if final else status), position
    return COMPLETE, position


def _match_payload(part: Payload, data: Data, position: int, end: int, final: bool, known: Values, values: dict[str, Value],
                   ignore_case: bool) -> tuple[Status, int]:
    length = values["length"]
    if not isinstance(length, int) or length < 0:
        return WRONG, position
    stop = position + length
    whole = end >= stop
    status, reached = _match_parts(part.parts, data, position, min(end, stop), whole, known, values, ignore_case)
    if status == COMPLETE and not whole:
        return MORE, position
    if status == COMPLETE and reached != stop:
        return WRONG, position
    return status, reached


def _match_rows(part: Rows, data: Data, position: int, end: int, final: bool, known: Values, values: dict[str, Value]) -> tuple[Status, int]:
    """Each row says itself which relay it is of, whichever one was asked for."""
    rows: list[Values] = []
    known = {name: value for name, value in known.items() if name not in ADDRESSES}
    while len(rows) <= MOST_ROWS:
        status, stop = part.ends(len(rows), data, position, end, final)
        if status == COMPLETE and not part.readings:
            values[ROWS] = t.cast(Value, rows)
        for row in rows if status == COMPLETE and part.readings else ():
            values.update(row)
        if status != WRONG:
            return status, stop
        if rows:
            status, position = match_literal(part.between, data, position, end)
            if status != COMPLETE:
                return status, position
        status, stop, found = _match_row(part, data, position, end, final, known)
        if status != COMPLETE:
            return status, stop
        rows.append({name: value for name, value in found.items() if name not in known})
        position = stop
    return WRONG, position


def _match_row(part: Rows, data: Data, position: int, end: int, final: bool, known: Values) -> tuple[Status, int, Values]:
    """(status, end, values) of the first form that the row is, or may become."""
    for form in part.forms:
        row: dict[str, Value] = {}
        status, stop = _match_parts(form.parts, data, position, end, final, known, row, form.ignore_case)
        if status != WRONG:
            return status, stop, row
    return WRONG, position, {}


def rows_of(values: Values) -> list[Values]:
    """The values of each row of a reply."""
    return t.cast("list[Values]", values.get(ROWS) or [])


def shown(data: Data) -> str:
    """Bytes as people read them: '20 02 00'."""
    return bytes(data).hex(" ").upper()

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The types of a field: how one value stands on the wire. No input or output."""

from __future__ import annotations

import binascii
import functools
import hashlib
import math
import operator
import re
import struct
import sys
import typing as t

Value = t.Union[int, float, str]
"""The value of a field; bytes stand as text of U+0000 to U+00FF, or as hex text."""
Values = t.Mapping[str, Value]
"""Values by the name of their field."""
Data = t.Union[bytes, bytearray]
Status = t.Literal["complete", "more", "wrong"]
Matched = t.Tuple[Status, int, t.Optional[Value]]
"""(status, end, value); end is the position behind the field, and value is None unless the status is COMPLETE."""

COMPLETE: t.Final = "complete"
MORE: t.Final = "more"
WRONG: t.Final = "wrong"
HEX_DIGITS = b"0123456789abcdefABCDEF"
LONGEST_NUMBER = 10  # digits
NO_BIT = -1
LONGEST_SIGNED, MOST_DECIMALS = 40, 10  # characters of a number with a sign, blanks before it included; digits of a fraction
MOST_BITS, MOST_BYTES = 65536, 16 * 1024 * 1024  # that a type can say


def as_number(value: Value) -> float:
    """A value that is a number; TypeError where it is a text."""
    if isinstance(value, str):
        raise TypeError(f"{value!r} is not a number")
    return value


class FixedBits:
    """The bits that a number always has, as 0xx1xx10: most significant first, x is any."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.mask, self.bits = int(re.sub("[01]", "1", text).replace("x", "0"), 2), int(text.replace("x", "0"), 2)

    def are_in(self, number: Value) -> bool:
        """True where a number has these bits."""
        return isinstance(number, int) and number & self.mask == self.bits


class Codec:
    """The type of a field."""

    size: int | None = None
    """Bytes, or None where it varies."""
    limits: tuple[int, int] | None = None
    """The smallest and the largest number, or None where the type has no numbers."""
    numeric = True
    """Whether a value is compared as a number, not by its bytes."""
    continues = b""
    """The bytes that may go on what it has read, where it is a number of any length."""
    fractional = False
    """Whether it takes numbers that are not whole."""
    decimals: int | None = None
    """How many digits of a fraction are sent, or None for as many as there are."""
    self_ending = False
    """Whether it knows its end although its size varies."""
    ignore_case = False
    before: int | None = None
    """Bytes of fields of a known length between a text and the literal that ends it; None where no such fields can stand behind it."""

    def render(self, value: Value) -> bytes:
        """The bytes of a value; ValueError, TypeError, OverflowError or KeyError where it does not fit."""
        raise NotImplementedError

    def blank(self) -> bytes:
        """The bytes of a field that has no name."""
        return bytes(self.size or 0)

    def match(self, data: Data, position: int, end: int, final: bool, until: bytes) -> Matched:
        """Read data from position to end; final: nothing more will come; until: the literal behind the field, or nothing."""
        raise NotImplementedError


class FixedSize(Codec):
    """A fixed number of bytes, decoded as a whole."""

    size: int
    characters: bytes | None = None
    """The bytes that may occur, or None for all."""

    def match(self, data: Data, position: int, end: int, final: bool, until: bytes) -> Matched:
        stop = position + self.size
        here = bytes(data[position:min(stop, end)])
        if self.characters is not None and any(byte not in self.characters for byte in here):
            return WRONG, position, None
        if len(here) < self.size:
            return MORE, position, None
        return COMPLETE, stop, self.decode(here)

    def decode(self, data: bytes) -> Value:
        raise NotImplementedError


class Integer(FixedSize):
    """u8, u16, u24, u32 and i8 to i32; big-endian unless le."""

    def __init__(self, signed: bool, bits: int, order: t.Literal["little", "big"]) -> None:
        self.size, self.signed, self.order = bits // 8, signed, order
        self.limits = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def render(self, value: Value) -> bytes:
        return int(value).to_bytes(self.size, self.order, signed=self.signed)

    def decode(self, data: bytes) -> Value:
        return int.from_bytes(data, self.order, signed=self.signed)


class Nibbles(FixedSize):
    """nN, niN: an integer of which each byte has four bits, the highest first, as cameras tell positions."""

    characters = bytes(range(16))

    def __init__(self, signed: bool, bits: int) -> None:
        self.size, self.number = bits // 4, Integer(signed, bits, "big")
        self.limits = self.number.limits

    def render(self, value: Value) -> bytes:
        return bytes(nibble for byte in self.number.render(value) for nibble in divmod(byte, 16))

    def decode(self, data: bytes) -> Value:
        return self.number.decode(bytes(16 * high + low for high, low in zip(data[::2], data[1::2])))


class Digits(FixedSize):
    """dN, xN, XN: a number as text of N digits."""

    def __init__(self, kind: str, width: int) -> None:
        self.size, self.base = width, 10 if kind == "d" else 16
        self.format = f"0{width}{kind}"
        self.limits = (0, self.base ** width - 1)
        self.characters = b"0123456789" if kind == "d" else HEX_DIGITS

    def render(self, value: Value) -> bytes:
        whole = value if isinstance(value, int) else self._whole(value)
        text = f"{whole:{self.format}}"
        if len(text) != self.size or whole < 0:
            raise ValueError(value)
        return text.encode("ascii")

    def _whole(self, value: float | str) -> int:
        """A fraction is cut off, in decimal text alone."""
        if not isinstance(value, float) or value < 0 or self.base != 10:
            raise ValueError(value)
        return int(value)

    def blank(self) -> bytes:
        return self.render(0)

    def decode(self, data: bytes) -> Value:
        return int(data, self.base)


class Decimal(Codec):
    """d and dbitsN: a decimal number of any length; a byte that is no digit, or silence, ends it."""

    continues = b"0123456789"

    def __init__(self, highest: int = 10 ** LONGEST_NUMBER - 1) -> None:
        self.highest, self.limits = highest, (0, highest)

    def render(self, value: Value) -> bytes:
        if isinstance(value, str) or not 0 <= value <= self.highest:
            raise ValueError(value)
        return b"%d" % value

    def blank(self) -> bytes:
        return b"0"

    def match(self, data: Data, position: int, end: int, final: bool, until: bytes) -> Matched:
        stop = position
        while stop < end and stop - position <= LONGEST_NUMBER and data[stop] in b"0123456789":
            stop += 1
        if stop == end and not final:
            return MORE, position, None
        if stop == position or int(data[position:stop]) > self.highest:
            return WRONG, position, None
        return COMPLETE, stop, int(data[position:stop])


_SIGNED = re.compile(rb" *[+-]?[0-9]*"), re.compile(rb" *[+-]?[0-9]+")
_FRACTIONAL = (re.compile(rb" *[+-]?[0-9]*(?:\.[0-9]*)?(?:(?<=[0-9.])[eE][+-]?[0-9]*)?"),
               re.compile(rb" *[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"))
"""The beginning of a number, or all of it; a whole one."""


class Signed(Codec):
    """s, f, fN: a decimal number with a sign, behind any blanks; f has a fraction, of which N digits are sent, and an exponent.

    fNzM: M characters at least are sent, with zeros in front.
    """

    limits = (-10 ** 15, 10 ** 15)

    def __init__(self, fractional: bool, decimals: int | None = None, width: int = 0) -> None:
        self.fractional, self.decimals, self.width = fractional, decimals, width
        self.continues = b"0123456789.eE" if fractional else b"0123456789"
        self.begun, self.whole = _FRACTIONAL if fractional else _SIGNED

    def render(self, value: Value) -> bytes:
        if isinstance(value, str) or not self.limits[0] <= value <= self.limits[1] or not self.fractional and value % 1:
            raise ValueError(value)
        text = self._written(value)
        return (text if float(text) else self._written(0)).encode("ascii")  # not -0.00

    def _written(self, value: float) -> str:
        if self.decimals is None:
            return f"{value:.{MOST_DECIMALS}f}".rstrip("0").rstrip(".")
        return f"{value:0{self.width}.{self.decimals}f}" if self.width else f"{value:.{self.decimals}f}"

    def blank(self) -> bytes:
        return self.render(0)

    def match(self, data: Data, position: int, end: int, final: bool, until: bytes) -> Matched:
        begun = self.begun.match(data, position, min(end, position + LONGEST_SIGNED + 1))
        stop = begun.end() if begun is not None else position
        if stop == end and not final and stop - position <= LONGEST_SIGNED:
            return MORE, position, None
        whole = self.whole.fullmatch(data, position, stop)
        if whole is None or stop - position > LONGEST_SIGNED:
            return WRONG, position, None
        value = (float if self.fractional else int)(whole.group())
        if abs(value) > self.limits[1]:
            return WRONG, position, None
        return COMPLETE, stop, value + 0


class Float(FixedSize):
    """float32: a number as IEEE 754 has it, big-endian unless le; sw: the two words swapped, as in many meters. What is no number is the word nan."""

    size, fractional = 4, True
    limits = (-(2 ** 24 - 1) * 2 ** 104, (2 ** 24 - 1) * 2 ** 104)

    def __init__(self, layout: str | None) -> None:
        self.layout, self.format = layout, "<f" if layout == "le" else ">f"

    def render(self, value: Value) -> bytes:
        return self._ordered(struct.pack(self.format, float(value)))

    def decode(self, data: bytes) -> Value:
        number: float = struct.unpack(self.format, self._ordered(data))[0]
        return float(f"{number:.7g}") if math.isfinite(number) else str(number)

    def _ordered(self, data: bytes) -> bytes:
        return data[2:] + data[:2] if self.layout == "sw" else data


class Bits(FixedSize):
    """bitsN, bitsNbe, bitsNmsb: a map whose bit i is the i-th relay, lowest first; with @k the one whose bit i + k is, the bits below it are anything."""

    def __init__(self, bits: int, layout: str | None, start: int = 0) -> None:
        if start >= bits:
            raise ValueError(f"a map of {bits} bits has none from bit {start} on; expected {bits - 1} at most")
        self.size, self.layout, self.start = bits // 8, layout, start
        self.limits = (0, (1 << bits - start) - 1)

    def render(self, value: Value) -> bytes:
        data = (int(value) << self.start).to_bytes(self.size, "big" if self.layout == "be" else "little")
        return bytes(map(_mirror, data)) if self.layout == "msb" else data

    def decode(self, data: bytes) -> Value:
        if self.layout == "msb":
            data = bytes(map(_mirror, data))
        return int.from_bytes(data, "big" if self.layout == "be" else "little") >> self.start


class OneBit(FixedSize):
    """bitN, bitNbe: the number of the one bit that is set, 0 for the lowest; of the first byte, or of the last."""

    def __init__(self, bits: int, order: t.Literal["little", "big"]) -> None:
        self.size, self.order = bits // 8, order
        self.limits = (0, bits - 1)

    def render(self, value: Value) -> bytes:
        if isinstance(value, str) or value < 0:
            raise ValueError(value)
        return (1 << int(value)).to_bytes(self.size, self.order)

    def match(self, data: Data, position: int, end: int, final: bool, until: bytes) -> Matched:
        matched = super().match(data, position, end, final, until)
        return (WRONG, position, None) if matched[2] == NO_BIT else matched

    def decode(self, data: bytes) -> Value:
        number = int.from_bytes(data, self.order)
        return number.bit_length() - 1 if number and not number & number - 1 else NO_BIT


class TextBits(FixedSize):
    """tbitsN, tbitsNr: a map as characters 0 and 1, lowest relay at the left (r: at the right)."""

    characters = b"01"

    def __init__(self, bits: int, right_first: bool) -> None:
        self.size, self.right_first = bits, right_first
        self.limits = (0, (1 << bits) - 1)

    def render(self, value: Value) -> bytes:
        if not isinstance(value, int) or value < 0:
            raise ValueError(value)
        text = f"{value:0{self.size}b}"
        if len(text) > self.size:
            raise ValueError(value)
        return (text if self.right_first else text[::-1]).encode("ascii")

    def blank(self) -> bytes:
        return self.render(0)

    def decode(self, data: bytes) -> Value:
        return int(data if self.right_first else data[::-1], 2)


class Raw(FixedSize):
    """bytesN: N bytes, as hex text."""

    numeric = False

    def __init__(self, size: int) -> None:
        self.size = size

    def render(self, value: Value) -> bytes:
        if not isinstance(value, str):
            raise TypeError(value)
        data = bytes.fromhex(value)
        if len(data) != self.size:
            raise ValueError(value)
        return data

    def blank(self) -> bytes:
        return bytes(self.size)

    def decode(self, data: bytes) -> Value:
        return data.hex()


class Digest(Codec):
    """md5hex, sha256hex: the digest that a login is proven with, as hex text; empty where the device wants none."""

    numeric = False
    self_ending = True
    ignore_case = True

    def __init__(self, algorithm: str) -> None:
        self.function, self.length = _DIGESTS[algorithm]

    def of(self, data: bytes) -> str:
        """The digest of these bytes."""
        return self.function(data)

    def render(self, value: Value) -> bytes:
        if not isinstance(value, str) or len(value) not in (0, self.length) or not all(character in "0123456789abcdef" for character in value):
            raise ValueError("not a digest")
        return value.encode("ascii")

    def match(self, data: Data, position: int, end: int, final: bool, until: bytes) -> Matched:
        stop = position
        while stop < min(end, position + self.length) and data[stop] in HEX_DIGITS:
            stop += 1
        if stop == end and stop < position + self.length and not final:
            return MORE, position, None
        stop = stop if stop == position + self.length else position
        return COMPLETE, stop, bytes(data[position:stop]).decode("ascii").lower()


def _md5(data: bytes) -> str:
    """Also where the machine keeps to FIPS, unless its Python is 3.8."""
    return (hashlib.md5(data, usedforsecurity=False) if sys.version_info >= (3, 9) else hashlib.md5(data)).hexdigest()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


_DIGESTS = {"md5hex": (_md5, 32), "sha256hex": (_sha256, 64)}
"""What computes a digest, and how many characters it has."""


class Word(Codec):
    """word: one of the texts that stand in values; read as the name it stands for."""

    numeric = False
    self_ending = True

    def __init__(self, words: t.Mapping[str, str] | None, ignore_case: bool) -> None:
        if not words or not all(isinstance(text, str) for text in words.values()):
            raise ValueError("a word needs values that are texts in quotes, for example values: {\"off\": \"OFF\", \"on\": \"ON\"}")
        self.texts = {name: text.encode("latin-1") for name, text in words.items()}
        self.ignore_case = ignore_case

    def render(self, value: Value) -> bytes:
        if not isinstance(value, str):
            raise TypeError(value)
        return self.texts[value]

    def blank(self) -> bytes:
        return next(iter(self.texts.values()))

    def match(self, data: Data, position: int, end: int, final: bool, until: bytes) -> Matched:
        here = bytes(data[position:end])
        fold: t.Callable[[bytes], bytes] = bytes.lower if self.ignore_case else bytes
        hits = [(len(text), name) for name, text in self.texts.items() if fold(here).startswith(fold(text))]
        growing = any(len(text) > len(here) and fold(text).startswith(fold(here)) for text in self.texts.values())
        if growing and not final:
            return MORE, position, None
        if not hits:
            return WRONG, position, None
        length, name = max(hits)
        return COMPLETE, position + length, name


class Named(Word):
    """A number that stands on the wire as a text: a relay that has a name of its own."""

    def __init__(self, names: t.Mapping[str, str] | None, ignore_case: bool) -> None:
        if not names or not all(number.isdecimal() for number in names):
            raise ValueError("a relay as a word needs relays.names, for example names: {1: A1, 2: A2}")
        super().__init__(names, ignore_case)

    def render(self, value: Value) -> bytes:
        return super().render(str(value))

    def match(self, data: Data, position: int, end: int, final: bool, until: bytes) -> Matched:
        status, stop, name = super().match(data, position, end, final, until)
        return status, stop, int(name) if name is not None else None


class Text(Codec):
    """text (printable) and any (every byte): up to the next literal, or to the end; bytes stand as U+0000 to U+00FF."""

    numeric = False
    before: int | None = 0

    def __init__(self, printable: bool, ignore_case: bool) -> None:
        self.printable, self.ignore_case = printable, ignore_case

    def render(self, value: Value) -> bytes:
        if not isinstance(value, str):
            raise TypeError(value)
        data = value.encode("latin-1")
        if self.printable and not _printable(data):
            raise ValueError("not printable")
        return data

    def match(self, data: Data, position: int, end: int, final: bool, until: bytes) -> Matched:
        fold: t.Callable[[bytes], bytes] = bytes.lower if self.ignore_case else bytes
        before = self.before or 0
        stop = fold(bytes(data)).find(fold(until), position + before, end) - before if until else end
        missing = stop < position
        here = bytes(data[position:end if missing else stop])
        begun = _without_start(fold(until), fold(here)) if missing else here
        if self.printable and not _printable(begun[:max(len(begun) - before, 0)] if missing else begun):
            return WRONG, position, None
        if missing or not until and not final:
            return MORE, position, None
        if not until and not here:
            return WRONG, position, None
        return COMPLETE, stop, here.decode("latin-1")


class LastText(Text):
    """text<: printable, up to the last place of the next literal on the line, since names may hold what stands behind them."""

    before = None

    def __init__(self, ignore_case: bool) -> None:
        super().__init__(True, ignore_case)

    def match(self, data: Data, position: int, end: int, final: bool, until: bytes) -> Matched:
        if not until:
            return super().match(data, position, end, final, until)
        over = next((place for place in range(position, end) if not _printable(bytes(data[place:place + 1]))), end)
        fold: t.Callable[[bytes], bytes] = bytes.lower if self.ignore_case else bytes
        stop = fold(bytes(data)).rfind(fold(until), position, min(over + len(until), end))
        if not final and (over == end or stop < 0 and over + len(until) > end):
            return MORE, position, None
        return (WRONG, position, None) if stop < 0 else (COMPLETE, stop, bytes(data[position:stop]).decode("latin-1"))


class Blanks(Codec):
    """blanks: any number of blanks and tabs, or none; one is sent. They have no value."""

    numeric = False
    self_ending = True

    def blank(self) -> bytes:
        return b" "

    def match(self, data: Data, position: int, end: int, final: bool, until: bytes) -> Matched:
        stop = next((place for place in range(position, end) if data[place] not in b" \t"), end)
        return (COMPLETE if stop < end or final else MORE), stop, None


class Checksum(Codec):
    """sum8, xor8@k, sum8X, crc16: over everything before it, from byte k of the frame. It has no value: it is computed and checked."""

    size: int
    self_ending = True

    def __init__(self, kind: str, in_hex: bool, start: int) -> None:
        self.function, size = _CHECKSUMS[kind]
        self.in_hex, self.start = in_hex, start
        self.size = 2 * size if in_hex else size

    def render(self, value: Value) -> bytes:
        raise TypeError("a checksum is computed")

    def compute(self, done: Data) -> bytes:
        """The bytes of the sum behind what is done of the frame."""
        check = self.function(bytes(done[self.start:]))
        return check.hex().upper().encode("ascii") if self.in_hex else check

    def check(self, data: Data, position: int, end: int) -> tuple[Status, int]:
        """(status, end) of the sum that stands at this position; hex text is the same in upper and lower case."""
        wanted = self.compute(data[:position])
        here = bytes(data[position:min(end, position + self.size)])
        same = here.lower() == wanted[:len(here)].lower() if self.in_hex else here == wanted[:len(here)]
        if not same:
            return WRONG, position
        return (COMPLETE, position + self.size) if len(here) == self.size else (MORE, position)


def _sum8(data: bytes) -> bytes:
    return bytes([sum(data) & 0xFF])


def _not8(data: bytes) -> bytes:
    """FF less the sum: what makes all together FF."""
    return bytes([0xFF - (sum(data) & 0xFF)])


def _neg8(data: bytes) -> bytes:
    """Two's complement of the sum: what makes all together 00."""
    return bytes([-sum(data) & 0xFF])


def _xor8(data: bytes) -> bytes:
    return bytes([functools.reduce(operator.xor, data, 0)])


def _or8(data: bytes) -> bytes:
    return bytes([functools.reduce(operator.or_, data, 0)])


def _crc16(data: bytes) -> bytes:
    """CRC-16/Modbus, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for dummy in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


def _crc16x(data: bytes) -> bytes:
    """CRC-16/XMODEM, high byte first, of which no byte is a bracket, CR or LF: such a one is sent as one more."""
    return bytes(byte + 1 if byte in b"(\r\n" else byte for byte in binascii.crc_hqx(data, 0).to_bytes(2, "big"))


_OF_ONE_BYTE = {"sum8": _sum8, "not8": _not8, "neg8": _neg8, "xor8": _xor8, "or8": _or8}
_CHECKSUMS = {**{kind: (function, 1) for kind, function in _OF_ONE_BYTE.items()}, "crc16": (_crc16, 2), "crc16x": (_crc16x, 2)}
"""What computes a checksum, and how many bytes it has."""


def _mirror(byte: int) -> int:
    return int(format(byte, "08b")[::-1], 2)


def _without_start(literal: bytes, data: bytes) -> bytes:
    """Data without what may be the start of the literal behind it."""
    for length in range(min(len(literal) - 1, len(data)), 0, -1):
        if data.endswith(literal[:length]):
            return data[:-length]
    return data


def _printable(data: bytes) -> bool:
    return all(32 <= byte != 127 or byte == 9 for byte in data)


PATTERNS: tuple[tuple[str, t.Callable[..., Codec]], ...] = (
    (r"([ui])(8|16|24|32)(le)?", lambda sign, bits, little: Integer(sign == "i", int(bits), "little" if little else "big")),
    (r"n(i)?(8|16|24|32)", lambda sign, bits: Nibbles(bool(sign), int(bits))),
    (r"([dxX])([1-9]|10)", lambda kind, width: Digits(kind, int(width))),
    (r"d", Decimal),
    (r"bit(8|16|24|32)(be)?", lambda bits, order: OneBit(int(bits), "big" if order else "little")),
    (r"float32(le|sw)?", Float),
    (r"s", lambda: Signed(False)),
    (r"f(?:([0-9])(?:z([1-9]|1[0-9]))?)?", lambda decimals, width: Signed(True, int(decimals) if decimals else None, int(width or 0))),
    (r"bits(8|16|24|32|64|128|256)(be|msb)?(?:@([0-9]{1,3}))?", lambda bits, layout, start: Bits(int(bits), layout, int(start or 0))),
    (r"xbits([0-9]+)", lambda bits: Digits("x", -(-int(bits) // 4))),
    (r"dbits([0-9]+)", lambda bits: Decimal((1 << int(bits)) - 1)),
    (r"tbits([0-9]+)(r)?", lambda bits, right: TextBits(int(bits), bool(right))),
    (r"bytes([1-9][0-9]*)", lambda size: Raw(int(size))),
    (rf"(?:(crc16|crc16x)|({'|'.join(_OF_ONE_BYTE)})(X)?)(?:@([0-9]+))?",
     lambda crc, kind, in_hex, start: Checksum(crc or kind, bool(in_hex), int(start or 0))),
)


TYPES = ("u8", "u16", "u24", "u32", "u16le", "i8", "i16", "i24", "i32", "i16le", "n16", "ni16", "float32", "float32sw", "d", "d3", "s", "f", "f2", "f2z5",
         "x2", "X2", "bit8", "bits8", "bits16be", "bits16msb", "bits8@6", "xbits8", "dbits8", "tbits8", "tbits8r", "word", "text", "text<", "any",
         "blanks", "md5hex", "sha256hex", "bytes6", "sum8", "sum8@2", "sum8X", "not8", "neg8", "xor8", "or8", "crc16", "crc16x")
"""What is told of the types that there are."""


def codec_for(name: str, words: t.Mapping[str, str] | None, ignore_case: bool) -> Codec | None:
    """The codec of a type's name, or None where there is no such type."""
    if name == "word":
        return Word(words, ignore_case)
    if name in _DIGESTS:
        return Digest(name)
    if name in ("text", "any"):
        return Text(name == "text", ignore_case)
    if name in ("text<", "blanks"):
        return LastText(ignore_case) if name == "text<" else Blanks()
    for pattern, build in PATTERNS:
        found = re.fullmatch(pattern, name)
        if found:
            most = MOST_BYTES if name.startswith("bytes") else MOST_BITS
            if any(len(number) > len(str(most)) or int(number) > most for number in re.findall("[0-9]+", name)):
                raise ValueError(f"the number in '{name}' is too large; expected {most} at most")
            return build(*found.groups())
    return None

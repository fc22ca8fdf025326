# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The types of a field: how one value stands on the wire. No input or output.

A codec has size (bytes, or None where it varies), limits (smallest and largest number, or None), numeric (compared by
value), digits (decimal text of any length), self_ending (varies, but knows its end), ignore_case, and
render(value), blank(), match(data, position, end, final, until) -> (status, end, value).
"""

from __future__ import annotations

import re

COMPLETE, MORE, WRONG = "complete", "more", "wrong"
LONGEST_NUMBER = 10  # digits


class Codec:
    """What the types share: a fixed number of bytes, decoded as a whole."""

    size = None
    limits = None
    numeric = True
    digits = False
    self_ending = False
    ignore_case = False
    characters = None

    def match(self, data, position, end, final, until):
        stop = position + self.size
        here = bytes(data[position:min(stop, end)])
        if self.characters is not None and any(byte not in self.characters for byte in here):
            return WRONG, position, None
        if len(here) < self.size:
            return MORE, position, None
        return COMPLETE, stop, self.decode(here)

    def decode(self, data):
        raise NotImplementedError

    def render(self, value):
        raise NotImplementedError

    def blank(self):
        return bytes(self.size or 0)


class Integer(Codec):
    """u8, u16, u24, u32 and i8 to i32; big-endian unless le."""

    def __init__(self, signed, bits, order):
        self.size, self.signed, self.order = bits // 8, signed, order
        self.limits = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def render(self, value):
        return int(value).to_bytes(self.size, self.order, signed=self.signed)

    def decode(self, data):
        return int.from_bytes(data, self.order, signed=self.signed)


class Digits(Codec):
    """dN, xN, XN: a number as text of N digits."""

    def __init__(self, kind, width):
        self.size, self.base = width, 10 if kind == "d" else 16
        self.format = "%%0%d%s" % (width, kind)
        self.limits = (0, self.base ** width - 1)
        self.characters = b"0123456789" if kind == "d" else b"0123456789abcdefABCDEF"

    def render(self, value):
        text = self.format % value
        if len(text) != self.size or value < 0:
            raise ValueError(value)
        return text.encode("ascii")

    def blank(self):
        return self.render(0)

    def decode(self, data):
        return int(data, self.base)


class Decimal(Codec):
    """d and dbitsN: a decimal number of any length; a byte that is no digit, or silence, ends it."""

    digits = True

    def __init__(self, limit=10 ** LONGEST_NUMBER - 1):
        self.limits = (0, limit)

    def render(self, value):
        if not 0 <= value <= self.limits[1]:
            raise ValueError(value)
        return b"%d" % value

    def blank(self):
        return b"0"

    def match(self, data, position, end, final, until):
        stop = position
        while stop < end and stop - position <= LONGEST_NUMBER and data[stop] in b"0123456789":
            stop += 1
        if stop == end and not final:
            return MORE, position, None
        if stop == position or int(data[position:stop]) > self.limits[1]:
            return WRONG, position, None
        return COMPLETE, stop, int(data[position:stop])


class Bits(Codec):
    """bitsN, bitsNbe, bitsNmsb: a map whose bit i is the i-th relay, lowest first."""

    def __init__(self, bits, layout):
        self.size, self.layout = bits // 8, layout
        self.limits = (0, (1 << bits) - 1)

    def render(self, value):
        data = int(value).to_bytes(self.size, "big" if self.layout == "be" else "little")
        return bytes(map(_mirror, data)) if self.layout == "msb" else data

    def decode(self, data):
        if self.layout == "msb":
            data = bytes(map(_mirror, data))
        return int.from_bytes(data, "big" if self.layout == "be" else "little")


class TextBits(Codec):
    """tbitsN, tbitsNr: a map as characters 0 and 1, lowest relay at the left (r: at the right)."""

    characters = b"01"

    def __init__(self, bits, right_first):
        self.size, self.right_first = bits, right_first
        self.limits = (0, (1 << bits) - 1)

    def render(self, value):
        text = format(value, "0%db" % self.size)
        if len(text) > self.size or value < 0:
            raise ValueError(value)
        return (text if self.right_first else text[::-1]).encode("ascii")

    def blank(self):
        return self.render(0)

    def decode(self, data):
        return int(data if self.right_first else data[::-1], 2)


class Raw(Codec):
    """bytesN: N bytes, as hex text."""

    numeric = False

    def __init__(self, size):
        self.size = size

    def render(self, value):
        data = bytes.fromhex(value)
        if len(data) != self.size:
            raise ValueError(value)
        return data

    def blank(self):
        return bytes(self.size)

    def decode(self, data):
        return data.hex()


class Word(Codec):
    """word: one of the texts that stand in values; read as the name it stands for."""

    numeric = False
    self_ending = True

    def __init__(self, words, ignore_case):
        if not words or not all(isinstance(text, str) for text in words.values()):
            raise ValueError("a word needs values that are texts in quotes, for example values: {\"off\": \"OFF\", \"on\": \"ON\"}")
        self.texts = {name: text.encode("latin-1") for name, text in words.items()}
        self.ignore_case = ignore_case

    def render(self, value):
        return self.texts[value]

    def blank(self):
        return next(iter(self.texts.values()))

    def match(self, data, position, end, final, until):
        here = bytes(data[position:end])
        fold = bytes.lower if self.ignore_case else bytes
        hits = [(len(text), name) for name, text in self.texts.items() if fold(here).startswith(fold(text))]
        growing = any(len(text) > len(here) and fold(text).startswith(fold(here)) for text in self.texts.values())
        if growing and not final:
            return MORE, position, None
        if not hits:
            return WRONG, position, None
        length, name = max(hits)
        return COMPLETE, position + length, name


class Text(Codec):
    """text (printable) and any (every byte): up to the next literal, or to the end; bytes stand as U+0000 to U+00FF."""

    numeric = False

    def __init__(self, printable, ignore_case):
        self.printable, self.ignore_case = printable, ignore_case

    def render(self, value):
        if not isinstance(value, (str, bytes)):
            raise TypeError(value)
        data = value if isinstance(value, bytes) else value.encode("latin-1")
        if self.printable and not _printable(data):
            raise ValueError("not printable")
        return data

    def match(self, data, position, end, final, until):
        fold = bytes.lower if self.ignore_case else bytes
        stop = fold(bytes(data)).find(fold(until), position, end) if until else end
        missing = stop < 0
        here = bytes(data[position:end if missing else stop])
        if self.printable and not _printable(_without_start(fold(until), fold(here)) if missing else here):
            return WRONG, position, None
        if missing or not until and not final:
            return MORE, position, None
        if not until and not here:
            return WRONG, position, None
        return COMPLETE, stop, here.decode("latin-1")


class Checksum:
    """sum8@k, crc16: over everything before it, from byte k of the frame."""

    numeric = True
    digits = False
    self_ending = True
    ignore_case = False
    limits = None

    def __init__(self, kind, start):
        self.function, self.size = (_sum8, 1) if kind == "sum8" else (_crc16, 2)
        self.start = start

    def compute(self, done):
        return self.function(bytes(done[self.start:]))

    def check(self, data, position, end):
        wanted = self.compute(data[:position])
        here = bytes(data[position:min(end, position + self.size)])
        if here != wanted[:len(here)]:
            return WRONG, position
        return (COMPLETE, position + self.size) if len(here) == self.size else (MORE, position)


def _sum8(data):
    return bytes([sum(data) & 0xFF])


def _crc16(data):
    """CRC-16/Modbus, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for dummy in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


def _mirror(byte):
    return int(format(byte, "08b")[::-1], 2)


def _without_start(literal, data):
    """Data without what may be the start of the literal behind it."""
    for length in range(min(len(literal) - 1, len(data)), 0, -1):
        if data.endswith(literal[:length]):
            return data[:-length]
    return data


def _printable(data):
    return all(32 <= byte != 127 or byte == 9 for byte in data)


_TYPES = (
    (r"([ui])(8|16|24|32)(le)?", lambda sign, bits, little: Integer(sign == "i", int(bits), "little" if little else "big")),
    (r"([dxX])([1-9]|10)", lambda kind, width: Digits(kind, int(width))),
    (r"d", Decimal),
    (r"bits(8|16|24|32|64|128|256)(be|msb)?", lambda bits, layout: Bits(int(bits), layout)),
    (r"xbits(\d+)", lambda bits: Digits("x", -(-int(bits) // 4))),
    (r"dbits(\d+)", lambda bits: Decimal((1 << int(bits)) - 1)),
    (r"tbits(\d+)(r)?", lambda bits, right: TextBits(int(bits), bool(right))),
    (r"bytes([1-9]\d*)", lambda size: Raw(int(size))),
    (r"(sum8|crc16)(?:@(\d+))?", lambda kind, start: Checksum(kind, int(start or 0))),
)


def codec_for(name, words, ignore_case):
    """The codec of a type's name, or None where there is no such type."""
    if name == "word":
        return Word(words, ignore_case)
    if name in ("text", "any"):
        return Text(name == "text", ignore_case)
    for pattern, build in _TYPES:
        found = re.fullmatch(pattern, name)
        if found:
            return build(*found.groups())
    return None

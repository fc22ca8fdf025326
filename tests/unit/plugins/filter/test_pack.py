# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pack and unpack: literals, the way there and back, and errors in words."""

from __future__ import annotations

import struct

import pytest

pytest.importorskip("ansible.errors")
hypothesis = pytest.importorskip("hypothesis")

from ansible.errors import AnsibleFilterError  # noqa: E402
from ansible_collections.bytewire.devices.plugins.filter.pack import pack  # noqa: E402
from ansible_collections.bytewire.devices.plugins.filter.unpack import unpack  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

LITERALS = [
    ([254, 108, 1], "BBB", "FE 6C 01"),
    ([254, 108, 1], "3B", "FE 6C 01"),
    ([254, 108, 1], "B B B", "FE 6C 01"),
    ([17494], "H", "44 56"),
    ([17494], ">H", "44 56"),
    ([17494], "!H", "44 56"),
    ([17494], "<H", "56 44"),
    ([1, 2], "BI", "01 00 00 00 02"),
    ([-1, -2], "bh", "FF FF FE"),
    ([(1 << 64) - 1], "Q", "FF FF FF FF FF FF FF FF"),
    ([1.5], "f", "3F C0 00 00"),
    ([-2.0], "d", "C0 00 00 00 00 00 00 00"),
    ([True, False], "??", "01 00"),
    (["ka"], "2s", "6B 61"),
    (["\x80\xff"], "2s", "80 FF"),
    (["\xe4"], "c", "E4"),
    (["ab", 7], "2sB", "61 62 07"),
    ([1, 2], "BxB", "01 00 02"),
    ([], "", ""),
]


@pytest.mark.parametrize("values, form, data", LITERALS)
def test_both_ways(values, form, data):
    assert pack(values, form) == data
    assert unpack(data, form) == values
    assert unpack(data.replace(" ", "").lower(), form) == values
    assert unpack(list(bytes.fromhex(data)), form) == values


def test_every_byte():
    data = list(range(256))
    packed = pack(data, "256B")
    assert packed.split() == [f"{byte:02X}" for byte in data]
    assert unpack(packed, "256B") == data and unpack(packed, "256s") == ["".join(map(chr, data))]
    assert pack(["".join(map(chr, data))], "256s") == packed


def test_native_alignment_only_where_it_is_asked_for():
    assert pack([1, 2], "@BI") == struct.pack("@BI", 1, 2).hex(" ").upper()
    assert len(unpack("00" * struct.calcsize("@BI"), "@BI")) == 2


def test_a_short_text_is_filled_up():
    assert pack(["ab"], "4s") == "61 62 00 00" and unpack("61 62 00 00", "4s") == ["ab\0\0"]


def field():
    def integer(letter):
        bits = struct.calcsize(">" + letter) * 8
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if letter.islower() else (0, (1 << bits) - 1)
        return st.tuples(st.just(letter), st.integers(low, high))

    texts = st.text(st.characters(max_codepoint=255), max_size=20)
    return st.one_of(
        st.sampled_from("bBhHiIlLqQ").flatmap(integer),
        texts.map(lambda text: (f"{len(text)}s", text)),
        st.characters(max_codepoint=255).map(lambda character: ("c", character)),
        st.booleans().map(lambda value: ("?", value)),
        st.floats(allow_nan=False, width=32).map(lambda value: ("f", value)),
        st.floats(allow_nan=False).map(lambda value: ("d", value)),
    )


@hypothesis.given(st.sampled_from(["", "<", ">", "=", "!"]), st.lists(field(), max_size=8))
def test_what_was_packed_is_unpacked_as_it_was(order, fields):
    form = order + "".join(kind for kind, dummy in fields)
    values = [value for dummy, value in fields]
    assert unpack(pack(values, form), form) == values


@hypothesis.given(st.text("<>=!@xcbB?hHiIlLqQnNefdspP0123456789 z", max_size=6), st.lists(st.one_of(
    st.integers(-300, 300), st.text(max_size=3), st.floats(), st.booleans(), st.none()), max_size=4))
def test_nothing_but_the_documented_error(form, values):
    for do, given in ((pack, values), (unpack, values), (unpack, "00 FF")):
        try:
            do(given, form)
        except AnsibleFilterError as error:
            assert str(error).startswith(("pack: ", "unpack: "))


@pytest.mark.parametrize("values, form, words", [
    ([1, 2], "BBB", "the format 'BBB' has 3 values, and 2 were given"),
    ([1, 2], "B", "has 1 value, and 2 were given"),
    ([256], "B", "value 1 is 256, which does not fit 'B'"),
    ([0, -1], "BB", "value 2 is -1, which does not fit 'B'"),
    ([1.5], "B", "value 1 is 1.5"),
    (["1"], "B", "value 1 is '1', which does not fit 'B': expected a number"),
    ([True], "B", "value 1 is True, which does not fit 'B': expected a number"),
    ([1], "?", "expected a boolean"),
    ([1], "2s", "expected text"),
    (["abc"], "2s", "value 1 is 'abc', which does not fit '2s': it has 3 bytes, and the field 2"),
    ([""], "c", "it has 0 bytes, and the field 1"),
    (["\u20ac"], "s", "does not fit 's'"),
    ([1e300], "f", "does not fit 'f'"),
    ([1], "Z", "'Z' is not a format"),
    ([1], "<@B", "is not a format"),
    ([1], 5, "the format is 5"),
    ("FE", "B", "expected a list of values, not 'FE'"),
    ([], "999999999x", "at most 16777216 are allowed"),
])
def test_what_cannot_be_packed(values, form, words):
    with pytest.raises(AnsibleFilterError) as raised:
        pack(values, form)
    assert words in str(raised.value) and str(raised.value).startswith("pack: ")


@pytest.mark.parametrize("data, form, words", [
    ("FE 6C", "BBB", "the format 'BBB' has 3 bytes, and 2 were given (FE 6C)"),
    ("FE 6", "BB", "'6' at character 4 has an odd number of digits"),
    ("XY", "B", "is not hex"),
    (24, "B", "the input is 24"),
    ([256], "B", "the input[0] is 256"),
    (None, "B", "the input is None"),
    ("00", "Z", "'Z' is not a format"),
])
def test_what_cannot_be_unpacked(data, form, words):
    with pytest.raises(AnsibleFilterError) as raised:
        unpack(data, form)
    assert words in str(raised.value) and str(raised.value).startswith("unpack: ")

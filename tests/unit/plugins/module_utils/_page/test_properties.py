# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every message of every page and every type of a field, whatever the values and whatever the bytes."""

from __future__ import annotations

import copy
import functools
import struct
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Blanks, Checksum, Digest, LastText, Named, Text, Word, codec_for
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import COMPLETE, MORE, ROWS, WRONG, Field, Payload, Rows, Template, TemplateError
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import models, resolve
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import KINDS, Conversation

TEXTS = {"text": [chr(code) for code in range(32, 256) if code != 127] + ["\t"], "any": [chr(code) for code in range(256)]}
MOST = 6  # characters of a drawn text
PROFILES = [load(resolve(model)) for model in models()]
TALKING = [profile for profile in PROFILES if profile.requests() or profile.login]


def messages_of(profile):
    """Every message of a page, those of its session and its login included."""
    found = list(profile.login) + [message for dummy, message in profile.requests()]
    return [message for number, message in enumerate(found) if message not in found[:number]]


@functools.lru_cache(maxsize=None)
def all_templates(profile):
    """(what it is, message, template) of everything that can stand on the wire."""
    found = []
    for message in messages_of(profile):
        for side, templates in (("send", [message.send] if message.send else []), ("reply", message.replies), ("refused", message.refused),
                                ("busy", message.busy), ("locked", message.locked), ("ignore", message.ignore)):
            found += [(f"{message.where}.{side}", message, named(template)) for template in templates]
    return found


@functools.lru_cache(maxsize=None)
def new_templates():
    """The same by the name of each page, without what a page before it has too: pages that extend one share most of it."""
    found, seen = {}, set()
    for profile in TALKING:
        found[profile.name] = []
        for what, message, template in all_templates(profile):
            whole = (message.form, *(one.form for one in [*message.refused, *message.busy, *message.locked, *message.ignore]))
            key = (what.rsplit(".", 1)[1], template.form, whole, profile.page.get("ignore_case"))
            if key not in seen:
                seen.add(key)
                found[profile.name].append((what, message, template))
    return {name: templates for name, templates in found.items() if templates}


def named(template):
    """A copy of a template whose fields have names, so that what a reader skips is not always zero."""
    template = copy.deepcopy(template)
    for number, field in enumerate(template.fields):
        if not field.name and not isinstance(field.codec, (Blanks, Checksum)):
            field.name = f"skipped_{number}"
        field.behind_blanks = number > 0 and isinstance(template.fields[number - 1].codec, Blanks)
    return template


def places(parts):
    """(field, the literal behind it or b"") of every field that takes a value."""
    for number, part in enumerate(parts):
        if isinstance(part, Payload):
            yield from places(part.parts)
        elif isinstance(part, Field) and not isinstance(part.codec, (Blanks, Checksum)) and part.name != "length":
            behind = parts[number + 1] if number + 1 < len(parts) else b""
            yield part, behind if isinstance(behind, bytes) else b""


def values_for(template):
    """Values that fit every field of a template."""
    wanted, last = {}, b""
    for field, behind in places(template.parts):
        wanted.setdefault(field.name, []).append((field, behind))
        if last and isinstance(field.codec, Text):
            wanted[field.name].append((field, last))  # a text that goes to the last place of a literal has none of it behind that
        if isinstance(field.codec, LastText):
            last = behind
    parts = [part for part in template.parts if isinstance(part, Rows)]
    rows = [(ROWS, rows_for(part)) for part in parts if not part.readings]
    own = st.fixed_dictionaries({**{name: one_value(fields) for name, fields in wanted.items()}, **dict(rows)})
    ends = [values_for(part.until) for part in parts if part.until is not None]
    return joined(own, *ends, *(st.just({}) | values_for(form) for part in parts if part.readings for form in part.forms if form.names))


def ends_of_rows(template):
    """The names of what stands in the end of rows, which is skipped."""
    ends = [part.until for part in template.parts if isinstance(part, Rows) and part.until is not None]
    return {field.name for end in ends for field in end.fields}


def joined(*strategies):
    """The values of several together."""
    return st.tuples(*strategies).map(lambda drawn: {name: value for values in drawn for name, value in values.items()})


def rows_for(part):
    """Some rows, or as many as there always are; none that reads as the end of rows does."""
    def is_row(values):
        return part.until is None or part.until.match(part.each.render(values), final=True).status != COMPLETE
    return st.lists(values_for(part.each).filter(is_row), min_size=part.count, max_size=part.count or 3)


def one_value(fields):
    field, behind = fields[0]
    codec = field.codec
    if isinstance(codec, Word):
        return st.sampled_from(sorted(map(int, codec.texts) if isinstance(codec, Named) else codec.texts))
    if isinstance(codec, Digest):
        return st.just("") | st.binary().map(codec.of)
    if isinstance(codec, Text):
        ends = [literal for dummy, literal in fields]
        text = st.text(TEXTS["text" if codec.printable else "any"], min_size=0 if behind else 1, max_size=MOST)
        if getattr(field, "behind_blanks", False):
            text = text.map(lambda value: value.lstrip(" \t") or ("" if behind and behind[:1] not in b" \t" else "-"))
        return text.filter(lambda value: all(not end or (value + end.decode("latin-1")).find(end.decode("latin-1")) == len(value) for end in ends))
    if codec.limits is None:
        return st.binary(min_size=codec.size, max_size=codec.size).map(bytes.hex)
    lowest, highest = (limit(field.codec.limits[number] for field, dummy in fields) for number, limit in ((0, max), (1, min)))
    if field.fixed is not None:
        return st.integers(lowest, highest).map(lambda number: number & ~field.fixed.mask | field.fixed.bits)
    if codec.fractional:
        lowest, highest = max(lowest, -1 << 20), min(highest, 1 << 20)
    edges = [lowest, highest] + [value for value in (0, 1, 127, 128, 255, 256) if lowest <= value <= highest]
    return (st.sampled_from(edges) | st.integers(lowest, highest)).map(field.from_wire)


EXAMPLES = 8 if sys.version_info >= (3, 10) else 2  # on the old Pythons of a gateway, which take long, it is enough to see that pages are read there
quick = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("page", new_templates())
@quick
@given(data=st.data())
def test_what_is_rendered_is_read_back_whole_and_byte_by_byte(page, data):
    for what, message, template in new_templates()[page]:
        values = data.draw(values_for(template), what)
        wire = template.render(values)
        read = template.match(wire, final=True)
        assert (read.status, read.end) == (COMPLETE, len(wire)), what
        assert {name: read.values[name] for name in values if name not in ends_of_rows(template)} == {
            name: value for name, value in values.items() if name not in ends_of_rows(template)}, what
        if not template.open_ended:
            assert template.match(wire).end == len(wire), what
        for end in range(len(wire)):
            assert template.match(wire[:end]).status == MORE, f"{what} after {end} bytes of {wire.hex(' ')}"


@pytest.mark.parametrize("page", new_templates())
@quick
@given(data=st.data())
def test_every_reply_and_refusal_is_taken_for_one(page, data):
    for what, message, template in new_templates()[page]:
        kind = what.rsplit(".", 1)[1]
        if kind in ("reply", "refused", "busy", "locked"):
            wire = template.render(data.draw(values_for(template), what))
            answer = message.read(wire, {}, final=True)
            assert answer.kind == kind or kind != "reply" and answer.kind in ("reply", "busy"), what  # some codes and texts read as one of those
            assert answer.end == len(wire) or answer.kind != kind, what


@st.composite
def noise(draw, profile):
    """Chunks of anything: bytes, messages of the page, and messages of which a byte was changed or lost."""
    templates = [template for dummy, message, template in all_templates(profile)]
    chunks = []
    for dummy in range(draw(st.integers(1, 5))):
        chunk = bytearray(draw(st.binary(max_size=12)))
        if templates and draw(st.booleans()):
            template = draw(st.sampled_from(templates))
            chunk = bytearray(template.render(draw(values_for(template))))
            if chunk and draw(st.booleans()):
                place = draw(st.integers(0, len(chunk) - 1))
                chunk[place:place + 1] = draw(st.binary(max_size=2))
        chunks.append(bytes(chunk))
    return chunks


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
@settings(max_examples=4 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_bytes_of_any_kind_raise_nothing_and_none_is_lost(profile, data):
    chunks = data.draw(noise(profile))
    device = Conversation(profile.page)
    for chunk in chunks:
        device.say(chunk)
        for message in messages_of(profile):
            for known in ({}, {"transaction": 1, "unit": 1, "relay": 1, "index": 0, "value": 1}):
                for final in (False, True):
                    answer = message.read(chunk, known, chunk[:3], final)
                    assert answer.kind in KINDS and 0 <= answer.end <= len(chunk)
    assert device.received + device.stream.buffer == b"".join(chunks)
    assert sorted(device.board.coils) == (profile.relays.numbers if profile.relays else [])
    assert list(device.board.settings) == list(profile.settings)
    for name, code in device.board.settings.items():
        assert profile.settings[name].has(code)


# type, bytes, value: as Python's struct packs them, or written out
NUMBERS = [("u8", ">B"), ("u16", ">H"), ("u32", ">I"), ("u16le", "<H"), ("u32le", "<I"), ("i8", ">b"), ("i16", ">h"), ("i32", ">i"), ("i16le", "<h"),
           ("i32le", "<i"), ("bits8", "<B"), ("bits16", "<H"), ("bits32", "<I"), ("bits64", "<Q"), ("bits16be", ">H"), ("bits32be", ">I"),
           ("bits64be", ">Q")]
WRITTEN = [
    ("u24", 0x80FF7E, b"\x80\xff\x7e"), ("u24le", 0x80FF7E, b"\x7e\xff\x80"), ("i24", -2, b"\xff\xff\xfe"), ("i24le", -2, b"\xfe\xff\xff"),
    ("i24", -(1 << 23), b"\x80\x00\x00"), ("bits24", 0x8000FF, b"\xff\x00\x80"), ("bits24be", 0x8000FF, b"\x80\x00\xff"),
    ("bits16msb", 0x8001, b"\x80\x01"), ("bits16msb", 0x00FE, b"\x7f\x00"), ("bits8msb", 0xC1, b"\x83"),
    ("bits8@6", 2, b"\x80"), ("bits16be@4", 0x11, b"\x01\x10"), ("bits16@12", 0xF, b"\x00\xf0"), ("bits8msb@6", 1, b"\x02"),
    ("xbits12", 0x80F, b"80f"), ("xbits8", 0xFE, b"fe"), ("dbits16", 65535, b"65535"), ("tbits8", 0b10000001, b"10000001"), ("tbits8", 0b11, b"11000000"),
    ("tbits8r", 0b11, b"00000011"), ("d", 4294967295, b"4294967295"), ("d1", 9, b"9"), ("d3", 80, b"080"), ("x2", 0x80, b"80"), ("x2", 0xFF, b"ff"),
    ("X2", 0xFF, b"FF"), ("X4", 0x80FF, b"80FF"), ("x8", 0xFFFFFFFF, b"ffffffff"), ("bytes3", "80c3ff", b"\x80\xc3\xff"),
    ("n8", 0x5F, b"\x05\x0f"), ("n16", 0x1000, b"\x01\0\0\0"), ("n24", 0xABCDEF, b"\x0a\x0b\x0c\x0d\x0e\x0f"), ("ni8", -1, b"\x0f\x0f"),
    ("ni16", 0xBEEF - 0x10000, b"\x0b\x0e\x0e\x0f"), ("ni16", 0x1234, b"\x01\x02\x03\x04"), ("ni32", -2, b"\x0f" * 7 + b"\x0e"),
]
TYPES = sorted({name for name, dummy in NUMBERS} | {row[0] for row in WRITTEN}
               | {f"d{width}" for width in range(1, 11)} | {f"{kind}{width}" for kind in "xX" for width in range(1, 11)}
               | {f"bits{bits}{layout}" for bits in (8, 16, 24, 32, 64, 128, 256) for layout in ("", "be", "msb")}
               | {f"xbits{bits}" for bits in (4, 8, 12, 16, 32)} | {"dbits8", "dbits32"} | {"tbits16", "tbits16r"} | {"bytes1", "bytes8"})


def both_ways(name, value, data):
    template = Template(f"{{value:{name}}}")
    assert template.render({"value": value}) == data
    read = template.match(data, final=True)
    assert (read.status, read.end, read.values) == (COMPLETE, len(data), {"value": value})


@pytest.mark.parametrize("name, value, data", WRITTEN)
def test_a_value_as_it_is_written_out(name, value, data):
    both_ways(name, value, data)


@pytest.mark.parametrize("name, layout", NUMBERS)
def test_every_byte_from_80_to_ff_passes_unchanged(name, layout):
    size = struct.calcsize(layout)
    for high in range(0x80, 0x100):
        for place in range(size):
            data = bytes(high if number == place else 0x11 for number in range(size))
            both_ways(name, struct.unpack(layout, data)[0], data)


@pytest.mark.parametrize("name", ["text", "any"])
def test_every_character_passes_unchanged(name):
    for character in TEXTS[name]:
        both_ways(name, character, character.encode("latin-1"))
    both_ways("bytes128", bytes(range(0x80, 0x100)).hex(), bytes(range(0x80, 0x100)))


@pytest.mark.parametrize("name", TYPES)
def test_every_type_takes_all_of_its_values_and_no_other(name):
    template, codec = Template(f"{{value:{name}}}"), codec_for(name, None, False)
    if codec.limits is None:
        edges, unfit = ["00" * codec.size, "80" * codec.size, "ff" * codec.size], ["00" * (codec.size + 1), "", "zz", 5, None]
    else:
        lowest, highest = codec.limits
        near = [value + step for value in [0] + [1 << bits for bits in range(codec.limits[1].bit_length())] for step in (-1, 0, 1)]
        edges = sorted({lowest, highest} | {value for value in near if lowest <= value <= highest})
        unfit = [lowest - 1, highest + 1, None, "x", [1]]
    for value in edges:
        data = template.render({"value": value})
        assert codec.size is None or len(data) == codec.size
        read = template.match(data, final=True)
        assert (read.status, read.end, read.values) == (COMPLETE, len(data), {"value": value})
    for value in unfit:
        with pytest.raises(TemplateError, match="value does not fit its field"):
            template.render({"value": value})


@pytest.mark.parametrize("text, ignore_case, wire, name", [
    (r"\x02{name:text}\x03\r\n", False, b"\x02\x03\r\n", ""),
    (r"{name:text}\x03\r\n", False, b"x\x03\r\n", "x"),
    (r"{name:text} END\r", True, b"Ab end\r", "Ab"),
    (r"{name:text} END\r", True, b" e En END\r", " e En"),
])
def test_a_text_whose_terminator_comes_in_pieces(text, ignore_case, wire, name):
    template = Template(text, "text", ignore_case=ignore_case)
    assert [template.match(wire[:end]).status for end in range(len(wire))] == [MORE] * len(wire)
    assert template.match(wire).values == {"name": name}


@pytest.mark.parametrize("wire", [b"x\x02", b"x\x03\x03", b"x\x03\ry"])
def test_what_cannot_become_the_terminator_of_a_text_is_wrong_at_once(wire):
    assert Template(r"{name:text}\x03\r\n", "text").match(wire).status == WRONG


@pytest.mark.parametrize("value", ["maybe", 1, None, ["on"]])
def test_a_word_that_is_not_one_of_them_is_refused(value):
    with pytest.raises(TemplateError, match="state does not fit its field"):
        Template("{state:word}", words={"on": "Active", "off": "InActive"}).render({"state": value})


def test_a_frame_that_says_more_than_its_payload_is_wrong():
    frame = Template("55", frame="AA {length:u8} {payload} {:sum8}")
    assert frame.match(b"\xaa\x01\x55\x00").status == COMPLETE
    assert frame.match(b"\xaa\x02\x55\x01").status == WRONG
    assert frame.match(b"\xaa\x00\x55\xff").status == WRONG


def test_a_device_that_repeats_a_request_again_and_again_takes_no_time():
    """KMTronic boards may repeat requests; here one does nothing else."""
    message, request = load(resolve("kmtronic_8")).relays.on, b"\xff\x01\x01"
    began = time.process_time()
    for behind, kind in ((b"", "more"), (b"\xff\x07", "wrong")):
        assert message.read(request * 5000 + behind, {}, request).kind == kind
    assert time.process_time() - began < 2

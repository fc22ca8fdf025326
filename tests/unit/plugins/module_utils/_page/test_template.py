# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One exchange of each family of devices, its bytes written out as they stand in the protocol documents."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import PATTERNS, TYPES, codec_for
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import COMPLETE, MORE, WRONG, Template, TemplateError, shown

API = "AA {length:u8} {payload} {:sum8}"
MODBUS_TCP = "{transaction:u16} 00 00 {length+1:u16} 01 {payload}"
RTU = "{payload} {:crc16}"
LG = {"c1": "k", "c2": "a"}
TEXT = {"notation": "text"}

# what it is, template, its settings, values, the bytes
EXCHANGES = [
    ("ETH: relay 2 on", "20 {relay:u8} 00", {}, {"relay": 2}, b"\x20\x02\x00"),
    ("ETH: pulse of 20 s on relay 4", "20 {relay:u8} {seconds*10:u8}", {}, {"relay": 4, "seconds": 20.0}, b"\x20\x04\xc8"),
    ("ETH: relay 1 and 3 are on", "{relays:bits8}", {}, {"relays": 0b101}, b"\x05"),
    ("ETH8020: relay 20 is on", "{relays:bits24}", {}, {"relays": 1 << 19}, b"\x00\x00\x08"),
    ("ETH: 11.9 V", "{volts*10:u8}", {}, {"volts": 11.9}, b"\x77"),
    ("ETH: MAC", "{mac:bytes6}", {}, {"mac": "0004a3123456"}, b"\x00\x04\xa3\x12\x34\x56"),
    ("ETH8020: analogue 512", "{value:u16}", {}, {"value": 512}, b"\x02\x00"),
    ("dS binary: relay 3 on for 2 s", "31 {relay:u8} 01 {seconds*1000:u32}", {}, {"relay": 3, "seconds": 2.0}, b"\x31\x03\x01\x00\x00\x07\xd0"),
    ("dS binary: relay 1 is on", "{state:u8} {relays:bits32be}", {}, {"state": 1, "relays": 1}, b"\x01\x00\x00\x00\x01"),
    ("dS binary: info with -1.5 degrees", "{id:u8} {:bytes4} {volts*10:u8} {celsius*10:i16}", {},
     {"id": 34, "volts": 12.0, "celsius": -1.5}, b"\x22\x00\x00\x00\x00\x78\xff\xf1"),
    ("dS ASCII: relay 3 on", r"SR {relay:d} on\r\n", TEXT, {"relay": 3}, b"SR 3 on\r\n"),
    ("dS ASCII: state", r"{state:word}\r\n", {"notation": "text", "words": {"on": "Active", "off": "InActive"}},
     {"state": "off"}, b"InActive\r\n"),
    ("ProXR: relay 1 of bank 1 on", "FE {bit+108:u8} {bank:u8}", {}, {"bit": 0, "bank": 1}, b"\xfe\x6c\x01"),
    ("ProXR: relay 8 of bank 2 off", "FE {bit+100:u8} {bank:u8}", {}, {"bit": 7, "bank": 2}, b"\xfe\x6b\x02"),
    ("ProXR API: relay 1 of bank 1 on", "FE {bit+108:u8} {bank:u8}", {"frame": API}, {"bit": 0, "bank": 1}, b"\xaa\x03\xfe\x6c\x01\x18"),
    ("ProXR API: acknowledge", "55", {"frame": API}, {}, b"\xaa\x01\x55\x00"),
    ("ProXR API: nothing is on in bank 1", "{relays:bits8}", {"frame": API}, {"relays": 0}, b"\xaa\x01\x00\xab"),
    ("ProXR API: two-way test", "FE 21", {"frame": API}, {}, b"\xaa\x02\xfe\x21\xcb"),
    ("LG: power on", r"{c1}{c2} {set_id:x2} {value:x2}\r", {"notation": "text", "inserts": LG}, {"set_id": 1, "value": 1}, b"ka 01 01\r"),
    ("LG: acknowledge", r"{c2} {set_id:x2} OK{value:x2}x", {"notation": "text", "inserts": LG}, {"set_id": 1, "value": 1}, b"a 01 OK01x"),
    ("LG: set ID 99", r"ka {set_id:x2} ff\r", TEXT, {"set_id": 99}, b"ka 63 ff\r"),
    ("ESC/CR: command", r"\x1b{command:text}\r", TEXT, {"command": "STATUS"}, b"\x1bSTATUS\x0d"),
    ("ESC/CR: reply to NUL", r"{reply:text}\0", TEXT, {"reply": "READY"}, b"READY\x00"),
    ("KinCony: relay 1 on", "RELAY-SET-255,{relay:d},1", TEXT, {"relay": 1}, b"RELAY-SET-255,1,1"),
    ("KinCony: acknowledge", "RELAY-SET-255,{relay:d},1,OK", TEXT, {"relay": 1}, b"RELAY-SET-255,1,1,OK"),
    ("Waveshare Modbus TCP: relay 1 on", "05 {index:u16} FF 00", {"frame": MODBUS_TCP}, {"transaction": 1, "index": 0},
     b"\x00\x01\x00\x00\x00\x06\x01\x05\x00\x00\xff\x00"),
    ("Waveshare RTU: relay 1 on", "01 05 {index:u16} FF 00", {"frame": RTU}, {"index": 0}, b"\x01\x05\x00\x00\xff\x00\x8c\x3a"),
    ("Numato: relay 10 is A", r"relay on {index:X1}\r", TEXT, {"index": 10}, b"relay on A\r"),
    ("HHC: relay 1 is rightmost", "relay{relays:tbits8r}", TEXT, {"relays": 1}, b"relay00000001"),
    ("Denkovi: relay 1 is the top bit", "{relays:bits16msb}", {}, {"relays": 1}, b"\x80\x00"),
    ("Korad: 5 V", "VSET1:{value:f2z5}", TEXT, {"value": 5}, b"VSET1:05.00"),
    ("Korad: the output is bit 6", "{relays:bits8@6}", {}, {"relays": 1}, b"\x40"),
    ("SainSmart 8: relay 1 on", "FD 02 20 {relay:u8} 01 5D", {}, {"relay": 1}, b"\xfd\x02\x20\x01\x01\x5d"),
    ("SainSmart 16: relay 1 on", "58 01 12 00 00 00 {relay:u8} {:sum8}", {}, {"relay": 1}, b"\x58\x01\x12\x00\x00\x00\x01\x6c"),
    ("LC Tech: relay 1 on", "A0 {relay:u8} 01 {:sum8}", {}, {"relay": 1}, b"\xa0\x01\x01\xa2"),
    ("LC Tech: relay 1 off", "A0 {relay:u8} 00 {:sum8}", {}, {"relay": 1}, b"\xa0\x01\x00\xa1"),
    ("USR-R16: relay 1 on", "55 AA 00 03 00 02 {relay:u8} {:sum8@2}", {}, {"relay": 1}, b"\x55\xaa\x00\x03\x00\x02\x01\x06"),
    ("USR-R16: reply", "AA 55 00 04 00 81 {relays:bits16} {:sum8@2}", {}, {"relays": 8}, b"\xaa\x55\x00\x04\x00\x81\x08\x00\x8d"),
    ("NEC display: is it on?", r"\x010{monitor+64:u8}0A06\x0201D6\x03{:xor8@1}\r", TEXT, {"monitor": 1}, b"\x010A0A06\x0201D6\x03\x74\r"),
    ("NEC display: volume 30", r"\x010{monitor+64:u8}0E0A\x020062{volume:X4}\x03{:xor8@1}\r", TEXT, {"monitor": 1, "volume": 30},
     b"\x010A0E0A\x020062001E\x03\x04\r"),
    ("Philips SICP: off", "06 {monitor:u8} 00 18 {power:u8} {:xor8}", {}, {"monitor": 1, "power": 1}, b"\x06\x01\x00\x18\x01\x1e"),
    ("Philips SICP: in a frame", "18 02", {"frame": "{length+4:u8} 01 00 {payload} {:xor8}"}, {}, b"\x06\x01\x00\x18\x02\x1d"),
    ("iiyama: power?", "A6 01 00 00 00 03 01 19 {:xor8}", {}, {}, b"\xa6\x01\x00\x00\x00\x03\x01\x19\xbc"),
    ("Sony VPL: off", "A9 17 2F 00 {power:u16} {:or8@1} 9A", {}, {"power": 0}, b"\xa9\x17\x2f\x00\x00\x00\x3f\x9a"),
    ("Quido: output 1 on", "20 {output+128:u8}", {"frame": "2A 61 {length+4:u16} 01 02 {payload} {:not8} 0D"}, {"output": 1},
     b"\x2a\x61\x00\x06\x01\x02\x20\x81\xca\x0d"),
    ("Quido: refused", "{code:u8}", {"frame": "2A 61 {length+4:u16} 01 02 {payload} {:not8} 0D"}, {"code": 3}, b"\x2a\x61\x00\x05\x01\x02\x03\x69\x0d"),
    ("K8090: relays 1 and 3 on", "04 11 {relays:bits8} 00 00 {:neg8} 0F", {}, {"relays": 5}, b"\x04\x11\x05\x00\x00\xe6\x0f"),
    ("K8090: status", "04 51 {was:bits8} {relays:bits8} {timers:bits8} {:neg8} 0F", {}, {"was": 1, "relays": 5, "timers": 128},
     b"\x04\x51\x01\x05\x80\x25\x0f"),
    ("DCON: status", r"${unit:X2}6{:sum8X}\r", TEXT, {"unit": 1}, b"$016BB\r"),
    ("PI30: protocol", r"QPI{:crc16x}\r", TEXT, {}, b"QPI\xbe\xac\r"),
    ("PI30: protocol is 30", r"(PI{protocol:d2}{:crc16x}\r", TEXT, {"protocol": 30}, b"(PI30\x9a\x0b\r"),
    ("PI30: a byte of the check that would be LF is one more", r"POP{source:d2}{:crc16x}\r", TEXT, {"source": 2}, b"POP02\xe2\x0b\r"),
    ("KMTronic: relay 2 on", "FF {relay:u8} 01", {}, {"relay": 2}, b"\xff\x02\x01"),
    ("Zebra: text between STX and ETX", r"\x02{line:text}\x03\r\n", TEXT, {"line": "030,0,0"}, b"\x02030,0,0\x03\r\n"),
]


@pytest.mark.parametrize("what, text, settings, values, data", EXCHANGES, ids=[row[0] for row in EXCHANGES])
def test_exchange(what, text, settings, values, data):
    template = Template(text, **settings)
    assert template.render(values) == data

    whole = template.match(data)
    assert (whole.status, whole.end) == (COMPLETE, len(data)) or template.open_ended
    read = template.match(data, final=True)
    assert read.status == COMPLETE and read.end == len(data)
    assert {name: read.values[name] for name in values} == values

    for end in range(len(data)):
        assert template.match(data[:end]).status == MORE, f"cut after {end} bytes: {shown(data[:end])}"
    if not template.open_ended:
        assert template.match(data + b"\x00").end == len(data)


def test_a_known_value_is_compared_after_decoding():
    reply = Template("a {set_id:x2} OK{power:x2}x", "text")
    assert reply.match(b"a 0a OK01x", {"set_id": 10}).status == COMPLETE
    assert reply.match(b"a 0A OK01x", {"set_id": 10}).status == COMPLETE
    assert reply.match(b"a 0b OK01x", {"set_id": 10}).status == WRONG


def test_a_wrong_checksum_is_wrong_and_not_more():
    assert Template("55", frame=API).match(b"\xaa\x01\x55\x01").status == WRONG
    assert Template("01 05 {index:u16} FF 00", frame=RTU).match(b"\x01\x05\x00\x00\xff\x00\x8c\x3b").status == WRONG


@pytest.mark.parametrize("kind", ["sum8", "not8", "neg8", "xor8", "or8", "crc16", "crc16x"])
def test_each_check_differs_from_the_others(kind):
    others = [Template(f"A6 01 10 03 {{:{other}}}") for other in ("sum8", "not8", "neg8", "xor8", "or8") if other != kind]
    wire = Template(f"A6 01 10 03 {{:{kind}}}").render({})
    assert all(other.match(wire[:5]).status == WRONG for other in others)


def test_a_check_in_hex_is_the_same_in_lower_case():
    template = Template(r"$01{command:d1}{:sum8X}\r", "text")
    assert template.match(b"$016bb\r").values == {"command": 6}
    assert template.match(b"$016bc\r").status == WRONG
    assert template.match(b"$016b").status == MORE


@settings(max_examples=50)
@given(text=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=8), kind=st.sampled_from(
    [f"{kind}{form}{start}" for kind in ("sum8", "not8", "neg8", "xor8", "or8") for form in ("", "X") for start in ("", "@1")] + ["crc16", "crc16x@1"]))
def test_every_check_is_read_as_it_is_sent(text, kind):
    template = Template("{text:text}", "text", frame=f"{{length:X2}}{{payload}}{{:{kind}}}")
    wire = template.render({"text": text})
    read = template.match(wire)
    assert (read.status, read.end, read.values["text"]) == (COMPLETE, len(wire), text)
    assert all(template.match(wire[:end]).status == MORE for end in range(len(wire)))
    assert template.match(wire[:-1] + bytes([wire[-1] ^ 1])).status == WRONG


def test_a_length_that_does_not_fit_the_payload_is_wrong():
    assert Template("55", frame=API).match(b"\xaa\x02\x55\x00\x01").status == WRONG


def test_a_length_that_is_no_whole_number_is_wrong():
    frame = Template("55", frame="{length*2:u8} {payload}")
    assert frame.render({}) == b"\x02\x55"
    assert frame.match(b"\x02\x55").status == COMPLETE
    assert frame.match(b"\x03\x55\x55").status == WRONG


def test_a_nul_before_a_field_of_digits():
    assert Template(r"\0{number:d2}", "text").render({"number": 15}) == b"\x0015"


def test_bytes_above_7f_are_bytes():
    every = bytes(range(256))
    template = Template("{data:any}")
    assert template.render({"data": every.decode("latin-1")}) == every
    assert template.match(every, final=True).values["data"].encode("latin-1") == every


def test_the_bits_below_a_map_are_anything():
    for byte in (b"\x41", b"\x7f", b"\x40"):
        assert Template("{relays:bits8@6}").match(byte).values == {"relays": 1}
    with pytest.raises(ValueError, match="none from bit 8 on; expected 7 at most"):
        Template("{relays:bits8@8}")


@pytest.mark.parametrize("seconds, words", [(26, "limits 0 to 25.5"), (25.6, "limits 0 to 25.5"), (-1, "limits 0 to 25.5"), (0.25, "multiple of 0.1")])
def test_a_value_that_does_not_fit_is_refused(seconds, words):
    with pytest.raises(TemplateError, match=words):
        Template("20 04 {seconds*10:u8}").render({"seconds": seconds})


@pytest.mark.parametrize("text, notation, words", [
    ("20 {relay:u9} 00", "hex", "'u9' in .* is not a type"),
    ("20 {relay} 00", "hex", "is not a field"),
    ("2 0 zz", "hex", "is not hex pairs"),
    ("{number:d}{name:text}x", "text", "variable length"),
    ("{number:d}1x", "text", "a digit may follow 'number'"),
    ("{name:text}{number:u8}", "text", "has no end"),
    ("a } b", "text", "a brace"),
    ("price \u20ac", "text", r"above U\+00FF"),
    (r"\q", "text", "is not an escape"),
    (r"\015", "text", r"'.015' is not an escape"),
    (r"\00", "text", r"'.00' is not an escape"),
    ("{length:u8} 55", "hex", "length. stands in a frame alone"),
    ("{payload}", "hex", "payload. stands in a frame alone"),
    ("{transaction:u8}", "hex", "does not take every number from 1 to 65534"),
    ("{transaction:text}", "hex", "does not take every number"),
    (24, "hex", "24 is a number, not a template; write it in quotes"),
    ("20", "octal", "expected hex or text"),
])
def test_a_wrong_template_is_refused_with_words(text, notation, words):
    with pytest.raises(TemplateError, match=words):
        Template(text, notation)


def test_a_secret_is_masked_where_it_is_shown():
    template = Template("79 {password:any}")
    assert template.render({"password": "hunter2"}) == b"\x79hunter2"
    assert template.show({"password": "hunter2"}) == "79 ********"
    with pytest.raises(TemplateError) as refused:
        template.render({"password": "\u20acuro"})
    assert "uro" not in str(refused.value)


@pytest.mark.parametrize("name", TYPES)
def test_each_type_that_is_told_is_one(name):
    assert codec_for(name, {"off": "OFF"}, False) is not None


def test_of_each_kind_of_type_one_is_told():
    assert all(any(re.fullmatch(pattern, name) for name in TYPES) for pattern, dummy in PATTERNS)


def test_minutes_on_the_wire_are_seconds_in_tasks():
    template = Template("{runtime/60:f};", "text")
    assert template.match(b"20.5;").values == {"runtime": 1230} and template.match(b"0.7;").values == {"runtime": 42}
    assert template.render({"runtime": 1230}) == b"20.5;"
    whole = Template("{runtime/60:d4}:", "text")
    assert whole.match(b"0327:").values == {"runtime": 19620} and whole.render({"runtime": 19620}) == b"0327:"
    assert whole.fields[0].limits() == (0, 599940) and whole.fields[0].step == 60
    with pytest.raises(TemplateError, match="runtime 90 is not a multiple of 60"):
        whole.render({"runtime": 90})
    assert Template("{runtime/60+5:u8}").render({"runtime": 120}) == b"\x07"


def test_a_text_goes_on_while_the_fields_behind_it_come():
    template = Template("({name:text}{:crc16x}\\r", "text")
    data = b"(9293333010501\xbb\x07\r"
    assert [template.match(data[:length]).status for length in range(len(data))] == [MORE] * len(data)
    assert template.match(data).values == {"name": "9293333010501"}
    assert template.match(b"(92\x07\x07\x07").status == WRONG and template.match(b"(92\x07\xbb\x07\r").status == WRONG

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of relay and I/O boards that came later, both ways, against bytes that manuals, public code and its tests have."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info, relay
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import (
    Conversation, bear, both_ways, bytewise, octets, profile_of, reads, switches, tells)

MODELS = ("sr201", "sr201_8", "quido", "dcon", "brainboxes", "brainboxes_bb400", "k8090", "conrad_8", "ipx800", "barionet", "comm5", "denkovi_wifi16")
MODBUS = ("modbus_coils", "moxa_e1200", "adam_6050", "wago_750", "denkovi_ip16", "controlbyweb", "beckhoff_bc9000", "brainboxes_modbus")
KNOWN = {"transaction": 1, "unit": 1, "address": 1, "card": 1}

# page, message, relay, request, reply; the fact sheet of relay and I/O boards, 3.1 to 3.9
SWITCHING = [
    ("sr201", "on", 1, b"11", b"100000"),
    ("sr201", "off", 1, b"21", b"000000"),
    ("sr201", "on", 6, b"16", b"000001"),
    ("sr201_8", "on", 1, b"11", b"10000000"),
    ("sr201_8", "off", 8, b"28", b"00000000"),
    ("quido", "on", 1, "2A6100060102 2081 CA0D", "2A6100050102 00 6C0D"),
    ("quido", "off", 1, "2A6100060102 2001 4A0D", "2A6100050102 00 6C0D"),
    ("dcon", "on", 3, b"#011201\r", b">\r"),
    ("dcon", "off", 3, b"#011200\r", b">\r"),
    ("brainboxes", "on", 3, b"#011201\r", b">\r"),
    ("brainboxes", "off", 1, b"#011000\r", b">\r"),
    ("brainboxes_bb400", "on", 3, b"#011200\r", b">\r"),
    ("brainboxes_bb400", "off", 3, b"#011201\r", b">\r"),
    ("k8090", "on", 1, "0411010000EA0F", "0451000100AA0F"),
    ("k8090", "off", 1, "0412010000E90F", "0451000000AB0F"),
    ("conrad_8", "on", 1, "06010106", "F90101F9"),
    ("conrad_8", "off", 1, "07010107", "F80100F9"),
    ("ipx800", "on", 2, b"Set021", b""),
    ("ipx800", "off", 2, b"Set020", b""),
    ("ipx800", "on", 32, b"Set321", b""),
    ("barionet", "on", 1, b"setio,1,1\r", b""),
    ("barionet", "off", 4, b"setio,4,0\r", b""),
    ("comm5", "on", 1, b"SET 1\n", b"210 OK\r\n"),
    ("comm5", "off", 1, b"RESET 1\n", b"210 OK\r\n"),
    ("denkovi_wifi16", "on", 1, b"01+//", b""),
    ("denkovi_wifi16", "off", 1, b"01-//", b""),
    ("denkovi_wifi16", "on", 16, b"16+//", b""),
    ("rflink", "on", 1, b"10;NewKaku;00c142;1;ON;\n", b"20;00;OK;\r\n"),
    ("rflink", "off", 1, b"10;NewKaku;00c142;1;OFF;\n", b"20;00;OK;\r\n"),
    ("modbus_coils", "on", 1, "000100000006 01 050000FF00", "000100000006 01 050000FF00"),
    ("modbus_coils", "off", 8, "000100000006 01 0500070000", "000100000006 01 0500070000"),
    ("moxa_e1200", "on", 6, "000100000006 01 050005FF00", "000100000006 01 050005FF00"),
    ("adam_6050", "on", 1, "000100000006 01 050010FF00", "000100000006 01 050010FF00"),
    ("adam_6050", "off", 6, "000100000006 01 0500150000", "000100000006 01 0500150000"),
    ("wago_750", "on", 1, "000100000006 01 050000FF00", "000100000006 01 050000FF00"),
    ("wago_750", "off", 8, "000100000006 01 0500070000", "000100000006 01 0500070000"),
    ("denkovi_ip16", "on", 16, "000100000006 01 05000FFF00", "000100000006 01 05000FFF00"),
    ("controlbyweb", "on", 1, "000100000006 01 050000FF00", "000100000006 01 050000FF00"),
    ("controlbyweb", "off", 1, "000100000006 01 0500000000", "000100000006 01 0500000000"),
    ("beckhoff_bc9000", "on", 1, "000100000006 01 050000FF00", "000100000006 01 050000FF00"),
    ("brainboxes_modbus", "on", 8, "000100000006 01 050007FF00", "000100000006 01 050007FF00"),
]

# page, relay, relays that are on, request, reply, relays that the reply speaks of
READING = [
    ("sr201", 1, [], b"00", b"000000", range(1, 7)),
    ("sr201", 3, [1, 5], b"00", b"100010", range(1, 7)),
    ("sr201_8", 8, [1, 8], b"00", b"10000001", range(1, 9)),
    ("quido", 1, [1], "2A6100050102 30 3C0D", "2A6100060102 0001 6A0D", range(1, 9)),
    ("dcon", 2, [1, 8], b"$016\r", b"!810000\r", range(1, 9)),
    ("brainboxes", 2, [1, 2], b"@01\r", b">0300\r", range(1, 9)),
    ("brainboxes_bb400", 2, [1, 2, 3, 4, 5, 6, 7, 8], b"@01\r", b">0000\r", range(1, 9)),
    ("brainboxes_bb400", 2, [], b"@01\r", b">FF00\r", range(1, 9)),
    ("brainboxes_bb400", 2, [2], b"@01\r", b">FD00\r", range(1, 9)),
    ("k8090", 3, [1, 3, 5], "0418000000E40F", "0451001500960F", range(1, 9)),
    ("conrad_8", 2, [1, 3], "02010003", "FD0105F9", range(1, 9)),
    ("ipx800", 2, [2, 3, 6], b"GetOutputs", b"01100100000000000000000000000000\r\n", range(1, 33)),
    ("barionet", 1, [1], b"getio,1\r", b"state,1,1\r", [1]),
    ("barionet", 2, [1], b"getio,2\r", b"state,2,0\r", [2]),
    ("comm5", 1, [1, 3], b"OUTPUTS\n", b"211 0005\r\n", range(1, 9)),
    ("denkovi_wifi16", 1, [1, 16], b"ask//", b"\x80\x01", range(1, 17)),
    ("denkovi_wifi16", 1, [8, 9], b"ask//", b"\x01\x80", range(1, 17)),
    ("modbus_coils", 1, [1, 3], "000100000006 0101 00000008", "000100000004 0101 0105", range(1, 9)),
    ("moxa_e1200", 1, [1, 6], "000100000006 0101 00000006", "000100000004 0101 0121", range(1, 7)),
    ("adam_6050", 1, [1, 3], "000100000006 0101 00100006", "000100000004 0101 0105", range(1, 7)),
    ("wago_750", 1, [1, 8], "000100000006 0101 02000008", "000100000004 0101 0181", range(1, 9)),
    ("denkovi_ip16", 1, [1, 9], "000100000006 0101 00000010", "000100000005 0101 020101", range(1, 17)),
    ("denkovi_ip16", 1, [8, 16], "000100000006 0101 00000010", "000100000005 0101 028080", range(1, 17)),
    ("controlbyweb", 1, [1], "000100000006 0101 00000001", "000100000004 0101 0101", [1]),
    ("beckhoff_bc9000", 1, [2], "000100000006 0101 00000008", "000100000004 0101 0102", range(1, 9)),
    ("brainboxes_modbus", 1, [8], "000100000006 0101 00000008", "000100000004 0101 0180", range(1, 9)),
]

# page, message, seconds, request
PULSES = [
    ("sr201", "pulse", 1, 3, b"11:3"),
    ("sr201", "pulse", 2, 10, b"12:10"),
    ("quido", "pulse", 1, 5, "2A6100070102 230A81 BC0D"),
    ("quido", "pulse_off", 1, 5, "2A6100070102 230A01 3C0D"),
    ("k8090", "pulse", 1, 5, "0441010005B50F"),
    ("barionet", "pulse", 1, 6, b"setio,1,60\r"),
    ("controlbyweb", "pulse", 1, 10, "00010000000B 01 10 0010 0002 04 00004120"),
    ("controlbyweb", "pulse", 1, 0.5, "00010000000B 01 10 0010 0002 04 00003F00"),
]

# page, what is asked for, what answers, what it tells
TOLD = [
    ("quido", "identify", "2A6100050102 F3 790D", b"\x2a\x61\x00\x1b\x01\x02\x00Quido 8/8; v0254.02.07\xd4\r", {"name": "Quido 8/8; v0254.02.07"}),
    ("quido", "temperature", "2A6100060102 5101 190D", "2A6100080102 000100F5 730D", {"temperature": 24.5}),
    ("quido", "temperature", "2A6100060102 5101 190D", "2A6100080102 0001FFF6 730D", {"temperature": -1.0}),
    ("dcon", "identify", b"$01M\r", b"!017050\r", {"model": "7050"}),
    ("dcon", "firmware", b"$01F\r", b"!011.0.10\r", {"firmware": "1.0.10"}),
    ("brainboxes", "identify", b"$01M\r", b"!01BB-400\r", {"model": "BB-400"}),
    ("rflink", "firmware", b"10;VERSION;\n", b"20;3C;VER=1.1;REV=37;BUILD=01;\r\n", {"firmware": "1.1", "revision": "37", "build": "01"}),
    ("otgw", "identify", b"PR=A\r\n", b"PR: A=OpenTherm Gateway 4.2.5\r\n", {"name": "OpenTherm Gateway 4.2.5"}),
    ("k8090", "firmware", "04710000008B0F", "0471FF0A01810F", {"firmware_year": 2010, "firmware_week": 1}),
    ("k8090", "jumper", "04700000008C0F", "04700001008B0F", {"jumper": 1}),
]

# page, request for inputs, reply, the inputs that are active
INPUTS = [
    ("quido", "2A6100050102 31 3B0D", "2A6100060102 0001 6A0D", [1]),
    ("dcon", b"$016\r", b"!0081 00\r".replace(b" ", b""), [1, 8]),
    ("brainboxes", b"@01\r", b">0081\r", [1, 8]),
    ("ipx800", b"GetInputs", b"10000000000000000000000000000001\r\n", [1, 32]),
    ("comm5", b"QUERY\n", b"210 0081\r\n", [1, 8]),
    ("moxa_e1200", "000100000006 0102 00000006", "000100000004 0102 0121", [1, 6]),
    ("adam_6050", "000100000006 0102 0000000C", "000100000005 0102 020F08", [1, 2, 3, 4, 12]),
    ("wago_750", "000100000006 0102 00000008", "000100000004 0102 0181", [1, 8]),
    ("controlbyweb", "000100000006 0102 00000001", "000100000004 0102 0101", [1]),
    ("beckhoff_bc9000", "000100000006 0102 00000008", "000100000004 0102 0102", [2]),
    ("brainboxes_modbus", "000100000006 0102 00000008", "000100000004 0102 0140", [7]),
]

# page, message, what answers, what that is
VERDICTS = [
    ("quido", "on", "2A6100050102 03 690D", ("refused", 3)),
    ("quido", "on", "2A6100050102 04 680D", ("refused", 4)),
    ("quido", "on", "2A6100050102 00 6D0D", ("wrong", None)),  # the sum
    ("quido", "on", "2A6100050202 00 6B0D", ("wrong", None)),  # another module's
    ("quido", "on", "2A6100050103 00 6B0D", ("wrong", None)),  # another signature
    ("dcon", "on", b"?01\r", ("refused", None)),
    ("dcon", "on", b"?\r", ("refused", None)),
    ("dcon", "on", b"!\r", ("refused", None)),  # the host watchdog ran out
    ("dcon", "read", b"?01\r", ("refused", None)),
    ("dcon", "read", b"!010005\r", ("wrong", None)),
    ("brainboxes", "read", b"?01\r", ("refused", None)),
    ("k8090", "on", "0451010580250F", ("reply", None)),
    ("k8090", "off", "04510100802A0F", ("reply", None)),
    ("k8090", "read", "0451011580150F", ("reply", None)),
    ("k8090", "read", "0451011580160F", ("wrong", None)),
    ("conrad_8", "on", "F90105FD", ("reply", None)),
    ("conrad_8", "on", "F90105FC", ("wrong", None)),
    ("conrad_8", "read", "F90105FD", ("wrong", None)),
    ("sr201", "on", b"100000", ("reply", None)),
    ("sr201", "read", b"1000", ("more", None)),
    ("sr201", "read", b"20000", ("wrong", None)),
    ("ipx800", "read", b"GetOutputs=01100100000000000000000000000000\r\n", ("reply", None)),
    ("ipx800", "read", b"0110010000000000000000000000000\r\n", ("wrong", None)),  # one less
    ("barionet", "read", b"statechange,1,0\r", ("reply", None)),
    ("barionet", "read", b"statechange,2,1\r", ("more", None)),
    ("barionet", "read", b"statechange,2,1\rstate,1,0\r", ("reply", None)),
    ("barionet", "read", b"cmderr\r", ("refused", None)),
    ("comm5", "read", b"211 05\n", ("reply", None)),
    ("comm5", "read", b"211 05\r\n", ("reply", None)),
    ("comm5", "read", b"211 000A\n", ("reply", None)),
    ("comm5", "read", b"210 0005\n", ("wrong", None)),
    ("comm5", "on", b"210 OK\n", ("reply", None)),
    ("comm5", "on", b"210 0005\n", ("wrong", None)),
    ("denkovi_wifi16", "read", b"\x80", ("more", None)),
    ("rflink", "on", b"20;D3;OK;\r\n", ("reply", None)),
    ("rflink", "on", b"20;D4;CMD UNKNOWN;\r\n", ("wrong", None)),
    ("rflink", "on", b"20;08;NewKaku;ID=31c42a;SWITCH=2;CMD=OFF;\r\n20;D3;OK;\r\n", ("reply", None)),
    ("rflink", "on", b"20;08;NewKaku;ID=31c42a;SWITCH=2;CMD=OFF;\r\n", ("more", None)),
    ("rflink", "on", b"20;00;Nodo RadioFrequencyLink - RFLink Gateway V1.1 - R46;\r\n20;01;OK;\r\n", ("reply", None)),
    ("modbus_coils", "on", "000100000003 01 8502", ("refused", 2)),
    ("modbus_coils", "on", "000100000003 01 8505", ("reply", None)),  # it takes long
    ("modbus_coils", "on", "000100000003 01 8506", ("busy", None)),
    ("modbus_coils", "on", "000100000003 01 850B", ("refused", 11)),
    ("modbus_coils", "on", "000100000006 01 0500000000", ("wrong", None)),
    ("modbus_coils", "on", "000200000006 01 050000FF00", ("wrong", None)),  # another exchange's
    ("modbus_coils", "read", "000100000003 01 8102", ("refused", 2)),
    ("modbus_coils", "read", "000100000005 01 01020500", ("wrong", None)),
    ("controlbyweb", "pulse", "000100000006 01 1000100002", ("reply", None)),
    ("controlbyweb", "pulse", "000100000003 01 9003", ("refused", 3)),
    ("adam_6050", "off", "000100000003 01 8503", ("refused", 3)),
]

# page, what else programs say, what is answered, relays that are on then; relay 2 was on before
HEARD = [
    ("sr201", b"0R", b"010000", [2]),
    ("sr201", b"1X", b"111111", [1, 2, 3, 4, 5, 6]),
    ("sr201", b"2X", b"000000", []),
    ("sr201_8", b"1X", b"11111111", [1, 2, 3, 4, 5, 6, 7, 8]),
    ("dcon", b"#01A001\r", b">\r", [1, 2]),
    ("dcon", b"#01A201\r", b">\r", [2, 3]),
    ("dcon", b"@0105\r", b">\r", [1, 3]),
    ("dcon", b"@01FF\r", b">\r", [1, 2, 3, 4, 5, 6, 7, 8]),
    ("dcon", b"#0100FF\r", b">\r", [1, 2, 3, 4, 5, 6, 7, 8]),
    ("brainboxes_bb400", b"#0100FF\r", b">\r", []),
    ("brainboxes_bb400", b"#010000\r", b">\r", [1, 2, 3, 4, 5, 6, 7, 8]),
    ("k8090", b"\x04\x11\x05\x00\x00\xe6\x0f", b"\x04\x51\x00\x07\x00\xa4\x0f", [1, 2, 3]),
    ("k8090", b"\x04\x12\xff\x00\x00\xeb\x0f", b"\x04\x51\x00\x00\x00\xab\x0f", []),
    ("conrad_8", b"\x03\x01\x05\x07", b"\xfc\x01\x05\xf8", [1, 3]),
    ("ipx800", b"GetOut2", b"1\r\n", [2]),
    ("ipx800", b"GetOut3", b"0\r\n", [2]),
    ("ipx800", b"Bit=10000000000000000000000000000001", b"", [1, 32]),
]

# page, a request for a relay that there is not, or in another's name, what is answered
STRANGERS = [
    ("sr201", b"17", b""),
    ("quido", b"\x2a\x61\x00\x06\x01\x02\x20\x89\xc2\r", b"\x2a\x61\x00\x05\x01\x02\x03\x69\r"),
    ("quido", b"\x2a\x61\x00\x06\x02\x02\x20\x81\xc9\r", b""),  # for another module
    ("dcon", b"#011801\r", b"?01\r"),
    ("dcon", b"#021201\r", b""),
    ("dcon", b"#01\r", b""),
    ("conrad_8", b"\x06\x02\x01\x05", b""),
    ("k8090", b"\x04\x11\x01\x00\x00\xeb\x0f", b""),  # the sum
    ("ipx800", b"Set331", b""),
    ("barionet", b"setio,5,1\r", b""),
    ("barionet", b"getio,99\r", b"cmderr\r"),
    ("barionet", b"setio,1,999\r", b""),  # would turn it over
    ("comm5", b"SET 9\n", b""),
    ("denkovi_wifi16", b"17+//", b""),
    ("denkovi_wifi16", b"00+//", b""),
    ("modbus_coils", b"\x00\x01\x00\x00\x00\x06\x01\x05\x00\x08\xff\x00", b"\x00\x01\x00\x00\x00\x03\x01\x85\x02"),
    ("adam_6050", b"\x00\x01\x00\x00\x00\x06\x01\x05\x00\x16\xff\x00", b"\x00\x01\x00\x00\x00\x03\x01\x85\x02"),
    ("wago_750", b"\x00\x01\x00\x00\x00\x06\x02\x05\x00\x01\xff\x00", b""),  # for another unit
]

UNASKED = [
    ("quido", b"\x2a\x61\x00\x06\x01\x02\x0d\x01\x5d\r"),
    ("quido", b"\x2a\x61\x00\x08\x01\x02\x0e\x01\x00\xf5\x65\r"),
    ("k8090", b"\x04\x50\x01\x01\x00\xaa\x0f"),
    ("ipx800", b"I=00000000000000000000000000000000&O=01100100000000000000000000000000&A0=0&A1=0&C1=0\r\n"),
    ("barionet", b"statechange,201,1\r"),
]


def known_to(model):
    """What a board of this page is asked with; its unit is 1 where it has one."""
    return {**KNOWN, **profile_of(model).unit_values(None)}


def message_of(model, name):
    profile = profile_of(model)
    return profile.identify if name == "identify" else profile.info[name] if name in profile.info else profile.relays.messages[name]


@pytest.mark.parametrize("model, name, number, request_bytes, reply", SWITCHING)
def test_switching(model, name, number, request_bytes, reply):
    switches(model, name, number, octets(request_bytes), octets(reply), known=KNOWN)


@pytest.mark.parametrize("model, number, on, request_bytes, reply, reported", READING)
def test_reading(model, number, on, request_bytes, reply, reported):
    reads(model, number, on, octets(request_bytes), octets(reply), reported, known=KNOWN)


@pytest.mark.parametrize("model, name, number, seconds, request_bytes", PULSES)
def test_pulses(model, name, number, seconds, request_bytes):
    now = [0.0]
    board = Conversation(model, clock=lambda: now[0], relays=[number] if name == "pulse_off" else [])
    message = board.profile.relays.messages[name]
    known = {**known_to(model), **board.profile.relays.fields(number), "seconds": seconds}
    assert message.send.render(known) == octets(request_bytes)
    during, behind = ([number], []) if name == "pulse" else ([], [number])
    answered = board.say(octets(request_bytes))
    assert (bytewise(message, answered, known).kind == "reply" if message.answered else answered == b"") and board.on() == during
    now[0] = seconds - 0.1
    assert board.on() == during
    now[0] = seconds + 0.1
    assert board.on() == behind


@pytest.mark.parametrize("model, name, request_bytes, reply, told", TOLD)
def test_what_a_board_tells(model, name, request_bytes, reply, told):
    message = message_of(model, name)
    assert message.send.render(known_to(model)) == octets(request_bytes)
    assert bytewise(message, octets(reply), known_to(model)).values.items() >= told.items()
    board = Conversation(model)
    board.board.values.update(told)
    assert bytewise(message, board.say(octets(request_bytes)), known_to(model)).values.items() >= told.items()


@pytest.mark.parametrize("model, request_bytes, reply, active", INPUTS)
def test_inputs(model, request_bytes, reply, active):
    inputs = profile_of(model).inputs
    assert inputs.read.send.render(known_to(model)) == octets(request_bytes)
    bits = bytewise(inputs.read, octets(reply), known_to(model)).values["inputs"]
    assert [number for number in inputs.numbers if bits >> number - 1 & 1] == active
    assert Conversation(model, inputs=active, relays=[]).say(octets(request_bytes)).lower() == octets(reply).lower()


@pytest.mark.parametrize("model, name, reply, verdict", VERDICTS)
def test_what_an_answer_is(model, name, reply, verdict):
    message = message_of(model, name)
    answer = message.read(octets(reply), {**known_to(model), **profile_of(model).relays.fields(1)})
    assert (answer.kind, answer.values.get("code")) == verdict


@pytest.mark.parametrize("model, said, answered, on", HEARD)
def test_what_programs_of_others_say(model, said, answered, on):
    board = Conversation(model, relays=[2])
    assert board.say(said) == answered and board.on() == on


@pytest.mark.parametrize("model, said, answered", STRANGERS)
def test_what_is_not_for_this_board(model, said, answered):
    board = Conversation(model, relays=[2])
    board.board.unit = board.profile.unit_values(None)
    assert board.say(said) == answered and board.on() == [2]


SETTINGS = [
    ("modbus_registers", "register.1", 3, "000100000006 01 0600010003", "000100000006 01 0600010003", "000100000006 01 0300010001", "000100000005 01 03020003"),
    ("modbus_registers", "register.99", 65535, "000100000006 01 060063FFFF", "000100000006 01 060063FFFF", "000100000006 01 0300630001",
     "000100000005 01 0302FFFF"),
    ("moxa_e1200", "pulse.1", "on", "000100000006 01 050010FF00", "000100000006 01 050010FF00", "000100000006 01 0100100001", "000100000004 01 010101"),
    ("moxa_e1200", "pulse.6", "off", "000100000006 01 0500150000", "000100000006 01 0500150000", "000100000006 01 0100150001", "000100000004 01 010100"),
    ("moxa_e1200", "pulse_width.1", 2, "000100000006 01 0600340002", "000100000006 01 0600340002", "000100000006 01 0300340001", "000100000005 01 03020002"),
    ("beckhoff_bc9000", "watchdog", 0, "000100000006 01 0611200000", "000100000006 01 0611200000", "000100000006 01 0311200001", "000100000005 01 03020000"),
]


@pytest.mark.parametrize("model, name, value, to_set, set_reply, to_ask, told", SETTINGS)
def test_settings_in_registers(model, name, value, to_set, set_reply, to_ask, told):
    both_ways(model, name, value, to_set, set_reply, to_ask, told)


def test_a_register_that_can_only_be_read():
    assert tells("modbus_registers", "input_register.2", "000100000005 01 040200E7") == 231
    assert profile_of("modbus_registers").settings["input_register.2"].set is None


@pytest.mark.parametrize("model, name, reply, verdict", [
    ("modbus_registers", "register.0", "000100000003 01 8602", ("refused", 2)),
    ("modbus_registers", "register.0", "000100000003 01 8603", ("refused", 3)),
    ("modbus_registers", "register.0", "000100000003 01 8606", ("busy", None)),
    ("beckhoff_bc9000", "watchdog", "000100000003 01 8603", ("refused", 3)),
    ("moxa_e1200", "pulse.1", "000100000003 01 8502", ("refused", 2)),
])
def test_what_an_answer_to_a_setting_is(model, name, reply, verdict):
    setting = profile_of(model).settings[name]
    answer = bytewise(setting.set, octets(reply), {**known_to(model), **setting.fields(setting.samples()[0])})
    assert (answer.kind, answer.values.get("code")) == verdict


@pytest.mark.parametrize("reply, kind", [
    (b"TT: 20.50\r\n", "reply"), (b"T80190000\r\nB40190000\r\nTT: 20.50\r\n", "reply"), (b"T80190000\r\n", "more"), (b"OR\r\n", "refused"),
    (b"TT: BV\r\n", "refused"), (b"TT: 19.00\r\n", "refused"),
])
def test_what_an_opentherm_gateway_answers(reply, kind):
    setting = profile_of("otgw").settings["temperature_setpoint"]
    assert setting.set.send.render(setting.fields(20.5)) == b"TT=20.5\r\n"
    assert setting.set.read(reply, setting.fields(20.5)).kind == kind


@pytest.mark.parametrize("reply, value", [(b"PR: O=T20.50\r\n", 20.5), (b"T80190000\r\nPR: O=C18.00\r\n", 18), (b"PR: O=N\r\n", None)])
def test_what_overrides_a_thermostat(reply, value):
    setting = profile_of("otgw").settings["temperature_setpoint"]
    assert setting.get.send.render(setting.question()) == b"PR=O\r\n"
    answer = bytewise(setting.get, reply)
    assert setting.get.told(answer.values["value"]) == value


def test_a_switch_of_ones_own_as_the_page_says():
    relays = profile_of({"extends": "rflink", "relays": {"names": {1: "NewKaku;00c142;1", 2: "Kaku;000041;3"}}}).relays
    assert relays.on.send.render(relays.fields(2)) == b"10;Kaku;000041;3;ON;\n"


@pytest.mark.parametrize("page, on, told", [
    ({"extends": "adam_6050", "relays": {"numbers": "1-8", "read": {"send": "01 0010 0008"}}}, [1, 3], "000100000004 01 010105"),
    ({"extends": "wago_750", "relays": {"numbers": "1-16", "read": {"send": "01 0200 0010", "reply": "01 02 {relays:bits16}"}}}, [16],
     "000100000005 01 01020080"),
    ({"extends": "moxa_e1200", "relays": {"numbers": "1-8", "read": {"send": "01 0000 0008"}}}, [8], "000100000004 01 010180"),
])
def test_other_models_as_the_pages_say(page, on, told):
    relays = profile_of(page).relays
    answer = bytewise(relays.read, bytes.fromhex(told), {"transaction": 1, "unit": 1})
    assert [number for number, state in relays.decode(1, answer.values).items() if state] == on


def test_a_wago_coupler_is_read_elsewhere_than_it_is_written():
    relays = profile_of("wago_750").relays
    known = {"transaction": 1, "unit": 1, **relays.fields(1)}
    assert relays.on.send.render(known)[8:10] == b"\x00\x00" and relays.read.send.render(known)[8:10] == b"\x02\x00"


@pytest.mark.parametrize("model, unasked", UNASKED)
def test_what_comes_unasked_is_skipped(model, unasked):
    for number, reply in [(row[1], octets(row[4])) for row in READING if row[0] == model]:
        message = profile_of(model).relays.read
        known = {**known_to(model), **profile_of(model).relays.fields(number)}
        assert bytewise(message, unasked + reply, known).kind == "reply"


def test_the_state_of_a_k8090_of_a_capture():
    relays = profile_of("k8090").relays
    told = relays.decode(1, bytewise(relays.read, bytes.fromhex("0451011580150F")).values)
    assert [number for number, on in told.items() if on] == [1, 3, 5]


@pytest.mark.parametrize("outputs, map_bytes", [("1-16", "0100"), ("1-30", "00000100")])
def test_a_quido_with_more_outputs_as_its_page_says(outputs, map_bytes):
    bits = 4 * len(map_bytes)
    relays = profile_of({"extends": "quido", "relays": {"numbers": outputs, "read": {"reply": f"00 {{relays:bits{bits}be}}"}}}).relays
    message = bytes.fromhex(f"2A6100{5 + bits // 8:02X}0102 00 {map_bytes}")
    answer = bytewise(relays.read, message + bytes([0xFF - sum(message) % 256]) + b"\r", {"address": 1})
    assert [number for number, on in relays.decode(1, answer.values).items() if on] == [9]


@pytest.mark.parametrize("unit, request_bytes", [(1, b"#011201\r"), (0, b"#001201\r"), (255, b"#FF1201\r")])
def test_the_address_of_a_dcon_module(unit, request_bytes):
    profile = profile_of("dcon")
    assert profile.relays.on.send.render({**profile.unit_values(unit), **profile.relays.fields(3)}) == request_bytes


@pytest.mark.parametrize("reply, value", [(b"state,201,1\r", "on"), (b"statechange,201,0\r", "off"), (b"statechange,202,1\rstate,201,0\r", "off")])
def test_an_input_of_a_barionet(reply, value):
    contact = profile_of("barionet").settings["contact.201"]
    assert contact.get.send.render(contact.question()) == b"getio,201\r"
    assert tells("barionet", "contact.201", reply) == value


def test_a_barionet_100_as_its_page_says():
    profile = profile_of({"extends": "barionet", "relays": {"numbers": "1-2, 101-104"}, "settings": {"contact": {"index": {"numbers": "201-208"}}}})
    assert profile.relays.on.send.render(profile.relays.fields(101)) == b"setio,101,1\r" and "contact.208" in profile.settings


@pytest.mark.parametrize("seconds, told", [(0.5, "1 to 9.9 s"), (10, "1 to 9.9 s"), (99.9, "1 to 9.9 s")])
def test_a_barionet_is_never_told_to_turn_an_output_over(seconds, told, emulated, perform_task):
    board = emulated("barionet")
    result = perform_task(relay, board.options(relay=1, state="pulsed", duration=seconds))
    assert told in result["msg"] and board.journal.entries == []


def test_a_comm5_with_sixteen_relays_as_its_page_says():
    relays = profile_of({"extends": "comm5", "relays": {"numbers": "1-16", "read": {"reply": ["211 {relays:X4}\\r\\n", "211 {relays:X4}\\n"]}}}).relays
    assert [number for number, on in relays.decode(1, bytewise(relays.read, b"211 8001\n").values).items() if on] == [1, 16]


def test_a_k8090_that_is_told_nothing_new_is_not_asked_for_an_answer(emulated, perform_task):
    """A card does not answer a command that moves no relay: a task does not send one."""
    board = emulated("k8090", initial={"relays": [2]})
    result = perform_task(relay, board.options(relay=2, state="on"))
    assert not result["changed"] and "relays.on" not in [entry.get("what") for entry in board.journal.entries]


@pytest.mark.parametrize("model", MODELS + MODBUS)
def test_on_twice_and_off_against_the_page_s_own_emulator(model, emulated, on_twice_and_off):
    on_twice_and_off(emulated(model), 1)


@pytest.mark.parametrize("model", MODELS + MODBUS)
def test_device_info_of_every_relay(model, emulated, perform_task):
    board = emulated(model, initial={"relays": [1]})
    result = perform_task(device_info, board.options())
    assert sorted(map(int, result["relays"])) == board.board.profile.relays.numbers
    assert [number for number, entry in result["relays"].items() if entry["state"] != "off"] == ["1"]
    assert result["relays"]["1"]["state"] == "on"


@pytest.mark.parametrize("model", (*MODELS, *MODBUS, "modbus_registers", "otgw", "rflink"))
@settings(max_examples=30, deadline=None)
@given(chunks=st.lists(st.binary(max_size=14) | st.sampled_from([octets(row[3]) for row in SWITCHING + READING]), max_size=7))
def test_random_bytes_raise_nothing_and_none_are_lost(model, chunks):
    bear(model, chunks, KNOWN)

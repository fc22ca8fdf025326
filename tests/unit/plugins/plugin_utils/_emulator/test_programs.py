# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What programs of others send to emulated devices: requests in pieces, without an end, and in forms that no task sends."""

from __future__ import annotations

import socket
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.session import open_session
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.stream import Stream
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve

GAP = 0.06  # seconds, three times what ends a request without an end of its own


def profile_of(model):
    return load(resolve(model))


class Program:
    """What a program says on one connection, and what it hears; silence is over before the next thing that it says."""

    def __init__(self, model, password=None, **initial):
        self.board = Board(profile_of(model), initial, password)
        self.stream, self.session = Stream(self.board.profile, password), open_session(self.board)

    def say(self, data):
        heard = []
        for request in [*self.stream.feed(data), *self.stream.silence(short=True), *self.stream.silence()]:
            if request.what == "login":
                self.stream.login.remove(request.message)
            if request.what and request.fits and self.session.allows(True, request.values.get("password")):
                self.board.act(request.what, request.values)
                heard.append(self.board.reply(request.what, request.message, request.values) or b"")
        return b"".join(heard)

    def on(self):
        return [number for number, on in self.board.all_coils().items() if on]


def receive(link, size):
    received = b""
    while len(received) < size:
        chunk = link.recv(size - len(received))
        assert chunk, received
        received += chunk
    return received


# Pieces.

@pytest.mark.parametrize("model, pieces, reply", [
    ("eth008", [b"\x20", b"\x02", b"\x00"], b"\x00"),
    ("eth_rly16", [b"\x5c", b"\x02", b"\x5b"], b"\x02"),
    ("proxr", [b"\xfe", b"\x6d", b"\x01"], b"\x55"),
    ("proxr", [b"\xfe\x30", b"\x01", b"\x00"], b"\x55"),
    ("proxr_api", [b"\xaa\x03", b"\xfe\x6d\x01", b"\x19"], b"\xaa\x01\x55\x00"),
    ("waveshare_modbus", [b"\x00\x01\x00\x00\x00\x06", b"\x01\x05\x00\x01\xff\x00"], b"\x00\x01\x00\x00\x00\x06\x01\x05\x00\x01\xff\x00"),
    ("kincony_kc868", [b"RELAY-SET-255", b",2", b",1"], b"RELAY-SET-255,2,1,OK"),
    ("devantech_ds_ascii", [b"S", b"R", b" 2", b" o", b"n", b"\r", b"\n"], b"Ok\r\n"),
    ("devantech_ds_ascii", [b"SR 2 on", b"\r\n", b"GR 2\r\n"], b"Ok\r\nActive\r\n"),
    ("extron", [b"2", b"!"], b"In2 All\r\n"),
])
def test_a_request_in_pieces(emulated, model, pieces, reply):
    device = emulated(model)
    with socket.create_connection((device.host, device.port), 10) as link:
        link.settimeout(10)
        for piece in pieces:
            link.sendall(piece)
            time.sleep(GAP)
        received = b""
        while not received.endswith(reply):
            received += receive(link, 1)
    assert model == "extron" or received == reply
    if device.board.profile.relays:
        assert [number for number, on in device.board.all_coils().items() if on] == [2]


def test_what_ends_with_the_connection(emulated):
    """A program that sends SR 2 on without a line end, and leaves."""
    device = emulated("devantech_ds_ascii")
    with socket.create_connection((device.host, device.port), 10) as link:
        link.sendall(b"SR 2 on")
        link.shutdown(socket.SHUT_WR)
        link.settimeout(10)
        link.recv(100)
    assert device.board.coil(2)


def test_what_is_no_request_does_not_wait():
    stream = Stream(profile_of("eth008"))
    assert [request.data for request in stream.feed(b"\xee\xee")] == [b"\xee\xee"]
    assert not list(stream.feed(b"\x20\x02")) and not list(stream.silence()) and stream.buffer == b"\x20\x02"


# Ends of lines.

@pytest.mark.parametrize("model, unknown, known, what", [
    ("yamaha_ynca", b"@ZONE2:AVAIL=?\r\n", b"@MAIN:PWR=?\r\n", "settings.power.get"),
    ("anthem", b"Z2POW?;", b"Z1POW?;", "settings.power.get"),
    ("denon", b"SSSOD ?\r", b"PW?\r", "settings.power.get"),
    ("lightware_lw2", b"\x7bLAN_VER=?\x7d\r\n", b"\x7bVC\x7d\r\n", "settings.route.get"),
])
def test_what_is_no_request_ends_as_requests_do(model, unknown, known, what):
    heard = list(Stream(profile_of(model)).feed(unknown * 2 + known))
    assert [(request.what, request.data) for request in heard[:2]] == [(None, unknown)] * 2
    assert (heard[2].what, heard[2].data) == (what, known)


@pytest.mark.parametrize("end", [b"", b"\r", b"\n", b"\r\n"])
def test_lines_of_a_ds_board(end):
    program = Program("devantech_ds_ascii")
    assert program.say(b"SR 2 on" + end) == b"Ok\r\n" and program.on() == [2]
    assert program.say(b"GR 2" + end) == b"Active\r\n"
    assert program.say(b"sr 2 off" + end) == b"Ok\r\n" and program.on() == []
    assert program.say(b"SR 3 on 60000" + end) == b"Ok\r\n" and program.board._pulses
    assert program.say(b"ST" + end).startswith(b"Module Type: dS378\r\n")


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_lines_without_an_end_one_after_the_other(size):
    stream = Stream(profile_of("devantech_ds_ascii"))
    data = b"SR 1 on\nSR 12 off\r\nSR 3 on 500\nGR 3\r\nST\n"
    heard = [request for start in range(0, len(data), size) for request in stream.feed(data[start:start + size])]
    heard += stream.silence()
    assert [(request.what, request.values.get("relay")) for request in heard] == [
        ("relays.on", 1), ("relays.off", 12), ("relays.pulse", 3), ("relays.read", 3), ("identify", None)]


# All at once.

@pytest.mark.parametrize("model, everything, reply, nothing, behind", [
    ("eth_rly16", b"\x64", b"", b"\x6e", b""),
    ("eth_rly02", b"\x64", b"", b"\x6e", b""),
    ("sainsmart_8", b"\xfd\x02\x20\xf8\x88\x5d", b"", b"\xfd\x02\x20\xf8\x80\x5d", b""),
    ("waveshare_modbus", b"\x00\x07\x00\x00\x00\x06\x01\x05\x00\xff\xff\x00", b"\x00\x07\x00\x00\x00\x06\x01\x05\x00\xff\xff\x00",
     b"\x00\x08\x00\x00\x00\x06\x01\x05\x00\xff\x00\x00", b"\x00\x08\x00\x00\x00\x06\x01\x05\x00\xff\x00\x00"),
    ("devantech_ds", b"\x38\xff\xff\xff\xff", b"\x00", b"\x39\xff\xff\xff\xff", b"\x00"),
    ("devantech_ds", b"\x37\xff\xff\xff\xff", b"\x00", b"\x37\x00\x00\x00\x00", b"\x00"),
    ("waveshare_rtu", b"\x01\x05\x00\xff\xff\x00\xbc\x0a", b"\x01\x05\x00\xff\xff\x00\xbc\x0a",
     b"\x01\x05\x00\xff\x00\x00\xfd\xfa", b"\x01\x05\x00\xff\x00\x00\xfd\xfa"),
])
def test_all_on_and_all_off(model, everything, reply, nothing, behind):
    program = Program(model)
    assert program.say(everything) == reply and program.on() == program.board.profile.relays.numbers
    assert program.say(nothing) == behind and program.on() == []


def test_relays_of_a_map():
    program = Program("devantech_ds", relays=[1, 2])
    assert program.say(b"\x38\x80\x00\x00\x04") == b"\x00" and program.on() == [1, 2, 3, 32]
    assert program.say(b"\x39\x00\x00\x00\x01") == b"\x00" and program.on() == [2, 3, 32]
    assert program.say(b"\x37\x00\x00\x01\x00") == b"\x00" and program.on() == [9]


@pytest.mark.parametrize("said, reply, on", [
    (b"\xfe\x8c\xff\x02", b"\x55", [1, *range(9, 17)]),
    (b"\xfe\x8c\xff\x00", b"\x55", list(range(1, 17))),
    (b"\xfe\x6d\x00", b"\x55", [1, 2, 10]),
    (b"\xfe\x64\x00", b"\x55", []),
    (b"\xfe\x8c\x81\x02", b"\x55", [1, 9, 16]),
    (b"\xfe\x30\x0f\x00", b"\x55", [1, 16]),
    (b"\xfe\x2f\x00\x00", b"\x55", []),
    (b"\xfe\x74\x01", b"\x01", [1]),
    (b"\xfe\x74\x02", b"\x00", [1]),
    (b"\xfe\x2c\x00\x00", b"\x01", [1]),
    (b"\xfe\x1b", b"\x55", [1]),
    (b"\xfe\x8c\xff\x03", b"", [1]),
    (b"\xfe\x82\x01", b"", [1]),
    (b"\xfe\x30\x10\x00", b"", [1]),
])
def test_other_commands_of_a_proxr(said, reply, on):
    program = Program("proxr", relays=[1])
    assert program.say(said) == reply and program.on() == on


def test_a_bank_in_a_frame_of_the_api():
    program = Program("proxr_api")
    assert program.say(b"\xaa\x04\xfe\x8c\xff\x01\x38") == b"\xaa\x01\x55\x00" and program.on() == list(range(1, 9))
    assert program.say(b"\xaa\x04\xfe\x8c\x00\x01\x39") == b"\xaa\x01\x55\x00" and program.on() == []


# Text commands of the ETH boards.

@pytest.mark.parametrize("said, on", [
    (b":DOA,2,0", [2, 8]), (b":DOA,2,0\r\n", [2, 8]), (b":DOA,2,0,", [2, 8]), (b":DOI,8,0", []), (b":DOA,9,0", [8]), (b":DOA,2,50", [2, 8]),
    (b":DOI,8,50", []),
])
def test_text_commands_are_done_and_not_acknowledged(said, on):
    program = Program("eth008", relays=[8])
    assert program.say(said) == b"" and program.on() == on
    assert program.say(b"\x24") == bytes([sum(1 << number - 1 for number in on)])


def test_a_text_command_for_so_many_tenths_of_a_second():
    now = [0.0]
    program = Program("eth008", relays=[8])
    program.board.clock = lambda: now[0]
    program.say(b":DOA,2,15")
    program.say(b":DOI,8,30")
    assert program.on() == [2]
    now[0] = 1.6
    assert program.on() == []
    now[0] = 3.1
    assert program.on() == [8]


def test_a_text_command_with_a_password():
    program = Program("eth008", password="s3cret")
    assert program.say(b":DOA,2,0") == program.say(b":DOA,2,0,secret") == b"" and program.on() == []
    assert program.say(b":DOA,2,0,s3cret") == b"" and program.on() == [2]
    assert program.say(b":DOA,3,0\r\n") == b"" and program.on() == [2]


def test_a_password_in_a_text_command_is_masked(emulated):
    board = emulated("eth008", password="s3cret")
    with socket.create_connection((board.host, board.port), 10) as link:
        link.sendall(b":DOA,2,0,s3cret")
        time.sleep(GAP)
        link.sendall(b"\x24")
        assert receive(link, 1) == b"\x02"
    assert "********" in board.journal.sent()[0] and b"s3cret".hex(" ").upper() not in board.journal.sent()[0]


def test_analogue_channels_in_12_bits():
    assert Program("eth8020", analogue={8: 1023}).say(b"\x33\x08") == b"\x0f\xfc"


# Others.

@pytest.mark.parametrize("model, said, reply", [
    ("kincony_kc868", b"RELAY-SCAN_DEVICE-NOW", b"RELAY-SCAN_DEVICE-CHANNEL_8,OK"),
    ("kincony_kc868", b"RELAY-TEST-NOW", b"HOST-TEST-START"),
    ("extron", b"\x1b3CV\r", b"Vrb3\r\n"),
    ("pjl", b"\x1b%-12345X@PJL INFO STATUS\r\n", b"@PJL INFO STATUS\r\nCODE=10001\r\nDISPLAY=\"READY\"\r\nONLINE=TRUE\r\n\f"),
    ("kramer_p3000", b"#\r", b"~01@ OK\r\n"),
    ("kramer_p3000", b"#01@VID 2>1\r", b"~01@VID 2>1\r\n"),
    ("kramer_p3000", b"#6@VID 4>1\r", b"~06@VID 4>1\r\n"),
    ("kramer_p3000", b"#VID 2>1\r", b"~01@VID 2>1\r\n"),
    ("kramer_p3000", b"#01@ROUTE 1,1,3\r", b"~01@ROUTE 1,1,3\r\n"),
    ("kramer_p3000", b"#01@MUTE 1,1\r", b"~01@MUTE 1,1\r\n"),
    ("benq_projector", b"*pow=?#\r", b"*pow=off#"),
    ("benq_projector", b"*pow=on#\r*pow=?#\r", b"*pow=on#*pow=on#"),
    ("benq_projector", b"*modelname=?#\r", b"*modelname=W1070#"),
    ("benq_projector", b"*macaddr=?#\r", b"*Unsupported item#"),
    ("yamaha_ynca", b"@MAIN:AVAIL=?\r\n", b"@MAIN:AVAIL=Ready\r\n"),
    ("anthem", b"ECH1;IDN?;Z1POW?;", b"ECH1;IDN001122334455;Z1POW0;"),
    ("arcam", b"\x21\x01\x1d\x01\xf0\x0d", b"\x21\x01\x1d\x83\x00\x0d"),
    ("arcam", b"\x21\x01\x00\x01\xf0\x0d", b"\x21\x01\x00\x00\x01\x00\x0d"),
    ("sony_sdcp_home", b"\x02\x0aSONY\x01\x00\x20\x00", b"\x02\x0aSONY\x00\x00\x20\x02\x01\x01"),
    ("sony_sdcp_home", b"\x02\x0aSONY\x00\x00\x20\x02\x00\x01", b"\x02\x0aSONY\x00\x00\x20\x02\x01\x01"),
    ("christie", b"(PWR 1)(PWR?)", b"(PWR!001)"),
    ("christie", b"(PWR1)(PWR?)", b"(PWR!001)"),
    ("arcam", b"AMX\r", b"AMXB<Device-SDKClass=Receiver><Device-Make=ARCAM><Device-Model=AVR450><Device-Revision=1.0>\r"),
    ("global_cache", b"getdevices\r", b"device,0,0 ETHERNET\rdevice,1,3 RELAY\rendlistdevices\r"),
    ("onkyo", b"ISCP\0\0\0\x10\0\0\0\x0b\x01\0\0\0!1PWRQSTN\r\n", b"ISCP\0\0\0\x10\0\0\0\x0a\x01\0\0\0!1PWR00\x1a\r\n"),
    ("onkyo", b"ISCP\0\0\0\x10\0\0\0\x09\x01\0\0\0!1PWR01\r\n", b"ISCP\0\0\0\x10\0\0\0\x0a\x01\0\0\0!1PWR01\x1a\r\n"),
])
def test_other_forms(model, said, reply):
    assert Program(model).say(said) == reply


def test_what_a_kramer_is_told_by_vid_it_tells():
    program = Program("kramer_p3000")
    program.say(b"#01@VID 4>1\r")
    assert program.say(b"#VID? 1\r") == b"~01@VID 4>1\r\n" == program.say(b"#01@VID? 1\r")


def test_checksums_that_a_usr_r16_does_not_look_at():
    program = Program("usr_r16", password="admin")
    assert program.say(b"admin\r\n") == b"OK"
    assert program.say(b"\x55\xaa\x00\x03\x00\x02\x01\x03") == b"\xaa\x55\x00\x04\x00\x82\x01\x01\x88" and program.on() == [1]
    assert program.say(b"\x55\xaa\x00\x02\x00\x0a\x89") == b"\xaa\x55\x00\x04\x00\x8a\x01\x00\x8f"
    assert program.say(b"\x55\xaa\x00\x03\x00\x01\x01\x03") == b"\xaa\x55\x00\x04\x00\x81\x01\x00\x86" and program.on() == []


def test_what_a_reply_cannot_tell_is_not_answered(emulated):
    device = emulated("kramer_p3000")
    with socket.create_connection((device.host, device.port), 10) as link:
        link.sendall(b"#100@VID 2>1\r#01@VID? 1\r")
        assert receive(link, 12) == b"~01@VID 2>1\r"


def test_one_coil_is_read_by_itself():
    assert Program("waveshare_modbus", relays=[3]).say(b"\x00\x01\x00\x00\x00\x06\x01\x01\x00\x02\x00\x01") == b"\x00\x01\x00\x00\x00\x04\x01\x01\x01\x01"


def test_coils_are_written_together():
    program = Program("waveshare_modbus", relays=[3])
    assert program.say(b"\x00\x01\x00\x00\x00\x08\x01\x0f\x00\x00\x00\x08\x01\xa5") == b"\x00\x01\x00\x00\x00\x06\x01\x0f\x00\x00\x00\x08"
    assert program.on() == [1, 3, 6, 8]


def test_all_relays_of_a_numato():
    program = Program("numato", relays=[1, 8])
    program.stream.login.clear()
    assert program.say(b"relay readall\r\n") == b"81\r\n>"


@pytest.mark.parametrize("model, said", [
    ("numato", b"relay readall\r\n"), ("waveshare_modbus", b"\x00\x01\x00\x00\x00\x08\x01\x0f\x00\x00\x00\x08\x01\xa5")])
def test_a_map_that_is_too_short_for_more_relays_is_not_heard(model, said):
    program = Program({"extends": model, "relays": {"numbers": "1-16", "read": None}}, relays=[16])
    program.stream.login.clear()
    assert program.say(said) == b"" and program.on() == [16]


# The page.

@pytest.mark.parametrize("hears, words", [
    ({"x": {"as": "relay.on", "send": "64"}}, "hears.x.as is 'relay.on'; expected what a message is called"),
    ({"x": {"as": "relays.on", "sent": "64"}}, "'sent' is not a key of hears.x"),
    ({"x": {"as": "relays.on", "send": "64 {relay:d99}"}}, "hears.x.send: 'd99' in '{relay:d99}' is not a type"),
    ({"x": {"as": "relays.on"}}, "hears.x needs send"),
    ({"x": {"as": "relays.pulse", "send": "64 {relay:u8}"}}, "hears.x.send needs the field seconds"),
    ({"x": {"as": "relays.write", "send": "64"}}, "hears.x.send needs the field relays"),
    ({"x": "64"}, "hears.x is '64'; expected keys and values"),
])
def test_a_page_that_hears_what_cannot_be(hears, words):
    with pytest.raises(ProfileError) as caught:
        resolve({"extends": "eth8020", "hears": hears})
    assert words in str(caught.value)


def test_what_the_page_itself_sends_goes_before_what_it_hears():
    program = Program({"extends": "eth_rly16", "relays": {"off": {"send": "63 {relay:u8}"}, "on": {"send": "64 {relay:u8}"}}})
    assert program.say(b"\x64\x02") == b"" and program.on() == [2]


def test_what_is_answered_alone_does_not_go_before_a_value_that_is_out_of_range():
    request, = Stream(profile_of("sony_sdcp_home")).feed(b"\x02\x0aSONY\x00\x00\x01\x02\x00\x09")
    assert (request.what, request.fits) == ("settings.input.set", False)


def test_a_page_may_take_away_what_another_hears():
    for page in ({"extends": "eth_rly16", "relays": None}, {"extends": "kramer_p3000", "settings": {"input": None}}, {"extends": "extron", "command": None}):
        profile = load(resolve(page))
        assert {what for what, dummy in profile.heard} <= {*(what for what, dummy in profile.requests()), "hears.greeting"}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of amplifiers, processors, closures and further projectors, both ways, against bytes as makers' documents and programs of others have them."""

from __future__ import annotations

import hashlib

import pytest

from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import (
    Conversation, answers, bear, both_ways, bytewise, profile_of, reads, switches, tells,
)

# page, setting, value, what sets it, what acknowledges that, what asks for it, what tells it
TABLE = [
    ("anthem", "power", "on", b"Z1POW1;", b"Z1POW1;", b"Z1POW?;", b"Z1POW1;"),
    ("anthem", "volume", -35, b"Z1VOL-35;", b"Z1VOL-35;", b"Z1VOL?;", b"Z1VOL-35;"),
    ("anthem", "mute", "on", b"Z1MUT1;", b"Z1MUT1;", b"Z1MUT?;", b"Z1MUT1;"),
    ("anthem", "input", 3, b"Z1INP3;", b"Z1INP3;", b"Z1INP?;", b"Z1INP3;"),
    ("arcam", "power", "on", "21 01 08 02 10 7B 0D", "21 01 08 00 02 10 7B 0D", "21 01 00 01 F0 0D", "21 01 00 00 01 01 0D"),
    ("arcam", "power", "off", "21 01 08 02 10 7C 0D", "21 01 08 00 02 10 7C 0D", "21 01 00 01 F0 0D", "21 01 00 00 01 00 0D"),
    ("arcam", "volume", 30, "21 01 0D 01 1E 0D", "21 01 0D 00 01 1E 0D", "21 01 0D 01 F0 0D", "21 01 0D 00 01 1E 0D"),
    ("rotel", "volume", 42, b"vol_42!", b"volume=42$", b"volume?", b"volume=42$"),
    ("rotel", "mute", "on", b"mute_on!", b"mute=on$", b"mute?", b"mute=on$"),
    ("rotel", "input", "coax1", b"coax1!", b"source=coax1$", b"source?", b"source=coax1$"),
    ("shure", "mute.1", "on", b"< SET 01 AUDIO_MUTE ON >", b"< REP 01 AUDIO_MUTE ON >", b"< GET 01 AUDIO_MUTE >", b"< REP 01 AUDIO_MUTE ON >"),
    ("shure", "gain.1", -107.8, b"< SET 01 AUDIO_GAIN_HI_RES 0022 >", b"< REP 01 AUDIO_GAIN_HI_RES 0022 >", b"< GET 01 AUDIO_GAIN_HI_RES >",
     b"< REP 01 AUDIO_GAIN_HI_RES 0022 >"),
    ("shure", "preset", 8, b"< SET PRESET 8 >", b"< REP PRESET 8 >", b"< GET PRESET >", b"< REP PRESET 8 >"),
    ("kramer_p2000", "route.2", 1, "01 81 82 81", "41 81 82 81", "05 80 82 81", "45 80 81 81"),
    ("kramer_p2000", "route.1", 3, "01 83 81 81", "41 83 81 81", "05 80 81 81", "45 80 83 81"),
    ("viewsonic_projector", "power", "on", "06 14 00 04 00 34 11 00 00 5D", "03 14 00 00 00 14", "07 14 00 05 00 34 00 00 11 00 5E",
     "05 14 00 03 00 00 00 01 18"),
    ("viewsonic_projector", "power", "off", "06 14 00 04 00 34 11 01 00 5E", "03 14 00 00 00 14", "07 14 00 05 00 34 00 00 11 00 5E",
     "05 14 00 03 00 00 00 00 17"),
    ("viewsonic_projector", "mute", "on", "06 14 00 04 00 34 14 00 01 61", "03 14 00 00 00 14", "07 14 00 05 00 34 00 00 14 00 61",
     "05 14 00 03 00 00 00 01 18"),
    ("viewsonic_projector", "input", "hdmi1", "06 14 00 04 00 34 13 01 03 63", "03 14 00 00 00 14", "07 14 00 05 00 34 00 00 13 01 61",
     "05 14 00 03 00 00 00 03 1A"),
    ("sony_adcp", "power", "on", b'power "on"\r\n', b"ok\r\n", b"power_status ?\r\n", b'"on"\r\n'),
    ("sony_adcp", "power", "off", b'power "off"\r\n', b"ok\r\n", b"power_status ?\r\n", b'"standby"\r\n'),
    ("sony_adcp", "input", "hdmi1", b'input "hdmi1"\r\n', b"ok\r\n", b"input ?\r\n", b'"hdmi1"\r\n'),
    ("sony_adcp", "picture_mute", "on", b'blank "on"\r\n', b"ok\r\n", b"blank ?\r\n", b'"on"\r\n'),
]


@pytest.mark.parametrize("model, name, value, to_set, set_reply, to_ask, told", TABLE)
def test_a_setting_both_ways(model, name, value, to_set, set_reply, to_ask, told):
    both_ways(model, name, value, to_set, set_reply, to_ask, told)


@pytest.mark.parametrize("model, name, data, value", (
    ("rotel", "power", b"power=standby$", "off"), ("rotel", "power", b"dimmer=3$power=on$", "on"), ("anthem", "power", b"Z2POW1;Z1POW0;", "off"),
    ("shure", "preset", b"< REP PRESET 06 >", 6), ("shure", "mute.1", b"< SAMPLE 001 002 >< REP 01 AUDIO_MUTE OFF >", "off"),
    ("arcam", "mute", b"\x21\x01\x0e\x00\x01\x00\x0d", "on"), ("arcam", "mute", b"\x21\x01\x0e\x00\x01\x01\x0d", "off"),
    ("viewsonic_projector", "power", b"\x05\x14\x00\x03\x00\x00\x00\x02\x19", "warming"),
    ("sony_adcp", "power", b'"startup"\r\n', "warming"), ("sony_adcp", "power", b'"cooling2"\r\n', "cooling"),
))
def test_what_devices_were_seen_to_tell(model, name, data, value):
    assert tells(model, name, data) == value


@pytest.mark.parametrize("model, name, data, code", (
    ("anthem", "volume", b"!RZ1VOL99;", None), ("shure", "preset", b"< REP ERR >", None), ("kramer_p2000", "route.1", b"\x50\x80\x83\x81", 3),
    ("viewsonic_projector", "power", b"\x00\x14\x00\x00\x00\x14", None), ("sony_adcp", "power", b"err_inactive\r\n", None),
    ("arcam", "volume", b"\x21\x01\x0d\x85\x00\x0d", 0x85),
))
def test_what_is_refused(model, name, data, code):
    assert answers(model, name, data) == ("refused", code)


@pytest.mark.parametrize("model, data, reply", (
    ("anthem", b"Z1INP31;", b"!RZ1INP31;"), ("anthem", b"Z1VOL11;", b"!RZ1VOL11;"), ("arcam", b"\x21\x01\x0d\x01\x64\x0d", b"\x21\x01\x0d\x84\x00\x0d"),
))
def test_what_an_emulated_device_refuses(model, data, reply):
    assert Conversation(model, settings={"power": "on"}).say(data) == reply


def test_the_digest_of_a_sony():
    profile = profile_of("sony_adcp")
    greeting = profile.login[0].read(b"12fa23bc\r\n", {})
    wanted = hashlib.sha256(b"12fa23bcProjector").hexdigest().encode() + b"\r\n"
    digest = profile.digest.made(profile.login[1].request, {"password": "Projector", **greeting.values})
    assert profile.login[1].send.render({"digest": digest}) == wanted


UNIT = {"module": 1}


@pytest.mark.parametrize("name, number, request_bytes, reply", (
    ("on", 1, b"setstate,1:1,1\r", b"state,1:1,1\r"), ("off", 1, b"setstate,1:1,0\r", b"state,1:1,0\r"), ("on", 3, b"setstate,1:3,1\r", b"state,1:3,1\r"),
))
def test_a_closure_of_an_itach(name, number, request_bytes, reply):
    switches("global_cache", name, number, request_bytes, reply, known=UNIT)


def test_what_closures_tell_and_refuse():
    reads("global_cache", 2, [], b"getstate,1:2\r", b"state,1:2,0\r", [2], known=UNIT)
    on = profile_of("global_cache").relays.on
    for data, code in ((b"ERR_1:1,001\r", 1), (b"ERR 003\r", 3), (b"ERR RO002\r", 2), (b"unknowncommand 11\r", 11)):
        answer = bytewise(on, data, {**UNIT, "relay": 1})
        assert (answer.kind, answer.values["code"]) == ("refused", code)
    gc100 = profile_of("global_cache")
    assert gc100.relays.on.send.render({**gc100.unit_values(3), "relay": 1}) == b"setstate,3:1,1\r"


@pytest.mark.parametrize("model", [*dict.fromkeys(row[0] for row in TABLE), "global_cache"])
def test_bytes_of_any_kind(model):
    bear(model, [b"Z1POW", b"1;", b"!1\x01\x00", b"< REP 01", b" >", b"state,1:1", b",1\r", b"\x45\x80\x83", b'"on"\r\n', b"power=", bytes(range(256))])

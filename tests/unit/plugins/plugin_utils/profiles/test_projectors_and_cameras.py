# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of projectors, large displays and cameras that have no file of their own, both ways, against bytes of makers' documents and programs of others."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import (
    Conversation, answers, asked, bear, both_ways, bytewise, octets, profile_of, tells,
)

# page, setting, value, what sets it, what acknowledges that, what asks for it, what tells it
TABLE = [
    # the fact sheet of NEC projectors
    ("nec_projector", "power", "on", "02 00 00 00 00 02", "22 00 01 00 00 23", "00 85 00 00 01 01 87",
     "20 85 01 00 10 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 B7"),
    ("nec_projector", "power", "off", "02 01 00 00 00 03", "22 01 01 00 00 24", "00 85 00 00 01 01 87",
     "20 85 01 00 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 B6"),
    ("nec_projector", "input", "hdmi1", "02 03 00 00 02 01 1A 22", "22 03 01 00 01 00 27", "00 85 00 00 01 02 88",
     "20 85 01 00 10 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 D8"),
    ("nec_projector", "picture_mute", "on", "02 10 00 00 00 12", "22 10 01 00 00 33", "00 85 00 00 01 03 89",
     "20 85 01 00 10 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 B7"),
    ("nec_projector", "picture_mute", "off", "02 11 00 00 00 13", "22 11 01 00 00 34", "00 85 00 00 01 03 89",
     "20 85 01 00 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 B6"),
    ("nec_projector", "mute", "on", "02 12 00 00 00 14", "22 12 01 00 00 35", "00 85 00 00 01 03 89",
     "20 85 01 00 10 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 B7"),
    ("nec_projector", "onscreen_mute", "on", "02 14 00 00 00 16", "22 14 01 00 00 37", "00 85 00 00 01 03 89",
     "20 85 01 00 10 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 B7"),
    ("nec_projector", "freeze", "on", "01 98 00 00 01 01 9B", "21 98 01 00 01 00 BB", "00 BF 00 00 01 02 C2",
     "20 BF 01 00 10 02 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 F3"),
    ("nec_projector", "volume", 20, "03 10 00 00 05 05 00 00 14 00 31", "23 10 01 00 02 00 00 36", "03 05 00 00 03 05 00 00 10",
     "23 05 01 00 10 00 00 00 00 00 00 00 14 00 00 00 00 00 00 00 00 4D"),
    # the fact sheet of Hitachi projectors
    ("hitachi", "power", "on", "BE EF 03 06 00 BA D2 01 00 00 60 01 00", "06", "BE EF 03 06 00 19 D3 02 00 00 60 00 00", "1D 01 00"),
    ("hitachi", "power", "off", "BE EF 03 06 00 2A D3 01 00 00 60 00 00", "06", "BE EF 03 06 00 19 D3 02 00 00 60 00 00", "1D 00 00"),
    ("hitachi", "input", "hdmi1", "BE EF 03 06 00 0E D2 01 00 00 20 03 00", "06", "BE EF 03 06 00 CD D2 02 00 00 20 00 00", "1D 03 00"),
    ("hitachi", "input", "hdbaset1", "BE EF 03 06 00 AE DE 01 00 00 20 11 00", "06", "BE EF 03 06 00 CD D2 02 00 00 20 00 00", "1D 11 00"),
    ("hitachi", "input", "network1", "BE EF 03 06 00 CE D5 01 00 00 20 0B 00", "06", "BE EF 03 06 00 CD D2 02 00 00 20 00 00", "1D 0B 00"),
    ("hitachi", "picture_mute", "on", "BE EF 03 06 00 6B D9 01 00 20 30 01 00", "06", "BE EF 03 06 00 C8 D8 02 00 20 30 00 00", "1D 01 00"),
    ("hitachi", "mute", "on", "BE EF 03 06 00 D6 D2 01 00 02 20 01 00", "06", "BE EF 03 06 00 75 D3 02 00 02 20 00 00", "1D 01 00"),
    ("hitachi", "freeze", "off", "BE EF 03 06 00 83 D2 01 00 02 30 00 00", "06", "BE EF 03 06 00 B0 D2 02 00 02 30 00 00", "1D 00 00"),
    # the fact sheet of Sony projectors, SDCP and serial
    ("sony_sdcp", "power", "on", "02 0A 53 4F 4E 59 00 17 2E 00", "02 0A 53 4F 4E 59 01 17 2E 00", "02 0A 53 4F 4E 59 01 01 02 00",
     "02 0A 53 4F 4E 59 01 01 02 02 00 03"),
    ("sony_sdcp", "power", "off", "02 0A 53 4F 4E 59 00 17 2F 00", "02 0A 53 4F 4E 59 01 17 2F 00", "02 0A 53 4F 4E 59 01 01 02 00",
     "02 0A 53 4F 4E 59 01 01 02 02 00 00"),
    ("sony_sdcp", "input", "hdmi1", "02 0A 53 4F 4E 59 00 00 01 02 00 03", "02 0A 53 4F 4E 59 01 00 01 00", "02 0A 53 4F 4E 59 01 00 01 00",
     "02 0A 53 4F 4E 59 01 00 01 02 00 03"),
    ("sony_sdcp", "picture_mute", "on", "02 0A 53 4F 4E 59 00 00 30 02 00 01", "02 0A 53 4F 4E 59 01 00 30 00", "02 0A 53 4F 4E 59 01 00 30 00",
     "02 0A 53 4F 4E 59 01 00 30 02 00 01"),
    ("sony_sdcp_home", "power", "on", "02 0A 53 4F 4E 59 00 01 30 02 00 01", "02 0A 53 4F 4E 59 01 01 30 00", "02 0A 53 4F 4E 59 01 01 02 00",
     "02 0A 53 4F 4E 59 01 01 02 02 00 03"),
    ("sony_sdcp_home", "input", "hdmi2", "02 0A 53 4F 4E 59 00 00 01 02 00 03", "02 0A 53 4F 4E 59 01 00 01 00", "02 0A 53 4F 4E 59 01 00 01 00",
     "02 0A 53 4F 4E 59 01 00 01 02 00 03"),
    ("sony_vpl_serial", "power", "on", "A9 17 2E 00 00 00 3F 9A", "A9 00 00 03 00 00 03 9A", "A9 01 02 01 00 00 03 9A", "A9 01 02 02 00 03 03 9A"),
    ("sony_vpl_serial", "power", "off", "A9 17 2F 00 00 00 3F 9A", "A9 00 00 03 00 00 03 9A", "A9 01 02 01 00 00 03 9A", "A9 01 02 02 00 00 03 9A"),
    ("sony_vpl_serial", "input", "hdmi1", "A9 00 01 00 00 03 03 9A", "A9 00 00 03 00 00 03 9A", "A9 00 01 01 00 00 01 9A", "A9 00 01 02 00 03 03 9A"),
    ("sony_vpl_serial", "picture_mute", "on", "A9 00 30 00 00 01 31 9A", "A9 00 00 03 00 00 03 9A", "A9 00 30 01 00 00 31 9A", "A9 00 30 02 00 01 33 9A"),
    # the fact sheet of Bravia, serial
    ("sony_bravia_serial", "power", "on", "8C 00 00 02 01 8F", "70 00 70", "83 00 00 FF FF 81", "70 00 02 01 73"),
    ("sony_bravia_serial", "power", "off", "8C 00 00 02 00 8E", "70 00 70", "83 00 00 FF FF 81", "70 00 02 00 72"),
    ("sony_bravia_serial", "input", "hdmi1", "8C 00 02 03 04 01 96", "70 00 70", "83 00 02 FF FF 83", "70 00 03 04 01 78"),
    ("sony_bravia_serial", "volume", 30, "8C 00 05 03 01 1E B3", "70 00 70", "83 00 05 FF FF 86", "70 00 03 01 1E 92"),
    ("sony_bravia_serial", "mute", "on", "8C 00 06 03 01 01 97", "70 00 70", "83 00 06 FF FF 87", "70 00 03 01 01 75"),
]


@pytest.mark.parametrize("model, name, value, to_set, set_reply, to_ask, told", TABLE)
def test_a_setting_both_ways(model, name, value, to_set, set_reply, to_ask, told):
    both_ways(model, name, value, to_set, set_reply, to_ask, told)


# page, setting, what tells it, its value
READ = [
    ("nec_projector", "power", "20 85 01 40 10 00 00 01 00 01 04 00 00 00 00 00 00 00 00 00 00 FC", "warming"),
    ("nec_projector", "power", "20 85 01 40 10 00 00 01 01 00 05 00 00 00 00 00 00 00 00 00 00 FD", "cooling"),
    ("nec_projector", "power", "20 85 01 40 10 00 00 00 00 00 0F 00 00 00 00 00 00 00 00 00 00 05", "off"),
    ("nec_projector", "input", "20 85 00 10 10 00 02 01 06 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 4C", "hdmi1"),
    ("nec_projector", "mute", "20 85 00 10 10 00 00 00 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 47", "off"),
    ("nec_projector", "volume", "23 05 00 10 10 00 3F 00 00 00 20 00 1E 00 01 00 05 00 00 00 00 CB", 30),
    ("hitachi", "power", "1D 02 00", "cooling"), ("hitachi", "error", "1D 00 00", "none"), ("hitachi", "error", "1D 04 00", "temperature"),
    ("sony_sdcp", "power", "02 0A 53 4F 4E 59 01 01 02 01 00", "off"), ("sony_sdcp", "power", "02 0A 53 4F 4E 59 01 01 02 02 00 02", "warming"),
    ("sony_sdcp", "power", "02 0A 53 4F 4E 59 01 01 02 02 00 05", "cooling"), ("sony_sdcp", "power", "02 0A 53 4F 4E 59 01 01 02 02 00 08", "off"),
    ("sony_sdcp_home", "input", "02 0A 53 4F 4E 59 01 00 01 02 00 02", "hdmi1"),
    ("sony_vpl_serial", "power", "A9 01 02 02 00 04 07 9A", "cooling"),
]


@pytest.mark.parametrize("model, name, data, value", READ)
def test_what_devices_were_seen_to_tell(model, name, data, value):
    assert tells(model, name, data) == value


@pytest.mark.parametrize("model, name, data, kind, code", (
    ("nec_projector", "mute", "A2 13 00 10 02 02 0D D6", "refused", 0x020D), ("nec_projector", "input", "22 03 01 00 01 FF 26", "refused", 0xFF),
    ("hitachi", "power", "15", "refused", None), ("hitachi", "power", "1C 03 00", "refused", 0x0300), ("hitachi", "power", "1F 01 00", "busy", None),
    ("hitachi", "power", "1F 04 00", "locked", None),
    ("sony_sdcp", "input", "02 0A 53 4F 4E 59 00 00 01 02 01 80", "refused", 0x0180),
    ("sony_sdcp", "power", "02 0A 53 4F 4E 59 00 17 2F 02 02 01", "refused", 0x0201),
    ("sony_vpl_serial", "power", "A9 01 0A 03 00 00 0B 9A", "refused", 0x010A), ("sony_vpl_serial", "input", "A9 F0 10 03 00 00 F3 9A", "refused", 0xF010),
    ("sony_bravia_serial", "volume", "70 03 73", "refused", 3),
))
def test_what_is_refused(model, name, data, kind, code):
    assert answers(model, name, data) == (kind, code)


def test_a_projector_has_bytes_of_its_own_in_every_answer():
    mute = profile_of("nec_projector").settings["mute"]
    answer = bytewise(mute.set, octets("22 12 00 10 00 44"), mute.fields(mute.code("on")))
    assert answer.kind == "reply" and (answer.values["projector"], answer.values["series"]) == (0x00, 0x10)


@pytest.mark.parametrize("model, name, data", (
    ("nec_projector", "power", "20 85 01 00 10 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 B8"), ("sony_vpl_serial", "power", "A9 01 02 02 00 04 FF 9A"),
    ("sony_bravia_serial", "power", "70 00 02 01 74"),
))
def test_a_wrong_check(model, name, data):
    profile = profile_of(model)
    assert profile.settings[name].get.read(octets(data), asked(profile, profile.settings[name])).kind == "wrong"


# page, reading, what asks, what tells, what that says
INFO = [
    ("nec_projector", "hours", "03 8A 00 00 00 8D", "23 8A 00 10 62 " + "00 " * 82 + "80 51 01 00 10 0E 00 00 " + "00 " * 8 + "0F",
     {"lamp_hours": 24, "filter_hours": 1}),
    ("nec_projector", "errors", "00 88 00 00 00 88", "20 88 00 10 0C 41 00 00 00 00 00 00 00 00 00 00 00 05", {"errors": 0x41000000}),
    ("hitachi", "lamp_hours", "BE EF 03 06 00 C2 FF 02 00 90 10 00 00", "1D D2 04", {"lamp_hours": 1234}),
    ("hitachi", "filter_hours", "BE EF 03 06 00 C2 F0 02 00 A0 10 00 00", "1D 64 00", {"filter_hours": 100}),
    ("sony_sdcp", "lamp_hours", "02 0A 53 4F 4E 59 01 01 13 00", "02 0A 53 4F 4E 59 01 01 13 02 03 E8", {"lamp_hours": 1000}),
    ("sony_vpl_serial", "lamp_hours", "A9 01 13 01 00 00 13 9A", "A9 01 13 02 03 E8 FB 9A", {"lamp_hours": 1000}),
]


@pytest.mark.parametrize("model, name, to_ask, told, values", INFO)
def test_readings(model, name, to_ask, told, values):
    profile = profile_of(model)
    message = profile.info[name]
    known = {**profile.unit_values(None), "digest": ""}
    assert message.send.render(known) == octets(to_ask)
    answer = bytewise(message, octets(told), profile.unit_values(None))
    assert answer.kind == "reply" and {name: answer.values[name] for name in values} == values


def test_a_projector_on_its_way_takes_no_other_state():
    now = [0.0]
    device = Conversation("nec_projector", clock=lambda: now[0], settings={"power": "off"}, transition=5)
    assert device.say(octets("02 00 00 00 00 02")) == octets("22 00 01 00 00 23")
    assert tells("nec_projector", "power", device.say(octets("00 85 00 00 01 01 87"))) == "warming"
    now[0] = 6.0
    assert tells("nec_projector", "power", device.say(octets("00 85 00 00 01 01 87"))) == "on"


NOISE = [b"\x20\x85\x01\x00\x10", b"\x22\x03", b"\xa2\x12\x00", b"\x1d", b"\x1f\x04", b"\xbe\xef\x03\x06\x00\xba", b"\x02\nSONY\x01\x01", b"\xa9\x01\x02",
         b"\x9a", b"\x70\x00", bytes(range(256))]


@pytest.mark.parametrize("model", dict.fromkeys(row[0] for row in TABLE))
def test_bytes_of_any_kind(model):
    bear(model, NOISE)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of matrices, zones, processors and lighting, both ways, against bytes as makers' documents and programs of others have them."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation, answers, bear, both_ways, profile_of, tells

# page, setting, value, what sets it, what acknowledges that, what asks for it, what tells it
TABLE = [
    # the fact sheet of Monoprice amplifiers for six zones
    ("monoprice", "power.1", "on", b"<11PR01\r", b"<11PR01\r\n#", b"?11\r", b"?11\r\n#>1100010000000000000100\r\r\n#"),
    ("monoprice", "volume.1", 20, b"<11VO20\r", b"<11VO20\r\n#", b"?11\r", b"?11\r\n#>1100000000200000000100\r\r\n#"),
    ("monoprice", "mute.1", "on", b"<11MU01\r", b"<11MU01\r\n#", b"?11\r", b"?11\r\n#>1100000100000000000100\r\r\n#"),
    ("monoprice", "input.1", 3, b"<11CH03\r", b"<11CH03\r\n#", b"?11\r", b"?11\r\n#>1100000000000000000300\r\r\n#"),
    # the fact sheet of AVPro Edge matrices
    ("avpro", "route.1", 2, b"SET OUT1 VS IN2\r\n", b"OUT1 VS IN2\r\n", b"GET OUT1 VS\r\n", b"OUT1 VS IN2\r\n"),
    ("avpro", "route.16", 16, b"SET OUT16 VS IN16\r\n", b"OUT16 VS IN16\r\n", b"GET OUT16 VS\r\n", b"OUT16 VS IN16\r\n"),
    ("avpro", "stream.1", "on", b"SET OUT1 STREAM ON\r\n", b"OUT1 STREAM ON\r\n", b"GET OUT1 STREAM\r\n", b"OUT1 STREAM ON\r\n"),
    # the fact sheet of NetworkHD
    ("wyrestorm_nhd", "route.rx1", "tx1", b"matrix set TX1 RX1\r\n", b"matrix set TX1 RX1\r\n", b"matrix get RX1\r\n", b"matrix information:\r\nTX1 RX1\r\n"),
    ("wyrestorm_nhd", "route.rx2", "none", b"matrix set NULL RX2\r\n", b"matrix set NULL RX2\r\n", b"matrix get RX2\r\n",
     b"matrix information:\r\nNULL RX2\r\n"),
    # the fact sheet of WyreStorm MX and AV Access matrices
    ("wyrestorm_mx", "route.3", 2, b"SET SW hdmiin2 hdmiout3\r\n", b"SW hdmiin2 hdmiout3\r\n", b"GET MP hdmiout3\r\n", b"MP in2 hdmiout3\r\n"),
    ("av_access_mx", "route.3", 2, b"SET SW hdmiin2 hdmiout3\r\n", b"SW hdmiin2 hdmiout3\r\n", b"GET MP hdmiout3\r\n", b"MP in2 hdmiout3\r\n"),
    ("wyrestorm_mx", "mute.1", "on", b"SET MUTE audioout1 on\r\n", b"MUTE audioout1 on\r\n", b"GET MUTE audioout1\r\n", b"MUTE audioout1 on\r\n"),
]


@pytest.mark.parametrize("model, name, value, to_set, set_reply, to_ask, told", TABLE)
def test_a_setting_both_ways(model, name, value, to_set, set_reply, to_ask, told):
    both_ways(model, name, value, to_set, set_reply, to_ask, told)


# page, setting, what tells it, its value
READ = [
    ("monoprice", "volume.1", b"?11\r\n#>1100010000131112100401\r\n#", 13), ("monoprice", "input.1", b"?11\r\n#>1100010000131112100401\r\n#", 4),
    ("monoprice", "power.1", b"?11\r\n#>1100000000120707100100\r\r\n#", "off"), ("monoprice", "volume.1", b"?11\r\n#>1100000000120707100100\r\r\n#", 12),
    ("monoprice", "mute.1", b"\r\nCommand Error.\r\n#?11\r\n#>1100010000190707100200\r\r\n#", "off"),
    ("avpro", "route.1", b"OUT2 VS IN4\r\nOUT1 STREAM ON\r\nOUT1 VS IN3\r\n", 3),
    ("wyrestorm_nhd", "route.rx1", b"\r\nmatrix information:\r\nTX2 RX1\r\n", "tx2"),
    ("wyrestorm_mx", "route.3", b"MP hdmiin2 hdmiout3\r\n", 2), ("wyrestorm_mx", "route.3", b"MP hdmiout3 in2\r\n", 2),
]


@pytest.mark.parametrize("model, name, data, value", READ)
def test_what_devices_were_seen_to_tell(model, name, data, value):
    assert tells(model, name, data) == value


# page, setting, what a device answers, what that is, its code
ANSWERS = [
    ("monoprice", "volume.1", b"\r\nCommand Error.\r\n#", "refused", None), ("avpro", "route.1", b"CMD ERR\r\n", "refused", None),
    ("wyrestorm_mx", "route.1", b"Welcome to the 4KMX44-H2 matrix\r\n", "refused", None),
]


@pytest.mark.parametrize("model, name, data, kind, code", ANSWERS)
def test_what_an_answer_is(model, name, data, kind, code):
    assert answers(model, name, data) == (kind, code)


# page, setting, what is set, what no device answers to that
FOREIGN = [
    ("monoprice", "power.1", "on", b"<12PR01\r\n#"), ("monoprice", "power.1", "on", b"<11PR00\r\n#"), ("avpro", "route.1", 1, b"OUT2 VS IN1\r\n"),
    ("avpro", "route.1", 1, b"OUT1 VS IN2\r\n"), ("wyrestorm_nhd", "route.rx1", "tx1", b"matrix set TX1 RX2\r\n"),
    ("wyrestorm_mx", "route.1", 1, b"SW hdmiin1 hdmiout2\r\n"), ("wyrestorm_mx", "route.1", 1, b"MP in1 hdmiout1\r\n"),
]


@pytest.mark.parametrize("model, name, value, data", FOREIGN)
def test_the_answer_to_another_command(model, name, value, data):
    profile = profile_of(model)
    setting = profile.settings[name]
    assert setting.set.read(data, {**profile.unit_values(None), **setting.fields(setting.code(value))}).kind in ("wrong", "more")


def test_a_zone_of_the_second_amplifier():
    both_ways("monoprice", "input.1", 3, b"<21CH03\r", b"<21CH03\r\n#", b"?21\r", b"?21\r\n#>2100000000000000000300\r\r\n#", unit=2)


def test_a_question_for_a_zone_that_there_is_not():
    zone = profile_of("monoprice").settings["power.1"]
    assert zone.get.read(b"?11\r\n#\r\nCommand Error.\r\n#", {"amplifier": 1, "zone": 1}).kind == "refused"


def test_outputs_by_the_words_of_hdbaset_models():
    route = profile_of({"extends": "wyrestorm_mx", "settings": {"route": {"i": "in", "o": "out"}}}).settings["route.3"]
    assert route.set.send.render(route.fields(2)) == b"SET SW in2 out3\r\n"
    assert route.set.read(b"SW in2 out3\r\n", route.fields(2)).kind == "reply"


@pytest.mark.parametrize("model", ("wyrestorm_mx", "av_access_mx"))
def test_a_matrix_greets_or_not(model):
    greeting = profile_of(model).login[0]
    assert greeting.read(b"Welcome to the 4KMX44-H2 matrix\r\n", {}).kind == "reply" and greeting.read(b"4KMX44\r\n", {}, final=True).kind == "reply"
    matrix = Conversation(model, settings={"route": {"1": 4}})
    assert matrix.say(b"get mp hdmiout1\r\n") == b"" and matrix.say(b"GET MP hdmiout1\r\n") == b"MP in4 hdmiout1\r\n"


def test_names_of_an_installation():
    names = {"index": {"values": {"lobby": "Display1"}}, "values": {"player": "Source1"}}
    lobby = profile_of({"extends": "wyrestorm_nhd", "settings": {"route": names}}).settings["route.lobby"]
    assert lobby.set.send.render(lobby.fields(lobby.code("player"))) == b"matrix set Source1 Display1\r\n"
    assert profile_of("wyrestorm_nhd").login[0].read(b"Welcome to NetworkHD\r\n", {}).kind == "reply"


@pytest.mark.parametrize("model", [*dict.fromkeys(row[0] for row in TABLE)])
def test_bytes_of_any_kind(model):
    bear(model, [b"?11\r\n#>110001", b"\r\n#", b"OUT1 VS", b" IN3\r\n", b"MP in2 ", b"hdmiout3\r\n", b"Welcome to ", b"matrix information:\r\n",
                 bytes(range(256))])

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of matrices, both ways: routes one at a time, and the answer that tells them all."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation, bear, bytewise, profile_of

# page, output, input, what routes it, what acknowledges that
ROUTES = [
    ("lightware_lw2", 2, 1, b"{1@2}\r\n", b"(O02 I01)\r\n"),
    ("lightware_lw2", 16, 12, b"{12@16}\r\n", b"(O16 I12)\r\n"),
    ("lightware_lw3", 1, 1, b"CALL /MEDIA/VIDEO/XP:switch(I1:O1)\r\n", b"mO /MEDIA/VIDEO/XP:switch=\r\n"),
    ("atlona", 2, 1, b"x1AVx2\r", b"x1AVx2\r\n"),
    ("extron_matrix", 3, 1, b"1*3!", b"Out3 In1 All\r\n"),
    ("extron_matrix", 3, 1, b"1*3!", b"Out03 In01 All\r\n"),
    ("extron_matrix", 3, 0, b"0*3!", b"Out3 In0 All\r\n"),
]
# page, what asks for all routes, what answers, the routes that this tells
TABLES = [
    ("lightware_lw2", b"{VC}\r\n", b"(ALL 01 05 02)\r\n", {1: 1, 2: 5, 3: 2, 4: None}),
    ("lightware_lw3", b"GET /MEDIA/VIDEO/XP.DestinationConnectionList\r\n", b"pr /MEDIA/VIDEO/XP.DestinationConnectionList=I1;I2;I1\r\n",
     {1: 1, 2: 2, 3: 1, 4: None}),
    ("atlona", b"Status\r", b"x1AVx1,x2AVx2,x2AVx4\r\n", {1: 1, 2: 2, 3: None, 4: 2}),
]
REFUSED = [
    ("lightware_lw2", b"(ERR02)\r\n", "no such output"), ("lightware_lw3", b"mE /MEDIA/VIDEO/XP:switch %E004:Invalid value\r\n", None),
    ("atlona", b"Command FAILED: (x1AVx9)\r\n", None), ("atlona", b"Command FAILED\r\n", None), ("extron_matrix", b"E12\r\n", "invalid output or port number"),
]


@pytest.mark.parametrize("model, output, source, request_bytes, reply", ROUTES)
def test_a_route(model, output, source, request_bytes, reply):
    route = profile_of(model).settings[f"route.{output}"]
    values = route.fields(route.code(source))
    assert route.set.send.render(values) == request_bytes
    assert bytewise(route.set, reply, values).kind == "reply"
    assert route.set.read(reply, {**values, "output": output + 1}).kind != "reply" or model == "lightware_lw3"
    matrix = Conversation(model)
    matrix.stream.login.clear()
    assert matrix.say(request_bytes) in (reply, reply.replace(b"Out03 In01", b"Out3 In1"))
    assert matrix.board.settings[f"route.{output}"] == source


@pytest.mark.parametrize("model, request_bytes, reply, routes", TABLES)
def test_all_routes(model, request_bytes, reply, routes):
    settings = profile_of(model).settings
    get = settings["route.1"].get
    assert get.send.render(settings["route.1"].question()) == request_bytes
    answer = bytewise(get, reply)
    assert {output: settings[f"route.{output}"].answer(answer.values) for output in routes} == routes


@pytest.mark.parametrize("reply", (b"4\r\n", b"04\r\n", b"Out3 In4 All\r\n", b"Out03 In04 All\r\n"))
def test_an_extron_tells_one_route(reply):
    route = profile_of("extron_matrix").settings["route.3"]
    assert route.get.send.render(route.question()) == b"3!"
    assert route.answer(bytewise(route.get, reply, route.question()).values) == 4


@pytest.mark.parametrize("model, reply, words", REFUSED)
def test_what_is_refused(model, reply, words):
    profile = profile_of(model)
    answer = bytewise(profile.settings["route.1"].set, reply, profile.settings["route.1"].fields(1))
    assert answer.kind == "refused" and (words is None or profile.codes[str(answer.values["code"])] == words)


def test_the_older_tree_of_a_lightware():
    route = profile_of({"extends": "lightware_lw3", "settings": {"route": {"path": "/MEDIA/XP/VIDEO"}}}).settings["route.2"]
    assert route.set.send.render(route.fields(1)) == b"CALL /MEDIA/XP/VIDEO:switch(I1:O2)\r\n"


def test_an_atlona_in_standby_tells_its_power_alone():
    matrix = Conversation("atlona", settings={"power": "off", "route": {"1": 2}})
    assert matrix.say(b"PWSTA\r") == b"PWOFF\r\n" and matrix.say(b"Status\r") == b""
    assert matrix.say(b"PWON\r") == b"PWON\r\n" and matrix.say(b"Status\r").startswith(b"x2AVx1,x1AVx2,")


@pytest.mark.parametrize("model", ("lightware_lw2", "lightware_lw3", "atlona", "extron_matrix"))
def test_bytes_of_any_kind(model):
    bear(model, [b"(ALL 01", b" 02)\r\n", b"x1AVx1,", b"Out3 In1", b"\r\n", b"pr /", bytes(range(256))])

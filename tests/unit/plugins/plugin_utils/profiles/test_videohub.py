# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of Videohub routers, both ways, against the blocks of the maker's document and of a real router's dump."""

from __future__ import annotations

import contextlib

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import settings as settings_capability
from ansible_collections.bytewire.devices.tests.servers import Server
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation, bear, bytewise, profile_of

PRELUDE = b"PROTOCOL PREAMBLE:\nVersion: 2.3\n\nVIDEOHUB DEVICE:\nDevice present: true\nVideo outputs: 10\n\n"
ASK, TABLE = b"VIDEO OUTPUT ROUTING:\n\n", b"ACK\n\nVIDEO OUTPUT ROUTING:\n0 3\n1 0\n9 7\n\n"


def test_routing_output_1_to_input_4():
    route = profile_of("videohub").settings["route.1"]
    assert route.set.send.render(route.fields(route.code(4))) == b"VIDEO OUTPUT ROUTING:\n0 3\n\n"
    assert bytewise(route.set, b"ACK\n\n").kind == "reply"
    assert bytewise(route.set, b"NAK\n\n").kind == "refused"


def test_one_answer_tells_all_routes():
    settings = profile_of("videohub").settings
    route = settings["route.1"]
    assert route.get.send.render(route.question()) == ASK
    answer = bytewise(route.get, TABLE)
    assert {name: settings[name].answer(answer.values) for name in ("route.1", "route.2", "route.3", "route.10")} == {
        "route.1": 4, "route.2": 1, "route.3": None, "route.10": 8}


@pytest.mark.parametrize("event", (b"VIDEO OUTPUT ROUTING:\n4 4\n\n", b"OUTPUT LABELS:\n0 Stage\n\n", b"VIDEO OUTPUT LOCKS:\n0 O\n1 U\n\n"))
def test_what_others_do_is_told_unasked(event):
    get = profile_of("videohub").settings["route.1"].get
    assert get.read(event + TABLE, {}).values["rows"][0] == {"output": 1, "value": 4}


def test_the_emulator_routes():
    router = Conversation("videohub", settings={"route": {"1": 4, "288": 2}})
    table = router.say(ASK)
    assert table.startswith(b"ACK\n\nVIDEO OUTPUT ROUTING:\n0 3\n1 0\n") and table.endswith(b"\n287 1\n\n")
    assert router.say(b"VIDEO OUTPUT ROUTING:\n0 7\n\n") == b"ACK\n\n"
    assert router.board.settings["route.1"] == 8 and router.board.settings["route.2"] == 1
    assert router.say(b"VIDEO OUTPUT ROUTING:\n300 7\n\n") == b"NAK\n\n"
    assert router.say(b"OUTPUT LABELS:\n\n") == b"ACK\n\nOUTPUT LABELS:\n0 Stage\n1 Record\n\n"


class Router(Server):
    """A router on the other side of a socket: {output: input} as it counts them, and the requests that it heard. It tells everybody what was routed."""

    def __init__(self, table):
        self.table, self.heard = table, []
        super().__init__()

    def serve(self, client):
        client.sendall(PRELUDE + b"END PRELUDE:\n\n")
        waiting = b""
        for chunk in iter(lambda: client.recv(1000), b""):
            *requests, waiting = (waiting + chunk).split(b"\n\n")
            for request in requests:
                self.heard.append(request)
                client.sendall(self.answer(*request.partition(b"\n")[::2]))

    def answer(self, head, line):
        if head != b"VIDEO OUTPUT ROUTING:" or line and int(line.split()[0]) not in self.table:
            return b"NAK\n\n"
        if line:
            output, source = map(int, line.split())
            self.table[output] = source
            return b"ACK\n\nVIDEO OUTPUT ROUTING:\n%d %d\n\n" % (output, source)
        return b"ACK\n\nVIDEO OUTPUT ROUTING:\n" + b"".join(b"%d %d\n" % pair for pair in self.table.items()) + b"\n"


@pytest.fixture
def adjust(perform_task):
    def run(router, capability=settings_capability, **others):
        return perform_task(capability, {"host": "127.0.0.1", "port": router.port, "model": "videohub", "timeout": 2, "retries": 0, **others})
    return run


def test_only_what_differs_is_routed_and_one_answer_tells_several(adjust):
    with contextlib.closing(Router({0: 2, 1: 2, 2: 0})) as router:
        result = adjust(router, settings={"route": {"1": 3, "2": 1}})
        assert result["changed"] and result["settings"] == {"route": {"1": {"state": 3, "was": 3}, "2": {"state": 1, "was": 3}}}
        assert router.heard == [b"VIDEO OUTPUT ROUTING:", b"VIDEO OUTPUT ROUTING:\n1 0", b"VIDEO OUTPUT ROUTING:"]
        assert not adjust(router, settings={"route.1": 3, "route.2": "1"})["changed"]


def test_an_output_that_the_router_does_not_have(adjust):
    with contextlib.closing(Router({0: 2, 1: 2})) as router:
        result = adjust(router, settings={"route": {"9": 1}})
        assert result["error"]["kind"] == "invalid" and not result["changed"] and "has no route.9: its answer tells of others alone" in result["msg"]
        assert router.heard == [b"VIDEO OUTPUT ROUTING:"]


@pytest.mark.parametrize("wanted, expected", (
    ({"route": 3}, "'route' names no output that model videohub has; expected for example route.1, output 1 to 288."),
    ({"route": {"0": 3}}, "'route.0' names no output that model videohub has"),
    ({"route": {"1": 289}}, "route.1 is 289; expected a whole number from 1 to 288"),
    ({"rout": {"1": 2}}, "there is no setting 'rout.1' on model videohub, which has route."),
))
def test_routes_that_there_cannot_be(adjust, wanted, expected):
    with contextlib.closing(Router({0: 2})) as router:
        result = adjust(router, settings=wanted)
        assert result["error"]["kind"] == "invalid" and expected in result["msg"] and router.heard == []


def test_bytes_of_any_kind():
    bear("videohub", [b"VIDEO OUTPUT ROUTING:\n", b"0 x\n\n", b"\n\n", b"ACK\n\nVIDEO OUTPUT ROUTING:\n0 3\n", bytes(range(256))])

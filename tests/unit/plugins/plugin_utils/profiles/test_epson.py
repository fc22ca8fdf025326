# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of Epson projectors, both ways, against the maker's command guide and what projectors were seen to answer."""

from __future__ import annotations

import contextlib
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info
from ansible_collections.bytewire.devices.plugins.module_utils._capability import settings as settings_capability
from ansible_collections.bytewire.devices.tests.servers import Server
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation, bear, bytewise, profile_of

HELLO = b"\x45\x53\x43\x2f\x56\x50\x2e\x6e\x65\x74\x10\x03\x00\x00\x00\x00"
WELCOME = b"\x45\x53\x43\x2f\x56\x50\x2e\x6e\x65\x74\x10\x03\x00\x00\x20\x00"
# setting, value, what sets it, what it may then read
TABLE = [
    ("power", "on", b"PWR ON\r", [b"PWR=01\r:"]),
    ("power", "off", b"PWR OFF\r", [b"PWR=00\r:", b"PWR=04\r:"]),
    ("input", "vga1", b"SOURCE 10\r", [b"SOURCE=10\r:", b"SOURCE=11\r:", b"SOURCE=14\r:", b"SOURCE=1F\r:"]),
    ("input", "hdmi1", b"SOURCE 30\r", [b"SOURCE=30\r:", b"SOURCE=31\r:", b"SOURCE=33\r:"]),
    ("input", "hdbaset1", b"SOURCE 80\r", [b"SOURCE=80\r:"]),
    ("picture_mute", "on", b"MUTE ON\r", [b"MUTE=ON\r:"]),
    ("freeze", "off", b"FREEZE OFF\r", [b"FREEZE=OFF\r:"]),
    ("volume", 128, b"VOL 128\r", [b"VOL=128\r:"]),
]
QUESTIONS = {"power": b"PWR?\r", "input": b"SOURCE?\r", "picture_mute": b"MUTE?\r", "freeze": b"FREEZE?\r", "volume": b"VOL?\r"}


def test_the_handshake():
    profile = profile_of("epson")
    login = profile.login[0]
    assert login.send.render({}) == HELLO and bytewise(login, WELCOME).kind == "reply"
    assert bytewise(login, WELCOME[:14] + b"\x43\x00").kind == "refused" and profile.codes["67"] == "the password is wrong"
    assert profile_of("epson_serial").login == [] and profile_of("epson_serial").resync == b"\r"


@pytest.mark.parametrize("name, value, request_bytes, read", TABLE)
def test_what_is_set_and_what_is_then_read(name, value, request_bytes, read):
    setting = profile_of("epson").settings[name]
    assert setting.set.send.render(setting.fields(setting.code(value))) == request_bytes
    assert setting.get.send.render({}) == QUESTIONS[name]
    assert bytewise(setting.set, b":").kind == "reply" and bytewise(setting.set, b"ERR\r:").kind == "refused"
    assert {setting.answer(bytewise(setting.get, reply).values) for reply in read} == {value}
    projector = Conversation("epson", settings={"power": "on"})
    projector.stream.login.clear()
    assert projector.say(request_bytes) == b":" and projector.say(QUESTIONS[name]) == (read[0] if value != "off" or name != "power" else b"PWR=00\r:")


@pytest.mark.parametrize("reply, value", (
    (b"PWR=02\r:", "warming"), (b"PWR=03\r:", "cooling"), (b"PWR=05\r:", "abnormal_standby"), (b"PWR=09\r:", "av_standby"),
))
def test_what_can_be_read_alone(reply, value):
    power = profile_of("epson").settings["power"]
    assert power.answer(power.get.read(reply, {}).values) == value


def test_what_it_tells_unasked_is_passed_over():
    power = profile_of("epson").settings["power"]
    assert power.get.read(b"IMEVENT=0001 03 00000002 00000000 T1 F1\r:PWR=01\r:", {}).kind == "reply"


def test_errors_and_hours():
    profile = profile_of("epson")
    error = profile.settings["error"]
    assert error.value(error.answer(error.get.read(b"ERR=00\r:", {}).values)) == "none"
    assert error.value(error.answer(error.get.read(b"ERR=0A\r:", {}).values)) == "auto_iris"
    assert error.get.read(b"ERR\r:", {}).kind == "refused"
    assert profile.info["lamp_hours"].read(b"LAMP=1234\r:", {}).values == {"lamp_hours": 1234}


class Projector(Server):
    """A projector that is lit, or dark, some seconds after it was told, and until then answers no more than its power; without its handshake."""

    def __init__(self, seconds):
        self.seconds, self.heard, self.power, self.ready, self.volume = seconds, [], "04", 0.0, 0
        super().__init__()

    def reads(self):
        return self.power if time.monotonic() >= self.ready else {"01": "02", "04": "03"}[self.power]

    def serve(self, client):
        waiting = b""
        for chunk in iter(lambda: client.recv(100), b""):
            *requests, waiting = (waiting + chunk).split(b"\r")
            for request in requests:
                client.sendall(self.answer(request.decode()))

    def answer(self, request):
        if request.startswith("PWR "):
            self.heard.append(request)
            if self.reads() in ("02", "03"):
                return b"ERR\r:"
            self.power, self.ready = {"ON": "01", "OFF": "04"}[request[4:]], time.monotonic() + self.seconds
            return b":"
        if request == "PWR?":
            return f"PWR={self.reads()}\r:".encode()
        if request.startswith("VOL"):
            self.volume = 12 * round(int(request[4:]) / 12) if " " in request else self.volume
            return b":" if " " in request else b"VOL=%d\r:" % self.volume
        return b":" if not request else b"LAMP=7\r:" if request == "LAMP?" and self.reads() == "01" else b"ERR\r:"


@pytest.fixture
def perform(perform_task):
    def run(projector, capability=settings_capability, **others):
        return perform_task(capability, {"host": "127.0.0.1", "port": projector.port, "model": "epson_serial", "timeout": 2, "retries": 0, **others})
    return run


def test_it_is_told_once_to_come_on_and_once_to_go_off(perform):
    with contextlib.closing(Projector(0.6)) as projector:
        impatient = perform(projector, settings={"power": "on"}, settle=0)
        assert impatient["changed"] and impatient["error"]["kind"] == "unverified" and "it reads warming" in impatient["msg"]
        during = perform(projector, settings={"power": "on"})
        assert not during["changed"] and during["settings"]["power"] == {"state": "on", "was": "warming"}
        assert not perform(projector, settings={"power": "on"})["changed"] and projector.heard == ["PWR ON"]
        off = perform(projector, settings={"power": "off"})
        assert off["changed"] and off["settings"]["power"] == {"state": "off", "was": "on"}
        assert not perform(projector, settings={"power": "off"})["changed"] and projector.heard == ["PWR ON", "PWR OFF"]


def test_a_volume_that_it_rounds_is_set_once(perform):
    with contextlib.closing(Projector(0)) as projector:
        projector.power = "01"
        assert perform(projector, settings={"volume": 100})["changed"] and projector.volume == 96
        result = perform(projector, settings={"volume": 100})
        assert not result["changed"] and result["settings"]["volume"]["state"] == 96


def test_off_is_not_told_again_while_it_cools_down(perform):
    with contextlib.closing(Projector(0.6)) as projector:
        projector.ready = time.monotonic() + 0.6
        result = perform(projector, settings={"power": "off"})
        assert not result["changed"] and result["settings"]["power"] == {"state": "off", "was": "cooling"} and projector.heard == []


def test_what_it_does_not_tell_in_standby_is_unknown(perform):
    with contextlib.closing(Projector(0)) as projector:
        result = perform(projector, device_info)
        assert result["settings"]["power"] == "off" and result["settings"]["input"] == "unknown"
        assert result["information"] == {"lamp_hours": "unknown"}


def test_bytes_of_any_kind():
    bear("epson", [b"ESC/VP.net\x10\x03\0\0", b"\x20\0", b"PWR=", b"02\r:", b":", b"\r", bytes(range(256))])

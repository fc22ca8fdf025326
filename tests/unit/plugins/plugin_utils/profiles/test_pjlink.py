# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of PJLink, both ways, against the standard and what projectors were seen to answer."""

from __future__ import annotations

import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, device_info, settings
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation, bear, bytewise, profile_of

# The standard's own example: the random text, the password, and what stands before the first command.
RANDOM, PASSWORD, DIGEST = b"498e4a67", "JBMIAProjectorLink", b"5d8409bc1c3fa39749434aa3a5c38682"
QUESTIONS = {"power": b"%1POWR ?\r", "input": b"%1INPT ?\r", "picture_mute": b"%1AVMT ?\r", "mute": b"%1AVMT ?\r", "freeze": b"%2FREZ ?\r"}
# model, setting, value, what sets it, what it may then read
TABLE = [
    ("pjlink", "power", "on", b"%1POWR 1\r", [b"%1POWR=1\r"]),
    ("pjlink", "power", "off", b"%1POWR 0\r", [b"%1POWR=0\r"]),
    ("pjlink", "input", "vga1", b"%1INPT 11\r", [b"%1INPT=11\r"]),
    ("pjlink", "input", "video2", b"%1INPT 22\r", [b"%1INPT=22\r"]),
    ("pjlink", "input", "digital1", b"%1INPT 31\r", [b"%1INPT=31\r"]),
    ("pjlink", "input", "storage1", b"%1INPT 41\r", [b"%1INPT=41\r"]),
    ("pjlink", "input", "network9", b"%1INPT 59\r", [b"%1INPT=59\r"]),
    ("pjlink", "picture_mute", "on", b"%1AVMT 11\r", [b"%1AVMT=11\r", b"%1AVMT=31\r"]),
    ("pjlink", "picture_mute", "off", b"%1AVMT 10\r", [b"%1AVMT=30\r", b"%1AVMT=21\r"]),
    ("pjlink", "mute", "on", b"%1AVMT 21\r", [b"%1AVMT=21\r", b"%1AVMT=31\r"]),
    ("pjlink", "mute", "off", b"%1AVMT 20\r", [b"%1AVMT=30\r", b"%1AVMT=11\r"]),
    ("pjlink2", "freeze", "on", b"%2FREZ 1\r", [b"%2FREZ=1\r"]),
    ("pjlink2", "power", "on", b"%1POWR 1\r", [b"%1POWR=1\r"]),
]


@pytest.mark.parametrize("model, name, value, request_bytes, read", TABLE)
def test_what_is_set_and_what_is_then_read(model, name, value, request_bytes, read):
    setting = profile_of(model).settings[name]
    assert setting.set.send.render({**setting.fields(setting.code(value)), "digest": ""}) == request_bytes
    assert setting.get.send.render({"digest": ""}) == QUESTIONS[name]
    done = request_bytes[:6] + b"=OK\r"
    assert bytewise(setting.set, done).kind == bytewise(setting.set, done.lower()).kind == "reply"
    assert {setting.value(setting.answer(bytewise(setting.get, reply).values)) for reply in read} == {value}
    projector = Conversation(model, settings={"power": "on"})
    assert projector.say(request_bytes) == done and projector.say(QUESTIONS[name]) == read[0]


@pytest.mark.parametrize("reply, value", [(b"%1POWR=2\r", "cooling"), (b"%1POWR=3\r", "warming")])
def test_what_can_be_read_alone(reply, value):
    power = profile_of("pjlink").settings["power"]
    assert power.value(power.answer(bytewise(power.get, reply).values)) == value


def test_picture_and_sound_share_one_answer():
    projector = Conversation("pjlink", settings={"power": "on"})
    said = [(b"%1AVMT 11\r", b"%1AVMT=11\r"), (b"%1AVMT 21\r", b"%1AVMT=31\r"), (b"%1AVMT 10\r", b"%1AVMT=21\r"), (b"%1AVMT 20\r", b"%1AVMT=30\r")]
    for told, read in said:
        assert projector.say(told) == b"%1AVMT=OK\r" and projector.say(b"%1AVMT ?\r") == read


@pytest.mark.parametrize("code, kind", [(1, "refused"), (2, "refused"), (3, "busy"), (4, "refused")])
def test_refusals(code, kind):
    profile = profile_of("pjlink")
    for setting in profile.settings.values():
        reply = setting.set.send.render({"value": 11 if setting.name != "power" else 1, "digest": ""})[:6] + b"=err%d\r" % code
        assert bytewise(setting.set, reply).kind == bytewise(setting.get, reply).kind == kind
    assert bytewise(profile.info["name"], b"%%1NAME=ERR%d\r" % code).kind == "refused" and str(code) in profile.codes


@pytest.mark.parametrize("name, reply, values", [
    ("lamp_hours", b"%1LAMP=12345 1\r", {"lamp_hours": 12345, "lamp_lit": 1}),
    ("lamp_hours", b"%1LAMP=12345 1 800 0\r", {"lamp_hours": 12345, "lamp_lit": 1, "more_lamps": "800 0"}),
    ("errors", b"%1ERST=000000\r", {"errors": 0}),
    ("errors", b"%1ERST=010020\r", {"errors": 0x010020}),
    ("input_codes", b"%1INST=11 31 32\r", {"input_codes": "11 31 32"}),
    ("name", b"%1NAME=\r", {"name": ""}),
    ("maker", b"%1INF1=Panasonic\r", {"maker": "Panasonic"}),
    ("class", b"%1CLSS=2\r", {"class": 2}),
])
def test_readings(name, reply, values):
    message = profile_of("pjlink").info[name]
    assert bytewise(message, reply).values == values


def test_the_login_of_the_standard(scripted, perform_task):
    projector = scripted([(b"", b"PJLINK 1 " + RANDOM + b"\r"), (DIGEST + b"%1POWR ?\r", b"%1POWR=0\r"), (b"%1POWR 1\r", b"%1POWR=OK\r"),
                          (b"%1POWR ?\r", b"%1POWR=1\r")])
    result = perform_task(settings, projector.options(model="pjlink", settings={"power": "on"}, password=PASSWORD, timeout=5, retries=0), trace=True)
    assert result["changed"] and result["settings"]["power"] == {"state": "on", "was": "off"}
    assert result["trace"][1]["sent"] == "******** 25 31 50 4F 57 52 20 3F 0D" and PASSWORD not in str(result)


def test_a_projector_without_a_password_is_not_told_one(scripted, perform_task):
    projector = scripted([(b"", b"PJLINK 0\r"), (b"%1POWR ?\r", b"%1POWR=1\r")])
    result = perform_task(settings, projector.options(model="pjlink", settings={"power": "on"}, password=PASSWORD, timeout=5, retries=0))
    assert not result["changed"] and result["settings"]["power"]["state"] == "on"


@pytest.mark.parametrize("capability, options", [(settings, {"settings": {"power": "on"}}), (device_info, {}), (command, {"command": "1POWR ?"})])
def test_a_wrong_password_is_said_once(capability, options, scripted, perform_task):
    projector = scripted([(b"", b"PJLINK 1 " + RANDOM + b"\r"), (b"?" * 41, b"PJLINK ERRA\r")])
    result = perform_task(capability, projector.options(model="pjlink", password="wrong", timeout=5, retries=3, **options))
    assert result["error"] == {"kind": "locked", "stage": "login", "outcome": "nothing"}, result
    assert "refused the password. Check bytewire_password;" in result["msg"] and len(projector.received) == 1


def test_a_projector_that_takes_a_while_is_told_once(emulated, perform_task):
    projector = emulated("pjlink", password=PASSWORD, initial={"transition": 1.2})

    def power(state, **others):
        return perform_task(settings, projector.options(settings={"power": state}, password=PASSWORD, **others))

    def told():
        return [entry["bytes"] for entry in projector.journal.entries if entry.get("what") == "settings.power.set"]

    started = time.monotonic()
    first = power("on", settle=0)
    assert first["changed"] and first["error"]["kind"] == "unverified" and "it reads warming" in first["msg"]
    during = power("on")
    assert not during["changed"] and during["settings"]["power"] == {"state": "on", "was": "warming"} and time.monotonic() - started >= 1.2
    assert not power("on")["changed"] and len(told()) == 1
    cooling = power("off")
    assert cooling["changed"] and cooling["settings"]["power"] == {"state": "off", "was": "on"}
    projector.board.change({"settings": {"power": "on"}})
    assert power("off", settle=0)["error"]["kind"] == "unverified"
    back = power("on")  # it is cooling down
    assert back["changed"] and back["settings"]["power"]["was"] == "cooling"
    assert len(told()) == 4


@pytest.mark.parametrize("model", ["pjlink", "pjlink2"])
def test_what_it_tells_with_a_password(model, emulated, perform_task):
    projector = emulated(model, password=PASSWORD, initial={"settings": {"power": "on", "input": "digital2", "mute": "on"}, "errors": 0x210000})
    result = perform_task(device_info, projector.options(password=PASSWORD), trace=True)
    assert {"power": "on", "input": "digital2", "picture_mute": "off", "mute": "on"}.items() <= result["settings"].items()
    assert result["information"]["errors"] == ["lamp warning", "fan error"] and result["information"]["lamp_hours"] == 1234
    assert result["information"]["class"] == (1 if model == "pjlink" else 2)
    assert sum("*" in said["sent"] for said in result["trace"]) == 1 and PASSWORD not in f"{result} {projector.journal.entries}"


def test_what_a_projector_in_standby_declines(scripted, perform_task):
    questions = ["ERST", "LAMP", "INST", "NAME", "INF1", "INF2", "INFO", "CLSS"]
    refused = [(f"%1{body} ?\r".encode(), f"%1{body}=ERR3\r".encode()) for body in questions]
    projector = scripted([(b"", b"PJLINK 0\r"), *refused, (b"%1POWR ?\r", b"%1POWR=0\r")])
    result = perform_task(device_info, projector.options(model="pjlink", timeout=5, retries=0))
    assert result["settings"] == {"power": "off", "input": "unknown", "picture_mute": "unknown", "mute": "unknown"}
    assert set(result["information"].values()) == {"unknown"}


def test_a_command(scripted, perform_task):
    projector = scripted([(b"", b"PJLINK 1 " + RANDOM + b"\r"), (DIGEST + b"%2SVOL 1\r", b"%2SVOL=OK\r"), (b"%2MVOL 1\r", b"%2MVOL=ERR1\r")])
    result = perform_task(command, projector.options(model="pjlink2", commands=[{"command": "2SVOL 1"}, {"command": "2MVOL 1"}], password=PASSWORD, timeout=5))
    assert result["replies"] == [{"command": "2SVOL 1", "reply": "OK"}]
    assert result["error"]["kind"] == "refused" and "(it does not know this)" in result["msg"]


def test_class_1_words_for_class_2(emulated, perform_task):
    projector = emulated("pjlink2", initial={"settings": {"power": "on"}})
    task = projector.options(settings={"input": "digital3"})
    assert perform_task(settings, dict(task, model="pjlink"))["changed"] and not perform_task(settings, task)["changed"]


@pytest.mark.parametrize("model", ["pjlink", "pjlink2"])
def test_bytes_of_any_kind(model):
    bear(model, [DIGEST[:7], DIGEST[7:], b"%1POWR", b" ?\r", b"%1AVMT=30\r", b"PJLINK 1 ", RANDOM, b"\r", bytes(range(256))], {"digest": ""})

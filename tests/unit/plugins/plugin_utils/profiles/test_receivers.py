# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of audio-video receivers, both ways, against what their makers' sheets and programs of others have."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import (
    Conversation, answers, bear, both_ways, profile_of, tells,
)


def iscp(text):
    """A line in its frame, written out: a header of 16 bytes with the length of what follows."""
    return b"ISCP\x00\x00\x00\x10\x00\x00\x00" + bytes([len(text)]) + b"\x01\x00\x00\x00" + text


# page, setting, value, what sets it, what acknowledges that, what asks for it, what tells it
TABLE = [
    ("denon", "power", "on", b"PWON\r", b"PWON\r", b"PW?\r", b"PWON\r"),
    ("denon", "power", "off", b"PWSTANDBY\r", b"PWSTANDBY\r", b"PW?\r", b"PWSTANDBY\r"),
    ("denon", "input", "bd", b"SIBD\r", b"SIBD\r", b"SI?\r", b"SIBD\r"),
    ("denon", "volume", 50, b"MV50\r", b"MV50\r", b"MV?\r", b"MV50\r"),
    ("denon", "mute", "on", b"MUON\r", b"MUON\r", b"MU?\r", b"MUON\r"),
    ("pioneer", "power", "on", b"PO\r", b"PWR0\r\n", b"?P\r", b"PWR0\r\n"),
    ("pioneer", "volume", 121, b"121VL\r", b"VOL121\r\n", b"?V\r", b"VOL121\r\n"),
    ("pioneer", "input", 25, b"25FN\r", b"FN25\r\n", b"?F\r", b"FN25\r\n"),
    ("pioneer", "mute", "on", b"MO\r", b"MUT0\r\n", b"?M\r", b"MUT0\r\n"),
    ("onkyo", "power", "on", b"ISCP\0\0\0\x10\0\0\0\x08\x01\0\0\0!1PWR01\r", iscp(b"!1PWR01\x1a\r\n"), b"ISCP\0\0\0\x10\0\0\0\x0a\x01\0\0\0!1PWRQSTN\r",
     b"ISCP\0\0\0\x10\0\0\0\x0a\x01\0\0\0!1PWR01\x1a\r\n"),
    ("onkyo", "volume", 30, iscp(b"!1MVL1E\r"), iscp(b"!1MVL1E\x1a\r\n"), iscp(b"!1MVLQSTN\r"), iscp(b"!1MVL1E\x1a\r\n")),
    ("onkyo", "mute", "on", iscp(b"!1AMT01\r"), iscp(b"!1AMT01\x1a\r\n"), iscp(b"!1AMTQSTN\r"), iscp(b"!1AMT01\x1a\r\n")),
    ("onkyo", "input", "bd", iscp(b"!1SLI10\r"), iscp(b"!1SLI10\x1a\r\n"), iscp(b"!1SLIQSTN\r"), iscp(b"!1SLI10\x1a\r\n")),
    ("yamaha_ynca", "power", "off", b"@MAIN:PWR=Standby\r\n", b"@MAIN:PWR=Standby\r\n", b"@MAIN:PWR=?\r\n", b"@MAIN:PWR=Standby\r\n"),
    ("yamaha_ynca", "input", "hdmi1", b"@MAIN:INP=HDMI1\r\n", b"@MAIN:INP=HDMI1\r\n", b"@MAIN:INP=?\r\n", b"@MAIN:INP=HDMI1\r\n"),
    ("yamaha_ynca", "volume", -30.5, b"@MAIN:VOL=-30.5\r\n", b"@MAIN:VOL=-30.5\r\n", b"@MAIN:VOL=?\r\n", b"@MAIN:VOL=-30.5\r\n"),
    ("yamaha_ynca", "mute", "off", b"@MAIN:MUTE=Off\r\n", b"@MAIN:MUTE=Off\r\n", b"@MAIN:MUTE=?\r\n", b"@MAIN:MUTE=Off\r\n"),
]


@pytest.mark.parametrize("model, name, value, to_set, set_reply, to_ask, told", TABLE)
def test_a_setting_both_ways(model, name, value, to_set, set_reply, to_ask, told):
    both_ways(model, name, value, to_set, set_reply, to_ask, told)


def test_switching_a_pioneer_off():
    power = profile_of("pioneer").settings["power"]
    assert power.set.send.render(power.fields(power.code("off"))) == b"PF\r" and answers("pioneer", "power", b"PWR1\r\n")[0] == "reply"


# page, setting, what tells it, its value
READ = [
    ("denon", "volume", b"MV505\r", 50.5), ("denon", "volume", b"MVMAX 98\rMV50\r", 50), ("denon", "power", b"ZMON\rPWON\r", "on"),
    ("pioneer", "power", b"PWR2\r\n", "off"), ("pioneer", "power", b"PWR1\r\n", "off"), ("pioneer", "power", b"\r\nPWR0\r\n", "on"),
    ("pioneer", "mute", b"MUT1\r\n", "off"),
    ("onkyo", "power", iscp(b"!1PWR00\x1a"), "off"), ("onkyo", "power", iscp(b"!1PWR00\x1a\r"), "off"),
    ("onkyo", "volume", iscp(b"!1NTM00:01/03:10\x1a\r\n") + iscp(b"!1MVL32\x1a\r\n"), 50),
    ("yamaha_ynca", "mute", b"@MAIN:MUTE=Att -20 dB\r\n", "on"), ("yamaha_ynca", "volume", b"@MAIN:INP=HDMI2\r\n@MAIN:VOL=16.5\r\n", 16.5),
]


@pytest.mark.parametrize("model, name, data, value", READ)
def test_what_receivers_were_seen_to_tell(model, name, data, value):
    assert tells(model, name, data) == value


@pytest.mark.parametrize("model, name, data, kind", (
    ("pioneer", "volume", b"E06\r\n", "refused"), ("pioneer", "volume", b"E02\r\n", "busy"), ("pioneer", "power", b"B00\r\n", "busy"),
    ("onkyo", "input", iscp(b"!1SLIN/A\x1a\r\n"), "refused"), ("yamaha_ynca", "input", b"@RESTRICTED\r\n", "refused"),
    ("yamaha_ynca", "input", b"@UNDEFINED\r\n", "refused"),
))
def test_what_is_refused(model, name, data, kind):
    assert answers(model, name, data)[0] == kind


@pytest.mark.parametrize("model, data, reply", (
    ("pioneer", b"186VL\r", b"E06\r\n"), ("onkyo", iscp(b"!1SLI06\r"), iscp(b"!1SLIN/A\x1a\r\n")), ("onkyo", iscp(b"!1SLI06\r\n"), iscp(b"!1SLIN/A\x1a\r\n")),
    ("yamaha_ynca", b"@MAIN:VOL=99.0\r\n", b"@UNDEFINED\r\n"), ("denon", b"SILASTFM\r", b""),
))
def test_what_an_emulated_receiver_refuses(model, data, reply):
    assert Conversation(model, settings={"power": "on"}).say(data) == reply


@pytest.mark.parametrize("model", ("denon", "pioneer", "onkyo", "yamaha_ynca"))
def test_bytes_of_any_kind(model):
    bear(model, [b"PW", b"ON\r", b"ISCP\0\0\0\x10\0\0\0\x08\x01\0\0\0!1", b"PWR01\r", b"@MAIN:", b"VOL=-3", b"\r\n", bytes(range(256))])

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of displays and projectors that have no file of their own, both ways, against bytes as makers' manuals and programs of others have them."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import answers, bear, both_ways, profile_of, tells

HASH = b"d4a58eaea919558fb54a33a2effa8b94"  # of admin1:panasonic:09b075be

# page, unit, setting, value, what sets it, what acknowledges that, what asks for it, what tells it
TABLE = [
    ("samsung_mdc", 1, "power", "on", "AA 11 01 01 01 14", "AA FF 01 03 41 11 01 56", "AA 11 01 00 12", "AA FF 01 03 41 11 01 56"),
    ("samsung_mdc", 1, "power", "off", "AA 11 01 01 00 13", "AA FF 01 03 41 11 00 55", "AA 11 01 00 12", "AA FF 01 03 41 11 00 55"),
    ("samsung_mdc", 0, "power", "on", "AA 11 00 01 01 13", "AA FF 00 03 41 11 01 55", "AA 11 00 00 11", "AA FF 00 03 41 11 01 55"),
    ("samsung_mdc", 0, "volume", 24, "AA 12 00 01 18 2B", "AA FF 00 03 41 12 18 6D", "AA 12 00 00 12", "AA FF 00 03 41 12 18 6D"),
    ("samsung_mdc", 0, "input", "hdmi1", "AA 14 00 01 21 36", "AA FF 00 03 41 14 21 78", "AA 14 00 00 14", "AA FF 00 03 41 14 21 78"),
    ("philips_sicp", 1, "power", "on", "06 01 00 18 02 1D", "06 01 00 00 06 01", "05 01 00 19 1D", "06 01 00 19 02 1C"),
    ("philips_sicp", 1, "power", "off", "06 01 00 18 01 1E", "06 01 00 00 06 01", "05 01 00 19 1D", "06 01 00 19 01 1F"),
    ("philips_sicp", 1, "input", "hdmi1", "09 01 00 AC 0D 00 01 00 A8", "06 01 00 00 06 01", "05 01 00 AD A9", "09 01 00 AD 0D 00 00 00 A8"),
    ("philips_sicp", 1, "volume", 50, "07 01 00 44 32 32 42", "06 01 00 00 06 01", "05 01 00 45 41", "07 01 00 45 32 00 71"),
    ("philips_sicp", 1, "picture_mute", "on", "06 01 00 72 01 74", "06 01 00 00 06 01", "05 01 00 71 75", "06 01 00 71 01 77"),
    ("sony_bravia", None, "power", "on", b"*SCPOWR0000000000000001\n", b"*SAPOWR0000000000000000\n", b"*SEPOWR################\n",
     b"*SAPOWR0000000000000001\n"),
    ("sony_bravia", None, "input", "hdmi1", b"*SCINPT0000000100000001\n", b"*SAINPT0000000000000000\n", b"*SEINPT################\n",
     b"*SAINPT0000000100000001\n"),
    ("sony_bravia", None, "volume", 99, b"*SCVOLU0000000000000099\n", b"*SAVOLU0000000000000000\n", b"*SEVOLU################\n", b"*SAVOLU0000000000000099\n"),
    ("sharp_aquos", None, "power", "on", b"POWR1   \r", b"OK\r", b"POWR????\r", b"1\r"),
    ("sharp_aquos", None, "volume", 30, b"VOLM30  \r", b"OK\r", b"VOLM????\r", b"30\r"),
    ("optoma", None, "power", "on", b"~0000 1\r", b"P\r", b"~00124 1\r", b"Ok1\r"),
    ("optoma", None, "power", "off", b"~0000 0\r", b"P\r", b"~00124 1\r", b"Ok0\r"),
    ("optoma", None, "input", "hdmi1", b"~0012 1\r", b"P\r", b"~00121 1\r", b"Ok7\r"),
    ("optoma", None, "picture_mute", "on", b"~0002 1\r", b"P\r", b"~00355 1\r", b"Ok1\r"),
    ("optoma", None, "mute", "on", b"~0003 1\r", b"P\r", b"~00356 1\r", b"Ok1\r"),
    ("benq_projector", None, "power", "on", b"\r*pow=on#\r", b"*pow=on#", b"\r*pow=?#\r", b"*pow=on#"),
    ("benq_projector", None, "input", "hdmi1", b"\r*sour=hdmi#\r", b"*sour=hdmi#", b"\r*sour=?#\r", b"*sour=hdmi#"),
    ("benq_projector", None, "picture_mute", "on", b"\r*blank=on#\r", b"*blank=on#", b"\r*blank=?#\r", b"*blank=on#"),
    ("vivitek", None, "power", "on", b"op power.on\r", b"OP POWER.on\r", b"op status ?\r", b"OP STATUS = 2\r"),
    ("vivitek", None, "input", "hdmi1", b"op input.sel = 6\r", b"OP INPUT.SEL = 6\r", b"op input.sel ?\r", b"OP INPUT.SEL = 6\r"),
    ("vivitek", None, "picture_mute", "on", b"op blank = 1\r", b"OP BLANK = 1\r", b"op blank ?\r", b"OP BLANK = 1\r"),
    ("panasonic_ntcontrol", None, "power", "on", b"00PON\r", b"00PON\r", b"00Q$S\r", b"002\r"),
    ("panasonic_ntcontrol", None, "input", "hdmi1", b"00IIS:HD1\r", b"00IIS:HD1\r", b"00QIN\r", b"00HD1\r"),
    ("panasonic_ntcontrol", None, "picture_mute", "on", b"00OSH:1\r", b"00OSH:1\r", b"00QSH\r", b"001\r"),
]


@pytest.mark.parametrize("model, unit, name, value, to_set, set_reply, to_ask, told", TABLE)
def test_a_setting_both_ways(model, unit, name, value, to_set, set_reply, to_ask, told):
    both_ways(model, name, value, to_set, set_reply, to_ask, told, unit)


# page, setting, what tells it, its value
READ = [
    ("samsung_mdc", "input", "AA FF 01 03 41 14 22 7A", "hdmi1"), ("philips_sicp", "volume", "07 01 00 45 32 32 43", 50),
    ("philips_sicp", "input", "09 01 00 AD 0D 00 01 00 A9", "hdmi1"),
    ("sony_bravia", "power", b"*SNVOLU0000000000000020\n*SAPOWR0000000000000000\n", "off"),
    ("optoma", "power", b"INFO1\rOk1\r", "on"), ("optoma", "input", b"Ok16\r", "hdbaset1"),
    ("benq_projector", "power", b">*pow=?#\r\n*POW=OFF#", "off"), ("benq_projector", "input", b"*SOUR=HDMI#", "hdmi1"),
    ("vivitek", "power", b"OP STATUS = 4\r", "warming"), ("vivitek", "power", b"OP STATUS = 3\r", "cooling"), ("vivitek", "power", b"OP STATUS = 1\r", "off"),
    ("panasonic_ntcontrol", "power", b"001\r", "warming"), ("panasonic_ntcontrol", "power", b"003\r", "cooling"),
]


@pytest.mark.parametrize("model, name, data, value", READ)
def test_what_devices_were_seen_to_tell(model, name, data, value):
    assert tells(model, name, data) == value


@pytest.mark.parametrize("model, name, data, kind, code", (
    ("samsung_mdc", "power", "AA FF 01 03 4E 11 01 63", "refused", 1), ("philips_sicp", "power", "06 01 00 00 18 1F", "refused", 0x18),
    ("philips_sicp", "power", "06 01 00 00 15 12", "refused", 0x15), ("sony_bravia", "mute", b"*SAAMUTFFFFFFFFFFFFFFFF\n", "refused", None),
    ("sharp_aquos", "volume", b"ERR\r", "refused", None), ("optoma", "power", b"F\r", "refused", None),
    ("benq_projector", "power", b"*Block item#", "busy", None), ("benq_projector", "input", b"*Unsupported item#", "refused", None),
    ("vivitek", "power", b"*Illegal format#\r", "refused", None), ("vivitek", "input", b"OP INPUT.SEL = NA\r", "refused", None),
    ("panasonic_ntcontrol", "power", b"ERR3\r", "busy", None), ("panasonic_ntcontrol", "power", b"00ER401\r", "busy", None),
    ("panasonic_ntcontrol", "power", b"00ER402\r", "refused", 402), ("panasonic_ntcontrol", "power", b"ERRA\r", "locked", None),
))
def test_what_is_refused(model, name, data, kind, code):
    assert answers(model, name, data) == (kind, code)


def test_the_digest_of_a_panasonic():
    profile = profile_of("panasonic_ntcontrol")
    greeting = profile.login[0].read(b"NTCONTROL 1 09b075be\r", {})
    power = profile.settings["power"].get
    caught = {"username": "admin1", "password": "panasonic", **greeting.values}
    assert power.send.render({"digest": profile.digest.made(power.request, caught)}) == HASH + b"00Q$S\r"


@pytest.mark.parametrize("model", dict.fromkeys(row[0] for row in TABLE))
def test_bytes_of_any_kind(model):
    bear(model, [b"\xaa\xff\x01\x03A\x11", b"\x06\x01\x00\x00", b"*SA", b"POWR0000", b"Ok1", b"\r", b">*pow", b"=?#", b"NTCONTROL 1 0", bytes(range(256))])

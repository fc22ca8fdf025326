# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of projectors, large displays and cameras that have no file of their own, both ways, against bytes of makers' documents and programs of others."""

from __future__ import annotations

import hashlib

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
    # the fact sheet of Christie
    ("christie", "power", "on", b"($PWR 1)", b"$", b"(PWR?)", b"(PWR!001)"), ("christie", "power", "off", b"($PWR 0)", b"$", b"(PWR?)", b"(PWR!000)"),
    ("christie", "input", 1, b"($SIN 1)", b"$", b"(SIN?)", b"(SIN!001)"), ("christie", "picture_mute", "off", b"($SHU 0)", b"$", b"(SHU?)", b"(SHU!000)"),
    ("christie", "freeze", "on", b"($FRZ 1)", b"$", b"(FRZ?)", b"(FRZ!001)"),
    # the fact sheet of Barco
    ("barco", "power", "on", b"[POWR1]", b"", b"[POWR?]", b"[POWR!1]"), ("barco", "power", "off", b"[POWR0]", b"", b"[POWR?]", b"[POWR!0]"),
    ("barco", "picture_mute", "on", b"[PMUT1]", b"", b"[PMUT?]", b"[PMUT!1]"), ("barco", "freeze", "on", b"[FRZE1]", b"", b"[FRZE?]", b"[FRZE!1]"),
    ("barco", "input", "hdmi1", b"[MSRC1]", b"", b"[MSRC?]", b"[MSRC!1]"),
    # the fact sheet of Vivitek, InFocus, Digital Projection and JVC
    ("digital_projection", "power", "on", b"*power = 1\r", b"ack power = 1\r", b"*status ?\r", b"ack status = 2\r"),
    ("digital_projection", "power", "off", b"*power = 0\r", b"ack power = 0\r", b"*status ?\r", b"ack status = 0\r"),
    ("digital_projection", "input", "hdmi1", b"*input = 1\r", b"ack input = 1\r", b"*input ?\r", b"ack input = 1\r"),
    ("digital_projection", "freeze", "on", b"*freeze = 1\r", b"ack freeze = 1\r", b"*freeze ?\r", b"ack freeze = 1\r"),
    ("digital_projection", "picture_mute", "on", b"*shutter = 1\r", b"ack shutter = 1\r", b"*shutter ?\r", b"ack shutter = 1\r"),
    ("jvc_dila", "power", "on", "21 89 01 50 57 31 0A", "06 89 01 50 57 0A", "3F 89 01 50 57 0A", "06 89 01 50 57 0A 40 89 01 50 57 31 0A"),
    ("jvc_dila", "power", "off", "21 89 01 50 57 30 0A", "06 89 01 50 57 0A", "3F 89 01 50 57 0A", "06 89 01 50 57 0A 40 89 01 50 57 30 0A"),
    ("jvc_dila", "input", "hdmi1", "21 89 01 49 50 36 0A", "06 89 01 49 50 0A", "3F 89 01 49 50 0A", "06 89 01 49 50 0A 40 89 01 49 50 36 0A"),
    ("jvc_dila", "input", "hdmi2", "21 89 01 49 50 37 0A", "06 89 01 49 50 0A", "3F 89 01 49 50 0A", "06 89 01 49 50 0A 40 89 01 49 50 37 0A"),
    ("infocus", "power", "on", b"(PWR1)", b"", b"(PWR?)", b"(0-1,1)"), ("infocus", "power", "off", b"(PWR0)", b"", b"(PWR?)", b"(0-1,0)"),
    ("infocus", "input", "hdmi1", b"(SRC4)", b"", b"(SRC?)", b"(0-1,4)"), ("infocus", "picture_mute", "on", b"(BLK1)", b"", b"(BLK?)", b"(0-1,1)"),
    ("infocus", "volume", 5, b"(VOL5)", b"", b"(VOL?)", b"(0-1,5)"), ("infocus", "mute", "on", b"(MTE1)", b"", b"(MTE?)", b"(0-1,1)"),
    ("infocus", "freeze", "on", b"(FRZ1)", b"", b"(FRZ?)", b"(0-1,1)"),
    ("vivitek_2", "power", "on", b"op power.on\r", b"OP POWER.on\r", b"op status ?\r", b"OP STATUS = 2\r"),
    ("vivitek_2", "power", "off", b"op power.off\r", b"OP POWER.off\r", b"op status ?\r", b"OP STATUS = 0\r"),
    ("vivitek_2", "input", "hdmi1", b"op input.sel = 0\r", b"OP INPUT.SEL = 0\r", b"op input.sel ?\r", b"OP INPUT.SEL = 0\r"),
    ("vivitek_2", "picture_mute", "on", b"op picture.mute = 1\r", b"OP PICTURE.MUTE = 1\r", b"op picture.mute ?\r", b"OP PICTURE.MUTE = 1\r"),
    ("canon", "power", "on", b"POWER ON\r", b"i:OK\r", b"GET POWER\r", b"g:POWER=ON\r"),
    ("canon", "power", "off", b"POWER OFF\r", b"i:OK\r", b"GET POWER\r", b"g:POWER=OFF\r"),
    ("canon", "input", "hdmi1", b"INPUT=HDMI\r", b"i:OK\r", b"GET INPUT\r", b"g:INPUT=HDMI\r"),
    ("canon", "volume", 20, b"AVOL=20\r", b"i:OK\r", b"GET AVOL\r", b"g:AVOL=20\r"),
    ("canon", "mute", "on", b"MUTE=ON\r", b"i:OK\r", b"GET MUTE\r", b"g:MUTE=ON\r"),
    ("canon", "picture_mute", "on", b"BLANK=ON\r", b"i:OK\r", b"GET BLANK\r", b"g:BLANK=ON\r"),
    ("canon", "freeze", "off", b"FREEZE=OFF\r", b"i:OK\r", b"GET FREEZE\r", b"g:FREEZE=OFF\r"),
    ("eiki", "power", "on", b"C00\r", b"\x06\r", b"CR0\r", b"00\r"), ("eiki", "power", "off", b"C01\r", b"\x06\r", b"CR0\r", b"80\r"),
    # the fact sheet of large displays
    ("lfd_text", "power", "on", b"801s!001\r", b"401+\r", b"801gl000\r", b"801rl001\r"),
    ("lfd_text", "power", "off", b"801s!000\r", b"401+\r", b"801gl000\r", b"801rl000\r"),
    ("lfd_text", "input", "hdmi1", b'801s"004\r', b"401+\r", b"801gj000\r", b"801rj004\r"),
    ("lfd_text", "volume", 30, b"801s5030\r", b"401+\r", b"801gf000\r", b"801rf030\r"),
    ("lfd_text", "mute", "on", b"801s6001\r", b"401+\r", b"801gg000\r", b"801rg001\r"),
    ("lfd_text", "brightness", 76, b"801s$076\r", b"401+\r", b"801gb000\r", b"801rb076\r"),
    ("benq_display", "power", "on", b"801s!001\r", b"401+\r", b"801gl000\r", b"801rl001\r"),
    ("benq_display", "input", "hdmi2", b'801s"021\r', b"401+\r", b"801gj000\r", b"801rj021\r"),
    ("clevertouch", "power", "on", b":01S0001\r", b"401+\r", b":01G0000\r", b":01r0001\r"),
    ("clevertouch", "power", "off", b":01S0000\r", b"401+\r", b":01G0000\r", b":01r0000\r"),
    ("clevertouch", "input", "hdmi1", b":01S:001\r", b"401+\r", b":01G:000\r", b":01r:001\r"),
    ("clevertouch", "input", "hdmi3", b":01S:021\r", b"401+\r", b":01G:000\r", b":01r:021\r"),
    ("clevertouch", "volume", 50, b":01S8050\r", b"401+\r", b":01G8000\r", b":01r8050\r"),
    ("clevertouch", "mute", "on", b":01S9001\r", b"401+\r", b":01G9000\r", b":01r9001\r"),
    ("iiyama_lh", "power", "on", "A6 01 00 00 00 04 01 18 02 B8", "21 01 00 00 04 01 00 00 25", "A6 01 00 00 00 03 01 19 BC", "21 01 00 00 04 01 19 02 3E"),
    ("iiyama_lh", "power", "off", "A6 01 00 00 00 04 01 18 01 BB", "21 01 00 00 04 01 00 00 25", "A6 01 00 00 00 03 01 19 BC", "21 01 00 00 04 01 19 01 3D"),
    ("iiyama_lh", "input", "hdmi1", "A6 01 00 00 00 07 01 AC 0D 00 00 00 00", "21 01 00 00 04 01 00 00 25", "A6 01 00 00 00 03 01 AD 08",
     "21 01 00 00 04 01 AD 0D 85"),
    ("iiyama_lh", "volume", 50, "A6 01 00 00 00 04 01 44 32 D4", "21 01 00 00 04 01 00 00 25", "A6 01 00 00 00 03 01 45 E0", "21 01 00 00 04 01 45 32 52"),
    ("iiyama_lh", "mute", "on", "A6 01 00 00 00 04 01 47 01 E4", "21 01 00 00 04 01 00 00 25", "A6 01 00 00 00 03 01 46 E3", "21 01 00 00 04 01 46 01 62"),
    ("boxlight", "power", "on", "AA BB CC 01 00 00 01 DD EE FF", "", "AA BB CC 01 02 00 03 DD EE FF", "AA BB CC 80 00 00 80 DD EE FF"),
    ("boxlight", "power", "off", "AA BB CC 01 01 00 02 DD EE FF", "", "AA BB CC 01 02 00 03 DD EE FF", "AA BB CC 80 01 00 81 DD EE FF"),
    ("boxlight", "input", "hdmi1", "AA BB CC 02 06 00 08 DD EE FF", "", "AA BB CC 02 00 00 02 DD EE FF", "AA BB CC 81 06 00 87 DD EE FF"),
    ("boxlight", "volume", 50, "AA BB CC 03 00 32 35 DD EE FF", "", "AA BB CC 03 02 00 05 DD EE FF", "AA BB CC 82 00 32 B4 DD EE FF"),
    ("boxlight", "mute", "on", "AA BB CC 03 01 00 04 DD EE FF", "", "AA BB CC 03 03 00 06 DD EE FF", "AA BB CC 82 01 00 83 DD EE FF"),
    # the fact sheet of Sharp monitors
    ("sharp_pn", "power", "on", b"POWR0001\r", b"OK\r", b"POWR????\r", b"1\r"), ("sharp_pn", "power", "off", b"POWR0000\r", b"OK\r", b"POWR????\r", b"0\r"),
    ("sharp_pn", "input", "hdmi1", b"INPS0010\r", b"OK\r", b"INPS????\r", b"10\r"), ("sharp_pn", "volume", 30, b"VOLM0030\r", b"OK\r", b"VOLM????\r", b"30\r"),
    ("sharp_pn", "mute", "on", b"MUTE0001\r", b"OK\r", b"MUTE????\r", b"1\r"),
    # the fact sheet of Panasonic, serial and displays
    ("panasonic_serial", "power", "on", b"\x02ADZZ;PON\x03", b"\x02PON\x03", b"\x02ADZZ;Q$S\x03", b"\x022\x03"),
    ("panasonic_serial", "power", "off", b"\x02ADZZ;POF\x03", b"\x02POF\x03", b"\x02ADZZ;Q$S\x03", b"\x020\x03"),
    ("panasonic_serial", "input", "hdmi1", b"\x02ADZZ;IIS:HD1\x03", b"\x02IIS:HD1\x03", b"\x02ADZZ;QIN\x03", b"\x02HD1\x03"),
    ("panasonic_serial", "picture_mute", "on", b"\x02ADZZ;OSH:1\x03", b"\x02OSH:1\x03", b"\x02ADZZ;QSH\x03", b"\x021\x03"),
    ("panasonic_display", "power", "on", b"00PON\r", b"00PON\r", b"00QPW\r", b"001\r"),
    ("panasonic_display", "input", "hdmi1", b"00IMS:HM1\r", b"00IMS:HM1\r", b"00QMI\r", b"00HM1\r"),
    ("panasonic_display", "volume", 30, b"00AVL:030\r", b"00AVL:030\r", b"00QAV\r", b"0030\r"),
    ("panasonic_display", "mute", "on", b"00AMT:1\r", b"00AMT:1\r", b"00QAM\r", b"001\r"),
    # the fact sheet of VISCA
    ("visca", "power", "on", "81 01 04 00 02 FF", "90 41 FF 90 51 FF", "81 09 04 00 FF", "90 50 02 FF"),
    ("visca", "power", "off", "81 01 04 00 03 FF", "90 41 FF 90 51 FF", "81 09 04 00 FF", "90 50 03 FF"),
    ("visca", "zoom", 0x1000, "81 01 04 47 01 00 00 00 FF", "90 41 FF 90 51 FF", "81 09 04 47 FF", "90 50 01 00 00 00 FF"),
    ("visca", "autofocus", "on", "81 01 04 38 02 FF", "90 41 FF 90 51 FF", "81 09 04 38 FF", "90 50 02 FF"),
    ("visca", "autofocus", "off", "81 01 04 38 03 FF", "90 41 FF 90 51 FF", "81 09 04 38 FF", "90 50 03 FF"),
]


@pytest.mark.parametrize("model, name, value, to_set, set_reply, to_ask, told", TABLE)
def test_a_setting_both_ways(model, name, value, to_set, set_reply, to_ask, told):
    both_ways(model, name, value, to_set, set_reply, to_ask, told)


@pytest.mark.parametrize("model, unit, name, value, to_set, set_reply, to_ask, told", (
    ("iiyama_lh", 5, "power", "on", "A6 05 00 00 00 04 01 18 02 BC", "21 05 00 00 04 01 00 00 21", "A6 05 00 00 00 03 01 19 B8", "21 05 00 00 04 01 19 02 3A"),
    ("lfd_text", 12, "power", "on", b"812s!001\r", b"412+\r", b"812gl000\r", b"812rl001\r"),
    ("visca", 2, "power", "on", "82 01 04 00 02 FF", "A0 41 FF A0 51 FF", "82 09 04 00 FF", "A0 50 02 FF"),
))
def test_a_setting_of_another_unit(model, unit, name, value, to_set, set_reply, to_ask, told):
    both_ways(model, name, value, to_set, set_reply, to_ask, told, unit)


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
    ("christie", "power", b'(PWR!001 "Power On")', "on"), ("christie", "power", b"(PWR!010)", "cooling"), ("christie", "power", b"(PWR!11)", "warming"),
    ("christie", "power", b'(PWR!021 "Auto \\(lamp\\) \\"2\\"")', "shutting_down"), ("christie", "picture_mute", b'(SHU!1 "Closed")', "on"),
    ("barco", "power", b"[POWR!01]", "on"), ("barco", "power", b"[POWR!00]", "off"), ("barco", "power", b"[POWR!10]", "cooling"),
    ("barco", "power", b"[POWR!11]", "warming"), ("barco", "picture_mute", b"[PMUT!01]", "on"), ("barco", "input", b"[MSRC!01]", "hdmi1"),
    ("digital_projection", "input", b"ack input = 0\r", "dp1"), ("digital_projection", "power", b"ACK status = 1\r", "warming"),
    ("digital_projection", "power", b"ACK status = 3\r", "cooling"), ("digital_projection", "power", b"ACK status = 4\r", "error"),
    ("jvc_dila", "power", "06 89 01 50 57 0A 40 89 01 50 57 32 0A", "cooling"), ("jvc_dila", "power", "06 89 01 50 57 0A 40 89 01 50 57 34 0A", "error"),
    ("infocus", "input", b"(0-17,17)", "hdbaset1"), ("infocus", "power", b"\r\n(0-1,1)", "on"), ("infocus", "volume", b"(0-10,10)", 10),
    ("vivitek_2", "power", b"OP STATUS = 1\r", "warming"), ("vivitek_2", "power", b"OP STATUS = 3\r", "cooling"),
    ("canon", "power", b"g:POWER=OFF2ON\r", "warming"), ("canon", "power", b"g:POWER=PMM2ON\r", "warming"), ("canon", "power", b"g:POWER=ON2PMM\r", "cooling"),
    ("canon", "power", b"g:POWER=ON2OFF\r", "cooling"), ("canon", "power", b"g:POWER=PMM\r", "standby"), ("canon", "input", b"g:INPUT=A-RGB2\r", "vga2"),
    ("canon", "input", b"g:INPUT=S-VIDEO\r", "svideo1"), ("canon", "input", b"g:INPUT=HDBT\r", "hdbaset1"),
    ("eiki", "power", b"40\r", "warming"), ("eiki", "power", b"20\r", "cooling"), ("eiki", "power", b"2C\r", "cooling"), ("eiki", "power", b"81\r", "off"),
    ("lfd_text", "power", b"801rf030\r801rl001\r", "on"), ("benq_display", "input", b"801rj002\r", "hdmi1"), ("clevertouch", "power", b":01r0002\r", "all_off"),
    ("iiyama_lh", "volume", "21 01 00 00 04 01 45 4D 2D", 77), ("boxlight", "input", "AA BB CC 81 05 00 86 DD EE FF", "hdmi3"),
    ("boxlight", "mute", "AA BB CC 82 01 01 84 DD EE FF", "off"), ("boxlight", "input", "AA BB CC 81 11 00 92 DD EE FF", "dp1"),
    ("sharp_pn", "power", b"\nPOWR 001\r", "on"), ("sharp_pn", "power", b"1 001\r", "on"), ("sharp_pn", "power", b"\n2\r", "on"),
    ("sharp_pn", "volume", b"\nVOLM 010\r", 10), ("sharp_pn", "input", b"\n9\r", "hdmi1"), ("sharp_pn", "mute", b"\nMUTE 000\r", "off"),
    ("panasonic_serial", "power", b"\x021\x03", "warming"), ("panasonic_serial", "power", b"\x023\x03", "cooling"),
    ("panasonic_display", "power", b"00001\r", "on"), ("panasonic_display", "power", b"00000\r", "off"),
    ("visca", "power", "90 41 FF 90 51 FF 90 50 03 FF", "off"), ("visca", "zoom", "90 50 04 00 00 00 FF", 0x4000),
    ("vivitek_2", "power", b"OP STATUS = 4\r", "warning"), ("vivitek_2", "input", b"OP INPUT.SEL = 6\r", "sdi1"),
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
    ("christie", "input", b'(65535 00000 ERR00005 "ITP: Too Few Parameters")', "refused", 5),
    ("christie", "input", b'(65535 00000 ERR00118 "System Busy")', "busy", None),
    ("digital_projection", "input", b"nack out of range\r", "refused", None), ("digital_projection", "input", b"NAK\r", "refused", None),
    ("canon", "power", b"i:BUSY\r", "busy", None), ("canon", "input", b"e:1004 POWER_MANAGEMENT_OFF\r", "refused", 0x1004),
    ("canon", "input", b"e:0001 BAD_SEQUENCE\r", "refused", 1),
    ("eiki", "power", b"?\r", "refused", None), ("eiki", "power", b"\x15\r", "refused", None),
    ("lfd_text", "input", b"401-\r", "refused", None), ("clevertouch", "input", b"401-\r", "refused", None),
    ("iiyama_lh", "power", "21 01 00 00 04 01 00 06 23", "reply", None), ("iiyama_lh", "power", "21 01 00 00 04 01 00 18 3D", "refused", 0x18),
    ("iiyama_lh", "mute", "21 01 00 00 04 01 00 03 26", "refused", 3), ("sharp_pn", "volume", b"ERR\r", "refused", None),
    ("sharp_pn", "power", b"WAIT\r\nOK\r", "reply", None), ("sharp_pn", "power", b"WAIT\r\nERR\r", "refused", None),
    ("sharp_pn", "power", b"OK 001\r", "reply", None),
    ("panasonic_serial", "power", b"\x02ER401\x03", "busy", None), ("panasonic_serial", "input", b"\x02ER402\x03", "refused", 402),
    ("panasonic_display", "input", b"00ER402\r", "refused", 402), ("panasonic_display", "power", b"ERRA\r", "locked", None),
    ("visca", "zoom", "90 60 02 FF", "refused", 2), ("visca", "zoom", "90 61 41 FF", "refused", 0x41), ("visca", "zoom", "90 51 FF", "reply", None),
    ("visca", "zoom", "90 40 FF 90 50 FF", "reply", None), ("visca", "zoom", "90 42 FF 90 52 FF", "reply", None),
    ("visca", "zoom", "90 41 FF 90 61 04 FF", "refused", 4),
    ("vivitek_2", "power", b"*Illegal format#\r", "refused", None), ("vivitek_2", "input", b"OP INPUT.SEL = NA\r", "refused", None),
))
def test_what_is_refused(model, name, data, kind, code):
    assert answers(model, name, data) == (kind, code)


def test_a_projector_has_bytes_of_its_own_in_every_answer():
    mute = profile_of("nec_projector").settings["mute"]
    answer = bytewise(mute.set, octets("22 12 00 10 00 44"), mute.fields(mute.code("on")))
    assert answer.kind == "reply" and (answer.values["projector"], answer.values["series"]) == (0x00, 0x10)


@pytest.mark.parametrize("model, name, data", (
    ("nec_projector", "power", "20 85 01 00 10 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 B8"), ("sony_vpl_serial", "power", "A9 01 02 02 00 04 FF 9A"),
    ("sony_bravia_serial", "power", "70 00 02 01 74"), ("iiyama_lh", "power", "21 01 00 00 04 01 19 02 3F"),
    ("boxlight", "power", "AA BB CC 80 00 00 81 DD EE FF"), ("visca", "zoom", "90 50 10 00 00 00 FF"),
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
    ("christie", "lamp_hours", b"(LPH?)", b"(LPH!1234)", {"lamp_hours": 1234}), ("barco", "lamp_hours", b"[LPTH?]", b"[LPTH!01234]", {"lamp_hours": 1234}),
    ("digital_projection", "lamp_hours", b"*laser.hours ?\r", b"ack laser.hours = 1000\r", {"lamp_hours": 1000}),
    ("digital_projection", "errors", b"*errcode\r", b"ack errorcode = this is a sample error code\r", {"errors": "this is a sample error code"}),
    ("infocus", "lamp_hours", b"(LMT?)", b"(0-32766,1234)", {"lamp_hours": 1234}),
    ("vivitek_2", "lamp_hours", b"op lamp1.hours ?\r", b"OP LAMP1.HOURS = 1234\r", {"lamp_hours": 1234}),
    ("canon", "lamp_hours", b"GET LMPT\r", b"g:LMPT=1234:56\r", {"lamp_hours": 1234}),
    ("canon", "errors", b"GET ERR\r", b"g:ERR=NO_ERROR\r", {"errors": "NO_ERROR"}),
    ("canon", "model", b"GET PRODCODE\r", b'g:PRODCODE="SX80MarkII"\r', {"model": "SX80MarkII"}),
    ("eiki", "lamp_hours", b"CR3\r", b"01234\r", {"lamp_hours": 1234}),
    ("lfd_text", "temperature", b"801g0000\r", b"801r0035\r", {"temperature": 35}),
    ("panasonic_serial", "lamp_hours", b"\x02ADZZ;Q$L:1\x03", b"\x021682\x03", {"lamp_hours": 1682}),
    ("sharp_pn", "model", b"INF1????\r", b"P802B\r", {"model": "P802B"}),
    ("visca", "position", "81 09 06 12 FF", "90 50 0B 0E 0E 0F 01 02 03 04 FF", {"pan": -16657, "tilt": 0x1234}),
    ("visca", "version", "81 09 00 02 FF", "90 50 00 20 05 11 01 23 02 FF", {"maker": 0x20, "model": 0x511, "firmware": 0x123, "sockets": 2}),
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


def test_a_refusal_stands_where_the_next_answer_should():
    projector = profile_of("barco")
    answer = projector.settings["power"].get.read(b'[ERR "POWR: Request Fail"]', {})
    assert (answer.kind, answer.values) == ("refused", {"words": "Request Fail"})


def test_a_projector_that_greets():
    login = profile_of("jvc_dila").login
    assert [message.read(data, {}).kind for message, data in ((login[0], b"PJ_OK"), (login[0], b"PJ_NG"), (login[1], b"PJACK"), (login[1], b"PJNAK"))] == [
        "reply", "busy", "reply", "locked"]
    assert login[1].send.render({}) == b"PJREQ"


@pytest.mark.parametrize("name, value, to_set", (
    ("recall_preset", 5, "81 01 04 3F 02 05 FF"), ("store_preset", 5, "81 01 04 3F 01 05 FF"), ("look", "home", "81 01 06 04 FF"),
))
@pytest.mark.parametrize("done", ("90 41 FF 90 51 FF", "90 40 FF 90 50 FF", "90 51 FF"))
def test_presets_of_a_camera(name, value, to_set, done):
    setting = profile_of("visca_presets").settings[name]
    fields = {"camera": 1, **setting.fields(setting.code(value))}
    assert setting.set.send.render(fields) == octets(to_set) and bytewise(setting.set, octets(done), fields).kind == "reply"
    assert Conversation("visca_presets").say(octets(to_set)) == octets("90 41 FF 90 51 FF")


def test_a_monitor_wants_a_login():
    login = profile_of("sharp_pn").login
    assert [message.read(data, {}).kind for message, data in zip(login, (b"\nLogin:", b"\nPassword:", b"OK\r"))] == ["reply"] * 3
    assert login[2].read(b"Login incorrect\r\n", {}).kind == "locked"
    assert [message.send.render({"username": "user", "password": "pass"}) for message in login[1:]] == [b"user\r", b"pass\r"]


def test_the_digest_of_a_password():
    profile = profile_of("jvc_dila_password")
    request = profile.login[1].send
    digest = profile.digest.made(request, {"password": "0123456789"})
    assert request.render({"digest": digest}) == b"PJREQ_" + hashlib.sha256(b"0123456789JVCKWPJ").hexdigest().encode()
    assert profile.settings["power"].get.send.render({}) == b"?\x89\x01PW\n"


NOISE = [b"\x20\x85\x01\x00\x10", b"\x22\x03", b"\xa2\x12\x00", b"\x1d", b"\x1f\x04", b"\xbe\xef\x03\x06\x00\xba", b"\x02\nSONY\x01\x01", b"\xa9\x01\x02",
         b"\x9a", b"\x70\x00", b"(PWR!", b'(65535 00000 ERR', b"[POWR!", b'[ERR "POWR',
         b"ack power", b"PJ_", b"\x06\x89\x01PW\n@\x89", b"(0-", b"OP STAT",
         b"801s", b"801r", b":01S", b"\x21\x01\x00\x00\x04", b"\xaa\xbb\xcc\x80", b"POWR0", b"WAIT\r", b"\x02ADZZ;",
         b"\x90\x41\xff\x90", b"\x81\x01", bytes(range(256))]


@pytest.mark.parametrize("model", dict.fromkeys(row[0] for row in TABLE))
def test_bytes_of_any_kind(model):
    bear(model, NOISE)

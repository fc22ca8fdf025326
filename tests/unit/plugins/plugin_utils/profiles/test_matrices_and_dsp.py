# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of matrices, zones, processors and lighting, both ways, against bytes as makers' documents and programs of others have them."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation, answers, bear, both_ways, profile_of, tells


def iscp(text):
    """A line in its frame, written out: a header of 16 bytes with the length of what follows."""
    return b"ISCP\x00\x00\x00\x10\x00\x00\x00" + bytes([len(text)]) + b"\x01\x00\x00\x00" + text


VIDEO = b"Output 01 Switch To In 04!\r\nOutput 02 Switch To In 07!\r\nOutput 03 Switch To In 02!\r\nOutput 04 Switch To In 01!\r\n"
LINE = b"=" * 64 + b"\r\n"
STATUS = b"Matrix-4x4> STATUS\r\n\r\n" + LINE + b"""\
            HDMI/HDBT Matrix-4x4 Status\r
            FW Version: 1.17\r
\r
Power   IR      Key     DBG     Beep    LCD\r
ON      ON      ON      OFF     OFF     ON\r
\r
Input   Edid         HDMIcon\r
01      DEFAULT_00   ON\r
02      DEFAULT_00   OFF\r
\r
Output  FromIn       HDMI/HDBTcon   OutputEn    POH\r
01      01           OFF/OFF        Yes         ON\r
02      01           ON /OFF        Yes         ON\r
03      01           OFF/ON         Yes         ON\r
04      02           OFF/OFF        Yes         ON\r
\r
Audio   Volume  Mute\r
01      25      OFF\r
\r
Telnet          MAC\r
0023            00:00:00:00:00:01\r
""" + LINE
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
    # the fact sheet of Biamp Tesira
    ("tesira", "gain.1", -6.5, b"Level1 set level 1 -6.5\n", b"+OK\r\n", b"Level1 get level 1\n", b'+OK "value":-6.500000\r\n'),
    ("tesira", "gain.2", -10, b"Level1 set level 2 -10\n", b"+OK\r\n", b"Level1 get level 2\n", b'+OK "value":-10.000000\r\n'),
    ("tesira", "mute.1", "on", b"Level1 set mute 1 true\n", b"+OK\r\n", b"Level1 get mute 1\n", b'+OK "value":true\r\n'),
    ("tesira", "route.1", 3, b"Router1 set input 1 3\n", b"+OK\r\n", b"Router1 get input 1\n", b'+OK "value":3\r\n'),
    # the fact sheet of Q-SYS; the text and the position of an emulated Core are empty
    ("qsys_ecp", "gain.gain1", -10, b'csv "Gain1" -10\n', b'cv "Gain1" "" -10 0\r\n', b'cg "Gain1"\n', b'cv "Gain1" "" -10 0\r\n'),
    ("qsys_ecp", "mute.mute1", "on", b'csv "Mute1" 1\n', b'cv "Mute1" "" 1 0\r\n', b'cg "Mute1"\n', b'cv "Mute1" "" 1 0\r\n'),
    # the fact sheet of Lutron
    ("lutron", "light.1", 50, b"#OUTPUT,1,1,50\r\n", b"~OUTPUT,1,1,50.00\r\n", b"?OUTPUT,1,1\r\n", b"~OUTPUT,1,1,50.00\r\n"),
    ("lutron", "scene.1", 3, b"#AREA,1,6,3\r\n", b"~AREA,1,6,3\r\n", b"?AREA,1,6\r\n", b"~AREA,1,6,3\r\n"),
    # the fact sheet of Kramer, Protocol 3000
    ("kramer_matrix", "route.1", 3, b"#ROUTE 1,1,3\r", b"~01@ROUTE 1,1,3\r\n", b"#ROUTE? 1,1\r", b"~01@ROUTE 1,1,3\r\n"),
    ("kramer_matrix", "mute.6", "on", b"#MUTE 6,1\r", b"~01@MUTE 6,1\r\n", b"#MUTE? 6\r", b"~01@MUTE 6,1\r\n"),
    ("kramer_matrix", "picture_mute.6", "on", b"#VMUTE 6,1\r", b"~01@VMUTE 6,1\r\n", b"#VMUTE? 6\r", b"~01@VMUTE 6,1\r\n"),
    ("kramer_matrix_vid", "route.2", 1, b"#VID 1>2\r", b"~01@VID 1>2\r\n", b"#VID? 2\r", b"~01@VID 1>2\r\n"),
    ("kramer_matrix_vid", "route.12", 16, b"#VID 16>12\r", b"~01@VID 16>12\r\n", b"#VID? 12\r", b"~01@VID 16>12\r\n"),
    # the fact sheet of Hegel
    ("hegel", "power", "on", b"-p.1\r", b"-p.1\r", b"-p.?\r", b"-p.1\r"),
    ("hegel", "volume", 20, b"-v.20\r", b"-v.20\r", b"-v.?\r", b"-v.20\r"),
    ("hegel", "mute", "on", b"-m.1\r", b"-m.1\r", b"-m.?\r", b"-m.1\r"),
    ("hegel", "input", 3, b"-i.3\r", b"-i.3\r", b"-i.?\r", b"-i.3\r"),
    # the fact sheet of NAD
    ("nad", "power", "on", b"\nMain.Power=On\r", b"Main.Power=On\r", b"\nMain.Power?\r", b"Main.Power=On\r"),
    ("nad", "power", "off", b"\nMain.Power=Off\r", b"Main.Power=Off\r", b"\nMain.Power?\r", b"Main.Power=Off\r"),
    ("nad", "volume", -30, b"\nMain.Volume=-30\r", b"Main.Volume=-30\r", b"\nMain.Volume?\r", b"Main.Volume=-30\r"),
    ("nad", "mute", "on", b"\nMain.Mute=On\r", b"Main.Mute=On\r", b"\nMain.Mute?\r", b"Main.Mute=On\r"),
    ("nad", "input", 3, b"\nMain.Source=3\r", b"Main.Source=3\r", b"\nMain.Source?\r", b"Main.Source=3\r"),
    # the fact sheet of Lyngdorf
    ("lyngdorf", "power", "on", b"!POWERONMAIN\r", b"", b"!POWER?\r", b"!POWER(1)\r"),
    ("lyngdorf", "power", "off", b"!POWEROFFMAIN\r", b"", b"!POWER?\r", b"!POWER(0)\r"),
    ("lyngdorf", "volume", -35, b"!VOL(-350)\r", b"", b"!VOL?\r", b"!VOL(-350)\r"),
    ("lyngdorf", "mute", "on", b"!MUTEON\r", b"", b"!MUTE?\r", b"!MUTEON\r"),
    ("lyngdorf", "input", 3, b"!SRC(3)\r", b"", b"!SRC?\r", b'!SRC(3)""\r'),
    ("lyngdorf_tdai", "power", "on", b"!ON\r", b"", b"!PWR?\r", b"!PWR(ON)\r"),
    ("lyngdorf_tdai", "power", "off", b"!OFF\r", b"", b"!PWR?\r", b"!PWR(OFF)\r"),
    ("lyngdorf_tdai", "mute", "off", b"!MUTEOFF\r", b"", b"!MUTE?\r", b"!MUTE(OFF)\r"),
    ("lyngdorf_tdai", "volume", -20, b"!VOL(-200)\r", b"", b"!VOL?\r", b"!VOL(-200)\r"),
    # the fact sheet of Symetrix
    ("symetrix", "control.3", 65535, b"CS 3 65535\r", b"ACK\r", b"GS2 3\r", b"3 65535\r"),
    ("symetrix", "control.16", 0, b"CS 16 0\r", b"ACK\r", b"GS2 16\r", b"16 0\r"),
    # the fact sheet of Cloud DCM1
    ("cloud_dcm1", "input.1", 5, b"<Z1.MU,S5/>\r", b"<z1.mu,s=5/>", b"<Z1.MU,SQ/>\r", b"<z1.mu,s=5/>"),
    ("cloud_dcm1", "attenuation.1", 23, b"<Z1.MU,L23/>\r", b"<z1.mu,l=23/>", b"<Z1.MU,LQ/>\r", b"<z1.mu,l=23/>"),
    # the fact sheet of Audac
    ("audac_mtx", "attenuation.1", 50, b"#|X001|web|SV1|50|U|\r\n", b"#|web|X001|SV1|+|U|\r\n", b"#|X001|web|GVALL|0|U|\r\n",
     b"#|web|X001|VALL|50^0^0^0^0^0^0^0|U|\r\n"),
    ("audac_mtx", "input.2", 3, b"#|X001|web|SR2|3|U|\r\n", b"#|web|X001|SR2|+|U|\r\n", b"#|X001|web|GRALL|0|U|\r\n",
     b"#|web|X001|RALL|0^3^0^0^0^0^0^0|U|\r\n"),
    ("audac_mtx", "mute.8", "on", b"#|X001|web|SM08|1|U|\r\n", b"#|web|X001|SM08|+|U|\r\n", b"#|X001|web|GMALL|0|U|\r\n",
     b"#|web|X001|MALL|0^0^0^0^0^0^0^1|U|\r\n"),
    # the fact sheet of Yamaha, YNCA
    ("yamaha_zones", "power.two", "off", b"@ZONE2:PWR=Standby\r\n", b"@ZONE2:PWR=Standby\r\n", b"@ZONE2:PWR=?\r\n", b"@ZONE2:PWR=Standby\r\n"),
    # the fact sheet of Anthem
    ("anthem_zones", "power.1", "on", b"Z1POW1;", b"Z1POW1;", b"Z1POW?;", b"Z1POW1;"),
    ("anthem_zones", "power.2", "off", b"Z2POW0;", b"Z2POW0;", b"Z2POW?;", b"Z2POW0;"),
    # the fact sheet of Onkyo, eISCP
    ("onkyo_zones", "power.main", "on", iscp(b"!1PWR01\r"), iscp(b"!1PWR01\x1a\r\n"), iscp(b"!1PWRQSTN\r"), iscp(b"!1PWR01\x1a\r\n")),
    ("onkyo_zones", "power.two", "on", iscp(b"!1ZPW01\r"), iscp(b"!1ZPW01\x1a\r\n"), iscp(b"!1ZPWQSTN\r"), iscp(b"!1ZPW01\x1a\r\n")),
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
    ("tesira", "mute.1", b'+OK "value":false\r\n', "off"),
    ("tesira", "gain.2", b'! "publishToken":"x" "value":3.000000\r\n+OK "value":-9.9\r\n', -9.9),
    ("tesira", "gain.2", b'Level1 get level 2\r\n+OK "value":0.000000\r\n', 0),
    ("qsys_ecp", "gain.gain1", b'cv "Gain1" "-10.0dB" -10 0.75\r\n', -10), ("qsys_ecp", "gain.gain1", b'cv "Gain1" "-99.5dB" -99.5 0.0025\r\n', -99.5),
    ("qsys_ecp", "mute.mute1", b'cv "Mute1" "muted" 1 1\r\n', "on"), ("qsys_ecp", "mute.mute1", b'cv "Mute1" "false" 0 0\r\n', "off"),
    ("lutron", "light.1", b"GNET> ~OUTPUT,1,1,100.00\r\n", 100), ("lutron", "scene.1", b"\r\nQNET> ~OUTPUT,2,1,3.00\r\n~AREA,1,6,2\r\n", 2),
    ("kramer_matrix", "route.3", b"~01@ROUTE 1,2,4\r\n~01@VID 2>3\r\n", 2), ("kramer_matrix", "route.3", b"~ROUTE 1,3,4\r\n", 4),
    ("kramer_matrix_vid", "route.3", b"~01@VID 1>1,1>2\r\n~6@VID 2>3\r\n", 2), ("kramer_matrix_vid", "route.3", b"~VID 2>3\r\n", 2),
    ("hegel", "power", b"-v.31\r-p.0\r", "off"), ("hegel", "volume", b"-v.100\r", 100),
    ("nad", "power", b"\nMain.Power=On\r", "on"), ("nad", "power", b"\rMain.Model=T787\r\nMain.Power=Off\r", "off"),
    ("nad", "volume", b"Main.Volume=-48.0\r", -48), ("nad", "volume", b"\r\n\rMain.Volume=-30\r", -30),
    ("lyngdorf", "input", b'!SRC(2)"NOW TV"\r', 2), ("lyngdorf", "volume", b"\n!POWER(1)\r\n!VOL(-305)\r", -30.5), ("lyngdorf", "mute", b"!MUTEOFF\r", "off"),
    ("lyngdorf_tdai", "input", b"!SRC(7)!\r\n!SRC(3)\r", 3), ("lyngdorf_tdai", "mute", b"!MUTE(ON)\r", "on"),
    ("avgear", "route.2", VIDEO, 7), ("avgear", "route.4", b"Please Input Your Command :\r\n" + VIDEO, 1),
    ("blustream", "route.4", STATUS, 2), ("blustream", "route.1", STATUS, 1), ("blustream", "power", STATUS, "on"),
    ("blustream", "power", STATUS.replace(b"ON      ON      ON ", b"OFF     ON      ON "), "off"),
    ("blustream", "route.1", b"=\r\nOutput\tFromIn\t\tHDMIcon\r\n01\t     05\t\t  No /Yes\t  Yes/SRC   \tHDBT      ON \r\n\r\nLAN\r\n====\r\n", 5),
    ("audac_mtx", "attenuation.3", b"#|ALL|X001|V01|27|U|\r\n#|web|X001|VALL|40^40^20^20^20^20^20^20|U|\r\n", 20),
    ("audac_mtx", "input.1", b"#|ALL|X001|R01|3|3dc5|\r\n#|web|X001|RALL|3^1^1^1^1^1^1^1|3dc5|\r\n", 3),
    ("onkyo_zones", "volume.two", iscp(b"!1MVL1E\x1a\r\n") + iscp(b"!1ZVL32\x1a"), 50), ("onkyo_zones", "input.two", iscp(b"!1SLZ10\x1a\r"), "bd"),
    ("onkyo_zones", "mute.two", iscp(b"!1ZMT01\x1a"), "on"), ("anthem_zones", "volume.2", b"Z1VOL-20;Z2VOL-35;", -35),
    ("symetrix", "control.3", b"#00004=65535\r#00003=-1000\r3 21845\r", 21845), ("cloud_dcm1", "input.1", b"<z1.mu,s=7/>", 7),
    ("cloud_dcm1", "attenuation.1", b"\r\n<z1.mu,l=20/>", 20), ("cloud_dcm1", "attenuation.1", b"<z1.mu,l=mute/>", "mute"),
    ("yamaha_zones", "volume.two", b"@MAIN:VOL=-30.5\r\n@ZONE2:VOL=-40.0\r\n", -40), ("yamaha_zones", "mute.main", b"@MAIN:MUTE=Att -20 dB\r\n", "on"),
    ("wyrestorm_mx", "route.3", b"MP hdmiin2 hdmiout3\r\n", 2), ("wyrestorm_mx", "route.3", b"MP hdmiout3 in2\r\n", 2),
]


@pytest.mark.parametrize("model, name, data, value", READ)
def test_what_devices_were_seen_to_tell(model, name, data, value):
    assert tells(model, name, data) == value


# page, setting, what a device answers, what that is, its code
ANSWERS = [
    ("monoprice", "volume.1", b"\r\nCommand Error.\r\n#", "refused", None), ("avpro", "route.1", b"CMD ERR\r\n", "refused", None),
    ("wyrestorm_mx", "route.1", b"Welcome to the 4KMX44-H2 matrix\r\n", "refused", None),
    ("tesira", "gain.1", b'-ERR address not found: \x7b"deviceId":0 "classCode":0 "instanceNum":0\x7d\r\n', "refused", None),
    ("tesira", "gain.1", b"-ERR Parse error at 1: level\r\n", "refused", None), ("tesira", "mute.1", b"-CANNOT_DELIVER x\r\n", "refused", None),
    ("qsys_ecp", "gain.gain1", b'bad_id "Gain1"\r\n', "refused", None), ("qsys_ecp", "gain.gain1", b'control_read_only "Gain1"\r\n', "refused", None),
    ("qsys_ecp", "gain.gain1", b"core_not_active\r\n", "refused", None), ("qsys_ecp", "mute.mute1", b"login_required\r\n", "locked", None),
    ("lutron", "light.1", b"~ERROR,2\r\n", "refused", 2), ("lutron", "light.1", b"GNET> ~ERROR,5\r\n", "refused", 5),
    ("lutron", "light.1", b"~OUTPUT,1,1,37.50\r\n", "reply", None),
    ("onkyo_zones", "volume.two", iscp(b"!1ZVLN/A\x1a\r\n"), "refused", None), ("anthem_zones", "volume.2", b"!Z2VOL;", "refused", None),
    ("symetrix", "control.1", b"NAK\r", "refused", None), ("cloud_dcm1", "input.1", b"<!E/>", "refused", None),
    ("cloud_dcm1", "input.1", b"<z1.mu,s0/>", "reply", None), ("yamaha_zones", "power.four", b"@RESTRICTED\r\n", "refused", None),
    ("hegel", "volume", b"-e.3\r", "refused", 3), ("blustream", "route.1", b"[ERROR]System is power off, please turn it on first.\r\n", "refused", None),
    ("blustream", "route.1", b"Matrix-4x4> OUT01FR01\r\n[SUCCESS]Set output 01 connect from input 01.\r\n", "reply", None),
    ("blustream", "power", b"[SUCCESS]Set system power ON, please wait a moment... Done\r\n", "reply", None),
    ("blustream", "power", b"[SUCCESS]Set system power OFF\r\n", "reply", None),
    ("kramer_matrix", "route.1", b"~01@ERR 003\r\n", "refused", 3), ("kramer_matrix", "mute.1", b"~01@MUTE ERR002\r\n", "refused", 2),
    ("kramer_matrix", "picture_mute.1", b"~01@VMUTE 1,0 OK\r\n", "reply", None), ("kramer_matrix_vid", "route.1", b"~01@VID ERR 006\r\n", "refused", 6),
]


@pytest.mark.parametrize("model, name, data, kind, code", ANSWERS)
def test_what_an_answer_is(model, name, data, kind, code):
    assert answers(model, name, data) == (kind, code)


# page, setting, what is set, what no device answers to that
FOREIGN = [
    ("monoprice", "power.1", "on", b"<12PR01\r\n#"), ("monoprice", "power.1", "on", b"<11PR00\r\n#"), ("avpro", "route.1", 1, b"OUT2 VS IN1\r\n"),
    ("avpro", "route.1", 1, b"OUT1 VS IN2\r\n"), ("wyrestorm_nhd", "route.rx1", "tx1", b"matrix set TX1 RX2\r\n"),
    ("audac_mtx", "attenuation.1", 50, b"#|web|X001|SV2|+|U|\r\n"), ("audac_mtx", "attenuation.1", 50, b"#|web|X001|SR1|+|U|\r\n"),
    ("onkyo_zones", "power.main", "on", iscp(b"!1ZPW01\x1a")), ("anthem_zones", "power.1", "on", b"Z2POW1;"),
    ("cloud_dcm1", "input.1", 5, b"<z2.mu,s=5/>"), ("yamaha_zones", "power.main", "on", b"@ZONE2:PWR=On\r\n"), ("symetrix", "control.1", 5, b"1 5\r"),
    ("hegel", "volume", 20, b"-v.21\r"), ("hegel", "power", "on", b"-m.1\r"), ("nad", "power", "on", b"Main.Power=Off\r"),
    ("blustream", "route.1", 1, b"[SUCCESS]Set output 02 connect from input 01.\r\n"),
    ("kramer_matrix", "route.1", 1, b"~01@ROUTE 1,2,1\r\n"), ("kramer_matrix", "mute.1", "on", b"~01@MUTE 2,1\r\n"),
    ("kramer_matrix_vid", "route.1", 1, b"~01@VID 1>2\r\n"), ("lutron", "light.1", 50, b"~OUTPUT,2,1,50.00\r\n"),
    ("qsys_ecp", "gain.gain1", -10, b'cv "Gain2" "-10.0dB" -10 0.75\r\n'), ("tesira", "gain.1", -10, b'+OK "value":-10.000000\r\n'),
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


def test_a_command_for_a_zone_that_an_anthem_does_not_have_while_power_is_needed():
    assert Conversation("anthem_zones").say(b"Z0INP0;") == b"!RZ0INP0;"


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


def test_logging_in_to_a_protected_tesira():
    greeting, user, password = profile_of("tesira").login
    open_one = greeting.read(b"Welcome to the Tesira Text Protocol Server...\r\n", {})
    assert open_one.kind == "reply" and greeting.read(b"\r\nTesiraSERVER login: ", {}).kind == "reply"
    assert (user.when, password.when) == (b"login: ", b"Password: ")
    assert password.read(b"\r\nWelcome to the Tesira Text Protocol Server...\r\n", {}).kind == "reply"
    assert password.read(b"\r\nLogin incorrect\r\nlogin: ", {}).kind == "locked"


def test_a_tag_with_blanks():
    mute = profile_of({"extends": "tesira", "settings": {"mute": {"tag": '"my level 2"'}}}).settings["mute.1"]
    assert mute.set.send.render(mute.fields(mute.code("on"))) == b'"my level 2" set mute 1 true\n'


def test_a_tesira_that_repeats_what_it_is_told():
    gain = profile_of("tesira").settings["gain.2"]
    for echo in (b"", b"Level1 get level 2\n", b"Level1 get level 2\r\n"):
        answer = gain.get.read(echo + b'+OK "value":-10.000000\r\n', gain.question(), b"Level1 get level 2\n")
        assert (answer.kind, gain.answer(answer.values)) == ("reply", -10)


def test_who_a_tesira_and_a_core_are():
    tesira = profile_of("tesira").info["serial_number"]
    assert tesira.send.render({}) == b"DEVICE get serialNumber\n"
    assert tesira.read(b'+OK "value":"01842224"\r\n', {}).values["serial_number"] == "01842224"
    core = profile_of("qsys_ecp").info["design"]
    assert core.send.render({}) == b"sg\n" and core.read(b'sr "Lobby" "abc" 1 1\r\n', {}).values["design"] == "Lobby"


def test_logging_in_to_a_lutron():
    user, name, password = profile_of("lutron").login
    assert user.read(b"login: ", {}).kind == "reply" and name.send.render({"username": "lutron"}) == b"lutron\r\n"
    assert name.read(b"password: ", {}).kind == "reply"
    interface = profile_of("lutron_nwk").login
    assert [step.send and step.send.render({"username": "nwk"}) for step in interface] == [None, b"nwk\r\n"]
    assert interface[1].read(b"connection established\r\n", {}).kind == "reply" and interface[1].read(b"login: ", {}).kind == "locked"
    assert password.send.render({"password": "integration"}) == b"integration\r\n"
    assert password.read(b"\r\nGNET> ", {}).kind == password.read(b"QNET> ", {}).kind == "reply"
    assert password.read(b"bad login\r\n\r\nlogin: ", {}).kind == "locked"


@pytest.mark.parametrize("layer, reply", (("12", b"~01@ROUTE 12,1,3 OK\r\n"), ("0", b"~01@ROUTE 0,1,3\r\n")))
def test_a_kramer_routes_in_the_layer_of_the_page(layer, reply):
    route = profile_of({"extends": "kramer_matrix", "settings": {"route": {"layer": layer}}}).settings["route.1"]
    assert route.set.send.render(route.fields(3)) == b"#ROUTE " + layer.encode() + b",1,3\r"
    assert route.set.read(reply, route.fields(3)).kind == "reply" and route.set.read(b"~01@ROUTE 1,1,3\r\n", route.fields(3)).kind != "reply"


@pytest.mark.parametrize("model, output, source, request_bytes, reply, to_ask, told", (
    ("avgear", 1, 5, b"OUT01:05.", b"", b"STA_VIDEO.", b"Output 01 Switch To In 05!\r\n"),
    ("blustream", 1, 2, b"OUT01FR02\r", b"[SUCCESS]Set output 01 connect from input 02.\r\n", b"STATUS\r", b"01 02 ON /OFF        Yes         ON\r\n"),
))
def test_a_route_that_is_told_among_others(model, output, source, request_bytes, reply, to_ask, told):
    profile = profile_of({"extends": model, "settings": {"route": {"range": "1-16"}}})
    route = profile.settings[f"route.{output}"]
    assert route.set.send.render(route.fields(source)) == request_bytes and route.get.send.render(route.question()) == to_ask
    matrix = Conversation({"extends": model, "settings": {"route": {"range": "1-16"}}})
    assert matrix.say(request_bytes) == reply and told in matrix.say(to_ask)
    assert route.answer(route.get.read(matrix.say(to_ask), {}).values) == source


def test_an_output_that_a_blustream_does_not_tell():
    route = profile_of("blustream").settings["route.5"]
    assert route.answer(route.get.read(STATUS, {}).values) is None


def test_matrices_that_want_blanks():
    blanks = {"extends": "blustream", "settings": {"route": {"set": {"send": "OUT {output:d2} FR {value:d2}\\r"}}}}
    route = profile_of(blanks).settings["route.1"]
    assert route.set.send.render(route.fields(2)) == b"OUT 01 FR 02\r"


def test_zones_of_a_yamaha():
    start = {"power": {"main": "on", "two": "on"}, "volume": {"two": -40}}
    receiver = Conversation("yamaha_zones", settings=start)
    assert receiver.say(b"@ZONE2:VOL=-30.5\r\n") == b"@ZONE2:VOL=-30.5\r\n" and receiver.board.settings["volume.two"] == -30.5
    assert receiver.say(b"@ZONE2:VOL=?\r\n") == b"@ZONE2:VOL=-30.5\r\n" and receiver.say(b"@ZONE3:VOL=?\r\n") == b""
    assert receiver.say(b"@MAIN:INP=HDMI1\r\n") == b"@MAIN:INP=HDMI1\r\n"


def test_what_a_lutron_is_asked_to_tell_is_borne():
    processor = Conversation("lutron")
    processor.stream.login.clear()
    assert processor.say(b"#MONITORING,12,2\r\n") == b"" and processor.say(b"#OUTPUT,3,1,50\r\n") == b"~OUTPUT,3,1,50.00\r\n"


def test_numbers_of_a_design():
    symetrix = profile_of({"extends": "symetrix", "settings": {"control": {"index": {"numbers": "3, 101-102"}}}})
    assert list(symetrix.settings) == ["control.3", "control.101", "control.102"]


def test_the_version_of_an_audac():
    version = profile_of("audac_mtx").info["firmware"]
    assert version.send.render({}) == b"#|X001|web|GSV|0|U|\r\n"
    assert version.read(b"#|web|X001|SV|V1.1|U|\r\n", {}).values["firmware"] == "V1.1"


def test_the_version_of_a_cloud_mixer():
    version = profile_of("cloud_dcm1").info["firmware"]
    assert version.send.render({}) == b"<SY,VQ/>\r"
    assert version.read(b"<sy,vq sw=2.02 hw=1.05/>", {}).values == {"firmware": "2.02", "hardware": "1.05"}


# the fact sheet of McIntosh
DUMP = (b"(MA9000)(Serial Number: AFK1456)(FW Version: 1.04)(PWR 1)(VOL 56)(MUT 0)(OP1 1)(OP2 1)(INP 15)(STA 1)(TBA -2)(TIN 0)(TEQ 0)(TPR 3)(TPC 1)"
        b"(TMO 0)(TML 1)(TDB 3)(THH 1)(HPS 2)")


@pytest.mark.parametrize("name, value, to_set, to_ask, data, told", (
    ("power", "on", b"(PWR 1)\r", b"(QRY)\r\n", DUMP, "on"), ("power", "off", b"(PWR 0)\r", b"(QRY)\r\n", b"(MAC7200)(FW Version: 2.10)(PWR 0)", "off"),
    ("power", "off", b"(PWR 0)\r", b"(QRY)\r\n", b"(MAC7200)(FW Version: 2.10)(PWR 0)\0", "off"),
    ("volume", 40, b"(VOL 40)\r", b"(QRY)\r", DUMP, 56), ("volume", 40, b"(VOL 40)\r", b"(QRY)\r", b"(VOL 39)(VOL 40)" + DUMP + b"\0\0", 56),
    ("mute", "on", b"(MUT 1)\r", b"(QRY)\r", DUMP, "off"), ("input", 3, b"(INP 3)\r", b"(QRY)\r", DUMP, 15),
))
def test_an_amplifier_in_brackets(name, value, to_set, to_ask, data, told):
    setting = profile_of("mcintosh").settings[name]
    assert setting.set.send.render(setting.fields(setting.code(value))) == to_set and not setting.set.answered
    assert setting.get.send.render(setting.question()) == to_ask
    assert setting.get.read(data, {}).kind == "more" and setting.value(setting.answer(setting.get.read(data, {}, final=True).values)) == told
    assert setting.get.read(b"(ERROR - unknown command)", {}).kind in ("more", "refused")
    assert setting.get.read(b"(ERROR - unknown command)", {}, final=True).kind == "refused"
    amplifier = Conversation("mcintosh", settings={"power": "off" if value == "on" and name == "power" else "on"})
    assert amplifier.say(to_set) == b"" and amplifier.board.settings[name] == setting.code(value)


def test_sources_with_names():
    values = {"values": {"cd1": "CD"}, "range": None, "set": {"send": "\\nMain.Source={value:word}\\r", "reply": "Main.Source={value:word}\\r"},
              "get": {"reply": "Main.Source={value:word}\\r"}}
    source = profile_of({"extends": "nad", "settings": {"input": values}}).settings["input"]
    assert source.set.send.render(source.fields(source.code("cd1"))) == b"\nMain.Source=CD\r"
    assert source.answer(source.get.read(b"\nMain.Source=CD\r", {}).values) == source.code("cd1")


@pytest.mark.parametrize("model, request_bytes, reply", (
    ("kramer_matrix", b"#\r", b"~01@ OK\r\n"), ("kramer_matrix", b"#01@ROUTE 1,3,2\r", b"~01@ROUTE 1,3,2\r\n"),
    ("kramer_matrix_vid", b"#01@VID 2>3\r", b"~01@VID 2>3\r\n"),
    ("blustream", b"out03fr02\r", b"[SUCCESS]Set output 03 connect from input 02.\r\n"),
))
def test_what_programs_say_to_a_matrix(model, request_bytes, reply):
    matrix = Conversation(model)
    assert matrix.say(request_bytes) == reply
    assert reply == b"~01@ OK\r\n" or matrix.board.settings["route.3"] == 2


@pytest.mark.parametrize("model", [*dict.fromkeys(row[0] for row in TABLE + READ)])
def test_bytes_of_any_kind(model):
    bear(model, [b"?11\r\n#>110001", b"\r\n#", b"OUT1 VS", b" IN3\r\n", b"MP in2 ", b"hdmiout3\r\n", b"Welcome to ", b"matrix information:\r\n",
                 b'+OK "value":', b"-ERR x", b"GNET> ", b"~OUTPUT,1,1,", b"~01@ROUTE 1,", b'cv "Gain1" "', b"[SUCCESS]Set ", b"Output 01 Switch To In ",
                 b"#|web|X001|", b"VALL|4", b"CS 1 ", b"ACK\r", b"<z1.mu,", b"-v.", b"Main.Power=", b"!VOL(", bytes(range(256))])

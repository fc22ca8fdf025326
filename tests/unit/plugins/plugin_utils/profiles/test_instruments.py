# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of laboratory instruments, both ways, against text as makers' guides and programs of others have it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info, relay, settings
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import (
    Conversation, answers, bear, both_ways, bytewise, profile_of, reads, switches, tells,
)

# The fact sheet of laboratory instruments over raw sockets: SCPI in general, Aim-TTi, Genesys, Korad, Mini-Circuits, chambers and scales.
# page, setting, value, what sets it, what acknowledges that, what asks for it, what tells it
TABLE = [
    ("siglent_spd3303", "voltage_setpoint.1", 5, b"CH1:VOLT 5\n", b"", b"CH1:VOLT?\n", b"5\n"),
    ("siglent_spd3303", "current_limit.2", 0.5, b"CH2:CURR 0.5\n", b"", b"CH2:CURR?\n", b"0.5\n"),
    ("siglent_spd1000", "voltage_setpoint.1", 12, b"CH1:VOLT 12\n", b"", b"CH1:VOLT?\n", b"12\n"),
    ("siglent_spd1000", "current_limit.1", 8, b"CH1:CURR 8\n", b"", b"CH1:CURR?\n", b"8\n"),
    ("keysight_e36300", "voltage_setpoint.1", 1.5, b"VOLT 1.5, (@1)\n", b"", b"VOLT? (@1)\n", b"1.5\n"),
    ("keysight_e36300", "voltage_setpoint.3", 0, b"VOLT 0, (@3)\n", b"", b"VOLT? (@3)\n", b"0\n"),
    ("keysight_e36300", "current_limit.2", 0.25, b"CURR 0.25, (@2)\n", b"", b"CURR? (@2)\n", b"0.25\n"),
    ("rs_hmp", "voltage_setpoint.2", 5, b"INST:NSEL 2;:VOLT 5\n", b"", b"INST:NSEL 2;:VOLT?\n", b"5\n"),
    ("rs_hmp", "current_limit.3", 1, b"INST:NSEL 3;:CURR 1\n", b"", b"INST:NSEL 3;:CURR?\n", b"1\n"),
    ("rs_hmp", "fuse.1", "on", b"INST:NSEL 1;:FUSE:STAT ON\n", b"", b"INST:NSEL 1;:FUSE:STAT?\n", b"1\n"),
    ("rs_hmp", "fuse.1", "off", b"INST:NSEL 1;:FUSE:STAT OFF\n", b"", b"INST:NSEL 1;:FUSE:STAT?\n", b"0\n"),
    ("psw", "voltage_setpoint", 5.05, b":SOUR:VOLT 5.05\n", b"", b":SOUR:VOLT?\n", b"5.05\n"),
    ("psw", "current_limit", 1.1, b":SOUR:CURR 1.1\n", b"", b":SOUR:CURR?\n", b"1.1\n"),
    ("ea_ps", "voltage_setpoint", 12, b"SYST:LOCK 1\nVOLT 12\n", b"", b"VOLT?\n", b"12 V\n"),
    ("ea_ps", "current_limit", 2.5, b"SYST:LOCK 1\nCURR 2.5\n", b"", b"CURR?\n", b"2.5 A\n"),
    ("ea_ps", "remote_control", "on", b"SYST:LOCK ON\n", b"", b"SYST:LOCK:OWN?\n", b"REMOTE\n"),
    ("ea_ps", "remote_control", "off", b"SYST:LOCK OFF\n", b"", b"SYST:LOCK:OWN?\n", b"NONE\n"),
    ("owon_spe", "voltage_setpoint", 5, b"VOLT 5\n", b"", b"VOLT?\n", b"5\n"),
    ("owon_spe", "current_limit", 0.125, b"CURR 0.125\n", b"", b"CURR?\n", b"0.125\n"),
    ("delta_psc", "voltage_setpoint", 10, b"SOUR:VOL 10\n", b"", b"SOUR:VOL?\n", b"10\n"),
    ("delta_psc", "current_limit", 0.1, b"SOUR:CURR 0.1\n", b"", b"SOUR:CURR?\n", b"0.1\n"),
    ("chroma_62000p", "voltage_setpoint", 24, b":SOUR:VOLT 24\n", b"", b":SOUR:VOLT?\n", b"24\n"),
    ("chroma_62000p", "current_limit", 1.5, b":SOUR:CURR 1.5\n", b"", b":SOUR:CURR?\n", b"1.5\n"),
    ("itech_it6000", "voltage_setpoint", 12, b"SYST:REM\nVOLT 12\n", b"", b"VOLT?\n", b"12\n"),
    ("itech_it6000", "current_limit", 2.5, b"SYST:REM\nCURR 2.5\n", b"", b"CURR?\n", b"2.5\n"),
    ("siglent_sdl", "regulation", "constant_power", b":SOUR:FUNC POW\n", b"", b":SOUR:FUNC?\n", b"POWER\n"),
    ("siglent_sdl", "current_level", 1.25, b":SOUR:CURR:LEV:IMM 1.25\n", b"", b":SOUR:CURR:LEV:IMM?\n", b"1.25\n"),
    ("siglent_sdl", "power_level", 50, b":SOUR:POW:LEV:IMM 50\n", b"", b":SOUR:POW:LEV:IMM?\n", b"50\n"),
    ("siglent_sdl", "resistance_level", 100, b":SOUR:RES:LEV:IMM 100\n", b"", b":SOUR:RES:LEV:IMM?\n", b"100\n"),
    ("siglent_sdl", "voltage_level", 4.2, b":SOUR:VOLT:LEV:IMM 4.2\n", b"", b":SOUR:VOLT:LEV:IMM?\n", b"4.2\n"),
    ("rigol_dl3000", "regulation", "constant_current", b":SOUR:FUNC CURR\n", b"", b":SOUR:FUNC?\n", b"CC\n"),
    ("rigol_dl3000", "current_level", 50, b":SOUR:CURR:LEV:IMM 50\n", b"", b":SOUR:CURR:LEV:IMM?\n", b"50\n"),
    ("tti", "voltage_setpoint.2", 1.2, b"V2 1.2\n", b"", b"V2?\n", b"V2 1.2\r\n"),
    ("tti", "current_limit.2", 0.1, b"I2 0.1\n", b"", b"I2?\n", b"I2 0.1\r\n"),
    ("tti_ld400", "regulation", "constant_power", b"MODE P\n", b"", b"MODE?\n", b"MODE P\r\n"),
    ("tti_ld400", "level_a", 10.5, b"A 10.5\n", b"", b"A?\n", b"A 10.5A\r\n"),
    ("genesys", "voltage_setpoint", 10, b"PV 10\r", b"OK\r", b"PV?\r", b"10\r"),
    ("genesys", "current_limit", 2.5, b"PC 2.5\r", b"OK\r", b"PC?\r", b"2.5\r"),
    ("genesys", "remote_control", "remote", b"RMT REM\r", b"OK\r", b"RMT?\r", b"REM\r"),
    ("genesys", "remote_control", "local", b"RMT LOC\r", b"OK\r", b"RMT?\r", b"LOC\r"),
    ("gw_gpd", "voltage_setpoint.1", 5, b"VSET1:5\n", b"", b"VSET1?\n", b"5V\r\n"),
    ("gw_gpd", "current_limit.1", 1, b"ISET1:1\n", b"", b"ISET1?\n", b"1A\r\n"),
    ("mini_circuits_rcdat", "attenuation", 12.5, b":SETATT=12.5\r\n", b"1\n\r", b":ATT?\r\n", b"12.5\n\r"),
    ("espec", "temperature_setpoint", 25, b"TEMP, S25.0\r\n", b"OK:TEMP, S25.0\r\n", b"TEMP?\r\n", b"24.1,25,0,0\r\n"),
    ("espec", "mode", "constant", b"MODE, CONSTANT\r\n", b"OK:MODE, CONSTANT\r\n", b"MODE?\r\n", b"CONSTANT\r\n"),
    ("espec", "mode", "off", b"MODE, OFF\r\n", b"OK:MODE, OFF\r\n", b"MODE?\r\n", b"OFF\r\n"),
]


@pytest.mark.parametrize("model, name, value, to_set, set_reply, to_ask, told", TABLE)
def test_a_setting_both_ways(model, name, value, to_set, set_reply, to_ask, told):
    both_ways(model, name, value, to_set, set_reply, to_ask, told)


# page, setting, what asks for it, what devices, their guides or programs of others have as answers, value
TOLD = [
    ("siglent_spd3303", "voltage_setpoint.1", b"CH1:VOLT?\n", b"5.000\n", 5),
    ("siglent_spd3303", "voltage.1", b"MEAS:VOLT? CH1\n", b"0.00\n", 0),
    ("siglent_spd3303", "power_drawn.2", b"MEAS:POWE? CH2\n", b"12.50\n", 12.5),
    ("keysight_e36300", "voltage_setpoint.1", b"VOLT? (@1)\n", b"+1.50000000E+00\n", 1.5),
    ("keysight_e36300", "voltage.3", b"MEAS:VOLT? (@3)\n", b"-2.50000000E-04\n", -0.00025),
    ("keysight_e36300", "current.2", b"MEAS:CURR? (@2)\n", b"+1.00000000E-01\n", 0.1),
    ("rs_hmp", "voltage.2", b"INST:NSEL 2;:MEAS:VOLT?\n", b"5.000\n", 5),
    ("rs_hmp", "overvoltage_protection.2", b"INST:NSEL 2;:VOLT:PROT:TRIP?\n", b"1\n", "tripped"),
    ("rs_hmp", "fuse_blown.1", b"INST:NSEL 1;:FUSE:TRIP?\n", b"0\n", "no"),
    ("psw", "voltage", b":MEAS:VOLT?\n", b"+10.000\n", 10),
    ("psw", "power_drawn", b":MEAS:POW?\n", b"+51.200\n", 51.2),
    ("psw", "voltage_setpoint", b":SOUR:VOLT?\n", b"+5.050\n", 5.05),
    ("ea_ps", "voltage", b"MEAS:VOLT?\n", b"12.00 V\n", 12),
    ("ea_ps", "current", b"MEAS:CURR?\n", b"0.50 A\n", 0.5),
    ("ea_ps", "remote_control", b"SYST:LOCK:OWN?\n", b"LOCAL\n", "off"),
    ("owon_spe", "voltage", b"MEAS:VOLT?\n", b"5.000\r\n", 5),
    ("owon_spe", "power_drawn", b"MEAS:POW?\n", b"0.625\n", 0.625),
    ("delta_psc", "voltage", b"MEAS:VOLT?\n", b"10.0\n", 10),
    ("delta_psc", "current", b"MEAS:CURR?\n", b"0.1\n", 0.1),
    ("chroma_62000p", "voltage_setpoint", b":SOUR:VOLT?\n", b"1.000000e+01\n", 10),
    ("siglent_sdl", "regulation", b":SOUR:FUNC?\n", b"CURRENT\n", "constant_current"),
    ("siglent_sdl", "regulation", b":SOUR:FUNC?\n", b"VOLT\n", "constant_voltage"),
    ("itech_it6000", "voltage", b"MEAS:VOLT?\n", b"11.998\n", 11.998),
    ("siglent_sdl", "current", b":MEAS:CURR?\n", b"1.249\n", 1.249),
    ("rigol_dl3000", "regulation", b":SOUR:FUNC?\n", b"CP\n", "constant_power"),
    ("rigol_dl3000", "regulation", b":SOUR:FUNC?\n", b"RESISTANCE\n", "constant_resistance"),
    ("tti", "voltage.2", b"V2O?\n", b"1.2V\r\n", 1.2),
    ("tti", "current.2", b"I2O?\n", b"0.123A\r\n", 0.123),
    ("tti_ld400", "level_a", b"A?\n", b"A 10.5W\r\n", 10.5),
    ("tti_ld400", "voltage", b"V?\n", b"3.14V\r\n", 3.14),
    ("tti_ld400", "current", b"I?\n", b"3.14A\r\n", 3.14),
    ("genesys", "voltage_setpoint", b"PV?\r", b"10.000\r", 10),
    ("genesys", "voltage", b"MV?\r", b"9.998\r", 9.998),
    ("genesys", "regulation", b"MODE?\r", b"CV\r", "constant_voltage"),
    ("genesys", "regulation", b"MODE?\r", b"OFF\r", "off"),
    ("gw_gpd", "voltage_setpoint.1", b"VSET1?\n", b"5.000V\r\n", 5),
    ("gw_gpd", "voltage.1", b"VOUT1?\n", b"5.001V\r\n", 5.001),
    ("gw_gpd", "current.1", b"IOUT1?\n", b"0.000A\r\n", 0),
    ("gw_gpd", "regulation_1", b"STATUS?\n", b"10101110\r\n", "constant_voltage"),
    ("gw_gpd", "regulation_2", b"STATUS?\n", b"10101110\r\n", "constant_current"),
    ("gw_gpd", "tracking", b"STATUS?\n", b"10101110\r\n", "parallel"),
    ("mini_circuits_rcdat", "attenuation", b":ATT?\r\n", b"12.50\n\r", 12.5),
    ("mini_circuits_rcdat", "attenuation", b":ATT?\r\n", b"\n\r\n\r12.50\n\r", 12.5),
    ("espec", "temperature", b"TEMP?\r\n", b"23.0,25.0,100.0,-50.0\r\n", 23),
    ("espec", "temperature_setpoint", b"TEMP?\r\n", b"23.0,25.0,100.0,-50.0\r\n", 25),
    ("espec", "mode", b"MODE?\r\n", b"STANDBY\r\n", "standby"),
    ("espec", "mode", b"MODE?\r\n", b"RUN\r\n", "run"),
]


@pytest.mark.parametrize("model, name, to_ask, data, value", TOLD)
def test_what_instruments_tell(model, name, to_ask, data, value):
    setting = profile_of(model).settings[name]
    assert setting.get.send.render(setting.question()) == to_ask
    assert tells(model, name, data) == value


@pytest.mark.parametrize("data, value", ((b"12.34", 12.34), (b"05.00", 5)))
def test_what_silence_ends_of_a_korad(data, value):
    for name, question in (("voltage_setpoint", b"VSET1?"), ("voltage", b"VOUT1?")):
        setting = profile_of("korad").settings[name]
        assert setting.get.send.render({}) == question and setting.get.read(data, {}).kind == "more"
        assert setting.answer(setting.get.read(data, {}, final=True).values) == value


@pytest.mark.parametrize("name, value, to_set, to_ask, told", (
    ("voltage_setpoint", 12.34, b"VSET1:12.34", b"VSET1?", b"12.34"), ("voltage_setpoint", 5, b"VSET1:05.00", b"VSET1?", b"05.00"),
    ("current_limit", 0.125, b"ISET1:0.125", b"ISET1?", b"0.125K")))
def test_a_setting_of_a_korad_both_ways(name, value, to_set, to_ask, told):
    board = Conversation("korad")
    setting = board.profile.settings[name]
    assert setting.set.send.render(setting.fields(setting.code(value))) == to_set and not setting.set.answered
    assert board.say(to_set) == b"" and board.say(to_ask) == told


def test_a_stray_character_of_a_korad():
    setting = profile_of("korad").settings["current_limit"]
    for data in (b"0.125", b"0.125K"):
        answer = setting.get.read(data, {}, final=True)
        assert answer.end == len(data) and setting.answer(answer.values) == 0.125


# page, relay, what switches it on, and off, what acknowledges that, what asks for it, what tells it on, and off
OUTPUTS = [
    ("siglent_spd3303", 1, b"OUTP CH1,ON\n", b"OUTP CH1,OFF\n", b"", b"SYST:STAT?\n", b"0x0014\n", b"0x0004\n"),
    ("siglent_spd3303", 2, b"OUTP CH2,ON\n", b"OUTP CH2,OFF\n", b"", b"SYST:STAT?\n", b"0x0024\n", b"0x0004\n"),
    ("siglent_spd1000", 1, b"OUTP CH1,ON\n", b"OUTP CH1,OFF\n", b"", b"SYST:STAT?\n", b"0x0010\n", b"0x0000\n"),
    ("keysight_e36300", 1, b"OUTP 1, (@1)\n", b"OUTP 0, (@1)\n", b"", b"OUTP? (@1)\n", b"1\n", b"0\n"),
    ("keysight_e36300", 3, b"OUTP 1, (@3)\n", b"OUTP 0, (@3)\n", b"", b"OUTP? (@3)\n", b"1\n", b"0\n"),
    ("rs_hmp", 2, b"INST:NSEL 2;:OUTP ON\n", b"INST:NSEL 2;:OUTP OFF\n", b"", b"INST:NSEL 2;:OUTP?\n", b"1\n", b"0\n"),
    ("psw", 1, b"OUTP 1\n", b"OUTP 0\n", b"", b"OUTP?\n", b"1\n", b"0\n"),
    ("ea_ps", 1, b"SYST:LOCK 1\nOUTP 1\n", b"SYST:LOCK 1\nOUTP 0\n", b"", b"OUTP?\n", b"ON\n", b"OFF\n"),
    ("owon_spe", 1, b"OUTP 1\n", b"OUTP 0\n", b"", b"OUTP?\n", b"ON\n", b"OFF\n"),
    ("chroma_62000p", 1, b":CONF:OUTP ON\n", b":CONF:OUTP OFF\n", b"", b":CONF:OUTP?\n", b"ON\n", b"OFF\n"),
    ("itech_it6000", 1, b"SYST:REM\nOUTP ON\n", b"SYST:REM\nOUTP OFF\n", b"", b"OUTP?\n", b"1\n", b"0\n"),
    ("siglent_sdl", 1, b":SOUR:INP:STAT ON\n", b":SOUR:INP:STAT OFF\n", b"", b":SOUR:INP:STAT?\n", b"1\n", b"0\n"),
    ("rigol_dl3000", 1, b":SOUR:INP:STAT ON\n", b":SOUR:INP:STAT OFF\n", b"", b":SOUR:INP:STAT?\n", b"1\n", b"0\n"),
    ("rigol_dp2000", 1, b":OUTP CH1,ON\n", b":OUTP CH1,OFF\n", b"", b":OUTP? CH1\n", b"1\n", b"0\n"),
    ("tti", 2, b"OP2 1\n", b"OP2 0\n", b"", b"OP2?\n", b"1\r\n", b"0\r\n"),
    ("tti_ld400", 1, b"INP 1\n", b"INP 0\n", b"", b"INP?\n", b"INP 1\r\n", b"INP 0\r\n"),
    ("korad", 1, b"OUT1", b"OUT0", b"", b"STATUS?", b"\x40", b"\x00"),
    ("mini_circuits_rc", 1, b"SETA=1\r\n", b"SETA=0\r\n", b"1\n\r", b"SWPORT?\r\n", b"1\n\r", b"0\n\r"),
    ("mini_circuits_rc", 8, b"SETH=1\r\n", b"SETH=0\r\n", b"1\n\r", b"SWPORT?\r\n", b"128\n\r", b"0\n\r"),
]


def start(model, **initial):
    """A conversation with a device that regulates a voltage, where its word of bits says so."""
    regulated = {"siglent_spd3303": {"tracking": "independent", "regulation_1": "constant_voltage", "regulation_2": "constant_voltage"},
                 "siglent_spd1000": {"regulation": "constant_voltage"}}
    return Conversation(model, settings=regulated.get(model, {}), **initial)


@pytest.mark.parametrize("model, number, on, off, reply, question, told_on, told_off", OUTPUTS)
def test_an_output_both_ways(model, number, on, off, reply, question, told_on, told_off):
    switches(model, "on", number, on, reply, start=start)
    switches(model, "off", number, off, reply, start=start)
    reads(model, number, [number], question, told_on, profile_of(model).relays.covered(number), start=start)
    reads(model, number, [], question, told_off, profile_of(model).relays.covered(number), start=start)


@pytest.mark.parametrize("model, data, on", (
    ("siglent_spd3303", b"0x0224\n", {1: False, 2: True}),  # the answer that the guide shows
    ("siglent_spd3303", b"0x0034\n", {1: True, 2: True}),
    ("siglent_spd3303", b"0x00C4\n", {1: False, 2: False}),  # both timers are on
    ("siglent_spd1000", b"0x0130\n", {1: True}),  # with four wires, and the curve on the display
    ("korad", b"\x41", {1: True}), ("korad", b"\x61", {1: True}), ("korad", b"\x31", {1: False}), ("korad", b"\xd1", {1: True}),
    ("gw_gpd", b"10101110\r\n", {1: True}), ("gw_gpd", b"11010010\r\n", {1: False}),
    ("mini_circuits_rc", b"\n\r5\n\r", {1: True, 2: False, 3: True, 4: False, 5: False, 6: False, 7: False, 8: False}),
    ("tti_ld400", b"1\r\n", {1: True}),
))
def test_outputs_that_instruments_tell(model, data, on):
    relays = profile_of(model).relays
    assert relays.decode(1, bytewise(relays.read, data, relays.fields(1)).values) == on


@pytest.mark.parametrize("data, told", (
    (b"0x0224\n", ("independent", "constant_voltage", "constant_voltage")), (b"0x0035\n", ("independent", "constant_current", "constant_voltage")),
    (b"0x003A\n", ("parallel", "constant_voltage", "constant_current")), (b"0x000f\n", ("series", "constant_current", "constant_current")),
))
def test_the_word_of_bits_of_a_siglent(data, told):
    assert tuple(tells("siglent_spd3303", name, data) for name in ("tracking", "regulation_1", "regulation_2")) == told


def test_the_bits_of_an_emulated_siglent():
    board = Conversation("siglent_spd3303", relays=[2], settings={"tracking": "series", "regulation_1": "constant_current", "regulation_2": "constant_voltage"})
    assert board.say(b"SYST:STAT?\n") == b"0x002d\n"


def test_the_word_of_an_emulated_gpd():
    board = Conversation("gw_gpd", relays=[1], settings={"tracking": "parallel", "regulation_1": "constant_voltage", "regulation_2": "constant_current"})
    assert board.say(b"STATUS?\n") == b"10100100\r\n"
    switched = profile_of("gw_gpd").relays
    assert switched.on.send.render({}) == b"OUT1\n" and switched.off.send.render({}) == b"OUT0\n"
    assert board.say(b"OUT0\n") == b"" and board.on() == [] and board.say(b"OUT1\n") == b"" and board.on() == [1]


@pytest.mark.parametrize("model, question, data, identity", (
    ("siglent_spd3303", b"*IDN?\n", b"Siglent Technologies,SPD3303X,SPD00001130025,1.01.01.01.02,V3.0\n", {
        "maker": "Siglent Technologies", "model": "SPD3303X", "serial_number": "SPD00001130025", "firmware": "1.01.01.01.02,V3.0"}),
    ("keysight_e36300", b"*IDN?\n", b"Keysight Technologies,E36312A,MY00000000,1.0.4\n", {
        "maker": "Keysight Technologies", "model": "E36312A", "serial_number": "MY00000000", "firmware": "1.0.4"}),
    ("itech_it6000", b"*IDN?\n", b"ITECH Electronics, IT6723B, 800756013807510010,  1.18-1.05\n", {
        "maker": "ITECH Electronics", "model": "IT6723B", "serial_number": "800756013807510010", "firmware": "1.18-1.05"}),
    ("tti", b"*IDN?\n", b"THURLBY THANDAR, CPX400DP, 0, 1.00-1.00\r\n", {
        "maker": "THURLBY THANDAR", "model": "CPX400DP", "serial_number": "0", "firmware": "1.00-1.00"}),
    ("genesys", b"IDN?\r", b"LAMBDA,GEN40-38\r", {"maker": "LAMBDA", "model": "GEN40-38"}),
    ("mini_circuits_rc", b"MN?\r\n", b"MN=RC-4SPDT-A18\n\r", {"model": "RC-4SPDT-A18"}),
    ("mt_sics", b"I4\r\n", b'I4 A "0123456789"\r\n', {"serial_number": "0123456789"}),
    ("espec", b"TYPE?\r\n", b"T,T,S2,160.0\r\n", {"dry_bulb": "T", "wet_bulb": "T", "controller": "S2", "highest_temperature": 160.0}),
    ("espec", b"TYPE?\r\n", b"T,S2,160.0\r\n", {"dry_bulb": "T", "controller": "S2", "highest_temperature": 160.0}),
))
def test_who_they_say_that_they_are(model, question, data, identity):
    identify = profile_of(model).identify
    assert identify.send.render({}) == question and bytewise(identify, data).values == identity


def test_who_an_emulated_korad_says_that_it_is():
    assert Conversation("korad").say(b"*IDN?") == b"KORADKA3005PV2.0"


@pytest.mark.parametrize("model, name, question, data, values", (
    ("delta_psc", "voltage_limit", b"SYST:LIM:VOL?\n", b"20.0,ON\n", {"highest_voltage": 20.0, "highest_voltage_holds": "ON"}),
    ("delta_psc", "current_limit", b"SYST:LIM:CUR?\n", b"0.0,OFF\n", {"highest_current": 0.0, "highest_current_holds": "OFF"}),
    ("genesys", "firmware", b"REV?\r", b"REV:1U:4.3\r", {"firmware": "1U:4.3"}),
    ("mt_sics", "weight", b"SI\r\n", b"S S     100.00 g\r\n", {"at_rest": "S", "weight": 100.0, "weight_unit": "g"}),
    ("mt_sics", "weight", b"SI\r\n", b"S D      -0.02 kg\r\n", {"at_rest": "D", "weight": -0.02, "weight_unit": "kg"}),
    ("mt_sics", "model", b"I2\r\n", b'I2 A "AB204 Excellence 210.0000 g"\r\n', {"model": "AB204 Excellence 210.0000 g"}),
    ("espec", "monitor", b"MON?\r\n", b"24.1,100,CONSTANT,0\r\n", {"temperature": 24.1, "humidity": "100", "status": "CONSTANT", "alarms": 0}),
    ("espec", "monitor", b"MON?\r\n", b"24.1,,STANDBY,2\r\n", {"temperature": 24.1, "humidity": "", "status": "STANDBY", "alarms": 2}),
))
def test_what_device_info_asks(model, name, question, data, values):
    message = profile_of(model).info[name]
    assert message.send.render({}) == question and bytewise(message, data).values == values


# page, setting, what is answered to who asks how a command went, what that is, its number and words
VERDICTS = [
    ("keysight_e36300", "voltage_setpoint.1", b'+0,"No error"\n', "reply", None, None),
    ("keysight_e36300", "voltage_setpoint.1", b'-222,"Data out of range"\n', "refused", -222, "Data out of range"),
    ("keysight_e36300", "voltage_setpoint.1", b'+308,"Not while it logs"\n', "refused", 308, "Not while it logs"),
    ("rs_hmp", "voltage_setpoint.1", b'0, "No error"\n', "reply", None, None),
    ("rs_hmp", "voltage_setpoint.1", b'0,"No error"\n', "reply", None, None),
    ("rs_hmp", "voltage_setpoint.1", b'-222,"Data out of range"\n', "refused", -222, "Data out of range"),
    ("psw", "voltage_setpoint", b'+0, "No error"\n', "reply", None, None),
    ("psw", "voltage_setpoint", b'-113,"Undefined header"\n', "refused", -113, "Undefined header"),
    ("ea_ps", "voltage_setpoint", b'0,"No error"\n', "reply", None, None),
    ("ea_ps", "voltage_setpoint", b'-200,"Execution error"\n', "refused", -200, "Execution error"),
    ("tti", "voltage_setpoint.1", b"0\r\n", "reply", None, None),
    ("tti", "voltage_setpoint.1", b"100\r\n", "refused", 100, None),
    ("tti_ld400", "level_a", b"101\r\n", "refused", 101, None),
]


@pytest.mark.parametrize("model, name, data, kind, code, words", VERDICTS)
def test_how_a_command_went(model, name, data, kind, code, words):
    [step] = profile_of(model).settings[name].set.then
    assert step.send.render({}) == (b"EER?\n" if model.startswith("tti") else b"SYST:ERR?\n")
    answer = bytewise(step, data)
    assert (answer.kind, answer.values.get("code"), answer.values.get("words")) == (kind, code, words)


@pytest.mark.parametrize("model, name, data, code", (
    ("genesys", "voltage_setpoint", b"E01\r", 1), ("genesys", "voltage_setpoint", b"E02\r", 2), ("genesys", "voltage_setpoint", b"C01\r", 101),
    ("genesys", "voltage_setpoint", b"C05\r", 105), ("mini_circuits_rcdat", "attenuation", b"0\n\r", None),
    ("mini_circuits_rcdat", "attenuation", b"-99 Unrecognized Command. MN:RCDAT-6000\n\r", 99),
    ("espec", "temperature_setpoint", b"NA:DATA OUT OF RANGE\r\n", None), ("espec", "mode", b"NA:CONT NOT READY-1\r\n", None),
))
def test_what_is_refused(model, name, data, code):
    assert answers(model, name, data) == ("refused", code)
    assert code is None or str(code) in profile_of(model).codes or code == 99


def test_what_a_switch_box_refuses_is_no_map_of_its_switches():
    relays = profile_of("mini_circuits_rc").relays
    assert bytewise(relays.on, b"0\n\r", {"relay": 1}).kind == "refused"
    assert relays.decode(1, bytewise(relays.read, b"0\n\r").values) == dict.fromkeys(range(1, 9), False)
    refused = bytewise(relays.read, b"-99 Unrecognized Command. Model=RC-4SPDT-A18\n\r")
    assert (refused.kind, refused.values["code"]) == ("refused", 99)


def test_an_owon_that_refuses_says_so_when_it_is_read_back():
    setting = profile_of("owon_spe").settings["voltage_setpoint"]
    assert bytewise(setting.get, b"ERR\n").kind == bytewise(setting.get, b"ERR\r\n").kind == "refused"


def test_a_weight_that_there_is_none_of():
    weight = profile_of("mt_sics").info["weight"]
    for data, code in ((b"S I\r\n", 73), (b"S +\r\n", 43), (b"S -\r\n", 45), (b"ES\r\n", 1083)):
        answer = bytewise(weight, data)
        assert (answer.kind, answer.values["code"]) == ("refused", code)


@pytest.mark.parametrize("name, command, replies", (
    ("tare", b"T\r\n", [b"T S     2.486 g\r\n", b"T A 2.486 g\r\n"]), ("tare_now", b"TI\r\n", [b"TI D     2.486 g\r\n", b"TI A 2.486 kg\r\n"]),
    ("clear_tare", b"TAC\r\n", [b"TAC A\r\n"]), ("zero", b"Z\r\n", [b"Z A\r\n"]), ("zero_now", b"ZI\r\n", [b"ZI S\r\n", b"ZI D\r\n"]),
))
def test_what_a_scale_is_told(name, command, replies):
    press = profile_of("mt_sics").settings["press"]
    fields = press.fields(press.code(name))
    assert press.set.send.render(fields) == command
    for data in replies:
        assert bytewise(press.set, data, fields).kind == "reply"


def test_a_chamber_with_an_address_repeats_it():
    assert answers("espec", "mode", b"OK:1,MODE, CONSTANT\r\n") == answers("espec", "temperature_setpoint", b"OK:TEMP,S25\r\n") == ("reply", None)


@pytest.mark.parametrize("data, kind", ((b"T I\r\n", "busy"), (b"T +\r\n", "wrong"), (b"T L\r\n", "wrong"), (b"ES\r\n", "wrong"), (b"Z A\r\n", "wrong")))
def test_what_is_no_acknowledgement_of_a_scale(data, kind):
    press = profile_of("mt_sics").settings["press"]
    assert press.set.read(data, press.fields(press.code("tare")), final=True).kind == kind


def test_a_genesys_is_addressed_first():
    profile = profile_of("genesys")
    [address] = profile.login
    assert address.send.render(profile.unit_values(None)) == b"ADR 6\r" and address.send.render(profile.unit_values(12)) == b"ADR 12\r"
    assert bytewise(address, b"OK\r").kind == "reply"
    board = Conversation("genesys")
    assert board.say(b"ADR 6\rPV 10\rPV?\r\rOUT ON\rOUT?\r") == b"OK\rOK\r10\rOK\rOK\rON\r"


def test_a_tti_is_told_to_verify_by_others():
    board = Conversation("tti")
    assert board.say(b"V2V 1.2\n") == b"" and board.say(b"EER?\n") == b"0\r\n"
    assert board.say(b"V2V 99\n") == b"" and board.say(b"EER?\n") == b"100\r\n" and board.say(b"EER?\n") == b"0\r\n"
    assert board.say(b"V2?\n") == b"V2 1.2\r\n"


@pytest.fixture
def bench(scripted, perform_task):
    """A device of a page that says these lines, one for each request; and a task for it."""
    def run(model, capability, script, **options):
        device = scripted(script)
        result = perform_task(capability, dict({"host": "127.0.0.1", "port": device.port, "model": model, "timeout": 20}, **options))
        return result, device
    return run


CLEAR = (b"\n*CLS\n", b"")


def test_an_output_of_a_siglent_is_read_back_from_the_word_of_bits(bench):
    result, dummy = bench("siglent_spd3303", relay, [(b"SYST:STAT?\n", b"0x0224\n"), (b"OUTP CH1,ON\nSYST:STAT?\n", b"0x0234\n")], relay=["1"], state="on")
    assert result["changed"] and result["relays"]["1"]["state"] == "on"


def test_a_siglent_that_takes_no_33_volts(bench):
    result, dummy = bench("siglent_spd3303", settings, [], settings={"voltage_setpoint": {"1": 33}})
    assert result["error"]["kind"] == "invalid" and "32" in result["msg"]


def test_a_command_of_a_hmp_selects_its_output(bench):
    result, device = bench("rs_hmp", settings, [
        CLEAR, (b"INST:NSEL 2;:VOLT?\n", b"5.000\n"), (b"INST:NSEL 2;:VOLT 12\nSYST:ERR?\n", b'0, "No error"\n'), (b"INST:NSEL 2;:VOLT?\n", b"12.000\n")],
        settings={"voltage_setpoint": {"2": 12}})
    assert result["changed"] and result["settings"] == {"voltage_setpoint": {"2": {"state": 12.0, "was": 5.0}}}
    assert b"NSEL 1" not in device.received[0]


def test_a_voltage_that_a_keysight_does_not_take(bench):
    result, dummy = bench("keysight_e36300", settings, [
        CLEAR, (b"VOLT? (@1)\n", b"+1.50000000E+00\n"), (b"VOLT 12, (@1)\nSYST:ERR?\n", b'-222,"Data out of range"\n'),
        (b"VOLT? (@1)\n", b"+1.50000000E+00\n")], settings={"voltage_setpoint": {"1": 12}}, settle=0)
    assert result["error"]["kind"] == "refused" and "Data out of range" in result["msg"] and not result.get("changed")


def test_a_voltage_that_reads_with_an_exponent_is_unchanged(bench):
    result, dummy = bench("keysight_e36300", settings, [CLEAR, (b"VOLT? (@2)\n", b"+3.30000000E+00\n")], settings={"voltage_setpoint": {"2": 3.3}})
    assert not result["changed"]


def test_what_a_genesys_refuses_is_told_in_words(bench):
    result, dummy = bench("genesys", settings, [
        (b"ADR 6\r", b"OK\r"), (b"PV?\r", b"10.000\r"), (b"PV 60\r", b"E01\r"), (b"PV?\r", b"10.000\r")], settings={"voltage_setpoint": 60}, settle=0)
    assert result["error"]["kind"] == "refused" and "E01" in result["msg"]


def test_a_range_error_of_a_tti_is_told_in_words(bench):
    result, dummy = bench("tti", settings, [
        CLEAR, (b"V1?\n", b"V1 5.000\r\n"), (b"V1 70\nEER?\n", b"100\r\n"), (b"V1?\n", b"V1 5.000\r\n")], settings={"voltage_setpoint": {"1": 70}}, settle=0)
    assert result["error"]["kind"] == "refused" and "out of range" in result["msg"]


def test_what_device_info_says_of_a_scale(bench):
    result, dummy = bench("mt_sics", device_info, [
        (b"I4\r\n", b'I4 A "0123456789"\r\n'), (b"SI\r\n", b"S S     100.00 g\r\n"), (b"I2\r\n", b'I2 A "AB204"\r\n'), (b"I3\r\n", b'I3 A "2.10"\r\n')])
    assert result["information"] == {"at_rest": "S", "weight": 100.0, "weight_unit": "g", "model": "AB204", "firmware": "2.10"}


MODELS = list(dict.fromkeys(row[0] for row in [*TABLE, *OUTPUTS])) + ["mt_sics"]


@pytest.mark.parametrize("model", MODELS)
@effort(max_examples=10, deadline=None)
@given(st.lists(st.binary(max_size=12) | st.sampled_from([row[3] for row in TABLE] + [row[6] for row in TABLE] + [row[2] for row in OUTPUTS]), max_size=4))
def test_bytes_of_any_kind(model, chunks):
    bear(model, chunks, {"relay": 1, "output": 1, "index": 0})

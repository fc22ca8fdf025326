# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of Rigol DP800 supplies, both ways, against text as it stands in the maker's guide and as it was measured on a DP832A."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay, settings
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation, bear, bytewise, profile_of

FINE, CLEAR = b"0,\"No error\"\n", b"\n*CLS\n"

# setting, value, request that sets it, request that asks for it, replies
TABLE = [
    ("voltage_setpoint.1", 5, b":SOUR1:VOLT 5\n", b":SOUR1:VOLT?\n", [b"5\n", b"5.000\n", b"5.0000\n", b"+5.00000E+00\n"]),
    ("voltage_setpoint.2", 3.3, b":SOUR2:VOLT 3.3\n", b":SOUR2:VOLT?\n", [b"3.3\n", b"3.300\n"]),
    ("voltage_setpoint.3", 0, b":SOUR3:VOLT 0\n", b":SOUR3:VOLT?\n", [b"0\n", b"0.000\n"]),
    ("current_limit.1", 0.1, b":SOUR1:CURR 0.1\n", b":SOUR1:CURR?\n", [b"0.1\n", b"0.1000\n"]),
]


@pytest.mark.parametrize("name, value, to_set, to_ask, replies", TABLE)
def test_a_setting_both_ways(name, value, to_set, to_ask, replies):
    board = Conversation("rigol_dp800")
    setting = board.profile.settings[name]
    assert setting.set.send.render(setting.fields(setting.code(value))) == to_set
    assert setting.get.send.render(setting.question()) == to_ask
    for reply in replies:
        assert setting.answer(bytewise(setting.get, reply, setting.question(), to_ask).values) == value
    assert board.say(to_set) == b"" and board.say(to_ask) == replies[0]


def test_an_output_both_ways():
    board = Conversation("rigol_dp800")
    relays = board.profile.relays
    assert relays.on.send.render(relays.fields(1)) == b":OUTP CH1,ON\n" and relays.off.send.render(relays.fields(1)) == b":OUTP CH1,OFF\n"
    assert board.say(b":OUTP CH1,ON\n") == b"" and board.say(b":OUTP? CH1\n") == b"ON\n" and board.say(b":OUTP? CH2\n") == b"OFF\n"
    assert relays.decode(1, bytewise(relays.read, b"ON\n", relays.fields(1)).values) == {1: True}


def test_what_it_says_that_it_is():
    identify = profile_of("rigol_dp800").identify
    assert identify.send.render({}) == b"*IDN?\n"
    assert bytewise(identify, b"RIGOL TECHNOLOGIES,DP832A,DP8C123456789,00.01.16\n").values == {
        "maker": "RIGOL TECHNOLOGIES", "model": "DP832A", "serial_number": "DP8C123456789", "firmware": "00.01.16"}


def test_one_answer_has_three_measurements():
    profile = profile_of("rigol_dp800")
    told = {}
    for name in ("voltage.1", "current.1", "power_drawn.1"):
        setting = profile.settings[name]
        assert setting.get.send.render(setting.question()) == b":MEAS:ALL? CH1\n"
        told[name] = setting.answer(bytewise(setting.get, b"5.0114,0.0000,0.000\n").values)
    assert told == {"voltage.1": 5.0114, "current.1": 0.0, "power_drawn.1": 0.0}


@pytest.mark.parametrize("reply, words", [(b"CV\n", "constant_voltage"), (b"CC\n", "constant_current"), (b"UR\n", "unregulated")])
def test_what_it_regulates(reply, words):
    setting = profile_of("rigol_dp800").settings["regulation.2"]
    assert setting.get.send.render(setting.question()) == b":OUTP:MODE? CH2\n"
    assert setting.answer(bytewise(setting.get, reply).values) == words


@pytest.fixture
def bench(scripted, perform_task):
    """A supply that says these lines, one for each request, behind what clears its errors; and a task for it."""
    def run(capability, script, **options):
        supply = scripted([(CLEAR, b""), *script])
        result = perform_task(capability, dict({"host": "127.0.0.1", "port": supply.port, "model": "rigol_dp800", "timeout": 20}, **options))
        return result, supply
    return run


def test_a_voltage_is_set_and_the_error_queue_asked(bench):
    result, dummy = bench(settings, [
        (b":SOUR1:VOLT?\n", b"5.000\n"), (b":SOUR1:VOLT 12\n:SYST:ERR?\n", FINE), (b":SOUR1:VOLT?\n", b"11.9998\n")],
        settings={"voltage_setpoint": {"1": 12}})
    assert result["changed"] and result["settings"] == {"voltage_setpoint": {"1": {"state": 11.9998, "was": 5.0}}}


def test_a_voltage_that_reads_a_little_less_is_unchanged(bench):
    result, supply = bench(settings, [(b":SOUR1:VOLT?\n", b"11.9998\n")], settings={"voltage_setpoint": {"1": 12.0}})
    assert not result["changed"] and b"VOLT 12" not in supply.received[0]


def test_a_voltage_that_the_output_does_not_take(bench):
    result, dummy = bench(settings, [
        (b":SOUR3:VOLT?\n", b"0.000\n"), (b":SOUR3:VOLT 12\n:SYST:ERR?\n", b"-222,\"Data out of range\"\n"), (b":SOUR3:VOLT?\n", b"0.000\n")],
        settings={"voltage_setpoint": {"3": 12}}, settle=0)
    assert result["error"]["kind"] == "refused" and "Data out of range" in result["msg"] and not result.get("changed")


def test_an_output_is_switched_on(bench):
    result, dummy = bench(relay, [(b":OUTP? CH2\n", b"OFF\n"), (b":OUTP CH2,ON\n:SYST:ERR?\n", FINE), (b":OUTP? CH2\n", b"ON\n")], relay=["2"], state="on")
    assert result["changed"] and result["relays"]["2"]["state"] == "on"


@effort(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=12) | st.sampled_from([row[2] for row in TABLE] + [FINE, CLEAR, b":SYST:ERR?\n", b":MEAS:ALL? CH1\n"]), max_size=4))
def test_bytes_of_any_kind(chunks):
    bear("rigol_dp800", chunks, {"relay": 1, "output": 1})

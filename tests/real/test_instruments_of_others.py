# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of others that drive laboratory instruments, on our emulators: each sets, reads back, and is refused once.

PyMeasure needs numpy and pandas, which requirements/test.txt spares; sigrok-cli is a package of the system. Where they are not installed these are skipped.
"""

from __future__ import annotations

import shutil
import subprocess

import pytest

HOST = "127.0.0.1"
SECONDS = 60


@pytest.fixture
def pymeasure(closed):
    """What makes an instrument of PyMeasure that is connected to an emulator through PyVISA-py."""
    pytest.importorskip("pyvisa_py", reason="PyVISA-py is not installed")
    pytest.importorskip("pymeasure", reason="PyMeasure is not installed (pip install pymeasure)")

    def connect(module, name, port, end="\n", reply_end="\n", **options):
        found = pytest.importorskip(f"pymeasure.instruments.{module}", reason=f"this PyMeasure has no {module}")
        resource = f"TCPIP::{HOST}::{port}::SOCKET"
        client = getattr(found, name)(resource, visa_library="@py", write_termination=end, read_termination=reply_end, timeout=SECONDS * 1000, **options)
        return closed(client.adapter, "close") and client
    return connect


def heard(emulator):
    return {entry["what"] for entry in emulator.journal() if entry["event"] == "in"}


def reads(ansible, emulator, model, wanted):
    """Our own task finds it as the program left it: nothing is changed."""
    code, result, printed = ansible.task("localhost", "settings", {"host": HOST, "port": emulator.port, "model": model, "settings": wanted})
    assert code == 0 and not result["changed"], printed


def test_pymeasure_drives_a_keysight(emulator, ansible, pymeasure):
    supply = emulator(model="keysight_e36300")
    client = pymeasure("keysight.keysightE36312A", "KeysightE36312A", supply.port)
    assert client.id.startswith("Keysight Technologies,E36312A,")
    client.ch_1.voltage_setpoint, client.ch_1.current_limit, client.ch_2.voltage_setpoint = 3.3, 0.5, 12
    client.ch_2.output_enabled = True
    assert (client.ch_1.voltage_setpoint, client.ch_1.current_limit, client.ch_2.voltage_setpoint) == (3.3, 0.5, 12)
    assert (client.ch_1.output_enabled, client.ch_2.output_enabled, client.ch_2.voltage, client.ch_2.current) == (False, True, 0, 0)
    assert client.check_errors() == []
    client.ch_2.voltage_setpoint_values = [0, 50]
    client.ch_2.voltage_setpoint = 40
    assert client.check_errors() == [[-222, '"Data out of range"']] and client.ch_2.voltage_setpoint == 12
    reads(ansible, supply, "keysight_e36300", {"voltage_setpoint": {"1": 3.3, "2": 12}, "current_limit": {"1": 0.5}})


@pytest.mark.parametrize("module, name", (("keithley.keithley2260B", "Keithley2260B"), ("texio.texioPSW360L30", "TexioPSW360L30")))
def test_pymeasure_drives_a_psw(emulator, ansible, pymeasure, module, name):
    supply = emulator(model="psw", initial={"settings": {"voltage": 5.05, "current": 1.1, "power_drawn": 5.555}})
    client = pymeasure(module, name, supply.port)
    client.voltage_setpoint, client.current_limit, client.output_enabled = 5.05, 1.1, True
    assert (client.voltage_setpoint, client.current_limit, client.output_enabled) == (5.05, 1.1, True)
    assert (client.voltage, client.current, client.power) == (5.05, 1.1, 5.555)
    assert client.next_error[0] == 0
    client.voltage_setpoint = 5000
    assert client.next_error[0] == -222 and client.voltage_setpoint == 5.05
    reads(ansible, supply, "psw", {"voltage_setpoint": 5.05, "current_limit": 1.1})


def test_pymeasure_drives_a_genesys(emulator, ansible, pymeasure):
    supply = emulator(model="genesys", initial={"settings": {"voltage": 9.998, "regulation": "constant_voltage"}})
    client = pymeasure("tdk.tdk_gen40_38", "TDK_Gen40_38", supply.port, end="\r", reply_end="\r")
    client.address = 6
    client.remote, client.voltage_setpoint, client.current_setpoint, client.output_enabled = "REM", 10, 2.5, True
    assert (client.remote, client.voltage_setpoint, client.current_setpoint, client.output_enabled) == ("REM", 10, 2.5, True)
    assert (client.id, client.voltage, client.mode) == (["LAMBDA", "GEN40-38"], 9.998, "CV")
    client.write("PV 700")
    assert client.check_set_errors() == ["Received error: E01"] and client.voltage_setpoint == 10
    client.write("PQ 7")
    assert client.check_set_errors() == ["Received error: C01"]
    reads(ansible, supply, "genesys", {"voltage_setpoint": 10, "current_limit": 2.5, "remote_control": "remote"})


def test_pymeasure_drives_a_tti(emulator, ansible, pymeasure):
    supply = emulator(model="tti", initial={"settings": {"voltage": {"2": 1.2}, "current": {"2": 0.123}}})
    client = pymeasure("aimtti.aimttiPL", "PL303QMDP", supply.port, reply_end="\r\n")
    client.ch_2.voltage_setpoint, client.ch_2.current_limit, client.ch_2.output_enabled = 1.2, 0.1, True
    assert (client.ch_2.voltage_setpoint, client.ch_2.current_limit, client.ch_2.output_enabled, client.ch_1.output_enabled) == (1.2, 0.1, True, False)
    assert (client.ch_2.voltage, client.ch_2.current, client.ask("EER?")) == (1.2, 0.123, "0")
    client.ch_2.voltage_setpoint_values = [0, 1000]
    client.ch_2.voltage_setpoint = 100
    assert client.ask("EER?") == "100" and client.ch_2.voltage_setpoint == 1.2
    reads(ansible, supply, "tti", {"voltage_setpoint": {"2": 1.2}, "current_limit": {"2": 0.1}})


def test_pymeasure_drives_a_load(emulator, ansible, pymeasure):
    load = emulator(model="tti_ld400", initial={"settings": {"voltage": 3.14, "current": 3.14}})
    client = pymeasure("aimtti.ld400p", "LD400P", load.port, reply_end="\r\n")
    client.mode, client.level_a, client.input_enabled = "P", 10.5, True
    assert (client.mode, client.level_a, client.input_enabled, client.voltage, client.current) == ("P", 10.5, True, 3.14, 3.14)
    client.level_a = 99999
    assert client.ask("EER?") == "100" and client.level_a == 10.5
    reads(ansible, load, "tti_ld400", {"regulation": "constant_power", "level_a": 10.5})


def test_pymeasure_drives_a_siglent(emulator, ansible, pymeasure):
    supply = emulator(model="siglent_spd1000", initial={"settings": {"voltage": {"1": 12.01}, "regulation": "constant_voltage"}})
    client = pymeasure("siglenttechnologies.siglent_spd1168x", "SPD1168X", supply.port)
    client.ch_1.voltage_setpoint, client.ch_1.current_limit = 12, 0.5
    client.ch_1.enable_output()
    assert (client.ch_1.voltage_setpoint, client.ch_1.current_limit, client.ch_1.voltage) == (12, 0.5, 12.01)
    assert client.system_status_code.name == "OUTPUT_ENABLED"
    client.write("CH1:VOLT 99")
    assert client.ch_1.voltage_setpoint == 12
    client.ch_1.enable_output(False)
    assert not client.system_status_code
    reads(ansible, supply, "siglent_spd1000", {"voltage_setpoint": {"1": 12}, "current_limit": {"1": 0.5}})


@pytest.fixture
def sigrok():
    """What sigrok-cli prints of a device on this port."""
    program = shutil.which("sigrok-cli")
    if program is None:
        pytest.skip("sigrok-cli is not installed (apt-get install sigrok-cli)")

    def run(driver, port, *arguments):
        command = [program, "--driver", f"{driver}:conn=tcp-raw/{HOST}/{port}", *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()
    return run


def test_sigrok_drives_a_chroma(emulator, ansible, sigrok):
    page = {"extends": "chroma_62000p", "settings": {"voltage_setpoint": {"range": {"to": 40}}}}
    supply = emulator(model=page, initial={"settings": {"voltage": 11.99}})

    def told(key):
        return sigrok("scpi-pps", supply.port, "--channel-group", "1", "--get", key)

    assert "62012P-80-60" in sigrok("scpi-pps", supply.port, "--scan")
    for setting in ("voltage_target=12", "current_limit=2.5", "enabled=yes"):
        sigrok("scpi-pps", supply.port, "--channel-group", "1", "--config", setting, "--set")
    assert [float(told(key)) for key in ("voltage_target", "current_limit", "voltage")] == [12, 2.5, 11.99] and told("enabled") == "true"
    sigrok("scpi-pps", supply.port, "--channel-group", "1", "--config", "voltage_target=60", "--set")  # more than this one takes
    assert float(told("voltage_target")) == 12
    assert None not in heard(supply)
    reads(ansible, supply, "chroma_62000p", {"voltage_setpoint": 12, "current_limit": 2.5})

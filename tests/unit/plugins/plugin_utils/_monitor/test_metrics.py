# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metrics, as literal text, and what promtool says of them."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor import metrics
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils._monitor.monitor_help import device, lost, run

HOSTS = {
    "garage": device(ms=12.5, relays={"1": {"name": None, "state": "off"}, "2": {"name": 'the "big"\\disk', "state": "on"},
                                      "3": {"name": None, "state": "unknown"}},
                     information={"supply_voltage": 12.1, "mac": "0004a3"}, analogue={"1": 512}, measured_in={"supply_voltage": "V"}),
    "tv": device(ms=3, settings={"power": "on", "volume": 12}, information={"lamp_hours": 2, "errors_count": 0}, measured_in={"lamp_hours": "h"}),
    "ups": device(ms=1, information={"battery_charge": 87, "runtime": 600, "temperature": 21.5}, measured_in={
        "battery_charge": "%", "runtime": "s", "temperature": "°C"}),
    "gone": lost(),
}
TEXT = r'''# HELP bytewire_analogue What the device tells as analogue.
# TYPE bytewire_analogue gauge
bytewire_analogue{host="garage",part="1"} 512
# HELP bytewire_battery_charge_ratio What the device tells as battery_charge.
# TYPE bytewire_battery_charge_ratio gauge
bytewire_battery_charge_ratio{host="ups"} 0.87
# HELP bytewire_errors_count_reading What the device tells as errors_count.
# TYPE bytewire_errors_count_reading gauge
bytewire_errors_count_reading{host="tv"} 0
# HELP bytewire_lamp_seconds What the device tells as lamp_hours.
# TYPE bytewire_lamp_seconds gauge
bytewire_lamp_seconds{host="tv"} 7200
# HELP bytewire_last_run_timestamp_seconds When the devices were last read.
# TYPE bytewire_last_run_timestamp_seconds gauge
bytewire_last_run_timestamp_seconds 1800000000
# HELP bytewire_power_on Whether the device is on.
# TYPE bytewire_power_on gauge
bytewire_power_on{host="tv"} 1
# HELP bytewire_read_seconds How long reading the device took.
# TYPE bytewire_read_seconds gauge
bytewire_read_seconds{host="garage"} 0.0125
bytewire_read_seconds{host="tv"} 0.003
bytewire_read_seconds{host="ups"} 0.001
# HELP bytewire_relay_on Whether the load of the relay is on.
# TYPE bytewire_relay_on gauge
bytewire_relay_on{host="garage",relay="1",name=""} 0
bytewire_relay_on{host="garage",relay="2",name="the \"big\"\\disk"} 1
# HELP bytewire_runtime_seconds What the device tells as runtime.
# TYPE bytewire_runtime_seconds gauge
bytewire_runtime_seconds{host="ups"} 600
# HELP bytewire_supply_voltage_volts What the device tells as supply_voltage.
# TYPE bytewire_supply_voltage_volts gauge
bytewire_supply_voltage_volts{host="garage"} 12.1
# HELP bytewire_temperature_celsius What the device tells as temperature.
# TYPE bytewire_temperature_celsius gauge
bytewire_temperature_celsius{host="ups"} 21.5
# HELP bytewire_up Whether the device could be read.
# TYPE bytewire_up gauge
bytewire_up{host="garage"} 1
bytewire_up{host="gone"} 0
bytewire_up{host="tv"} 1
bytewire_up{host="ups"} 1
# HELP bytewire_volume What the device tells as volume.
# TYPE bytewire_volume gauge
bytewire_volume{host="tv"} 12
'''


def test_the_text(tmp_path):
    run(tmp_path / "m", HOSTS, metrics=str(tmp_path / "devices.prom"))
    assert (tmp_path / "devices.prom").read_text() == TEXT


@pytest.mark.parametrize("name, unit, metric, factor", [
    ("voltage", "V", "bytewire_voltage_volts", 1), ("current", "mA", "bytewire_current_amperes", 0.001), ("filter_hours", "h", "bytewire_filter_seconds", 3600),
    ("lamp_hours", "", "bytewire_lamp_seconds", 3600), ("hours", "h", "bytewire_hours_seconds", 3600), ("level", "dB", "bytewire_level_decibels", 1),
    ("Fan Speed", "rpm", "bytewire_fan_speed", 1), ("energy_total", "", "bytewire_energy_total_reading", 1),
    ("battery_percent", "%", "bytewire_battery_ratio", 0.01)])
def test_names_and_base_units(name, unit, metric, factor):
    assert metrics.named(name, unit) == (metric, factor)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")
def test_promtool_is_content():
    done = subprocess.run(["promtool", "check", "metrics"], input=TEXT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")

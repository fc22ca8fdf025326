# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the numbers of the one vocabulary are measured in, as docs/vocabulary.md says; a page says it of others. No input or output."""

from __future__ import annotations

UNITS = {
    "voltage": "V", "input_voltage": "V", "output_voltage": "V", "battery_voltage": "V", "supply_voltage": "V", "voltage_setpoint": "V",
    "current": "A", "current_limit": "A", "power_drawn": "W", "frequency": "Hz", "battery_charge": "%", "load": "%", "runtime": "s",
    "temperature": "°C", "temperature_setpoint": "°C", "lamp_hours": "h",
}

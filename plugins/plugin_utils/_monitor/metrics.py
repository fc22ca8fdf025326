# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of the hosts in the text format 0.0.4 of Prometheus, for the collector of text files of node_exporter. No input or output."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.changes import Host
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.parts import RELAY

UNITS: dict[str, tuple[str, float]] = {
    "V": ("volts", 1), "mV": ("volts", 1e-3), "A": ("amperes", 1), "mA": ("amperes", 1e-3), "W": ("watts", 1), "kW": ("watts", 1e3), "VA": ("voltamperes", 1),
    "Hz": ("hertz", 1), "°C": ("celsius", 1), "%": ("ratio", 0.01), "s": ("seconds", 1), "ms": ("seconds", 1e-3), "min": ("seconds", 60),
    "h": ("seconds", 3600), "Wh": ("joules", 3600), "kWh": ("joules", 3.6e6), "Ω": ("ohms", 1), "dB": ("decibels", 1), "Pa": ("pascals", 1),
}
"""The base unit, by its name, and what to multiply with, of what pages measure in."""
WORDS = {"hours": 3600, "minutes": 60, "seconds": 1}
"""What a reading without a unit is measured in by its name."""
OF_UNITS = {*WORDS, "percent", "volts", "amperes", "watts", "hertz", "celsius", "ratio"}
"""Words that a name loses: its base unit stands at its end."""
RESERVED = re.compile(r"_(total|count|sum|bucket|info|created)$")

Labels = t.Tuple[t.Tuple[str, str], ...]


class Metrics:
    """Samples by the name of their metric; the first of the same labels counts."""

    def __init__(self) -> None:
        self.help: dict[str, str] = {}
        self.samples: dict[str, dict[Labels, float]] = {}

    def add(self, name: str, help: str, value: float, /, **labels: str) -> None:
        self.help.setdefault(name, help)
        self.samples.setdefault(name, {}).setdefault(tuple(labels.items()), value)

    def text(self) -> str:
        lines = []
        for name in sorted(self.samples):
            lines += [f"# HELP {name} {_escaped(self.help[name], '')}", f"# TYPE {name} gauge"]
            lines += [f"{name}{_labels(labels)} {_number(value)}" for labels, value in self.samples[name].items()]
        return "".join(f"{line}\n" for line in lines)


def text(hosts: t.Mapping[str, Host], now: float) -> str:
    metrics = Metrics()
    metrics.add("bytewire_last_run_timestamp_seconds", "When the devices were last read.", now)
    for host, known in hosts.items():
        metrics.add("bytewire_up", "Whether the device could be read.", float(bool(known["up"])), host=host)
        if known["up"]:
            _of_host(metrics, host, known)
    return metrics.text()


def _of_host(metrics: Metrics, host: str, known: Host) -> None:
    if known["ms"] is not None:
        metrics.add("bytewire_read_seconds", "How long reading the device took.", known["ms"] / 1000, host=host)
    for name, value in known["values"].items():
        if name.startswith(RELAY) and value in ("on", "off") and name not in known["unknown"]:
            metrics.add("bytewire_relay_on", "Whether the load of the relay is on.", float(value == "on"), host=host, relay=name[len(RELAY):],
                        name=known["labels"].get(name, ""))
        elif name == "power" and value in ("on", "off") and name not in known["unknown"]:
            metrics.add("bytewire_power_on", "Whether the device is on.", float(value == "on"), host=host)
    for name, value in known["numbers"].items():
        metric, factor = named(name.split(".")[0].split(" ")[0], known["units"].get(name, ""))
        part = re.split(r"[. ]", name, maxsplit=1)[1:]
        metrics.add(metric, f"What the device tells as {re.split('[. ]', name)[0]}.", value * factor, host=host, **({"part": part[0]} if part else {}))


def named(name: str, unit: str) -> tuple[str, float]:
    """The name of the metric of a reading, and what to multiply the reading with: base units of Prometheus, at the end of the name."""
    words = [word for word in re.sub(r"[^a-z0-9]+", "_", name.lower()).split("_") if word]
    if unit not in UNITS and words and words[-1] in WORDS:
        base, factor = "seconds", float(WORDS[words[-1]])
    else:
        base, factor = UNITS.get(unit, ("", 1))
    rest = [word for word in words if word not in OF_UNITS] if base else words
    metric = "_".join(["bytewire", *(rest or words), *([base] if base else [])])
    return RESERVED.sub(r"_\1_reading", metric), factor


def _labels(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value, chr(34))}"' for name, value in labels) + "}" if labels else ""


def _escaped(text: str, quote: str) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace(quote, f"\\{quote}") if quote else text


def _number(value: float) -> str:
    return f"{value:.15g}"

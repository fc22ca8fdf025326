# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is otherwise than the last time. No input or output.

What is known of a host is a dictionary, as the state keeps it:
    up, since, checked, model, error {kind, msg}, told: whether it can be read, since when, when that was last seen, why not, when it was last told
    values, said, unknown, labels: what is switched or said, by name (see Reading)
    numbers, measured, units, ms: what was measured
    over: by the name of a reading {words, since, told}
"""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.journal import By
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.limits import Limits, over
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.readings import Reading, Value
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.parts import RELAY

Host = t.Dict[str, t.Any]
Change = t.Dict[str, t.Any]

GONE, LIMIT, STATUS, SWITCHED, BACK, WITHIN = "gone", "limit", "status", "switched", "back", "within"
SILENT, OTHERS = "does not answer", " (by somebody else)"
HOUR = 3600


class Comparison:
    """Compares readings with what is known of their hosts, and changes that.

    by: who of us made it so, or None where no journal is kept. remind: seconds, 0 for never. changes: what is to be told, in the order of the hosts.
    """

    def __init__(self, now: float, limits: t.Callable[[str], Limits], by: By | None, began: float, remind: float) -> None:
        self.now, self.limits, self.by, self.began, self.remind = now, limits, by, began, remind
        self.changes: list[Change] = []

    def compare(self, reading: Reading, before: Host | None) -> Host:
        """What is known of a host from now on."""
        host: Host = dict(before or {"up": None, "since": self.now, "values": {}, "numbers": {}, "over": {}})
        if reading.ok:
            self._read(reading, host)
        else:
            self._failed(reading, host)
        host.update(up=reading.ok, checked=self.began)
        return host

    def _read(self, reading: Reading, host: Host) -> None:
        if host["up"] is False:
            self._change(reading.host, BACK, "", f"is back (gone for {span(self.now - host['since'])})", None, None)
            host.update(since=self.now)
        for name, value in reading.values.items():
            was = host["values"].get(name)
            if was is not None and was != value:
                self._otherwise(reading, host, name, was, value)
        kept = {name: host["values"][name] for name in reading.unknown if name in host["values"]}
        host["over"] = dict(self._over(reading, host["over"]))
        host.update(model=reading.model, error=None, told=0, values={**reading.values, **kept}, said=sorted(reading.said), unknown=reading.unknown,
                    labels=reading.labels, numbers=reading.numbers, measured=reading.measured, units=reading.units, ms=reading.ms)

    def _failed(self, reading: Reading, host: Host) -> None:
        words = SILENT if reading.silent else "cannot be read"
        if host["up"] is not False:
            first = " (the first time it was asked)" if host["up"] is None else ""
            self._change(reading.host, GONE, "", words + first, None, None, reading.error)
            host.update(since=self.now, told=self.now)
        elif self._is_due(host["told"]):
            host["told"] = self.now
            self._change(reading.host, GONE, "", f"{words} (for {span(self.now - host['since'])})", None, None, reading.error, again=True)
        host.update(error={"kind": reading.kind, "msg": reading.error}, ms=None)

    def _otherwise(self, reading: Reading, host: Host, name: str, was: Value, value: Value) -> None:
        if name in reading.said:
            self._change(reading.host, STATUS, name, f"{name} is {value}, was {was}", was, value)
            return
        words = _switched(name, reading.labels.get(name, ""), was, value)
        by = self.by(reading.host, name, value, host["checked"]) if self.by else ""
        who = f" (by {by})" if by else "" if self.by is None else OTHERS
        self._change(reading.host, SWITCHED, name, words + who, was, value, by=by)

    def _over(self, reading: Reading, before: dict[str, t.Any]) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
        """(name, what is known) of each reading that is over a limit. One that is not told this time stays what it was."""
        for name, limit in self.limits(reading.host).items():
            value, known = reading.numbers.get(name), before.get(name)
            if value is None:
                if known and name in reading.unknown:
                    yield name, known
                continue
            words, number = over(value, limit), f"{value:g}{f' {reading.units[name]}' if name in reading.units else ''}"
            if not words:
                if known:
                    self._change(reading.host, WITHIN, name, f"{name} is {number}, within its limits again", known["words"], value)
                continue
            if known is None or known["words"].split()[0] != words.split()[0]:
                self._change(reading.host, LIMIT, name, f"{name} is {number}, {words}", None, value)
                known = {"since": self.now, "told": self.now}
            elif self._is_due(known["told"]):
                known = {**known, "told": self.now}
                self._change(reading.host, LIMIT, name, f"{name} is {number}, {words} (for {span(self.now - known['since'])})", None, value, again=True)
            yield name, {**known, "words": words}

    def _is_due(self, told: float) -> bool:
        return bool(self.remind) and self.now - told >= self.remind

    def _change(self, host: str, kind: str, name: str, words: str, was: Value | None, value: Value | None, detail: str = "", by: str = "",
                again: bool = False) -> None:
        """A change whose name is that of the host, the kind, what of the host it is, and when; again: it is a reminder."""
        self.changes.append({"id": f"{host}/{kind}/{name}/{self.now:.3f}", "time": round(self.now, 3), "host": host, "kind": kind, "name": name, "was": was,
                             "is": value, "words": words, "detail": detail, "by": by, "again": again})


def _switched(name: str, label: str, was: Value, value: Value) -> str:
    called = f"{name} ({label})" if label else name
    if value in ("on", "off") and (name == "power" or name.startswith(RELAY)):
        return f"{'' if name == 'power' else f'{called} '}was switched {value}"
    return f"{called} is {value}, was {was}"


def span(seconds: float) -> str:
    """'40 s', '12 min', '5 h', '3 days'."""
    for unit, length in (("days", 2 * 24 * HOUR), ("h", 2 * HOUR), ("min", 120)):
        if seconds >= length:
            return f"{seconds / {'days': 24 * HOUR, 'h': HOUR, 'min': 60}[unit]:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"

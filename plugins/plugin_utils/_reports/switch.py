# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of role switch on one host or on several, told to a person: subject, text and HTML of one mail. No input or output."""

from __future__ import annotations

import html
import typing as t
from collections.abc import Mapping
from datetime import datetime

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import KINDS, OTHER, NOT_REACHED_NOTE, in_columns, line, page, table, wrapped

STATES = {True: "on", False: "off"}
PARTICIPLES = {"on": "powered on", "off": "powered off", "pulsed": "pulsed", "cycled": "power-cycled"}
ORDERS = {"on": "to power on", "off": "to power off", "pulsed": "to pulse", "cycled": "to power-cycle"}


class Outcome:
    """What became of one run of role switch on one host."""

    def __init__(self, result: t.Any) -> None:
        if not isinstance(result, Mapping) or not result.get("host"):
            raise AnsibleFilterError("report: expected outcomes as role bytewire.devices.switch keeps them in bytewire_outcome: "
                                     "dictionaries with at least host and ok; or what module bytewire.devices.fleet returned.")
        self.host = line(result["host"])
        state = result.get("state")
        self.state = STATES[state] if isinstance(state, bool) else line(state)
        self.duration = line(result.get("duration")) if self.state in ("pulsed", "cycled") else ""
        self.check, self.ok, self.changed = (bool(result.get(key)) for key in ("check", "ok", "changed"))
        self.relays = {line(number): relay for number, relay in (result.get("relays") or {}).items()}
        self.asked = [line(relay) for relay in _listed(result.get("relay"))]
        self.given = line(result.get("device"))
        self.which = self.given or _relays(self.asked)
        self.device = self.given or self._by_default()
        self.address, self.why = line(result.get("address")), line(result.get("msg"))
        self.model, self.date = _model(result.get("model")), _local(result.get("date"))
        self.kind = line((result.get("error") or {}).get("kind"))
        if not self.ok and not self.why:
            self.why = "No reason was given."

    @property
    def unverified(self) -> bool:
        """Switched without an error, but nobody could read whether it is so."""
        return self.ok and not self.check and any(relay.get("state") == "unknown" for relay in self.relays.values())

    @property
    def unknown(self) -> bool:
        """Failed, and nobody saw whether it came about all the same. A run in check mode changes nothing."""
        if self.ok or self.check:
            return False
        states = {relay.get("state") for relay in self.relays.values()}
        if self.state in ("on", "off"):
            return "unknown" in states or states <= {self.state}
        return self.kind == "unverified" or self.changed and "unknown" in states

    @property
    def sentence(self) -> str:
        if self.unverified:
            return f"{self.device} was told {ORDERS.get(self.state, 'to switch')}, but cannot be read back"
        if self.unknown:
            return f"{self.device} {not_known(self.state)} {participle(self.state)}"
        return f"{self.device} {state_in_words(self.state, self.check, self.ok)}"

    @property
    def board(self) -> str:
        """Inventory name, model and address, each once."""
        where = " at ".join(part for part in (self.model, self.address if self.address != self.host else "") if part)
        return f"{self.host} ({where})" if where else self.host

    @property
    def remark(self) -> str:
        if not self.ok or self.changed:
            return ""
        return f"It is {self.state} already; nothing would be switched." if self.check else f"It was {self.state} already; nothing was switched."

    def states(self) -> list[str]:
        """Each relay: number, name, what it is and what it was."""
        return [f"{_called(number, relay)}: {self._states(relay)}" for number, relay in self.relays.items()]

    def _states(self, relay: t.Mapping[str, t.Any]) -> str:
        now, was = line(relay.get("state")), line(relay.get("was"))
        now = f"would be {now}" if self.check and self.ok else now
        return f"{now}, was {was}" if was and was != "unknown" and was != line(relay.get("state")) else now

    def _by_default(self) -> str:
        known = [_called(number, relay) for number, relay in self.relays.items()]
        relays = _relays(self.asked if self.asked == ["all"] or not known else known)
        return f"{relays[0].upper()}{relays[1:]} of {self.host}" if relays else self.host


class SingleReport:
    """A report of one device."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    @property
    def subject(self) -> str:
        return ("Check: " if self.outcome.check else "") + self.outcome.sentence

    def text(self) -> str:
        return "\n".join([wrapped(f"{self.subject}.", ""), "", *in_columns(self._rows())]) + "\n"

    def html(self) -> str:
        return page(self.subject, self.outcome.ok, table(self._rows()))

    def _rows(self) -> list[tuple[str, str]]:
        outcome = self.outcome
        rows = [("Why", "" if outcome.ok else outcome.why), ("Remark", outcome.remark), ("Date", outcome.date), ("Board", outcome.board),
                ("Duration", f"{outcome.duration} s" if outcome.duration else "")]
        rows += [("Relay", state) for state in outcome.states()]
        return [(name, value) for name, value in rows if value]


class ManyReport:
    """A report of several devices: totals, then what went wrong and why, then the rest."""

    def __init__(self, outcomes: list[Outcome], missing: list[str]) -> None:
        self.outcomes, self.missing = outcomes, missing
        self.total = len(outcomes) + len(missing)
        self.failed = [outcome for outcome in outcomes if not outcome.ok]
        self.check = any(outcome.check for outcome in outcomes)
        self.state = _common(outcome.state for outcome in outcomes)
        self.device = _common(outcome.which for outcome in outcomes)
        good = [outcome for outcome in outcomes if outcome.ok]
        changed = [self._label(outcome) for outcome in good if outcome.changed]
        already = [self._label(outcome) for outcome in good if not outcome.changed]
        self.good = [(title, names) for title, names in (("Would change" if self.check else "Changed", changed), ("So already", already)) if names]

    @property
    def subject(self) -> str:
        return ("Check: " if self.check else "") + self._totals()

    def _totals(self) -> str:
        if self.total == 0:
            return "No device was attempted"
        if self.total == 1:
            return f"{self.missing[0]} was not attempted"
        parts = self._failures()
        if self.missing:
            of_total = "" if self.failed else f" of {self.total} devices"
            parts.append(f"{len(self.missing)}{of_total} {'was' if len(self.missing) == 1 else 'were'} not attempted")
        if not parts:
            unverified = sum(outcome.unverified for outcome in self.outcomes)
            parts.append(f"All {self.total} devices {state_in_words(self.state, self.check, True, self.total)}")
            parts += [f"as far as is known: {unverified} cannot be read back"] if unverified else []
        return ", ".join(parts)

    def _failures(self) -> list[str]:
        """How many are known not to be so, and of how many it is not known."""
        unknown = sum(outcome.unknown for outcome in self.failed)
        known = len(self.failed) - unknown
        parts = [f"{known} of {self.total} devices {state_in_words(self.state, self.check, False, known)}"] if known else []
        if unknown:
            parts.append(f"{unknown} {not_known(self.state, unknown)}" if known
                         else f"{unknown} of {self.total} devices {not_known(self.state, unknown)} {participle(self.state)}")
        return parts

    def text(self) -> str:
        lines = [wrapped(f"{self.subject}.", ""), "", *in_columns(self._rows())]
        if self.failed:
            lines += ["", "", "FAILED, AND WHY"]
        for reason, group in self._reasons():
            lines += ["", f"{reason} ({len(group)})"]
            for outcome in group:
                lines += [f"  {self._label(outcome)}", wrapped(outcome.why, "    ")]
        for title, names in self._lists():
            lines += ["", "", f"{title.upper()} ({len(names)})", "", wrapped(", ".join(names), "  ")]
            lines += [wrapped(NOT_REACHED_NOTE, "  ")] if names is self.missing else []
        return "\n".join(lines) + "\n"

    def html(self) -> str:
        parts = [table(self._rows())]
        if self.failed:
            parts.append("<h3>Failed, and why</h3>\n")
        for reason, group in self._reasons():
            parts.append(f"<p><b>{html.escape(reason)} ({len(group)})</b></p>\n")
            parts.append(table([(self._label(outcome), outcome.why) for outcome in group]))
        for title, names in self._lists():
            parts.append(f"<h3>{html.escape(title)} ({len(names)})</h3>\n<p>{html.escape(', '.join(names))}</p>\n")
            parts += [f"<p>{NOT_REACHED_NOTE}</p>\n"] if names is self.missing else []
        return page(self.subject, not self.failed and not self.missing, "".join(parts))

    def _rows(self) -> list[tuple[str, str]]:
        rows = [("Device", self.device)] if self.device else []
        counted: list[tuple[str, t.Sized]] = [*self.good, ("Failed", self.failed), ("Not attempted", self.missing)]
        rows += [(title, str(len(entries))) for title, entries in counted if entries]
        dates = sorted(outcome.date for outcome in self.outcomes if outcome.date)
        if dates:
            rows.append(("Date", dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"))
        return rows

    def _lists(self) -> list[tuple[str, list[str]]]:
        return ([("Not attempted", self.missing)] if self.missing else []) + self.good

    def _reasons(self) -> list[tuple[str, list[Outcome]]]:
        """The failures by what kind they are, the most frequent first."""
        groups: dict[str, list[Outcome]] = {}
        for outcome in self.failed:
            groups.setdefault(KINDS.get(outcome.kind, OTHER), []).append(outcome)
        return sorted(groups.items(), key=lambda item: -len(item[1]))

    def _label(self, outcome: Outcome) -> str:
        """The host, with the device's own text where it tells more."""
        if self.device:
            return outcome.host
        return f"{outcome.host} ({outcome.which})" if outcome.which else outcome.host


def _common(values: t.Iterable[str]) -> str:
    """What all of them say, or nothing."""
    found = set(values)
    return found.pop() if len(found) == 1 else ""


def participle(state: str) -> str:
    return PARTICIPLES.get(state, "switched")


def state_in_words(state: str, check: bool, good: bool, count: int = 1) -> str:
    """'is powered off', 'are not powered off', 'was not pulsed', 'would be powered off'."""
    if check:
        return f"would {'' if good else 'not '}be {participle(state)}"
    present = state in ("on", "off")
    verb = ("is" if present else "was") if count == 1 else ("are" if present else "were")
    return f"{verb} {'' if good else 'not '}{participle(state)}"


def not_known(state: str, count: int = 1) -> str:
    """'is not known to be', 'are not known to have been': the participle follows, or is understood."""
    return f"{'is' if count == 1 else 'are'} not known to {'be' if state in ('on', 'off') else 'have been'}"


def _model(model: t.Any) -> str:
    """Its name; V(auto) and a profile without a name tell nothing."""
    name = line(model.get("name") if isinstance(model, Mapping) else model)
    return "" if name == "auto" else name


def _local(date: t.Any) -> str:
    """A date in ISO 8601 as local time, which tells its distance to UTC."""
    try:
        return datetime.fromisoformat(line(date)).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return line(date)


def _listed(value: t.Any) -> list[t.Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple)) else [part.strip() for part in str(value).split(",")]


def _relays(called: list[str]) -> str:
    if not called:
        return ""
    return "all relays" if called == ["all"] else f"relay{'' if len(called) == 1 else 's'} {', '.join(called)}"


def _called(number: str, relay: t.Mapping[str, t.Any]) -> str:
    name = line(relay.get("name"))
    return f"{number} ({name})" if name else number

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a fleet, for a person: totals, failures by reason, changes. Long lists are cut; the hosts have all. No input or output."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay_words
from ansible_collections.bytewire.devices.plugins.module_utils._capability.fleet_scheduler import NOT_ATTEMPTED, without_title
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import MOST_NAMED, a_few
from ansible_collections.bytewire.devices.plugins.module_utils._page.setting import flattened
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.parts import (
    RELAY, Part, Rows, badge, called, exchanges, facts, figures, group, section, state,
)
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.switch import model_name, states_of
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import (
    NOT_REACHED_NOTE, grouped, headed, line, natural, readable, reason, understood,
)

MOST_NAMES = 100  # hosts named in one list
MOST_ENTRIES = 20  # messages of one reason, kinds of change, kinds of remark
LONGEST_MESSAGE = 500
GATEWAY, DEFECT = "gateway", "defect"
"""The stages of failures that nobody was left to tell the outcome of."""
OUTCOME_UNKNOWN = "Outcome unknown"

Names = list[str]
Entry = tuple[Names, str]
"""Hosts, and what is said of them."""


def is_fleet(result: t.Any) -> bool:
    """Whether this is what module fleet returned, rather than the outcome of one host."""
    return isinstance(result, Mapping) and "host" not in result and (isinstance(result.get("hosts"), Mapping) or bool(result.get("failed")))


class HostOutcome:
    """What became of one host."""

    def __init__(self, host: t.Any, result: Mapping[str, t.Any], check: bool) -> None:
        error = understood(f"report: {line(host)}", result).get("error") or {}
        self.host, self.check = line(host), check
        self.failed = bool(result.get("failed"))
        self.missed = self.failed and (error.get("stage") == NOT_ATTEMPTED or error.get("stage") == GATEWAY and error.get("kind") == "invalid")
        self.unknown = self.failed and not self.missed and error.get("stage") in (GATEWAY, DEFECT) and error.get("outcome") != "nothing"
        self.changed = bool(result.get("changed"))
        self.error, self.kind = error, line(error.get("kind")) if self.failed else ""
        self.relays = {line(number): relay for number, relay in _items(result.get("relays"))}
        self.msg = line(result.get("msg")) or ("No reason was given." if self.failed else "")
        self.remarks = [line(warning) for warning in result.get("warnings") or ()]
        self.states = {name: self._state(label, value) for name, label, value in _named_states(result)}
        self.answers = not self.failed and result.get("ping") == "pong"
        self.model, self.exchanges = model_name(result.get("model")), exchanges(result.get("trace"), self.msg)

    @property
    def alarm(self) -> str:
        """How a failure left a load that a person must know of, or nothing."""
        return relay_words.alarm(self.relays) if self.failed else ""

    @property
    def sentence(self) -> str:
        """What became of loads that were to be so for a while, where the same can be said of all; otherwise nothing."""
        if self.failed:
            found = relay_words.worst(self.relays)
            return relay_words.said(found[0].alarm + found[0].rest) if found else ""
        words = {relay_words.success(relay, self.check) for relay in self.relays.values() if isinstance(relay, Mapping)}
        return relay_words.said(words.pop()) if len(words) == 1 else ""

    @property
    def result(self) -> str:
        if self.missed:
            return "not attempted"
        changed = "would change" if self.check else "changed"
        if self.failed:
            return f"failed, {OUTCOME_UNKNOWN.lower()}" if self.unknown else f"failed, {changed}" if self.changed else "failed"
        return changed if self.changed else "unchanged"

    def details(self, differing: bool = False) -> str:
        """All that is known of its states, or those that are others now, if there are any."""
        states = self.states.items()
        changes = [(name, one) for name, one in states if one["changed"]] if differing else []
        return "; ".join(f"{called(name, one)}: {one['words']}" for name, one in changes or states)

    def part(self) -> Part:
        details = self.details()
        message = " ".join([self.msg, *self.remarks] if self.failed or not details else self.remarks)
        return {"host": self.host, "result": self.result, "failed": self.failed, "details": details, "kind": self.kind, "message": message,
                "model": self.model, "address": "", "states": self.states, "exchanges": self.exchanges}

    def _state(self, label: str, value: t.Any) -> Part:
        if not isinstance(value, Mapping):
            now = line(value, LONGEST_MESSAGE)
            return state(label, now, "", now, False)
        now, was = line(value.get("state")), line(value.get("was"))
        if relay_words.asked_of(value):
            return state(label, now, was, states_of(value, not self.failed, self.check), True)
        if not was or was == now:
            return state(label, now, was, now, False)
        return state(label, now, was, f"{'would be ' if self.check and self.changed else ''}{now}, was {was}", True)


def _named_states(result: Mapping[str, t.Any]) -> t.Iterable[tuple[str, str, t.Any]]:
    """(name, label, state) of what the modules for devices return."""
    for number, relay in _items(result.get("relays")):
        yield RELAY + line(number), line(relay.get("name")) if isinstance(relay, Mapping) else "", relay
    for name, setting in flattened(dict(_items(result.get("settings")))).items():
        yield line(name), "", setting
    if result.get("reply") is not None:
        yield "reply", "", result["reply"]


def _items(value: t.Any) -> t.Iterable[tuple[t.Any, t.Any]]:
    return value.items() if isinstance(value, Mapping) else ()


class FleetReport:
    """A report of the results of module fleet: of one, or of several that ran at several gateways.

    names are the hosts that there should be a result of; those without one get the reason of the fleet that failed before it knew its hosts.
    """

    def __init__(self, results: t.Sequence[Mapping[str, t.Any]], names: t.Iterable[str], check: bool) -> None:
        self.check, self.cut = check, False
        results = [understood("report: what module fleet returned", fleet) for fleet in results]
        outcomes = [HostOutcome(host, result, check) for fleet in results for host, result in _items(fleet.get("hosts"))]
        reasons = [fleet for fleet in results if not isinstance(fleet.get("hosts"), Mapping)]
        outcomes += _unreported(set(names) - {outcome.host for outcome in outcomes} or ({"The fleet"} if reasons and not outcomes else set()), reasons, check)
        self.outcomes = sorted(outcomes, key=lambda outcome: natural(outcome.host))
        self.failed = [outcome for outcome in self.outcomes if outcome.failed and not outcome.missed]
        self.missed = [outcome for outcome in self.outcomes if outcome.missed]
        self.changed = [outcome for outcome in self.outcomes if outcome.changed and not outcome.failed]
        self.unchanged = [outcome for outcome in self.outcomes if not outcome.changed and not outcome.failed]
        self.seconds = max((float(fleet["summary"]["seconds"]) for fleet in results if "seconds" in (fleet.get("summary") or {})), default=None)

    @property
    def numbers(self) -> dict[str, int]:
        return {"total": len(self.outcomes), "ok": len(self.changed) + len(self.unchanged), "changed": len(self.changed), "failed": len(self.failed),
                "not_attempted": len(self.missed), "alarms": sum(bool(outcome.alarm) for outcome in self.failed)}

    @property
    def subject(self) -> str:
        return ("Check: " if self.check else "") + (self._of_one(self.outcomes[0]) if len(self.outcomes) == 1 else self._totals())

    def _alarms(self) -> str:
        return "; ".join(relay_words.counted([(outcome.host, outcome.alarm) for outcome in self.failed], len(self.outcomes), "devices"))

    def _of_one(self, outcome: HostOutcome) -> str:
        if outcome.missed:
            return f"{outcome.host} was not attempted"
        if outcome.sentence:
            return f"{outcome.host} {outcome.sentence}"
        if outcome.failed:
            return f"{outcome.host} failed"
        if outcome.answers:
            return f"{outcome.host} answers"
        if not outcome.changed:
            return f"{outcome.host} is done, nothing {'would be' if self.check else 'was'} changed"
        return f"{outcome.host} {'would be' if self.check else 'was'} changed"

    def _totals(self) -> str:
        total, parts = len(self.outcomes), []
        if not total:
            return "No device was attempted"
        if self.failed:
            parts.append(f"{len(self.failed)} of {total} devices failed")
        if self.missed:
            parts.append(f"{len(self.missed)}{'' if parts else f' of {total} devices'} {_were(len(self.missed))} not attempted")
        if not parts and all(outcome.answers for outcome in self.outcomes):
            return f"All {total} devices answer"
        if not parts:
            parts.append(f"All {total} devices are done")
        if self.changed or not any(outcome.changed or outcome.unknown for outcome in self.failed):
            verb = "would be" if self.check else _were(len(self.changed)) if self.changed else "was"
            parts.append(f"{len(self.changed) or 'nothing'} {verb} changed")
        return "; ".join(filter(None, (self._alarms(), ", ".join(parts))))

    def parts(self) -> Part:
        one = self.outcomes[0] if len(self.outcomes) == 1 and not self.missed else None
        counted = [("", "Devices", len(self.outcomes)), ("changed", "Would change" if self.check else "Changed", len(self.changed)),
                   ("unchanged", "Unchanged", len(self.unchanged)), ("failed", "Failed", len(self.failed)), ("missed", "Not attempted", len(self.missed))]
        told = [("Took", f"{self.seconds:g} s" if self.seconds is not None else "")]
        why = [("Why", readable(one.msg) if one.failed else ""), ("Remark", " ".join(one.remarks)), ("Model", one.model)] if one else []
        sections = [] if one else list(self._sections())  # these find out whether anything is cut
        return {"headline": self.subject, "check": self.check, "badge": badge(self.check, self.numbers), "numbers": self.numbers, "cut": self.cut,
                "figures": [] if one else figures(counted), "facts": facts(why + told), "sections": sections,
                "hosts": [outcome.part() for outcome in self.outcomes], "output": []}

    def _sections(self) -> t.Iterator[Part]:
        """Each part of the report, all lists cut."""
        if self.failed:
            yield section("failed", "Failed, and why", len(self.failed), self._failures())
        if self.missed:
            yield section("missed", "Not attempted", len(self.missed), [group("", self._cut(_grouped((one.host, one.msg) for one in self.missed)))])
        if self.changed:
            yield section("changed", "Would change" if self.check else "Changed", len(self.changed), self._states(self.changed))
        if self.unchanged:
            yield section("unchanged", "Unchanged", len(self.unchanged), self._states(self.unchanged))
        remarks = [(outcome.host, without_title(outcome.host, words)) for outcome in self.outcomes for words in outcome.remarks]
        if remarks:
            yield section("remarks", "Remarks", None, [group("", self._cut(_grouped(remarks)))])

    def _failures(self) -> list[Part]:
        """Of many who say the same a few are named beside it, and all of them below."""
        reasons = self._reasons()
        told = [group(head, self._cut([([a_few(names)], words) for names, words in entries[:MOST_ENTRIES]] + entries[MOST_ENTRIES:]))
                for head, entries in reasons]
        if any(len(names) > MOST_NAMED for dummy, entries in reasons for names, dummy_words in entries):
            told.append(group(f"All that failed ({len(self.failed)})", [(self._names([outcome.host for outcome in self.failed]), "")]))
        return told

    def _reasons(self) -> list[tuple[str, list[Entry]]]:
        """The failures by what kind they are, alarms first, then the most frequent."""
        groups: dict[tuple[str, str], list[HostOutcome]] = {}
        for outcome in sorted(self.failed, key=lambda outcome: not outcome.alarm):
            groups.setdefault((OUTCOME_UNKNOWN, "") if outcome.unknown else reason(outcome.error), []).append(outcome)
        return [(headed(head, len(group)), _grouped((outcome.host, readable(outcome.msg)) for outcome in group))
                for head, group in sorted(groups.items(), key=lambda item: (not item[1][0].alarm, -len(item[1])))]

    def _states(self, outcomes: list[HostOutcome]) -> list[Part]:
        """The hosts by what their states are, or were made; the most frequent first."""
        entries = _grouped((outcome.host, outcome.details(differing=True)) for outcome in outcomes)
        told = [group(f"{self._words(words) or 'Done'} ({len(names)})", [(self._names(names), "")]) for names, words in entries[:MOST_ENTRIES]]
        others = sorted((name for names, dummy in entries[MOST_ENTRIES:] for name in names), key=natural)
        self.cut = self.cut or bool(others)
        return told + ([group(f"Others ({len(others)})", [(self._names(others), "")])] if others else [])

    def _cut(self, entries: list[Entry]) -> Rows:
        shown = [(self._names(names), self._words(words)) for names, words in entries[:MOST_ENTRIES]]
        rest = sum(len(names) for names, dummy in entries[MOST_ENTRIES:])
        return shown + ([(self._more(rest), "")] if rest else [])

    def _names(self, names: Names) -> str:
        rest = len(names) - MOST_NAMES
        return ", ".join(names[:MOST_NAMES]) + (" " + self._more(rest) if rest > 0 else "")

    def _words(self, words: str) -> str:
        self.cut = self.cut or len(words) > LONGEST_MESSAGE
        return line(words, LONGEST_MESSAGE)

    def _more(self, number: int) -> str:
        self.cut = True
        return f"and {number} more"


def _unreported(names: set[str], reasons: list[Mapping[str, t.Any]], check: bool) -> list[HostOutcome]:
    """Hosts without a result. A fleet that was refused has sent nothing; of one that ended otherwise it is not known."""
    why = " ".join(line(fleet.get("msg")) for fleet in reasons) or NOT_REACHED_NOTE
    errors = [fleet.get("error") or {} for fleet in reasons]
    refused = all(error.get("kind") == "invalid" and error.get("stage") != DEFECT for error in errors)
    error = {"kind": "unreachable", "stage": NOT_ATTEMPTED if refused else GATEWAY}
    return [HostOutcome(name, {"failed": True, "msg": why, "error": error}, check) for name in names]


def _grouped(said: t.Iterable[tuple[str, str]]) -> list[Entry]:
    """Hosts of whom the same is said, together; the most first, and otherwise in their order."""
    return grouped((host, host, words) for host, words in said)


def _were(number: int) -> str:
    return "was" if number == 1 else "were"

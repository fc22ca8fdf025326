# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of role switch on one host or on several, for a person. No input or output."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping
from datetime import datetime

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay_words
from ansible_collections.bytewire.devices.plugins.module_utils._capability.fleet_scheduler import without_title
from ansible_collections.bytewire.devices.plugins.module_utils._capability.relay_words import ORDERS, PARTICIPLES, said
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import MOST_NAMED, a_few
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.parts import (
    RELAY, Part, called, exchanges, facts, figures, group, section, state,
)
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import (
    NOT_REACHED_NOTE, grouped, headed, line, natural, readable, reason, understood, undone,
)

STATES = {True: "on", False: "off"}
DATE = "%Y-%m-%d %H:%M:%S %z"
SEVERAL = 2
NOTHING: Part = {"details": "", "kind": "", "model": "", "address": "", "device": "", "states": {}, "exchanges": []}
"""What is known of a host that the run did not come to."""
TO_SWITCH = "told to switch"


class Outcome:
    """What became of one run of role switch on one host."""

    def __init__(self, result: t.Any) -> None:
        if not isinstance(result, Mapping) or not result.get("host"):
            raise AnsibleFilterError("report: expected outcomes as role bytewire.devices.switch keeps them in bytewire_outcome: "
                                     "dictionaries with at least host and ok; or what module bytewire.devices.fleet returned.")
        self.host = line(result["host"])
        understood(f"report: {self.host}", result)
        state = result.get("state")
        self.state = STATES[state] if isinstance(state, bool) else line(state)
        self.duration = line(result.get("duration")) if self.state in relay_words.BETWEEN else ""
        self.check, self.ok, self.changed = (bool(result.get(key)) for key in ("check", "ok", "changed"))
        self.relays = {line(number): self._with_course(relay) for number, relay in (result.get("relays") or {}).items()}
        self.asked = [line(relay) for relay in _listed(result.get("relay"))]
        self.given = line(result.get("device"))
        self.which = self.given or _relays(self.asked)
        self.device = self.given or self._by_default()
        self.address, self.why = line(result.get("address")), line(result.get("msg"))
        self.model, self.date = model_name(result.get("model")), _local(result.get("date"))
        self.error = result.get("error") or {}
        self.kind = line(self.error.get("kind"))
        self.exchanges = exchanges(result.get("trace"), self.why)
        self.warnings = [line(warning) for warning in result.get("warnings") or ()]
        if not self.ok and not self.why:
            self.why = "No reason was given."

    @property
    def unverified(self) -> bool:
        """Switched without an error, but nobody could read whether it is so."""
        return self.ok and not self.check and any(relay.get("state") == "unknown" for relay in self.relays.values())

    @property
    def unknown(self) -> bool:
        """Failed, and nobody saw whether it came about all the same. A run in check mode changes nothing."""
        if self.ok or self.check or self.wanted != self.state:
            return False
        states = {relay.get("state") for relay in self.relays.values()}
        if self.state in ("on", "off"):
            return "unknown" in states or states <= {self.state}
        return self.kind == "unverified" or self.changed and "unknown" in states

    @property
    def alarm(self) -> str:
        """How a failure left the load that a person must know of, or nothing."""
        return "" if self.ok else relay_words.alarm(self.relays)

    @property
    def sentence(self) -> str:
        if self.ok:
            return f"{self.device} {self._success()}"
        found = relay_words.worst(self.relays)
        if found:
            words, numbers = found
            return f"{self._called(numbers)} {said(words.alarm + words.rest, self.count(len(numbers)))}"
        if self.unknown:
            return f"{self.device} {not_known(self.state, self.count())} {participle(self.state)}"
        return f"{self.device} {state_in_words(self.wanted, self.check, False, self.count())}"

    def count(self, relays: int | None = None) -> int:
        """How many loads the sentence speaks of; a device that has a text of its own is one."""
        if self.given:
            return 1
        return relays or (SEVERAL if self.asked == ["all"] else len(self.relays or self.asked) or 1)

    @property
    def wish(self) -> str:
        """'relay 2: pulsed for 0.5 s', as the task was told; nothing where it was not told all of that."""
        lasting = f" for {self.duration} s" if self.duration else ""
        return f"{_relays(self.asked)}: {self.state}{lasting}" if self.asked and self.state else ""

    @property
    def done(self) -> str:
        """What became of all of its loads, where they were to be so for a while; a template."""
        words = {relay_words.success(relay, self.check) for relay in self.relays.values()}
        return words.pop() if len(words) == 1 else ""

    @property
    def wanted(self) -> str:
        """The state wanted; nothing where the task was wrong, and nothing was asked of the device."""
        return "" if self.kind == "invalid" and undone(self.error) else self.state

    def _success(self) -> str:
        count = self.count()
        if self.unverified:
            return f"{said(self.done, count) or f'{were(count)} {ORDERS.get(self.state, TO_SWITCH)}'}, but cannot be read back"
        return said(self.done, count) or state_in_words(self.state, self.check, True, count)

    def _called(self, numbers: list[str]) -> str:
        """The device where it is so of all its relays, and otherwise those that it is so of."""
        if len(numbers) == len(self.relays):
            return self.device
        relays = _relays([_called(number, self.relays[number]) for number in numbers])
        return f"{self.given} ({relays})" if self.given else f"{relays[0].upper()}{relays[1:]} of {self.host}"

    def _with_course(self, given: t.Any) -> relay_words.Relay:
        """A relay that does not tell what was sent and seen was told what the first half of the task tells."""
        relay: relay_words.Relay = given if isinstance(given, Mapping) else {}
        between = relay_words.BETWEEN.get(self.state)
        if between is None or relay_words.asked_of(relay) or self.check and not self.ok:
            return relay
        told = [between] if self.changed and not self.ok and relay.get("was") != between else []
        return {**relay, **relay_words.course(self.state, None, told, [])}

    @property
    def board(self) -> str:
        """Inventory name, model and address, each once."""
        where = " at ".join(part for part in (self.model, self.address if self.address != self.host else "") if part)
        return f"{self.host} ({where})" if where else self.host

    @property
    def remark(self) -> str:
        if not self.ok:
            return f"{undone(self.error)}." if undone(self.error) and "othing was sent" not in self.why else ""
        if self.changed:
            return ""
        return f"It is {self.state} already; nothing would be switched." if self.check else f"It was {self.state} already; nothing was switched."

    @property
    def result(self) -> str:
        """What became of it in a few words, as of a host of a fleet."""
        changed = ("would change" if self.check else "changed") if self.changed else ""
        return ", ".join(filter(None, ("failed", changed))) if not self.ok else changed or "unchanged"

    def part(self) -> Part:
        states = {RELAY + number: self._state(relay) for number, relay in self.relays.items()}
        details = "; ".join(f"{called(name, one)}: {one['words']}" for name, one in states.items())
        return {"host": self.host, "result": self.result, "failed": not self.ok, "details": details, "kind": self.kind,
                "message": " ".join(filter(None, (self.why, *self.warnings))),
                "model": self.model, "address": self.address, "device": self.which, "states": states, "exchanges": self.exchanges}

    def _state(self, relay: relay_words.Relay) -> Part:
        """Name, what it is and what it was, and what was sent and seen if it was to be so for a while."""
        now, was = line(relay.get("state")), line(relay.get("was"))
        changed = bool(relay_words.asked_of(relay)) or bool(was) and was != now
        return state(line(relay.get("name")), now, was, states_of(relay, self.ok, self.check), changed)

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

    def parts(self) -> Part:
        outcome = self.outcome
        rows = [("Why", "" if outcome.ok else readable(outcome.why)), ("Remark", " ".join(filter(None, (outcome.remark, *outcome.warnings)))),
                ("Asked", outcome.wish), ("Date", outcome.date),
                ("Board", outcome.board)]
        return {"headline": self.subject, "check": outcome.check, "facts": facts(rows), "figures": [], "sections": [], "hosts": [outcome.part()]}


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
        self.done: dict[str, list[str]] = {}
        for outcome in good:
            if outcome.done:
                self.done.setdefault(outcome.done, []).append(self._label(outcome))
        changed = [self._label(outcome) for outcome in good if outcome.changed]
        already = [self._label(outcome) for outcome in good if not outcome.changed]
        told = (("changed", "Would change" if self.check else "Changed", changed), ("unchanged", "So already", already))
        self.good = [(kind, title, names) for kind, title, names in told if names]

    @property
    def subject(self) -> str:
        return ("Check: " if self.check else "") + self._totals()

    def _totals(self) -> str:
        alarms = relay_words.counted([(self._label(outcome), outcome.alarm) for outcome in self.failed], self.total, "devices")
        return "; ".join([*alarms, *self._counted()])

    def _counted(self) -> list[str]:
        if self.total == 0:
            return ["No device was attempted"]
        if self.total == 1:
            return [f"{self.missing[0]} was not attempted"]
        parts = self._failures()
        if self.missing:
            of_total = "" if self.failed else f" of {self.total} devices"
            parts.append(f"{len(self.missing)}{of_total} {were(len(self.missing))} not attempted")
        return [", ".join(parts or self._successes())] if parts or not self.failed else []

    def _successes(self) -> list[str]:
        if len(self.done) > 1:
            return [f"All {self.total} devices are done", *(f"{len(names)} {said(words, len(names))}" for words, names in self.done.items())]
        told = sum(map(len, self.done.values())) == self.total
        common = said(next(iter(self.done)), self.total) if told else state_in_words(self.state, self.check, True, self.total)
        unverified = sum(outcome.unverified for outcome in self.outcomes)
        return [f"All {self.total} devices {common}"] + ([f"as far as is known: {unverified} cannot be read back"] if unverified else [])

    def _failures(self) -> list[str]:
        """How many are known not to be so, and of how many it is not known; those with an alarm are told already."""
        failed = [outcome for outcome in self.failed if not outcome.alarm]
        unknown = sum(outcome.unknown for outcome in failed)
        wrong = sum(outcome.state != outcome.wanted for outcome in failed)
        known = len(failed) - unknown - wrong
        parts = [(wrong, state_in_words("", self.check, False, wrong)), (known, state_in_words(self.state, self.check, False, known)),
                 (unknown, not_known(self.state, unknown) + ("" if known else f" {participle(self.state)}"))]
        told = [(number, words) for number, words in parts if number]
        return [f"{number}{f' of {self.total} devices' if not place and len(failed) == len(self.failed) else ''} {words}"
                for place, (number, words) in enumerate(told)]

    def parts(self) -> Part:
        dates = sorted(outcome.date for outcome in self.outcomes if outcome.date)
        date = " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else ""
        rows = [("Device", _common(outcome.given for outcome in self.outcomes)), ("Asked", _common(outcome.wish for outcome in self.outcomes)), ("Date", date)]
        counted = [*((kind, title, len(names)) for kind, title, names in self.good), ("failed", "Failed", len(self.failed)),
                   ("missed", "Not attempted", len(self.missing))]
        missing = [{**NOTHING, "host": name, "result": "not attempted", "failed": True, "message": NOT_REACHED_NOTE} for name in self.missing]
        hosts = sorted([*(outcome.part() for outcome in self.outcomes), *missing], key=lambda host: natural(host["host"]))
        return {"headline": self.subject, "check": self.check, "figures": figures(counted), "facts": facts(rows), "sections": list(self._sections()),
                "hosts": hosts}

    def _sections(self) -> t.Iterator[Part]:
        if self.failed:
            reasons = self._reasons()
            told = [group(head, [(a_few(names), words) for names, words in entries]) for head, entries in reasons]
            if any(len(names) > MOST_NAMED for dummy, entries in reasons for names, dummy_words in entries):
                told.append(group(f"All that failed ({len(self.failed)})", [(", ".join(self._label(outcome) for outcome in self.failed), "")]))
            yield section("failed", "Failed, and why", len(self.failed), told)
        if self.missing:
            yield section("missed", "Not attempted", len(self.missing), [group("", [(", ".join(self.missing), NOT_REACHED_NOTE)])])
        done = [("changed", f"Changed: {said(words, len(names))}", names) for words, names in self.done.items()] if len(self.done) > 1 else self.good
        for kind, title, names in done:
            yield section(kind, title, len(names), [group("", [(", ".join(names), "")])])
        remarks = grouped((outcome.host, self._label(outcome), without_title(outcome.host, words)) for outcome in self.outcomes for words in outcome.warnings)
        if remarks:
            yield section("remarks", "Remarks", None, [group("", [(", ".join(names), words) for names, words in remarks])])

    def _reasons(self) -> list[tuple[str, list[tuple[list[str], str]]]]:
        """The failures by what kind they are, and those of whom the same is said together; alarms first, then the most frequent."""
        groups: dict[tuple[str, str], list[Outcome]] = {}
        for outcome in sorted(self.failed, key=lambda outcome: not outcome.alarm):
            groups.setdefault(reason(outcome.error), []).append(outcome)
        ordered = sorted(groups.items(), key=lambda item: (not item[1][0].alarm, -len(item[1])))
        return [(headed(head, len(group)), grouped((outcome.host, self._label(outcome), readable(outcome.why)) for outcome in group))
                for head, group in ordered]

    def _label(self, outcome: Outcome) -> str:
        """The host, with the device's own text where it tells more."""
        if self.device:
            return outcome.host
        return f"{outcome.host} ({outcome.which})" if outcome.which else outcome.host


def states_of(relay: t.Mapping[str, t.Any], good: bool, check: bool) -> str:
    """'off, was on'; 'was pulsed (0.5 s), reads off'; 'off, was on (told: off; seen: on, off)'."""
    now, was, asked = line(relay.get("state")), line(relay.get("was")), relay_words.asked_of(relay)
    if good and asked:
        read = f"is {was}" if check else f"read {now} while it lasted" if relay_words.lasts(relay) else f"reads {now}"
        return f"{said(relay_words.success(relay, check))}, {read}"
    words = f"would be {now}" if check and good else now
    words = f"{words}, was {was}" if was and was not in ("unknown", now) else words
    told, seen = ([line(state) for state in states] for states in (relay_words.told_and_seen(relay, asked) if asked else ([], [])))
    return f"{words} (told: {', '.join(told)}; seen: {', '.join(seen) or 'nothing'})" if told else words


def were(count: int) -> str:
    return "was" if count == 1 else "were"


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


def model_name(model: t.Any) -> str:
    """Its name; V(auto) and a profile without a name tell nothing."""
    name = line(model.get("name") if isinstance(model, Mapping) else model)
    return "" if name == "auto" else name


def _local(date: t.Any) -> str:
    """A date in ISO 8601 as local time, which tells its distance to UTC. Python 3.10 reads no Z."""
    try:
        return datetime.fromisoformat(re.sub("Z$", "+00:00", line(date))).astimezone().strftime(DATE)
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

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of loads that were to be pulsed or cycled, in words: of what was sent and seen. For messages, mails and tables; no input or output."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import a_few

PULSE = "pulsed"
BETWEEN = {PULSE: "on", "cycled": "off"}
"""The timed states of a task: what the load is in between."""
REST = {PULSE: "off", "cycled": "on"}
"""What it is in the end."""
PARTICIPLES = {"on": "powered on", "off": "powered off", PULSE: "pulsed", "cycled": "power-cycled"}
ORDERS = {"on": "told to power on", "off": "told to power off", PULSE: "told to pulse", "cycled": "told to power-cycle"}
BACK = {PULSE: "gone off", "cycled": "come back"}
IS, MAY_BE = {PULSE: "{is} ON", "cycled": "{is} OFF"}, {PULSE: "may still be on", "cycled": "may be off"}
ONE, MANY = {"is": "is", "was": "was", "it": "it"}, {"is": "are", "was": "were", "it": "they"}

Relay = t.Mapping[str, t.Any]
"""A relay as results have it."""


class Words(t.NamedTuple):
    """What is said of a load: alarm begins it where a person must know that the load was left as it is in between. Templates; see said."""

    alarm: str
    rest: str


def said(template: str, count: int = 1) -> str:
    """Words of one load, or of several."""
    return template.format(**(ONE if count == 1 else MANY))


def asked_of(relay: Relay) -> str:
    """The timed state that was asked for, or nothing."""
    return next((state for state in BETWEEN if isinstance(relay.get(state), t.Mapping)), "")


def course(state: str, seconds: float | None, told: t.Sequence[str], seen: t.Sequence[str]) -> dict[str, dict[str, t.Any]]:
    """What joins the result of a relay: the states it was told and read in, in their order."""
    return {state: {"seconds": seconds, "told": list(told), "seen": list(seen)}}


def told_and_seen(relay: Relay, state: str) -> tuple[t.Sequence[str], t.Sequence[str]]:
    """The states that a relay was told and read in for the sake of a timed one."""
    return relay[state].get("told") or [], relay[state].get("seen") or []


def success(relay: Relay, check: bool = False) -> str:
    """'{was} pulsed (0.5 s)': what was done, or would be; nothing for a relay without a timed state."""
    state, was = asked_of(relay), relay.get("was")
    if not state:
        return ""
    verb, before = ("would be", "is") if check else ("{was}", "was")
    told, seen = told_and_seen(relay, state)
    order = not check and (relay.get("state") == "unknown" or PULSE in told and not _came_true(relay))
    if was == BETWEEN[state] and PULSE not in told and (state == "cycled" or told or check):
        return f"{verb} {'told to switch' if order else 'switched'} {REST[state]} ({{it}} {before} {was}{'' if check else ' before'})"
    notes = "; ".join(_notes(relay, state, "" if check or PULSE not in told else was))
    return f"{verb} {ORDERS[state] if order else PARTICIPLES[state]}{notes and f' ({notes})'}"


def _notes(relay: Relay, state: str, was: t.Any) -> t.Iterator[str]:
    """How long it lasts; that a pulse found it as it is in between, and what it is expected to be in the end."""
    seconds, between = relay[state].get("seconds"), BETWEEN[state]
    if seconds:
        yield f"{seconds:g} s"
    if was == between:
        expected = f", and {{is}} expected to be {REST[state]} afterwards" if relay.get("state") == between else ""
        yield f"{{it}} {{was}} {between} before{expected}"


def _came_true(relay: Relay) -> bool:
    """Whether a pulse that the board ends by itself was seen: what was on before, or is not known to have been off, reads on in any case."""
    return relay.get("was") == REST[PULSE] and BETWEEN[PULSE] in told_and_seen(relay, PULSE)[1]


def lasts(relay: Relay) -> bool:
    """Whether it was last read during a pulse that the board ends by itself, and that was seen."""
    return relay.get("state") == BETWEEN[PULSE] and asked_of(relay) == PULSE and PULSE in told_and_seen(relay, PULSE)[0] and _came_true(relay)


def failure(relay: Relay) -> Words | None:
    """What a failure left; None where nothing was told and nothing moved, or where there is nothing to say but that it failed."""
    state = asked_of(relay)
    if not state:
        return None
    now, between = relay.get("state"), BETWEEN[state]
    if now == between:
        return _left(state, relay)
    told, seen = told_and_seen(relay, state)
    if now == REST[state]:
        return _back(state, relay, told, seen)
    switched = f"{{was}} {'switched' if seen[-1:] == [between] else 'told to switch'} {between}"
    if between in told:
        again = f", then told to switch {REST[state]}" if told[-1] == REST[state] else ""
        return Words(MAY_BE[state], f": {{it}} {switched}{again}, and {{is}} not known to have {BACK[state]}")
    if relay.get("was") == between and told and PULSE not in told:
        return Words(MAY_BE[state], f": {{it}} {{was}} {between} before, and {{is}} not known to have been switched {REST[state]}")
    return None


def _left(state: str, relay: Relay) -> Words | None:
    """As it is in between, by the last reading."""
    told, was, between = told_and_seen(relay, state)[0], relay.get("was"), BETWEEN[state]
    if between in told:
        return Words(IS[state], f": {{it}} {{was}} switched {between} and did not {'go off' if state == PULSE else 'come back'}")
    if PULSE in told:
        return None
    if was == between:
        return Words(IS[state], f", as before: {{it}} {{was}} not switched {REST[state]}") if told or state == "cycled" else None
    return Words(IS[state], f", and {{was}} {was} before" if was == REST[state] else "")


def _back(state: str, relay: Relay, told: t.Sequence[str], seen: t.Sequence[str]) -> Words | None:
    """As it shall be in the end, by the last reading; yet something failed."""
    between, now = BETWEEN[state], relay["state"]
    if not told:
        return None
    if relay.get("was") == between:
        return Words("", f"{{is}} {now}, and {{was}} {between} before; not all went as it should")
    if between in seen:
        return Words("", f"{{was}} {PARTICIPLES[state]} and {{is}} {now}; not all went as it should")
    return Words("", f"{{is}} {now}, and {{is}} not known to have been {PARTICIPLES[state]}")


def worst(relays: t.Mapping[str, Relay]) -> tuple[Words, list[str]] | None:
    """Of a failure: what matters most, and the numbers of the relays it is so of; None where nothing is to be said of them."""
    groups: dict[Words, list[str]] = {}
    for number, relay in relays.items():
        words = failure(relay) if isinstance(relay, t.Mapping) else None
        if words:
            groups.setdefault(words, []).append(number)
    return max(groups.items(), key=lambda group: _urgency(group[0]), default=None)


def _urgency(words: Words) -> int:
    return 2 if words.alarm in IS.values() else 1 if words.alarm else 0


def alarm(relays: t.Any) -> str:
    """'{is} OFF', 'may be off': what a failure left that a person must know, or nothing."""
    found = worst(relays) if isinstance(relays, t.Mapping) else None
    return found[0].alarm if found else ""


def counted(alarms: t.Iterable[tuple[str, str]], total: int, of: str) -> list[str]:
    """'2 of 9 devices are OFF: web1, web2', of (name, alarm or nothing); the worst first."""
    groups: dict[str, list[str]] = {}
    for name, words in alarms:
        if words:
            groups.setdefault(words, []).append(name)
    ordered = sorted(groups.items(), key=lambda group: -_urgency(Words(group[0], "")))
    return [f"{len(names)}{'' if place else f' of {total} {of}'} {said(words, len(names))}: {a_few(names)}" for place, (words, names) in enumerate(ordered)]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changed, for a person: one mail a run. No input or output."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.changes import (
    BACK, GONE, LIMIT, OTHERS, SILENT, STATUS, SWITCHED, WITHIN, Change,
)
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.fleet import MOST_ENTRIES, MOST_NAMES
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.parts import Part, facts, figures, group, section
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import grouped, natural

KINDS = {GONE: ("failed", "Cannot be read", "cannot be read"), LIMIT: ("missed", "Over a limit", "are over a limit"),
         STATUS: ("missed", "Say otherwise than before", "say otherwise than before"), SWITCHED: ("changed", "Switched", "were switched"),
         BACK: ("changed", "Are back", "are back"), WITHIN: ("changed", "Within limits again", "are within their limits again")}
"""Of each kind of change: the look of its list, its title, and what is said of several hosts; in the order that they are told."""
FEW = 3  # changes that a subject tells one by one
BAD = (GONE, LIMIT)


def headline(changes: t.Sequence[Change]) -> str:
    """'3 changes: tv017 does not answer, tv020 is back, lobby was switched on (by somebody else)'."""
    new, again = [change for change in changes if not change["again"]], [change for change in changes if change["again"]]
    parts = [_all_alike(new) or f"{_counted(len(new), 'change')}{_told(new)}"] if len(new) != 1 or again else [_words(new[0])]
    parts = [part for part, given in zip([*parts, f"{_counted(len(again), 'reminder')}{_told(again)}"], (new, again)) if given]
    return "; ".join(parts)


def _all_alike(changes: t.Sequence[Change]) -> str:
    """'5 devices do not answer', where that is all there is to tell."""
    kinds, hosts = {change["kind"] for change in changes}, {change["host"] for change in changes}
    return f"{len(hosts)} devices {_of_several(changes[0]['kind'], changes)}" if len(kinds) == 1 and len(changes) == len(hosts) > FEW else ""


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _told(changes: t.Sequence[Change]) -> str:
    """Few one by one, in the order of their kinds; of many how many of each kind."""
    by_kind = [(kind, [change for change in changes if change["kind"] == kind]) for kind in KINDS]
    if len(changes) <= FEW:
        told = [_words(change) for dummy, each in by_kind for change in each]
    else:
        told = [_words(each[0]) if len(each) == 1 else f"{len(each)} {_of_several(kind, each)}" for kind, each in by_kind if each]
    return f": {('; ' if any(',' in words for words in told) else ', ').join(told)}"


def _of_several(kind: str, changes: t.Sequence[Change]) -> str:
    words = [change["words"] for change in changes]
    if kind == GONE and all(each.startswith(SILENT) for each in words):
        return "do not answer"
    return KINDS[kind][2] + (OTHERS if all(each.endswith(OTHERS) for each in words) else "")


def _words(change: Change) -> str:
    return f"{change['host']} {change['words']}" if change["kind"] in (GONE, BACK) or change["words"].startswith("was ") else \
        f"{change['host']}: {change['words']}"


def parts(changes: t.Sequence[Change], counted: t.Sequence[tuple[str, str, int]], told: list[tuple[str, str]]) -> Part:
    """What the templates of role notify get: counted are figures, told facts."""
    bad = any(change["kind"] in BAD for change in changes)
    sections = []
    for again in (False, True):
        for kind, (look, title, dummy) in KINDS.items():
            each = [change for change in changes if change["kind"] == kind and change["again"] == again]
            if each:
                sections.append(section(look, f"{title}, still" if again else title, len(each), [group("", entries(each))]))
    gone = sum(change["kind"] == GONE for change in changes)
    return {"headline": headline(changes), "check": False, "badge": {"kind": "bad", "text": "Attention"} if bad else {"kind": "neutral", "text": "Changed"},
            "numbers": {"total": len(changes), "ok": len(changes) - gone, "changed": len(changes), "failed": gone, "not_attempted": 0, "alarms": 0},
            "cut": False, "figures": figures(list(counted)), "facts": facts(told), "sections": sections, "hosts": [], "matrix": None, "output": [],
            "attached": []}


def entries(changes: t.Sequence[Change]) -> list[tuple[str, str]]:
    """Hosts of which the same is said together; the words, and why below them."""
    ordered = sorted(changes, key=lambda change: natural(change["host"]))
    found = [(_names(names), words) for names, words in grouped((change["host"], change["host"], _said(change)) for change in ordered)]
    more = len(found) - MOST_ENTRIES
    return found[:MOST_ENTRIES] + ([(f"and {more} more", "")] if more > 0 else [])


def _said(change: Change) -> str:
    """Why a device cannot be read, or else what is otherwise."""
    head, blank, beside = change["words"].partition(" (")
    return f"{change['detail']}{blank}{beside}" if change["detail"] else change["words"]


def _names(names: list[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")

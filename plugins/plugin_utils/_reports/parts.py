# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts that a report is made of, as data: what templates and programs get. docs/report.md describes them. No input or output."""

from __future__ import annotations

import csv
import io
import typing as t
from collections.abc import Mapping

from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import inert, line, readable

Part = t.Dict[str, t.Any]
Rows = t.List[t.Tuple[str, str]]

MARKS = {"on": "\u25cf", "off": "\u25cb", "unknown": "?"}
RELAY = "relay "
MOST_COLUMNS = 16
LONGEST_CELL = 40
HEAD = ("host", "result", "details", "kind", "message", "model", "address")


def state(label: str, now: str, was: str, words: str, changed: bool) -> Part:
    """What one relay, setting or reply is, and was before where that is known; words tell both, label is the name that a person gave it."""
    return {"label": label, "now": now, "was": was, "words": words, "changed": changed, "mark": MARKS.get(now, line(now, LONGEST_CELL))}


def called(name: str, given: Part) -> str:
    """A relay or a setting by all its names."""
    return f"{name} ({given['label']})" if given["label"] else name


def exchanges(trace: t.Any, message: str) -> list[str]:
    """Each exchange of a trace as a line: the bytes in hex. Before them the message, where a report shows less of its bytes."""
    told = [entry for entry in trace if isinstance(entry, Mapping)] if isinstance(trace, (list, tuple)) else []
    whole = [message] if readable(message) != message else []
    return whole + [f"{line(entry.get('stage'))}: sent {line(entry.get('sent')) or 'nothing'}, received {line(entry.get('received')) or 'nothing'}"
                    f"{_ms(entry.get('ms'))}" for entry in told]


def _ms(value: t.Any) -> str:
    return "" if value is None else f", {line(value)} ms"


def section(kind: str, title: str, number: int | None, groups: list[Part]) -> Part:
    """kind is failed, missed, changed, unchanged or remarks."""
    return {"kind": kind, "title": title, "number": number, "groups": groups}


def group(head: str, entries: Rows) -> Part:
    """Entries are hosts, and what is said of them."""
    return {"head": head, "entries": [{"names": names, "words": words} for names, words in entries]}


def figures(counted: list[tuple[str, str, int]]) -> list[Part]:
    """(kind, title, number) of each that is none."""
    return [{"kind": kind, "title": title, "number": number} for kind, title, number in counted if number]


def facts(rows: Rows) -> list[Part]:
    return [{"title": title, "text": text} for title, text in rows if text]


def badge(check: bool, numbers: Mapping[str, int], unverified: int = 0) -> Part:
    """The report in two words."""
    wrong = numbers["failed"] + numbers["not_attempted"]
    if numbers["alarms"]:
        return {"kind": "bad", "text": "Attention"}
    if wrong or not numbers["total"]:
        return {"kind": "bad", "text": "Failed" if wrong == numbers["total"] else "Partly failed"}
    if check:
        return {"kind": "neutral", "text": "Check mode"}
    if unverified:
        return {"kind": "warning", "text": "Not verified"}
    return {"kind": "good", "text": "Done" if numbers["changed"] else "Nothing changed"}


def columns(hosts: list[Part]) -> list[str]:
    """The names of all that any host has a state of, in their order."""
    return list(dict.fromkeys(name for host in hosts for name in host["states"]))


def matrix(hosts: list[Part]) -> Part | None:
    """What of hosts stands in a table of hosts and states; None where a table tells nothing, or is too wide."""
    names = columns(hosts)
    if len(hosts) < 2 or not 0 < len(names) <= MOST_COLUMNS:
        return None
    relays = all(name.startswith(RELAY) for name in names)
    marks = {one["mark"] for host in hosts for one in host["states"].values()}
    legend = [f"{mark} {now}" for now, mark in MARKS.items() if mark in marks]
    return {"title": "Relays" if relays else "States", "columns": [{"name": name, "head": name.removeprefix(RELAY) if relays else name} for name in names],
            "legend": [*legend, "* changed"] if any(one["changed"] for host in hosts for one in host["states"].values()) else legend}


def as_csv(hosts: list[Part]) -> str:
    """Every host a line, every state a column, and what it was another; cells cannot be formulas."""
    names = columns(hosts)
    before = [name for name in names if any(host["states"].get(name, {}).get("was") for host in hosts)]
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([inert(cell) for cell in (*HEAD, *names, *(f"{name}, was" for name in before))])
    for host in hosts:
        states = host["states"]
        now_and_was = [states.get(name, {}).get("now", "") for name in names] + [states.get(name, {}).get("was", "") for name in before]
        writer.writerow([inert(cell) for cell in (*(host[key] for key in HEAD), *now_and_was)])
    return file.getvalue()

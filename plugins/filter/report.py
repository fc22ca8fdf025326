# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Outcomes of switching, of single tasks or of a fleet, told to a person: as data, and as text and HTML of one mail."""

from __future__ import annotations

DOCUMENTATION = r"""
name: report
short_description: What became of many devices, as one mail
version_added: 1.0.0
author:
  - The bytewire.devices developers (@bytewire)
description:
  - Turns the outcomes that role C(bytewire.devices.switch) keeps in the fact C(bytewire_outcome) into a report as data, and that into subject, text
    and HTML of a mail.
  - From version 1.1.0 on it takes what M(bytewire.devices.fleet) returned, or a list of what it returned on several gateways, too. That mail
    tells totals, then failures by reason, then changes. Lists of many hosts are cut in it, and there is a table of all as CSV.
  - Text and HTML are written by the Jinja templates C(report.txt.j2) and C(mail.html.j2) of role C(bytewire.devices.notify), or by those of O(templates).
  - Device texts and error messages are made one line each, with control characters shown (C(\e), C(\r), C(\x07)), and escaped in HTML.
    In CSV none begins like a formula.
positional: hosts, check, told, to
options:
  _input:
    description:
      - The outcomes. Of each, C(host), C(device), C(address), C(model), C(relay), C(relays), C(state), C(duration), C(check), C(ok), C(changed),
        C(msg), C(warnings), C(error) and C(date) are used as far as they are there.
      - "Or a result of M(bytewire.devices.fleet), or a list of them."
      - >-
        Or what a task for a device (M(bytewire.devices.relay), M(bytewire.devices.settings) and so on) returned, as it was registered, with C(loop) or
        without, or a list of such results, from 2.0.0 on. It is told as that of a fleet is; what was skipped is left out.
    type: raw
    required: true
  hosts:
    description:
      - Inventory names of all hosts that there should be an outcome of. Those without one are reported as not attempted.
    type: list
    elements: str
    default: []
  check:
    description:
      - Whether it was check mode, which a result of M(bytewire.devices.fleet) does not tell.
    version_added: 1.1.0
    type: bool
    default: false
  told:
    description:
      - What earlier reports told, as they returned it. That is left out; if there is nothing else, the last report is made again.
    version_added: 2.0.0
    type: dict
    default: {}
  to:
    description:
      - Who the report is for.
    version_added: 2.0.0
    type: str
    default: ""
  asked:
    description:
      - What was asked for, in words, where the outcomes do not tell it.
    version_added: 2.0.0
    type: str
    default: ""
  began:
    description:
      - When the run began, in seconds since 1970, so that the report tells how long it took.
    version_added: 2.0.0
    type: float
    default: 0
  signed:
    description:
      - Whether the report tells the user and the machine that it was made by.
    version_added: 2.0.0
    type: bool
    default: false
  scheduled:
    description:
      - What became of a scheduled run, as role C(bytewire.devices.schedule) keeps it in C(last.json); the report is of that.
    version_added: 2.0.0
    type: dict
    default: {}
  changes:
    description:
      - What has changed, each with C(host), C(words) (a sentence or several without the host that begins them) and C(kind); the report is of that.
    version_added: 2.0.0
    type: list
    elements: dict
    default: []
  templates:
    description:
      - A folder with templates that are used in place of those of role C(bytewire.devices.notify) with the same name.
    version_added: 2.0.0
    type: path
    default: ""
"""

EXAMPLES = r"""
- name: Show the report of this play
  ansible.builtin.debug:
    msg: "{{ (bytewire_outcome | bytewire.devices.report(hosts=[inventory_hostname])).text.splitlines() }}"

- name: Show what became of a fleet
  ansible.builtin.debug:
    msg: "{{ (fleet_result | bytewire.devices.report).text.splitlines() }}"
"""

RETURN = r"""
_value:
  description:
    - C(subject) (one line), C(text) and C(html), and the numbers C(total), C(ok), C(changed), C(failed) and C(not_attempted).
    - C(alarms) is the number of those whose load was left off by a cycle that failed, or on by a pulse, or of whose load that is not known (from 2.0.0 on).
    - C(again) is whether all of it was told O(to) these before, and C(told) is what was told of each host (from 2.0.0 on; the latter not of a fleet).
    - C(csv) is the table of all hosts, a line for each, and C(cut) is whether the text does not show all of them. Before 2.0.0 C(csv) was empty where it does.
    - >-
      C(attachments) is what the mail does not show all of, as option O(bytewire.devices.mail#module:attachments) of M(bytewire.devices.mail) takes it:
      C(devices.csv) if C(cut), C(output.txt) of a scheduled run, and C(report.html) with the bytes of each exchange if the tasks traced them, or
      of an answer that the text shows less of (from 2.0.0 on).
    - C(data) is the report as data, for templates and programs (from 2.0.0 on); the guide to reports has its keys.
  type: dict
  sample:
    subject: External WD USB disk is powered off
    total: 1
    ok: 1
    changed: 1
    failed: 0
    not_attempted: 0
    alarms: 0
    cut: false
    told: {garage: {first: 0, next: 1, to: [""]}}
    again: false
"""

import getpass
import socket
import time
import typing as t
from collections.abc import Iterable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import without_templates
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports import changes as changes_of_devices
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports import scheduled as scheduled_run
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.fleet import FleetReport, is_fleet
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.parts import Part, as_csv, badge, facts, matrix
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.registered import EXPECTED, as_fleets
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.switch import DATE, ManyReport, Outcome, SingleReport
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.templates import MAIL, MOST_LINES, PAGE, TEXT, written
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line, natural

LONGEST_SUBJECT = 150
ORDER = ("Why", "Remark", "Device", "Board", "Model", "Asked", "Date", "Took", "By")


@without_templates
def report(results: t.Any, hosts: t.Any = (), check: bool = False, told: t.Any = None, to: str = "", asked: str = "", began: float = 0, signed: bool = False,
           scheduled: t.Any = None, templates: str = "", changes: t.Any = ()) -> dict[str, t.Any]:
    """The filter."""
    results = as_fleets(results)
    for what, value in ((EXPECTED, results), ("a list for hosts", hosts)):
        if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
            raise AnsibleFilterError(f"report: expected {what}, not {type(value).__name__}.")
    results, names = list(results), [line(host) for host in hosts]
    marks: dict[str, t.Any] = {"again": False}
    if scheduled:
        parts = scheduled_run.parts(scheduled)
    elif changes:
        parts = changes_of_devices.parts(changes)
    elif results and all(map(is_fleet, results)):
        parts = FleetReport(results, names, bool(check)).parts()
    else:
        outcomes: dict[str, list[Outcome]] = {}
        for outcome in map(Outcome, results):
            outcomes.setdefault(outcome.host, []).append(outcome)
        due, marks["again"], marks["told"] = _due(outcomes, told or {}, to)
        parts = _of_outcomes(due, names)
    dated = scheduled or any(fact["title"] == "Date" for fact in parts["facts"])
    parts["facts"] += facts([("Asked", line(asked)), ("Date", "" if dated or not signed else time.strftime(DATE)), ("Took", _span(began)),
                             ("By", _by() if signed else "")])
    if not scheduled:
        parts["facts"].sort(key=lambda fact: ORDER.index(fact["title"]))
    return {**_written(parts, templates), **marks}


def _written(parts: Part, templates: str) -> dict[str, t.Any]:
    data = {**parts, "matrix": matrix(parts["hosts"]), "attached": []}
    table = as_csv(parts["hosts"])
    attachments = [_attachment("devices.csv", "text/csv", table)] if parts["cut"] else []
    if len(parts["output"]) > MOST_LINES:
        attachments.append(_attachment("output.txt", "text/plain", "\n".join([*parts["output"], ""])))
    if any(host["exchanges"] for host in parts["hosts"]):
        attachments.append(_attachment("report.html", "text/html", written(PAGE, data, templates)))
    data["attached"] = [attachment["name"] for attachment in attachments]
    return {"subject": line(parts["headline"], LONGEST_SUBJECT), "text": written(TEXT, data, templates), "html": written(MAIL, data, templates),
            "csv": table, "cut": parts["cut"], "attachments": attachments, **parts["numbers"], "data": data}


def _attachment(name: str, media_type: str, content: str) -> dict[str, str]:
    return {"name": name, "type": media_type, "content": content}


def _by() -> str:
    """User and machine; a user without a name has none."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    return " on ".join(filter(None, (line(user), line(socket.gethostname()))))


def _span(began: float) -> str:
    seconds = time.time() - float(began)
    return "" if not began else f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _due(outcomes: dict[str, list[Outcome]], told: Mapping[str, t.Any], to: str) -> tuple[list[Outcome], bool, dict[str, t.Any]]:
    """The outcomes that no report told yet, or, where there are none, those of the last report; whether it went to the same; and what is told then."""
    nothing = {"first": 0, "next": 0, "to": []}
    before = {host: told.get(host, nothing) for host in outcomes}
    new = {host: each[before[host]["next"]:] for host, each in outcomes.items() if len(each) > before[host]["next"]}
    if new or not outcomes:
        marks = {host: {"first": before[host]["next"], "next": len(outcomes[host]), "to": [to]} for host in new}
        return [outcome for each in new.values() for outcome in each], False, marks
    last = [outcome for host, each in outcomes.items() for outcome in each[before[host]["first"]:before[host]["next"]]]
    again = all(to in mark["to"] for mark in before.values())
    return last, again, {host: {**mark, "to": [*mark["to"], to]} for host, mark in before.items()}


def _of_outcomes(outcomes: list[Outcome], names: list[str]) -> Part:
    outcomes.sort(key=lambda outcome: natural(outcome.host))
    missing = sorted(set(names) - {outcome.host for outcome in outcomes}, key=natural)
    digest = SingleReport(outcomes[0]) if len(outcomes) == 1 and not missing else ManyReport(outcomes, missing)
    numbers = {"total": len(outcomes) + len(missing), "ok": sum(outcome.ok for outcome in outcomes),
               "changed": sum(outcome.ok and outcome.changed for outcome in outcomes), "failed": sum(not outcome.ok for outcome in outcomes),
               "not_attempted": len(missing), "alarms": sum(bool(outcome.alarm) for outcome in outcomes)}
    unverified = sum(outcome.unverified for outcome in outcomes)
    return {**digest.parts(), "numbers": numbers, "badge": badge(any(outcome.check for outcome in outcomes), numbers, unverified), "cut": False, "output": []}


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"report": report}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Outcomes of switching, or of a fleet, told to a person: subject, text and HTML of one mail. No input or output."""

from __future__ import annotations

DOCUMENTATION = r"""
name: report
short_description: What became of many devices, as one mail
version_added: 1.0.0
author:
  - The bytewire.devices developers (@bytewire)
description:
  - Turns the outcomes that role C(bytewire.devices.switch) keeps in the fact C(bytewire_outcome) into subject, text and HTML of a mail.
  - From version 1.1.0 on it takes what M(bytewire.devices.fleet) returned, or a list of what it returned on several gateways, too. That mail
    tells totals, then failures by reason, then changes. Lists of many hosts are cut in it, and there is a table of all as CSV.
  - Device texts and error messages are made one line each, with control characters shown (C(\e), C(\r), C(\x07)), and escaped in HTML.
    In CSV none begins like a formula.
positional: hosts, check, told, to
options:
  _input:
    description:
      - The outcomes. Of each, C(host), C(device), C(address), C(model), C(relay), C(relays), C(state), C(duration), C(check), C(ok), C(changed),
        C(msg), C(error) and C(date) are used as far as they are there.
      - "Or a result of M(bytewire.devices.fleet), or a list of them."
      - >-
        Or what a task for a device (M(bytewire.devices.relay), M(bytewire.devices.settings) and so on) returned, as it was registered, with C(loop) or
        without, or a list of such results, from 1.2.0 on. It is told as that of a fleet is; what was skipped is left out.
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
    version_added: 1.2.0
    type: dict
    default: {}
  to:
    description:
      - Who the report is for.
    version_added: 1.2.0
    type: str
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
    - C(alarms) is the number of those whose load was left off by a cycle that failed, or on by a pulse, or of whose load that is not known (from 1.2.0 on).
    - C(again) is whether all of it was told O(to) these before, and C(told) is what was told of each host (from 1.2.0 on; the latter not of a fleet).
    - C(csv) is the table of all hosts where the text does not show all of them, and otherwise empty.
  type: dict
  sample:
    subject: External WD USB disk is powered off
    total: 1
    ok: 1
    changed: 1
    failed: 0
    not_attempted: 0
    alarms: 0
    csv: ""
    told: {garage: {first: 0, next: 1, to: [""]}}
    again: false
"""

import typing as t
from collections.abc import Iterable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import without_templates
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.fleet import FleetReport, is_fleet
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.registered import EXPECTED, as_fleets
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.switch import ManyReport, Outcome, SingleReport
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line, natural

LONGEST_SUBJECT = 150


@without_templates
def report(results: t.Any, hosts: t.Any = (), check: bool = False, told: t.Any = None, to: str = "") -> dict[str, t.Any]:
    """The filter."""
    results = as_fleets(results)
    for what, value in ((EXPECTED, results), ("a list for hosts", hosts)):
        if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
            raise AnsibleFilterError(f"report: expected {what}, not {type(value).__name__}.")
    results, names = list(results), [line(host) for host in hosts]
    if results and all(map(is_fleet, results)):
        fleet = FleetReport(results, names, bool(check))
        texts = {"text": fleet.text(), "html": fleet.html()}  # these find out whether anything is cut
        texts["csv"] = fleet.csv() if fleet.cut else ""
        return {"subject": line(fleet.subject, LONGEST_SUBJECT), **texts, **fleet.numbers, "again": False}
    outcomes: dict[str, list[Outcome]] = {}
    for outcome in map(Outcome, results):
        outcomes.setdefault(outcome.host, []).append(outcome)
    due, again, marks = _due(outcomes, told or {}, to)
    return {**_of_outcomes(due, names), "told": marks, "again": again}


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


def _of_outcomes(outcomes: list[Outcome], names: list[str]) -> dict[str, t.Any]:
    outcomes.sort(key=lambda outcome: natural(outcome.host))
    missing = sorted(set(names) - {outcome.host for outcome in outcomes}, key=natural)
    digest = SingleReport(outcomes[0]) if len(outcomes) == 1 and not missing else ManyReport(outcomes, missing)
    return {
        "subject": line(digest.subject, LONGEST_SUBJECT), "text": digest.text(), "html": digest.html(),
        "total": len(outcomes) + len(missing), "ok": sum(outcome.ok for outcome in outcomes),
        "changed": sum(outcome.ok and outcome.changed for outcome in outcomes), "failed": sum(not outcome.ok for outcome in outcomes),
        "not_attempted": len(missing), "alarms": sum(bool(outcome.alarm) for outcome in outcomes), "csv": "",
    }


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"report": report}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a report with the templates of role notify, or with a user's own in their place."""

from __future__ import annotations

import os
import re
import typing as t
from pathlib import Path

import jinja2
from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.parts import RELAY, Part
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import in_columns, wrapped

OURS = Path(__file__).parents[3] / "roles" / "notify" / "templates"
ENDINGS = (".html", ".txt", ".csv", ".json")
"""Of files that a report is written into."""
MOST_LINES = 40  # of a scheduled run's output; all of them are attached
ASTERISKS = re.compile(r" \*{3,}$")
TEXT, MAIL, PAGE = "report.txt.j2", "mail.html.j2", "report.html.j2"


def written(name: str, report: Part, folder: str = "") -> str:
    """The report by that template: the one of folder, if there is one, which can extend ours as bytewire/NAME."""
    if folder and not os.path.isdir(folder):
        raise AnsibleFilterError(f"report: there is no folder of templates {folder}.")
    ours = jinja2.FileSystemLoader(OURS)
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([*([jinja2.FileSystemLoader(folder)] if folder else []), ours, jinja2.PrefixLoader({"bytewire": ours})]),
        autoescape=lambda template: template is None or ".html" in template, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True)
    environment.filters.update(wrapped=wrapped, columns=columns, state_rows=state_rows, last_lines=last_lines)
    try:
        return environment.get_template(name).render(report=report, page=name == PAGE)
    except jinja2.TemplateSyntaxError as error:
        raise AnsibleFilterError(f"report: template {error.filename or name}, line {error.lineno}: {error.message}") from error
    except (jinja2.TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise AnsibleFilterError(f"report: template {name}{f' of {folder}' if folder else ''}: {error}") from error


def last_lines(lines: list[str]) -> list[str]:
    """Without the asterisks that Ansible fills its titles up with: in a narrow mail they take a line of their own, or widen the page."""
    return [ASTERISKS.sub("", line) for line in lines[-MOST_LINES:]]


def columns(report: Part) -> list[str]:
    """Figures, facts and, of one device, its states: title and text in two columns."""
    rows = [(figure["title"], str(figure["number"])) for figure in report["figures"]] + [(fact["title"], fact["text"]) for fact in report["facts"]]
    return in_columns(rows + (state_rows(report["hosts"][0]) if len(report["hosts"]) == 1 and not report["sections"] else []))


def state_rows(host: Part) -> list[tuple[str, str]]:
    """(title, text) of each state; the relays have one title."""
    relays = [name for name in host["states"] if name.startswith(RELAY)]
    title = {name: "" for name in relays[1:]}
    title.update({name: "Relay" if len(relays) == 1 else "Relays" for name in relays[:1]})
    return [(title.get(name, name), _row(name, one)) for name, one in host["states"].items()]


def _row(name: str, one: t.Mapping[str, t.Any]) -> str:
    if not name.startswith(RELAY):
        return str(one["words"])
    label = f" ({one['label']})" if one["label"] else ""
    return f"{name[len(RELAY):]}{label}: {one['words']}"

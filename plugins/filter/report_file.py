# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as a file."""

from __future__ import annotations

DOCUMENTATION = r"""
name: report_file
short_description: A report as the text of a file
version_added: 2.0.0
author:
  - The bytewire.devices developers (@bytewire)
description:
  - Turns what filter P(bytewire.devices.report#filter) returned into what belongs into a file, by the ending of its name.
  - C(.html) is a page for a browser, C(.txt) is text, C(.csv) is a table of all hosts with a column for each fact, and C(.json) is the report as data.
  - The page is written by the Jinja template C(report.html.j2) of role C(bytewire.devices.notify), or by that of O(templates).
positional: name, templates
options:
  _input:
    description:
      - What filter P(bytewire.devices.report#filter) returned.
    type: dict
    required: true
  name:
    description:
      - The name of the file.
    type: str
    required: true
  templates:
    description:
      - A folder with templates that are used in place of those of role C(bytewire.devices.notify) with the same name.
    type: path
    default: ""
"""

EXAMPLES = r"""
- name: Write the report of this play for a browser
  ansible.builtin.copy:
    dest: /srv/www/boards.html
    content: "{{ bytewire_outcome | bytewire.devices.report | bytewire.devices.report_file('boards.html') }}"
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The text of the file.
  type: str
"""

import json
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import without_templates
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.templates import ENDINGS, PAGE, written


@without_templates
def report_file(report: t.Any, name: str, templates: str = "") -> str:
    """The filter."""
    if not isinstance(report, Mapping) or not isinstance(report.get("data"), Mapping):
        raise AnsibleFilterError("report_file: expected what filter bytewire.devices.report returned.")
    ending = next((ending for ending in ENDINGS if str(name).lower().endswith(ending)), "")
    if ending == ".html":
        return written(PAGE, dict(report["data"]), templates)
    if ending == ".json":
        return json.dumps(report["data"], indent=4, ensure_ascii=False) + "\n"
    if not ending:
        raise AnsibleFilterError(f"report_file: {name} ends in none of {', '.join(ENDINGS)}.")
    return str(report["text" if ending == ".txt" else "csv"])


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"report_file": report_file}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with what a playbook was given on its command line."""

from __future__ import annotations

DOCUMENTATION = r"""
name: command_line
short_description: What a playbook was not given, in one line
version_added: 2.0.0
author:
  - The bytewire.devices developers (@bytewire)
description:
  - Says in one line what keeps a playbook from doing what its command line says, or nothing. The playbooks of this collection begin with it.
positional: example, words
options:
  _input:
    description:
      - The variables that the playbook was given, null where it was not. An empty text is refused, since it is what a script makes of a name that it
        does not know; and a C(json_file) or C(notify_file) whose folder there is not.
    type: dict
    required: true
  example:
    description:
      - What the command line might have had.
    type: str
    required: true
  words:
    description:
      - "What Ansible found behind a value that was cut at a blank: its variable C(_raw_params)."
    type: str
    default: ""
  needed:
    description:
      - Names of variables that must be given.
    type: list
    elements: str
    default: []
  choices:
    description:
      - For names of variables what they may be.
    type: dict
    default: {}
  hosts:
    description:
      - The hosts that the playbook is for. There must be one.
      - Unless given, this is not looked at.
    type: list
    elements: str
  changes:
    description:
      - Whether something is changed at O(hosts). Then, where there are several, their pattern must be in the variable C(target), or O(limit) be given.
    type: bool
    default: false
  limit:
    description:
      - "What C(--limit) says."
    type: str
    default: ""
  groups:
    description:
      - The groups of the inventory, C(groups), so that it can be said what it has.
    type: dict
    default: {}
  mail:
    description:
      - "The variables C(notify_…) of the report. What a mail would lack is told, unless there is no recipient; they may be empty."
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Refuse to restart more than what was said
  ansible.builtin.assert:
    that: problem == ''
    fail_msg: "{{ problem }}"
  vars:
    given: {target: "{{ target | default(none) }}"}
    problem: >-
      {{ given | bytewire.devices.command_line('-e target=web1', hosts=ansible_play_hosts_all, changes=true, limit=ansible_limit | default(''),
                                               groups=groups) }}
"""

RETURN = r"""
_value:
  description: The sentence, or an empty text.
  type: str
  sample: "command is not given. For example: -e command=STATUS."
"""

import os
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import a_few
from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import without_templates
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports import mail_variables, templates
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line, natural


@without_templates
def command_line(given: t.Any, example: str, words: t.Any = "", needed: t.Any = (), choices: t.Any = None, hosts: t.Any = None, changes: bool = False,
                 limit: t.Any = "", groups: t.Any = None, mail: t.Any = None) -> str:
    """The filter."""
    if not isinstance(given, Mapping):
        raise AnsibleFilterError(f"command_line: expected a dictionary of variables, not {type(given).__name__}.")
    mail = mail or {}
    return (_of_words(given, example, words, needed) or _of_values({**mail, **given}, choices or {})
            or _of_hosts(given, hosts, changes, _text(limit), groups or {}) or mail_variables.problem(mail))


def _of_words(given: Mapping[str, t.Any], example: str, words: t.Any, needed: t.Any) -> str:
    if words:
        return f"'{line(words)}' is part of no variable. A value with blanks needs quotes of its own: -e \"NAME='TWO WORDS'\"."
    empty = [name for name, value in given.items() if isinstance(value, str) and not value.strip()]
    if empty:
        return f"{_are(empty)} empty. Give a value, or leave it out. For example: {example}."
    missing = [name for name in needed if given.get(name) is None]
    if missing:
        return f"{_are(missing)} not given. For example: {example}."
    return ""


def _of_values(given: Mapping[str, t.Any], choices: Mapping[str, t.Any]) -> str:
    for name, values in choices.items():
        if given.get(name) is not None and given[name] not in values:
            return f"{name} is '{line(given[name])}', and may be {', '.join(values[:-1])} or {values[-1]}. Nothing was sent."
    return _of_files("json_file", given.get("json_file")) or _of_files("notify_file", given.get("notify_file"), templates.ENDINGS)


def _of_files(name: str, files: t.Any, endings: tuple[str, ...] = ("",)) -> str:
    for file in files if isinstance(files, (list, tuple)) else [] if files is None else [files]:
        if not str(file).lower().endswith(endings):
            return f"{name} is '{line(file)}', and ends in none of {', '.join(endings)}. Nothing was sent."
        if not os.path.isdir(os.path.dirname(os.path.realpath(os.path.expanduser(str(file))))):
            return f"{name} is '{line(file)}', and its folder is not there. Nothing was sent."
    return ""


def _of_hosts(given: Mapping[str, t.Any], hosts: t.Any, changes: bool, limit: str, groups: Mapping[str, t.Any]) -> str:
    target = given.get("target")
    if hosts is not None and len(hosts) == 0:
        asked = [f"{name} '{line(value)}'" for name, value in (("target", target), ("--limit", limit or None)) if value is not None]
        if not asked or not groups.get("all"):
            return "No host matches: the inventory has none. A single address wants a comma: -i 10.0.0.5, Nothing was sent."
        return f"No host matches {' and '.join(asked)}. The inventory has {_inventory(groups)}. Nothing was sent."
    if changes and hosts and len(hosts) > 1 and target is None and not limit:
        names = a_few(sorted(map(line, hosts), key=natural))
        told = " ".join(f"{name}={line(value)}" for name, value in given.items() if value is not None and "_" not in name) or "This"
        return (f"{told} would go to {len(hosts)} devices: {names}. Say which with -e target=… or --limit …, or all of them with -e target=all. "
                "Nothing was sent.")
    return ""


def _inventory(groups: Mapping[str, t.Any]) -> str:
    """'the groups boards, tvs and the hosts garage, tv1, tv2 and 302 more'"""
    named = [name for name in groups if name not in ("all", "ungrouped")]
    return " and ".join(f"the {what}{'' if len(names) == 1 else 's'} {a_few(sorted(map(line, names), key=natural))}"
                        for what, names in (("group", named), ("host", groups["all"])) if names)


def _text(limit: t.Any) -> str:
    return ",".join(map(str, limit)) if isinstance(limit, (list, tuple)) else str(limit)


def _are(names: list[str]) -> str:
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}"


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"command_line": command_line}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks and roles read variables of their own name and Ansible's, and no word that an inventory may use for something else."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest
import yaml
from jinja2 import meta, nodes

pytestmark = pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")  # Jinja2 reads the regular expressions of templates
CHECKOUT = Path(__file__).resolve().parents[3]
GIVEN = {"inventory_hostname", "groups", "hostvars", "omit", "item", "role_path", "playbook_dir", "lookup", "query", "now", "range", "dict", "_raw_params"}
OURS = [CHECKOUT / "roles" / name / "templates" for name in ("notify", "monitor")]  # which Ansible does not render
MAILS = {"monitor": "notify_"}
"""Roles that hand on the variables of role notify."""
EXPRESSIONS = {"when", "that", "failed_when", "changed_when", "until"}
FILES = sorted(path for folder in ("playbooks", "roles") for path in (CHECKOUT / folder).rglob("*")
               if path.suffix in (".yml", ".j2") and path.name != "argument_specs.yml" and path.parent not in OURS)


class Anything(dict):
    """Filters or tests of Ansible's, which are not called here."""

    def __contains__(self, name):
        return True

    def __missing__(self, name):
        return str

    def get(self, name, default=None):
        return str


ENVIRONMENT = jinja2.Environment(extensions=["jinja2.ext.loopcontrols"])
ENVIRONMENT.filters, ENVIRONMENT.tests = Anything(), Anything()


def undeclared(source):
    return meta.find_undeclared_variables(ENVIRONMENT.parse(source))


def templates(value, key=""):
    """Every text of a YAML file that Ansible takes for a template; conditions are expressions without braces."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from templates(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from templates(inner, key)
    elif isinstance(value, str):
        yield f"{{{{ {value} }}}}" if key in EXPRESSIONS and "{{" not in value else value


def names_of(value, key):
    """The names of variables that are set in a file, where the value of key is a dictionary."""
    found = set()
    for inner in value if isinstance(value, list) else [value] if isinstance(value, dict) else []:
        if isinstance(inner, dict):
            found |= set(inner[key]) if isinstance(inner.get(key), dict) else set()
            for each in inner.values():
                found |= names_of(each, key)
    return found


def read(path):
    text = path.read_text(encoding="utf-8")
    sources = [text] if path.suffix == ".j2" else templates(yaml.safe_load(text))
    return {name for source in sources for name in undeclared(source)}


@pytest.mark.parametrize("path", sorted(path for folder in OURS for path in folder.iterdir()), ids=lambda path: path.name)
def test_what_the_templates_of_reports_read(path):
    """No variables of Ansible: filter report renders them."""
    parsed = ENVIRONMENT.parse(path.read_text(encoding="utf-8"))
    set_here = {name.name for name in parsed.find_all(nodes.Name) if name.ctx == "store"}
    assert undeclared(path.read_text(encoding="utf-8")) - set_here <= {"report", "page"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_names(path):
    parts = path.relative_to(CHECKOUT).parts
    own = ("ansible_", "bytewire_", f"{parts[1] if parts[0] == 'roles' else path.stem}_")
    own = (*own, MAILS[parts[1]]) if parts[1] in MAILS else own
    set_here = set()
    if parts[0] == "playbooks":
        own = (*own, "notify_", "json_", "schedule_", "fleet_")
        set_here = {name for name in names_of(yaml.safe_load(path.read_text(encoding="utf-8")), "vars") if not name.startswith(own)}
    strange = {name for name in read(path) if not name.startswith(own)} - GIVEN - set_here
    assert strange == set()


def test_the_short_ones_are_set_by_their_play():
    """Those of the play go before the inventory's; null is not given."""
    for path in sorted((CHECKOUT / "playbooks").glob("*.yml")):
        for play in yaml.safe_load(path.read_text(encoding="utf-8")):
            given = play.get("vars", {})
            tasks = {key: value for key, value in play.items() if key not in ("hosts", "vars", "strategy", "serial", "environment")}
            used = {name for source in templates(tasks) for name in undeclared(source)}
            short = {name for name in used if "_" not in name} - GIVEN
            assert all(name in given and given[name] is None for name in short), (path.name, short)


def test_a_mail_is_sent_with_the_same_variables_by_whoever_sends_it():
    """Role notify, and what takes its variable notify_mail; a report has more, and monitoring a spool of its own."""
    tasks, given = (yaml.safe_load((CHECKOUT / "roles" / "notify" / name / "main.yml").read_text(encoding="utf-8")) for name in ("tasks", "vars"))
    sends, = (task["bytewire.devices.mail"] for block in tasks for task in block.get("block", ()) if "bytewire.devices.mail" in task)
    of_a_report = {"subject", "body", "html", "attachments", "spool"}
    prefix = {"subject_prefix": "{{ notify_mail_subject_prefix }}"}
    assert {**{name: value for name, value in sends.items() if name not in of_a_report}, **prefix} == given["notify_mail"]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/playbooks.md against the playbooks and roles, and the heads of the playbooks against what they take."""

from __future__ import annotations

import re

import pytest
import yaml

from ansible_collections.bytewire.devices.tests.tools import playbook_page

PLAYBOOKS = sorted((playbook_page.CHECKOUT / "playbooks").glob("*.yml"))


def test_the_file_is_what_playbooks_and_roles_say():
    assert playbook_page.PATH.read_text(encoding="utf-8") == playbook_page.text(), "run make devices"


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_a_head_tells_each_variable_and_no_other(path):
    text = path.read_text(encoding="utf-8")
    text += "".join((path.parent / plays).read_text(encoding="utf-8") for plays in re.findall(r"import_playbook: (plays/\w+\.yml)", text))
    told = {name for names in playbook_page.head(path)["Variables"] for name in names.split(", ")} - {"notify_…", f"{path.stem}_…"}
    short = {name for play in yaml.safe_load(path.read_text(encoding="utf-8")) for name, value in play.get("vars", {}).items() if value is None}
    own = set(re.findall(rf"\b({path.stem}_\w+) \| default\(", text)) - {"fleet_gateway", "fleet_asked"}
    assert told - {"check_profile_port", "schedule_remove"} == short | own
    mails = "bytewire.devices.notify" in text or path.stem in ("schedule_failed", "monitor", "watchdog")
    assert ("notify_…" in playbook_page.head(path)["Variables"]) == mails


@pytest.mark.parametrize("name", ["monitor", "notify", "responder", "schedule", "switch"])
def test_every_variable_of_a_role_is_there(name):
    specs = yaml.safe_load((playbook_page.CHECKOUT / "roles" / name / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    page = playbook_page.text().rpartition(f"\n### {name}\n")[2].partition("\n### ")[0]
    for spec in specs.values():
        for option in spec.get("options", {}):
            assert f"| `{option}` |" in page

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What README and the other documents link to is there; README and galaxy.yml have what certification and inclusion ask for."""

from __future__ import annotations

import glob
import os
import re

import pytest
import yaml

from ansible_collections.bytewire.devices.tests.guides import CHECKOUT, text_of

GALAXY = yaml.safe_load(text_of("galaxy.yml"))
FILES = re.compile(re.escape(GALAXY["repository"]) + "/(?:blob|tree)/main/")
DOCUMENTS = sorted(os.path.relpath(path, CHECKOUT) for pattern in ("*.md", "docs/*.md", "examples/*.md", "examples/*/*.md", "roles/*/README.md")
                   for path in glob.glob(os.path.join(CHECKOUT, pattern)))


def links(text):
    """Where a document's links lead, those at its end as well."""
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"^\[[^\]]+\]: (\S+)$", text, re.MULTILINE)


def anchors(text):
    """How links call the headings of a document."""
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    for link in links(text_of(document)):
        here, inside = FILES.subn("", link)
        if ":" in here:
            continue
        path, dummy, anchor = here.partition("#")
        found = os.path.join("" if inside else os.path.dirname(document), path) if path else document
        assert os.path.exists(os.path.join(CHECKOUT, found)), (document, link)
        assert not anchor or document == "CHANGELOG.md" or anchor in anchors(text_of(found)), (document, link)


def test_readme_is_whole_where_it_is_alone():
    """Galaxy and automation hubs show it without the files beside it."""
    text = text_of("README.md")
    assert all(link.startswith("https://") for link in links(text))
    defined = re.findall(r"^\[([^\]]+)\]: ", text, re.MULTILINE)
    prose = re.sub(r"^```.*?^```|`[^`\n]*`|^\[[^]\n]*\]: [^\n]*", "", text, flags=re.DOTALL | re.MULTILINE)
    used = [label or words for words, label in re.findall(r"\[([^\]]+)\](?:\[([^\]]+)\])?", prose)]
    assert sorted({label.lower() for label in used}) == sorted(defined)


def test_readme_has_the_sections_of_certification_and_inclusion():
    text = text_of("README.md")
    assert re.findall("^## (.*)$", text, re.MULTILINE) == [
        "Description", "Requirements", "Installation", "Use cases", "Testing", "Contributing", "Support", "Release notes", "Related information",
        "License information"]
    assert "pip install" not in text and f"bytewire.devices:=={GALAXY['version']}" in text and f"bytewire-devices-{GALAXY['version']}.tar.gz" in text


def test_galaxy_names_where_things_are():
    assert GALAXY["homepage"] == GALAXY["repository"] and GALAXY["issues"] == GALAXY["repository"] + "/issues"
    assert os.path.isdir(os.path.join(CHECKOUT, FILES.sub("", GALAXY["documentation"])))

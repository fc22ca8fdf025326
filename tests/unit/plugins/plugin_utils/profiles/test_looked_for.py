# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each page of the collection says what people look for, in the words that there are."""

from __future__ import annotations

import pathlib
import re

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._page.about import CATEGORIES, VERIFIED
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import models, resolve

TEXT = (pathlib.Path(__file__).parents[5] / "docs" / "vocabulary.md").read_text(encoding="utf-8")
NEEDED = {
    "title": "what it is, for example title: Epson projectors, ESC/VP.net",
    "category": f"one of {', '.join(CATEGORIES)}",
    "make": "its maker, a list of makers, or any",
    "known_as": "the models that its sources name, for example known_as: [ETH008, ETH008-B]",
    "verified": f"a list of {', '.join(VERIFIED)}",
    "facts": "what exactly is confirmed by whom, and what is not",
}


def missing(page):
    """What a page lacks, with what belongs there; what is for any make has no models."""
    unnamed = {"known_as"} if page.get("make") == "any" else set()
    return [f"{page['name']}.yml needs {key}: {what}" for key, what in NEEDED.items() if not page.get(key) and key not in unnamed]


@pytest.mark.parametrize("model", models())
def test_a_page_says_what_people_look_for(model):
    assert missing(resolve(model)) == []


def test_what_a_page_lacks_is_told():
    told = missing({"name": "shed", "title": "A shed", "category": "display", "make": "Shed", "facts": "none"})
    assert told == ["shed.yml needs known_as: the models that its sources name, for example known_as: [ETH008, ETH008-B]",
                    "shed.yml needs verified: a list of vendor document, two implementations, one implementation, hardware, real server, emulator only"]


def section(title):
    return TEXT.split(f"## {title}\n")[1].split("\n## ")[0]


def test_the_words_are_those_of_the_document():
    assert re.findall("`([a-zA-Z ]+)`", section("Categories"))[1:] == list(CATEGORIES)
    assert re.findall(r"^\| `([a-z ]+)`", section("What the bytes rest on"), re.MULTILINE) == list(VERIFIED)

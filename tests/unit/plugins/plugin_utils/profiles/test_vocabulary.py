# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of the collection call what means the same by the same words: those of docs/vocabulary.md."""

from __future__ import annotations

import pathlib
import re

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import settings
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import ProfileError, load
from ansible_collections.bytewire.devices.plugins.module_utils._page.units import UNITS
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import models, resolve

TEXT = (pathlib.Path(__file__).parents[5] / "docs" / "vocabulary.md").read_text(encoding="utf-8")


def table(title):
    """{word that a page shall not use: the word that it shall}, of a section of the document."""
    lines = [line for line in TEXT.split(f"## {title}\n")[1].split("\n## ")[0].splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {other.strip(): re.findall("`([a-z_]+)`", row[0])[0] for row in rows for other in row[-1].split(",") if other.strip()}


SETTINGS, KINDS, READINGS = table("Settings"), table("Inputs"), table("Readings")
PAGES = [load(resolve(model)) for model in models()]


def wrong_words(profile):
    """What a page calls otherwise than the vocabulary, with the word that it should have used."""
    found = [f"setting {name}: {SETTINGS[name]}" for name in profile.told if name in SETTINGS]
    for name, setting in profile.told.items():
        if name == "input":
            codes = {word: setting.readable_code(word) for word in setting.values}
            common = {code for word, code in codes.items() if not kind_of(word)}
            found += [f"input {word}: {kind_of(word)}1 or so" for word, code in codes.items() if kind_of(word) and code not in common]
            found += [f"input {word}: the common word first" for word in setting.values if kind_of(setting.value(codes[word]))]
    told = {field.name for message in profile.info.values() for reply in message.replies for field in reply.fields}
    return found + [f"reading {name}: {READINGS[name]}" for name in sorted(told) if name in READINGS]


def kind_of(word):
    """The common kind of an input that a page calls otherwise, or None."""
    return KINDS.get(re.sub("[0-9]*$", "", word))


def test_the_document_was_read():
    assert SETTINGS["video_mute"] == "picture_mute" and KINDS["displayport"] == "dp" and READINGS["volts"] == "voltage"


def test_the_units_are_those_of_the_document():
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("| `")]
    told = {name: row[1] for row in rows if re.fullmatch("V|A|W|Hz|%|s|h|°C", row[1]) for name in re.findall("`([a-z_]+)`", row[0])}
    assert told == UNITS


@pytest.mark.parametrize("profile", PAGES, ids=lambda profile: profile.name)
def test_a_page_uses_the_words_that_there_are(profile):
    assert wrong_words(profile) == []


@pytest.mark.parametrize("changes, expected", (
    ({"settings": {"shutter": {"c1": "z", "c2": "z", "values": {"off": 0, "on": 1}}}}, "setting shutter: picture_mute"),
    ({"settings": {"input": {"values": {"displayport2": 0xC1}}}}, "input displayport2: dp1 or so"),
    ({"info": {"supply": {"send": "V\\r", "reply": "{volts:d}\\r"}}}, "reading volts: voltage"),
))
def test_other_words_are_found(changes, expected):
    assert expected in wrong_words(load({**resolve("lg"), **resolve({"extends": "lg", **changes})}))


@pytest.mark.parametrize("model, old", (("lg", "screen_mute"), ("extron", "video_mute")))
def test_a_setting_by_the_word_of_before(emulated, perform_task, model, old):
    board = emulated(model, initial={"settings": {**({"power": "on"} if model == "lg" else {}), old: "on"}})
    result = perform_task(settings, board.options(model=model, settings={old: "off"}))
    assert result["settings"] == {"picture_mute": {"state": "off", "was": "on"}}
    assert f"the setting '{old}' is called 'picture_mute' now" in result["warnings"][0]
    result = perform_task(settings, board.options(model=model, settings={old: "off", "picture_mute": "on"}))
    assert result["error"]["kind"] == "invalid" and "picture_mute is given twice" in result["msg"]


@pytest.mark.parametrize("known, common", (("dtv", "tv1"), ("av1", "video1"), ("rgb", "vga1"), ("displayport", "dp1")))
def test_the_maker_s_own_words_stay(known, common):
    source = load(resolve("lg")).settings["input"]
    assert source.code(known) == source.code(common) and source.value(source.code(known)) == common


def test_a_page_that_goes_on_with_the_word_of_before():
    with pytest.raises(ProfileError, match="settings.screen_mute is called 'picture_mute' now"):
        load(resolve({"extends": "lg", "settings": {"screen_mute": {"c1": "k", "c2": "d", "values": {"off": 0}}}}))

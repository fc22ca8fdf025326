# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The models of the collection that some words are about. They are read from the index; no page is."""

from __future__ import annotations

DOCUMENTATION = r"""
name: matching_models
short_description: The models of the collection that some words are about
version_added: 2.0.0
author:
  - The bytewire.devices developers (@bytewire)
description:
  - Searches the collection's own models for words, and tells what each that is found is known as, what can be done with it, and what its bytes rest on.
  - Playbook C(bytewire.devices.models) shows it.
options:
  _input:
    description:
      - One word or several with blanks between them, all of which must match; case does not matter, nor what is no letter and no digit.
      - A word is looked for in the names of pages, in categories, makes, model numbers, settings, inputs, readings and what the bytes rest on. A number is
        a port, or a part of these.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the projectors that have HDMI
  bytewire.devices.show:
    text: "{{ ('projector hdmi' | bytewire.devices.matching_models).lines }}"
"""

RETURN = r"""
_value:
  description:
    - C(lines), a table for a terminal of 80 columns; where no model matches, what to do then.
    - C(found), for each model the same for programs.
  type: dict
  sample:
    lines:
      - PAGE    PORT   DEVICE
      - eth002  17494  Devantech ETH002
      - "               known as ETH002-B"
      - "               relays 1–2; readings identity, supply_voltage, mac"
      - "               verified by vendor document"
    found:
      eth002:
        category: relay board
        command: false
        inputs: []
        known_as: [ETH002, ETH002-B]
        make: [Devantech]
        port: 17494
        readings: [identity, supply_voltage, mac]
        relays: 1–2
        settings: []
        title: Devantech ETH002
        verified: [vendor document]
"""

import re
import textwrap
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.about import CATEGORIES
from ansible_collections.bytewire.devices.plugins.module_utils._spelling import meant
from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import without_templates
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.index import index, models
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.terminal import COLUMNS, fitting
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line

HEAD = ("PAGE", "PORT", "DEVICE")
EMPTY: dict[str, t.Any] = {
    "title": "", "category": "other", "make": [], "known_as": [], "port": None, "relays": "", "settings": [], "inputs": [], "readings": [], "command": False,
    "verified": [],
}


@without_templates
def matching_models(search: t.Any) -> dict[str, t.Any]:
    """The filter."""
    words = line(search).split()
    known = {name: {key: index()[name].get(key, default) for key, default in EMPTY.items()} for name in models()}
    found = {name: entry for name, entry in known.items() if all(_is_about(word, name, entry) for word in words)}
    return {"found": found, "lines": _table(found, len(known)) if found else _nothing(words, known)}


def _is_about(word: str, name: str, entry: t.Mapping[str, t.Any]) -> bool:
    return word == str(entry["port"]) or any(_plain(word) in _plain(text) for text in _texts(name, entry))


def _texts(name: str, entry: t.Mapping[str, t.Any]) -> list[str]:
    """What the words are looked for in."""
    can = [kind for kind in ("relays", "settings", "readings", "command") if entry[kind]]
    several = [text for key in ("make", "known_as", "settings", "inputs", "readings", "verified") for text in entry[key]]
    return [name, entry["title"], entry["category"], *several, *can]


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _table(found: t.Mapping[str, t.Mapping[str, t.Any]], number: int) -> list[str]:
    """Three columns, of which the last goes on below."""
    width, port = max(map(len, [*found, HEAD[0]])), max(len(str(entry["port"] or "-")) for entry in found.values())
    port = max(port, len(HEAD[1]))
    lines = [f"{HEAD[0]:<{width}}  {HEAD[1]:<{port}}  {HEAD[2]}"]
    for name, entry in found.items():
        texts = [text for told in _told(entry) for text in textwrap.wrap(told, COLUMNS - width - port - 4, subsequent_indent="  ", break_on_hyphens=False)]
        lines += [f"{first:<{width}}  {second:<{port}}  {text}" for first, second, text in zip(
            [name, *[""] * (len(texts) - 1)], [str(entry["port"] or "-"), *[""] * (len(texts) - 1)], texts)]
    return [*lines, "", *fitting(f"{len(found)} of {number} pages. bytewire_model is the page; docs/devices.md tells more of it.")]


def _told(entry: t.Mapping[str, t.Any]) -> list[str]:
    """Which device it is, what can be done with it, and what its bytes rest on."""
    title = entry["title"]
    names = [name for name in (*entry["make"], *entry["known_as"]) if name not in title and name != "any"]
    can = [f"relays {entry['relays']}"] if entry["relays"] else []
    can += [f"{kind} {', '.join(entry[kind])}" for kind in ("settings", "readings") if entry[kind]]
    can += ["command"] if entry["command"] else []
    known = [f"known as {', '.join(names)}"] if names else []
    return [title, *known, "; ".join(can) or "module send", f"verified by {', '.join(entry['verified']) or 'nothing'}"]


def _nothing(words: t.Sequence[str], known: t.Mapping[str, t.Mapping[str, t.Any]]) -> list[str]:
    """What to do where no page matches."""
    names = dict.fromkeys([*known, *(text for entry in known.values() for text in [entry["category"], *entry["make"], *entry["known_as"]])])
    alone = [word for word in words if not any(_is_about(word, name, entry) for name, entry in known.items())]
    if alone:
        asked = " and no page ".join(f"has '{word}'{meant(word, names)}" for word in alone)
    else:
        asked = f"has all of {', '.join(words)}"
    used = [category for category in CATEGORIES if any(entry["category"] == category for entry in known.values())]
    return [text for sentence in (
        f"No page {asked}.",
        f"Words are categories ({', '.join(used)}), makes, models, ports, settings and inputs, such as hdmi.",
        "A device that is not there is one page of your own: docs/write-a-profile.md.",
    ) for text in fitting(sentence)]


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"matching_models": matching_models}

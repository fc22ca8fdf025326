# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run has to know of all pages of the collection, read from one file: which there are, what they are called, and how they are told apart.

`make devices` writes index.json from the pages, so that a run parses those alone that it needs.
"""

from __future__ import annotations

import functools
import json
import os
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import Identity, MessageSpec

PATH = os.path.join(os.path.dirname(__file__), "index.json")
USUAL = ("devantech", "eth_rly16")
"""The families that are asked for where no family is named."""

Entry = t.TypedDict("Entry", {
    "title": str, "extends": str, "base": bool, "login": bool, "identify": MessageSpec, "is": Identity, "auto": Identity, "category": str,
    "make": t.List[str], "known_as": t.List[str], "verified": t.List[str], "port": int, "relays": str, "settings": t.List[str], "inputs": t.List[str],
    "readings": t.List[str], "command": bool,
}, total=False)
"""base: a page that is there to be extended, and no model. identify is there where is or auto says what the answer would be.
From category on it is what people look for: inputs are the words of the setting input, relays their numbers."""


@functools.lru_cache(maxsize=None)
def index() -> dict[str, Entry]:
    """What is said of each page, by name."""
    with open(PATH, encoding="utf-8") as file:
        pages: dict[str, Entry] = json.load(file)
    return pages


def models() -> list[str]:
    """The names of the collection's own models; a page of relays without numbers is there to be extended."""
    return [name for name, entry in index().items() if not entry.get("base")]


def title_of(name: str) -> str:
    """What a page says that its device is; nothing where it is not one of the collection."""
    return index().get(name, {}).get("title", "")


def family(name: str) -> list[str]:
    """The models that can be asked who they are, of a page and of all that extend it; those first that are sure to be what they say."""
    found = [model for model in index() if _can_be_asked(model) and name in _below(model)]
    return sorted(found, key=lambda model: ("is" not in index()[model], model))


def families() -> list[str]:
    """The names of the families whose models can be asked: pages that extend none."""
    return sorted({list(_below(model))[-1] for model in index() if _can_be_asked(model)})


def relatives(identify: object) -> dict[str, Identity]:
    """What the models that answer the same question say that they are."""
    return {name: entry["is"] for name, entry in index().items() if "is" in entry and entry["identify"] == identify}


def _can_be_asked(name: str) -> bool:
    """Whether a device can be asked for this model before it is known how to log in there."""
    return "identify" in index()[name] and not index()[name].get("login")


def _below(name: str) -> t.Iterator[str]:
    """A page, and those that it stands on."""
    while name:
        yield name
        name = index()[name].get("extends", "")

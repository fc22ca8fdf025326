# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes plugins/plugin_utils/_pages/index.json from the pages of the collection. `make devices` runs it."""

from __future__ import annotations

import json
import os
import typing as t

import yaml

from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import merged, normalised
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.index import PATH

FOLDER = os.path.join(os.path.dirname(os.path.dirname(PATH)), "profiles")


def text() -> str:
    """The whole of index.json, a page a line: what two people add stands in two lines."""
    names = sorted(name[:-4] for name in os.listdir(FOLDER) if name.endswith(".yml"))
    lines = (f"{json.dumps(name)}: {json.dumps(_entry(name), ensure_ascii=False)}" for name in names)
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _entry(name: str) -> dict[str, t.Any]:
    """What there is to say of a page; what would be false or empty is left out."""
    page = _page(name)
    asked = {key: page.get(key) for key in ("is", "auto", "identify")} if "is" in page or "auto" in page else {}
    entry = {"title": page.get("title"), "extends": _own(name).get("extends"), "base": _is_base(page), **asked, "login": bool(asked and page.get("login"))}
    return {key: value for key, value in entry.items() if value}


def _is_base(page: dict[str, t.Any]) -> bool:
    """Whether it is there to be extended: its relays have no numbers."""
    return "numbers" not in page.get("relays", {"numbers": None})


def _page(name: str) -> dict[str, t.Any]:
    """A page on top of those that it extends."""
    own = _own(name)
    below = own.pop("extends", None)
    return own if below is None else merged(_page(below), own)


def _own(name: str) -> dict[str, t.Any]:
    with open(os.path.join(FOLDER, f"{name}.yml"), encoding="utf-8") as file:
        found: dict[str, t.Any] = normalised(yaml.safe_load(file))
    return found


def write() -> None:
    with open(PATH, "w", encoding="utf-8") as file:
        file.write(text())


if __name__ == "__main__":
    write()

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes plugins/plugin_utils/_pages/index.json from the pages of the collection. `make devices` runs it."""

from __future__ import annotations

import json
import os
import typing as t

import yaml

from ansible_collections.bytewire.devices.plugins.module_utils._capability.device_info import UNTOLD
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import listed
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile, load, merged, normalised
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.index import PATH

WIRE = {"length", "transaction", *UNTOLD}  # fields that tell nothing about a device, or what is not among its readings
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
    if not entry["base"]:
        entry.update(_told(load({"name": name, **page})))
    return {key: value for key, value in entry.items() if value}


def _told(profile: Profile) -> dict[str, t.Any]:
    """What people look for: which device it is, and what tasks can do with it."""
    page, source = profile.page, profile.told.get("input")
    return {
        "category": page.get("category"), "make": listed(page.get("make")), "known_as": page.get("known_as"), "verified": page.get("verified"),
        "port": profile.port, "relays": numbers(profile.relays.numbers) if profile.relays else "",
        "settings": [name for name, setting in profile.told.items() if setting.set], "inputs": list(source.values) if source else [],
        "readings": [*readings(profile), *(name for name, setting in profile.told.items() if not setting.set)], "command": profile.command is not None,
    }


def numbers(several: t.Iterable[int]) -> str:
    """1–4, 9–16"""
    ranges: list[list[int]] = []
    for number in several:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in ranges)


def readings(profile: Profile) -> list[str]:
    """What device_info reads besides relays and settings."""
    caught = {field.name for message in profile.login for reply in message.replies for field in reply.fields}
    read = ["identity"] if profile.identify else []
    read += [f"{len(profile.inputs.numbers)} inputs"] if profile.inputs else []
    read += [f"{len(profile.analogue.numbers)} analogue"] if profile.analogue else []
    for name, message in profile.info.items():
        fields = [name] if message.is_table else [field.name for reply in message.replies for field in reply.fields if field.name]
        read += [field for field in fields if field not in WIRE | caught | {profile.unit.get("name", "unit")}]
    return list(dict.fromkeys(read))


def _is_base(page: dict[str, t.Any]) -> bool:
    """Whether it is there to be extended: its relays have neither numbers nor names."""
    return not {"numbers", "names"} & page.get("relays", {"numbers": None}).keys()


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

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes schemas/*.json, which editors check and complete pages, variables and inventories with. `make devices` runs it.

They are JSON Schema draft-07, which editors know best. docs/editors.md tells how they are used.
"""

from __future__ import annotations

import importlib
import json
import re
import typing as t
from pathlib import Path

import yaml

from ansible_collections.bytewire.devices.plugins.module_utils._numbers import Number
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action import PREFIX
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import USER_FOLDER
from ansible_collections.bytewire.devices.tests.tools import page_schema, playbook_page
from ansible_collections.bytewire.devices.tests.tools.page_schema import DRAFT, MODELS, Schema, bounds

CHECKOUT = playbook_page.CHECKOUT
FOLDER = CHECKOUT / "schemas"
PACKAGE = "ansible_collections.bytewire.devices.plugins"

LATER = r"\{[{%]|\$ANSIBLE_VAULT"
"""A text whose value is known later: a template, or what a vault has encrypted."""


def _text(pattern: str, words: str) -> Schema:
    """What a text in the place of something else has to look like."""
    return {"pattern": f"{pattern}|{LATER}", "patternErrorMessage": f"Expected {words}, or a template."}


ANY_CASE = "|".join(f"{word}|{word.capitalize()}|{word.upper()}" for word in ("true", "false", "yes", "no", "on", "off"))
TYPES: dict[str, Schema] = {
    "str": {"type": ["string", "number", "boolean", "null"]},
    "path": {"type": ["string", "null"]},
    "int": {"type": ["integer", "string", "null"], **_text(r"^\s*-?[0-9]+\s*$", "a whole number")},
    "float": {"type": ["number", "string", "null"], **_text(r"^\s*-?[0-9.]+\s*$", "a number")},
    "bool": {"type": ["boolean", "string", "null"], **_text(f"^(?:{ANY_CASE})$", "true or false")},
    "list": {"type": ["array", "string", "number", "null"]},
    "dict": {"type": ["object", "string", "null"], **_text("[={]", "keys and values")},
    "raw": {},
}
"""What Ansible takes for the types of an argument spec."""


def variables() -> Schema:
    """What group_vars, host_vars and the vars of an inventory may hold of this collection; variables of others are left alone."""
    known = {**_of_playbooks(), **_of_roles(), **_of_devices()}
    ours = sorted(name[len(PREFIX):] for name in known if name.startswith(PREFIX))
    return {
        "$schema": DRAFT, "title": "Variables of bytewire.devices", "type": ["object", "null"],
        "properties": {name: known[name] for name in sorted(known)},
        "patternProperties": {f"^{PREFIX}(?!(?:{'|'.join(ours)})$)": False},
    }


def inventory() -> Schema:
    """An inventory in YAML: groups in groups, each with hosts and variables."""
    here, there = {"$ref": "#/definitions/group"}, {"$ref": "variables.json"}
    group = {"type": ["object", "null"], "additionalProperties": False, "properties": {
        "hosts": {"type": ["object", "null"], "additionalProperties": there, "description": "The hosts of the group, each with variables of its own."},
        "vars": {**there, "description": "Variables of all hosts of the group."},
        "children": {"type": ["object", "null"], "additionalProperties": here, "description": "Groups in this one."},
    }}
    return {"$schema": DRAFT, "title": "An inventory with devices of bytewire.devices", "type": "object", "additionalProperties": here,
            "definitions": {"group": group}}


def _of_devices() -> dict[str, Schema]:
    """The options of tasks for devices that the inventory may have, and what else of that name the documentation tells of."""
    runtime = yaml.safe_load((CHECKOUT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    found: dict[str, Schema] = {}
    for module in runtime["action_groups"]["device"]:
        told = documentation(module)[1]
        for name, option in importlib.import_module(f"{PACKAGE}.action.{module}").ActionModule.SPEC["argument_spec"].items():
            made = {**_option(option), "description": _first_sentence(told[name]["description"])}
            known = found.setdefault(PREFIX + name, made)
            if {**known, "description": ""} != {**made, "description": ""}:  # modules take it otherwise
                found[PREFIX + name] = {"description": known["description"]}
    found[f"{PREFIX}model"].update({
        "type": ["string", "object", "null"], "examples": ["auto", *MODELS], "if": {"type": "object"}, "then": {"$ref": "profile.json"},
    })
    return {**_named_elsewhere(), **found}


def _named_elsewhere() -> dict[str, Schema]:
    """Variables of the inventory that are no options: the first sentence that names one says what it is."""
    texts = [text for specs in _argument_specs() for text in _texts(specs)]
    texts += [" ".join(playbook_page.head(path)["about"].split()) for path in sorted((CHECKOUT / "playbooks").glob("*.yml"))]
    texts += [text for name in ("modules.fleet", "inventory.discover")
              for text in _texts(yaml.safe_load(importlib.import_module(f"{PACKAGE}.{name}").DOCUMENTATION))]
    found: dict[str, Schema] = {}
    for sentence in (sentence for text in texts for sentence in _sentences(text)):
        for name in re.findall(rf"\b{PREFIX}[a-z_]+\b", sentence):
            found.setdefault(name, {"description": sentence})
    found.pop(USER_FOLDER)
    return found


def _texts(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)


def _of_roles() -> dict[str, Schema]:
    specs = (spec for specs in _argument_specs() for spec in specs["argument_specs"].values())
    return {name: _option(option) for spec in specs for name, option in spec.get("options", {}).items()}


def _argument_specs() -> list[dict[str, t.Any]]:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((CHECKOUT / "roles").glob("*/meta/argument_specs.yml"))]


def _of_playbooks() -> dict[str, Schema]:
    """Those that begin with the name of the playbook; short ones count in the inventory of nobody."""
    told = ((path.stem, name, words) for path in sorted((CHECKOUT / "playbooks").glob("*.yml"))
            for names, words in playbook_page.head(path)["Variables"].items() for name in names.split(", "))
    found = {name: {"description": _first_sentence(words)} for stem, name, words in told if name.startswith(f"{stem}_") and "…" not in name}
    for name, option in documentation("fleet")[1].items():
        if f"fleet_{name}" in found:
            found[f"fleet_{name}"] = _option(option)
    return found


def _option(option: dict[str, t.Any]) -> Schema:
    """An option of an argument spec, with what Ansible would make of what it has."""
    kind = option.get("type", "str")
    made = dict(TYPES[kind])
    if isinstance(kind, Number):
        made.update(bounds(kind))
    if option.get("choices"):
        words = ["boolean"] if {"on", "off"} & set(option["choices"]) else []  # on and off without quotes are true and false in older YAML
        made = {"anyOf": [{"enum": option["choices"]}, {"type": ["string", "null", *words], "pattern": LATER}]}
    if option.get("options"):
        parts = {"properties": {name: _option(part) for name, part in option["options"].items()}, "additionalProperties": False}
        made.update({"items": {"type": ["object", "string"], **parts}} if kind == "list" else parts)
    elif option.get("elements"):
        made["items"] = TYPES[option["elements"]]
    return {**made, "description": _first_sentence(option["description"])} if "description" in option else made


def _first_sentence(text: str | list[str]) -> str:
    return _sentences(text if isinstance(text, str) else text[0])[0]


def _sentences(text: str) -> list[str]:
    """The sentences of a description, without its markup."""
    plain = re.sub(r"\b[VCOPIM]\(((?:bytewire\.devices\.)?)([^()#]*)(?:#\w+)?\)", r"\2", " ".join(text.split())).replace("`", "")
    return re.split(r"(?<=\.)\s", plain)


def documentation(module: str) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """The DOCUMENTATION of a module, and its options with those of its fragments; its own go before theirs."""
    documented = yaml.safe_load(importlib.import_module(f"{PACKAGE}.modules.{module}").DOCUMENTATION)
    options: dict[str, t.Any] = {}
    for fragment in documented.get("extends_documentation_fragment", []):
        name, dummy, part = fragment[len("bytewire.devices."):].partition(".")
        holder = importlib.import_module(f"{PACKAGE}.doc_fragments.{name}").ModuleDocFragment
        options.update(yaml.safe_load(getattr(holder, (part or "documentation").upper())).get("options") or {})
    options.update(documented.get("options") or {})
    return documented, options


def files() -> dict[Path, str]:
    """Each file, and what it shall hold."""
    made = {"profile": page_schema.profile(), "variables": variables(), "inventory": inventory()}
    return {FOLDER / f"{name}.json": json.dumps(schema, ensure_ascii=False, indent=1) + "\n" for name, schema in made.items()}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")

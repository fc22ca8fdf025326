# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON Schema of a page, from the types and comments of _page/spec.py, and the bounds, words and types of fields that the loader has."""

from __future__ import annotations

import ast
import functools
import io
import os
import re
import tokenize
import typing as t
from pathlib import Path

from ansible_collections.bytewire.devices.plugins.module_utils._numbers import LARGEST, Number, whole
from ansible_collections.bytewire.devices.plugins.module_utils._page import spec
from ansible_collections.bytewire.devices.plugins.module_utils._page.about import CATEGORIES, VERIFIED
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import PATTERNS, TYPES
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ROW_COUNT, SHAPES, SOME
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import HIGHEST
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import NOTATIONS, TOLD_KEYS, TRANSPORTS, UNIT
from ansible_collections.bytewire.devices.plugins.module_utils._page.range import BOUND, STEP
from ansible_collections.bytewire.devices.plugins.module_utils._page.sessions import SESSIONS
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import BEFORE_TYPE
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import BUILT_IN

Schema = t.Dict[str, t.Any]
DRAFT = "http://json-schema.org/draft-07/schema#"
MODELS = sorted(name[:-len(".yml")] for name in os.listdir(BUILT_IN) if name.endswith(".yml"))
WORDS: dict[str, t.Iterable[str]] = {
    "category": CATEGORIES, "verified": VERIFIED, "notation": NOTATIONS, "transport": TRANSPORTS, "session": sorted(SESSIONS),
}
NUMBERS: dict[str, t.Mapping[str, t.Any]] = {
    "Page": SHAPES, "MessageSpec": SHAPES, "HeardSpec": SHAPES, "Busy": {"every": SOME, "for": SOME}, "RowsSpec": {"count": ROW_COUNT},
    "RelaysSpec": {"first": whole(0, HIGHEST), "last": whole(0, HIGHEST)}, "RangeSpec": {"from": BOUND, "to": BOUND, "step": STEP},
    "SettingSpec": {"tolerance": Number("float", 0, LARGEST)}, "UnitSpec": {key: UNIT for key in ("default", "minimum", "maximum", "broadcast")},
}
"""The bounds of numbers, by the part of a page and the key."""
WITH_TEMPLATES = ("MessageSpec", "HeardSpec", "Busy", "RowsSpec", "Frame")
"""Parts whose texts are templates, or may look like one. Those of a page are those that it says for its messages."""
SIMPLE: dict[t.Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def profile() -> Schema:
    """A page as people write it. Null is allowed everywhere: it takes away what a page below has."""
    page = _definition("Page")
    properties = {**page["properties"], "extends": {"type": ["string", "null"], "description": "Another page to start from.", "examples": MODELS}}
    return {
        "$schema": DRAFT, "title": "A device page of bytewire.devices", **page, "properties": {key: properties[key] for key in sorted(TOLD_KEYS)},
        "if": {"not": {"required": ["extends"]}}, "then": {"required": ["notation"]},
        "definitions": {"Template": _template(), **{name: _definition(name) for name, shape in vars(spec).items() if t.is_typeddict(shape) and name != "Page"}},
    }


def bounds(number: Number) -> Schema:
    return {"minimum": number.lowest, "maximum": number.highest}


def _definition(name: str) -> Schema:
    """A part of a page; any other key of a setting is a text to insert."""
    hints = t.get_type_hints(getattr(spec, name))
    others: t.Any = {"type": ["string", "null"], "description": "Stands where a template of the setting has {key}."} if name == "SettingSpec" else False
    keys = TOLD_KEYS.intersection(hints) if name == "Page" else hints
    return {"type": ["object", "null"], "properties": {key: _key(name, key, hints[key]) for key in hints if key in keys}, "additionalProperties": others}


def _key(part: str, key: str, hint: t.Any) -> Schema:
    made = _or_null(_typed(hint))
    number = NUMBERS.get(part, {}).get(key)
    if isinstance(number, Number):
        made.update(bounds(number))
    if key in WORDS:
        holder = made.get("items", made)
        holder["enum"] = [*WORDS[key], *([None] if holder is made else [])]
    elif part in WITH_TEMPLATES or key in spec.keys_of(spec.MessageSpec):
        for holder in (made, made.get("items", {})):
            holder.update({"allOf": [{"$ref": "#/definitions/Template"}]} if "string" in holder.get("type", ()) else {})
    return {**made, "description": _sentences()[part, key]}


def _typed(hint: t.Any) -> Schema:
    """The schema of a type. What may be one of several is told by conditions, so that a mistake is shown where it is."""
    if hint in SIMPLE:
        return {"type": [SIMPLE[hint]]}
    if t.is_typeddict(hint):
        return {"$ref": f"#/definitions/{hint.__name__}"}
    origin, arguments = t.get_origin(hint), t.get_args(hint)
    if origin is t.Literal:
        return {"type": ["boolean"], "not": {"enum": [not allowed for allowed in arguments]}}
    if origin is list:
        return {"type": ["array"], "items": _typed(arguments[0])}
    if origin is dict:
        return {"type": ["object"], "additionalProperties": _or_null(_typed(arguments[1]))}
    made: Schema = {"type": []} if origin is t.Union else {}
    for member in arguments:
        found = _typed(member)
        made["type"] += found.pop("type", ["object"])
        made.update({"if": {"type": "object"}, "then": found} if "$ref" in found else found)
    return made


def _or_null(made: Schema) -> Schema:
    return {**made, "type": [*made["type"], "null"]} if "type" in made else made


def _template() -> Schema:
    """Literals, fields of a type that there is, and texts to insert."""
    kinds = [pattern for pattern, dummy in PATTERNS] + [kind for kind in TYPES if not any(re.fullmatch(pattern, kind) for pattern, dummy in PATTERNS)]
    before = re.sub(r"\(\?P<\w+>", "(?:", BEFORE_TYPE)
    pattern = rf"^(?:[^{{}}]|\{{(?:{before}:(?:{'|'.join(kinds)})|[a-z_][a-z0-9_]*)\}})*$"
    return {"pattern": pattern, "patternErrorMessage": f"Expected bytes and fields {{name:type}}; types are {', '.join(TYPES)}, some with other numbers."}


@functools.lru_cache(maxsize=None)
def _sentences() -> dict[tuple[str, str], str]:
    """{(part of a page, key): the sentence that stands behind it in spec.py}."""
    text = Path(str(spec.__file__)).read_text(encoding="utf-8")
    comments = {token.start[0]: token.string.lstrip("# ") for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == tokenize.COMMENT}
    keys = ((node.targets[0], key) for node in ast.parse(text).body if isinstance(node, ast.Assign)
            for held in ast.walk(node.value) if isinstance(held, ast.Dict) for key in held.keys)
    return {(part.id, key.value): comments[key.lineno] for part, key in keys
            if isinstance(part, ast.Name) and isinstance(key, ast.Constant) and isinstance(key.value, str) and key.lineno in comments}

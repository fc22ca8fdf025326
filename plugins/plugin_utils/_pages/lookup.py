# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the page of a model: those of the collection, and those of the user beside inventory or playbook."""

from __future__ import annotations

import functools
import os
import re
import typing as t

import yaml

from ansible_collections.bytewire.devices.plugins.module_utils._files import read_regular
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import brief
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import number_ranges
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile, load, merged, normalised
from ansible_collections.bytewire.devices.plugins.module_utils._page.size import DEEPEST, LARGEST_FILE, MOST_VALUES, refuse_too_large, weight
from ansible_collections.bytewire.devices.plugins.module_utils._spelling import alike, meant
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.index import USUAL, families, family, index, models, relatives, title_of

BUILT_IN = os.path.join(os.path.dirname(os.path.dirname(__file__)), "profiles")
USER_FOLDER = "bytewire_profiles"
MOST_EXTENDED = 8
MOST_ALIKE = 5  # names that are offered for one that is not known
MOST_READ = 256  # pages that are remembered
AUTO = "auto"

_SOUND: set[Profile] = set()
"""Those that have passed their own check, of pages of the user's."""


class UnknownModel(ProfileError):
    """A name that no page has."""


class _KeysOnce(yaml.constructor.SafeConstructor):
    """YAML in which a key that stands twice is an error: the first would be lost without a word. What no value can be made of is one with its place."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> t.Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:
            raise yaml.constructor.ConstructorError(None, None, f"{brief(node.value)} looks like a date or a number and is none; write it in quotes",
                                                    node.start_mark) from error

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[t.Hashable, t.Any]:
        seen: set[str] = set()
        keys = (key.value for key, dummy in node.value if isinstance(key, yaml.ScalarNode))
        twice = next((key for key in keys if key in seen or seen.add(key)), None)  # type: ignore[func-returns-value]  # add() gives None
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"the key '{twice}' stands twice; take one of them away", node.start_mark)
        return super().construct_mapping(node, deep)


# Ten times as fast where PyYAML has its C part.
_Loader = type("_Loader", (_KeysOnce, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), {})


def resolve(model: t.Any, folders: t.Sequence[str] = ()) -> dict[str, t.Any]:
    """The resolved page of a model's name or inline dictionary; for 'auto' and 'auto:<family>' all pages that the device may turn out to have.

    folders are searched for bytewire_profiles/<model>.yml, in this order, before the collection's own pages.
    ProfileError names the file, the key, and what was expected.
    """
    if isinstance(model, dict):
        _refuse_too_large("bytewire_model", model)
        return _checked("bytewire_model", {"name": _inline(model), **_complete("bytewire_model", normalised(model), folders, ())})
    if not isinstance(model, str) or not model:
        raise ProfileError(f"model is {model!r}; expected a name, or the dictionary of a profile")
    if model == AUTO or model.startswith(f"{AUTO}:"):
        return {"name": model, "candidates": _candidates(model)}
    path = _user_page(model, folders)
    if path is not None:
        return _checked(path, {"name": model, **_complete(path, _read(path), folders, (path,))})
    page = _built_in(model)
    if page is None:
        own = sorted({name[:-4] for folder in folders if folder and os.path.isdir(os.path.join(folder, USER_FOLDER))
                      for name in os.listdir(os.path.join(folder, USER_FOLDER)) if name.endswith(".yml")})
        raise UnknownModel(f"there is no profile '{model}'.{_nearest(model, [*own, *models()])} Known are {', '.join([*own, *models()])}. "
                           f"Own ones are files in {USER_FOLDER}/ beside the inventory, the playbook, or in the current directory")
    return page


def folders_of(variables: t.Mapping[str, t.Any]) -> list[str]:
    """Where pages of the user's are looked for, for a host with these variables."""
    return [variables[name] or "" if name in variables else "" for name in ("inventory_dir", "playbook_dir")] + [os.getcwd()]


@functools.lru_cache(maxsize=None)
def _candidates(model: str) -> list[dict[str, t.Any]]:
    """The pages of the families that are asked for, in the order in which they are tried."""
    name = model.partition(":")[2]
    found = family(name) if model != AUTO else [one for usual in USUAL for one in family(usual)]
    if not found and name not in index():
        raise UnknownModel(f"there is no family '{name}'{meant(name, families())}; those whose models can be asked are {', '.join(families())}, "
                           "and each page of theirs")
    if not found:
        raise UnknownModel(f"{name} cannot be asked who it is: name the model. Families whose models can be asked are {', '.join(families())}")
    pages = [page for page in map(_built_in, found) if page is not None]
    if len(pages) == 1:  # the only one is not taken for granted either
        pages = [{**pages[0], "is": pages[0].get("is") or pages[0]["auto"]}]
    return pages


@functools.lru_cache(maxsize=None)
def _built_in(name: str) -> dict[str, t.Any] | None:
    """A page of the collection, with what it extends; it has passed its check in the tests."""
    path = os.path.join(BUILT_IN, f"{name}.yml")
    if os.path.basename(name) != name or not os.path.isfile(path):
        return None
    return _with_relatives({"name": name, **_complete(path, _read(path), (), ())})


def _nearest(model: str, known: t.Sequence[str]) -> str:
    """' Did you mean …?', or nothing: names that are alike, and those whose title names it."""
    titled = [name for name in known if re.search(rf"\b{re.escape(model)}\b", title_of(name), re.IGNORECASE)]
    near = titled[:MOST_ALIKE] or alike(model, known)
    words = [f"{name} ({title_of(name)})" if title_of(name) else name for name in near]
    return f" Did you mean {' or '.join(words)}?" if words else ""


def _inline(model: dict[str, t.Any]) -> str:
    return f"{model['extends']} (inline)" if isinstance(model.get("extends"), str) else "inline"


def _user_page(model: str, folders: t.Sequence[str]) -> str | None:
    if os.path.basename(model) != model:
        return None
    paths = (os.path.join(folder, USER_FOLDER, f"{model}.yml") for folder in folders if folder)
    return next((path for path in paths if os.path.isfile(path)), None)


def _checked(where: str, page: dict[str, t.Any]) -> dict[str, t.Any]:
    try:
        page = _with_relatives(page)
        profile = load(page)
        if profile not in _SOUND:
            profile.check()
            _SOUND.add(profile)
    except ProfileError as error:
        raise ProfileError(f"{where}: {error}") from error
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ProfileError(f"{where}: it cannot be understood ({type(error).__name__}: {error}); docs/notation.md says what a page holds") from error
    return page


def _read(path: str) -> dict[str, t.Any]:
    try:
        return dict(_parsed(path, read_regular(path, LARGEST_FILE)))
    except OSError as error:
        raise ProfileError(f"{path} cannot be read: {error.strerror}") from error


@functools.lru_cache(maxsize=MOST_READ)
def _parsed(path: str, content: bytes) -> dict[str, t.Any]:
    """The keys of a page; a worker finds those that were parsed in the process that it was forked from."""
    try:
        text = content.decode("utf-8")
        if os.path.dirname(path) != BUILT_IN:
            _refuse_what_grows(path, text)
        page = yaml.load(text, Loader=_Loader)
    except UnicodeDecodeError as error:
        raise ProfileError(f"{path} is not UTF-8 text: byte {error.start} is {error.object[error.start]:02X}") from error
    except yaml.YAMLError as error:
        words = " ".join(str(error).split()).replace('in "<unicode string>", ', "in ")
        tabs = "; lines are indented by tabs, and YAML takes spaces alone" if re.search(r"^ *\t", text, re.MULTILINE) else ""
        raise ProfileError(f"{path} is not YAML: {words}{tabs}") from error
    _refuse_too_large(path, page)
    if not isinstance(page, dict):
        raise ProfileError(f"{path}: expected the keys of a profile, found {type(page).__name__}")
    found: dict[str, t.Any] = normalised(page)
    return found


def _refuse_what_grows(path: str, text: str) -> None:
    """ProfileError where what would be made of YAML nests too deep or becomes too much: an alias repeats all that it names."""
    values = 0
    begun: list[tuple[str | None, int]] = []
    sizes: dict[str | None, int] = {}
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            begun.append((event.anchor, values))
            values += 1
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            anchor, before = begun.pop()
            sizes[anchor] = values - before
        elif isinstance(event, yaml.ScalarEvent):
            sizes[event.anchor] = weight(event.value)
            values += sizes[event.anchor]
        elif isinstance(event, yaml.AliasEvent):
            values += sizes.get(event.anchor, MOST_VALUES)
        if values > MOST_VALUES or len(begun) > DEEPEST:
            what = f"nests deeper than {DEEPEST} levels" if len(begun) > DEEPEST else f"makes it more than {MOST_VALUES} values, with what aliases repeat"
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ProfileError(f"{path}: line {line} {what}; expected fewer")


def _refuse_too_large(where: str, page: object) -> None:
    try:
        refuse_too_large(page)
    except ProfileError as error:
        raise ProfileError(f"{where}: {error}") from error


def _complete(where: str, page: dict[str, t.Any], folders: t.Sequence[str], seen: tuple[str, ...]) -> dict[str, t.Any]:
    """The page with what it extends; an error names the file."""
    try:
        return _extended(page, folders, seen)
    except ProfileError as error:
        raise ProfileError(f"{where}: {error}") from error


def _extended(page: dict[str, t.Any], folders: t.Sequence[str], seen: tuple[str, ...]) -> dict[str, t.Any]:
    """The page on top of the one it extends: another page of the user's, or one of the collection's; seen are the files on the way."""
    base = page.pop("extends", None)
    if base is None:
        return page
    if not isinstance(base, str) or os.path.basename(base) != base:
        raise ProfileError(f"extends is {base!r}; expected the name of a profile")
    paths = [path for path in (_user_page(base, folders), os.path.join(BUILT_IN, f"{base}.yml")) if path and os.path.isfile(path)]
    fresh = [path for path in paths if path not in seen]
    if len(seen) > MOST_EXTENDED:
        raise ProfileError(f"extends: more than {MOST_EXTENDED} pages stand on one another; expected fewer")
    if not fresh:
        raise ProfileError(f"extends: '{base}' extends itself" if paths else
                           f"extends: there is no profile '{base}'{meant(base, models())}; known are {', '.join(models())}")
    below = _extended(_read(fresh[0]), folders, seen + (fresh[0],))
    return merged(below, _counted_alike(below, page))


def _counted_alike(below: dict[str, t.Any], page: dict[str, t.Any]) -> dict[str, t.Any]:
    """The page, its relays counted as in the one that it extends: leaving some out does not move the others."""
    first, lowest = _lowest(below, "inputs"), _lowest(page, "inputs")
    if first is not None and lowest is not None and first < lowest and "read" not in page["inputs"]:
        raise ProfileError(f"inputs.numbers begins at {lowest}, but the map of the page that it extends begins with input {first}; "
                           f"expected numbers from {first} on")
    first, lowest = _lowest(below, "relays"), _lowest(page, "relays")
    if first is None or lowest is None or "first" in page["relays"]:
        return page
    return {**page, "relays": {"first": min(first, lowest), **page["relays"]}}


def _lowest(page: dict[str, t.Any], part: str) -> int | None:
    """The number that the relays or inputs of a page are counted from, unless it says none, or a wrong one."""
    spec = page.get(part)
    if not isinstance(spec, dict):
        return None
    try:
        numbers = number_ranges(spec["numbers"])
    except (KeyError, TypeError, ValueError):
        return None
    first = spec.get("first")
    return first if isinstance(first, int) else numbers[0]


def _with_relatives(page: dict[str, t.Any]) -> dict[str, t.Any]:
    """The page with the models that answer the same question, so that another one found can be named."""
    if page.get("is"):
        page["relatives"] = relatives(page.get("identify"))
    return page

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""schemas/*.json against the loader of pages, and against what the guides write: an editor refuses nothing that is right, and sees what it can see."""

from __future__ import annotations

import copy
import glob
import json
import os
import re

import pytest
import yaml

from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import PATTERNS, TYPES, codec_for
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import normalised
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import BUILT_IN, resolve
from ansible_collections.bytewire.devices.tests.guides import CHECKOUT, blocks, text_of
from ansible_collections.bytewire.devices.tests.tools import schemas
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils._pages.test_broken_pages import BOARD, BROKEN, IDENTIFIED, ONE_RELAY, SWITCHER

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
referencing = pytest.importorskip("referencing", reason="referencing is not installed")

MADE = {path.name: json.loads(text) for path, text in schemas.files().items()}
EVERY = referencing.Registry().with_resources((name, referencing.Resource.from_contents(schema)) for name, schema in MADE.items())
VALIDATORS = {name: jsonschema.Draft7Validator(schema, registry=EVERY) for name, schema in MADE.items()}
GUIDES = sorted(os.path.relpath(path, CHECKOUT) for pattern in ("README.md", "docs/*.md", "roles/*/README.md")
                for path in glob.glob(os.path.join(CHECKOUT, pattern)))
WRONG = (5, 1.5, True, "text", ["a"], {"a": 1})
NAMES_OF_ITS_OWN = ("settings", "info", "hears", "values", "needs", "transient", "codes", "flags", "fixed", "measured_in", "names", "is", "auto",
                    "emulator", "renamed")
WRONG_KEY_OR_TYPE = re.compile(r"is not a key of(?!.*no template of it inserts)|"
                               "expected (?:a text in quotes|keys and values|a list|true or false|a (?:whole )?number)(?=$|,)")


def problems(name, content):
    """Where a schema finds something wrong, and what."""
    return [(".".join(map(str, error.absolute_path)), error.message[:200]) for error in VALIDATORS[name].iter_errors(content)]


def refusal(page):
    """What the loader says of a page that it refuses."""
    try:
        resolve(copy.deepcopy(page))
    except ProfileError as error:
        return str(error)
    return ""


def test_the_files_are_what_loader_and_documentation_say():
    for path, text in schemas.files().items():
        assert path.read_text(encoding="utf-8") == text, f"{path}: run make devices"
        jsonschema.Draft7Validator.check_schema(json.loads(text))


def test_every_key_that_people_write_has_its_sentence():
    parts = [MADE["profile.json"], *MADE["profile.json"]["definitions"].values()]
    told = [(key, held.get("description", "")) for part in parts for key, held in part.get("properties", {}).items()]
    assert len(told) > 100 and all(re.fullmatch(r"\S.{5,130}\.", words) for dummy, words in told), told


@pytest.mark.parametrize("path", sorted(glob.glob(os.path.join(BUILT_IN, "*.yml"))), ids=os.path.basename)
def test_a_page_of_the_collection_is_right(path):
    with open(path, encoding="utf-8") as file:
        assert problems("profile.json", normalised(yaml.safe_load(file))) == []


EXAMPLES = [(document, block) for document in GUIDES for block in blocks(text_of(document), "yaml")]
PAGES = [(document, block) for document, block in EXAMPLES if block.startswith("# bytewire_profiles/")]


@pytest.mark.parametrize("document, block", PAGES, ids=[f"{document}: {block.splitlines()[0][len('# bytewire_profiles/'):40]}" for document, block in PAGES])
def test_a_page_of_a_guide_is_right_where_the_loader_takes_it(document, block):
    found = problems("profile.json", normalised(yaml.safe_load(block)))
    assert found == ([("relays.read.send", "33 is not of type 'string', 'null'")] if block.startswith("# bytewire_profiles/quotes.yml") else [])


def paths(content, above=()):
    """The place of each value."""
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in pairs:
        yield (*above, key), value
        yield from paths(value, (*above, key))


def places():
    """{what is meant by a place: a page and that place in it}: of each kind one, in the shortest page that has it."""
    found = {}
    texts = [block for document, block in PAGES] + [BOARD, SWITCHER, ONE_RELAY, IDENTIFIED]
    for path in glob.glob(os.path.join(BUILT_IN, "*.yml")):
        with open(path, encoding="utf-8") as file:
            texts.append(file.read())
    for text in sorted(texts, key=len):
        page = normalised(yaml.safe_load(text))
        new = {}
        for place, value in paths(page):
            kind = tuple("*" if isinstance(key, int) or above in NAMES_OF_ITS_OWN else key for above, key in zip((None, *place), place))
            if value is not None and kind not in found:
                new.setdefault(kind, place)
        if new and not refusal(page):
            found.update((kind, (page, place)) for kind, place in new.items())
    return found


def spoiled(page, place):
    """What the page becomes with something else in this place, or with another key for it."""
    for value in (*WRONG, None):
        changed = copy.deepcopy(page)
        holder = changed
        for key in place[:-1]:
            holder = holder[key]
        if value is not None:
            holder[place[-1]] = value
        elif isinstance(holder, dict):
            holder[f"{place[-1]}_"] = holder.pop(place[-1])
        yield changed


def test_the_loader_and_the_schema_agree_on_keys_and_types():
    """What the loader takes the schema takes, and a key or a type that the loader refuses the schema refuses too."""
    refused, spoiled_places = 0, places()
    for kind, (page, place) in spoiled_places.items():
        for changed in spoiled(page, place):
            said, found = refusal(changed), problems("profile.json", changed)
            assert said or not found, (kind, changed, found)
            if WRONG_KEY_OR_TYPE.search(said) and ".transient" not in said:
                refused += 1
                assert found, (kind, said)
    assert refused > 800 and len(spoiled_places) > 300


SEEN = [row for row in BROKEN if "is not a type" in row[4] or re.match("expected (?:[0-9.]+ to |one of tcp)", row[5])]


@pytest.mark.parametrize("row", SEEN, ids=lambda row: row[0])
def test_a_wrong_word_or_number_is_seen(row):
    assert problems("profile.json", normalised(yaml.safe_load(row[1].replace(row[2], row[3])))), row[0]


def test_the_types_of_fields_are_those_of_the_loader():
    for kind in TYPES:
        for name in (kind, kind[:-1], f"{kind}9", f"{kind}le", f"{kind}@1", kind.upper()):
            try:
                taken = bool(name) and codec_for(name, {"a": "A"}, False) is not None
            except ValueError:
                continue  # too large, which the pattern does not see
            assert taken == (problems("profile.json", {"notation": "text", "logout": {"send": f"a{{x:{name}}}"}}) == []), name
    assert len(PATTERNS) > 10


class WithVault(yaml.SafeLoader):
    """YAML as Ansible takes it."""


WithVault.add_constructor("!vault", lambda loader, node: node.value)


def vars_of(content):
    """What stands under vars of plays, roles, tasks and groups."""
    for key, value in content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ():
        yield from [value] if key == "vars" else vars_of(value)


@pytest.mark.parametrize("document", GUIDES)
def test_variables_and_inventories_of_a_guide_are_right(document):
    for block in blocks(text_of(document), "yaml"):
        content = yaml.load(block, Loader=WithVault)
        if block.startswith("# inventory.yml"):
            assert problems("inventory.json", content) == []
        elif re.match("# (?:group|host)_vars/", block):
            assert problems("variables.json", content) == []
        for variables in vars_of(content):
            assert problems("variables.json", variables) == [], variables


def test_the_guide_shows_what_is_seen():
    """Its settings name the schemas that there are, and its page has the mistakes that it tells of, in their lines."""
    text = text_of("docs", "editors.md")
    settings, = (json.loads(block) for block in blocks(text, "json"))
    assert sorted(settings["yaml.schemas"]) == sorted(f"schemas/{name}" for name in MADE)
    linked, = re.findall("ln -s .*/bytewire/devices/(.*) schemas$", text, re.MULTILINE)
    assert sorted(os.listdir(os.path.join(CHECKOUT, linked))) == sorted(MADE)
    lua, = blocks(text, "lua")
    assert dict(re.findall(r'\["(schemas/\S+)"\] = (.*),', lua)).keys() == settings["yaml.schemas"].keys()
    page, = blocks(text, "yaml")
    told = [int(line.split(":")[0]) for block in blocks(text, "text") for line in block.splitlines()]
    found = [place.split(".")[-1] or re.findall("'(.*?)'", words)[0] for place, words in problems("profile.json", normalised(yaml.safe_load(page)))]
    assert sorted(found) == sorted(next(key for key in found if f"{key}:" in page.splitlines()[line - 1]) for line in told)


@pytest.mark.parametrize("variables, where", [
    ({"bytewire_modle": "eth008"}, ""), ({"bytewire_port": 70000}, "bytewire_port"), ({"bytewire_port": "x"}, "bytewire_port"),
    ({"bytewire_transport": "udp"}, "bytewire_transport"), ({"bytewire_model": {"extends": "eth008", "prot": 17494}}, "bytewire_model"),
    ({"notify_when": "sometimes"}, "notify_when"), ({"notify_mail_port": "smtp"}, "notify_mail_port"), ({"responder_tls": {"cert": "a"}}, "responder_tls"),
])
def test_a_wrong_variable_is_seen(variables, where):
    assert [place for place, dummy in problems("variables.json", variables)] == [where]
    assert [place for place, dummy in problems("inventory.json", {"boards": {"children": {"x": {"vars": variables}}}})] == [
        f"boards.children.x.vars{'.' if where else ''}{where}"]


def test_what_ansible_makes_something_of_is_right():
    assert problems("variables.json", {
        "bytewire_port": "{{ port }}", "bytewire_state": False, "bytewire_trace": "yes", "bytewire_relay": 2, "bytewire_settle": "0.5",
        "bytewire_model": "mine", "bytewire_relays": "disk=2", "bytewire_unit": "$ANSIBLE_VAULT;1.1;AES256\n61",
        "notify_mail_to": "a@example.org,b@example.org", "notify_when": "{{ when }}", "switch_ports": [1]}) == []

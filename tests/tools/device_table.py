# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/devices.md from the pages of the collection. `make devices` runs it."""

from __future__ import annotations

import os
import re
import textwrap
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._capability.relay import LONGEST_WAIT
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import DEVICE
from ansible_collections.bytewire.devices.plugins.module_utils._page.about import CATEGORIES
from ansible_collections.bytewire.devices.plugins.module_utils._page.lost_answers import LostAnswers, lost_answers
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message, listed
from ansible_collections.bytewire.devices.plugins.module_utils._page.parts import Relays
from ansible_collections.bytewire.devices.plugins.module_utils._page.setting import Setting
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile, load
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import Template, flat
from ansible_collections.bytewire.devices.plugins.plugin_utils._checking.exchanges import in_text
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.index import families, models
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.tools import page_index

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir, "docs", "devices.md")
WIDTH = 140
MOST_VALUES = 24  # names of a setting's values in one cell

HEAD = """\
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Written by `make devices` from plugins/plugin_utils/profiles. Change the pages there, not this file. -->
# Devices

What `bytewire_model` may be, as the pages of the collection say it. A device that is not here is
[one page of your own](write-a-profile.md); [examples](families.md) show a task for each family. To search it for a make, a model, a port, or what can
be done:

```sh
ansible-playbook bytewire.devices.models -e search=epson
ansible-playbook bytewire.devices.models -e "search='projector hdmi'"
```

## Is mine in the list?

Models are those that somebody has named: others of the same series usually take the same.
"""
LIST = """\
## By category and make

*Bytes verified by* says what the bytes rest on: [the words](vocabulary.md#what-the-bytes-rest-on), and [more](#how-sure-the-facts-are). *Can be
confused* is whose late answer could be taken for another, and [what a task does about it](#after-a-lost-answer).
"""
TRAPS = """\
## Traps

With every relay board a load on the normally closed contact is on while its relay is off: that is what the option `contact` is for.
"""
AUTO = """\
## A model that is asked for
"""
RELAYS = """\
## Relays

For `relay` and `device_info`. *State verified by* says what a task knows after it switched:

- *reading*: it asks the board again; only what it sees there is reported.
- *acknowledgement*: the board says that it took the command; the coil cannot be read. Every run reports `changed`, the state is `unknown`.
- *nothing*: the board says nothing at all. Every run reports `changed`, the state is `unknown`.

Pulses that a board does not time itself (—) are timed by the task. *Set also* names variables that such a device asks for; of
`bytewire_unit` it says what it is, and what it is unless set.
"""
SETTINGS = """\
## Settings

For `settings` and `device_info`.
"""
COMMANDS = """\
## Devices that take commands in text

For `command`. Braces stand for the command and the reply.
"""
INFORMATION = """\
## Devices that tell how they are

For `device_info`.
"""
REST = """\
## Everything else
"""
LATE = """\
## After a lost answer

An answer that did not come in time may still come, and nothing in it says which question it belongs to. [Reliability](reliability.md#late-answers)
tells how a task makes sure that it takes none for another. What that costs depends on the device. Computed from the pages, for `timeout: 3`:

- *can be confused*: the messages, as the page calls them, whose late answer or echo could be taken for the one that tells how the device is, or
  could stand in front of it. Of settings, *get* and *set* are those of the same setting, *another get* and *another set* those of others.
- *after a command*, *after a reading*: what a task does where the answer to that is lost.
  - *asks again*: nothing that is late can be taken for the next answer, which counts as it comes.
  - *asks identify*: it reads again. Where what comes could be the late answer as well, it asks this question too, whose answer nothing late can be,
    and reads until there are more answers than the late ones can be. If they agree, they count; if not, it waits for `latest` and reads once more.
  - *waits 7 s*: there is no such question. The seconds are `latest`, counted from when the lost question was sent; then it reads again.
  - *unverified*: it cannot be read back. The task fails with that, and what is asked for next waits or asks first.
  - *unknown*: it is not answered and cannot be read back. The state is `unknown` every time.

With every device, a pulse, and what `command` and `send` say in your own words, is `unverified` after a lost answer, since it is never sent
twice. After such words of your own the next answer counts when `latest` is over.
"""
FACTS = """\
## How sure the facts are

Client and emulator follow one page, so tests of the one against the other prove no byte. What the bytes rest on:
"""


def text() -> str:
    """The whole of docs/devices.md."""
    profiles = [load(resolve(name)) for name in models()]
    placed = sorted(profiles, key=_place)
    sections = [HEAD, _found(placed), LIST, _list(placed), TRAPS, _traps(profiles), AUTO, _recognised()]
    for head, write, fits in SECTIONS:
        fitting = sorted((profile for profile in profiles if fits(profile)), key=lambda profile: _natural(_title(profile)))
        if fitting:
            sections += [head, write(fitting)]
    return "\n".join(sections + [LATE, _late(profiles), FACTS, _facts(profiles)])


def _found(profiles: t.Sequence[Profile]) -> str:
    """A row for each make of a category."""
    groups: dict[tuple[str, str], list[Profile]] = {}
    for profile in profiles:
        groups.setdefault((_category(profile), _makes(profile)), []).append(profile)
    return _table(("category", "make", "known as", "page"), _said_once([
        (*group, ", ".join(dict.fromkeys(name for profile in members for name in profile.page.get("known_as", []))), ", ".join(map(_code, members)))
        for group, members in groups.items()], 1))


def _list(profiles: t.Sequence[Profile]) -> str:
    return _table(("category", "make", "page", "device", "port", "bytes verified by", "can be confused"), _said_once([
        (_category(profile), _makes(profile), _code(profile), _title(profile), _port(profile), ", ".join(profile.page.get("verified", [])),
         _confused(lost_answers(profile, DEVICE["timeout"]["default"]))) for profile in profiles], 2))


def _said_once(rows: t.Iterable[tuple[str, ...]], columns: int) -> list[tuple[str, ...]]:
    """The rows, without what their first columns repeat of the row before."""
    found, last = [], ("",) * columns
    for row in rows:
        found.append((*("" if row[:number + 1] == last[:number + 1] else row[number] for number in range(columns)), *row[columns:]))
        last = row[:columns]
    return found


def _place(profile: Profile) -> tuple[object, ...]:
    """Where it stands among the others: by category and make, and what is for any make behind them."""
    return CATEGORIES.index(_category(profile)), "any" in listed(profile.page.get("make")), _makes(profile).lower(), _natural(_title(profile))


def _category(profile: Profile) -> str:
    return profile.page.get("category", "other")


def _makes(profile: Profile) -> str:
    return ", ".join(listed(profile.page.get("make", "any")))


def _traps(profiles: t.Iterable[Profile]) -> str:
    """Models with the same traps stand together."""
    found: dict[str, list[str]] = {}
    for profile in profiles:
        connections = f"{profile.connections} connection{'' if profile.connections == 1 else 's'}"
        told = [f"It serves {connections}; one more is accepted and stays mute, which is `busy`."] if profile.connections else []
        told += [f"It takes no new connection for {profile.reconnect:g} s behind the last."] if profile.reconnect else []
        told += profile.page.get("traps", [])
        found.setdefault(" ".join(told), []).append(_code(profile))
    return "".join(sorted(_wrapped(f"- {', '.join(names)}: {told}", "  ") for told, names in found.items() if told))


def _recognised() -> str:
    """What auto stands for, and auto:<family>."""
    usual = sorted(page["name"] for page in resolve("auto")["candidates"])
    return _wrapped(f"`bytewire_model: auto` asks the device which of these it is: {_listed([f'`{name}`' for name in usual])}. `auto:<family>` asks for those "
                    "of one family alone, which are a page and all that extend it. Families that can be asked: "
                    f"{_listed([f'`auto:{name}`' for name in families()])}.", "")


def _relays(profiles: t.Iterable[Profile]) -> str:
    return _table(("model", "device", "port", "relays", "pulses", "state verified by", "`device_info` reads", "set also"), [
        (_code(profile), _title(profile), _port(profile), page_index.numbers(relays.numbers), _pulses(relays), _verified(relays), _read_besides(profile),
         _needed(profile)) for profile in profiles for relays in [profile.relays] if relays])


def _settings(profiles: t.Sequence[Profile]) -> str:
    rows = [(_code(profile), _title(profile), _port(profile), _needed(profile)) for profile in profiles]
    parts = [_table(("model", "device", "port", "set also"), rows)]
    for profile in profiles:
        parts.append(f"### Settings of {_code(profile)}\n")
        parts.append(_table(("setting", "values", "state verified by", "only while"), [_setting(setting) for setting in profile.told.values()]))
    return "\n".join(parts)


def _setting(setting: Setting) -> tuple[str, ...]:
    values = [str(name) for name in setting.values]
    more = [f"… ({len(values)} in all)"] if len(values) > MOST_VALUES else []
    unit = f" {setting.measured_in}" if setting.measured_in else ""
    possible = f"{setting.range}{unit}" if setting.range else ", ".join(values[:MOST_VALUES] + more)
    verified = "cannot be set" if setting.set is None else "reading" if setting.get else "acknowledgement" if setting.set.answered else "nothing"
    needs = ", ".join(f"{name} is {value}" for name, value in setting.needs.items())
    name = f"{setting.name}.<{setting.index.name}>" if setting.index else setting.name
    return f"`{name}`{_members(setting)}", possible, verified, needs


def _members(setting: Setting) -> str:
    """' (1–288)', or ' (main, zone2)'; nothing where there is only one."""
    if setting.index is None:
        return ""
    keys = list(setting.index.values)
    return f" ({page_index.numbers(map(int, keys)) if all(key.isdecimal() for key in keys) else ', '.join(keys)})"


def _commands(profiles: t.Iterable[Profile]) -> str:
    return _table(("model", "device", "port", "command", "reply", "set also"), [
        (_code(profile), _title(profile), _port(profile), *_exchange(profile.command), _needed(profile)) for profile in profiles if profile.command])


def _exchange(command: Message) -> tuple[str, str]:
    return _template(command.request), _template(command.replies[0]) if command.replies else "none"


def _information(profiles: t.Iterable[Profile]) -> str:
    return _table(("model", "device", "port", "`device_info` reads"), [
        (_code(profile), _title(profile), _port(profile), _read_besides(profile)) for profile in profiles])


def _rest(profiles: t.Iterable[Profile]) -> str:
    return _table(("model", "device", "port"), [(_code(profile), _title(profile), _port(profile)) for profile in profiles])


SECTIONS: tuple[tuple[str, t.Callable[[t.Sequence[Profile]], str], t.Callable[[Profile], object]], ...] = (
    # head, what is written of the profiles that belong there, and which these are
    (RELAYS, _relays, lambda profile: profile.relays),
    (SETTINGS, _settings, lambda profile: profile.settings),
    (COMMANDS, _commands, lambda profile: profile.command),
    (INFORMATION, _information, lambda profile: profile.info and not profile.relays and not profile.settings),
    (REST, _rest, lambda profile: not (profile.relays or profile.settings or profile.command or profile.info)),
)


def _late(profiles: t.Iterable[Profile]) -> str:
    """Models of which the same is said stand together."""
    found: dict[tuple[str, ...], list[str]] = {}
    for profile in profiles:
        facts = lost_answers(profile, DEVICE["timeout"]["default"])
        row = (_confused(facts), _after_command(facts), facts.reading.words if facts.reading else "—")
        found.setdefault(row, []).append(_code(profile))
    return _table(("model", "can be confused", "after a command", "after a reading"), [(", ".join(names), *row) for row, names in found.items()])


def _confused(facts: LostAnswers) -> str:
    """The messages whose late answer could be taken for another."""
    if not facts.questions:
        return "—"
    return "every answer" if facts.everything and facts.confused else ", ".join(f"`{name}`" for name in facts.confused) or "none"


def _after_command(facts: LostAnswers) -> str:
    """What is done, and where nothing can be, what is known."""
    said = [facts.command.words] if facts.command else []
    if facts.unread:
        unread = f"unverified, then {facts.again.words}" if facts.again else "unknown"
        said.append(f"{', '.join(facts.unread)}: {unread}" if said else unread)
    return "; ".join(said) or "—"


def _facts(profiles: t.Iterable[Profile]) -> str:
    """Models that rest on the same facts stand together."""
    found: dict[str, list[str]] = {}
    for profile in profiles:
        found.setdefault(" ".join(profile.page.get("facts", "nothing is said").split()), []).append(_code(profile))
    return "".join(sorted(_wrapped(f"- {', '.join(names)}: {facts.rstrip('.')}.", "  ") for facts, names in found.items()))


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) + "\n"


def _code(profile: Profile) -> str:
    return f"`{profile.name}`"


def _title(profile: Profile) -> str:
    return profile.page["title"]


def _port(profile: Profile) -> str:
    port = str(profile.port) if profile.port else "—"
    return port if profile.transport == "tcp" else f"{port} ({profile.transport})"


def _pulses(relays: Relays) -> str:
    if relays.pulse is None:
        return "—"
    shortest, longest = relays.pulse_limits(relays.pulse)
    both = ", on and off" if relays.pulse_off else ""
    return f"{shortest:g}–{round(min(longest, LONGEST_WAIT), 1)} s{both}"


def _verified(relays: Relays) -> str:
    return "reading" if relays.read else "acknowledgement" if relays.messages["on"].acknowledged else "nothing"


def _read_besides(profile: Profile) -> str:
    return ", ".join(page_index.readings(profile)) or "—"


def _needed(profile: Profile) -> str:
    """Variables that a device of this page asks for, or that have more than one meaning for it."""
    asked = [(message.send.names, bool(message.when)) for message in profile.login if message.send]
    asked += [(message.send.names, False) for what, message in profile.requests() if message.send and not what.startswith("session.")]
    asked += [(frozenset(profile.digest.names), bool(profile.digest.challenge))] if profile.digest else []
    needed = []
    for name in ("username", "password"):
        conditions = [optional for names, optional in asked if name in names]
        note = " (if it asks)" if all(conditions) else ""
        needed += [f"`bytewire_{name}`{note}"] if conditions else []
    needed += ["`bytewire_port`"] if profile.port is None else []
    if profile.unit:
        needed.append(f"`bytewire_unit` ({profile.unit.get('name', 'unit')}, {profile.unit.get('default', 1)})")
    return ", ".join(needed)


def _template(template: Template) -> str:
    content = "".join(in_text(element) if isinstance(element, bytes) else f"{{{element.name}}}" for element in flat(template.parts))
    return f"`{content}`"


def _table(head: tuple[str, ...], rows: t.Sequence[tuple[str, ...]]) -> str:
    """Columns that say nothing are left out."""
    kept = [number for number in range(len(head)) if any(row[number] for row in rows)]
    lines = [" | ".join(line[number] or " " for number in kept).replace("  ", " ") for line in (head, ("---",) * len(head), *rows)]
    return "".join(f"| {line} |\n" for line in lines)


def _listed(names: t.Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if names[1:] else names[0]


def _natural(title: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", title)]


if __name__ == "__main__":
    page_index.write()
    with open(PATH, "w", encoding="utf-8") as file:
        file.write(text())

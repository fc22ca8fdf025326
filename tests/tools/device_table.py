# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/devices.md from the pages of the collection. `make devices` runs it."""

from __future__ import annotations

import os
import re
import textwrap

from ansible_collections.bytewire.devices.plugins.module_utils._capability.relay import LONGEST_WAIT
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.plugin_utils._checking.exchanges import in_text
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import models, resolve

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir, "docs", "devices.md")
WIDTH = 140
MOST_VALUES = 24  # names of a setting's values in one cell
WIRE = {"length", "transaction"}  # fields that tell nothing about a device

HEAD = """\
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Written by `make devices` from plugins/plugin_utils/profiles. Change the pages there, not this file. -->
# Devices

What `bytewire_model` may be, as the pages of the collection say it. A device that is not here is
[one page of your own](write-a-profile.md); [examples](families.md) show a task for each family.
"""
AUTO = "`bytewire_model: auto` recognises %s."
RELAYS = """\
## Relay boards

For `relay` and `device_info`. *Verified by* says what a task knows after it switched:

- *reading*: it asks the board again; only what it sees there is reported.
- *acknowledgement*: the board says that it took the command; the coil cannot be read. Every run reports `changed`, the state is `unknown`.
- *nothing*: the board says nothing at all. Every run reports `changed`, the state is `unknown`.

Pulses that a board does not time itself (—) are timed by the task. *Set also* names variables that such a device asks for; of
`bytewire_unit` it says what it is, and what it is unless set.
"""
SETTINGS = """\
## Displays and switchers

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
FACTS = """\
## How sure the facts are

Client and emulator follow one page, so tests of the one against the other prove no byte. What the bytes rest on:
"""


def text():
    """The whole of docs/devices.md."""
    profiles = [load(resolve(name)) for name in models()]
    known = ["`%s`" % profile.name for profile in profiles if profile.expected or profile.page.get("auto")]
    sections = [HEAD, _wrapped(AUTO % _listed(known), "")]
    for head, write, fits in (
            (RELAYS, _relays, lambda profile: profile.relays), (SETTINGS, _settings, lambda profile: profile.settings),
            (COMMANDS, _commands, lambda profile: profile.command),
            (INFORMATION, _information, lambda profile: profile.info and not profile.relays and not profile.settings),
            (REST, _rest, lambda profile: not (profile.relays or profile.settings or profile.command or profile.info))):
        fitting = sorted((profile for profile in profiles if fits(profile)), key=lambda profile: _natural(profile.page["title"]))
        if fitting:
            sections += [head, write(fitting)]
    return "\n".join(sections + [FACTS, _facts(profiles)])


def _relays(profiles):
    return _table(("model", "device", "port", "relays", "pulses", "verified by", "`device_info` reads", "set also"), [
        (_code(profile), _title(profile), _port(profile), _numbers(profile.relays.numbers), _pulses(profile.relays),
         _verified(profile.relays), _told(profile), _needed(profile)) for profile in profiles])


def _settings(profiles):
    rows = [(_code(profile), _title(profile), _port(profile), _needed(profile)) for profile in profiles]
    parts = [_table(("model", "device", "port", "set also"), rows)]
    for profile in profiles:
        parts.append("### Settings of `%s`\n" % profile.name)
        parts.append(_table(("setting", "values", "verified by", "only while"), [_setting(setting) for setting in profile.settings.values()]))
    return "\n".join(parts)


def _setting(setting):
    values = ["%s" % name for name in setting.values or ()]
    more = ["… (%d in all)" % len(values)] if len(values) > MOST_VALUES else []
    said = "%d to %d" % setting.range if setting.range else ", ".join(values[:MOST_VALUES] + more)
    verified = "cannot be set" if setting.set is None else "reading" if setting.get else "acknowledgement" if setting.set.answered else "nothing"
    needs = ", ".join("%s is %s" % pair for pair in setting.needs.items())
    return "`%s`" % setting.name, said, verified, needs


def _commands(profiles):
    return _table(("model", "device", "port", "command", "reply", "set also"), [
        (_code(profile), _title(profile), _port(profile), _template(profile.command.send),
         _template(profile.command.replies[0]) if profile.command.replies else "none", _needed(profile)) for profile in profiles])


def _information(profiles):
    return _table(("model", "device", "port", "`device_info` reads"), [
        (_code(profile), _title(profile), _port(profile), _told(profile)) for profile in profiles])


def _rest(profiles):
    return _table(("model", "device", "port"), [(_code(profile), _title(profile), _port(profile)) for profile in profiles])


def _facts(profiles):
    """Models that rest on the same facts stand together."""
    found = {}
    for profile in profiles:
        found.setdefault(" ".join(profile.page.get("facts", "nothing is said").split()), []).append("`%s`" % profile.name)
    return "".join(sorted(_wrapped("- %s: %s." % (", ".join(names), facts.rstrip(".")), "  ") for facts, names in found.items()))


def _wrapped(text, indent):
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) + "\n"


def _code(profile):
    return "`%s`" % profile.name


def _title(profile):
    return profile.page["title"]


def _port(profile):
    port = str(profile.port) if profile.port else "—"
    return port if profile.transport == "tcp" else "%s (%s)" % (port, profile.transport)


def _numbers(numbers):
    """1-4, 9-16"""
    ranges = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(str(first) if first == last else "%d–%d" % (first, last) for first, last in ranges)


def _pulses(relays):
    if relays.pulse is None:
        return "—"
    shortest, longest = relays.pulse_limits(relays.pulse)
    return "%g–%s s%s" % (shortest, round(min(longest, LONGEST_WAIT), 1), ", on and off" if relays.pulse_off else "")


def _verified(relays):
    return "reading" if relays.read else "acknowledgement" if relays.on.answered else "nothing"


def _told(profile):
    """What device_info reads besides relays and settings."""
    said = ["identity"] if profile.identify else []
    said += ["%d inputs" % len(profile.inputs.numbers)] if profile.inputs else []
    said += ["%d analogue" % len(profile.analogue.numbers)] if profile.analogue else []
    for message in profile.info.values():
        fields = [field.name for reply in message.replies for field in reply.fields if field.name]
        said += [field for field in dict.fromkeys(fields) if field not in WIRE | {profile.unit.get("name", "unit")}]
    return ", ".join(said) or "—"


def _needed(profile):
    """Variables that a device of this page asks for, or that have more than one meaning for it."""
    asked = [message for message in profile.login if message.send]
    needed = []
    for name in ("username", "password"):
        asking = [message for message in asked if name in message.send.names]
        needed += ["`bytewire_%s`%s" % (name, " (if it asks)" if all(message.when for message in asking) else "")] if asking else []
    needed += ["`bytewire_port`"] if profile.port is None else []
    if profile.unit:
        needed.append("`bytewire_unit` (%s, %s)" % (profile.unit.get("name", "unit"), profile.unit.get("default", 1)))
    return ", ".join(needed)


def _template(template):
    parts = [inner for part in template.parts for inner in getattr(part, "parts", [part])]
    return "`%s`" % "".join(in_text(part) if isinstance(part, bytes) else "{%s}" % part.name for part in parts)


def _table(head, rows):
    """Columns that say nothing are left out."""
    kept = [number for number in range(len(head)) if any(row[number] for row in rows)]
    lines = [head, ["---"] * len(head)] + rows
    return "\n".join("| %s |" % " | ".join(line[number] or " " for number in kept).replace("  ", " ") for line in lines) + "\n"


def _listed(names):
    return ", ".join(names[:-1]) + " and " + names[-1]


def _natural(title):
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", title)]


if __name__ == "__main__":
    with open(PATH, "w", encoding="utf-8") as file:
        file.write(text())

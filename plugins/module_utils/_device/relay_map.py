# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people call relays: names, numbers, and the contact their load is wired to. No input or output.

state speaks of the load, coil of the relay. On the normally closed contact the load is on while the coil is off; that
inversion lives here, never in the bytes.
"""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import as_whole, brief
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import in_words

NORMALLY_OPEN, NORMALLY_CLOSED = "normally_open", "normally_closed"
CONTACTS = (NORMALLY_OPEN, NORMALLY_CLOSED)
COIL: dict[bool | None, str] = {True: "on", False: "off", None: "unknown"}


class Relay:
    """One relay: number, name, and the contact of its load."""

    def __init__(self, number: int, name: str | None = None, contact: str = NORMALLY_OPEN) -> None:
        self.number, self.name, self.contact = number, name, contact

    def coil(self, load_on: bool) -> bool:
        """Whether the coil is on when the load is (or is not)."""
        return load_on != (self.contact == NORMALLY_CLOSED)

    def load(self, coil: bool | None) -> str:
        """'on', 'off' or 'unknown' (coil is None): what the load does while the coil is so."""
        if coil is None:
            return "unknown"
        return "on" if coil != (self.contact == NORMALLY_CLOSED) else "off"

    def described(self, coil: bool | None) -> dict[str, str | None]:
        """The relay as results have it; the coil beside the load where they differ."""
        state = {"name": self.name, "state": self.load(coil)}
        if self.contact != NORMALLY_OPEN:
            state["coil"] = COIL[coil]
        return state

    def __str__(self) -> str:
        return f"relay {self.number} ({self.name})" if self.name else f"relay {self.number}"


def listed(relays: t.Sequence[Relay]) -> str:
    """'relay 2 (disk)', 'relays 2 (disk), 3'."""
    return f"relay{'' if len(relays) == 1 else 's'} {', '.join(str(relay)[len('relay '):] for relay in relays)}"


class RelayMap:
    """bytewire_relays: {backup_disk: 2, heater: {number: 3, contact: normally_closed}}. own: what the page calls its relays."""

    def __init__(self, names: t.Mapping[str, object] | None, contact: str, title: str, model: str, numbers: t.Sequence[int],
                 own: t.Mapping[int, str] | None = None) -> None:
        self.title, self.model, self.numbers = title, model, numbers
        self.contact, self.own = contact, {number: name for number, name in (own or {}).items() if number in numbers}
        self.names: dict[str, Relay] = {}
        for name, entry in (names or {}).items():
            self.names[str(name)] = self._entry(str(name), entry)
        self._refuse_conflicting_contacts()

    def pick(self, wanted: t.Iterable[object]) -> list[Relay]:
        """The relays that a list of numbers, names or 'all' speaks of, each once, in that order."""
        picked: list[Relay] = []
        for word in (str(one).strip() for one in wanted):
            for relay in self.all() if word == "all" else [self._called(word)]:
                if relay.number not in [other.number for other in picked]:
                    picked.append(relay)
        if not picked:
            raise invalid(f"{self.title}: no relay was named; expected a number, a name from bytewire_relays, or all.")
        return picked

    def all(self) -> list[Relay]:
        """Every relay of the model, with the first of its names."""
        return [self._numbered(number) for number in self.numbers]

    def _called(self, word: str) -> Relay:
        if word in self.names:
            return self.names[word]
        own = next((number for number, name in self.own.items() if name == word), None)
        if own is not None:
            return self._numbered(own)
        number = as_whole(word)
        if number is not None and number >= 0:
            if number not in self.numbers:
                raise invalid(f"{self.title}: there is no relay {number} on model {self.model}, which has {in_words(self.numbers)}.")
            return self._numbered(number)
        if word.isdecimal():
            raise invalid(f"{self.title}: relay is {brief(word)}; expected a number in plain digits, such as {self.numbers[0]}.")
        known = ", ".join(sorted(self.names)) or "none"
        called = f" ({', '.join(self.own.values())})" if self.own else ""
        raise invalid(f"{self.title}: there is no relay called '{word}'. Names in bytewire_relays: {known}; numbers of model {self.model}: "
                      f"{in_words(self.numbers)}{called}.")

    def _numbered(self, number: int) -> Relay:
        named = [relay for relay in self.names.values() if relay.number == number]
        return named[0] if named else Relay(number, self.own.get(number), self.contact)

    def _entry(self, name: str, entry: object) -> Relay:
        details = entry if isinstance(entry, dict) else {"number": entry}
        number, contact = details.get("number"), details.get("contact", self.contact)
        number = as_whole(number)
        wrong = set(details) - {"number", "contact"}
        if number is None or wrong or contact not in CONTACTS:
            raise invalid(f"{self.title}: relays: '{name}' is {entry!r}; expected a number in plain digits, or {{number: 2, contact: normally_closed}}.")
        if name.isdecimal() or name == "all":
            raise invalid(f"{self.title}: relays: '{name}' cannot be a name; it would be taken for a number or for every relay.")
        if number not in self.numbers:
            raise invalid(f"{self.title}: relays: '{name}' is relay {number}, but model {self.model} has {in_words(self.numbers)}.")
        return Relay(number, name, contact)

    def _refuse_conflicting_contacts(self) -> None:
        contacts: dict[int, str] = {}
        for relay in self.names.values():
            if contacts.setdefault(relay.number, relay.contact) != relay.contact:
                raise invalid(f"{self.title}: relays: two names of relay {relay.number} disagree about its contact.")

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people call relays: names, numbers, and the contact their load is wired to. No input or output.

state speaks of the load, coil of the relay. On the normally closed contact the load is on while the coil is off; that
inversion lives here, never in the bytes.
"""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import in_words

NORMALLY_OPEN, NORMALLY_CLOSED = "normally_open", "normally_closed"
CONTACTS = (NORMALLY_OPEN, NORMALLY_CLOSED)
COIL = {True: "on", False: "off", None: "unknown"}


class Relay:
    """One relay: number, name, and the contact of its load."""

    def __init__(self, number, name=None, contact=NORMALLY_OPEN):
        self.number, self.name, self.contact = number, name, contact

    def coil(self, load_on):
        """Whether the coil is on when the load is (or is not)."""
        return load_on != (self.contact == NORMALLY_CLOSED)

    def load(self, coil):
        """'on', 'off' or 'unknown' (coil is None): what the load does while the coil is so."""
        if coil is None:
            return "unknown"
        return "on" if coil != (self.contact == NORMALLY_CLOSED) else "off"

    def described(self, coil):
        """The relay as results have it; the coil beside the load where they differ."""
        state = {"name": self.name, "state": self.load(coil)}
        return state if self.contact == NORMALLY_OPEN else dict(state, coil=COIL[coil])

    def __str__(self):
        return "relay %d (%s)" % (self.number, self.name) if self.name else "relay %d" % self.number


class RelayMap:
    """bytewire_relays: {backup_disk: 2, heater: {number: 3, contact: normally_closed}}."""

    def __init__(self, names, contact, title, model, numbers):
        self.title, self.model, self.numbers = title, model, numbers
        self.contact = contact
        self.names = {}
        for name, entry in (names or {}).items():
            self.names[str(name)] = self._entry(str(name), entry)
        self._refuse_twins()

    def pick(self, wanted):
        """The relays that a list of numbers, names or 'all' speaks of, each once, in that order."""
        picked = []
        for word in wanted:
            word = str(word).strip()
            for relay in self.all() if word == "all" else [self._one(word)]:
                if relay.number not in [other.number for other in picked]:
                    picked.append(relay)
        if not picked:
            raise invalid("%s: no relay was named; expected a number, a name from bytewire_relays, or all." % self.title)
        return picked

    def all(self):
        return [self._numbered(number) for number in self.numbers]

    def _one(self, word):
        if word in self.names:
            return self.names[word]
        if word.isdecimal():
            number = int(word)
            if number not in self.numbers:
                raise invalid("%s: there is no relay %d on model %s, which has %s." % (self.title, number, self.model, in_words(self.numbers)))
            return self._numbered(number)
        known = ", ".join(sorted(self.names)) or "none"
        raise invalid("%s: there is no relay called '%s'. Names in bytewire_relays: %s; numbers of model %s: %s."
                      % (self.title, word, known, self.model, in_words(self.numbers)))

    def _numbered(self, number):
        named = [relay for relay in self.names.values() if relay.number == number]
        return named[0] if named else Relay(number, None, self.contact)

    def _entry(self, name, entry):
        details = entry if isinstance(entry, dict) else {"number": entry}
        number, contact = details.get("number"), details.get("contact", self.contact)
        if isinstance(number, str) and number.isdecimal():
            number = int(number)
        wrong = set(details) - {"number", "contact"}
        if isinstance(number, bool) or not isinstance(number, int) or wrong or contact not in CONTACTS:
            raise invalid("%s: relays: '%s' is %r; expected a number, or {number: 2, contact: normally_closed}." % (self.title, name, entry))
        if name.isdecimal() or name == "all":
            raise invalid("%s: relays: '%s' cannot be a name; it would be taken for a number or for every relay." % (self.title, name))
        if number not in self.numbers:
            raise invalid("%s: relays: '%s' is relay %d, but model %s has %s." % (self.title, name, number, self.model, in_words(self.numbers)))
        return Relay(number, name, contact)

    def _refuse_twins(self):
        contacts = {}
        for relay in self.names.values():
            if contacts.setdefault(relay.number, relay.contact) != relay.contact:
                raise invalid("%s: relays: two names of relay %d disagree about its contact." % (self.title, relay.number))

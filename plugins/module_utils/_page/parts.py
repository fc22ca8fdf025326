# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a page describes: the relays, settings and channels of a device. No input or output."""

from __future__ import annotations

import re

from ansible_collections.bytewire.devices.plugins.module_utils._page.exchange import Message, ProfileError, only, unquoted
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import number_ranges

_RELAYS_KEYS = frozenset(("numbers", "first", "last", "values", "read", "on", "off", "pulse", "pulse_off", "write"))
_SETTING_KEYS = frozenset(("values", "range", "set", "get", "needs"))


class Relays:
    """The relays of a board: their numbers, and the messages that read and switch them.

    lowest is the relay that indexes, banks and maps are counted from; numbers may begin above it.
    """

    def __init__(self, spec, page):
        only("relays", spec, _RELAYS_KEYS)
        _refuse_count("relays", spec.get("numbers"))
        try:
            self.numbers = number_ranges(spec["numbers"])
        except (KeyError, ValueError):
            raise ProfileError("relays.numbers is %r; expected for example 1-8 or \"1-4, 9-16\"" % (spec.get("numbers"),))
        self.lowest = self._bounded(spec)
        self.values = spec.get("values", {"off": 0, "on": 1})
        codes = list(self.values.values()) if isinstance(self.values, dict) and sorted(self.values) == ["off", "on"] else []
        if not codes or codes[0] == codes[1] or not all(isinstance(code, (int, str)) for code in codes):
            raise ProfileError("relays.values is %r; expected the codes of off and on, for example {\"off\": 0, \"on\": 1}" % (self.values,))
        words = self.values if all(isinstance(value, str) for value in self.values.values()) else None
        self.states = {(name if words else value): name == "on" for name, value in self.values.items()}
        messages = {key: Message("relays." + key, spec[key], page, words)
                    for key in ("read", "on", "off", "pulse", "pulse_off", "write") if spec.get(key)}
        self.read, self.on, self.off = (messages.get(key) for key in ("read", "on", "off"))
        self.pulse, self.pulse_off, self.write = (messages.get(key) for key in ("pulse", "pulse_off", "write"))
        self.messages = messages
        if not (self.on and self.off):
            raise ProfileError("relays needs the messages \"on\" and \"off\"")
        for key, message in messages.items():
            if message.send is None:
                raise ProfileError("relays.%s needs send" % key)
            if key.startswith("pulse") and not any(field.limits() for field in message.send.fields if field.name == "seconds"):
                raise ProfileError("relays.%s.send needs the field seconds, for example {seconds*10:u8}" % key)
        if self.read is not None:
            self._refuse_blind_reading()

    def _bounded(self, spec):
        """The first relay that there can be; none of numbers is beyond it, or beyond the last."""
        first, last = spec.get("first", self.numbers[0]), spec.get("last", self.numbers[-1])
        for key, bound in (("first", first), ("last", last)):
            if not isinstance(bound, int) or isinstance(bound, bool):
                raise ProfileError("relays.%s is %r; expected a whole number" % (key, bound))
        if first > self.numbers[0] or last < self.numbers[-1]:
            raise ProfileError("relays.numbers is %s; expected numbers from %d to %d (relays.first, relays.last)" % (spec["numbers"], first, last))
        return first

    def _refuse_blind_reading(self):
        """A relay that no reply speaks of would be taken for off."""
        for template in self.read.replies or [None]:
            if template is None or not template.names & {"relays", "state"}:
                raise ProfileError("relays.read.reply needs the field relays (a map) or state (of one relay)")
            for field in template.fields:
                if field.name == "relays":
                    covered = self.covered(self.numbers[-1])
                    bits = field.codec.limits[1].bit_length() if field.codec.limits else 0
                    if covered[-1] - self._base(covered[-1]) >= bits:
                        raise ProfileError("relays.read.reply: a map of %d bits does not tell relay %d" % (bits, covered[-1]))
                if field.name == "state" and "relays" not in template.names and len(self.covered(self.numbers[0])) > 1:
                    raise ProfileError("relays.read.send addresses no relay, but its reply tells the state of one")

    def fields(self, number):
        """How a relay is addressed: every reserved name that may stand in a template."""
        index = number - self.lowest
        return {"relay": number, "index": index, "bank": index // 8 + 1, "bit": index % 8}

    def number_of(self, values):
        """The relay that the fields of a request speak of, the only one where there is one, or None."""
        if "relay" in values:
            return values["relay"]
        if "index" in values:
            return values["index"] + self.lowest
        if "bit" in values:
            return (values.get("bank", 1) - 1) * 8 + values["bit"] + self.lowest
        return self.numbers[0] if len(self.numbers) == 1 else None

    def has(self, values):
        """True where the fields of a request speak of relays that there are."""
        banks = {(number - self.lowest) // 8 + 1 for number in self.numbers}
        if not 0 <= values.get("bit", 0) <= 7 or "bank" in values and values["bank"] not in banks:
            return False
        number = self.number_of(values)
        return number is None or number in self.numbers

    def covered(self, number):
        """The relays whose state one read for this relay tells."""
        if self.read is None:
            return []
        names = self.read.send.names
        maps = all("relays" in template.names for template in self.read.replies)
        if names & {"relay", "index", "bit"} and not (maps and "bank" not in names):
            return [number]
        if "bank" in names:
            return [other for other in self.numbers if (other - self.lowest) // 8 == (number - self.lowest) // 8]
        return self.numbers

    def decode(self, number, values):
        """{relay: True (on), False (off) or None (not known)} from the reply to a read for this relay."""
        if "relays" not in values:
            return {number: self.states.get(values.get("state"))}
        base = self._base(number)
        return {other: bool(values["relays"] >> (other - base) & 1) for other in self.covered(number)}

    def encode(self, number, coils):
        """The values of the reply to a read for this relay, of a board with these coils."""
        codes = {on: code for code, on in self.states.items()}
        covered = self.covered(number)
        base = self._base(number)
        return {"state": codes[bool(coils.get(number))], "relays": sum(1 << other - base for other in covered if coils.get(other))}

    def _base(self, number):
        banked = self.read is not None and "bank" in self.read.send.names
        return self.lowest + ((number - self.lowest) // 8 * 8 if banked else 0)

    def pulse_limits(self, message):
        """(shortest, longest) seconds that a pulse message can say."""
        shortest, longest = self._seconds(message).limits()
        return max(shortest, self.pulse_step(message), message.minimum), longest

    def pulse_step(self, message):
        """The seconds by which the pulses of a message differ."""
        return 1.0 / self._seconds(message).factor

    def _seconds(self, message):
        return next(field for field in message.send.fields if field.name == "seconds")


def _refuse_count(where, numbers):
    """A bare 4 may be meant as four relays; as a text it is the relay of that number."""
    if isinstance(numbers, int) and numbers > 1:
        one = {"relays": "relay", "inputs": "input"}.get(where, "channel")
        raise ProfileError("%s.numbers is %s, the number of one %s; expected 1-%s if there are so many, or \"%s\" in quotes if there is no other"
                           % (where, numbers, one, numbers, numbers))


class Channels:
    """Inputs or analogue channels of a board: their numbers and how they are read."""

    def __init__(self, where, spec, page):
        only(where, spec, frozenset(("numbers", "read")))
        _refuse_count(where, spec.get("numbers"))
        try:
            self.numbers = number_ranges(spec["numbers"])
            read = spec["read"]
        except (KeyError, ValueError):
            raise ProfileError("%s needs numbers, for example 1-8, and read: {send, reply}" % where)
        self.read = Message(where + ".read", read, page)
        self._refuse_blind_reading(where)

    def _refuse_blind_reading(self, where):
        """A channel that no reply speaks of would be taken for inactive."""
        wanted = "inputs" if where == "inputs" else "value"
        if self.read.send is None or not self.read.replies or not all(wanted in template.names for template in self.read.replies):
            raise ProfileError("%s.read needs send, and in reply the field %s" % (where, wanted))
        for field in (field for template in self.read.replies for field in template.fields if wanted == "inputs" == field.name):
            bits = field.codec.limits[1].bit_length() if field.codec.limits else 0
            if self.numbers[-1] - self.numbers[0] >= bits:
                raise ProfileError("%s.read.reply: a map of %d bits does not tell input %d" % (where, bits, self.numbers[-1]))


class Setting:
    """A named value of a device: the codes of its names or the range of its numbers, and the messages that set and get it.

    In templates the value is {value} or the setting's own name; any other key of the setting is a text to insert.
    """

    def __init__(self, name, spec, page):
        self.name, self.where = name, "settings.%s" % name
        needs = spec.get("needs") or {}
        only(self.where + ".needs", needs, needs)
        self.needs = {other: unquoted(value) for other, value in needs.items()}
        self.range = self._range(spec.get("range")) if "range" in spec else None
        self.values = spec.get("values")
        self.words = self._words()
        if self.range is not None and self.values is not None:
            raise ProfileError("%s has both values and range; expected one of them" % self.where)
        if self.range is None and self.values is None:
            raise ProfileError("%s needs values, for example {\"off\": 0, \"on\": 1}, or range, for example 0-100" % self.where)
        inserts = {key: text for key, text in spec.items() if key not in _SETTING_KEYS}
        self._refuse_unused(inserts, spec)
        self.set, self.get = (Message("%s.%s" % (self.where, key), spec[key], page, self.words, inserts) if spec.get(key) else None
                              for key in ("set", "get"))
        self._refuse_speechless()

    def _words(self):
        if self.values is None:
            return None
        codes = list(self.values.values()) if isinstance(self.values, dict) else []
        texts = [isinstance(code, str) for code in codes]
        if not codes or any(texts) != all(texts) or any(isinstance(code, bool) or not isinstance(code, (int, str)) for code in codes):
            raise ProfileError("%s.values is %r; expected a number for each name, or a text for each" % (self.where, self.values))
        return self.values if all(texts) else None

    def _range(self, text):
        found = re.fullmatch(r"\s*(-?\d+)\s*-\s*(-?\d+)\s*", str(text))
        if not found or int(found.group(1)) > int(found.group(2)):
            raise ProfileError("%s.range is %r; expected the smallest and the largest number, for example 0-100" % (self.where, text))
        return int(found.group(1)), int(found.group(2))

    def _refuse_unused(self, inserts, spec):
        written = repr([spec.get("set"), spec.get("get")])
        for key in inserts:
            if "{%s}" % key not in written:
                raise ProfileError("'%s' is not a key of %s, and no template of it inserts {%s}; expected one of %s"
                                   % (key, self.where, key, ", ".join(sorted(_SETTING_KEYS))))

    def _refuse_speechless(self):
        spoken = {"value", self.name}
        if self.set is None and self.get is None:
            raise ProfileError("%s needs set, get, or both" % self.where)
        for key, message in (("set", self.set), ("get", self.get)):
            if message is not None and message.send is None:
                raise ProfileError("%s.%s needs send" % (self.where, key))
        if self.set is not None and not self.set.send.names & spoken:
            raise ProfileError("%s.set.send needs the field value, for example {value:x2}" % self.where)
        if self.get is not None and not all(reply.names & spoken for reply in self.get.replies or [self.get.send]):
            raise ProfileError("%s.get.reply needs the field value, for example {value:x2}" % self.where)

    def code(self, value):
        """What stands in messages for a value that a person wrote; ProfileError says what was expected."""
        value = _as_named(unquoted(value), self.values or ())
        if self.values is not None and str(value) in self.values:
            return self._canonical(str(value))
        number = _whole(value)
        if number is not None and self.range is not None and self.range[0] <= number <= self.range[1]:
            return number
        if number is not None and self.range is None and self.words is None and self._sayable(number):
            return number
        raise ProfileError("%s is %r; expected %s" % (self.name, value, self.expected()))

    def expected(self):
        """The values there are, in words."""
        if self.range is not None:
            return "a whole number from %d to %d" % self.range
        return "one of %s%s" % (", ".join(self.values), "" if self.words else ", or the number of a code")

    def value(self, code):
        """The name of a code, or the number itself."""
        if self.words or self.values is None:
            return code
        return next((name for name, other in self.values.items() if other == code), code)

    def fields(self, code):
        """The fields of a message that speaks of this code."""
        return {"value": code, self.name: code}

    def heard(self, values):
        """The code that the fields of a message speak of."""
        code = values.get("value", values.get(self.name))
        return self._canonical(code) if self.words and code in self.words else code

    def has(self, code):
        """True where a code is one of this setting's."""
        if self.range is not None:
            return self.range[0] <= code <= self.range[1]
        return code in (self.words or self.values.values())

    def samples(self):
        """Codes that a page is tried with: every one that has a name, or the ends of the range."""
        return [self.code(name) for name in self.values] if self.values is not None else list(self.range)

    def _canonical(self, name):
        """Two names may share one code: the code of a number, the first name of a text."""
        code = self.values[name]
        return next(other for other in self.values if self.values[other] == code) if self.words else code

    def _sayable(self, number):
        limits = [field.limits() for field in (self.set or self.get).send.fields if field.name in ("value", self.name)]
        return all(lowest <= number <= highest for lowest, highest in limits)


def _as_named(value, names):
    """The name that stood in YAML without quotes: 4:3 became 243, which is 4 times 60 and 3."""
    pairs = [(name, name.split(":")) for name in names if re.fullmatch("[0-9]+:[0-9]+", name)] if isinstance(value, int) else []
    return next((name for name, (left, right) in pairs if int(left) * 60 + int(right) == value), value)


def _whole(value):
    """A whole number that was written as one, or None."""
    text = str(value)
    return int(text) if re.fullmatch("-?[0-9]{1,18}", text) else None

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a page describes: the relays and channels of a device. No input or output."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._numbers import as_whole, brief
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Value, Values, as_number
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message, ProfileError, only, unit_of, words_of
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import HIGHEST, MOST, in_words, number_ranges
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import ChannelsSpec, Page, RelaysSpec, keys_of
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import ROWS, Field, rows_of

NO_RELAY = -1
"""A number that no relay has."""

FINEST_PULSE = 0.001  # seconds, where a message can say any

_RELAYS_KEYS = keys_of(RelaysSpec)
_RELAY_MESSAGES: tuple[t.Literal["read", "on", "off", "pulse", "pulse_off", "write"], ...] = ("read", "on", "off", "pulse", "pulse_off", "write")


class Relays:
    """The relays of a board: their numbers, and the messages that read and switch them.

    lowest is the relay that indexes, banks and maps are counted from; numbers may begin above it.
    """

    def __init__(self, spec: RelaysSpec, page: Page) -> None:
        only("relays", spec, _RELAYS_KEYS)
        _refuse_count("relays", spec.get("numbers"))
        self.names = _names(spec.get("names") or {})
        try:
            self.numbers = number_ranges(spec["numbers"]) if "numbers" in spec or not self.names else sorted(self.names)
        except (KeyError, ValueError):
            raise ProfileError(f"relays.numbers is {brief(spec.get('numbers'))}; expected for example 1-8 or \"1-4, 9-16\", {MOST} numbers at most, none above "
                               f"{HIGHEST}")
        if self.names and not set(self.numbers) <= set(self.names):
            raise ProfileError(f"relays.names has none for {in_words(set(self.numbers) - set(self.names))}; expected a text for each of numbers")
        self.lowest = self._bounded(spec)
        self.values = spec.get("values", {"off": 0, "on": 1})
        codes = list(self.values.values()) if isinstance(self.values, dict) and sorted(self.values) == ["off", "on"] else []
        if not codes or codes[0] == codes[1] or not all(isinstance(code, (int, str)) for code in codes):
            raise ProfileError(f"relays.values is {self.values!r}; expected the codes of off and on, for example {{\"off\": 0, \"on\": 1}}")
        self.words = words = words_of(self.values)
        self.states: dict[Value, bool] = {(name if words else value): name == "on" for name, value in self.values.items()}
        self.inverted = self.values == {"off": 1, "on": 0}
        self.wire_names = {str(number): name for number, name in self.names.items()}
        self.messages: dict[str, Message] = {key: Message(f"relays.{key}", spec[key], page, words, named={"relay": self.wire_names}, commands=key != "read")
                                             for key in _RELAY_MESSAGES if spec.get(key)}
        if list(self.messages) != ["read"] and ("on" not in self.messages or "off" not in self.messages):
            raise ProfileError("relays needs the messages \"on\" and \"off\", or read alone")
        self.on, self.off, self.read = (self.messages.get(key) for key in ("on", "off", "read"))
        self.pulse, self.pulse_off, self.write = (self.messages.get(key) for key in ("pulse", "pulse_off", "write"))
        for key, message in self.messages.items():
            if message.send is None:
                raise ProfileError(f"relays.{key} needs send")
            if key.startswith("pulse"):
                self._seconds(message)
        if self.read is not None:
            self._refuse_reading_without_states(self.read)

    def _bounded(self, spec: RelaysSpec) -> int:
        """The first relay that there can be; none of numbers is beyond it, or beyond the last."""
        first, last = spec.get("first", self.numbers[0]), spec.get("last", self.numbers[-1])
        for key, bound in (("first", first), ("last", last)):
            if not isinstance(bound, int) or isinstance(bound, bool) or not 0 <= bound <= HIGHEST:
                raise ProfileError(f"relays.{key} is {brief(bound)}; expected a whole number, 0 to {HIGHEST}")
        if first > self.numbers[0] or last < self.numbers[-1]:
            numbers = spec["numbers"]
            raise ProfileError(f"relays.numbers is {numbers}; expected numbers from {first} to {last} (relays.first, relays.last)")
        return first

    def _refuse_reading_without_states(self, read: Message) -> None:
        """A relay whose state is in no reply would be taken for off."""
        if not read.replies:
            raise ProfileError("relays.read.reply needs the field relays (a map) or state (of one relay)")
        for template in read.replies:
            if not template.names & {"relays", "state"}:
                raise ProfileError("relays.read.reply needs the field relays (a map) or state (of one relay)")
            for field in template.fields:
                if field.name == "relays":
                    covered = self.covered(self.numbers[-1])
                    bits = field.codec.limits[1].bit_length() if field.codec.limits else 0
                    if covered[-1] - self._base(covered[-1]) >= bits:
                        raise ProfileError(f"relays.read.reply: a map of {bits} bits does not tell relay {covered[-1]}")
                if field.name == "state" and "relays" not in template.names and read.rows is None and len(self.covered(self.numbers[0])) > 1:
                    raise ProfileError("relays.read.send addresses no relay, but its reply tells the state of one")

    def fields(self, number: int) -> dict[str, Value]:
        """How a relay is addressed: every reserved name that may stand in a template."""
        index = number - self.lowest
        return {"relay": number, "index": index, "bank": index // 8 + 1, "bit": index % 8}

    def number_of(self, values: Values) -> int | None:
        """The relay that the fields of a request speak of, the only one where there is one, or None; NO_RELAY for a number that is not whole."""
        if "relay" in values:
            relay = values["relay"]
            return relay if isinstance(relay, int) else NO_RELAY
        if "index" in values:
            index = values["index"]
            return index + self.lowest if isinstance(index, int) else NO_RELAY
        if "bit" in values:
            bank, bit = values.get("bank", 1), values["bit"]
            return (bank - 1) * 8 + bit + self.lowest if isinstance(bank, int) and isinstance(bit, int) else NO_RELAY
        return self.numbers[0] if len(self.numbers) == 1 else None

    def fit_into(self, fields: t.Iterable[Field]) -> bool:
        """True unless there is a map among these fields that has too few bits."""
        maps = [field.codec.limits[1].bit_length() for field in fields if field.name == "relays" and field.codec.limits]
        return all(self.numbers[-1] - self.lowest < bits for bits in maps)

    def meant(self, values: Values) -> list[int]:
        """The relays that such a request is about: one, those of a map, of a bank (0 is every bank), or all."""
        bank, bit, relays = values.get("bank"), values.get("bit"), values.get("relays")
        if isinstance(relays, int):
            bits = 8 if bank is not None else HIGHEST + 1
            return [number for number in self.in_bank(bank) if relays >> (number - self.lowest) % bits & 1]
        if bank == 0 or bank is not None and bit is None:
            return [number for number in self.in_bank(bank) if bit in (None, (number - self.lowest) % 8)]
        named = self.number_of(values)
        return self.numbers if named is None else [named]

    def in_bank(self, bank: Value | None) -> list[int]:
        """The relays of a bank; all where there is none, or it is 0."""
        return [number for number in self.numbers if bank in (None, 0, (number - self.lowest) // 8 + 1)]

    def has(self, values: Values, every_bank: bool = False) -> bool:
        """True where the fields of a request speak of relays that there are; every_bank: bank 0 is one too."""
        banks = {(number - self.lowest) // 8 + 1 for number in self.numbers}.union([0] if every_bank else [])
        if "bit" in values and not 0 <= as_number(values["bit"]) <= 7 or "bank" in values and values["bank"] not in banks:
            return False
        number = self.number_of(values)
        return number is None or number in self.numbers or every_bank and values.get("bank") == 0

    def covered(self, number: int) -> list[int]:
        """The relays whose state one read for this relay tells."""
        if self.read is None:
            return []
        if self.read.rows is not None:
            return self.numbers
        names = self.read.request.names
        maps = all("relays" in template.names for template in self.read.replies)
        if names & {"relay", "index", "bit"} and not (maps and "bank" not in names):
            return [number]
        if "bank" in names:
            return [other for other in self.numbers if (other - self.lowest) // 8 == (number - self.lowest) // 8]
        return self.numbers

    def decode(self, number: int, values: Values) -> dict[int, bool | None]:
        """{relay: True (on), False (off) or None (not known)} from the reply to a read for this relay."""
        if self.read is not None and self.read.rows is not None:
            return self._decode_rows(rows_of(values))
        relays = values.get("relays")
        if not isinstance(relays, int):
            state = values.get("state")
            return {number: None if state is None else self.states.get(state)}
        base = self._base(number)
        return {other: bool(relays >> (other - base) & 1) is not self.inverted for other in self.covered(number)}

    def _decode_rows(self, rows: t.Sequence[Values]) -> dict[int, bool | None]:
        """The states that rows tell; those that do not say which relay they are of come in order. One that no row tells is not known."""
        told = {number: self.states.get(row["state"]) for number, row in self._by_relay(rows)}
        return {number: told.get(number) for number in self.numbers}

    def _by_relay(self, rows: t.Sequence[Values]) -> t.Iterator[tuple[int | None, Values]]:
        for place, row in enumerate(rows):
            in_order = place < len(self.numbers) and not row.keys() & {"relay", "index"}
            yield self.numbers[place] if in_order else self.number_of(row), row

    def told_names(self, number: int, values: Values) -> dict[int, str]:
        """What the device calls the relays that the reply to a read for this relay speaks of."""
        told = [(number, values), *self._by_relay(rows_of(values))]
        return {other: str(row["name"]).strip() for other, row in told if other is not None and str(row.get("name", "")).strip()}

    def encode(self, number: int, coils: t.Mapping[int, bool]) -> dict[str, Value]:
        """The values of the reply to a read for this relay, of a board with these coils."""
        codes = {on: code for code, on in self.states.items()}
        covered = self.covered(number)
        base = self._base(number)
        told: dict[str, Value] = {"state": codes[bool(coils.get(number))], "relays": self.map_of({other: bool(coils.get(other)) for other in covered}, base)}
        if self.read is not None and self.read.rows is not None:
            told[ROWS] = t.cast(Value, [{**self.fields(other), "state": codes[bool(coils.get(other))]} for other in covered])
        return told

    def map_of(self, coils: t.Mapping[int, bool], base: int) -> int:
        """The map of these coils, whose bit 0 is the relay base; a bit that is set is on, unless values say otherwise."""
        return sum(1 << number - base for number, on in coils.items() if on is not self.inverted)

    def _base(self, number: int) -> int:
        """The relay of bit 0 in the map that a read for this relay is answered with."""
        banked = self.read is not None and "bank" in self.read.request.names
        return self.lowest + ((number - self.lowest) // 8 * 8 if banked else 0)

    def pulse_limits(self, message: Message) -> tuple[float, float]:
        """(shortest, longest) seconds that a pulse message can say."""
        field, shortest, longest = self._seconds(message)
        return max(shortest, field.step or FINEST_PULSE, message.minimum), longest

    def pulse_step(self, message: Message) -> float:
        """The seconds by which the pulses of a message differ."""
        return self._seconds(message)[0].step or FINEST_PULSE

    def _seconds(self, message: Message) -> tuple[Field, float, float]:
        """The field of a pulse's time, its shortest and its longest value; ProfileError where there is none."""
        for field in message.request.fields:
            limits = field.limits() if field.name == "seconds" else None
            if limits is not None:
                return (field,) + limits
        raise ProfileError(f"{message.where}.send needs the field seconds, for example {{seconds*10:u8}}")


def _names(spec: t.Mapping[str, object]) -> dict[int, str]:
    """What relays are called on the wire, by number."""
    only("relays.names", spec, spec)
    numbers = {number: as_whole(number) for number in spec}
    texts = list(spec.values())
    if not all(number is not None and 0 <= number <= HIGHEST for number in numbers.values()) or not all(isinstance(text, str) and text for text in texts) \
            or len(set(texts)) < len(texts) or len(spec) > MOST:
        raise ProfileError(f"relays.names is {brief(spec)}; expected a text of its own for each number, for example {{1: A1, 2: A2}}")
    return {number: str(spec[key]) for key, number in numbers.items() if number is not None}


def _refuse_count(where: str, numbers: object) -> None:
    """A bare 4 may be meant as four relays; as a text it is the relay of that number."""
    if isinstance(numbers, int) and numbers > 1:
        one = {"relays": "relay", "inputs": "input"}.get(where, "channel")
        raise ProfileError(f"{where}.numbers is {numbers}, the number of one {one}; expected 1-{numbers} if there are so many, or \"{numbers}\" in quotes if "
                           "there is no other")


class Channels:
    """Inputs or analogue channels of a board: their numbers and how they are read."""

    def __init__(self, where: t.Literal["inputs", "analogue"], spec: ChannelsSpec, page: Page) -> None:
        only(where, spec, keys_of(ChannelsSpec))
        _refuse_count(where, spec.get("numbers"))
        try:
            self.numbers = number_ranges(spec["numbers"])
            read = spec["read"]
        except (KeyError, ValueError):
            raise ProfileError(f"{where} needs numbers, for example 1-8, {MOST} at most and none above {HIGHEST}, and read: {{send, reply}}")
        self.read = Message(f"{where}.read", read, page)
        self.measured_in = unit_of(f"{where}.measured_in", spec["measured_in"]) if "measured_in" in spec else None
        self._refuse_reading_without_states(where)

    def _refuse_reading_without_states(self, where: str) -> None:
        """A channel whose state is in no reply would be taken for inactive."""
        wanted = "inputs" if where == "inputs" else "value"
        if self.read.send is None or not self.read.replies or not all(wanted in template.names for template in self.read.replies):
            raise ProfileError(f"{where}.read needs send, and in reply the field {wanted}")
        for field in (field for template in self.read.replies for field in template.fields if wanted == "inputs" == field.name):
            bits = field.codec.limits[1].bit_length() if field.codec.limits else 0
            if self.numbers[-1] - self.numbers[0] >= bits:
                raise ProfileError(f"{where}.read.reply: a map of {bits} bits does not tell input {self.numbers[-1]}")

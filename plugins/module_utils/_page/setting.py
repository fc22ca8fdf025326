# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A setting that a page describes: its values, and the messages that set and get it. No input or output."""

from __future__ import annotations

import copy
import re
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._numbers import as_whole, brief
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Value, Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.index import Index
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message, ProfileError, only, unit_of, unquoted, words_of
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import MOST
from ansible_collections.bytewire.devices.plugins.module_utils._page.range import Range
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import Code, Page, SettingSpec, keys_of
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import ROWS, Field, rows_of
from ansible_collections.bytewire.devices.plugins.module_utils._page.units import UNITS
from ansible_collections.bytewire.devices.plugins.module_utils._spelling import meant

_SETTING_KEYS = keys_of(SettingSpec)
T = t.TypeVar("T")


class Side:
    """What stands for each name in the messages that set a setting, or in those that get it; of several the first is said, and each is understood.

    words are those of the type word, None where numbers stand there.
    """

    def __init__(self, where: str, codes: t.Mapping[str, t.Sequence[Code]]) -> None:
        pairs = [(name, code) for name, several in codes.items() for code in several]
        texts = [isinstance(code, str) for dummy, code in pairs]
        if any(texts) and not all(texts):
            raise ProfileError(f"{where} has numbers and texts; expected a number for each name, or a text for each")
        words = {f"{name}/{number}" if number else name: code for name, several in codes.items() for number, code in enumerate(several)}
        self.words = t.cast("dict[str, str]", words) if any(texts) else None
        self._names: dict[Value, str] = {}
        for place, (name, code) in zip(words, pairs):
            self._names.setdefault(place if self.words else code, name)
        self._codes: dict[str, Value] = {name: name if self.words else several[0] for name, several in codes.items()}

    def code(self, name: Value) -> Value:
        """What a field holds for a name; anything else is its own code."""
        return self._codes.get(str(name), name)

    def codes(self, name: Value) -> list[Value]:
        """All that a field may hold for a name."""
        return [code for code, other in self._names.items() if other == name] or [name]

    def name(self, code: Value) -> Value:
        """The name of what a field holds, or the code where it has none."""
        return self._names.get(code, code)

    def __contains__(self, name: Value) -> bool:
        return name in self._codes


class Setting:
    """A named value of a device: the codes of its names or the range of its numbers, and the messages that set and get it.

    In templates the value is {value} or the setting's own name; any other key of the setting is a text to insert. One with an index stands for its members,
    which share its messages: route for route.1, route.2 and so on; address are the fields that say which one this is.
    """

    def __init__(self, name: str, spec: SettingSpec, page: Page) -> None:
        self.name, self.title, self.where = name, name, f"settings.{name}"
        self.address: dict[str, Value] = {}
        self.index = Index(f"{self.where}.index", spec["index"], page, ("value", name, ROWS)) if "index" in spec else None
        named = {self.index.name: self.index.words} if self.index is not None and self.index.words else None
        needs = spec.get("needs") or {}
        only(f"{self.where}.needs", needs, needs)
        self.needs: dict[str, Code] = {other: unquoted(value) for other, value in needs.items()}
        self.sides: dict[str, Side] = {}
        self.values = self._values(spec.get("values"), "get" in spec)
        self.words = words_of(self.values) if self.values else None
        if "range" in spec and self.values:
            raise ProfileError(f"{self.where} has both values and range; expected one of them")
        if "range" not in spec and not self.values:
            raise ProfileError(f"{self.where} needs values, for example {{\"off\": 0, \"on\": 1}}, or range, for example 0-100")
        self.transient = self._transient(spec.get("transient") or {})
        inserts = {key: text for key, text in spec.items() if key not in _SETTING_KEYS}
        self._refuse_unused(inserts, spec)
        self.set = Message(f"{self.where}.set", spec["set"], page, self.words_for("set"), inserts, named, commands=True) if spec.get("set") else None
        self.get = Message(f"{self.where}.get", spec["get"], page, self.words_for("get"), inserts, named) if spec.get("get") else None
        self._refuse_messages_without_value("{value:d}" if page.get("notation") == "text" else "{value:u8}")
        known = UNITS.get(name) if "range" in spec else None
        self.measured_in = unit_of(f"{self.where}.measured_in", spec["measured_in"]) if "measured_in" in spec else known
        self.range = Range(self.where, spec["range"], self._fields(), spec.get("tolerance")) if "range" in spec else None
        if self.range is None and "tolerance" in spec:
            raise ProfileError(f"{self.where}.tolerance is for numbers; expected range beside it, for example {{from: 0, to: 30, step: 0.01}}")

    def _values(self, values: dict[str, t.Any] | None, is_read: bool) -> dict[str, Code]:
        """The codes by name; ProfileError unless each is a number, or each a text. The names themselves where what is set is not what is read."""
        if values is None:
            return {}
        if not isinstance(values, dict) or not values:
            raise ProfileError(f"{self.where}.values is {brief(values)}; expected a number for each name, or a text for each, for example "
                               "{\"off\": 0, \"on\": 1}; plain numbers are a range, for example range: 0-100")
        if len(values) > MOST:
            raise ProfileError(f"{self.where}.values has {len(values)} names; expected {MOST} at most")
        if any(isinstance(code, dict) for code in values.values()):
            self._two_sided({name: self._codes(name, codes, is_read) for name, codes in values.items()})
            return {name: name for name in values}
        texts = [isinstance(code, str) for code in values.values()]
        if any(texts) != all(texts) or not all(map(_is_code, values.values())):
            raise ProfileError(f"{self.where}.values is {values!r}; expected a number for each name, or a text for each")
        return values

    def _codes(self, name: str, codes: object, is_read: bool) -> dict[str, list[Code]]:
        """{set: [code], get: [codes]} of one name."""
        where = f"{self.where}.values.{name}"
        sides: dict[str, t.Any] = codes if isinstance(codes, dict) else {"set": codes, "get": codes}
        only(where, sides, ("set", "get"))
        found: dict[str, list[Code]] = {key: code if isinstance(code, list) and key == "get" else [code] for key, code in sides.items()}
        if not all(several and all(map(_is_code, several)) for several in found.values()) or not found:
            raise ProfileError(f"{where} is {brief(codes)}; expected what is set and what may be read, for example {{set: \"ON\", get: [1, 3]}}")
        if is_read and "get" not in found:
            raise ProfileError(f"{where} has no get; expected what is read while it is {name}")
        return found

    def _two_sided(self, codes: t.Mapping[str, t.Mapping[str, list[Code]]]) -> None:
        for key in ("set", "get"):
            self.sides[key] = Side(f"{self.where}.values", {name: found[key] for name, found in codes.items() if key in found})
        read: dict[Code, str] = {}
        for name, code in ((name, code) for name, found in codes.items() for code in found.get("get", [])):
            if read.setdefault(code, name) != name:
                raise ProfileError(f"{self.where}.values: {code!r} is read for {read[code]} and for {name}")

    def words_for(self, key: str) -> dict[str, str] | None:
        """The texts of the type word in the messages that set, or in those that get."""
        return self.sides[key].words if key in self.sides else self.words

    def _transient(self, spec: object) -> dict[Value, Value]:
        """{code that can be read and not set: code that it is on the way to}."""
        where = f"{self.where}.transient"
        only(where, spec, self.values)
        named = {name: unquoted(target) for name, target in t.cast("dict[str, object]", spec).items()}
        for name, target in named.items():
            if not isinstance(target, str) or target not in self.values or target in named:
                expected = ", ".join(other for other in self.values if other not in named)
                raise ProfileError(f"{where}.{name} is {target!r}; expected the state that it leads to, one of {expected}")
        codes: dict[Value, Value] = {self._canonical(name): self._canonical(str(target)) for name, target in named.items()}
        for name in self.values:
            if name not in named and self._canonical(name) in codes:
                raise ProfileError(f"{where}: {name} has the code of a state on the way; expected a code of its own")
        return codes

    def _refuse_unused(self, inserts: t.Iterable[str], spec: SettingSpec) -> None:
        written = repr([spec.get("set"), spec.get("get")])
        for key in inserts:
            if f"{{{key}}}" not in written:
                raise ProfileError(f"'{key}' is not a key of {self.where}{meant(key, _SETTING_KEYS)}, and no template of it inserts {{{key}}}; "
                                   f"expected one of {', '.join(sorted(_SETTING_KEYS))}")

    def _refuse_messages_without_value(self, example: str) -> None:
        names = {"value", self.name}
        if self.set is None and self.get is None:
            raise ProfileError(f"{self.where} needs set, get, or both")
        for key, message in (("set", self.set), ("get", self.get)):
            if message is not None and message.send is None:
                raise ProfileError(f"{self.where}.{key} needs send")
        if self.set is not None and not self.set.request.names & names:
            raise ProfileError(f"{self.where}.set.send needs the field value, for example {example}; where the value is the command itself, {{value:word}} "
                               "with a text for each name, for example values: {cut: CUT, auto: ATO}")
        if self.index is not None:
            self.index.refuse_unsaid(self.set)
            self.index.refuse_unsaid(self.get)
        elif self.in_table:
            raise ProfileError(f"{self.where}.get.rows tell of several; {self.where} needs index, for example {{name: output, numbers: 1-16}}")
        if self.get is not None and not all(reply.names & names for reply in self.get.replies or [self.get.request]):
            raise ProfileError(f"{self.where}.get.reply needs the field value, for example {example}")
        if self.get is not None and self.get.request.names & names:
            raise ProfileError(f"{self.where}.get.send has the value, which is what it asks for; expected the field in the reply alone")

    def members(self) -> dict[str, Setting]:
        """The settings that this one stands for, by name."""
        if self.index is None:
            return {self.name: self}
        return {f"{self.name}.{key}": self._member(self.index, key) for key in self.index.values}

    def _member(self, index: Index, key: str) -> Setting:
        member = copy.copy(self)
        member.name, member.address = f"{self.name}.{key}", {index.name: index.values[key]}
        return member

    @property
    def key(self) -> str:
        """Which member of its index it is; of one without an index, nothing."""
        return self.name[len(self.title) + 1:]

    def question(self) -> dict[str, Value]:
        """The fields that its question needs to say which one it is about; where one answer tells all, none."""
        return {name: value for name, value in self.address.items() if self.get is not None and name in self.get.request.names}

    @property
    def in_table(self) -> bool:
        """True where one answer has a row for each member that the device has."""
        return self.get is not None and self.get.rows is not None

    def answer(self, values: Values) -> Value | None:
        """The code that an answer to its question tells; None where it tells of others alone."""
        if self.in_table and self.index is not None:
            row = self.index.row_of(self.key, rows_of(values))
            return None if row is None else self.code_of(row)
        return self.code_of(values)

    def code(self, value: object) -> Code:
        """What stands in messages for a value that a person wants; ProfileError says what was expected."""
        code = self.readable_code(value)
        if self.set is not None and not self.can_be_set(code) and code not in self.transient:
            raise ProfileError(f"{self.name} is {value!r}, which can be read and not set; expected {self.expected()}")
        if code in self.transient:
            raise ProfileError(f"{self.name} is {value!r}, which can be read and not set: it is on the way to {self.value(self.transient[code])}; "
                               f"expected {self.expected()}")
        return code

    def readable_code(self, value: object) -> Code:
        """What stands in messages for a value that a person wrote, states on the way included."""
        value = _as_named(unquoted(value), self.values)
        if str(value) in self.values:
            return self._canonical(str(value))
        found = self.range.number(value) if self.range is not None else None
        if found is not None:
            return found
        number = as_whole(value)
        if number is not None and self.range is None and self.words is None and self._fits_request(number):
            return number
        raise ProfileError(f"{self.name} is {brief(value)}; expected {self.expected()}")

    def expected(self) -> str:
        """The values that can be set, in words."""
        if self.range is not None:
            return f"a {'whole ' if self.range.whole else ''}number from {self.range}"
        names = [name for name in self.values if self.can_be_set(self._canonical(name))]
        return f"one of {', '.join(names)}{'' if self.words else ', or the number of a code'}"

    def value(self, code: Value) -> Value:
        """The name of a code, or the number itself."""
        if self.words or not self.values:
            return code
        return next((name for name, other in self.values.items() if other == code), code)

    def can_be_set(self, code: Value) -> bool:
        """False for what can be read alone."""
        return code not in self.transient and (not self.sides or self.set is None or code in self.sides["set"])

    def fields(self, code: Value, key: str = "set") -> dict[str, Value]:
        """The fields of a message that sets (key: set) or tells (get) this code."""
        wire = self.sides[key].code(code) if self.sides else code
        return {"value": wire, self.title: wire, **self.address}

    def code_of(self, values: Values, key: str = "get") -> Value:
        """The code that the fields of a message that sets or tells it speak of; KeyError where they speak of none."""
        code = values["value"] if "value" in values else values[self.title]
        if self.sides:
            return self.sides[key].name(code)
        if self.range is not None:
            return self.range.read(code)
        return self._canonical(code) if self.words and isinstance(code, str) and code in self.words else code

    def has(self, code: Value) -> bool:
        """True where a code is one of this setting's."""
        if self.range is not None:
            return self.range.has(code)
        return code in (self.words or self.values.values())

    def same(self, one: Value | None, other: Value | None) -> bool:
        """True where two codes mean the same: they are one, or differ by no more than the tolerance."""
        return one == other or self.range is not None and one is not None and other is not None and self.range.same(one, other)

    def samples(self) -> list[Code]:
        """Codes that a page is tried with: every one that has a name and can be set, or the ends of the range."""
        return [code for code in self.readable() if self.can_be_set(code)]

    def readable(self) -> list[Code]:
        """Those codes, and the ones that can be read alone."""
        return list(self.range.ends()) if self.range is not None else [self._canonical(name) for name in self.values]

    def _canonical(self, name: str) -> Code:
        """Two names may share one code: the code of a number, the first name of a text."""
        code = self.values[name]
        return next(other for other in self.values if self.values[other] == code) if self.words else code

    def _fields(self) -> list[Field]:
        """The fields of the value where it is set, or read where it cannot be set."""
        fields = self.set.request.fields if self.set is not None else self.get.told_fields() if self.get is not None else []
        return [field for field in fields if field.name in ("value", self.title)]

    def _fits_request(self, number: int) -> bool:
        message = self.set or self.get
        fields = message.request.fields if message is not None else []
        limits = [field.limits() for field in fields if field.name in ("value", self.title)]
        return all(found is not None and found[0] <= number <= found[1] for found in limits)


def shared(settings: t.Sequence[Setting], codes: t.Sequence[Value]) -> Value | None:
    """The one value of an answer that tells several settings, each of which has its code; None where nothing says all of that."""
    said = [setting.sides["get"].codes(code) if setting.sides else [code] for setting, code in zip(settings, codes)]
    return next((value for value in said[0] if all(value in other for other in said)), None)


def _as_named(value: object, names: t.Iterable[str]) -> object:
    """The name that stood in YAML without quotes: 4:3 became 243, which is 4 times 60 and 3."""
    pairs = [(name, name.split(":")) for name in names if re.fullmatch("[0-9]+:[0-9]+", name)] if isinstance(value, int) else []
    return next((name for name, (left, right) in pairs if int(left) * 60 + int(right) == value), value)


def _is_code(code: object) -> bool:
    return isinstance(code, (int, str)) and not isinstance(code, bool)


def flattened(settings: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """{route: {1: 3}} as {route.1: 3}; what is told of one setting, a state and what it was, stays together."""
    flat: dict[str, t.Any] = {}
    for name, value in settings.items():
        several = isinstance(value, dict) and "state" not in value
        flat.update({f"{name}.{key}": each for key, each in value.items()} if several else {str(name): value})
    return flat


def nested(settings: t.Mapping[str, T], known: t.Mapping[str, Setting]) -> dict[str, T | dict[str, T]]:
    """{route.1: 3} as {route: {1: 3}}."""
    found: dict[str, t.Any] = {}
    for name, value in settings.items():
        setting = known[name]
        if setting.key:
            found.setdefault(setting.title, {})[setting.key] = value
        else:
            found[name] = value
    return found

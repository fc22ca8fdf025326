# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of an emulated board, and the reply to each request. No input or output: time comes from a clock."""

from __future__ import annotations

import copy
import secrets
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._numbers import as_whole
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Value
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._page.setting import Setting, shared
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile, merged, normalised
from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery.datagrams import mac_of
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import ROWS, Field, Template, rows_of

SWITCHES = ("relays.on", "relays.off", "relays.pulse", "relays.pulse_off", "relays.write")
GOES_ON = ".then"
"""Behind the name of a command: an exchange that belongs to it, and does nothing."""
ANNOUNCED = ("host_name", "mac", "announces")
UNKNOWN = b"?"
"""What an emulated board answers where its page gives it no text to say."""
MAC_BYTES = 6
CHALLENGE_BYTES = 4
SECONDS = ("transition", "reconnect", "busy")
"""What initial gives in seconds, where no reply has a field of this name."""
_STATE = ("coils", "_pulses", "settings", "_ways", "seconds", "rounding", "_busy_until", "replies", "echo", "names", "inputs", "analogue", "values")


def writes(what: str) -> bool:
    """True for the requests that change something, as far as the page knows."""
    return what in SWITCHES or what == "command" or what.startswith("settings.") and what.endswith(".set")


class Board:
    """Coils, settings, inputs, analogue values and what else a profile's replies speak of.

    initial: relays (numbers that are on), names ({number: name}, where the device tells what relays are called), settings ({name: value}), inputs (numbers
    that are active), analogue ({number: value}), replies ({command: answer}), echo (whether requests are repeated before the reply), transition (seconds for
    which a setting that is set reads as on the way), reconnect (seconds behind a close in which connections are turned away), busy (seconds from the
    first request on for which it is busy), and any other field.
    """

    def __init__(self, profile: Profile, initial: dict[str, t.Any] | None = None, password: str | None = None,
                 clock: t.Callable[[], float] = time.monotonic, unit: int | None = None) -> None:
        self.profile, self.password, self.clock = profile, password, clock
        self.unit = profile.unit_values(unit)
        self.coils = dict.fromkeys(profile.relays.numbers, False) if profile.relays else {}
        self._pulses: dict[int, tuple[float, bool]] = {}
        self.settings: dict[str, Value] = {name: setting.samples()[0] for name, setting in profile.settings.items()}
        self._ways: dict[str, tuple[float, Value]] = {}
        self.seconds = dict.fromkeys(SECONDS, 0.0)
        self.rounding = 0.0
        self._busy_until: float | None = None
        self.replies: dict[str, str] = {}
        self.echo = False
        self.names: dict[int, str] = {}
        self.inputs: set[int] = set()
        self.analogue: dict[int, t.Any] = {}
        self.values: dict[str, t.Any] = {"motor_disabled": 0}
        values = {**(profile.page.get("auto") or {}), **(profile.expected or {})}
        self._set_up(merged(merged(profile.page.get("emulator") or {}, values), normalised(initial or {})))

    def change(self, values: dict[str, t.Any], check: bool = False) -> bool:
        """Make parts of the state so, in the words of initial, and keep the others; True if anything became (with check: would become) different."""
        before, done = self._state(), False
        try:
            self._set_up(normalised(values))
            done = not check
            return self._state() != before
        finally:
            if not done:
                vars(self).update(before)

    def _state(self) -> dict[str, t.Any]:
        self.all_coils()
        return {name: copy.copy(getattr(self, name)) for name in _STATE}

    def _set_up(self, values: dict[str, t.Any]) -> None:
        values = dict(values)
        _refuse_other_shapes(values)
        if self.profile.relays and "relays" in values:
            on = _numbers("relays", values.pop("relays"), self.profile.relays.numbers)
            for number in self.coils:
                self._set(number, number in on)
        read = self.profile.relays.read if self.profile.relays else None
        tells = read is not None and any(field.name == "name" for reply in read.replies for field in reply.fields)
        names = {_number("names", number): str(name) for number, name in values.pop("names", {}).items()} if tells else {}
        _refuse_unknown("names", names, self.coils)
        self.names.update(names)
        settings = self.profile.current(values.pop("settings", {}))[0]
        _refuse_unknown("settings", settings, list(self.settings))
        for name, value in settings.items():
            self.settings[name] = self.profile.settings[name].readable_code(value)
            self._ways.pop(name, None)
        self.replies.update({str(command): str(reply) for command, reply in values.pop("replies", {}).items()})
        self.echo = bool(values.pop("echo", self.echo))
        if "inputs" in values:
            self.inputs = _numbers("inputs", values.pop("inputs"), self.profile.inputs.numbers if self.profile.inputs else [])
        analogue = {_number("analogue", number): value for number, value in values.pop("analogue", {}).items()}
        _refuse_unknown("analogue", analogue, self.profile.analogue.numbers if self.profile.analogue else [])
        self.analogue.update(analogue)
        self._refuse_unsayable_parts()
        named = _fields_of_replies(self.profile)
        if values.get("mac") is not None:
            values["mac"] = _plain_mac(self.profile, values["mac"])
        self._set_seconds({name: values.pop(name) for name in SECONDS if name in values and name not in named})
        if "rounding" in values and "rounding" not in named:
            self.rounding = _zero_or_more("rounding", values.pop("rounding"), "a number")
        _refuse_unknown("values", values, named)
        self.profile.refuse_unsayable(values, "initial")
        self.values.update(values)

    def _refuse_unsayable_parts(self) -> None:
        """ValueError where a reply could not tell an answer or a value of a channel; otherwise each question about it would fail."""
        command, analogue = self.profile.command, self.profile.analogue
        said = [(f"replies.{key}", command, {"reply": value}) for key, value in self.replies.items()]
        said += [(f"analogue.{key}", analogue.read if analogue else None, {"value": value}) for key, value in self.analogue.items()]
        for where, message, values in said:
            problem = message.replies[0].problem(values) if message and message.replies else None
            if problem:
                raise ValueError(f"initial.{where}: {problem}")

    def _set_seconds(self, values: dict[str, t.Any]) -> None:
        for name, value in values.items():
            self.seconds = {**self.seconds, name: _zero_or_more(name, value, "seconds")}
            self._busy_until = None if name == "busy" else self._busy_until

    def hears(self, what: str, values: dict[str, t.Any]) -> bool:
        """True unless a request is for another unit, or for a setting that is not answered in this state."""
        setting = self.profile.setting_of(what, values)
        for other, value in setting.needs.items() if setting else ():
            if other in self.settings and self.reading(other) != self.profile.settings[other].code(value):  # not there: no member is asked about
                return False
        return self.is_broadcast(values) or all(values.get(name, number) == number for name, number in self.unit.items())

    def is_broadcast(self, values: dict[str, t.Any]) -> bool:
        """True for a request to all units, which is done and not answered."""
        return any(self.profile.is_broadcast(values.get(name)) for name in self.unit)

    def reading(self, name: str) -> Value:
        """The code that a setting reads, which may be on the way to the one that it was set to."""
        if name in self._ways and self.clock() >= self._ways[name][0]:
            del self._ways[name]
        return self._ways[name][1] if name in self._ways else self.settings[name]

    def _rounded(self, setting: Setting) -> Value:
        """What a setting reads, which may be a little less than what was set."""
        code, numbers = self.reading(setting.name), setting.range
        if isinstance(code, str) or numbers is None or numbers.whole or setting.set is None:
            return code
        return max(numbers.lowest, code - self.rounding)

    def is_busy(self, message: Message) -> bool:
        """True where a request is answered so, and not done."""
        if not message.busy or not self.seconds["busy"]:
            return False
        if self._busy_until is None:
            self._busy_until = self.clock() + self.seconds["busy"]
        return self.clock() < self._busy_until

    def coil(self, number: int) -> bool:
        self._expire(number)
        return self.coils[number]

    def all_coils(self) -> dict[int, bool]:
        return {number: self.coil(number) for number in self.coils}

    def act(self, what: str, values: dict[str, t.Any]) -> dict[int, bool]:
        """Do what a request asks for; the coils that changed."""
        before = self.all_coils()
        relays, setting = self.profile.relays, self.profile.setting_of(what, values)
        if setting and what.endswith(".set"):
            self._make(setting, setting.code_of(values, "set"))
        number = relays.number_of(values) if relays else None
        if what in ("relays.on", "relays.off") and relays:
            for other in relays.meant(values):
                self._set(other, what == "relays.on")
        elif what in ("relays.pulse", "relays.pulse_off") and number is not None:
            self._set(number, what == "relays.pulse")
            self._pulses[number] = (self.clock() + values["seconds"], what != "relays.pulse")
        elif what == "relays.write" and relays:
            on = relays.meant(values)
            for other in relays.in_bank(values.get("bank")):
                self._set(other, (other in on) is not relays.inverted)
        return {other: on for other, on in self.coils.items() if before[other] != on}

    def _make(self, setting: Setting, code: Value) -> None:
        way = next((state for state, target in setting.transient.items() if target == code), None)
        if self.settings[setting.name] == code:
            return
        self._ways.pop(setting.name, None)
        if way is not None and self.seconds["transition"]:
            self._ways[setting.name] = self.clock() + self.seconds["transition"], way
        self.settings[setting.name] = code

    def reply(self, what: str, message: Message, values: dict[str, t.Any]) -> bytes | None:
        """The bytes of the first reply of a message, or None where it has none; of a banner the one that goes with a password, or with none."""
        if not message.replies:
            return None
        template = self._banner(message) if what == "banner" else message.replies[0]
        return template.render({**_blanks(template), **self._reply_values(what, values)})

    def _banner(self, message: Message) -> Template:
        """With a password the one that asks for a digest, or the first; without the one that asks for none, or the last."""
        digest = self.profile.digest
        asks = [digest is not None and bool(template.names.intersection(digest.challenge)) for template in message.replies]
        usual = message.replies[0 if self.password else -1]
        return next((template for template, asking in zip(message.replies, asks) if asking == bool(self.password)), usual) if any(asks) else usual

    def challenge(self) -> dict[str, str]:
        """What a login of a new connection tells, of which its digest is made; drawn, unless the state names it."""
        digest = self.profile.digest
        return {name: secrets.token_hex(CHALLENGE_BYTES) for name in digest.challenge if name not in self.values} if digest is not None else {}

    def denial(self, message: Message, values: dict[str, t.Any]) -> bytes | None:
        """The bytes that say that a password was wrong, or those of a refusal."""
        return message.locked[0].render({**_blanks(message.locked[0]), **self.values, **values}) if message.locked else self.refusal(message, values)

    def refusal(self, message: Message, values: dict[str, t.Any]) -> bytes | None:
        """The bytes of a refusal, or None where the device knows no refusal and stays silent."""
        if not message.refused:
            return None
        template = message.refused[0]
        return template.render({**_blanks(template), "code": self._code(template), **self.values, **values})

    def _code(self, refusal: Template) -> int:
        """The number of a refusal: 1, or where the page has words for other numbers alone the first of those."""
        numbers = [int(code) for code in self.profile.codes if code.isdecimal()]
        return 1 if 1 in numbers else next((number for number in numbers if refusal.problem({"code": number}) is None), 1)

    def busy_reply(self, message: Message, values: dict[str, t.Any]) -> bytes:
        """The bytes that say that it is busy."""
        return message.busy[0].render({**_blanks(message.busy[0]), **self.values, **values})

    def _reply_values(self, what: str, values: dict[str, t.Any]) -> dict[str, t.Any]:
        known = {**self.values, **values}
        together = self.profile.together.get(what, (what,))
        for name in together:
            known.update(self._told(name, values))
        settings = [setting for setting in (self.profile.setting_of(name, values) for name in together) if setting is not None]
        if len(settings) > 1:
            known["value"] = shared(settings, [self.reading(setting.name) for setting in settings])
        return known

    def _told(self, what: str, values: dict[str, t.Any]) -> dict[str, t.Any]:
        known: dict[str, t.Any] = {}
        relays, inputs, setting = self.profile.relays, self.profile.inputs, self.profile.setting_of(what, values)
        if setting and setting.in_table and what.endswith(".get"):
            known[ROWS] = [member.fields(self._rounded(member), "get") for member in setting.members().values()]
        elif setting:
            key = what.split(".")[2]
            if key == "get" or not values.keys().isdisjoint(("value", setting.title)):
                known.update(setting.fields(setting.code_of(values, key) if key == "set" else self._rounded(setting), key))
        elif what.startswith("info."):
            known[ROWS] = self.values.get(what[len("info."):], [])
        elif what == "command":
            known["reply"] = self.replies.get(values["command"], "OK")
        elif what == "relays.read" and relays:
            number, coils = relays.number_of(values), self.all_coils()
            if number is None:
                number = relays.lowest + (values.get("bank", 1) - 1) * 8
            known.update(relays.encode(number, coils), name=self._named(number))
            known[ROWS] = [{**row, "name": self._named(int(row["relay"]))} for row in rows_of(known)]
            if relays.meant(values) == relays.numbers:
                known["relays"] = relays.map_of(coils, relays.lowest)
        elif what.startswith("relays.") and relays:
            known["relays"] = relays.map_of(self.all_coils(), relays.lowest)
        elif what == "inputs" and inputs:
            known["inputs"] = sum(1 << number - inputs.numbers[0] for number in self.inputs)
        elif what == "analogue" and self.profile.analogue:
            known["value"] = self.analogue.get(values.get("channel", self.profile.analogue.numbers[0]), 0)
        return known

    def _set(self, number: int, on: bool) -> None:
        self._pulses.pop(number, None)
        self.coils[number] = on

    def _named(self, number: int) -> str:
        """What the device calls a relay, unless it was told otherwise."""
        return self.names.get(number, f"Outlet {number}")

    def _expire(self, number: int) -> None:
        if number in self._pulses and self.clock() >= self._pulses[number][0]:
            self.coils[number] = self._pulses.pop(number)[1]


def _blanks(template: Template) -> dict[str, Value]:
    """What a field says that the board knows nothing of; a row that may be there is not said then."""
    return {field.name: _blank(field) for field in template.fields if field.name not in template.optional}


def _blank(field: Field) -> Value:
    if not field.codec.numeric:
        return (field.codec.blank() or UNKNOWN).decode("latin-1")
    return field.fixed.bits if field.fixed is not None else 0


def _plain_mac(profile: Profile, written: t.Any) -> t.Any:
    """A MAC without what people write between its bytes, where the page or the announcement tells it as six bytes."""
    fields = [field for message in profile.messages() for template in message.replies for field in template.fields if field.name == "mac"]
    if any(field.codec.size != MAC_BYTES for field in fields):
        return written
    mac = mac_of(written)
    if mac is None:
        raise ValueError(f"initial.mac is {written!r}; expected six bytes such as 00:04:a3:12:34:56, in quotation marks")
    return mac.replace(":", "")


def _zero_or_more(name: str, value: t.Any, expected: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ValueError(f"initial.{name} is {value!r}; expected {expected}, 0 or more")
    return number


def _numbers(what: str, named: t.Iterable[t.Any], known: t.Iterable[int]) -> set[int]:
    numbers = {_number(what, number) for number in named}
    _refuse_unknown(what, numbers, known)
    return numbers


def _number(what: str, written: t.Any) -> int:
    number = as_whole(written)
    if number is None:
        raise ValueError(f"initial.{what}: {written!r} is not a number")
    return number


def _refuse_other_shapes(values: dict[str, t.Any]) -> None:
    for name in ("settings", "names", "analogue", "replies"):
        if not isinstance(values.get(name, {}), dict):
            raise ValueError(f"initial.{name} is {values[name]!r}; expected keys and values")
    for name in ("relays", "inputs"):
        given = values.get(name, [])
        if isinstance(given, (str, dict)) or not hasattr(given, "__iter__"):
            raise ValueError(f"initial.{name} is {given!r}; expected a list of numbers")


def _fields_of_replies(profile: Profile) -> set[str]:
    """What a reply of this model, or its announcement, can tell."""
    named = {name for message in profile.messages() for template in [*message.replies, *message.refused, *message.locked] for name in template.names}
    tables = {name for name, message in profile.info.items() if message.is_table}
    return named | tables | {"username"} | set(profile.expected or {}) | set(ANNOUNCED)


def _refuse_unknown(what: str, named: t.Iterable[t.Any], known: t.Iterable[t.Any]) -> None:
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise ValueError(f"initial.{what}: this model has no {', '.join(map(str, unknown))}")

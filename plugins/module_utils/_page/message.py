# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One exchange of a page: a request and the replies that may follow it. No input or output."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._numbers import PORT, Number, brief, seconds, whole
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import COMPLETE, MORE, WRONG, Data, FixedBits, Status, Value, Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import Busy, Code, Frame, MessageSpec, Page, RowsSpec, Templates, keys_of
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import MOST_ROWS, Field, Rows, Template, TemplateError, match_literal
from ansible_collections.bytewire.devices.plugins.module_utils._page.units import UNITS
from ansible_collections.bytewire.devices.plugins.module_utils._spelling import meant

LONGEST_REPLY = 64 * 1024
OPTIONAL = "optional"
"""The echo of a device that may repeat requests, or not."""

T = t.TypeVar("T")
Kind = t.Literal["reply", "refused", "locked", "busy", "more", "wrong"]
"""What a reply was; locked: a password is needed, or was wrong."""

_MESSAGE_KEYS = keys_of(MessageSpec)
_DEFAULTED: tuple[t.Literal["refused", "locked", "busy", "idle"], ...] = ("refused", "locked", "busy", "idle")
LONGEST_WAIT, LONGEST_PAUSE = 3600, 60
ROW_COUNT = whole(1, MOST_ROWS)
_WAIT, SOME = seconds(0, LONGEST_WAIT), seconds(0.001, LONGEST_WAIT)
SHAPES: dict[str, type | Number] = {
    "name": str, "title": str, "facts": str, "category": str, "notation": str, "port": PORT, "ignore_case": bool, "frame": dict, "unit": dict, "login": list,
    "echo": str, "ignore": list, "resync": str, "pause": seconds(0, LONGEST_PAUSE), "codes": dict, "idle": _WAIT, "identify": dict, "is": dict,
    "session": str, "connections": whole(1, 10000), "relays": dict, "inputs": dict, "analogue": dict, "info": dict, "emulator": dict, "unknown": str,
    "longest": whole(1, 16 * 1024 * 1024), "shortest": whole(0, 16 * 1024 * 1024), "when": str, "minimum": _WAIT, "flags": dict, "transport": str,
    "unacknowledged": str, "auto": dict, "setting": dict, "settings": dict, "command": dict, "timeout": SOME, "latest": _WAIT, "settle": _WAIT,
    "reconnect": _WAIT, "closes": bool, "fixed": dict, "hears": dict, "rows": dict, "logout": dict, "renamed": dict, "measured_in": dict,
    "between": str, "until": str,
}


class ProfileError(ValueError):
    """A page that is wrong: where, and what was expected."""


class Answer:
    """What a reply was: kind (reply, refused, locked, busy, more, wrong), end (bytes taken), values.

    may_be_echo: these bytes may be the echo of the request, or its beginning, behind which the reply is still to come.
    """

    __slots__ = ("kind", "end", "values", "may_be_echo")

    def __init__(self, kind: Kind, end: int = 0, values: dict[str, Value] | None = None, may_be_echo: bool = False) -> None:
        self.kind: Kind = kind
        self.end, self.values, self.may_be_echo = end, values or {}, may_be_echo


class Message:
    """One exchange: a request and the replies that may follow it."""

    may_be_empty = False
    """Whether silence from the beginning is a reply too."""
    loose = False
    """Whether the reply is in the words of a task, and may be anything."""

    def __init__(self, where: str, spec: MessageSpec, page: Page, words: t.Mapping[str, str] | None = None,
                 inserts: t.Mapping[str, object] | None = None, named: t.Mapping[str, t.Mapping[str, str]] | None = None, commands: bool = False) -> None:
        if isinstance(spec, str):
            raise ProfileError(f"{where} is {brief(spec)}; expected keys and values, for example {{send: ..., reply: ...}}")
        only(where, spec, _MESSAGE_KEYS)
        shaped(where, spec)
        defaults = {key: page[key] for key in _DEFAULTED if key in page and "reply" in spec}
        spec = t.cast(MessageSpec, {**defaults, **spec})
        frame = page.get("frame") if spec.get("frame", True) else None
        self.where = where
        self.trailing = "ignore" in spec
        self.idle = spec.get("idle")
        self.longest = spec.get("longest", LONGEST_REPLY)
        self.shortest = spec.get("shortest", 0)
        self.minimum = spec.get("minimum", 0)
        self.when = literal_of(f"{where}.when", page, spec["when"]) if "when" in spec else b""
        self.timeout = spec.get("timeout")
        self.latest, self.settle = spec.get("latest", page.get("latest")), spec.get("settle", page.get("settle"))
        self.flags = _flags(where, spec.get("flags") or {})
        self.echo_optional = page.get("echo") == OPTIONAL
        self.echo = b"" if self.echo_optional else literal_of(where, page, page["echo"]) if "echo" in page else None
        busy, self.busy_every, self.busy_for = _busy(where, spec.get("busy"))

        request_frame, reply_frame = (frame.get("send"), frame.get("reply")) if frame else (None, None)

        def compiled(key: str, texts: Templates | None, around: str | None = None, rows: Rows | None = None) -> list[Template]:
            return [self._template(key, text, page, words, inserts, around, rows, named) for text in listed(texts)]

        if isinstance(spec.get("send"), list):
            raise ProfileError(f"{where}.send is a list; a message has one request")
        self.send = next(iter(compiled("send", spec.get("send"), request_frame)), None)
        self.rows = self._rows(spec["rows"], compiled) if "rows" in spec else None
        self.replies = compiled("reply", spec.get("reply"), reply_frame, self.rows)
        self.refused = compiled("refused", spec.get("refused"), reply_frame)
        self.busy = compiled("busy", busy, reply_frame)
        self.locked = compiled("locked", spec.get("locked"), reply_frame)
        self.ignore = compiled("ignore", spec.get("ignore", page.get("ignore")), reply_frame)
        self.free = any(template.free for template in self.replies)
        if self.idle is None and self.open_ended:
            raise ProfileError(f"{where}.reply has no end of its own; add idle, the seconds of silence that end it")
        for name in self.flags:
            self._numbers("flags", name)
        self.fixed = frozenset(spec.get("fixed") or {})
        self._fix(spec.get("fixed") or {})
        self.no_value = self._no_value(spec, page)
        self.measured_in = self._measured_in(spec.get("measured_in") or {})
        if self.send is None and not self.replies:
            raise ProfileError(f"{where} needs send, or a reply to wait for")
        if "then" in spec and not commands:
            raise ProfileError(f"{where}.then: only what switches or sets, and a command, goes on; expected no then here")
        steps = _steps(where, spec.get("then", page.get("then", []))) if commands else []
        self.then = [Message(f"{where}.then.{number}", step, page, words, inserts, named) for number, step in enumerate(steps)]

    @property
    def request(self) -> Template:
        """What is sent; ProfileError where the message only waits for a reply, and send is None."""
        if self.send is None:
            raise ProfileError(f"{self.where} needs send")
        return self.send

    @property
    def answered(self) -> bool:
        """Whether there is a reply to wait for."""
        return bool(self.replies)

    @property
    def acknowledged(self) -> bool:
        """Whether the device says that it took it, in this exchange or in one that belongs to it."""
        return any(message.answered for message in (self, *self.then))

    @property
    def form(self) -> tuple[object, ...]:
        """What it is: messages of one form ask the same, and an answer to one is an answer to the other."""
        return (self.send.form if self.send is not None else None, *(reply.form for reply in self.replies))

    @property
    def open_ended(self) -> bool:
        """Whether only silence ends a reply, which takes whatever stands behind it for its own."""
        return any(template.open_ended for template in self.replies)

    def show(self, values: Values) -> str:
        """The request as hex text, secrets masked."""
        return self.request.show(values)

    def _template(self, key: str, text: str, page: Page, words: t.Mapping[str, str] | None, inserts: t.Mapping[str, object] | None,
                  frame: str | None, rows: Rows | None, named: t.Mapping[str, t.Mapping[str, str]] | None) -> Template:
        try:
            template = Template(text, page["notation"], words, inserts, bool(page.get("ignore_case")), frame, rows, named)
        except (TemplateError, ValueError) as error:
            raise ProfileError(f"{self.where}.{key}: {error}")
        size = sum(field.codec.size or 0 for field in template.fields)
        if size > LONGEST_REPLY and not self.loose:
            raise ProfileError(f"{self.where}.{key}: its fields have {size} bytes; expected {LONGEST_REPLY} at most")
        return template

    def _rows(self, spec: RowsSpec, compiled: t.Callable[..., list[Template]]) -> Rows:
        """What repeats behind the reply."""
        where = f"{self.where}.rows"
        only(where, spec, keys_of(RowsSpec))
        shaped(where, spec)
        readings = isinstance(spec.get("each"), list)
        if readings and not self.where.startswith("info."):
            raise ProfileError(f"{where}.each is a list, whose rows are readings; expected one template, outside info")
        if not spec.get("each") or ("until" in spec) == ("count" in spec):
            raise ProfileError(f"{where} needs each, and until or count; expected for example {{each: \"{{output:d}} {{value:d}}\\n\", until: \"\\n\"}}")
        count = int(bounded(f"{where}.count", spec["count"], ROW_COUNT)) if "count" in spec else 0
        until = compiled("rows.until", spec.get("until"))
        try:
            between = compiled("rows.between", spec.get("between"))
            if between and between[0].fields:
                raise TemplateError("between takes bytes alone, no fields")
            return Rows(compiled("rows.each", spec["each"]), until[0] if until else None, count, between[0].render({}) if between else b"", readings)
        except TemplateError as error:
            raise ProfileError(f"{where}: {error}")

    def _numbers(self, key: str, name: str) -> list[Field]:
        """The fields of this name, of which every reply must have one that is a whole number."""
        fields = [next((field for field in template.fields if field.name == name), None) for template in self.replies]
        found = [field for field in fields if field is not None]
        if not found or len(found) < len(fields):
            raise ProfileError(f"{self.where}.{key}: no reply has the field {name}, or not every one")
        if any(field.codec.limits is None or field.factor != field.divisor for field in found):
            raise ProfileError(f"{self.where}.{key}: {name} is not a whole number in the reply; expected for example {{{name}:u8}}")
        return found

    def _fix(self, fixed: t.Mapping[str, object]) -> None:
        """Hold fields of the reply to the bits that they always have."""
        for name, text in fixed.items():
            where = f"{self.where}.fixed.{name}"
            if isinstance(text, (int, float)):
                raise ProfileError(f"{where} is {text!r}; write it in quotes (YAML turned it into a number)")
            if not isinstance(text, str) or not re.fullmatch("[01x]+", text):
                raise ProfileError(f"{where} is {text!r}; expected 0, 1 or x for each bit, the most significant first, for example \"0xx1xx10\"")
            for field in self._numbers("fixed", name):
                lowest, highest = field.codec.limits or (0, 0)
                if lowest or field.offset or highest & (highest + 1):
                    raise ProfileError(f"{where}: {name} is not a number of so many bits in the reply; expected for example {{{name}:u8}}")
                if len(text) != highest.bit_length():
                    raise ProfileError(f"{where} is {text!r}; expected {highest.bit_length()} bits, as the reply has them")
                field.fixed = FixedBits(text)

    @property
    def is_table(self) -> bool:
        """Whether the reply tells a list of rows, all of the same form."""
        return self.rows is not None and not self.rows.readings

    def told_fields(self) -> list[Field]:
        """The fields of the replies, those of rows included."""
        return [field for template in self.replies for field in template.fields]

    def _no_value(self, spec: MessageSpec, page: Page) -> frozenset[str]:
        """The words that stand in the reply where a decimal number has no value; its fields understand them."""
        where = f"{self.where}.no_value" if "no_value" in spec else "no_value"
        words = listed(spec.get("no_value", page.get("no_value")))
        for word in words:
            if not isinstance(word, str) or not word.strip() or word != word.strip():
                raise ProfileError(f"{where} is {brief(word)}; expected what stands in the place of a number, in quotes, for example [\"---.-\", \"NA\"]")
        fields = [field for field in self.told_fields() if field.codec.continues]
        if "no_value" in spec and not any(field.codec.continues or field.codec.fractional for field in self.told_fields()):
            raise ProfileError(f"{where}: no reply has a decimal number of any length; expected for example {{voltage:f}}")
        for field in fields if words else ():
            field.no_value = tuple(word.encode("latin-1", "replace") for word in words)
        return frozenset(words)

    def _measured_in(self, spec: t.Mapping[str, object]) -> dict[str, str]:
        """{field: unit}, for people; that of a word of the vocabulary is known."""
        names = {field.name for field in self.told_fields() if field.name}
        for name, unit in spec.items():
            if name not in names:
                raise ProfileError(f"{self.where}.measured_in.{name}: no reply has this field; expected one of {', '.join(sorted(names))}")
            unit_of(f"{self.where}.measured_in.{name}", unit)
        known = {field.name: UNITS[field.name] for field in self.told_fields() if field.name in UNITS and field.codec.limits is not None}
        return {**known, **t.cast("dict[str, str]", spec)}

    def told(self, value: Value) -> Value | None:
        """What a field of the reply says, without blanks around it, or None where that is that there is no value."""
        value = value.strip(" ") if isinstance(value, str) else value
        return None if value in self.no_value else value

    def read(self, data: Data, known: Values, sent: bytes = b"", final: bool = False) -> Answer:
        """The Answer that stands at the start of data, behind the echo and anything to be ignored."""
        return self._read(data, known, sent + self.echo if self.echo is not None and sent else b"", final, False)

    def _read(self, data: Data, known: Values, echo: bytes, final: bool, heard: bool) -> Answer:
        """The Answer behind an echo that was heard, or is to be heard first; where there is no echo, it is empty."""
        skipped = 0
        while True:
            rest = data[skipped:]
            status, end = match_literal(echo, rest, 0, len(rest)) if echo and rest else (WRONG, 0)
            begun = False
            behind: Answer | None = None
            if not heard and status == COMPLETE:
                behind = self._read(rest[end:], known, echo, final, True)
                if not self.echo_optional or behind.kind not in ("more", "wrong"):
                    return Answer(behind.kind, behind.end + end + skipped, behind.values)
                begun = behind.kind == "more" and len(rest) > end
            if not heard and status == MORE and not final and not self.echo_optional:
                return Answer("more")
            answer = self._read_here(rest, known, final)
            if begun and answer.end < len(rest):
                return Answer("more")
            if behind is not None and behind.kind == answer.kind == "wrong":  # and so would everything be that is behind a further echo
                return Answer("wrong", behind.end + end + skipped)
            if answer.kind != "wrong" or not rest:
                may_be_echo = self.echo_optional and not heard and status != WRONG and (begun or 0 < answer.end <= len(echo))
                return Answer(answer.kind, answer.end + skipped, answer.values, may_be_echo)
            status, end = (status, end) if status == COMPLETE else self._skippable(rest, status)
            if status != COMPLETE or end == 0:
                return Answer("more" if status == MORE and not final else "wrong", skipped)
            skipped += end

    def _read_here(self, data: Data, known: Values, final: bool) -> Answer:
        if not data and not final:
            return Answer("more")
        waiting = False
        for kind, templates in self._in_order():
            for template in templates:
                match = template.match(data, known, final)
                if match.status == COMPLETE and match.end >= self.shortest:
                    return Answer(kind, match.end, match.values)
                waiting = waiting or match.status == MORE
        return Answer("more" if waiting and not final else "wrong")

    def _in_order(self) -> list[tuple[Kind, list[Template]]]:
        """What a reply is taken for, first to last; one of free text would swallow a refusal."""
        if self.free:
            return [("locked", self.locked), ("busy", self.busy), ("refused", self.refused), ("reply", self.replies)]
        return [("reply", self.replies), ("locked", self.locked), ("busy", self.busy), ("refused", self.refused)]

    def _skippable(self, data: Data, waiting: Status) -> tuple[Status, int]:
        """(status, end) of what is ignored at the start of data; waiting is the status where nothing is."""
        for template in self.ignore:
            match = template.match(data)
            if match.status == COMPLETE:
                return COMPLETE, match.end
            waiting = MORE if match.status == MORE else waiting
        return waiting, 0


def unit_of(where: str, unit: object) -> str:
    """What something is measured in; ProfileError where that is not a word."""
    if not isinstance(unit, str) or not unit.strip():
        raise ProfileError(f"{where} is {brief(unit)}; expected a unit in quotes, for example \"V\"")
    return unit


def shaped(where: str, spec: t.Mapping[str, object]) -> None:
    """ProfileError where a value in this part of a page is not of the kind that its key takes."""
    for key, value in spec.items():
        shape = SHAPES.get(key)
        if shape is None:
            continue
        path = f"{where}.{key}" if where else key
        if isinstance(shape, Number):
            bounded(path, value, shape)
        elif (not isinstance(value, shape) or isinstance(value, bool) and shape is not bool) and not (key == "frame" and value is False and where):
            raise ProfileError(f"{path} is {brief(value)}; expected {_IN_WORDS[shape]}")
        if shape is dict and key == "frame" and value:
            only("frame", value, keys_of(Frame))


def _busy(where: str, spec: Templates | Busy | None) -> tuple[Templates | None, float, float]:
    """(templates, every, for): what says that the device is busy, and how often for how many seconds it is asked again."""
    if not isinstance(spec, dict):
        return spec, 0, 0
    where = f"{where}.busy"
    only(where, spec, keys_of(Busy))
    for key in ("reply", "every", "for"):
        if key not in spec:
            raise ProfileError(f"{where} has no {key}; expected for example {{reply: \"BUSY\", every: 2, for: 30}}")
    every, long = bounded(f"{where}.every", spec["every"], SOME), bounded(f"{where}.for", spec["for"], SOME)
    if every > long:
        raise ProfileError(f"{where}.every is {every:g}; expected no more than for, which is {long:g}")
    return spec["reply"], every, long


def _steps(where: str, spec: object) -> list[MessageSpec]:
    """The further exchanges of a message; one may stand alone."""
    steps = spec if isinstance(spec, list) else [spec] if spec else []
    for number, step in enumerate(steps):
        only(f"{where}.then.{number}", step, _MESSAGE_KEYS)
        if not step.get("send") or not step.get("reply"):
            raise ProfileError(f"{where}.then.{number} needs send and reply, for example {{send: \"y\\r\", reply: \"# \"}}")
    return t.cast("list[MessageSpec]", steps)


def bounded(where: str, value: object, kind: Number) -> float:
    """A number of a page; ProfileError where it is none, or out of bounds."""
    if isinstance(value, bool) or not isinstance(value, int if kind == "int" else (int, float)):
        raise ProfileError(f"{where} is {brief(value)}; expected {'a whole number' if kind == 'int' else 'a number'}")
    problem = kind.problem(value)
    if problem is not None:
        raise ProfileError(f"{where} {problem}")
    return value


def _flags(where: str, spec: t.Mapping[str, t.Mapping[str, str]]) -> dict[str, dict[int, str]]:
    """{field: {bit: words}} of a field whose bits have a meaning of their own."""
    for field, bits in spec.items():
        if not isinstance(bits, dict) or not all(re.fullmatch("[0-9]{1,3}", bit) and isinstance(words, str) for bit, words in bits.items()):
            raise ProfileError(f"{where}.flags.{field} is {bits!r}; expected words for the numbers of bits, for example {{3: offline}}")
    return {field: {int(bit): words for bit, words in bits.items()} for field, bits in spec.items()}


_IN_WORDS: dict[type, str] = {str: "a text in quotes", bool: "true or false", dict: "keys and values", list: "a list"}


def only(where: str, spec: object, allowed: t.Collection[str], told: t.Collection[str] = ()) -> None:
    """ProfileError where this part of a page is not a dictionary, or has a key that is not allowed; told are the keys that it may have, if not these."""
    if not isinstance(spec, dict):
        raise ProfileError(f"{where or 'the page'} is {brief(spec)}; expected keys and values")
    for key in spec:
        if key not in allowed:
            expected = sorted(told or allowed)
            raise ProfileError(f"'{key}' is not a key of {where or 'a page'}{meant(str(key), expected)}; expected one of {', '.join(expected)}")


def listed(value: Templates | None) -> list[str]:
    """One template, several or none, as a list."""
    return [] if value is None else value if isinstance(value, list) else [value]


def unquoted(value: T) -> T | str:
    """A word of a page or task; YAML makes booleans of on and off without quotes."""
    return ("on" if value else "off") if isinstance(value, bool) else value


def words_of(values: t.Mapping[str, Code]) -> dict[str, str] | None:
    """The codes where all are texts, or None."""
    words = {name: code for name, code in values.items() if isinstance(code, str)}
    return words if len(words) == len(values) else None


def literal_of(where: str, page: Page, text: str) -> bytes:
    """The bytes of a template without fields; ProfileError where it is not one."""
    try:
        template = Template(text, page["notation"])
    except ValueError as error:
        raise ProfileError(f"{where}: {error}")
    if template.fields:
        raise ProfileError(f"{where} takes bytes alone, no fields")
    return template.render({})

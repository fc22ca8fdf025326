# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A profile: one page that describes a device, loaded and checked. No input or output.

The client renders its requests and reads its replies; the emulator reads its requests and renders its replies.
A page is a dictionary with extends already resolved; a wrong one is refused with the key and what was expected.
"""

from __future__ import annotations

import json

from ansible_collections.bytewire.devices.plugins.module_utils._message import (
    COMPLETE, MORE, WRONG, Template, TemplateError, match_literal,
)
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import number_ranges
from ansible_collections.bytewire.devices.plugins.module_utils._session import SESSIONS

LONGEST_REPLY = 64 * 1024

_PAGE_KEYS = frozenset((
    "name", "title", "facts", "notation", "port", "ignore_case", "frame", "unit", "login", "echo", "ignore", "resync",
    "pause", "refused", "busy", "codes", "idle", "identify", "is", "session", "connections", "relays", "inputs", "analogue",
    "info", "emulator", "unknown", "relatives",
))
_MESSAGE_KEYS = frozenset(("send", "reply", "refused", "busy", "idle", "longest", "shortest", "frame"))
_RELAYS_KEYS = frozenset(("numbers", "values", "read", "on", "off", "pulse", "pulse_off", "write"))
_DEFAULTED = ("refused", "busy", "idle")
_NUMBER = (int, float)
_SHAPES = {
    "name": str, "title": str, "facts": str, "notation": str, "port": int, "ignore_case": bool, "frame": dict, "unit": dict, "login": list,
    "echo": str, "ignore": list, "resync": str, "pause": _NUMBER, "codes": dict, "idle": _NUMBER, "identify": dict, "is": dict, "session": str,
    "connections": int, "relays": dict, "inputs": dict, "analogue": dict, "info": dict, "emulator": dict, "unknown": str,
    "longest": int, "shortest": int,
}


class ProfileError(ValueError):
    """A page that is wrong: where, and what was expected."""


class Answer:
    """What a reply was: kind (reply, refused, busy, more, wrong), end (bytes taken), values."""

    __slots__ = ("kind", "end", "values")

    def __init__(self, kind, end=0, values=None):
        self.kind, self.end, self.values = kind, end, values or {}


class Message:
    """One exchange: a request and the replies that may follow it."""

    def __init__(self, where, spec, page, words=None, inserts=None):
        _only(where, spec, _MESSAGE_KEYS)
        _shaped(where, spec)
        spec = dict({key: page[key] for key in _DEFAULTED if key in page and "reply" in spec}, **spec)
        frame = page.get("frame") if spec.get("frame", True) else None
        self.where = where
        self.idle = spec.get("idle")
        self.longest = spec.get("longest", LONGEST_REPLY)
        self.shortest = spec.get("shortest", 0)
        self.echo = _literal_of(where, page, page["echo"]) if "echo" in page else None

        def compiled(key, side):
            return [self._template(key, text, page, words, inserts, (frame or {}).get(side)) for text in _listed(spec.get(key))]

        if isinstance(spec.get("send"), list):
            raise ProfileError("%s.send is a list; a message has one request" % where)
        self.send = (compiled("send", "send") or [None])[0]
        self.replies, self.refused, self.busy = compiled("reply", "reply"), compiled("refused", "reply"), compiled("busy", "reply")
        self.ignore = [self._template("ignore", text, page, words, inserts, (frame or {}).get("reply"))
                       for text in _listed(page.get("ignore"))]
        if self.idle is None and any(template.open_ended for template in self.replies):
            raise ProfileError("%s.reply has no end of its own; add idle, the seconds of silence that end it" % where)
        if self.send is None and not self.replies:
            raise ProfileError("%s needs send, or a reply to wait for" % where)

    def _template(self, key, text, page, words, inserts, frame):
        try:
            return Template(text, page["notation"], words, inserts, bool(page.get("ignore_case")), frame)
        except (TemplateError, ValueError) as error:
            raise ProfileError("%s.%s: %s" % (self.where, key, error))

    def read(self, data, known, sent=b"", final=False):
        """The Answer that stands at the start of data, behind any echo and anything to be ignored."""
        skipped = 0
        while True:
            answer = self._read_here(data[skipped:], known, final)
            if answer.kind != "wrong" or skipped >= len(data):
                return Answer(answer.kind, answer.end + skipped, answer.values)
            status, end = self._skippable(data[skipped:], sent)
            if status != COMPLETE or end == 0:
                return Answer("more" if status == MORE and not final else "wrong", skipped)
            skipped += end

    def _read_here(self, data, known, final):
        if not data and not final:
            return Answer("more")
        waiting = False
        for kind, templates in (("reply", self.replies), ("busy", self.busy), ("refused", self.refused)):
            for template in templates:
                match = template.match(data, known, final)
                if match.status == COMPLETE and match.end >= self.shortest:
                    return Answer(kind, match.end, match.values)
                waiting = waiting or match.status == MORE
        return Answer("more" if waiting and not final else "wrong")

    def _skippable(self, data, sent):
        waiting = WRONG
        if self.echo is not None and sent:
            status, end = match_literal(sent + self.echo, data, 0, len(data))
            if status == COMPLETE:
                return status, end
            waiting = status
        for template in self.ignore:
            match = template.match(data)
            if match.status == COMPLETE:
                return COMPLETE, match.end
            waiting = MORE if match.status == MORE else waiting
        return waiting, 0

    @property
    def answered(self):
        return bool(self.replies)


class Relays:
    """The relays of a board: their numbers, and the messages that read and switch them."""

    def __init__(self, spec, page):
        _only("relays", spec, _RELAYS_KEYS)
        try:
            self.numbers = number_ranges(spec["numbers"])
        except (KeyError, ValueError):
            raise ProfileError("relays.numbers is %r; expected for example 1-8 or \"1-4, 9-16\"" % (spec.get("numbers"),))
        self.lowest = self.numbers[0]
        self.values = spec.get("values", {"off": 0, "on": 1})
        if not isinstance(self.values, dict) or sorted(self.values) != ["off", "on"]:
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
            if key.startswith("pulse") and "seconds" not in message.send.names:
                raise ProfileError("relays.%s.send needs the field seconds, for example {seconds*10:u8}" % key)
        if self.read is not None:
            self._refuse_blind_reading()

    def _refuse_blind_reading(self):
        """A relay that no reply speaks of would be taken for off."""
        for template in self.read.replies or [None]:
            if template is None or not template.names & {"relays", "state"}:
                raise ProfileError("relays.read.reply needs the field relays (a map) or state (of one relay)")
            for field in template.fields:
                if field.name == "relays":
                    covered = self.covered(self.numbers[-1])
                    bits = field.codec.limits[1].bit_length()
                    if covered[-1] - self._base(covered[-1]) >= bits:
                        raise ProfileError("relays.read.reply: a map of %d bits does not tell relay %d" % (bits, covered[-1]))
                if field.name == "state" and len(self.covered(self.lowest)) > 1:
                    raise ProfileError("relays.read.send addresses no relay, but its reply tells the state of one")

    def fields(self, number):
        """How a relay is addressed: every reserved name that may stand in a template."""
        index = number - self.lowest
        return {"relay": number, "index": index, "bank": index // 8 + 1, "bit": index % 8}

    def number_of(self, values):
        """The relay that the fields of a request speak of, or None."""
        if "relay" in values:
            return values["relay"]
        if "index" in values:
            return values["index"] + self.lowest
        if "bit" in values:
            return (values.get("bank", 1) - 1) * 8 + values["bit"] + self.lowest
        return None

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
        if names & {"relay", "index", "bit"}:
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
        """(shortest, longest) seconds that a pulse message can say; the shortest is also the step."""
        field = next(field for field in message.send.fields if field.name == "seconds")
        shortest, longest = field.limits()
        return max(shortest, 1.0 / field.factor), longest


class Channels:
    """Inputs or analogue channels of a board: their numbers and how they are read."""

    def __init__(self, where, spec, page):
        _only(where, spec, frozenset(("numbers", "read")))
        try:
            self.numbers = number_ranges(spec["numbers"])
            read = spec["read"]
        except (KeyError, ValueError):
            raise ProfileError("%s needs numbers, for example 1-8, and read: {send, reply}" % where)
        self.read = Message(where + ".read", read, page)


class Profile:
    """A page, compiled."""

    def __init__(self, page):
        page = normalised(page)
        _only("", page, _PAGE_KEYS)
        _shaped("", page)
        self.page = page
        self.name = page.get("name", "inline")
        self.port = page.get("port")
        self.connections = page.get("connections")
        self.pause = page.get("pause", 0)
        self.unit = page.get("unit") or {}
        _only("unit", self.unit, frozenset(("name", "default", "minimum", "maximum")))
        self.codes = {str(code): words for code, words in (page.get("codes") or {}).items()}
        self.expected = page.get("is")
        if page.get("notation") not in ("hex", "text"):
            raise ProfileError("notation is %r; expected hex or text" % (page.get("notation"),))
        if self.port is not None and not 0 < self.port < 65536:
            raise ProfileError("port is %r; expected a number from 1 to 65535" % (self.port,))
        self.resync, self.unknown = (_literal_of(key, page, page[key]) if key in page else b"" for key in ("resync", "unknown"))
        self._compile(page)

    def _compile(self, page):
        unframed = {key: value for key, value in page.items() if key != "frame"}
        self.login = [Message("login.%d" % number, spec, unframed) for number, spec in enumerate(page.get("login") or ())]
        self.identify = Message("identify", page["identify"], page) if page.get("identify") else None
        if self.expected and not self.identify:
            raise ProfileError("'is' says who the device must be, but there is no identify message to ask it")
        self.relays = Relays(page["relays"], page) if page.get("relays") else None
        self.inputs = Channels("inputs", page["inputs"], page) if page.get("inputs") else None
        self.analogue = Channels("analogue", page["analogue"], page) if page.get("analogue") else None
        self.info = {name: Message("info." + name, spec, page) for name, spec in (page.get("info") or {}).items()}
        session = page.get("session")
        if session is not None and session not in SESSIONS:
            raise ProfileError("session is %r; expected one of %s" % (session, ", ".join(sorted(SESSIONS))))
        plain = {"notation": "hex"}
        self.session_name = session
        self.session = {name: Message("session." + name, spec, plain) for name, spec in SESSIONS.get(session, {}).items()}

    def requests(self):
        """Every message that has a request once the login is over, as (what it is, Message), the one with the fewest fields first."""
        found = [("session." + name, message) for name, message in self.session.items()]
        found += [("identify", self.identify)] if self.identify else []
        found += [("relays." + name, message) for name, message in self.relays.messages.items()] if self.relays else []
        found += [(name, channels.read) for name, channels in (("inputs", self.inputs), ("analogue", self.analogue)) if channels]
        found += [("info." + name, message) for name, message in self.info.items()]
        found = [(what, message) for what, message in found if message.send is not None]
        return sorted(found, key=lambda pair: len(pair[1].send.fields))

    def check(self):
        """Render every message for every relay and parse it back: the same message and relay must come out."""
        if self.relays is None:
            return
        requests = self.requests()
        for what, message in self.relays.messages.items():
            for number in self.relays.numbers:
                values = {**self.relays.fields(number), "transaction": 1, "relays": 0, **self.unit_values(None)}
                if message in (self.relays.pulse, self.relays.pulse_off):
                    values["seconds"] = self.relays.pulse_limits(message)[0]
                try:
                    data = message.send.render(values)
                except TemplateError as error:
                    raise ProfileError("relays.%s.send: relay %d: %s" % (what, number, error))
                self._check_parse(requests, "relays." + what, number, data)

    def _check_parse(self, requests, what, number, data):
        for other, message in requests:
            match = message.send.match(data, final=True)
            if match.status == COMPLETE and match.end == len(data) and self.fits(other, match.values):
                heard = self.relays.number_of(match.values)
                switches = what not in ("relays.read", "relays.write")
                if other != what or heard not in ((number,) if switches else (None, number)):
                    raise ProfileError("%s for relay %d reads as %s for relay %s: the messages cannot be told apart"
                                       % (what, number, other, heard))
                return
        raise ProfileError("%s for relay %d is not understood by the page's own emulator" % (what, number))

    def fits(self, what, values):
        """True where the values of a parsed request are in range."""
        if "seconds" in values and values["seconds"] <= 0:
            return False
        if what.startswith("relays."):
            return self.relays.has(values)
        if what == "analogue" and "channel" in values:
            return values["channel"] in self.analogue.numbers
        return True

    def unit_values(self, unit):
        """The field of the unit option: {set_id: 1}; ProfileError where it is out of range."""
        if not self.unit:
            if unit is not None:
                raise ProfileError("%s has no units" % self.name)
            return {}
        unit = self.unit.get("default", 1) if unit is None else unit
        if not self.unit.get("minimum", 0) <= unit <= self.unit.get("maximum", 255):
            raise ProfileError("unit %s: %s takes %s to %s" % (unit, self.name, self.unit.get("minimum", 0), self.unit.get("maximum", 255)))
        return {self.unit.get("name", "unit"): unit}

    def is_what_it_says(self, identity):
        """True where an identity meets the page's 'is'."""
        return meets(self.expected, identity)

    def relative(self, identity):
        """The name of the related model that an identity belongs to, or None."""
        return next((name for name, expected in (self.page.get("relatives") or {}).items() if meets(expected, identity)), None)


def meets(expected, identity):
    """True where every value that a page's 'is' demands is in an identity."""
    return all(identity.get(name) == value for name, value in (expected or {}).items())


_CACHE = {}


def load(page):
    """The Profile of a page; compiled once per content."""
    key = json.dumps(page, sort_keys=True)
    if key not in _CACHE:
        _CACHE[key] = Profile(page)
    return _CACHE[key]


def normalised(page):
    """The page with the keys on and off that YAML made booleans mapped back, and every other key as text."""
    if isinstance(page, dict):
        return {_key(key): normalised(value) for key, value in page.items()}
    if isinstance(page, list):
        return [normalised(value) for value in page]
    return page


def _key(key):
    if isinstance(key, bool):
        return "on" if key else "off"
    return key if isinstance(key, str) else str(key)


def _shaped(where, spec):
    for key, value in spec.items():
        shape = _SHAPES.get(key)
        wrong = shape is not None and (not isinstance(value, shape) or isinstance(value, bool) and shape is not bool)
        if wrong and not (key == "frame" and value is False and where):
            raise ProfileError("%s is %r; expected %s" % (where + "." + key if where else key, value, _in_words(shape)))
        if shape is _NUMBER and value < 0:
            raise ProfileError("%s is %r; expected seconds, 0 or more" % (key, value))
        if shape is dict and key == "frame" and value:
            _only("frame", value, frozenset(("send", "reply")))


def _in_words(shape):
    return {str: "a text in quotes", int: "a whole number", bool: "true or false", dict: "keys and values", list: "a list"}.get(shape, "a number")


def _only(where, spec, allowed):
    if not isinstance(spec, dict):
        raise ProfileError("%s is %r; expected keys and values" % (where or "the page", spec))
    for key in spec:
        if key not in allowed:
            raise ProfileError("'%s' is not a key of %s; expected one of %s" % (key, where or "a page", ", ".join(sorted(allowed))))


def _listed(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def _literal_of(where, page, text):
    try:
        template = Template(text, page["notation"])
    except TemplateError as error:
        raise ProfileError("%s: %s" % (where, error))
    if template.fields:
        raise ProfileError("%s takes bytes alone, no fields" % where)
    return template.render({})

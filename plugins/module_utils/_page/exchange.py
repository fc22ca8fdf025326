# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One exchange of a page: a request and the replies that may follow it. No input or output."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._page.message import (
    COMPLETE, MORE, WRONG, Template, TemplateError, match_literal,
)

LONGEST_REPLY = 64 * 1024

_MESSAGE_KEYS = frozenset(("send", "reply", "refused", "busy", "ignore", "idle", "longest", "shortest", "minimum", "flags", "when", "frame"))
_DEFAULTED = ("refused", "busy", "idle")
_NUMBER = (int, float)
_SHAPES = {
    "name": str, "title": str, "facts": str, "notation": str, "port": int, "ignore_case": bool, "frame": dict, "unit": dict, "login": list,
    "echo": str, "ignore": list, "resync": str, "pause": _NUMBER, "codes": dict, "idle": _NUMBER, "identify": dict, "is": dict, "session": str,
    "connections": int, "relays": dict, "inputs": dict, "analogue": dict, "info": dict, "emulator": dict, "unknown": str,
    "longest": int, "shortest": int, "when": str, "minimum": _NUMBER, "flags": dict, "transport": str, "unacknowledged": str, "auto": dict,
    "setting": dict, "settings": dict, "command": dict,
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

    may_be_empty = False
    """Whether silence from the beginning is a reply too."""
    loose = False
    """Whether an echo of the request could be taken for the reply."""

    def __init__(self, where, spec, page, words=None, inserts=None):
        only(where, spec, _MESSAGE_KEYS)
        shaped(where, spec)
        spec = dict({key: page[key] for key in _DEFAULTED if key in page and "reply" in spec}, **spec)
        frame = page.get("frame") if spec.get("frame", True) else None
        self.where = where
        self.trailing = "ignore" in spec
        self.idle = spec.get("idle")
        self.longest = spec.get("longest", LONGEST_REPLY)
        self.shortest = spec.get("shortest", 0)
        self.minimum = spec.get("minimum", 0)
        self.when = literal_of(where + ".when", page, spec["when"]) if "when" in spec else b""
        self.flags = _flags(where, spec.get("flags") or {})
        self.echo = literal_of(where, page, page["echo"]) if "echo" in page else None

        def compiled(key, side):
            return [self._template(key, text, page, words, inserts, (frame or {}).get(side)) for text in listed(spec.get(key))]

        if isinstance(spec.get("send"), list):
            raise ProfileError("%s.send is a list; a message has one request" % where)
        self.send = (compiled("send", "send") or [None])[0]
        self.replies, self.refused, self.busy = compiled("reply", "reply"), compiled("refused", "reply"), compiled("busy", "reply")
        self.ignore = [self._template("ignore", text, page, words, inserts, (frame or {}).get("reply"))
                       for text in listed(spec.get("ignore", page.get("ignore")))]
        self.free = any(template.free for template in self.replies)
        if self.idle is None and any(template.open_ended for template in self.replies):
            raise ProfileError("%s.reply has no end of its own; add idle, the seconds of silence that end it" % where)
        self._refuse_flags_of_none()
        if self.send is None and not self.replies:
            raise ProfileError("%s needs send, or a reply to wait for" % where)

    def _template(self, key, text, page, words, inserts, frame):
        try:
            return Template(text, page["notation"], words, inserts, bool(page.get("ignore_case")), frame)
        except (TemplateError, ValueError) as error:
            raise ProfileError("%s.%s: %s" % (self.where, key, error))

    def _refuse_flags_of_none(self):
        for name in self.flags:
            for fields in [template.fields for template in self.replies] or [[]]:
                field = next((field for field in fields if field.name == name), None)
                if field is None:
                    raise ProfileError("%s.flags: no reply has the field %s, or not every one" % (self.where, name))
                if field.codec.limits is None or field.factor != 1:
                    raise ProfileError("%s.flags: %s is not a whole number in the reply; expected for example {%s:u8}" % (self.where, name, name))

    def read(self, data, known, sent=b"", final=False):
        """The Answer that stands at the start of data, behind any echo and anything to be ignored."""
        skipped = self._echoed(data, sent, final) if self.free or self.loose else 0
        if skipped is None:
            return Answer("more")
        while True:
            answer = self._read_here(data[skipped:], known, final)
            if answer.kind != "wrong" or skipped >= len(data):
                return Answer(answer.kind, answer.end + skipped, answer.values)
            status, end = self._skippable(data[skipped:], sent)
            if status != COMPLETE or end == 0:
                return Answer("more" if status == MORE and not final else "wrong", skipped)
            skipped += end

    def _echoed(self, data, sent, final):
        """How many bytes are the echo of the request, which free text would swallow; None where that cannot be told yet."""
        if self.echo is None or not sent or not data:
            return 0
        status, end = match_literal(sent + self.echo, data, 0, len(data))
        return end if status == COMPLETE else None if status == MORE and not final else 0

    def _read_here(self, data, known, final):
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

    def _in_order(self):
        """What a reply is taken for, first to last; one of free text would swallow a refusal."""
        reply, others = ("reply", self.replies), [("busy", self.busy), ("refused", self.refused)]
        return others + [reply] if self.free else [reply] + others

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


def shaped(where, spec):
    for key, value in spec.items():
        shape = _SHAPES.get(key)
        wrong = shape is not None and (not isinstance(value, shape) or isinstance(value, bool) and shape is not bool)
        if wrong and not (key == "frame" and value is False and where):
            raise ProfileError("%s is %r; expected %s" % (where + "." + key if where else key, value, _in_words(shape)))
        if shape is _NUMBER and value < 0:
            raise ProfileError("%s is %r; expected seconds, 0 or more" % (key, value))
        if shape is dict and key == "frame" and value:
            only("frame", value, frozenset(("send", "reply")))


def _flags(where, spec):
    """{field: {bit: words}} of a field whose bits have a meaning of their own."""
    for field, bits in spec.items():
        if not isinstance(bits, dict) or not all(bit.isdecimal() and isinstance(words, str) for bit, words in bits.items()):
            raise ProfileError("%s.flags.%s is %r; expected words for the numbers of bits, for example {3: offline}" % (where, field, bits))
    return {field: {int(bit): words for bit, words in bits.items()} for field, bits in spec.items()}


def _in_words(shape):
    return {str: "a text in quotes", int: "a whole number", bool: "true or false", dict: "keys and values", list: "a list"}.get(shape, "a number")


def only(where, spec, allowed):
    if not isinstance(spec, dict):
        raise ProfileError("%s is %r; expected keys and values" % (where or "the page", spec))
    for key in spec:
        if key not in allowed:
            raise ProfileError("'%s' is not a key of %s; expected one of %s" % (key, where or "a page", ", ".join(sorted(allowed))))


def listed(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def unquoted(value):
    """A word of a page or task; YAML makes booleans of on and off without quotes."""
    return ("on" if value else "off") if isinstance(value, bool) else value


def literal_of(where, page, text):
    try:
        template = Template(text, page["notation"])
    except ValueError as error:
        raise ProfileError("%s: %s" % (where, error))
    if template.fields:
        raise ProfileError("%s takes bytes alone, no fields" % where)
    return template.render({})

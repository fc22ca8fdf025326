# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A profile: one page that describes a device, loaded and checked. No input or output.

The client renders its requests and reads its replies; the emulator reads its requests and renders its replies.
A page is a dictionary with extends already resolved; a wrong one is refused with the key and what was expected.
"""

from __future__ import annotations

import json

from ansible_collections.bytewire.devices.plugins.module_utils._page.exchange import Message, ProfileError, literal_of, only, shaped, unquoted
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import COMPLETE, TemplateError
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import TRANSPORTS
from ansible_collections.bytewire.devices.plugins.module_utils._page.parts import Channels, Relays, Setting
from ansible_collections.bytewire.devices.plugins.module_utils._device.session import SESSIONS

_PAGE_KEYS = frozenset((
    "name", "title", "facts", "notation", "port", "transport", "ignore_case", "frame", "unit", "login", "echo", "ignore", "resync",
    "pause", "refused", "busy", "codes", "idle", "identify", "is", "auto", "session", "connections", "relays", "unacknowledged",
    "setting", "settings", "inputs", "analogue", "info", "command", "emulator", "unknown", "relatives",
))


class Profile:
    """A page, compiled."""

    def __init__(self, page):
        page = normalised(page)
        only("", page, _PAGE_KEYS)
        shaped("", page)
        self.page = page
        self.name = page.get("name", "inline")
        self.port = page.get("port")
        self.transport = page.get("transport", "tcp")
        self.connections = page.get("connections")
        self.unacknowledged = page.get("unacknowledged", "")
        self.pause = page.get("pause", 0)
        self.unit = page.get("unit") or {}
        only("unit", self.unit, frozenset(("name", "default", "minimum", "maximum", "broadcast")))
        for key, value in self.unit.items():
            if not isinstance(value, str if key == "name" else int) or isinstance(value, bool):
                raise ProfileError("unit.%s is %r; expected %s" % (key, value, "a text in quotes" if key == "name" else "a whole number"))
        self.codes = {str(code): words for code, words in (page.get("codes") or {}).items()}
        self.expected = page.get("is")
        if page.get("notation") not in ("hex", "text"):
            raise ProfileError("notation is %r; expected hex or text" % (page.get("notation"),))
        if self.port is not None and not 0 < self.port < 65536:
            raise ProfileError("port is %r; expected a number from 1 to 65535" % (self.port,))
        if self.transport not in TRANSPORTS:
            raise ProfileError("transport is %r; expected one of %s" % (self.transport, ", ".join(TRANSPORTS)))
        self.resync, self.unknown = (literal_of(key, page, page[key]) if key in page else b"" for key in ("resync", "unknown"))
        self._compile(page)

    def _compile(self, page):
        unframed = {key: value for key, value in page.items() if key != "frame"}
        self.login = [Message("login.%d" % number, spec, unframed) for number, spec in enumerate(page.get("login") or ())]
        self.identify = Message("identify", page["identify"], page) if page.get("identify") else None
        if (self.expected or page.get("auto")) and not self.identify:
            raise ProfileError("'is' says who the device must be, but there is no identify message to ask it")
        for key in ("is", "auto"):
            self._refuse_unsaid(key, page.get(key) or {})
        self.relays = Relays(page["relays"], page) if page.get("relays") else None
        self.settings = self._settings(page)
        self.inputs = Channels("inputs", page["inputs"], page) if page.get("inputs") else None
        self.analogue = Channels("analogue", page["analogue"], page) if page.get("analogue") else None
        self.info = {name: Message("info." + name, spec, page) for name, spec in (page.get("info") or {}).items()}
        self.command = Message("command", page["command"], page) if page.get("command") else None
        if self.command is not None and (self.command.send is None or "command" not in self.command.send.names):
            raise ProfileError("command.send needs the field command, for example {command:text}")
        self._compile_session(page.get("session"))

    def _refuse_unsaid(self, key, identity):
        """An identity that no answer can have would fit no device."""
        for name, value in identity.items():
            fields = [field for template in self.identify.replies for field in template.fields if field.name]
            same = [field for field in fields if field.name == name]
            if not same:
                raise ProfileError("%s.%s: no reply to identify has this field; expected one of %s"
                                   % (key, name, ", ".join(sorted({field.name for field in fields})) or "its fields, which have no names"))
            if not any(field.tells(value) for field in same):
                limits = same[0].limits()
                raise ProfileError("%s.%s is %r, which no reply to identify can say; expected %s"
                                   % (key, name, value, "a number from %g to %g" % limits if limits else "a text as the reply has it"))

    def _compile_session(self, session):
        if session is not None and session not in SESSIONS:
            raise ProfileError("session is %r; expected one of %s" % (session, ", ".join(sorted(SESSIONS))))
        plain = {"notation": "hex"}
        self.session_name = session
        self.session = {name: Message("session." + name, spec, plain) for name, spec in SESSIONS.get(session, {}).items()}

    def _settings(self, page):
        specs = page.get("settings") or {}
        shared = page.get("setting") or {}
        for name, spec in specs.items():
            only("settings." + name, spec, spec)
        settings = {name: Setting(name, merged(shared, spec), page) for name, spec in specs.items()}
        for setting in settings.values():
            for other, value in setting.needs.items():
                if other not in settings or settings[other].get is None:
                    raise ProfileError("settings.%s.needs: there is no setting '%s' that can be read" % (setting.name, other))
                try:
                    settings[other].code(value)
                except ProfileError as error:
                    raise ProfileError("settings.%s.needs: %s" % (setting.name, error))
        return settings

    def requests(self):
        """Every message that has a request once the login is over, as (what it is, Message).

        The one with the fewest fields comes first, and the free command, which may read like any other, last.
        """
        found = [("session." + name, message) for name, message in self.session.items()]
        found += [("identify", self.identify)] if self.identify else []
        found += [("relays." + name, message) for name, message in self.relays.messages.items()] if self.relays else []
        found += [("settings.%s.%s" % (name, key), message) for name, setting in self.settings.items()
                  for key, message in (("set", setting.set), ("get", setting.get)) if message]
        found += [(name, channels.read) for name, channels in (("inputs", self.inputs), ("analogue", self.analogue)) if channels]
        found += [("info." + name, message) for name, message in self.info.items()]
        found += [("command", self.command)] if self.command else []
        found = [(what, message) for what, message in found if message.send is not None]
        return sorted(found, key=lambda pair: (pair[0] == "command", len(pair[1].send.fields)))

    def setting_of(self, what):
        """The Setting that a request of this kind speaks of, or None."""
        return self.settings.get(what.split(".")[1]) if what.startswith("settings.") else None

    def check(self):
        """Render every message for every relay and value and parse it back: the same must come out."""
        requests = self.requests()
        common = dict(self.unit_values(None), transaction=1)
        for what, message, values, subject in self._sayings():
            try:
                data = message.send.render(dict(values, **common))
            except TemplateError as error:
                raise ProfileError("%s.send: %s: %s" % (what, subject, error))
            self._check_parse(requests, what, values, subject, data)
            _check_answers(what, message, dict(values, **common), subject)
        for what, message, values, subject in self._tellings():
            _check_answers(what, message, dict(values, **common), subject)

    def _sayings(self):
        """(what it is, Message, values, what it is about in words) of everything that switches, sets or reads."""
        for what, message in self.relays.messages.items() if self.relays else ():
            for number in self.relays.numbers:
                values = self.relays.fields(number)
                if message is self.relays.write:
                    values["relays"] = 0
                if message in (self.relays.pulse, self.relays.pulse_off):
                    values["seconds"] = self.relays.pulse_limits(message)[0]
                yield "relays." + what, message, values, "relay %d" % number
        for name, setting in self.settings.items():
            for code in setting.samples():
                if setting.set is not None:
                    yield "settings.%s.set" % name, setting.set, setting.fields(code), "value %s" % setting.value(code)
            if setting.get is not None:
                yield "settings.%s.get" % name, setting.get, {}, "a query"

    def _tellings(self):
        """(what it is, Message, values, what it is about in words) of everything that an answer to a question may have to say."""
        if self.relays and self.relays.read:
            for code, on in self.relays.states.items():
                yield "relays.read", self.relays.read, {"state": code}, "a relay that is %s" % ("on" if on else "off")
        for name, setting in self.settings.items():
            for code in setting.samples() if setting.get else ():
                yield "settings.%s.get" % name, setting.get, setting.fields(code), "value %s" % setting.value(code)

    def _check_parse(self, requests, what, values, subject, data):
        for other, message in requests:
            match = message.send.match(data, final=True)
            if match.status == COMPLETE and match.end == len(data) and self.fits(other, match.values):
                same = other == what and self._same(what, values, match.values)
                if not same and other == what and self._is_blind(what, match.values):
                    raise ProfileError("%s.send does not say which relay; add a field, for example {relay:u8}" % what)
                if not same:
                    raise ProfileError("%s for %s reads as %s for %s: the messages cannot be told apart"
                                       % (what, subject, other, self._subject(other, match.values)))
                return
        raise ProfileError("%s for %s is not understood by the page's own emulator" % (what, subject))

    def refuse_confusable(self, setting, code):
        """The error for a code that would be sent as another message: on some displays 255 is not a value but a question."""
        what = "settings.%s.set" % setting.name
        data = setting.set.send.render(dict(setting.fields(code), transaction=1, **self.unit_values(None)))
        for other, message in self.requests():
            match = message.send.match(data, final=True)
            if other not in (what, "command") and match.status == COMPLETE and match.end == len(data):
                raise ProfileError("%s: %s would be sent as %s; expected %s" % (setting.name, code, other, setting.expected()))

    def _same(self, what, said, heard):
        setting = self.setting_of(what)
        if setting is not None:
            return what.endswith(".get") or setting.heard(heard) == setting.heard(said)
        number = self.relays.number_of(heard)
        return number == said["relay"] or number is None and what in ("relays.read", "relays.write")

    def _is_blind(self, what, heard):
        return what.startswith("relays.") and self.relays.number_of(heard) is None

    def _subject(self, what, values):
        setting = self.setting_of(what)
        if setting is not None:
            return "value %s" % setting.heard(values)
        return "relay %s" % self.relays.number_of(values) if self.relays else "nothing"

    def fits(self, what, values):
        """True where the values of a parsed request are in range."""
        setting = self.setting_of(what)
        if setting is not None and what.endswith(".set"):
            return setting.has(setting.heard(values))
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
        in_range = self.unit.get("minimum", 0) <= unit <= self.unit.get("maximum", 255)
        if not in_range and not self.is_broadcast(unit):
            raise ProfileError("unit %s: %s takes %s to %s" % (unit, self.name, self.unit.get("minimum", 0), self.unit.get("maximum", 255)))
        return {self.unit.get("name", "unit"): unit}

    def is_broadcast(self, unit):
        """True for the unit that speaks to all at once, of which no reply is expected."""
        return unit is not None and unit == self.unit.get("broadcast")

    def is_what_it_says(self, identity):
        """True where an identity meets the page's 'is'."""
        return meets(self.expected, identity)

    def relative(self, identity):
        """The name of the related model that an identity belongs to, or None."""
        return next((name for name, expected in (self.page.get("relatives") or {}).items() if meets(expected, identity)), None)


def _check_answers(what, message, known, subject):
    """Of each kind of answer at least one must be able to say what it is about."""
    for kind, templates in (("reply", message.replies), ("refused", message.refused), ("busy", message.busy)):
        problems = [template.problem(known) for template in templates]
        if templates and all(problems):
            raise ProfileError("%s.%s: %s: %s" % (what, kind, subject, problems[0]))


def meets(expected, identity):
    """True where every value that a page's 'is' demands is in an identity."""
    return all(identity.get(name) == value for name, value in (expected or {}).items())


_BY_CONTENT = {}
_BY_PAGE = {}  # id of a page: (the page, its Profile); a fleet asks for few pages often
_MOST_PAGES = 256


def load(page):
    """The Profile of a page, which is not changed any more; compiled once per content."""
    known, profile = _BY_PAGE.get(id(page), (None, None))
    if known is not page:
        key = json.dumps(page, sort_keys=True)
        profile = _BY_CONTENT[key] = _BY_CONTENT.get(key) or Profile(page)
        if len(_BY_PAGE) >= _MOST_PAGES:
            _BY_PAGE.clear()
        _BY_PAGE[id(page)] = page, profile
    return profile


def merged(base, page):
    """A dictionary on top of another, deeply; null removes a key."""
    result = dict(base)
    for key, value in page.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def normalised(page):
    """The page with the keys on and off that YAML made booleans mapped back, and every other key as text."""
    if isinstance(page, dict):
        return {_key(key): normalised(value) for key, value in page.items()}
    if isinstance(page, list):
        return [normalised(value) for value in page]
    return page


def _key(key):
    key = unquoted(key)
    return key if isinstance(key, str) else str(key)

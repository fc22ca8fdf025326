# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A profile: one page that describes a device, loaded and checked. No input or output.

The client renders its requests and reads its replies; the emulator reads its requests and renders its replies.
A page is a dictionary with extends already resolved; a wrong one is refused with the key and what was expected.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._numbers import brief, whole
from ansible_collections.bytewire.devices.plugins.module_utils._page.about import refuse_wrong_words
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import COMPLETE, Value, Values, as_number
from ansible_collections.bytewire.devices.plugins.module_utils._page.digest import digest_of, samples
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message, ProfileError, bounded, listed, literal_of, only, shaped, unquoted
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import MOST
from ansible_collections.bytewire.devices.plugins.module_utils._page.parts import Channels, Relays
from ansible_collections.bytewire.devices.plugins.module_utils._page.sessions import SESSIONS
from ansible_collections.bytewire.devices.plugins.module_utils._page.setting import Setting, flattened, shared
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import HeardSpec, Identity, MessageSpec, Page, SettingSpec, UnitSpec, Yaml, keys_of
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import Match, TemplateError

UNIT = whole(0, 65535)
MOST_SETTINGS = 256
NOTATIONS = ("hex", "text")
TRANSPORTS = ("tcp", "tls", "telnet", "serial", "rfc2217")

T = t.TypeVar("T")
Example = t.Tuple[str, Message, t.Dict[str, Value], str]
"""What a message is, the Message, the values of its fields, and what it is about in words."""

_PAGE_KEYS = keys_of(Page)
TOLD_KEYS = _PAGE_KEYS - {"relatives"} | {"extends"}
"""The keys that people write: not what the collection adds, and what is resolved by now."""
_REMEDY = "; where one answer tells both, give both the same send and the same reply, with a field for each"
_REQUEST = re.compile(r"relays\.(?:read|on|off|pulse|pulse_off|write)|settings\..+\.(?:set|get)|info\..+|identify|inputs|analogue|command")


class Profile:
    """A page, compiled."""

    def __init__(self, content: Yaml) -> None:
        content = normalised(content)
        only("", content, _PAGE_KEYS, TOLD_KEYS)
        shaped("", content)
        page = t.cast(Page, content)
        refuse_wrong_words(page)
        self.page = page
        self.name = page.get("name", "inline")
        self.port = page.get("port")
        self.transport = page.get("transport", "tcp")
        self.connections = page.get("connections")
        self.unacknowledged = page.get("unacknowledged", "")
        self.pause = page.get("pause", 0)
        self.latest, self.settle = page.get("latest"), page.get("settle")
        self.longest_latest = 0.0
        self.reconnect, self.closes = page.get("reconnect", 0), page.get("closes", False)
        self.unit: UnitSpec = page.get("unit") or {}
        only("unit", self.unit, keys_of(UnitSpec))
        for key, value in self.unit.items():
            if key != "name":
                bounded(f"unit.{key}", value, UNIT)
            elif not isinstance(value, str):
                raise ProfileError(f"unit.name is {brief(value)}; expected a text in quotes")
        self.codes: dict[str, str] = page.get("codes") or {}
        for code, words in self.codes.items():
            if not isinstance(words, str):
                raise ProfileError(f"codes.{code} is {brief(words)}; expected a text in quotes")
        self.expected = page.get("is")
        notation = page.get("notation")
        if notation not in NOTATIONS:
            raise ProfileError(f"notation is {notation!r}; expected {' or '.join(NOTATIONS)}")
        if self.transport not in TRANSPORTS:
            raise ProfileError(f"transport is {self.transport!r}; expected one of {', '.join(TRANSPORTS)}")
        self.resync = literal_of("resync", page, page["resync"]) if "resync" in page else b""
        self.unknown = literal_of("unknown", page, page["unknown"]) if "unknown" in page else b""
        self._compile(page)

    def _compile(self, page: Page) -> None:
        unframed = page.copy()
        unframed.pop("frame", None)
        self.login = [Message(f"login.{number}", spec, unframed) for number, spec in enumerate(page.get("login") or ())]
        self.identify = Message("identify", page["identify"], page) if page.get("identify") else None
        if self.identify is not None:
            _refuse_impossible("is", page.get("is") or {}, self.identify)
            _refuse_impossible("auto", page.get("auto") or {}, self.identify)
        elif self.expected or page.get("auto"):
            raise ProfileError("'is' says who the device must be, but there is no identify message to ask it")
        self.relays = Relays(page["relays"], page) if page.get("relays") else None
        self.told = self._settings(page)
        self.settings = {name: member for setting in self.told.values() for name, member in setting.members().items()}
        self._check_needs()
        self.renamed: dict[str, str] = page.get("renamed") or {}
        for old, new in self.renamed.items():
            if old in self.told or not isinstance(new, str):
                raise ProfileError(f"settings.{old} is called {brief(new)} now (renamed); expected that word in its place")
        self.inputs = Channels("inputs", page["inputs"], page) if page.get("inputs") else None
        self.analogue = Channels("analogue", page["analogue"], page) if page.get("analogue") else None
        self.info = {name: Message(f"info.{name}", spec, page) for name, spec in (page.get("info") or {}).items()}
        self.command = Message("command", page["command"], page, commands=True) if page.get("command") else None
        if self.command is not None and (self.command.send is None or "command" not in self.command.send.names):
            raise ProfileError("command.send needs the field command, for example {command:text}")
        self.logout = Message("logout", page["logout"], page) if page.get("logout") else None
        if self.logout is not None and self.logout.send is None:
            raise ProfileError("logout needs send")
        self._compile_session(page, page.get("session"))
        self.digest = digest_of(page, self.messages(), self.login)
        self.samples = samples(self.login)

    def _compile_session(self, page: Page, session: str | None) -> None:
        if session is not None and session not in SESSIONS:
            raise ProfileError(f"session is {session!r}; expected one of {', '.join(sorted(SESSIONS))}")
        plain = t.cast(Page, {"notation": "hex", **{key: page[key] for key in ("latest", "settle") if key in page}})
        specs: dict[str, MessageSpec] = SESSIONS[session] if session is not None else {}
        self.session_name = session
        self.session = {name: Message(f"session.{name}", spec, plain) for name, spec in specs.items()}
        messages = [message for dummy, message in [*self.requests(), *self.steps()]]
        self.longest_latest = max([self.latest or 0.0] + [message.latest or 2 * (message.timeout or 0.0) + 1 for message in messages])

    def _settings(self, page: Page) -> dict[str, Setting]:
        specs = page.get("settings") or {}
        shared = page.get("setting") or {}
        if shared and "settings" not in page:
            raise ProfileError("setting is what all settings have in common, and there are none; expected settings: {power: ...} for one called power")
        if len(specs) > MOST_SETTINGS:
            raise ProfileError(f"settings has {len(specs)} settings; expected {MOST_SETTINGS} at most")
        for name, spec in specs.items():
            only(f"settings.{name}", spec, spec)
        return {name: Setting(name, t.cast(SettingSpec, merged(shared, spec)), page) for name, spec in specs.items()}

    def _check_needs(self) -> None:
        """ProfileError where a setting needs one that there is not; of two with the same index a member needs its own: volume.main needs power.main."""
        if len(self.settings) > MOST:
            raise ProfileError(f"settings has {len(self.settings)} settings, with all that their indexes have; expected {MOST} at most")
        for setting in self.settings.values():
            setting.needs = {f"{other}.{setting.key}" if f"{other}.{setting.key}" in self.settings else other: value for other, value in setting.needs.items()}
            for other, value in setting.needs.items():
                if other not in self.settings or self.settings[other].get is None:
                    raise ProfileError(f"{setting.where}.needs: there is no setting '{other}' that can be read")
                try:
                    self.settings[other].code(value)
                except ProfileError as error:
                    raise ProfileError(f"{setting.where}.needs: {error}")

    def current(self, settings: t.Mapping[str, T]) -> tuple[dict[str, T], dict[str, str]]:
        """Settings by the names that they have, each member of its own; and {word of before: name} of those that were called so."""
        found: dict[str, T] = {}
        old: dict[str, str] = {}
        for name, value in flattened(settings).items():
            title, point, key = name.partition(".")
            if title in self.renamed:
                old[title] = self.renamed[title]
            name = f"{self.renamed.get(title, title)}{point}{key}"
            if name in found:
                raise ProfileError(f"{name} is given twice, once as it was called before ({', '.join(old)}); say it once")
            found[name] = value
        return found, old

    def examples(self) -> list[Setting]:
        """The settings, and of one with an index the first member and the last."""
        members = [list(setting.members()) for setting in self.told.values()]
        return [self.settings[name] for names in members for name in dict.fromkeys((names[0], names[-1]))]

    def requests(self) -> list[tuple[str, Message]]:
        """Every message that has a request once the login is over, as (what it is, Message).

        The one with the fewest fields comes first, and the free command, which may read like any other, last.
        """
        found = [(f"session.{name}", message) for name, message in self.session.items()]
        found += [("identify", self.identify)] if self.identify else []
        found += [(f"relays.{name}", message) for name, message in self.relays.messages.items()] if self.relays else []
        found += [(f"settings.{name}.{key}", message) for name, setting in self.told.items()
                  for key, message in (("set", setting.set), ("get", setting.get)) if message]
        found += [(name, channels.read) for name, channels in (("inputs", self.inputs), ("analogue", self.analogue)) if channels]
        found += [(f"info.{name}", message) for name, message in self.info.items()]
        found += [("logout", self.logout)] if self.logout else []
        found += [("command", self.command)] if self.command else []
        found = [(what, message) for what, message in found if message.send is not None]
        return sorted(found, key=lambda pair: (pair[0] == "command", len(pair[1].request.fields)))

    def steps(self) -> list[tuple[str, Message]]:
        """What goes on behind the requests, as (what it belongs to, Message)."""
        return [(what, step) for what, message in self.requests() for step in message.then]

    @functools.cached_property
    def together(self) -> dict[str, list[str]]:
        """What one exchange answers, by the name of each question: those that send the same and have the same reply."""
        groups: dict[tuple[object, ...], list[str]] = {}
        for what, message in self.requests():
            if _is_question(what):
                groups.setdefault(message.form, []).append(what)
        return {what: group for group in groups.values() for what in group}

    @functools.cached_property
    def heard(self) -> list[tuple[str, Message]]:
        """What the page's hears says, as (what it is, Message): the emulator takes it beside the requests."""
        return [pair for name, spec in (self.page.get("hears") or {}).items() for pair in self._heard(f"hears.{name}", spec)]

    def _heard(self, where: str, spec: HeardSpec) -> t.Iterator[tuple[str, Message]]:
        only(where, spec, keys_of(HeardSpec))
        shaped(where, spec)
        what, page = spec.get("as", where), t.cast(Page, {**self.page, "notation": spec.get("notation", self.page["notation"])})
        if "as" in spec and not _REQUEST.fullmatch(str(what)):
            raise ProfileError(f"{where}.as is {what!r}; expected what a message is called, such as relays.on, settings.power.set, info.mac or command")
        if "as" in spec and not (self.relays and what.startswith("relays.") or what in [name for name, dummy in self.requests()]):
            return  # a page that extends another may have taken it away
        setting = self.setting_of(what)
        words = setting.words_for(what.split(".")[-1]) if setting else self.relays.words if self.relays else None
        message = {key: value for key, value in spec.items() if key not in ("as", "notation", "send")}
        if not listed(spec.get("send")):
            raise ProfileError(f"{where} needs send")
        for send in listed(spec.get("send")):
            named = {"relay": self.relays.wire_names} if self.relays else None
            made = Message(where, t.cast(MessageSpec, {**message, "send": send}), page, words, named=named, commands="reply" not in spec and _commands(what))
            needed = _needed(what, setting)
            if needed and not made.request.names & needed:
                raise ProfileError(f"{where}.send needs the field {min(needed)}")
            if all(self.relays is None or "bank" in template.names or self.relays.fit_into(template.fields) for template in [made.request, *made.replies]):
                yield what, made

    def setting_of(self, what: str, values: Values | None = None) -> Setting | None:
        """The Setting that a request of this kind, with these values, speaks of, or None; the one that stands for all where the values say no member."""
        setting = self.told.get(what.split(".")[1]) if what.startswith("settings.") else None
        key = setting.index.key_of(values) if setting is not None and setting.index is not None and values is not None else None
        return setting if setting is None or key is None else self.settings[f"{setting.name}.{key}"]

    def check(self) -> None:
        """Render every message for every relay and value and parse it back: the same must come out."""
        requests = self.requests()
        common: dict[str, Value] = {**self.unit_values(None), "transaction": 1}
        for what, message, values, subject in self._request_examples():
            try:
                data = message.request.render({**self.samples, **values, **common})
            except TemplateError as error:
                raise ProfileError(f"{what}.send: {subject}: {error}")
            self._check_parse(requests, what, values, subject, data)
            _check_answers(what, message, {**values, **common}, subject)
            _check_steps(message, {**values, **common}, subject)
        if self.command is not None:
            _check_steps(self.command, {"command": "?", **common}, "")
        for what, message, values, subject in self._question_examples():
            self._check_parse(requests, what, values, subject, message.request.render({**self.samples, **values, **common}))
        for what, message, values, subject in self._answer_examples():
            _check_answers(what, message, {**values, **common}, subject)
        list(self.heard)  # made here, where what is wrong with it is told
        said = self.page.get("emulator") or {}
        self.refuse_unsayable({name: value for name, value in said.items() if name not in ("relays", "inputs")}, "emulator")

    def refuse_unsayable(self, values: t.Mapping[str, object], where: str) -> None:
        """ProfileError where an emulated device shall say what does not fit into its reply, or its banner."""
        for name, message in self.info.items():
            self._refuse_unsayable_rows(name, message, values, where)
        said = [template for message in self.messages() for template in (message.replies if message.send is None else message.replies[:1])]
        for template in (template for template in said if template.names.intersection(values)):
            problem = template.problem(t.cast(Values, values))
            if problem is not None:
                raise ProfileError(f"{where}.{problem}")

    @staticmethod
    def _refuse_unsayable_rows(name: str, message: Message, values: t.Mapping[str, object], where: str) -> None:
        if message.rows is None or not message.is_table or name not in values:
            return
        rows = values[name]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ProfileError(f"{where}.{name} is {brief(rows)}; expected a list of rows, each with its fields")
        asked = {field.name: field.sample() for field in message.request.fields if field.name}
        for row in rows:
            try:
                message.rows.each.render({**asked, **row})
            except TemplateError as error:
                raise ProfileError(f"{where}.{name}: {error}")

    def messages(self) -> list[Message]:
        """Every message, those of the login and the session included."""
        return [*self.login, *self.session.values(), *(message for dummy, message in [*self.requests(), *self.steps()])]

    def _request_examples(self) -> t.Iterator[Example]:
        """Everything that switches, sets or reads."""
        if self.relays is not None:
            yield from _switching_examples(self.relays)
        for setting in self.examples():
            for code in setting.samples():
                if setting.set is not None:
                    yield setting.set.where, setting.set, setting.fields(code), f"value {setting.value(code)}"
            if setting.get is not None:
                yield setting.get.where, setting.get, setting.question(), "a query"

    def _question_examples(self) -> t.Iterator[Example]:
        """Everything that is asked of the device as a whole, or of a channel; or that it says itself, to who listens."""
        for what, message in self.requests():
            values = {field.name: field.sample() for field in message.request.fields if field.name}
            if what == "analogue" and self.analogue is not None and "channel" in values:
                for number in self.analogue.numbers:
                    yield what, message, {**values, "channel": number}, f"channel {number}"
            elif what in ("identify", "inputs", "analogue", "logout") or what.startswith("info."):
                yield what, message, values, ""

    def _answer_examples(self) -> t.Iterator[Example]:
        """Everything that an answer to a question may have to say."""
        if self.relays and self.relays.read:
            for code, on in self.relays.states.items():
                yield "relays.read", self.relays.read, {"state": code}, f"a relay that is {'on' if on else 'off'}"
        for setting in self.examples():
            if setting.get is not None:
                for code in setting.readable():
                    yield setting.get.where, setting.get, setting.fields(code, "get"), f"value {setting.value(code)}"

    def _check_parse(self, requests: list[tuple[str, Message]], what: str, values: Values, subject: str, data: bytes) -> None:
        """ProfileError unless the bytes of a request read as that request, with the same values."""
        for other, message in requests:
            match = message.request.match(data, final=True)
            if _is_whole(match, data) and self.fits(other, match.values):
                same = self._same(what, values, match.values) if other == what else self._tells_both(what, other, message)
                if not same and other == what and self._names_no_relay(what, match.values):
                    raise ProfileError(f"{what}.send does not say which relay; add a field, for example {{relay:u8}}")
                if not same:
                    remedy = _REMEDY if _is_question(what) and _is_question(other) and message.answered else ""
                    raise ProfileError(f"{_about(what, subject)} reads as {_about(other, self._subject(other, match.values))}: the messages cannot be told "
                                       f"apart{remedy}")
                return
        raise ProfileError(f"{_about(what, subject)} is not understood by the page's own emulator")

    def _tells_both(self, what: str, other: str, message: Message) -> bool:
        """True where a question and another one are one exchange, whose answer has a field for each."""
        valued = all(name == "analogue" or name.startswith("settings.") for name in (what, other))
        together = message.answered and other in self.together.get(what, ())
        return together and (not (valued and any("value" in reply.names for reply in message.replies)) or self._share_a_value(what))

    def _share_a_value(self, what: str) -> bool:
        """True where one value tells several settings, whatever each of them is."""
        settings = [setting for setting in map(self.setting_of, self.together[what]) if setting is not None]
        every = itertools.product(*(setting.readable() for setting in settings))
        return len(settings) == len(self.together[what]) and all(shared(settings, codes) is not None for codes in every)

    def refuse_confusable(self, setting: Setting, code: Value) -> None:
        """The error for a code that would be sent as another message: on some displays 255 is not a value but a question."""
        if setting.set is None:
            return
        what = setting.set.where
        data = setting.set.request.render({**self.samples, **setting.fields(code), **self.unit_values(None), "transaction": 1})
        for other, message in self.requests():
            if other not in (what, "command") and _is_whole(message.request.match(data, final=True), data):
                raise ProfileError(f"{setting.name}: {code} would be sent as {other}; expected {setting.expected()}")

    def _same(self, what: str, sent: Values, parsed: Values) -> bool:
        """True where the values that were parsed from a request are about what was sent."""
        setting = self.setting_of(what)
        if setting is not None:
            same = setting.index is None or parsed.get(setting.index.name) == sent.get(setting.index.name)
            return same and (what.endswith(".get") or setting.code_of(parsed, "set") == setting.code_of(sent, "set"))
        if not what.startswith("relays."):
            return parsed.get("channel") == sent.get("channel")
        number = self.relays.number_of(parsed) if self.relays is not None else None
        return number == sent["relay"] or number is None and what in ("relays.read", "relays.write")

    def _names_no_relay(self, what: str, values: Values) -> bool:
        return self.relays is not None and what.startswith("relays.") and self.relays.number_of(values) is None

    def _subject(self, what: str, values: Values) -> str:
        setting = self.setting_of(what)
        if setting is not None:
            code = setting.code_of(values, what.split(".")[-1]) if "value" in values or setting.title in values else None
            return f"value {code}" if code is not None else "a query"
        if "channel" in values:
            return f"channel {values['channel']}"
        number = self.relays.number_of(values) if self.relays is not None and what.startswith("relays.") else None
        return "" if number is None else f"relay {number}"

    def fits(self, what: str, values: Values, heard: bool = False) -> bool:
        """True where the values of a parsed request are in range; heard: of one that the page hears besides."""
        setting = self.setting_of(what)
        if setting is not None and setting.index is not None and setting.index.name in values and setting.index.key_of(values) is None:
            return False
        if setting is not None and what.endswith(".set"):
            code = setting.code_of(values, "set")
            return setting.has(code) and setting.can_be_set(code)
        if "seconds" in values and as_number(values["seconds"]) <= 0:
            return False
        if self.relays is not None and what.startswith("relays."):
            return self.relays.has(values, heard)
        if self.analogue is not None and what == "analogue" and "channel" in values:
            return values["channel"] in self.analogue.numbers
        return True

    def unit_values(self, unit: int | None) -> dict[str, Value]:
        """The field of the unit option: {set_id: 1}; ProfileError where it is out of range."""
        if not self.unit:
            if unit is not None:
                raise ProfileError(f"{self.name} has no units")
            return {}
        unit = self.unit.get("default", 1) if unit is None else unit
        lowest, highest = self.unit.get("minimum", 0), self.unit.get("maximum", 255)
        if not lowest <= unit <= highest and not self.is_broadcast(unit):
            raise ProfileError(f"unit {unit}: {self.name} takes {lowest} to {highest}")
        return {self.unit.get("name", "unit"): unit}

    def is_broadcast(self, unit: Value | None) -> bool:
        """True for the unit that speaks to all at once, of which no reply is expected."""
        return unit is not None and unit == self.unit.get("broadcast")

    def is_what_it_says(self, identity: t.Mapping[str, object]) -> bool:
        """True where an identity meets the page's 'is'."""
        return meets(self.expected, identity)

    def relative(self, identity: t.Mapping[str, object]) -> str | None:
        """The name of the related model that an identity belongs to, or None."""
        return next((name for name, expected in (self.page.get("relatives") or {}).items() if meets(expected, identity)), None)


def _is_question(what: str) -> bool:
    """True for a message that changes nothing."""
    return what in ("identify", "relays.read", "inputs", "analogue") or what.startswith("info.") or what.startswith("settings.") and what.endswith(".get")


def _about(what: str, subject: str) -> str:
    return f"{what} for {subject}" if subject else what


def _commands(what: str) -> bool:
    """True for a message that switches or sets; what the page says of all of them (then) holds for other forms of it too."""
    return what.startswith("relays.") and what != "relays.read" or what.startswith("settings.") and what.endswith(".set")


def _needed(what: str, setting: Setting | None) -> set[str]:
    """The fields of which a request has to have one, to be of this kind."""
    if setting is not None and what.endswith(".set"):
        return {"value", setting.name}
    return {"command": {"command"}, "relays.pulse": {"seconds"}, "relays.pulse_off": {"seconds"}, "relays.write": {"relays"}}.get(what, set())


def _refuse_impossible(key: str, identity: Identity, identify: Message) -> None:
    """An identity that no answer can have would fit no device."""
    for name, value in identity.items():
        fields = [field for template in identify.replies for field in template.fields if field.name]
        same = [field for field in fields if field.name == name]
        if not same:
            names = ", ".join(sorted({field.name for field in fields})) or "its fields, which have no names"
            raise ProfileError(f"{key}.{name}: no reply to identify has this field; expected one of {names}")
        if isinstance(value, bool) or not any(field.can_say(value) for field in same):
            limits = same[0].limits()
            expected = f"a number from {limits[0]:g} to {limits[1]:g}" if limits else "a text as the reply has it"
            raise ProfileError(f"{key}.{name} is {value!r}, which no reply to identify can say; expected {expected}")


def _switching_examples(relays: Relays) -> t.Iterator[Example]:
    """Every message of relays, for each of them."""
    for key, message in relays.messages.items():
        for number in relays.numbers:
            values = relays.fields(number)
            if key == "write":
                values["relays"] = 0
            if key in ("pulse", "pulse_off"):
                values["seconds"] = relays.pulse_limits(message)[0]
            yield f"relays.{key}", message, values, f"relay {number}"


def _is_whole(match: Match, data: bytes) -> bool:
    """True where all of data is this one message."""
    return match.status == COMPLETE and match.end == len(data)


def _check_answers(what: str, message: Message, known: Values, subject: str) -> None:
    """Of each kind of answer at least one must be able to say what it is about."""
    for kind, templates in (("reply", message.replies), ("refused", message.refused), ("locked", message.locked), ("busy", message.busy)):
        problems = [template.problem(known) for template in templates]
        if templates and all(problems):
            raise ProfileError(f"{what}.{kind}: {subject}: {problems[0]}")


def _check_steps(message: Message, known: Values, subject: str) -> None:
    """What goes on behind a message must be sayable, and read as it was said."""
    told = {field.name: field.sample() for template in message.replies[:1] for field in template.fields if field.name}
    for step in message.then:
        values = {**told, **known}
        try:
            data = step.request.render(values)
        except TemplateError as error:
            raise ProfileError(f"{step.where}.send: {subject}: {error}")
        if not _is_whole(step.request.match(data, final=True), data):
            raise ProfileError(f"{_about(step.where, subject)} is not understood by the page's own emulator")
        _check_answers(step.where, step, values, subject)
        told.update((field.name, field.sample()) for field in step.replies[0].fields if field.name)


def meets(expected: t.Mapping[str, object] | None, identity: t.Mapping[str, object]) -> bool:
    """True where every value that a page's 'is' demands is in an identity."""
    return all(identity.get(name) == value for name, value in (expected or {}).items())


_BY_CONTENT: dict[str, Profile] = {}
_BY_PAGE: dict[int, tuple[object, Profile]] = {}  # id of a page: (the page, its Profile); a fleet asks for few pages often
_MOST_PAGES = 256


def load(page: Yaml) -> Profile:
    """The Profile of a page, which is not changed any more; compiled once per content."""
    known = _BY_PAGE.get(id(page))
    if known is not None and known[0] is page:
        return known[1]
    key = json.dumps(page, sort_keys=True)
    profile = _BY_CONTENT[key] = _BY_CONTENT.get(key) or Profile(page)
    if len(_BY_PAGE) >= _MOST_PAGES:
        _BY_PAGE.clear()
    _BY_PAGE[id(page)] = page, profile
    return profile


def merged(base: t.Mapping[str, object], page: t.Mapping[str, object]) -> dict[str, Yaml]:
    """A dictionary on top of another, deeply; null removes a key."""
    result: dict[str, Yaml] = dict(base)
    for key, value in page.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def normalised(page: Yaml) -> Yaml:
    """The page with the keys on and off that YAML made booleans mapped back, and every other key as text."""
    if isinstance(page, dict):
        return {_key(key): normalised(value) for key, value in page.items()}
    if isinstance(page, list):
        return [normalised(value) for value in page]
    return page


def _key(key: object) -> str:
    return str(unquoted(key))

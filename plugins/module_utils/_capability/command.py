# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send commands in text, each at most once, and await the reply to each."""

from __future__ import annotations

import re
from collections import namedtuple

from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._page.exchange import listed
from ansible_collections.bytewire.devices.plugins.module_utils._device.free_text import (
    READING, FreeMessage, deliver, idle_of, literal, lost, pattern, refuse_wrong_reading, text_bytes, told, unverified, written,
)
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import device_spec

ALTERNATIVES = ("command", "commands")
FRAMING = ("prefix", "terminator", "reply_until")
USUAL = {"text": ("\\e{command:text}\\r", "{reply:any}\\0"), "hex": ("1B {command:text} 0D", "{reply:any} 00")}
SURROUNDING = " \t\r\n\v\f\0"
BARE = " The terminator is empty; in key=value form Ansible takes a bare \\r away, so that it must be in quotes: terminator='\\r'."

SPEC = {
    "argument_spec": device_spec({
        "model": {"type": "raw", "default": "esc_cr"},
        "command": {"type": "raw"},
        "commands": {"type": "list", "elements": "dict", "options": {
            "command": {"type": "raw", "required": True},
            "expect": {"type": "raw"},
            "refuse": {"type": "raw"},
        }},
        "prefix": {"type": "raw"},
        "terminator": {"type": "raw"},
        "reply_until": {"type": "raw"},
        "answered": {"type": "bool", "default": True},
        "expect": {"type": "raw"},
        "refuse": {"type": "raw"},
        "unless": {"type": "dict", "options": {
            "command": {"type": "raw", "required": True},
            "reply": {"type": "raw", "required": True},
        }},
    }, READING),
    "mutually_exclusive": [ALTERNATIVES],
    "required_one_of": [ALTERNATIVES],
}

Step = namedtuple("Step", "command expect refuse")
"""One command, and the patterns that its reply must and must not contain (or None)."""


async def run(options, mode):
    """The replies; BytewireError where a command failed, with the replies up to there."""
    refuse_wrong_reading(options)
    steps, query = _steps(options), _query(options)
    async with Device(options, mode.trace) as device:
        if device.profile is None:
            await device.open()
        message = _message(device, options, "write", options["answered"])
        for step in steps + query:
            _refuse_injection(step.command, message)
        result = {"changed": True, "model": device.profile.name, "reply": None, "replies": []}
        if query:
            reply = await _asked(device, options, query[0])
            result["reply"], result["changed"] = _told(device, reply), query[0].expect.search(reply or "") is None
        if result["changed"] and not mode.check:
            result["replies"] = await _Conversation(device, message, steps, BARE if options["terminator"] == "" else "").hold()
            result["reply"] = result["replies"][-1]["reply"]
        if mode.trace:
            result["trace"] = device.trace
        return result


async def _asked(device, options, query):
    message = _message(device, options, "read", True)
    return _text(await device.ask(message, {"command": query.command}, "read", "answer '%s'" % _told(device, query.command)))


def _steps(options):
    given = options["commands"] if options["command"] is None else [{"command": options["command"]}]
    if not given:
        raise invalid("commands is empty; name at least one command.")
    steps = [Step(_words("command", one["command"]), pattern("expect", _own(one, options, "expect")), pattern("refuse", _own(one, options, "refuse")))
             for one in given]
    if not options["answered"] and any(step.expect or step.refuse for step in steps):
        raise invalid("expect and refuse look into a reply, but answered is false: take one of them away.")
    return steps


def _own(one, options, name):
    return options[name] if one.get(name) is None else one[name]


def _query(options):
    unless = options["unless"]
    if not unless:
        return []
    return [Step(_words("unless.command", unless["command"]), pattern("unless.reply", written("unless.reply", unless["reply"])), None)]


def _words(name, value):
    """A command as text."""
    text = written(name, value)
    if not text:
        raise invalid("%s is empty." % name)
    return text


def _message(device, options, stage, answered):
    """The message as the model's page words it, or else with ESC, CR and NUL, and framed as the task says."""
    page = device.profile.page
    send, reply = USUAL[page["notation"]]
    spec = _framed(device.profile, options, dict(page.get("command") or {"send": send, "reply": reply, "frame": False}))
    if options["idle"] is not None:
        spec.update(idle=options["idle"], reply=listed(spec.get("reply")) + ["{reply:any}"])
    if not answered:
        spec = {key: spec[key] for key in ("send", "frame") if key in spec}
    return FreeMessage(device, stage, dict(spec, longest=options["longest"]), page)


def _framed(profile, options, spec):
    """The spec with prefix, terminator and reply_until of the task in the places of its own; all else in it stays."""
    page = profile.page
    given = {name: literal(text_bytes(name, written(name, options[name])), page["notation"]) for name in FRAMING if options[name] is not None}
    before, field, after = _split(spec["send"], "command")
    replies = [_split(reply, "reply") for reply in listed(spec.get("reply"))]
    frame = (page.get("frame") or {}) if spec.get("frame", True) else {}
    own = {"prefix": [before, frame.get("send", "")], "terminator": [after, frame.get("send", "")],
           "reply_until": [reply[2] for reply in replies] + [frame.get("reply", "")]}
    for name in given:
        _refuse_calculated(profile, name, own[name])
    spec["send"] = given.get("prefix", before) + field + given.get("terminator", after)
    if "reply_until" in given:
        spec["reply"] = _ended(replies, given["reply_until"])
        if not given["reply_until"]:
            spec.setdefault("idle", page.get("idle", idle_of(options)))
    return spec


def _split(template, name):
    """What stands before a field of a template, the field, and what stands behind it; without such a field all of it stands before."""
    found = re.search(r"\{%s:[^{}]*\}" % name, template)
    return (template[:found.start()], found.group(), template[found.end():]) if found else (template, "", "")


def _ended(replies, until):
    """Replies with another end. Those of fixed words stay, unless there are no others."""
    ended = [before + "{reply:any}" + until for before, field, dummy in replies if field]
    return ended + [before for before, field, dummy in replies if not field] if ended else ["{reply:any}" + until]


def _refuse_calculated(profile, name, texts):
    """What differs from message to message, such as a unit or a checksum, would be lost with the text that takes its place."""
    text = next((text for text in texts if "{" in text), None)
    if text is not None:
        raise invalid("%s cannot be given for the model %s, which has more than a fixed text in that place: '%s'. Nothing was sent. Make it a "
                      "profile that extends %s, with a key command of its own." % (name, profile.name, text, profile.name))


def _around(template, name):
    """The literal bytes on both sides of a field."""
    parts = [inner for part in template.parts for inner in getattr(part, "parts", [part])]
    place = next((number for number, part in enumerate(parts) if getattr(part, "name", None) == name), None)
    neighbours = ([], []) if place is None else (parts[place - 1:place], parts[place + 1:place + 2])
    return tuple(found[0] if found and isinstance(found[0], bytes) else b"" for found in neighbours)


def _refuse_injection(command, message):
    """What would end the command early would begin a second one."""
    before, after = _around(message.send, "command")
    for character in command:
        if (character < " " or character == "\x7f") and (character != "\t" or b"\t" in before + after):
            raise invalid("The command %r holds the control character %r, which could begin a second command. Nothing was sent." % (command, character))
        if character > "\xff":
            raise invalid("The command '%s' holds '%s', which is not one byte: only characters up to U+00FF can be sent. Nothing was sent."
                          % (command, character))
    if after and (command.encode("latin-1") + after).find(after) < len(command):
        raise invalid("The command '%s' holds the terminator %r, behind which a second command would begin. Nothing was sent."
                      % (command, after.decode("latin-1")))


def _text(values):
    """A reply without white space and NUL around it; bytes stand as U+0000 to U+00FF."""
    return values["reply"].strip(SURROUNDING) if "reply" in values else None


def _told(device, text):
    """A command or a reply as results and errors may hold it."""
    return None if text is None else told(device, text.encode("latin-1")).decode("latin-1")


class _Conversation:
    """Commands over one connection, in order; what was said so far is told with a failure."""

    def __init__(self, device, message, steps, hint):
        self.device, self.message, self.steps, self.hint = device, message, steps, hint
        self.replies, self.done = [], False

    async def hold(self):
        for step in self.steps:
            try:
                await self._say(step)
            except BytewireError as error:
                error.details.update(changed=self.done, replies=self.replies)
                error.msg += self._so_far(step)
                raise
        return self.replies

    async def _say(self, step):
        try:
            answer = await deliver(self.device, self.message, {"command": step.command}, first=not self.replies)
        except BytewireError as error:
            self.done = self.done or error.sent and error.kind != "busy"
            if lost(error):
                error = unverified(self.device, "the command '%s'" % self._told(step.command), error)
                error.msg += self.hint
            raise error
        if answer.kind == "refused":
            raise await self.device.refused(answer, "write", "do '%s'" % self._told(step.command))
        reply = _text(answer.values)
        self.replies.append({"command": self._told(step.command), "reply": self._told(reply)})
        self._judge(step, reply or "")

    def _judge(self, step, reply):
        command, shown = self._told(step.command), self._told(reply)
        if step.refuse is not None and step.refuse.search(reply):
            raise BytewireError("refused", "write", "%s refused '%s': it answered '%s'." % (self.device.title, command, shown))
        self.done = True
        if step.expect is not None and not step.expect.search(reply):
            raise BytewireError("bad_reply", "write", "%s answered '%s' with '%s', in which '%s' is not found."
                                % (self.device.title, command, shown, step.expect.pattern))

    def _told(self, text):
        return _told(self.device, text)

    def _so_far(self, step):
        """Which of several commands were answered and which were not sent."""
        if len(self.steps) == 1:
            return ""
        place = next(number for number, other in enumerate(self.steps) if other is step)
        unsent = ["'%s'" % self._told(other.command) for other in self.steps[place + 1:]]
        return " Answered before: %d of %d commands.%s" % (place, len(self.steps), " Not sent: %s." % ", ".join(unsent) if unsent else "")

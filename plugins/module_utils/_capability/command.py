# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send commands in text, each at most once, and await the reply to each."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._device.free_message import (
    READING, FreeMessage, as_text, deliver, idle_of, literal, masked_reply, pattern, refuse_wrong_reading, reply_lost, text_bytes, unverified,
)
from ansible_collections.bytewire.devices.plugins.module_utils._device.journal import JOURNAL, journaled
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import Spec, device_spec
from ansible_collections.bytewire.devices.plugins.module_utils._device.patterns import Pattern
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import listed
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import Frame, MessageSpec
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import Field, Template, flat
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode, Options, Result

ALTERNATIVES = ("command", "commands")
FRAMING = ("prefix", "terminator", "reply_until")
DEFAULT_TEMPLATES = {"text": ("\\e{command:text}\\r", "{reply:any}\\0"), "hex": ("1B {command:text} 0D", "{reply:any} 00")}
SURROUNDING = " \t\r\n\v\f\0"
EMPTY_TERMINATOR_HINT = " The terminator is empty; in key=value form Ansible takes a bare \\r away, so that it must be in quotes: terminator='\\r'."

SPEC: Spec = {
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
    }, READING, JOURNAL),
    "mutually_exclusive": [ALTERNATIVES],
    "required_one_of": [ALTERNATIVES],
}


class Step(t.NamedTuple):
    """One command, and the patterns that its reply must and must not contain (or None)."""

    command: str
    expect: Pattern | None
    refuse: Pattern | None


class _Unless(t.NamedTuple):
    """A query, and the pattern of a reply to it that makes the commands needless."""

    command: str
    reply: Pattern


@journaled("command", SPEC)
async def run(options: Options, mode: Mode) -> Result:
    """The replies; BytewireError where a command failed, with the replies up to there."""
    refuse_wrong_reading(options)
    steps, unless = _steps(options), _unless(options)
    async with Device(options, mode.trace) as device:
        if not device.known:
            await device.open()
        message = _message(device, options, "write", options["answered"])
        for text in [step.command for step in steps] + ([] if unless is None else [unless.command]):
            _refuse_injection(text, message)
        result: Result = {"changed": True, "model": device.profile.name, "reply": None, "replies": []}
        if unless is not None:
            reply = await _ask(device, options, unless.command)
            result["reply"], result["changed"] = _masked(device, reply), not unless.reply.is_in(device, reply or "", "read")
        if result["changed"] and not mode.check:
            result["replies"] = await _Conversation(device, message, steps, EMPTY_TERMINATOR_HINT if options["terminator"] == "" else "").send_all()
            result["reply"] = result["replies"][-1]["reply"]
        return device.completed(result)


async def _ask(device: Device, options: Options, command: str) -> str | None:
    message = _message(device, options, "read", True)
    return _text(await device.ask(message, {"command": command}, "read", f"answer '{_masked(device, command)}'"))


def _steps(options: Options) -> list[Step]:
    given = options["commands"] if options["command"] is None else [{"command": options["command"]}]
    if not given:
        raise invalid("commands is empty; name at least one command.")
    steps = [Step(_command("command", one["command"]), pattern("expect", _of_step(one, options, "expect")),
                  pattern("refuse", _of_step(one, options, "refuse"))) for one in given]
    if not options["answered"] and any(step.expect or step.refuse for step in steps):
        raise invalid("expect and refuse look into a reply, but answered is false: take one of them away.")
    return steps


def _of_step(one: Options, options: Options, name: str) -> object:
    """An option of one of several commands, or else that of all."""
    return options[name] if one.get(name) is None else one[name]


def _unless(options: Options) -> _Unless | None:
    unless = options["unless"]
    if not unless:
        return None
    command = _command("unless.command", unless["command"])
    return _Unless(command, Pattern("unless.reply", as_text("unless.reply", unless["reply"])))


def _command(name: str, value: object) -> str:
    """A command as text."""
    text = as_text(name, value)
    if not text:
        raise invalid(f"{name} is empty.")
    return text


def _message(device: Device, options: Options, stage: str, answered: bool) -> FreeMessage:
    """The message as the model's page words it, or else with ESC, CR and NUL, and framed as the task says."""
    page = device.profile.page
    send, reply = DEFAULT_TEMPLATES[page["notation"]]
    usual: MessageSpec = {"send": send, "reply": reply, "frame": False}
    spec = _framed(device.profile, options, page.get("command") or usual)
    if options["idle"] is not None:
        spec.update({"idle": options["idle"], "reply": [*listed(spec.get("reply")), "{reply:any}"]})
    if not answered:
        spec = t.cast(MessageSpec, {key: value for key, value in spec.items() if key in ("send", "frame", "then")})
    spec["longest"] = options["longest"]
    if stage == "read":
        spec["then"] = []
    return FreeMessage(device, stage, spec, page)


def _framed(profile: Profile, options: Options, spec: MessageSpec) -> MessageSpec:
    """A copy of the spec with prefix, terminator and reply_until of the task in the places of its own; all else in it stays."""
    page = profile.page
    given = {name: literal(text_bytes(name, as_text(name, options[name])), page["notation"]) for name in FRAMING if options[name] is not None}
    before, field, after = _split(spec["send"], "command")
    replies = [_split(reply, "reply") for reply in listed(spec.get("reply"))]
    frame: Frame = (page.get("frame") or {}) if spec.get("frame", True) else {}
    own = {"prefix": [before, frame.get("send", "")], "terminator": [after, frame.get("send", "")],
           "reply_until": [reply[2] for reply in replies] + [frame.get("reply", "")]}
    for name in given:
        _refuse_calculated(profile, name, own[name])
    framed: MessageSpec = {**spec, "send": given.get("prefix", before) + field + given.get("terminator", after)}
    if "reply_until" in given:
        framed["reply"] = _ended(replies, given["reply_until"])
        if not given["reply_until"]:
            framed.setdefault("idle", page.get("idle", idle_of(options)))
    return framed


def _split(template: str, name: str) -> tuple[str, str, str]:
    """What stands before a field of a template, the field, and what stands behind it; without such a field all of it stands before."""
    found = re.search(rf"\{{{name}:[^{{}}]*\}}", template)
    return (template[:found.start()], found.group(), template[found.end():]) if found else (template, "", "")


def _ended(replies: t.Iterable[tuple[str, str, str]], until: str) -> list[str]:
    """Replies with another end. Those of fixed words stay, unless there are no others."""
    ended = [f"{before}{{reply:any}}{until}" for before, field, dummy in replies if field]
    return ended + [before for before, field, dummy in replies if not field] if ended else [f"{{reply:any}}{until}"]


def _refuse_calculated(profile: Profile, name: str, texts: t.Iterable[str]) -> None:
    """What differs from message to message, such as a unit or a checksum, would be lost with the text that takes its place."""
    text = next((text for text in texts if "{" in text), None)
    if text is not None:
        raise invalid(f"{name} cannot be given for the model {profile.name}, which has more than a fixed text in that place: '{text}'. Nothing was sent. Make "
                      f"it a profile that extends {profile.name}, with a key command of its own.")


def _around(template: Template, name: str) -> tuple[bytes, bytes]:
    """The literal bytes on both sides of a field."""
    parts = list(flat(template.parts))
    for number, part in enumerate(parts):
        if isinstance(part, Field) and part.name == name:
            return _literal_of(parts[number - 1:number]), _literal_of(parts[number + 1:number + 2])
    return b"", b""


def _literal_of(parts: t.Iterable[object]) -> bytes:
    return next((part for part in parts if isinstance(part, bytes)), b"")


def _refuse_injection(command: str, message: FreeMessage) -> None:
    """What would end the command early would begin a second one."""
    before, after = _around(message.request, "command")
    for character in command:
        if (character < " " or character == "\x7f") and (character != "\t" or b"\t" in before + after):
            raise invalid(f"The command {command!r} holds the control character {character!r}, which could begin a second command. Nothing was sent.")
        if character > "\xff":
            raise invalid(f"The command '{command}' holds '{character}', which is not one byte: only characters up to U+00FF can be sent. Nothing was sent.")
    if after and (command.encode("latin-1") + after).find(after) < len(command):
        raise invalid(f"The command '{command}' holds the terminator {after.decode('latin-1')!r}, behind which a second command would begin. "
                      "Nothing was sent.")


def _text(values: Values) -> str | None:
    """A reply without white space and NUL around it; bytes stand as U+0000 to U+00FF."""
    return str(values["reply"]).strip(SURROUNDING) if "reply" in values else None


def _masked(device: Device, text: str | None) -> str | None:
    """A command or a reply as results and errors may hold it."""
    return None if text is None else masked_reply(device, text.encode("latin-1")).decode("latin-1")


class _Conversation:
    """Commands over one connection, in order; what was said so far joins a failure."""

    def __init__(self, device: Device, message: FreeMessage, steps: t.Sequence[Step], hint: str) -> None:
        self.device, self.message, self.steps, self.hint = device, message, steps, hint
        self.replies: list[dict[str, str | None]] = []
        self.done = False

    async def send_all(self) -> list[dict[str, str | None]]:
        """The replies; a BytewireError carries those up to there."""
        for step in self.steps:
            try:
                await self._send(step)
                if step is self.steps[-1]:
                    await self.device.stands()
            except BytewireError as error:
                error.details.update(changed=self.done, replies=self.replies)
                error.msg += self._progress(step)
                raise
        return self.replies

    async def _send(self, step: Step) -> None:
        try:
            answer = await deliver(self.device, self.message, {"command": step.command}, first=not self.replies)
        except BytewireError as error:
            self.done = self.done or error.sent and (error.kind != "busy" or error.outcome == "unknown")
            if reply_lost(error):
                error = unverified(self.device, f"the command '{self._masked(step.command)}'", error)
                error.msg += self.hint
            raise error
        if answer.kind == "refused":
            raise await self.device.refused(answer, "write", f"do '{self._masked(step.command)}'")
        reply = _text(answer.values)
        self.replies.append({"command": self._masked(step.command), "reply": self._masked(reply)})
        self._check(step, reply or "")

    def _check(self, step: Step, reply: str) -> None:
        command, shown = self._masked(step.command), self._masked(reply)
        done, self.done = self.done, True
        if step.refuse is not None and step.refuse.is_in(self.device, reply, "write", "unknown"):
            self.done = done
            raise BytewireError("refused", "write", f"{self.device.title} refused '{command}': it answered '{shown}'.")
        if step.expect is not None and not step.expect.is_in(self.device, reply, "write", "done"):
            raise BytewireError("bad_reply", "write", f"{self.device.title} answered '{command}' with '{shown}', in which '{step.expect.text}' is not "
                                "found.", outcome="done")

    def _masked(self, text: str | None) -> str | None:
        return _masked(self.device, text)

    def _progress(self, step: Step) -> str:
        """Which of several commands were answered and which were not sent."""
        if len(self.steps) == 1:
            return ""
        place = next(number for number, other in enumerate(self.steps) if other is step)
        unsent = [f"'{self._masked(other.command)}'" for other in self.steps[place + 1:]]
        not_sent = f" Not sent: {', '.join(unsent)}." if unsent else ""
        return f" Answered before: {place} of {len(self.steps)} commands.{not_sent}"

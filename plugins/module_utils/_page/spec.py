# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vocabulary of a page: every key there is and what stands behind it. docs/notation.md says what they mean.

The loader takes the lists of allowed keys from here, and schemas/profile.json the types, and the sentence behind each key that people write.
The functional form is used because keys are words of Python.
"""

from __future__ import annotations

import typing as t

Yaml = t.Any
"""What was read from YAML, before the loader has looked at it."""
Code = t.Union[int, float, str]
"""What stands in a message for a state of a relay or a value of a setting."""
Identity = t.Dict[str, t.Union[int, float, str]]
Templates = t.Union[str, t.List[str]]
Busy = t.TypedDict("Busy", {
    "reply": Templates,  # What says that the device is busy.
    "every": float,  # Seconds until it is asked again.
    "for": float,  # Seconds for which it is asked again.
}, total=False)

Frame = t.TypedDict("Frame", {
    "send": str,  # What stands around each request, which is {payload}.
    "reply": str,  # What stands around each reply, which is {payload}.
}, total=False)

RowsSpec = t.TypedDict("RowsSpec", {
    "each": Templates,  # One row; in info also a list of what a row may be.
    "between": str,  # Bytes between two rows.
    "until": str,  # What stands behind the last row.
    "count": int,  # How many rows there are.
}, total=False)
"""What repeats behind a reply, and what ends it, or how often it comes."""

MessageSpec = t.TypedDict("MessageSpec", {
    "send": str,  # The request, literal bytes and fields such as {relay:u8}.
    "reply": Templates,  # What the device answers, or a list of what it may answer.
    "refused": Templates,  # What it answers when it does not do it; {code:…} and {words:…} stand in the error.
    "locked": Templates,  # What it answers when it wants a password, or another one.
    "busy": t.Union[Templates, Busy],  # What it answers while it is busy; with every and for it is asked again.
    "ignore": t.List[str],  # Unsolicited input to skip, in place of the page's.
    "idle": float,  # Seconds of silence that end a reply without an end of its own.
    "longest": int,  # Bytes that a reply has at most.
    "shortest": int,  # Bytes that a reply has at least.
    "minimum": float,  # Least seconds of a pulse.
    "flags": t.Dict[str, t.Dict[str, str]],  # Words for the bits of a number, {status: {3: offline}}.
    "fixed": t.Dict[str, str],  # The bits that a number always has, {status: "0xx1xx10"}.
    "when": str,  # In login: the text that the reply before must have ended with for this step to be taken.
    "frame": t.Union[Frame, t.Literal[False]],  # false: the page's frame does not stand around this message.
    "timeout": float,  # Seconds that the reply may take, where that is more than usual.
    "latest": float,  # Seconds after which no answer comes any more.
    "settle": float,  # Seconds that the device may take to be what it was told.
    "rows": RowsSpec,  # What repeats behind the reply.
    "no_value": Templates,  # Words in the place of a number that has no value.
    "measured_in": t.Dict[str, str],  # Units of the fields, for people, {voltage: V}.
    "then": "t.Union[MessageSpec, t.List[MessageSpec]]",  # Further exchanges that belong to this command.
}, total=False)

HeardSpec = t.TypedDict("HeardSpec", {
    "as": str,  # What it does, in the name of a message such as relays.on or settings.input.set.
    "notation": str,  # The notation of its templates, where that is not the page's.
    "send": Templates,  # What a program sends, or a list of what it may send.
    "reply": Templates,  # What the emulator answers.
    "refused": Templates,  # What the emulator answers when it does not do it.
    "idle": float,  # Seconds of silence that end a reply without an end of its own.
    "frame": t.Union[Frame, t.Literal[False]],  # false: the page's frame does not stand around it.
}, total=False)
"""What programs of others send and no task does; the emulator alone takes it."""

RelaysSpec = t.TypedDict("RelaysSpec", {
    "numbers": Code,  # Which relays there are, 1-8 or "1-4, 9-16".
    "names": t.Dict[str, str],  # What relays are called on the wire, {1: A1, 2: A2}.
    "first": int,  # The lowest relay that there can be; index, bank, bit and maps count from it.
    "last": int,  # The highest relay that there can be.
    "values": t.Dict[str, Code],  # What {state:…} says of a relay, {"off": 0, "on": 1} unless given.
    "read": MessageSpec,  # Asks for the relays: {relays:…} is a map of them, {state:…} one of them.
    "on": MessageSpec,  # Switches a coil on.
    "off": MessageSpec,  # Switches a coil off.
    "pulse": MessageSpec,  # Switches a coil on for {seconds:…}.
    "pulse_off": MessageSpec,  # Switches a coil off for {seconds:…}.
    "write": MessageSpec,  # Sets all relays at once, from the map {relays:…}.
}, total=False)

ChannelsSpec = t.TypedDict("ChannelsSpec", {
    "numbers": Code,  # Which channels there are, for example 1-4.
    "read": MessageSpec,  # Asks for them; the reply has {inputs:…}, or {value:…} of {channel:…}.
    "measured_in": str,  # Their unit, for people.
}, total=False)

RangeSpec = t.TypedDict("RangeSpec", {
    "from": float,  # The lowest number.
    "to": float,  # The highest number.
    "step": float,  # By how much two numbers differ; unless given, as fine as the message can say.
}, total=False)

Sides = t.TypedDict("Sides", {
    "set": Code,  # What is sent to set it.
    "get": t.Union[Code, t.List[Code]],  # What may be read while the device has it.
}, total=False)
"""What is set for a value, and what may be read while the device has it."""

IndexSpec = t.TypedDict("IndexSpec", {
    "name": str,  # The field that says which one a message is about.
    "numbers": Code,  # Which there are, for example 1-16.
    "values": t.Dict[str, Code],  # Which there are, by name, {main: ZM, two: Z2}.
}, total=False)
"""The field that says which one of several a message is about, and which there are."""

SettingSpec = t.TypedDict("SettingSpec", {
    "values": t.Dict[str, t.Union[Code, Sides]],  # A number for each name, or a text for each, {"off": 0, "on": 1}.
    "range": t.Union[Code, RangeSpec],  # The numbers that it takes, 0-100 or {from: 0, to: 30, step: 0.1}.
    "set": MessageSpec,  # Sets it, with the field {value:…}.
    "get": MessageSpec,  # Asks for it; the reply has the field {value:…}.
    "needs": t.Dict[str, t.Union[Code, bool]],  # Which other settings must have which values, {power: "on"}.
    "transient": t.Dict[str, t.Union[str, bool]],  # Values that can be read and not set, and what each leads to, {warming: "on"}.
    "tolerance": float,  # By how much a number may differ and be the same.
    "measured_in": str,  # Its unit, for people.
    "index": IndexSpec,  # What the device has several of, {name: output, numbers: 1-16}.
}, total=False)
"""Any other key of a setting is a text that its templates insert."""

DigestSpec = t.TypedDict("DigestSpec", {
    "of": str,  # The text that the digest is made of, "{random}{password}".
    "once": bool,  # Whether it stands in the first message of a connection alone.
}, total=False)

UnitSpec = t.TypedDict("UnitSpec", {
    "name": str,  # The field that the option unit fills.
    "default": int,  # The unit that is meant where none is given; 1 unless this says another.
    "minimum": int,  # The lowest unit.
    "maximum": int,  # The highest unit.
    "broadcast": int,  # The unit that means all of them, which none answers.
}, total=False)

Page = t.TypedDict("Page", {
    "name": str,  # What messages call it; the name of its file unless given.
    "title": str,  # What it is, for people.
    "facts": str,  # How sure the facts are, for people.
    "category": str,  # What kind of device it is.
    "make": Templates,  # Its maker, a list of several, or any.
    "known_as": t.List[str],  # Models and other names that people look for.
    "verified": t.List[str],  # What the bytes rest on.
    "traps": t.List[str],  # What goes wrong with it, a sentence each.
    "notation": str,  # How literals are written: hex pairs, or text with escapes such as \\r.
    "port": int,  # The TCP port.
    "transport": str,  # How it is reached; tcp unless given.
    "ignore_case": bool,  # Whether upper and lower case are the same in literals.
    "frame": Frame,  # What stands around every message, which is {payload}.
    "unit": UnitSpec,  # The field that the option unit fills, where several devices share a line.
    "login": t.List[MessageSpec],  # What is exchanged after connecting; without send: wait for a banner.
    "echo": str,  # The device repeats the request before its reply, with this tail; optional: perhaps.
    "ignore": t.List[str],  # Unsolicited input to skip.
    "resync": str,  # Bytes to send on connecting; what answers them is discarded.
    "pause": float,  # Least seconds before the next request, or, behind a command that is not answered, closing.
    "refused": Templates,  # What every message is refused with that says nothing else.
    "locked": Templates,  # What says that a password is needed, or was wrong.
    "busy": t.Union[Templates, Busy],  # What says that the device is busy.
    "digest": t.Union[str, DigestSpec],  # What {digest:md5hex} is made of, "{random}{password}".
    "logout": MessageSpec,  # Said before closing, where the device needs it.
    "codes": t.Dict[str, str],  # Words for the {code:…} of a refusal, {1: no such relay}.
    "idle": float,  # Seconds of silence that end a reply without an end of its own.
    "identify": MessageSpec,  # Asks who the device is.
    "is": Identity,  # The values that the answer to identify must have.
    "auto": Identity,  # The answer to identify by which model auto recognises it.
    "session": str,  # Behaviour in code that the notation cannot say.
    "connections": int,  # How many connections it serves.
    "relays": RelaysSpec,  # Its relays, or the outlets that it switches.
    "unacknowledged": str,  # What it means when reading works and switching is not acknowledged, in words.
    "setting": SettingSpec,  # What all settings have in common; null in a setting removes a key.
    "settings": t.Dict[str, SettingSpec],  # What can be set or read, by name.
    "inputs": ChannelsSpec,  # Its digital inputs.
    "analogue": ChannelsSpec,  # Its analogue channels.
    "info": t.Dict[str, MessageSpec],  # What device_info asks besides, by name.
    "command": MessageSpec,  # Any text of a task: send has the field {command:…}, reply the field {reply:…}.
    "emulator": t.Dict[str, object],  # What the emulated device has at the beginning.
    "unknown": str,  # What the emulator answers to what it does not understand.
    "no_value": Templates,  # Words in the place of a number that has no value.
    "hears": t.Dict[str, HeardSpec],  # What programs of others send and no task does, by a name of yours.
    "renamed": t.Dict[str, str],  # What settings were called before, {old: new}.
    "then": t.Union[MessageSpec, t.List[MessageSpec]],  # Further exchanges of every command that has none of its own.
    "relatives": t.Dict[str, Identity],
    "latest": float,  # Seconds after which no answer comes any more.
    "settle": float,  # Seconds that the device may take to be what it was told.
    "reconnect": float,  # Least seconds between two connections.
    "closes": bool,  # Whether the device itself closes behind each answer.
}, total=False)


def keys_of(shape: type) -> frozenset[str]:
    """The keys that there are in a part of a page."""
    return frozenset(shape.__annotations__)

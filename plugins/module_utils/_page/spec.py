# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vocabulary of a page: every key there is and what stands behind it. docs/notation.md says what they mean.

The loader takes the lists of allowed keys from here. The functional form is used where a key is a word of Python.
"""

from __future__ import annotations

import typing as t

Yaml = t.Any
"""What was read from YAML, before the loader has looked at it."""
Code = t.Union[int, float, str]
"""What stands in a message for a state of a relay or a value of a setting."""
Identity = t.Dict[str, t.Union[int, float, str]]
Templates = t.Union[str, t.List[str]]
Busy = t.TypedDict("Busy", {"reply": Templates, "every": float, "for": float}, total=False)

Frame = t.TypedDict("Frame", {"send": str, "reply": str}, total=False)

RowsSpec = t.TypedDict("RowsSpec", {"each": Templates, "between": str, "until": str, "count": int}, total=False)
"""What repeats behind a reply, and what ends it, or how often it comes."""

MessageSpec = t.TypedDict("MessageSpec", {
    "send": str, "reply": Templates, "refused": Templates, "locked": Templates, "busy": t.Union[Templates, Busy], "ignore": t.List[str], "idle": float,
    "longest": int, "shortest": int, "minimum": float, "flags": t.Dict[str, t.Dict[str, str]], "fixed": t.Dict[str, str], "when": str,
    "frame": t.Union[Frame, bool], "timeout": float, "latest": float, "settle": float, "rows": RowsSpec, "no_value": Templates,
    "measured_in": t.Dict[str, str], "then": "t.Union[MessageSpec, t.List[MessageSpec]]",
}, total=False)

HeardSpec = t.TypedDict("HeardSpec", {
    "as": str, "notation": str, "send": Templates, "reply": Templates, "refused": Templates, "idle": float, "frame": t.Union[Frame, bool],
}, total=False)
"""What programs of others send and no task does; the emulator alone takes it."""

RelaysSpec = t.TypedDict("RelaysSpec", {
    "numbers": Code, "names": t.Dict[str, str], "first": int, "last": int, "values": t.Dict[str, Code], "read": MessageSpec, "on": MessageSpec,
    "off": MessageSpec, "pulse": MessageSpec, "pulse_off": MessageSpec, "write": MessageSpec,
}, total=False)

ChannelsSpec = t.TypedDict("ChannelsSpec", {"numbers": Code, "read": MessageSpec, "measured_in": str}, total=False)

RangeSpec = t.TypedDict("RangeSpec", {"from": float, "to": float, "step": float}, total=False)

Sides = t.TypedDict("Sides", {"set": Code, "get": t.Union[Code, t.List[Code]]}, total=False)
"""What is set for a value, and what may be read while the device has it."""

IndexSpec = t.TypedDict("IndexSpec", {"name": str, "numbers": Code, "values": t.Dict[str, Code]}, total=False)
"""The field that says which one of several a message is about, and which there are."""

SettingSpec = t.TypedDict("SettingSpec", {
    "values": t.Dict[str, t.Union[Code, Sides]], "range": t.Union[Code, RangeSpec], "set": MessageSpec, "get": MessageSpec, "needs": t.Dict[str, Code],
    "transient": t.Dict[str, str], "tolerance": float, "measured_in": str, "index": IndexSpec,
}, total=False)
"""Any other key of a setting is a text that its templates insert."""

DigestSpec = t.TypedDict("DigestSpec", {"of": str, "once": bool}, total=False)

UnitSpec = t.TypedDict("UnitSpec", {"name": str, "default": int, "minimum": int, "maximum": int, "broadcast": int}, total=False)

Page = t.TypedDict("Page", {
    "name": str, "title": str, "facts": str, "category": str, "make": Templates, "known_as": t.List[str], "verified": t.List[str], "traps": t.List[str],
    "notation": str, "port": int, "transport": str, "ignore_case": bool, "frame": Frame, "unit": UnitSpec,
    "login": t.List[MessageSpec], "echo": str, "ignore": t.List[str], "resync": str, "pause": float, "refused": Templates,
    "locked": Templates, "busy": t.Union[Templates, Busy], "digest": t.Union[str, DigestSpec], "logout": MessageSpec,
    "codes": t.Dict[str, str], "idle": float, "identify": MessageSpec, "is": Identity, "auto": Identity, "session": str, "connections": int,
    "relays": RelaysSpec, "unacknowledged": str, "setting": SettingSpec, "settings": t.Dict[str, SettingSpec], "inputs": ChannelsSpec,
    "analogue": ChannelsSpec, "info": t.Dict[str, MessageSpec], "command": MessageSpec, "emulator": t.Dict[str, object], "unknown": str,
    "no_value": Templates, "hears": t.Dict[str, HeardSpec], "renamed": t.Dict[str, str],
    "then": t.Union[MessageSpec, t.List[MessageSpec]], "relatives": t.Dict[str, Identity], "latest": float, "settle": float, "reconnect": float, "closes": bool,
}, total=False)


def keys_of(shape: type) -> frozenset[str]:
    """The keys that there are in a part of a page."""
    return frozenset(shape.__annotations__)

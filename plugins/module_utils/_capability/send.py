# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send bytes, at most once, and await the bytes that answer them."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._device.free_message import (
    ENCODINGS, MOST, READING, FreeMessage, as_bytes, deliver, idle_of, literal, masked_reply, pattern, refuse_wrong_reading, reply_lost,
    unverified,
)
from ansible_collections.bytewire.devices.plugins.module_utils._device.journal import JOURNAL, journaled
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import Spec, device_spec
from ansible_collections.bytewire.devices.plugins.module_utils._device.patterns import Pattern
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import refuse_wrong_numbers, whole
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import MessageSpec, Page
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import shown
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode, Options, Result

ALTERNATIVES = ("expect", "length", "pattern")

SPEC: Spec = {
    "argument_spec": device_spec({
        "model": {"type": "raw", "default": "raw"},
        "data": {"type": "raw", "required": True},
        "encoding": {"type": "str", "choices": list(ENCODINGS), "default": "hex"},
        "expect": {"type": "raw"},
        "length": {"type": whole(1, MOST, " bytes")},
        "pattern": {"type": "raw"},
        "unless": {"type": "dict", "options": {
            "data": {"type": "raw", "required": True},
            "reply": {"type": "raw"},
            "pattern": {"type": "raw"},
        }, "mutually_exclusive": [("reply", "pattern")], "required_one_of": [("reply", "pattern")]},
    }, READING, JOURNAL),
    "mutually_exclusive": [ALTERNATIVES],
}


@journaled("send", SPEC)
async def run(options: Options, mode: Mode) -> Result:
    """The bytes that came; BytewireError where they are not those expected."""
    refuse_wrong_numbers(SPEC["argument_spec"], options)
    refuse_wrong_reading(options)
    sending = _Sending(options)
    async with Device(options, mode.trace) as device:
        if not device.known:
            await device.open()
        result: Result = {"changed": True, "model": device.profile.name, "sent": None, "reply": None, "reply_bytes": None}
        reply = await sending.needless(device, sending.unless) if sending.unless is not None else None
        if reply is not None:
            result["changed"] = False
        elif not mode.check:
            reply = await sending.deliver(device)
            result["sent"] = device.mask.shown(sending.data)
        if reply is not None:
            reply = masked_reply(device, reply)
            result.update(reply=shown(reply), reply_bytes=list(reply))
        return device.completed(result)


class _Unless(t.NamedTuple):
    """A query, and the reply to it (these bytes, or what a pattern is found in) that makes sending needless."""

    query: bytes
    reply: bytes | None
    pattern: Pattern | None

    def met(self, device: Device, reply: bytes) -> bool:
        """True where this reply makes sending needless."""
        return reply == self.reply if self.pattern is None else self.pattern.is_in(device, reply.decode("latin-1"), "read")


class _Sending:
    """What is to be sent, and what may answer it; wrong options are refused when it is made."""

    def __init__(self, options: Options) -> None:
        self.idle: float = idle_of(options)
        self.longest: int = options["longest"]
        self.encoding: str = options["encoding"]
        self.data = self._bytes("data", options["data"])
        self.expect = None if options["expect"] is None else self._bytes("expect", options["expect"])
        self.length: int | None = options["length"]
        self.pattern = pattern("pattern", options["pattern"], re.DOTALL)
        self.unless = self._unless(options["unless"]) if options["unless"] else None

    def _unless(self, given: t.Mapping[str, object]) -> _Unless:
        query = self._bytes("unless.data", given["data"])
        reply = None if given.get("reply") is None else self._bytes("unless.reply", given["reply"])
        found = pattern("unless.pattern", given.get("pattern"), re.DOTALL)
        if reply is None and found is None:
            raise invalid("unless.reply is empty.")
        return _Unless(query, reply, found)

    def _bytes(self, name: str, value: object) -> bytes:
        data = as_bytes(name, value, self.encoding)
        if not data:
            raise invalid(f"{name} is empty.")
        return data

    async def needless(self, device: Device, unless: _Unless) -> bytes | None:
        """The reply to the query of unless where it makes sending needless, or else None."""
        length = None if unless.reply is None else len(unless.reply)
        message = self._message(device, "read", unless.query, length)
        reply = _as_bytes(await device.ask(message, {}, "read", f"answer {device.mask.quoted(unless.query)}"), length)
        return reply if unless.met(device, reply) else None

    async def deliver(self, device: Device) -> bytes:
        """The reply to the data."""
        message = self._message(device, "write", self.data, self.length, self.expect, may_be_empty=self.pattern is None)
        try:
            answer = await deliver(device, message, {})
        except BytewireError as error:
            changed = error.sent and (error.kind != "busy" or error.outcome == "unknown")
            error = unverified(device, device.mask.quoted(self.data), error) if reply_lost(error) else error
            error.details["changed"] = changed
            raise error
        if answer.kind == "refused":
            raise await device.refused(answer, "write", f"take {device.mask.quoted(self.data)}")
        reply = self.expect if self.expect and answer.end else _as_bytes(answer.values, self.length)
        if self.pattern is not None and not self._found(device, reply.decode("latin-1")):
            raise BytewireError("bad_reply", "write", f"{device.title} answered {device.mask.quoted(self.data)} with {device.mask.quoted(reply)}, in which "
                                f"'{self.pattern.text}' is not found.", changed=True, outcome="done")
        return reply

    def _found(self, device: Device, reply: str) -> bool:
        try:
            return self.pattern is None or self.pattern.is_in(device, reply, "write", "done")
        except BytewireError as error:
            error.details["changed"] = True
            raise

    def _message(self, device: Device, stage: str, data: bytes, length: int | None, expect: bytes | None = None, may_be_empty: bool = False) -> FreeMessage:
        """A message whose reply is these bytes, or so many, or what comes until there is silence."""
        page: Page = {**device.profile.page, "ignore_case": False}
        page.pop("idle", None)
        spec: MessageSpec = {"send": literal(data, page["notation"]), "frame": False, "longest": max(self.longest, length or 0), "then": []}
        if expect is not None:
            spec["reply"] = literal(expect, page["notation"])
        elif length is not None:
            spec["reply"] = f"{{reply:bytes{length}}}"
        else:
            spec.update({"reply": "{reply:any}", "idle": self.idle})
        return FreeMessage(device, stage, spec, page, may_be_empty, shown(expect) if expect else None)


def _as_bytes(values: Values, length: int | None) -> bytes:
    """The bytes of a reply, which stands as hex where its length is given."""
    reply = str(values.get("reply", ""))
    return reply.encode("latin-1") if length is None else bytes.fromhex(reply)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send bytes, at most once, and await the bytes that answer them."""

from __future__ import annotations

import re

from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._device.free_text import (
    ENCODINGS, MOST, READING, FreeMessage, as_bytes, deliver, idle_of, literal, lost, pattern, refuse_wrong_reading, told, unverified,
)
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import shown
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import device_spec

ALTERNATIVES = ("expect", "length", "pattern")

SPEC = {
    "argument_spec": device_spec({
        "model": {"type": "raw", "default": "raw"},
        "data": {"type": "raw", "required": True},
        "encoding": {"type": "str", "choices": list(ENCODINGS), "default": "hex"},
        "expect": {"type": "raw"},
        "length": {"type": "int"},
        "pattern": {"type": "raw"},
        "unless": {"type": "dict", "options": {
            "data": {"type": "raw", "required": True},
            "reply": {"type": "raw"},
            "pattern": {"type": "raw"},
        }, "mutually_exclusive": [("reply", "pattern")], "required_one_of": [("reply", "pattern")]},
    }, READING),
    "mutually_exclusive": [ALTERNATIVES],
}


async def run(options, mode):
    """The bytes that came; BytewireError where they are not those expected."""
    refuse_wrong_reading(options)
    sending = _Sending(options)
    async with Device(options, mode.trace) as device:
        if device.profile is None:
            await device.open()
        result = {"changed": True, "model": device.profile.name, "sent": None, "reply": None, "reply_bytes": None}
        reply = await sending.needless(device) if options["unless"] else None
        if reply is not None:
            result["changed"] = False
        elif not mode.check:
            reply = await sending.deliver(device)
            result["sent"] = device.mask.shown(sending.data)
        if reply is not None:
            reply = told(device, reply)
            result.update(reply=shown(reply), reply_bytes=list(reply))
        if mode.trace:
            result["trace"] = device.trace
        return result


class _Sending:
    """What is to be sent, and what may answer it; wrong options are refused when it is made."""

    def __init__(self, options):
        self.idle, self.longest = idle_of(options), options["longest"]
        self.encoding = options["encoding"]
        self.data = self._bytes("data", options["data"])
        self.expect = None if options["expect"] is None else self._bytes("expect", options["expect"])
        self.length, self.pattern = options["length"], pattern("pattern", options["pattern"], re.DOTALL)
        if self.length is not None and not 1 <= self.length <= MOST:
            raise invalid("length is %d; expected 1 to %d bytes." % (self.length, MOST))
        unless = options["unless"] or {}
        self.query = self._bytes("unless.data", unless["data"]) if unless else None
        self.answer = None if unless.get("reply") is None else self._bytes("unless.reply", unless["reply"])
        self.answer_pattern = pattern("unless.pattern", unless.get("pattern"), re.DOTALL)

    def _bytes(self, name, value):
        data = as_bytes(name, value, self.encoding)
        if not data:
            raise invalid("%s is empty." % name)
        return data

    async def needless(self, device):
        """The reply to the query of unless where it makes sending needless, or else None."""
        length = None if self.answer is None else len(self.answer)
        message = self._message(device, "read", self.query, length)
        reply = _as_bytes(await device.ask(message, {}, "read", "answer %s" % device.mask.quoted(self.query)), length)
        found = reply == self.answer if self.answer is not None else self.answer_pattern.search(reply.decode("latin-1"))
        return reply if found else None

    async def deliver(self, device):
        """The reply to the data."""
        message = self._message(device, "write", self.data, self.length, self.expect, may_be_empty=self.pattern is None)
        try:
            answer = await deliver(device, message, {})
        except BytewireError as error:
            changed = error.sent and error.kind != "busy"
            error = unverified(device, device.mask.quoted(self.data), error) if lost(error) else error
            error.details["changed"] = changed
            raise error
        if answer.kind == "refused":
            raise await device.refused(answer, "write", "take %s" % device.mask.quoted(self.data))
        reply = self.expect if self.expect and answer.end else _as_bytes(answer.values, self.length)
        if self.pattern is not None and not self.pattern.search(reply.decode("latin-1")):
            raise BytewireError("bad_reply", "write", "%s answered %s with %s, in which '%s' is not found."
                                % (device.title, device.mask.quoted(self.data), device.mask.quoted(reply), self.pattern.pattern), changed=True)
        return reply

    def _message(self, device, stage, data, length, expect=None, may_be_empty=False):
        """A message whose reply is these bytes, or so many, or what comes until there is silence."""
        page = dict(device.profile.page, ignore_case=False)
        page.pop("idle", None)
        spec = {"send": literal(data, page["notation"]), "frame": False, "longest": max(self.longest, length or 0)}
        if expect is not None:
            spec["reply"] = literal(expect, page["notation"])
        elif length is not None:
            spec["reply"] = "{reply:bytes%d}" % length
        else:
            spec.update(reply="{reply:any}", idle=self.idle)
        return FreeMessage(device, stage, spec, page, may_be_empty, expect and shown(expect))


def _as_bytes(values, length):
    """The bytes of a reply, which stands as hex where its length is given."""
    reply = values.get("reply", "")
    return reply.encode("latin-1") if length is None else bytes.fromhex(reply)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The coils of a connected board: read them, switch them, see that they switched."""

from __future__ import annotations

import time

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._device.relay_map import COIL
from ansible_collections.bytewire.devices.plugins.module_utils._device.desired_state import States


async def read_coils(device, numbers, stage="read"):
    """{number: True, False or None (not known)}; None for all where the board cannot be read back."""
    relays = device.profile.relays
    coils = dict.fromkeys(numbers)
    missing = set(numbers) if relays.read is not None and not device.broadcast else set()
    while missing:
        number = min(missing)
        seen = relays.decode(number, await device.ask(relays.read, relays.fields(number), stage, "tell its relays"))
        coils.update({other: coil for other, coil in seen.items() if other in coils})
        missing -= set(seen)
    return coils


class Switching(States):
    """Bringing coils into states: True (on), False (off), None (not known), by number."""

    def __init__(self, device, relays, verify):
        self.relays = {relay.number: relay for relay in relays}
        super().__init__(device, self.relays, verify)

    def can_be_read(self):
        return self.device.profile.relays.read is not None

    async def look(self, stage):
        self.now = await read_coils(self.device, list(self.now), stage)

    async def tell(self, part, state):
        relay, messages = self.relays[part], self.device.profile.relays
        await self.device.ready_to_write()
        await self.say(part, messages.on if state else messages.off, messages.fields(part), "switch %s %s" % (relay, relay.load(state)))

    def in_words(self, part, state):
        return "%s is %s" % (self.relays[part], self.relays[part].load(state))

    async def pulse(self, relay, message, seconds):
        """A pulse that the board times itself: it leaves at most once."""
        fields = dict(self.device.profile.relays.fields(relay.number), seconds=seconds)
        while True:
            await self.device.ready_to_write()
            started = time.monotonic()
            try:
                await self.say(relay.number, message, fields, "pulse %s" % relay)
                break
            except BytewireError as error:
                if error.sent:
                    raise self._unacknowledged(relay, error)
                if not await self.device.may_retry(error):
                    raise
        if self.verify:
            await self._see_pulse(relay, started, seconds)

    def unverified(self, part, state):
        return self._reads_otherwise("was told to switch %s" % self.relays[part].load(state), self.relays[part])

    def _unacknowledged(self, relay, error):
        return BytewireError("unverified", "write", "%s: the pulse of %s was sent once and not acknowledged (%s) It is not sent again: "
                             "look whether it happened." % (self.device.title, relay, error.msg))

    async def _see_pulse(self, relay, started, seconds):
        coil = relay.coil(True)
        try:
            await self.look("verify")
        except BytewireError as error:
            raise BytewireError("unverified", "verify", "%s accepted the pulse of %s, which could not be seen: %s"
                                % (self.device.title, relay, error.msg))
        if time.monotonic() - started >= seconds * 0.9:
            self.warnings.append("%s: the pulse of %s was accepted, and over before it could be read back: that it happened is the board's word alone."
                                 % (self.device.title, relay))
        elif self.now[relay.number] is not coil:
            raise self._reads_otherwise("was told to pulse", relay)

    def _reads_otherwise(self, told, relay):
        return BytewireError("unverified", "verify", "%s: %s %s and the board accepted, but its coil reads %s. Something else may switch it "
                             "(a web page, a latch, another program), or the relay is not what was addressed."
                             % (self.device.title, relay, told, COIL[self.now[relay.number]]))

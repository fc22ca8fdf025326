# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The coils of a connected board: read them, switch them, see that they switched."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._device.desired_state import DesiredState, pauses
from ansible_collections.bytewire.devices.plugins.module_utils._device.device import PULSED, SETTLE, Device
from ansible_collections.bytewire.devices.plugins.module_utils._device.dialogue import QUIET
from ansible_collections.bytewire.devices.plugins.module_utils._device.relay_map import COIL, Relay
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Value, Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._page.parts import Relays
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import sleep


def relays_of(device: Device) -> Relays:
    """The relays of a model as its page has them; BytewireError where it has none."""
    if device.profile.relays is None:
        raise invalid(f"{device.title}: model {device.profile.name} has no relays.")
    return device.profile.relays


async def read_coils(device: Device, numbers: t.Collection[int], stage: str = "read", names: dict[int, str] | None = None) -> dict[int, bool | None]:
    """{number: True, False or None (not known)}; None for all where the board cannot be read back. names: where what the device calls them is noted."""
    relays = relays_of(device)
    coils: dict[int, bool | None] = dict.fromkeys(numbers)
    if relays.read is None or device.broadcast:
        return coils
    missing = set(numbers)
    while missing:
        number = min(missing)
        values = await device.ask(relays.read, relays.fields(number), stage, "tell its relays")
        seen = relays.decode(number, values)
        if names is not None:
            names.update(relays.told_names(number, values))
        coils.update({other: coil for other, coil in seen.items() if other in coils})
        missing -= set(seen)
    return coils


class RelayStates(DesiredState[int, bool]):
    """Brings coils into states: True (on), False (off), None (not known), by number.

    told, seen: by number the states that a load was told to take and did not refuse, and those it was read in, in their order.
    slow: by number the seconds within which a pulse that was seen reads as it is.
    """

    def __init__(self, device: Device, relays: t.Iterable[Relay], verify: bool) -> None:
        self.relays = {relay.number: relay for relay in relays}
        self.messages = relays_of(device)
        self.told: dict[int, list[str]] = {number: [] for number in self.relays}
        self.seen: dict[int, list[str]] = {number: [] for number in self.relays}
        self.slow: dict[int, float] = {}
        super().__init__(device, self.relays, verify)

    def can_be_read(self) -> bool:
        return self.messages.read is not None

    async def read(self, stage: str) -> None:
        self.now = await read_coils(self.device, list(self.now), stage)
        for number, coil in self.now.items():
            if coil is not None:
                _append(self.seen[number], self.relays[number].load(coil))

    async def command(self, part: int, state: bool) -> None:
        relay, messages = self.relays[part], self.messages
        await self.device.ready_to_write()
        message = messages.messages["on" if state else "off"]
        await self._tell(relay, relay.load(state), state, message, messages.fields(part), f"switch {relay} {relay.load(state)}")

    def in_words(self, part: int, state: bool | None) -> str:
        return f"{self.relays[part]} is {self.relays[part].load(state)}"

    async def pulse(self, relay: Relay, message: Message, seconds: float) -> None:
        """A pulse that the board times itself: it leaves at most once. What the load reads meanwhile does not stay, as the tasks that follow must know."""
        try:
            await self._pulse(relay, message, seconds)
        finally:
            if self.readable and relay.number in self.commanded:
                slow = self.slow.get(relay.number, max(self.settle_of([relay.number]), SETTLE))
                self.device.outstanding.told[self.device.named(relay.number)] = (PULSED, self.last_command + seconds + slow)

    async def _pulse(self, relay: Relay, message: Message, seconds: float) -> None:
        fields, before = dict(self.messages.fields(relay.number), seconds=seconds), self.now[relay.number]
        while True:
            await self.device.ready_to_write()
            started = time.monotonic()
            try:
                await self._tell(relay, PULSED, PULSED, message, fields, f"pulse {relay}", seconds)
                break
            except BytewireError as error:
                if error.sent and error.kind != "busy":
                    raise self._unacknowledged(relay, error)
                if error.sent or not await self.device.may_retry(error):
                    raise await self._error_after_reading(error, started + seconds)
        if self.verify:
            await self._verify_pulse(relay, before, started, seconds)
        else:
            await self.device.stands()

    async def _tell(self, relay: Relay, load: str, state: Value, message: Message, fields: Values, what: str, seconds: float = 0.0) -> None:
        try:
            await self.send_command(relay.number, state, message, fields, what, load == PULSED, seconds)
        except BytewireError as error:
            if error.sent:
                _append(self.told[relay.number], load)
            raise
        _append(self.told[relay.number], load)

    def unverified(self, part: int, state: bool) -> BytewireError:
        return self._reads_otherwise(f"was told to switch {self.relays[part].load(state)}", self.relays[part])

    def _unacknowledged(self, relay: Relay, error: BytewireError) -> BytewireError:
        return BytewireError("unverified", "write", f"{self.device.title}: the pulse of {relay} was sent once and not acknowledged ({error.msg}) It is not "
                             "sent again: look whether it happened.")

    async def _verify_pulse(self, relay: Relay, before: bool | None, started: float, seconds: float) -> None:
        """A pulse of a load that was the other way before is seen while it lasts; a board that reads late is asked again until it has settled."""
        coil = relay.coil(True)
        ends, settled = started + seconds * 0.9, started + self.settle_of([relay.number])
        missed = doubted = False
        for pause in pauses():
            try:
                await self.read("verify")
            except BytewireError as error:
                raise BytewireError("unverified", "verify", f"{self.device.title} accepted the pulse of {relay}, which could not be seen: {error.msg}")
            if before is not relay.coil(False):
                after = f" It is expected to be {relay.load(not coil)} afterwards." if before is coil is self.now[relay.number] else ""
                return self._take_its_word(relay, f"the load was {relay.load(before)} before" if before is coil else "what the load was before is not known",
                                           after)
            seen = self.now[relay.number] is coil
            if seen and not await self.device.in_doubt():
                self.slow[relay.number] = time.monotonic() - started + QUIET
                return None
            now = time.monotonic()
            if seen:
                self.now[relay.number] = None
                if doubted:
                    raise self.device.unbelievable("verify")
                doubted = True
                await self.device.start_anew()
            missed = missed or not seen and now < ends
            if missed and now >= settled:
                raise self._reads_otherwise("was told to pulse", relay)
            if now >= ends and not missed:
                return self._take_its_word(relay, "over before it could be read back")
            await sleep(pause)

    def _take_its_word(self, relay: Relay, why: str, after: str = "") -> None:
        self.device.warnings.append(f"{self.device.title}: the pulse of {relay} was accepted, and {why}: that it happened is the board's word alone.{after}")

    def _reads_otherwise(self, command: str, relay: Relay) -> BytewireError:
        return BytewireError("unverified", "verify", f"{self.device.title}: {relay} {command} and the board accepted, but its coil reads "
                             f"{COIL[self.now[relay.number]]}. Something else may switch it (a web page, a latch, another program), or the relay is not "
                             "what was addressed.")


def _append(states: list[str], state: str) -> None:
    if states[-1:] != [state]:
        states.append(state)

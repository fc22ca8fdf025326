# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make relays so: read the board, send only what differs, read again."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._device.relay_states import Switching
from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import device_spec
from ansible_collections.bytewire.devices.plugins.module_utils._device.relay_map import CONTACTS, NORMALLY_OPEN, RelayMap
from ansible_collections.bytewire.devices.plugins.module_utils._wire.wait import Sleep

LONGEST_WAIT = 86400  # seconds
TIMED = ("pulsed", "cycled")

SPEC = {
    "argument_spec": device_spec({
        "relay": {"type": "list", "elements": "str", "required": True},
        "state": {"type": "str", "choices": ["on", "off", "pulsed", "cycled"], "required": True},
        "duration": {"type": "float"},
        "contact": {"type": "str", "choices": list(CONTACTS), "default": NORMALLY_OPEN},
        "relays": {"type": "dict"},
        "verify": {"type": "bool", "default": True},
    }),
    "required_if": [("state", "pulsed", ("duration",)), ("state", "cycled", ("duration",))],
}


async def run(options, mode):
    """The result of the task; BytewireError where a relay could not be made so."""
    _refuse_wrong_duration(options)
    async with Device(options, mode.trace) as device:
        if device.profile is None:
            await device.open()
        relays = _picked(device, options)
        pulse = _pulse_messages(device, relays, options)
        switching = await Switching(device, relays, options["verify"]).begin()
        task = _Task(options["state"], options["duration"], switching, pulse)
        try:
            changed = await (task.predict() if mode.check else task.execute())
            return _report(device, task, mode, changed)
        except BytewireError as error:
            error.details.update(task.so_far())
            error.msg += task.in_words()
            raise


def _refuse_wrong_duration(options):
    duration, state = options["duration"], options["state"]
    if duration is not None and state not in TIMED:
        raise invalid("duration is for state pulsed or cycled, not %s." % state)
    if duration is not None and not 0 < duration <= LONGEST_WAIT:
        raise invalid("duration is %g; expected more than 0 and at most %d seconds." % (duration, LONGEST_WAIT))


def _picked(device, options):
    if device.profile.relays is None:
        raise invalid("%s: model %s has no relays." % (device.title, device.profile.name))
    names = RelayMap(options["relays"], options["contact"], device.title, device.profile.name, device.profile.relays.numbers)
    return names.pick(options["relay"])


def _pulse_messages(device, relays, options):
    """{relay number: message} of the pulses that the board times itself; a duration it cannot say is refused here."""
    messages = {}
    for relay in relays if options["state"] == "pulsed" else ():
        message = device.profile.relays.pulse if relay.coil(True) else device.profile.relays.pulse_off
        if message is not None:
            _refuse_unsayable(device, message, options["duration"])
            messages[relay.number] = message
    return messages


def _refuse_unsayable(device, message, duration):
    shortest, longest = device.profile.relays.pulse_limits(message)
    step = device.profile.relays.pulse_step(message)
    steps = duration / step
    if not shortest <= duration <= longest or abs(steps - round(steps)) > 1e-6:
        raise invalid("%s: duration is %g s, but model %s times pulses of %g to %g s in steps of %g s."
                      % (device.title, duration, device.profile.name, shortest, longest, step))


class _Task:
    """What is to be done with the relays, what it would come to, and what came of it."""

    def __init__(self, state, duration, switching, pulses):
        self.state, self.duration, self.switching, self.pulses = state, duration, switching, pulses
        self.relays = list(switching.relays.values())

    async def predict(self):
        """Nothing is sent but what logging in takes; now becomes what it would be."""
        final = self._wanted(self.state in ("on", "cycled"))
        differing = self.switching.differing(final)
        if differing or self.state in TIMED:
            await self.switching.device.ready_to_write()
        self.switching.now = final
        return bool(differing) or self.state in TIMED

    async def execute(self):
        if self.state == "pulsed":
            await self._pulse()
        elif self.state == "cycled":
            await self._turn_for_a_while(self.relays, False)
        else:
            await self.switching.make_so(self._wanted(self.state == "on"))
        return bool(self.switching.told) or self.state in TIMED

    def so_far(self):
        """For the report of a failure: the relays as far as they are known, and whether anything may have changed."""
        return {"relays": self.described(), "changed": bool(self.switching.told)}

    def in_words(self):
        """Which of several relays were told something before the failure."""
        if len(self.relays) == 1:
            return ""
        told = [relay for relay in self.relays if relay.number in self.switching.told]
        seen = [self.switching.in_words(relay.number, self.switching.now[relay.number]) for relay in told]
        untold = [str(relay) for relay in self.relays if relay not in told]
        return "".join((" Told before that: %s." % ", ".join(seen) if seen else "",
                        " Nothing was changed on: %s." % ", ".join(untold) if untold else ""))

    def described(self):
        return {str(relay.number): self._described(relay) for relay in self.relays}

    def _wanted(self, load_on):
        return {relay.number: relay.coil(load_on) for relay in self.relays}

    async def _pulse(self):
        for relay in self.relays:
            if relay.number in self.pulses:
                await self.switching.pulse(relay, self.pulses[relay.number], self.duration)
        await self._turn_for_a_while([relay for relay in self.relays if relay.number not in self.pulses], True)

    async def _turn_for_a_while(self, relays, load_on):
        """Timed by us, under the lock: into one state, wait, into the other. The end of a pulse switches nothing on, and waits for nobody's turn."""
        if not relays:
            return
        device = self.switching.device
        try:
            await self.switching.make_so({relay.number: relay.coil(load_on) for relay in relays})
            await Sleep(self.duration)
            await device.drop_if_closed()
            if load_on:
                device.turn = None
            await self.switching.make_so({relay.number: relay.coil(not load_on) for relay in relays})
        except BytewireError as error:
            error.msg += await self._turned_back([relay for relay in relays if relay.number in self.switching.told], load_on)
            raise

    async def _turned_back(self, relays, load_on):
        """After a failure, in words: loads that were switched are switched back, with retries of their own."""
        if not relays:
            return ""
        device = self.switching.device
        device.retries_left = device.options["retries"]
        words = " %s switched %s before" % ("The load was" if len(relays) == 1 else "Loads were", "on" if load_on else "off")
        try:
            await self.switching.make_so({relay.number: relay.coil(not load_on) for relay in relays})
        except BytewireError:
            return words + " and may still be so."
        return words + ", and %s %s again." % ("switched" if self.switching.verify else "told to switch", "off" if load_on else "on")

    def _described(self, relay):
        return dict(relay.described(self.switching.now[relay.number]), was=relay.load(self.switching.was[relay.number]))


def _report(device, task, mode, changed):
    result = {"changed": changed, "model": device.profile.name, "relays": task.described()}
    if mode.diff:
        result["diff"] = _diff(device, task)
    if mode.trace:
        result["trace"] = device.trace
    warnings = list(task.switching.warnings)
    if changed and not task.switching.readable:
        warnings.append("%s: %s cannot be read back: whether its relays switched is not known."
                        % (device.title, "a broadcast" if device.broadcast else "model %s" % device.profile.name))
    if warnings:
        result["warnings"] = warnings
    return result


def _diff(device, task):
    def text(number_of):
        return "".join("%s: %s\n" % (relay, relay.load(number_of[relay.number])) for relay in task.relays)

    after = text(task.switching.now)
    if task.state in TIMED:
        after = "".join("%s: %s for %g s\n" % (relay, task.state, task.duration) for relay in task.relays)
    return {"before_header": device.title, "after_header": device.title, "before": text(task.switching.was), "after": after}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings relays into the wanted states: read the board, send only what differs, read again."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay_words
from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._device.journal import JOURNAL, journaled
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import Spec, device_spec
from ansible_collections.bytewire.devices.plugins.module_utils._device.relay_map import CONTACTS, NORMALLY_OPEN, Relay, RelayMap, listed
from ansible_collections.bytewire.devices.plugins.module_utils._device.relay_states import RelayStates, relays_of
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import refuse_wrong_numbers, seconds
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode, Options, Result
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import go_on, sleep

SHORTEST_WAIT, LONGEST_WAIT = 0.001, 86400  # seconds
LATE = 0.5  # seconds by which a pulse may last too long without a word
TIMED = tuple(relay_words.BETWEEN)

DURATION: Spec = {"duration": {"type": seconds(SHORTEST_WAIT, LONGEST_WAIT)}}
SPEC: Spec = {
    "argument_spec": device_spec(DURATION, {
        "relay": {"type": "list", "elements": "str", "required": True},
        "state": {"type": "str", "choices": ["on", "off", "pulsed", "cycled"], "required": True},
        "contact": {"type": "str", "choices": list(CONTACTS), "default": NORMALLY_OPEN},
        "relays": {"type": "dict"},
        "verify": {"type": "bool", "default": True},
    }, JOURNAL),
    "required_if": [("state", "pulsed", ("duration",)), ("state", "cycled", ("duration",))],
}


@journaled("relay", SPEC)
async def run(options: Options, mode: Mode) -> Result:
    """The result of the task; BytewireError where a relay could not be made so."""
    _refuse_wrong_duration(options)
    async with Device(options, mode.trace) as device:
        if not device.known:
            await device.open()
        relays = _picked(device, options)
        pulse = _pulse_messages(device, relays, options)
        states = RelayStates(device, relays, options["verify"])
        await states.begin()
        task = _Task(options["state"], options["duration"] or 0.0, states, pulse)
        try:
            changed = await (task.predict() if mode.check else task.execute())
            return _report(device, task, mode, changed)
        except BytewireError as error:
            so_far = task.so_far(mode.check)
            error.details.update(so_far)
            error.msg = task.in_words(error.msg, so_far["relays"])
            raise


def _refuse_wrong_duration(options: Options) -> None:
    duration, state = options["duration"], options["state"]
    if duration is not None and state not in TIMED:
        raise invalid(f"duration is for state pulsed or cycled, not {state}.")
    refuse_wrong_numbers(DURATION, options)


def _picked(device: Device, options: Options) -> list[Relay]:
    board = relays_of(device)
    if board.on is None:
        raise invalid(f"{device.title}: the relays of model {device.profile.name} can be read, not switched: ask device_info.")
    names = RelayMap(options["relays"], options["contact"], device.title, device.profile.name, board.numbers, board.names)
    return names.pick(options["relay"])


def _pulse_messages(device: Device, relays: t.Iterable[Relay], options: Options) -> dict[int, Message]:
    """{relay number: message} of the pulses that the board times itself; a duration it cannot say is refused here."""
    messages, board = {}, relays_of(device)
    for relay in relays if options["state"] == "pulsed" else ():
        message, key = (board.pulse, "pulse") if relay.coil(True) else (board.pulse_off, "pulse_off")
        if message is not None:
            _refuse_impossible_duration(device, message, key, options["duration"])
            messages[relay.number] = message
    return messages


def _refuse_impossible_duration(device: Device, message: Message, key: str, duration: float) -> None:
    shortest, longest = relays_of(device).pulse_limits(message)
    step = relays_of(device).pulse_step(message)
    steps = duration / step
    if not shortest <= duration <= longest or abs(steps - round(steps)) > 1e-6:
        name = device.profile.name
        page = f"set bytewire_model to {{extends: {name}, relays: {{{key}: null}}}}" if "inline" not in name else f"say {key}: null in the relays of its page"
        nearest = min(max(round(steps) * step, shortest), longest)
        advice = (f"For the task to time it instead of the board, {page}; what is switched then stays so if the task is killed." if duration > longest
                  else f"The nearest is {nearest:g} s.")
        raise invalid(f"{device.title}: duration is {duration:g} s, but model {name} times pulses of {shortest:g} to {longest:g} s in steps of {step:g} s. "
                      f"{advice}")


class _Task:
    """What is to be done with the relays, what it would come to, and what came of it."""

    def __init__(self, state: str, duration: float, states: RelayStates, pulses: t.Mapping[int, Message]) -> None:
        self.state, self.duration, self.states, self.pulses = state, duration, states, pulses
        self.relays = list(states.relays.values())

    async def predict(self) -> bool:
        """Nothing is sent but what logging in takes; now becomes what it would be."""
        final = self._wanted(self.state in ("on", "cycled"))
        await self.states.sure()
        differing = self.states.differing(final)
        if differing or self.state in TIMED:
            await self.states.device.ready_to_write()
        self.states.now.update(final)
        return bool(differing) or self.state in TIMED

    async def execute(self) -> bool:
        """True where something may have changed."""
        if self.state in TIMED:
            await self.states.sure()
            self.states.device.past.once = True
        if self.state == "pulsed":
            await self._pulse()
        elif self.state == "cycled":
            await self._switch_for_a_while(self.relays, False)
        else:
            await self.states.ensure(self._wanted(self.state == "on"))
        return bool(self.states.commanded) or self.state in TIMED

    def so_far(self, check: bool) -> Result:
        """For the report of a failure: the relays as far as they are known, and whether anything may have changed."""
        return {"relays": self.described(course=not check), "changed": bool(self.states.commanded)}

    def in_words(self, why: str, relays: t.Mapping[str, relay_words.Relay]) -> str:
        """A failure: how a load was left that must not stay so, then why, then what else was told and seen."""
        found = relay_words.worst(relays)
        if found is None:
            return why + self._progress()
        words, numbers = found
        left = f"{listed([self.states.relays[int(number)] for number in numbers])} {relay_words.said(words.alarm + words.rest, len(numbers))}."
        title = f"{self.states.device.title}: "
        cause = why[len(title)].upper() + why[len(title) + 1:] if why.startswith(title) else why
        why = f"{title}{left} {cause}" if words.alarm else f"{why} {left[0].upper()}{left[1:]}"
        return why + self._progress(numbers)

    def _progress(self, said: t.Sequence[str] = ()) -> str:
        """Which of several relays, but those that it is said of, a command was sent for before the failure, in words."""
        if len(self.relays) == 1:
            return ""
        commanded = [relay for relay in self.relays if relay.number in self.states.commanded and str(relay.number) not in said]
        seen = [self.states.in_words(relay.number, self.states.now[relay.number]) for relay in commanded
                if relay.number not in self.states.accepted_unseen()]
        others = [str(relay) for relay in self.relays if relay.number not in self.states.commanded and str(relay.number) not in said]
        return "".join((f" Told before that: {', '.join(seen)}." if seen else "",
                        f" Nothing was changed on: {', '.join(others)}." if others else ""))

    def described(self, course: bool = True) -> dict[str, dict[str, t.Any]]:
        """The relays as results have them, with the course of what is timed."""
        return {str(relay.number): self._described(relay, course) for relay in self.relays}

    def _wanted(self, load_on: bool) -> dict[int, bool]:
        return {relay.number: relay.coil(load_on) for relay in self.relays}

    async def _pulse(self) -> None:
        for relay in self.relays:
            if relay.number in self.pulses:
                await self.states.pulse(relay, self.pulses[relay.number], self.duration)
        await self._switch_for_a_while([relay for relay in self.relays if relay.number not in self.pulses], True)

    async def _switch_for_a_while(self, relays: t.Sequence[Relay], load_on: bool) -> None:
        """Timed by us, under the lock: into one state, wait, into the other. The end of a pulse switches nothing on, and waits for nobody's turn."""
        if not relays:
            return
        device = self.states.device
        try:
            self.states.meanwhile = f" for {self.duration:g} s (it may still be {'on' if load_on else 'off'})"
            await self.states.ensure({relay.number: relay.coil(load_on) for relay in relays})
            self.states.meanwhile = ""
            began = self.states.last_command if load_on and self.states.commanded else time.monotonic()  # a load that is off is seen to be so
            await sleep(began + self.duration - time.monotonic())
            await device.drop_if_closed()
            if load_on:
                device.turn = None
            self.states.forget(relay.number for relay in relays)
            await self.states.ensure({relay.number: relay.coil(not load_on) for relay in relays})
            lasted = self.states.last_command - began
            if load_on and lasted > self.duration + LATE:
                device.warnings.append(f"{device.title}: {listed(relays)} {'was' if len(relays) == 1 else 'were'} on for {lasted:.1f} s instead of "
                                       f"{self.duration:g} s: until then it was not seen to be on.")
        except BytewireError as error:
            await self._switch_back([relay for relay in relays if relay.number in self.states.commanded], load_on, error)
            raise

    async def _switch_back(self, relays: t.Sequence[Relay], load_on: bool, error: BytewireError) -> None:
        """After a failure, and where Ansible ended the task: loads that were switched are switched back, with retries of their own."""
        if not relays:
            return
        go_on()
        device = self.states.device
        device.retries_left = device.options["retries"]
        self.states.meanwhile = ""
        self.states.forget(relay.number for relay in relays)
        told = {number: list(states) for number, states in self.states.told.items()}
        try:
            await self.states.ensure({relay.number: relay.coil(not load_on) for relay in relays})
        except BytewireError as again:
            if again is error:
                self.states.told = told  # the time for the whole fleet was over: nothing was sent any more

    def _described(self, relay: Relay, course: bool) -> dict[str, t.Any]:
        states, number = self.states, relay.number
        described: dict[str, t.Any] = dict(relay.described(states.now[number]), was=relay.load(states.was[number]))
        if self.state in TIMED and course:
            described.update(relay_words.course(self.state, self.duration, states.told[number], states.seen[number]))
        return described


def _report(device: Device, task: _Task, mode: Mode, changed: bool) -> Result:
    result: Result = {"changed": changed, "model": device.profile.name, "relays": task.described()}
    if mode.diff:
        result["diff"] = _diff(device, task)
    if changed and not task.states.readable:
        what = "a broadcast" if device.broadcast else f"model {device.profile.name}"
        device.warnings.append(f"{device.title}: {what} cannot be read back: whether its relays switched is not known.")
    return device.completed(result)


def _diff(device: Device, task: _Task) -> dict[str, str]:
    def text(coils: t.Mapping[int, bool | None]) -> str:
        return "".join(f"{relay}: {relay.load(coils[relay.number])}\n" for relay in task.relays)

    after = text(task.states.now)
    if task.state in TIMED:
        after = "".join(f"{relay}: {task.state} for {task.duration:g} s\n" for relay in task.relays)
    return {"before_header": device.title, "after_header": device.title, "before": text(task.states.was), "after": after}

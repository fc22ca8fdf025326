# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio
import math
import os
import sys
import time
import typing as t

DOCUMENTATION = r"""
short_description: Watch relays and inputs of boards
description:
  - An event source for ansible-rulebook. It asks each board at an interval, and tells what changed, and when a board is lost and returns.
  - What changes and changes back between two polls is not seen.
  - Each board has one connection, kept between polls where the board serves several at once (C(connections) in its profile), and made anew for
    each poll elsewhere. The board's lock is held during a poll alone, so that tasks switch meanwhile. A poll that finds a task at the board
    waits for it for O(lock_timeout) at most, and is then left out.
  - Needs ansible-core in the environment of ansible-rulebook, on Python 3.11 or newer.
version_added: 1.1.0
options:
  boards:
    description:
      - The boards by name, each with the options of M(bytewire.devices.device_info) (O(host), O(port), O(model), O(username), O(password),
        O(unit), O(transport), O(timeout), O(connect_timeout), O(retries), O(lock_timeout) and those for TLS and serial lines), and O(relays),
        O(contact) and O(inputs).
      - A board without O(host) is reached by its name.
    type: dict
    required: true
  interval:
    description: Seconds from the beginning of a poll of a board to that of the next, 0.05 to 86400. Half of it at least lies behind the end of one.
    type: float
    default: 1.0
  initial:
    description: Tell at first what each relay and each input is, as a change from null.
    type: bool
    default: false
  relays:
    description: Names of relays, as the inventory variable C(bytewire_relays).
    type: dict
  contact:
    description: The contact that the loads are wired to, C(normally_open) or C(normally_closed).
    type: str
    default: normally_open
  inputs:
    description: Names of inputs, a dictionary of name and number.
    type: dict
  lock_timeout:
    description: Seconds that a poll waits for a task at the same board, 0 to 86400. Unless given, O(interval).
    type: float
notes:
  - An option of a board that stands beside O(boards) is that of every board without one of its own.
  - It may need two open files for each board, and raises the limit of its process as far as the system lets it (C(ulimit -Hn)).
  - A board counts as lost when a poll failed, with its O(retries). It is asked on, at the same interval.
"""

EXAMPLES = r"""
- name: React to inputs
  hosts: all
  sources:
    - name: boards
      bytewire.devices.watch:
        interval: 0.5
        model: eth484
        inputs: {door: 1}
        boards:
          garage: {host: 192.168.0.200}
          attic: {host: 192.168.0.201, password: "{{ attic_password }}"}
  rules:
    - name: Tell that a door was opened
      condition: event.type == "changed" and event.name == "door" and event.state == "active"
      action:
        debug:
          msg: "{{ event.board }}: the door is open"
"""

# A rulebook runs this file without Ansible's way of finding collections.
_COLLECTIONS = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 6))
if os.path.basename(_COLLECTIONS) == "ansible_collections" and os.path.dirname(_COLLECTIONS) not in sys.path:
    sys.path.insert(0, os.path.dirname(_COLLECTIONS))
    import ansible_collections

    if _COLLECTIONS not in ansible_collections.__path__:
        ansible_collections.__path__.append(_COLLECTIONS)

from ansible_collections.bytewire.devices.plugins.module_utils._capability.fleet import FILES_EACH, allow_open_files
from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import DEVICE
from ansible_collections.bytewire.devices.plugins.module_utils._device.relay_map import CONTACTS, NORMALLY_OPEN, Relay, RelayMap
from ansible_collections.bytewire.devices.plugins.module_utils._device.relay_states import read_coils
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import as_whole, brief, seconds
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._secrets import secrets
from ansible_collections.bytewire.devices.plugins.plugin_utils._events import checked, defused, event
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve

SHORTEST, LONGEST = 0.05, 86400  # seconds
SPEC = {
    "boards": {"type": "dict", "required": True},
    "interval": {"type": seconds(SHORTEST, LONGEST), "default": 1.0},
    "initial": {"type": "bool", "default": False},
}
BOARD = {
    **{name: option for name, option in DEVICE.items() if name not in ("label", "trace")},
    "lock_timeout": {"type": seconds(0, 86400)},
    "relays": {"type": "dict"},
    "contact": {"type": "str", "choices": list(CONTACTS), "default": NORMALLY_OPEN},
    "inputs": {"type": "dict"},
}
OURS = ("options", "lock", "profile")
"""Stages of an invalid request that no board is to blame for."""

Event = dict[str, t.Any]
States = dict[tuple[str, int, "str | None"], str]
"""{(relay or input, number, name): state}"""


async def main(queue: asyncio.Queue[Event], args: dict[str, t.Any]) -> None:
    """Watch until cancelled; what is wrong in the options, then or once a board is known, ends it."""
    shared = {name: value for name, value in args.items() if name in BOARD}
    options = checked("watch", SPEC, {name: value for name, value in args.items() if name not in BOARD}, BOARD)
    interval = options["interval"]
    if not options["boards"]:
        raise invalid("watch: boards is empty: there is nothing to watch.")
    boards = [Board(str(name), {**shared, **_own(name, board)}, interval, options["initial"]) for name, board in options["boards"].items()]
    allow_open_files(FILES_EACH * len(boards), f"watch: {len(boards)} boards", "let one process watch")
    tasks = [asyncio.ensure_future(board.watch(queue, interval * number / len(boards))) for number, board in enumerate(boards)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _own(name: object, board: t.Any) -> dict[str, t.Any]:
    if board is not None and not isinstance(board, dict):
        raise invalid(f"watch: boards: {name} is {board!r}; expected its options, for example {{host: 192.168.0.200, model: eth008}}.")
    return board or {}


def next_poll(due: float, ended: float, interval: float) -> float:
    """When a poll is due behind one that was due then and has ended: boards keep their times, so that those which were late together do not stay together."""
    return due + interval * max(math.ceil((ended - due) / interval + 0.5), 1)


class Board:
    """One board: what it was when it was seen last, and since when it is lost."""

    def __init__(self, name: str, arguments: dict[str, t.Any], interval: float, initial: bool) -> None:
        self.name, self.interval = name, interval
        options = checked(f"watch: {name}", BOARD, {"host": name, **arguments})
        try:
            model = resolve(options["model"], [os.getcwd()])
        except ProfileError as error:
            raise invalid(f"watch: {name}: {error}.", stage="profile") from error
        waits = interval if options["lock_timeout"] is None else options["lock_timeout"]
        self.options = {**options, "label": name, "model": model, "lock_timeout": waits}
        self.secrets = secrets(self.options, BOARD)
        self.device = Device(self.options)
        self.model: str | None = None
        self.known: States | None = {} if initial else None
        self.lost: float | None = None
        if self.device.known:
            self._channels(self.device)

    async def watch(self, queue: asyncio.Queue[Event], delay: float) -> None:
        """Poll until cancelled, the first time after a delay; nothing stays open."""
        due = time.monotonic() + delay
        try:
            while True:
                await asyncio.sleep(due - time.monotonic())
                for found in await self._poll_events():
                    await queue.put(found)
                due = next_poll(due, time.monotonic(), self.interval)
        finally:
            await self.device.drop()

    async def _poll_events(self) -> list[Event]:
        """The events of one poll."""
        try:
            states = await self._poll()
        except BytewireError as error:
            if error.kind == "busy" and error.stage == "lock":
                return []
            if error.kind == "invalid" and error.stage in OURS:
                raise
            return await self._missed(error)
        events = []
        if self.lost is not None:
            events.append(self._event("returned", seconds=round(time.monotonic() - self.lost, 1)))
            self.lost = None
        return events + self._changes(states)

    async def _missed(self, error: BytewireError) -> list[Event]:
        """Lost, one event for all of it; the next poll begins anew, with the name resolved again."""
        await self.device.drop()
        self.device = Device(self.options)
        if self.lost is not None:
            return []
        self.lost = time.monotonic()
        return [self._event("lost", error={"kind": error.kind, "stage": error.stage}, reason=defused(self.secrets.shown(error.msg)))]

    def _changes(self, states: States) -> list[Event]:
        """States that are as they were are let go, so that what is kept does not come to lie among what is not: memory would grow."""
        if states == self.known:
            return []
        before, self.known = self.known, states
        if before is None:
            return []
        return [self._event("changed", **{kind: number}, name=name, state=state, was=before.get((kind, number, name)))
                for (kind, number, name), state in states.items() if before.get((kind, number, name)) != state]

    def _event(self, kind: str, **details: t.Any) -> Event:
        return event(kind, board=self.name, host=self.options["host"], port=self.device.port, model=self.model, **details)

    # what follows talks to the board

    async def _poll(self) -> States:
        """What everything is; the lock is held as long as this takes."""
        device = self.device
        device.begin_task()
        try:
            await device.hold()
            await device.drop_if_closed()
            await device.open()
            self.model = device.profile.name
            states = await self._states(device)
            if (device.profile.connections or 1) == 1:
                await device.drop()
            return states
        finally:
            device.let_go()

    async def _states(self, device: Device) -> States:
        relays, inputs = self._channels(device)
        profile, states = device.profile, States()
        if relays:
            coils = await read_coils(device, [relay.number for relay in relays])
            states.update({("relay", relay.number, relay.name): relay.load(coils[relay.number]) for relay in relays})
        if inputs and profile.inputs is not None:
            bits = int((await device.ask(profile.inputs.read, {}, "read"))["inputs"])
            lowest = profile.inputs.numbers[0]
            states.update({("input", number, name): "active" if bits >> number - lowest & 1 else "inactive" for number, name in inputs.items()})
        return states

    def _channels(self, device: Device) -> tuple[list[Relay], dict[int, str | None]]:
        """([Relay], {number of an input: its name}) that can be read."""
        profile = device.profile
        relays = RelayMap(self.options["relays"], self.options["contact"], device.title, profile.name, profile.relays.numbers).all() \
            if profile.relays is not None and profile.relays.read is not None else []
        inputs: dict[int, str | None] = dict.fromkeys(profile.inputs.numbers if profile.inputs is not None else ())
        for name, number in (self.options["inputs"] or {}).items():
            if as_whole(number) not in inputs:
                raise invalid(f"{device.title}: inputs: '{name}' is {brief(number)}, but model {profile.name} has the inputs "
                              f"{', '.join(map(str, inputs)) or 'none'}.")
            inputs[int(number)] = str(name)
        if not relays and not inputs:
            raise invalid(f"{device.title}: model {profile.name} has neither relays nor inputs that can be read: there is nothing to watch.")
        return relays, inputs

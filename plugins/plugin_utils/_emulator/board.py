# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of an emulated board, and the reply to each request. No input or output: time comes from a clock."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._profile import Message, Profile
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.session import SESSIONS, OpenSession

WRITES = ("relays.on", "relays.off", "relays.pulse", "relays.pulse_off", "relays.write")


class Board:
    """Coils, inputs, analogue values and what else a profile's replies speak of.

    initial: relays (numbers that are on), inputs (numbers that are active), analogue ({number: value}), and any other field.
    """

    def __init__(self, profile: Profile, initial: dict[str, t.Any] | None = None, password: str | None = None,
                 clock: t.Callable[[], float] = time.monotonic) -> None:
        self.profile, self.password, self.clock = profile, password, clock
        values = {**(profile.page.get("emulator") or {}), **(profile.expected or {}), **(initial or {})}
        self.coils: dict[int, bool] = {}
        self._pulses: dict[int, tuple[float, bool]] = {}
        if profile.relays:
            on = {int(number) for number in values.pop("relays", ())}
            _refuse_strangers("relays", on, profile.relays.numbers)
            self.coils = {number: number in on for number in profile.relays.numbers}
        self.inputs = {int(number) for number in values.pop("inputs", ())}
        _refuse_strangers("inputs", self.inputs, profile.inputs.numbers if profile.inputs else [])
        self.analogue = {int(number): value for number, value in dict(values.pop("analogue", {})).items()}
        _refuse_strangers("analogue", self.analogue, profile.analogue.numbers if profile.analogue else [])
        self.values = {"motor_disabled": 0, **values}

    def session(self) -> OpenSession:
        """The session of a new connection."""
        return SESSIONS.get(self.profile.session_name, OpenSession)(self)

    def hears(self, values: dict[str, t.Any]) -> bool:
        """True unless a request is for another unit."""
        return all(values.get(name, number) == number for name, number in self.profile.unit_values(None).items())

    def coil(self, number: int) -> bool:
        self._expire(number)
        return self.coils[number]

    def all_coils(self) -> dict[int, bool]:
        return {number: self.coil(number) for number in self.coils}

    def act(self, what: str, values: dict[str, t.Any]) -> dict[int, bool]:
        """Do what a request asks for; the coils that changed."""
        before = self.all_coils()
        number = self.profile.relays.number_of(values) if self.profile.relays else None
        if what in ("relays.on", "relays.off") and number is not None:
            self._set(number, what == "relays.on")
        elif what in ("relays.pulse", "relays.pulse_off") and number is not None:
            self._set(number, what == "relays.pulse")
            self._pulses[number] = (self.clock() + values["seconds"], what != "relays.pulse")
        elif what == "relays.write":
            for other in self.coils:
                self._set(other, bool(values["relays"] >> (other - self.profile.relays.lowest) & 1))
        return {other: on for other, on in self.coils.items() if before[other] != on}

    def reply(self, what: str, message: Message, values: dict[str, t.Any]) -> bytes | None:
        """The bytes of the first reply of a message, or None where it has none."""
        if not message.replies:
            return None
        template = message.replies[0]
        blanks = {field.name: 0 if field.codec.numeric else field.codec.blank().decode("latin-1") for field in template.fields}
        return template.render({**blanks, **self._reply_values(what, values)})

    def refusal(self, message: Message, values: dict[str, t.Any]) -> bytes | None:
        """The bytes of a refusal, or None where the device knows no refusal and stays silent."""
        return message.refused[0].render({"code": 1, **values}) if message.refused else None

    def _reply_values(self, what: str, values: dict[str, t.Any]) -> dict[str, t.Any]:
        known = {**self.values, **values}
        if what == "relays.read":
            number = self.profile.relays.number_of(values)
            if number is None:
                number = self.profile.relays.lowest + (values.get("bank", 1) - 1) * 8
            known.update(self.profile.relays.encode(number, self.all_coils()))
        elif what == "inputs":
            lowest = self.profile.inputs.numbers[0]
            known["inputs"] = sum(1 << number - lowest for number in self.inputs)
        elif what == "analogue":
            known["value"] = self.analogue.get(values.get("channel"), 0)
        return known

    def _set(self, number: int, on: bool) -> None:
        self._pulses.pop(number, None)
        self.coils[number] = on

    def _expire(self, number: int) -> None:
        if number in self._pulses and self.clock() >= self._pulses[number][0]:
            self.coils[number] = self._pulses.pop(number)[1]


def _refuse_strangers(what: str, numbers: t.Iterable[int], known: t.Sequence[int]) -> None:
    strangers = sorted(set(numbers) - set(known))
    if strangers:
        raise ValueError(f"initial.{what}: this model has no {', '.join(map(str, strangers))}")

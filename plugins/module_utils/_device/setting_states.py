# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of a connected device: read them, set them, see that they are set."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._device.desired_state import DesiredState
from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Value, Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message, ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._page.setting import Setting
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import Code


def codes(device: Device, wanted: t.Mapping[str, object]) -> dict[str, Code]:
    """{setting: code} in the order in which they are set; whatever cannot be is refused here, before anything is sent."""
    settings, told = device.profile.settings, device.profile.told
    if not settings:
        raise invalid(f"{device.title}: model {device.profile.name} has no settings.")
    try:
        wanted, renamed = device.profile.current(wanted)
    except ProfileError as error:
        raise invalid(f"{device.title}: {error}.")
    for old, new in renamed.items():
        device.warnings.append(f"{device.title}: the setting '{old}' is called '{new}' now. The old word will not be understood from release 3.0.0 on.")
    if not wanted:
        raise invalid(f"{device.title}: no setting was named; model {device.profile.name} has {', '.join(told)}.")
    for name in wanted:
        setting = told.get(name.split(".")[0])
        if setting is not None and setting.index is not None and name not in settings:
            raise invalid(f"{device.title}: '{name}' names no {setting.index.name} that model {device.profile.name} has; expected for example "
                          f"{setting.name}.{next(iter(setting.index.values))}, {setting.index.name} {setting.index.expected()}.")
        if name not in settings:
            raise invalid(f"{device.title}: there is no setting '{name}' on model {device.profile.name}, which has {', '.join(told)}.")
        _message_to_set(device, name)
    try:
        found = {name: settings[name].code(wanted[name]) for name in in_order(settings) if name in wanted}
        for name, code in found.items():
            if not settings[name].has(code):
                device.profile.refuse_confusable(settings[name], code)
    except ProfileError as error:
        raise invalid(f"{device.title}: {error}.")
    _refuse_contradictions(device, found)
    return found


def _message_to_set(device: Device, name: str) -> Message:
    message = device.profile.settings[name].set
    if message is None:
        raise invalid(f"{device.title}: '{name}' of model {device.profile.name} can be read, not set.")
    return message


def _refuse_contradictions(device: Device, wanted: t.Mapping[str, Value]) -> None:
    settings = device.profile.settings
    for name in wanted:
        for other, value in settings[name].needs.items():
            if other in wanted and wanted[other] != settings[other].code(value):
                raise invalid(f"{device.title}: {name} can only be set while {other} is {value}, and the task wants {other} to be "
                              f"{settings[other].value(wanted[other])}.")


def in_order(settings: t.Mapping[str, Setting]) -> list[str]:
    """The names in the order of the page, but those that need others behind those that need none."""
    return sorted(settings, key=lambda name: bool(settings[name].needs))


class Readings:
    """What the settings of a device are, asked in order; None for what it does not tell."""

    def __init__(self, device: Device) -> None:
        self.device, self.settings = device, device.profile.settings

    def with_needs(self, names: t.Collection[str]) -> list[str]:
        """These settings and those that they depend on, in order."""
        needed = {other for name in names for other in self.settings[name].needs}
        return [name for name in in_order(self.settings) if name in names or name in needed]

    async def ask(self, name: str, now: t.Mapping[str, Value | None], stage: str, heard: dict[tuple[object, ...], Values] | None = None) -> Value | None:
        """The code of one setting; in a state in which the device would not answer it is not asked.

        heard: the answers of this round, each of which may tell several.
        """
        setting = self.settings[name]
        if setting.get is None or self.device.broadcast or self.unmet(name, now):
            return None
        heard, asked = {} if heard is None else heard, setting.question()
        same = (self.device.profile.together.get(setting.get.where, [setting.get.where])[0], *asked.items())
        if same not in heard:
            heard[same] = await self.device.ask(setting.get, asked, stage, f"tell its {name}")
        code = setting.answer(heard[same])
        return None if code is None else setting.get.told(code)

    def unmet(self, name: str, now: t.Mapping[str, Value | None]) -> tuple[str, object] | None:
        """(other setting, the value that it would need) where it is known to have another, or None."""
        for other, value in self.settings[name].needs.items():
            if now.get(other) is not None and not self.settings[other].same(now[other], self.settings[other].code(value)):
                return other, value
        return None

    def value(self, name: str, code: Value | None) -> Value:
        """The name of a code, or the number itself; 'unknown' where there is none."""
        return "unknown" if code is None else self.settings[name].value(code)


class SettingStates(DesiredState[str, Value]):
    """Brings settings to codes; None where a code is not known."""

    def __init__(self, device: Device, wanted: t.Mapping[str, Value], verify: bool) -> None:
        self.readings = Readings(device)
        self.wanted = wanted
        super().__init__(device, self.readings.with_needs(wanted), verify)

    async def begin(self) -> None:
        await super().begin()
        self._refuse_unmet()
        self._refuse_missing()

    def can_be_read(self) -> bool:
        return any(self.reads(name) for name in self.wanted)

    def reads(self, part: str) -> bool:
        return self.readings.settings[part].get is not None

    def on_its_way(self, part: str, state: Value) -> bool:
        now = self.now[part]
        return now is not None and self.readings.settings[part].transient.get(now) == state

    def same(self, part: str, one: Value | None, other: Value | None) -> bool:
        return self.readings.settings[part].same(one, other)

    def settle_of(self, parts: t.Iterable[str]) -> float:
        return max([self.device.settle_of(self.readings.settings[part].set) for part in parts], default=0.0)

    async def read(self, stage: str) -> None:
        now: dict[str, Value | None] = {}
        heard: dict[tuple[object, ...], Values] = {}
        for name in self.now:
            now[name] = await self.readings.ask(name, now, stage, heard)
        self.now.update(now)

    async def command(self, part: str, state: Value) -> None:
        setting = self.readings.settings[part]
        unasked = self.now[part] is None and part not in self.disbelieved
        if unasked and setting.needs and self.reads(part) and await self._is_already(part, state):
            return
        await self.device.ready_to_write()
        await self.send_command(part, state, _message_to_set(self.device, part), setting.fields(state), f"set {part} to {setting.value(state)}")

    def in_words(self, part: str, state: Value | None) -> str:
        return f"{part} is {self.readings.value(part, state)}"

    def unverified(self, part: str, state: Value) -> BytewireError:
        wanted, now = self.readings.value(part, state), self.readings.value(part, self.now[part])
        told = f"{part} was set to {wanted} and the device accepted" if part in self.commanded else f"{part} was not set again"
        if self.on_its_way(part, state):
            return BytewireError("unverified", "verify", f"{self.device.title}: {told}; it reads {now}, which is on the way to {wanted}, and was not over "
                                 f"within {self.settle_of([part]):g} s (settle). Look again later: it need not be told again.", outcome="unknown")
        return BytewireError("unverified", "verify", f"{self.device.title}: {told}, but it reads {now}.")

    async def _is_already(self, part: str, state: Value) -> bool:
        """What could not be asked before (in standby) is asked now; it may be as wanted already."""
        try:
            code = await self.readings.ask(part, {}, "read")
        except BytewireError as error:
            if any(other in self.commanded for other in self.readings.settings[part].needs):
                error.msg += " It was switched on in this task, and may need longer to come up"
                error.msg += ": run the task again later." if error.kind == "refused" else "."
            raise
        self.now[part] = code
        if self.was[part] is None:
            self.was[part] = code
        return self.is_so(part, state)

    def _refuse_missing(self) -> None:
        """An output that the table of all does not have is not there."""
        for name in self.wanted:
            setting = self.readings.settings[name]
            unasked = self.device.broadcast or self.readings.unmet(name, self.now)
            if setting.in_table and self.now[name] is None and name not in self.disbelieved and not unasked:
                raise invalid(f"{self.device.title} has no {name}: its answer tells of others alone. Nothing was sent but the question.")

    def _refuse_unmet(self) -> None:
        for name in self.wanted:
            unmet = self.readings.unmet(name, self.now)
            if unmet and unmet[0] not in self.wanted:
                raise BytewireError("refused", "read", f"{self.device.title}: {name} can only be read and set while {unmet[0]} is {unmet[1]}, and it is "
                                    f"{self.readings.value(unmet[0], self.now[unmet[0]])}. Nothing was sent but the question; set {unmet[0]} too.")

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of a connected device: read them, set them, see that they are set."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._page.exchange import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._device.desired_state import States


def codes(device, wanted):
    """{setting: code} in the order in which they are set; whatever cannot be is refused here, before anything is sent."""
    settings = device.profile.settings
    if not settings:
        raise invalid("%s: model %s has no settings." % (device.title, device.profile.name))
    if not wanted:
        raise invalid("%s: no setting was named; model %s has %s." % (device.title, device.profile.name, ", ".join(settings)))
    for name in wanted:
        if name not in settings:
            raise invalid("%s: there is no setting '%s' on model %s, which has %s." % (device.title, name, device.profile.name, ", ".join(settings)))
        if settings[name].set is None:
            raise invalid("%s: '%s' of model %s can be read, not set." % (device.title, name, device.profile.name))
    try:
        found = {name: settings[name].code(wanted[name]) for name in in_order(settings) if name in wanted}
        for name, code in found.items():
            if not settings[name].has(code):
                device.profile.refuse_confusable(settings[name], code)
    except ProfileError as error:
        raise invalid("%s: %s." % (device.title, error))
    _refuse_contradictions(device, found)
    return found


def _refuse_contradictions(device, wanted):
    settings = device.profile.settings
    for name in wanted:
        for other, value in settings[name].needs.items():
            if other in wanted and wanted[other] != settings[other].code(value):
                raise invalid("%s: %s can only be set while %s is %s, and the task wants %s to be %s."
                              % (device.title, name, other, value, other, settings[other].value(wanted[other])))


def in_order(settings):
    """The names in the order of the page, but those that need others behind those that need none."""
    return sorted(settings, key=lambda name: bool(settings[name].needs))


class Readings:
    """What the settings of a device are, asked in order; None for what it does not tell."""

    def __init__(self, device):
        self.device, self.settings = device, device.profile.settings

    def with_needs(self, names):
        """These settings and those that they depend on, in order."""
        needed = {other for name in names for other in self.settings[name].needs}
        return [name for name in in_order(self.settings) if name in names or name in needed]

    async def ask(self, name, now, stage):
        """The code of one setting; in a state in which the device would not answer it is not asked."""
        setting = self.settings[name]
        if setting.get is None or self.device.broadcast or self.unmet(name, now):
            return None
        return setting.heard(await self.device.ask(setting.get, {}, stage, "tell its %s" % name))

    def unmet(self, name, now):
        """(other setting, the value that it would need) where it is known to have another, or None."""
        for other, value in self.settings[name].needs.items():
            if now.get(other) is not None and now[other] != self.settings[other].code(value):
                return other, value
        return None

    def value(self, name, code):
        return "unknown" if code is None else self.settings[name].value(code)


class Adjusting(States):
    """Bringing settings to codes; None where a code is not known."""

    def __init__(self, device, wanted, verify):
        self.readings = Readings(device)
        self.wanted = wanted
        super().__init__(device, self.readings.with_needs(wanted), verify)

    async def begin(self):
        await super().begin()
        self._refuse_unmet()
        return self

    def can_be_read(self):
        return any(self.reads(name) for name in self.wanted)

    def reads(self, part):
        return self.readings.settings[part].get is not None

    async def look(self, stage):
        now = {}
        for name in self.now:
            now[name] = await self.readings.ask(name, now, stage)
        self.now.update(now)

    async def tell(self, part, state):
        setting = self.readings.settings[part]
        if self.now[part] is None and setting.needs and self.reads(part) and await self._has_become(part, state):
            return
        await self.device.ready_to_write()
        await self.say(part, setting.set, setting.fields(state), "set %s to %s" % (part, setting.value(state)))

    def in_words(self, part, state):
        return "%s is %s" % (part, self.readings.value(part, state))

    def unverified(self, part, state):
        return BytewireError("unverified", "verify", "%s: %s was set to %s and the device accepted, but it reads %s."
                             % (self.device.title, part, self.readings.value(part, state), self.readings.value(part, self.now[part])))

    async def _has_become(self, part, state):
        """What could not be asked before (in standby) is asked now; it may be as wanted already."""
        try:
            code = await self.readings.ask(part, {}, "read")
        except BytewireError as error:
            error.msg += " It was switched on in this task, and may need longer to come up: raise timeout, or retries."
            raise
        self.now[part] = code
        if self.was[part] is None:
            self.was[part] = code
        return code == state

    def _refuse_unmet(self):
        for name in self.wanted:
            unmet = self.readings.unmet(name, self.now)
            if unmet and unmet[0] not in self.wanted:
                raise BytewireError("refused", "read", "%s: %s can only be read and set while %s is %s, and it is %s. Nothing was sent but the "
                                    "question; set %s too." % (self.device.title, name, unmet[0], unmet[1],
                                                               self.readings.value(unmet[0], self.now[unmet[0]]), unmet[0]))

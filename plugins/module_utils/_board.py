# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The coils of a connected board: read them, switch them, see that they switched."""

from __future__ import annotations

import time

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._relay_map import COIL


def read_coils(device, numbers, stage="read"):
    """{number: True, False or None (not known)}; None for all where the board cannot be read back."""
    relays = device.profile.relays
    coils = dict.fromkeys(numbers)
    missing = set(numbers) if relays.read is not None else set()
    while missing:
        number = min(missing)
        seen = relays.decode(number, device.ask(relays.read, relays.fields(number), stage))
        coils.update({other: coil for other, coil in seen.items() if other in coils})
        missing -= set(seen)
    return coils


class Switching:
    """Bringing coils into states, with what has been done so far for the report of a failure.

    was, now: {number: True, False or None (not known)}; told: numbers that a command was sent for and not refused.
    """

    def __init__(self, device, relays, verify):
        self.device, self.relays = device, relays
        self.readable = device.profile.relays.read is not None
        self.verify = verify and self.readable
        self.was = read_coils(device, [relay.number for relay in relays])
        self.now = dict(self.was)
        self.told = set()

    def differing(self, wanted):
        """The relays whose coil is not (or not known to be) as wanted: {Relay: bool}."""
        return [relay for relay in wanted if self.now[relay.number] is not wanted[relay]]

    def make_so(self, wanted):
        """Absolute states: what differs is sent, and may be sent again after reading again."""
        pending = self.differing(wanted)
        checked = wanted if pending else {}
        while pending:
            try:
                for relay in pending:
                    self._switch(relay, wanted[relay])
                if self.verify:
                    self._reread("verify")
                break
            except BytewireError as error:
                if not self.device.may_retry(error):
                    self._look_again(error)
                    raise
                self.device.drop()
                self._reread("read")
                pending = self.differing(wanted)
        if self.verify:
            self._refuse_difference(checked)

    def pulse(self, relay, message, seconds):
        """A pulse that the board times itself: it leaves at most once."""
        fields = dict(self.device.profile.relays.fields(relay.number), seconds=seconds)
        while True:
            self.ready_to_write()
            started = time.monotonic()
            try:
                self._send(relay, message, fields, "pulse %s" % relay)
                break
            except BytewireError as error:
                if error.sent:
                    raise self._unacknowledged(relay, error)
                if not self.device.may_retry(error):
                    raise
        if self.verify:
            self._see_pulse(relay, started, seconds)

    def _unacknowledged(self, relay, error):
        return BytewireError("unverified", "write", "%s: the pulse of %s was sent once and not acknowledged (%s) It is not sent again: "
                             "look whether it happened." % (self.device.title, relay, error.msg))

    def _see_pulse(self, relay, started, seconds):
        coil = relay.coil(True)
        try:
            self._reread("verify")
        except BytewireError as error:
            raise BytewireError("unverified", "verify", "%s accepted the pulse of %s, which could not be seen: %s"
                                % (self.device.title, relay, error.msg))
        still_running = time.monotonic() - started < seconds * 0.9
        if still_running and self.now[relay.number] is not coil:
            raise self._unverified("was told to pulse", relay)

    def _switch(self, relay, coil):
        relays = self.device.profile.relays
        self.ready_to_write()
        self._send(relay, relays.on if coil else relays.off, relays.fields(relay.number), "switch %s %s" % (relay, relay.load(coil)))

    def ready_to_write(self):
        while True:
            try:
                self.device.open()
                return self.device.prepare()
            except BytewireError as error:
                self.device.drop()
                if not self.device.may_retry(error):
                    raise

    def _send(self, relay, message, fields, what):
        told, now = set(self.told), dict(self.now)
        self.told.add(relay.number)
        self.now[relay.number] = None
        try:
            answer = self.device.exchange(message, fields, "write")
        except BytewireError as error:
            if not error.sent:
                self.told, self.now = told, now
            raise
        if answer.kind == "refused":
            self.told, self.now = told, now
            raise self.device.refused(answer, "write", what)

    def _look_again(self, error):
        """After a refusal the board still talks: tell what the others did. Where it does not, they stay unknown."""
        if error.kind not in ("refused", "locked") or not self.readable:
            return
        try:
            self._reread("read")
        except BytewireError:
            self.now.update(dict.fromkeys(self.told))

    def _reread(self, stage):
        self.now = read_coils(self.device, list(self.was), stage)

    def _refuse_difference(self, wanted):
        for relay in self.differing(wanted):
            raise self._unverified("was told to switch %s" % relay.load(wanted[relay]), relay)

    def _unverified(self, told, relay):
        return BytewireError("unverified", "verify", "%s: %s %s and the board accepted, but its coil reads %s. Something else may switch it "
                             "(a web page, a latch, another program), or the relay is not what was addressed."
                             % (self.device.title, relay, told, COIL[self.now[relay.number]]))

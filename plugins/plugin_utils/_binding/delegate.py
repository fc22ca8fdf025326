# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host that a task is delegated to: a gateway, or a device that was taken for one."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid

MODEL, PORT = "bytewire_model", "bytewire_port"
MACHINE = ("ansible_connection", "bytewire_host", "bytewire_serial_port")
"""Variables by which a host with a model is a machine: how it is logged in to, or where else its device is."""


class Delegate:
    def __init__(self, name: str, module: str, hostvars: t.Mapping[str, t.Any]) -> None:
        self.name, self.module, self.known = name, module, name in hostvars
        variables: t.Mapping[str, t.Any] = hostvars[name] if self.known else {}
        self.variables, self.is_device = variables, MODEL in variables and not any(other in variables for other in MACHINE)

    def refuse_to_greet(self) -> None:
        """ssh greets whatever listens at ansible_port, which a device without bytewire_port listens at."""
        if not self.is_device or "ansible_port" not in self.variables:
            return
        port = str(self.variables["ansible_port"])
        if port == str(self.variables[PORT] if PORT in self.variables else port):
            raise invalid(f"{self.module} is delegated to {self._as_device()}, at port {port}. ssh would greet it there, and a device may take a greeting for "
                          f"commands. Nothing was sent. {self._instead()}", stage="gateway")

    def failed(self, reason: str, began: bool | None) -> BytewireError:
        """The error for what did not run there; began is whether it had begun, None where that is not known."""
        changed = began is not False
        known = (f"{'It had begun there' if began else 'It may have begun there'}, and what came of it is not known: look before you repeat it." if changed
                 else f"It had not begun there: nothing was changed or sent. {self._instead()}")
        who = f"The gateway {self.name}" if changed or not self.is_device else f"{self.module} is delegated to {self._as_device()}, which"
        return BytewireError("unreachable", "gateway", f"{who} failed to run {self.module}: {' '.join(reason.split()).rstrip('.')}. {known}", changed=changed)

    def _as_device(self) -> str:
        return f"{self.name}, a device (it has a {MODEL})"

    def _instead(self) -> str:
        if self.is_device:
            return (f"delegate_to names a machine with Python that talks to the device; to talk to {self.name} itself, run the task for {self.name}, without "
                    f"delegate_to. If {self.name} is a machine, set its ansible_connection to ssh.")
        if not self.known:
            return f"{self.name} is not in the inventory: correct delegate_to, or check that a machine of that name can be reached and has Python."
        return "Check that the gateway can be reached and has Python."

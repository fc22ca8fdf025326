# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import collections
import typing as t

from ansible.errors import AnsibleError

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import refuse_wrong_numbers
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import a_few
from ansible_collections.bytewire.devices.plugins.module_utils._secrets import refuse_numbers
from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import decrypted, host_variables, refuse_raw_secrets
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action import PREFIX, DeviceAction, page
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.run_once import RunOnce
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator import control
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.faults import spelled


MANY = 20  # hosts for which it is said that one process could serve them


class ActionModule(DeviceAction):
    module = "emulator"
    SPEC = control.SPEC
    capability = control.run
    INVENTORY = ("model", "host", "port", "password", "unit")

    def bind(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        bound = super().bind(arguments, task_vars)
        return {**bound, "faults": spelled(bound["faults"])} if "faults" in bound else bound

    def complete(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        if self._is_delegated():
            raise invalid("emulator: runs on the controller alone; take delegate_to away.")
        starts, hosts = options["state"] == "started", self._hosts(options, task_vars)
        devices = self._devices(hosts if starts else hosts[:1], options, task_vars)
        name: dict[str, t.Any] = {"name": control.name_of({**options, **(devices[0] if devices else {})})}
        if not starts:
            return name
        name["asker"] = {"task": str(self._task._uuid), "host": str(task_vars.get("inventory_hostname", ""))}
        if devices:
            return {**name, "devices": [{**device, "model": page(device["model"], task_vars["hostvars"][device["label"]])} for device in devices]}
        return name if options["model"] is None else {**name, "model": page(options["model"], task_vars)}

    def _hosts(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> list[str]:
        """The hosts of the inventory whose devices one process emulates; none where each task is for its own host."""
        hosts = options.get("hosts")
        if hosts is None:
            every = list(task_vars.get("ansible_play_hosts_all") or ())
            if len(every) >= MANY and not self._task.run_once and options["state"] == "started":
                self._display.warning(f"emulator: each of the {len(every)} hosts of this play has a process of its own started, which takes long. With "
                                      "run_once: true, or hosts: [...] in a task of localhost, one process serves all of them.")
            return every if self._task.run_once else []
        unknown = [name for name in hosts if name not in task_vars["hostvars"]]
        if unknown or not hosts:
            raise invalid(f"emulator: hosts: {a_few(unknown)} {'is' if len(unknown) == 1 else 'are'} not in the inventory." if unknown
                          else "emulator: hosts names no host.")
        return list(hosts)

    def _devices(self, hosts: list[str], options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> list[dict[str, t.Any]]:
        """What each of these hosts says of its device, where any has a model; what the task says goes before it."""
        beside = RunOnce(self._task, task_vars, self._templar).beside_the_inventory(PREFIX + name for name in self.INVENTORY) if hosts else {}
        devices = [self._device(name, beside, task_vars) for name in hosts]
        without = [device["label"] for device in devices if device["model"] is None]
        if without and options["state"] == "started" and (len(without) < len(hosts) or options["mail"] is None):
            raise invalid(f"emulator: {a_few(without)} {'has' if len(without) == 1 else 'have'} no model (bytewire_model).")
        return [] if without else devices

    def _device(self, name: str, beside: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        given = {option: value for option, value in self._task.args.items() if option in self.INVENTORY}
        try:
            variables = collections.ChainMap(beside, host_variables(task_vars["hostvars"], name))
            bound = decrypted({"host": name, **self.bound(given, variables, name)})
        except AnsibleError as error:
            raise invalid(f"emulator: {name}: its inventory variables cannot be had: {str(error).rstrip('.')}.") from error
        spec = self.SPEC["argument_spec"]

        def called(option: str) -> str:
            return self.named(option, given, variables)

        refuse_wrong_numbers(spec, bound, f"emulator: {name}: ", called)
        refuse_numbers(bound, spec, f"emulator: {name}: ", called)
        refuse_raw_secrets(bound, spec)
        validation = self._validator.validate(bound)
        if validation.error_messages:
            raise invalid(f"emulator: {name}: {'; '.join(validation.error_messages)}.")
        return {"label": name, **{option: validation.validated_parameters[option] for option in self.INVENTORY}}

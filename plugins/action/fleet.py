# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._capability import fleet
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import DEVICE, Spec
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import a_few
from ansible_collections.bytewire.devices.plugins.module_utils._run import perform
from ansible_collections.bytewire.devices.plugins.module_utils._secrets import HIDDEN, Secrets, public_words
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action import CapabilityAction, DeviceAction
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.fleet_hosts import FleetHosts, named_hosts, variables_read
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.run_once import RunOnce
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.progress import Progress

LEEWAY = 2.0  # seconds by which a fleet ends before Ansible's own timeout for the task
STARTING = 2.0  # more of them where a gateway must get the module and start it
WITHOUT_RUN_ONCE = ("free", "host_pinned")
SECRET = {name for name, option in DEVICE.items() if option.get("no_log")}


class ActionModule(CapabilityAction):
    module = "fleet"
    SPEC = fleet.SPEC
    capability = fleet.run

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        self._began = time.monotonic()
        return {**super().run(tmp, task_vars), "invocation": {"module_args": _without_secrets(self._task.args)}}

    def complete(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        entries = named_hosts(self._hosts(options, task_vars))
        self._refuse_more_than_once(task_vars, {name for name, dummy in entries})
        action, run_once = _action_of(options["module"]), RunOnce(self._task, task_vars, self._templar)
        defaults = run_once.module_defaults(f"bytewire.devices.{options['module']}", options["options"], entries)
        beside = run_once.beside_the_inventory(variables_read(action))
        fleet_hosts = FleetHosts(action, options["options"], entries, task_vars["hostvars"], beside, defaults)
        run_once.refuse_templates_that_differ(options["options"], entries)
        shared, hosts = fleet_hosts.settled()
        return {"hosts": hosts, "options": shared, "deadline": options["deadline"]}

    def _hosts(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> list[t.Any]:
        return list(task_vars["ansible_play_batch"]) if options["hosts"] is None else options["hosts"]

    def _refuse_more_than_once(self, task_vars: dict[str, t.Any], names: set[str]) -> None:
        """Hosts of the play for which the task runs a second time are not among those of this time."""
        strategy = str(self._task.get_play().strategy).rpartition(".")[2]
        for_a_batch = self._task.run_once and strategy not in WITHOUT_RUN_ONCE
        others = names.difference(task_vars["ansible_play_batch"] if for_a_batch else [task_vars["inventory_hostname"]])
        elsewhere = [name for name in task_vars["ansible_play_hosts"] if name in others]
        if elsewhere:
            each = "batch (serial)" if for_a_batch else f"of the {len(task_vars['ansible_play_hosts'])} hosts"
            advice = "Leave hosts out, so that each batch does its own" if for_a_batch else (
                f"Say run_once: true in a play whose strategy is linear (this one's is {strategy})")
            raise invalid(f"fleet: it would run once for each {each} of this play, and {a_few(elsewhere)} would be done more than once. {advice}, or name the "
                          "hosts in a play over others, such as localhost. Nothing was sent.")

    def _deadline(self, given: float | None, leeway: float) -> float | None:
        """Its own, or shortly before Ansible gives the task up and nothing could be told any more."""
        timeout = self._task.timeout
        if not timeout:
            return given
        gone = time.monotonic() - self._began
        left = max(timeout - leeway, timeout / 2) - gone
        if left <= 0:
            raise invalid(f"fleet: the task's timeout of {timeout} s is too short: {gone:.1f} s of it were gone before the first device could be spoken to. "
                          "Nothing was sent.")
        return round(left if given is None else min(given, left), 2) or 0.01

    def _on_gateway(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        try:
            return super()._on_gateway(arguments, task_vars)
        except BytewireError as error:
            return fleet.not_run([host["name"] for host in arguments["hosts"]], error, time.monotonic() - self._began)

    def as_sent(self, arguments: dict[str, t.Any], seconds: float) -> dict[str, t.Any]:
        """Each way takes as long as a command that does nothing: there are two, and without pipelining five, since Ansible makes and removes a folder."""
        ways = 2 if self._is_pipelining_enabled("new") else 5
        return {**arguments, "deadline": self._deadline(arguments["deadline"], LEEWAY + STARTING + ways * seconds)}

    def _here(self, options: dict[str, t.Any]) -> dict[str, t.Any]:
        options["deadline"] = self._deadline(options["deadline"], LEEWAY)
        progress = Progress(self._display)
        trace = bool(options["trace"]) or self._display.verbosity >= 3
        try:
            return perform(lambda given, mode: fleet.run(given, mode, progress), options, self._task.check_mode, self._task.diff, trace)
        finally:
            progress.end()


def _action_of(module: str) -> type[DeviceAction]:
    """The action of a device module, imported when it is asked for."""
    action: type[DeviceAction] = importlib.import_module(f"ansible_collections.bytewire.devices.plugins.action.{module}").ActionModule
    return action


def _without_secrets(arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    """Each host with its own secrets and those of all: one set of secrets for all hosts would take minutes for thousands."""
    shared, hosts = _secrets(arguments.get("options")), arguments.get("hosts")
    shown: dict[str, t.Any] = _shown({name: value for name, value in arguments.items() if name != "hosts"}, shared)
    if isinstance(hosts, list):
        hosts = [_shown(host, shared.union(_secrets(host), *map(_secrets, host.values()))) if isinstance(host, dict) else host for host in hosts]
    return {**shown, "hosts": hosts} if "hosts" in arguments else shown


def _secrets(options: t.Any) -> set[str]:
    """What stands there under the name of a secret; of options that are one text all of it."""
    if isinstance(options, str):
        return {options} if any(name in options for name in SECRET) else set()
    given = [options.get(name) for name in SECRET] if isinstance(options, dict) else []
    return {str(value) for value in given if value is not None and value != ""}


def _shown(arguments: dict[str, t.Any], secrets: set[str]) -> dict[str, t.Any]:
    """Arguments without what stands under the name of a secret, and without these secrets elsewhere."""
    options = {name: value for each in (arguments, arguments.get("options")) if isinstance(each, dict) for name, value in each.items()}
    public: Spec = {name: {} for name in options if name not in SECRET and name != "options"}
    return {name: _by_name(name, value, Secrets(secrets, lambda: public_words(options, public))) for name, value in arguments.items()}


def _by_name(name: str, value: t.Any, secrets: Secrets) -> t.Any:
    if name in SECRET or isinstance(value, str) and _secrets(value):
        return value if value is None or value == "" else HIDDEN
    if isinstance(value, dict):
        return {key: _by_name(key, one, secrets) for key, one in value.items()}
    return secrets.shown_of(name, value)

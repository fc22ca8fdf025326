# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
import typing as t

from ansible.module_utils.common.parameters import remove_values

from ansible_collections.bytewire.devices.plugins.action import command, device_info, ping, relay, send, settings
from ansible_collections.bytewire.devices.plugins.module_utils._capability import fleet
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._run import perform
from ansible_collections.bytewire.devices.plugins.plugin_utils._action import CapabilityAction
from ansible_collections.bytewire.devices.plugins.plugin_utils._crew import Crew, named
from ansible_collections.bytewire.devices.plugins.plugin_utils._progress import Progress

LEEWAY = 2.0  # seconds by which a fleet ends before Ansible's own timeout for the task
WITHOUT_RUN_ONCE = ("free", "host_pinned")
ACTIONS = {module.ActionModule.module: module.ActionModule for module in (command, device_info, ping, relay, send, settings)}


class ActionModule(CapabilityAction):
    module = "fleet"
    SPEC = fleet.SPEC
    capability = fleet.run

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        self._began = time.monotonic()
        result = super().run(tmp, task_vars)
        given = self._task.args
        secrets = {options["password"] for options in [given.get("options"), *_options_of(given.get("hosts"))]
                   if isinstance(options, dict) and isinstance(options.get("password"), str)}
        result["invocation"] = remove_values(result["invocation"], secrets)
        return result

    def complete(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        fleet.refuse_out_of_bounds(options)
        entries = named(self._hosts(options, task_vars))
        self._refuse_once_for_each(task_vars, {name for name, dummy in entries})
        crew = Crew(ACTIONS[options["module"]], options["options"], entries, task_vars["hostvars"])
        crew.refuse_templates_that_differ(self._task.get_ds(), task_vars, self._templar)
        shared, hosts = crew.settled()
        return {"hosts": hosts, "options": shared, "deadline": self._deadline(options["deadline"])}

    def _hosts(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> list[t.Any]:
        return list(task_vars["ansible_play_batch"]) if options["hosts"] is None else options["hosts"]

    def _refuse_once_for_each(self, task_vars: dict[str, t.Any], names: set[str]) -> None:
        """A task of every host that is for every host would do everything as often as there are hosts."""
        batch = task_vars["ansible_play_batch"]
        strategy = str(self._task.get_play().strategy).rpartition(".")[2]
        if len(batch) > 1 and names.issuperset(batch) and (not self._task.run_once or strategy in WITHOUT_RUN_ONCE):
            raise invalid(f"fleet: it would run once for each of the {len(batch)} hosts of this play, each time for all of them. Say run_once: true "
                          f"in a play whose strategy is linear (this one's is {strategy}), or name the hosts in a play over others, such as "
                          "localhost. Nothing was sent.")

    def _deadline(self, given: float | None) -> float | None:
        """Its own, or shortly before Ansible gives the task up and nothing could be told any more."""
        timeout = self._task.timeout
        if not timeout:
            return given
        left = max(timeout - LEEWAY, timeout / 2) - (time.monotonic() - self._began)
        if left <= 0:
            raise invalid(f"fleet: the task's timeout of {timeout} s is too short: {time.monotonic() - self._began:.1f} s of it went into finding out "
                          "what to do with each host. Nothing was sent.")
        return round(left if given is None else min(given, left), 2) or 0.01

    def _on_gateway(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        try:
            return super()._on_gateway(arguments, task_vars)
        except BytewireError as error:
            return fleet.not_run([host["name"] for host in arguments["hosts"]], error, time.monotonic() - self._began)

    def _here(self, options: dict[str, t.Any]) -> dict[str, t.Any]:
        progress = Progress(self._display)
        trace = bool(options["trace"]) or self._display.verbosity >= 3
        try:
            return perform(lambda given, mode: fleet.run(given, mode, progress), options, self._task.check_mode, self._task.diff, trace)
        finally:
            progress.end()


def _options_of(hosts: t.Any) -> list[t.Any]:
    return [host.get("options") for host in hosts if isinstance(host, dict)] if isinstance(hosts, list) else []

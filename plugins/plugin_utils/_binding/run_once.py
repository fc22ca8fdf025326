# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of a task that runs once for many hosts: templates and variables that would have another value for another host are refused."""

from __future__ import annotations

import functools
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleError
from ansible.module_utils.common.validation import check_type_dict
from ansible.parsing.mod_args import ModuleArgsParser

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid
from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import host_variables, module_defaults, without_omitted
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action import PREFIX

SAMPLES = 20  # hosts for which templates are tried
MISSING = object()


class RunOnce:
    """The task as its own host sees it (the first of its play), beside what the inventory says of that host and of others."""

    def __init__(self, task: t.Any, variables: dict[str, t.Any], templar: t.Any) -> None:
        self.variables, self.templar, self.hostvars = variables, templar, variables["hostvars"]
        self.host = variables["inventory_hostname"]
        self.task, self.said = task, {**task.get_play().get_vars(), **task.get_vars()}
        self.layers = _layers(task)

    def beside_the_inventory(self, names: t.Iterable[str]) -> dict[str, t.Any]:
        """Those of the variables that play, task, role or their files may have set, as the task sees them; other hosts' own do not hold them."""
        found = {}
        for name in names:
            if name in self.variables:
                value, own = self._here(name), self._in_the_inventory(name)
                # A connection adds ansible_host to the variables of a host that has none.
                if value is not MISSING and (name in self.said or own != value and (own is not MISSING or name.startswith(PREFIX))):
                    found[name] = value
        return found

    def _here(self, name: str) -> t.Any:
        """What the task sees; what cannot be templated is no value, and like others of its kind."""
        try:
            return without_omitted(self.templar.template({name: self.variables[name]}), self.variables).get(name, MISSING)
        except AnsibleError:
            return AnsibleError

    def _in_the_inventory(self, name: str) -> t.Any:
        """What others see of the task's host."""
        seen = host_variables(self.hostvars, self.host)
        try:
            return seen[name] if name in seen else MISSING
        except AnsibleError:
            return AnsibleError

    def refuse_templates_that_differ(self, options: dict[str, t.Any], entries: list[tuple[str, dict[str, t.Any]]]) -> None:
        """options are those for all hosts, entries are (name, options of its own); a look at some of the hosts has to do."""
        shared = [layer if isinstance(layer, str) else {"options": layer["options"]} for layer in self.layers
                  if isinstance(layer, str) or "options" in layer]
        listed = next((layer["hosts"] for layer in reversed(self.layers) if isinstance(layer, dict) and "hosts" in layer), None)
        each = listed if isinstance(listed, list) and len(listed) == len(entries) else []
        for number in _samples(entries):
            name, own = entries[number]
            self._refuse_if_different("options", shared, options, name)
            if each:
                self._refuse_if_different("hosts", [each[number]], own, name)

    def module_defaults(self, action: str, given: t.Container[str], entries: list[tuple[str, dict[str, t.Any]]]) -> dict[str, t.Any]:
        """The module_defaults of an action, of options that are not given; templates that differ are refused as those in options are."""
        found: dict[str, t.Any] = {}
        for layer in _defaults(self.task, action):
            if isinstance(layer, Mapping):
                layer = {name: value for name, value in layer.items() if name not in given}
            rendered = check_type_dict(without_omitted(self.templar.template(layer), self.variables))
            for number in _samples(entries):
                self._refuse_if_different("module_defaults", [{"options": layer}], rendered, entries[number][0])
            found.update(rendered)
        return {name: value for name, value in found.items() if name not in given}

    def _refuse_if_different(self, where: str, sources: list[t.Any], options: dict[str, t.Any], name: str) -> None:
        if name == self.host or "{{" not in repr(sources) and "{%" not in repr(sources):
            return
        differing = _differing(options, self._rendered(sources, self._variables_of(name)))
        if differing:  # what a second look changes is not about hosts
            again = self._rendered(sources, self.variables)
            differing -= set() if again is None else _differing(options, again)
        if differing:
            names = ", ".join(sorted(differing))
            raise invalid(f"fleet: templates in {where} are rendered once, here for {self.host}, and {names} would differ on {name}. Put what differs "
                          f"into the inventory ({PREFIX}{min(differing)}), or as a plain value into hosts: [{{name: …, options: {{…}}}}]. Nothing was sent.")

    def _rendered(self, sources: list[t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any] | None:
        """The options as they would be with these variables; None where they cannot be."""
        templar = self.templar.copy_with_new_env(available_variables=variables)
        arguments: dict[str, t.Any] = {}
        try:
            for source in sources:
                arguments.update(templar.template(source))
            options: dict[str, t.Any] = check_type_dict(arguments.get("options") or {})
            return options
        except (AnsibleError, TypeError, ValueError):
            return None

    def _variables_of(self, name: str) -> dict[str, t.Any]:
        """What the task would see, were it another host's."""
        return {**self.variables, **{key: value for key, value in self.hostvars.raw_get(name).items() if key not in self._above_the_inventory}}

    @functools.cached_property
    def _above_the_inventory(self) -> set[str]:
        """The variables that go before those of a host: here they won, or play or task say them."""
        own = self.hostvars.raw_get(self.host)
        return {key for key, value in self.variables.items()
                if (own[key] is not value and own[key] != value if key in own else key in self.said)}


def _layers(task: t.Any) -> list[t.Any]:
    """The arguments of a task before they were templated, dictionaries or templates of one; what comes later goes before."""
    arguments = ModuleArgsParser(task.get_ds()).parse(skip_action_validation=True)[1]
    layers = [*_defaults(task, task.resolved_action), arguments.pop("_variable_params", None), arguments.pop("_raw_params", None), arguments]
    return [layer for layer in layers if layer]


def _defaults(task: t.Any, action: str) -> list[t.Any]:
    """The module_defaults of an action as they were written, those of its groups first."""
    defaults = {name: given for some in module_defaults(task) for name, given in some.items()}
    groups = {f"group/{name}" for name in task.get_play()._action_groups.get(action, ())}
    return [given for given in (*(defaults[name] for name in defaults if name in groups), defaults.get(action)) if given]


def _samples(entries: t.Sized) -> list[int]:
    """The numbers of some of them, the first and the last among these."""
    return sorted({*range(0, len(entries), max(len(entries) // SAMPLES, 1)), len(entries) - 1})


def _differing(options: dict[str, t.Any], others: dict[str, t.Any] | None) -> set[str]:
    others = others or {}
    return {key for key in {*options, *others} if options.get(key) != others.get(key)}

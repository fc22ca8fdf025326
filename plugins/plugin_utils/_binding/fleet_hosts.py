# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices of a fleet: the options of each, from the task and from its own inventory variables."""

from __future__ import annotations

import collections
import typing as t

from ansible.errors import AnsibleError

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import refuse_wrong_numbers
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import a_few
from ansible_collections.bytewire.devices.plugins.module_utils._secrets import refuse_numbers
from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import host_variables, refuse_raw_secrets
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action import CONNECTION, PREFIX, DeviceAction, in_words, page

OWN = ("host", "label", "password")
"""Texts that are another one for each device, and are not looked at when options are checked."""


def variables_read(action: type[DeviceAction]) -> list[str]:
    """The names of the variables that are read for a device."""
    return [*CONNECTION.values(), *(PREFIX + option for option in action.SPEC["argument_spec"])]


def named_hosts(hosts: t.Any) -> list[tuple[str, dict[str, t.Any]]]:
    """[(name, options)] of hosts as a task lists them, by name or as {name, options}; each once."""
    entries = []
    for number, host in enumerate(hosts, 1):
        entry = host if isinstance(host, dict) else {"name": host}
        options = entry.get("options") or {}
        if not isinstance(entry.get("name"), str) or set(entry) - {"name", "options"} or not isinstance(options, dict):
            what = f"with {', '.join(map(str, host))}" if isinstance(host, dict) else f"of type {_type_name(host)}"
            raise invalid(f"fleet: hosts: entry {number}, {what}, is neither the name of a host nor {{name: …, options: {{…}}}}. Nothing was sent.")
        entries.append((str(entry["name"]), options))
    names = [name for name, dummy in entries]
    twice = [name for name, count in collections.Counter(names).items() if count > 1]
    if twice:
        raise invalid(f"fleet: hosts: {a_few(twice)} {'is' if len(twice) == 1 else 'are'} named twice; results are told by name. "
                      "Several relays of one board are one entry with a list of relays. Nothing was sent.")
    if not entries:
        raise invalid("fleet: there is no host. Nothing was sent.")
    return entries


class FleetHosts:
    """What is to be done with each device, settled before the first is spoken to; action is that of the single task.

    beside are variables that the task sees and the inventory does not say, defaults the module_defaults of the single task.
    """

    def __init__(self, action: type[DeviceAction], options: dict[str, t.Any], entries: list[tuple[str, dict[str, t.Any]]], hostvars: t.Any,
                 beside: dict[str, t.Any], defaults: dict[str, t.Any]) -> None:
        self.action, self.options, self.entries, self.hostvars, self.beside = action, {**defaults, **options}, entries, hostvars, beside
        self.pages: list[dict[str, t.Any]] = []
        self._numbers: dict[str, int] = {}
        self._checked: dict[tuple[str, str, str], tuple[t.Any, dict[str, t.Any]]] = {}
        self._refuse_unknown_hosts()
        self._refuse_unknown_options([("options", options), ("module_defaults", defaults), *((f"hosts: {name}", own) for name, own in entries)])

    def _refuse_unknown_hosts(self) -> None:
        unknown = [name for name, dummy in self.entries if name not in self.hostvars]
        if unknown:
            raise invalid(f"fleet: hosts: {a_few(unknown)} {'is' if len(unknown) == 1 else 'are'} not in the inventory. Nothing was sent.")

    def _refuse_unknown_options(self, given: list[tuple[str, dict[str, t.Any]]]) -> None:
        """What no host can have is wrong for all of them."""
        known = set(self.action.SPEC["argument_spec"])
        for where, options in given:
            unknown = sorted(str(key) for key in options if key not in known)
            if unknown:
                raise invalid(f"fleet: {where}: module {self.action.module} has no option {', '.join(unknown)}; it has {', '.join(sorted(known))}. "
                              "Nothing was sent.")

    def settled(self) -> tuple[dict[str, t.Any], list[dict[str, t.Any]]]:
        """({options that all share, pages}, {name, options} of each device, or {name, refused} with the reason)."""
        hosts = [self._host(name, own) for name, own in self.entries]
        sound = [host["options"] for host in hosts if "options" in host]
        first = sound[0] if sound else {}
        shared = {key: value for key, value in first.items() if all(other[key] is value or other[key] == value for other in sound)}
        for options in sound:
            for key in shared:
                del options[key]
        return {"options": shared, "pages": self.pages}, hosts

    def _host(self, name: str, own: dict[str, t.Any]) -> dict[str, t.Any]:
        given = {**self.options, **own}
        try:
            variables = host_variables(self.hostvars, name)
            bound = self.action.bound(given, variables, name)
            folder = str(variables["inventory_dir"]) if "inventory_dir" in variables else ""
        except AnsibleError as error:
            return _refused(name, invalid(f"{name}: its inventory variables cannot be had: {str(error).rstrip('.')}. Nothing was sent.").result())
        if self.beside:
            self._refuse_ignored_variables(bound, self.action.bound(given, collections.ChainMap(self.beside, variables), name), name)
        try:
            refuse_numbers(bound, self.action.SPEC["argument_spec"], called=lambda option: self.action.named(option, given, variables))
            refuse_raw_secrets(bound, self.action.SPEC["argument_spec"])
        except BytewireError as error:
            return _refused(name, {**error.result(), "msg": f"{name}: {error.msg}"})
        alike = {key: value for key, value in bound.items() if key not in OWN}
        key = (folder, repr(alike), self.action.source("port", given, variables))  # repr, since any keys go together there, and it takes less time than JSON
        if key not in self._checked:
            self._checked[key] = self._check({**alike, "host": "", "label": "", "password": None}, variables, given)
        refused, options = self._checked[key]
        if refused is not None:
            return _refused(name, {**refused, "msg": f"{name}: {refused['msg']}"})
        return {"name": name, "options": {**options, **{key: None if bound.get(key) is None else str(bound[key]) for key in OWN}}}

    def _refuse_ignored_variables(self, bound: dict[str, t.Any], meant: dict[str, t.Any], name: str) -> None:
        """The single task would read the variables beside the inventory; another host's own do not hold them."""
        differing = {option for option in meant if meant[option] != bound.get(option)}
        ignored = sorted(variable for variable in self.beside if _option(variable) in differing)
        if ignored:
            raise invalid(f"fleet: {', '.join(ignored)} {'is' if len(ignored) == 1 else 'are'} set by the play, the task, a role or a file of theirs, and "
                          f"each device has its own inventory variables alone, so that {name} would go without. Put that into the inventory (group_vars), or "
                          "into options. Nothing was sent.")

    def _check(self, arguments: dict[str, t.Any], variables: t.Any, given: dict[str, t.Any]) -> tuple[t.Any, dict[str, t.Any]]:
        """(the failed result, {}) or (None, options)."""
        def called(option: str) -> str:
            return self.action.named(option, given, variables)

        try:
            refuse_wrong_numbers(self.action.SPEC["argument_spec"], arguments, called=called)
            validation = self.action._validator.validate(arguments)
            if validation.error_messages:
                raise invalid(f"{in_words(validation, called)} Nothing was sent.")
            options = validation.validated_parameters
            found = page(options["model"], variables, "model" not in arguments, called("model"), self.action.source("port", given, variables))
            return None, {**options, "model": self._number(found)}
        except BytewireError as error:
            return error.result(), {}

    def _number(self, found: dict[str, t.Any]) -> int:
        """Where a page stands among the pages of this fleet."""
        key = repr(found)
        if key not in self._numbers:
            self._numbers[key] = len(self.pages)
            self.pages.append(found)
        return self._numbers[key]


def _type_name(value: t.Any) -> str:
    """The type of Python that a type of Ansible's stands for."""
    return next(kind.__name__ for kind in type(value).__mro__ if kind.__module__ == "builtins")


def _option(variable: str) -> str:
    return next((option for option, name in CONNECTION.items() if name == variable), variable.removeprefix(PREFIX))


def _refused(name: str, result: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"name": name, "refused": result}

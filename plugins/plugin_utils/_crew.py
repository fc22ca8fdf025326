# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices of a fleet: the options of each, from the task and from its own inventory variables."""

from __future__ import annotations

import collections
import json
import typing as t

from ansible.errors import AnsibleError

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import a_few
from ansible_collections.bytewire.devices.plugins.plugin_utils._action import DeviceAction, page

OWN = ("host", "label", "password")
"""Texts that are another one for each device, and are not looked at when options are checked."""
SAMPLES = 20  # hosts for which templates are tried


def named(hosts: t.Any) -> list[tuple[str, dict[str, t.Any]]]:
    """[(name, options)] of hosts as a task lists them, by name or as {name, options}; each once."""
    entries = []
    for host in hosts:
        entry = host if isinstance(host, dict) else {"name": host}
        options = entry.get("options") or {}
        if not isinstance(entry.get("name"), str) or set(entry) - {"name", "options"} or not isinstance(options, dict):
            raise invalid(f"fleet: hosts: {host!r} is neither the name of a host nor {{name: …, options: {{…}}}}. Nothing was sent.")
        entries.append((str(entry["name"]), options))
    names = [name for name, dummy in entries]
    twice = [name for name, count in collections.Counter(names).items() if count > 1]
    if twice:
        raise invalid(f"fleet: hosts: {a_few(twice)} {'is' if len(twice) == 1 else 'are'} named twice; results are told by name. "
                      "Several relays of one board are one entry with a list of relays. Nothing was sent.")
    if not entries:
        raise invalid("fleet: there is no host. Nothing was sent.")
    return entries


class Crew:
    """What is to be done with each device, settled before the first is spoken to; action is that of the single task."""

    def __init__(self, action: type[DeviceAction], options: dict[str, t.Any], entries: list[tuple[str, dict[str, t.Any]]], hostvars: t.Any) -> None:
        self.action, self.options, self.entries, self.hostvars = action, options, entries, hostvars
        self.pages: list[dict[str, t.Any]] = []
        self._numbers: dict[str, int] = {}
        self._checked: dict[str, tuple[t.Any, dict[str, t.Any]]] = {}
        self._refuse_strangers()
        self._refuse_unknown_options()

    def _refuse_strangers(self) -> None:
        strangers = [name for name, dummy in self.entries if name not in self.hostvars]
        if strangers:
            raise invalid(f"fleet: hosts: {a_few(strangers)} {'is' if len(strangers) == 1 else 'are'} not in the inventory. Nothing was sent.")

    def _refuse_unknown_options(self) -> None:
        """What no host can have is wrong for all of them."""
        known = set(self.action.SPEC["argument_spec"])
        for where, options in [("options", self.options), *((f"hosts: {name}", own) for name, own in self.entries)]:
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

    def refuse_templates_that_differ(self, source: t.Any, variables: dict[str, t.Any], templar: t.Any) -> None:
        """Options are templated once, for one host; a template that means something else for another would be wrong for all of them."""
        written = next((arguments["options"] for key, arguments in (source or {}).items() if str(key).rpartition(".")[2] == "fleet"
                        and isinstance(arguments, dict) and "options" in arguments), None)
        if "{{" not in repr(written) and "{%" not in repr(written):
            return
        step = max(len(self.entries) // SAMPLES, 1)
        for name, dummy in [*self.entries[::step], self.entries[-1]]:
            own = self._templated(written, {**variables, **self.hostvars.raw_get(name)}, templar)
            differing = sorted(key for key in {*own, *self.options} if own.get(key) != self.options.get(key))
            if differing:
                raise invalid(f"fleet: options are templated once for all hosts, and {', '.join(differing)} would differ on {name}. Put what differs "
                              f"into the inventory (bytewire_{differing[0]}), or into hosts: [{{name: …, options: …}}]. Nothing was sent.")

    def _templated(self, written: t.Any, variables: dict[str, t.Any], templar: t.Any) -> dict[str, t.Any]:
        """What was written, as it would be for another host; nothing where it cannot be."""
        try:
            own = templar.copy_with_new_env(available_variables=variables).template(written)
        except AnsibleError:
            return {}
        return own if isinstance(own, dict) else {}

    def _host(self, name: str, own: dict[str, t.Any]) -> dict[str, t.Any]:
        try:
            variables = self.hostvars[name]
            bound = self.action.bound({**self.options, **own}, variables, name)
        except AnsibleError as error:
            return _refused(name, invalid(f"{name}: its inventory variables cannot be had: {str(error).rstrip('.')}. Nothing was sent.").result())
        alike = {key: value for key, value in bound.items() if key not in OWN}
        key = json.dumps(alike, sort_keys=True, default=repr)
        if key not in self._checked:
            self._checked[key] = self._check({**alike, "host": "", "label": "", "password": None}, variables)
        refused, options = self._checked[key]
        if refused is not None:
            return _refused(name, {**refused, "msg": f"{name}: {refused['msg']}"})
        return {"name": name, "options": {**options, **{key: None if bound.get(key) is None else str(bound[key]) for key in OWN}}}

    def _check(self, arguments: dict[str, t.Any], variables: t.Any) -> tuple[t.Any, dict[str, t.Any]]:
        """(the failed result, {}) or (None, options)."""
        validation = self.action._validator.validate(arguments)
        try:
            if validation.error_messages:
                raise invalid("; ".join(validation.error_messages) + ". Nothing was sent.")
            options = validation.validated_parameters
            return None, {**options, "model": self._number(page(options["model"], variables))}
        except BytewireError as error:
            return error.result(), {}

    def _number(self, found: dict[str, t.Any]) -> int:
        """Where a page stands among the pages of this fleet."""
        key = json.dumps(found, sort_keys=True)
        if key not in self._numbers:
            self._numbers[key] = len(self.pages)
            self.pages.append(found)
        return self._numbers[key]


def _refused(name: str, result: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"name": name, "refused": result}

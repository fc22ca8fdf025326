# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-core 2.16 to 2.18 do otherwise; this file goes when 2.18 does.

There every text is a template unless it is marked as unsafe, where 2.19 and newer take for templates what a person wrote alone; what is omitted is a text
of its own, where 2.19 and newer raise AnsibleValueOmittedError or leave it out; and what cannot be templated is handed on as it was written.
"""

from __future__ import annotations

import functools
import re
import typing as t
from collections.abc import Iterator, Mapping

from ansible import constants
from ansible.utils.unsafe_proxy import wrap_var
from ansible.vars.hostvars import HostVarsVars

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid

try:
    from ansible.errors import AnsibleValueOmittedError
except ImportError:
    BEFORE_2_19 = True

    class AnsibleValueOmittedError(Exception):  # type: ignore[no-redef]
        """Raised by nothing here."""
else:
    BEFORE_2_19 = False

F = t.TypeVar("F", bound=t.Callable[..., t.Any])

_PLAIN = re.compile(r"[\w .,:/+-]*")
"""Texts of which no template can be made."""


def no_template(value: t.Any) -> t.Any:
    """A value of somebody else's (a device, the network), which stays as it is wherever it goes; what is marked, ansible-inventory shows as marked."""
    if not BEFORE_2_19:
        return value
    if isinstance(value, dict):
        return {no_template(key): no_template(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [no_template(inner) for inner in value]
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else wrap_var(value)


def without_templates(function: F) -> F:
    """A filter whose results stay as they are, also where its input comes from the variables of other hosts."""
    if not BEFORE_2_19:
        return function

    @functools.wraps(function)
    def marked(*arguments: t.Any, **keywords: t.Any) -> t.Any:
        return no_template(function(*arguments, **keywords))

    return t.cast(F, marked)


def without_omitted(values: dict[str, t.Any], variables: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The values without those that were omitted; variables are those of the host."""
    if not BEFORE_2_19 or "omit" not in variables:
        return values
    omitted = variables["omit"]
    return {name: value for name, value in values.items() if value != omitted}


def host_variables(hostvars: Mapping[str, t.Any], name: str) -> t.Any:
    """The variables of a host; an AnsibleError where one cannot be templated."""
    variables = hostvars[name]
    return _HostVariables(variables) if BEFORE_2_19 and isinstance(variables, HostVarsVars) else variables


class _HostVariables(Mapping[str, t.Any]):
    def __init__(self, variables: t.Any) -> None:
        self._variables = variables

    def __getitem__(self, name: str) -> t.Any:
        return self._variables._templar.template(self._variables._vars[name], static_vars=constants.INTERNAL_STATIC_VARS)

    def __contains__(self, name: object) -> bool:
        return name in self._variables

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def module_defaults(task: t.Any) -> list[dict[str, t.Any]]:
    """The module_defaults of a task as they were written, the outermost first; its own attribute holds them rendered."""
    if not BEFORE_2_19:
        return list(task.module_defaults or ())
    layers, around = [task.get_ds().get("module_defaults")], task._parent
    while around is not None:
        layers.insert(0, getattr(around, "_module_defaults", None))
        around = around._parent
    layers.insert(0, task.get_play().module_defaults)
    return [defaults for layer in layers for defaults in (layer if isinstance(layer, list) else [layer]) if isinstance(defaults, dict)]


def decrypted(value: t.Any) -> t.Any:
    """A value without texts that are decrypted as they are used, which no option takes."""
    if not BEFORE_2_19:
        return value
    if isinstance(value, dict):
        return {key: decrypted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [decrypted(inner) for inner in value]
    return str(value) if type(value).__name__ == "AnsibleVaultEncryptedUnicode" else value


def unrendered(value: t.Any) -> bool:
    """Whether a value of another host's variables is as it was written, since a variable in it is not defined; newer cores call it undefined."""
    return BEFORE_2_19 and isinstance(value, str) and not hasattr(value, "__UNSAFE__") and re.search("{[{%]", value) is not None


def refuse_raw_secrets(options: Mapping[str, t.Any], spec: Mapping[str, t.Any]) -> None:
    """What other hosts' variables hold and cannot be rendered comes as it was written: it is nobody's password."""
    for name, option in spec.items():
        if option.get("no_log") and unrendered(options.get(name)):
            raise invalid(f"{name} is a template that could not be rendered: a variable in it is not defined. A {name} with such letters is written with "
                          "!unsafe. Nothing was sent.")


__all__ = ["BEFORE_2_19", "AnsibleValueOmittedError", "decrypted", "host_variables", "module_defaults", "no_template", "refuse_raw_secrets", "unrendered",
           "without_omitted", "without_templates"]

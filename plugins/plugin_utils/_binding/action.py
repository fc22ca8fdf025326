# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base of the action plugins: binds inventory to options, and runs the capability here, or on the gateway.

Here means in this worker process on the controller, without a Python of the device. Under delegate_to a host of another
connection than local the same options go to the module there, as an ordinary module.
"""

from __future__ import annotations

import contextlib
import re
import time
import typing as t
import uuid

from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase

from ansible_collections.bytewire.devices.plugins.module_utils._device.options import task_first
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._invocation import FOLDER, NAME
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import brief, refuse_wrong_numbers
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._run import Capability, perform
from ansible_collections.bytewire.devices.plugins.module_utils._secrets import refuse_numbers, secrets
from ansible_collections.bytewire.devices.plugins.module_utils._wire.blocking import PYTHONS_OWN
from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import AnsibleValueOmittedError, decrypted, refuse_raw_secrets, without_omitted
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding import warm
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.delegate import Delegate
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import UnknownModel, folders_of, resolve

PREFIX = "bytewire_"
CONNECTION = {"host": "ansible_host", "port": "ansible_port"}
"""Ansible's own variables that options fall back on."""
READING = ("device_info", "ping")
"""The modules that change nothing."""

warm.result_fields()


class CapabilityAction(ActionBase):
    """An action plugin that runs a capability; SPEC and capability come from the subclass."""

    SPEC: t.ClassVar[dict[str, t.Any]]
    capability: t.ClassVar[Capability]
    module: t.ClassVar[str]
    _validator: t.ClassVar[ArgumentSpecValidator]

    _supports_check_mode = True
    _supports_async = False

    def __init_subclass__(cls, **keywords: t.Any) -> None:
        """Make the validator when the plugin is imported: once for all the workers that are forked from that process."""
        super().__init_subclass__(**keywords)
        if hasattr(cls, "SPEC"):
            cls._validator = ArgumentSpecValidator(**cls.SPEC)
            cls._validator.validate({})  # its first run takes half as long again as those that follow

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        arguments = decrypted(self.bind(dict(self._task.args), task_vars or {}))
        spec, completed, aliases = self.SPEC["argument_spec"], {}, []
        try:
            refuse_wrong_numbers(spec, arguments, f"{self.module}: ", self.called)
            refuse_numbers(arguments, spec, f"{self.module}: ", self.called)
            refuse_raw_secrets(arguments, spec)
            validation = self._validator.validate(arguments)
            aliases = validation._warnings
            if validation.error_messages:
                raise invalid(f"{self.module}: {in_words(validation, self.called)}")
            options = validation.validated_parameters
            completed = self.complete(options, task_vars or {})
            if self._is_delegated():
                result = self._on_gateway({**arguments, **completed}, task_vars)
            else:
                result = self._here({**options, **completed})
        except BytewireError as error:
            result = error.result()
        for warning in aliases:
            self._display.warning(f"{self.module}: both {warning['option']} and its alias {warning['alias']} are set")
        hidden = secrets({**arguments, **completed}, spec)
        return {**hidden.shown(result), "invocation": {"module_args": hidden.arguments(arguments, spec)}}

    def bind(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """The task's own arguments, completed from inventory before they are validated."""
        return arguments

    def called(self, option: str) -> str:
        """What messages call an option."""
        return option

    def complete(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """The options that only the controller can resolve, resolved."""
        return {}

    def _here(self, options: dict[str, t.Any]) -> dict[str, t.Any]:
        trace = bool(options.get("trace")) or self._display.verbosity >= 3
        return perform(type(self).capability, options, self._task.check_mode, self._task.diff, trace)

    def _is_delegated(self) -> bool:
        return self._task.delegate_to is not None and self._connection.transport != "local"

    def _on_gateway(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        """The result of the module there. A name for this invocation goes along, since ssh may send the module twice."""
        gateway = Delegate(self._task.delegate_to, self.module, (task_vars or {})["hostvars"])
        gateway.refuse_to_greet()
        arguments = self.as_sent(arguments, self._seconds_there_and_back(gateway))
        name = uuid.uuid4().hex if self._acts(arguments) else ""
        self._task.environment = [*(self._task.environment or ()), {NAME: name}]
        try:
            result: dict[str, t.Any] = self._execute_module(module_name=f"bytewire.devices.{self.module}", module_args=arguments, task_vars=task_vars)
        except AnsibleConnectionFailure as error:
            raise gateway.failed(error.message, self._began_there(name)) from error
        except PYTHONS_OWN:
            raise
        except BaseException as error:  # Ansible's timeout of the task
            reason = str(error) or f"Timed out after {self._task.timeout} second(s)."  # before 2.19 it has no words
            raise gateway.failed(reason, None if name else False) from error
        if result.get("failed") and "error" not in result or result.pop("unreachable", False):
            reason = result.get("msg") or result.get("module_stderr") or "no reason was given"
            raise gateway.failed(str(reason), self._began_there(name))
        result.pop("ansible_parsed", None)  # a note of ansible-core 2.22 to itself
        return result

    def as_sent(self, arguments: dict[str, t.Any], seconds: float) -> dict[str, t.Any]:
        """The arguments for a gateway that is this many seconds away, there and back."""
        return arguments

    def _acts(self, arguments: dict[str, t.Any]) -> bool:
        """Whether the task may change something, or send a mail."""
        return not self._task.check_mode and arguments.get("module", self.module) not in READING

    def _seconds_there_and_back(self, gateway: Delegate) -> float:
        """Measured with the connection that the module goes over."""
        began = time.monotonic()
        try:
            self._low_level_execute_command("true")
        except AnsibleConnectionFailure as error:
            raise gateway.failed(error.message, False) from error
        return (time.monotonic() - began)

    def _began_there(self, name: str) -> bool | None:
        """Whether the module began its work on the gateway; None where the gateway does not say so any more."""
        if not name:
            return False
        try:
            looked = self._low_level_execute_command(f"{self._compute_environment_string()} sh -c 'ls {FOLDER}/{name}'")
        except AnsibleConnectionFailure:
            return None
        return bool(looked["rc"] == 0)


class DeviceAction(CapabilityAction):
    """For devices: every option falls back on the inventory variable bytewire_<option>."""

    BYPASS_HOST_LOOP = warm.BeforeTheFork()

    INVENTORY: t.Iterable[str] | None = None
    """The options that do; None for all."""

    def bind(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        self._variables = self._own(task_vars)
        return self.bound(arguments, self._variables, task_vars.get("inventory_hostname"), self._templar.template)

    def called(self, option: str) -> str:
        return self.named(option, self._task.args, self._variables)

    @classmethod
    def named(cls, option: str, arguments: t.Container[str], variables: t.Container[str]) -> str:
        """An option and the variable that it is from: 'port (bytewire_port)'."""
        variable = cls.source(option, arguments, variables)
        return f"{option} ({variable})" if variable else option

    @classmethod
    def source(cls, option: str, arguments: t.Container[str], variables: t.Container[str]) -> str:
        """The variable that an option is from, of those that bound() takes; nothing where the task says it, or nobody."""
        if option in arguments:
            return ""
        if PREFIX + option in variables and (cls.INVENTORY is None or option in cls.INVENTORY):
            return PREFIX + option
        of_ansible = CONNECTION.get(option, "")
        return of_ansible if of_ansible in variables and "host" not in arguments and f"{PREFIX}host" not in variables else ""

    def _own(self, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """The variables of the device: a connection adds its own address and port, or those of the gateway, where the device has none."""
        added = {name for option, name in CONNECTION.items() if name in task_vars and (option == "port" or self._task.delegate_to is not None)}
        if added:
            said = (task_vars["hostvars"][task_vars["inventory_hostname"]], self._task.get_play().get_vars(), self._task.get_vars())
            added = {name for name in added if not any(name in variables for variables in said)}
        return {name: value for name, value in task_vars.items() if name not in added} if added else task_vars

    @classmethod
    def bound(cls, arguments: dict[str, t.Any], variables: t.Mapping[str, t.Any], name: str | None,
              template: t.Callable[[dict[str, t.Any]], dict[str, t.Any]] = dict) -> dict[str, t.Any]:
        """The arguments, completed from the variables of the host of this name."""
        options = cls.SPEC["argument_spec"] if cls.INVENTORY is None else cls.INVENTORY

        def had(names: t.Mapping[str, str]) -> dict[str, t.Any]:
            missing = {}
            for option, variable in names.items():
                if variable in variables:
                    with contextlib.suppress(AnsibleValueOmittedError):
                        missing[option] = variables[variable]
            return without_omitted(template(missing), variables)

        bound = {**had({option: PREFIX + option for option in options if option not in arguments}), **arguments}
        if "host" not in bound:  # the port of the connection goes with its address
            bound = {**had(CONNECTION), **bound}
        if "host" not in arguments and "label" in options:
            bound.setdefault("host", name)
            bound.setdefault("label", name)
        return cls.adapted(arguments, bound)

    @classmethod
    def adapted(cls, arguments: dict[str, t.Any], bound: dict[str, t.Any]) -> dict[str, t.Any]:
        """What of the inventory does not go with what the task says is left out."""
        for alternatives in cls.SPEC.get("mutually_exclusive", ()):
            bound = task_first(arguments, bound, alternatives)
        return bound

    def complete(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        assumed = "model" not in self._task.args and f"{PREFIX}model" not in task_vars
        return {"model": page(options["model"], task_vars, assumed, self.called("model"), self.source("port", self._task.args, self._variables))}


def in_words(validation: ValidationResult, called: t.Callable[[str], str] = str) -> str:
    """What is wrong with the arguments, as a sentence; an unknown one is told by its name alone. called says what to call an option."""
    words = (f"there is no option {error.msg}" if isinstance(error, UnsupportedError) else _of_an_option(error.msg, called)
             for error in validation.errors.errors)
    return f"{'; '.join(words).rstrip('.')}."


def _of_an_option(words: str, called: t.Callable[[str], str]) -> str:
    """What Ansible says of the value of an option, in words like those for numbers; other words as they are."""
    found = re.fullmatch(r"value of (\w+) must be one of: (.*?), got: (.*)", words, re.DOTALL)
    if found is None or " found in " in found[3]:  # in a part of an option
        return words
    return f"{called(found[1])} is {brief(found[3])}; expected one of {found[2]}"


def page(model: t.Any, variables: t.Mapping[str, t.Any], assumed: bool = False, called: str = "model", port_from: str = "") -> dict[str, t.Any]:
    """The page of a model, searched beside the inventory and the playbook of a host with these variables; assumed where nobody has set it.

    called: what messages call the option. port_from: the variable that the port is from.
    """
    try:
        found = resolve(model, folders_of(variables))
    except UnknownModel as error:
        raise invalid(f"{called}: {error}.", stage="profile") from error
    except ProfileError as error:
        raise invalid(f"{error}.", stage="profile") from error
    noted = {**({"assumed": model} if assumed else {}), **({"port_from": port_from} if port_from == CONNECTION["port"] else {})}
    return {"name": found["name"], "candidates": found.get("candidates", [found]), **noted} if noted else found

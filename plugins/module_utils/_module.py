# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the main() of every module does on a gateway."""

from __future__ import annotations

import os
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._invocation import NAME, once
from ansible_collections.bytewire.devices.plugins.module_utils._run import Capability, perform
from ansible_collections.bytewire.devices.plugins.module_utils._secrets import secrets
from ansible_collections.bytewire.devices.plugins.module_utils._task import Result


class Module(AnsibleModule):
    """A module whose invocation is logged without secrets in any spelling."""

    def _log_invocation(self) -> None:
        shown = secrets(self.params, self.argument_spec).arguments(self.params, self.argument_spec)
        self.log(f"Invoked with {' '.join(f'{name}={value}' for name, value in shown.items())}", log_args=shown)


def run_module(module: AnsibleModule, capability: Capability, lost: t.Callable[[BytewireError], Result] = BytewireError.result, **more: t.Any) -> None:
    """The body of every module's main(): run the capability and leave with its result, and with what is given besides.

    lost: the result where this was done before and nothing is known of what came of it.
    """
    trace = bool(module.params.get("trace")) or module._verbosity >= 3
    hidden = secrets(module.params, module.argument_spec)

    def run() -> Result:
        shown: Result = hidden.shown(perform(capability, module.params, module.check_mode, module._diff, trace))
        return shown

    result = once(os.environ.get(NAME), run, lost)
    result.update({"invocation": {"module_args": hidden.arguments(module.params, module.argument_spec)}, **more})
    module.no_log_values = set()  # Ansible would take the secrets out of states and names, too
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a capability is run: the same from an action plugin, from a module on a gateway, and from a test."""

from __future__ import annotations

import typing as t
from collections.abc import Coroutine

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode, Options, Result, told
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import run_blocking

Capability = t.Callable[[Options, Mode], t.Union[Result, t.Coroutine[t.Any, t.Any, Result]]]


def perform(capability: Capability, options: Options, check: bool = False, diff: bool = False, trace: bool = False) -> Result:
    """Run a capability and turn a BytewireError into a failed result."""
    try:
        outcome = capability(options, Mode(check, diff, trace))
        return told(run_blocking(outcome, cut_short) if isinstance(outcome, Coroutine) else outcome)
    except BytewireError as error:
        return told(error.result())


def cut_short(error: BaseException) -> BytewireError:
    """The error for what was ended from outside, as by Ansible's timeout of a task."""
    return BytewireError("timeout", "task", f"The task was ended before it was done: {str(error) or 'Timed out.'}")

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task is given, and what it gives."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._escapes import escaped, safe_in_json

Options = t.Dict[str, t.Any]
"""The options of a task, validated."""

Result = t.Dict[str, t.Any]
"""What a task returns."""


class Mode(t.NamedTuple):
    """How a task runs: check (read, never write), diff (show before and after), trace (list every exchange)."""

    check: bool
    diff: bool
    trace: bool


def told(result: Result) -> Result:
    """A result as Ansible may show it: what is said in it holds no control characters. What a device sent stays as it came.

    Ansible shows all of a failed one, unasked, and escapes in it what JSON escapes; the rest is escaped here.
    """
    if isinstance(result.get("msg"), str):
        result["msg"] = escaped(result["msg"])
    if result.get("warnings"):
        result["warnings"] = [escaped(str(warning)) for warning in result["warnings"]]
    shown: Result = safe_in_json(result) if result.get("failed") else result
    return shown

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task is given, and what it gives."""

from __future__ import annotations

import typing as t

Options = t.Dict[str, t.Any]
"""The options of a task, validated."""

Result = t.Dict[str, t.Any]
"""What a task returns."""


class Mode(t.NamedTuple):
    """How a task runs: check (read, never write), diff (show before and after), trace (list every exchange)."""

    check: bool
    diff: bool
    trace: bool

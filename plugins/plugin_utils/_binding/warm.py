# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-core would compute anew in each of its workers, computed in the process that they are forked from."""

from __future__ import annotations

import contextlib
import sys


def result_fields() -> None:
    """How the keys of a result belong to the fields of ansible-core's own class of results: about 2 ms of each worker.

    That class is private to ansible-core, as of 2.21. A core that has none or another works as it does by itself.
    """
    with contextlib.suppress(KeyError, AttributeError, TypeError):
        sys.modules["ansible._internal._task"].UnifiedTaskResult.from_action_result_dict({}).as_result_dict()

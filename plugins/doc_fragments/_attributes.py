# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module says of itself. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
requirements:
  - python >= 3.8 on a machine that the task is delegated to
attributes:
  action:
    description:
      - Has a corresponding action plugin, so that it runs in the controller's own process.
      - C(environment) has no effect there; it counts where the task is delegated.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: none
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  platform:
    description: Where it runs; the device itself needs nothing.
    support: full
    platforms: posix
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - Reads only; nothing is changed.
  diff_mode:
    support: N/A
    details:
      - Reads only; nothing is changed.
"""

    CONDUCT = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/bytewire.devices.device) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - bytewire.devices.device
  delegation:
    description:
      - Runs in the controller's process. With C(delegate_to) a host of another connection than C(local) it runs on that host,
        which needs Python 3.8 or newer (as old as the C(ansible-core) in use supports) and nothing else.
      - Where the connection to that host breaks, what began there is brought to its end. When ssh tries again (C(ansible_ssh_retries)) it is not begun
        again; the task has the result of the first, or fails with kind V(unverified).
    support: full
"""

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CPU milliseconds that a play spends on importing an action plugin of the collection, beyond what Ansible imports without it: importing.py NAME"""

from __future__ import annotations

import importlib
import sys
import time

from ansible.plugins.loader import action_loader, init_plugin_loader

for name in ("cli.playbook", "executor.task_queue_manager", "plugins.strategy.linear"):
    importlib.import_module(f"ansible.{name}")
init_plugin_loader()
started = time.process_time()
if action_loader.get(f"bytewire.devices.{sys.argv[1]}", class_only=True) is None:
    sys.exit(f"there is no action {sys.argv[1]}")
print(round((time.process_time() - started) * 1000, 1))

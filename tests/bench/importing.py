# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a play spends on importing an action plugin of the collection, beyond what Ansible imports without it, as JSON: importing.py NAME"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time

from ansible.plugins.loader import action_loader, init_plugin_loader

for name in ("cli.playbook", "executor.task_queue_manager", "plugins.strategy.linear"):
    importlib.import_module(f"ansible.{name}")
init_plugin_loader()
importlib.import_module("ansible_collections.ansible.builtin")  # whose list of redirections each play reads, whatever its tasks are


def memory():
    """What this process takes."""
    with open("/proc/self/statm", encoding="utf-8") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


held, began, started = memory(), time.monotonic(), time.process_time()
if action_loader.get(f"bytewire.devices.{sys.argv[1]}", class_only=True) is None:
    sys.exit(f"there is no action {sys.argv[1]}")
print(json.dumps({"cpu": (time.process_time() - started) * 1000, "wall": (time.monotonic() - began) * 1000, "memory": (memory() - held) / 2 ** 20}))

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters that tell people what became of tasks: of results that are none they say so."""

from __future__ import annotations

import re

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.filter.pack import pack
from ansible_collections.bytewire.devices.plugins.filter.relay_table import relay_table
from ansible_collections.bytewire.devices.plugins.filter.report import report
from ansible_collections.bytewire.devices.plugins.filter.result_table import result_table
from ansible_collections.bytewire.devices.plugins.filter.status_table import status_table
from ansible_collections.bytewire.devices.plugins.filter.unpack import unpack
from ansible_collections.bytewire.devices.tests.fuzz.fuzzing import changed, tree_of

FILTERS = {"report": report, "relay_table": relay_table, "status_table": status_table, "result_table": result_table, "pack": pack, "unpack": unpack}
TAKES = {"report": (1, 2), "relay_table": (1,), "status_table": (1, 2), "result_table": (2,), "pack": (2,), "unpack": (2,)}
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def any_results(data):
    """A dictionary of filters and what each is given."""
    given = tree_of(data)
    for name, arguments in given.items() if isinstance(given, dict) else ():
        if not isinstance(arguments, list) or len(arguments) not in TAKES.get(name, ()):
            continue
        try:
            told = FILTERS[name](*arguments)
        except AnsibleFilterError as error:
            assert str(error).startswith(f"{name}: ")
            continue
        for text in told.values() if isinstance(told, dict) else told if name.endswith("table") else ():
            assert not CONTROL.search(str(text).replace("\r\n", "\n"))


def test_results(fuzz):
    pulse = {"pulsed": {"told": ["on"], "seen": [], "seconds": 1}}
    fuzz(any_results, changed("unknown", "unverified", "{was}", {"failed": True}, "h" * 3000, "9" * 5000, pulse))

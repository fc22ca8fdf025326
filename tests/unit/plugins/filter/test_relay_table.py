# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.bytewire.devices.plugins.filter.relay_table import relay_table


def test_table():
    boards = {
        "board10": {"model": "eth002", "relays": {"1": {"name": None, "state": "unknown"}}},
        "board2": {"model": "eth8020", "relays": {"1": {"name": "amplifier", "state": "on"}, "20": {"name": None, "state": "off"}}},
        "tv": {"model": "lg"},
        "shed": {"failed": True, "msg": "shed (10.0.0.9:17494) cannot be reached."},
        "attic": {"failed": True, "msg": "'x' is undefined"},
        "cellar": {},
    }
    assert relay_table(boards) == [
        "HOST     MODEL    RELAY  NAME       STATE",
        "board2   eth8020  1      amplifier  on",
        "board2   eth8020  20     -          off",
        "board10  eth002   1      -          unknown",
        "tv       lg       -      -          -",
        "",
        "COULD NOT BE READ (3)",
        "attic: 'x' is undefined",
        "cellar: It was not attempted.",
        "shed (10.0.0.9:17494) cannot be reached.",
    ]


def test_no_boards():
    assert relay_table({}) == ["HOST  MODEL  RELAY  NAME  STATE"]


def test_what_is_no_dictionary_is_refused():
    with pytest.raises(AnsibleFilterError, match="expected a dictionary of host and result, not list"):
        relay_table([])


def test_what_no_task_returns_is_refused_with_its_host():
    with pytest.raises(AnsibleFilterError, match="relay_table: garage is 'on'; expected keys and values, as tasks return them"):
        relay_table({"garage": "on"})
    with pytest.raises(AnsibleFilterError, match="relay_table: garage: relay 1 is 'on'; expected keys and values"):
        relay_table({"garage": {"model": "eth008", "relays": {"1": "on"}}})

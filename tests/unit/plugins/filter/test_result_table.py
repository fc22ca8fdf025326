# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.bytewire.devices.plugins.filter.result_table import result_table


def test_table():
    results = {
        "tv10": {"settings": {"power": "off", "volume": "unknown"}},
        "tv2": {"settings": {"power": "on", "volume": 0}},
        "unit": {"reply": "two\nlines"},
        "10.0.0.9": {"failed": True, "msg": "10.0.0.9:9100 cannot be reached."},
        "shed": {"failed": True, "msg": "shed (10.0.0.8:9100) cannot be reached."},
        "attic": {"failed": True, "msg": "'x' is undefined"},
        "cellar": {},
    }
    assert result_table(results, {"POWER": "settings.power", "VOLUME": "settings.volume", "ANSWER": "reply"}, "COULD NOT BE READ") == [
        "HOST  POWER  VOLUME   ANSWER",
        "tv2   on     0        -",
        "tv10  off    unknown  -",
        "unit  -      -        two\\nlines",
        "",
        "COULD NOT BE READ (4)",
        "10.0.0.9:9100, shed (10.0.0.8:9100): cannot be reached.",
        "attic: 'x' is undefined",
        "cellar: It was not attempted.",
    ]


def test_who_failed_for_one_reason_is_told_together():
    results = {f"tv{number}": {"failed": True, "msg": f"tv{number} (10.0.0.{number}:9761): power is off."} for number in range(1, 21)}
    assert result_table(results, {"POWER": "settings.power"})[1:] == [
        "",
        "FAILED (20)",
        "tv1, tv2, tv3, tv4, tv5 and 15 more: power is off.",
        "  tv1, tv2, tv3, tv4, tv5, tv6, tv7, tv8, tv9, tv10, tv11, tv12, tv13, tv14,",
        "  tv15, tv16, tv17, tv18, tv19, tv20",
    ]


def test_no_hosts():
    assert result_table({}, {"ANSWER": "reply"}) == ["HOST  ANSWER"]


@pytest.mark.parametrize("results, columns", [([], {}), ({}, ["reply"])])
def test_what_is_no_dictionary_is_refused(results, columns):
    with pytest.raises(AnsibleFilterError, match="expected a dictionary of .*, not list"):
        result_table(results, columns)


def test_what_no_task_returns_is_refused_with_its_host():
    with pytest.raises(AnsibleFilterError, match="result_table: garage is 'on'; expected keys and values, as tasks return them"):
        result_table({"garage": "on"}, {})

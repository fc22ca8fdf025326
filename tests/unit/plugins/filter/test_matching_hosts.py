# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.bytewire.devices.plugins.filter.matching_hosts import matching_hosts

GROUPS = {"all": ["garage", "attic", "tv1", "fe80::1"], "ungrouped": ["fe80::1"], "boards": ["garage", "attic"], "tvs": ["tv1"]}
EVERY = ["localhost", *GROUPS["all"]]


@pytest.mark.parametrize("pattern, within, hosts", [
    ("all", EVERY, ["garage", "attic", "tv1", "fe80::1"]),
    ("boards:!garage", EVERY, ["attic"]),
    ("tv*,boards", EVERY, ["garage", "attic", "tv1"]),
    (["tv1", "attic"], EVERY, ["attic", "tv1"]),
    ("~(tv|at).*", EVERY, ["attic", "tv1"]),
    ("boards", ["tv1"], []),
    ("tsv", EVERY, []),
    ("fe80::1", EVERY, ["fe80::1"]),
    ("localhost", EVERY, ["localhost"]),
    ("boards[0]", EVERY, ["garage"]),
])
def test_what_a_pattern_means(pattern, within, hosts):
    assert sorted(matching_hosts(GROUPS, pattern, within)) == sorted(hosts)


def test_what_are_no_groups():
    with pytest.raises(AnsibleFilterError, match="expected a dictionary of groups and their hosts, not list"):
        matching_hosts([], "all", [])

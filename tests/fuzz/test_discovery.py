# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datagrams of whoever is out there: hosts of an inventory, or nothing."""

from __future__ import annotations

import re

from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery.boards import in_order, variables_of
from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery.datagrams import LONGEST_TEXT, RESERVED, is_given, name_of
from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery.scan import Scan
from ansible_collections.bytewire.devices.tests.fuzz.fuzzing import spoiled

MOST = 3
END = b"--datagram--"


def any_datagrams(data):
    """Each from an address of its own, or from one that spoke before."""
    scan = Scan([], 1, 0.1, MOST)
    for number, datagram in enumerate(data.split(END)):
        address = f"192.0.2.{number % 5 + 1}"
        scan._board(address, datagram)
        scan._ncd(address, datagram)
    assert len(scan.boards) + len(scan.ncd) <= MOST and len(scan.warnings) <= 10
    for address, announced in in_order(scan.boards):
        variables = variables_of(address, announced)
        assert re.fullmatch("[0-9a-f]{2}(:[0-9a-f]{2}){5}", variables["bytewire_mac"])
        assert re.fullmatch(f"[ -~]{{0,{LONGEST_TEXT}}}", announced.host_name)
        assert 0 <= variables.get("bytewire_port", 0) <= 65535
        name = name_of(announced.host_name)
        assert re.fullmatch("[0-9A-Za-z._-]*", name) and name.lower() not in RESERVED and not is_given(name)
    assert all(re.fullmatch(f"[ -~]{{0,{LONGEST_TEXT}}}", said) for said in scan.ncd.values())


def test_datagrams(fuzz):
    fuzz(any_datagrams, spoiled(END, b"\x02", b"\x04", b"\x05", b"\x40", b"\x41", b"00-04-A3-12-34-56", b"all", b"ncd-1"))

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.filter.matching_models import matching_models
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import _parsed


@pytest.mark.parametrize("search, pages", [
    ("ETH008", ["eth008"]),
    ("eth-rly-16", ["eth_rly16"]),
    ("devantech wifi008", ["wifi008"]),
    ("3629", ["epson"]),
    (3629, ["epson"]),
    ("Projector HDMI epson", ["epson", "epson_serial"]),
    ("modbus 502 waveshare", ["waveshare_modbus"]),
    ("vp-8x8tp route", ["kramer_matrix_vid", "kramer_p3000"]),
    ("nec dvi1", ["nec_display", "nec_projector"]),
    ("label zebra", ["zebra"]),
    ("emulator only", ["raw"]),
    ("toaster", []),
])
def test_what_is_found(search, pages):
    assert list(matching_models(search)["found"]) == pages


def test_the_table():
    assert matching_models("eth002 wifi")["lines"][0].startswith("No page has all of eth002, wifi.")
    assert matching_models("eth008 hardware")["lines"] == [
        "PAGE    PORT   DEVICE",
        "eth008  17494  Devantech ETH008",
        "               known as ETH008-B",
        "               relays 1–8; readings identity, supply_voltage, mac",
        "               verified by vendor document, hardware",
        "",
        f"1 of {len(matching_models('')['found'])} pages. bytewire_model is the page; docs/devices.md tells more of it.",
    ]
    assert max(map(len, matching_models("")["lines"])) < 80


def test_what_a_program_gets():
    assert matching_models("videohub")["found"] == {"videohub": {
        "title": "Blackmagic Videohub routers", "category": "switcher", "make": ["Blackmagic"],
        "known_as": ["Smart Videohub", "Universal Videohub", "Micro Videohub", "Videohub 10x10 12G"], "port": 9990, "relays": "", "settings": ["route"],
        "inputs": [], "readings": ["output_labels", "input_labels"], "command": False, "verified": ["vendor document", "two implementations", "hardware"]}}


def test_no_match():
    lines = matching_models("epsn")["lines"]
    assert lines[0] == "No page has 'epsn' (did you mean Epson or ea_ps?)."
    assert " ".join(lines[1:3]).startswith("Words are categories (relay board, display, projector, ")
    assert lines[-1] == "A device that is not there is one page of your own: docs/write-a-profile.md."
    assert matching_models("epson toaster\x1b[2J")["lines"][0] == "No page has 'toaster\\e[2J'."


def test_no_page_is_read():
    before = _parsed.cache_info().misses
    matching_models("hdmi")
    assert _parsed.cache_info().misses == before

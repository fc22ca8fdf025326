# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/devices.md against the pages that it is made of."""

from __future__ import annotations

import os
import re

import pytest

from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import models
from ansible_collections.bytewire.devices.tests.tools import device_table

DOCS = os.path.abspath(os.path.join(os.path.dirname(__file__), os.pardir, os.pardir, os.pardir, "docs"))


@pytest.fixture(scope="module")
def written():
    with open(os.path.join(DOCS, "devices.md"), encoding="utf-8") as file:
        return file.read()


def test_the_file_is_what_the_pages_say(written):
    assert written == device_table.text(), "run make devices"


def test_every_model_has_a_row_and_its_facts(written):
    table, facts = written.split("## How sure the facts are")
    for model in models():
        assert f"| `{model}` |" in table and re.search(rf"`{model}`[,:]", facts), model


def test_is_mine_in_the_list(written):
    first = written.split("## By category and make")[0]
    for model in models():
        assert f"`{model}`" in first, model
    assert re.search(r"^\|[a-z ]*\| Epson \| EB series, .*EH-TW5650, .* \| `epson_serial`, `epson` \|$", first, re.MULTILINE)
    assert "\n|  | Devantech | ETH002, " in first and first.count("| relay board |") == 1


def test_the_list_and_the_traps(written):
    by_make = written.split("## By category and make")[1].split("## Traps")[0]
    assert "| `eth008` | Devantech ETH008 | 17494 | vendor document, hardware | every answer |" in by_make
    assert "| `numato` | Numato Ethernet relay modules | 23 (telnet) | two implementations | `relays.read` |" in by_make
    traps = " ".join(written.split("## Traps")[1].split("## A model that is asked for")[0].split())
    assert "- `proxr`, `proxr_api`: It takes no new connection for 1 s behind the last. It serves one connection." in traps
    assert "`eth002`, `eth008`, " in traps and "It serves 5 connections; one more is accepted and stays mute, which is `busy`." in traps


def test_a_setting_with_an_index_has_one_row(written):
    assert "| `route.<output>` (1–288) | 1 to 288 | reading |" in written and "`route.1`" not in written


def test_what_some_rows_say(written):
    rows = {line.split("`")[1]: [cell.strip() for cell in line.split("|")[1:-1]]
            for line in written.split("## Relays")[1].split("## After a lost answer")[0].splitlines() if line.startswith("| `")}
    assert rows["eth484"][2:6] == ["17494", "1–4, 9–16", "0.1–25.5 s, on and off", "reading"]
    assert rows["lc_tech"][5] == "nothing" and rows["proxr_all_banks"][5] == "acknowledgement" and rows["kmtronic"][2] == "—"
    assert rows["numato"][2] == "23 (telnet)" and rows["numato"][7] == "`bytewire_username` (if it asks), `bytewire_password` (if it asks)"
    assert "| `volume` | 0 to 100 | reading | power is on |" in written


def test_what_is_done_after_a_lost_answer(written):
    section = written.split("## After a lost answer")[1].split("## How sure the facts are")[0]
    rows = {model: cells.split(" | ") for models_, cells in re.findall(r"^\| (`[^|]*`) \| (.*) \|$", section, re.MULTILINE)
            for model in re.findall("`([^`]*)`", models_)}
    assert sorted(rows) == sorted(models())
    assert rows["eth008"] == ["every answer", "asks identify", "asks identify"]
    assert rows["numato"] == ["`relays.read`", "asks again", "waits 7 s"] and rows["waveshare_modbus"] == ["none", "asks again", "asks again"]
    assert rows["esc_cr"][1] == "unverified, then waits 7 s" and rows["lc_tech"][1] == "unknown"

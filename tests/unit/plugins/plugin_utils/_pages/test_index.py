# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The index against the pages that it is made of, and what a run reads beside it."""

from __future__ import annotations

import subprocess
import sys

from ansible_collections.bytewire.devices.plugins.plugin_utils._pages import index
from ansible_collections.bytewire.devices.tests.tools import page_index

DEVANTECH = ["eth002", "eth008", "eth044", "eth0621", "eth1610", "eth24v008", "eth484", "eth8020", "wifi002", "wifi008", "wifi484", "wifi8020"]
READ = """
import sys
from ansible_collections.bytewire.devices.plugins.module_utils._page import profile
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages import lookup
compiled, compile_ = [], profile.Profile.__init__
def noted(self, page):
    compiled.append(page["name"])
    compile_(self, page)
profile.Profile.__init__ = noted
for model in sys.argv[1:]:
    print(lookup._parsed.cache_info().currsize, *compiled)
    profile.load(lookup.resolve(model))
print(lookup._parsed.cache_info().currsize, *compiled)
"""


def test_the_index_is_what_the_pages_say():
    with open(index.PATH, encoding="utf-8") as file:
        written = file.read()
    assert written == page_index.text(), ("plugins/plugin_utils/_pages/index.json is not what the pages say: run make devices, or "
                                          "PYTHONPATH=.work/collections python tests/tools/page_index.py, and commit it with the pages")


def test_no_page_is_read_or_compiled_that_nobody_asked_for():
    """eth008 stands on devantech."""
    done = subprocess.run([sys.executable, "-c", READ, "eth008", "lg"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["0", "2 eth008", "3 eth008 lg"]


def test_a_family_is_a_page_and_what_extends_it():
    assert index.family("devantech") == DEVANTECH
    assert index.family("eth_rly16") == ["eth_rly02", "eth_rly16"] and index.family("eth_rly02") == ["eth_rly02"]
    assert index.family("lg") == index.family("nobody") == []
    assert {"devantech", "eth_rly16"} <= set(index.families())


def test_who_is_asked_behind_a_login_is_in_no_family(monkeypatch):
    monkeypatch.setattr(index, "index", lambda: {
        "behind": {"title": "Behind a login", "is": {"id": 1}, "identify": {"send": "10"}, "login": True},
        "model": {"title": "A model", "extends": "base", "is": {"id": 2}, "identify": {"send": "10"}},
        "base": {"title": "A base", "base": True}})
    assert index.family("behind") == [] and index.family("base") == ["model"] and index.families() == ["base"]
    assert index.models() == ["behind", "model"] and index.relatives({"send": "10"}) == {"behind": {"id": 1}, "model": {"id": 2}}

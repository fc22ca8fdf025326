# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages that nobody meant: each is refused in words that name the file, or can be shown and emulated."""

from __future__ import annotations

import os
import tempfile

from ansible_collections.bytewire.devices.plugins.filter.profile_exchanges import profile_exchanges
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages import lookup
from ansible_collections.bytewire.devices.tests.fuzz.fuzzing import CORPUS, changed, spoiled, tree_of
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import Conversation

FOLDER = tempfile.TemporaryDirectory()
os.mkdir(os.path.join(FOLDER.name, lookup.USER_FOLDER))
PAGE = os.path.join(FOLDER.name, lookup.USER_FOLDER, "fuzzed.yml")
YAML = (b": ", b"- ", b"&a ", b"*a", b"<<: *a", b"!!binary ", b"!!int ", b"? ", b"{", b"[", b"|\n", b"2001-13-45", b"0b_", b"\t", b"\xc2\x85", b"extends: lg")
ODD = ("{relay:u8}", "{payload}", "{length:u8} {payload}", "{seconds*10:u8}", "{relays:bits8}", "{value:text}", "lg", "eth008", "hex", "text", "\\x41", "0x1")


def any_page(data):
    with open(PAGE, "wb") as file:
        file.write(data)
    try:
        page = lookup.resolve("fuzzed", [FOLDER.name])
    except ProfileError as error:
        assert PAGE in str(error)
        return
    shown = profile_exchanges(page)
    assert shown["error"].endswith(".") or shown["table"]
    if not shown["error"]:
        Conversation(page).say(b"\x00\r\n")


def any_dictionary(data):
    """The same in the inventory, without a file."""
    page = tree_of(data)
    try:
        lookup.resolve(page)
    except ProfileError as error:
        assert "model" in str(error) or isinstance(page, str)


def test_pages_as_text(fuzz):
    fuzz(any_page, spoiled(*YAML), CORPUS / "pages", lookup.BUILT_IN)


def test_pages(fuzz):
    fuzz(any_page, changed(*ODD), lookup.BUILT_IN)


def test_inline_pages(fuzz):
    fuzz(any_dictionary, changed(*ODD), CORPUS / "pages")

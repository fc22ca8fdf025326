# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a page says of its device to people."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._page.about import CATEGORIES, VERIFIED
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import ProfileError, load

PAGE = {"notation": "text"}


def test_every_word_is_taken():
    for category in CATEGORIES:
        load({**PAGE, "category": category, "make": "Garden", "known_as": ["GR-8"], "verified": list(VERIFIED), "traps": ["It rusts."]})
    load({**PAGE, "make": ["Garden", "Shed"]})


@pytest.mark.parametrize("key, value, said", [
    ("category", "projektor", r"category has 'projektor' \(did you mean projector\?\); expected relay board, display, .*printer or other"),
    ("category", ["display"], r"category is \['display'\]; expected a text in quotes"),
    ("make", 3, "make is 3; expected a text or a list of texts"),
    ("known_as", "GR-8", "known_as is 'GR-8'; expected a list of texts"),
    ("known_as", [8020], "known_as has 8020; expected texts of one line, .* in quotes where they are a number"),
    ("known_as", ["a\nb"], "known_as has .* expected texts of one line"),
    ("verified", ["vendor documents"], r"verified has 'vendor documents' \(did you mean vendor document\?\); expected vendor document, two"),
    ("traps", ["x" * 301], "traps has .* of 300 characters at most"),
    ("traps", [""], "traps has ''; expected texts"),
    ("trap", ["It rusts."], r"'trap' is not a key of a page \(did you mean traps"),
])
def test_what_is_refused(key, value, said):
    with pytest.raises(ProfileError, match=said):
        load({**PAGE, key: value})

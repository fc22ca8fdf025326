# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of strangers in events: no rule that joins them, with each other or with its own, makes a template of them."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from jinja2.nativetypes import NativeEnvironment

from ansible_collections.bytewire.devices.plugins.plugin_utils._events import defused, is_refused

HOSTILE = ["{{ lookup('pipe', 'id') }}", "{% if 1 %}", "{# gone #}", "{", "a {", "{ lookup('pipe', 'id') }}", "{{ lookup('pipe', 'id') ", "% raw %}", "# x #}",
           " \t% set x = 1 %}", r"'\x7b\x7b 7 * 7 }}'", r"\x7b\x7b 7 * 7 }}", r"\173", "$ANSIBLE_VAULT;1.1;AES256\n6132"]
HARMLESS = ["", "BUFFER FULL", "100 %", "door #3", "}} plain %} #}", "it's", "[1, 2]", "$5", 7, None, True]
PIECES = [*("".join(letters) for length in range(3) for letters in itertools.product("{}%#\\ '7", repeat=length)), *map(str, HARMLESS), *HOSTILE]
JOINED = ["{{ a }}{{ b }}", "{{ '{' }}{{ a }}{{ b }}", "'{{ a }}{{ b }}'", "{{ '{' }}{{ a | trim }}{{ b }}", '"{{ a }}" {{ b }}']


@pytest.mark.parametrize("text", HOSTILE)
def test_what_could_become_a_part_of_a_template_is_refused(text):
    assert is_refused(text) and not is_refused(defused(text))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_devices_say_is_not(text):
    assert not is_refused(text)


@pytest.mark.parametrize("template", JOINED)
def test_what_is_not_refused_is_no_template_when_a_rulebook_has_joined_it(template):
    passed = [piece for piece in PIECES if not is_refused(piece)]
    rule = NativeEnvironment().from_string(template)  # what ansible-rulebook renders the arguments of an action with
    for pair in itertools.product(passed, repeat=2):
        with contextlib.suppress(TypeError):  # '{[]}', a set of lists: the action fails
            joined = str(rule.render(a=pair[0], b=pair[1]))
            assert not any(opening in joined for opening in ("{{", "{%", "{#")), pair


def test_a_reason_stays_readable():
    assert defused("garage answered 7B 7B ('{{ 7 }}')") == "garage answered 7B 7B ('?? 7 }}')"

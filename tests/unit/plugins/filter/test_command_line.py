# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.bytewire.devices.plugins.filter.command_line import command_line

HOSTS = [f"tv{number}" for number in range(1, 12)]
CUT = "'3 \\e' is part of no variable. A value with blanks needs quotes of its own: -e \"NAME='TWO WORDS'\"."
WHICH = "Say which with -e target=… or --limit …, or all of them with -e target=all. Nothing was sent."


@pytest.mark.parametrize("given, options, said", [
    ({"relay": 2}, {}, ""),
    ({"relay": None}, {}, ""),
    ({"relay": 0, "state": False}, {"needed": ["relay", "state"]}, ""),
    ({"relay": None, "state": None}, {"needed": ["relay"]}, "relay is not given. For example: -e x=1."),
    ({"relay": None, "state": None}, {"needed": ["relay", "state"]}, "relay and state are not given. For example: -e x=1."),
    ({"relay": " "}, {}, "relay is empty. Give a value, or leave it out. For example: -e x=1."),
    ({"target": ""}, {"hosts": HOSTS}, "target is empty. Give a value, or leave it out. For example: -e x=1."),
    ({"target": None}, {"hosts": HOSTS}, f"This would go to 11 devices: tv1, tv2, tv3, tv4, tv5 and 6 more. {WHICH}"),
    ({"target": None, "relay": 2, "state": "off\x07"}, {"hosts": ["b\x1b", "a"]}, f"relay=2 state=off\\x07 would go to 2 devices: a, b\\e. {WHICH}"),
    ({"target": None}, {"hosts": HOSTS, "limited": True}, ""),
    ({"target": None}, {"hosts": HOSTS[:1]}, ""),
    ({"target": "all"}, {"hosts": HOSTS}, ""),
    ({"when": "never"}, {"choices": {"when": ["always", "changed", "failed"]}}, "when is 'never', and may be always, changed or failed. Nothing was sent."),
    ({"json_file": "/nowhere/a.json"}, {}, "json_file is '/nowhere/a.json', and its folder is not there. Nothing was sent."),
    ({"json_file": "a.json"}, {}, ""),
    ({"when": None, "how": "tls"}, {"choices": {"when": ["always"], "how": ["none", "tls"]}}, ""),
    ({"relay": None}, {"needed": ["relay"], "words": "3 \x1b"}, CUT),
])
def test_what_is_wrong(given, options, said):
    assert command_line(given, "-e x=1", **options) == said


def test_no_dictionary():
    with pytest.raises(AnsibleFilterError, match="expected a dictionary of variables, not list"):
        command_line([], "-e x=1")

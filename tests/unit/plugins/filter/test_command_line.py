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


GROUPS = {"all": HOSTS, "ungrouped": [], "tvs": HOSTS, "boards": []}
THERE = "The inventory has the groups boards, tvs and the hosts tv1, tv2, tv3, tv4, tv5 and 6 more. Nothing was sent."
COMMA = "A single address wants a comma: -i 10.0.0.5, Nothing was sent."
MAIL = {"notify_mail_to": ["a@example.org"], "notify_mail_host": "mail", "notify_mail_from": "b@example.org"}


@pytest.mark.parametrize("mail, said", [
    ({}, ""),
    ({"notify_mail_host": "mail"}, ""),
    (MAIL, ""),
    ({**MAIL, "notify_mail_port": "465", "notify_mail_validate_certs": "No", "notify_mail_to": "a@example.org"}, ""),
    ({"notify_mail_to": ["a@example.org"]}, "There is a recipient of the mail, and notify_mail_host and notify_mail_from are not given. The variables of "
     "the mail belong to the group all, or onto the command line. Nothing was sent."),
    ({**MAIL, "notify_mail_host": ""}, "There is a recipient of the mail, and notify_mail_host is not given. The variables of the mail belong to the group "
     "all, or onto the command line. Nothing was sent."),
    ({**MAIL, "notify_mail_to": "", "notify_when": "", "notify_file": []}, ""),
    ({**MAIL, "notify_file": "a.pdf"}, "notify_file is 'a.pdf', and ends in none of .html, .txt, .csv, .json. Nothing was sent."),
    ({**MAIL, "notify_mail_to": 5}, "notify_mail_to is '5', and is an address or a list of addresses. Nothing was sent."),
    ({**MAIL, "notify_mail_cc": {"a": 1}}, "notify_mail_cc is \"{'a': 1}\", and is an address or a list of addresses. Nothing was sent."),
    ({**MAIL, "notify_mail_port": "abc"}, "notify_mail_port is 'abc', and is a number from 1 to 65535. Nothing was sent."),
    ({**MAIL, "notify_mail_port": 0}, "notify_mail_port is '0', and is a number from 1 to 65535. Nothing was sent."),
    ({**MAIL, "notify_undefined": ["notify_mail_password"]}, "notify_mail_password is made of a variable that is not defined. Is it spelled so, and is the "
     "file there, such as a vault, that holds it? Nothing was sent."),
    ({"notify_undefined": ["notify_mail_to"]}, "notify_mail_to is made of a variable that is not defined. Is it spelled so, and is the file there, such as a "
     "vault, that holds it? Nothing was sent."),
    ({"notify_undefined": ["notify_mail_password"]}, ""),
    ({**MAIL, "notify_mail_validate_certs": "maybe"}, "notify_mail_validate_certs is 'maybe', and is true or false. Nothing was sent."),
])
def test_what_a_mail_lacks_is_told_before_anything_is_sent(mail, said):
    assert command_line({"relay": 2}, "-e x=1", mail=mail) == said


@pytest.mark.parametrize("given, options, said", [
    ({"relay": 2}, {}, ""),
    ({"relay": None}, {}, ""),
    ({"relay": 0, "state": False}, {"needed": ["relay", "state"]}, ""),
    ({"relay": None, "state": None}, {"needed": ["relay"]}, "relay is not given. For example: -e x=1."),
    ({"relay": None, "state": None}, {"needed": ["relay", "state"]}, "relay and state are not given. For example: -e x=1."),
    ({"relay": " "}, {}, "relay is empty. Give a value, or leave it out. For example: -e x=1."),
    ({"target": ""}, {"hosts": HOSTS, "changes": True}, "target is empty. Give a value, or leave it out. For example: -e x=1."),
    ({"target": None}, {"hosts": HOSTS, "changes": True}, f"This would go to 11 devices: tv1, tv2, tv3, tv4, tv5 and 6 more. {WHICH}"),
    ({"target": None, "relay": 2, "state": "off\x07"}, {"hosts": ["b\x1b", "a"], "changes": True},
     f"relay=2 state=off\\x07 would go to 2 devices: a, b\\e. {WHICH}"),
    ({"target": None}, {"hosts": HOSTS, "changes": True, "limit": "tvs"}, ""),
    ({"target": None}, {"hosts": HOSTS, "changes": False}, ""),
    ({"target": None}, {"hosts": HOSTS[:1], "changes": True}, ""),
    ({"target": "all"}, {"hosts": HOSTS, "changes": True}, ""),
    ({"target": "tsv"}, {"hosts": [], "groups": GROUPS}, f"No host matches target 'tsv'. {THERE}"),
    ({"target": "tv1\x1b"}, {"hosts": [], "groups": GROUPS, "limit": ["tv2", "tv3"]}, f"No host matches target 'tv1\\e' and --limit 'tv2,tv3'. {THERE}"),
    ({"target": None}, {"hosts": [], "groups": {"all": ["b"], "ungrouped": ["b"]}, "limit": "x"},
     "No host matches --limit 'x'. The inventory has the host b. Nothing was sent."),
    ({"target": None}, {"hosts": [], "groups": {"all": []}}, f"No host matches: the inventory has none. {COMMA}"),
    ({"target": "tv1"}, {"hosts": [], "groups": {"all": []}}, f"No host matches: the inventory has none. {COMMA}"),
    ({"when": "never"}, {"choices": {"when": ["always", "changed", "failed"]}}, "when is 'never', and may be always, changed or failed. Nothing was sent."),
    ({"json_file": "/nowhere/a.json"}, {}, "json_file is '/nowhere/a.json', and its folder is not there. Nothing was sent."),
    ({"json_file": "a.json"}, {}, ""),
    ({"notify_file": ["a.HTML", "b.csv"]}, {}, ""),
    ({"notify_file": ["a.html", "b.pdf"]}, {}, "notify_file is 'b.pdf', and ends in none of .html, .txt, .csv, .json. Nothing was sent."),
    ({"notify_file": "/nowhere/a.html"}, {}, "notify_file is '/nowhere/a.html', and its folder is not there. Nothing was sent."),
    ({"when": None, "how": "tls"}, {"choices": {"when": ["always"], "how": ["none", "tls"]}}, ""),
    ({"relay": None}, {"needed": ["relay"], "words": "3 \x1b"}, CUT),
])
def test_what_is_wrong(given, options, said):
    assert command_line(given, "-e x=1", **options) == said


def test_no_dictionary():
    with pytest.raises(AnsibleFilterError, match="expected a dictionary of variables, not list"):
        command_line([], "-e x=1")

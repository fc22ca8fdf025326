# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action of a fleet shows of its arguments, and how often it lets a fleet run."""

from __future__ import annotations

import types

import pytest

from ansible_collections.bytewire.devices.plugins.action.fleet import SECRET, ActionModule, _without_secrets
from ansible_collections.bytewire.devices.plugins.module_utils._capability.fleet import MODULES, capability_of
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@pytest.mark.parametrize("given, shown", [
    ({"module": "ping"}, {"module": "ping"}),
    ({"options": {"password": "Xq7", "relay": 1}}, {"options": {"password": HIDDEN, "relay": 1}}),
    ({"options": {"password": 90817263, "relay": 1}}, {"options": {"password": HIDDEN, "relay": 1}}),
    ({"options": {"password": "", "state": "on"}}, {"options": {"password": "", "state": "on"}}),
    ({"options": {"password": None, "state": "on"}}, {"options": {"password": None, "state": "on"}}),
    ({"options": {"password": "Xq7", "command": "login Xq7"}}, {"options": {"password": HIDDEN, "command": "login ********"}}),
    ({"options": "relay=1 password=Xq7"}, {"options": HIDDEN}),
    ({"options": '{"password": Xq7'}, {"options": HIDDEN}),
    ({"options": "relay=1 state=on"}, {"options": "relay=1 state=on"}),
    ({"hosts": ["a", {"name": "b", "options": {"password": 5544}}]}, {"hosts": ["a", {"name": "b", "options": {"password": HIDDEN}}]}),
    ({"hosts": [{"name": "b", "options": "password=Xq7"}]}, {"hosts": [{"name": "b", "options": HIDDEN}]}),
    ({"hosts": [{"name": "b", "option": {"password": "Xq7"}}]}, {"hosts": [{"name": "b", "option": {"password": HIDDEN}}]}),
    ({"hosts": [{"name": "b", "password": "Xq7"}]}, {"hosts": [{"name": "b", "password": HIDDEN}]}),
    ({"options": {"password": "Xq7"}, "hosts": [{"name": "b", "options": {"command": "login Xq7"}}]},
     {"options": {"password": HIDDEN}, "hosts": [{"name": "b", "options": {"command": "login ********"}}]}),
    ({"hosts": "a,b", "options": [1]}, {"hosts": "a,b", "options": [1]}),
])
def test_no_secret_among_the_arguments(given, shown):
    assert _without_secrets(given) == shown


def test_each_host_s_secrets_are_its_own():
    """What is secret of one host is none of another, and names stay."""
    hosts = [{"name": "tv07", "options": {"password": "7", "command": "PASS 7"}}, {"name": "tv17", "options": {"password": "8", "command": "PASS 7"}}]
    shown = _without_secrets({"hosts": hosts})["hosts"]
    assert [(host["name"], host["options"]["command"]) for host in shown] == [("tv07", "PASS ********"), ("tv17", "PASS 7")]


def refused(names, play, batch=None, host=None, run_once=False, strategy="ansible.builtin.linear"):
    """What is said before a fleet of these names, in a play over those."""
    action = object.__new__(ActionModule)
    action._task = types.SimpleNamespace(run_once=run_once, get_play=lambda: types.SimpleNamespace(strategy=strategy))
    batch = batch or play
    try:
        action._refuse_more_than_once({"inventory_hostname": host or batch[0], "ansible_play_batch": batch, "ansible_play_hosts": play}, set(names))
    except BytewireError as error:
        return error.msg
    return None


ALL = ["b1", "b2", "b3"]


@pytest.mark.parametrize("keywords", [
    {"names": ALL, "play": ALL, "run_once": True},
    {"names": ["b1", "b2"], "play": ALL, "batch": ["b1", "b2"], "run_once": True},
    {"names": ["b3"], "play": ALL, "batch": ["b3"]},
    {"names": ["b1"], "play": ["b1"]},
    {"names": ALL, "play": ["localhost"]},
    {"names": ["tv1", "tv2"], "play": ["site-12", "site-13"]},
    {"names": ["tv1", "tv2"], "play": ["tv1", "tv7"]},  # one host stands for others, as in the playbook fleet
    {"names": ALL, "play": ["b1", "b3"], "run_once": True},  # b2 has failed before, and its tasks are no longer run
], ids=str)
def test_what_runs_once(keywords):
    assert refused(**keywords) is None


@pytest.mark.parametrize("keywords, words", [
    ({"names": ALL, "play": ALL}, "once for each of the 3 hosts of this play, and b2, b3 would be done more than once. Say run_once: true"),
    ({"names": ALL, "play": ALL, "run_once": True, "strategy": "free"}, "in a play whose strategy is linear (this one's is free)"),
    ({"names": ALL, "play": ALL, "batch": ["b1"]}, "once for each of the 3 hosts"),
    ({"names": ALL, "play": ALL, "batch": ["b1", "b2"], "run_once": True}, "once for each batch (serial) of this play, and b3 would be"),
    ({"names": ["b1", "b2"], "play": ALL}, "and b2 would be done more than once"),
    ({"names": ["b1", "b2"], "play": ALL, "host": "b3"}, "and b1, b2 would be done more than once"),
], ids=str)
def test_what_would_run_more_than_once(keywords, words):
    assert words in refused(**keywords)


@pytest.mark.parametrize("module", MODULES)
def test_every_secret_of_a_device_module_is_one_that_is_masked(module):
    options = capability_of(module).SPEC["argument_spec"]
    assert {name for name, option in options.items() if option.get("no_log")} == SECRET
    suboptions = [option["options"] for option in options.values() if "options" in option]
    assert not [name for some in suboptions for name, option in some.items() if option.get("no_log")]

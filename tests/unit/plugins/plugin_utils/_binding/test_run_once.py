# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task that is done once for many hosts: its templates, however the task is written, and the variables that no inventory holds."""

from __future__ import annotations

import itertools
import types

import pytest
from ansible.template import Templar

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19 every text is a template
    trust_as_template = str

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import BEFORE_2_19
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.run_once import RunOnce

NAME = "bytewire.devices.fleet"
OMITTED = {"omit": "__omit_place_holder__1"} if BEFORE_2_19 else {}


def rendered(value):
    """What a template of a template makes of a number: a text before ansible-core 2.19."""
    return str(value) if BEFORE_2_19 else value


def trusted(value):
    """As it comes out of a playbook or an inventory, where templates count."""
    if isinstance(value, dict):
        return {trusted(key): trusted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [trusted(inner) for inner in value]
    return trust_as_template(value) if isinstance(value, str) else value


class Hostvars(dict):
    """{name: variables}, as themselves and templated."""

    def raw_get(self, name):
        return super().__getitem__(name)

    def __getitem__(self, name):
        return Templated(self.raw_get(name))


class Templated(dict):
    def __getitem__(self, name):
        return Templar(None, variables=self).template(super().__getitem__(name))


def run_once(written, hosts=None, play=None, task=None, defaults=None, beside=None, groups=None):
    """The task of the host b1; play and task are their vars, beside are those of files and roles."""
    hosts = Hostvars({name: trusted({"inventory_hostname": name, **OMITTED, **own}) for name, own in (hosts or BOARDS).items()})
    play, task, beside = trusted(play or {}), trusted(task or {}), trusted(beside or {})
    variables = {**hosts.raw_get("b1"), **beside, **play, **task, "hostvars": hosts}
    around = types.SimpleNamespace(_module_defaults=trusted(defaults or []), _parent=None)
    its_play = types.SimpleNamespace(get_vars=lambda: play, module_defaults=[], _action_groups=groups or {})
    stand_in = types.SimpleNamespace(get_ds=lambda: trusted(written), get_vars=lambda: task, module_defaults=trusted(defaults or []), resolved_action=NAME,
                                     get_play=lambda: its_play, _parent=around)
    return RunOnce(stand_in, variables, Templar(None, variables=variables))


BOARDS = {"b1": {"own": 1, "same": 4}, "b2": {"own": 2, "same": 4}, "b3": {"own": 3, "same": 4}}
ENTRIES = [(name, {}) for name in BOARDS]
OWN = {"relay": "{{ own }}", "state": "on"}
FIRST = {"relay": 1, "state": "on"}

WAYS = {
    "the usual": ({NAME: {"module": "relay", "options": OWN}}, {}),
    "all options in one": ({NAME: {"module": "relay", "options": "{{ {'relay': own, 'state': 'on'} }}"}}, {}),
    "options as text": ({NAME: {"module": "relay", "options": "relay={{ own }} state=on"}}, {}),
    "a line": ({NAME: "module=relay options='relay={{ own }} state=on'"}, {}),
    "args": ({NAME: None, "args": {"module": "relay", "options": OWN}}, {}),
    "action and args": ({"action": NAME, "args": {"module": "relay", "options": OWN}}, {}),
    "action": ({"action": {"module": NAME, "options": OWN}, "args": {"module": "relay"}}, {}),
    "ad hoc": ({"action": {"module": NAME, "args": {"module": "relay", "options": OWN}}}, {}),
    "module_defaults": ({NAME: {"module": "relay"}}, {"defaults": [{NAME: {"options": {"relay": 9}}}, {NAME: {"options": OWN}}]}),
    "one template": ({NAME: "{{ all_of_it }}"}, {"task": {"all_of_it": {"module": "relay", "options": OWN}}}),
    "args in one template": ({NAME: None, "args": "{{ all_of_it }}"}, {"task": {"all_of_it": {"module": "relay", "options": OWN}}}),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_template_that_differs_is_refused_however_it_is_written(way):
    written, keywords = WAYS[way]
    options = {key: str(value) for key, value in FIRST.items()} if way in ("options as text", "a line") else FIRST
    with pytest.raises(BytewireError, match="templates in options are rendered once, here for b1, and relay would differ on b2. .* Nothing was sent.") as error:
        run_once(written, **keywords).refuse_templates_that_differ(options, ENTRIES)
    assert error.value.kind == "invalid"
    every = {name: {"own": 1} for name in BOARDS}
    run_once(written, every, **keywords).refuse_templates_that_differ(options, ENTRIES)


def test_a_template_of_one_host_is_rendered_for_that_host():
    written = {NAME: {"module": "relay", "hosts": ["b1", {"name": "b2", "options": {"relay": "{{ own }}"}}]}}
    entries = [("b1", {}), ("b2", {"relay": 1})]
    with pytest.raises(BytewireError, match="templates in hosts are rendered once, here for b1, and relay would differ on b2"):
        run_once(written).refuse_templates_that_differ({}, entries)
    named = {NAME: {"module": "relay", "hosts": ["b1", {"name": "{{ 'b2' }}", "options": {"relay": "{{ hostvars.b2.own }}"}}]}}
    run_once(named).refuse_templates_that_differ({}, [("b1", {}), ("b2", {"relay": 2})])


RELAY = "bytewire.devices.relay"


def test_module_defaults_of_what_a_fleet_runs():
    """Of the group, then of the module, the inner ones last; without those that are given."""
    defaults = [{"group/mine": {"timeout": 1, "settle": 1, "latest": 1}}, {RELAY: {"settle": 2, "retries": "{{ same }}"}, "group/other": {"unit": 3}}]
    task = run_once({NAME: None}, defaults=defaults, groups={RELAY: ["mine"]})
    assert task.module_defaults(RELAY, {"latest"}, ENTRIES) == {"timeout": 1, "settle": 2, "retries": 4}
    assert task.module_defaults("bytewire.devices.ping", {}, ENTRIES) == {}


@pytest.mark.parametrize("given", [{"relay": "{{ own }}"}, "{{ {'relay': own} }}"])
def test_module_defaults_that_differ(given):
    task = run_once({NAME: None}, defaults=[{RELAY: given}])
    with pytest.raises(BytewireError, match="templates in module_defaults are rendered once, here for b1, and relay would differ on b2"):
        task.module_defaults(RELAY, {}, ENTRIES)
    if isinstance(given, dict):
        assert task.module_defaults(RELAY, {"relay"}, ENTRIES) == {}


@pytest.mark.parametrize("template, value, keywords", [
    ("{{ same }}", 4, {}),
    ("{{ own }}", 5, {"task": {"own": 5}}),
    ("{{ own }}", 5, {"play": {"own": 5}}),
    ("{{ own }}", 5, {"beside": {"own": 5}}),
    ("{{ added }}", 5, {"task": {"added": 5}, "hosts": {**BOARDS, "b2": {"own": 2, "added": 6}}}),
    ("{{ first_alone }}", 7, {"hosts": {**BOARDS, "b1": {"first_alone": 7}}}),
    ("{{ own }}", 1, {"hosts": {"b1": {"own": "{{ 1 }}"}, "b2": {"own": 1}, "b3": {"own": "{{ 2 - 1 }}"}}}),
])
def test_templates_that_mean_the_same_everywhere(template, value, keywords):
    run_once({NAME: {"module": "relay", "options": {"relay": template}}}, **keywords).refuse_templates_that_differ({"relay": value}, ENTRIES)


@pytest.mark.parametrize("template, value, keywords", [
    ("{{ own }}", 1, {"play": {"own": 1}}),  # b1's own says the same: it cannot be told that the play's went before it
    ("{{ own }}", 5, {"beside": {"own": 5}, "hosts": {"b1": {}, "b2": {"own": 2}, "b3": {}}}),  # the default of a role goes after the inventory
    ("{{ mine }}", rendered(1), {"task": {"mine": "{{ own }}"}}),
    ("{{ alone }}", 1, {"hosts": {"b1": {"alone": 1}, "b2": {"alone": "{{ nothing }}"}, "b3": {}}}),
])
def test_templates_that_may_differ(template, value, keywords):
    with pytest.raises(BytewireError, match="relay would differ on b2"):
        run_once({NAME: {"module": "relay", "options": {"relay": template}}}, **keywords).refuse_templates_that_differ({"relay": value}, ENTRIES)


def test_what_every_look_changes_is_not_about_hosts():
    written = {NAME: {"module": "relay", "options": {"relay": "{{ counter.next() }}", "state": "{{ state }}"}}}
    count = itertools.count(2)
    counter = types.SimpleNamespace(next=lambda: next(count))
    same, other = ({**BOARDS, "b1": {"state": "on"}, "b2": {"state": state}} for state in ("on", "off"))
    for hosts, refused in ((same, False), (other, True)):
        task = run_once(written, hosts)
        task.variables["counter"] = counter
        if refused:
            with pytest.raises(BytewireError, match="and state would differ on b2"):
                task.refuse_templates_that_differ({"relay": 1, "state": "on"}, ENTRIES)
        else:
            task.refuse_templates_that_differ({"relay": 1, "state": "on"}, ENTRIES)


def test_a_look_at_some_of_many_hosts():
    hosts = {f"b{number}": {"own": 1} for number in range(1, 1001)}
    task = run_once({NAME: {"module": "relay", "options": OWN}}, hosts)
    looked = []
    task._rendered = lambda sources, variables: looked.append(variables["inventory_hostname"]) or dict(FIRST)
    task.refuse_templates_that_differ(FIRST, [(name, {}) for name in hosts])
    assert looked == [f"b{number}" for number in range(51, 1001, 50)] + ["b1000"]


VARIABLES = ("ansible_host", "bytewire_contact", "bytewire_timeout")


@pytest.mark.parametrize("hosts, keywords, found", [
    ({"b1": {"bytewire_contact": "normally_open"}}, {}, {}),
    ({"b1": {}}, {"play": {"bytewire_contact": "normally_closed"}}, {"bytewire_contact": "normally_closed"}),
    ({"b1": {"bytewire_contact": "normally_open"}}, {"task": {"bytewire_contact": "{{ 'normally_closed' }}"}}, {"bytewire_contact": "normally_closed"}),
    ({"b1": {"bytewire_timeout": 3}}, {"play": {"bytewire_timeout": 3}}, {"bytewire_timeout": 3}),
    ({"b1": {"bytewire_timeout": 3}}, {"beside": {"bytewire_timeout": 3}}, {}),
    ({"b1": {}}, {"beside": {"bytewire_timeout": 3}}, {"bytewire_timeout": 3}),
    ({"b1": {"bytewire_timeout": "{{ wait | default(3) }}"}}, {"play": {"wait": 9}}, {"bytewire_timeout": rendered(9)}),
    ({"b1": {"bytewire_timeout": "{{ nothing }}"}}, {}, {}),
    ({"b1": {}}, {"play": {"bytewire_timeout": "{{ nothing | default(omit) }}"}}, {}),
    ({"b1": {}}, {"beside": {"ansible_host": "as a connection does"}}, {}),
    ({"b1": {}}, {"play": {"ansible_host": "10.9.9.9"}}, {"ansible_host": "10.9.9.9"}),
    ({"b1": {"ansible_host": "10.0.0.1"}}, {"beside": {"ansible_host": "10.9.9.9"}}, {"ansible_host": "10.9.9.9"}),
])
def test_variables_that_no_inventory_holds(hosts, keywords, found):
    assert run_once({NAME: None}, hosts, **keywords).beside_the_inventory(VARIABLES) == found

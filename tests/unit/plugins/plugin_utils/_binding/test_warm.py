# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which pages are compiled before there is a worker: those that strategies show when they ask for BYPASS_HOST_LOOP."""

from __future__ import annotations

import types

import pytest

from ansible_collections.bytewire.devices.plugins.action import command, relay
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding import warm


@pytest.fixture
def compiled(monkeypatch):
    """The names of the pages that were compiled."""
    names = []
    monkeypatch.setattr(warm, "_compiled", set())
    monkeypatch.setattr(warm, "load", lambda page: names.append(page["name"]))
    return names


def task_of(arguments, *defaults):
    source = types.SimpleNamespace(module_defaults=[], _parent=None)
    return types.SimpleNamespace(args=arguments, module_defaults=list(defaults), _parent=None, get_ds=lambda: {"module_defaults": list(defaults)},
                                 get_play=lambda: source)


def strategy(action, task, task_vars):
    """As the strategies of ansible-core ask, with the names that they have for task and variables."""
    return action.ActionModule.BYPASS_HOST_LOOP


@pytest.mark.parametrize("arguments, variables, expected", [
    ({"model": "lg"}, {"bytewire_model": "eth008"}, ["lg"]),
    ({}, {"bytewire_model": "eth008"}, ["eth008"]),
    ({}, {"bytewire_model": "auto:eth_rly16"}, ["eth_rly02", "eth_rly16"]),
    ({}, {"bytewire_model": {"extends": "proxr", "relays": {"numbers": "1-256"}}}, ["proxr (inline)"]),
    ({}, {"bytewire_model": "{{ model_of[inventory_hostname] }}"}, []),
    ({}, {"bytewire_model": {"extends": "{% if true %}lg{% endif %}"}}, []),
    ({}, {"bytewire_model": "{{ display }}", "display": "lg"}, ["lg"]),
    ({"model": "{{display}}"}, {"display": "{{ other }}", "other": "lg"}, []),
    ({}, {"bytewire_model": "{{ nothing }}"}, []),
    ({}, {"bytewire_model": "nobody"}, []),
    ({}, {"bytewire_model": None}, []),
])
def test_the_model_of_a_host(compiled, arguments, variables, expected):
    for dummy in range(2):
        assert strategy(relay, task_of(arguments), variables) is False
    assert compiled == expected


def test_module_defaults_go_before_the_inventory(compiled):
    told = {"group/bytewire.devices.device": {"model": "numato", "port": 1}}, {"acme.tools.car": {"model": "t"}, "bytewire.devices.relay": "{{ x }}"}
    strategy(relay, task_of({}, *told), {"bytewire_model": "eth008"})
    assert compiled == ["numato"]


def test_what_a_module_takes_where_no_model_is_set(compiled):
    strategy(command, task_of({}), {})
    assert compiled == ["esc_cr"]
    strategy(relay, task_of({}), {})
    assert compiled[1:3] == ["eth002", "eth008"] and compiled[-1] == "eth_rly16"


def test_not_every_model_of_thousands_is_kept(compiled, monkeypatch):
    monkeypatch.setattr(warm, "MOST_MODELS", 2)
    for model in ("lg", "zebra", "pjl"):
        strategy(relay, task_of({}), {"bytewire_model": model})
    assert compiled == ["lg", "zebra"]


def test_others_who_ask(compiled):
    """Neither fails nor compiles anything."""
    assert relay.ActionModule.BYPASS_HOST_LOOP is False and getattr(relay.ActionModule, "BYPASS_HOST_LOOP", None) is False
    assert object.__new__(relay.ActionModule).BYPASS_HOST_LOOP is False and compiled == []

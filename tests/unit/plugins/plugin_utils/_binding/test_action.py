# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the base of the actions says of arguments that are wrong."""

from __future__ import annotations

import types

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ansible_collections.bytewire.devices.plugins.action import relay as relay_action
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action import in_words


def test_an_unknown_option_is_said_to_be_one():
    validation = ArgumentSpecValidator({"relay": {"type": "int"}, "state": {}}).validate({"relay": "x", "bogus": 3})
    words = in_words(validation)
    assert words.startswith("argument 'relay' is of type ") and "there is no option bogus. Supported parameters include: relay, state" in words


class Bare(relay_action.ActionModule):
    """The action of relay for a host without a network: what is wrong is found before anything else is done."""

    def __init__(self, arguments):
        self._task = types.SimpleNamespace(args=arguments, delegate_to=None, check_mode=False, diff=False, timeout=0, async_val=0)
        self._display = types.SimpleNamespace(verbosity=0)
        self._templar = types.SimpleNamespace(template=lambda value: value)


@pytest.mark.parametrize("written, words", [
    ({"port": True}, "port is True; expected 1 to 65535, in plain digits such as 10"),
    ({"port": "\uff11\uff17\uff14\uff19\uff14"}, "port is '\uff11\uff17\uff14\uff19\uff14'; expected 1 to 65535, in plain digits"),
    ({"retries": "1_0"}, "retries is '1_0'; expected 0 to 100, in plain digits"),
    ({"retries": "01"}, "retries is '01'; expected 0 to 100, in plain digits"),
    ({"duration": True}, "duration is True; expected 0.001 to 86400 seconds, in plain digits"),
    ({"timeout": float("nan")}, "timeout is nan; expected 0.001 to 3600 seconds"),
    ({"port": float("inf")}, "port is inf; expected 1 to 65535"),
    ({"retries": float("-inf")}, "retries is -inf; expected 0 to 100"),
    ({"timeout": "1e99"}, "timeout is '1e99'; expected 0.001 to 3600 seconds, in plain digits"),
    ({"unit": 1.5}, "unit is 1.5; expected a whole number, 0 to 65535"),
    ({"stop_bits": True}, "stop_bits is True; expected 1 to 2, in plain digits"),
    ({"data_bits": "\uff18"}, "data_bits is '\uff18'; expected 5 to 8, in plain digits"),
])
@pytest.mark.parametrize("where", ["task", "inventory"])
def test_numbers_are_looked_at_before_ansible_converts_them(written, words, where, monkeypatch):
    monkeypatch.setattr(ActionBase, "run", lambda self, tmp=None, task_vars=None: {})
    arguments = {"host": "127.0.0.1", "model": "eth008", "relay": 1, "state": "pulsed", "duration": 1}
    variables = {"inventory_hostname": "garage"}
    if where == "task":
        arguments.update(written)
    else:
        variables.update({f"bytewire_{name}": value for name, value in written.items()})
        arguments = {name: value for name, value in arguments.items() if name not in written}
    result = Bare(arguments).run(None, variables)
    name = next(iter(written))
    called = name if where == "task" else f"{name} (bytewire_{name})"
    assert result["failed"] and result["msg"].startswith(f"relay: {called}{words.removeprefix(name)}"), result
    assert result["error"] == {"kind": "invalid", "stage": "options", "outcome": "nothing"}


# Where a wrong option is from.

def told_of(variables, monkeypatch, **arguments):
    """What the task says whose own arguments are these."""
    monkeypatch.setattr(ActionBase, "run", lambda self, tmp=None, task_vars=None: {})
    hostvars = {"garage": variables}
    action = Bare(arguments)
    action._task.get_play = action._task.get_vars = lambda: types.SimpleNamespace(get_vars=dict)
    action._task.get_vars = dict
    return action.run(None, {"inventory_hostname": "garage", "hostvars": hostvars, **variables})


@pytest.mark.parametrize("variables, arguments, words", [
    ({}, {"state": "onn"}, "relay: state is 'onn'; expected one of on, off, "),
    ({"bytewire_contact": "maybe"}, {"state": "on"}, "relay: contact (bytewire_contact) is 'maybe'; expected one of normally_open, normally_closed."),
    ({}, {"state": "on", "duration": "abc"}, "relay: duration is 'abc'; expected 0.001 to 86400 seconds, in plain digits"),
    ({"bytewire_duration": "abc"}, {"state": "pulsed"}, "relay: duration (bytewire_duration) is 'abc'; expected 0.001 to 86400 seconds, in plain digits"),
    ({"bytewire_contact": "maybe"}, {"state": "pulsed"}, "relay: contact (bytewire_contact) is 'maybe'; expected one of normally_open, normally_closed; "
                                                         "state is pulsed but all of the following are missing: duration."),
    ({"ansible_port": "ssh"}, {"state": "on"}, "relay: port (ansible_port) is 'ssh'; expected 1 to 65535, in plain digits"),
    ({"ansible_port": "ssh", "bytewire_port": "eth"}, {"state": "on"}, "relay: port (bytewire_port) is 'eth'; expected 1 to 65535"),
    ({"bytewire_port": "eth"}, {"state": "on", "port": "x"}, "relay: port is 'x'; expected 1 to 65535"),
    ({"bytewire_password": 123}, {"state": "on"}, "relay: password (bytewire_password) is a number; write it in quotes, for YAML may have changed it. An INI "
                                                  "inventory takes one pair of quotes away: \"'...'\"."),
    ({"bytewire_model": "eth08"}, {"state": "on"}, "model (bytewire_model): there is no profile 'eth08'. Did you mean eth008 ("),
    ({}, {"state": "on", "model": "eth08"}, "model: there is no profile 'eth08'. Did you mean eth008 ("),
    ({"ansible_host": "127.0.7.41:17494"}, {"state": "on"}, "garage: host (bytewire_host, or ansible_host) is 127.0.7.41:17494; expected a name or an address"),
])
def test_a_wrong_option_is_told_with_its_variable_and_what_was_expected(variables, arguments, words, monkeypatch):
    result = told_of(variables, monkeypatch, **{"relay": 1, **({} if "bytewire_model" in variables else {"model": "eth008"}), **arguments})
    assert result["msg"].startswith(words) and result["error"]["kind"] == "invalid", result


@pytest.mark.parametrize("variables, arguments, words", [
    ({"ansible_port": 9}, {}, " 9 (from ansible_port, which ssh uses as well: set bytewire_port) is not the usual port of such a device, 17494."),
    ({"ansible_port": 9}, {"port": 10}, " 10 is not the usual port of such a device, 17494."),
    ({"bytewire_port": 9}, {}, " 9 is not the usual port of such a device, 17494."),
])
def test_a_port_where_nothing_listens_is_told_with_its_variable_and_the_usual_one(variables, arguments, words, monkeypatch):
    result = told_of({"ansible_host": "127.0.0.99", **variables}, monkeypatch, model="eth008", relay=1, state="on", retries=0, **arguments)
    assert result["msg"].endswith(f"nothing listens on this port.{words}"), result

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
    assert result["failed"] and result["msg"].startswith(f"relay: {words}") and result["error"] == {"kind": "invalid", "stage": "options", "outcome": "nothing"}

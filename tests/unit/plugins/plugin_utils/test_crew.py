# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices of a fleet, from what the task and the inventory say: what is refused before anything is sent, and what travels."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleError

from ansible_collections.bytewire.devices.plugins.action.fleet import ACTIONS
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.plugin_utils._crew import Crew, named


class Hostvars(dict):
    """{name: variables}; a variable that is an exception cannot be templated."""

    def __getitem__(self, name):
        return Variables(super().__getitem__(name))


class Variables(dict):
    def __getitem__(self, name):
        value = super().__getitem__(name)
        if isinstance(value, Exception):
            raise value
        return value


def variables(**others):
    return dict({"bytewire_model": "eth008", "bytewire_relays": {"disk": 2}}, **others)


def crew(hosts, options=None, module="relay", entries=None):
    return Crew(ACTIONS[module], {"relay": "disk", "state": "on"} if options is None else options, entries or [(name, {}) for name in hosts], Hostvars(hosts))


def settled(*arguments, **keywords):
    shared, hosts = crew(*arguments, **keywords).settled()
    return shared, {host["name"]: host.get("options", host.get("refused")) for host in hosts}


def test_hosts_as_a_task_lists_them():
    assert named(["a", {"name": "b"}, {"name": "c", "options": {"relay": 3}}]) == [("a", {}), ("b", {}), ("c", {"relay": 3})]


@pytest.mark.parametrize("hosts, words", [
    (["a", "b", "a"], "hosts: a is named twice; results are told by name"),
    (["a", {"name": "a"}, "b", "b"], "hosts: a, b are named twice"),
    ([], "there is no host"),
    ([3], "hosts: 3 is neither the name of a host nor {name"),
    ([["a"]], r"hosts: \['a'\] is neither"),
    ([{"host": "a"}], "is neither"),
    ([{"name": "a", "option": {}}], "is neither"),
    ([{"name": "a", "options": "relay=3"}], "is neither"),
])
def test_hosts_that_cannot_be(hosts, words):
    with pytest.raises(BytewireError, match=words) as error:
        named(hosts)
    assert error.value.kind == "invalid" and error.value.msg.endswith("Nothing was sent.")


def test_what_all_share_travels_once_and_each_brings_its_own():
    hosts = {"b%d" % number: variables(ansible_host="10.0.0.%d" % number, bytewire_password="secret%d" % number) for number in range(3)}
    shared, each = settled(hosts)
    assert each["b1"] == {"host": "10.0.0.1", "label": "b1", "password": "secret1"}
    assert shared["options"]["relay"] == ["disk"] and shared["options"]["relays"] == {"disk": 2} and shared["options"]["timeout"] == 3.0
    assert [page["name"] for page in shared["pages"]] == ["eth008"] and shared["options"]["model"] == 0


def test_a_page_travels_once_however_many_models_there_are():
    hosts = {"b%d" % number: variables(bytewire_model="eth008" if number % 2 else "eth002", bytewire_relay=number % 2 + 1) for number in range(6)}
    shared, each = settled(hosts, {"state": "on"})
    assert [page["name"] for page in shared["pages"]] == ["eth002", "eth008"]
    assert [options["model"] for options in each.values()] == [0, 1] * 3 and [options["relay"] for options in each.values()] == [["1"], ["2"]] * 3


def test_what_goes_before_what():
    hosts = {"a": variables(bytewire_relay=1, bytewire_timeout=7), "b": variables(bytewire_relay=1)}
    dummy, each = settled(hosts, {"state": "on", "relay": 2}, entries=[("a", {}), ("b", {"relay": 3, "timeout": 9})])
    assert each["a"]["relay"] == ["2"] and each["a"]["timeout"] == 7.0 and each["b"]["relay"] == ["3"] and each["b"]["timeout"] == 9.0


def test_a_host_that_says_another_address_than_its_own():
    each = settled({"a": variables(ansible_host="10.0.0.1", bytewire_host="10.0.0.2"), "b": variables()})[1]
    assert (each["a"]["host"], each["b"]["host"]) == ("10.0.0.2", "b")


def test_one_host_s_wrong_variable_is_its_own_trouble():
    hosts = {"well": variables(), "port": variables(bytewire_port="many"), "model": variables(bytewire_model="eht008"),
             "undefined": variables(bytewire_password=AnsibleError("'vault_x' is undefined."))}
    each = settled(hosts)[1]
    assert "failed" not in each["well"]
    for name, words in (("port", "port: argument 'port' is of type"), ("model", "model: there is no profile 'eht008'"),
                        ("undefined", "undefined: its inventory variables cannot be had: 'vault_x' is undefined. Nothing was sent.")):
        assert each[name]["failed"] and each[name]["error"]["kind"] == "invalid" and each[name]["msg"].startswith(words), each[name]


def test_an_option_that_the_module_does_not_have():
    with pytest.raises(BytewireError, match="fleet: options: module relay has no option stat; it has baud_rate, ca_path, .* Nothing was sent."):
        crew({"a": variables()}, {"stat": "on"})
    with pytest.raises(BytewireError, match="fleet: hosts: b: module ping has no option relay"):
        crew({"a": variables(), "b": variables()}, {}, "ping", [("a", {}), ("b", {"relay": 1})])


def test_hosts_that_are_not_in_the_inventory():
    with pytest.raises(BytewireError, match="fleet: hosts: x is not in the inventory"):
        crew({"a": variables()}, entries=[("a", {}), ("x", {})])
    with pytest.raises(BytewireError, match="fleet: hosts: h0, h1, h2, h3, h4 and 3 more are not in the inventory"):
        crew({}, entries=[("h%d" % number, {}) for number in range(8)])

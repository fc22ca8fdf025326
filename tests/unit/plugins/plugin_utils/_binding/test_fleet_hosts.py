# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices of a fleet, from what the task and the inventory say: what is refused before anything is sent, and what travels."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleError

from ansible_collections.bytewire.devices.plugins.action.fleet import _action_of
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import BEFORE_2_19, AnsibleValueOmittedError
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.fleet_hosts import FleetHosts, named_hosts


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


def fleet_hosts(hosts, options=None, module="relay", entries=None, beside=None, defaults=None):
    return FleetHosts(_action_of(module), {"relay": "disk", "state": "on"} if options is None else options, entries or [(name, {}) for name in hosts],
                      Hostvars(hosts), beside or {}, defaults or {})


def settled(*arguments, **keywords):
    shared, hosts = fleet_hosts(*arguments, **keywords).settled()
    return shared, {host["name"]: host.get("options", host.get("refused")) for host in hosts}


def test_hosts_as_a_task_lists_them():
    assert named_hosts(["a", {"name": "b"}, {"name": "c", "options": {"relay": 3}}]) == [("a", {}), ("b", {}), ("c", {"relay": 3})]


@pytest.mark.parametrize("hosts, words", [
    (["a", "b", "a"], "hosts: a is named twice; results are told by name"),
    (["a", {"name": "a"}, "b", "b"], "hosts: a, b are named twice"),
    ([], "there is no host"),
    (["a", 3], "hosts: entry 2, of type int, is neither the name of a host nor {name"),
    ([["a"]], "hosts: entry 1, of type list, is neither"),
    ([{"host": "a"}], "hosts: entry 1, with host, is neither"),
    ([{"name": "a", "option": {}}], "with name, option, is neither"),
    ([{"name": "a", "options": "relay=3"}], "with name, options, is neither"),
])
def test_hosts_that_cannot_be(hosts, words):
    with pytest.raises(BytewireError, match=words) as error:
        named_hosts(hosts)
    assert error.value.kind == "invalid" and error.value.msg.endswith("Nothing was sent.")


def test_an_entry_that_cannot_be_keeps_its_password():
    with pytest.raises(BytewireError) as error:
        named_hosts([{"name": "a", "option": {"password": "Xq7-secret"}, "options": {"password": "Xq7-other"}}])
    assert "Xq7" not in error.value.msg


def test_what_all_share_travels_once_and_each_brings_its_own():
    hosts = {f"b{number}": variables(ansible_host=f"10.0.0.{number}", bytewire_password=f"secret{number}") for number in range(3)}
    shared, each = settled(hosts)
    assert each["b1"] == {"host": "10.0.0.1", "label": "b1", "password": "secret1"}
    assert shared["options"]["relay"] == ["disk"] and shared["options"]["relays"] == {"disk": 2} and shared["options"]["timeout"] == 3.0
    assert [page["name"] for page in shared["pages"]] == ["eth008"] and shared["options"]["model"] == 0


def test_what_the_inventory_omits_is_as_if_it_were_not_there():
    omitted = "__omit_place_holder__1" if BEFORE_2_19 else AnsibleValueOmittedError("omitted")
    shared, dummy = settled({"a": variables(omit=omitted, bytewire_password=omitted, bytewire_timeout=omitted)})
    assert shared["options"]["password"] is None and shared["options"]["timeout"] == 3.0


def test_a_page_travels_once_however_many_models_there_are():
    hosts = {f"b{number}": variables(bytewire_model="eth008" if number % 2 else "eth002", bytewire_relay=number % 2 + 1) for number in range(6)}
    shared, each = settled(hosts, {"state": "on"})
    assert [page["name"] for page in shared["pages"]] == ["eth002", "eth008"]
    assert [options["model"] for options in each.values()] == [0, 1] * 3 and [options["relay"] for options in each.values()] == [["1"], ["2"]] * 3


def test_what_goes_before_what():
    hosts = {"a": variables(bytewire_relay=1, bytewire_timeout=7), "b": variables(bytewire_relay=1)}
    dummy, each = settled(hosts, {"state": "on", "relay": 2}, entries=[("a", {}), ("b", {"relay": 3, "timeout": 9})])
    assert each["a"]["relay"] == ["2"] and each["a"]["timeout"] == 7.0 and each["b"]["relay"] == ["3"] and each["b"]["timeout"] == 9.0


def test_module_defaults_go_between_the_task_and_the_inventory():
    hosts = {"a": variables(bytewire_timeout=7, bytewire_settle=7, bytewire_latest=7), "b": variables()}
    defaults = {"timeout": 8, "settle": 8, "retries": 8}
    shared, each = settled(hosts, {"relay": 1, "state": "on", "settle": 9}, entries=[("a", {}), ("b", {"retries": 5})], defaults=defaults)
    assert (shared["options"]["timeout"], shared["options"]["settle"]) == (8.0, 9.0)
    assert (each["a"]["latest"], each["a"]["retries"], each["b"]["retries"]) == (7.0, 8, 5)


@pytest.mark.parametrize("own, address", [
    ({"ansible_host": "10.0.0.1", "ansible_port": 9100}, ("10.0.0.1", 9100)),
    ({"ansible_port": "9100"}, ("a", 9100)),
    ({"ansible_host": "10.0.0.1", "ansible_port": 22, "bytewire_port": 9100}, ("10.0.0.1", 9100)),
    ({"ansible_host": "10.0.0.1", "ansible_port": 22, "bytewire_host": "10.0.0.2"}, ("10.0.0.2", None)),
    ({"ansible_host": "10.0.0.1", "ansible_port": 22, "bytewire_host": "10.0.0.2", "bytewire_port": 9100}, ("10.0.0.2", 9100)),
])
def test_the_port_of_a_connection_goes_with_its_address(own, address):
    shared, each = settled({"a": variables(**own)})
    options = {**shared["options"], **each["a"]}
    assert (options["host"], options["port"]) == address
    shared, each = settled({"a": variables(**own)}, {"relay": 1, "state": "on", "host": "10.0.0.3"})
    assert {**shared["options"], **each["a"]}["port"] == (9100 if "bytewire_port" in own else None)


def test_a_host_that_says_another_address_than_its_own():
    each = settled({"a": variables(ansible_host="10.0.0.1", bytewire_host="10.0.0.2"), "b": variables()})[1]
    assert (each["a"]["host"], each["b"]["host"]) == ("10.0.0.2", "b")


def test_one_host_s_wrong_variable_is_its_own_trouble():
    hosts = {"well": variables(), "port": variables(bytewire_port="many"), "model": variables(bytewire_model="eht008"),
             "undefined": variables(bytewire_password=AnsibleError("'vault_x' is undefined."))}
    each = settled(hosts)[1]
    assert "failed" not in each["well"]
    for name, words in (("port", "port: port (bytewire_port) is 'many'; expected 1 to 65535, in plain digits"),
                        ("model", "model: model (bytewire_model): there is no profile 'eht008'"),
                        ("undefined", "undefined: its inventory variables cannot be had: 'vault_x' is undefined. Nothing was sent.")):
        assert each[name]["failed"] and each[name]["error"]["kind"] == "invalid" and each[name]["msg"].startswith(words), each[name]


MINE = {"name": "mine", "notation": "hex", "port": 17494,
        "relays": {"numbers": "1-8", "read": {"send": "24", "reply": "{relays:bits8}"},
                   True: {"send": "20 {relay:u8} 00", "reply": "00"}, False: {"send": "21 {relay:u8} 00", "reply": "00"}}}


def test_a_number_that_never_ends_is_its_own_host_s_trouble_too():
    dummy, each = settled({"a": variables(), "b": variables(bytewire_port=float("inf"))})
    assert each["b"]["msg"].startswith("b: port (bytewire_port) is inf; expected 1 to 65535") and "failed" not in each["a"]


def test_keys_that_cannot_be_sorted_are_no_trouble():
    """YAML reads an unquoted on: as true, and a number before a colon as a number."""
    hosts = {"plain": variables(), "inline": variables(bytewire_model=MINE), "too": variables(bytewire_model=MINE),
             "number": variables(bytewire_relays={1: 2, "disk": 2})}
    shared, each = settled(hosts)
    assert [page["name"] for page in shared["pages"]] == ["eth008", "mine"]
    assert each["number"]["relays"] == {1: 2, "disk": 2} and each["inline"]["model"] == each["too"]["model"] == 1


def test_equal_options_are_checked_once(monkeypatch):
    checked = []
    monkeypatch.setattr(FleetHosts, "_check", lambda self, arguments, *dummy: checked.append(arguments) or (None, {**arguments, "model": 0}))
    settled({f"b{number}": variables(ansible_host=f"10.0.0.{number}", bytewire_password=str(number), bytewire_port=1 + number % 2) for number in range(9)})
    assert len(checked) == 2


def test_two_inventories_with_a_page_of_the_same_name_each(tmp_path):
    hosts = {}
    for number, name in enumerate(("north", "south")):
        folder = tmp_path / name / "bytewire_profiles"
        folder.mkdir(parents=True)
        (folder / "gate.yml").write_text(f"extends: eth008\nrelays: {{numbers: 1-{number + 1}}}\n")
        hosts[name] = variables(bytewire_model="gate", inventory_dir=str(tmp_path / name))
    shared, each = settled(hosts, {"relay": 1, "state": "on"})
    assert [page["relays"]["numbers"] for page in shared["pages"]] == ["1-1", "1-2"]
    assert [each[name]["model"] for name in hosts] == [0, 1]


CLOSED = {"bytewire_contact": "normally_closed"}


@pytest.mark.parametrize("beside, words", [
    (CLOSED, "fleet: bytewire_contact is set by the play, the task, a role or a file of theirs, .* so that a would go without"),
    (dict(CLOSED, bytewire_verify=False), "fleet: bytewire_contact, bytewire_verify are set by"),
    ({"ansible_host": "10.9.9.9"}, "fleet: ansible_host is set by"),
    ({"bytewire_host": "10.9.9.9"}, "fleet: bytewire_host is set by"),
])
def test_a_variable_of_the_play_is_not_dropped(beside, words):
    with pytest.raises(BytewireError, match=words) as error:
        settled({"a": variables(), "b": variables(**beside)}, beside=beside)
    assert error.value.kind == "invalid" and error.value.msg.endswith("Nothing was sent.")


@pytest.mark.parametrize("hosts, options, own", [
    ({"a": variables(**CLOSED), "b": variables(**CLOSED)}, {}, {}),
    ({"a": variables()}, {"contact": "normally_open"}, {}),
    ({"a": variables()}, {}, {"contact": "normally_open"}),
])
def test_a_variable_of_the_play_that_changes_nothing(hosts, options, own):
    each = settled(hosts, {"relay": "disk", "state": "on", **options}, entries=[(name, own) for name in hosts], beside=CLOSED)[1]
    assert not any("failed" in host for host in each.values())


def test_a_variable_of_the_play_that_the_task_leaves_out():
    """The duration of a pulse, where nothing is pulsed."""
    assert "failed" not in settled({"a": variables()}, beside={"bytewire_duration": 3})[1]["a"]


def test_an_option_that_the_module_does_not_have():
    with pytest.raises(BytewireError, match="fleet: options: module relay has no option stat; it has baud_rate, ca_path, .* Nothing was sent."):
        fleet_hosts({"a": variables()}, {"stat": "on"})
    with pytest.raises(BytewireError, match="fleet: module_defaults: module ping has no option relay"):
        fleet_hosts({"a": variables()}, {}, "ping", defaults={"relay": 1})
    with pytest.raises(BytewireError, match="fleet: hosts: b: module ping has no option relay"):
        fleet_hosts({"a": variables(), "b": variables()}, {}, "ping", [("a", {}), ("b", {"relay": 1})])


def test_hosts_that_are_not_in_the_inventory():
    with pytest.raises(BytewireError, match="fleet: hosts: x is not in the inventory"):
        fleet_hosts({"a": variables()}, entries=[("a", {}), ("x", {})])
    with pytest.raises(BytewireError, match="fleet: hosts: h0, h1, h2, h3, h4 and 3 more are not in the inventory"):
        fleet_hosts({}, entries=[(f"h{number}", {}) for number in range(8)])


def test_a_port_of_ansible_s_own_is_told_as_such():
    shared, each = settled({"a": variables(ansible_port=22), "b": variables(bytewire_port=22), "c": variables(ansible_port=22)})
    assert [shared["pages"][each[name]["model"]].get("port_from") for name in "abc"] == ["ansible_port", None, "ansible_port"] and len(shared["pages"]) == 2

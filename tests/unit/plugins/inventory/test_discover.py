# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the inventory plugin makes of what was heard; the search itself is replaced."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.doc_fragments import constructed, inventory_cache

from ansible_collections.bytewire.devices.plugins.inventory import discover as discover_module
from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery import boards as boards_module
from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery.datagrams import Announcement, read

GARAGE = read(b"\x02\x00\x04\xa3\x12\x34\x56\r\n\x03ETHERNET\r\n\x04GARAGE         \r\n\x05\xc0\xa8\x00\xc8\r\n\x40\x13\r\n\x41\x44\x56\r\n")
OLD = read(b"ETH484         \r\n00-04-A3-AB-CD-EF\r\n")
MAC = "00:04:a3:12:34:56"
NAME = "bytewire.devices.discover"


def plugin():
    """The plugin as Ansible's loader would make it."""
    documented = yaml.safe_load(discover_module.DOCUMENTATION)
    options = {}
    for fragment in (constructed, inventory_cache):
        options.update(yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"])
    assert documented["extends_documentation_fragment"] == ["constructed", "inventory_cache"]
    options.update(documented["options"])
    constants.config.initialize_plugin_configuration_definitions("inventory", NAME, options)
    made = discover_module.InventoryModule()
    made._load_name = made.ansible_name = NAME
    made._redirected_names = made.ansible_aliases = [NAME]
    return made


class FakeScan:
    """Hears what the test says."""

    boards: dict = {}
    ncd: dict = {}
    said: list = []
    runs: list = []

    def __init__(self, where, rounds, wait, most, ncd, networks):
        self.warnings = list(self.said)
        self.runs.append({"where": where, "rounds": rounds, "wait": wait, "most": most, "ncd": ncd, "networks": networks})

    def run(self):
        """Nothing to do: everything has been heard."""


@pytest.fixture
def discover(tmp_path, monkeypatch):
    """discover(boards, **options): (the inventory, warnings)."""
    def run(boards=None, ncd=None, inventory=None, refresh=False, name="discover.yml", said=(), wrong=None, **options):
        found = plugin()
        monkeypatch.setattr(FakeScan, "boards", boards or {})
        monkeypatch.setattr(FakeScan, "ncd", ncd or {})
        monkeypatch.setattr(FakeScan, "said", said)
        monkeypatch.setattr(discover_module, "Scan", FakeScan)
        warnings = []
        monkeypatch.setattr(found.display, "warning", warnings.append)
        path = tmp_path / name
        path.write_text(yaml.safe_dump({"plugin": NAME, **(wrong or {}), **options}))
        inventory = inventory or InventoryData()
        assert found.verify_file(str(path))
        found.parse(inventory, DataLoader(), str(path), not refresh)
        if options.get("cache"):
            found.update_cache_if_changed()
        inventory.reconcile_inventory()
        return inventory, warnings

    FakeScan.runs.clear()
    return run


def variables(inventory, host):
    return {name: value for name, value in inventory.get_host(host).vars.items() if not name.startswith("inventory_")}


def members(inventory, group):
    return sorted(host.name for host in inventory.groups[group].get_hosts())


def test_a_board_becomes_a_host_with_what_it_says(discover):
    inventory, warnings = discover({"192.168.0.200": GARAGE, "192.168.0.201": OLD})
    assert variables(inventory, "GARAGE") == {
        "ansible_host": "192.168.0.200", "bytewire_discovered_by": "harmony", "bytewire_mac": MAC, "bytewire_host_name": "GARAGE",
        "bytewire_module_id": 19, "bytewire_model": "eth008", "bytewire_announced_address": "192.168.0.200", "bytewire_port": 17494,
        "bytewire_port_inferred": True}
    assert variables(inventory, "ETH484") == {"ansible_host": "192.168.0.201", "bytewire_discovered_by": "mla", "bytewire_mac": "00:04:a3:ab:cd:ef",
                                              "bytewire_host_name": "ETH484"}
    assert warnings == []


@pytest.mark.parametrize("module_id, model", [
    (18, "eth002"), (19, "eth008"), (20, "eth484"), (21, "eth8020"), (22, "wifi484"), (23, "eth0621"), (24, "wifi8020"), (26, "wifi002"),
    (28, "wifi008"), (29, "eth044"), (52, "eth1610"), (54, "eth24v008"), (16, None), (35, None), (200, None),
])
def test_the_model_is_that_of_the_page_with_this_identity(discover, module_id, model):
    inventory, dummy = discover({"192.168.0.200": GARAGE._replace(module_id=module_id)})
    assert variables(inventory, "GARAGE").get("bytewire_model") == model
    assert variables(inventory, "GARAGE")["bytewire_module_id"] == module_id


def test_a_host_is_called_by_its_mac_where_that_is_asked_for_or_its_name_will_not_do(discover):
    inventory, dummy = discover({"192.168.0.200": GARAGE}, named_by="mac")
    assert list(inventory.hosts) == ["00-04-a3-12-34-56"]
    for name in ("", "localhost", "10.0.0.5", "???"):
        inventory, dummy = discover({"192.168.0.200": GARAGE._replace(host_name=name)})
        assert list(inventory.hosts) == ["00-04-a3-12-34-56"]


def test_boards_of_one_name_bear_their_mac_behind_it(discover):
    inventory, warnings = discover({"192.168.0.200": GARAGE, "192.168.0.201": GARAGE._replace(mac="00:04:a3:00:00:02")})
    assert sorted(inventory.hosts) == ["GARAGE_00-04-a3-00-00-02", "GARAGE_00-04-a3-12-34-56"]
    assert warnings == ["discover: 2 boards announce a name that others have as well, and bear their MAC behind it: GARAGE (2). "
                        "Say in names what they are called."]


@pytest.mark.parametrize("taken", ["host", "group", "names"])
def test_nobody_takes_the_place_of_a_host_by_announcing_its_name(discover, taken):
    inventory, names = InventoryData(), {}
    if taken == "host":
        inventory.add_host("GARAGE")
        inventory.set_variable("GARAGE", "ansible_host", "10.0.0.1")
    elif taken == "group":
        inventory.add_group("GARAGE")
    else:
        names = {"00:04:a3:00:00:09": "GARAGE"}
    inventory, warnings = discover({"192.168.0.200": GARAGE}, inventory=inventory, names=names)
    assert "GARAGE_00-04-a3-12-34-56" in inventory.hosts and len(warnings) == 1
    if taken == "host":
        assert variables(inventory, "GARAGE") == {"ansible_host": "10.0.0.1"}


def test_a_name_that_is_given_by_mac_may_be_a_known_host(discover):
    inventory = InventoryData()
    inventory.add_host("garage")
    inventory.set_variable("garage", "bytewire_relays", {"disk": 2})
    inventory, warnings = discover({"192.168.0.200": GARAGE}, inventory=inventory, names={"00-04-A3-12-34-56": "garage"})
    assert list(inventory.hosts) == ["garage"] and warnings == []
    assert variables(inventory, "garage")["ansible_host"] == "192.168.0.200" and variables(inventory, "garage")["bytewire_relays"] == {"disk": 2}


def test_two_files_may_find_the_same_board(discover):
    inventory, dummy = discover({"192.168.0.200": GARAGE})
    inventory, warnings = discover({"192.168.0.200": GARAGE}, inventory=inventory, name="other.discover.yml")
    assert list(inventory.hosts) == ["GARAGE"] and warnings == []


def test_compose_groups_and_keyed_groups(discover):
    inventory, dummy = discover(
        {"192.168.0.200": GARAGE, "192.168.0.201": OLD}, strict=True,
        compose={"bytewire_port": "17494", "where": "ansible_host ~ '/' ~ bytewire_mac"}, groups={"boards": "true", "told": "bytewire_model is defined"},
        keyed_groups=[{"key": "bytewire_model | default('unknown')", "prefix": "model"}])
    assert variables(inventory, "GARAGE")["where"] == "192.168.0.200/" + MAC
    assert int(variables(inventory, "ETH484")["bytewire_port"]) == 17494  # a text before ansible-core 2.19
    assert members(inventory, "boards") == ["ETH484", "GARAGE"] and members(inventory, "told") == ["GARAGE"]
    assert members(inventory, "model_eth008") == ["GARAGE"] and members(inventory, "model_unknown") == ["ETH484"]


def test_what_a_board_says_is_no_template_and_no_strange_group(discover, monkeypatch):
    monkeypatch.setattr(constants, "TRANSFORM_INVALID_GROUP_CHARS", "never")
    hostile = GARAGE._replace(host_name="{{ lookup('pipe', 'touch /x') }}")
    inventory, dummy = discover({"192.168.0.200": hostile}, ncd={"192.168.0.9": "{{ 6 * 7 }}"}, strict=True,
                                keyed_groups=[{"key": "bytewire_host_name | default('none')", "prefix": "named"}],
                                compose={"copied": "bytewire_announcement | default(bytewire_host_name)"})
    assert sorted(inventory.hosts) == ["lookup_pipe_touch_x", "ncd-192.168.0.9"]
    assert variables(inventory, "lookup_pipe_touch_x")["copied"] == "{{ lookup('pipe', 'touch /x') }}"
    assert variables(inventory, "ncd-192.168.0.9") == {"ansible_host": "192.168.0.9", "bytewire_discovered_by": "ncd",
                                                       "bytewire_announcement": "{{ 6 * 7 }}", "copied": "{{ 6 * 7 }}"}
    assert sorted(name for name in inventory.groups if name.startswith("named")) == ["named____lookup__pipe____touch__x_____", "named_none"]


# names of groups

STRANGER = GARAGE._replace(mac="00:04:a3:66:66:66", port=6666)
GROUPS = {"groups": {"boards": "bytewire_mac is defined", "old": "bytewire_model is not defined"},
          "keyed_groups": [{"key": "bytewire_model", "prefix": "model"}]}
IS_A_GROUP = "discover: boards that are called as a group is bear their MAC behind it: %s."


@pytest.mark.parametrize("name", ["boards", "model_eth008", "old"])
@pytest.mark.parametrize("address", ["192.168.0.1", "192.168.0.250"])
def test_a_board_that_announces_the_name_of_a_group_of_this_file_is_a_host_and_no_more(discover, tmp_path, name, address):
    cache = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}
    boards = {"192.168.0.200": GARAGE, "192.168.0.201": OLD, address: STRANGER._replace(host_name=name)}
    for heard in (boards, {}):
        inventory, warnings = discover(heard, **GROUPS, **cache)
        stranger = name + "_00-04-a3-66-66-66"
        assert sorted(inventory.hosts) == sorted(["ETH484", "GARAGE", stranger]) and warnings == [IS_A_GROUP % name]
        assert (members(inventory, "boards"), members(inventory, "old")) == (sorted(["ETH484", "GARAGE", stranger]), ["ETH484"])
        assert members(inventory, "model_eth008") == sorted(["GARAGE", stranger])
        assert not any(group.vars or group.child_groups for group in inventory.groups.values() if group.name != "all")
        assert variables(inventory, stranger)["bytewire_port"] == 6666


def test_a_name_in_other_letters_than_a_group_is_another_name(discover):
    inventory, warnings = discover({"192.168.0.200": GARAGE._replace(host_name="BOARDS")}, **GROUPS)
    assert list(inventory.hosts) == ["BOARDS"] == members(inventory, "boards") and warnings == []


@pytest.mark.parametrize("key", ["bytewire_host_name", "inventory_hostname"])
def test_groups_of_what_boards_are_called_leave_the_boards_their_mac(discover, key):
    inventory, warnings = discover({"192.168.0.200": GARAGE, "192.168.0.201": STRANGER._replace(host_name="SHED")}, leading_separator=False,
                                   keyed_groups=[{"key": key}])
    assert sorted(inventory.hosts) == ["GARAGE_00-04-a3-12-34-56", "SHED_00-04-a3-66-66-66"] and warnings == [IS_A_GROUP % "GARAGE, SHED"]
    assert (members(inventory, "GARAGE"), members(inventory, "SHED")) == (["GARAGE_00-04-a3-12-34-56"], ["SHED_00-04-a3-66-66-66"])


def test_no_group_of_the_inventory_has_the_name_of_a_board_whatever_it_is(discover):
    inventory = InventoryData()
    for group in ("GARAGE", "GARAGE_00-04-a3-12-34-56", "ncd-192.168.0.9"):
        inventory.add_group(group)
    inventory, warnings = discover({"192.168.0.200": GARAGE}, ncd={"192.168.0.9": "x"}, inventory=inventory)
    assert not set(inventory.hosts) & set(inventory.groups) and len(inventory.hosts) == 2
    assert warnings == [IS_A_GROUP % "GARAGE, ncd-192.168.0.9"] and not any(group.vars for group in inventory.groups.values())


@pytest.mark.parametrize("name", ["web1", "garage", "localhost"])
def test_nobody_makes_a_group_of_the_name_of_a_host(discover, name):
    inventory = InventoryData()
    inventory.add_host("web1")
    inventory, warnings = discover({"192.168.0.200": GARAGE, "192.168.0.201": STRANGER._replace(host_name=name)}, inventory=inventory,
                                   names={MAC: "garage"}, leading_separator=False, keyed_groups=[{"key": "bytewire_host_name", "parent_group": "named"}])
    assert f"discover: no group is made that is called as a host is: {name}. Give keyed_groups a prefix." in warnings
    assert name not in inventory.groups and variables(inventory, "web1") == {}
    assert variables(inventory, "garage")["ansible_host"] == "192.168.0.200" and members(inventory, "named") == ["garage"]


@pytest.mark.parametrize("name, warned", [
    ("named", "discover: the group named cannot be put into the group named, which is the same or within it."), ("all", None), ("ungrouped", None),
    ("above", "discover: the group above cannot be put into the group named, which is the same or within it."), ("-,,x", None),
])
def test_nobody_ties_groups_into_a_knot(discover, name, warned):
    inventory = InventoryData()
    for group in ("above", "named"):
        inventory.add_group(group)
    inventory.add_child("above", "named")
    inventory, warnings = discover({"192.168.0.200": GARAGE, "192.168.0.201": STRANGER._replace(host_name=name)}, inventory=inventory,
                                   leading_separator=False,
                                   keyed_groups=[{"key": "bytewire_host_name.split(',')", "parent_group": "named", "separator": ""}])
    assert len(inventory.hosts) == 2 and members(inventory, "GARAGE") == ["GARAGE_" + MAC.replace(":", "-")]
    assert (warned is None) or warned in warnings
    assert [group.name for group in inventory.groups["named"].parent_groups] == ["above"]


def test_what_is_known_of_a_host_counts_for_its_groups_and_stays(discover):
    inventory = InventoryData()
    inventory.add_group("site")
    inventory.add_host("garage", "site")
    inventory.set_variable("garage", "bytewire_relays", {"disk": 2})
    inventory, warnings = discover({"192.168.0.200": GARAGE}, inventory=inventory, names={MAC: "garage"}, strict=True, groups={
        "wired": "bytewire_relays.disk == 2", "here": "'site' in group_names", "named": "inventory_hostname == 'garage'"},
        keyed_groups=[{"key": "group_names | length | string", "prefix": "in"}])
    for group in ("site", "wired", "here", "named", "in_4"):
        assert members(inventory, group) == ["garage"]
    assert variables(inventory, "garage")["bytewire_relays"] == {"disk": 2} and warnings == []


def test_a_board_is_not_taken_for_a_device_of_ncd_as_well(discover):
    inventory, dummy = discover({"192.168.0.200": GARAGE}, ncd={"192.168.0.200": "x"})
    assert list(inventory.hosts) == ["GARAGE"]


def test_the_options_go_to_the_search(discover):
    discover(broadcast_addresses=["10.1.255.255"], rounds=2, wait=0.5, maximum=7, networks=["10.1.0.0/16"])
    (run,) = FakeScan.runs
    assert run.pop("where") == [("10.1.255.255", "", 0)]
    assert run == {"rounds": 2, "wait": 0.5, "most": 7, "ncd": False, "networks": ["10.1.0.0/16"]}


def test_warnings_of_the_search_are_passed_on(discover):
    assert discover(said=["of this."])[1] == ["discover: of this."]


# cache

def test_the_cache_answers_until_it_is_refreshed(discover, tmp_path):
    options = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache"), "named_by": "mac"}
    first, dummy = discover({"192.168.0.200": GARAGE}, **options)
    again, dummy = discover({"192.168.0.201": OLD}, **options)
    assert len(FakeScan.runs) == 1 and variables(again, "00-04-a3-12-34-56") == variables(first, "00-04-a3-12-34-56")
    renamed, dummy = discover({}, **dict(options, named_by="host_name"))
    assert len(FakeScan.runs) == 1 and list(renamed.hosts) == ["GARAGE"]
    for refresh in (True, False):
        fresh, dummy = discover({"192.168.0.201": OLD}, refresh=refresh, **options)
        assert len(FakeScan.runs) == 2 and list(fresh.hosts) == ["00-04-a3-ab-cd-ef"]


def test_an_empty_answer_is_not_kept(discover, tmp_path):
    options = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}
    assert not discover({}, **options)[0].hosts
    assert list(discover({"192.168.0.200": GARAGE}, **options)[0].hosts) == ["GARAGE"]
    assert not discover({}, refresh=True, **options)[0].hosts
    assert list(discover({"192.168.0.201": OLD}, **options)[0].hosts) == ["ETH484"]
    assert len(FakeScan.runs) == 4


def test_what_is_cached_is_plain_data(discover, tmp_path):
    discover({"192.168.0.200": GARAGE}, cache=True, cache_plugin="jsonfile", cache_connection=str(tmp_path / "cache"))
    (file,) = (tmp_path / "cache").iterdir()
    assert MAC in json.dumps(json.loads(file.read_text()))


# identifying

def test_a_board_is_asked_who_it_is(discover, emulated):
    board = emulated("eth8020")
    said = Announcement("harmony", MAC, "GARAGE", 21, board.port, "127.0.0.1")
    inventory, warnings = discover({"127.0.0.1": said}, identify=True, identify_timeout=1)
    found = variables(inventory, "GARAGE")
    assert (found["bytewire_identified"], found["bytewire_model"], found["bytewire_firmware"], found["bytewire_hardware"]) == (True, "eth8020", 28, 2)
    assert (found["bytewire_port"], found["bytewire_port_inferred"]) == (board.port, False) and warnings == []
    assert board.journal.writes() == []


def test_what_a_board_says_over_tcp_counts_more_than_its_announcement(discover, emulated):
    board = emulated("eth002")
    inventory, dummy = discover({"127.0.0.1": Announcement("harmony", MAC, "GARAGE", 21, board.port)}, identify=True, identify_timeout=1)
    assert (variables(inventory, "GARAGE")["bytewire_model"], variables(inventory, "GARAGE")["bytewire_module_id"]) == ("eth002", 18)


@pytest.mark.parametrize("kind, port", [("unreachable", None), ("timeout", None), ("busy", 3338)])
def test_a_board_that_is_not_at_the_inferred_port_is_sought_at_that_of_its_model(discover, monkeypatch, kind, port):
    asked = []

    def answer(host, at, seconds, ends):
        asked.append(at)
        return {"failed": True, "msg": "No.", "error": {"kind": kind}} if at else {"model": "eth008", "identity": {"id": 19, "firmware": 28}}

    monkeypatch.setattr(boards_module, "_asked", answer)
    inventory, warnings = discover({"192.168.0.200": GARAGE._replace(port=3338)}, identify=True)
    found = variables(inventory, "GARAGE")
    assert asked == ([3338] if port else [3338, None])
    assert (found.get("bytewire_port"), found.get("bytewire_port_inferred")) == (port, True if port else None)
    assert found["bytewire_identified"] is (port is None) and len(warnings) == (1 if port else 0)


def test_boards_that_cannot_be_identified_stay_and_are_told(discover, free_port, scripted):
    odd = scripted([(b"\x10", b"\xfe\x01\x01")])
    boards = {"127.0.0.1": Announcement("harmony", MAC, "odd", 254, odd.port)}
    boards.update({f"127.0.0.{number}": Announcement("harmony", f"00:04:a3:00:00:{number:02x}", "gone", 19, free_port()) for number in range(71, 77)})
    inventory, warnings = discover(boards, identify=True, identify_timeout=0.2, named_by="mac")
    assert len(inventory.hosts) == 7 and len(warnings) == 1
    assert warnings[0].startswith("discover: 7 of 7 boards could not be identified: ") and warnings[0].endswith(" And 2 more.")
    assert variables(inventory, "00-04-a3-00-00-47")["bytewire_identified"] is False
    assert variables(inventory, "00-04-a3-00-00-47")["bytewire_model"] == "eth008"
    assert variables(inventory, "00-04-a3-00-00-47")["bytewire_port_inferred"] is True


# files and options

@pytest.mark.parametrize("name, accepted", [
    ("discover.yml", True), ("discover.yaml", True), ("office.discover.yml", True), ("office.discover.yaml", True), ("inventory.yml", False),
    ("mydiscover.yml", False), ("discover.json", False), ("discover.yml.bak", False),
])
def test_the_files_that_it_takes(tmp_path, name, accepted):
    (tmp_path / name).write_text("plugin: bytewire.devices.discover\n")
    assert plugin().verify_file(str(tmp_path / name)) is accepted
    assert not plugin().verify_file(str(tmp_path / "gone" / name))


@pytest.mark.parametrize("options, words", [
    ({"rounds": 0}, "rounds is 0; expected 1 to 20"),
    ({"wait": 3600}, "wait is 3600; expected 0.05 to 60"),
    ({"rounds": True}, "rounds is True; expected 1 to 20, in plain digits"),
    ({"rounds": "\uff13"}, "rounds is '\uff13'; expected 1 to 20, in plain digits"),
    ({"maximum": 10 ** 6}, "maximum is 1000000; expected 1 to 10000"),
    ({"identify_timeout": 0}, "identify_timeout is 0; expected 0.05 to 60"),
    ({"names": {"garage": MAC}}, "names: 'garage' is not a MAC; expected six bytes such as 00:04:a3:12:34:56, in quotation marks"),
    ({"names": {MAC: "a", MAC.replace(":", "-").upper(): "b"}}, f"names: {MAC} has two names, b and a"),
    ({"names": {MAC: ""}}, f"names: {MAC} is called ''; expected the name of a host"),
    ({"names": {MAC: "00-04-A3-00-00-01"}}, f"names: {MAC} is called '00-04-A3-00-00-01', as a device without a name of its own would be"),
    ({"names": {MAC: "garage_00-04-a3-00-00-01"}}, f"names: {MAC} is called 'garage_00-04-a3-00-00-01', as a device"),
    ({"names": {MAC: "a", "00:04:a3:00:00:01": "a"}}, "names: a is the name of more than one board"),
    ({"interfces": ["lo"]}, r"there is no option interfces .did you mean interfaces.*; expected one of broadcast_addresses, cache, "),
    ({"composed": {}}, r"there is no option composed .did you mean compose.\)"),
    ({"model": "eth008"}, "there is no option model; expected one of broadcast_addresses, "),
    ({7: "lo"}, "there is no option 7; expected one of "),
    ({"broadcast_addresses": ["eth0"]}, "broadcast_addresses: 'eth0' is not an IPv4 address"),
])
def test_an_option_that_cannot_be_is_named(discover, options, words):
    with pytest.raises(AnsibleParserError, match="discover: " + words):
        discover(wrong=options)
    assert FakeScan.runs == []


@pytest.mark.parametrize("written", ["00:04:A3:12:34:56", "00-04-a3-12-34-56", "0004.a312.3456", "0004A3123456"])
def test_a_mac_in_names_as_people_write_it(discover, written):
    assert list(discover({"192.168.0.200": GARAGE}, names={written: "garage"})[0].hosts) == ["garage"]


def test_every_option_that_is_documented_is_taken(discover):
    options = {"strict": True, "compose": {}, "groups": {}, "keyed_groups": [], "use_extra_vars": False, "leading_separator": True, "cache": False,
               "cache_timeout": 60, "cache_connection": "/tmp", "cache_prefix": "x", "interfaces": [], "ncd": False, "named_by": "mac"}
    assert list(discover({"192.168.0.200": GARAGE}, **options)[0].hosts) == ["00-04-a3-12-34-56"]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: discover
short_description: Find Devantech boards by asking the network who is out there
version_added: 1.1.0
author:
  - The bytewire.devices developers (@bytewire)
description:
  - Asks by broadcast who is out there, on UDP port 30303, and makes a host of every Devantech board that answers.
    Both forms of answer are understood, that of newer boards with the model and that of older ones with host name and MAC alone.
  - Can identify the boards over TCP, and can listen to devices of NCD that announce themselves.
  - The file is called C(discover.yml), C(discover.yaml), or anything that ends so behind a point, such as C(office.discover.yml).
  - Sets C(ansible_host), the address that the answer came from, and C(bytewire_mac) of every board; and, as far as the board tells them,
    C(bytewire_host_name), C(bytewire_module_id), C(bytewire_model) (the profile of that module id), C(bytewire_announced_address) (the
    address that the board says it has) and C(bytewire_port). C(bytewire_discovered_by) is V(harmony), V(mla) (the older form) or V(ncd).
  - C(bytewire_port) is inferred. A field of the answer is taken to be the TCP port, which no document says; C(bytewire_port_inferred) is
    then V(true), and becomes V(false) when O(identify) has found the board there.
  - Several boards of one host name, those with a name that another source of the inventory has already taken, and those with the name of a
    group, be it of another source or of this file, bear their MAC behind it, as in C(ETH008_00-04-a3-12-34-56), until O(names) says what
    they are called.
  - A group of O(groups) or O(keyed_groups) that would have the name of a host in O(names) or in another source, or C(localhost), is not made.
    There is a warning.
extends_documentation_fragment:
  - constructed
  - inventory_cache
options:
  plugin:
    description:
      - The name of this plugin, so that Ansible knows whose file it is.
    type: str
    required: true
    choices:
      - bytewire.devices.discover
  interfaces:
    description:
      - The network interfaces to ask on. What arrives by another one is not heard, unless O(broadcast_addresses) is given too. Linux only.
      - Where neither this nor O(broadcast_addresses) is given, every interface that is up and can broadcast.
    type: list
    elements: str
    default: []
  broadcast_addresses:
    description:
      - Addresses to ask at, for networks behind a router that passes directed broadcasts on. The address of a single board will do as well,
        if its answer comes back.
    type: list
    elements: str
    default: []
  networks:
    description:
      - Only answers from addresses in these networks count; unless given, those from everywhere.
    type: list
    elements: str
    default: []
  rounds:
    description:
      - How often to ask, 1 to 20 times. A datagram may get lost.
    type: int
    default: 3
  wait:
    description:
      - How many seconds to listen after each time, 0.05 to 60.
    type: float
    default: 1.0
  maximum:
    description:
      - How many devices to take at most, 1 to 10000. When more answer there is a warning.
    type: int
    default: 1000
  named_by:
    description:
      - Whether a host is called by the host name that the board announces, or by its MAC, as in C(00-04-a3-12-34-56).
      - Characters that do not belong into the name of a host become underscores. A board whose host name is empty, an address or a word with
        a meaning to Ansible is called by its MAC.
    type: str
    choices: [host_name, mac]
    default: host_name
  names:
    description:
      - "What boards are called, by MAC in any usual spelling: C({'00:04:a3:12:34:56': garage}). Such a board may be a host that another source of the inventory
        knows, and gets its address from here. The name can be none that this plugin gives itself, C(ncd-...) or one with a MAC at its end."
    type: dict
    default: {}
  identify:
    description:
      - Connect to each board and ask who it is, as C(model=auto) does. It sets C(bytewire_model) of boards that do not announce it,
        C(bytewire_firmware) and C(bytewire_hardware). C(bytewire_identified) tells whether it succeeded.
      - Where the board does not answer at the port that was inferred, the model's own port is tried, and C(bytewire_port) is left out.
    type: bool
    default: false
  identify_timeout:
    description:
      - How many seconds connecting, and each answer, may take; 0.05 to 60. All boards together may take ten times that, and half a minute.
    type: float
    default: 3.0
  ncd:
    description:
      - Listen as well to devices of NCD that announce themselves by UDP on the ports 13000 and 55555. It takes at least six seconds.
      - What they say is not documented. Such a host is called C(ncd-) and its address, C(bytewire_announcement) has the text of the
        datagram, and its model is not known; O(compose) can set C(bytewire_model).
    type: bool
    default: false
notes:
  - An answer proves nothing. Anybody on the network can announce a board with any name, MAC and model; of two that announce the same MAC the
    first heard is taken, with a warning. Use O(networks) to leave out other networks, and give O(keyed_groups) a prefix, so that nobody
    can join a group by announcing its name. With O(strict) one answer that an expression does not expect leaves you without any board.
    Where this is not enough, write the inventory by hand.
  - Texts that boards announce are never templated.
  - Broadcasts stay within a network segment. Run Ansible there, or use O(broadcast_addresses).
seealso:
  - module: bytewire.devices.ping
  - module: bytewire.devices.device_info
"""

EXAMPLES = r"""
# discover.yml: all boards, in a group, and in one for each model
plugin: bytewire.devices.discover
groups:
  boards: bytewire_mac is defined
keyed_groups:
  - key: bytewire_model
    prefix: model

# office.discover.yml: on one interface, with firmware; two boards have a name of their own
# plugin: bytewire.devices.discover
# interfaces: [eth1]
# networks: [192.168.20.0/24]
# identify: true
# named_by: mac
# names:
#   "00:04:a3:12:34:56": garage
#   "00:04:a3:12:34:57": office
# compose:
#   old: bytewire_firmware | default(0) < 20
# cache: true
# cache_plugin: ansible.builtin.jsonfile
# cache_connection: ~/.cache/bytewire
# cache_timeout: 3600
"""

import contextlib
import time
import typing as t
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from ansible import constants
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.inventory.host import Host
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import refuse_wrong_numbers, seconds, whole
from ansible_collections.bytewire.devices.plugins.module_utils._spelling import meant
from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import no_template
from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery.boards import identify, in_order, variables_of
from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery.datagrams import RESERVED, is_given, mac_of, name_of
from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery.scan import Scan, targets

ENDINGS = ("discover.yml", "discover.yaml")
NUMBERS = {"rounds": {"type": whole(1, 20)}, "wait": {"type": seconds(0.05, 60)}, "maximum": {"type": whole(1, 10000)},
           "identify_timeout": {"type": seconds(0.05, 60)}}
AT_ONCE = 64  # boards that are identified at a time
GRACE = 30.0  # seconds
LISTED = 5  # boards or names that a warning tells


class StagedInventory(InventoryData):
    """What this file makes of what was found, before anything of it is in the inventory.

    A host stands here under a key, its MAC with dashes or ncd- and its address, which no group of an inventory plugin can be called: they have no dash.
    """

    def __init__(self, source: str | None) -> None:
        self.links: list[tuple[str, str]] = []
        super().__init__()
        self.current_source = source

    def add_group(self, group: str) -> str:
        """Without a name there is no group."""
        return super().add_group(group) if group else group

    def add_child(self, group: str, child: str) -> bool:
        """A host joins the group; what groups join is kept in links, because some cannot."""
        if child in self.hosts:
            return super().add_child(group, child)
        self.links.append((group, child))
        return True

    def add_found(self, key: str, name: str, known: Host | None) -> None:
        """A host of this name, with what is known of it."""
        self.add_host(key)
        host = self.hosts[key]
        host.name = host.address = name
        if known is not None:
            host.vars.update(known.vars)
            host.groups.extend(known.groups)


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Finds boards, and makes hosts of them."""

    NAME = "bytewire.devices.discover"
    inventory: InventoryData

    def verify_file(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        ours = bool(super().verify_file(path))  # type: ignore[no-untyped-call]  # ansible-core ships no types, and mypy excludes no call of super()
        return ours and (name in ENDINGS or name.endswith(tuple(f".{ending}" for ending in ENDINGS)))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        written = self._read_config_data(path)
        try:
            self._refuse_unknown_options(written)
            refuse_wrong_numbers(NUMBERS, {name: written.get(name, self.get_option(name)) for name in NUMBERS})
            names = self._names()
            found = self._cached(path, cache)
        except BytewireError as error:
            raise AnsibleParserError(f"discover: {error.msg}") from error
        self._populate(no_template(found), names)

    def _refuse_unknown_options(self, written: t.Mapping[t.Any, t.Any]) -> None:
        known = {name for option, said in constants.config.get_configuration_definitions("inventory", self._load_name).items()
                 for name in (option, *(alias["name"] if isinstance(alias, dict) else alias for alias in said.get("aliases") or ()))}
        for option in written:
            if option not in known:
                raise invalid(f"there is no option {option}{meant(str(option), known)}; expected one of {', '.join(sorted(known))}.")

    def _names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for written, name in self.get_option("names").items():
            mac = mac_of(written)
            if mac is None:
                raise invalid(f"names: '{written}' is not a MAC; expected six bytes such as 00:04:a3:12:34:56, in quotation marks.")
            if mac in names:
                raise invalid(f"names: {mac} has two names, {names[mac]} and {name}.")
            names[mac] = name
        for mac, name in names.items():
            if not isinstance(name, str) or not name:
                raise invalid(f"names: {mac} is called {name!r}; expected the name of a host.")
            if is_given(name):
                raise invalid(f"names: {mac} is called {name!r}, as a device without a name of its own would be; expected another name.")
        twice = [name for name, times in Counter(names.values()).items() if times > 1]
        if twice:
            raise invalid(f"names: {', '.join(twice)} is the name of more than one board.")
        return names

    def _cached(self, path: str, cache: bool) -> list[dict[str, t.Any]]:
        """The variables of each device, from the cache if it is used, fresh enough, not to be refreshed, and holds any."""
        if not self.get_option("cache"):
            return self._search()
        key = self.get_cache_key(path)
        with contextlib.suppress(KeyError):
            known: list[dict[str, t.Any]] = self._cache[key] if cache else []
            if known:
                return known
        self._cache[key] = self._search()
        found: list[dict[str, t.Any]] = self._cache[key]
        return found

    # finding

    def _search(self) -> list[dict[str, t.Any]]:
        """The variables of each device that was heard."""
        where = targets(self.get_option("interfaces"), self.get_option("broadcast_addresses"))
        scan = Scan(where, self.get_option("rounds"), self.get_option("wait"), self.get_option("maximum"), self.get_option("ncd"),
                    self.get_option("networks"))
        scan.run()
        for words in scan.warnings:
            self.display.warning(f"discover: {words}")
        boards = [variables_of(address, announced) for address, announced in in_order(scan.boards)]
        if self.get_option("identify"):
            self._identify(boards)
        return boards + [{"ansible_host": address, "bytewire_discovered_by": "ncd", "bytewire_announcement": said}
                         for address, said in in_order(scan.ncd) if address not in scan.boards]

    def _identify(self, boards: list[dict[str, t.Any]]) -> None:
        seconds = self.get_option("identify_timeout")
        ends = time.monotonic() + 10 * seconds + GRACE
        with ThreadPoolExecutor(AT_ONCE) as pool:
            failures = [words for words in pool.map(lambda board: identify(board, seconds, ends), boards) if words]
        if failures:
            more = f" And {len(failures) - LISTED} more." if len(failures) > LISTED else ""
            self.display.warning(f"discover: {len(failures)} of {len(boards)} boards could not be identified: {' '.join(failures[:LISTED])}{more}")

    # making hosts

    def _populate(self, found: list[dict[str, t.Any]], names: dict[str, str]) -> None:
        """Hosts with their variables first, and groups when every host is there: where both have a name, Ansible means the group."""
        staged = self._staged(self._named(found, names))
        groups = self._allowed(staged, names)
        called = self._called(staged, {*self.inventory.groups, *groups})
        for host in staged.hosts.values():
            self._add(called[host], host.vars)
        for group in groups:
            self.inventory.add_group(group)
            for host in staged.groups[group].hosts:
                self.inventory.add_child(group, called[host])
        for parent, child in staged.links:
            if parent in groups and child in groups:
                self._link(parent, child)

    def _staged(self, named: list[tuple[str, dict[str, t.Any]]]) -> StagedInventory:
        """The hosts, and the groups that this file puts them into."""
        strict = self.get_option("strict")
        staged = StagedInventory(self.inventory.current_source)
        inventory, self.inventory = self.inventory, staged
        try:
            for name, variables in named:
                key = _dashed(variables["bytewire_mac"]) if "bytewire_mac" in variables else name
                staged.add_found(key, name, inventory.hosts.get(name))
                for variable, value in variables.items():
                    staged.set_variable(key, variable, value)
                self._set_composite_vars(self.get_option("compose"), variables, key, strict=strict)
                self._add_host_to_composed_groups(self.get_option("groups"), variables, key, strict=strict)
                self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, key, strict=strict)
            return staged
        finally:
            self.inventory = inventory

    def _allowed(self, staged: StagedInventory, names: dict[str, str]) -> list[str]:
        """The groups without those that would take the place of a host: tasks for it would go to whoever announces its name."""
        hosts = {*names.values(), "localhost", *(name for name, host in self.inventory.hosts.items() if "bytewire_mac" not in host.vars)}
        refused = [group for group in staged.groups if group in hosts]
        if refused:
            self.display.warning(f"discover: no group is made that is called as a host is: {_some(refused)}. Give keyed_groups a prefix.")
        return [group for group in staged.groups if group not in hosts and group not in RESERVED]

    def _called(self, staged: StagedInventory, groups: set[str]) -> dict[Host, str]:
        """What each staged host is called in the inventory: never as a group is."""
        called: dict[Host, str] = {}
        shared: list[str] = []
        for key, host in staged.hosts.items():
            called[host] = host.name
            while called[host] in groups:
                called[host] += f"_{key}"
            if called[host] != host.name:
                shared.append(host.name)
        if shared:
            self.display.warning(f"discover: boards that are called as a group is bear their MAC behind it: {_some(shared)}.")
        return called

    def _add(self, name: str, variables: dict[str, t.Any]) -> None:
        self.inventory.add_host(name)
        known = self.inventory.hosts[name].vars
        for variable, value in variables.items():
            if variable not in known or known[variable] is not value:
                self.inventory.set_variable(name, variable, value)

    def _link(self, parent: str, child: str) -> None:
        if self.inventory.groups[parent] in self.inventory.groups[child].get_descendants(include_self=True):
            self.display.warning(f"discover: the group {child} cannot be put into the group {parent}, which is the same or within it.")
        else:
            self.inventory.add_child(parent, child)

    def _named(self, found: list[dict[str, t.Any]], names: dict[str, str]) -> list[tuple[str, dict[str, t.Any]]]:
        """(name, variables) of each device; a name that is not the board's alone has its MAC behind it."""
        wanted = [self._wanted(variables) for variables in found]
        often = Counter(wanted)
        shared: Counter[str] = Counter()
        named = []
        for name, variables in zip(wanted, found):
            mac = variables.get("bytewire_mac")
            if mac in names:
                name = names[mac]
            elif mac and name != _dashed(mac) and (often[name] > 1 or name in names.values() or self._is_taken(name, mac)):
                shared[name] += 1
                name = f"{name}_{_dashed(mac)}"
            named.append((name, variables))
        if shared:
            self.display.warning(f"discover: {shared.total()} boards announce a name that others have as well, and bear their MAC behind it: "
                                 f"{_some([f'{name} ({times})' for name, times in shared.most_common()])}. Say in names what they are called.")
        return named

    def _wanted(self, variables: dict[str, t.Any]) -> str:
        if "bytewire_mac" not in variables:
            return f"ncd-{variables['ansible_host']}"
        announced = variables.get("bytewire_host_name", "") if self.get_option("named_by") == "host_name" else ""
        return name_of(announced) or _dashed(variables["bytewire_mac"])

    def _is_taken(self, name: str, mac: str) -> bool:
        """True for a host of the inventory that is not this board: it would hand that host's tasks to whoever announces its name."""
        return name in self.inventory.hosts and self.inventory.hosts[name].vars.get("bytewire_mac") != mac


def _some(names: list[str]) -> str:
    return ", ".join(names[:LISTED]) + (" and others" if len(names) > LISTED else "")


def _dashed(mac: str) -> str:
    return mac.replace(":", "-")

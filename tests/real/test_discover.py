# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin as a user runs it: on loopback, and on a network of its own made of network namespaces."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys

import pytest

from ansible_collections.bytewire.devices.tests.guides import blocks, text_of

GUIDE = text_of("docs", "discover.md")
UDP_PORT = 30303
REQUEST = b"Discovery: Who is out there?"

# An emulated board with its answer to discovery, in a process of its own: the configuration comes on standard input.
BOARD = """
import asyncio, json, signal, sys, types
root = sys.argv[1]
package = types.ModuleType("ansible_collections")
package.__path__ = [root + "/ansible_collections"]
sys.modules["ansible_collections"] = package
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.discovery import Responder
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.journal import Journal
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.server import Server
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve

async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    servers = []
    for board in json.load(sys.stdin):
        journal = Journal(board["journal"])
        servers.append(Server(Board(load(resolve(board["model"])), board["initial"]), board["host"], board["port"], journal))
        await servers[-1].start()
    responder = Responder(servers)
    await responder.start()
    print("ready", flush=True)
    await stop.wait()
    responder.close()
    for server in servers:
        server.close()

asyncio.run(main())
"""

# What a hostile neighbour sends, until it is ended.
HOSTILE = """
import random, socket, sys, time
rng = random.Random(7)
whole = bytes.fromhex("02 0004a3999999 0d0a 03 45544845524e4554 0d0a 04 4556494c202020 0d0a 05 0a4d0063 0d0a 40 13 0d0a 41 4456 0d0a".replace(" ", ""))
module = whole.index(bytes.fromhex("40130d0a")) + 4
voice = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
voice.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
print("ready", flush=True)
while True:
    cut = rng.choice([end for end in range(len(whole)) if end != module])
    noise = rng.choice([whole[:cut], rng.randbytes(rng.randrange(1472)), b"\\x02" + rng.randbytes(60), b"Discovery: Who is out there?"])
    voice.sendto(noise, (sys.argv[1], 30303))
    time.sleep(0.001)
"""

# Boards that answer without being asked: addresses and datagrams come on standard input.
VOICES = """
import json, socket, sys, time
voices = []
for address, said in json.load(sys.stdin):
    voice = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    voice.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    voice.bind((address, 0))
    voices.append((voice, bytes.fromhex(said)))
print("ready", flush=True)
while True:
    for voice, said in voices:
        voice.sendto(said, ("127.255.255.255", 30303))
    time.sleep(0.05)
"""

EVIL = bytes.fromhex("02 0004a3666666 0d0a 04".replace(" ", "")) + b"{{ lookup('pipe', 'touch x') }}" + bytes.fromhex("0d0a 40 13 0d0a".replace(" ", ""))


def guide(ansible):
    """The guide's inventory, its first command, and what that prints."""
    inventory = blocks(GUIDE, "yaml")[0]
    assert inventory.startswith("# discover.yml\n")
    (ansible.folder / "discover.yml").write_text(inventory)
    return inventory, blocks(GUIDE, "sh")[0], blocks(GUIDE, "text")[0]


def board(ansible, model, host, port, **initial):
    path = ansible.folder / (model + ".journal")
    return {"model": model, "host": host, "port": port, "initial": initial, "journal": str(path)}


def switched(ansible, model):
    """The requests that switch relay 2 of a board, as its journal has them."""
    entries = [json.loads(line) for line in (ansible.folder / (model + ".journal")).read_text().splitlines()]
    return [entry["bytes"] for entry in entries if entry["event"] == "in" and str(entry["what"]).startswith("relays.o")]


@pytest.fixture
def background():
    """Start a Python program that says when it is ready; it is ended with the test."""
    running = []

    def start(program, *arguments, said="", inside=()):
        process = subprocess.Popen([*inside, sys.executable, "-c", program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        running.append(process)
        process.stdin.write(said)
        process.stdin.close()
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in running:
        process.terminate()
        process.wait(60)
        process.stdout.close()


@pytest.fixture
def emulate(ansible, background):
    root = str(ansible.folder / "collections")
    return lambda boards, inside=(): background(BOARD, root, said=json.dumps(boards), inside=inside)


@pytest.fixture
def quiet():
    """Nobody else keeps the port of discovery to itself, or answers; on the network that tests/tools/units makes there is nobody."""
    if sys.platform != "linux":
        pytest.skip("interfaces can be chosen on Linux alone")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", UDP_PORT))
        except OSError as error:
            pytest.skip(f"UDP port {UDP_PORT} is taken: {error}")
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        probe.settimeout(0.5)
        probe.sendto(REQUEST, ("127.255.255.255", UDP_PORT))
        with contextlib.suppress(socket.timeout):
            while probe.recv(2048) == REQUEST:
                pass
            pytest.skip("another program answers discovery here, and no network of the tests' own could be made")


def three_boards(ansible, free_port, hosts):
    eth008, eth484, wifi8020 = hosts
    return [board(ansible, "eth008", eth008, free_port(), host_name="GARAGE", relays=[2]),
            board(ansible, "eth484", eth484, free_port(), relays=[2]),
            board(ansible, "wifi8020", wifi8020, free_port(), host_name="SHED", relays=[2])]


def test_the_guide_on_loopback(ansible, emulate, free_port, quiet):
    inventory, command, graph = guide(ansible)
    emulate(three_boards(ansible, free_port, ("127.0.0.81", "127.0.0.82", "127.0.0.83")))
    (ansible.folder / "discover.yml").write_text(inventory + "interfaces: [lo]\nidentify: true\n")
    done = ansible.run(*shlex.split(command))
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, graph.strip(), "")
    switch, tell = blocks(GUIDE, "sh")[1].splitlines()
    done = ansible.run(*shlex.split(switch))
    assert done.returncode == 0 and done.stdout.count('"changed": true') == 3, done.stdout + done.stderr
    assert [switched(ansible, model) for model in ("eth008", "eth484", "wifi8020")] == [["21 02 00"]] * 3
    found = json.loads(ansible.run(*shlex.split(tell)).stdout)
    assert (found["ansible_host"], found["bytewire_model"], found["bytewire_firmware"], found["bytewire_port_inferred"]) == ("127.0.0.81", "eth008", 28, False)


def test_the_other_inventories_of_the_guide_are_understood(ansible, emulate, free_port, quiet):
    emulate([board(ansible, "eth008", "127.0.0.84", free_port(), mac="0004a3123456"), board(ansible, "eth484", "127.0.0.85", free_port())])
    (ansible.folder / "inventory.yml").write_text("boards: {hosts: {garage: {bytewire_relays: {disk: 2}}}}\n")
    for inventory in blocks(GUIDE, "yaml")[1:]:
        name = re.match(r"# (\S+)\n", inventory).group(1)
        (ansible.folder / name).write_text(inventory + "interfaces: [lo]\nstrict: true\n")
        done = ansible.run("ansible-inventory", "-i", "inventory.yml", "-i", name, "--graph")
        assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr
        assert ("00-04-a3-00-00-55" if name == "names.discover.yml" else "ETH484") in done.stdout
    garage = json.loads(ansible.run("ansible-inventory", "-i", "inventory.yml", "-i", "names.discover.yml", "--host", "garage").stdout)
    assert garage["ansible_host"] == "127.0.0.84" and garage["bytewire_relays"] == {"disk": 2}


def test_the_boards_of_the_guide_that_are_none(ansible, quiet):
    inventory, dummy, graph = guide(ansible)
    (ansible.folder / "discover.yml").write_text(inventory + "interfaces: [lo]\n")
    for line in blocks(GUIDE, "sh")[2].splitlines():
        done = ansible.run(*shlex.split(line))
        assert done.returncode == 0, done.stdout + done.stderr
        assert "--graph" not in line or sorted(done.stdout.split()) == sorted(graph.split()), done.stdout + done.stderr


def test_an_answer_is_kept_in_the_cache_until_it_is_flushed(ansible, emulate, free_port, quiet):
    inventory, command, graph = guide(ansible)
    (ansible.folder / "discover.yml").write_text(inventory + "interfaces: [lo]\ncache: true\ncache_plugin: ansible.builtin.jsonfile\n"
                                                 f"cache_connection: {ansible.folder / 'cache'}\n")
    boards = emulate(three_boards(ansible, free_port, ("127.0.0.86", "127.0.0.87", "127.0.0.88")))
    assert ansible.run(*shlex.split(command)).stdout.strip() == graph.strip()
    boards.terminate()
    boards.wait(60)
    assert ansible.run(*shlex.split(command)).stdout.strip() == graph.strip()
    assert "GARAGE" not in ansible.run(*shlex.split(command), "--flush-cache").stdout


def test_what_went_wrong_is_told(ansible, quiet):
    guide(ansible)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("", UDP_PORT))
        done = ansible.run("ansible-inventory", "-i", "discover.yml", "--graph", COLUMNS="400")
    assert "UDP port 30303 cannot be used (another program holds it, and shares it with nobody: end that program)" in " ".join(done.stderr.split())


def test_the_documentation_of_the_plugin_can_be_read(ansible):
    done = ansible.run("ansible-doc", "-t", "inventory", "bytewire.devices.discover")
    assert done.returncode == 0, done.stderr
    for word in ("plugin: bytewire.devices.discover", "broadcast_addresses", "keyed_groups", "cache_connection", "compose"):
        assert word in done.stdout


def newer(mac, name, port="4456"):
    """The answer of an ETH008."""
    return bytes.fromhex("02" + mac + "0d0a 04") + name + bytes.fromhex("0d0a 40 13 0d0a 41" + port + "0d0a")


def older(mac, name):
    """The answer of a board that does not tell its model; its MAC is written 00-04-A3-00-00-01."""
    return name + b"\r\n" + mac + b"\r\n"


HONEST = [newer("0004a3000001", b"GARAGE"), older(b"00-04-A3-00-00-02", b"OLD"), older(b"00-04-A3-00-00-03", b"OLDER")]


@pytest.mark.parametrize("name", ["boards", "model_eth008", "old"])
def test_a_board_that_announces_the_name_of_a_group_is_a_host_and_no_more(ansible, background, quiet, name):
    inventory, dummy, graph = guide(ansible)
    inventory = inventory.replace("groups:\n", "groups:\n  old: bytewire_model is not defined\n", 1)
    (ansible.folder / "discover.yml").write_text(inventory + "interfaces: [lo]\nrounds: 1\nwait: 0.5\n")
    said = [*HONEST, newer("0004a3666666", name.encode(), "1a0a")]
    background(VOICES, said=json.dumps([(f"127.0.0.{number}", datagram.hex()) for number, datagram in enumerate(said, 91)]))
    done = ansible.run("ansible-inventory", "-i", "discover.yml", "--list", COLUMNS="400")
    found = json.loads(done.stdout)
    stranger = name + "_00-04-a3-66-66-66"
    assert found["boards"] == {"hosts": ["GARAGE", "OLD", "OLDER", stranger]}
    assert found["old"] == {"hosts": ["OLD", "OLDER"]} and found["model_eth008"] == {"hosts": ["GARAGE", stranger]}
    assert sorted(found["all"]["children"]) == ["boards", "model_eth008", "old", "ungrouped"]
    told = found["_meta"]["hostvars"]
    assert sorted(told) == sorted(["GARAGE", "OLD", "OLDER", stranger])
    assert told[stranger]["bytewire_port"] == 6666 and told["GARAGE"]["bytewire_port"] == 17494
    assert not {"bytewire_port", "bytewire_port_inferred", "bytewire_model"} & {*told["OLD"], *told["OLDER"]}
    assert f"boards that are called as a group is bear their MAC behind it: {name}." in " ".join(done.stderr.split())


class Network:
    """A switch and machines on it, each in a network namespace."""

    def __init__(self, names):
        self.unique = f"bw{os.getpid() % 100000}"
        self.names = [self.unique + name for name in ("sw", *names)]
        self.made = []

    def ip(self, *arguments):
        subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)

    def make(self):
        for name in self.names:
            self.ip("netns", "add", name)
            self.made.append(name)
            self.ip("-n", name, "link", "set", "lo", "up")
        switch = self.names[0]
        self.ip("-n", switch, "link", "add", "br0", "type", "bridge")
        self.ip("-n", switch, "link", "set", "br0", "up")
        for number, name in enumerate(self.names[1:], 1):
            port = f"p{number}"
            self.ip("-n", switch, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name)
            self.ip("-n", switch, "link", "set", port, "master", "br0", "up")
            self.ip("-n", name, "addr", "add", f"10.77.0.{number}/24", "broadcast", "10.77.0.255", "dev", "eth0")
            self.ip("-n", name, "link", "set", "eth0", "up")

    def inside(self, name):
        return ["ip", "netns", "exec", self.unique + name]

    def remove(self):
        for name in self.made:
            self.ip("netns", "delete", name)


@pytest.fixture
def network():
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    if shutil.which("ip") is None:
        pytest.skip("ip is not installed (Debian: iproute2)")
    made = Network(("ctl", "one", "two", "three", "bad"))
    try:
        try:
            made.make()
            subprocess.run([*made.inside("ctl"), "true"], check=True, capture_output=True, text=True)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"network namespaces with a bridge cannot be made here: {error.stderr.strip()}")
        yield made
    finally:
        made.remove()


def test_three_boards_are_found_by_broadcast_grouped_and_switched_in_one_run(network, ansible, emulate, background, free_port):
    dummy, command, graph = guide(ansible)
    for place, one in zip(("one", "two", "three"), three_boards(ansible, free_port, ("10.77.0.2", "10.77.0.3", "10.77.0.4"))):
        emulate([one], inside=network.inside(place))
    background(HOSTILE, "10.77.0.255", inside=network.inside("bad"))
    here = network.inside("ctl")

    done = ansible.run(*here, *shlex.split(command))
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, graph.strip(), "")

    path = ansible.folder / "off.yml"
    path.write_text(json.dumps([{"hosts": "boards", "gather_facts": False, "tasks": [
        {"bytewire.devices.relay": {"relay": 2, "state": "off"}, "register": "found"},
        {"ansible.builtin.assert": {"that": ["found is changed", "found.model == bytewire_model", "'model_' ~ found.model in group_names"]}}]}]))
    done = ansible.run(*here, "ansible-playbook", "-i", "discover.yml", path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"^(\w+) +: ok=2 +changed=1 ", done.stdout, re.MULTILINE) == ["ETH484", "GARAGE", "SHED"]
    assert [switched(ansible, model) for model in ("eth008", "eth484", "wifi8020")] == [["21 02 00"]] * 3


def test_a_hostile_name_stays_text(network, ansible, background):
    dummy, command, graph = guide(ansible)
    background("import socket, sys, time\nvoice = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
               "voice.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)\nprint('ready', flush=True)\n"
               "while True:\n    voice.sendto(bytes.fromhex(sys.argv[1]), ('10.77.0.255', 30303))\n    time.sleep(0.05)",
               EVIL.hex(), inside=network.inside("bad"))
    path = ansible.folder / "show.yml"
    path.write_text(json.dumps([{"hosts": "boards", "gather_facts": False, "tasks": [
        {"ansible.builtin.debug": {"msg": "said {{ bytewire_host_name }} said"}}]}]))
    done = ansible.run(*network.inside("ctl"), "ansible-playbook", "-i", "discover.yml", path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "said {{ lookup('pipe', 'touch x') }} said" in done.stdout and re.search(r"^lookup_pipe_touch_x +: ok=1", done.stdout, re.MULTILINE)
    assert not (ansible.folder / "x").exists()

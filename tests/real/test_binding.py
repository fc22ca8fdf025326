# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the value of an option comes from, which host a task talks to, and what is said where a device is taken for a gateway."""

from __future__ import annotations

import json

import pytest

from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import BEFORE_2_19
from ansible_collections.bytewire.devices.tests.real.test_fleet import fleet, play
from ansible_collections.bytewire.devices.tests.real.test_gateway import gateway, show  # noqa: F401, pylint: disable=unused-import

MODULES = {"relay": {"relay": 1, "state": "on"}, "settings": {"settings": {"power": "on"}}, "command": {"command": "STATUS"}, "send": {"data": "5A"},
           "device_info": {}, "ping": {}}


def results(ansible, tasks, *flags, **keywords):
    """What the tasks returned, those that failed too."""
    tasks = [dict(task, register=f"result_{number}", ignore_errors=True) for number, task in enumerate(tasks)]
    last = dict(show(ansible.folder, "results.json", f"[{', '.join(task['register'] for task in tasks)}]"), run_once=True)
    done = play(ansible, [*tasks, last], *flags, **keywords)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((ansible.folder / "results.json").read_text())


def single(module, options, **keywords):
    return dict({"bytewire.devices." + module: options}, **keywords)


# the model

WHO_COMPILES = """
import os
from ansible.plugins.callback import CallbackBase
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile

class CallbackModule(CallbackBase):
    CALLBACK_TYPE, CALLBACK_NAME, CALLBACK_VERSION = "aggregate", "who_compiles", 2.0

    def __init__(self):
        super().__init__()
        compile_, parent = Profile.__init__, os.getpid()
        def noted(profile, page):
            with open("compiled", "a") as file:
                file.write(f"{page['name']} {'parent' if os.getpid() == parent else 'worker'}\\n")
            compile_(profile, page)
        Profile.__init__ = noted
"""


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_pages_are_compiled_before_workers_are_forked(ansible, emulator, strategy):
    """The strategies of ansible-core ask for an attribute of the action when the host's variables are known; a core that does not fails here."""
    (ansible.folder / "who_compiles.py").write_text(WHO_COMPILES)
    (ansible.folder / "bytewire_profiles").mkdir()
    (ansible.folder / "bytewire_profiles" / "mine.yml").write_text("extends: eth002\nis: {id: 19}\n")
    board = emulator(host="127.0.0.11")
    addresses = {f"board{number}": {"ansible_host": "127.0.0.11", "bytewire_model": model} for number, model in enumerate(("eth008", "mine", "eth008"))}
    ansible.hosts(addresses, bytewire_port=board.port)
    done = ansible.play([{"bytewire.devices.ping": {}}], ANSIBLE_CALLBACK_PLUGINS=str(ansible.folder), ANSIBLE_CALLBACKS_ENABLED="who_compiles",
                        ANSIBLE_STRATEGY=strategy)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted((ansible.folder / "compiled").read_text().splitlines()) == ["eth008 parent", "mine parent"]


# ansible_port

def test_the_port_of_an_address_on_the_command_line(ansible, emulator):
    board = emulator(host="127.0.0.11")
    done = ansible.run("ansible", "all", "-i", f"127.0.0.11:{board.port},", "-m", "bytewire.devices.relay", "-a", "model=eth008 relay=2 state=on")
    assert done.returncode == 0 and board.writes() == ["20 02 00"], done.stdout


def test_the_port_that_ansible_knows(ansible, emulator):
    """Behind bytewire_port and behind the task; not where the device is another host than ansible_host, or where a connection alone has it."""
    board = emulator(host="127.0.0.11")
    own = {"ansible_host": "127.0.0.11", "ansible_port": "{{ told }}", "told": board.port}
    ansible.hosts({"garage": own}, bytewire_model="eth008", bytewire_retries=0)
    on = single("relay", {"relay": 2, "state": "on"})
    assert results(ansible, [on])[0]["changed"] and board.writes() == ["20 02 00"]
    assert not results(ansible, [on], vars={"ansible_port": board.port}, hosts="all")[0]["changed"]
    ansible.hosts({"garage": {**own, "ansible_port": 1}}, bytewire_model="eth008", bytewire_port=board.port)
    assert not results(ansible, [on])[0]["failed"]
    ansible.hosts({"garage": {**own, "bytewire_port": "{{ nothing | default(omit) }}"}}, bytewire_model="eth008")
    assert not results(ansible, [on])[0]["failed"]
    ansible.hosts({"garage": {**own, "bytewire_host": "127.0.0.12"}}, bytewire_model="eth008", bytewire_retries=0)
    told = results(ansible, [on, single("relay", {"relay": 2, "state": "on", "host": "127.0.0.13"})])
    assert "garage (127.0.0.12:17494)" in told[0]["msg"] and "127.0.0.13:17494" in told[1]["msg"]
    ansible.hosts({"garage": {"ansible_host": "127.0.0.12"}}, bytewire_model="eth008", bytewire_retries=0)
    done = ansible.task("garage", "relay", {"relay": 2, "state": "on"}, ANSIBLE_REMOTE_PORT=str(board.port))
    assert "garage (127.0.0.12:17494)" in done[1]["msg"]


def test_the_port_of_a_gateway_is_not_that_of_the_device(ansible, emulator, gateway):  # noqa: F811
    board = emulator(host="127.0.0.11")
    ansible.hosts({"garage": {"ansible_host": "127.0.0.11", "ansible_port": "{{ told }}", "told": board.port}, "shed": {"ansible_host": "127.0.0.12"},
                   "127.0.0.13": {}, "gateway": gateway}, bytewire_retries=0)
    model = {"model": "eth008"}
    on = single("relay", {"relay": 2, "state": "on", **model}, delegate_to="gateway")
    assert not results(ansible, [on], "--limit", "garage")[0]["failed"] and board.writes() == ["20 02 00"]
    each = [{"name": name, "options": model} for name in ("garage", "shed", "127.0.0.13")]
    for keywords in ({"delegate_to": "gateway"}, {}):
        hosts = results(ansible, [fleet("relay", {"relay": 2, "state": "on"}, hosts=each, **keywords)], "--limit", "garage")[0]["hosts"]
        assert "failed" not in hosts["garage"] and not hosts["garage"]["changed"]
        assert "shed (127.0.0.12:17494)" in hosts["shed"]["msg"] and "127.0.0.13:17494" in hosts["127.0.0.13"]["msg"]
    for name in ("shed", "127.0.0.13"):
        assert ":17494" in results(ansible, [on], "--limit", name)[0]["msg"]


def test_the_playbook_fleet_and_the_emulator_take_it_too(ansible, free_port):
    port = free_port("127.0.0.14")
    ansible.hosts({"garage": {"ansible_host": "127.0.0.14", "ansible_port": port}}, bytewire_model="eth008")
    assert ansible.task("garage", "emulator", {})[1]["addresses"] == [f"127.0.0.14:{port}"]
    try:
        done = ansible.run("ansible-playbook", "bytewire.devices.fleet", "-e", "target=garage", "-e", "module=relay", "-e", "options=relay=3,state=on")
        assert done.returncode == 0, done.stdout
        assert ansible.task("garage", "device_info", {})[1]["relays"]["3"]["state"] == "on"
    finally:
        assert ansible.task("garage", "emulator", {"state": "stopped"})[1]["changed"]


# what goes before what

def test_task_before_module_defaults_before_inventory(ansible):
    """The label, which each module tells in its failure, from each of the three places and from a host of a fleet."""
    ansible.hosts({"garage": {"ansible_host": "127.0.0.1", "bytewire_label": "by inventory"}}, bytewire_model="eth008", bytewire_port=1, bytewire_retries=0)
    for defaults, label in (({}, "by inventory"), ({"group/bytewire.devices.device": {"label": "{{ 'by group' }}"}}, "by group"),
                            ({"group/bytewire.devices.device": {"label": "by group"},
                              **{f"bytewire.devices.{module}": {"label": "by module"} for module in MODULES}}, "by module")):
        tasks, labels = [], []
        for module, options in MODULES.items():
            own = {**options, "label": "by task"}
            tasks += [single(module, options), single(module, own), fleet(module, options), fleet(module, own),
                      fleet(module, own, hosts=[{"name": "garage", "options": {"label": "by host"}}])]
            labels += [label, "by task", label, "by task", "by host"]
        told = results(ansible, tasks, module_defaults=defaults)
        for task, result, expected in zip(tasks, told, labels):
            assert f"{expected} (127.0.0.1:1)" in result["msg"] or f"{expected}:" in result["msg"], (task, result)


def test_module_defaults_that_a_fleet_refuses(ansible, emulator):
    board = emulator("boards", host="127.60.0.1", count=2)
    ansible.hosts({f"b{number}": {"ansible_host": f"127.60.0.{number}", "own_relay": number} for number in (1, 2)}, bytewire_port=board.port,
                  bytewire_model="eth008")
    on = fleet("relay", {"state": "on"}, run_once=True)
    differing = {"bytewire.devices.relay": {"relay": "{{ own_relay }}"}}
    unknown = {"group/bytewire.devices.device": {"relay": 1}}
    told = results(ansible, [dict(on, module_defaults=differing), dict(fleet("ping", {}, run_once=True), module_defaults=unknown)])
    assert "templates in module_defaults are rendered once, here for b1, and relay would differ on b2" in told[0]["msg"]
    assert "fleet: module_defaults: module ping has no option relay" in told[1]["msg"]
    assert board.journal() == []
    given = dict(fleet("relay", {"state": "on", "relay": 5}, run_once=True), module_defaults=differing)
    assert results(ansible, [given, dict(on, module_defaults=unknown)])[1]["changed"]
    assert sorted(board.writes()) == ["20 01 00"] * 2 + ["20 05 00"] * 2


# a delegate that is a device

def test_a_task_that_is_delegated_to_a_device(ansible, emulator):
    board = emulator(host="127.0.0.11")
    hosts = {"attic": {"ansible_host": "127.0.0.12"}, "garage": {"ansible_host": "127.0.0.11"}}
    ansible.hosts({**hosts, "shed": {"ansible_host": "127.0.0.11", "ansible_port": board.port}}, bytewire_model="eth008", ansible_ssh_retries=0)
    tasks = [single("relay", {"relay": 2, "state": "on"}, delegate_to=name) for name in ("garage", "shed", "nobody.invalid")]
    refused, greeted, nobody = results(ansible, [*tasks], "--limit", "attic")
    assert refused["msg"].startswith(
        "relay is delegated to garage, a device (it has a bytewire_model), which failed to run relay: Failed to connect to the host via ssh"), refused
    assert refused["msg"].endswith(
        ". It had not begun there: nothing was changed or sent. delegate_to names a machine with Python that talks to the device; to talk to garage itself, "
        "run the task for garage, without delegate_to. If garage is a machine, set its ansible_connection to ssh.")
    assert greeted["msg"] == (
        f"relay is delegated to shed, a device (it has a bytewire_model), at port {board.port}. ssh would greet it there, and a device may take a greeting for "
        "commands. Nothing was sent. delegate_to names a machine with Python that talks to the device; to talk to shed itself, run the task for shed, without "
        "delegate_to. If shed is a machine, set its ansible_connection to ssh.")
    assert {"kind": "invalid", "stage": "gateway", "outcome": "nothing"} == greeted["error"]
    assert "nobody.invalid is not in the inventory: correct delegate_to, or check that a machine of that name can be reached" in nobody["msg"]
    assert {"kind": "unreachable", "stage": "gateway", "outcome": "nothing"} == refused["error"] == nobody["error"]
    for_a_fleet = results(ansible, [fleet("relay", {"relay": 2, "state": "on"}, delegate_to="shed")], "--limit", "attic")[0]
    assert "fleet is delegated to shed, a device" in for_a_fleet["hosts"]["attic"]["msg"]
    assert board.journal() == []


def test_a_machine_with_a_model_is_still_a_gateway(ansible, emulator, gateway):  # noqa: F811
    """That of a group, or of what is attached to it."""
    board = emulator(host="127.0.0.11")
    by_default = {name: value for name, value in gateway.items() if name != "ansible_connection"}
    ansible.hosts({"garage": {"ansible_host": "127.0.0.11", "bytewire_port": board.port}, "gateway": gateway,
                   "own": {**by_default, "bytewire_serial_port": "/dev/ttyUSB0"}}, bytewire_model="eth008")
    on = [single("relay", {"relay": number, "state": "on"}, delegate_to=name) for number, name in enumerate(("gateway", "own"), 1)]
    assert [result["failed"] for result in results(ansible, on, "--limit", "garage")] == [False, False] and board.writes() == ["20 01 00", "20 02 00"]


# what a loop returned

def test_a_loop_is_reported(ansible, emulator):
    board = emulator(host="127.0.0.11")
    ansible.hosts({"garage": {"ansible_host": "127.0.0.11", "bytewire_port": board.port, "bytewire_model": "eth008"}})
    role = {"ansible.builtin.include_role": {"name": "bytewire.devices.notify"}, "vars": {"notify_results": "{{ looped }}"}}
    done = play(ansible, [single("relay", {"relay": "{{ item }}", "state": "on"}, loop=[1, 99, 3], register="looped", ignore_errors=True), role])
    assert done.returncode == 0 and "1 of 3 devices failed, 2 were changed" in done.stdout, done.stdout
    assert board.writes() == ["20 01 00", "20 03 00"]
    done = play(ansible, [single("relay", {"relay": 1, "state": "off"}, register="looped"), role])
    assert done.returncode == 0 and f"{'The device' if BEFORE_2_19 else 'garage'} was changed" in done.stdout, done.stdout


# a task that takes too long

@pytest.mark.parametrize("where", ["here", "gateway"])
def test_the_timeout_of_a_task_is_told_in_words(ansible, emulator, gateway, where):  # noqa: F811
    board = emulator(host="127.0.0.11", faults=[{"fault": "silent"}])
    ansible.hosts({"garage": {"ansible_host": "127.0.0.11", "bytewire_port": board.port, "bytewire_model": "eth008", "bytewire_timeout": 60},
                   "gateway": gateway})
    keywords = {"delegate_to": "gateway"} if where == "gateway" else {}
    told = results(ansible, [single("relay", {"relay": 2, "state": "on"}, timeout=6, **keywords)], "--limit", "garage")[0]["msg"]
    assert "Timed out" in told and "TaskTimeoutError" not in told, told
    assert where == "here" or "Timed out after 6 second(s). It may have begun there" in told, told

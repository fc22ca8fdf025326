# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks do what their command line, or an import, says: nothing less, nothing more, whatever the inventory calls its own variables."""

from __future__ import annotations

import email
import email.policy
import json
import re
import socket

import pytest

WORDS = {
    "power": "off", "input": "hdmi2", "volume": 3, "state": "on", "relay": 4, "module": "relay", "options": {"relay": 5, "state": "on"}, "command": "RESET",
    "contact": "ops@example.org", "duration": 9, "device": "The wrong one", "host": "203.0.113.9", "port": 1, "timeout": 99, "password": "mellon",
    "model": "pjl", "target": "nobody", "expect": "^never$", "refuse": ".", "profile": "none", "name": "wrong", "hosts": ["wrong"], "verify": False,
    "unit": 9, "transport": "serial", "username": "wrong", "relays": {"disk": 7}, "settings": {"power": "off"}, "given": "wrong", "words": "wrong",
}
"""What an inventory may well call its own variables, and what would do harm."""

SWITCH = ["bytewire.devices.switch", "-e", "relay=2", "-e", "state=off"]


@pytest.fixture
def boards(ansible, emulator):
    """Boards with relays 2 and 3 on, of these names."""
    def start(*names, **variables):
        boards = emulator(host="127.9.5.1", count=len(names), initial={"relays": [2, 3]})
        ansible.hosts({name: {"ansible_host": f"127.9.5.{number}"} for number, name in enumerate(names, 1)}, bytewire_model="eth008",
                      bytewire_port=boards.port, bytewire_retries=0, **variables)
        return boards

    return start


@pytest.fixture
def unasked(ansible):
    """Hosts of these names at an address where nobody may call; it is looked at in the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)

        def start(*names, **variables):
            ansible.hosts(dict.fromkeys(names, {"ansible_host": "127.0.0.1"}), bytewire_model="eth008", bytewire_port=listener.getsockname()[1], **variables)

        yield start
        with pytest.raises(BlockingIOError):
            listener.accept()


def playbook(ansible, *arguments):
    return ansible.run("ansible-playbook", *arguments)


def without_times(printed):
    printed = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*( \+\d{4})?", "TIME", printed)
    printed = re.sub(r"\[WARNING\]: Found variable using reserved name:? '?\w+'?\.?\n+(Origin: .*\n+)?(\w+\n+)?", "", printed)
    return re.sub(r"127\.[0-9.]+:\d+|\d+ of [\d.]+ s|[\d.]+ (ms|s)\b", "N", printed)


@pytest.mark.parametrize("arguments, model", [
    (SWITCH, "eth008"),
    (["bytewire.devices.status"], "eth008"),
    (["bytewire.devices.fleet", "-e", "module=relay", "-e", "options=relay=2,state=off"], "eth008"),
    (["bytewire.devices.fleet", "-e", "module=device_info"], "eth008"),
    (["bytewire.devices.displays"], "lg"),
    (["bytewire.devices.displays", "-e", "volume=12"], "lg"),
    (["bytewire.devices.command", "-e", "command=STATUS"], "esc_cr"),
    (["bytewire.devices.check_profile", "-e", "profile=pjl"], "eth008"),
    (["roles.yml"], "eth008"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_words_of_the_inventory_change_nothing(ansible, emulator, free_port, arguments, model):
    (ansible.folder / "roles.yml").write_text(json.dumps([
        {"hosts": "all", "gather_facts": False, "tasks": [
            {"import_role": {"name": "bytewire.devices.switch"}, "vars": {"switch_relay": 2, "switch_state": "off"}},
            {"import_role": {"name": "bytewire.devices.notify"}}]},
        {"hosts": "localhost", "gather_facts": False, "tasks": [{"import_role": {"name": "bytewire.devices.schedule", "tasks_from": "list"}}]}]))
    if "check_profile" in arguments[0]:
        arguments = [*arguments, "-e", f"check_profile_port={free_port('127.0.0.1')}"]
    seen = []
    for number, words in enumerate(({}, WORDS)):
        one = emulator(f"device-{number}", model=model, initial={"relays": [2, 3]} if model == "eth008" else {})
        host = {**words, "ansible_host": "127.0.0.1", "bytewire_model": model, "bytewire_port": one.port, "bytewire_retries": 0}
        ansible.inventory.write_text(json.dumps({"all": {"vars": words, "children": {"group": {"vars": words, "hosts": {"garage": host}}}}}))
        done = playbook(ansible, *arguments)
        asked = [entry["bytes"] for entry in one.journal() if entry["event"] == "in"]
        seen.append((done.returncode, without_times(done.stdout), without_times(done.stderr), asked))
        one.stop()
    assert seen[0] == seen[1]
    assert "localhost" in seen[0][1] or "garage" in seen[0][1]


@pytest.mark.parametrize("arguments, asked", [
    (SWITCH, "relay=2 state=off"),
    (["bytewire.devices.fleet", "-e", "module=relay", "-e", "options=relay=2,state=off"], "module=relay options=relay=2,state=off"),
    (["bytewire.devices.displays", "-e", "power=off"], "power=off"),
    (["bytewire.devices.command", "-e", "command=REBOOT"], "command=REBOOT"),
], ids=lambda value: value[0] if isinstance(value, list) else "")
def test_several_devices_want_a_target(ansible, unasked, arguments, asked):
    unasked("attic", "cellar", "garage", "porch", "shed", "studio")
    done = playbook(ansible, *arguments)
    printed = done.stdout + done.stderr
    assert done.returncode == 2, printed
    assert done.stdout.count("fatal: ") == 1, printed
    assert f"{asked} would go to 6 devices: attic, cellar, garage, porch, shed and 1 more. Say which with -e target=" in printed, printed
    assert "Nothing was sent." in printed


@pytest.mark.parametrize("flags, asked", [(["-e", "target=shed"], 1), (["--limit", "shed,attic"], 2), (["-e", "target=all"], 3)])
def test_who_says_which_gets_it(ansible, boards, flags, asked):
    several = boards("attic", "garage", "shed")
    done = playbook(ansible, *SWITCH, *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(several.writes()) == asked
    assert playbook(ansible, "bytewire.devices.status").returncode == 0, "reading wants no target"


def test_an_import_says_which(ansible, boards):
    several = boards("attic", "garage", "shed", relay=7, state="on")
    (ansible.folder / "night.yml").write_text(json.dumps([
        {"import_playbook": "bytewire.devices.switch", "vars": {"target": "garage", "relay": 2, "state": "off", "device": "Disk"}}]))
    done = playbook(ansible, "night.yml")
    assert done.returncode == 0 and "Disk is powered off" in done.stdout, done.stdout + done.stderr
    assert several.writes() == ["21 02 00"]


@pytest.mark.parametrize("arguments, words", [
    (["bytewire.devices.switch"], "relay and state are not given. For example: -e relay=2 -e state=off, or bytewire_relay and bytewire_state of "
     "the hosts."),
    (["bytewire.devices.switch", "-e", "relay=2"], "state is not given. For example: -e relay=2 -e state=off, or bytewire_relay and bytewire_state of "
     "the hosts."),
    (["bytewire.devices.switch", "-e", "relay=", "-e", "state=off"], "relay is empty. Give a value, or leave it out."),
    (["bytewire.devices.switch", "-e", "target=", "-e", "relay=2", "-e", "state=off"], "target is empty."),
    (["bytewire.devices.command"], "command is not given. For example: -e command=STATUS."),
    (["bytewire.devices.command", "-e", "command=LOAD 3"], "'3' is part of no variable. A value with blanks needs quotes of its own: -e "),
    ([*SWITCH, "-e", "device=External WD USB disk"], "'WD USB disk' is part of no variable."),
    (["bytewire.devices.displays", "-e", "power=on now"], "'now' is part of no variable."),
    (["bytewire.devices.status", "-e", "target=garage shed"], "'shed' is part of no variable."),
    (["bytewire.devices.fleet"], "module is not given. For example: -e module=relay -e options=relay=2,state=off."),
    (["bytewire.devices.fleet", "-e", "module=relay", "-e", "options=relay=2, state=off all"], "'all' is part of no variable."),
    ([*SWITCH, "-e", "json_file=nowhere/a.json"], "json_file is 'nowhere/a.json', and its folder is not there. Nothing was sent."),
    (["bytewire.devices.status", "-i", "127.0.0.1"], "No host matches: the inventory has none. A single address wants a comma: -i 10.0.0.5,"),
    (["bytewire.devices.check_profile"], "profile is not given. For example: -e profile=shed."),
])
def test_what_the_command_line_lacks_is_said_in_one_line(ansible, unasked, arguments, words):
    unasked("garage", **WORDS)
    done = playbook(ansible, *arguments)
    printed = done.stdout + done.stderr
    assert done.returncode == 2 and words in printed.replace('\\"', '"'), printed
    assert done.stdout.count("fatal: ") == 1, printed


def test_the_table_of_answers_shows_what_was_sent(ansible, emulator):
    unit = emulator(model="esc_cr", initial={"replies": {"LOAD 3": "LOADED 3"}})
    ansible.hosts({"unit": {"ansible_host": "127.0.0.1"}}, bytewire_port=unit.port)
    done = playbook(ansible, "bytewire.devices.command", "-e", "command='LOAD 3'")
    assert done.returncode == 0 and "unit  LOAD 3  LOADED 3" in done.stdout, done.stdout


@pytest.fixture
def mailed(ansible, emulator, free_port):
    """Variables of a mail server, and the subjects of the mails that came, in their order."""
    port, mails = free_port("127.9.5.90"), ansible.folder / "mails"
    emulator("mail", mail={"host": "127.9.5.90", "port": port, "directory": str(mails)})
    variables = {"notify_mail_host": "127.9.5.90", "notify_mail_port": port, "notify_mail_encryption": "none", "notify_mail_from": "relays@example.org",
                 "notify_mail_to": "ann@example.org"}
    return variables, lambda: [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["subject"] for path in sorted(
        mails.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)]


@pytest.mark.parametrize("notify_when, subjects", [
    ("always", ["Pump is powered on", "Pump is powered off", "Pump is powered off"]),
    ("changed", ["Pump is powered on", "Pump is powered off"]),
])
def test_each_report_tells_its_own_play(ansible, boards, mailed, notify_when, subjects):
    variables, came = mailed
    boards("pump", notify_when=notify_when, **variables)
    (ansible.folder / "night.yml").write_text(json.dumps([
        {"import_playbook": "bytewire.devices.switch", "vars": {"relay": 4, "state": state, "device": "Pump"}} for state in ("on", "off", "off")]))
    done = playbook(ansible, "night.yml")
    assert done.returncode == 0, done.stdout
    assert came() == subjects


def test_each_report_of_roles_tells_what_is_new(ansible, boards, mailed):
    variables, came = mailed
    boards("attic", "pump", notify_when="changed", **variables)

    def play(state, where, *more):
        return [{"hosts": where, "gather_facts": False, "tasks": [
            {"import_role": {"name": "bytewire.devices.switch"}, "vars": {"switch_relay": 4, "switch_state": state, "switch_device": "Pump"}}]},
            {"hosts": "localhost", "gather_facts": False, "tasks": [{"import_role": {"name": "bytewire.devices.notify"}, "vars": {
                "notify_hosts": f"{{{{ query('inventory_hostnames', '{where}') }}}}", **given}} for given in ({}, *more)]}]

    plays = [*play("on", "pump"), *play("on", "all"), *play("off", "all", {}, {"notify_mail_to": "bob@example.org"})]
    (ansible.folder / "night.yml").write_text(json.dumps(plays))
    done = playbook(ansible, "night.yml")
    assert done.returncode == 0 and "No mail is sent: all of this was told before." in done.stdout, done.stdout
    assert came() == ["Pump is powered on", "All 2 devices are powered on", "All 2 devices are powered off", "All 2 devices are powered off"]


def test_a_fleet_that_is_imported_twice_does_not_do_the_first_again(ansible, boards):
    several = boards("attic", "garage", "shed")
    (ansible.folder / "night.yml").write_text(json.dumps([
        {"import_playbook": "bytewire.devices.fleet", "vars": {"target": target, "module": "relay", "options": {"relay": 4, "state": state}}}
        for target, state in (("attic", "on"), ("garage:shed", "on"), ("attic", "off"))]))
    done = playbook(ansible, "night.yml")
    assert done.returncode == 0, done.stdout
    assert re.findall(r"^(.* changed)\.$", done.stdout, re.MULTILINE) == ["attic was changed", "All 2 devices are done, 2 were changed", "attic was changed"]
    assert several.writes() == ["20 04 00", "20 04 00", "20 04 00", "21 04 00"]


def test_mail_variables_that_the_report_does_not_see_are_named(ansible, boards, mailed):
    variables, came = mailed
    one = boards("garage")
    inventory = json.loads(ansible.inventory.read_text())
    inventory["all"]["children"] = {"group": {"hosts": inventory["all"].pop("hosts"), "vars": variables}}
    ansible.inventory.write_text(json.dumps(inventory))
    done = playbook(ansible, *SWITCH)
    printed = " ".join(done.stdout.split())
    assert "No mail is sent: garage has notify_mail_to, but localhost, which makes the report, does not." in printed, done.stdout
    assert came() == [] and one.writes() == ["21 02 00"]


@pytest.mark.parametrize("arguments, status, found", [
    (SWITCH, 2, lambda told: told["garage"]["relays"]["2"]["state"] == "off" and told["shed"]["error"]["kind"] == "unreachable"),
    (["bytewire.devices.status"], 2, lambda told: told["garage"]["relays"]["3"]["state"] == "on" and "cannot be reached" in told["shed"]["msg"]),
    (["bytewire.devices.fleet", "-e", "module=relay", "-e", "options=relay=2,state=off"], 2,
     lambda told: told["garage"]["changed"] and told["shed"]["error"]["kind"] == "unreachable"),
    (["bytewire.devices.displays"], 2, lambda told: told["garage"]["model"] == "eth008" and told["shed"]["failed"]),
    (["bytewire.devices.command", "-e", "command=STATUS"], 2, lambda told: told["garage"]["error"]["kind"] == "unverified" and told["shed"]["failed"]),
    (["bytewire.devices.check_profile", "-e", "profile=nothing"], 2, lambda told: "nothing" in told["error"]),
    (["bytewire.devices.schedule"], 0, lambda told: told == []),
    (["bytewire.devices.models", "-e", "search='Projector HDMI epson'"], 0, lambda told: told["epson"]["port"] == 3629 and "epson_serial" in told),
    (["bytewire.devices.models", "-e", "search=toaster"], 2, lambda told: told == {}),
], ids=lambda value: value[0] if isinstance(value, list) else "")
def test_results_for_programs(ansible, boards, arguments, status, found):
    boards("garage")
    inventory = json.loads(ansible.inventory.read_text())
    inventory["all"]["hosts"]["shed"] = {"ansible_host": "127.9.5.77", "bytewire_connect_timeout": 1}
    ansible.inventory.write_text(json.dumps(inventory))
    done = playbook(ansible, *arguments, "-e", "target=all", "-e", "json_file=result.json")
    assert done.returncode == status, done.stdout + done.stderr
    told = (ansible.folder / "result.json").read_text()
    assert found(json.loads(told)), told


def test_models(ansible):
    """What the inventory calls search is not what was asked for."""
    ansible.hosts({"tv": {}}, search="lg")
    done = playbook(ansible, "bytewire.devices.models", "--check", "-e", "search=eth008")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\neth008  17494  Devantech ETH008\n               known as ETH008-B\n" in done.stdout
    done = playbook(ansible, "bytewire.devices.models")
    assert done.returncode == 2 and "search is not given. For example: -e search=epson." in done.stdout + done.stderr

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the documentation, run as they stand against emulated devices; only addresses, and ports that need root, are others."""

from __future__ import annotations

import importlib
import os
import re
import shlex
import shutil
import socket
import subprocess

import pytest
import yaml

from ansible_collections.bytewire.devices.plugins.plugin_utils._checking.trial import prepared
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.guides import CHECKOUT, blocks, make_a_vault, text_of

BOARD = "192.168.0.200"


def commands(path):
    """The lines of the shell examples, continued lines joined, comments gone."""
    for block in blocks(text_of(path), "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip() and not line.startswith("#"):
                yield line


def pages(ansible, path):
    """The blocks that name themselves as pages, written where they say; {name: text}."""
    (ansible.folder / "bytewire_profiles").mkdir(exist_ok=True)
    found = {}
    for block in blocks(text_of(path), "yaml"):
        named = re.match(r"# bytewire_profiles/(\w+)\.yml", block)
        if named:
            found[named.group(1)] = block
            (ansible.folder / "bytewire_profiles" / (named.group(1) + ".yml")).write_text(block)
    return found


def succeeds(ansible, command, **environment):
    done = ansible.run(*command, **environment)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def nobody_is_left(ansible):
    """No emulated device of this test runs any more."""
    folder = ansible.folder / "home" / ".ansible" / "bytewire" / "emulator"
    return not folder.exists() or not list(folder.glob("*.json"))


# Of each module or filter: what is emulated at the address of its examples, and what the inventory says of it.
EXAMPLES = {
    "modules.relay": (["eth008"], {"bytewire_model": "eth008", "bytewire_relays": {"backup_disk": 2, "amplifier": 3}}),
    "modules.device_info": (["eth008"], {"bytewire_model": "eth008", "bytewire_relays": {"backup_disk": 2, "amplifier": 3}}),
    "modules.ping": (["eth008"], {"bytewire_model": "eth008"}),
    "modules.settings": (["lg", "videohub"], {}),
    "modules.command": (["esc_cr"], {}),
    "modules.send": (["eth008"], {}),
    "filter.pack": (["proxr"], {}),
    "filter.unpack": (["eth008"], {}),
    "filter.result_table": (["lg"], {"bytewire_model": "lg"}),
    "filter.profile_exchanges": ([], {}),
}


@pytest.mark.parametrize("documented", sorted(EXAMPLES))
def test_the_examples_of_a_module_or_filter(ansible, emulator, free_port, documented):
    models, variables = EXAMPLES[documented]
    running = []
    for model in models:
        port = resolve(model)["port"]
        if port < 1024:
            port = variables["bytewire_port"] = free_port("127.0.0.41")
        running.append(emulator(model, model=model, port=port, host="127.0.0.41"))
    examples = importlib.import_module("ansible_collections.bytewire.devices.plugins." + documented).EXAMPLES
    ansible.hosts({"garage": dict(variables, ansible_host="127.0.0.41")})
    done = ansible.play(yaml.safe_load(examples.replace(BOARD, "127.0.0.41").replace("duration: 10", "duration: 0.2")))
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(board.journal() for board in running)


def test_the_readme(ansible, emulator):
    emulator(port=resolve("eth008")["port"], host="127.0.0.42", initial={"relays": []})
    inventory, playbook = blocks(text_of("README.md"), "yaml")[:2]
    (ansible.folder / "inventory.yml").write_text(inventory.replace(BOARD, "127.0.0.42"))
    (ansible.folder / "nightly.yml").write_text(playbook)
    run = [shlex.split(line, comments=True) for line in commands("README.md") if line.startswith("ansible") and "inventory.yml" in line]
    assert len(run) == 5
    outputs = []
    for command in run + [["ansible-playbook", "-i", "inventory.yml", "nightly.yml"]]:
        # Nobody listens at the example's mail server; the report is shown instead.
        command = [word for word in command if not word.startswith("notify_mail_")]
        command = [word for number, word in enumerate(command) if word != "-e" or "=" in "".join(command[number + 1:number + 2])]
        outputs.append(succeeds(ansible, command))
    assert "-relay 2 (backup_disk): off\n+relay 2 (backup_disk): on" in outputs[0] and '"changed": true' in outputs[1]
    assert '"supply_voltage"' in outputs[2] and "External WD USB disk is powered off" in outputs[3]
    assert re.search("^garage  eth008  [●○]{4} [●○]{4}$", outputs[4], re.MULTILINE)


def test_the_readme_on_displays_and_commands(ansible, emulator):
    display = emulator("display", model="lg", host="127.0.0.43")
    emulator("units", model="esc_cr", host="127.0.0.44", count=2, port=9100)
    run = [line for line in commands("README.md") if "10.0.0." in line]
    assert len(run) == 3
    for address, ours in (("10.0.0.7", "127.0.0.43"), ("10.0.0.5", "127.0.0.44"), ("10.0.0.6", "127.0.0.45")):
        run = [line.replace(address, ours) for line in run]
    port = ["-e", f"bytewire_port={display.port}"]
    outputs = [succeeds(ansible, shlex.split(line, comments=True) + (port if "127.0.0.43" in line else [])) for line in run]
    assert '"changed": true' in outputs[0] and re.search(r"127.0.0.43 +on +hdmi1 +12", outputs[1])
    assert re.search(r"127.0.0.44 +STATUS +READY", outputs[2]) and re.search(r"127.0.0.45 +STATUS +READY", outputs[2])


def test_a_task_for_each_family(ansible, free_port):
    inventory, *plays = blocks(text_of("docs/families.md"), "yaml")
    inventory = yaml.safe_load(inventory)
    for number, host in enumerate(inventory["all"]["hosts"].values(), 50):
        host.update(ansible_host=f"127.0.0.{number}", bytewire_port=free_port(f"127.0.0.{number}"))
    ansible.hosts(inventory["all"]["hosts"], vault_rack="of a vault")
    (ansible.folder / "plays.yml").write_text("".join(plays))
    emulators = next(line for line in re.findall(r"`(ansible .*?)`", text_of("docs/families.md").replace("\n", " ")))
    emulators = shlex.split(emulators.replace("inventory.yml", str(ansible.inventory)))
    try:
        succeeds(ansible, emulators)
        first = succeeds(ansible, ["ansible-playbook", "plays.yml"])
        second = succeeds(ansible, ["ansible-playbook", "plays.yml"])
    finally:
        succeeds(ansible, emulators + ["-a", "state=stopped"])
    changed = [dict(re.findall(r"^(\w+) +: ok=\d+ +changed=(\d+)", printed, re.MULTILINE)) for printed in (first, second)]
    assert len(changed[0]) == len(inventory["all"]["hosts"])
    told_again = {"fan": "1", "pump": "1", "garage": "1"}  # cannot be read; a pulse; free bytes
    assert changed[1] == {host: told_again.get(host, "0") for host in changed[0]}
    assert all(changed[0][host] != "0" for host in changed[0] if host not in ("ups", "labels", "receipts", "office", "field"))
    assert nobody_is_left(ansible)


def test_the_reference_of_the_notation(ansible, emulator, free_port):
    written = pages(ansible, "docs/notation.md")
    assert sorted(written) == ["greeter", "matrix", "screen", "shed", "shed_of_programs"]
    board = emulator(model=yaml.safe_load(written["shed"]))
    ansible.hosts({"shed": {"ansible_host": "127.0.0.1", "bytewire_port": board.port}})
    for changed in (True, False):
        command = [word if word != "inventory.yml" else str(ansible.inventory) for word in shlex.split(next(commands("docs/notation.md")))]
        assert (f'"changed": {str(changed).lower()}') in succeeds(ansible, command)
    assert board.writes() == ["51 02"]
    board.stop()
    for name, tried in (("screen", "3 settings"), ("matrix", "2 settings"), ("greeter", "device_info"), ("shed_of_programs", "8 relays")):
        done = check_profile(ansible, name, free_port())
        assert done.returncode == 0 and tried in done.stdout, done.stdout + done.stderr


def check_profile(ansible, name, port):
    """The playbook; whatever becomes of it, it leaves neither an emulated device nor a folder behind."""
    done = ansible.run("ansible-playbook", "bytewire.devices.check_profile", "-e", f"profile={name}", "-e", f"check_profile_port={port}",
                       TMPDIR=str(ansible.folder))
    assert nobody_is_left(ansible) and not list(ansible.folder.glob("bytewire-check-*"))
    return done


def test_the_guide_to_a_profile(ansible, emulator, monkeypatch):
    written = pages(ansible, "docs/write-a-profile.md")
    assert len(written["garden"].strip().splitlines()) == 10
    emulator("the board", model=yaml.safe_load(written["garden"]), port=4001, host="127.0.0.46")
    inventory = next(block for block in blocks(text_of("docs/write-a-profile.md"), "yaml") if block.startswith("# inventory.yml"))
    (ansible.folder / "inventory.yml").write_text(inventory.replace(BOARD, "127.0.0.46"))
    outputs = [succeeds(ansible, shlex.split(line, comments=True)) for line in commands("docs/write-a-profile.md")]
    assert "+relay 2: on" in outputs[2] and '"changed": true' in outputs[3] and '"2": {' in outputs[4]
    assert "connected in" in outputs[6] and '"sent": "3F"' in outputs[7] and '"sent": "47 02 01"' in outputs[8]
    assert "+volume: -6.5" in outputs[10] and '"changed": false' in outputs[11] and "version 1.10, faded off" in outputs[13]

    monkeypatch.chdir(ansible.folder)
    shown = next(block for block in blocks(text_of("docs/write-a-profile.md"), "text") if block.startswith("WHAT"))
    assert prepared("garden")["table"][:len(shown.splitlines())] == shown.splitlines()
    refusals = {name: prepared(name)["error"] for name in written if prepared(name)["error"]}
    assert list(refusals) == ["quotes"]
    assert refusals["quotes"].split("bytewire_profiles/")[1].rstrip(".") in text_of("docs", "write-a-profile.md")


@pytest.mark.parametrize("model, tried", [
    ("eth008", "8 relays"), ("lc_tech", "cannot be read"), ("numato", "8 relays"),
    ("kramer_p3000", "3 settings in check mode, for real, and once more, a command")])
def test_check_profile(ansible, free_port, model, tried):
    """Also beside an inventory that says otherwise of every host, localhost included."""
    ansible.hosts({"garage": {}}, bytewire_contact="normally_closed", bytewire_relays={"disk": 2}, bytewire_unit=7, bytewire_model="eth002",
                  bytewire_verify=False, bytewire_host="192.0.2.1", bytewire_port=5, bytewire_password="other", bytewire_transport="tls")
    done = check_profile(ansible, model, free_port())
    said = " ".join(done.stdout.split())
    assert done.returncode == 0 and tried in said and "Not shown: that these are the device's bytes" in said, done.stdout + done.stderr
    assert f"{model}: the page is in order. Tried on" in said and max(map(len, done.stdout.split("PLAY RECAP")[0].splitlines())) <= 80


def test_check_profile_of_a_wrong_page(ansible, free_port):
    (ansible.folder / "bytewire_profiles").mkdir()
    (ansible.folder / "bytewire_profiles" / "shed.yml").write_text(blocks(text_of("docs/notation.md"), "yaml")[0].replace('"52 {relay', '"51 {relay'))
    done = check_profile(ansible, "shed", free_port())
    assert done.returncode == 2 and "bytewire_profiles/shed.yml: relays.off for relay 1 reads as relays.on for relay 1" in done.stdout + done.stderr
    assert "Emulate the device" not in done.stdout and "changed=0" in done.stdout
    assert "there is no profile 'garden_gnome'" in check_profile(ansible, "garden_gnome", free_port()).stdout


def test_check_profile_where_the_port_is_taken(ansible, free_port):
    with socket.create_server(("127.0.0.1", free_port())) as listener:
        done = check_profile(ansible, "eth008", listener.getsockname()[1])
    assert done.returncode == 2 and "could not start" in done.stdout + done.stderr, done.stdout + done.stderr


def test_the_guide_to_commands(ansible, emulator):
    emulator("units", model="esc_cr", host="127.0.0.47", count=2, port=9100)
    journal = str(ansible.folder / "unit.log")
    outputs = []
    for line in commands("docs/command.md"):
        for address, ours in (("10.0.0.5", "127.0.0.47"), ("10.0.0.6", "127.0.0.48"), ("/tmp/unit.log", journal)):
            line = line.replace(address, ours)
        outputs.append(succeeds(ansible, shlex.split(line, comments=True)))
    assert "127.0.0.48  STATUS  READY" in outputs[1] and "not heard: there is nothing that model esc_cr can be asked." in outputs[2]
    assert '"reply": "READY 7"' in outputs[4] and "READY 7" in outputs[5] and '"bytes": "1B 53 54 41 54 55 53 0D"' in outputs[6]
    assert '"reply": "1 ON"' in outputs[9] and '"was": "on"' in outputs[10] and '"bytes": "1B 31 4F 4E 0D"' in (ansible.folder / 'unit.log').read_text()
    ansible.hosts({"unit": {"ansible_host": "127.0.0.47"}})
    (ansible.folder / "units.yml").write_text(blocks(text_of("docs/command.md"), "yaml")[0])
    printed = succeeds(ansible, ["ansible-playbook", "units.yml"])
    assert '"LOAD 3": "OK"' in printed and '"STATUS": "READY"' in printed


def test_the_playbook_command_says_which_failed(ansible, emulator):
    emulator("unit", model="esc_cr", host="127.0.0.47", port=9100)
    done = ansible.run("ansible-playbook", "bytewire.devices.command", "-i", "127.0.0.47,127.0.0.48,", "-e", "target=all", "-e", "command=STATUS")
    assert done.returncode == 2 and "127.0.0.47  STATUS  READY" in done.stdout, done.stdout + done.stderr
    assert "FAILED (1)" in done.stdout and "Failed; see the table." in done.stdout + done.stderr


def test_the_guide_to_displays(ansible, emulator):
    displays = emulator("displays", model="lg", host="127.0.0.49", count=2)
    inventory = yaml.safe_load(blocks(text_of("docs/displays.md"), "yaml")[0])
    assert list(inventory["tvs"]["hosts"]) == ["tv[001:304]"]
    inventory["tvs"]["hosts"] = {"tv001": {"ansible_host": "127.0.0.49"}, "tv002": {"ansible_host": "127.0.0.50"}}
    inventory["tvs"]["vars"]["bytewire_port"] = displays.port
    inventory.update(yaml.safe_load(blocks(text_of("docs/displays.md"), "yaml")[1]))
    for name, host in inventory["screens"]["hosts"].items():
        host.update(ansible_host="127.0.0.51", bytewire_port=emulator(name, model=host["bytewire_model"], host="127.0.0.51").port)
    (ansible.folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
    outputs = [succeeds(ansible, shlex.split(line, comments=True)) for line in commands("docs/displays.md")]
    assert re.search(r"tv002 +on +hdmi1 +12", outputs[1]) and '"changed": false' in outputs[2]
    assert "All 2 devices are done, nothing was changed" in outputs[3]
    assert [re.search(rf"^{name} +on +hdmi1 ", outputs[4], re.MULTILINE) is not None for name in ("aula", "foyer", "lobby")] == [True] * 3
    assert '"changed": false' in outputs[5]  # 144 is hdmi1
    name = next(iter(pages(ansible, "docs/displays.md")))
    done = ansible.run("ansible", "tv001", "-i", "inventory.yml", "-m", "bytewire.devices.settings", "-e", "bytewire_model=" + name,
                       "-a", "settings='power=on input=hdmi2'")
    assert '"input": {\n            "state": "hdmi2"' in done.stdout, done.stdout + done.stderr


def test_the_commands_of_the_guide_to_scale(ansible, emulator):
    """Under its inventory, but for the gateways, of which there are none here; two televisions stand for each site's."""
    displays = emulator("displays", model="lg", host="127.0.0.49", count=2)
    inventory = yaml.safe_load(next(block for block in blocks(text_of("docs/scale.md"), "yaml") if block.startswith("# inventory.yml")))
    del inventory["all"]["hosts"]
    tvs = inventory["all"]["children"]["tvs"]
    for site, address in zip(tvs["children"].values(), ("127.0.0.49", "127.0.0.50")):
        del site["vars"]
        site["hosts"] = {"tv-" + address: {"ansible_host": address}}
    tvs["vars"]["bytewire_port"] = displays.port
    (ansible.folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
    outputs = [succeeds(ansible, shlex.split(line, comments=True)) for line in commands("docs/scale.md")]
    assert len(outputs) == 3 and all("tv-127.0.0.49 is done" in printed for printed in outputs[1:])
    assert re.search(r"^power: +off$", outputs[2], re.MULTILINE) and re.search(r"^input: +unknown$", outputs[2], re.MULTILINE)


def test_the_guide_to_passwords(ansible, emulator):
    emulator("board", host="127.0.0.58", port=17494, password="0123 of the board")
    make_a_vault(ansible)
    inventory = next(block for block in blocks(text_of("docs/passwords.md"), "yaml") if block.startswith("# inventory.yml"))
    (ansible.folder / "inventory.yml").write_text(inventory.replace(BOARD, "127.0.0.58"))
    del ansible.environment["ANSIBLE_INVENTORY"]
    switch, view = list(commands("docs/passwords.md"))[-2:]
    assert '"changed": true' in succeeds(ansible, shlex.split(switch)) and "0123 of the board" in succeeds(ansible, shlex.split(view))
    for path in (ansible.folder / "group_vars" / "all" / "vault.yml", ansible.folder / "home" / ".vault-password"):
        assert path.stat().st_mode & 0o077 == 0 and "board" not in path.read_text()


def test_the_playbook_displays_says_which_failed(ansible, emulator):
    display = emulator("display", model="lg", host="127.0.0.49")
    ansible.hosts({"tv1": {"ansible_host": "127.0.0.49"}, "tv2": {"ansible_host": "127.0.0.50"}}, bytewire_model="lg", bytewire_port=display.port)
    done = ansible.run("ansible-playbook", "bytewire.devices.displays", "-e", "target=all", "-e", "power=on")
    assert done.returncode == 2 and re.search(r"tv1 +on +\w+ +\d+", done.stdout), done.stdout + done.stderr
    assert "FAILED (1)" in done.stdout and "Failed; see the table." in done.stdout + done.stderr


def test_the_guide_to_the_emulator(ansible, free_port):
    mails, port = ansible.folder / "mails", str(free_port())
    journal = str(ansible.folder / "board.log")
    for block in blocks(text_of("docs/emulator.md"), "yaml"):
        named = re.match(r"# (\w+\.yml)\n", block)
        if named:
            (ansible.folder / named.group(1)).write_text(block.replace("tv[001:304]", "tv[198:203]"))
    for line in commands("docs/emulator.md"):
        command = shlex.split(line.replace("/tmp/board.log", journal).replace("/tmp/mails", str(mails)).replace("2525", port))
        done = ansible.run(*command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        if command[0] == "tail":
            assert '"what": "relays.read", "bytes": "24"' in done.stdout and '"event": "close"' in done.stdout
    assert "Subject: Relay 2 of 127.0.0.1 is powered on" in next(mails.glob("*.eml")).read_text()
    assert nobody_is_left(ansible)


def test_the_examples_of_the_emulator(ansible):
    for number, block in enumerate(block for block in blocks(text_of("docs/emulator.md"), "yaml") if block.startswith("- name: ")):
        task, = yaml.safe_load(block)
        options = dict(task["bytewire.devices.emulator"], name="guide", host=f"127.0.0.{51 + number}")
        for state in ({}, {"state": "stopped"}):
            code, result, printed = ansible.task("localhost", "emulator", dict(options, **state))
            assert code == 0 and result["changed"], printed
            if "projector" in task["name"] and not state:
                switches_the_projector_on(ansible, options)


def switches_the_projector_on(ansible, options):
    """Through its being busy, and warming up; the second task is not turned away."""
    address = {"host": options["host"], "model": options["model"]}
    for changed in (True, False):
        code, result, printed = ansible.task("localhost", "settings", dict(address, settings={"power": "on"}, trace=True))
        assert code == 0 and result["changed"] is changed and result["settings"]["power"]["state"] == "on", printed
        heard = [exchange.get("received") for exchange in result["trace"]]
        assert changed == (b"WAIT\r".hex(" ").upper() in str(heard)) == (b"P=2\r".hex(" ").upper() in str(heard)), heard


@pytest.mark.parametrize("fault, rung, code", [
    ({"fault": "drop_reply", "on": ["pulse"], "times": 1}, 1, 2), ({"fault": "silent", "on": ["identify"], "times": 1}, 1, 0)])
def test_what_is_rung_once_more(ansible, emulator, fault, rung, code):
    """The example of the guide to reliability: unverified is not repeated, and what surely did not happen is."""
    board = emulator("board", model="eth008", host="127.0.0.57", faults=[fault])
    task = next(block for block in blocks(text_of("docs/reliability.md"), "yaml") if "Ring the bell" in block)
    ansible.hosts({"door": {"ansible_host": "127.0.0.57"}}, bytewire_model="eth008", bytewire_port=board.port, bytewire_timeout=3, bytewire_retries=0)
    done = ansible.play(yaml.safe_load(task.replace("delay: 5", "delay: 0")))
    assert done.returncode == code, done.stdout + done.stderr
    assert len(board.writes()) == rung


@pytest.mark.skipif(not os.path.isdir(os.path.join(CHECKOUT, ".git")), reason="no checkout of git, which is installed from")
def test_installing_and_upgrading(ansible, emulator):
    """As docs/upgrade.md says, with this checkout at the address of git; then the import of its example, by what a collection must do with alone."""
    requirements, image, playbook = blocks(text_of("docs/upgrade.md"), "yaml")
    galaxy = yaml.safe_load(text_of("galaxy.yml"))
    installed = ansible.folder / "fresh" / "ansible_collections" / "bytewire" / "devices"
    board = emulator(host="127.0.0.58", initial={"relays": [2]})
    subprocess.run(["tests/tools/copy-tree", ansible.folder / "tree"], cwd=CHECKOUT, check=True)
    succeeds(ansible, ["ansible-galaxy", "collection", "build", "tree"])

    def ours(text):
        return text.replace(".git,main", ".git,HEAD").replace("version: main", "version: HEAD").replace(galaxy["repository"] + ".git", f"file://{CHECKOUT}")

    (ansible.folder / "collections" / "requirements.yml").write_text(ours(requirements))
    trusted = {"ANSIBLE_COLLECTIONS_PATH": str(ansible.folder / "fresh"), "GIT_CONFIG_COUNT": "1",
               "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    dummy, tarball, git, listed = commands("docs/upgrade.md")
    for command in (git, listed, tarball):
        printed = succeeds(ansible, [*shlex.split(ours(command), comments=True), "--force"], **trusted)
        assert f"bytewire.devices:{galaxy['version']} was installed successfully" in printed
    for part in installed.iterdir():
        if part.is_file():
            part.unlink()
        elif part.name not in ("meta", "playbooks", "plugins", "roles"):
            shutil.rmtree(part)
    ansible.hosts({"garage": {"ansible_host": "127.0.0.58", "bytewire_port": board.port, "bytewire_relays": {"backup_disk": 2}}, "shed": {}})
    (ansible.folder / "nightly.yml").write_text(playbook)
    assert "Relay 2 (backup_disk) of garage is powered off" in succeeds(ansible, ["ansible-playbook", "nightly.yml"], **trusted)
    assert board.writes() == ["21 02 00"]
    (ansible.folder / "image.yml").write_text(image)
    succeeds(ansible, ["ansible-builder", "create", "-f", "image.yml"])

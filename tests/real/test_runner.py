# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-runner transmit | worker | process, the way AWX sends jobs over its mesh, and what the execution environment is built from."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys

import pytest
import yaml

from ansible_collections.bytewire.devices.tests.guides import CHECKOUT, text_of

PASSWORD = "Hk4-secret-of-the-boards"
COUNT = 200


@pytest.fixture
def mesh(ansible):
    """Run a playbook as a job of a mesh: {rc, stdout, events, everything} of what comes back."""
    if importlib.util.find_spec("ansible_runner") is None:
        pytest.skip("ansible-runner is not installed (see requirements/test.txt)")

    def run(playbook, inventory, **extra):
        sent, returned = ansible.folder / "sent", ansible.folder / "returned"
        for path, content in (("project/site.yml", [{"import_playbook": playbook}]), ("inventory/hosts.json", inventory), ("env/extravars", extra)):
            (sent / path).parent.mkdir(parents=True, exist_ok=True)
            (sent / path).write_text(json.dumps(content))
        commands = [["transmit", sent, "-p", "site.yml"], ["worker"], ["process", returned]]
        stream = b""
        for command in commands:
            done = subprocess.run([sys.executable, "-m", "ansible_runner", *map(str, command)], input=stream, env=ansible.environment, cwd=ansible.folder,
                                  capture_output=True, timeout=600, check=False)
            assert done.stdout or command[0] == "process", (command, done.stderr)
            stream = done.stdout
        artifacts = returned / "artifacts"
        return {"rc": int((artifacts / "rc").read_text()), "stdout": (artifacts / "stdout").read_text(),
                "events": [json.loads(path.read_text()) for path in (artifacts / "job_events").glob("*.json")],
                "everything": "".join(path.read_text() for path in artifacts.rglob("*") if path.is_file())}
    return run


def boards(emulator, **options):
    board = emulator(host="127.9.6.1", count=COUNT, **options)
    return {"all": {"hosts": {f"board{number}": {"ansible_host": f"127.9.6.{number}"} for number in range(1, COUNT + 1)},
                    "vars": {"bytewire_model": "eth008", "bytewire_port": board.port, "bytewire_relays": {"disk": 2}}}}


def test_a_fleet_over_the_mesh(mesh, emulator):
    """Artifacts hold every host, and no password."""
    inventory = boards(emulator, password=PASSWORD)
    inventory["all"]["vars"]["bytewire_password"] = PASSWORD
    job = mesh("bytewire.devices.fleet", inventory, target="all", module="relay", options={"relay": "disk", "state": "on"})
    assert job["rc"] == 0, job["stdout"]
    result, = [event["event_data"]["res"] for event in job["events"] if event["event"] == "runner_on_ok" and event["event_data"]["task"] == "Run the fleet"]
    assert sorted(result["hosts"]) == sorted(inventory["all"]["hosts"])
    assert all(host["changed"] and host["relays"]["2"] == {"name": "disk", "state": "on", "was": "off"} for host in result["hosts"].values())
    assert result["summary"]["changed"] == COUNT and "All 200 devices are done, 200 were changed" in job["stdout"]
    assert PASSWORD not in job["everything"]


def test_a_fleet_that_fails_over_the_mesh(mesh, emulator):
    inventory = boards(emulator, faults=[{"fault": "lie"}])
    inventory["all"]["hosts"]["absent"] = {"ansible_host": "127.9.7.1"}
    job = mesh("bytewire.devices.fleet", inventory, target="all", module="relay", options={"relay": "disk", "state": "on"})
    assert job["rc"] == 2 and "201 of 201 devices failed" in job["stdout"]
    assert "Not seen to have happened (200)" in job["stdout"] and "Cannot be reached (1)" in job["stdout"]
    told, = [event["event_data"]["res"] for event in job["events"] if event["event"] == "runner_on_ok" and event["event_data"]["task"] == "Run the fleet"]
    assert len(told["failed_hosts"]) == COUNT + 1


def test_the_demo_over_the_mesh(mesh):
    job = mesh("bytewire.devices.demo", {})
    assert job["rc"] == 0, job["stdout"]
    assert "Subject: External WD USB disk is powered off" in job["stdout"] and "Subject: External WD USB disk is not powered off" in job["stdout"]


def test_the_execution_environment(tmp_path):
    """ansible-builder takes the definition, and what it would copy is the whole collection."""
    builder = shutil.which("ansible-builder", path=os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"])
    if builder is None:
        pytest.skip("ansible-builder is not installed (pip install ansible-builder)")
    definition, context = os.path.join(CHECKOUT, "execution-environment.yml"), tmp_path / "context"
    done = subprocess.run([builder, "create", "-f", definition, "-c", str(context)], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    copied = context / "_build" / "collection"
    assert {path.name for path in copied.iterdir()} >= {"galaxy.yml", "README.md", "LICENSE", "meta", "playbooks", "plugins", "roles"}
    assert (copied / "plugins" / "modules" / "fleet.py").is_file() and (copied / "playbooks" / "fleet.yml").is_file()


def test_what_the_collection_asks_of_an_execution_environment():
    """Files that it names are there, and everything that a folder of the collection holds is copied."""
    asked = yaml.safe_load(text_of("meta", "execution-environment.yml"))
    assert asked["version"] == 1 and os.path.isfile(os.path.join(CHECKOUT, asked["dependencies"]["python"]))
    sources = {entry["src"] for entry in yaml.safe_load(text_of("execution-environment.yml"))["additional_build_files"]}
    assert all(os.path.exists(os.path.join(CHECKOUT, source)) for source in sources)
    assert {"galaxy.yml", "meta", "playbooks", "plugins", "roles"} <= sources

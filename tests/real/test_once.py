# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ssh repeats what it sent when its session breaks: on the gateway nothing is done twice."""

from __future__ import annotations

import json
import os
import signal
import threading
import time

import pytest
from aiosmtpd.controller import Controller

from ansible_collections.bytewire.devices.tests.ports import free_port
from ansible_collections.bytewire.devices.tests.real.test_gateway import gateway, show, task  # noqa: F401, pylint: disable=unused-import
from ansible_collections.bytewire.devices.tests.servers import Line

PULSE = b"\x20\x01\x05"
COMMAND = b"\x1bLOAD 3\r"


class Cut:
    """Cuts the ssh sessions of a server the first time that it is told that the bytes are in."""

    def __init__(self, server):
        self.server, self.times = server, 0

    def __call__(self):
        self.times += 1
        for pid in children_of(self.server.pid) if self.times == 1 else ():
            os.kill(pid, signal.SIGKILL)


def children_of(parent):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                if int(file.read().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(pid))
        except OSError:
            continue  # it is gone
    return found


@pytest.fixture
def cut(openssh):
    return Cut(openssh[0])


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "gateway"
    folder.mkdir()
    return folder


class Device(Line):
    """An eth008 whose relays stay off, and a unit that takes commands; its answer to what it shall do comes so many seconds after the cut."""

    ANSWERS = {b"\x10": b"\x13\x01\x05", b"\x24": b"\x00", PULSE: b"\x00", COMMAND: b"LOADED 3\x00"}

    def __init__(self, cut, seconds):
        self.cut, self.seconds, self.over = cut, seconds, threading.Event()
        super().__init__(Device.hear)

    def hear(self, data):
        if data not in self.ANSWERS:
            return
        if data in (PULSE, COMMAND):
            self.cut()
            self.over.wait(self.seconds)
        self.say(self.ANSWERS[data])

    def close(self):
        self.over.set()
        super().close()


def run(ansible, tmp_path, home, done, retries=3, **host):
    """The result of a task that the gateway does, retried by ssh; what else its host needs comes as variables."""
    ansible.hosts({"garage": {"ansible_host": "127.0.0.1", "bytewire_timeout": 20}, "gateway": dict(host, ansible_ssh_retries=retries)})
    done = dict(done, delegate_to="gateway", environment={"HOME": str(home)}, ignore_errors=True)
    played = ansible.play([done, show(tmp_path, "outcome.json")], "--limit", "garage")
    assert played.returncode == 0, played.stdout + played.stderr
    return json.loads((tmp_path / "outcome.json").read_text())


TASKS = {
    "relay": ("relay", {"relay": 1, "state": "pulsed", "duration": 0.5, "verify": False, "model": "eth008"}, PULSE),
    "command": ("command", {"command": "LOAD 3"}, COMMAND),
    "send": ("send", {"data": "1B 4C 4F 41 44 20 33 0D", "expect": "4C 4F 41 44 45 44 20 33 00"}, COMMAND),
    "fleet": ("fleet", {"module": "command", "options": {"command": "LOAD 3"}, "hosts": ["garage"]}, COMMAND),
}


@pytest.mark.parametrize("module, seconds, pipelining", [
    *((module, 1.5, True) for module in TASKS), ("command", 0.0, True), ("relay", 0.0, False), ("fleet", 1.5, False)])
def test_a_task_that_ssh_sends_again_is_done_once(ansible, closed, cut, gateway, home, module, pipelining, seconds, tmp_path):  # noqa: F811
    device = closed(Device(cut, seconds))
    name, options, data = TASKS[module]
    more = {"options": dict(options["options"], port=device.port)} if module == "fleet" else {"port": device.port}
    result = run(ansible, tmp_path, home, task("do it", name, dict(options, **more)), **gateway, ansible_pipelining=pipelining)
    assert device.received.count(data) == 1 and cut.times == 1
    assert result["changed"] is True and not result.get("failed"), result
    assert any("ssh began this task a second time. It was done once" in warning for warning in result["warnings"]), result


class Mailbox:
    """What an SMTP server took; its answer to a message comes so many seconds after the cut."""

    def __init__(self, cut, seconds):
        self.cut, self.seconds, self.messages = cut, seconds, []

    async def handle_DATA(self, dummy_server, dummy_session, envelope):
        self.messages.append(envelope.content)
        self.cut()
        time.sleep(self.seconds)
        return "250 kept"


@pytest.mark.parametrize("seconds, spooled", [(0.0, False), (1.5, False), (1.5, True)])
def test_a_mail_that_ssh_sends_again_is_sent_once(ansible, closed, cut, gateway, home, seconds, spooled, tmp_path):  # noqa: F811
    mailbox = Mailbox(cut, seconds)
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    server.start()
    closed(server, "stop")
    options = {"host": "127.0.0.1", "port": server.port, "encryption": "none", "from": "a@example.org", "to": ["b@example.org"], "subject": "Load 3",
               "body": "LOADED 3", **({"spool": str(home / "spool")} if spooled else {})}
    result = run(ansible, tmp_path, home, task("mail", "mail", options), **gateway)
    assert len(mailbox.messages) == 1 and result["message_id"].encode() in mailbox.messages[0]
    assert result["changed"] is True and result["delivered"] == ["b@example.org"] and result["left_in_spool"] == 0, result


def processes_of(folder):
    """The processes whose home is this folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if f"HOME={folder}".encode() in file.read().split(b"\0"):
                    found.append(int(pid))
        except OSError:
            continue  # it is gone
    return found


@pytest.mark.parametrize("module, retries", [("relay", 3), ("command", 0), ("fleet", 3), ("fleet", 0)])
def test_what_was_killed_on_the_gateway_is_not_begun_again(ansible, closed, gateway, home, module, openssh, retries, tmp_path):  # noqa: F811
    class Killing(Cut):
        def __call__(self):
            there = [] if self.times else processes_of(home)
            super().__call__()
            for pid in there:
                os.kill(pid, signal.SIGKILL)

    device = closed(Device(Killing(openssh[0]), 0.0))
    name, options, data = TASKS[module]
    more = {"options": dict(options["options"], port=device.port)} if module == "fleet" else {"port": device.port}
    result = run(ansible, tmp_path, home, task("do it", name, dict(options, **more)), retries, **gateway)
    assert device.received.count(data) == 1
    assert result["changed"] is True and result["failed"] and result["error"]["outcome"] == "unknown", result
    if module == "fleet":
        assert result["hosts"]["garage"]["changed"] is True and result["hosts"]["garage"]["error"]["outcome"] == "unknown"
    if retries:
        assert result["error"]["kind"] == "unverified" and "It is not begun again" in result["msg"]
    else:
        assert result["error"]["kind"] == "unreachable" and "It had begun there" in result["msg"]


def test_what_ansibles_timeout_ends_may_have_happened(ansible, closed, cut, gateway, home, tmp_path):  # noqa: F811
    cut.times = 1  # the session stands
    device = closed(Device(cut, 30))
    name, options, dummy = TASKS["command"]
    result = run(ansible, tmp_path, home, task("do it", name, dict(options, port=device.port, timeout=60), timeout=6), **gateway)
    assert (result["failed"], result["changed"], result["error"]) == (True, True, {"kind": "unreachable", "stage": "gateway", "outcome": "unknown"}), result
    assert "Timed out after 6" in result["msg"] and "It may have begun there" in result["msg"]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event sources in a real ansible-rulebook: docs/react.md, run as it stands but for its ports of mail and calls, and its /tmp."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import time

import pytest

from ansible_collections.bytewire.devices.tests.guides import CHECKOUT, blocks, text_of
from ansible_collections.bytewire.devices.tests.waiting import until

TOOL = shutil.which("ansible-rulebook", path=os.path.join(CHECKOUT, ".work", "rulebook", "bin") + os.pathsep + os.environ["PATH"])
SECONDS = 90

pytestmark = [
    pytest.mark.skipif(TOOL is None, reason="ansible-rulebook is not installed (make rulebook does that)"),
    pytest.mark.skipif(shutil.which("java") is None, reason="ansible-rulebook needs Java 17 (Debian: openjdk-17-jre-headless)"),
]


class Rulebook:
    """An ansible-rulebook that runs; what it printed is in log."""

    def __init__(self, ansible, command):
        self.path = ansible.folder / "rulebook.log"
        environment = dict(ansible.environment, PATH=os.path.dirname(TOOL) + os.pathsep + ansible.environment["PATH"], PYTHONUNBUFFERED="1",
                           ANSIBLE_NOCOLOR="1", TMPDIR=str(ansible.folder))
        with open(self.path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, cwd=ansible.folder, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT, start_new_session=True)

    @property
    def log(self):
        return self.path.read_text(encoding="utf-8", errors="replace")

    def until(self, condition):
        until(lambda: condition() or self.process.poll() is not None, SECONDS, lambda: self.log)
        assert self.process.poll() is None, self.log

    def stop(self):
        """Interrupt it, as Ctrl-C does; seconds until it was gone."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(SECONDS)
        return time.monotonic() - started

    def end(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def rulebook(ansible, closed):
    return lambda command: closed(Rulebook(ansible, command), "end")


class Guide:
    """The guide with its files written and its ports and folder replaced; its emulated devices are stopped in the end."""

    def __init__(self, ansible, free_port):
        self.ansible, self.started = ansible, set()
        text = text_of("docs", "react.md").replace("/tmp/", str(ansible.folder) + "/")
        for port in ("2525", "9101", "9102"):
            text = re.sub(rf"\b{port}\b", str(free_port()), text)
        for name, block in re.findall(r"^```yaml\n(?=# (\S+)\n)(.*?)^```", text, re.DOTALL | re.MULTILINE):
            (ansible.folder / name).write_text(block)
        self.commands = [shlex.split(line) for block in blocks(text, "sh") for line in block.splitlines() if line.startswith("ansible")]

    def run(self, *words):
        """Run the one command that has these words in it."""
        done = self.ansible.run(*self.find(*words))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def find(self, *words):
        found = [command for command in self.commands if all(word in " ".join(command) for word in words)]
        assert len(found) == 1, (words, found)
        return found[0]

    def start(self, name):
        self.started.add(name)
        return self.run(f'"name": "{name}"', '"m')  # model, or mail

    def stop(self, name):
        self.ansible.task("localhost", "emulator", {"name": name, "state": "stopped"})
        self.started.discard(name)

    def journal(self, name):
        path = self.ansible.folder / (name + ".log")
        return path.read_text() if path.exists() else ""


@pytest.fixture
def guide(ansible, free_port):
    made = Guide(ansible, free_port)
    yield made
    for name in list(made.started):
        made.stop(name)


def test_an_input_turns_a_relay_on_and_mails(ansible, guide, rulebook):
    for name in ("garage", "mail"):
        guide.start(name)
    running = rulebook(guide.find("relay_on_input"))
    running.until(lambda: '"what": "inputs"' in guide.journal("garage"))
    guide.run('"change": {"inputs": [3]}')
    mails = ansible.folder / "mails"
    running.until(lambda: mails.exists() and list(mails.glob("*.eml")))
    mail, = mails.glob("*.eml")
    assert "Subject: Relay 1 of garage is powered on" in mail.read_text()
    assert '"event": "relay", "relay": 1, "state": "on"' in guide.journal("garage")

    guide.stop("garage")
    running.until(lambda: "lost: " in running.log)
    time.sleep(1)  # five polls more
    guide.start("garage")
    running.until(lambda: "returned: " in running.log)
    time.sleep(1)
    said = [line for line in running.log.splitlines() if line.startswith(("lost: ", "returned: "))]
    assert len(said) == 2, said
    assert said[0].startswith("lost: garage (127.0.0.81:17494) cannot be reached: ") and said[1].startswith("returned: garage, after ")

    assert running.stop() < 20
    assert "Traceback" not in running.log and "Error" not in running.log, running.log
    assert guide.journal("garage").rstrip().splitlines()[-1].count('"event": "close"') == 1  # it left, and the board knows


def test_a_call_starts_a_command(guide, rulebook):
    guide.start("unit")
    running = rulebook(guide.find("command_on_call"))

    def called():
        return '"reply": "OK"' in guide.ansible.run(*guide.find('"state": "called"')).stdout

    running.until(called)  # the first calls may find nobody there yet
    running.until(lambda: '"what": "command"' in guide.journal("unit"))
    assert '"bytes": "1B 53 54 41 54 55 53 0D"' in guide.journal("unit")
    running.until(lambda: re.search(r"unit7 +STATUS +READY", running.log))
    assert running.stop() < 20
    assert "Traceback" not in running.log, running.log


def test_rules_of_ones_own(ansible, guide, rulebook):
    for host in (81, 83):
        name = f"board{host}"
        guide.started.add(name)
        assert ansible.task("localhost", "emulator", {"name": name, "model": "eth484", "host": f"127.0.0.{host}",
                                                      "journal": str(ansible.folder / (name + ".log"))})[0] == 0
    (ansible.folder / "secret.yml").write_text("attic_password: sesame\n")
    running = rulebook(["ansible-rulebook", "--rulebook", "watch_two.yml", "-i", "inventory.yml", "--vars", "secret.yml"])
    running.until(lambda: all('"what": "inputs"' in guide.journal(name) for name in ("board81", "board83")))
    ansible.task("localhost", "emulator", {"name": "board81", "state": "changed", "change": {"relays": [1]}})
    running.until(lambda: "garage: who is there?" in running.log)
    assert running.stop() < 20


def test_alarms_of_an_own_profile(ansible, guide, rulebook):
    page = re.search(r"model:\n(.*?)\n  rules:", (ansible.folder / "listen_alarms.yml").read_text(), re.DOTALL).group(1)
    assert "ALARM {zone:d}" in page
    port = int(re.search(r"port: (\d+)", (ansible.folder / "listen_alarms.yml").read_text()).group(1))
    profile = {"notation": "text", "info": {"alarm": {"send": "ALARM {zone:d} {state:text}\r\n", "reply": "ACK\r\n"}}}
    guide.started.add("panel")
    assert ansible.task("localhost", "emulator", {"name": "panel", "model": profile, "host": "127.0.0.84", "port": port})[0] == 0
    running = rulebook(["ansible-rulebook", "--rulebook", "listen_alarms.yml", "-i", "inventory.yml"])

    def called():
        call = {"port": port, "message": "alarm", "fields": {"zone": 7, "state": "smoke"}}
        return ansible.task("localhost", "emulator", {"name": "panel", "state": "called", "call": call})[0] == 0

    running.until(called)
    running.until(lambda: "127.0.0.84: zone 7 is smoke" in running.log)
    assert running.stop() < 20


def test_what_is_wrong_is_said(ansible, guide, rulebook):
    (ansible.folder / "react.yml").write_text("boards: {garage: {host: 127.0.0.81, model: eth009}}\ninput: door\nrelay: 1\n")
    running = rulebook(guide.find("relay_on_input"))
    assert running.process.wait(SECONDS) != 0 and "watch: garage: there is no profile 'eth009'" in running.log

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices and mail servers that send control characters: none of them comes out of a module, playbook, mail, journal or log."""

from __future__ import annotations

import email
import email.policy
import json
import os
import re
import subprocess
import sys

import pytest

from ansible_collections.bytewire.devices.tests.guides import CHECKOUT
from ansible_collections.bytewire.devices.tests.ports import free_port
from ansible_collections.bytewire.devices.tests.real.conftest import Ansible
from ansible_collections.bytewire.devices.tests.real.hostile import PAGE, refuses, tasks
from ansible_collections.bytewire.devices.tests.servers import Line
from ansible_collections.bytewire.devices.tests.unit.plugins.module_utils._mail.mail_help import ScriptedServer, smtp

SAID = b"\x1b]0;gone\x07\r\nPLAY RECAP ****\r\x85\x9b2J\x7f\xe2\x80\xae"
IN_WORDS = r"\e]0;gone\x07\r\nPLAY RECAP ****\r\x85\x9b2J\x7f"
MAIL_SAID = "\x1b]0;gone\x07\rPLAY RECAP ****\r\u0085\u009b2J\x7f\0\u202e\u2066\u2028."
MAIL_IN_WORDS = r"\e]0;gone\x07\rPLAY RECAP ****\r\x85\x9b2J\x7f\0\u202e\u2066\u2028."
C0 = "\0-\x09\x0b-\x1f"
RAW = re.compile(f"[{C0}\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
LEFT_BY_ANSIBLE = re.compile("[\x7f-\x9f]")  # in values of results as JSON, which docs/reliability.md tells


def babbles(line, data):
    line.say(SAID + b"\0")


class InUse(Line):
    """A serial server whose port is taken; it says so, and more."""

    def __init__(self):
        super().__init__(babbles)

    def serve(self, client):
        client.sendall(b"Port already in use" + SAID)
        client.recv(4096)


class Exact(Ansible):
    """What it prints is not read as lines: a CR stays one."""

    def run(self, *arguments, **environment):
        done = subprocess.run(list(map(str, arguments)), cwd=self.folder, env=dict(self.environment, **environment), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=120, check=False)
        done.stdout, done.stderr = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        return done


@pytest.fixture
def ansible(tmp_path):
    return Exact(tmp_path)


@pytest.fixture
def hosts(ansible, closed):
    """Devices of every such kind, in the inventory."""
    lines = {"refuses": Line(refuses(SAID)), "babbles": Line(babbles), "greets": Line(refuses(SAID), kept=SAID), "in_use": InUse(),
             "another": Line(refuses(SAID))}
    for line in lines.values():
        closed(line)
    made = {name: {"ansible_host": "127.0.0.1", "bytewire_port": line.port} for name, line in lines.items()}
    made["another"]["bytewire_model"] = {**PAGE, "is": {"name": "x"}}
    ansible.hosts(made, bytewire_model=PAGE, bytewire_timeout=0.6, bytewire_retries=0, bytewire_settle=0, bytewire_latest=0.1)
    return made


def printed(done, allowed=None):
    """What a run printed, of which nothing is raw."""
    text = done.stdout + done.stderr
    checked = text if allowed is None else allowed.sub("", text)
    found = RAW.search(checked)
    assert not found, (found, checked[max(found.start() - 300, 0):found.end() + 50])
    assert not re.search(r"^PLAY RECAP \*\*\*\*\s*$", text, re.MULTILINE)
    return text


def mails(folder):
    """(subject, all parts as text) of each mail that was received, of which nothing is raw."""
    found = []
    for path in sorted(folder.glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        parts = "\n".join(part.get_content() for part in message.walk() if part.get_content_maintype() == "text").replace("\r\n", "\n")
        assert not RAW.search(message["subject"] + parts), parts
        found.append((message["subject"], parts))
    return found


def is_clean(path):
    """The text of a journal or a log, of which nothing is raw."""
    text = path.read_bytes().decode("utf-8")
    assert text and not RAW.search(text), text
    return text


@pytest.fixture
def mail(ansible, emulator):
    """A mail server that keeps what it gets: (its folder, the variables of role notify)."""
    pytest.importorskip("aiosmtpd")
    folder = ansible.folder / "mails"
    sink = {"port": free_port(), "directory": str(folder)}
    emulator("sink", mail=sink)
    return folder, {"notify_mail_host": "127.0.0.1", "notify_mail_port": sink["port"], "notify_mail_encryption": "none",
                    "notify_mail_from": "relays@example.org", "notify_mail_to": "you@example.org", "notify_when": "always"}


@pytest.mark.parametrize("flags, form, allowed", [([], "json", None), (["-v"], "json", LEFT_BY_ANSIBLE), (["-v"], "yaml", None)])
def test_every_module(ansible, hosts, flags, form, allowed):
    text = printed(ansible.play(list(tasks()), *flags, ANSIBLE_CALLBACK_RESULT_FORMAT=form), allowed)
    said = IN_WORDS.replace("\\", "\\\\") if form == "json" else IN_WORDS
    for words in ("refused to switch relay 1 on (code ", "refused 'STATUS': it answered '", "identifies as a board that no profile knows (name "):
        assert words + said in text or form == "yaml"
    lines = [json.loads(line) for line in is_clean(ansible.folder / "journal").splitlines()]
    assert any(IN_WORDS in line["msg"] for line in lines if line.get("outcome") == "failed")


def test_the_values_of_a_result_stay_as_they_came(ansible, hosts):
    result = ansible.task("refuses", "command", {"command": "STATUS"})[1]
    assert result["reply"] == SAID.decode("latin-1")
    result = ansible.task("refuses", "device_info", {})[1]
    assert result["identity"]["name"] == result["information"]["panel"] == SAID.decode("latin-1")


@pytest.mark.parametrize("flags, form", [([], "json"), (["-v"], "yaml")])
def test_every_playbook(ansible, hosts, mail, flags, form):
    folder, variables = mail
    ansible.hosts(hosts, bytewire_model=PAGE, bytewire_timeout=0.6, bytewire_retries=0, bytewire_settle=0, bytewire_latest=0.1, **variables)

    def play(name, **extra):
        given = json.dumps({"target": "all", **extra})
        return printed(ansible.run("ansible-playbook", f"bytewire.devices.{name}", "-e", given, *flags, ANSIBLE_CALLBACK_RESULT_FORMAT=form))

    assert IN_WORDS in play("command", command="STATUS")
    assert IN_WORDS in " ".join(play("command", command="STATUS", refuse="PLAY").split())
    play("status")
    play("displays")
    play("displays", power="7")
    play("switch", relay=1, state="on", device="The pump")
    play("fleet", module="relay", options="relay=1,state=on", fleet_journal=str(ansible.folder / "journal"))
    play("fleet", module="command", options="command=STATUS")
    found = mails(folder)
    assert len(found) == 3 and IN_WORDS in " ".join(found[0][1].split()) and "reply: " + IN_WORDS in " ".join(found[2][1].split())
    is_clean(ansible.folder / "journal")


def test_a_page_is_checked(ansible):
    """A page may say control characters, in its bytes as in its words."""
    folder = ansible.folder / "bytewire_profiles"
    folder.mkdir()
    answer = "".join(f"\\x{byte:02x}" for byte in SAID)
    page = {**PAGE, "identify": {"send": "ID\\r", "reply": f"ID {answer}{{name:any}}\\0"},
            "emulator": {"name": "x", "panel": "y", "replies": {"STATUS": "\x9b2J"}}}
    del page["name"], page["refused"]
    (folder / "shed.yml").write_text(json.dumps(page))
    text = printed(ansible.run("ansible-playbook", "bytewire.devices.check_profile", "-e", "profile=shed"))
    shown = "".join(line.split("  ")[-1].strip() for line in text.splitlines())
    assert r"\e]0;gone\x07\r\nPLAY" in shown, shown
    (folder / "shed.yml").write_text(json.dumps({**page, "\x1b[2J\x9b\u202e": 1}))
    assert r"\\e[2J\\x9b\\u202e" in printed(ansible.run("ansible-playbook", "bytewire.devices.check_profile", "-e", "profile=shed"))


REFUSALS = [
    {"greeting": f"421 {MAIL_SAID}"}, {"greeting": f"220 {MAIL_SAID}", "ehlo": f"550 {MAIL_SAID}", "helo": f"550 {MAIL_SAID}"}, {"mail": f"550 {MAIL_SAID}"},
    {"rcpt": f"550 {MAIL_SAID}"}, {"data": f"451 {MAIL_SAID}"}, {"message": f"550 {MAIL_SAID}"}, {"message": f"900 {MAIL_SAID}"},
    {"mail": f"199 {MAIL_SAID}"}, {"greeting": f"    {MAIL_SAID}"},
]


@pytest.mark.parametrize("flags", [[], ["-v"]])
def test_a_mail_server(ansible, closed, flags):
    """In the result, in a warning about an earlier message, in the trace, and in the spool."""
    servers = [closed(ScriptedServer(smtp(**replies))) for replies in REFUSALS]
    ansible.hosts({f"mail{number}": {"smtp": server.port, "ansible_connection": "local"} for number, server in enumerate(servers)})
    spool = ansible.folder / "spool"
    task = {"bytewire.devices.mail": {"host": "127.0.0.1", "port": "{{ smtp }}", "encryption": "none", "sender": "a@example.org", "to": ["b@example.org"],
                                      "subject": "x", "body": "y", "spool": f"{spool}/{{{{ inventory_hostname }}}}", "timeout": 5, "trace": True},
            "ignore_errors": True}
    text = printed(ansible.play([task, task], *flags))
    for number in range(len(servers)):
        results = re.findall(rf"^fatal: \[mail{number}\]: FAILED! => (.*)$", text, re.MULTILINE)
        assert len(results) == 2 and all(MAIL_IN_WORDS in json.loads(result)["msg"] for result in results)
    for path in spool.rglob("*.eml"):
        assert not RAW.search(path.read_bytes().decode("utf-8").replace("\r\n", "\n"))


def test_a_device_that_is_called(ansible, emulator, closed):
    """The answer to an emulator's call is a value of the result; in the journal it is escaped."""
    board = emulator(model=PAGE)
    line = closed(Line(refuses(SAID)))
    call = {"host": "127.0.0.1", "port": line.port, "message": "panel", "timeout": 1}
    ansible.hosts({"localhost": {"ansible_connection": "local"}})
    task = {"bytewire.devices.emulator": {"name": "board", "state": "called", "call": call}, "ignore_errors": True}
    printed(ansible.play([task]))
    printed(ansible.play([task], "-v"), LEFT_BY_ANSIBLE)
    assert [entry["fields"] for entry in board.journal() if entry["event"] == "answer"] == [{"panel": SAID.decode("latin-1")}] * 2
    is_clean(board.path)


def test_a_scheduled_run(ansible, emulator, mail):
    """Its log, its journal and the mail about it, whatever it prints."""
    folder, variables = mail
    entry = ansible.folder / "night"
    entry.mkdir()
    log = ansible.folder / "night.log"
    (ansible.folder / "vars.json").write_text(json.dumps(variables))
    code = f"import sys; sys.stdout.buffer.write({SAID + MAIL_SAID.encode()!r} + b'\\n'); sys.exit(3)"
    inventory = ["-i", "localhost,"]
    said = {"name": "night", "command": [sys.executable, "-c", code, "x", "night.yml"], "directory": str(ansible.folder), "random_delay": 0, "time_limit": 60,
            "mail": [sys.executable, "-m", "ansible", "playbook", "bytewire.devices.schedule_failed", *inventory, "-e", f"@{ansible.folder / 'vars.json'}"],
            "environment": ansible.environment}
    program = os.path.join(CHECKOUT, "roles", "schedule", "files", "run.py")
    for kept in ({"path": str(log), "size": 100000, "keep": 2}, None):
        (entry / "entry.json").write_text(json.dumps({**said, "log": kept}))
        done = ansible.run(sys.executable, program, entry)
        text = is_clean(log) if kept else printed(done)
        assert r"\e]0;gone\x07\r" in text and "PLAY RECAP ****" in text and done.returncode == 3
    assert len(mails(folder)) == 2 and all(r"\e]0;gone\x07" in text for dummy, text in mails(folder))
    assert "__pycache__" not in os.listdir(os.path.dirname(program))

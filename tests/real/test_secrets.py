# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A marker in every option that is a secret, and devices and mail servers that say it back in every spelling: nothing that is written anywhere holds it."""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse

import pytest

from ansible_collections.bytewire.devices.tests.real.conftest import IN_THE_VAULT, Ansible
from ansible_collections.bytewire.devices.tests.real.test_ansible import ProcessList
from ansible_collections.bytewire.devices.tests.real.test_fleet import syslog  # noqa: F401, pylint: disable=unused-import
from ansible_collections.bytewire.devices.tests.real.test_gateway import gateway  # noqa: F401, pylint: disable=unused-import
from ansible_collections.bytewire.devices.tests.servers import Server

INI = " An INI inventory takes one pair of quotes away: \"'...'\"."
MARKERS = {
    "device": "Qx7%wKd vZ;41&Wm+e9Rp", "other": "Jy3=hBn tG!58|Lf~u2Sc", "mail": "Vb6#pNs rE?27@Ok^i0Td", "board": "Mz1-cFq-yH-93-Ax-o4Ug",
    "sink": "Gd8_kRw lC:60/Pn,a5Xe", "word": "extron",
}


def spellings(secret):
    """Ways to say it: bytes."""
    data = secret.encode()
    half = len(data) // 2
    return [
        data, data.upper(), data.hex().encode(), data.hex(" ").upper().encode(), data.hex(":").encode(), b", ".join(b"0x%02x" % byte for byte in data),
        *(base64.b64encode(b"x" * before + data + b"tail") for before in range(3)), base64.b64encode(b"\0me\0" + data),
        urllib.parse.quote(secret).encode(), urllib.parse.quote_plus(secret).encode(), b"".join(b"%%%02X" % byte for byte in data),
        "".join(f"\\x{byte:02x}" for byte in data).encode(), json.dumps(secret).encode(), data[:-1], data[1:], data[:-2], data[2:], data[1:-1].hex().encode(),
        data[:half] + b"\t" + data[half:], b"user=" + data[:half] + b" rest=" + data[half:],
    ]


def traces(secret):
    """What is left of one in a text, however it was spelled, in small letters (base64 excepted): a third of it suffices."""
    data, third = secret.encode(), -(-len(secret) // 3)
    parts = [data[start:start + third] for start in range(0, len(data) - third + 1)]
    small = {form for part in parts for form in (
        part.decode().lower(), part.hex(), part.hex(" "), part.hex(":"), ", ".join(f"0x{byte:02x}" for byte in part), urllib.parse.quote(part).lower(),
        "".join(f"%{byte:02x}" for byte in part), "".join(f"\\x{byte:02x}" for byte in part))}
    encoded = {base64.b64encode(bytes(before) + part).decode()[(0, 2, 3)[before]:(before + len(part)) * 8 // 6] for part in parts for before in range(3)}
    return small, encoded


class Echoing(Server):
    """A device that says the password back: in the answer to the login where that is refused, and in the answers to commands, each time spelled otherwise."""

    def __init__(self, secret, refuses=False):
        self.secret, self.refuses, self.asked, self.turns = secret, refuses, 0, itertools.cycle(spellings(secret))
        super().__init__()

    def serve(self, client):
        buffer = b""
        for chunk in iter(lambda: client.recv(4096), b""):
            buffer += chunk
            while b"\r" in buffer:
                line, dummy, buffer = buffer.partition(b"\r")
                self.asked += 1
                said = next(self.turns)
                client.sendall(b"OK\r" if line.startswith(b"PASS ") and not self.refuses else b"ERR " + said + b"\r" if self.refuses else said + b"\r")


class EchoingMail(Server):
    """A mail server that says the password back: it refuses the login, the recipients or the message, or takes all; with each word spelled otherwise."""

    def __init__(self, secret, refuses=""):
        self.refuses, self.turns = refuses, itertools.cycle(spellings(secret))
        super().__init__()

    def serve(self, client):
        file = client.makefile("rwb")

        def say(line):
            file.write(line + b" " + next(self.turns) + b"\r\n")
            file.flush()

        say(b"220 mail")
        for line in iter(file.readline, b""):
            word = line[:4].upper()
            if word == b"EHLO":
                file.write(b"250-mail " + next(self.turns) + b"\r\n250 AUTH PLAIN LOGIN\r\n")
                file.flush()
            elif word == b"DATA":
                say(b"354 go on")
                for text in iter(file.readline, b".\r\n"):
                    assert text
                say(b"550 no" if self.refuses == "data" else b"250 taken")
            elif word == b"QUIT":
                say(b"221 bye")
                return
            else:
                say({b"AUTH": b"535 not" if self.refuses == "login" else b"235 welcome", b"RCPT": b"451 later" if self.refuses == "rcpt" else b"250 ok"}
                    .get(word, b"250 ok"))


PAGE = {
    "name": "echoing", "notation": "text", "port": 1, "login": [{"send": "PASS {password:text}\\r", "reply": "OK\\r", "refused": "NO\\r"}],
    "command": {"send": "{command:text}\\r", "reply": "{reply:any}\\r"}, "identify": {"send": "WHO\\r", "reply": "{serial:any}\\r"},
    "info": {"version": {"send": "VER\\r", "reply": "{version:any}\\r"}, "more": {"send": "MORE\\r", "reply": "{more:any}\\r"}},
}
STRICT = {**PAGE, "name": "strict", "command": {"send": "{command:text}\\r", "reply": "READY {reply:any}\\r"}}


def device_tasks(secret, wrong, **keywords):
    """Each module, in success and failure; wrong is the variable of a password that is refused, with the port of who refuses it."""
    words = f"{{{{ {secret} }}}}"
    common = {"ignore_errors": True, **keywords}
    said = [{"command": f"{{{{ 'SAY {number} ' ~ {secret} }}}}"} for number in range(22)]
    tasks = [
        {"command": {"commands": said}}, {"command": {"command": words, "expect": words}}, {"command": {"command": "X", "refuse": "."}},
        {"command": {"command": "X", "model": STRICT}}, {"command": {"command": "X", "timeout": 0.3, "reply_until": "never"}},
        {"command": {"command": "X\r" + words}}, {"command": {"comand": words}}, {"command": {"command": "X", "model": words}},
        {"command": {"command": "X", "unless": {"command": words, "reply": "."}}},
        {"send": {"data": words + "\\r", "encoding": "text", "idle": 0.1}}, {"send": {"data": f"{{{{ {secret} | b64encode }}}}", "encoding": "base64"}},
        {"send": {"data": words + "\\r", "encoding": "text", "length": 3}}, {"send": {"data": words + "\\r", "encoding": "text", "expect": "no"}},
        {"send": {"data": "58 0D", "pattern": words, "idle": 0.1}},
        {"device_info": {}}, {"device_info": {}}, {"device_info": {}}, {"device_info": {}}, {"ping": {}},
        {"ping": {"password": f"{{{{ {wrong} }}}}", "port": f"{{{{ {wrong}_port }}}}"}}, {"relay": {"relay": 1, "state": "on"}},
        {"settings": {"settings": {"input": words}}},
    ]
    made = [{f"bytewire.devices.{module}": options, **common} for task in tasks for module, options in task.items()]
    return made + [dict(task, check_mode=True, diff=True) for task in made[:4]]


def mail_tasks(folder, ports):
    mail = {"host": "127.0.0.1", "encryption": "none", "allow_plaintext_login": True, "username": "me", "password": "{{ mail }}", "sender": "a@example.com",
            "to": ["b@example.com"], "subject": "x", "body": "y", "trace": True, "timeout": 3}
    tasks = [{**mail, "port": port, "spool": str(folder / f"spool-{name}")} for name, port in ports.items() for dummy in range(2)]
    tasks += [{**mail, "port": port} for port in ports.values()] + [{**mail, "port": 1}, {**mail, "encryption": "starttls", "port": ports["none"]}]
    return [{"bytewire.devices.mail": task, "ignore_errors": True} for task in tasks]


@pytest.fixture
def ansible():
    """In a folder with a short name: the path of Ansible's own socket below it has 107 characters at most."""
    with tempfile.TemporaryDirectory(prefix="bw") as folder:
        yield Ansible(pathlib.Path(folder))


@pytest.fixture
def markers(ansible, closed):
    """Servers that echo, variables of all secrets and ports in a file, and the environment of a run that leaves its files in the folder."""
    devices = {"device": Echoing(MARKERS["device"]), "other": Echoing(MARKERS["other"], refuses=True), "word": Echoing(MARKERS["word"])}
    mails = {refuses or "none": EchoingMail(MARKERS["mail"], refuses) for refuses in ("", "login", "rcpt", "data")}
    for server in (*devices.values(), *mails.values()):
        closed(server)
    variables = {**MARKERS, **{f"{name}_port": server.port for name, server in devices.items()}}
    (ansible.folder / "markers.json").write_text(json.dumps(variables))
    for name in ("tmp", "remote"):
        (ansible.folder / name).mkdir()
    ansible.environment.update(ANSIBLE_LOG_PATH=str(ansible.folder / "ansible.log"), TMPDIR=str(ansible.folder / "tmp"), ANSIBLE_PIPELINING="False",
                               ANSIBLE_REMOTE_TMP=str(ansible.folder / "remote"), ANSIBLE_LOCAL_TEMP=str(ansible.folder / "tmp"))
    ansible.devices, ansible.mails = devices, mails
    return ansible


def written(folder):
    """Every file below a folder but those that the test gave."""
    given = ("markers.json", "extravars")
    for place, dummy, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            if name not in given and os.path.isfile(path) and not os.path.islink(path):
                with contextlib.suppress(OSError), open(path, "rb") as file:
                    yield path, file.read().decode("latin-1")


def leaks(folder, printed, names=tuple(MARKERS)):
    """[(where, what)] of all that is left of a marker."""
    found = []
    wanted = [(name, *traces(MARKERS[name])) for name in names if name != "word"]
    for where, text in [*printed.items(), *written(folder), *written(os.path.expanduser(OF_A_GATEWAY))]:
        lower = text.lower()
        found += [(where, name, part, lower[max(lower.find(part) - 200, 0):][:400]) for name, small, dummy in wanted for part in small if part in lower]
        found += [(where, name, part, text[max(text.find(part) - 200, 0):][:400]) for name, dummy, encoded in wanted for part in encoded if part in text]
    return found


def searched(markers, done, seen=None, **more):
    """Nothing of a marker is left anywhere; what was printed is handed back."""
    printed = {"stdout": done.stdout, "stderr": done.stderr, **more}
    if seen is not None:
        seen.stopped = True
        seen.join(10)
        assert seen.samples > 20
        printed["processes"] = "\n".join(sample.decode("latin-1") for sample in seen.seen)
    found = leaks(markers.folder, printed)
    assert found == [], "\n\n".join(f"{where}: {name}: {part!r} in {text!r}" for where, name, part, text in found[:5])
    return done.stdout + done.stderr


OF_A_GATEWAY = "~/.ansible/bytewire"
SOME = (0, 3, 4, 6, 10, 14, 19, -3)
HOST = {"ansible_host": "127.0.0.1", "bytewire_port": "{{ device_port }}", "bytewire_model": PAGE, "bytewire_password": "{{ device }}", "bytewire_retries": 0,
        "bytewire_timeout": 1}


@pytest.mark.parametrize("place", ["controller", "gateway"])
def test_no_marker_is_left_by_the_modules(markers, gateway, syslog, place):  # noqa: F811
    markers.hosts({"echo": HOST, "gateway": gateway})
    keywords = {"delegate_to": "gateway"} if place == "gateway" else {}
    seen = ProcessList()
    tasks = device_tasks("device", "other", **keywords)
    tasks = [tasks[number] for number in SOME] if keywords else tasks  # each takes a second there
    done = markers.play(tasks, "-vvvvv", "--limit", "echo", "-e", "@markers.json")
    printed = searched(markers, done, seen, syslog="\n".join(syslog))
    assert printed.count("********") > 2 * len(tasks) and f"ok={len(tasks)} " in printed, printed[-2000:]
    assert markers.devices["device"].asked > len(tasks) and markers.devices["other"].asked == 1
    assert not keywords or "bytewire.devices.command: Invoked with" in "\n".join(syslog)


@pytest.mark.parametrize("place", ["controller", "gateway"])
def test_no_marker_is_left_by_a_fleet(markers, gateway, place):  # noqa: F811
    hosts = {"echo": HOST, "wrong": {**HOST, "bytewire_password": "{{ other }}", "bytewire_port": "{{ other_port }}"}}
    markers.hosts({**hosts, "gateway": gateway})
    keywords = {"delegate_to": "gateway"} if place == "gateway" else {}
    tasks = [{"bytewire.devices.fleet": {"module": module, "options": options, "hosts": list(hosts), "journal": str(markers.folder / f"{module}.journal"),
                                         "trace": True}, "run_once": True, "ignore_errors": True, **keywords}
             for module, options in [("command", {"commands": [{"command": f"SAY {number}"} for number in range(22)]}), ("ping", {}), ("device_info", {})]]
    seen = ProcessList()
    done = markers.play(tasks, "-vvvvv", "--diff", "--limit", "echo", "-e", "@markers.json")
    printed = searched(markers, done, seen)
    assert printed.count("********") > 22 and (markers.folder / "command.journal").stat().st_size > 100


def test_no_marker_is_left_by_mail(markers):
    markers.hosts({"localhost": {"ansible_connection": "local"}})
    done = markers.play(mail_tasks(markers.folder, {name: server.port for name, server in markers.mails.items()}), "-vvvvv", "-e", "@markers.json")
    printed = searched(markers, done)
    assert "did not accept the login" in printed and "refused 1 of 1 recipients" in printed and printed.count("********") > 40
    assert any("spool-rcpt" in path and path.endswith(".eml") for path, dummy in written(markers.folder))


def test_no_marker_is_left_by_the_emulator(markers, free_port):
    port = free_port()
    markers.hosts({"board": {"ansible_host": "127.0.0.1", "bytewire_port": port, "bytewire_password": "{{ board }}", "bytewire_model": "eth008"}})
    sink = {"port": free_port(), "directory": str(markers.folder / "kept"), "username": "me", "password": "{{ sink }}"}
    board = {"name": "secretive", "journal": str(markers.folder / "board.journal"), "mail": sink}
    mail = {"host": "127.0.0.1", "port": sink["port"], "encryption": "none", "allow_plaintext_login": True, "username": "me", "sender": "a@example.com",
            "to": ["b@example.com"], "subject": "x", "body": "y"}
    tasks = [
        {"emulator": board}, {"emulator": {**board, "mail": {**sink, "port": "{{ sink }}"}}}, {"relay": {"relay": 1, "state": "on"}},
        {"relay": {"relay": 2, "state": "on", "password": "{{ other }}"}}, {"mail": {**mail, "password": "{{ sink }}"}},
        {"mail": {**mail, "password": "{{ other }}"}}, {"command": {"command": "{{ board }}"}}, {"send": {"data": "79 {{ board | b64encode }}"}},
        {"send": {"data": "{{ board }}", "encoding": "text", "idle": 0.1}}, {"emulator": {**board, "name": "second"}},
        {"emulator": {"state": "stopped", **board}},
    ]
    seen = ProcessList()
    done = markers.play([{f"bytewire.devices.{module}": options, "ignore_errors": True} for task in tasks for module, options in task.items()], "-vvvvv",
                        "-e", "@markers.json")
    printed = searched(markers, done, seen)
    assert "79 ********" in printed and "refused the password" in printed and (markers.folder / "board.journal").stat().st_size > 100


def test_no_marker_is_left_by_a_runner(markers):
    if importlib.util.find_spec("ansible_runner") is None:
        pytest.skip("ansible-runner is not installed (see requirements/test.txt)")
    folder = markers.folder / "private"
    play = [{"hosts": "all", "gather_facts": False, "tasks": device_tasks("device", "other")}]
    for path, content in (("project/site.yml", play), ("inventory/hosts.json", {"all": {"hosts": {"echo": HOST}}}),
                          ("env/extravars", json.loads((markers.folder / "markers.json").read_text()))):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps(content))
    done = subprocess.run([sys.executable, "-m", "ansible_runner", "run", str(folder), "-p", "site.yml", "-vvvvv"], env=markers.environment, cwd=markers.folder,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False)
    searched(markers, done)
    events = list((folder / "artifacts").glob("*/job_events/*.json"))
    assert len(events) > 50 and any("********" in path.read_text() for path in events)


def test_words_stay_readable_though_one_is_the_password(markers):
    """It is taken out of what the device says, and of what it is told."""
    markers.hosts({"extron": {**HOST, "bytewire_port": "{{ word_port }}", "bytewire_password": "{{ word }}", "bytewire_model": {**PAGE, "name": "extron"}}})
    done = markers.play([{"bytewire.devices.command": {"command": "PASS {{ word }}"}}, {"bytewire.devices.ping": {}, "register": "outcome"},
                         {"ansible.builtin.debug": {"msg": "{{ outcome.model }}"}}], "-vvv", "-e", "@markers.json")
    printed = done.stdout + done.stderr
    assert done.returncode == 0 and '"model": "extron"' in printed and '"msg": "extron"' in printed and '"command": "PASS ********"' in printed
    assert "50 41 53 53 20 ********" in printed and "65 78 74 72 6F 6E" not in printed


@pytest.mark.parametrize("where", ["inventory", "task"])
def test_a_password_that_is_a_number_is_not_sent(markers, where):
    host = {**HOST, **({"bytewire_password": 83} if where == "inventory" else {})}
    markers.hosts({"echo": host})
    code, result, dummy = markers.task("echo", "ping", {"password": 70.0} if where == "task" else {"trace": True}, "-e", "@markers.json")
    called = "password (bytewire_password)" if where == "inventory" else "password"
    assert code == 2 and result["msg"] == f"ping: {called} is a number; write it in quotes, for YAML may have changed it." + INI
    assert markers.devices["device"].asked == 0
    code, result, dummy = markers.task("localhost", "fleet", {"module": "ping", "hosts": ["echo"], "options": {"password": 70.0} if where == "task" else {}},
                                       "-e", "@markers.json")
    assert code == 2 and result["hosts"]["echo"]["msg"] == f"echo: {called} is a number; write it in quotes, for YAML may have changed it." + INI
    assert markers.devices["device"].asked == 0


IN_CLEAR_TEXT = "The password would cross the network in clear text."


@pytest.mark.parametrize("written, words", [("907", "password is a number; write it in quotes"), ("true", "password is true or false"),
                                            ("'907'", IN_CLEAR_TEXT), ("VAULTED", IN_CLEAR_TEXT)])
def test_the_password_of_the_mail_on_its_way_through_the_role(ansible, free_port, vaulted, written, words):
    """Before ansible-core 2.19 templates make texts of numbers, and the argument spec of a role takes no secret that is vaulted by itself."""
    ansible.hosts({"localhost": {"ansible_connection": "local"}}, notify_mail_host="127.0.0.1", notify_mail_port=free_port(), notify_mail_encryption="none",
                  notify_mail_from="relays@example.org", notify_mail_to="ann@example.org", notify_mail_username="ann")
    done = ansible.play([{"ansible.builtin.include_role": {"name": "bytewire.devices.notify"}, "vars": {"notify_results": []}}], "-vvv",
                        *vaulted(f"notify_mail_password: {written}"))
    assert done.returncode == 2 and words in done.stdout and IN_THE_VAULT not in done.stdout + done.stderr, done.stdout

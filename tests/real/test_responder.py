# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role responder on this machine, as its guide has it; only addresses and the name of the service are others."""

from __future__ import annotations

import filecmp
import grp
import json
import os
import pwd
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import time

import pytest

from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import BEFORE_2_19
from ansible_collections.bytewire.devices.tests.guides import CHECKOUT, blocks, text_of
from ansible_collections.bytewire.devices.tests.real.conftest import IN_THE_VAULT

NAME = f"bytewire-responder-{os.getpid()}"
ETC, LIB, UNIT = "/etc/" + NAME, "/usr/local/lib/" + NAME, f"/etc/systemd/system/{NAME}.service"
ADDRESS = "127.0.0.61"
SECRET = "a-secret-of-the-guide"
LIMITS = {"idle_seconds": 600}  # a connection of the test lasts longer than the usual 10 seconds
SERVER = os.path.join(CHECKOUT, "roles", "responder", "files", "responder")
RESTART = "RUNNING HANDLER [bytewire.devices.responder : Restart the responder]"

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="the role installs a service, which needs root"),
    pytest.mark.skipif(not shutil.which("runuser"), reason="runuser, which starts the server as its user, is not installed (Debian: util-linux)"),
    pytest.mark.skipif(os.path.exists("/run/systemd/system"), reason="systemd runs here; this test would start a service of this machine"),
]


@pytest.fixture(name="guide")
def guide_fixture(ansible):
    """The files of the guide; afterwards nothing of the role is left."""
    text = text_of("docs", "responder.md")
    (ansible.folder / "bytewire_profiles").mkdir()
    for block in re.findall(r"^```yaml\n(# (\S+)\n.*?)^```", text, re.DOTALL | re.MULTILINE):
        (ansible.folder / block[1]).write_text(block[0].replace("192.168.0.200", ADDRESS).replace("192.168.0.0/24", "127.0.0.0/8"))
    os.makedirs(os.path.dirname(UNIT), exist_ok=True)
    ansible.guide = [line.replace("192.168.0.200", ADDRESS) for block in blocks(text, "sh") for line in block.splitlines()]
    yield ansible
    for path in (ETC, LIB):
        shutil.rmtree(path, ignore_errors=True)
    if os.path.exists(UNIT):
        os.remove(UNIT)
    for command in ("userdel", "groupdel"):
        subprocess.run([command, NAME], capture_output=True, check=False)


def run(ansible, line, **variables):
    """A line of the guide: the finished process; of a playbook also how many tasks changed something."""
    variables = dict({"responder_name": NAME, "responder_listen": [ADDRESS], "responder_limits": LIMITS, "vault_responder": SECRET}, **variables)
    words = shlex.split(line)
    if "responder.yml" in words:
        words += ["-e", json.dumps(dict(variables, ansible_connection="local", ansible_become=False, ansible_python_interpreter="/usr/bin/python3"))]
    elif "units" in words:
        words += ["-e", json.dumps(variables)]
    done = ansible.run(*words)
    done.printed = done.stdout + done.stderr
    found = re.search(r"changed=(\d+)", done.stdout)
    done.changed = int(found.group(1)) if found else None
    return done


class Service:
    """What systemd would do with the unit: its command as its user, its signal."""

    def __init__(self, log):
        unit = re.findall(r"^(User|ExecStart)=(.*)$", text_of(UNIT), re.MULTILINE)
        self.unit, self.log = dict(unit), log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(["runuser", "-u", self.unit["User"], "--"] + shlex.split(self.unit["ExecStart"]), stderr=output)
        self.until("started: 2 commands")

    def until(self, words):
        deadline = time.monotonic() + 60
        while words not in self.log.read_text():
            assert time.monotonic() < deadline and self.process.poll() is None, self.log.read_text()
            time.sleep(0.02)

    def server(self):
        """The process of the server, which is a child of runuser."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            return int(file.read().split()[0])

    def reload(self):
        os.kill(self.server(), signal.SIGHUP)
        self.until("configuration taken")

    def stop(self):
        os.kill(self.server(), signal.SIGTERM)
        self.process.wait(60)


def access(path):
    found = os.stat(path)
    return f"{pwd.getpwuid(found.st_uid).pw_name}:{grp.getgrgid(found.st_gid).gr_name} {stat.S_IMODE(found.st_mode):o}"


def test_the_guide(guide):
    check, install, ask, table, with_secret, ask_with_secret = guide.guide

    done = run(guide, check + " --diff", responder_port=910, responder_service_lines=["ReadWritePaths=-/var/lib/unit"])
    assert done.returncode == 0 and done.changed > 5 and not os.path.exists(ETC) and not os.path.exists(UNIT), done.printed
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in done.printed and "ReadWritePaths=-/var/lib/unit" in done.printed
    done = run(guide, install)
    assert done.returncode == 0 and "is installed and not started: systemd does not run here" in done.printed, done.printed
    assert access(ETC) == f"root:{NAME} 750" and access(ETC + "/configuration.json") == f"root:{NAME} 640"
    the_server_is_whole()
    assert run(guide, install).changed == 0
    with open(server_of_the_unit() + "/packets.py", "a", encoding="utf-8") as file:
        file.write("# changed by hand\n")
    done = run(guide, install)
    assert done.changed == 1 and RESTART in done.printed, done.printed
    the_server_is_whole()
    what_is_refused_changes_nothing(guide, install)

    service = Service(guide.folder / "log")
    try:
        with socket.create_connection((ADDRESS, 9100), 5) as lasting:
            assert re.search(r'"reply": "\d+\.\d+ ', run(guide, ask).printed)
            assert re.search(rf"{ADDRESS} +SPACE tmp +Use%\\n +\d+%", run(guide, table).printed)
            done = run(guide, with_secret + " --diff")
            assert done.returncode == 0 and done.changed == 2 and SECRET not in done.printed, done.printed
            assert access(ETC + "/secret") == f"root:{NAME} 640"
            service.reload()
            lasting.sendall(b"\x1bSTATUS\r")
            assert lasting.recv(100) == b"ERROR secret wanted\0"
        done = run(guide, ask_with_secret + " -vvv")
        assert '"reply": "' in done.printed and SECRET not in done.printed, done.printed
        assert SECRET not in service.log.read_text()
    finally:
        service.stop()

    the_unit_is_right()
    assert run(guide, install, responder_state="absent").changed == 3  # files; the user, and with it its group; the server
    assert run(guide, install, responder_state="absent").changed == 0
    assert not any(os.path.exists(path) for path in (ETC, LIB, UNIT))
    with pytest.raises(KeyError):
        pwd.getpwnam(NAME)


def what_is_refused_changes_nothing(guide, install):
    """Another server, secret and group, and a configuration that is refused; once it is right, all of them take effect."""
    other = os.path.join(LIB, "0123456789ab")
    shutil.move(server_of_the_unit(), other)
    unit = re.sub(LIB + "/[0-9a-f]{12}", other, text_of(UNIT))
    with open(UNIT, "w", encoding="utf-8") as file:
        file.write(unit)
    done = run(guide, install, responder_limits={"rate": -1}, responder_secret=SECRET, responder_groups=["adm"])
    assert done.returncode == 2 and "limits.rate is -1; expected a number from 0.01" in done.printed, done.printed
    with open(ETC + "/configuration.json", encoding="utf-8") as file:
        assert json.load(file)["limits"] == LIMITS
    assert server_of_the_unit() == other and os.path.exists(other + "/__main__.py") and not os.path.exists(ETC + "/secret")
    done = run(guide, install, responder_groups=["adm"])
    assert done.returncode == 0 and RESTART in done.printed, done.printed
    the_server_is_whole()
    assert "\nSupplementaryGroups=adm\n" in text_of(UNIT)
    done = run(guide, install)
    assert done.returncode == 0 and RESTART in done.printed and NAME not in grp.getgrnam("adm").gr_mem, done.printed


def server_of_the_unit():
    return re.search(f"ExecStart=.* -B ({LIB}/[0-9a-f]{{12}}) ", text_of(UNIT)).group(1)


def the_server_is_whole():
    """Its modules as they are in the role, and nothing else, such as bytecode or another version."""
    modules, folder = sorted(name for name in os.listdir(SERVER) if name.endswith(".py")), server_of_the_unit()
    assert os.listdir(LIB) == [os.path.basename(folder)] and access(LIB) == access(folder) == "root:root 755"
    assert sorted(os.listdir(folder)) == modules
    for name in modules:
        assert access(os.path.join(folder, name)) == "root:root 644"
        assert filecmp.cmp(os.path.join(folder, name), os.path.join(SERVER, name), shallow=False), name


# Names that would do no harm, were they not refused.
@pytest.mark.parametrize("name", [NAME.upper(), NAME + "\n", NAME + "%n"], ids=["capitals", "line", "percent"])
def test_a_name_that_is_none(guide, name):
    done = run(guide, guide.guide[1], responder_name=name, responder_state="absent")
    assert done.returncode == 2 and done.changed == 0 and "responder_name begins with a small letter" in done.printed, done.printed


def test_a_state_that_is_none(guide):
    done = run(guide, guide.guide[1], responder_state="of")
    assert done.returncode == 2 and done.changed == 0 and "argument_spec_data" not in done.printed, done.printed
    assert 'responder_state is \\"of\\"; expected present or absent.' in done.printed, done.printed


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_name_of_something_else(guide, state):
    os.mkdir(ETC)
    subprocess.run(["useradd", "--no-create-home", NAME], check=True)
    done = run(guide, guide.guide[1], responder_state=state)
    assert done.returncode == 2 and done.changed == 0, done.printed
    assert f"There is {ETC}, user {NAME} already, and no server of this role in {LIB}." in done.printed, done.printed
    assert os.path.exists(ETC) and not os.path.exists(LIB) and pwd.getpwnam(NAME)


def the_unit_is_right():
    """By systemd's own tools, where they are installed (Debian: systemd)."""
    if not shutil.which("systemd-analyze"):
        print("systemd-analyze is not installed: the unit was not verified")
        return
    done = subprocess.run(["systemd-analyze", "verify", UNIT], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and NAME not in done.stderr, done.stderr
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=25", UNIT], capture_output=True, text=True, check=False)
    print(done.stdout[-200:])
    assert done.returncode == 0 or "unrecognized option" in done.stderr, done.stdout[-300:] + done.stderr


def test_a_secret_of_the_responder_that_is_vaulted_by_itself(guide, vaulted):
    done = run(guide, guide.guide[1] + " " + " ".join(vaulted("responder_secret: VAULTED")) + " --diff -vvv")
    assert done.returncode == 0 and IN_THE_VAULT not in done.printed, done.printed
    with open(ETC + "/secret", encoding="ascii") as file:
        assert file.read() == IN_THE_VAULT + "\n"


def test_what_is_vaulted_among_the_commands_of_the_responder(guide, vaulted):
    commands = "responder_commands:\n  - name: SAY\n    run:\n      - /bin/echo\n      - VAULTED\n  - {name: NIGHT, run: [/bin/date], seconds: 3}"
    done = run(guide, guide.guide[1] + " " + " ".join(vaulted(commands)))
    assert done.returncode == 0, done.printed
    with open(ETC + "/configuration.json", encoding="utf-8") as file:
        configuration = json.load(file)
    assert configuration["commands"] == [{"name": "SAY", "run": ["/bin/echo", IN_THE_VAULT]}, {"name": "NIGHT", "run": ["/bin/date"], "seconds": 3}]
    assert isinstance(configuration["port"], int) and configuration["networks"] == ["127.0.0.0/8"]


def test_a_date_among_the_commands_of_the_responder(guide):
    """Which newer cores take for the text that it was."""
    (guide.folder / "date.yml").write_text("responder_commands: [{name: NIGHT, run: [/bin/date, -d, 2026-11-29]}]\n")
    done = run(guide, guide.guide[1] + " -e @date.yml")
    if BEFORE_2_19:
        assert done.returncode == 2 and "is neither text, number, list nor dictionary, such as a date: put it in quotation marks." in done.printed, done.printed
    else:
        with open(ETC + "/configuration.json", encoding="utf-8") as file:
            assert done.returncode == 0 and json.load(file)["commands"][0]["run"][2] == "2026-11-29", done.printed

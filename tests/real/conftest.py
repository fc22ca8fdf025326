# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests with real parts share: ansible as a user runs it, an emulator as a user starts it."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import textwrap

import pytest

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator import control
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.faults import spelled
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.guides import CHECKOUT
from ansible_collections.bytewire.devices.tests.ports import free_port
from ansible_collections.bytewire.devices.tests.waiting import until


class Ansible:
    """ansible and ansible-playbook with a home, an inventory and collections of their own."""

    def __init__(self, folder):
        self.folder = folder
        root = folder / "collections" / "ansible_collections" / "bytewire"
        root.mkdir(parents=True)
        (root / "devices").symlink_to(CHECKOUT)
        (folder / "home").mkdir()
        self.inventory = folder / "inventory.json"
        self.environment = {
            "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"],
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"),
            "ANSIBLE_INVENTORY": str(self.inventory),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
            "ANSIBLE_PIPELINING": "True",
            **{name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")},
        }

    def hosts(self, hosts, /, **variables):
        self.inventory.write_text(json.dumps({"all": {"hosts": hosts, "vars": variables}}))

    def run(self, *arguments, **environment):
        """The finished process of ansible (an ad-hoc command) or ansible-playbook."""
        return subprocess.run([str(argument) for argument in arguments], cwd=self.folder, env=dict(self.environment, **environment),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False)

    def task(self, host, module, arguments, *flags, **environment):
        """(return code, the result of an ad-hoc task as a dictionary, everything printed)."""
        given = ["-a", json.dumps(arguments)] if arguments else []
        done = self.run("ansible", host, "-m", "bytewire.devices." + module, *given, *flags, **environment)
        printed = done.stdout + done.stderr
        start = printed.find("{", printed.find(host + " | "))
        return done.returncode, json.JSONDecoder().raw_decode(printed[start:])[0] if start >= 0 else None, printed

    def play(self, tasks, *flags, **environment):
        """Run a play of these tasks over all hosts."""
        path = self.folder / (f"play-{random.getrandbits(32):08x}.yml")
        path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        return self.run("ansible-playbook", path, *flags, **environment)


@pytest.fixture
def ansible(tmp_path):
    return Ansible(tmp_path)


IN_THE_VAULT = "of-the-vault-by-itself"


@pytest.fixture
def vaulted(ansible):
    """Flags of ansible-playbook for variables in YAML, in which VAULTED becomes what ansible-vault encrypt_string makes of a text."""
    (ansible.folder / "key").write_text("of the vault\n")
    made = ansible.run("ansible-vault", "encrypt_string", "--vault-password-file", "key", IN_THE_VAULT).stdout.partition("\n")[2]

    def flags(variables):
        by_itself = "!vault |\n" + textwrap.indent(textwrap.dedent(made).rstrip(), " " * 12) + "\n"
        (ansible.folder / "vaulted.yml").write_text(variables.replace("VAULTED", by_itself))
        return ["--vault-password-file", "key", "-e", "@vaulted.yml"]

    return flags


MASK = """
set -e
for folder in /etc/cron.d /etc/systemd/system /run; do
    [ ! -d $folder ] || mount -t tmpfs none $folder
done
[ ! -d /var/spool/cron/crontabs ] || mount -t tmpfs -o mode=1730,gid=$(stat -c %g /var/spool/cron/crontabs) none /var/spool/cron/crontabs
[ ! -f /etc/crontab ] || mount --bind /dev/null /etc/crontab
echo ready
exec sleep 600
"""


@pytest.fixture(name="inside")
def masked(tmp_path):
    """What to put before a command; a user other than root has a home of its own, and needs nothing."""
    if os.geteuid() != 0:
        yield []
        return
    holder = subprocess.Popen(["unshare", "--mount", "sh", "-c", MASK], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if holder.stdout.readline() != "ready\n":
            pytest.skip("no mount namespace can be made here: " + holder.stderr.read())
        yield ["nsenter", "--target", str(holder.pid), "--mount", f"--wd={tmp_path}"]
    finally:
        holder.terminate()
        holder.communicate()


class Emulator:
    """An emulator, started and stopped as its module does it, without a run of ansible for each; journal() is what it saw."""

    def __init__(self, ansible, name, **options):
        self.ansible, self.name = ansible, name
        self.port = options.pop("port", None) or free_port(options.get("host", "127.0.0.1"))
        self.path = ansible.folder / (name + ".journal")
        self._perform({"name": name, "port": self.port, "host": "127.0.0.1", "model": "eth008", "journal": str(self.path), **options})

    def _perform(self, arguments):
        validation = ArgumentSpecValidator(**control.SPEC).validate(arguments)
        assert not validation.error_messages, validation.error_messages
        options = validation.validated_parameters
        if options["model"] is not None:
            options["model"] = resolve(options["model"], [str(self.ansible.folder)])
        if options["faults"]:
            options["faults"] = spelled(options["faults"])
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HOME", str(self.ansible.folder / "home"))
            patch.chdir(self.ansible.folder)
            control.run(options, Mode(False, False, False))

    def journal(self):
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def writes(self):
        return [entry["bytes"] for entry in self.journal() if entry["event"] == "in" and entry["what"] in (
            "relays.on", "relays.off", "relays.pulse", "relays.pulse_off", "relays.write")]

    def stop(self):
        self._perform({"name": self.name, "state": "stopped"})


@pytest.fixture
def emulator(ansible, closed):
    return lambda name="board", **options: closed(Emulator(ansible, name, **options), "stop")


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def sshd(openssh):
    """The variables of a host that is reached through a real OpenSSH server on loopback."""
    return openssh[1]


@pytest.fixture
def openssh(tmp_path):
    """The process of the server, and the variables of its host."""
    binary = shutil.which("sshd", path="/usr/sbin:" + os.environ["PATH"])
    if binary is None:
        pytest.skip("OpenSSH's server is not installed (Debian: openssh-server)")
    if os.geteuid() != 0:
        pytest.skip("the test's sshd needs root to let a user in")
    os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    folder = tmp_path / "sshd"
    folder.mkdir(mode=0o700)
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    (folder / "authorized").write_text((folder / "client.pub").read_text())
    port = free_port()
    (folder / "config").write_text("\n".join([
        f"ListenAddress 127.0.0.1:{port}", f"HostKey {folder / 'host'}", f"AuthorizedKeysFile {folder / 'authorized'}",
        "PermitRootLogin yes", "StrictModes no", "UsePAM no", "PidFile none", "Subsystem sftp internal-sftp", f"SetEnv HOME={folder}", ""]))
    server = subprocess.Popen([binary, "-D", "-e", "-f", str(folder / "config")], stderr=subprocess.DEVNULL)
    try:
        until(lambda: listens(port), 60, "sshd does not listen")
        yield server, {
            "ansible_host": "127.0.0.1", "ansible_port": port, "ansible_user": "root", "ansible_connection": "ssh",
            "ansible_ssh_private_key_file": str(folder / "client"),
            "ansible_ssh_args": "-o ControlMaster=no -o ControlPersist=no -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no"}
    finally:
        server.terminate()
        server.wait(60)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role schedule: Debian's cron runs the guide's example, systemd's own tools read the units, and one program runs entries of both.

As root, crontabs, units and /run are those of a mount namespace, so that nothing of this machine is changed or run. No systemd runs there: what the
role asks of it goes to a stand-in for systemctl, which keeps account of what systemd would do, and starts nothing.
"""

from __future__ import annotations

import datetime
import email
import email.policy
import fcntl
import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile

import pytest
import yaml

from ansible_collections.bytewire.devices.tests.guides import CHECKOUT, blocks, make_a_vault, text_of
from ansible_collections.bytewire.devices.tests.ports import free_port
from ansible_collections.bytewire.devices.tests.waiting import until

GUIDE = text_of("docs", "schedule.md")
GUIDE_REMOVES = next(block for block in blocks(GUIDE, "sh") if "schedule_remove" in block)
FILES = os.path.join(CHECKOUT, "roles", "schedule", "files")
NOBODY = 65534
EACH_MINUTE = "* * * * *"
SYSTEMCTL = f"#!{sys.executable}" + r"""
import json, os, sys
user = "--user" in sys.argv
verb, *units = [word.strip("'") for word in sys.argv[1:] if not word.startswith("-")]
state = os.path.expanduser("~/systemctl.json")
folder = os.path.expanduser("~/.config/systemd/user") if user else "/etc/systemd/system"
systemd = {"loaded": {}, "active": [], "enabled": [], "stamps": [], "user": user}
if os.path.exists(state):
    with open(state) as file:
        systemd = json.load(file)

def text(unit):
    path = os.path.join(folder, unit)
    if not os.path.exists(path):
        return None
    with open(path) as file:
        return file.read()

def act(unit):
    loaded = systemd["loaded"]
    if not loaded.get(unit) and text(unit):
        loaded[unit] = text(unit)
    found, active = loaded.get(unit) or "", unit in systemd["active"]
    persistent = "Persistent=true" in found
    if verb == "show":
        print(f"LoadState={'loaded' if found else 'not-found'}")
        print(f"ActiveState={'active' if active else 'inactive'}")
        print(f"NeedDaemonReload={'yes' if found != (text(unit) or '') else 'no'}")
        print(f"CanClean={'state' if persistent else ''}")
        print(f"NextElapseUSecRealtime={'Mon 2026-11-30 06:00:00 CET' if active else ''}\n")
    elif verb == "is-enabled":
        print("enabled" if unit in systemd["enabled"] else "disabled")
        return unit not in systemd["enabled"]
    elif not found or verb == "clean" and (active or not persistent or "--what=state" not in sys.argv):
        return f"{unit}: no {verb} now"
    elif verb in ("start", "restart"):
        systemd["active"] = sorted({unit, *systemd["active"]})
        systemd["stamps"] = sorted({*systemd["stamps"], *[unit][:persistent]})
    elif verb == "enable":
        systemd["enabled"].append(unit)
    elif verb in ("stop", "disable", "clean"):
        there = systemd[{"stop": "active", "disable": "enabled", "clean": "stamps"}[verb]]
        there[:] = [other for other in there if other != unit]
    else:
        return "unknown: " + verb

if user != systemd["user"]:
    sys.exit("the wrong systemd is asked")
if verb == "daemon-reload":
    systemd["loaded"] = {unit: text(unit) for unit in systemd["loaded"]}
done = [act(unit) for unit in units]
with open(state, "w") as file:
    json.dump(systemd, file)
sys.exit(next(filter(None, done), 0))
"""


def needs(program):
    path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/usr/bin")
    if path is None:
        package = {"systemd-analyze": "systemd"}.get(program, program)
        pytest.skip(f"{program} is not installed (Debian: {package})")
    return path


class Schedule:
    """The role with folders of the test's own."""

    def __init__(self, ansible, inside):
        self.ansible, self.inside, self.folder = ansible, inside, ansible.folder / "schedule"
        self.where = ["-e", json.dumps({"schedule_directory": str(self.folder), "schedule_log_directory": str(ansible.folder / "log")})]
        (ansible.folder / "entry.yml").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [
            {"ansible.builtin.include_role": {"name": "bytewire.devices.schedule"}}]}]))
        (ansible.folder / "run.yml").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": []}]))

    def run(self, *command):
        return self.ansible.run(*self.inside, *command, *self.where)

    def entry(self, *flags, **variables):
        variables = dict({"schedule_name": "night", "schedule_playbook": "run.yml", "schedule_activate": False}, **variables)
        return self.run("ansible-playbook", "entry.yml", *flags, "-e", json.dumps(variables))

    def systemctl(self):
        """From now on it seems that systemd runs here."""
        subprocess.run(self.inside[:4] + ["sh", "-c", f"mkdir -p /run/systemd/system /run/user/{NOBODY}/systemd && touch "
                                          f"/run/user/{NOBODY}/systemd/private"], check=True)
        folder = self.ansible.folder / "bin"
        folder.mkdir()
        (folder / "systemctl").write_text(SYSTEMCTL)
        (folder / "systemctl").chmod(0o755)
        self.ansible.environment["PATH"] = f"{folder}:{self.ansible.environment['PATH']}"

    def listed(self, *flags):
        """What the playbook shows."""
        done = self.run("ansible-playbook", "bytewire.devices.schedule", *flags)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def crontab(self, *arguments):
        return subprocess.run(self.inside + ["crontab", *arguments, "-l"], capture_output=True, text=True, check=False).stdout


@pytest.fixture(name="schedule")
def schedule_fixture(ansible, inside):
    return Schedule(ansible, inside)


def changed(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return int(re.search(r"localhost +: ok=\d+ +changed=(\d+)", done.stdout).group(1))


def mails(folder, number, limit):
    """As many mails by subject, as soon as they are there."""
    until(lambda: len(list(folder.glob("*.eml"))) == number, limit, f"{number} mails")
    found = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in folder.glob("*.eml")]
    return {mail["subject"]: mail.get_body(["plain"]).get_content().replace("\r\n", "\n") for mail in found}


# The guide, by cron

def write_the_guide(ansible, mail_port):
    """The example as it stands, but for addresses, times that come with the next minute, and a password in the vault of the guide to passwords."""
    folder = ansible.folder
    inventory, playbook = blocks(GUIDE, "yaml")
    inventory = yaml.safe_load(inventory.replace("192.168.0.200", "127.0.0.61").replace("192.168.0.201", "127.0.0.62"))
    inventory["all"]["vars"].update(notify_mail_host="127.0.0.61", notify_mail_port=mail_port, notify_mail_encryption="none")
    inventory["boards"]["hosts"]["garage"]["bytewire_password"] = "{{ vault_garage }}"
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
    named = re.search("`(schedule_vault_password_files: .*?)`", GUIDE).group(1)
    playbook = playbook.replace("    schedule_inventory:", f"    {named}\n    schedule_inventory:")
    (folder / "schedule.yml").write_text(playbook.replace("30 22 * * *", EACH_MINUTE).replace("0 * * * *", EACH_MINUTE))
    make_a_vault(ansible)


def test_cron_runs_the_guide(ansible, emulator, schedule):
    """Two entries, due with the minute that comes: one switches a relay and mails, one fails and is reported."""
    if os.geteuid() != 0:
        pytest.skip("cron needs root, and a mount namespace that keeps it from this machine's crontabs")
    cron, mail_port = needs("cron"), free_port("127.0.0.61")
    board = emulator(host="127.0.0.61", port=17494, password="0123 of the board", initial={"relays": [2]},
                     mail={"host": "127.0.0.61", "port": mail_port, "directory": str(ansible.folder / "mails")})
    write_the_guide(ansible, mail_port)
    apply, show = (shlex.split(line) for line in blocks(GUIDE, "sh")[0].splitlines())
    assert changed(schedule.run(*apply)) > 0
    first = schedule.crontab()
    assert first.count(EACH_MINUTE + " ") == 2 and changed(schedule.run(*apply)) == 0 and schedule.crontab() == first
    daemon = subprocess.Popen(schedule.inside + [cron, "-f"], stderr=subprocess.DEVNULL)
    try:
        until(lambda: len(list((ansible.folder / "log").glob("*.log"))) == 2, 200, "cron has started both entries")
    finally:
        daemon.terminate()
        daemon.wait(60)
    came = mails(ansible.folder / "mails", 2, 300)
    for name in ("disk-off", "watch"):
        subprocess.run(["flock", "--timeout", "300", str(schedule.folder / (".lock-" + name)), "true"], check=True)
    assert board.writes() == ["21 02 00"]
    switched, failed = sorted(came, key=lambda subject: "failed" in subject)
    assert switched == "Relay 2 (backup_disk) of garage is powered off"
    assert re.fullmatch(r"Scheduled run watch on \S+ failed with exit status 2", failed)
    assert "COULD NOT BE READ (1)" in came[failed] and "Command:      ansible-playbook bytewire.devices.status" in came[failed]

    shown = schedule.run(*show).stdout
    assert re.search(r"disk-off( +\S+ \d\d:\d\d){2} +ok +cron +\* \* \* \* \* +bytewire.devices.switch$", shown, re.MULTILINE), shown
    assert re.search(r"watch( +\S+ \d\d:\d\d){2} +failed \(2\) +cron", shown), shown
    kept = first + "".join(path.read_text() for path in list(schedule.folder.glob("*/*.json")) + list((ansible.folder / "log").iterdir()))
    assert "~/.vault-password" in kept and "of the board" not in kept and (ansible.folder / "home" / ".vault-password").read_text() not in kept
    assert stat.S_IMODE((schedule.folder / "watch").stat().st_mode) == 0o700

    remove = shlex.split(GUIDE_REMOVES)
    for name in ("watch", "disk-off"):
        done = schedule.run(*[word.replace("=watch", "=" + name) for word in remove])
        assert done.returncode == 0 and len(done.stdout.splitlines()) < 45, done.stdout + done.stderr
    assert "Removed:" in done.stdout and str(schedule.folder / "disk-off") in done.stdout and "There are no entries." in done.stdout
    assert schedule.crontab() == "" and not schedule.folder.exists() and len(list((ansible.folder / "log").iterdir())) == 2
    done = schedule.run(*remove)
    assert changed(done) == 0 and "There is no entry watch." in done.stdout


def test_cron_runs_the_guide_of_monitoring(ansible, emulator, schedule):
    """Each minute: a device that is not there is mailed once, and then that somebody switched the other."""
    if os.geteuid() != 0:
        pytest.skip("cron needs root, and a mount namespace that keeps it from this machine's crontabs")
    cron, mail_port = needs("cron"), free_port("127.0.0.63")
    board = emulator(host="127.0.0.63", port=17494, mail={"host": "127.0.0.63", "port": mail_port, "directory": str(ansible.folder / "mails")})
    inventory, entry = blocks(text_of("docs", "monitor.md"), "yaml")[:2]
    inventory = yaml.safe_load(inventory.replace("192.168.0.200", "127.0.0.63").replace("192.168.0.201", "127.0.0.64"))
    inventory["all"]["vars"].update(notify_mail_host="127.0.0.63", notify_mail_port=mail_port, notify_mail_encryption="none")
    (ansible.folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
    (ansible.folder / "monitor.yml").write_text(entry)
    assert changed(schedule.run("ansible-playbook", "monitor.yml")) > 0
    daemon = subprocess.Popen(schedule.inside + [cron, "-f"], stderr=subprocess.DEVNULL)
    try:
        mails(ansible.folder / "mails", 1, 300)
        with socket.create_connection(("127.0.0.63", board.port), 10) as other:
            other.sendall(bytes.fromhex("20 02 00"))
            assert other.recv(1) == b"\0"
        came = mails(ansible.folder / "mails", 2, 300)
    finally:
        daemon.terminate()
        daemon.wait(60)
    subprocess.run(["flock", "--timeout", "300", str(schedule.folder / ".lock-monitor"), "true"], check=True)
    assert sorted(came) == ["garage: relay 2 (backup_disk) was switched on (by somebody else)", "shed does not answer (the first time it was asked)"]
    assert re.search(r"monitor( +\S+ \d\d:\d\d){2} +ok +cron +\* \* \* \* \* +bytewire.devices.monitor$", schedule.listed(), re.MULTILINE)


# What the role writes

def test_units_of_systemd(schedule):
    needs("systemd-analyze")
    named = {"schedule_name": "responder"}  # another role's unit is bytewire-responder.service
    wanted = dict(named, schedule_runner="systemd", schedule_calendar=["Mon..Fri 22:30", "*-*-01 06:00:00"], schedule_random_delay=90)
    assert changed(schedule.entry(**wanted)) > 0
    assert changed(schedule.entry(**wanted)) == 0
    scope, units = ("--system", "/etc/systemd/system") if os.geteuid() == 0 else ("--user", str(schedule.ansible.folder / "home/.config/systemd/user"))
    paths = [units + "/bytewire-schedule-responder." + kind for kind in ("service", "timer")]
    verified = schedule.ansible.run(*schedule.inside, "systemd-analyze", scope, "verify", *paths)
    assert verified.returncode == 0 and "bytewire" not in verified.stderr, verified.stderr
    timer = schedule.ansible.run(*schedule.inside, "cat", paths[1]).stdout
    assert "OnCalendar=Mon..Fri 22:30\nOnCalendar=*-*-01 06:00:00\nAccuracySec=1s\nRandomizedDelaySec=90\nPersistent=true\n" in timer
    calendar = subprocess.run(["systemd-analyze", "calendar", "--", *re.findall("OnCalendar=(.*)", timer)], capture_output=True, text=True, check=False)
    assert calendar.returncode == 0 and calendar.stdout.count("Next elapse: ") == 2
    assert changed(schedule.entry(**named, schedule_state="absent")) == 1
    assert changed(schedule.entry(**named, schedule_state="absent")) == 0
    assert not schedule.ansible.run(*schedule.inside, "ls", units).stdout


def test_what_cannot_be_written_is_told_without_its_secrets(schedule):
    schedule.folder.write_text("a file, where the folder shall be")
    (schedule.ansible.folder / "variables.json").write_text(json.dumps({"schedule_extra_vars": {"word": "of-the-extra-vars"}}))
    done = schedule.entry("-vvv", "-e", "@variables.json", schedule_runner="systemd", schedule_calendar=["daily"])
    assert done.returncode == 2 and f"File exists: '{schedule.folder}'" in done.stdout + done.stderr, done.stdout + done.stderr
    assert "of-the-extra-vars" not in done.stdout + done.stderr


def test_modes_that_were_changed_are_mended(schedule):
    at = {"schedule_runner": "systemd", "schedule_calendar": ["daily"]}
    assert changed(schedule.entry(**at)) > 0
    entry, lock = schedule.folder / "night" / "entry.json", schedule.folder / ".lock-night"
    node = lock.stat().st_ino
    for path in (entry, lock, schedule.folder / "night"):
        path.chmod(0o777)
    assert changed(schedule.entry("--check", **at)) == 1 and stat.S_IMODE(entry.stat().st_mode) == 0o777
    assert changed(schedule.entry(**at)) == 1 and changed(schedule.entry(**at)) == 0
    assert [stat.S_IMODE(path.stat().st_mode) for path in (entry, lock, schedule.folder / "night")] == [0o600, 0o600, 0o700] and lock.stat().st_ino == node


def test_what_systemd_is_asked(schedule):
    """With the stand-in. Times are in force that are loaded, not those in the file."""
    if os.geteuid() != 0:
        pytest.skip("/run/systemd/system of a mount namespace needs root")
    schedule.systemctl()

    def systemd():
        return json.loads((schedule.ansible.folder / "home" / "systemctl.json").read_text())

    def at(time_of_day, *flags, **variables):
        return changed(schedule.entry(*flags, **dict({"schedule_activate": True, "schedule_calendar": [time_of_day]}, **variables)))

    def in_force():
        return re.findall("OnCalendar=(.*)", systemd()["loaded"][timer])

    timer = "bytewire-schedule-night.timer"
    assert at("22:30", "--check") > 0 and not schedule.folder.exists()
    assert at("22:30") > 0
    assert systemd()["active"] == systemd()["enabled"] == systemd()["stamps"] == [timer] and in_force() == ["22:30"]
    assert at("22:30") == 0 and at("06:00", "--check") > 0
    assert at("06:00", schedule_activate=False) == 1 and in_force() == ["22:30"]
    assert at("06:00") == 1 and in_force() == ["06:00"]
    assert at("06:00") == 0
    assert re.search(r"night +2026-11-30 06:00 +- +- +systemd +06:00 +run.yml", schedule.listed())
    assert changed(schedule.entry("--check", schedule_state="absent")) == 1 and systemd()["active"] == [timer]
    assert changed(schedule.entry(schedule_state="absent")) == 1 and not schedule.folder.exists()
    assert changed(schedule.entry(schedule_state="absent")) == 0
    assert not (systemd()["active"] or systemd()["enabled"] or systemd()["stamps"] or any(systemd()["loaded"].values()))
    assert at("06:00", schedule_persistent=False) > 0  # nothing to clean
    assert changed(schedule.entry(schedule_state="absent")) == 1


def test_an_entry_gets_other_times_and_another_runner(schedule):
    if os.geteuid() != 0:
        pytest.skip("this user's own crontab would be changed")
    needs("crontab")
    three = {"schedule_cron": ["30 6 * * 1-5", "@daily", "0 */2 * * sat,sun"]}
    assert changed(schedule.entry(**three)) > 0
    lines = schedule.crontab().splitlines()
    assert [line.split('"')[0] for line in lines[1::2]] == ["30 6 * * 1-5 ", "@daily ", "0 */2 * * sat,sun "]
    done = schedule.entry(schedule_cron=["@daily"])
    assert changed(done) == 3 and "2 lines of the crontab" in done.stdout  # what is written, its first line, the others
    assert schedule.crontab().splitlines()[1:] == [lines[3]]
    assert changed(schedule.entry(schedule_runner="systemd", schedule_calendar=["daily"])) == 2
    assert schedule.crontab() == "" and "bytewire-schedule-night.timer" in schedule.ansible.run(*schedule.inside, "ls", "/etc/systemd/system").stdout
    assert changed(schedule.entry(schedule_cron=["@daily"])) == 3
    assert "bytewire" not in schedule.ansible.run(*schedule.inside, "ls", "/etc/systemd/system").stdout


@pytest.mark.parametrize("name", [".*", "../night", ""])
def test_what_is_no_name_of_an_entry_is_not_removed(schedule, name):
    """It was a pattern of lines: .* took those of all entries away."""
    if os.geteuid() != 0:
        pytest.skip("this user's own crontab would be changed")
    needs("crontab")
    assert changed(schedule.entry(schedule_cron=["@daily"])) > 0
    before = schedule.crontab()
    done = schedule.run("ansible-playbook", "bytewire.devices.schedule", "-e", json.dumps({"schedule_remove": name}))
    assert done.returncode == 2 and "schedule_name begins with a letter or a digit" in done.stdout, done.stdout + done.stderr
    assert schedule.crontab() == before and before.count("bytewire schedule night: ") == 1


def test_it_says_that_no_cron_runs(schedule):
    """In a space of processes where none does, then where one does; a list of no such entries says nothing of it."""
    if os.geteuid() != 0:
        pytest.skip("a space of processes needs root")
    cron, inside = needs("cron"), schedule.inside
    for command, says in (('exec "$@"', True), (f'{cron} -f & exec "$@"', False)):
        schedule.inside = [*inside, "unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", command, "sh"]
        done = schedule.entry(schedule_cron=["0 0 * * *"])
        assert done.returncode == 0 and ("No cron daemon is seen to run here" in done.stdout) == says, done.stdout + done.stderr
        assert ("No cron daemon is seen to run here" in schedule.listed()) == says
        assert "No cron daemon" not in schedule.listed("-e", "schedule_remove=night")


@pytest.mark.parametrize("names, seen", [({1: "init", 7: "cron"}, True), ({1: "crond"}, True), ({1: "init", 7: "cronolog"}, False), ({7: "sh"}, None)])
def test_whether_cron_is_seen(tmp_path, names, seen):
    """Where not even the first process is shown, others of root may be hidden too."""
    for number, name in names.items():
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "comm").write_text(name + "\n")
    (tmp_path / "self").mkdir()
    assert program("host").cron_runs(str(tmp_path)) is seen


def test_the_lock_of_a_run_that_goes_on_is_removed_by_it(tmp_path):
    """And nothing is left then; the lock of another entry that was removed goes at once."""
    root = tmp_path / "bytewire" / "schedule"
    root.mkdir(parents=True)
    entry = Entry(root, HANGS, time_limit=60, log={"path": str(tmp_path / "log"), "size": 1000000, "keep": 2})
    entry.log = tmp_path / "log"
    (root / ".lock-other").touch()
    running = entry.start()
    entry.wait_for("it is ")
    stays = {"name": "night", "root": str(root), "units": str(tmp_path), "scope": "", "cron": 0, "timer": False, "entry": False}
    done = subprocess.run([sys.executable, os.path.join(FILES, "remove.py"), json.dumps(stays)], capture_output=True, text=True, check=False,
                          env=dict(os.environ, PATH=""))
    assert (done.returncode, done.stdout) == (0, f"{root}/night\n{root}/.lock-other\n"), done
    assert [path.name for path in root.iterdir()] == [".lock-night"]
    running.terminate()
    running.communicate(timeout=300)
    assert not root.exists()


@pytest.fixture(name="home")
def home_of_nobody():
    with tempfile.TemporaryDirectory() as home:
        os.chown(home, NOBODY, NOBODY)
        yield home


def test_entries_of_a_user(schedule, inside, home):
    """The user nobody, who may read what root may, since Python or the checkout can be in root's home."""
    if os.geteuid() != 0:
        pytest.skip("this user's own crontab would be changed")
    needs("crontab")
    needs("systemd-analyze")
    schedule.inside = inside + ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=+dac_read_search",
                                "--ambient-caps=+dac_read_search", "env", "--unset=COVERAGE_PROCESS_CONFIG", "HOME=" + home,
                                f"ANSIBLE_REMOTE_TEMP={home}/.ansible/tmp"]
    schedule.where = []
    wanted = {"schedule_cron": ["@daily"]}
    assert changed(schedule.entry(**wanted)) > 0
    assert changed(schedule.entry(**wanted)) == 0
    folder = home + "/.config/bytewire/schedule"
    assert schedule.crontab().endswith(f'@daily "{sys.executable}" "{folder}/run.py" "{folder}/night"\n')
    assert subprocess.run(inside + ["crontab", "-l"], capture_output=True, check=False).stdout == b""  # root's
    assert changed(schedule.entry(schedule_runner="systemd", schedule_calendar=["daily"])) > 0
    units = [os.path.join(home, ".config/systemd/user/bytewire-schedule-night." + kind) for kind in ("service", "timer")]
    verified = schedule.ansible.run(*inside, "systemd-analyze", "--user", "verify", *units, XDG_RUNTIME_DIR=home)
    assert verified.returncode == 0 and "bytewire" not in verified.stderr, verified.stderr
    with open(units[0], encoding="utf-8") as file:
        assert "network-online.target" not in file.read()  # of the system's systemd alone
    schedule.systemctl()
    assert changed(schedule.entry(schedule_activate=True, schedule_calendar=["daily"])) > 0
    with open(home + "/systemctl.json", encoding="utf-8") as file:
        assert json.load(file)["active"] == ["bytewire-schedule-night.timer"]
    assert os.stat(folder + "/.lock-night").st_uid == NOBODY
    assert changed(schedule.entry(schedule_state="absent")) == 1 and not os.path.exists(home + "/.config/bytewire")


def test_entries_of_a_schedule_are_dictionaries(schedule):
    needs("crontab")
    play = [{"hosts": "localhost", "gather_facts": False, "tasks": [
        {"ansible.builtin.include_role": {"name": "bytewire.devices.schedule", "tasks_from": "list"}},
        {"ansible.builtin.assert": {"that": ["schedule_entries[0] is mapping", "schedule_entries[0].status is none", "schedule_entries[0].times is sequence"]}},
        {"ansible.builtin.debug": {"msg": "{{ schedule_entries | map(attribute='name') | list }} {{ schedule_entries[0].times }}"}}]}]
    (schedule.ansible.folder / "list.yml").write_text(json.dumps(play))
    assert changed(schedule.entry(schedule_cron=["@daily", "5 4 * * *"], schedule_runner="cron")) > 0
    done = schedule.run("ansible-playbook", "list.yml")
    assert done.returncode == 0 and "['night'] ['@daily', '5 4 * * *']" in done.stdout, done.stdout


REFUSED = {
    "a time that never comes": ({"schedule_calendar": ["2020-01-01"]}, "none that will come: 2020-01-01"),
    "no time": ({"schedule_calendar": ["daily", "Mon..Tri"]}, "Failed to parse calendar specification 'Mon..Tri'"),
    "no time of cron": ({"schedule_cron": ["61 * * * *"]}, "'61 * * * *' is no time of cron: minute: '61' is not 0 to 59."),
    "a state that is none": ({"schedule_state": "of"}, 'schedule_state is \\"of\\"; expected present or absent.'),
    "a choice that is none": ({"schedule_output": "maybe"}, 'schedule_output is \\"maybe\\"; expected journal or file.'),
    "what is no list or dictionary": (
        {"schedule_calendar": 5, "schedule_cron": "30 22 * * *", "schedule_inventory": {"a": 1}, "schedule_arguments": None,
         "schedule_vault_password_files": True, "schedule_extra_vars": ["a"], "schedule_environment": "A=1"},
        'schedule_calendar is a number; expected a list of texts, also if there is one alone: [\\"Mon..Fri 22:30\\"]. '
        'schedule_cron is a text; expected a list of texts, also if there is one alone: [\\"30 22 * * 1-5\\"]. '
        'schedule_inventory is a dictionary; expected a list of texts, also if there is one alone: [\\"inventory.yml\\"]. '
        'schedule_arguments is null; expected a list of texts, also if there is one alone: [\\"--limit=garage\\"]. '
        'schedule_vault_password_files is true or false; expected a list of texts, also if there is one alone: [\\"~/.vault-password\\"]. '
        'schedule_extra_vars is a list; expected a dictionary. schedule_environment is a text; expected a dictionary.'),
    "a list of numbers": ({"schedule_cron": [5]}, 'schedule_cron is a list of what is no text; expected a list of texts, also if there is one'),
    "no such playbook of a collection": (
        {"schedule_playbook": "bytewire.devices.swich"}, "schedule_playbook is bytewire.devices.swich, and there is none: no "),
    "two lines": ({"schedule_calendar": ["daily\nPersistent=false"]}, "has a line break"),
    "no such playbook": ({"schedule_playbook": "missing.yml"}, "There is no such file, seen from"),
    "no such password file": ({"schedule_vault_password_files": ["rack@missing"]}, "There is no such file, seen from"),
    "variables as arguments": ({"schedule_arguments": ["-vepassword=secret"]}, "Everybody can read the arguments of a process"),
    "variables as arguments, abbreviated": ({"schedule_arguments": ["--e", "password=secret"]}, "Everybody can read the arguments of a process"),
    "a delay before the time": ({"schedule_random_delay": -5}, "schedule_random_delay and schedule_time_limit are seconds, 0 to 604800"),
    "a limit before the start": ({"schedule_time_limit": -1}, "schedule_random_delay and schedule_time_limit are seconds, 0 to 604800"),
    "a delay of years": ({"schedule_random_delay": 10 ** 9}, "schedule_random_delay and schedule_time_limit are seconds, 0 to 604800"),
    "a limit that is true": ({"schedule_time_limit": True}, "schedule_log_keep are whole numbers in plain digits"),
    "a log that grows": ({"schedule_log_size": 0}, "schedule_log_size is 1 to 1073741824, and schedule_log_keep 1 to 1000"),
    "a log of which nothing is kept": ({"schedule_log_keep": 0}, "schedule_log_size is 1 to 1073741824, and schedule_log_keep 1 to 1000"),
    "a password asked for": ({"schedule_arguments": ["--ask-vault-pass"]}, "Nobody is there to be asked"),
    "a template as value": ({"schedule_extra_vars": {"say": {"__ansible_unsafe": "{{ 1 }}"}}}, "would be taken for a template"),
    "a name that is a path": ({"schedule_name": "../night"}, "letters, digits, - and _ alone"),
    "a path that a shell reads": ({"schedule_project": "/tmp/$(reboot)"}, "must be absolute paths"),
    "a path of two lines": ({"schedule_project": "/tmp\n"}, "must be absolute paths"),
    "systemd does not run": ({"schedule_activate": True}, "no systemd of this"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_before_anything_is_written(schedule, what):
    variables, msg = REFUSED[what]
    if "calendar" in str(variables) and "\n" not in str(variables["schedule_calendar"]):
        needs("systemd-analyze")
    if what == "systemd does not run" and os.path.isdir("/run/systemd/system") and not schedule.inside:
        pytest.skip("systemd runs here")
    done = schedule.entry(**dict({"schedule_runner": "systemd", "schedule_calendar": ["daily"]}, **variables))
    assert done.returncode == 2 and msg in done.stdout + done.stderr, done.stdout + done.stderr
    assert "changed=0" in done.stdout and not schedule.folder.exists() and "argument_spec_data" not in done.stdout


@pytest.mark.parametrize("expression", ["* * * * *", "*/15 7-19/2,23 1,15 jan-mar,12 mon-fri", "0 0 29 2 *", "0 0 31 2 7", "@reboot"])
def test_times_of_cron(expression):
    assert program("cron_times").main([expression]) == 0


@pytest.mark.parametrize("expression", ["", "* * * *", "* * * * * root", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
                                        "5-1 * * * *", "5/2 * * * *", "*/0 * * * *", "*/60 * * * *", "* * 30 2 *", "* * 31 4,jun *",
                                        "* * * mon *", "@midday", "*\t* * * *", "* * * * *\n", "1, * * * *", "-1 * * * *", "٣ * * * *", "* * * * *  "])
def test_no_times_of_cron(expression, capsys):
    assert program("cron_times").main([expression]) == 1
    assert capsys.readouterr().out.startswith(f"{expression!r} is no time of cron: ")


@pytest.mark.parametrize("expression, after, comes", [
    ("30 22 * * *", "2026-11-29 22:29", "2026-11-29 22:30"), ("30 22 * * *", "2026-11-29 22:30", "2026-11-30 22:30"),
    ("*/15 7-19/2 * * mon-fri", "2026-11-27 19:50", "2026-11-30 07:00"), ("0 0 31 * *", "2026-11-29 12:00", "2026-12-31 00:00"),
    ("0 6 13 * fri", "2026-11-29 12:00", "2026-12-04 06:00"), ("0 6 */2 * fri", "2026-11-29 12:00", "2026-12-11 06:00"),
    ("0 0 * * 7", "2026-11-29 00:00", "2026-12-06 00:00"), ("0 0 29 2 *", "2026-11-29 00:00", "2028-02-29 00:00"),
    ("0 0 29 2 */7", "2073-01-01 00:00", "2088-02-29 00:00"), ("@weekly", "2026-11-29 12:00", "2026-12-06 00:00"), ("@reboot", "2026-11-29 12:00", None),
])
def test_when_a_time_of_cron_comes_next(expression, after, comes):
    """Days of the month and of the week both hold where one of them begins with *, and otherwise either. 2088: the first leap day on a Sunday since 2060's."""
    found = program("cron_times").following(expression, datetime.datetime.fromisoformat(after))
    assert (found and found.isoformat(" ", "minutes")) == comes


def program(name):
    """One of the role's programs, imported."""
    spec = importlib.util.spec_from_file_location(name, os.path.join(FILES, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_list_tells_what_became_of_the_last_run(tmp_path):
    """The second column is the time to come, by the clock of the host; nothing of it for what starts with the system."""
    night = Entry(tmp_path, HANGS, time_limit=60)
    described = json.loads((night.folder / "entry.json").read_text())
    for name, last in (("failed", {"started": "2026-11-29 01:00:03+01:00", "status": 4}), ("killed", {"started": "2026-11-29 02:00:00+01:00"}), ("new", {})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "last.json").write_text(json.dumps(last))
    for name in ("failed", "killed", "new", "night"):
        entry = dict(described, name=name, runner="cron", times=["@reboot"] if name == "new" else ["@yearly"], playbook="night.yml")
        (tmp_path / name / "entry.json").write_text(json.dumps(entry))
    running = night.start()
    night.wait_for("it is ")
    done = subprocess.run([sys.executable, os.path.join(FILES, "entries.py"), str(tmp_path)], capture_output=True, text=True, timeout=20, check=False)
    running.terminate()
    running.communicate(timeout=300)
    found = json.loads(done.stdout)
    assert [entry["result"] for entry in found["entries"]] == ["failed (4)", "killed", "-", "running"]
    year = datetime.date.today().year + 1
    assert re.split("  +", found["table"][1]) == ["failed", f"{year}-01-01 00:00", "2026-11-29 01:00", "failed (4)", "cron", "@yearly", "night.yml"]
    assert re.split("  +", found["table"][3])[:4] == ["new", "-", "-", "-"]


# The program that runs an entry

class Entry:
    """An entry that runs a line of Python instead of a playbook."""

    def __init__(self, folder, code, **others):
        self.folder = folder / "night"
        self.folder.mkdir()
        self.log = folder / "log" / "schedule-night.log"
        entry = {"name": "night", "command": [sys.executable, "-u", "-c", code, "night.yml"], "mail": [], "directory": str(folder), "environment": {"COUNT": 3},
                 "random_delay": 0, "time_limit": 60, "log": {"path": str(self.log), "size": 1000000, "keep": 2}}
        (self.folder / "entry.json").write_text(json.dumps(dict(entry, **others)))

    def start(self, **environment):
        return subprocess.Popen([sys.executable, os.path.join(FILES, "run.py"), str(self.folder)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                env=dict(os.environ, **environment))

    def run(self, **environment):
        program = self.start(**environment)
        return program.communicate(timeout=300)[0], program.returncode

    def wait_for(self, text):
        until(lambda: self.log.exists() and text in self.log.read_text(), 120, text)


def ended(pid):
    """Whether a process has; also one that nobody has collected yet."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


TELL = [sys.executable, "-c", "import json, sys; last = json.load(open(json.loads(sys.argv[2])['schedule_last'])); print(last['status'], last['log'])"]
HANGS = "import os, time; print('it is', os.getpid()); time.sleep(300)"


def test_output_goes_to_the_log_file_or_to_the_journal(tmp_path):
    code = "import os, sys; print('three', os.environ['COUNT']); print(os.isatty(0), file=sys.stderr); sys.exit(4)"
    entry = Entry(tmp_path, code)
    assert entry.run() == ("", 4)
    written = entry.log.read_text()
    assert "three 3\nFalse\n" in written and re.search(r"=== \S+ \S+ night: exit status 4 after \d s\n", written)
    last = json.loads((entry.folder / "last.json").read_text())
    assert (last["status"], last["lines"], last["log"]) == (4, ["three 3", "False"], str(entry.log))
    (tmp_path / "other").mkdir()
    printed, status = Entry(tmp_path / "other", code, log=None).run()
    assert status == 4 and "three 3\nFalse\n" in printed


def test_the_log_file_rotates_also_within_a_run(tmp_path):
    entry = Entry(tmp_path, "for number in range(1000): print('line', number, 'x' * 100)",
                  log={"path": str(tmp_path / "log" / "n.log"), "size": 20000, "keep": 2})
    assert entry.run() == ("", 0)
    logs = sorted((tmp_path / "log").iterdir())
    assert [path.name for path in logs] == ["n.log", "n.log.1", "n.log.2"] and all(path.stat().st_size <= 20000 for path in logs)
    assert "exit status 0" in logs[0].read_text()


def test_one_run_at_a_time_even_if_its_program_is_killed(tmp_path):
    entry = Entry(tmp_path, HANGS)
    first = entry.start()
    entry.wait_for("it is ")
    pid = int(re.search(r"it is (\d+)", entry.log.read_text()).group(1))
    try:
        assert entry.run() == ("", 75)
        assert "night: not started, the run before still goes on" in entry.log.read_text()
        first.kill()
        first.communicate()
        assert entry.run() == ("", 75)
    finally:
        os.kill(pid, signal.SIGKILL)
    until(lambda: ended(pid), 120, "the run has ended")


def test_the_run_after_one_that_was_killed_tells_it(tmp_path):
    entry = Entry(tmp_path, HANGS, mail=TELL)
    first = entry.start()
    entry.wait_for("it is ")
    pid = int(re.search(r"it is (\d+)", entry.log.read_text()).group(1))
    first.kill()
    first.communicate()
    os.kill(pid, signal.SIGKILL)
    until(lambda: ended(pid), 10, "the run has ended")
    begun = json.loads((entry.folder / "last.json").read_text())["started"]
    path = entry.folder / "entry.json"
    path.write_text(path.read_text().replace("time.sleep(300)", "time.sleep(0)"))
    assert entry.run() == ("", 0)
    said = entry.log.read_text().partition("the run before")[2]
    assert said.startswith(f", begun {begun}, was killed, or the machine went down: what it did is not known\n")
    assert f"\n137 {entry.log}\n" in said and json.loads((entry.folder / "last.json").read_text())["status"] == 0
    assert entry.run() == ("", 0) and entry.log.read_text().count("the run before") == 1


@pytest.mark.parametrize("told", [None, "{"])
def test_a_run_that_was_killed_before_it_started_anything_is_no_run(tmp_path, told):
    """Between its lock and its program; what stands in the file then, if anything, is no matter."""
    entry = Entry(tmp_path, "", random_delay=3600)
    first = entry.start()
    lock = tmp_path / ".lock-night"
    until(lambda: lock.exists() and _is_locked(lock), 20, "it does not take the lock")
    first.kill()
    first.communicate()
    if told is not None:
        (entry.folder / "last.json").write_text(told)
    (entry.folder / "entry.json").write_text(json.dumps(dict(json.loads((entry.folder / "entry.json").read_text()), random_delay=0)))
    assert entry.run() == ("", 0) and "the run before" not in entry.log.read_text()


def _is_locked(path):
    with open(path, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
        except BlockingIOError:
            return True


def test_one_run_at_a_time_even_if_the_entry_is_removed_and_made_anew(tmp_path):
    entry = Entry(tmp_path, HANGS, time_limit=30)
    first = entry.start()
    entry.wait_for("it is ")
    shutil.rmtree(entry.folder)
    assert Entry(tmp_path, "").run() == ("", 75)
    first.terminate()
    first.communicate(timeout=300)
    shutil.rmtree(entry.folder)
    assert Entry(tmp_path, "").run() == ("", 0)


@pytest.mark.parametrize("told, status, says", [(False, 124, "not done after 1 s, ended"), (True, 143, "told to end")])
def test_a_run_is_ended_with_all_that_it_started(tmp_path, told, status, says):
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-u', '-c', {HANGS!r}])"
    entry = Entry(tmp_path, code, time_limit=60 if told else 1)
    program = entry.start()
    entry.wait_for("it is ")
    if told:
        program.terminate()
    assert program.communicate(timeout=300)[0] == "" and program.returncode == status
    assert says in entry.log.read_text()
    pid = int(re.search(r"it is (\d+)", entry.log.read_text()).group(1))
    until(lambda: ended(pid), 120, "what the run started has ended")
    assert json.loads((entry.folder / "last.json").read_text())["status"] == status


def test_what_cannot_be_started_and_what_was_removed(tmp_path):
    assert Entry(tmp_path, "", directory=str(tmp_path / "missing")).run() == ("", 127)
    (tmp_path / "other").mkdir()
    entry = Entry(tmp_path / "other", "import shutil; shutil.rmtree('night'); exit(2)", mail=[sys.executable, "-c", "print('mailed')"])
    assert entry.run() == ("", 2) and "the entry was removed meanwhile" in entry.log.read_text()
    assert "mailed" not in entry.log.read_text()


def test_a_log_that_cannot_be_opened_keeps_no_run_away(tmp_path):
    (tmp_path / "file").write_text("")
    entry = Entry(tmp_path, "import os; os.write(1, b'gr\\xc3\\xbcn\\n'); os._exit(4)", mail=TELL,
                  log={"path": str(tmp_path / "file" / "n.log"), "size": 1000, "keep": 1})
    printed, status = entry.run(PYTHONIOENCODING="ascii")
    assert status == 4 and re.match(r"=== \S+ \S+ the log file cannot be written, the output is here: \[Errno \d+\]", printed)
    assert "gr\\xfcn\n" in printed and "exit status 4" in printed and f"\n4 {tmp_path}/file/n.log, as far as it could be written: [Errno" in printed


def test_what_cannot_be_kept_is_mailed(tmp_path):
    entry = Entry(tmp_path, "exit(4)", mail=TELL)
    (entry.folder / "last.json.new").mkdir()
    assert entry.run() == ("", 4)
    assert "night: what became of it could not be kept: [Errno" in entry.log.read_text() and f"\n4 {entry.log}\n" in entry.log.read_text()


MAIL = [sys.executable, "-m", "ansible", "playbook", "bytewire.devices.schedule_failed", "-e", "notify_when=always"]


def receive_mails(ansible, emulator):
    port = free_port()
    emulator(mail={"host": "127.0.0.1", "port": port, "directory": str(ansible.folder / "mails")})
    ansible.hosts({}, notify_mail_host="127.0.0.1", notify_mail_port=port, notify_mail_encryption="none", notify_mail_from="relays@example.org",
                  notify_mail_to=["ann@example.org"], notify_mail_subject_prefix="[relays]", notify_when="changed")


def test_the_mail_quotes_output_and_never_runs_it(ansible, emulator):
    """What a device says may look like a template."""
    receive_mails(ansible, emulator)
    said = "{{ 7 * 7 }} " + f"{{{{ lookup('pipe', 'touch {ansible.folder}/run') }}}} <b>"
    entry = Entry(ansible.folder, f"print({said!r}); exit(3)", mail=MAIL, environment=ansible.environment)
    assert entry.run() == ("", 3), entry.log.read_text()
    (subject, text), = mails(ansible.folder / "mails", 1, 60).items()
    assert re.fullmatch(r"\[relays\] Scheduled run night on \S+ failed with exit status 3", subject)
    assert f"\n\n{said}\n" in text and "Exit status:  3\n" in text and not (ansible.folder / "run").exists()
    (path,) = (ansible.folder / "mails").glob("*.eml")
    html = email.message_from_bytes(path.read_bytes(), policy=email.policy.default).get_body(["html"]).get_content()
    assert "&lt;b&gt;" in html
    assert ansible.run(*MAIL, "-e", json.dumps({"schedule_last": str(ansible.folder / "missing")})).returncode != 0


FILL = """
set -e
mount -t tmpfs -o size=64k none $1
cd $1
cp -r ../night .
mkdir home
dd if=/dev/zero of=fill bs=1k count=1000 2> /dev/null || exec $2 $3 $1/night
"""


def test_a_run_on_a_full_disk_is_mailed(ansible, emulator, inside):
    """Entry, log file and home, so what Ansible writes itself too, on a disk that takes no more."""
    if not inside:
        pytest.skip("a small disk needs root, and a mount namespace")
    receive_mails(ansible, emulator)
    full = ansible.folder / "full"
    full.mkdir()
    log = {"path": str(full / "log" / "n.log"), "size": 100000, "keep": 2}
    Entry(ansible.folder, "print('said'); exit(3)", mail=MAIL, log=log, environment=dict(ansible.environment, HOME=str(full / "home")))
    done = subprocess.run(inside + ["sh", "-c", FILL, "sh", str(full), sys.executable, os.path.join(FILES, "run.py")], capture_output=True, text=True,
                          timeout=600, check=False)
    assert done.returncode == 3 and "said\n" in done.stdout and "night: what became of it could not be kept: [Errno 28]" in done.stdout, done
    (subject, text), = mails(ansible.folder / "mails", 1, 60).items()
    assert "failed with exit status 3" in subject and "\nsaid\n" in text
    assert f"All output: {log['path']}, as far as it could be written: [Errno 28] No space left on device By: " in " ".join(text.split())
    # Another run of the tests has its own there, for a moment.
    until(lambda: not [name for name in os.listdir("/dev/shm") if name.startswith("bytewire-schedule-")], 60, "something was left in /dev/shm")


def test_a_mail_that_cannot_be_sent_is_told(tmp_path):
    """In the log file, and where cron mails it."""
    entry = Entry(tmp_path, "exit(2)", mail=["false"])
    said = f"night: exit status 2; the mail about it could not be sent; all output: {entry.log}\n"
    assert entry.run() == (said, 2) and said in entry.log.read_text()


WORD = "import os, time; open(os.environ['BYTEWIRE_REPORTED'], 'w').close(); "


@pytest.mark.parametrize("code, status, is_mailed", [
    (WORD + "exit(2)", 2, False), (WORD + "exit(4)", 4, False), (WORD + "exit(1)", 1, True), (WORD + "os.kill(os.getpid(), 9)", 137, True),
    (WORD + "time.sleep(300)", 124, True), ("exit(2)", 2, True), (WORD, 0, False),
])
def test_what_a_playbook_mailed_itself_is_not_mailed_twice_and_all_else_is(tmp_path, code, status, is_mailed):
    """A word of a run before is none."""
    entry = Entry(tmp_path, code, mail=TELL, time_limit=3)
    (entry.folder / "reported").write_text("")
    assert entry.run() == ("", status)
    assert (f"\n{status} {entry.log}\n" in entry.log.read_text()) == is_mailed
    assert ("night: the playbook has mailed what failed\n" in entry.log.read_text()) == (status in (2, 4) and not is_mailed)
    assert not (entry.folder / "reported").exists()


def test_a_word_that_cannot_be_taken_away_is_none(tmp_path):
    entry = Entry(tmp_path, "exit(2)", mail=TELL)
    (entry.folder / "reported").mkdir()
    assert entry.run() == ("", 2) and f"\n2 {entry.log}\n" in entry.log.read_text()


def test_a_vault_that_cannot_be_opened_is_mailed(ansible, emulator):
    """Its password is gone, as the entry names it and as ansible.cfg does; recipients are in a plain file beside the vault."""
    receive_mails(ansible, emulator)
    inventory = json.loads(ansible.inventory.read_text())
    folder = ansible.folder / "group_vars" / "all"
    folder.mkdir(parents=True)
    (folder / "vault.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n3030\n")
    (ansible.folder / "ansible.cfg").write_text("[defaults]\nvault_password_file = ~/.vault-password\n")
    (folder / "mail.yml").write_text(json.dumps({"notify_mail_to": inventory["all"]["vars"].pop("notify_mail_to")}))
    (folder / "README.md").write_text(": no variables")
    ansible.inventory.write_text(json.dumps(inventory))
    named = [*MAIL[:5], "-i", ansible.inventory.name, "--vault-id", "~/.vault-password", *MAIL[5:]]
    entry = Entry(ansible.folder, "exit(1)", mail=named, environment=ansible.environment, directory=str(ansible.folder))
    assert entry.run() == ("", 1), entry.log.read_text()
    (subject,) = mails(ansible.folder / "mails", 1, 60)
    (ansible.folder / "ansible.cfg").unlink()
    shutil.rmtree(folder)
    assert subject.endswith(" failed with exit status 1") and entry.log.read_text().count("the mail is tried once more, without a vault") == 1
    assert "WARNING" not in entry.log.read_text().partition("without a vault\n")[2]


@pytest.mark.parametrize("made, words", [
    (os.mkfifo, "it is not a regular file"), (lambda path: path.write_text("[" * 100000), "recursion"),
    (lambda path: path.write_text("no JSON"), "Expecting value"), (lambda path: path.write_text("[]"), "it holds no keys"),
])
def test_an_entry_that_cannot_be_read_blocks_nothing_and_hides_no_other(tmp_path, made, words):
    for name in ("broken", "night"):
        (tmp_path / name).mkdir()
    made(tmp_path / "broken" / "entry.json")
    entry = {"name": "night", "runner": "cron", "times": ["@daily"], "playbook": "night.yml"}
    (tmp_path / "night" / "entry.json").write_text(json.dumps(entry))
    done = subprocess.run([sys.executable, os.path.join(FILES, "entries.py"), str(tmp_path)], capture_output=True, text=True, timeout=20, check=False)
    assert [one["name"] for one in json.loads(done.stdout)["entries"]] == ["night"]
    assert len(done.stderr.splitlines()) == 1 and "broken/entry.json cannot be read: " in done.stderr and words in done.stderr


def test_a_run_of_an_entry_that_cannot_be_read_ends_with_a_line(tmp_path):
    os.mkfifo(tmp_path / "entry.json")
    done = subprocess.run([sys.executable, os.path.join(FILES, "run.py"), str(tmp_path)], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1 and "cannot be read" in done.stderr and len(done.stderr.splitlines()) == 1

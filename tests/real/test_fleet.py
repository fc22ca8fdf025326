# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module fleet as a user runs it: the results of the single tasks, what it refuses, how it ends; on the controller and on a gateway."""

from __future__ import annotations

import collections
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import statistics
import subprocess
import textwrap
import threading
import time

import pytest

from ansible_collections.bytewire.devices.tests.real.test_ansible import ProcessList
from ansible_collections.bytewire.devices.tests.real.test_gateway import alike, gateway, show  # noqa: F401, pylint: disable=unused-import
from ansible_collections.bytewire.devices.tests.real.test_transports import (  # noqa: F401, pylint: disable=unused-import
    processes, serial_line, serial_server,
)

BUILTIN = "ansible.builtin."


def fleet(module, options, **others):
    """A task; keywords of tasks among the others, the rest are options of the module."""
    keywords = {name: others.pop(name) for name in ("run_once", "delegate_to", "timeout", "register", "ignore_errors", "vars", "check_mode") if name in others}
    return dict({"name": "fleet", "bytewire.devices.fleet": dict({"module": module, "options": options}, **others), "register": "outcome"}, **keywords)


def inventory(count):
    """Hosts that are the boards of an emulator on 127.60.0.1 and so on."""
    return {f"b{number:04d}": {"ansible_host": f"127.60.{(number + 1) // 256}.{(number + 1) % 256}"} for number in range(count)}


def play(ansible, tasks, *flags, **keywords):
    path = ansible.folder / "fleet.yml"
    path.write_text(json.dumps([dict({"hosts": "all", "gather_facts": False, "tasks": tasks}, **keywords)]))
    return ansible.run("ansible-playbook", path, *flags)


def outcome(ansible, tasks, *flags, **keywords):
    """What the last task registered as outcome."""
    done = play(ansible, tasks + [dict(show(ansible.folder, "outcome.json"), run_once=True)], *flags, **keywords)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads((ansible.folder / "outcome.json").read_text()), done.stdout + done.stderr


# the same as the single task

ALSO_ON_A_GATEWAY = [
    ("relay", {"relay": [1, "disk"], "state": "on", "trace": True}),
    ("relay", {"relay": 2, "state": "off", "password": "guess"}),
    ("relay", {"relay": 1, "state": "on", "model": "lc_tech", "timeout": 0.3}),
    ("ping", {}),
]
CASES = ALSO_ON_A_GATEWAY + [
    ("relay", {"relay": 9, "state": "on"}),
    ("relay", {"relay": 2, "state": "on", "model": "eth8020"}),
    ("relay", {"relay": 2, "state": "on", "model": "auto"}),
    ("relay", {"relay": 4, "state": "pulsed", "duration": 20}),
    ("device_info", {}),
    ("send", {"data": "24", "length": 1}),
    ("send", {"data": "24", "expect": "FF"}),
    ("command", {"command": "STATUS", "port": 1, "retries": 0}),
    ("settings", {"settings": {"power": "on"}}),
]
PLACES = {"single": "127.0.0.13", "fleet": "127.0.0.14", "gateway": "127.0.0.15"}


def as_a_host(result):
    """The registered result of a single task as it stands among a fleet's hosts."""
    if not result.get("failed"):
        result.pop("failed", None)
    return {key: value for key, value in result.items() if key not in ("exception", "invocation", "ansible_facts", "deprecations")}


def without_times(text):
    return re.sub(r"in [0-9.e-]+ ms", "in TIME", text)


@pytest.mark.parametrize("flags", [["--check", "--diff"], ["--diff", "-vvv"]], ids=["check", "trace"])
def test_each_host_s_result_is_that_of_the_single_task(ansible, emulator, gateway, flags):  # noqa: F811
    boards = {place: emulator(place, host=address, password="hunter2") for place, address in PLACES.items()}
    ansible.hosts({"garage": {"ansible_host": "{{ address }}", "bytewire_model": "eth008", "bytewire_relays": {"disk": 2},
                              "bytewire_password": "{{ 'hunter2' }}"}, "gateway": gateway})
    found = {}
    for place, board in boards.items():
        tasks, keywords = [], {"delegate_to": "gateway"} if place == "gateway" else {}
        cases = ALSO_ON_A_GATEWAY if place == "gateway" else CASES
        for number, (module, options) in enumerate(cases):
            task = fleet(module, options, **keywords) if place != "single" else {"bytewire.devices." + module: options}
            tasks.append(dict(task, register=f"case_{number}", ignore_errors=True))
        what = f"[{', '.join(task['register'] for task in tasks)}]"
        done = play(ansible, tasks + [dict(show(ansible.folder, place, what), check_mode=False)], *flags, "--limit", "garage", "-e",
                    f"address={PLACES[place]} bytewire_port={board.port}")
        assert done.returncode == 0, done.stdout + done.stderr
        text = without_times((ansible.folder / place).read_text())
        assert "hunter2" not in text and "guess" not in text
        results = json.loads(text)
        hosts = [as_a_host(result) for result in results] if place == "single" else [result["hosts"]["garage"] for result in results]
        found[place] = alike(json.dumps(hosts), PLACES[place], board.port)
        if place != "single":
            assert [result["changed"] for result in results] == [host["changed"] for host in hosts]
    for case, single, here in zip(CASES, found["single"], found["fleet"]):
        assert single == here, case
    for case, single, there in zip(ALSO_ON_A_GATEWAY, found["single"], found["gateway"]):
        assert single == there, case
    assert boards["single"].writes() == boards["fleet"].writes()
    assert boards["single"].writes() == ([] if "--check" in flags else ["20 01 00", "20 02 00", "20 04 C8"])
    assert boards["gateway"].writes() == boards["single"].writes()[:2]


# what is refused, and how often it runs

REFUSALS = [
    ("no run_once", fleet("ping", {}), "it would run once for each of the 3 hosts of this play"),
    ("the play's own hosts by name", fleet("ping", {}, hosts="{{ groups['all'] }}"), "it would run once for each of the 3 hosts"),
    ("unknown host", fleet("ping", {}, run_once=True, hosts=["b0000", "b9999"]), "b9999 is not in the inventory"),
    ("host twice", fleet("ping", {}, run_once=True, hosts=["b0000", {"name": "b0000"}]), "b0000 is named twice"),
    ("no host", fleet("ping", {}, run_once=True, hosts=[]), "there is no host"),
    ("concurrency", fleet("ping", {}, run_once=True, concurrency=0), "concurrency is 0; expected 1 to 10000"),
    ("unknown option", fleet("ping", {"tineout": 3}, run_once=True), "module ping has no option tineout"),
    ("unknown module", fleet("pong", {}, run_once=True), "module is 'pong'; expected one of"),
    ("template that differs", fleet("relay", {"relay": "{{ own_relay }}", "state": "on"}, run_once=True), "relay would differ on b0001"),
    ("template of all options", fleet("relay", "{{ {'relay': own_relay, 'state': 'on'} }}", run_once=True), "relay would differ on b0001"),
    ("template in the task's variables", fleet("relay", {"relay": "{{ mine }}", "state": "on"}, run_once=True, vars={"mine": "{{ own_relay }}"}),
     "relay would differ on b0001"),
    ("template under args", {"bytewire.devices.fleet": {"module": "relay"}, "args": {"options": {"relay": "{{ own_relay }}", "state": "on"}}, "run_once": True},
     "relay would differ on b0001"),
    ("template in module_defaults", {"bytewire.devices.fleet": {"module": "relay"}, "run_once": True, "module_defaults": {
        "bytewire.devices.fleet": {"options": {"relay": "{{ own_relay }}", "state": "on"}}}}, "relay would differ on b0001"),
    ("template of all arguments", {"bytewire.devices.fleet": "{{ all_of_it }}", "run_once": True, "vars": {
        "all_of_it": {"module": "relay", "options": {"relay": "{{ own_relay }}", "state": "on"}}}}, "relay would differ on b0001"),
    ("template in hosts", fleet("relay", {"state": "on"}, run_once=True, hosts=[{"name": "b0002", "options": {"relay": "{{ own_relay }}"}}]),
     "relay would differ on b0002"),
    ("variable of the task", fleet("relay", {"relay": 1, "state": "on"}, run_once=True, vars={"bytewire_contact": "normally_closed"}),
     "bytewire_contact is set by the play, the task"),
    ("some of the play's own hosts", fleet("ping", {}, hosts="{{ groups['all'][1:] }}"), "b0001, b0002 would be done more than once"),
]


def test_what_is_refused_before_anything_is_sent(ansible, emulator):
    board = emulator("boards", host="127.60.0.1", count=3)
    hosts = inventory(3)
    for number, host in enumerate(hosts.values()):
        host["own_relay"] = number + 1
    ansible.hosts(hosts, bytewire_port=board.port, bytewire_model="eth008")
    tasks = [dict(task, register=f"case_{number}", ignore_errors=True) for number, (dummy, task, dummy) in enumerate(REFUSALS)]
    what = f"[{', '.join(task['register'] for task in tasks)}]"
    done = play(ansible, tasks + [dict(show(ansible.folder, "all.json", what), run_once=True)])
    assert done.returncode == 0, done.stdout + done.stderr
    for (name, dummy, words), result in zip(REFUSALS, json.loads((ansible.folder / "all.json").read_text())):
        assert result["failed"] and words in result["msg"] and {"kind": "invalid", "stage": "options"}.items() <= result["error"].items(), (name, result)
    free = play(ansible, [fleet("ping", {}, run_once=True)], strategy="free")
    assert free.returncode != 0 and "in a play whose strategy is linear (this one's is free)" in free.stdout
    assert board.journal() == []


def test_what_is_not_refused(ansible, emulator):
    """A play of one host; templates that mean the same everywhere; what differs said of each host; a wrong variable of one host."""
    board = emulator("boards", host="127.60.0.1", count=3)
    hosts = inventory(3)
    hosts["b0001"]["bytewire_timeout"] = "soon"
    hosts["b0002"]["bytewire_password"] = "{{ vault_of_b0002 }}"
    ansible.hosts(hosts, bytewire_port=board.port, bytewire_model="eth008", wanted="on")
    template = {"relay": 1, "state": "{{ wanted }}", "duration": "{{ nothing | default(omit) }}"}
    single, dummy = outcome(ansible, [fleet("relay", template)], "--limit", "b0000")
    assert list(single["hosts"]) == ["b0000"] and single["changed"]
    each = [{"name": name, "options": {"relay": number + 4, "timeout": 2}} for number, name in enumerate(hosts)]
    every, printed = outcome(ansible, [fleet("relay", template, hosts=each, run_once=True, ignore_errors=True)])
    assert list(every["hosts"]["b0000"]["relays"]) == ["4"] and list(every["hosts"]["b0001"]["relays"]) == ["5"]
    assert every["failed_hosts"] == ["b0002"] and {"kind": "invalid", "stage": "options"}.items() <= every["hosts"]["b0002"]["error"].items()
    assert "vault_of_b0002" in every["hosts"]["b0002"]["msg"] and "1 of 3 hosts failed: b0002. The first: b0002: its inventory" in every["msg"]
    plain, dummy = outcome(ansible, [fleet("relay", template, run_once=True, ignore_errors=True)])
    assert plain["failed_hosts"] == ["b0001", "b0002"]
    assert "timeout (bytewire_timeout) is 'soon'; expected 0.001 to 3600 seconds" in plain["hosts"]["b0001"]["msg"]
    assert sorted(board.writes()) == ["20 01 00", "20 04 00", "20 05 00"]


def test_variables_of_the_play(ansible, emulator):
    """Refused from wherever they come, since no other host sees them; those that every host sees count."""
    board = emulator("boards", host="127.60.0.1", count=3)
    ansible.hosts(inventory(3), bytewire_port=board.port, bytewire_model="eth008")
    (ansible.folder / "wiring.yml").write_text("bytewire_contact: normally_closed\n")
    role = ansible.folder / "roles" / "wired"
    for part, content in (("defaults", {"bytewire_contact": "normally_closed"}), ("tasks", [fleet("relay", {"relay": 1, "state": "off"}, run_once=True)])):
        (role / part).mkdir(parents=True)
        (role / part / "main.yml").write_text(json.dumps(content))
    elsewhere = fleet("relay", {"relay": 1, "state": "off"}, hosts=list(inventory(3)))
    task = fleet("relay", {"relay": 1, "state": "off"}, run_once=True)
    contact = {"bytewire_contact": "normally_closed"}
    for keywords in ({"tasks": [elsewhere], "hosts": "localhost", "vars": contact}, {"tasks": [task], "vars": contact},
                     {"tasks": [task], "vars_files": ["wiring.yml"]}, {"tasks": [], "roles": ["wired"]}):
        done = play(ansible, **keywords)
        assert done.returncode != 0 and "bytewire_contact is set by the play, the task, a role or a file of theirs" in done.stdout, keywords
    assert board.journal() == []
    for keywords, flags in (({"tasks": [elsewhere], "hosts": "localhost"}, ["-e", "bytewire_contact=normally_closed"]),
                            ({"tasks": [{BUILTIN + "set_fact": contact}, dict(task)]}, []),
                            ({"tasks": [fleet("relay", {"relay": 1, "state": "off", "contact": "normally_closed"}, run_once=True)], "vars": contact}, [])):
        done = play(ansible, keywords.pop("tasks"), *flags, **keywords)
        assert done.returncode == 0, done.stdout
    assert board.writes() == ["20 01 00"] * 3


def test_a_fleet_that_would_run_for_each_batch(ansible, emulator):
    board = emulator("boards", host="127.60.0.1", count=3)
    ansible.hosts(inventory(3), bytewire_port=board.port, bytewire_model="eth008")
    for batch, keywords in ((1, {}), (2, {"run_once": True})):
        done = play(ansible, [fleet("relay", {"relay": 8, "state": "pulsed", "duration": 1}, hosts="{{ groups['all'] }}", **keywords)], serial=batch)
        assert done.returncode != 0 and "b0002 would be done more than once" in done.stdout
    assert board.journal() == []


def test_serial_switches_each_host_once(ansible, emulator):
    boards = emulator("boards", host="127.60.0.1", count=1000)
    ansible.hosts(inventory(1000), bytewire_port=boards.port, bytewire_model="eth008")
    done = play(ansible, [fleet("relay", {"relay": 3, "state": "pulsed", "duration": 1}, run_once=True)], serial=400)
    assert done.returncode == 0, done.stdout[-2000:]
    assert collections.Counter(entry["board"] for entry in boards.journal() if entry["event"] == "in" and entry["what"] == "relays.pulse") == {
        f"{host['ansible_host']}:{boards.port}": 1 for host in inventory(1000).values()}


# conduct

def test_twenty_relays_of_one_board_and_others_beside_it(ansible, emulator):
    board = emulator(host="127.60.0.1", model="eth8020", latency=0.002)
    ansible.hosts({f"relay{number:02d}": {"bytewire_relay": number, "ansible_host": "127.60.0.1"} for number in range(1, 21)},
                  bytewire_port=board.port, bytewire_model="eth8020", bytewire_lock_timeout=0.001)
    result, printed = outcome(ansible, [fleet("relay", {"state": "on"}, run_once=True)])
    assert result["summary"]["changed"] == 20, printed
    assert [entry["connections"] for entry in board.journal() if entry["event"] == "open"] == [1] * 20


def test_starts_that_are_apart(ansible, emulator):
    boards = emulator("boards", host="127.60.0.1", count=50)
    ansible.hosts(inventory(50), bytewire_port=boards.port, bytewire_model="eth008")
    result, dummy = outcome(ansible, [fleet("relay", {"relay": 1, "state": "on"}, run_once=True, stagger=0.1)])
    for event in ("open", "relay"):
        times = [entry["time"] for entry in boards.journal() if entry["event"] == event]
        gaps = [later - earlier for earlier, later in zip(times, times[1:])]
        # The boards are late at times, and the next gap then looks shorter.
        assert len(times) == 50 and times[-1] - times[0] > 4.5 and statistics.median(gaps) >= 0.1, (event, gaps)
    assert result["summary"]["seconds"] < 10


def test_cycled_loads_are_switched_on_again_in_time(ansible, emulator):
    boards = emulator("boards", host="127.60.0.1", count=40, initial={"relays": [1]})
    ansible.hosts(inventory(40), bytewire_port=boards.port, bytewire_model="eth008")
    result, dummy = outcome(ansible, [fleet("relay", {"relay": 1, "state": "cycled", "duration": 0.5}, run_once=True, stagger=0.1)])
    switched = [(entry["board"], entry["state"], entry["time"]) for entry in boards.journal() if entry["event"] == "relay"]
    gone = {board: time for board, state, time in switched if state == "off"}
    back = {board: time for board, state, time in switched if state == "on"}
    times = [time for board, state, time in switched]
    assert result["summary"]["changed"] == 40 and set(back) == set(gone) and len(switched) == 80
    assert min(later - earlier for earlier, later in zip(times, times[1:])) >= 0.1
    assert 0.5 <= min(back[board] - gone[board] for board in gone) and max(back[board] - gone[board] for board in gone) < 1


def test_all_transports_in_one_fleet(ansible, emulator, serial_server, processes, tmp_path):  # noqa: F811
    pytest.importorskip("serial", reason="pyserial is not installed")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tv", "-keyout", str(tmp_path / "key.pem"),
                    "-out", str(tmp_path / "cert.pem"), "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    initial = {"settings": {"power": "off", "volume": 5}}
    plain = emulator("plain", model="lg", initial=initial)
    tls = emulator("tls", model="lg", initial=initial, tls={"certificate": str(tmp_path / "cert.pem"), "key": str(tmp_path / "key.pem")})
    line = emulator("line", model="lg", initial=initial)
    switcher = emulator("switcher", model="extron")
    port = emulator("port", model="lg", initial=initial)
    ports = serial_server(f"tcp:127.0.0.1:{line.port}")
    processes.start("socat", "pty,rawer,link=own", f"tcp:127.0.0.1:{port.port}")
    tv = {"ansible_host": "127.0.0.1", "bytewire_model": "lg"}
    ansible.hosts({
        "plain": dict(tv, bytewire_port=plain.port),
        "tls": dict(tv, bytewire_port=tls.port, bytewire_transport="tls", bytewire_ca_path=str(tmp_path / "cert.pem")),
        "rfc2217": dict(tv, bytewire_port=ports["rfc2217"], bytewire_transport="rfc2217"),
        "serial": dict(tv, bytewire_transport="serial", bytewire_serial_port=str(tmp_path / "own")),
        "telnet": {"ansible_host": "127.0.0.1", "bytewire_port": switcher.port, "bytewire_model": "extron", "bytewire_settings": {"mute": "on"}},
    })
    names = ["plain", "tls", "rfc2217", "serial"]
    wanted = [{"name": name, "options": {"settings": {"power": "on", "volume": 12}}} for name in names] + ["telnet"]
    result, dummy = outcome(ansible, [fleet("settings", {}, hosts=wanted, run_once=True, ignore_errors=True)])
    assert result["failed_hosts"] == [], result.get("msg")
    assert all(result["hosts"][name]["settings"]["power"] == {"state": "on", "was": "off"} for name in names)
    assert result["hosts"]["telnet"]["settings"]["mute"]["state"] == "on" and result["summary"]["changed"] == 5


def test_faults_of_every_kind_among_many(ansible, emulator):
    """Three hundred boards, of which one in a hundred is silent, closes, talks garbage or is locked."""
    faults = {"silent": [{"fault": "silent"}], "closed": [{"fault": "close_before_reply"}], "bad_reply": [{"fault": "garbage"}]}
    well = emulator("well", host="127.60.0.1", count=240)
    hosts = inventory(240)
    for number, kind in enumerate([*faults, "locked"]):
        emulator(kind, host=f"127.61.{number}.1", count=3, port=well.port, faults=faults.get(kind), password="x" if kind == "locked" else None)
        hosts.update({f"{kind}{one}": {"ansible_host": f"127.61.{number}.{one}"} for one in range(1, 4)})
    ansible.hosts(hosts, bytewire_port=well.port, bytewire_model="eth008", bytewire_timeout=4)
    result, printed = outcome(ansible, [fleet("relay", {"relay": 1, "state": "on"}, run_once=True, ignore_errors=True, concurrency=40)])
    assert list(result["hosts"]) == list(hosts) and result["summary"]["kinds"] == {"timeout": 3, "closed": 3, "bad_reply": 3, "locked": 3}
    assert {name: host["error"]["kind"] for name, host in result["hosts"].items() if host.get("failed")} == {
        f"{name}{one}": kind for name, kind in (("silent", "timeout"), ("closed", "closed"), ("bad_reply", "bad_reply"), ("locked", "locked"))
        for one in range(1, 4)}
    assert result["changed"] and result["failed"] and "12 of 252 hosts failed: silent1, silent2, silent3, closed1, closed2 and 7 more." in result["msg"]


# secrets

@pytest.fixture
def syslog():
    """Read what is sent to the system's log, where nobody else listens; another run of this test is waited for."""
    turn = os.open("/dev", os.O_RDONLY)
    fcntl.flock(turn, fcntl.LOCK_EX)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        listener.bind("/dev/log")
    except OSError as error:
        listener.close()
        os.close(turn)
        pytest.skip(f"the test cannot listen on /dev/log: {error.strerror}")
    listener.settimeout(0.1)
    said, over = [], threading.Event()

    def listen():
        while not over.is_set():
            try:
                said.append(listener.recv(65536).decode("utf-8", "replace"))
            except socket.timeout:
                continue

    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    yield said
    over.set()
    listening.join(120)
    listener.close()
    os.unlink("/dev/log")
    os.close(turn)


@pytest.mark.parametrize("place", ["controller", "gateway"])
def test_no_password_is_seen_anywhere(ansible, emulator, gateway, syslog, place):  # noqa: F811
    hosts = {f"b{number}": {"ansible_host": f"127.60.0.{number + 1}", "bytewire_password": f"Xq7-{number}-secret"} for number in range(8)}
    boards = emulator("boards", host="127.60.0.1", count=8, password="Xq7-3-secret")
    ansible.hosts(dict(hosts, gateway=gateway), bytewire_port=boards.port, bytewire_model="eth008")
    keywords = {"delegate_to": "gateway"} if place == "gateway" else {}
    seen = ProcessList()
    journal = ansible.folder / "fleet.journal"
    each = [{"name": "b6", "options": {"password": "Xq7-6-other"}}]
    result, printed = outcome(ansible, [
        fleet("relay", {"relay": 1, "state": "on", "password": "Xq7-wrong-for-all"}, hosts=list(hosts), run_once=True, ignore_errors=True, **keywords),
        fleet("relay", {"relay": 1, "state": "on"}, hosts=each, run_once=True, ignore_errors=True, **keywords),
        fleet("relay", {"relay": 1, "state": "on"}, hosts=list(hosts), run_once=True, ignore_errors=True, journal=str(journal), **keywords),
    ], "-vvvv", "--diff", "--limit", "b0")
    seen.stopped = True
    seen.join(120)
    assert result["failed_hosts"] == ["b0", "b1", "b2", "b4", "b5", "b6", "b7"] and result["hosts"]["b3"]["changed"]
    assert {host["error"]["kind"] for host in result["hosts"].values() if "error" in host} == {"locked"}
    assert "79 ********" in printed and seen.samples > 20
    logged = [line for line in list(syslog) if "fleet" in line]  # other tests that run now may log too
    if keywords:
        entries = collections.Counter(line.partition(": ")[2] for line in logged)
        assert entries >= collections.Counter(f"Invoked with module=relay for {count} hosts" for count in (8, 1, 8)), logged
    everything = printed + "".join(logged) + journal.read_text() + json.dumps(result) + "".join(sample.decode("latin-1") for sample in seen.seen)
    for secret in ("Xq7-", "Xq7-".encode().hex(), "Xq7-".encode().hex(" ").upper()):
        assert secret not in everything


# endings

def running(folder):
    """{process id: command line} of the Pythons whose home is below a folder: those of this test, here and on its gateway."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environment, open(f"/proc/{pid}/cmdline", encoding="latin-1") as command:
                if b"HOME=" + os.fsencode(folder) in environment.read() and "python" in os.path.basename(os.readlink(f"/proc/{pid}/exe")):
                    found[pid] = command.read()
        except OSError:
            continue  # the process is gone
    return found


@pytest.mark.parametrize("place", ["controller", "gateway"])
def test_the_timeout_of_the_task(ansible, emulator, gateway, place):  # noqa: F811
    """Silent devices: what was done is told, and nothing runs on."""
    silent = emulator("silent", host="127.61.0.1", count=30, faults=[{"fault": "silent"}])
    emulator("well", host="127.60.0.1", count=5, port=silent.port)
    hosts = dict(inventory(5), **{f"s{number:02d}": {"ansible_host": f"127.61.0.{number + 1}"} for number in range(30)})
    ansible.hosts(dict(hosts, gateway=gateway), bytewire_port=silent.port, bytewire_model="eth008", bytewire_timeout=120)
    before = running(ansible.folder)
    assert len(before) == 2, before  # the emulators
    keywords = {"delegate_to": "gateway"} if place == "gateway" else {}
    result, printed = outcome(ansible, [fleet("relay", {"relay": 1, "state": "on"}, hosts=list(hosts), run_once=True, ignore_errors=True, timeout=15,
                                              concurrency=20, **keywords)], "--limit", "b0000")
    assert result["failed"] and result["summary"]["seconds"] < 15, printed
    assert result["summary"]["ok"] == 5 and result["summary"]["failed"] == 30 and 0 < result["summary"]["not_attempted"] < 30
    assert {"kind": "timeout", "stage": "deadline"}.items() <= result["hosts"]["s00"]["error"].items() and result["hosts"]["b0000"]["changed"]
    assert "of 35 hosts failed: s00, s01, s02, s03, s04 and" in result["msg"] and "more were not attempted: the deadline of" in result["msg"]
    time.sleep(2)
    assert not set(running(ansible.folder)) - set(before)


def test_the_timeout_of_the_task_where_the_gateway_is_slow(ansible, emulator, gateway):  # noqa: F811
    """What was done is told also where reaching the gateway takes longer than the usual reserve of two seconds."""
    silent = emulator("silent", host="127.61.0.1", count=2, faults=[{"fault": "silent"}])
    emulator("well", host="127.60.0.1", count=1, port=silent.port)
    hosts = dict(inventory(1), **{f"s{number}": {"ansible_host": f"127.61.0.{number}"} for number in (1, 2)})
    slow = ansible.folder / "slow_ssh"
    slow.write_text('#!/bin/sh\nsleep 2.6\nexec ssh "$@"\n')
    slow.chmod(0o700)
    behind = dict(gateway, ansible_ssh_executable=str(slow))
    ansible.hosts(dict(hosts, gateway=behind), bytewire_port=silent.port, bytewire_model="eth008", bytewire_timeout=120)
    result, printed = outcome(ansible, [fleet("relay", {"relay": 1, "state": "on"}, hosts=list(hosts), run_once=True, ignore_errors=True, timeout=20,
                                              delegate_to="gateway")], "--limit", "b0000")
    assert result["failed_hosts"] == ["s1", "s2"] and result["hosts"]["b0000"]["changed"], printed
    assert {"kind": "timeout", "stage": "deadline"}.items() <= result["hosts"]["s1"]["error"].items()


def start(ansible, path, **keywords):
    return subprocess.Popen(["ansible-playbook", str(path)], cwd=ansible.folder, env=ansible.environment, **keywords)


def write_play(ansible, tasks):
    path = ansible.folder / "fleet.yml"
    path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    return path


def test_an_interrupt_in_the_middle(ansible, emulator):
    """No lock is held afterwards, and the journal and the devices' own agree but for those that were being switched."""
    boards = emulator("boards", host="127.60.0.1", count=200, latency=0.15)
    ansible.hosts(inventory(200), bytewire_port=boards.port, bytewire_model="eth008")
    journal = ansible.folder / "fleet.journal"
    path = write_play(ansible, [fleet("relay", {"relay": 1, "state": "on"}, run_once=True, concurrency=10, journal=str(journal))])
    playbook = start(ansible, path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + 60
    while not journal.exists() or journal.read_text().count("\n") < 70:
        assert time.monotonic() < deadline and playbook.poll() is None, playbook.stdout.read()
        time.sleep(0.02)
    playbook.send_signal(signal.SIGINT)
    printed = playbook.communicate(timeout=300)[0]
    assert playbook.returncode != 0, printed
    time.sleep(0.3)
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    begun, ended = ([line for line in lines if line["event"] == event] for event in ("begin", "end"))
    told = {line["host"] for line in ended if line["outcome"] == "changed"}
    switched = {host for host, one in inventory(200).items() for entry in boards.journal()
                if entry["event"] == "relay" and entry["board"] == f"{one['ansible_host']}:{boards.port}"}
    assert len(ended) == len(told) and 30 <= len(told) < 200 and told <= switched and len(switched - told) <= 10
    assert switched <= {line["host"] for line in begun}, "something was switched that the journal does not tell"
    time.sleep(0.5)
    assert sum(entry["event"] == "relay" for entry in boards.journal()) == len(switched), "it goes on"
    result, printed = outcome(ansible, [fleet("relay", {"relay": 1, "state": "on", "lock_timeout": 0}, run_once=True)])
    assert result["summary"]["ok"] == 200 and result["summary"]["changed"] == 200 - len(switched), printed


def terminal(ansible, path):
    """What a playbook writes to a terminal."""
    near, far = pty.openpty()
    playbook = start(ansible, path, stdin=far, stdout=far, stderr=far)
    os.close(far)
    written = b""
    while select.select([near], [], [], 30)[0]:
        try:
            chunk = os.read(near, 65536)
        except OSError:
            break  # the other end is gone
        written += chunk
    os.close(near)
    assert playbook.wait(60) == 0, written
    return written.decode()


def test_progress_on_a_terminal_and_silence_elsewhere(ansible, emulator):
    boards = emulator("boards", host="127.60.0.1", count=40)
    ansible.hosts(inventory(40), bytewire_port=boards.port, bytewire_model="eth008")
    ansible.environment.update(TERM="xterm", ANSIBLE_NOCOLOR="1", ANSIBLE_LOG_PATH=str(ansible.folder / "log"))
    path = write_play(ansible, [fleet("ping", {}, run_once=True, stagger=0.08)])
    written = terminal(ansible, path)
    assert written.count("of 40 done") >= 2 and "\r\x1b[K" in written and "s left\x1b[K" in written
    clean = written[written.rindex("of 40 done"):]
    assert "\r\x1b[Kok: [b0000]" in clean
    assert "of 40 done" not in (ansible.folder / "log").read_text()
    done = ansible.run("ansible-playbook", path)
    assert done.returncode == 0 and "of 40" not in done.stdout + done.stderr and "\x1b" not in done.stdout


# gateways

def test_a_dead_gateway_is_told_of_each_of_its_devices(ansible, gateway, free_port):  # noqa: F811
    hosts = inventory(3)
    ansible.hosts(dict(hosts, gateway=dict(gateway, ansible_port=free_port())), bytewire_model="eth008")
    result, dummy = outcome(ansible, [fleet("ping", {}, hosts=list(hosts), run_once=True, delegate_to="gateway", ignore_errors=True)], "--limit", "b0000")
    assert result["failed_hosts"] == list(hosts) and result["summary"]["kinds"] == {"unreachable": 3}
    assert result["error"] == result["hosts"]["b0002"]["error"] == {"kind": "unreachable", "stage": "gateway", "outcome": "nothing"}
    assert "The gateway gateway failed to run fleet" in result["msg"]


class Site:
    """A network namespace with an address that the controller reaches, OpenSSH on it, and a network that only it reaches."""

    def __init__(self, folder, number, client):
        self.name, self.number, self.folder = f"bytewire{os.getpid()}-{number}", number, folder / f"site{number}"
        self.address, self.server = f"10.213.{number}.2", None
        self.folder.mkdir(mode=0o700)
        self.client = client

    def open(self):
        outer = f"bw{os.getpid() % 100000}-{self.number}"
        for command in (f"netns add {self.name}", f"link add {outer} type veth peer name eth0 netns {self.name}",
                        f"address add 10.213.{self.number}.1/30 dev {outer}", f"link set {outer} up",
                        f"-n {self.name} address add {self.address}/30 dev eth0", f"-n {self.name} link set eth0 up", f"-n {self.name} link set lo up",
                        f"-n {self.name} address add 10.214.{self.number}.1/24 dev lo"):
            done = subprocess.run(["ip", *command.split()], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                pytest.skip(f"network namespaces cannot be made here: ip {command}: {done.stderr.strip()}")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / "host")], check=True)
        (self.folder / "config").write_text("\n".join([
            f"ListenAddress {self.address}:22", f"HostKey {self.folder / 'host'}", f"AuthorizedKeysFile {self.client}.pub",
            "PermitRootLogin yes", "StrictModes no", "UsePAM no", "UseDNS no", "PidFile none", ""]))
        self.server = subprocess.Popen(["ip", "netns", "exec", self.name, shutil.which("sshd", path="/usr/sbin:" + os.environ["PATH"]), "-D", "-e", "-f",
                                        str(self.folder / "config")], stderr=subprocess.DEVNULL)

    def close(self):
        if self.server is not None:
            self.server.terminate()
            self.server.wait(60)
        subprocess.run(["ip", "netns", "delete", self.name], capture_output=True, check=False)


@pytest.fixture
def sites(tmp_path, gateway):  # noqa: F811
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root and iproute2")
    opened = [Site(tmp_path, number, gateway["ansible_ssh_private_key_file"]) for number in (1, 2)]
    try:
        for site in opened:
            site.open()
        yield opened
    finally:
        for site in opened:
            site.close()


def emulate(ansible, site, **options):
    done = ansible.run("ip", "netns", "exec", site.name, "ansible", "localhost", "-m", "bytewire.devices.emulator", "-a", json.dumps(dict(
        {"name": site.name}, **options)))
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_playbook_over_two_sites(ansible, gateway, sites, free_port):  # noqa: F811
    """The devices of each site are reached from its gateway alone."""
    port = free_port()
    groups, hosts = {}, {}
    for site in sites:
        names = {f"{site.name}-tv{number}": {"ansible_host": f"10.214.{site.number}.{number}"} for number in range(1, 21)}
        groups["at_" + site.name] = {"hosts": names}
        hosts[site.name] = dict(gateway, ansible_host=site.address, ansible_port=22)
    ansible.inventory.write_text(json.dumps({"all": {"children": dict(groups, gateways={"hosts": hosts}),
                                                     "vars": {"bytewire_model": "eth008", "bytewire_port": port}}}))
    try:
        for site in sites:
            emulate(ansible, site, model="eth008", host=f"10.214.{site.number}.1", count=20, port=port, expose=True,
                    journal=str(site.folder / "journal"))
        task = fleet("relay", {"relay": 5, "state": "on"}, hosts="{{ groups['at_' ~ inventory_hostname] }}", delegate_to="{{ inventory_hostname }}")
        alone, dummy = outcome(ansible, [fleet("ping", {"connect_timeout": 0.5, "retries": 0}, hosts=f"{{{{ groups['at_{sites[0].name}'] }}}}", run_once=True,
                                               ignore_errors=True)], hosts="localhost", connection="local")
        assert alone["summary"]["failed"] == 20, "the controller reaches the devices itself"
        done = play(ansible, [task, show(ansible.folder, "{{ inventory_hostname }}.json")], hosts="gateways")
        assert done.returncode == 0, done.stdout + done.stderr
        for site in sites:
            result = json.loads((ansible.folder / (site.name + ".json")).read_text())
            assert result["summary"]["changed"] == 20 and all(name.startswith(site.name) for name in result["hosts"])
            switched = [entry["board"] for entry in map(json.loads, (site.folder / "journal").read_text().splitlines()) if entry["event"] == "relay"]
            assert sorted(switched) == sorted(f"10.214.{site.number}.{number}:{port}" for number in range(1, 21))
    finally:
        for site in sites:
            emulate(ansible, site, state="stopped")


def test_a_template_in_defaults_of_what_a_task_stands_in_is_seen(ansible, emulator):
    """Those of a play, and of a block around a block."""
    board = emulator("boards", host="127.60.0.1", count=2)
    ansible.hosts({name: {**host, "own_relay": number} for number, (name, host) in enumerate(inventory(2).items(), 1)}, bytewire_port=board.port,
                  bytewire_model="eth008")
    defaults = {"bytewire.devices.fleet": {"options": {"relay": "{{ own_relay }}", "state": "on"}}}
    task = {"bytewire.devices.fleet": {"module": "relay"}, "run_once": True}
    for tasks, keywords in (([task], {"module_defaults": defaults}), ([{"module_defaults": defaults, "block": [{"block": [task]}]}], {})):
        done = play(ansible, tasks, **keywords)
        assert done.returncode == 2 and "relay would differ on b0001" in done.stdout, done.stdout
    assert board.journal() == []


def test_a_password_that_another_hosts_variables_cannot_render_is_sent_to_nobody(ansible, emulator):
    board = emulator("boards", host="127.60.0.1", count=1)
    ansible.hosts(inventory(1), bytewire_port=board.port, bytewire_model="eth008", board_password="{{ vault_x }}")
    raw = "{{ hostvars[inventory_hostname].board_password }}"
    done = play(ansible, [{"bytewire.devices.relay": {"relay": 1, "state": "on", "password": raw}, "ignore_errors": True},
                          dict(fleet("relay", {"relay": 1, "state": "on"}, hosts=[{"name": "b0000", "options": {"password": raw}}], run_once=True),
                               ignore_errors=True)])
    assert done.stdout.count("FAILED!") == 2 and board.journal() == [], done.stdout


def test_a_password_that_is_vaulted_by_itself(ansible, emulator):
    """As ansible-vault encrypt_string makes it."""
    board = emulator("boards", host="127.60.0.1", count=1, password="of the board")
    (ansible.folder / "key").write_text("of the vault\n")
    made = ansible.run("ansible-vault", "encrypt_string", "--vault-password-file", "key", "of the board", "--name", "bytewire_password").stdout
    head = f"all:\n  hosts: {{b0: {{ansible_host: 127.60.0.1}}}}\n  vars:\n    bytewire_port: {board.port}\n    bytewire_model: eth008\n"
    ansible.inventory.with_suffix(".yml").write_text(head + textwrap.indent(made, "    "))
    done = ansible.run("ansible", "b0", "-i", ansible.inventory.with_suffix(".yml"), "-m", "bytewire.devices.relay", "-a", "relay=1 state=on",
                       "--vault-password-file", "key")
    assert done.returncode == 0 and "of the board" not in done.stdout + done.stderr, done.stdout + done.stderr

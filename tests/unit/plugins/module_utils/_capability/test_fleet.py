# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The capability fleet with boards: what the task returns, what it masks, and what it leaves behind."""

from __future__ import annotations

import gc
import json
import os
import resource
import socket
import threading
import time

import pytest

pytest.importorskip("ansible", reason="needs ansible-core")

from ansible_collections.bytewire.devices.plugins.module_utils._capability import fleet_scheduler
from ansible_collections.bytewire.devices.plugins.module_utils._capability import fleet as capability
from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay
from ansible_collections.bytewire.devices.plugins.module_utils._device import dialogue, session
from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._run import Mode, perform
from ansible_collections.bytewire.devices.plugins.module_utils._wire.link import TcpLink
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.waiting import until

REAL = Mode(False, False, False)


@pytest.fixture
def task():
    def run_task(module, hosts, mode=REAL, watch=lambda fleet: None, **others):
        """hosts are {name: options}; validated as the action does it."""
        arg_spec = pytest.importorskip("ansible.module_utils.common.arg_spec")
        pages, entries = [], []
        for name, options in hosts.items():
            if "refused" in options:
                entries.append(dict(options, name=name))
                continue
            validation = arg_spec.ArgumentSpecValidator(**capability.capability_of(module).SPEC).validate(options)
            assert not validation.error_messages, validation.error_messages
            pages.append(resolve(validation.validated_parameters["model"]))
            entries.append({"name": name, "options": dict(validation.validated_parameters, label=name, model=len(pages) - 1)})
        options = {"module": module, "options": {"options": {}, "pages": pages}, "hosts": entries, "concurrency": 256, "stagger": 0.0, "order": "inventory",
                   "max_fail_percentage": None, "deadline": None, "journal": None}
        return perform(lambda given, given_mode: capability.run(given, mode, watch), dict(options, **others))
    return run_task


def test_each_device_gets_what_the_single_task_would_do(task, emulated, perform_task):
    boards = {name: emulated("eth008", initial={"relays": [2]}) for name in ("one", "two")}
    hosts = {name: board.options(relay="2", state="off") for name, board in boards.items()}
    result = task("relay", hosts, Mode(False, True, True))
    assert result["hosts"]["two"]["relays"] == {"2": {"name": None, "state": "off", "was": "on"}}
    assert [entry["sent"] for entry in result["hosts"]["one"]["trace"]] == ["10", "24", "21 02 00", "24"]
    assert result["diff"] == [result["hosts"][name]["diff"] for name in ("one", "two")] and "-" not in result["diff"][0]["before"]
    assert result["summary"].pop("seconds") < 2
    assert result["summary"] == {"hosts": 2, "ok": 2, "changed": 2, "failed": 0, "not_attempted": 0, "kinds": {}}
    assert result["changed"] and result["failed_hosts"] == [] and "failed" not in result
    assert [board.journal.writes() for board in boards.values()] == [["21 02 00"]] * 2
    single = perform_task(relay, dict(hosts["one"], label="one"), diff=True)
    assert single["relays"] == {"2": {"name": None, "state": "off", "was": "off"}} and not single["changed"]


def test_check_mode_sends_nothing_that_switches(task, emulated):
    board = emulated("eth008")
    result = task("relay", {"one": board.options(relay="3", state="on")}, Mode(True, False, False))
    assert result["changed"] and board.journal.writes() == [] and result["hosts"]["one"]["relays"]["3"]["state"] == "on"


def test_trace_among_the_options_of_a_host(task, emulated):
    board = emulated("eth008")
    result = task("relay", {"loud": board.options(relay="3", state="on", trace=True), "quiet": board.options(relay="4", state="on")})
    assert [entry["sent"] for entry in result["hosts"]["loud"]["trace"]] == ["10", "24", "20 03 00", "24"] and "trace" not in result["hosts"]["quiet"]


def test_the_kinds_of_trouble(task, emulated, free_port):
    boards = {"silent": emulated("eth008", faults=[{"fault": "silent"}]), "closing": emulated("eth008", faults=[{"fault": "close_before_reply"}]),
              "garbage": emulated("eth008", faults=[{"fault": "garbage"}]), "locked": emulated("eth008", password="hunter2"),
              "well": emulated("eth008")}
    hosts = {name: board.options(relay="1", state="on", retries=0) for name, board in boards.items()}
    hosts["off"] = dict(hosts["well"], port=free_port())
    hosts["wrong"] = {"refused": invalid("wrong: no.").result()}
    result = task("relay", hosts)
    assert {name: one["error"]["kind"] for name, one in result["hosts"].items() if one.get("failed")} == {
        "silent": "timeout", "closing": "closed", "garbage": "bad_reply", "locked": "locked", "off": "unreachable", "wrong": "invalid"}
    assert result["summary"]["kinds"] == {"timeout": 1, "closed": 1, "bad_reply": 1, "locked": 1, "unreachable": 1, "invalid": 1}
    assert list(result["hosts"]) == list(hosts) and result["failed"] and result["changed"]
    assert result["failed_hosts"] == ["silent", "closing", "garbage", "locked", "off", "wrong"]
    assert result["msg"].startswith("6 of 7 hosts failed: silent, closing, garbage, locked, off and 1 more. The first: silent (127.0.0.1:")


def test_the_first_failure_told_is_one_that_was_attempted(task, emulated, free_port):
    board = emulated("eth008")
    hosts = {f"h{number}": board.options(relay="1", state="on", retries=0, port=free_port()) for number in range(4)}
    result = task("relay", hosts, order="reverse", concurrency=1, max_fail_percentage=25)
    assert result["failed_hosts"] == ["h0", "h1", "h2", "h3"] and result["summary"]["not_attempted"] == 2
    assert result["msg"].startswith("2 of 4 hosts failed: h2, h3. The first: h2 (127.0.0.1:")
    assert result["msg"].endswith(" 2 more were not attempted: more than 25 % of the hosts had failed.")


def test_tolerated_failures_are_named_and_do_not_fail_the_task(task, emulated, free_port):
    board = emulated("eth008")
    hosts = {"off": board.options(relay="1", state="on", retries=0, port=free_port()), "well": board.options(relay="1", state="on")}
    result = task("relay", hosts, max_fail_percentage=50)
    assert "failed" not in result and result["failed_hosts"] == ["off"] and result["changed"]


def test_one_board_is_spoken_to_by_one_at_a_time(task, emulated):
    board = emulated("eth008", latency=0.002)
    hosts = {f"relay{number}": board.options(relay=str(number), state="on", timeout=3, lock_timeout=0.001) for number in range(1, 9)}
    result = task("relay", hosts)
    assert "failed" not in result, result
    opened = [entry["connections"] for entry in board.journal.entries if entry["event"] == "open"]
    assert opened == [1] * 8
    assert board.journal.writes() == [f"20 {number:02X} 00" for number in range(1, 9)]


def test_orders(task, emulated):
    board = emulated("eth008")
    hosts = {f"relay{number}": board.options(relay=str(number), state="on") for number in range(1, 9)}
    task("relay", hosts, order="reverse")
    assert board.journal.writes() == [f"20 {number:02X} 00" for number in range(8, 0, -1)]
    shuffled = set()
    for state, opcode in (("off", "21"), ("on", "20"), ("off", "21"), ("on", "20")):
        begun = len(board.journal.writes())
        result = task("relay", {name: dict(options, state=state) for name, options in hosts.items()}, order="random")
        assert list(result["hosts"]) == list(hosts)
        order = tuple(board.journal.writes()[begun:])
        assert sorted(order) == [f"{opcode} {number:02X} 00" for number in range(1, 9)]
        shuffled.add(tuple(line[3:5] for line in order))
    assert len(shuffled) > 1  # the odds of four equal shuffles are one to 6.5e13


def test_files_open_at_a_time(task, emulated):
    before = len(os.listdir("/proc/self/fd"))
    most = []
    boards = [emulated("eth008", host=f"127.0.1.{number}", latency=0.02) for number in range(1, 25)]
    hosts = {f"h{number}": one.options(relay="1", state="on", timeout=30) for number, one in enumerate(boards)}
    listeners = len(os.listdir("/proc/self/fd")) - before
    result = task("relay", hosts, watch=lambda fleet: most.append(len(os.listdir("/proc/self/fd")) - listeners - before), concurrency=6)
    assert "failed" not in result
    # two for each device, and in this process the emulated board's end of the connection besides; and the loop's own
    assert 6 < max(most) <= 6 * 3 + 6 + 3


def test_devices_are_gone_when_the_fleet_ends_without_the_garbage_collector(task, emulated):
    boards = [emulated("eth008", host=f"127.0.1.{number}") for number in range(1, 4)]
    hosts = {f"h{number}": one.options(relay="1", state="on", timeout=3) for number, one in enumerate(boards)}
    gc.collect()
    gc.disable()
    try:
        assert task("relay", hosts)["summary"]["changed"] == 3
        assert [one for one in gc.get_objects() if isinstance(one, (Device, TcpLink))] == []
    finally:
        gc.enable()


def test_room_for_open_files(monkeypatch):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = []
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: allowed.append(limits))
    monkeypatch.setattr(resource, "getrlimit", lambda which: (1024, 4096))
    capability.allow_open_files(512)
    assert allowed == []
    capability.allow_open_files(2000)
    assert allowed == [(2064, 4096)]
    with pytest.raises(BytewireError, match="need 20064 open files, and .* allows this process 4096: set concurrency to 2016 or less"):
        capability.allow_open_files(20000)


def test_the_journal_of_a_fleet_has_the_lines_of_each_device(task, emulated, tmp_path):
    fast, slow = emulated("eth008"), emulated("eth008", latency=0.05)
    path = tmp_path / "fleet.journal"
    own = {"journal": str(tmp_path / "of the host")}
    hosts = {"slow": slow.options(relay="1", state="on", timeout=3, label="slow"), "fast": fast.options(relay="1", state="on", label="fast", **own),
             "wrong": {"refused": invalid("x").result()}}
    task("relay", hosts, journal=str(path))
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(entry["host"], entry["event"]) for entry in entries if entry["event"] == "end"] == [("fast", "end"), ("slow", "end")]
    assert sorted((entry["host"], entry["event"]) for entry in entries) == [("fast", "begin"), ("fast", "end"), ("slow", "begin"), ("slow", "end")]
    assert not (tmp_path / "of the host").exists() and path.stat().st_mode & 0o777 == 0o600
    task("device_info", {"slow": slow.options(label="slow")}, journal=str(path))
    assert json.loads(path.read_text().splitlines()[-1])["is"]["1"] == "on"


def test_a_journal_that_cannot_be_written(task, emulated, tmp_path):
    board = emulated("eth008")
    hosts = {"a": board.options(relay="1", state="on"), "b": board.options(relay="2", state="on")}
    result = task("relay", hosts, journal=str(tmp_path / "none" / "x"))
    assert result["error"]["kind"] == "invalid" and "No such file or directory" in result["msg"] and board.journal.entries == []
    result = task("relay", hosts, journal="/dev/full")
    assert "failed" not in result and result["warnings"] == [
        "a, b: The journal /dev/full lacks a line of this task: it could not be written (No space left on device)."]
    assert board.journal.writes() == ["20 01 00", "20 02 00"]


def test_passwords_are_masked_each_with_its_own(task, emulated, tmp_path):
    boards = {"one": emulated("eth008", password="alpha-1"), "two": emulated("eth008", password="beta-2")}
    hosts = {name: board.options(relay="1", state="on", password=board.board.password) for name, board in boards.items()}
    hosts["wrong"] = boards["one"].options(relay="2", state="on", password="gamma-3")
    result = task("relay", hosts, Mode(False, True, True), journal=str(tmp_path / "j"))
    assert result["failed_hosts"] == ["wrong"]
    for secret in ("alpha-1", "beta-2", "gamma-3"):
        for spelling in (secret, secret.encode().hex(" ").upper()):
            assert spelling not in str(result) + (tmp_path / "j").read_text()


def test_a_journal_that_somebody_else_has_laid(task, emulated, tmp_path):
    board = emulated("eth008")
    (tmp_path / "precious").write_text("")
    (tmp_path / "journal").symlink_to(tmp_path / "precious")
    result = task("relay", {"a": board.options(relay="1", state="on")}, journal=str(tmp_path / "journal"))
    assert result["error"]["kind"] == "invalid" and result["msg"].endswith("cannot be written (it is a symbolic link). Nothing was sent.")
    assert board.journal.entries == [] and (tmp_path / "precious").read_text() == ""


def test_warnings_of_a_lost_acknowledgement_are_one(task, emulated):
    boards = {name: emulated("eth008", faults=[{"fault": "close_before_reply", "on": ["on"], "times": 1}]) for name in ("w1", "w2", "w3")}
    result = task("relay", {name: board.options(relay="1", state="on") for name, board in boards.items()})
    assert result["failed_hosts"] == [] and result["summary"]["changed"] == 3
    assert result["warnings"] == ["w1, w2, w3: did what it was told, as reading shows, but did not acknowledge it as expected: "
                                  "it closed the connection without an answer."]


def test_warnings_are_said_once():
    warned = {"a": {"warnings": ["a (10.0.0.1:1): model x cannot be read back."]}, "b": {"warnings": ["b (10.0.0.2:1): model x cannot be read back."]},
              "c": {"warnings": ["c (10.0.0.3:1): something else."]}, "d": {}}
    assert capability._warnings(warned) == ["a, b: model x cannot be read back.", "c: something else."]


@pytest.mark.parametrize("linger", [0.1, 5])
def test_given_up_in_the_middle_of_a_command_it_says_so(task, scripted, monkeypatch, linger):
    """The board is identified and read, and then does not acknowledge; the connection may have to stand for a while."""
    monkeypatch.setattr(dialogue, "LINGER", linger)
    server = scripted([(b"\x10", b"\x13\x01\x01"), (b"\x24", b"\x00"), (b"\x20\x01\x00", b"")])
    result = task("relay", {"one": server.options(model="eth008", relay=["1"], state="on", timeout=30)},
                  deadline=0.3)
    one = result["hosts"]["one"]
    assert {"kind": "timeout", "stage": "deadline"}.items() <= one["error"].items() and one["changed"] and one["relays"]["1"]["state"] == "unknown"
    assert one["msg"] == ("one was not finished: the deadline of 0.3 s for the whole fleet came before. Whether what it was told is done is not known.")


@pytest.mark.parametrize("state, load", [("cycled", "off"), ("pulsed", "on")])
def test_given_up_between_the_halves_it_says_how_the_load_was_left(task, emulated, state, load):
    board = emulated("lc_tech", initial={"relays": [1] if load == "off" else []})
    result = task("relay", {"one": board.options(relay="1", state=state, duration=30)}, deadline=0.5)
    one = result["hosts"]["one"]
    assert {"kind": "timeout", "stage": "deadline"}.items() <= one["error"].items() and one["changed"]
    left = {"off": "may be off: it was told to switch off, and is not known to have come back.",
            "on": "may still be on: it was told to switch on, and is not known to have gone off."}[load]
    assert f": relay 1 {left} one was not finished: " in one["msg"], one["msg"]
    assert board.board.coil(1) is (load == "on")


def test_a_login_does_not_grow_old_while_others_have_their_turn(task, emulated, monkeypatch):
    """Half a minute passes before each turn: the board has locked itself by then."""
    board = emulated("eth008", password="hunter2")
    now = [1000.0]
    board.board.clock = lambda: now[0]
    begin = fleet_scheduler.Turn.begin

    async def late(turn):
        now[0] += 0 if turn.turns.holder is turn else 31
        return await begin(turn)

    monkeypatch.setattr(fleet_scheduler.Turn, "begin", late)
    monkeypatch.setattr(session, "UNLOCKED", session.MARGIN)  # seconds of a login that is trusted unasked: none
    hosts = {"one": board.options(relay=["1", "2", "3"], state="on", password="hunter2", retries=0)}
    result = task("relay", hosts, Mode(False, False, True), stagger=0.01)
    assert result["failed_hosts"] == [], result["msg"]
    command = ["7A", "79 ********"]
    assert [entry["sent"] for entry in result["hosts"]["one"]["trace"]] == [
        "10", "24", *command, "20 01 00", *command, "20 02 00", *command, "20 03 00", "24"]


def test_a_board_that_closes_while_it_waits_for_its_turn_costs_no_retry(task, scripted, monkeypatch):
    first = scripted([(b"\x10", b"\x13\x02\x1c"), (b"\x24", b"\x00"), (b"\x20\x01\x00", b"\x00"), (b"", None)],
                     [(b"\x10", b"\x13\x02\x1c"), (b"\x20\x02\x00", b"\x00"), (b"\x24", b"\x03")])
    options = first.options(model="eth008", relay=["1", "2"], state="on", retries=0)
    result = task("relay", {"one": options}, stagger=0.2)
    assert result["failed_hosts"] == [], result["msg"]


@pytest.mark.parametrize("state, turns", [("pulsed", 1), ("cycled", 2)])
def test_the_end_of_a_pulse_takes_no_turn(task, emulated, monkeypatch, state, turns):
    ended = []
    end = fleet_scheduler.Turns.end
    monkeypatch.setattr(fleet_scheduler.Turns, "end", lambda turns: (ended.append(turns), end(turns)))
    board = emulated("lc_tech", initial={"relays": [1] if state == "cycled" else []})
    result = task("relay", {"one": board.options(relay="1", state=state, duration=0.05)}, stagger=0.01)
    assert result["failed_hosts"] == [] and len(ended) == turns
    assert board.board.coil(1) is (state == "cycled")


def test_a_device_that_fails_gives_its_turn_away(task, emulated, scripted, tmp_path):
    """The first one's login is answered only on a second connection; meanwhile the other one is switched."""
    slow = scripted([(b"\x10", b"\x13\x02\x1c"), (b"\x24", b"\x00"), (b"\x7a", b"")],
                    [(b"\x10", b"\x13\x02\x1c"), (b"\x7a", b"\xff"), (b"\x10", b"\x13\x02\x1c"), (b"\x7a", b"\xff"),
                     (b"\x20\x01\x00", b"\x00"), (b"\x24", b"\x01")])
    well = emulated("eth008")
    hosts = {"slow": slow.options(model="eth008", relay=["1"], state="on", password="x", timeout=2, retries=1), "well": well.options(relay="1", state="on")}
    result = task("relay", hosts, stagger=0.05, journal=str(tmp_path / "j"))
    assert result["failed_hosts"] == [], result["msg"]
    entries = [json.loads(entry) for entry in (tmp_path / "j").read_text().splitlines()]
    assert [entry["host"] for entry in entries if entry["event"] == "end"] == ["well", "slow"]


def test_check_mode_leaves_the_turn_to_others(task, emulated):
    boards = {name: emulated("eth008", password="hunter2") for name in ("one", "two", "three")}
    hosts = {name: board.options(relay="1", state="on", password="hunter2") for name, board in boards.items()}
    result = task("relay", hosts, Mode(True, False, False), stagger=0.02, deadline=30)
    assert result["failed_hosts"] == [] and result["summary"]["changed"] == 3


def test_each_of_several_commands_takes_a_turn(task, scripted, monkeypatch):
    begun = []
    begin = fleet_scheduler.Turn.begin

    async def counted(turn):
        begun.append(turn.turns.holder is not turn)
        return await begin(turn)

    monkeypatch.setattr(fleet_scheduler.Turn, "begin", counted)
    printer = scripted([(b"\x1bONE\r", b"OK\x00"), (b"\x1bTWO\r", b"OK\x00")])
    commands = [{"command": "ONE"}, {"command": "TWO"}]
    result = task("command", {"a": printer.options(model="esc_cr", commands=commands)}, stagger=0.02)
    assert result["failed_hosts"] == [] and begun.count(True) == 2


def test_given_up_after_free_bytes_had_left(task, scripted):
    server = scripted([(b"\x01", b"")])
    result = task("send", {"one": server.options(data="01", length=1, timeout=60)}, deadline=2)
    assert result["hosts"]["one"]["error"]["kind"] == "unverified" and "sent once" in result["hosts"]["one"]["msg"]


def test_given_up_it_leaves_neither_connection_nor_lock(task, emulated):
    board = emulated("eth008", faults=[{"fault": "silent"}])
    before = set(os.listdir("/proc/self/fd"))
    started = time.monotonic()
    result = task("relay", {f"h{number}": board.options(relay=str(number), state="on", timeout=60) for number in range(1, 6)}, deadline=1)
    assert time.monotonic() - started < 30 and result["summary"]["not_attempted"] == 4
    until(lambda: set(os.listdir("/proc/self/fd")) - before == set(), 30, "something stays open")
    assert [entry["event"] for entry in board.journal.entries if entry["event"] in ("open", "close")] == ["open", "close"]


@pytest.mark.parametrize("name, value", [("concurrency", 0), ("concurrency", 10001), ("stagger", -1), ("max_fail_percentage", 101), ("deadline", 0)])
def test_numbers_that_cannot_be(task, name, value):
    result = task("ping", {"a": {"host": "127.0.0.1", "port": 1, "model": "eth008"}}, **{name: value})
    assert {"kind": "invalid", "stage": "options"}.items() <= result["error"].items() and result["msg"].startswith(f"fleet: {name} is {value:g}; expected")


def test_a_gateway_that_fails_fails_each_of_its_hosts():
    result = capability.not_run(["a", "b"], BytewireError("unreachable", "gateway", "The gateway failed."), 1.234)
    assert result["failed"] and result["failed_hosts"] == ["a", "b"] and result["msg"] == "The gateway failed."
    assert {"kind": "unreachable", "stage": "gateway"}.items() <= result["hosts"]["b"]["error"].items()
    assert result["summary"] == {"hosts": 2, "ok": 0, "changed": 0, "failed": 2, "not_attempted": 0, "kinds": {"unreachable": 2}, "seconds": 1.23}


def test_names_are_resolved_meanwhile(task, emulated, monkeypatch):
    """Twenty names that are answered when all twenty have been asked for."""
    board = emulated("eth008")
    real, all_asked = socket.getaddrinfo, threading.Barrier(20, timeout=60)

    def slow(host, port, *arguments, **keywords):
        if keywords.get("flags"):
            return real(host, port, *arguments, **keywords)
        all_asked.wait()
        return real("127.0.0.1" if host.startswith("board") else host, port, *arguments, **keywords)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    result = task("ping", {f"h{number}": {"host": f"board{number}.example", "port": board.port, "model": "eth008"} for number in range(20)})
    assert "failed" not in result, result["msg"]

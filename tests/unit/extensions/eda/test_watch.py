# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source watch, against emulated boards."""

from __future__ import annotations

import asyncio
import os
import resource
import runpy
import socket
import ssl
import sys
import time

import pytest
import yaml

from ansible_collections.bytewire.devices.plugins.module_utils._capability import ping, relay
from ansible_collections.bytewire.devices.plugins.module_utils._device.lock import DeviceLock
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import DEVICE
from ansible_collections.bytewire.devices.plugins.module_utils._device.outstanding import Outstanding
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._wire import address as _address
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import run_blocking as run
from ansible_collections.bytewire.devices.tests.waiting import within


def args(*boards, **others):
    """The arguments of a source that watches these emulated boards, called a, b, ..."""
    named = {name: {"host": board.host, "port": board.port, "model": board.model} for name, board in zip("abcdef", boards)}
    return dict({"boards": named, "interval": 0.05, "timeout": 3, "connect_timeout": 3, "retries": 0}, **others)


def change(board, **values):
    """As somebody at the board would; True once it is done."""
    board.loop.call_soon_threadsafe(board.server.change, values)


def opened(board):
    return len([entry for entry in board.journal.entries if entry["event"] == "open"])


def reads(board):
    return len([entry for entry in board.journal.entries if entry["event"] == "in" and entry["what"] in ("relays.read", "inputs")])


async def polled(board, times=2):
    """Once a board was asked so many times more."""
    aim = reads(board) + times * 2
    async with within(5):
        while reads(board) < aim:
            await asyncio.sleep(0.005)


async def test_an_event_for_each_change_and_none_without(watch, emulated):
    board = emulated("eth484", initial={"relays": [2]})
    async with watch.running(**args(board, relays={"light": 2}, inputs={"door": 3})) as events:
        await polled(board)
        assert events == []
        change(board, inputs=[3, 8])
        await events.until(2)
        change(board, inputs=[8], relays=[9])
        await events.until(5)
        await polled(board)
    assert events.values_of("type", "board", "input", "relay", "name", "state", "was") == [
        ("changed", "a", 3, None, "door", "active", "inactive"), ("changed", "a", 8, None, None, "active", "inactive"),
        ("changed", "a", None, 2, "light", "off", "on"), ("changed", "a", None, 9, None, "on", "off"),
        ("changed", "a", 3, None, "door", "inactive", "active")]
    assert set(events[0]) == {"type", "time", "board", "host", "port", "model", "input", "name", "state", "was"}
    assert (events[0]["host"], events[0]["port"], events[0]["model"]) == (board.host, board.port, "eth484")
    assert opened(board) == 1  # one connection, kept


async def test_the_first_states_are_told_on_request(watch, emulated):
    board = emulated("eth008", initial={"relays": [2]})
    async with watch.running(**args(board, initial=True)) as events:
        await polled(board)
        await events.until(8)
    assert [event["was"] for event in events] == [None] * 8


async def test_a_load_on_the_normally_closed_contact(watch, emulated):
    board = emulated("eth008")
    async with watch.running(**args(board, relays={"heater": {"number": 1, "contact": "normally_closed"}})) as events:
        await polled(board)
        change(board, relays=[1])
        await events.until(1)
    assert events.values_of("name", "state", "was") == [("heater", "off", "on")]


async def test_one_event_when_a_board_is_lost_and_one_when_it_returns(watch, emulated):
    board, other = emulated("eth484", host="127.0.5.1"), emulated("eth484", host="127.0.5.2")
    async with watch.running(**args(board, other)) as events:
        await polled(board)
        board.loop.call_soon_threadsafe(board.server.close)
        await events.until(1)
        await polled(other, 4)  # the other is asked on
        assert len(events) == 1
        board.board.inputs = {1}
        asyncio.run_coroutine_threadsafe(board.server.start(), board.loop)
        await events.until(3)
        await polled(board)
    assert events.values_of("type", "board") == [("lost", "a"), ("returned", "a"), ("changed", "a")]
    assert {"kind": "unreachable", "stage": "connect"}.items() <= events[0]["error"].items()
    assert "127.0.5.1" in events[0]["reason"] and "refused" in events[0]["reason"]
    assert 0 <= events[1]["seconds"] < 5
    assert (events[2]["input"], events[2]["state"]) == (1, "active")  # what changed meanwhile


async def test_a_board_that_is_not_there_at_first_is_lost_and_returns(watch, emulated):
    board = emulated("eth484", faults=[{"fault": "silent", "times": 1}])
    async with watch.running(**args(board, timeout=0.5)) as events:
        await events.until(2)
        await polled(board)
    assert events.values_of("type") == [("lost",), ("returned",)] and events[0]["error"]["kind"] == "timeout"


async def test_a_connection_that_broke_between_two_polls_is_no_loss(watch, emulated):
    board = emulated("eth484")
    async with watch.running(**args(board)) as events:
        await polled(board)
        board.loop.call_soon_threadsafe(lambda: [connection.transport.abort() for connection in list(board.server.open)])
        await polled(board)
    assert events == [] and opened(board) == 2


async def test_a_device_that_may_serve_one_connection_is_let_go_between_polls(watch, emulated):
    board = emulated("kmtronic")
    assert not board.board.profile.connections

    async def opens(count):
        deadline = time.monotonic() + 10
        while opened(board) < count and time.monotonic() < deadline:
            await asyncio.sleep(0.05)

    async with watch.running(**args(board)) as events:
        await opens(2)
        change(board, relays=[1])
        await events.until(1)
        await opens(3)
    assert events.values_of("relay", "state") == [(1, "on")]
    assert opened(board) >= 3 and max(entry.get("connections", 0) for entry in board.journal.entries) == 1


async def test_tasks_switch_while_it_watches(watch, emulated, perform_task):
    board = emulated("eth484")

    def switch(state):
        return perform_task(relay, board.options(relay=["1"], state=state, lock_timeout=3, timeout=3))

    async with watch.running(**args(board)) as events:
        await polled(board)
        done = [await asyncio.to_thread(switch, state) for state in ("on", "off") * 5]
        await polled(board)
    assert all(result["changed"] and not result.get("failed") for result in done), done
    assert {event["type"] for event in events} <= {"changed"}


async def test_a_poll_waits_for_a_task_and_is_then_left_out(watch, emulated):
    board = emulated("eth484")
    lock = DeviceLock(f"{board.host}:{board.port}", "a task")
    async with watch.running(**args(board, lock_timeout=0.05)) as events:
        await polled(board)
        await lock.acquire(5)
        before = reads(board)
        await asyncio.sleep(0.4)
        assert reads(board) == before and events == []
        change(board, inputs=[1])
        lock.release()
        await events.until(1)
    assert events.values_of("type") == [("changed",)]


async def test_what_a_dead_task_left_is_kept_for_a_task_to_tell(watch, emulated, perform_task):
    """The board keeps the connection: the watcher takes the lock again for each poll, and reads what was left there meanwhile."""
    board = emulated("eth484")
    async with watch.running(**args(board, timeout=0.5)) as events:
        await polled(board)
        lock, dead = DeviceLock(f"{board.host}:{board.port}", "a task"), Outstanding()
        await lock.acquire(5)
        dead.telling = {"None 1": "switch relay 1 on"}
        lock.note(dead.records(board.board.profile, ended=False))
        os.close(lock.handle)
        await polled(board)
        told = await asyncio.to_thread(perform_task, ping, board.options(lock_timeout=10))
        again = await asyncio.to_thread(perform_task, ping, board.options(lock_timeout=10))
    assert events == [] and "may have told it to switch relay 1 on." in told["warnings"][0] and "warnings" not in again


def test_it_leaves_neither_connection_nor_lock_nor_descriptor(watch, emulated):
    board, silent = emulated("eth484"), emulated("eth484", faults=[{"fault": "silent"}])
    nobody = socket.create_server(("127.0.0.1", 0), backlog=0)

    async def play():
        before = len(os.listdir("/proc/self/fd"))
        other = {"host": "127.0.0.1", "port": nobody.getsockname()[1], "model": "eth484"}
        arguments = args(board, silent, timeout=5)
        arguments["boards"]["mute"] = other
        async with watch.running(**arguments):
            await polled(board)  # in the middle of waits for the two others
        for dummy in range(200):  # the boards' own ends close in their own time
            if len(os.listdir("/proc/self/fd")) <= before:  # what a test before this one left to be closed may be by now
                return True
            await asyncio.sleep(0.01)
        return False

    assert asyncio.run(play())
    nobody.close()
    lock = DeviceLock(f"{board.host}:{board.port}", "this test")
    run(lock.acquire(0))
    lock.release()


async def test_the_others_do_not_wait_for_a_silent_one(watch, emulated):
    silent = emulated("eth484", faults=[{"fault": "silent"}])
    boards = [emulated("eth484", host=f"127.0.6.{number}") for number in range(1, 21)]
    arguments = args(timeout=30)
    arguments["boards"] = {f"b{number}": board.options() for number, board in enumerate([silent] + boards)}
    for options in arguments["boards"].values():
        options.pop("timeout")
    async with watch.running(**arguments) as events:
        for board in boards:
            await polled(board, 1)
        for board in boards:
            change(board, inputs=[1])
        await events.until(20, seconds=25)
    assert {event["board"] for event in events} == {f"b{number}" for number in range(1, 21)}


@pytest.mark.parametrize("ended, begins", [(100.0, 110), (104.9, 110), (105.1, 120), (114.9, 120), (115.1, 130), (1000.0, 1010)])
def test_a_board_keeps_its_times(watch, ended, begins):
    assert watch.module["next_poll"](100.0, ended, 10.0) == begins


async def test_boards_that_were_late_together_do_not_stay_together(watch, monkeypatch):
    began = []

    async def poll(board):
        began.append(time.monotonic())
        return {}
    monkeypatch.setattr(watch.module["Board"], "_poll", poll)
    async with watch.running(boards={f"b{number}": {"model": "eth008"} for number in range(10)}, interval=0.6):
        await asyncio.sleep(0.05)
        time.sleep(0.7)
        await asyncio.sleep(1.3)
        began.clear()
        await asyncio.sleep(0.6)
    assert len(began) >= 8 and began[-1] - began[0] > 0.35
    assert max(later - earlier for earlier, later in zip(began, began[1:])) < 0.3


async def test_the_loop_is_not_blocked(watch, emulated, monkeypatch):
    board = emulated("eth484", faults=[{"fault": "silent"}])
    late = []

    def slow(host, port, family, kind, flags):
        if flags:
            raise socket.gaierror(socket.EAI_NONAME, "no number")
        time.sleep(1.5)
        return socket.getaddrinfo("127.0.0.1", port, type=socket.SOCK_STREAM)

    class Names:
        """The module socket for the look-up alone, with a name server that is slow."""
        getaddrinfo = staticmethod(slow)

        def __getattr__(self, name):
            return getattr(socket, name)

    monkeypatch.setattr(_address, "socket", Names())
    arguments = args(board, timeout=0.4)
    arguments["boards"]["a"]["host"] = "slow.example"
    async with watch.running(**arguments) as events:
        while not events:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            late.append(time.monotonic() - before)
    assert events[0]["error"]["kind"] == "timeout"
    assert max(late) < 1 and len(late) > 20


def test_a_password_of_a_login(watch, emulated):
    board = emulated("numato", password="open sesame")

    async def play(password):
        async with watch.running(**args(board, username="admin", password=password)) as events:
            await asyncio.sleep(0.6)
            change(board, relays=[3])
            return await events.until(1)

    assert asyncio.run(play("open sesame")).values_of("type", "relay", "state") == [("changed", 3, "on")]
    lost = asyncio.run(play("a wrong one"))[0]
    assert lost["type"] == "lost" and lost["error"]["kind"] == "locked" and "a wrong one" not in str(lost)


async def test_over_tls(watch, emulated, authority, tmp_path, free_port):
    from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.server import Server

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    board = emulated("eth484")
    server = Server(board.board, "127.0.0.1", free_port(), board.journal, tls=context)
    board.run(server.start())
    arguments = args(board, transport="tls", ca_path=str(tmp_path / "ca.pem"), timeout=2, connect_timeout=2)
    arguments["boards"]["a"]["port"] = server.port
    try:
        async with watch.running(**arguments) as events:
            await polled(board)
            change(board, inputs=[2])
            await events.until(1)
        assert events.values_of("input", "state") == [(2, "active")]
    finally:
        board.loop.call_soon_threadsafe(server.close)


async def test_the_model_may_be_asked_for(watch, emulated):
    board = emulated("eth8020")
    arguments = args(board)
    del arguments["boards"]["a"]["model"]
    async with watch.running(**arguments) as events:
        await polled(board)
        change(board, relays=[20])
        await events.until(1)
    assert events.values_of("model", "relay") == [("eth8020", 20)]


async def test_what_a_device_says_is_no_template(watch, scripted):
    device = scripted([(b"\x10", b"{{ 7 * 7 }}{%x%}")])
    boards = {"a": device.options(model="eth008")}
    async with watch.running(boards=boards, interval=0.05, retries=0, timeout=0.5) as events:
        await events.until(1)
    reason = events[0]["reason"]
    assert "7 * 7" in reason and "{" not in reason and "\\" not in reason


async def test_a_password_is_masked_in_the_reason(watch, scripted):
    device = scripted([(b"\x10", b"hunter2-in-hex 68756e74657232")])
    async with watch.running(boards={"a": device.options(model="eth008", password="hunter2")}, interval=0.05, retries=0, timeout=0.5) as events:
        await events.until(1)
    reason = events[0]["reason"]
    assert "********" in reason and not any(said in reason for said in ("hunter2", "68756e", "68 75 6E 74", "36 38 37 35 36 65"))


@pytest.mark.parametrize("arguments, words", [
    ({}, "boards"),
    ({"boards": {"a": {"host": "192.168.0.200", "password": 83}}}, "watch: a: password is a number; write it in quotes"),
    ({"boards": {}}, "nothing to watch"),
    ({"boards": {"a": "192.168.0.200"}}, "a is '192.168.0.200'; expected its options"),
    ({"boards": {"a": {"hots": "x"}}}, "watch: a: there is no option hots; expected some of baud_rate"),
    ({"boards": {"a": {"model": "eth009"}}}, "watch: a: there is no profile 'eth009'"),
    ({"boards": {"a": {"model": "lg"}}}, "a:23: model lg has neither relays nor inputs"),
    ({"boards": {"a": {"model": "eth008", "inputs": {"door": 1}}}}, "'door' is 1, but model eth008 has the inputs none"),
    ({"boards": {"a": {"model": "eth484", "relays": {"lamp": 7}}}}, "'lamp' is relay 7"),
    ({"boards": {"a": {"model": "eth484"}}, "interval": 0}, "interval is 0"),
    ({"boards": {"a": {"model": "eth484"}}, "interval": True}, "watch: interval is True; expected 0.05 to 86400 seconds, in plain digits"),
    ({"boards": {"a": {"model": "eth484", "retries": "1_0"}}}, "watch: a: retries is '1_0'; expected 0 to 100, in plain digits"),
    ({"boards": {"a": {"model": "eth484", "lock_timeout": float("nan")}}}, "watch: a: lock_timeout is nan; expected 0 to 86400 seconds"),
    ({"boards": {"a": {"model": "eth484"}}, "intervall": 1}, "there is no option intervall; expected some of .*interval"),
    ({"boards": {"a": {"model": "eth484", "timeout": 0}}}, "timeout is 0"),
])
def test_what_is_wrong_ends_it_with_words(watch, arguments, words):
    with pytest.raises(BytewireError, match=words):
        asyncio.run(watch.run(**arguments))


@pytest.mark.parametrize("model", ["eth008", "eth_rly16"])  # one keeps its connection, the other is connected for each poll
async def test_polls_leave_nothing_behind(watch, emulated, model):
    board = emulated(model)
    watched = watch.module["Board"]("a", board.options(), 0.05, False)

    def held():
        return {name: len(value) for name, value in vars(watched.device).items() if isinstance(value, (list, dict, set))}
    for dummy in range(3):
        assert await watched._poll_events() == []
    before = held()
    for dummy in range(5):
        assert await watched._poll_events() == []
    await watched.device.drop()
    assert held() == before


async def test_more_boards_than_open_files_are_refused(watch, emulated, monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda which: (64, 65))
    with pytest.raises(BytewireError, match=r"^watch: 1 boards need 66 open files, and .* allows this process 65: let one process watch 1 or less, or raise "):
        await watch.run(**args(emulated("eth008")))


async def test_it_may_open_as_many_files_as_it_needs(watch, emulated, monkeypatch):
    allowed = []
    monkeypatch.setattr(resource, "getrlimit", lambda which: (64, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: allowed.append(limits))
    board = emulated("eth008")
    async with watch.running(**args(board)):
        await polled(board, 1)
    assert allowed == [(66, 4096)]


def test_names_that_an_asked_model_does_not_have_end_it(watch, emulated):
    board = emulated("eth484")
    with pytest.raises(BytewireError, match="'lamp' is relay 20"):
        asyncio.run(watch.run(**args(board, relays={"lamp": 20}, boards={"a": {"host": board.host, "port": board.port}})))


def test_collections_are_found_without_help(monkeypatch, tmp_path):
    folder = tmp_path / "ansible_collections" / "bytewire"
    folder.mkdir(parents=True)
    source = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4))
    (folder / "devices").symlink_to(source)
    monkeypatch.setattr(sys, "path", list(sys.path))
    runpy.run_path(str(folder / "devices" / "extensions" / "eda" / "plugins" / "event_source" / "watch.py"))
    assert sys.path[0] == str(tmp_path)


@pytest.mark.parametrize("name", ["watch", "listen"])
def test_the_documentation_is_that_of_the_options(sources, name):
    module = sources[name].module
    documented = yaml.safe_load(module["DOCUMENTATION"])["options"]
    spec = {**module.get("BOARD", {}), **module["SPEC"]}
    for option, described in documented.items():
        for key, fallback in (("type", "str"), ("default", None), ("required", False)):
            assert described.get(key, fallback) == spec[option].get(key, fallback), (option, key)
    text = module["DOCUMENTATION"]
    missing = [option for option in spec if option not in documented and f"O({option})" not in text]
    assert all(option in DEVICE for option in missing) if name == "watch" else not missing
    assert all(source["port"] if name == "listen" else source["boards"] for play in yaml.safe_load(module["EXAMPLES"])
               for source in [play["sources"][0]["bytewire.devices." + name]])

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connecting and exchanging, against literal bytes and against nobody."""

from __future__ import annotations

import gc
import select
import socket
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, device_info, ping, settings
from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay as relay_task
from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._device.lock import DeviceLock
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import DEVICE, DeviceOptions
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._wire.options import WireOptions
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import run_blocking as run
from ansible_collections.bytewire.devices.tests.servers import BlackHole, Server
from ansible_collections.bytewire.devices.tests.waiting import until

RUN = run  # tests that are coroutines, too, do without an event loop
TEXT = {
    "notation": "text", "port": 9100,
    "info": {"status": {"send": "\\x1bSTATUS\\r", "reply": "{reply:text}\\0"}},
}


def options(port, model, **others):
    return dict({"host": "127.0.0.1", "port": port, "model": model, "timeout": 20.0, "connect_timeout": 20.0, "lock_timeout": 20.0,
                 "retries": 0, "unit": None, "password": None, "label": "field"}, **others)


def ask(port, page, name="status", **others):
    """(the values of the reply, the device)."""
    spoken_to = []

    async def talk():
        async with Device(options(port, page, **others), trace=True) as device:
            spoken_to.append(device)
            await device.open()
            return await device.ask(device.profile.info[name], {}, "read")
    return run(talk()), spoken_to[0]


def failure(port, page, **others):
    with pytest.raises(BytewireError) as raised:
        ask(port, page, **others)
    return raised.value


@pytest.mark.parametrize("model, host", [("eth008", "127.0.0.1"), ("eth008", "no-such-board.invalid")])
def test_a_device_that_failed_is_gone_without_the_garbage_collector(perform_task, free_port, model, host):
    gc.collect()
    gc.disable()
    try:
        task = options(free_port(), model, host=host, retries=1, relay=["1"], state="on")
        assert perform_task(relay_task, task)["error"]["kind"] == "unreachable"
        assert [one for one in gc.get_objects() if isinstance(one, Device)] == []
    finally:
        gc.enable()


def test_a_reply_in_one_byte_packets(scripted):
    server = scripted([(b"\x1bSTATUS\r", b"")] + [(b"", bytes([byte])) for byte in b"READY\0"])
    values, device = ask(server.port, TEXT)
    assert values == {"reply": "READY"}
    assert device.trace == [{"stage": "read", "sent": "1B 53 54 41 54 55 53 0D", "received": "52 45 41 44 59 00", "ms": device.trace[0]["ms"]}]


def test_two_replies_at_once_are_not_trusted(scripted):
    error = failure(scripted([(b"\x1bSTATUS\r", b"READY\0BUSY\0")]).port, TEXT)
    assert error.kind == "bad_reply" and "behind its answer" in str(error)


def test_no_reply(scripted):
    error = failure(scripted([(b"\x1bSTATUS\r", b"")]).port, TEXT, timeout=0.3)
    assert error.kind == "timeout" and "within 0.3 s; nothing came" in str(error) and "field (127.0.0.1:" in str(error)


def test_a_reply_that_never_ends_is_bounded(scripted):
    error = failure(scripted([(b"\x1bSTATUS\r", b"x" * 70000)]).port, TEXT)
    assert error.kind == "bad_reply"


async def test_a_late_reply_is_not_the_answer_to_the_next_question(scripted):
    server = scripted([(b"\x1bSTATUS\r", b""), (b"never", b"LATE\0")], [(b"\x1bSTATUS\r", b"SECOND\0")])
    async with Device(options(server.port, TEXT, retries=1, timeout=2)) as device:
        assert await device.ask(device.profile.info["status"], {}, "read") == {"reply": "SECOND"}
    assert len(server.received) == 2


class Flooding(Server):
    """Sends as much as is taken, for a minute."""

    def serve(self, client):
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            client.sendall(bytes(1 << 22))


async def test_a_flood_is_not_waited_out_longer_than_a_late_answer(closed):
    page = {"notation": "hex", "info": {"state": {"send": "58", "reply": "{state:bytes8}"}}}
    async with Device(options(closed(Flooding()).port, page)) as device:
        await device._connect()
        started = time.monotonic()
        device.outstanding.add(device.profile.info["state"], {}, started, 0.5, 0.5, 1)
        await device._wait_out(device.outstanding.entries, once=True, reopen=False)
        assert time.monotonic() - started < 30


class Dripping(Server):
    """Sends these bytes again and again."""

    def __init__(self, drop):
        self.drop = drop
        super().__init__()

    def serve(self, client):
        while client.send(self.drop):
            time.sleep(0.02)


def test_one_deadline_for_all_the_bytes(closed):
    started = time.monotonic()
    assert failure(closed(Dripping(b"x")).port, TEXT, timeout=0.3).kind == "timeout"
    assert time.monotonic() - started < 30


def test_closed_without_an_answer(scripted):
    error = failure(scripted([(b"\x1bSTATUS\r", None)]).port, TEXT)
    assert error.kind == "closed" and "without an answer" in str(error)


def test_closed_in_the_middle(scripted):
    error = failure(scripted([(b"\x1bSTATUS\r", b"REA"), (b"", None)]).port, TEXT)
    assert error.kind == "closed" and "52 45 41 ('REA')" in str(error)


async def test_a_banner_that_nobody_waits_for_is_not_an_answer(scripted):
    server = scripted([(b"", b"Welcome\0"), (b"\x1bSTATUS\r", b"READY\0")])
    async with Device(options(server.port, TEXT)) as device:
        await device.open()
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline and not select.select([device.dialogue.link.socket], [], [], 0.1)[0]:
            pass
        assert (await device.ask(device.profile.info["status"], {}, "read"))["reply"] == "READY"


def test_a_serial_server_whose_port_is_taken(scripted):
    error = failure(scripted([(b"", b"Port already in use\r\n"), (b"", None)]).port, TEXT)
    assert error.kind == "busy"


def test_silence_ends_a_reply_without_an_end(scripted):
    page = {"notation": "text", "port": 9100, "info": {"status": {"send": "?", "reply": "{reply:any}", "idle": 1}}}
    values, dummy = ask(scripted([(b"?", b"some"), (b"", b"thing")]).port, page)
    assert values == {"reply": "something"}


def test_closing_ends_a_reply_without_an_end(scripted):
    page = {"notation": "text", "port": 9100, "info": {"status": {"send": "?", "reply": "{reply:any}", "idle": 20}}}
    values, dummy = ask(scripted([(b"?", b"something"), (b"", None)]).port, page)
    assert values == {"reply": "something"}


def test_a_login_with_banner_name_and_password(scripted):
    page = dict(TEXT, login=[{"reply": "User Name: "}, {"send": "{username:text}\\r\\n", "reply": "Password: "},
                             {"send": "{password:text}\\r\\n", "reply": ">", "refused": "no"}])
    server = scripted([(b"", b"User Name: "), (b"admin\r\n", b"Password: "), (b"hunter2\r\n", b">"), (b"\x1bSTATUS\r", b"OK\0")],
                      [(b"", b"User Name: "), (b"admin\r\n", b"Password: "), (b"guess\r\n", b"no")])
    values, device = ask(server.port, page, username="admin", password="hunter2")
    assert values == {"reply": "OK"} and "hunter2" not in str(device.trace)
    error = failure(server.port, page, username="admin", password="guess")
    assert error.kind == "locked", error
    assert "guess" not in str(error) + str(error.details)


def test_an_echoed_password_is_masked(scripted):
    page = dict(TEXT, login=[{"send": "{password:text}\\r", "reply": ">"}])
    error = failure(scripted([(b"hunter2\r", b"hunter2\r?")]).port, page, password="hunter2")
    assert error.kind == "bad_reply" and "hunter2" not in str(error) + str(error.details)
    assert b"hunter2".hex(" ").upper() not in str(error) + str(error.details)


def test_a_lone_terminator_resynchronises(scripted):
    server = scripted([(b"\r", b""), (b"\x1bSTATUS\r", b"OK\0")])
    ask(server.port, dict(TEXT, resync="\\r"))
    assert server.received == [b"\r\x1bSTATUS\r"]


def test_refused_by_the_address(free_port, perform_task):
    port = free_port()
    result = perform_task(ping, {"host": "127.0.0.1", "port": port, "model": "eth008", "label": "garage", "retries": 0})
    assert {"kind": "unreachable", "stage": "connect"}.items() <= result["error"].items()
    assert f"garage (127.0.0.1:{port}) cannot be reached: connection refused" in result["msg"]
    assert [(step["step"], step["ok"]) for step in result["steps"]] == [("resolve", True), ("connect", False)]


def test_a_name_that_nobody_knows(perform_task):
    result = perform_task(ping, {"host": "no-such-board.invalid", "model": "eth008", "retries": 0})
    assert {"kind": "unreachable", "stage": "resolve"}.items() <= result["error"].items()
    assert "the name 'no-such-board.invalid' cannot be resolved" in result["msg"]


def test_an_address_that_drops_packets(perform_task, closed):
    port = closed(BlackHole()).port
    result = perform_task(ping, {"host": "127.0.0.1", "port": port, "model": "eth008", "retries": 0, "connect_timeout": 0.2})
    assert {"kind": "unreachable", "stage": "connect"}.items() <= result["error"].items()
    assert "no answer to the connection request within" in result["msg"]


def test_ping(emulated, perform_task):
    board = emulated("eth484")
    result = perform_task(ping, board.options())
    assert result["ping"] == "pong" and not result["changed"]
    assert result["identity"] == {"id": 20, "hardware": 2, "firmware": 28}
    assert result["address"] == f"127.0.0.1:{board.port}"
    assert [step["step"] for step in result["steps"]] == ["resolve", "connect", "identify"]


def test_device_info(emulated, perform_task):
    board = emulated("eth8020", initial={"relays": [2, 20], "inputs": [8], "analogue": {3: 700}, "supply_voltage": 11.9, "mac": "0004a3abcdef"})
    result = perform_task(device_info, board.options(relays={"pump": {"number": 20, "contact": "normally_closed"}}))
    assert result["information"] == {"supply_voltage": 11.9, "mac": "0004a3abcdef"}
    assert result["relays"]["2"] == {"name": None, "state": "on"}
    assert result["relays"]["20"] == {"name": "pump", "state": "off", "coil": "on"}
    assert [number for number, state in result["inputs"].items() if state == "active"] == ["8"]
    assert result["analogue"]["3"] == 700 and len(result["analogue"]) == 8
    assert board.journal.writes() == []
    wrong = perform_task(device_info, board.options(relays={"pump": 21}))
    assert wrong["error"]["kind"] == "invalid"


def test_a_model_that_needs_a_port():
    with pytest.raises(BytewireError, match="has no port of its own"):
        Device(options(None, {"notation": "hex"}))


def test_ignored_bytes_do_not_extend_the_deadline(closed):
    """A device that drips what its profile ignores."""
    page = {"notation": "hex", "port": 1, "ignore": ["AB {:u8}"], "info": {"status": {"send": "01", "reply": "02"}}}
    started = time.monotonic()
    error = failure(closed(Dripping(b"\xab\x00")).port, page, timeout=0.3)
    assert error.kind in ("timeout", "bad_reply") and time.monotonic() - started < 30


async def test_the_task_stays_with_the_address_that_answered(scripted):
    """A reconnection must neither let go of the lock nor go to another device."""
    server = scripted([(b"\x1bSTATUS\r", None)], [(b"\x1bSTATUS\r", b"OK\0")])
    async with Device(options(server.port, TEXT, retries=1, timeout=2)) as device:
        device.addresses = [(socket.AF_INET, ("127.0.0.9", server.port)), (socket.AF_INET, ("127.0.0.1", server.port))]
        await device.open()
        held = device.lock
        assert held.address == f"127.0.0.1:{server.port}" and held.handle is not None
        assert await device.ask(device.profile.info["status"], {}, "read") == {"reply": "OK"}
        assert device.lock is held and held.handle is not None


async def test_waiting_for_the_lock_does_not_cost_time_to_connect(scripted):
    server = scripted([(b"\x1bSTATUS\r", b"OK\0")])
    other = DeviceLock(f"127.0.0.1:{server.port}", "other")
    await other.acquire(1)
    threading.Timer(1.5, other.release).start()
    async with Device(options(server.port, TEXT, connect_timeout=1)) as device:
        await device.open()
        assert [step["step"] for step in device.steps] == ["resolve", "lock", "connect"] and device.steps[1]["ms"] > 1000


async def test_both_spellings_of_one_address_share_a_lock():
    async with Device(options(1, TEXT)) as device:
        await device._acquire((socket.AF_INET6, ("::ffff:127.0.0.1", 17494, 0, 0)))
        assert device.address == "127.0.0.1:17494"


def test_an_echo_of_a_password_that_was_cut_short_is_masked(scripted):
    page = dict(TEXT, login=[{"send": "PASS {password:text}\\r", "reply": ">"}], echo="\\r\\n")
    error = failure(scripted([(b"PASS hunter2secret\r", b"PASS hunter2")]).port, page, password="hunter2secret", timeout=0.3)
    assert error.kind == "timeout" and "hunter2" not in str(error) + str(error.details)
    assert b"hunter2".hex(" ").upper() not in str(error) + str(error.details)


def test_an_emulated_login(emulated):
    page = dict(TEXT, login=[{"reply": "User: "}, {"send": "{username:text}\\r", "reply": "Password: "},
                             {"send": "{password:text}\\r", "reply": ">", "refused": "no"}])
    board = emulated(page, password="hunter2", initial={"reply": "READY"})
    assert ask(board.port, page, username="admin", password="hunter2")[0] == {"reply": "READY"}
    assert failure(board.port, page, username="admin", password="guess").kind == "locked"
    assert "hunter2" not in str(board.journal.entries) and "guess" not in str(board.journal.entries)


OPTIONAL = dict(TEXT, login=[{"reply": ["{:any}Password: ", "Hello\\r\\n"]},
                             {"when": "Password: ", "send": "{password:text}\\r", "reply": "{:any}Welcome\\r\\n", "refused": "{:any}Password: "}])


@pytest.mark.parametrize("password, given", [(None, None), (None, "needless"), ("hunter2", "hunter2")])
def test_a_password_that_only_some_ask_for(emulated, password, given):
    board = emulated(OPTIONAL, password=password, initial={"reply": "READY"})
    assert ask(board.port, OPTIONAL, password=given)[0] == {"reply": "READY"}
    assert ("login" in [entry.get("what") for entry in board.journal.entries]) == bool(password)


def test_a_password_that_is_asked_for_and_not_given(emulated):
    board = emulated(OPTIONAL, password="hunter2")
    error = failure(board.port, OPTIONAL)
    assert error.kind == "locked" and "wants a password to log in, and none was given. Set bytewire_password" in str(error)
    assert board.journal.sent() == []


def test_what_answers_the_resynchronisation_is_not_the_answer(scripted):
    server = scripted([(b"\r", b"STALE\0"), (b"\x1bSTATUS\r", b"READY\0")])
    values, device = ask(server.port, dict(TEXT, resync="\\r"))
    assert values == {"reply": "READY"} and device.trace[0]["received"] == "53 54 41 4C 45 00"


def test_a_port_that_is_taken_and_resynchronised(scripted):
    error = failure(scripted([(b"", b"Port already in use\r\n"), (b"", None)]).port, dict(TEXT, resync="\\r"))
    assert error.kind == "busy" and "Port already in use" in str(error)


def test_auto_asks_the_older_boards_in_their_own_words(emulated, perform_task):
    board = emulated("eth_rly16", initial={"relays": [3]})
    result = perform_task(device_info, board.options(model="auto", retries=0, timeout=1))
    assert result["model"] == "eth_rly16" and result["identity"] == {"id": 17} and result["relays"]["3"]["state"] == "on"
    assert board.journal.sent()[:2] == ["10", "5A"]


def test_auto_of_a_family_asks_its_question_alone(emulated, perform_task):
    older = emulated("eth_rly16")
    assert perform_task(device_info, older.options(model="auto:eth_rly16"))["model"] == "eth_rly16" and older.journal.sent()[0] == "5A"
    other = perform_task(device_info, older.options(model="auto:eth_rly02"))
    assert other["failed"] and "is not the eth_rly02 that was asked for" in other["msg"]
    assert perform_task(device_info, emulated("eth_rly02").options(model="auto:eth_rly02"))["model"] == "eth_rly02"
    unknown = perform_task(device_info, emulated({"extends": "eth008", "is": {"id": 99}, "emulator": {"id": 99}}).options(model="auto:devantech"))
    assert unknown["error"]["kind"] == "invalid" and "which no model of the family devantech does. Set bytewire_model." in unknown["msg"]


def test_auto_of_a_family_that_answers_nothing(scripted, perform_task):
    server = scripted([(b"\x5a", b"")])
    result = perform_task(ping, server.options(model="auto:eth_rly16", timeout=0.2, retries=0))
    assert "nothing that model auto:eth_rly16 knows answered" in result["msg"] and server.received == [b"\x5a"]


def test_auto_of_a_board_that_answers_nothing(scripted, perform_task):
    server = scripted([(b"\x10", b"")], [(b"\x5a", b"")])
    result = perform_task(ping, server.options(timeout=0.2, retries=0))
    assert {"kind": "timeout", "stage": "identify"}.items() <= result["error"].items() and server.received == [b"\x10", b"\x5a"]
    assert "nothing that model auto knows answered" in result["msg"] and "eth0" not in result["msg"]


def test_auto_says_busy_where_the_device_does(scripted, perform_task):
    server = scripted([(b"\x10", b"Port already in use\r\n"), (b"", None)], [(b"\x5a", b"Port already in use\r\n"), (b"", None)])
    result = perform_task(ping, server.options(timeout=20, retries=0))
    assert {"kind": "busy", "stage": "identify"}.items() <= result["error"].items() and "Port already in use" in result["msg"]


def test_a_model_that_auto_has_found_is_told_of_by_its_name(scripted, perform_task):
    server = scripted([(b"\x10", b"\x13\x02\x1c"), (b"\x24", b"\x00"), (b"\x20\x02\x00", b"\x55")])
    result = perform_task(relay_task, server.options(timeout=2, retries=0, relay="2", state="on"))
    assert "an answer that model eth008 does not give" in result["msg"], result


def test_a_unit_that_cannot_be_is_refused_before_the_device_is_asked(free_port):
    page = dict(TEXT, unit={"name": "to", "default": 1, "minimum": 1, "maximum": 9})
    error = failure(free_port(), page, unit=12)
    assert error.kind == "invalid" and "unit 12: inline takes 1 to 9" in str(error)


def test_a_broadcast_awaits_nothing(emulated):
    page = dict(TEXT, unit={"name": "to", "default": 1, "minimum": 1, "maximum": 9, "broadcast": 0},
                info={"status": {"send": "S{to:d1}\\r", "reply": "{reply:text}\\0"}})
    board = emulated(page, initial={"reply": "READY"})

    async def talk():
        async with Device(options(board.port, page, unit=0, timeout=0.3), trace=True) as device:
            await device.open()
            assert device.broadcast and (await device.exchange(device.profile.info["status"], {}, "write")).values == {}
    run(talk())
    assert board.journal.sent() == ["53 30 0D"] and board.journal.sent("out") == []
    assert ask(board.port, page, unit=1)[0]["reply"] == "READY"
    assert "unit 12: inline takes 1 to 9" in str(failure(board.port, page, unit=12))


def test_bits_in_words(emulated, perform_task):
    page = {"notation": "hex", "info": {"printer": {"send": "10 04 01", "reply": "{printer:u8}", "flags": {"printer": {3: "offline", 5: "waiting"}}}}}
    board = emulated(page, initial={"printer": 0b1010})
    assert perform_task(device_info, dict(board.options(model=page)))["information"] == {"printer": ["offline"]}


def test_a_telnet_device(emulated, scripted):
    page = dict(TEXT, transport="telnet")
    assert ask(emulated(page, initial={"reply": "READY"}).port, page)[0] == {"reply": "READY"}
    server = scripted([(b"", b"\xff\xfb\x01"), (b"\xff\xfd\x01", b""), (b"\x1bSTATUS\r", b"A\xff\xffB\0")])
    assert ask(server.port, dict(page, info={"status": {"send": "\\x1bSTATUS\\r", "reply": "{reply:any}\\0"}}))[0] == {"reply": "A\xffB"}


# What a device says besides its answers.

def command_of(page, server, text, perform_task, **others):
    return perform_task(command, dict({"host": "127.0.0.1", "port": server.port, "model": page, "command": text, "timeout": 20, "retries": 0}, **others))


def test_an_echo_is_not_the_answer_to_a_command(scripted, perform_task):
    page = dict(TEXT, echo="\\n", command={"send": "{command:text}\\r", "reply": "{reply:any}\\r\\n"}, info={})
    server = scripted([(b"STATUS\r", b"STATUS\r"), (b"", b"\nREADY\r\n")])
    assert command_of(page, server, "STATUS", perform_task)["reply"] == "READY"


def test_what_a_device_reports_unasked_is_not_the_answer_to_a_command(scripted, perform_task):
    server = scripted([(b"#MUTE? 1\r", b"~01@ROUTE 1,1,2\r\n"), (b"", b"~01@MUTE 1,1\r\n")])
    assert command_of("kramer_p3000", server, "MUTE? 1", perform_task)["reply"] == "MUTE 1,1"
    server = scripted([(b"#MUTE? 1\r", b"~01@MUTE 1,1\r\n")])
    assert command_of("kramer_p3000", server, "MUTE? 1", perform_task)["reply"] == "MUTE 1,1"


def test_a_second_byte_that_comes_late_is_not_the_next_answer(scripted, perform_task):
    server = scripted([(b"\x5a", b"\x11"), (b"", b"\x02"), (b"\x5d", b"\x78"), (b"\x77", b"\x00\x04\xa3\x00\x00\x01"), (b"\x5b", b"\x00")])
    result = perform_task(device_info, server.options(model="eth_rly16", timeout=20, retries=0))
    assert result["relays"]["2"]["state"] == "off" and result["information"]["supply_voltage"] == 12.0 and result["identity"] == {"id": 17}, result


@pytest.mark.parametrize("model, relay", [("eth_rly16", "2"), ("kmtronic", "2"), ("lc_tech", "2")])
def test_a_command_without_an_answer_is_not_closed_upon(emulated, perform_task, model, relay):
    """A board may need some milliseconds to take a command; one that closes upon it loses it."""
    board = emulated(model, faults=[{"fault": "early_close"}])
    assert perform_task(relay_task, board.options(relay=relay, state="on", verify=False))["changed"]
    until(lambda: board.board.coil(int(relay)), 30, "it did not take the command")


def test_answers_that_nobody_awaits_do_no_harm(scripted, perform_task):
    server = scripted([(b"\xa0\x01\x01\xa2", b"\xa0\x01\x01\xa2"), (b"\xa0\x02\x01\xa3", b"\xa0\x02\x01\xa3"), (b"\xa0\x03\x01\xa4", b"")])
    result = perform_task(relay_task, server.options(model="lc_tech", relay="1,2,3", state="on", retries=0))
    assert result["changed"] and server.received == [b"\xa0\x01\x01\xa2\xa0\x02\x01\xa3\xa0\x03\x01\xa4"], result


def test_a_broadcast_to_a_port_that_is_taken(scripted, perform_task):
    server = scripted([(b"\r", b""), (b"ka 00 01\r", b"Port already in use\r\n")])
    result = perform_task(settings, server.options(model="lg", unit=0, settings={"power": "on"}, retries=0))
    assert result["error"]["kind"] == "busy", result


def test_the_journal_of_an_echoing_device_has_no_password(emulated, perform_task):
    page = dict(TEXT, login=[{"send": "PASS {password:text}\\r", "reply": ">"}], echo="\\n", info={},
                command={"send": "{command:text}\\r", "reply": "{reply:any}\\r\\n"})
    board = emulated(page, password="s3cret", initial={"echo": True})
    assert perform_task(command, dict(board.options(model=page), password="s3cret", command="SAY s3cret"))["changed"]
    assert b"s3cret".hex(" ").upper() not in str(board.journal.entries), board.journal.entries


def test_a_code_that_would_be_sent_as_a_question(scripted, perform_task):
    server = scripted()
    result = perform_task(settings, server.options(model="lg", settings={"input": 255}))
    assert result["error"]["kind"] == "invalid" and "255 would be sent as settings.input.get" in result["msg"]


def test_the_lock_of_a_url_does_not_depend_on_the_folder():
    device = Device(dict(options(1, TEXT), transport="serial", serial_port="socket://10.0.0.5:4000"))
    assert device._lock_name(None) == "socket://10.0.0.5:4000"


def test_the_types_of_options_are_those_of_the_argument_spec():
    assert set(DeviceOptions.__annotations__) | set(WireOptions.__annotations__) == {*DEVICE, "turn", "journal"}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connecting and exchanging, against literal bytes and against nobody."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import device_info, ping
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._device import Device
from ansible_collections.bytewire.devices.plugins.module_utils._lock import DeviceLock

TEXT = {
    "notation": "text", "port": 9100,
    "info": {"status": {"send": "\\x1bSTATUS\\r", "reply": "{reply:text}\\0"}},
}


def options(port, model, **others):
    return dict({"host": "127.0.0.1", "port": port, "model": model, "timeout": 0.3, "connect_timeout": 1.0, "lock_timeout": 1.0,
                 "retries": 0, "unit": None, "password": None, "label": "field"}, **others)


def ask(port, page, name="status", **others):
    with Device(options(port, page, **others), trace=True) as device:
        device.open()
        return device.ask(device.profile.info[name], {}, "read"), device


def failure(port, page, **others):
    with pytest.raises(BytewireError) as raised:
        ask(port, page, **others)
    return raised.value


def test_a_reply_in_one_byte_packets(scripted):
    server = scripted([(b"\x1bSTATUS\r", b"")] + [(b"", bytes([byte])) for byte in b"READY\0"])
    values, device = ask(server.port, TEXT)
    assert values == {"reply": "READY"}
    assert device.trace == [{"stage": "read", "sent": "1B 53 54 41 54 55 53 0D", "received": "52 45 41 44 59 00", "ms": device.trace[0]["ms"]}]


def test_two_replies_at_once_are_not_trusted(scripted):
    error = failure(scripted([(b"\x1bSTATUS\r", b"READY\0BUSY\0")]).port, TEXT)
    assert error.kind == "bad_reply" and "behind its answer" in str(error)


def test_no_reply(scripted):
    error = failure(scripted([(b"\x1bSTATUS\r", b"")]).port, TEXT)
    assert error.kind == "timeout" and "within 0.3 s; 0 bytes came" in str(error) and "field (127.0.0.1:" in str(error)


def test_a_reply_that_never_ends_is_bounded(scripted):
    error = failure(scripted([(b"\x1bSTATUS\r", b"x" * 70000)]).port, TEXT)
    assert error.kind == "bad_reply"


def test_a_late_reply_is_not_the_answer_to_the_next_question(scripted):
    server = scripted([(b"\x1bSTATUS\r", b""), (b"never", b"LATE\0")], [(b"\x1bSTATUS\r", b"SECOND\0")])
    with Device(options(server.port, TEXT, retries=1)) as device:
        assert device.ask(device.profile.info["status"], {}, "read") == {"reply": "SECOND"}
    assert len(server.received) == 2


def test_one_deadline_for_all_the_bytes(scripted):
    server = scripted([(b"\x1bSTATUS\r", b"x"), (b"wait", b"")])
    started = time.monotonic()
    assert failure(server.port, TEXT).kind == "timeout"
    assert time.monotonic() - started < 1


def test_closed_without_an_answer(scripted):
    error = failure(scripted([(b"\x1bSTATUS\r", None)]).port, TEXT)
    assert error.kind == "closed" and "without an answer" in str(error)


def test_closed_in_the_middle(scripted):
    error = failure(scripted([(b"\x1bSTATUS\r", b"REA"), (b"", None)]).port, TEXT)
    assert error.kind == "closed" and "52 45 41 ('REA')" in str(error)


def test_a_banner_that_nobody_waits_for_is_not_an_answer(scripted):
    server = scripted([(b"", b"Welcome\0"), (b"\x1bSTATUS\r", b"READY\0")])
    with Device(options(server.port, TEXT)) as device:
        device.open()
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline and not device.link.socket.recv(1, socket.MSG_PEEK):
            pass
        with pytest.raises(BytewireError, match="unasked"):
            device.ask(device.profile.info["status"], {}, "read")


def test_a_serial_server_whose_port_is_taken(scripted):
    error = failure(scripted([(b"", b"Port already in use\r\n"), (b"", None)]).port, TEXT)
    assert error.kind == "busy"


def test_silence_ends_a_reply_without_an_end(scripted):
    page = {"notation": "text", "port": 9100, "info": {"status": {"send": "?", "reply": "{reply:any}", "idle": 0.05}}}
    values, dummy = ask(scripted([(b"?", b"some"), (b"", b"thing")]).port, page)
    assert values == {"reply": "something"}


def test_closing_ends_a_reply_without_an_end(scripted):
    page = {"notation": "text", "port": 9100, "info": {"status": {"send": "?", "reply": "{reply:any}", "idle": 5}}}
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
    assert result["error"] == {"kind": "unreachable", "stage": "connect"}
    assert "garage (127.0.0.1:%d) cannot be reached: connection refused" % port in result["msg"]
    assert [(step["step"], step["ok"]) for step in result["steps"]] == [("resolve", True), ("connect", False)]


def test_a_name_that_nobody_knows(perform_task):
    result = perform_task(ping, {"host": "no-such-board.invalid", "model": "eth008", "retries": 0})
    assert result["error"] == {"kind": "unreachable", "stage": "resolve"}
    assert "the name 'no-such-board.invalid' cannot be resolved" in result["msg"]


def test_an_address_that_drops_packets(perform_task):
    """A listener with a full backlog answers no further connection request."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for dummy in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        time.sleep(0.1)
        result = perform_task(ping, {"host": "127.0.0.1", "port": listener.getsockname()[1], "model": "eth008", "retries": 0,
                                     "connect_timeout": 0.2})
        for filler in fillers:
            filler.close()
    assert result["error"] == {"kind": "unreachable", "stage": "connect"}
    assert "no answer to the connection request within" in result["msg"]


def test_ping(emulated, perform_task):
    board = emulated("eth484")
    result = perform_task(ping, board.options())
    assert result["ping"] == "pong" and not result["changed"]
    assert result["identity"] == {"id": 20, "hardware": 2, "firmware": 28}
    assert result["address"] == "127.0.0.1:%d" % board.port
    assert [step["step"] for step in result["steps"]] == ["resolve", "connect", "identify"]


def test_device_info(emulated, perform_task):
    board = emulated("eth8020", initial={"relays": [2, 20], "inputs": [8], "analogue": {3: 700}, "volts": 11.9, "mac": "0004a3abcdef"})
    result = perform_task(device_info, board.options(relays={"pump": {"number": 20, "contact": "normally_closed"}}))
    assert result["information"] == {"volts": 11.9, "mac": "0004a3abcdef"}
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


def test_ignored_bytes_do_not_extend_the_deadline(free_port):
    """A device that drips what its profile ignores."""
    page = {"notation": "hex", "port": 1, "ignore": ["AB {:u8}"], "info": {"status": {"send": "01", "reply": "02"}}}
    listener = socket.create_server(("127.0.0.1", free_port()))

    def drip():
        with listener.accept()[0] as client:
            try:
                while client.send(b"\xab\x00"):
                    time.sleep(0.02)
            except OSError:
                return

    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    started = time.monotonic()
    error = failure(listener.getsockname()[1], page)
    assert error.kind in ("timeout", "bad_reply") and time.monotonic() - started < 2
    dripping.join(5)
    listener.close()


def test_the_task_stays_with_the_address_that_answered(scripted):
    """A reconnection must neither let go of the lock nor go to another device."""
    server = scripted([(b"\x1bSTATUS\r", None)], [(b"\x1bSTATUS\r", b"OK\0")])
    with Device(options(server.port, TEXT, retries=1)) as device:
        device.addresses = [(socket.AF_INET, ("127.0.0.9", server.port)), (socket.AF_INET, ("127.0.0.1", server.port))]
        device.open()
        held = device.lock
        assert held.address == "127.0.0.1:%d" % server.port and held.handle is not None
        assert device.ask(device.profile.info["status"], {}, "read") == {"reply": "OK"}
        assert device.lock is held and held.handle is not None


def test_waiting_for_the_lock_does_not_cost_time_to_connect(scripted):
    server = scripted([(b"\x1bSTATUS\r", b"OK\0")])
    other = DeviceLock("127.0.0.1:%d" % server.port, "other")
    other.acquire(1)
    threading.Timer(0.3, other.release).start()
    with Device(options(server.port, TEXT, connect_timeout=0.2)) as device:
        device.open()
        assert [step["step"] for step in device.steps] == ["resolve", "lock", "connect"] and device.steps[1]["ms"] > 200


def test_both_spellings_of_one_address_share_a_lock():
    with Device(options(1, TEXT)) as device:
        device._acquire(("::ffff:127.0.0.1", 17494, 0, 0))
        assert device.address == "127.0.0.1:17494"


def test_an_echo_of_a_password_that_was_cut_short_is_masked(scripted):
    page = dict(TEXT, login=[{"send": "PASS {password:text}\\r", "reply": ">"}], echo="\\r\\n")
    error = failure(scripted([(b"PASS hunter2secret\r", b"PASS hunter2")]).port, page, password="hunter2secret")
    assert error.kind == "timeout" and "hunter2" not in str(error) + str(error.details)
    assert b"hunter2".hex(" ").upper() not in str(error) + str(error.details)


def test_an_emulated_login(emulated):
    page = dict(TEXT, login=[{"reply": "User: "}, {"send": "{username:text}\\r", "reply": "Password: "},
                             {"send": "{password:text}\\r", "reply": ">", "refused": "no"}])
    board = emulated(page, password="hunter2", initial={"reply": "READY"})
    assert ask(board.port, page, username="admin", password="hunter2")[0] == {"reply": "READY"}
    assert failure(board.port, page, username="admin", password="guess").kind == "locked"
    assert "hunter2" not in str(board.journal.entries) and "guess" not in str(board.journal.entries)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""send against literal bytes, and against an emulated board."""

from __future__ import annotations

import base64
import socket
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import send
from ansible_collections.bytewire.devices.tests.servers import Resetting

SWITCH = b"\x20\x02\x00"


@pytest.fixture
def tell(perform_task):
    """The result of a send task against a scripted server."""
    def run(server, *, mode=None, **options):
        given = {"host": "127.0.0.1", "port": server.port, "timeout": 20, "retries": 0, "label": "field", "data": "20 02 00", **options}
        return perform_task(send, given, **(mode or {}))
    return run


def test_the_bytes_and_their_reply(scripted, tell):
    server = scripted([(SWITCH, b"\x00")])
    assert tell(server, expect="00") == {"changed": True, "model": "raw", "sent": "20 02 00", "reply": "00", "reply_bytes": [0]}
    assert server.received == [SWITCH]


def test_an_emulated_board(emulated, perform_task):
    board = emulated("eth008")
    result = perform_task(send, dict(board.options(data="10", length=3), model="raw"))
    assert result["reply"] == "13 02 1C" and result["reply_bytes"] == [19, 2, 28]
    result = perform_task(send, board.options(data="20 02 00", expect="00"))
    assert result["model"] == "eth008" and board.board.coil(2)


@pytest.mark.parametrize("options", [
    {"data": "200200", "expect": "00"},
    {"data": " 20 02\n00 ", "expect": " 00 "},
    {"data": [32, 2, 0], "expect": [0]},
    {"data": "IAIA", "expect": "AA==", "encoding": "base64"},
    {"data": " \\x02\\0", "expect": "\\0", "encoding": "text"},
    {"data": " \x02\x00", "expect": "\x00", "encoding": "text"},
])
def test_ways_to_write_bytes(scripted, tell, options):
    server = scripted([(SWITCH, b"\x00")])
    assert tell(server, **options)["reply"] == "00" and server.received == [SWITCH]


def test_braces_are_bytes_of_a_text(scripted, tell):
    server = scripted([(b'{"get": 1}\r', b"{}")])
    assert tell(server, data='{"get": 1}\\r', expect="{}", encoding="text")["reply_bytes"] == [0x7B, 0x7D]


ALL = bytes(range(256))


@pytest.mark.parametrize("given", [ALL.hex(), list(ALL), ("base64", base64.b64encode(ALL).decode()),
                                   ("text", "".join(f"\\x{byte:02x}" for byte in ALL)), ("text", ALL.decode("latin-1").replace("\\", "\\\\"))])
@pytest.mark.parametrize("ending", [{"length": 256}, {"idle": 0.1}, {"pattern": "\\x80.*\\xff"}, "expect"])
def test_every_byte_passes_unchanged_both_ways(scripted, tell, given, ending):
    encoding, data = given if isinstance(given, tuple) else ("hex", given)
    reply = {"expect": data} if ending == "expect" else ending
    result = tell(scripted([(ALL, ALL)]), data=data, encoding=encoding, **reply)
    assert result["reply_bytes"] == list(ALL) and result["sent"] == result["reply"] == ALL.hex(" ").upper()


# replies

def test_a_reply_in_one_byte_packets(scripted, tell):
    pieces = [(b"", bytes([byte])) for byte in b"\x13\x02\x1c"]
    assert tell(scripted([(SWITCH, b"")] + pieces), length=3)["reply"] == "13 02 1C"
    assert tell(scripted([(SWITCH, b"")] + pieces), expect="13021C")["reply"] == "13 02 1C"


def test_a_wrong_reply_is_refused_at_its_first_wrong_byte(scripted, tell):
    started = time.monotonic()
    result = tell(scripted([(SWITCH, b"\x13\x03")]), expect="13 02 1C", timeout=60)
    assert time.monotonic() - started < 30
    assert {"kind": "bad_reply", "stage": "write"}.items() <= result["error"].items() and result["changed"]
    assert "answered 13 03; expected was 13 02 1C" in result["msg"] and "It was asked 20 02 00" in result["msg"]


@pytest.mark.parametrize("ending", [{"expect": "13 02 1C"}, {"length": 3}])
@pytest.mark.parametrize("answer", [b"", b"\x13\x02", None])
def test_too_few_bytes(scripted, tell, ending, answer):
    server = scripted([(SWITCH, answer)], [(SWITCH, b"\x13\x02\x1c")])
    result = tell(server, retries=5, timeout=0.2, idle=0.05, **ending)
    server.listener.shutdown(socket.SHUT_RDWR)
    assert {"kind": "unverified", "stage": "write"}.items() <= result["error"].items() and result["changed"]
    assert "20 02 00 was sent once, and its reply was lost" in result["msg"]
    assert server.received == [SWITCH]


@pytest.mark.parametrize("ending", [{"expect": "00"}, {"length": 1}])
def test_too_many_bytes(scripted, tell, ending):
    result = tell(scripted([(SWITCH, b"\x00\x01")]), **ending)
    assert result["error"]["kind"] == "bad_reply" and "answered 00 and sent 01 behind it" in result["msg"]


def test_a_reply_after_the_deadline(scripted, tell):
    server = scripted([(SWITCH, b""), (b"never", b"\x00")])
    result = tell(server, expect="00", timeout=0.1)
    assert result["error"]["kind"] == "unverified"


def test_a_pattern_is_searched_in_what_came_until_silence(scripted, tell):
    assert tell(scripted([(SWITCH, b"\x02\x0a"), (b"", b"\x80\x03")]), pattern="\\x02.*\\x03$", idle=1)["reply"] == "02 0A 80 03"
    result = tell(scripted([(SWITCH, b"\x02\xff")]), pattern="\\x03", idle=0.1)
    assert result["error"]["kind"] == "bad_reply" and result["changed"] and "in which '\\x03' is not found" in result["msg"]
    result = tell(scripted([(SWITCH, b"")]), pattern="\\x03", idle=0.1, timeout=0.4)
    assert result["error"]["kind"] == "unverified"


def test_without_expectation_the_reply_is_what_comes_until_silence(scripted, tell):
    started = time.monotonic()
    assert tell(scripted([(SWITCH, b"\x01"), (b"", b"\x02")]), timeout=60)["reply_bytes"] == [1, 2]
    assert 0.4 < time.monotonic() - started < 30
    assert tell(scripted([(SWITCH, b"\x01")]), timeout=1.5)["reply_bytes"] == [1]
    assert tell(scripted([(SWITCH, b"\x01"), (b"", None)]), timeout=60, idle=40)["reply_bytes"] == [1]


def test_without_expectation_nothing_is_a_reply_too(scripted, tell):
    started = time.monotonic()
    result = tell(scripted([(SWITCH, b"")]), timeout=60, idle=0.1)
    assert result == {"changed": True, "model": "raw", "sent": "20 02 00", "reply": "", "reply_bytes": []}
    assert time.monotonic() - started < 30


def test_only_silence_is_an_empty_reply(scripted, tell):
    started = time.monotonic()
    result = tell(scripted([(SWITCH, None)]), timeout=60, idle=40)
    assert {"kind": "unverified", "stage": "write"}.items() <= result["error"].items() and result["changed"]
    assert "closed the connection without an answer" in result["msg"] and time.monotonic() - started < 30


@pytest.mark.parametrize("answer", [b"", b"\x13\x02"])
@pytest.mark.parametrize("options", [{}, {"pattern": "\x13"}, {"length": 3}])
def test_a_reset_connection_ends_no_reply(tell, answer, options):
    server = Resetting(answer)
    result = tell(server, timeout=60, idle=30, **options)
    server.close()
    assert {"kind": "unverified", "stage": "write"}.items() <= result["error"].items() and result["changed"]
    assert "Connection reset by peer" in result["msg"] and ("13 02" in result["msg"]) == bool(answer)


def test_a_megabyte_of_reply(scripted, tell):
    megabyte = bytes(range(256)) * 4096
    result = tell(scripted([(SWITCH, megabyte)]), timeout=60, idle=2)
    assert result["error"]["kind"] == "bad_reply" and "raise longest" in result["msg"]
    assert len(tell(scripted([(SWITCH, megabyte)]), timeout=60, idle=2, longest=1 << 20)["reply_bytes"]) == 1 << 20
    assert len(tell(scripted([(SWITCH, megabyte)]), timeout=60, length=1 << 20)["reply_bytes"]) == 1 << 20


@pytest.mark.parametrize("ending", [{"expect": "00"}, {"length": 1}, {"idle": 0.1}])
def test_a_serial_server_whose_port_is_taken(scripted, tell, ending):
    result = tell(scripted([(SWITCH, b"Port already in use\r\n"), (b"", None)]), **ending)
    assert result["error"]["kind"] == "busy" and not result["changed"]


def test_nobody_there(free_port, perform_task):
    result = perform_task(send, {"host": "127.0.0.1", "port": free_port(), "data": "00", "retries": 0})
    assert {"kind": "unreachable", "stage": "connect"}.items() <= result["error"].items() and not result["changed"]


def test_the_frame_of_a_model_is_not_added(scripted, tell):
    page = {"notation": "text", "port": 1, "ignore_case": True, "frame": {"send": "<{payload}>", "reply": "<{payload}>"}}
    assert tell(scripted([(SWITCH, b"A")]), model=page, expect="41")["reply"] == "41"
    assert tell(scripted([(SWITCH, b"a")]), model=page, expect="41")["error"]["kind"] == "bad_reply"


# unless and check mode

def test_unless_with_bytes(scripted, tell):
    server = scripted([(b"\x24", b"\x02")])
    result = tell(server, expect="00", unless={"data": "24", "reply": "02"})
    assert result == {"changed": False, "model": "raw", "sent": None, "reply": "02", "reply_bytes": [2]}
    assert server.received == [b"\x24"]
    server = scripted([(b"\x24", b"\x01"), (SWITCH, b"\x00")])
    assert tell(server, expect="00", unless={"data": "24", "reply": "02"})["changed"]
    assert server.received == [b"\x24" + SWITCH]


def test_unless_with_a_pattern(scripted, tell):
    unless = {"data": "24", "pattern": "[\\x80-\\xff]$"}
    assert not tell(scripted([(b"\x24", b"\x00\xfe")]), unless=unless, idle=0.1)["changed"]
    assert tell(scripted([(b"\x24", b"\x00\x7f"), (SWITCH, b"\x00")]), unless=unless, expect="00", idle=0.1)["changed"]


def test_check_mode_asks_unless_and_nothing_else(scripted, tell):
    server = scripted([(b"\x24", b"\x01")])
    result = tell(server, expect="00", unless={"data": "24", "reply": "02"}, mode={"check": True})
    assert result == {"changed": True, "model": "raw", "sent": None, "reply": None, "reply_bytes": None}
    assert server.received == [b"\x24"]


def test_check_mode_without_unless_does_not_even_connect(untouched, tell):
    assert tell(untouched, mode={"check": True})["changed"] and untouched.received == []


# what is refused before anything is sent

@pytest.mark.parametrize("options, words", [
    ({"data": 24}, "data is 24, which YAML did not read as text; write it in quotes"),
    ({"data": True}, "data is True"),
    ({"data": 1.5}, "data is 1.5"),
    ({"data": {"a": 1}}, "in quotes, for example \"24\", or as a list of numbers"),
    ({"data": "FE 6"}, "'6' at character 4 has an odd number of digits"),
    ({"data": "FE6 C01"}, "'FE6' at character 1 has an odd number"),
    ({"data": "0xFE"}, "'0xFE' at character 1 is not hex; expected pairs"),
    ({"data": "\u0663\u0663"}, "is not hex"),
    ({"data": ""}, "data is empty"),
    ({"data": []}, "data is empty"),
    ({"data": [1, 300]}, "data[1] is 300; expected a number from 0 to 255"),
    ({"data": [-1]}, "data[0] is -1"),
    ({"data": [True]}, "data[0] is True"),
    ({"data": ["x"]}, "data[0] is 'x'"),
    ({"data": [1.0]}, "data[0] is 1.0"),
    ({"data": "A", "encoding": "base64"}, "is not base64"),
    ({"data": "QUJ\u20ac", "encoding": "base64"}, "is not base64"),
    ({"data": "\u20ac", "encoding": "text"}, "above U+00FF"),
    ({"data": "\\q", "encoding": "text"}, "'\\q' is not an escape"),
    ({"expect": 0}, "expect is 0, which YAML"),
    ({"expect": ""}, "expect is empty"),
    ({"length": 0}, "length is 0; expected 1 to 16777216 bytes"),
    ({"pattern": "("}, "pattern is '(', which is not a regular expression"),
    ({"pattern": False}, "pattern is False: YAML reads on, off, yes and no without quotes so; write it in quotes"),
    ({"pattern": 24}, "pattern is the number 24; write it in quotes"),
    ({"unless": {"data": "24", "pattern": True}}, "unless.pattern is True"),
    ({"unless": {"data": 24, "reply": "00"}}, "unless.data is 24"),
    ({"unless": {"data": "24", "reply": [256]}}, "unless.reply[0] is 256"),
    ({"unless": {"data": "24", "reply": None}}, "unless.reply is empty"),
    ({"idle": -1}, "idle is -1"),
    ({"idle": 0.5, "timeout": 0.5}, "idle is 0.5 and timeout 0.5; the silence that ends a reply must be shorter"),
    ({"longest": 0}, "longest is 0"),
])
def test_bad_input(untouched, tell, options, words):
    result = tell(untouched, **options)
    assert {"kind": "invalid", "stage": "options"}.items() <= result["error"].items() and words in result["msg"], result
    assert untouched.received == []


def test_there_is_no_port_without_one(perform_task):
    result = perform_task(send, {"host": "127.0.0.1", "data": "00"})
    assert result["error"]["kind"] == "invalid" and "'raw' has no port of its own" in result["msg"]


@pytest.mark.parametrize("given, words", [
    ({"data": "00", "expect": "00", "length": 1}, "mutually exclusive: expect|length|pattern"),
    ({"data": "00", "unless": {"data": "24"}}, "one of the following is required: reply, pattern"),
    ({}, "missing required arguments: data"),
])
def test_the_spec(given, words):
    arg_spec = pytest.importorskip("ansible.module_utils.common.arg_spec")
    assert words in " ".join(arg_spec.ArgumentSpecValidator(**send.SPEC).validate(given).error_messages)


def test_trace(scripted, tell):
    result = tell(scripted([(b"\x24", b"\x01"), (SWITCH, b"\x00")]), expect="00", unless={"data": "24", "reply": "02"}, mode={"trace": True})
    assert [(entry["stage"], entry["sent"], entry["received"]) for entry in result["trace"]] == [("read", "24", "01"), ("write", "20 02 00", "00")]


def test_a_password_among_the_bytes_is_masked(scripted, tell):
    page = {"notation": "hex", "port": 1}
    secret = {"data": "PASS hunter2", "encoding": "text", "password": "hunter2", "model": page, "mode": {"trace": True}}
    for result in (tell(scripted([(b"PASS hunter2", b"\x00")]), length=1, **secret), tell(scripted([(b"PASS hunter2", None)]), length=1, **secret)):
        assert "hunter2" not in str(result) and b"hunter2".hex(" ").upper() not in str(result)


@pytest.mark.parametrize("ending", [{"length": 13}, {"idle": 0.1}, {"expect": "PASS hunter2!"}, {"pattern": "hunter2!$"}])
def test_an_echoed_password_is_masked(scripted, tell, ending):
    result = tell(scripted([(b"PASS hunter2", b"PASS hunter2!")]), data="PASS hunter2", encoding="text", password="hunter2", mode={"trace": True}, **ending)
    assert result["reply"] == "50 41 53 53 20 2A 2A 2A 2A 2A 2A 2A 2A 21" and bytes(result["reply_bytes"]) == b"PASS ********!"
    assert b"hunter2".hex(" ").upper() not in str(result)
    unless = {"data": "PASS hunter2", "pattern": "hunter2"}
    result = tell(scripted([(b"PASS hunter2", b"PASS hunter2!")]), unless=unless, encoding="text", password="hunter2", data="X", idle=0.1)
    assert not result["changed"] and bytes(result["reply_bytes"]) == b"PASS ********!"


def test_a_reply_that_ends_as_the_password_begins_is_no_echo_of_it(scripted, tell):
    assert tell(scripted([(SWITCH, b"\x00hu")]), length=3, password="hunter2")["reply"] == "00 68 75"


@pytest.mark.parametrize("options, changed, outcome", [({"pattern": "^(a+)+$"}, True, "done"),
                                                       ({"unless": {"data": "FE 6C 01", "pattern": "^(a+)+$"}}, False, "nothing")])
def test_a_pattern_without_an_end_is_ended(scripted, tell, options, changed, outcome):
    result = tell(scripted([(SWITCH, b"a" * 40 + b"!")]), idle=0.1, **options)
    assert result["changed"] is changed and result["error"] == {"kind": "bad_reply", "stage": "write" if changed else "read", "outcome": outcome}
    assert "takes more than 1 s: whether it is there is not known" in result["msg"]

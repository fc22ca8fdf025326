# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""command against literal bytes, and against the emulated device of the command article."""

from __future__ import annotations

import socket
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command
from ansible_collections.bytewire.devices.plugins.module_utils._device.lock import DeviceLock
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import task_first
from ansible_collections.bytewire.devices.plugins.module_utils._wire.event_loop import run
from ansible_collections.bytewire.devices.tests.servers import Resetting, Server

STATUS = b"\x1bSTATUS\r"
READY = (STATUS, b"READY\0")


@pytest.fixture
def tell(perform_task):
    """The result of a command task against a scripted server."""
    def result(server, *, mode=None, **options):
        given = {"host": "127.0.0.1", "port": server.port, "timeout": 20, "retries": 0, "label": "field", **options}
        if "commands" not in given:
            given.setdefault("command", "STATUS")
        return perform_task(command, given, **(mode or {}))
    return result


def test_the_bytes_of_a_command_and_its_reply(scripted, tell):
    server = scripted([(STATUS, b" READY 7\r\n\0")])
    assert tell(server) == {"changed": True, "model": "esc_cr", "reply": "READY 7", "replies": [{"command": "STATUS", "reply": "READY 7"}]}
    assert server.received == [b"\x1bSTATUS\r"]


def test_the_port_of_the_model():
    from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
    assert resolve("esc_cr")["port"] == 9100


def test_emulated(emulated, perform_task):
    board = emulated("esc_cr")
    assert perform_task(command, board.options(command="STATUS"))["reply"] == "READY"
    assert perform_task(command, board.options(command="RESET"))["reply"] == "OK"
    board = emulated("esc_cr", initial={"replies": {"STATUS": "BROKEN"}})
    assert perform_task(command, board.options(command="STATUS"))["reply"] == "BROKEN"
    assert board.journal.sent() == ["1B 53 54 41 54 55 53 0D"] and board.journal.sent("out") == ["42 52 4F 4B 45 4E 00"]


# framing

@pytest.mark.parametrize("carriage_return", ["\r", "\\r", "\\x0d", "\\x0D"])
def test_a_real_control_character_and_its_escape_mean_the_same(scripted, tell, carriage_return):
    server = scripted([(b"GET\r", b"1\r2\r\r")])
    assert tell(server, command="GET", prefix="", terminator=carriage_return, reply_until=carriage_return * 2)["reply"] == "1\r2"


def test_what_the_task_leaves_open_is_the_model_s(scripted, tell):
    server = scripted([(b"\x1bSTATUS\r\n", b"READY\0")])
    assert tell(server, terminator="\\r\\n")["reply"] == "READY"
    page = {"notation": "text", "port": 1, "command": {"send": "#{command:text};", "reply": "<{reply:any}>\\r"}}
    server = scripted([(b"#STATUS;", b"<READY>\r")], [(b"!STATUS;", b"<READY>\r")], [(b"#STATUS;", b"<READY]")])
    assert tell(server, model=page)["reply"] == "READY"
    assert tell(server, model=page, prefix="!")["reply"] == "READY"
    assert tell(server, model=page, reply_until="]")["reply"] == "READY"


@pytest.mark.parametrize("given", [{}, {"reply_until": "\\r\\n"}, {"terminator": "\\r"}, {"prefix": "#"}])
def test_a_refusal_of_the_model_is_one_whatever_the_task_says_of_its_framing(scripted, tell, given):
    result = tell(scripted([(b"#AV 99>1\r", b"~01@AV ERR 003\r\n")]), model="kramer_p3000", command="AV 99>1", **given)
    assert result["error"]["kind"] == "refused" and "value out of range" in result["msg"] and not result["changed"]


ADDRESSED = {"notation": "text", "port": 1, "unit": {"name": "unit", "default": 7}, "ignore": ["*{:text}\r\n"], "idle": 0.05,
             "command": {"send": "!{unit:d2} {command:text}\\r", "reply": ["{unit:d2} {reply:text}\\r\\n", "{unit:d2} OK\\r\\n"]}}


@pytest.mark.parametrize("given, sent, answer", [
    ({"reply_until": "\\n"}, b"!07 STATUS\r", b"*news\r\n07 READY\r\n"),
    ({"reply_until": ""}, b"!07 STATUS\r", b"*news\r\n07 READY"),
    ({"terminator": ";"}, b"!07 STATUS;", b"*news\r\n07 READY\r\n"),
])
def test_the_unit_and_what_is_ignored_stay_with_the_framing_of_the_task(scripted, tell, monkeypatch, given, sent, answer):
    """So does the silence of the page; the usual one is longer here than the test may take."""
    monkeypatch.setattr(command, "idle_of", lambda options: 50.0)
    started = time.monotonic()
    server = scripted([(sent, answer)])
    assert tell(server, model=ADDRESSED, timeout=60, **given)["reply"] == "READY"
    assert server.received == [sent] and time.monotonic() - started < 30


@pytest.mark.parametrize("page, given, place", [
    (ADDRESSED, {"prefix": "?"}, "'!{unit:d2} '"),
    ({"notation": "text", "port": 1, "command": {"send": "{command:text}\\r{:sum8}", "reply": "{reply:any}\\r"}}, {"terminator": "\\r"}, "'\\r{:sum8}'"),
    ({"notation": "text", "port": 1, "command": {"send": "{command:text}", "reply": "{reply:any}\\r{:sum8}"}}, {"reply_until": "\\r"}, "'\\r{:sum8}'"),
    ({"notation": "text", "port": 1, "frame": {"send": "<{payload}>", "reply": "<{payload}>"},
      "command": {"send": "{command:text};", "reply": "{reply:any};"}}, {"terminator": ""}, "'<{payload}>'"),
])
def test_framing_that_would_take_the_place_of_more_than_text(untouched, tell, page, given, place):
    result = tell(untouched, model=page, **given)
    assert {"kind": "invalid", "stage": "options"}.items() <= result["error"].items() and untouched.received == []
    assert f"{list(given)[0]} cannot be given for the model inline" in result["msg"] and place in result["msg"]


def test_an_end_for_replies_of_fixed_words(scripted, tell):
    page = {"notation": "text", "port": 1, "command": {"send": "{command:text}\\r", "reply": "OK\\r\\n"}}
    assert tell(scripted([(b"STATUS\r", b"OK\r\n"), (b"", b">")]), model=page, reply_until="\\n>")["reply"] == "OK"
    page["command"]["reply"] = ["OK\\r\\n", "IS {reply:text}\\r\\n"]
    server = scripted([(b"STATUS\r", b"IS READY;")], [(b"STATUS\r", b"OK\r\n")])
    assert tell(server, model=page, reply_until=";")["reply"] == "READY"
    assert tell(server, model=page, reply_until=";")["reply"] is None


def test_framing_in_hex(scripted, tell):
    page = {"notation": "hex", "port": 1, "command": {"send": "02 {command:text} 03", "reply": "02 {reply:any} 03"}}
    server = scripted([(b"\x02STATUS\x04", b"\x02READY\x03")], [(STATUS, b"READY\0")])
    assert tell(server, model=page, terminator="\\x04")["reply"] == "READY"
    assert tell(server, model={"notation": "hex", "port": 1})["reply"] == "READY"


def test_a_model_that_says_nothing_of_commands_is_spoken_to_with_esc_cr_and_nul(scripted, tell):
    server = scripted([(b"\x10", b"\x13\x02\x1c"), READY])
    assert tell(server, model="eth008")["reply"] == "READY"
    framed = {"notation": "hex", "port": 1, "frame": {"send": "AA {payload}", "reply": "AA {payload}"}}
    assert tell(scripted([READY]), model=framed)["reply"] == "READY"


def test_a_terminator_of_several_bytes_in_several_packets(scripted, tell):
    server = scripted([(b"STATUS<end>", b"REA"), (b"", b"DY\r"), (b"", b"\n>\r"), (b"", b"\n>")])
    assert tell(server, prefix="", terminator="<end>", reply_until="\\r\\n>\\r\\n>")["reply"] == "READY"


def test_a_brace_stands_for_itself(scripted, tell):
    assert tell(scripted([(b"{STATUS}", b"{1}")]), prefix="{", terminator="}", reply_until="}")["reply"] == "{1"


def test_an_escape_that_there_is_not(untouched, tell):
    result = tell(untouched, terminator="\\q")
    assert result["error"]["kind"] == "invalid" and "terminator: '\\q' is not an escape" in result["msg"]
    result = tell(untouched, terminator="\u20ac")
    assert result["error"]["kind"] == "invalid" and "above U+00FF" in result["msg"]


def test_silence_ends_a_reply_without_an_end(scripted, tell):
    started = time.monotonic()
    assert tell(scripted([(STATUS, b"some"), (b"", b"thing")]), reply_until="", idle=1, timeout=60)["reply"] == "something"
    assert tell(scripted([(STATUS, b"something"), (b"", None)]), reply_until="", idle=40, timeout=60)["reply"] == "something"
    assert time.monotonic() - started < 30


def test_idle_has_a_default_where_nothing_else_ends_a_reply(scripted, tell):
    started = time.monotonic()
    assert tell(scripted([(STATUS, b"READY")]), reply_until="", timeout=60)["reply"] == "READY"
    assert 0.4 < time.monotonic() - started < 30


def test_idle_also_ends_a_reply_of_which_the_end_has_not_come(scripted, tell):
    assert tell(scripted([(STATUS, b"READY")]), idle=0.1, timeout=60)["reply"] == "READY"
    started = time.monotonic()
    assert tell(scripted([READY]), idle=40, timeout=60)["reply"] == "READY"
    assert time.monotonic() - started < 30


# replies

def test_a_reply_in_one_byte_packets(scripted, tell):
    server = scripted([(STATUS, b"")] + [(b"", bytes([byte])) for byte in b"READY\0"])
    assert tell(server)["reply"] == "READY"


def test_bytes_80_to_ff_pass_both_ways(scripted, tell):
    high = bytes(range(0x80, 0x100))
    server = scripted([(b"\x1b" + high + b"\r", b"\xa0\x85" + high + b"\x85\xa0\0")])
    result = tell(server, command=high.decode("latin-1"))
    assert result["reply"].encode("latin-1") == b"\xa0\x85" + high + b"\x85\xa0"


def test_a_megabyte_of_reply(scripted, tell):
    megabyte = b"x" * (1 << 20)
    result = tell(scripted([(STATUS, megabyte + b"\0")]), timeout=10)
    assert {"kind": "bad_reply", "stage": "write"}.items() <= result["error"].items() and result["changed"]
    assert "field (127.0.0.1:" in result["msg"] and "more than 65536 bytes" in result["msg"] and "raise longest" in result["msg"]
    assert len(result["msg"]) < 500
    result = tell(scripted([(STATUS, megabyte + b"\0")]), timeout=10, longest=2 << 20)
    assert len(result["reply"]) == 1 << 20


def test_longest_counts_every_byte_of_the_reply(scripted, tell):
    assert tell(scripted([(STATUS, b"1234567\0")]), longest=8)["reply"] == "1234567"
    assert tell(scripted([(STATUS, b"12345678\0")]), longest=8)["error"]["kind"] == "bad_reply"
    assert tell(scripted([(STATUS, b"123456789")]), longest=8)["error"]["kind"] == "bad_reply"


def test_two_replies_at_once(scripted, tell):
    result = tell(scripted([(STATUS, b"READY\0BUSY\0")]))
    assert {"kind": "bad_reply", "stage": "write"}.items() <= result["error"].items() and result["changed"]
    assert "('BUSY" in result["msg"] or "42 55 53 59 00" in result["msg"]
    assert "52 45 41 44 59 00" in result["msg"] and "it is not known which of them is the answer" in result["msg"]


def test_an_empty_reply(scripted, tell):
    result = tell(scripted([(STATUS, b"\0")]))
    assert result["reply"] == "" and result["changed"]


@pytest.mark.parametrize("framing", [{}, {"reply_until": "", "idle": 0.1}])
def test_a_serial_server_whose_port_is_taken(scripted, tell, framing):
    result = tell(scripted([(STATUS, b"Port already in use\r\n"), (b"", None)]), **framing)
    assert result["error"]["kind"] == "busy" and not result["changed"]


# lost replies

class Counting(Server):
    """Keeps every request it was sent, over all connections."""

    def __init__(self, answer, delay):
        self.answer, self.delay = answer, delay
        self.requests, self.connections = [], 0
        super().__init__()

    def serve(self, client):
        self.connections += 1
        buffer = b""
        for chunk in iter(lambda: client.recv(4096), b""):
            buffer += chunk
            while b"\r" in buffer:
                request, buffer = buffer.split(b"\r", 1)
                self.requests.append(request + b"\r")
                time.sleep(self.delay)
                answer = self.answer(self.requests[-1])
                if answer is None:
                    return
                client.sendall(answer)


@pytest.mark.parametrize("answer, delay", [
    (lambda request: b"", 0.0),
    (lambda request: None, 0.0),
    (lambda request: b"REA", 0.0),
    (lambda request: b"READY\0", 2),
], ids=["silence", "closed", "cut short", "after the deadline"])
def test_a_command_whose_reply_is_lost_is_sent_once(tell, answer, delay):
    server = Counting(answer, delay)
    result = tell(server, command="FEED", retries=5, timeout=1)
    server.close()
    assert server.requests == [b"\x1bFEED\r"] and server.connections == 1
    assert {"kind": "unverified", "stage": "write"}.items() <= result["error"].items()
    assert result["changed"] and result["replies"] == []
    assert "the command 'FEED' was sent once, and its reply was lost" in result["msg"] and "look whether it was done" in result["msg"]


def test_an_empty_terminator_that_may_not_have_been_meant(scripted, tell):
    assert "terminator='\\r'" in tell(scripted([(b"\x1bSTATUS", b"")]), terminator="", timeout=0.4)["msg"]
    assert "terminator=" not in tell(scripted([(STATUS, b"")]), terminator="\\r", timeout=0.4)["msg"]


def test_a_lost_reply_in_a_row_of_commands(scripted, tell):
    server = scripted([(b"\x1bONE\r", b"1\0"), (b"\x1bTWO\r", b"2\0"), (b"\x1bTHREE\r", None)])
    result = tell(server, commands=[{"command": name} for name in ("ONE", "TWO", "THREE", "FOUR")])
    assert result["error"]["kind"] == "unverified" and result["changed"]
    assert result["replies"] == [{"command": "ONE", "reply": "1"}, {"command": "TWO", "reply": "2"}]
    assert "Answered before: 2 of 4 commands. Not sent: 'FOUR'." in result["msg"]
    assert server.received == [b"\x1bONE\r\x1bTWO\r\x1bTHREE\r"]


def test_a_device_that_closes_between_two_commands(scripted, tell):
    server = scripted([(b"\x1bONE\r", b"1\0"), (b"", None)], [(b"\x1bTWO\r", b"2\0")])
    result = tell(server, commands=[{"command": "ONE"}, {"command": "TWO"}], retries=5)
    assert result["error"]["kind"] in ("closed", "unverified") and result["changed"]
    assert result["replies"] == [{"command": "ONE", "reply": "1"}] and "Answered before: 1 of 2 commands." in result["msg"]
    server.listener.shutdown(socket.SHUT_RDWR)
    assert len(server.received) == 1


def test_nobody_there(free_port, perform_task):
    result = perform_task(command, {"host": "127.0.0.1", "port": free_port(), "command": "STATUS", "retries": 0})
    assert {"kind": "unreachable", "stage": "connect"}.items() <= result["error"].items() and not result["changed"]


def test_connecting_before_the_first_command_may_be_tried_again(scripted, tell):
    page = {"notation": "text", "port": 1, "login": [{"reply": "hello"}], "command": {"send": "{command:text}\\r", "reply": "{reply:text}\\0"}}
    server = scripted([(b"", None)], [(b"", b"hello"), (b"STATUS\r", b"READY\0")])
    assert tell(server, model=page, retries=1)["reply"] == "READY"
    result = tell(scripted([(b"", None)]), model=page)
    assert {"kind": "closed", "stage": "login"}.items() <= result["error"].items() and not result["changed"]


@pytest.mark.parametrize("answer", [b"", b"PART"])
@pytest.mark.parametrize("given", [{"reply_until": ""}, {"idle": 0.3}])
def test_a_reset_connection_ends_no_reply(tell, given, answer):
    server = Resetting(answer)
    result = tell(server, timeout=2, **given)
    server.close()
    assert {"kind": "unverified", "stage": "write"}.items() <= result["error"].items() and result["changed"] and result["replies"] == []
    assert "Connection reset by peer" in result["msg"] and ("PART" in result["msg"]) == bool(answer)


# expectations

def test_expect_and_refuse(scripted, tell):
    assert tell(scripted([READY]), expect="^READY$", refuse="^ERR")["reply"] == "READY"
    result = tell(scripted([(STATUS, b"BUSY 3\0")]), expect="^READY")
    assert {"kind": "bad_reply", "stage": "write"}.items() <= result["error"].items() and result["changed"]
    assert "answered 'STATUS' with 'BUSY 3', in which '^READY' is not found" in result["msg"]
    assert result["replies"] == [{"command": "STATUS", "reply": "BUSY 3"}]
    result = tell(scripted([(STATUS, b"ERR 3\0")]), refuse="ERR \\d")
    assert {"kind": "refused", "stage": "write"}.items() <= result["error"].items() and not result["changed"]
    assert "refused 'STATUS': it answered 'ERR 3'" in result["msg"]


def test_each_command_has_its_own_expectation(scripted, tell):
    steps = [{"command": "ONE", "expect": "^1"}, {"command": "TWO", "expect": "^2", "refuse": "^none$"}, {"command": "THREE"}, {"command": "FOUR"}]
    server = scripted([(b"\x1bONE\r", b"1\0"), (b"\x1bTWO\r", b"2 ERR\0"), (b"\x1bTHREE\r", b"ERR\0")])
    result = tell(server, commands=steps, refuse="ERR")
    assert result["error"]["kind"] == "refused" and "refused 'THREE'" in result["msg"] and result["changed"]
    assert [entry["reply"] for entry in result["replies"]] == ["1", "2 ERR", "ERR"]
    assert server.received == [b"\x1bONE\r\x1bTWO\r\x1bTHREE\r"]


def test_several_commands_go_over_one_connection(scripted, tell):
    server = scripted([(b"\x1bONE\r", b"1\0"), (b"\x1bTWO\r", b"2\0")])
    result = tell(server, commands=[{"command": "ONE"}, {"command": "TWO"}])
    assert result["reply"] == "2" and len(result["replies"]) == 2 and server.received == [b"\x1bONE\r\x1bTWO\r"]


def test_a_page_may_say_what_a_refusal_is(scripted, tell):
    page = {"notation": "text", "port": 1, "codes": {"7": "out of paper"},
            "command": {"send": "{command:text}\\r", "reply": "+{reply:text}\\r", "refused": "-{code:d}\\r"}}
    result = tell(scripted([(b"PRINT\r", b"-7\r")]), model=page, command="PRINT")
    assert result["error"]["kind"] == "refused" and "refused to do 'PRINT' (out of paper)" in result["msg"] and not result["changed"]


def test_commands_that_are_never_answered(scripted, tell):
    server = scripted([(b"\x1bONE\r\x1bTWO\r", b"")])
    started = time.monotonic()
    result = tell(server, commands=[{"command": "ONE"}, {"command": "TWO"}], answered=False, timeout=60)
    assert time.monotonic() - started < 30
    assert result == {"changed": True, "model": "esc_cr", "reply": None,
                      "replies": [{"command": "ONE", "reply": None}, {"command": "TWO", "reply": None}]}
    server.thread.join(30)
    assert server.received == [b"\x1bONE\r\x1bTWO\r"]


# unless and check mode

UNLESS = {"command": "STATUS", "reply": "^READY"}


def test_unless(scripted, tell):
    server = scripted([READY])
    assert tell(server, command="WAKE", unless=UNLESS) == {"changed": False, "model": "esc_cr", "reply": "READY", "replies": []}
    assert server.received == [STATUS]
    server = scripted([(STATUS, b"ASLEEP\0"), (b"\x1bWAKE\r", b"OK\0")])
    result = tell(server, command="WAKE", unless=UNLESS)
    assert result["changed"] and result["reply"] == "OK" and result["replies"] == [{"command": "WAKE", "reply": "OK"}]


def test_check_mode_asks_unless_and_nothing_else(scripted, tell):
    server = scripted([(STATUS, b"ASLEEP\0")], [READY])
    result = tell(server, command="WAKE", unless=UNLESS, mode={"check": True})
    assert result["changed"] and result["reply"] == "ASLEEP" and result["replies"] == []
    assert not tell(server, command="WAKE", unless=UNLESS, mode={"check": True})["changed"]
    assert server.received == [STATUS, STATUS]


def test_check_mode_without_unless_does_not_even_connect(free_port, perform_task):
    result = perform_task(command, {"host": "127.0.0.1", "port": free_port(), "command": "WAKE"}, check=True)
    assert result == {"changed": True, "model": "esc_cr", "reply": None, "replies": []}


def test_the_query_may_be_asked_again(scripted, tell):
    server = scripted([(STATUS, None)], [(STATUS, b"ASLEEP\0"), (b"\x1bWAKE\r", b"OK\0")])
    assert tell(server, command="WAKE", unless=UNLESS, retries=1, timeout=2)["reply"] == "OK"
    assert {"kind": "closed", "stage": "read"}.items() <= tell(scripted([(STATUS, None)]), command="WAKE", unless=UNLESS)["error"].items()


def test_a_device_that_closes_after_the_query(scripted, tell):
    server = scripted([(STATUS, b"ASLEEP\0"), (b"", None)], [(b"\x1bWAKE\r", b"OK\0")])
    result = tell(server, command="WAKE", unless=UNLESS, retries=1)
    assert result.get("reply") == "OK" or result["error"]["kind"] == "unverified"


def test_the_query_is_answered_though_the_commands_are_not(scripted, tell):
    server = scripted([(STATUS, b"ASLEEP\0"), (b"\x1bWAKE\r", b"")])
    result = tell(server, command="WAKE", unless=UNLESS, answered=False)
    assert result["changed"] and result["reply"] is None
    server.thread.join(30)
    assert server.received == [STATUS + b"\x1bWAKE\r"]


# what is refused before anything is sent

@pytest.mark.parametrize("text, words", [
    ("A\rB", "holds the control character '\\r'"),
    ("A\x1bB", "holds the control character '\\x1b'"),
    ("A\0B", "holds the control character '\\x00'"),
    ("A\nB", "holds the control character '\\n'"),
    ("A\x7f", "holds the control character '\\x7f'"),
    ("RESET\r", "holds the control character"),
    ("A\u20ac", "which is not one byte"),
])
def test_injection(untouched, tell, text, words):
    for options in ({"command": text}, {"commands": [{"command": "STATUS"}, {"command": text}]}, {"unless": {"command": text, "reply": "x"}}):
        result = tell(untouched, **options)
        assert {"kind": "invalid", "stage": "options"}.items() <= result["error"].items() and words in result["msg"], result
    assert untouched.received == []


@pytest.mark.parametrize("text, terminator", [("A;B", ";"), ("A<end>B", "<end>"), ("Ax", "xx"), ("A\tB", "\t"), ("A\tB", "\\t")])
def test_a_printable_terminator_inside_a_command(untouched, tell, text, terminator):
    result = tell(untouched, command=text, terminator=terminator)
    assert result["error"]["kind"] == "invalid" and untouched.received == []


@pytest.mark.parametrize("number", [8, 1.1])
def test_what_yaml_made_a_number_of_is_refused(untouched, tell, number):
    result = tell(untouched, command=number)
    assert result["error"]["kind"] == "invalid" and "write it in quotes" in result["msg"] and untouched.received == []


def test_what_is_no_injection(scripted, tell):
    assert tell(scripted([(b"\x1bA\tB\r", b"OK\0")]), command="A\tB")["reply"] == "OK"
    assert tell(scripted([(b"A;B", b"OK\0")]), command="A;B", prefix="", terminator="")["reply"] == "OK"
    assert tell(scripted([(b"\x1b24\r", b"OK\0")]), command="24")["reply"] == "OK"
    assert tell(scripted([(b"\x1b\\r{x}\r", b"OK\0")]), command="\\r{x}")["reply"] == "OK"


TEXTS = ("expect", "refuse", "prefix", "terminator", "reply_until")


@pytest.mark.parametrize("value, words", [(False, "is False: YAML reads on, off, yes and no without quotes so; write it in quotes"),
                                          (True, "is True: YAML"), (10, "is the number 10; write it in quotes"), (["x"], "expected text")])
def test_what_yaml_made_of_a_text_without_quotes(untouched, tell, value, words):
    given = [(name, {name: value}) for name in TEXTS] + [("unless.reply", {"unless": {"command": "POWER?", "reply": value}})]
    given += [(name, {"commands": [{"command": "A", name: value}]}) for name in ("expect", "refuse")]
    for name, options in given:
        result = tell(untouched, **options)
        assert {"kind": "invalid", "stage": "options"}.items() <= result["error"].items() and name + " is" in result["msg"] and words in result["msg"], result
    assert untouched.received == []


def test_words_in_quotes_are_words(scripted, tell):
    server = scripted([(b"\x1bPOWER?\r", b"on\0")])
    assert not tell(server, command="POWER ON", refuse="no", unless={"command": "POWER?", "reply": "on"})["changed"]
    assert tell(scripted([(STATUS, b"no\0")]), refuse="no")["error"]["kind"] == "refused"


@pytest.mark.parametrize("options, words", [
    ({"command": ""}, "command is empty"),
    ({"command": False}, "command is False: YAML reads on, off, yes and no without quotes so"),
    ({"command": ["A"]}, "expected text"),
    ({"commands": []}, "commands is empty"),
    ({"commands": [{"command": True}]}, "in quotes"),
    ({"expect": "("}, "expect is '(', which is not a regular expression"),
    ({"refuse": "["}, "refuse is '['"),
    ({"commands": [{"command": "A", "expect": "*"}]}, "expect is '*'"),
    ({"unless": {"command": "STATUS", "reply": "+"}}, "unless.reply is '+'"),
    ({"answered": False, "expect": "x"}, "answered is false"),
    ({"idle": 0}, "idle is 0; expected 0.001 to 3600 seconds"),
    ({"longest": 0}, "longest is 0; expected 1 to 16777216 bytes"),
    ({"longest": (16 << 20) + 1}, "longest is 16777217"),
    ({"timeout": 0}, "timeout is 0;"),
    ({"model": "raw", "port": None}, "has no port of its own"),
])
def test_bad_input(untouched, tell, options, words):
    result = tell(untouched, **options)
    assert result["error"]["kind"] == "invalid" and words in result["msg"], result
    assert untouched.received == []


@pytest.mark.parametrize("given, words", [
    ({}, "one of the following is required: command, commands"),
    ({"command": "A", "commands": [{"command": "B"}]}, "mutually exclusive: command|commands"),
    ({"command": "A", "unless": {"command": "B"}}, "reply"),
])
def test_the_spec(given, words):
    arg_spec = pytest.importorskip("ansible.module_utils.common.arg_spec")
    assert words in " ".join(arg_spec.ArgumentSpecValidator(**command.SPEC).validate(given).error_messages)


def test_trace(scripted, tell):
    result = tell(scripted([READY]), mode={"trace": True})
    assert [(entry["stage"], entry["sent"], entry["received"]) for entry in result["trace"]] == [
        ("write", "1B 53 54 41 54 55 53 0D", "52 45 41 44 59 00")]
    result = tell(scripted([(STATUS, b"")]), timeout=0.4, mode={"trace": True})
    assert result["error"]["kind"] == "unverified" and len(result["trace"]) == 1


def test_a_password_in_a_command_is_masked_where_bytes_are_shown(scripted, tell):
    result = tell(scripted([(b"\x1bPASS hunter2\r", b"")]), command="PASS hunter2", password="hunter2", timeout=0.4, mode={"trace": True})
    assert result["error"]["kind"] == "unverified" and b"hunter2".hex(" ").upper() not in str(result)


def test_an_echoed_password_is_masked(scripted, tell):
    server = scripted([(b"\x1bPASS hunter2\r", b"PASS hunter2 hu\0"), (b"\x1bPASS hunter2\r", b"ERR hunter2\0")])
    result = tell(server, commands=[{"command": "PASS hunter2", "expect": "hunter2"}, {"command": "PASS hunter2", "refuse": "^ERR hunter2$"}],
                  password="hunter2")
    assert result["error"]["kind"] == "refused" and "hunter2" not in str(result)
    assert [entry["reply"] for entry in result["replies"]] == ["PASS ******** ********", "ERR ********"]
    server = scripted([(b"\x1bPASS hunter2\r", b"hunter2\0")])
    unless = {"command": "PASS hunter2", "reply": "^hunter2$"}
    result = tell(server, unless=unless, password="hunter2")
    assert not result["changed"] and result["reply"] == "********"


def test_a_reply_that_ends_as_the_password_begins_is_no_echo_of_it(scripted, tell):
    assert tell(scripted([(STATUS, b"READY OK\0")]), password="OKlahoma")["reply"] == "READY OK"


def test_what_the_task_says_goes_before_the_other_option_of_the_inventory():
    bound = {"command": "A", "commands": [{"command": "B"}], "port": 1}
    assert task_first({"command": "A"}, bound, command.ALTERNATIVES) == {"command": "A", "port": 1}
    assert task_first({"port": 1}, bound, command.ALTERNATIVES) == bound


def test_the_device_is_locked_while_it_is_spoken_to(untouched, tell):
    other = DeviceLock(f"127.0.0.1:{untouched.port}", "other")
    run(other.acquire(1))
    result = tell(untouched, lock_timeout=0)
    other.release()
    assert result["error"]["stage"] == "lock" and untouched.received == []


# patterns that take too long

ENDLESS = "^(a+)+$"
MANY = (STATUS, b"a" * 40 + b"!\0")


@pytest.mark.parametrize("options, changed, outcome", [
    ({"expect": ENDLESS}, True, "done"), ({"refuse": ENDLESS}, True, "unknown"), ({"unless": {"command": "STATUS", "reply": ENDLESS}}, False, "nothing"),
])
def test_a_pattern_without_an_end_is_ended_and_lock_and_connection_are_let_go(scripted, tell, options, changed, outcome):
    server = scripted([MANY])
    began = time.monotonic()
    result = tell(server, **options)
    assert time.monotonic() - began < 60 and result["changed"] is changed
    assert result["error"] == {"kind": "bad_reply", "stage": "write" if changed else "read", "outcome": outcome}
    name = "unless.reply" if "unless" in options else next(iter(options))
    assert f"to look for {name}, '^(a+)+$', in the 41 characters of its reply takes more than 1 s: whether it is there is not known. Write the pattern" \
        in result["msg"]
    lock = DeviceLock(f"127.0.0.1:{server.port}", "after")
    run(lock.acquire(0))
    lock.release()

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server of role responder, over sockets."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command
from ansible_collections.bytewire.devices.tests.waiting import until

STATUS = {"name": "STATUS", "run": ["/bin/echo", "READY"]}
NAP = {"name": "NAP", "run": ["/bin/sleep", "{seconds}"], "arguments": [{"name": "seconds", "pattern": r"[0-9.]{1,4}"}], "seconds": 5}
ECHO = {"name": "ECHO", "run": ["/bin/echo", "{word}"], "arguments": [{"name": "word", "pattern": r"[a-z]{1,8}"}]}
SECRET = "correct-horse-battery"


def article(host, port, text):
    """The script of the command article, in modern Python."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        s.connect((host, port))
        s.send(bytearray("\x1b" + text + "\x0d", "utf-8"))
        result = s.recv(1024)
    return result.split(b"\0", 1)[0].strip().decode("utf-8")


def python38():
    """Python 3.8 where it runs, or None."""
    found = [shutil.which("python3.8")] + [os.path.expanduser(f"~root/.pyenv/versions/{name}/bin/python3") for name in ("3.8.18", "3.8.20")]
    return next((path for path in found if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0), None)


@pytest.fixture(name="python", params=["this Python", "Python 3.8"])
def python_fixture(request):
    found = sys.executable if request.param == "this Python" else python38()
    return found or pytest.skip("no Python 3.8 runs here")


def test_the_script_of_the_article(served, python):
    server = served([STATUS], python)
    assert article("127.0.0.1", server.port, "STATUS") == "READY"


def test_module_command(served, perform_task, python):
    server = served([STATUS, ECHO], python)
    done = perform_task(command, {"host": "127.0.0.1", "port": server.port, "commands": [{"command": "STATUS"}, {"command": "ECHO abc"}]})
    assert [one["reply"] for one in done["replies"]] == ["READY", "abc"]


@pytest.fixture(name="answering", scope="module")
def answering_fixture(start_server, tmp_path_factory):
    gone = tmp_path_factory.mktemp("gone") / "gone"
    gone.write_text("#!/bin/true\n")
    gone.chmod(0o755)
    server = start_server([
        STATUS, ECHO, dict(NAP, seconds=0.3), {"name": "FAIL", "run": ["/bin/sh", "-c", "echo bad; exit 3"]}, {"name": "QUIET", "run": ["/bin/true"]},
        {"name": "CONTROL", "run": ["/usr/bin/printf", r"a\0b\033\377 c\n"]}, {"name": "MUCH", "run": ["/bin/cat", "/dev/zero"]},
        {"name": "STUBBORN", "run": ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"], "seconds": 0.1},
        {"name": "LEAVES", "run": ["/bin/sh", "-c", "echo hello; sleep 3 &"]}, {"name": "GONE", "run": [str(gone)]}], limits={"rate": 1000, "burst": 1000})
    gone.unlink()
    yield server
    server.stop()


@pytest.mark.parametrize("sent, answers", [
    (b"\x1bSTATUS\r", [b"READY"]),
    (b"\x1bSTATUS\r\x1bECHO abc\r\x1bSTATUS\r", [b"READY", b"abc", b"READY"]),
    (b"\x1bNO\r\x1bSTATUS\r", [b"ERROR unknown command", b"READY"]),
    (b"\x1bstatus\r", [b"ERROR unknown command"]),
    (b"\x1bSTATUS now\r", [b"ERROR wrong arguments"]),
    (b"\x1bECHO\r", [b"ERROR wrong arguments"]),
    (b"\x1bECHO  abc\r", [b"ERROR wrong arguments"]),
    (b"\x1bFAIL\r", [b"ERROR status 3\nbad"]),
    (b"\x1bQUIET\r", [b"OK"]),
    (b"\x1bCONTROL\r", [b"a?b?\xff c"]),
    (b"\x1bNAP 9\r", [b"ERROR timeout"]),
    (b"\x1bSTUBBORN\r", [b"ERROR timeout"]),
    (b"\x1bMUCH\r", [b"ERROR answer too long"]),
    (b"\x1bLEAVES\r", [b"hello"]),
    (b"\x1bGONE\r", [b"ERROR not started"]),
    (b"", []),
    (b"\x1b\r\x1bSTATUS\r", [b"ERROR bad packet"]),
    (b"STATUS\r\x1bSTATUS\r", [b"ERROR bad packet"]),
    (b"\x1bSTATUS\r\n\x1bSTATUS\r", [b"READY", b"ERROR bad packet"]),
    (b"\x1bSTA\x1bSTATUS\r", [b"ERROR bad packet"]),
    (b"\x1bECHO \xc3\xa9\r", [b"ERROR bad packet"]),
    (b"\x1b" + b"A" * 254 + b"\r", [b"ERROR unknown command"]),
    (b"\x1b" + b"A" * 255 + b"\r", [b"ERROR bad packet"]),
    (b"\x1bSTATUS", [b"ERROR bad packet"]),
    (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n\x1bSTATUS\r", [b"ERROR bad packet"]),
])
def test_what_is_answered(answering, sent, answers):
    """Also to a client that sends no more after its commands."""
    before = answering.log().count("127.0.0.1: ")
    with answering.client() as client:
        client.send(sent)
        client.socket.shutdown(socket.SHUT_WR)
        assert [client.answer() for dummy in answers] == answers
        assert client.answer() is None
    assert answering.log().count("127.0.0.1: ") == before + len(answers)


def test_bytes_one_by_one(served):
    with served([STATUS]).client() as client:
        for byte in b"\x1bSTATUS\r":
            client.send(bytes([byte]))
            time.sleep(0.005)
        assert client.answer() == b"READY"


@pytest.mark.parametrize("pattern", [r"[a-z0-9-]{1,16}", r"[^ ]+", r".*"])
def test_arguments_that_no_pattern_lets_through(served, pattern):
    server = served([dict(ECHO, arguments=[{"name": "word", "pattern": pattern}]), STATUS])
    for argument in ("../x", "a/../../etc", "..", "-n", "--help", "", "x\n", "x\0y", "\x1b", "x\x7f", "x\t"):
        with server.client() as client:
            assert client.ask("ECHO " + argument) in (b"ERROR wrong arguments", b"ERROR bad packet"), argument
    assert server.programs() == []


@pytest.mark.parametrize("run, given, answer", [
    (["/bin/echo", "{a}{b}"], ". ./etc", b"ERROR wrong arguments"),
    (["/bin/echo", "/srv/.{a}", "{b}"], "./etc x", b"ERROR wrong arguments"),
    (["/bin/echo", "/srv/../{a}.", "{b}"], "x. x", b"ERROR wrong arguments"),
    (["/bin/echo", "/srv/../{a}", "{b}"], ".x. .y", b"/srv/../.x. .y"),
])
def test_what_leaves_a_folder_is_not_joined_from_parts(served, run, given, answer):
    anything = [{"name": name, "pattern": ".*"} for name in "ab"]
    with served([{"name": "JOIN", "run": run, "arguments": anything}]).client() as client:
        assert client.ask(f"JOIN {given}") == answer


def test_a_second_packet_in_an_argument_is_a_second_packet(served):
    server = served([ECHO, STATUS])
    with server.client() as client:
        assert [client.ask("ECHO x\r\x1bSTATUS"), client.answer()] == [b"x", b"READY"]
        assert [client.ask("ECHO x\rSTATUS"), client.answer(), client.answer()] == [b"x", b"ERROR bad packet", None]
    assert server.programs() == [["subprocess.Popen", words] for words in (["/bin/echo", "x"], ["/bin/echo", "READY"], ["/bin/echo", "x"])]


def test_what_a_shell_would_take_apart(served):
    """Refused by a narrow pattern; let through by a wide one it is one word for the program."""
    server = served([ECHO, dict(ECHO, name="WIDE", arguments=[{"name": "word", "pattern": ".+"}])], limits={"burst": 100})
    arguments = ["a;id", "$(id)", "`id`", "a|id", "a&id", "$IFS", "~root", "*", "{word}", "'a'", "abc\\"]
    with server.client() as client:
        for argument in arguments:
            assert client.ask("ECHO " + argument) == b"ERROR wrong arguments"
        assert server.programs() == []
        for argument in arguments:
            assert client.ask("WIDE " + argument) == argument.encode()
    assert server.programs() == [["subprocess.Popen", ["/bin/echo", argument]] for argument in arguments]


# what programs leave behind

def asleep(marker):
    """How many processes of sleep have this argument."""
    return sum(cmdline.startswith(b"sleep\0") and marker.encode() in cmdline.split(b"\0") for cmdline in map(command_line, os.listdir("/proc")))


def command_line(process):
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""


@pytest.mark.parametrize("code, answer", [
    ("echo hello; sleep MARKER & exit 0", b"hello"),
    ("echo hello; sleep MARKER >/dev/null & exit 0", b"hello"),
    ("echo hello; sleep MARKER & exit 3", b"ERROR status 3\nhello"),
    ("trap '' TERM; (sleep MARKER)& trap - TERM; sleep 60", b"ERROR timeout"),
    ("trap '' TERM; (sleep MARKER >/dev/null)& trap - TERM; sleep 60", b"ERROR timeout"),
    ("trap '' TERM; sleep MARKER", b"ERROR timeout"),
])
def test_what_a_program_leaves_behind_ends_with_it(served, python, free_port, code, answer):
    """Whether it holds the output or not, ignores SIGTERM or not, and whether its program ended by itself or was stopped."""
    marker = f"77.{free_port()}"
    leaves = {"name": "LEAVES", "run": ["/bin/sh", "-c", code.replace("MARKER", marker)], "seconds": 0.4 if b"timeout" in answer else 20}
    server = served([leaves, STATUS], python, limits={"programs": 1})
    with server.client() as client:
        assert client.ask("LEAVES") == answer
        until(lambda: not asleep(marker), 30, "it sleeps on")
        assert client.ask("STATUS") == b"READY"
    until(lambda: not zombies(server.process.pid), 30, "it has not waited for all of its children")


def test_what_runs_on_by_itself_may_still_write_for_a_moment(served):
    server = served([{"name": "LATE", "run": ["/bin/sh", "-c", "(while [ -e /proc/$$/fd/2 ]; do :; done; echo late)& exit 0"]}])
    with server.client() as client:
        assert client.ask("LATE") == b"late"


def zombies(parent):
    """How many of its children have ended and were not waited for."""
    found = 0
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{process}/stat", encoding="latin-1") as file:
            state, ppid = file.read().rpartition(")")[2].split()[:2]
            found += state == "Z" and int(ppid) == parent
    return found


# limits

def test_a_network_that_is_not_allowed(served):
    server = served([STATUS], networks=["127.0.0.1", "127.9.0.0/16"])
    with server.client("127.0.0.2") as stranger, server.client("127.9.1.1") as friend:
        assert stranger.answer() == b"ERROR not allowed" and stranger.answer() is None
        assert friend.ask("STATUS") == b"READY"
    assert "127.0.0.2: refused: its network is not allowed" in server.log()


def test_connections_of_one_address(served):
    server = served([STATUS], limits={"connections_per_address": 2})
    with server.client() as first, server.client(), server.client() as third, server.client("127.0.0.2") as other:
        assert third.ask("STATUS") == b"ERROR too many connections" and third.answer() is None
        assert other.ask("STATUS") == first.ask("STATUS") == b"READY"
    until(lambda: article("127.0.0.1", server.port, "STATUS") == "READY", 30, "the places of those that have gone are not free")


def test_the_one_that_was_silent_for_longest_makes_room(served):
    server = served([STATUS, NAP], limits={"connections": 3})
    with server.client("127.0.0.1") as busy, server.client("127.0.0.2") as silent, server.client("127.0.0.3") as other:
        busy.send(b"\x1bNAP 0.8\r")
        assert other.ask("STATUS") == b"READY"
        with server.client("127.0.0.4") as new:
            assert new.ask("STATUS") == b"READY"
            assert silent.answer() == b"ERROR too many connections" and silent.answer() is None
            assert other.ask("STATUS") == b"READY" and busy.answer() == b"OK"


def test_all_connections_at_work(served):
    server = served([STATUS, NAP], limits={"connections": 1})
    with server.client() as busy:
        busy.send(b"\x1bNAP 3\r")
        server.until_it_runs("NAP 3")
        with server.client("127.0.0.2") as new:
            assert new.answer() == b"ERROR too many connections"
        assert busy.answer() == b"OK"


def test_the_rate_of_one_address(served):
    server = served([STATUS], limits={"rate": 1, "burst": 5})
    with server.client() as client, server.client("127.0.0.2") as other:
        assert [client.ask("STATUS") for dummy in range(5)] == [b"READY"] * 4 + [b"ERROR too many requests"]
        assert client.answer() is None and other.ask("STATUS") == b"READY"
    with server.client() as client:
        assert client.answer() == b"ERROR too many requests"
    time.sleep(2.5)
    assert article("127.0.0.1", server.port, "STATUS") == "READY"


@pytest.mark.parametrize("sent", [b"", b"\x1bSTA", b"trickle"])
def test_silence(served, sent):
    """Bytes that trickle for half a minute prolong nothing."""
    server = served([STATUS], limits={"idle_seconds": 0.6})
    with server.client() as client:
        started = time.monotonic()
        if sent == b"trickle":
            threading.Thread(target=trickle, args=(client,), daemon=True).start()
        else:
            client.send(sent)
        assert client.answer() == b"ERROR timeout" and client.answer() is None
        assert 0.5 < time.monotonic() - started < 20


def trickle(client):
    with contextlib.suppress(OSError):
        for byte in b"\x1b" + b"A" * 200:
            client.send(bytes([byte]))
            time.sleep(0.15)


def test_programs_at_once(served):
    server = served([NAP], limits={"programs": 1, "wait_seconds": 1.5})
    with server.client() as first, server.client() as second:
        first.send(b"\x1bNAP 4\r")
        server.until_it_runs("NAP 4")
        assert second.ask("NAP 0.1") == b"ERROR busy"
        assert first.answer() == b"OK"
        first.send(b"\x1bNAP 0.2\r")
        assert second.ask("NAP 0.1") == first.answer() == b"OK"


def test_programs_of_one_address(served):
    """It leaves places to others, and waits behind them."""
    server = served([NAP, STATUS], limits={"programs": 2, "programs_per_address": 1, "wait_seconds": 0.2})
    with server.client() as first, server.client() as second, server.client("127.0.0.2") as other:
        first.send(b"\x1bNAP 3\r")
        server.until_it_runs("NAP 3")
        assert second.ask("NAP 0.1") == b"ERROR busy" and other.ask("STATUS") == b"READY"
        assert first.answer() == b"OK"


def test_a_client_that_does_not_read(served):
    server = served([{"name": "MUCH", "run": ["/usr/bin/head", "-c", "8000000", "/dev/zero"], "answer_bytes": 8000000}, STATUS], limits={"idle_seconds": 0.4})
    with server.client() as lazy, server.client() as other:
        lazy.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.send(b"\x1bMUCH\r")
        assert other.ask("STATUS") == b"READY"
        server.until("it does not read its answer")


# who

def login(page="esc_cr"):
    return {"extends": page, "login": [{"send": "\\eAUTH {password:text}\\r", "reply": "OK\\0", "refused": "ERROR {words:any}\\0"}]}


@pytest.fixture(name="secret_file")
def secret_file_fixture(tmp_path):
    path = tmp_path / "secret"
    path.write_text(SECRET + "\n")
    path.chmod(0o640)
    return str(path)


def test_a_secret(served, secret_file, perform_task):
    server = served([STATUS], secret_file=secret_file)
    with server.client() as client:
        assert client.ask("STATUS") == b"ERROR secret wanted" and client.answer() is None
    for wrong in (SECRET[:-1], SECRET + "x", "", SECRET + " x"):
        with server.client() as client:
            assert client.ask("AUTH " + wrong) == b"ERROR wrong secret" and client.answer() is None
    with server.client() as client:
        assert client.ask("AUTH " + SECRET) == b"OK" and client.ask("STATUS") == client.ask("STATUS") == b"READY"
    options = {"host": "127.0.0.1", "port": server.port, "model": login(), "command": "STATUS", "password": SECRET}
    assert perform_task(command, options)["reply"] == "READY"
    assert perform_task(command, dict(options, password="wrong"))["error"]["kind"] == "locked"
    shown = server.log()
    for name in ("cmdline", "environ"):
        with open(f"/proc/{server.process.pid}/{name}", encoding="utf-8") as file:
            shown += file.read()
    assert "wrong secret" in shown and SECRET[:-1] not in shown


def test_a_secret_that_changes_must_be_presented_again(served, secret_file):
    server = served([STATUS], secret_file=secret_file)
    with server.client() as client:
        assert client.ask("AUTH " + SECRET) == b"OK"
        with open(secret_file, "w", encoding="ascii") as file:
            file.write("another-horse-battery")
        server.reload()
        assert client.ask("STATUS") == b"ERROR secret wanted"


@pytest.fixture(name="certificates")
def certificates_fixture(authority, tmp_path):
    for issuer, name, path in ((authority, "127.0.0.1", "127.0.0.1"), (authority, "client", "client"), (type(authority)(), "client", "stranger")):
        issuer.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(str(tmp_path / (path + ".pem")))
    return tmp_path


def test_tls_with_client_certificates(served, certificates, perform_task, python):
    pair = str(certificates / "127.0.0.1.pem")
    server = served([STATUS], python, tls={"certificate": pair, "key": pair, "client_ca": str(certificates / "ca.pem")}, limits={"idle_seconds": 0.5})
    options = {"host": "127.0.0.1", "port": server.port, "command": "STATUS", "transport": "tls", "ca_path": str(certificates / "ca.pem")}
    with server.client() as silent:
        assert perform_task(command, dict(options, client_cert=str(certificates / "client.pem")))["reply"] == "READY"
        assert silent.answer() is None
    unknown = perform_task(command, options)  # told at once: before the command leaves, or after
    assert unknown.get("reply") == "ERROR certificate wanted" or "it sent 45 52 52 4F 52 20 63 65 72 74" in unknown["msg"], unknown
    stranger = perform_task(command, dict(options, client_cert=str(certificates / "stranger.pem")))
    assert stranger["failed"] and stranger["error"]["kind"] in ("unverified", "unreachable", "closed"), stranger
    with server.client() as unencrypted:
        assert unencrypted.ask("STATUS") != b"READY"
    server.until("no TLS: ", 3)
    assert server.log().count("status 0") == 1 and "refused: it has no certificate" in server.log()


def test_many_handshakes_that_never_end(served, certificates):
    pair = str(certificates / "127.0.0.1.pem")
    server = served([STATUS], tls={"certificate": pair, "key": pair}, limits={"connections": 20, "idle_seconds": 30})
    context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    silent = [server.client(f"127.0.0.{2 + number // 10}") for number in range(60)]
    with server.client(wrap=lambda sock: context.wrap_socket(sock, server_hostname="127.0.0.1")) as honest:
        assert honest.ask("STATUS") == b"READY"
    for client in silent:
        client.socket.close()


# reload and end

def test_reload(served, free_port):
    server = served([STATUS])
    with server.client() as client:
        assert client.ask("STATUS") == b"READY"
        server.configure([ECHO])
        server.reload()
        assert client.ask("STATUS") == b"ERROR unknown command" and client.ask("ECHO abc") == b"abc"
        server.path.write_text('{"commands": [], "networks": ["127.0.0.0/99"]}')
        server.reload()
        assert client.ask("ECHO abc") == b"abc"
        assert "the new configuration is not taken, the old one stays" in server.log() and "127.0.0.0/99" in server.log()
        old, server.port = server.port, free_port()
        server.configure([ECHO])
        server.reload()
        with server.client() as other:
            assert other.ask("ECHO new") == b"new" and client.ask("ECHO abc") == b"abc"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", old), 5)
        with socket.create_server(("127.0.0.1", free_port())) as taken:
            server.configure([STATUS], port=taken.getsockname()[1])
            server.reload()
        assert "cannot listen on 127.0.0.1" in server.log() and client.ask("ECHO abc") == b"abc"
        server.configure([ECHO], networks=["127.0.0.9"])
        server.reload()
        assert client.ask("ECHO abc") == b"ERROR not allowed"


@pytest.mark.parametrize("before, after", [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "0.0.0.0")])
def test_reload_with_other_addresses_of_the_same_port(served, python, before, after):
    server = served([STATUS], python, listen=[before])
    with server.client() as client:
        assert client.ask("STATUS") == b"READY"
        server.configure([ECHO], listen=[after])
        server.reload()
        assert f"on {after} port {server.port}; 1 connections stay" in server.log()
        assert client.ask("ECHO abc") == b"abc"
        with server.client() as other:
            assert other.ask("ECHO new") == b"new"
    with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.2", server.port), 5) as other:
        assert after == "0.0.0.0"
        return
    assert after == "127.0.0.1"


def test_reload_with_an_address_that_cannot_be_had(served):
    """Where it was listened before it is listened again."""
    server = served([STATUS], listen=["0.0.0.0"])
    with server.client() as client:
        server.configure([ECHO], listen=["127.0.0.1", "192.0.2.1"])
        server.reload()
        assert "the old one stays" in server.log() and "cannot listen on 192.0.2.1" in server.log()
        assert client.ask("STATUS") == b"READY"
        for address in ("127.0.0.1", "127.0.0.2"):
            with socket.create_connection((address, server.port), 5) as other:
                other.sendall(b"\x1bSTATUS\r")
                assert other.recv(100) == b"READY\0"


def test_a_program_that_is_not_there(served, tmp_path):
    """Its command alone fails, at the start and after a reload, and the log says so."""
    late = {"name": "LATE", "run": [str(tmp_path / "late")]}
    server = served([STATUS, late])
    server.until(f"commands: LATE: {tmp_path}/late is not a program that the service can run.")
    with server.client() as client:
        assert client.ask("LATE") == b"ERROR not started" and client.ask("STATUS") == b"READY"
        server.configure([ECHO, late])
        server.reload()
        server.until("is not a program", 2)
        assert client.ask("ECHO abc") == b"abc" and client.ask("LATE") == b"ERROR not started"
        (tmp_path / "late").symlink_to("/bin/true")
        assert client.ask("LATE") == b"OK"


def test_reload_under_load(served):
    limits = {"rate": 100000, "burst": 100000, "programs": 4}
    server = served([STATUS], limits=limits)
    problems, counts, over = [], [], threading.Event()

    def hammer(lasting):
        count = 0
        try:
            with server.client() as client:
                while not over.is_set():
                    assert client.ask("STATUS") in (b"READY", b"STEADY")
                    if not lasting:
                        assert article("127.0.0.1", server.port, "STATUS") in ("READY", "STEADY")
                    count += 1
        except (AssertionError, OSError) as error:
            problems.append(error)
        counts.append(count)

    threads = [threading.Thread(target=hammer, args=(number % 2,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for number in range(10):
        if number % 3 == 2:
            server.path.write_text("{")
        else:
            server.configure([{"name": "STATUS", "run": ["/bin/echo", "STEADY" if number % 2 else "READY"]}], limits=limits)
        server.reload()
        time.sleep(0.05)
    over.set()
    for thread in threads:
        thread.join(60)
    assert problems == [] and min(counts) > 0


def test_the_end_waits_for_a_running_command(served):
    server = served([NAP])
    with server.client() as client, server.client() as idle:
        client.send(b"\x1bNAP 2\r")
        server.until_it_runs("NAP 2")
        server.process.send_signal(signal.SIGTERM)
        assert client.answer() == b"OK"
        assert idle.answer() is None
        assert server.process.wait(30) == 0


def configured(server, made):
    """Something in the place of the configuration."""
    server.path.unlink()
    made(server.path)


@pytest.mark.parametrize("made, words", [
    (os.mkfifo, "it cannot be read: it is not a regular file"),
    (lambda path: path.symlink_to("/dev/zero"), "it cannot be read: it is not a regular file"),
    (lambda path: path.mkdir(), "it cannot be read: it is not a regular file"),
    (lambda path: None, "it cannot be read: No such file or directory"),
    (lambda path: path.write_text("[" * 100000), "it is nested too deep"),
    (lambda path: path.write_text('{"port": ' + "[" * 900 + "]" * 900 + "}"), "is "),
    (lambda path: path.write_text(" " * 1048577), "it has more than 1048576 bytes"),
    (lambda path: path.write_bytes(b'{"port": "\xff"}'), "it is not JSON in UTF-8"),
    (lambda path: path.write_text("9" * 5000), "configuration.json: "),
    (lambda path: path.write_text("[]"), "the configuration is []; expected keys and values"),
    (lambda path: path.write_text('{"networks": [], "commands": [{"name": "' + "x" * 900000 + '", "run": []}]}'), " ...; expected"),
], ids=["pipe", "device", "folder", "nothing", "too deep", "deep", "large", "bytes", "digits", "list", "long"])
def test_what_stands_in_the_place_of_a_configuration(served, made, words):
    """The server neither ends nor waits, keeps the configuration that it has, and says so in one line."""
    server = served([STATUS])
    with server.client() as client:
        configured(server, made)
        before = len(server.log().splitlines())
        server.reload()
        lines = server.log().splitlines()[before:]
        assert client.ask("STATUS") == b"READY"
        assert len(lines) == 1 and words in lines[0] and "the new configuration is not taken, the old one stays" in lines[0] and len(lines[0]) < 500, lines


def test_a_pattern_without_an_end_keeps_nobody_waiting(served):
    slow = {"name": "SLOW", "run": ["/bin/echo", "{word}"], "arguments": [{"name": "word", "pattern": "(a+)+"}]}
    server = served([STATUS, slow])
    with server.client() as client, server.client() as other:
        began = time.monotonic()
        assert client.ask("SLOW aaa") == b"aaa"
        client.send(b"\x1bSLOW " + b"a" * 60 + b"!\r")
        assert other.ask("STATUS") == b"READY" and client.answer() == b"ERROR wrong arguments"
        assert time.monotonic() - began < 60
    assert "the pattern of word of SLOW takes too long on 'aaaa" in server.log()


def test_a_server_that_is_killed_between_a_program_and_its_answer(start_server, perform_task):
    """The client does not take it for done; the server that comes next, at the same port, answers what it is asked, and nothing else."""
    first = start_server([NAP])
    threading.Thread(target=lambda: (until(first.programs, 60, "no program starts"), first.process.kill())).start()
    lost = perform_task(command, {"host": "127.0.0.1", "port": first.port, "model": "esc_cr", "command": "NAP 1.5", "timeout": 5.0, "latest": 0.2})
    first.process.wait(30)
    assert (lost["error"]["kind"], lost["error"]["outcome"], lost["changed"]) == ("unverified", "unknown", True), lost
    second = start_server([STATUS], port=first.port)
    try:
        result = perform_task(command, {"host": "127.0.0.1", "port": first.port, "model": "esc_cr", "command": "STATUS", "timeout": 5.0})
        assert result["reply"] == "READY" and len(second.programs()) == 1
    finally:
        second.stop()

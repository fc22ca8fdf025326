# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server of role responder takes as its configuration, and what it says of one that it does not take."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys

import pytest

from .conftest import PROGRAM

STATUS = {"name": "STATUS", "run": ["/bin/echo", "READY"]}


def with_argument(pattern="[a-z]+", name="word", run=("/bin/echo", "{word}")):
    return {"commands": [{"name": "ECHO", "run": list(run), "arguments": [{"name": name, "pattern": pattern}]}]}


def loaded(responder, **changed):
    return responder.configuration.load(json.dumps(dict({"networks": ["127.0.0.0/8"], "commands": [STATUS]}, **changed)))


def test_what_is_not_said(responder):
    configuration = loaded(responder)
    assert configuration.listen == [("0.0.0.0", 9100)] and configuration.tls is None and configuration.secret is None
    assert configuration.limits._asdict() == {"connections": 256, "connections_per_address": 16, "rate": 20, "burst": 40, "packet_bytes": 256,
                                              "idle_seconds": 10, "programs": 8, "programs_per_address": 4, "wait_seconds": 5}
    assert configuration.commands["STATUS"] == ("STATUS", ["/bin/echo", "READY"], [], 10, 32768)


@pytest.mark.parametrize("changed, words", [
    ({"prot": 1}, "the key 'prot', which is not known; expected some of commands, limits, listen, networks, port, secret_file, tls"),
    ({"port": 0}, "port is 0; expected a whole number from 1 to 65535"),
    ({"port": True}, "port is True"),
    ({"listen": ["everywhere"]}, "listen has 'everywhere'; expected an address such as"),
    ({"listen": ["::", "127.0.0.1", "0.0.0.0"]}, "listen has 0.0.0.0 and 127.0.0.1; the first holds the other"),
    ({"networks": []}, "networks is []"),
    ({"networks": ["10.0.0.1/8"]}, "10.0.0.1/8 has host bits set"),
    ({"limits": {"rate": 0}}, "limits.rate is 0; expected a number from 0.01"),
    ({"limits": {"connections": 1.5}}, "limits.connections is 1.5; expected a whole number"),
    ({"limits": {"speed": 1}}, "limits has the key 'speed'"),
    ({"commands": {}}, "commands is {}; expected a list"),
    ({"commands": [STATUS, STATUS]}, "commands: 'STATUS' is there twice"),
    ({"commands": [{"name": "STATUS"}]}, "commands[1] lacks the key 'run'"),
    ({"commands": [dict(STATUS, name="GET STATUS")]}, "the name is 'GET STATUS'; expected one word"),
    ({"commands": [dict(STATUS, name="AUTH")]}, "AUTH is that of the command that presents the secret"),
    ({"commands": [dict(STATUS, run="echo READY")]}, "commands: STATUS: run is 'echo READY'; expected a list of texts"),
    ({"commands": [dict(STATUS, run=["echo"])]}, "run begins with 'echo'; expected the absolute path"),
    ({"commands": [dict(STATUS, run=["/bin/echo", "{word}"])]}, "a place for {word}, but there is no such argument"),
    ({"commands": [dict(STATUS, seconds=0)]}, "commands: STATUS: seconds is 0"),
    ({"commands": [dict(STATUS, arguments=5)]}, "commands: STATUS: arguments is 5; expected a list"),
    ({"commands": [dict(STATUS, run=["/bin/echo\0"])]}, "run holds a NUL"),
    ({"commands": [dict(STATUS, run=["/bin/echo", "\ud800"])]}, "run holds a NUL, or half of a character"),
    ({"port": float("nan")}, "port is nan; expected a whole number"),
    ({"limits": {"rate": float("inf")}}, "limits.rate is inf; expected a number from 0.01"),
    ({"limits": {"burst": "10"}}, "limits.burst is '10'; expected a whole number"),
    ({"secret_file": "/tmp/\0"}, "secret_file /tmp/\\x00 cannot be read: "),
    ({"secret_file": "/tmp/\ud800"}, "secret_file /tmp/\\ud800 cannot be read"),
    ({"secret_file": "/dev/zero"}, "secret_file /dev/zero cannot be read: it is not a regular file"),
    ({"tls": {"certificate": "/dev/zero", "key": "/dev/zero"}}, "tls.certificate /dev/zero cannot be read: it is not a regular file"),
    (with_argument("a" * 1001), "expected a regular expression of at most 1000 characters"),
    (with_argument("[a-z"), "the pattern '[a-z' of word is not a regular expression"),
    (with_argument(name="Word"), "an argument has the name 'Word'"),
    (with_argument(run=["/bin/echo"]), "run has no place for the argument {word}"),
    (with_argument(run=["/{word}"]), "run begins with '/{word}'"),
    ({"tls": {"certificate": "/nowhere"}}, "tls lacks the key 'key'"),
    ({"tls": {"certificate": "/nowhere", "key": "/nowhere"}}, "tls.certificate /nowhere cannot be read: No such file"),
    ({"tls": {"certificate": "/etc/passwd", "key": "/etc/passwd"}}, "tls: certificate, key and client_ca cannot be used"),
    ({"secret_file": "secret"}, "secret_file is 'secret'; expected an absolute path"),
    ({"secret_file": "/nowhere"}, "secret_file /nowhere cannot be read"),
    ({"secret_file": "/etc/passwd"}, "can be read or written by everyone; expected mode 0640"),
])
def test_what_is_wrong(responder, changed, words):
    with pytest.raises(responder.checks.WrongConfiguration) as caught:
        loaded(responder, **changed)
    assert words in str(caught.value)


@pytest.mark.parametrize("run", [
    ["/bin/sh", "-c", "echo {word}"],
    ["/bin/sh", "-c", "{word}"],
    ["/bin/sh", "-c", "--", "echo {word}"],
    ["/bin/sh", "-c", 'echo "$1"', "sh", "{word}"],  # no code, but to know that would take the options of each shell
    ["/bin/sh", "-s", "{word}"],
    ["/bin/sh", "{word}"],
    ["/bin/sh", "/opt/{word}"],
    ["/bin/sh", "/opt/script", "--word={word}"],
    ["/bin/bash", "-e", "-c", "echo {word}"],
    ["/bin/bash", "-O", "extglob", "-c", "{word}"],
    ["/bin/bash", "--rcfile", "/opt/script", "-ic", "{word}"],
    ["/usr/bin/perl", "-eprint {word}"],
    ["/usr/bin/perl", "-I", "/opt/lib", "-e", "{word}"],
    ["/usr/bin/python3.11", "-c", "print({word})"],
    ["/usr/bin/php8.2", "-r", "{word}"],
    ["/usr/bin/node", "--eval={word}"],
    ["/usr/bin/env", "sh", "-xc", "echo {word}"],
    ["/usr/bin/env", "-S", "sh -c {word}"],
    ["/usr/bin/env", "-Ssh -c", "{word}"],
    ["/usr/bin/env", "/usr/bin/timeout", "5", "sh", "-c", "{word}"],
    ["/usr/bin/timeout", "5", "su", "-c", "echo {word}"],
    ["/usr/bin/nice", "/bin/busybox", "sh", "-c", "{word}"],
    ["/usr/bin/sudo", "-n", "/bin/bash", "-lc", "{word}"],
    ["/usr/sbin/runuser", "-u", "unit", "--", "/opt/script", "{word}"],
    ["/usr/bin/ssh", "unit", "echo", "{word}"],
    ["/usr/bin/awk", "{word}", "/etc/hosts"],
    ["/bin/sed", "-n", "{word}p", "/etc/hosts"],
    ["/usr/bin/find", "/srv", "-exec", "{word}", ";"],
    ["/usr/bin/xargs", "-a", "/srv/list", "{word}"],
    ["/usr/bin/flock", "/run/lock/unit", "-c", "{word}"],
])
def test_what_could_become_code(responder, run):
    with pytest.raises(responder.checks.WrongConfiguration) as caught:
        loaded(responder, **with_argument(run=run))
    assert "could become part of its code; give the argument to a script, as a word of its own" in str(caught.value)


@pytest.mark.parametrize("run", [
    ["/opt/script", "-c", "{word}"],
    ["/bin/sh", "/opt/script", "-c", "{word}"],
    ["/usr/bin/env", "python3", "/opt/script.py", "{word}"],
    ["/usr/bin/timeout", "5", "/bin/bash", "/opt/script", "{word}"],
    ["/usr/bin/timeout", "5", "/bin/ping", "-c1", "{word}.example.org"],
    ["/usr/bin/head", "-c", "{word}"],
    ["/usr/bin/journalctl", "--unit=ssh", "-n", "{word}"],
    ["/bin/echo", "{print $1}", "{word}"],
])
def test_what_is_no_code(responder, run):
    assert loaded(responder, **with_argument(run=run)).commands["ECHO"].run == run


def test_code_without_a_place(responder):
    run = ["/bin/sh", "-c", "date; uptime"]
    assert loaded(responder, commands=[dict(STATUS, run=run)]).commands["STATUS"].run == run


@pytest.mark.parametrize("secret", ["", "short", "x" * 129, "two words are no secret", "fifteen-letters"])
def test_a_secret_that_is_none(responder, tmp_path, secret):
    path = tmp_path / "secret"
    path.write_text(secret + "\n")
    path.chmod(0o600)
    with pytest.raises(responder.checks.WrongConfiguration) as caught:
        loaded(responder, secret_file=str(path))
    assert "must hold one word of 16 to 128 printable ASCII characters" in str(caught.value)
    assert secret == "" or secret not in str(caught.value)


def check(path, *flags):
    return subprocess.run([sys.executable, "-I", "-B", PROGRAM, "--check", *flags, str(path)], capture_output=True, text=True, check=False)


def test_check(tmp_path):
    path = tmp_path / "configuration.json"
    path.write_text(json.dumps({"networks": ["::1"], "commands": [STATUS], "listen": ["127.0.0.1", "::1"]}))
    done = check(path)
    assert done.returncode == 0
    assert done.stdout == "The configuration is right: 1 commands, plain TCP, on 127.0.0.1 port 9100, ::1 port 9100.\n"
    for content, words in (("{", "it is not JSON"), ("[]", "the configuration is []"), ("\udcff", "it is not JSON in UTF-8")):
        path.write_text(content, errors="surrogateescape")
        done = check(path)
        assert done.returncode == 1 and done.stderr.startswith(f"{path}: {words}"), done.stderr
    assert "it cannot be read: No such file" in check(tmp_path / "none").stderr


def test_a_program_that_is_not_there(tmp_path):
    """Wrong for the role alone: the service runs, and is reloaded, without it."""
    path = tmp_path / "configuration.json"
    path.write_text(json.dumps({"networks": ["::1"], "commands": [STATUS, dict(STATUS, name="GONE", run=["/opt/gone"])]}))
    done = check(path)
    assert done.returncode == 0 and done.stdout.startswith("The configuration is right: 2 commands"), done.stderr
    done = check(path, "--as", pwd.getpwuid(os.geteuid()).pw_name)
    assert done.returncode == 1 and done.stderr.endswith(": commands: GONE: /opt/gone is not a program that the service can run.\n"), done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can check with the rights of another user")
def test_check_with_the_rights_of_the_service(tmp_path):
    secret, path = tmp_path / "secret", tmp_path / "configuration.json"
    secret.write_text("correct-horse-battery")
    secret.chmod(0o600)
    path.write_text(json.dumps({"networks": ["::1"], "commands": [STATUS], "secret_file": str(secret)}))
    path.chmod(0o600)
    assert check(path).returncode == 0
    done = check(path, "--as", "nobody")
    assert done.returncode == 1 and f"secret_file {secret} cannot be read: Permission denied" in done.stderr
    assert check(path, "--as", "nobody", "--without-secret").returncode == 0
    assert "cannot become the user no-such-user" in check(path, "--as", "no-such-user").stderr

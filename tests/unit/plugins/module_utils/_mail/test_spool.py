# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What could not be delivered is kept, and sent once by whoever comes next."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import stat
import subprocess
import sys

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._mail import spool as _spool
from ansible_collections.bytewire.devices.plugins.module_utils._mail.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._mail.spool import Spool
from ansible_collections.bytewire.devices.tests.unit.plugins.module_utils._mail.mail_help import (
    ANN, BOB, CAT, SENDER, ScriptedServer, kind_and_stage, received, send, send_to, smtp, subjects)
from ansible_collections.bytewire.devices.tests.waiting import until

pytest.importorskip("aiosmtpd")
PASSWORD = "s3cret-of-the-garage"
ROOT = os.path.abspath(_spool.__file__).split(os.sep + "ansible_collections" + os.sep)[0]


@pytest.fixture
def spool(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def down(free_port):
    """The port of a server that is down."""
    return free_port()


def waiting(spool):
    return sorted(name for name in os.listdir(str(spool)) if name.endswith(".eml"))


def aside(spool, folder):
    return sorted(os.listdir(str(spool / folder))) if (spool / folder).exists() else []


def fill(spool, count, recipients=(ANN,)):
    for number in range(count):
        content = b"Subject: kept %d\r\nMessage-ID: <%d@example.org>\r\n\r\ntext\r\n" % (number, number)
        Spool(str(spool)).keep(Message(SENDER, list(recipients), content))
    return waiting(spool)


def test_server_down_keeps_the_message_and_the_next_run_sends_it_first(sink, kept, spool, down):
    failed = send(port=down, spool=str(spool), subject="first", to=[ANN], bcc=[CAT])
    assert kind_and_stage(failed) == ("unreachable", "connect")
    assert failed["spooled"] == str(spool / waiting(spool)[0]) and failed["left_in_spool"] == 1
    assert failed["spooled"] in failed["msg"]
    send(port=down, spool=str(spool), subject="second")

    result = send(port=sink(), spool=str(spool), subject="third")
    assert subjects(kept) == ["first", "second", "third"]
    assert received(kept)[0]["x-rcptto"] == "ann@example.org, cat@example.org"
    assert CAT not in str(received(kept)[0]["to"]) and received(kept)[0]["message-id"] == failed["message_id"]
    assert result["sent_from_spool"][0] == failed["spooled"] and len(result["sent_from_spool"]) == 2
    assert (result["changed"], result["spooled"], result["left_in_spool"]) == (True, None, 0)
    assert waiting(spool) == [] and "warnings" not in result


def test_a_kept_message_is_private_and_without_the_password(spool, down):
    result = send(port=down, spool=str(spool), encryption="starttls", username="ops", password=PASSWORD)
    assert stat.S_IMODE(os.stat(str(spool)).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(result["spooled"]).st_mode) == 0o600
    assert sorted(os.listdir(str(spool))) == [".lock"] + waiting(spool)
    with open(result["spooled"]) as stream:
        text = stream.read()
    assert PASSWORD not in text and "ops" not in text
    assert text.startswith("X-Bytewire-Sender: sender@example.org\nX-Bytewire-Recipient: ann@example.org\nX-Bytewire-Reason: Mail server")


@pytest.mark.parametrize("replies", [
    {"greeting": "554 no"}, {"ehlo": "250-here\r\n250 AUTH GSSAPI"}, {"mail": "451 later"}, {"mail": "530 log in"}, {"rcpt": "451 later"},
    {"data": "451 later"}, {"message": "452 full"}, {"mail": lambda peer: peer.reset()}, {"rcpt": "421 bye"}, {"message": "421 bye"},
    {"message": lambda peer: peer.reset()}, {"data": "nonsense"}, {"message": "nonsense"},
])
def test_whatever_may_pass_is_kept_and_sent_by_the_next_run(sink, kept, spool, replies):
    login = {"username": "ops", "password": "x", "allow_plaintext_login": True} if "ehlo" in replies else {}
    failed, dummy = send_to(smtp(**replies), spool=str(spool), subject="first", **login)
    assert failed["failed"] and os.path.exists(failed["spooled"]) and len(waiting(spool)) == 1
    assert send(port=sink(), spool=str(spool), subject="second")["sent_from_spool"] == [failed["spooled"]]
    assert subjects(kept) == ["first", "second"] and waiting(spool) == []


@pytest.mark.parametrize("given", [{"subject": "a\nb"}, {"to": ["nobody at all"]}, {"attachments": ["/nowhere"]}, {"port": 0}])
def test_bad_input_is_not_kept(spool, down, given):
    assert send(**dict({"port": down, "spool": str(spool)}, **given))["error"]["kind"] == "invalid"
    assert not spool.exists()


def test_refused_for_good_is_set_aside_and_not_tried_again(sink, kept, spool):
    result = send(port=sink(refuse=[BOB]), spool=str(spool), to=[ANN, BOB, CAT])
    assert kind_and_stage(result) == ("refused", "recipients")
    assert result["delivered"] == [ANN, CAT] and list(result["refused"]) == [BOB]
    assert result["spooled"] is None and waiting(spool) == []
    assert result["set_aside"] == [str(spool / "rejected" / name) for name in aside(spool, "rejected")] and len(result["set_aside"]) == 1
    assert result["set_aside"][0] in result["msg"]
    with open(result["set_aside"][0]) as stream:
        text = stream.read()
    assert "X-Bytewire-Recipient: bob@example.org\n" in text and "Recipient: ann" not in text
    assert send(port=sink(), spool=str(spool), subject="next")["sent_from_spool"] == []
    assert subjects(kept) == ["Report", "next"]


def test_refused_for_now_waits_alone(sink, kept, spool):
    port = sink(refuse={BOB: "451 4.3.0 later", CAT: "550 5.1.1 never"})
    result = send(port=port, spool=str(spool), to=[ANN, BOB, CAT], subject="first")
    assert result["delivered"] == [ANN] and set(result["refused"]) == {BOB, CAT}
    assert result["left_in_spool"] == 1 and len(aside(spool, "rejected")) == 1
    send(port=sink(), spool=str(spool), subject="second", to=[ANN])
    assert [(message["subject"], message["x-rcptto"]) for message in received(kept)] == [("first", ANN), ("first", BOB), ("second", ANN)]


def test_a_message_moved_back_is_sent(sink, kept, spool):
    result = send(port=sink(refuse=[ANN]), spool=str(spool), subject="again")
    os.rename(result["set_aside"][0], str(spool / "again.eml"))
    send(port=sink(), spool=str(spool), subject="next")
    assert subjects(kept) == ["again", "next"] and waiting(spool) == []


def test_refused_ones_among_the_kept_do_not_block_the_others(sink, kept, spool):
    fill(spool, 1, [BOB])
    fill(spool, 2)
    result = send(port=sink(refuse=[BOB]), spool=str(spool), subject="own")
    assert subjects(kept) == ["kept 0", "kept 1", "own"]
    assert not result.get("failed") and len(result["sent_from_spool"]) == 2
    assert len(result["set_aside"]) == 1 and result["set_aside"][0] in result["warnings"][0] and "550" in result["warnings"][0]


def test_kept_ones_that_stay_are_told(sink, kept, spool):
    first, second = fill(spool, 1, [BOB]) + fill(spool, 1, [CAT])[1:]
    result = send(port=sink(refuse={BOB: "451 later", CAT: "451 later"}), spool=str(spool), subject="own")
    assert subjects(kept) == ["own"] and waiting(spool) == [first, second]
    assert result["left_in_spool"] == 2 and "451 later" in result["warnings"][0]
    assert result["warnings"][-1].startswith("2 earlier messages wait")


def test_what_is_no_message_of_ours_is_set_aside(sink, kept, spool):
    fill(spool, 1)
    for name, text in {"0.eml": "", "1.eml": "Subject: x\n\ntext\n", "2.eml": "X-Bytewire-Sender: a@example.org\n\nno recipient\n"}.items():
        (spool / name).write_text(text)
    (spool / "3.eml").symlink_to("/etc/passwd")
    result = send(port=sink(), spool=str(spool), subject="own")
    assert subjects(kept) == ["kept 0", "own"]
    assert aside(spool, "rejected") == ["0.eml", "1.eml", "2.eml"] and len(result["warnings"]) == 3


def test_a_server_that_is_down_is_tried_once_for_all(spool):
    fill(spool, 20)
    result, server = send_to(smtp(greeting=lambda peer: peer.drain()), spool=str(spool), timeout=2)
    assert server.took < 30 and server.connections == 2  # and one to ask whether it waits for TLS
    assert kind_and_stage(result) == ("timeout", "greeting")
    assert result["left_in_spool"] == 21 and os.path.exists(result["spooled"])
    assert result["warnings"] == [f"20 earlier messages wait in the spool {spool}."]


def test_after_two_breaks_in_a_row_only_the_own_message_is_tried(spool):
    fill(spool, 5)
    broken = smtp(data=lambda peer: peer.reset())
    result, server = send_to(broken, broken, smtp(), spool=str(spool))
    assert server.connections == 3
    assert result["delivered"] == [ANN] and result["left_in_spool"] == 5


def test_one_break_does_not_stop_the_others(spool):
    fill(spool, 3)
    result, server = send_to(smtp(data=lambda peer: peer.reset()), smtp(), spool=str(spool))
    assert server.connections == 2
    assert len(result["sent_from_spool"]) == 2 and result["left_in_spool"] == 1


def test_an_answer_that_never_came_is_tried_once_more_and_then_set_aside(sink, kept, spool):
    lost = smtp(message=lambda peer: peer.reset())
    first, dummy = send_to(lost, spool=str(spool), subject="unlucky")
    assert kind_and_stage(first) == ("unverified", "data") and first["spooled"].endswith(".unconfirmed.eml")
    assert first["error"]["outcome"] == "unknown"
    assert "not known" in first["msg"]
    second, dummy = send_to(lost, smtp(), spool=str(spool), subject="own")
    assert second["delivered"] == [ANN] and waiting(spool) == []
    assert second["set_aside"] == [str(spool / "unconfirmed" / name) for name in aside(spool, "unconfirmed")]
    assert len(second["set_aside"]) == 1
    assert second["set_aside"][0] in second["warnings"][0]
    assert send(port=sink(), spool=str(spool))["sent_from_spool"] == []


def test_a_clear_refusal_after_an_unclear_end_waits_as_before(spool):
    first, dummy = send_to(smtp(message=lambda peer: peer.reset()), spool=str(spool), subject="unlucky")
    send_to(smtp(message="451 later"), spool=str(spool), subject="own")
    assert os.path.exists(first["spooled"]) and len(waiting(spool)) == 2 and aside(spool, "unconfirmed") == []


def test_check_mode_leaves_the_spool_alone(sink, kept, spool):
    before = fill(spool, 2)
    result = send(check=True, port=sink(), spool=str(spool))
    assert waiting(spool) == before and received(kept) == [] and result["sent_from_spool"] == []


def test_without_a_spool_nothing_is_kept(down, tmp_path):
    result = send(port=down)
    assert result["failed"] and result["spooled"] is None and "kept" not in result["msg"] and os.listdir(str(tmp_path)) == []


def test_a_spool_that_others_can_write_is_refused(spool, down):
    spool.mkdir(mode=0o700)
    spool.chmod(0o777)
    result = send(port=down, spool=str(spool))
    assert kind_and_stage(result) == ("invalid", "spool") and "chmod 700" in result["msg"]


def test_a_spool_that_is_no_directory_is_refused(spool, down):
    spool.write_text("")
    assert kind_and_stage(send(port=down, spool=str(spool))) == ("invalid", "spool")


def test_a_full_disk_does_not_stop_the_mail(monkeypatch, sink, kept, spool):
    def full(handle):
        raise OSError(28, "No space left on device")

    fill(spool, 1)
    monkeypatch.setattr(os, "fsync", full)
    result = send(port=sink(), spool=str(spool), subject="own")
    assert result["delivered"] == [ANN] and subjects(kept) == ["own"]
    assert "No space left on device" in result["warnings"][0] and result["left_in_spool"] == 1
    assert [name for name in os.listdir(str(spool)) if name.endswith(".tmp")] == []


@pytest.fixture
def unusable(monkeypatch):
    """Makes a call of os fail, with this number, for paths that end so."""
    def make(call, number, end):
        real = getattr(os, call)

        def fail(path, *args, **kwargs):
            if str(path).endswith(end):
                raise OSError(number, os.strerror(number))
            return real(path, *args, **kwargs)

        monkeypatch.setattr(os, call, fail)
    return make


@pytest.mark.parametrize("call, number, end", [
    ("mkdir", errno.ENOSPC, "spool"), ("mkdir", errno.EROFS, "spool"), ("open", errno.ENOSPC, ".lock"),
    ("open", errno.EROFS, ".lock"), ("scandir", errno.EIO, "spool"), ("open", errno.EDQUOT, ".tmp"),
])
def test_a_spool_that_cannot_be_used_does_not_stop_the_mail(unusable, sink, kept, spool, down, call, number, end):
    before = [] if call == "mkdir" else fill(spool, 1)
    up = sink()
    unusable(call, number, end)
    result = send(port=up, spool=str(spool), subject="own")
    assert result["delivered"] == [ANN] and subjects(kept) == ["own"] and not result.get("failed")
    assert str(spool) in result["warnings"][0] and os.strerror(number) in result["warnings"][0]
    failed = send(port=down, spool=str(spool))
    assert kind_and_stage(failed) == ("unreachable", "connect") and failed["spooled"] is None and failed["warnings"]
    assert [name for name in (os.listdir(spool) if spool.exists() else []) if name.endswith(".eml")] == before


@pytest.mark.parametrize("call, number", [("open", errno.EIO), ("makedirs", errno.ENOSPC)])
def test_one_file_that_cannot_be_handled_does_not_stop_the_others(monkeypatch, sink, kept, spool, call, number):
    """It cannot be read; or it is no message, and there is no room to set it aside."""
    def fail(path, *args, **kwargs):
        if str(path).endswith(("odd.eml", "rejected")):
            raise OSError(number, os.strerror(number))
        return real(path, *args, **kwargs)

    fill(spool, 1)
    (spool / "odd.eml").write_text("no message")
    real = getattr(os, call)
    monkeypatch.setattr(os, call, fail)
    result = send(port=sink(), spool=str(spool), subject="own")
    assert subjects(kept) == ["kept 0", "own"] and result["delivered"] == [ANN]
    assert result["warnings"][0] == f"{spool / 'odd.eml'} was left alone: {os.strerror(number)}." and result["left_in_spool"] == 1


@pytest.mark.parametrize("call, number, end", [("mkdir", errno.EACCES, "spool"), ("open", errno.EACCES, ".lock"), ("mkdir", errno.ENOTDIR, "spool")])
def test_a_path_that_is_no_place_for_a_spool_is_refused(unusable, spool, call, number, end):
    unusable(call, number, end)
    result, server = send_to(smtp(), spool=str(spool))
    assert server.connections == 0
    assert kind_and_stage(result) == ("invalid", "spool") and os.strerror(number) in result["msg"]


def test_a_spool_held_by_another_run_delays_but_does_not_stop_the_mail(sink, kept, spool, down):
    before = fill(spool, 1)
    with open(str(spool / ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = send(port=sink(), spool=str(spool), subject="own", timeout=0.3)
        assert result["delivered"] == [ANN] and waiting(spool) == before
        assert "in use by another run" in result["warnings"][0]
        failed = send(port=down, spool=str(spool), subject="second", timeout=0.3)
        assert failed["spooled"] and len(waiting(spool)) == 2
    assert send(port=sink(), spool=str(spool), subject="third")["left_in_spool"] == 0
    assert subjects(kept) == ["own", "kept 0", "second", "third"]


def test_outside_the_lock_only_what_is_left_is_kept(sink, spool):
    spool.mkdir(mode=0o700)
    with open(str(spool / ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = send(port=sink(refuse={BOB: "451 later", CAT: "550 never"}), spool=str(spool), to=[ANN, BOB, CAT], timeout=0.3)
    with open(result["spooled"]) as stream:
        assert [line for line in stream.read().splitlines() if "Recipient" in line] == ["X-Bytewire-Recipient: bob@example.org"]
    assert len(aside(spool, "rejected")) == 1


# Processes

PROGRAM = """
import json, sys
from ansible_collections.bytewire.devices.tests.unit.plugins.module_utils._mail.mail_help import send
print(json.dumps(send(**json.loads(sys.argv[1]))))
"""


def start(**given):
    environment = dict(os.environ, PYTHONPATH=ROOT)
    return subprocess.Popen([sys.executable, "-c", PROGRAM, json.dumps(given)], env=environment, stdout=subprocess.PIPE, text=True)


def test_overlapping_runs_with_one_spool_send_each_message_exactly_once(sink, kept, spool):
    names = fill(spool, 40)
    port = sink()
    runs = [start(port=port, spool=str(spool), subject=f"own {number}", timeout=30) for number in range(4)]
    results = [json.loads(run.communicate(timeout=60)[0]) for run in runs]
    assert [result["delivered"] for result in results] == [[ANN]] * 4
    assert sorted(subjects(kept)) == sorted([f"kept {number}" for number in range(40)] + [f"own {number}" for number in range(4)])
    assert [subject for subject in subjects(kept) if subject.startswith("kept")] == [f"kept {number}" for number in range(40)]
    sent = [os.path.basename(path) for result in results for path in result["sent_from_spool"]]
    assert sorted(sent) == names and waiting(spool) == []


def kill_at(spool, step):
    """Kill a run at this step of its conversation."""
    reached = []

    def pause(peer):
        reached.append(True)
        peer.drain()

    with ScriptedServer(smtp(**{step: pause})) as server:
        run = start(port=server.port, spool=str(spool), subject="killed", timeout=30)
        until(lambda: reached, 20, "the run did not come to this step")
        run.send_signal(signal.SIGKILL)
        run.communicate(timeout=10)


@pytest.mark.parametrize("step, name", [("greeting", ".eml"), ("rcpt", ".eml"), ("message", ".unconfirmed.eml")])
def test_a_run_that_is_killed_loses_nothing(sink, kept, spool, step, name):
    kill_at(spool, step)
    left, = waiting(spool)
    assert left.endswith(name) and (name == ".unconfirmed.eml") == (".unconfirmed" in left)
    result = send(port=sink(), spool=str(spool), subject="next")
    assert subjects(kept) == ["killed", "next"] and result["left_in_spool"] == 0


def test_a_run_that_is_killed_at_the_second_attempt_is_told_of(sink, kept, spool):
    kill_at(spool, "message")
    kill_at(spool, "message")
    first, second = waiting(spool)
    assert first.endswith(".twice.eml") and second.count(".") == 1
    result = send(port=sink(), spool=str(spool), subject="next")
    stem = first.replace(".twice", "")
    assert aside(spool, "unconfirmed") == [stem] and result["set_aside"] == [str(spool / "unconfirmed" / stem)]
    assert "was killed before the answer came: it may have arrived, even twice." in result["warnings"][0]
    assert subjects(kept) == ["killed", "next"] and result["left_in_spool"] == 0


KILLED_AT_A_STEP = """
import json, os, signal, sys
from ansible_collections.bytewire.devices.tests.unit.plugins.module_utils._mail.mail_help import send
steps = []
def counted(name, function):
    def step(*arguments, **named):
        steps.append(name)
        if len(steps) == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **named)
    return step
for name in ("open", "rename", "unlink", "fsync", "makedirs"):
    setattr(os, name, counted(name, getattr(os, name)))
send(**json.loads(sys.argv[1]))
"""


def test_a_run_that_is_killed_at_any_step_of_the_spool_loses_nothing(sink, kept, spool):
    """Ann takes it, Bob's server does later, and Cat's never: whoever had it has it twice only where the answer was not noted yet."""
    spool.mkdir(mode=0o700)
    refusing, willing, steps = sink(refuse={BOB: "451 later", CAT: "550 never"}), sink(), 0
    environment, status = dict(os.environ, PYTHONPATH=ROOT), -signal.SIGKILL
    while status:
        steps += 1
        given = json.dumps({"port": refusing, "spool": str(spool), "subject": f"killed {steps}", "to": [ANN, BOB, CAT]})
        status = subprocess.run([sys.executable, "-c", KILLED_AT_A_STEP, given, str(steps)], env=environment, check=False).returncode
        before = {name: (spool / name).read_bytes() for name in waiting(spool)}
        result = send(port=willing, spool=str(spool), subject=f"next {steps}")
        assert result["left_in_spool"] == 0 and result["delivered"] == [ANN] and not result["refused"], (steps, before)
        got = [message["X-RcptTo"].split(", ") for message in received(kept) if message["subject"] == f"killed {steps}"]
        everybody = [address for addresses in got for address in addresses]
        sent = bool(before) or everybody
        assert everybody.count(BOB) == bool(sent) and bool(sent) <= everybody.count(ANN) <= 2, (steps, got, before)
        if everybody.count(ANN) == 2:
            assert all(".unconfirmed" in name for name in before), (steps, before)
    assert steps > 12
    left = [name for name in os.listdir(str(spool)) if name.endswith(".tmp")]
    for name in left:
        os.utime(str(spool / name), (1, 1))
    send(port=willing, spool=str(spool), subject="last")
    assert left and [name for name in os.listdir(str(spool)) if name.endswith(".tmp")] == []

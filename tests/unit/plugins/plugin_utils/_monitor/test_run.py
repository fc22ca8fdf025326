# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one after another: mails, a spool, a crash at any point, two at once, and files that are as they should be."""

from __future__ import annotations

import email
import email.policy
import fcntl
import json
import os
import re
import shutil
import stat

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._mail import delivery
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor import run as monitor, state
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils._monitor.monitor_help import (
    MINUTE, board, device, lines, lost, options, run, told)

pytest.importorskip("aiosmtpd")
KILLED = 9


def mail(port, **others):
    return {"host": "127.0.0.1", "port": port, "encryption": "none", "from": "monitor@example.org", "to": ["ann@example.org"], "timeout": 5, **others}


def received(kept):
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in sorted(kept.glob("*.eml"))] if kept.exists() else []


def text(message):
    return message.get_body(["plain"]).get_content()


BEFORE = {"tv1": board(r1="on"), "tv2": lost(), "lobby": board(r1="off")}
AFTER = {"tv1": lost(msg="tv1 (192.0.2.1:23) did not answer within 2 s."), "tv2": board(r1="on"), "lobby": board(r1="on")}
WORDS = ["tv1 does not answer", "tv2 is back (gone for 5 min)", "lobby: relay 1 was switched on"]


def test_one_mail_a_run_and_each_change_once(tmp_path, sink, kept):
    given = {"mail": mail(sink(), subject_prefix="[site]")}
    run(tmp_path / "m", BEFORE, **given)
    result = run(tmp_path / "m", AFTER, 5 * MINUTE, **given)
    assert result["delivered"] == ["ann@example.org"] and len(result["changes"]) == 3
    run(tmp_path / "m", AFTER, 10 * MINUTE, **given)
    first, second = received(kept)
    assert first["subject"] == "[site] tv2 does not answer (the first time it was asked)"
    assert second["subject"] == "[site] 3 changes: tv1 does not answer, lobby: relay 1 was switched on, tv2 is back (gone for 5 min)"
    assert second["message-id"] == result["message_id"]
    assert "CANNOT BE READ (1)" in text(second) and "tv1 (192.0.2.1:23) did not answer within 2 s." in text(second)
    assert "<h1" in second.get_body(["html"]).get_content()
    assert json.loads((tmp_path / "m" / "state.json").read_text())["changes"] == []


def test_many_changes_are_counted(tmp_path, sink, kept):
    hosts = {f"tv{number}": board(r1="on") for number in range(40)}
    run(tmp_path / "m", hosts)
    gone = {host: lost(msg=f"{host} (192.0.2.1:23) did not answer.") for host in hosts}
    result = run(tmp_path / "m", {**gone, "tv0": board(r1="off")}, MINUTE, mail=mail(sink()))
    assert result["subject"] == "40 changes: 39 do not answer, tv0: relay 1 was switched off"
    assert "tv1, tv2, tv3" in text(received(kept)[0]).replace("\r\n", " ")


def test_of_many_it_is_told_that_somebody_else_did_it(tmp_path):
    given = {"journal": str(tmp_path / "none")}
    run(tmp_path / "m", {f"tv{number}": board(r1="on") for number in range(10)}, **given)
    result = run(tmp_path / "m", {f"tv{number}": board(r1="off") for number in range(10)}, MINUTE, **given)
    assert result["subject"] == "10 devices were switched (by somebody else)"


def test_without_a_mail_changes_are_shown_and_count_as_told(tmp_path, sink, kept):
    run(tmp_path / "m", BEFORE)
    result = run(tmp_path / "m", AFTER, 5 * MINUTE)
    assert " ".join(result["text"]).startswith(f"{result['subject']}.") and "message_id" not in result
    again = run(tmp_path / "m", AFTER, 6 * MINUTE, mail=mail(sink()))
    assert again["text"] == ["3 devices: 2 answer, 1 not. Nothing changed."] and not again["changed"] and received(kept) == []


def test_check_mode_writes_and_mails_nothing(tmp_path, sink, kept):
    assert len(told(run(tmp_path / "m", AFTER, check=True, mail=mail(sink())))) == 1
    assert not (tmp_path / "m").exists() and received(kept) == []
    run(tmp_path / "m", BEFORE)
    before = (tmp_path / "m" / "state.json").read_bytes()
    assert len(told(run(tmp_path / "m", AFTER, 5, check=True, mail=mail(sink())))) == 3
    assert (tmp_path / "m" / "state.json").read_bytes() == before and received(kept) == []


def test_a_mail_server_that_is_down(tmp_path, sink, kept, free_port):
    port = free_port()
    run(tmp_path / "m", BEFORE)
    with pytest.raises(BytewireError) as failure:
        run(tmp_path / "m", AFTER, 5 * MINUTE, mail=mail(port))
    assert failure.value.kind == "unreachable" and len(failure.value.details["changes"]) == 3
    quiet = run(tmp_path / "m", AFTER, 6 * MINUTE, mail=mail(port))
    assert quiet["left_in_spool"] == 1 and any("no connection" in warning for warning in quiet["warnings"])
    sink(port)
    late = run(tmp_path / "m", AFTER, 7 * MINUTE, mail=mail(port))
    assert len(late["sent_from_spool"]) == 1 and late["changes"] == [] and late["left_in_spool"] == 0
    assert [message["subject"][:9] for message in received(kept)] == ["3 changes"]


def test_a_mail_that_nobody_could_take_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(BytewireError, match="'ann' is not an address|ann at home"):
        monitor.run(options(tmp_path / "m", mail=mail(25, to=["ann at home"])), Mode(True, False, False))


def test_what_was_not_told_is_told_by_the_next_run(tmp_path, sink, kept):
    run(tmp_path / "m", BEFORE)
    with pytest.raises(BytewireError):
        run(tmp_path / "m", AFTER, 5 * MINUTE, mail=mail(25, **{"from": "nobody at all"}))
    assert len(run(tmp_path / "m", AFTER, 6 * MINUTE, mail=mail(sink()))["changes"]) == 3
    assert len(received(kept)) == 1 and len(lines(tmp_path / "m" / "history.jsonl")) == 4


STEPS = ("rename", "fsync", "write", "unlink", "open", "ftruncate", "pwrite", "makedirs")


def dies(step, directory, **given):
    """Whether a run was killed before this step; otherwise it came to its end."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == KILLED
    try:
        left = [step]

        def mortal(function):
            def stepping(*arguments, **keywords):
                left[0] -= 1
                if left[0] < 0:
                    os._exit(KILLED)
                return function(*arguments, **keywords)
            return stepping

        for name in STEPS:
            setattr(os, name, mortal(getattr(os, name)))
        for name in ("_ready_session", "deliver", "close"):
            setattr(delivery.Client, name, mortal(getattr(delivery.Client, name)))
        delivery._Transaction._hand_over = mortal(delivery._Transaction._hand_over)
        run(directory, AFTER, 5 * MINUTE, **given)
        os._exit(0)
    except BaseException:
        os._exit(1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("with_mail", [True, False], ids=["mail", "no mail"])
def test_killed_at_any_step(tmp_path, sink, kept, with_mail):
    """The next run tells what changed, once, and the history has it once; before a mail counts as told it is on disk."""
    given = {"mail": mail(sink())} if with_mail else {}
    run(tmp_path / "m", BEFORE)
    step, alive = 0, False
    while not alive:
        directory, seen = tmp_path / f"m{step}", len(received(kept))
        shutil.copytree(tmp_path / "m", directory)
        alive = not dies(step, directory, **given)
        later = run(directory, AFTER, 6 * MINUTE, **given)
        assert sorted(path.name for path in directory.iterdir() if path.name.endswith(".tmp")) == [], step
        entries = [entry["words"] for entry in lines(directory / "history.jsonl")]
        assert sorted(re.sub("[56] min", "x", words) for words in entries[1:]) == ["does not answer", "is back (gone for x)", "relay 1 was switched on"], step
        assert json.loads((directory / "state.json").read_text())["changes"] == [], step
        if with_mail:
            new = {message["message-id"]: message for message in received(kept)[seen:]}
            assert len([message for message in new.values() if message["subject"].startswith("3 changes")]) == 1 == len(new), (step, list(new))
            assert (later.get("left_in_spool") or 0) == 0
        step += 1
    assert step > (30 if with_mail else 20)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_killed_and_something_else_changes_meanwhile(tmp_path, sink, kept):
    """What the run that died had told is not told again together with what is new."""
    given = {"mail": mail(sink())}
    run(tmp_path / "m", BEFORE)
    step, alive, twice = 0, False, {**AFTER, "tv2": board(r1="off")}
    while not alive:
        directory, seen = tmp_path / f"m{step}", len(received(kept))
        shutil.copytree(tmp_path / "m", directory)
        alive = not dies(step, directory, **given)
        run(directory, twice, 6 * MINUTE, **given)
        new = {message["message-id"]: text(message) for message in received(kept)[seen:]}.values()
        for words in ("    tv1 (192.0.2.1:23) did not answer within 2 s", "    is back (gone for", "    relay 1 was switched on"):
            assert sum(told.count(words) for told in new) == 1, (step, words, list(new))
        step += 1
    assert step > 30


def test_two_runs_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(state, "WAIT", 0.2)
    run(tmp_path / "m", BEFORE)
    handle = os.open(tmp_path / "m" / ".lock", os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(BytewireError, match=rf"with directory {tmp_path}/m \(process {os.getpid()}, since .*\) did not end within 0.2 s") as failure:
            run(tmp_path / "m", AFTER, 5 * MINUTE)
        assert failure.value.kind == "busy"
    finally:
        os.close(handle)
    assert len(told(run(tmp_path / "m", AFTER, 6 * MINUTE))) == 3


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"hosts": []}', b'{"hosts": {"a": 1}, "changes": [], "telling": null}'])
def test_a_state_that_is_none_is_set_aside(tmp_path, content):
    run(tmp_path / "m", BEFORE)
    (tmp_path / "m" / "state.json").write_bytes(content)
    result = run(tmp_path / "m", AFTER, 5 * MINUTE)
    assert told(result) == [("tv1", "gone", "does not answer (the first time it was asked)")] and "begins anew" in result["warnings"][0]
    assert (tmp_path / "m" / "state.json.broken").read_bytes() == content
    assert "warnings" not in run(tmp_path / "m", AFTER, 6 * MINUTE)


def test_modes(tmp_path):
    run(tmp_path / "m", BEFORE, metrics=str(tmp_path / "devices.prom"), page=str(tmp_path / "page.html"))
    modes = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in [tmp_path / "m", *(tmp_path / "m").iterdir(), *tmp_path.glob("*.*")]}
    assert modes == {"m": "0o700", ".lock": "0o600", "state.json": "0o600", "history.jsonl": "0o600", "readings.jsonl": "0o600", "devices.prom": "0o644",
                     "page.html": "0o644"}


def test_a_folder_of_others_is_refused(tmp_path):
    (tmp_path / "m").mkdir(mode=0o777)
    (tmp_path / "m").chmod(0o777)
    with pytest.raises(BytewireError, match="chmod 700"):
        run(tmp_path / "m", BEFORE)


def test_files_that_cannot_be_written_end_nothing(tmp_path):
    result = run(tmp_path / "m", AFTER, metrics=str(tmp_path / "none" / "a.prom"), page=str(tmp_path / "none" / "a.html"))
    assert len(told(result)) == 1 and len(result["warnings"]) == 2 and "a.prom cannot be written: No such file" in result["warnings"][1]


def test_a_history_that_cannot_be_written_is_written_later(tmp_path):
    run(tmp_path / "m", BEFORE)
    (tmp_path / "m" / "history.jsonl").rename(tmp_path / "kept")
    (tmp_path / "m" / "history.jsonl").mkdir()
    result = run(tmp_path / "m", AFTER, 5 * MINUTE)
    assert len(told(result)) == 3 and "The history in" in result["warnings"][0]
    (tmp_path / "m" / "history.jsonl").rmdir()
    assert told(run(tmp_path / "m", AFTER, 6 * MINUTE)) == []
    assert len(lines(tmp_path / "m" / "history.jsonl")) == 3


def test_nobody_was_read(tmp_path):
    with pytest.raises(BytewireError, match="no device was read. There is no option colour."):
        monitor.run(options(tmp_path / "m", hosts=["tv1"], results={"failed": True, "msg": "There is no option colour.", "error": {
            "kind": "invalid", "stage": "options"}, "hosts": None}), Mode(False, False, False))
    assert not (tmp_path / "m").exists()


def test_what_is_no_result_is_told(tmp_path):
    with pytest.raises(BytewireError) as failure:
        monitor.run(options(tmp_path / "m", results={"surprise": 1}), Mode(False, False, False))
    assert failure.value.kind == "invalid"


def test_what_single_tasks_returned(tmp_path):
    results = [{**board(r1="on"), "invocation": {"module_args": {"host": "192.0.2.7", "label": "garage"}}}]
    monitor.run(options(tmp_path / "m", results=results), Mode(False, False, False), 1e9)
    assert list(json.loads((tmp_path / "m" / "state.json").read_text())["hosts"]) == ["garage"]


def test_text_of_a_device_is_harmless(tmp_path, sink, kept):
    evil = device(settings={"input": "\x1b[2J\u202e<script>{{ 7 * 7 }}\r\nBcc: eve@example.org"})
    run(tmp_path / "m", {"tv1": device(settings={"input": "hdmi1"})})
    result = run(tmp_path / "m", {"tv1": evil}, MINUTE, mail=mail(sink()))
    message, = received(kept)
    assert message["bcc"] is None and "\\e[2J\\u202e<script>{{ 7 * 7 }}" in result["subject"]
    for written in (message.get_body(["html"]).get_content(), (tmp_path / "m" / "index.html").read_text()):
        assert "<script>" not in written and "&lt;script&gt;{{ 7 * 7 }}" in written and "\x1b" not in written

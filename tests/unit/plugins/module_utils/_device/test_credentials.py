# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""User name, password and digest in any message: said where the page wants them, shown nowhere, refused once."""

from __future__ import annotations

import glob
import hashlib
import os

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, device_info, relay, settings
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile, load
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.faults import Faults

SECRET = "pA55w0rd#"
# The power bars of Dataprobe say it so: ESC, the password, ESC, the command, CR.
BAR = {
    "notation": "text", "port": 1, "locked": "DENIED\\r", "info": {"volts": {"send": "\\e{password:text}\\eV\\r", "reply": "V{volts:d}\\r"}},
    "relays": {"numbers": "1-2", "read": {"send": "\\e{password:text}\\e{relay:d1}?\\r", "reply": "{relay:d1}={state:d1}\\r"},
               "on": {"send": "\\e{password:text}\\e{relay:d1}1\\r", "reply": "OK\\r"},
               "off": {"send": "\\e{password:text}\\e{relay:d1}0\\r", "reply": "OK\\r"}},
}
SETTINGS = {
    "power": {"values": {"off": 0, "on": 1}, "set": {"send": "P{value:d1}\\r", "reply": "OK\\r"}, "get": {"send": "P?\\r", "reply": "{value:d1}\\r"}},
    "input": {"values": {"hdmi1": 1, "hdmi2": 2}, "set": {"send": "I{value:d1}\\r", "reply": "OK\\r"}, "get": {"send": "I?\\r", "reply": "I{value:d1}\\r"}},
}
# Panasonic: a digest before every command, and the projector closes behind each answer.
NTCONTROL = {
    "notation": "text", "port": 1024, "frame": {"send": "{digest:md5hex}00{payload}", "reply": "00{payload}"}, "closes": True,
    "login": [{"reply": ["NTCONTROL 1 {random:text}\\r", "NTCONTROL 0\\r"]}], "digest": "{username}:{password}:{random}",
    "locked": "ERRA\\r", "settings": SETTINGS, "emulator": {"username": "admin1"},
}
# Sony: the digest on a line of its own, where the greeting is not NOKEY.
ADCP = {
    "notation": "text", "port": 53595, "digest": "{random}{password}", "settings": SETTINGS, "logout": {"send": "bye\\r", "reply": "ok\\r"},
    "login": [{"reply": ["NOKEY\\r\\n", "{random:text}\\r\\n"]}, {"send": "{digest:sha256hex}\\r\\n", "reply": "OK\\r\\n", "refused": "err_auth\\r\\n"}],
}


def everywhere(board, *results):
    """All that could tell a secret: results with their traces, journal, and what tasks leave to one another."""
    left = [open(path, encoding="utf-8").read() for path in glob.glob(os.path.expanduser("~/.ansible/bytewire/locks/*"))]
    return f"{results} {board.journal.entries} {left}"


def assert_hidden(secret, *told):
    text = everywhere(*told).lower()
    for spelled in (secret, secret.encode().hex(), secret.encode().hex(" ")):
        assert spelled.lower() not in text, text


def heard(board):
    return [entry["what"] for entry in board.journal.entries if entry["event"] == "in"]


# in any message

def test_a_password_in_every_message(emulated, perform_task):
    board = emulated(BAR, password=SECRET)
    task = board.options(relay=["2"], state="on", password=SECRET)
    first, again = perform_task(relay, task, trace=True), perform_task(relay, task, trace=True)
    assert (first["changed"], again["changed"], first["relays"]["2"]["state"]) == (True, False, "on"), first
    info = perform_task(device_info, board.options(password=SECRET), trace=True)
    assert info["relays"]["2"]["state"] == "on"
    assert "1B ******** 1B 32 31 0D" in [said["sent"] for said in first["trace"]] and "1B ******** 1B 32 31 0D" in board.journal.sent()
    assert_hidden(SECRET, board, first, again, info)


def test_a_wrong_one_is_locked_and_said_once(emulated, perform_task):
    board = emulated(BAR, password=SECRET)
    result = perform_task(relay, board.options(relay=["2"], state="on", password="wr0ng#pass", retries=5), trace=True)
    assert result["error"] == {"kind": "locked", "stage": "login", "outcome": "nothing"} and "Check bytewire_password" in result["msg"], result
    assert heard(board) == ["relays.read"]
    assert_hidden("wr0ng#pass", board, result)


def test_a_page_without_a_word_for_a_wrong_one_refuses(emulated, perform_task):
    board = emulated(dict(BAR, locked=None, refused="NO\\r"), password=SECRET)
    result = perform_task(relay, board.options(relay=["2"], state="on", password="wr0ng#pass"), trace=True)
    assert result["error"]["kind"] == "refused"
    assert_hidden("wr0ng#pass", board, result)


def test_one_that_is_not_given_is_asked_for(emulated, perform_task):
    board = emulated(BAR, password=SECRET)
    result = perform_task(relay, board.options(relay=["2"], state="on"))
    assert result["error"]["kind"] == "locked" and "wants a password" in result["msg"] and heard(board) == []


def test_what_is_left_to_the_next_task_does_not_tell_it(emulated, perform_task):
    board = emulated(BAR, password=SECRET)
    board.server.faults = Faults([{"fault": "drop_reply", "on": ["relays.read"], "times": 1}])
    lost = perform_task(relay, board.options(relay=["2"], state="on", password=SECRET, timeout=0.2, retries=0, latest=0.5), trace=True)
    assert lost["error"]["kind"] == "timeout"
    left = open(glob.glob(os.path.expanduser("~/.ansible/bytewire/locks/*"))[0], encoding="utf-8").read()
    assert '"what": "relays.read", "known": {"relay": 2}' in left
    found = perform_task(relay, board.options(relay=["2"], state="on", password=SECRET, latest=0.5), trace=True)
    assert found["changed"], found
    assert_hidden(SECRET, board, lost, found)


def test_a_refused_command_does_not_tell_it(scripted, perform_task):
    server = scripted([(b"\x1b" + SECRET.encode() + b"\x1b2?\r", b"2=0\r"), (b"\x1b" + SECRET.encode() + b"\x1b21\r", b"what is " + SECRET.encode() + b"\r")])
    result = perform_task(relay, server.options(model=BAR, relay=["2"], state="on", password=SECRET, timeout=2, retries=0), trace=True)
    assert result["error"]["kind"] == "bad_reply" and SECRET not in str(result) and SECRET.encode().hex(" ").upper() not in str(result)


def test_one_in_the_frame_of_a_free_command(emulated, perform_task):
    page = {"notation": "text", "port": 1, "frame": {"send": "{username:text}:{password:text}:{payload}"},
            "command": {"send": "{command:text}\\r", "reply": "{reply:text}\\r"}}
    board = emulated(page, password=SECRET, initial={"username": "ops"})
    result = perform_task(command, board.options(command="STATUS", username="ops", password=SECRET), trace=True)
    assert result["reply"] == "OK" and b"ops:".hex(" ").upper() in result["trace"][-1]["sent"]
    assert_hidden(SECRET, board, result)
    other = perform_task(command, board.options(command="STATUS", username="root", password=SECRET, timeout=0.2, retries=0))
    assert other["error"]["kind"] == "unverified"  # there is no word for a wrong user name


def test_the_table_of_a_page_with_passwords():
    pytest.importorskip("ansible", reason="needs ansible-core")
    from ansible_collections.bytewire.devices.plugins.plugin_utils._checking.exchanges import table

    assert any("\\ePASSWORD\\e2" in line for line in table(load(BAR)))
    assert any("NTCONTROL 1" in line for line in table(load(NTCONTROL)))


# digests

@pytest.mark.parametrize("page, replies, values, digest", [
    (NTCONTROL, {"random": "09b075be"}, {"username": "admin1", "password": "panasonic"}, "d4a58eaea919558fb54a33a2effa8b94"),
    (dict(ADCP, digest="{username}{password}{random}", emulator={"username": "admin"},
          login=[{"reply": "100 HELLO {random:text}\\r\\n"}, {"send": "clogin {username:text} {digest:md5hex}\\r\\n", "reply": "250 OK\\r\\n"}]),
     {"random": "E675DDA5"}, {"username": "admin", "password": "admin"}, "d05f6e5547ea392e43473caf2d6763f7"),
])
def test_digests_of_others(page, replies, values, digest):
    profile = load(page)
    message = profile.login[1] if len(profile.login) > 1 else profile.settings["power"].get
    assert profile.digest.made(message.send, {**replies, **values}) == digest
    assert profile.digest.made(message.send, values) == ""


def test_a_digest_before_every_command_on_connections_that_close(scripted, perform_task):
    page = dict(NTCONTROL, settings={"power": {"values": {"off": 0, "on": 1}, "get": {"send": "Q$S\\r", "reply": "{value:d1}\\r"},
                                               "set": {"send": "PON{value:d1}\\r", "reply": "PON\\r"}}})
    first = hashlib.md5(b"admin1:panasonic:0a0b0c0d").hexdigest().encode()
    server = scripted([(b"", b"NTCONTROL 1 09b075be\r"), (b"d4a58eaea919558fb54a33a2effa8b9400Q$S\r", b"000\r"), (b"", None)],
                      [(b"", b"NTCONTROL 1 0a0b0c0d\r"), (first + b"00PON1\r", b"00PON\r"), (b"", None)],
                      [(b"", b"NTCONTROL 1 09b075be\r"), (b"d4a58eaea919558fb54a33a2effa8b9400Q$S\r", b"001\r"), (b"", None)])
    result = perform_task(settings, server.options(model=page, settings={"power": "on"}, username="admin1", password="panasonic", timeout=5, retries=0))
    assert result["changed"] and result["settings"]["power"] == {"state": "on", "was": "off"}, result


def test_a_device_that_closes_behind_each_answer_is_connected_anew_at_no_cost(emulated, perform_task):
    board = emulated(NTCONTROL, password="panasonic")
    task = board.options(settings={"power": "on", "input": "hdmi2"}, username="admin1", password="panasonic", retries=0)
    first, again = perform_task(settings, task, trace=True), perform_task(settings, task)
    assert first["changed"] and not again["changed"], first
    opened = [entry for entry in board.journal.entries if entry["event"] == "open"]
    assert len(opened) == len(heard(board)) == 8
    greetings = {entry["bytes"] for entry in board.journal.entries if entry["event"] == "out" and entry["bytes"].startswith("4E 54")}
    assert len(greetings) == 8  # each has a random of its own
    assert_hidden("panasonic", board, first, again)
    assert "******** 30 30 50 3F 0D" in [said["sent"] for said in first["trace"]]


def test_a_digest_that_is_said_back_is_masked(emulated, perform_task):
    page = dict(NTCONTROL, echo="\\n", closes=False)
    board = emulated(page, password="panasonic", initial={"echo": True, "random": "09b075be"})
    result = perform_task(settings, board.options(settings={"power": "on"}, username="admin1", password="panasonic"), trace=True)
    assert result["changed"] and "******** 30 30 50 3F 0D 0A" in result["trace"][1]["received"]
    assert_hidden("d4a58eaea919558fb54a33a2effa8b94", board, result)
    wrong = perform_task(settings, board.options(settings={"power": "on"}, username="admin1", password="pan"), trace=True)
    assert wrong["error"]["kind"] == "locked"
    assert_hidden(hashlib.md5(b"admin1:pan:09b075be").hexdigest(), board, wrong)


def test_a_busy_device_that_closes_is_asked_again_on_new_connections(emulated, perform_task):
    page = dict(NTCONTROL, busy={"reply": "BUSY\\r", "every": 0.1, "for": 5}, frame={"send": "{digest:md5hex}00{payload}"})
    board = emulated(page, password="panasonic", initial={"busy": 0.25})
    task = board.options(settings={"power": "on"}, username="admin1", password="panasonic", retries=0)
    assert perform_task(settings, task)["changed"]
    assert heard(board)[:3] == ["settings.power.get"] * 3 and len(heard(board)) == len([entry for entry in board.journal.entries if entry["event"] == "open"])
    short = dict(page, busy={"reply": "BUSY\\r", "every": 0.1, "for": 0.15})
    board = emulated(short, password="panasonic", initial={"busy": 60})
    result = perform_task(settings, dict(board.options(), settings={"power": "on"}, username="admin1", password="panasonic", retries=0))
    assert result["error"]["kind"] == "busy" and len(heard(board)) == 2


def test_an_open_projector_wants_no_digest(emulated, perform_task):
    board = emulated(NTCONTROL)
    assert perform_task(settings, board.options(settings={"power": "on"}))["changed"]
    assert "30 30 50 31 0D" in board.journal.sent()


def test_a_digest_on_a_line_of_its_own_and_a_farewell(emulated, perform_task):
    board = emulated(ADCP, password=SECRET)
    result = perform_task(settings, board.options(settings={"power": "on"}, password=SECRET), trace=True)
    assert result["changed"] and heard(board) == ["login", "settings.power.get", "settings.power.set", "settings.power.get", "logout"]
    assert result["trace"][-1]["stage"] == "logout"
    assert_hidden(SECRET, board, result)


def test_a_digest_on_a_line_of_its_own_is_left_out_where_none_is_wanted(emulated, perform_task):
    board = emulated(ADCP)
    result = perform_task(settings, board.options(settings={"power": "on"}, password=SECRET))
    assert result["changed"] and heard(board)[0] == "settings.power.get" and "4E 4F 4B 45 59 0D 0A" in board.journal.sent("out")


@pytest.mark.parametrize("page", [ADCP, NTCONTROL])
@pytest.mark.parametrize("capability, options", [(settings, {"settings": {"power": "on"}}), (device_info, {})])
def test_a_wrong_digest_is_locked_and_said_once(page, capability, options, emulated, perform_task):
    board = emulated(page, password=SECRET)
    result = perform_task(capability, board.options(username="admin1", password="wr0ng#pass", retries=5, **options))
    assert result["error"]["kind"] == "locked" and "Check bytewire_" in result["msg"], result
    assert len(heard(board)) == 1
    assert_hidden("wr0ng#pass", board, result)


def test_a_digest_of_a_password_that_was_not_given(emulated, perform_task):
    board = emulated(NTCONTROL, password=SECRET)
    result = perform_task(settings, board.options(settings={"power": "on"}, username="admin1"))
    assert result["error"]["kind"] == "locked" and "wants a password" in result["msg"] and heard(board) == []


def test_a_digest_of_what_is_no_character_of_the_wire(emulated, perform_task):
    board = emulated(NTCONTROL, password=SECRET)
    result = perform_task(settings, board.options(settings={"power": "on"}, username="admin1", password="\u20ac\u20ac\u20ac\u20ac"))
    assert result["error"]["kind"] == "invalid" and "above U+00FF" in result["msg"] and "\u20ac" not in str(result)


def test_a_digest_that_is_said_once_is_not_repeated_while_the_device_is_busy(emulated, perform_task):
    page = dict(NTCONTROL, digest={"of": "{random}{password}", "once": True}, closes=False, busy={"reply": "BUSY\\r", "every": 0.05, "for": 5},
                frame={"send": "{digest:md5hex}{payload}"})
    board = emulated(page, password=SECRET, initial={"busy": 0.12})
    assert perform_task(settings, board.options(settings={"power": "on"}, password=SECRET))["changed"]
    sent = board.journal.sent()
    assert sent[0] == "******** 50 3F 0D" and sent[1] == "50 3F 0D" and all("*" not in said for said in sent[1:])


@pytest.mark.parametrize("page, words", [
    ({"digest": "{random}"}, "digest.of is '{random}', without the password"),
    ({"digest": {"once": True}}, "digest.of is None; expected the text that it is made of"),
    ({"digest": {"of": "{password}", "once": 1}}, "digest.once is 1; expected true or false"),
    ({"digest": {"of": "{password}", "first": True}}, "'first' is not a key of digest; expected one of of, once"),
    ({"digest": "{rnadom}{password}"}, "digest.of: no reply of login has the field rnadom"),
    ({"digest": "{password}{username}"}, "emulator.username is missing"),
    ({"digest": "{password\\r"}, "digest.of: '{password\\r': a brace that is not a field"),
    ({"digest": None}, ".send has the field digest; expected the key digest in the page"),
    ({"frame": None, "digest": "{random}{password}"}, "digest: no message sends it; expected the field {digest:md5hex}"),
    ({"frame": {"send": "{proof:md5hex}{payload}"}}, "a digest is called so; expected {digest:md5hex}"),
    ({"login": [{"reply": "{random:d}\\r"}], "digest": "{random}{password}"}, "random is no text in the reply of login; expected for example {random:text}"),
    ({"logout": {"reply": "bye"}}, "logout needs send"),
    ({"logout": "bye"}, "logout is 'bye'; expected keys and values"),
    ({"locked": 5}, ".locked: 5 is a number, not a template"),
])
def test_pages_that_are_wrong(page, words):
    own = {name: {**spec, "set": {**spec["set"]}, "get": {**spec["get"]}} for name, spec in SETTINGS.items()}
    content = {"notation": "text", "frame": {"send": "{digest:md5hex}{payload}"}, "login": [{"reply": "{random:text}\\r"}], "settings": own, **page}
    with pytest.raises(ProfileError) as raised:
        Profile({key: value for key, value in content.items() if value is not None})
    assert words in str(raised.value)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""relay against emulated boards and against literal bytes."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay, relay_words

IDENTITY = (b"\x10", b"\x13\x02\x1c")


def states(result):
    return {number: entry["state"] for number, entry in result["relays"].items()}


def test_the_bytes_of_switching_off(scripted, perform_task):
    board = scripted([IDENTITY, (b"\x24", b"\x02"), (b"\x21\x02\x00", b"\x00"), (b"\x24", b"\x00")])
    result = perform_task(relay, board.options(model="eth008", relay=2, state="off"))
    assert board.received == [b"\x10\x24\x21\x02\x00\x24"]
    assert result == {"changed": True, "model": "eth008", "relays": {"2": {"name": None, "state": "off", "was": "on"}}}


def test_idempotence_and_check_mode(emulated, perform_task):
    board = emulated("eth008", initial={"relays": [2]})
    task = board.options(relay=2, state="off", label="garage")
    checked = perform_task(relay, task, check=True, diff=True)
    assert checked["changed"] and states(checked) == {"2": "off"}
    assert checked["diff"]["before"] == "relay 2: on\n" and checked["diff"]["after"] == "relay 2: off\n"
    assert board.journal.writes() == []

    assert perform_task(relay, task)["changed"]
    assert board.journal.writes() == ["21 02 00"]
    assert board.journal.sent()[-1] == "24"

    again = perform_task(relay, task)
    assert not again["changed"] and board.journal.writes() == ["21 02 00"]


def test_names_lists_and_all(emulated, perform_task):
    board = emulated("eth008", initial={"relays": [3]})
    names = {"backup_disk": 2, "amplifier": 3}
    result = perform_task(relay, board.options(relay=["backup_disk", "amplifier", "2"], relays=names, state="on"))
    assert result["relays"] == {"2": {"name": "backup_disk", "state": "on", "was": "off"}, "3": {"name": "amplifier", "state": "on", "was": "on"}}
    assert board.journal.writes() == ["20 02 00"]
    result = perform_task(relay, board.options(relay="all", relays=names, state="off"))
    assert set(states(result).values()) == {"off"} and len(result["relays"]) == 8
    assert board.journal.writes() == ["20 02 00", "21 02 00", "21 03 00"]


def test_relay_9_of_an_eth484_works_and_5_is_refused_before_sending(emulated, perform_task):
    board = emulated("eth484")
    refused = perform_task(relay, board.options(relay=5, state="on"))
    assert refused["failed"] and {"kind": "invalid", "stage": "options"}.items() <= refused["error"].items()
    assert "there is no relay 5 on model eth484, which has 1-4, 9-16" in refused["msg"]
    assert board.journal.entries == []
    assert perform_task(relay, board.options(relay=9, state="on"))["changed"]
    assert board.journal.writes() == ["20 09 00"]
    assert board.journal.sent("out")[-1] == "00 01"


def test_relay_20_of_an_eth8020_reads_and_writes_its_third_byte(emulated, perform_task):
    board = emulated("eth8020")
    assert perform_task(relay, board.options(relay=20, state="on"))["changed"]
    assert board.journal.writes() == ["20 14 00"] and board.journal.sent("out")[-1] == "00 00 08"
    assert not perform_task(relay, board.options(relay=20, state="on"))["changed"]


@pytest.mark.parametrize("contact, state, coil_before, sent, coil_after", [
    ("normally_open", "on", False, ["20 02 00"], True),
    ("normally_open", "off", True, ["21 02 00"], False),
    ("normally_open", "on", True, [], True),
    ("normally_open", "off", False, [], False),
    ("normally_closed", "on", True, ["21 02 00"], False),
    ("normally_closed", "off", False, ["20 02 00"], True),
    ("normally_closed", "on", False, [], False),
    ("normally_closed", "off", True, [], True),
    ("normally_open", "pulsed", False, ["20 02 C8"], True),
    ("normally_closed", "pulsed", True, ["21 02 C8"], False),
])
def test_contact_and_state(emulated, perform_task, contact, state, coil_before, sent, coil_after):
    board = emulated("eth008", initial={"relays": [2] if coil_before else []})
    duration = {"duration": 20} if state == "pulsed" else {}
    result = perform_task(relay, board.options(relay=2, state=state, contact=contact, **duration))
    entry = result["relays"]["2"]
    assert board.journal.writes() == sent and result["changed"] == bool(sent)
    assert board.board.coil(2) is coil_after
    assert entry["state"] == ("on" if state == "pulsed" else state)
    assert ("coil" in entry) == (contact == "normally_closed")
    if contact == "normally_closed":
        assert entry["coil"] == ("on" if coil_after else "off")


@pytest.mark.parametrize("contact, bytes_of_a_cycle", [
    ("normally_open", ["21 02 00", "20 02 00"]),
    ("normally_closed", ["20 02 00", "21 02 00"]),
])
def test_cycled_is_verified_in_between(emulated, perform_task, contact, bytes_of_a_cycle):
    board = emulated("eth008", initial={"relays": [2] if contact == "normally_open" else []})
    result = perform_task(relay, board.options(relay=2, state="cycled", duration=0.1, contact=contact))
    assert result["changed"] and states(result) == {"2": "on"}
    first, second = bytes_of_a_cycle
    assert board.journal.sent() == ["10", "24", first, "24", second, "24"]


def test_the_contact_of_the_mapping_goes_first(emulated, perform_task):
    board = emulated("eth008")
    names = {"heater": {"number": 3, "contact": "normally_closed"}}
    result = perform_task(relay, board.options(relay="heater", relays=names, state="on"))
    assert not result["changed"] and result["relays"]["3"] == {"name": "heater", "state": "on", "was": "on", "coil": "off"}


@pytest.mark.parametrize("options, fault, sent, words", [
    ({}, {"fault": "drop_reply", "on": ["off"]}, ["21 02 00", "20 02 00"], "Relay 2 is on, and is not known to have been power-cycled."),
    ({"verify": False}, {"fault": "drop_reply", "on": ["off"]}, ["21 02 00", "20 02 00"],
     ": relay 2 may be off: it was told to switch off, then told to switch on, and is not known to have come back. "),
    ({}, {"fault": "refuse", "on": ["on"], "times": 1}, ["21 02 00", "20 02 00", "20 02 00"],
     " refused to switch relay 2 on. Relay 2 was power-cycled and is on; not all went as it should."),
    ({}, {"fault": "refuse", "on": ["on"]}, ["21 02 00", "20 02 00", "20 02 00"],
     ": relay 2 is OFF: it was switched off and did not come back. "),
    ({}, {"fault": "refuse", "on": ["off"]}, ["21 02 00"], "refused to switch relay 2 off."),
], ids=["not acknowledged", "not verified", "refused once", "refused", "never switched"])
def test_a_cycle_that_fails_leaves_the_load_on_if_it_can(emulated, perform_task, options, fault, sent, words):
    board = emulated("eth008", initial={"relays": [2]}, faults=[fault])
    result = perform_task(relay, board.options(relay=2, state="cycled", duration=0.1, retries=0, **options))
    assert result["failed"] and words in result["msg"], result["msg"]
    assert board.journal.writes() == sent
    assert board.board.coil(2) is ("OFF" not in words)


@pytest.mark.parametrize("options, fault, words, course", [
    ({}, {"fault": "refuse", "on": ["off"]}, ": relay 2 is ON: it was switched on and did not go off. ", {"told": ["on"], "seen": ["off", "on"]}),
    ({}, {"fault": "silent", "on": ["off"]}, ": relay 2 may still be on: it was switched on, then told to switch off, and is not known to have gone off. ",
     {"told": ["on", "off"], "seen": ["off", "on"]}),
    ({}, {"fault": "refuse", "on": ["on"]}, " refused to switch relay 2 on.", {"told": [], "seen": ["off"]}),
    ({}, {"fault": "lie", "on": ["off"]}, ": relay 2 is ON: it was switched on and did not go off. ", {"told": ["on", "off"], "seen": ["off", "on"]}),
])
def test_a_pulse_that_the_task_times_and_that_fails_says_how_the_load_was_left(emulated, perform_task, options, fault, words, course):
    board = emulated("kincony_kc868", faults=[fault])
    result = perform_task(relay, board.options(relay=2, state="pulsed", duration=0.1, retries=0, timeout=0.5, settle=0.1, latest=0.2, **options))
    assert result["failed"] and words in result["msg"], result["msg"]
    assert result["relays"]["2"]["pulsed"] == {"seconds": 0.1, **course}
    assert board.board.coil(2) is (fault["on"] == ["off"])


def test_of_several_relays_those_are_told_that_did_not_come_back(emulated, perform_task):
    board = emulated("eth008", initial={"relays": [1, 3]}, faults=[{"fault": "refuse", "on": ["on"]}])
    names = {"web1": 1, "web2": 3}
    result = perform_task(relay, board.options(relay=["web1", "web2"], relays=names, state="cycled", duration=0.1, retries=0))
    assert ": relays 1 (web1), 3 (web2) are OFF: they were switched off and did not come back. " in result["msg"], result["msg"]
    assert "Nothing was changed" not in result["msg"]


@pytest.mark.parametrize("state, initial, told, seen, words", [
    ("cycled", [2], ["off", "on"], ["on", "off", "on"], "was power-cycled (0.1 s)"),
    ("cycled", [], ["on"], ["off", "on"], "was switched on (it was off before)"),
    ("pulsed", [], ["on", "off"], ["off", "on", "off"], "was pulsed (0.1 s)"),
    ("pulsed", [2], ["off"], ["on", "off"], "was switched off (it was on before)"),
])
def test_the_result_has_what_was_sent_and_seen(emulated, perform_task, state, initial, told, seen, words):
    board = emulated("kincony_kc868", initial={"relays": initial})
    entry = perform_task(relay, board.options(relay=2, state=state, duration=0.1))["relays"]["2"]
    assert entry[state] == {"seconds": 0.1, "told": told, "seen": seen}
    assert relay_words.said(relay_words.success(entry)) == words


def test_in_check_mode_a_failure_says_nothing_of_what_was_sent(emulated, perform_task):
    board = emulated("eth008", faults=[{"fault": "silent", "on": ["locked"]}], password="hunter2")
    result = perform_task(relay, board.options(relay=2, state="cycled", duration=0.1, password="wrong"), check=True)
    assert "OFF" not in result["msg"] and "cycled" not in result.get("relays", {}).get("2", {}), result


def test_a_pulse_in_check_mode_is_not_sent(emulated, perform_task):
    board = emulated("eth008")
    result = perform_task(relay, board.options(relay=4, state="pulsed", duration=20), check=True)
    assert result["changed"] and board.journal.writes() == []


@pytest.mark.parametrize("duration, words", [
    (26, "0.1 to 25.5 s"), (0.25, "steps of 0.1 s. The nearest is 0.2 s."), (0.04, "0.1 to 25.5 s in steps of 0.1 s. The nearest is 0.1 s."),
    (26, "For the task to time it instead of the board, set bytewire_model to {extends: eth008, relays: {pulse: null}}; what is switched then stays so"),
    (0, "0.001 to 86400"), (-3, "0.001 to 86400"),
])
def test_a_pulse_that_the_board_cannot_time_is_refused_before_sending(emulated, perform_task, duration, words):
    board = emulated("eth008")
    result = perform_task(relay, board.options(relay=4, state="pulsed", duration=duration))
    assert result["error"]["kind"] == "invalid" and words in result["msg"]
    assert board.journal.entries == []


def test_a_pulse_that_the_page_leaves_to_the_task_may_be_longer(emulated, perform_task):
    board = emulated("eth008")
    model = {"extends": "eth008", "relays": {"pulse": None}}
    assert perform_task(relay, board.options(model=model, relay=4, state="pulsed", duration=26), check=True)["changed"]
    assert perform_task(relay, board.options(model=model, relay=4, state="pulsed", duration=0.1))["changed"]
    assert board.journal.writes() == ["20 04 00", "21 04 00"]


def test_a_pulse_that_ended_before_it_could_be_seen_is_the_boards_word_alone(emulated, perform_task):
    board = emulated("eth008", latency=0.06, faults=[{"fault": "lie"}])
    result = perform_task(relay, board.options(relay=4, state="pulsed", duration=0.1))
    assert result["changed"] and "relay 4 was accepted, and over before it could be read back" in result["warnings"][0]


def test_a_pulse_whose_acknowledgement_is_lost_is_not_sent_again(emulated, perform_task):
    board = emulated("eth008", faults=[{"fault": "drop_reply"}])
    result = perform_task(relay, board.options(relay=4, state="pulsed", duration=20, retries=5))
    assert {"kind": "unverified", "stage": "write"}.items() <= result["error"].items()
    assert board.journal.writes() == ["20 04 C8"]
    assert "is not sent again" in result["msg"] and result["relays"]["4"]["state"] == "unknown" and result["changed"]


def test_an_absolute_state_is_sent_again_after_reading_again(emulated, perform_task):
    board = emulated("eth008", faults=[{"fault": "silent", "on": ["on"], "times": 1}])
    result = perform_task(relay, board.options(relay=2, state="on"))
    assert result["changed"] and states(result) == {"2": "on"}
    assert board.journal.sent() == ["10", "24", "20 02 00", "10", "24", "10", "24", "20 02 00", "24"]


def test_without_retries_the_first_failure_is_the_result(emulated, perform_task):
    board = emulated("eth008", faults=[{"fault": "silent", "on": ["on"], "times": 1}])
    result = perform_task(relay, board.options(relay=2, state="on", retries=0))
    assert {"kind": "timeout", "stage": "write"}.items() <= result["error"].items()
    assert result["relays"]["2"] == {"name": None, "state": "unknown", "was": "off"}


def test_several_relays_of_which_one_fails_in_the_middle(scripted, perform_task):
    board = scripted([IDENTITY, (b"\x24", b"\x00"), (b"\x20\x01\x00", b"\x00"), (b"\x20\x02\x00", b"\x01"), (b"\x7a", b"\xff"),
                      (b"\x24", b"\x01")])
    result = perform_task(relay, board.options(model="eth008", relay=["1", "2", "3"], state="on", settle=0))
    assert {"kind": "refused", "stage": "write"}.items() <= result["error"].items() and result["changed"]
    assert states(result) == {"1": "on", "2": "off", "3": "off"}
    assert "relay 1 is on" in result["msg"] and "Nothing was changed on: relay 2, relay 3" in result["msg"]


def test_verify_off_leaves_the_state_unknown(emulated, perform_task):
    board = emulated("eth008")
    result = perform_task(relay, board.options(relay=2, state="on", verify=False))
    assert result["changed"] and states(result) == {"2": "unknown"}
    assert board.journal.sent() == ["10", "24", "20 02 00"]


# fault, how it is aimed; what comes of it: the kind of error or None for success, the coil in the end
FAULTS = [
    ("silent", {}, "timeout", False),
    ("drop_reply", {}, None, True),
    ("drop_reply", {"on": ["on", "read"]}, "timeout", False),
    ("slow", {"seconds": 2}, "timeout", False),
    ("close_before_reply", {}, "closed", False),
    ("close_before_reply", {"on": ["on"]}, None, True),
    ("close_after_reply", {}, "closed", False),
    ("close_after_reply", {"on": ["on"]}, None, True),
    ("garbage", {}, "bad_reply", False),
    ("garbage", {"on": ["on"]}, "bad_reply", False),
    ("partial_reply", {}, "timeout", False),
    ("refuse", {}, "refused", False),
    ("wrong_reply", {}, None, True),
    ("lie", {}, "unverified", False),
    ("early_close", {}, None, True),
    ("full", {}, "busy", False),
]


@pytest.mark.parametrize("fault, aim, kind, coil", FAULTS, ids=[f"{fault} {aim}" for fault, aim, *dummy in FAULTS])
def test_faults(emulated, perform_task, fault, aim, kind, coil):
    board = emulated("eth008", faults=[dict({"fault": fault}, **aim)])
    result = perform_task(relay, board.options(relay=2, state="on"))
    assert (result.get("error") or {}).get("kind") == kind, result
    assert board.board.coil(2) is coil
    if kind is None:
        assert states(result) == {"2": "on"}
    elif "relays" in result:
        assert states(result)["2"] in ("unknown", "off") or coil


def test_the_wrong_model_is_refused_with_both_names(emulated, perform_task):
    board = emulated("eth8020")
    result = perform_task(relay, board.options(model="eth008", relay=2, state="on"))
    assert {"kind": "invalid", "stage": "identify"}.items() <= result["error"].items()
    assert "is not the eth008 that was asked for; it identifies as eth8020" in result["msg"]
    assert board.journal.writes() == []


@pytest.mark.parametrize("model", ["eth002", "eth484", "eth8020", "wifi008"])
def test_auto_identifies(emulated, perform_task, model):
    board = emulated(model)
    result = perform_task(relay, board.options(model="auto", relay=2, state="on"))
    assert result["model"] == model and states(result) == {"2": "on"}


def test_auto_with_a_board_that_no_profile_knows(emulated, perform_task):
    board = emulated("eth008", initial={"id": 99})
    result = perform_task(relay, board.options(model="auto", relay=2, state="on"))
    assert {"kind": "invalid", "stage": "identify"}.items() <= result["error"].items() and "id 99" in result["msg"]


def test_a_locked_board_without_a_password(emulated, perform_task):
    board = emulated("eth008", password="hunter2", initial={"relays": [2]})
    assert not perform_task(relay, board.options(relay=2, state="on"))["changed"]
    result = perform_task(relay, board.options(relay=2, state="off"))
    assert {"kind": "locked", "stage": "login"}.items() <= result["error"].items() and "Set bytewire_password" in result["msg"]
    assert board.board.coil(2)


def test_a_locked_board_with_its_password(emulated, perform_task):
    board = emulated("eth008", password="hunter2")
    result = perform_task(relay, board.options(relay=[1, 2], state="on", password="hunter2"), trace=True)
    assert states(result) == {"1": "on", "2": "on"}
    assert [exchange["sent"] for exchange in result["trace"]] == ["10", "24", "7A", "79 ********", "20 01 00", "20 02 00", "24"]


def test_a_wrong_password(emulated, perform_task):
    board = emulated("eth008", password="hunter2")
    result = perform_task(relay, board.options(relay=2, state="on", password="guess"), trace=True)
    assert {"kind": "locked", "stage": "login"}.items() <= result["error"].items() and "refused the password" in result["msg"]
    assert "guess" not in str(result) and b"guess".hex(" ") not in str(result).lower()
    assert "guess" not in str(board.journal.entries) and "68 75 6E" not in str(board.journal.entries)


def test_a_password_above_7f_leaves_as_single_bytes(emulated, perform_task):
    board = emulated("eth008", password="sesäm")
    assert states(perform_task(relay, board.options(relay=2, state="on", password="sesäm"))) == {"2": "on"}
    result = perform_task(relay, board.options(relay=3, state="on", password="10 \u20ac"))
    assert result["error"]["kind"] == "invalid" and "\u20ac" not in result["msg"]


def test_a_password_given_to_a_board_without_one(emulated, perform_task):
    board = emulated("eth008")
    assert states(perform_task(relay, board.options(relay=2, state="on", password="any"))) == {"2": "on"}
    assert board.journal.sent() == ["10", "24", "7A", "20 02 00", "24"]


def test_a_board_that_locked_itself_again(emulated, perform_task):
    board = emulated("eth008", password="hunter2")
    now = [1000.0]
    board.board.clock = lambda: now[0]
    original = board.board.act

    def act_and_let_time_pass(what, values):
        changed = original(what, values)
        if what == "relays.on":
            now[0] += 31
        return changed

    board.board.act = act_and_let_time_pass
    result = perform_task(relay, board.options(relay=[1, 2], state="on", password="hunter2"))
    assert states(result) == {"1": "on", "2": "on"}


def test_six_connections(emulated, perform_task):
    import socket
    board = emulated("eth008")
    held = [socket.create_connection((board.host, board.port)) for dummy in range(5)]
    for connection in held:
        connection.sendall(b"\x10")
        assert connection.recv(3) == b"\x13\x02\x1c"
    result = perform_task(relay, board.options(relay=2, state="on", retries=0, timeout=1))
    for connection in held:
        connection.close()
    assert result["error"]["kind"] == "busy" and "serves 5 connections" in result["msg"]
    assert states(perform_task(relay, board.options(relay=2, state="on", timeout=1))) == {"2": "on"}


@pytest.mark.parametrize("options, words", [
    ({"relay": "attic"}, "there is no relay called 'attic'"),
    ({"relay": 9}, "there is no relay 9 on model eth008, which has 1-8"),
    ({"relay": 0}, "there is no relay 0"),
    ({"relay": []}, "no relay was named"),
    ({"relay": 1, "relays": {"disk": "two"}}, "'disk' is 'two'; expected a number"),
    ({"relay": 1, "relays": {"disk": 12}}, "'disk' is relay 12, but model eth008 has 1-8"),
    ({"relay": 1, "relays": {"all": 2}}, "'all' cannot be a name"),
    ({"relay": 1, "relays": {"a": 2, "b": {"number": 2, "contact": "normally_closed"}}}, "disagree about its contact"),
    ({"relay": 1, "duration": 3}, "duration is for state pulsed or cycled"),
    ({"relay": 1, "retries": -1}, "retries is -1; expected 0 to 100"),
    ({"relay": 1, "timeout": 0}, "timeout is 0; expected 0.001 to 3600 seconds"),
    ({"relay": 1, "port": 70000}, "port is 70000; expected 1 to 65535"),
    ({"relay": 1, "unit": 3}, "eth008 has no units"),
])
def test_bad_input_is_refused_before_anything_is_sent(emulated, perform_task, options, words):
    board = emulated("eth008")
    result = perform_task(relay, dict(board.options(state="on"), **options))
    assert result["error"]["kind"] == "invalid" and words in result["msg"], result["msg"]
    assert board.journal.sent() == []


def test_a_relay_that_was_right_and_changes_meanwhile_is_noticed(scripted, perform_task):
    board = scripted([IDENTITY, (b"\x24", b"\x01"), (b"\x20\x02\x00", b"\x00"), (b"\x24", b"\x02")])
    result = perform_task(relay, board.options(model="eth008", relay=[1, 2], state="on"))
    assert {"kind": "unverified", "stage": "verify"}.items() <= result["error"].items() and states(result) == {"1": "off", "2": "on"}


def test_a_cycle_that_fails_in_its_second_half_does_not_report_the_past(scripted, perform_task):
    refused = [(b"\x20\x01\x00", b"\x01"), (b"\x7a", b"\xff"), (b"\x24", b"\x00")]
    board = scripted([IDENTITY, (b"\x24", b"\x01"), (b"\x21\x01\x00", b"\x00"), (b"\x24", b"\x00"), *refused, *refused])
    result = perform_task(relay, board.options(model="eth008", relay=1, state="cycled", duration=0.1))
    assert result["error"]["kind"] == "refused" and result["changed"]
    assert result["relays"]["1"] == {"name": None, "state": "off", "was": "on", "cycled": {"seconds": 0.1, "told": ["off"], "seen": ["on", "off"]}}
    assert "relay 1 is OFF: it was switched off and did not come back." in result["msg"]


def test_a_board_that_closes_during_the_wait_of_a_cycle_is_connected_anew(scripted, perform_task):
    board = scripted([IDENTITY, (b"\x24", b"\x01"), (b"\x21\x01\x00", b"\x00"), (b"\x24", b"\x00"), (b"", None)],
                     [IDENTITY, (b"\x20\x01\x00", b"\x00"), (b"\x24", b"\x01")])
    result = perform_task(relay, board.options(model="eth008", relay=1, state="cycled", duration=0.3, retries=0))
    assert states(result) == {"1": "on"} and result["changed"]


def test_a_pulse_that_never_left_is_sent_on_a_new_connection(scripted, perform_task):
    board = scripted([IDENTITY, (b"\x24", b"\x00"), (b"", None)],
                     [IDENTITY, (b"\x20\x04\xc8", b"\x00"), (b"\x24", b"\x08")])
    result = perform_task(relay, board.options(model="eth008", relay=4, state="pulsed", duration=20))
    assert states(result) == {"4": "on"}, result


def test_a_refused_pulse_is_refused_though_the_reason_stays_unknown(scripted, perform_task):
    board = scripted([IDENTITY, (b"\x24", b"\x00"), (b"\x20\x04\xc8", b"\x01"), (b"\x7a", b"")])
    result = perform_task(relay, board.options(model="eth008", relay=4, state="pulsed", duration=20, timeout=0.2))
    assert {"kind": "refused", "stage": "write"}.items() <= result["error"].items() and "could not be asked whether it is locked" in result["msg"]
    assert result["changed"] and result["error"]["outcome"] == "unknown", "it cannot be read whether it moved"


def test_a_lock_file_that_cannot_be_used(emulated, perform_task, tmp_path):
    board = emulated("eth008")
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / ".ansible").write_text("not a folder")
    result = perform_task(relay, board.options(relay=1, state="on"))
    assert {"kind": "invalid", "stage": "lock"}.items() <= result["error"].items() and "cannot be used" in result["msg"]
    assert board.journal.entries == []


@pytest.mark.parametrize("number", ["\u00b2", "-1", "1.5", "01x"])
def test_what_only_looks_like_a_number_is_a_name_that_nobody_knows(emulated, perform_task, number):
    result = perform_task(relay, emulated("eth008").options(relay=number, state="on"))
    assert result["error"]["kind"] == "invalid" and "there is no relay called" in result["msg"]


def test_a_pulse_that_met_a_board_locked_again_is_sent_after_a_new_login(scripted, perform_task):
    """01 and 7A 00 say that it was not executed, so that sending it again is safe."""
    board = scripted([IDENTITY, (b"\x24", b"\x00"), (b"\x7a", b"\x1e"), (b"\x20\x04\xc8", b"\x01"), (b"\x7a", b"\x00"),
                      (b"\x7a", b"\x00"), (b"\x79hunter2", b"\x01"), (b"\x20\x04\xc8", b"\x00"), (b"\x24", b"\x08")])
    result = perform_task(relay, board.options(model="eth008", relay=4, state="pulsed", duration=20, password="hunter2"))
    assert states(result) == {"4": "on"}, result


@pytest.mark.parametrize("word", ["01", "007", "\uff11", "\u0661"])
def test_a_number_of_a_relay_is_written_in_plain_digits(emulated, perform_task, word):
    board = emulated("eth008")
    result = perform_task(relay, board.options(relay=word, state="on"))
    assert result["error"]["kind"] == "invalid" and f"relay is '{word}'; expected a number in plain digits, such as 1" in result["msg"]
    result = perform_task(relay, board.options(relay="disk", relays={"disk": word}, state="on"))
    assert f"relays: 'disk' is '{word}'; expected a number in plain digits" in result["msg"] and board.journal.writes() == []

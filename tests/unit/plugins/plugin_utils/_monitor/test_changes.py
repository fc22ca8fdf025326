# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is a change, what is none, and in which words it is told."""

from __future__ import annotations

import json

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability.fleet_scheduler import NOT_ATTEMPTED
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor import run as monitor
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.changes import span
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils._monitor.monitor_help import (
    HOUR, MINUTE, START, board, device, lost, options, run, told)


def ups(charge, unit="%", **others):
    return device(information={"battery_charge": charge, **others}, measured_in={"battery_charge": unit} if unit else {})


def tv(**settings):
    return device(settings=settings)


CASES = {
    "nothing": (board(r1="on"), board(r1="on"), []),
    "relay": (board(r1="on", r2="off"), board(r1="on", r2="on"), [("switched", "relay 2 was switched on")]),
    "named relay": (device(relays={"2": {"name": "disk", "state": "on"}}), device(relays={"2": {"name": "disk", "state": "off"}}),
                    [("switched", "relay 2 (disk) was switched off")]),
    "unknown": (board(r1="on"), board(r1="unknown"), []),
    "power": (tv(power="on", input="hdmi1"), tv(power="off", input="unknown"), [("switched", "was switched off")]),
    "input": (tv(power="on", input="hdmi1"), tv(power="on", input="hdmi2"), [("switched", "input is hdmi2, was hdmi1")]),
    "a setting that is a number": (tv(volume=12), tv(volume=30), [("switched", "volume is 30, was 12")]),
    "a route": (tv(route={"1": 2, "2": 2}), tv(route={"1": 3, "2": 2}), [("switched", "route.1 is 3, was 2")]),
    "on the way": (tv(power="off"), tv(power="warming"), []),
    "a number": (device(information={"voltage": 12.1}), device(information={"voltage": 11.8}), []),
    "analogue": (device(analogue={"1": 512}), device(analogue={"1": 3}), []),
    "what it says": (device(information={"status": "OL"}), device(information={"status": "OB LB"}), [("status", "status is OB LB, was OL")]),
    "errors": (device(information={"errors": []}), device(information={"errors": ["lamp", "fan"]}), [("status", "errors is lamp, fan, was none")]),
    "other texts": (device(information={"mac": "00"}), device(information={"mac": "01"}), []),
    "a digital input": (device(inputs={"1": "active"}), device(inputs={"1": "inactive"}), [("status", "input 1 is inactive, was active")]),
    "gone": (board(r1="on"), lost(), [("gone", "does not answer")]),
    "a gateway is not there": (board(r1="on"), lost("unreachable", "The gateway g failed.", "gateway"), [("gone", "cannot be read")]),
    "a gateway was asked wrongly": (board(r1="on"), lost("invalid", "There is no such option.", "gateway"), []),
    "refused": (board(r1="on"), lost("refused"), [("gone", "cannot be read")]),
    "gone the first time": (None, lost(), [("gone", "does not answer (the first time it was asked)")]),
    "seen the first time": (None, board(r1="on"), []),
    "still gone": (lost(), lost("unreachable"), []),
    "back": (lost(), board(r1="on"), [("back", "is back (gone for 5 min)")]),
    "charge low": (ups(80), ups(18), [("limit", "battery_charge is 18 %, below 20")]),
    "charge low the first time": (None, ups(18), [("limit", "battery_charge is 18 %, below 20")]),
    "still low": (ups(19), ups(18), []),
    "within": (ups(18), ups(20), [("within", "battery_charge is 20 %, within its limits again")]),
    "unknown charge": (ups(18), ups("unknown"), []),
    "from one side to the other": (device(information={"level": 1}), device(information={"level": 11}), [("limit", "level is 11, above 10")]),
    "not asked": (board(r1="on"), lost("unreachable", "Not attempted.", NOT_ATTEMPTED), None),
}


@pytest.mark.parametrize("before, after, expected", CASES.values(), ids=CASES)
def test_changes(tmp_path, before, after, expected):
    given = {"limits": {"battery_charge": {"least": 20}, "level": {"least": 5, "most": 10}}}
    if before is not None:
        run(tmp_path / "m", {"tv1": before, "other": board(r1="on")}, **given)
    result = run(tmp_path / "m", {"tv1": after, "other": board(r1="on")}, 5 * MINUTE, **given)
    assert told(result) == [("tv1", *each) for each in expected or []]
    assert result["changed"] == bool(expected)
    assert told(run(tmp_path / "m", {"tv1": after, "other": board(r1="on")}, 10 * MINUTE, **given)) == [], "told twice"


def test_what_was_seen_before_a_loss_is_compared_behind_it(tmp_path):
    for at, result in enumerate((board(r1="on"), lost(), board(r1="unknown"))):
        run(tmp_path / "m", {"tv1": result}, at * MINUTE)
    assert told(run(tmp_path / "m", {"tv1": board(r1="off")}, 3 * MINUTE)) == [("tv1", "switched", "relay 1 was switched off")]


def test_hosts_that_were_not_asked_stay_as_they_were(tmp_path):
    run(tmp_path / "m", {"tv1": board(r1="on"), "tv2": board(r1="on")})
    run(tmp_path / "m", {"tv2": board(r1="on")}, MINUTE)
    run(tmp_path / "m", {"tv1": lost("unreachable", "x", NOT_ATTEMPTED), "tv2": board(r1="on")}, 2 * MINUTE)
    assert told(run(tmp_path / "m", {"tv1": board(r1="off"), "tv2": board(r1="on")}, 3 * MINUTE)) == [("tv1", "switched", "relay 1 was switched off")]


def test_what_nobody_asks_for_is_forgotten_after_a_month(tmp_path):
    run(tmp_path / "m", {"tv1": board(r1="on"), "tv2": board(r1="on")})
    run(tmp_path / "m", {"tv2": board(r1="on")}, 31 * 24 * HOUR)
    assert list(json.loads((tmp_path / "m" / "state.json").read_text())["hosts"]) == ["tv2"]


def test_reminders(tmp_path):
    given = {"remind": 2, "limits": {"battery_charge": {"least": 20}}}
    hosts = {"tv1": lost(), "ups": ups(10)}
    seen = [told(run(tmp_path / "m", hosts, at * HOUR, **given)) for at in range(6)]
    assert [len(each) for each in seen] == [2, 0, 2, 0, 2, 0]
    assert seen[2] == [("tv1", "gone", "does not answer (for 2 h)"), ("ups", "limit", "battery_charge is 10 %, below 20 (for 2 h)")]
    assert [told(run(tmp_path / "n", hosts, at * 1000 * HOUR, limits=given["limits"])) for at in (1, 2)][1] == []


def test_a_reminder_is_in_no_history(tmp_path):
    for at in range(3):
        run(tmp_path / "m", {"tv1": lost()}, at * HOUR, remind=1)
    assert (tmp_path / "m" / "history.jsonl").read_text().count("\n") == 1


def test_own_limits_go_before_those_of_all(tmp_path):
    given = {"limits": {"battery_charge": {"least": 20}}, "host_limits": {"a": {"battery_charge": {"least": 50}}, "b": {"battery_charge": None}, "c": {}}}
    result = run(tmp_path / "m", {"a": ups(40), "b": ups(5), "c": ups(40)}, **given)
    assert told(result) == [("a", "limit", "battery_charge is 40 %, below 50")]


@pytest.mark.parametrize("limits, words", [
    ({"load": 90}, "limits: load is 90; expected least, most or both, such as {battery_charge: {least: 20}, load: {most: 90}}."),
    ({"load": {"max": 90}}, "limits: load is {'max': 90}; expected least, most or both"), ({"load": {}}, "limits: load is {}; expected"),
    ({"load": {"most": "high"}}, "limits: load: most is 'high'; expected a number."), ({"load": {"most": True}}, "most is True; expected a number."),
    ({"load": {"least": 9, "most": 3}}, "limits: load: least is 9, and most is 3: nothing is within.")])
def test_wrong_limits_are_refused_before_anything_is_read(tmp_path, limits, words):
    for given in ({"limits": limits}, {"host_limits": {"garage": limits}}):
        with pytest.raises(BytewireError) as failure:
            monitor.run(options(tmp_path / "m", **given), Mode(True, False, False))
        assert failure.value.kind == "invalid" and words.partition("limits: ")[2] in failure.value.msg
    assert not (tmp_path / "m").exists()


JOURNAL = {"event": "end", "host": "lobby", "outcome": "changed", "user": "anna", "machine": "ops1"}


@pytest.mark.parametrize("lines, words, mailed", [
    ([], "relay 2 was switched on (by somebody else)", True),
    ([{"is": {"2": "on"}, "time": START + 30}], "relay 2 was switched on (by anna@ops1)", False),
    ([{"is": {"2": "on"}, "time": START - 3600}], "relay 2 was switched on (by somebody else)", True),
    ([{"is": {"2": "on"}, "time": START + 30}, {"is": {"2": "off"}, "time": START + 40}], "relay 2 was switched on (by somebody else)", True),
    ([{"is": {"2": "on"}, "time": START + 30, "host": "tv1"}], "relay 2 was switched on (by somebody else)", True),
    ([{"is": {"2": "on"}, "time": START + 30, "outcome": "unchanged"}], "relay 2 was switched on (by somebody else)", True),
    ([{"is": {"2": "on"}, "time": START + 30, "check_mode": True}], "relay 2 was switched on (by somebody else)", True)])
def test_what_a_journal_explains_is_not_mailed(tmp_path, lines, words, mailed):
    path = tmp_path / "journal"
    path.write_text("not a line\n[]\n" + "".join(f"{json.dumps({**JOURNAL, **line})}\n" for line in lines) + '{"event": "end", "ho')
    run(tmp_path / "m", {"lobby": board(r2="off")}, journal=str(path))
    result = run(tmp_path / "m", {"lobby": board(r2="on")}, MINUTE, journal=str(path))
    assert told(result) == [("lobby", "switched", words)] and bool(result["subject"]) == mailed
    entry, = map(json.loads, (tmp_path / "m" / "history.jsonl").read_text().splitlines())
    assert entry["words"] == words and entry.get("by") == (None if mailed else "anna@ops1")


def test_what_one_of_us_switched_on_many_devices_is_shown_once_for_all(tmp_path):
    hosts, path = [f"tv{number}" for number in range(1, 301)], tmp_path / "journal"
    path.write_text("".join(f"{json.dumps({**JOURNAL, 'host': host, 'is': {'2': 'on'}, 'time': START + 30})}\n" for host in hosts))
    run(tmp_path / "m", {host: board(r2="off") for host in hosts}, journal=str(path))
    shown = " ".join(" ".join(run(tmp_path / "m", {host: board(r2="on") for host in hosts}, MINUTE, journal=str(path))["text"]).split())
    assert shown.startswith("300 devices: 300 answer. tv1, tv2, tv3,") and shown.endswith("tv100 and 200 more: relay 2 was switched on (by anna@ops1)")


def test_a_journal_that_is_not_there(tmp_path):
    """Nobody has switched anything yet."""
    run(tmp_path / "m", {"lobby": board(r2="off")}, journal=str(tmp_path / "none"))
    assert told(run(tmp_path / "m", {"lobby": board(r2="on")}, 9, journal=str(tmp_path / "none"))) == [
        ("lobby", "switched", "relay 2 was switched on (by somebody else)")]


@pytest.mark.parametrize("seconds, words", [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2 h"), (172800, "2 days")])
def test_spans(seconds, words):
    assert span(seconds) == words

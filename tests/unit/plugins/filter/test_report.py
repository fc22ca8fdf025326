# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import io
import time

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.bytewire.devices.plugins.filter.report import report

DISK = "External WD USB disk"
STILL_ON = {"name": "backup_disk", "state": "on", "was": "on"}
UNKNOWN = {"name": "backup_disk", "state": "unknown", "was": "on"}


@pytest.fixture(autouse=True)
def time_zone(monkeypatch):
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def outcome(**changes):
    return {
        "host": "garage", "address": "192.168.0.200", "model": "eth008", "device": DISK, "relay": 2, "state": "off", "duration": "", "check": False,
        "ok": True, "changed": True, "relays": {"2": {"name": "backup_disk", "state": "off", "was": "on"}}, "msg": "", "error": {},
        "date": "2026-11-21T15:49:02Z", **changes,
    }


def failure(kind="timeout", **changes):
    return outcome(**{"ok": False, "changed": False, "relays": {}, "msg": "garage (192.168.0.200:17494) did not answer.",
                      "error": {"kind": kind, "stage": "read"}, **changes})


def test_one_device_that_was_switched():
    told = report([outcome()], ["garage"])
    assert told["subject"] == "External WD USB disk is powered off"
    assert told["text"] == (
        "External WD USB disk is powered off.\n\n"
        "Board:  garage (eth008 at 192.168.0.200)\n"
        "Asked:  relay 2: off\n"
        "Date:   2026-11-21 16:49:02 +0100\n"
        "Relay:  2 (backup_disk): off, was on\n")
    assert {key: told[key] for key in ("total", "ok", "changed", "failed", "not_attempted")} == {
        "total": 1, "ok": 1, "changed": 1, "failed": 0, "not_attempted": 0}


def test_one_device_that_was_not_switched_and_why():
    told = report([failure("unverified", msg="garage (192.168.0.200:17494): its coil reads on.", relays={"2": STILL_ON})])
    assert told["subject"] == "External WD USB disk is not powered off"
    assert told["text"].startswith("External WD USB disk is not powered off.\n\nWhy:    garage (192.168.0.200:17494): its coil reads on.\n")
    assert "its coil reads on" in told["html"]
    assert (told["ok"], told["failed"]) == (0, 1)


def test_one_device_of_which_it_is_not_known():
    told = report([failure(changed=True, relays={"2": UNKNOWN})])
    assert told["subject"] == "External WD USB disk is not known to be powered off"
    assert told["text"] == (
        "External WD USB disk is not known to be powered off.\n\n"
        "Why:    garage (192.168.0.200:17494) did not answer.\n"
        "Board:  garage (eth008 at 192.168.0.200)\n"
        "Asked:  relay 2: off\n"
        "Date:   2026-11-21 16:49:02 +0100\n"
        "Relay:  2 (backup_disk): unknown, was on\n")
    assert "did not answer" in told["html"]
    assert (told["ok"], told["changed"], told["failed"]) == (0, 0, 1)


def test_what_was_so_already():
    told = report([outcome(changed=False, relays={"2": {"name": None, "state": "off", "was": "off"}})])
    assert told["subject"] == "External WD USB disk is powered off"
    assert "It was off already; nothing was switched." in told["text"]
    assert told["text"].endswith("2: off\n")
    assert told["changed"] == 0


@pytest.mark.parametrize("changes, sentence", [
    ({"state": "on"}, "is powered on"),
    ({"state": True}, "is powered on"),
    ({"state": False, "ok": False, "relays": {"2": STILL_ON}}, "is not powered off"),
    ({"state": "on", "ok": False, "relays": {"2": UNKNOWN}, "error": {"kind": "closed"}}, "is not known to be powered on"),
    ({"ok": False, "relays": {}, "error": {"kind": "unreachable"}}, "is not known to be powered off"),
    ({"ok": False, "relays": {"2": STILL_ON, "3": UNKNOWN}}, "is not known to be powered off"),
    ({"ok": False, "relays": {"2": STILL_ON}, "error": {"kind": "locked"}}, "is not powered off"),
    ({"ok": False, "error": {"kind": "unverified"}}, "is not known to be powered off"),  # reads off, but never acknowledged
    ({"state": "pulsed", "duration": 0.5}, "was pulsed"),
    ({"state": "pulsed", "ok": False}, "was not pulsed"),
    ({"state": "pulsed", "ok": False, "changed": False, "relays": {}, "error": {"kind": "unreachable"}}, "was not pulsed"),
    ({"state": "pulsed", "ok": False, "changed": False, "relays": {"2": UNKNOWN}, "error": {"kind": "refused"}}, "was not pulsed"),
    ({"state": "pulsed", "ok": False, "error": {"kind": "unverified"}}, "is not known to have been pulsed"),
    ({"state": "cycled"}, "was power-cycled"),
    ({"state": "cycled", "ok": False, "changed": False, "relays": {"2": STILL_ON}}, "was not power-cycled"),
    ({"state": "cycled", "ok": False}, "is OFF: it was switched off and did not come back"),
    ({"state": "cycled", "ok": False, "relays": {"2": UNKNOWN}, "error": {"kind": "closed"}},
     "may be off: it was told to switch off, and is not known to have come back"),
    ({"state": "", "ok": False}, "was not switched"),
    ({"relays": {"2": {"name": None, "state": "unknown", "was": "unknown"}}}, "was told to power off, but cannot be read back"),
])
def test_sentences(changes, sentence):
    assert report([outcome(**changes)])["subject"] == f"{DISK} {sentence}"


def test_check_mode_says_so():
    told = report([outcome(check=True)])
    assert told["subject"] == "Check: External WD USB disk would be powered off"
    assert "2 (backup_disk): would be off, was on" in told["text"]
    assert report([failure(check=True)])["subject"] == "Check: External WD USB disk would not be powered off"


@pytest.mark.parametrize("changes, device", [
    ({}, "Relay 2 (backup_disk) of garage"),
    ({"relays": {}, "relay": "2,3"}, "Relays 2, 3 of garage"),
    ({"relays": {}, "relay": ["amplifier"]}, "Relay amplifier of garage"),
    ({"relay": "all"}, "All relays of garage"),
    ({"relays": {}, "relay": ""}, "garage"),
])
def test_devices_without_a_text_of_their_own(changes, device):
    verb = "are" if "elays" in device else "is"
    assert report([outcome(device="", **changes)])["subject"] == f"{device} {verb} powered off"


def test_many_devices():
    outcomes = [outcome(host=f"tv{number}", changed=number != 9) for number in range(1, 11)]
    outcomes += [failure("unreachable", host="tv11", msg="tv11 (10.0.0.11:23) cannot be reached."), failure(host="tv12"), failure(host="tv13")]
    told = report(outcomes, [f"tv{number}" for number in range(1, 15)])
    assert told["subject"] == "3 of 14 devices are not known to be powered off, 1 was not attempted"
    assert told["text"] == """\
3 of 14 devices are not known to be powered off, 1 was not attempted.

Changed:        9
So already:     1
Failed:         3
Not attempted:  1
Device:         External WD USB disk
Asked:          relay 2: off
Date:           2026-11-21 16:49:02 +0100

FAILED, AND WHY (3)

No answer in time (2)
  tv12, tv13
    garage (192.168.0.200:17494) did not answer.

Cannot be reached (1)
  tv11
    tv11 (10.0.0.11:23) cannot be reached.

NOT ATTEMPTED (1)

  tv14
    The run did not come to these; what state they are in is not known.

CHANGED (9)

  tv1, tv2, tv3, tv4, tv5, tv6, tv7, tv8, tv10

SO ALREADY (1)

  tv9
"""
    assert {key: told[key] for key in ("total", "ok", "changed", "failed", "not_attempted")} == {
        "total": 14, "ok": 10, "changed": 9, "failed": 3, "not_attempted": 1}


def test_several_devices_of_one_host_are_told_apart():
    told = report([outcome(), outcome(device="Amplifier")])
    assert told["subject"] == "All 2 devices are powered off"
    assert "garage (External WD USB disk), garage (Amplifier)" in told["text"]


@pytest.mark.parametrize("outcomes, hosts, subject", [
    ([], [], "No device was attempted"),
    ([], ["garage"], "garage was not attempted"),
    ([], ["a", "b"], "2 of 2 devices were not attempted"),
    ([outcome()], ["garage", "b"], "1 of 2 devices was not attempted"),
    ([outcome(), outcome(state="on")], [], "All 2 devices were switched"),
    ([outcome(), failure()], [], "1 of 2 devices is not known to be powered off"),
    ([outcome(), failure(relays={"2": STILL_ON})], [], "1 of 2 devices is not powered off"),
    ([failure(relays={"2": STILL_ON}), failure(), failure()], ["b"], "1 of 4 devices is not powered off, 2 are not known to be, 1 was not attempted"),
    ([failure(relays={"2": STILL_ON}), failure(state="on")], [], "1 of 2 devices was not switched, 1 is not known to have been"),
    ([failure("unverified", state="pulsed"), failure("refused", state="pulsed")], [], "1 of 2 devices was not pulsed, 1 is not known to have been"),
    ([failure(check=True), failure(check=True)], [], "Check: 2 of 2 devices would not be powered off"),
    ([outcome(), outcome(relays={"2": {"state": "unknown"}})], [], "All 2 devices are powered off, as far as is known: 1 cannot be read back"),
])
def test_totals(outcomes, hosts, subject):
    assert report(outcomes, hosts)["subject"] == subject


def cycled(now, was="on", told=("off", "on"), seen=("on", "off", "on"), state="cycled", **more):
    return {"name": None, "state": now, "was": was, state: {"seconds": 0.5, "told": list(told), "seen": list(seen)}, **more}


def pulsed(now, was="off", told=("on", "off"), seen=("off", "on", "off")):
    return cycled(now, was, told, seen, "pulsed")


@pytest.mark.parametrize("relay, ok, sentence, row", [
    (cycled("on"), True, "was power-cycled (0.5 s)", "was power-cycled (0.5 s), reads on"),
    (cycled("on", "off", ["on"], ["off", "on"]), True, "was switched on (it was off before)", "was switched on (it was off before), reads on"),
    (cycled("unknown", "unknown", seen=[]), True, "was told to power-cycle (0.5 s), but cannot be read back",
     "was told to power-cycle (0.5 s), reads unknown"),
    (cycled("off", told=["off"], seen=["on", "off"]), False, "is OFF: it was switched off and did not come back",
     "off, was on (told: off; seen: on, off)"),
    (cycled("off", "off", ["on"], ["off"]), False, "is OFF, as before: it was not switched on", "off (told: on; seen: off)"),
    (cycled("off", "on", [], ["on", "off"]), False, "is OFF, and was on before", "off, was on"),
    (cycled("unknown", told=["off"], seen=["on", "off"]), False, "may be off: it was switched off, and is not known to have come back",
     "unknown, was on (told: off; seen: on, off)"),
    (cycled("unknown", seen=["on"]), False, "may be off: it was told to switch off, then told to switch on, and is not known to have come back",
     "unknown, was on (told: off, on; seen: on)"),
    (cycled("unknown", "off", ["on"], ["off"]), False, "may be off: it was off before, and is not known to have been switched on",
     "unknown, was off (told: on; seen: off)"),
    (cycled("on", seen=["on"]), False, "is on, and is not known to have been power-cycled", "on (told: off, on; seen: on)"),
    (cycled("on"), False, "was power-cycled and is on; not all went as it should", "on (told: off, on; seen: on, off, on)"),
    (cycled("on", told=[], seen=["on"]), False, "was not power-cycled", "on"),
    (pulsed("off"), True, "was pulsed (0.5 s)", "was pulsed (0.5 s), reads off"),
    (pulsed("on", told=["pulsed"], seen=["off", "on"]), True, "was pulsed (0.5 s)", "was pulsed (0.5 s), read on while it lasted"),
    (pulsed("off", told=["pulsed"], seen=["off"]), True, "was told to pulse (0.5 s)", "was told to pulse (0.5 s), reads off"),
    (pulsed("on", "on", ["pulsed"], ["on"]), True, "was told to pulse (0.5 s; it was on before, and is expected to be off afterwards)",
     "was told to pulse (0.5 s; it was on before, and is expected to be off afterwards), reads on"),
    (pulsed("off", "on", ["pulsed"], ["on", "off"]), True, "was told to pulse (0.5 s; it was on before)",
     "was told to pulse (0.5 s; it was on before), reads off"),
    (pulsed("on", "unknown", ["pulsed"], ["on"]), True, "was told to pulse (0.5 s)", "was told to pulse (0.5 s), reads on"),
    (pulsed("off", "on", ["off"], ["on", "off"]), True, "was switched off (it was on before)", "was switched off (it was on before), reads off"),
    (pulsed("on", told=["on"], seen=["off", "on"]), False, "is ON: it was switched on and did not go off", "on, was off (told: on; seen: off, on)"),
    (pulsed("unknown", told=["on"], seen=["off", "on"]), False, "may still be on: it was switched on, and is not known to have gone off",
     "unknown, was off (told: on; seen: off, on)"),
    (pulsed("unknown", told=["pulsed"], seen=["off"]), False, "is not known to have been pulsed", "unknown, was off (told: pulsed; seen: off)"),
])
def test_loads_that_were_to_be_so_for_a_while(relay, ok, sentence, row):
    state = "cycled" if "cycled" in relay else "pulsed"
    told = report([outcome(state=state, duration=0.5, ok=ok, relays={"2": relay}, error={} if ok else {"kind": "closed", "outcome": "unknown"})])
    assert told["subject"] == f"{DISK} {sentence}"
    assert " ".join(told["text"].split()).startswith(f"{DISK} {sentence}. ") and f"Relay:  2: {row}" in told["text"].replace("\n" + " " * 8, " ")
    assert f"Asked:  relay 2: {state} for 0.5 s\n" in told["text"]
    assert f"{DISK} {sentence}" in told["html"]


def test_what_a_task_warned_of_is_told_as_remarks():
    """Of one device as a fact, beside what else is to be remarked; of many as a section, without the address."""
    def warned(number, words="model lc_tech cannot be read back.", **more):
        return outcome(host=f"web{number}", device="", warnings=[f"web{number} (10.0.0.{number}:1): {words}"], **more)

    assert "\nRemark:  It was off already; nothing was switched. web1 (10.0.0.1:1): model lc_tech cannot be" in (
        " ".join(report([warned(1, changed=False)])["text"].replace("\n" + " " * 9, " ").split(" ")))
    told = report([warned(1), warned(2), outcome(host="web3"), warned(4, "a\x1bb", ok=False, msg="no.")])
    assert told["text"].endswith("\n\nREMARKS\n\n  web1 (relay 2), web2 (relay 2)\n    model lc_tech cannot be read back.\n  web4 (relay 2)\n    a\\eb\n")
    assert "\x1b" not in str(told) and "web1 (10.0.0.1:1): model lc_tech cannot be read back." in told["csv"], told["csv"]


@pytest.mark.parametrize("device, relays, subject", [
    ("", {"1": cycled("off"), "2": cycled("off")}, "Relays 1, 2 of garage are OFF: they were switched off and did not come back"),
    ("", {"1": cycled("on"), "2": cycled("off", name="web2")}, "Relay 2 (web2) of garage is OFF: it was switched off and did not come back"),
    ("Rack", {"1": cycled("unknown"), "2": cycled("off")}, "Rack (relay 2) is OFF: it was switched off and did not come back"),
    ("Rack", {"1": cycled("off"), "2": cycled("off")}, "Rack is OFF: it was switched off and did not come back"),
])
def test_of_several_relays_the_worst_stands_in_the_headline(device, relays, subject):
    assert report([outcome(device=device, relay="1,2", state="cycled", ok=False, relays=relays)])["subject"] == subject


def test_several_devices_that_did_not_come_back():
    def web(number, relay, **more):
        return outcome(host=f"web{number}", device="", state="cycled", duration=0.5, relays={"2": relay}, **more)

    def lost(number, relay, kind="refused"):
        return web(number, relay, ok=False, msg=f"web{number} (10.0.0.{number}:1): relay 2 is so.",
                   error={"kind": kind, "stage": "write", "outcome": "unknown"})

    good = [web(5, cycled("on")), web(6, cycled("on"))]
    told = report([*good, lost(1, cycled("off")), lost(2, cycled("off")), lost(3, cycled("unknown"), "timeout"),
                   lost(4, cycled("on", told=[], seen=["on"]), "busy")])
    assert told["subject"] == "2 of 6 devices are OFF: web1, web2; 1 may be off: web3; 1 was not power-cycled"
    assert " ".join(told["text"].split()).startswith(f"{told['subject']}. ")
    assert "Refused (2)\n  web1 (10.0.0.1:1), web2 (10.0.0.2:1)\n    relay 2 is so.\n" in told["text"]
    assert report([*good, lost(1, cycled("off"))])["subject"] == "1 of 3 devices is OFF: web1"
    assert report(good)["subject"] == "All 2 devices were power-cycled (0.5 s)"
    was_off = web(7, cycled("on", "off", ["on"], ["off", "on"]))
    mixed = report([*good, was_off])
    assert mixed["subject"] == "All 3 devices are done, 2 were power-cycled (0.5 s), 1 was switched on (it was off before)"
    assert "CHANGED: WAS SWITCHED ON (IT WAS OFF BEFORE) (1)\n\n  web7\n" in mixed["text"]


@pytest.mark.parametrize("changes", [
    {"state": ""}, {"state": "cycled"}, {"state": "off", "relay": 9}, {"state": "pulsed", "relay": "nix"},
])
def test_what_was_asked_wrongly_is_told_in_one_way(changes):
    wrong = {"ok": False, "changed": False, "relays": {}, "error": {"kind": "invalid", "stage": "options", "outcome": "nothing"}, **changes}
    told = report([outcome(**wrong)])
    assert told["subject"] == f"{DISK} was not switched" and "Remark:  Nothing was sent.\n" in told["text"].replace("   Not", " Not").replace("    ", "  ")
    many = report([outcome(**wrong), outcome(host="attic", **wrong), outcome(host="shed")])
    assert many["subject"] == "2 of 3 devices were not switched" and "Cannot be done as asked (2): nothing was sent\n" in many["text"]


@pytest.mark.parametrize("kind, stage, result, head", [
    ("refused", "read", "nothing", "Not done (40): nothing was sent"),
    ("unreachable", "connect", "nothing", "Cannot be reached (40): nothing was sent"),
    ("refused", "write", "nothing", "Refused (40): nothing was changed"),
    ("timeout", "read", "nothing", "No answer in time (40): nothing was changed"),
    ("refused", "write", "unknown", "Refused (40)"),
])
def test_many_with_one_reason(kind, stage, result, head):
    """B11: one text, how many, the first few; all of them below."""
    error = {"kind": kind, "stage": stage, "outcome": result}

    def words(number):
        return f"tv{number} (10.0.0.{number}:9761): volume can only be set while power is on, and it is off."

    names = [f"tv{number}" for number in range(1, 41)]
    by_fleet = report(fleet({f"tv{number}": failed(words(number), error=error) for number in range(1, 41)}))
    by_role = report([outcome(host=f"tv{number}", ok=False, relays={}, error=error, msg=words(number)) for number in range(1, 41)])
    for told in (by_fleet, by_role):
        assert f"\n{head}\n  tv1, tv2, tv3, tv4, tv5 and 35 more\n    volume can only be set while power is on, and it is off.\n" in told["text"]
        assert told["text"].count("volume can only") == told["html"].count("volume can only") == 1 and "tv1, tv2, tv3, tv4, tv5 and 35 more" in told["html"]
        assert f"{', '.join(names)}" in " ".join(told["text"].split()) and ", ".join(names) in told["html"]


def test_a_fleet_whose_loads_did_not_come_back():
    def result(relay, **more):
        return {"changed": True, "model": "eth008", "relays": {"2": relay}, **more}

    def lost(name, relay):
        return result(relay, failed=True, msg=f"{name} (10.0.0.1:1): relay 2 is so.", error={"kind": "refused", "stage": "write", "outcome": "unknown"})

    told = report(fleet({"a": result(cycled("on")), "b": lost("b", cycled("off")), "c": lost("c", cycled("unknown")), "d": failed("d is away.")}))
    assert told["subject"] == "1 of 4 devices is OFF: b; 1 may be off: c; 3 of 4 devices failed, 1 was changed"
    assert told["text"].startswith("1 of 4 devices is OFF: b; ") and "relay 2: was power-cycled (0.5 s), reads on (1)\n  a\n" in told["text"]
    assert report(fleet({"b": lost("b", cycled("off"))}))["subject"] == "b is OFF: it was switched off and did not come back"
    assert report(fleet({"b": result(pulsed("off"))}))["subject"] == "b was pulsed (0.5 s)"
    many = {f"b{number}": lost(f"b{number}", cycled("off")) for number in range(101)}
    rows = list(csv.reader(io.StringIO(report(fleet(many))["csv"])))
    assert rows[1][2] == "relay 2: off, was on (told: off, on; seen: on, off, on)"


def test_what_was_told_is_not_told_again():
    first, second = outcome(device="Pump", state="on"), outcome(device="Pump", state="off")
    told = report([first], ["garage"], to="ann")
    assert not told["again"] and told["told"] == {"garage": {"first": 0, "next": 1, "to": ["ann"]}}
    same = report([first], ["garage"], told=told["told"], to="ann")
    assert same["again"] and same["subject"] == told["subject"] and same["ok"] == 1
    other = report([first], ["garage"], told=told["told"], to="bob")
    assert not other["again"] and other["subject"] == told["subject"]
    new = report([first, second], ["garage", "shed"], told=other["told"], to="bob")
    assert new["subject"] == "1 of 2 devices was not attempted" and new["told"] == {"garage": {"first": 1, "next": 2, "to": ["bob"]}}
    assert report([first, second], ["garage"], told=new["told"], to="ann")["subject"] == "Pump is powered off"
    assert not report([], ["garage"], told=new["told"], to="ann")["again"]


def test_text_from_outside_stays_text():
    evil = "<script>\r\nBcc: eve@example.org\x1b[2J\u2028"
    told = report([failure(device=evil, msg=evil, address=evil)])
    assert told["subject"] == "<script>\\r\\nBcc: eve@example.org\\e[2J\\u2028 is not known to be powered off"
    assert "\x1b" not in told["text"] and "\r" not in told["text"]
    assert "<script>" not in told["html"] and "&lt;script&gt;" in told["html"]
    assert "<script>" not in report([failure(device=evil, msg=evil), failure(host="<b>")], ["<i>"])["html"]


def test_a_long_text_does_not_make_a_long_subject():
    assert len(report([outcome(device="x" * 5000)])["subject"]) == 150


@pytest.mark.parametrize("results, words", [
    ([outcome(relays=["2"])], "garage: relays is ['2']; expected keys and values."),
    ([outcome(error="timeout")], "garage: error is 'timeout'; expected keys and values."),
    ([outcome(relays={"2": {"pulsed": {"told": 1}}})], "garage: relay 2: pulsed: told is 1; expected a list."),
    ([outcome(relays={"2": {"cycled": {"seconds": "2"}}})], "garage: relay 2: cycled: seconds is '2'; expected a number."),
    ({"hosts": {"tv1": "on"}}, "tv1 is 'on'; expected keys and values, as tasks return them."),
    ({"hosts": {"tv1": {"warnings": 1}}}, "tv1: warnings is 1; expected a list."),
    ({"hosts": {}, "summary": {"seconds": "1.5"}}, "what module fleet returned: summary: seconds is '1.5'; expected a number."),
])
def test_what_no_task_returns_is_refused_with_its_place(results, words):
    with pytest.raises(AnsibleFilterError) as raised:
        report(results)
    assert str(raised.value) == f"report: {words}"


def test_what_a_task_did_not_say_is_not_told():
    relays = {"2": {"pulsed": {}, "state": "on"}, "3": None}
    assert report([outcome(ok=False, state="pulsed", relays=relays, error=None)])["failed"] == 1


def test_lines_stay_short_with_thousands_of_hosts():
    told = report([failure(host=f"tv{number}", device=f"Television {number}") for number in range(3000)], [f"tv{number}" for number in range(6000)])
    assert told["subject"] == "3000 of 6000 devices are not known to be powered off, 3000 were not attempted"
    assert max(map(len, told["text"].splitlines())) <= 76


@pytest.mark.parametrize("results, hosts, message", [
    ("garage", [], "expected what tasks for devices or module bytewire.devices.fleet returned, .* or outcomes of role .*, not str"),
    ([{"ok": True}], [], "with at least host and ok"),
    ([], "garage", "expected a list for hosts, not str"),
])
def test_what_is_no_outcome_is_refused(results, hosts, message):
    with pytest.raises(AnsibleFilterError, match=message):
        report(results, hosts)


def fleet(hosts, **summary):
    return {"changed": True, "hosts": hosts, "summary": {"hosts": len(hosts), "seconds": 1.4, **summary}, "failed_hosts": []}


def switched(now="off", was="on", **more):
    return {"changed": now != was, "model": "eth008", "relays": {"2": {"name": "backup_disk", "state": now, "was": was}}, **more}


def failed(msg, kind="timeout", stage="read", **more):
    return {"changed": False, "failed": True, "msg": msg, "error": {"kind": kind, "stage": stage}, **more}


LATE = "Not attempted: the deadline of 5 s for the whole fleet came before."


def test_a_fleet():
    told = report(fleet({
        "tv10": switched(), "tv2": switched(), "tv1": switched(was="off"), "tv3": failed("tv3 (10.0.0.3:23) did not answer."),
        "tv4": failed("tv4 (10.0.0.4:23) cannot be reached.", "unreachable", "connect"),
        "tv5": failed("tv5 (10.0.0.5:23) did not answer.", relays={}), "tv6": failed(LATE, "unreachable", "fleet"),
        "tv7": failed(LATE, "unreachable", "fleet"), "tv8": switched(warnings=["tv8 (10.0.0.8:23): model x cannot be read back."])}))
    assert told["subject"] == "3 of 9 devices failed, 2 were not attempted, 3 were changed"
    assert told["text"] == """\
3 of 9 devices failed, 2 were not attempted, 3 were changed.

Devices:        9
Changed:        3
Unchanged:      1
Failed:         3
Not attempted:  2
Took:           1.4 s

FAILED, AND WHY (3)

No answer in time (2)
  tv3 (10.0.0.3:23), tv5 (10.0.0.5:23)
    did not answer.

Cannot be reached (1)
  tv4
    tv4 (10.0.0.4:23) cannot be reached.

NOT ATTEMPTED (2)

  tv6, tv7
    Not attempted: the deadline of 5 s for the whole fleet came before.

CHANGED (3)

relay 2 (backup_disk): off, was on (3)
  tv2, tv8, tv10

UNCHANGED (1)

relay 2 (backup_disk): off (1)
  tv1

REMARKS

  tv8
    model x cannot be read back.
"""
    assert {key: told[key] for key in ("total", "ok", "changed", "failed", "not_attempted", "cut")} == {
        "total": 9, "ok": 4, "changed": 3, "failed": 3, "not_attempted": 2, "cut": False}


@pytest.mark.parametrize("result, words", [
    (switched(), "relay 2 (backup_disk): off, was on (2)"),
    ({"changed": True, "settings": {"power": {"state": "on", "was": "unknown"}, "volume": {"state": 12, "was": 12}}}, "power: on, was unknown (2)"),
    ({"changed": False, "settings": {"power": {"state": "on", "was": "on"}, "volume": {"state": 12, "was": 12}}}, "power: on; volume: 12 (2)"),
    ({"changed": False, "relays": {"1": {"name": None, "state": "on"}}, "settings": {"power": "on"}}, "relay 1: on; power: on (2)"),
    ({"changed": True, "reply": "READY\r\n", "replies": []}, "reply: READY (2)"),
    ({"changed": True, "reply": None, "replies": []}, "Done (2)"),
])
def test_what_each_module_returns(result, words):
    told = report(fleet({"a": result, "b": dict(result)}))
    assert f"\n{words}\n  a, b\n" in told["text"]
    assert told["subject"] == "All 2 devices are done, " + ("2 were changed" if result["changed"] else "nothing was changed")


def test_devices_that_answer():
    answers = {"changed": False, "ping": "pong", "msg": "a (10.0.0.1:23): connected in 0.4 ms."}
    told = report(fleet({"a": answers, "b": dict(answers)}))
    assert told["subject"] == "All 2 devices answer" and "\nDone (2)\n  a, b\n" in told["text"]
    assert report(fleet({"a": answers}))["subject"] == "a answers"
    assert report(fleet({"a": answers, "b": failed("b did not answer.")}))["subject"] == "1 of 2 devices failed, nothing was changed"


@pytest.mark.parametrize("result, check, subject", [
    (switched(), False, "tv1 was changed"),
    (switched(), True, "Check: tv1 would be changed"),
    (switched(was="off"), False, "tv1 is done, nothing was changed"),
    (failed("No."), False, "tv1 failed"),
    (failed(LATE, "unreachable", "fleet"), False, "tv1 was not attempted"),
])
def test_a_fleet_of_one(result, check, subject):
    assert report(fleet({"tv1": result}), check=check)["subject"] == subject


def test_a_fleet_in_check_mode():
    told = report(fleet({"a": switched(), "b": switched()}), check=True)
    assert told["subject"] == "Check: All 2 devices are done, 2 would be changed"
    assert "WOULD CHANGE (2)\n\nrelay 2 (backup_disk): would be off, was on (2)\n  a, b\n" in told["text"]


def test_fleets_of_several_gateways():
    told = report([fleet({"a": switched()}), fleet({"b": failed("b is away.")}, seconds=3)], ["a", "b", "c"])
    assert told["subject"] == "1 of 3 devices failed, 1 was not attempted, 1 was changed" and "Took:           3 s\n" in told["text"]
    assert "NOT ATTEMPTED (1)\n\n  c\n    The run did not come to these" in told["text"]


def test_a_fleet_that_failed_before_it_knew_its_hosts():
    gone = failed("The gateway site-12 failed to run fleet: No route to host", "unreachable", "gateway")
    told = report(gone, ["tv1", "tv2"])
    assert told["subject"] == "2 of 2 devices failed" and (told["ok"], told["failed"], told["not_attempted"]) == (0, 2, 0)
    assert "Outcome unknown (2)\n  tv1, tv2\n    The gateway site-12 failed to run fleet: No route to host\n" in told["text"]
    assert report(gone)["subject"] == "The fleet failed" and report(gone)["failed"] == 1
    refused = report(failed("fleet: concurrency is 0.", "invalid", "options"), ["tv1", "tv2"])
    assert refused["subject"] == "2 of 2 devices were not attempted, nothing was changed" and refused["not_attempted"] == 2


@pytest.mark.parametrize("kind, stage, subject, head, cell", [
    ("unreachable", "gateway", "150 of 200 devices failed", "Outcome unknown (150)", "failed, outcome unknown"),
    ("invalid", "defect", "150 of 200 devices failed", "Outcome unknown (150)", "failed, outcome unknown"),
    ("unreachable", "connect", "150 of 200 devices failed, nothing was changed", "Cannot be reached (150)", "failed"),
    ("invalid", "gateway", "150 of 200 devices were not attempted, nothing was changed", "", "not attempted"),
    ("unreachable", "fleet", "150 of 200 devices were not attempted, nothing was changed", "", "not attempted"),
])
def test_whether_something_was_changed_is_said_where_it_is_known(kind, stage, subject, head, cell):
    """A gateway whose connection breaks may have switched some; one that refuses to begin has not."""
    hosts = {f"tv{number}": switched(was="off") if number % 4 == 0 else failed("The gateway site-12 failed.", kind, stage) for number in range(200)}
    told = report(fleet(hosts))
    assert told["subject"] == subject and (told["text"].startswith(subject + ".\n") and head in told["text"] and head in told["html"])
    assert list(csv.reader(io.StringIO(told["csv"])))[2] == ["tv1", cell, "", kind, "The gateway site-12 failed.", "", "", "", ""]
    assert (told["failed"], told["not_attempted"]) == ((0, 150) if cell == "not attempted" else (150, 0))


def test_what_failed_in_the_middle_keeps_nothing_from_being_changed():
    told = report(fleet({"a": failed("a did not answer.", changed=True), "b": switched(was="off")}))
    assert told["subject"] == "1 of 2 devices failed" and told["changed"] == 0


def test_remarks_of_many_are_one():
    words = "did what it was told, as reading shows, but did not acknowledge it as expected: "
    hosts = {f"tv{number}": switched(warnings=[f"tv{number} (10.0.0.{number}:23) {words}tv{number} (10.0.0.{number}:23) closed the connection."])
             for number in range(1, 4)}
    text = report(fleet(hosts))["text"]
    assert text.split("REMARKS")[1].split() == f"tv1, tv2, tv3 {words}it closed the connection.".split()


def test_ten_thousand_hosts_make_a_readable_mail():
    hosts = {f"tv{number}": switched() if number % 4 else switched(was="off") for number in range(10000)}
    hosts.update({f"tv{number}": failed(f"tv{number} did not answer.") for number in range(0, 10000, 10)})
    hosts.update({f"tv{number}": failed(LATE, "unreachable", "fleet") for number in range(1, 10000, 10)})
    told = report(fleet(hosts))
    assert told["subject"] == "1000 of 10000 devices failed, 1000 were not attempted, 6000 were changed"
    assert len(told["text"].splitlines()) < 120 and max(map(len, told["text"].splitlines())) <= 76 and len(told["html"]) < 20000
    assert "  tv190\n    tv190 did not answer.\n  and 980 more\n" in told["text"]
    assert "tv991 and 900 more\n    Not attempted: the deadline" in told["text"] and "<td" in told["html"] and "and 980 more" in told["html"]
    rows = list(csv.reader(io.StringIO(told["csv"])))
    assert rows[0] == ["host", "result", "details", "kind", "message", "model", "address", "relay 2", "relay 2, was"] and len(rows) == 10001
    assert rows[1] == ["tv0", "failed", "", "timeout", "tv0 did not answer.", "", "", "", ""]
    assert rows[2] == ["tv1", "not attempted", "", "unreachable", LATE, "", "", "", ""]
    assert rows[3] == ["tv2", "changed", "relay 2 (backup_disk): off, was on", "", "", "eth008", "", "off", "on"]
    assert rows[5] == ["tv4", "unchanged", "relay 2 (backup_disk): off", "", "", "eth008", "", "off", "off"]


def test_as_many_answers_as_hosts_are_cut_too():
    told = report(fleet({f"unit{number}": {"changed": True, "reply": f"SERIAL {number}"} for number in range(50)}))
    assert "reply: SERIAL 19 (1)\n  unit19\n\nOthers (30)\n  unit20, unit21" in told["text"]
    assert '"unit49","changed","reply: SERIAL 49","","","","","SERIAL 49"' in told["csv"]


@pytest.mark.parametrize("text, cell", [
    ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
    ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\uff1dcmd", "'\uff1dcmd"),
    ("\t\r\n =1", "'=1"), ("a\r\nb,c", "a\\r\\nb,c"), ("OK;=1", "OK;'=1"), ("OK; \"=1", "OK; \"'=1"), ("\"=1", "\"'=1"), ("a=1, b-c", "a=1, b-c"),
])
def test_no_cell_is_a_formula(text, cell):
    told = report(fleet({**{f"tv{number}": failed("x") for number in range(101)}, "\n=1": failed(text, text, relays={text: {"state": text}})}))
    evil = next(row for row in csv.reader(io.StringIO(told["csv"])) if "1" in row[0][:3])
    assert evil[0] == "'=1" and evil[3:5] == [cell, cell] and evil[7] == cell
    assert len(told["csv"].splitlines()) == 103


def test_hostile_text_in_a_fleet_stays_text():
    evil = "<script>\r\nBcc: eve@example.org\x1b[2J\u2028"
    hosts = {evil: failed(evil, evil), "b": {"changed": True, "settings": {evil: {"state": evil, "was": evil + "x"}}, "warnings": [evil]},
             "c": {"changed": False, "reply": evil}}
    told = report([fleet(hosts)])
    assert "<script>" not in told["html"] and told["html"].count("&lt;script&gt;") >= 6
    assert "\x1b" not in told["text"] + told["html"] and "\r" not in told["text"] and "\n" not in told["subject"]
    assert report(fleet({evil: failed(evil)}))["subject"] == "<script>\\r\\nBcc: eve@example.org\\e[2J\\u2028 failed"


def test_a_long_message_is_cut_and_in_the_csv():
    told = report(fleet({"a": failed("x" * 1500), "b": switched()}))
    assert "x" * 501 not in told["text"] and "x" * 1500 in told["csv"]


@pytest.mark.parametrize("results", [fleet({"a": switched()}, seconds=1)["summary"], [fleet({}), {"host": "a", "ok": True}], [[]]])
def test_what_is_neither_outcome_nor_fleet_is_refused(results):
    with pytest.raises(AnsibleFilterError, match="expected"):
        report(results)


def test_what_a_device_says_never_begins_a_line_of_the_mail():
    reply = f"READY {'-' * 80} FAILED, AND WHY (1) {'-' * 60} {'-' * 60} u7: the door is open."
    result = {"changed": True, "reply": reply, "replies": [{"command": "STATUS", "reply": reply}]}
    text = report(fleet({"a": result, "b": dict(result)}))["text"]
    assert "\n    FAILED, AND WHY (1)\n" in text and "\n    " in text.split("reply: READY", 1)[1]
    assert not any(line.startswith(("FAILED", "-", "u7", "open")) for line in text.splitlines())

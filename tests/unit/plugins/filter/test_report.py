# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.bytewire.devices.plugins.filter.report import report

DISK = "External WD USB disk"


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
        "Date:   2026-11-21 16:49:02 +0100\n"
        "Board:  garage (eth008 at 192.168.0.200)\n"
        "Relay:  2 (backup_disk): off, was on\n")
    assert {key: told[key] for key in ("total", "ok", "changed", "failed", "not_attempted")} == {
        "total": 1, "ok": 1, "changed": 1, "failed": 0, "not_attempted": 0}


def test_one_device_that_was_not_switched_and_why():
    told = report([failure()])
    assert told["subject"] == "External WD USB disk is not powered off"
    assert told["text"].startswith("External WD USB disk is not powered off.\n\nWhy:    garage (192.168.0.200:17494) did not answer.\n")
    assert "did not answer" in told["html"]
    assert (told["ok"], told["failed"]) == (0, 1)


def test_what_was_so_already():
    told = report([outcome(changed=False, relays={"2": {"name": None, "state": "off", "was": "off"}})])
    assert told["subject"] == "External WD USB disk is powered off"
    assert "It was off already; nothing was switched." in told["text"]
    assert told["text"].endswith("2: off\n")
    assert told["changed"] == 0


@pytest.mark.parametrize("changes, sentence", [
    ({"state": "on"}, "is powered on"),
    ({"state": True}, "is powered on"),
    ({"state": False, "ok": False}, "is not powered off"),
    ({"state": "pulsed", "duration": 0.5}, "was pulsed"),
    ({"state": "pulsed", "ok": False}, "was not pulsed"),
    ({"state": "pulsed", "ok": False, "error": {"kind": "unverified"}}, "is not known to have been pulsed"),
    ({"state": "cycled"}, "was power-cycled"),
    ({"state": "cycled", "ok": False}, "was not power-cycled"),
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
    assert report([outcome(device="", **changes)])["subject"] == f"{device} is powered off"


def test_many_devices():
    outcomes = [outcome(host=f"tv{number}", changed=number != 9) for number in range(1, 11)]
    outcomes += [failure("unreachable", host="tv11", msg="tv11 (10.0.0.11:23) cannot be reached."), failure(host="tv12"), failure(host="tv13")]
    told = report(outcomes, [f"tv{number}" for number in range(1, 15)])
    assert told["subject"] == "3 of 14 devices are not powered off, 1 was not attempted"
    assert told["text"] == """\
3 of 14 devices are not powered off, 1 was not attempted.

Device:         External WD USB disk
Changed:        9
So already:     1
Failed:         3
Not attempted:  1
Date:           2026-11-21 16:49:02 +0100


FAILED, AND WHY

No answer in time (2)
  tv12
    garage (192.168.0.200:17494) did not answer.
  tv13
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
    ([outcome(), failure()], [], "1 of 2 devices is not powered off"),
    ([outcome(), outcome(relays={"2": {"state": "unknown"}})], [], "All 2 devices are powered off, as far as is known: 1 cannot be read back"),
])
def test_totals(outcomes, hosts, subject):
    assert report(outcomes, hosts)["subject"] == subject


def test_text_from_outside_stays_text():
    evil = "<script>\r\nBcc: eve@example.org\x1b[2J\u2028"
    told = report([failure(device=evil, msg=evil, address=evil)])
    assert told["subject"] == "<script> Bcc: eve@example.org [2J is not powered off"
    assert "\x1b" not in told["text"] and "\r" not in told["text"]
    assert "<script>" not in told["html"] and "&lt;script&gt;" in told["html"]
    assert "<script>" not in report([failure(device=evil, msg=evil), failure(host="<b>")], ["<i>"])["html"]


def test_a_long_text_does_not_make_a_long_subject():
    assert len(report([outcome(device="x" * 5000)])["subject"]) == 150


def test_lines_stay_short_with_thousands_of_hosts():
    told = report([failure(host=f"tv{number}", device=f"Television {number}") for number in range(3000)], [f"tv{number}" for number in range(6000)])
    assert told["subject"] == "3000 of 6000 devices are not powered off, 3000 were not attempted"
    assert max(map(len, told["text"].splitlines())) <= 76


@pytest.mark.parametrize("results, hosts, message", [
    ("garage", [], "expected a list for the outcomes, not str"),
    ([{"ok": True}], [], "with at least host and ok"),
    ([], "garage", "expected a list for hosts, not str"),
])
def test_what_is_no_outcome_is_refused(results, hosts, message):
    with pytest.raises(AnsibleFilterError, match=message):
        report(results, hosts)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports of what single tasks returned, as it was registered."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.filter.report import report


def switched(label, relay=2, **others):
    return {"changed": True, "failed": False, "model": "eth008", "relays": {str(relay): {"name": None, "state": "off", "was": "on"}},
            "invocation": {"module_args": {"label": label, "host": "192.0.2.1", "relay": relay, "state": "off"}}, **others}


def mute(label, **others):
    return {"changed": False, "failed": True, "msg": f"{label} (192.0.2.9:17494) did not answer.",
            "error": {"kind": "timeout", "stage": "read", "outcome": "nothing"}, "invocation": {"module_args": {"label": label}}, **others}


def looped(*results):
    """What register keeps of a task with loop."""
    return {"changed": True, "failed": True, "msg": "One or more items failed", "skipped": False,
            "results": [{"item": f"secret-{number}", "ansible_loop_var": "item", **result} for number, result in enumerate(results)]}


def test_each_time_that_a_loop_ran():
    told = report(looped(switched("garage"), mute("shed"), {"skipped": True, "changed": False}))
    assert told["subject"] == "1 of 2 devices failed, 1 was changed"
    assert {key: told[key] for key in ("total", "ok", "changed", "failed", "not_attempted")} == {
        "total": 2, "ok": 1, "changed": 1, "failed": 1, "not_attempted": 0}
    assert "relay 2: off, was on" in told["text"] and "did not answer." in told["text"]


def test_a_device_that_a_loop_spoke_to_twice():
    told = report(looped(switched("garage", 1), switched("garage", 2), mute("garage")))
    assert told["total"] == 3 and "garage, item 2" in told["text"] and "garage, item 3" in told["text"] and "secret" not in told["text"]


def test_a_task_without_a_loop():
    assert report(switched("garage"))["subject"] == "garage was changed"
    assert report(mute("garage"))["subject"] == "garage failed"
    assert report(switched(None))["subject"] == "192.0.2.1 was changed"
    assert report({"changed": True, "model": "eth008", "relays": {}})["subject"] == "The device was changed"  # as ansible-core before 2.19 registers it
    several = report([switched("garage"), looped(mute("shed"))], ["garage", "shed", "barn"])
    assert (several["total"], several["changed"], several["failed"], several["not_attempted"]) == (3, 1, 1, 1)


def test_settings_and_answers():
    settings = {"changed": True, "settings": {"power": {"state": "on", "was": "off"}}, "invocation": {"module_args": {"label": "tv1", "settings": "power=on"}}}
    answer = {"changed": True, "reply": "OK 3", "invocation": {"module_args": {"label": "unit7", "command": "STATUS"}}}
    text = report(looped(settings, answer))["text"]
    assert "power: on, was off" in text and "reply: OK 3" in text


def test_an_item_that_failed_before_its_device_was_known():
    told = report(looped(switched("garage"), {"failed": True, "changed": False, "msg": "'nothing' is undefined"}))
    assert (told["total"], told["failed"]) == (2, 1) and "item 2" in told["text"]


def test_fleets_that_ran_in_a_loop():
    fleet = {"hosts": {"tv1": switched("tv1"), "tv2": mute("tv2")}, "summary": {"seconds": 1.5}, "invocation": {"module_args": {"module": "relay"}}}
    gone = {"failed": True, "msg": "fleet: there is no host. Nothing was sent.", "invocation": {"module_args": {"module": "relay"}}}
    told = report(looped(fleet, gone, {"skipped": True}))
    assert (told["total"], told["ok"], told["failed"]) == (2, 1, 1)
    assert report(gone)["total"] == 1


def test_what_is_no_result_of_a_device():
    with pytest.raises(AnsibleFilterError, match="or outcomes of role bytewire.devices.switch .*; item 1 is none of these"):
        report(looped({"changed": False, "stdout": "", "invocation": {"module_args": {"_raw_params": "true"}}}))
    with pytest.raises(AnsibleFilterError, match="not a dictionary with changed, stdout"):
        report({"changed": False, "stdout": ""})

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts that do not answer are cycled, how often, and what is told of it."""

from __future__ import annotations

import pytest

pytest.importorskip("ansible")

from ansible_collections.bytewire.devices.plugins.plugin_utils._watchdog import Decision, Rules, watched

RULES = Rules(rounds=3, cycles=2, rest=600, at_once=1)
SILENT = {"failed": True, "msg": "nas (192.0.2.9:22) cannot be reached: timed out.", "error": {"kind": "unreachable", "stage": "connect"}}
ANSWERS = {"ping": "pong"}
UNREAD = {"failed": True, "msg": "pdu (192.0.2.5:23) cannot be reached: timed out.", "error": {"kind": "unreachable", "stage": "connect"}}


def outlets(state):
    return {"pdu": {"relays": {"3": {"state": state, "name": "NAS"}, "4": {"state": "on", "name": None}}}}


class Site:
    """Runs, a minute apart unless told otherwise."""

    def __init__(self, *hosts, rules=RULES):
        self.watches = [watched(name, {"device": "pdu", "relay": relay}, "tcp/22") for name, relay in (hosts or [("nas", 3)])]
        self.rules, self.state, self.now = rules, {}, 1000.0

    def run(self, outlet="on", seconds=60.0, **checks):
        """(who is cycled, [what is told])"""
        self.now += seconds
        checks = {watch.name: checks.get(watch.name, SILENT) for watch in self.watches}
        first = Decision(self.watches, self.state, checks, None, self.rules, self.now)
        assert not first.cycles()
        read = {"pdu": UNREAD} if outlet is None else outlets(outlet)
        decision = Decision(self.watches, self.state, checks, read if first.ask else {}, self.rules, self.now)
        self.state = decision.state
        return decision.cycles(), [each["kind"] for each in decision.told]


def test_one_that_hangs_is_cycled_once():
    site = Site()
    assert [site.run() for dummy in range(2)] == [([], [])] * 2
    assert site.run() == ([{"name": "pdu", "options": {"relay": ["3"]}}], ["cycled"])
    assert site.run() == ([], [])
    assert site.run(nas=ANSWERS) == ([], ["back"])
    assert site.run(nas=ANSWERS) == ([], []) and [site.run() for dummy in range(2)] == [([], [])] * 2


def test_one_that_stays_dead_is_cycled_no_more_than_allowed():
    site = Site()
    told = [site.run() for dummy in range(60)]
    assert sum(bool(cycles) for cycles, dummy in told) == 2 and [kind for dummy, kinds in told for kind in kinds] == ["cycled", "cycled", "given up"]
    assert site.run(nas=ANSWERS)[1] == ["back"]


def test_it_rests_after_a_cycle():
    site = Site()
    runs = [bool(site.run()[0]) for dummy in range(20)]
    assert runs.index(True) == 2 and runs.index(True, 3) == 2 + 10 + 2


@pytest.mark.parametrize("outlet, kind", ((None, "unread"), ("unknown", "unread"), ("off", "off")))
def test_an_outlet_that_is_not_known_to_be_on_is_left_alone(outlet, kind):
    site = Site()
    told = [site.run(outlet) for dummy in range(8)]
    assert not any(cycles for cycles, dummy in told) and [kinds for dummy, kinds in told if kinds] == [[kind]]
    assert site.run("on")[1] == ["cycled"]


def test_a_mixture_of_states_is_left_alone():
    site = Site()
    site.watches = [watched("nas", {"device": "pdu", "relay": [3, 4]}, "tcp/22")]
    assert [site.run("off") for dummy in range(3)][-1] == ([], ["unread"])
    assert site.run("on")[0] == [{"name": "pdu", "options": {"relay": ["3", "4"]}}]


@pytest.mark.parametrize("stage", ("resolve", "fleet", "deadline", "lock", "options", "defect"))
def test_a_check_that_says_nothing_about_the_host_is_no_failure(stage):
    site, ours = Site(), {"failed": True, "msg": "The name cannot be resolved.", "error": {"kind": "unreachable", "stage": stage}}
    assert [site.run(nas=ours)[1] for dummy in range(5)] == [["unclear"], [], [], [], []]
    assert site.state["nas"]["failed"] == 0


def test_many_at_once_are_the_network():
    site = Site(("nas", 3), ("web", 4), ("db", 5))
    told = [site.run() for dummy in range(5)]
    assert not any(cycles for cycles, dummy in told) and told[2][1] == ["crowd"] * 3 and told[3][1] == []
    assert site.run(web=ANSWERS, db=ANSWERS)[0] == [{"name": "pdu", "options": {"relay": ["3"]}}]


def test_two_servers_of_one_device_are_cycled_in_one_task():
    site = Site(("nas", 3), ("web", 4), rules=RULES._replace(at_once=2))
    assert [site.run() for dummy in range(3)][-1][0] == [{"name": "pdu", "options": {"relay": ["3", "4"]}}]


def test_an_outlet_by_its_name():
    site = Site(("nas", "NAS"))
    assert [site.run() for dummy in range(3)][-1][0] == [{"name": "pdu", "options": {"relay": ["NAS"]}}]


def test_words():
    site = Site()
    site.run(), site.run()
    decision = Decision(site.watches, site.state, {"nas": SILENT}, outlets("on"), RULES, site.now + 60)
    assert decision.told == [{"host": "nas", "kind": "cycled", "device": "pdu", "words": (
        "is cycled through outlet 3 of pdu (cycle 1 of at most 2): it did not answer tcp/22 in 3 checks running. nas (192.0.2.9:22) cannot be reached: "
        "timed out.")}]


def test_an_outlet_that_the_device_does_not_have_is_the_reason():
    site = Site(("nas", "dutt1"))
    site.run(), site.run()
    told = Decision(site.watches, site.state, {"nas": SILENT}, outlets("on"), RULES, site.now + 60).told
    assert [each["kind"] for each in told] == ["unread"] and "on. pdu has no outlet dutt1; it has NAS, 3, 4." in told[0]["words"]


def test_a_device_that_is_no_host_is_refused_before_any_check():
    outlet = {"device": "rak", "relay": 1}
    assert watched("nas", outlet, "tcp/22", ["nas", "rack"]) == "nas: device of bytewire_outlet is rak, and no host of the inventory is called so."
    assert watched("nas", {**outlet, "device": "rack"}, "tcp/22", ["nas", "rack"]).device == "rack"


def test_a_check_of_a_greeting():
    watch = watched("nas", {"device": "pdu", "relay": "NAS"}, "tcp/22/SSH-2.0")
    assert watch.asked() == {"name": "nas", "options": {"port": 22, "transport": "tcp", "model": {
        "notation": "text", "title": "Greeting", "login": [{"reply": "{:any}SSH-2.0{:any}\\n"}]}}}


@pytest.mark.parametrize("outlet, check, words", (
    ({"device": "pdu", "relay": 3}, "icmp", "bytewire_check is icmp; expected tcp/PORT"), ({"device": "pdu", "relay": 3}, "tcp/70000", "bytewire_check"),
    ({"device": "pdu", "relay": 3}, 22, "bytewire_check is 22"), ("pdu", "tcp/22", "expected a dictionary with device"),
    ({"device": "pdu", "relay": "all"}, "tcp/22", "relay of bytewire_outlet is all"), ({"device": "pdu"}, "tcp/22", "expected a dictionary"),
    ({"device": "pdu", "relay": []}, "tcp/22", "relay of bytewire_outlet"),
))
def test_what_cannot_be_watched_is_refused(outlet, check, words):
    assert words in watched("nas", outlet, check)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every page of the collection, one that is added tomorrow included: its tasks against its own emulator, what it says of itself, its golden bytes."""

from __future__ import annotations

import asyncio
import glob
import os
import re
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, device_info, ping, relay, settings
from ansible_collections.bytewire.devices.plugins.module_utils._page.lost_answers import lost_answers
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.module_utils._page.setting import flattened
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import shown
from ansible_collections.bytewire.devices.plugins.plugin_utils._checking.exchanges import sample_command
from ansible_collections.bytewire.devices.plugins.plugin_utils._checking.exchanges import username_of
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import writes
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.faults import Faults
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import models, resolve

PROFILES = {model: load(resolve(model)) for model in models()}
EMULATED_TRANSPORTS = ("tcp", "telnet")
PASSWORD = "s3cret"
SHORT = 0.05  # seconds, where the task times a pulse itself

# How sure the facts are comes first: docs/devices.md is read from there.
OPENINGS = (
    "confirmed by ", "two independent implementations agree", "single source", "sources conflict", "unconfirmed",
    "identity by one public implementation", "identity and ", "nothing is assumed",
)
GOLDEN = sorted(glob.glob(os.path.join(os.path.dirname(__file__), "profiles", "test_*.py")))


def having(part):
    return [model for model, profile in PROFILES.items() if getattr(profile, part)]


class Bench:
    """An emulated device of a page, with a password where it knows one, and tasks for it."""

    def __init__(self, model, emulated, perform_task):
        self.profile, self.perform = PROFILES[model], perform_task
        protected = self.profile.login or self.profile.session_name or any(
            message.send is not None and "password" in message.send.names for message in self.profile.messages())
        self.emulated = emulated(model, initial=self._initial(), password=PASSWORD if protected else None)
        self.board = self.emulated.board
        transport = self.profile.transport if self.profile.transport in EMULATED_TRANSPORTS else "tcp"
        self.options = self.emulated.options(transport=transport, timeout=2, latest=1, retries=0, **(
            {"username": username_of(self.emulated.board), "password": PASSWORD} if protected else {}))

    def _initial(self):
        """Something to tell the channels apart by."""
        initial = {}
        if self.profile.inputs:
            initial["inputs"] = [self.profile.inputs.numbers[-1]]
        if self.profile.analogue:
            initial["analogue"] = {self.profile.analogue.numbers[-1]: 258}
        return initial

    def run(self, capability, check=False, **options):
        """The result of a task that worked; every byte of it must have been understood."""
        result = self.perform(capability, dict(self.options, **options), check=check)
        assert not result.get("failed"), result["msg"]
        self._settle()
        foreign = [entry["bytes"] for entry in self._heard() if entry["what"] is None and entry["bytes"] != shown(self.profile.resync)]
        assert foreign == []
        return result

    def written(self):
        """What has been written since this was last asked, by its name in the page."""
        names = [entry["what"] for entry in self._heard() if entry["what"] and writes(entry["what"])]
        del self.emulated.journal.entries[:]
        return names

    def on(self):
        return [number for number, on in self.board.all_coils().items() if on]

    def _heard(self):
        return [entry for entry in self.emulated.journal.entries if entry["event"] == "in"]

    def _settle(self):
        """Let the emulator take what a task sent without awaiting an answer."""
        if all(message.answered for dummy, message in self.profile.requests()):
            return

        async def turns():
            for dummy in range(6):
                await asyncio.sleep(0.005)
        asyncio.run_coroutine_threadsafe(turns(), self.emulated.loop).result(5)


@pytest.fixture
def bench(emulated, perform_task):
    def build(model):
        return Bench(model, emulated, perform_task)
    return build


@pytest.mark.parametrize("model, remedy", [
    ("numato", "asks again"), ("kincony_kc868", "asks again"), ("sainsmart_16", "waits 1.6 s"), ("eth044", "asks identify")])
def test_what_is_told_of_lost_answers_is_done(model, remedy, bench):
    """The acknowledgement of a relay is lost: what is asked, and how long that takes."""
    one = bench(model)
    assert lost_answers(one.profile, 0.3).command.words == remedy
    took = lost(one, "on")
    heard = [entry["what"] for entry in one.emulated.journal.entries if entry["event"] == "in" and entry["what"] != "login"]
    behind = heard[heard.index("relays.on") + 1:]
    assert behind[-1] == "relays.read" and behind[:-1] == (["identify"] if model == "eth044" else [])
    if remedy.startswith("waits"):
        assert took >= 1.6
    else:
        assert took < 1.6 or min(lost(one, state) for state in ("off", "on", "off")) < 1.6  # one of them is not held up by other programs


def lost(one, state):
    """How long it takes where the acknowledgement is lost."""
    one.emulated.server.faults = Faults([{"fault": "drop_reply", "on": [state], "times": 1}])
    started = time.monotonic()
    result = one.perform(relay, dict(one.options, relay=["1"], state=state, timeout=0.3, latest=None, retries=1))
    assert result["changed"] and result["relays"]["1"]["state"] == state, result
    return time.monotonic() - started


@pytest.mark.parametrize("model", [model for model in having("relays") if PROFILES[model].relays.on])
def test_the_lowest_and_the_highest_relay_on_again_and_off(model, bench):
    one = bench(model)
    relays = one.profile.relays
    ends = sorted({relays.numbers[0], relays.numbers[-1]})
    readable = relays.read is not None

    def run(state, check=False):
        result = one.run(relay, check, relay=[str(number) for number in ends], state=state)
        return result["changed"], [result["relays"][str(number)]["state"] for number in ends], result.get("warnings", [])

    assert run("on", check=True)[0]
    assert one.written() == [] and one.on() == []

    changed, states, warnings = run("on")
    assert changed and one.written() == ["relays.on"] * len(ends) and one.on() == ends
    assert states == ["on" if readable else "unknown"] * len(ends)
    assert len(warnings) == (0 if readable else 1)

    changed, dummy, warnings = run("on")
    assert changed is not readable and one.on() == ends
    assert one.written() == ([] if readable else ["relays.on"] * len(ends))
    assert readable or "cannot be read back" in warnings[0]

    changed, states, dummy = run("off")
    assert changed and one.written() == ["relays.off"] * len(ends) and one.on() == []
    assert states == ["off" if readable else "unknown"] * len(ends)


@pytest.mark.parametrize("model", [model for model in having("relays") if PROFILES[model].relays.on])
@pytest.mark.parametrize("contact, key", [("normally_open", "pulse"), ("normally_closed", "pulse_off")])
def test_the_shortest_pulse(model, contact, key, bench):
    one = bench(model)
    relays = one.profile.relays
    number, message = relays.numbers[-1], relays.messages.get(key)
    seconds = relays.pulse_limits(message)[0] if message else SHORT
    task = {"relay": [str(number)], "state": "pulsed", "duration": seconds, "contact": contact}

    assert one.run(relay, True, **task)["changed"]
    assert one.written() == []

    rest = contact == "normally_closed"
    if rest:
        one.run(relay, relay=[str(number)], state="on")
        one.written()
    began = time.monotonic()
    assert one.run(relay, **task)["changed"]
    first, second = ("relays.off", "relays.on") if rest else ("relays.on", "relays.off")
    assert one.written() == ([f"relays.{key}"] if message else [first, second])
    while one.board.coil(number) is not rest:
        assert time.monotonic() - began < seconds + 30
        time.sleep(0.01)
    assert time.monotonic() - began >= seconds


@pytest.mark.parametrize("model", [model for model in having("settings") if any(setting.set for setting in PROFILES[model].settings.values())])
def test_every_setting_in_check_mode_for_real_and_again(model, bench):
    one = bench(model)
    before = dict(one.board.settings)
    wanted, readable = {}, {}
    for name, setting in ((setting.name, setting) for setting in one.profile.examples()):
        assert setting.set or setting.get
        if setting.set:
            wanted[name] = setting.value(next(code for code in reversed(setting.samples()) if code != before[name]))
            readable[name] = setting.get is not None
    for setting in one.profile.examples():
        wanted.update({other: value for other, value in setting.needs.items() if other in wanted})

    assert one.run(settings, True, settings=wanted)["changed"]
    assert one.written() == [] and one.board.settings == before

    result = one.run(settings, settings=wanted)
    assert result["changed"]
    assert {name: str(entry["state"]) for name, entry in flattened(result["settings"]).items()} == {
        name: str(value) if readable[name] else "unknown" for name, value in wanted.items()}
    assert sorted(one.written()) == sorted(one.profile.settings[name].set.where for name in wanted if one.board.settings[name] != before[name])
    assert {name: one.profile.settings[name].code(value) for name, value in wanted.items()} == {name: one.board.settings[name] for name in wanted}

    assert one.run(settings, settings=wanted)["changed"] is not all(readable.values())
    assert sorted(one.written()) == sorted(one.profile.settings[name].set.where for name in wanted if not readable[name])

    read_back = flattened(one.run(device_info)["settings"])
    assert {name: str(read_back[name]) for name in wanted if readable[name]} == {name: str(wanted[name]) for name in wanted if readable[name]}


@pytest.mark.parametrize("model", list(PROFILES))
def test_device_info_and_ping(model, bench):
    one = bench(model)
    profile = one.profile
    info = one.run(device_info)
    assert not info["changed"] and info["model"] == model
    assert profile.is_what_it_says(info["identity"]) and bool(info["identity"]) == bool(profile.identify)
    assert bool(info["information"]) == bool(profile.info)
    if profile.relays:
        assert {entry["state"] for entry in info["relays"].values()} == {"off" if profile.relays.read else "unknown"}
        assert [int(number) for number in info["relays"]] == profile.relays.numbers
    if profile.inputs:
        assert [int(number) for number, state in info["inputs"].items() if state == "active"] == [profile.inputs.numbers[-1]]
    if profile.analogue:
        assert [int(number) for number, value in info["analogue"].items() if value == 258] == [profile.analogue.numbers[-1]]

    answer = one.run(ping)
    assert not answer["changed"] and answer["ping"] == "pong" and answer["identity"] == info["identity"]
    assert one.written() == []


@pytest.mark.parametrize("model", having("command"))
def test_a_command(model, bench):
    one = bench(model)
    words = sample_command(one.board)
    task = {"command": words, "answered": one.profile.command.answered}

    assert one.run(command, True, **task)["changed"]
    assert one.written() == []

    result = one.run(command, **task)
    assert result["changed"] and one.written() == ["command"]
    if one.profile.command.answered:
        assert result["reply"] == one.board.replies.get(words, "OK").strip()
        assert not one.run(command, unless={"command": words, "reply": re.escape(result["reply"])}, **task)["changed"]
        assert one.written() == ["command"]  # the question alone


@pytest.mark.parametrize("model", list(PROFILES))
def test_a_page_says_what_it_is_and_how_sure_that_is(model):
    page = PROFILES[model].page
    assert re.search(r"\w", page.get("title", "")), f"{model}.yml has no title"
    facts = page.get("facts", "")
    assert facts.startswith(OPENINGS), f"{model}.yml: facts is {facts[:40]!r}; it begins with one of: {', '.join(OPENINGS)}"
    assert len({other for other, profile in PROFILES.items() if profile.page["title"] == page["title"]}) == 1


@pytest.mark.parametrize("model", [model for model, profile in PROFILES.items() if profile.requests() or profile.login])
def test_a_page_has_golden_bytes(model):
    """Client and emulator follow one page: only bytes that somebody wrote down show that the page is right."""
    quoted = re.compile(rf"""(["']){re.escape(model)}\1""")
    for path in GOLDEN:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if quoted.search(text) and re.search(r"""\bb["']""", text):
            return
    pytest.fail(f"no test in tests/unit/plugins/plugin_utils/profiles names '{model}': write its bytes down there, as they stand in the maker's documents")

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of the hosts that do not answer are cycled through their outlets, and what there is to tell. No input or output."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from ansible_collections.bytewire.devices.plugins.module_utils._capability.fleet_scheduler import GIVEN_UP, NOT_ATTEMPTED
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import a_few
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line, natural

Part = t.Dict[str, t.Any]

CHECK = re.compile(r"tcp/(?P<port>[1-9][0-9]{0,4})(?:/(?P<greeting>[!-~]+))?\Z")
LARGEST_PORT = 65535
NOTHING: Part = {"failed": 0, "cycles": [], "told": ""}
"""What is known of a host that has answered."""
OURS = ("resolve", "options", "profile", "lock", "gateway", NOT_ATTEMPTED, GIVEN_UP, "defect")
"""Stages at which a check fails that say nothing about the host."""


class Watch(t.NamedTuple):
    """A host, what it is asked, and the outlet that feeds it."""

    name: str
    port: int
    greeting: str
    check: str
    device: str
    relays: list[str]

    @property
    def outlet(self) -> str:
        return f"outlet {', '.join(self.relays)} of {self.device}"

    def asked(self) -> Part:
        """The host as module fleet takes it for a ping. A greeting is heard before anything is sent."""
        page: Part = {"notation": "text", "title": "Greeting", "login": [{"reply": f"{{:any}}{_literal(self.greeting)}{{:any}}\\n"}]}
        return {"name": self.name, "options": {"model": page if self.greeting else "raw", "port": self.port, "transport": "tcp"}}


class Rules(t.NamedTuple):
    """rounds: checks that fail running before a cycle. cycles: how many until the host answers. rest: seconds after one. at_once: hosts in one run."""

    rounds: int
    cycles: int
    rest: float
    at_once: int


def watched(name: str, outlet: t.Any, check: t.Any, devices: t.Container[str] | None = None) -> Watch | str:
    """What is watched, or what is wrong with a host's bytewire_outlet or bytewire_check, in words. devices: the hosts of the inventory."""
    found = CHECK.match(check) if isinstance(check, str) else None
    if found is None or int(found["port"]) > LARGEST_PORT:
        return f"{line(name)}: bytewire_check is {line(check)}; expected tcp/PORT, such as tcp/22, or tcp/PORT/TEXT for a TEXT that its greeting holds."
    if not isinstance(outlet, Mapping) or set(outlet) != {"device", "relay"}:
        return f"{line(name)}: bytewire_outlet is {line(outlet)}; expected a dictionary with device, a host of the inventory, and relay."
    if devices is not None and str(outlet["device"]) not in devices:
        return f"{line(name)}: device of bytewire_outlet is {line(outlet['device'])}, and no host of the inventory is called so."
    relays = outlet["relay"] if isinstance(outlet["relay"], list) else [outlet["relay"]]
    if not relays or any(str(relay) in ("", "all", "None") for relay in relays):
        return f"{line(name)}: relay of bytewire_outlet is {line(outlet['relay'])}; expected the number or name of an outlet, or a list of them."
    return Watch(name, int(found["port"]), found["greeting"] or "", check, str(outlet["device"]), [str(relay) for relay in relays])


class Decision:
    """Of one run. state is that of the run before, by the name of the host; checks and outlets are results of module fleet, by the name of the host.

    outlets is None where nobody has asked for them yet: ask then says whom to ask. told has what no run before has told.
    """

    def __init__(self, watches: t.Sequence[Watch], state: t.Mapping[str, Part], checks: t.Mapping[str, Part],
                 outlets: t.Mapping[str, Part] | None, rules: Rules, now: float) -> None:
        self.rules, self.now, self.outlets = rules, now, outlets
        self.state = {watch.name: {**NOTHING, **state.get(watch.name, {})} for watch in watches}
        self.told: list[Part] = []
        self.cycled: list[Watch] = []
        due = [watch for watch in sorted(watches, key=lambda watch: natural(watch.name)) if self._is_due(watch, checks.get(watch.name))]
        crowd = len(due) > rules.at_once
        self.ask = [] if crowd else sorted({watch.device for watch in due}, key=natural)
        for watch in due:
            self._decide(watch, crowd, len(due))

    def cycles(self) -> list[Part]:
        """The devices whose outlets are cycled, as module fleet takes them."""
        devices: dict[str, list[str]] = {}
        for watch in self.cycled:
            devices.setdefault(watch.device, []).extend(watch.relays)
        return [{"name": name, "options": {"relay": list(dict.fromkeys(relays))}} for name, relays in devices.items()]

    def tell_cycles(self, results: t.Mapping[str, Part]) -> None:
        """Add what became of the cycles; results are those of module fleet."""
        for change in self.told:
            if change["kind"] == "cycled":
                result = results.get(change["device"], {"failed": True, "msg": "It was not begun."})
                change["words"] += f" The cycle failed: {_why(result)}" if result.get("failed") else " It was off for a while, and is on again."

    def _is_due(self, watch: Watch, result: Part | None) -> bool:
        """Whether a host has failed often enough to be cycled; a check that says nothing about it is no failure."""
        now = self.state[watch.name]
        if result is None or result.get("failed") and result.get("error", {}).get("stage", "options") in OURS:
            self._tell(watch, "unclear", f"it cannot be said whether it answers {watch.check}, and that is no reason to cycle it. {_why(result)}")
            return False
        if not result.get("failed"):
            if now["cycles"] or now["told"] not in ("", "unclear"):
                self.told.append(self._said(watch, "back", f"answers {watch.check} again{_after(len(now['cycles']))}."))
            self.state[watch.name] = dict(NOTHING)
            return False
        if now["cycles"] and self.now - now["cycles"][-1] < self.rules.rest:
            return False
        now.update(failed=now["failed"] + 1, why=_why(result))
        if now["failed"] < self.rules.rounds:
            return False
        if len(now["cycles"]) >= self.rules.cycles:
            self._tell(watch, "given up", f"does not answer {watch.check}{_after(len(now['cycles']))}, and is left alone now. {now['why']}")
            return False
        return True

    def _decide(self, watch: Watch, crowd: bool, due: int) -> None:
        now = self.state[watch.name]
        checks = "the last check" if now["failed"] == 1 else f"{now['failed']} checks running"
        silent = f"did not answer {watch.check} in {checks}"
        if crowd:
            self._tell(watch, "crowd", f"{silent}. It is left alone: {due} hosts are due at once, more than {self.rules.at_once}. Look at the network. "
                                       f"{now['why']}")
            return
        states = self._states(watch)
        if states is None:
            return
        if states == {"on"}:
            now.update(failed=0, cycles=[*now["cycles"], self.now], told="")
            self.cycled.append(watch)
            self.told.append(self._said(watch, "cycled", f"is cycled through {watch.outlet} (cycle {len(now['cycles'])} of at most {self.rules.cycles}): "
                                                         f"it {silent}. {now['why']}"))
        elif states == {"off"}:
            self._tell(watch, "off", f"{silent}. Its {watch.outlet} is off, and is left so.")
        else:
            self._tell(watch, "unread", f"{silent}. It is left alone, since it is not known whether its {watch.outlet} is on. {self._unread(watch)}")

    def _states(self, watch: Watch) -> set[str] | None:
        """What its outlets are, unknown also where they could not be read; None while nobody has asked."""
        if self.outlets is None:
            return None
        relays = self._read(watch.device)
        return {str(relays.get(relay, {}).get("state", "unknown")) for relay in watch.relays}

    def _read(self, device: str) -> dict[str, Part]:
        """The outlets of a device by number and by name, as they were read."""
        relays = (self.outlets or {}).get(device, {}).get("relays") or {}
        return {**{str(relay["name"]): relay for relay in relays.values() if relay.get("name")}, **relays}

    def _unread(self, watch: Watch) -> str:
        """Why it is not known: the device said so, or has no outlet that is called so."""
        relays = self._read(watch.device)
        unknown = [relay for relay in watch.relays if relay not in relays]
        return f"{watch.device} has no outlet {', '.join(unknown)}; it has {a_few(list(relays))}." if relays and unknown else _why(
            (self.outlets or {}).get(watch.device))

    def _tell(self, watch: Watch, kind: str, words: str) -> None:
        """Once, until something else is so."""
        now = self.state[watch.name]
        if self.outlets is None and kind not in ("unclear", "given up", "crowd"):
            return
        if now["told"] != kind:
            now["told"] = kind
            self.told.append(self._said(watch, kind, words))

    @staticmethod
    def _said(watch: Watch, kind: str, words: str) -> Part:
        return {"host": watch.name, "kind": kind, "words": words.strip(), "device": watch.device}


def _after(cycles: int) -> str:
    return f" after {'one cycle' if cycles == 1 else f'{cycles} cycles'} of its outlet" if cycles else ""


def _why(result: Part | None) -> str:
    return line(result.get("msg", "")) if result else ""


def _literal(text: str) -> str:
    """Characters as a page has them."""
    return "".join(letter if letter.isalnum() or letter in "-_ ./" else f"\\x{ord(letter):02x}" for letter in text)

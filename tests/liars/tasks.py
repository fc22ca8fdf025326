# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks that a fake device is given: two, one after the other, and what somebody at the device does in between."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._capability.fleet import capability_of
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import flat
from ansible_collections.bytewire.devices.tests.liars.fake import PASSWORD, PORT, Key
from ansible_collections.bytewire.devices.tests.liars.habits import relay_of

DURATION = 0.3  # seconds of a pulse, unless the shortest that the device times is longer
Options = t.Dict[str, t.Any]


class Times(t.NamedTuple):
    """The seconds that the tasks are given."""

    timeout: float = 0.25
    settle: float = 0.3
    latest: float = 1.0


class Task(t.NamedTuple):
    """A module and its own options; kind says what the verdict looks at."""

    kind: str
    module: str
    options: Options


class Plan(t.NamedTuple):
    """Two tasks with one device. about is what they switch; undone is what somebody makes of it between them."""

    tasks: tuple[Task, Task]
    about: Key | None = None
    undone: t.Any = None
    on: tuple[int, ...] = ()
    settings: t.Mapping[str, object] = {}
    switching: bool = True


INFO, PING = Task("info", "device_info", {}), Task("ping", "ping", {})


def plans(profile: Profile) -> dict[str, Plan]:
    """What can be done with a device of this page, by name."""
    found: dict[str, Plan] = {}
    if profile.relays and profile.relays.on:
        found.update(_relay_plans(profile))
    found.update(_setting_plans(profile))
    if profile.command:
        found["command"] = Plan((_command("LOAD 3"), _command("STATUS 4")))
    sent = _sent(profile)
    if sent is not None:
        found["send"] = sent
    if profile.relays or profile.settings or profile.info or profile.identify:
        keys: list[Key] = [("relay", relay_of(profile))] if profile.relays else [("setting", name) for name in profile.settings]
        about = keys[0] if keys else None
        undone = None if about is None else True if about[0] == "relay" else _values(profile, about[1])[1]
        found["info"] = Plan((INFO, INFO), about, undone, settings=_awake(profile), switching=False)
        found["ping"] = Plan((PING, PING), switching=False)
    return found


def _relay_plans(profile: Profile) -> t.Iterator[tuple[str, Plan]]:
    assert profile.relays is not None
    number = relay_of(profile)
    others = tuple(other for other in profile.relays.numbers[-1:] if other != number)
    for state in ("on", "off"):
        task = Task("relay", "relay", {"relay": [f"{number}"], "state": state})
        yield state, Plan((task, task), ("relay", number), state == "off", on=others if state == "on" else (*others, number))
    pulse = profile.relays.pulse
    for state, shortest in (("pulsed", profile.relays.pulse_limits(pulse)[0] if pulse else 0), ("cycled", 0)):
        task = Task(state, "relay", {"relay": [f"{number}"], "state": state, "duration": max(DURATION, shortest)})
        yield state, Plan((task, INFO), ("relay", number), state == "cycled", on=others if state == "pulsed" else (*others, number))


def _values(profile: Profile, name: str) -> tuple[t.Any, t.Any]:
    """Two codes of a setting: what it is at first, and what it shall be."""
    samples: list[t.Any] = list(dict.fromkeys(profile.settings[name].samples()))
    return samples[0], samples[min(1, len(samples) - 1)] if profile.settings[name].values else samples[0] + 3


def _awake(profile: Profile) -> dict[str, object]:
    return {other: value for setting in profile.settings.values() for other, value in setting.needs.items()}


def _setting_plans(profile: Profile) -> t.Iterator[tuple[str, Plan]]:
    """The first setting, and the first of each other kind: a range, and values."""
    kinds: dict[bool, str] = {}
    names = [name for name, setting in profile.settings.items() if setting.set]
    for name in names[1:]:
        kinds.setdefault(profile.settings[name].range is None, name)
    for name in names[:1] + sorted(kinds.values()):
        first, wanted = _values(profile, name)
        task = Task("settings", "settings", {"settings": {name: profile.settings[name].value(wanted)}})
        awake = {other: value for other, value in _awake(profile).items() if other != name}
        yield f"set {name}", Plan((task, task), ("setting", name), first, settings={**awake, name: first})


def _command(text: str) -> Task:
    return Task("command", "command", {"command": text})


def _sent(profile: Profile) -> Plan | None:
    """The bytes of two requests of the page: one that switches, where there is one, and one that reads."""
    if profile.name == "raw":
        return Plan((_send(b"\xa0\x01\x00", length=3), _send(b"\xa0\x02\x00", length=3)))
    common = {**profile.samples, **(profile.page.get("emulator") or {}), **profile.unit_values(None), "transaction": 1}
    if profile.relays and profile.relays.on:
        fields = {**common, **profile.relays.fields(relay_of(profile))}
        first, second = profile.relays.on, profile.relays.read or profile.relays.messages["off"]
        return Plan((_send_message(first, fields), _send_message(second, fields)), about=("relay", relay_of(profile)), undone=False)
    for name, setting in profile.settings.items():
        if setting.set and setting.get:
            start, wanted = _values(profile, name)
            fields = {**common, **setting.fields(wanted)}
            return Plan((_send_message(setting.set, fields), _send_message(setting.get, fields)), about=("setting", name), undone=start,
                        settings={**_awake(profile), name: start})
    asked = list(profile.info.values()) or ([profile.identify] if profile.identify else [])
    if not asked:
        return None
    return Plan((_send_message(asked[0], common), _send_message(asked[-1], common)), switching=False)


def _send_message(message: Message, fields: t.Mapping[str, t.Any]) -> Task:
    """Until it is quiet, or so many bytes where every answer has as many."""
    data = message.request.render(fields)
    if message.rows is not None:
        return _send(data, length=None)
    sizes = {sum(len(part) if isinstance(part, bytes) else part.codec.size or -999 for part in flat(reply.parts)) for reply in message.replies}
    return _send(data, length=min(sizes) if len(sizes) == 1 and min(sizes) > 0 else None)


def _send(data: bytes, length: int | None) -> Task:
    return Task("send", "send", {"data": data.hex(" "), "length": length})


def has_password(profile: Profile) -> bool:
    """True where commands themselves have the password."""
    return any(message.send is not None and "password" in message.send.names for message in profile.messages())


def options_of(task: Task, profile: Profile, host: str, times: Times) -> Options:
    """All options of a task, as Ansible would have validated them."""
    spec = capability_of(task.module).SPEC["argument_spec"]
    given: Options = {"host": host, "port": PORT, "model": profile.page, "label": profile.name, "timeout": times.timeout, "connect_timeout": 1.0, "retries": 1,
                      "settle": times.settle, "latest": times.latest, **task.options}
    if profile.login:
        given.update(username=(profile.page.get("emulator") or {}).get("username", PASSWORD), password=PASSWORD if not profile.login[-1].when else None)
    elif has_password(profile):
        given.update(password=PASSWORD)
    return {**{name: about.get("default") for name, about in spec.items()}, **given}

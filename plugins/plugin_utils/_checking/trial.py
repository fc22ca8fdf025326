# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The trial of a page against its own emulator: what to do with it, and what that shows. Playbook check_profile does it."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._device.options import DEVICE
from ansible_collections.bytewire.devices.plugins.module_utils._escapes import escaped
from ansible_collections.bytewire.devices.plugins.module_utils._page.lost_answers import LostAnswers, Remedy, lost_answers
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import MOST_NAMED
from ansible_collections.bytewire.devices.plugins.module_utils._page.setting import Setting
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile, load
from ansible_collections.bytewire.devices.plugins.plugin_utils._checking.exchanges import PASSWORD, sample_command, table, username_of
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board, writes
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import USER_FOLDER, resolve
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.terminal import fitting
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line

UNPROVEN = ("Not shown: that these are the device's bytes. The emulator answers what the page says, so a wrong byte fools both. Compare the "
            "table with the manual; only the device itself can tell.")
Step = dict[str, t.Any]
"""A task of the trial: label, check (whether in check mode), changed (what it should report; None for either), and state or settings."""
EMULATED_TRANSPORTS = ("tcp", "telnet")


def prepared(model: t.Any, sources: t.Sequence[str] = ()) -> dict[str, t.Any]:
    """The trial of a page; where the page is wrong, why, as error, and nothing else.

    model is a name, the path of a page in bytewire_profiles, or a dictionary; sources are inventories.
    """
    try:
        name, folders = _located(model, sources)
        page = resolve(name, folders)
        if "candidates" in page:
            raise ProfileError("profile is auto, which stands for many; name one of them")
        return {"error": "", **_trial(page, _file(name, folders))}
    except ProfileError as error:
        return {"error": escaped(f"{error}.")}


def _located(model: t.Any, sources: t.Sequence[str]) -> tuple[t.Any, list[str]]:
    """A model's name and the folders to search: of a page's path, the folder above bytewire_profiles."""
    folders = [source if os.path.isdir(source) else os.path.dirname(os.path.abspath(source)) for source in sources if os.path.exists(source)]
    if not isinstance(model, str) or not model.endswith((".yml", ".yaml")) and os.sep not in model:
        return model, [*folders, os.getcwd()]
    name, extension = os.path.splitext(os.path.basename(model))
    folder = os.path.dirname(os.path.abspath(model))
    if os.path.basename(folder) != USER_FOLDER or extension != ".yml":
        raise ProfileError(f"{model} is not a page that tasks would find; expected {USER_FOLDER}/<name>.yml")
    if not os.path.isfile(model):
        raise ProfileError(f"there is no file {model}")
    return name, [os.path.dirname(folder)]


def _file(name: t.Any, folders: t.Sequence[str]) -> str:
    """What messages call the page: the user's file, or its name."""
    paths = (os.path.join(folder, USER_FOLDER, f"{name}.yml") for folder in folders)
    return next((path for path in paths if os.path.isfile(path)), "the profile" if isinstance(name, dict) else name)


def _trial(page: dict[str, t.Any], where: str) -> dict[str, t.Any]:
    try:
        profile = load(page)
        board = Board(profile)
        lines = table(profile)
    except ProfileError as error:
        raise ProfileError(f"{where}: {error}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise ProfileError(f"{where}: emulator: {error}") from error
    spoken = [*profile.login, *(message for what, message in profile.requests() if not what.startswith("session."))]
    asked = {name for message in spoken if message.send for name in message.send.names} | (profile.digest.names if profile.digest else set())
    groups = _groups(profile, board)
    return {
        "name": profile.name, "page": page, "table": lines,
        "transport": profile.transport if profile.transport in EMULATED_TRANSPORTS else "tcp",
        "username": username_of(board) if "username" in asked else "", "password": PASSWORD if "password" in asked else "",
        "relays": bool(profile.relays), "relays_read": bool(profile.relays and profile.relays.read),
        "settings": groups, "relay_steps": _relay_steps(profile), "setting_steps": _setting_steps(groups),
        "command": sample_command(board) if profile.command else "", "answered": bool(profile.command and profile.command.answered),
        "writes": sorted(what for what, dummy in profile.requests() if writes(what)),
        "summary": [f"Tried on the page's own emulator: {', '.join(_tried(profile, groups))}.", *_blind(profile), *_late(profile), UNPROVEN],
    }


def _relay_steps(profile: Profile) -> list[Step]:
    """All relays on and off; what is so already is left alone where it can be read."""
    if not profile.relays or not profile.relays.on:
        return []
    steps: list[Step] = [{"label": "relays on, in check mode", "state": "on", "check": True, "changed": False}]
    for state in ("on", "off"):
        steps += [{"label": f"relays {state}", "state": state, "check": False, "changed": True},
                  {"label": f"relays {state} once more", "state": state, "check": False, "changed": not profile.relays.read}]
    return steps


def _setting_steps(groups: list[dict[str, t.Any]]) -> list[Step]:
    """Each group in check mode, for real, and once more; changed is None where it depends on what was before."""
    steps: list[Step] = []
    for group in groups:
        label = _settings_named(list(group["settings"]))
        steps.append({"label": f"{label}, in check mode", "settings": group["settings"], "check": True, "changed": False})
    for group in groups:
        label = _settings_named(list(group["settings"]))
        steps += [{"label": label, "settings": group["settings"], "check": False, "changed": True if group["changes"] else None},
                  {"label": f"{label} once more", "settings": group["settings"], "check": False, "changed": not group["read"]}]
    return steps


def _settings_named(names: list[str]) -> str:
    return f"settings {', '.join(names)}" if len(names) <= MOST_NAMED else f"{len(names)} settings"


def told(trial: dict[str, t.Any], results: t.Iterable[t.Any]) -> dict[str, t.Any]:
    """What the results of the steps, and of other tasks, say of a page: what is wrong, and all lines for a terminal, the verdict first."""
    wrong, (tried, *others) = _wrong(results), trial["summary"]
    head = f"{line(trial['name'])}: {'a task did not do what it should.' if wrong else 'the page is in order.'}"
    above, below = ([part for text in texts for part in fitting(text)] for texts in ([head, *(f"- {each}" for each in wrong), tried], others))
    return {"wrong": wrong, "lines": [*above, "", *trial["table"], "", *below]}


def _wrong(results: t.Iterable[t.Any]) -> list[str]:
    wrong = []
    for result in results:
        step = result.get("item") or {"label": "command and device_info", "changed": None}
        if result.get("error") or result.get("failed"):
            wrong.append(f"{step['label']}: {line(result.get('msg'))}")
        elif step["changed"] is not None and bool(result.get("changed")) != step["changed"]:
            wrong.append(f"{step['label']}: " + ("something was sent that changes." if step["check"]
                                                 else f"changed is {str(not step['changed']).lower()}, which it should not be."))
    return wrong


def _groups(profile: Profile, board: Board) -> list[dict[str, t.Any]]:
    """Settings that one task can make so: {settings, read, changes}; other values than those of the emulator wherever there are any."""
    wanted = {other: setting.needs[other] for setting in profile.examples() for other in setting.needs}
    samples = {setting.name: wanted.get(setting.name) or _sample(setting, board) for setting in profile.examples()}
    groups: list[dict[str, t.Any]] = []
    for setting in profile.examples():
        if setting.set is None:
            continue
        name = setting.name
        own = {**setting.needs, name: samples[name]}
        group = next((group for group in groups if group["read"] == bool(setting.get)
                      and all(group["settings"].get(other, value) == value for other, value in own.items())), None)
        if group is None:
            group = {"settings": {}, "read": bool(setting.get), "changes": False}
            groups.append(group)
        group["settings"].update(own)
        group["changes"] = group["changes"] or group is groups[0] and setting.code(samples[name]) != board.settings[name]
    return groups


def _sample(setting: Setting, board: Board) -> t.Any:
    """The last value that differs from the emulator's, or the only one there is."""
    codes = setting.samples()
    return setting.value(next((code for code in reversed(codes) if code != board.settings[setting.name]), codes[-1]))


def _tried(profile: Profile, groups: list[dict[str, t.Any]]) -> list[str]:
    said = []
    if profile.relays and profile.relays.on:
        said.append(f"{_count(len(profile.relays.numbers), 'relay')} on and off, in check mode, for real, and once more")
    if groups:
        count = len({name for group in groups for name in group["settings"]})
        said.append(f"{_count(count, 'setting')} in check mode, for real, and once more")
    if profile.command:
        said.append("a command")
    return [*said, "device_info"]


def _blind(profile: Profile) -> list[str]:
    """What reports changed every time, and why."""
    said = []
    if profile.relays and profile.relays.read is None:
        said.append("Its relays cannot be read (there is no relays.read): they are switched and reported changed every time, and their state is unknown.")
    unread = [setting.name for setting in profile.settings.values() if setting.get is None]
    if unread:
        said.append(f"{', '.join(unread)} cannot be read (there is no get): set and reported changed every time, state unknown.")
    if profile.command:
        said.append("A command reports changed every time, unless a query says that it is not needed.")
    return said


def _late(profile: Profile) -> list[str]:
    """What is done after a lost answer, and why."""
    facts = lost_answers(profile, DEVICE["timeout"]["default"])
    remedies = _remedies(facts)
    said = [_confused(facts)] if facts.questions else []
    said += [f"After a lost answer to {what} " + (f"a task {remedy.words} before it believes one that could be the lost one." if remedy.asks or remedy.wait
             else "the next one counts.") for what, remedy in remedies]
    if facts.again is not None:
        remedies.append(("", facts.again))
        said.append(f"After a lost answer to what cannot be read back ({', '.join(facts.unread)}) a task fails with unverified, and the next one "
                    f"{facts.again.words} first.")
    if any(remedy.wait for dummy, remedy in remedies):
        why = "" if profile.latest is not None else " They are 2 x timeout + 1, since the page does not say latest."
        said.append(f"Such seconds count from when the question was sent.{why}")
    return said


def _confused(facts: LostAnswers) -> str:
    asked = " or ".join(facts.questions)
    if not facts.confused:
        return f"No late answer can be taken for that to {asked}."
    return f"Late answers that could be taken for that to {asked}: those to {', '.join(facts.confused)}{' (all there are)' * facts.everything}."


def _remedies(facts: LostAnswers) -> list[tuple[str, Remedy]]:
    """(after a lost answer to what, what is done)."""
    if facts.command == facts.reading and facts.command is not None:
        return [("a command or a reading", facts.command)]
    return [(what, remedy) for what, remedy in (("a command", facts.command), ("a reading", facts.reading)) if remedy is not None]


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who told which device what, and what came of it: a file with JSON objects, one a line, that many processes may add to at once.

A task adds a line before its first command leaves, and one at its end, so that a task that was killed is seen. What sends nothing has its last line alone.
The file is opened for each line: whoever rotates it needs to tell nobody.
"""

from __future__ import annotations

import errno
import fcntl
import functools
import json
import os
import pwd
import socket
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._device.options import DEVICE, Spec
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._files import ends_in_the_middle
from ansible_collections.bytewire.devices.plugins.module_utils._secrets import secrets
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode, Options, Result, told

JOURNAL: Spec = {"journal": {"type": "path"}}

STATES = ("relays", "settings")
_TRIES = 200  # a millisecond each
_MODE = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY

Run = t.Callable[[Options, Mode], t.Coroutine[t.Any, t.Any, Result]]


def journaled(module: str, spec: Spec) -> t.Callable[[Run], Run]:
    """Makes a capability keep a journal where its options name one."""
    def wrap(run: Run) -> Run:
        @functools.wraps(run)
        async def kept(options: Options, mode: Mode) -> Result:
            if not options.get("journal"):
                return await run(options, mode)
            entry = Entry(options["journal"], module, options, spec["argument_spec"], mode.check)
            try:
                result = await run({**options, "journal": entry}, mode)
            except BytewireError as error:
                entry.end(error.result())
                if entry.problem:
                    error.details["warnings"] = [*t.cast("list[str]", error.details.get("warnings", ())), entry.problem]
                raise
            entry.end(result)
            if entry.problem:
                result["warnings"] = [*result.get("warnings", ()), entry.problem]
            return result
        return kept
    return wrap


def refuse_unwritable(path: str) -> None:
    """The error where nothing can be added to a journal; it is made if it is missing, for its owner alone."""
    try:
        os.close(os.open(path, _MODE, 0o600))
    except OSError as error:
        raise invalid(f"The journal {path} cannot be written ({_why(error)}). Nothing was sent.")


class Entry:
    """The lines of one task.

    device: the address that it goes to, once that is known. problem: why the journal lacks a line, in words.
    """

    def __init__(self, path: str, module: str, options: Options, spec: Spec, check: bool) -> None:
        refuse_unwritable(path)
        self.path, self.check, self.device, self.problem = path, check, "", ""
        self.hidden = secrets(options, spec)
        self.about = {"id": os.urandom(6).hex(), "user": _user(), "machine": socket.gethostname(), "module": module,
                      "host": self.hidden.shown(options.get("label") or options.get("host")), "asked": self._asked(options, spec)}
        self.started, self.begun = time.monotonic(), False

    def _asked(self, options: Options, spec: Spec) -> dict[str, object]:
        """The options that say what is to be done, where they were given."""
        shown = self.hidden.arguments({name: options.get(name) for name in spec}, spec)
        return {name: shown[name] for name, option in spec.items() if not (name in DEVICE or name in JOURNAL or shown[name] == option.get("default"))}

    def begin(self, words: str) -> None:
        """Before the first command leaves; words: what it tells the device."""
        if not self.begun:
            self.begun = True
            self._add({"event": "begin", "does": self.hidden.shown(words)})

    def end(self, result: Result) -> None:
        """What came of it."""
        shown = self.hidden.shown(told(dict(result)))
        line: dict[str, object] = {"event": "end", "ms": round((time.monotonic() - self.started) * 1000, 1), "was": {}, "is": {}, "reply": shown.get("reply"),
                                   "outcome": "failed" if shown.get("failed") else "changed" if shown.get("changed") else "unchanged"}
        for each in STATES:
            _flatten(shown.get(each) or {}, line)
        if shown.get("failed"):
            line.update(error=shown["error"], msg=shown["msg"])
        if self.check:
            line["check_mode"] = True
        self._add({name: value for name, value in line.items() if value not in ({}, None)})

    def _add(self, line: t.Mapping[str, object]) -> None:
        """A journal that cannot be written any more does not keep the device waiting: that is told at the end."""
        text = json.dumps({"time": round(time.time(), 3), **self.about, "device": self.device, **line}, sort_keys=True, default=str) + "\n"
        try:
            _append(self.path, text.encode("utf-8"))
        except OSError as error:
            self.problem = f"The journal {self.path} lacks a line of this task: it could not be written ({_why(error)})."


def _flatten(states: t.Mapping[str, t.Any], line: dict[str, t.Any], before: str = "") -> None:
    """The states of relays and settings by their names, as tasks have them: 2, power, route.1."""
    for name, value in states.items():
        if isinstance(value, dict) and "state" not in value:
            _flatten(value, line, f"{before}{name}.")
            continue
        line["is"][f"{before}{name}"] = value["state"] if isinstance(value, dict) else value
        if isinstance(value, dict) and "was" in value:
            line["was"][f"{before}{name}"] = value["was"]


def _user() -> str:
    """Who runs this, and for whom where sudo says so."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = f"{os.geteuid()}"
    behind = os.environ.get("SUDO_USER", name)
    return name if behind == name else f"{name} for {behind}"


def _append(path: str, line: bytes) -> None:
    """Add a line, whole. What a task that died left half written is ended; a lock, held no longer than this takes, keeps the others away."""
    file = os.open(path, _MODE, 0o600)
    try:
        for dummy in range(_TRIES):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                time.sleep(0.001)
        line = b"\n" + line if ends_in_the_middle(file) else line
        if os.write(file, line) != len(line):
            raise OSError(errno.ENOSPC, "no room")
    finally:
        os.close(file)


def _why(error: OSError) -> str:
    return "it is a symbolic link" if error.errno == errno.ELOOP else error.strerror or f"{error}"

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on request: what goes wrong, with which requests, how often."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.message import unquoted
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile, normalised
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import writes

FAULTS = {
    "silent": "does nothing and answers nothing",
    "drop_reply": "does it and answers nothing",
    "slow": "does it and answers late, after seconds",
    "close_before_reply": "does it and closes without an answer",
    "close_after_reply": "does it, answers and closes",
    "garbage": "does nothing and answers bytes that are no reply",
    "partial_reply": "does it and answers all but the last byte",
    "refuse": "does nothing and answers the refusal",
    "wrong_reply": "does it and answers a byte that is no acknowledgement",
    "lie": "does nothing and acknowledges",
    "early_close": "acts 50 ms later, and not at all if the connection is closed by then",
    "full": "accepts connections and stays mute, as with all of its connections taken",
}
ONLY_WRITES = ("drop_reply", "refuse", "wrong_reply", "lie", "early_close")
NOT_BY_DEFAULT = ("identify", "login", "session.")


class Faults:
    """The faults of one board; identification and login work unless on names them."""

    def __init__(self, specs: t.Iterable[dict[str, t.Any]]) -> None:
        self._specs = [dict(spec) for spec in specs]
        self._left: list[int | None] = [spec.get("times") for spec in self._specs]

    @property
    def full(self) -> bool:
        return any(spec["fault"] == "full" for spec in self._specs)

    def strike(self, what: str) -> dict[str, t.Any] | None:
        """The fault that strikes this request, or None."""
        for number, (spec, left) in enumerate(zip(self._specs, self._left)):
            if left == 0 or spec["fault"] == "full" or not _aims_at(spec, what):
                continue
            if left is not None:
                self._left[number] = left - 1
            return spec
        return None


def spelled(specs: t.Any) -> t.Any:
    """Faults as they were written, the on and off that YAML made booleans mapped back."""
    specs = normalised(specs)
    for spec in specs if isinstance(specs, list) else ():
        if isinstance(spec, dict) and "on" in spec:
            spec["on"] = [unquoted(name) for name in spec["on"]] if isinstance(spec["on"], list) else unquoted(spec["on"])
    return specs


def refuse_unknown_requests(specs: t.Iterable[dict[str, t.Any]], profile: Profile) -> None:
    """ValueError where a fault shall strike what no request of the page is called: it never would."""
    known = [what for what, dummy in [*profile.requests(), *profile.heard]] + ["login" for message in profile.login if message.send is not None][:1]
    for spec in specs:
        unknown = [name for name in spec.get("on") or () if not any(_means(name, what) for what in known)]
        if unknown:
            raise ValueError(f"faults.on: {profile.name} has no request {', '.join(unknown)}; it has {', '.join(sorted({*known})) or 'none'}")


def _means(name: str, what: str) -> bool:
    """True where a name, in full or in short, is that of a request."""
    return what == name or what.endswith(f".{name}")


def _aims_at(spec: dict[str, t.Any], what: str) -> bool:
    if spec.get("on"):
        return any(_means(name, what) for name in spec["on"])
    if spec["fault"] in ONLY_WRITES:
        return writes(what)
    return not what.startswith(NOT_BY_DEFAULT)

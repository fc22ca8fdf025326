# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid
from ansible_collections.bytewire.devices.plugins.module_utils._escapes import escaped
from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action import CapabilityAction
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.terminal import ANSIBLE, is_for_people


class ActionModule(CapabilityAction):
    module = "show"
    SPEC = {"argument_spec": {"text": {"type": "raw", "required": True}, "good": {"type": "str"}, "bad": {"type": "str"}}}

    def _is_delegated(self) -> bool:
        return False

    def _here(self, options: dict[str, t.Any]) -> dict[str, t.Any]:
        lines, patterns = lines_of(options["text"]), [_pattern(name, options[name]) for name in ("good", "bad")]
        if self._task.no_log or not is_for_people():
            return {"changed": False, "msg": lines}
        for line in lines:
            self._display.display(line, color=_color(line, *patterns))
        return {"changed": False}


def lines_of(text: t.Any) -> list[str]:
    """The lines of a text, or of a list of lines, without anything that a terminal acts on."""
    return [escaped(str(line)) for line in (text if isinstance(text, list) else str(text).rstrip("\n").split("\n"))]


def _color(line: str, good: t.Pattern[str] | None, bad: t.Pattern[str] | None) -> t.Any:
    if bad and bad.search(line):
        return ANSIBLE.COLOR_ERROR
    return ANSIBLE.COLOR_OK if good and good.search(line) else None


def _pattern(name: str, text: str | None) -> t.Pattern[str] | None:
    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise invalid(f"show: {name} is no regular expression: {error}.") from error

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has changed at devices and hosts, each change a sentence without its subject, for a person. No input or output."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.parts import Part, figures, group, section
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line, natural

SENTENCE = re.compile("[.:] ")
GOOD = ("back", "within")
"""Kinds of changes for the better."""


def parts(changes: t.Sequence[t.Any]) -> Part:
    """Each change has host, words (such as 'does not answer.') and, unless it is like any other, kind."""
    for change in changes:
        if not isinstance(change, Mapping) or not {"host", "words"} <= set(change):
            raise AnsibleFilterError("report: expected changes as dictionaries with host and words.")
    told = sorted(((line(change["host"]), line(change["words"]), change.get("kind") in GOOD) for change in changes), key=lambda change: natural(change[0]))
    good, bad = [change for change in told if change[2]], [change for change in told if not change[2]]
    sections = [section(kind, title, len(some), [group("", [(host, words) for host, words, dummy in some])])
                for kind, title, some in (("failed", "Look after", bad), ("changed", "Well again", good)) if some]
    return {"headline": _headline(bad + good), "check": False, "cut": False, "facts": [], "sections": sections, "hosts": [], "output": [],
            "badge": {"kind": "bad", "text": "Attention"} if bad else {"kind": "good", "text": "Well again"},
            "figures": figures([("failed", "To look after", len(bad)), ("changed", "Well again", len(good))]) if len(told) > 1 else [],
            "numbers": {"total": len({host for host, dummy, well in told}), "ok": len(good), "changed": len(good), "failed": len(bad), "not_attempted": 0,
                        "alarms": 0}}


def _headline(told: t.Sequence[tuple[str, str, bool]]) -> str:
    """The first sentence of each, as far as there is room."""
    sentences = [f"{host} {SENTENCE.split(words)[0].rstrip('.')}" for host, words, dummy in told]
    return "; ".join(sentences) if len(sentences) == 1 else f"{len(sentences)} changes: {'; '.join(sentences)}"

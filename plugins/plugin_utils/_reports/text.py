# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text for people: lines, columns, tables. What comes from devices is made harmless here. No input or output."""

from __future__ import annotations

import re
import textwrap
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay_words
from ansible_collections.bytewire.devices.plugins.module_utils._capability.fleet_scheduler import title_of, without_title
from ansible_collections.bytewire.devices.plugins.module_utils._escapes import escaped
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import MOST_NAMED, a_few

WIDTH = 76
MOST_BYTES = 12  # in hex, of one answer in a message
LONGEST_LINE = 2000
KINDS = {
    "unreachable": "Cannot be reached",
    "timeout": "No answer in time",
    "closed": "Closed the connection",
    "refused": "Refused",
    "locked": "Locked, or a wrong password",
    "busy": "In use by somebody else",
    "bad_reply": "An answer that cannot be understood",
    "unverified": "Not seen to have happened",
    "invalid": "Cannot be done as asked",
}
OTHER = "Other failures"
NOT_DONE = "Not done"
_SECONDS_BEFORE = re.compile(r" [0-9]+\.[0-9] s before\b")  # when a device last answered differs from one to the next
NOT_REACHED_NOTE = "The run did not come to these; what state they are in is not known."

_KEYS_AND_VALUES, _LIST = ("keys and values", Mapping), ("a list", (list, tuple))
_EXPECTED: dict[str, tuple[str, type | tuple[type, ...]]] = {
    **dict.fromkeys(("relays", "settings", "error", "summary", *relay_words.BETWEEN), _KEYS_AND_VALUES),
    **dict.fromkeys(("warnings", "told", "seen"), _LIST), "seconds": ("a number", (int, float)),
}

_LONG_HEX = re.compile(rf"\b((?:[0-9A-F]{{2}} ){{{MOST_BYTES - 1}}}[0-9A-F]{{2}})(?: [0-9A-F]{{2}}\b)+(?: \.\.\.)?")
_DIGITS = re.compile(r"(\d+)")
_FORMULA = re.compile("(^|;)([\\s\"']*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")


def line(value: t.Any, longest: int = LONGEST_LINE) -> str:
    """Anything as one line, control characters shown; the text may come from a device."""
    text = re.sub(r"\s+", " ", escaped("" if value is None else str(value).strip(" \t\r\n")))
    return text if len(text) <= longest else text[:longest - 1].rstrip() + "…"


def readable(message: str) -> str:
    """A message whose words do not drown in bytes: a long answer in hex is cut."""
    return _LONG_HEX.sub(r"\1 ...", message)


def result_of(where: str, result: t.Any) -> Mapping[str, t.Any]:
    """What a task returned; AnsibleFilterError where it is no such thing."""
    if not isinstance(result, Mapping):
        raise AnsibleFilterError(f"{where} is {result!r}; expected keys and values, as tasks return them.")
    return result


def understood(where: str, given: t.Any) -> Mapping[str, t.Any]:
    """What a task of this collection returned, or a part of it; AnsibleFilterError says what of it is none. What is missing, or null, may be."""
    result = result_of(where, given)
    for key, value in result.items():
        expected, kinds = _EXPECTED.get(str(key), ("", object))
        if value is not None and not isinstance(value, kinds):
            raise AnsibleFilterError(f"{where}: {key} is {value!r}; expected {expected}.")
        if value is not None and (key == "summary" or key in relay_words.BETWEEN):
            understood(f"{where}: {key}", value)
    for number, relay in (result.get("relays") or {}).items():
        if isinstance(relay, Mapping):
            understood(f"{where}: relay {line(number)}", relay)
    return result


def natural(name: str) -> list[t.Any]:
    """tv2 comes before tv10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(name)]


def inert(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, also where it is cut at semicolons."""
    return _FORMULA.sub(r"\1\2'", text)


def undone(error: t.Any) -> str:
    """'Nothing was sent', or 'Nothing was changed', where that is known of a failure; otherwise nothing."""
    error = error if isinstance(error, Mapping) else {}
    if error.get("outcome") != "nothing":
        return ""
    unsent = error.get("kind") in ("invalid", "unreachable") or error.get("kind") == "refused" and error.get("stage") == "read"
    return "Nothing was sent" if unsent else "Nothing was changed"


def reason(error: t.Any) -> tuple[str, str]:
    """What kind of failure it is, as the head of a list of them, and whether nothing came of it; see headed."""
    error = error if isinstance(error, Mapping) else {}
    nothing = undone(error)
    unasked = nothing and (error.get("kind"), error.get("stage")) == ("refused", "read")
    return NOT_DONE if unasked else KINDS.get(line(error.get("kind")), OTHER), f": {nothing[0].lower()}{nothing[1:]}" if nothing else ""


def headed(head: tuple[str, str], number: int) -> str:
    """'Cannot be reached (2): nothing was sent'."""
    return f"{head[0]} ({number}){head[1]}"


def grouped(said: t.Iterable[tuple[str, str, str]]) -> list[tuple[list[str], str]]:
    """(names, words) of (host, name, words): who says the same, together; the most first, and otherwise in their order. A few have their address there."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for host, name, words in said:
        groups.setdefault(_SECONDS_BEFORE.sub(" before", without_title(host, words)), []).append((host, name, words))
    entries = [_entry(group, words) for words, group in groups.items()]
    return sorted(entries, key=lambda entry: -len(entry[0]))


def _entry(group: list[tuple[str, str, str]], common: str) -> tuple[list[str], str]:
    if len(group) == 1:
        return [group[0][1]], group[0][2]
    if len(group) > MOST_NAMED:
        return [name for dummy, name, words in group], common
    return [f"{name}{title_of(host, words)[len(host):]}" for host, name, words in group], common


def in_columns(rows: list[tuple[str, str]]) -> list[str]:
    """Titles and texts beside them; what has no title goes on with the one before."""
    width = max((len(name) for name, dummy in rows), default=0) + 3
    return [wrapped(value, " " * width, f"{name and name + ':':<{width}}") for name, value in rows]


def host_table(rows: list[tuple[str, ...]], title: str, failures: list[tuple[str, str]]) -> list[str]:
    """Rows of cells in columns, and below them the hosts that there is no row of, and why; who has the same reason together."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip() for row in rows]
    if not failures:
        return lines
    lines += ["", f"{title} ({len(failures)})"]
    for names, words in grouped((host, host, readable(words)) for host, words in failures):
        lines.append(failure(a_few(names), words))
        lines += wrapped(", ".join(names), "  ").splitlines() if len(names) > MOST_NAMED else []
    return lines


def failure(host: str, msg: str) -> str:
    """Messages of devices begin with the host."""
    return msg if msg.startswith((f"{host} ", f"{host}:")) else f"{host}: {msg or 'It was not attempted.'}"


def wrapped(text: str, indent: str, head: str | None = None) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=indent if head is None else head, subsequent_indent=indent,
                         break_long_words=False, break_on_hyphens=False)

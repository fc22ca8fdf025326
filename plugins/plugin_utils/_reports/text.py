# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text for people, plain and as HTML: lines, columns, tables. What comes from devices is made harmless here. No input or output."""

from __future__ import annotations

import html
import re
import textwrap
import typing as t

WIDTH = 76
LONGEST_LINE = 2000
BODY = "font-family: sans-serif; font-size: 14px; color: #222"
TD = "text-align: left; vertical-align: top; padding: 2px 16px 2px 0"
TH = f"{TD}; font-weight: normal; color: #666"
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
NOT_REACHED_NOTE = "The run did not come to these; what state they are in is not known."

_BREAKING = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_DIGITS = re.compile(r"(\d+)")
_FORMULA = re.compile("(^|;)([\\s\"']*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")


def line(value: t.Any, longest: int = LONGEST_LINE) -> str:
    """Anything as one line without control characters; the text may come from a device."""
    text = _BREAKING.sub(" ", "" if value is None else str(value)).strip()
    return text if len(text) <= longest else text[:longest - 1].rstrip() + "…"


def natural(name: str) -> list[t.Any]:
    """tv2 comes before tv10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(name)]


def inert(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, also where it is cut at semicolons."""
    return _FORMULA.sub(r"\1\2'", text)


def in_columns(rows: list[tuple[str, str]]) -> list[str]:
    width = max((len(name) for name, dummy in rows), default=0) + 3
    return [wrapped(value, " " * width, f"{name + ':':<{width}}") for name, value in rows]


def host_table(rows: list[tuple[str, ...]], title: str, failures: list[str]) -> list[str]:
    """Rows of cells in columns, and below them the hosts that there is no row of."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip() for row in rows]
    return lines + (["", f"{title} ({len(failures)})"] + failures if failures else [])


def failure(host: str, msg: str) -> str:
    """Messages of devices begin with the host."""
    return msg if msg.startswith((f"{host} ", f"{host}:")) else f"{host}: {msg or 'It was not attempted.'}"


def wrapped(text: str, indent: str, head: str | None = None) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=indent if head is None else head, subsequent_indent=indent,
                         break_long_words=False, break_on_hyphens=False)


def table(rows: list[tuple[str, str]]) -> str:
    cells = [f"<tr><th style=\"{TH}\">{html.escape(name)}</th><td style=\"{TD}\">{html.escape(value)}</td></tr>\n" for name, value in rows]
    return f"<table>\n{''.join(cells)}</table>\n"


def page(subject: str, good: bool, content: str) -> str:
    return (f"<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{html.escape(subject)}</title></head>\n<body style=\"{BODY}\">\n"
            f"<p style=\"font-size: 18px; color: {'#1b6e2d' if good else '#b00020'}\">{html.escape(subject)}</p>\n{content}</body></html>\n")

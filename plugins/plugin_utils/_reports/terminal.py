# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines for a terminal of 80 columns. No input or output."""

from __future__ import annotations

import re
import textwrap
import typing as t

from ansible import constants

from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import host_table

COLUMNS = 79  # a terminal of 80 wraps what fills its last one
FOR_PROGRAMS = re.compile(r"(.*\.)?(\w*json\w*|null)")
"""Standard output callbacks whose output is no text for people."""
ANSIBLE: t.Any = constants
"""Ansible's settings, which it makes attributes of as it starts."""


def is_for_people() -> bool:
    """Whether people read what is printed. Where a program does, one line more makes it no JSON."""
    return not FOR_PROGRAMS.fullmatch(ANSIBLE.DEFAULT_STDOUT_CALLBACK)


def fitting(text: str) -> list[str]:
    """A sentence in as many lines as it takes."""
    return [text] if len(text) <= COLUMNS else textwrap.wrap(text, COLUMNS, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def with_failures(rows: list[tuple[str, ...]], title: str, failures: list[tuple[str, str]]) -> list[str]:
    """Rows of cells in columns, and below them who failed and why; see host_table."""
    lines = host_table(rows, title, failures)
    return lines[:len(rows)] + [part for text in lines[len(rows):] for part in fitting(text)]

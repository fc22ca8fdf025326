# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the demo in a terminal of 80 columns, and writes what that shows as docs/demo.svg. `make recording` runs it."""

from __future__ import annotations

import contextlib
import fcntl
import html
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

PATH = Path(__file__).resolve().parents[2] / "docs" / "demo.svg"
COMMAND = ("ansible-playbook", "bytewire.devices.demo")
FIXED = ("-e", "demo_address=127.7.7.7")  # it is another one each time otherwise
COLUMNS = 80
ADVANCE, LEADING, EDGE = 8.4, 18, 16  # of a character, of a line, around all
COLORS = {"30": "#8b949e", "31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#76e3ea", "37": "#e6edf3"}
NO_BREAK = "\u00a0"  # several of the others are shown as one
PAPER, INK = "#161b22", "#e6edf3"  # its own background, legible on a light page and on a dark one
SEQUENCE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")

Run = tuple[str, str]
"""Characters, and their color."""


def recorded(command: tuple[str, ...]) -> str:
    """What a command writes to a terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, start_new_session=True,
                          env={**os.environ, "TERM": "xterm-256color"}) as process:
        os.close(slave)
        said = b""
        with contextlib.suppress(OSError):  # Linux's word for the end
            for data in iter(lambda: os.read(master, 65536), b""):
                said += data
    os.close(master)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{said.decode()}")
    return said.decode()


def lines_of(said: str) -> list[list[Run]]:
    """Lines as a terminal shows them: colors, and what is too long goes on in the next one."""
    lines: list[list[Run]] = [[]]
    color, room, place = INK, COLUMNS, 0
    while place < len(said):
        found = SEQUENCE.match(said, place)
        if found:
            color = colored(color, found.group(1)) if found.group(2) == "m" else color
            place = found.end()
            continue
        character, place = said[place], place + 1
        if character == "\n" or room == 0 and character != "\r":
            lines.append([])
            room = COLUMNS
        if character not in "\r\n":
            lines[-1].append((character, color))
            room -= 1
    return [joined(line) for line in lines]


def colored(color: str, codes: str) -> str:
    for code in codes.split(";"):
        color = INK if code in ("", "0") else COLORS.get(code, color)
    return color


def joined(characters: list[Run]) -> list[Run]:
    """Neighbours of one color together."""
    runs: list[Run] = []
    for character, color in characters:
        if runs and runs[-1][1] == color:
            runs[-1] = (runs[-1][0] + character, color)
        else:
            runs.append((character, color))
    return runs


def drawn(lines: list[list[Run]], title: str) -> str:
    """The lines as a picture; each run of characters is as wide as they are in a terminal, whatever the font."""
    width, height = COLUMNS * ADVANCE + 2 * EDGE, len(lines) * LEADING + 2 * EDGE
    texts = []
    for number, line in enumerate(lines):
        column = 0
        for text, color in line:
            shown, blank = text.strip(" "), len(text) - len(text.lstrip(" "))
            if shown:
                texts.append(f'<text x="{EDGE + (column + blank) * ADVANCE:.1f}" y="{EDGE + 13 + number * LEADING}" '
                             f'textLength="{len(shown) * ADVANCE:.1f}" fill="{color}">{html.escape(shown).replace(" ", NO_BREAK)}</text>')
            column += len(text)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}" '
        'font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="14">',
        f"<title>{html.escape(title)}</title>", f'<rect width="100%" height="100%" rx="6" fill="{PAPER}"/>', *texts, "</svg>", ""])


def main() -> None:
    said = re.sub(r"(By: +)\S+ on \S+", r"\1you on controller", f"$ {' '.join(COMMAND)}\n{recorded((*COMMAND, *FIXED))}")
    lines = lines_of(said.rstrip())
    PATH.write_text(drawn(lines, "What the demo shows in a terminal"), encoding="utf-8")


if __name__ == "__main__":
    main()

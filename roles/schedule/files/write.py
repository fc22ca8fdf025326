# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes folders and files as they shall be: write.py [--check], with JSON as of Wanted on standard input, since it may hold secrets.

A line tells each thing that is made or changed, or would be without --check.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import typing as t


class Wanted(t.TypedDict):
    """Paths with their modes, in octal, and the texts of the files; None where one must only be there."""

    folders: dict[str, str]
    files: dict[str, tuple[str, str | None]]


class Writing:
    """What is done, or in check mode told alone."""

    def __init__(self, check: bool) -> None:
        self.check = check

    def __call__(self, words: str, act: t.Callable[..., object], *arguments: object) -> None:
        print(words)
        if not self.check:
            act(*arguments)

    def folder(self, path: str, mode: int) -> None:
        if not os.path.isdir(path):
            self(path, make_folder, path, mode)
        else:
            self.mode(path, mode)

    def file(self, path: str, mode: int, text: str | None) -> None:
        if not has(path, text):
            self(path, write, path, mode, text or "")
        else:
            self.mode(path, mode)

    def mode(self, path: str, mode: int) -> None:
        if os.stat(path).st_mode & 0o7777 != mode:
            self(f"{path}, which gets mode {mode:04o}", os.chmod, path, mode)


def make_folder(path: str, mode: int) -> None:
    """With those above it, which get the same mode."""
    above = os.path.dirname(path)
    if not os.path.isdir(above):
        make_folder(above, mode)
    os.mkdir(path)
    os.chmod(path, mode)


def has(path: str, text: str | None) -> bool:
    try:
        with open(path, "rb") as file:
            return text is None or file.read() == text.encode()
    except FileNotFoundError:
        return False


def write(path: str, mode: int, text: str) -> None:
    """Whole or not at all: a run may read it at any time."""
    with tempfile.NamedTemporaryFile("wb", dir=os.path.dirname(path), prefix=".new-", delete=False) as file:
        try:
            file.write(text.encode())
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def main(wanted: Wanted, check: bool) -> None:
    writing = Writing(check)
    for path, mode in wanted["folders"].items():
        writing.folder(path, int(mode, 8))
    for path, (mode, text) in wanted["files"].items():
        writing.file(path, int(mode, 8), text)


if __name__ == "__main__":
    try:
        main(json.load(sys.stdin), "--check" in sys.argv)
    except OSError as problem:
        sys.exit(str(problem))

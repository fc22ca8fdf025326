# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that are whole after a crash: one that is replaced at once, and one of lines that grows at its end and is bounded."""

from __future__ import annotations

import contextlib
import json
import os
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._files import ends_in_the_middle, sync_folder

Line = t.Dict[str, t.Any]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_END = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW


def replace(path: str, content: bytes, mode: int) -> None:
    """The file has this content, and is on disk, or is as it was. What a run that died had begun is overwritten."""
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.tmp")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    handle = os.open(temporary, _NEW, mode)
    with open(handle, "wb") as file:
        os.fchmod(handle, mode)
        file.write(content)
        file.flush()
        os.fsync(handle)
    os.rename(temporary, path)
    sync_folder(folder)


class Lines:
    """JSON objects, one a line, the newest last: never more than so many lines and bytes. The caller holds a lock."""

    def __init__(self, path: str, most_lines: int, most_bytes: int) -> None:
        self.path, self.most_lines, self.most_bytes = path, most_lines, most_bytes

    def add(self, entries: t.Sequence[Line]) -> None:
        """On disk when this returns. A line that a run which died left half written is ended, and counts for nothing."""
        if not entries:
            return
        content = "".join(f"{json.dumps(entry, ensure_ascii=False, separators=(',', ':'))}\n" for entry in entries).encode("utf-8", "replace")
        handle = os.open(self.path, _END, 0o600)
        try:
            if ends_in_the_middle(handle):
                content = b"\n" + content
            written = 0
            while written < len(content):
                written += os.write(handle, content[written:])
            os.fsync(handle)
        finally:
            os.close(handle)
        self._bound()

    def last(self, most_bytes: int) -> list[Line]:
        """The newest of them, of so many bytes at most, oldest first."""
        return [entry for entry in map(_parsed, self._end(most_bytes).splitlines()) if entry is not None]

    def _end(self, most_bytes: int) -> bytes:
        """The last whole lines."""
        try:
            with open(self.path, "rb") as file:
                start = max(0, file.seek(0, os.SEEK_END) - most_bytes)
                file.seek(max(start - 1, 0))
                content = file.read()
        except FileNotFoundError:
            return b""
        return content.partition(b"\n")[2] if start else content

    def _bound(self) -> None:
        """The newest three quarters stay where there are too many, so that this is seldom done."""
        content = self._end(self.most_bytes + 1)
        if os.stat(self.path).st_size <= self.most_bytes and content.count(b"\n") <= self.most_lines:
            return
        lines = content.splitlines(keepends=True)[-max(self.most_lines * 3 // 4, 1):]
        size = sum(map(len, lines))
        while lines and size > self.most_bytes * 3 // 4:
            size -= len(lines.pop(0))
        replace(self.path, b"".join(lines), 0o600)


def _parsed(line: bytes) -> Line | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None

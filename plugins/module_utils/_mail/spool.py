# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A directory of messages that wait. The name of a file always tells what must happen to it if this process dies now.

    X.eml               not handed to a server yet
    X.unconfirmed.eml   handed over once without an answer: will be handed over once more
    X.twice.eml         handed over once more, by a process that died: will be moved to unconfirmed
    unconfirmed/X.eml   handed over twice without an answer: for a person to look at
    rejected/X.eml      refused for good, or not a message: for a person to look at
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._files import is_private, open_own, read_regular, sync_folder
from ansible_collections.bytewire.devices.plugins.module_utils._mail.delivery import Outcome
from ansible_collections.bytewire.devices.plugins.module_utils._mail.message import Message

_SENDER, _RECIPIENT, _REASON = b"X-Bytewire-Sender", b"X-Bytewire-Recipient", b"X-Bytewire-Reason"
_ENVELOPE = re.compile(br"(X-Bytewire-(?:Sender|Recipient|Reason)): ([^\r\n]*)\r?\n")
LARGEST = 256 * 1024 * 1024  # bytes of a message
_UNCONFIRMED, _TWICE = ".unconfirmed", ".twice"
_TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.tmp")
_ABANDONED = 3600  # seconds after which nobody writes a file any more
_UNUSABLE = (FileExistsError, NotADirectoryError, PermissionError)


class Spool:
    """The directory, private to its user. A path that cannot be meant is invalid; a disk that is full or read-only is an OSError."""

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        with self._usable():
            os.makedirs(self.path, mode=0o700, exist_ok=True)
            found = os.stat(self.path)
        if not is_private(found):
            raise invalid(f"spool: {self.path} must belong to the user who sends and be writable by nobody else (chmod 700).", "spool")

    @contextlib.contextmanager
    def _usable(self) -> t.Iterator[None]:
        try:
            yield
        except _UNUSABLE as error:
            raise invalid(f"spool: cannot use {self.path}: {error.strerror}.", "spool") from None

    @contextlib.contextmanager
    def locked(self, seconds: float) -> t.Iterator[bool]:
        """Yields whether we, and nobody else, may take messages out."""
        with self._usable():
            handle = open_own(os.path.join(self.path, ".lock"))
        try:
            yield _flocked(handle, time.monotonic() + seconds)
        finally:
            os.close(handle)

    def entries(self) -> list[Entry]:
        """What waits, oldest first."""
        with os.scandir(self.path) as found:
            names = [entry.name for entry in found if _is_message_file(entry)]
        return [Entry(self.path, name) for name in sorted(names)]

    def clear(self) -> None:
        """Remove what processes that died had begun to write."""
        for folder in (self.path, os.path.join(self.path, "rejected")):
            with contextlib.suppress(OSError), os.scandir(folder) as found:
                for entry in found:
                    if _TEMPORARY.fullmatch(entry.name) and entry.stat(follow_symlinks=False).st_mtime < time.time() - _ABANDONED:
                        os.unlink(entry.path)

    def keep(self, message: Message) -> Entry:
        """Add a message that was not tried yet; on disk when this returns."""
        name = _new_stem() + ".eml"
        _write(self.path, name, message, "")
        return Entry(self.path, name)

    def keep_rest(self, outcome: Outcome) -> tuple[Entry, str | None]:
        """Add what an attempt outside the spool has left to do; returns the entry and the file set aside, if any."""
        entry = Entry(self.path, _new_stem() + (_UNCONFIRMED if outcome.unconfirmed else "") + ".eml")
        return entry, entry.settle(outcome)


def _new_stem() -> str:
    """Names sort by time."""
    return f"{time.time_ns():020d}-{secrets.token_hex(4)}"


def _is_message_file(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(".eml") and not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)


def _flocked(handle: int, until: float) -> bool:
    """Whether the file could be locked until this moment of the monotonic clock."""
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.05)


class Entry:
    """One message of a spool."""

    def __init__(self, directory: str, name: str) -> None:
        self._directory, self._first_name = directory, name
        self._name = name

    @property
    def first_path(self) -> str:
        """Where it was found, or put at first."""
        return os.path.join(self._directory, self._first_name)

    @property
    def path(self) -> str:
        """Where it is."""
        return os.path.join(self._directory, self._name)

    @property
    def waits(self) -> bool:
        """Whether a later run will send it."""
        return os.path.dirname(self._name) == "" and os.path.exists(self.path)

    @property
    def handed_over_twice(self) -> bool:
        """Whether a process that died handed it over for the second time."""
        return self._name.endswith(_TWICE + ".eml")

    def message(self) -> Message | None:
        """The message, or None if the file is not one of ours."""
        content = read_regular(self.path, LARGEST)
        envelope: dict[bytes, list[str]] = {}
        end = 0
        line = _ENVELOPE.match(content)
        while line:
            envelope.setdefault(line.group(1), []).append(line.group(2).decode("utf-8", "replace"))
            end = line.end()
            line = _ENVELOPE.match(content, end)
        if not content[end:] or len(envelope.get(_SENDER, ())) != 1 or not envelope.get(_RECIPIENT):
            return None
        return Message(envelope[_SENDER][0], envelope[_RECIPIENT], content[end:])

    def hand_over(self) -> None:
        """Before the server may have it: if nobody comes back to tell, it was handed over once more."""
        stem = self._first_name[:-len(".eml")]
        try:
            if stem.endswith(_UNCONFIRMED):
                self._move("", stem[:-len(_UNCONFIRMED)] + _TWICE)
            else:
                self._move("", stem + _UNCONFIRMED)
        except OSError as error:
            raise BytewireError("invalid", "spool", f"spool: cannot write in {self._directory}: {error.strerror}.") from None

    def settle(self, outcome: Outcome) -> str | None:
        """Leave what is still to be done; returns the file set aside for good, or None."""
        reason = outcome.error.msg if outcome.error else ""
        aside = None
        if outcome.rejected:
            aside = self._set_aside(outcome, reason)
        if not outcome.waiting:
            self._remove()
        else:
            try:
                _write(self._directory, self._name, outcome.message._replace(recipients=outcome.waiting), reason)
            finally:
                self._rename(outcome.unconfirmed)
        return self.path if outcome.waiting and not self.waits else aside

    def _rename(self, unconfirmed: bool) -> None:
        """What is still to be done with it, by its name; not before it is written who has got it."""
        if unconfirmed and self.handed_over_twice:
            self.set_aside("unconfirmed")
        elif not unconfirmed and self._name != self._first_name:
            os.rename(self.path, self.first_path)
            self._name = self._first_name

    def set_aside(self, folder: str = "rejected") -> str:
        """For a person to look at, as a file that is not a message; returns where it is now."""
        stem = self._name[:-len(".eml")]
        self._move(folder, stem[:-len(_TWICE)] if self.handed_over_twice else stem)
        return self.path

    def _set_aside(self, outcome: Outcome, reason: str) -> str:
        name = _free_name(self._directory, "rejected", self._first_name[:-len(".eml")])
        _write(self._directory, name, outcome.message._replace(recipients=outcome.rejected), reason)
        return os.path.join(self._directory, name)

    def _move(self, folder: str, stem: str) -> None:
        name = _free_name(self._directory, folder, stem)
        os.rename(self.path, os.path.join(self._directory, name))
        self._name = name

    def _remove(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        sync_folder(self._directory)


def _free_name(directory: str, folder: str, stem: str) -> str:
    if folder:
        os.makedirs(os.path.join(directory, folder), mode=0o700, exist_ok=True)
    name = os.path.join(folder, stem + ".eml")
    while os.path.lexists(os.path.join(directory, name)):
        name = os.path.join(folder, f"{stem}-{secrets.token_hex(2)}.eml")
    return name


def _write(directory: str, name: str, message: Message, reason: str) -> None:
    """The whole file or none, and on disk."""
    target = os.path.join(directory, name)
    temporary = os.path.join(os.path.dirname(target), f".{secrets.token_hex(8)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(_envelope(message, reason) + message.content)
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(os.path.dirname(target))


def _envelope(message: Message, reason: str) -> bytes:
    lines = [(_SENDER, message.sender)] + [(_RECIPIENT, address) for address in message.recipients]
    if reason:
        lines.append((_REASON, reason.replace("\r", " ").replace("\n", " ")))
    return b"".join(b"%s: %s\r\n" % (name, text.encode("utf-8", "replace")) for name, text in lines)

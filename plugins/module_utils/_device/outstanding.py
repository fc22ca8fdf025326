# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was sent to one place and not answered, and which bytes it may still say; what it was told and not seen to be. No input or output.

An answer is evidence only if nothing older can be it: bytes count for a question unless what is outstanding could have said exactly these.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import os
import re
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._device.lock import parted
from ansible_collections.bytewire.devices.plugins.module_utils._page.attribution import anything, confusable
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import COMPLETE, MORE, Data, Value, Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import SECRETS, TemplateError, match_literal

MOST = 12  # entries; of more than that nothing is known
MOST_READINGS = 400  # ways to read what came, beyond which it may be anything
CEILING = 4  # times `latest`: how long what waits behind something slow may take
NOT_A_RECORD = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)

Record = t.Dict[str, t.Any]


class Entry:
    """A message that was sent and not answered; message is None where nothing is known of what may come.

    since, until, doubted: of the monotonic clock. It is waited for until the one, and may be answered until the other, which is no sooner.
    connection: which one of this task it was sent on, 0 for those before.
    """

    def __init__(self, message: Message | None, known: Values, since: float, until: float, doubted: float, connection: int) -> None:
        self.message, self.known, self.since, self.until, self.doubted, self.connection = message, known, since, until, doubted, connection

    @property
    def anything(self) -> bool:
        """Whether it may say whatever there is."""
        return anything(self.message)

    @property
    def most_answers(self) -> int:
        """How many answers it can give: a device may repeat it, and answer it."""
        return 1 if self.message is not None and self.message.echo is None else 2

    def answers(self, data: Data) -> tuple[set[int], bool]:
        """({how many of these bytes may be an answer to it}, whether all of them may be the beginning of one)."""
        ends: set[int] = set()
        beginning = False
        for template in [] if self.message is None else [*self.message.replies, *self.message.refused, *self.message.locked, *self.message.busy]:
            for match in (template.match(data, self.known, final) for final in (False, True)):
                if match.status == COMPLETE:
                    ends.add(match.end)
                beginning = beginning or match.status == MORE
        return ends - {0}, beginning

    def echoes(self, data: Data) -> tuple[set[int], bool]:
        """The same of its echo."""
        if self.message is None or self.message.send is None:
            return set(), False
        try:
            echo = self.message.send.render(self.known) + (self.message.echo or b"")
        except TemplateError:  # it holds a secret, which is kept nowhere
            match = self.message.send.match(data, self.known)
            return {match.end} if match.status == COMPLETE else set(), match.status == MORE
        status, end = match_literal(echo, data, 0, len(data), True)
        return {end} if status == COMPLETE else set(), status == MORE

    def confuses(self, message: Message, known: Values) -> bool:
        """True where an answer to this could be taken for one to that message, or stand before it."""
        return confusable(message, known, self.message, self.known)


class Outstanding:
    """The entries of one place, oldest first. answered_late: an answer to one of this task has come.

    told: {part: (state, until)} of what was commanded and not seen to be so: until then it may still read as it was before.
    ahead: the same, and telling: {part: words}, of what this task commands, for the case that it does not come to its end.
    untold: {task: [words]} of such tasks, of which nobody has been told yet.
    """

    def __init__(self) -> None:
        self.answered_late = False
        self.entries: list[Entry] = []
        self.told: dict[str, tuple[Value, float]] = {}
        self.ahead: dict[str, tuple[Value, float]] = {}
        self.telling: dict[str, str] = {}
        self.untold: dict[str, list[str]] = {}
        self._who = ""

    def __bool__(self) -> bool:
        return bool(self.entries)

    def add(self, message: Message | None, known: Values, since: float, latest: float, usual: float, connection: int, behind: bool = True) -> None:
        """Note what was sent; it is waited for so long, counted from the end of what it waits behind, and doubted for what is usual at least."""
        others = self.entries if behind else []
        until = _end(since, latest, [entry.until for entry in others])
        doubted = _end(since, max(latest, usual), [entry.doubted for entry in others])
        self.entries.append(Entry(message, known, since, until, doubted, connection))
        if len(self.entries) > MOST:
            self.entries = [Entry(None, {}, since, max(entry.until for entry in self.entries), max(entry.doubted for entry in self.entries), connection)]

    def alive(self) -> bool:
        """Whether anything may still be answered, or read as it was."""
        self.expire()
        return bool(self.entries or self.told)

    @property
    def unfinished(self) -> bool:
        """Whether there is something that nobody will have been told, should this task end here."""
        return bool(self.ahead or self.telling or self.untold)

    def told_state(self, part: str) -> Value | None:
        """What this part was told to be a moment ago and was not seen to be, or None."""
        state, until = self.told.get(part, (None, 0.0))
        return state if until > time.monotonic() else None

    def seen(self, data: Data) -> None:
        """Forget what was answered by bytes that nobody asked for."""
        if data and self.entries:
            starts = self.starts(data)[0]
            self.came(starts[max(starts)])

    def expire(self) -> None:
        """Forget what cannot be answered any more, and what reads as it is by now."""
        now = time.monotonic()
        self.told = {part: (state, until) for part, (state, until) in self.told.items() if until > now}
        self.entries = [entry for entry in self.entries if entry.doubted > now]

    def end(self, entries: t.Iterable[Entry]) -> None:
        """Forget these: their answers have come, or cannot come."""
        gone = list(entries)
        self.entries = [entry for entry in self.entries if not any(entry is other for other in gone)]

    def came(self, entries: t.Collection[Entry]) -> None:
        """Forget these: their answers have come, late."""
        self.answered_late = self.answered_late or any(entry.connection for entry in entries)
        self.end(entries)

    def confusing(self, message: Message, known: Values) -> list[Entry]:
        """The entries whose answers could be taken for one to this message."""
        if not self.entries:
            return []
        self.expire()
        return [entry for entry in self.entries if entry.confuses(message, known)]

    def starts(self, data: Data) -> tuple[dict[int, list[Entry]], bool]:
        """({where in these bytes something else may begin: the entries that then said what is before}, whether entries alone may have said all)."""
        found: dict[int, list[Entry]] = {0: []}
        whole = not data
        sources = [(entry, said) for entry in self.entries for said in (entry.answers, entry.echoes)]
        if any(entry.anything for entry in self.entries):
            return found, True
        pending: list[tuple[int, frozenset[int]]] = [(0, frozenset())]
        seen = set(pending)
        for position, used in pending:
            for number, (dummy, said) in enumerate(sources):
                if number in used or position == len(data):
                    continue
                ends, beginning = said(data[position:])
                whole = whole or beginning or position + max(ends, default=0) == len(data)
                following = [(position + end, used | {number}) for end in ends]
                pending += [state for state in following if state not in seen]
                seen.update(following)
                if len(seen) > MOST_READINGS:
                    return found, True
            found.setdefault(position, [sources[number][0] for number in used])
        return found, whole

    # from one task to the next

    def records(self, profile: Profile, closed: float | None = None, ended: bool = True) -> str:
        """All this as a line for the file of the lock, and when the connection was closed; never the bytes of a login or of a free command.

        ended: the task came to its end, and tells itself what it did and what it was told of those before.
        """
        self.expire()
        offset = _since_boot() - time.monotonic()
        entries = [{**_record(entry), "since": entry.since + offset, "until": entry.until + offset, "doubted": entry.doubted + offset}
                   for entry in self.entries if entry.message is None or entry.message.answered or not entry.message.loose]
        told = {part: (state, until + offset) for part, (state, until) in (self.told if ended else {**self.told, **self.ahead}).items()}
        return json.dumps({"boot": _boot(), "page": _digest(profile) if entries else "", "entries": entries, "told": told,
                           "closed": None if closed is None else closed + offset, "untold": {} if ended else self._untold()}) + "\n"

    def _untold(self) -> dict[str, list[str]]:
        """What nobody will have been told, should this task end here."""
        self._who = self._who or f"process {os.getpid()}, {time.strftime('%Y-%m-%d %H:%M')}"
        return {**self.untold, self._who: list(self.telling.values())} if self.telling else self.untold

    def recall(self, left: str, profile: Profile, latest: float, usual: float) -> float:
        """Take over what the holders of the lock before left, and say when they closed the connection; what one that died was asking is not known."""
        now = time.monotonic()
        died, seconds, line = parted(left)
        closed = now
        try:
            closed = self._recall(json.loads(line), profile)
        except NOT_A_RECORD:
            died, self.entries = True, []
        if died:
            latest = max(latest, float(seconds) if re.fullmatch(r"[0-9]{1,5}(\.[0-9]+)?", seconds) else 0.0)
            until, doubted = max([now + latest, *(entry.until for entry in self.entries)]), [now + usual, *(entry.doubted for entry in self.entries)]
            self.entries = [Entry(None, {}, now, until, max([until, *doubted]), 0)]
        self.expire()
        return now if died else min(now, closed)

    def _recall(self, noted: t.Mapping[str, t.Any], profile: Profile) -> float:
        this_boot = noted["boot"] == _boot()
        offset = _since_boot() - time.monotonic()
        self.untold = {str(task): [str(words) for words in told] for task, told in noted["untold"].items()}
        messages = _messages(profile) if noted["entries"] and noted["page"] == _digest(profile) else {}
        for entry in noted["entries"]:
            start = float(entry["since"])
            since = (start if this_boot else 0.0) - offset  # or sent before this machine started
            until, doubted = (since + float(entry[name]) - start for name in ("until", "doubted"))
            self.entries.append(Entry(messages.get(entry.get("what")), dict(entry.get("known") or {}), since, until, doubted, 0))
        if len(self.entries) > MOST or not all(math.isfinite(entry.since + entry.until + entry.doubted) for entry in self.entries):
            raise ValueError("nobody left this")
        if this_boot:
            self.told = {part: (state, float(until) - offset) for part, (state, until) in noted["told"].items()}
        return float(noted["closed"] or 0) - offset if this_boot else 0.0


def _end(since: float, seconds: float, others: t.Iterable[float]) -> float:
    """When something ends that takes so long, and waits behind others that end then."""
    return min(max([since, *others]) + seconds, since + CEILING * seconds)


def _record(entry: Entry) -> Record:
    message = entry.message
    if message is None or message.loose or message.where == "command" or message.send is None:
        return {}
    known: dict[str, Value] = {name: value for name, value in entry.known.items() if name in message.send.names.difference(SECRETS)}
    return {"what": message.where, "known": known}


def _messages(profile: Profile) -> dict[str, Message]:
    return {message.where: message for dummy, message in [*profile.requests(), *profile.steps()]}


def _digest(profile: Profile) -> str:
    return hashlib.sha256(json.dumps(profile.page, sort_keys=True).encode("utf-8")).hexdigest()[:16]


def _since_boot() -> float:
    """Seconds since this machine started, also while it slept."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@functools.lru_cache(maxsize=None)
def _boot() -> str:
    """Which start of this machine this is."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a result is true: the history of a fake device beside what was told. Nothing of the project is asked."""

from __future__ import annotations

import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.setting import flattened
from ansible_collections.bytewire.devices.tests.liars.fake import Fake, Key, Seen

OK, FAILED, UNKNOWN, FALSE = "ok", "failed", "unknown", "FALSE"
"""True and certain; failed, and said nothing that was not so; not failed, and said that it is not known; not so."""


LONG = 8  # characters of what is a text and no number


class Done(t.NamedTuple):
    """A task that was carried out: when it began and ended, on the clock of the fake device."""

    number: int
    kind: str
    options: t.Mapping[str, t.Any]
    began: float
    ended: float
    result: t.Mapping[str, t.Any]


class Verdict(t.NamedTuple):
    """What a result is worth, and why it is false."""

    word: str
    why: t.Sequence[str]


def judge(fake: Fake, done: Done, about: Key | None) -> Verdict:
    """The verdict on one task; called when everything has happened that the device was told."""
    return _Judge(fake, done, about).verdict()


class _Judge:
    def __init__(self, fake: Fake, done: Done, about: Key | None) -> None:
        self.fake, self.done, self.about, self.result = fake, done, about, done.result
        self.failed = bool(self.result.get("failed"))
        self.lag = fake.habit.lag
        self.mine = [seen for seen in fake.seen if seen.task == done.number]
        writes = [seen.time for seen in self.mine if seen.writes]
        self.wrote = bool(writes)
        self.first_write = writes[0] if writes else done.ended
        self.last_write = writes[-1] if writes else done.began
        self.changes = fake.truth.caused_by(done.number)
        self.why: list[str] = []
        self.unknown = False

    def verdict(self) -> Verdict:
        if self.result.get("error", {}).get("stage") == "defect":
            self.why.append("the code failed")
        self._changed()
        {"relay": self._held, "settings": self._held, "pulsed": self._pulsed, "cycled": self._cycled, "command": self._command, "send": self._send,
         "info": self._info, "ping": self._info}[self.done.kind]()
        if self.why:
            return Verdict(FALSE, self.why)
        return Verdict(FAILED if self.failed else UNKNOWN if self.unknown else OK, ())

    def _changed(self) -> None:
        did = self.changes or any(seen.done for seen in self.mine if seen.what in ("command", "raw"))
        if did and not self.result.get("changed"):
            self.why.append("changed is false, and the task changed it")

    def _states(self) -> list[tuple[Key, t.Any, t.Any]]:
        """(what, state, was) as the result has them, in the words of the truth; None where it is not known."""
        codes = {"on": True, "off": False}
        found: list[tuple[Key, t.Any, t.Any]] = []
        for number, relay in (self.result.get("relays") or {}).items():
            found.append((("relay", int(number)), codes.get(relay["state"]), codes.get(relay.get("was", "unknown"))))
        for name, told in flattened(self.result.get("settings") or {}).items():
            setting = self.fake.profile.settings[name]
            now, was = (told["state"], told["was"]) if isinstance(told, dict) else (told, None)
            names: t.Mapping[str, t.Any] = {} if setting.words else setting.values
            found.append((("setting", name), names.get(str(now), now), names.get(str(was), was)))
        return found

    def _see(self, hold: bool) -> None:
        """Each state that is told was so between the last command and the end (and is so at the end), and each that was before, before.

        What a task tells that failed, or that only asked, was read: of a device that reads as it was a while ago it may be as old.
        """
        states = self._states()
        for key, now, was in states:
            if now is None or now == "unknown":
                self.unknown = True
                continue
            so = self.fake.truth.between(key, self.last_write - self.lag * (self.failed or not self.wrote), self.done.ended)
            if now not in so:
                self.why.append(f"{key[1]} is said to be {now}, and was {so} since the last command")
            elif hold and not self.failed and now != so[-1]:
                self.why.append(f"{key[1]} is said to be {now}, and is {so[-1]} at the end")
        for key, dummy, was in states:
            before = self.fake.truth.between(key, self.done.began - self.lag, self.first_write)
            if was is not None and was != "unknown" and was not in before:
                self.why.append(f"{key[1]} is said to have been {was}, and was {before} before the first command")

    def _held(self) -> None:
        self._see(hold=True)
        if self.failed or self.unknown or self.about is None:
            return
        wanted = self.done.options.get("state")
        now = self.fake.truth.between(self.about, self.done.ended, self.done.ended)[0]
        if wanted is not None and now is not (wanted == "on"):
            self.why.append(f"ok with state {wanted}, and {self.about[1]} is {now}")

    def _counted(self, value: bool) -> None:
        """A pulse or cycle that is told happened once; one that failed at most once."""
        times = sum(change.key == self.about and change.value is value for change in self.changes)
        certain = not self.failed and not self.unknown
        if times > 1:
            self.why.append(f"it was switched {times} times")
        elif certain and times == 0 and self.result.get("warnings"):
            self.unknown = True
        elif certain and times == 0:
            self.why.append("ok, and it was never switched")

    def _pulsed(self) -> None:
        self._see(hold=False)
        self._counted(True)

    def _cycled(self) -> None:
        self._see(hold=True)
        self._counted(False)

    def _given(self, fits: t.Callable[[Seen], bool]) -> list[tuple[Seen, bytes]]:
        """The requests of this task that were answered before it ended, each with what was said to it, and unasked behind it."""
        found = []
        for seen in self.mine:
            said = sorted([(time, data) for time, data in [*seen.said, *self.fake.unasked] if seen.time <= time <= self.done.ended], key=lambda pair: pair[0])
            if fits(seen) and said:
                found.append((seen, b"".join(data for dummy, data in said)))
        return found

    def _command(self) -> None:
        if self.failed:
            return
        command, reply = self.done.options["command"], self.result.get("reply")
        answered = self._given(lambda seen: seen.what == "command" and seen.values.get("command") == command)
        if reply is None:
            self.unknown = True
        elif not any(seen.reply in reply and reply.encode("latin-1") in said for seen, said in answered if seen.reply):
            self.why.append(f"'{command}' is said to have been answered {reply!r}; what was said to it is {[said for dummy, said in answered]}")

    def _send(self) -> None:
        if self.failed:
            return
        data, reply = bytes.fromhex(self.done.options["data"]), bytes(self.result.get("reply_bytes") or ())
        answered = [said for dummy, said in self._given(lambda seen: seen.data == data)]
        if not reply:
            self.unknown = True
        elif not any(reply in said for said in answered):
            self.why.append(f"{data.hex(' ')} is said to have been answered {reply.hex(' ')}; what was said to it is {[said.hex(' ') for said in answered]}")

    def _said(self, text: str) -> bool:
        """Whether a longer text was said in answer to one question: what ends with silence is all that came until then."""
        return len(text) >= LONG and any(text.encode("latin-1", "replace") in said for dummy, said in self._given(lambda seen: not seen.writes))

    def _flagged(self, name: str) -> list[str]:
        """What the page calls the bits of a number that the device has."""
        bits = next((message["flags"][name] for message in self.fake.profile.page.get("info", {}).values() if name in message.get("flags", {})), {})
        number = self.fake.board.values.get(name)
        return [words for bit, words in sorted(bits.items(), key=lambda pair: int(pair[0])) if isinstance(number, int) and number >> int(bit) & 1]

    def _info(self) -> None:
        self._see(hold=False)
        board = self.fake.board
        told = {**(self.result.get("identity") or {}), **(self.result.get("information") or {})}
        for name, value in told.items():
            if name in board.values and not isinstance(value, list) and not _same(value, board.values[name]) and not self._said(str(value)):
                self.why.append(f"{name} is said to be {value!r}, and is {board.values[name]!r}")
            elif isinstance(value, list) and value not in ([], board.values.get(name), self._flagged(name)):
                self.why.append(f"{name} is said to be {value}, and is {board.values.get(name)!r}")
        for number, value in (self.result.get("analogue") or {}).items():
            if value != board.analogue[int(number)]:
                self.why.append(f"analogue {number} is said to be {value}, and is {board.analogue[int(number)]}")
        for number, value in (self.result.get("inputs") or {}).items():
            if value != "inactive":
                self.why.append(f"input {number} is said to be {value}")


def _same(told: object, so: object) -> bool:
    """True where two values are the same number, or the same text, which is told without blanks around it."""
    return told == so or str(told) == str(so).strip(" ")

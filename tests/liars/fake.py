# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A device whose truth is a variable: only a request that switches changes it, and it is kept with the time of each change.

The page parses requests and renders replies. What is so, and since when, is recorded here, and the verdict asks nobody else.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile
from ansible_collections.bytewire.devices.plugins.module_utils._wire.telnet import ECHO, SUPPRESS_GO_AHEAD, WILL
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.server import Requests
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.stream import Request, Unknown

PORT = 20017
APART = 1e-5  # seconds between two things that are done in turn: an event loop may swap those of one moment
LONGEST_BUFFER = 4096  # bytes that a serial server keeps while nobody is connected
PASSWORD = "admin"
SWITCHING = ("relays.on", "relays.off", "relays.pulse", "relays.pulse_off", "relays.write")
WIRES = ("tcp", "line", "dropping")
"""An answer dies with its connection; what a line says goes to who is connected then, and is kept, or lost, where nobody is."""

Key = t.Tuple[str, t.Any]
"""("relay", number) or ("setting", name)."""


class Seen:
    """A request that arrived: when, in which task, what the device said to it, and whether it did it."""

    def __init__(self, number: int, task: int, time: float, what: str, message: Message | None, values: dict[str, t.Any], data: bytes) -> None:
        self.number, self.task, self.time = number, task, time
        self.what, self.message, self.values, self.data = what, message, values, data
        self.said: list[tuple[float, bytes]] = []
        self.reply: str | None = None
        self.done = False

    @property
    def writes(self) -> bool:
        return self.what in SWITCHING or self.what in ("command", "raw") or self.what.startswith("settings.") and self.what.endswith(".set")


class Change(t.NamedTuple):
    """A change of the truth, and the request that caused it; None where somebody at the device did."""

    time: float
    key: Key
    value: t.Any
    cause: Seen | None


class Truth:
    """What is so, and what was so when."""

    def __init__(self, values: dict[Key, t.Any]) -> None:
        self.first = dict(values)
        self.now = dict(values)
        self.changes: list[Change] = []

    def set(self, time: float, key: Key, value: t.Any, cause: Seen | None) -> None:
        if self.now[key] != value:
            self.now[key] = value
            self.changes.append(Change(time, key, value, cause))

    def at(self, time: float) -> dict[Key, t.Any]:
        return {**self.first, **{change.key: change.value for change in self.changes if change.time <= time}}

    def between(self, key: Key, begin: float, end: float) -> list[t.Any]:
        """Every value that was so at any time from begin to end."""
        return [self.at(begin)[key]] + [change.value for change in self.changes if change.key == key and begin < change.time <= end]

    def caused_by(self, task: int) -> list[Change]:
        """The changes that the requests of a task made, during it or later."""
        return [change for change in self.changes if change.cause is not None and change.cause.task == task]


class Habit(t.Protocol):
    """How a device behaves; see habits.py."""

    lag: float

    def connected(self, fake: Fake, connection: Connection) -> None:
        """Somebody connected."""

    def take(self, fake: Fake, seen: Seen, connection: Connection) -> None:
        """A request came."""


class Fake:
    """One device on one address. about: what its tasks are about; switching: whether they change it, so that the habit strikes commands and not questions."""

    def __init__(self, profile: Profile, habit: Habit, wire: str, host: str, on: t.Container[int] = (), settings: t.Mapping[str, object] | None = None,
                 switching: bool = True, about: Key | None = None) -> None:
        self.profile, self.habit, self.wire, self.host, self.switching, self.about = profile, habit, wire, host, switching, about
        self.board = Board(profile, password=PASSWORD if profile.login and not profile.login[-1].when else None)
        for name, value in (settings or {}).items():
            self.board.settings[name] = profile.settings[name].code(value)
        self.board.analogue = {number: 3 * number for number in profile.analogue.numbers} if profile.analogue else {}
        self.truth = Truth({**{("relay", number): number in on for number in self.board.coils},
                            **{("setting", name): code for name, code in self.board.settings.items()}})
        self.loop = asyncio.get_running_loop()
        self.began = self.loop.time()
        self.task = -1
        self.seen: list[Seen] = []
        self.log: list[tuple[float, str]] = []
        self.unasked: list[tuple[float, bytes]] = []
        self.open: list[Connection] = []
        self.kept = b""
        self.connections = 0
        self.timers: list[asyncio.TimerHandle] = []
        self.ends = self.began  # when the last thing that is planned will have happened
        self.free = self.began  # when what is worked off in order will be done
        self.late = 0.0  # seconds by which the machine, and no habit, was late with something at most
        self.server: asyncio.AbstractServer | None = None

    async def start(self) -> None:
        self.server = await self.loop.create_server(lambda: Connection(self), self.host, PORT, backlog=16)

    def stop(self) -> None:
        for timer in self.timers:
            timer.cancel()
        if self.server is not None:
            self.server.close()
        for connection in list(self.open):
            connection.transport.abort()

    # the truth

    def time(self) -> float:
        return self.loop.time()

    def note(self, words: str) -> None:
        self.log.append((self.time() - self.began, words))

    def later(self, seconds: float, what: t.Callable[..., object], *arguments: t.Any) -> None:
        due = self.time() + seconds
        self.ends = max(self.ends, due)
        self.timers.append(self.loop.call_later(seconds, self._now, due, what, *arguments))

    def _now(self, due: float, what: t.Callable[..., object], *arguments: t.Any) -> None:
        self.late = max(self.late, self.time() - due)
        what(*arguments)

    def in_turn(self, seconds: float, what: t.Callable[..., object], *arguments: t.Any) -> None:
        """Behind everything that came before, and so many seconds of work."""
        self.free = max(self.free, self.time()) + seconds + APART
        self.later(self.free - self.time(), what, *arguments)

    def do(self, seen: Seen) -> None:
        """Carry out a request that switches; no other one changes anything."""
        if not seen.writes:
            return
        seen.done = True
        relays = self.profile.relays
        if seen.what == "relays.write" and relays:
            for number in self.board.coils:
                self._set(("relay", number), bool(seen.values["relays"] >> (number - relays.lowest) & 1), seen)
        elif seen.what.startswith("relays.") and relays:
            key, on = ("relay", relays.number_of(seen.values)), seen.what in ("relays.on", "relays.pulse")
            self._set(key, on, seen)
            if seen.what.startswith("relays.pulse"):
                self.later(seen.values["seconds"], self._end_pulse, key, not on, seen)
        elif seen.what.startswith("settings."):
            setting = self.profile.setting_of(seen.what, seen.values)
            assert setting is not None
            self._set(("setting", setting.name), setting.code_of(seen.values, "set"), seen)

    def outside(self, key: Key, value: t.Any) -> None:
        """Somebody at the device changes something."""
        self._set(key, value, None)

    def _end_pulse(self, key: Key, value: t.Any, seen: Seen) -> None:
        last = [change for change in self.truth.changes if change.key == key][-1:]
        if not last or last[0].cause is seen:
            self._set(key, value, seen)

    def _set(self, key: Key, value: t.Any, cause: Seen | None) -> None:
        if self.truth.now[key] != value:
            self.note(f"TRUTH {key[1]} = {value}{'' if cause else ' (somebody at the device)'}")
        self.truth.set(self.time(), key, value, cause)

    # what it says

    def answer(self, seen: Seen, at: float | None = None, claimed: t.Mapping[Key, t.Any] | None = None, values: t.Mapping[str, t.Any] | None = None) -> bytes:
        """The answer to a request, as things are; or were at a time, or are claimed to be; or as if it had named other values."""
        if seen.what == "raw":
            return bytes((0xA5, seen.data[1] if len(seen.data) > 1 else 0, seen.number & 0xFF))
        if seen.message is None:
            return self.profile.unknown
        now = {**(self.truth.now if at is None else self.truth.at(at)), **(claimed or {})}
        self.board.coils = {number: now["relay", number] for number in self.board.coils}
        self.board.settings = {name: now["setting", name] for name in self.board.settings}
        if not self.board.hears(seen.what, seen.values) or self.board.is_broadcast(seen.values):
            return b""
        if seen.what == "command":
            seen.reply = self.board.replies[seen.values["command"]] = f"{seen.values['command']} is {seen.number}"
        if not self.profile.fits(seen.what, seen.values):
            return self.refusal(seen)
        return self.board.reply(seen.what, seen.message, {**seen.values, **(values or {})}) or b""

    def refusal(self, seen: Seen) -> bytes:
        return (self.board.refusal(seen.message, seen.values) if seen.message is not None else None) or b""

    def reading(self, claimed: t.Mapping[Key, t.Any], key: Key) -> bytes:
        """The answer to the question for one relay or setting, though nobody asks it."""
        message, what = self.question(key)
        if message is None:
            return b""
        about = self.profile.relays.fields(key[1]) if self.profile.relays and key[0] == "relay" else self.profile.settings[key[1]].question()
        values = {**self.board.unit, "transaction": 1, **about}
        return self.answer(Seen(-1, -1, 0.0, what, message, values, b""), claimed=claimed)

    def question(self, key: Key) -> tuple[Message | None, str]:
        if key[0] == "relay":
            return self.profile.relays.read if self.profile.relays else None, "relays.read"
        message = self.profile.settings[key[1]].get
        return message, message.where if message is not None else ""

    def meant(self, seen: Seen) -> tuple[Key, t.Any] | None:
        """What a command is about, and what it would make of it."""
        setting = self.profile.setting_of(seen.what, seen.values)
        if setting is not None:
            return ("setting", setting.name), setting.code_of(seen.values)
        if seen.what in SWITCHING[:4] and self.profile.relays:
            return ("relay", self.profile.relays.number_of(seen.values)), seen.what in ("relays.on", "relays.pulse")
        return None

    def say(self, connection: Connection | None, data: bytes, seen: Seen | None = None) -> None:
        """On TCP to who asked, as long as he is connected; on a line to who is connected now."""
        if not data:
            return
        to = connection if self.wire == "tcp" else self.open[-1] if self.open else None
        whose = "unasked" if seen is None else f"to #{seen.number}"
        if to is not None and to.write(data):
            self.note(f"  out {data.hex(' ')} {data!r} ({whose})" if self.profile.page["notation"] == "text" else f"  out {data.hex(' ')} ({whose})")
            (self.unasked if seen is None else seen.said).append((self.time(), data))
        elif self.wire == "line":
            self.kept = (self.kept + data)[-LONGEST_BUFFER:]
            self.note(f"  kept {data.hex(' ')} ({whose}): nobody is connected")
        else:
            self.note(f"  lost {data.hex(' ')} ({whose}): nobody is connected")

    def honest(self, seen: Seen, connection: Connection) -> None:
        self.do(seen)
        self.say(connection, self.answer(seen), seen)

    def strikes(self, seen: Seen) -> bool:
        """Whether a habit is about this request: a command, or in tasks that only ask a question."""
        return seen.writes if self.switching else True


class Connection(Requests):
    """One connection to a fake device, or to the line that it is on."""

    def __init__(self, fake: Fake) -> None:
        super().__init__(fake.board)
        self.fake = fake

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = t.cast(asyncio.Transport, transport)
        fake = self.fake
        fake.connections += 1
        self.number = fake.connections
        fake.open.append(self)
        fake.note(f"connection {self.number}")
        if self.telnet:
            self.transport.write(self.telnet.proposed(WILL, ECHO) + self.telnet.proposed(WILL, SUPPRESS_GO_AHEAD))
        if fake.kept:
            kept, fake.kept = fake.kept, b""
            fake.say(self, kept)
        login = fake.profile.login
        if login and login[0].send is None:
            fake.say(self, fake.board.reply("banner", login[0], {}) or b"")
        fake.habit.connected(fake, self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.fake.open.remove(self)
        self.fake.note(f"connection {self.number} is closed")

    def write(self, data: bytes) -> bool:
        if self.transport.is_closing() or self not in self.fake.open:
            return False
        self.transport.write(self.telnet.sent(data) if self.telnet else data)
        return True

    def reset(self) -> None:
        sock = self.transport.get_extra_info("socket")
        if sock is not None and not self.transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.fake.note(f"connection {self.number} is reset")
        self.transport.abort()

    def take(self, request: Request | Unknown) -> None:
        fake = self.fake
        fake.note(f"in {request.data.hex(' ')} {request.what} (#{len(fake.seen)})")
        if isinstance(request, Unknown):
            what = "unknown" if fake.profile.relays or fake.profile.settings or fake.profile.command or fake.profile.info else "raw"
            seen = Seen(len(fake.seen), fake.task, fake.time(), what, None, {}, request.data)
        else:
            seen = Seen(len(fake.seen), fake.task, fake.time(), request.what, request.message, request.values, request.data)
        fake.seen.append(seen)
        if seen.what == "login":
            self._log_in(seen)
        elif seen.what.startswith("session."):
            known = self.session.values(seen.what, seen.values)
            assert seen.message is not None
            fake.say(self, (fake.refusal(seen) if known is None else fake.board.reply(seen.what, seen.message, known)) or b"", seen)
        elif seen.what == "unknown":
            fake.say(self, fake.profile.unknown, seen)
        else:
            fake.habit.take(fake, seen, self)

    def _log_in(self, seen: Seen) -> None:
        assert seen.message is not None
        if seen.values.get("password", PASSWORD) != PASSWORD:
            self.fake.say(self, self.fake.refusal(seen), seen)
            return
        self.stream.login.remove(seen.message)
        self.fake.say(self, self.fake.board.reply("login", seen.message, seen.values) or b"", seen)

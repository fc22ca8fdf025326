# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a page says on the wire: one example of each exchange, as the page's own emulator answers it. No input or output."""

from __future__ import annotations

import itertools
import textwrap
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._escapes import escaped
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.digest import has_digest
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message
from ansible_collections.bytewire.devices.plugins.module_utils._page.parts import Relays
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import TemplateError, shown
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import GOES_ON, Board
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.terminal import COLUMNS

HEAD = ("WHAT", "", "HEX", "TEXT")
USERNAME, PASSWORD = "USERNAME", "PASSWORD"
MOST = 64  # bytes of a message that are shown
TITLE, NARROW = 38, 24  # columns of what is said, where there is room and otherwise

Saying = tuple[str, str, Message, Values]
"""In words, by its name in the page, the message, and the values of its request."""
Exchange = tuple[str, "list[tuple[str, bytes | str]]", bool]
"""In words, (request, reply or refusal; its bytes, or what is to be said of it), and whether the bytes are text."""


def table(profile: Profile) -> list[str]:
    """Every exchange of a page as lines for a person: request, reply and refusal."""
    board = Board(profile, password=PASSWORD)
    readable = profile.page["notation"] == "text"
    exchanges: list[Exchange] = [("on connecting", [("request", profile.resync)], readable)] if profile.resync else []
    for title, what, message, values in sayings(profile, board):
        exchanges.append((title, list(_exchanged(profile, board, what, message, values)), readable or what == "login"))
        exchanges += [(f"{title}, then", list(_exchanged(profile, board, what + GOES_ON, step, values)), readable) for step in message.then]
    return _in_columns(exchanges)


def sayings(profile: Profile, board: Board) -> t.Iterator[Saying]:
    """What is said to a device of this page, from login to command; of relays the first and the last, of values the ends."""
    for number, message in enumerate(profile.login, 1):
        yield f"login, step {number}", "login" if message.send else "banner", message, {}
    if profile.identify:
        yield "who it is", "identify", profile.identify, {}
    if profile.relays:
        yield from _relays(profile.relays)
    for setting in profile.examples():
        samples = setting.samples()
        if setting.set:
            for code in dict.fromkeys((samples[0], samples[-1])):
                yield f"set {setting.name} to {setting.value(code)}", setting.set.where, setting.set, setting.fields(code)
        if setting.get:
            yield f"get {setting.name}", setting.get.where, setting.get, setting.question()
    if profile.inputs:
        yield "inputs", "inputs", profile.inputs.read, {}
    if profile.analogue:
        for number in _ends(profile.analogue.numbers):
            yield f"analogue channel {number}", "analogue", profile.analogue.read, {"channel": number}
    for name, message in profile.info.items():
        yield name, f"info.{name}", message, {}
    if profile.command:
        yield f"command {sample_command(board)}", "command", profile.command, {"command": sample_command(board)}


def sample_command(board: Board) -> str:
    """A command that the page's own emulator has an answer for."""
    return next(iter(board.replies), "STATUS")


def _relays(relays: Relays) -> t.Iterator[Saying]:
    ends = _ends(relays.numbers)
    for number in ends if relays.on else ():
        yield f"relay {number} on", "relays.on", relays.messages["on"], relays.fields(number)
    for number in ends:
        if relays.read and (number == ends[0] or number not in relays.covered(ends[0])):
            yield _reading(relays.covered(number), ends), "relays.read", relays.read, relays.fields(number)
    for number in ends if relays.off else ():
        yield f"relay {number} off", "relays.off", relays.messages["off"], relays.fields(number)
    for word, what, message in (("on", "relays.pulse", relays.pulse), ("off", "relays.pulse_off", relays.pulse_off)):
        if message:
            for number, seconds in dict.fromkeys(zip((ends[0], ends[-1]), relays.pulse_limits(message))):
                yield f"relay {number} {word} for {seconds:g} s", what, message, {**relays.fields(number), "seconds": seconds}


def _reading(covered: t.Sequence[int], on: t.Sequence[int]) -> str:
    which = f"relay {covered[0]}" if len(covered) == 1 else f"relays {covered[0]} to {covered[-1]}"
    return f"read {which} ({' and '.join(str(number) for number in on if number in covered)} on)"


def _ends(numbers: t.Sequence[int]) -> list[int]:
    return sorted({numbers[0], numbers[-1]})


def _credentials(profile: Profile, board: Board, what: str, message: Message) -> Values:
    """What a request says of who asks; a digest that is said once stands before none of the examples."""
    if message.send is None:
        return {}
    said = {**profile.samples, **board.values, "username": username_of(board), "password": PASSWORD}
    if profile.digest is not None and has_digest(message.send) and (what == "login" or not profile.digest.once):
        said["digest"] = profile.digest.made(message.send, said)
    return {name: value for name, value in said.items() if name in message.send.names}


def username_of(board: Board) -> str:
    """Who the emulated device knows."""
    return str(board.values.get("username", USERNAME))


def _exchanged(profile: Profile, board: Board, what: str, message: Message, values: Values) -> t.Iterator[tuple[str, bytes | str]]:
    """(request, reply or refusal; its bytes, or what is to be said of it)."""
    known = {**_credentials(profile, board, what, message), **values, "transaction": 1, **profile.unit_values(None)}
    if message.send:
        data = message.send.render(known)
        yield "request", data
        known = {**known, **message.send.match(data, final=True).values}
    board.act(what, known)
    reply = board.reply(what, message, known)
    yield "reply", reply if reply is not None else "none is awaited"
    try:
        refusal = board.refusal(message, known)
    except TemplateError:
        refusal = None
    if refusal is not None:
        yield "refusal", refusal


def _in_columns(exchanges: list[Exchange]) -> list[str]:
    """Lines that a terminal has room for: where messages are too long, titles are narrow, and so many bytes stand in a line."""
    longest = max((len(data) for exchange in exchanges for dummy, data in exchange[1] if isinstance(data, bytes)), default=1)
    lines: list[str] = []
    for count, title in itertools.product(range(min(longest, MOST), 0, -1), (TITLE, NARROW)):
        rows: list[tuple[str, ...]] = [HEAD, *(row for exchange in exchanges for row in _rows(exchange, title, count))]
        if not any(row[-1] for row in rows[1:]):
            rows = [row[:-1] for row in rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip() for row in rows]
        if max(map(len, lines)) <= COLUMNS:
            break
    return lines


def _rows(exchange: Exchange, width: int, count: int) -> list[tuple[str, ...]]:
    """The lines of an exchange; the title stands beside them in as many as it takes."""
    title, said, readable = exchange
    cells: list[tuple[str, str, str]] = []
    for way, data in said:
        if isinstance(data, str):
            cells.append((way, f"({data})", ""))
            continue
        parts = [data[start:min(start + count, MOST)] for start in range(0, min(len(data), MOST), count)] or [b""]
        cells += [(way if number == 0 else "", shown(part), in_text(part) if readable else "") for number, part in enumerate(parts)]
        cells += [("", f"... ({len(data)} bytes)", "")] if len(data) > MOST else []
    titles = textwrap.wrap(title, width) or [""]
    cells += [("", "", "")] * (len(titles) - len(cells))
    return [(left, *cell) for left, cell in itertools.zip_longest(titles, cells, fillvalue="")]


def in_text(data: bytes) -> str:
    """Bytes in the notation of texts."""
    return escaped(data.decode("latin-1").replace("\\", "\\\\")).encode("ascii", "backslashreplace").decode("ascii")

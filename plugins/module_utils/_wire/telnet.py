# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Telnet (RFC 854) between a device and its bytes: negotiation answered and taken out, FF doubled. No input or output.

One class for either side. It agrees to binary transmission in both directions, to an echo by the other side and to
suppressed go-aheads, and refuses everything else. It answers changes alone, and not for ever: no two sides talk without end.
"""

from __future__ import annotations

SE, SB, WILL, WONT, DO, DONT, IAC = 0xF0, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF
BINARY, ECHO, SUPPRESS_GO_AHEAD = 0, 1, 3

# What is agreed to, as our word for it: WILL is what this side does, DO what the other side does.
AGREED = frozenset(((WILL, BINARY), (DO, BINARY), (DO, ECHO), (WILL, SUPPRESS_GO_AHEAD), (DO, SUPPRESS_GO_AHEAD)))

MOST_ANSWERS = 10  # answers for one option; who goes on changing it is answering answers
_ANSWERS = {WILL: (DO, DONT), WONT: (DO, DONT), DO: (WILL, WONT), DONT: (WILL, WONT)}
_OFF, _ASKED, _ON, _REFUSED = range(4)
_MARK = bytes((IAC,))


class Telnet:
    """One side of one connection."""

    def __init__(self) -> None:
        self._options: dict[tuple[int, int], int] = {}  # (WILL or DO, option) -> how it stands
        self._answered: dict[tuple[int, int], int] = {}  # (WILL or DO, option) -> how often
        self._held = b""  # a command whose end has not come
        self._skipping = False  # inside a subnegotiation
        self._after_cr = False
        self._unknown = b""  # the first command that is none of Telnet's

    def doubtful(self) -> bytes:
        """What was taken for a command, or for the beginning of one, and is more likely data of a side that does not double FF; or nothing."""
        return self._unknown or self._held or (bytes((IAC, SB)) if self._skipping else b"")

    def sent(self, data: bytes) -> bytes:
        """The bytes to transmit for a payload."""
        return data.replace(_MARK, _MARK + _MARK)

    def proposed(self, word: int, option: int) -> bytes:
        """The bytes that propose an option; word is WILL or DO."""
        self._options[word, option] = _ASKED
        return bytes((IAC, word, option))

    def received(self, data: bytes) -> tuple[bytes, bytes]:
        """(payload, answers): what the bytes that came carry, and the bytes to transmit in return."""
        data, self._held = self._held + data, b""
        payload, answers = bytearray(), bytearray()
        start = 0
        while True:
            mark = data.find(_MARK, start)
            if not self._skipping:
                payload += self._text(data[start:] if mark < 0 else data[start:mark])
            if mark < 0:
                break
            start = mark + (3 if data[mark + 1:mark + 2] and data[mark + 1] in _ANSWERS else 2)
            if start > len(data):
                self._held = data[mark:]
                break
            payload += self._command(data[mark + 1:start], answers)
        return bytes(payload), bytes(answers)

    def _command(self, command: bytes, answers: bytearray) -> bytes:
        """The payload of what follows an IAC; a subnegotiation ends at any command but a doubled FF."""
        code = command[0]
        if code == IAC:
            self._after_cr = False
            return b"" if self._skipping else _MARK
        self._skipping = code == SB
        if code in _ANSWERS:
            answers += self._answer(code, command[1])
        elif code < SE and not self._unknown:
            self._unknown = _MARK + command
        return b""

    def _answer(self, word: int, option: int) -> bytes:
        agree, refuse = _ANSWERS[word]
        key = (agree, option)
        before = self._options.get(key, _OFF)
        if word in (WONT, DONT):
            after, answer = _OFF, refuse if before == _ON else None
        elif before == _OFF:
            after, answer = (_ON, agree) if key in AGREED and self._answered.get(key, 0) < MOST_ANSWERS else (_REFUSED, refuse)
        else:
            after, answer = _ON if before == _ASKED else before, None
        self._options[key] = after
        if answer is None or self._answered.get(key, 0) >= MOST_ANSWERS:
            return b""
        self._answered[key] = self._answered.get(key, 0) + 1
        return bytes((IAC, answer, option))

    def _text(self, data: bytes) -> bytes:
        """Without binary transmission, a CR that is not the end of a line is followed by a NUL that means nothing."""
        if not data or self._options.get((DO, BINARY)) == _ON:
            return data
        begun, self._after_cr = self._after_cr, data.endswith(b"\r")
        if begun and data.startswith(b"\0"):
            data = data[1:]
        return data.replace(b"\r\0", b"\r")

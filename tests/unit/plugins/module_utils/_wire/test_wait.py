# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One coroutine alone: every wait blocks, errors reach it, and it cleans up."""

from __future__ import annotations

import socket
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._wire.wait import READING, WRITING, Call, Sleep, Socket, finish


@pytest.fixture
def pair():
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def test_the_result_of_each_kind_of_wait(pair):
    near, far = pair

    async def talk():
        await Socket(near, WRITING, lambda: near.send(b"question"), time.monotonic() + 1)
        far.send(b"answer")
        await Sleep(0.01)
        return await Socket(near, READING, lambda: near.recv(99), time.monotonic() + 1), await Call(max, 3, 7)

    assert finish(talk()) == (b"answer", 7)
    assert far.recv(99) == b"question"


def test_a_socket_that_stays_silent_ends_at_its_deadline(pair):
    async def hear():
        with pytest.raises(socket.timeout):
            await Socket(pair[0], READING, lambda: pair[0].recv(1), time.monotonic() + 0.05)
        return "went on"

    started = time.monotonic()
    assert finish(hear()) == "went on"
    assert 0.04 < time.monotonic() - started < 1


def test_an_error_reaches_the_coroutine_where_it_waits():
    cleaned = []

    async def fail():
        try:
            await Call(int, "x")
        finally:
            await Sleep(0)
            cleaned.append(True)

    with pytest.raises(ValueError, match="invalid literal"):
        finish(fail())
    assert cleaned == [True]


def test_what_interrupts_everything_lets_the_coroutine_clean_up():
    def interrupt():
        raise KeyboardInterrupt

    cleaned = []

    async def interrupted():
        try:
            await Call(interrupt)
        except Exception:
            cleaned.append("swallowed")
        finally:
            cleaned.append("cleaned")

    with pytest.raises(KeyboardInterrupt):
        finish(interrupted())
    assert cleaned == ["cleaned"]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines that grow at their end: bounded, and whole after a crash."""

from __future__ import annotations

import json

import pytest

from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.files import Lines, replace


@pytest.fixture
def path(tmp_path):
    return tmp_path / "history.jsonl"


def numbers(path):
    return [json.loads(line)["n"] for line in path.read_text().splitlines()]


def test_never_more_than_so_many_lines(path):
    history = Lines(str(path), 100, 1_000_000)
    for number in range(1000):
        history.add([{"n": number}])
        assert len(numbers(path)) <= 100
    assert numbers(path)[-75:] == list(range(925, 1000))


def test_never_more_than_so_many_bytes(path):
    history = Lines(str(path), 10_000, 1000)
    for number in range(200):
        history.add([{"n": number, "text": "x" * 50}] * 2)
        assert path.stat().st_size <= 1000
    assert numbers(path)[-1] == 199 and len(numbers(path)) >= 9


def test_one_line_that_is_longer_than_all_may_be(path):
    history = Lines(str(path), 100, 1000)
    history.add([{"n": 1, "text": "x" * 5000}])
    assert path.stat().st_size <= 1000
    history.add([{"n": 2}])
    assert numbers(path) == [2]


@pytest.mark.parametrize("half", ['{"n": 1', '{"n": 1, "text": "\u00e4'.encode()[:-1], b"\xff\xfe"])
def test_half_a_line_spoils_no_other(path, half):
    path.write_bytes(b'{"n": 0}\n' + (half if isinstance(half, bytes) else half.encode()))
    history = Lines(str(path), 100, 1000)
    history.add([{"n": 2}])
    assert [entry["n"] for entry in history.last(1000)] == [0, 2]


def test_the_last_ones(path):
    history = Lines(str(path), 100, 10_000)
    assert history.last(100) == []
    history.add([{"n": number} for number in range(10)])
    assert [entry["n"] for entry in history.last(15)] == [9] and [entry["n"] for entry in history.last(16)] == [8, 9]
    assert len(history.last(10_000)) == 10


def test_a_file_is_replaced_whatever_was_left(tmp_path):
    target, left = tmp_path / "a.prom", tmp_path / ".a.prom.tmp"
    left.symlink_to(tmp_path / "elsewhere")
    replace(str(target), b"one", 0o644)
    replace(str(target), b"two", 0o644)
    assert target.read_bytes() == b"two" and not left.exists() and not (tmp_path / "elsewhere").exists()

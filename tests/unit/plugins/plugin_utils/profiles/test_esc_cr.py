# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command article's device: ESC, the command, CR; a reply that ends with NUL."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.stream import Stream
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils.profiles.board_help import profile_of


def test_the_bytes_of_a_command():
    profile = profile_of("esc_cr")
    assert profile.port == 9100
    assert profile.command.send.render({"command": "STATUS"}) == b"\x1bSTATUS\r"
    assert profile.command.read(b"READ", {}).kind == "more"
    answer = profile.command.read(b"READY\0", {})
    assert answer.kind == "reply" and answer.values == {"reply": "READY"}


def test_what_the_emulator_answers():
    board = Board(profile_of("esc_cr"), {"replies": {"STATUS": "READY"}})
    stream = Stream(board.profile)
    asked, other = stream.feed(b"\x1bSTATUS\r\x1bBEEP\r")
    assert board.reply(asked.what, asked.message, asked.values) == b"READY\0"
    assert board.reply(other.what, other.message, other.values) == b"OK\0"


def test_a_refusal_is_not_an_answer(emulated, perform_task, scripted):
    """Extron's and Kramer's errors look like any reply."""
    for model, sent, refusal, words in (("extron", b"99!", b"E01\r\n", "refused to do '99!'"),
                                        ("kramer_p3000", b"#ROUTE 9\r", b"~01@ROUTE ERR 002\r\n", "refused to do 'ROUTE 9'")):
        banner = b"(c) Copyright 2020, Extron Electronics\r\n" if model == "extron" else b""
        server = scripted([(b"", banner), (sent, refusal)] if banner else [(sent, refusal)])
        result = perform_task(command, server.options(model=model, timeout=1, retries=0, command=sent.decode().strip("#\r")))
        assert result["error"]["kind"] == "refused" and words in result["msg"], result

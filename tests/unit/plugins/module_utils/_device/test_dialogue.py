# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of a device of which nobody knows yet what it is."""

from __future__ import annotations

import socket

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._device.dialogue import Dialogue
from ansible_collections.bytewire.devices.plugins.module_utils._device.mask import Mask
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.module_utils._wire import connect as _connect
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import run_blocking as run
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve


def failure(server, guessing, stage="identify"):
    """The error of asking who it is in the words of an ETH002."""
    link = run(_connect.connect("tcp", (socket.AF_INET, ("127.0.0.1", server.port)), 1, {}))
    dialogue = Dialogue(link, load(resolve("eth002")), "field", Mask(None), 0.2, None)
    dialogue.guessing = guessing
    try:
        with pytest.raises(BytewireError) as raised:
            run(dialogue.exchange(dialogue.profile.identify, {}, stage))
    finally:
        link.close()
    return raised.value


def test_a_mute_device_is_no_model_before_it_has_said_so(scripted):
    error = failure(scripted([(b"\x10", b"")]), "auto")
    assert (error.kind, error.stage, error.retry) == ("timeout", "identify", True)
    assert "eth002" not in str(error) and "serves" not in str(error)
    assert "nothing that model auto knows answered. Set bytewire_model to what it is." in str(error)
    assert "stays mute where all of its connections are taken" in str(error)


def test_a_mute_device_of_a_known_model_is_busy(scripted):
    error = failure(scripted([(b"\x10", b"")]), "")
    assert error.kind == "busy" and "Model eth002 serves 5 connections" in str(error)


def test_a_device_that_says_so_is_busy_whatever_it_is(scripted):
    error = failure(scripted([(b"\x10", b"Port already in use\r\n")]), "auto")
    assert error.kind == "busy" and "Port already in use" in str(error) and "eth002" not in str(error)


def test_a_wrong_answer_is_not_that_of_a_model_that_nobody_named(scripted, monkeypatch):
    page = dict(resolve("eth002"), identify={"send": "10", "reply": "13 {id:u8} {firmware:u8}"})
    monkeypatch.setattr(f"{__name__}.resolve", lambda model: page)
    error = failure(scripted([(b"\x10", b"\xfe\x01\x01")]), "auto:devantech")
    assert error.kind == "bad_reply" and "eth002" not in str(error)
    assert "gave an answer that nothing gives that model auto:devantech knows" in str(error) and "Set bytewire_model to what it is." in str(error)
    assert "an answer that model eth002 does not give" in str(failure(scripted([(b"\x10", b"\xfe\x01\x01")]), ""))

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One value that tells several settings."""

from __future__ import annotations

import itertools

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board


def page(**values):
    get = {"send": "?\\r", "reply": "{value:d}\\r"}
    return {"notation": "text", "settings": {name: {"values": codes, "get": get} for name, codes in values.items()}}


SHARED = page(red={"off": {"get": [0, 2, 4, 6]}, "on": {"get": [1, 3, 5, 7]}}, green={"off": {"get": [0, 1, 4, 5]}, "on": {"get": [2, 3, 6, 7]}},
              blue={"off": {"get": [0, 1, 2, 3]}, "on": {"get": [4, 5, 6, 7]}})


@pytest.mark.parametrize("lights", list(itertools.product(("off", "on"), repeat=3)))
def test_each_is_told_by_the_one_value(lights):
    profile = Profile(SHARED)
    profile.check()
    board = Board(profile, {"settings": dict(zip(("red", "green", "blue"), lights))})
    number = sum(1 << place for place, light in enumerate(lights) if light == "on")
    for setting, light in zip(profile.settings.values(), lights):
        assert board.reply(setting.get.where, setting.get, {}) == b"%d\r" % number
        assert setting.answer(setting.get.read(b"%d\r" % number, {}).values) == light


@pytest.mark.parametrize("wrong", [
    page(red={"off": 0, "on": 1}, green={"off": 0, "on": 1}),
    page(red={"off": {"get": [0, 2]}, "on": {"get": [1, 3]}}, green={"off": {"get": [0, 1]}, "on": {"get": 2}}),
])
def test_a_value_that_cannot_tell_all_is_refused(wrong):
    with pytest.raises(ProfileError, match="cannot be told apart; where one answer tells both"):
        Profile(wrong).check()

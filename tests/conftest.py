# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tests share."""

from __future__ import annotations

import contextlib

import pytest

from ansible_collections.bytewire.devices.tests import ports


@pytest.fixture
def free_port():
    return ports.free_port


@pytest.fixture
def closed():
    """Takes what a test opened, and closes it with the test, by its method close or another."""
    with contextlib.ExitStack() as opened:
        def take(thing, how="close"):
            opened.callback(getattr(thing, how))
            return thing

        yield take

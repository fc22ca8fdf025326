# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links for tests that have one thing to do at a time: every wait blocks."""

from __future__ import annotations

import time

from ansible_collections.bytewire.devices.plugins.module_utils._wire import connect as _connect
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import run_blocking as run


class Blocking:
    def __init__(self, link):
        self.link = link

    def send(self, data, deadline):
        return run(self.link.send(data, deadline))

    def receive(self, deadline):
        return run(self.link.receive(deadline))

    def __getattr__(self, name):
        return getattr(self.link, name)


def connect(*arguments):
    return Blocking(run(_connect.connect(*arguments)))


def gather(link, length, seconds=30.0):
    """So many bytes of a link, or what came of them."""
    deadline, data = time.monotonic() + seconds, b""
    while len(data) < length and time.monotonic() < deadline:
        chunk = link.receive(deadline)
        assert chunk != b"", f"closed after {data!r}"
        data += chunk or b""
    return data

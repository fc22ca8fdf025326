# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links for tests that have one thing to do at a time: every wait blocks."""

from __future__ import annotations

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

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who has the same to say is told together."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import grouped


def said(host, seconds):
    return f"{host} (10.0.0.5:23) did not answer settings.input.get. It answered settings.power.set {seconds} s before. Run the task again later."


def test_when_a_device_last_answered_makes_no_reason_of_its_own():
    hosts = [(host, host, said(host, seconds)) for host, seconds in (("tv1", "0.4"), ("tv2", "12.0"))]
    (entry,) = grouped(hosts)
    assert entry[1] == "did not answer settings.input.get. It answered settings.power.set before. Run the task again later."
    assert grouped(hosts[:1]) == [(["tv1"], said("tv1", "0.4"))]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the holders of a lock left, or what became of the file since."""

from __future__ import annotations

import json
import math
import time

from ansible_collections.bytewire.devices.plugins.module_utils._device import outstanding
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.fuzz.fuzzing import CORPUS, changed, spoiled

PROFILE = load(resolve("eth008"))
LATEST = 2.0


def any_lock_file(data):
    """BOOT, PAGE and NOW stand for those of this moment: with them a record is believed."""
    text = data.decode("utf-8", "replace").replace("BOOT", outstanding._boot()).replace("PAGE", outstanding._digest(PROFILE))
    text = text.replace("NOW", f"{outstanding._since_boot():.1f}")
    left = outstanding.Outstanding()
    closed = left.recall(text, PROFILE, LATEST, LATEST)
    assert closed <= time.monotonic() and len(left.entries) <= outstanding.MOST
    assert all(map(math.isfinite, (moment for entry in left.entries for moment in (entry.since, entry.until, entry.doubted))))
    message = PROFILE.relays.read
    left.confusing(message, {})
    left.starts(b"\x00\x01")
    for part in ["1", *left.told]:
        left.told_state(part)
    again = outstanding.Outstanding()
    line = left.records(PROFILE)
    again.recall(line, PROFILE, LATEST, LATEST)
    assert line.count("\n") == 1 and json.loads(line) and len(again.entries) <= len(left.entries)
    left.seen(b"\x00\x01\x02")


def test_lock_files(fuzz):
    fuzz(any_lock_file, changed("BOOT", "PAGE", "relays.read", 1e999, 10 ** 400, float("nan"), {"value": 1}, [True, 1e9], dump=_written))


def test_lock_files_as_text(fuzz):
    fuzz(any_lock_file, spoiled(b"NOW", b"BOOT", b"PAGE", b"\n", b"{", b"[" * 60000, b"Infinity", b"9" * 500, b"process 1 (x)\n2\n"), CORPUS / "lock_files")


def _written(tree):
    return json.dumps(tree).replace('"NOW"', "NOW")

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server says: lines on standard error, which systemd takes to the journal."""

from __future__ import annotations

import contextlib
import os
import sys

from escapes import escaped

ERROR, WARNING, NOTICE, INFO = 3, 4, 5, 6


def log(level: int, words: str) -> None:
    """One line on standard error, control characters shown, with the level as the journal reads it where it goes there."""
    mark = f"<{level}>" if "JOURNAL_STREAM" in os.environ else ""
    with contextlib.suppress(OSError):
        print(f"{mark}{escaped(words)}", file=sys.stderr, flush=True)

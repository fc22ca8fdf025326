# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that an emulator saw, as one JSON object a line; passwords are masked."""

from __future__ import annotations

import json
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._secrets import Secrets


class Journal:
    """Appends to a file; without a path it keeps nothing."""

    def __init__(self, path: str | None, secrets: t.Iterable[object] = ()) -> None:
        self._secrets = Secrets(secrets)
        self._file = open(path, "a", buffering=1, encoding="utf-8") if path else None

    def __bool__(self) -> bool:
        return self._file is not None

    def note(self, board: str, connection: int, event: str, **details: t.Any) -> None:
        if self._file is not None:
            entry = {"time": round(time.time(), 6), "board": board, "connection": connection, "event": event,
                     **self._secrets.shown(details)}
            self._file.write(json.dumps(entry) + "\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

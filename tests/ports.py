# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports for tests."""

from __future__ import annotations

import random
import socket

_RANDOM = random.SystemRandom()  # hypothesis seeds the ordinary one


def free_port(host="127.0.0.1", kind=socket.SOCK_STREAM):
    """A port of TCP, or of another kind, nobody listens on, below the ephemeral ports, so that no outgoing connection takes it meanwhile."""
    while True:
        port = _RANDOM.randrange(20000, 32000)
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
            try:
                probe.bind((host, port))
                return port
            except OSError:
                continue

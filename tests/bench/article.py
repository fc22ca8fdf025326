# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people write today: connect, send, receive once. HOST PORT HEX."""

from __future__ import annotations

import socket
import sys

with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5) as board:
    board.sendall(bytes.fromhex(sys.argv[3]))
    print(board.recv(1024).hex())

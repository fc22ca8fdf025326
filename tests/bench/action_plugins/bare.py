# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The floor for the per-host benchmark: an in-process action with nothing but a socket and the exchanges of one relay task."""

from __future__ import annotations

import socket

from ansible.plugins.action import ActionBase

EXCHANGES = {"on": b"\x20\x02\x00", "off": b"\x21\x02\x00"}


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        host, port = self._templar.template([task_vars["ansible_host"], task_vars["bytewire_port"]])
        with socket.create_connection((host, port), timeout=5) as board:
            identity = self._ask(board, b"\x10", 3)
            before = self._ask(board, b"\x24", 1)
            accepted = self._ask(board, EXCHANGES[self._task.args["state"]], 1)
            after = self._ask(board, b"\x24", 1)
        if identity[0] != 19 or accepted != b"\x00":
            return {"failed": True, "msg": "unexpected answer"}
        return {"changed": before != after}

    @staticmethod
    def _ask(board, request, length):
        board.sendall(request)
        return board.recv(length)

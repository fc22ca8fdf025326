# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A broken page of the user's in a real task: the words for it, and nothing sent."""

from __future__ import annotations

import select
import socket

PAGE = """notation: hex
relays:
  numbers: 1-8
  read: {send: 24, reply: "{relays:bits8}"}
  on: {send: "20 {relay:u8} 00", reply: "00"}
  off: {send: "21 {relay:u8} 00", reply: "00"}
"""


def test_a_broken_page_fails_the_task_before_anything_is_sent(ansible, free_port):
    page = ansible.folder / "bytewire_profiles" / "board.yml"
    page.parent.mkdir()
    page.write_text(PAGE)
    with socket.create_server(("127.0.0.1", free_port())) as listener:
        ansible.hosts({"board": {"ansible_host": "127.0.0.1", "bytewire_port": listener.getsockname()[1], "bytewire_model": "board"}})
        code, result, printed = ansible.task("board", "relay", {"relay": 1, "state": "on"})
        assert select.select([listener], [], [], 0)[0] == []
    assert code != 0, printed
    assert f"{page}: relays.read.send: 24 is" in result["msg"] and "write it in quotes" in result["msg"]

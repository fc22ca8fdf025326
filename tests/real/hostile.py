# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A device that says the same evil in all that it answers, and tasks that ask it in every way."""

from __future__ import annotations

PAGE = {
    "name": "hostile", "notation": "text", "port": 9100, "refused": "ERR {code:any}\\0",
    "identify": {"send": "ID\\r", "reply": "ID {name:any}\\0"},
    "info": {"panel": {"send": "I\\r", "reply": "I {panel:any}\\0"}},
    "relays": {
        "numbers": "1-2", "values": {"off": "0", "on": "1"}, "read": {"send": "R{relay:d1}\\r", "reply": "{state:word}\\0"},
        "on": {"send": "S{relay:d1}1\\r", "reply": "OK\\0"}, "off": {"send": "S{relay:d1}0\\r", "reply": "OK\\0"},
    },
    "settings": {"power": {"range": "0-9", "set": {"send": "L{value:d1}\\r", "reply": "OK\\0"}, "get": {"send": "L?\\r", "reply": "{value:d1}\\0"}}},
    "command": {"send": "\\e{command:text}\\r", "reply": "{reply:any}\\0"},
}


def refuses(said):
    """What answers questions with what is evil, and refuses the rest with it."""
    answers = {b"ID\r": b"ID " + said, b"I\r": b"I " + said, b"R1\r": b"0", b"R2\r": b"1", b"L?\r": b"5", b"\x1bSTATUS\r": said}
    return lambda line, data: line.say(answers.get(data, b"ERR " + said) + b"\0")


TASKS = [
    {"ping": {}}, {"device_info": {}}, {"relay": {"relay": 1, "state": "on"}}, {"relay": {"relay": 2, "state": "cycled", "duration": 0.1}},
    {"settings": {"settings": {"power": 7}}}, {"command": {"command": "STATUS"}}, {"command": {"command": "STATUS", "refuse": "PLAY"}},
    {"command": {"command": "STATUS", "expect": "^READY"}}, {"command": {"command": "STATUS", "unless": {"command": "STATUS", "reply": "PLAY"}}},
    {"command": {"command": "STATUS", "reply_until": "", "idle": 0.2}}, {"send": {"data": "1B 53 54 41 54 55 53 0D", "expect": "00"}},
    {"send": {"data": "1B 53 54 41 54 55 53 0D", "pattern": "READY"}}, {"send": {"data": "1B 53 54 41 54 55 53 0D"}},
    {"fleet": {"module": "command", "options": {"command": "STATUS", "refuse": "PLAY"}, "journal": "journal"}},
    {"fleet": {"module": "ping", "journal": "journal"}}, {"fleet": {"module": "device_info", "journal": "journal"}},
    {"fleet": {"module": "relay", "options": {"relay": 1, "state": "on"}, "journal": "journal"}},
]


def tasks():
    """Those of a play."""
    for task in TASKS:
        (name, arguments), = task.items()
        yield {f"bytewire.devices.{name}": arguments, "ignore_errors": True, **({"run_once": True} if name == "fleet" else {})}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of monitoring share: results as tasks return them, and runs at chosen times."""

from __future__ import annotations

import json

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bytewire.devices.plugins.action.monitor import ActionModule
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor import run as monitor

START = 1_800_000_000.0
MINUTE, HOUR = 60, 3600


def device(ms=12.5, **told):
    """What device_info returns."""
    return {"changed": False, "model": "eth008", "identity": {}, "information": {}, "ms": ms, **told}


def board(**relays):
    """A board whose relays are so: r1='on'."""
    return device(relays={name[1:]: {"name": None, "state": state} for name, state in relays.items()})


def lost(kind="timeout", msg="tv1 (192.0.2.1:23) did not answer within 2 s.", stage="read"):
    return {"failed": True, "changed": False, "msg": msg, "error": {"kind": kind, "stage": stage, "outcome": "nothing"}}


def fleet(hosts):
    return {"changed": False, "hosts": hosts, "summary": {"seconds": 1.0}}


def options(directory, **given):
    validation = ArgumentSpecValidator(**ActionModule.SPEC).validate(dict(given, directory=str(directory)))
    assert not validation.error_messages, validation.error_messages
    return validation.validated_parameters


def run(directory, hosts, at=0.0, check=False, **given):
    """One run over these results, so many seconds after the start."""
    return monitor.run(options(directory, results=fleet(hosts), hosts=sorted(hosts), **given), Mode(check, False, False), START + at)


def told(result):
    """(host, kind, words) of what a run tells."""
    return [(change["host"], change["kind"], change["words"]) for change in result["changes"]]


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]

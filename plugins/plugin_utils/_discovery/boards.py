# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of a board that was heard: its inventory variables, by what it announced and by asking it who it is."""

from __future__ import annotations

import ipaddress
import time
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bytewire.devices.plugins.module_utils._capability import ping
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import meets
from ansible_collections.bytewire.devices.plugins.module_utils._run import perform
from ansible_collections.bytewire.devices.plugins.plugin_utils._discovery.datagrams import Announcement
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve

T = t.TypeVar("T")


def in_order(heard: dict[str, T]) -> list[tuple[str, T]]:
    """What was heard, by address."""
    return sorted(heard.items(), key=lambda pair: ipaddress.ip_address(pair[0]))


def variables_of(address: str, announced: Announcement) -> dict[str, t.Any]:
    """The inventory variables of a board that was heard from this address."""
    model = _model_of(announced.module_id)
    found = {"ansible_host": address, "bytewire_discovered_by": announced.form, "bytewire_mac": announced.mac,
             "bytewire_host_name": announced.host_name, "bytewire_module_id": announced.module_id, "bytewire_model": model,
             "bytewire_announced_address": announced.address, "bytewire_port": announced.port,
             "bytewire_port_inferred": True if announced.port else None}
    return {name: value for name, value in found.items() if value not in (None, "")}


def _model_of(module_id: int | None) -> str | None:
    """The profile that says of itself that its device is this one."""
    return next((page["name"] for page in resolve("auto")["candidates"] if page.get("is") and meets(page["is"], {"id": module_id})), None)


def identify(variables: dict[str, t.Any], seconds: float, ends: float) -> str:
    """Ask a board who it is, and complete its variables; why that failed, in words, or nothing."""
    usual = resolve("auto")["candidates"][0]["port"]
    answer = _asked(variables["ansible_host"], variables.get("bytewire_port"), seconds, ends)
    if answer.get("failed") and variables.get("bytewire_port", usual) != usual and answer["error"]["kind"] != "busy":
        elsewhere = _asked(variables["ansible_host"], None, seconds, ends)
        if not elsewhere.get("failed"):
            answer = elsewhere
            del variables["bytewire_port"], variables["bytewire_port_inferred"]
    variables["bytewire_identified"] = not answer.get("failed")
    if answer.get("failed"):
        return str(answer["msg"])
    identity = answer["identity"]
    known = {"module_id": identity.get("id"), "firmware": identity.get("firmware"), "hardware": identity.get("hardware"), "model": answer["model"]}
    variables.update({f"bytewire_{name}": value for name, value in known.items() if value is not None})
    if "bytewire_port" in variables:
        variables["bytewire_port_inferred"] = False
    return ""


def _asked(host: str, port: int | None, seconds: float, ends: float) -> dict[str, t.Any]:
    """The result of a ping."""
    if time.monotonic() > ends:
        return BytewireError("timeout", "identify", f"{host} was not asked: there was no time left.").result()
    given = {"host": host, "port": port, "model": "auto", "connect_timeout": seconds, "timeout": seconds, "lock_timeout": seconds, "retries": 0}
    options = ArgumentSpecValidator(**ping.SPEC).validate(given).validated_parameters
    try:
        return perform(ping.run, {**options, "model": resolve("auto")}, check=True)
    except Exception as error:  # whatever answers there, the other boards are found
        return BytewireError("bad_reply", "identify", f"{host}: {error!r}.").result()

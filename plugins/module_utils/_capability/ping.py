# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resolve, connect, identify, or else ask something harmless: at which step it fails, and how long each took. Nothing is changed."""

from __future__ import annotations

from ansible_collections.bytewire.devices.plugins.module_utils._device.device import Device, identity_in_words
from ansible_collections.bytewire.devices.plugins.module_utils._device.journal import journaled
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import Spec, device_spec
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._page.attribution import questions
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import Identity
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode, Options, Result

SPEC: Spec = {"argument_spec": device_spec()}


@journaled("ping", SPEC)
async def run(options: Options, mode: Mode) -> Result:
    """The steps with their milliseconds; a failure carries the steps that were taken."""
    async with Device(options, mode.trace) as device:
        try:
            identity, heard = await device.surely(lambda: _heard(device))
        except BytewireError as error:
            error.details["steps"] = device.steps
            raise
        result: Result = {"changed": False, "ping": "pong", "msg": _in_words(device, identity, heard), "model": device.profile.name,
                          "address": device.address, "identity": identity, "heard": heard is not None, "steps": device.steps}
        return device.completed(result)


async def _heard(device: Device) -> tuple[Identity, str | None]:
    """(who it says it is, what it answered)."""
    identity = await device.identify()
    return identity, "its identity" if identity else await _asked(device)


async def _asked(device: Device) -> str | None:
    """What a device that cannot be asked who it is was asked instead, and has answered; None where its model has no question."""
    question = next(iter(questions(device.profile)), None)
    if question is None or device.broadcast:
        return None
    with device.step("ask"):
        await device.ask(question.message, question.known, "read", f"answer {question.what}")
    return question.what


def _in_words(device: Device, identity: Identity, heard: str | None) -> str:
    """What nc -vv would say, and who answered."""
    took = {step["step"]: f"{step['ms']:g} ms" for step in device.steps if step["ok"]}
    steps = [f"resolved to {device.address} in {took['resolve']}"] if "resolve" in took else []
    steps.append(f"connected in {took['connect']}")
    if identity:
        steps.append(f"identified as {device.profile.name} ({identity_in_words(identity)})")
    elif heard is not None:
        steps.append(f"answered {heard} in {took['ask']} as model {device.profile.name} does, which cannot be asked who it is")
    else:
        steps.append(f"not heard: there is nothing that model {device.profile.name} can be asked")
    return f"{device.title}: {', '.join(steps)}."

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the event sources share: their options checked, and events that are plain data which no playbook takes for a template.

A rulebook joins texts of events with its own, reads the outcome as a Python literal if it is one (escapes and all), decrypts what is vaulted, and hands
it to playbooks as extra variables, in which Ansible executes templates. So it does not suffice that a text is no template by itself.
"""

from __future__ import annotations

import datetime
import re
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import refuse_wrong_numbers
from ansible_collections.bytewire.devices.plugins.module_utils._secrets import refuse_numbers

_REFUSED = re.compile(r"[{\\]|\A\s*[%#]|ANSIBLE_VAULT")
_GIVEN_BY_THE_RULEBOOK = "eda_feedback_queue"


def checked(source: str, spec: dict[str, t.Any], arguments: dict[str, t.Any], others: t.Iterable[str] = ()) -> dict[str, t.Any]:
    """The options of a source, with defaults and types; a BytewireError says what is wrong. others are taken too, elsewhere."""
    arguments = {name: value for name, value in arguments.items() if name != _GIVEN_BY_THE_RULEBOOK}
    unknown = [str(name) for name in arguments if name not in spec]
    if unknown:
        raise invalid(f"{source}: there is no option {', '.join(unknown)}; expected some of {', '.join(sorted({*spec, *others}))}.")
    refuse_wrong_numbers(spec, arguments, f"{source}: ")
    refuse_numbers(arguments, spec, f"{source}: ")
    validation = ArgumentSpecValidator(spec).validate(arguments)
    if validation.error_messages:
        raise invalid(f"{source}: {'; '.join(validation.error_messages)}")
    options: dict[str, t.Any] = validation.validated_parameters
    return options


def event(kind: str, **details: t.Any) -> dict[str, t.Any]:
    """An event of this type, with its time."""
    return {"type": kind, "time": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), **details}


def is_refused(text: t.Any) -> bool:
    """True for a text of somebody else's that could become a part of a template; what is no text cannot."""
    return isinstance(text, str) and _REFUSED.search(text) is not None


def defused(text: str) -> str:
    """A text for people, with a question mark for what would be refused."""
    return _REFUSED.sub("?", text)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the variables of role notify lack for a mail, found before anything is done that the mail would tell of. No input or output."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import unrendered
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line

RECIPIENTS = ("notify_mail_to", "notify_mail_cc", "notify_mail_bcc")
NEEDED = ("notify_mail_host", "notify_mail_from")


def problem(mail: Mapping[str, t.Any]) -> str:
    """One sentence, or nothing. Without a recipient there is no mail, and nothing is missing."""
    for name in RECIPIENTS:
        value = mail.get(name)
        listed = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
        if not all(isinstance(one, str) for one in listed):
            return f"{name} is {line(value)!r}, and is an address or a list of addresses. Nothing was sent."
    undefined = [*(mail.get("notify_undefined") or ()), *(name for name, value in mail.items() if unrendered(value))]
    if undefined and any(mail.get(name) or name in undefined for name in RECIPIENTS):
        return (f"{' and '.join(undefined)} {'is' if len(undefined) == 1 else 'are'} made of a variable that is not defined. Is it spelled so, and is the "
                "file there, such as a vault, that holds it? Nothing was sent.")
    port = str(25 if mail.get("notify_mail_port") is None else mail["notify_mail_port"])
    if not port.isdecimal() or not 0 < int(port) < 65536:
        return f"notify_mail_port is {line(port)!r}, and is a number from 1 to 65535. Nothing was sent."
    certs = mail.get("notify_mail_validate_certs")
    try:
        boolean(True if certs is None else certs)
    except TypeError:
        return f"notify_mail_validate_certs is {line(certs)!r}, and is true or false. Nothing was sent."
    missing = [name for name in NEEDED if not mail.get(name)]
    if missing and any(mail.get(name) for name in RECIPIENTS):
        return (f"There is a recipient of the mail, and {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not given. The variables of the mail "
                "belong to the group all, or onto the command line. Nothing was sent.")
    return ""

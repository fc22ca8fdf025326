# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send one message, and what an earlier run could not deliver."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._mail.delivery import Client, Outcome
from ansible_collections.bytewire.devices.plugins.module_utils._mail.message import Message, compose
from ansible_collections.bytewire.devices.plugins.module_utils._mail.server import Server
from ansible_collections.bytewire.devices.plugins.module_utils._mail.smtp import Exchange
from ansible_collections.bytewire.devices.plugins.module_utils._mail.spool import Entry, Spool
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import PORT, refuse_wrong_numbers, seconds
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode, Options, Result

SPEC: dict[str, t.Any] = dict(
    argument_spec=dict(
        host=dict(type="str", required=True),
        port=dict(type=PORT),
        encryption=dict(type="str", choices=["none", "starttls", "tls"], default="starttls"),
        validate_certs=dict(type="bool", default=True),
        ca_path=dict(type="path"),
        username=dict(type="str"),
        password=dict(type="str", no_log=True),
        allow_plaintext_login=dict(type="bool", default=False),
        sender=dict(type="str", required=True, aliases=["from"]),
        to=dict(type="list", elements="str", default=[]),
        cc=dict(type="list", elements="str", default=[]),
        bcc=dict(type="list", elements="str", default=[]),
        subject=dict(type="str", required=True),
        body=dict(type="str"),
        html=dict(type="str"),
        attachments=dict(type="list", elements="raw", default=[]),
        headers=dict(type="dict", default={}),
        timeout=dict(type=seconds(0.001, 3600), default=60.0),
        spool=dict(type="path"),
        trace=dict(type="bool", default=False),
    ),
    required_together=[("username", "password")],
    required_one_of=[("to", "cc", "bcc")],
)

Kept = t.Callable[[], None]
"""Called once a message cannot be lost any more: it is on disk in the spool, or, where nothing can be kept, delivered."""

_SHOWN_BYTES = 65536
_LOST_IN_A_ROW = 2


def run(options: Options, mode: Mode, identity: str = "", kept: Kept = lambda: None) -> Result:
    """The result of the task; BytewireError where not everybody got the message. identity: what its Message-ID begins with."""
    refuse_wrong_numbers(SPEC["argument_spec"], options)
    server = _server(options)
    message, message_id = compose(**_only(options, "sender", "to", "cc", "bcc", "subject", "body", "html", "attachments", "headers"), identity=identity)
    report = _Report(message_id)
    if mode.check:
        return report.result(changed=True, message=_shown(message.content))
    with Client(server) as client:
        if mode.trace:
            report.trace = client.exchanges
        if options["spool"] is None:
            outcome = _deliver_at_once(client, message, kept)
        else:
            outcome = _deliver_with_spool(client, message, options["spool"], report, kept)
    return report.concluded(outcome)


def run_spool(options: Options) -> Result:
    """Send what waits in the spool, and nothing else; what cannot be sent is told by warnings."""
    report = _Report("")
    try:
        spool = Spool(options["spool"])
        if spool.entries():
            with Client(_server(options)) as client, spool.locked(client.server.timeout) as locked:
                unreached = _deliver_waiting(client, spool.entries(), report) if locked else None
            report.warnings += [unreached.msg] if unreached else []
        report.waiting(spool)
    except OSError as error:
        report.warnings.append(f"What waits in the spool {options['spool']} was left alone ({error.strerror}).")
    return report.result(changed=bool(report.sent_from_spool))


def _server(options: Options) -> Server:
    return Server(options["host"], **_only(options, "port", "encryption", "validate_certs", "ca_path", "username", "password", "allow_plaintext_login",
                                           "timeout"))


def _only(options: Options, *names: str) -> Options:
    return {name: options[name] for name in names}


def _shown(content: bytes) -> str:
    text = content[:_SHOWN_BYTES].decode("utf-8", "replace").replace("\r\n", "\n")
    more = len(content) - _SHOWN_BYTES
    return text if more <= 0 else f"{text}\n[{more} more bytes]"


def _deliver_at_once(client: Client, message: Message, kept: Kept) -> Outcome:
    outcome = client.deliver(message)
    if outcome.delivered:
        kept()
    return outcome


def _deliver_with_spool(client: Client, message: Message, path: str, report: _Report, kept: Kept) -> Outcome:
    """What waits first, then our own message, which is on disk before it leaves."""
    seconds = client.server.timeout
    with contextlib.ExitStack() as stack:
        try:
            spool = Spool(path)
            locked = stack.enter_context(spool.locked(seconds))
        except OSError as error:
            return _deliver_unkept(client, message, path, error, report, kept)
        if locked:
            outcome = _deliver_in_turn(client, message, spool, report, kept)
        else:
            report.warnings.append(f"The spool {spool.path} was in use by another run for {seconds:g} s: what waits in it was left to that run.")
            outcome = _deliver_then_keep(client, message, spool, report, kept)
    with contextlib.suppress(OSError):
        report.waiting(spool)
    return outcome


def _deliver_unkept(client: Client, message: Message, path: str, error: OSError, report: _Report, kept: Kept) -> Outcome:
    """To lose the chance of keeping a message is no reason to lose the message."""
    report.warnings.append(f"Nothing can be kept in the spool {path} ({error.strerror}): what waits in it was left alone.")
    return _deliver_at_once(client, message, kept)


def _deliver_in_turn(client: Client, message: Message, spool: Spool, report: _Report, kept: Kept) -> Outcome:
    try:
        spool.clear()
        waiting = spool.entries()
        own = spool.keep(message)
    except OSError as error:
        return _deliver_unkept(client, message, spool.path, error, report, kept)
    kept()
    unreached = _deliver_waiting(client, waiting, report)
    outcome = Outcome(message).unreached(unreached) if unreached else client.deliver(message, own.hand_over)
    report.own_message(own, _settled(own, outcome, report))
    return outcome


def _deliver_then_keep(client: Client, message: Message, spool: Spool, report: _Report, kept: Kept) -> Outcome:
    """Without the right to take messages out one can still be put in, after the attempt."""
    outcome = _deliver_at_once(client, message, kept)
    if outcome.error:
        try:
            report.own_message(*spool.keep_rest(outcome))
            kept()
        except OSError as error:
            report.warnings.append(f"The message cannot be kept in the spool {spool.path}: {error.strerror}.")
    return outcome


def _deliver_waiting(client: Client, waiting: list[Entry], report: _Report) -> BytewireError | None:
    """Oldest first. Returns the error that makes going on pointless: no session with the server is possible."""
    lost_in_a_row = 0
    for entry in waiting:
        message = _read(entry, report)
        if message is None:
            continue
        outcome = client.deliver(message, entry.hand_over)
        if not outcome.reached:
            return outcome.error
        report.earlier_message(entry, outcome, _settled(entry, outcome, report))
        lost_in_a_row = lost_in_a_row + 1 if outcome.lost else 0
        if lost_in_a_row == _LOST_IN_A_ROW:
            break
    return None


def _read(entry: Entry, report: _Report) -> Message | None:
    """The message of an entry, or None if there is none that can be sent."""
    try:
        if entry.handed_over_twice:
            report.handed_over_twice(entry.set_aside("unconfirmed"))
            return None
        message = entry.message()
        if message is None:
            report.not_a_message(entry.set_aside())
        return message
    except FileNotFoundError:
        return None
    except OSError as error:
        report.warnings.append(f"{entry.path} was left alone: {error.strerror}.")
        return None


def _settled(entry: Entry, outcome: Outcome, report: _Report) -> str | None:
    """The file set aside for good, or None."""
    try:
        return entry.settle(outcome)
    except OSError as error:
        report.warnings.append(f"{entry.path} could not be updated ({error.strerror}): it may be sent once more.")
        return None


class _Report:
    """What the result says besides what the server answered: where messages are now, warnings, the trace."""

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        self.spooled: str | None = None
        self.own_aside: str | None = None
        self.left = 0
        self.sent_from_spool: list[str] = []
        self.set_aside: list[str] = []
        self.warnings: list[str] = []
        self.trace: list[Exchange] | None = None

    def own_message(self, entry: Entry, aside: str | None) -> None:
        """Where our own message is now, if it is anywhere."""
        self.spooled = entry.path if entry.waits else None
        self.own_aside = aside
        self.set_aside += [aside] if aside else []

    def earlier_message(self, entry: Entry, outcome: Outcome, aside: str | None) -> None:
        if outcome.error is None:
            self.sent_from_spool.append(entry.first_path)
            return
        self.set_aside += [aside] if aside else []
        places = [f"kept as {entry.path}"] if entry.waits else []
        places += [f"set aside as {aside}"] if aside else []
        where = " and ".join(places)
        self.warnings.append(f"An earlier message could not be delivered and is {where}. {outcome.error.msg}")

    def not_a_message(self, path: str) -> None:
        self.set_aside.append(path)
        self.warnings.append(f"A file in the spool is not a message kept by this module; it was moved to {path}.")

    def handed_over_twice(self, path: str) -> None:
        self.set_aside.append(path)
        self.warnings.append(f"An earlier message was handed over twice, and the run that did so was killed before the answer came: it may have arrived, even "
                             f"twice. It was moved to {path}; no run sends it again.")

    def waiting(self, spool: Spool) -> None:
        """Count what a later run has to send."""
        self.left = len(spool.entries())
        earlier = self.left - (1 if self.spooled else 0)
        if earlier:
            wait = "message waits" if earlier == 1 else "messages wait"
            self.warnings.append(f"{earlier} earlier {wait} in the spool {spool.path}.")

    def result(self, changed: bool, delivered: t.Sequence[str] = (), refused: dict[str, str] | None = None, **more: object) -> Result:
        result: Result = {
            "changed": changed, "message_id": self.message_id, "delivered": list(delivered), "refused": refused or {},
            "spooled": self.spooled, "sent_from_spool": self.sent_from_spool, "left_in_spool": self.left, "set_aside": self.set_aside,
        }
        if self.warnings:
            result["warnings"] = self.warnings
        if self.trace is not None:
            result["trace"] = self.trace
        result.update(more)
        return result

    def concluded(self, outcome: Outcome) -> Result:
        """The result; BytewireError with it where not everybody got the message."""
        result = self.result(bool(outcome.delivered or self.sent_from_spool), outcome.delivered, outcome.reasons())
        if outcome.error is None:
            return result
        error = outcome.error
        raise BytewireError(error.kind, error.stage, error.msg + self._whereabouts(), outcome="unknown" if error.kind == "unverified" else None, **result)

    def _whereabouts(self) -> str:
        """For people: where the message is now."""
        text = ""
        if self.spooled:
            text += f" What was not delivered is kept as {self.spooled}; the next run with this spool sends it."
        if self.own_aside:
            text += f" A copy is set aside as {self.own_aside}; no run sends it again."
        return text

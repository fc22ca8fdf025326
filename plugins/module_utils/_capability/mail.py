# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send one message, and what an earlier run could not deliver."""

from __future__ import annotations

import contextlib

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._mail.delivery import Courier, Outcome
from ansible_collections.bytewire.devices.plugins.module_utils._mail.message import compose
from ansible_collections.bytewire.devices.plugins.module_utils._mail.server import Server
from ansible_collections.bytewire.devices.plugins.module_utils._mail.spool import Spool

SPEC = dict(
    argument_spec=dict(
        host=dict(type="str", required=True),
        port=dict(type="int"),
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
        timeout=dict(type="float", default=60.0),
        spool=dict(type="path"),
        trace=dict(type="bool", default=False),
    ),
    required_together=[("username", "password")],
    required_one_of=[("to", "cc", "bcc")],
)

_SHOWN = 65536
_LOST_IN_A_ROW = 2


def run(options, mode):
    """The result of the task; BytewireError where not everybody got the message."""
    server = Server(options)
    letter, message_id = compose(options)
    report = _Report(message_id)
    if mode.check:
        return report.result(changed=True, message=_shown(letter.content))
    with Courier(server) as courier:
        if mode.trace:
            report.trace = courier.exchanges
        if options["spool"] is None:
            outcome = courier.deliver(letter)
        else:
            outcome = _deliver_with_spool(courier, letter, options["spool"], report)
    return report.concluded(outcome)


def _shown(content):
    text = content[:_SHOWN].decode("utf-8", "replace").replace("\r\n", "\n")
    more = len(content) - _SHOWN
    return text if more <= 0 else "%s\n[%d more bytes]" % (text, more)


def _deliver_with_spool(courier, letter, path, report):
    """What waits first, then our own letter, which is on disk before it leaves."""
    seconds = courier.server.timeout
    with contextlib.ExitStack() as stack:
        try:
            spool = Spool(path)
            locked = stack.enter_context(spool.locked(seconds))
        except OSError as error:
            return _deliver_unkept(courier, letter, path, error, report)
        if locked:
            outcome = _deliver_in_turn(courier, letter, spool, report)
        else:
            report.warnings.append("The spool %s was in use by another run for %g s: what waits in it was left to that run."
                                   % (spool.path, seconds))
            outcome = _deliver_then_keep(courier, letter, spool, report)
    with contextlib.suppress(OSError):
        report.waiting(spool)
    return outcome


def _deliver_unkept(courier, letter, path, error, report):
    """To lose the chance of keeping a letter is no reason to lose the letter."""
    report.warnings.append("Nothing can be kept in the spool %s (%s): what waits in it was left alone." % (path, error.strerror))
    return courier.deliver(letter)


def _deliver_in_turn(courier, letter, spool, report):
    try:
        waiting = spool.entries()
        own = spool.keep(letter)
    except OSError as error:
        return _deliver_unkept(courier, letter, spool.path, error, report)
    unreached = _deliver_waiting(courier, waiting, report)
    outcome = Outcome(letter).unreached(unreached) if unreached else courier.deliver(letter, own.hand_over)
    report.own_letter(own, _settled(own, outcome, report))
    return outcome


def _deliver_then_keep(courier, letter, spool, report):
    """Without the right to take letters out one can still be put in, after the attempt."""
    outcome = courier.deliver(letter)
    if outcome.error:
        try:
            report.own_letter(*spool.keep_rest(outcome))
        except OSError as error:
            report.warnings.append("The message cannot be kept in the spool %s: %s." % (spool.path, error.strerror))
    return outcome


def _deliver_waiting(courier, waiting, report):
    """Oldest first. Returns the error that makes going on pointless: no session with the server is possible."""
    lost_in_a_row = 0
    for entry in waiting:
        letter = _found(entry, report)
        if letter is None:
            continue
        outcome = courier.deliver(letter, entry.hand_over)
        if not outcome.reached:
            return outcome.error
        report.earlier_letter(entry, outcome, _settled(entry, outcome, report))
        lost_in_a_row = lost_in_a_row + 1 if outcome.lost else 0
        if lost_in_a_row == _LOST_IN_A_ROW:
            break
    return None


def _found(entry, report):
    """The letter of an entry, or None if there is none that can be sent."""
    try:
        letter = entry.letter()
        if letter is None:
            report.not_a_letter(entry.set_aside())
        return letter
    except FileNotFoundError:
        return None
    except OSError as error:
        report.warnings.append("%s was left alone: %s." % (entry.path, error.strerror))
        return None


def _settled(entry, outcome, report):
    try:
        return entry.settle(outcome)
    except OSError as error:
        report.warnings.append("%s could not be updated (%s): it may be sent once more." % (entry.path, error.strerror))
        return None


class _Report:
    """What is told at the end."""

    def __init__(self, message_id):
        self.message_id = message_id
        self.spooled, self.own_aside, self.left = None, None, 0
        self.sent_from_spool, self.set_aside = [], []
        self.warnings, self.trace = [], None

    def own_letter(self, entry, aside):
        """Where our own letter is now, if it is anywhere."""
        self.spooled = entry.path if entry.waits else None
        self.own_aside = aside
        self.set_aside += [aside] if aside else []

    def earlier_letter(self, entry, outcome, aside):
        if outcome.error is None:
            self.sent_from_spool.append(entry.home)
            return
        self.set_aside += [aside] if aside else []
        places = ["kept as %s" % entry.path] if entry.waits else []
        places += ["set aside as %s" % aside] if aside else []
        self.warnings.append("An earlier message could not be delivered and is %s. %s" % (" and ".join(places), outcome.error.msg))

    def not_a_letter(self, path):
        self.set_aside.append(path)
        self.warnings.append("A file in the spool is not a message kept by this module; it was moved to %s." % path)

    def waiting(self, spool):
        """Count what a later run has to send."""
        self.left = len(spool.entries())
        earlier = self.left - (1 if self.spooled else 0)
        if earlier:
            self.warnings.append("%d earlier message%s in the spool %s." % (earlier, " waits" if earlier == 1 else "s wait", spool.path))

    def result(self, changed, delivered=(), refused=(), **more):
        result = {
            "changed": changed, "message_id": self.message_id, "delivered": list(delivered), "refused": dict(refused),
            "spooled": self.spooled, "sent_from_spool": self.sent_from_spool, "left_in_spool": self.left, "set_aside": self.set_aside,
        }
        if self.warnings:
            result["warnings"] = self.warnings
        if self.trace is not None:
            result["trace"] = self.trace
        result.update(more)
        return result

    def concluded(self, outcome):
        result = self.result(bool(outcome.delivered or self.sent_from_spool), outcome.delivered, outcome.reasons())
        if outcome.error is None:
            return result
        error = outcome.error
        raise BytewireError(error.kind, error.stage, error.msg + self._whereabouts(), **result)

    def _whereabouts(self):
        """For people: where the message is now."""
        told = ""
        if self.spooled:
            told += " What was not delivered is kept as %s; the next run with this spool sends it." % self.spooled
        if self.own_aside:
            told += " A copy is set aside as %s; no run sends it again." % self.own_aside
        return told

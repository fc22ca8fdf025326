# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about a failure: it follows from what came, and from what the device did before in this task. No input or output."""

from __future__ import annotations

import re
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile

ADVISED = ("timeout", "closed", "bad_reply", "busy")  # the kinds of what happens between question and answer


class Speaker(t.NamedTuple):
    """Something that is no device of ours: how what it says begins, and the transport under which the device may be there all the same."""

    begins: bytes  # a regular expression, in either case
    what: str
    transport: str | None = None


SPEAKERS = (
    Speaker(rb"HTTP/[0-9]|<(!doctype )?html", "an HTTP server"),
    Speaker(rb"SSH-[0-9]", "an SSH server"),
    Speaker(rb"(220|421|554)[ -][^\r\n]*[a-z]{3}", "a mail or FTP server"),
    Speaker(rb"RTSP/[0-9]", "an RTSP server"),
    Speaker(rb"RFB [0-9]{3}", "a VNC server"),
    Speaker(rb"[\x15\x16]\x03[\x00-\x04]", "a server that speaks TLS", "tls"),
    Speaker(rb"\xff[\xfb-\xfe]", "a Telnet server", "telnet"),
)


class Failure(t.NamedTuple):
    """What an exchange came to that failed.

    came: all that came on the connection. taken: what of it was taken for a Telnet command. began: when the question was sent.
    left: whether the question was sent, or is none. mute, guessing: as of the Dialogue. loose: whether it was in the words of the task.
    """

    kind: str
    came: bytes
    taken: str
    began: float
    left: bool
    mute: bool
    guessing: str
    loose: bool
    known: Values


class Past:
    """What a device did in one task so far, as far as advice follows from it.

    port: the one in use, None where there is none. usual: that of the model. assumed: the model that was taken because none is set, or "".
    said_by: the variable of Ansible's own that the port is from, or "".
    once: whether the task has begun what must not happen twice, such as a pulse.
    """

    def __init__(self, port: int | None = None, usual: int | None = None, assumed: str = "", said_by: str = "") -> None:
        self.port, self.usual, self.said_by = port, usual, said_by
        self.assumed = assumed if usual is not None else ""  # what has no port of its own is no particular device
        self.answered = ""
        self.when = 0.0
        self.once = False

    def note(self, what: str) -> None:
        """Something was answered."""
        self.answered, self.when = what, time.monotonic()

    def last(self, moment: float) -> str:
        """When it last answered before this moment, as a sentence, or nothing."""
        return f"It answered {self.answered} {max(moment - self.when, 0.0):.1f} s before." if self.answered else ""

    def assumption(self) -> str:
        """What is to be said where nobody said what the device is, as a sentence, or nothing."""
        if not self.assumed or self.answered:
            return ""
        where = f", on its port {self.usual}" if self.usual == self.port else ""
        return f"No model is set (bytewire_model), so the default was tried, {self.assumed}{where}: set it to what the device is."

    def elsewhere(self, usual: int | None) -> str:
        """That the port is not the one that such a device has, without the end of the sentence, or nothing."""
        if self.port is None or usual in (None, self.port):
            return ""
        said = f" (from {self.said_by}, which ssh uses as well: set bytewire_port)" if self.said_by else ""
        return f"{self.port}{said} is not the usual port of such a device, {usual}"

    def advice(self, failure: Failure, profile: Profile) -> str:
        """What follows from a failure, as sentences, or nothing."""
        return joined(_foreign(failure, profile, self.port) or self._own(failure, profile), self.assumption())

    def _own(self, failure: Failure, profile: Profile) -> str:
        if failure.taken:
            return (f"{failure.taken} came and was taken for a Telnet command, in which a byte FF of data stands twice: if the bridge does not do that, set "
                    "bytewire_transport to tcp.")
        if self.answered:
            told = _NOT_AGAIN if self.once else _AFTER_AN_ANSWER
            return joined(self.last(failure.began), told.get(failure.kind, ""))
        if failure.kind == "timeout" and not failure.left:
            return ""
        if failure.mute and failure.kind in ("timeout", "busy"):
            return self._silence(failure, profile)
        if failure.kind == "timeout":
            return "Is it the right model, and is it not busy?"
        if failure.kind != "bad_reply" or failure.loose:
            return ""
        return "Is it the right model?" if not failure.guessing else "" if self.assumed else "Set bytewire_model to what it is."

    def _silence(self, failure: Failure, profile: Profile) -> str:
        """Nothing has come on this connection, and no answer before."""
        elsewhere, unit = self.elsewhere(profile.port), profile.unit.get("name", "unit")
        if elsewhere:
            elsewhere += ": something else may listen there, such as a web server."
        if failure.guessing:
            own = f"A device that model {failure.guessing} knows stays mute where all of its connections are taken." if profile.connections else ""
            return joined(elsewhere, "" if self.assumed else "Set bytewire_model to what it is.", own)
        if failure.kind == "busy":
            return joined(elsewhere, f"Model {profile.name} serves {profile.connections} connections; one more is accepted and never answered. Close other "
                          "programs that are connected to it, or power-cycle it if there are none.")
        if unit in failure.known:
            return f"Is {failure.known[unit]} its {unit} (bytewire_unit), and the line set up as the device wants it?"
        return joined(elsewhere, "Is it the right model, and is it not busy?")


def joined(*sentences: str) -> str:
    """One after the other; empty ones are left out."""
    return " ".join(filter(None, sentences))


_AFTER_AN_ANSWER = {
    "timeout": "Where it is busy with that, raise timeout or retries, or run the task again later.",
    "bad_reply": "Does something else talk to it at the same time?",
}
_NOT_AGAIN = {**_AFTER_AN_ANSWER, "timeout": "Where it is busy with that, raise timeout for the next time."}


def _foreign(failure: Failure, profile: Profile, port: int | None) -> str:
    """That something else listens there, where what came begins like it."""
    speaker = next((speaker for speaker in SPEAKERS if re.match(speaker.begins, failure.came, re.IGNORECASE)), None)
    if speaker is None:
        return ""
    at = "" if port is None else f" at port {port}"
    what = f"a device that model {failure.guessing} knows" if failure.guessing else f"a device of model {profile.name}"
    other = f"bytewire_transport to {speaker.transport}, or " if speaker.transport else ""
    usual = f", usually {profile.port}" if profile.port not in (None, port) else ""
    return f"That is {speaker.what}{at}, not {what}: set {other}bytewire_port to that of the device{usual}, or correct the address."

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of monitoring, in an order in which a crash at any point leaves each change to be told once.

The state is written before anything is told of a change, and says what is not told yet; the history is written from it. A mail has its name in the state
before it is kept in the spool: where the next run finds it there, it was told.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import typing as t

from ansible.errors import AnsibleError

from ansible_collections.bytewire.devices.plugins.module_utils._capability import mail
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode, Options, Result
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor import journal, letter, metrics, page
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.changes import HOUR, Change, Comparison
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.files import Lines, replace
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.limits import of_hosts
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.readings import Reading, readings
from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor.state import State, locked
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.registered import as_fleets
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.switch import DATE
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.templates import MAIL, TEXT, written
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.terminal import fitting
from ansible_collections.bytewire.devices.plugins.plugin_utils._reports.text import line

FORGET = 30 * 24 * HOUR  # seconds after which a host that nobody read or asked for is forgotten
SLACK = 5  # seconds that reading may have begun before its results say
LONGEST_SUBJECT = 150
SHOWN_BYTES = 4_000_000  # of readings that are drawn
SEEN_BYTES = 4_000_000  # of the history in which a change is looked for
HISTORY, READINGS, PAGE, SPOOL = "history.jsonl", "readings.jsonl", "index.html", "spool"


def run(options: Options, mode: Mode, now: float | None = None) -> Result:
    """Without results what was given is looked at, and nothing else."""
    try:
        return _run(options, mode, now)
    except AnsibleError as error:  # what is told about results and templates that are none
        raise invalid(f"monitor: {error}") from error


def _run(options: Options, mode: Mode, now: float | None) -> Result:
    monitor = Monitor(options, time.time() if now is None else now)
    if options["results"] is None:
        monitor.refuse_wrong_mail()
        return {"changed": False, "changes": []}
    monitor.read()
    if mode.check:
        monitor.compare()
        return monitor.result()
    with locked(monitor.directory):
        return monitor.run()


class Monitor:
    """What one run has and does."""

    def __init__(self, options: Options, now: float) -> None:
        self.options, self.now = options, now
        self.directory = os.path.abspath(options["directory"])
        self.spool = os.path.join(self.directory, SPOOL)
        self.limits = of_hosts(options["limits"], options["host_limits"])
        if options["metrics"] and not options["metrics"].endswith(".prom"):
            raise invalid(f"monitor: metrics is {options['metrics']}; node_exporter reads files whose names end in .prom.")
        self.state = State(self.directory)
        self.history, self.runs = (Lines(os.path.join(self.directory, name), options["most_lines"], options["most_bytes"]) for name in (HISTORY, READINGS))
        self.readings: list[Reading] = []
        self.changes: list[Change] = []
        self.seconds = 0.0
        self.warnings: list[str] = []

    def refuse_wrong_mail(self) -> None:
        """An error for what no mail could be made of, before there is one to send."""
        if self.options["mail"]:
            mail.run(self._mail("Monitoring", "", ""), Mode(check=True, diff=False, trace=False))

    def read(self) -> None:
        """What was read, from what tasks returned; an error where nobody was asked."""
        fleets = as_fleets(self.options["results"])
        self.readings = readings(fleets, self.options["hosts"])
        self.seconds = sum(float((fleet.get("summary") or {}).get("seconds") or 0) for fleet in fleets)
        if not any(reading.attempted for reading in self.readings):
            raise invalid(f"monitor: no device was read. {self.readings[0].error if self.readings else 'There is no result, and no host.'}")

    def compare(self) -> None:
        self.state.load()
        by = self._journal()
        comparison = Comparison(self.now, self.limits, by, self.now - self.seconds - SLACK, self.options["remind"] * HOUR)
        for reading in self.readings:
            if reading.attempted:
                self.state.hosts[reading.host] = comparison.compare(reading, self.state.hosts.get(reading.host))
        named = {reading.host for reading in self.readings}
        self.state.hosts = {host: known for host, known in self.state.hosts.items() if host in named or self.now - known["checked"] < FORGET}
        self.changes = comparison.changes
        self.state.changes += [{**change, "told": bool(change["by"]), "logged": change["again"]} for change in self.changes]

    def _journal(self) -> journal.By | None:
        if not self.options["journal"]:
            return None
        try:
            return journal.read(self.options["journal"])
        except OSError as error:
            self.warnings.append(f"The journal {self.options['journal']} cannot be read ({error.strerror}): who switched is not known.")
            return None

    def run(self) -> Result:
        self.compare()
        self._settle_the_last_mail()
        self.state.set_aside()
        self.state.save()
        self._log()
        self._draw()
        return self._tell()

    def _settle_the_last_mail(self) -> None:
        """A run that died while it told: if its mail is in the spool, it was told."""
        telling, self.state.telling = self.state.telling, None
        if telling and _is_kept(self.spool, telling["identity"]):
            self.state.mark(telling["ids"], told=True)

    def _log(self) -> None:
        """Write what changed into the history, and what was measured. A run that died may have written some of it."""
        due = [change for change in self.state.changes if not change["logged"]]
        keys = ("id", "time", "host", "kind", "name", "was", "is", "words", "detail", "by")
        try:
            there = {entry.get("id") for entry in self.history.last(SEEN_BYTES)} if due else set()
            self.history.add([{key: change[key] for key in keys if change[key] not in (None, "")} for change in due if change["id"] not in there])
            self.runs.add([self._as_line()])
        except OSError as error:
            self.warnings.append(f"The history in {self.directory} cannot be written: {error.strerror}.")
            return
        self.state.mark({change["id"] for change in due}, logged=True)

    def _as_line(self) -> dict[str, t.Any]:
        read = [reading for reading in self.readings if reading.ok]
        return {"time": round(self.now, 3), "seconds": round(self.seconds, 3), "read": len(read), "failed": len(self.readings) - len(read),
                "changed": len(self.changes), "ms": {reading.host: reading.ms for reading in read if reading.ms is not None},
                "values": {reading.host: {name: reading.numbers[name] for name in reading.measured} for reading in read if reading.measured}}

    def _draw(self) -> None:
        """Metrics and page, which can be made again: that they cannot be written ends nothing."""
        made: list[tuple[str, t.Callable[[], str]]] = [(self.options["page"] or os.path.join(self.directory, PAGE), self._page)]
        if self.options["metrics"]:
            made.append((self.options["metrics"], lambda: metrics.text(self.state.hosts, self.now)))
        for path, make in made:
            try:
                replace(os.path.abspath(path), make().encode("utf-8", "replace"), 0o644)
            except (OSError, AnsibleError) as error:
                self.warnings.append(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}.")

    def _page(self) -> str:
        return page.html(self.state.hosts, self.history.last(SHOWN_BYTES), self.runs.last(SHOWN_BYTES), self.limits, self.now)

    def _tell(self) -> Result:
        """Mail what is not told; without a mail it is shown, and counts as told."""
        due = [change for change in self.state.changes if not change["told"]]
        told: Result = {}
        try:
            if due and self.options["mail"]:
                told = self._send(due)
            elif self.options["mail"]:
                told = self._send_what_waits()
            self._mark_told({change["id"] for change in due})
        except BytewireError as error:
            self.warnings += _warnings(error.details)
            error.details = {**error.details, **self.result(due), "changed": bool(error.details.get("changed"))}
            raise
        self.warnings += _warnings(told)
        return self.result(due, **{key: told[key] for key in ("message_id", "delivered", "sent_from_spool", "left_in_spool") if key in told})

    def _send(self, due: list[Change]) -> Result:
        report = self._letter(due)
        ids = [change["id"] for change in due]
        identity = hashlib.sha256("\n".join(ids).encode()).hexdigest()[:32]
        self.state.telling = {"identity": identity, "ids": ids}
        self.state.save()
        given = self._mail(report["headline"], written(TEXT, report, self._templates()), written(MAIL, report, self._templates()))
        return mail.run(given, Mode(check=False, diff=False, trace=False), identity, lambda: self._mark_told(set(ids)))

    def _send_what_waits(self) -> Result:
        """What an earlier run could not deliver; that it still cannot be is no news."""
        return mail.run_spool(self._mail("", "", "")) if os.path.isdir(self.spool) else {}

    def _mark_told(self, ids: set[str]) -> None:
        self.state.mark(ids, told=True)
        self.state.telling = None
        if any(change["told"] or change["logged"] for change in self.state.changes):
            self.state.save()

    def _mail(self, subject: str, text: str, html: str) -> Options:
        given = dict(self.options["mail"])
        prefix = given.pop("subject_prefix", None) or ""
        most = {"attachments": [], "headers": {}, "trace": False, "body": text, "html": html, "spool": self.spool}
        return {**given, **most, "subject": line(f"{prefix} {subject}".strip(), LONGEST_SUBJECT)}

    def _templates(self) -> str:
        return self.options["templates"] or ""

    def _letter(self, due: list[Change]) -> dict[str, t.Any]:
        up = sum(bool(known["up"]) for known in self.state.hosts.values())
        counted = [("", "Devices", len(self.state.hosts)), ("unchanged", "Answer", up), ("failed", "Do not answer", len(self.state.hosts) - up)]
        return letter.parts(due, counted, [("Date", time.strftime(DATE, time.localtime(self.now))),
                                           ("Page", self.options["page"] or os.path.join(self.directory, PAGE))])

    def result(self, due: t.Sequence[Change] | None = None, **more: t.Any) -> Result:
        """due: what this run tells, or all that it found."""
        due = [change for change in self.changes if not change["by"]] if due is None else due
        explained = [change for change in self.changes if change["by"]]
        up = sum(reading.ok for reading in self.readings)
        numbers = {"devices": len(self.readings), "read": up, "failed": len(self.readings) - up, "changes": len(self.changes)}
        summary = f"{len(self.readings)} device{'' if len(self.readings) == 1 else 's'}: {up} answer{'s' if up == 1 else ''}" + (
            f", {len(self.readings) - up} not" if up < len(self.readings) else "")
        own = [text for names, words in letter.entries(explained) for text in fitting(f"{names}: {words}" if words else names)]
        text = written(TEXT, self._letter(list(due)), self._templates()).splitlines() if due else [f"{summary}. Nothing changed." if not own else f"{summary}."]
        result: Result = {"changed": bool(self.changes or due), "subject": letter.headline(due) if due else "", "text": [*text, *own], "numbers": numbers,
                          "changes": [*due, *explained], **more}
        warnings = [*self.warnings, *self.state.warnings]
        return {**result, "warnings": warnings} if warnings else result


def _warnings(result: t.Mapping[str, t.Any]) -> list[str]:
    return [str(warning) for warning in t.cast("list[object]", result.get("warnings") or [])]


def _is_kept(spool: str, identity: str) -> bool:
    """Whether the message of this identity is in the spool, whatever became of it there."""
    for folder in (spool, os.path.join(spool, "rejected"), os.path.join(spool, "unconfirmed")):
        with contextlib.suppress(OSError):
            for name in os.listdir(folder):
                if name.endswith(".eml") and not name.startswith("."):
                    with open(os.path.join(folder, name), "rb") as file:
                        if f"\nMessage-ID: <{identity}@".encode() in file.read(65536):
                            return True
    return False

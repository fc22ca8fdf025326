# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One device task for many devices at once; what it does to each is what the module of that task does."""

from __future__ import annotations

import collections
import importlib
import random
import resource
import socket
import time
import types
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._capability import relay_words
from ansible_collections.bytewire.devices.plugins.module_utils._capability.fleet_scheduler import NOT_ATTEMPTED, Fleet, Job, without_title
from ansible_collections.bytewire.devices.plugins.module_utils._device.journal import refuse_unwritable
from ansible_collections.bytewire.devices.plugins.module_utils._device.options import Spec
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import Number, refuse_wrong_numbers, seconds, whole
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import a_few
from ansible_collections.bytewire.devices.plugins.module_utils._secrets import secrets
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode, Options, Result, told
from ansible_collections.bytewire.devices.plugins.module_utils._wire import event_loop

Results = t.Dict[str, Result]
"""The result of each host, by its name."""

MODULES = ("relay", "settings", "command", "send", "device_info", "ping")
ORDERS = ("inventory", "reverse", "random")
MOST_AT_ONCE = 10000
FILES_EACH = 2  # the connection of a device, and its lock
FILES_BESIDES = 64  # what a process has open besides

SPEC: Spec = {
    "argument_spec": {
        "module": {"type": "str", "choices": list(MODULES), "required": True},
        "options": {"type": "dict", "default": {}},
        "hosts": {"type": "list", "elements": "raw"},
        "concurrency": {"type": whole(1, MOST_AT_ONCE), "default": 256},
        "stagger": {"type": seconds(0, 3600), "default": 0.0},
        "order": {"type": "str", "choices": list(ORDERS), "default": "inventory"},
        "max_fail_percentage": {"type": Number("float", 0, 100)},
        "deadline": {"type": seconds(0.001, 604800)},
        "journal": {"type": "path"},
        "trace": {"type": "bool", "default": False},
    },
}


def capability_of(module: str) -> types.ModuleType:
    """What a module does, imported when it is asked for."""
    return importlib.import_module(f"{__name__.rpartition('.')[0]}.{module}")


def run(options: Options, mode: Mode, watch: t.Callable[[Fleet], None] = lambda fleet: None) -> Result:
    """The result of the task. hosts are {name, options}, or {name, refused} with a failed result for who is not attempted.

    In options stand the options that all share, and pages; a host's model is the number of one of them.
    """
    refuse_wrong_numbers(SPEC["argument_spec"], options, "fleet: ")
    if options["journal"]:
        refuse_unwritable(options["journal"])
    jobs = [_job(host, options["options"], options["journal"]) for host in options["hosts"]]
    allow_open_files(FILES_EACH * min(options["concurrency"], len(jobs)))
    module = capability_of(options["module"])

    def capability(given: Options, mode: Mode) -> t.Awaitable[Result]:
        outcome: t.Awaitable[Result] = module.run(given, mode._replace(trace=mode.trace or given["trace"]))
        return outcome

    def settle(name: str, result: Result) -> Result:
        kept: Result = secrets(fleet.jobs[name].options, module.SPEC["argument_spec"]).shown(told(result))
        return kept

    fleet = Fleet(capability, mode, _ordered(jobs, options["order"]), settle, options["concurrency"],
                  options["stagger"], options["deadline"], options["max_fail_percentage"])
    results = event_loop.run(fleet.run(watch))
    return _report(fleet, {job.name: results[job.name] for job in jobs}, options["max_fail_percentage"])


def not_run(names: t.Iterable[str], error: BytewireError, seconds: float) -> Result:
    """The result of a fleet whose every host failed for one reason, such as its gateway."""
    results = {name: error.result() for name in names}
    return dict(error.result(), hosts=results, failed_hosts=list(results), summary=_summary(results, list(results), seconds))


def _job(host: Options, shared: Options, journal: str | None) -> Job:
    if "refused" in host:
        return Job(host["name"], {}, None, host["refused"])
    options = dict(shared["options"], **host["options"])
    options["journal"] = journal or options.get("journal")
    page = options["model"] = shared["pages"][options["model"]]
    return Job(host["name"], options, _place(options, page), None)


def _place(options: Options, page: t.Mapping[str, t.Any]) -> t.Hashable:
    """What two hosts have in common that are reached at one address."""
    page = page.get("candidates", [page])[0]
    if (options.get("transport") or page.get("transport")) == "serial":
        return t.cast(t.Hashable, options.get("serial_port"))
    return options["host"], options["port"] or page.get("port")


def allow_open_files(files: int, asked: str = "fleet: so many devices at a time", fewer: str = "set concurrency to") -> None:
    """Allow this process as many open files as what is asked will need, where the system lets it, or else say so before anything is sent."""
    wanted = files + FILES_BESIDES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or wanted <= soft:
        return
    if hard != resource.RLIM_INFINITY and wanted > hard:
        raise invalid(f"{asked} need {wanted} open files, and {socket.gethostname()} allows this process {hard}: {fewer} "
                      f"{max((hard - FILES_BESIDES) // FILES_EACH, 1)} or less, or raise the limit (ulimit -n). Nothing was sent.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _ordered(jobs: list[Job], order: str) -> list[Job]:
    if order == "random":
        return random.SystemRandom().sample(jobs, len(jobs))
    return jobs[::-1] if order == "reverse" else jobs


def _report(fleet: Fleet, results: Results, tolerated: float | None) -> Result:
    failed = [name for name, result in results.items() if result.get("failed")]
    summary = _summary(results, failed, time.monotonic() - fleet.started)
    report: Result = {"changed": bool(summary["changed"]), "hosts": results, "summary": summary, "failed_hosts": failed}
    diffs = [result["diff"] for result in results.values() if "diff" in result]
    if diffs:
        report["diff"] = diffs
    warnings = _warnings(results)
    if warnings:
        report["warnings"] = warnings
    if failed and len(failed) * 100 > (tolerated or 0) * len(results):
        first = results[next((name for name in failed if _attempted(results[name])), failed[0])]
        report.update(failed=True, msg=_in_words(failed, results, first, fleet.stopped), error={"kind": first["error"]["kind"], "stage": "fleet"})
    return report


def _summary(results: Results, failed: t.Sequence[str], seconds: float) -> dict[str, object]:
    kinds = collections.Counter(results[name]["error"]["kind"] for name in failed)
    return {"hosts": len(results), "ok": len(results) - len(failed), "changed": sum(bool(result.get("changed")) for result in results.values()),
            "failed": len(failed), "not_attempted": sum(not _attempted(result) for result in results.values()),
            "kinds": dict(kinds), "seconds": round(seconds, 2)}


def _attempted(result: Result) -> bool:
    return bool(result.get("error", {}).get("stage") != NOT_ATTEMPTED)


def _warnings(results: Results) -> list[str]:
    """What single tasks warn of, once for each way of saying it."""
    found: dict[str, list[str]] = {}
    for name, result in results.items():
        for warning in result.get("warnings", ()):
            found.setdefault(without_title(name, warning), []).append(name)
    return [f"{a_few(names)}: {words}" for words, names in found.items()]


def _in_words(failed: t.Sequence[str], results: Results, first: Result, stopped: str) -> str:
    tried = [name for name in failed if _attempted(results[name])]
    words = f"{len(tried)} of {len(results)} hosts failed: {a_few(tried)}. The first: {first['msg']}" if tried else "Every host was left out."
    alarms = relay_words.counted([(name, relay_words.alarm(results[name].get("relays"))) for name in tried], len(results), "hosts")
    words = ". ".join([*alarms, words])
    left = len(failed) - len(tried)
    if not left:
        return words
    return f"{words} {'1 more was' if left == 1 else f'{left} more were'} not attempted: {stopped}"

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What module emulator does: its options; it starts, stops, changes and calls the emulator's process, by a state file that names it."""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import PORT, refuse_wrong_numbers, seconds, whole
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load, normalised
from ansible_collections.bytewire.devices.plugins.module_utils._page.size import refuse_too_large
from ansible_collections.bytewire.devices.plugins.module_utils._task import Mode, Options, Result
from ansible_collections.bytewire.devices.plugins.module_utils._wire.address import endpoint
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator import files
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.faults import FAULTS, refuse_unknown_requests
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.remote import ask

START_SECONDS, STOP_SECONDS, ANSWER_SECONDS = 20, 5, 10
COLLECTIONS = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 6))

SPEC: dict[str, t.Any] = {
    "argument_spec": {
        "state": {"type": "str", "choices": ["started", "stopped", "changed", "called"], "default": "started"},
        "name": {"type": "str"},
        "model": {"type": "raw"},
        "host": {"type": "str", "default": "127.0.0.1"},
        "port": {"type": PORT},
        "hosts": {"type": "list", "elements": "str"},
        "count": {"type": whole(1, 65536), "default": 1},
        "expose": {"type": "bool", "default": False},
        "password": {"type": "str", "no_log": True},
        "unit": {"type": whole(0, 65535)},
        "tls": {"type": "dict", "options": {
            "certificate": {"type": "path", "required": True},
            "key": {"type": "path", "required": True, "no_log": False},
            "ca_path": {"type": "path"},
        }},
        "latency": {"type": seconds(0, 3600), "default": 0.0},
        "lifetime": {"type": seconds(0.001, 31536000)},
        "initial": {"type": "dict"},
        "change": {"type": "dict"},
        "call": {"type": "dict", "options": {
            "host": {"type": "str", "default": "127.0.0.1"},
            "port": {"type": PORT, "required": True},
            "message": {"type": "str", "default": "command"},
            "fields": {"type": "dict"},
            "timeout": {"type": seconds(0.001, 3600), "default": 3.0},
        }},
        "journal": {"type": "path"},
        "discovery": {"type": "bool", "default": False},
        "faults": {"type": "list", "elements": "dict", "options": {
            "fault": {"type": "str", "choices": sorted(FAULTS), "required": True},
            "on": {"type": "list", "elements": "str"},
            "times": {"type": whole(0, 1000000)},
            "seconds": {"type": seconds(0, 3600), "default": 5.0},
        }},
        "mail": {"type": "dict", "options": {
            "host": {"type": "str", "default": "127.0.0.1"},
            "port": {"type": PORT, "required": True},
            "directory": {"type": "path", "required": True},
            "tls": {"type": "str", "choices": ["none", "starttls", "tls"], "default": "none"},
            "certificate": {"type": "path"},
            "key": {"type": "path", "no_log": False},
            "username": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "refuse": {"type": "list", "elements": "str", "default": []},
        }},
    },
    "required_if": [("state", "changed", ["change"]), ("state", "called", ["call"])],
}


def run(options: Options, mode: Mode) -> Result:
    """Make the emulator's process so: started as configured, or stopped."""
    refuse_wrong_numbers(SPEC["argument_spec"], options, "emulator: ")
    name = name_of(options)
    if options["state"] == "stopped":
        return _stopped(name, mode.check)
    if options["state"] == "changed":
        return _asked(name, {"change": _sized("change", options["change"]), "check": mode.check})
    if options["state"] == "called":
        _refuse_exposed_address(options["call"]["host"], options["expose"])
        return _called(name, options["call"], mode.check)
    return _started(name, _config(options), options.get("asker") or {}, mode.check)


def _sized(name: str, given: dict[str, t.Any] | None) -> t.Any:
    """What is given like a part of a page, its keys as pages have them; an error where it is too large."""
    try:
        refuse_too_large(given)
    except ProfileError as error:
        raise invalid(f"emulator: {name}: {error}.") from error
    return normalised(given)


def name_of(options: dict[str, t.Any]) -> str:
    """What the process is called; its model may be what the task says or the page that it is of."""
    model = options["model"] or "mail"
    if isinstance(model, dict):
        model = model.get("name") or model.get("extends") or "inline"
    parts = [str(model), options["host"], str(options["port"] or "")]
    return re.sub(r"[^0-9A-Za-z.-]", "_", options["name"] or "-".join(part for part in parts if part))


def _config(options: dict[str, t.Any]) -> dict[str, t.Any]:
    options = _absolute(options, SPEC["argument_spec"])
    initial = _sized("initial", options["initial"])
    pages, boards = _boards(options)
    if not boards and options["mail"] is None:
        raise invalid("emulator: nothing to emulate; give model (bytewire_model), or mail.")
    if options["mail"]:
        _refuse_exposed_address(options["mail"]["host"], options["expose"])
    return {**{name: options[name] for name in ("tls", "latency", "lifetime", "journal", "discovery", "faults", "mail")},
            "initial": initial, "pages": pages, "boards": boards}


def _boards(options: dict[str, t.Any]) -> tuple[list[dict[str, t.Any]], list[dict[str, t.Any]]]:
    """(the pages, a board for each address with the number of its page): of the hosts of an inventory, or of the task's own options."""
    if options.get("devices") and options["count"] != 1:
        raise invalid("emulator: count is for one address, and each host of the inventory has its own; leave it out.")
    pages: list[dict[str, t.Any]] = []
    boards: dict[tuple[str, int], tuple[str, dict[str, t.Any]]] = {}
    ports: dict[tuple[int, t.Any], int | None] = {}
    for device in options.get("devices") or ([{**options, "label": ""}] if options["model"] is not None else []):
        if device["model"] not in pages:
            pages.append(device["model"])
        page, label = pages.index(device["model"]), device["label"]
        with _told_of(label):
            if (page, device["unit"]) not in ports:
                ports[page, device["unit"]] = _checked_board({**options, **device}).profile.port
            hosts, port = _hosts({**options, **device}), device["port"] or ports[page, device["unit"]]
            if port is None:
                raise invalid(f"emulator: '{load(device['model']).name}' has no port of its own; set port.")
        for host in hosts:
            board = {"host": host, "port": port, "page": page, "password": device["password"], "unit": device["unit"]}
            other, same = boards.setdefault((host, port), (label, board))
            if same != board:
                what = ", ".join(key for key in ("page", "password", "unit") if same[key] != board[key]).replace("page", "model")
                raise invalid(f"emulator: {label} is at {endpoint(host, port)} as {other} is, with another {what}; one device is emulated at an address. "
                              "Give each host a port (bytewire_port) or an address (bytewire_host) of its own.")
    return pages, [board for dummy, board in boards.values()]


@contextlib.contextmanager
def _told_of(label: str) -> t.Iterator[None]:
    """An error says which host of the inventory it is about."""
    try:
        yield
    except BytewireError as error:
        raise invalid(error.msg.replace("emulator: ", f"emulator: {label}: ", 1), error.stage) if label else error


def _absolute(options: dict[str, t.Any], spec: dict[str, t.Any]) -> dict[str, t.Any]:
    """The options with every path made absolute: the process has a current directory of its own."""
    made = dict(options)
    for name, option in spec.items():
        if options.get(name) and option["type"] == "path":
            made[name] = os.path.abspath(options[name])
        elif options.get(name) and option["type"] == "dict" and "options" in option:
            made[name] = _absolute(options[name], option["options"])
    return made


def _checked_board(options: dict[str, t.Any]) -> Board:
    page = options["model"]
    if "candidates" in page:
        raise invalid("emulator: model is auto; say which model to emulate.")
    try:
        board = Board(load(page), options["initial"], unit=options["unit"])
        refuse_unknown_requests(options["faults"] or (), board.profile)
    except (ProfileError, ValueError, TypeError) as error:
        raise invalid(f"emulator: {error}.") from error
    return board


def _hosts(options: dict[str, t.Any]) -> list[str]:
    _refuse_exposed_address(options["host"], options["expose"])
    if options["count"] == 1:
        return [options["host"]]
    try:
        first = ipaddress.ip_address(options["host"])
    except ValueError as error:
        raise invalid(f"emulator: count needs host to be an address, not '{options['host']}'.") from error
    return [str(first + number) for number in range(options["count"])]


def _refuse_exposed_address(host: str, expose: bool) -> None:
    if expose or host == "localhost":
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise invalid(f"emulator: {host} is not an address of loopback (127.0.0.0/8, ::1). Other machines could reach it: say expose: true "
                  "if that is meant.")


def _started(name: str, config: dict[str, t.Any], asker: dict[str, str], check: bool) -> dict[str, t.Any]:
    """asker: the task that starts it, by its id, and the host of the inventory that it does so for."""
    asked = {**asker, **_first(config)}
    with contextlib.nullcontext() if check else files.alone(name):
        state = files.read(name)
        if state and _same(state, config):
            if not check and state["asked"] != asked:
                files.write(name, {**state, "asked": asked})
            return _result(name, config, state, False)
        if state:
            _refuse_another_host(name, state["asked"], asked)
        if check:
            return _result(name, config, {"pid": None}, True)
        if state:
            _end(state["pid"])
        pid = _launch(name, config)
        salt = secrets.token_hex(8)
        state = {"pid": pid, "born": files.born(pid), "salt": salt, "fingerprint": _fingerprint(config, salt), "asked": asked}
        try:
            files.write(name, state)
        except BaseException:
            _end(pid)  # nobody could find it again
            raise
        return _result(name, config, state, True)


def _first(config: dict[str, t.Any]) -> dict[str, t.Any]:
    """What is told of the first device of a process where two hosts of one task are in each other's way."""
    board = config["boards"][0] if config["boards"] else None
    return {"address": endpoint(board["host"], board["port"]), "model": load(config["pages"][board["page"]]).name, "unit": board["unit"]} if board else {}


def _refuse_another_host(name: str, before: dict[str, t.Any], asked: dict[str, t.Any]) -> None:
    """The error where the same task has started this process for another host of the inventory, which would lose it."""
    if not before.get("task") or before["task"] != asked.get("task") or before.get("host") == asked["host"]:
        return
    host, other = asked["host"], before.get("host")
    if before.get("address") != asked.get("address") or not asked.get("address"):
        raise invalid(f"emulator: {host} starts '{name}', which this task has started for {other}. Say run_once: true, so that one process serves all hosts, "
                      "or leave name out.")
    what = ", ".join(key for key in ("model", "unit") if before.get(key) != asked[key]) or "password or other option"
    raise invalid(f"emulator: {host} is at {asked['address']} as {other} is, with another {what}; one device is emulated at an address. "
                  "Give each host a port (bytewire_port) or an address (bytewire_host) of its own.")


def _stopped(name: str, check: bool) -> dict[str, t.Any]:
    look_only = check or not os.path.isdir(files.folder())
    with contextlib.nullcontext() if look_only else files.alone(name):
        state = files.read(name)
        if state and not look_only:
            _end(state["pid"])
        if not look_only:
            files.clear(name)
    result: dict[str, t.Any] = {"changed": bool(state), "name": name, "pid": None}
    others = files.running() if not state else []
    if others:
        result["warnings"] = [f"emulator: none runs that is called '{name}'. Running are: {', '.join(others)}. To stop one, say the same model, "
                              "host and port as when it was started, or its name."]
    return result


def _called(name: str, call: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    return {"changed": True, "name": name, "calls": []} if check else {"changed": True, **_asked(name, {"call": call}, call["timeout"])}


def _asked(name: str, request: dict[str, t.Any], seconds: float = 0) -> dict[str, t.Any]:
    """What the running process of this name makes of a request."""
    state = files.read(name)
    if state is None:
        raise invalid(f"emulator: there is no process '{name}' that runs; start it first, under this name.")
    try:
        answer = ask(files.path(name, "sock"), request, seconds + ANSWER_SECONDS)
    except OSError as error:
        raise BytewireError("unreachable", "ask", f"emulator: '{name}' does not answer ({error.strerror or error}).") from error
    if "error" in answer:
        raise BytewireError("invalid", "ask", f"emulator: '{name}': {answer['error']}.")
    return {"name": name, "pid": state["pid"], **answer}


def _result(name: str, config: dict[str, t.Any], state: dict[str, t.Any], changed: bool) -> dict[str, t.Any]:
    result = {"changed": changed, "name": name, "pid": state["pid"], "journal": config["journal"],
              "addresses": [endpoint(board["host"], board["port"]) for board in config["boards"]]}
    if config["mail"]:
        result["mail"] = {key: config["mail"][key] for key in ("host", "port", "directory")}
    return result


def _launch(name: str, config: dict[str, t.Any]) -> int:
    """Start the process in a session of its own; its configuration, with passwords, goes through a pipe."""
    with files.usable():
        log = open(files.path(name, "log"), "w", encoding="utf-8")
    with log:
        process: t.Any = subprocess.Popen(
            [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "launch.py"), COLLECTIONS],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True, text=True, cwd="/")
        with process.stdout:
            with contextlib.suppress(BrokenPipeError), process.stdin:  # it may have ended already; then its log says why
                json.dump({**config, "remote": files.path(name, "sock")}, process.stdin)
            limit = threading.Timer(START_SECONDS, process.kill)
            limit.start()
            line = process.stdout.readline()
            limit.cancel()
    answer = json.loads(line) if line else {}
    if "pid" not in answer:
        status = process.wait(timeout=STOP_SECONDS)
        reason = answer.get("error") or _why_it_ended(name, status)
        lowest = min([board["port"] for board in config["boards"]], default=1024)
        if "ermission denied" in reason and lowest < 1024:
            reason += f"; ports below 1024 are for root: give another port, for example {lowest + 20000}"
        reason += _who_holds(reason)
        raise BytewireError("unreachable", "start", f"emulator: could not start '{name}': {reason.rstrip('.')}.")
    pid: int = answer["pid"]
    return pid


def _who_holds(reason: str) -> str:
    """That it is an emulator which listens where another shall, with its name, or nothing."""
    for name in files.running():
        address = (files.read(name) or {"asked": {}})["asked"].get("address")
        if address and reason.startswith(f"{address} is taken"):
            return f". It is the emulator '{name}', which ends with name={name} state=stopped"
    return ""


def _why_it_ended(name: str, status: int) -> str:
    """Why a process ended that could not say it itself."""
    if status == -signal.SIGKILL:
        return f"it was killed, by the system or because it was not ready within {START_SECONDS} s"
    with open(files.path(name, "log"), encoding="utf-8", errors="replace") as log:
        lines = [line.strip() for line in log if line.strip()]
    return f"it ended with status {status}{': ' * bool(lines)}{''.join(lines[-1:])}"


def _end(pid: int) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        while files.born(pid) is not None:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)


def _same(state: dict[str, t.Any], config: dict[str, t.Any]) -> bool:
    return bool(state["fingerprint"] == _fingerprint(config, state["salt"]))


def _fingerprint(config: dict[str, t.Any], salt: str) -> str:
    return hashlib.sha256((salt + json.dumps(config, sort_keys=True)).encode("utf-8")).hexdigest()

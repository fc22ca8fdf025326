# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts and stops the emulator's process, by a state file that names it."""

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
from ansible_collections.bytewire.devices.plugins.module_utils._exchange import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._profile import load
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.board import Board
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.faults import FAULTS
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.remote import ask

FOLDER = os.path.join("~", ".ansible", "bytewire", "emulator")
START_SECONDS, STOP_SECONDS, ANSWER_SECONDS = 20, 5, 10
COLLECTIONS = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 6))

SPEC: dict[str, t.Any] = {
    "argument_spec": {
        "state": {"type": "str", "choices": ["started", "stopped", "changed", "called"], "default": "started"},
        "name": {"type": "str"},
        "model": {"type": "raw"},
        "host": {"type": "str", "default": "127.0.0.1"},
        "port": {"type": "int"},
        "count": {"type": "int", "default": 1},
        "expose": {"type": "bool", "default": False},
        "password": {"type": "str", "no_log": True},
        "unit": {"type": "int"},
        "tls": {"type": "dict", "options": {
            "certificate": {"type": "path", "required": True},
            "key": {"type": "path", "required": True, "no_log": False},
            "ca_path": {"type": "path"},
        }},
        "latency": {"type": "float", "default": 0.0},
        "lifetime": {"type": "float"},
        "initial": {"type": "dict"},
        "change": {"type": "dict"},
        "call": {"type": "dict", "options": {
            "host": {"type": "str", "default": "127.0.0.1"},
            "port": {"type": "int", "required": True},
            "message": {"type": "str", "default": "command"},
            "fields": {"type": "dict"},
            "timeout": {"type": "float", "default": 3.0},
        }},
        "journal": {"type": "path"},
        "discovery": {"type": "bool", "default": False},
        "faults": {"type": "list", "elements": "dict", "options": {
            "fault": {"type": "str", "choices": sorted(FAULTS), "required": True},
            "on": {"type": "list", "elements": "str"},
            "times": {"type": "int"},
            "seconds": {"type": "float", "default": 5.0},
        }},
        "mail": {"type": "dict", "options": {
            "host": {"type": "str", "default": "127.0.0.1"},
            "port": {"type": "int", "required": True},
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


def run(options: dict[str, t.Any], mode: t.Any) -> dict[str, t.Any]:
    """Make the emulator's process so: started as configured, or stopped."""
    if options["state"] == "stopped":
        return _stopped(_name(options), mode.check)
    if options["state"] == "changed":
        return _asked(_name(options), {"change": options["change"], "check": mode.check})
    if options["state"] == "called":
        _refuse_strange_address(options["call"]["host"], options["expose"])
        return _called(_name(options), options["call"], mode.check)
    config = _config(options)
    return _started(_name(options), config, mode.check)


def _name(options: dict[str, t.Any]) -> str:
    model = options["model"]
    parts = [model.get("name", "inline") if isinstance(model, dict) else "mail", options["host"], str(options["port"] or "")]
    return re.sub(r"[^0-9A-Za-z.-]", "_", options["name"] or "-".join(part for part in parts if part))


def _config(options: dict[str, t.Any]) -> dict[str, t.Any]:
    if options["model"] is None and options["mail"] is None:
        raise invalid("emulator: nothing to emulate; give model (bytewire_model), or mail.")
    hosts = _hosts(options) if options["model"] is not None else []
    config = {name: options[name] for name in ("port", "password", "unit", "tls", "latency", "lifetime", "initial", "journal", "discovery", "faults",
                                               "mail")}
    config.update(hosts=hosts, page=options["model"])
    if hosts:
        config["port"] = options["port"] or _checked_board(options).profile.port
    if options["mail"]:
        _refuse_strange_address(options["mail"]["host"], options["expose"])
    return config


def _checked_board(options: dict[str, t.Any]) -> Board:
    page = options["model"]
    if "candidates" in page:
        raise invalid("emulator: model is auto; say which model to emulate.")
    try:
        board = Board(load(page), options["initial"], unit=options["unit"])
    except (ProfileError, ValueError, TypeError) as error:
        raise invalid(f"emulator: {error}.") from error
    if not options["port"] and not board.profile.port:
        raise invalid(f"emulator: '{board.profile.name}' has no port of its own; set port.")
    return board


def _hosts(options: dict[str, t.Any]) -> list[str]:
    _checked_board(options)
    _refuse_strange_address(options["host"], options["expose"])
    if not 1 <= options["count"] <= 65536:
        raise invalid(f"emulator: count is {options['count']}; expected 1 to 65536.")
    if options["count"] == 1:
        return [options["host"]]
    try:
        first = ipaddress.ip_address(options["host"])
    except ValueError as error:
        raise invalid(f"emulator: count needs host to be an address, not '{options['host']}'.") from error
    return [str(first + number) for number in range(options["count"])]


def _refuse_strange_address(host: str, expose: bool) -> None:
    if expose or host == "localhost":
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise invalid(f"emulator: {host} is not an address of loopback (127.0.0.0/8, ::1). Other machines could reach it: say expose: true "
                  "if that is meant.")


def _started(name: str, config: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    state = _read_state(name)
    if state and _same(state, config):
        return _result(name, config, state, False)
    if check:
        return _result(name, config, {"pid": None}, True)
    if state:
        _end(state["pid"])
    pid = _launch(name, config)
    salt = secrets.token_hex(8)
    state = {"pid": pid, "born": _born(pid), "salt": salt, "fingerprint": _fingerprint(config, salt)}
    _write_state(name, state)
    return _result(name, config, state, True)


def _stopped(name: str, check: bool) -> dict[str, t.Any]:
    state = _read_state(name)
    if not check:
        if state:
            _end(state["pid"])
        for path in (_path(name, "json"), _path(name, "log"), _path(name, "sock")):
            if os.path.exists(path):
                os.unlink(path)
    result: dict[str, t.Any] = {"changed": bool(state), "name": name, "pid": None}
    others = _running() if not state else []
    if others:
        result["warnings"] = [f"emulator: none runs that is called '{name}'. Running are: {', '.join(others)}. To stop one, say the same model, "
                              "host and port as when it was started, or its name."]
    return result


def _running() -> list[str]:
    folder = os.path.expanduser(FOLDER)
    names = sorted(file[:-5] for file in os.listdir(folder) if file.endswith(".json")) if os.path.isdir(folder) else []
    return [name for name in names if _read_state(name)]


def _called(name: str, call: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    return {"changed": True, "name": name, "calls": []} if check else {"changed": True, **_asked(name, {"call": call}, call["timeout"])}


def _asked(name: str, request: dict[str, t.Any], seconds: float = 0) -> dict[str, t.Any]:
    """What the running process of this name makes of a request."""
    state = _read_state(name)
    if state is None:
        raise invalid(f"emulator: there is no process '{name}' that runs; start it first, under this name.")
    try:
        answer = ask(_path(name, "sock"), request, seconds + ANSWER_SECONDS)
    except OSError as error:
        raise BytewireError("unreachable", "ask", f"emulator: '{name}' does not answer ({error.strerror or error}).") from error
    if "error" in answer:
        raise BytewireError("invalid", "ask", f"emulator: '{name}': {answer['error']}.")
    return {"name": name, "pid": state["pid"], **answer}


def _result(name: str, config: dict[str, t.Any], state: dict[str, t.Any], changed: bool) -> dict[str, t.Any]:
    result = {"changed": changed, "name": name, "pid": state["pid"], "journal": config["journal"],
              "addresses": [f"{host}:{config['port']}" for host in config["hosts"]]}
    if config["mail"]:
        result["mail"] = {key: config["mail"][key] for key in ("host", "port", "directory")}
    return result


def _launch(name: str, config: dict[str, t.Any]) -> int:
    """Start the process in a session of its own; its configuration, with passwords, goes through a pipe."""
    os.makedirs(os.path.expanduser(FOLDER), mode=0o700, exist_ok=True)
    with open(_path(name, "log"), "w", encoding="utf-8") as log:
        process: t.Any = subprocess.Popen(
            [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "launch.py"), COLLECTIONS],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True, text=True, cwd="/")
        with process.stdin, process.stdout:
            json.dump({**config, "remote": _path(name, "sock")}, process.stdin)
            process.stdin.close()
            limit = threading.Timer(START_SECONDS, process.kill)
            limit.start()
            line = process.stdout.readline()
            limit.cancel()
    answer = json.loads(line) if line else {"error": f"it ended without a word; see {_path(name, 'log')}"}
    if "error" in answer:
        process.wait(timeout=START_SECONDS)
        if "ermission denied" in answer["error"] and config["hosts"] and config["port"] < 1024:
            answer["error"] += "; ports below 1024 are for root: give another port, for example %d" % (config["port"] + 20000)
        raise BytewireError("unreachable", "start", f"emulator: could not start '{name}': {answer['error']}.")
    return answer["pid"]


def _end(pid: int) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        while _born(pid) is not None:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)


def _read_state(name: str) -> dict[str, t.Any] | None:
    """The state of the running process of this name, or None."""
    try:
        with open(_path(name, "json"), encoding="utf-8") as file:
            state = json.load(file)
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return state if _born(state["pid"]) == state["born"] else None


def _write_state(name: str, state: dict[str, t.Any]) -> None:
    path = _path(name, "json")
    with open(f"{path}.new", "w", encoding="utf-8", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
        json.dump(state, file)
    os.replace(f"{path}.new", path)


def _path(name: str, kind: str) -> str:
    return os.path.join(os.path.expanduser(FOLDER), f"{name}.{kind}")


def _same(state: dict[str, t.Any], config: dict[str, t.Any]) -> bool:
    return state["fingerprint"] == _fingerprint(config, state["salt"])


def _fingerprint(config: dict[str, t.Any], salt: str) -> str:
    return hashlib.sha256((salt + json.dumps(config, sort_keys=True)).encode("utf-8")).hexdigest()


def _born(pid: int) -> str | None:
    """When a process started, in the kernel's own words; None where it is gone (or a zombie)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inputs that nobody meant, made of those that somebody did.

An input is the content of a file. corpus/ keeps some under names that say what they are, as they are or as Python writes bytes. Those that reach a line
of the project that none reached before are kept in .work/fuzz, and join the ones that others are made of.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import pathlib
import re
import resource
import signal
import sys
import time

import yaml
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS, KEPT = ROOT / "tests" / "fuzz" / "corpus", ROOT / ".work" / "fuzz"
SECONDS = 5  # of the processor, for one input
MEMORY = 1 << 30  # bytes, for all of them
LONGEST = 4096  # bytes of an input, unless a harness says otherwise
ROUND = 100  # inputs, after which those that reached something new join in
NOT_OURS = re.compile(r"/tests/|site-packages|^<|/lib/python")
TOOL = 4  # of sys.monitoring, for which no other program is known
EDIT = 6  # numbers that say what is done to an input
ODD = [None, True, False, 0, 1, -1, 255, 65536, 0.5, 1e300, "", " ", "x", "on", "1-8", "\x00", "\x1b[2J", "\u202e", "{x}", "{value:u8}", "00",
       [], [[]], {}, {"x": {}}]


class TookTooLong(Exception):
    """An input that kept the processor busy."""


class Reached:
    """How many lines of the project have run since watching began; each counts once. Before Python 3.12 nothing is counted."""

    def __init__(self):
        self.lines = 0

    def _line(self, code, number):
        self.lines += not NOT_OURS.search(code.co_filename)
        return sys.monitoring.DISABLE

    @contextlib.contextmanager
    def watching(self):
        watcher = getattr(sys, "monitoring", None)
        if watcher is None:
            yield
            return
        watcher.use_tool_id(TOOL, "fuzz")
        watcher.restart_events()
        watcher.register_callback(TOOL, watcher.events.LINE, self._line)
        watcher.set_events(TOOL, watcher.events.LINE)
        try:
            yield
        finally:
            watcher.set_events(TOOL, 0)
            watcher.free_tool_id(TOOL)


@contextlib.contextmanager
def bounded():
    """What runs in here may take only so much time and memory."""
    def end(number, frame):
        raise TookTooLong(f"more than {SECONDS} s")

    before, limits = signal.signal(signal.SIGPROF, end), resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, limits[1]))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, limits)
        signal.signal(signal.SIGPROF, before)


def _read(path):
    """An input that is kept as it is, or as Python writes bytes."""
    data = path.read_bytes()
    return ast.literal_eval(data.decode()) if re.match(rb"b['\"]", data) else data


class Fuzzer:
    """One harness: check(input) must not raise, whatever the input."""

    def __init__(self, name, check, inputs, *folders):
        self.name, self.check, self.inputs = name, check, inputs
        self.kept = KEPT / name
        self.reached, self.tried = Reached(), 0
        folders = [CORPUS / name, *map(pathlib.Path, folders), self.kept]
        self.seeds = {path.name: _read(path) for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())}

    def run(self, seconds):
        """Every input that is kept, and then others for so many seconds, some at least unless they are 0."""
        ends = time.monotonic() + seconds
        with self.reached.watching():
            for name, data in self.seeds.items():
                try:
                    self._try(data)
                except Exception as error:
                    raise AssertionError(f"{self.name}: {name}: {self.check.__name__}({data!r})") from error
            while seconds:
                self._round()
                if time.monotonic() > ends:
                    return

    def _round(self):
        found = {}

        def one(data):
            note(f"As a test: {self.check.__name__}({data!r})")
            before = self.reached.lines
            self._try(data)
            if self.reached.lines > before:
                found[hashlib.sha256(data).hexdigest()[:16]] = data

        phases = (Phase.reuse, Phase.generate, Phase.shrink)
        chosen = settings(max_examples=ROUND, deadline=None, database=DirectoryBasedExampleDatabase(KEPT / "failed" / self.name), phases=phases,
                          suppress_health_check=list(HealthCheck), report_multiple_bugs=False)
        chosen(given(data=self.inputs(list(self.seeds.values())))(one))()
        for name, data in found.items():
            self.kept.mkdir(parents=True, exist_ok=True)
            (self.kept / name).write_text(f"{data!r}\n")
        self.seeds.update(found)

    def _try(self, data):
        self.tried += 1
        with bounded():
            self.check(data)


def spoiled(*pieces, longest=LONGEST):
    """Inputs: seeds of which bytes were changed, cut, doubled, exchanged for these pieces or for parts of other seeds."""
    def inputs(seeds):
        return st.builds(_edited, st.sampled_from(seeds or [b""]), _EDITS, st.just([b"\x00", b"\r\n", b"\xff", *pieces]), st.just(seeds or [b""]),
                         st.just(longest)) | st.binary(max_size=40)
    return inputs


_EDITS = st.binary(max_size=EDIT * 6)  # drawn at once, for that is what takes time


def _steps(edits):
    """The numbers of each edit."""
    return [edits[start:start + EDIT] for start in range(0, len(edits) - EDIT + 1, EDIT)]


def _edited(data, edits, pieces, seeds, longest):
    for kind, high, low, length, which, byte in _steps(edits):
        start = (high << 8 | low) % (len(data) + 1)
        end, kind = start + length % 40, kind % 8
        piece, other = pieces[which % len(pieces)], seeds[which % len(seeds)]
        middle = [piece, b"", piece + data[start:end], bytes([byte]), bytes([byte]) + data[start:end], other[start:end], data[start:end] * 2,
                  data[start:end] * (1 << byte % 12)][kind]
        data = (data[:start] + middle + data[end:])[:longest]
    return data


def changed(*odd, dump=json.dumps):
    """Inputs: what seeds in JSON or YAML hold, with values exchanged, moved, left out or doubled."""
    def inputs(seeds):
        trees = [tree for tree in map(tree_of, seeds) if tree is not None] or [{}]
        values = [*ODD, *odd] * 2 + [part for tree in trees for part in _parts(tree)]
        return st.builds(lambda tree, edits: dump(_changed(tree, edits, values)).encode("utf-8", "surrogatepass"), st.sampled_from(trees), _EDITS)
    return inputs


def tree_of(seed):
    """What JSON or YAML says, or None."""
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(seed)
    try:
        return json.loads(json.dumps(yaml.safe_load(seed), default=str))
    except (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return None


def _parts(tree):
    yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _parts(part)


def _changed(tree, edits, values):
    """The tree in which places were changed; a place is found by going down one step for each number that is not 0."""
    tree = {"": _copy(tree)}
    for kind, *path, high, low in _steps(edits):
        value, place, key = _copy(values[(high << 8 | low) % len(values)]), tree, ""
        for step in filter(None, path):
            inside = place[key]
            if not isinstance(inside, (dict, list)) or not inside:
                break
            place, key = inside, list(inside)[step % len(inside)] if isinstance(inside, dict) else step % len(inside)
        kind %= 6
        if kind == 0 and place is not tree:
            del place[key]
        elif kind == 1 and isinstance(place, dict) and place is not tree:
            place[value if isinstance(value, str) else f"{key}x"] = place.pop(key)
        elif kind == 2 and isinstance(place, list):
            place.append(_copy(place[key]))
        elif kind == 3:
            place[key] = [place[key]]
        else:
            place[key] = value
    return tree[""]


def _copy(value):
    return json.loads(json.dumps(value))

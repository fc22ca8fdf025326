# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs relay and settings, the event sources and the responder for an hour, and looks whether memory, descriptors, threads or files grow.

    python tests/soak/run.py [--part tasks,watch,listen,responder] [--minutes 60] [--boards 5000] [--interval 30] [--every 2] [--save FOLDER]

Devices are emulated in processes of their own. The samples of each part are lines of JSON in FOLDER. Ends with status 1 where something grows, or a
device failed that is none of those that are meant to.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
import types
import typing as t

from ansible_collections.bytewire.devices.tests.bench.measure import Bench
from ansible_collections.bytewire.devices.tests.soak import flat, listen, responder, tasks, watch

PARTS = {"tasks": tasks, "watch": watch, "listen": listen, "responder": responder}


def soaked(part: types.ModuleType, bench: Bench, chosen: argparse.Namespace, keep: t.Callable[[flat.Sample], None]) -> None:
    """Run one part in a process of its own for so long; keep gets each sample."""
    home = os.path.join(bench.folder, "soaked")
    os.makedirs(home)
    whole = chosen.minutes * 60
    with part.boards(bench, chosen.boards) as made, part.meanwhile(bench, made, whole) as step:
        emulators = list(bench.pids)
        step(0.0)
        counts = multiprocessing.get_context("fork").Array("q", len(part.COUNTERS), lock=False)
        process = multiprocessing.get_context("fork").Process(target=_at_home, args=(home, part.load, counts, made, chosen.interval), daemon=True)
        process.start()
        try:
            for seconds in _ticks(chosen.every, whole, step):
                try:
                    held = flat.of_process(process.pid or 0)
                except (KeyError, FileNotFoundError):  # of one that has ended no memory is told
                    process.join()
                    raise ChildProcessError(f"{part.TITLE} ended after {seconds:.0f} s, with status {process.exitcode}")
                keep({"seconds": round(seconds, 2), **held, **flat.of_folder(home), **_of(emulators), **dict(zip(part.COUNTERS, counts))})
        finally:
            process.terminate()
            process.join()


def _at_home(home: str, load: t.Callable[..., None], *arguments: t.Any) -> None:
    """Locks, and whatever else is left behind, come to lie below one folder."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.update(HOME=home, TMPDIR=home)
    tempfile.tempdir = None
    os.chdir(home)
    load(*arguments)


def _ticks(every: float, whole: float, step: t.Callable[[float], None]) -> t.Iterator[float]:
    """The seconds that have passed, every so many, behind what is done then, which may take longer."""
    started = time.monotonic()
    passed = 0.0
    while passed < whole:
        time.sleep(every - passed % every)
        step(time.monotonic() - started)
        passed = time.monotonic() - started
        yield passed


def _of(emulators: t.Sequence[int]) -> flat.Sample:
    samples = list(map(flat.of_process, emulators))
    return {f"emulator_{name}": round(sum(sample[name] for sample in samples), 3) for name in ("memory", "descriptors", "cpu")}


def run(name: str, chosen: argparse.Namespace) -> bool:
    """Run one part, keep its samples, and say whether it passed."""
    part, samples = PARTS[name], []
    with tempfile.TemporaryDirectory() as folder, open(os.path.join(chosen.save, f"{name}.jsonl"), "w", buffering=1, encoding="utf-8") as file:
        bench = Bench(folder)

        def keep(sample: flat.Sample) -> None:
            samples.append(sample)
            file.write(json.dumps(sample) + "\n")
        about = {**bench.about(), "part": name, "minutes": chosen.minutes, "boards": chosen.boards, "interval": chosen.interval, "every": chosen.every}
        with open(os.path.join(chosen.save, f"{name}.json"), "w", encoding="utf-8") as whole:
            json.dump(about, whole)
        soaked(part, bench, chosen, keep)
    return passed(part, samples)


def passed(part: types.ModuleType, samples: t.Sequence[flat.Sample]) -> bool:
    """Say how a part went; True where nothing grew and nothing failed that was not meant to."""
    last, found = samples[-1], flat.growths(samples)
    print(f"{part.TITLE}, {last['seconds'] / 60:.1f} minutes: {', '.join(f'{counter} {last[counter]}' for counter in part.COUNTERS if last[counter])}; peak "
          f"{last['peak']:.1f} MiB, {last['cpu']:.0f} s of CPU, emulators {last['emulator_cpu']:.0f} s")
    print("\n".join(map(str, found)))
    return all(growth.flat for growth in found) and not last["unexpected"]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", default=",".join(PARTS))
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--boards", type=int, default=5000)
    parser.add_argument("--interval", type=float, default=30)
    parser.add_argument("--every", type=float, default=2)
    parser.add_argument("--save", default=".work/soak")
    chosen = parser.parse_args()
    os.makedirs(chosen.save, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *dummy: sys.exit(1))  # emulators are stopped on the way out
    parts = chosen.part.split(",")
    if len(parts) == 1:
        return 0 if run(parts[0], chosen) else 1
    started = [subprocess.Popen([sys.executable, *sys.argv, "--part", part]) for part in parts]
    try:
        return max([process.wait() for process in started])
    finally:
        for process in started:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())

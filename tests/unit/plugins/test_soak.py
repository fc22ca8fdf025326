# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The soak notices what grows: it is tried on a process that leaks everything, and on one that leaks nothing."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
import time
import types

import pytest

from ansible_collections.bytewire.devices.tests.soak import flat, run


def leaking(counts, made, interval):
    kept = []
    for number in itertools.count():
        kept.append(b"x" * 100000)
        kept.append(os.open(os.devnull, os.O_RDONLY))
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        with open(f"{number}", "w", encoding="utf-8") as file:
            file.write("x" * 1000)
        counts[0] += 1
        time.sleep(0.005)


def clean(counts, made, interval):
    for dummy in itertools.count():
        with open("lock", "w", encoding="utf-8") as file:
            file.write("x" * 1000)
        counts[0] += 1
        time.sleep(0.005)


@contextlib.contextmanager
def nothing(*arguments):
    yield lambda seconds: None


def ended(counts, made, interval):
    os._exit(3)


def soak(load, folder):
    """In a process without threads, of which another can be forked."""
    samples = []
    part = types.SimpleNamespace(TITLE="toy", COUNTERS=("operations",), boards=nothing, meanwhile=nothing, load=load)
    chosen = argparse.Namespace(minutes=0.05, every=0.02, boards=1, interval=1)
    run.soaked(part, types.SimpleNamespace(folder=folder, pids=[]), chosen, samples.append)
    return samples


def soaked(load, folder):
    return subprocess.run([sys.executable, __file__, load, str(folder)], capture_output=True, text=True, timeout=60, check=False)


def grown(done):
    samples = json.loads(done.stdout)
    assert samples[-1]["operations"] > 10
    return {growth.what for growth in flat.growths(samples) if not growth.flat}


def test_a_process_that_leaks_is_found_out(tmp_path):
    assert grown(soaked("leaking", tmp_path)) == {"memory", "descriptors", "threads", "files", "bytes"}


def test_a_process_that_leaks_nothing_is_flat(tmp_path):
    assert grown(soaked("clean", tmp_path)) == set()


def test_a_process_that_ends_is_no_success(tmp_path):
    done = soaked("ended", tmp_path)
    assert done.returncode == 1 and "toy ended after 0 s, with status 3" in done.stderr


def made(descriptors, **others):
    """Samples of an hour whose descriptors are these."""
    return [{"seconds": 2.0 * number, "memory": 30.0, "peak": 31.0, "cpu": 1.0, "emulator_cpu": 1.0, "descriptors": descriptors(number), **others}
            for number in range(1800)]


def rise(descriptors):
    return next(growth for growth in flat.growths(made(descriptors)) if growth.what == "descriptors")


def test_three_descriptors_in_half_an_hour_are_growth():
    assert not rise(lambda number: 13 + number // 300).flat


@pytest.mark.parametrize("descriptors", [lambda number: 13 + number % 60, lambda number: 300 - number // 10, lambda number: min(number, 800)],
                         ids=["comes and goes", "falls", "rises in the first half alone"])
def test_what_is_given_back_is_no_growth(descriptors):
    assert rise(descriptors).flat


def test_a_device_that_fails_unexpectedly_fails_the_soak(capsys):
    part = types.SimpleNamespace(TITLE="toy", COUNTERS=("operations", "unexpected"))
    assert run.passed(part, made(lambda number: 13, operations=9, unexpected=0))
    assert not run.passed(part, made(lambda number: 13, operations=9, unexpected=1))
    assert "descriptors" in capsys.readouterr().out


def test_too_few_samples_tell_nothing():
    with pytest.raises(ValueError, match="39 samples are too few to tell; expected 40 at least"):
        flat.growths(made(lambda number: 13)[:39])


if __name__ == "__main__":
    json.dump(soak({"leaking": leaking, "clean": clean, "ended": ended}[sys.argv[1]], sys.argv[2]), sys.stdout)

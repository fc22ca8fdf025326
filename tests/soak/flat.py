# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether something grows: samples of a process taken from outside, and a line fitted through them."""

from __future__ import annotations

import os
import statistics
import typing as t

Sample = t.Dict[str, float]

FLOORS = 10
"""The second half is cut into so many parts, and the lowest value of each counts: what is held for a moment is no growth, what is never given back is."""


class Allowed(t.NamedTuple):
    """By how much something may be higher at the end of the second half than at its start: so much, or so large a part of what it is, whichever is more.

    One object of Python that is left behind by each operation of half an hour is several times as much as memory may rise.
    """

    least: float
    part: float = 0.0


ALLOWED = {
    "memory": Allowed(1.0, 0.02),
    "descriptors": Allowed(2, 0.001),
    "threads": Allowed(0.5),
    "files": Allowed(0.5),
    "bytes": Allowed(4096),
    "emulator_memory": Allowed(1.0, 0.02),
    "emulator_descriptors": Allowed(2, 0.001),
}
UNITS = {"memory": "MiB", "bytes": "bytes", "emulator_memory": "MiB"}


class Growth(t.NamedTuple):
    """What was measured of one thing in the second half: its mean, by how much the fitted line rises, and by how much it may."""

    what: str
    mean: float
    rise: float
    allowed: float

    @property
    def flat(self) -> bool:
        return self.rise <= self.allowed

    def __str__(self) -> str:
        words = "flat" if self.flat else "GROWS"
        return f"{self.what:20} {self.mean:12.2f} {self.rise:+10.2f} (allowed {self.allowed:.2f}) {UNITS.get(self.what, '')} {words}"


def growths(samples: t.Sequence[Sample]) -> list[Growth]:
    """How everything went that may not grow."""
    if len(samples) < 4 * FLOORS:
        raise ValueError(f"{len(samples)} samples are too few to tell; expected {4 * FLOORS} at least")
    half = samples[len(samples) // 2:]
    found = []
    for what, allowed in ALLOWED.items():
        if what in half[0]:
            values = [sample[what] for sample in half]
            mean = statistics.fmean(values)
            found.append(Growth(what, mean, _slope(_floors(values)) * FLOORS, max(allowed.least, allowed.part * mean)))
    return found


def _floors(values: t.Sequence[float]) -> list[float]:
    return [min(values[len(values) * number // FLOORS:len(values) * (number + 1) // FLOORS]) for number in range(FLOORS)]


def _slope(values: t.Sequence[float]) -> float:
    """Of the line of least squares through values at 0, 1, 2..."""
    middle, mean = (len(values) - 1) / 2, statistics.fmean(values)
    return sum((place - middle) * (value - mean) for place, value in enumerate(values)) / sum((place - middle) ** 2 for place in range(len(values)))


def of_process(pid: int) -> Sample:
    """What a process has in use: memory and its peak in MiB, open descriptors, threads, seconds of CPU."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        status = dict(line.split(":", 1) for line in file)
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return {"memory": _mebibytes(status["VmRSS"]), "peak": _mebibytes(status["VmHWM"]), "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
            "threads": int(status["Threads"]), "cpu": (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")}


def _mebibytes(text: str) -> float:
    return round(int(text.split()[0]) / 1024, 3)


def of_folder(folder: str) -> Sample:
    """How many files are below a folder, and how long they are together."""
    paths = [os.path.join(root, name) for root, dummy, names in os.walk(folder) for name in names]
    return {"files": len(paths), "bytes": sum(map(_length, paths))}


def _length(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except FileNotFoundError:  # it was gone before it could be measured
        return 0

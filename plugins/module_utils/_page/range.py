# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The numbers that a setting takes. No input or output."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._numbers import LARGEST, Number, as_number, as_whole, brief
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Value
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError, bounded, only
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import RangeSpec, keys_of
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import Field

ROUNDING = 1e-9
"""Numbers that differ by less are one: 3.3 is no binary fraction."""
NEAREST = 0.49
"""Of a step: nothing that could be set is nearer."""
BOUND, STEP = Number("float", -LARGEST, LARGEST), Number("float", ROUNDING, LARGEST)


class Range:
    """From the lowest to the highest number, in steps from the lowest; a step of 0 is as fine as anybody likes. 0-100 is whole numbers.

    fields are those that the number stands in, when it is set or read. tolerance is by how much a number may differ from another and be the same.
    """

    def __init__(self, where: str, spec: object, fields: t.Sequence[Field], tolerance: object = None) -> None:
        where = f"{where}.range"
        ends: tuple[float, float, float] = _in_full(where, spec, fields) if isinstance(spec, dict) else _in_short(where, spec)
        self.lowest, self.highest, self.step = ends
        self.whole = not any(number % 1 for number in (self.lowest, self.highest, self.step or 0.5))
        finest = max([field.step for field in fields], default=0.0)
        if self.step + ROUNDING < finest:
            raise ProfileError(f"{where}.step is {self.step:g}; expected {finest:g} at least, which is what the message can say")
        if tolerance is not None:
            self.tolerance = bounded(f"{where[:-len('.range')]}.tolerance", tolerance, Number("float", 0, LARGEST)) + ROUNDING
        else:
            self.tolerance = max(NEAREST * self.step, ROUNDING)

    def number(self, value: object) -> float | None:
        """The number that a person wrote, or None where it is not one of these."""
        found = as_whole(value) if self.whole else as_number(value)
        if found is None or not self.has(found):
            return None
        steps = (found - self.lowest) / self.step if self.step else 0.0
        return self.read(found) if abs(steps - round(steps)) < 1e-6 else None  # type: ignore[return-value]

    def read(self, value: Value) -> Value:
        """A number as results have it: whole where all are, a fraction where not. A word in its place stays as it is."""
        if isinstance(value, str):
            return value
        if not self.whole:
            return round(float(value), 10)
        return value if value % 1 else int(value)

    def has(self, value: Value) -> bool:
        """True where a number lies between the ends."""
        return not isinstance(value, str) and self.lowest - ROUNDING <= value <= self.highest + ROUNDING

    def same(self, one: Value, other: Value) -> bool:
        """True where two numbers differ by no more than the tolerance."""
        return not isinstance(one, str) and not isinstance(other, str) and abs(one - other) <= self.tolerance

    def ends(self) -> list[int | float]:
        """The lowest and the highest number."""
        return [t.cast("int | float", self.read(number)) for number in (self.lowest, self.highest)]

    def __str__(self) -> str:
        """'0 to 30.5 in steps of 0.01'."""
        lowest, highest = (f"{number:.12g}" for number in (self.lowest, self.highest))
        return f"{lowest} to {highest}{f' in steps of {self.step:.12g}' if self.step and (not self.whole or self.step != 1) else ''}"


def _in_short(where: str, spec: object) -> tuple[int, int, int]:
    found = re.fullmatch(r"\s*(-?[0-9]{1,18})\s*-\s*(-?[0-9]{1,18})\s*", str(spec))
    if not found or int(found.group(1)) > int(found.group(2)):
        raise ProfileError(f"{where} is {brief(spec)}; expected the smallest and the largest number, for example 0-100 or {{from: 0, to: 30, step: 0.01}}")
    return int(found.group(1)), int(found.group(2)), 1


def _in_full(where: str, spec: t.Mapping[str, object], fields: t.Sequence[Field]) -> tuple[float, float, float]:
    only(where, spec, keys_of(RangeSpec))
    for key in ("from", "to"):
        if key not in spec:
            raise ProfileError(f"{where} has no {key}; expected for example {{from: 0, to: 30, step: 0.01}}")
    lowest, highest = (bounded(f"{where}.{key}", spec[key], BOUND) for key in ("from", "to"))
    if lowest > highest:
        raise ProfileError(f"{where}.to is {highest:g}; expected no less than from, which is {lowest:g}")
    finest = max([field.step for field in fields], default=1.0)
    return lowest, highest, bounded(f"{where}.step", spec["step"], STEP) if "step" in spec else finest

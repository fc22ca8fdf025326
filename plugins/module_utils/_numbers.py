# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers as people write them: the one place that reads them, and the bounds that each option and key has. No input or output."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid

SHOWN = 60  # characters of a value in a message
LARGEST = 10 ** 18
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{0,17})?|\.[0-9]{1,17})")


class Number(str):
    """A type of an argument spec, with its bounds. It is a text equal to Ansible's own name of the type, int or float, and works as that."""

    def __new__(cls, kind: t.Literal["int", "float"], lowest: float, highest: float, unit: str = "") -> Number:
        made = super().__new__(cls, kind)
        made.lowest, made.highest, made.unit = lowest, highest, unit
        return made

    lowest: float
    highest: float
    unit: str

    def problem(self, value: object) -> str | None:
        """What is wrong with a value, in words that follow the name of an option; or None."""
        number = as_number(value)
        if number is not None and self.lowest <= number <= self.highest and not (self == "int" and number % 1):
            return None
        words = f"is {f'{value:.16g}' if isinstance(value, float) else brief(value)}; expected "
        expected = f"{self.lowest:.16g} to {self.highest:.16g}{self.unit}"
        if number is None:
            return f"{words}{expected}, in plain digits such as {min(self.highest, max(self.lowest, 10)):.16g}"
        if not self.lowest <= number <= self.highest:
            return words + expected
        return f"{words}a whole number, {expected}"


def whole(lowest: int, highest: int, unit: str = "") -> Number:
    """The type of an option that is a whole number."""
    return Number("int", lowest, highest, unit)


def seconds(lowest: float, highest: float) -> Number:
    """The type of an option that is a time."""
    return Number("float", lowest, highest, " seconds")


PORT = whole(1, 65535)


def as_number(value: object) -> float | None:
    """The number that a value is, or that a text says in plain digits: ASCII, no underscores, no zero before others. None for all else, and for booleans."""
    if isinstance(value, (bool, bytes)):
        return None
    if isinstance(value, (int, float)):
        return value
    text = str(value).strip(" \t\r\n")
    return float(text) if _DECIMAL.fullmatch(text) else None


def as_whole(value: object) -> int | None:
    """The whole number that a value is, or that a text says in plain digits, or None."""
    text = str(value)
    return int(text) if not isinstance(value, (bool, float)) and _WHOLE.fullmatch(text) else None


def brief(value: object) -> str:
    """A value as messages show it, cut short where it is long."""
    if isinstance(value, int) and abs(value) >= LARGEST:
        return f"a number of {int(value.bit_length() * 0.30103) + 1} digits"
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} ..."


def refuse_wrong_numbers(spec: t.Mapping[str, t.Mapping[str, t.Any]], given: t.Mapping[str, t.Any], where: str = "",
                         called: t.Callable[[str], str] = str) -> None:
    """The error for the first of the options that is not a number within the bounds of its type in the argument spec; called says what to call an option.

    They are best looked at before Ansible converts them: it takes true for 1, and digits of any script.
    """
    for name, option in spec.items():
        value, kind = given.get(name), option.get("type")
        if value is None:
            continue
        if isinstance(kind, Number):
            problem = kind.problem(value)
            if problem is not None:
                raise invalid(f"{where}{called(name)} {problem}.")
        elif "options" in option:
            for number, part in enumerate(value if isinstance(value, list) else [value], 1):
                if isinstance(part, dict):
                    refuse_wrong_numbers(option["options"], part, f"{where}{name}{f'[{number}]' if isinstance(value, list) else ''}.")

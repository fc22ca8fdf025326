# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refuses arguments that are no times of cron: five fields, or one word such as @daily; and tells when a time comes next."""

from __future__ import annotations

import datetime
import re
import sys
import typing as t

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()


class Field(t.NamedTuple):
    """A field of an expression, its lowest and highest number, and the names that may stand for numbers."""

    name: str
    lowest: int
    highest: int
    names: dict[str, int] = {}


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of the month", 1, 31),
    Field("month", 1, 12, {name: number for number, name in enumerate(MONTHS, 1)}),
    Field("day of the week", 0, 7, {name: number for number, name in enumerate(DAYS)}),
)
WORDS = {"@annually": "0 0 1 1 *", "@daily": "0 0 * * *", "@hourly": "0 * * * *", "@monthly": "0 0 1 * *", "@reboot": "", "@weekly": "0 0 * * 0",
         "@yearly": "0 0 1 1 *"}
LONGEST = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
HORIZON = 366 * 41  # days: the longest from one 29 February to the next of the same day of the week


def check(expression: str) -> None:
    """ValueError where it is not one."""
    if expression.startswith("@"):
        if expression not in WORDS:
            known = ", ".join(WORDS)
            raise ValueError(f"expected one of {known}")
        return
    words = expression.split(" ")
    if len(words) != len(FIELDS):
        raise ValueError(f"expected five fields with one blank between them (minute, hour, day of the month, month, day of the week), not {len(words)}")
    minutes, hours, days, months, weekdays = (numbers(word, field) for word, field in zip(words, FIELDS))
    if words[4] == "*" and all(day > LONGEST.get(month, 31) for day in days for month in months):
        raise ValueError("no such day of the month is in such a month")


def following(expression: str, moment: datetime.datetime) -> datetime.datetime | None:
    """The next time after a moment, by the same clock; None where that is the next start of the system, or never."""
    words = WORDS.get(expression, expression).split()
    if not words:
        return None
    minutes, hours, days, months, weekdays = (numbers(word, field) for word, field in zip(words, FIELDS))
    both = words[2].startswith("*") or words[4].startswith("*")  # cron's own rule
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in (midnight + datetime.timedelta(days=number) for number in range(HORIZON)):
        fits = (day.day in days, bool({day.isoweekday(), day.isoweekday() % 7} & weekdays))
        if day.month in months and (all(fits) if both else any(fits)):
            for time in (day.replace(hour=hour, minute=minute) for hour in sorted(hours) for minute in sorted(minutes)):
                if time > moment:
                    return time
    return None


def numbers(word: str, field: Field) -> set[int]:
    """All numbers that a field means."""
    found: set[int] = set()
    for part in word.lower().split(","):
        match = re.match(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/([0-9]+))?\Z", part)
        if not match:
            raise ValueError(f"{field.name}: {part!r} is no number, range, list or *")
        everything, first, last, step = match.groups()
        if step is not None and not (everything or last):
            raise ValueError(f"{field.name}: {part!r} has a step, and no range or * to step through")
        low, high = (field.lowest, field.highest) if everything else (number(first, field), number(last or first, field))
        if low > high:
            raise ValueError(f"{field.name}: {part!r} ends before it begins")
        if step is not None and not 1 <= int(step) <= field.highest:
            raise ValueError(f"{field.name}: the step of {part!r} must be 1 to {field.highest}")
        found.update(range(low, high + 1, int(step or 1)))
    return found


def number(text: str, field: Field) -> int:
    value = field.names[text] if text in field.names else int(text) if re.match(r"[0-9]{1,2}\Z", text) else None
    if value is None or not field.lowest <= value <= field.highest:
        named = f" or a name such as {min(field.names)}" if field.names else ""
        raise ValueError(f"{field.name}: {text!r} is not {field.lowest} to {field.highest}{named}")
    return value


def main(expressions: t.Sequence[str]) -> int:
    problems = []
    for expression in expressions:
        try:
            check(expression)
        except ValueError as problem:
            problems.append(f"{expression!r} is no time of cron: {problem}.")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

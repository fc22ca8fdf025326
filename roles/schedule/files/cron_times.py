# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refuses arguments that are no times of cron: five fields, or one word such as @daily."""

from __future__ import annotations

import re
import sys

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()
FIELDS = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(MONTHS, 1)}),
    ("day of the week", 0, 7, {name: number for number, name in enumerate(DAYS)}),
)
WORDS = ("@annually", "@daily", "@hourly", "@monthly", "@reboot", "@weekly", "@yearly")
LONGEST = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}


def check(expression):
    if expression.startswith("@"):
        if expression not in WORDS:
            raise ValueError("expected one of %s" % ", ".join(WORDS))
        return
    words = expression.split(" ")
    if len(words) != len(FIELDS):
        raise ValueError("expected five fields with one blank between them (minute, hour, day of the month, month, day of the week), not %d" % len(words))
    minutes, hours, days, months, weekdays = (numbers(word, *field) for word, field in zip(words, FIELDS))
    if words[4] == "*" and all(day > LONGEST.get(month, 31) for day in days for month in months):
        raise ValueError("no such day of the month is in such a month")


def numbers(word, name, lowest, highest, names):
    """All numbers that a field means."""
    found = set()
    for part in word.lower().split(","):
        match = re.match(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/([0-9]+))?\Z", part)
        if not match:
            raise ValueError("%s: %r is no number, range, list or *" % (name, part))
        everything, first, last, step = match.groups()
        if step is not None and not (everything or last):
            raise ValueError("%s: %r has a step, and no range or * to step through" % (name, part))
        low, high = (lowest, highest) if everything else (number(first, name, lowest, highest, names),
                                                          number(last or first, name, lowest, highest, names))
        if low > high:
            raise ValueError("%s: %r ends before it begins" % (name, part))
        if step is not None and not 1 <= int(step) <= highest:
            raise ValueError("%s: the step of %r must be 1 to %d" % (name, part, highest))
        found.update(range(low, high + 1, int(step or 1)))
    return found


def number(text, name, lowest, highest, names):
    value = names[text] if text in names else int(text) if re.match(r"[0-9]{1,2}\Z", text) else None
    if value is None or not lowest <= value <= highest:
        raise ValueError("%s: %r is not %d to %d%s" % (name, text, lowest, highest, " or a name such as %s" % min(names) if names else ""))
    return value


def main(expressions):
    problems = []
    for expression in expressions:
        try:
            check(expression)
        except ValueError as problem:
            problems.append("%r is no time of cron: %s." % (expression, problem))
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

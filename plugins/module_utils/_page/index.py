# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a setting has several of: outputs, zones, channels. No input or output."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._numbers import brief
from ansible_collections.bytewire.devices.plugins.module_utils._page.codecs import Value, Values
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import Message, ProfileError, only
from ansible_collections.bytewire.devices.plugins.module_utils._page.numbers import HIGHEST, MOST, number_ranges
from ansible_collections.bytewire.devices.plugins.module_utils._page.spec import Code, IndexSpec, Page, keys_of

NAME = "[a-z_][a-z0-9_]*"


class Index:
    """The field that says which one, and its value for each of them; words are those of the type word, None where numbers stand there."""

    def __init__(self, where: str, spec: IndexSpec, page: Page, taken: t.Container[str]) -> None:
        only(where, spec, keys_of(IndexSpec))
        self.name = spec.get("name", "")
        if not isinstance(self.name, str) or not re.fullmatch(NAME, self.name) or self.name in taken or self.name == (page.get("unit") or {}).get("name"):
            raise ProfileError(f"{where}.name is {brief(self.name)}; expected the field that says which one, a name of its own, for example output")
        if ("numbers" in spec) == ("values" in spec):
            raise ProfileError(f"{where} needs numbers, for example 1-16, or values, for example {{main: MAIN}}")
        self.words: dict[str, str] | None = None
        self.values: dict[str, Value] = self._named(where, spec["values"]) if "values" in spec else self._numbered(where, spec["numbers"])

    @staticmethod
    def _numbered(where: str, numbers: object) -> dict[str, Value]:
        try:
            return {str(number): number for number in number_ranges(numbers)}
        except ValueError:
            raise ProfileError(f"{where}.numbers is {brief(numbers)}; expected for example 1-16, {MOST} numbers at most, none above {HIGHEST}")

    def _named(self, where: str, values: t.Mapping[str, Code]) -> dict[str, Value]:
        codes = list(values.values()) if isinstance(values, dict) else []
        if not 0 < len(codes) <= MOST or len(set(codes)) < len(codes) or not (all(isinstance(code, str) for code in codes)
                                                                              or all(isinstance(code, int) and not isinstance(code, bool) for code in codes)):
            raise ProfileError(f"{where}.values is {brief(values)}; expected a text of its own for each name, or a number, for example {{main: MAIN}}")
        if isinstance(codes[0], str):
            self.words = t.cast("dict[str, str]", values)
            return {name: name for name in values}
        return dict(values)

    def key_of(self, values: Values) -> str | None:
        """Which one the fields of a message speak of, or None."""
        return next((key for key, value in self.values.items() if values.get(self.name) == value), None)

    def row_of(self, key: str, rows: t.Sequence[Values]) -> Values | None:
        """The row of a reply that tells of this one; where rows do not say which they are of, they come in order."""
        if any(self.name in row for row in rows):
            return next((row for row in rows if row.get(self.name) == self.values[key]), None)
        place = list(self.values).index(key)
        return rows[place] if place < len(rows) else None

    def expected(self) -> str:
        """Those that there are, in words."""
        keys = list(self.values)
        return f"{keys[0]} to {keys[-1]}" if len(keys) > 2 and self.words is None else ", ".join(keys)

    def refuse_unsaid(self, message: Message | None) -> None:
        """ProfileError where a message is about one of them, and does not say which."""
        if message is not None and self.name not in message.request.names and message.rows is None:
            raise ProfileError(f"{message.where}.send needs the field {self.name}, for example {{{self.name}:d}}")

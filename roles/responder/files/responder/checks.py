# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is expected of a value of the configuration, and how it is said that it is something else."""

from __future__ import annotations

import typing as t


class WrongConfiguration(Exception):
    """What is wrong, where, and what was expected, in words."""


SHOWN = 120  # characters of a value in a message


def shown(given: object) -> str:
    """A value as messages show it, cut short where it is long."""
    text = repr(given)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} ..."


def need(condition: object, words: str) -> None:
    if not condition:
        raise WrongConfiguration(words)


def mapping(where: str, given: t.Any, known: t.Collection[str], needed: t.Iterable[str] = ()) -> dict[str, t.Any]:
    """What has these keys, and each that is needed."""
    need(isinstance(given, dict), f"{where} is {shown(given)}; expected keys and values.")
    expected = ", ".join(sorted(known))
    for key in given:
        need(key in known, f"{where} has the key {shown(key)}, which is not known; expected some of {expected}.")
    for key in needed:
        need(key in given, f"{where} lacks the key {key!r}.")
    checked: dict[str, t.Any] = given
    return checked


def texts(where: str, given: t.Any) -> list[str]:
    need(isinstance(given, list) and given and all(isinstance(one, str) for one in given), f"{where} is {shown(given)}; expected a list of texts.")
    checked: list[str] = given
    return checked


def number(where: str, given: t.Any, lowest: float, highest: float, whole: bool = False) -> t.Any:
    """An int or a float; an int where only whole numbers are right."""
    kinds = (int,) if whole else (int, float)
    need(isinstance(given, kinds) and not isinstance(given, bool) and lowest <= given <= highest,
         f"{where} is {shown(given)}; expected a {'whole ' if whole else ''}number from {lowest} to {highest}.")
    return given


def bounded(where: str, given: t.Mapping[str, t.Any], table: t.Mapping[str, tuple[float, float, float]]) -> dict[str, t.Any]:
    """The values of a table of (unless given, lowest, highest); whole numbers where the default is one and no seconds or rate are meant."""
    return {name: number(where + name, given.get(name, default), lowest, highest, not name.endswith(("seconds", "rate")))
            for name, (default, lowest, highest) in table.items()}

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is expected of a value of the configuration, and how it is said that it is something else."""

from __future__ import annotations


class WrongConfiguration(Exception):
    """What is wrong, where, and what was expected, in words."""


def need(condition, words, *values):
    if not condition:
        raise WrongConfiguration(words % values)


def known_keys(where, given, known, needed=()):
    need(isinstance(given, dict), "%s is %r; expected keys and values.", where, given)
    for key in given:
        need(key in known, "%s has the key %r, which is not known; expected some of %s.", where, key, ", ".join(sorted(known)))
    for key in needed:
        need(key in given, "%s lacks the key %r.", where, key)


def texts(where, given):
    need(isinstance(given, list) and given and all(isinstance(one, str) for one in given), "%s is %r; expected a list of texts.", where, given)
    return given


def number(where, given, lowest, highest, whole=False):
    kinds = int if whole else (int, float)
    need(isinstance(given, kinds) and not isinstance(given, bool) and lowest <= given <= highest,
         "%s is %r; expected a %snumber from %s to %s.", where, given, "whole " if whole else "", lowest, highest)
    return given


def bounded(where, given, table):
    """The values of a table of (unless given, lowest, highest); whole numbers where the default is one and no seconds or rate are meant."""
    return {name: number(where + name, given.get(name, default), lowest, highest, not name.endswith(("seconds", "rate")))
            for name, (default, lowest, highest) in table.items()}

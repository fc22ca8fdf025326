# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of this checkout, and the examples in its documentation."""

from __future__ import annotations

import os
import re

CHECKOUT = os.path.abspath(os.path.join(os.path.dirname(__file__), os.pardir))


def text_of(*path):
    """A text file of the checkout, or any whose path is absolute."""
    with open(os.path.join(CHECKOUT, *path), encoding="utf-8") as file:
        return file.read()


def blocks(text, language):
    """The examples in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)

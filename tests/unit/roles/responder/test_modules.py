# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of the server's modules: their folder is searched before the standard library."""

from __future__ import annotations

import os
import sys

from .conftest import PROGRAM


def test_no_module_hides_one_of_the_standard_library():
    names = {name[:-3] for name in os.listdir(PROGRAM) if name.endswith(".py")}
    assert "__main__" in names and not names & sys.stdlib_module_names

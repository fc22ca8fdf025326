# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tests share."""

from __future__ import annotations

import contextlib
import os

import pytest

from ansible_collections.bytewire.devices.tests import ports


REAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "real")


def pytest_collection_modifyitems(items):
    """Tests that run Ansible keep the processors busy, and the others mostly wait: files of the one stand between tests of the other."""
    files, others = {}, []
    for item in items:
        if os.path.dirname(item.path) == REAL:
            files.setdefault(item.path, []).append(item)
        else:
            others.append(item)
    step = 2 * len(others) // (3 * len(files) or 1)  # a third of them is there for the end, while the last files run
    turns = enumerate(sorted(files.values(), key=len, reverse=True))
    items[:] = [item for number, tests in turns for item in (*tests, *others[number * step:(number + 1) * step])] + others[len(files) * step:]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Tests are handed out in their order, one by one, but those that run Ansible by the file: guides name ports, which one test at a time can have."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return nodeid.partition("::")[0] if nodeid.startswith("tests/real/") else nodeid

    config.option.loadscopereorder = False
    return Scheduling(config, log)


@pytest.fixture
def free_port():
    return ports.free_port


@pytest.fixture
def closed():
    """Takes what a test opened, and closes it with the test, by its method close or another."""
    with contextlib.ExitStack() as opened:
        def take(thing, how="close"):
            opened.callback(getattr(thing, how))
            return thing

        yield take

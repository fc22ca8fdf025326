# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What importing the action plugins costs with so many pages, copies under other names among them: pages.py [COUNT...]"""

from __future__ import annotations

import contextlib
import glob
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

from measure import CHECKOUT, HERE

ACTIONS = ("relay", "fleet")
INDEX = os.path.join("tests", "tools", "page_index.py")


@contextlib.contextmanager
def collections(count):
    """A folder of collections in which ours has at least so many pages."""
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.join(folder, "ansible_collections", "bytewire", "devices")
        for part in ("plugins", "meta"):
            shutil.copytree(os.path.join(CHECKOUT, part), os.path.join(root, part), ignore=shutil.ignore_patterns("__pycache__"))
        os.makedirs(os.path.dirname(os.path.join(root, INDEX)))
        for file in ("galaxy.yml", INDEX):
            shutil.copy(os.path.join(CHECKOUT, file), os.path.join(root, file))
        pages = sorted(glob.glob(os.path.join(root, "plugins", "plugin_utils", "profiles", "*.yml")))
        copies = ((page, f"{page[:-4]}_copy{number}.yml") for number in itertools.count(1) for page in pages)
        for page, copy in itertools.islice(copies, max(count - len(pages), 0)):
            shutil.copy(page, copy)
        subprocess.run([sys.executable, os.path.join(root, INDEX)], env=dict(os.environ, PYTHONPATH=folder), check=True)
        yield folder


def imported(name, folder, rounds):
    """{cpu and wall in ms, memory in MiB}, medians, of importing an action."""
    environment = dict(os.environ, ANSIBLE_COLLECTIONS_PATH=folder, PYTHONDONTWRITEBYTECODE="1")
    command = [sys.executable, os.path.join(HERE, "importing.py"), name]
    found = [json.loads(subprocess.run(command, env=environment, cwd=folder, stdout=subprocess.PIPE, check=True).stdout) for dummy in range(rounds)]
    return {what: statistics.median(one[what] for one in found) for what in found[0]}


def main():
    for count in [int(argument) for argument in sys.argv[1:]] or [0, 60, 120]:
        with collections(count) as folder:
            there = len(glob.glob(os.path.join(folder, "*", "*", "*", "plugins", "plugin_utils", "profiles", "*.yml")))
            for name in ACTIONS:
                cost = imported(name, folder, 9)
                print(f"{there:4} pages: importing {name} {cost['cpu']:.0f} ms of CPU, {cost['wall']:.0f} ms, {cost['memory']:.1f} MiB", flush=True)


if __name__ == "__main__":
    main()

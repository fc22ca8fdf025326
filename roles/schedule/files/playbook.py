# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ends with 1 and a line that says why where ansible-playbook would find no playbook of that name, in a collection or as a file: playbook.py NAME."""

from __future__ import annotations

import os
import sys

from ansible.constants import config
from ansible.plugins.loader import init_plugin_loader
from ansible.utils.collection_loader._collection_finder import _get_collection_playbook_path


def main(name: str) -> int:
    init_plugin_loader()
    if _get_collection_playbook_path(name) or os.path.isfile(name):
        return 0
    print(f"schedule_playbook is {name}, and there is none: no collection in {':'.join(config.get_config_value('COLLECTIONS_PATHS'))} has it, and no file in "
          f"{os.getcwd()} is called so.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

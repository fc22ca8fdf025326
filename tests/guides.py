# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of this checkout, and the examples in its documentation."""

from __future__ import annotations

import os
import re
import shlex

CHECKOUT = os.path.abspath(os.path.join(os.path.dirname(__file__), os.pardir))


def text_of(*path):
    """A text file of the checkout, or any whose path is absolute."""
    with open(os.path.join(CHECKOUT, *path), encoding="utf-8") as file:
        return file.read()


def blocks(text, language):
    """The examples in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def make_a_vault(ansible):
    """As the guide to passwords says, line by line; what the editor is given is the guide's own example."""
    text = text_of("docs", "passwords.md")
    secrets, = (block for block in blocks(text, "yaml") if block.startswith("# group_vars/all/vault.yml"))
    (ansible.folder / "secrets.yml").write_text(secrets)
    for block in re.findall(r"^```(?:sh|ini)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)[:3]:
        if block.startswith("# ansible.cfg"):
            (ansible.folder / "ansible.cfg").write_text(block)
        for line in block.splitlines() if not block.startswith("#") else ():
            done = ansible.run("sh", "-c", line.replace("ansible-vault create", "ansible-vault create --skip-tty-check"),
                               EDITOR=f"cp {shlex.quote(str(ansible.folder / 'secrets.yml'))}")
            assert done.returncode == 0, (line, done.stdout, done.stderr)
    (ansible.folder / "secrets.yml").unlink()

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What describes bytes does no input or output, and a gateway needs the standard library alone. Imports between rooms: tests/tools/importlinter.ini."""

from __future__ import annotations

import ast
import fnmatch
import glob
import os

import pytest

PLUGINS = os.path.abspath(os.path.join(os.path.dirname(__file__), os.pardir, os.pardir, os.pardir, "plugins"))

PURE = ("_page/*.py", "_wire/telnet.py", "_device/relay_map.py")
IO_MODULES = {"socket", "os", "time", "subprocess", "io", "ssl", "fcntl", "threading", "asyncio"}
FILES = sorted(os.path.relpath(path, PLUGINS) for folder in ("module_utils", "modules", "plugin_utils", "action", "filter", "inventory")
               for path in glob.glob(os.path.join(PLUGINS, folder, "**", "*.py"), recursive=True))
EVERY_FILE = sorted(os.path.relpath(path, PLUGINS) for folder in ("plugins", "extensions", "roles", "tests")
                    for path in glob.glob(os.path.join(PLUGINS, os.pardir, folder, "**", "*.py"), recursive=True))


def tree(path):
    with open(os.path.join(PLUGINS, path), encoding="utf-8") as file:
        return ast.parse(file.read())


def imports(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", [path for path in FILES for pattern in PURE if fnmatch.fnmatch(path, f"module_utils/{pattern}")])
def test_what_describes_bytes_does_no_input_or_output(path):
    assert not IO_MODULES & set(imports(path))


@pytest.mark.parametrize("path", EVERY_FILE)
def test_texts_are_formatted_one_way(path):
    """f-strings; %d and the like remain to bytes, which have no other way."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            assert not is_text(node.left), f"{path}:{node.lineno}: %"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            assert not is_text(node.func.value), f"{path}:{node.lineno}: .format()"


def is_text(node):
    return isinstance(node, ast.JoinedStr) or isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.parametrize("path", [path for path in FILES if path.startswith(("module_utils", "modules"))])
def test_a_gateway_needs_the_standard_library_alone(path):
    known = {"ansible", "ansible_collections"} | set(getattr(__import__("sys"), "stdlib_module_names", ()))
    if len(known) == 2:
        pytest.skip("this Python does not list its standard library (3.10 and newer do)")
    for name in imports(path):
        assert name.split(".")[0] in known, f"{path} imports {name}"
        if name.split(".")[0] == "ansible":
            assert name.startswith("ansible.module_utils"), f"{path} imports {name}"

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Data flows one way: a lower floor never imports a higher one, and what describes bytes does no input or output."""

from __future__ import annotations

import ast
import glob
import os

import pytest

PLUGINS = os.path.abspath(os.path.join(os.path.dirname(__file__), os.pardir, os.pardir, os.pardir, "plugins"))
OURS = "ansible_collections.bytewire.devices.plugins."

# Each floor may import from itself and from those below it.
FLOORS = (
    ("module_utils/_errors", "module_utils/_numbers", "module_utils/_codecs", "module_utils/_wait"),
    ("module_utils/_message", "module_utils/_session", "module_utils/_options", "module_utils/_relay_map", "module_utils/_telnet", "module_utils/_loop"),
    ("module_utils/_exchange", "module_utils/_mask", "module_utils/_lock", "module_utils/_smtp", "module_utils/_run", "module_utils/_fleet"),
    ("module_utils/_parts", "module_utils/_link", "module_utils/_serial", "module_utils/_tls"),
    ("module_utils/_profile",),
    ("module_utils/_dialogue",),
    ("module_utils/_device", "module_utils/_mail", "module_utils/_spool", "module_utils/_mail_message", "module_utils/_mail_server"),
    ("module_utils/_states", "module_utils/_free"),
    ("module_utils/_board", "module_utils/_settings"),
    ("module_utils/_capability",),
    ("modules", "plugin_utils"),
    ("action", "filter", "inventory"),
)
PURE = ("_codecs", "_exchange", "_message", "_numbers", "_parts", "_profile", "_relay_map", "_telnet")
WORLD = {"socket", "os", "time", "subprocess", "io", "ssl", "fcntl", "threading", "asyncio"}
FILES = sorted(os.path.relpath(path, PLUGINS) for folder in ("module_utils", "modules", "plugin_utils", "action", "filter", "inventory")
               for path in glob.glob(os.path.join(PLUGINS, folder, "**", "*.py"), recursive=True))


def imports(path):
    with open(os.path.join(PLUGINS, path), encoding="utf-8") as file:
        tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def floor(path):
    fitting = [(len(name), number) for number, names in enumerate(FLOORS) for name in names
               if path == name or path.startswith((name + "/", name + "."))]
    assert fitting, "%s stands on no floor: give it one" % path
    return max(fitting)[1]


@pytest.mark.parametrize("path", FILES)
def test_no_file_imports_from_a_higher_floor(path):
    for name in imports(path):
        if name.startswith(OURS):
            assert floor(name[len(OURS):].replace(".", "/")) <= floor(path), "%s imports %s" % (path, name)


@pytest.mark.parametrize("name", PURE)
def test_what_describes_bytes_does_no_input_or_output(name):
    assert not WORLD & set(imports("module_utils/%s.py" % name))


@pytest.mark.parametrize("path", [path for path in FILES if path.startswith(("module_utils", "modules"))])
def test_a_gateway_needs_the_standard_library_alone(path):
    known = {"ansible", "ansible_collections"} | set(getattr(__import__("sys"), "stdlib_module_names", ()))
    if len(known) == 2:
        pytest.skip("this Python does not list its standard library (3.10 and newer do)")
    for name in imports(path):
        assert name.split(".")[0] in known, "%s imports %s" % (path, name)
        if name.split(".")[0] == "ansible":
            assert name.startswith("ansible.module_utils"), "%s imports %s" % (path, name)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks in processes of their own, which a fake device may kill at any moment of an exchange."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._invocation import NAME
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.waiting import until

PROGRAM = """
import importlib, json, os, sys
from ansible_collections.bytewire.devices.plugins.module_utils._invocation import NAME, once
from ansible_collections.bytewire.devices.plugins.module_utils._run import perform
results = []
for name, options in json.load(sys.stdin):
    capability = importlib.import_module(f"ansible_collections.bytewire.devices.plugins.module_utils._capability.{name}")
    results.append(once(os.environ.get(NAME), lambda: perform(capability.run, options)))
json.dump(results, sys.stdout)
"""


def options_of(name, given):
    """The options of a task, validated by its module's specification."""
    arg_spec = pytest.importorskip("ansible.module_utils.common.arg_spec")
    spec = importlib.import_module(f"ansible_collections.bytewire.devices.plugins.module_utils._capability.{name}").SPEC
    validation = arg_spec.ArgumentSpecValidator(**spec).validate(given)
    assert not validation.error_messages, validation.error_messages
    options = validation.validated_parameters
    return dict(options, model=resolve(options["model"])) if "model" in options else options


class Child:
    """A process that carries out [(module, options)], one after the other; as one invocation on a gateway, where that has a name."""

    def __init__(self, *tasks, invocation=""):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), NAME: invocation}
        self.process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        self.process.stdin.write(json.dumps([(name, options_of(name, given)) for name, given in tasks]).encode())
        self.process.stdin.close()

    def kill(self):
        """At once, and for good."""
        self.process.kill()

    def results(self):
        """Of all its tasks; None where it was killed."""
        with self.process.stdout as stream:
            said = stream.read()
        self.process.wait(30)
        return json.loads(said) if said else None

    def opens(self, name):
        """Wait until it has a file open whose path ends so."""
        def found():
            folder = f"/proc/{self.process.pid}/fd"
            try:
                return any(os.readlink(os.path.join(folder, one)).endswith(name) for one in os.listdir(folder))
            except OSError:
                return False
        until(found, 20, f"it does not open {name}")

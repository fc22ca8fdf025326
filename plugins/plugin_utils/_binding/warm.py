# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each of Ansible's workers would compute anew, computed in the process that they are forked from."""

from __future__ import annotations

import contextlib
import re
import sys
import typing as t
from collections.abc import Mapping

from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.plugin_utils._before_2_19 import module_defaults
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import folders_of, resolve

MOST_MODELS = 64  # what more there are, each worker compiles for itself
OURS = ("bytewire.devices.", "group/bytewire.devices.")

_REFERENCE = re.compile(r"\{\{ *(\w+) *\}\}")

_compiled: set[tuple[str, ...]] = set()


def result_fields() -> None:
    """How the keys of a result belong to the fields of ansible-core's own class of results: about 2 ms of each worker.

    That class is private to ansible-core, as of 2.21. A core that has none or another works as it does by itself.
    """
    with contextlib.suppress(KeyError, AttributeError, TypeError):
        sys.modules["ansible._internal._task"].UnifiedTaskResult.from_action_result_dict({}).as_result_dict()


class BeforeTheFork:
    """The attribute BYPASS_HOST_LOOP of an action, false, by which the pages of its devices are compiled before there is a worker: about 1.5 ms of each.

    All strategies of ansible-core 2.16 to 2.22 read it once for each host, when the variables of that host are known and its worker is not forked yet. A
    strategy that does not, or calls its task and variables otherwise, leaves the pages to the workers.
    """

    def __get__(self, action: object, kind: t.Any) -> bool:
        asking = sys._getframe(1).f_locals
        with contextlib.suppress(Exception):  # what is wrong with a model is the worker's to tell
            compile_pages(asking["task"], asking["task_vars"], kind.SPEC["argument_spec"]["model"].get("default"))
        return False


def compile_pages(task: t.Any, variables: t.Mapping[str, t.Any], usual: str | None) -> None:
    """Compile what the task needs for a host with these variables, as far as that is known without rendering templates; usual: where none is set.

    A template that is another variable and nothing else is followed: it has no side effect that would happen twice.
    """
    folders = folders_of(variables)
    for model in _models_said(task) or [variables.get("bytewire_model", usual)]:
        reference = _REFERENCE.fullmatch(model) if isinstance(model, str) else None
        model = variables.get(reference[1]) if reference else model
        key = (repr(model), *folders)
        if key not in _compiled and len(_compiled) < MOST_MODELS and "{{" not in key[0] and "{%" not in key[0]:
            _compiled.add(key)
            found = resolve(model, folders)
            for page in found.get("candidates", [found]):
                load(page)


def _models_said(task: t.Any) -> list[t.Any]:
    """The model that a task names, or else those that module_defaults name for our modules."""
    if "model" in task.args:
        return [task.args["model"]]
    return [given["model"] for defaults in module_defaults(task) for name, given in defaults.items()
            if name.startswith(OURS) and isinstance(given, Mapping) and "model" in given]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the emulator's action makes of a task before a process is thought of."""

from __future__ import annotations

import types

import pytest

from ansible_collections.bytewire.devices.plugins.action.emulator import ActionModule
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError

BROKEN = {"notation": "hex", "relays": {"numbers": "1-8", "on": {"send": "20 {relay:u99}"}}}


@pytest.fixture
def action():
    made = object.__new__(ActionModule)
    made._task = types.SimpleNamespace(delegate_to=None, run_once=False, _uuid="0a")
    made._templar = types.SimpleNamespace(template=dict)
    return made


def completed(action, **options):
    return action.complete({"state": "started", "name": None, "model": None, "host": "127.0.0.8", "port": None, **options}, {})


@pytest.mark.parametrize("state", ["stopped", "changed", "called"])
@pytest.mark.parametrize("model", [BROKEN, "no_such_model", "eth008"])
def test_only_starting_reads_the_page(action, state, model):
    assert "model" not in completed(action, state=state, model=model)


@pytest.mark.parametrize("model", [BROKEN, "no_such_model"])
def test_a_broken_page_is_not_started(action, model):
    with pytest.raises(BytewireError) as caught:
        completed(action, model=model)
    assert caught.value.stage == "profile"


@pytest.mark.parametrize("options, name", [
    ({"model": "eth008"}, "eth008-127.0.0.8"),
    ({"model": "eth008", "port": 2000}, "eth008-127.0.0.8-2000"),
    ({"model": {"extends": "eth008", "port": 9}}, "eth008-127.0.0.8"),
    ({"model": {"extends": "eth008", "name": "My board"}}, "My_board-127.0.0.8"),
    ({"model": None}, "mail-127.0.0.8"),
    ({"model": "eth008", "name": "garage/1"}, "garage_1"),
])
def test_the_same_name_for_starting_and_stopping(action, options, name):
    assert completed(action, **options)["name"] == completed(action, state="stopped", **options)["name"] == name


def test_a_page_with_a_name_of_its_own_is_found_by_the_name_of_its_file(action, tmp_path, monkeypatch):
    (tmp_path / "bytewire_profiles").mkdir()
    (tmp_path / "bytewire_profiles" / "mine.yml").write_text("extends: eth008\nname: another\n")
    monkeypatch.chdir(tmp_path)
    started = completed(action, model="mine")
    assert started["model"]["name"] == "another" and started["name"] == completed(action, state="stopped", model="mine")["name"] == "mine-127.0.0.8"


@pytest.mark.parametrize("hosts, told", [(19, 0), (20, 1)])
def test_that_one_process_could_serve_many_hosts_is_said(action, hosts, told):
    said = []
    action._display = types.SimpleNamespace(warning=said.append)
    action.complete({"state": "started", "name": None, "model": "eth008", "host": "127.0.0.8", "port": None}, {"ansible_play_hosts_all": ["tv"] * hosts})
    assert len(said) == told and all("each of the 20 hosts of this play has a process of its own started" in words for words in said)


def test_faults_that_yaml_made_booleans(action):
    bound = action.bind({"faults": [{"fault": "lie", True: [False]}]}, {"bytewire_model": "eth008"})
    assert bound == {"model": "eth008", "faults": [{"fault": "lie", "on": ["off"]}]}

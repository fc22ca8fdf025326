# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task over displays and projectors of a dozen makes: a play, the module fleet and the playbook fleet. Projectors warm up meanwhile."""

from __future__ import annotations

import json

import pytest

WANTED = {"power": "on", "input": "hdmi1"}
DONE = {"power": {"state": "on", "was": "off"}, "input": {"state": "hdmi1", "was": "hdmi2"}}
WARM_UP = 1.0  # seconds
LOGINS = {"panasonic_ntcontrol": {"bytewire_username": "admin1", "bytewire_password": "panasonic"}, "sony_adcp": {"bytewire_password": "Projector"}}
DISPLAYS = ("lg", "nec_display", "philips_sicp", "samsung_mdc", "sony_bravia")
PROJECTORS_THAT_TELL_NO_WARMING = ("benq_projector", "hitachi", "optoma")
PROJECTORS_THAT_WARM_UP = ("epson", "nec_projector", "panasonic_ntcontrol", "sony_adcp", "sony_sdcp_home", "viewsonic_projector", "vivitek")
PAGES = DISPLAYS + PROJECTORS_THAT_TELL_NO_WARMING + PROJECTORS_THAT_WARM_UP


@pytest.fixture
def room(ansible, free_port):
    """Hosts with the names of their pages, off and on HDMI 2; journal() is what their emulators saw."""
    port = free_port()
    hosts = {page: {"ansible_host": f"127.9.20.{number}", "bytewire_model": page, **LOGINS.get(page, {})} for number, page in enumerate(PAGES, 1)}
    ansible.hosts(hosts, bytewire_port=port)
    path = ansible.folder / "room.journal"
    code, dummy, printed = ansible.task("localhost", "emulator", {
        "name": "room", "hosts": list(PAGES), "lifetime": 600, "journal": str(path),
        "initial": {"transition": WARM_UP, "settings": {"power": "off", "input": "hdmi2"}}})
    assert code == 0, printed
    yield lambda: [json.loads(line) for line in path.read_text().splitlines()]
    code, dummy, printed = ansible.task("localhost", "emulator", {"name": "room", "state": "stopped"})
    assert code == 0, printed


def asked_for_power(journal, page):
    """How often a device was asked for its power behind the command that switched it on."""
    address = f"127.9.20.{PAGES.index(page) + 1}:"
    heard = [entry["what"] for entry in journal if entry["event"] == "in" and entry["board"].startswith(address)]
    return heard[heard.index("settings.power.set"):].count("settings.power.get")


def registered(ansible, variable, where):
    return {"ansible.builtin.copy": {"content": f"{{{{ {variable} | to_json }}}}", "dest": str(ansible.folder / where)}, "delegate_to": "localhost",
            "run_once": True}


def test_ten_makes_in_a_play(ansible, room):
    task = {"bytewire.devices.settings": {"settings": WANTED}, "register": "outcome"}
    of_all = "dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, 'outcome')))"
    for first in (True, False):
        done = ansible.play([task, registered(ansible, of_all, "outcome.json")])
        assert done.returncode == 0, done.stdout + done.stderr
        outcome = json.loads((ansible.folder / "outcome.json").read_text())
        assert {page: result["changed"] for page, result in outcome.items()} == dict.fromkeys(PAGES, first)
        for page, result in outcome.items():
            assert result["settings"] == (DONE if first else {name: dict.fromkeys(("state", "was"), value) for name, value in WANTED.items()}), page
    for page in PROJECTORS_THAT_WARM_UP:
        assert asked_for_power(room(), page) > 1, page


def test_ten_makes_in_a_fleet(ansible, room):
    task = {"bytewire.devices.fleet": {"module": "settings", "options": {"settings": WANTED}}, "run_once": True, "register": "outcome"}
    for first in (True, False):
        done = ansible.play([task, registered(ansible, "outcome", "outcome.json")])
        assert done.returncode == 0, done.stdout + done.stderr
        outcome = json.loads((ansible.folder / "outcome.json").read_text())
        assert outcome["changed"] == first and {page: result["changed"] for page, result in outcome["hosts"].items()} == dict.fromkeys(PAGES, first)
        assert not first or all(result["settings"] == DONE for result in outcome["hosts"].values())
    for page in PROJECTORS_THAT_WARM_UP:
        assert asked_for_power(room(), page) > 1, page


def test_ten_makes_in_the_playbook_fleet(ansible, room):
    options = ["-e", json.dumps({"target": "all", "module": "settings", "options": {"settings": WANTED}})]
    done = ansible.run("ansible-playbook", "bytewire.devices.fleet", *options)
    assert done.returncode == 0 and f"All {len(PAGES)} devices are done, {len(PAGES)} were changed" in done.stdout, done.stdout + done.stderr
    done = ansible.run("ansible-playbook", "bytewire.devices.fleet", *options)
    assert done.returncode == 0 and f"All {len(PAGES)} devices are done, nothing was changed" in done.stdout, done.stdout + done.stderr
    assert all(asked_for_power(room(), page) > 1 for page in PROJECTORS_THAT_WARM_UP)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program of others, PowerMan of Debian, with the scripts that it ships: it drives our emulated PDUs as it would drive real ones."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from ansible_collections.bytewire.devices.tests.real.conftest import listens
from ansible_collections.bytewire.devices.tests.waiting import until

DAEMON = shutil.which("powermand", path="/usr/sbin:/usr/local/sbin")
SCRIPTS = "/etc/powerman"
HOST = "127.0.0.1"
SECONDS = 60
# Where the table of outlets ends is known of neither, so a page counts its rows; PowerMan waits for the prompt, which comes behind them.
PROMPTED = {
    "cyclades": {"extends": "cyclades", "relays": {"read": {"rows": {"count": None, "until": "pm>"}}}},
    "baytech": {"extends": "baytech_unconfirmed", "relays": {"read": {"rows": {"count": None, "until": "\\r\\nRPC-3>"}}}},
}
OUTLETS = {number: f"Outlet  {number} " for number in range(1, 9)}
# the script, its plugs, the emulated device
DEVICES = [
    ("wti-rps10", range(10), {"model": "wti_rps10", "initial": {"relays": [1, 4]}}),
    ("wti", range(1, 9), {"model": "wti_nps", "initial": {"relays": [1, 4]}, "password": "wti"}),
    ("icebox3", range(1, 11), {"model": "icebox", "initial": {"relays": [1, 4]}, "password": "icebox"}),
    ("pm8", range(1, 9), {"model": PROMPTED["cyclades"], "initial": {"relays": [1, 4]}, "password": "pm8"}),
    ("baytech-rpc3-nc", range(1, 9), {"model": PROMPTED["baytech"], "initial": {"relays": [1, 4], "names": OUTLETS}}),
]
FILES = {"pm8": "cyclades-pm8"}


class PowerMan:
    """powermand with one device, as a process of its own, and powerman that asks it."""

    def __init__(self, folder, own_port, script, plugs, port):
        self.port = own_port
        path = folder / "powerman.conf"
        path.write_text("\n".join([
            f'listen "{HOST}:{self.port}"', f'include "{SCRIPTS}/{FILES.get(script, script)}.dev"', f'device "pdu" "{script}" "{HOST}:{port}"',
            *(f'node "n{plug}" "pdu" "{plug}"' for plug in plugs), ""]))
        with open(folder / "powermand.log", "wb") as log:
            self.process = subprocess.Popen([DAEMON, "-f", "-c", str(path)], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            until(lambda: self.process.poll() is None and listens(self.port), SECONDS, "powermand does not listen")
        except BaseException:
            self.stop()
            raise

    def __call__(self, *arguments):
        done = subprocess.run(["powerman", "-h", f"{HOST}:{self.port}", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False)
        return done.returncode, done.stdout

    def on(self):
        """The nodes that it says are on."""
        code, printed = self("-q")
        assert code == 0, printed
        return next(line for line in printed.splitlines() if line.startswith("on:")).partition(":")[2].strip()

    def stop(self):
        self.process.terminate()
        self.process.wait(SECONDS)


@pytest.fixture
def powerman(tmp_path, free_port, closed):
    if DAEMON is None:
        pytest.skip("PowerMan is not installed (Debian: powerman)")
    return lambda script, plugs, port: closed(PowerMan(tmp_path, free_port(), script, plugs, port), "stop")


@pytest.mark.parametrize("script, plugs, options", DEVICES, ids=[device[0] for device in DEVICES])
def test_powerman_drives_an_emulated_pdu(emulator, powerman, script, plugs, options):
    pdu = emulator(**options)
    ask = powerman(script, plugs, pdu.port)
    until(lambda: ask("-q")[0] == 0, SECONDS, "PowerMan does not get on with the device")
    assert ask.on() == "n[1,4]"
    for flag, node, on in (("-1", "n3", "n[1,3-4]"), ("-0", "n4", "n[1,3]"), ("-c", "n1", "n[1,3]")):
        assert ask(flag, node) == (0, "Command completed successfully\n") and ask.on() == on
    heard = [entry["what"] for entry in pdu.journal() if entry["event"] == "in"]
    assert None not in heard, heard
    done = [what for what in heard if what in ("relays.on", "relays.off")]
    assert done == ["relays.on", "relays.off"] + (["relays.on"] if script == "wti" else ["relays.off", "relays.on"])


def test_powerman_is_refused_once(emulator, powerman):
    pdu = emulator(model="wti_rps10", initial={"relays": [4]}, faults=[{"fault": "refuse", "on": ["relays.on"], "times": 1}])
    ask = powerman("wti-rps10", range(10), pdu.port)
    code, printed = ask("-1", "n3")
    assert code != 0 and "Command completed with errors" in printed
    until(lambda: ask.on() == "n4", SECONDS, "PowerMan does not read it again")
    assert ask("-1", "n3") == (0, "Command completed successfully\n") and ask.on() == "n[3-4]"


def test_powerman_with_the_wrong_password(emulator, powerman):
    pdu = emulator(model="icebox", password="another")
    ask = powerman("icebox3", range(1, 11), pdu.port)
    code, printed = ask("-1", "n3")
    assert code != 0 and "completed with errors" in printed or "timed out" in printed, printed
    assert pdu.writes() == []

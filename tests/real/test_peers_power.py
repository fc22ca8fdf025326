# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real apcupsd, with the driver that stands in for a UPS, is read by our client; and its own client reads it beside."""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess
import time

import pytest

SECONDS = 60  # for everything that should take milliseconds
HOST = "127.0.0.1"
UNPACKED = pathlib.Path(__file__).parents[2] / ".work" / "apcupsd"
"""Where .ci/run unpacks the package: apcupsd and NUT cannot be installed on one machine."""


def program(name):
    """(path, environment) of a program of apcupsd, or None where it is not there or does not start."""
    for folder in (pathlib.Path("/"), UNPACKED):
        path, libraries = folder / "sbin" / name, [str(found.parent) for found in sorted(UNPACKED.glob("**/*.so.*"))]
        environment = {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(dict.fromkeys(libraries))} if folder == UNPACKED else dict(os.environ)
        if path.exists() and subprocess.run([path, "--version"], env=environment, capture_output=True, timeout=SECONDS, check=False).returncode != 127:
            return str(path), environment
    return None


class Apcupsd:
    """A network information server of one UPS, which its driver makes up."""

    def __init__(self, folder, port, found):
        self.port = port
        configuration = {"UPSNAME": "su700", "UPSCABLE": "simple", "UPSTYPE": "test", "DEVICE": "", "NETSERVER": "on", "NISIP": HOST, "NISPORT": port,
                         "EVENTSFILE": folder / "events", **dict.fromkeys(("LOCKFILE", "SCRIPTDIR", "PWRFAILDIR", "NOLOGINDIR"), folder)}
        (folder / "apcupsd.conf").write_text("## apcupsd.conf v1.1 ##\n" + "".join(f"{name} {value}\n" for name, value in configuration.items()))
        command, environment = found
        with (folder / "printed").open("wb") as printed:
            self.process = subprocess.Popen([command, "-b", "-f", folder / "apcupsd.conf", "-P", folder / "pid"], env=environment, cwd=folder, stdout=printed,
                                            stderr=printed)
        try:
            end = time.monotonic() + SECONDS
            while not self._serves():
                assert time.monotonic() < end and self.process.poll() is None, (folder / "printed").read_text()
                time.sleep(0.05)
        except BaseException:
            self.close()
            raise

    def _serves(self):
        try:
            with socket.create_connection((HOST, self.port), 1) as client:
                client.sendall(b"\0\6status")
                said = b""
                while not said.endswith(b"\0\0"):
                    said += client.recv(4096) or b"\0\0"
                return b"STATUS   : ONLINE" in said
        except OSError:
            return False

    def close(self):
        self.process.terminate()
        self.process.wait(SECONDS)


@pytest.fixture
def apcupsd(tmp_path, free_port, closed):
    found = program("apcupsd")
    if found is None:
        pytest.skip("apcupsd is not installed, nor unpacked into .work/apcupsd")
    folder = tmp_path / "apcupsd"
    folder.mkdir()
    return closed(Apcupsd(folder, free_port(), found))


def test_a_ups_of_a_real_apcupsd(apcupsd, ansible):
    where = {"host": HOST, "port": apcupsd.port}
    code, found, printed = ansible.task("localhost", "device_info", {"model": "apcupsd", **where})
    assert code == 0, printed
    readings = {"status": "ONLINE NOBATT", "battery_charge": 100, "runtime": 72000, "name": "su700", "model": "Test Driver", "output_voltage": 228.5}
    assert {name: found["information"][name] for name in readings} == readings and found["measured_in"]["runtime"] == "s", found
    command, environment = program("apcaccess")
    said = subprocess.run([command, "-h", f"{HOST}:{apcupsd.port}", "-u"], env=environment, capture_output=True, text=True, timeout=SECONDS, check=True).stdout
    theirs = dict(map(str.strip, line.split(":", 1)) for line in said.splitlines())
    same = {"LINEV": "input_voltage", "LOADPCT": "load", "OUTPUTV": "output_voltage", "ITEMP": "temperature", "BATTV": "battery_voltage",
            "LINEFREQ": "frequency"}
    assert {name: float(theirs[name]) for name in same} == {name: found["information"][ours] for name, ours in same.items()}


def test_a_real_apcupsd_refuses_what_it_does_not_know(apcupsd, ansible):
    page = {"extends": "apcupsd", "info": {"status": {"send": "\\0\\x06Status"}}}
    code, found, printed = ansible.task("localhost", "device_info", {"model": page, "host": HOST, "port": apcupsd.port})
    assert code == 0 and set(found["information"].values()) == {"unknown"}, printed
    again = ansible.task("localhost", "device_info", {"model": "apcupsd", "host": HOST, "port": apcupsd.port})[1]
    assert again["information"]["battery_charge"] == 100, again


def test_the_table_of_a_real_apcupsd(apcupsd, ansible):
    ansible.hosts({"ups": {"ansible_host": HOST, "bytewire_port": apcupsd.port, "bytewire_model": "apcupsd"}})
    done = ansible.run("ansible-playbook", "bytewire.devices.status")
    line = next(line for line in done.stdout.splitlines() if line.strip().startswith("ups "))
    assert "apcupsd  status ONLINE NOBATT, battery 100 %, runtime 20 h, " in line and line.endswith(" more") and len(line) <= 80, done.stdout

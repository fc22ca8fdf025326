# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Debian's ser2net in front of a serial line of ptys: raw, Telnet and RFC 2217 ports, and a display at the far end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import termios
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._wire.link import LinkError
from ansible_collections.bytewire.devices.tests.links import connect, gather
from ansible_collections.bytewire.devices.tests.servers import Server
from ansible_collections.bytewire.devices.tests.waiting import until

ALL_BYTES = bytes(range(256))
ACCEPTERS = {"tcp": "tcp", "telnet": "telnet,tcp", "rfc2217": "telnet(rfc2217),tcp"}
TRANSPORTS = sorted(ACCEPTERS)
SER2NET = shutil.which("ser2net", path="/usr/sbin:" + os.environ["PATH"])
NEEDS_PYSERIAL = ("rfc2217", "serial")


def listening(port):
    """Whether somebody listens; asked of the kernel, since a connection would be a user of the serial port."""
    with open("/proc/net/tcp", encoding="ascii") as file:
        return any(fields[1].endswith(f":{port:04X}") and fields[3] == "0A" for fields in map(str.split, file))


class Processes:
    """What a test started; all of it is ended."""

    def __init__(self, folder):
        self.folder, self.running = folder, []

    def start(self, *command):
        self.running.append(subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def stop(self):
        for process in reversed(self.running):
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(60)
        self.running = []


@pytest.fixture
def processes(tmp_path):
    if shutil.which("socat") is None:
        pytest.skip("socat, which makes a serial line of ptys, is not installed")
    started = Processes(tmp_path)
    yield started
    started.stop()
    left = [name for name in os.listdir(tmp_path) if (tmp_path / name).is_symlink()]
    assert left == []


@pytest.fixture
def serial_line(processes, tmp_path):
    """Make a serial line; the path of its near end. Its far end is the pty 'far', or a TCP port."""
    def make(far):
        near = tmp_path / "near"
        processes.start("socat", "pty,rawer,link=near", far)
        until(near.exists, 120, "socat made no pty")
        return str(near)
    return make


@pytest.fixture
def serial_server(processes, serial_line, tmp_path, free_port):
    """Start ser2net in front of a serial line; {transport: its port}."""
    if SER2NET is None:
        pytest.skip("ser2net is not installed (Debian: ser2net)")

    def make(far):
        near = serial_line(far)
        ports = {}
        while len(set(ports.values())) < len(ACCEPTERS):
            ports = {transport: free_port() for transport in ACCEPTERS}
        connections = [f"connection: &{transport}\n  accepter: {accepter},127.0.0.1,{ports[transport]}\n  connector: "
                       f"serialdev,{near},9600n81,local\n" for transport, accepter in ACCEPTERS.items()]
        (tmp_path / "ser2net.yaml").write_text("%YAML 1.1\n---\n" + "".join(connections))
        processes.start(SER2NET, "-n", "-u", "-c", "ser2net.yaml")
        until(lambda: all(map(listening, ports.values())), 120, "ser2net does not listen")
        return ports
    return make


def need(transport):
    if transport in NEEDS_PYSERIAL:
        pytest.importorskip("serial", reason="pyserial is not installed")


class FarEnd:
    """The device's end of a serial line, as bytes."""

    def __init__(self, path):
        self.handle = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def read(self, length):
        data, deadline = b"", time.monotonic() + 60
        while len(data) < length and time.monotonic() < deadline:
            try:
                data += os.read(self.handle, 4096)
            except BlockingIOError:
                time.sleep(0.005)
        return data

    def write(self, data):
        os.write(self.handle, data)

    def close(self):
        os.close(self.handle)


@pytest.fixture
def far_end(tmp_path, closed):
    """Open the pty 'far'; called once it is there."""
    def open_it():
        until((tmp_path / "far").exists, 120, "socat made no pty")
        return closed(FarEnd(str(tmp_path / "far")))
    return open_it


def linked(ports, transport, **options):
    return connect(transport, (socket.AF_INET, ("127.0.0.1", ports[transport])), 5, options)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_byte_both_ways(serial_server, far_end, transport):
    need(transport)
    ports = serial_server("pty,rawer,link=far")
    device = far_end()
    link = linked(ports, transport)
    for dummy in range(2):
        link.send(ALL_BYTES + b"\r\0\xff\xff\r\n", time.monotonic() + 60)
        assert device.read(262) == ALL_BYTES + b"\r\0\xff\xff\r\n"
        device.write(ALL_BYTES[::-1] + b"\r\0\xff\xff\r\n")
        assert gather(link, 262, 5) == ALL_BYTES[::-1] + b"\r\0\xff\xff\r\n"
    assert link.pending() is None and link.receive(time.monotonic() + 0.05) is None
    link.close()


def test_rfc2217_sets_up_the_line(serial_server, far_end, tmp_path):
    need("rfc2217")
    ports = serial_server("pty,rawer,link=far")
    far_end()
    link = linked(ports, "rfc2217", baud_rate=19200, stop_bits=2.0)
    handle = os.open(str(tmp_path / "near"), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    flags = termios.tcgetattr(handle)
    os.close(handle)
    assert flags[4] == flags[5] == termios.B19200 and flags[2] & termios.CSTOPB
    link.close()


def test_rfc2217_asked_of_a_port_that_is_only_telnet(serial_server, far_end):
    need("rfc2217")
    ports = serial_server("pty,rawer,link=far")
    with pytest.raises(LinkError, match="not as a serial server with RFC 2217"):
        connect("rfc2217", (socket.AF_INET, ("127.0.0.1", ports["telnet"])), 1, {})


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_serial_server_that_ends(serial_server, processes, transport):
    need(transport)
    link = linked(serial_server("pty,rawer,link=far"), transport)
    processes.running[-1].terminate()
    processes.running[-1].wait(60)
    assert link.receive(time.monotonic() + 60) == b""
    assert link.receive(time.monotonic() + 60) == b""
    link.close()


@pytest.fixture
def display(ansible, emulator):
    """An emulated display on a serial line, with the host 'tv' in the inventory for it."""
    running = emulator("tv", model="lg", initial={"settings": {"power": "off", "volume": 5}})

    def reached(**variables):
        ansible.hosts({"tv": dict({"bytewire_model": "lg", "ansible_host": "127.0.0.1"}, **{
            "bytewire_" + name: value for name, value in variables.items()})})
        return running
    return reached


def sets(display):
    return [entry["bytes"] for entry in display.journal() if entry["event"] == "in" and str(entry["what"]).endswith(".set")]


def switch_on(ansible, *flags, **more):
    return ansible.task("tv", "settings", dict({"settings": {"power": "on", "volume": 12}}, **more), *flags)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_display_behind_a_serial_server(ansible, display, serial_server, transport):
    need(transport)
    tv = display()
    ports = serial_server(f"tcp:127.0.0.1:{tv.port}")
    display(transport=transport, port=ports[transport])
    code, result, printed = switch_on(ansible, "--check")
    assert code == 0 and result["changed"] and sets(tv) == [], printed
    code, result, printed = switch_on(ansible)
    assert code == 0 and result["changed"], printed
    assert result["settings"]["power"] == {"state": "on", "was": "off"} and result["settings"]["volume"]["state"] == 12
    assert sets(tv) == ["6B 61 20 30 31 20 30 31 0D", "6B 66 20 30 31 20 30 63 0D"]
    code, result, printed = switch_on(ansible)
    assert code == 0 and not result["changed"] and len(sets(tv)) == 2, printed


class Television(Server):
    """A display of literal bytes at the end of a line: it is on, its volume is 12, and what has no CR yet waits for one."""

    ANSWERS = {b"ka 01 ff": b"a 01 OK01x", b"kf 01 ff": b"f 01 OK0cx", b"": b""}

    def __init__(self):
        self.received = b""
        super().__init__(1)

    def serve(self, client):
        client.settimeout(None)
        for data in iter(lambda: client.recv(1), b""):
            self.received += data
            if data == b"\r":
                client.sendall(self.ANSWERS.get(self.received[:-1].rpartition(b"\r")[2], b"a 01 NG01x"))


@pytest.fixture
def television(ansible, processes, serial_server):
    """A display of literal bytes behind a serial server, with the host 'tv' in the inventory; (the display, the ports)."""
    started = Television()
    ports = serial_server(f"tcp:127.0.0.1:{started.port}")

    def reached(transport):
        ansible.hosts({"tv": {"ansible_host": "127.0.0.1", "bytewire_model": "lg", "bytewire_transport": transport,
                              "bytewire_port": ports[transport], "bytewire_retries": 0}})
        return started, ports

    yield reached
    processes.stop()
    started.close()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_foreign_command_without_its_end(ansible, television, transport):
    need(transport)
    tv, ports = television(transport)
    for dummy in range(5):  # the answer to it passes through three programs within 0.15 s, unless others hold them up
        tv.received = b""
        with socket.create_connection(("127.0.0.1", ports["tcp"])) as foreign:
            foreign.sendall(b"ka 01 0")
            until(lambda: tv.received == b"ka 01 0", 120, "the foreign bytes did not arrive")
        code, result, printed = switch_on(ansible)
        if code == 0:
            break
    assert code == 0 and not result["changed"], printed
    assert tv.received == b"ka 01 0\rka 01 ff\rkf 01 ff\r"


@pytest.mark.parametrize("held", ["the same port", "another port of the line"])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_second_user_is_told_that_the_port_is_busy(ansible, television, transport, held):
    need(transport)
    tv, ports = television(transport)
    other = "telnet" if transport == "tcp" else "tcp"
    with socket.create_connection(("127.0.0.1", ports[transport if held == "the same port" else other])) as first:
        first.sendall(b"kf 01 ff\r")
        until(lambda: tv.received == b"kf 01 ff\r", 120, "the first user does not have the line")
        code, result, printed = switch_on(ansible)
    assert code != 0 and result["error"]["kind"] == "busy" and "already in use" in result["msg"], printed
    assert tv.received == b"kf 01 ff\r"


def test_a_display_on_a_serial_port(ansible, display, serial_line):
    need("serial")
    tv = display()
    near = serial_line(f"tcp:127.0.0.1:{tv.port}")
    display(transport="serial", serial_port=near)
    code, result, printed = switch_on(ansible)
    assert code == 0 and result["changed"] and len(sets(tv)) == 2, printed
    code, result, printed = switch_on(ansible)
    assert code == 0 and not result["changed"] and len(sets(tv)) == 2, printed
    user = connect("serial", None, 1, {"serial_port": near})
    code, result, printed = switch_on(ansible, retries=0)
    assert code != 0 and result["error"]["kind"] == "busy", printed
    assert f"tv ({near})" in result["msg"] and "in use by another program" in result["msg"]
    user.close()


def test_two_tasks_take_turns_on_a_serial_port(ansible, display, serial_line):
    need("serial")
    tv = display()
    near = serial_line(f"tcp:127.0.0.1:{tv.port}")
    display(transport="serial", serial_port=near)
    results = []
    tasks = [threading.Thread(target=lambda volume=volume: results.append(ansible.task("tv", "settings", {
        "settings": {"power": "on", "volume": volume}, "retries": 0}))) for volume in (20, 30)]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join(120)
    assert [result[0] for result in results] == [0, 0], results


def test_a_serial_port_without_pyserial(ansible, display, tmp_path):
    (tmp_path / "absent" / "serial").mkdir(parents=True)
    (tmp_path / "absent" / "serial" / "__init__.py").write_text("raise ImportError('No module named serial')\n")
    display(transport="serial", serial_port="/dev/ttyUSB0")
    code, result, printed = ansible.task("tv", "settings", {"settings": {"power": "on"}}, PYTHONPATH=str(tmp_path / "absent"))
    assert code != 0 and {"kind": "invalid", "stage": "connect"}.items() <= result["error"].items(), printed
    assert f"the Python package pyserial is missing on {socket.gethostname()}" in result["msg"] and "Traceback" not in printed

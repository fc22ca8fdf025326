# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of others, from PyPI: their clients drive our emulators, our relay drives their server."""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
import subprocess
import threading
import time
import warnings

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.tests.waiting import until

SECONDS = 60  # for everything that should take milliseconds
HOST = "127.0.0.1"


def peer(name, package):
    return pytest.importorskip(name, reason=f"{package} is not installed")


def received(emulator):
    """[(what it was taken for, its bytes)] of everything that the emulator heard."""
    return [(entry["what"], entry["bytes"]) for entry in emulator.journal() if entry["event"] == "in"]


# Devantech's own library

class Board:
    """One of the vendor's clients; it would wait forever for an answer."""

    def __init__(self, name, port, **options):
        module = peer("devantech_eth." + name, "devantech-eth")
        self.client = getattr(module, name.upper())(HOST, port, **options)
        self.client.socket.settimeout(SECONDS)

    def __enter__(self):
        self.client.connect()
        return self.client

    def __exit__(self, *error):
        try:
            self.client.close()  # logs out first, and waits for the answer to that
        finally:
            self.client.socket.close()


def test_devantech_eth_drives_an_emulated_eth008(emulator):
    peer("devantech_eth.eth008", "devantech-eth")
    board = emulator()
    with Board("eth008", board.port) as client:
        assert client.getModuleInfo() == [19, 2, 28] and client.getVolts() == 12.0 and len(client.getSerialNumber()) == 6
        client.setDO3Active()
        client.setDO8State(1)
        client.toggleDO1()
        assert client.getDigitalOutputs() == [0b10000101]
        client.setDO3Inactive()
        assert (client.getDO3State(), client.getDO8State()) == (0, 1)
        client.digitalActive(4, 127)  # 12.7 s
        assert client.getDO4State() == 1
    assert board.writes() == ["20 03 00", "20 08 00", "20 01 00", "21 03 00", "20 04 7F"]
    assert received(board)[-1] == ("session.logout", "7B")
    assert None not in [what for what, dummy in received(board)]


def test_devantech_eth_drives_an_emulated_eth8020(emulator):
    peer("devantech_eth.eth8020", "devantech-eth")
    board = emulator(model="eth8020", initial={"analogue": {"8": 1023}})
    with Board("eth8020", board.port) as client:
        client.setDO20Active()
        client.setDO9Active()
        assert client.getDigitalOutputs() == [0x00, 0x01, 0x08]
        assert client.getAI8Value() == 1023
        client.setDO20Inactive()
        assert client.getDO20State() == 0 and client.getDO9State() == 1
    assert board.writes() == ["20 14 00", "20 09 00", "21 14 00"]


def test_devantech_eth_logs_in(emulator):
    peer("devantech_eth.eth008", "devantech-eth")
    board = emulator(password="s3cret")
    with Board("eth008", board.port, password="s3cret") as client:
        client.setDO2Active()
        assert client.getDO2State() == 1
    with pytest.raises(Exception, match="Wrong password"):
        Board("eth008", board.port, password="secret").__enter__()
    assert board.writes() == ["20 02 00"]


def test_the_vendor_s_long_pulses_leave_as_utf_8_and_ours_do_not(emulator, ansible):
    """A defect of devantech-eth: 200 (20 s) leaves as C3 88, which a board takes for 19.5 s and a byte that means nothing."""
    peer("devantech_eth.eth008", "devantech-eth")
    board = emulator()
    with Board("eth008", board.port) as client:
        client.digitalActive(4, 200)
        assert client.getDO4State() == 1
    pulse = received(board).index(("relays.pulse", "20 04 C3"))
    assert received(board)[pulse + 1][0] is None and received(board)[pulse + 1][1].startswith("88")
    code, dummy, printed = ansible.task("localhost", "relay", {
        "host": HOST, "port": board.port, "model": "eth008", "relay": 5, "state": "pulsed", "duration": 20})
    assert code == 0, printed
    assert board.writes() == ["20 04 C3", "20 05 C8"]


# proxr-protocol: frames, no connection

def test_the_frames_of_proxr_protocol_are_ours():
    proxr = peer("proxr_protocol", "proxr-protocol")
    relays = load(resolve({"extends": "proxr_api", "relays": {"numbers": "1-256"}})).relays
    for number in relays.numbers:
        bank, place = (number - 1) // 8 + 1, (number - 1) % 8 + 1
        assert relays.on.send.render(relays.fields(number)) == proxr.relay_on_by_bank(place, bank)
        assert relays.off.send.render(relays.fields(number)) == proxr.relay_off_by_bank(place, bank)


def test_proxr_protocol_drives_an_emulated_board(emulator):
    proxr = peer("proxr_protocol", "proxr-protocol")
    board = emulator(model="proxr_api")
    with socket.create_connection((HOST, board.port), SECONDS) as link:
        def say(frame):
            link.sendall(frame)
            reply = link.recv(64)
            assert reply[:1] == b"\xaa" and reply[1] == len(reply) - 3
            assert proxr.tools.calculate_checksum(reply[:-1]) == reply[-1:]
            return reply[2:-1]

        assert say(proxr.relay_on_by_bank(1, 1)) == b"\x55"
        assert say(proxr.relay_on_by_bank(8, 2)) == b"\x55"
        assert say(proxr.relay_on_by_bank(3, 2)) == b"\x55"
        assert say(proxr.relay_off_by_bank(3, 2)) == b"\x55"
        assert say(b"\xaa\x03\xfe\x7c\x02\x29") == b"\x80"
    assert board.writes() == ["AA 03 FE 6C 01 18", "AA 03 FE 73 02 20", "AA 03 FE 6E 02 1B", "AA 03 FE 66 02 13"]


@pytest.mark.parametrize("name", ["bank_on", "bank_off"])
def test_an_emulated_board_does_not_obey_129_and_130(emulator, name):
    """They are documented both ways round, all on and all off, so that our pages know neither."""
    proxr = peer("proxr_protocol", "proxr-protocol")
    board = emulator(model="proxr_api", initial={"relays": [2]})
    with socket.create_connection((HOST, board.port), SECONDS) as link:
        link.sendall(getattr(proxr, name)(1))
        link.settimeout(0.3)
        with pytest.raises(socket.timeout):
            link.recv(64)
        link.settimeout(SECONDS)
        link.sendall(b"\xaa\x03\xfe\x7c\x01\x28")
        assert link.recv(64) == b"\xaa\x01\x02\xad"


# lg-rs232-tv, which Home Assistant uses

def test_lg_rs232_tv_drives_an_emulated_display(emulator, ansible):
    peer("lg_rs232_tv", "lg-rs232-tv (Python 3.12 and newer)")
    from lg_rs232_tv import LGTV
    from lg_rs232_tv.const import InputSource, PowerState

    display = emulator(model="lg", unit=10)

    async def drive():
        television = LGTV(f"socket://{HOST}:{display.port}", set_id=10)
        await television.connect()
        try:
            assert await television.query_power() == PowerState.OFF
            await television.power_on()
            await television.set_volume(12)
            await television.mute_on()
            await television.select_input_source(InputSource.HDMI2)
            return (await television.query_power(), await television.query_volume(), await television.query_mute(),
                    await television.query_input_source())
        finally:
            await television.disconnect()

    assert asyncio.run(asyncio.wait_for(drive(), SECONDS)) == (PowerState.ON, 12, True, InputSource.HDMI2)
    sent = [data for what, data in received(display) if what and what.endswith(".set")]
    assert [bytes.fromhex(data) for data in sent] == [b"ka 0a 01\r", b"kf 0a 0c\r", b"ke 0a 00\r", b"xb 0a 91\r"]

    code, result, printed = ansible.task("localhost", "settings", {
        "host": HOST, "port": display.port, "model": "lg", "unit": 10, "settings": {"power": "on", "volume": 12, "mute": "on", "input": "hdmi2"}})
    assert code == 0 and not result["changed"], printed


# epson-projector, which Home Assistant uses

def test_epson_projector_drives_an_emulated_projector(emulator, ansible, monkeypatch):
    module = peer("epson_projector.projector_tcp", "epson-projector (Python 3.11 and newer)")
    projector = emulator(model="epson", initial={"transition": 1})
    connect = asyncio.open_connection
    # It passes an argument that Python has had no more since 3.10.
    monkeypatch.setattr(asyncio, "open_connection", lambda loop=None, **where: connect(**where))

    async def drive():
        client = module.ProjectorTcp(HOST, projector.port)
        try:
            told = [await client.get_property("PWR", SECONDS), await client.send_command("PWR ON", SECONDS), await client.get_property("PWR", SECONDS)]
            while await client.get_property("PWR", SECONDS) == "02":
                await asyncio.sleep(0.1)
            return [*told, await client.send_command("SOURCE 30", SECONDS), await client.get_property("SOURCE", SECONDS),
                    await client.send_command("FOO", SECONDS)]
        finally:
            client.close()

    assert asyncio.run(asyncio.wait_for(drive(), SECONDS)) == ["00", ":", "02", ":", "30", False]
    code, result, printed = ansible.task("localhost", "settings", {
        "host": HOST, "port": projector.port, "model": "epson", "settings": {"power": "on", "input": "hdmi1"}})
    assert code == 0 and not result["changed"], printed


# aiopjlink

def test_aiopjlink_drives_an_emulated_projector(emulator, ansible):
    library = peer("aiopjlink", "aiopjlink")
    projector = emulator(model="pjlink2", password="JBMIAProjectorLink", initial={"transition": 1, "errors": 0x010000})

    def client(password):
        return library.PJLink(HOST, port=projector.port, password=password, timeout=SECONDS)

    async def drive():
        async with client("JBMIAProjectorLink") as link:
            told = [await link.power.get()]
            await link.power.turn_on()
            told.append(await link.power.get())
            while await link.power.get() is not link.power.ON:
                await asyncio.sleep(0.1)
            await link.sources.set(link.sources.Mode.DIGITAL, 2)
            await link.mute.video(True)
            await link.mute.audio(True)
            await link.freeze.set(True)
            with pytest.raises(library.PJLinkERR2):
                await link.sources.set(link.sources.Mode.DIGITAL, 0)
            return [*told, await link.sources.get(), await link.mute.status(), await link.freeze.get(), await link.lamps.hours(),
                    (await link.errors.query())[link.errors.Category.LAMP], (await link.info.table())["pjlink_class"]]

    async def refused():
        with pytest.raises(library.PJLinkPassword):
            await client("JBMIAProjectorlink").__aenter__()

    power, mode = library.Power.State, library.Sources.Mode
    assert asyncio.run(asyncio.wait_for(drive(), SECONDS)) == [power.OFF, power.WARMING, (mode.DIGITAL, "2"), (True, True), True, 1234,
                                                               library.Errors.Level.WARN, library.PJLink.C2]
    asyncio.run(asyncio.wait_for(refused(), SECONDS))
    wanted = {"power": "on", "input": "digital2", "picture_mute": "on", "mute": "on", "freeze": "on"}
    task = {"host": HOST, "port": projector.port, "model": "pjlink2", "password": "JBMIAProjectorLink", "settings": wanted}
    code, result, printed = ansible.task("localhost", "settings", task)
    assert code == 0 and not result["changed"], printed
    before = len(received(projector))
    code, result, printed = ansible.task("localhost", "settings", dict(task, password="JBMIAProjectorlink", retries=3), "-vvv")
    assert code != 0 and result["error"]["kind"] == "locked" and "refused the password" in result["msg"], printed
    assert len(received(projector)) == before + 1
    assert "projectorlink" not in f"{printed} {projector.journal()}".lower()


# nec_pd_sdk, the maker's own

def test_nec_pd_sdk_drives_an_emulated_display(emulator, ansible):
    sdk = peer("nec_pd_sdk.nec_pd_sdk", "nec_pd_sdk")
    display = emulator(model="nec_display", unit=2)
    client = sdk.NECPD.from_ip_address(HOST, display.port)
    try:
        client.f.settimeout(SECONDS)
        client.helper_set_destination_monitor_id(2)
        assert client.command_power_status_read() == sdk.PD_POWER_STATES["Off"]
        assert client.command_power_status_set(1) == client.command_power_status_read() == 1
        assert client.command_set_parameter(sdk.OPCODE_AUDIO__AUDIO_VOLUME, 33).result == 0
        assert client.command_set_parameter(sdk.OPCODE_AUDIO__AUDIO_VOLUME, 101).result == 1
        assert client.command_get_parameter(sdk.OPCODE_AUDIO__AUDIO_VOLUME).current_value == 33
        assert client.command_set_parameter(sdk.OPCODE_INPUT, 0x12).current_value == 0x12
        with pytest.raises(sdk.PDCommandNotSupportedError):
            client.command_model_name_read()
    finally:
        client.close()
    code, result, printed = ansible.task("localhost", "settings", {
        "host": HOST, "port": display.port, "model": "nec_display", "unit": 2, "settings": {"power": "on", "volume": 33, "input": "hdmi2"}})
    assert code == 0 and not result["changed"], printed


# PyVISA, which benches are automated with

def test_pyvisa_drives_an_emulated_supply(emulator, ansible):
    peer("pyvisa_py", "PyVISA-py")
    manager = peer("pyvisa", "PyVISA").ResourceManager("@py")
    supply = emulator(model="rigol_dp800", initial={"rounding": 0.0002})
    client = manager.open_resource(f"TCPIP::{HOST}::{supply.port}::SOCKET", read_termination="\n", write_termination="\n", timeout=SECONDS * 1000)
    try:
        assert client.query("*IDN?").startswith("RIGOL TECHNOLOGIES,DP832,")
        for command, verdict in ((":SOUR2:VOLT 12", '0,"No error"'), (":SOUR2:VOLT 99", '-222,"Data out of range"'), (":OUTP CH2,ON", '0,"No error"')):
            client.write(command)
            assert client.query(":SYST:ERR?") == verdict
        assert (client.query(":SOUR2:VOLT?"), client.query(":OUTP? CH2"), client.query(":OUTP? CH1")) == ("11.9998", "ON", "OFF")
    finally:
        client.close()
    code, result, printed = ansible.task("localhost", "settings", {
        "host": HOST, "port": supply.port, "model": "rigol_dp800", "settings": {"voltage_setpoint": {"2": 12}}})
    assert code == 0 and not result["changed"], printed


# k8090

def test_k8090_drives_an_emulated_card(emulator, ansible, monkeypatch):
    card_of = peer("k8090.relay_card", "k8090")
    monkeypatch.setattr(card_of.serial, "Serial", lambda port, **dummy: card_of.serial.serial_for_url(port, timeout=SECONDS))
    board = emulator(model="k8090", initial={"relays": [8]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        card = card_of.connect(f"socket://{HOST}:{board.port}")

    def on():
        return [relay.id + 1 for relay in card.relays if relay.status]

    assert on() == [8] and card.firmware_version == "2010.1" and card.jumper_status is False
    card.relays[0].on()
    card.relays[2].on()
    card.relays[7].off()
    until(lambda: card.sync() or on() == [1, 3], SECONDS, "the card does not say what was switched")
    card.serial.close()
    code, result, printed = ansible.task("localhost", "relay", {"host": HOST, "port": board.port, "model": "k8090", "relay": ["1", "3"], "state": "on"})
    assert code == 0 and not result["changed"], printed
    assert board.writes() == ["04 11 01 00 00 EA 0F", "04 11 04 00 00 E7 0F", "04 12 80 00 00 6A 0F"]


# pap-spinel and aiopapouch

def test_spinel_of_pap_spinel_drives_an_emulated_quido(emulator, ansible):
    spinel = peer("pap_spinel", "pap-spinel")
    board = emulator(model="quido", initial={"relays": [8], "inputs": [2], "temperature": -1.5})

    async def talk():
        async with spinel.SpinelClient(spinel.TcpTransport(HOST, board.port), default_timeout=SECONDS) as client:
            def ask(inst, data=b""):
                return client.send_and_ack(addr=1, inst=inst, data=data, sig=2)

            assert (await ask(0xF3)).data == b"Quido 8/8; v0254.02.07"
            await ask(0x20, b"\x81")
            await ask(0x20, b"\x08")
            assert (await ask(0x30)).data == b"\x01" and (await ask(0x31)).data == b"\x02" and (await ask(0x51, b"\x01")).data == b"\x01\xff\xf1"
            with pytest.raises(spinel.SpinelNakError):
                await ask(0x20, b"\x89")

    asyncio.run(talk())
    code, result, printed = ansible.task("localhost", "device_info", {"host": HOST, "port": board.port, "model": "quido"})
    assert code == 0 and [number for number, entry in result["relays"].items() if entry["state"] == "on"] == ["1"], printed
    assert result["inputs"]["2"] == "active" and result["information"]["temperature"] == -1.5, result
    assert board.writes() == ["2A 61 00 06 01 02 20 81 CA 0D", "2A 61 00 06 01 02 20 08 43 0D", "2A 61 00 06 01 02 20 89 C2 0D"]


# pymodbus

def test_a_pymodbus_client_drives_an_emulated_board(emulator):
    client_of = peer("pymodbus.client", "pymodbus").ModbusTcpClient
    board = emulator(model="waveshare_modbus")
    client = client_of(HOST, port=board.port, timeout=60, retries=0)
    try:
        assert client.connect()
        assert not client.write_coil(0, True, device_id=1).isError()
        assert not client.write_coil(7, True, device_id=1).isError()
        assert client.read_coils(0, count=8, device_id=1).bits == [True] + [False] * 6 + [True]
        assert not client.write_coil(0, False, device_id=1).isError()
        assert client.read_coils(0, count=8, device_id=1).bits == [False] * 7 + [True]
        refused = client.write_coil(8, True, device_id=1)
        assert refused.isError() and refused.exception_code == 2
    finally:
        client.close()
    assert [what for what, dummy in received(board)] == ["relays.on", "relays.on", "relays.read", "relays.off", "relays.read", "relays.on"]


class ModbusServer:
    """pymodbus with sixteen coils, in a thread of the test."""

    def __init__(self, port):
        self.make, self.device, self.port = peer("pymodbus.server", "pymodbus").ModbusTcpServer, self._device(), port
        self.loop, self.ready = asyncio.new_event_loop(), threading.Event()
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self._serve(),), daemon=True)
        self.thread.start()
        assert self.ready.wait(SECONDS)

    def _device(self):
        simulator = peer("pymodbus.simulator", "pymodbus")
        coils, others = ([simulator.SimData(0, count=count, values=False, datatype=simulator.DataType.BITS)] for count in (16, 1))
        registers = [simulator.SimData(0, datatype=simulator.DataType.REGISTERS)]
        return simulator.SimDevice(id=1, simdata=(coils, others, registers, registers))

    async def _serve(self):
        self.over = asyncio.Event()
        server = self.make(self.device, address=(HOST, self.port))
        await server.serve_forever(background=True)
        self.ready.set()
        await self.over.wait()
        await server.shutdown()

    def on(self):
        """The numbers of the coils that are on, from 1, as pymodbus' own client reads them."""
        client = peer("pymodbus.client", "pymodbus").ModbusTcpClient(HOST, port=self.port)
        try:
            assert client.connect()
            return [number for number, on in enumerate(client.read_coils(0, count=16, device_id=1).bits, 1) if on]
        finally:
            client.close()

    def close(self):
        self.loop.call_soon_threadsafe(self.over.set)
        self.thread.join(SECONDS)
        assert not self.thread.is_alive()
        self.loop.close()


@pytest.fixture
def modbus_server(free_port, closed):
    peer("pymodbus", "pymodbus")
    return closed(ModbusServer(free_port()))


def test_our_relay_drives_a_pymodbus_server(modbus_server, ansible):
    task = {"host": HOST, "port": modbus_server.port, "model": "waveshare_modbus", "relay": ["1", "8"]}

    def switch(state, *flags):
        code, result, printed = ansible.task("localhost", "relay", dict(task, state=state), *flags)
        assert code == 0, printed
        return result["changed"], [result["relays"][number]["state"] for number in ("1", "8")], modbus_server.on()

    assert switch("on", "--check") == (True, ["on", "on"], [])
    assert switch("on") == (True, ["on", "on"], [1, 8])
    assert switch("on") == (False, ["on", "on"], [1, 8])
    assert switch("off") == (True, ["off", "off"], [])


@pytest.mark.parametrize("reading, stage", [(None, "write"), ({"send": "01 0000 0020", "reply": "01 04 {relays:bits32}"}, "read")])
def test_a_pymodbus_server_refuses_coils_that_it_does_not_have(modbus_server, ansible, reading, stage):
    model = {"extends": "waveshare_modbus", "relays": {"numbers": "1-32", "read": reading}}
    code, result, printed = ansible.task("localhost", "relay", {"host": HOST, "port": modbus_server.port, "model": model, "relay": 32, "state": "on"})
    assert code != 0 and {"kind": "refused", "stage": stage}.items() <= result["error"].items(), printed
    assert " refused to " in result["msg"] and "(illegal data address)" in result["msg"]
    assert modbus_server.on() == [] and not result.get("changed")


# NUT: its server, with the driver that stands in for a UPS

UPSD, DUMMY_UPS = "/lib/nut/upsd", "/lib/nut/dummy-ups"
VARIABLES = {"battery.charge": "97.5", "battery.charge.low": "20", "battery.runtime": "1234", "input.voltage": "229.5", "outlet.1.status": "on",
             "ups.beeper.status": "enabled", "ups.load": "23", "ups.mfr": "Maker", "ups.model": "Smart 700", "ups.status": "OL CHRG"}


class Upsd:
    """A NUT server of one UPS, called su700; user admin with the password secret may do everything."""

    def __init__(self, folder, port):
        self.port, self.processes = port, []
        files = {"ups.conf": "[su700]\n  driver = dummy-ups\n  port = su700.dev\n  desc = \"Development box\"\n",
                 "su700.dev": "".join(f"{name}: {value}\n" for name, value in VARIABLES.items()),
                 "upsd.conf": f"LISTEN {HOST} {port}\nSTATEPATH {folder}\n",
                 "upsd.users": "[admin]\n  password = secret\n  actions = SET\n  instcmds = ALL\n"}
        for name, text in files.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o640)
        self.environment = {**os.environ, **dict.fromkeys(("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH", "NUT_PIDPATH"), str(folder))}
        try:
            self._start(DUMMY_UPS, "-a", "su700")
            self._wait((folder / "dummy-ups-su700").exists)
            self._start(UPSD)
            self._wait(self._serves)
        except BaseException:
            self.close()
            raise

    def _start(self, *command):
        user = pwd.getpwuid(os.getuid()).pw_name
        self.processes.append(subprocess.Popen([*command, "-u", user, "-F"], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def _wait(self, until):
        end = time.monotonic() + SECONDS
        while not until():
            assert time.monotonic() < end and all(process.poll() is None for process in self.processes), "NUT did not start"
            time.sleep(0.05)

    def _serves(self):
        try:
            with socket.create_connection((HOST, self.port), 1) as client:
                client.sendall(b"GET VAR su700 ups.status\n")
                return client.recv(100) == b'VAR su700 ups.status "OL CHRG"\n'
        except OSError:
            return False

    def close(self):
        for process in self.processes:
            process.terminate()
            process.wait(SECONDS)


@pytest.fixture
def upsd(tmp_path, free_port, closed):
    if not all(map(os.path.exists, (UPSD, DUMMY_UPS))):
        pytest.skip("nut-server is not installed")
    return closed(Upsd(tmp_path, free_port()))


def test_a_ups_of_a_real_nut_server(upsd, ansible):
    def told(module, **task):
        return ansible.task("localhost", module, {"host": HOST, "port": upsd.port, **task})[1]

    found = told("device_info", model="nut")
    readings = {"battery_charge": 97.5, "load": 23, "runtime": 1234, "status": "OL CHRG", "temperature": "unknown"}
    assert {name: found["information"][name] for name in readings} == readings, found
    assert {"name": "driver.name", "value": "dummy-ups"} in found["information"]["variables"] and found["identity"]["version"]
    admin = {"model": "nut_admin", "username": "admin", "password": "secret"}
    assert told("settings", settings={"low_battery": 30}, **admin)["settings"]["low_battery"] == {"state": 30, "was": 20}
    assert not told("settings", settings={"low_battery": 30}, **admin)["changed"]
    refused = told("settings", settings={"beeper": "off"}, **admin)
    assert refused["error"]["kind"] == "refused" and "(CMD-NOT-SUPPORTED)" in refused["msg"], refused
    locked = told("settings", settings={"low_battery": 31}, **{**admin, "password": "wrong one"})
    assert locked["error"]["kind"] == "locked" and not locked["changed"], locked
    outlet = told("device_info", **{**admin, "model": {"extends": "nut_outlets", "relays": {"numbers": "1-1"}}})
    assert outlet["relays"]["1"]["state"] == "on", outlet

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of others for audio-visual devices, from PyPI: each sets, reads back, and is refused once by our emulators; our client is, by their servers."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from ansible_collections.bytewire.devices.tests.real.test_peers import HOST, SECONDS, peer
from ansible_collections.bytewire.devices.tests.servers import LoopThread


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, SECONDS))


async def until(condition):
    """Wait for what a program learns by itself."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "the program does not learn it"
        await asyncio.sleep(0.02)


def settings(ansible, port, model, wanted, **others):
    """The result of our own module settings, failed or not."""
    return ansible.task("localhost", "settings", {"host": HOST, "port": port, "model": model, "settings": wanted, **others})[1]


def finds(ansible, emulator, model, wanted, **others):
    """Our own client finds what the program has set, and changes nothing."""
    result = settings(ansible, emulator.port, model, wanted, **others)
    assert "error" not in result and not result["changed"], result


def said(emulator, data):
    """What the emulator answered whenever it heard these bytes; empty where it said nothing before it heard more."""
    told, journal = [], [entry for entry in emulator.journal() if entry["event"] in ("in", "out")]
    for entry, following in zip(journal, [*journal[1:], {"event": "end"}]):
        if entry["event"] == "in" and entry["bytes"] == data.hex(" ").upper():
            told.append(bytes.fromhex(following["bytes"]) if following["event"] == "out" else b"")
    return told


# Displays and projectors

def test_python_samsung_mdc_drives_an_emulated_display(emulator, ansible):
    library = peer("samsung_mdc", "python-samsung-mdc")
    from samsung_mdc.exceptions import NAKError

    display = emulator(model="samsung_mdc", unit=3)

    async def drive():
        async with library.MDC(f"{HOST}:{display.port}", timeout=SECONDS) as client:
            told = [await client.power(3), await client.power(3, ("ON",)), await client.power(3)]
            await client.volume(3, (30,))
            await client.mute(3, ("ON",))
            await client.input_source(3, ("HDMI2",))
            await client.panel(3, ("OFF",))
            with pytest.raises(NAKError):
                await client.input_source(3, ("HDMI2_PC",))  # which is told, and never set
            return [int(value) for value, in (*told, await client.volume(3), await client.mute(3), await client.input_source(3), await client.panel(3))]

    assert run(drive()) == [0, 1, 1, 30, 1, 0x23, 1]
    finds(ansible, display, "samsung_mdc", {"power": "on", "volume": 30, "mute": "on", "input": "hdmi2", "picture_mute": "on"}, unit=3)


def test_benqprojector_drives_an_emulated_projector(emulator, ansible, caplog):
    library = peer("benqprojector", "benqprojector (Python 3.11 and newer)")
    projector = emulator(model="benq_projector")

    async def drive():
        client = library.BenQProjectorTelnet(HOST, projector.port)
        assert await client.connect() and client.model == "W1070"
        try:
            told = [client.power_status, await client.turn_on(), await client.select_video_source("hdmi2"), await client.send_command("blank", "on")]
            await client.mute()
            await client.update_power()
            await client.update_video_source()
            assert await client.send_command("sour", "hdmi9") is None and "Command *sour=hdmi9# unsupported item" in caplog.text
            return [*told, client.power_status, client.video_source, await client.send_command("blank"), await client.send_command("mute")]
        finally:
            await client.disconnect()

    assert run(drive()) == [library.BenQProjector.POWERSTATUS_OFF, True, True, "on", library.BenQProjector.POWERSTATUS_POWERINGON, "hdmi2", "on", "on"]
    finds(ansible, projector, "benq_projector", {"power": "on", "mute": "on", "input": "hdmi2", "picture_mute": "on"})


def test_pysdcp_extended_drives_an_emulated_projector(emulator, ansible):
    library = peer("pysdcp_extended", "pysdcp-extended (Python 3.11 and newer)")
    projector = emulator(model="sony_sdcp_home")
    client = library.Projector(HOST, tcp_port=projector.port)
    client.TCP_TIMEOUT = SECONDS
    assert not client.get_power() and client.set_power() and client.get_power()
    assert client.set_HDMI_input(2) and client.set_muting()
    assert (client.get_input(), client.get_muting(), client.get_lamp_hours()) == ("HDMI 2", True, "1000")
    with pytest.raises(Exception, match="Invalid Item"):
        client.set_screen("ASPECT_RATIO", "NORMAL")
    finds(ansible, projector, "sony_sdcp_home", {"power": "on", "input": "hdmi2", "picture_mute": "on"})


def test_christie_mseries_drives_an_emulated_projector(emulator, ansible):
    """It asks for no acknowledgement: silence is done, and what is refused is told."""
    library = peer("christie_mseries", "christie-mseries (Python 3.11 and newer)")
    projector = emulator(model="christie", initial={"transition": 1})
    with library.ChristieM4K25(HOST, projector.port, timeout=SECONDS) as client:
        told = [client.get_power_state(), client.power_on(), client.get_power_state()]
        while client.get_power_state() is library.PowerState.WARMING:
            time.sleep(0.1)
        client.select_input(3)
        client.close_shutter()
        with pytest.raises(library.ChristieError, match="Christie error 1:"):
            client.select_input(100)
        with pytest.raises(library.ChristieError, match="Control Not Found"):
            client.get_channel()
        told += [client.get_power_state(), client.get_input()[0], client.is_shutter_open()]
    state = library.PowerState
    assert told == [state.STANDBY, None, state.WARMING, state.ON, 3, False]
    finds(ansible, projector, "christie", {"power": "on", "input": 3, "picture_mute": "on"})


@pytest.mark.parametrize("model, options", [("jvc_dila", {}), ("jvc_dila_password", {"password": "s3cret"})])
def test_pyjvcprojector_drives_an_emulated_projector(emulator, ansible, model, options):
    """What is not possible now is not answered. With a password it says that itself first, and its digest when that was refused."""
    library = peer("jvcprojector", "pyjvcprojector (Python 3.11 and newer)")
    from jvcprojector import command

    projector = emulator(model=model, **options)

    async def drive():
        client = library.JvcProjector(HOST, port=projector.port, timeout=2, **options)
        await client.connect()
        try:
            with pytest.raises(library.JvcProjectorTimeoutError, match="Read timeout for command Input"):
                await client.set(command.Input, "hdmi2")
            told = [client.model, await client.get(command.Power)]
            await client.set(command.Power, "on")
            await client.set(command.Input, "hdmi2")
            return [*told, await client.get(command.Power), await client.get(command.Input)]
        finally:
            await client.disconnect()

    assert run(drive()) == ["XHR1", "standby", "on", "hdmi2"]
    finds(ansible, projector, model, {"power": "on", "input": "hdmi2"}, **options)


# Receivers and amplifiers

def test_aiomadeavr_drives_an_emulated_receiver(emulator, ansible):
    """A Denon refuses by silence: what it was told then is not told to anybody, and what came before stays."""
    library = peer("aiomadeavr.avr", "aiomadeavr (Python 3.11 and newer)")
    receiver = emulator(model="denon")

    async def drive():
        client = await library.avr_factory("receiver", HOST, receiver.port, SECONDS)
        try:
            client.turn_on()
            await until(lambda: client.power == "On")
            client.set_volume(42)
            client.mute_volume(True)
            client.select_source("Media Player")
            await until(lambda: (client.volume, client.muted, client.source) == (42, True, "Media Player"))
            client.select_source("LastFM")
            client.set_volume(43)
            await until(lambda: client.volume == 43)
            assert client.source == "Media Player"
        finally:
            await client.aclose()

    run(drive())
    assert said(receiver, b"SIMPLAY\r") == [b"SIMPLAY\r"] and said(receiver, b"SILASTFM\r") == [b""]
    finds(ansible, receiver, "denon", {"power": "on", "volume": 43, "mute": "on", "input": "media_player"})


def test_aioonkyo_drives_an_emulated_receiver(emulator, ansible):
    """It ends lines with CR LF, where our requests end with CR."""
    library = peer("aioonkyo", "aioonkyo (Python 3.13 and newer)")
    receiver = emulator(model="onkyo")

    async def drive():
        main, command, query = library.Zone.MAIN, library.command, library.query
        source = command.InputSource.Param
        async with library.connect(library.BasicReceiverInfo(host=HOST, port=receiver.port)) as client:
            async def ask(message):
                await client.write(message)
                return await client.read()

            told = [(await ask(query.Power(main))).param]
            for order in (command.Power(main, command.Power.Param.ON), command.Volume(main, 30), command.Muting(main, command.Muting.Param.ON),
                          command.InputSource(main, source.BD)):
                await ask(order)
            told += [(await ask(question)).param for question in (query.Power(main), query.Volume(main), query.Muting(main), query.InputSource(main))]
            assert isinstance(await ask(command.InputSource(main, source.VIDEO7)), library.status.NotAvailable)
            return told, [command.Power.Param.STANDBY, command.Power.Param.ON, 30, command.Muting.Param.ON, source.BD]

    told, expected = run(drive())
    assert told == expected
    finds(ansible, receiver, "onkyo", {"power": "on", "volume": 30, "mute": "on", "input": "bd"})


def test_ynca_drives_an_emulated_receiver(emulator, ansible):
    library = peer("ynca", "ynca (Python 3.11 and newer)")
    receiver = emulator(model="yamaha_ynca")
    found = library.YncaApi(f"socket://{HOST}:{receiver.port}").connection_check()
    assert (found.modelname, found.zones) == ("RX-A2A", ["MAIN"])
    told, over = [], threading.Event()

    def take(status, dummy, function, value):
        told.append((status.name, function, value))
        if function == "VERSION":
            over.set()

    client = library.YncaConnection(f"socket://{HOST}:{receiver.port}")
    client.register_message_callback(take)
    try:
        client.connect()
        for function, value in (("PWR", "On"), ("VOL", "-30.5"), ("MUTE", "On"), ("INP", "HDMI2"), ("VOL", "99.0")):
            client.put("MAIN", function, value)
        for function in ("PWR", "VOL", "MUTE", "INP"):
            client.get("MAIN", function)
        client.get("SYS", "VERSION")
        assert over.wait(SECONDS)
    finally:
        client.close()
    values = [("OK", "PWR", "On"), ("OK", "VOL", "-30.5"), ("OK", "MUTE", "On"), ("OK", "INP", "HDMI2")]
    assert told == [*values, ("UNDEFINED", None, None), *values, ("OK", "VERSION", "1.75")]
    finds(ansible, receiver, "yamaha_ynca", {"power": "on", "volume": -30.5, "mute": "on", "input": "hdmi2"})


@pytest.fixture
def ynca_server(free_port):
    """The receiver that ynca emulates; it says nothing to what changes nothing, and tells what else a change brings with it."""
    module = peer("ynca.debug_server", "ynca (Python 3.11 and newer)")
    with module.YncaServer((HOST, free_port())) as server:
        for function, value in (("PWR", "Standby"), ("VOL", "-40.0"), ("MUTE", "Off"), ("INP", "HDMI1"), ("STRAIGHT", "Off"), ("SOUNDPRG", "Standard")):
            server.store.add_data("MAIN", function, value)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(SECONDS)
        assert not thread.is_alive()


def test_our_settings_drive_the_receiver_of_ynca(ynca_server, ansible):
    port = ynca_server.server_address[1]
    wanted = {"power": "on", "input": "hdmi2", "volume": -30.5, "mute": "on"}
    first = settings(ansible, port, "yamaha_ynca", wanted)
    assert "error" not in first and first["changed"], first
    assert {name: ynca_server.store.get_data("MAIN", name) for name in ("PWR", "INP", "VOL", "MUTE")} == {
        "PWR": "On", "INP": "HDMI2", "VOL": "-30.5", "MUTE": "On"}
    again = settings(ansible, port, "yamaha_ynca", wanted)
    assert "error" not in again and not again["changed"], again
    scene = "@MAIN:SCENE=Scene {value:d}\r\n"
    model = {"extends": "yamaha_ynca", "settings": {"scene": {"range": "1-4", "set": {"send": scene, "reply": scene}}}}
    refused = settings(ansible, port, model, {"scene": 2})
    assert refused["error"]["kind"] == "refused", refused


def test_arcam_fmj_drives_an_emulated_receiver(emulator, ansible):
    peer("arcam.fmj.client", "arcam-fmj (Python 3.12 and newer)")
    from arcam.fmj import client as library
    from arcam.fmj.errors import ParameterNotRecognised
    from arcam.fmj.state import State

    receiver = emulator(model="arcam")

    async def drive():
        async with library.ClientContext(library.Client(HOST, receiver.port)) as client:
            state = State(client, 1)
            await state.set_power(True)
            await state.set_volume(42)
            with pytest.raises(ParameterNotRecognised):
                await state.set_volume(100)
            async with state:
                await state.update()
            return state.model, state.get_power(), state.get_volume(), state.get_mute()

    assert run(drive()) == ("AVR450", True, 42, True)
    finds(ansible, receiver, "arcam", {"power": "on", "volume": 42})


class ArcamServer:
    """The receiver that arcam-fmj emulates, with what it is told kept; it goes to no volume above 70."""

    def __init__(self, port):
        self.port, self.state = port, {"power": 0, "volume": 20}
        self.loop = LoopThread()
        self.server = peer("arcam.fmj.server", "arcam-fmj (Python 3.12 and newer)").Server(HOST, port, "AVR450")
        for command, handler in ((0x00, self.power), (0x08, self.remote), (0x0D, self.volume)):
            self.server.register_handler(1, command, None, handler)
        self.loop.run(self.server.start())

    def power(self, **dummy):
        return bytes([self.state["power"]])

    def remote(self, data, **dummy):
        self.state["power"] = int(data == b"\x10\x7b")
        return data

    def volume(self, data, **dummy):
        from arcam.fmj.errors import ParameterNotRecognised

        if data != b"\xf0":
            if data[0] > 70:
                raise ParameterNotRecognised
            self.state["volume"] = data[0]
        return bytes([self.state["volume"]])

    def close(self):
        self.loop.run(self.server.stop())
        self.loop.end(lambda: None)


def test_our_settings_drive_the_receiver_of_arcam_fmj(ansible, free_port, closed):
    peer("arcam.fmj.server", "arcam-fmj (Python 3.12 and newer)")
    server = closed(ArcamServer(free_port()))
    first = settings(ansible, server.port, "arcam", {"power": "on", "volume": 42})
    assert "error" not in first and first["changed"] and server.state == {"power": 1, "volume": 42}, first
    again = settings(ansible, server.port, "arcam", {"power": "on", "volume": 42})
    assert "error" not in again and not again["changed"], again
    refused = settings(ansible, server.port, "arcam", {"volume": 71})
    assert refused["error"]["kind"] == "refused" and "(it does not have this value)" in refused["msg"], refused
    assert server.state["volume"] == 42


def test_anthemav_drives_an_emulated_receiver(emulator, ansible, caplog):
    library = peer("anthemav", "anthemav")
    receiver = emulator(model="anthem")

    async def drive():
        client = await library.Connection.create(host=HOST, port=receiver.port)
        try:
            device = client.protocol
            await device.wait_for_device_initialised(SECONDS)
            zone = device.zones[1]
            assert device.model == "MRX 720" and not zone.power
            zone.power = True
            await until(lambda: zone.power)
            zone.attenuation, zone.mute, zone.input_number = -35, True, 3
            await until(lambda: (zone.attenuation, zone.mute, zone.input_number) == (-35, True, 3))
            zone.input_number = 31
            await until(lambda: "Out-of-range command: Z1INP31" in caplog.text)
            assert zone.input_number == 3
        finally:
            client.close()

    run(drive())
    finds(ansible, receiver, "anthem", {"power": "on", "volume": -35, "mute": "on", "input": 3})


def test_aiopioneer_drives_an_emulated_receiver(emulator, ansible):
    library = peer("aiopioneer", "aiopioneer (Python 3.11 and newer)")
    from aiopioneer.const import Zone
    from aiopioneer.exceptions import AVRCommandResponseError

    receiver = emulator(model="pioneer", initial={"settings": {"power": "off"}})

    async def drive():
        client = library.PioneerAVR(HOST, receiver.port, timeout=SECONDS, params={"ignore_volume_check": True})
        await client.connect(reconnect=False)
        try:
            await client.query_zones()
            assert client.properties.zones == {Zone.Z1} and not client.properties.power[Zone.Z1]
            await client.power_on()
            await client.set_volume_level(121)
            await client.mute_on()
            await client.select_source(25)
            with pytest.raises(AVRCommandResponseError, match="invalid parameter"):
                await client.send_raw_request("186VL", "VOL")
            for question in ("query_power", "query_volume", "query_mute", "query_source"):
                await client.send_command(question)
            return [getattr(client.properties, name)[Zone.Z1] for name in ("power", "volume", "mute", "source_id")]
        finally:
            await client.shutdown()

    assert run(drive()) == [True, 121, True, 25]
    finds(ansible, receiver, "pioneer", {"power": "on", "volume": 121, "mute": "on", "input": 25})


def test_hegel_ip_client_drives_an_emulated_amplifier(emulator, ansible):
    library = peer("hegel_ip_client", "hegel-ip-client (Python 3.11 and newer)")
    amplifier = emulator(model="hegel")

    async def drive():
        client = library.HegelClient(HOST, amplifier.port)
        await client.start()
        try:
            for command in ("-p.1", "-v.20", "-m.1", "-i.3"):
                assert (await client.send(command)).has_changes()
            assert not (await client.send("-v.101")).has_changes()
            told = [await client.send(question) for question in ("-p.?", "-v.?", "-m.?", "-i.?")]
            return told[0].power, told[1].volume, told[2].mute, told[3].input
        finally:
            await client.stop()

    assert run(drive()) == (True, 0.2, True, 3)
    assert said(amplifier, b"-v.101\r") == [b"-e.1\r"]
    finds(ansible, amplifier, "hegel", {"power": "on", "volume": 20, "mute": "on", "input": 3})


def test_lyngdorf_drives_an_emulated_amplifier(emulator, ansible, monkeypatch):
    """Commands are not answered: it learns what they did with its next connection."""
    library = peer("lyngdorf", "lyngdorf (Python 3.11 and newer)")
    from lyngdorf import api

    amplifier = emulator(model="lyngdorf_tdai")
    monkeypatch.setattr(api, "DEFAULT_LYNGDORF_PORT", amplifier.port)

    async def connected(what):
        client = await library.create_receiver(HOST, library.LyngdorfModel.TDAI_2170)
        await client.connect()
        try:
            return await what(client)
        finally:
            await client.disconnect()

    async def change(client):
        await client.set_power(True)
        await client.volume.set(-35.5)
        await client.set_muted(True)
        await until(lambda: said(amplifier, b"!VOL(-355)\r") and said(amplifier, b"!MUTEON\r"))
        await client.volume.set(12.5)
        await until(lambda: said(amplifier, b"!VOL(125)\r"))

    async def read(client):
        await until(lambda: client.muted is not None and client.power_on is not None and client.volume.value is not None)
        return client.power_on, client.volume.value, client.muted

    async def drive():
        before = await connected(read)
        await connected(change)
        return before, await connected(read)

    assert run(drive()) == ((False, -99.9, False), (True, -35.5, True))
    assert said(amplifier, b"!VOL(125)\r") == [b""]
    finds(ansible, amplifier, "lyngdorf_tdai", {"power": "on", "volume": -35.5, "mute": "on"})


def test_pymonoprice_drives_an_emulated_amplifier(emulator, ansible):
    library = peer("pymonoprice", "pymonoprice (Python 3.12 and newer)")
    amplifier = emulator(model="monoprice")
    client = library.get_monoprice(f"socket://{HOST}:{amplifier.port}")
    client.set_power(12, True)
    client.set_volume(12, 20)
    client.set_source(12, 3)
    client.set_mute(12, True)
    zone = client.zone_status(12)
    assert (zone.zone, zone.power, zone.volume, zone.source, zone.mute) == (12, True, 20, 3, True)
    assert client.zone_status(17) is None
    assert said(amplifier, b"?17\r") == [b"?17\r\n#\r\nCommand Error.\r\n#"]
    finds(ansible, amplifier, "monoprice", {"power": {2: "on"}, "volume": {2: 20}, "input": {2: 3}, "mute": {2: "on"}})


# Switchers, and contact closures

def test_lw2_drives_an_emulated_matrix(emulator, ansible):
    library = peer("lw2.lightware", "lw2")
    from lw2.commands import QueryConnections

    four = {"index": {"name": "output", "numbers": "1-4"}}
    model = {"extends": "lightware_lw2", "settings": {"route": dict(four, range="1-4"), "mute": four}}
    matrix = emulator(model=model)

    async def drive():
        client = library.LightwareLW2(HOST, matrix.port, 4, 4)
        await client.switch(3, 2)
        await client.switch(4, 1)
        with pytest.raises(library.InvalidInputNumber):
            await client.switch(5, 2)
        await client.send_command(QueryConnections())
        return {output.idx: source.idx for output, source in client.mapping.items()}

    assert run(drive()) == {1: 4, 2: 3, 3: 1, 4: 1}
    finds(ansible, matrix, model, {"route": {1: 4, 2: 3}})


def test_hdmimatrix_drives_an_emulated_matrix(emulator, ansible):
    library = peer("hdmimatrix", "hdmimatrix")
    matrix = emulator(model="avgear")

    async def drive():
        async with library.AsyncHDMIMatrix(HOST, matrix.port) as client:
            await client.route_input_to_output(3, 2)
            await client._process_request(b"OUT05:01.")  # which it would not send by itself
            return client.parse_video_status(await client.get_video_status())

    assert run(drive()) == {1: 1, 2: 3, 3: 1, 4: 1}
    assert said(matrix, b"OUT02:03.") == said(matrix, b"OUT05:01.") == [b""]
    finds(ansible, matrix, "avgear", {"route": {2: 3}})


def test_pyitach_drives_emulated_relays(emulator, ansible):
    library = peer("pyitach", "pyitach (Python 3.11 and newer)")
    unit = emulator(model="global_cache")

    async def drive():
        async with library.ItachClient(HOST, unit.port) as client:
            assert await client.async_get_devices() == ["device,0,0 ETHERNET", "device,1,3 RELAY"]
            told = [await client.async_send_command(command + "\r") for command in ("setstate,1:2,1", "getstate,1:2", "getstate,1:1", "setstate,1:4,1")]
            with pytest.raises(library.ItachCommandError):
                await client.async_get_net()
            return told

    assert run(drive()) == ["state,1:2,1", "state,1:2,1", "state,1:1,0", "ERR_0:0,001"]
    code, result, printed = ansible.task("localhost", "relay", {"host": HOST, "port": unit.port, "model": "global_cache", "relay": 2, "state": "on"})
    assert code == 0 and not result["changed"], printed


# Lighting

def test_aiolip_drives_an_emulated_processor(emulator, ansible, monkeypatch, caplog):
    """What it reads has to begin with the login prompt: it takes no options of Telnet."""
    library = peer("aiolip", "aiolip")
    model = {"extends": "lutron", "transport": "tcp"}
    processor = emulator(model=model, password="integration", initial={"username": "lutron"})
    monkeypatch.setattr(library, "LIP_PORT", processor.port)
    wait = asyncio.wait
    # It passes coroutines, which Python has not taken since 3.11.
    monkeypatch.setattr(library.asyncio, "wait", lambda coroutines, **options: wait([asyncio.ensure_future(each) for each in coroutines], **options))

    async def drive():
        client, told = library.LIP(), []
        client.subscribe(told.append)
        await client.async_connect(HOST)
        reading = asyncio.create_task(client.async_run())
        try:
            await client.action(library.LIPMode.OUTPUT, 3, 1, 50)
            await client.query(library.LIPMode.OUTPUT, 3, 1)
            await until(lambda: len(told) == 2)
            await client.action(library.LIPMode.OUTPUT, 3, 1, 101)
            await until(lambda: "~ERROR,4" in caplog.text)
        finally:
            await client.async_stop()
            reading.cancel()
        return [(message.integration_id, message.action_number, message.value) for message in told]

    assert run(drive()) == [(3, 1, 50.0)] * 2
    finds(ansible, processor, model, {"light": {3: 50}}, username="lutron", password="integration")

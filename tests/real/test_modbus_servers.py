# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our tasks with the server of pymodbus, which has the coils, inputs and registers of each device that there is a Modbus page of."""

from __future__ import annotations

import json
import time

import pytest

from ansible_collections.bytewire.devices.tests.real.test_peers import HOST, ModbusServer, peer

LAST = 0x2000
COILS, INPUTS, HOLDING, INPUT_REGISTERS, WRITE_COIL, WRITE_REGISTER, WRITE_REGISTERS = 1, 2, 3, 4, 5, 6, 16
EIGHT = {COILS: range(8), WRITE_COIL: range(8), INPUTS: range(8)}
MAPS = {
    "modbus_coils": {COILS: range(8), WRITE_COIL: range(8)},
    "modbus_registers": {HOLDING: range(100), WRITE_REGISTER: range(100), INPUT_REGISTERS: range(100)},
    "moxa_e1200": {COILS: [*range(6), *range(0x10, 0x16)], WRITE_COIL: [*range(6), *range(0x10, 0x16)], INPUTS: range(6), HOLDING: range(52, 58),
                   WRITE_REGISTER: range(52, 58)},
    "adam_6050": {COILS: range(0x10, 0x16), WRITE_COIL: range(0x10, 0x16), INPUTS: range(12)},
    "wago_750": {COILS: range(0x208), WRITE_COIL: [*range(8), *range(0x200, 0x208)], INPUTS: range(8)},
    "denkovi_ip16": {COILS: range(16), WRITE_COIL: range(16)},
    "controlbyweb": {COILS: [0], WRITE_COIL: [0], INPUTS: [0], WRITE_REGISTERS: [0x10]},
    "beckhoff_bc9000": {**EIGHT, HOLDING: [0x1120], WRITE_REGISTER: [0x1120]},
    "brainboxes_modbus": EIGHT,
    "netio_modbus": {COILS: range(101, 105), INPUT_REGISTERS: [2, 101]},
}
"""What a device has, by function. Where a request begins elsewhere it is refused with exception 2."""


class Device(ModbusServer):
    """A server with the points of one device. Its first and its last input are active; holding and input registers are their own addresses."""

    def __init__(self, port, model):
        self.points = MAPS[model]
        super().__init__(port)

    def _device(self):
        simulator = peer("pymodbus.simulator", "pymodbus")
        active = [number in (min(self.points.get(INPUTS, [1])), max(self.points.get(INPUTS, [1]))) for number in range(16)]
        coils = [simulator.SimData(0, count=LAST, values=False, datatype=simulator.DataType.BITS)]
        inputs = [simulator.SimData(0, values=active, datatype=simulator.DataType.BITS)]
        registers = [simulator.SimData(0, values=list(range(LAST)), datatype=simulator.DataType.REGISTERS)]
        return simulator.SimDevice(id=1, simdata=(coils, inputs, registers, registers), action=self.act)

    async def act(self, function, dummy_start, address, dummy_count, registers, values):
        """The exception that a request is answered with, or None."""
        if address not in self.points.get(function, ()):
            return peer("pymodbus.constants", "pymodbus").ExcCodes.ILLEGAL_ADDRESS
        written = function in (WRITE_COIL, WRITE_REGISTER, WRITE_REGISTERS) and values is None  # pymodbus looks at what it wrote, for its answer
        return None if written else self.behaves(function, address, registers, values)

    def behaves(self, function, address, registers, values):
        """What else the device does with a request."""

    def client(self, ask):
        """What pymodbus' own client is told."""
        client = peer("pymodbus.client", "pymodbus").ModbusTcpClient(HOST, port=self.port)
        try:
            assert client.connect()
            return ask(client)
        finally:
            client.close()

    def coils(self, first):
        return [number for number, on in enumerate(self.client(lambda client: client.read_coils(first, count=16, device_id=1)).bits, 1) if on]


class Wago(Device):
    """Outputs are written at 0 and on, or at 0200 and on, and told at 0200 and on; at 0 and on the inputs are told."""

    def __init__(self, port, model):
        self.outputs = 0
        super().__init__(port, model)

    def behaves(self, function, address, registers, values):
        if function == WRITE_COIL:
            bit = 1 << address % 0x200
            self.outputs = self.outputs | bit if values[0] else self.outputs & ~bit
        elif function == COILS:
            registers[0], registers[0x200 // 16] = 0x81, self.outputs


class Beckhoff(Device):
    """A watchdog of 1000 ms, which the first write starts, and which lets the outputs fall; while it runs it cannot be set."""

    def __init__(self, port, model):
        self.written = None
        super().__init__(port, model)

    def _device(self):
        device = super()._device()
        self.time = 1000
        return device

    def behaves(self, function, address, registers, values):
        running = self.written is not None and self.time
        if function == WRITE_REGISTER:
            if running:
                return peer("pymodbus.constants", "pymodbus").ExcCodes.ILLEGAL_VALUE
            self.time = values[0]
        elif function == HOLDING:
            registers[0x1120] = self.time
        elif function == WRITE_COIL:
            self.written = time.monotonic()
        elif function == COILS and running and time.monotonic() - self.written > self.time / 1000:
            registers[0] = 0
        return None


SERVERS = {"wago_750": Wago, "beckhoff_bc9000": Beckhoff}


@pytest.fixture
def device(free_port, closed):
    peer("pymodbus", "pymodbus")
    return lambda model: closed(SERVERS.get(model, Device)(free_port(), model))


@pytest.fixture
def tasks(ansible):
    """The results of tasks with one device, in one play: {name of the module: its options}."""
    def play(server, model, *wanted):
        ansible.hosts({"device": {"ansible_connection": "local", "ansible_host": HOST}}, bytewire_port=server.port, bytewire_model=model)
        steps = [{f"bytewire.devices.{module}": options, "register": f"result_{number}", "ignore_errors": True}
                 for number, (module, options) in enumerate(wanted)]
        names = ", ".join(f"result_{number}" for number in range(len(wanted)))
        path = ansible.folder / "results.json"
        done = ansible.play([*steps, {"ansible.builtin.copy": {"dest": str(path), "content": f"{{{{ [{names}] | to_json }}}}"}}])
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(path.read_text())
    return play


@pytest.mark.parametrize("model, first, last, coil", [
    ("modbus_coils", 1, 8, 0), ("moxa_e1200", 1, 6, 0), ("adam_6050", 1, 6, 0x10), ("wago_750", 1, 8, 0x200), ("denkovi_ip16", 1, 16, 0),
    ("controlbyweb", 1, 1, 0), ("brainboxes_modbus", 1, 8, 0),
])
def test_relays_are_switched_read_back_and_refused(model, first, last, coil, device, tasks):
    server = device(model)
    both = {"relay": sorted({f"{first}", f"{last}"}), "state": "on"}
    elsewhere = {"extends": model, "relays": {"on": {"send": "05 {index+4096:u16} FF00", "reply": "05 {index+4096:u16} FF00"}}}
    on, again, told, off, refused = tasks(server, model, ("relay", both), ("relay", both), ("device_info", {}), ("relay", {"relay": [f"{first}"],
                                          "state": "off"}), ("relay", {"model": elsewhere, "relay": [f"{first}"], "state": "on"}))
    assert on["changed"] and {entry["state"] for entry in on["relays"].values()} == {"on"}, on
    assert not again["changed"] and not again["failed"], again
    assert {number for number, entry in told["relays"].items() if entry["state"] == "on"} == {f"{first}", f"{last}"}, told
    inputs = told.get("inputs", {})
    assert [number for number in inputs if inputs[number] == "active"] == list(dict.fromkeys(list(inputs)[:1] + list(inputs)[-1:])), told
    assert off["changed"] and off["relays"][f"{first}"]["state"] == "off", off
    assert refused["failed"] and refused["error"]["kind"] == "refused" and "(illegal data address)" in refused["msg"], refused
    assert server.coils(coil) == ([] if first == last else [last])


def test_pulses_of_a_moxa(device, tasks):
    server = device("moxa_e1200")
    on, again, refused = tasks(server, "moxa_e1200", ("settings", {"settings": {"pulse": {"6": "on"}, "pulse_width": {"1": 3}}}),
                               ("settings", {"settings": {"pulse": {"6": "on"}, "pulse_width": {"1": 3}}}),
                               ("settings", {"model": {"extends": "moxa_e1200", "setting": {"index": {"numbers": "1-7"}}}, "settings": {"pulse": {"7": "on"}}}))
    assert on["changed"] and on["settings"]["pulse"]["6"] == {"state": "on", "was": "off"}, on
    assert on["settings"]["pulse_width"]["1"] == {"state": 3, "was": 52}, on
    assert not again["changed"] and not again["failed"], again
    assert refused["failed"] and "(illegal data address)" in refused["msg"], refused
    assert server.coils(0x10) == [6]
    assert server.client(lambda client: client.read_holding_registers(52, count=1, device_id=1)).registers == [3]


def test_the_seconds_of_a_pulse_are_those_that_pymodbus_reads(device, tasks):
    server = device("controlbyweb")
    pulsed, = tasks(server, "controlbyweb", ("relay", {"relay": "1", "state": "pulsed", "duration": 10}))
    assert pulsed["changed"], pulsed
    server.points = {HOLDING: [0x10]}
    words = server.client(lambda client: client.read_holding_registers(0x10, count=2, device_id=1)).registers
    mixin = peer("pymodbus.client.mixin", "pymodbus").ModbusClientMixin
    assert mixin.convert_from_registers(words, mixin.DATATYPE.FLOAT32, word_order="little") == 10


def test_registers(device, tasks):
    server = device("modbus_registers")
    wide = {"extends": "modbus_registers", "settings": {"register": {"index": {"numbers": "0-120"}}}}
    told, changed, again, refused = tasks(server, "modbus_registers", ("settings", {"settings": {"register": {"40": 40}}}),
                                          ("settings", {"settings": {"register": {"40": 65535, "99": 0}}}),
                                          ("settings", {"settings": {"register": {"40": 65535, "99": 0}}}),
                                          ("settings", {"model": wide, "settings": {"register": {"120": 1}}}))
    assert not told["changed"] and not told["failed"], told
    assert changed["settings"]["register"] == {"40": {"state": 65535, "was": 40}, "99": {"state": 0, "was": 99}}, changed
    assert not again["changed"] and not again["failed"], again
    assert refused["failed"] and "(illegal data address)" in refused["msg"], refused
    assert server.client(lambda client: client.read_holding_registers(40, count=1, device_id=1)).registers == [65535]


def test_the_watchdog_of_a_beckhoff_is_switched_off_before_anything_is_switched(device, tasks):
    server = device("beckhoff_bc9000")
    off, on, told = tasks(server, "beckhoff_bc9000", ("settings", {"settings": {"watchdog": 0}}), ("relay", {"relay": "8", "state": "on"}),
                          ("device_info", {}))
    assert off["settings"]["watchdog"] == {"state": 0, "was": 1000}, off
    assert on["changed"] and told["relays"]["8"]["state"] == "on", told
    assert [number for number, state in told["inputs"].items() if state == "active"] == ["1", "8"], told
    time.sleep(1.1)
    assert server.coils(0) == [8]


def test_a_watchdog_that_runs_refuses_and_lets_the_outputs_fall(device, tasks):
    server = device("beckhoff_bc9000")
    on, refused = tasks(server, "beckhoff_bc9000", ("relay", {"relay": "1", "state": "on"}), ("settings", {"settings": {"watchdog": 0}}))
    assert on["changed"], on
    assert refused["failed"] and refused["error"]["kind"] == "refused" and "(illegal data value)" in refused["msg"], refused
    time.sleep(1.1)
    assert server.coils(0) == []


def test_outlets_that_can_only_be_read(device, tasks):
    server = device("netio_modbus")
    told, = tasks(server, "netio_modbus", ("device_info", {}))
    assert {entry["state"] for entry in told["relays"].values()} == {"off"} and told["information"]["voltage"] == 0.2, told
    assert told["information"]["current_4"] == 0.104, told

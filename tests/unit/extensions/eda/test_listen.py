# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source listen, called by sockets and by emulated devices."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import random
import socket
import ssl

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.caller import call
from ansible_collections.bytewire.devices.tests.waiting import within

ALARMS = {"notation": "text", "info": {
    "alarm": {"send": "ALARM {zone:d} {state:text}\r\n", "reply": "ACK {zone:d}\r\n", "refused": "NAK\r\n"},
    "login": {"send": "PASS {password:text}\r\n"},
    "count": {"send": "COUNT {count:d}\r\n"},
}}
BARCODES = {"notation": "text", "info": {"code": {"send": "{code:text}"}}}
FRAMED = {"notation": "hex", "frame": {"send": "AA {length:u8} {payload} {:sum8}", "reply": "AA {length:u8} {payload} {:sum8}"},
          "info": {"level": {"send": "01 {level:u16}", "reply": "55"}}}


async def connected(port, host="127.0.0.1", source="127.0.0.1", **tls):
    """A device's end of a call, once somebody listens."""
    for dummy in range(500):
        try:
            return await asyncio.open_connection(host, port, local_addr=(source, 0), **tls)
        except ConnectionRefusedError:
            await asyncio.sleep(0.01)
    raise AssertionError("nobody listens")


async def said(port, data, **how):
    """A device that calls, says this, and stays; its writer and reader."""
    reader, writer = await connected(port, **how)
    writer.write(data)
    await writer.drain()
    return reader, writer


async def ended(reader, seconds=3):
    """True once the listener has closed."""
    async with within(seconds):
        with contextlib.suppress(ConnectionError):
            while await reader.read(100):
                pass
    return True


async def test_a_message_and_nothing_but_messages(listen, port):
    async with listen.running(port=port) as events:
        reader, writer = await said(port, b"noise\r\x1bBUFFER FULL\r\x1bDOOR")
        await events.until(1)
        writer.write(b" OPEN\r")
        await events.until(2)
        assert writer.get_extra_info("sockname")[1] == events[0]["peer"]["port"]
        with pytest.raises(asyncio.TimeoutError):  # it answers nothing unless told to
            await asyncio.wait_for(reader.read(1), 0.05)
    assert events.values_of("type", "port", "model", "message") == [("message", port, "esc_cr", "command")] * 2
    assert [event["fields"] for event in events] == [{"command": "BUFFER FULL"}, {"command": "DOOR OPEN"}]
    assert events[0]["peer"]["address"] == "127.0.0.1" and events[0]["peer"]["certificate"] is None
    assert set(events[0]) == {"type", "time", "peer", "port", "model", "message", "fields"}


async def test_fields_have_their_types_and_secrets_stay_out(listen, port):
    async with listen.running(port=port, model=ALARMS, answer={}) as events:
        reader, dummy = await said(port, b"PASS sesame\r\nALARM 7 smoke in cellar\r\nCOUNT 12\r\n")
        await events.until(3)
        answer = await asyncio.wait_for(reader.readline(), 2)
    assert events.values_of("message", "fields") == [("login", {}), ("alarm", {"zone": 7, "state": "smoke in cellar"}), ("count", {"count": 12})]
    assert answer == b"ACK 7\r\n"


async def test_binary_frames_with_a_checksum(listen, port):
    async with listen.running(port=port, model=FRAMED, answer={}) as events:
        reader, writer = await said(port, bytes.fromhex("AA 03 01 02 03"))
        await asyncio.sleep(0.05)
        writer.write(bytes.fromhex("B3"))
        await events.until(1)
        answer = await asyncio.wait_for(reader.readexactly(4), 2)
    assert events[0]["fields"]["level"] == 0x0203 and answer == bytes.fromhex("AA 01 55 00")


async def test_a_message_without_an_end_is_ended_by_silence_or_by_leaving(listen, port):
    async with listen.running(port=port, model=BARCODES) as events:
        dummy, writer = await said(port, b"4006381")
        await asyncio.sleep(0.01)
        writer.write(b"333931")
        await events.until(1)
        writer.write(b"42")
        await writer.drain()
        writer.close()
        await events.until(2, seconds=1)
    assert [event["fields"]["code"] for event in events] == ["4006381333931", "42"]


async def test_the_module_command_can_call(listen, port, perform_task):
    async with listen.running(port=port, answer={"reply": "TAKEN"}) as events:
        (await connected(port))[1].close()
        options = {"host": "127.0.0.1", "port": port, "model": "esc_cr", "command": "DOOR OPEN"}
        result = await asyncio.to_thread(perform_task, command, options)
    assert result["reply"] == "TAKEN" and events[0]["fields"] == {"command": "DOOR OPEN"}


async def test_emulated_devices_call_from_their_own_addresses(listen, emulated, port):
    units = [emulated("esc_cr", host=f"127.0.7.{number}") for number in (1, 2)]
    options = {"host": "127.0.0.1", "port": port, "message": "command", "fields": {"command": "FULL"}, "timeout": 2}
    async with listen.running(port=port, answer={"reply": "OK"}) as events:
        (await connected(port))[1].close()
        calls = [asyncio.run_coroutine_threadsafe(call(unit.server, options), unit.loop) for unit in units]
        answers = [await asyncio.wrap_future(one) for one in calls]
        await events.until(2)
    assert answers == [{"device": unit.server.name, "reply": {"reply": "OK"}} for unit in units]
    assert {event["peer"]["address"] for event in events} == {"127.0.7.1", "127.0.7.2"}
    assert [entry["bytes"] for entry in units[0].journal.entries if entry["event"] == "call"] == ["1B 46 55 4C 4C 0D"]


def test_a_call_that_cannot_be(emulated, free_port):
    unit, options = emulated("esc_cr"), {"host": "127.0.0.1", "port": free_port(), "message": "command", "fields": {"command": "X"}, "timeout": 1}

    def fails(**others):
        with pytest.raises((OSError, ValueError)) as failure:
            unit.run(call(unit.server, {**options, **others}))
        return str(failure.value)

    assert f"127.0.0.1 could not call 127.0.0.1:{options['port']}: " in fails()
    assert "there is no message 'alarm'; esc_cr has command" in fails(message="alarm")
    assert "command" in fails(fields={})


@pytest.mark.parametrize("message, end", [(b"\x1b" + b"x" * 65, b""), (b"\x1b" + b"x" * 70, b"\r"), (b"x" * 100, b"")])
async def test_a_message_that_is_too_long_closes(listen, port, message, end):
    async with listen.running(port=port, longest=64) as events:
        reader, dummy = await said(port, message + end)
        assert await ended(reader)
        other = await said(port, b"\x1b" + b"y" * 62 + b"\r")  # as long as may be
        await events.until(1)
        other[1].close()
    assert events[0]["fields"]["command"] == "y" * 62


async def test_connections_are_counted(listen, port):
    async with listen.running(port=port, connections=3, connections_per_address=2) as events:
        first = [await connected(port, source="127.0.0.1") for dummy in range(3)]
        assert await ended(first[2][0])  # the third of one address
        other = await said(port, b"\x1bHERE\r", source="127.0.0.2")
        await events.until(1)
        assert await ended((await connected(port, source="127.0.0.3"))[0])  # the fourth in all
        first[0][1].close()
        await asyncio.sleep(0.05)
        await said(port, b"\x1bTOO\r", source="127.0.0.3")
        await events.until(2)
        other[1].close()
    assert [event["peer"]["address"] for event in events] == ["127.0.0.2", "127.0.0.3"]


async def test_a_flood_of_one_address_waits_and_others_do_not(listen, port):
    async with listen.running(port=port, rate=5, connections_per_address=5) as events:
        for dummy in range(4):
            await said(port, b"\x1bFLOOD\r" * 200, source="127.0.0.2")
        await events.until(5)
        await said(port, b"\x1bHONEST\r", source="127.0.0.3")
        async with within(3):
            while events[-1]["fields"]["command"] != "HONEST":
                await asyncio.sleep(0.01)
    assert len(events) < 40  # of 800


async def test_a_connection_that_brings_nothing_whole_is_closed(listen, port):
    async with listen.running(port=port, idle_timeout=0.3) as events:
        silent, dummy = await connected(port)
        junk, noisy = await connected(port)
        slow, writer = await connected(port)

        async def drip():
            with contextlib.suppress(ConnectionError):
                for dummy in range(400):
                    writer.write(b"\x1bx"[dummy > 0:][:1])
                    noisy.write(b"junk\r")
                    await asyncio.sleep(0.02)

        dripping = asyncio.ensure_future(drip())
        closed = await asyncio.gather(ended(silent), ended(slow), ended(junk))
        dripping.cancel()
    assert (closed, events) == ([True] * 3, [])


async def test_only_the_networks_may_call(listen, port):
    async with listen.running(port=port, networks=["127.0.8.0/24", "::1"]) as events:
        assert await ended((await connected(port, source="127.0.9.1"))[0])
        await said(port, b"\x1bHELLO\r", source="127.0.8.7")
        await events.until(1)
    assert events[0]["peer"]["address"] == "127.0.8.7"


async def test_on_all_addresses_of_both_kinds(listen, port):
    async with listen.running(host="::", port=port) as events:
        await said(port, b"\x1bFOUR\r")
        await events.until(1)
        reader, writer = await asyncio.open_connection("::1", port)
        writer.write(b"\x1bSIX\r")
        await events.until(2)
    assert [event["peer"]["address"] for event in events] == ["127.0.0.1", "::1"]


@pytest.mark.parametrize("text", [b"{{ lookup('pipe', 'id') }}", b"{% if 1 %}", b"{# gone #}", b"{", b"{ lookup('pipe','id') }}", b"% raw %}", b" # x #}",
                                  rb"'\x7b\x7b 7 * 7 }}'", b"$ANSIBLE_VAULT;1.1;AES256"])
async def test_what_could_become_a_part_of_a_template_is_not_passed_on(listen, port, caplog, text):
    with caplog.at_level(logging.WARNING):
        async with listen.running(port=port, answer={"reply": "OK"}) as events:
            reader, dummy = await said(port, b"\x1b" + text + b"\r\x1b}} plain %} 5 %\r")
            await events.until(1)
            answers = await asyncio.wait_for(reader.read(100), 1)
    assert [event["fields"]["command"] for event in events] == ["}} plain %} 5 %"] and answers == b"OK\0"
    assert "could become a template, by command: 1B" in caplog.text and text.decode() not in caplog.text


async def test_parts_of_a_template_in_several_fields_are_not_passed_on(listen, free_port, caplog):
    port, model = free_port(), {"notation": "text", "info": {"pair": {"send": "{a:text};{b:text}\r\n"}}}
    with caplog.at_level(logging.WARNING):
        async with listen.running(port=port, model=model) as events:
            await said(port, b"{;{ lookup('pipe','id') }}\r\nx;%\r\n1;2\r\n")
            await events.until(1)
    assert [event["fields"] for event in events] == [{"a": "1", "b": "2"}]
    assert "could become a template, by a, b: 7B 3B" in caplog.text


@pytest.mark.parametrize("name, passes", [("unit-7", True), ("{{ 7 * 7 }}", False), ("unit {", False), ("%unit", False)])
async def test_the_name_in_a_certificate_is_a_text_of_somebody_elses_too(listen, port, monkeypatch, name, passes):
    monkeypatch.setitem(listen.module["Listener"]._serve.__globals__, "_common_name", lambda certificate: name)
    async with listen.running(port=port) as events:
        await said(port, b"\x1bHELLO\r")
        await asyncio.sleep(0.2)
    assert [event["peer"]["certificate"] for event in events] == ([name] if passes else [])


async def test_over_tls_with_certificates_of_devices(listen, port, authority, tmp_path):
    stranger = type(authority)()
    server = authority.issue_cert("127.0.0.1")
    server.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    server.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))

    def context(issuer):
        made = ssl.create_default_context()
        authority.configure_trust(made)
        if issuer:
            issuer.issue_cert("unit@site", common_name="unit-7").configure_cert(made)
        return made

    tls = {"certificate": str(tmp_path / "cert.pem"), "key": str(tmp_path / "key.pem"), "ca_path": str(tmp_path / "ca.pem")}
    async with listen.running(port=port, tls=tls) as events:
        plain, dummy = await said(port, b"\x1bPLAIN\r")
        assert await ended(plain)
        for issuer in (None, stranger):
            with contextlib.suppress(OSError):
                reader, dummy = await said(port, b"\x1bNOBODY\r", ssl=context(issuer))
                assert await ended(reader)
        await said(port, b"\x1bHELLO\r", ssl=context(authority))
        await events.until(1)
    assert events[0]["fields"] == {"command": "HELLO"} and events[0]["peer"]["certificate"] == "unit-7"


async def test_noise_does_no_harm(listen, free_port):
    port, seed = free_port(), random.randrange(1 << 32)
    noise = random.Random(seed)
    print("seed", seed)
    async with listen.running(port=port, model=FRAMED, rate=10000, longest=300, idle_timeout=5) as events:
        for dummy in range(200):
            reader, writer = await said(port, bytes(noise.choice((0xAA, 1, 2, 3, 0xB3, noise.randrange(256))) for dummy in range(noise.randrange(600))))
            writer.transport.abort() if noise.random() < 0.5 else writer.close()
        await asyncio.sleep(0.1)
        events.clear()
        await said(port, bytes.fromhex("AA 03 01 02 03 B3"))
        await events.until(1)
    assert events[0]["fields"]["level"] == 0x0203


async def test_it_leaves_nothing_open(listen, port):
    gc.collect()  # what earlier tests left to be collected is closed before it is counted
    before = len(os.listdir("/proc/self/fd"))
    async with listen.running(port=port, answer={"reply": "x"}) as events:
        clients = [await said(port, b"\x1bHELLO\r\x1bHAL") for dummy in range(5)]
        await events.until(5)
    for reader, writer in clients:
        assert await ended(reader)
        writer.close()
    await asyncio.sleep(0.05)
    assert len(os.listdir("/proc/self/fd")) <= before
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


async def test_a_queue_that_is_full_holds_the_device(listen, port):
    class Full:
        def __init__(self):
            self.free, self.taken = asyncio.Event(), []

        async def put(self, event):
            await self.free.wait()
            self.taken.append(event)

    queue = Full()
    task = asyncio.ensure_future(listen.module["main"](queue, {"port": port, "answer": {"reply": "OK"}}))
    reader, dummy = await said(port, b"\x1bHELLO\r")
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(reader.read(10), 0.1)  # not acknowledged before it is in the queue
    queue.free.set()
    answer = await asyncio.wait_for(reader.read(10), 2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert answer == b"OK\0" and len(queue.taken) == 1


@pytest.mark.parametrize("arguments, words", [
    ({}, "port"),
    ({"port": 0}, "port is 0; expected 1 to 65535"),
    ({"port": 9, "prot": 9}, "there is no option prot; expected some of answer"),
    ({"port": 9, "rate": 0}, "rate is 0"),
    ({"port": True}, "listen: port is True; expected 1 to 65535, in plain digits"),
    ({"port": 9, "rate": float("inf")}, "rate is inf; expected 0.01 to 10000"),
    ({"port": 9, "longest": "\uff19"}, "longest is '\uff19'; expected 1 to 65536, in plain digits"),
    ({"port": 9, "host": "192.0.2.1"}, "cannot listen on 192.0.2.1 port 9"),
    ({"port": 9, "host": "boards.example"}, "cannot listen on boards.example"),
    ({"port": 9, "networks": ["192.168.0.1/24"]}, "networks: 192.168.0.1/24 has host bits set"),
    ({"port": 9, "model": "esc_rc"}, "there is no profile 'esc_rc'"),
    ({"port": 9, "model": "auto"}, "name a model"),
    ({"port": 9, "model": "eth008"}, "after a login"),
    ({"port": 9, "model": "numato"}, "after a login"),
    ({"port": 9, "answer": {}}, "the reply to command of model esc_cr needs reply"),
    ({"port": 9, "tls": {"certificate": "/nowhere/c.pem", "key": "/nowhere/k.pem"}}, "tls: /nowhere/c.pem, /nowhere/k.pem cannot be used"),
])
def test_what_is_wrong_ends_it_with_words(listen, arguments, words):
    with pytest.raises(BytewireError, match=words):
        asyncio.run(listen.run(**arguments))


def test_a_port_that_is_taken(listen, port):
    with socket.create_server(("127.0.0.1", port)), pytest.raises(BytewireError, match=f"port {port}: Address already in use"):
        asyncio.run(listen.run(port=port))

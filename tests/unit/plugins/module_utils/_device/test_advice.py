# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Advice follows from what happened in the task. Bytes are literals of the fact sheets."""

from __future__ import annotations

import re
import socket
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._capability import command, ping, relay, send, settings
from ansible_collections.bytewire.devices.plugins.module_utils._run import perform
from ansible_collections.bytewire.devices.plugins.module_utils._wire.link import TcpLink
from ansible_collections.bytewire.devices.tests.ports import free_port
from ansible_collections.bytewire.devices.tests.servers import Server

ETH008 = {b"\x10": b"\x13\x01\x01", b"\x24": b"\x02", b"\x21\x02\x00": b"\x00"}
PROJECTOR = {"notation": "text", "port": 23, "settings": {"power": {
    "values": {"off": 0, "on": 1, "warming": 2, "cooling": 3}, "transient": {"warming": "on", "cooling": "off"},
    "set": {"send": "P{power:d}\r", "reply": "OK\r"}, "get": {"send": "P?\r", "reply": "P={power:d}\r"}}}}


class Fake(Server):
    """hears(fake, data): the bytes that answer; None closes."""

    def __init__(self, hears):
        self.hears, self.received = hears, []
        super().__init__()

    def serve(self, client):
        for data in iter(lambda: client.recv(4096), b""):
            self.received.append(data)
            said = self.hears(self, data)
            if said is None:
                return
            client.sendall(said)

    def options(self, **others):
        return dict({"host": "127.0.0.1", "port": self.port, "timeout": 0.3, "settle": 0.3, "latest": 0.4}, **others)


@pytest.fixture
def fake(closed):
    return lambda hears: closed(Fake(hears))


class Display:
    """An LG display: deaf for so many seconds after power on; it answers everything but power with this."""

    def __init__(self, deaf=0.0, others=b"b 01 OK90x"):
        self.deaf, self.others, self.on, self.until = deaf, others, False, 0.0

    def __call__(self, fake, data):
        if time.monotonic() < self.until or data == b"\r":
            return b""
        if data == b"ka 01 01\r":
            self.on, self.until = True, time.monotonic() + self.deaf
            return b"a 01 OK01x"
        return (b"a 01 OK01x" if self.on else b"a 01 OK00x") if data == b"ka 01 ff\r" else self.others


def test_a_display_that_answered_is_not_asked_for_its_set_id(fake, perform_task):
    """B1: deaf for a while after power on."""
    server = fake(Display(deaf=5.0))
    result = perform_task(settings, server.options(model="lg", settings={"power": "on"}))
    assert {"kind": "unverified", "stage": "verify", "outcome": "unknown"} == result["error"] and result["changed"]
    assert f"127.0.0.1:{server.port} was told to set power to on, and acknowledged it, but could not be asked whether it is so: " in result["msg"]
    assert re.search(r"; nothing came\. It answered settings\.power\.set [01]\.\d s before\. Where it is busy with that, raise timeout or retries, or run the "
                     r"task again later\.", result["msg"])
    assert "set_id" not in result["msg"] and "right model" not in result["msg"]


@pytest.mark.parametrize("state, words", [
    ("pulsed", r": the pulse of relay 2 was sent once and not acknowledged \(.*{advice}\) It is not sent again: look whether it happened\."),
    ("cycled", r" did not answer relays\.off .*{advice} Relay 2 is on, and is not known to have been power-cycled\."),
    (None, r" was sent once, and its reply was lost \(.*{advice}\) It is not sent again: look whether it was done\."),
])
def test_nobody_is_told_to_run_again_what_is_done_once(fake, perform_task, state, words):
    """The board answers all but what changes something."""
    server = fake(lambda dummy, data: {b"\x10": b"\x13\x01\x01", b"\x24": b"\x02", b"\x7a": b"\xff"}.get(data, b""))
    if state is None:
        result = perform_task(send, server.options(data="21 02 00", length=1, unless={"data": "24", "reply": "00"}))
    else:
        result = perform_task(relay, server.options(model="eth008", relay=2, state=state, duration=5 if state == "pulsed" else 0.1))
    advice = r"It answered .* \d\.\d s before\. Where it is busy with that, raise timeout for the next time\."
    assert re.search(words.format(advice=advice), result["msg"]) and "again later" not in result["msg"], result["msg"]


def test_what_comes_up_is_waited_for_where_that_helps(fake, perform_task):
    """B1: deaf, with something else to set."""
    result = perform_task(settings, fake(Display(deaf=5.0)).options(model="lg", settings={"power": "on", "input": "hdmi1"}))
    assert result["error"]["kind"] == "timeout" and result["changed"]
    assert "raise timeout or retries" in result["msg"] and "set_id" not in result["msg"]
    assert result["msg"].endswith(" It was switched on in this task, and may need longer to come up. Acknowledged before that: set power to on.")


def test_a_refusal_after_power_on_is_not_mended_by_waiting_longer(fake, perform_task):
    """B1: NG."""
    server = fake(Display(others=b"b 01 NG02x"))
    result = perform_task(settings, server.options(model="lg", settings={"power": "on", "input": "hdmi1"}))
    assert result["error"]["kind"] == "refused"
    assert result["msg"] == (f"127.0.0.1:{server.port} refused to tell its input (not supported). It was switched on in this task, and may need longer to come "
                             "up: run the task again later. Acknowledged before that: set power to on.")


def test_a_display_that_never_answered_is_asked_for_its_set_id(fake, perform_task):
    result = perform_task(settings, fake(lambda *dummy: b"").options(model="lg", settings={"power": "on"}, retries=0))
    assert "nothing came. Is 1 its set_id (bytewire_unit), and the line set up as the device wants it?" in result["msg"]


def test_a_wrong_answer_behind_a_right_one_does_not_doubt_the_model(fake, perform_task):
    answers = iter([b"\x13\x01\x01", b"\x02"])
    server = fake(lambda dummy, data: next(answers, b"\x77"))
    result = perform_task(relay, server.options(model="eth008", relay=2, state="off", retries=0))
    assert result["error"]["kind"] == "bad_reply" and "right model" not in result["msg"]
    assert re.search(r"It answered relays\.read 0\.0 s before\. Does something else talk to it at the same time\?", result["msg"])


@pytest.mark.parametrize("refused", [False, True])
def test_a_late_answer_of_another_transaction_is_skipped_and_told(fake, perform_task, refused):
    """B2: Modbus TCP; the transaction is that of the question."""
    asked = []

    def hears(dummy, data):
        asked.append(data)
        if len(asked) == 1:
            return b""
        answer = b"\x00\x00\x00\x03\x01\x81\x02" if refused else b"\x00\x00\x00\x04\x01\x01\x01\x01"
        late = asked[0][:2] + b"\x00\x00\x00\x04\x01\x01\x01\x00" if len(asked) == 2 else b""
        return late + data[:2] + answer

    result = perform_task(relay, fake(hears).options(model="waveshare_modbus", relay=1, state="on"))
    told = " within 0.3 s; nothing came. That answer came later, and was skipped: raise timeout."
    if refused:
        assert result["error"]["kind"] == "refused" and "An earlier try failed: " in result["msg"] and result["msg"].endswith(told)
    else:
        assert not result.get("failed") and result["relays"]["1"]["state"] == "on" and not result["changed"], result
        assert len(result["warnings"]) == 1 and result["warnings"][0].endswith(told)


def test_an_earlier_time_out_is_told_beside_a_later_error(fake, perform_task):
    """B2: the first try is mute, the second is answered wrongly."""
    asked = []

    def hears(dummy, data):
        asked.append(data)
        return b"" if len(asked) == 1 else data[:2] + b"\x00\x00\x00\x03\x01\x99\x02"

    server = fake(hears)
    msg = perform_task(relay, server.options(model="waveshare_modbus", relay=1, state="on"))["msg"]
    assert "gave an answer that model waveshare_modbus does not give" in msg
    assert f" An earlier try failed: 127.0.0.1:{server.port} did not answer relays.read (" in msg and msg.endswith(" within 0.3 s; nothing came.")
    assert "came later" not in msg


def test_one_failure_twice_is_told_once(fake, perform_task):
    msg = perform_task(relay, fake(lambda *dummy: b"").options(model="proxr", relay=1, state="on"))["msg"]
    assert msg.count("did not answer") == 1 and "earlier" not in msg


def test_a_state_on_the_way_is_told_and_not_sent_again(fake, perform_task):
    """B6: a projector that warms up for longer than the task waits."""
    state, sent = ["0"], []

    def hears(dummy, data):
        if data == b"P?\r":
            return f"P={state[0]}\r".encode()
        sent.append(data)
        state[0] = "2"
        return b"OK\r"

    server = fake(hears)
    task = server.options(model=PROJECTOR, settings={"power": "on"})
    first, second, check = perform_task(settings, task), perform_task(settings, task), perform_task(settings, task, check=True)
    way = "it reads warming, which is on the way to on, and was not over within 0.3 s (settle). Look again later: it need not be told again."
    for result, told in ((first, "power was set to on and the device accepted"), (second, "power was not set again")):
        assert {"kind": "unverified", "stage": "verify", "outcome": "unknown"} == result["error"]
        assert result["settings"]["power"]["state"] == "warming"
        assert result["msg"] == f"127.0.0.1:{server.port}: {told}; {way}"
    assert first["changed"] and not second["changed"] and sent == [b"P1\r"]
    assert not check["changed"] and not check.get("failed")


@pytest.mark.parametrize("retries", [0, 1])
def test_an_acknowledged_command_is_told_where_the_device_is_gone_behind_it(fake, perform_task, retries):
    """B7: the load was the supply of the device's network."""
    def hears(server, data):
        if data[0] == 0x21:
            server.listener.shutdown(socket.SHUT_RDWR)
            server.listener.close()
        elif not server.listener.fileno() >= 0:
            return None
        return ETH008[data]

    server = fake(hears)
    result = perform_task(relay, server.options(model="eth008", relay=2, state="off", retries=retries, timeout=0.5))
    assert result["error"] == {"kind": "unverified", "stage": "verify", "outcome": "unknown"} and result["changed"]
    assert result["relays"]["2"]["state"] == "unknown"
    assert f"127.0.0.1:{server.port} was told to switch relay 2 off, and acknowledged it, but could not be asked whether it is so: " in result["msg"]
    assert re.search(r"It answered relays\.off \d\.\d s before\.", result["msg"])
    if retries:
        assert "cannot be reached: connection refused. It answered" in result["msg"] and "It has gone since, or takes no new connection." in result["msg"]
        assert "nothing listens" not in result["msg"]


SPEAKERS = [
    (b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "an HTTP server", ""),
    (b"<html><head>", "an HTTP server", ""),
    (b"SSH-2.0-OpenSSH_9.9\r\n", "an SSH server", ""),
    (b"220 mail.example.org ESMTP\r\n", "a mail or FTP server", ""),
    (b"RFB 003.008\n", "a VNC server", ""),
    (b"\x15\x03\x01\x00\x02\x02\x46", "a server that speaks TLS", "bytewire_transport to tls, or "),
    (b"\xff\xfd\x01\xff\xfd\x1f", "a Telnet server", "bytewire_transport to telnet, or "),
]


@pytest.mark.parametrize("closes", [False, True])
@pytest.mark.parametrize("model, usual", [("eth008", 17494), ("proxr", 2101), ("lg", 23)])
@pytest.mark.parametrize("said, what, transport", SPEAKERS)
def test_who_is_no_device_is_named(closed, perform_task, said, what, transport, model, usual, closes):
    """B8: what listens at the port answers what was asked, and may close then."""
    class Speaker(Server):
        def serve(self, client):
            client.recv(4096)
            client.sendall(said)
            if not closes:
                client.recv(4096)
                client.recv(4096)

    server = closed(Speaker())
    given = {"settings": {"power": "on"}} if model == "lg" else {"relay": "1", "state": "on"}
    result = perform_task(settings if model == "lg" else relay, dict(given, host="127.0.0.1", port=server.port, model=model, timeout=0.3, retries=0))
    assert result["error"]["kind"] in ("bad_reply", "closed", "timeout")
    assert (f" That is {what} at port {server.port}, not a device of model {model}: set {transport}bytewire_port to that of the device, usually {usual}, or "
            "correct the address.") in result["msg"], result["msg"]
    assert "right model" not in result["msg"] and "power-cycle" not in result["msg"] and "set_id" not in result["msg"]


def test_who_is_no_device_is_named_to_a_command(fake, perform_task):
    result = perform_task(command, fake(lambda *dummy: SPEAKERS[0][0]).options(model="esc_cr", command="STATUS"))
    assert result["error"]["kind"] == "unverified" and "That is an HTTP server at port " in result["msg"]


def test_a_reading_that_does_not_fit_is_no_mail_server(fake, perform_task):
    msg = perform_task(relay, fake(lambda *dummy: b"220 V\r\n").options(model="numato", relay=1, state="on", retries=0))["msg"]
    assert "mail or FTP server" not in msg and "Is it the right model" in msg


def test_what_takes_no_bytes_was_not_asked_anything(monkeypatch, fake, perform_task):
    async def full(*dummy):
        raise socket.timeout

    monkeypatch.setattr(TcpLink, "send", full)
    server = fake(lambda *dummy: b"")
    msg = perform_task(relay, server.options(model="waveshare_modbus", relay=1, state="on", retries=0))["msg"]
    assert msg == f"127.0.0.1:{server.port} takes no bytes: 12 bytes did not leave in time."


def test_what_waits_for_more_at_another_port_is_not_told_to_be_a_board(fake, perform_task):
    """B8: an HTTP server says nothing before it has a whole request."""
    server = fake(lambda *dummy: b"")
    msg = perform_task(relay, server.options(model="eth008", relay=1, state="on", retries=0))["msg"]
    assert msg.startswith(f"127.0.0.1:{server.port} accepted the connection and then stayed mute for 0.3 s. {server.port} is not the usual port of such a "
                          "device, 17494: something else may listen there, such as a web server. Model eth008 serves 5 connections; ")


def assumed(capability, options):
    """What a task comes to that says no model, and whose host has none."""
    given = {name: option.get("default") for name, option in capability.SPEC["argument_spec"].items()}
    page = pytest.importorskip("ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action").page
    return perform(capability.run, {**given, "retries": 0, "timeout": 0.3, **options, "model": page(given["model"], {}, True)})


@pytest.mark.parametrize("capability, options, default", [
    (relay, {"relay": ["1"], "state": "on", "contact": "normally_open"}, "auto"),
    (ping, {}, "auto"),
    (command, {"command": "STATUS"}, "esc_cr"),
])
@pytest.mark.parametrize("said", [None, b"", b"\x77\x77\x77\x00"])
def test_where_no_model_is_set_that_is_told(fake, capability, options, default, said):
    """B9: nothing listens, nothing answers, something answers otherwise."""
    port = free_port() if said is None else fake(lambda *dummy: said).port
    result = assumed(capability, dict(options, host="127.0.0.1", port=port))
    if default == "esc_cr" and said:
        return  # an answer to a command is what it is
    assert result["error"]["kind"] == ("unreachable" if said is None else "unverified" if default == "esc_cr" else "bad_reply" if said else "timeout"), result
    words = f" No model is set (bytewire_model), so the default was tried, {default}: set it to what the device is."
    assert result["msg"].count(words) == 1 and result["msg"].count("bytewire_model") == 1, result["msg"]


def test_no_model_helps_a_name_that_nobody_knows():
    msg = assumed(ping, {"host": "no-such-device.invalid"})["msg"]
    assert "cannot be resolved" in msg and "No model" not in msg


def test_the_port_of_the_default_is_named(monkeypatch):
    page = pytest.importorskip("ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action").page
    found = page("auto", {}, True)
    port = free_port()
    monkeypatch.setitem(found, "candidates", [dict(one, port=port) for one in found["candidates"]])
    given = {name: option.get("default") for name, option in ping.SPEC["argument_spec"].items()}
    msg = perform(ping.run, {**given, "host": "127.0.0.1", "retries": 0, "model": found})["msg"]
    assert msg == (f"127.0.0.1:{port} cannot be reached: connection refused: the address answers, but nothing listens on this port. No model is set "
                   f"(bytewire_model), so the default was tried, auto, on its port {port}: set it to what the device is.")


def test_a_model_that_is_set_is_none_that_nobody_set(perform_task):
    result = perform_task(ping, {"host": "127.0.0.1", "port": free_port(), "retries": 0})
    assert "cannot be reached" in result["msg"] and "bytewire_model" not in result["msg"]


def test_every_lost_acknowledgement_is_told(fake, perform_task):
    """B13: a display that does all it is told and acknowledges nothing."""
    now = {}

    def hears(dummy, data):
        if data == b"\r":
            return b""
        name, value = data[:2], data[6:8]
        if value == b"ff":
            return name[1:] + b" 01 OK" + now.get(name, b"01") + b"x"
        now[name] = value
        return b""

    server = fake(hears)
    result = perform_task(settings, server.options(model="lg", settings={"volume": 5, "contrast": 7}, retries=3))
    assert not result.get("failed") and result["changed"], result
    assert result["warnings"] == [
        f"127.0.0.1:{server.port} did what it was told, as reading shows, but did not acknowledge it as expected (volume is 5, contrast is 7): "
        f"127.0.0.1:{server.port} did not answer settings.volume.set (6B 66 20 30 31 20 30 35 0D) within 0.3 s; nothing came."]


def test_a_lost_acknowledgement_is_told_beside_a_failure(fake, perform_task):
    """B13: the first relay is switched and not acknowledged, the second refused."""
    coils = [0]

    def hears(dummy, data):
        if data == b"\x20\x01\x00":
            coils[0] = 1
            return b""
        return {b"\x10": b"\x13\x01\x01", b"\x24": bytes(coils), b"\x20\x02\x00": b"\x01", b"\x7a": b"\xff"}.get(data, b"")

    result = perform_task(relay, fake(hears).options(model="eth008", relay=["1", "2"], state="on"))
    assert result["error"]["kind"] == "refused"
    assert len(result["warnings"]) == 1 and "did not acknowledge it as expected (relay 1 is on): " in result["warnings"][0]


@pytest.mark.parametrize("said, taken, came", [
    (b"\xff\x01\x00", "FF 01", "bad_reply"),  # KMTronic: relay 1 is off
    (b"\xff\x01", "FF 01", "timeout"),
    (b"\xff", "FF", "timeout"),
])
def test_a_telnet_bridge_that_does_not_double_ff(fake, perform_task, said, taken, came):
    """B14."""
    result = perform_task(relay, fake(lambda *dummy: said).options(model="kmtronic", relay=1, state="on", transport="telnet", retries=0))
    assert result["error"]["kind"] == came
    assert (f" {taken} came and was taken for a Telnet command, in which a byte FF of data stands twice: if the bridge does not do that, set "
            "bytewire_transport to tcp.") in result["msg"]
    assert "nothing came" not in result["msg"] and "right model" not in result["msg"]
    assert came == "bad_reply" or "; no data came." in result["msg"]

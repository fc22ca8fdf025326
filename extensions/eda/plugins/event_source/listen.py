# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
import ssl
import sys
import typing as t

DOCUMENTATION = r"""
short_description: Take the calls of devices
description:
  - An event source for ansible-rulebook. Devices connect to a port and send messages; each becomes an event.
  - The messages are those that the profile has a request for, as an emulated device of this profile would understand them.
  - What is no message of the profile is dropped, and logged. So is a message with a text that could become a part of a template, because a
    rulebook hands its events to playbooks as variables that are trusted. This is a text that holds C({), a backslash or C(ANSIBLE_VAULT), or
    begins with C(%) or C(#), blanks aside. It holds for the name in a device's certificate, too.
  - Needs ansible-core in the environment of ansible-rulebook, on Python 3.11 or newer.
version_added: 1.1.0
options:
  port:
    description: The port to listen on, 1 to 65535.
    type: int
    required: true
  host:
    description: The address to listen on, C(0.0.0.0) or C(::) for all. This machine alone can call unless it is given.
    type: str
    default: 127.0.0.1
  model:
    description:
      - The profile, its name or a dictionary. C(bytewire_profiles) is looked for in the folder that ansible-rulebook was started in.
    type: raw
    default: esc_cr
  answer:
    description:
      - Answer each message that the profile has a reply to, once its event is in the queue. Fields of the reply that are not in the message take
        their values from this dictionary; it may be empty. Unless given, nothing is answered.
    type: dict
  networks:
    description: The networks that may call, such as C(192.168.0.0/24). Unless given, all.
    type: list
    elements: str
    default: []
  longest:
    description: The most bytes that a message may have, 1 to 65536. A connection that sends more without an end is closed.
    type: int
    default: 1024
  connections:
    description: The most connections at once, 1 to 10000. One more is closed.
    type: int
    default: 100
  connections_per_address:
    description: The most connections at once from one address, 1 to 10000.
    type: int
    default: 10
  rate:
    description:
      - Messages a second that are taken from one address, 0.01 to 10000, in bursts of one second. What is above waits in the sender's connection.
    type: float
    default: 10.0
  idle_timeout:
    description: Seconds, 0.05 to 86400, after which a connection is closed that has brought no whole message.
    type: float
    default: 60.0
  tls:
    description: Speak TLS 1.2 or newer.
    type: dict
    suboptions:
      certificate:
        description: The certificate, with those between it and its authority, as a PEM file.
        type: path
        required: true
      key:
        description: The certificate's key, as a PEM file without a password.
        type: path
        required: true
      ca_path:
        description: Demand a certificate of each device, issued by one of the authorities in this PEM file.
        type: path
notes:
  - Without O(tls) and O(tls.ca_path) whoever reaches the port can send what a device could.
"""

EXAMPLES = r"""
- name: React to calls
  hosts: all
  sources:
    - name: units
      bytewire.devices.listen:
        host: 0.0.0.0
        port: 9101
        networks: [192.168.0.0/24]
        answer: {}
        model:
          notation: text
          info:
            alarm: {send: "ALARM {zone:d} {state:text}\r\n", reply: "ACK\r\n"}
  rules:
    - name: Tell of an alarm
      condition: event.type == "message" and event.message == "alarm"
      action:
        debug:
          msg: "{{ event.peer.address }}: zone {{ event.fields.zone }} is {{ event.fields.state }}"
"""

# A rulebook runs this file without Ansible's way of finding collections.
_COLLECTIONS = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 6))
if os.path.basename(_COLLECTIONS) == "ansible_collections" and os.path.dirname(_COLLECTIONS) not in sys.path:
    sys.path.insert(0, os.path.dirname(_COLLECTIONS))
    import ansible_collections

    if _COLLECTIONS not in ansible_collections.__path__:
        ansible_collections.__path__.append(_COLLECTIONS)

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid
from ansible_collections.bytewire.devices.plugins.module_utils._escapes import escaped
from ansible_collections.bytewire.devices.plugins.module_utils._numbers import PORT, Number, seconds, whole
from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile, load
from ansible_collections.bytewire.devices.plugins.module_utils._page.template import SECRETS, TemplateError, shown
from ansible_collections.bytewire.devices.plugins.module_utils._wire.address import numeric, to_listen_on
from ansible_collections.bytewire.devices.plugins.module_utils._wire.asyncio_waits import finished
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.stream import Request, Stream, Unknown
from ansible_collections.bytewire.devices.plugins.plugin_utils._events import checked, event, is_refused
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve
from ansible_collections.bytewire.devices.plugins.plugin_utils._tls_server import server_context

SPEC = {
    "port": {"type": PORT, "required": True},
    "host": {"type": "str", "default": "127.0.0.1"},
    "model": {"type": "raw", "default": "esc_cr"},
    "answer": {"type": "dict"},
    "networks": {"type": "list", "elements": "str", "default": []},
    "longest": {"type": whole(1, 65536), "default": 1024},
    "connections": {"type": whole(1, 10000), "default": 100},
    "connections_per_address": {"type": whole(1, 10000), "default": 10},
    "rate": {"type": Number("float", 0.01, 10000), "default": 10.0},
    "idle_timeout": {"type": seconds(0.05, 86400), "default": 60.0},
    "tls": {"type": "dict", "options": {
        "certificate": {"type": "path", "required": True},
        "key": {"type": "path", "required": True, "no_log": False},
        "ca_path": {"type": "path"},
    }},
}
BURST = 1.0  # seconds of messages that may come at once
GAP = 0.2  # seconds of silence that end a message without an end of its own
HANDSHAKE, SHUTDOWN = 10.0, 2.0  # seconds of TLS before and after
REMEMBERED = 1000  # addresses
QUOTED = 32  # bytes

LOG = logging.getLogger("bytewire.devices.listen")


async def main(queue: asyncio.Queue[dict[str, t.Any]], args: dict[str, t.Any]) -> None:
    """Listen until cancelled; what is wrong in the options ends it at once."""
    options = checked("listen", SPEC, args)
    await Listener(queue, options).listen()


class Listener:
    """A port, and who is connected to it."""

    def __init__(self, queue: asyncio.Queue[dict[str, t.Any]], options: dict[str, t.Any]) -> None:
        self.queue, self.options = queue, options
        self.profile = _profile(options)
        self.networks = _networks(options["networks"])
        self.tls = _tls_context(options["tls"]) if options["tls"] else None
        self.callers: dict[asyncio.Future[None], str] = {}
        self.due: dict[str, float] = {}
        self.remarks = Remarks()

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        with _bound(self.options["host"], self.options["port"]) as port:
            try:
                while True:
                    client, peer = await self._accepted(loop, port)
                    self._take_in(client, numeric((port.family, peer)), peer[1])
            finally:
                for task in list(self.callers):
                    task.cancel()
                await asyncio.gather(*self.callers, return_exceptions=True)

    async def _accepted(self, loop: asyncio.AbstractEventLoop, port: socket.socket) -> tuple[socket.socket, t.Any]:
        while True:
            try:
                return await loop.sock_accept(port)
            except OSError as error:  # out of descriptors, or gone before it was accepted
                self.remarks.say("a connection could not be accepted: %s", error.strerror)
                await asyncio.sleep(0.1)

    def _take_in(self, client: socket.socket, address: str, number: int) -> None:
        refusal = self._refusal(address)
        if refusal:
            self.remarks.say("%s: turned away, %s", address, refusal)
            client.close()
            return
        task = asyncio.ensure_future(self._serve(client, address, number))
        self.callers[task] = address
        task.add_done_callback(self._gone)

    def _refusal(self, address: str) -> str | None:
        if self.networks and not any(ipaddress.ip_address(address) in network for network in self.networks):
            return "it is in none of the networks"
        if len(self.callers) >= self.options["connections"]:
            return f"{len(self.callers)} are connected already"
        if list(self.callers.values()).count(address) >= self.options["connections_per_address"]:
            return f"it has {self.options['connections_per_address']} connections already"
        return None

    def _gone(self, task: asyncio.Future[None]) -> None:
        address = self.callers.pop(task)
        if not task.cancelled() and task.exception() is not None:
            LOG.error("%s: a defect of this source", address, exc_info=task.exception())

    async def _serve(self, client: socket.socket, address: str, number: int) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=4096)
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport = (await loop.connect_accepted_socket(lambda: protocol, client, **_tls_arguments(self.tls)))[0]
        except OSError as error:
            self.remarks.say("%s: no TLS with it: %s", address, getattr(error, "reason", None) or error)
            client.close()
            return
        transport.set_write_buffer_limits(0)
        try:
            peer = {"address": address, "port": number, "certificate": _common_name(transport.get_extra_info("peercert"))}
            await Call(self, reader, asyncio.StreamWriter(transport, protocol, reader, loop), peer).listen()
        except (OSError, asyncio.TimeoutError) as error:  # it left
            LOG.debug("%s: %s", address, error)
        finally:
            transport.close()

    async def admit(self, address: str) -> None:
        """Wait until it is this address's turn to bring one more message."""
        now = asyncio.get_running_loop().time()
        if len(self.due) > REMEMBERED:
            self.due = {other: due for other, due in self.due.items() if due > now}
        due = self.due[address] = max(self.due.get(address, now), now) + 1 / self.options["rate"]
        await asyncio.sleep(max(due - now - max(BURST, 1 / self.options["rate"]), 0))


class Call:
    """One connection of a device."""

    def __init__(self, listener: Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: dict[str, t.Any]) -> None:
        self.listener, self.reader, self.writer, self.peer = listener, reader, writer, peer
        self.address, self.options, self.profile = peer["address"], listener.options, listener.profile
        self.stream = Stream(self.profile)
        self.open_ended = any(message.request.open_ended for dummy, message in self.profile.requests())

    async def listen(self) -> None:
        """Take messages until the device leaves, sends what is too long, or sends nothing for too long."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.options["idle_timeout"]
        while loop.time() < until:
            gap = GAP if self.open_ended and self.stream.buffer else self.options["idle_timeout"]
            data: bytes | None
            try:
                data = await finished(self.reader.read(4096), max(min(gap, until - loop.time()), 0))
            except asyncio.TimeoutError:
                data = None
            ended = not data and self.open_ended
            for request in self.stream.silence() if ended else self.stream.feed(data or b""):
                if len(request.data) > self.options["longest"]:
                    return self._remark("closed, a message of %d bytes", len(request.data))
                await self.listener.admit(self.address)
                if await self._take(request):
                    until = loop.time() + self.options["idle_timeout"]
            if len(self.stream.buffer) > self.options["longest"]:
                return self._remark("closed, %d bytes without an end", len(self.stream.buffer))
            if data == b"":
                return None
        return self._remark("closed, no whole message for %g s", self.options["idle_timeout"])

    async def _take(self, request: Request | Unknown) -> bool:
        """True where it was a message."""
        if isinstance(request, Unknown) or not request.fits:
            self._remark("dropped what is no message of %s: %s", self.profile.name, shown(request.data[:QUOTED]))
            return False
        fields = {name: value for name, value in request.values.items() if name not in SECRETS}
        refused = [name for name, value in [("the certificate", self.peer["certificate"]), *fields.items()] if is_refused(value)]
        if refused:
            self._remark("dropped a message that could become a template, by %s: %s", ", ".join(refused), shown(request.data[:QUOTED]))
            return False
        await self.listener.queue.put(event("message", peer=self.peer, port=self.options["port"], model=self.profile.name,
                                            message=request.what.removeprefix("info."), fields=fields))
        if self.options["answer"] is not None and request.message.replies:
            await self._answer(request)
        return True

    async def _answer(self, request: Request) -> None:
        try:
            self.writer.write(request.message.replies[0].render({**request.values, **self.options["answer"]}))
        except TemplateError as error:
            return self._remark("not answered: %s", error)
        await finished(self.writer.drain(), self.options["idle_timeout"])

    def _remark(self, words: str, *values: object) -> None:
        self.listener.remarks.say(f"%s: {words}", self.address, *values)


class Remarks:
    """What is logged of those who connect: a line a second at most, the rest counted."""

    def __init__(self) -> None:
        self.unsaid, self.next = 0, 0.0

    def say(self, words: str, *values: object) -> None:
        now = asyncio.get_running_loop().time()
        if now < self.next:
            self.unsaid += 1
            return
        LOG.warning(f"{words} (and {self.unsaid} remarks more since the last)" if self.unsaid else words, *map(_shown, values))
        self.unsaid, self.next = 0, now + 1


def _shown(value: object) -> object:
    """A number as it is, and what may come from a device without control characters."""
    return value if isinstance(value, (int, float)) else escaped(str(value))


def _profile(options: dict[str, t.Any]) -> Profile:
    try:
        page = resolve(options["model"], [os.getcwd()])
        if "candidates" in page:
            raise invalid("listen: model is auto, which is for devices that can be asked; name a model.", stage="profile")
        profile = load(page)
    except ProfileError as error:
        raise invalid(f"listen: {error}.", stage="profile") from error
    if profile.login or profile.session_name or not profile.requests():
        raise invalid(f"listen: model {profile.name} is spoken to after a login, or has no message at all; a device that calls needs a profile without.",
                      stage="profile")
    for what, message in profile.requests() if options["answer"] is not None else ():
        missing = sorted(message.replies[0].names - message.request.names - {"length", *options["answer"]}) if message.replies else []
        if missing:
            raise invalid(f"listen: answer: the reply to {what} of model {profile.name} needs {', '.join(missing)}.")
    return profile


def _networks(texts: t.Iterable[str]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    try:
        return [ipaddress.ip_network(text) for text in texts]
    except ValueError as error:
        raise invalid(f"listen: networks: {error}.") from error


def _tls_context(options: dict[str, t.Any]) -> ssl.SSLContext:
    try:
        return server_context(**options)
    except (OSError, ValueError) as error:
        raise invalid(f"listen: tls: {', '.join(filter(None, options.values()))} cannot be used ({error}).") from error


def _tls_arguments(context: ssl.SSLContext | None) -> dict[str, t.Any]:
    """What the event loop takes of TLS; before Python 3.11 it knows no time for the shutdown."""
    if context is None:
        return {}
    shutdown = {"ssl_shutdown_timeout": SHUTDOWN} if sys.version_info >= (3, 11) else {}
    return {"ssl": context, "ssl_handshake_timeout": HANDSHAKE, **shutdown}


def _bound(host: str, number: int) -> socket.socket:
    try:
        family, address = to_listen_on(host, number)
        port = socket.create_server(address, family=family, backlog=128, dualstack_ipv6=host == "::")
    except (UnicodeError, OSError) as error:
        raise invalid(f"listen: cannot listen on {host} port {number}: {getattr(error, 'strerror', None) or error}.") from error
    port.setblocking(False)
    return port


def _common_name(certificate: dict[str, t.Any] | None) -> str | None:
    """The name in a certificate that was checked; None without one."""
    return next((value for entry in (certificate or {}).get("subject", ()) for key, value in entry if key == "commonName"), None)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The device's own side: takes ESC, a command and CR, runs the program that a list maps it to, answers text and NUL.

Installed by role bytewire.devices.responder, which describes its configuration. Python 3.8, the standard library alone.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import hashlib
import hmac
import ipaddress
import json
import os
import pwd
import re
import resource
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time

ESC, CR, NUL = b"\x1b", b"\r", b"\0"
SECRET_COMMAND = "AUTH"

LINGER = 0.5  # seconds in which a client that is sent away may still read why
LEAVING = 64  # connections at most that linger; others are closed at once
GRACE = 1.0  # seconds from SIGTERM to SIGKILL for a program that is stopped
ORPHANED = 0.2  # seconds for the rest of the output when a program ended and something it started holds its output open
STOPPING = 5.0  # seconds for running programs when the server stops
ACCEPTED_AT_ONCE = 32
PRUNE = 30.0  # seconds between clearings of the table of rates
DESCRIPTORS = 64  # for listeners, logs and libraries

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
PRINTABLE = bytes(range(0x20, 0x7f))
HARMLESS = bytes(byte if byte in b"\t\n\r" or 0x20 <= byte < 0x7f or byte >= 0x80 else 0x3f for byte in range(256))

DENIED = "ERROR not allowed"
BAD_PACKET = "ERROR bad packet"
UNKNOWN = "ERROR unknown command"
ARGUMENTS = "ERROR wrong arguments"
CROWDED = "ERROR too many connections"
TOO_FAST = "ERROR too many requests"
UNCERTIFIED = "ERROR certificate wanted"
LOCKED = "ERROR secret wanted"
WRONG_SECRET = "ERROR wrong secret"
BUSY = "ERROR busy"
TIMEOUT = "ERROR timeout"
TOO_LONG = "ERROR answer too long"
NOT_STARTED = "ERROR not started"
STATUS = "ERROR status %d"


class WrongConfiguration(Exception):
    """What is wrong, where, and what was expected, in words."""


class BadPacket(Exception):
    """Not ESC, printable characters, CR."""


class Refusal(Exception):
    """A command that is not carried out: the answer, the words for the log, and whether the connection ends."""

    def __init__(self, answer, why, leave=False):
        super().__init__(why)
        self.answer, self.why, self.leave = answer, why, leave


def log(level, words):
    """A line on standard error, with the level as the journal reads it where it goes there."""
    mark = "<%d>" % level if "JOURNAL_STREAM" in os.environ else ""
    with contextlib.suppress(OSError):
        print(mark + words, file=sys.stderr, flush=True)


ERROR, WARNING, NOTICE, INFO = 3, 4, 5, 6


# the configuration

LIMITS = {  # name: (unless given, lowest, highest)
    "connections": (256, 1, 10000),
    "connections_per_address": (16, 1, 10000),
    "rate": (20, 0.01, 1000000),
    "burst": (40, 1, 1000000),
    "packet_bytes": (256, 16, 4096),
    "idle_seconds": (10, 0.1, 3600),
    "programs": (8, 1, 1000),
    "programs_per_address": (4, 1, 1000),
    "wait_seconds": (5, 0, 3600),
}
COMMAND_LIMITS = {"seconds": (10, 0.1, 3600), "answer_bytes": (32768, 1, 16777216)}
KEYS = {"listen", "port", "networks", "tls", "secret_file", "limits", "commands"}
NAME = re.compile(r"[!-~]{1,64}")
ARGUMENT_NAME = re.compile(r"[a-z][a-z0-9_]*")
PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
SECRET = re.compile(r"[!-~]{16,128}")
INTERPRETER = re.compile(r"(|ba|da|a|z|k|c|tc|fi)sh|busybox|env|(python|perl|ruby|lua)[0-9.]*|node")

Command = collections.namedtuple("Command", "name run arguments seconds answer_bytes")
"""One entry of the list; arguments are (name, compiled pattern), run is words with places such as {name}."""

Configuration = collections.namedtuple("Configuration", "listen networks tls secret limits commands")
Limits = collections.namedtuple("Limits", sorted(LIMITS))


def need(condition, words, *values):
    if not condition:
        raise WrongConfiguration(words % values)


def known_keys(where, given, known, needed=()):
    need(isinstance(given, dict), "%s is %r; expected keys and values.", where, given)
    for key in given:
        need(key in known, "%s has the key %r, which is not known; expected some of %s.", where, key, ", ".join(sorted(known)))
    for key in needed:
        need(key in given, "%s lacks the key %r.", where, key)


def texts(where, given):
    need(isinstance(given, list) and given and all(isinstance(one, str) for one in given), "%s is %r; expected a list of texts.", where, given)
    return given


def number(where, given, lowest, highest, whole=False):
    kinds = int if whole else (int, float)
    need(isinstance(given, kinds) and not isinstance(given, bool) and lowest <= given <= highest,
         "%s is %r; expected a %snumber from %s to %s.", where, given, "whole " if whole else "", lowest, highest)
    return given


def bounded(where, given, table):
    """The values of a table of (unless given, lowest, highest); whole numbers where the default is one and no seconds or rate are meant."""
    return {name: number(where + name, given.get(name, default), lowest, highest, not name.endswith(("seconds", "rate")))
            for name, (default, lowest, highest) in table.items()}


def load(file, become=None):
    """The configuration of an open file; WrongConfiguration where it cannot be. Before other files are opened, become() may change the user."""
    try:
        given = json.load(file)
    except ValueError as error:
        raise WrongConfiguration("it is not JSON in UTF-8: %s." % error)
    if become:
        become()
    known_keys("the configuration", given, KEYS, ("networks", "commands"))
    known_keys("limits", given.get("limits", {}), LIMITS)
    limits = Limits(**bounded("limits.", given.get("limits", {}), LIMITS))
    port = number("port", given.get("port", 9100), 1, 65535, True)
    listen = [(address_of(one), port) for one in texts("listen", given.get("listen", ["0.0.0.0"]))]
    commands = {}
    need(isinstance(given["commands"], list), "commands is %r; expected a list.", given["commands"])
    for position, entry in enumerate(given["commands"], 1):
        command = command_of("commands[%d]" % position, entry)
        need(command.name not in commands, "commands: %r is there twice.", command.name)
        commands[command.name] = command
    return Configuration(listen, networks_of(given["networks"]), tls_of(given.get("tls")), secret_of(given.get("secret_file")), limits, commands)


def address_of(given):
    try:
        return str(ipaddress.ip_address(given))
    except ValueError:
        raise WrongConfiguration("listen has %r; expected an address such as 0.0.0.0, 192.0.2.1 or ::." % given)


def networks_of(given):
    try:
        return [ipaddress.ip_network(one) for one in texts("networks", given)]
    except ValueError as error:
        raise WrongConfiguration("networks: %s; expected networks such as 192.0.2.0/24, or addresses." % error)


def secret_of(path):
    """The digest of the secret in a file, or None."""
    if path is None:
        return None
    with opened("secret_file", path) as file:
        need(not stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o007, "secret_file %s can be read or written by everyone; expected mode 0640.", path)
        secret = file.read(1024).rstrip("\n")
    need(SECRET.fullmatch(secret), "secret_file %s must hold one word of 16 to 128 printable ASCII characters.", path)
    return digest(secret)


def digest(secret):
    return hashlib.sha256(secret.encode()).digest()


def opened(what, path):
    need(isinstance(path, str) and path.startswith("/"), "%s is %r; expected an absolute path.", what, path)
    try:
        return open(path, encoding="latin-1")
    except OSError as error:
        raise WrongConfiguration("%s %s cannot be read: %s." % (what, path, error.strerror))


def tls_of(given):
    """The context of TLS 1.2 or newer, with client certificates where an authority for them is given; or None."""
    if given is None:
        return None
    known_keys("tls", given, {"certificate", "key", "client_ca"}, ("certificate", "key"))
    for name, path in given.items():
        opened("tls." + name, path).close()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(given["certificate"], given["key"], password=lambda: b"")
        if "client_ca" in given:
            context.load_verify_locations(given["client_ca"])
            # Not CERT_REQUIRED: asyncio sends no alert, and with TLS 1.3 the client could not tell whether its command was taken.
            context.verify_mode = ssl.CERT_OPTIONAL
    except (ssl.SSLError, OSError, ValueError) as error:
        raise WrongConfiguration("tls: certificate, key and client_ca cannot be used: %s." % error)
    return context


def command_of(where, given):
    known_keys(where, given, {"name", "run", "arguments"} | set(COMMAND_LIMITS), ("name", "run"))
    name = given["name"]
    need(isinstance(name, str) and NAME.fullmatch(name), "%s: the name is %r; expected one word of at most 64 printable ASCII characters.", where, name)
    need(name != SECRET_COMMAND, "%s: the name %s is that of the command that presents the secret.", where, name)
    where = "commands: %s" % name
    arguments = [argument_of(where, one) for one in given.get("arguments", [])]
    names = [argument for argument, dummy in arguments]
    need(len(set(names)) == len(names), "%s: two arguments have the same name.", where)
    run = texts(where + ": run", given["run"])
    check_program(where, run, names)
    return Command(name, run, arguments, **bounded(where + ": ", given, COMMAND_LIMITS))


def argument_of(where, given):
    known_keys(where + ": an argument", given, {"name", "pattern"}, ("name", "pattern"))
    name, pattern = given["name"], given["pattern"]
    need(isinstance(name, str) and ARGUMENT_NAME.fullmatch(name), "%s: an argument has the name %r; expected small letters, digits and _.", where, name)
    need(isinstance(pattern, str), "%s: the pattern of %s is %r; expected a regular expression.", where, name, pattern)
    try:
        return name, re.compile(pattern, re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise WrongConfiguration("%s: the pattern %r of %s is not a regular expression: %s." % (where, pattern, name, error))


def check_program(where, run, names):
    need(run[0].startswith("/") and not PLACE.search(run[0]), "%s: run begins with %r; expected the absolute path of a program.", where, run[0])
    need(os.path.isfile(run[0]) and os.access(run[0], os.X_OK), "%s: %s is not a program that the service can run.", where, run[0])
    need(not any("\0" in word for word in run), "%s: run holds a NUL.", where)
    places = [place for word in run for place in PLACE.findall(word)]
    for place in places:
        need(place in names, "%s: run has a place for {%s}, but there is no such argument.", where, place)
    for name in names:
        need(name in places, "%s: run has no place for the argument {%s}.", where, name)
    if any(INTERPRETER.fullmatch(os.path.basename(word)) for word in run):
        code = next((word for before, word in zip(run, run[1:]) if re.fullmatch("-[a-zA-Z]*[ce]|--eval|--command", before)), "")
        need(not PLACE.search(code), "%s: an argument would become part of the code %r; give it as a word of its own.", where, code)


# what a client sends

class Packets:
    """Bytes as they come, packets as they leave."""

    def __init__(self):
        self.buffer = bytearray()

    def feed(self, data):
        self.buffer += data

    def next(self, longest):
        """The text of the next packet, None where it is not complete; BadPacket where it is none."""
        if not self.buffer:
            return None
        if self.buffer[:1] != ESC:
            raise BadPacket("it does not begin with ESC")
        end = self.buffer.find(CR, 0, longest)
        text = bytes(self.buffer[1:end if end >= 0 else longest])
        if text.translate(None, PRINTABLE):
            raise BadPacket("it holds something else than printable ASCII characters")
        if end < 0:
            if len(self.buffer) >= longest:
                raise BadPacket("it is longer than %d bytes" % longest)
            return None
        if not text:
            raise BadPacket("it is empty")
        del self.buffer[:end + 1]
        return text.decode("ascii")


def program_of(commands, text):
    """(the command, the words of its program) for the text of a packet; Refusal where the list does not give them."""
    name, *given = text.split(" ")
    command = commands.get(name)
    if command is None:
        raise Refusal(UNKNOWN, "%r is not in the list" % name[:32])
    if len(given) != len(command.arguments):
        raise Refusal(ARGUMENTS, "%s has %d arguments, not %d" % (name, len(command.arguments), len(given)))
    values = {}
    for (argument, pattern), value in zip(command.arguments, given):
        # Whatever the pattern says: nothing empty, and nothing that leaves a folder.
        if not value or ".." in value or not pattern.fullmatch(value):
            raise Refusal(ARGUMENTS, "the argument %s of %s is not what its pattern allows" % (argument, name))
        values[argument] = value
    return command, [filled(command, word, values) for word in command.run]


def filled(command, word, values):
    """A word of the program with its places filled, once: what a value holds is no place."""
    full = PLACE.sub(lambda place: values[place.group(1)], word)
    if full.startswith("-") and not word.startswith("-"):
        raise Refusal(ARGUMENTS, "an argument of %s would be an option of its program" % command.name)
    return full


# limits

def peer_of(address):
    """Who is behind an address: itself, for IPv6 its /64, of which one host has all."""
    if address.version == 6:
        return ipaddress.ip_network((int(address) >> 64 << 64, 64))
    return address


def plain(text):
    """The address of a client, an IPv4 one also where it came over an IPv6 socket."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


class Rates:
    """Tokens of each peer: it has a burst of them, and gets so many a second back."""

    def __init__(self):
        self.tokens = {}

    def spend(self, peer, limits, now):
        """Whether the peer had one more."""
        left = self._left(peer, limits, now)
        self.tokens[peer] = (max(left - 1, 0) if left >= 1 else left, now)
        return left >= 1

    def prune(self, limits, now):
        """Forget who has them all."""
        self.tokens = {peer: kept for peer, kept in self.tokens.items() if self._left(peer, limits, now) < limits.burst}

    def _left(self, peer, limits, now):
        left, since = self.tokens.get(peer, (limits.burst, now))
        return min(limits.burst, left + (now - since) * limits.rate)


# programs

class Program:
    """One run of a program: without a shell, in a session of its own, for so long, with so much output."""

    def __init__(self, loop, words, seconds, longest, closed):
        self.loop, self.longest, self.closed = loop, longest, closed
        self.output, self.failure, self.ended, self.timers = bytearray(), None, False, []
        self.done = loop.create_future()
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True, cwd="/", env=ENVIRONMENT)
        self.pipe = self.process.stdout.fileno()
        os.set_blocking(self.pipe, False)
        loop.add_reader(self.pipe, self._read)
        self._later(seconds, self.stop, Refusal(TIMEOUT, "stopped after %g s" % seconds))

    def _later(self, seconds, what, *arguments):
        self.timers.append(self.loop.call_later(seconds, what, *arguments))

    def _read(self):
        try:
            chunk = os.read(self.pipe, 65536)
        except BlockingIOError:
            return
        if self.failure is None:
            self.output += chunk
        if not chunk:
            self._close()
            self._settle()
        elif len(self.output) > self.longest:
            self.stop(Refusal(TOO_LONG, "stopped, for it answered more than %d bytes" % self.longest))

    def _close(self):
        if not self.ended:
            self.ended = True
            self.loop.remove_reader(self.pipe)
            self.process.stdout.close()

    def reap(self):
        """To be called when a child ended: whether it was this one."""
        if self.process.poll() is None:
            return False
        if not self.ended:
            self._later(ORPHANED, self._finish)
        self._settle()
        return True

    def _settle(self):
        if self.ended and self.process.returncode is not None:
            self._finish()

    def stop(self, failure):
        """Ask it to end, and make it end."""
        if self.failure is None:
            self.failure = failure
            self.output.clear()
            self._signal(signal.SIGTERM)
            self._later(GRACE, self._kill)

    def _kill(self):
        self._signal(signal.SIGKILL)
        self._finish()

    def _signal(self, number):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)

    def _finish(self):
        """The answer is complete, or will not be."""
        for timer in self.timers:
            timer.cancel()
        self._close()
        if not self.done.done():
            self.done.set_result(None)
            self.closed(self)

    def answer(self):
        """The answer in bytes; Refusal where it was stopped."""
        if self.failure is not None:
            raise self.failure
        output = bytes(self.output).rstrip(b"\r\n").translate(HARMLESS)
        code = self.process.returncode
        if code:
            return (STATUS % code).encode() + (b"\n" + output if output else b"")
        return output or b"OK"


class Programs:
    """Those that run, and those that wait for a place; who has the fewest running gets the next one."""

    def __init__(self, loop):
        self.loop = loop
        self.of_peer = collections.Counter()
        self.running, self.unreaped = set(), set()
        self.waiting = {}

    async def run(self, peer, command, words, limits):
        """(the answer in bytes, the status of the program)."""
        await self._place(peer, limits)
        try:
            program = Program(self.loop, words, command.seconds, command.answer_bytes, self.running.discard)
            self.running.add(program)
            self.unreaped.add(program)
            await program.done
        except OSError as error:
            raise Refusal(NOT_STARTED, "not started: %s" % error.strerror)
        finally:
            self.of_peer[peer] -= 1
            self._admit(limits)
        return program.answer(), program.process.returncode

    def reap(self):
        for program in list(self.unreaped):
            if program.reap():
                self.unreaped.discard(program)

    def stop(self):
        for program in list(self.running):
            program.stop(Refusal(TIMEOUT, "stopped, for the service stops"))

    async def _place(self, peer, limits):
        """Wait for a place and take it; Refusal where none came free in time."""
        place = self.loop.create_future()
        self.waiting[place] = peer
        self._admit(limits)
        timer = self.loop.call_later(limits.wait_seconds, self._give_up, place)
        got = await place
        timer.cancel()
        if not got:
            raise Refusal(BUSY, "no place for a program in %g s" % limits.wait_seconds)

    def _give_up(self, place):
        if self.waiting.pop(place, None) is not None:
            place.set_result(False)

    def _admit(self, limits):
        """Give the places that are free to those who wait."""
        self.of_peer = +self.of_peer
        while self.waiting and sum(self.of_peer.values()) < limits.programs:
            place = min(self.waiting, key=lambda waiting: self.of_peer[self.waiting[waiting]])
            if self.of_peer[self.waiting[place]] >= limits.programs_per_address:
                return
            self.of_peer[self.waiting.pop(place)] += 1
            place.set_result(True)


# connections

OPENING, AWAITING, WORKING, WRITING, GOING, GONE = range(6)


class Connection(asyncio.Protocol):
    """One client: a packet, its answer, the next packet. Nothing is read while an answer is being made or has not left."""

    def __init__(self, server, sock, address, refusal=None):
        self.server, self.sock, self.address, self.refusal = server, sock, address, refusal
        self.peer = peer_of(address)
        self.packets = Packets()
        self.state, self.ended, self.full = OPENING, False, False
        self.transport = self.timer = self.proved = None
        self.tls = None if refusal else server.configuration.tls
        self.opening = server.loop.create_task(self._open())

    async def _open(self):
        options = {} if self.tls is None else {"ssl": self.tls, "ssl_handshake_timeout": self.server.configuration.limits.idle_seconds}
        try:
            await self.server.loop.connect_accepted_socket(lambda: self, self.sock, **options)
        except (OSError, asyncio.TimeoutError) as error:
            log(WARNING, "%s: no TLS: %s" % (self.address, getattr(error, "reason", None) or error or "it took too long"))
        finally:
            if self.transport is None:
                self.sock.close()
                self._gone()

    def connection_made(self, transport):
        self.transport = transport
        if self.state != OPENING:
            transport.abort()
            return
        transport.set_write_buffer_limits(high=0)
        if self.tls is not None and self.tls.verify_mode == ssl.CERT_OPTIONAL and not transport.get_extra_info("peercert"):
            log(WARNING, "%s: refused: it has no certificate" % self.address)
            self.refusal = UNCERTIFIED
        if self.refusal:
            self.leave(self.refusal)
        else:
            self._await_packet()

    def data_received(self, data):
        if self.state in (AWAITING, WORKING, WRITING):
            self.packets.feed(data)
            self._next()

    def eof_received(self):
        """The client sends no more; it may still want its answer. With TLS there is no half of a connection."""
        self.ended = True
        if self.state == GOING:
            self.transport.close()
        else:
            self.server.loop.call_soon(self._next)
        return self.tls is None

    def pause_writing(self):
        self.full = True

    def resume_writing(self):
        self.full = False
        if self.state == WRITING:
            self._await_packet()

    def connection_lost(self, exc):
        self._gone()

    def _gone(self):
        self._set_timer(None)
        self.state = GONE
        self.server.forget(self)

    def _set_timer(self, seconds, what=None):
        if self.timer is not None:
            self.timer.cancel()
        self.timer = None if seconds is None else self.server.loop.call_later(seconds, what)

    def _await_packet(self):
        """A whole packet must come within the idle time: bytes that trickle do not prolong it."""
        self.state = AWAITING
        self._set_timer(self.server.configuration.limits.idle_seconds, self._idle)
        self.server.awaits(self)
        self.transport.resume_reading()
        self.server.loop.call_soon(self._next)

    def _idle(self):
        if self.state == WRITING:
            log(NOTICE, "%s: closed, for it does not read its answer" % self.address)
            self.transport.abort()
        else:
            log(INFO, "%s: closed, for no %s came" % (self.address, "end of a packet" if self.packets.buffer else "packet"))
            self.leave(TIMEOUT)

    def _next(self):
        if self.state != AWAITING:
            return
        try:
            text = self.packets.next(self.server.configuration.limits.packet_bytes)
            if text is None and self.ended and self.packets.buffer:
                raise BadPacket("it has no end")
        except BadPacket as error:
            # Not searched for a next packet: it may be another protocol, whose sender somebody made to say ESC ... CR.
            log(WARNING, "%s: bad packet: %s" % (self.address, error))
            self.leave(BAD_PACKET)
            return
        if text is not None:
            self._work(text)
        elif self.ended:
            self.transport.close()

    def _work(self, text):
        self.state = WORKING
        self._set_timer(None)
        self.server.works(self)
        self.transport.pause_reading()
        try:
            found = self._admitted(text)
        except Refusal as refusal:
            self._refused(refusal)
        else:
            if found is None:
                self._answer(b"OK")
            else:
                self.server.loop.create_task(self._run(*found))

    def _admitted(self, text):
        """(command, words) to run, None for a secret that is right; Refusal for everything else."""
        configuration = self.server.configuration
        if not self.server.allowed(self.address):
            raise Refusal(DENIED, "its network is not allowed any more", leave=True)
        if not self.server.rates.spend(self.peer, configuration.limits, time.monotonic()):
            raise Refusal(TOO_FAST, "too many requests", leave=True)
        name, dummy, secret = text.partition(" ")
        if configuration.secret is not None:
            if name == SECRET_COMMAND:
                if not hmac.compare_digest(digest(secret), configuration.secret):
                    raise Refusal(WRONG_SECRET, "wrong secret", leave=True)
                self.proved = configuration.secret
                return None
            if self.proved != configuration.secret:
                raise Refusal(LOCKED, "a command without the secret", leave=True)
        return program_of(configuration.commands, text)

    async def _run(self, command, words):
        started = time.monotonic()
        try:
            answer, status = await self.server.programs.run(self.peer, command, words, self.server.configuration.limits)
            log(WARNING if status else INFO, "%s: %s: status %s, %d bytes in %.2f s"
                % (self.address, command.name, status, len(answer), time.monotonic() - started))
            self._answer(answer)
        except Refusal as refusal:
            self._refused(refusal, command.name + ": ")
        except Exception as error:  # whatever it is, the client must not wait for ever
            self._refused(Refusal(NOT_STARTED, "failed: %r" % error, leave=True), command.name + ": ")

    def _refused(self, refusal, about=""):
        log(WARNING, "%s: %s%s" % (self.address, about, refusal))
        if refusal.leave:
            self.leave(refusal.answer)
        else:
            self._answer(refusal.answer.encode())

    def _answer(self, data):
        if self.state != WORKING or self.transport.is_closing():
            return
        self.transport.write(data + NUL)
        if self.full:
            self.state = WRITING
            self._set_timer(self.server.configuration.limits.idle_seconds, self._idle)
            self.server.awaits(self)
        else:
            self._await_packet()

    def leave(self, answer):
        """Say why, and go: not before it could be read, for closing with unread input would take the answer back."""
        if self.state in (GOING, GONE):
            return
        self.state = GOING
        stays = self.server.goes(self)
        if self.transport is None:
            self.opening.cancel()
            return
        self.transport.write(answer.encode() + NUL)
        if not stays or self.ended:
            self._close()
            return
        self._set_timer(LINGER, self._close)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.transport.resume_reading()

    def _close(self):
        """The connection ends when all has left, but soon."""
        self._set_timer(LINGER, self.transport.abort)
        self.transport.close()


class Server:
    """Listeners, the connections they accepted, and the configuration that holds for all of them from now on."""

    def __init__(self, loop, path):
        self.loop, self.path = loop, path
        self.configuration = read(path)
        self.listeners = {}
        self.connections, self.going = set(), set()
        self.waiting = collections.OrderedDict()
        self.of_peer = collections.Counter()
        self.rates, self.programs = Rates(), Programs(loop)
        self.stopped = loop.create_future()

    # listening

    def start(self):
        self._listen(self.configuration)
        self.loop.add_signal_handler(signal.SIGHUP, self.reload)
        self.loop.add_signal_handler(signal.SIGCHLD, self.programs.reap)
        for number_ in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(number_, self.stop)
        self._prune()

    def _listen(self, configuration):
        """Listen where the configuration says, and nowhere else; where one of its addresses cannot be had, nothing changes."""
        need_descriptors(configuration.limits)
        added = {}
        try:
            for where in configuration.listen:
                if where not in self.listeners and where not in added:
                    added[where] = listener(where)
        except BaseException:
            for sock in added.values():
                sock.close()
            raise
        for where in set(self.listeners) - set(configuration.listen):
            self._close(self.listeners.pop(where))
        self.listeners.update(added)
        for sock in added.values():
            self.loop.add_reader(sock.fileno(), self._accept, sock)

    def _close(self, sock):
        self.loop.remove_reader(sock.fileno())
        sock.close()

    def reload(self):
        """Take the configuration anew; one that is wrong is not taken. Connections stay, and obey the new one from their next command on."""
        try:
            configuration = read(self.path)
            self._listen(configuration)
        except WrongConfiguration as error:
            log(ERROR, "the new configuration is not taken, the old one stays: %s: %s" % (self.path, error))
            return
        self.configuration = configuration
        log(NOTICE, "configuration taken: %s; %d connections stay" % (told(configuration), len(self.connections)))

    def _prune(self):
        self.rates.prune(self.configuration.limits, time.monotonic())
        self.loop.call_later(PRUNE, self._prune)

    def _accept(self, listening):
        for dummy in range(ACCEPTED_AT_ONCE):
            try:
                sock, address = listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionError:
                continue
            except OSError as error:
                log(ERROR, "no connection can be accepted: %s" % error)
                self.loop.remove_reader(listening.fileno())
                self.loop.call_later(1, self._accept_again, listening)
                return
            self._welcome(sock, plain(address[0]))

    def _accept_again(self, listening):
        if listening.fileno() >= 0:
            self.loop.add_reader(listening.fileno(), self._accept, listening)

    def _welcome(self, sock, address):
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it for sockets that name their protocol alone
        try:
            self._admit(peer_of(address), address)
        except Refusal as refusal:
            log(WARNING, "%s: refused: %s" % (address, refusal))
            if self.configuration.tls is None and len(self.going) < LEAVING:
                Connection(self, sock, address, refusal.answer)
            else:
                sock.close()
            return
        connection = Connection(self, sock, address)
        self.connections.add(connection)
        self.of_peer[connection.peer] += 1
        self.awaits(connection)

    def _admit(self, peer, address):
        limits = self.configuration.limits
        if not self.allowed(address):
            raise Refusal(DENIED, "its network is not allowed")
        if self.of_peer[peer] >= limits.connections_per_address:
            raise Refusal(CROWDED, "it has %d connections" % limits.connections_per_address)
        if not self.rates.spend(peer, limits, time.monotonic()):
            raise Refusal(TOO_FAST, "too many requests")
        if len(self.connections) >= limits.connections and not self._make_room():
            raise Refusal(CROWDED, "all %d connections are at work" % limits.connections)

    def allowed(self, address):
        return any(address in network for network in self.configuration.networks)

    def _make_room(self):
        """The one that has been silent for longest goes, so that many silent ones keep nobody out. Whether there was one."""
        if not self.waiting:
            return False
        longest = next(iter(self.waiting))
        log(NOTICE, "%s: closed, for all connections are taken and it was silent for longest" % longest.address)
        longest.leave(CROWDED)
        return True

    # what connections report

    def awaits(self, connection):
        self.waiting[connection] = None
        self.waiting.move_to_end(connection)

    def works(self, connection):
        self.waiting.pop(connection, None)

    def goes(self, connection):
        """It counts no more; whether it may linger."""
        self._uncount(connection)
        stays = len(self.going) < LEAVING
        self.going.add(connection)
        return stays

    def forget(self, connection):
        self._uncount(connection)
        self.going.discard(connection)

    def _uncount(self, connection):
        self.waiting.pop(connection, None)
        if connection in self.connections:
            self.connections.discard(connection)
            self.of_peer[connection.peer] -= 1
            if not self.of_peer[connection.peer]:
                del self.of_peer[connection.peer]

    # the end

    def stop(self):
        """No new connections; running programs may end and be answered."""
        if self.stopped.done():
            return
        for where in list(self.listeners):
            self._close(self.listeners.pop(where))
        self.stopped.set_result(None)

    async def run(self):
        await self.stopped
        await self._until_idle(STOPPING)
        self.programs.stop()
        await self._until_idle(GRACE + LINGER)
        log(NOTICE, "stopped")

    async def _until_idle(self, seconds):
        deadline = time.monotonic() + seconds
        while self.programs.running and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.05)


def listener(where):
    """A listening socket; IPv4 and IPv6 are told apart, so that 0.0.0.0 and :: can both be listened on."""
    address, port = where
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(where)
        sock.listen(1024)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise WrongConfiguration("it cannot listen on %s port %d: %s." % (address, port, error.strerror))
    return sock


def need_descriptors(limits):
    """Raise the limit of open files to what so many connections and programs take."""
    needed = limits.connections + LEAVING * 2 + limits.programs * 4 + DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise WrongConfiguration("limits: so many connections and programs need %d open files, and the system allows %d (LimitNOFILE)." % (needed, hard))
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def read(path, become=None):
    try:
        with open(path, encoding="utf-8") as file:
            return load(file, become)
    except OSError as error:
        raise WrongConfiguration("it cannot be read: %s." % error.strerror)


def told(configuration):
    """What a configuration says, in a few words without secrets."""
    kind = "plain TCP" if configuration.tls is None else "TLS"
    if configuration.tls is not None and configuration.tls.verify_mode == ssl.CERT_OPTIONAL:
        kind += " with client certificates"
    return "%d commands, %s%s, on %s" % (len(configuration.commands), kind, "" if configuration.secret is None else ", with a secret",
                                         ", ".join("%s port %d" % where for where in configuration.listen))


def notify(words):
    """Tell systemd, where it waits to be told."""
    path = os.environ.get("NOTIFY_SOCKET")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
            sock.sendto(words.encode(), "\0" + path[1:] if path.startswith("@") else path)


def becoming(user):
    """A function that takes on the user's rights, so that what is checked is what the service may read and run."""
    def become():
        try:
            entry = pwd.getpwnam(user)
            os.initgroups(user, entry.pw_gid)
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
        except (KeyError, PermissionError):
            raise WrongConfiguration("the checker cannot become the user %s: there is none, or only root could." % user)
    return become


async def serve(path):
    server = Server(asyncio.get_running_loop(), path)
    server.start()
    log(NOTICE, "started: " + told(server.configuration))
    notify("READY=1")
    await server.run()
    notify("STOPPING=1")


def main():
    parser = argparse.ArgumentParser(description="Answer commands in text from a list of what is allowed.")
    parser.add_argument("--check", action="store_true", help="say whether the configuration is right, and end")
    parser.add_argument("--as", dest="user", metavar="USER", help="check with the rights of this user")
    parser.add_argument("configuration", help="a file in JSON")
    given = parser.parse_args()
    try:
        if given.check:
            print("The configuration is right: %s." % told(read(given.configuration, becoming(given.user) if given.user else None)))
        else:
            asyncio.run(serve(given.configuration))
    except WrongConfiguration as error:
        sys.exit("%s: %s" % (given.configuration, error))


if __name__ == "__main__":
    main()

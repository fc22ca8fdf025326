# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mail server as the options describe it: how to reach it, what to trust, and words for what goes wrong with it."""

from __future__ import annotations

import base64
import os
import re
import smtplib
import socket
import ssl
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._escapes import escaped
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._files import refuse_unreadable
from ansible_collections.bytewire.devices.plugins.module_utils._mail.smtp import BadAnswer, Deadline, OutOfTime
from ansible_collections.bytewire.devices.plugins.module_utils._secrets import Secrets
from ansible_collections.bytewire.devices.plugins.module_utils._wire.address import Address, bare, endpoint, looked_up, numeric

DEFAULT_PORTS = {"none": 25, "starttls": 587, "tls": 465}
_CLEAR_TEXT = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "UNKNOWN_PROTOCOL")
_TLS_ADVICE = "Check host, port and encryption; nothing was sent without TLS."


class Login(t.NamedTuple):
    """What a server asks for before it takes mail."""

    username: str
    password: str

    def plain_token(self) -> str:
        """The argument of AUTH PLAIN."""
        return base64_of(f"\0{self.username}\0{self.password}")


class Tls(t.NamedTuple):
    """implicit: from the first byte, not after STARTTLS."""

    context: ssl.SSLContext
    implicit: bool


class Server:
    """A mail server and how to speak to it, with what cannot be meant refused. port None: the usual one; timeout in seconds."""

    def __init__(self, host: str, *, port: int | None, encryption: str, validate_certs: bool, ca_path: str | None,
                 username: str | None, password: str | None, allow_plaintext_login: bool, timeout: float) -> None:
        self.host, self.timeout = bare(host), timeout
        self.port = DEFAULT_PORTS[encryption] if port is None else port
        self._check()
        self.login = _login(username, password, encryption != "none" or allow_plaintext_login)
        self.tls = None if encryption == "none" else Tls(_tls_context(validate_certs, ca_path), implicit=encryption == "tls")

    def _check(self) -> None:
        if not re.match(r"[^\s\x00-\x1f\x7f/@]+\Z", self.host):
            raise invalid(f"host: {self.host!r} is not the name or address of a mail server.")

    @property
    def name(self) -> str:
        return endpoint(self.host, self.port)

    @property
    def name_in_certificate(self) -> str:
        """What its certificate must be for: the zone of an address is this machine's own word."""
        return self.host.partition("%")[0]

    def failure(self, kind: str, stage: str, what: str, advice: str = "") -> BytewireError:
        return BytewireError(kind, stage, f"Mail server {self.name}: {what}. {advice}".strip())

    def readable(self, raw: str | bytes) -> str:
        """Text of the server for people: one line, not endless, without our secrets."""
        text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
        text = Secrets([self.login.password if self.login else None]).text(text, cut=True)
        return escaped(" ".join(text.strip().split("\n")))[:400]


def _login(username: str | None, password: str | None, protected: bool) -> Login | None:
    if username is None and password is None:
        return None
    if username is None or password is None:
        raise invalid("username and password go together.")
    if not protected:
        raise invalid("The password would cross the network in clear text. Use encryption starttls or tls, or, if that is meant, "
                      "set allow_plaintext_login to true.")
    if "\0" in username + password:
        raise invalid("username and password cannot hold a NUL character.")
    return Login(username, password)


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii")


def _tls_context(validate_certs: bool, ca_path: str | None) -> ssl.SSLContext:
    folder = ca_path is not None and os.path.isdir(ca_path)
    try:
        if ca_path is not None:
            refuse_unreadable(ca_path)
        context = ssl.create_default_context(cafile=None if folder else ca_path, capath=ca_path if folder else None)
    except OSError as error:
        raise invalid(f"ca_path: cannot use {ca_path}: {error.strerror or error}.") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def connected(server: Server, deadline: Deadline) -> socket.socket:
    """A connection to the first of the server's addresses that answers, the time divided between them."""
    try:
        found = looked_up(server.host, server.port)
    except (OSError, UnicodeError) as error:
        raise server.failure("unreachable", "resolve", f"its name cannot be resolved ({error})", "Check host.") from error
    failures = []
    for index, address in enumerate(found):
        try:
            return _connect(address, deadline.left() / (len(found) - index))
        except (OutOfTime, socket.timeout):
            failures.append(f"{numeric(address)}: no answer in time")
        except OSError as error:
            failures.append(f"{numeric(address)}: {error.strerror or error}")
    reasons = "; ".join(failures)
    raise server.failure("unreachable", "connect", f"no connection ({reasons})", "Check host and port, and that the server runs.")


def _connect(address: Address, seconds: float) -> socket.socket:
    sock = socket.socket(address[0], socket.SOCK_STREAM)
    try:
        sock.settimeout(seconds)
        sock.connect(address[1])
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    except BaseException:
        sock.close()
        raise


def translated(server: Server, stage: str, error: Exception) -> BytewireError:
    """What went wrong below SMTP, in our words."""
    advice = _advice(server, stage)
    if isinstance(error, (OutOfTime, socket.timeout)):
        return server.failure("timeout", stage, f"no complete answer within {server.timeout:g} s", advice)
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message.rstrip(".")
        return server.failure("refused", "tls", f"its certificate is not accepted: {reason}",
                              "Check the host name, or name the authority that signed it in ca_path; nothing was sent.")
    if isinstance(error, BadAnswer):
        return server.failure("bad_reply", stage, f"it sent {error}", advice)
    if isinstance(error, smtplib.SMTPResponseException):
        return server.failure("bad_reply", stage, f"it sent something else than an answer ({server.readable(error.smtp_error)})", advice)
    if isinstance(error, ssl.SSLError) and server.tls is not None and server.tls.implicit and any(word in str(error.reason) for word in _CLEAR_TEXT):
        return server.failure("bad_reply", stage, "it does not begin with TLS, it speaks in clear text",
                              "Set encryption to starttls, or to none if it has no TLS; nothing was sent.")
    if isinstance(error, ssl.SSLError) and not _is_end(error):
        return server.failure("bad_reply", stage, f"TLS failed ({error.reason or error})", _TLS_ADVICE)
    return server.failure("closed", stage, "it closed the connection", advice)


def _advice(server: Server, stage: str) -> str:
    if stage == "greeting" and server.port == DEFAULT_PORTS["tls"]:
        return f"Port {server.port} is usually one for TLS from the first byte: set encryption to tls; or try again later."
    if stage == "greeting":
        return "Check host, port and encryption, or try again later."
    return _TLS_ADVICE if stage == "tls" else "Try again later."


def begins_with_tls(server: Server, seconds: float) -> bool:
    """Whether a server speaks TLS from the first byte, on a connection of its own; nothing else is said there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with connected(server, Deadline(seconds)) as sock:
            sock.settimeout(seconds)
            with context.wrap_socket(sock, server_hostname=server.name_in_certificate):
                return True
    except ssl.SSLError as error:
        return "ALERT" in str(error.reason)
    except (OSError, ValueError, OutOfTime, BytewireError):
        return False


def _is_end(error: ssl.SSLError) -> bool:
    return isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or "EOF" in str(error.reason)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A link over TLS 1.2 or newer: whom it trusts, how it identifies itself, and words for what TLS has against it."""

from __future__ import annotations

import functools
import os
import socket
import ssl
import time
import typing as t

from ansible_collections.bytewire.devices.plugins.module_utils._files import refuse_unreadable
from ansible_collections.bytewire.devices.plugins.module_utils._wire.address import SocketAddress, bare
from ansible_collections.bytewire.devices.plugins.module_utils._wire.blocking import READING, WRITING, Blocked
from ansible_collections.bytewire.devices.plugins.module_utils._wire.link import LinkError, TcpLink
from ansible_collections.bytewire.devices.plugins.module_utils._wire.options import wire_options
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import attempt

NAME_MISMATCH = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
NOT_YET_VALID, EXPIRED = 9, 10
NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "UNKNOWN_PROTOCOL", "HTTP_REQUEST")
WANTS_CERTIFICATE = ("CERTIFICATE_REQUIRED", "ALERT_HANDSHAKE_FAILURE")
REFUSES_CERTIFICATE = ("ALERT_UNKNOWN_CA", "ALERT_BAD_CERTIFICATE", "ALERT_CERTIFICATE_UNKNOWN", "ALERT_CERTIFICATE_EXPIRED",
                       "ALERT_CERTIFICATE_REVOKED", "ALERT_UNSUPPORTED_CERTIFICATE", "ALERT_ACCESS_DENIED", "ALERT_DECRYPT_ERROR")
TOO_OLD = ("UNSUPPORTED_PROTOCOL", "ALERT_PROTOCOL_VERSION")


T = t.TypeVar("T")


class TlsLink(TcpLink):
    """TLS on a TCP connection, both within one connect timeout."""

    def __init__(self, family: int, address: SocketAddress, options: t.Mapping[str, object]) -> None:
        given = wire_options(options)
        self.context = _context(given["ca_path"], given["client_cert"], given["client_key"], given["validate_certs"])
        self.name: str = given["tls_server_name"] or bare(str(options["host"])).partition("%")[0]
        self.authority = given["ca_path"] or "the authorities that this system trusts"
        self.presents = bool(given["client_cert"])
        super().__init__(family, address)

    async def open(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        await super().open(seconds)
        try:
            secured = self.socket = self.context.wrap_socket(self.socket, server_hostname=self.name, do_handshake_on_connect=False)
            await attempt(self.socket, READING, lambda: _attempted(secured.do_handshake), deadline)
        except BaseException as error:
            self.close()
            if isinstance(error, (OSError, ValueError)):
                raise LinkError("tls", self._failure(error, seconds), retry=not isinstance(error, (ssl.SSLCertVerificationError, ValueError)))
            raise

    async def _read(self, deadline: float) -> bytes:
        return await attempt(self.socket, READING, self._receive, deadline)

    def _send(self, data: bytes) -> int:
        return _attempted(self.socket.send, data)

    def _receive(self) -> bytes:
        return _attempted(self.socket.recv, 65536)

    def _ended(self, error: OSError) -> None:
        self.reason = self._alert(error)

    def _failure(self, error: OSError | ValueError, seconds: float) -> str:
        if isinstance(error, ssl.SSLCertVerificationError):
            return self._mistrust(error)
        if isinstance(error, socket.timeout):
            return f"it did not complete a TLS handshake within {seconds:g} s: does it speak TLS on this port?"
        if isinstance(error, ValueError):
            return f"tls_server_name or host, {self.name!r}, is no name that a certificate can have ({error})"
        return self._alert(error) or f"TLS failed: {getattr(error, 'reason', None) or error.strerror or error}"

    def _mistrust(self, error: ssl.SSLCertVerificationError) -> str:
        found = error.verify_message.rstrip(".")
        if error.verify_code in NAME_MISMATCH:
            return f"its certificate is not for '{self.name}' ({found}); set host or tls_server_name to a name in the certificate"
        if error.verify_code in (EXPIRED, NOT_YET_VALID):
            return f"its certificate is out of date ({found}); check the clocks of both sides, or renew it"
        return f"its certificate is not trusted by {self.authority} ({found}); set ca_path to the certificate of the authority that signed it"

    def _alert(self, error: OSError) -> str:
        """Words for how the other side ended TLS; none for a connection that just closed."""
        reason = getattr(error, "reason", None) or ""
        words = reason.lower().replace("_", " ")
        if any(word in reason for word in NO_TLS):
            return "it does not speak TLS on this port"
        if any(word in reason for word in TOO_OLD):
            return "it speaks no TLS newer than 1.1, which is not safe"
        if any(word in reason for word in WANTS_CERTIFICATE) and not self.presents:
            return "it wants a client certificate; set client_cert"
        if any(word in reason for word in REFUSES_CERTIFICATE + WANTS_CERTIFICATE):
            return f"it refused {'the client certificate' if self.presents else 'the TLS connection'} ({words})"
        if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError)):
            return "it closed the connection during TLS: does it speak TLS on this port, and is it not busy?"
        return f"TLS failed: {words}" if words else ""


def _attempted(operation: t.Callable[..., T], *arguments: object) -> T:
    """An operation of TLS may have to wait for either direction, whatever it does itself."""
    try:
        return operation(*arguments)
    except ssl.SSLWantReadError:
        raise Blocked(READING)
    except ssl.SSLWantWriteError:
        raise Blocked(WRITING)


@functools.lru_cache(maxsize=16)
def _context(ca_path: str | None, client_cert: str | None, client_key: str | None, validate_certs: bool) -> ssl.SSLContext:
    """Made once for all devices of a fleet: reading the authorities takes longer than an exchange."""
    folder = ca_path is not None and os.path.isdir(ca_path)
    try:
        if ca_path is not None:
            refuse_unreadable(ca_path)
        context = ssl.create_default_context(capath=ca_path if folder else None, cafile=None if folder else ca_path)
    except OSError as error:
        raise _unusable("ca_path", ca_path or "", error)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if client_cert is not None:
        try:
            for path in filter(None, (client_cert, client_key)):
                refuse_unreadable(path)
            context.load_cert_chain(client_cert, client_key, password=_no_password)
        except (OSError, ValueError) as error:
            raise _unusable("client_cert", " with ".join(filter(None, (client_cert, client_key))), error)
    return context


def _no_password() -> str:
    """Instead of OpenSSL's question on the terminal."""
    raise ValueError("the key is protected by a passphrase: store it without one")


def _unusable(option: str, path: str, error: OSError | ValueError) -> LinkError:
    because = "no PEM file with what it should hold" if isinstance(error, ssl.SSLError) else getattr(error, "strerror", None) or error
    return LinkError("tls", f"{option}: {path} on {socket.gethostname()} cannot be used ({because})", kind="invalid", retry=False)

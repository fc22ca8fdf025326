# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mail server as the options describe it: how to reach it, what to trust, and words for what goes wrong with it."""

from __future__ import annotations

import base64
import math
import os
import re
import smtplib
import socket
import ssl

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError, invalid
from ansible_collections.bytewire.devices.plugins.module_utils._mail.smtp import BadAnswer, OutOfTime

DEFAULT_PORTS = {"none": 25, "starttls": 587, "tls": 465}
_TLS_ADVICE = "Check host, port and encryption; nothing was sent without TLS."


class Server:
    """A mail server and how to speak to it, with what cannot be meant refused."""

    def __init__(self, options):
        self.host, self.encryption = options["host"], options["encryption"]
        self.port = DEFAULT_PORTS[self.encryption] if options["port"] is None else options["port"]
        self.username, self.password = options["username"], options["password"]
        self.timeout = options["timeout"]
        self._check(options["allow_plaintext_login"])
        self.context = None if self.encryption == "none" else _tls_context(options["validate_certs"], options["ca_path"])

    def _check(self, allow_plaintext_login):
        if not re.match(r"[^\s\x00-\x1f\x7f/@]+\Z", self.host):
            raise invalid("host: %r is not the name or address of a mail server." % self.host)
        if not 1 <= self.port <= 65535:
            raise invalid("port: %s is not between 1 and 65535." % self.port)
        if not (math.isfinite(self.timeout) and self.timeout > 0):
            raise invalid("timeout: %s is not a number of seconds above 0." % self.timeout)
        if (self.username is None) != (self.password is None):
            raise invalid("username and password go together.")
        if self.username is None:
            return
        if self.encryption == "none" and not allow_plaintext_login:
            raise invalid("The password would cross the network in clear text. Use encryption starttls or tls, or, if that is meant, "
                          "set allow_plaintext_login to true.")
        if "\0" in self.username + self.password:
            raise invalid("username and password cannot hold a NUL character.")

    @property
    def name(self):
        return "%s:%s" % ("[%s]" % self.host if ":" in self.host else self.host, self.port)

    def failure(self, kind, stage, what, advice=""):
        return BytewireError(kind, stage, ("Mail server %s: %s. %s" % (self.name, what, advice)).strip())

    def plain_token(self):
        return base64_of("\0%s\0%s" % (self.username, self.password))

    def readable(self, raw):
        """Text of the server for people: one line, not endless, without our secrets."""
        text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
        if self.password:
            for secret in (self.plain_token(), base64_of(self.password), self.password):
                text = text.replace(secret, "********")
        return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text).strip()[:400]


def base64_of(text):
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii")


def _tls_context(validate_certs, ca_path):
    where = {} if ca_path is None else {"capath" if os.path.isdir(ca_path) else "cafile": ca_path}
    try:
        context = ssl.create_default_context(**where)
    except OSError as error:
        raise invalid("ca_path: cannot use %s: %s." % (ca_path, error.strerror or error)) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def connected(server, deadline):
    """A connection to the first of the server's addresses that answers, the time divided between them."""
    try:
        found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise server.failure("unreachable", "resolve", "its name cannot be resolved (%s)" % error, "Check host.") from error
    failures = []
    for index, (family, kind, protocol, _name, address) in enumerate(found):
        try:
            return _connect(family, kind, protocol, address, deadline.left() / (len(found) - index))
        except (OutOfTime, socket.timeout):
            failures.append("%s: no answer in time" % address[0])
        except OSError as error:
            failures.append("%s: %s" % (address[0], error.strerror or error))
    raise server.failure("unreachable", "connect", "no connection (%s)" % "; ".join(failures),
                         "Check host and port, and that the server runs.")


def _connect(family, kind, protocol, address, seconds):
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(seconds)
        sock.connect(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    except BaseException:
        sock.close()
        raise


def translated(server, stage, error):
    """What went wrong below SMTP, in our words."""
    advice = _TLS_ADVICE if stage == "tls" else "Try again later."
    if isinstance(error, (OutOfTime, socket.timeout)):
        return server.failure("timeout", stage, "no complete answer within %g s" % server.timeout, advice)
    if isinstance(error, ssl.SSLCertVerificationError):
        return server.failure("refused", "tls", "its certificate is not accepted: %s" % error.verify_message.rstrip("."),
                              "Check the host name, or name the authority that signed it in ca_path; nothing was sent.")
    if isinstance(error, BadAnswer):
        return server.failure("bad_reply", stage, "it sent %s" % error, advice)
    if isinstance(error, smtplib.SMTPResponseException):
        return server.failure("bad_reply", stage, "it sent something else than an answer (%s)" % server.readable(error.smtp_error), advice)
    if isinstance(error, ssl.SSLError) and not _is_end(error):
        return server.failure("bad_reply", stage, "TLS failed (%s)" % (error.reason or error), _TLS_ADVICE)
    return server.failure("closed", stage, "it closed the connection", advice)


def _is_end(error):
    return isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or "EOF" in str(error.reason)

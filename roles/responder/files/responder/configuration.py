# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration: read from its file and checked, with the secret and the certificates that it names."""

from __future__ import annotations

import collections
import hashlib
import ipaddress
import json
import os
import re
import ssl
import stat

from checks import WrongConfiguration, bounded, known_keys, need, number, texts
from commands import command_of
from limits import LIMITS, Limits

KEYS = {"listen", "port", "networks", "tls", "secret_file", "limits", "commands"}
SECRET = re.compile(r"[!-~]{16,128}")

Configuration = collections.namedtuple("Configuration", "listen networks tls secret limits commands")


def read(path, **options):
    try:
        with open(path, encoding="utf-8") as file:
            return load(file, **options)
    except OSError as error:
        raise WrongConfiguration("it cannot be read: %s." % error.strerror)


def load(file, become=None, with_secret=True):
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
    listen = [(address, port) for address in addresses_of(texts("listen", given.get("listen", ["0.0.0.0"])))]
    commands = {}
    need(isinstance(given["commands"], list), "commands is %r; expected a list.", given["commands"])
    for position, entry in enumerate(given["commands"], 1):
        command = command_of("commands[%d]" % position, entry)
        need(command.name not in commands, "commands: %r is there twice.", command.name)
        commands[command.name] = command
    secret = secret_of(given.get("secret_file")) if with_secret else None
    return Configuration(listen, networks_of(given["networks"]), tls_of(given.get("tls")), secret, limits, commands)


def addresses_of(given):
    addresses = list(dict.fromkeys(map(address_of, given)))
    for one in addresses:
        for other in addresses:
            need(one == other or not one.is_unspecified or one.version != other.version, "listen has %s and %s; the first holds the other.", one, other)
    return map(str, addresses)


def address_of(given):
    try:
        return ipaddress.ip_address(given)
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


def told(configuration):
    """What a configuration says, in a few words without secrets."""
    kind = "plain TCP" if configuration.tls is None else "TLS"
    if configuration.tls is not None and configuration.tls.verify_mode == ssl.CERT_OPTIONAL:
        kind += " with client certificates"
    return "%d commands, %s%s, on %s" % (len(configuration.commands), kind, "" if configuration.secret is None else ", with a secret",
                                         ", ".join("%s port %d" % where for where in configuration.listen))

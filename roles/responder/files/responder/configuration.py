# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration: read from its file and checked, with the secret and the certificates that it names."""

from __future__ import annotations

import errno
import hashlib
import ipaddress
import json
import os
import re
import ssl
import stat
import typing as t

from checks import WrongConfiguration, bounded, mapping, need, number, shown, texts
from commands import Command, command_of
from limits import LIMITS, Address, Limits

LARGEST = 1024 * 1024  # bytes
KEYS = {"listen", "port", "networks", "tls", "secret_file", "limits", "commands"}
SECRET = re.compile(r"[!-~]{16,128}")

Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


class Configuration(t.NamedTuple):
    """listen: addresses with their port. secret: its digest."""

    listen: list[tuple[str, int]]
    networks: list[Network]
    tls: ssl.SSLContext | None
    secret: bytes | None
    limits: Limits
    commands: dict[str, Command]


def read(path: str, become: t.Callable[[], None] | None = None, with_secret: bool = True) -> Configuration:
    """The configuration of a file; the rest is as for load()."""
    try:
        with regular(path) as file:
            text = file.read(LARGEST + 1).encode("latin-1")
        need(len(text) <= LARGEST, f"it has more than {LARGEST} bytes.")
        return load(text.decode("utf-8"), become, with_secret)
    except OSError as error:
        raise WrongConfiguration(f"it cannot be read: {error.strerror}.")
    except UnicodeError as error:
        raise WrongConfiguration(f"it is not JSON in UTF-8: {error}.")
    except RecursionError:
        raise WrongConfiguration("it is nested too deep.")


def load(text: str, become: t.Callable[[], None] | None = None, with_secret: bool = True) -> Configuration:
    """The configuration that a text says; WrongConfiguration where it cannot be. Before other files are opened, become() may change the user."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise WrongConfiguration(f"it is not JSON in UTF-8: {error}.")
    if become:
        become()
    given = mapping("the configuration", content, KEYS, ("networks", "commands"))
    limits = Limits(**bounded("limits.", mapping("limits", given.get("limits", {}), LIMITS), LIMITS))
    port = number("port", given.get("port", 9100), 1, 65535, True)
    listen = [(address, port) for address in addresses_of(texts("listen", given.get("listen", ["0.0.0.0"])))]
    commands: dict[str, Command] = {}
    need(isinstance(given["commands"], list), f"commands is {shown(given['commands'])}; expected a list.")
    for position, entry in enumerate(given["commands"], 1):
        command = command_of(f"commands[{position}]", entry)
        need(command.name not in commands, f"commands: {command.name!r} is there twice.")
        commands[command.name] = command
    secret = secret_of(given.get("secret_file")) if with_secret else None
    return Configuration(listen, networks_of(given["networks"]), tls_of(given.get("tls")), secret, limits, commands)


def addresses_of(given: list[str]) -> list[str]:
    """Each once, in one way of writing it."""
    addresses = {f"{address}{zone}": address for address, zone in map(address_of, given)}
    for text, one in addresses.items():
        for other_text, other in addresses.items():
            need(text == other_text or not one.is_unspecified or one.version != other.version,
                 f"listen has {text} and {other_text}; the first holds the other.")
    return list(addresses)


def address_of(given: str) -> tuple[Address, str]:
    """An address, and %zone where it has one, which Python's own addresses have from 3.9 on."""
    text, mark, zone = given.partition("%")
    try:
        return ipaddress.ip_address(text), mark + zone
    except ValueError:
        raise WrongConfiguration(f"listen has {given!r}; expected an address such as 0.0.0.0, 192.0.2.1 or ::.")


def networks_of(given: t.Any) -> list[Network]:
    try:
        return [ipaddress.ip_network(one) for one in texts("networks", given)]
    except ValueError as error:
        raise WrongConfiguration(f"networks: {error}; expected networks such as 192.0.2.0/24, or addresses.")


def secret_of(path: t.Any) -> bytes | None:
    """The digest of the secret in a file, or None."""
    if path is None:
        return None
    with opened("secret_file", path) as file:
        need(not stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o007, f"secret_file {path} can be read or written by everyone; expected mode 0640.")
        secret = file.read(1024).rstrip("\n")
    need(SECRET.fullmatch(secret), f"secret_file {path} must hold one word of 16 to 128 printable ASCII characters.")
    return digest(secret)


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def opened(what: str, path: t.Any) -> t.TextIO:
    need(isinstance(path, str) and path.startswith("/"), f"{what} is {shown(path)}; expected an absolute path.")
    try:
        return regular(path)
    except (OSError, ValueError) as error:
        raise WrongConfiguration(f"{what} {shown(path)[1:-1]} cannot be read: {getattr(error, 'strerror', None) or error}.")


def regular(path: str) -> t.TextIO:
    """A file, open and each byte one character; an OSError for a pipe or a device, which would block the server."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return open(handle, encoding="latin-1", newline="")


def tls_of(content: t.Any) -> ssl.SSLContext | None:
    """The context of TLS 1.2 or newer, with client certificates where an authority for them is given; or None."""
    if content is None:
        return None
    given = mapping("tls", content, {"certificate", "key", "client_ca"}, ("certificate", "key"))
    for name, path in given.items():
        opened(f"tls.{name}", path).close()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(given["certificate"], given["key"], password=lambda: b"")
        if "client_ca" in given:
            context.load_verify_locations(given["client_ca"])
            # Not CERT_REQUIRED: asyncio sends no alert, and with TLS 1.3 the client could not tell whether its command was taken.
            context.verify_mode = ssl.CERT_OPTIONAL
    except (ssl.SSLError, OSError, ValueError) as error:
        raise WrongConfiguration(f"tls: certificate, key and client_ca cannot be used: {error}.")
    return context


def summary(configuration: Configuration) -> str:
    """What a configuration says, in a few words without secrets."""
    kind = "plain TCP" if configuration.tls is None else "TLS"
    if configuration.tls is not None and configuration.tls.verify_mode == ssl.CERT_OPTIONAL:
        kind += " with client certificates"
    secret = "" if configuration.secret is None else ", with a secret"
    listen = ", ".join(f"{address} port {port}" for address, port in configuration.listen)
    return f"{len(configuration.commands)} commands, {kind}{secret}, on {listen}"

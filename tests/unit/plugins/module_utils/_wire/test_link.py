# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links over each transport, against servers of literal bytes, and the words for a link that cannot be had."""

from __future__ import annotations

import datetime
import errno
import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._device.options import device_options, refuse_contradictions
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._wire import connect as _connect
from ansible_collections.bytewire.devices.plugins.module_utils._wire import event_loop
from ansible_collections.bytewire.devices.plugins.module_utils._wire import link as _link
from ansible_collections.bytewire.devices.plugins.module_utils._wire.link import LinkError
from ansible_collections.bytewire.devices.tests.links import connect, gather

ALL_BYTES = bytes(range(256))


def at(port):
    return socket.AF_INET, ("127.0.0.1", port)


def soon(seconds=30.0):
    return time.monotonic() + seconds


# TCP and Telnet


def test_tcp(scripted):
    link = connect("tcp", at(scripted([(b"\xff\r\0", b"\xff\xfb\x01\r\0"), (b"", None)]).port), 30, {})
    assert link.pending() is None
    link.send(b"\xff\r\0", soon())
    assert gather(link, 5) == b"\xff\xfb\x01\r\0"
    assert link.receive(soon()) == b"" and link.pending() == b"" and link.reason == ""
    link.close()


@pytest.mark.parametrize("transport", ["tcp", "telnet"])
def test_a_reset_connection_is_told_from_one_that_was_closed(free_port, transport):
    with socket.create_server(("127.0.0.1", free_port())) as listener:
        link = connect(transport, at(listener.getsockname()[1]), 30, {})
        with listener.accept()[0] as server:
            server.sendall(b"PART")
            assert gather(link, 4) == b"PART"
            server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert link.receive(soon()) == b"" and link.reason == "Connection reset by peer"
        link.close()


@pytest.mark.parametrize("transport", ["tcp", "telnet", "tls"])
def test_nobody_listens(transport, free_port):
    with pytest.raises(LinkError, match="connection refused") as raised:
        connect(transport, at(free_port()), 30, {"host": "127.0.0.1"})
    assert (raised.value.step, raised.value.kind, raised.value.retry) == ("connect", "unreachable", True)


def test_telnet_negotiates_and_carries_every_byte(scripted):
    server = scripted([
        (b"", b"\xff\xfb\x00\xff\xfd\x00\xff\xfd\x18"),
        (b"\xff\xfd\x00\xff\xfb\x00\xff\xfc\x18", b""),
        (ALL_BYTES + b"\xff", b"\r\0\xff\xff"),
    ])
    link = connect("telnet", at(server.port), 30, {})
    assert link.receive(soon(0.3)) is None
    link.send(ALL_BYTES, soon())
    assert gather(link, 3) == b"\r\0\xff"
    link.close()


def test_what_a_telnet_server_says_before_it_closes_is_read_though_its_negotiation_cannot_be_answered(free_port):
    with socket.create_server(("127.0.0.1", free_port())) as listener:
        link = connect("telnet", at(listener.getsockname()[1]), 30, {})
        server = listener.accept()[0]
        server.sendall(b"\xff\xfb\x03")

        def sent_too_late(data):
            server.sendall(b"Port already in use\r\n")
            server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            server.close()
            return link.socket.send(data)

        link.link._send = sent_too_late
        assert link.receive(soon()) == b"Port already in use\r\n"
        assert link.receive(soon()) == b""
        link.close()


def test_nothing_but_negotiation_is_not_what_came(free_port):
    """It goes on waiting, and ends at the deadline also where the negotiation does not end."""
    with socket.create_server(("127.0.0.1", free_port())) as listener:
        link = connect("telnet", at(listener.getsockname()[1]), 30, {})
        client = listener.accept()[0]
        stop = threading.Event()

        def drip():
            while not stop.wait(0.02):
                client.sendall(b"\xff\xfb\x01\xff\xf1")

        dripping = threading.Thread(target=drip, daemon=True)
        dripping.start()
        started = time.monotonic()
        assert link.receive(soon(0.3)) is None
        assert 0.25 < time.monotonic() - started < 15
        stop.set()
        dripping.join(30)
        client.sendall(b"\xff\xf1READY")
        assert gather(link, 5) == b"READY"
        client.sendall(b"\xff\xf1")
        deadline = soon()
        while not link.socket.recv(1, socket.MSG_PEEK) and time.monotonic() < deadline:
            pass
        assert link.pending() is None
        client.close()
        assert link.receive(soon()) == b""
        link.close()


# TLS


class TlsServer:
    """Answers what it reads in capitals, over TLS, until it reads bye; wants a client certificate of the authority that it is given."""

    def __init__(self, port, certificate, wants=None, version=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self.context)
        if wants is not None:
            wants.configure_trust(self.context)
            self.context.verify_mode = ssl.CERT_REQUIRED
        if version is not None:
            self.context.maximum_version = version
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = port
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            client.settimeout(30)
            try:
                with self.context.wrap_socket(client, server_side=True) as tls:
                    while True:
                        data = tls.recv(65536)
                        if data in (b"", b"bye"):
                            break
                        tls.sendall(data.upper())
            except OSError:
                client.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)


@pytest.fixture
def trustme():
    return pytest.importorskip("trustme", reason="trustme, which makes certificates for tests, is not installed")


@pytest.fixture
def tls_server(free_port, closed):
    return lambda *arguments, **keywords: closed(TlsServer(free_port(), *arguments, **keywords))


def tls(server, tmp_path, seconds=30, **options):
    return connect("tls", at(server.port), seconds, dict({"host": "127.0.0.1", "ca_path": str(tmp_path / "ca.pem")}, **options))


def tls_failure(*arguments, **options):
    with pytest.raises(LinkError) as raised:
        tls(*arguments, **options).close()
    return raised.value


def test_tls(authority, tls_server, tmp_path):
    link = tls(tls_server(authority.issue_cert("127.0.0.1")), tmp_path)
    assert link.pending() is None
    link.send(b"abc\x80\xff", soon())
    assert gather(link, 5) == b"ABC\x80\xff"
    assert link.receive(soon(0.05)) is None and link.pending() is None
    link.send(b"late", soon())
    deadline = soon()
    came = link.pending()
    while came is None and time.monotonic() < deadline:
        came = link.pending()
    assert came == b"LATE" and link.socket.version() in ("TLSv1.2", "TLSv1.3")
    big = b"x" * 300000
    link.send(big, soon())
    assert gather(link, len(big)) == big.upper()
    link.close()


def test_tls_that_ends(authority, tls_server, tmp_path):
    server = tls_server(authority.issue_cert("127.0.0.1"))
    link = tls(server, tmp_path)
    link.send(b"bye", soon())
    assert link.receive(soon()) == b"" and link.pending() == b"" and link.reason == ""
    link.close()


@pytest.mark.parametrize(("names", "options"), [
    (["127.0.0.1"], {}),
    (["tv.example.org"], {"host": "tv.example.org"}),
    (["tv.example.org"], {"tls_server_name": "tv.example.org"}),
    (["*.example.org"], {"host": "tv.example.org"}),
    (["else.example.org"], {"validate_certs": False, "ca_path": None}),
])
def test_names_that_fit(authority, tls_server, tmp_path, names, options):
    tls(tls_server(authority.issue_cert(*names)), tmp_path, **options).close()


@pytest.mark.parametrize(("names", "options", "asked"), [
    (["127.0.0.2"], {}, "127.0.0.1"),
    (["tv.example.org"], {}, "127.0.0.1"),
    (["127.0.0.1"], {"tls_server_name": "tv.example.org"}, "tv.example.org"),
])
def test_a_certificate_for_another_name(authority, tls_server, tmp_path, names, options, asked):
    error = tls_failure(tls_server(authority.issue_cert(*names)), tmp_path, **options)
    assert f"certificate is not for '{asked}'" in str(error) and "tls_server_name" in str(error)
    assert (error.step, error.kind, error.retry) == ("tls", "unreachable", False)


def test_a_certificate_of_somebody_else(trustme, authority, tls_server, tmp_path):
    server = tls_server(trustme.CA().issue_cert("127.0.0.1"))
    error = tls_failure(server, tmp_path)
    assert f"not trusted by {tmp_path / 'ca.pem'} (unable to get local issuer" in str(error)
    assert "not trusted by the authorities that this system trusts" in str(tls_failure(server, tmp_path, ca_path=None))


def test_a_certificate_that_expired(authority, tls_server, tmp_path):
    days = [datetime.datetime(2020, 1, day, tzinfo=datetime.timezone.utc) for day in (1, 2)]
    try:
        certificate = authority.issue_cert("127.0.0.1", not_before=days[0], not_after=days[1])
    except TypeError:
        pytest.skip("this version of trustme makes no certificates of the past")
    error = tls_failure(tls_server(certificate), tmp_path)
    assert "its certificate is out of date (certificate has expired)" in str(error)


@pytest.mark.parametrize("version", [None, ssl.TLSVersion.TLSv1_2])
def test_a_client_certificate(authority, trustme, tls_server, tmp_path, version):
    server = tls_server(authority.issue_cert("127.0.0.1"), wants=authority, version=version)
    for name, issuer in (("mine", authority), ("foreign", trustme.CA())):
        client = issuer.issue_cert("ansible.example.org")
        client.private_key_pem.write_to_path(str(tmp_path / (name + ".key")))
        client.cert_chain_pems[0].write_to_path(str(tmp_path / (name + ".pem")))
        client.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / (name + ".both")))
    for options in ({"client_cert": "mine.pem", "client_key": "mine.key"}, {"client_cert": "mine.both"}):
        link = tls(server, tmp_path, **{name: str(tmp_path / file) for name, file in options.items()})
        link.send(b"status", soon())
        assert gather(link, 6) == b"STATUS"
        link.close()
    assert "it wants a client certificate; set client_cert" in why_ended(server, tmp_path)
    foreign = {"client_cert": str(tmp_path / "foreign.both")}
    assert "it refused the client certificate" in why_ended(server, tmp_path, **foreign)


def why_ended(server, tmp_path, **options):
    """TLS 1.2 refuses in the handshake; TLS 1.3 when the client reads."""
    try:
        link = tls(server, tmp_path, **options)
    except LinkError as error:
        return str(error)
    assert link.receive(soon()) == b""
    link.close()
    return link.reason


@pytest.mark.parametrize("script", [[(b"\x16\x03\x01", b"220 Welcome\r\n")], [(b"", b"READY\0")]])
def test_a_server_that_does_not_speak_tls(scripted, authority, tmp_path, script):
    assert str(tls_failure(scripted(script), tmp_path)) == "it does not speak TLS on this port"


def test_a_server_that_closes_during_tls(scripted, authority, tmp_path):
    assert "it closed the connection during TLS" in str(tls_failure(scripted([(b"\x16\x03\x01", None)]), tmp_path))


def test_a_handshake_that_is_never_answered(scripted, authority, tmp_path):
    started = time.monotonic()
    error = tls_failure(scripted([(b"\x16\x03\x01", b"")]), tmp_path, seconds=0.3)
    assert "did not complete a TLS handshake within 0.3 s" in str(error) and error.retry
    assert time.monotonic() - started < 15


def test_a_device_that_speaks_no_safe_tls(authority, tls_server, tmp_path):
    server = tls_server(authority.issue_cert("127.0.0.1"), version=ssl.TLSVersion.TLSv1_2)
    server.context.minimum_version = ssl.TLSVersion.TLSv1
    server.context.maximum_version = ssl.TLSVersion.TLSv1_1
    server.context.set_ciphers("ALL:@SECLEVEL=0")
    assert "TLS newer than 1.1" in str(tls_failure(server, tmp_path))


@pytest.mark.parametrize(("options", "words"), [
    ({"ca_path": "/nowhere/ca.pem"}, f"ca_path: /nowhere/ca.pem on {socket.gethostname()} cannot be used (No such file or directory)"),
    ({"client_cert": "/nowhere/client.pem"}, f"client_cert: /nowhere/client.pem on {socket.gethostname()} cannot be used"),
    ({"client_cert": "empty"}, "cannot be used (no PEM file"),
    ({"client_cert": "protected"}, "protected by a passphrase"),
    ({"ca_path": "empty"}, "cannot be used (no PEM file"),
])
def test_files_that_cannot_be_used(authority, tls_server, tmp_path, options, words):
    (tmp_path / "empty").write_bytes(b"")
    if "protected" in options.values():
        if shutil.which("openssl") is None:
            pytest.skip("openssl, which protects a key with a passphrase, is not installed")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-subj", "/CN=client", "-passout", "pass:secret",
                        "-keyout", "protected", "-out", "certificate"], cwd=str(tmp_path), check=True, stderr=subprocess.DEVNULL)
        (tmp_path / "protected").write_bytes((tmp_path / "protected").read_bytes() + (tmp_path / "certificate").read_bytes())
    server = tls_server(authority.issue_cert("127.0.0.1"))
    error = tls_failure(server, tmp_path, **{name: str(tmp_path / file) for name, file in options.items()})
    assert words in str(error) and (error.kind, error.retry) == ("invalid", False)


# serial ports


@pytest.fixture
def pyserial():
    serial = pytest.importorskip("serial", reason="pyserial is not installed")
    return serial


@pytest.fixture
def line(tmp_path):
    """The two ends of a serial line of ptys, as paths."""
    if shutil.which("socat") is None:
        pytest.skip("socat, which makes a serial line of ptys, is not installed")
    ends = [str(tmp_path / name) for name in ("near", "far")]
    process = subprocess.Popen(["socat"] + [f"pty,rawer,link={end}" for end in ends])
    deadline = soon()
    while not all(map(os.path.exists, ends)) and time.monotonic() < deadline:
        time.sleep(0.01)
    yield ends + [process]
    process.terminate()
    process.wait(5)


def test_a_serial_line_carries_every_byte(pyserial, line):
    near, far = (connect("serial", None, 30, {"serial_port": end}) for end in line[:2])
    assert near.pending() is None and near.receive(soon(0.05)) is None
    near.send(ALL_BYTES, soon())
    assert gather(far, 256) == ALL_BYTES
    far.send(ALL_BYTES[::-1], soon())
    deadline, came = soon(), b""
    while len(came) < 256 and time.monotonic() < deadline:
        came += near.pending() or b""
    assert came == ALL_BYTES[::-1]
    near.close()
    far.close()


def test_how_the_line_is_set_up(pyserial, line):
    link = connect("serial", None, 30, {"serial_port": line[0], "baud_rate": 19200, "data_bits": 7, "parity": "even", "stop_bits": 2.0})
    port = link.port
    assert (port.baudrate, port.bytesize, port.parity, port.stopbits, port.exclusive) == (19200, 7, "E", 2.0, True)
    link.close()
    link = connect("serial", None, 30, {"serial_port": line[0]})
    port = link.port
    assert (port.baudrate, port.bytesize, port.parity, port.stopbits) == (9600, 8, "N", 1.0)
    link.close()


def serial_failure(**options):
    with pytest.raises(LinkError) as raised:
        connect("serial", None, 30, options).close()
    return raised.value


def test_a_serial_port_in_use(pyserial, line):
    link = connect("serial", None, 30, {"serial_port": line[0]})
    error = serial_failure(serial_port=line[0])
    assert error.kind == "busy" and f"the serial port {line[0]} on {socket.gethostname()} is in use by another program" in str(error)
    link.close()


def test_a_serial_port_that_is_not_there(pyserial):
    error = serial_failure(serial_port="/dev/nowhere")
    assert f"there is no serial port /dev/nowhere on {socket.gethostname()}" in str(error) and error.kind == "unreachable"


def test_a_serial_port_of_others(pyserial, monkeypatch):
    def forbid(*arguments, **keywords):
        raise PermissionError(13, "Permission denied")
    monkeypatch.setattr(os, "open", forbid)
    error = serial_failure(serial_port="/dev/ttyS0")
    assert "may not be opened by this user" in str(error) and "dialout" in str(error) and not error.retry


def test_what_is_no_serial_port(pyserial, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    assert "cannot be used" in str(serial_failure(serial_port=str(tmp_path / "file")))
    assert "nonsense" in str(serial_failure(serial_port="nonsense://x"))


def test_an_adapter_that_is_pulled_out(pyserial, line):
    link = connect("serial", None, 30, {"serial_port": line[0]})
    line[2].terminate()
    line[2].wait(5)
    assert link.receive(soon()) == b"" and link.pending() == b"" and link.reason
    with pytest.raises(OSError):
        link.send(b"x", soon())
    link.close()


def test_a_serial_port_that_takes_no_bytes(pyserial):
    master, slave = os.openpty()
    link = connect("serial", None, 30, {"serial_port": os.ttyname(slave)})
    started = time.monotonic()
    with pytest.raises(socket.timeout):
        link.send(b"x" * 200000, soon(0.2))
    assert time.monotonic() - started < 15
    link.close()
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize(("transport", "options"), [("serial", {"serial_port": "/dev/ttyUSB0"}), ("rfc2217", {})])
def test_pyserial_is_missing(monkeypatch, free_port, transport, options):
    monkeypatch.setitem(sys.modules, "serial", None)
    with pytest.raises(LinkError) as raised:
        connect(transport, None if transport == "serial" else at(free_port()), 30, options)
    assert f"the Python package pyserial is missing on {socket.gethostname()} for {sys.executable}; install it there" in str(raised.value)
    assert raised.value.kind == "invalid" and not raised.value.retry


def test_another_package_of_that_name(monkeypatch):
    monkeypatch.setitem(sys.modules, "serial", os)
    assert "'serial' that is installed there is another one" in str(serial_failure(serial_port="/dev/ttyUSB0"))


# RFC 2217: what pyserial says of servers that do not speak it; those that do are in tests/real


def rfc2217_failure(port, seconds=0.4):
    """The error for one device, which is that for one of a fleet too."""
    with pytest.raises(LinkError) as raised:
        connect("rfc2217", at(port), seconds, {}).close()
    with pytest.raises(LinkError) as beside_others:
        event_loop.run(_connect.connect("rfc2217", at(port), seconds, {})).close()
    assert str(beside_others.value) == str(raised.value) and beside_others.value.kind == raised.value.kind
    return raised.value


def test_rfc2217_where_nobody_listens(pyserial, free_port):
    assert "connection refused" in str(rfc2217_failure(free_port()))


def test_rfc2217_port_in_use(pyserial, scripted):
    taken = [(b"", b"\xff\xfb\x03Port already in use\r\n"), (b"", None)]
    error = rfc2217_failure(scripted(*[taken] * 4).port, 2)
    assert error.kind == "busy" and "in use by somebody else" in str(error)


def test_rfc2217_where_something_else_listens(pyserial, scripted, monkeypatch):
    mute, opened, open_url = [(b"never", b"")], [], pyserial.serial_for_url
    monkeypatch.setattr(pyserial, "serial_for_url", lambda where, **line: opened.append(where) or open_url(where, **line))
    started = time.monotonic()
    error = rfc2217_failure(scripted(*[mute] * 4).port)
    assert error.kind == "unreachable" and "not as a serial server with RFC 2217" in str(error)
    assert len(opened) == 2 and all("?timeout=0.2&" in where for where in opened) and time.monotonic() - started < 30


# options


@pytest.mark.parametrize(("options", "transport", "words"), [
    ({"transport": "serial"}, "serial", r"no serial_port is set \(bytewire_serial_port\)"),
    ({"transport": "tls", "client_key": "key.pem"}, "tls", "client_key is set without client_cert"),
    ({"serial_port": "/dev/ttyUSB0"}, "tcp", r"serial_port is set, but the model's transport is tcp: set transport \(bytewire_transport\) to serial"),
    ({"ca_path": "ca.pem"}, "telnet", "ca_path is set, but the model's transport is telnet"),
    ({"client_cert": "client.pem"}, "tcp", "client_cert is set"),
])
def test_options_that_contradict_each_other(options, transport, words):
    with pytest.raises(BytewireError, match=words) as raised:
        refuse_contradictions(options, transport)
    assert raised.value.kind == "invalid"


@pytest.mark.parametrize(("options", "transport"), [
    ({}, "tcp"), ({}, "telnet"), ({}, "tls"), ({}, "rfc2217"),
    ({"serial_port": "/dev/ttyUSB0"}, "serial"),
    ({"transport": "tcp", "serial_port": "/dev/ttyUSB0", "ca_path": "ca.pem"}, "tcp"),
    ({"transport": "tls", "client_cert": "client.pem", "ca_path": "ca.pem"}, "tls"),
])
def test_options_that_go_together(options, transport):
    refuse_contradictions(options, transport)


def test_a_baud_rate_that_cannot_be():
    with pytest.raises(BytewireError, match="baud_rate is 0; expected 50 to 12000000"):
        device_options({"baud_rate": 0})


@pytest.mark.parametrize("number, words", [
    (errno.ECONNREFUSED, "nothing listens on this port"),
    (errno.EHOSTUNREACH, "nobody answers at this address"),
    (errno.ENETUNREACH, "this machine knows no way to the network"),
    (errno.EPERM, "this machine's own firewall"),
    (errno.EINVAL, "Invalid argument"),
])
def test_why_there_is_no_connection(monkeypatch, number, words):
    def fail(link):
        raise OSError(number, os.strerror(number))
    monkeypatch.setattr(_link.TcpLink, "_connect", fail)
    with pytest.raises(LinkError, match=words):
        connect("tcp", at(1), 30, {})

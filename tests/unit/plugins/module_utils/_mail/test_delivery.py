# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sending: against the mail sink, and against servers that misbehave."""

from __future__ import annotations

import base64
import contextlib
import email
import email.policy
import ssl
import threading
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._mail import server as mail_server, session
from ansible_collections.bytewire.devices.plugins.module_utils._mail.smtp import OutOfTime
from ansible_collections.bytewire.devices.tests.ports import free_port
from ansible_collections.bytewire.devices.tests.servers import BlackHole
from ansible_collections.bytewire.devices.tests.unit.plugins.module_utils._mail.mail_help import (
    ANN, BOB, CAT, SENDER, ScriptedServer, kind_and_stage, options, received, send, send_to, smtp, subjects)

MailSink = pytest.importorskip("ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.mail_sink").MailSink
trustme = pytest.importorskip("trustme")
pytest.importorskip("aiosmtpd")
PASSWORD = "s3cret-of-the-garage"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def tls_files(authority, tmp_path_factory):
    """The paths of our authority's certificate and of a key with certificate for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("tls")
    ca_path, certificate = str(folder / "ca.pem"), str(folder / "server.pem")
    authority.cert_pem.write_to_path(ca_path)
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    return ca_path, certificate


def secrets_in(data):
    """The forms of the password that must not be seen."""
    forms = [PASSWORD, base64.b64encode(PASSWORD.encode()).decode(), base64.b64encode(("\0ops\0" + PASSWORD).encode()).decode()]
    return [form for form in forms if form in (data.decode("latin-1") if isinstance(data, (bytes, bytearray)) else data)]


def test_a_message_arrives_as_composed(sink, kept):
    result = send(port=sink(), to=["Ann Ä <ann@example.org>"], cc=[BOB], bcc=[CAT], subject="Größe", body="a\n.\n.b\n", html="<p>a</p>",
                  attachments=[{"name": "x.csv", "content": "1;2"}])
    assert (result["changed"], result["delivered"], result["refused"]) == (True, [ANN, BOB, CAT], {})
    assert result["spooled"] is None and result["sent_from_spool"] == []
    message, = received(kept)
    assert message["x-mailfrom"] == SENDER
    assert message["x-rcptto"] == "ann@example.org, bob@example.org, cat@example.org"
    assert message["message-id"] == result["message_id"]
    assert message["subject"] == "Größe" and message["bcc"] is None
    assert message.get_body(("plain",)).get_content() == "a\r\n.\r\n.b\r\n"
    assert [part.get_filename() for part in message.iter_attachments()] == ["x.csv"]


def test_utf8_addresses_need_a_server_that_speaks_smtputf8(sink, kept):
    assert send(port=sink(), to=["jörg@example.org"], subject="Ü")["delivered"] == ["jörg@example.org"]
    message, = received(kept)
    assert message["x-rcptto"] == "jörg@example.org" and message["subject"] == "Ü"
    result, server = send_to(smtp(), to=["jörg@example.org"])
    assert b"MAIL" not in server.wire
    assert kind_and_stage(result) == ("refused", "recipients") and "Nobody got the message" in result["msg"]


def test_one_utf8_recipient_does_not_keep_the_others_from_the_mail(tmp_path):
    result, server = send_to(smtp(ehlo="250-here\r\n250 8BITMIME"), to=["Jörg Ä <jörg@example.org>", ANN], cc=["zoë@example.org", BOB],
                             headers={"Reply-To": ["ö@example.org", CAT]}, spool=str(tmp_path / "spool"))
    assert kind_and_stage(result) == ("refused", "recipients") and result["delivered"] == [ANN, BOB]
    assert result["refused"] == dict.fromkeys(["jörg@example.org", "zoë@example.org"], "the server takes no UTF-8 addresses")
    assert "refused 2 of 4 recipients: jörg@example.org (the server takes no UTF-8 addresses)" in result["msg"]
    assert bytes(server.wire).isascii() and b"MAIL FROM:<sender@example.org>\r\n" in server.wire and b"RCPT TO:<ann@example.org>\r\n" in server.wire
    message = email.message_from_bytes(bytes(server.wire).partition(b"DATA\r\n")[2], policy=email.policy.default)
    for name, group, other in (("to", "Jörg Ä <jörg@example.org>", ANN), ("cc", "zoë@example.org", BOB), ("reply-to", "ö@example.org", CAT)):
        assert [each.display_name for each in message[name].groups] == [group, None] and message[name].addresses[0].addr_spec == other
        assert not message[name].defects
    kept, = (tmp_path / "spool" / "rejected").iterdir()
    assert "Recipient: ann" not in kept.read_text() and "To: =?utf-8?b?SsO2cmcgw4Q=?= <jörg@example.org>" in kept.read_text()


def test_a_utf8_sender_is_what_a_server_without_smtputf8_does_not_take():
    result, server = send_to(smtp(), sender="jörg@example.org", to=[ANN, BOB])
    assert b"MAIL" not in server.wire
    assert kind_and_stage(result) == ("refused", "sender") and set(result["refused"]) == {ANN, BOB}
    assert "it refused the sender jörg@example.org (the server takes no UTF-8 addresses)" in result["msg"]


def test_check_mode_renders_and_connects_nowhere(tmp_path):
    result, server = send_to(smtp(), check=True, subject="Größe", body="text", bcc=[CAT], spool=str(tmp_path / "spool"))
    assert server.connections == 0
    assert result["changed"] is True and result["delivered"] == []
    assert "Subject: =?utf-8?" in result["message"] and "text" in result["message"] and CAT not in result["message"]
    assert not (tmp_path / "spool").exists()


def test_check_mode_refuses_what_the_task_would_refuse():
    assert kind_and_stage(send(check=True, subject="a\nb")) == ("invalid", "options")
    assert kind_and_stage(send(check=True, ca_path="/nowhere.pem", encryption="tls")) == ("invalid", "options")


def test_a_long_message_is_shown_in_part():
    result = send(check=True, body="x y" * 50000)
    assert len(result["message"]) < 66000 and "more bytes]" in result["message"]


@pytest.mark.parametrize("encryption, port", [("none", 25), ("starttls", 587), ("tls", 465)])
def test_the_port_follows_from_the_encryption(monkeypatch, encryption, port):
    asked = []

    def refuse(host, port, *others, **more):
        asked.append(port)
        raise OSError("no such name")

    monkeypatch.setattr("socket.getaddrinfo", refuse)
    assert kind_and_stage(send(encryption=encryption)) == ("unreachable", "resolve")
    assert asked == [port]


def test_a_name_with_several_addresses(sink, kept, closed, named):
    port = sink()
    closed(BlackHole("127.0.0.9", port))
    named("mail.example", "127.0.0.8", "127.0.0.9", "127.0.0.1")
    started = time.monotonic()
    assert send(host="mail.example", port=port, timeout=6)["delivered"] == [ANN]
    assert 2 < time.monotonic() - started < 6 and subjects(kept) == ["Report"]
    named("mail.example", "127.0.0.8", "127.0.0.9")
    result = send(host="mail.example", port=port, timeout=1)
    assert f"Mail server mail.example:{port}: no connection (127.0.0.8: Connection refused; 127.0.0.9: no answer in time)" in result["msg"]


@pytest.mark.parametrize("host", ["::1", "[::1]", "::1%1"])
def test_a_server_by_its_ipv6_address(kept, closed, authority, tmp_path, host):
    """The zone is this machine's word for an interface: no certificate has it."""
    ca_path, certificate = str(tmp_path / "ca.pem"), str(tmp_path / "server.pem")
    authority.cert_pem.write_to_path(ca_path)
    authority.issue_cert("::1").private_key_and_cert_chain_pem.write_to_path(certificate)
    port = closed(MailSink("::1", free_port("::1"), str(kept), tls="starttls", certificate=certificate), "stop").start()
    assert send(host=host, port=port, encryption="starttls", ca_path=ca_path)["delivered"] == [ANN]
    refused = send(host=host, port=free_port("::1"))["msg"]
    assert refused.startswith(f"Mail server [{host.strip('[]')}]:") and "no connection (::1: Connection refused)" in refused


@pytest.mark.parametrize("given", [{"port": 0}, {"port": 70000}, {"timeout": 0}, {"timeout": -1}, {"timeout": float("nan")},
                                   {"host": "a b"}, {"host": ""},
                                   {"to": [], "cc": [], "bcc": []},
                                   {"username": "a\0b", "password": "x", "allow_plaintext_login": True}])
def test_nonsense_is_refused(given):
    assert kind_and_stage(send(**given)) == ("invalid", "options")


def test_server_down(free_port):
    result = send(port=free_port())
    assert kind_and_stage(result) == ("unreachable", "connect")
    assert "127.0.0.1" in result["msg"] and "Check host and port" in result["msg"]
    assert result["changed"] is False and result["delivered"] == []


# Encryption

@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_tls_with_our_own_authority_and_login(sink, kept, tls_files, tls):
    ca_path, certificate = tls_files
    port = sink(tls=tls, certificate=certificate, username="ops", password=PASSWORD)
    result = send(port=port, encryption=tls, ca_path=ca_path, username="ops", password=PASSWORD, trace=True)
    assert result["delivered"] == [ANN]
    assert len(received(kept)) == 1
    assert {"stage": "login", "sent": "********"}.items() <= next(each for each in result["trace"] if each["stage"] == "login").items()
    assert not secrets_in(str(result))


@pytest.mark.parametrize("tls", ["starttls", "tls"])
@pytest.mark.parametrize("validate", [True, False])
def test_an_unknown_authority_is_accepted_only_if_asked(sink, kept, tls_files, tls, validate):
    port = sink(tls=tls, certificate=tls_files[1], username="ops", password=PASSWORD)
    result = send(port=port, encryption=tls, validate_certs=validate, username="ops", password=PASSWORD)
    if validate:
        assert kind_and_stage(result) == ("refused", "tls")
        assert "certificate" in result["msg"] and "ca_path" in result["msg"]
        assert received(kept) == []
    else:
        assert result["delivered"] == [ANN]


def test_a_certificate_for_another_name_is_refused(sink, kept, authority, tls_files, tmp_path):
    wrong = str(tmp_path / "wrong.pem")
    authority.issue_cert("mail.example.org").private_key_and_cert_chain_pem.write_to_path(wrong)
    result = send(port=sink(tls="starttls", certificate=wrong), encryption="starttls", ca_path=tls_files[0])
    assert kind_and_stage(result) == ("refused", "tls")
    assert "127.0.0.1" in result["msg"]
    assert received(kept) == []


def login_over_broken_tls(script, **given):
    return send_to(script, username="ops", password=PASSWORD, body="Disk is off", **dict({"encryption": "starttls"}, **given))


def assert_nothing_leaked(server, result):
    assert server.connections == 1
    assert not secrets_in(server.wire) and not secrets_in(str(result))
    assert b"AUTH" not in server.wire and b"MAIL FROM" not in server.wire and b"Disk is off" not in server.wire


def test_starttls_not_offered():
    result, server = login_over_broken_tls(smtp(ehlo="250-here\r\n250 AUTH PLAIN LOGIN"))
    assert kind_and_stage(result) == ("refused", "tls")
    assert "does not offer STARTTLS" in result["msg"]
    assert_nothing_leaked(server, result)


def test_starttls_declined():
    result, server = login_over_broken_tls(smtp(ehlo="250-here\r\n250-AUTH PLAIN\r\n250 STARTTLS", starttls="454 not now"))
    assert kind_and_stage(result) == ("refused", "tls")
    assert_nothing_leaked(server, result)


def agree_then(what):
    def starttls(peer):
        peer.say(b"220 go on\r\n")
        what(peer)
    return smtp(ehlo="250-here\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS", starttls=starttls)


def read_hello_then_reset(peer):
    peer.wire += peer.sock.recv(65536)
    peer.reset()


def read_hello_then_close(peer):
    peer.wire += peer.sock.recv(65536)
    peer.sock.close()


def read_hello_then_babble(peer):
    peer.wire += peer.sock.recv(65536)
    peer.say(b"250 this is no TLS\r\n")
    peer.drain()


@pytest.mark.parametrize("what, kind", [(lambda peer: peer.reset(), "closed"), (read_hello_then_reset, "closed"),
                                        (read_hello_then_close, "closed"), (read_hello_then_babble, "bad_reply"),
                                        (lambda peer: peer.drain(), "timeout")])
def test_trouble_during_the_handshake_never_leads_back_to_clear_text(what, kind):
    result, server = login_over_broken_tls(agree_then(what), timeout=1)
    assert kind_and_stage(result) == (kind, "tls")
    assert_nothing_leaked(server, result)


def test_bytes_smuggled_in_before_tls_are_not_believed(tls_files):
    def smuggle(peer):
        peer.say(b"220 go on\r\n250-here\r\n250 AUTH PLAIN\r\n")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls_files[1])
        context.wrap_socket(peer.sock, server_side=True)

    result, server = login_over_broken_tls(smtp(ehlo="250-here\r\n250 STARTTLS", starttls=smuggle), ca_path=tls_files[0])
    assert kind_and_stage(result) == ("bad_reply", "tls")
    assert_nothing_leaked(server, result)


def test_tls_from_the_first_byte_to_a_server_without_it():
    result, server = login_over_broken_tls(smtp(), encryption="tls", timeout=2)
    assert result["error"]["stage"] == "tls"
    assert result["error"]["kind"] == "bad_reply"
    assert "it does not begin with TLS, it speaks in clear text. Set encryption to starttls, or to none if it has no TLS" in result["msg"]
    assert_nothing_leaked(server, result)


@pytest.mark.parametrize("encryption", ["starttls", "none"])
def test_a_server_that_waits_for_tls_from_the_first_byte_is_found_out(sink, kept, tls_files, encryption):
    port, began = sink(tls="tls", certificate=tls_files[1]), time.monotonic()
    result = send(port=port, encryption=encryption, timeout=60)
    assert time.monotonic() - began < 30 and kind_and_stage(result) == ("timeout", "greeting")
    assert "it says nothing, and waits for TLS from the first byte, as is usual on port 465. Set encryption to tls; nothing was sent." in result["msg"]
    assert received(kept) == []


def test_a_server_that_greets_late_is_waited_for(monkeypatch):
    monkeypatch.setattr(session, "PATIENCE", 0.1)

    def late(peer):
        time.sleep(1)
        smtp()(peer)
    result, dummy = send_to(smtp(greeting=late), timeout=20)
    assert result["delivered"] == [ANN]


def test_silence_on_the_port_of_tls():
    quiet = mail_server.Server("mail.example", port=465, encryption="starttls", validate_certs=True, ca_path=None, username=None, password=None,
                               allow_plaintext_login=False, timeout=60)
    assert mail_server.translated(quiet, "greeting", OutOfTime()).msg == (
        "Mail server mail.example:465: no complete answer within 60 s. Port 465 is usually one for TLS from the first byte: set encryption to tls; or try "
        "again later.")


# Login

def test_login_in_clear_text_is_refused_unless_named(sink, kept):
    port = sink(username="ops", password=PASSWORD)
    result = send(port=port, username="ops", password=PASSWORD)
    assert kind_and_stage(result) == ("invalid", "options")
    assert "allow_plaintext_login" in result["msg"]
    assert send(port=port, username="ops", password=PASSWORD, allow_plaintext_login=True)["delivered"] == [ANN]
    assert len(received(kept)) == 1


def test_a_wrong_password_is_told_and_not_shown(sink, tls_files):
    port = sink(tls="starttls", certificate=tls_files[1], username="ops", password="other")
    result = send(port=port, encryption="starttls", ca_path=tls_files[0], username="ops", password=PASSWORD, trace=True)
    assert kind_and_stage(result) == ("locked", "login")
    assert "'ops'" in result["msg"] and "Check username and password" in result["msg"]
    assert not secrets_in(str(result))


def test_a_password_in_the_servers_answer_is_masked():
    result, dummy = send_to(smtp(ehlo="250-here\r\n250 AUTH PLAIN", auth=f"535 wrong: {PASSWORD}"), username="ops", password=PASSWORD,
                            allow_plaintext_login=True, trace=True)
    assert "535 wrong: ********" in result["msg"]
    assert not secrets_in(str(result))


@pytest.mark.parametrize("replies, kind", [({"ehlo": "250 here"}, "refused"), ({"ehlo": "250-here\r\n250 AUTH GSSAPI"}, "refused"),
                                           ({"ehlo": "250-here\r\n250 AUTH PLAIN", "auth": "454 later"}, "refused"),
                                           ({"ehlo": "250-here\r\n250 AUTH PLAIN", "auth": "534 too weak"}, "locked"),
                                           ({"ehlo": "250-here\r\n250 AUTH PLAIN", "auth": "334 more"}, "bad_reply")])
def test_other_failures_of_the_login(replies, kind):
    result, server = send_to(smtp(**replies), username="ops", password=PASSWORD, allow_plaintext_login=True)
    assert kind_and_stage(result) == (kind, "login")
    assert b"MAIL" not in server.wire


def test_login_in_three_steps():
    def auth(peer):
        peer.say(b"334 VXNlcm5hbWU6\r\n")
        said.append(base64.b64decode(peer.line()))
        peer.say(b"334 UGFzc3dvcmQ6\r\n")
        said.append(base64.b64decode(peer.line()))
        peer.say(b"235 welcome\r\n")
        smtp(greeting=lambda peer: peer.say(b""))(peer)

    said = []
    send_to(smtp(ehlo="250-here\r\n250 AUTH LOGIN", auth=auth), username="öps", password="pässword", allow_plaintext_login=True)
    assert said == ["öps".encode(), "pässword".encode()]


def test_a_server_that_wants_a_login(sink):
    result = send(port=sink(username="ops", password=PASSWORD))
    assert kind_and_stage(result) == ("locked", "sender")
    assert "Give username and password" in result["msg"]


def test_a_server_that_wants_tls(sink, tls_files):
    result = send(port=sink(tls="starttls", certificate=tls_files[1]))
    assert kind_and_stage(result) == ("refused", "sender")
    assert "Use encryption starttls" in result["msg"]


# Refusals

def test_one_refused_recipient_of_three_fails_and_the_others_have_it_once(sink, kept):
    result = send(port=sink(refuse=[BOB]), to=[ANN, BOB], bcc=[CAT])
    assert result["failed"] and result["changed"] is True
    assert kind_and_stage(result) == ("refused", "recipients")
    assert result["delivered"] == [ANN, CAT]
    assert list(result["refused"]) == [BOB] and result["refused"][BOB].startswith("550 5.1.1")
    assert "refused 1 of 3 recipients: bob@example.org (550" in result["msg"]
    assert "Delivered to: ann@example.org, cat@example.org." in result["msg"]
    message, = received(kept)
    assert message["x-rcptto"] == "ann@example.org, cat@example.org"


def test_all_recipients_refused(sink, kept):
    result = send(port=sink(refuse={ANN: "550 never", BOB: "451 later"}), to=[ANN, BOB])
    assert kind_and_stage(result) == ("refused", "recipients")
    assert result["refused"] == {ANN: "550 never", BOB: "451 later"}
    assert result["changed"] is False and "Nobody got the message" in result["msg"]
    assert received(kept) == []


@pytest.mark.parametrize("replies, kind, stage", [
    ({"greeting": "554 no"}, "refused", "greeting"), ({"greeting": "421 too many"}, "busy", "greeting"),
    ({"greeting": "hello"}, "bad_reply", "greeting"),
    ({"ehlo": "502 what", "helo": "502 what"}, "refused", "greeting"),
    ({"mail": "553 not you"}, "refused", "sender"), ({"mail": "451 later"}, "refused", "sender"),
    ({"mail": "421 shutting down"}, "closed", "sender"),
    ({"rcpt": "421 shutting down"}, "closed", "recipients"), ({"rcpt": "nonsense"}, "bad_reply", "recipients"),
    ({"data": "554 no"}, "refused", "data"), ({"message": "552 too big"}, "refused", "data"), ({"message": "451 later"}, "refused", "data"),
    ({"message": "421 shutting down"}, "closed", "data"),
    ({"greeting": lambda peer: peer.sock.close()}, "closed", "greeting"),
    ({"mail": lambda peer: peer.reset()}, "closed", "sender"),
    ({"rcpt": lambda peer: peer.sock.close()}, "closed", "recipients"),
    ({"message": lambda peer: peer.reset()}, "unverified", "data"), ({"message": lambda peer: peer.drain()}, "unverified", "data"),
    ({"message": "nonsense"}, "unverified", "data"),
])
def test_what_a_server_can_do_to_us(replies, kind, stage):
    result, server = send_to(smtp(**replies), timeout=1)
    assert kind_and_stage(result) == (kind, stage)
    assert result["failed"] and result["changed"] is False and result["delivered"] == []
    assert result["msg"].startswith(f"Mail server 127.0.0.1:{server.port}: ")


def test_an_old_server_that_knows_only_helo():
    assert send_to(smtp(ehlo="500 what"))[0]["delivered"] == [ANN]


def test_recipients_get_251_and_252_as_accepted():
    assert send_to(smtp(rcpt=["251 will forward", "252 will try"]), to=[ANN, BOB])[0]["delivered"] == [ANN, BOB]


# Time and size

def drip(data):
    def script(peer):
        for number in range(3000):
            peer.say(data[number % len(data):][:1])
            time.sleep(0.02)
    return script


@pytest.mark.parametrize("data", [b"2", b"220-here\r\n"])
def test_one_deadline_even_if_bytes_keep_dripping(data):
    result, server = send_to(drip(data), timeout=0.5)
    assert server.took < 30
    assert kind_and_stage(result) == ("timeout", "greeting")
    assert "0.5 s" in result["msg"]


def test_slow_answers_add_up_to_one_deadline():
    def slowly(peer):
        peer.say(b"220 here\r\n")
        while peer.line():
            time.sleep(0.3)
            peer.say(b"250 fine\r\n")

    result, server = send_to(slowly, timeout=0.8)
    assert server.took < 30
    assert kind_and_stage(result)[0] == "timeout"


def test_a_server_that_does_not_read():
    def deaf(peer):
        smtp(data=lambda peer: (peer.say(b"354 go on\r\n"), done.wait(60)))(peer)

    done = threading.Event()
    with ScriptedServer(deaf) as server:
        began = time.monotonic()
        result = send(port=server.port, timeout=0.7, attachments=[{"name": "big.txt", "content": "x" * 8000000}])
        assert time.monotonic() - began < 30
        done.set()
    assert kind_and_stage(result) == ("timeout", "data")


def test_a_server_that_reads_slowly_over_tls(tls_files):
    def slowly(peer):
        peer.say(b"354 go on\r\n")
        while peer.sock.recv(65536):
            time.sleep(0.02)

    def script(peer):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls_files[1])
        with context.wrap_socket(peer.sock, server_side=True) as peer.sock:
            smtp(data=slowly)(peer)

    result, server = send_to(script, encryption="tls", ca_path=tls_files[0], timeout=0.7,
                             attachments=[{"name": "big.txt", "content": "x" * 8000000}])
    assert server.took < 30
    assert kind_and_stage(result) == ("timeout", "data")


def test_an_endless_answer_is_cut():
    def endless(peer):
        with contextlib.suppress(OSError):
            while True:
                peer.say(b"220-" + b"x" * 500 + b"\r\n")

    result, dummy = send_to(endless, timeout=5)
    assert kind_and_stage(result) == ("bad_reply", "greeting")


def test_trace_tells_stage_command_answer_and_time(sink):
    result = send(port=sink(), trace=True)
    stages = [each["stage"] for each in result["trace"]]
    assert stages == ["greeting", "greeting", "sender", "recipients", "data", "data", "data"] or stages[:6] == [
        "greeting", "greeting", "sender", "recipients", "data", "data"]
    assert result["trace"][2]["sent"].startswith("MAIL FROM:<sender@example.org>")
    assert result["trace"][2]["received"].startswith("250") and result["trace"][2]["ms"] >= 0
    assert "trace" not in send(port=1, timeout=1)


def test_the_options_of_a_task_are_enough(sink, kept):
    assert options(**{"from": "f@example.org", "sender": None})["sender"] == "f@example.org"
    assert send(port=sink(), **{"from": "f@example.org", "sender": None})["changed"]
    assert subjects(kept) == ["Report"]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mail sink, seen by an ordinary mail client."""

from __future__ import annotations

import asyncio
import os
import smtplib
import socket
import ssl
import threading

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator import mail_sink
from ansible_collections.bytewire.devices.plugins.plugin_utils._emulator.mail_sink import MailSink

MESSAGE = b"Subject: one\r\nX-Odd:  two  spaces\r\n\r\n.dot\r\nlast line \r\n"


def contents(folder):
    return {name: (folder / name).read_bytes() for name in sorted(os.listdir(str(folder)))}


def client(port, tls="none", **more):
    context = ssl._create_unverified_context()
    if tls == "tls":
        return smtplib.SMTP_SSL("127.0.0.1", port, context=context, timeout=5)
    session = smtplib.SMTP("127.0.0.1", port, timeout=5)
    if tls == "starttls":
        session.starttls(context=context)
    return session


def test_messages_are_kept_exactly_and_in_order(sink, kept):
    with client(sink()) as session:
        session.sendmail("a@example.org", ["b@example.org", "c@example.org"], MESSAGE)
        session.sendmail("a@example.org", ["b@example.org"], MESSAGE)
    assert contents(kept) == {
        "000001.eml": b"X-MailFrom: a@example.org\r\nX-RcptTo: b@example.org, c@example.org\r\n" + MESSAGE,
        "000002.eml": b"X-MailFrom: a@example.org\r\nX-RcptTo: b@example.org\r\n" + MESSAGE,
    }


def test_a_second_sink_counts_on(sink, kept):
    for _time in range(2):
        with client(sink()) as session:
            session.sendmail("a@example.org", ["b@example.org"], MESSAGE)
    assert list(contents(kept)) == ["000001.eml", "000002.eml"]


def test_chosen_recipients_are_refused(sink, kept):
    with client(sink(refuse=["B@example.org"])) as session:
        refused = session.sendmail("a@example.org", ["b@example.org", "c@example.org"], MESSAGE)
    assert refused["b@example.org"][0] == 550
    assert b"X-RcptTo: c@example.org\r\n" in contents(kept)["000001.eml"]


def test_a_refusal_may_have_words_of_its_own(sink):
    with client(sink(refuse={"b@example.org": "451 4.3.0 later"})) as session:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            session.sendmail("a@example.org", ["b@example.org"], MESSAGE)
    assert caught.value.recipients == {"b@example.org": (451, b"4.3.0 later")}


@pytest.mark.parametrize("tls", ["none", "starttls", "tls"])
def test_login(sink, kept, certificate, tls):
    files = {} if tls == "none" else {"certificate": certificate}
    port = sink(tls=tls, username="ops", password="pass", **files)
    with client(port, tls) as session:
        with pytest.raises(smtplib.SMTPSenderRefused):
            session.sendmail("a@example.org", ["b@example.org"], MESSAGE)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            session.login("ops", "wrong")
        session.login("ops", "pass")
        session.sendmail("a@example.org", ["b@example.org"], MESSAGE)
    assert list(contents(kept)) == ["000001.eml"]


def test_with_starttls_nothing_goes_in_clear_text(sink, certificate):
    with client(sink(tls="starttls", certificate=certificate)) as session:
        with pytest.raises(smtplib.SMTPSenderRefused) as caught:
            session.sendmail("a@example.org", ["b@example.org"], MESSAGE)
    assert caught.value.smtp_code == 530


def test_port_0_finds_a_port(tmp_path):
    sink = MailSink("127.0.0.1", 0, str(tmp_path))
    port = sink.start()
    try:
        assert port > 0 and client(port).noop()[0] == 250
    finally:
        sink.stop()


def test_stopping_ends_thread_port_and_conversations(free_port, tmp_path):
    port = free_port()
    sink = MailSink("127.0.0.1", port, str(tmp_path / "kept"))
    sink.start()
    session = client(port)
    sink.stop()
    sink.stop()
    with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        session.noop()
        session.noop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)
    assert "mail sink" not in [thread.name for thread in threading.enumerate()]


def test_it_lives_beside_an_event_loop(sink):
    async def use():
        port = sink()
        return await asyncio.to_thread(lambda: client(port).noop()[0])

    assert asyncio.run(use()) == 250


def test_a_port_in_use_is_told(sink):
    port = sink()
    with pytest.raises(BytewireError) as caught:
        sink(port=port)
    assert caught.value.kind == "busy" and str(port) in caught.value.msg


def test_without_aiosmtpd_the_error_names_the_package(monkeypatch, tmp_path):
    monkeypatch.setattr(mail_sink, "HAS_AIOSMTPD", False)
    with pytest.raises(BytewireError) as caught:
        MailSink("127.0.0.1", 0, str(tmp_path))
    assert "aiosmtpd" in caught.value.msg


@pytest.mark.parametrize("given", [{"tls": "ssl3"}, {"tls": "tls"}, {"tls": "tls", "certificate": "/nowhere.pem"}])
def test_nonsense_is_refused(tmp_path, given):
    with pytest.raises(BytewireError) as caught:
        MailSink("127.0.0.1", 0, str(tmp_path), **given)
    assert caught.value.kind == "invalid"

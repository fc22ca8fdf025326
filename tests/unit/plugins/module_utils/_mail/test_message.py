# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a message looks like, before any server is involved."""

from __future__ import annotations

import email
import email.policy
import random
from email.header import decode_header, make_header

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._mail.message import compose
from ansible_collections.bytewire.devices.tests.unit.plugins.module_utils._mail.mail_help import ANN, BOB, CAT, SENDER, options


MESSAGE_OPTIONS = ("sender", "to", "cc", "bcc", "subject", "body", "html", "attachments", "headers")


def composed(**given):
    """What the server is given, and what a reader of it sees."""
    task = options(**given)
    sent, _message_id = compose(**{name: task[name] for name in MESSAGE_OPTIONS})
    return sent, email.message_from_bytes(sent.content, policy=email.policy.default)


def text_of(part):
    return part.get_content().replace("\r\n", "\n")


def refusal(**given):
    with pytest.raises(BytewireError) as caught:
        composed(**given)
    assert caught.value.kind == "invalid"
    return caught.value.msg


def test_text_alone_is_one_plain_part():
    sent, message = composed(body="Disk is off.\n")
    assert message.get_content_type() == "text/plain"
    assert text_of(message) == "Disk is off.\n"
    assert b"\n" not in sent.content.replace(b"\r\n", b"")


def test_html_alone_is_one_html_part():
    assert composed(html="<p>off</p>")[1].get_content_type() == "text/html"


def test_text_and_html_are_alternatives_the_plain_one_first():
    message = composed(body="off", html="<b>off</b>")[1]
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_no_text_at_all_is_an_empty_message():
    assert composed()[1].get_content().strip() == ""


def test_subject_names_and_text_keep_their_letters():
    sent, message = composed(sender='"Weiß, Jörg" <j@example.org>', to=["Ångström Ä <a@example.org>"],
                             subject="Größe: 日本", body="naïve ✓\n")
    assert sent.content.isascii()
    assert message["subject"] == "Größe: 日本"
    assert message["from"].addresses[0].display_name == "Weiß, Jörg"
    assert message["to"].addresses[0].display_name == "Ångström Ä"
    assert text_of(message) == "naïve ✓\n"


def test_date_and_message_id_are_set():
    message = composed()[1]
    assert message["date"].datetime is not None
    assert message["message-id"].startswith("<") and message["message-id"].endswith("@example.org>")
    assert message["auto-submitted"] == "auto-generated"


def test_all_recipients_are_in_the_envelope_once_and_bcc_in_no_header():
    sent, message = composed(to=[ANN, "Ann <ann@EXAMPLE.org>"], cc=[BOB, ANN], bcc=[CAT])
    assert sent.sender == SENDER
    assert sent.recipients == [ANN, BOB, CAT]
    assert message["cc"] == "bob@example.org, ann@example.org"
    assert CAT.encode() not in sent.content and message["bcc"] is None


def test_bcc_alone_names_nobody():
    sent, message = composed(to=None, bcc=[CAT])
    assert sent.recipients == [CAT]
    assert message["to"] == "undisclosed-recipients:;"


def test_attachments_from_text_and_from_files(tmp_path):
    picture = tmp_path / "plan.png"
    picture.write_bytes(b"\x89PNG\r\n\x00\xff")
    message = composed(body="see", attachments=[str(picture), {"name": "Maße.csv", "content": "länge\n"},
                                                {"path": str(picture), "name": "x.bin", "type": "application/x-plan"}])[1]
    first, second, third = message.iter_attachments()
    assert (first.get_filename(), first.get_content_type(), first.get_content()) == ("plan.png", "image/png", b"\x89PNG\r\n\x00\xff")
    assert (second.get_filename(), second.get_content_type(), second.get_content()) == ("Maße.csv", "text/csv", "länge\n")
    assert (third.get_filename(), third.get_content_type()) == ("x.bin", "application/x-plan")


def test_further_headers_repeated_and_with_names():
    sent, message = composed(headers={"X-Board": ["garage", "cellar"], "Reply-To": "Jörg <j@example.org>", "Auto-Submitted": "no"})
    assert message.get_all("x-board") == ["garage", "cellar"]
    assert message["reply-to"].addresses[0].display_name == "Jörg"
    assert message["reply-to"].addresses[0].addr_spec == "j@example.org"
    assert message.get_all("auto-submitted") == ["no"]


def test_several_reply_addresses_are_one_header():
    message = composed(headers={"Reply-To": [ANN, BOB]})[1]
    assert [address.addr_spec for address in message["reply-to"].addresses] == [ANN, BOB]


@pytest.mark.parametrize("evil", ["a\r\nBcc: x@example.org", "a\nX: y", "a\rb", "a\x00b", "a\x1bb", "a\u2028b", "a\x85b", "a\udc80b"])
@pytest.mark.parametrize("place", ["subject", "sender", "to", "cc", "bcc", "header", "header name", "attachment"])
def test_control_characters_are_refused_everywhere_in_the_head(place, evil):
    given = {
        "subject": {"subject": evil}, "sender": {"sender": f"{evil} <s@example.org>"}, "to": {"to": [evil + "@example.org"]},
        "cc": {"cc": ["x@example.org" + evil]}, "bcc": {"bcc": [f"N {evil} <x@example.org>"]},
        "header": {"headers": {"X-A": evil}}, "header name": {"headers": {evil: "x"}},
        "attachment": {"attachments": [{"name": evil, "content": "x"}]},
    }[place]
    assert refusal(**given)


@pytest.mark.parametrize("address", ["", "a b@example.org", "@example.org", "a@", "a@b@c", "<a@example.org", "a@example.org>",
                                     "a@example.org, b@example.org", "a@example.org> SIZE=1", "two <a@example.org> <b@example.org>"])
def test_what_is_no_address_is_refused(address):
    assert "is not an address" in refusal(to=[address])


@pytest.mark.parametrize("name, told", [("Bcc", "bcc"), ("subject", "subject"), ("FROM", "sender"), ("Date", "made by the module"),
                                        ("Content-Type", "made by the module"), ("X Y", "not the name"), ("X:", "not the name")])
def test_headers_that_are_not_for_the_user(name, told):
    assert told in refusal(headers={name: "x"})


@pytest.mark.parametrize("value", [True, None, {"a": 1}])
def test_a_header_must_be_text(value):
    assert "must be text" in refusal(headers={"X-A": value})


@pytest.mark.parametrize("attachment", [{"name": "x"}, {"path": "/x", "content": "x"}, {"content": "x", "name": "x", "mode": "1"}, 7,
                                        {"content": "without a name"}, {"content": "x", "name": "x", "type": "nonsense"},
                                        {"content": "x", "name": "x", "type": "multipart/mixed"}, "/nowhere/at/all"])
def test_what_cannot_be_attached_is_refused(attachment):
    assert "attachments" in refusal(attachments=[attachment])


def test_domains_are_written_as_in_dns():
    sent = composed(to=["a@bücher.example"])[0]
    assert sent.recipients == ["a@xn--bcher-kva.example"]
    assert "xn--" in refusal(to=["a@straße.example"])


def test_what_a_device_said_never_prevents_the_mail():
    sent, message = composed(body="reply: \x00\x1b[K\udcff\r.\nend")
    assert message["content-transfer-encoding"] == "quoted-printable"
    assert text_of(message) == "reply: \x00\x1b[K?\n.\nend\n"
    assert b"\x00" not in sent.content


def test_long_lines_stay_within_what_smtp_allows():
    sent, message = composed(body="x" * 5000, subject="y" * 3000, html="z" * 5000)
    assert max(map(len, sent.content.split(b"\r\n"))) < 998
    assert message["subject"] == "y" * 3000


def test_any_name_and_subject_survives_and_no_address_is_lost():
    letters = random.Random(7)
    text = "abc äöüß,;:.\"()@\\'日本語 é-_=?"
    for _round in range(300):
        names = [" ".join("".join(letters.choices(text, k=letters.choice([3, 10, 40, 90]))).split()) + "x" for _number in range(3)]
        quoted = [name.replace("\\", "\\\\").replace('"', '\\"') for name in names]
        given = [f'"{name}" <u{number}@example.org>' for number, name in enumerate(quoted)]
        sent, message = composed(to=given, subject=names[0])
        assert [address.addr_spec for address in message["to"].addresses] == sent.recipients
        plain = email.message_from_bytes(sent.content)
        pairs = email.utils.getaddresses([plain["to"].replace("\r\n", "")])
        assert [" ".join(str(make_header(decode_header(name))).split()) for name, _address in pairs] == names
        assert message["subject"] == names[0]

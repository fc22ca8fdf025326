# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From options to a message: addresses, headers, parts and attachments, checked before anything is sent. No network."""

from __future__ import annotations

import email.utils
import mimetypes
import os
import re
import typing as t
from email import policy
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage

from ansible_collections.bytewire.devices.plugins.module_utils._errors import invalid
from ansible_collections.bytewire.devices.plugins.module_utils._files import read_regular


class Message(t.NamedTuple):
    """What a mail server is given: the envelope's two sides (plain addresses) and the content as bytes."""

    sender: str
    recipients: list[str]
    content: bytes


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NAMED = re.compile(r"(?P<name>[^<>]*?)\s*<(?P<address>[^<>]*)>\Z")
_MAILBOX = re.compile(r"""(?P<user>[^\s@<>()\[\]\\,;:"]+)(?:@(?P<domain>[^\s@<>()\\,;:"]+))?\Z""")
_UTF8_ADDRESS = re.compile(br"<?[^\s<>,]*[\x80-\xff][^\s<>,]*>?")
_HEADER_NAME = re.compile(r"[!-9;-~]+\Z")
_AMBIGUOUS_IN_DOMAINS = set("\u00df\u03c2\u200c\u200d")
_OWN_HEADERS = {
    "from": "sender", "to": "to", "cc": "cc", "bcc": "bcc", "subject": "subject",
    "date": None, "message-id": None, "mime-version": None,
}
_ADDRESS_HEADERS = {"reply-to", "sender", "errors-to", "return-receipt-to", "disposition-notification-to"}
_LINE = 76
LARGEST_FILE = 64 * 1024 * 1024  # bytes of an attachment
_ATTACHMENT_KEYS = {"path", "content", "name", "type"}


_Addresses = t.Optional[t.Sequence[str]]


def compose(sender: str, subject: str, *, to: _Addresses, cc: _Addresses, bcc: _Addresses, body: str | None, html: str | None,
            attachments: t.Sequence[object] | None, headers: t.Mapping[t.Any, object] | None, identity: str = "") -> tuple[Message, str]:
    """The message of these options of a task, with its Message-ID; identity is what that begins with, where it shall be known again."""
    author = _address(sender, "sender")
    people = {field: [_address(text, field) for text in texts or ()] for field, texts in (("to", to), ("cc", cc), ("bcc", bcc))}
    recipients = _unique(people["to"] + people["cc"] + people["bcc"])
    if not recipients:
        raise invalid("Nobody to send to: give at least one address in to, cc or bcc.")
    domain = author.domain or "localhost"
    message_id = f"<{identity}@{domain}>" if identity else email.utils.make_msgid(domain=domain)
    lines = _own_headers(author, people, _line(subject, "subject"), message_id) + _further_headers(headers or {})
    parts = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))
    _set_text(parts, body, html)
    for attachment in attachments or ():
        _attach(parts, attachment)
    content = "".join(f"{line}\r\n" for line in lines).encode("utf-8") + parts.as_bytes()
    return Message(author.addr_spec, recipients, content), message_id


def _line(value: object, where: str) -> str:
    """value as text of one line; a line break would start another header."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise invalid(f"{where} must be text, not {value!r}.")
    text = str(value)
    found = _CONTROL.search(text)
    if found:
        raise invalid(f"{where} must be one line without control characters, but has {found.group()!r} in {text!r}.")
    return text


def _address(text: object, where: str) -> Address:
    """The address in 'user@example.org' or 'A Name <user@example.org>'."""
    line = _line(text, where).strip()
    named = _NAMED.match(line)
    mailbox = _MAILBOX.match(named.group("address") if named else line)
    if not mailbox:
        raise invalid(f"{where}: {line!r} is not an address: write user@example.org or A Name <user@example.org>.")
    name = _unquoted(named.group("name")) if named else ""
    return Address(display_name=name, username=mailbox.group("user"), domain=_domain(mailbox.group("domain") or "", where))


def _unquoted(name: str) -> str:
    if len(name) > 1 and name[0] == name[-1] == '"':
        return re.sub(r"\\(.)", r"\1", name[1:-1])
    return name


def _domain(domain: str, where: str) -> str:
    """The domain as it is written in DNS."""
    if domain.isascii():
        return domain
    if _AMBIGUOUS_IN_DOMAINS & set(domain):
        raise invalid(f"{where}: write the domain {domain} in its xn-- form: its letters do not say which domain is meant.")
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise invalid(f"{where}: {domain} is not a domain name.") from None


def _unique(addresses: t.Iterable[Address]) -> list[str]:
    """The plain addresses, each once, in order. Domains do not know upper from lower case."""
    found: dict[tuple[str, str], str] = {}
    for address in addresses:
        found.setdefault((address.username, address.domain.lower()), address.addr_spec)
    return list(found.values())


def _own_headers(sender: Address, people: t.Mapping[str, t.Sequence[Address]], subject: str, message_id: str) -> list[str]:
    lines = [_address_header("From", [sender])]
    lines.append(_address_header("To", people["to"]) if people["to"] else "To: undisclosed-recipients:;")
    if people["cc"]:
        lines.append(_address_header("Cc", people["cc"]))
    lines.append(_text_header("Subject", subject))
    lines.append(f"Date: {email.utils.format_datetime(email.utils.localtime())}")
    lines.append(f"Message-ID: {message_id}")
    return lines


def _further_headers(headers: t.Mapping[t.Any, object]) -> list[str]:
    lines: list[str] = []
    for name, content in headers.items():
        name = str(name)
        _check_header_name(name)
        where = f"headers: {name}"
        texts = [_line(value, where) for value in (content if isinstance(content, (list, tuple)) else [content])]
        if name.lower() in _ADDRESS_HEADERS and texts and not (len(texts) == 1 and _plain(texts[0])):
            lines.append(_address_header(name, [_address(text, where) for text in texts]))
        else:
            lines += [_text_header(name, text) for text in texts]
    if not any(name.lower() == "auto-submitted" for name in map(str, headers)):
        lines.append("Auto-Submitted: auto-generated")
    return lines


def _plain(text: str) -> bool:
    """Whether a header can hold this text as it is."""
    return text.isascii() and "=?" not in text and max(map(len, text.split()), default=0) < 900


def _text_header(name: str, text: str) -> str:
    charset = "us-ascii" if _plain(text) else "utf-8"
    return f"{name}: {_folded(text.strip(), charset, name)}"


def _folded(text: str, charset: str, name: str) -> str:
    """Text as a header of this name may hold it, encoded and on as many lines as it needs."""
    return Header(text, charset, _LINE, name).encode(linesep="\r\n")


def _address_header(name: str, addresses: t.Iterable[Address]) -> str:
    """One address on a line. (EmailMessage folds long lists of names wrongly and can lose an address.)"""
    listed = ",\r\n ".join(map(_written, addresses))
    return f"{name}: {listed}"


def _written(address: Address) -> str:
    name = address.display_name
    if len(name) < _LINE and _plain(name):
        return str(address)
    words = _folded(name, "utf-8", "Reply-To")
    gap = " " if len(words) + len(address.addr_spec) < _LINE - 15 else "\r\n "
    return f"{words}{gap}<{address.addr_spec}>"


def without_utf8_addresses(content: bytes) -> bytes:
    """The message for a server that takes only ASCII: instead of such an address an empty group of that name (RFC 6857)."""
    def group(found: t.Match[bytes]) -> bytes:
        return _folded(found.group().decode("utf-8", "replace"), "utf-8", "Reply-To").encode("ascii") + b" :;"

    head, blank, rest = content.partition(b"\r\n\r\n")
    return _UTF8_ADDRESS.sub(group, head) + blank + rest


def _check_header_name(name: str) -> None:
    if not _HEADER_NAME.match(name):
        raise invalid(f"headers: {name!r} is not the name of a header.")
    if name.lower().startswith("content-"):
        raise invalid(f"headers: {name} is made by the module and cannot be given.")
    if name.lower() in _OWN_HEADERS:
        option = _OWN_HEADERS[name.lower()]
        reason = f"has an option of its own: {option}" if option else "is made by the module"
        raise invalid(f"headers: {name} {reason}.")


def _set_text(message: EmailMessage, body: str | None, html: str | None) -> None:
    if html is None or body is not None:
        message.set_content(_encodable(body or ""), cte=_encoding(body or ""))
        if html is not None:
            message.add_alternative(_encodable(html), subtype="html", cte=_encoding(html))
    else:
        message.set_content(_encodable(html), subtype="html", cte=_encoding(html))


def _encodable(text: object) -> str:
    """Text may quote what a device said; what UTF-8 cannot hold becomes a question mark rather than no mail."""
    return str(text).encode("utf-8", "replace").decode("utf-8")


def _encoding(text: str) -> str | None:
    return "quoted-printable" if _UNPRINTABLE.search(text) else None


def _attach(message: EmailMessage, attachment: object) -> None:
    """Add one attachment: a path, or a dictionary with path or content."""
    if isinstance(attachment, str):
        attachment = {"path": attachment}
    if not isinstance(attachment, dict) or set(attachment) - _ATTACHMENT_KEYS or ("path" in attachment) == ("content" in attachment):
        raise invalid("attachments: give a path, or a dictionary with path or content, and name and type if wanted.", "attachments")
    if "content" in attachment:
        data, params = _encodable(attachment["content"]).encode("utf-8"), {"charset": "utf-8"}
    else:
        data, params = _file_content(attachment["path"]), {}
    name = _line(attachment.get("name") or os.path.basename(str(attachment.get("path", ""))), "attachments: name")
    if not name:
        raise invalid("attachments: content needs a name.", "attachments")
    maintype, subtype = _media_type(name, attachment.get("type"))
    message.add_attachment(data, maintype=maintype, subtype=subtype, filename=name, params=params if maintype == "text" else {})


def _file_content(given: object) -> bytes:
    path = os.path.expandvars(os.path.expanduser(str(given)))
    try:
        return read_regular(path, LARGEST_FILE)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise invalid(f"attachments: cannot read {path!r}: {reason}.", "attachments") from None


def _media_type(name: str, asked: object) -> tuple[str, str]:
    """The media type asked for, or guessed from the name, as (main type, subtype)."""
    if asked is not None:
        if not re.match(r"(?!(?i:message|multipart)/)[\w.+-]+/[\w.+-]+\Z", str(asked), re.ASCII):
            raise invalid(f"attachments: {asked!r} is not a media type that can be attached, such as text/csv.", "attachments")
        return _split_type(str(asked))
    guessed, packed = mimetypes.guess_type(name)
    if guessed is None or packed or guessed.startswith(("message/", "multipart/")):
        return "application", "octet-stream"
    return _split_type(guessed)


def _split_type(media_type: str) -> tuple[str, str]:
    maintype, _slash, subtype = media_type.partition("/")
    return maintype, subtype

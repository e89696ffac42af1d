"""A stored message as it goes over the wire (RFC 5322, MIME).

The standard library's EmailMessage takes 4 ms for such a mail, more than a mail server takes to accept it. What is
written here is the little of it that is needed; the tests read every mail back with the standard library.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from typing import Final

from notifications.models import Message

HTML_MOST: Final = 100_000  # bytes: beyond that large mailboxes cut a mail off
CRLF: Final = b"\r\n"

_BREAK: Final = re.compile(r"[\r\n\x00]")
_AS_FILE: Final = b"Content-Disposition: attachment; filename=event.ics"
_NUMBERS_MOST: Final = 3_000  # characters by which numbers may lengthen a mail
_PLAIN_LINE_MOST: Final = 900  # characters; SMTP lets 998 pass (RFC 5321, 4.5.3.1.6)


class BadHeader(ValueError):
    """A header would hold a line break: somebody could add headers of their own."""


def compose(message: Message, mail_from: str, at: datetime) -> bytes:
    """The mail: text and HTML as alternatives, and where there is one the calendar, last of them and as a file.

    `at` is when it is sent. Raises BadHeader.
    """
    text = _text_part("text/plain", message.text)
    html = _text_part("text/html", _plainly(message.html))
    if message.calendar is None or not message.calendar_method:
        body = _multipart("alternative", message, [text, html])
    else:
        encoded = _encoded(message.calendar)
        # Without Content-Disposition, or programs show it as a file instead of an invitation.
        calendar = _part(f"text/calendar; charset=utf-8; method={message.calendar_method}", encoded)
        file = _part("application/ics; name=event.ics", encoded, _AS_FILE)
        body = _multipart("mixed", message, [_multipart("alternative", message, [text, html, calendar]), file])
    return CRLF.join([*_headers(message, mail_from, at), body])


def _headers(message: Message, mail_from: str, at: datetime) -> Iterator[bytes]:
    more = dict(message.headers)
    yield _address("From", more.pop("From-Name", ""), mail_from)
    yield _address("To", message.to_name, message.to_address)
    yield _header("Subject", message.subject)
    yield _header("Date", format_datetime(at))
    yield _header("Message-ID", f"<{message.message_id}>")
    if message.thread and message.thread != message.message_id:
        yield _header("In-Reply-To", f"<{message.thread}>")
        yield _header("References", f"<{message.thread}>")
    yield _header("Auto-Submitted", "auto-generated")
    for name, value in more.items():
        yield _header(name, value)
    yield b"MIME-Version: 1.0"


def _header(name: str, value: str) -> bytes:
    if _BREAK.search(value):
        raise BadHeader(f"{name} of this mail holds a line break")
    if not value.isascii() or len(value) > _PLAIN_LINE_MOST:
        value = Header(value, "utf-8", maxlinelen=75, header_name=name).encode(linesep="\r\n")
    return f"{name}: {value}".encode("ascii")


def _address(header: str, name: str, address: str) -> bytes:
    """Name and address (RFC 5322, 3.4); letters beyond ASCII as encoded words on short lines (RFC 2047, 2)."""
    if _BREAK.search(name) or _BREAK.search(address):
        raise BadHeader(f"{header} of this mail holds a line break")
    if name.isascii():
        value = formataddr((name, address))
    else:
        words = Header(name, "utf-8", maxlinelen=75, header_name=header).encode(linesep="\r\n")
        value = f"{words}\r\n <{address}>"
    return f"{header}: {value}".encode("ascii")


def _multipart(kind: str, message: Message, parts: list[bytes]) -> bytes:
    boundary = f"{kind}-{message.id.hex}".encode()
    head = b'Content-Type: multipart/%s; boundary="%s"' % (kind.encode(), boundary)
    between = [b"--" + boundary + CRLF + part for part in parts]
    return CRLF.join([head, b"", *between, b"--" + boundary + b"--", b""])


def _plainly(html: str) -> str:
    """HTML whose few letters outside ASCII are written as numbers, so that it goes out as it is."""
    if html.isascii():
        return html
    plain = html.encode("ascii", "xmlcharrefreplace").decode("ascii")
    return plain if len(plain) - len(html) < _NUMBERS_MOST else html


def _text_part(kind: str, text: str) -> bytes:
    kind = f"{kind}; charset=utf-8"
    content = text.replace("\n", "\r\n").encode()
    if text.isascii() and max(map(len, text.split("\n"))) <= _PLAIN_LINE_MOST:
        return _part(kind, content, encoding=b"7bit")
    return _part(kind, _encoded(content))


def _encoded(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", CRLF)


def _part(kind: str, content: bytes, *headers: bytes, encoding: bytes = b"base64") -> bytes:
    first = [b"Content-Type: " + kind.encode(), b"Content-Transfer-Encoding: " + encoding]
    return CRLF.join([*first, *headers, b"", content])

"""A stored message as it goes over the wire (RFC 5322, MIME)."""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from notifications.models import Message

HTML_MOST: Final = 100_000  # bytes: beyond that large mailboxes cut a mail off

_BREAK: Final = re.compile(r"[\r\n\x00]")


class BadHeader(ValueError):
    """A header would hold a line break: somebody could add headers of their own."""


def compose(message: Message, mail_from: str, at: datetime) -> EmailMessage:
    """The mail: text and HTML as alternatives, and the calendar beside them, then once more as a file.

    `at` is when it is sent. Raises BadHeader.
    """
    mail = EmailMessage(policy=SMTP)
    _add_headers(mail, message, mail_from, at)
    mail.set_content(message.text, cte=_encoding(message.text))
    mail.add_alternative(message.html, subtype="html", cte=_encoding(message.html))
    if message.calendar is not None and message.calendar_method:
        # The policy counts: the default one would turn CRLF into LF within the calendar.
        mail.add_alternative(
            message.calendar,
            maintype="text",
            subtype="calendar",
            cte="base64",
            params={"method": message.calendar_method, "charset": "utf-8"},
        )
        mail.add_attachment(
            message.calendar, maintype="application", subtype="ics", cte="base64", filename="event.ics"
        )
    return mail


def _add_headers(mail: EmailMessage, message: Message, mail_from: str, at: datetime) -> None:
    headers = dict(message.headers)
    name = headers.pop("From-Name", "")
    for text in (name, message.to_name, message.to_address, message.subject, *headers.values()):
        if _BREAK.search(text):
            raise BadHeader("a header of this mail holds a line break")
    mail["From"] = Address(name, addr_spec=mail_from)
    mail["To"] = Address(message.to_name, addr_spec=message.to_address)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{message.message_id}>"
    if message.thread and message.thread != message.message_id:
        mail["In-Reply-To"] = mail["References"] = f"<{message.thread}>"
    mail["Auto-Submitted"] = "auto-generated"
    for header, text in headers.items():
        mail[header] = text


def _encoding(text: str) -> str:
    """Plain where that keeps to SMTP's line length and to ASCII (RFC 5321 4.5.3.1.6), else base64."""
    short = text.isascii() and all(len(line) <= 900 for line in text.splitlines())
    return "7bit" if short else "base64"

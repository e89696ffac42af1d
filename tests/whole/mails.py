"""Reading mail as a mail program would: its parts, the links in it, the calendar with it."""

from __future__ import annotations

import re
from email.message import EmailMessage

import icalendar

ANSWERS = ("accepted", "tentative", "declined")


def shape(mail: EmailMessage) -> str:
    """How the parts of a mail are nested, like alternative(text/plain text/html)."""
    if not mail.is_multipart():
        return mail.get_content_type()
    parts = " ".join(shape(part) for part in mail.iter_parts())  # type: ignore[arg-type]
    return f"{mail.get_content_subtype()}({parts})"


def part(mail: EmailMessage, kind: str) -> EmailMessage:
    """The only part of a kind."""
    [found] = [one for one in mail.walk() if one.get_content_type() == kind]
    assert isinstance(found, EmailMessage)
    return found


def text(mail: EmailMessage) -> str:
    """The words of its plain part."""
    return str(part(mail, "text/plain").get_content())


def html(mail: EmailMessage) -> str:
    """Its HTML part."""
    return str(part(mail, "text/html").get_content())


def calendar_bytes(mail: EmailMessage) -> bytes:
    """The calendar with it, as it came."""
    content = part(mail, "text/calendar").get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def calendar(mail: EmailMessage) -> icalendar.Event:
    """The only event of the calendar with it."""
    [event] = icalendar.Calendar.from_ical(calendar_bytes(mail)).walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    return event


def links(words: str) -> list[str]:
    """All addresses in a text or in HTML."""
    return re.findall(r"https?://[^\s\"'<>]+", words.replace("&amp;", "&"))


def own_link(mail: EmailMessage) -> str:
    """The party's own link, as it stands in the plain part."""
    return next(link.split("?")[0] for link in links(text(mail)) if "/r/" in link)

"""What we promise of each mail, whoever it is to: its parts, its headers, its calendar (RFC 5322, 6047, 8058)."""

from __future__ import annotations

import re
from email.message import EmailMessage

import icalendar

from tests.calendars.reading import assert_programs_take_it

WORDS = ["text/plain", "text/html"]
CALENDARS = ["text/calendar", "application/ics"]
HTML_MOST = 100_000


def assert_mail_is_sound(mail: EmailMessage) -> None:
    """Everybody can read it, no program answers it, and its calendar is one that programs take."""
    assert not mail.defects
    assert re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", mail["Message-ID"])
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] and mail["From"] and mail["Subject"]
    assert len(mail["To"].addresses) == 1
    assert (mail["In-Reply-To"] is None) == (mail["References"] is None)
    assert (mail["List-Unsubscribe"] is None) == (mail["List-Unsubscribe-Post"] is None)
    parts = {part.get_content_type(): part for part in mail.walk()}
    with_calendar = ["multipart/mixed", "multipart/alternative", *WORDS, *CALENDARS]
    assert list(parts) == (with_calendar if "text/calendar" in parts else ["multipart/alternative", *WORDS])
    for kind in WORDS:
        assert parts[kind].get_content().strip()  # type: ignore[attr-defined]
    _html_stands_alone(parts["text/html"].get_content())  # type: ignore[attr-defined]
    if "text/calendar" in parts:
        _calendar_comes_twice(parts["text/calendar"], parts["application/ics"], mail)


def _html_stands_alone(html: str) -> None:
    """With its language, its styles inside, and nothing to fetch from elsewhere."""
    assert re.search(r"<html lang=\"[a-z]{2}\"", html)
    assert len(html.encode()) < HTML_MOST
    assert not re.search(r"<(link|script)\b|@import|\bsrc=\"https?:", html)
    assert all("alt=" in image for image in re.findall(r"<img\b[^>]*>", html))


def _calendar_comes_twice(invitation: EmailMessage, file: EmailMessage, mail: EmailMessage) -> None:
    content = invitation.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert content == file.get_payload(decode=True)
    assert invitation["Content-Disposition"] is None
    assert invitation["Content-Transfer-Encoding"] == "base64"
    assert file.get_content_disposition() == "attachment"
    assert invitation.get_content_charset() == "utf-8"
    assert_programs_take_it(content)
    read = icalendar.Calendar.from_ical(content)
    assert invitation.get_param("method") == read["METHOD"]
    [event] = read.events
    if "ATTENDEE" in event:
        # Nobody but the one it is to.
        assert str(event["ATTENDEE"]).removeprefix("mailto:").replace("%25", "%") in str(mail["To"])

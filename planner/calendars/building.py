"""Calendars as bytes: one VEVENT for each gathering, the head around them, files and mail.

The bytes depend on what is stored alone, never on "now" or on the process, so that they can be kept and compared.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from planner.calendars.colours import colour_name
from planner.calendars.entries import Entry, Reply, entry_of, reply_of
from planner.calendars.lines import CRLF, address_line, line, moment, quoted, text_line, texts_line, words_line
from planner.calendars.words import Contact, describe
from planner.gatherings.models import Gathering, Status, Visibility
from planner.i18n import gettext as _
from planner.i18n import speaking
from planner.rsvps.models import Rsvp

DAY_MINUTES = 24 * 60
EVENING_MINUTES = 18 * 60
PRODUCT = "-//Planner//Planner//EN"
REFRESH = "PT1H"

BEGIN = [b"BEGIN:VCALENDAR", b"VERSION:2.0", line("PRODID", PRODUCT), b"CALSCALE:GREGORIAN"]
END = b"END:VCALENDAR\r\n"
# RFC 5545 section 3.6 asks for at least one component, so a calendar without events holds this one.
EMPTY = (
    b"BEGIN:VTIMEZONE\r\nTZID:UTC\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
    b"TZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nTZNAME:UTC\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
)


class Head(NamedTuple):
    """What stands above the events of a feed. `colour` is "#RRGGBB"; `changed_at` is in UTC."""

    name: str
    description: str
    colour: str
    changed_at: datetime


class Voice(NamedTuple):
    """How the events of one calendar are told.

    `contact` is asked where a gathering has none of its own. `asked`: it is the calendar of somebody invited.
    `alarm`: minutes before the start, where the subscriber wants one; before whole days it comes at 18:00.
    `when`: the time is said in words too.
    """

    language: str
    base_url: str
    contact: Contact
    asked: bool = False
    alarm: int | None = None
    when: bool = True


def uid_of(gathering_id: uuid.UUID) -> str:
    """The UID in feeds, files and mail: no host name, since a site that moves would double every calendar."""
    return str(gathering_id)


def entry_bytes(entry: Entry, voice: Voice, reply: Reply | None = None, link: str | None = None) -> bytes:
    """One VEVENT from plain values, in the language spoken now; DTSTAMP is when what it shows last changed."""
    changed_at = changed_at_of(entry, reply)
    return CRLF.join(_event_lines(entry, voice, reply, link, changed_at, changed_at)) + CRLF


def changed_at_of(entry: Entry, reply: Reply | None) -> datetime:
    """When the event last changed for who reads it: the gathering, or the reader's own answer."""
    return max(entry.changed_at, reply.moved_at) if reply else entry.changed_at


def calendar_bytes(head: Head, events: Iterable[bytes]) -> bytes:
    """A feed of VEVENTs that are at hand; RFC 7986 properties beside the older ones that programs know."""
    name, description = head.name, head.description
    return calendar_of(
        b"".join(events) or EMPTY,
        text_line("NAME", name),
        text_line("X-WR-CALNAME", name),
        text_line("DESCRIPTION", description),
        text_line("X-WR-CALDESC", description),
        line("REFRESH-INTERVAL;VALUE=DURATION", REFRESH),
        line("X-PUBLISHED-TTL", REFRESH),
        line("LAST-MODIFIED", moment(head.changed_at)),
        line("COLOR", colour_name(head.colour)),
        line("X-APPLE-CALENDAR-COLOR", head.colour),
    )


def calendar_of(components: bytes, *properties: bytes) -> bytes:
    """A VCALENDAR of components that are at hand, with these properties beside those that each has."""
    return CRLF.join([*BEGIN, *properties]) + CRLF + components + END


def gathering_file(
    gathering: Gathering,
    language: str,
    base_url: str,
    rsvp: Rsvp | None = None,
    *,
    asked: bool = False,
    household: bool = True,
) -> bytes:
    """The file behind "add to calendar": no METHOD and no ORGANIZER, or programs would write to the organiser.

    `asked`: for somebody invited; `household`: whether its answer counts heads.
    """
    voice = Voice(language, base_url, gathering.organization.contact, asked or rsvp is not None)
    with speaking(language):
        return calendar_of(entry_bytes(entry_of(gathering), voice, reply_of(rsvp, household) if rsvp else None))


def mail_calendar(
    gathering: Gathering,
    rsvp: Rsvp | None,
    mail_from: str,
    language: str,
    written_at: datetime,
    base_url: str,
    *,
    household: bool = True,
) -> tuple[str, bytes]:
    """METHOD and bytes of a mail's calendar part, for a mailbox that takes no replies.

    It is a PUBLISH without attendees (RFC 5546 section 3.2.1), since buttons that do nothing lie; a cancelled
    gathering is published as such, because CANCEL (3.2.5) has to name the attendees. ORGANIZER is demanded: the
    address that sends. DTSTAMP is `written_at`, when the message was written (RFC 5545 section 3.8.7.2).
    """
    organizer = address_line(f"ORGANIZER;CN={quoted(gathering.organization.name)}", f"mailto:{mail_from}")
    *event, end = mail_event(gathering, rsvp, language, written_at, base_url, asked=True, household=household)
    return "PUBLISH", calendar_of(CRLF.join([*event, organizer, end]) + CRLF, b"METHOD:PUBLISH")


def mail_event(
    gathering: Gathering,
    rsvp: Rsvp | None,
    language: str,
    written_at: datetime,
    base_url: str,
    *,
    asked: bool,
    household: bool,
) -> list[bytes]:
    """The lines of a mail's VEVENT, without ORGANIZER and ATTENDEE; the last one ends it.

    `asked`: it says that an answer is missing, and keeps no time free before one is given.
    """
    reply = reply_of(rsvp, household) if rsvp else None
    entry = entry_of(gathering)
    voice = Voice(language, base_url, gathering.organization.contact, asked)
    with speaking(language):
        return _event_lines(entry, voice, reply, None, written_at, changed_at_of(entry, reply))


def page_url(entry: Entry, base_url: str) -> str:
    """The public page's address; empty where only those invited may see the gathering."""
    return "" if entry.visibility == Visibility.INVITED else f"{base_url}/e/{entry.slug}"


def _event_lines(
    entry: Entry,
    voice: Voice,
    reply: Reply | None,
    link: str | None,
    stamped_at: datetime,
    changed_at: datetime,
    *more: bytes,
) -> list[bytes]:
    return [
        _times(entry, stamped_at, changed_at),
        *fact_lines(entry, voice, reply, link),
        *more,
        b"END:VEVENT",
    ]


def fact_lines(entry: Entry, voice: Voice, reply: Reply | None = None, link: str | None = None) -> list[bytes]:
    """All that a VEVENT says but when it is and which it is, in the language spoken now."""
    cancelled = entry.status == Status.CANCELLED
    title = _("Cancelled: %(title)s") % {"title": entry.title} if cancelled else entry.title
    contact = voice.contact
    if entry.contact_name:
        contact = (entry.contact_name, entry.contact_phone or "", entry.contact_email or "")
    page = page_url(entry, voice.base_url)
    lines = [text_line("SUMMARY", title)]
    # An empty one is an error to libical.
    if words := describe(entry, contact, page, reply, voice.asked, link, when=voice.when):
        lines.append(words_line("DESCRIPTION", words))
    if place := entry.venue or entry.online_url:
        lines.append(text_line("LOCATION", place))
    if page:
        lines.append(address_line("URL", page))
    if entry.online_url:
        lines.append(address_line(f"CONFERENCE;VALUE=URI;LABEL={quoted(_('Join online'))}", entry.online_url))
    if entry.topics:
        lines.append(texts_line("CATEGORIES", entry.topics))
    lines += _state_lines(cancelled, voice.asked, reply)
    if voice.alarm is not None and not cancelled and (reply is None or reply.blocks_time):
        lines += _alarm_lines(voice.alarm, entry)
    return lines


def _times(entry: Entry, stamped_at: datetime, changed_at: datetime) -> bytes:
    # None of these lines can be long, so that they are written at once.
    stamp = moment(stamped_at)
    changed = stamp if changed_at is stamped_at else moment(changed_at)
    return (
        f"BEGIN:VEVENT\r\nUID:{uid_of(entry.id)}\r\n"
        f"DTSTAMP:{stamp}\r\nLAST-MODIFIED:{changed}\r\n"
        f"SEQUENCE:{entry.sequence}\r\n"
        f"{_span(entry)}"
    ).encode()


def _span(entry: Entry) -> str:
    """Instants in UTC; whole days as dates, the end being the day after the last (RFC 5545 section 3.6.1)."""
    if not entry.all_day:
        return f"DTSTART:{moment(entry.starts_at)}\r\nDTEND:{moment(entry.ends_at)}"
    zone = ZoneInfo(entry.time_zone)
    first, after = entry.starts_at.astimezone(zone), entry.ends_at.astimezone(zone)
    return f"DTSTART;VALUE=DATE:{first:%Y%m%d}\r\nDTEND;VALUE=DATE:{after:%Y%m%d}"


def _state_lines(cancelled: bool, asked: bool, reply: Reply | None) -> list[bytes]:
    if cancelled:
        return [b"STATUS:CANCELLED", b"TRANSP:TRANSPARENT"]
    if reply is None:
        # Whoever has not answered sees it in the calendar, and is still free.
        return [b"STATUS:TENTATIVE", b"TRANSP:TRANSPARENT"] if asked else [b"STATUS:CONFIRMED", b"TRANSP:OPAQUE"]
    return [
        b"STATUS:CONFIRMED" if reply.is_certain else b"STATUS:TENTATIVE",
        b"TRANSP:OPAQUE" if reply.blocks_time else b"TRANSP:TRANSPARENT",
    ]


def _alarm_lines(minutes: int, entry: Entry) -> list[bytes]:
    if entry.all_day:
        # A whole day starts at midnight, when nobody wants to be woken: at 18:00, the day before at the latest.
        minutes = max(minutes // DAY_MINUTES, 1) * DAY_MINUTES - EVENING_MINUTES
    return [
        b"BEGIN:VALARM",
        b"ACTION:DISPLAY",
        line("TRIGGER", f"-PT{minutes}M"),
        text_line("DESCRIPTION", entry.title),
        b"END:VALARM",
    ]

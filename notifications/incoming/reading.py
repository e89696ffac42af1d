"""A mail's bytes as plain facts: whom it was sent to, what it says, what its calendar part answers.

Nothing here trusts the mail, and nothing of it is expanded: bytes alone are read, within limits.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parseaddr
from typing import Any, Final
from urllib.parse import unquote

import icalendar

from planner.text import many_lines, one_line

MAIL_MOST: Final = 1024 * 1024
CALENDAR_MOST: Final = 256 * 1024
_HEAD_MOST: Final = 64 * 1024
_KEY_MOST: Final = 200
_PARTS_MOST: Final = 100
_TEXT_MOST: Final = 4_000
_CALENDAR_TYPES: Final = ("text/calendar", "application/ics")
# Where servers and programs name whom a mail was sent to, the surest first.
_SENT_TO: Final = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc")


class NotUsed(Exception):
    """A mail, or what it holds, cannot be used; `reason` says why, in a word for programs."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Attendee:
    """Who answers in a calendar part, and what (PARTSTAT, in lower case)."""

    address: str
    answer: str


@dataclass(frozen=True)
class CalendarPart:
    """What a calendar part says (RFC 5546). `stamp` is DTSTAMP in UTC; `proposed` a counter's start and end."""

    method: str
    uid: str
    sequence: int
    stamp: datetime | None
    attendees: tuple[Attendee, ...]
    comment: str
    of_series: bool
    proposed: tuple[str, str]


@dataclass(frozen=True)
class Mail:
    """A mail that was read. `key` is its Message-ID, or a hash of its bytes where there is none."""

    message: Message
    key: str
    from_address: str
    subject: str
    sent_to: tuple[str, ...]
    text: str
    automatic: bool
    too_big: bool


def read_mail(raw: bytes) -> Mail:
    """The mail's facts, without its calendar; of one that is too big or nested too deeply the head alone."""
    too_big = len(raw) > MAIL_MOST
    try:
        message = email.message_from_bytes(raw[:_HEAD_MOST] if too_big else raw, policy=email.policy.compat32)
    except RecursionError:
        too_big = True
        message = BytesHeaderParser(policy=email.policy.compat32).parsebytes(raw[:_HEAD_MOST])
    name = one_line(words_of(message["message-id"])).strip("<> ")
    key = name if 0 < len(name) <= _KEY_MOST else "sha256:" + hashlib.sha256(name.encode() or raw).hexdigest()
    return Mail(
        message=message,
        key=key,
        from_address=_address(words_of(message["from"])),
        subject=one_line(words_of(message["subject"]))[:400],
        sent_to=_sent_to(message),
        text="" if too_big else _text_of(message),
        automatic=_is_automatic(message),
        too_big=too_big,
    )


def words_of(header: Any) -> str:
    """A header as words; what cannot be decoded stays as it was written."""
    if header is None:
        return ""
    try:
        return str(make_header(decode_header(str(header))))
    except (ValueError, LookupError, TypeError):
        return str(header)


def _address(text: str) -> str:
    try:
        return one_line(parseaddr(text)[1])[:254]
    except RecursionError:
        # Thousands of brackets within brackets.
        return ""


def _sent_to(message: Message) -> tuple[str, ...]:
    headers = [str(value) for name in _SENT_TO for value in message.get_all(name, [])]
    try:
        return tuple(dict.fromkeys(address for _name, address in getaddresses(headers[:100]) if address))
    except RecursionError:
        return ()


def _is_automatic(message: Message) -> bool:
    """Whether nobody wrote it by hand (RFC 3834): such mail is never answered."""
    submitted = str(message.get("auto-submitted", "no")).split(";")[0].strip().lower()
    precedence = str(message.get("precedence", "")).strip().lower()
    return (
        submitted != "no"
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or any(message[name] for name in ("x-autoreply", "x-autorespond", "x-auto-response", "list-id"))
        or str(message.get("return-path", "")).strip() == "<>"
        or str(message.get("x-auto-response-suppress", "")).strip().lower() == "all"
    )


def parts_of(message: Message) -> list[Message]:
    """The mail's own parts; what stands in a mail that it passes on is not its own."""
    found: list[Message] = []
    waiting = [message]
    while waiting and len(found) < _PARTS_MOST:
        part = waiting.pop(0)
        found.append(part)
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting[:0] = [one for one in part.get_payload() if isinstance(one, Message)]
    return found


def bytes_of(part: Message) -> bytes:
    """A part's content; empty where it holds other parts."""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def text_in(part: Message) -> str:
    """A part's content as text, whatever character set it names."""
    try:
        return bytes_of(part).decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return bytes_of(part).decode("utf-8", "replace")


def _text_of(message: Message) -> str:
    for part in parts_of(message):
        if part.get_content_type() == "text/plain":
            return many_lines(text_in(part)[:_TEXT_MOST])
    for part in parts_of(message):
        if part.get_content_type() == "text/html":
            return many_lines(re.sub(r"<[^<>]*>", " ", text_in(part)[: _TEXT_MOST * 4]))[:_TEXT_MOST]
    return ""


def calendar_in(mail: Mail) -> CalendarPart | None:
    """What the mail's calendar part says; None where it has none. Raises NotUsed."""
    part = next((one for one in parts_of(mail.message) if _is_calendar(one)), None)
    if part is None:
        return None
    content = bytes_of(part)
    if len(content) > CALENDAR_MOST:
        raise NotUsed("too-big")
    try:
        calendar = icalendar.Calendar.from_ical(content)
        return _facts(calendar, str(part.get_param("method") or ""))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise NotUsed("malformed") from error


def _is_calendar(part: Message) -> bool:
    named = str(part.get_filename() or part.get_param("name") or "").lower().endswith(".ics")
    kind = part.get_content_type()
    return kind in _CALENDAR_TYPES or (named and kind in ("application/octet-stream", "text/plain"))


def _facts(calendar: Any, method: str) -> CalendarPart:
    events = [part for part in calendar.subcomponents if part.name == "VEVENT"]
    if not events or len({str(event.get("uid", "")) for event in events}) != 1:
        raise NotUsed("several-events" if events else "no-event")
    event = events[0]
    stamp = getattr(event.get("dtstamp"), "dt", None)
    sequence = event.get("sequence", 0)
    return CalendarPart(
        method=(str(calendar.get("method", "")) or method).strip().upper(),
        uid=one_line(str(event.get("uid", "")))[:255],
        # A 32-bit column keeps it.
        sequence=min(max(int(sequence), 0), 2**31 - 1),
        stamp=_utc(stamp) if isinstance(stamp, datetime) else None,
        attendees=tuple(_attendee(one) for one in _as_list(event.get("attendee"))),
        comment=many_lines("\n".join(str(one) for one in _as_list(event.get("comment"))))[:2000],
        of_series=len(events) > 1 or any("recurrence-id" in one for one in events),
        proposed=(_moment(event.get("dtstart")), _moment(event.get("dtend"))),
    )


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _attendee(value: Any) -> Attendee:
    # RFC 6068: in an address, % and the like are written as numbers.
    address = unquote(re.sub(r"(?i)^mailto:", "", str(value).strip()))
    answer = str(getattr(value, "params", {}).get("PARTSTAT", "")).strip().lower()
    return Attendee(one_line(address)[:254], answer[:40])


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _moment(value: Any) -> str:
    moment = getattr(value, "dt", None)
    if isinstance(moment, datetime):
        return moment.isoformat()
    return str(moment) if moment else ""

"""Calendar files as programs write them, in few lines."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from planner.calendar_files.facts import Piece
from planner.calendar_files.reading import Item, Reading, read_calendar

BERLIN = ZoneInfo("Europe/Berlin")
# As Outlook writes it: a name of its own, rules since 1601.
CUSTOM_ZONE = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def event(*lines: str, uid: str | None = "one@school.test") -> str:
    """A VEVENT of those lines; the start is given where none is."""
    start = [] if any(line.startswith("DTSTART") for line in lines) else ["DTSTART:20270318T163000Z"]
    named = [f"UID:{uid}"] if uid else []
    return "\n".join(["BEGIN:VEVENT", *named, *start, *lines, "END:VEVENT", ""])


def calendar(*parts: str) -> bytes:
    """A VCALENDAR of those parts, with the line ends that RFC 5545 asks for."""
    text = "".join(["BEGIN:VCALENDAR\nVERSION:2.0\n", *parts, "END:VCALENDAR\n"])
    return text.replace("\n", "\r\n").encode()


# A school's year as it comes: what repeats, a zone with an odd name, and what nobody can read.
YEAR = calendar(
    CUSTOM_ZONE,
    event("SUMMARY:Parents' evening", "DTSTART;TZID=Europe/Berlin:20300204T190000", "LOCATION:Hall", uid="a"),
    event("SUMMARY:Winter holidays", "DTSTART;VALUE=DATE:20300201", "DTEND;VALUE=DATE:20300207", uid="b"),
    event("SUMMARY:Choir", "DTSTART;TZID=W. Europe Standard Time:20300207T163000", "RRULE:FREQ=WEEKLY", uid="c"),
    event(
        "SUMMARY:Talk",
        "DTSTART;TZID=Customized Time Zone:20300313T100000",
        "LOCATION:https://meet.test/t",
        uid="d",
    ),
    event("SUMMARY:Book fair", "DTSTART;TZID=Funland:20300313T100000", uid="e"),
    event("SUMMARY:Sports day", "DTSTART:20300632", uid="f"),
)


def read(*parts: str, home: ZoneInfo = BERLIN) -> Reading:
    """What is understood of such a calendar."""
    return read_calendar(calendar(*parts), home, "Untitled")


def item(*lines: str) -> Item:
    """What is understood of one event, which must be understood."""
    reading = read(event(*lines))
    assert not reading.not_understood, reading.not_understood
    (found,) = reading.items
    return found


def piece(*lines: str) -> Piece:
    """The one piece that an event comes to."""
    (found,) = item(*lines).pieces
    return found


def why_not(*lines: str) -> str:
    """Why an event is not understood."""
    reading = read(event(*lines))
    assert not reading.items
    (left,) = reading.not_understood
    assert left.row == "one@school.test"
    return left.reason

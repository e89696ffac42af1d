"""What we promise of each calendar beyond what programs check: its lines as they are written."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from planner.calendars.colours import colour_name

FEED_HEAD = [
    *("VERSION", "PRODID", "CALSCALE", "NAME", "X-WR-CALNAME", "DESCRIPTION", "X-WR-CALDESC", "REFRESH-INTERVAL"),
    *("X-PUBLISHED-TTL", "LAST-MODIFIED", "COLOR", "X-APPLE-CALENDAR-COLOR"),
]
FILE_HEAD = FEED_HEAD[:3]
UTC_TIME = r"\d{8}T\d{6}Z"
GUEST = r"CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=(NEEDS-ACTION|ACCEPTED|DECLINED|TENTATIVE)"


class Line(NamedTuple):
    """A content line; `more` is its parameters as they stand."""

    name: str
    more: str
    value: str

    @property
    def words(self) -> str:
        """TEXT without its escapes (RFC 5545 section 3.3.11)."""
        return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], self.value)


class Component(NamedTuple):
    """A component with what stands in it."""

    kind: str
    lines: list[Line]
    parts: list[Component]

    def all(self, name: str) -> list[Line]:
        return [line for line in self.lines if line.name == name]

    def one(self, name: str) -> Line:
        [found] = self.all(name)
        return found

    def has(self, *names: str) -> bool:
        return any(line.name in names for line in self.lines)

    def of(self, kind: str) -> list[Component]:
        return [part for part in self.parts if part.kind == kind]


def component(calendar: bytes) -> Component:
    """The calendar, taken apart."""
    lines = iter(calendar.replace(b"\r\n ", b"").decode().split("\r\n")[1:-1])
    return _component("VCALENDAR", lines)


def _component(kind: str, rest: Iterator[str]) -> Component:
    made = Component(kind, [], [])
    for text in rest:
        found = re.fullmatch(r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"]*"|[^";:]*))*):(.*)', text)
        assert found, text
        name, more, value = found.groups()
        if name == "BEGIN":
            made.parts.append(_component(value, rest))
        elif name == "END":
            assert value == kind
            return made
        else:
            made.lines.append(Line(name, more.removeprefix(";"), value))
    raise AssertionError(f"{kind} has no end")


def assert_promises_are_kept(calendar: bytes) -> None:
    """What holds for a feed, for a file to add, or for a mail's calendar, whichever it is."""
    read = component(calendar)
    assert read.lines[:3] == [
        Line("VERSION", "", "2.0"),
        Line("PRODID", "", "-//Planner//Planner//EN"),
        Line("CALSCALE", "", "GREGORIAN"),
    ]
    events = read.of("VEVENT")
    if read.has("NAME"):
        _is_a_feed(read, events)
    elif read.has("METHOD"):
        _is_mailed(read, events)
    elif not read.of("VFREEBUSY"):
        assert [line.name for line in read.lines] == FILE_HEAD
    if not read.has("METHOD"):
        assert not any(event.has("ATTENDEE", "ORGANIZER") for event in events)
        assert all(event.one("DTSTAMP") == event.one("LAST-MODIFIED")._replace(name="DTSTAMP") for event in events)
    for event in events:
        _is_told_whole(event)
        _says_in_words_what_it_says_in_properties(event)
    _repeats_as_it_should(read, events)
    _names_the_zones_that_it_uses(read, events)


def _is_a_feed(read: Component, events: list[Component]) -> None:
    assert [line.name for line in read.lines] == FEED_HEAD
    assert read.one("NAME").value == read.one("X-WR-CALNAME").value != ""
    assert read.one("DESCRIPTION").value == read.one("X-WR-CALDESC").value != ""
    assert read.one("REFRESH-INTERVAL") == Line("REFRESH-INTERVAL", "VALUE=DURATION", "PT1H")
    assert read.one("X-PUBLISHED-TTL").value == "PT1H"
    assert re.fullmatch(UTC_TIME, read.one("LAST-MODIFIED").value)
    assert read.one("COLOR").value == colour_name(read.one("X-APPLE-CALENDAR-COLOR").value)
    assert all(event.one("LAST-MODIFIED").value <= read.one("LAST-MODIFIED").value for event in events)
    # Each event stands for itself.
    assert not any(event.has("RRULE", "RDATE", "RECURRENCE-ID") for event in events)
    uids = [event.one("UID").value for event in events]
    assert len(uids) == len(set(uids))


def _is_mailed(read: Component, events: list[Component]) -> None:
    assert [line.name for line in read.lines] == [*FILE_HEAD, "METHOD"]
    [event] = events
    assert event.one("DTSTAMP").value >= event.one("LAST-MODIFIED").value
    organizer, guests = event.one("ORGANIZER"), event.all("ATTENDEE")
    assert re.fullmatch(r'CN="[^"]+"', organizer.more)
    method = read.one("METHOD").value
    if method == "PUBLISH":
        assert not guests
        assert not organizer.value.startswith("mailto:reply+")
        return
    [guest] = guests
    local = re.fullmatch(r"mailto:(reply\+[a-z2-7]+)@.+", organizer.value)
    assert local
    assert len(local[1]) <= 64
    asks = {"REQUEST": ";RSVP=TRUE", "CANCEL": ""}[method]
    assert re.fullmatch(rf'{GUEST}{asks};CN="[^"]*"', guest.more)
    assert re.fullmatch(r"mailto:[^\s<>\"?#/]+", guest.value)
    assert (event.one("STATUS").value == "CANCELLED") == (method == "CANCEL")


def _is_told_whole(event: Component) -> None:
    assert str(uuid.UUID(event.one("UID").value)) == event.one("UID").value
    assert all(re.fullmatch(UTC_TIME, event.one(name).value) for name in ("DTSTAMP", "LAST-MODIFIED"))
    assert re.fullmatch(r"\d+", event.one("SEQUENCE").value)
    assert event.one("SUMMARY").value
    status, transparency = event.one("STATUS").value, event.one("TRANSP").value
    assert status in ("CONFIRMED", "TENTATIVE", "CANCELLED")
    assert transparency in ("OPAQUE", "TRANSPARENT")
    if status == "CANCELLED":
        assert transparency == "TRANSPARENT"
        assert int(event.one("SEQUENCE").value) >= 1
        assert not event.parts
    for alarm in event.parts:
        assert [line.name for line in alarm.lines] == ["ACTION", "TRIGGER", "DESCRIPTION"]
        assert alarm.one("ACTION").value == "DISPLAY"
        assert re.fullmatch(r"-PT\d+M", alarm.one("TRIGGER").value)
    start, end = event.one("DTSTART"), event.one("DTEND")
    assert (start.more == "VALUE=DATE") == (end.more == "VALUE=DATE")
    if not event.has("RRULE", "RDATE", "RECURRENCE-ID"):
        assert start.more in ("", "VALUE=DATE")
    if start.more == end.more:
        assert start.value < end.value
    for line in (start, end):
        assert re.fullmatch(_form(line), line.value)
        datetime.strptime(line.value[:8], "%Y%m%d")  # noqa: DTZ007 - that there is such a day


def _form(line: Line) -> str:
    """How a time with such parameters is written."""
    if line.more == "VALUE=DATE":
        return r"\d{8}"
    return UTC_TIME if line.more == "" else r"\d{8}T\d{6}"


def _says_in_words_what_it_says_in_properties(event: Component) -> None:
    assert not event.has("SOURCE")
    words = _letters("".join(line.words for line in event.all("DESCRIPTION")))
    for name in ("LOCATION", "CATEGORIES"):
        for line in event.all(name):
            assert all(_letters(said) in words for said in _list(line)), (line, words)
    for name in ("URL", "CONFERENCE"):
        assert all(line.value.replace("%20", "") in words for line in event.all(name))
    assert all(line.more.startswith("VALUE=URI;LABEL=") for line in event.all("CONFERENCE"))


def _letters(text: str) -> str:
    """Without spaces and line breaks: where one of them ends up is all the same here."""
    return "".join(text.split())


def _list(line: Line) -> Iterable[str]:
    texts = re.split(r"(?<!\\),", line.value) if line.name == "CATEGORIES" else [line.value]
    return [line._replace(value=text).words for text in texts]


def _repeats_as_it_should(read: Component, events: list[Component]) -> None:
    masters = {event.one("UID").value: event for event in events if not event.has("RECURRENCE-ID")}
    for event in events:
        master = masters[event.one("UID").value]
        form = master.one("DTSTART").more
        slots = [line for name in ("EXDATE", "RECURRENCE-ID", "RDATE") for line in event.all(name)]
        assert all(line.more == form and re.fullmatch(_form(line), line.value) for line in slots)
        for rule in event.all("RRULE"):
            assert event is master
            assert form, "a rule on the clock of UTC would be wrong half of the year"
            _ends(dict(part.split("=") for part in rule.value.split(";")), form)
        skipped = [line.value for line in event.all("EXDATE")]
        assert skipped == sorted(set(skipped))


def _ends(rule: dict[str, str], form: str) -> None:
    assert rule["FREQ"] in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
    assert ("COUNT" in rule) != ("UNTIL" in rule)
    assert rule.get("COUNT") != "1"
    if "UNTIL" in rule:
        assert re.fullmatch(r"\d{8}" if form == "VALUE=DATE" else UTC_TIME, rule["UNTIL"])


def _names_the_zones_that_it_uses(read: Component, events: list[Component]) -> None:
    zones = read.of("VTIMEZONE")
    named = [zone.one("TZID").value for zone in zones]
    used = {line.more.removeprefix("TZID=") for event in events for line in event.lines if "TZID=" in line.more}
    if not events and not read.of("VFREEBUSY"):
        assert named == ["UTC"]
        return
    assert named == sorted(used)
    for zone in zones:
        kinds = [part.kind for part in zone.parts]
        assert kinds == ["STANDARD"] or sorted(kinds) == ["DAYLIGHT", "STANDARD"]
        if len(kinds) == 2:
            assert all(re.match("FREQ=YEARLY;BYMONTH=", part.one("RRULE").value) for part in zone.parts)
            assert all(
                one.one("TZOFFSETTO").value == other.one("TZOFFSETFROM").value
                for one, other in pairwise([*zone.parts, zone.parts[0]])
            )

"""One VEVENT as a gathering's facts: when and where it is, and what it says."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from planner.calendar_files.content import Component, Property, TakesTooLong
from planner.calendar_files.facts import Facts, facts_of
from planner.calendar_files.time_zones import TimeZones, is_utc
from planner.calendar_files.values import (
    When,
    line_in,
    place_and_address,
    read_length,
    read_when,
    topics_in,
    words_in,
)
from planner.errors import Refused
from planner.gatherings.fields import DESCRIPTION_MOST, TITLE_MOST, URL_MOST, VENUE_MOST, GatheringFields
from planner.gatherings.topics import TOPIC_MOST, TOPICS_MOST, by_key
from planner.i18n import available_languages, speaking
from planner.i18n import gettext as _
from planner.text import is_web_address
from planner.times import instant, say_zone

# What an event without an end is taken to last.
AN_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


class NotTaken(Refused):
    """An event that cannot be held here; `detail` says why in plain words."""


class Context(NamedTuple):
    """What an event is read with. `notes` takes what is to be said about it; `untitled` stands for a title.

    `until`: when its file must have been read, in seconds of `time.monotonic`.
    """

    zones: TimeZones
    untitled: str
    notes: list[str]
    until: float = math.inf

    def go_on(self) -> None:
        """Stands before all that takes a while, since a file may hold any number of it. Raises TakesTooLong."""
        if time.monotonic() > self.until:
            raise TakesTooLong

    def note(self, sentence: str) -> None:
        """Says a thing once."""
        if sentence not in self.notes:
            self.notes.append(sentence)


class Span(NamedTuple):
    """When it is: instants (UTC), the zone in which they are said, and the start on the clock of that zone.

    `zone` is None where only the file knows it: then the instants hold, but nothing can repeat by its clock.
    """

    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo | None
    all_day: bool
    local_start: datetime


def is_cancelled(event: Component) -> bool:
    """Whether the file calls it off, by itself or as a whole (METHOD:CANCEL, RFC 5546 section 3.2.5)."""
    method = event.outer.raw("METHOD").upper() if event.outer else ""
    return event.raw("STATUS").upper() == "CANCELLED" or method == "CANCEL"


def _without_word(title: str) -> str:
    """A title without the word that our own calendars put before one that is called off."""
    for code in available_languages():
        with speaking(code):
            title = title.removeprefix(_("Cancelled: %(title)s") % {"title": ""})
    return title


def single_facts(event: Component, context: Context, span: Span, title: str = "") -> Facts:
    """The facts of one VEVENT. `title` is another's that it falls back on. Raises Invalid."""
    venue, address = place_and_address(event)
    if len(address) > URL_MOST:
        context.note(_("The address of the meeting is too long and left out."))
        address = ""
    named = line_in(event, "SUMMARY")
    title = (_without_word(named) if is_cancelled(event) else named) or title or context.untitled
    return facts_of(
        GatheringFields(
            title=_cut(title, TITLE_MOST, _("The title is cut after %(n)d characters."), context),
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            time_zone=(span.zone or context.zones.home).key,
            all_day=span.all_day,
            venue=_cut(venue, VENUE_MOST, _("The place is cut after %(n)d characters."), context),
            online_url=address,
            description=_cut(
                _description(event), DESCRIPTION_MOST, _("The text is cut after %(n)d characters."), context
            ),
            topics=_topics(event, context),
        )
    )


def _cut(text: str, most: int, words: str, context: Context) -> str:
    """The text as far as it is held here; `words` are noted where it goes on."""
    if len(text) <= most:
        return text
    context.note(words % {"n": most})
    return text[:most].rstrip()


def _topics(event: Component, context: Context) -> list[str]:
    found = [topic[:TOPIC_MOST].rstrip() for topic in topics_in(event)]
    topics = list(by_key(found).values())[:TOPICS_MOST]
    if len(by_key(found)) > TOPICS_MOST:
        context.note(_("An event has %(most)d topics at most: the others are left out.") % {"most": TOPICS_MOST})
    return topics


def _description(event: Component) -> str:
    """Its words, and the page that it names where they don't."""
    words, page = words_in(event, "DESCRIPTION"), event.raw("URL")
    if is_web_address(page) and page not in words:
        return f"{words}\n\n{page}".strip()
    return words


def span_of(event: Component, context: Context, last_year: int | None = None) -> Span:
    """When an event is; `last_year` is until when it repeats, so that its zone is right until then.

    Raises NotTaken where it has no start that can be read, or ends before it begins.
    """
    start = read_start(event)
    end = _end(event)
    return _days(event, start, end, context) if start.is_date else _hours(event, start, end, last_year, context)


def read_start(event: Component) -> When:
    """Its DTSTART. Raises NotTaken where there is none that can be read."""
    found = event.first("DTSTART")
    if found is None:
        raise NotTaken(_("It has no start."))
    return _read(found, _("Line %(line)d: its start, “%(value)s”, is no date."))


def _end(event: Component) -> When | None:
    found = event.first("DTEND")
    return _read(found, _("Line %(line)d: its end, “%(value)s”, is no date.")) if found else None


def _read(found: Property, wrong: str) -> When:
    when = read_when(found)
    if when is None:
        raise NotTaken(wrong % {"line": found.line, "value": found.quoted})
    if not 1900 <= when.local.year <= 2300:
        raise NotTaken(_("This date is too far away."))
    return when


def _length(event: Component) -> timedelta | None:
    found = event.first("DURATION")
    length = read_length(found.value) if found else None
    if found and length is None:
        raise NotTaken(
            _("Line %(line)d: its length, “%(value)s”, is none.") % {"line": found.line, "value": found.quoted}
        )
    return length


def _days(event: Component, start: When, end: When | None, context: Context) -> Span:
    """Whole days: dates bear no zone, so they are the organisation's; the end is the day after the last."""
    zone, length = context.zones.home, _length(event)
    if end is not None:
        after = end.local.replace(hour=0, minute=0, second=0)
        after += _DAY if after < end.local else timedelta()
    else:
        after = start.local + (length or _DAY)
        after = after.replace(hour=0, minute=0, second=0) + (_DAY if length and length % _DAY else timedelta())
    if after < start.local:
        raise NotTaken(_("It ends before it begins."))
    # Some programs write the last day as the end of a single one.
    after = max(after, start.local + _DAY)
    return Span(instant(start.local, zone), instant(after, zone), zone, True, start.local)


def _hours(event: Component, start: When, end: When | None, last_year: int | None, context: Context) -> Span:
    starts_at, zone = place_in_time(start, context, last_year)
    length = _length(event) if end is None else None
    if end is not None:
        ends_at = place_in_time(end, context)[0]
    elif length is not None:
        # Days are the calendar's, hours are exact (RFC 5545 section 3.3.6).
        days = timedelta(days=length.days)
        ends_at = place_in_time(start._replace(local=start.local + days), context)[0] + (length - days)
    else:
        ends_at = starts_at
    if ends_at < starts_at:
        raise NotTaken(_("It ends before it begins."))
    if ends_at == starts_at:
        context.note(_("It has no end: one hour is taken."))
        ends_at += AN_HOUR
    shown = zone or context.zones.home
    if zone is not None and is_utc(zone):
        zone = context.zones.home if last_year is None else zone
        shown = zone
    return Span(starts_at, ends_at, zone, False, starts_at.astimezone(shown).replace(tzinfo=None))


def place_in_time(when: When, context: Context, last_year: int | None = None) -> tuple[datetime, ZoneInfo | None]:
    """The instant (UTC) of a time, and its zone; no zone where only the file describes it.

    Raises NotTaken for a zone that nobody knows: its time could be any.
    """
    context.go_on()
    zones = context.zones
    year = when.local.year
    zone = zones.find(when.zone_name, year, max(year, last_year or year)) if when.zone_name else None
    if when.utc:
        return when.local.replace(tzinfo=UTC), zone or ZoneInfo("UTC")
    if not when.zone_name:
        return instant(when.local, zones.floating), zones.floating
    if zone is not None:
        return instant(when.local, zone), zone
    moment = zones.instant(when.zone_name, when.local)
    if moment is None:
        raise NotTaken(
            _("Nobody knows its time zone, “%(name)s”: the file does not describe it.")
            % {"name": when.zone_name[:80]}
        )
    context.note(
        _("Its time zone, “%(name)s”, is like none that we know: the hour is right, and said in %(zone)s.")
        % {"name": when.zone_name[:80], "zone": say_zone(zones.home.key)}
    )
    return moment, None

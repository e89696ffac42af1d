"""A series as one recurring item: rule, skipped dates, and an override for each occurrence that differs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import UNSET

from planner.calendars.building import EMPTY, Voice, calendar_of, fact_lines, uid_of
from planner.calendars.entries import Entry, entry_of
from planner.calendars.lines import CRLF, line, moment
from planner.calendars.queries import CANCELLED_STAYS
from planner.calendars.zones import vtimezone
from planner.gatherings.models import Gathering, Status, Visibility
from planner.i18n import speaking
from planner.series.making import fields_at
from planner.series.models import Series
from planner.series.rules import parse, slot_name, slots, written
from planner.times import instant


class _Occurrence(NamedTuple):
    """What stands at a slot; `entry` is None where nothing is shown there."""

    slot: datetime
    entry: Entry | None


class _Clock(NamedTuple):
    """How times are written: on the clock of the zone, as dates, or in UTC where no rule describes the zone."""

    zone: ZoneInfo
    all_day: bool
    component: bytes | None

    def at_slot(self, name: str, slot: datetime) -> bytes:
        """DTSTART, RECURRENCE-ID or EXDATE at a slot."""
        if self.all_day:
            return line(f"{name};VALUE=DATE", slot_name(slot, True))
        if self.component is None:
            return line(name, moment(instant(slot, self.zone)))
        return line(f"{name};TZID={self.zone.key}", slot_name(slot, False))

    def at(self, name: str, when: datetime) -> bytes:
        """The same at an instant; in UTC where the clock shows that time twice, since programs differ there."""
        local = when.astimezone(self.zone).replace(tzinfo=None)
        if self.all_day or self.component is None or self.is_plain(local):
            return self.at_slot(name, local)
        return line(name, moment(when))

    def is_plain(self, local: datetime) -> bool:
        """Whether the clock shows that time once: programs read one that it skips or repeats in two ways."""
        return instant(local, self.zone) == local.replace(tzinfo=self.zone, fold=1).astimezone(UTC)

    def turns_within(self, entry: Entry) -> bool:
        """Whether clocks change between start and end: some programs take the length on the clock, some exact."""
        begins, ends = (at.astimezone(self.zone).utcoffset() for at in (entry.starts_at, entry.ends_at))
        return begins != ends


def series_file(series: Series, gatherings: Iterable[Gathering], language: str, base_url: str, day: date) -> bytes:
    """The series' calendar: one VEVENT with a RRULE, and its overrides beside it (RFC 5545 section 3.8.4.4).

    Its UID is the series', not those that the occurrences have in feeds, files and mail. `day` (UTC) decides how
    long what was cancelled is still shown.
    """
    found = _occurrences(series, {one.slot: one for one in gatherings}, day)
    while found and found[-1].entry is None:
        found.pop()
    if not found:
        return calendar_of(EMPTY)
    zone = ZoneInfo(series.time_zone)
    component = None if series.all_day else vtimezone(zone.key, found[0].slot.year, found[-1].slot.year + 1)
    clock = _Clock(zone, series.all_day, component)
    # The day of one occurrence, in words, would be wrong for the others.
    voice = Voice(language, base_url, series.organization.contact, when=False)
    length = (series.first_end - series.first_start).total_seconds() / 60
    master = _entry_at(series, found[0].slot, series.pattern | {"start": 0.0, "end": length})
    with speaking(language):
        facts = fact_lines(master, voice)
        events = [_master(series, found, clock, master, facts)]
        for one in found:
            if one.entry is None:
                continue
            own = fact_lines(one.entry, voice)
            if own != facts or not _stands_as_ruled(one.slot, one.entry, master, clock):
                events.append(_override(series, one, one.entry, clock, own))
    return calendar_of((component or b"") + b"".join(events))


def _occurrences(series: Series, known: dict[str | None, Gathering], day: date) -> list[_Occurrence]:
    found = []
    for slot in slots(parse(series.rule, ZoneInfo(series.time_zone)), series.first_start):
        name = slot_name(slot, series.all_day)
        stopped = series.cancelled_at or (series.stops_before and name >= series.stops_before)
        entry = None
        if gathering := known.get(name):
            entry = _entry_of(gathering) if _is_shown(gathering, day) else None
        elif not stopped and name not in series.except_slots:
            entry = _entry_at(series, slot, series.pattern)
        found.append(_Occurrence(slot, entry))
    return found


def _is_shown(gathering: Gathering, day: date) -> bool:
    if not gathering.is_open_to_all:
        return False
    if gathering.status != Status.CANCELLED or gathering.cancelled_at is None:
        return True
    return gathering.cancelled_at.date() >= day - CANCELLED_STAYS


def _entry_of(gathering: Gathering) -> Entry:
    # Without its own page: the override of one occurrence is read beside the others.
    return entry_of(gathering)._replace(visibility=Visibility.INVITED)


def _entry_at(series: Series, slot: datetime, pattern: dict[str, Any]) -> Entry:
    """An occurrence that is still to be made, or the one that the master tells of."""
    fields = fields_at(pattern, slot, series.all_day)
    given = {name: value for name in fields.__struct_fields__ if (value := getattr(fields, name)) is not UNSET}
    blank: dict[str, Any] = {"description": "", "venue": "", "online_url": "", "cancel_reason": ""}
    blank |= {"all_day": series.all_day, "programme": [], "topics": []}
    made = Gathering(
        id=series.id,
        slug=series.slug,
        status=Status.PUBLISHED,
        sequence=series.sequence,
        changed_at=series.changed_at,
        **(blank | given),
    )
    return _entry_of(made)


def _master(series: Series, found: list[_Occurrence], clock: _Clock, master: Entry, facts: list[bytes]) -> bytes:
    missing = [one.slot for one in found if one.entry is None]
    lines = [*_head(series, series.changed_at), clock.at_slot("DTSTART", found[0].slot), _end(clock, master)]
    if len(found) > 1:
        lines += _rule_lines(series, found, clock)
    lines += [clock.at_slot("EXDATE", slot) for slot in missing]
    return CRLF.join([*lines, *facts, b"END:VEVENT"]) + CRLF


def _rule_lines(series: Series, found: list[_Occurrence], clock: _Clock) -> list[bytes]:
    rule = parse(series.rule, clock.zone)
    if not rule.is_plain or (not series.all_day and clock.component is None):
        # Where clocks change by no rule, a rule in UTC would be wrong half of the year; and of some rules programs
        # make something else: each time is named. The first too, or Thunderbird leaves it out.
        return [clock.at_slot("RDATE", one.slot) for one in found]
    if len(slots(rule, series.first_start)) > len(found):
        rule = rule._replace(times=None, until=found[-1].slot)
    return [line("RRULE", written(rule, clock.zone, series.all_day))]


def _override(series: Series, one: _Occurrence, entry: Entry, clock: _Clock, facts: list[bytes]) -> bytes:
    lines = [*_head(series, entry.changed_at), clock.at_slot("RECURRENCE-ID", one.slot)]
    lines += [clock.at("DTSTART", entry.starts_at), _end(clock, entry)]
    return CRLF.join([*lines, *facts, b"END:VEVENT"]) + CRLF


def _head(series: Series, changed_at: datetime) -> list[bytes]:
    return [
        b"BEGIN:VEVENT",
        line("UID", uid_of(series.id)),
        line("DTSTAMP", moment(changed_at)),
        line("LAST-MODIFIED", moment(changed_at)),
        line("SEQUENCE", str(series.sequence)),
    ]


def _end(clock: _Clock, entry: Entry) -> bytes:
    if not clock.all_day and clock.turns_within(entry):
        return line("DTEND", moment(entry.ends_at))
    return clock.at("DTEND", entry.ends_at)


def _stands_as_ruled(slot: datetime, entry: Entry, master: Entry, clock: _Clock) -> bool:
    """Whether every program takes the same start and end from the rule; whole days are the calendar's."""
    if entry.starts_at != instant(slot, clock.zone):
        return False
    if clock.all_day:
        return _days(entry, clock.zone) == _days(master, clock.zone)
    if clock.component is not None and (not clock.is_plain(slot) or clock.turns_within(entry)):
        return False
    return entry.ends_at - entry.starts_at == master.ends_at - master.starts_at


def _days(entry: Entry, zone: ZoneInfo) -> int:
    return (entry.ends_at.astimezone(zone).date() - entry.starts_at.astimezone(zone).date()).days

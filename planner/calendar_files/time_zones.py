"""Which IANA zone a TZID means: by its name, by Windows' name for it, or by the clock that the file describes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from planner.calendar_files.content import Component
from planner.calendar_files.values import read_list, read_when
from planner.i18n import gettext as _
from planner.times import all_zones, say_zone, zone_names

ZONES_MOST: Final = 200
# How many changes of its clock a zone may list: one that lists all from 1900 on has some 200.
CHANGES_MOST: Final = 500
# How often clocks are compared for one file: each time takes up to a tenth of a second.
LOOKS_MOST: Final = 300
# Names of places; the others are older names for the same clocks.
_AREAS: Final = frozenset(
    {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)
# Of zones whose clocks go alike, those that most people know.
_KNOWN: Final = (
    *("Europe/Berlin", "Europe/London", "Europe/Athens", "America/New_York", "America/Chicago", "America/Denver"),
    *("America/Los_Angeles", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney"),
)
_OFFSET: Final = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?", re.ASCII)
_YEARLY: Final = re.compile(r"(BYMONTH|BYDAY|BYMONTHDAY)=([0-9A-Z,+-]{1,80})", re.ASCII)
_UTC: Final = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"})


class _Change(NamedTuple):
    at: datetime  # UTC
    before: timedelta
    after: timedelta


class Described:
    """A zone as its VTIMEZONE describes it (RFC 5545 section 3.6.5), for years that are asked about."""

    def __init__(self, component: Component) -> None:
        parts = [one for one in component.inside if one.kind in ("STANDARD", "DAYLIGHT")]
        listed = sum(1 + found.value.count(",") for part in parts for found in part.all("RDATE"))
        self._parts = parts if len(parts) + listed <= CHANGES_MOST else []
        self.place = component.raw("X-LIC-LOCATION")

    def changes(self, first_year: int, last_year: int) -> list[_Change]:
        """The changes of its clock that count for those years, in order; none where it can't be read."""
        found: list[_Change] = []
        for part in self._parts:
            before, after = _offset(part.raw("TZOFFSETFROM")), _offset(part.raw("TZOFFSETTO"))
            starts = part.first("DTSTART")
            start = read_when(starts) if starts else None
            if before is None or after is None or start is None:
                return []
            onsets = list(_onsets(part, start.local, first_year, last_year))
            found += [_Change(onset.replace(tzinfo=UTC) - before, before, after) for onset in onsets]
        return sorted(found)

    def instant(self, local: datetime) -> datetime | None:
        """The instant (UTC) of a time on its clock, read as section 3.3.5 says; None where it can't be read."""
        changes = self.changes(local.year, local.year)
        if not changes:
            return None
        offset, at = changes[0].before, local.replace(tzinfo=UTC)
        for change in changes:
            # A time that comes twice is the first one, one that is left out has the offset before it.
            if at >= change.at + max(change.before, change.after):
                offset = change.after
        return at - offset

    def alike(self, zones: Iterable[ZoneInfo], first_year: int, last_year: int) -> ZoneInfo | None:
        """The first of those IANA zones whose clock shows the same all through those years."""
        changes = self.changes(first_year, last_year)
        if not changes:
            return None
        wanted = [(moment, _offset_at(changes, moment)) for moment in _samples(changes, first_year, last_year)]
        for zone in zones:
            if all(moment.astimezone(zone).utcoffset() == offset for moment, offset in wanted):
                return zone
        return None


def _offset(text: str) -> timedelta | None:
    read = _OFFSET.fullmatch(text)
    if not read or int(read[2]) > 23 or int(read[3]) > 59:
        return None
    length = timedelta(hours=int(read[2]), minutes=int(read[3]), seconds=int(read[4] or 0))
    return -length if read[1] == "-" else length


def _offset_at(changes: list[_Change], moment: datetime) -> timedelta:
    offset = changes[0].before
    for change in changes:
        if change.at > moment:
            break
        offset = change.after
    return offset


def _samples(changes: list[_Change], first_year: int, last_year: int) -> Iterator[datetime]:
    """Instants at which clocks are compared: each week, and about each change."""
    moment, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year, 12, 31, tzinfo=UTC)
    yield from (
        change.at + timedelta(hours=hours) for change in changes if moment < change.at < end for hours in (-1, 0)
    )
    while moment <= end:
        yield moment
        moment += timedelta(days=7)


def _onsets(part: Component, start: datetime, first_year: int, last_year: int) -> Iterator[datetime]:
    """The local times at which STANDARD or DAYLIGHT begins, up to the last year; the last one before them too."""
    yield from (one.local for found in part.all("RDATE") for one in read_list(found) if one is not None)
    rule = part.raw("RRULE").upper()
    if not rule:
        yield start
        return
    parts = dict(_YEARLY.findall(rule)) or {"BYMONTH": str(start.month), "BYMONTHDAY": str(start.day)}
    parts.setdefault("BYMONTH", str(start.month))
    until = re.search(r"UNTIL=(\d{4})", rule)
    last = min(last_year + 1, int(until[1]) if until else last_year + 1)
    words = ";".join(f"{name}={value}" for name, value in parts.items())
    for year in range(max(start.year, min(first_year - 1, last)), last + 1):
        try:
            begins = start.replace(year=year, month=1, day=1)
            # One year at a time, so that nothing a file says can go on for long.
            yield from rrulestr(f"FREQ=YEARLY;{words};UNTIL={year}1231T235959", dtstart=begins)
        except ValueError:
            return


class TimeZones:
    """The zones of a file. `home` is the organisation's, in which times without a zone are read."""

    def __init__(self, components: list[Component], home: ZoneInfo) -> None:
        self.home = home
        described = [one for one in components if one.kind == "VTIMEZONE"][:ZONES_MOST]
        self._described = {_key(name.value): Described(one) for one in described for name in one.all("TZID")}
        self._names = {name.value for one in described for name in one.all("TZID")}
        named = (one.raw("X-WR-TIMEZONE") for one in components if one.kind == "VCALENDAR")
        zones = filter(None, map(_by_name, named))
        self._calendar = next((zone for zone in zones if zone.key.partition("/")[0] in _AREAS), None)
        self._found: dict[tuple[str, int, int], ZoneInfo | None] = {}
        # How names that are not IANA's were read, in words.
        self.notes: dict[str, str] = {}

    @property
    def floating(self) -> ZoneInfo:
        """Where hours without a zone are: the place that the calendar names, or the organisation's."""
        return self._calendar or self.home

    def of_days(self, year: int) -> ZoneInfo:
        """Where a rule of whole days ends, if that is an instant: in the only place whose clock the file holds."""
        zones = {zone for name in self._names if (zone := self.find(name, year, year)) and not is_utc(zone)}
        return zones.pop() if len(zones) == 1 else self.home

    def find(self, name: str, first_year: int, last_year: int) -> ZoneInfo | None:
        """The IANA zone of a TZID for those years; None where none is surely the same."""
        key = _key(name), first_year, last_year
        if key not in self._found:
            self._found[key] = self._look(name, first_year, last_year)
        return self._found[key]

    def instant(self, name: str, local: datetime) -> datetime | None:
        """The instant (UTC) of a time in a zone that only the file describes; None where it does not."""
        described = self._described.get(_key(name))
        return described.instant(local) if described else None

    def _look(self, name: str, first_year: int, last_year: int) -> ZoneInfo | None:
        if zone := _by_name(name):
            return zone
        described = self._described.get(_key(name))
        if described is None or len(self._found) > LOOKS_MOST:
            return None
        candidates = list(self._candidates(name, described.place))
        words = _("The time zone “%(name)s” is read as %(zone)s: its clock goes alike.")
        found = described.alike(candidates, first_year, last_year)
        if found is None and last_year > first_year:
            # Programs write this year's rule and mean the place: its clock may change by another one later.
            words = _("The time zone “%(name)s” is read as %(zone)s, though later its clock goes otherwise.")
            found = described.alike(candidates, first_year, first_year)
        if found:
            self.notes[name] = words % {"name": name[:80], "zone": say_zone(found.key)}
        return found

    def _candidates(self, name: str, place: str) -> Iterator[ZoneInfo]:
        """Zones to compare with, the most likely first."""
        if named := _by_name(place):
            yield named
        words = name.replace(" ", "_").casefold()
        yield from (zone for zone in _places() if zone.key.rpartition("/")[2].casefold() in words)
        yield self.home
        yield from _places()


@cache
def _places() -> tuple[ZoneInfo, ...]:
    """All zones named after a place, the best known first; kept, since reading them takes half a second."""
    known = (one for one in WINDOWS_TO_OLSON.values() if one in all_zones())
    names = dict.fromkeys((*_KNOWN, *known, *zone_names()))
    return tuple(ZoneInfo(one) for one in names if one.partition("/")[0] in _AREAS)


def is_utc(zone: ZoneInfo) -> bool:
    """Whether it is UTC by whatever name: an instant rather than the clock of a place."""
    return zone.key in _UTC


def _key(name: str) -> str:
    return name.replace("\\", "").replace('"', "").strip().casefold()


def _by_name(name: str) -> ZoneInfo | None:
    """The zone of an IANA name, also behind a vendor's prefix or with its slash lost, or of a Windows name."""
    clean = name.replace("\\", "").replace('"', "").strip()
    if clean.casefold() in ("tzone://microsoft/utc", "coordinated universal time"):
        clean = "UTC"
    parts = [part for part in clean.split("/") if part]
    names = [clean, WINDOWS_TO_OLSON.get(clean, ""), clean.replace("_", "/", 1)]
    # /freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires, posix/Europe/Vaduz
    names += ["/".join(parts[-count:]) for count in (3, 2) if len(parts) > count]
    return next((ZoneInfo(one) for one in names if one in all_zones()), None)

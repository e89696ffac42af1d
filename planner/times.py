"""Times as people write and read them: local clock times with a named zone; dates always with the weekday."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location

from planner.errors import Invalid
from planner.i18n import gettext as _
from planner.i18n import language, ngettext

# English here is the English of the source texts: day before month, twenty-four hours.
_LOCALES = {"en": "en_GB"}


def locale() -> str:
    """The CLDR locale for dates in the language spoken now."""
    return _LOCALES.get(language(), language())


@cache
def all_zones() -> frozenset[str]:
    """Every IANA zone, older names too; kept, since looking for them takes ten milliseconds."""
    return frozenset(available_timezones())


@cache
def zone_names() -> tuple[str, ...]:
    """Every IANA zone that may be chosen, in order: those named after a place, and UTC."""
    return tuple(
        sorted(
            name
            for name in all_zones()
            if name == "UTC"
            or ("/" in name and not name.startswith(("Etc/", "SystemV/", "US/", "posix", "right")))
        )
    )


def known_zone(name: str, field: str = "time_zone") -> ZoneInfo:
    """The zone of that IANA name.

    Raises Invalid at `field` for anything else, paths included.
    """
    try:
        if name in all_zones():
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise Invalid.field(
        field, _("There is no time zone of this name. Choose one from the list, like Europe/Berlin.")
    )


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a clock time at a place, as RFC 5545 section 3.3.5 reads it.

    One that daylight saving skips is taken with the offset before the gap, one that comes twice is the first.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def local_instant(day: date, clock: time, zone: ZoneInfo, field: str) -> datetime:
    """The instant (UTC) of a clock time at a place.

    An hour that comes twice in autumn is taken as its first one (summer time). Raises Invalid at `field` for a
    time that daylight saving skips.
    """
    local = datetime.combine(day, clock)
    moment = instant(local, zone)
    if moment.astimezone(zone).replace(tzinfo=None) != local:
        raise Invalid.field(
            field,
            _("The clocks go forward that night: %(time)s does not exist. Choose an hour later.")
            % {"time": clock.strftime("%H:%M")},
        )
    return moment


def say_day(moment: date | datetime, year: bool = True) -> str:
    """Thursday 18 March 2027; the year may go in lists. A datetime is said in its own zone."""
    # Translators: a CLDR date pattern with weekday, day, month and year.
    with_year = _("EEEE d MMMM y")
    # Translators: a CLDR date pattern with weekday, day and month.
    pattern = with_year if year else _("EEEE d MMMM")
    return _written_date(moment.date() if isinstance(moment, datetime) else moment, pattern, locale())


def say_days(first: date, last: date) -> str:
    """Tuesday 9 March to Thursday 11 March 2027, or the one day."""
    if first == last:
        return say_day(first)
    return _("%(first)s to %(last)s") % {
        "first": say_day(first, year=first.year != last.year),
        "last": say_day(last),
    }


def say_short_day(moment: date | datetime) -> str:
    """Thu 18 Mar."""
    # Translators: a CLDR date pattern, as short as it can be read.
    pattern = _("EEE d MMM")
    return _written_date(moment.date() if isinstance(moment, datetime) else moment, pattern, locale())


def say_time(moment: datetime) -> str:
    """17:30, in the moment's own zone."""
    return _written_time(moment.hour, moment.minute, locale())


def say_zone(name: str) -> str:
    """Berlin time, for an IANA zone name."""
    if name in ("UTC", "Etc/UTC"):
        return "UTC"
    return _("%(city)s time") % {"city": say_city(name)}


def say_city(zone_name: str) -> str:
    """The city that an IANA zone is named after: New York."""
    return _city(zone_name, locale())


def whole_days(start: datetime, end: datetime) -> int:
    """How many days it takes from midnight to midnight, as both are given; 0 where it has hours."""
    if begins_day(start) and begins_day(end):
        return (end.date() - start.date()).days
    return 0


def begins_day(moment: datetime) -> bool:
    """Whether a day begins at it, as it is given: at midnight, or an hour later where summer time skips that."""
    if moment.hour > 1:  # quickly, for the thousands of a feed
        return False
    midnight = datetime.combine(moment.date(), time.min, moment.tzinfo)
    return moment.astimezone(UTC) == midnight.astimezone(UTC)


def say_begin(start: datetime, end: datetime) -> str:
    """17:30, or that it is the whole day; both are given in the place's zone."""
    days = whole_days(start, end)
    return ngettext("the whole day", "%(n)d whole days", days) % {"n": days} if days else say_time(start)


def say_hours(start: datetime, end: datetime, zone_name: str = "") -> str:
    """17:30 to 19:30, Berlin time; over midnight the second day is named. Both are given in the place's zone.

    From midnight to midnight it is "the whole day", or "whole days, until Sunday 21 March": dates bear no zone.
    """
    if days := whole_days(start, end):
        if days == 1:
            return _("the whole day")
        return _("whole days, until %(day)s") % {"day": say_day(end.date() - timedelta(days=1), year=False)}
    last = say_time(end)
    if end.date() != start.date():
        last = f"{say_day(end, year=False)}, {last}"
    hours = _("%(start)s to %(end)s") % {"start": say_time(start), "end": last}
    return f"{hours}, {say_zone(zone_name)}" if zone_name else hours


def say_when(start: datetime, end: datetime, zone_name: str) -> str:
    """Thursday 18 March 2027, 17:30 to 19:30, Berlin time."""
    zone = ZoneInfo(zone_name)
    start, end = start.astimezone(zone), end.astimezone(zone)
    return f"{say_day(start)}, {say_hours(start, end, zone_name)}"


def say_length(length: timedelta) -> str:
    """2 hours; 1 hour 30 minutes; 45 minutes."""
    minutes = int(length.total_seconds()) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = []
    if days:
        parts.append(ngettext("%(n)d day", "%(n)d days", days) % {"n": days})
    if hours:
        parts.append(ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours})
    if minutes or not parts:
        parts.append(ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes})
    return " ".join(parts)


def say_moment(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """When something happened, near ones in words: today 09:12, yesterday 19:05, Sun 28 Feb 10:00.

    `moment` and `now` are instants; `zone` is the reader's.
    """
    local, here = moment.astimezone(zone), now.astimezone(zone)
    days = (here.date() - local.date()).days
    if days == 0:
        return _("today %(time)s") % {"time": say_time(local)}
    if days == 1:
        return _("yesterday %(time)s") % {"time": say_time(local)}
    if local.year == here.year:
        return f"{say_short_day(local)}, {say_time(local)}"
    return f"{say_day(local)}, {say_time(local)}"


# Babel takes 10 to 20 microseconds for each; a calendar of 1,000 gatherings asks 5,000 times.
@lru_cache(maxsize=4096)
def _written_date(day: date, pattern: str, locale_code: str) -> str:
    return format_date(day, pattern, locale=_parsed(locale_code))


@lru_cache(maxsize=4096)
def _written_time(hour: int, minute: int, locale_code: str) -> str:
    return format_time(time(hour, minute), "HH:mm", locale=_parsed(locale_code))


@lru_cache(maxsize=1024)
def _city(zone_name: str, locale_code: str) -> str:
    return get_timezone_location(ZoneInfo(zone_name), locale=locale_code, return_city=True)


_parsed = cache(Locale.parse)

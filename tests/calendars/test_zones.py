"""Our VTIMEZONE says the same as zoneinfo, for every zone, or there is none."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil.tz import tzical

from planner.accounts.models import Organization
from planner.calendars.recurring import series_file
from planner.calendars.zones import vtimezone
from planner.series.models import Series
from tests.calendars import thunderbird

YEARS = (2026, 2028)
# Clocks that follow the moon, or a day of the month that no weekday rule names.
UNRULY = {"Africa/Casablanca", "Asia/Gaza", "America/Santiago"}
FIRST_SUNDAY = datetime(2026, 1, 4)  # noqa: DTZ001 - a clock's time
WEEKS = 3 * 52
LENGTH = timedelta(hours=2)
# An evening, and a time at which, on most nights of a change, the clock skips or shows an hour twice.
HOURS = (timedelta(hours=17, minutes=30), timedelta(hours=2, minutes=15))


def moments() -> list[datetime]:
    """Each fourth day over three years, at hours near which clocks change and far from them."""
    first = datetime(YEARS[0], 1, 1)  # noqa: DTZ001 - a clock's time
    days = (first + timedelta(days=4 * number) for number in range(274))
    return [day + timedelta(hours=hour, minutes=30) for day in days for hour in (0, 4, 12)]


@pytest.mark.parametrize("letter", sorted({name[0] for name in available_timezones()}))
def test_every_zone_shows_the_same_offsets_in_its_vtimezone(letter: str) -> None:
    wanted = moments()
    for key in sorted(name for name in available_timezones() if name.startswith(letter)):
        component = vtimezone(key, *YEARS)
        if component is None:
            continue
        read = tzical(io.StringIO(component.decode().replace("\r\n", "\n"))).get(key)
        zone = ZoneInfo(key)
        apart = [
            at
            for at in wanted
            if at.replace(tzinfo=read).utcoffset() != at.replace(tzinfo=zone).utcoffset()
            # A time that the clock skips or shows twice is read in two ways.
            and at.replace(tzinfo=zone).utcoffset() == at.replace(tzinfo=zone, fold=1).utcoffset()
        ]
        assert not apart, (key, apart[:3])


def sundays(key: str, first: datetime) -> bytes:
    """The calendar of a series on every Sunday of three years, at a time on the clock of the zone."""
    made = Series(
        id=uuid.UUID(int=7),
        slug="sundays",
        rule=f"FREQ=WEEKLY;COUNT={WEEKS}",
        except_slots=[],
        time_zone=key,
        first_start=first,
        first_end=first + LENGTH,
        all_day=False,
        pattern={"title": "Soup", "time_zone": key, "start": 0.0, "end": LENGTH.total_seconds() / 60},
        sequence=0,
        changed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    made.organization = Organization(name="Lindenhof", contact_name="Hanna Brandt")
    return series_file(made, [], "en", "https://plan.example.org", date(2026, 1, 1))


def test_a_series_in_any_zone_is_when_zoneinfo_says_for_thunderbird_too() -> None:
    read = set()
    for key, hour in product(sorted(available_timezones()), HOURS):
        zone, first = ZoneInfo(key), FIRST_SUNDAY + hour
        clocks = [first + timedelta(days=7 * week) for week in range(WEEKS)]
        wanted = tuple(clock.replace(tzinfo=zone).astimezone(UTC) for clock in clocks)
        component = vtimezone(key, first.year, clocks[-1].year + 1)
        # Many names stand for the same clock: each clock is read once.
        named_alike = (component and component.replace(key.encode(), b""), wanted)
        if named_alike in read:
            continue
        read.add(named_alike)
        body = sundays(key, first)
        assert [(begins, ends) for _uid, begins, ends, _title in thunderbird.read(body).shown] == [
            (f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at + LENGTH:%Y-%m-%dT%H:%M:%SZ}") for at in wanted
        ], key
        assert (b";TZID=" in body) == (component is not None), key
    assert len(read) > 100


def test_the_few_zones_without_yearly_rules_are_left_to_utc() -> None:
    without = {key for key in available_timezones() if vtimezone(key, *YEARS) is None}
    assert without >= UNRULY
    assert len(without) < 20


def test_the_hour_of_the_change_is_the_one_that_clocks_show_before_it() -> None:
    lines = (vtimezone("Europe/Berlin", 2027, 2027) or b"").decode().split("\r\n")
    assert lines[:5] == [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Berlin",
        "BEGIN:DAYLIGHT",
        "DTSTART:20260329T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    ]
    assert "DTSTART:20261025T030000" in lines

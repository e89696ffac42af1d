"""Our VTIMEZONE says the same as zoneinfo, for every zone, or there is none."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil.tz import tzical

from planner.calendars.zones import vtimezone

YEARS = (2026, 2028)
# Clocks that follow the moon, or a day of the month that no weekday rule names.
UNRULY = {"Africa/Casablanca", "Asia/Gaza", "America/Santiago"}


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

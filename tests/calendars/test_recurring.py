"""A series as one recurring item: what programs make of it are its occurrences."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import recurring_ical_events
from icalendar import Calendar, Component

from planner.calendars.recurring import series_file
from planner.database import Database
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering, Visibility
from planner.gatherings.programme import Part
from planner.series import actions
from planner.series.actions import Scope
from planner.series.models import Series
from tests.calendars.conftest import SETTINGS
from tests.calendars.reading import assert_programs_take_it
from tests.rules.conftest import START, House, house

__all__ = ["house"]
TODAY = date(2026, 11, 24)


def read(database: Database, series: Series, day: date = TODAY) -> tuple[bytes, list[Gathering]]:
    """The file, and the gatherings that it tells of."""
    with database.reading() as session:
        kept = session.get_one(Series, series.id)
        found = actions.occurrences(session, kept)
        body = series_file(kept, found, "en", SETTINGS.base_url, day)
    assert_programs_take_it(body)
    return body, found


def later(gathering: Gathering, by: timedelta) -> dict[str, Any]:
    """Its times, moved."""
    return {"starts_at": gathering.starts_at + by, "ends_at": gathering.ends_at + by}


def expanded(body: bytes) -> list[Component]:
    """What a calendar program shows."""
    return sorted(recurring_ical_events.of(Calendar.from_ical(body)).all(), key=lambda one: str(one["DTSTART"].dt))


def times(body: bytes) -> list[tuple[datetime, datetime]]:
    return [(one["DTSTART"].dt.astimezone(UTC), one["DTEND"].dt.astimezone(UTC)) for one in expanded(body)]


def test_over_both_nights_on_which_clocks_change_the_hour_stays(house: House) -> None:
    series = house.repeat("FREQ=WEEKLY;COUNT=40", visibility=Visibility.PUBLIC, skip=(date(2027, 4, 1),))
    body, found = read(house.database, series)
    assert times(body) == [(one.starts_at, one.ends_at) for one in found]
    assert len(found) == 39
    assert body.count(b"BEGIN:VEVENT") == 1
    assert body.count(b"BEGIN:VTIMEZONE") == 1
    assert b"EXDATE;TZID=Europe/Berlin:20270401T173000" in body
    assert str(series.id).encode() in body


def test_one_that_was_moved_and_one_that_was_renamed_are_overrides(house: House) -> None:
    series = house.repeat("FREQ=MONTHLY;BYDAY=3TH;COUNT=6", visibility=Visibility.PUBLIC)
    _body, found = read(house.database, series)
    house.change(
        found[2].id, starts_at=found[2].starts_at + timedelta(days=1), ends_at=found[2].ends_at + timedelta(days=1)
    )
    house.change(found[3].id, title="Songs")
    body, found = read(house.database, series)
    assert times(body) == [(one.starts_at, one.ends_at) for one in found]
    assert [str(one["SUMMARY"]) for one in expanded(body)][3] == "Songs"
    assert body.count(b"RECURRENCE-ID;TZID=Europe/Berlin") == 2


def test_those_not_made_yet_say_what_was_decided_for_all_that_follow(house: House) -> None:
    series = house.repeat("FREQ=WEEKLY;UNTIL=20290601T000000Z", visibility=Visibility.PUBLIC)
    _body, found = read(house.database, series)
    with house.database.writing() as session:
        one = gatherings.find(session, house.owner.organization_id, found[-1].id, lock=True)
        later = GatheringFields(
            starts_at=one.starts_at + timedelta(minutes=30), ends_at=one.ends_at + timedelta(minutes=30)
        )
        actions.change(session, one, later, Scope.FOLLOWING)
    body, found = read(house.database, series)
    shown = times(body)
    assert shown[: len(found)] == [(one.starts_at, one.ends_at) for one in found]
    assert len(shown) > len(found)
    last = expanded(body)[-1]["DTSTART"].dt
    assert (last.hour, last.minute) == (18, 0)


def test_what_is_called_off_stays_for_a_month_and_then_goes(house: House) -> None:
    series = house.repeat("FREQ=WEEKLY;COUNT=4", visibility=Visibility.PUBLIC)
    _body, found = read(house.database, series)
    house.do(found[1].id, gatherings.cancel, "No cook")
    today = datetime.now(UTC).date()
    body, _found = read(house.database, series, today)
    assert body.count(b"STATUS:CANCELLED") == 1
    body, _found = read(house.database, series, today + timedelta(days=31))
    assert b"STATUS:CANCELLED" not in body
    assert len(times(body)) == 3


def test_the_end_comes_earlier_once_all_that_follow_are_called_off(house: House) -> None:
    series = house.repeat("FREQ=WEEKLY;COUNT=8", visibility=Visibility.PUBLIC)
    _body, found = read(house.database, series)
    with house.database.writing() as session:
        one = gatherings.find(session, house.owner.organization_id, found[3].id, lock=True)
        actions.cancel(session, one, "", Scope.FOLLOWING)
    body, _found = read(house.database, series, datetime.now(UTC).date() + timedelta(days=31))
    assert times(body) == [(one.starts_at, one.ends_at) for one in found[:3]]
    assert b"UNTIL=20270401T153000Z" in body
    assert b"COUNT" not in body


def test_where_clocks_follow_no_rule_each_time_is_named_in_utc(house: House) -> None:
    series = house.repeat("FREQ=WEEKLY;COUNT=12", visibility=Visibility.PUBLIC, time_zone="Africa/Casablanca")
    body, found = read(house.database, series)
    assert times(body) == [(one.starts_at, one.ends_at) for one in found]
    assert b"TZID" not in body
    assert b"RRULE" not in body


def test_of_a_rule_that_programs_read_differently_each_time_is_named(house: House) -> None:
    series = house.repeat("FREQ=YEARLY;BYWEEKNO=11,12;BYDAY=TH;COUNT=3", visibility=Visibility.PUBLIC)
    body, found = read(house.database, series)
    assert times(body) == [(one.starts_at, one.ends_at) for one in found]
    assert b"RRULE:FREQ=YEARLY;BYWEEKNO" not in body
    assert body.count(b"RDATE;TZID=Europe/Berlin") == len(found)


def test_only_what_everyone_may_see_is_told(house: House) -> None:
    series = house.repeat("FREQ=WEEKLY;COUNT=4", visibility=Visibility.PUBLIC, publish=False)
    body, _found = read(house.database, series)
    assert b"Soup" not in body
    assert b"BEGIN:VTIMEZONE" in body


def test_long_words_are_folded(house: House) -> None:
    series = house.repeat("FREQ=WEEKLY;COUNT=3", visibility=Visibility.PUBLIC, title="Suppe für alle " * 12)
    body, _found = read(house.database, series)
    assert {str(one["SUMMARY"]) for one in expanded(body)} == {("Suppe für alle " * 12).strip()}


def test_the_running_order_and_the_topics_of_all_days_are_told_once(house: House) -> None:
    camp = {"ends_at": START + timedelta(days=2), "programme": [Part(minutes=930, title="Porridge")]}
    series = house.repeat("FREQ=MONTHLY;BYDAY=3TH;COUNT=8", visibility=Visibility.PUBLIC, topics=["Lake"], **camp)
    body, found = read(house.database, series)
    assert body.count(b"BEGIN:VEVENT") == 1
    assert body.count(b"CATEGORIES:Lake\r\n") == 1
    assert b"Day 2\\, 09:00 Porridge" in body
    house.change(found[2].id, programme=[Part(minutes=960, title="Porridge")])
    body, _found = read(house.database, series)
    assert body.count(b"BEGIN:VEVENT") == body.count(b"09:30 Porridge") + 1 == 2

"""What else is on a day, when a date is set."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from planner.accounts.models import Organization
from planner.gatherings import actions
from planner.gatherings.clashes import Clash, clashes, clashes_of, free_day
from planner.gatherings.span import Span
from planner.i18n import speaking
from tests.rules.conftest import START, House

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def berlin(house: House) -> None:
    """Its holidays are those of Berlin; it has Muslim and Jewish families."""
    with house.database.writing() as session:
        organization = session.get_one(Organization, house.owner.organization_id)
        organization.country, organization.region = "DE", "BE"
        organization.observed = ["muslim", "jewish", "western"]


def evening_of(day: str, clock: str = "17:30", hours: float = 2) -> Span:
    """Some hours in March or October, on the clock of Berlin; both are before the clocks change."""
    offset = timedelta(hours=2 if day[5:7] in ("04", "05", "09", "10") else 1)
    start = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC) - offset
    return Span(start, start + timedelta(hours=hours), BERLIN)


def found(house: House, span: Span, *itself: uuid.UUID) -> list[Clash]:
    with house.database.reading() as session:
        organization = session.get_one(Organization, house.owner.organization_id)
        return clashes(session, organization, span, itself)


def test_a_quiet_day_has_nothing_else(house: House) -> None:
    assert found(house, evening_of("2027-03-17")) == []


def test_a_public_holiday_is_said_with_its_day(house: House) -> None:
    [clash] = found(house, evening_of("2028-03-08"))
    assert clash.sentence == (
        "Women’s Day is a public holiday (Wednesday 8 March 2028). "
        "Many families are away or have plans of their own."
    )


def test_what_the_moon_decides_is_said_to_be_expected(house: House) -> None:
    [clash] = found(house, evening_of("2027-03-10"))
    assert clash.what == "Eid al-Fitr is expected that day"
    assert clash.when == "Tuesday 9 March to Thursday 11 March 2027; it may be a day earlier or later"


def test_a_month_of_fasting_says_when_families_eat(house: House) -> None:
    [clash] = found(house, evening_of("2027-03-04"))
    assert (clash.name, clash.advice) == ("Ramadan", "Families who fast eat after sunset.")


def test_a_day_that_begins_in_the_evening_is_in_the_way_of_that_evening_alone(house: House) -> None:
    [clash] = found(house, evening_of("2027-10-10", "17:30"))
    assert clash.what == "Yom Kippur begins that evening"
    assert found(house, evening_of("2027-10-10", "10:00")) == []
    assert [one.name for one in found(house, evening_of("2027-10-11", "10:00"))] == ["Yom Kippur"]


def test_what_a_country_keeps_too_is_said_once(house: House) -> None:
    assert [one.key for one in found(house, evening_of("2027-03-26"))] == ["public 2027-03-26"]


def test_several_days_are_asked_about_together(house: House) -> None:
    camp = Span(datetime(2027, 3, 24, 23, tzinfo=UTC), datetime(2027, 3, 29, 22, tzinfo=UTC), BERLIN)
    assert [one.name for one in found(house, camp)] == [
        "Good Friday",
        "Easter Monday",
        "Maundy Thursday",
        "Easter Sunday",
    ]
    assert "Maundy Thursday is in these days" in [one.what for one in found(house, camp)]


def test_days_are_those_of_the_place_and_midnight_ends_one(house: House) -> None:
    # 23:00 in Berlin on the eve, until midnight: not yet Good Friday.
    assert [one.name for one in found(house, evening_of("2027-03-25", "23:00", 1))] == ["Maundy Thursday"]
    assert "Good Friday" in [one.name for one in found(house, evening_of("2027-03-25", "23:00", 1.5))]
    in_tokyo = Span(
        datetime(2027, 3, 25, 16, tzinfo=UTC), datetime(2027, 3, 25, 18, tzinfo=UTC), ZoneInfo("Asia/Tokyo")
    )
    assert [one.name for one in found(house, in_tokyo)] == ["Good Friday"]


def test_own_events_at_the_same_time_are_said_drafts_too_but_none_that_is_called_off(house: House) -> None:
    span = Span(START, START + timedelta(hours=2), BERLIN)
    published, draft, off = house.plan(), house.plan(publish=False, title="Choir"), house.plan(title="Walk")
    house.do(off, actions.cancel, "Rain")
    after = house.plan(title="Right after", starts_at=span.ends_at, ends_at=span.ends_at + timedelta(hours=1))
    assert {one.gathering_id for one in found(house, span)} == {published, draft}
    assert found(house, span, published, draft) == []
    [clash] = found(house, span, published)
    assert clash.sentence == (
        "“Choir” is at the same time (Thursday 18 March 2027, 17:30 to 19:30, Berlin time). "
        "Whoever is asked to both would have to choose."
    )
    assert after not in {one.gathering_id for one in found(house, span)}


def test_many_days_are_looked_at_at_once_each_for_itself(house: House) -> None:
    house.plan()
    spans = [evening_of(day) for day in ("2027-03-11", "2027-03-18", "2027-03-17", "2027-03-26")]
    with house.database.reading() as session:
        organization = session.get_one(Organization, house.owner.organization_id)
        each = clashes_of(session, organization, spans)
        assert clashes_of(session, organization, []) == []
    assert [[one.name for one in some] for some in each] == [
        ["Eid al-Fitr"],
        ["Soup & Stories"],
        [],
        ["Good Friday"],
    ]


def test_the_same_weekday_is_offered_where_a_week_later_is_free(house: House) -> None:
    house.plan(starts_at=START - timedelta(days=1), ends_at=START - timedelta(hours=22))
    with house.database.reading() as session:
        organization = session.get_one(Organization, house.owner.organization_id)
        # Wednesday 10 March is Eid, a week later the choir sings, two weeks later is free.
        offered = free_day(session, organization, evening_of("2027-03-10"))
    assert offered is not None
    assert offered.local_start == datetime(2027, 3, 24, 17, 30, tzinfo=BERLIN)


def test_the_hours_stay_on_the_clock_over_the_night_in_which_it_changes(house: House) -> None:
    assert evening_of("2027-03-24").moved(7).local_start == datetime(2027, 3, 31, 17, 30, tzinfo=BERLIN)


def test_names_come_in_the_readers_language(house: House) -> None:
    with speaking("es"):
        assert [one.name for one in found(house, evening_of("2027-03-26"))] == ["Viernes Santo"]


def test_who_says_no_country_and_no_tradition_is_told_of_own_events_alone(house: House) -> None:
    with house.database.writing() as session:
        organization = session.get_one(Organization, house.owner.organization_id)
        organization.country, organization.observed = None, []
    assert found(house, evening_of("2027-03-26")) == []

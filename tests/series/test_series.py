"""Gatherings that repeat: made ahead, changed one by one or together, called off, extended by the schedule."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
import sqlalchemy as sa
import time_machine

from notifications.schedules import Schedules
from planner.database import Database, utc_now
from planner.errors import Invalid
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering, Status
from planner.series import actions, making
from planner.series.actions import Scope
from planner.series.models import Series
from planner.times import instant
from tests.attacks.test_twice_at_once import at_once
from tests.rules.conftest import START, House

BERLIN = ZoneInfo("Europe/Berlin")
FIRST_OF_2027 = datetime(2027, 1, 1, tzinfo=UTC)


def each(house: House, series: Series) -> list[Gathering]:
    """Its occurrences as they are now, in order of their slots."""
    with house.database.reading() as session:
        return actions.occurrences(session, series)


def starts(house: House, series: Series) -> list[str]:
    """When they begin, on the clock of the place."""
    return [f"{one.local_start:%m-%d %H:%M}" for one in each(house, series)]


def change(house: House, one: Gathering, scope: Scope, **fields: Any) -> None:
    """Changes an occurrence with others."""
    with house.database.writing() as session:
        found = gatherings.find(session, one.organization_id, one.id, lock=True)
        actions.change(session, found, GatheringFields(**fields), scope)


def call_off(house: House, one: Gathering, scope: Scope) -> None:
    """Cancels an occurrence with others."""
    with house.database.writing() as session:
        found = gatherings.find(session, one.organization_id, one.id, lock=True)
        actions.cancel(session, found, "The boiler is broken", scope)


def again(house: House, series: Series) -> Series:
    """The series as it is now."""
    with house.database.reading() as session:
        return session.get_one(Series, series.id)


def test_each_week_is_a_gathering_of_its_own_with_its_slot(house: House) -> None:
    series = house.repeat(skip=[datetime(2027, 3, 25, tzinfo=UTC).date()], publish=False)
    found = each(house, series)
    assert [one.slot for one in found] == ["20270318T173000", "20270401T173000", "20270408T173000"]
    assert {one.status for one in found} == {Status.DRAFT}
    assert len({one.slug for one in found} | {series.slug}) == 4
    assert series.except_slots == ["20270325T173000"]


def test_publishing_a_series_publishes_all_and_again_changes_nothing(house: House) -> None:
    series = house.repeat()
    assert {one.status for one in each(house, series)} == {Status.PUBLISHED}
    before = again(house, series)
    with house.database.writing() as session:
        actions.publish(session, actions.find(session, series.organization_id, series.id))
    after = again(house, series)
    assert (before.revision, before.published_at) == (after.revision, after.published_at)
    assert len(house.log("GatheringPublished")) == 4


def test_hours_stay_the_same_on_the_clock_over_both_nights_that_change_it(house: House) -> None:
    series = house.repeat(
        "FREQ=MONTHLY;BYMONTHDAY=28;COUNT=12",
        starts_at=_berlin("2027-01-28T02:30"),
        ends_at=_berlin("2027-01-28T04:00"),
    )
    found = each(house, series)
    assert [f"{one.local_start:%H:%M}" for one in found] == ["02:30"] * 2 + ["03:30"] + ["02:30"] * 9
    assert {one.ends_at - one.starts_at for one in found} == {timedelta(minutes=90)}
    assert len({one.starts_at.hour for one in found}) == 2
    assert _read_by_another_library(again(house, series)) == [one.starts_at for one in found]


def test_the_second_night_that_has_an_hour_twice_takes_the_first(house: House) -> None:
    series = house.repeat(
        "FREQ=DAILY;COUNT=3", starts_at=_berlin("2027-10-30T02:30"), ends_at=_berlin("2027-10-30T03:30")
    )
    found = each(house, series)
    assert [one.starts_at.hour for one in found] == [0, 0, 1]
    assert {one.ends_at - one.starts_at for one in found} == {timedelta(hours=1)}


def _berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def _read_by_another_library(series: Series) -> list[datetime]:
    item = icalendar.Event()
    item.add("uid", "series")
    item.add("dtstart", series.first_start.replace(tzinfo=BERLIN))
    item.add("dtend", series.first_end.replace(tzinfo=BERLIN))
    item.add("rrule", icalendar.vRecur.from_ical(series.rule))
    calendar = icalendar.Calendar()
    calendar.add_component(item)
    found = recurring_ical_events.of(calendar).between((2026, 1, 1), (2040, 1, 1))
    return sorted(one["DTSTART"].dt.astimezone(UTC) for one in found)


def test_a_change_of_this_one_leaves_the_others_alone(house: House) -> None:
    series = house.repeat()
    one = each(house, series)[1]
    change(house, one, Scope.THIS, title="Soup & Songs", starts_at=one.starts_at + timedelta(minutes=30))
    assert [other.title for other in each(house, series)] == ["Soup & Stories", "Soup & Songs"] + [
        "Soup & Stories"
    ] * 2
    assert starts(house, series)[:3] == ["03-18 17:30", "03-25 18:00", "04-01 17:30"]
    assert each(house, series)[1].slot == "20270325T173000"
    now = again(house, series)
    assert now.sequence > series.sequence
    assert now.pattern["title"] == "Soup & Stories"


def test_a_change_of_this_and_the_following_moves_them_by_as_much_on_the_clock(house: House) -> None:
    series = house.repeat()
    one = each(house, series)[1]
    later = one.starts_at + timedelta(minutes=45)
    change(house, one, Scope.FOLLOWING, starts_at=later, ends_at=later + timedelta(hours=1), venue="Attic")
    assert starts(house, series) == ["03-18 17:30", "03-25 18:15", "04-01 18:15", "04-08 18:15"]
    assert [found.venue for found in each(house, series)] == ["", "Attic", "Attic", "Attic"]
    assert each(house, series)[3].ends_at - each(house, series)[3].starts_at == timedelta(hours=1)
    assert len(house.log("GatheringRescheduled")) == 3


def test_a_change_of_all_keeps_apart_what_was_moved_by_itself(house: House) -> None:
    series = house.repeat()
    first, second, *_rest = each(house, series)
    change(
        house,
        second,
        Scope.THIS,
        starts_at=second.starts_at + timedelta(days=1),
        ends_at=second.ends_at + timedelta(days=1),
    )
    change(house, first, Scope.ALL, starts_at=first.starts_at - timedelta(hours=1), capacity=20)
    assert starts(house, series) == ["03-18 16:30", "03-26 16:30", "04-01 16:30", "04-08 16:30"]
    assert {found.capacity for found in each(house, series)} == {20}


def test_nothing_is_changed_where_one_of_all_cannot_be(house: House) -> None:
    series = house.repeat()
    first, second, *_rest = each(house, series)
    [invitation] = house.invite(second.id, (3, 0))
    house.say(invitation, "accepted", adults=3)
    with pytest.raises(gatherings.CapacityTaken):
        change(house, first, Scope.ALL, capacity=2)
    assert {found.capacity for found in each(house, series)} == {None}


def test_those_who_said_yes_to_one_are_asked_anew_when_all_move(house: House) -> None:
    series = house.repeat()
    first, second, *_rest = each(house, series)
    [invitation] = house.invite(second.id, (1, 0))
    house.say(invitation, "accepted", adults=1)
    change(house, first, Scope.ALL, venue="Attic")
    moved = each(house, series)[1]
    assert moved.asked_sequence == moved.sequence == 1
    assert str(second.id) in {entry["gathering_id"] for entry in house.log("GatheringRescheduled")}


def test_a_gathering_that_does_not_repeat_has_no_following(house: House) -> None:
    gathering_id = house.plan()
    with house.database.reading() as session:
        one = session.get_one(Gathering, gathering_id)
    with pytest.raises(Invalid):
        change(house, one, Scope.ALL, title="Other")


def test_one_is_called_off_and_the_others_stay(house: House) -> None:
    series = house.repeat()
    call_off(house, each(house, series)[1], Scope.THIS)
    assert [one.status for one in each(house, series)] == ["published", "cancelled", "published", "published"]


def test_this_and_the_following_are_called_off_and_none_are_made_any_more(house: House) -> None:
    with time_machine.travel(FIRST_OF_2027, tick=False):
        series = house.repeat("FREQ=WEEKLY;UNTIL=20300101")
        call_off(house, each(house, series)[2], Scope.FOLLOWING)
        made = each(house, series)
    assert [one.status for one in made[:4]] == ["published", "published", "cancelled", "cancelled"]
    assert _extend(house, FIRST_OF_2027 + timedelta(days=700)) == 0
    assert len(each(house, series)) == len(made)


def test_all_that_are_to_come_are_called_off_and_past_ones_stay(house: House) -> None:
    with time_machine.travel(FIRST_OF_2027, tick=False):
        series = house.repeat()
    with time_machine.travel(START + timedelta(days=1), tick=False):
        call_off(house, each(house, series)[2], Scope.ALL)
    assert [one.status for one in each(house, series)] == ["published", "cancelled", "cancelled", "cancelled"]
    with house.database.writing() as session, pytest.raises(gatherings.WrongState):
        actions.publish(session, actions.find(session, series.organization_id, series.id))


def _extend(house: House, now: datetime) -> int:
    with house.database.writing() as session:
        return sum(making.extend(session, series_id, now) for series_id in making.due(session, now))


def test_occurrences_exist_eighteen_months_ahead_and_the_schedule_adds_the_next_ones(house: House) -> None:
    with time_machine.travel(FIRST_OF_2027, tick=False):
        series = house.repeat("FREQ=MONTHLY;BYDAY=3TH;UNTIL=20301231")
    assert len(each(house, series)) == 18
    assert _extend(house, FIRST_OF_2027 + timedelta(days=60)) == 0
    one = each(house, series)[5]
    change(house, one, Scope.FOLLOWING, title="Soup & Songs", starts_at=one.starts_at + timedelta(hours=1))
    _scheduled(house.database, FIRST_OF_2027 + timedelta(days=365))
    made = each(house, series)
    assert len(made) == 28
    assert {found.title for found in made[5:]} == {"Soup & Songs"}
    assert {f"{found.local_start:%H:%M}" for found in made[5:]} == {"18:30"}
    assert {found.status for found in made[-10:]} == {Status.PUBLISHED}
    _scheduled(house.database, FIRST_OF_2027 + timedelta(days=365))
    assert len(each(house, series)) == len(made)


def _scheduled(database: Database, now: datetime) -> None:
    with time_machine.travel(START - timedelta(days=1), tick=False):
        schedules = Schedules(database)
        schedules.step(now)


def test_a_series_that_cannot_go_on_holds_back_no_other(house: House) -> None:
    with time_machine.travel(FIRST_OF_2027, tick=False):
        broken, whole = (house.repeat("FREQ=MONTHLY;BYDAY=3TH;UNTIL=20301231") for _ in range(2))
    with house.database.writing() as session:
        session.get_one(Series, broken.id).rule = "FREQ=NEVER"
    _scheduled(house.database, FIRST_OF_2027 + timedelta(days=365))
    assert [len(each(house, one)) for one in (broken, whole)] == [18, 28]


def test_a_series_whose_occurrences_all_exist_is_not_looked_at_again(house: House) -> None:
    series = house.repeat()
    assert again(house, series).extended_to.year == 9999
    assert _extend(house, utc_now() + timedelta(days=3000)) == 0
    with house.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Gathering)) == 4


@pytest.mark.parametrize("scopes", [(Scope.ALL, Scope.ALL), (Scope.ALL, Scope.THIS), (Scope.FOLLOWING, Scope.ALL)])
def test_two_who_change_days_of_one_series_at_once_never_wait_for_each_other(
    house: House, scopes: tuple[Scope, Scope]
) -> None:
    series = house.repeat()
    days = each(house, series)
    both_have_begun = Barrier(2)

    def rename(one: Gathering, scope: Scope, venue: str) -> None:
        with house.database.writing() as session:
            found = gatherings.find(session, one.organization_id, one.id, lock=True)
            # Where the second one waits for the first already it never gets here.
            with suppress(BrokenBarrierError):
                both_have_begun.wait(0.5)
            actions.change(session, found, GatheringFields(venue=venue), scope)

    at_once(lambda: rename(days[2], scopes[0], "Hall"), lambda: rename(days[0], scopes[1], "Garden"))
    assert {one.venue for one in each(house, series)[2:]} <= {"Hall", "Garden"}
    assert len(house.log("GatheringRescheduled")) >= len(days) - 1


def leave_out(house: House, one: Gathering) -> None:
    """Takes a day out of its series."""
    with house.database.writing() as session:
        actions.leave_out(session, gatherings.find(session, one.organization_id, one.id, lock=True))


def test_a_draft_of_which_nobody_has_heard_is_left_out_without_a_trace(house: House) -> None:
    series = house.repeat(publish=False)
    before = again(house, series).sequence
    leave_out(house, each(house, series)[1])
    assert [one.slot for one in each(house, series)] == ["20270318T173000", "20270401T173000", "20270408T173000"]
    left = again(house, series)
    assert left.except_slots == ["20270325T173000"]
    assert left.sequence > before
    assert len(house.log("GatheringLeftOut")) == 1
    assert _extend(house, utc_now() + timedelta(days=700)) == 0
    assert len(each(house, series)) == 3


def test_what_somebody_may_have_heard_of_is_not_left_out(house: House) -> None:
    published, invited, *_rest = each(house, house.repeat(publish=False))
    house.do(published.id, gatherings.publish)
    house.invite(invited.id, (2, 1))
    for one in (published, invited):
        with pytest.raises(gatherings.WrongState):
            leave_out(house, one)
    with pytest.raises(gatherings.WrongState):
        leave_out(house, house.do(house.plan(publish=False), lambda _session, gathering: gathering))


def test_one_day_remains_of_a_series(house: House) -> None:
    first, second = each(house, house.repeat("FREQ=WEEKLY;COUNT=2", publish=False))
    leave_out(house, first)
    with pytest.raises(gatherings.WrongState):
        leave_out(house, second)


def test_whole_days_repeat_although_the_first_has_an_hour_less(house: House) -> None:
    first = datetime(2027, 3, 28, tzinfo=BERLIN)
    series = house.repeat("FREQ=WEEKLY;COUNT=3", all_day=True, starts_at=first, ends_at=first + timedelta(days=1))
    for week, one in enumerate(each(house, series)):
        assert one.starts_at == first + timedelta(days=7 * week)
        assert one.ends_at == first + timedelta(days=7 * week + 1)


def test_whole_days_may_begin_where_summer_time_skips_midnight(house: House) -> None:
    havana = ZoneInfo("America/Havana")
    day = instant(datetime(2027, 3, 14), havana)  # noqa: DTZ001 - a clock's time
    series = house.repeat(
        "FREQ=DAILY;COUNT=2", starts_at=day, ends_at=day + timedelta(hours=23), time_zone=havana.key, all_day=True
    )
    found = each(house, series)
    assert [(one.slot, one.local_start.hour) for one in found] == [("20270314", 1), ("20270315", 0)]
    assert [(one.ends_at - one.starts_at) / timedelta(hours=1) for one in found] == [23, 24]

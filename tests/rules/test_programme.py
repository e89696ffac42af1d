"""The running order and the topics of a gathering, and of those that repeat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from planner.errors import Invalid
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering
from planner.gatherings.programme import Part
from planner.i18n import speaking
from planner.series import actions as series
from planner.series.actions import Scope
from planner.series.making import extend
from tests.rules.conftest import START, House

HELLO = Part(minutes=0, title="Hello, and who sits where", led_by="Folake, parent of 2b")
SOUP = Part(minutes=45, title="Soup")


def lines(gathering: Gathering) -> list[tuple[str, str, str]]:
    return [tuple(line) for line in gathering.running_order]


def test_a_running_order_is_read_in_order_of_time_and_ends_with_the_end(house: House) -> None:
    made = house.gathering(house.plan(programme=[SOUP, HELLO]))
    assert made.course == "How the evening goes"
    assert lines(made) == [
        ("17:30", "Hello, and who sits where", "Folake, parent of 2b"),
        ("18:15", "Soup", ""),
        ("19:30", "End, on time", ""),
    ]


def test_a_part_that_stands_at_the_end_is_the_end(house: House) -> None:
    made = house.gathering(house.plan(programme=[HELLO, Part(minutes=120, title="We sweep")]))
    assert lines(made)[-1] == ("19:30", "We sweep", "")


def test_a_move_by_an_hour_moves_the_running_order_along(house: House) -> None:
    planned = house.plan(programme=[HELLO, SOUP])
    moved = house.change(planned, starts_at=START + timedelta(hours=1), ends_at=START + timedelta(hours=3))
    assert [line.time for line in moved.running_order] == ["18:30", "19:15", "20:30"]


@pytest.mark.parametrize(
    ("start", "hours", "all_day", "said"),
    [
        (datetime(2027, 3, 18, 9, tzinfo=UTC), 3, False, "How the morning goes"),
        (datetime(2027, 3, 18, 11, tzinfo=UTC), 3, False, "How the afternoon goes"),
        (datetime(2027, 3, 18, 9, tzinfo=UTC), 8, False, "How it goes"),
        (datetime(2027, 3, 17, 23, tzinfo=UTC), 24, True, "How it goes"),
    ],
)
def test_the_hour_says_what_stands_above_it(
    house: House, start: datetime, hours: int, all_day: bool, said: str
) -> None:
    times = {"starts_at": start, "ends_at": start + timedelta(hours=hours), "all_day": all_day}
    assert house.gathering(house.plan(**times)).course == said


def test_where_it_lasts_longer_than_a_day_the_day_is_numbered(house: House) -> None:
    camp = {
        "ends_at": START + timedelta(days=2),
        "programme": [HELLO, Part(minutes=15 * 60 + 30, title="Porridge")],
    }
    assert [line.time for line in house.gathering(house.plan(**camp)).running_order] == [
        "Day 1, 17:30", "Day 2, 09:00", "Day 3, 17:30",
    ]  # fmt: skip


def test_parts_of_a_whole_day_keep_their_hour_when_the_clocks_change(house: House) -> None:
    midnight = datetime(2027, 3, 27, 23, tzinfo=UTC)
    whole = {"starts_at": midnight, "ends_at": midnight + timedelta(hours=23), "all_day": True}
    made = house.gathering(house.plan(**whole, programme=[Part(minutes=600, title="Breakfast")]))
    assert lines(made) == [("10:00", "Breakfast", "")]


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"programme": [HELLO, Part(minutes=-1, title="Tables")]}, "programme[1].minutes"),
        ({"programme": [Part(minutes=121, title="Tables")]}, "programme[0].minutes"),
        ({"programme": [HELLO, Part(minutes=10, title=" ")]}, "programme[1].title"),
        ({"programme": [Part(minutes=10, title="x" * 201)]}, "programme[0].title"),
        ({"programme": [Part(minutes=10, title="x", led_by="a\nb")]}, "programme[0].led_by"),
        ({"programme": [SOUP] * 31}, "programme"),
        ({"topics": [f"Topic {number}" for number in range(11)]}, "topics"),
        ({"topics": ["Garden", "x" * 51]}, "topics[1]"),
    ],
)
def test_what_cannot_stand_in_it_is_refused_at_its_field(house: House, fields: dict[str, Any], at: str) -> None:
    with pytest.raises(Invalid) as refused:
        house.plan(**fields)
    assert [error.field for error in refused.value.errors] == [at]


def test_an_event_is_not_cut_shorter_than_its_running_order(house: House) -> None:
    planned = house.plan(programme=[HELLO, SOUP])
    with pytest.raises(Invalid) as refused:
        house.change(planned, ends_at=START + timedelta(minutes=30))
    assert [error.field for error in refused.value.errors] == ["programme[1].minutes"]
    kept = house.change(planned, ends_at=START + timedelta(minutes=30), programme=[HELLO])
    assert [line.time for line in kept.running_order] == ["17:30", "18:00"]


def test_topics_are_kept_once_however_they_are_spelled(house: House) -> None:
    made = house.gathering(house.plan(topics=[" New  parents ", "new parents", "", "Garden"]))
    assert made.topics == ["New parents", "Garden"]


def test_a_change_of_either_is_seen_in_calendars_and_tells_nobody_by_mail(house: House) -> None:
    planned = house.plan(programme=[HELLO], topics=["Reading"])
    before = house.gathering(planned)
    changed = house.change(planned, programme=[HELLO, SOUP], topics=["Reading", "Soup"])
    assert changed.sequence == before.sequence + 1
    assert changed.asked_sequence == before.asked_sequence
    assert changed.changed_at > before.changed_at
    (told,) = house.log("GatheringChanged")
    assert told["changed"] == ["programme", "topics"]
    assert not house.log("GatheringRescheduled")
    again = house.change(planned, programme=[HELLO, SOUP], topics=["Reading", "Soup"])
    assert again.sequence == changed.sequence


def test_the_days_of_a_series_carry_both_and_change_with_this_following_or_all(house: House) -> None:
    made = house.repeat(programme=[HELLO, SOUP], topics=["Reading"])
    days = occurrences(house, made.id)
    assert [line.time for line in days[3].running_order] == ["17:30", "18:15", "19:30"]
    assert [day.topics for day in days] == [["Reading"]] * 4
    change(house, days[1], Scope.FOLLOWING, programme=[Part(minutes=10, title="Songs")], topics=["Music"])
    change(house, days[3], Scope.THIS, topics=[])
    days = occurrences(house, made.id)
    assert [len(day.programme) for day in days] == [2, 1, 1, 1]
    assert [day.topics for day in days] == [["Reading"], ["Music"], ["Music"], []]
    with house.database.reading() as session:
        pattern = session.get_one(type(made), made.id).pattern
    assert (pattern["topics"], pattern["programme"]) == (["Music"], days[1].programme)
    change(house, days[0], Scope.ALL, programme=[])
    assert [day.programme for day in occurrences(house, made.id)] == [[]] * 4


def test_days_that_are_made_later_say_what_the_series_says(house: House) -> None:
    made = house.repeat("FREQ=MONTHLY;COUNT=36", programme=[HELLO, SOUP], topics=["Reading"])
    with house.database.writing() as session:
        assert extend(session, made.id, START + timedelta(days=200)) > 0
    last = occurrences(house, made.id)[-1]
    assert [line.title for line in last.running_order] == [HELLO.title, SOUP.title, "End, on time"]
    assert last.topics == ["Reading"]


def test_it_is_told_in_spanish_too(house: House) -> None:
    made = house.gathering(house.plan(programme=[HELLO]))
    with speaking("es"):
        assert made.course == "Así será la velada"
        assert made.running_order[-1].title == "Final, a la hora"


def occurrences(house: House, series_id: Any) -> list[Gathering]:
    with house.database.reading() as session:
        return series.occurrences(session, series.find(session, house.owner.organization_id, series_id))


def change(house: House, one: Gathering, scope: Scope, **fields: Any) -> None:
    with house.database.writing() as session:
        found = gatherings.find(session, one.organization_id, one.id, lock=True)
        series.change(session, found, GatheringFields(**fields), scope)

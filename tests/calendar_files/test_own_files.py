"""What our own feeds and files write is read back to the same facts, and is never doubled where it comes from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.calendar_files.facts import Facts, gathering_facts, series_piece
from planner.calendar_files.reading import Reading, read_calendar
from planner.calendar_files.taking_over import import_file
from planner.calendars.building import calendar_bytes
from planner.calendars.recurring import series_file
from planner.gatherings.models import Status, Visibility
from planner.series import actions
from planner.series.models import Series
from planner.text import one_line
from tests.calendars.test_building import BASE, HEAD, a_gathering, event_bytes
from tests.rules.conftest import House, house

__all__ = ["house"]
BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 24)


def read(data: bytes) -> Reading:
    """What is understood of a file of ours: all of it."""
    found = read_calendar(data, BERLIN, "Untitled")
    assert not found.not_understood
    return found


def without_words(facts: Facts) -> Facts:
    """Descriptions say more in a calendar: place, contact and page, for programs that show nothing else."""
    return facts._replace(description="")


words = st.text(max_size=80).map(one_line)
moments = st.integers(1_000_000_000, 3_500_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
titles = words.filter(lambda title: title and not title.startswith(("Cancelled", "Cancelado")))
places = words.filter(lambda place: not place.lower().startswith("http"))


@given(
    *(titles, places, st.sampled_from(["", "https://meet.test/a,b;c?d=e%20f"]), moments),
    *(st.integers(1, 59 * 86_400), st.sampled_from([Status.PUBLISHED, Status.CANCELLED])),
    st.sampled_from(["en", "es"]),
)
def test_an_event_of_a_feed(
    title: str, venue: str, url: str, starts_at: datetime, seconds: int, status: Status, language: str
) -> None:
    gathering = a_gathering(
        **{"title": title, "venue": venue, "online_url": url, "status": status, "starts_at": starts_at},
        ends_at=starts_at + timedelta(seconds=seconds),
        all_day=False,
    )
    (item,) = read(calendar_bytes(HEAD, [event_bytes(gathering, language, BASE)])).items
    (piece,) = item.pieces
    assert item.uid == str(gathering.id)
    assert piece.cancelled == (status == Status.CANCELLED)
    assert without_words(piece.facts) == without_words(gathering_facts(gathering))


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 59))
def test_whole_days_of_a_feed(day: date, days: int) -> None:
    starts_at, ends_at = (
        datetime.combine(one, datetime.min.time(), BERLIN).astimezone(UTC)
        for one in (day, day + timedelta(days=days))
    )
    gathering = a_gathering(starts_at=starts_at, ends_at=ends_at, all_day=True)
    (item,) = read(calendar_bytes(HEAD, [event_bytes(gathering, "en", BASE)])).items
    assert without_words(item.pieces[0].facts) == without_words(gathering_facts(gathering))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;COUNT=30",
        "FREQ=MONTHLY;BYDAY=3TH;COUNT=6",
        "FREQ=DAILY;INTERVAL=3;UNTIL=20270601T000000Z",
        "FREQ=YEARLY;COUNT=3",
    ],
)
def test_a_series_with_days_left_out_moved_and_renamed(house: House, rule: str) -> None:
    series = house.repeat(rule, visibility=Visibility.PUBLIC)
    with house.database.reading() as session:
        found = actions.occurrences(session, session.get_one(Series, series.id))
    if len(found) > 2:
        house.change(found[1].id, starts_at=found[1].starts_at + timedelta(hours=1))
        house.change(found[2].id, title="Songs")
    with house.database.reading() as session:
        kept = session.get_one(Series, series.id)
        found = actions.occurrences(session, kept)
        expected = series_piece(kept, found)
        data = series_file(kept, found, "en", BASE, TODAY)
    (item,) = read(data).items
    (piece,) = item.pieces
    assert item.uid == str(series.id)
    assert piece.repeat is not None
    assert expected.repeat is not None
    assert (piece.repeat.first, piece.repeat.rule, piece.repeat.skip) == expected.repeat[:3]
    assert {slot: without_words(own) for slot, own in piece.repeat.own.items()} == {
        slot: without_words(own) for slot, own in expected.repeat.own.items()
    }
    assert without_words(piece.facts) == without_words(expected.facts)


def test_what_comes_from_here_is_not_doubled(house: House) -> None:
    series = house.repeat(visibility=Visibility.PUBLIC)
    with house.database.reading() as session:
        kept = session.get_one(Series, series.id)
        found = actions.occurrences(session, kept)
        files = [series_file(kept, found, "en", BASE, TODAY)]
        files += [calendar_bytes(HEAD, [event_bytes(one, "en", BASE) for one in found])]
    for data in files:
        outcome = import_file(house.database, house.owner.organization, data)
        assert (outcome.new, outcome.changed) == (0, 0)
        assert outcome.unchanged == len(outcome.left) > 0

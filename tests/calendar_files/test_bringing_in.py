"""What becomes of a calendar file here: drafts, and at the next import only what has changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from events.log import LogEntry
from planner.accounts.models import Organization
from planner.calendar_files.planning import plan_import
from planner.calendar_files.taking_over import CalendarOutcome, import_file, read_for
from planner.database import Database
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering, Status
from planner.series import actions as series_actions
from planner.series.actions import Scope
from planner.series.models import Series
from tests.calendar_files.files import calendar, event
from tests.rules.conftest import House, house

__all__ = ["house"]
SOUP = ("SUMMARY:Soup", "DTSTART:20270318T163000Z", "DTEND:20270318T183000Z", "LOCATION:Kitchen")
WEEKLY = (
    "SUMMARY:Choir",
    "DTSTART;TZID=Europe/Berlin:20270318T173000",
    "DTEND;TZID=Europe/Berlin:20270318T193000",
    "RRULE:FREQ=WEEKLY;COUNT=4",
)


@pytest.fixture(autouse=True)
def in_berlin(house: House) -> None:
    """The organisation is in Berlin."""
    with house.database.writing() as session:
        session.execute(sa.update(Organization).values(time_zone="Europe/Berlin"))
        house.owner.organization.time_zone = "Europe/Berlin"


def bring(house: House, *parts: str) -> CalendarOutcome:
    """Brings a file in."""
    return import_file(house.database, house.owner.organization, calendar(*parts))


def counts(house: House, *parts: str) -> tuple[int, int, int]:
    """Brings a file in; how many were new, changed, unchanged."""
    outcome = bring(house, *parts)
    assert not outcome.not_understood
    return outcome.new, outcome.changed, outcome.unchanged


def all_of(database: Database) -> list[Gathering]:
    """All gatherings, in order of their start."""
    with database.reading() as session:
        return list(session.scalars(sa.select(Gathering).order_by(Gathering.starts_at, Gathering.id)))


def the_series(database: Database) -> Series:
    """The one series."""
    with database.reading() as session:
        return session.scalars(sa.select(Series)).one()


def test_events_become_drafts_of_which_nobody_hears(house: House) -> None:
    assert counts(house, event(*SOUP), event("DTSTART;VALUE=DATE:20210318", uid="past")) == (2, 0, 0)
    past, soup = all_of(house.database)
    assert (soup.title, soup.venue, soup.status, soup.time_zone) == (
        "Soup",
        "Kitchen",
        Status.DRAFT,
        "Europe/Berlin",
    )
    assert past.all_day
    with house.database.reading() as session:
        kinds = session.scalars(sa.select(LogEntry.type).order_by(LogEntry.id)).all()
    assert kinds == ["GatheringCreated", "GatheringCreated", "CalendarImported"]


def test_a_second_import_changes_nothing(house: House) -> None:
    parts = [
        event(*SOUP),
        event(*WEEKLY, "EXDATE;TZID=Europe/Berlin:20270325T173000", uid="choir"),
        event("RECURRENCE-ID:20270401T153000Z", "SUMMARY:Songs", "DTSTART:20270402T153000Z", uid="choir"),
        event(*SOUP, "RDATE:20270320T163000Z", uid="days"),
        event(*SOUP, "STATUS:CANCELLED", uid="off"),
        event(*WEEKLY, "STATUS:CANCELLED", uid="all-off"),
        event("SUMMARY:" + "long " * 100, "DTSTART;VALUE=DATE:20270318", "RRULE:FREQ=YEARLY", uid="x" * 400),
    ]
    assert counts(house, *parts) == (6, 0, 0)
    before = [(one.id, one.revision) for one in all_of(house.database)]
    assert counts(house, *parts) == (0, 0, 6)
    assert [(one.id, one.revision) for one in all_of(house.database)] == before
    with house.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).where(LogEntry.type == "CalendarImported")) == 1


def test_a_dry_run_writes_nothing(house: House) -> None:
    data = calendar(event(*SOUP))
    outcome = import_file(house.database, house.owner.organization, data, dry_run=True)
    assert outcome.new == 1
    assert not all_of(house.database)


def test_what_changes_in_the_file_changes_the_draft(house: House) -> None:
    bring(house, event(*SOUP))
    (first,) = all_of(house.database)
    assert counts(house, event("SUMMARY:Soup & bread", "DTSTART:20270319T163000Z", "DURATION:PT1H")) == (0, 1, 0)
    (again,) = all_of(house.database)
    assert (again.id, again.title, again.venue) == (first.id, "Soup & bread", "")
    assert again.starts_at == datetime(2027, 3, 19, 16, 30, tzinfo=UTC)


def test_what_a_coordinator_changed_stays_and_that_is_said_at_each_import(house: House) -> None:
    bring(house, event(*SOUP))
    (draft,) = all_of(house.database)
    house.change(draft.id, title="Soup for all", capacity=30)
    # The file is as it was: nothing to say.
    assert bring(house, event(*SOUP)).left == []
    changed = event("SUMMARY:Stew", "DTSTART:20270319T163000Z", "DURATION:PT2H", "LOCATION:Kitchen")
    outcome = bring(house, changed)
    assert (outcome.changed, [one.row for one in outcome.left]) == (1, ["one@school.test"])
    (draft,) = all_of(house.database)
    assert (draft.title, draft.starts_at.day, draft.capacity) == ("Soup for all", 19, 30)
    outcome = bring(house, changed)
    assert (outcome.changed, outcome.unchanged, len(outcome.left)) == (0, 1, 1)
    house.change(draft.id, title="Stew")
    assert bring(house, changed).left == []


def test_what_is_published_is_not_moved_behind_the_familys_back(house: House) -> None:
    bring(house, event(*SOUP))
    (draft,) = all_of(house.database)
    house.do(draft.id, gatherings.publish)
    outcome = bring(house, event("SUMMARY:Soup", "DTSTART:20270319T163000Z", "DTEND:20270319T183000Z"))
    assert (outcome.new, outcome.changed, outcome.unchanged) == (0, 0, 1)
    assert "published" in outcome.left[0].reason
    (published,) = all_of(house.database)
    assert published.starts_at == draft.starts_at
    # Once it is moved on its own page the two agree.
    house.change(
        published.id,
        starts_at=draft.starts_at + timedelta(days=1),
        ends_at=draft.ends_at + timedelta(days=1),
        venue="",
    )
    assert bring(house, event("SUMMARY:Soup", "DTSTART:20270319T163000Z", "DTEND:20270319T183000Z")).left == []


def test_what_the_file_calls_off_is_called_off_here_while_it_is_a_draft(house: House) -> None:
    bring(house, event(*SOUP), event(*SOUP, uid="other"))
    house.do(all_of(house.database)[1].id, gatherings.publish)
    outcome = bring(house, event(*SOUP, "STATUS:CANCELLED"), event(*SOUP, "STATUS:CANCELLED", uid="other"))
    assert sorted(one.status for one in all_of(house.database)) == [Status.CANCELLED, Status.PUBLISHED]
    assert len(outcome.left) == 1


def test_what_repeats_is_a_series_of_drafts(house: House) -> None:
    assert counts(
        house,
        event(*WEEKLY, "EXDATE;TZID=Europe/Berlin:20270325T173000"),
        event("RECURRENCE-ID:20270401T153000Z", "SUMMARY:Songs", "DTSTART:20270402T153000Z"),
    ) == (1, 0, 0)
    found = all_of(house.database)
    assert [(one.title, one.local_start.day, one.slot) for one in found] == [
        ("Choir", 18, "20270318T173000"),
        ("Songs", 2, "20270401T173000"),
        ("Choir", 8, "20270408T173000"),
    ]
    assert the_series(house.database).source_uid == "one@school.test"


def test_a_day_that_differs_is_made_however_far_away_it_is(house: House) -> None:
    far = ("RECURRENCE-ID:20310320T163000Z", "SUMMARY:Farewell", "DTSTART:20310320T163000Z")
    rule = [line for line in WEEKLY if "RRULE" not in line] + ["RRULE:FREQ=WEEKLY;UNTIL=20320101T000000Z"]
    assert counts(house, event(*rule), event(*far)) == (1, 0, 0)
    assert all_of(house.database)[-1].title == "Farewell"
    assert counts(house, event(*rule), event(*far)) == (0, 0, 1)


def test_another_rule_moves_the_drafts_that_are_there(house: House) -> None:
    bring(house, event(*WEEKLY), event("RECURRENCE-ID:20270401T153000Z", "DTSTART:20270402T153000Z"))
    before = all_of(house.database)
    later = [line.replace("T17", "T18").replace("T19", "T20").replace("COUNT=4", "COUNT=3") for line in WEEKLY]
    assert counts(house, event(*later)) == (0, 1, 0)
    after = all_of(house.database)
    assert {one.id for one in before} == {one.id for one in after}
    kept = [one for one in after if one.status == Status.DRAFT]
    assert [(one.local_start.day, one.local_start.hour) for one in kept] == [(18, 18), (25, 18), (1, 18)]
    (gone,) = [one for one in after if one.status != Status.DRAFT]
    assert (gone.status, gone.series_id) == (Status.CANCELLED, None)
    assert counts(house, event(*later)) == (0, 0, 1)
    more = [line.replace("COUNT=3", "COUNT=5") for line in later]
    assert counts(house, event(*more)) == (0, 1, 0)
    assert len([one for one in all_of(house.database) if one.status == Status.DRAFT]) == 5


def test_new_words_of_a_series_reach_all_days_but_those_that_say_something_else(house: House) -> None:
    bring(house, event(*WEEKLY))
    first, *_rest = all_of(house.database)
    house.change(first.id, title="Opening")
    outcome = bring(house, event(*WEEKLY[1:], "SUMMARY:Big choir"))
    assert (outcome.changed, outcome.left) == (1, [])
    assert [one.title for one in all_of(house.database)] == ["Opening"] + ["Big choir"] * 3
    # The day that was renamed here is not in the file, so the file's days stay out.
    outcome = bring(house, event(*WEEKLY[1:3], "SUMMARY:Big choir", "RRULE:FREQ=WEEKLY;COUNT=9"))
    assert (outcome.changed, len(outcome.left)) == (0, 1)
    assert len(all_of(house.database)) == 4


def test_a_series_that_a_coordinator_moved_stays_where_it_is(house: House) -> None:
    bring(house, event(*WEEKLY))
    with house.database.writing() as session:
        first = session.scalars(sa.select(Gathering).order_by(Gathering.slot)).first()
        assert first is not None
        moved = GatheringFields(
            starts_at=first.starts_at + timedelta(hours=1), ends_at=first.ends_at + timedelta(hours=1)
        )
        series_actions.change(session, first, moved, Scope.ALL)
    assert bring(house, event(*WEEKLY)).left == []
    later = [line.replace("T17", "T16").replace("T19", "T20") for line in WEEKLY]
    outcome = bring(house, event(*later))
    assert (outcome.changed, len(outcome.left)) == (0, 1)
    assert {one.local_start.hour for one in all_of(house.database)} == {18}


def test_what_repeats_now_and_did_not_before_stays_and_is_told(house: House) -> None:
    bring(house, event(*SOUP), event(*WEEKLY, uid="choir"))
    outcome = bring(house, event(*WEEKLY), event(*SOUP, uid="choir"))
    assert (outcome.new, outcome.changed, outcome.unchanged) == (0, 0, 2)
    assert len(outcome.left) == 2


def test_two_organisations_may_bring_in_the_same_file(house: House) -> None:
    bring(house, event(*SOUP), event(*WEEKLY, uid="choir"))
    with house.database.writing() as session:
        other = Organization(name="Other", slug="other", time_zone="Asia/Tokyo")
        session.add(other)
    outcome = import_file(house.database, other, calendar(event(*SOUP), event(*WEEKLY, uid="choir")))
    assert outcome.new == 2
    assert {one.time_zone for one in all_of(house.database)} == {"Europe/Berlin", "Asia/Tokyo"}


def test_one_bad_event_costs_itself_alone(house: House) -> None:
    outcome = bring(house, event("DTSTART:never"), event(*SOUP, uid="good"))
    assert (outcome.new, [one.row for one in outcome.not_understood]) == (1, ["one@school.test"])
    assert outcome.understood_anything
    assert not bring(house, event("DTSTART:never")).understood_anything


def test_a_plan_says_part_by_part_what_would_change(house: House) -> None:
    bring(house, event(*SOUP))
    with house.database.reading() as session:
        organization = house.owner.organization
        reading = read_for(organization, calendar(event(*SOUP[:3], "LOCATION:Garden", "DESCRIPTION:Outside")))
        (planned,) = plan_import(session, organization, reading).items
    assert planned.pieces[0].taken == ("venue", "description")

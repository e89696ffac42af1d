"""Recording, numbering and reading."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import (
    AppreciationGiven,
    DomainEvent,
    Facts,
    GatheringRescheduled,
    PartyInvited,
    Registry,
    history,
    number,
    read_log,
    record,
    record_all,
    waiting,
)
from events.catalogue import OfGathering, OfOrganization
from events.log import LogEntry, wakers
from events.types import UtcDateTime
from tests.events.database import GATHERING, ORGANIZATION, Database, invited, keep


@pytest.fixture
def wakes() -> Iterator[list[str]]:
    """Each time that a commit woke the dispatchers."""
    calls: list[str] = []

    def wake() -> None:
        calls.append("woken")

    wakers.add(wake)
    yield calls
    wakers.discard(wake)


@pytest.fixture
def mail(registry: Registry) -> Registry:
    """A registry in which mail wants to hear of invitations."""
    registry.subscriber("mail", PartyInvited)(keep)
    return registry


def read(database: Database, after: int = 0) -> list[int | None]:
    with database.transaction() as session:
        number(session)
    with database.transaction() as session:
        return [event.sequence for event in read_log(session, after, 100)]


def test_an_event_comes_back_as_it_was_recorded(database: Database) -> None:
    facts = Facts(
        starts_at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        ends_at=datetime(2026, 10, 25, 2, tzinfo=UTC),
        time_zone="Europe/Berlin",
        venue="Süßes Café",
    )
    moved = GatheringRescheduled(
        organization_id=ORGANIZATION, gathering_id=GATHERING, before=facts, after=facts, tell_declined=True
    )
    with database.transaction() as session:
        event_id = record(session, moved, actor="link")
    with database.transaction() as session:
        (event,) = history(session, GATHERING, 10)
    assert (event.id, event.payload, event.actor) == (event_id, moved, "link")
    assert event.occurred_at.utcoffset() is not None
    assert (datetime.now(UTC) - event.occurred_at).total_seconds() < 60


def test_a_rolled_back_change_leaves_no_fact_and_wakes_nobody(
    database: Database, mail: Registry, wakes: list[str]
) -> None:
    with pytest.raises(LookupError), database.transaction() as session:
        record(session, invited(), registry=mail)
        raise LookupError
    assert read(database) == []
    with database.transaction() as session:
        assert waiting(session) == {}
    assert wakes == []


def test_the_dispatcher_is_woken_once_after_the_commit_and_not_by_a_savepoint(
    database: Database, mail: Registry, wakes: list[str]
) -> None:
    with database.transaction() as session:
        with session.begin_nested():
            record(session, invited(), registry=mail)
        record(session, invited(), registry=mail)
        assert wakes == []
    assert wakes == ["woken"]


def test_ten_thousand_invitations_are_recorded_at_once(database: Database, mail: Registry) -> None:
    with database.transaction() as session:
        ids = record_all(session, (invited() for _ in range(10_000)), actor="link", registry=mail)
    assert len(set(ids)) == 10_000
    with database.transaction() as session:
        assert waiting(session) == {"mail": 10_000}


def test_events_are_numbered_in_the_order_of_their_commits(database: Database) -> None:
    for _ in range(3):
        with database.transaction() as session:
            record(session, invited())
    assert read(database) == [1, 2, 3]
    with database.transaction() as session:
        record_all(session, [invited(), invited()])
    assert read(database, after=3) == [4, 5]


def test_a_reader_sees_only_its_organisation_or_gathering(database: Database) -> None:
    other = AppreciationGiven(organization_id=uuid4(), gathering_id=uuid4(), appreciation_id=uuid4())
    with database.transaction() as session:
        record_all(session, [invited(), other])
    read(database)
    with database.transaction() as session:
        (by_organization,) = read_log(session, 0, 10, organization_id=other.organization_id)
        (by_gathering,) = read_log(session, 0, 10, gathering_id=GATHERING)
    assert by_organization.payload == other
    assert by_gathering.gathering_id == GATHERING


def test_history_is_shown_newest_first_page_by_page_before_it_is_numbered(database: Database) -> None:
    with database.transaction() as session:
        ids = [record(session, invited()) for _ in range(5)]
    with database.transaction() as session:
        first = [event.id for event in history(session, GATHERING, 3)]
        second = [event.id for event in history(session, GATHERING, 3, before=first[-1])]
    assert first + second == ids[::-1]


def test_a_transaction_that_commits_late_is_not_passed_over_by_the_numbers(postgresql: Database) -> None:
    with Session(postgresql.engine) as older, Session(postgresql.engine) as younger:
        older.execute(sa.select(sa.func.pg_current_xact_id()))
        first = record(younger, invited())
        younger.commit()
        # The younger is committed, but a reader who had its number would never look for the older one's.
        assert read(postgresql) == []
        later = record(older, invited())
        older.commit()
    assert read(postgresql) == [1, 2]
    with postgresql.transaction() as session:
        assert [event.id for event in read_log(session, 0, 10)] == [later, first]


def test_only_one_process_numbers_at_a_time(postgresql: Database) -> None:
    with postgresql.transaction() as session:
        record(session, invited())
    with postgresql.transaction() as one, postgresql.transaction() as other:
        assert number(one) == 1
        assert number(other) == 0


def test_the_columns_of_the_log_survive_reflection(database: Database) -> None:
    columns = {
        column["name"]: column["type"] for column in sa.inspect(database.engine).get_columns("domain_event")
    }
    assert set(columns) == {column.name for column in LogEntry.__table__.columns}
    assert not isinstance(columns["transaction_id"], sa.types.NullType)


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(sa.exc.StatementError), database.engine.connect() as connection:
        connection.scalar(sa.select(sa.literal(datetime(2026, 1, 1), UtcDateTime())))  # noqa: DTZ001


def test_every_class_of_the_catalogue_is_in_the_union_and_says_what_it_is() -> None:
    classes = set(OfOrganization.__subclasses__()) | set(OfGathering.__subclasses__()) - {OfGathering}
    assert classes - {OfGathering} == set(DomainEvent.__args__)
    for kind in DomainEvent.__args__:
        assert (kind.__doc__ or "").strip()
        assert msgspec.inspect.type_info(kind).tag == kind.__name__

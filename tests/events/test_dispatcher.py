"""Delivery: at least once, done once, and nobody waits for another's trouble."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from events import (
    UNFINISHED,
    Dispatcher,
    LoggedEvent,
    PartyInvited,
    Registry,
    dead_letters,
    read_log,
    record,
    send_again,
)
from events.dispatcher import RETRY_SECONDS
from events.log import LogEntry
from events.subscribers import Unfinished
from tests.events.database import ORGANIZATION, Database, invite, invited, keep, owed, wait_for


class Trouble:
    """A subscriber that fails for some events, after it has written something."""

    def __init__(self) -> None:
        self.ids: set[UUID] = set()
        self.calls = 0

    def __call__(self, session: Session, event: LoggedEvent) -> None:
        self.calls += 1
        keep(session, event)
        if event.id in self.ids:
            raise ConnectionError(f"no room\n{event.payload}")


@pytest.fixture
def trouble(registry: Registry) -> Trouble:
    return registry.subscriber("mail", PartyInvited)(Trouble())


def test_a_commit_reaches_the_subscriber_by_itself(database: Database, registry: Registry) -> None:
    lags: list[tuple[str, float]] = []
    registry.subscriber("mail", PartyInvited)(keep)
    dispatcher = Dispatcher(
        database.transaction, registry=registry, on_delivered=lambda name, lag: lags.append((name, lag))
    )
    dispatcher.start()
    ids = invite(database, registry, 3)
    wait_for(lambda: not owed(database))
    assert dispatcher.stop()
    assert database.handled() == ids
    assert [name for name, _ in lags] == ["mail"] * 3
    with database.transaction() as session:
        assert [event.sequence for event in read_log(session, 0, 10)] == [1, 2, 3]


def test_what_was_recorded_before_the_start_is_delivered(database: Database, registry: Registry) -> None:
    registry.subscriber("mail", PartyInvited)(keep)
    ids = invite(database, registry, 250)
    assert Dispatcher(database.transaction, registry=registry).drain() == 250
    assert Dispatcher(database.transaction, registry=registry).drain() == 0
    assert database.handled() == ids


def test_an_event_that_commits_late_is_delivered(postgresql: Database, registry: Registry) -> None:
    registry.subscriber("mail", PartyInvited)(keep)
    dispatcher = Dispatcher(postgresql.transaction, registry=registry)
    with Session(postgresql.engine) as older, Session(postgresql.engine) as younger:
        first = record(older, invited(), registry=registry)
        second = record(younger, invited(), registry=registry)
        younger.commit()
        dispatcher.drain()
        assert postgresql.handled() == [second]
        older.commit()
    dispatcher.drain()
    assert postgresql.handled() == [first, second]


def test_one_failing_event_holds_back_no_other_and_leaves_nothing_half_done(
    database: Database, registry: Registry, trouble: Trouble
) -> None:
    registry.subscriber("live", PartyInvited)(lambda session, event: keep(session, event, "live"))
    ids = invite(database, registry, 20)
    trouble.ids = {ids[7]}
    Dispatcher(database.transaction, registry=registry).drain()
    assert database.handled("live") == ids
    assert database.handled("mail") == ids[:7] + ids[8:]
    assert owed(database) == {"mail": 1}


def test_a_failing_event_is_tried_again_after_growing_waits_until_a_person_must_look(
    database: Database, registry: Registry, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    dispatcher = Dispatcher(database.transaction, registry=registry)
    with time_machine.travel(datetime(2026, 5, 4, 18, tzinfo=UTC), tick=False) as clock:
        (event_id,) = trouble.ids = set(invite(database, registry))
        dispatcher.drain()
        for calls, seconds in enumerate(RETRY_SECONDS, start=1):
            clock.shift(seconds - 1)
            dispatcher.drain()
            assert trouble.calls == calls
            clock.shift(1)
            dispatcher.drain()
            assert trouble.calls == calls + 1
        clock.shift(timedelta(days=2))
        dispatcher.drain()
    assert trouble.calls == len(RETRY_SECONDS) + 1
    with database.transaction() as session:
        (letter,) = dead_letters(session, ORGANIZATION)
        assert dead_letters(session, uuid4()) == []
    assert (letter.event_id, letter.subscriber, letter.attempts) == (event_id, "mail", 12)
    assert letter.last_error == "ConnectionError: no room"
    assert str(event_id) in caplog.text
    assert "party_id" not in caplog.text


def test_a_dead_letter_is_sent_again(database: Database, registry: Registry, trouble: Trouble) -> None:
    dispatcher = Dispatcher(database.transaction, registry=registry)
    with time_machine.travel(datetime(2026, 5, 4, 18, tzinfo=UTC), tick=False) as clock:
        (event_id,) = trouble.ids = set(invite(database, registry))
        for _ in range(12):
            dispatcher.drain()
            clock.shift(3600)
    trouble.ids = set()
    with database.transaction() as session:
        assert send_again(session, event_id, "mail")
        assert not send_again(session, event_id, "live")
    dispatcher.drain()
    assert database.handled() == [event_id]
    with database.transaction() as session:
        assert dead_letters(session) == []
        assert not send_again(session, event_id, "mail")


def test_an_event_that_this_version_does_not_know_waits_alone(database: Database, registry: Registry) -> None:
    registry.subscriber("mail", PartyInvited)(keep)
    strange, known = invite(database, registry, 2)
    with database.transaction() as session:
        session.execute(sa.update(LogEntry).where(LogEntry.id == strange).values(data={"type": "Unheard"}))
    Dispatcher(database.transaction, registry=registry).drain()
    assert database.handled() == [known]
    assert owed(database) == {"mail": 1}


def test_a_clock_that_was_set_back_delays_nothing(database: Database, registry: Registry) -> None:
    registry.subscriber("mail", PartyInvited)(keep)
    ids = invite(database, registry)
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=1), tick=False):
        Dispatcher(database.transaction, registry=registry).drain()
    assert database.handled() == ids


def test_long_work_is_done_in_pieces_and_others_go_between(database: Database, registry: Registry) -> None:
    pieces: list[UUID] = []

    def long(session: Session, event: LoggedEvent) -> Unfinished | None:
        pieces.append(event.id)
        keep(session, event)
        return UNFINISHED if pieces.count(event.id) < 3 and event.id == first else None

    registry.subscriber("mail", PartyInvited)(long)
    first, second = invite(database, registry, 2)
    Dispatcher(database.transaction, registry=registry).drain()
    assert database.handled() == [first, first, first, second]
    assert pieces[:2] in ([first, second], [second, first])
    assert owed(database) == {}


def test_stopping_finishes_the_event_in_hand_and_leaves_the_rest(database: Database, registry: Registry) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(session: Session, event: LoggedEvent) -> None:
        keep(session, event)
        begun.set()
        go_on.wait(10)

    registry.subscriber("mail", PartyInvited)(slow)
    ids = invite(database, registry, 10)
    dispatcher = Dispatcher(database.transaction, registry=registry, listen=database.listen)
    dispatcher.start()
    assert begun.wait(5)
    assert not dispatcher.stop(timeout=0.05)
    go_on.set()
    assert dispatcher.stop()
    assert database.handled() == ids[:1]
    assert owed(database) == {"mail": 9}


def test_a_database_that_is_away_for_a_while_stops_no_dispatcher(database: Database, registry: Registry) -> None:
    registry.subscriber("mail", PartyInvited)(keep)
    handled_before = invite(database, registry)
    with database.transaction() as session:
        session.execute(sa.text("ALTER TABLE delivery RENAME TO away"))
    dispatcher = Dispatcher(database.transaction, registry=registry)
    dispatcher.start()
    threading.Event().wait(0.1)
    with database.transaction() as session:
        session.execute(sa.text("ALTER TABLE away RENAME TO delivery"))
    wait_for(lambda: not owed(database))
    assert dispatcher.stop()
    assert database.handled() == handled_before


def test_two_subscribers_of_one_name_are_refused(registry: Registry) -> None:
    registry.subscriber("mail", PartyInvited)(keep)
    with pytest.raises(ValueError, match="mail"):
        registry.subscriber("mail")(keep)

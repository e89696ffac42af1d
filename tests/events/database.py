"""A small database as the dispatcher expects one, and what the tests' subscribers write into it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import EventsBase, LoggedEvent, PartyInvited, Registry, record_all, waiting

ORGANIZATION, GATHERING = uuid4(), uuid4()

handled = sa.Table(
    "handled",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("event_id", sa.Uuid),
    sa.Column("subscriber", sa.Text),
    sa.Column("process", sa.Integer),
)


class Database:
    """Transactions of one process: on SQLite immediate ones, one at a time."""

    def __init__(self, url: str | sa.URL) -> None:
        self.engine = sa.create_engine(url)
        self._writer: Any = nullcontext()
        if self.engine.dialect.name == "sqlite":
            self._writer = threading.Lock()
            self.engine = sa.create_engine(
                url, connect_args={"isolation_level": None, "check_same_thread": False, "timeout": 30}
            )
            sa.event.listen(self.engine, "connect", lambda raw, _: raw.execute("PRAGMA journal_mode=WAL"))
            sa.event.listen(self.engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))

    def create(self) -> None:
        """Makes the tables."""
        EventsBase.metadata.create_all(self.engine)
        handled.metadata.create_all(self.engine)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Committed at the end, rolled back by an exception."""
        with self._writer, Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.commit()

    def handled(self, subscriber: str = "mail") -> list[UUID]:
        """The events that a subscriber handled, as often as it did."""
        with self.transaction() as session:
            rows = session.execute(
                sa.select(handled.c.event_id)
                .where(handled.c.subscriber == subscriber)
                .order_by(handled.c.event_id)
            )
            return list(rows.scalars())

    @property
    def listen(self) -> sa.Engine | None:
        """What a dispatcher may listen on."""
        return self.engine if self.engine.dialect.name == "postgresql" else None


def keep(session: Session, event: LoggedEvent, subscriber: str = "mail") -> None:
    """What a subscriber does that has nothing to go wrong: it writes the event down."""
    session.execute(handled.insert().values(event_id=event.id, subscriber=subscriber, process=os.getpid()))


def invited(party_id: UUID | None = None) -> PartyInvited:
    """A party, any party, was invited."""
    return PartyInvited(
        organization_id=ORGANIZATION,
        gathering_id=GATHERING,
        invitation_id=uuid4(),
        party_id=party_id or uuid4(),
    )


def invite(database: Database, registry: Registry, count: int = 1) -> list[UUID]:
    """Invites parties in one transaction; the ids of the events."""
    with database.transaction() as session:
        return record_all(session, [invited() for _ in range(count)], registry=registry)


def owed(database: Database) -> dict[str, int]:
    """How much still waits, for each subscriber."""
    with database.transaction() as session:
        return waiting(session)


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> float:
    """Waits for other threads or processes; returns how long it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "it did not happen in time"
        threading.Event().wait(0.02)
    return time.monotonic() - start

"""The log of domain events and what of it is still to be delivered.

`domain_event` is append-only; only the numbering step writes into a row again, and only its `sequence`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, ClassVar, cast, get_args
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from uuid_utils.compat import uuid7

from events.catalogue import DomainEvent
from events.subscribers import REGISTRY, LoggedEvent, Registry
from events.types import UtcDateTime, Xid8, current_transaction, utc_now

CHANNEL = "planner_events"
NUMBERING_LOCK = 0x706C616E  # "plan": one numberer at a time in the whole database
NUMBERED_AT_ONCE = 5_000


class EventsBase(DeclarativeBase):
    """Tables of the log; no foreign key leads out of them."""

    metadata = sa.MetaData(naming_convention={"ix": "ix_%(column_0_N_label)s", "pk": "pk_%(table_name)s"})
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: sa.Uuid(),
        datetime: UtcDateTime(),
        dict[str, Any]: sa.JSON(),
        str: sa.Text(),
    }


class LogEntry(EventsBase):
    """A domain event as a row. `transaction_id` lets the numbering step see what may still be in flight."""

    __tablename__ = "domain_event"
    __table_args__ = (
        sa.Index("ix_domain_event_sequence", "sequence", unique=True),
        sa.Index("ix_domain_event_organization", "organization_id", "sequence"),
        sa.Index("ix_domain_event_gathering", "gathering_id", "id"),
        sa.Index(
            "ix_domain_event_unnumbered",
            "id",
            sqlite_where=sa.text("sequence IS NULL"),
            postgresql_where=sa.text("sequence IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    sequence: Mapped[int | None] = mapped_column(sa.BigInteger)
    type: Mapped[str] = mapped_column()
    occurred_at: Mapped[datetime] = mapped_column()
    organization_id: Mapped[UUID] = mapped_column()
    gathering_id: Mapped[UUID | None] = mapped_column()
    actor: Mapped[str | None] = mapped_column()
    data: Mapped[dict[str, Any]] = mapped_column()
    transaction_id: Mapped[str | None] = mapped_column(Xid8(), default=current_transaction())


class Delivery(EventsBase):
    """One event owed to one subscriber. A dispatcher holds it by the lock of its transaction on the row."""

    __tablename__ = "delivery"
    __table_args__ = (
        sa.Index(
            "ix_delivery_due",
            "subscriber",
            "due_at",
            sqlite_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
        ),
        sa.Index(
            "ix_delivery_dead",
            "dead_at",
            sqlite_where=sa.text("dead_at IS NOT NULL"),
            postgresql_where=sa.text("dead_at IS NOT NULL"),
        ),
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    subscriber: Mapped[str] = mapped_column(primary_key=True)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column()
    done_at: Mapped[datetime | None] = mapped_column()
    dead_at: Mapped[datetime | None] = mapped_column()
    last_error: Mapped[str | None] = mapped_column()


ENTRIES = cast(sa.Table, LogEntry.__table__)
DELIVERIES = cast(sa.Table, Delivery.__table__)
_INTO_ENTRIES = ENTRIES.insert()
_INTO_DELIVERIES = DELIVERIES.insert()
_KINDS: dict[str, Any] = {kind.__name__: kind for kind in get_args(DomainEvent)}

# What is called in this process after each commit that recorded something.
wakers: set[Callable[[], None]] = set()


def record(
    session: Session, event: DomainEvent, *, actor: str | None = None, registry: Registry = REGISTRY
) -> UUID:
    """Writes the event into the log, in the caller's transaction, and returns its id.

    `actor` says who: "account:<uuid>", "link", "calendar" or "schedule". After the commit, and only then,
    the dispatchers are woken.
    """
    return record_all(session, [event], actor=actor, registry=registry)[0]


def record_all(
    session: Session,
    events: Iterable[DomainEvent],
    *,
    actor: str | None = None,
    registry: Registry = REGISTRY,
) -> list[UUID]:
    """Writes many events at once, as `record` does one; returns their ids in the same order."""
    now = utc_now()
    entries: list[dict[str, Any]] = []
    deliveries: list[dict[str, Any]] = []
    for event in events:
        entry = _entry(event, actor, now)
        entries.append(entry)
        deliveries += (
            {"event_id": entry["id"], "subscriber": name, "attempts": 0, "due_at": now}
            for name in registry.names_for(type(event))
        )
    _insert(session, _INTO_ENTRIES, entries)
    _insert(session, _INTO_DELIVERIES, deliveries)
    if deliveries:
        wake_after_commit(session)
    return [entry["id"] for entry in entries]


def _entry(event: DomainEvent, actor: str | None, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "type": type(event).__name__,
        "occurred_at": now,
        "organization_id": event.organization_id,
        "gathering_id": getattr(event, "gathering_id", None),
        "actor": actor,
        "data": msgspec.to_builtins(event),
    }


def _insert(session: Session, statement: sa.Insert, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.connection().execute(statement, rows if len(rows) > 1 else rows[0])


_WAKE = "events: wake after commit"
_NOTIFIED = "events: notified in this transaction"


def wake_after_commit(session: Session) -> None:
    """Wakes the dispatchers of all processes once the session has committed."""
    session.info[_WAKE] = True
    if session.get_bind().dialect.name == "postgresql" and not session.info.get(_NOTIFIED):
        session.info[_NOTIFIED] = True
        session.connection().exec_driver_sql(f"NOTIFY {CHANNEL}")


@sa.event.listens_for(Session, "after_commit")
def _wake(session: Session) -> None:
    # It is also called when a savepoint is released, which is no commit yet.
    if session.in_nested_transaction():
        return
    session.info.pop(_NOTIFIED, None)
    if session.info.pop(_WAKE, None):
        for wake in tuple(wakers):
            wake()


@sa.event.listens_for(Session, "after_rollback")
def _forget_notification(session: Session) -> None:
    # What a savepoint notified is undone with it.
    session.info.pop(_NOTIFIED, None)


_LOCK_NUMBERING = sa.select(sa.func.pg_try_advisory_xact_lock(NUMBERING_LOCK))
_LAST_NUMBER = sa.select(sa.func.coalesce(sa.func.max(ENTRIES.c.sequence), 0))


def _numbering(order: tuple[sa.ColumnElement[Any], ...], settled: sa.ColumnElement[bool]) -> sa.Update:
    place = sa.func.row_number().over(order_by=order)
    ranked = (
        sa.select(ENTRIES.c.id, place.label("place"))
        .where(ENTRIES.c.sequence.is_(None), settled)
        .order_by(*order)
        .limit(NUMBERED_AT_ONCE)
        .subquery()
    )
    numbered = sa.bindparam("last", type_=sa.BigInteger) + ranked.c.place
    return sa.update(ENTRIES).values(sequence=numbered).where(ENTRIES.c.id == ranked.c.id)


_NUMBER = _numbering((ENTRIES.c.id,), sa.true())
_NUMBER_SETTLED = _numbering(
    (ENTRIES.c.transaction_id, ENTRIES.c.id),
    ENTRIES.c.transaction_id < sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot(), type_=Xid8()),
)


def number(session: Session) -> int:
    """Gives committed events their `sequence`, in a short transaction of its own; returns how many.

    On PostgreSQL only rows are numbered below which no transaction is still in flight, since a reader
    that has seen number 8 never looks for 7 again. Does nothing while another process numbers.
    """
    connection = session.connection()
    shared = connection.dialect.name == "postgresql"
    if shared and not connection.scalar(_LOCK_NUMBERING):
        return 0
    last = connection.scalar(_LAST_NUMBER)
    return connection.execute(_NUMBER_SETTLED if shared else _NUMBER, {"last": last}).rowcount


def read_log(
    session: Session,
    after: int,
    limit: int,
    organization_id: UUID | None = None,
    gathering_id: UUID | None = None,
) -> list[LoggedEvent]:
    """The numbered events after number `after`, oldest first, `limit` at most."""
    query = sa.select(LogEntry).where(LogEntry.sequence > after).order_by(LogEntry.sequence).limit(limit)
    if organization_id is not None:
        query = query.where(LogEntry.organization_id == organization_id)
    if gathering_id is not None:
        query = query.where(LogEntry.gathering_id == gathering_id)
    return [logged(entry) for entry in session.scalars(query)]


def history(session: Session, gathering_id: UUID, limit: int, before: UUID | None = None) -> list[LoggedEvent]:
    """What happened to a gathering, newest first, numbered or not; `before` is the last id already shown."""
    query = sa.select(LogEntry).where(LogEntry.gathering_id == gathering_id)
    if before is not None:
        query = query.where(LogEntry.id < before)
    return [logged(entry) for entry in session.scalars(query.order_by(LogEntry.id.desc()).limit(limit))]


def decode(entry: LogEntry | sa.Row[Any]) -> DomainEvent:
    """The payload of a row. Raises msgspec.ValidationError for an event that this version does not know."""
    # Of one type it takes a tenth of the time that it takes to choose among all of them.
    event: DomainEvent = msgspec.convert(entry.data, _KINDS.get(entry.type, DomainEvent))
    return event


def logged(entry: LogEntry | sa.Row[Any]) -> LoggedEvent:
    """A row as subscribers and readers get it."""
    return LoggedEvent(
        id=entry.id,
        sequence=entry.sequence,
        occurred_at=entry.occurred_at,
        organization_id=entry.organization_id,
        gathering_id=entry.gathering_id,
        actor=entry.actor,
        payload=decode(entry),
    )

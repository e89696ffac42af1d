"""What could not be delivered, and how much still waits."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from events.log import Delivery, LogEntry, wake_after_commit
from events.types import utc_now


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """An event that a subscriber failed at too often; it waits for a person to send it again."""

    event_id: UUID
    subscriber: str
    type: str
    occurred_at: datetime
    gathering_id: UUID | None
    attempts: int
    dead_at: datetime
    last_error: str | None


def dead_letters(session: Session, organization_id: UUID | None = None, limit: int = 200) -> list[DeadLetter]:
    """The dead letters of one organisation, or of all, newest first."""
    query = (
        sa.select(
            LogEntry.id.label("event_id"),
            Delivery.subscriber,
            LogEntry.type,
            LogEntry.occurred_at,
            LogEntry.gathering_id,
            Delivery.attempts,
            Delivery.dead_at,
            Delivery.last_error,
        )
        .join(LogEntry, LogEntry.id == Delivery.event_id)
        .where(Delivery.dead_at.is_not(None))
        .order_by(Delivery.dead_at.desc())
        .limit(limit)
    )
    if organization_id is not None:
        query = query.where(LogEntry.organization_id == organization_id)
    return [DeadLetter(**row._mapping) for row in session.execute(query)]


def send_again(session: Session, event_id: UUID, subscriber: str) -> bool:
    """Makes a dead letter due once more, as if never tried; False if there is none."""
    mended = session.execute(
        sa.update(Delivery)
        .where(Delivery.event_id == event_id, Delivery.subscriber == subscriber, Delivery.dead_at.is_not(None))
        .values(dead_at=None, attempts=0, due_at=utc_now())
        .returning(Delivery.event_id)
    ).all()
    if mended:
        wake_after_commit(session)
    return bool(mended)


def is_under_way(session: Session, *gathering_ids: UUID, subscriber: str | None = None) -> bool:
    """Whether something that happened to these gatherings has not been handed to every subscriber once yet.

    With `subscriber`, whether it has not been handed to that one.
    """
    query = (
        sa.select(Delivery.event_id)
        .join(LogEntry, LogEntry.id == Delivery.event_id)
        .where(
            LogEntry.gathering_id.in_(gathering_ids),
            sa.true() if subscriber is None else Delivery.subscriber == subscriber,
            Delivery.attempts == 0,
            Delivery.done_at.is_(None),
            Delivery.dead_at.is_(None),
        )
    )
    return session.scalar(query.limit(1)) is not None


def waiting(session: Session) -> dict[str, int]:
    """How many deliveries each subscriber still has before it, dead letters not counted."""
    query = (
        sa.select(Delivery.subscriber, sa.func.count())
        .where(Delivery.done_at.is_(None), Delivery.dead_at.is_(None))
        .group_by(Delivery.subscriber)
    )
    return dict(session.execute(query).all())

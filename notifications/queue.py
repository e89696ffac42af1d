"""The queue of mails in the database: what is due, who holds it, what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from notifications.models import Message, State
from notifications.smtp import Outcome
from planner.accounts.actions import LINK_LASTS
from planner.database import utc_now

LEASE: Final = timedelta(seconds=8)
GIVEN_UP_AFTER: Final = timedelta(days=4)
# Seconds after the first failed try, the second, …; the last one again and again.
WAITS: Final = (2, 5, 10, 20, 60, 300, 900, 1800, 3600)
UNREACHABLE_WAIT_MOST: Final = 30
SIGN_IN: Final = "sign-in"

_MESSAGES: Final = cast(sa.Table, Message.__table__)
_SENT: Final = (
    sa.update(_MESSAGES)
    .where(_MESSAGES.c.id == sa.bindparam("one"))
    .values(
        state=State.SENT,
        sent_at=sa.bindparam("now"),
        attempts=_MESSAGES.c.attempts + 1,
        claimed_until=None,
        last_error=None,
    )
)


def wait_after(tries: int) -> timedelta:
    """How long to wait after so many failed tries."""
    return timedelta(seconds=WAITS[min(tries, len(WAITS)) - 1])


def _is_due(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        Message.state == State.QUEUED,
        Message.due_at <= now,
        sa.or_(Message.claimed_until.is_(None), Message.claimed_until <= now),
    )


def claim(session: Session, now: datetime, most: int) -> list[Message]:
    """Takes due mails for this sender alone, until the lease ends; another process takes others meanwhile."""
    query = (
        sa.select(Message)
        .where(_is_due(now))
        .order_by(Message.due_at, Message.id)
        .limit(most)
        .options(undefer(Message.text), undefer(Message.html), undefer(Message.calendar))
        .with_for_update(skip_locked=True)
    )
    messages = list(session.scalars(query))
    _lease(session, [message.id for message in messages], now + LEASE)
    return messages


def renew(session: Session, ids: Collection[uuid.UUID], now: datetime) -> None:
    """Keeps mails whose server takes its time."""
    _lease(session, ids, now + LEASE)


def release(session: Session, ids: Collection[uuid.UUID]) -> None:
    """Gives mails back that were not tried."""
    _lease(session, ids, None)


def _lease(session: Session, ids: Collection[uuid.UUID], until: datetime | None) -> None:
    if ids:
        session.execute(
            sa.update(_MESSAGES)
            .where(_MESSAGES.c.id.in_(list(ids)), _MESSAGES.c.state == State.QUEUED)
            .values(claimed_until=until)
        )


def mark(session: Session, tried: Sequence[tuple[Message, Outcome]], now: datetime) -> None:
    """Writes down what became of mails."""
    sent = [message.id for message, outcome in tried if outcome.sent and message.kind != SIGN_IN]
    if sent:
        session.connection().execute(_SENT, [{"one": id, "now": now} for id in sent])
    for message, outcome in tried:
        if message.id in sent:
            continue
        values = _after(message, outcome, now)
        session.execute(sa.update(_MESSAGES).where(_MESSAGES.c.id == message.id).values(**values))


def _after(message: Message, outcome: Outcome, now: datetime) -> dict[str, Any]:
    tries = message.attempts + 1
    values: dict[str, Any] = {"attempts": tries, "claimed_until": None, "last_error": outcome.words or None}
    lasts = LINK_LASTS if message.kind == SIGN_IN else GIVEN_UP_AFTER
    if outcome.sent:
        values |= {"state": State.SENT, "sent_at": now}
    elif outcome.failed or now - message.written_at > lasts:
        values |= {"state": State.FAILED}
    else:
        wait = wait_after(tries)
        if outcome.unreachable:
            wait = min(wait, timedelta(seconds=UNREACHABLE_WAIT_MOST))
        values |= {"state": State.QUEUED, "due_at": now + wait}
    if message.kind == SIGN_IN and values["state"] != State.QUEUED:
        # Its secret stands nowhere once it is on its way.
        values |= {"text": "", "html": ""}
    return values


def keep_locally(session: Session, now: datetime) -> int:
    """Without a mail server: all that is due counts as sent and stays readable in the local mailbox; how many."""
    due = _is_due(now)
    sent = {"state": State.SENT, "sent_at": now, "claimed_until": None, "attempts": Message.attempts + 1}
    secrets = sa.update(Message).where(due, Message.kind == SIGN_IN).values(**sent, text="", html="")
    others = sa.update(Message).where(due).values(**sent)
    counts = [
        session.execute(statement.execution_options(synchronize_session=False)) for statement in (secrets, others)
    ]
    return sum(int(getattr(result, "rowcount", 0)) for result in counts)


def stop_queued(session: Session, *which: sa.ColumnElement[bool]) -> int:
    """Takes mails out of the queue; how many. What is on its way to the server already is not touched."""
    result = session.execute(
        sa.update(Message)
        .where(
            Message.state == State.QUEUED,
            sa.or_(Message.claimed_until.is_(None), Message.claimed_until < utc_now()),
            *which,
        )
        .values(state=State.STOPPED)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(result, "rowcount", 0))

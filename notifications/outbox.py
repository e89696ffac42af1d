"""Mails that are owed: written into the caller's transaction, each once, and the sender woken afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from notifications.models import AlsoAbout, Message, State
from planner.database import new_id, utc_now

_NAMESPACE: Final = uuid.UUID("4b0c9a4e-6a55-5d0e-9b6b-2f6c1f7a9d11")
_AT_ONCE: Final = 200
_MESSAGES: Final = cast(sa.Table, Message.__table__)
_ALSO_ABOUT: Final = cast(sa.Table, AlsoAbout.__table__)
_WAKE: Final = "notifications: wake the sender after commit"

# What is called in this process after each commit that owed a mail.
wakers: set[Callable[[], None]] = set()


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail to one person, as it will leave. `key` says what it is owed for: the same key is written once."""

    key: str
    kind: str
    to_name: str
    to_address: str
    language: str
    subject: str
    text: str
    html: str
    domain: str
    organization_id: uuid.UUID | None = None
    gathering_id: uuid.UUID | None = None
    invitation_id: uuid.UUID | None = None
    event_id: uuid.UUID | None = None
    sequence: int | None = None
    calendar: tuple[str, bytes] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    # The key of the first mail about the same thing.
    thread_key: str | None = None
    written_at: datetime = field(default_factory=utc_now)
    # Further invitations that it is about, each with its key and the SEQUENCE of its gathering.
    also: tuple[tuple[uuid.UUID, str, int], ...] = ()


def message_id(key: str, domain: str) -> str:
    """The Message-ID of what is owed for `key` (RFC 5322, without angle brackets): always the same one."""
    return f"{uuid.uuid5(_NAMESPACE, key)}@{domain}"


# Made once, since they are asked for each mail that is owed.
_INTO: Final = {
    (dialect, table.name): insert(table).on_conflict_do_nothing(index_elements=["key"])
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
    for table in (_MESSAGES, _ALSO_ABOUT)
}
_KNOWN_KEYS: Final = sa.union_all(
    *(
        sa.select(table.c.key).where(table.c.key.in_(sa.bindparam("keys", expanding=True)))
        for table in (_MESSAGES, _ALSO_ABOUT)
    )
)


def known_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Those of the keys for which a mail has been written already."""
    return set(session.scalars(_KNOWN_KEYS, {"keys": list(keys)})) if keys else set()


def owe(session: Session, mails: Sequence[Mail]) -> None:
    """Writes mails in the caller's transaction; one whose key is known changes nothing."""
    if not mails:
        return
    rows = [_row(mail) for mail in mails]
    _insert(session, _MESSAGES, rows)
    if several := [(row["id"], mail) for row, mail in zip(rows, mails, strict=True) if mail.also]:
        ours = sa.select(Message.id).where(Message.id.in_([id for id, _mail in several]))
        written = set(session.scalars(ours))
        also = [_also_rows(id, mail) for id, mail in several if id in written]
        _insert(session, _ALSO_ABOUT, [row for rows in also for row in rows])
    wake_after_commit(session)


def _insert(session: Session, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    connection = session.connection()
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(_INTO[connection.dialect.name, table.name], rows[start : start + _AT_ONCE])


def _also_rows(message_id: uuid.UUID, mail: Mail) -> list[dict[str, Any]]:
    return [
        {"key": key, "message_id": message_id, "invitation_id": invitation_id, "sequence": sequence}
        for invitation_id, key, sequence in mail.also
    ]


def wake_after_commit(session: Session) -> None:
    """Has the sender look again once this transaction is committed."""
    session.info[_WAKE] = True


def _row(mail: Mail) -> dict[str, Any]:
    method, calendar = mail.calendar or (None, None)
    return {
        "id": new_id(),
        "key": mail.key,
        "organization_id": mail.organization_id,
        "gathering_id": mail.gathering_id,
        "invitation_id": mail.invitation_id,
        "event_id": mail.event_id,
        "sequence": mail.sequence,
        "kind": mail.kind,
        # A dozen people may share one address: without the rest of their names everybody still gets the mail.
        "to_name": mail.to_name[:200],
        "to_address": mail.to_address,
        "language": mail.language,
        "subject": mail.subject[:400],
        "text": mail.text,
        "html": mail.html,
        "calendar_method": method,
        "calendar": calendar,
        "headers": mail.headers,
        "message_id": message_id(mail.key, mail.domain),
        "thread": message_id(mail.thread_key, mail.domain) if mail.thread_key else None,
        "state": State.QUEUED,
        "attempts": 0,
        "due_at": mail.written_at,
        "written_at": mail.written_at,
    }


@sa.event.listens_for(Session, "after_commit")
def _wake(session: Session) -> None:
    # It is also called when a savepoint is released, which is no commit yet.
    if not session.in_nested_transaction() and session.info.pop(_WAKE, None):
        for wake in tuple(wakers):
            wake()


@sa.event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_WAKE, None)

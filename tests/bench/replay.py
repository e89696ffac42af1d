"""The statements of an answer, taken down as they reach psycopg, and said again without anything around them."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import psycopg
import sqlalchemy as sa
from psycopg.types.json import Json
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from planner.calendars.actions import prepare_party_feed
from planner.database import Database
from planner.invitations.actions import by_token
from planner.invitations.models import Invitation
from planner.rsvps.actions import Said, answer
from planner.rsvps.models import Answer, Rsvp, Source
from tests.bench.places import SIGNER, link

CONNECTIONS = 4
Statement: TypeAlias = tuple[str, Any]


def recorded(database: Database, count: int) -> list[list[Statement]]:
    """The statements of an answer that changes something, for each of so many invitations."""
    with database.reading() as session:
        tokens = [link(one).removeprefix("/r/") for one in session.scalars(sa.select(Invitation).limit(count))]
    for children in (1, 2):
        said = Said(answer=Answer.ACCEPTED, adults=2, children=children)
        written = [_answered(database, token, said) for token in tokens]
    return written


def _answered(database: Database, token: str, said: Said) -> list[Statement]:
    # As the handler of POST /r/{token} does.
    with listening(database.engine) as statements, database.writing() as session:
        invitation = by_token(session, SIGNER, token, lock=True)
        answer(session, invitation, said, Source.LINK)
        prepare_party_feed(session, invitation.party)
    return statements


@contextmanager
def listening(engine: sa.Engine) -> Iterator[list[Statement]]:
    """Takes down what an engine executes."""
    statements: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        statements.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def rate(url: str, transactions: list[list[Statement]], seconds: float) -> float:
    """Transactions a second over 4 connections, each with an event of its own."""
    counts = [0] * CONNECTIONS
    until = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=_repeat, args=(url, transactions[i::CONNECTIONS], until, counts, i))
        for i in range(CONNECTIONS)
    ]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begun)


def _repeat(url: str, transactions: list[list[Statement]], until: float, counts: list[int], at: int) -> None:
    # The driver's own name of the address, without SQLAlchemy's word for the driver.
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        while time.perf_counter() < until:
            statements = transactions[counts[at] % len(transactions)]
            fresh = {_event_id(statements): uuid7()}
            with connection.transaction(), connection.cursor() as cursor:
                for statement, parameters in statements:
                    cursor.execute(statement, _anew(parameters, fresh))
                    if cursor.description:
                        cursor.fetchall()
            counts[at] += 1


def _event_id(statements: list[Statement]) -> uuid.UUID:
    id: uuid.UUID = next(said["id"] for statement, said in statements if "INTO domain_event" in statement)
    return id


def _anew(parameters: Any, fresh: dict[uuid.UUID, uuid.UUID]) -> Any:
    if not isinstance(parameters, dict):
        return parameters or None
    return {
        name: Json(value)
        if isinstance(value, dict)
        else fresh.get(value, value)
        if isinstance(value, uuid.UUID)
        else value
        for name, value in parameters.items()
    }


def seats_held(session: Session, gathering_id: uuid.UUID) -> int:
    """Seats that a gathering's answers hold."""
    query = sa.select(sa.func.sum(Rsvp.seats_held)).where(Rsvp.gathering_id == gathering_id)
    return session.scalar(query) or 0

"""Hands what is in the log to the subscribers: at least once, retried with growing waits.

What a dispatcher holds, it holds by the lock of its open transaction: row locks on PostgreSQL (`SKIP LOCKED`,
so that others take the next rows), the one writer on SQLite. What a subscriber wrote and the mark that it is
done are one commit. A process that is killed thus leaves neither half-done work nor a claim to wait for.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from events.listening import Listener
from events.log import DELIVERIES, ENTRIES, Delivery, logged, number, wakers
from events.subscribers import REGISTRY, UNFINISHED, Registry
from events.types import utc_now

Sessions: TypeAlias = Callable[[], AbstractContextManager[Session]]
Owed: TypeAlias = Any  # a row: the event's columns and the delivery's attempts

POLL_SECONDS = 0.5
BATCH = 100
# How many batches of each subscriber go between two steps of the numbering.
BATCHES = 10
# A batch ends after this long, so that on SQLite an answer never waits longer for the writer.
BATCH_SECONDS = 0.02
# Seconds to wait after the first failed attempt, the second, …; after the last wait comes the dead letter.
RETRY_SECONDS = (2, 5, 10, 20, 60, 300, 900, 3600, 3600, 3600, 3600)
# PostgreSQL ends a transaction that stands idle for longer: of a machine that lost power, or sleeps.
HELD_SECONDS = 8
LONGEST_PAUSE_SECONDS = 10

log = logging.getLogger("events")


class Dispatcher:
    """A thread that delivers events. Any number may run at once, in any number of processes.

    `sessions` gives one transaction: a context manager of a Session that commits at its end. `listen` is an
    engine on PostgreSQL through which commits of other processes wake this one. `on_delivered(subscriber,
    seconds)` is told of each delivery and how long after the event it came.
    """

    def __init__(
        self,
        sessions: Sessions,
        *,
        registry: Registry = REGISTRY,
        listen: sa.Engine | None = None,
        on_delivered: Callable[[str, float], None] | None = None,
    ) -> None:
        self._sessions = sessions
        self._registry = registry
        self._on_delivered = on_delivered
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)
        self._listener = Listener(listen, self.wake) if listen is not None else None

    def start(self) -> None:
        """Begins to deliver, first what an earlier process left."""
        wakers.add(self.wake)
        if self._listener:
            self._listener.start()
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> bool:
        """Finishes the event in hand, leaves the rest to others; False if that took over `timeout` seconds."""
        wakers.discard(self.wake)
        self._stopping.set()
        self._woken.set()
        if self._listener:
            self._listener.stop()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def wake(self) -> None:
        """Says that something may be due. From any thread; returns at once."""
        self._woken.set()

    def drain(self) -> int:
        """Delivers all that is due, in the calling thread, and numbers the log; returns how many it tried."""
        tried = 0
        while not self._stopping.is_set():
            before = tried
            names = self._due()
            for _ in range(BATCHES):
                counts = {name: self._deliver(name) for name in names}
                tried += sum(counts.values())
                names = [name for name, count in counts.items() if count]
            with self._sessions() as session:
                number(session)
            if tried == before:
                break
        return tried

    def _run(self) -> None:
        pause = 1.0
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                self.drain()
            except Exception as error:
                log.error("Cannot deliver, trying again in %d s: %s\n%s", pause, words(error), _way(error))
                self._stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                pause = 1.0
                self._woken.wait(POLL_SECONDS)

    def _due(self) -> list[str]:
        """The subscribers to whom something is owed now."""
        names = list(self._registry.handlers)
        if not names:
            return []
        with self._sessions() as session:
            found = session.connection().execute(_who_is_due(tuple(names)), {"now": utc_now()}).one()
        return [name for name, due in zip(names, found, strict=True) if due]

    def _deliver(self, name: str, only: UUID | None = None) -> int:
        """Delivers a batch to one subscriber in one transaction; returns how many events it tried.

        When one of them fails, all is rolled back and each is tried by itself, so that only that one waits.
        """
        tried: list[Owed] = []
        if self._stopping.is_set():
            return 0
        try:
            with self._sessions() as session:
                held = _hold(session, name, only)
                done = self._handle(session, name, held, tried)
                _mark_done(session, name, done)
        except Exception as error:
            if not tried:
                raise
            if len(tried) == 1:
                self._put_off(name, tried[0], error)
            else:
                for owed in tried:
                    self._deliver(name, owed.id)
            return len(tried)
        self._report(name, done)
        return len(tried)

    def _handle(self, session: Session, name: str, held: Sequence[Owed], tried: list[Owed]) -> list[Owed]:
        """Calls the subscriber with one event after the other, as long as the batch may take."""
        handle = self._registry.handlers[name]
        end = time.monotonic() + BATCH_SECONDS
        done: list[Owed] = []
        for owed in held:
            if tried and (time.monotonic() > end or self._stopping.is_set()):
                break
            tried.append(owed)
            if handle(session, logged(owed)) is UNFINISHED:
                # To the end of the queue, so that other events need not wait for all of this one.
                session.execute(_row(name, owed.id).values(due_at=utc_now()))
            else:
                done.append(owed)
        session.flush()
        return done

    def _put_off(self, name: str, owed: Owed, error: Exception) -> None:
        """Notes a failed attempt: when it is tried again, or that it is dead."""
        attempts = owed.attempts + 1
        now = utc_now()
        values: dict[str, Any] = {"attempts": attempts, "last_error": words(error)}
        if attempts > len(RETRY_SECONDS):
            values["dead_at"] = now
        else:
            values["due_at"] = now + timedelta(seconds=RETRY_SECONDS[attempts - 1])
        with self._sessions() as session:
            # Two dispatchers may have failed at the same attempt: it counts once.
            session.execute(
                _row(name, owed.id)
                .where(Delivery.attempts == owed.attempts, Delivery.done_at.is_(None))
                .values(**values)
            )
        log.error(
            "Event %s (%s) failed for subscriber %s, attempt %d%s: %s\n%s",
            owed.id,
            owed.type,
            name,
            attempts,
            ", now a dead letter" if "dead_at" in values else "",
            words(error),
            _way(error),
        )

    def _report(self, name: str, done: Sequence[Owed]) -> None:
        if self._on_delivered is not None:
            now = utc_now()
            for owed in done:
                self._on_delivered(name, (now - owed.occurred_at).total_seconds())


def words(error: Exception) -> str:
    """What an error says, without the values that a statement carried: those may be people's words."""
    said = str(error.orig if isinstance(error, DBAPIError) else error)
    return f"{type(error).__name__}: {said.partition(chr(10))[0][:300]}"


def _way(error: Exception) -> str:
    return "".join(traceback.format_tb(error.__traceback__))


# Queries are made once: while answers come in, the dispatcher asks them again and again.
_NAME: Final = DELIVERIES.c.subscriber == sa.bindparam("name")
_DUE: Final = sa.select(DELIVERIES.c.event_id).where(
    DELIVERIES.c.done_at.is_(None),
    DELIVERIES.c.dead_at.is_(None),
    # A first attempt is due whatever the clock says: it may have been set back since.
    sa.or_(DELIVERIES.c.attempts == 0, DELIVERIES.c.due_at <= sa.bindparam("now")),
)
_HOLD: Final = (
    _DUE.where(_NAME)
    .join(ENTRIES, ENTRIES.c.id == DELIVERIES.c.event_id)
    .with_only_columns(*ENTRIES.c, DELIVERIES.c.attempts)
    .order_by(DELIVERIES.c.due_at)
    .limit(BATCH)
    .with_for_update(of=DELIVERIES, skip_locked=True)
)
_HOLD_ONE: Final = _HOLD.where(DELIVERIES.c.event_id == sa.bindparam("only"))
_MARK: Final = sa.update(DELIVERIES).where(_NAME).values(done_at=sa.bindparam("now"))
_MARK_AMONG: Final = _MARK.where(DELIVERIES.c.event_id.in_(sa.bindparam("ids", expanding=True)))
# On PostgreSQL one parameter, so that batches of every size are one prepared statement.
_MARK_ARRAY: Final = _MARK.where(DELIVERIES.c.event_id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid()))))


@lru_cache(maxsize=16)
def _who_is_due(names: tuple[str, ...]) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(*(_DUE.where(DELIVERIES.c.subscriber == name).exists() for name in names))


def _hold(session: Session, name: str, only: UUID | None) -> Sequence[Owed]:
    """Locks deliveries that are due and that no other dispatcher holds, and reads their events."""
    connection = session.connection()
    query = _HOLD if only is None else _HOLD_ONE
    held = connection.execute(query, {"name": name, "now": utc_now(), "only": only}).all()
    if held and connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{HELD_SECONDS}s'")
    return held


def _row(name: str, event_id: UUID) -> sa.Update:
    return sa.update(DELIVERIES).where(DELIVERIES.c.subscriber == name, DELIVERIES.c.event_id == event_id)


def _mark_done(session: Session, name: str, done: Sequence[Owed]) -> None:
    if not done:
        return
    connection = session.connection()
    mark = _MARK_ARRAY if connection.dialect.name == "postgresql" else _MARK_AMONG
    connection.execute(mark, {"name": name, "ids": [owed.id for owed in done], "now": utc_now()})

"""Processes that deliver at once: with the dispatcher, or by hand. Each of them imports no more than this."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from multiprocessing.synchronize import Barrier
from typing import Any, TypeAlias

import psycopg

from events import Dispatcher, GatheringCreated, LoggedEvent, Registry
from events.dispatcher import BATCH
from planner.database import Database

Work: TypeAlias = Callable[[str], float]


@contextmanager
def processes(number: int) -> Iterator[Callable[[Work, str], float]]:
    """So many processes; a function that has all of them do some work and says how long it took, in seconds."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(number)
    with context.Pool(number, _meet, (barrier,)) as pool:

        def together(work: Work, url: str) -> float:
            spans = pool.starmap(_at_once, [(work, url)] * number, chunksize=1)
            return max(end for _begin, end in spans) - min(begin for begin, _end in spans)

        yield together


_barriers: list[Barrier] = []


def _meet(barrier: Barrier) -> None:
    _barriers.append(barrier)


def _at_once(work: Work, url: str) -> tuple[float, float]:
    _barriers[0].wait(60)
    begun = time.time()
    return begun, work(url)


def registry() -> Registry:
    """One subscriber, who does nothing."""
    made = Registry()

    @made.subscriber("bench", GatheringCreated)
    def hear(_session: Any, _event: LoggedEvent) -> None:
        """Does nothing."""

    return made


# A dispatcher's connections stay open, so that opening them is no part of the measurement.
@cache
def _database(url: str) -> Database:
    return Database(url)


@cache
def _connection(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True)


def dispatch(url: str) -> float:
    """Delivers all that is due; when the last of it was done."""
    Dispatcher(_database(url).bookkeeping, registry=registry()).drain()
    return time.time()


_HOLD = f"""
    SELECT e.*, d.attempts FROM delivery d JOIN domain_event e ON e.id = d.event_id
    WHERE d.subscriber = 'bench' AND d.done_at IS NULL AND d.dead_at IS NULL
      AND (d.attempts = 0 OR d.due_at <= now())
    ORDER BY d.due_at LIMIT {BATCH} FOR UPDATE OF d SKIP LOCKED
"""  # noqa: S608
_MARK = "UPDATE delivery SET done_at = now() WHERE subscriber = 'bench' AND event_id = ANY(%s)"


def by_hand(url: str) -> float:
    """The same with psycopg alone."""
    connection = _connection(url)
    held = True
    while held:
        with connection.transaction():
            rows = connection.execute(_HOLD).fetchall()
            held = bool(rows)
            if held:
                connection.execute(_MARK, ([row[0] for row in rows],))
    return time.time()

"""From the commit to the subscribers: how soon on an idle system, and how many events a second."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from events import Dispatcher, GatheringCreated, LoggedEvent, Registry, record, record_all
from planner.database import Database, new_id
from tests.bench import dispatchers
from tests.bench.places import place, postgresql
from tests.bench.rows import Row, by_turns, compared, middle, p99, timing

COMMITS = 200
EVENTS = 10_000
PROCESSES = 4


def rows() -> Iterator[Row]:
    """Rows about the dispatcher: embedded on SQLite, and several on PostgreSQL."""
    yield from one_commit()
    with postgresql("events") as (url,):
        yield several_dispatchers(url)


def one_commit() -> Iterator[Row]:
    """A commit now and then, and how long until the subscriber is called."""
    with place() as (installation, database):
        lags = _lags(database)
        bare = asyncio.run(_turns_and_commits(installation.folder / "bare.db"))
    yield compared("commit to subscriber, idle, median", middle(lags) * 1000, middle(bare) * 1000, "", "ms")
    yield compared("commit to subscriber, idle, p99", p99(lags) * 1000, p99(bare) * 1000, "< 50 ms", "ms")


def _event() -> GatheringCreated:
    return GatheringCreated(organization_id=new_id(), gathering_id=new_id())


def _lags(database: Database) -> list[float]:
    registry, heard, lags = Registry(), threading.Event(), []
    committed = 0.0

    @registry.subscriber("bench", GatheringCreated)
    def hear(_session: Any, _event: LoggedEvent) -> None:
        lags.append(time.perf_counter() - committed)
        heard.set()

    dispatcher = Dispatcher(database.bookkeeping, registry=registry)
    dispatcher.start()
    for _ in range(COMMITS):
        heard.clear()
        with database.writing() as session:
            record(session, _event(), registry=registry)
            # Before the commit, whose own time counts.
            committed = time.perf_counter()
        heard.wait(10)
        time.sleep(0.02)
    dispatcher.stop()
    return lags


async def _turns_and_commits(path: Path) -> list[float]:
    """One turn of the event loop and one durable commit of a row."""
    times: list[float] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY)")
        for _ in range(COMMITS):
            await asyncio.sleep(0.02)
            with timing(times):
                await asyncio.sleep(0)
                connection.execute("INSERT INTO row DEFAULT VALUES")
    return times


def several_dispatchers(url: str) -> Row:
    """4 processes share what is due; the ceiling is the same batches by hand."""
    with place(url) as (_installation, database), dispatchers.processes(PROCESSES) as together:
        with database.writing() as session:
            record_all(session, (_event() for _ in range(EVENTS)), registry=dispatchers.registry())

        def rate(work: Callable[[str], float]) -> float:
            _owe_all_again(database)
            seconds = together(work, url)
            with database.reading() as session:
                left = session.scalar(sa.text("SELECT count(*) FROM delivery WHERE done_at IS NULL"))
            if left:
                raise RuntimeError(f"{left} events are not delivered")
            return EVENTS / seconds

        ours, theirs = by_turns(lambda: rate(dispatchers.dispatch), lambda: rate(dispatchers.by_hand))
        work = f"events to one subscriber, PostgreSQL, {PROCESSES} processes | by hand"
        return compared(work, middle(ours), middle(theirs), "≥ 0.5", "/s")


def _owe_all_again(database: Database) -> None:
    with database.writing() as session:
        session.execute(sa.text("TRUNCATE delivery"))
        session.execute(sa.text("UPDATE domain_event SET sequence = NULL"))
        session.execute(
            sa.text(
                "INSERT INTO delivery (event_id, subscriber, attempts, due_at) "
                "SELECT id, 'bench', 0, occurred_at FROM domain_event"
            )
        )

"""A party answers by its link: how many a second, and how long the slowest wait."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from planner.database import Database
from planner.invitations.models import Invitation
from tests.bench import replay
from tests.bench.bare import bare_litestar
from tests.bench.load import Load, Request, load
from tests.bench.places import found, invite, link, place, plan, postgresql, settled
from tests.bench.rows import Row, alone, by_turns, compared, middle, middle_load, seconds_of
from tests.running import Installation

PARTIES = 64
CLIENTS = 16
SECONDS = 2.5
GATHERINGS = 20

# Each answer differs from the one that the same party gave before, so that none of them is passed over.
NUMBERS = ("answer=accepted&adults=2&children=1", "answer=accepted&adults=2&children=2")
MINDS = ("answer=accepted&adults=2&children=1", "answer=tentative", "answer=declined")


def rows() -> Iterator[Row]:
    """Rows about answers, on SQLite and on PostgreSQL; consequences are written meanwhile, as ever."""
    with bare_litestar() as bare:
        with place() as (installation, database):
            asked = _fill(database, [PARTIES])
            installation.start()
            settled(database)
            yield from on_sqlite(installation, database, bare, asked, NUMBERS, "numbers change")
            yield from on_sqlite(installation, database, bare, asked, MINDS, "yes, maybe, no")
        with place() as (installation, database):
            yield last_seats(installation, database)
        with postgresql("served", "raw") as (served, raw):
            yield from on_postgresql(served, raw)


def _fill(database: Database, parties: list[int]) -> list[Invitation]:
    """A gathering for each number of parties; all invitations."""
    asked: list[Invitation] = []
    with database.writing() as session:
        organization = found(session)
        for number, count in enumerate(parties):
            gathering = plan(session, organization, number, capacity=1000)
            asked += invite(session, gathering, count, start=len(asked))
    return asked


def _posts(asked: list[Invitation], bodies: tuple[str, ...]) -> list[Request]:
    """Everybody says the first, then everybody the second, and so on."""
    return [("POST", link(invitation), {}, body) for body in bodies for invitation in asked]


def on_sqlite(
    installation: Installation,
    database: Database,
    bare: int,
    asked: list[Invitation],
    bodies: tuple[str, ...],
    mix: str,
) -> Iterator[Row]:
    """16 clients, one gathering. The ceiling is an empty POST and a bare transaction after each other."""

    def answers() -> Load:
        measured = load(installation.port, _posts(asked, bodies), seconds=SECONDS, clients=CLIENTS)
        settled(database)
        return measured

    ours, posts, writes = by_turns(
        answers,
        lambda: load(bare, [("POST", "/", {}, "")], seconds=1, clients=CLIENTS),
        lambda: Load(_bare_transactions(installation.folder / "raw.db"), 0, 0, 0),
    )
    mine = middle_load(ours)
    ceiling = 1 / (1 / middle_load(posts).rate + 1 / middle_load(writes).rate)
    yield compared(f"answer, SQLite, 16 clients, {mix}", mine.rate, ceiling, "≥ 0.2, ≥ 100", "/s")
    yield _slowest(f"  its p99 | its median, {mix}", ours, "< 10, < 100 ms")


def _slowest(work: str, loads: list[Load], aim: str) -> Row:
    medians, slowest = [one.median for one in loads], [one.p99 for one in loads]
    return compared(work, middle(slowest), middle(medians), aim, "ms")


def _bare_transactions(path: Path, seconds: float = 1) -> float:
    """Transactions of four rows a second with nothing around them, as durable as ours."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS four (id INTEGER PRIMARY KEY, words TEXT)")

        def transaction() -> None:
            connection.execute("BEGIN IMMEDIATE")
            for _row in range(4):
                connection.execute("INSERT INTO four (words) VALUES (?)", ("x" * 100,))
            connection.execute("COMMIT")

        return _rate(transaction, seconds)


def _rate(work: Callable[[], None], seconds: float) -> float:
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        work()
        count += 1
    return count / (time.perf_counter() - begun)


def last_seats(installation: Installation, database: Database) -> Row:
    """50 households at once for the last 10 seats: all have their answer, and 10 have seats."""
    with database.writing() as session:
        gathering = plan(session, found(session), capacity=10)
        asked = invite(session, gathering, 50)
    installation.start()
    settled(database)
    threads = [
        threading.Thread(target=installation.say, args=({"rsvp_url": installation.base + link(one)},), kwargs=said)
        for one in asked
        for said in [{"answer": "accepted", "adults": 1, "children": 0}]
    ]

    def at_once() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    seconds = seconds_of(at_once)
    with database.reading() as session:
        held = replay.seats_held(session, gathering.id)
    if held != 10:
        raise RuntimeError(f"{held} seats are held of 10")
    return alone("50 at once for the last 10 seats, all settled", seconds, "≤ 1", "s")


def on_postgresql(served: str, raw: str) -> Iterator[Row]:
    """20 gatherings. The ceiling is the same statements through psycopg on 4 connections, nothing around them."""
    with place(served) as (installation, database), place(raw) as (_idle, copy):
        _fill(copy, [4] * GATHERINGS)
        asked = _fill(database, [4] * GATHERINGS)
        said = replay.recorded(copy, 4 * GATHERINGS)
        installation.start()
        settled(database)

        def answers() -> Load:
            measured = load(installation.port, _posts(asked, NUMBERS), seconds=SECONDS, clients=CLIENTS)
            settled(database)
            return measured

        ours, theirs = by_turns(answers, lambda: Load(replay.rate(raw, said, seconds=1.5), 0, 0, 0))
        mine = middle_load(ours)
        yield compared(
            f"answer, PostgreSQL, {GATHERINGS} gatherings | same statements",
            mine.rate,
            middle_load(theirs).rate,
            "≥ 0.5",
            "/s",
        )
        yield _slowest("  its p99 | its median", ours, "< 10")

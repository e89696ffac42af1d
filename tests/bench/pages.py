"""Pages, memory at rest, and what an installation weighs."""

from __future__ import annotations

import importlib.metadata
import re
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
from litestar.testing import TestClient

from planner.accounts.actions import membership_of, open_session
from planner.app import create_app
from planner.database import Database
from planner.invitations.guests import GUESTS_A_PAGE
from planner.invitations.queries import guests
from planner.settings import Settings
from tests.bench import replay
from tests.bench.load import load
from tests.bench.places import OWNER, forget_deliveries, found, invite, place, plan, settled
from tests.bench.rows import Row, alone, by_turns, compared, middle, middle_load
from tests.running import Installation

PARTIES = 2_000
LOCK = Path(__file__).parents[2] / "requirements.lock"


def rows() -> Iterator[Row]:
    """Rows about pages, on SQLite."""
    with place() as (installation, database):
        installation.start()
        yield at_rest(installation)
        installation.end()
        with database.writing() as session:
            organization = found(session)
            small = plan(session, organization, 1)
            large = plan(session, organization, 2)
            invite(session, small, 100)
            invite(session, large, PARTIES)
        forget_deliveries(database)
        installation.start()
        settled(database)
        yield event_page(installation, large.slug)
        yield guest_list(installation, database, large.id)
        installation.end()
        yield queries(database, small.id, large.id)
    yield from weight()


def at_rest(installation: Installation) -> Row:
    """Resident memory of the one process that serves and sends, a while after it began."""
    assert installation.process is not None
    for path in ("/", "/healthz"):
        installation.http.get(path)
    time.sleep(3)
    said = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(installation.process.pid)], capture_output=True, text=True, check=True
    )
    return alone("memory at rest of `planner serve`", int(said.stdout) / 1024, "≤ 120", "MiB")


def event_page(installation: Installation, slug: str) -> Row:
    """A gathering's public page, asked for by 8 clients."""
    ours = [load(installation.port, [("GET", f"/e/{slug}", {}, "")], seconds=2, clients=8) for _ in range(3)]
    return alone("event page, 8 clients", middle_load(ours).rate, "≥ 500", "/s")


def guest_list(installation: Installation, database: Database, gathering_id: uuid.UUID) -> Row:
    """The guest list's first page, until its first byte; the ceiling is its rows through one SQL query."""
    with database.writing() as session:
        cookie = open_session(session, membership_of(session, OWNER))
    client = httpx.Client(base_url=installation.base, cookies={"planner_session": cookie})
    client.get(f"/manage/gatherings/{gathering_id}/guests")

    def first_byte() -> float:
        begun = time.perf_counter()
        with client.stream("GET", f"/manage/gatherings/{gathering_id}/guests") as answer:
            answer.raise_for_status()
            next(answer.iter_raw())
            return time.perf_counter() - begun

    ours, theirs = by_turns(first_byte, lambda: _one_query(database, gathering_id), turns=9)
    work = f"guest list of {PARTIES:,}, first byte | its rows by one query"
    return compared(work, middle(ours) * 1000, middle(theirs) * 1000, "≤ 10", "ms")


def _one_query(database: Database, gathering_id: uuid.UUID) -> float:
    with replay.listening(database.engine) as statements, database.reading() as session:
        guests(session, gathering_id, limit=GUESTS_A_PAGE)
    statement, parameters = statements[-1]
    with closing(sqlite3.connect(database.url.database or "")) as connection:
        begun = time.perf_counter()
        connection.execute(statement, parameters).fetchall()
        return time.perf_counter() - begun


def queries(database: Database, few: uuid.UUID, many: uuid.UUID) -> Row:
    """Statements of the guest list's page, whose number may not grow with the guests'."""
    settings = Settings(secret_keys=("k" * 40,), database_url=str(database.url))
    with database.writing() as session:
        cookie = open_session(session, membership_of(session, OWNER))

    def number(gathering_id: uuid.UUID) -> int:
        with replay.listening(database.engine) as statements:
            client.get(f"/manage/gatherings/{gathering_id}/guests").raise_for_status()
        return len(statements)

    def least(gathering_id: uuid.UUID) -> int:
        # Live pages look at the log now and then, between these.
        return min(number(gathering_id) for _ in range(5))

    with TestClient(create_app(settings, database)) as client:
        client.cookies["planner_session"] = cookie
        for_few, for_many = least(few), least(many)
    return compared("  its statements | those for 100 parties", for_many, for_few, "1", "")


def weight() -> Iterator[Row]:
    """What production installs."""
    names = re.findall(r"^([\w.-]+)==", LOCK.read_text(), re.MULTILINE)
    yield alone("packages in production", len(names), "≤ 50", "")
    yield alone("  and their size", sum(map(_size, [*names, "planner"])) / 1e6, "≤ 150", "MB")


def _size(name: str) -> int:
    """Bytes on disk; none where this platform goes without it."""
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:
        return 0
    paths = [Path(str(file.locate())) for file in files]
    return sum(path.stat().st_size for path in paths if path.is_file())

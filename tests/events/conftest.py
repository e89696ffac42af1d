"""Every test of the events runs on a SQLite file and on a PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from events import Registry
from tests.events.database import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty log."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'events.db'}")
    else:
        database = Database(request.getfixturevalue("postgresql_url"))
    database.create()
    yield database
    database.engine.dispose()


@pytest.fixture
def postgresql(database: Database) -> Database:
    """The log on PostgreSQL, for what SQLite's one writer makes impossible."""
    if database.engine.dialect.name != "postgresql":
        pytest.skip("only on PostgreSQL")
    return database


@pytest.fixture
def registry() -> Registry:
    """No subscribers yet."""
    return Registry()
